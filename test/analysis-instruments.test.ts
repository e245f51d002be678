/** Instruments for a single network or matrix, against closed forms. */
import { describe, expect, it } from 'vitest';
import {
  createModel,
  effectiveRank,
  gaussianNoise,
  type Model,
  responseFrequency,
  spectrumMeasures,
  stableRank,
  svd,
} from '../src/index.js';

/** `sin(a x)` and `3 cos(b x) + 7` of two inputs. */
function waves(a: readonly [number, number], b: readonly [number, number]): Model {
  const model = createModel(
    {
      input: 2,
      layers: [
        { type: 'dense', units: 2 },
        { type: 'activation', fn: 'sin' },
        { type: 'dense', units: 2 },
      ],
    },
    { seed: 0, dtype: 'f64' },
  );
  model.setParameters({
    'layers.0.weight': [[...a], [...b]],
    'layers.0.bias': [0, Math.PI / 2],
    'layers.2.weight': [
      [1, 0],
      [0, 3],
    ],
    'layers.2.bias': [0, 7],
  });
  return model;
}

describe('responseFrequency', () => {
  it('finds the frequency and the amplitude of each output along the direction, the constant left out', async () => {
    // Along (3, 4) / 5: a d = 2 pi 1.5, b d = 2 pi 2.5. A line of length 4 has frequencies 1 / 4 apart.
    const a = [2 * Math.PI * 2.5, 0] as const;
    const b = [0, (2 * Math.PI * 2.5 * 5) / 4] as const;
    const found = await responseFrequency(waves(a, b), [[0.3, -0.2]], [[300, 400]], { reach: 2, points: 64 });
    expect(found.outputs.shape).toEqual([1, 2, 64]);
    expect(found.amplitude.shape).toEqual([1, 2, 33]);
    const [sine, cosine] = [found.amplitude.data.subarray(0, 33), found.amplitude.data.subarray(33)];
    expect(found.frequency.data[6]).toBe(1.5);
    expect(sine[6]).toBeCloseTo(1, 5);
    expect(cosine[10]).toBeCloseTo(3, 5);
    // A periodic Hann window spreads a tone over its two neighbours, by a half of it, and no further.
    expect(sine[5]).toBeCloseTo(0.5, 5);
    expect(Math.max(...sine.subarray(0, 4), ...sine.subarray(9))).toBeLessThan(1e-5);
    expect(found.offsets.data[0]).toBe(-2);
    // x + t d by hand, in single precision as the lines are.
    expect(found.outputs.data[1]).toBeCloseTo(Math.sin(a[0] * (0.3 + 0.6 * (-2 + 4 / 64))), 4);
    // Powers 1/4, 1, 1/4 of bins 5, 6, 7: 95 % is reached at 0.7 of the last, 1.425 of 1.5.
    expect(found.bandwidth.data[0]).toBeCloseTo((6 + 0.175 / 0.25) / 4, 4);
  });

  it('refuses a direction of zeros, of another shape, and what is not finite, by name', async () => {
    const model = waves([1, 0], [0, 1]);
    const x = [
      [0, 0],
      [1, 1],
    ];
    const asked = (directions: number[][]) => responseFrequency(model, x, directions, { reach: 1 });
    await expect(
      asked([
        [1, 1],
        [0, 0],
      ]),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: 'directions[1]: expected a direction, got zeros' });
    await expect(asked([[1, 1]])).rejects.toMatchObject({ code: 'INVALID_SHAPE' });
    await expect(
      asked([
        [1, 1],
        [Number.NaN, 0],
      ]),
    ).rejects.toMatchObject({ code: 'NON_FINITE' });
  });
});

describe('effectiveRank and stableRank', () => {
  it('are r for r equal singular values, 1 for a product of two vectors, 0 for zeros', () => {
    const identity = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (__, j) => Number(i === j)));
    for (const of of ['values', 'squares'] as const) expect(effectiveRank(identity, { of })).toBeCloseTo(5, 12);
    expect(stableRank(identity)).toBeCloseTo(5, 12);
    const outer = [1, 2, 3].map((a) => [4, 5].map((b) => a * b));
    expect(effectiveRank(outer)).toBeCloseTo(1, 6);
    expect(stableRank(outer)).toBeCloseTo(1, 12);
    expect(effectiveRank([[0, 0]])).toBe(0);
    expect(stableRank([[0, 0]])).toBe(0);
  });

  it('are the sums that define them, at any scale', async () => {
    const noise = { data: gaussianNoise(24, { seed: 2 }).data, shape: [4, 6] };
    const data = Array.from((await svd(noise)).values.data);
    const entropy = (p: number[]): number => Math.exp(-p.reduce((sum, v) => sum + v * Math.log(v), 0));
    const shares = (v: number[]): number[] => v.map((s) => s / v.reduce((a, b) => a + b));
    expect(effectiveRank(noise)).toBeCloseTo(entropy(shares(data)), 10);
    const squares = data.map((s) => s * s);
    expect(effectiveRank(noise, { of: 'squares' })).toBeCloseTo(entropy(shares(squares)), 10);
    expect(effectiveRank(noise, { of: 'squares' })).toBeCloseTo(spectrumMeasures(squares).effectiveRank, 10);
    expect(stableRank(noise)).toBeCloseTo(squares.reduce((a, b) => a + b) / squares[0]!, 10);
    const large = { data: noise.data.map((v) => v * 1e100), shape: noise.shape };
    expect(effectiveRank(large, { of: 'squares' })).toBeCloseTo(effectiveRank(noise, { of: 'squares' }), 10);
    // A weight of a convolution: [out, rest].
    expect(stableRank({ data: noise.data, shape: [4, 2, 1, 3] })).toBeCloseTo(stableRank(noise), 12);
  });
});
