/** Small dense matrices `[rows, columns]`, f64. What is large goes to the engine. */

import type { NdArray } from '../../core/ndarray.js';

/** The unit matrix. */
export const identity = (n: number): NdArray => ({
  data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  shape: [n, n],
});

/** `a b`, for `[m, k]` and `[k, n]`. */
export function multiply(a: NdArray, b: NdArray): NdArray {
  const [m = 0, k = 0] = a.shape;
  const n = b.shape[1] ?? 0;
  const data = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const weight = a.data[i * k + l] as number;
      for (let j = 0; j < n; j++)
        data[i * n + j] = (data[i * n + j] as number) + weight * (b.data[l * n + j] as number);
    }
  }
  return { data, shape: [m, n] };
}

/** Rows as columns. */
export function transpose({ data, shape }: NdArray): NdArray {
  const [m = 0, n = 0] = shape;
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = data[i * n + j] as number;
  return { data: out, shape: [n, m] };
}
