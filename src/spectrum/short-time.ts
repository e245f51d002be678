/** Short-time spectra, back from them, and power densities, with the conventions of `scipy.signal`. */

import type { JsCrossDensity, JsFrames } from '../../bindings/index.cjs';
import { call } from '../core/native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkInteger, checkOptions, required, requireOptions } from '../core/options.js';
import { type SignalInput, toSignal } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { rfftfreq } from './frequency.js';
import type { ThreadOptions } from './options.js';
import { checkRate, type WindowSpec, windowParts } from './window.js';

/** Frames of a short-time transform. */
export interface StftOptions extends ThreadOptions {
  /** Samples a frame. */
  length: number;
  /** Samples from one frame to the next; half a frame, rounded up, by default. */
  hop?: number;
  /** `hann` by default, periodic; or the window's own weights, one a sample of a frame. */
  window?: WindowSpec | readonly number[] | NdArray['data'];
  /** Points of a frame's transform, `length` by default: a longer one has zeros behind the samples, a finer grid of frequencies. */
  nfft?: number;
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
  /** `[floor(nfft / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., frames, floor(nfft / 2) + 1]`; a tone `a cos` shows a/2. */
  spectrum: ComplexArray;
}

/** Half a frame, rounded up: what is left of a frame of which SciPy's default overlap, `length // 2`, is taken. */
const halfOf = (length: number): number => Math.max(1, length - Math.floor(length / 2));

/** What is taken off each frame before the window: its mean, or the straight line of least squares. */
export type Detrend = 'constant' | 'linear';

type FrameOptions = Omit<StftOptions, 'sampleRate' | 'threads'>;

function framesOf(options: FrameOptions, detrend: Detrend | 'nothing'): JsFrames {
  const length = checkInteger(required(options.length, 'length'), 'length', 1);
  const { hop = halfOf(length), nfft = length, window = 'hann', boundary = 'none' } = options;
  checkInteger(hop, 'hop', 1);
  checkInteger(nfft, 'nfft', 1);
  checkChoice(boundary, ['none', 'zeros'], 'boundary');
  const frames = { length, hop, points: nfft, beta: 0, extend: boundary === 'zeros', detrend };
  if (Array.isArray(window) || ArrayBuffer.isView(window))
    return { ...frames, weights: toNdArray(window as ArrayInput, 'window', 1) };
  const { name, beta } = windowParts(window as WindowSpec);
  return { ...frames, window: name, beta };
}

function detrendOf(detrend: boolean | Detrend): Detrend | 'nothing' {
  if (typeof detrend === 'boolean') return detrend ? 'constant' : 'nothing';
  return checkChoice(detrend, ['constant', 'linear'], 'detrend');
}

const STFT = ['length', 'hop', 'window', 'nfft', 'boundary', 'sampleRate', 'threads'] as const;

/**
 * Short-time spectrum of real signals: the DFT of windowed frames divided by the sum of the window. As
 * `scipy.signal.stft(x, sampleRate, window, nperseg=length, noverlap=length - hop, boundary=None, padded=False)`, or, with
 * `boundary: 'zeros'`, as its defaults (but that frames are the rows here; and `time` is the middle also where the length is odd).
 * O(frames length log length).
 * @param x `[..., n]`, real
 * @returns times `[frames]`, frequencies `[floor(nfft / 2) + 1]`, spectrum `[..., frames, floor(nfft / 2) + 1]` of x's type
 * and unit
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` where a frame is longer than the signal or an
 * option makes no frames, `OVER_MEMORY_LIMIT`
 */
export function stft(x: ArrayInput, options: StftOptions): ShortTimeSpectrum {
  const array = toNdArray(x, 'x');
  const { sampleRate = 1, threads, ...rest } = requireOptions(options, STFT);
  checkRate(sampleRate);
  checkThreads(threads);
  const { spectrum, middles } = call((addon) => addon.spectrumStft(array, framesOf(rest, 'nothing'), threads));
  const frequency = rfftfreq(rest.nfft ?? rest.length, 1 / sampleRate);
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
 * @param spectrum `[..., frames, floor(nfft / 2) + 1]`, complex or real; imaginary parts at frequency zero and, for an even
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
  return call((addon) => addon.spectrumIstft(signal, framesOf(rest, 'nothing'), n, threads));
}

/** Frames of Welch's method. */
export interface WelchOptions extends Omit<StftOptions, 'length' | 'boundary'> {
  /** Samples a frame; 256 or the whole signal by default, as SciPy. */
  length?: number;
  /** What is taken off each frame: its mean (`'constant'` or true, the default), a straight line (`'linear'`), nothing (false). */
  detrend?: boolean | Detrend;
}

/** A power spectral density. */
export interface PowerDensity {
  /** `[floor(nfft / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., floor(nfft / 2) + 1]`: power per unit of frequency, single-sided: its integral is the signal's power. */
  density: NdArray;
}

/**
 * Power spectral density of real signals by Welch's method (IEEE Trans. AU-15, 1967): the mean over frames of the windowed
 * periodogram, SciPy's scaling and defaults. With `window: 'rectangular'` and frames as long as the signal it is the periodogram.
 * O(frames length log length).
 * @param x `[..., n]`, real
 * @returns frequencies `[floor(nfft / 2) + 1]` and densities `[..., floor(nfft / 2) + 1]`, f64, in squared units of x per
 * unit of frequency
 * @throws as {@link stft}
 */
export function welch(x: ArrayInput, options?: WelchOptions): PowerDensity {
  const array = toNdArray(x, 'x');
  const { sampleRate, threads, frames } = welchFrames(array, options);
  return call((addon) => addon.spectrumWelch(array, sampleRate, frames, threads));
}

const WELCH = ['length', 'hop', 'window', 'nfft', 'sampleRate', 'threads', 'detrend'] as const;

function welchFrames(x: NdArray, options?: WelchOptions) {
  const { length, sampleRate = 1, detrend = true, threads, ...rest } = checkOptions(options, WELCH);
  checkRate(sampleRate);
  checkThreads(threads);
  checkInteger(length, 'length', 1);
  const own = typeof rest.window === 'object' && rest.window !== null && 'length' in rest.window;
  const most = own ? (rest.window as ArrayLike<number>).length : Math.min(256, x.shape.at(-1) ?? 1);
  const frames = framesOf({ ...rest, length: length ?? Math.max(1, most) }, detrendOf(detrend));
  return { sampleRate, threads, frames };
}

/** Cross-spectral density. */
export interface CrossDensity {
  /** `[floor(nfft / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., floor(nfft / 2) + 1]`: of both signals' units per unit of frequency, single-sided; the phase is that of y before x. */
  density: ComplexArray;
}

/**
 * Cross-spectral density of two real signals by Welch's method: the mean over frames of `conj(X) Y`, as `scipy.signal.csd`. Of
 * a signal with itself it is {@link welch}. O(frames length log length).
 * @param x `[..., n]`, real
 * @param y of the same shape
 * @returns frequencies `[floor(nfft / 2) + 1]` and densities `[..., floor(nfft / 2) + 1]`, f64, in units of x times y per unit of
 * frequency
 * @throws as {@link stft}; `INVALID_SHAPE` where the shapes differ
 */
export function crossSpectralDensity(x: ArrayInput, y: ArrayInput, options?: WelchOptions): CrossDensity {
  const { frequency, cross } = crossed(x, y, options);
  return { frequency, density: cross };
}

/** How far two signals go together, by frequency. */
export interface Coherence {
  /** `[floor(nfft / 2) + 1]`, cycles per unit of time. */
  frequency: NdArray;
  /** `[..., floor(nfft / 2) + 1]`, from 0 to 1. */
  coherence: NdArray;
}

/**
 * Magnitude-squared coherence of two real signals, `|P_xy|^2 / (P_xx P_yy)`, densities by Welch's method, as
 * `scipy.signal.coherence`; 0 where one of them has no power (SciPy gives NaN). Of a single frame it is 1 at every frequency: only
 * several frames tell anything. O(frames length log length).
 * @param x `[..., n]`, real
 * @param y of the same shape
 * @returns frequencies `[floor(nfft / 2) + 1]`, cycles per unit of time, and coherence `[..., floor(nfft / 2) + 1]`, f64, without unit
 * @throws as {@link crossSpectralDensity}
 */
export function coherence(x: ArrayInput, y: ArrayInput, options?: WelchOptions): Coherence {
  const { frequency, coherence } = crossed(x, y, options);
  return { frequency, coherence };
}

function crossed(x: ArrayInput, y: ArrayInput, options?: WelchOptions): JsCrossDensity {
  const [a, b] = [toNdArray(x, 'x'), toNdArray(y, 'y')];
  const { sampleRate, threads, frames } = welchFrames(a, options);
  return call((addon) => addon.spectrumCrossDensity(a, b, sampleRate, frames, threads));
}
