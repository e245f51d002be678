/** Small conversions that experiments share. */
import type { ComplexArray, NdArray } from '../../core/ndarray.js';

/** Numbers as a column `[n, 1]`. */
export const asColumn = (values: ArrayLike<number>): NdArray => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});

/** Equal rows as a matrix `[rows, n]`. */
export const stacked = (rows: readonly ArrayLike<number>[]): NdArray => ({
  data: Float64Array.from(rows.flatMap((row) => Array.from(row))),
  shape: [rows.length, rows[0]?.length ?? 0],
});

/** `count` equispaced numbers from `start` on, `end` left out: the samples of one period. */
export const period = (start: number, end: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => start + ((end - start) * i) / count);

/** Entry `i` of a list. @throws RangeError where the list ends before it */
export function entry<T>(list: ArrayLike<T>, i: number): T {
  const value = list[i];
  if (value === undefined) throw new RangeError(`entry ${i} of a list of ${list.length}`);
  return value;
}

/** The names of an object that is written out, in their order. */
export const keysOf = <K extends string>(object: Readonly<Record<K, unknown>>): K[] => Object.keys(object) as K[];

/** `f(a_i, b_i)` over two lists of equal length. */
export const combine = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  f: (a: number, b: number) => number,
): Float64Array => Float64Array.from(a, (v, i) => f(v, entry(b, i)));

/** The magnitudes of complex numbers. */
export const magnitudes = ({ re, im }: Pick<ComplexArray, 're' | 'im'>): Float64Array => combine(re, im, Math.hypot);

/** Root of the mean of the squared differences. */
export const rmsDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(combine(a, b, (v, w) => (v - w) ** 2).reduce((sum, v) => sum + v, 0) / a.length);

/** `|a - b| / |b|`, Euclidean. */
export const relativeError = (a: ArrayLike<number>, b: ArrayLike<number>): number => rmsDifference(a, b) / rms(b);

/** Root of the mean square. */
export const rms = (a: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a, (v) => v * v).reduce((sum, v) => sum + v, 0) / a.length);

/** The mean of the values. */
export const mean = (a: ArrayLike<number>): number => Array.from(a).reduce((sum, v) => sum + v, 0) / a.length;

/** Slope of y over x by least squares. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const rise = x.reduce((sum, v, i) => sum + (v - mx) * ((y[i] ?? Number.NaN) - my), 0);
  return rise / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

/** The largest difference between two lists of equal length. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - (b[i] ?? Number.NaN))), 0);
