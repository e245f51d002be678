/** What a sweep will cost: its first missing run is done and timed; nothing is written. */
import { availableParallelism } from 'node:os';
import { FprincipleError } from '../errors.js';
import { Crew } from './crew.js';
import { type OpenSweep, standing } from './open.js';
import type { RunOutcome } from './outcome.js';

export interface Estimate {
  runs: number;
  done: number;
  secondsPerRun: number;
  /** Of all that is missing, on this machine's lanes. */
  seconds: number;
  lanes: number;
}

/** @throws the first run's own error, as `INTERNAL` */
export async function estimate(opened: OpenSweep, lanes = availableParallelism()): Promise<Estimate> {
  const { results } = await standing(opened);
  const missing = opened.runs.filter(({ id }) => !results.has(id));
  const crew = new Crew({ lanes: 1 });
  let outcome: RunOutcome | undefined;
  try {
    await crew.perform({ subject: opened.subject, preset: opened.sweep.preset, runs: missing.slice(0, 1) }, (o) => {
      outcome = o;
    });
  } finally {
    crew.close();
  }
  if (outcome && 'error' in outcome) {
    throw new FprincipleError('INTERNAL', `the first run failed: ${outcome.error.code}: ${outcome.error.message}`);
  }
  const secondsPerRun = outcome?.result.seconds ?? 0;
  const seconds = (secondsPerRun * missing.length) / Math.min(lanes, Math.max(missing.length, 1));
  return { runs: opened.runs.length, done: results.size, secondsPerRun, seconds, lanes };
}
