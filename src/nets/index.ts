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
export * from './spec.js';
export {
  type EquationSpec,
  type LossSpec,
  type OptimizerSpec,
  type ProbeFields,
  type ProbeSpec,
  type RecordSpec,
  type ResidualLoss,
  type RitzLoss,
  type Schedule,
  TrainingAborted,
  type TrainingHistory,
  type TrainingState,
  type TrainOptions,
} from './train.js';
