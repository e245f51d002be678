/** Valid calls around networks: descriptions, models, trainings, files of parameters, schemas. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createModel,
  loadModel,
  type Model,
  type NetworkSpec,
  type TrainingHistory,
  withCheckpoints,
} from '../../../src/index.js';
import { constant, type Entry, type Kit, type Table } from '../entry.js';
import { array, input, labels, positive } from '../values.js';
import { anySpec, classifier, dense, regressor } from './models.js';

const weightInit = (kit: Kit): unknown =>
  kit.random.pick<unknown>([
    'he',
    'siren',
    { type: 'normal', std: 0.2 },
    { type: 'uniform', bound: 0.2 },
    { type: 'glorot', distribution: 'normal' },
    { type: 'constant', value: 1 },
  ]);
const biasInit = (kit: Kit): unknown => kit.random.pick<unknown>([0.1, 'zeros', { type: 'normal', std: 0.1 }]);

const optimizer = (kit: Kit): unknown =>
  kit.random.pick<unknown>([
    {
      type: 'sgd',
      learningRate: 0.01,
      ...kit.some({ momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
      momentum: 0.5,
    },
    { type: 'adam', learningRate: 0.01, ...kit.some({ beta1: 0.8, beta2: 0.99, epsilon: 1e-7, weightDecay: 0.1 }) },
    {
      type: 'adamw',
      learningRate: 0.01,
      ...kit.some({ schedule: { type: 'cosine', steps: 4, warmup: 1, last: 0.1 } }),
    },
    { type: 'rmsprop', learningRate: 0.01, ...kit.some({ decay: 0.9, epsilon: 1e-7, clip: { norm: 1 } }) },
    {
      type: 'muon',
      learningRate: 0.01,
      parameters: ['layers.0.weight'],
      ...kit.some({ momentum: 0.5, nsSteps: 3, adjust: 'matchRmsAdamw', adamw: { learningRate: 0.001 } }),
    },
    { type: 'lbfgs', ...kit.some({ history: 3, c1: 1e-4, c2: 0.9, maxEvaluations: 5 }) },
    { type: 'bfgs', ...kit.some({ c1: 1e-4, maxEvaluations: 5 }) },
    { type: 'powell', ...kit.some({ tolerance: 0.01 }) },
    { type: 'particleSwarm', ...kit.some({ particles: 3, inertia: 0.5, cognitive: 1, social: 1, spread: 0.5 }) },
  ]);
const simple = (kit: Kit): unknown => ({
  type: 'adam',
  learningRate: 0.01,
  ...kit.some({ clip: { value: 1 }, schedule: { type: 'step', every: 2, factor: 0.5 } }),
});

const loss = (kit: Kit): unknown =>
  kit.random.pick<unknown>([
    'mse',
    'mae',
    { type: 'huber', delta: 0.5 },
    { type: 'weightedMse', weights: positive(kit, 6) },
    { type: 'sobolev', gradients: input(kit, 6, 2), weight: 0.5 },
    { type: 'smoothness', alpha: 0.1, cutoff: 0.3, along: 'samples' },
    { type: 'expression', loss: 'sqrt(1 + (h - y)^2) - 1 + a * x1', parameters: { a: 0.1 }, weights: positive(kit, 6) },
  ]);
const equation = (kit: Kit): unknown => ({
  type: 'residual',
  variables: ['x', 't'],
  equation: kit.random.pick<unknown>([
    '-u_xx - u_tt - s',
    'u_t + u * u_x - 0.1 * u_xx + s',
    'u_xt + u_xxx - s * sin(x)',
  ]),
  data: { s: input(kit, 6) },
  weight: 2,
  conditions: [{ points: input(kit, 3, 2), equation: 'u - v', data: { v: input(kit, 3) }, weight: 10 }],
});

const probes = (kit: Kit): Record<string, unknown> => {
  const fit = { points: array(kit, 6, 2), target: array(kit, 6, 1) };
  return kit.some({
    outputs: { type: 'outputs', points: array(kit, 3, 2) },
    spectrum: { type: 'spectrum', ...fit, frequencies: array(kit, 2, 2), compare: 'magnitude' },
    projection: { type: 'projection', ...fit, frequencies: array(kit, 2, 1) },
    filter: { type: 'filter', ...fit, deltas: [0.1, 1] },
    image: { type: 'image', ...fit, size: [2, 3], peak: 1 },
    norms: { type: 'norms' },
    parameters: { type: 'parameters', parameter: 'layers.0.weight' },
    rank: { type: 'rank', parameter: 'layers.0.weight', change: true },
    layer: { type: 'rank', layer: 0, points: array(kit, 4, 2) },
    ntk: { type: 'ntk', points: array(kit, 3, 2) },
  });
};
const record = (kit: Kit): unknown => kit.random.pick<unknown>([{ every: 1 }, { at: [0, 2] }, { log: 2 }]);

/** A whole training on 6 samples of 2 inputs. */
const training = (kit: Kit): Record<string, unknown> => ({
  x: array(kit, 6, 2),
  loss: 'mse',
  optimizer: simple(kit),
  steps: 3,
  signal: kit.signal,
  ...kit.some({ record: record(kit), threads: kit.random.int(1, 2), memoryLimit: 1e8 }),
  ...kit.random.pick<() => object>([
    () => ({ y: array(kit, 6, 1), loss: loss(kit), probes: probes(kit) }),
    () => ({ y: array(kit, 6, 1), optimizer: optimizer(kit) }),
    () => ({ y: array(kit, 6, 1), batchSize: 2, shuffle: true, seed: 3 }),
    () => ({
      y: array(kit, 6, 1),
      penalty: { type: 'weightSpectrum', alpha: 0.1, cutoff: 0.3, parameters: ['layers.0.weight'] },
    }),
    () => ({
      y: array(kit, 6, 1),
      constraint: { type: 'spectralNorm', norm: 2, every: 1, parameters: ['layers.0.weight'] },
    }),
    () => ({ loss: equation(kit) }),
  ])(),
});

const smooth = (kit: Kit): Model =>
  createModel({ ...smoothSpec(kit) }, { seed: kit.random.int(0, 9), dtype: kit.random.pick(['f32', 'f64']) });
const smoothSpec = (kit: Kit): NetworkSpec => ({
  input: 2,
  layers: [
    { type: 'dense', units: kit.random.int(2, 5) },
    { type: 'activation', fn: 'tanh' },
    { type: 'dense', units: 1 },
  ],
});

/** A zod schema: `safeParse` says yes or no to anything, it never throws. */
const schema = (name: string, args: (kit: Kit) => unknown[]): Entry => ({
  args,
  async call(given) {
    const api: Readonly<Record<string, unknown>> = await import('../../../src/index.js');
    const { success } = (api[name] as { safeParse(value: unknown): { success: boolean } }).safeParse(given[0]);
    return success;
  },
  free: ['*'],
});

const saved = (kit: Kit): string => {
  const path = join(kit.folder, 'model.safetensors');
  regressor(kit).save(path);
  return path;
};

const history = (kit: Kit): TrainingHistory => {
  const outputs = { values: array(kit, 3, 4, 1) };
  return {
    steps: [0, 1, 2],
    loss: [3, 2, 1],
    parts: {},
    terms: {},
    weights: {},
    coefficients: {},
    probes: { outputs },
    stopReason: 'completed',
    state: { step: 2, moments: [] },
    simdPath: 'portable',
    save: () => undefined,
  };
};

export const nets: Table = {
  mlp: {
    args: (kit) => [
      {
        ...dense(kit),
        ...kit.some({
          init: weightInit(kit),
          biasInit: biasInit(kit),
          parameterization: 'ntk',
          sigmaW: 1.5,
          sigmaB: 0.1,
        }),
      },
    ],
    // A number is a bias, too.
    free: ['biasInit'],
  },
  createModel: {
    args: (kit) => [
      anySpec(kit),
      { seed: kit.random.int(0, 9), ...kit.some({ dtype: kit.random.pick(['f32', 'f64']), device: 'cpu' }) },
    ],
    refused: ['CUDA_UNAVAILABLE'],
    // `2` and `[2]` are the same input.
    free: ['input'],
  },
  Model: {
    free: ['input'],
    args: (kit) => [anySpec(kit)],
    call: ([spec]) => createModel(spec as NetworkSpec, { seed: 1 }),
  },
  'Model.spec': { args: (kit) => [regressor(kit)], call: ([model]) => (model as Model).spec },
  'Model.dtype': { args: (kit) => [regressor(kit)], call: ([model]) => (model as Model).dtype },
  'Model.seed': { args: (kit) => [regressor(kit)], call: ([model]) => (model as Model).seed },
  'Model.divergedAt': {
    args: (kit) => [regressor(kit)],
    call: ([model]) => (model as Model).divergedAt,
    result: 'any',
  },
  'Model.parameters': { args: (kit) => [regressor(kit)] },
  'Model.buffers': { args: (kit) => [regressor(kit)] },
  'Model.setParameters': {
    args: (kit) => {
      const model = regressor(kit);
      return [model, kit.some(model.parameters())];
    },
    result: 'any',
  },
  'Model.dispose': { args: (kit) => [regressor(kit)], result: 'any' },
  'Model.steps': {
    args: (kit) => [smooth(kit), training(kit)],
    call: async ([model, options]) => {
      const losses: number[] = [];
      for await (const record of (model as Model).steps(options as Parameters<Model['steps']>[0]))
        losses.push(record.loss);
      return losses;
    },
    result: 'any',
  },
  'Model.predict': { args: (kit) => [regressor(kit), input(kit, 5, 2), kit.some({ threads: 1, signal: kit.signal })] },
  'Model.inputDerivatives': {
    args: (kit) => [smooth(kit), input(kit, 5, 2), kit.some({ threads: 1, signal: kit.signal })],
  },
  'Model.train': {
    args: (kit) => [smooth(kit), training(kit)],
    // A training that diverges says so; an error at a frequency that the target lacks is infinite.
    result: 'any',
  },
  'Model.train resumed': {
    args: async (kit) => {
      const model = smooth(kit);
      const options = {
        x: array(kit, 6, 2),
        y: array(kit, 6, 1),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: 0.01 },
        steps: 2,
      } as const;
      const { state } = await model.train(options);
      return [model, { ...options, signal: kit.signal, resume: { step: state.step, moments: state.moments } }];
    },
    call: ([model, options]) => (model as Model).train(options as Parameters<Model['train']>[0]),
    result: 'any',
  },
  'Model.train for classes': {
    args: (kit) => [
      classifier(kit),
      {
        x: input(kit, 6, 2),
        y: labels(kit, 6),
        loss: 'crossEntropy',
        optimizer: simple(kit),
        steps: 2,
        signal: kit.signal,
        probes: { accuracy: { type: 'accuracy', points: array(kit, 4, 2), labels: labels(kit, 4) } },
      },
    ],
    call: ([model, options]) => (model as Model).train(options as Parameters<Model['train']>[0]),
    result: 'any',
  },
  'Model.save': {
    args: (kit) => [regressor(kit), join(kit.folder, kit.random.pick(['a.safetensors', 'a.npz']))],
    free: ['1'],
    result: 'any',
  },
  'Model.loadParameters': {
    args: (kit) => [regressorLike(kit), saved(kit)],
    result: 'any',
    refused: ['INVALID_SHAPE'],
  },
  loadModel: { args: (kit) => [saved(kit)] },
  loadLayersModel: {
    args: (kit) => [
      fileURLToPath(new URL('../../fixtures/tfjs/model.json', import.meta.url)),
      kit.some({ dtype: 'f64' }),
    ],
  },
  trainMany: {
    args: (kit) => [
      [
        { spec: smoothSpec(kit), seed: 1 },
        { spec: smoothSpec(kit), seed: 2, steps: 2 },
      ],
      { ...training(kit), ...kit.some({ dtype: 'f64', device: 'cpu' }) },
    ],
    result: 'any',
    refused: ['CUDA_UNAVAILABLE'],
  },
  TrainingAborted: {
    args: () => [],
    call: async (_, kit) => new (await import('../../../src/index.js')).TrainingAborted(history(kit)).history.steps,
  },
  withCheckpoints: {
    args: (kit) => [
      { folder: join(kit.folder, 'saved'), minutes: 1 },
      async () =>
        (
          await smooth(kit).train({
            x: array(kit, 4, 2),
            y: array(kit, 4, 1),
            loss: 'mse',
            optimizer: { type: 'sgd', learningRate: 0.01 },
            steps: 2,
          })
        ).loss,
    ],
    call: ([options, work]) =>
      withCheckpoints(options as Parameters<typeof withCheckpoints>[0], work as () => Promise<unknown>),
    free: ['folder'],
    result: 'any',
  },
  activationNames: constant,
  networkJsonSchema: { args: () => [] },
  trainingJsonSchema: { args: () => [] },
  networkSpecSchema: schema('networkSpecSchema', (kit) => [anySpec(kit)]),
  weightInitSchema: schema('weightInitSchema', (kit) => [weightInit(kit)]),
  biasInitSchema: schema('biasInitSchema', (kit) => [biasInit(kit)]),
  optimizerSchema: schema('optimizerSchema', (kit) => [optimizer(kit)]),
  lossSchema: schema('lossSchema', () => [{ type: 'huber', delta: 1 }]),
  penaltySchema: schema('penaltySchema', () => [{ type: 'weightSpectrum', alpha: 0.1 }]),
  constraintSchema: schema('constraintSchema', () => [{ type: 'spectralNorm', norm: 1 }]),
  recordSchema: schema('recordSchema', (kit) => [record(kit)]),
  probeSchema: schema('probeSchema', () => [{ type: 'outputs', points: [[0, 1]] }]),
  trainingSchema: schema('trainingSchema', () => [
    { x: [[0]], y: [[1]], loss: 'mse', optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 1 },
  ]),
  // Of a history only the probes are read.
  probe: { args: (kit) => [history(kit), 'outputs', 'values'], free: ['0'] },
  refuseDiverged: { args: (kit) => [history(kit), 'the network'], result: 'any', free: ['*'] },
};

/** A model of the widths that {@link saved} has when the same numbers are drawn: mostly another. */
function regressorLike(kit: Kit): Model {
  const path = saved(kit);
  return loadModel(path);
}
