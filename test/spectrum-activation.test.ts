/** Activations on tones and noise, lengths of transforms, power iteration: closed forms and definitions. */
import { describe, expect, test } from 'vitest';
import {
  activate,
  fft,
  gaussianNoise,
  harmonicDecay,
  noiseResponse,
  powerIteration,
  rfft,
  rfft2,
  singularValues,
  spectralNorm,
  toneResponse,
} from '../src/index.js';

describe('activations', () => {
  test('by name and by description, in f64', () => {
    expect(Array.from(activate('relu', [-1, 0, 2]).data, Math.abs)).toEqual([0, 0, 2]);
    expect(activate({ fn: 'leakyRelu', slope: 0.5 }, [[-2, 4]])).toEqual({
      data: Float64Array.of(-1, 4),
      shape: [1, 2],
    });
    expect(activate('tanh', [0.3]).data[0]).toBeCloseTo(Math.tanh(0.3), 15);
    expect(() => activate('no such' as 'relu', [1])).toThrow(/activation/);
    expect(() => activate('relu', [Number.NaN])).toThrow(/finite/);
  });
  test('ReLU of a tone: mean 1/pi, tone 1/2, harmonics 2 / (pi (k^2 - 1))', () => {
    const { amplitude, ratio } = toneResponse('relu', { samples: 1 << 16, count: 5 });
    const expected = [1 / Math.PI, 0.5, 2 / (3 * Math.PI), 0, 2 / (15 * Math.PI), 0];
    expected.forEach((value, k) => {
      expect(Math.abs(amplitude.data[k]! - value)).toBeLessThan(1e-6);
    });
    expect(ratio).toBeCloseTo(0.1593, 4);
  });
  test('a corner gives a power law, an analytic activation an exponential one', () => {
    const relu = harmonicDecay('relu', { law: 'power' });
    expect(relu.exponent).toBeGreaterThan(1.95);
    expect(relu.exponent).toBeLessThan(2.15);
    expect(relu.low).toBeLessThan(relu.exponent);
    const tanh = harmonicDecay('tanh', { law: 'exponential', amplitude: 2 });
    // The nearest pole of tanh(2 sin t) is at sin t = i pi / 4: harmonics fall as exp(-k asinh(pi / 4)).
    expect(tanh.exponent).toBeCloseTo(Math.asinh(Math.PI / 4), 1);
    expect(tanh.rSquared).toBeGreaterThan(harmonicDecay('tanh', { law: 'power', amplitude: 2 }).rSquared);
    expect(() => harmonicDecay({ fn: 'leakyRelu', slope: 1 }, { law: 'power' })).toThrow(/at least 3/);
  });
  test('Gaussian noise through ReLU: gain 1/2, 26.7 % distortion, a white output', () => {
    const { mean, gain, distortion, output } = noiseResponse('relu', { seed: 3, samples: 1 << 18 });
    expect(mean).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 2);
    expect(gain).toBeCloseTo(0.5, 2);
    expect(distortion).toBeCloseTo(1 - 0.25 / (0.5 - 0.5 / Math.PI), 2);
    expect(output.density.shape).toEqual([129]);
    expect(noiseResponse({ fn: 'leakyRelu', slope: 1 }, { seed: 1 }).distortion).toBeLessThan(1e-12);
  });
});

test('transforms of another length crop or pad, as NumPy does', () => {
  const close = (got: ArrayLike<number>, expected: ArrayLike<number>) => {
    expect(got.length).toBe(expected.length);
    Array.from(got, (v, i) => expect(v).toBeCloseTo(expected[i]!, 12));
  };
  close(rfft([1, 2, 3], { n: 6 }).re, rfft([1, 2, 3, 0, 0, 0]).re);
  close(fft([1, 2, 3, 4], { n: 3 }).im, fft([1, 2, 3]).im);
  const wide = rfft2(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { size: [1, 4] },
  );
  expect(wide.shape).toEqual([1, 3]);
  close(wide.re, rfft2([[1, 2, 3, 0]]).re);
  expect(
    fft(
      [
        [1, 2],
        [3, 4],
      ],
      { n: 4 },
    ).shape,
  ).toEqual([2, 4]);
  expect(() => fft([1], { n: 0 })).toThrow(/n: expected an integer/);
  expect(() => fft([1], { n: 2.5 })).toThrow(/n: expected an integer/);
  expect(() => fft([1], { n: 1e15 })).toThrow(/2\^30|elements/);
});

test('power iteration rises to the norm that has converged', () => {
  const weight = { data: gaussianNoise(600, { seed: 5 }).data, shape: [20, 30] };
  const estimates = powerIteration(weight, { start: gaussianNoise(30, { seed: 6 }), iterations: 200 }).data;
  for (let i = 1; i < estimates.length; i++) expect(estimates[i]!).toBeGreaterThanOrEqual(estimates[i - 1]! - 1e-12);
  const exact = singularValues(weight).values.data[0]!;
  expect(estimates.at(-1)! / exact).toBeCloseTo(1, 6);
  expect(spectralNorm(weight) / exact).toBeCloseTo(1, 9);
  expect(() => powerIteration(weight, { start: [1, 2], iterations: 3 })).toThrow(/start/);
  expect(() => powerIteration(weight, { start: new Float64Array(30), iterations: 3 })).toThrow(/zero/);
  expect(() => powerIteration(weight, { start: gaussianNoise(30, { seed: 6 }), iterations: 0 })).toThrow(/iterations/);
});
