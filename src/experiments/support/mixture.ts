/** Matrices that are functions on a grid: one whose low frequencies have high rank, and what is done with it. */
import type { NdArray } from '../../core/ndarray.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry, mean, period, rms } from './arrays.js';

/** `sum_{k <= K} cos k(x - y)` plus `sin mx sin my`, of equal energy, over one period on an n x n grid. */
export function mixtureOf(n: number, tones: number, high: number): NdArray {
  const t = period(0, 2 * Math.PI, n);
  const amplitude = Math.sqrt(2 * tones);
  const low = (x: number, y: number): number =>
    Array.from({ length: tones }, (_, k) => Math.cos((k + 1) * (x - y))).reduce((a, b) => a + b, 0);
  const value = (x: number, y: number): number => low(x, y) + amplitude * Math.sin(high * x) * Math.sin(high * y);
  return { data: Float64Array.from(t.flatMap((x) => t.map((y) => value(x, y)))), shape: [n, n] };
}

/** The same with mean 0 and mean square 1. */
export function unit({ data, shape }: NdArray): NdArray {
  const middle = mean(data);
  const centred = Float64Array.from(data, (v) => v - middle);
  const size = rms(centred);
  return { data: centred.map((v) => v / size), shape };
}

/** The places 0 to n - 1 in a random order. */
export const permutation = (n: number, seed: number, stream: string): number[] => {
  const noise = gaussianNoise(n, { seed, stream }).data;
  return Array.from(noise.keys()).sort((i, j) => entry(noise, i) - entry(noise, j));
};

export const reordered = ({ data, shape }: NdArray, rows: number[], order: number[]): NdArray => ({
  data: Float64Array.from(rows.flatMap((i) => order.map((j) => entry(data, i * order.length + j)))),
  shape,
});

/** Points of [-pi, pi)^2, `[n^2, 2]`, in the order of a matrix's entries. */
export function gridPoints(n: number): NdArray {
  const t = period(-Math.PI, Math.PI, n);
  return { data: Float64Array.from(t.flatMap((x) => t.flatMap((y) => [x, y]))), shape: [n * n, 2] };
}
