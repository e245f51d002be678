/**
 * Discrete Fourier transforms, `X[k] = sum_n x[n] exp(-2 pi i k n / N)`; the inverse divides by N unless `norm` says
 * otherwise. Over the last axis (the last two for `fft2` and its kin, all for `fftn`) unless others are named, batches over the
 * rest. Any length in O(N log N), primes too; other axes than the last cost a copy each way. f32 stays f32, everything else is
 * f64. Errors: `INVALID_SHAPE` for empty or mismatched arrays, `NON_FINITE` for NaN, infinities and overflow,
 * `INVALID_ARGUMENT` for axes or lengths that make no transform, `OVER_MEMORY_LIMIT` above 2^30 elements.
 */
import type { JsSignal } from '../../bindings/index.cjs';
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
import { onLastAxes } from './axes.js';
import { resultArray } from './result.js';
import { type SignalInput, type TransformOptions, toSignal } from './signal.js';

/** Options of transforms over one axis. */
export interface TransformOptions1 extends TransformOptions {
  /** Length of the transform: the axis is cropped or padded with zeros to it first, as NumPy's `n`. */
  n?: number;
  /** The axis transformed, counted from the end where negative; the last by default. */
  axis?: number;
}

/** Options of transforms over two axes. */
export interface TransformOptions2 extends TransformOptions {
  /** Sizes of the transform: the axes are cropped or padded with zeros to them first, as NumPy's `s`. */
  size?: readonly [number, number];
  /** The axes transformed, counted from the end where negative; the last two by default. */
  axes?: readonly [number, number];
}

/** Options of transforms over any axes. */
export interface TransformOptionsN extends TransformOptions {
  /** Sizes of the transform, one an axis: the axes are cropped or padded with zeros to them first, as NumPy's `s`. */
  size?: readonly number[];
  /** The axes transformed, counted from the end where negative; all by default. */
  axes?: readonly number[];
}

/** What a transform is asked for: its axes, and their lengths where they are to change. */
interface Request extends TransformOptions {
  axes: readonly number[];
  lengths?: readonly number[] | undefined;
}

const typeOf = ({ re }: { re: Float64Array | Float32Array }): DType => dtypeOf(re);

/** Refuses what is no list of lengths, one an axis. */
function checkLengths(lengths: readonly number[], axes: readonly number[]): void {
  if (!Array.isArray(lengths)) throw invalidArgument(`size: expected an array of lengths, got ${describe(lengths)}`);
  if (lengths.length !== axes.length)
    throw invalidShape(`size: expected ${axes.length} lengths, got ${lengths.length}`);
  if (!lengths.every((n) => Number.isSafeInteger(n) && n >= 1))
    throw invalidArgument(`n: expected whole numbers of at least 1, got ${shapeText(lengths)}`);
}

/** A signal with its last axes cropped or padded to the lengths, where they are given. */
function fitted(signal: JsSignal, { axes, lengths }: Request): JsSignal {
  if (lengths === undefined) return signal;
  checkLengths(lengths, axes);
  return toSignal(
    call((addon) => addon.spectrumResize(signal, [...lengths])),
    'x',
  );
}

function transform(x: SignalInput, inverse: boolean, request: Request): ComplexArray {
  const { axes, norm = 'backward', threads } = request;
  return onLastAxes(toSignal(x, 'x'), axes, (moved) => {
    const signal = fitted(moved, request);
    const [type, size] = [typeOf(signal), sizeOf(signal.shape)];
    const out = { re: resultArray(type, size), im: resultArray(type, size) };
    call((addon) => addon.spectrumFftInto(signal, axes.length, inverse, norm, out, threads));
    return { ...out, shape: [...signal.shape] };
  });
}

function half(x: ArrayInput, request: Request): ComplexArray {
  const { axes, norm = 'backward', threads } = request;
  return onLastAxes<ComplexArray>(toSignal(toNdArray(x, 'x'), 'x'), axes, (moved) => {
    const { re: data, shape } = fitted(moved, request);
    const halved = shape.map((n, axis) => (axis === shape.length - 1 && n > 0 ? Math.floor(n / 2) + 1 : n));
    const [type, size] = [dtypeOf(data), sizeOf(halved)];
    const out = { re: resultArray(type, size), im: resultArray(type, size) };
    call((addon) => addon.spectrumRfftInto({ data, shape }, axes.length, norm, out, threads));
    return { ...out, shape: halved };
  });
}

function whole(x: SignalInput, { axes, lengths, norm = 'backward', threads }: Request): NdArray {
  return onLastAxes<NdArray>(toSignal(x, 'x'), axes, (signal) => {
    const last = signal.shape.slice(-axes.length);
    const known = lengths ?? [...last.slice(0, -1), Math.max(1, 2 * (last.at(-1)! - 1))];
    checkLengths(known, axes);
    const shape = [...signal.shape.slice(0, -axes.length), ...known];
    const data = resultArray(typeOf(signal), sizeOf(shape));
    call((addon) => addon.spectrumIrfftInto(signal, [...known], norm, data, threads));
    return { data, shape };
  });
}

function one(options: TransformOptions1): Request {
  const { n, axis = -1, ...rest } = checkOptions(options, ['n', 'axis', 'norm', 'threads']);
  return { ...rest, axes: [axis], lengths: n === undefined ? undefined : [n] };
}

function two(options: TransformOptions2): Request {
  const { size, axes = [-2, -1], ...rest } = checkOptions(options, ['size', 'axes', 'norm', 'threads']);
  return { ...rest, axes, lengths: size };
}

function every(x: SignalInput, options: TransformOptionsN): Request {
  const { size, axes, ...rest } = checkOptions(options, ['size', 'axes', 'norm', 'threads']);
  return { ...rest, axes: axes ?? toSignal(x, 'x').shape.map((_, axis) => axis), lengths: size };
}

/** Transform over one axis: `[..., n] -> [..., n]`. */
export const fft = (x: SignalInput, options: TransformOptions1 = {}): ComplexArray => transform(x, false, one(options));

/** Inverse of {@link fft}. */
export const ifft = (x: SignalInput, options: TransformOptions1 = {}): ComplexArray => transform(x, true, one(options));

/** Transform of a real array over one axis, the half that says all: `[..., n] -> [..., floor(n / 2) + 1]`. */
export const rfft = (x: ArrayInput, options: TransformOptions1 = {}): ComplexArray => half(x, one(options));

/**
 * Inverse of {@link rfft}: `[..., floor(n / 2) + 1] -> [..., n]`; `n` is even by default. Imaginary parts at frequency
 * zero and n/2 are ignored.
 */
export const irfft = (x: SignalInput, n?: number, options: Omit<TransformOptions1, 'n'> = {}): NdArray =>
  whole(x, one({ ...options, ...(n !== undefined && { n }) }));

/** Transform over two axes: `[..., h, w] -> [..., h, w]`. */
export const fft2 = (x: SignalInput, options: TransformOptions2 = {}): ComplexArray =>
  transform(x, false, two(options));

/** Inverse of {@link fft2}. */
export const ifft2 = (x: SignalInput, options: TransformOptions2 = {}): ComplexArray =>
  transform(x, true, two(options));

/** Transform of a real array over two axes, the second one halved: `[..., h, w] -> [..., h, floor(w / 2) + 1]`. */
export const rfft2 = (x: ArrayInput, options: TransformOptions2 = {}): ComplexArray => half(x, two(options));

/** Inverse of {@link rfft2}: `[..., h, floor(w / 2) + 1] -> [..., h, w]` with `size = [h, w]`, w even by default. */
export const irfft2 = (
  x: SignalInput,
  size?: readonly [number, number],
  options: Omit<TransformOptions2, 'size'> = {},
): NdArray => whole(x, two({ ...options, ...(size && { size }) }));

/** Transform over all axes, or those named. O(N log N), N all elements; so for its kin. */
export const fftn = (x: SignalInput, options: TransformOptionsN = {}): ComplexArray =>
  transform(x, false, every(x, options));

/** Inverse of {@link fftn}. */
export const ifftn = (x: SignalInput, options: TransformOptionsN = {}): ComplexArray =>
  transform(x, true, every(x, options));

/** Transform of a real array over all axes, the last of them halved: `[a, ..., n] -> [a, ..., floor(n / 2) + 1]`. */
export const rfftn = (x: ArrayInput, options: TransformOptionsN = {}): ComplexArray => half(x, every(x, options));

/** Inverse of {@link rfftn}, of the sizes `size`; its last entry is even by default, the others are those of `x`. */
export const irfftn = (
  x: SignalInput,
  size?: readonly number[],
  options: Omit<TransformOptionsN, 'size'> = {},
): NdArray => whole(x, every(x, { ...options, ...(size && { size }) }));
