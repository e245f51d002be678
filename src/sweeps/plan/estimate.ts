/** What a sweep will cost: some of its missing runs are done and timed; nothing is written. */
import { availableParallelism } from 'node:os';
import { FprincipleError } from '../../core/errors.js';
import { Crew } from '../executors/crew.js';
import { type OpenSweep, standing } from '../folder/open.js';
import type { RunOutcome } from '../folder/outcome.js';
import type { PlannedRun } from './plan.js';

export interface Estimate {
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
  const missing = opened.runs.filter(({ id }) => !results.has(id));
  const crew = new Crew({ lanes: 1 });
  const perform = async (runs: readonly PlannedRun[]): Promise<RunOutcome[]> => {
    const outcomes: RunOutcome[] = [];
    const batch = { subject: opened.subject, preset: opened.sweep.preset, runs };
    await crew.perform(batch, (outcome) => outcomes.push(outcome));
    return outcomes;
  };
  let [secondsPerRun, timed] = [0, 0];
  try {
    if (missing.length > 0) {
      const [first] = await perform(missing.slice(0, 1));
      if (first && 'error' in first) {
        throw new FprincipleError('INTERNAL', `the first run failed: ${first.error.code}: ${first.error.message}`);
      }
      [secondsPerRun, timed] = [first!.result.seconds, 1];
      const more = Math.floor(Math.min(mostTimed, enough / Math.max(secondsPerRun, 1e-3), missing.length - 1));
      if (more > 0) {
        const start = performance.now();
        await perform(missing.slice(1, 1 + more));
        [secondsPerRun, timed] = [(performance.now() - start) / 1000 / more, more];
      }
    }
  } finally {
    crew.close();
  }
  const seconds = (secondsPerRun * missing.length) / Math.min(lanes, Math.max(missing.length, 1));
  return { runs: opened.runs.length, done: results.size, secondsPerRun, timed, seconds, lanes };
}
