/** The framework experiments are written in. */
export * from './claims.js';
export type { RunContext, RunProgress, TrainingProgress } from './context.js';
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
export {
  type JsonSchema,
  mergeParameters,
  parametersSchema,
  parseAssignment,
  resolveParameters,
} from './parameters.js';
export type { CurvePanel, ImagePanel, Playback, PlaybackSeries } from './playback.js';
export { type ExperimentResult, type RunOptions, runExperiment } from './run.js';
export { firstPassage, nearestRecord, type Spread, spread } from './seeds.js';
