/** The circle as experiments on kernels use it: what depends on the angle alone is diagonal in Fourier's basis. */

import type { NdArray } from '../../core/ndarray.js';
import { kernelRates } from '../../kernels/index.js';
import { period } from './arrays.js';

/** `n` equispaced points of the unit circle, `[n, 2]`, from angle 0. */
export function circlePoints(n: number): NdArray {
  const angles = period(0, 2 * Math.PI, n);
  return { data: Float64Array.from(angles.flatMap((t) => [Math.cos(t), Math.sin(t)])), shape: [n, 2] };
}

/**
 * The eigenvalue that a kernel `[n, n]` on n equispaced points of a period has at each of `frequencies` (passes a
 * period): `e^T K e` for unit waves e. Of a circulant kernel these are its eigenvalues, of another one the mean that its
 * eigenvectors have there.
 */
export function eigenvaluesByFrequency(kernel: NdArray, frequencies: readonly number[]): number[] {
  const n = kernel.shape[0] ?? 0;
  const rates = kernelRates(kernel, period(0, 1, n), [...frequencies]);
  return Array.from(rates.data, (rate) => (rate * n) / 2);
}

/** `from`, `from + 1`, ..., `to`. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
