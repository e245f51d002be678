/** The experiments on networks of the theme `beyond` at sizes that take a second, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { attentionLowPass } from '../src/experiments/beyond/attention-low-pass.js';
import { edgeOfStability } from '../src/experiments/beyond/edge-of-stability.js';
import { grokkingFourier, waves } from '../src/experiments/beyond/grokking-fourier.js';
import { normalisationKernel } from '../src/experiments/beyond/normalisation-kernel.js';
import { asColumn } from '../src/experiments/support/arrays.js';
import { attentionPatterns, dobrushin, mixed } from '../src/experiments/support/attention.js';
import {
  flatParameters,
  gradients,
  type LossOf,
  topCurvatures,
  trainingKernel,
} from '../src/experiments/support/hessian.js';
import { createModel, empiricalNtk, gaussianNoise, type LayerSpec, rows, runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe('gradients and Hessians by trainings of one step', () => {
  // h = a w x: a loss of two parameters, both derivatives by hand.
  const linear: LayerSpec = { type: 'dense', units: 1, bias: false };
  const [xs, ys] = [
    [-1, 0.5, 2],
    [0.3, -0.2, 1.7],
  ];
  const loss: LossOf = { spec: { input: 1, layers: [linear, linear] }, x: asColumn(xs), y: asColumn(ys), loss: 'mse' };
  const moment = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0) / 3;
  const [xx, xy] = [moment(xs, xs), moment(xs, ys)];

  it('are those of a closed form', async () => {
    for (const [w, a] of [
      [0.4, 1.2],
      [-0.7, 0.9],
    ] as const) {
      const at = Float64Array.of(w, a);
      const slope = 2 * (a * w * xx - xy);
      const [gradient = new Float64Array()] = await gradients(loss, [{ parameters: at }]);
      expect(gradient[0]).toBeCloseTo(slope * a, 12);
      expect(gradient[1]).toBeCloseTo(slope * w, 12);
      const [p, q, r] = [2 * a * a * xx, 2 * w * w * xx, slope + 2 * a * w * xx];
      const largest = (p + q) / 2 + Math.hypot((p - q) / 2, r);
      const [top] = await topCurvatures(loss, [at]);
      expect(top?.value).toBeCloseTo(largest, 6);
      const [v = 0, u = 0] = top?.vector ?? [];
      expect(p * v + r * u).toBeCloseTo(largest * v, 6);
      expect(v * v + u * u).toBeCloseTo(1, 10);
    }
  });
});

describe('the tangent kernel of a training', () => {
  const x = asColumn([-1, -0.2, 0.5, 1.3]);
  const dense: LayerSpec = { type: 'dense', units: 6 };
  const tanh: LayerSpec = { type: 'activation', fn: 'tanh' };
  const out: LayerSpec = { type: 'dense', units: 1 };
  const of = (layers: LayerSpec[]) => {
    const spec = { input: 1, layers };
    const model = createModel(spec, { seed: 5, dtype: 'f64' });
    return { spec, model, at: flatParameters(model.parameters()) };
  };

  it('is the empirical one where layers look at one sample at a time', async () => {
    const { spec, model, at } = of([dense, tanh, { type: 'layerNorm' }, dense, tanh, out]);
    const { kernel, outputs } = await trainingKernel(spec, x, at);
    const [expected, given] = [await empiricalNtk(model, x), await model.predict(x)];
    for (const [i, v] of kernel.data.entries()) expect(v).toBeCloseTo(expected.data[i] ?? Number.NaN, 10);
    for (const [i, v] of outputs.entries()) expect(v).toBeCloseTo(given.data[i] ?? Number.NaN, 12);
  });

  it('has no constant but that of the last bias behind batch normalisation', async () => {
    // The last layer is linear in what has no mean over the batch: only its bias moves the outputs together.
    const { spec, at } = of([dense, tanh, { type: 'batchNorm', affine: false }, out]);
    const { kernel } = await trainingKernel(spec, x, at);
    for (const row of rows(kernel)) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(4, 8);
  });
});

describe('the patterns of attention', () => {
  const [n, width] = [5, 6];
  const x = { data: gaussianNoise(n * width, { seed: 1 }).data, shape: [1, n, width] };
  const tokens = rows({ data: x.data, shape: [n, width] });

  it('mix the tokens as the layer does', async () => {
    const model = createModel(
      { input: [n, width], layers: [{ type: 'attention', heads: 2 }] },
      { seed: 3, dtype: 'f64' },
    );
    const weight = model.parameters()['layers.0.in_proj_weight'] ?? x;
    const unit = Float64Array.from({ length: width ** 2 }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
    // Values and outputs are the tokens themselves.
    const projection = { data: Float64Array.from(weight.data), shape: weight.shape };
    projection.data.set(unit, 2 * width * width);
    const bias = {
      data: Float64Array.from(gaussianNoise(3 * width, { seed: 2 }).data).fill(0, 2 * width),
      shape: [3 * width],
    };
    model.setParameters({
      'layers.0.in_proj_weight': projection,
      'layers.0.in_proj_bias': bias,
      'layers.0.out_proj.weight': { data: unit, shape: [width, width] },
      'layers.0.out_proj.bias': { data: new Float64Array(width), shape: [width] },
    });
    const given = await model.predict(x);
    const patterns = attentionPatterns(tokens, { weight: projection, bias }, 2);
    for (let c = 0; c < width; c++) {
      const own = mixed(
        patterns[Math.floor(c / 3)] ?? [],
        tokens.map((token) => token[c] ?? 0),
      );
      for (const [i, v] of own.entries()) expect(v).toBeCloseTo(given.data[i * width + c] ?? Number.NaN, 12);
    }
  });

  it('shrink ranges by what two rows do not share', () => {
    expect(dobrushin([Float64Array.of(0.5, 0.5), Float64Array.of(0.2, 0.8)])).toBeCloseTo(0.3, 12);
    expect(dobrushin([Float64Array.of(1, 0), Float64Array.of(0, 1)])).toBe(1);
  });
});

describe('experiments on networks, small', () => {
  it.each([
    [
      edgeOfStability,
      { points: 16, hidden: [6], steps: 40, stages: 4, products: 5, networks: 2, slower: 2 },
      ['edge', 'unstable-low'],
    ],
    [
      attentionLowPass,
      {
        tokens: 8,
        width: 8,
        heads: 2,
        blocks: 3,
        sequences: 1,
        applications: 10,
        networks: 2,
        learnt: { tokens: 6, width: 4, shift: 1, sequences: 8, steps: 3, learningRate: 1e-2, batchSize: 8 },
      },
      ['constant', 'theorem', 'rate', 'no-order', 'trained'],
    ],
    [
      normalisationKernel,
      { points: 16, width: 6, depth: 2, steps: 5, networks: 2 },
      ['batch-constant', 'layer-flatter', 'residual-steeper', 'batch-sooner', 'predicted'],
    ],
  ])('$id', async (experiment, parameters, claims) => {
    const result = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(claims);
  });
});

it('units of one wave each have all power at it, and power by frequency is that of all units', () => {
  const [modulus, amplitudes] = [7, [3, 1]];
  // One unit of frequency 2 and one of frequency 3, and a constant, which does not count; weights for b do not either.
  const data = [2, 3].flatMap((k, unit) =>
    Array.from({ length: 14 }, (_, i) =>
      i < 7 ? 5 + (amplitudes[unit] ?? 0) * Math.cos((2 * Math.PI * k * i) / 7 + unit) : i ** 2,
    ),
  );
  const { share, power } = waves({ data: Float64Array.from(data), shape: [2, 14] }, modulus);
  expect(share).toBeCloseTo(1, 12);
  for (const [k, v] of [0, 0.9, 0.1].entries()) expect(power[k]).toBeCloseTo(v, 12);
  // Both waves in one unit: nine tenths at the stronger one.
  const both = Float64Array.from({ length: 14 }, (_, i) => (data[i] ?? 0) + (data[14 + i] ?? 0));
  expect(waves({ data: both, shape: [1, 14] }, modulus).share).toBeCloseTo(0.9, 12);
});

it('grokking-fourier, small', async () => {
  const parameters = { modulus: 7, width: 8, steps: 12, records: 10, networks: 2 };
  const result = await runExperiment(grokkingFourier, { preset: 'quick', seed: 7, parameters });
  await expectWellFormed(result);
  expect(result.claims.map(({ id }) => id)).toEqual(['groks', 'later', 'waves', 'waves-later', 'all-frequencies']);
});
