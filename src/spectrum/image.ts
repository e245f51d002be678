/** Images: how well one matches another, and spectra by radius and by direction. */

import { call } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';

/** Peak signal-to-noise ratio in decibels, `10 log10(peak^2 / mse)`; infinite for equal images. Any shape, the same for both. O(n). */
export function psnr(image: ArrayInput, reference: ArrayInput, peak = 1): number {
  const [a, b] = [toNdArray(image, 'image'), toNdArray(reference, 'reference')];
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
 * Spectrum of an image `[h, w]`, a volume `[d, h, w]` or an array of any rank by radius: ring r holds the frequencies
 * whose length times the shortest side rounds to r; those beyond half the shortest side (the corners) are left out.
 * O(n log n), n all elements.
 */
export function radialSpectrum(image: ArrayInput): SpectrumProfile {
  const array = toNdArray(image, 'image');
  return call((addon) => addon.spectrumProfile(array));
}

/**
 * Spectrum of an image `[h, w]` by direction, in `sectors` sectors of the half turn; angle 0 is variation along x, frequency
 * zero is left out. O(h w log(h w)).
 */
export function angularSpectrum(image: ArrayInput, { sectors = 36 } = {}): SpectrumProfile {
  const array = toNdArray(image, 'image', 2);
  return call((addon) => addon.spectrumProfile(array, sectors));
}
