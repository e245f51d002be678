/** The frequencies of a transform's points, and the order with zero in the middle. */

import { invalidArgument } from '../errors.js';
import { call } from '../native.js';
import { type ArrayInput, type ComplexArray, type NdArray, shapeText } from '../ndarray.js';
import { checkOptions } from '../options.js';
import { type SignalInput, toSignal } from './signal.js';

/** Frequencies of the points of `fft` of length `n`, sample spacing `d`, in cycles per unit of d: `[0, 1, ..., -1] / (d n)`. */
export const fftfreq = (n: number, d = 1): NdArray => call((addon) => addon.spectrumFrequencies(n, d, false));

/** Frequencies of the points of `rfft` of length `n`: `[0, 1, ..., floor(n / 2)] / (d n)`. */
export const rfftfreq = (n: number, d = 1): NdArray => call((addon) => addon.spectrumFrequencies(n, d, true));

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
  const axes = (asked as number[]).map((a) => (a < 0 ? a + signal.shape.length : a));
  return call((addon) => addon.spectrumShift(signal, axes, inverse));
}

/** Rolls every axis so that frequency zero comes to index `floor(n / 2)`. The kind of array stays: real or complex. */
export function fftshift(x: ComplexArray, options?: ShiftOptions): ComplexArray;
export function fftshift(x: ArrayInput, options?: ShiftOptions): NdArray;
export function fftshift(x: SignalInput, options?: ShiftOptions): NdArray | ComplexArray {
  return shift(x, false, options);
}

/** Inverse of {@link fftshift} (not the same for odd lengths). */
export function ifftshift(x: ComplexArray, options?: ShiftOptions): ComplexArray;
export function ifftshift(x: ArrayInput, options?: ShiftOptions): NdArray;
export function ifftshift(x: SignalInput, options?: ShiftOptions): NdArray | ComplexArray {
  return shift(x, true, options);
}
