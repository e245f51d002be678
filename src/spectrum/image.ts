/** Images: how well one matches another, and spectra by radius and by direction. */

import { call } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions } from '../core/options.js';

/**
 * Peak signal-to-noise ratio, `10 log10(peak^2 / mse)`; infinite for equal images. O(n).
 *
 * @example
 * psnr([0, 0.1], [0, 0]); // => 23.0103
 *
 * @param image `[...]`, any shape
 * @param reference of the same shape
 * @param peak the largest value that a pixel may have, in the units of both; 1 by default
 * @returns decibels
 * @throws `INVALID_SHAPE` for empty or different shapes, `NON_FINITE`, `INVALID_ARGUMENT` for a peak that is not above zero
 */
export function psnr(image: ArrayInput, reference: ArrayInput, peak = 1): number {
  const [a, b] = [toNdArray(image, 'image'), toNdArray(reference, 'reference')];
  checkNumber(peak, 'peak', { above: 0 });
  return call((addon) => addon.spectrumPsnr(a, b, peak));
}

/** A 2D spectrum averaged over rings or sectors; X is the DFT divided by the number of pixels. */
export interface SpectrumProfile {
  /** Centre of each bin: cycles per pixel for rings, radians in [0, pi) for sectors. */
  position: NdArray;
  /** Root of the mean of `|X|^2` over the bin. */
  amplitude: NdArray;
  /** Mean of `|X|^2` over the bin. */
  power: NdArray;
  /** Frequencies in the bin. */
  count: NdArray;
}

/**
 * Spectrum of an image, a volume or an array of any rank by radius: ring r holds the frequencies whose length times the shortest
 * side rounds to r; those beyond half the shortest side (the corners) are left out. X is the DFT divided by n, so that a
 * wave `a cos` shows a/2 at each of its two frequencies; rings are means, not sums (van der Schaaf and van Hateren, Vision
 * Research 36, 1996). O(n log n), n all elements.
 *
 * @example
 * radialSpectrum([[1, 1], [1, 1]]).amplitude; // => [1, 0]
 *
 * @param image `[h, w]`, `[d, h, w]`, ..., real
 * @returns `[floor(shortest / 2) + 1]` each: positions in cycles per pixel, amplitudes in units of the image, power in squared ones
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE`
 */
export function radialSpectrum(image: ArrayInput): SpectrumProfile {
  const array = toNdArray(image, 'image');
  return finiteResult(
    call((addon) => addon.spectrumProfile(array)),
    'image',
  );
}

/** How finely directions are told apart. */
export interface AngularSpectrumOptions {
  /** Sectors of the half turn; 36 by default, of 5 degrees. */
  sectors?: number;
}

/**
 * Spectrum of an image by direction: a sector holds the frequencies whose direction (or the opposite one) is in it; angle 0 is
 * variation along x, frequency zero is left out. Means of the DFT divided by h w, as {@link radialSpectrum}. O(h w log(h w)).
 * @param image `[h, w]`, real
 * @returns `[sectors]` each: positions in radians, amplitudes in units of the image, power in squared ones
 * @throws `INVALID_SHAPE` for an empty array or another number of axes, `NON_FINITE`, `INVALID_ARGUMENT` for the sectors
 */
export function angularSpectrum(image: ArrayInput, options?: AngularSpectrumOptions): SpectrumProfile {
  const array = toNdArray(image, 'image', 2);
  const { sectors = 36 } = checkOptions(options, ['sectors']);
  checkInteger(sectors, 'sectors', 1);
  return finiteResult(
    call((addon) => addon.spectrumProfile(array, sectors)),
    'image',
  );
}
