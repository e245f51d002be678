/** The convolution theorem by hand, to be compared with direct sums. */
import type { NdArray } from '../../core/ndarray.js';
import { fft, ifft } from '../../spectrum/index.js';

/** `ifft(fft(a) fft(b))` of two real lists of equal length; `conjugate` takes the conjugate of a's spectrum. */
export function productOfSpectra(a: NdArray, b: NdArray, { conjugate = false } = {}): Float64Array {
  const [u, v] = [fft(a), fft(b)];
  const sign = conjugate ? -1 : 1;
  const combined = (first: ArrayLike<number>, second: ArrayLike<number>, turn: number): Float64Array =>
    Float64Array.from(u.re, (re, k) => re * (first[k] ?? 0) + turn * (u.im[k] ?? 0) * (second[k] ?? 0));
  const product = { re: combined(v.re, v.im, -sign), im: combined(v.im, v.re, sign), shape: a.shape };
  return Float64Array.from(ifft(product).re);
}

/** Real values with zeros behind them, `[length]`. */
export function padded(values: ArrayLike<number>, length: number): NdArray {
  const data = new Float64Array(length);
  data.set(Array.from(values));
  return { data, shape: [length] };
}
