/** The framework experiments are written in. */
export * from './claims.js';
export type { RunContext, RunProgress, TrainingProgress } from './context.js';
export { type CurvePlayback, curvePlayback } from './curve-playback.js';
export {
  type DeepPartial,
  defineExperiment,
  type Experiment,
  type ExperimentDefinition,
  isExperiment,
  type Outcome,
  type PresetName,
  presetNames,
  type Table,
} from './define.js';
export { probe, refuseDiverged } from './history.js';
export type { Problem } from './outcome.js';
export {
  type JsonSchema,
  mergeParameters,
  parametersSchema,
  parseAssignment,
  resolveParameters,
} from './parameters.js';
export type { CurvePanel, ImagePanel, Playback, PlaybackSeries } from './playback.js';
export { type ExperimentResult, type RunOptions, runExperiment } from './run.js';
export { nearestRecord, passageStep, type Spread, spearman, spread, varianceShares } from './seeds.js';
export { amplitudes, bandwidth, periodicGrid, sample } from './signals.js';
