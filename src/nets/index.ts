export { type Trained, type TrainManyRun, type TrainManyShared, trainMany } from './many.js';
export { type MlpOptions, mlp } from './mlp.js';
export { createModel, loadModel, Model, type ModelOptions, type ForwardOptions } from './model.js';
export * from './spec.js';
export {
  type LossSpec,
  type OptimizerSpec,
  type ProbeFields,
  type ProbeSpec,
  type RecordSpec,
  type Schedule,
  TrainingAborted,
  type TrainingHistory,
  type TrainingState,
  type TrainOptions,
} from './train.js';
