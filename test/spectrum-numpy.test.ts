/** What users of NumPy and SciPy expect: the cases of fixtures/transforms.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type ComplexArray,
  coherence,
  crossSpectralDensity,
  eigh,
  fftn,
  fftshift,
  ifftn,
  irfft,
  irfft2,
  irfftn,
  istft,
  type NdArray,
  rfftn,
  stft,
  type WindowName,
  welch,
} from '../src/index.js';

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
  x: Plain;
  y: Plain;
  spectra: {
    length: number;
    hop: number;
    nfft: number;
    window: WindowName | Plain;
    detrend: false | 'constant' | 'linear';
    frequency: Plain;
    time: Plain;
    welch: Plain;
    cross: PlainComplex;
    coherence?: Plain;
    stft: PlainComplex;
  }[];
  hermitian: { matrix: PlainComplex; values: Plain };
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

describe('short-time spectra and densities as scipy.signal gives them', () => {
  const [x, y] = [array(cases.x), array(cases.y)];
  test.each(cases.spectra)('frames of $length, hop $hop, $nfft points, detrend $detrend', (expected) => {
    const { length, hop, nfft, detrend, window: given } = expected;
    const window = typeof given === 'string' ? given : given.data;
    const frames = { length, hop, nfft, window, sampleRate: 10 };
    const power = welch(x, { ...frames, detrend });
    same(power.frequency, expected.frequency);
    same(power.density, expected.welch);
    const cross = crossSpectralDensity(x, y, { ...frames, detrend });
    same(cross.density, expected.cross);
    expect(cross.frequency).toEqual(power.frequency);
    if (expected.coherence) same(coherence(x, y, { ...frames, detrend }).coherence, expected.coherence);
    // SciPy's stft takes nothing off unless it is told to, and then takes what welch does.
    if (detrend === false) {
      const short = stft(x, frames);
      same(short.spectrum, expected.stft);
      same(short.time, expected.time);
    }
    const back = istft(stft(x, { ...frames, boundary: 'zeros' }).spectrum, { ...frames, boundary: 'zeros', n: 300 });
    expect(Math.max(...back.data.map((v, i) => Math.abs(v - (x.data[i] ?? 0))))).toBeLessThan(
      1e-12 * Math.max(...x.data),
    );
  });
  test('weights say how long a frame is', () => {
    const window = [0.5, 1, 1, 0.5];
    expect(welch(x, { window })).toEqual(welch(x, { window, length: 4, nfft: 4, hop: 2 }));
    expect(welch(x, { window: Float32Array.from(window) })).toEqual(welch(x, { window }));
  });
  test('a signal with itself, and with silence', () => {
    const { density } = crossSpectralDensity(x, x);
    same({ data: density.re, shape: density.shape }, { ...welch(x).density, data: [...welch(x).density.data] });
    expect(Math.max(...density.im.map(Math.abs))).toBeLessThan(1e-12);
    const silence = { data: new Float64Array(600), shape: [2, 300] };
    expect(coherence(x, silence, { length: 30 }).coherence.data.every((v) => v === 0)).toBe(true);
    expect(coherence(x, x, { length: 30 }).coherence.data.every((v) => Math.abs(v - 1) < 1e-12)).toBe(true);
  });
  test.each<[string, () => unknown, RegExp]>([
    ['fewer points than samples', () => welch(x, { length: 10, nfft: 8 }), /^nfft: expected at least 10/],
    ['points that are none', () => stft(x, { length: 10, nfft: 12.5 }), /^nfft/],
    ['weights of another number', () => welch(x, { length: 10, window: [1, 2, 3] }), /^window: expected 10 weights/],
    ['weights that are not finite', () => welch(x, { window: [1, Number.NaN] }), /^window/],
    ['weights of zero', () => welch(x, { window: [0, 0] }), /^window/],
    ['weights that sum to zero under a tone', () => stft(x, { length: 2, window: [1, -1] }), /^window: .* sum/],
    ['a detrending that is none', () => welch(x, { detrend: 'cubic' as never }), /^detrend/],
    ['another shape', () => coherence(x, [1, 2, 3]), /^y: expected the shape of x/],
    ['huge values', () => crossSpectralDensity([1e200, -1e200], [1e200, 2e200]), /overflow/],
  ])('%s: refused', (_, run, message) => expect(run).toThrow(message));
});

describe('Hermitian matrices', () => {
  test('eigenvalues as NumPy gives them, vectors orthonormal', async () => {
    const matrix = complex(cases.hermitian.matrix);
    const n = matrix.shape[0] ?? 0;
    for (const threads of [1, 2]) {
      const { values, vectors } = await eigh(matrix, { threads });
      same(values, cases.hermitian.values);
      expect(vectors.shape).toEqual([n, n]);
      for (let k = 0; k < n; k++) {
        for (let i = 0; i < n; i++) {
          let [re, im] = [0, 0];
          for (let j = 0; j < n; j++) {
            const [a, b] = [matrix.re[i * n + j] ?? 0, matrix.im[i * n + j] ?? 0];
            const [c, d] = [vectors.re[j * n + k] ?? 0, vectors.im[j * n + k] ?? 0];
            re += a * c - b * d;
            im += a * d + b * c;
          }
          const value = values.data[k] ?? 0;
          expect(Math.abs(re - value * (vectors.re[i * n + k] ?? 0))).toBeLessThan(1e-13);
          expect(Math.abs(im - value * (vectors.im[i * n + k] ?? 0))).toBeLessThan(1e-13);
        }
      }
    }
  });
  test('others are refused', async () => {
    const one = Float64Array.of(1, 2, 3, 4);
    await expect(eigh({ re: one, im: one, shape: [2, 2] })).rejects.toThrow(/^a/);
    await expect(eigh({ re: one, im: one, shape: [4] })).rejects.toThrow(/^a: expected 2 dimension/);
    const f32 = await eigh({ re: Float32Array.of(2), im: Float32Array.of(0), shape: [1, 1] });
    expect(f32.values.data).toEqual(Float32Array.of(2));
  });
});
