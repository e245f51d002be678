/** Continuous transforms of sampled functions, with the sampling error stated. */

import { call } from '../core/native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, required, requireOptions } from '../core/options.js';

/** Values with an estimate of their error. */
export interface Estimate {
  /** What was asked for. */
  values: ComplexArray;
  /** The change against every second sample: bounds the sampling error of smooth functions, is of its size at jumps. */
  error: NdArray;
}

/** Which coefficients, and where the samples stand. */
export interface FourierSeriesOptions {
  /** Coefficients wanted: 0 to count - 1. */
  count: number;
  /** x of the first sample in periods; 0 by default. */
  start?: number;
}

/**
 * Fourier-series coefficients c_0 .. c_count-1, `(1/T) int_T g(x) exp(-2 pi i k x / T) dx`, of samples over one period at
 * `x_j = (start + j / N) T` (Xu, "Understanding deep learning", eq. 1.2 and 1.3). O(N log N).
 * @param samples `[N]`, real, N even and above `4 (count - 1)`
 * @returns `[count]` each, f64, in units of the samples: a cosine of amplitude a shows a/2
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` for an odd N or too many coefficients
 */
export function fourierSeries(samples: ArrayInput, options: FourierSeriesOptions): Estimate {
  const array = toNdArray(samples, 'samples', 1);
  const { count, start = 0 } = requireOptions(options, ['count', 'start']);
  checkInteger(required(count, 'count'), 'count', 1, 2 ** 31);
  checkNumber(start, 'start');
  return call((addon) => addon.spectrumSeries(array, start, count - 1));
}

/** Where the samples stand, and the frequencies that are wanted. */
export interface FourierTransformOptions {
  /** x of the first sample. */
  start: number;
  /** From one sample to the next. */
  spacing: number;
  /** `[k]`, cycles per unit of x, at most half the sampling rate. */
  frequencies: ArrayInput;
}

/**
 * `int g(x) exp(-2 pi i xi x) dx` over the samples' interval by the trapezoidal rule (Xu, "Understanding deep learning", eq. 1.1);
 * the function counts as zero outside. By {@link nudft}: O(n k), or less where the NUFFT is cheaper.
 * @param samples `[n]`, real, n odd and at least 3, both ends included
 * @returns `[k]` each, f64, in units of the samples times those of x
 * @throws `INVALID_SHAPE` for empty arrays, `NON_FINITE`, `INVALID_ARGUMENT` for an even n, a spacing that is not above zero or
 * frequencies beyond half the sampling rate
 */
export function fourierTransform(samples: ArrayInput, options: FourierTransformOptions): Estimate {
  const array = toNdArray(samples, 'samples', 1);
  const { start, spacing, frequencies } = requireOptions(options, ['start', 'spacing', 'frequencies']);
  checkNumber(required(start, 'start'), 'start');
  checkNumber(required(spacing, 'spacing'), 'spacing', { least: 1e-300 });
  const at = toNdArray(frequencies, 'frequencies', 1);
  return call((addon) => addon.spectrumContinuous(array, start, spacing, at));
}
