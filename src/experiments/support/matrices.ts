/** Small dense matrices `[rows, columns]`, f64. What is large goes to the engine. */

import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { entry } from './arrays.js';

/** The unit matrix. */
export const identity = (n: number): NdArray => ({
  data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  shape: [n, n],
});

/** `a b`, for `[m, k]` and `[k, n]`. */
export function multiply(a: NdArray, b: NdArray): NdArray {
  const [m = 0] = a.shape;
  const n = b.shape[1] ?? 0;
  const data = new Float64Array(m * n);
  const right = rows(b);
  for (const [i, weights] of rows(a).entries()) {
    const out = data.subarray(i * n, (i + 1) * n);
    for (const [l, row] of right.entries()) {
      const weight = entry(weights, l);
      for (const [j, v] of row.entries()) out[j] = entry(out, j) + weight * v;
    }
  }
  return { data, shape: [m, n] };
}
