/**
 * What a network is, as plain JSON: the types, and the schema that editors and other programs check it by.
 * The engine checks shapes as well; its errors name the layer by its place.
 */
import { z } from 'zod';
import { type ActivationLayer, activationSchema } from './activation.js';
import { type BiasInit, biasInitSchema, type WeightInit, weightInitSchema } from './init.js';
import { schemaOf } from './schema-of.js';

/** A network: the shape of one input sample (without the batch axis), and the layers in their order. */
export interface NetworkSpec {
  /** `n`: n features; `[channels, height, width]`: an image; `[tokens, features]`: a sequence. */
  input: number | number[];
  /** In the order in which they are applied. */
  layers: LayerSpec[];
}

/** One layer of a network, plain JSON; the shapes of arrays between layers follow from the input. */
export type LayerSpec =
  | DenseLayer
  | ActivationLayer
  | Conv2dLayer
  | PoolLayer
  | { type: 'flatten' }
  | FourierFeaturesLayer
  | {
      type: 'scale';
      /** Every value is multiplied by it. */
      factor: number;
    }
  | ModulateLayer
  | BranchesLayer
  | {
      type: 'residual';
      /** What is added to their own input; they keep its shape. */
      layers: LayerSpec[];
    }
  | {
      type: 'layerNorm';
      /** Added to the variance. Default 1e-5. */
      epsilon?: number;
      /** Whether there are a trained `weight` and `bias`. Default true. */
      affine?: boolean;
    }
  | {
      type: 'batchNorm';
      /** Added to the variance. Default 1e-5. */
      epsilon?: number;
      /** Share by which a batch moves the running mean and variance. Default 0.1. */
      momentum?: number;
      /** Whether there are a trained `weight` and `bias`. Default true. */
      affine?: boolean;
    }
  | {
      type: 'attention';
      /** Divides the number of features. */
      heads: number;
      /** Of both projections. Default true. */
      bias?: boolean;
      /** Of both projections. Default: `glorot` uniform for the inputs', `pytorch` for the outputs'. */
      init?: WeightInit;
    }
  | {
      type: 'positions';
      /** Sines and cosines, a trained `weight [tokens, features]`, or nothing. */
      encoding: 'sinusoidal' | 'learned' | 'none';
    }
  | TransformLayer;

/** What dense layers and convolutions share. */
export interface Affine {
  /** Default true. */
  bias?: boolean;
  /** Default: PyTorch's; N(0, 1) with the `ntk` parameterisation. */
  init?: WeightInit;
  /** Default: uniform on +-1/sqrt(fan_in) with `pytorch` and `siren`, N(0, 1) with `ntk`, else zeros. */
  biasInit?: BiasInit;
  /** `standard`: W x + b (the default); `ntk`: (sigmaW / sqrt(fan_in)) W x + sigmaB b. */
  parameterization?: 'standard' | 'ntk';
  /** `ntk` only. Default 1. */
  sigmaW?: number;
  /** `ntk` only. Default 0. */
  sigmaB?: number;
}

/** `[features] -> [units]`, or the same for every token of a sequence. Parameters `weight [units, features]`, `bias`. */
export interface DenseLayer extends Affine {
  type: 'dense';
  /** Numbers that it gives for a sample or token. */
  units: number;
}

/** Cross-correlation of `[in, h, w]`; parameters `weight [filters, in, kh, kw]`, `bias`. */
export interface Conv2dLayer extends Affine {
  type: 'conv2d';
  /** Channels that it gives. */
  filters: number;
  /** Side in pixels, or height and width. */
  kernel: number | [number, number];
  /** Default 1. */
  stride?: number | [number, number];
  /** Zeros on both sides, or `'same'`: ceil(size / stride) outputs. Default 0. */
  padding?: number | [number, number] | 'same';
}

/** Windows that would overhang are dropped. */
export interface PoolLayer {
  /** Largest value of a window, or their mean. */
  type: 'maxPool2d' | 'avgPool2d';
  /** Side of a window in pixels, or height and width. */
  size: number | [number, number];
  /** Default: `size`. */
  stride?: number | [number, number];
}

/** `[a cos 2 pi b.v ..., a sin 2 pi b.v ...]`; frequencies b in cycles per unit. */
export interface FourierFeaturesLayer {
  type: 'fourierFeatures';
  /**
   * Rows of one number for each input, or drawn with mean 0 and standard deviation `scale`: by the model's seed, or by a
   * `seed` of their own, which gives the same frequencies in every model.
   */
  frequencies:
    | number[][]
    | {
        /** How many frequencies are drawn; the layer gives twice as many numbers. */
        count: number;
        /** Of every coordinate of a frequency. Default `normal`. */
        distribution?: 'normal' | 'uniform' | 'laplace';
        /** Standard deviation, in cycles per unit of the inputs. */
        scale: number;
        /** Of these frequencies alone. Default: the model's. */
        seed?: number;
      };
  /** One for each frequency. Default: all 1. */
  amplitudes?: number[];
  /** Whether frequencies and amplitudes are parameters. Default false. */
  trainable?: boolean;
}

/** `layers(v) * cos(2 pi frequency.v)`, or sin. */
export interface ModulateLayer {
  type: 'modulate';
  /** Cycles per unit, one number for each input. */
  frequency: number[];
  /** Default `'cos'`. */
  fn?: 'cos' | 'sin';
  /** Applied to the input, before the wave multiplies what they give. */
  layers: LayerSpec[];
}

/** Lists of layers on the same input, their outputs summed (the default) or concatenated. */
export interface BranchesLayer {
  type: 'branches';
  /** Default `sum`; `concat` joins the outputs along the features or channels. */
  combine?: 'sum' | 'concat';
  /** Lists of layers, each applied to the same input. */
  branches: LayerSpec[][];
}

/**
 * Formulas (docs/your-own-equation.md) of the network's inputs and of the features before them, one output feature each: hard
 * constraints. Stands in the network's own list of layers, mostly at its end.
 *
 * @example
 * // u is zero at x = -1 and x = 1, and -sin(pi x) at t = 0, whatever the layers before give.
 * const constraint = { type: 'transform', variables: ['x', 't'], f: '-sin(pi * x) + t * (1 - x^2) * u' } as const;
 */
export interface TransformLayer {
  type: 'transform';
  /** One formula an output feature. */
  f: string | string[];
  /** Names of the network's inputs. Default `['x']`. */
  variables?: string[];
  /** Names of the features that reach the layer. Default `['u']`. */
  outputs?: string[];
  /** Named numbers, which are not trained. */
  parameters?: Record<string, number>;
}

const count = z.int().positive();
const pair = z.union([count, z.tuple([count, count])]);
const padding = z.union([
  z.int().nonnegative(),
  z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  z.literal('same'),
]);

const affine = {
  bias: z.boolean().exactOptional(),
  init: weightInitSchema.exactOptional(),
  biasInit: biasInitSchema.exactOptional(),
  parameterization: z.enum(['standard', 'ntk']).exactOptional(),
  sigmaW: z.number().exactOptional(),
  sigmaB: z.number().exactOptional(),
};

const layer: z.ZodType<LayerSpec> = z.lazy(() =>
  schemaOf<LayerSpec>()(
    z.union([
      z.strictObject({ type: z.literal('dense'), units: count, ...affine }),
      activationSchema,
      z.strictObject({
        type: z.literal('conv2d'),
        filters: count,
        kernel: pair,
        stride: pair.exactOptional(),
        padding: padding.exactOptional(),
        ...affine,
      }),
      z.strictObject({ type: z.enum(['maxPool2d', 'avgPool2d']), size: pair, stride: pair.exactOptional() }),
      z.strictObject({ type: z.literal('flatten') }),
      z.strictObject({
        type: z.literal('fourierFeatures'),
        frequencies: z.union([
          z.array(z.array(z.number())).min(1),
          z.strictObject({
            count,
            distribution: z.enum(['normal', 'uniform', 'laplace']).exactOptional(),
            scale: z.number().nonnegative(),
            seed: z.int().nonnegative().exactOptional(),
          }),
        ]),
        amplitudes: z.array(z.number()).exactOptional(),
        trainable: z.boolean().exactOptional(),
      }),
      z.strictObject({ type: z.literal('scale'), factor: z.number() }),
      z.strictObject({
        type: z.literal('modulate'),
        frequency: z.array(z.number()),
        fn: z.enum(['cos', 'sin']).exactOptional(),
        layers,
      }),
      z.strictObject({
        type: z.literal('branches'),
        combine: z.enum(['sum', 'concat']).exactOptional(),
        branches: z.array(layers).min(1),
      }),
      z.strictObject({ type: z.literal('residual'), layers }),
      z.strictObject({
        type: z.literal('layerNorm'),
        epsilon: z.number().positive().exactOptional(),
        affine: z.boolean().exactOptional(),
      }),
      z.strictObject({
        type: z.literal('batchNorm'),
        epsilon: z.number().positive().exactOptional(),
        momentum: z.number().min(0).max(1).exactOptional(),
        affine: z.boolean().exactOptional(),
      }),
      z.strictObject({
        type: z.literal('attention'),
        heads: count,
        bias: z.boolean().exactOptional(),
        init: weightInitSchema.exactOptional(),
      }),
      z.strictObject({ type: z.literal('positions'), encoding: z.enum(['sinusoidal', 'learned', 'none']) }),
      z.strictObject({
        type: z.literal('transform'),
        f: z.union([z.string(), z.array(z.string()).min(1)]),
        variables: z.array(z.string()).exactOptional(),
        outputs: z.array(z.string()).exactOptional(),
        parameters: z.record(z.string(), z.number()).exactOptional(),
      }),
    ]),
  ),
);
const layers = z.array(layer);

/** Checks a description without its shapes; as JSON Schema: `schema/network.json` of the package. */
export const networkSpecSchema = schemaOf<NetworkSpec>()(
  z.strictObject({
    input: z.union([count, z.array(count).min(1).max(3)]),
    layers: layers.min(1),
  }),
);

/** The JSON Schema (2020-12) of {@link NetworkSpec}. */
export const networkJsonSchema = (): Record<string, unknown> => ({
  title: 'NetworkSpec of fprinciple',
  ...z.toJSONSchema(networkSpecSchema, { io: 'input' }),
});
