export * from './analysis/index.js';
export * from './data/index.js';
export { DivergedError, type ErrorCode, FprincipleError } from './errors.js';
export * from './experiment/index.js';
export { experiments } from './experiments/index.js';
export * from './figures/index.js';
export * from './kernels/index.js';
export type { Progress, TaskOptions } from './native.js';
export type { ArrayInput, ComplexArray, DType, IntegerArray, NdArray, NestedNumbers } from './ndarray.js';
export * from './nets/index.js';
export { encodeNpy, encodeNpz, type ReadNpzOptions, readNpy, readNpz } from './npz.js';
export { type Draw, deriveSeeds } from './random.js';
export type { ReportedRun } from './report/page.js';
export { experimentById } from './runs/find.js';
export {
  type Machine,
  type RunRecord,
  type RunToFolderOptions,
  readRun,
  runToFolder,
  type WrittenRun,
} from './runs/index.js';
export * from './spectrum/index.js';
export * from './sweeps/index.js';
