export {
  type ActivationLayer,
  type ActivationName,
  type ActivationSpec,
  activationNames,
  type ExpressionActivation,
  type PlainActivation,
} from './activation.js';
export { type CheckpointOptions, withCheckpoints } from './checkpoint.js';
export * as equations from './equations.js';
export { type BiasInit, biasInitSchema, type InitDistribution, type WeightInit, weightInitSchema } from './init.js';
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
export type { CausalWeights, Resampling, TermBalance, TimeCurriculum } from './training/adaptive.js';
export type { EquationCondition, EquationLoss, ResidualLoss, RitzLoss } from './training/equation-loss.js';
export type { ExpressionLoss, ExpressionPenalty, FormulaParameters } from './training/formula.js';
export { TrainingAborted, type TrainingHistory, type TrainingRecord, type TrainingState } from './training/history.js';
export type { LossSpec, PhaseContrastiveLoss, SmoothnessLoss } from './training/loss.js';
export type { MinimizerSpec, MuonSpec, OptimizerSpec, Schedule } from './training/optimizer.js';
export type { RecordSpec, TrainOptions } from './training/options.js';
export type { SpectralNormConstraint, WeightSpectrumPenalty } from './training/penalty.js';
export type { ProbeFields, ProbeSpec, RankProbe } from './training/probe.js';
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
} from './training/schema.js';
