/** The NTK and rank probes against this package's own functions of a model. */
import { describe, expect, it } from 'vitest';
import { createModel, eigh, empiricalNtk, mlp } from '../src/index.js';

const x = Array.from({ length: 12 }, (_, i) => [Math.cos(i), Math.sin(i)]);
const y = x.map(([a, b]) => [a! * b!]);
const network = mlp({ input: 2, hidden: [16, 16], output: 1, activation: 'tanh', parameterization: 'ntk' });
const optimizer = { type: 'sgd', learningRate: 0.05 } as const;

describe.each(['f32', 'f64'] as const)('probes, %s', (dtype) => {
  const digits = dtype === 'f64' ? 10 : 4;

  it('ntk is the empirical kernel of the parameters at each record', async () => {
    const model = createModel(network, { seed: 3, dtype });
    const first = await empiricalNtk(model, x);
    const probes = { kernel: { type: 'ntk', points: x } } as const;
    const history = await model.train({ x, y, loss: 'mse', optimizer, steps: 20, record: { every: 20 }, probes });
    const last = await empiricalNtk(model, x);
    const { values, eigenvalues } = history.probes.kernel;
    expect(values.shape).toEqual([2, 12, 12]);
    first.data.forEach((expected, i) => {
      expect(values.data[i]).toBeCloseTo(expected, digits);
    });
    last.data.forEach((expected, i) => {
      expect(values.data[144 + i]).toBeCloseTo(expected, digits);
    });
    const spectrum = Array.from((await eigh(last)).values.data).reverse();
    spectrum.forEach((expected, i) => {
      expect(eigenvalues.data[12 + i]).toBeCloseTo(expected, digits);
    });
  });

  it('rank follows a weight, its change, and the features of a layer', async () => {
    const model = createModel(network, { seed: 3, dtype });
    const probes = {
      weight: { type: 'rank', parameter: 'layers.2.weight' },
      change: { type: 'rank', parameter: 'layers.2.weight', change: true },
      features: { type: 'rank', layer: 3, points: x },
    } as const;
    const history = await model.train({ x, y, loss: 'mse', optimizer, steps: 10, record: { every: 5 }, probes });
    const { weight, change, features } = history.probes;
    expect(weight.singularValues.shape).toEqual([3, 16]);
    const { data } = model.parameters()['layers.2.weight']!;
    const squares = Array.from(data as Iterable<number>).reduce((sum, w) => sum + w * w, 0);
    const power = Array.from(weight.singularValues.data.subarray(32)).reduce((sum, s) => sum + s * s, 0);
    expect(power / squares).toBeCloseTo(1, 5);
    expect(change.effectiveRank.data[0]).toBe(0);
    expect(change.effectiveRank.data[2]).toBeLessThan(weight.effectiveRank.data[2]!);
    // Twelve points, less their mean.
    expect(features.singularValues.shape).toEqual([3, 12]);
    expect(features.singularValues.data[11]! / features.singularValues.data[0]!).toBeLessThan(1e-6);
  });
});
