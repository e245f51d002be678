/** The framework experiments are written in. */
export * from './claims.js'
export { type RunContext, type RunProgress, type TrainingProgress } from './context.js'
export {
  defineExperiment,
  isExperiment,
  presetNames,
  type DeepPartial,
  type Experiment,
  type ExperimentDefinition,
  type Outcome,
  type PresetName,
  type Table
} from './define.js'
export {
  mergeParameters,
  parametersSchema,
  parseAssignment,
  resolveParameters,
  type JsonSchema
} from './parameters.js'
export { type CurvePanel, type ImagePanel, type Playback, type PlaybackSeries } from './playback.js'
export { runExperiment, type ExperimentResult, type RunOptions } from './run.js'
export { firstPassage, nearestRecord, spread, type Spread } from './seeds.js'
