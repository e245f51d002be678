/** The frequencies of a transform's points, and the order with zero in the middle. */

import { invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import { type ArrayInput, type ComplexArray, type NdArray, shapeText } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, required } from '../core/options.js';
import { type SignalInput, toSignal } from '../core/signal.js';

/**
 * Frequencies of the points of `fft`: `[0, 1, ..., ceil(n / 2) - 1, -floor(n / 2), ..., -1] / (d n)`, as NumPy's. O(n).
 *
 * @example
 * fftfreq(4, 0.5); // => [0, 0.5, -1, -0.5]
 *
 * @param n length of the transform
 * @param d spacing of the samples
 * @returns `[n]`, f64, in cycles per unit of d
 * @throws `INVALID_ARGUMENT` for an n that is no whole number above zero or a d that is not above zero, `OVER_MEMORY_LIMIT`
 */
export const fftfreq = (n: number, d = 1): NdArray => frequencies(n, d, false);

/**
 * Frequencies of the points of `rfft`: `[0, 1, ..., floor(n / 2)] / (d n)`, as NumPy's. O(n).
 *
 * @example
 * rfftfreq(4); // => [0, 0.25, 0.5]
 *
 * @param n length of the real array
 * @param d spacing of the samples
 * @returns `[floor(n / 2) + 1]`, f64, in cycles per unit of d
 * @throws as {@link fftfreq}
 */
export const rfftfreq = (n: number, d = 1): NdArray => frequencies(n, d, true);

function frequencies(n: number, d: number, half: boolean): NdArray {
  checkInteger(required(n, 'n'), 'n', 1);
  checkNumber(d, 'd', { least: 1e-300 });
  return call((addon) => addon.spectrumFrequencies(n, d, half));
}

/** Axes of `fftshift` and `ifftshift`. */
export interface ShiftOptions {
  /** Axes to shift; all by default. */
  axes?: readonly number[];
}

function shift(x: SignalInput, inverse: boolean, options?: ShiftOptions): NdArray | ComplexArray {
  const signal = toSignal(x, 'x');
  const { axes: asked = signal.shape.map((_, axis) => axis) } = checkOptions(options, ['axes']);
  if (!Array.isArray(asked) || !asked.every(Number.isSafeInteger)) {
    throw invalidArgument(`axes: expected an array of integers, got ${shapeText(asked)}`);
  }
  const rank = signal.shape.length;
  const axes = (asked as number[]).map((a) => (a < 0 ? a + rank : a));
  if (!axes.every((axis) => axis >= 0 && axis < rank)) {
    throw invalidArgument(`axes: expected axes of shape [${signal.shape.join(', ')}], got ${shapeText(asked)}`);
  }
  return call((addon) => addon.spectrumShift(signal, axes, inverse));
}

/**
 * Rolls every axis so that frequency zero comes to index `floor(n / 2)`, as NumPy's. O(n). It moves values and looks at none: what
 * is not finite is moved like the others.
 *
 * @example
 * fftshift(fftfreq(4)); // => [-0.5, -0.25, 0, 0.25]
 *
 * @param x `[...]`, real or complex
 * @returns of the same shape, type, unit and kind: real or complex
 * @throws `INVALID_SHAPE` for an empty array, `INVALID_ARGUMENT` for axes that x does not have
 */
export function fftshift(x: ComplexArray, options?: ShiftOptions): ComplexArray;
export function fftshift(x: ArrayInput, options?: ShiftOptions): NdArray;
export function fftshift(x: SignalInput, options?: ShiftOptions): NdArray | ComplexArray {
  return shift(x, false, options);
}

/**
 * Inverse of {@link fftshift} (not the same for odd lengths). O(n).
 * @param x `[...]`, real or complex
 * @returns of the same shape, type, unit and kind: real or complex
 * @throws as {@link fftshift}
 */
export function ifftshift(x: ComplexArray, options?: ShiftOptions): ComplexArray;
export function ifftshift(x: ArrayInput, options?: ShiftOptions): NdArray;
export function ifftshift(x: SignalInput, options?: ShiftOptions): NdArray | ComplexArray {
  return shift(x, true, options);
}
