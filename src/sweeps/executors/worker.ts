/**
 * A worker: takes batches from the queue, as many at once as this machine has cores, until it is told to stop.
 *
 * It runs the package's own experiments and those of files that its own command line names, nothing else: what a job says
 * is checked first, and no job makes it load a file.
 */
import { lstat, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Job, Worker } from 'bullmq';
import { invalidArgument } from '../../core/errors.js';
import { isPath } from '../../runs/find.js';
import { type RunError, runError } from '../folder/outcome.js';
import { Store } from '../folder/store.js';
import { resolveRun } from '../plan/plan.js';
import { findSubject, type Subject } from '../plan/subject.js';
import { setAsideInQueue, setAsideUnreadable } from './aside.js';
import { Crew, type CrewOptions } from './crew.js';
import { readJob } from './delivery.js';
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
import type { RedisAddress } from './queue-options.js';
import { connect, makeWay, queueConnection, redisName, redisOptions } from './redis.js';

/** Which queue a worker serves, what it may run, and how long. */
export interface WorkerOptions extends RedisAddress, CrewOptions {
  /** Name of the queue. Default `fprinciple`. */
  queue?: string | undefined;
  /** Files of experiments that this worker may run, beside those of the package. */
  files?: readonly string[] | undefined;
  /** Ends the worker: its runs are put back into the queue. */
  signal: AbortSignal;
  /** One line for each thing worth knowing. */
  say: (line: string) => void;
}

/** Whether the job's runs were planned with this text of the experiment's file. */
function isOf(subject: Subject, { preset, runs: [run] }: BatchJob): boolean {
  if (run === undefined) return true;
  try {
    return resolveRun(subject, preset, run.settings, run.seed).id === run.id;
  } catch {
    // Parameters of another experiment.
    return false;
  }
}

/** What a worker may run: the package's experiments by their ids, and those of its own files. */
class Subjects {
  readonly #known = new Map<string, Subject>();
  readonly files: readonly string[];
  #own: Subject[] = [];

  constructor(files: readonly string[]) {
    this.files = files;
  }

  /** Reads the files. @throws what `findSubject` does */
  async load(): Promise<readonly Subject[]> {
    for (const file of this.files) {
      if (!isPath(file)) throw invalidArgument(`expected a file such as ./mine.ts, got ${JSON.stringify(file)}`);
    }
    this.#own = await Promise.all(this.files.map(findSubject));
    return this.#own;
  }

  /** The subject of a job. @throws `INVALID_ARGUMENT` where this worker may not run it */
  async of(job: BatchJob): Promise<Subject> {
    const { reference } = job;
    if (!isPath(reference)) {
      // Of the package: no name leads to a file.
      const subject = this.#known.get(reference) ?? (await findSubject(reference));
      this.#known.set(reference, subject);
      return subject;
    }
    const found = this.#own.find((subject) => isOf(subject, job));
    if (found) return found;
    // A file that has been changed since is read again.
    const again = (await this.load()).find((subject) => isOf(subject, job));
    if (again) return again;
    throw invalidArgument(
      this.#own.length === 0
        ? 'this worker runs experiments of the package only: start one with the file, fprinciple worker ./mine.ts'
        : `this worker runs ${this.files.join(', ')}, and the run was planned by another version, on another SIMD path, ` +
            'or from another text of the file',
    );
  }
}

/** Lets so many in at once. */
class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}

/** Works until the signal fires; then ends what it is at only if that takes no time. @throws `IO` without a server */
export async function work(options: WorkerOptions): Promise<void> {
  const { signal, say } = options;
  const address = redisOptions(options);
  const name = queueName(options.queue);
  const subjects = new Subjects(options.files ?? []);
  const own = await subjects.load();
  const client = await connect(address);
  const crew = new Crew(options);
  const lanes = new Lanes(crew.lanes);
  const stores = new Map<string, Store>();
  const active = new Map<AbortController, string>();

  async function process({ data, id, queueName: queue }: Job<unknown>): Promise<void> {
    const read = readJob(data);
    if ('refused' in read) {
      say(`job ${JSON.stringify(id)} is set aside: ${read.refused}`);
      await setAsideInQueue(client, queue, { what: 'job', why: read.refused, text: JSON.stringify(data) ?? '' });
      return;
    }
    if ('other' in read) {
      const { format, sweep, runs } = read.other;
      const message = `the job is of format ${format}, this worker's is ${jobFormat}: it is of another version`;
      await refuse(sweep, runs, { code: 'INVALID_ARGUMENT', message });
      return;
    }
    const { sweep, preset, runs, folder } = read.job;
    if (await client.exists(cancelKey(sweep))) return;
    const stop = new AbortController();
    active.set(stop, sweep);
    const sent: Promise<unknown>[] = [];
    const pausedOf = async (before: string): Promise<Uint8Array | undefined> => {
      const paused = runs.find(({ from }) => from === before)?.paused;
      if (paused !== undefined) return new Uint8Array(Buffer.from(paused, 'base64'));
      return folder !== undefined && (await isFolderOf(folder, sweep))
        ? new Store(folder).readPaused(before)
        : undefined;
    };
    const leave = await lanes.enter();
    try {
      let subject: Subject;
      try {
        subject = await subjects.of(read.job);
      } catch (error) {
        await refuse(sweep, runs, runError(error));
        return;
      }
      await crew.perform(
        { subject, preset, runs, pausedOf },
        (outcome) => void sent.push(deliver(outcome, sweep, folder)),
        stop.signal,
      );
    } catch (error) {
      // Cancelled or told to stop: the runs are given out again to whoever resumes.
      if (!stop.signal.aborted || signal.aborted) throw error;
    } finally {
      leave();
      active.delete(stop);
      await Promise.allSettled(sent);
    }
    await Promise.all(sent);
  }

  // Experiments of files have queues of their own, where nobody without the file looks.
  const names = [...new Set([name, ...own.map(({ experiment }) => queueName(options.queue, experiment.id))])];
  const workers = names.map(
    (queue) =>
      new Worker<unknown>(queue, process, {
        connection: queueConnection(address),
        name: `${hostname()}-${globalThis.process.pid}`,
        concurrency: crew.lanes,
        lockDuration: lockMilliseconds,
        stalledInterval: stallMilliseconds,
        maxStalledCount: stallsAllowed,
        drainDelay: 1,
      }),
  );

  /** Every run of a job that cannot be done ends in the error that says why. */
  async function refuse(sweep: string, runs: readonly { id: string }[], error: RunError): Promise<void> {
    await send(sweep, ...runs.map(({ id }) => encodeDelivery({ id, error })));
  }

  async function send(sweep: string, ...texts: string[]): Promise<void> {
    const key = resultsKey(sweep);
    for (let tries = 2; ; tries--) {
      const replies = await client
        .multi()
        .rpush(key, ...texts)
        .expire(key, resultsExpireAfter)
        .exec();
      const refused = (replies ?? []).find(([error]) => error !== null)?.[0];
      if (!refused) return;
      // What stands there is no list, and was not written by this package.
      if (tries === 0 || !(await makeWay(client, key, refused))) throw refused;
      say(`${key} is no list of results: it is set aside`);
    }
  }

  async function deliver(outcome: Parameters<typeof encodeDelivery>[0], sweep: string, folder?: string): Promise<void> {
    let text = encodeDelivery(outcome);
    if (folder !== undefined && 'result' in outcome && (await isFolderOf(folder, sweep))) {
      const store = stores.get(folder) ?? new Store(folder);
      stores.set(folder, store);
      try {
        await store.commit(outcome.result, outcome.npz, outcome.paused);
        text = JSON.stringify({ committed: outcome.id });
      } catch (error) {
        // The folder is not here, or full: the result comes back through the queue.
        say(`${runError(error).message}; sending the result through the queue`);
      }
    }
    await send(sweep, text);
  }

  let reachable = true;
  for (const worker of workers) {
    worker.on('error', (error) => {
      // A job whose lock was lost has been given to somebody else, and its results are equal.
      if (/lock/i.test(error.message)) return;
      if (error instanceof SyntaxError) {
        void setAsideUnreadable(client, worker.name)
          .then((count) => count > 0 && say(`${count} jobs that cannot be read are set aside: ${error.message}`))
          .catch(() => undefined);
        return;
      }
      if (reachable) say(`${redisName(address)}: ${error.message}; waiting`);
      reachable = false;
    });
    worker.on('active', () => {
      reachable = true;
    });
    worker.on('failed', (job, error) => say(`job ${JSON.stringify(job?.id)} failed: ${error.message}`));
  }
  const watch = setInterval(async () => {
    for (const [stop, sweep] of active) {
      if (await client.exists(cancelKey(sweep)).catch(() => 0)) stop.abort();
    }
  }, 1000);
  try {
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    say(`${crew.lanes} lanes on queue ${names.join(', ')} of ${redisName(address)}`);
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
    await Promise.all(workers.map((worker) => worker.close(true).catch(() => undefined)));
    client.disconnect();
  }
}

/** Whether a folder is that of the sweep, by the name that it bears itself: a job cannot have results written elsewhere. */
async function isFolderOf(folder: string, sweep: string): Promise<boolean> {
  if (!isAbsolute(folder)) return false;
  const file = join(folder, 'identity');
  try {
    return (await lstat(file)).isFile() && (await readFile(file, 'utf8')).trim() === sweep;
  } catch {
    return false;
  }
}
