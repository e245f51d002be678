/** What users of NumPy and SciPy expect: the cases of fixtures/transforms.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ComplexArray, fftn, fftshift, ifftn, irfft, irfft2, irfftn, type NdArray, rfftn } from '../src/index.js';

type Plain = { data: number[]; shape: number[] };
type PlainComplex = { re: number[]; im: number[]; shape: number[] };

interface Cases {
  half: PlainComplex;
  plane: PlainComplex;
  real: Plain;
  inverse: { n: number; norm: 'backward' | 'ortho'; result: Plain }[];
  inverse2: { size: [number, number]; result: Plain }[];
  repeated: {
    axes: number[];
    fft: PlainComplex;
    ifft: PlainComplex;
    rfft: PlainComplex;
    irfft: Plain;
    shift: Plain;
  }[];
  sized: PlainComplex;
}

const cases = JSON.parse(readFileSync(new URL('fixtures/transforms.json', import.meta.url), 'utf8')) as Cases;
const complex = ({ re, im, shape }: PlainComplex): ComplexArray => ({
  re: Float64Array.from(re),
  im: Float64Array.from(im),
  shape,
});
const array = ({ data, shape }: Plain): NdArray => ({ data: Float64Array.from(data), shape });

function same(actual: NdArray | ComplexArray, expected: Plain | PlainComplex): void {
  expect(actual.shape).toEqual(expected.shape);
  const pairs: [ArrayLike<number>, number[]][] =
    'data' in expected
      ? [[(actual as NdArray).data, expected.data]]
      : [
          [(actual as ComplexArray).re, expected.re],
          [(actual as ComplexArray).im, expected.im],
        ];
  for (const [got, wanted] of pairs) {
    const scale = Math.max(...wanted.map(Math.abs));
    expect(Math.max(...wanted.map((v, i) => Math.abs((got[i] ?? Number.NaN) - v)))).toBeLessThan(1e-14 * (1 + scale));
  }
}

describe('inverse transforms crop and pad', () => {
  test.each(cases.inverse)('irfft to $n points, norm $norm', ({ n, norm, result }) => {
    same(irfft(complex(cases.half), n, { norm }), result);
    const out = new Float64Array(2 * n);
    expect(irfft(complex(cases.half), n, { norm, out }).data).toBe(out);
    same({ data: out, shape: result.shape }, result);
  });
  test.each(cases.inverse2)('irfft2 to $size', ({ size, result }) => same(irfft2(complex(cases.plane), size), result));
});

describe('axes named more than once are transformed more than once', () => {
  test.each(cases.repeated)('$axes', ({ axes, ...expected }) => {
    same(fftn(complex(cases.plane), { axes }), expected.fft);
    same(ifftn(complex(cases.plane), { axes, norm: 'ortho' }), expected.ifft);
    same(rfftn(array(cases.real), { axes }), expected.rfft);
    same(irfftn(complex(cases.plane), undefined, { axes }), expected.irfft);
    same(fftshift(array(cases.real), { axes }), expected.shift);
  });
  test('each to its own size', () =>
    same(fftn(complex(cases.plane), { axes: [1, 1, 2], size: [3, 6, 4] }), cases.sized));
  test('results on the way are no place for the result', () => {
    const out = { re: new Float64Array(60), im: new Float64Array(60) };
    expect(() => fftn(complex(cases.plane), { axes: [0, 0], out })).toThrow(/^out: expected different axes/);
  });
});
