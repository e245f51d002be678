/** The framework experiments are written in. */

export { bandwidth } from '../spectrum/bandwidth.js';
export {
  above,
  atLeast,
  atMost,
  below,
  between,
  type Claim,
  type ClaimControl,
  type ClaimLevel,
  type ClaimText,
  type Control,
  type ControlText,
  decreasing,
  describeContrast,
  describeExpectation,
  describeMeasured,
  type Expectation,
  equalTo,
  formatNumber,
  increasing,
  judge,
  type Measured,
} from './claims.js';
export { common } from './common.js';
export type { RunContext, RunProgress, TrainingProgress } from './context.js';
export { type CurvePlayback, curvePlayback } from './curve-playback.js';
export {
  type DeepPartial,
  defineExperiment,
  type Experiment,
  type ExperimentDefinition,
  isExperiment,
  type Outcome,
  type ParametersOf,
  type PresetName,
  presetNames,
  type Table,
} from './define.js';
export { probe, refuseDiverged } from './history.js';
export {
  type ErrorHistory,
  learntLevel,
  learntLevels,
  leftWhenLearnt,
  type OrderClaim,
  type OrderControl,
  orderClaim,
  type PassageOptions,
  passagesOf,
} from './levels.js';
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
export { amplitudes, periodicGrid, sample, sumOfSines } from './signals.js';
export { type Cell, grid, type Recorded, type TrainAll, type TrainedCell, trainAll } from './trainings.js';
