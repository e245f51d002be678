/** Input that would give a wrong number, NaN or Infinity in silence is an error that names it, or has a stated value. */
import { describe, expect, it } from 'vitest';
import * as fp from '../src/index.js';

const network = (layers: fp.LayerSpec[], input = 2): fp.NetworkSpec => ({ input, layers });
const dense = (units: number): fp.LayerSpec => ({ type: 'dense', units });
const sgd = { type: 'sgd', learningRate: 0.01 } as const;
const points = { data: Float64Array.from({ length: 8 }, (_, i) => Math.sin(i)), shape: [4, 2] };
const column = [0.1, 0.2, 0.3, 0.4].map((v) => [v]);

async function failure(call: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(call)
    .then(
      () => 'no error',
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(fp.FprincipleError);
  const { code, message } = error as fp.FprincipleError;
  return `${code} ${message}`;
}

describe('numbers that single precision does not hold', () => {
  const single = fp.createModel(network([dense(1)]), { seed: 0 });
  const twofold = fp.createModel(network([dense(1)]), { seed: 0, dtype: 'f64' });
  const huge = [
    [1, 2],
    [3, 1e300],
  ];
  const training = { x: points, y: column, loss: 'mse', optimizer: sgd, steps: 1 } as const;

  it.each<[string, () => unknown]>([
    ['x', () => single.predict(huge)],
    ['x', () => single.inputDerivatives(huge)],
    ['x', () => single.train({ ...training, x: [...huge, ...huge] })],
    ['x', () => fp.lossGradient(single, huge, [[1], [2]], { loss: 'mse' })],
  ])('%s', async (name, call) => {
    expect(await failure(call)).toBe(
      `NON_FINITE ${name}: expected numbers that single precision holds (up to 3.4e38), got 1e300 at index 3`,
    );
  });

  it('y, points of probes, parameters', async () => {
    const y = [[0], [1e39], [0], [0]];
    expect(await failure(() => single.train({ ...training, y }))).toMatch(/^NON_FINITE y: .*1e39 at index 1$/);
    const probes = { out: { type: 'outputs', points: huge } } as const;
    expect(await failure(() => single.train({ ...training, probes }))).toMatch(/^NON_FINITE probes\.out\.points: /);
    expect(await failure(() => single.setParameters({ 'layers.0.bias': [1e39] }))).toMatch(
      /^NON_FINITE parameters\.layers\.0\.bias: /,
    );
  });

  it('are what they are in double precision', async () => {
    expect((await twofold.predict(huge)).data.every(Number.isFinite)).toBe(true);
  });
});

it('as many targets as samples: the same numbers under another shape are another array', async () => {
  const data = Float64Array.from({ length: 8 }, (_, i) => i);
  const model = fp.createModel(network([dense(2)]), { seed: 0 });
  const call = () => model.train({ x: { data, shape: [4, 2] }, y: data, loss: 'mse', optimizer: sgd, steps: 1 });
  expect(await failure(call)).toMatch(/^INVALID_SHAPE y: expected shape \[4, 2\], got \[8\]/);
});

describe('batch normalisation', () => {
  const norm = network([dense(3), { type: 'batchNorm' }, dense(1)]);
  const train = (n: number, batchSize: number, steps: number) =>
    fp.createModel(norm, { seed: 0 }).train({
      ...{ x: Array.from({ length: n }, (_, i) => [i, 1]), y: Array.from({ length: n }, (_, i) => [i]) },
      ...{ loss: 'mse', optimizer: sgd, steps, batchSize },
    });

  it('does not train on one value a channel, as PyTorch', async () => {
    const message = /^INVALID_ARGUMENT batchSize: batchNorm needs more than one value a channel/;
    expect(await failure(() => train(1, 1, 1))).toMatch(message);
    expect(await failure(() => train(4, 1, 1))).toMatch(message);
    // The last batch of an epoch of five samples.
    expect(await failure(() => train(5, 2, 3))).toMatch(message);
    expect((await train(5, 2, 2)).stopReason).toBe('completed');
    expect((await train(4, 2, 4)).stopReason).toBe('completed');
  });

  it('trains on one image, which has many values', async () => {
    const spec: fp.NetworkSpec = {
      input: [1, 2, 2],
      layers: [{ type: 'batchNorm' }, { type: 'flatten' }, { type: 'dense', units: 1 }],
    };
    const x = { data: Float64Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] };
    const run = fp.createModel(spec, { seed: 0 }).train({ x, y: [[1]], loss: 'mse', optimizer: sgd, steps: 1 });
    expect((await run).stopReason).toBe('completed');
  });

  it('has no negative variance', async () => {
    const set = () => fp.createModel(norm, { seed: 0 }).setParameters({ 'layers.1.running_var': [1, -0.5, 1] });
    expect(await failure(set)).toMatch(/running_var: expected variances, none below 0, got -0\.5/);
  });
});

it('a symmetric window of two zeros, and spacings whose frequencies overflow', async () => {
  expect(await failure(() => fp.spectrumWindow('hann', 2, { symmetric: true }))).toMatch(/n: expected at least 3/);
  expect(await failure(() => fp.spectrumWindow('blackman', 2, { symmetric: true }))).toMatch(/n: expected at least 3/);
  expect(fp.spectrumWindow('hann', 3, { symmetric: true }).noiseBandwidth).toBeCloseTo(3, 12);
  expect(await failure(() => fp.fftfreq(4, 5e-324))).toMatch(/\bd: /);
});

describe('splines', () => {
  it('periodic ends, by SciPy', () => {
    const at = fp.cubicSpline([0, 1, 2, 3, 4, 5], [0, 2, 1, -1, 0.5, 0], [0.5, 5.5, -4.5], { ends: 'periodic' });
    for (const value of at.data) expect(value).toBeCloseTo(0.9318181818181818, 13);
  });

  it('ends that do not agree, or do not exist', async () => {
    const call = (ends: 'periodic') => () => fp.cubicSpline([0, 1, 2], [0, 1, 0.5], [0.5], { ends });
    expect(await failure(call('periodic'))).toMatch(/^INVALID_ARGUMENT y: .*agree.* got 0 and 0\.5/);
    expect(await failure(call('periodc' as never))).toBe(
      "INVALID_ARGUMENT ends: expected 'natural', 'notAKnot' or 'periodic', got \"periodc\"; did you mean 'periodic'?",
    );
  });
});

describe('what a loss of an equation was made of', () => {
  const line = Array.from({ length: 9 }, (_, i) => [i / 8]);
  const conditions = [{ points: [[0], [1]], equation: 'u - x', weight: 3 }];
  const run = (loss: fp.LossSpec, threads: number, batchSize?: number) =>
    fp
      .createModel(network([dense(8), { type: 'activation', fn: 'tanh' }, dense(1)], 1), { seed: 1, dtype: 'f64' })
      .train({
        ...{ x: line, loss, optimizer: sgd, steps: 4, threads },
        ...(batchSize !== undefined && { batchSize }),
      });
  const residual: fp.LossSpec = { type: 'residual', equation: '-u_xx', conditions };

  it.each<[string, fp.LossSpec, string]>([
    ['residual', residual, 'equation'],
    ['ritz', { type: 'ritz', energy: 'u_x^2 / 2', conditions }, 'energy'],
  ])('%s', async (_, loss, name) => {
    for (const batch of [undefined, 4]) {
      const { loss: total, parts } = await run(loss, 1, batch);
      expect(Object.keys(parts)).toEqual([name, 'conditions']);
      total.forEach((value, r) => {
        expect((parts[name]?.[r] ?? 0) + (parts.conditions?.[r] ?? 0)).toBeCloseTo(value, 12);
      });
      expect(parts.conditions?.[0]).toBeGreaterThan(0);
      expect((await run(loss, 2, batch)).parts).toEqual(parts);
    }
  });

  it('the condition alone is what its errors say', async () => {
    const model = fp.createModel(network([dense(1)], 1), { seed: 0, dtype: 'f64' });
    model.setParameters({ 'layers.0.weight': [[2]], 'layers.0.bias': [0.5] });
    // u = 2x + 1/2: -u'' = 0, and 3 times the mean of (1/2 - 0)^2 and (5/2 - 1)^2 at the ends.
    const { parts } = await model.train({ x: line, loss: residual, optimizer: sgd, steps: 1 });
    expect([parts.equation?.[0], parts.conditions?.[0]]).toEqual([0, 3.75]);
  });
});

describe('messages', () => {
  const model = fp.createModel(network([dense(1)]), { seed: 0 });
  const training = { x: points, y: column, loss: 'mse', optimizer: sgd, steps: 1 } as const;
  it.each<[string, () => unknown, string]>([
    [
      'a name that is none',
      () => model.train({ ...training, optimizer: { type: 'SGD', learningRate: 1 } as never }),
      "optimizer.type: expected 'sgd', 'adam', 'adamw', 'rmsprop' or 'muon', got \"SGD\"; did you mean 'sgd'?",
    ],
    [
      'a field that is none',
      () =>
        model.train({
          ...{ x: points, optimizer: sgd, steps: 1 },
          loss: {
            type: 'residual',
            equation: 'u_x1x1',
            conditions: [{ points, equation: 'u', derivative: 1 } as never],
          },
        }),
      'loss.conditions.0: there is no "derivative"; there is: equation, weight, data',
    ],
    [
      'a number that is none',
      () => model.train({ ...training, loss: { type: 'huber', delta: Infinity } }),
      'train.loss.delta: expected a finite number, got Infinity',
    ],
    [
      'a layer',
      () => fp.createModel(network([dense(2), { type: 'activation', fn: 'rellu' } as never]), { seed: 0 }),
      'spec.layers.1.fn: expected ',
    ],
    [
      'a process that is none',
      () => fp.gaussianProcess({ kernel: [[-1]], y: [1], crossKernel: [[1]], testKernel: [[1]] }),
      'kernel: expected a positive definite matrix, but with noise 0',
    ],
  ])('%s', async (_, call, message) => {
    expect(await failure(call)).toContain(` ${message}`);
  });
});

describe('what has to be given is asked for by its name', () => {
  const none = undefined as never;
  it.each<[string, () => unknown]>([
    ['sampleRate', () => fp.amplitudeSpectrum([1, 2], { sampleRate: none })],
    ['seed', () => fp.gaussianNoise(3, { seed: none })],
    ['law', () => fp.harmonicDecay('relu', { law: none })],
    ['intervals', () => fp.jacobiFactor([1], none)],
    ['sweeps', () => fp.poissonRelax([1, 2, 3], { method: { type: 'jacobi' }, sweeps: none })],
  ])('%s', async (name, call) => {
    expect(await failure(call)).toContain(` ${name}: expected a value, got undefined`);
  });
});

describe('numbers near the ends of double precision', () => {
  const matrix = (scale: number) => [
    [3 * scale, 0],
    [0, 4 * scale],
    [0, 0],
  ];
  const kernel = (scale: number) => [
    [2 * scale, scale],
    [scale, 3 * scale],
  ];

  it.each([1, 1e300, 1e-300])('measures of a matrix times %s are those of the matrix', (scale) => {
    const { data } = fp.singularValues(matrix(scale)).values;
    expect([(data[0] ?? 0) / scale, (data[1] ?? 0) / scale]).toEqual([expect.closeTo(4, 12), expect.closeTo(3, 12)]);
    expect(fp.stableRank(matrix(scale))).toBeCloseTo(25 / 16, 12);
    expect(fp.effectiveRank(matrix(scale))).toBeCloseTo(fp.effectiveRank(matrix(1)), 12);
    expect(fp.spectralNorm(matrix(scale)) / scale).toBeCloseTo(4, 8);
    const estimates = fp.powerIteration(matrix(scale), { start: [scale, scale], iterations: 60 }).data;
    expect((estimates.at(-1) ?? 0) / scale).toBeCloseTo(4, 8);
  });

  it.each([1, 1e300, 1e-300])('what has no unit does not depend on it: %s', (scale) => {
    const measures = fp.spectrumMeasures([scale, 3 * scale], scale);
    expect(measures.participationRatio).toBeCloseTo(1.6, 12);
    expect(measures.degreesOfFreedom).toBeCloseTo(1.25, 12);
    expect(fp.labelAlignment(kernel(scale), [scale, -scale])).toBeCloseTo(fp.labelAlignment(kernel(1), [1, -1]), 12);
    expect(fp.kernelDrift(kernel(scale), kernel(2 * scale))).toBeCloseTo(1, 12);
    expect(fp.spectralDistance([scale, 0], [2 * scale, 0]).relative).toBeCloseTo(1, 12);
    expect(
      Array.from(
        fp.labelEnergy(
          [
            [1, 0],
            [0, 1],
          ],
          [scale, scale],
        ).data,
      ),
    ).toEqual([0.5, 1]);
    const tone = Array.from({ length: 32 }, (_, i) => scale * Math.sin((2 * Math.PI * i) / 32));
    expect(fp.harmonics(tone).ratio).toBeCloseTo(0, 12);
    expect((fp.harmonics(tone).amplitude.data[1] ?? 0) / scale).toBeCloseTo(1, 12);
  });

  it('the errors of a relaxation are relative at any magnitude', async () => {
    const errors = async (scale: number) =>
      (await fp.poissonRelax([scale, 0, -2 * scale], { method: 'jacobi', sweeps: 3, record: [0, 3] })).errors;
    const [first, last] = await errors(1);
    expect(await errors(1e300)).toEqual([expect.closeTo(first ?? 0, 12), expect.closeTo(last ?? 0, 12)]);
  });

  const image = Array.from({ length: 8 }, () => new Array<number>(8).fill(1e300));
  it.each<[string, RegExp, () => unknown]>([
    [
      'radialSpectrum',
      /^NON_FINITE image: the result is not finite: the values are too large$/,
      () => fp.radialSpectrum(image),
    ],
    [
      'angularSpectrum',
      /^NON_FINITE image: /,
      () =>
        fp.angularSpectrum([
          [1e300, 0],
          [0, 1e300],
        ]),
    ],
    ['alongLines', /^NON_FINITE x, directions, offsets: the result/, () => fp.alongLines([[1e300]], [[1]], [1])],
    [
      'learningCurve',
      /^NON_FINITE values, coefficients, samples: /,
      () => fp.learningCurve([1, 1], [1e300, 1], { samples: [1] }),
    ],
    ['singularValues', /^NON_FINITE a: the result/, () => fp.singularValues([[1.7e308, 1.7e308]])],
    ['kernelDrift', /^NON_FINITE b: the result/, () => fp.kernelDrift([[1e-300]], [[1e300]])],
  ])('a result beyond them is refused: %s', async (_, message, call) => {
    expect(await failure(call)).toMatch(message);
  });

  it.each<[string, () => unknown]>([
    ['x', () => fp.alongLines([[Number.NaN]], [[1]], [1])],
    ['offsets', () => fp.alongLines([[1]], [[1]], [Number.POSITIVE_INFINITY])],
    ['at', () => fp.cubicSpline([0, 1], [0, 1], [Number.NaN])],
    ['frequencies', () => fp.kernelBandwidth([1, Number.NaN], [1, 1])],
    ['points', () => fp.sumOfSines({ data: Float64Array.of(Number.NaN), shape: [1] }, [1])],
    ['vectors', () => fp.labelEnergy([[Number.NaN]], [1])],
    ['parameters.b', () => fp.spectralNormalizeAll({ b: { data: Float64Array.of(Number.NaN), shape: [1] } })],
  ])('what is not finite is refused by name: %s', async (name, call) => {
    expect(await failure(call)).toMatch(new RegExp(`^NON_FINITE ${name}: .*finite`));
  });

  it('targets of any magnitude are put on one scale', async () => {
    const x = Array.from({ length: 16 }, (_, i) => i);
    const y = x.map((v) => 1e300 * Math.sin(v));
    const { choice } = await fp.adviseFeatures({ x, y }, { budget: 1, seed: 0 });
    expect(choice.outputs.scale.every(Number.isFinite)).toBe(true);
  }, 60_000);
});
