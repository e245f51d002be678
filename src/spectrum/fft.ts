/**
 * Discrete Fourier transforms, `X[k] = sum_n x[n] exp(-2 pi i k n / N)`; the inverse divides by N unless `norm` says
 * otherwise. Over the last axis (the last two for `fft2` and its kin, all for `fftn`) unless others are named, batches over the
 * rest. Any length in O(N log N), primes too; other axes than the last cost a copy each way. f32 stays f32, everything else is
 * f64. Errors: `INVALID_SHAPE` for empty or mismatched arrays, `NON_FINITE` for NaN, infinities and overflow,
 * `INVALID_ARGUMENT` for axes or lengths that make no transform, `OVER_MEMORY_LIMIT` above 2^30 elements.
 */
import { call } from '../native.js';
import {
  type ArrayInput,
  type ComplexArray,
  type DType,
  dtypeOf,
  type NdArray,
  sizeOf,
  toNdArray,
} from '../ndarray.js';
import { checkOptions } from '../options.js';
import { checkLengths, fitted, onLastAxes, type Request, type TransformOptions1 } from './axes.js';
import { type ComplexOut, complexResult, type Out, type RealOut, realResult } from './result.js';
import { type SignalInput, type TransformOptions, toSignal } from './signal.js';

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

const typeOf = ({ re }: { re: Float64Array | Float32Array }): DType => dtypeOf(re);

function transform(x: SignalInput, inverse: boolean, request: Request & Out): ComplexArray {
  const { axes, norm = 'backward', threads } = request;
  const input = toSignal(x, 'x');
  return onLastAxes(input, axes, (moved) => {
    const signal = fitted(moved, request);
    const out = complexResult(request.out, typeOf(signal), sizeOf(signal.shape), input, moved);
    call((addon) => addon.spectrumFftInto(signal, axes.length, inverse, norm, out, threads));
    return { ...out, shape: [...signal.shape] };
  });
}

function half(x: ArrayInput, request: Request & Out): ComplexArray {
  const { axes, norm = 'backward', threads } = request;
  const input = toSignal(toNdArray(x, 'x'), 'x');
  return onLastAxes<ComplexArray>(input, axes, (moved) => {
    const { re: data, shape } = fitted(moved, request);
    const halved = shape.map((n, axis) => (axis === shape.length - 1 && n > 0 ? Math.floor(n / 2) + 1 : n));
    const out = complexResult(request.out, dtypeOf(data), sizeOf(halved), input, moved);
    call((addon) => addon.spectrumRfftInto({ data, shape }, axes.length, norm, out, threads));
    return { ...out, shape: halved };
  });
}

function whole(x: SignalInput, request: Request & Out): NdArray {
  const { axes, lengths, norm = 'backward', threads, out } = request;
  const input = toSignal(x, 'x');
  return onLastAxes<NdArray>(input, axes, (signal) => {
    const last = signal.shape.slice(-axes.length);
    const known = lengths ?? [...last.slice(0, -1), Math.max(1, 2 * (last.at(-1)! - 1))];
    checkLengths(known, axes);
    const shape = [...signal.shape.slice(0, -axes.length), ...known];
    const [type, size] = [typeOf(signal), sizeOf(shape)];
    const data = realResult(out, type, size, input, signal);
    call((addon) => addon.spectrumIrfftInto(signal, [...known], norm, data, threads));
    return { data, shape };
  });
}

function one(options: TransformOptions1 & Out): Request & Out {
  const { n, axis = -1, ...rest } = checkOptions(options, ['n', 'axis', 'norm', 'threads', 'out']);
  return { ...rest, axes: [axis], lengths: n === undefined ? undefined : [n] };
}

function two(options: TransformOptions2 & Out): Request & Out {
  const { size, axes = [-2, -1], ...rest } = checkOptions(options, ['size', 'axes', 'norm', 'threads', 'out']);
  return { ...rest, axes, lengths: size };
}

function every(x: SignalInput, options: TransformOptionsN & Out): Request & Out {
  const { size, axes, ...rest } = checkOptions(options, ['size', 'axes', 'norm', 'threads', 'out']);
  return { ...rest, axes: axes ?? toSignal(x, 'x').shape.map((_, axis) => axis), lengths: size };
}

/**
 * Transform over one axis, the last unless another is named: `X[k] = sum_n x[n] exp(-2 pi i k n / N)`, unscaled by default; for
 * `norm: 'ortho'` divided by sqrt N, for `'forward'` by N. O(N log N) for any N, primes too (Cooley and Tukey 1965, Rader 1968,
 * Bluestein 1970). X[k] belongs to the frequency `fftfreq(N)[k]`, cycles per sample.
 * @param x `[..., N]`, real or complex
 * @returns `[..., N]` (or `n` points), in units of x; f32 stays f32, everything else is f64
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE` for NaN, infinities and overflow, `INVALID_ARGUMENT` for an axis,
 * length or norm of no sense, `OVER_MEMORY_LIMIT` above 2^30 elements
 */
export const fft = (x: SignalInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  transform(x, false, one(options));

/**
 * Inverse of {@link fft}: `x[n] = (1/N) sum_k X[k] exp(2 pi i k n / N)`, the factor 1/N as `norm` says. O(N log N).
 * @param x `[..., N]`, real or complex
 * @returns `[..., N]` (or `n` points), of the type and unit of x
 * @throws as {@link fft}
 */
export const ifft = (x: SignalInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  transform(x, true, one(options));

/**
 * {@link fft} of a real array, the half that says all: frequencies 0 to N/2, the rest being their conjugates. O(N log N), half
 * the work.
 * @param x `[..., N]`, real
 * @returns `[..., floor(N / 2) + 1]`, frequencies `rfftfreq(N)`; unscaled by default
 * @throws as {@link fft}
 */
export const rfft = (x: ArrayInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  half(x, one(options));

/**
 * Inverse of {@link rfft}, divided by N unless `norm` says otherwise. Imaginary parts at frequency zero and N/2 are ignored.
 * O(N log N).
 * @param x `[..., floor(N / 2) + 1]`
 * @param n N, which x must have the points of (unlike NumPy's, nothing is cropped or padded); even by default
 * @returns `[..., N]`, real
 * @throws as {@link fft}
 */
export const irfft = (x: SignalInput, n?: number, options: Omit<TransformOptions1, 'n'> & RealOut = {}): NdArray =>
  whole(x, one({ ...options, ...(n !== undefined && { n }) }));

/**
 * {@link fft} over two axes, the last ones unless others are named; unscaled by default. O(N log N), N = h w.
 * @param x `[..., h, w]`, real or complex
 * @returns `[..., h, w]` (or of `size`)
 * @throws as {@link fft}
 */
export const fft2 = (x: SignalInput, options: TransformOptions2 & ComplexOut = {}): ComplexArray =>
  transform(x, false, two(options));

/**
 * Inverse of {@link fft2}, divided by h w unless `norm` says otherwise. O(N log N), N = h w.
 * @param x `[..., h, w]`, real or complex
 * @returns `[..., h, w]` (or of `size`)
 * @throws as {@link fft}
 */
export const ifft2 = (x: SignalInput, options: TransformOptions2 & ComplexOut = {}): ComplexArray =>
  transform(x, true, two(options));

/**
 * {@link fft2} of a real array, the second of the axes halved; unscaled by default. O(N log N), N = h w, half the work.
 * @param x `[..., h, w]`, real
 * @returns `[..., h, floor(w / 2) + 1]`
 * @throws as {@link fft}
 */
export const rfft2 = (x: ArrayInput, options: TransformOptions2 & ComplexOut = {}): ComplexArray =>
  half(x, two(options));

/**
 * Inverse of {@link rfft2}, divided by h w unless `norm` says otherwise. O(N log N), N = h w.
 * @param x `[..., h, floor(w / 2) + 1]`
 * @param size `[h, w]`, which x must have the points of; w even by default
 * @returns `[..., h, w]`, real
 * @throws as {@link fft}
 */
export const irfft2 = (
  x: SignalInput,
  size?: readonly [number, number],
  options: Omit<TransformOptions2, 'size'> & RealOut = {},
): NdArray => whole(x, two({ ...options, ...(size && { size }) }));

/**
 * {@link fft} over all axes, or those named; unscaled by default. O(N log N), N all elements.
 * @param x `[a, ..., n]`, real or complex
 * @returns of that shape (or of `size`)
 * @throws as {@link fft}
 */
export const fftn = (x: SignalInput, options: TransformOptionsN & ComplexOut = {}): ComplexArray =>
  transform(x, false, every(x, options));

/**
 * Inverse of {@link fftn}, divided by the points transformed unless `norm` says otherwise. O(N log N), N all elements.
 * @param x `[a, ..., n]`, real or complex
 * @returns of that shape (or of `size`)
 * @throws as {@link fft}
 */
export const ifftn = (x: SignalInput, options: TransformOptionsN & ComplexOut = {}): ComplexArray =>
  transform(x, true, every(x, options));

/**
 * {@link fftn} of a real array, the last of the axes halved; unscaled by default. O(N log N), N all elements, half the work.
 * @param x `[a, ..., n]`, real
 * @returns `[a, ..., floor(n / 2) + 1]`
 * @throws as {@link fft}
 */
export const rfftn = (x: ArrayInput, options: TransformOptionsN & ComplexOut = {}): ComplexArray =>
  half(x, every(x, options));

/**
 * Inverse of {@link rfftn}, divided by the points transformed unless `norm` says otherwise. O(N log N), N all elements.
 * @param x `[a, ..., floor(n / 2) + 1]`
 * @param size `[a, ..., n]`, which x must have the points of; n even by default
 * @returns `[a, ..., n]`, real
 * @throws as {@link fft}
 */
export const irfftn = (
  x: SignalInput,
  size?: readonly number[],
  options: Omit<TransformOptionsN, 'size'> & RealOut = {},
): NdArray => whole(x, every(x, { ...options, ...(size && { size }) }));
