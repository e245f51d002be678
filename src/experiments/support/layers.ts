/** Dense networks as experiments describe them: one standard deviation for the weights and biases of each layer. */

import type { ActivationName, ActivationSpec, LayerSpec, NetworkSpec } from '../../nets/index.js';
import { entry } from './arrays.js';

const normal = (units: number, std: number): LayerSpec => ({
  type: 'dense',
  units,
  init: { type: 'normal', std },
  biasInit: { type: 'normal', std },
});

/**
 * Dense layers of `widths` with an activation after each, then `outputs` without one. Weights and biases are drawn from
 * N(0, scale^2 / fan_in), the first layer's from N(0, firstLayer^2) (default: as the others).
 */
export function denseLayers(options: {
  input: number;
  widths: readonly number[];
  outputs?: number;
  activation?: ActivationName | ActivationSpec;
  scale?: number;
  firstLayer?: number;
}): LayerSpec[] {
  const { input, widths, outputs = 1, activation = 'tanh', scale = 1, firstLayer } = options;
  const between: LayerSpec = {
    type: 'activation',
    ...(typeof activation === 'string' ? { fn: activation } : activation),
  };
  const fanIns = [input, ...widths];
  const stds = fanIns.map((fanIn, l) => (l === 0 && firstLayer !== undefined ? firstLayer : scale / Math.sqrt(fanIn)));
  const affine = [...widths, outputs].map((units, l) => normal(units, entry(stds, l)));
  return affine.flatMap((layer, l) => (l === 0 ? [layer] : [between, layer]));
}

/** ReLU layers of `widths` with He's initialisation, then `classes` logits: a plain classifier. */
export const classifierLayers = (widths: readonly number[], classes = 10): LayerSpec[] => [
  ...widths.flatMap((units): LayerSpec[] => [
    { type: 'dense', units, init: 'he' },
    { type: 'activation', fn: 'relu' },
  ]),
  { type: 'dense', units: classes },
];

/**
 * A network in the `ntk` parameterisation: the layers `first`, then `depth` dense layers of `width` units with an
 * activation after each, then one output. The output layer has the standard deviation `output` (default `sigmaW`): a
 * small one starts near zero, so that what is seen is what is learnt.
 */
export function ntkNetwork(options: {
  input: number;
  first?: readonly LayerSpec[];
  depth: number;
  width: number;
  activation: 'relu' | 'erf' | 'tanh';
  sigmaW?: number;
  sigmaB?: number;
  output?: number;
}): NetworkSpec {
  const { input, first = [], depth, width, activation, sigmaW = Math.SQRT2, sigmaB = 0, output = sigmaW } = options;
  const affine = { type: 'dense', parameterization: 'ntk', sigmaW, sigmaB } as const;
  const hidden = Array.from({ length: depth }, (): LayerSpec[] => [
    { ...affine, units: width },
    { type: 'activation', fn: activation },
  ]);
  return { input, layers: [...first, ...hidden.flat(), { ...affine, units: 1, sigmaW: output }] };
}

/** Dense layers of `widths` with tanh after each, then one output, all by Glorot's initialisation: a network of an equation. */
export const glorotLayers = (widths: readonly number[]): LayerSpec[] => [
  ...widths.flatMap((units): LayerSpec[] => [
    { type: 'dense', units, init: 'glorot' },
    { type: 'activation', fn: 'tanh' },
  ]),
  { type: 'dense', units: 1, init: 'glorot' },
];
