/**
 * How sweeps use a queue: its name, its jobs, and the way results come back.
 *
 * A queue's name holds the engine's version and SIMD path: a worker never meets a job whose bits it would not give.
 * Delivery is at least once. A job is a batch of runs; a worker puts each outcome into the sweep's list and only then ends
 * the job, so that whatever is lost or killed, a run is either in the list, in a job, or missing from both and added again.
 */
import { createHash } from 'node:crypto';
import { type ConnectionOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { invalidArgument } from '../../core/errors.js';
import type { PresetName } from '../../experiment/define.js';
import { isPath } from '../../runs/find.js';
import type { RunOutcome } from '../folder/outcome.js';
import { type RunRequest, thisEngine } from '../plan/plan.js';
import type { Subject } from '../plan/subject.js';

/** Raised when the meaning of a job changes. */
export const jobFormat = 1;

export interface BatchJob {
  format: typeof jobFormat;
  sweep: string;
  /** An id of the package's, or the file of whoever asked: no worker loads it, it has its own files or none. */
  reference: string;
  preset: PresetName;
  /** With the paused training that a run goes on with, as base64, where it is small enough to travel. */
  runs: (RunRequest & { paused?: string })[];
  /**
   * Where results are committed, if the workers share the sweep's folder; else they come back through the queue. A worker
   * writes there only where the folder's `identity` is this sweep's.
   */
  folder?: string;
}

/** An outcome on its way back; its arrays and its paused training as base64. */
export type Delivery = { outcome: RunOutcome; npz?: string; paused?: string } | { committed: string };

/**
 * Bytes of paused trainings that travel with a job, or with a result. One that is larger stays behind, and its run begins
 * anew elsewhere, with the same bits: workers that share the sweep's folder (`--shared`) find it there.
 */
export const mostPausedBytes = 16e6;

const defaultQueue = 'fprinciple';

/**
 * The queue of what this engine may do, for experiments of files one for each id: only workers that were given such a file
 * look there. BullMQ keeps `:` for itself.
 */
export const queueName = (queue = defaultQueue, fileExperiment?: string): string => {
  if (!/^[\w.-]+$/.test(queue)) {
    throw invalidArgument(`queue: expected a name of letters, digits, "_", "-" and ".", got ${JSON.stringify(queue)}`);
  }
  const { version, simd } = thisEngine();
  return `${queue}-${version}-${simd}${fileExperiment === undefined ? '' : `-${fileExperiment}`}`;
};

/** The queue on which runs of a subject are done. */
export const queueOf = ({ reference = '', experiment }: Subject, queue?: string): string =>
  queueName(queue, isPath(reference) ? experiment.id : undefined);

/** Queues of the same name for other versions or SIMD paths: jobs that wait there, and workers. */
export async function otherQueues(
  client: Redis,
  queue?: string,
): Promise<{ name: string; jobs: number; workers: number }[]> {
  const own = queueName(queue);
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `bull:${queue ?? defaultQueue}-*:meta`, 'COUNT', 1000);
    for (const key of keys) names.add(key.slice('bull:'.length, -':meta'.length));
    cursor = next;
  } while (cursor !== '0');
  const found: { name: string; jobs: number; workers: number }[] = [];
  for (const name of names) {
    if (name === own || name.startsWith(`${own}-`)) continue;
    const other = new Queue(name, { connection: client as unknown as ConnectionOptions });
    found.push({ name, jobs: await other.getWaitingCount(), workers: await other.getWorkersCount() });
    await other.close();
  }
  return found;
}

/** The same runs make the same job: adding it again adds nothing. */
export const jobId = (sweep: string, runs: readonly RunRequest[]): string =>
  `${sweep}-${createHash('sha256')
    .update(runs.map((run) => run.id).join())
    .digest('hex')
    .slice(0, 24)}`;

export const resultsKey = (sweep: string): string => `fprinciple:results:${sweep}`;
/** Seconds after which results that nobody has fetched are forgotten: a month. Their runs are done again. */
export const resultsExpireAfter = 30 * 86_400;
export const cancelKey = (sweep: string): string => `fprinciple:cancelled:${sweep}`;

export function encodeDelivery(outcome: RunOutcome): string {
  if (!('result' in outcome)) return JSON.stringify({ outcome } satisfies Delivery);
  const { npz, paused, ...rest } = outcome;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    outcome: rest,
    ...(npz && { npz: text(npz) }),
    ...(paused && paused.length <= mostPausedBytes && { paused: text(paused) }),
  } satisfies Delivery);
}

/**
 * A worker that has not renewed its lock for so long is taken for dead, and its job is given out again. Short, because
 * doing a batch twice costs little; how often that happens is not limited, because a second death is no fault of the job.
 */
export const lockMilliseconds = 3000;
export const stallMilliseconds = 1500;
export const stallsAllowed = 1_000_000_000;
