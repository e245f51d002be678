/** A worker: takes batches from the queue, as many at once as this machine has cores, until it is told to stop. */
import { hostname } from 'node:os';
import { Worker } from 'bullmq';
import { Crew, type CrewOptions } from './crew.js';
import { type RunError, runError } from './outcome.js';
import { resolveRun } from './plan.js';
import {
  type BatchJob,
  cancelKey,
  encodeDelivery,
  jobFormat,
  lockMilliseconds,
  otherQueues,
  queueName,
  resultsExpireAfter,
  resultsKey,
  stallMilliseconds,
  stallsAllowed,
} from './queue.js';
import { connect, queueConnection, type RedisAddress, redisName, redisOptions } from './redis.js';
import { Store } from './store.js';
import { findSubject, type Subject } from './subject.js';

export interface WorkerOptions extends RedisAddress, CrewOptions {
  queue?: string | undefined;
  signal: AbortSignal;
  /** One line for each thing worth knowing. */
  say: (line: string) => void;
}

/** Whether the job's runs were planned with this text of the experiment's file. */
function isOf(subject: Subject, { preset, runs: [run] }: BatchJob): boolean {
  return run === undefined || resolveRun(subject, preset, run.settings, run.seed).id === run.id;
}

/** Works until the signal fires; then ends what it is at only if that takes no time. @throws `IO` without a server */
export async function work(options: WorkerOptions): Promise<void> {
  const { signal, say } = options;
  const address = redisOptions(options);
  const client = await connect(address);
  const crew = new Crew(options);
  const subjects = new Map<string, Promise<Subject>>();
  const stores = new Map<string, Store>();
  const active = new Map<AbortController, string>();
  const name = queueName(options.queue);

  const worker = new Worker<BatchJob>(
    name,
    async (job) => {
      const { format, sweep, reference, preset, runs, folder } = job.data;
      if (format !== jobFormat) {
        const message = `the job is of format ${format}, this worker's is ${jobFormat}: it is of another version`;
        await refuse(sweep, runs, { code: 'INVALID_ARGUMENT', message });
        return;
      }
      if (await client.exists(cancelKey(sweep))) return;
      const stop = new AbortController();
      active.set(stop, sweep);
      const sent: Promise<unknown>[] = [];
      try {
        let subject: Subject;
        try {
          subject = await find(reference);
          // A file that has been changed since is read again.
          if (subject.source !== undefined && !isOf(subject, job.data)) subject = await find(reference, true);
        } catch (error) {
          await refuse(sweep, runs, runError(error));
          return;
        }
        await crew.perform(
          { subject, preset, runs },
          (outcome) => void sent.push(deliver(outcome, sweep, folder)),
          stop.signal,
        );
      } catch (error) {
        // Cancelled or told to stop: the runs are given out again to whoever resumes.
        if (!stop.signal.aborted || signal.aborted) throw error;
      } finally {
        active.delete(stop);
        await Promise.allSettled(sent);
      }
      await Promise.all(sent);
    },
    {
      connection: queueConnection(address),
      name: `${hostname()}-${process.pid}`,
      concurrency: crew.lanes,
      lockDuration: lockMilliseconds,
      stalledInterval: stallMilliseconds,
      maxStalledCount: stallsAllowed,
      drainDelay: 1,
    },
  );

  /** The subject as it was found before, or `anew`. */
  function find(reference: string, anew = false): Promise<Subject> {
    if (anew || !subjects.has(reference)) {
      const found = findSubject(reference);
      found.catch(() => subjects.delete(reference));
      subjects.set(reference, found);
    }
    return subjects.get(reference)!;
  }

  /** Every run of a job that cannot be done ends in the error that says why. */
  async function refuse(sweep: string, runs: readonly { id: string }[], error: RunError): Promise<void> {
    await send(sweep, ...runs.map(({ id }) => encodeDelivery({ id, error })));
  }

  async function send(sweep: string, ...texts: string[]): Promise<void> {
    const key = resultsKey(sweep);
    await client
      .multi()
      .rpush(key, ...texts)
      .expire(key, resultsExpireAfter)
      .exec();
  }

  async function deliver(outcome: Parameters<typeof encodeDelivery>[0], sweep: string, folder?: string): Promise<void> {
    let text = encodeDelivery(outcome);
    if (folder !== undefined && 'result' in outcome) {
      const store = stores.get(folder) ?? new Store(folder);
      stores.set(folder, store);
      try {
        await store.commit(outcome.result, outcome.npz);
        text = JSON.stringify({ committed: outcome.id });
      } catch (error) {
        // The folder is not here, or full: the result comes back through the queue.
        say(`${runError(error).message}; sending the result through the queue`);
      }
    }
    await send(sweep, text);
  }

  let reachable = true;
  worker.on('error', (error) => {
    // A job whose lock was lost has been given to somebody else, and its results are equal.
    if (/lock/i.test(error.message)) return;
    if (reachable) say(`${redisName(address)}: ${error.message}; waiting`);
    reachable = false;
  });
  worker.on('active', () => {
    reachable = true;
  });
  worker.on('failed', (job, error) => say(`job ${job?.id} failed: ${error.message}`));
  const watch = setInterval(async () => {
    for (const [stop, sweep] of active) {
      if (await client.exists(cancelKey(sweep)).catch(() => 0)) stop.abort();
    }
  }, 1000);
  try {
    await worker.waitUntilReady();
    say(`${crew.lanes} lanes on queue ${name} of ${redisName(address)}`);
    for (const other of await otherQueues(client, options.queue)) {
      if (other.jobs > 0)
        say(`${other.jobs} jobs wait on ${other.name}: of another version or SIMD path, not for this worker`);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    clearInterval(watch);
    for (const stop of active.keys()) stop.abort();
    crew.close();
    await worker.close(true).catch(() => undefined);
    client.disconnect();
  }
}
