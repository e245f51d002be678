/** Transforms over named axes, of given sizes: against the defining sums and round trips. */
import { describe, expect, test } from 'vitest';
import {
  type ComplexArray,
  fft,
  fft2,
  fftn,
  ifft,
  ifftn,
  irfft,
  irfftn,
  type NdArray,
  rfft,
  rfft2,
  rfftn,
} from '../src/index.js';

const shape = [4, 5, 6];
const at = ([i = 0, j = 0, k = 0]: number[], [, b, c] = shape as [number, number, number]) => (i * b + j) * c + k;
const re = Float64Array.from({ length: 120 }, (_, i) => Math.sin(i * i * 0.37));
const im = Float64Array.from({ length: 120 }, (_, i) => Math.cos(i * 1.7));
const real: NdArray = { data: re, shape };
const z: ComplexArray = { re, im, shape };

function near(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  Array.from(actual, (v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-12));
}

/** The defining sum over axis 1 at index k of it. */
function along1(i: number, k: number, c: number): [number, number] {
  let sum: [number, number] = [0, 0];
  for (let j = 0; j < 5; j++) {
    const [cos, sin] = [Math.cos((2 * Math.PI * j * k) / 5), -Math.sin((2 * Math.PI * j * k) / 5)];
    const [a, b] = [re[at([i, j, c])]!, im[at([i, j, c])]!];
    sum = [sum[0] + a * cos - b * sin, sum[1] + a * sin + b * cos];
  }
  return sum;
}

describe('axes', () => {
  test('one in the middle is the defining sum over it', () => {
    const out = fft(z, { axis: 1 });
    expect(out.shape).toEqual(shape);
    for (const index of [
      [0, 0, 0],
      [1, 2, 3],
      [3, 4, 5],
    ] as const)
      near([out.re[at([...index])]!, out.im[at([...index])]!], along1(index[0], index[1], index[2]));
    near(fft(z, { axis: -2 }).re, out.re);
    near(ifft(out, { axis: 1 }).im, im);
  });
  test('the halved axis is the one named last', () => {
    expect(rfft(real, { axis: 0 }).shape).toEqual([3, 5, 6]);
    expect(rfft(real, { axis: 1, n: 8 }).shape).toEqual([4, 5, 6]);
    near(irfft(rfft(real, { axis: 1 }), 5, { axis: 1 }).data, re);
    const half = rfftn(real, { axes: [2, 0] });
    expect(half.shape).toEqual([3, 5, 6]);
    near(irfftn(half, [6, 4], { axes: [2, 0] }).data, re);
    near(half.re, rfft2(real, { axes: [2, 0] }).re);
  });
  test('any order of complex ones, and sizes as with padding', () => {
    near(fftn(z, { axes: [0, 2] }).re, fft2(z, { axes: [2, 0] }).re);
    near(ifftn(fftn(z, { axes: [1], norm: 'ortho' }), { axes: [1], norm: 'ortho' }).re, re);
    const padded = fft(fft(z, { axis: 0, n: 3 }), { n: 8 });
    const once = fft2(z, { axes: [0, 2], size: [3, 8] });
    expect(once.shape).toEqual([3, 5, 8]);
    near(once.re, padded.re);
    near(fftn(z, { size: [4, 5, 8] }).im, fftn(fft(ifft(z, { n: 6 }), { n: 6 }), { size: [4, 5, 8] }).im);
  });
});
