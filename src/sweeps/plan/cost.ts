/** What a sweep will take, from its description alone: nothing is run. */
import type { OpenSweep } from '../folder/open.js';
import { type PlannedRun, resolveRun } from './plan.js';
import type { Subject } from './subject.js';
import { type TrainingParameters, training, trainingBytes, trainingFlops } from './training.js';

/** Time on one lane, and memory of one run. */
export interface Cost {
  seconds: number;
  bytes: number;
}

/** Operations in a second of one core, as measured (AMD EPYC, family 25, AVX2) on networks of 8 to 3 x 200 units. */
const flopsASecond = 1e11;
/** What a step takes beside its operations, and a run beside its steps: its description, its records, its result. */
const stepSeconds = 1.2e-6;
const runSeconds = 1e-3;
/** A first guess at what an experiment's process takes. */
export const processBytes = 200e6;
/** Runs that are looked at in a long list, evenly spaced. */
const looked = 200;

/** What one run takes: a training by its operations and arrays, an experiment by what it says of itself. */
export function costOf(subject: Subject, preset: 'quick' | 'paper', { settings, seed }: PlannedRun): Cost {
  if (subject.experiment !== training)
    return { seconds: subject.experiment.seconds[preset] ?? 0.1, bytes: processBytes };
  const parameters = resolveRun(subject, preset, settings, seed).parameters as unknown as TrainingParameters;
  const steps = parameters.budget ?? parameters.steps;
  const seconds = runSeconds + steps * stepSeconds + trainingFlops(parameters) / flopsASecond;
  return { seconds, bytes: trainingBytes(parameters) };
}

/** All runs of a sweep, one after the other; the memory is that of the largest. With halving every rung, nobody lost. */
export function predictedCost({ runs, ladder, subject, sweep }: OpenSweep): Cost {
  const step = Math.max(1, Math.ceil(runs.length / looked));
  const some = runs.filter((_, i) => i % step === 0).map((run) => costOf(subject, sweep.preset, run));
  const mean = some.reduce((sum, { seconds }) => sum + seconds, 0) / Math.max(some.length, 1);
  const bytes = some.reduce((most, cost) => Math.max(most, cost.bytes), 0);
  if (!ladder) return { seconds: mean * runs.length, bytes };
  const fixed = subject.experiment === training ? runSeconds : 0;
  return { seconds: (mean - fixed) * ladder.firsts + fixed * ladder.total, bytes };
}
