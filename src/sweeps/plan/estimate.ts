/** What a sweep will cost: some of its missing runs are done and timed; nothing is written. */
import { availableParallelism } from 'node:os';
import { FprincipleError } from '../../core/errors.js';
import { Crew } from '../executors/crew.js';
import { type OpenSweep, standing } from '../folder/open.js';
import type { RunOutcome } from '../folder/outcome.js';
import type { PlannedRun } from './plan.js';

export interface Estimate {
  /** With halving at most so many. */
  runs: number;
  done: number;
  secondsPerRun: number;
  /** How many runs that is the mean of. */
  timed: number;
  /** Of all that is missing, on this machine's lanes. */
  seconds: number;
  lanes: number;
}

/** A first run shorter than this says more of its process' start than of the others: some more are timed. */
const enough = 0.5;
const mostTimed = 64;

/** @throws the first run's own error, as `INTERNAL` */
export async function estimate(opened: OpenSweep, lanes = availableParallelism()): Promise<Estimate> {
  const { results } = await standing(opened);
  const { runs, ladder } = opened;
  const missing = runs.filter(({ id }) => !results.has(id));
  // In runs of the first rung, where rungs differ.
  const cost = (some: readonly PlannedRun[]): number => some.reduce((sum, run) => sum + (ladder?.cost(run) ?? 1), 0);
  const crew = new Crew({ lanes: 1 });
  const perform = async (runs: readonly PlannedRun[]): Promise<RunOutcome[]> => {
    const outcomes: RunOutcome[] = [];
    const batch = { subject: opened.subject, preset: opened.sweep.preset, runs };
    await crew.perform(batch, (outcome) => outcomes.push(outcome));
    return outcomes;
  };
  let [secondsPerRun, timed, unit] = [0, 0, 0];
  try {
    if (missing.length > 0) {
      const [first] = await perform(missing.slice(0, 1));
      if (first && 'error' in first) {
        throw new FprincipleError('INTERNAL', `the first run failed: ${first.error.code}: ${first.error.message}`);
      }
      [secondsPerRun, timed] = [first?.result.seconds ?? 0, 1];
      unit = secondsPerRun / cost(missing.slice(0, 1));
      const more = Math.floor(Math.min(mostTimed, enough / Math.max(secondsPerRun, 1e-3), missing.length - 1));
      if (more > 0) {
        const start = performance.now();
        await perform(missing.slice(1, 1 + more));
        const seconds = (performance.now() - start) / 1000;
        [secondsPerRun, timed] = [seconds / more, more];
        unit = seconds / cost(missing.slice(1, 1 + more));
      }
    }
  } finally {
    crew.close();
  }
  // What has not been decided yet is left too.
  const left = ladder && missing.length > 0 ? ladder.firsts - cost(runs) + cost(missing) : cost(missing);
  const seconds = (unit * Math.max(0, left)) / Math.min(lanes, Math.max(missing.length, 1));
  const all = missing.length === 0 ? results.size : (ladder?.total ?? runs.length);
  return { runs: all, done: results.size, secondsPerRun, timed, seconds, lanes };
}
