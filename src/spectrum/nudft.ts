/** Nonuniform discrete Fourier transform. */

import { call } from '../native.js';
import { type ArrayInput, type ComplexArray, toNdArray } from '../ndarray.js';
import { type SignalInput, type ThreadOptions, toSignal } from './signal.js';

export interface NudftOptions extends ThreadOptions {
  /** Largest error, relative to the sum of the values' magnitudes; 1e-12 by default. Direct sums are used where they are cheaper. */
  tolerance?: number;
  /** Frequencies are angular: no factor 2 pi in the exponent. */
  angular?: boolean;
  /** The factor 1/n; true by default. */
  normalize?: boolean;
}

/**
 * `Y[k] = (1/n) sum_j y_j exp(-2 pi i k . x_j)` (Xu, "Understanding deep learning", eq. 1.4).
 * @param points `[n]` or `[n, d]`
 * @param values `[n]` or `[n, c]`, real or complex
 * @param frequencies `[k]` or `[k, d]`, cycles per unit
 * @returns `[k]`, or `[k, c]` for values of two axes; f32 where all three are f32
 */
export function nudft(
  points: ArrayInput,
  values: SignalInput,
  frequencies: ArrayInput,
  { tolerance = 1e-12, angular = false, normalize = true, threads }: NudftOptions = {},
): ComplexArray {
  const at = toNdArray(points, 'points');
  const signal = toSignal(values, 'values');
  const asked = toNdArray(frequencies, 'frequencies');
  return call((addon) => addon.spectrumNudft(at, signal, asked, tolerance, angular, normalize, threads));
}
