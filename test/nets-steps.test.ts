/** Trainings record by record, and trainings in two phases: the bits of one training, however it is cut. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModel, type LossSpec, mlp, type TrainOptions, withCheckpoints } from '../src/index.js';

const noise = (n: number, d: number): number[][] => {
  let state = n;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return Array.from({ length: n }, () => Array.from({ length: d }, next));
};
const spec = mlp({ input: 2, hidden: [8, 8], output: 1, activation: 'tanh' });
const model = () => createModel(spec, { seed: 4, dtype: 'f64' });
/** Everything that a training can change of its loss, with a minimiser at its end. */
const loss = {
  ...{ type: 'residual', variables: ['x', 't'], equation: 'u_t + u * u_x - nu * u_xx' },
  parameters: { nu: { value: 0.1, trainable: true } },
  conditions: [{ points: noise(10, 2), equation: 'u - sin(x)' }],
  balance: { type: 'ntk', every: 5, momentum: 0.5 },
  causal: { variable: 't', slices: 4, epsilon: 0.5, initial: 0 },
  curriculum: { variable: 't', steps: 12 },
  resample: { every: 4, method: 'residual' },
} as const satisfies LossSpec;
const training = {
  x: noise(40, 2),
  loss,
  optimizer: { type: 'adam', learningRate: 0.01 },
  steps: 20,
  finish: { optimizer: { type: 'lbfgs' }, steps: 6 },
  record: { every: 3 },
  probes: {
    outputs: { type: 'outputs', points: noise(3, 2) },
    change: { type: 'rank', parameter: 'layers.0.weight', change: true },
  },
} as const satisfies TrainOptions;

describe('model.steps', () => {
  it('has the bits of model.train, whatever changes during the training', async () => {
    const [whole, held] = [model(), model()];
    const expected = await whole.train(training);
    const steps = held.steps(training);
    const seen: number[] = [];
    for await (const record of steps) {
      seen.push(record.step);
      expect(record.loss).toBe(expected.loss[seen.length - 1]);
      expect(record.weights.causal).toBe(expected.weights.causal?.[seen.length - 1]);
      expect(record.probes.outputs.values.shape).toEqual([1, 3, 1]);
      expect(record.done).toBe(record.step === 26);
      // The model is idle between records.
      await held.predict([[0, 0]]);
    }
    expect(seen).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 26]);
    expect(steps.history).toEqual(expected);
    expect(held.parameters()).toEqual(whole.parameters());
  });

  it('of mini-batches records their loss', async () => {
    const [whole, held] = [model(), model()];
    const y = noise(40, 1);
    const batches = { x: noise(40, 2), y, loss: 'mse', optimizer: training.optimizer, steps: 9, batchSize: 8 } as const;
    const expected = await whole.train(batches);
    const steps = held.steps(batches);
    for await (const { step } of steps) expect(step).toBe(steps.history.steps.at(-1));
    expect(steps.history).toEqual(expected);
  });

  it('changes rates, weights and data from a record on', async () => {
    const y = noise(40, 1);
    const common = { x: training.x, y, optimizer: { type: 'sgd', learningRate: 0.1 }, record: { every: 5 } } as const;
    const [held, parts] = [model(), model()];
    const steps = held.steps({ ...common, loss: 'mse', steps: 10 });
    const other = { x: training.x.toReversed(), loss: 'mae', optimizer: { type: 'sgd', learningRate: 0.01 } } as const;
    for await (const { step } of steps) if (step === 5) steps.change(other);
    const { state } = await parts.train({ ...common, loss: 'mse', steps: 5 });
    await parts.train({ ...common, ...other, steps: 5, resume: state });
    expect(held.parameters()).toEqual(parts.parameters());
    expect(() => steps.change({ optimizer: { type: 'adam', learningRate: 1 } })).toThrow(
      /expected another sgd, got "adam"/,
    );
    expect(() => steps.change({ steps: 3 } as never)).toThrow(/change: there is no option "steps"|steps/);
  });

  it('ends where its loop is left, and is gone on with', async () => {
    const held = model();
    const steps = held.steps(training);
    expect(() => steps.history).toThrow(/before the first record/);
    for await (const { step } of steps) if (step === 9) break;
    expect([steps.history.stopReason, steps.history.state.step, steps.history.steps]).toEqual([
      'stopped',
      9,
      [0, 3, 6, 9],
    ]);
    await expect(steps[Symbol.asyncIterator]().next()).rejects.toThrow(/has begun/);
    const whole = model();
    await whole.train(training);
    // The record of step 9, with what changes there, was before its update: a training that resumes makes it again.
    const rest = { ...training, steps: 11, resume: steps.history.state };
    await held.train(rest);
    expect(Object.keys(held.parameters())).toEqual(Object.keys(whole.parameters()));
  });

  it('is saved in a folder of checkpoints, record by record', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fprinciple-steps-'));
    const work = async () => {
      const held = model();
      const steps = held.steps(training);
      for await (const { step } of steps)
        if (step === 12) steps.change({ optimizer: { type: 'adam', learningRate: 1e-3 } });
      return [steps.history, held.parameters()];
    };
    const expected = await work();
    try {
      expect(await withCheckpoints({ folder, minutes: 1 }, work)).toEqual(expected);
      // A second process reads what the first has done; this one pauses all the time.
      expect(await withCheckpoints({ folder, minutes: 1e-6 }, work)).toEqual(expected);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('a training whose loss changes', () => {
  it.each([1, 4, 5, 7, 8, 19, 21, 24])('has the bits of one training when it is cut at step %i', async (cut) => {
    const [whole, parts] = [model(), model()];
    const { finish, ...plain } = training;
    const history = await whole.train(training);
    const [first, second] =
      cut < 20
        ? [
            { ...plain, steps: cut },
            { ...training, steps: 20 - cut },
          ]
        : [
            { ...plain, finish: { ...finish, steps: cut - 20 } },
            { ...plain, optimizer: finish.optimizer, steps: 26 - cut },
          ];
    const { state } = await parts.train(first);
    const ended = await parts.train({ ...second, resume: state });
    expect(ended.state).toEqual(history.state);
    expect(parts.parameters()).toEqual(whole.parameters());
  });

  it('is paused and saved at any moment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fprinciple-changing-'));
    try {
      const [whole, saved] = [model(), model()];
      const expected = await whole.train(training);
      const history = await withCheckpoints({ folder, minutes: 1e-6 }, () => saved.train(training));
      expect(history).toEqual(expected);
      expect(saved.parameters()).toEqual(whole.parameters());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('draws its points by its seed', async () => {
    const points = async (method: 'uniform' | 'sobol' | 'residual', seed: number) => {
      const { parameters: _, ...known } = loss;
      const equation = 'u_t + u * u_x - 0.1 * u_xx';
      const own = { ...training, seed, steps: 5, loss: { ...known, equation, resample: { every: 4, method } } };
      const { finish: __, ...plain } = own;
      return (await model().train(plain)).state.points;
    };
    for (const method of ['uniform', 'sobol', 'residual'] as const) {
      const [a, b] = [await points(method, 1), await points(method, 2)];
      expect(a?.shape).toEqual([40, 2]);
      expect(a).not.toEqual(b);
      expect(await points(method, 1)).toEqual(a);
      for (const j of [0, 1]) {
        const given = training.x.map((point) => point[j] ?? 0);
        for (const x of (a?.data ?? []).filter((_, i) => i % 2 === j)) {
          expect(x).toBeGreaterThanOrEqual(Math.min(...given));
          expect(x).toBeLessThanOrEqual(Math.max(...given));
        }
      }
    }
  });

  it.each([
    [{ balance: { type: 'ntk', every: 0 } }, /loss.balance.*positive integers/],
    [
      { balance: { type: 'gradientNorm', momentum: 1 } },
      /loss.balance.momentum: expected a number from 0 to below 1, got 1/,
    ],
    [{ causal: { variable: 'y' } }, /loss.causal.variable: expected one of x, t, got "y"/],
    [{ causal: { variable: 't', slices: 1 } }, /loss.causal.slices/],
    [{ causal: { variable: 't', initial: 3 } }, /loss.causal.initial: .*there is no conditions.3/],
    [
      { curriculum: { variable: 't', steps: 4, start: 0 } },
      /loss.curriculum.start: expected a number above 0, at most 1, got 0/,
    ],
    [{ resample: { every: 2, method: 'sobol' }, data: { f: noise(40, 1) } }, /loss.resample.*loss.data/],
    [{ resample: { every: 2, method: 'grid' } }, /resample/],
  ])('refuses %o', async (extra, message) => {
    const own = {
      ...loss,
      balance: undefined,
      causal: undefined,
      curriculum: undefined,
      resample: undefined,
      ...extra,
    };
    await expect(model().train({ ...training, loss: own as never })).rejects.toThrow(message);
  });

  it('refuses what needs all points, or another optimizer', async () => {
    await expect(model().train({ ...training, batchSize: 8 })).rejects.toThrow(/batchSize/);
    const finish = { optimizer: { type: 'powell' }, steps: 3 } as never;
    await expect(model().train({ ...training, finish })).rejects.toThrow(/finish.optimizer: expected lbfgs or bfgs/);
    await expect(model().train({ ...training, finish: { ...training.finish, steps: 0 } })).rejects.toThrow(
      /finish.steps/,
    );
    await expect(
      model().train({ ...training, resume: { step: 3, moments: [], points: [[1]] } as never }),
    ).rejects.toThrow(/resume/);
  });
});
