/** Arrays that the addon writes results to. */
import { FprincipleError } from '../errors.js';
import type { DType } from '../ndarray.js';

/** Most elements of one array of a result, as in the crates. */
const MOST = 2 ** 30;

/**
 * An array of `size` elements, contents unspecified. JavaScript's own memory: it is collected within a loop that never
 * awaits, and reused warm, where memory of the addon's would wait for the event loop and be faulted in page by page (for a
 * transform of a million points that took longer than the transform).
 */
export function resultArray(type: DType, size: number): Float64Array | Float32Array {
  if (!(size <= MOST))
    throw new FprincipleError('OVER_MEMORY_LIMIT', `the result: expected at most 2^30 elements, got ${size}`);
  const [Type, bytes] = type === 'f32' ? ([Float32Array, 4] as const) : ([Float64Array, 8] as const);
  return new Type(Buffer.allocUnsafeSlow(bytes * size).buffer);
}
