/** Errors and energies by frequency, harmonics of a nonlinearity, decay laws. */

import { invalidArgument } from '../errors.js';
import { call } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import { type SignalInput, toSignal } from './signal.js';

/** Bands of frequency between zero and Nyquist. */
export interface BandOptions {
  /** Ascending fractions of the Nyquist frequency; `[0.2, 0.5]` by default: low, mid, high. */
  edges?: readonly number[];
  /** Axes of a signal, the last ones; 1 by default. */
  axes?: 1 | 2;
}

/**
 * Energy by band, `[..., edges + 1]`: `sum |X|^2 / N` over both signs of frequency, so that bands add up to `sum x^2` (Parseval).
 * A frequency (for images its length) belongs to the first band whose edge is above it. O(N log N).
 * @param x `[..., n]`, or `[..., h, w]` for two axes, real
 */
export function bandEnergies(x: ArrayInput, { edges = [0.2, 0.5], axes = 1 }: BandOptions = {}): NdArray {
  const array = toNdArray(x, 'x');
  return call((addon) => addon.spectrumBandEnergies(array, axes, [...edges]));
}

/**
 * Relative error of spectrum h against f at every frequency: `|h - f| / |f|` on complex values, or on magnitudes,
 * `||h| - |f|| / |f|` (Xu, "Understanding deep learning", fig. 1.6). Infinite or NaN where f is zero. O(n).
 * @param h spectrum, real or complex; `f` of the same shape
 * @returns of that shape
 */
export function relativeSpectralError(
  h: SignalInput,
  f: SignalInput,
  { compare = 'complex' }: { compare?: 'complex' | 'magnitude' } = {},
): NdArray {
  const [x, y] = [toSignal(h, 'h'), toSignal(f, 'f')];
  return call((addon) => addon.spectrumRelativeError(x, y, compare === 'magnitude'));
}

/** When an error counts as having passed. */
export interface FirstPassageOptions {
  /** 0.1 by default. */
  threshold?: number;
  /** The error stays below from there on, not just once. */
  stays?: boolean;
}

/** For every frequency the first of `steps` at which `errors` `[steps, frequencies]` is at most the threshold; null if never. */
export function firstPassageSteps(
  errors: ArrayInput,
  steps: ArrayLike<number>,
  { threshold = 0.1, stays = false }: FirstPassageOptions = {},
): (number | null)[] {
  const array = toNdArray(errors, 'errors', 2);
  const found = call((addon) => addon.spectrumFirstPassage(array, Array.from(steps), threshold, stays));
  return found.map((step) => step ?? null);
}

/** A sine on a grid of samples. */
export interface ToneOptions {
  /** Periods in the n samples; 1 by default. */
  cycles?: number;
  amplitude?: number;
  phase?: number;
}

/** `amplitude sin(2 pi cycles i / n + phase)`: the input of an activation whose response {@link harmonics} reads. */
export const tone = (n: number, { cycles = 1, amplitude = 1, phase = 0 }: ToneOptions = {}): NdArray =>
  call((addon) => addon.spectrumTone(n, cycles, amplitude, phase));

/** Amplitudes of a tone and its harmonics. */
export interface Harmonics {
  /** `[count + 1]`: the mean with its sign, then the amplitudes of the tone (1) and its harmonics (2, 3, ...). */
  amplitude: NdArray;
  /** Share of the non-constant power outside the tone. */
  ratio: number;
}

/**
 * Line spectrum of a response `[n]` to a tone of `cycles` periods over the samples, amplitudes of cosines. O(n log n). A jump or
 * corner in what made the response aliases: off by about 1/N or 1/N^2 for N samples a period.
 * @throws `INVALID_ARGUMENT` where the highest harmonic is not below half of the sampling rate
 */
export function harmonics(values: ArrayInput, { cycles = 1, count = 8 } = {}): Harmonics {
  const array = toNdArray(values, 'values', 1);
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= 2 ** 31))
    throw invalidArgument(`count: expected a whole number from 0 to 2^31, got ${count}`);
  return call((addon) => addon.spectrumHarmonics(array, cycles, count));
}

/** A law of decay fitted by least squares, with the confidence interval of its rate. */
export interface DecayLawFit {
  /** p in `c f^-p` (power) or `c exp(-p f)` (exponential). */
  rate: number;
  interval: [number, number];
  coefficient: number;
  rSquared: number;
}

/**
 * Least squares of the logarithms; `interval` of the rate by Student's t (95 % by default). At least three points, all above
 * zero (frequency too, for a power law). O(n).
 * @param frequency `[n]`; `amplitude` `[n]`
 */
export function fitDecayLaw(
  frequency: ArrayInput,
  amplitude: ArrayInput,
  { law, confidence = 0.95 }: { law: 'power' | 'exponential'; confidence?: number },
): DecayLawFit {
  const [f, a] = [toNdArray(frequency, 'frequency', 1), toNdArray(amplitude, 'amplitude', 1)];
  const fit = call((addon) => addon.spectrumFitDecay(f, a, law, confidence));
  return { ...fit, interval: fit.interval as [number, number] };
}

/** `n` numbers from N(0, std^2), of the package's documented generator: the same bits for the same seed everywhere. */
export const gaussianNoise = (n: number, { seed, std = 1 }: { seed: number; std?: number }): NdArray =>
  call((addon) => addon.spectrumNoise(n, seed, std));
