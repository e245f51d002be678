/** Nonuniform discrete Fourier transform. */

import { call } from '../core/native.js';
import { type ArrayInput, type ComplexArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkFlag, checkNumber, checkOptions } from '../core/options.js';
import { type SignalInput, toNumbers, toSignal } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';

/** Accuracy and scaling of `nudft`. */
export interface NudftOptions extends ThreadOptions {
  /** Largest error, relative to the sum of the values' magnitudes; 1e-12 by default. Direct sums are used where they are cheaper. */
  tolerance?: number;
  /** Frequencies are angular: no factor 2 pi in the exponent. */
  angular?: boolean;
  /** The factor 1/n; true by default. */
  normalize?: boolean;
}

/**
 * Nonuniform discrete Fourier transform `Y[k] = (1/n) sum_j y_j exp(-2 pi i k . x_j)` (Xu, "Understanding deep learning", eq.
 * 1.4). Direct sums, O(n k (d + c)), or the NUFFT ({@link nufft3}), O((n + k) log(1/tolerance)^d + N log N) for a grid of N cells
 * that grows with the product of the two ranges, whichever is cheaper.
 *
 * @example
 * nudft([0, 0.25, 0.5, 0.75], [1, 0, -1, 0], [0, 1]).re; // => [0, 0.5]
 *
 * @param points `[n]` or `[n, d]`, in any unit
 * @param values `[n]` or `[n, c]`, real or complex
 * @param frequencies `[k]` or `[k, d]`, cycles per unit of the points (radians per unit with `angular`)
 * @returns `[k]`, or `[k, c]` for values of two axes, in units of the values; f32 where all three are f32
 * @throws `INVALID_SHAPE` for empty or mismatched arrays, `NON_FINITE`, `INVALID_ARGUMENT` for the tolerance
 */
export function nudft(
  points: ArrayInput,
  values: SignalInput,
  frequencies: ArrayInput,
  options?: NudftOptions,
): ComplexArray {
  const names = ['tolerance', 'angular', 'normalize', 'threads'] as const;
  const { tolerance = 1e-12, angular = false, normalize = true, threads } = checkOptions(options, names);
  checkFlag(angular, 'angular');
  checkFlag(normalize, 'normalize');
  checkNumber(tolerance, 'tolerance', { above: 0 });
  checkThreads(threads);
  const at = toNdArray(points, 'points');
  const signal = toSignal(values, 'values');
  const asked = toNdArray(frequencies, 'frequencies');
  return call((addon) => addon.spectrumNudft(at, signal, asked, tolerance, angular, normalize, threads));
}

/** Accuracy and direction of `nufft1`, `nufft2` and `nufft3`. */
export interface NufftOptions extends ThreadOptions {
  /** Error relative to the root mean square of the result, from 1e-13 to 0.1; 1e-12 by default. */
  tolerance?: number;
  /** Sign of the exponent: minus (`forward`, default) or plus. */
  direction?: 'forward' | 'inverse';
}

function nufftOptions(options?: NufftOptions): NufftOptions {
  const checked = checkOptions(options, ['tolerance', 'direction', 'threads']);
  checkChoice(checked.direction, ['forward', 'inverse'], 'direction');
  checkNumber(checked.tolerance, 'tolerance', { above: 0 });
  checkThreads(checked.threads);
  return checked;
}

/**
 * NUFFT of type 1, points to modes: `F[k] = sum_j c_j exp(-2 pi i k . x_j)`, unscaled, by spreading on a grid twice as fine
 * (Dutt and Rokhlin 1993; kernel of Barnett et al. 2019). O(n log(1/tolerance)^d + N log N). Always f64.
 * @param points `[n]` or `[n, d]`, d up to 3, period 1 on each axis
 * @param values `[n]`, real or complex
 * @param modes sizes `N` of the axes; mode numbers run from `-floor(N / 2)` to `ceil(N / 2) - 1`
 * @returns of shape `modes`, the lowest mode first, in units of the values
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT`, `OVER_MEMORY_LIMIT` above 2^26 cells of the fine grid
 */
export function nufft1(
  points: ArrayInput,
  values: SignalInput,
  modes: readonly number[],
  options?: NufftOptions,
): ComplexArray {
  const { tolerance = 1e-12, direction = 'forward', threads } = nufftOptions(options);
  const at = toNdArray(points, 'points');
  const signal = toSignal(values, 'values');
  const sizes = toNumbers(modes, 'modes');
  return call((addon) => addon.spectrumNufft1(at, signal, sizes, direction === 'inverse', tolerance, threads));
}

/**
 * NUFFT of type 2, modes to points: `c_j = sum_k F[k] exp(-2 pi i k . x_j)`, unscaled; the adjoint of {@link nufft1} up to the
 * sign, with its conventions (Dutt and Rokhlin 1993). O(n log(1/tolerance)^d + N log N). Always f64.
 * @param points `[n]` or `[n, d]`, period 1
 * @param coefficients `[N_1, ..., N_d]`, real or complex, the lowest mode first
 * @returns `[n]`, in units of the coefficients
 * @throws as {@link nufft1}
 */
export function nufft2(points: ArrayInput, coefficients: SignalInput, options?: NufftOptions): ComplexArray {
  const { tolerance = 1e-12, direction = 'forward', threads } = nufftOptions(options);
  const at = toNdArray(points, 'points');
  const signal = toSignal(coefficients, 'coefficients');
  return call((addon) => addon.spectrumNufft2(at, signal, direction === 'inverse', tolerance, threads));
}

/**
 * NUFFT of type 3, points to any frequencies: `F[k] = sum_j c_j exp(-2 pi i s_k . x_j)`, unscaled (Lee and Greengard 2005).
 * O((n + k) log(1/tolerance)^d + N log N) for a grid of N cells that grows with the product of the two ranges. Always f64.
 * {@link nudft} is the same sum, divided by n, by whichever way is cheaper.
 * @param points `[n]` or `[n, d]`, d up to 3, any range and unit
 * @param values `[n]`, real or complex
 * @param frequencies `[k]` or `[k, d]`, cycles per unit of the points
 * @returns `[k]`, in units of the values
 * @throws as {@link nufft1}
 */
export function nufft3(
  points: ArrayInput,
  values: SignalInput,
  frequencies: ArrayInput,
  options?: NufftOptions,
): ComplexArray {
  const { tolerance = 1e-12, direction = 'forward', threads } = nufftOptions(options);
  const at = toNdArray(points, 'points');
  const signal = toSignal(values, 'values');
  const asked = toNdArray(frequencies, 'frequencies');
  return call((addon) => addon.spectrumNufft3(at, signal, asked, direction === 'inverse', tolerance, threads));
}
