/** The executor for many machines: batches go into a queue, `fprinciple worker` takes them, results come back. */
import { Queue } from 'bullmq';
import { FprincipleError } from '../../core/errors.js';
import { isPath } from '../../runs/find.js';
import { costOf } from '../plan/cost.js';
import type { PlannedRun } from '../plan/plan.js';
import type { Subject } from '../plan/subject.js';
import { setAsideInFolder, setAsideUnreadable, takeAside } from './aside.js';
import { readDelivery } from './delivery.js';
import {
  type BatchJob,
  cancelKey,
  jobFormat,
  jobId,
  mostPausedBytes,
  otherQueues,
  queueOf,
  resultsKey,
} from './queue.js';
import type { QueueOptions } from './queue-options.js';
import { connect, makeWay, queueConnection, queueError, redisName, redisOptions } from './redis.js';
import type { Session } from './session.js';

/** Milliseconds without a result after which the queue is looked at; as long again and again, up to a minute. */
const silence = 4000;
const longestSilence = 60_000;
const reportEvery = 1000;

export async function runOnQueue(session: Session, options: QueueOptions): Promise<void> {
  const address = redisOptions(options);
  const client = await connect(address);
  client.on('close', () => session.note(`${redisName(address)} cannot be reached; waiting`));
  client.on('ready', () => session.note(undefined));
  const reference = session.subject.reference ?? '';
  const queue = new Queue<BatchJob>(queueOf(session.subject, options.queue), { connection: queueConnection(address) });
  queue.on('error', () => undefined);
  const sweep = await session.store.identity();
  const batches = intoBatches([...session.open.values()], session, sweep, options.batch);
  const put = async (given: Iterable<[string, PlannedRun[]]>): Promise<void> => {
    const jobOf = async ([id, runs]: [string, PlannedRun[]]) => ({
      name: 'batch',
      data: {
        format: jobFormat,
        sweep,
        reference,
        preset: session.preset,
        runs: await withPaused(runs),
        ...(options.shared && { folder: session.store.folder }),
      } satisfies BatchJob,
      opts: { jobId: id, removeOnComplete: true, removeOnFail: true },
    });
    const all = [...given];
    // Another command on the same sweep may have been stopped and have withdrawn its jobs.
    await client.del(cancelKey(sweep));
    // Few at a time where trainings travel with them.
    const at = all.some(([, runs]) => runs.some(({ from }) => from !== undefined)) ? 8 : 500;
    for (let i = 0; i < all.length; i += at) await queue.addBulk(await Promise.all(all.slice(i, i + at).map(jobOf)));
  };
  /** Runs as a worker needs them, those that go on with their paused trainings as far as these may travel. */
  const withPaused = async (runs: readonly PlannedRun[]): Promise<BatchJob['runs']> => {
    let left = options.shared ? 0 : mostPausedBytes;
    const asked: BatchJob['runs'] = [];
    for (const { id, settings, seed, from } of runs) {
      const paused = from === undefined || left <= 0 ? undefined : await session.store.readPaused(from);
      const fits = paused !== undefined && paused.length <= left;
      if (fits) left -= paused.length;
      asked.push({
        id,
        settings,
        seed,
        ...(from !== undefined && { from }),
        ...(fits && { paused: Buffer.from(paused).toString('base64') }),
      });
    }
    return asked;
  };
  /** Adds what is outstanding; a job that is in the queue already stays as it is. */
  const add = async (): Promise<void> => {
    for (const [id, runs] of batches) if (!runs.some((run) => session.open.has(run.id))) batches.delete(id);
    await put(batches);
  };
  let heard = Date.now();
  let patience = silence;
  let added = Date.now();
  let reported = 0;
  let searched = 0;
  let elsewhere = '';
  try {
    await unlessAborted(session.signal, add());
    while (session.open.size > 0) {
      if (session.signal.aborted) throw new FprincipleError('ABORTED', 'the sweep was stopped');
      const texts = (await unlessAborted(session.signal, fetched())) ?? [];
      if (texts.length > 0) {
        await Promise.all(texts.map(take));
        heard = Date.now();
        patience = silence;
        await unlessAborted(session.signal, grow());
      } else await new Promise((resolve) => setTimeout(resolve, 20));
      if (Date.now() - reported > reportEvery) {
        reported = Date.now();
        await unlessAborted(session.signal, report());
      }
      if (Date.now() - Math.max(heard, added) > patience) {
        await session.lookForOthers();
        await unlessAborted(session.signal, grow());
        // Where jobs were lost (with a Redis that was killed) at once; in any case from time to time.
        if (patience >= longestSilence || (await unlessAborted(session.signal, fewerJobsThanBatches()))) {
          await unlessAborted(session.signal, add());
        }
        added = Date.now();
        patience = Math.min(2 * patience, longestSilence);
      }
    }
  } catch (error) {
    // What waits is taken back; what has been begun is dropped by its worker.
    if (session.signal.aborted && client.status === 'ready') await withdraw(client, queue, sweep, [...batches.keys()]);
    throw queueError(error, queue.name);
  } finally {
    client.removeAllListeners('close');
    client.disconnect();
    await queue.disconnect().catch(() => undefined);
  }

  /** Up to a hundred results. */
  async function fetched(): Promise<string[] | null> {
    const key = resultsKey(sweep);
    try {
      return await client.lpop(key, 100);
    } catch (error) {
      if (!(await makeWay(client, key, error))) throw error;
      await session.store.log(`${key} was no list of results: it was set aside`);
      return null;
    }
  }

  async function take(text: string): Promise<void> {
    const delivery = readDelivery(text, session);
    if ('refused' in delivery) {
      await session.store.log(`a result was set aside: ${delivery.refused}`);
      await setAsideInFolder(session.store.folder, { what: 'result', why: delivery.refused, text });
      return;
    }
    if ('committed' in delivery) {
      const run = session.open.get(delivery.committed);
      if (run) await session.takeOver(run);
      return;
    }
    const run = session.open.get(delivery.outcome.id);
    if ((await session.accept(delivery.outcome)) || !run) return;
    // Tried again on its own, as a job of another name: its old one may not have ended yet.
    const again: [string, PlannedRun[]] = [`${jobId(sweep, [run])}-${Date.now()}`, [run]];
    batches.set(...again);
    await put([again]);
  }

  /** Asks for what the results have decided to be done. */
  async function grow(): Promise<void> {
    const added: PlannedRun[] = [];
    for (const run of session.added()) if (!(await session.takeOver(run))) added.push(run);
    if (added.length === 0) return;
    const more = intoBatches(added, session, sweep, options.batch);
    for (const batch of more) batches.set(...batch);
    await put(more);
  }

  async function fewerJobsThanBatches(): Promise<boolean> {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
    const open = [...batches.values()].filter((runs) => runs.some((run) => session.open.has(run.id)));
    return Object.values(counts).reduce((sum, count) => sum + count, 0) < open.length;
  }

  /** Runs of this sweep that workers have begun. */
  async function begun(): Promise<number> {
    const active = await readable(client, queue, () => queue.getActive());
    const runs = active.flatMap((job) =>
      job?.data?.sweep === sweep && Array.isArray(job.data.runs) ? job.data.runs : [],
    );
    return runs.filter((run) => session.open.has(run?.id)).length;
  }

  async function report(): Promise<void> {
    session.running(await begun());
    for (const aside of await takeAside(client, queue.name)) {
      await session.store.log(`a job was set aside: ${aside.why}`);
      await setAsideInFolder(session.store.folder, aside);
    }
    if ((await queue.getWorkersCount()) > 0) return session.note(undefined);
    if (Date.now() - searched > silence) {
      searched = Date.now();
      const others = (await otherQueues(client, options.queue)).filter(({ workers }) => workers > 0);
      elsewhere = others.map(({ name, workers }) => `${workers} on ${name}`).join(', ');
    }
    session.note(
      `no worker on queue ${queue.name}: start one with \`fprinciple worker${isPath(reference) ? ` ${reference}` : ''}\`` +
        (elsewhere && ` (there are workers of other versions or SIMD paths: ${elsewhere})`),
    );
  }
}

async function withdraw(
  client: Awaited<ReturnType<typeof connect>>,
  queue: Queue<BatchJob>,
  sweep: string,
  jobs: readonly string[],
): Promise<void> {
  await client.set(cancelKey(sweep), '1', 'EX', 86_400).catch(() => undefined);
  for (let i = 0; i < jobs.length; i += 100) {
    // A job that a worker holds cannot be removed.
    await Promise.all(jobs.slice(i, i + 100).map((id) => queue.remove(id).catch(() => undefined)));
  }
}

/** What `look` finds in the queue, after jobs that BullMQ cannot read have been set aside. */
async function readable<T>(
  client: Awaited<ReturnType<typeof connect>>,
  queue: Queue<BatchJob>,
  look: () => Promise<T>,
): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    await setAsideUnreadable(client, queue.name);
    return look();
  }
}

/** Stops a sweep's jobs whose command is no longer there. */
export async function cancelOnQueue(sweep: string, subject: Subject, options: QueueOptions): Promise<void> {
  const address = redisOptions(options);
  const client = await connect(address);
  const queue = new Queue<BatchJob>(queueOf(subject, options.queue), { connection: queueConnection(address) });
  queue.on('error', () => undefined);
  try {
    const waiting = await readable(client, queue, () => queue.getJobs(['waiting', 'delayed', 'prioritized']));
    const ids = waiting.flatMap((job) => (job?.data?.sweep === sweep && job.id ? [job.id] : []));
    await withdraw(client, queue, sweep, ids);
  } catch (error) {
    throw queueError(error, queue.name);
  } finally {
    client.disconnect();
    await queue.disconnect().catch(() => undefined);
  }
}

/** Batches of about a second by what a run is known to cost; a run of unknown cost is a job of its own below ten. */
function intoBatches(
  runs: readonly PlannedRun[],
  { subject, preset }: Session,
  sweep: string,
  asked?: number,
): Map<string, PlannedRun[]> {
  const seconds = runs[0] ? costOf(subject, preset, runs[0]).seconds : 1;
  // At least eight jobs, so that several workers have something to do.
  const most = Math.max(1, Math.ceil(runs.length / 8));
  const size = asked ?? Math.max(1, Math.min(Math.round(1 / seconds), 64, most));
  const batches = new Map<string, PlannedRun[]>();
  for (let i = 0; i < runs.length; i += size) {
    const batch = runs.slice(i, i + size);
    batches.set(jobId(sweep, batch), batch);
  }
  return batches;
}

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new FprincipleError('ABORTED', 'the sweep was stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
