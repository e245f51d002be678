/**
 * A training described as data: what {@link TrainOptions} are as plain JSON, with the schemas that editors and other
 * programs check it by. Arrays are nested numbers here. The engine checks shapes and ranges as well.
 */
import { z } from 'zod';
import type { NestedNumbers } from '../../core/ndarray.js';
import { schemaOf } from '../schema-of.js';
import type { ExpressionPenalty } from './formula.js';
import type { LossSpec } from './loss.js';
import type { OptimizerSpec, Schedule } from './optimizer.js';
import type { RecordSpec } from './options.js';
import type { SpectralNormConstraint, WeightSpectrumPenalty } from './penalty.js';
import type { ProbeSpec } from './probe.js';

const count = z.int().positive();
const atLeastZero = z.number().nonnegative();
const above = z.number().positive();
const below1 = z.number().min(0).lt(1);
const fraction = z.number().gt(0).lt(1);
const numbers = z.array(z.number());
const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const array = z.array(nested);

/** A schema with what its reader should know: of a field that may be left out the default that the engine takes. */
function said<S extends z.ZodType>(schema: S, description: string, more: { default?: unknown; unit?: string } = {}): S {
  return schema.meta({ description, ...more });
}

const warmup = said(z.int().nonnegative(), 'over these the rate rises from near 0 to its value', {
  default: 0,
  unit: 'steps',
}).exactOptional();
const schedule = schemaOf<Schedule>()(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('constant'), warmup }),
    z.strictObject({
      type: z.literal('cosine'),
      steps: said(count, 'length of the half wave', { unit: 'steps' }),
      last: said(atLeastZero, 'rate at its end', { default: 0 }).exactOptional(),
      warmup,
    }),
    z.strictObject({
      type: z.literal('step'),
      every: said(count, 'between two drops', { unit: 'steps' }),
      factor: said(atLeastZero, 'of a drop, or of a step'),
      warmup,
    }),
    z.strictObject({ type: z.literal('exponential'), factor: said(atLeastZero, 'of a drop, or of a step'), warmup }),
  ]),
);

const firstOrder = {
  learningRate: atLeastZero,
  schedule: said(schedule, 'how the rate changes; default: not').exactOptional(),
  clip: said(
    z.union([
      z.strictObject({ norm: said(above, 'of the whole gradient, at most') }),
      z.strictObject({ value: said(above, "of each of the gradient's entries, at most") }),
    ]),
    'bound of the gradient; default: none',
  ).exactOptional(),
};
const weightDecay = (value: number) =>
  said(atLeastZero, 'as PyTorch defines it (default 0, adamw 0.01)', { default: value }).exactOptional();
const epsilon = said(atLeastZero, 'added to the root of the second moment', { default: 1e-8 }).exactOptional();
const adam = {
  ...firstOrder,
  beta1: said(below1, 'decay of the first moment, a step', { default: 0.9 }).exactOptional(),
  beta2: said(below1, 'decay of the second moment, a step', { default: 0.999 }).exactOptional(),
  epsilon,
};
const wolfe = {
  c1: said(fraction, 'of sufficient decrease', { default: 1e-4 }).exactOptional(),
  c2: said(fraction, 'of the slope', { default: 0.9 }).exactOptional(),
  maxEvaluations: said(count, 'of one search, at most', { default: 25, unit: 'evaluations' }).exactOptional(),
};
const pull = (whose: string) => said(atLeastZero, `pull of ${whose} best`, { default: 1.49618 }).exactOptional();

/** The optimisers, each with its own fields. */
export const optimizerOptions = [
  z.strictObject({
    type: z.literal('sgd'),
    ...firstOrder,
    momentum: said(atLeastZero, 'share of the step before', { default: 0 }).exactOptional(),
    nesterov: said(z.boolean(), "Nesterov's momentum", { default: false }).exactOptional(),
    weightDecay: weightDecay(0),
  }),
  z.strictObject({ type: z.literal('adam'), ...adam, weightDecay: weightDecay(0) }),
  z.strictObject({ type: z.literal('adamw'), ...adam, weightDecay: weightDecay(0.01) }),
  z.strictObject({
    type: z.literal('rmsprop'),
    ...firstOrder,
    decay: said(below1, 'of the second moment, a step', { default: 0.99 }).exactOptional(),
    epsilon,
  }),
  z.strictObject({
    type: z.literal('muon'),
    ...firstOrder,
    momentum: said(below1, 'share of the mean before', { default: 0.95 }).exactOptional(),
    nesterov: said(z.boolean(), "Nesterov's momentum", { default: true }).exactOptional(),
    weightDecay: said(atLeastZero, 'of the matrices, a step', { default: 0.1 }).exactOptional(),
    nsSteps: said(z.int().min(1).max(99), 'of Newton and Schulz', { default: 5, unit: 'steps' }).exactOptional(),
    nsCoefficients: said(z.tuple([z.number(), z.number(), z.number()]), 'their a, b and c', {
      default: [3.4445, -4.775, 2.0315],
    }).exactOptional(),
    epsilon: said(atLeastZero, 'the least norm that a matrix is divided by', { default: 1e-7 }).exactOptional(),
    adjust: said(z.enum(['original', 'matchRmsAdamw']), "how a matrix's shape changes its rate", {
      default: 'original',
    }).exactOptional(),
    parameters: said(
      z.array(z.string()),
      'weights that it takes; default: those between the first layer and the last',
    ).exactOptional(),
    adamw: said(
      z.strictObject({
        learningRate: said(atLeastZero, 'default: that of the matrices').exactOptional(),
        beta1: adam.beta1,
        beta2: adam.beta2,
        epsilon,
        weightDecay: weightDecay(0.01),
      }),
      'what all other parameters take',
    ).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('lbfgs'),
    history: said(count, 'pairs that are kept', { default: 10, unit: 'pairs' }).exactOptional(),
    ...wolfe,
  }),
  z.strictObject({ type: z.literal('bfgs'), ...wolfe }),
  z.strictObject({
    type: z.literal('powell'),
    tolerance: said(fraction, "of a line's minimum, relative", { default: 1e-3 }).exactOptional(),
  }),
  z.strictObject({
    type: z.literal('particleSwarm'),
    particles: said(count, 'in the swarm', { default: 40, unit: 'particles' }).exactOptional(),
    inertia: said(atLeastZero, 'share of the velocity that stays', { default: 0.7298 }).exactOptional(),
    cognitive: pull("a particle's own"),
    social: pull("the swarm's"),
    spread: said(above, 'standard deviation of the first positions', { default: 1 }).exactOptional(),
  }),
] as const;

/** Checks an {@link OptimizerSpec}, every field by its range. */
export const optimizerSchema = schemaOf<OptimizerSpec>()(z.discriminatedUnion('type', optimizerOptions));

const weight = atLeastZero.exactOptional();
const parameters = z
  .record(
    z.string(),
    z.union([z.number(), z.strictObject({ value: z.number(), trainable: z.boolean().exactOptional() })]),
  )
  .exactOptional();
const names = z.array(z.string()).exactOptional();
const data = z.record(z.string(), array).exactOptional();
const periodic = z.strictObject({
  periodic: z.string(),
  of: z.string().exactOptional(),
  period: z.number().exactOptional(),
});
const equations = {
  variables: names,
  outputs: names,
  weight,
  conditions: z
    .array(z.strictObject({ points: array, equation: z.union([z.string(), periodic]), weight, data }))
    .exactOptional(),
  parameters,
  data,
};
const balance = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ntk'),
    every: count.exactOptional(),
    momentum: below1.exactOptional(),
    points: count.exactOptional(),
  }),
  z.strictObject({ type: z.literal('gradientNorm'), every: count.exactOptional(), momentum: below1.exactOptional() }),
]);
const band = { alpha: atLeastZero, cutoff: fraction.exactOptional() };

/** Checks a {@link LossSpec}, its arrays as nested numbers. */
export const lossSchema = schemaOf<LossSpec>()(
  z.union([
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
      z.strictObject({
        type: z.literal('expression'),
        loss: z.string(),
        weights: array.exactOptional(),
        variables: names,
        parameters,
      }),
      z.strictObject({
        type: z.literal('residual'),
        equation: z.string().exactOptional(),
        equations: names,
        ...equations,
        balance: balance.exactOptional(),
        causal: z
          .strictObject({
            variable: z.string(),
            slices: z.int().min(2).exactOptional(),
            epsilon: above.exactOptional(),
            initial: z.int().nonnegative().exactOptional(),
          })
          .exactOptional(),
        curriculum: z
          .strictObject({
            variable: z.string(),
            steps: count,
            start: z.number().gt(0).max(1).exactOptional(),
            stages: count.exactOptional(),
          })
          .exactOptional(),
        resample: z
          .strictObject({
            every: count,
            method: z.enum(['uniform', 'sobol', 'residual']),
            candidates: count.exactOptional(),
          })
          .exactOptional(),
      }),
      z.strictObject({ type: z.literal('ritz'), energy: z.string(), ...equations }),
    ]),
  ]),
);

/** Checks a {@link WeightSpectrumPenalty} or an {@link ExpressionPenalty}. */
export const penaltySchema = schemaOf<WeightSpectrumPenalty | ExpressionPenalty>()(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('weightSpectrum'), ...band, parameters: z.array(z.string()).exactOptional() }),
    z.strictObject({
      type: z.literal('expression'),
      penalty: z.string(),
      alpha: atLeastZero,
      parameters: z.array(z.string()).exactOptional(),
    }),
  ]),
);

/** Checks a {@link SpectralNormConstraint}. */
export const constraintSchema = schemaOf<SpectralNormConstraint>()(
  z.strictObject({
    type: z.literal('spectralNorm'),
    norm: above.exactOptional(),
    every: count.exactOptional(),
    parameters: z.array(z.string()).exactOptional(),
  }),
);

/** Checks a {@link RecordSpec}. */
export const recordSchema = schemaOf<RecordSpec>()(
  z.union([
    z.strictObject({ every: count }),
    z.strictObject({ at: z.array(z.int().nonnegative()) }),
    z.strictObject({ log: count }),
  ]),
);

const compare = z.enum(['complex', 'magnitude']).exactOptional();
const output = z.enum(['raw', 'softmax']).exactOptional();
const fit = { points: array, target: array };
/** Checks a {@link ProbeSpec}, its arrays as nested numbers. */
export const probeSchema = schemaOf<ProbeSpec>()(
  z.union([
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
  ]),
);

const finishing = z.discriminatedUnion('type', [optimizerOptions[5], optimizerOptions[6]]);

/** Checks what `model.train` takes, as plain JSON; as JSON Schema: `schema/training.json` of the package. */
export const trainingSchema = z.strictObject({
  x: array,
  y: array.exactOptional(),
  loss: lossSchema,
  penalty: penaltySchema.exactOptional(),
  constraint: constraintSchema.exactOptional(),
  optimizer: optimizerSchema,
  steps: count,
  finish: z.strictObject({ optimizer: finishing, steps: count }).exactOptional(),
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
