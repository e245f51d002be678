/**
 * What a run in another process is doing: lines of JSON in `<out>/.live/`, which the studio's desk reads. The run writes and
 * forgets; whether somebody reads is nothing to it, and a killed studio loses nothing.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunProgress } from '../experiment/context.js';

/** One line: a run begins, is somewhere, or has ended. */
export type LiveLine =
  | { at: number; begun: { id: string; title: string; preset: string; seed: number; pid: number } }
  | { at: number; phase: string; step?: number; steps?: number; loss?: number }
  | { at: number; ended: { folder?: string; held?: number; failed?: number; error?: string } };

const FOLDER = '.live';
/** Milliseconds between lines of one phase. */
const EVERY = 200;
/** Logs of runs that ended longer ago are taken away. */
const KEPT_MS = 24 * 3600 * 1000;

/** The log of one run of this process. A log that cannot be written stops nothing. */
export class ProgressLog {
  readonly #file: string;
  #shown = { at: 0, phase: '' };

  constructor(out: string, begun: { id: string; title: string; preset: string; seed: number }) {
    const folder = join(out, FOLDER);
    this.#file = join(folder, `${begun.id}-${process.pid}-${Date.now()}.jsonl`);
    try {
      mkdirSync(folder, { recursive: true });
    } catch {}
    this.#write({ at: Date.now(), begun: { ...begun, pid: process.pid } });
  }

  readonly update = ({ phase, step, steps, loss }: RunProgress): void => {
    const at = Date.now();
    if (phase === this.#shown.phase && at - this.#shown.at < EVERY) return;
    this.#shown = { at, phase };
    const numbers = { ...(step !== undefined && { step }), ...(steps !== undefined && { steps }) };
    this.#write({ at, phase, ...numbers, ...(loss !== undefined && { loss }) });
  };

  end(ended: { folder?: string; held?: number; failed?: number; error?: string }): void {
    this.#write({ at: Date.now(), ended });
  }

  #write(line: LiveLine): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    } catch {}
  }
}

/** A run as its log tells it. */
export interface LiveRun {
  name: string;
  id: string;
  title: string;
  preset: string;
  seed: number;
  began: number;
  phase: string;
  step?: number;
  steps?: number;
  /** Step and loss of the lines that have both, of the present phase. */
  losses: [step: number, loss: number][];
  ended?: { folder?: string; held?: number; failed?: number; error?: string };
}

/** Every run whose log is in `out`, the newest first. */
export async function readLive(out: string): Promise<LiveRun[]> {
  const folder = join(out, FOLDER);
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  } catch {
    return [];
  }
  const runs = await Promise.all(names.map((name) => readOne(folder, name)));
  return runs.filter((run) => run !== undefined).sort((a, b) => b.began - a.began);
}

/** What is read of a log: its first line, and as much of its end as a long training needs. */
const MOST_READ = 1 << 20;

async function readOne(folder: string, name: string): Promise<LiveRun | undefined> {
  const path = join(folder, name);
  try {
    const { size, mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > KEPT_MS) {
      await rm(path, { force: true });
      return undefined;
    }
    const file = await open(path);
    try {
      const head = Buffer.alloc(Math.min(size, 4096));
      await file.read(head, 0, head.length, 0);
      const tail = Buffer.alloc(Math.min(size, MOST_READ));
      await file.read(tail, 0, tail.length, size - tail.length);
      return told(name, String(head).split('\n')[0]!, String(tail).split('\n'), mtimeMs);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function told(name: string, first: string, rest: string[], changed: number): LiveRun | undefined {
  const begun = parsed(first);
  if (!begun || !('begun' in begun)) return undefined;
  const { id, title, preset, seed, pid } = begun.begun;
  const run: LiveRun = { name, id, title, preset, seed, began: begun.at, phase: 'starting', losses: [] };
  for (const text of rest) {
    const line = parsed(text);
    if (!line) continue;
    if ('ended' in line) run.ended = line.ended;
    if (!('phase' in line)) continue;
    if (line.phase !== run.phase) run.losses = [];
    run.phase = line.phase;
    if (line.steps !== undefined) run.steps = line.steps;
    if (line.step !== undefined) run.step = line.step;
    if (line.step !== undefined && typeof line.loss === 'number') run.losses.push([line.step, line.loss]);
  }
  // A process that was killed says nothing more.
  if (!run.ended && Date.now() - changed > 10_000 && !isAlive(pid)) run.ended = { error: 'its process has ended' };
  return run;
}

function parsed(text: string): LiveLine | undefined {
  try {
    return JSON.parse(text) as LiveLine;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
