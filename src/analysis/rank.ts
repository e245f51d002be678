/** How many directions a matrix uses. */
import { invalidArgument } from '../core/errors.js';
import { type ArrayInput, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { spectrumMeasures } from '../kernels/reading.js';
import { singularValues } from '../spectrum/layers.js';

/** Which of two definitions an effective rank has. */
export interface EffectiveRankOptions {
  /**
   * What the shares p are of: `values` (default), p = s / sum s, as Roy and Vetterli define it and as the probe `rank` has it;
   * `squares`, p = s^2 / sum s^2, of the eigenvalues of `a^T a`: smaller, since large values count for more.
   */
  of?: 'values' | 'squares';
}

/**
 * The effective rank `exp(-sum p ln p)` of a matrix with singular values s, p = s / sum s (Roy and Vetterli 2007): from 1 to the
 * rank, r for r equal values; 0 for a matrix of zeros. O(n m min(n, m)).
 *
 * @example
 * effectiveRank([[2, 0], [0, 2]]); // => 2
 *
 * @param a `[n, m]`; with more axes the first down and the others across, as a weight `[out, in, kh, kw]`
 * @throws `INVALID_SHAPE` for an empty array or one axis, `NON_FINITE`, `INVALID_ARGUMENT`
 */
export function effectiveRank(a: ArrayInput, options?: EffectiveRankOptions): number {
  const { of = 'values' } = checkOptions(options, ['of']);
  checkChoice(of, ['values', 'squares'], 'of');
  const { data } = relative(a);
  return spectrumMeasures(of === 'values' ? data : data.map((s) => s * s)).effectiveRank;
}

/**
 * The stable rank `sum s^2 / s_1^2`, s the singular values: from 1 to the rank, and little moved by small values; 0 for a matrix
 * of zeros (Rudelson and Vershynin 2007). O(n m min(n, m)).
 *
 * @example
 * stableRank([[2, 0], [0, 1]]); // => 1.25
 *
 * @param a as {@link effectiveRank}
 * @throws as {@link effectiveRank}
 */
export const stableRank = (a: ArrayInput): number => relative(a).data.reduce((sum, s) => sum + s * s, 0);

/** Singular values over the largest, so that no square overflows; zeros stay. */
function relative(a: ArrayInput): { data: Float64Array } {
  const array = toNdArray(a, 'a');
  if (array.shape.length < 2) throw invalidArgument(`a: expected a matrix, got shape [${array.shape.join(', ')}]`);
  const { values } = singularValues(array);
  const largest = values.data[0] ?? 0;
  return { data: Float64Array.from(values.data, (s) => (largest > 0 ? s / largest : 0)) };
}
