/** The interpolant of least FP-norm: what the linear frequency principle says that a wide network of two layers makes of its samples. */

import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { solvePsd } from '../../linalg/index.js';
import { combine, entry } from './arrays.js';
import { range } from './circle.js';

/** Samples, and how strongly each frequency is learnt. */
export interface FpNorm {
  x: readonly number[];
  y: readonly number[];
  /** Where the interpolant is wanted. */
  at: readonly number[];
  /** `gamma(k) = quartic / k^4 + square / k^2`, k in radians per unit. */
  quartic: number;
  square: number;
  /** Of the Fourier series, in units of x: many times the range of the samples, so that its copies do not meet. */
  period: number;
  /** Frequencies of the series: up to `2 pi frequencies / period`. */
  frequencies: number;
}

/**
 * The function `h(x) = sum_j c_j e^{i k_j x}` over `k_j = 2 pi j / period` of least `sum_j |c_j|^2 / gamma(k_j)` that passes
 * through the samples. Least squares with as many conditions as samples: `c_j = gamma(k_j) sum_i a_i e^{-i k_j x_i}`, where a solves
 * `G a = y`, `G = sum_j gamma(k_j) cos k_j (x_i - x_l)`. A constant costs as little as the lowest frequency by a factor of 1e-4.
 */
export async function fpInterpolant({ x, y, at, quartic, square, period, frequencies }: FpNorm): Promise<Float64Array> {
  const waves = range(1, frequencies).map((j) => (2 * Math.PI * j) / period);
  const weights = waves.map((k) => (quartic / k ** 2 + square) / k ** 2);
  const constant = 1e4 * entry(weights, 0);
  const gram = (points: readonly number[]): NdArray => ({
    data: Float64Array.from(
      points.flatMap((a) =>
        x.map((b) => waves.reduce((sum, k, j) => sum + 2 * entry(weights, j) * Math.cos(k * (a - b)), constant)),
      ),
    ),
    shape: [points.length, x.length],
  });
  const { x: coefficients } = await solvePsd(gram(x), y);
  const cross = rows(gram(at));
  return Float64Array.from(cross, (row) => combine(row, coefficients.data, (a, b) => a * b).reduce((a, b) => a + b, 0));
}
