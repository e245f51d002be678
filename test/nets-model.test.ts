/** Models, trainings and their errors, through the public API. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createModel,
  type ErrorCode,
  FprincipleError,
  loadModel,
  mlp,
  type NetworkSpec,
  networkSpecSchema,
  TrainingAborted,
  trainMany,
} from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'fprinciple-nets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const x = Array.from({ length: 41 }, (_, i) => [-1 + i / 20]);
const y = x.map(([v]) => [Math.sin(4 * v!)]);
const small = mlp({ input: 1, hidden: [20, 20], output: 1, activation: 'tanh' });
const adam = { type: 'adam', learningRate: 0.01 } as const;
const job = { x, y, loss: 'mse', optimizer: adam, steps: 40 } as const;

/** The error that `work` ends with: always a FprincipleError. */
async function failure(work: () => unknown): Promise<FprincipleError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(FprincipleError);
    return error as FprincipleError;
  }
  throw new Error('it should have failed');
}

describe('models', () => {
  it('computes what its parameters say', async () => {
    const model = createModel(mlp({ input: 2, hidden: [2], output: 1, activation: 'relu' }), { seed: 0, dtype: 'f64' });
    model.setParameters({
      'layers.0.weight': [
        [1, 0],
        [0, -1],
      ],
      'layers.0.bias': [0.5, 0],
      'layers.2.weight': [[2, 3]],
      'layers.2.bias': [-1],
    });
    // relu(1 + 0.5) * 2 + relu(-2) * 3 - 1 = 2; relu(-0.5) * 2 + relu(4) * 3 - 1 = 11.
    const out = await model.predict([
      [1, 2],
      [-1, -4],
    ]);
    expect(out).toEqual({ data: Float64Array.of(2, 11), shape: [2, 1] });
  });

  it('draws the same parameters for a seed, and others for another', () => {
    const drawn = (seed: number) => createModel(small, { seed }).parameters();
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
    expect(Object.keys(drawn(1))).toEqual([0, 2, 4].flatMap((i) => [`layers.${i}.weight`, `layers.${i}.bias`]));
  });

  it('is saved and loaded with its spec, in both types', async () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const path = join(folder, `${dtype}.safetensors`);
      const model = createModel(small, { seed: 4, dtype });
      await model.train(job);
      model.save(path);
      const again = loadModel(path);
      expect(again.spec).toEqual(model.spec);
      expect(again.dtype).toBe(dtype);
      expect(again.parameters()).toEqual(model.parameters());
      expect(await again.predict(x)).toEqual(await model.predict(x));
    }
    writeFileSync(join(folder, 'broken'), readFileSync(join(folder, 'f32.safetensors')).subarray(0, 500));
    expect((await failure(() => loadModel(join(folder, 'broken')))).code).toBe('IO');
    expect((await failure(() => loadModel(join(folder, 'missing')))).code).toBe('IO');
    expect((await failure(() => createModel(small, { seed: 0 }).save(join(folder, 'no', 'folder')))).code).toBe('IO');
  });

  it('has a schema that agrees with the engine', () => {
    const good: NetworkSpec[] = [
      small,
      { input: [1, 8, 8], layers: [{ type: 'conv2d', filters: 2, kernel: [3, 1], padding: 'same', init: 'he' }] },
      {
        input: 2,
        layers: [
          { type: 'fourierFeatures', frequencies: [[1, 2]] },
          { type: 'dense', units: 1, biasInit: 0.5 },
        ],
      },
      {
        input: 1,
        layers: [
          { type: 'activation', fn: 'leakyRelu', slope: 0.2 },
          { type: 'dense', units: 1 },
        ],
      },
    ];
    const bad: unknown[] = [
      { input: 1 },
      { input: 1, layers: [] },
      { input: 1, layers: [{ type: 'dense' }] },
      { input: 1, layers: [{ type: 'dense', units: 1, unit: 2 }] },
      { input: 1, layers: [{ type: 'dense', units: 1.5 }] },
      { input: 1, layers: [{ type: 'activation', fn: 'relu', slope: 1 }] },
      { input: 1, layers: [{ type: 'nothing' }] },
    ];
    for (const spec of good) {
      expect(networkSpecSchema.safeParse(spec).success).toBe(true);
      createModel(spec, { seed: 0 });
    }
    for (const spec of bad) {
      expect(networkSpecSchema.safeParse(spec).success).toBe(false);
      expect(() => createModel(spec as NetworkSpec, { seed: 0 })).toThrow(FprincipleError);
    }
  });
});

describe('training', () => {
  it('gives the same bits for any number of threads, in a sweep and resumed', async () => {
    const options = { ...job, x: Array.from({ length: 300 }, (_, i) => [i / 150 - 1]), batchSize: 128 };
    const data = { ...options, y: options.x.map(([v]) => [Math.cos(5 * v!)]) };
    const whole = createModel(small, { seed: 9 });
    const history = await whole.train({ ...data, threads: 1 });
    for (const threads of [2, 4]) {
      const model = createModel(small, { seed: 9 });
      expect(await model.train({ ...data, threads })).toEqual(history);
      expect(model.parameters()).toEqual(whole.parameters());
    }
    const [run] = await trainMany([{ seed: 9 }, { seed: 10 }], { ...data, spec: small });
    expect(run).toEqual({ history, parameters: whole.parameters() });
    const cut = createModel(small, { seed: 9 });
    const first = await cut.train({ ...data, steps: 17 });
    const second = await cut.train({ ...data, steps: 23, resume: first.state });
    expect(cut.parameters()).toEqual(whole.parameters());
    expect([...first.loss.slice(0, -1), ...second.loss]).toEqual(history.loss);
    expect([...first.steps.slice(0, -1), ...second.steps]).toEqual(history.steps);
  });

  it('records what is asked for, and the end', async () => {
    const steps = async (record: { every: number } | { at: number[] } | { log: number }) =>
      (await createModel(small, { seed: 0 }).train({ ...job, record })).steps;
    expect(await steps({ every: 15 })).toEqual([0, 15, 30, 40]);
    expect(await steps({ at: [7, 3] })).toEqual([3, 7, 40]);
    expect(await steps({ log: 3 })).toEqual([0, 1, 6, 40]);
  });

  it('measures probes before the update', async () => {
    const model = createModel(small, { seed: 2, dtype: 'f64' });
    const before = await model.predict(x);
    const frequencies = [0.25, 1];
    const history = await model.train({
      ...job,
      steps: 300,
      record: { at: [0] },
      probes: {
        fit: { type: 'outputs', points: x },
        spectrum: { type: 'spectrum', points: x, target: y, frequencies },
        filter: { type: 'filter', points: x, target: y, deltas: [0.01, 0.1] },
        norms: { type: 'norms' },
      },
    });
    const { fit, spectrum, filter, norms } = history.probes;
    expect(fit.values.shape).toEqual([2, 41, 1]);
    expect(Array.from(fit.values.data.subarray(0, 41))).toEqual(Array.from(before.data));
    expect(Array.from(fit.values.data.subarray(41))).toEqual(Array.from((await model.predict(x)).data));
    expect(spectrum.relativeError.shape).toEqual([2, 2]);
    expect(filter.low.shape).toEqual([2, 2]);
    expect(norms.values.shape).toEqual([2, 6]);
    // The network has learnt: every error has fallen.
    for (const measured of [spectrum.relativeError, filter.low]) {
      expect(measured.data[2]).toBeLessThan(measured.data[0]!);
      expect(measured.data[3]).toBeLessThan(measured.data[1]!);
    }
    // The definition, at frequency 1.
    const transform = (values: ArrayLike<number>) =>
      x.reduce(
        ([re, im], [v], j) => {
          const turn = -2 * Math.PI * v!;
          return [re! + (values[j]! * Math.cos(turn)) / 41, im! + (values[j]! * Math.sin(turn)) / 41];
        },
        [0, 0],
      );
    const [h, f] = [transform(before.data), transform(y.map(([v]) => v!))];
    const expected = Math.hypot(h[0]! - f[0]!, h[1]! - f[1]!) / Math.hypot(f[0]!, f[1]!);
    expect(spectrum.relativeError.data[1]).toBeCloseTo(expected, 12);
  });

  it('measures accuracy of class labels', async () => {
    const points = Array.from({ length: 60 }, (_, i) => [Math.cos(i), Math.sin(i)]);
    const labels = points.map(([a, b]) => (a! > 0 ? 0 : b! > 0 ? 1 : 2));
    const model = createModel(mlp({ input: 2, hidden: [32], output: 3, activation: 'relu' }), { seed: 0 });
    const history = await model.train({
      x: points,
      y: labels,
      loss: 'crossEntropy',
      optimizer: adam,
      steps: 400,
      record: { at: [0] },
      probes: {
        right: { type: 'accuracy', points, labels },
        filter: { type: 'filter', points, target: labels, deltas: [0.1], output: 'softmax' },
      },
    });
    expect(history.probes.right.values.shape).toEqual([2]);
    expect(history.probes.right.values.data[1]).toBeGreaterThan(0.95);
    expect(history.probes.filter.low.data[1]).toBeLessThan(history.probes.filter.low.data[0]!);
  });

  it('stops a divergence and keeps its history', async () => {
    const model = createModel(small, { seed: 0 });
    const history = await model.train({ ...job, steps: 1000, optimizer: { type: 'sgd', learningRate: 1e7 } });
    expect(history.stopReason).toBe('diverged');
    expect(history.loss.length).toBeGreaterThan(0);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    expect(history.steps.length).toBe(history.loss.length);
  });

  it('stops at an abort, its history kept, and is busy until then', async () => {
    const model = createModel(mlp({ input: 1, hidden: [50, 50], output: 1, activation: 'tanh' }), { seed: 0 });
    const controller = new AbortController();
    const progress: number[] = [];
    const ended = failure(() =>
      model.train({
        ...job,
        steps: 10_000_000,
        record: { log: 20 },
        signal: controller.signal,
        onProgress: ({ done, total, value }) => {
          expect(total).toBe(10_000_000);
          expect(Number.isFinite(value)).toBe(true);
          progress.push(done);
          if (progress.length === 3) controller.abort(new Error('enough'));
        },
      }),
    );
    for (const use of [
      () => model.predict(x),
      () => model.parameters(),
      () => model.setParameters({}),
      () => model.train(job),
      () => model.save(join(folder, 'busy')),
    ]) {
      expect((await failure(use)).code).toBe('MODEL_BUSY');
    }
    const other = createModel(small, { seed: 0 });
    expect((await other.train(job)).stopReason).toBe('completed');
    const error = (await ended) as TrainingAborted;
    expect(error).toBeInstanceOf(TrainingAborted);
    expect(error.code).toBe('ABORTED');
    expect(error.history.steps.length).toBeGreaterThan(0);
    expect(error.history.steps.length).toBe(error.history.loss.length);
    expect(error.history.state.step).toBeGreaterThanOrEqual(progress[2]!);
    expect((await model.predict(x)).data.every(Number.isFinite)).toBe(true);
    const early = await failure(() => model.train({ ...job, signal: AbortSignal.abort() }));
    expect((early as TrainingAborted).history.steps).toEqual([]);
  });

  it('aborts at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 }), async (wait) => {
        const model = createModel(small, { seed: 0 });
        const controller = new AbortController();
        setTimeout(() => controller.abort(), wait);
        const error = await failure(() =>
          model.train({ ...job, steps: 1e9, record: { log: 5 }, signal: controller.signal }),
        );
        expect(error.code).toBe('ABORTED');
        await model.predict(x);
      }),
      { numRuns: 15 },
    );
  });
});

describe('errors', () => {
  const model = createModel(small, { seed: 0 });
  const wide = createModel(mlp({ input: 2, hidden: [3], output: 3, activation: 'relu' }), { seed: 0 });
  const two = [
    [0, 1],
    [1, 0],
  ];
  const bad = (options: object) => () => model.train({ ...job, ...options } as never);
  const badClass = (labels: number[]) => () =>
    wide.train({ x: two, y: labels, loss: 'crossEntropy', optimizer: adam, steps: 1 });
  const spec =
    (layers: object[], input: number | number[] = 1) =>
    () =>
      createModel({ input, layers } as NetworkSpec, { seed: 0 });
  const relu = { type: 'activation', fn: 'relu' };

  const table: [string, () => unknown, ErrorCode, RegExp][] = [
    ['x of another width', bad({ x: two }), 'INVALID_SHAPE', /x: expected shape \[n, 1\], got \[2, 2\]/],
    ['x of another rank', bad({ x: [[[1]]] }), 'INVALID_SHAPE', /x: expected shape/],
    ['y of another length', bad({ y: [[1]] }), 'INVALID_SHAPE', /y: expected shape \[41, 1\], got \[1, 1\]/],
    ['ragged x', bad({ x: [[1], [1, 2]] }), 'INVALID_SHAPE', /x: rows differ/],
    ['empty x', bad({ x: [], y: [] }), 'INVALID_SHAPE', /x/],
    ['NaN in x', bad({ x: x.map(() => [Number.NaN]) }), 'NON_FINITE', /x: .*NaN at index 0/],
    ['infinity in y', bad({ y: x.map(() => [Number.POSITIVE_INFINITY]) }), 'NON_FINITE', /y: .*inf at index 0/],
    ['missing y', bad({ y: undefined }), 'INVALID_ARGUMENT', /y: expected an array/],
    ['zero steps', bad({ steps: 0 }), 'INVALID_ARGUMENT', /steps: expected an integer of at least 1, got 0/],
    ['negative steps', bad({ steps: -5 }), 'INVALID_ARGUMENT', /steps: .*got -5/],
    ['half a step', bad({ steps: 1.5 }), 'INVALID_ARGUMENT', /steps: .*got 1.5/],
    ['NaN steps', bad({ steps: Number.NaN }), 'INVALID_ARGUMENT', /steps: .*got NaN/],
    ['unknown option', bad({ batch: 3 }), 'INVALID_ARGUMENT', /batch.*batchSize/],
    ['batch too large', bad({ batchSize: 42 }), 'INVALID_ARGUMENT', /batchSize: .*1 to 41, got 42/],
    ['batch of none', bad({ batchSize: 0 }), 'INVALID_ARGUMENT', /batchSize/],
    ['unknown loss', bad({ loss: 'msee' }), 'INVALID_ARGUMENT', /loss: .*"msee"; did you mean 'mse'/],
    [
      'unknown optimizer',
      bad({ optimizer: { type: 'adan', learningRate: 1 } }),
      'INVALID_ARGUMENT',
      /optimizer.type: .*"adan"; did you mean 'adam'/,
    ],
    [
      'misspelt rate',
      bad({ optimizer: { type: 'adam', learningrate: 1 } }),
      'INVALID_ARGUMENT',
      /"learningrate"; did you mean "learningRate"/,
    ],
    ['negative rate', bad({ optimizer: { type: 'adam', learningRate: -1 } }), 'INVALID_ARGUMENT', /learningRate/],
    ['record of zero', bad({ record: { every: 0 } }), 'INVALID_ARGUMENT', /record/],
    ['record past the end', bad({ record: { at: [41] } }), 'INVALID_ARGUMENT', /record.at: .*40, got 41/],
    ['unknown record', bad({ record: { each: 3 } }), 'INVALID_ARGUMENT', /each/],
    ['no threads', bad({ threads: 0 }), 'INVALID_ARGUMENT', /threads/],
    ['a memory limit', bad({ memoryLimit: 1000 }), 'OVER_MEMORY_LIMIT', /train: needs about/],
    ['foreign state', bad({ resume: { step: 3, moments: [] } }), 'INVALID_ARGUMENT', /resume/],
    [
      'unknown probe',
      bad({ probes: { p: { type: 'out' } } }),
      'INVALID_ARGUMENT',
      /probes.p.type: expected .*, got "out"/,
    ],
    ['probe without points', bad({ probes: { p: { type: 'outputs' } } }), 'INVALID_ARGUMENT', /probes.p.points/],
    [
      'probe of another width',
      bad({ probes: { p: { type: 'outputs', points: two } } }),
      'INVALID_SHAPE',
      /probes.p.points/,
    ],
    ['probe option', bad({ probes: { p: { type: 'outputs', points: x, when: 1 } } }), 'INVALID_ARGUMENT', /when/],
    ['label out of range', badClass([0, 3]), 'INVALID_ARGUMENT', /y: expected class indices from 0 to 2, got 3/],
    ['negative label', badClass([0, -1]), 'INVALID_ARGUMENT', /got -1/],
    ['half a label', badClass([0, 0.5]), 'INVALID_ARGUMENT', /got 0.5/],
    ['prediction of another width', () => model.predict(two), 'INVALID_SHAPE', /x: expected shape \[n, 1\]/],
    ['prediction of NaN', () => model.predict([[Number.NaN]]), 'NON_FINITE', /x/],
    ['no prediction', () => model.predict('x' as never), 'INVALID_ARGUMENT', /x: expected an array/],
    ['unknown parameter', () => model.setParameters({ 'layers.9.weight': [1] }), 'INVALID_ARGUMENT', /layers.9.weight/],
    ['parameter shape', () => model.setParameters({ 'layers.0.bias': [1] }), 'INVALID_SHAPE', /\[20\], got \[1\]/],
    ['NaN parameter', () => model.setParameters({ 'layers.4.bias': [Number.NaN] }), 'NON_FINITE', /layers.4.bias/],
    ['no seed', () => createModel(small, {} as never), 'INVALID_ARGUMENT', /seed/],
    ['dtype', () => createModel(small, { seed: 0, dtype: 'f16' as never }), 'INVALID_ARGUMENT', /dtype/],
    ['device', () => createModel(small, { seed: 0, device: 'gpu' as never }), 'INVALID_ARGUMENT', /device/],
    [
      'unknown activation',
      spec([{ type: 'activation', fn: 'rellu' }]),
      'INVALID_ARGUMENT',
      /layers.0.fn: .*"rellu"; did you mean 'relu'/,
    ],
    ['too many units', spec([{ type: 'dense', units: 2 ** 38 }]), 'OVER_MEMORY_LIMIT', /parameters/],
    [
      'unknown layer',
      spec([relu, { type: 'dens' }]),
      'INVALID_ARGUMENT',
      /layers.1.type: .*"dens"; did you mean 'dense'/,
    ],
    [
      'unknown field',
      spec([{ type: 'dense', units: 1, unit: 1 }]),
      'INVALID_ARGUMENT',
      /layers.0: there is no "unit"; did you mean "units"/,
    ],
    [
      'no window',
      spec([relu, { type: 'avgPool2d', size: 2, stride: 0 }], [1, 4, 4]),
      'INVALID_ARGUMENT',
      /layers.1 .*stride: .*got 0/,
    ],
    [
      'no kernel',
      spec([{ type: 'conv2d', filters: 1, kernel: [0, 2] }], [1, 4, 4]),
      'INVALID_ARGUMENT',
      /layers.0 .*kernel: .*got 0/,
    ],
    [
      'kernel beyond its image',
      spec([{ type: 'conv2d', filters: 1, kernel: 5 }], [1, 4, 4]),
      'INVALID_SHAPE',
      /layers.0 .*5 x 5.*\[1, 4, 4\]/,
    ],
    [
      'modulation of another width',
      spec([relu, { type: 'modulate', frequency: [1, 2], layers: [] }]),
      'INVALID_ARGUMENT',
      /layers.1 .*frequency: expected 1 numbers.*got 2/,
    ],
    [
      'heads',
      spec([{ type: 'attention', heads: 3 }], [2, 4]),
      'INVALID_ARGUMENT',
      /layers.0 .*heads: .*divisor of the 4.*got 3/,
    ],
    [
      'positions of no sequence',
      spec([relu, { type: 'positions', encoding: 'learned' }]),
      'INVALID_SHAPE',
      /layers.1 .*\[tokens, features\]/,
    ],
    [
      'unknown encoding',
      spec([relu, { type: 'positions', encoding: 'rotary' }], [2, 4]),
      'INVALID_ARGUMENT',
      /layers.1.encoding: .*"rotary"/,
    ],
    [
      'momentum',
      spec([{ type: 'batchNorm', momentum: 2 }]),
      'INVALID_ARGUMENT',
      /layers.0 .*momentum: .*0 to 1, got 2/,
    ],
    [
      'epsilon',
      spec([relu, { type: 'layerNorm', epsilon: 0 }]),
      'INVALID_ARGUMENT',
      /layers.1 .*epsilon: .*above 0, got 0/,
    ],
    [
      'branches that do not meet',
      spec([{ type: 'branches', branches: [[], [{ type: 'dense', units: 2 }]] }]),
      'INVALID_ARGUMENT',
      /layers.0 .*one shape.*\[\[1\], \[2\]\]/,
    ],
    [
      'a layer within a branch',
      spec([relu, { type: 'branches', branches: [[], [{ type: 'flatten' }, { type: 'dense', units: 0 }]] }]),
      'INVALID_ARGUMENT',
      /layers.1.branches.1.1 .*units: .*got 0/,
    ],
    [
      'frequencies of another width',
      spec([{ type: 'fourierFeatures', frequencies: [[1, 2]] }]),
      'INVALID_ARGUMENT',
      /layers.0 .*rows of 1/,
    ],
    ['NaN in a spec', spec([{ type: 'scale', factor: Number.NaN }]), 'INVALID_ARGUMENT', /factor/],
    [
      'typed array in a spec',
      spec([{ type: 'modulate', frequency: Float64Array.of(1), layers: [] }]),
      'INVALID_ARGUMENT',
      /layers.0.frequency: expected plain JSON .*Float64Array/,
    ],
    ['image into dense', spec([relu, { type: 'dense', units: 2 }], [1, 2, 2]), 'INVALID_SHAPE', /layers.1 .*flatten/],
    [
      'pool too large',
      spec([{ type: 'maxPool2d', size: 3 }], [1, 2, 2]),
      'INVALID_SHAPE',
      /layers.0 .*3 x 3.*\[1, 2, 2\]/,
    ],
    [
      'sweep run',
      () => trainMany([{ seed: 1 }, { seed: -1 }], { ...job, spec: small }),
      'INVALID_ARGUMENT',
      /runs\[1\].seed/,
    ],
    ['sweep data', () => trainMany([{ seed: 1, y: [[1]] }], { ...job, spec: small }), 'INVALID_SHAPE', /runs\[0\]: y/],
    ['sweep spec', () => trainMany([{ seed: 1 }], job), 'INVALID_ARGUMENT', /runs\[0\].spec/],
  ];
  it.each(table)('%s', async (_, work, code, message) => {
    const error = await failure(work);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('counts the runs of a sweep that are alive at a time', async () => {
    const spec = mlp({ input: 1, hidden: [600, 600], output: 1, activation: 'tanh' });
    const sweep = (runs: number, threads: number, memoryLimit: number) =>
      trainMany(
        Array.from({ length: runs }, (_, seed) => ({ seed })),
        { ...job, spec, steps: 1, threads, memoryLimit },
      );
    const { code, message } = await failure(() => sweep(1, 1, 1));
    expect(code).toBe('OVER_MEMORY_LIMIT');
    const [, size, unit] = /needs about (\d+) ([KM])iB/.exec(message) ?? [];
    const one = Number(size) * (unit === 'K' ? 2 ** 10 : 2 ** 20);
    expect(one).toBeGreaterThan(600 * 600 * 4 * 4);
    const limit = 1.5 * one;
    expect((await sweep(3, 1, limit)).length).toBe(3);
    const over = await failure(() => sweep(3, 2, limit));
    expect(over.code).toBe('OVER_MEMORY_LIMIT');
    expect(over.message).toMatch(/trainMany, 2 runs at once: needs about \d+ [KM]iB, the memory limit is \d+ [KM]iB/);
    expect((await failure(() => createModel(spec, { seed: 0 }).train({ ...job, memoryLimit: one / 2 }))).code).toBe(
      'OVER_MEMORY_LIMIT',
    );
  });

  it('leaves the model as it was', async () => {
    const before = model.parameters();
    await failure(() =>
      model.setParameters({ 'layers.0.bias': new Float64Array(20).fill(7), 'layers.4.bias': [1, 2] }),
    );
    await failure(bad({ y: [[1]] }));
    expect(model.parameters()).toEqual(before);
  });
});
