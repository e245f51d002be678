/** Grids of runs, their executors, and what comes after. */

export type { SweepProgress } from './executors/session.js';
export type { Failure, SweepResult } from './folder/store.js';
export { type SweepDescription, sweepJsonSchema } from './plan/describe.js';
export type { FileData, TrainingDescription, TrainingParameters } from './plan/training.js';
export { type ExperimentSweepOptions, type SweepRun, sweep, type TrainingSweepOptions } from './sweep.js';
