/** Energies and errors by frequency. */
import { call } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { type SignalInput, toNumbers, toSignal } from '../core/signal.js';

/** Bands of frequency between zero and Nyquist. */
export interface BandOptions {
  /** Ascending fractions of the Nyquist frequency, within (0, 1); `[0.2, 0.5]` by default: low, mid, high. */
  edges?: readonly number[];
  /** Axes of a signal, the last ones; 1 by default. */
  axes?: 1 | 2;
}

/**
 * Energy by band: `sum |X|^2 / N` over both signs of frequency, so that bands add up to `sum x^2` (Parseval).
 * A frequency (for images its length) belongs to the first band whose edge is above it. O(N log N).
 * @param x `[..., n]`, or `[..., h, w]` for two axes, real
 * @returns `[..., edges + 1]`, f64, in squared units of x
 * @throws `INVALID_SHAPE` for an empty array or one of too few axes, `NON_FINITE`, `INVALID_ARGUMENT` for the edges
 */
export function bandEnergies(x: ArrayInput, options?: BandOptions): NdArray {
  const array = toNdArray(x, 'x');
  const { edges = [0.2, 0.5], axes = 1 } = checkOptions(options, ['edges', 'axes']);
  checkChoice(axes, [1, 2], 'axes');
  const cuts = toNumbers(edges, 'edges');
  return finiteResult(
    call((addon) => addon.spectrumBandEnergies(array, axes, cuts)),
    'x',
  );
}

/** How two spectra are compared. */
export interface SpectralErrorOptions {
  /** Complex values (default), or magnitudes, as published scripts of the field do: blind to phase. */
  compare?: 'complex' | 'magnitude';
}

/**
 * Relative error of spectrum h against f at every frequency: `|h - f| / |f|` on complex values, or on magnitudes,
 * `||h| - |f|| / |f|` (Xu, "Understanding deep learning", fig. 1.6). Infinite or NaN where f is zero. A number without unit,
 * whatever the scaling of the transform that made both. O(n).
 *
 * @example
 * relativeSpectralError([2, 1], [1, 1]); // => [1, 0]
 *
 * @param h spectrum `[...]`, real or complex
 * @param f what h is compared with, of the same shape
 * @returns of that shape, f64
 * @throws `INVALID_SHAPE` for empty or different shapes, `NON_FINITE`, `INVALID_ARGUMENT` for another comparison
 */
export function relativeSpectralError(h: SignalInput, f: SignalInput, options?: SpectralErrorOptions): NdArray {
  const [x, y] = [toSignal(h, 'h'), toSignal(f, 'f')];
  const { compare = 'complex' } = checkOptions(options, ['compare']);
  checkChoice(compare, ['complex', 'magnitude'], 'compare');
  return call((addon) => addon.spectrumRelativeError(x, y, compare === 'magnitude'));
}
