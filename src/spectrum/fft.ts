/**
 * Discrete Fourier transforms, `X[k] = sum_n x[n] exp(-2 pi i k n / N)`; the inverse divides by N unless `norm` says
 * otherwise. Over the last axis (the last two for `fft2` and its kin), batches over the leading ones. Any length in
 * O(N log N), primes too. f32 stays f32, everything else is f64. Errors: `INVALID_SHAPE` for empty or mismatched arrays,
 * `NON_FINITE` for NaN, infinities and overflow.
 */
import { invalidShape } from '../errors.js';
import { call } from '../native.js';
import { type ArrayInput, type ComplexArray, type NdArray, toNdArray } from '../ndarray.js';
import { type SignalInput, type TransformOptions, toSignal } from './signal.js';

function transform(x: SignalInput, axes: number, inverse: boolean, options: TransformOptions = {}): ComplexArray {
  const signal = toSignal(x, 'x');
  return call((addon) => addon.spectrumFft(signal, axes, inverse, options.norm ?? 'backward', options.threads));
}

function half(x: ArrayInput, axes: number, options: TransformOptions = {}): ComplexArray {
  const array = toNdArray(x, 'x');
  return call((addon) => addon.spectrumRfft(array, axes, options.norm ?? 'backward', options.threads));
}

function whole(x: SignalInput, lengths: readonly number[] | undefined, axes: number, options: TransformOptions = {}) {
  const signal = toSignal(x, 'x');
  const last = signal.shape.slice(-axes);
  const known = lengths ?? [...last.slice(0, -1), Math.max(1, 2 * (last.at(-1)! - 1))];
  if (known.length !== axes) throw invalidShape(`size: expected ${axes} lengths, got ${known.length}`);
  return call((addon) => addon.spectrumIrfft(signal, [...known], options.norm ?? 'backward', options.threads));
}

/** Transform over the last axis: `[..., n] -> [..., n]`. */
export const fft = (x: SignalInput, options?: TransformOptions): ComplexArray => transform(x, 1, false, options);

/** Inverse of {@link fft}. */
export const ifft = (x: SignalInput, options?: TransformOptions): ComplexArray => transform(x, 1, true, options);

/** Transform of a real array over the last axis, the half that says all: `[..., n] -> [..., floor(n / 2) + 1]`. */
export const rfft = (x: ArrayInput, options?: TransformOptions): ComplexArray => half(x, 1, options);

/**
 * Inverse of {@link rfft}: `[..., floor(n / 2) + 1] -> [..., n]`; `n` is even by default. Imaginary parts at frequency
 * zero and n/2 are ignored.
 */
export const irfft = (x: SignalInput, n?: number, options?: TransformOptions): NdArray =>
  whole(x, n === undefined ? undefined : [n], 1, options);

/** Transform over the last two axes: `[..., h, w] -> [..., h, w]`. */
export const fft2 = (x: SignalInput, options?: TransformOptions): ComplexArray => transform(x, 2, false, options);

/** Inverse of {@link fft2}. */
export const ifft2 = (x: SignalInput, options?: TransformOptions): ComplexArray => transform(x, 2, true, options);

/** Transform of a real array over the last two axes: `[..., h, w] -> [..., h, floor(w / 2) + 1]`. */
export const rfft2 = (x: ArrayInput, options?: TransformOptions): ComplexArray => half(x, 2, options);

/** Inverse of {@link rfft2}: `[..., h, floor(w / 2) + 1] -> [..., h, w]` with `size = [h, w]`, w even by default. */
export const irfft2 = (x: SignalInput, size?: readonly [number, number], options?: TransformOptions): NdArray =>
  whole(x, size, 2, options);

/** Transform over all axes. */
export function fftn(x: SignalInput, options?: TransformOptions): ComplexArray {
  return transform(x, toSignal(x, 'x').shape.length, false, options);
}

/** Transform of a real array over all axes: `[a, ..., n] -> [a, ..., floor(n / 2) + 1]`. O(N log N), N all elements. */
export function rfftn(x: ArrayInput, options?: TransformOptions): ComplexArray {
  return half(x, toNdArray(x, 'x').shape.length, options);
}

/** Inverse of {@link rfftn}, of the shape `size`; its last entry is even by default, the others are those of `x`. */
export function irfftn(x: SignalInput, size?: readonly number[], options?: TransformOptions): NdArray {
  return whole(x, size, toSignal(x, 'x').shape.length, options);
}

/** Inverse of {@link fftn}. */
export function ifftn(x: SignalInput, options?: TransformOptions): ComplexArray {
  return transform(x, toSignal(x, 'x').shape.length, true, options);
}
