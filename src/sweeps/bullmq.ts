/** Sweeps through a queue on Redis: needs the packages `bullmq` and `ioredis`, which are not installed with this one. */
import { loadWorker } from './executors/load-queue.js';
import type { WorkerOptions } from './executors/worker.js';

export type { EndedHere } from './executors/crew.js';
export type { WorkerOptions } from './executors/worker.js';

/**
 * A worker, as `fprinciple worker`: does runs of sweeps from a queue until `signal` aborts.
 *
 * ```ts
 * await work({ redis: 'redis://localhost:6379', lanes: 4, signal: controller.signal, say: console.error });
 * ```
 * @throws FprincipleError `IO` where BullMQ or ioredis is not installed, or the server cannot be reached
 */
export async function work(options: WorkerOptions): Promise<void> {
  await (await loadWorker()).work(options);
}
