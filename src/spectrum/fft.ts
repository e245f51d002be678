/**
 * Discrete Fourier transforms, `X[k] = sum_n x[n] exp(-2 pi i k n / N)`; the inverse divides by N unless `norm` says
 * otherwise. Over the last axis (the last two for `fft2` and its kin, all for `fftn`) unless others are named, batches over the
 * rest. Any length in O(N log N), primes too; other axes than the last cost a copy each way. f32 stays f32, everything else is
 * f64. Errors: `INVALID_SHAPE` for empty or mismatched arrays, `NON_FINITE` for NaN, infinities and overflow,
 * `INVALID_ARGUMENT` for axes or lengths that make no transform, `OVER_MEMORY_LIMIT` above 2^30 elements.
 */
import type { JsSignal } from '../../bindings/index.cjs';
import { invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import {
  type ArrayInput,
  type ComplexArray,
  type DType,
  dtypeOf,
  type NdArray,
  sizeOf,
  toNdArray,
} from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { type SignalInput, toSignal } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { checkLengths, fitted, oneAxis, onLastAxes, type Request, repeats, type TransformOptions1 } from './axes.js';
import { NORMS, type TransformOptions } from './options.js';
import { type ComplexOut, complexResult, type Out, type RealOut, realResult } from './result.js';

/** Options of transforms over two axes. */
export interface TransformOptions2 extends TransformOptions {
  /** Sizes of the transform: the axes are cropped or padded with zeros to them first, as NumPy's `s`. */
  size?: readonly [number, number];
  /** The axes transformed, counted from the end where negative, one named twice being transformed twice; the last two by default. */
  axes?: readonly [number, number];
}

/** Options of transforms over any axes. */
export interface TransformOptionsN extends TransformOptions {
  /** Sizes of the transform, one an axis: the axes are cropped or padded with zeros to them first, as NumPy's `s`. */
  size?: readonly number[];
  /** The axes transformed, counted from the end where negative, one named twice being transformed twice; all by default. */
  axes?: readonly number[];
}

const typeOf = ({ re }: { re: Float64Array | Float32Array }): DType => dtypeOf(re);

/** The request for the axis that stands at `index` of those of `request`. */
const single = ({ axes, lengths, ...rest }: Request, index: number): Request => ({
  ...rest,
  axes: axes.slice(index, index + 1),
  lengths: lengths?.slice(index, index + 1),
});

/**
 * The request for transforms axis by axis, where one is named twice: every length is fixed before the first of them, as
 * NumPy does, so that an axis which was halved is padded again.
 */
function axisByAxis({ shape }: JsSignal, { out, ...request }: Request & Out): Request & { lengths: readonly number[] } {
  if (out !== undefined) throw invalidArgument('out: expected different axes, got one twice');
  const { axes, lengths = axes.map((axis) => shape.at(axis) ?? 0) } = request;
  checkLengths(lengths, axes);
  return { ...request, lengths };
}

/** Transforms over the axes named, the last of them first: with an axis named twice this is not the same in any order. */
const eachAxis = (x: SignalInput, inverse: boolean, request: Request): ComplexArray =>
  [...request.axes.keys()].reduceRight<SignalInput>(
    (signal, index) => transform(signal, inverse, single(request, index)),
    x,
  ) as ComplexArray;

/** A request with its scaling and threads checked. */
function scaled({ norm = 'backward', threads, ...rest }: Request & Out) {
  return { ...rest, norm: checkChoice(norm, NORMS, 'norm'), threads: checkThreads(threads) };
}

function transform(x: SignalInput, inverse: boolean, request: Request & Out): ComplexArray {
  const { axes, norm, threads } = scaled(request);
  const input = toSignal(x, 'x');
  if (repeats(axes, input.shape.length)) {
    return eachAxis(x, inverse, axisByAxis(input, request));
  }
  return onLastAxes(input, axes, (moved) => {
    const signal = fitted(moved, request);
    const out = complexResult(request.out, typeOf(signal), sizeOf(signal.shape), input, moved);
    call((addon) => addon.spectrumFftInto(signal, axes.length, inverse, norm, out, threads));
    return { ...out, shape: [...signal.shape] };
  });
}

function half(x: ArrayInput, request: Request & Out): ComplexArray {
  const { axes, norm, threads } = scaled(request);
  const input = toSignal(toNdArray(x, 'x'), 'x');
  if (repeats(axes, input.shape.length)) {
    const each = axisByAxis(input, request);
    const last = axes.length - 1;
    const first = half(x, single(each, last));
    return eachAxis(first, false, { ...each, axes: axes.slice(0, last), lengths: each.lengths.slice(0, last) });
  }
  return onLastAxes<ComplexArray>(input, axes, (moved) => {
    const { re: data, shape } = fitted(moved, request);
    const halved = shape.map((n, axis) => (axis === shape.length - 1 && n > 0 ? Math.floor(n / 2) + 1 : n));
    const out = complexResult(request.out, dtypeOf(data), sizeOf(halved), input, moved);
    call((addon) => addon.spectrumRfftInto({ data, shape }, axes.length, norm, out, threads));
    return { ...out, shape: halved };
  });
}

function whole(x: SignalInput, request: Request & Out): NdArray {
  const { axes, lengths, norm, threads, out } = scaled(request);
  const input = toSignal(x, 'x');
  if (repeats(axes, input.shape.length)) {
    const each = axisByAxis(input, request);
    const last = axes.length - 1;
    // NumPy goes through the axes in their order here, and takes the real one last: even by default.
    const before = axes.slice(0, last).reduce<SignalInput>((s, _, i) => transform(s, true, single(each, i)), x);
    const n = lengths?.[last] ?? Math.max(1, 2 * ((each.lengths[last] ?? 0) - 1));
    return whole(before, { ...single(each, last), lengths: [n] });
  }
  return onLastAxes<NdArray>(input, axes, (moved) => {
    const last = moved.shape.slice(-axes.length);
    const known = lengths ?? [...last.slice(0, -1), Math.max(1, 2 * ((last.at(-1) ?? 0) - 1))];
    checkLengths(known, axes);
    const shape = [...moved.shape.slice(0, -axes.length), ...known];
    const data = realResult(out, typeOf(moved), sizeOf(shape), input, moved);
    const halved = [...known.slice(0, -1), Math.floor((known.at(-1) ?? 0) / 2) + 1];
    const fits = lengths === undefined || halved.every((n, i) => n === last[i]);
    const signal = fits ? moved : fitted(moved, { axes, lengths: halved });
    call((addon) => addon.spectrumIrfftInto(signal, [...known], norm, data, threads));
    return { data, shape };
  });
}

/** Options of every transform. */
const SHARED = ['norm', 'threads', 'out'] as const;

function one(options: TransformOptions1 & Out): Request & Out {
  const { n, axis = -1, ...rest } = checkOptions(options, [...SHARED, 'n', 'axis']);
  return { ...rest, ...oneAxis(axis, n) };
}

function two(options: TransformOptions2 & Out): Request & Out {
  const { size, axes = [-2, -1], ...rest } = checkOptions(options, [...SHARED, 'size', 'axes']);
  return { ...rest, axes, lengths: size };
}

function every(x: SignalInput, options: TransformOptionsN & Out): Request & Out {
  const { size, axes, ...rest } = checkOptions(options, [...SHARED, 'size', 'axes']);
  return { ...rest, axes: axes ?? toSignal(x, 'x').shape.map((_, axis) => axis), lengths: size };
}

/**
 * Transform over one axis, the last unless another is named: `X[k] = sum_n x[n] exp(-2 pi i k n / N)`, unscaled by default; for
 * `norm: 'ortho'` divided by sqrt N, for `'forward'` by N. O(N log N) for any N, primes too (Cooley and Tukey 1965, Rader 1968,
 * Bluestein 1970). X[k] belongs to the frequency `fftfreq(N)[k]`, cycles per sample.
 *
 * @example
 * fft([1, 0, -1, 0]).re; // => [0, 2, 0, 2]
 *
 * @param x `[..., N]`, real or complex
 * @returns `[..., N]` (or `n` points), in units of x; f32 stays f32, everything else is f64
 * @throws `INVALID_SHAPE` for an empty array, `NON_FINITE` for NaN, infinities and overflow, `INVALID_ARGUMENT` for an axis,
 * length or norm of no sense, `OVER_MEMORY_LIMIT` above 2^30 elements
 */
export const fft = (x: SignalInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  transform(x, false, one(options));

/**
 * Inverse of {@link fft}: `x[n] = (1/N) sum_k X[k] exp(2 pi i k n / N)`, the factor 1/N as `norm` says. O(N log N).
 *
 * @example
 * ifft(fft([1, 2, 3])).re; // => [1, 2, 3]
 *
 * @param x `[..., N]`, real or complex
 * @returns `[..., N]` (or `n` points), of the type and unit of x
 * @throws as {@link fft}
 */
export const ifft = (x: SignalInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  transform(x, true, one(options));

/**
 * {@link fft} of a real array, the half that says all: frequencies 0 to N/2, the rest being their conjugates. O(N log N), half
 * the work.
 *
 * @example
 * rfft([1, 0, -1, 0]).re; // => [0, 2, 0]
 *
 * @param x `[..., N]`, real
 * @returns `[..., floor(N / 2) + 1]`, frequencies `rfftfreq(N)`; unscaled by default
 * @throws as {@link fft}
 */
export const rfft = (x: ArrayInput, options: TransformOptions1 & ComplexOut = {}): ComplexArray =>
  half(x, one(options));

/**
 * Inverse of {@link rfft}, divided by N unless `norm` says otherwise. Imaginary parts at frequency zero and N/2 are ignored.
 * O(N log N).
 *
 * @example
 * irfft(rfft([1, 2, 3]), 3); // => [1, 2, 3]
 *
 * @param x `[..., floor(N / 2) + 1]`
 * @param n N; x is cropped, or padded with zeros, to the floor(N / 2) + 1 points that it has then, as NumPy's; by default even,
 * twice the points but the first
 * @returns `[..., N]`, real
 * @throws as {@link fft}
 */
export const irfft = (x: SignalInput, n?: number, options: Omit<TransformOptions1, 'n'> & RealOut = {}): NdArray =>
  whole(x, one({ ...checkOptions(options, [...SHARED, 'axis']), ...(n !== undefined && { n }) }));

/**
 * {@link fft} over two axes, the last ones unless others are named; unscaled by default. O(N log N), N = h w.
 *
 * @example
 * fft2([[1, 0], [0, 0]]).re; // => [1, 1, 1, 1]
 *
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
 * @param size `[h, w]`; x is cropped or padded with zeros to `[h, floor(w / 2) + 1]`; w even by default
 * @returns `[..., h, w]`, real
 * @throws as {@link fft}
 */
export const irfft2 = (
  x: SignalInput,
  size?: readonly [number, number],
  options: Omit<TransformOptions2, 'size'> & RealOut = {},
): NdArray => whole(x, two({ ...checkOptions(options, [...SHARED, 'axes']), ...(size !== undefined && { size }) }));

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
 * @param size `[a, ..., n]`; x is cropped or padded with zeros to `[a, ..., floor(n / 2) + 1]`; n even by default
 * @returns `[a, ..., n]`, real
 * @throws as {@link fft}
 */
export const irfftn = (
  x: SignalInput,
  size?: readonly number[],
  options: Omit<TransformOptionsN, 'size'> & RealOut = {},
): NdArray =>
  whole(x, every(x, { ...checkOptions(options, [...SHARED, 'axes']), ...(size !== undefined && { size }) }));
