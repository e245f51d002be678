/** Cosine transforms, short-time spectra, power densities, and continuous transforms of sampled functions. */

import { invalidArgument } from '../errors.js';
import { call } from '../native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../ndarray.js';
import { rfftfreq } from './frequency.js';
import type { ThreadOptions } from './signal.js';
import { type WindowSpec, windowParts } from './window.js';

/** Type and scaling of a cosine transform. */
export interface DctOptions extends ThreadOptions {
  /** 2 by default. */
  type?: 1 | 2 | 3 | 4;
  /** Orthonormal scaling; unscaled (SciPy's default) otherwise. */
  ortho?: boolean;
}

/**
 * Cosine transform of the last axis, SciPy's definitions and scaling: type 2 is `y[k] = 2 sum_n x[n] cos(pi k (2n + 1) / 2N)`.
 * By FFT, O(N log N).
 * @param x `[..., n]`, real (n at least 2 for type 1)
 * @returns of x's shape and type
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` for the type
 */
export function dct(x: ArrayInput, { type = 2, ortho = false, threads }: DctOptions = {}): NdArray {
  const array = toNdArray(x, 'x');
  return call((addon) => addon.spectrumDct(array, type, ortho, threads));
}

/** Inverse of {@link dct} of the same type and scaling, as SciPy's `idct`. Shapes, cost and errors of {@link dct}. */
export function idct(x: ArrayInput, { type = 2, ortho = false, threads }: DctOptions = {}): NdArray {
  // Types 2 and 3 undo each other, 1 and 4 themselves; unscaled, up to the factor that the orthonormal ones share out.
  const other = type === 2 ? 3 : type === 3 ? 2 : type;
  const y = dct(x, { type: other, ortho, ...(threads !== undefined && { threads }) });
  if (ortho) return y;
  const n = y.shape.at(-1)!;
  return call((addon) => addon.spectrumScale(y, 1 / (2 * (type === 1 ? n - 1 : n))));
}

/** Frames of a short-time transform. */
export interface StftOptions {
  /** Samples a frame. */
  length: number;
  /** Samples from one frame to the next; half a frame by default. */
  hop?: number;
  /** `hann` by default. */
  window?: WindowSpec;
  /** Samples per unit of time; 1 by default. */
  sampleRate?: number;
}

/** A spectrum for each frame of a signal. */
export interface ShortTimeSpectrum {
  /** Middle of each frame, `[frames]`, in units of time. */
  time: NdArray;
  /** `[floor(length / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[frames, floor(length / 2) + 1]`; a tone `a cos` shows a/2. */
  spectrum: ComplexArray;
}

/**
 * Short-time spectrum of a signal `[n]`: the DFT of windowed frames, whole ones only, divided by the sum of the window.
 * O(frames length log length).
 * @throws `INVALID_ARGUMENT` where a frame is longer than the signal, `NON_FINITE`
 */
export function stft(
  x: ArrayInput,
  { length, hop = Math.max(1, Math.floor(length / 2)), window = 'hann', sampleRate = 1 }: StftOptions,
): ShortTimeSpectrum {
  const array = toNdArray(x, 'x', 1);
  if (!(sampleRate > 0 && Number.isFinite(sampleRate)))
    throw invalidArgument(`sampleRate: expected a finite number above 0, got ${sampleRate}`);
  const { name, beta } = windowParts(window);
  const { spectrum, middles } = call((addon) => addon.spectrumStft(array, length, hop, name, beta));
  const frequency = rfftfreq(length, 1 / sampleRate);
  return { time: call((addon) => addon.spectrumScale(middles, 1 / sampleRate)), frequency, spectrum };
}

/** Frames of Welch's method. */
export interface WelchOptions extends Omit<StftOptions, 'length'> {
  /** Samples a frame; 256 or the whole signal by default, as SciPy. */
  length?: number;
  /** Take each frame's mean off; true by default. */
  detrend?: boolean;
}

/** A power spectral density. */
export interface PowerDensity {
  frequency: NdArray;
  /** Power per unit of frequency, single-sided: its integral is the signal's power. */
  density: NdArray;
}

/**
 * Power spectral density of a signal `[n]` by Welch's method (IEEE Trans. AU-15, 1967): the mean over frames of the windowed
 * periodogram, SciPy's scaling. O(frames length log length).
 * @returns frequency and density, `[floor(length / 2) + 1]` each
 */
export function welch(x: ArrayInput, options: WelchOptions = {}): PowerDensity {
  const array = toNdArray(x, 'x', 1);
  const { length = Math.max(1, Math.min(256, array.data.length)), window = 'hann', sampleRate = 1 } = options;
  const { hop = Math.max(1, length - Math.floor(length / 2)), detrend = true } = options;
  const { name, beta } = windowParts(window);
  return call((addon) => addon.spectrumWelch(array, sampleRate, length, hop, name, beta, detrend));
}

/** Values with an estimate of their error. */
export interface Estimate {
  values: ComplexArray;
  /** The change against every second sample: bounds the sampling error of smooth functions, is of its size at jumps. */
  error: NdArray;
}

/**
 * Fourier-series coefficients c_0 .. c_count-1, `(1/T) int_T g(x) exp(-2 pi i k x / T) dx`, of samples over one period at
 * `x_j = (start + j / N) T` (Xu, "Understanding deep learning", eq. 1.2). N is even and above `4 (count - 1)`. O(N log N).
 * @returns `[count]`
 */
export function fourierSeries(samples: ArrayInput, { count, start = 0 }: { count: number; start?: number }): Estimate {
  const array = toNdArray(samples, 'samples', 1);
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= 2 ** 31))
    throw invalidArgument(`count: expected a whole number from 1 to 2^31, got ${count}`);
  return call((addon) => addon.spectrumSeries(array, start, count - 1));
}

/** Where the samples stand, and the frequencies that are wanted. */
export interface FourierTransformOptions {
  /** x of the first sample. */
  start: number;
  /** From one sample to the next. */
  spacing: number;
  /** Cycles per unit of x, at most half the sampling rate. */
  frequencies: ArrayInput;
}

/** `int g(x) exp(-2 pi i xi x) dx` over the samples' interval by the trapezoidal rule (Xu, eq. 1.1); an odd number of samples. */
export function fourierTransform(
  samples: ArrayInput,
  { start, spacing, frequencies }: FourierTransformOptions,
): Estimate {
  const array = toNdArray(samples, 'samples', 1);
  const at = toNdArray(frequencies, 'frequencies', 1);
  return call((addon) => addon.spectrumContinuous(array, start, spacing, at));
}
