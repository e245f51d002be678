/**
 * Discrete Fourier transforms, `X[k] = sum_n x[n] exp(-2 pi i k n / N)`; the inverse divides by N unless `norm` says
 * otherwise. Over the last axis (the last two for `fft2` and its kin), batches over the leading ones. Any length in
 * O(N log N), primes too. f32 stays f32, everything else is f64. Errors: `INVALID_SHAPE` for empty or mismatched arrays,
 * `NON_FINITE` for NaN, infinities and overflow.
 */
import { invalidArgument, invalidShape } from '../errors.js';
import { call } from '../native.js';
import {
  type ArrayInput,
  type ComplexArray,
  type DType,
  describe,
  dtypeOf,
  type NdArray,
  shapeText,
  sizeOf,
  toNdArray,
} from '../ndarray.js';
import { checkOptions } from '../options.js';
import { resultArray } from './result.js';
import { type SignalInput, type TransformOptions, toSignal } from './signal.js';

/** Options of transforms over one axis. */
export interface TransformOptions1 extends TransformOptions {
  /** Length of the transform: the last axis is cropped or padded with zeros to it first, as NumPy's `n`. */
  n?: number;
}

/** Options of transforms over two axes. */
export interface TransformOptions2 extends TransformOptions {
  /** Sizes of the transform: the last two axes are cropped or padded with zeros to them first, as NumPy's `s`. */
  size?: readonly [number, number];
}

const typeOf = ({ re }: { re: Float64Array | Float32Array }): DType => dtypeOf(re);

/** Refuses what is no list of lengths. */
function checkLengths(lengths: readonly number[]): void {
  if (!Array.isArray(lengths)) throw invalidArgument(`size: expected an array of lengths, got ${describe(lengths)}`);
  if (!lengths.every((n) => Number.isSafeInteger(n) && n >= 1))
    throw invalidArgument(`n: expected whole numbers of at least 1, got ${shapeText(lengths)}`);
}

/** A signal with its last axes cropped or padded to `lengths`, where they are given. */
function fitted(x: SignalInput, lengths: readonly number[] | undefined) {
  const signal = toSignal(x, 'x');
  if (lengths === undefined) return signal;
  checkLengths(lengths);
  return toSignal(
    call((addon) => addon.spectrumResize(signal, [...lengths])),
    'x',
  );
}

function transform(
  x: SignalInput,
  axes: number,
  inverse: boolean,
  options: TransformOptions,
  lengths?: readonly number[],
): ComplexArray {
  const signal = fitted(x, lengths);
  const [type, size] = [typeOf(signal), sizeOf(signal.shape)];
  const out = { re: resultArray(type, size), im: resultArray(type, size) };
  call((addon) => addon.spectrumFftInto(signal, axes, inverse, options.norm ?? 'backward', out, options.threads));
  return { ...out, shape: [...signal.shape] };
}

function half(x: ArrayInput, axes: number, options: TransformOptions, lengths?: readonly number[]): ComplexArray {
  const array = toNdArray(x, 'x');
  const { re: data, shape } = fitted(array, lengths);
  const halved = shape.map((n, axis) => (axis === shape.length - 1 && n > 0 ? Math.floor(n / 2) + 1 : n));
  const [type, size] = [dtypeOf(data), sizeOf(halved)];
  const out = { re: resultArray(type, size), im: resultArray(type, size) };
  call((addon) => addon.spectrumRfftInto({ data, shape }, axes, options.norm ?? 'backward', out, options.threads));
  return { ...out, shape: halved };
}

function whole(x: SignalInput, lengths: readonly number[] | undefined, axes: number, options: TransformOptions = {}) {
  const signal = toSignal(x, 'x');
  const last = signal.shape.slice(-axes);
  const known = lengths ?? [...last.slice(0, -1), Math.max(1, 2 * (last.at(-1)! - 1))];
  checkLengths(known);
  if (known.length !== axes) throw invalidShape(`size: expected ${axes} lengths, got ${known.length}`);
  const shape = [...signal.shape.slice(0, -axes), ...known];
  const data = resultArray(typeOf(signal), sizeOf(shape));
  call((addon) => addon.spectrumIrfftInto(signal, [...known], options.norm ?? 'backward', data, options.threads));
  return { data, shape };
}

const lengths1 = ({ n }: TransformOptions1) => (n === undefined ? undefined : [n]);
const checked1 = (options?: TransformOptions1) => checkOptions(options, ['n', 'norm', 'threads']);
const checked2 = (options?: TransformOptions2) => checkOptions(options, ['size', 'norm', 'threads']);
const checked = (options?: TransformOptions) => checkOptions(options, ['norm', 'threads']);

/** Transform over the last axis: `[..., n] -> [..., n]`. */
export const fft = (x: SignalInput, options?: TransformOptions1): ComplexArray =>
  transform(x, 1, false, checked1(options), lengths1(options ?? {}));

/** Inverse of {@link fft}. */
export const ifft = (x: SignalInput, options?: TransformOptions1): ComplexArray =>
  transform(x, 1, true, checked1(options), lengths1(options ?? {}));

/** Transform of a real array over the last axis, the half that says all: `[..., n] -> [..., floor(n / 2) + 1]`. */
export const rfft = (x: ArrayInput, options?: TransformOptions1): ComplexArray =>
  half(x, 1, checked1(options), lengths1(options ?? {}));

/**
 * Inverse of {@link rfft}: `[..., floor(n / 2) + 1] -> [..., n]`; `n` is even by default. Imaginary parts at frequency
 * zero and n/2 are ignored.
 */
export const irfft = (x: SignalInput, n?: number, options?: TransformOptions): NdArray =>
  whole(x, n === undefined ? undefined : [n], 1, checked(options));

/** Transform over the last two axes: `[..., h, w] -> [..., h, w]`. */
export const fft2 = (x: SignalInput, options?: TransformOptions2): ComplexArray =>
  transform(x, 2, false, checked2(options), options?.size);

/** Inverse of {@link fft2}. */
export const ifft2 = (x: SignalInput, options?: TransformOptions2): ComplexArray =>
  transform(x, 2, true, checked2(options), options?.size);

/** Transform of a real array over the last two axes: `[..., h, w] -> [..., h, floor(w / 2) + 1]`. */
export const rfft2 = (x: ArrayInput, options?: TransformOptions2): ComplexArray =>
  half(x, 2, checked2(options), options?.size);

/** Inverse of {@link rfft2}: `[..., h, floor(w / 2) + 1] -> [..., h, w]` with `size = [h, w]`, w even by default. */
export const irfft2 = (x: SignalInput, size?: readonly [number, number], options?: TransformOptions): NdArray =>
  whole(x, size, 2, checked(options));

/** Transform over all axes. */
export function fftn(x: SignalInput, options?: TransformOptions): ComplexArray {
  return transform(x, toSignal(x, 'x').shape.length, false, checked(options));
}

/**
 * Transform of a real array over all axes: `[a, ..., n] -> [a, ..., floor(n / 2) + 1]`. O(N log N), N all elements.
 */
export function rfftn(x: ArrayInput, options?: TransformOptions): ComplexArray {
  return half(x, toNdArray(x, 'x').shape.length, checked(options));
}

/** Inverse of {@link rfftn}, of the shape `size`; its last entry is even by default, the others are those of `x`. */
export function irfftn(x: SignalInput, size?: readonly number[], options?: TransformOptions): NdArray {
  return whole(x, size, toSignal(x, 'x').shape.length, checked(options));
}

/** Inverse of {@link fftn}. */
export function ifftn(x: SignalInput, options?: TransformOptions): ComplexArray {
  return transform(x, toSignal(x, 'x').shape.length, true, checked(options));
}
