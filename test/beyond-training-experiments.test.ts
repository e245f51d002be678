/** Experiments on how training goes beyond gradient descent, at sizes that take seconds, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { matrixOptimizers } from '../src/experiments/beyond/matrix-optimizers.js';
import { mupTransfer } from '../src/experiments/beyond/mup-transfer.js';
import { gaussNewton } from '../src/experiments/support/gauss-newton.js';
import { mlp, type NetworkSpec, runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe('Gauss-Newton', () => {
  const x = { data: Float64Array.from([-1, 0.5, 2]), shape: [3, 1] };
  const y = { data: Float64Array.from([0.3, -2, 1]), shape: [3, 1] };
  const { signal } = new AbortController();

  it('solves a linear model in one step, or goes the part of the way that is asked for', async () => {
    // Of features cos and sin of three frequencies, more numbers than samples: J J^T has full rank.
    const spec: NetworkSpec = {
      input: 1,
      layers: [
        { type: 'fourierFeatures', frequencies: [[0.1], [0.27], [0.4]] },
        { type: 'dense', units: 1 },
      ],
    };
    const task = { spec, seed: 1, x, y, damping: 0, steps: 2, signal };
    const [, first = [], second = []] = await gaussNewton({ ...task, rate: 1 });
    for (const [i, value] of y.data.entries()) {
      expect(first[i]).toBeCloseTo(value, 8);
      expect(second[i]).toBeCloseTo(value, 8);
    }
    const outputs = await gaussNewton({ ...task, rate: 0.25 });
    const residual = (step: number) => y.data.map((value, i) => (outputs[step]?.[i] ?? Number.NaN) - value);
    residual(0).forEach((start, i) => {
      expect(residual(1)[i]).toBeCloseTo(0.75 * start, 8);
      expect(residual(2)[i]).toBeCloseTo(0.75 ** 2 * start, 8);
    });
  });

  it('is gradient descent where the damping is large', async () => {
    // v -> (h - y) / (damping m): a step of rate / (damping m n) times the gradient of sum (h - y)^2 / 2.
    const spec = mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' });
    const whole = { spec, seed: 3, x, y, steps: 1, signal };
    const [start = [], near = []] = await gaussNewton({ ...whole, rate: 1e3, damping: 1e6 });
    const [, nearer = []] = await gaussNewton({ ...whole, rate: 1e4, damping: 1e7 });
    Array.from(start).forEach((value, i) => {
      expect(near[i]).not.toBe(value);
      expect((nearer[i] ?? 0) - value).toBeCloseTo((near[i] ?? 0) - value, 8);
    });
  });
});

describe('experiments, small', () => {
  it('matrix-optimizers', async () => {
    const few = (rates: number[]) => ({ steps: 12, rates });
    const parameters = {
      points: 16,
      hidden: [6, 6],
      gd: few([0.01, 0.1]),
      ...{ adam: few([1e-2]), muon: few([1e-2, 2e-2]), divided: few([1e-2]), newton: { steps: 3, rates: [0.05] } },
      ...{ records: 10, tuning: 1, networks: 2 },
    };
    const result = await runExperiment(matrixOptimizers, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual([
      ...['gd', 'adam', 'muon'].flatMap((name) => [`order-${name}`, `missing-${name}`]),
      ...['not-amplitude', 'not-orthogonalisation', 'newton-levels'],
    ]);
  });

  it('mup-transfer', async () => {
    const few = { steps: 6, rates: [0.01, 0.02] };
    const parameters = { points: 16, depth: 2, widths: [8, 32], adam: few, sgd: few, networks: 2, checked: 2 };
    const result = await runExperiment(mupTransfer, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(['rate-stays', 'transfers', 'coordinates', 'ntk-is-lazy']);
  });
});
