/** The default executor: this machine's cores, nothing to install. */

import { createHash } from 'node:crypto';
import type { PlannedRun } from '../plan/plan.js';
import type { Crew } from './crew.js';
import type { Session } from './session.js';

/**
 * Seconds that a batch should take: long enough that the pause between two costs nothing where the main thread has to wait
 * for a core (at a quarter of a second it did), short enough to lose little.
 */
const batchSeconds = 1;
const largestBatch = 64;

/** Milliseconds after which it is looked what others have done, where everything left is theirs. */
const lookEvery = 500;

/**
 * Does what is open, in batches that grow until one takes a second; with halving, until nothing more is decided.
 *
 * Before each batch it looks whether another process has done its runs. Where others work on the same folder each run is
 * claimed first (see `folder/claims`), and each process begins somewhere else in the list.
 */
export async function runLocally(session: Session, crew: Crew): Promise<void> {
  // From the end: taking the last of a long list costs nothing.
  const order = from([...session.open.values()], session.claims?.name).reverse();
  /** What others were at when it was looked. */
  const theirs: PlannedRun[] = [];
  let looked = performance.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  let running = 0;
  let secondsPerRun: number | undefined;

  const size = (): number => {
    const wanted = secondsPerRun === undefined ? 1 : Math.round(batchSeconds / Math.max(secondsPerRun, 1e-6));
    // Towards the end batches shrink, so that no lane works alone.
    return Math.max(1, Math.min(wanted, largestBatch, Math.ceil(order.length / (2 * crew.lanes))));
  };
  const next = async (): Promise<PlannedRun[]> => {
    const batch: PlannedRun[] = [];
    // The newest first: what goes on is worth more than what begins.
    order.push(...session.added().reverse());
    if (session.claims && performance.now() - looked > lookEvery) {
      looked = performance.now();
      await session.lookForOthers();
      order.unshift(...theirs.splice(0));
    }
    const wanted = size();
    while (batch.length < wanted && order.length > 0) {
      const run = order.pop()!;
      if (!session.open.has(run.id)) continue;
      if (session.claims && !(await session.claims.claim(run.id))) {
        theirs.push(run);
        continue;
      }
      if ((await session.store.has(run.id)) && (await session.takeOver(run))) continue;
      batch.push(run);
    }
    return batch;
  };
  const lane = async (): Promise<void> => {
    let writing: Promise<void> = Promise.resolve();
    let upcoming = next();
    for (;;) {
      let batch = await upcoming;
      while (batch.length === 0) {
        // What is being written may have to be tried again, or decide what is done next.
        await writing;
        if (signal.aborted) throw signal.reason;
        batch = await next();
        if (batch.length > 0) break;
        if (session.open.size === 0) return;
        await session.news(lookEvery);
      }
      running += batch.length;
      session.running(running);
      const kept: Promise<void>[] = [];
      const start = performance.now();
      try {
        const { subject, preset, store } = session;
        const performing = crew.perform(
          { subject, preset, runs: batch, pausedOf: (id) => store.readPaused(id) },
          (outcome) => {
            running--;
            const keep = session.accept(outcome).then((settled) => {
              if (!settled) order.push(batch.find((run) => run.id === outcome.id)!);
            });
            // A result that cannot be written stops every lane.
            keep.catch((error: unknown) => stop.abort(error));
            kept.push(keep);
          },
          signal,
        );
        // The next batch is looked up while this one is computed: the lane does not wait for the disk.
        upcoming = next();
        upcoming.catch(() => undefined);
        await performing;
      } catch (error) {
        await Promise.all(kept);
        throw stop.signal.aborted ? stop.signal.reason : error;
      }
      secondsPerRun = (performance.now() - start) / 1000 / batch.length;
      // The batch is written while the next one is computed.
      await writing;
      writing = Promise.all(kept).then(() => undefined);
      writing.catch(() => undefined);
    }
  };
  // A lane that fails stops the others; the first error is what the caller hears of, once all have ended.
  const lanes = Array.from({ length: crew.lanes }, () =>
    lane().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw stop.signal.reason ?? failed.reason;
}

/** The list from a place that depends on the name, once around. */
function from(runs: PlannedRun[], name: string | undefined): PlannedRun[] {
  if (name === undefined) return runs;
  const start = createHash('sha256').update(name).digest().readUInt32LE() % Math.max(runs.length, 1);
  return [...runs.slice(start), ...runs.slice(0, start)];
}
