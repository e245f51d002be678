/** What can be said of a training as data: every parameter with its default; whatever is not known is refused by name. */
import { z } from 'zod';
import type { NestedNumbers } from '../../core/ndarray.js';
import type { DeepPartial } from '../../experiment/define.js';
import { activationNames } from '../../nets/activation.js';
import { biasInitSchema, weightInitSchema } from '../../nets/init.js';
import { networkSpecSchema } from '../../nets/spec.js';
import { lossSchema, optimizerOptions, penaltySchema } from '../../nets/training/schema.js';

const nested: z.ZodType<NestedNumbers> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const count = z.int().positive();

const dense = z.strictObject({
  input: count.default(1).describe('numbers of a sample'),
  hidden: z.array(count).default([40, 40]).meta({ description: 'widths of the hidden layers', unit: 'units' }),
  output: count.default(1).describe('numbers of an output'),
  activation: z
    .union([z.enum(activationNames), z.looseObject({ fn: z.enum(activationNames) })])
    .default('tanh')
    .describe('after every hidden layer: a name, or { fn, ... } with its parameters'),
  init: weightInitSchema.exactOptional().describe("of the weights; default PyTorch's, N(0, 1) with ntk"),
  biasInit: biasInitSchema.exactOptional().describe('of the biases; default by that of the weights'),
  parameterization: z
    .enum(['standard', 'ntk'])
    .exactOptional()
    .meta({ description: 'W x + b, or sigmaW / sqrt(inputs) W x + sigmaB b', default: 'standard' }),
  sigmaW: z.number().exactOptional().meta({ description: 'with ntk only', default: 1 }),
  sigmaB: z.number().exactOptional().meta({ description: 'with ntk only', default: 0 }),
  // What has layers is a NetworkSpec, and what is wrong in them is said of that.
  layers: z.never().exactOptional(),
});

const data = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sines'),
    frequencies: z
      .array(z.number().nonnegative())
      .min(1)
      .default([1, 5])
      .meta({ description: 'k of sin kx', unit: 'radians per unit of x' }),
    amplitudes: z.array(z.number()).exactOptional().describe('one for each; default all 1'),
    points: z
      .int()
      .min(2)
      .max(1_000_000)
      .default(201)
      .meta({ description: 'evenly spaced on [-pi, pi), its end left out', unit: 'samples' }),
  }),
  z.strictObject({
    type: z.literal('values'),
    x: nested.describe(
      'inputs [n], or [n, ...input]; of up to three numbers x the errors are measured at the peaks of the spectrum of y',
    ),
    y: nested.describe('targets [n], or [n, ...output]'),
  }),
]);

/** Becomes `values` before a training is planned: see `file-data.ts`. */
export const fileDataSchema: z.ZodType<FileData> = z.strictObject({
  type: z.literal('file'),
  path: z.string().min(1),
  side: z.int().min(1).exactOptional(),
});

/** A rate of 1e-3 where nothing else is said, so that an axis may name the type alone. */
const rated = optimizerOptions.map((option) => {
  const learningRate = z.number().nonnegative().default(1e-3).describe('of a step; Adam divides it by its moments');
  return 'learningRate' in option.shape ? option.extend({ learningRate }) : option;
}) as unknown as typeof optimizerOptions;
const optimizer = z.discriminatedUnion('type', rated);

const stop = z
  .strictObject({
    lossBelow: z.number().exactOptional().describe('the loss over all samples is below this'),
    seconds: z
      .number()
      .positive()
      .exactOptional()
      .meta({ description: 'of computing; where it ends depends on the machine', unit: 's' }),
    patience: count
      .exactOptional()
      .meta({ description: 'no progress: so many steps without a smaller loss', unit: 'steps' }),
    tolerance: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('with patience: the share by which a loss has to be smaller to count'),
    every: count
      .exactOptional()
      .meta({ description: 'how often this is looked at; default: fifty times', unit: 'steps' }),
  })
  .refine(({ lossBelow, seconds, patience }) => lossBelow !== undefined || (seconds ?? patience) !== undefined, {
    error: 'expected at least one rule: lossBelow, seconds or patience',
  });

type Network = z.output<typeof dense> | z.output<typeof networkSpecSchema>;

export const trainingParameters = z
  .object({
    width: count
      .exactOptional()
      .meta({ description: 'of every hidden layer, in place of network.hidden', unit: 'units' }),
    depth: count
      .exactOptional()
      .meta({ description: 'of the network, in place of network.hidden', unit: 'hidden layers' }),
    network: z
      .union([dense, networkSpecSchema])
      .default({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' })
      .describe('layers with one activation, or a whole NetworkSpec'),
    data: data.default({ type: 'sines', frequencies: [1, 5], points: 201 }).describe('samples'),
    loss: lossSchema.default('mse').describe('what is lowered: a name, or one with its targets'),
    penalty: penaltySchema.exactOptional().describe('added to the loss'),
    optimizer: optimizer.default({ type: 'adam', learningRate: 1e-3 }).describe('as `model.train` takes it'),
    steps: z.int().min(1).default(1000).meta({ description: 'of the optimiser', unit: 'steps' }),
    budget: count
      .exactOptional()
      .meta({ description: 'of `steps`, those that are taken: a beginning of the same training', unit: 'steps' }),
    stop: stop.exactOptional().describe('ends it before its steps are taken'),
    batchSize: count.exactOptional().meta({ description: 'of a step; default: all', unit: 'samples' }),
    records: z
      .int()
      .min(2)
      .max(10_000)
      .default(20)
      .meta({ description: 'evenly spaced in the logarithm of their step', unit: 'records' }),
    level: z
      .number()
      .positive()
      .default(0.1)
      .meta({ description: 'at which a frequency counts as learnt', unit: 'relative error' }),
    dtype: z.enum(['f32', 'f64']).default('f32').describe('precision of parameters and samples'),
  })
  .refine(({ width, depth, network }) => !('layers' in network) || (width ?? depth) === undefined, {
    path: ['network'],
    error: 'width and depth are those of network.hidden; a NetworkSpec has its own',
  })
  // One network, one run: however its layers are written down, the resolved parameters are the same.
  .overwrite(({ width, depth, budget, ...rest }) => ({
    ...rest,
    // A budget of all steps is none.
    ...(budget !== undefined && budget < rest.steps && { budget }),
    network: shaped(rest.network, width, depth),
  }));

function shaped(network: Network, width?: number, depth?: number): Network {
  if ('layers' in network || (width ?? depth) === undefined) return network;
  const { hidden } = network;
  const layers = Array.from({ length: depth ?? hidden.length }, (_, i) => width ?? hidden[i] ?? hidden.at(-1) ?? 40);
  return { ...network, hidden: layers };
}

/** A description of a training with every default filled in. */
export type TrainingParameters = z.output<typeof trainingParameters>;
/** What a description of a training may leave out: everything. */
export type TrainingDescription = Omit<DeepPartial<z.input<typeof trainingParameters>>, 'data'> & {
  /** Samples of a function described here, or those of a file. */
  data?: NonNullable<DeepPartial<z.input<typeof trainingParameters>>['data']> | FileData;
};

/** Samples of a file that `readData` reads. */
export interface FileData {
  type: 'file';
  /** CSV, npy, npz, WAV or a picture, from the folder where the command runs. */
  path: string;
  /** Pixels that the longer side of a picture is averaged to. Default: as it is. */
  side?: number;
}
