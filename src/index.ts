export { type ErrorCode, FprincipleError } from './errors.js';
export type { ArrayInput, ComplexArray, DType, NdArray, NestedNumbers } from './ndarray.js';
