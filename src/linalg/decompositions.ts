import { invalidShape } from '../core/errors.js';
import { runTask } from '../core/native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, required } from '../core/options.js';
import { toSignal } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { checkRidge, type KernelTaskOptions, sameType, TASK_OPTIONS, toColumns } from './options.js';

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: tridiagonalisation, then divide and conquer; O(n^3).
 *
 * @example
 * const { values, vectors } = await eigh([[2, 0], [0, 1]]);
 * values; // => [1, 2]
 *
 * @param a `[n, n]`, f32 or f64 (kept), symmetric, or complex and Hermitian, to the square root of its type's epsilon; both
 * triangles are averaged.
 * @returns `values` `[n]` ascending, real; `vectors` `[n, n]` with the k-th eigenvector in column k, complex for a complex a
 * (each then has a phase that nothing determines)
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (not symmetric), `ABORTED`
 */
export async function eigh(
  a: ComplexArray,
  options?: KernelTaskOptions,
): Promise<{
  /** Eigenvalues, `[n]`, ascending. */
  values: NdArray;
  /** Eigenvectors, `[n, n]`, in columns. */
  vectors: ComplexArray;
}>;
export async function eigh(
  a: ArrayInput,
  options?: KernelTaskOptions,
): Promise<{
  /** Eigenvalues, `[n]`, ascending. */
  values: NdArray;
  /** Eigenvectors, `[n, n]`, in columns. */
  vectors: NdArray;
}>;
export async function eigh(
  a: ArrayInput | ComplexArray,
  options?: KernelTaskOptions,
): Promise<{
  /** Eigenvalues, `[n]`, ascending. */
  values: NdArray;
  /** Eigenvectors, `[n, n]`, in columns. */
  vectors: NdArray | ComplexArray;
}> {
  const { signal, threads } = checkOptions(options, TASK_OPTIONS);
  const { re, im, shape } = toSignal(a, 'a');
  if (im !== undefined) {
    if (shape.length !== 2) throw invalidShape(`a: expected 2 dimension(s), got shape [${shape.join(', ')}]`);
    const parts = [re, im].map((data) => ({ data, shape })) as [NdArray, NdArray];
    const count = checkThreads(threads);
    return runTask((addon, control) => addon.eighHermitian(control, ...parts, count), { signal });
  }
  const matrix = toNdArray({ data: re, shape }, 'a', 2);
  const count = checkThreads(threads);
  return runTask((addon, control) => addon.eigh(control, matrix, count), { signal });
}

/**
 * The eigenvalues of {@link eigh} alone, `[n]` ascending: about a quarter of the work.
 *
 * @example
 * await eigvalsh([[2, 0], [0, 1]]); // => [1, 2]
 */
export async function eigvalsh(a: ArrayInput, options?: KernelTaskOptions): Promise<NdArray> {
  const { signal, threads } = checkOptions(options, TASK_OPTIONS);
  const matrix = toNdArray(a, 'a', 2);
  const count = checkThreads(threads);
  return runTask((addon, control) => addon.eigvalsh(control, matrix, count), { signal });
}

/** The k largest eigenvalues and what is known of them. */
export interface TopEigen {
  /** `[k]`, descending. */
  values: NdArray;
  /** `[n, k]`, in columns. */
  vectors: NdArray;
  /** `|A v - lambda v|`, `[k]`. */
  residuals: NdArray;
  /** Products with the matrix that were needed. */
  products: number;
  /** False when the products ran out (at `200 k + 10 n`): `residuals` then say how far it got. */
  converged: boolean;
}

/** Accuracy of the largest eigenvalues. */
export interface TopEigenOptions {
  /** On `|A v - lambda v| / |lambda_1|`. Default 1e-10. */
  tolerance?: number | undefined;
}

/**
 * The k algebraically largest eigenpairs of a symmetric matrix, by thick-restarted Lanczos (Wu and Simon 2000): O(n^2)
 * a product, for k much smaller than n. In f64.
 *
 * @throws as {@link eigh}; `INVALID_ARGUMENT` unless 1 <= k <= n
 */
export async function topEigen(
  a: ArrayInput,
  k: number,
  options: TopEigenOptions & Pick<KernelTaskOptions, 'signal'> = {},
): Promise<TopEigen> {
  const { tolerance, signal } = checkOptions(options, ['tolerance', 'signal']);
  const matrix = toNdArray(a, 'a', 2);
  const [count, limit] = [checkCount(k), checkTolerance(tolerance)];
  return runTask((addon, control) => addon.topEigen(control, matrix, count, limit), { signal });
}

/**
 * Thin singular value decomposition `a = u diag(values) v^T`, O(n m min(n, m)). The values alone: `singularValues`.
 *
 * @example
 * (await svd([[3, 0], [0, 4]])).values; // => [4, 3]
 *
 * @param a `[n, m]`, f32 or f64 (kept)
 * @returns `u` `[n, r]`, `values` `[r]` descending, `v` `[m, r]`, r = min(n, m)
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `ABORTED`
 */
export async function svd(
  a: ArrayInput,
  options?: KernelTaskOptions,
): Promise<{
  /** Left vectors, `[n, r]`, in columns. */
  u: NdArray;
  /** Singular values, `[r]`, descending. */
  values: NdArray;
  /** Right vectors, `[m, r]`, in columns. */
  v: NdArray;
}> {
  const { signal, threads } = checkOptions(options, TASK_OPTIONS);
  const matrix = toNdArray(a, 'a', 2);
  const count = checkThreads(threads);
  return runTask((addon, control) => addon.svd(control, matrix, count), { signal });
}

/**
 * The lower triangular L with `L L^T = a + ridge I`, O(n^3 / 3); zeros above the diagonal.
 *
 * @throws as {@link eigh}; `INVALID_ARGUMENT` when `a + ridge I` is not positive definite
 */
export async function cholesky(
  a: ArrayInput,
  options: {
    /** Added to the diagonal. Default 0. */
    ridge?: number | undefined;
  } & KernelTaskOptions = {},
): Promise<NdArray> {
  const { ridge = 0, signal, threads } = checkOptions(options, [...TASK_OPTIONS, 'ridge']);
  const matrix = toNdArray(a, 'a', 2);
  const [amount, count] = [checkRidge(ridge), checkThreads(threads)];
  return runTask((addon, control) => addon.cholesky(control, matrix, amount, count), { signal });
}

/** A solution of `(kernel + ridge I) x = y`. */
export interface PsdSolution {
  /** `[n]` or `[n, c]`, as `y`. */
  x: NdArray;
  /** n, or less when a singular kernel with ridge 0 needed its pseudo-inverse. */
  rank: number;
  /** `|lambda|_max / |lambda|_min` of `kernel + ridge I`; `Infinity` when it is singular to working precision. */
  conditionNumber: number;
}

/**
 * Solves `(kernel + ridge I) x = y` for a symmetric positive semidefinite kernel `[n, n]`: by Cholesky where it is well
 * conditioned, else in its eigenbasis, where eigenvalues up to `n epsilon lambda_max` count as zero. With ridge 0 that
 * is the limit of a vanishing ridge, the pseudo-inverse.
 *
 * @example
 * (await solvePsd([[2, 0], [0, 4]], [2, 4])).x; // => [1, 1]
 *
 * @param y `[n]` or `[n, c]`; ridge (default 0) is added as it is, not scaled by n
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (not symmetric, not semidefinite, negative ridge), `ABORTED`
 */
export async function solvePsd(
  kernel: ArrayInput,
  y: ArrayInput,
  options: {
    /** Added to the diagonal, not scaled by n. Default 0. */
    ridge?: number | undefined;
  } & KernelTaskOptions = {},
): Promise<PsdSolution> {
  const { ridge = 0, signal, threads } = checkOptions(options, [...TASK_OPTIONS, 'ridge']);
  const { columns, restore } = toColumns(y, 'y');
  const [k, b] = sameType([toNdArray(kernel, 'kernel', 2), columns]);
  const [amount, count] = [checkRidge(ridge), checkThreads(threads)];
  const solution = await runTask((addon, control) => addon.solvePsd(control, k!, b!, amount, count), {
    signal,
  });
  return { ...solution, x: restore(solution.x) };
}

/** How many eigenpairs are asked for. */
export const checkCount = (k: number): number => checkInteger(required(k, 'k'), 'k', 1, 2 ** 31);

/** Accuracy that is asked for. */
export const checkTolerance = (tolerance = 1e-10): number => checkNumber(tolerance, 'tolerance', { above: 0 });
