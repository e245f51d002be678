/** Layers and their weights in the frequency domain. */

import { invalidArgument } from '../errors.js';
import { call, runTask, type TaskOptions } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import type { ThreadOptions } from './signal.js';

/** Exact singular values of a convolution layer, frequency by frequency. */
export interface ConvSpectrum {
  /** `[h, w, min(out, in)]`, descending at each frequency. */
  values: NdArray;
  /** The largest of them: the layer's exact norm on circular inputs of that size. */
  spectralNorm: number;
  /** Norm of the kernel reshaped to `[out, in kh kw]`, often used in its place. */
  reshapedNorm: number;
}

/**
 * Exact singular values of a convolution layer `[out, in, kh, kw]` with circular padding on inputs of `size`, frequency by
 * frequency (Sedghi, Gupta, Long 2019). O(h w out in min(out, in)).
 */
export async function convSingularValues(
  weight: ArrayInput,
  size: readonly [number, number],
  { threads, ...task }: ThreadOptions & TaskOptions = {},
): Promise<ConvSpectrum> {
  const array = toNdArray(weight, 'weight', 4);
  return runTask((addon, control) => addon.spectrumConvSingularValues(control, array, [...size], threads), task);
}

/**
 * Largest singular value of `weight` as `[out, rest]`, by Krylov power iteration (Lanczos) on A^T A to the relative `tolerance`
 * (1e-9 by default). O(out rest) a step.
 */
export function spectralNorm(weight: ArrayInput, { tolerance = 1e-9 } = {}): number {
  const array = toNdArray(weight, 'weight');
  return call((addon) => addon.spectrumNorm(array, tolerance));
}

/**
 * Estimates `|W v|` of the spectral norm of `weight` as `[out, rest]`, v being `start` `[rest]` normalised and, from one to the
 * next, multiplied by `W^T W` and normalised: `[iterations]`, never falling, never above {@link spectralNorm}, which has
 * converged. O(iterations out rest).
 */
export function powerIteration(
  weight: ArrayInput,
  { start, iterations }: { start: ArrayInput; iterations: number },
): NdArray {
  const [array, from] = [toNdArray(weight, 'weight'), toNdArray(start, 'start', 1)];
  return call((addon) => addon.spectrumPowerIteration(array, from, iterations));
}

/**
 * Singular values of `weight` as `[out, rest]`, descending, and their condition number, largest over smallest (infinite where
 * singular). O(out rest min(out, rest)).
 */
export function singularValues(weight: ArrayInput): { values: NdArray; condition: number } {
  const array = toNdArray(weight, 'weight');
  return call((addon) => addon.spectrumSingularValues(array));
}

/** The norm that is asked for. */
export interface NormalizeOptions {
  /** The spectral norm that the result has; 1 by default. */
  norm?: number;
  tolerance?: number;
}

/** `weight` scaled to a spectral norm (Miyato et al. 2018, with an iteration that converges); a zero weight stays zero. */
export function spectralNormalize(weight: ArrayInput, { norm = 1, tolerance }: NormalizeOptions = {}): NdArray {
  if (!(norm > 0 && Number.isFinite(norm)))
    throw invalidArgument(`norm: expected a finite number above 0, got ${norm}`);
  const array = toNdArray(weight, 'weight');
  const present = spectralNorm(array, tolerance === undefined ? {} : { tolerance });
  return call((addon) => addon.spectrumScale(array, present > 0 ? norm / present : 1));
}

/** Every weight of a record of parameters normalised; one-dimensional entries (biases) are left as they are. */
export function spectralNormalizeAll(
  parameters: Readonly<Record<string, NdArray>>,
  options?: NormalizeOptions,
): Record<string, NdArray> {
  const entries = Object.entries(parameters);
  return Object.fromEntries(
    entries.map(([name, array]) => [name, array.shape.length < 2 ? array : spectralNormalize(array, options)]),
  );
}

/** A mask over the frequencies of a weight matrix, symmetric about frequency zero. */
export interface MaskOptions {
  /** How sharply it falls; `ideal` by default. */
  shape?: 'ideal' | 'gaussian' | 'butterworth';
  /** `low` by default. */
  pass?: 'low' | 'high' | 'band';
  /** Cycles per sample (1/2 is Nyquist): one number, or two for a band. */
  cutoff: number | readonly [number, number];
  /** Butterworth's; 2 by default. */
  order?: number;
  /** Axes filtered, the last ones; 2 by default (1 for one-dimensional arrays). */
  axes?: 1 | 2;
}

/**
 * `x` through a radial frequency mask centred on frequency zero, over its last axes; leading ones are batches. With f the length
 * of the frequency and c the cutoff, a low pass is: ideal, f <= c; gaussian, exp(-f^2 / 2c^2); butterworth,
 * 1 / (1 + (f/c)^(2 order)); a high pass is one minus it, a band the low pass at its upper edge less that at its lower one.
 * O(N log N).
 * @returns of x's shape and type
 */
export function frequencyMask(
  x: ArrayInput,
  { shape = 'ideal', pass = 'low', cutoff, order = 2, axes }: MaskOptions,
): NdArray {
  const array = toNdArray(x, 'x');
  const over = axes ?? Math.min(2, array.shape.length);
  const edges = typeof cutoff === 'number' ? [cutoff] : [...cutoff];
  return call((addon) => addon.spectrumMask(array, over, shape, order, pass, edges));
}

/** How far apart the spectra of two arrays are, by three measures. */
export interface SpectralDistance {
  /** Mean over frequencies of |A - B|. */
  mean: number;
  /** |A - B| / |A|, Euclidean. */
  relative: number;
  /** Mean over frequencies of ||A| - |B||: blind to shifts. */
  magnitude: number;
}

/** Distance between the spectra of two weights of one shape, over their last two axes (DFT unscaled). O(N log N). */
export function spectralDistance(a: ArrayInput, b: ArrayInput): SpectralDistance {
  const [x, y] = [toNdArray(a, 'a'), toNdArray(b, 'b')];
  return call((addon) => addon.spectrumDistance(x, y));
}
