export { type CheckpointOptions, withCheckpoints } from './checkpoint.js';
export * as equations from './equations.js';
export { loadLayersModel } from './layers-model.js';
export { type Trained, type TrainManyRun, type TrainManyShared, trainMany } from './many.js';
export { type MlpOptions, mlp } from './mlp.js';
export {
  createModel,
  type DeviceName,
  type ForwardOptions,
  type InputDerivatives,
  loadModel,
  Model,
  type ModelOptions,
} from './model.js';
export { loadOnnx } from './onnx/load.js';
export type { SaveHistoryOptions } from './recording.js';
export * from './spec.js';
export type { TrainingChange, TrainingSteps } from './steps.js';
export {
  type CausalWeights,
  type EquationCondition,
  type EquationLoss,
  type ExpressionLoss,
  type ExpressionPenalty,
  type FormulaParameters,
  type LossSpec,
  type MinimizerSpec,
  type OptimizerSpec,
  type PhaseContrastiveLoss,
  type ProbeFields,
  type ProbeSpec,
  type RankProbe,
  type RecordSpec,
  type Resampling,
  type ResidualLoss,
  type RitzLoss,
  type Schedule,
  type SmoothnessLoss,
  type SpectralNormConstraint,
  type TermBalance,
  type TimeCurriculum,
  TrainingAborted,
  type TrainingHistory,
  type TrainingRecord,
  type TrainingState,
  type TrainOptions,
  type WeightSpectrumPenalty,
} from './train.js';
export {
  constraintSchema,
  lossSchema,
  optimizerSchema,
  penaltySchema,
  probeSchema,
  recordSchema,
  type TrainingSpec,
  trainingJsonSchema,
  trainingSchema,
} from './training-schema.js';
