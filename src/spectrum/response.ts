/** What a kernel does to each frequency of its input. */

import { call } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkFlag, checkNumber, checkOptions } from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import type { ThreadOptions } from './options.js';

/** Where frequency zero and the kernel stand. */
export interface ResponseOptions extends ThreadOptions {
  /** Frequency zero in the middle. */
  shift?: boolean;
  /** The kernel's middle at the origin: a symmetric kernel then has phase 0 or pi. */
  center?: boolean;
}

/** What a kernel does to each spatial frequency. */
export interface FrequencyResponse {
  /** Gain at each frequency, `[h, w]`. */
  magnitude: NdArray;
  /** Shift at each frequency, `[h, w]`, in radians. */
  phase: NdArray;
}

/**
 * Response of a kernel at the frequencies of an input of `[h, w]` pixels: its DFT after padding with zeros, unscaled;
 * `fftfreq(h)` and `fftfreq(w)` are the frequencies, cycles per pixel. O(h w log(h w)). Oppenheim and Schafer, "Discrete-Time
 * Signal Processing", chapter 2: the eigenvalues of a convolution.
 *
 * @example
 * const { magnitude } = frequencyResponse([[0.5, 0.5]], [1, 4]);
 * magnitude.shape; // => [1, 4]
 *
 * @param kernel `[kh, kw]`, real
 * @param size `[h, w]`, at least the kernel's
 * @returns magnitude `[h, w]` in units of the kernel and phase `[h, w]` in radians, of the kernel's type
 * @throws `INVALID_SHAPE` for an empty kernel or one larger than `size`, `NON_FINITE`, `INVALID_ARGUMENT` for the size,
 * `OVER_MEMORY_LIMIT`
 */
export function frequencyResponse(
  kernel: ArrayInput,
  size: readonly [number, number],
  options?: ResponseOptions,
): FrequencyResponse {
  const array = toNdArray(kernel, 'kernel', 2);
  const { shift = false, center = false, threads } = checkOptions(options, ['shift', 'center', 'threads']);
  checkFlag(shift, 'shift');
  checkFlag(center, 'center');
  checkThreads(threads);
  return call((addon) => addon.spectrumResponse(array, toNumbers(size, 'size'), shift, center, threads));
}

/** Lowest and highest frequency of a band, cycles per pixel. */
export type FrequencyBand = [low: number, high: number];

/** The frequencies at which a response is above a threshold. */
export interface Passband {
  /** By the length of the frequency vector (up to sqrt 1/2). */
  radial: FrequencyBand;
  /** Along each axis, the other frequency zero; null where the response stays under the threshold there. */
  vertical: FrequencyBand | null;
  /** The same along rows. */
  horizontal: FrequencyBand | null;
  /** Share of all frequencies that pass. */
  fraction: number;
}

/**
 * The frequencies where the response of a kernel is at least `threshold` times its largest magnitude, on the grid of an input of
 * `size` pixels. O(h w log(h w)). Half power is a threshold of `sqrt 1/2`.
 * @param kernel `[kh, kw]`, real
 * @param size `[h, w]`, at least the kernel's
 * @param threshold above 0, up to 1; 0.1 by default
 * @returns bands in cycles per pixel, and the share of frequencies that pass
 * @throws as {@link frequencyResponse}, and `INVALID_ARGUMENT` for a threshold of no sense or a kernel of zeros
 */
export function passband(kernel: ArrayInput, size: readonly [number, number], threshold = 0.1): Passband {
  const array = toNdArray(kernel, 'kernel', 2);
  checkNumber(threshold, 'threshold', { least: 0, most: 1 });
  const band = call((addon) => addon.spectrumBandwidth(array, toNumbers(size, 'size'), threshold));
  const range = (values?: number[] | null) => (values ? (values as FrequencyBand) : null);
  return {
    // The largest magnitude itself always passes.
    radial: range(band.radial)!,
    vertical: range(band.vertical),
    horizontal: range(band.horizontal),
    fraction: band.fraction,
  };
}
