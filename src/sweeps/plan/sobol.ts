/**
 * Sobol's low-discrepancy sequence: point i's coordinates are `XOR over the set bits b of gray(i) of v[b] / 2^32`.
 *
 * Direction numbers of Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
 * Comput. 30 (2008), the file new-joe-kuo-6.21201: the sequence of `scipy.stats.qmc.Sobol(scramble=False)`.
 */
import { invalidArgument } from '../../core/errors.js';

/** Each dimension after the first: its primitive polynomial's bits, and the initial numbers m. */
const directions: readonly (readonly [polynomial: number, m: readonly number[]])[] = [
  [3, [1]],
  [7, [1, 3]],
  [11, [1, 3, 1]],
  [13, [1, 1, 1]],
  [19, [1, 1, 3, 3]],
  [25, [1, 3, 5, 13]],
  [37, [1, 1, 5, 5, 17]],
  [41, [1, 1, 5, 5, 5]],
  [47, [1, 1, 7, 11, 19]],
  [55, [1, 1, 5, 1, 1]],
  [59, [1, 1, 1, 3, 11]],
  [61, [1, 3, 5, 5, 31]],
  [67, [1, 3, 3, 9, 7, 49]],
  [91, [1, 1, 1, 15, 21, 21]],
  [97, [1, 3, 1, 13, 27, 49]],
  [103, [1, 1, 1, 15, 7, 5]],
  [109, [1, 3, 1, 15, 13, 25]],
  [115, [1, 1, 5, 5, 19, 61]],
  [131, [1, 3, 7, 11, 23, 15, 103]],
  [137, [1, 3, 7, 13, 13, 15, 69]],
];

/** The most dimensions there are numbers for. */
export const sobolDimensions = directions.length + 1;

const bits = 32;

/** The first `count` points of `[0, 1)^dimensions`, one by one, the origin first: a longer list begins with the shorter one. */
export function* sobol(count: number, dimensions: number): Generator<number[], void, undefined> {
  if (dimensions < 1 || dimensions > sobolDimensions) {
    throw invalidArgument(`sobol: expected 1 to ${sobolDimensions} parameters, got ${dimensions}`);
  }
  const vectors = Array.from({ length: dimensions }, (_, d) => directionNumbers(d));
  const state = new Uint32Array(dimensions);
  for (let i = 0; i < count; i++) {
    // From point i - 1 to point i one bit of the Gray code changes: that of the trailing zeros of i.
    if (i > 0) {
      const bit = 31 - Math.clz32(i & -i);
      for (const [d, numbers] of vectors.entries()) state[d] = (state[d] ?? 0) ^ (numbers[bit] ?? 0);
    }
    yield Array.from(state, (s) => s / 2 ** bits);
  }
}

function directionNumbers(dimension: number): Uint32Array {
  const v = new Uint32Array(bits);
  if (dimension === 0) return v.map((_, b) => 2 ** (bits - 1 - b));
  const [polynomial, m] = directions[dimension - 1]!;
  const degree = m.length;
  for (let b = 0; b < bits; b++) {
    if (b < degree) {
      v[b] = m[b]! * 2 ** (bits - 1 - b);
      continue;
    }
    let next = v[b - degree]! ^ (v[b - degree]! >>> degree);
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) next ^= v[b - k]!;
    v[b] = next;
  }
  return v;
}
