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
  topEigenNtk,
} from './decompositions.js';
export * from './poisson.js';
export * from './spline.js';
