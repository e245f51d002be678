/** Short-time spectra, back from them, and power densities, with the conventions of `scipy.signal`. */

import { call } from '../native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../ndarray.js';
import { checkChoice, checkFlag, checkInteger, checkOptions, requireOptions } from '../options.js';
import { checkThreads } from '../threads.js';
import { rfftfreq } from './frequency.js';
import { type SignalInput, type ThreadOptions, toSignal } from './signal.js';
import { checkRate, type WindowSpec, windowParts } from './window.js';

/** Frames of a short-time transform. */
export interface StftOptions extends ThreadOptions {
  /** Samples a frame. */
  length: number;
  /** Samples from one frame to the next; half a frame, rounded up, by default. */
  hop?: number;
  /** `hann` by default, periodic. */
  window?: WindowSpec;
  /**
   * `none` (default): whole frames only, the first one beginning with the signal. `zeros`: half a frame of zeros before the signal
   * and after it, then as many more as make the last frame whole, so that every sample comes back by {@link istft}.
   */
  boundary?: 'none' | 'zeros';
  /** Samples per unit of time; 1 by default. */
  sampleRate?: number;
}

/** A spectrum for each frame of a signal. */
export interface ShortTimeSpectrum {
  /** Middle of each frame, `[frames]`, in units of time. */
  time: NdArray;
  /** `[floor(length / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., frames, floor(length / 2) + 1]`; a tone `a cos` shows a/2. */
  spectrum: ComplexArray;
}

/** Half a frame, rounded up: what is left of a frame of which SciPy's default overlap, `length // 2`, is taken. */
const halfOf = (length: number): number => Math.max(1, length - Math.floor(length / 2));

function framesOf(options: Omit<StftOptions, 'sampleRate'>, detrend: boolean) {
  const { length, hop = halfOf(length), window = 'hann', boundary = 'none' } = options;
  checkInteger(length, 'length', 1);
  checkInteger(hop, 'hop', 1);
  checkChoice(boundary, ['none', 'zeros'], 'boundary');
  const { name, beta } = windowParts(window);
  return { length, hop, window: name, beta, extend: boundary === 'zeros', detrend };
}

const STFT = ['length', 'hop', 'window', 'boundary', 'sampleRate', 'threads'] as const;

/**
 * Short-time spectrum of real signals: the DFT of windowed frames divided by the sum of the window. As
 * `scipy.signal.stft(x, sampleRate, window, nperseg=length, noverlap=length - hop, boundary=None, padded=False)`, or, with
 * `boundary: 'zeros'`, as its defaults (but that frames are the rows here; and `time` is the middle also where the length is odd).
 * O(frames length log length).
 * @param x `[..., n]`, real
 * @returns times `[frames]`, frequencies `[floor(length / 2) + 1]`, spectrum `[..., frames, floor(length / 2) + 1]` of x's type
 * and unit
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` where a frame is longer than the signal or an
 * option makes no frames, `OVER_MEMORY_LIMIT`
 */
export function stft(x: ArrayInput, options: StftOptions): ShortTimeSpectrum {
  const array = toNdArray(x, 'x');
  const { sampleRate = 1, threads, ...rest } = requireOptions(options, STFT);
  checkRate(sampleRate);
  checkThreads(threads);
  const { spectrum, middles } = call((addon) => addon.spectrumStft(array, framesOf(rest, false), threads));
  const frequency = rfftfreq(rest.length, 1 / sampleRate);
  return { time: call((addon) => addon.spectrumScale(middles, 1 / sampleRate)), frequency, spectrum };
}

/** The frames that a short-time spectrum is of: the options of its {@link stft}. */
export interface IstftOptions extends StftOptions {
  /** Samples of the signal; as far as the frames reach by default (the samples `stft` had, rounded to whole frames). */
  n?: number;
}

/**
 * The signal of a short-time spectrum that {@link stft} made with the same options (the sample rate has no part in it), or the
 * one whose spectrum comes nearest to it in the least squares sense: `x[i] = sum_m w_m[i] y_m[i] / sum_m w_m[i]^2`, y_m the
 * inverse transform of frame m (Griffin and Lim, IEEE Trans. ASSP 32, 1984), as `scipy.signal.istft`.
 * O(frames length log length).
 *
 * Exact to rounding where the sum of squares is above 1e-10 of its largest. Frames and window must leave no sample without one
 * (the NOLA condition: refused otherwise). Only at the ends, with `boundary: 'none'`, a sample may lie on a zero of the only
 * window over it (the first one under a Hann window): it comes out as 0. `boundary: 'zeros'` has no such samples.
 * @param spectrum `[..., frames, floor(length / 2) + 1]`, complex or real; imaginary parts at frequency zero and, for an even
 * length, at Nyquist are ignored
 * @returns `[..., n]`, of the spectrum's type and unit
 * @throws `INVALID_SHAPE` where the frequencies are not those of frames of `length`, `NON_FINITE`, `INVALID_ARGUMENT` for frames
 * that lose samples and for an `n` beyond the frames' reach, `OVER_MEMORY_LIMIT`
 */
export function istft(spectrum: SignalInput, options: IstftOptions): NdArray {
  const signal = toSignal(spectrum, 'spectrum');
  const { n, sampleRate = 1, threads, ...rest } = requireOptions(options, [...STFT, 'n']);
  checkRate(sampleRate);
  checkThreads(threads);
  checkInteger(n, 'n', 1);
  return call((addon) => addon.spectrumIstft(signal, framesOf(rest, false), n, threads));
}

/** Frames of Welch's method. */
export interface WelchOptions extends Omit<StftOptions, 'length' | 'boundary'> {
  /** Samples a frame; 256 or the whole signal by default, as SciPy. */
  length?: number;
  /** Take each frame's mean off; true by default. */
  detrend?: boolean;
}

/** A power spectral density. */
export interface PowerDensity {
  /** `[floor(length / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., floor(length / 2) + 1]`: power per unit of frequency, single-sided: its integral is the signal's power. */
  density: NdArray;
}

/**
 * Power spectral density of real signals by Welch's method (IEEE Trans. AU-15, 1967): the mean over frames of the windowed
 * periodogram, SciPy's scaling and defaults. With `window: 'rectangular'` and frames as long as the signal it is the periodogram.
 * O(frames length log length).
 * @param x `[..., n]`, real
 * @returns frequencies `[floor(length / 2) + 1]` and densities `[..., floor(length / 2) + 1]`, f64, in squared units of x per
 * unit of frequency
 * @throws as {@link stft}
 */
export function welch(x: ArrayInput, options?: WelchOptions): PowerDensity {
  const array = toNdArray(x, 'x');
  const names = ['length', 'hop', 'window', 'sampleRate', 'threads', 'detrend'] as const;
  const { length, sampleRate = 1, detrend = true, threads, ...rest } = checkOptions(options, names);
  checkFlag(detrend, 'detrend');
  checkRate(sampleRate);
  checkThreads(threads);
  checkInteger(length, 'length', 1);
  const frames = framesOf({ ...rest, length: length ?? Math.max(1, Math.min(256, array.shape.at(-1) ?? 1)) }, detrend);
  return call((addon) => addon.spectrumWelch(array, sampleRate, frames, threads));
}
