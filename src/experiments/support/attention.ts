/** Attention as a matrix that mixes tokens, and what it does to frequencies along them. */
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { entry } from './arrays.js';
import { softmax } from './classification.js';

/** Tokens `[n, width]`, each a list. */
export type Tokens = readonly Float64Array[];

/**
 * The patterns `softmax(gain Q K^T / sqrt(size))` of every head for one sequence, each `n` rows of n.
 *
 * @param weights `[3 width, width]` and `[3 width]`, the projections to queries, keys and values one under the other (PyTorch's `in_proj`)
 */
export function attentionPatterns(
  tokens: Tokens,
  weights: { weight: NdArray; bias: NdArray },
  heads: number,
  gain = 1,
): Float64Array[][] {
  const width = tokens[0]?.length ?? 0;
  const size = width / heads;
  const projections = rows(weights.weight);
  const project = (row: number) =>
    tokens.map((token) =>
      entry(projections, row).reduce((sum, w, i) => sum + w * entry(token, i), entry(weights.bias.data, row)),
    );
  return Array.from({ length: heads }, (_, h) => {
    const [queries, keys] = [0, width].map((from) =>
      Array.from({ length: size }, (__, i) => project(from + h * size + i)),
    );
    const scores = tokens.flatMap((_, i) =>
      tokens.map((__, j) => {
        const product = (queries ?? []).reduce((sum, q, c) => sum + entry(q, i) * entry(entry(keys ?? [], c), j), 0);
        return (gain * product) / Math.sqrt(size);
      }),
    );
    return rows({ data: softmax(scores, tokens.length), shape: [tokens.length, tokens.length] });
  });
}

/** `A x` for a matrix by rows, x a number a token. */
export const mixed = (pattern: readonly Float64Array[], x: ArrayLike<number>): Float64Array =>
  Float64Array.from(pattern, (row) => row.reduce((sum, a, j) => sum + a * entry(x, j), 0));

/** What of values over tokens is not their mean: all frequencies but zero. */
export function lessMean(x: Float64Array): Float64Array {
  const middle = x.reduce((a, b) => a + b, 0) / x.length;
  return x.map((v) => v - middle);
}

/** Sum of squares. */
export const energy = (x: Float64Array): number => x.reduce((sum, v) => sum + v * v, 0);

/** The feature lists of tokens: one list over the tokens for each. */
export const featuresOf = (tokens: Tokens): Float64Array[] =>
  Array.from(tokens[0] ?? [], (_, c) => Float64Array.from(tokens, (token) => entry(token, c)));

/** Dobrushin's coefficient of a matrix of which each row is a distribution: half of the largest difference (sum of magnitudes) of two rows. */
export function dobrushin(pattern: readonly Float64Array[]): number {
  let largest = 0;
  for (const a of pattern)
    for (const b of pattern)
      largest = Math.max(largest, a.reduce((sum, v, j) => sum + Math.abs(v - entry(b, j)), 0) / 2);
  return largest;
}
