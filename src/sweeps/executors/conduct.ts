/** Conducting a sweep: what is there is kept, what is damaged or missing is done, by the executor that was asked for. */
import { availableParallelism } from 'node:os';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { describe } from '../../core/ndarray.js';
import { checkInteger } from '../../core/options.js';
import type { Claims } from '../folder/claims.js';
import { type OpenSweep, recordSweep, standing } from '../folder/open.js';
import { type Cost, predictedCost } from '../plan/cost.js';
import { Tracking } from '../tracking/track.js';
import { Crew, type EndedHere, mostLanes } from './crew.js';
import { runOnFolder } from './folder.js';
import { loadQueue } from './load-queue.js';
import { runLocally } from './local.js';
import { Session, type SweepEvent, type SweepProgress } from './session.js';
import type { SlurmOptions } from './slurm.js';

export const executors = ['local', 'folder', 'bullmq', 'slurm'] as const;
export type ExecutorName = (typeof executors)[number];

export interface ConductOptions extends SlurmOptions {
  /** Default `local`. */
  executor?: ExecutorName;
  /** Runs at once on one machine. Default: its cores. */
  lanes?: number;
  /** Bytes that the runs of one machine may take together. Default: four fifths of what is free. */
  memoryLimit?: number;
  /** How often a run that ends in an error is tried again. Default 0. */
  retries?: number;
  /** Whether runs that failed in an earlier command are done too. Default false. */
  retryFailed?: boolean;
  /** This process is one of several that do the runs of a folder, under this name. */
  claims?: Claims;
  /** Where results are shown beside the folder: `tensorboard`, `tensorboard=DIR`, `mlflow=URL`. Default: nowhere. */
  track?: readonly string[];
  signal?: AbortSignal;
  /** Each run that ends on this machine. */
  onEnded?: (run: EndedHere) => void;
  /** Each run that is done, those found done first. */
  onEvent?: (event: SweepEvent) => void;
  /** How many runs are done, at every change. */
  onProgress?: (progress: SweepProgress) => void;
}

export interface Summary {
  folder: string;
  total: number;
  done: number;
  failed: number;
  /** Results done anew because their file was damaged. */
  damaged: number;
  /** Results that a tracker did not take, and why. */
  untracked?: { count: number; why: string };
}

/** `cost.json`: seconds on one lane; bytes of a run as predicted, and the most that the command's process took with all lanes. */
export interface Costs {
  predicted: Cost;
  took: Cost;
}

/** How often it is looked whether somebody asked to cancel. */
const cancelEvery = 1000;

/** @throws `IO` when the folder cannot be written, `ABORTED` when it was stopped or cancelled */
export async function conduct(opened: OpenSweep, options: ConductOptions = {}): Promise<Summary> {
  const { store, subject, sweep, runs } = opened;
  const { executor = 'local', retries = 0, retryFailed = false, track = [], onProgress = ignore } = options;
  const tracking = new Tracking(track, store.folder);
  const predicted = predictedCost(opened);
  let seconds = 0;
  const onEvent = (event: SweepEvent): void => {
    tracking.take(event);
    if ('result' in event) seconds += event.result.seconds;
    options.onEvent?.(event);
  };
  if (!executors.includes(executor)) {
    throw invalidArgument(`executor: expected ${executors.join(', ')}, got ${describe(executor)}`);
  }
  if (executor !== 'local' && subject.reference === undefined) {
    throw invalidArgument('experiment: other machines need it by id or in a file; this one lives in this process only');
  }
  checkNumbers(options);
  const lanes = options.lanes ?? availableParallelism();
  await store.open();
  if (options.claims === undefined) {
    await store.clearCancel();
    await recordSweep(opened);
  }
  if (retryFailed) await store.forgetFailures(runs.map((run) => run.id));
  const found = await standing(opened);
  for (const id of found.damaged) {
    await store.log(`result ${id} is damaged: it is done again`);
    await store.discard(id);
  }
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const [id, result] of found.results) onEvent({ run: byId.get(id)!, result });
  let failed = found.failures.size;
  let done = found.results.size;
  for (const [id, failure] of found.failures) onEvent({ run: byId.get(id)!, failure });

  const cancel = new AbortController();
  const watch = setInterval(() => {
    void store.isCancelled().then((yes) => {
      if (yes)
        cancel.abort(new FprincipleError('ABORTED', 'the sweep was cancelled (fprinciple sweep resume goes on)'));
    });
  }, cancelEvery);
  const { ladder } = opened;
  const session: Session = new Session({
    store,
    subject,
    preset: sweep.preset,
    total: ladder?.total ?? runs.length,
    todo: found.missing,
    claims: options.claims,
    done,
    failed,
    retries,
    signal: options.signal ? AbortSignal.any([options.signal, cancel.signal]) : cancel.signal,
    onEvent: (event) => {
      if ('result' in event) done++;
      else failed++;
      onEvent(event);
      const { begin = [], forget = [] } = ladder?.settle(event.run, event) ?? {};
      runs.push(...begin);
      if (begin.length > 0) session.add(begin, Math.max(ladder?.total ?? 0, runs.length));
      void store.forgetPaused(forget);
    },
    onProgress,
  });
  const crew = new Crew({ lanes, memoryLimit: options.memoryLimit, onEnded: options.onEnded });
  try {
    await store.log(`${executor}: ${session.open.size} of ${runs.length} runs to do`);
    if (session.open.size > 0) {
      // BullMQ is loaded where it is used: a sweep on this machine starts without it.
      if (executor === 'bullmq') await (await loadQueue()).runOnQueue(session, options);
      else if (executor === 'slurm') await (await import('./slurm.js')).runOnSlurm(session, options);
      else if (executor === 'folder') await runOnFolder(session);
      else await runLocally(session, crew);
    }
    // What is named by the program that began it only is known to others by this list.
    if (ladder && subject.reference === undefined) await recordSweep(opened);
    if (options.claims === undefined) await store.writeJson('cost.json', costs());
    if (ladder) await store.forgetAllPaused();
    if (options.claims) await options.claims.clear();
    await store.log(`ended: ${done} done, ${failed} failed`);
  } catch (error) {
    if (cancel.signal.aborted) throw cancel.signal.reason;
    throw error;
  } finally {
    clearInterval(watch);
    crew.close();
    await tracking.end();
  }
  /** What was predicted before the first run, and what all runs then took. */
  function costs(): Costs {
    return { predicted, took: { seconds, bytes: process.resourceUsage().maxRSS * 1024 } };
  }
  const { missed, why } = tracking;
  if (why !== undefined) await store.log(`${missed} results are not tracked: ${why}`);
  return {
    folder: store.folder,
    total: runs.length,
    done,
    failed,
    damaged: found.damaged.length,
    ...(why !== undefined && { untracked: { count: missed, why } }),
  };
}

function checkNumbers(options: ConductOptions): void {
  checkInteger(options.lanes, 'lanes', 1, mostLanes);
  for (const [name, least] of Object.entries({ retries: 0, batch: 1, tasks: 1 })) {
    const value = options[name as 'retries'];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least)) {
      throw invalidArgument(`${name}: expected a whole number of ${least} or more, got ${describe(value)}`);
    }
  }
  const { memoryLimit } = options;
  if (memoryLimit !== undefined && !(typeof memoryLimit === 'number' && memoryLimit > 0)) {
    throw invalidArgument(`memoryLimit: expected a number of bytes above 0, got ${describe(memoryLimit)}`);
  }
}

const ignore = (): void => undefined;
