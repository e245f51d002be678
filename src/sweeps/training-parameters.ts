/** What can be said of a training as data: every parameter with its default; whatever is not known is refused by name. */
import { z } from 'zod';
import type { DeepPartial } from '../experiment/define.js';
import type { NestedNumbers } from '../ndarray.js';
import { activationNames, biasInitSchema, networkSpecSchema, weightInitSchema } from '../nets/spec.js';
import { lossSchema, optimizerOptions, penaltySchema } from '../nets/training-schema.js';

const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const count = z.int().positive();

const dense = z.strictObject({
  input: count.default(1),
  hidden: z.array(count).default([40, 40]),
  output: count.default(1),
  activation: z
    .union([z.enum(activationNames), z.looseObject({ fn: z.enum(activationNames) })])
    .default('tanh')
    .describe('a name, or { fn, ... } with its parameters'),
  init: weightInitSchema.exactOptional(),
  biasInit: biasInitSchema.exactOptional(),
  parameterization: z.enum(['standard', 'ntk']).exactOptional(),
  sigmaW: z.number().exactOptional(),
  sigmaB: z.number().exactOptional(),
  // What has layers is a NetworkSpec, and what is wrong in them is said of that.
  layers: z.never().exactOptional(),
});

const data = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sines'),
    frequencies: z.array(z.number().nonnegative()).min(1).default([1, 5]).describe('k of sin kx, angular'),
    amplitudes: z.array(z.number()).exactOptional().describe('one for each; default all 1'),
    points: z.int().min(2).max(1_000_000).default(201).describe('evenly spaced on [-pi, pi), its end left out'),
  }),
  z.strictObject({ type: z.literal('values'), x: nested, y: nested }),
]);

/** A rate of 1e-3 where nothing else is said, so that an axis may name the type alone. */
const rated = optimizerOptions.map((option) => {
  const learningRate = z.number().nonnegative().default(1e-3);
  return 'learningRate' in option.shape ? option.extend({ learningRate }) : option;
}) as unknown as typeof optimizerOptions;
const optimizer = z.discriminatedUnion('type', rated);

type Network = z.output<typeof dense> | z.output<typeof networkSpecSchema>;

export const trainingParameters = z
  .object({
    width: count.exactOptional().describe('units of every hidden layer, in place of network.hidden'),
    depth: count.exactOptional().describe('number of hidden layers, in place of network.hidden'),
    network: z
      .union([dense, networkSpecSchema])
      .default({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' })
      .describe('layers with one activation, or a whole NetworkSpec'),
    data: data.default({ type: 'sines', frequencies: [1, 5], points: 201 }).describe('samples'),
    loss: lossSchema.default('mse'),
    penalty: penaltySchema.exactOptional().describe('added to the loss'),
    optimizer: optimizer.default({ type: 'adam', learningRate: 1e-3 }).describe('as `model.train` takes it'),
    steps: z.int().min(1).default(1000),
    batchSize: count.exactOptional().describe('default: all samples'),
    records: z.int().min(2).max(10_000).default(20).describe('recorded steps, evenly spaced in their logarithm'),
    level: z.number().positive().default(0.1).describe('relative error at which a frequency counts as learnt'),
    dtype: z.enum(['f32', 'f64']).default('f32'),
  })
  .refine(({ width, depth, network }) => !('layers' in network) || (width ?? depth) === undefined, {
    path: ['network'],
    error: 'width and depth are those of network.hidden; a NetworkSpec has its own',
  })
  // One network, one run: however its layers are written down, the resolved parameters are the same.
  .overwrite(({ width, depth, ...rest }) => ({ ...rest, network: shaped(rest.network, width, depth) }));

function shaped(network: Network, width?: number, depth?: number): Network {
  if ('layers' in network || (width ?? depth) === undefined) return network;
  const { hidden } = network;
  const layers = Array.from({ length: depth ?? hidden.length }, (_, i) => width ?? hidden[i] ?? hidden.at(-1) ?? 40);
  return { ...network, hidden: layers };
}

/** A description of a training with every default filled in. */
export type TrainingParameters = z.output<typeof trainingParameters>;
/** What a description of a training may leave out: everything. */
export type TrainingDescription = DeepPartial<z.input<typeof trainingParameters>>;
