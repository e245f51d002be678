/** Weights of the terms of a loss of equations, against the tangent kernels and residuals measured otherwise. */
import { describe, expect, it } from 'vitest';
import { createModel, type EquationCondition, mlp, type ResidualLoss, residualNtk } from '../src/index.js';

const model = () =>
  createModel(mlp({ input: 2, hidden: [7, 6], output: 1, activation: 'tanh' }), { seed: 5, dtype: 'f64' });
const variables = ['x', 't'];
const x = Array.from({ length: 6 }, (_, i) => [Math.sin(3 * i), i / 5]);
const start = [-0.8, -0.1, 0.5, 0.9].map((v) => [v, 0]);
const conditions: EquationCondition[] = [{ points: start, equation: 'u - sin(x)', weight: 2 }];
const base: ResidualLoss = { type: 'residual', variables, equation: 'u_t + u * u_x - 0.1 * u_xx', conditions };
const still = { x, optimizer: { type: 'sgd', learningRate: 0 } } as const;

describe('weights of terms', () => {
  it('by the kernels are those of the traces of residualNtk', async () => {
    const { uu, rr } = await residualNtk(model(), {
      x: start,
      collocation: x,
      variables,
      equation: base.equation ?? '',
    });
    const mean = ({ data, shape: [n = 1] }: typeof uu) =>
      Array.from({ length: n }, (_, i) => data[i * n + i] ?? 0).reduce((sum, v) => sum + v, 0) / n;
    const total = mean(uu) + mean(rr);
    const { weights } = await model().train({ ...still, loss: { ...base, balance: { type: 'ntk' } }, steps: 1 });
    expect(weights.equation?.[0]).toBeCloseTo(total / mean(rr), 9);
    expect(weights['conditions.0']?.[0]).toBeCloseTo(total / mean(uu), 9);
  });

  it('by gradients are those of the terms alone', async () => {
    const slopes = async (loss: ResidualLoss) => {
      const [before, after] = [model(), model()];
      await after.train({ x, optimizer: { type: 'sgd', learningRate: 1 }, loss, steps: 1 });
      const flat = (own: ReturnType<typeof model>) => Object.values(own.parameters()).flatMap(({ data }) => [...data]);
      const moved = flat(after);
      return flat(before).map((p, i) => Math.abs(p - (moved[i] ?? 0)));
    };
    const largest = Math.max(...(await slopes({ ...base, conditions: [] })));
    const own = await slopes({ ...base, weight: 0, conditions: conditions.map((one) => ({ ...one, weight: 1 })) });
    const ratio = largest / (own.reduce((sum, v) => sum + v, 0) / own.length);
    const balance = { type: 'gradientNorm', momentum: 0.8 } as const;
    const { weights, terms, loss } = await model().train({ ...still, loss: { ...base, balance }, steps: 1 });
    expect(weights.equation?.[0]).toBe(1);
    expect(weights['conditions.0']?.[0]).toBeCloseTo(0.8 + 0.2 * ratio, 8);
    // What is recorded of the terms has the factors in it.
    expect((terms.equation?.[0] ?? 0) + (terms['conditions.0']?.[0] ?? 0)).toBeCloseTo(loss[0] ?? Number.NaN, 12);
  });

  it('in time wait for the slices before, and a curriculum takes the first of them alone', async () => {
    // Each point's square, by a training at it alone.
    const squares = await Promise.all(
      x.map(
        async (point) =>
          (await model().train({ ...still, x: [point], loss: { ...base, conditions: [] }, steps: 1 })).loss[0] ?? 0,
      ),
    );
    const initial = (await model().train({ ...still, loss: base, steps: 1 })).terms['conditions.0']?.[0] ?? 0;
    const causal = { variable: 't', slices: 2, epsilon: 0.7, initial: 0 };
    const { weights, terms } = await model().train({ ...still, loss: { ...base, causal }, steps: 1 });
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = squares;
    const [first, second] = [Math.exp(-0.7 * initial), Math.exp(-0.7 * (initial + (a + b + c) / 3))];
    expect(weights.causal?.[0]).toBeCloseTo(second, 12);
    expect(terms.equation?.[0]).toBeCloseTo((first * (a + b + c) + second * (d + e + f)) / 6, 12);
    const curriculum = { variable: 't', steps: 2, start: 0.2, stages: 2 };
    const grown = await model().train({ ...still, loss: { ...base, curriculum }, steps: 2 });
    const means = [2, 4, 6].map((count) => squares.slice(0, count).reduce((sum, v) => sum + v, 0) / count);
    grown.terms.equation?.forEach((value, r) => {
      expect(value).toBeCloseTo(means[r] ?? Number.NaN, 12);
    });
  });
});
