/** The lab's desk: run folders with their reports, sweeps as they stand, experiments to start, runs that are under way. */
import { spawn } from 'node:child_process';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FprincipleError } from '../../core/errors.js';
import { presetNames } from '../../experiment/define.js';
import { parameterList } from '../../experiment/listing.js';
import { experiments } from '../../experiments/index.js';
import { experimentById } from '../../runs/find.js';
import { readRecord } from '../../runs/read.js';
import { readLive } from '../progress-log.js';
import { addressOf, reportPolicy } from './guard.js';
import { send } from './respond.js';
import { sweepAt } from './sweeps.js';

/** Folders that are looked into, and how deep below the studio's own. */
const MOST_FOLDERS = 2000;
const DEEPEST = 3;
/** Bytes of a request to start a run. */
const MOST_BODY = 1 << 16;

/** Answers what lies below `/desk/`. */
export async function answerDesk(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  const { pathname, searchParams } = addressOf(request);
  const json = (value: unknown) => send(response, 200, 'application/json', JSON.stringify(value));
  try {
    if (request.method === 'POST') {
      if (pathname !== '/desk/start') return send(response, 405, 'text/plain', 'only GET');
      // A form of another page cannot set it, and no page of another origin may.
      if (request.headers['content-type'] !== 'application/json') return send(response, 415, 'text/plain', 'only JSON');
      return json(startRun(JSON.parse(await bodyOf(request)), folder));
    }
    if (request.method !== 'GET') return send(response, 405, 'text/plain', 'only GET');
    const named = searchParams.get('folder') ?? '';
    if (pathname === '/desk/runs') return json(await runsBelow(folder));
    if (pathname === '/desk/live') return json(await readLive(join(folder, 'runs')));
    if (pathname === '/desk/experiments') return json(listed());
    if (pathname === '/desk/sweeps') return json(await sweepsBelow(folder));
    if (pathname === '/desk/sweep') return json(await sweepAt(await below(folder, named), searchParams.get('metric')));
    if (pathname === '/desk/report') {
      const file = await below(folder, join(named, 'report.html'));
      return send(response, 200, 'text/html', await readFile(file), reportPolicy);
    }
    send(response, 404, 'text/plain', 'there is no such page');
  } catch (error) {
    const wrong = error instanceof FprincipleError || error instanceof SyntaxError;
    send(response, wrong ? 400 : 500, 'text/plain', error instanceof Error ? error.message : String(error));
  }
}

/** A path below the studio's folder, links followed. @throws `IO` for any other */
async function below(folder: string, name: string): Promise<string> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (path === root || path.startsWith(root + sep)) return path;
  } catch {}
  throw new FprincipleError('IO', `${name}: there is nothing of this name below the studio's folder`);
}

/** Folders below `folder` that hold a file of that name, by their path from it. */
async function holding(folder: string, file: string): Promise<string[]> {
  const found: string[] = [];
  let looked = 0;
  const look = async (path: string, depth: number): Promise<void> => {
    if (++looked > MOST_FOLDERS) return;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    if (entries.some((entry) => entry.name === file && entry.isFile())) {
      found.push(path);
      return;
    }
    if (depth === DEEPEST) return;
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        await look(join(path, entry.name), depth + 1);
    }
  };
  await look(folder, 0);
  return found;
}

async function runsBelow(folder: string) {
  const folders = await holding(folder, 'result.json');
  const runs = await Promise.all(
    folders.map(async (path) => {
      try {
        const { id, title, preset, seed, seconds, claims } = await readRecord(path);
        const { mtimeMs } = await stat(join(path, 'result.json'));
        const held = claims.filter(({ pass }) => pass).length;
        const name = relative(folder, path);
        return { folder: name, id, title, preset, seed, seconds, at: mtimeMs, held, failed: claims.length - held };
      } catch {
        return undefined;
      }
    }),
  );
  return runs.filter((run) => run !== undefined).sort((a, b) => b.at - a.at);
}

async function sweepsBelow(folder: string) {
  const folders = await holding(folder, 'sweep.json');
  const sweeps = await Promise.all(
    folders.map(async (path) => {
      const { mtimeMs } = await stat(join(path, 'sweep.json'));
      return { folder: relative(folder, path), name: basename(path), at: mtimeMs };
    }),
  );
  return sweeps.sort((a, b) => b.at - a.at);
}

/** Every experiment with its parameters, as its schema tells them. */
function listed() {
  return experiments.map((experiment) => {
    const { id, title, source, statement, seconds } = experiment;
    const parameters = parameterList(experiment).map(({ path, type, unit, description, values }) => {
      return { path, type, description, values, ...(unit !== undefined && { unit }) };
    });
    return { id, title, source, statement, seconds, parameters };
  });
}

const command = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/**
 * Starts an experiment in a process of its own, which goes on whatever becomes of the studio; its progress is in `runs/.live`.
 * @throws `INVALID_ARGUMENT` for an unknown experiment, preset or parameter
 */
function startRun(asked: unknown, folder: string): { started: string } {
  const { id, preset, seed, set } = (asked ?? {}) as { id?: string; preset?: string; seed?: number; set?: object };
  const experiment = experimentById(id ?? '');
  const refuse = (what: string) => new FprincipleError('INVALID_ARGUMENT', what);
  if (!presetNames.some((name) => name === preset)) throw refuse(`preset: expected ${presetNames.join(' or ')}`);
  if (!(Number.isSafeInteger(seed) && seed! >= 0)) throw refuse('seed: expected a whole number');
  const known = new Set(parameterList(experiment).map(({ path }) => path));
  const changed = Object.entries(set ?? {}).map(([path, value]) => {
    if (!known.has(path)) throw refuse(`set: there is no parameter ${path}`);
    return `${path}=${String(value)}`;
  });
  const args = ['run', experiment.id, '--preset', preset!, '--seed', String(seed), '--out', join(folder, 'runs')];
  for (const one of changed) args.push('--set', one);
  const child = spawn(process.execPath, [command, ...args, '--log-progress'], {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
  });
  child.on('error', () => {});
  child.unref();
  return { started: experiment.id };
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
      if (text.length > MOST_BODY) fail(new FprincipleError('INVALID_ARGUMENT', 'the request is too long'));
    });
    request.on('end', () => done(text));
    request.on('error', fail);
  });
}
