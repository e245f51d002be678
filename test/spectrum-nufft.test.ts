/** NUFFT of types 1, 2 and 3 against the sums that define them, over tolerances and dimensions. */
import { describe, expect, test } from 'vitest';
import { type ComplexArray, FprincipleError, type NdArray, nufft1, nufft2, nufft3 } from '../src/index.js';

/** Numbers in (-1, 1) without structure. */
const scattered = (n: number, seed: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    const x = Math.sin((i + 1) * seed) * 43_758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });

/** `out[i] = sum_j c_j exp(sign 2 pi i rows_i . columns_j)`, products reduced in turns. */
function sums(rows: NdArray, columns: NdArray, c: ComplexArray, sign: number): ComplexArray {
  const [n = 0, d = 1] = rows.shape;
  const m = columns.shape[0]!;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let turns = 0;
      for (let a = 0; a < d; a++) turns += rows.data[i * d + a]! * columns.data[j * d + a]!;
      const angle = sign * 2 * Math.PI * (turns - Math.round(turns));
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      re[i]! += c.re[j]! * cos - c.im[j]! * sin;
      im[i]! += c.re[j]! * sin + c.im[j]! * cos;
    }
  return { re, im, shape: [n] };
}

/** Root mean square of the difference over that of what is exact. */
function error(got: ComplexArray, exact: ComplexArray): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < exact.re.length; i++) {
    difference += (got.re[i]! - exact.re[i]!) ** 2 + (got.im[i]! - exact.im[i]!) ** 2;
    size += exact.re[i]! ** 2 + exact.im[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

/** Every mode of the sizes given, `[total, d]`, slowest axis first, from -floor(N/2) on. */
function modeList(sizes: number[]): NdArray {
  const total = sizes.reduce((a, b) => a * b, 1);
  const data = new Float64Array(total * sizes.length);
  for (let m = 0; m < total; m++) {
    let rest = m;
    for (let a = sizes.length - 1; a >= 0; a--) {
      data[m * sizes.length + a] = (rest % sizes[a]!) - Math.floor(sizes[a]! / 2);
      rest = Math.floor(rest / sizes[a]!);
    }
  }
  return { data, shape: [total, sizes.length] };
}

describe.each([[[40]], [[12, 15]], [[6, 7, 8]]])('modes %j', (sizes) => {
  const d = sizes.length;
  const n = 200;
  const points = { data: scattered(n * d, 1.3).map((x) => 1.7 * x), shape: [n, d] };
  const frequencies = { data: scattered(50 * d, 2.1).map((x) => 3 * x + 1), shape: [50, d] };
  const modes = modeList(sizes);
  const total = modes.shape[0]!;
  const values = { re: scattered(n, 0.71), im: scattered(n, 0.37), shape: [n] };
  const coefficients = { re: scattered(total, 0.53), im: scattered(total, 0.91), shape: sizes };
  const exact = [
    sums(modes, points, values, -1),
    sums(points, modes, coefficients, 1),
    sums(frequencies, points, values, -1),
  ] as const;

  test.each(Array.from({ length: 12 }, (_, i) => 10 ** -(i + 2)))('keeps the tolerance %d', (tolerance) => {
    const one = nufft1(points, values, sizes, { tolerance });
    expect(one.shape).toEqual(sizes);
    expect(error(one, exact[0])).toBeLessThanOrEqual(tolerance);
    const two = nufft2(points, coefficients, { tolerance, direction: 'inverse' });
    expect(two.shape).toEqual([n]);
    expect(error(two, exact[1])).toBeLessThanOrEqual(tolerance);
    const three = nufft3(points, values, frequencies, { tolerance });
    expect(error(three, exact[2])).toBeLessThanOrEqual(tolerance);
  });
});

test('real values, bare arrays, the sign', () => {
  const forward = nufft1([0.25], [1], [4]);
  // exp(-2 pi i k / 4) for k = -2..1
  expect(forward.re.map((v) => Math.round(v * 1e9) / 1e9 + 0)).toEqual(Float64Array.of(-1, 0, 1, 0));
  expect(forward.im.map((v) => Math.round(v * 1e9) / 1e9 + 0)).toEqual(Float64Array.of(0, 1, 0, -1));
  const inverse = nufft1([0.25], [1], [4], { direction: 'inverse' });
  expect(inverse.im[1]).toBeCloseTo(-1, 9);
});

describe('bad input', () => {
  const cases: [string, () => unknown, string][] = [
    ['no points', () => nufft1([], [], [4]), 'INVALID_SHAPE'],
    ['values', () => nufft1([0.1, 0.2], [1], [4]), 'INVALID_SHAPE'],
    ['dimensions', () => nufft1([0.1, 0.2], [1, 1], [4, 4]), 'INVALID_SHAPE'],
    ['four dimensions', () => nufft3([[0, 0, 0, 0]], [1], [[0, 0, 0, 0]]), 'INVALID_ARGUMENT'],
    ['frequencies of another dimension', () => nufft3([0.1], [1], [[1, 2]]), 'INVALID_SHAPE'],
    ['NaN point', () => nufft2([Number.NaN], [1, 2]), 'NON_FINITE'],
    ['NaN value', () => nufft1([0.1], [Number.NaN], [4]), 'NON_FINITE'],
    ['infinite coefficient', () => nufft2([0.1], [Number.POSITIVE_INFINITY]), 'NON_FINITE'],
    ['tolerance', () => nufft1([0.1], [1], [4], { tolerance: 0 }), 'INVALID_ARGUMENT'],
    ['a fraction of a mode', () => nufft1([0.1], [1], [2.5]), 'INVALID_ARGUMENT'],
    ['huge', () => nufft1([0.1], [1], [2 ** 29]), 'OVER_MEMORY_LIMIT'],
    ['far apart', () => nufft3([0, 1e12], [1, 1], [0, 1e12]), 'OVER_MEMORY_LIMIT'],
  ];
  test.each(cases)('%s', (_, run, code) => {
    try {
      run();
    } catch (failure) {
      expect(failure).toBeInstanceOf(FprincipleError);
      expect((failure as FprincipleError).code).toBe(code);
      return;
    }
    throw new Error('nothing was refused');
  });
});
