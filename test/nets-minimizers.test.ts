/** Minimisers of the whole batch through the public API. (Their test functions and PyTorch's and SciPy's results: crates/nets.) */
import { describe, expect, it } from 'vitest';
import { createModel, type MinimizerSpec, mlp, TrainingAborted, trainMany } from '../src/index.js';

const x = Array.from({ length: 30 }, (_, i) => [i / 15 - 1]);
const y = x.map(([t]) => [Math.sin(3 * t!)]);
const network = mlp({ input: 1, hidden: [6], output: 1, activation: 'tanh' });
const loss = 'mse';

const minimizers: MinimizerSpec[] = [
  { type: 'lbfgs' },
  { type: 'bfgs' },
  { type: 'powell' },
  { type: 'particleSwarm', spread: 0.5 },
];

for (const dtype of ['f32', 'f64'] as const) {
  describe(`minimisers, ${dtype}`, () => {
    it.each(minimizers)('$type lowers the loss at every step, alone and in a sweep', async (optimizer) => {
      const model = createModel(network, { seed: 2, dtype });
      const options = { x, y, loss, optimizer, steps: 15 } as const;
      const history = await model.train(options);
      history.loss.slice(1).forEach((value, i) => {
        expect(value).toBeLessThanOrEqual(history.loss[i]! * (1 + 1e-5));
      });
      expect(history.loss.at(-1)).toBeLessThan(0.5 * history.loss[0]!);
      const [run] = await trainMany([{ seed: 2 }], { ...options, spec: network, dtype });
      expect(run!.history.loss).toEqual(history.loss);
      expect(run!.parameters).toEqual(model.parameters());
    });

    it.each(minimizers)('$type goes on from its state with the same bits', async (optimizer) => {
      const whole = createModel(network, { seed: 2, dtype });
      await whole.train({ x, y, loss, optimizer, steps: 8 });
      const cut = createModel(network, { seed: 2, dtype });
      const { state } = await cut.train({ x, y, loss, optimizer, steps: 3 });
      await cut.train({ x, y, loss, optimizer, steps: 5, resume: state });
      expect(cut.parameters()).toEqual(whole.parameters());
    });
  });
}

describe('minimisers', () => {
  it('stop within a sweep when aborted, with the parameters of the last whole one', async () => {
    const wide = mlp({ input: 1, hidden: [30, 30], output: 1, activation: 'tanh' });
    const model = createModel(wide, { seed: 1 });
    const before = model.parameters();
    const controller = new AbortController();
    const training = model.train({
      x,
      y,
      loss,
      optimizer: { type: 'powell', tolerance: 1e-9 },
      steps: 50,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 5);
    const error = await training.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TrainingAborted);
    const { state } = (error as TrainingAborted).history;
    if (state.step === 0) expect(model.parameters()).toEqual(before);
  });

  it('end as converged where nothing is lower', async () => {
    const model = createModel({ input: 1, layers: [{ type: 'dense', units: 1 }] }, { seed: 0, dtype: 'f64' });
    const line = x.map(([t]) => [2 * t! - 1]);
    const history = await model.train({ x, y: line, loss, optimizer: { type: 'bfgs' }, steps: 100 });
    expect(history.stopReason).toBe('converged');
    expect(model.parameters()['layers.0.weight']!.data[0]).toBeCloseTo(2, 8);
    expect(history.loss).toHaveLength(history.steps.length);
  });

  it('refuse batches, and matrices beyond the memory', async () => {
    const model = createModel(network, { seed: 0 });
    const options = { x, y, loss, optimizer: { type: 'bfgs' }, steps: 1 } as const;
    await expect(model.train({ ...options, batchSize: 5 })).rejects.toThrow(/all 30 samples/);
    const large = createModel(mlp({ input: 1, hidden: [500, 500], output: 1, activation: 'relu' }), { seed: 0 });
    await expect(large.train({ ...options, memoryLimit: 2 ** 30 })).rejects.toMatchObject({
      code: 'OVER_MEMORY_LIMIT',
    });
  });
});
