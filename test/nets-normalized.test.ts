/** Weights under a spectral norm through a training. */
import { describe, expect, test } from 'vitest';
import { createModel, gaussianNoise, mlp, spectralNorm, trainNormalized } from '../src/index.js';

describe('training under a spectral norm', () => {
  const spec = mlp({ input: 3, hidden: [8, 8], output: 2, activation: 'relu' });
  const x = { data: gaussianNoise(60, { seed: 1 }).data, shape: [20, 3] };
  const y = { data: gaussianNoise(40, { seed: 2 }).data, shape: [20, 2] };
  const options = {
    x,
    y,
    loss: 'mse',
    optimizer: { type: 'adam', learningRate: 0.01 },
    steps: 23,
    record: { every: 4 },
    probes: { out: { type: 'outputs', points: x } },
  } as const;

  test('every weight has the norm, one history is kept', async () => {
    const model = createModel(spec, { seed: 4, dtype: 'f64' });
    const history = await trainNormalized(model, options, { every: 5, norm: 1.5 });
    const parameters = model.parameters();
    for (const name of ['layers.0.weight', 'layers.2.weight', 'layers.4.weight'])
      expect(spectralNorm(parameters[name]!)).toBeCloseTo(1.5, 9);
    expect(history.steps).toEqual([0, 4, 8, 12, 16, 20, 23]);
    expect(history.loss.length).toBe(7);
    expect(history.probes.out.values.shape).toEqual([7, 20, 2]);
    expect(history.state.step).toBe(23);
  });
  test('one layer alone; what does not exist is refused', async () => {
    const model = createModel(spec, { seed: 4, dtype: 'f64' });
    await trainNormalized(model, options, { parameters: ['layers.2.weight'] });
    expect(spectralNorm(model.parameters()['layers.2.weight']!)).toBeCloseTo(1, 9);
    expect(Math.abs(spectralNorm(model.parameters()['layers.0.weight']!) - 1)).toBeGreaterThan(1e-3);
    await expect(trainNormalized(model, options, { parameters: ['layers.9.weight'] })).rejects.toThrow(/layers.9/);
    await expect(trainNormalized(model, options, { every: 0 })).rejects.toThrow(/every/);
    await expect(trainNormalized(model, { ...options, record: { log: 5 } })).rejects.toThrow(/record/);
  });
});
