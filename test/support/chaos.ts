/** Sweeps under kill -9: a thousand small trainings, an accident at a random moment, and what is left afterwards. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { makeFolder } from '../../src/core/files.js';
import { planSweep, standing } from '../../src/sweeps/folder/open.js';
import { reproducible, Store } from '../../src/sweeps/folder/store.js';
import { canonical } from '../../src/sweeps/plan/plan.js';
import { sweep } from '../../src/sweeps/sweep.js';
import { fprinciple, startFprinciple } from './cli.js';

/** A sweep to be disturbed: as a description, as options of the command, and how many results it has in the end. */
export interface Chaos {
  description: object;
  arguments: readonly string[];
  total: number;
}

const common = ['--set', 'network.hidden=[8]', '--set', 'data.points=32', '--set', 'records=4', '--set', 'steps=300'];
const training = { network: { hidden: [8] }, data: { type: 'sines' as const, points: 32 }, steps: 300, records: 4 };

/** A thousand runs of a grid. */
export const plain: Chaos = {
  description: { parameters: training, grid: { steps: [200, 300] }, seeds: '0..499' },
  arguments: ['sweep', 'training', ...common, '--grid', 'steps=200,300', '--seeds', '0..499'],
  total: 1000,
};

/** 60 configurations of five seeds, then 20, then 6: what is done depends on what has been measured. */
export const halved: Chaos = {
  description: {
    parameters: training,
    grid: { 'optimizer.learningRate': '1e-4..1e-1 log 30', width: [4, 8] },
    seeds: '0..4',
    halving: { factor: 3, rungs: 3 },
  },
  arguments: [
    ...['sweep', 'training', ...common, '--grid', 'optimizer.learningRate=1e-4..1e-1 log 30', '--grid', 'width=4,8'],
    ...['--seeds', '0..4', '--halving', '--factor', '3', '--rungs', '3'],
  ],
  total: 5 * (60 + 20 + 6),
};

/** Every result of a folder by id, without time and place. @throws where one is missing, damaged or too many */
export async function outcomes(folder: string, { description, total } = plain): Promise<Map<string, string>> {
  const opened = await planSweep(description, undefined, folder);
  const { results, damaged, missing, failures } = await standing(opened);
  const files = (await new Store(folder).listed()).size;
  if (results.size !== total || files !== total || damaged.length + missing.length + failures.size > 0) {
    throw new Error(
      `${folder}: ${results.size} results in ${files} files, ${damaged.length} damaged, ${missing.length} missing, ${failures.size} failed`,
    );
  }
  return new Map([...results].map(([id, result]) => [id, canonical(reproducible(result))]));
}

/** The results of a sweep that nothing disturbs. */
export async function undisturbed(folder: string, chaos = plain): Promise<Map<string, string>> {
  const out = join(folder, `undisturbed-${chaos.total}`);
  for await (const run of sweep({ experiment: 'training', ...chaos.description, out })) void run;
  return outcomes(out, chaos);
}

/** Waits until the folder holds at least `count` results. Gives how many it then holds. */
export async function until(folder: string, count: number, child?: ChildProcess): Promise<number> {
  const store = new Store(folder);
  for (;;) {
    const { size } = await store.listed();
    if (size >= count) return size;
    if (child && child.exitCode !== null) throw new Error(`the command ended early, with ${child.exitCode}`);
    await pause(15);
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for a random moment of the sweep: some number of results, and some milliseconds. Gives how many there were. */
export async function randomMoment(folder: string, command: ChildProcess, { total } = plain): Promise<number> {
  const at = await until(folder, 1 + Math.floor(Math.random() * 0.9 * total), command);
  await pause(Math.random() * 30);
  return at;
}

export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

export async function kill9(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}

/** Kills the command of a sweep on this machine. Gives how many results there were, as every accident does. */
export async function killLocal(out: string, expected: ReadonlyMap<string, string>, chaos = plain): Promise<number> {
  const command = startFprinciple([...chaos.arguments, '--out', out]);
  const at = await randomMoment(out, command, chaos);
  await kill9(command);
  await resumeAndCompare(out, expected, [], {}, chaos);
  return at;
}

/** One of two workers on a shared folder. */
export async function killFolderWorker(
  out: string,
  expected: ReadonlyMap<string, string>,
  chaos = plain,
): Promise<number> {
  await makeFolder(out);
  const workers = [0, 1].map(() => startFprinciple(['worker', '--folder', out, '--lanes', '1', '--lease', '4']));
  try {
    const command = startFprinciple([...chaos.arguments, '--executor', 'folder', '--out', out]);
    const at = await randomMoment(out, command, chaos);
    await kill9(workers[0]!);
    await ended(command);
    await resumeAndCompare(out, expected, ['--executor', 'folder'], {}, chaos);
    return at;
  } finally {
    await Promise.all(workers.map(kill9));
  }
}

/** `sweep resume`; then the folder holds what an undisturbed sweep gives. @throws where it does not */
export async function resumeAndCompare(
  folder: string,
  expected: ReadonlyMap<string, string>,
  options: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  chaos = plain,
): Promise<void> {
  const { code, stderr } = await fprinciple(['sweep', 'resume', folder, ...options], { env });
  if (code !== 0) throw new Error(`resume ended with ${code}: ${stderr}`);
  const found = await outcomes(folder, chaos);
  for (const [id, result] of expected) {
    if (found.get(id) !== result) throw new Error(`${folder}: run ${id} differs from the undisturbed one`);
  }
}
