import { invalidArgument } from '../errors.js';
import { describe } from '../ndarray.js';
import { requireOptions } from '../options.js';
import type { ActivationName, ActivationSpec, BiasInit, LayerSpec, NetworkSpec, WeightInit } from './spec.js';

/** A network of dense layers with one activation between them. */
export interface MlpOptions {
  /** Number of inputs. */
  input: number;
  /** Widths of the hidden layers. */
  hidden: number[];
  /** Number of outputs. */
  output: number;
  /** After every hidden layer. */
  activation: ActivationName | ActivationSpec;
  /** Of every dense layer. */
  init?: WeightInit;
  biasInit?: BiasInit;
  parameterization?: 'standard' | 'ntk';
  sigmaW?: number;
  sigmaB?: number;
}

const NAMES = [
  ...(['input', 'hidden', 'output', 'activation', 'init', 'biasInit'] as const),
  ...(['parameterization', 'sigmaW', 'sigmaB'] as const),
];

function checkCount(value: unknown, name: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw invalidArgument(`${name}: expected a positive integer, got ${describe(value)}`);
  }
}

/** A network of dense layers with an activation after each but the last. */
export function mlp(options: MlpOptions): NetworkSpec {
  const { input, hidden, output, activation, ...affine } = requireOptions(options, NAMES);
  if (!Array.isArray(hidden)) throw invalidArgument(`hidden: expected an array of widths, got ${describe(hidden)}`);
  for (const [name, n] of Object.entries({ input, output })) checkCount(n, name);
  hidden.forEach((units, index) => {
    checkCount(units, `hidden[${index}]`);
  });
  if (typeof activation !== 'string' && (typeof activation !== 'object' || activation === null)) {
    throw invalidArgument(`activation: expected a name or { fn, ... }, got ${describe(activation)}`);
  }
  const given = Object.fromEntries(Object.entries(affine).filter(([, value]) => value !== undefined));
  const dense = (units: number): LayerSpec => ({ type: 'dense', units, ...given });
  const spec = typeof activation === 'string' ? { fn: activation } : activation;
  const between: LayerSpec = { type: 'activation', ...spec };
  return { input, layers: [...hidden.flatMap((units) => [dense(units), between]), dense(output)] };
}
