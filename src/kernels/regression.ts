import { runTask } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkOptions, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { checkRidge, type KernelTaskOptions, sameType, TASK_OPTIONS, toColumns } from '../linalg/options.js';

/** Kernel, targets and ridge of a regression. */
export interface KernelRegressionInput extends KernelTaskOptions {
  /** `[n, n]`, symmetric positive semidefinite. */
  kernel: ArrayInput;
  /** `[n]` or `[n, c]`. */
  y: ArrayInput;
  /** `[m, n]`: the kernel of other points with the training points. Default: predictions on the training points. */
  crossKernel?: ArrayInput | undefined;
  /** Added to the diagonal as it is, not scaled by n. Default 0: the limit of a vanishing ridge (pseudo-inverse). */
  ridge?: number | undefined;
}

/**
 * Kernel (ridge) regression `crossKernel (kernel + ridge I)^-1 y`: by Cholesky, O(n^3 / 3), or where that is singular in
 * the eigenbasis. For the solution itself with its rank and condition number, see `solvePsd`.
 *
 * @example
 * await kernelRegression({ kernel: [[1, 0], [0, 1]], y: [1, 2], ridge: 1 }); // => [0.5, 1]
 *
 * @returns `[m]` or `[m, c]`, as `y`
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (not symmetric, not semidefinite, negative ridge), `ABORTED`
 */
export async function kernelRegression(input: KernelRegressionInput): Promise<NdArray> {
  const {
    signal,
    threads,
    ridge = 0,
  } = requireOptions(input, [...TASK_OPTIONS, 'kernel', 'y', 'crossKernel', 'ridge'], 'input');
  const { columns, restore } = toColumns(input.y, 'y');
  const cross = input.crossKernel === undefined ? undefined : toNdArray(input.crossKernel, 'crossKernel', 2);
  const [kernel, y, crossKernel] = sameType([toNdArray(input.kernel, 'kernel', 2), columns, cross]);
  const [amount, count] = [checkRidge(ridge), checkThreads(threads)];
  const result = await runTask(
    (addon, control) => addon.kernelRegression(control, kernel!, y!, crossKernel, amount, count),
    { signal },
  );
  return restore(result);
}

/**
 * What kernel regression predicts at each training point from all the others,
 * `y_i - [(K + ridge)^-1 y]_i / [(K + ridge)^-1]_ii`: `[n]` or `[n, c]`.
 *
 * @example
 * await leaveOneOut({ kernel: [[1, 0], [0, 1]], y: [1, 2], ridge: 1 }); // => [0, 0]
 *
 * @throws as {@link kernelRegression}; also when `kernel + ridge` is singular
 */
export async function leaveOneOut(input: Omit<KernelRegressionInput, 'crossKernel'>): Promise<NdArray> {
  const { signal, threads, ridge = 0 } = requireOptions(input, [...TASK_OPTIONS, 'kernel', 'y', 'ridge'], 'input');
  const { columns, restore } = toColumns(input.y, 'y');
  const kernel = toNdArray(input.kernel, 'kernel', 2);
  const [amount, count] = [checkRidge(ridge), checkThreads(threads)];
  const result = await runTask((addon, control) => addon.leaveOneOut(control, kernel, columns, amount, count), {
    signal,
  });
  return restore(result);
}

/** Prior covariances and observations of a Gaussian process. */
export interface GaussianProcessInput extends KernelTaskOptions {
  /** Prior covariances: `[n, n]`, `[m, n]` and `[m, m]`. */
  kernel: ArrayInput;
  /** Prior covariances of the m new points with the n observed ones, `[m, n]`. */
  crossKernel: ArrayInput;
  /** Prior covariances of the new points, `[m, m]`. */
  testKernel: ArrayInput;
  /** `[n]` or `[n, c]`. */
  y: ArrayInput;
  /** Variance of the observation noise. Default 0. */
  noise?: number | undefined;
}

/**
 * Gaussian-process inference: posterior `mean` `[m]` or `[m, c]`, `covariance` `[m, m]`, and the log marginal likelihood
 * summed over the columns of `y` (Rasmussen and Williams 2006, chapter 2). O(n^3 / 3 + n^2 m).
 *
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (`kernel + noise` not positive definite), `ABORTED`
 */
export async function gaussianProcess(input: GaussianProcessInput): Promise<{
  /** Posterior mean, `[m]` or `[m, c]`. */
  mean: NdArray;
  /** Posterior covariance, `[m, m]`, the same for every column. */
  covariance: NdArray;
  /** Log marginal likelihood, summed over the columns. */
  logLikelihood: number;
}> {
  const {
    signal,
    threads,
    noise = 0,
  } = requireOptions(input, [...TASK_OPTIONS, 'kernel', 'y', 'crossKernel', 'testKernel', 'noise'], 'input');
  const { columns, restore } = toColumns(input.y, 'y');
  const kernel = toNdArray(input.kernel, 'kernel', 2);
  const cross = toNdArray(input.crossKernel, 'crossKernel', 2);
  const test = toNdArray(input.testKernel, 'testKernel', 2);
  const [amount, count] = [checkRidge(noise, 'noise'), checkThreads(threads)];
  const result = await runTask(
    (addon, control) => addon.gaussianProcess(control, kernel, columns, cross, test, amount, count),
    { signal },
  );
  return { ...finiteResult(result, 'y, crossKernel, testKernel'), mean: restore(result.mean) };
}

/**
 * The Nadaraya-Watson smoother `sum_i w_i y_i / sum_i w_i` (Nadaraya 1964, Watson 1964), O(m n c).
 *
 * @param weights `[m, n]`, not negative, every row with a positive sum; @param y `[n]` or `[n, c]`
 * @returns `[m]` or `[m, c]`
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT`, `ABORTED`
 */
export async function nadarayaWatson(
  weights: ArrayInput,
  y: ArrayInput,
  options?: KernelTaskOptions,
): Promise<NdArray> {
  const { signal, threads } = checkOptions(options, TASK_OPTIONS);
  const { columns, restore } = toColumns(y, 'y');
  const w = toNdArray(weights, 'weights', 2);
  const count = checkThreads(threads);
  return restore(await runTask((addon, control) => addon.nadarayaWatson(control, w, columns, count), { signal }));
}
