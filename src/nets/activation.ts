/** Activation functions by name and parameters, and what checks them. */
import { z } from 'zod';
import { complete } from '../core/complete.js';

/** Activations without parameters. */
export type PlainActivation = 'relu' | 'silu' | 'tanh' | 'sigmoid' | 'erf' | 'gelu' | 'softplus' | 'hat';

/** An activation: its name alone where its parameters keep their defaults. */
export type ActivationSpec =
  | {
      /** The function's name. */
      fn: PlainActivation;
    }
  | {
      fn: 'leakyRelu';
      /** Of negative x. Default 0.01. */
      slope?: number;
    }
  | {
      fn: 'clippedRelu';
      /** min(max(x, 0), max): ReLU6 with the default 6. */
      max?: number;
    }
  | {
      fn: 'elu';
      /** alpha (exp(x) - 1) for negative x. Default 1. */
      alpha?: number;
    }
  | {
      fn: 'sin';
      /** sin(omega x). Default 1. */
      omega?: number;
    }
  | {
      fn: 'cos';
      /** cos(omega x). Default 1. */
      omega?: number;
    }
  | {
      fn: 'gaussian';
      /** exp(-x^2 / 2a^2). Default 1. */
      a?: number;
    }
  | {
      fn: 'ricker';
      /** (1 - (x/a)^2) exp(-x^2 / 2a^2). Default 1. */
      a?: number;
    }
  | ExpressionActivation;

/**
 * A formula of `x` (docs/your-own-equation.md), with its coefficients: those that are `trainable` are parameters of the model,
 * `layers.<i>.a`, and begin with `value`.
 *
 * @example
 * const swish = { type: 'activation', fn: 'expression', f: 'x * sigmoid(a * x)', parameters: { a: 1.5 } } as const;
 */
export interface ExpressionActivation {
  fn: 'expression';
  /** The formula, of `x` and the coefficients. */
  f: string;
  /** Coefficients by name: fixed numbers, or with `trainable` parameters of the model. */
  parameters?: Record<
    string,
    | number
    | {
        /** What it is, or begins with. */
        value: number;
        /** Whether it is trained with the network. Default false. */
        trainable?: boolean;
      }
  >;
}

/** A layer that applies a function to every value. */
export type ActivationLayer = { type: 'activation' } & ActivationSpec;
/** Names of the activation functions that can stand alone. */
export type ActivationName = Exclude<ActivationSpec['fn'], 'expression'>;

const plainActivations = complete<PlainActivation>()([
  'relu',
  'silu',
  'tanh',
  'sigmoid',
  'erf',
  'gelu',
  'softplus',
  'hat',
]);

/** Every activation by its `fn`. */
export const activationNames = complete<ActivationName>()([
  ...plainActivations,
  'leakyRelu',
  'clippedRelu',
  'elu',
  'sin',
  'cos',
  'gaussian',
  'ricker',
]);

/** Checks an {@link ActivationLayer}. */
export const activationSchema = z.discriminatedUnion('fn', [
  z.strictObject({ type: z.literal('activation'), fn: z.enum(plainActivations) }),
  z.strictObject({ type: z.literal('activation'), fn: z.literal('leakyRelu'), slope: z.number().exactOptional() }),
  z.strictObject({
    type: z.literal('activation'),
    fn: z.literal('clippedRelu'),
    max: z.number().positive().exactOptional(),
  }),
  z.strictObject({ type: z.literal('activation'), fn: z.literal('elu'), alpha: z.number().exactOptional() }),
  z.strictObject({ type: z.literal('activation'), fn: z.enum(['sin', 'cos']), omega: z.number().exactOptional() }),
  z.strictObject({
    type: z.literal('activation'),
    fn: z.enum(['gaussian', 'ricker']),
    a: z.number().positive().exactOptional(),
  }),
  z.strictObject({
    type: z.literal('activation'),
    fn: z.literal('expression'),
    f: z.string(),
    parameters: z
      .record(
        z.string(),
        z.union([z.number(), z.strictObject({ value: z.number(), trainable: z.boolean().exactOptional() })]),
      )
      .exactOptional(),
  }),
]);
