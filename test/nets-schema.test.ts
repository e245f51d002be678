/** The schema of a training described as data agrees with the engine. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complete } from '../src/core/complete.js';
import type { NestedNumbers } from '../src/core/ndarray.js';
import {
  createModel,
  equations,
  FprincipleError,
  mlp,
  type TrainOptions,
  trainingJsonSchema,
  trainingSchema,
} from '../src/index.js';
import { schemaOf } from '../src/nets/schema-of.js';

const spec = mlp({ input: 2, hidden: [4], output: 1, activation: 'tanh' });
const x = [
  [0, 1],
  [1, 0],
  [0.5, 0.5],
];
const y = [[0], [1], [2]];
const base = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 2 };
const conditions = [{ points: [[0, 0]], equation: 'u - v', data: { v: [0] }, weight: 2 }];
const variables = ['x', 't'];

const good: object[] = [
  {},
  { batchSize: 2, shuffle: false, seed: 3, threads: 1, memoryLimit: 1e9 },
  ...['mse', 'mae', 'huber'].map((loss) => ({ loss })),
  { loss: { type: 'huber', delta: 0.5 } },
  { loss: { type: 'weightedMse', weights: [1, 2, 3] } },
  { loss: { type: 'sobolev', gradients: x, weight: 0.5 } },
  { loss: { type: 'smoothness', alpha: 0.1, cutoff: 0.4, along: 'samples' } },
  { y: undefined, loss: { type: 'phaseContrastive', views: x, temperature: 0.2 } },
  ...[
    equations.poisson(variables, 's'),
    equations.helmholtz(variables, 2),
    equations.heat(variables, 1),
    equations.advection(variables, [1]),
    equations.wave(variables),
    equations.burgers(variables, 0.1),
    equations.allenCahn(variables),
    equations.kortewegDeVries(variables),
  ].map((equation) => ({
    y: undefined,
    loss: { type: 'residual', variables, equation, data: { s: [1, 2, 3] }, conditions },
  })),
  {
    y: undefined,
    loss: {
      ...{ type: 'residual', variables, equations: ['u_t - nu * u_xx', 'u'], outputs: ['u'] },
      parameters: { nu: { value: 0.1, trainable: true } },
      conditions: [{ points: x, equation: { periodic: 'x', of: 'u_x', period: 2 } }],
    },
  },
  {
    y: undefined,
    loss: {
      ...{ type: 'residual', variables, equation: 'u_t - u_xx', conditions },
      balance: { type: 'ntk', every: 1, momentum: 0.5, points: 2 },
      causal: { variable: 't', slices: 2, epsilon: 0.5, initial: 0 },
      curriculum: { variable: 't', steps: 2, start: 0.5, stages: 2 },
      resample: { every: 1, method: 'residual', candidates: 2 },
    },
    finish: { optimizer: { type: 'lbfgs' }, steps: 2 },
  },
  {
    y: undefined,
    loss: {
      ...{ type: 'residual', variables, equation: 'u_t - u_xx', conditions },
      balance: { type: 'gradientNorm', every: 1, momentum: 0.5 },
    },
  },
  { y: undefined, loss: { type: 'ritz', variables, energy: '(u_x^2 + u_t^2) / 2', weight: 2, conditions } },
  { loss: { type: 'expression', loss: 'a * abs(h - y) * x1', weights: [1, 2, 3], parameters: { a: 2 } } },
  { penalty: { type: 'expression', penalty: 'abs(w)', alpha: 0.1, parameters: ['layers.0.weight'] } },
  { penalty: { type: 'weightSpectrum', alpha: 0.1, cutoff: 0.3, parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 } },
  { optimizer: { type: 'adamw', learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0 } },
  { optimizer: { type: 'rmsprop', learningRate: 0.1, decay: 0.9, epsilon: 1e-6, clip: { norm: 1 } } },
  {
    optimizer: {
      ...{ type: 'muon', learningRate: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0, nsSteps: 3 },
      ...{ nsCoefficients: [1.875, -1.25, 0.375], epsilon: 1e-6, adjust: 'matchRmsAdamw', clip: { norm: 1 } },
      parameters: ['layers.0.weight'],
      adamw: { learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0 },
    },
  },
  ...[
    { type: 'constant', warmup: 2 },
    { type: 'cosine', steps: 3, last: 0.1 },
    { type: 'step', every: 2, factor: 0.5 },
    { type: 'exponential', factor: 0.9 },
  ].map((schedule) => ({ optimizer: { type: 'sgd', learningRate: 0.1, schedule, clip: { value: 1 } } })),
  { optimizer: { type: 'lbfgs', history: 5, c1: 1e-3, c2: 0.5, maxEvaluations: 10 } },
  { optimizer: { type: 'bfgs' } },
  { constraint: { type: 'spectralNorm', norm: 2, every: 2, parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'powell', tolerance: 1e-2 } },
  { optimizer: { type: 'particleSwarm', particles: 5, inertia: 0.7, cognitive: 1, social: 1, spread: 0.5 } },
  ...[{ every: 1 }, { at: [0, 2] }, { log: 3 }].map((record) => ({ record })),
  {
    probes: {
      a: { type: 'outputs', points: x },
      b: { type: 'spectrum', points: x, target: y, frequencies: x, compare: 'magnitude', output: 'raw' },
      c: { type: 'projection', points: x, target: y, frequencies: [0.5], direction: [1, 0] },
      d: { type: 'filter', points: x, target: y, deltas: [0.1] },
      e: { type: 'norms' },
      f: { type: 'parameters', parameter: 'layers.0.weight' },
      g: { type: 'rank', parameter: 'layers.0.weight', change: true },
      h: { type: 'rank', layer: 0, points: x },
      i: { type: 'ntk', points: x },
      j: { type: 'image', points: [...x, [1, 1]], target: [[0], [1], [2], [3]], size: [2, 2], peak: 1 },
    },
  },
];

const bad: object[] = [
  { steps: 0 },
  { stepz: 3 },
  { loss: 'msee' },
  { loss: { type: 'mse', delta: 1 } },
  { loss: { type: 'smoothness' } },
  { loss: { type: 'smoothness', alpha: 1, cutoff: 1 } },
  { loss: { type: 'residual', equation: { type: 'wave' } } },
  { loss: { type: 'expression' } },
  { penalty: { type: 'weightSpectrum' } },
  { constraint: { type: 'spectralNorm', norm: 0 } },
  { optimizer: { type: 'adam' } },
  { optimizer: { type: 'adam', learningRate: -1 } },
  { optimizer: { type: 'adam', learningRate: 0.1, momentum: 0.9 } },
  { optimizer: { type: 'sgd', learningRate: 0.1, schedule: { type: 'cosine' } } },
  { optimizer: { type: 'sgd', learningRate: 0.1, clip: { norm: 0 } } },
  { optimizer: { type: 'muon', learningRate: 0.1, momentum: 1, parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'muon', learningRate: 0.1, nsSteps: 0, parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'muon', learningRate: 0.1, adjust: 'none', parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'muon', learningRate: 0.1, adamw: { rate: 1 }, parameters: ['layers.0.weight'] } },
  { optimizer: { type: 'lbfgs', learningRate: 0.1 } },
  { optimizer: { type: 'bfgs', c2: 1 } },
  { record: { every: 0 } },
  { record: { each: 1 } },
  { probes: { a: { type: 'outputs' } } },
  { probes: { a: { type: 'outputs', points: x, when: 1 } } },
];

/** As JSON has it: what is undefined is not there. */
const described = (part: object): object => JSON.parse(JSON.stringify({ ...base, ...part })) as object;

describe('the schema of a training', () => {
  it.each(good.map((part) => [JSON.stringify(part), part]))('takes %s, as the engine does', async (_, part) => {
    const options = trainingSchema.parse(described(part));
    const history = await createModel(spec, { seed: 0 }).train(options as TrainOptions);
    expect(['completed', 'converged']).toContain(history.stopReason);
  });

  it.each(bad.map((part) => [JSON.stringify(part), part]))('refuses %s, as the engine does', async (_, part) => {
    expect(trainingSchema.safeParse(described(part)).success).toBe(false);
    await expect(createModel(spec, { seed: 0 }).train(described(part) as TrainOptions)).rejects.toThrow(
      FprincipleError,
    );
  });

  it('is a JSON Schema too', () => {
    const schema = trainingJsonSchema() as { required: string[]; properties: Record<string, unknown> };
    expect(schema.required.sort()).toEqual(['loss', 'optimizer', 'steps', 'x']);
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(trainingSchema.shape).sort());
    expect(JSON.stringify(schema)).toContain('particleSwarm');
  });
});

// No more than the compiler can say: where one of these compiles, its directive is an error.
describe('types and the schemas that check them', () => {
  interface Layer {
    units: number;
    bias?: boolean;
    points: TrainOptions['x'];
  }
  const units = z.int();
  const bias = z.boolean().exactOptional();
  const points = z.array(z.number());

  it('are the same: a field, a choice or what is optional cannot differ', () => {
    const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
    const agreed = schemaOf<Layer>()(z.strictObject({ units, bias, points: z.array(nested) }));
    expect(agreed.parse({ units: 1, points: [[1]] })).toEqual({ units: 1, points: [[1]] });
    // @ts-expect-error points take lists of lists
    schemaOf<Layer>()(z.strictObject({ units, bias, points }));
    type Plain = Omit<Layer, 'points'>;
    // @ts-expect-error bias is missing
    schemaOf<Plain>()(z.strictObject({ units }));
    // @ts-expect-error bias is optional
    schemaOf<Plain>()(z.strictObject({ units, bias: z.boolean() }));
    // @ts-expect-error there is no std
    schemaOf<Plain>()(z.strictObject({ units, bias, std: z.number().exactOptional() }));
    // @ts-expect-error conv2d is missing
    schemaOf<{ type: 'dense' | 'conv2d' }>()(z.strictObject({ type: z.enum(['dense']) }));
  });

  it('lists of names are whole', () => {
    expect(complete<'relu' | 'tanh'>()(['tanh', 'relu'])).toEqual(['tanh', 'relu']);
    // @ts-expect-error relu is left out
    complete<'relu' | 'tanh'>()(['tanh']);
  });
});
