/** How weights and biases start, and what checks it. */
import { z } from 'zod';
import { schemaOf } from './schema-of.js';

/** Numbers that do not depend on the layer: drawn from a distribution, or one for all. */
export type InitDistribution =
  | {
      type: 'normal';
      /** Standard deviation, the mean being 0. */
      std: number;
    }
  | {
      type: 'uniform';
      /** Uniform on +-bound. */
      bound: number;
    }
  | {
      type: 'constant';
      /** Of every weight or bias. */
      value: number;
    };

/** How initial weights are drawn: by the name of a rule, or from a distribution. */
export type WeightInit =
  | 'lecun'
  | 'glorot'
  | 'he'
  | 'pytorch'
  | 'siren'
  | 'ntk'
  | 'zeros'
  | InitDistribution
  | {
      /** Variances 1/fan_in, 2/(fan_in + fan_out), 2/fan_in. */
      type: 'lecun' | 'glorot' | 'he';
      /** With the variance of the rule. Default `normal`. */
      distribution?: 'normal' | 'uniform';
    }
  | {
      type: 'siren';
      /** Of the sines after it. Default 30. */
      omega?: number;
      /** Of the first layer: uniform on +-1/fan_in. Default false. */
      first?: boolean;
    }
  | {
      /** PyTorch's default, N(0, 1), or zeros. */
      type: 'pytorch' | 'ntk' | 'zeros';
    };

/** Initial biases: one value, zeros, or a distribution. */
export type BiasInit = number | 'zeros' | InitDistribution | { type: 'zeros' };

const distribution = z.enum(['normal', 'uniform']);

const initDistributions = [
  z.strictObject({ type: z.literal('normal'), std: z.number().nonnegative() }),
  z.strictObject({ type: z.literal('uniform'), bound: z.number().nonnegative() }),
  z.strictObject({ type: z.literal('constant'), value: z.number() }),
] as const;

/** Of the weights of a dense layer or a convolution. */
export const weightInitSchema = schemaOf<WeightInit>()(
  z.union([
    z.enum(['lecun', 'glorot', 'he', 'pytorch', 'siren', 'ntk', 'zeros']),
    ...initDistributions,
    z.strictObject({ type: z.enum(['lecun', 'glorot', 'he']), distribution: distribution.exactOptional() }),
    z.strictObject({
      type: z.literal('siren'),
      omega: z.number().positive().exactOptional(),
      first: z.boolean().exactOptional(),
    }),
    z.strictObject({ type: z.enum(['pytorch', 'ntk', 'zeros']) }),
  ]),
);

/** How a layer's biases start: a number for all, or a distribution. */
export const biasInitSchema = schemaOf<BiasInit>()(
  z.union([z.number(), z.literal('zeros'), ...initDistributions, z.strictObject({ type: z.literal('zeros') })]),
);
