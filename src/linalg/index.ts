export {
  cholesky,
  eigh,
  eigvalsh,
  type PsdSolution,
  solvePsd,
  svd,
  type TopEigen,
  type TopEigenOptions,
  topEigen,
} from './decompositions.js';
export type { KernelTaskOptions } from './options.js';
export * from './poisson.js';
export * from './spline.js';
