/** Experiments on how training goes beyond gradient descent, at sizes that take seconds, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { matrixOptimizers } from '../src/experiments/beyond/matrix-optimizers.js';
import { mupTransfer } from '../src/experiments/beyond/mup-transfer.js';
import { gaussNewton } from '../src/experiments/support/gauss-newton.js';
import { direction, kept, soap } from '../src/experiments/support/soap.js';
import { at, createModel, mlp, type NetworkSpec, runExperiment, svd } from '../src/index.js';
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

describe('SOAP', () => {
  it('is the Adam of the engine without its rotation', async () => {
    const x = { data: Float64Array.from([-1, 0.5, 2, 0.1]), shape: [4, 1] };
    const y = { data: Float64Array.from([0.3, -2, 1, 0.4]), shape: [4, 1] };
    const spec = mlp({ input: 1, hidden: [4, 5], output: 1, activation: 'tanh' });
    const [steps, rate, frequencies] = [12, 0.02, [0.1, 0.3]];
    const { signal } = new AbortController();
    const records = [0, 1, 5, 12];
    const run = { spec, x, y, networks: [{ seed: 3, rate }], steps, records, frequencies, signal };
    const [found] = await soap({ ...run, rotated: false });
    const { probes } = await createModel(spec, { seed: 3, dtype: 'f64' }).train({
      ...{ x, y, loss: 'mse', steps, record: { at: records.slice(0, -1) } },
      optimizer: { type: 'adam', learningRate: rate, beta1: 0.95, beta2: 0.95 },
      probes: { error: { type: 'spectrum', points: x, target: y, frequencies } },
    });
    const expected = probes.error.relativeError;
    expect(found?.shape).toEqual(expected.shape);
    for (const [i, v] of expected.data.entries()) expect(found?.data[i]).toBeCloseTo(v, 9);
    // And is not with it.
    const [rotated] = await soap({ ...run, rotated: true });
    expect(Math.abs((rotated?.data[7] ?? 0) - (found?.data[7] ?? 0))).toBeGreaterThan(1e-4);
  });

  it('goes first along U V^T of the gradient U S V^T, as Muon does', async () => {
    // P and Q of one gradient are its singular vectors, P^T G Q is +-S on its diagonal, and Adam's first step is the sign.
    const gradient = { data: Float64Array.from([2, -1, 0.5, 0.3, 1.5, -0.7, -0.4, 0.2, 1.1]), shape: [3, 3] };
    const { data } = await direction(kept([3, 3], true), gradient, 0);
    const { u, values, v } = await svd(gradient);
    for (let i = 0; i < 9; i++) {
      const [row, column] = [Math.floor(i / 3), i % 3];
      const expected = [0, 1, 2].reduce((sum, k) => sum + at(u, row, k) * at(v, column, k), 0);
      expect(data[i]).toBeCloseTo(expected, 6);
    }
    expect(new Set(Array.from(values.data, (value) => value.toFixed(3))).size).toBe(3);
  });
});

describe('experiments, small', () => {
  it('matrix-optimizers', async () => {
    const few = (rates: number[]) => ({ steps: 12, rates });
    const parameters = {
      points: 16,
      hidden: [6, 6],
      gd: few([0.01, 0.1]),
      ...{
        adam: few([1e-2]),
        muon: few([1e-2, 2e-2]),
        divided: few([1e-2]),
        soap: few([1e-2, 2e-2]),
        unrotated: few([1e-2]),
        newton: { steps: 3, rates: [0.05] },
      },
      ...{ records: 10, tuning: 1, networks: 2 },
    };
    const result = await runExperiment(matrixOptimizers, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual([
      ...['gd', 'adam', 'muon', 'soap'].flatMap((name) => [`order-${name}`, `missing-${name}`]),
      ...['not-amplitude', 'not-orthogonalisation', 'not-rotation', 'newton-levels'],
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
