import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep, type TrainingDescription } from '../src/index.js';
import { decodePaused, encodePaused, type Paused } from '../src/sweeps/plan/paused.js';
import { trainDescribed } from '../src/sweeps/plan/training.js';
import { type TrainingParameters, trainingParameters } from '../src/sweeps/plan/training-parameters.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-stopping-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const base = { data: { type: 'sines', points: 40 }, network: { hidden: [6] }, steps: 90, records: 12 };
const parameters = (own: object): TrainingParameters => trainingParameters.parse({ ...base, ...own });

async function train(own: object, from?: Paused) {
  const [trained] = await trainDescribed([{ parameters: parameters(own), seed: 3, from }]);
  if (!trained) throw new Error('a run is missing');
  return trained;
}

const kinds: Record<string, object> = {
  adam: {},
  'adam in double precision': { dtype: 'f64' },
  'sgd with momentum on mini-batches': {
    optimizer: { type: 'sgd', learningRate: 0.05, momentum: 0.9 },
    batchSize: 7,
  },
  'rmsprop on a cosine': {
    optimizer: { type: 'rmsprop', learningRate: 0.01, schedule: { type: 'cosine', steps: 90 } },
  },
  lbfgs: { optimizer: { type: 'lbfgs' } },
  bfgs: { optimizer: { type: 'bfgs' }, dtype: 'f64' },
  'a swarm': { optimizer: { type: 'particleSwarm' }, steps: 60 },
  'batch normalisation': {
    network: {
      input: 1,
      layers: [
        { type: 'dense', units: 6 },
        { type: 'batchNorm' },
        { type: 'activation', fn: 'tanh' },
        { type: 'dense', units: 1 },
      ],
    },
  },
  'one that diverges': { optimizer: { type: 'sgd', learningRate: 1e6 } },
  'one without progress': {
    stop: { patience: 5, every: 4 },
    optimizer: { type: 'sgd', learningRate: 0.3, momentum: 0.95 },
  },
  'an equation whose coefficient is trained with it': {
    loss: {
      type: 'residual',
      equation: 'u_x - a * u',
      parameters: { a: { value: 0.3, trainable: true } },
      conditions: [{ points: [[0], [1]], equation: 'u - exp(x)' }],
    },
    optimizer: { type: 'adam', learningRate: 0.01 },
  },
  'one that is good enough': { stop: { lossBelow: 0.7 }, optimizer: { type: 'adam', learningRate: 0.02 } },
};

describe('a training that is paused and goes on', () => {
  for (const [name, own] of Object.entries(kinds)) {
    it(`${name}: every bit is that of the whole, whatever its budgets were`, async () => {
      const { steps } = parameters(own);
      const { outcome: whole } = await train(own);
      let from: Paused | undefined;
      for (const budget of [1, 5, 31, 46, steps]) {
        const part = await train({ ...own, budget }, from);
        // A budget's result does not tell whether its training was begun anew.
        expect(part.outcome).toEqual((await train({ ...own, budget })).outcome);
        if (budget === steps) expect(part.outcome).toEqual(whole);
        else {
          expect(part.paused).toBeDefined();
          from = part.paused && decodePaused(encodePaused(part.paused));
        }
      }
    });
  }

  it('of another state: one that is further is not used, bytes that are none are refused', async () => {
    const { paused } = await train({ budget: 50 });
    expect((await train({ budget: 20 }, paused)).outcome).toEqual((await train({ budget: 20 })).outcome);
    expect(() => decodePaused(new Uint8Array([1, 2, 3]))).toThrow(/npz/);
  });

  it('a budget of all steps is none, and records are those of the whole', () => {
    expect(parameters({ budget: 90 })).toEqual(parameters({}));
    expect(parameters({ budget: 500 })).toEqual(parameters({}));
    expect(parameters({ budget: 89 })).toMatchObject({ budget: 89, steps: 90 });
  });
});

describe('stopping rules', () => {
  const run = async (training: object, name: string) => {
    for await (const one of sweep({ training: training as TrainingDescription, out: join(folder, name) })) {
      if (one.status === 'failed') throw new Error(one.message);
      return one;
    }
    throw new Error('there is no run');
  };
  const fast = { ...base, optimizer: { type: 'adam', learningRate: 0.02 }, steps: 4000 };

  it('loss below: ends at the first look at which it is', async () => {
    const { metrics } = await run({ ...fast, stop: { lossBelow: 0.3, every: 10 } }, 'below');
    expect(metrics.stopped).toBe(1);
    expect(metrics.loss).toBeLessThan(0.3);
    // The look before it was not enough, by a training that knows of no rule.
    const before = await run({ ...fast, budget: (metrics.steps ?? 0) - 10 }, 'before');
    expect((metrics.steps ?? 0) % 10).toBe(0);
    expect(before.metrics.loss).toBeGreaterThanOrEqual(0.3);
    const never = await run({ ...base, stop: { lossBelow: 1e-9 } }, 'never');
    expect(never.metrics).toMatchObject({ stopped: 0, steps: 90 });
  });

  it('no progress: ends so many steps after the smallest loss', async () => {
    // Without a rate nothing moves: the first look is the smallest.
    const still = { ...base, optimizer: { type: 'sgd', learningRate: 0 } };
    const { metrics } = await run({ ...still, stop: { patience: 20, every: 4 } }, 'still');
    expect(metrics).toMatchObject({ stopped: 1, steps: 24 });
    // A loss that falls by less than the tolerance is no progress.
    const slow = { ...base, optimizer: { type: 'sgd', learningRate: 1e-4 } };
    const impatient = await run({ ...slow, stop: { patience: 20, tolerance: 0.5, every: 4 } }, 'slow');
    expect(impatient.metrics).toMatchObject({ stopped: 1, steps: 24 });
    const patient = await run({ ...slow, stop: { patience: 20, every: 4 } }, 'patient');
    expect(patient.metrics).toMatchObject({ stopped: 0, steps: 90 });
  });

  it('time: ends soon after it', async () => {
    const { metrics, seconds } = await run({ ...fast, steps: 5_000_000, stop: { seconds: 0.3, every: 50 } }, 'time');
    expect(metrics.stopped).toBe(1);
    expect(metrics.steps).toBeLessThan(5_000_000);
    expect(seconds).toBeGreaterThanOrEqual(0.3);
  });

  it('what is none is refused', () => {
    const wrong: [object, RegExp][] = [
      [{}, /at least one rule/],
      [{ every: 3 }, /at least one rule/],
      [{ patience: 0 }, /patience|>0/],
      [{ seconds: -1 }, />0/],
      [{ lossBelow: 'x' }, /number/],
      [{ lossbelow: 1 }, /lossbelow/],
      [{ patience: 5, tolerance: 2 }, /<=1/],
    ];
    for (const [stop, message] of wrong) expect(() => parameters({ stop }), JSON.stringify(stop)).toThrow(message);
    expect(() => parameters({ budget: 0 })).toThrow(/budget/);
  });
});
