/** One-dimensional periodic signals, as the experiments sample and measure them. */
import type { NdArray } from '../ndarray.js';
import { rfft } from '../spectrum/index.js';

/**
 * `n` points of one period from `-pi`, the end left out: `x_j = -pi + 2 pi j / n`. With both ends the period's first
 * point would count twice, and integer frequencies would leak into each other.
 */
export function periodicGrid(n: number): NdArray {
  return { data: Float64Array.from({ length: n }, (_, j) => -Math.PI + (2 * Math.PI * j) / n), shape: [n, 1] };
}

/** A function's values on points `[n, 1]`, as `[n, 1]`. */
export function sample(points: NdArray, f: (x: number) => number): NdArray {
  return { data: Float64Array.from(points.data, f), shape: points.shape };
}

/** `|X[k]| / n` for k = 0 .. n/2 of signals `[r, n]` (or `[r, n, 1]`): `[r, floor(n / 2) + 1]`. */
export function amplitudes(signals: NdArray): NdArray {
  const [r = 0, n = 0] = signals.shape;
  const { re, im, shape } = rfft({ data: signals.data, shape: [r, n] });
  return { data: Float64Array.from(re, (a, i) => Math.hypot(a, im[i]!) / n), shape };
}

/**
 * Bandwidth: the frequency up to which a spectrum `[k]` of amplitudes (k = 0, 1, ...) holds `share` of its power, the
 * mean (k = 0) left out; between two frequencies by linear interpolation of the cumulated power. 0 where there is no power,
 * NaN where an amplitude is not finite.
 */
export function bandwidth(amplitude: ArrayLike<number>, share = 0.95): number {
  let total = 0;
  for (let k = 1; k < amplitude.length; k++) total += amplitude[k]! ** 2;
  if (!Number.isFinite(total)) return Number.NaN;
  let below = 0;
  for (let k = 1; k < amplitude.length; k++) {
    const power = amplitude[k]! ** 2;
    if (power > 0 && below + power >= share * total) return k - 1 + (share * total - below) / power;
    below += power;
  }
  return 0;
}
