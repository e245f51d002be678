/** Layers and their weights in the frequency domain. */

import { invalidArgument } from '../core/errors.js';
import { call, runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, type NdArray, shapeText, toFinite, toNdArray } from '../core/ndarray.js';
import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
  required,
  requireObject,
  requireOptions,
} from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';

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
 * Exact singular values of a convolution layer with circular padding, frequency by frequency (Sedghi, Gupta and Long, ICLR 2019).
 * O(h w out in min(out, in)).
 * @param weight `[out, in, kh, kw]`
 * @param size `[h, w]` of the inputs, at least the kernel's
 * @returns `[h, w, min(out, in)]`, f64, in the order of {@link fft2}, in units of the weight; and the two norms
 * @throws `INVALID_SHAPE` for an empty weight or a size below the kernel's, `NON_FINITE`, `INVALID_ARGUMENT` for the size,
 * `OVER_MEMORY_LIMIT`, `ABORTED`
 */
export async function convSingularValues(
  weight: ArrayInput,
  size: readonly [number, number],
  options?: ThreadOptions & TaskOptions,
): Promise<ConvSpectrum> {
  const array = toNdArray(weight, 'weight', 4);
  const sides = toNumbers(size, 'size');
  const { threads, ...task } = checkOptions(options, ['threads', 'signal', 'onProgress']);
  checkThreads(threads);
  return runTask((addon, control) => addon.spectrumConvSingularValues(control, array, sides, threads), task);
}

/** When an iteration has converged. */
export interface SpectralNormOptions {
  /** Largest relative error; 1e-9 by default. */
  tolerance?: number;
}

/**
 * Largest singular value of a weight as a matrix `[out, rest]`, by Krylov power iteration (Lanczos; Golub and Van Loan, chapter
 * 10) on A^T A until it has converged. O(out rest) a step.
 *
 * @example
 * spectralNorm([[3, 0], [0, 4]]); // => 4
 *
 * @param weight `[out, in]` or `[out, in, kh, kw]`
 * @returns in units of the weight
 * @throws `INVALID_SHAPE` for an empty weight or one axis, `NON_FINITE`, `INVALID_ARGUMENT` for the tolerance
 */
export function spectralNorm(weight: ArrayInput, options?: SpectralNormOptions): number {
  const array = toNdArray(weight, 'weight');
  const { tolerance = 1e-9 } = checkOptions(options, ['tolerance']);
  checkNumber(tolerance, 'tolerance', { above: 0 });
  return call((addon) => addon.spectrumNorm(array, tolerance));
}

/** Where a power iteration begins, and how long it is. */
export interface PowerIterationOptions {
  /** `[rest]`, not zero. */
  start: ArrayInput;
  /** From 1 to a million. */
  iterations: number;
}

/**
 * Estimates `|W v|` of the spectral norm of a weight as a matrix W `[out, rest]`, v being `start` normalised and, from one to the
 * next, multiplied by `W^T W` and normalised (what is done once a step in Miyato et al. 2018): never falling, never above
 * {@link spectralNorm}, which has converged. O(iterations out rest).
 * @param weight `[out, in]` or `[out, in, kh, kw]`
 * @returns `[iterations]`, f64, in units of the weight
 * @throws `INVALID_SHAPE` for an empty weight or a start of another length, `NON_FINITE`, `INVALID_ARGUMENT` for a start of zeros
 * or iterations that are no whole number from 1 to 1,000,000
 */
export function powerIteration(weight: ArrayInput, options: PowerIterationOptions): NdArray {
  const { start, iterations } = requireOptions(options, ['start', 'iterations']);
  const [array, from] = [toNdArray(weight, 'weight'), toNdArray(start, 'start', 1)];
  // It does not leave the event loop its turn.
  checkInteger(required(iterations, 'iterations'), 'iterations', 1, 1_000_000);
  return call((addon) => addon.spectrumPowerIteration(array, from, iterations));
}

/**
 * Singular values of a weight as a matrix `[out, rest]` and their condition number, largest over smallest (infinite where
 * singular): the `values` of `svd`, at once and without vectors. O(out rest min(out, rest)); Golub and Van Loan, chapter 8.
 *
 * @example
 * singularValues([[3, 0], [0, 4]]).values; // => [4, 3]
 *
 * @param weight `[out, in]` or `[out, in, kh, kw]`
 * @returns `[min(out, rest)]`, f64, descending, in units of the weight
 * @throws `INVALID_SHAPE` for an empty weight or one axis, `NON_FINITE`
 */
export function singularValues(weight: ArrayInput): {
  /** Descending, `[min(out, rest)]`. */
  values: NdArray;
  /** Largest over smallest; infinite where singular. */
  condition: number;
} {
  const array = toNdArray(weight, 'weight');
  return call((addon) => addon.spectrumSingularValues(array));
}

/** The norm that is asked for. */
export interface NormalizeOptions {
  /** The spectral norm that the result has; 1 by default. */
  norm?: number;
  /** Largest relative error of the norm; 1e-9 by default. */
  tolerance?: number;
}

/**
 * A weight scaled to a spectral norm (Miyato et al., ICLR 2018, with an iteration that converges); a zero weight stays zero.
 * O(out rest) a step of {@link spectralNorm}.
 * @param weight `[out, in]` or `[out, in, kh, kw]`
 * @returns of the weight's shape and type
 * @throws as {@link spectralNorm}, and `INVALID_ARGUMENT` for a norm that is not above zero
 */
export function spectralNormalize(weight: ArrayInput, options?: NormalizeOptions): NdArray {
  const { norm = 1, tolerance } = checkOptions(options, ['norm', 'tolerance']);
  checkNumber(norm, 'norm', { above: 0 });
  const array = toNdArray(weight, 'weight');
  const present = spectralNorm(array, tolerance === undefined ? {} : { tolerance });
  return call((addon) => addon.spectrumScale(array, present > 0 ? norm / present : 1));
}

/**
 * Every weight of a record of parameters scaled by {@link spectralNormalize}; entries of one axis (biases) are left as they
 * are. O(parameters) a step. While training, `train` takes `constraint: { type: 'spectralNorm', ... }` instead.
 * @param parameters of a model: weights `[out, in]` or `[out, in, kh, kw]`
 * @returns a record of the same names, shapes and types
 * @throws as {@link spectralNormalize}
 */
export function spectralNormalizeAll(
  parameters: Readonly<Record<string, NdArray>>,
  options?: NormalizeOptions,
): Record<string, NdArray> {
  const { norm, tolerance } = checkOptions(options, ['norm', 'tolerance']);
  checkNumber(norm, 'norm', { above: 0 });
  checkNumber(tolerance, 'tolerance', { above: 0 });
  const entries = Object.entries(requireObject(parameters, 'parameters')).map(([name, input]) => {
    const array = toFinite(input, `parameters.${name}`);
    return [name, array.shape.length < 2 ? array : spectralNormalize(array, options)];
  });
  return Object.fromEntries(entries);
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
 * 1 / (1 + (f/c)^(2 order)); a high pass is one minus it, a band the low pass at its upper edge less that at its lower one
 * (Gonzalez and Woods, "Digital Image Processing", chapter 4). O(N log N).
 * @param x `[..., n]` or `[..., h, w]`, real
 * @returns of x's shape, type and unit
 * @throws `INVALID_SHAPE` for an empty array or too few axes, `NON_FINITE`, `INVALID_ARGUMENT` for a mask of no sense
 */
export function frequencyMask(x: ArrayInput, options: MaskOptions): NdArray {
  const array = toNdArray(x, 'x');
  const names = ['shape', 'pass', 'cutoff', 'order', 'axes'] as const;
  const { shape = 'ideal', pass = 'low', cutoff, order = 2, axes } = requireOptions(options, names);
  const over = axes ?? Math.min(2, array.shape.length);
  checkChoice(shape, ['ideal', 'gaussian', 'butterworth'], 'shape');
  checkChoice(pass, ['low', 'high', 'band'], 'pass');
  checkNumber(order, 'order', { above: 0 });
  checkChoice(axes, [1, 2], 'axes');
  const edges = typeof cutoff === 'number' ? [cutoff] : toNumbers(cutoff, 'cutoff');
  const wanted = pass === 'band' ? 2 : 1;
  if (
    edges.length !== wanted ||
    (typeof cutoff === 'number') !== (wanted === 1) ||
    !edges.every((edge) => edge >= 0 && edge <= Math.SQRT1_2)
  ) {
    const kind = wanted === 2 ? 'two frequencies' : 'one frequency';
    throw invalidArgument(`cutoff: expected ${kind} from 0 to sqrt(1/2) cycles per sample, got ${shapeText(edges)}`);
  }
  return call((addon) => addon.spectrumMask(array, over, shape, order, pass, edges));
}

/** How far apart the spectra of two arrays are, by three measures. */
export interface SpectralDistance {
  /** Mean over frequencies of |A - B|. */
  mean: number;
  /** |A - B| / |A|, Euclidean; infinite or NaN for an A of zeros. */
  relative: number;
  /** Mean over frequencies of ||A| - |B||: blind to shifts. */
  magnitude: number;
}

/**
 * Distance between the spectra of two weights, over their last two axes (the last one where there is no other), DFT unscaled.
 * O(N log N).
 * @param a `[..., h, w]`, real
 * @param b of the same shape
 * @returns mean and magnitude in units of the weights, relative without unit
 * @throws `INVALID_SHAPE` for empty or different shapes, `NON_FINITE`
 */
export function spectralDistance(a: ArrayInput, b: ArrayInput): SpectralDistance {
  const [x, y] = [toNdArray(a, 'a'), toNdArray(b, 'b')];
  return call((addon) => addon.spectrumDistance(x, y));
}
