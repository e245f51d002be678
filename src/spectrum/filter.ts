/** A function known on scattered points, in parts: Gaussian filtering and the first principal component. */

import { runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkNumber, checkOptions, requireOptions } from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';

/** Widths of the filter, and what to compare with the target. */
export interface GaussianFilterOptions extends ThreadOptions, TaskOptions {
  /** Variances delta of the Gaussian: its low part keeps angular frequencies up to about 1/sqrt(delta). */
  deltas: readonly number[];
  /** `[n, c]`: a function to compare with the target. */
  outputs?: ArrayInput;
  /** Bytes that may hold the filter or the distances; 512 MiB by default. */
  memoryLimit?: number;
}

/** The low part of a target, and the errors of the low and high part where outputs were given. */
export interface GaussianFiltered {
  /** Low part of the target, `[deltas, n, c]`. */
  low: NdArray;
  /** Relative errors of `outputs`, one a delta, where they were given (eq. 1.12 and 1.13): infinite or NaN for a part that is zero. */
  errorLow?: NdArray;
  /** The same of the high part. */
  errorHigh?: NdArray;
}

/**
 * Low part of a target known on scattered points: `low_i = sum_j G(x_i - x_j) y_j / C_i`, `G(d) = exp(-|d|^2 / (2 delta))`,
 * `C_i = sum_j G(x_i - x_j)`; the high part is the rest (Xu, "Understanding deep learning", eq. 1.10-1.13). Errors are Euclidean
 * over points and outputs. O(n^2 (d + deltas c)), in tiles.
 *
 * @example
 * const { low } = await gaussianFilter([[0], [1], [2]], [[1], [3], [1]], { deltas: [1] });
 * at(low, 0, 1, 0); // => 1.9037
 *
 * @param points `[n, d]`
 * @param target `[n, c]`
 * @returns the low part `[deltas, n, c]` in units of the target, and errors `[deltas]` without unit, f64; deltas are in squared
 * units of the points
 * @throws `INVALID_SHAPE` for empty or mismatched arrays, `NON_FINITE`, `INVALID_ARGUMENT` for deltas that are not above zero,
 * `OVER_MEMORY_LIMIT`, `ABORTED`
 */
export async function gaussianFilter(
  points: ArrayInput,
  target: ArrayInput,
  options: GaussianFilterOptions,
): Promise<GaussianFiltered> {
  const [x, y] = [toNdArray(points, 'points', 2), toNdArray(target, 'target', 2)];
  const names = ['deltas', 'outputs', 'memoryLimit', 'threads', 'signal', 'onProgress'] as const;
  const { deltas, outputs, memoryLimit, threads, ...task } = requireOptions(options, names);
  const h = outputs === undefined ? undefined : toNdArray(outputs, 'outputs', 2);
  checkNumber(memoryLimit, 'memoryLimit', { above: 0 });
  checkThreads(threads);
  const widths = toNumbers(deltas, 'deltas');
  const found = await runTask(
    (addon, control) => addon.spectrumGaussianFilter(control, x, y, h, widths, memoryLimit, threads),
    task,
  );
  finiteResult(found.low, 'target');
  return found;
}

/** The first principal component of a set of points. */
export interface PrincipalComponent {
  /** Unit vector `[d]`; its component of largest magnitude is positive. */
  direction: NdArray;
  /** Variance along it (divided by n). */
  variance: number;
  /** That variance over the total. */
  explained: number;
  /** `direction . x_i`, `[n]`, not centred (eq. 1.5). */
  projection: NdArray;
}

/**
 * First principal component of points: of their covariance about the mean (divided by n), by Lanczos iteration to 1e-10 (Golub
 * and Van Loan, chapter 10). O(n d) a step; the covariance is never formed.
 * @param points `[n, d]`
 * @returns direction `[d]`, projections `[n]` in units of the points, variance in squared ones; f64
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `ABORTED`
 */
export async function firstComponent(
  points: ArrayInput,
  options?: ThreadOptions & TaskOptions,
): Promise<PrincipalComponent> {
  const x = toNdArray(points, 'points', 2);
  const { threads, ...task } = checkOptions(options, ['threads', 'signal', 'onProgress']);
  checkThreads(threads);
  return runTask((addon, control) => addon.spectrumFirstComponent(control, x, threads), task);
}
