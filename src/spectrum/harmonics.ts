/** Test signals, and the harmonics that a nonlinearity makes of them. */

import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, required, requireOptions } from '../core/options.js';
import { checkStream } from '../core/random.js';

/** A sine on a grid of samples. */
export interface ToneOptions {
  /** Periods in the n samples; 1 by default. */
  cycles?: number;
  /** 1 by default. */
  amplitude?: number;
  /** Radians; 0 by default. */
  phase?: number;
}

/**
 * `amplitude sin(2 pi cycles i / n + phase)`: the input of an activation whose response {@link harmonics} reads. O(n).
 * @param n number of samples
 * @returns `[n]`, f64
 * @throws `INVALID_ARGUMENT` for an n or an option that is no number, `OVER_MEMORY_LIMIT` above 2^30 samples
 */
export function tone(n: number, options?: ToneOptions): NdArray {
  const { cycles = 1, amplitude = 1, phase = 0 } = checkOptions(options, ['cycles', 'amplitude', 'phase']);
  checkInteger(required(n, 'n'), 'n', 1);
  for (const [name, value] of Object.entries({ cycles, amplitude, phase })) checkNumber(value, name);
  return call((addon) => addon.spectrumTone(n, cycles, amplitude, phase));
}

/** Noise of a normal distribution. */
export interface NoiseOptions {
  /** A whole number from 0 to 2^53 - 1; the same bits for the same seed and stream. */
  seed: number;
  /** What the noise is, `'noise'` by default: of one seed, another name gives other numbers. No name gives a model's weights. */
  stream?: string;
  /** Standard deviation; 1 by default. */
  std?: number;
}

/**
 * Independent numbers from N(0, std^2), of the package's documented generator: the same bits for the same seed and stream
 * everywhere. O(n).
 *
 * @example
 * gaussianNoise(3, { seed: 1, stream: 'noise' }).shape; // => [3]
 *
 * @param n how many
 * @returns `[n]`, f64, in the unit of std
 * @throws `INVALID_ARGUMENT` for an n, seed, stream or std of no sense, `OVER_MEMORY_LIMIT` above 2^30 numbers
 */
export function gaussianNoise(n: number, options: NoiseOptions): NdArray {
  const { seed, stream = 'noise', std = 1 } = requireOptions(options, ['seed', 'stream', 'std']);
  checkInteger(required(n, 'n'), 'n', 1);
  checkInteger(required(seed, 'seed'), 'seed');
  checkNumber(std, 'std', { least: 0 });
  return call((addon) => addon.spectrumNoise(n, seed, checkStream(stream), std));
}

/** Which lines of a spectrum are read. */
export interface HarmonicsOptions {
  /** Whole periods of the tone over the samples; 1 by default. */
  cycles?: number;
  /** The highest harmonic read, the tone itself being 1; 8 by default. */
  count?: number;
}

/** Amplitudes of a tone and its harmonics. */
export interface Harmonics {
  /** `[count + 1]`: the mean with its sign, then the amplitudes of the tone (1) and its harmonics (2, 3, ...). */
  amplitude: NdArray;
  /** Share of the non-constant power outside the tone. */
  ratio: number;
}

/**
 * Line spectrum of a response to a tone of `cycles` periods over the samples: amplitudes of cosines, so that `a cos` shows a.
 * O(n log n). A jump or corner in what made the response aliases: off by about 1/N or 1/N^2 for N samples a period.
 * @param values `[n]`, real
 * @returns amplitudes `[count + 1]` in units of the values, and the ratio in [0, 1]
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`, `INVALID_ARGUMENT` where the highest harmonic is not below half of
 * the sampling rate
 */
export function harmonics(values: ArrayInput, options?: HarmonicsOptions): Harmonics {
  const array = toNdArray(values, 'values', 1);
  const { cycles = 1, count = 8 } = checkOptions(options, ['cycles', 'count']);
  checkInteger(cycles, 'cycles', 1);
  checkInteger(count, 'count', 0, 2 ** 31);
  return call((addon) => addon.spectrumHarmonics(array, cycles, count));
}
