/** Cosine and sine transforms, with the definitions and scaling of SciPy's `dct`, `idct`, `dst` and `idst`. */

import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { toSignal } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { fitted, oneAxis, onLastAxes, type TransformOptions1 } from './axes.js';
import { NORMS } from './options.js';

/** Type, scaling, axis and length of a cosine or sine transform. */
export interface TrigonometricOptions extends TransformOptions1 {
  /** 2 by default. */
  type?: 1 | 2 | 3 | 4;
}

function transform(x: ArrayInput, sine: boolean, inverse: boolean, options?: TrigonometricOptions): NdArray {
  const names = ['type', 'norm', 'n', 'axis', 'threads'] as const;
  const { type = 2, norm = 'backward', n, axis = -1, threads } = checkOptions(options, names);
  checkChoice(type, [1, 2, 3, 4], 'type');
  checkChoice(norm, NORMS, 'norm');
  checkThreads(threads);
  const { axes, lengths } = oneAxis(axis, n);
  return onLastAxes<NdArray>(toSignal(toNdArray(x, 'x'), 'x'), axes, (moved) => {
    const { re: data, shape } = fitted(moved, { axes, lengths });
    return call((addon) => addon.spectrumTrigonometric({ data, shape }, sine, type, inverse, norm, threads));
  });
}

/**
 * Cosine transform over one axis, that of the even extension of x. O(N log N) by FFT, any N. Unscaled, N the axis' length:
 * - type 1: `y[k] = x[0] + (-1)^k x[N-1] + 2 sum_(0<n<N-1) x[n] cos(pi n k / (N-1))`
 * - type 2: `y[k] = 2 sum_n x[n] cos(pi k (2n+1) / 2N)` (Ahmed, Natarajan and Rao, IEEE Trans. C-23, 1974)
 * - type 3: `y[k] = x[0] + 2 sum_(n>0) x[n] cos(pi n (2k+1) / 2N)`
 * - type 4: `y[k] = 2 sum_n x[n] cos(pi (2n+1)(2k+1) / 4N)`
 *
 * `norm: 'ortho'` makes each an orthogonal matrix (with it the ends of types 1 to 3 are weighted, as SciPy's are); `'forward'`
 * divides here by 2N (2N - 2 for type 1), what `'backward'`, the default, leaves to {@link idct}.
 *
 * @example
 * idct(dct([1, 2, 3])); // => [1, 2, 3]
 *
 * @param x `[..., N, ...]`, real (N at least 2 for type 1), over the last axis unless another is named
 * @returns of x's shape (N becomes `n` where that is given) and type, in units of x
 * @throws `INVALID_SHAPE` for empty arrays, `NON_FINITE` for NaN, infinities and overflow, `INVALID_ARGUMENT` for the type, norm
 * or axis, `OVER_MEMORY_LIMIT` above 2^30 elements
 */
export const dct = (x: ArrayInput, options?: TrigonometricOptions): NdArray => transform(x, false, false, options);

/**
 * Inverse of {@link dct} of the same type and scaling, as SciPy's `idct`. O(N log N).
 * @param x `[..., N, ...]`, real
 * @returns of x's shape and type
 * @throws as {@link dct}
 */
export const idct = (x: ArrayInput, options?: TrigonometricOptions): NdArray => transform(x, false, true, options);

/**
 * Sine transform over one axis, that of the odd extension of x. O(N log N) by FFT, any N. Unscaled, N the axis' length:
 * - type 1: `y[k] = 2 sum_n x[n] sin(pi (n+1)(k+1) / (N+1))`
 * - type 2: `y[k] = 2 sum_n x[n] sin(pi (2n+1)(k+1) / 2N)`
 * - type 3: `y[k] = (-1)^k x[N-1] + 2 sum_(n<N-1) x[n] sin(pi (n+1)(2k+1) / 2N)`
 * - type 4: `y[k] = 2 sum_n x[n] sin(pi (2n+1)(2k+1) / 4N)`
 *
 * `norm: 'ortho'` makes each an orthogonal matrix (with it the last element of types 2 and 3 is weighted, as SciPy's is);
 * `'forward'` divides here by 2N (2N + 2 for type 1), what `'backward'`, the default, leaves to {@link idst}. Definitions:
 * Martucci, IEEE Trans. SP 42, 1994.
 * @param x `[..., N, ...]`, real, over the last axis unless another is named
 * @returns of x's shape (N becomes `n` where that is given) and type, in units of x
 * @throws as {@link dct}
 */
export const dst = (x: ArrayInput, options?: TrigonometricOptions): NdArray => transform(x, true, false, options);

/**
 * Inverse of {@link dst} of the same type and scaling, as SciPy's `idst`. O(N log N).
 * @param x `[..., N, ...]`, real
 * @returns of x's shape and type
 * @throws as {@link dct}
 */
export const idst = (x: ArrayInput, options?: TrigonometricOptions): NdArray => transform(x, true, true, options);
