import { invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkInteger, requireOptions } from '../core/options.js';
import { type ActivationName, type ActivationSpec, activationNames } from './activation.js';
import type { BiasInit, WeightInit } from './init.js';
import { specText } from './json.js';
import type { LayerSpec, NetworkSpec } from './spec.js';

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
  /** Of every dense layer. Default as in {@link Affine}. */
  biasInit?: BiasInit;
  /** Of every dense layer. Default `standard`. */
  parameterization?: 'standard' | 'ntk';
  /** Of every dense layer, `ntk` only. Default 1. */
  sigmaW?: number;
  /** Of every dense layer, `ntk` only. Default 0. */
  sigmaB?: number;
}

const NAMES = [
  ...(['input', 'hidden', 'output', 'activation', 'init', 'biasInit'] as const),
  ...(['parameterization', 'sigmaW', 'sigmaB'] as const),
];

/**
 * A network of dense layers with an activation after each but the last.
 *
 * @example
 * mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' }).layers.map(({ type }) => type); // => ['dense', 'activation', 'dense']
 */
export function mlp(options: MlpOptions): NetworkSpec {
  const { input, hidden, output, activation, ...affine } = requireOptions(options, NAMES);
  if (!Array.isArray(hidden)) throw invalidArgument(`hidden: expected an array of widths, got ${describe(hidden)}`);
  checkInteger(input, 'input', 1);
  checkInteger(output, 'output', 1);
  hidden.forEach((units, index) => {
    checkInteger(units, `hidden[${index}]`, 1);
  });
  if (typeof activation !== 'string' && (typeof activation !== 'object' || activation === null)) {
    throw invalidArgument(`activation: expected a name or { fn, ... }, got ${describe(activation)}`);
  }
  const given = Object.fromEntries(Object.entries(affine).filter(([, value]) => value !== undefined));
  const dense = (units: number): LayerSpec => ({ type: 'dense', units, ...given });
  const spec = typeof activation === 'string' ? { fn: activation } : activation;
  const between: LayerSpec = { type: 'activation', ...spec };
  checkChoice(spec.fn, [...activationNames, 'expression'], 'activation');
  const network = { input, layers: [...hidden.flatMap((units) => [dense(units), between]), dense(output)] };
  // Reads the rest as every network is read, and refuses what a layer cannot have.
  call((addon) => addon.networkArrays(specText(network)));
  return network;
}
