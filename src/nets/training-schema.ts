/**
 * A training described as data: what {@link TrainOptions} are as plain JSON, with the schemas that editors and other
 * programs check it by. Arrays are nested numbers here. The engine checks shapes and ranges as well.
 */
import { z } from 'zod';
import type { NestedNumbers } from '../ndarray.js';
import type {
  EquationSpec,
  LossSpec,
  OptimizerSpec,
  ProbeSpec,
  RecordSpec,
  Schedule,
  SpectralNormConstraint,
  WeightSpectrumPenalty,
} from './train.js';

const count = z.int().positive();
const atLeastZero = z.number().nonnegative();
const above = z.number().positive();
const below1 = z.number().min(0).lt(1);
const fraction = z.number().gt(0).lt(1);
const numbers = z.array(z.number());
const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const array = z.array(nested);

const warmup = z.int().nonnegative().exactOptional();
const schedule: z.ZodType<Schedule> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant'), warmup }),
  z.strictObject({ type: z.literal('cosine'), steps: count, last: atLeastZero.exactOptional(), warmup }),
  z.strictObject({ type: z.literal('step'), every: count, factor: atLeastZero, warmup }),
  z.strictObject({ type: z.literal('exponential'), factor: atLeastZero, warmup }),
]);

const firstOrder = {
  learningRate: atLeastZero,
  schedule: schedule.exactOptional(),
  clip: z.union([z.strictObject({ norm: above }), z.strictObject({ value: above })]).exactOptional(),
};
const weightDecay = atLeastZero.exactOptional();
const adam = {
  ...firstOrder,
  beta1: below1.exactOptional(),
  beta2: below1.exactOptional(),
  epsilon: atLeastZero.exactOptional(),
  weightDecay,
};
const wolfe = { c1: fraction.exactOptional(), c2: fraction.exactOptional(), maxEvaluations: count.exactOptional() };

/** The optimisers, each with its own fields. */
export const optimizerOptions = [
  z.strictObject({
    type: z.literal('sgd'),
    ...firstOrder,
    momentum: atLeastZero.exactOptional(),
    nesterov: z.boolean().exactOptional(),
    weightDecay,
  }),
  z.strictObject({ type: z.literal('adam'), ...adam }),
  z.strictObject({ type: z.literal('adamw'), ...adam }),
  z.strictObject({
    type: z.literal('rmsprop'),
    ...firstOrder,
    decay: below1.exactOptional(),
    epsilon: atLeastZero.exactOptional(),
  }),
  z.strictObject({ type: z.literal('lbfgs'), history: count.exactOptional(), ...wolfe }),
  z.strictObject({ type: z.literal('bfgs'), ...wolfe }),
  z.strictObject({ type: z.literal('powell'), tolerance: fraction.exactOptional() }),
  z.strictObject({
    type: z.literal('particleSwarm'),
    particles: count.exactOptional(),
    inertia: atLeastZero.exactOptional(),
    cognitive: atLeastZero.exactOptional(),
    social: atLeastZero.exactOptional(),
    spread: above.exactOptional(),
  }),
] as const;

/** Checks an {@link OptimizerSpec}, every field by its range. */
export const optimizerSchema: z.ZodType<OptimizerSpec> = z.discriminatedUnion('type', optimizerOptions);

const equation: z.ZodType<EquationSpec> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('poisson') }),
  z.strictObject({ type: z.literal('helmholtz'), k: z.number() }),
  z.strictObject({ type: z.literal('heat'), kappa: z.number() }),
  z.strictObject({ type: z.literal('advection'), velocity: numbers }),
  z.strictObject({
    type: z.literal('linear'),
    second: numbers,
    first: numbers,
    zeroth: z.number().exactOptional(),
  }),
]);
const weight = atLeastZero.exactOptional();
const scattered = {
  source: array.exactOptional(),
  weight,
  conditions: z.array(z.strictObject({ points: array, values: array, weight })).exactOptional(),
};
const band = { alpha: atLeastZero, cutoff: fraction.exactOptional() };

/** Checks a {@link LossSpec}, its arrays as nested numbers. */
export const lossSchema: z.ZodType<LossSpec> = z.union([
  z.enum(['mse', 'crossEntropy', 'mae', 'huber']),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.enum(['mse', 'crossEntropy', 'mae']) }),
    z.strictObject({ type: z.literal('huber'), delta: above.exactOptional() }),
    z.strictObject({ type: z.literal('weightedMse'), weights: array }),
    z.strictObject({ type: z.literal('sobolev'), gradients: array, weight }),
    z.strictObject({
      type: z.literal('smoothness'),
      ...band,
      along: z.enum(['samples', 'outputs']).exactOptional(),
    }),
    z.strictObject({ type: z.literal('phaseContrastive'), views: array, temperature: above.exactOptional() }),
    z.strictObject({ type: z.literal('residual'), equation, ...scattered }),
    z.strictObject({ type: z.literal('ritz'), ...scattered }),
  ]),
]);

/** Checks a {@link WeightSpectrumPenalty}. */
export const penaltySchema: z.ZodType<WeightSpectrumPenalty> = z.strictObject({
  type: z.literal('weightSpectrum'),
  ...band,
  parameters: z.array(z.string()).exactOptional(),
});

/** Checks a {@link SpectralNormConstraint}. */
export const constraintSchema: z.ZodType<SpectralNormConstraint> = z.strictObject({
  type: z.literal('spectralNorm'),
  norm: above.exactOptional(),
  every: count.exactOptional(),
  parameters: z.array(z.string()).exactOptional(),
});

/** Checks a {@link RecordSpec}. */
export const recordSchema: z.ZodType<RecordSpec> = z.union([
  z.strictObject({ every: count }),
  z.strictObject({ at: z.array(z.int().nonnegative()) }),
  z.strictObject({ log: count }),
]);

const compare = z.enum(['complex', 'magnitude']).exactOptional();
const output = z.enum(['raw', 'softmax']).exactOptional();
const fit = { points: array, target: array };
/** Checks a {@link ProbeSpec}, its arrays as nested numbers. */
export const probeSchema: z.ZodType<ProbeSpec> = z.union([
  z.strictObject({ type: z.literal('outputs'), points: array }),
  z.strictObject({ type: z.literal('spectrum'), ...fit, frequencies: array, compare, output }),
  z.strictObject({
    type: z.literal('projection'),
    ...fit,
    frequencies: array,
    direction: array.exactOptional(),
    compare,
    output,
  }),
  z.strictObject({ type: z.literal('filter'), ...fit, deltas: numbers, output }),
  z.strictObject({
    type: z.literal('image'),
    ...fit,
    size: z.tuple([count, count]),
    peak: above.exactOptional(),
  }),
  z.strictObject({ type: z.literal('accuracy'), points: array, labels: array }),
  z.strictObject({ type: z.literal('norms') }),
  z.strictObject({ type: z.literal('parameters'), parameter: z.string().exactOptional() }),
  z.strictObject({ type: z.literal('rank'), parameter: z.string(), change: z.boolean().exactOptional() }),
  z.strictObject({ type: z.literal('rank'), layer: z.int().nonnegative(), points: array }),
  z.strictObject({ type: z.literal('ntk'), points: array }),
]);

/** Checks what `model.train` takes, as plain JSON; as JSON Schema: `schema/training.json` of the package. */
export const trainingSchema = z.strictObject({
  x: array,
  y: array.exactOptional(),
  loss: lossSchema,
  penalty: penaltySchema.exactOptional(),
  constraint: constraintSchema.exactOptional(),
  optimizer: optimizerSchema,
  steps: count,
  batchSize: count.exactOptional(),
  shuffle: z.boolean().exactOptional(),
  seed: z.int().nonnegative().exactOptional(),
  record: recordSchema.exactOptional(),
  probes: z.record(z.string(), probeSchema).exactOptional(),
  threads: count.exactOptional(),
  memoryLimit: count.exactOptional(),
});

/** A training as plain JSON: what {@link TrainOptions} are without functions, signals and typed arrays. */
export type TrainingSpec = z.output<typeof trainingSchema>;

/** The JSON Schema (2020-12) of {@link TrainingSpec}. */
export const trainingJsonSchema = (): Record<string, unknown> => ({
  title: 'TrainingSpec of fprinciple',
  ...z.toJSONSchema(trainingSchema, { io: 'input' }),
});
