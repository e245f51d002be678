import { runTask } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import { type KernelTaskOptions, threadCount } from './options.js';

/**
 * Eigenvalues and eigenvectors of a symmetric matrix.
 *
 * @param a `[n, n]`, f32 or f64 (kept). Symmetric to the square root of its type's epsilon; both triangles are averaged.
 * @returns `values` `[n]` ascending, `vectors` `[n, n]` with the k-th eigenvector in column k
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (not symmetric), `ABORTED`
 */
export async function eigh(
  a: ArrayInput,
  { signal, threads }: KernelTaskOptions = {},
): Promise<{ values: NdArray; vectors: NdArray }> {
  const matrix = toNdArray(a, 'a', 2);
  const count = threadCount(threads);
  return runTask((addon, control) => addon.eigh(control, matrix, count), { signal, rejectAtOnce: true });
}
