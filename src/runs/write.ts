/**
 * Writing a run folder, whole or not at all: everything goes into a hidden folder beside it, which is renamed last.
 *
 * ```
 * <out>/<id>-<preset>-seed<seed>[-<hash of changed parameters>]/
 *   result.json   data/<table>.csv   data/arrays.npz   data/playback.json   figures/<figure>.{vl.json,svg,png}   report.html
 * ```
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FprincipleError, invalidArgument } from '../errors.js';
import type { Experiment } from '../experiment/define.js';
import { resolveParameters } from '../experiment/parameters.js';
import { type ExperimentResult, RUN_OPTIONS, type RunOptions, runExperiment } from '../experiment/run.js';
import { renderPng, renderSvg } from '../figures/render.js';
import { withCheckpoints } from '../nets/checkpoint.js';
import { encodeNpz } from '../npz.js';
import { checkOptions } from '../options.js';
import { reportPage } from '../report/page.js';
import { encodePlayback } from '../report/playback.js';
import { encodeCsv } from './csv.js';
import { machine, simdPath, versions } from './machine.js';
import { type RunRecord, recordFormat } from './record.js';

/** What to run, and where its folder is made. */
export interface RunToFolderOptions extends RunOptions {
  /** Folder the run folder is made in; default `runs`. */
  out?: string;
  /**
   * Save every training each so many minutes, in a hidden folder beside the run's: the same run, started again after its
   * process was ended, goes on from there to the same bits. The folder goes when the run is written.
   */
  checkpoint?: number;
}

/** A run folder and its record. */
export interface WrittenRun {
  /** Absolute path of the run folder. */
  folder: string;
  record: RunRecord;
}

/**
 * Runs an experiment and writes its folder. A run of the same experiment, preset, seed and parameters replaces the
 * folder of an earlier one.
 *
 * @throws FprincipleError what `runExperiment` throws, and `IO` when `out` cannot be written (found out before the run).
 */
export async function runToFolder(experiment: Experiment, options: RunToFolderOptions = {}): Promise<WrittenRun> {
  checkOptions(options, [...RUN_OPTIONS, 'out', 'checkpoint']);
  const out = resolve(options.out ?? 'runs');
  const work = join(out, `.${experiment.id}-${process.pid}-${randomBytes(4).toString('hex')}.partial`);
  await writable(work);
  try {
    const started = new Date().toISOString();
    const saved = join(out, `.${plannedName(experiment, options)}.checkpoint`);
    const { checkpoint: minutes, out: _, ...asRun } = options;
    const run = () => runExperiment(experiment, asRun);
    const result = await (minutes === undefined ? run() : withCheckpoints({ folder: saved, minutes }, run));
    const record = recordOf(experiment, result, started);
    options.onProgress?.({ phase: 'writing figures and data' });
    await fill(work, result, record, options.signal);
    const folder = join(out, folderName(experiment, result));
    await replace(work, folder);
    if (minutes !== undefined) await rm(saved, { recursive: true, force: true });
    return { folder, record };
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) {
      throw new FprincipleError('IO', `the run cannot be written to ${out}: ${cause.message}`, { cause });
    }
    throw cause;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writable(work: string): Promise<void> {
  try {
    await mkdir(join(work, 'data'), { recursive: true });
    await mkdir(join(work, 'figures'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FprincipleError('IO', `out: the folder cannot be written: ${why}`, { cause });
  }
}

function recordOf(experiment: Experiment, result: ExperimentResult, started: string): RunRecord {
  const { id, title, source, statement } = experiment;
  const { preset, parameters, seed, seconds, claims } = result;
  const metrics = Object.entries(result.metrics).map(([name, v]) => [
    name,
    v !== null && Number.isFinite(v) ? v : null,
  ]);
  return {
    format: recordFormat,
    id,
    title,
    source,
    statement,
    preset,
    parameters,
    seed,
    versions: versions(),
    simd: simdPath(),
    machine: machine(),
    started,
    seconds,
    metrics: Object.fromEntries(metrics) as RunRecord['metrics'],
    claims: [...claims],
    figures: result.figures.map((f) => ({ id: f.id, title: f.title, caption: f.caption })),
    tables: result.tables.map((t) => ({ id: t.id, title: t.title })),
  };
}

async function fill(work: string, result: ExperimentResult, record: RunRecord, signal?: AbortSignal): Promise<void> {
  const write = (path: string, content: string | Uint8Array): Promise<void> => writeFile(join(work, path), content);
  unique('table', result.tables);
  unique('figure', result.figures);
  for (const table of result.tables) await write(`data/${table.id}.csv`, encodeCsv(table));
  if (Object.keys(result.arrays).length > 0) await write('data/arrays.npz', encodeNpz(result.arrays));
  const playback = result.playback && encodePlayback(result.playback);
  if (playback) await write('data/playback.json', JSON.stringify(playback));
  const figures: Record<string, string> = {};
  for (const figure of result.figures) {
    if (signal?.aborted) throw new FprincipleError('ABORTED', 'the run was aborted', { cause: signal.reason });
    const svg = await renderSvg(figure);
    figures[figure.id] = svg;
    await write(`figures/${figure.id}.vl.json`, `${JSON.stringify(figure.spec)}\n`);
    await write(`figures/${figure.id}.svg`, svg);
    await write(`figures/${figure.id}.png`, renderPng(svg));
  }
  const tables = Object.fromEntries(result.tables.map((t) => [t.id, encodeCsv(t)]));
  await write('report.html', reportPage([{ record, figures, tables, ...(playback && { playback }) }]));
  await write('result.json', `${JSON.stringify(record, null, 2)}\n`);
}

function unique(kind: string, items: readonly { id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      throw invalidArgument(
        `${kind}: expected an id of lower-case letters, digits and hyphens, got ${JSON.stringify(id)}`,
      );
    }
    if (seen.has(id)) throw invalidArgument(`${kind}: two are called "${id}"`);
    seen.add(id);
  }
}

/** The folder's name: what was run, and a short digest of the parameters where they are not the preset's. */
export function folderName(
  experiment: Experiment,
  { preset, seed, parameters }: Pick<ExperimentResult, 'preset' | 'seed' | 'parameters'>,
): string {
  const text = JSON.stringify(parameters);
  const name = `${experiment.id}-${preset}-seed${seed}`;
  if (text === JSON.stringify(resolveParameters(experiment.parameters, experiment.presets[preset]))) return name;
  return `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** The name of the folder that a run with these options will have. */
function plannedName(experiment: Experiment, { preset = 'quick', seed = 0, parameters }: RunToFolderOptions): string {
  const layers = Array.isArray(parameters) ? (parameters as unknown[]) : [parameters];
  const resolved = resolveParameters(experiment.parameters, experiment.presets[preset], ...layers);
  return folderName(experiment, { preset, seed, parameters: resolved });
}

/** Renames `work` to `folder`; a folder already there is moved aside first and removed after. */
async function replace(work: string, folder: string): Promise<void> {
  const aside = `${work}.old`;
  const had = await rename(folder, aside).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      return false;
    },
  );
  await rename(work, folder);
  if (had) await rm(aside, { recursive: true, force: true });
}
