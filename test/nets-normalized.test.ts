/** Weights held at a spectral norm through a training. */
import { describe, expect, test } from 'vitest';
import { createModel, gaussianNoise, mlp, spectralNorm, type TrainOptions } from '../src/index.js';

describe('weights held at a spectral norm', () => {
  const spec = mlp({ input: 3, hidden: [8, 8], output: 2, activation: 'relu' });
  const x = { data: gaussianNoise(60, { seed: 1 }).data, shape: [20, 3] };
  const y = { data: gaussianNoise(40, { seed: 2 }).data, shape: [20, 2] };
  const options = {
    x,
    y,
    loss: 'mse',
    optimizer: { type: 'adam', learningRate: 0.01 },
    steps: 23,
    record: { every: 5 },
  } as const satisfies TrainOptions;
  const names = ['layers.0.weight', 'layers.2.weight', 'layers.4.weight'];
  const norms = (record: Record<string, { data: Float64Array | Float32Array; shape: number[] }>) =>
    names.map((name) => spectralNorm(record[name]!));

  test.each(['f32', 'f64'] as const)(
    '%s: every weight has the norm before each step that is due, and at the end',
    async (dtype) => {
      const model = createModel(spec, { seed: 4, dtype });
      const probes = Object.fromEntries(
        names.map((parameter) => [parameter, { type: 'parameters', parameter } as const]),
      );
      const history = await model.train({
        ...options,
        probes,
        constraint: { type: 'spectralNorm', norm: 1.5, every: 5 },
      });
      const digits = dtype === 'f64' ? 9 : 5;
      for (const norm of norms(model.parameters())) expect(norm).toBeCloseTo(1.5, digits);
      expect(history.steps).toEqual([0, 5, 10, 15, 20, 23]);
      for (const name of names) {
        const { data, shape } = history.probes[name]!.values;
        const size = data.length / shape[0]!;
        const columns = model.parameters()[name]!.shape[1]!;
        for (let r = 0; r < shape[0]!; r++)
          expect(
            spectralNorm({ data: data.slice(r * size, (r + 1) * size), shape: [size / columns, columns] }),
          ).toBeCloseTo(1.5, digits);
      }
    },
  );

  test('between projections it is the training that it would be: one step by hand', async () => {
    const constraint = { type: 'spectralNorm', every: 3, parameters: ['layers.2.weight'] } as const;
    const sgd = { ...options, optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 1 } as const;
    const held = createModel(spec, { seed: 4, dtype: 'f64' });
    await held.train({ ...sgd, constraint });
    const byHand = createModel(spec, { seed: 4, dtype: 'f64' });
    const scale = (): void => {
      const weight = byHand.parameters()['layers.2.weight']!;
      const norm = spectralNorm(weight);
      byHand.setParameters({ 'layers.2.weight': { data: weight.data.map((v) => v / norm), shape: weight.shape } });
    };
    scale();
    await byHand.train(sgd);
    scale();
    for (const [name, { data }] of Object.entries(byHand.parameters()))
      data.forEach((v, i) => {
        expect(held.parameters()[name]!.data[i]).toBeCloseTo(v, 12);
      });
  });

  test('cut in two at a multiple of `every`: the same bits as one training', async () => {
    const constraint = { type: 'spectralNorm', norm: 2, every: 4 } as const;
    const whole = createModel(spec, { seed: 4 });
    await whole.train({ ...options, steps: 20, constraint });
    const parts = createModel(spec, { seed: 4 });
    const { state } = await parts.train({ ...options, steps: 8, constraint });
    await parts.train({ ...options, steps: 12, constraint, resume: state });
    expect(parts.parameters()).toEqual(whole.parameters());
  });

  test('what cannot be held is refused by name', async () => {
    const model = createModel(spec, { seed: 4 });
    const train = (constraint: object, more: object = {}) =>
      model.train({ ...options, ...more, constraint: { type: 'spectralNorm', ...constraint } } as TrainOptions);
    await expect(train({ parameters: ['layers.9.weight'] })).rejects.toThrow(/layers.9.weight/);
    await expect(train({ parameters: ['layers.0.bias'] })).rejects.toThrow(/layers.0.bias/);
    await expect(train({ every: 0 })).rejects.toThrow(/every/);
    await expect(train({ norm: -1 })).rejects.toThrow(/norm/);
    await expect(train({ nrm: 1 })).rejects.toThrow(/nrm/);
    await expect(train({}, { optimizer: { type: 'lbfgs' } })).rejects.toThrow(/first-order/);
  });
});
