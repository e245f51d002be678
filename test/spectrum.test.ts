import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  amplitudeSpectrum,
  type ComplexArray,
  circulant,
  circulantEigenvalues,
  circulantMultiply,
  circulantSolve,
  convolve,
  correlate,
  FprincipleError,
  fft,
  fft2,
  fftfreq,
  fftn,
  fftshift,
  firstComponent,
  frequencyResponse,
  gaussianFilter,
  ifft,
  ifft2,
  ifftshift,
  irfft,
  irfft2,
  irfftn,
  nudft,
  passband,
  psnr,
  radialSpectrum,
  rfft,
  rfft2,
  rfftfreq,
  rfftn,
  spectrumWindow,
} from '../src/index.js';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** The code of the error that `run` throws. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FprincipleError);
    return (error as FprincipleError).code;
  }
  throw new Error('nothing was thrown');
}

/** Random lengths 1..2000 with a signal made from a seed: shrinking two thousand numbers one by one helps nobody. */
const anySignal = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 1 << 30 })).map(([n, seed]) => {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return { n, x: Float64Array.from({ length: n }, next), y: Float64Array.from({ length: n }, next) };
});

describe('reference cases', () => {
  // fixtures/fft.json: numpy.fft.rfft; fixtures/nudft.json: the defining sum in NumPy.
  test('fft.json', () => {
    for (const { x, re, im } of fixture('fft').cases) {
      const scale = 1e-11 * Math.max(1, Math.hypot(...x));
      const half = rfft(x);
      near(half.re, re, scale);
      near(half.im, im, scale);
      near(fft(x).re.subarray(0, re.length), re, scale);
      near(irfft(half, x.length).data, x, scale);
    }
  });
  test('nudft.json', () => {
    for (const { points, values, frequencies, re, im } of fixture('nudft').cases) {
      const array = (a: { data: number[]; shape: number[] }) => ({ data: Float64Array.from(a.data), shape: a.shape });
      const out = nudft(array(points), array(values), array(frequencies));
      expect(out.shape).toEqual(re.shape);
      near(out.re, re.data, 1e-12);
      near(out.im, im.data, 1e-12);
    }
  });
});

describe('theorems over random lengths', () => {
  test('round trip, Parseval, linear phase of a shift', () => {
    fc.assert(
      fc.property(anySignal, fc.nat(1999), ({ n, x, y }, by) => {
        const z: ComplexArray = { re: x, im: y, shape: [n] };
        const spectrum = fft(z, { norm: 'ortho' });
        const back = ifft(spectrum, { norm: 'ortho' });
        near(back.re, x, 1e-13);
        near(back.im, y, 1e-13);
        const energy = (a: ArrayLike<number>, b: ArrayLike<number>) => {
          let sum = 0;
          for (let i = 0; i < a.length; i++) sum += a[i]! ** 2 + b[i]! ** 2;
          return sum;
        };
        expect(energy(spectrum.re, spectrum.im) / energy(x, y)).toBeCloseTo(1, 12);
        near(irfft(rfft(x), n).data, x, 1e-13);

        const shift = by % n;
        const rolled = rfft(Float64Array.from({ length: n }, (_, i) => x[(i + shift) % n]!));
        const half = rfft(x);
        const turned = { re: new Float64Array(half.re.length), im: new Float64Array(half.re.length) };
        for (let k = 0; k < half.re.length; k++) {
          const angle = (2 * Math.PI * ((k * shift) % n)) / n;
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          turned.re[k] = half.re[k]! * c - half.im[k]! * s;
          turned.im[k] = half.re[k]! * s + half.im[k]! * c;
        }
        near(rolled.re, turned.re, 1e-10);
        near(rolled.im, turned.im, 1e-10);
      }),
      { numRuns: 60 },
    );
  });
  test('convolution', () => {
    fc.assert(
      fc.property(anySignal, ({ n, x, y }) => {
        const [a, b] = [fft(x), fft(y)];
        const product = {
          re: a.re.map((re, k) => re * b.re[k]! - a.im[k]! * b.im[k]!),
          im: a.re.map((re, k) => re * b.im[k]! + a.im[k]! * b.re[k]!),
          shape: [n],
        };
        const circular = convolve(x, y, { mode: 'circular', method: 'direct' });
        near(ifft(product).re, circular.data, 1e-10);
        near(circulantMultiply(x, y).data, circular.data, 1e-10);
        const full = convolve(x, y, { mode: 'full', method: 'fft' });
        near(full.data, convolve(x, y, { method: 'direct' }).data, 1e-10);
      }),
      { numRuns: 40 },
    );
  });
});

describe('transforms', () => {
  test('real arrays over all axes', () => {
    const x = { data: Float64Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i * 1.3)), shape: [2, 3, 5] };
    const half = rfftn(x);
    expect(half.shape).toEqual([2, 3, 3]);
    const whole = fftn(x);
    for (let row = 0; row < 6; row++)
      near(half.re.subarray(3 * row, 3 * row + 3), whole.re.subarray(5 * row, 5 * row + 3), 1e-13);
    near(irfftn(half, [2, 3, 5]).data, x.data, 1e-14);
    expect(codeOf(() => irfftn(half, [3, 5]))).toBe('INVALID_SHAPE');
  });
  test('two axes and batches', () => {
    const data = Float64Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i * 1.3));
    const x = { data, shape: [2, 3, 5] };
    const two = fft2(x);
    expect(two.shape).toEqual([2, 3, 5]);
    near(ifft2(two).re, data, 1e-14);
    const half = rfft2(x);
    expect(half.shape).toEqual([2, 3, 3]);
    near(irfft2(half, [3, 5]).data, data, 1e-14);
    // One element from the definition.
    let re = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 5; j++) re += data[15 + i * 5 + j]! * Math.cos(2 * Math.PI * ((2 * i) / 3 + j / 5));
    expect(half.re[9 + 2 * 3 + 1]).toBeCloseTo(re, 12);
  });
  test('f32 stays f32', () => {
    const x = Float32Array.from({ length: 100 }, (_, i) => Math.cos(i));
    expect(rfft(x).re).toBeInstanceOf(Float32Array);
    expect(irfft(rfft(x), 100).data).toBeInstanceOf(Float32Array);
    expect(fft([1, 2, 3]).re).toBeInstanceOf(Float64Array);
    expect(convolve(x, x).data).toBeInstanceOf(Float32Array);
    expect(convolve(x, [1, 2]).data).toBeInstanceOf(Float64Array);
  });
  test('frequencies and shifts as NumPy has them', () => {
    near(fftfreq(5, 0.5).data, [0, 0.4, 0.8, -0.8, -0.4], 1e-15);
    near(rfftfreq(4).data, [0, 0.25, 0.5], 1e-15);
    near(fftshift([0, 1, 2, -2, -1]).data, [-2, -1, 0, 1, 2], 0);
    near(ifftshift(fftshift([0, 1, 2, 3, 4])).data, [0, 1, 2, 3, 4], 0);
    expect(fftshift(fft([1, 2, 3])).re.length).toBe(3);
  });
  test('an amplitude spectrum shows amplitudes', () => {
    const [n, rate] = [1000, 200];
    const x = Float64Array.from({ length: n }, (_, i) => 0.3 + 1.5 * Math.cos((2 * Math.PI * 17 * i) / rate + 0.6));
    for (const window of ['rectangular', 'hann', 'flattop'] as const) {
      const { frequency, amplitude, phase } = amplitudeSpectrum(x, { sampleRate: rate, window });
      expect(frequency.data[85]).toBeCloseTo(17, 12);
      expect(amplitude.data[85]).toBeCloseTo(1.5, 9);
      expect(amplitude.data[0]).toBeCloseTo(0.3, 9);
      expect(phase.data[85]).toBeCloseTo(0.6, 9);
    }
    // Kaiser's side lobes, of the constant and of the tone's twin, reach the tone; the value is SciPy's.
    const kaiser = amplitudeSpectrum(x, { sampleRate: rate, window: { type: 'kaiser', beta: 6 } });
    expect(kaiser.amplitude.data[85]).toBeCloseTo(1.4999950705681, 9);
    expect(spectrumWindow('hann', 64).noiseBandwidth).toBeCloseTo(1.5, 12);
  });
});

test('nudft: complex values, columns, angular frequencies', () => {
  const points = Float64Array.from({ length: 40 }, (_, i) => Math.sin(3 * i));
  const re = Float64Array.from({ length: 40 }, (_, i) => Math.cos(i));
  const im = Float64Array.from({ length: 40 }, (_, i) => Math.sin(2 * i));
  const out = nudft(points, { re, im, shape: [40] }, [1.5, -2.25]);
  const angular = nudft(points, { re, im, shape: [40] }, [3 * Math.PI, -4.5 * Math.PI], {
    angular: true,
    normalize: false,
  });
  let sum = [0, 0];
  for (let j = 0; j < 40; j++) {
    const [c, s] = [Math.cos(2 * Math.PI * 1.5 * points[j]!), -Math.sin(2 * Math.PI * 1.5 * points[j]!)];
    sum = [sum[0]! + re[j]! * c - im[j]! * s, sum[1]! + re[j]! * s + im[j]! * c];
  }
  near([out.re[0]!, out.im[0]!], [sum[0]! / 40, sum[1]! / 40], 1e-14);
  near(
    Array.from(angular.re, (x) => x / 40),
    out.re,
    1e-14,
  );
  // A uniform grid is the DFT.
  const grid = Float64Array.from({ length: 16 }, (_, i) => i / 16);
  const y = Float64Array.from({ length: 16 }, (_, i) => Math.cos(i * i));
  near(nudft(grid, y, [3], { normalize: false }).re, [fft(y).re[3]!], 1e-13);
});

describe('circulant matrices', () => {
  test('the first column is the default, a first row conjugates the spectrum', () => {
    const c = [1, 2, 3, 4];
    expect(Array.from(circulant(c).data.slice(0, 4))).toEqual([1, 4, 3, 2]);
    expect(Array.from(circulant(c, { from: 'row' }).data.slice(0, 4))).toEqual([1, 2, 3, 4]);
    const [column, row] = [circulantEigenvalues(c), circulantEigenvalues(c, { from: 'row' })];
    near(column.re, row.re, 1e-14);
    near(
      Array.from(column.im, (x) => -x),
      row.im,
      1e-14,
    );
  });
  test('solve undoes multiply', () => {
    const [c, x] = [
      [4, 1, -0.5, 0.25, 1],
      [1, 2, 3, 4, 5],
    ];
    for (const from of ['column', 'row'] as const) {
      near(circulantSolve(c, circulantMultiply(c, x, { from }), { from }).data, x, 1e-14);
    }
    expect(codeOf(() => circulantSolve([1, 1], [1, 2]))).toBe('INVALID_ARGUMENT');
  });
});

test('convolution modes and correlation', () => {
  near(convolve([1, 2, 3], [0, 1, 0.5], { mode: 'same' }).data, [1, 2.5, 4], 1e-15);
  near(convolve([1, 2, 3], [0, 1, 0.5]).data, [0, 1, 2.5, 4, 1.5], 1e-15);
  near(convolve([1, 2, 3], [0, 1, 0.5], { mode: 'valid' }).data, [2.5], 1e-15);
  near(correlate([0, 1, 2, 0], [1, 2], { mode: 'valid' }).data, [2, 5, 2], 1e-15);
  const image = [
    [1, 2, 0],
    [0, 1, 3],
  ];
  expect(convolve(image, [[1, 1]], { mode: 'full' }).shape).toEqual([2, 4]);
});

test('responses', () => {
  const { magnitude, phase } = frequencyResponse([[0.25, 0.5, 0.25]], [4, 8], { center: true });
  near(
    magnitude.data.slice(0, 8),
    Array.from({ length: 8 }, (_, k) => Math.cos((Math.PI * k) / 8) ** 2),
    1e-15,
  );
  expect(phase.shape).toEqual([4, 8]);
  expect(passband([[0.25, 0.5, 0.25]], [4, 8], 0.5).horizontal).toEqual([0, 0.25]);
  expect(passband([[1], [-1]], [8, 8], 0.9).horizontal).toBeNull();
});

test('parts of a function on scattered points', async () => {
  const n = 300;
  const points = { data: Float64Array.from({ length: n }, (_, i) => i / n), shape: [n, 1] };
  const target = { data: Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n)), shape: [n, 1] };
  const flat = { data: new Float64Array(n), shape: [n, 1] };
  const { low, errorLow, errorHigh } = await gaussianFilter(points, target, { deltas: [1e-8, 1e-3], outputs: flat });
  // A filter narrower than the spacing changes nothing; an output of zero misses both parts whole.
  near(low.data.slice(0, n), target.data, 1e-12);
  expect(errorLow!.data[1]).toBeCloseTo(1, 12);
  expect(errorHigh!.data[1]).toBeCloseTo(1, 12);
  const line = {
    data: Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 4 : 3) * Math.sin(i >> 1)),
    shape: [n, 2],
  };
  const { direction, explained } = await firstComponent(line);
  near(direction.data, [0.6, 0.8], 1e-9);
  expect(explained).toBeCloseTo(1, 9);
  await expect(gaussianFilter(points, target, { deltas: [] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const signal = AbortSignal.abort();
  await expect(gaussianFilter(points, target, { deltas: [1], signal })).rejects.toMatchObject({ code: 'ABORTED' });
});

test('images', () => {
  expect(psnr([0, 0.5], [0.1, 0.4])).toBeCloseTo(20, 10);
  const image = {
    data: Float64Array.from({ length: 64 }, (_, i) => Math.cos((2 * Math.PI * 2 * i) / 8)),
    shape: [8, 8],
  };
  const { power, count } = radialSpectrum(image);
  expect(power.data[2]! * count.data[2]!).toBeCloseTo(0.5, 12);
});

describe('bad input is refused by name', () => {
  const cases: [string, () => unknown, string][] = [
    ['empty', () => fft([]), 'INVALID_SHAPE'],
    ['empty typed array', () => rfft(new Float64Array()), 'INVALID_SHAPE'],
    ['ragged', () => fft([[1, 2], [3]]), 'INVALID_SHAPE'],
    ['text', () => fft('abc' as unknown as number[]), 'INVALID_ARGUMENT'],
    ['NaN', () => fft([1, Number.NaN, 2]), 'NON_FINITE'],
    [
      'infinite, second row',
      () =>
        rfft([
          [1, 2],
          [3, Number.POSITIVE_INFINITY],
        ]),
      'NON_FINITE',
    ],
    [
      'NaN in an imaginary part',
      () => ifft({ re: new Float64Array(3), im: Float64Array.of(0, Number.NaN, 0), shape: [3] }),
      'NON_FINITE',
    ],
    ['overflow', () => fft([1.7e308, 1.7e308]), 'NON_FINITE'],
    ['one axis for two', () => fft2([1, 2, 3]), 'INVALID_SHAPE'],
    ['shape and data', () => fft({ data: new Float64Array(3), shape: [2, 2] }), 'INVALID_SHAPE'],
    ['re and im', () => fft({ re: new Float64Array(3), im: new Float64Array(2), shape: [3] }), 'INVALID_SHAPE'],
    ['mixed types', () => fft({ re: new Float64Array(1), im: new Float32Array(1), shape: [1] }), 'INVALID_ARGUMENT'],
    ['irfft of a huge length', () => irfft([1, 2], 1e15), 'OVER_MEMORY_LIMIT'],
    ['irfft of a fraction', () => irfft([1, 2], 2.5), 'INVALID_ARGUMENT'],
    ['norm', () => fft([1], { norm: 'l2' as 'ortho' }), 'INVALID_ARGUMENT'],
    ['threads', () => fft([1], { threads: 0 }), 'INVALID_ARGUMENT'],
    ['fftfreq of nothing', () => fftfreq(0), 'INVALID_ARGUMENT'],
    ['fftfreq of too much', () => fftfreq(1e12), 'OVER_MEMORY_LIMIT'],
    ['fftfreq without spacing', () => fftfreq(4, 0), 'INVALID_ARGUMENT'],
    ['window', () => amplitudeSpectrum([1, 2], { sampleRate: 1, window: 'hat' as 'hann' }), 'INVALID_ARGUMENT'],
    ['sample rate', () => amplitudeSpectrum([1, 2], { sampleRate: -1 }), 'INVALID_ARGUMENT'],
    ['points and values', () => nudft([1, 2, 3], [1, 2], [1]), 'INVALID_SHAPE'],
    ['dimensions', () => nudft([[1, 2]], [1], [1]), 'INVALID_SHAPE'],
    ['NaN point', () => nudft([Number.NaN], [1], [1]), 'NON_FINITE'],
    ['NaN value', () => nudft([1], [Number.NaN], [1]), 'NON_FINITE'],
    ['no frequencies', () => nudft([1], [1], []), 'INVALID_SHAPE'],
    ['tolerance', () => nudft([1], [1], [1], { tolerance: 0 }), 'INVALID_ARGUMENT'],
    ['mode', () => convolve([1], [1], { mode: 'half' as 'full' }), 'INVALID_ARGUMENT'],
    ['axes', () => convolve([1], [[1]]), 'INVALID_SHAPE'],
    ['circular kernel', () => convolve([1], [1, 2], { mode: 'circular' }), 'INVALID_SHAPE'],
    ['huge circulant', () => circulant(new Float64Array(1e6)), 'OVER_MEMORY_LIMIT'],
    ['circulant lengths', () => circulantMultiply([1, 2], [1, 2, 3]), 'INVALID_SHAPE'],
    ['kernel above size', () => frequencyResponse([[1, 2, 3]], [2, 2]), 'INVALID_SHAPE'],
    ['huge response', () => frequencyResponse([[1]], [1e6, 1e6]), 'OVER_MEMORY_LIMIT'],
    ['psnr sizes', () => psnr([1], [1, 2]), 'INVALID_SHAPE'],
  ];
  for (const [name, run, code] of cases) test(name, () => expect(codeOf(run)).toBe(code));
});
