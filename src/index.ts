export * from './analysis/index.js';
export * from './baselines/index.js';
export { bibliography, cite, type Source, type SourceKey } from './bibliography.js';
export { DivergedError, type ErrorCode, FprincipleError } from './core/errors.js';
export type { Progress, TaskOptions } from './core/native.js';
export type { ArrayInput, ComplexArray, DType, IntegerArray, NdArray, NestedNumbers } from './core/ndarray.js';
export { encodeNpy, encodeNpz, type ReadNpzOptions, readNpy, readNpz } from './core/npz.js';
export { type Draw, deriveSeeds } from './core/random.js';
export { at, column, columns, fromRows, row, rows, toNested, transpose } from './core/reading.js';
export * from './data/index.js';
export * from './experiment/index.js';
export { experiments } from './experiments/index.js';
export * from './figures/index.js';
export * from './fit/index.js';
export * from './kernels/index.js';
export * from './linalg/index.js';
export * from './measure/index.js';
export * from './nets/index.js';
export type { ReportedRun } from './report/page.js';
export { experimentById } from './runs/find.js';
export {
  type Machine,
  type PresentAgainOptions,
  type Presented,
  presentAgain,
  type RunRecord,
  type RunToFolderOptions,
  readRun,
  runToFolder,
  type WrittenRun,
} from './runs/index.js';
export * from './spectrum/index.js';
export * from './sweeps/index.js';
