export * from './data/index.js';
export { type ErrorCode, FprincipleError } from './errors.js';
export * from './experiment/index.js';
export { experiments } from './experiments/index.js';
export * from './figures/index.js';
export * from './kernels/index.js';
export type { ArrayInput, ComplexArray, DType, NdArray, NestedNumbers } from './ndarray.js';
export * from './nets/index.js';
export { type RunRecord, type RunToFolderOptions, readRun, runToFolder, type WrittenRun } from './runs/index.js';
