/** One-dimensional periodic signals, as the experiments sample and measure them. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { describe, finiteResult, type NdArray, toFinite, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber } from '../core/options.js';
import { rfft } from '../spectrum/index.js';

/**
 * `n` points of one period from `-pi`, the end left out: `x_j = -pi + 2 pi j / n`. With both ends the period's first
 * point would count twice, and integer frequencies would leak into each other.
 *
 * @example
 * periodicGrid(4).shape; // => [4, 1]
 */
export function periodicGrid(n: number): NdArray {
  if (n === undefined) throw invalidArgument('n: expected a number of points, got undefined');
  checkInteger(n, 'n', 1, MOST_POINTS);
  return { data: Float64Array.from({ length: n }, (_, j) => -Math.PI + (2 * Math.PI * j) / n), shape: [n, 1] };
}

/** Points that a grid may have. */
const MOST_POINTS = 2 ** 27;

/**
 * A function's values on points `[n, 1]`, as `[n, 1]`.
 * @throws `INVALID_ARGUMENT` for what is no function, or gives anything but numbers
 */
export function sample(points: NdArray, f: (x: number) => number): NdArray {
  const { data, shape } = toNdArray(points, 'points');
  if (typeof f !== 'function') throw invalidArgument(`f: expected a function, got ${describe(f)}`);
  const values = Float64Array.from(data, (x) => {
    const value: unknown = f(x);
    if (typeof value !== 'number') throw invalidArgument(`f(${x}): expected a number, got ${describe(value)}`);
    return value;
  });
  return { data: values, shape };
}

/**
 * `sum_k a_k sin(k x)` on points `[n, 1]`.
 *
 * @example
 * sumOfSines(periodicGrid(4), [1], [2]); // => [[0], [-2], [0], [2]]
 *
 * @param frequencies k, cycles per 2 pi
 * @param amplitudes one number for all, or one each. Default 1
 */
export function sumOfSines(
  points: NdArray,
  frequencies: readonly number[],
  amplitudes: number | readonly number[] = 1,
): NdArray {
  const at = toFinite(points, 'points');
  const k = toList(frequencies, 'frequencies').map((v) => checkNumber(v, 'frequencies'));
  const a = (typeof amplitudes === 'number' ? k.map(() => amplitudes) : toList(amplitudes, 'amplitudes')).map((v) =>
    checkNumber(v, 'amplitudes'),
  );
  if (a.length !== k.length)
    throw invalidShape(`amplitudes: expected ${k.length} as there are frequencies, got ${a.length}`);
  const waves = sample(at, (x) => k.reduce((sum, frequency, i) => sum + (a[i] ?? 0) * Math.sin(frequency * x), 0));
  return finiteResult(waves, 'points, frequencies, amplitudes');
}

/** `sin x + 2 sin 3x`, for titles. */
export const sinesName = (frequencies: readonly number[], amplitudes: number | readonly number[] = 1): string =>
  frequencies
    .map((k, i) => {
      const a = typeof amplitudes === 'number' ? amplitudes : (amplitudes[i] ?? 1);
      return `${a === 1 ? '' : `${a} `}sin ${k === 1 ? '' : k}x`;
    })
    .join(' + ');

/** `|X[k]| / n` for k = 0 .. n/2 of signals `[r, n]` (or `[r, n, 1]`): `[r, floor(n / 2) + 1]`. */
export function amplitudes(signals: NdArray): NdArray {
  const { data, shape: given } = toNdArray(signals, 'signals');
  const [r = 0, n = 0, one = 1] = given;
  if (given.length < 2 || given.length > 3 || one !== 1) {
    throw invalidShape(`signals: expected shape [r, n] or [r, n, 1], got [${given.join(', ')}]`);
  }
  const { re, im, shape } = rfft({ data, shape: [r, n] });
  return { data: Float64Array.from(re, (a, i) => Math.hypot(a, im[i]!) / n), shape };
}
