/** Convolution, correlation, and the matrices that are convolutions. */

import { call } from '../core/native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';

/** Which part of a convolution is wanted, and how it is computed. */
export interface ConvolveOptions extends ThreadOptions {
  /**
   * `full`: every overlap, `[na + nb - 1]`; `same`: the middle of it, as large as a; `valid`: one whole within the other;
   * `circular`: indices modulo a's size. `full` by default.
   */
  mode?: 'full' | 'same' | 'valid' | 'circular';
  /** `auto` takes direct sums, FFT or FFT in blocks (overlap-add) by cost. */
  method?: 'auto' | 'direct' | 'fft';
}

function run(a: ArrayInput, b: ArrayInput, correlate: boolean, options?: ConvolveOptions): NdArray {
  const [x, y] = [toNdArray(a, 'a'), toNdArray(b, 'b')];
  const { mode = 'full', method = 'auto', threads } = checkOptions(options, ['mode', 'method', 'threads']);
  checkChoice(mode, ['full', 'same', 'valid', 'circular'], 'mode');
  checkChoice(method, ['auto', 'direct', 'fft'], 'method');
  checkThreads(threads);
  return call((addon) => addon.spectrumConvolve(x, y, mode, method, correlate, threads));
}

/**
 * `(a * b)[n] = sum_m a[m] b[n - m]`, over one axis or two, unscaled. Direct: O(na nb); FFT: O(N log N), N the result's size,
 * in blocks (overlap-add, Stockham 1966) where one array is much the shorter.
 * As `numpy.convolve` and `scipy.signal.convolve` (`fftconvolve`, `oaconvolve`) with SciPy's centring of `same`.
 *
 * @example
 * convolve([1, 2, 3], [1, 1], { mode: 'full' }); // => [1, 3, 5, 3]
 *
 * @param a `[na]` or `[h, w]`, real
 * @param b of as many axes
 * @returns as {@link ConvolveOptions.mode} says, in units of a times those of b; f32 where both are
 * @throws `INVALID_SHAPE` for empty arrays, different numbers of axes, or sizes that the mode has no place for, `NON_FINITE`,
 * `INVALID_ARGUMENT` for a mode or a method that does not exist, `OVER_MEMORY_LIMIT`
 */
export const convolve = (a: ArrayInput, b: ArrayInput, options?: ConvolveOptions): NdArray => run(a, b, false, options);

/**
 * Cross-correlation `c[n] = sum_m a[m + n] b[m]`, unscaled; `full` starts at lag `-(nb - 1)`, as `scipy.signal.correlate` (whose
 * `same` has another middle than `correlate2d` where a size of b is even).
 * Direct: O(na nb); FFT: O(N log N), as {@link convolve}.
 * @param a `[na]` or `[h, w]`, real
 * @param b of as many axes
 * @returns shapes and units of {@link convolve}
 * @throws as {@link convolve}
 */
export const correlate = (a: ArrayInput, b: ArrayInput, options?: ConvolveOptions): NdArray => run(a, b, true, options);

/** What the given vector is of the circulant matrix. */
export interface CirculantOptions extends ThreadOptions {
  /** What `c` is: the first column (default, as SciPy) or the first row of the matrix. */
  from?: 'column' | 'row';
}

function circulantOptions(options?: CirculantOptions) {
  const { from = 'column', threads } = checkOptions(options, ['from', 'threads']);
  return { from: checkChoice(from, ['column', 'row'], 'from'), threads: checkThreads(threads) };
}

/**
 * The matrix `[n, n]` with `C[i, j] = c[(i - j) mod n]` (column) or `c[(j - i) mod n]` (row); n at most 16,384. For c of two axes
 * `[h, w]` the block-circulant matrix of circulant blocks, n = h w, that is the 2D circular convolution with c. O(n^2).
 * Davis, "Circulant Matrices", 1979; as `scipy.linalg.circulant`.
 *
 * @example
 * circulant([1, 2, 3]); // => [[1, 3, 2], [2, 1, 3], [3, 2, 1]]
 *
 * @param c `[n]` or `[h, w]`, real
 * @returns `[n, n]`, of c's type and unit
 * @throws `INVALID_SHAPE` for an empty array or more than two axes, `NON_FINITE`, `INVALID_ARGUMENT` for `from`,
 * `OVER_MEMORY_LIMIT` above n = 16,384
 */
export function circulant(c: ArrayInput, options?: CirculantOptions): NdArray {
  const { from } = circulantOptions(options);
  const array = toNdArray(c, 'c');
  return call((addon) => addon.spectrumCirculant(array, from));
}

/**
 * `C x` by FFT, O(n log n) a vector, unscaled. For c of two axes C is block-circulant with circulant blocks: a 2D circular
 * convolution.
 *
 * @example
 * circulantMultiply([1, 2, 3], [1, 0, 0]); // => [1, 2, 3]
 *
 * @param c `[n]` or `[h, w]`, real: C as {@link circulant} makes it
 * @param x `[..., n]` or `[..., h, w]`, real
 * @returns of x's shape, in units of c times those of x
 * @throws `INVALID_SHAPE` for empty arrays or an x of another size, `NON_FINITE`, `INVALID_ARGUMENT` for `from`
 */
export function circulantMultiply(c: ArrayInput, x: ArrayInput, options?: CirculantOptions): NdArray {
  const { from, threads } = circulantOptions(options);
  const [array, vector] = [toNdArray(c, 'c'), toNdArray(x, 'x')];
  return call((addon) => addon.spectrumCirculantApply(array, vector, from, false, threads));
}

/**
 * x with `C x = b` by FFT, O(n log n) a right-hand side; as `scipy.linalg.solve_circulant`.
 *
 * @example
 * circulantSolve([2, 1, 0], [3, 3, 3]); // => [1, 1, 1]
 *
 * @param c `[n]` or `[h, w]`, real: C as {@link circulant} makes it
 * @param b `[..., n]` or `[..., h, w]`, real
 * @returns of b's shape, in units of b over those of c
 * @throws `INVALID_ARGUMENT` where an eigenvalue is zero to rounding, otherwise as {@link circulantMultiply}
 */
export function circulantSolve(c: ArrayInput, b: ArrayInput, options?: CirculantOptions): NdArray {
  const { from, threads } = circulantOptions(options);
  const [array, vector] = [toNdArray(c, 'c'), toNdArray(b, 'b')];
  return call((addon) => addon.spectrumCirculantApply(array, vector, from, true, threads));
}

/**
 * The eigenvalues of C: the unscaled `fft` of its first column, and for a first row the conjugates of its `fft`. Eigenvalue k
 * belongs to the vector `exp(2 pi i k j / n)`. O(n log n).
 *
 * @example
 * circulantEigenvalues([0, 1, 0, 1]).re; // => [2, 0, -2, 0]
 *
 * @param c `[n]` or `[h, w]`, real
 * @returns of c's shape and unit, in the order of `fft` (of `fft2`)
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` for `from`
 */
export function circulantEigenvalues(c: ArrayInput, options?: CirculantOptions): ComplexArray {
  const { from, threads } = circulantOptions(options);
  const array = toNdArray(c, 'c');
  return call((addon) => addon.spectrumCirculantEigenvalues(array, from, threads));
}
