/** Grids of runs, their executors, and what comes after. */
export { type SweepDescription, sweepJsonSchema } from './describe.js';
export type { SweepProgress } from './session.js';
export type { Failure, SweepResult } from './store.js';
export { type ExperimentSweepOptions, type SweepRun, sweep, type TrainingSweepOptions } from './sweep.js';
export type { TrainingDescription, TrainingParameters } from './training.js';
