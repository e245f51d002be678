/** The maximal update parametrisation against the table of its source, and its coordinate check. */
import { describe, expect, it } from 'vitest';
import { createModel, type MlpOptions, mlp, type NdArray, type NetworkSpec } from '../src/index.js';

const x = { data: Float64Array.from([-1, 0.2, 0.7, 1.4, 0.3, -0.8]), shape: [3, 2] };
const y = { data: Float64Array.from([0.4, -1, 0.9]), shape: [3, 1] };
const task = { x, y, loss: 'mse', steps: 1 } as const;
const shape = { input: 2, output: 1, activation: 'tanh' } as const;

/** What each array enters with: A of weights, B of biases. */
const factors = (spec: NetworkSpec): Record<string, number> =>
  Object.fromEntries(
    spec.layers.flatMap((layer, i) => {
      if (layer.type !== 'dense') return [];
      const before = spec.layers[i - 2];
      const fanIn = before?.type === 'dense' ? before.units : 2;
      return [
        [`layers.${i}.weight`, (layer.sigmaW ?? 1) / Math.sqrt(fanIn)],
        [`layers.${i}.bias`, layer.sigmaB ?? 0],
      ];
    }),
  );

const effective = (parameters: Record<string, NdArray>, by: Record<string, number>): Record<string, NdArray> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [
      name,
      { data: Float64Array.from(data, (v) => v * (by[name] ?? Number.NaN)), shape },
    ]),
  );

const numbers = (array: NdArray | undefined): number[] => Array.from(array?.data ?? []);

describe('muP', () => {
  // Widths 3 times and 5 times those of the base.
  const options: MlpOptions = { ...shape, hidden: [6, 20], parameterization: 'mup', baseHidden: [2, 4] };

  it.each([
    // Rates by array of table 3 of Yang et al.: those of fan_out, fan_out / fan_in and 1 / fan_in for descent; for Adam 1, 1 / fan_in and 1 / fan_in.
    ['sgd', { type: 'sgd', learningRate: 0.01 }, [3, 3, 5 / 3, 5, 1 / 5, 1]],
    ['adam', { type: 'adam', learningRate: 0.01, epsilon: 1e-30 }, [1, 1, 1 / 3, 1, 1 / 5, 1]],
  ] as const)(
    'trains the standard network with the rates by layer of its source: %s',
    async (rule, optimizer, rates) => {
      const spec = mlp({ ...options, optimizer: rule, sigmaB: 0.3 });
      const by = factors(spec);
      const model = createModel(spec, { seed: 3, dtype: 'f64' });
      const standard = createModel(mlp({ ...shape, hidden: [6, 20] }), { seed: 0, dtype: 'f64' });
      const start = effective(model.parameters(), by);
      standard.setParameters(start);
      const [own, same] = [await model.predict(x), await standard.predict(x)];
      numbers(own).forEach((v, i) => {
        expect(v).toBeCloseTo(same.data[i] ?? Number.NaN, 12);
      });
      await model.train({ ...task, optimizer });
      await standard.train({ ...task, optimizer });
      const [after, other] = [effective(model.parameters(), by), standard.parameters()];
      for (const [k, name] of Object.keys(start).entries()) {
        numbers(start[name]).forEach((from, i) => {
          const change = (after[name]?.data[i] ?? Number.NaN) - from;
          const expected = (rates[k] ?? Number.NaN) * ((other[name]?.data[i] ?? Number.NaN) - from);
          expect(change).toBeCloseTo(expected, 12);
          expect(Math.abs(change)).toBeGreaterThan(0);
        });
      }
    },
  );

  it('starts as its source says: 1 / fan_in, and 1 / fan_in^2 of the output layer, in variance', () => {
    for (const optimizer of ['sgd', 'adam'] as const) {
      const hidden = [400, 800];
      const spec = mlp({ ...options, hidden, baseHidden: [100, 100], optimizer, sigmaW: 1.5, sigmaB: 0.3 });
      const start = effective(createModel(spec, { seed: 5, dtype: 'f64' }).parameters(), factors(spec));
      const std = (name: string) => {
        const all = numbers(start[name]);
        return Math.sqrt(all.reduce((sum, v) => sum + v * v, 0) / all.length);
      };
      // Four standard errors of the number of draws.
      const near = (name: string, expected: number) =>
        expect(Math.abs(std(name) / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * numbers(start[name]).length));
      near('layers.0.weight', 1.5 / Math.sqrt(2));
      near('layers.2.weight', 1.5 / Math.sqrt(400));
      near('layers.4.weight', 1.5 / Math.sqrt(800) / Math.sqrt(8));
      near('layers.0.bias', 0.3);
      near('layers.2.bias', 0.3);
    }
  });

  it('is the standard network at its base', () => {
    const hidden = [5, 7];
    for (const optimizer of ['sgd', 'adam'] as const) {
      const spec = mlp({ ...shape, hidden, parameterization: 'mup', baseHidden: hidden, optimizer });
      for (const factor of Object.values(factors(spec))) expect(factor).toBeCloseTo(1, 14);
      const init = [2, 5, 7].map((fanIn) => ({ type: 'normal', std: 1 / Math.sqrt(fanIn) }));
      expect(spec.layers.flatMap((layer) => (layer.type === 'dense' ? [layer.init] : []))).toEqual(init);
    }
  });

  it.each(['sgd', 'adam'] as const)('changes every layer by as much at every width: %s', async (optimizer) => {
    const widths = [64, 512];
    const sizes = [];
    for (const width of widths) {
      const squares = [0, 0, 0];
      for (let seed = 0; seed < 8; seed++) {
        const hidden = [width, width];
        const spec = mlp({ ...shape, hidden, parameterization: 'mup', baseHidden: [64, 64], optimizer });
        const parts = [2, 4, 5].map((cut) => ({ ...spec, layers: spec.layers.slice(0, cut) }));
        const model = createModel(spec, { seed, dtype: 'f64' });
        const features = (from: Record<string, NdArray>) =>
          Promise.all(
            parts.map((part) => {
              const own = createModel(part, { seed, dtype: 'f64' });
              own.setParameters(Object.fromEntries(Object.keys(own.parameters()).map((key) => [key, from[key] ?? []])));
              return own.predict(x);
            }),
          );
        const before = await features(model.parameters());
        // The initial outputs shrink with the width; what is missing shall not.
        const goal = { data: y.data.map((v, i) => v + (before[2]?.data[i] ?? Number.NaN)), shape: [3, 1] };
        const rule = {
          type: optimizer,
          learningRate: 2 ** -8,
          ...(optimizer === 'adam' && { epsilon: 1e-12 }),
        } as const;
        await model.train({ ...task, y: goal, optimizer: rule });
        const after = await features(model.parameters());
        for (const [l, array] of after.entries()) {
          const change = numbers(array).map((v, i) => v - (before[l]?.data[i] ?? Number.NaN));
          squares[l] = (squares[l] ?? 0) + change.reduce((sum, v) => sum + v * v, 0) / change.length / 8;
        }
      }
      sizes.push(squares.map(Math.sqrt));
    }
    // Powers of the width; in the standard parameterisation they are -1/2, 1/2 and 1 (descent), 0, 1 and more than 1 (Adam).
    for (let l = 0; l < 3; l++) {
      const power = Math.log((sizes[1]?.[l] ?? Number.NaN) / (sizes[0]?.[l] ?? Number.NaN)) / Math.log(8);
      expect(Math.abs(power), `layer ${l}`).toBeLessThan(0.1);
    }
  });

  it('refuses what has no meaning with it, or without it', () => {
    expect(() => mlp({ ...options, baseHidden: [2] })).toThrow(/baseHidden: expected 2 widths/);
    expect(() => mlp({ ...shape, hidden: [4], parameterization: 'mup' })).toThrow(/baseHidden/);
    expect(() => mlp({ ...options, init: 'he' })).toThrow(/init: with parameterization "mup"/);
    expect(() => mlp({ ...shape, hidden: [4], baseHidden: [4] })).toThrow(/baseHidden: has a meaning/);
    expect(() => mlp({ ...shape, hidden: [4], optimizer: 'sgd' })).toThrow(/optimizer: has a meaning/);
    expect(() => mlp({ ...options, baseHidden: [2, 0.5] })).toThrow(/baseHidden\[1\]/);
    expect(() => mlp({ ...options, sigmaW: 0 })).toThrow(/sigmaW/);
    expect(() => mlp({ ...options, optimizer: 'muon' as 'sgd' })).toThrow(/optimizer/);
  });
});
