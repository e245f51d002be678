import { invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkInteger, requireOptions } from '../core/options.js';
import { type ActivationName, type ActivationSpec, activationNames } from './activation.js';
import type { BiasInit, WeightInit } from './init.js';
import { specText } from './json.js';
import { mupLayers } from './mup.js';
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
  /** Of every dense layer; not with `mup`. */
  init?: WeightInit;
  /** Of every dense layer; not with `mup`. Default as in {@link Affine}. */
  biasInit?: BiasInit;
  /**
   * Of every dense layer. Default `standard`. `mup`: the maximal update parametrisation (Yang and Hu 2021, Yang et al. 2022), `ntk` layers whose
   * factors and initial weights go by their widths over those in `baseHidden`, so that one learning rate suits all widths.
   */
  parameterization?: 'standard' | 'ntk' | 'mup';
  /** Of every dense layer, `ntk` and `mup` (initial weights at the base: N(0, sigmaW^2 / fan_in)). Default 1. */
  sigmaW?: number;
  /** Of every dense layer, `ntk` and `mup` (initial biases: N(0, sigmaB^2), trained where it is 0 too). Default 0. */
  sigmaB?: number;
  /** `mup` only, and needed there: widths of the hidden layers at which the network is the standard one. */
  baseHidden?: number[];
  /** `mup` only: what trains it, descent (with momentum or without) or Adam. Default `adam`. */
  optimizer?: 'sgd' | 'adam';
}

const NAMES = [
  ...(['input', 'hidden', 'output', 'activation', 'init', 'biasInit'] as const),
  ...(['parameterization', 'sigmaW', 'sigmaB', 'baseHidden', 'optimizer'] as const),
];

/**
 * A network of dense layers with an activation after each but the last.
 *
 * With `parameterization: 'mup'` the best learning rate of the network of `baseHidden` is that of wider ones. Under Adam gradients fall with the
 * width there: an `epsilon` far below them (1e-12) is needed. `analyticKernel` has no such limit: it takes all initial weights as N(0, 1).
 *
 * @example
 * mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' }).layers.map(({ type }) => type); // => ['dense', 'activation', 'dense']
 */
export function mlp(options: MlpOptions): NetworkSpec {
  const { input, hidden, output, activation, baseHidden, optimizer, ...affine } = requireOptions(options, NAMES);
  if (!Array.isArray(hidden)) throw invalidArgument(`hidden: expected an array of widths, got ${describe(hidden)}`);
  checkInteger(input, 'input', 1);
  checkInteger(output, 'output', 1);
  hidden.forEach((units, index) => {
    checkInteger(units, `hidden[${index}]`, 1);
  });
  if (typeof activation !== 'string' && (typeof activation !== 'object' || activation === null)) {
    throw invalidArgument(`activation: expected a name or { fn, ... }, got ${describe(activation)}`);
  }
  const { parameterization, sigmaW, sigmaB, init, biasInit } = affine;
  const mup = parameterization === 'mup';
  for (const [name, value] of Object.entries(mup ? { init, biasInit } : { baseHidden, optimizer })) {
    if (value === undefined) continue;
    throw invalidArgument(
      `${name}: ${mup ? 'with parameterization "mup" sigmaW and sigmaB say it' : 'has a meaning with parameterization "mup" only'}`,
    );
  }
  const given = Object.fromEntries(Object.entries(affine).filter(([, value]) => value !== undefined));
  const layers: LayerSpec[] = mup
    ? mupLayers({ input, hidden, output, baseHidden, optimizer, sigmaW, sigmaB })
    : [...hidden, output].map((units): LayerSpec => ({ type: 'dense', units, ...given }));
  const spec = typeof activation === 'string' ? { fn: activation } : activation;
  const between: LayerSpec = { type: 'activation', ...spec };
  checkChoice(spec.fn, [...activationNames, 'expression'], 'activation');
  const network = { input, layers: layers.flatMap((layer, l) => (l === 0 ? [layer] : [between, layer])) };
  // Reads the rest as every network is read, and refuses what a layer cannot have.
  call((addon) => addon.networkArrays(specText(network)));
  return network;
}
