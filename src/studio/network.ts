/** The network and the optimiser that a side of the page describes, as the package's own descriptions. */
import type { ActivationSpec } from '../nets/activation.js';
import type { WeightInit } from '../nets/init.js';
import type { LayerSpec, NetworkSpec } from '../nets/spec.js';
import type { OptimizerSpec } from '../nets/training/optimizer.js';
import type { Side, StudioState } from './state.js';

/** Names of the activations' parameters, with what they are when they are left out. */
export const activationParameters: Partial<Record<ActivationSpec['fn'], { name: string; default: number }>> = {
  sin: { name: 'omega', default: 1 },
  cos: { name: 'omega', default: 1 },
  gaussian: { name: 'a', default: 1 },
  ricker: { name: 'a', default: 1 },
  leakyRelu: { name: 'slope', default: 0.01 },
  clippedRelu: { name: 'max', default: 6 },
  elu: { name: 'alpha', default: 1 },
};

/** Numbers that a sample has: 1 of a function, 2 of a picture. */
export const inputsOf = ({ target }: Pick<StudioState, 'target'>): 1 | 2 => (target.kind === 'picture' ? 2 : 1);

/** The network of a side, for so many inputs. */
export function networkOf(side: Side, inputs: 1 | 2): NetworkSpec {
  const { hidden, activation: fn, parameter, features, parameterization } = side;
  const named = activationParameters[fn];
  const activation = {
    type: 'activation',
    fn,
    ...(named && parameter !== undefined && { [named.name]: parameter }),
  } as LayerSpec;
  const ntk = parameterization === 'ntk' ? ({ parameterization, sigmaW: side.scale ?? 1.5, sigmaB: 0.1 } as const) : {};
  const layers: LayerSpec[] = [];
  let width: number = inputs;
  if (features) {
    // The interval is two units long.
    const frequencies = { count: features.count, distribution: 'normal', scale: features.sigma / 2 } as const;
    layers.push({ type: 'fourierFeatures', frequencies });
    width = 2 * features.count;
  }
  for (const [index, units] of [...hidden, 1].entries()) {
    const init = parameterization === 'ntk' ? undefined : initOf(side, width, index === 0 && !features);
    layers.push({ type: 'dense', units, ...(init && { init }), ...ntk });
    if (index < hidden.length) layers.push(activation);
    width = units;
  }
  return { input: inputs, layers };
}

function initOf({ activation, parameter, scale }: Side, width: number, first: boolean): WeightInit | undefined {
  if (scale !== undefined) return { type: 'normal', std: scale / Math.sqrt(width) };
  // Sitzmann et al. 2020: what keeps sines in their range.
  if (activation === 'sin' && (parameter ?? 1) > 1)
    return { type: 'siren', omega: parameter!, ...(first && { first }) };
  return undefined;
}

export function optimizerOf(side: Side): OptimizerSpec {
  const { optimizer, learningRate, hidden } = side;
  if (optimizer === 'muon') {
    // As Adam here, without decay. With fewer than two hidden layers no weight lies between others: all are taken.
    const none = { weightDecay: 0, adamw: { weightDecay: 0 } };
    return { type: 'muon', learningRate, ...none, ...(hidden.length < 2 && { parameters: weightsOf(side) }) };
  }
  if (optimizer === 'adam') return { type: 'adam', learningRate };
  return { type: 'sgd', learningRate, ...(optimizer === 'momentum' && { momentum: 0.9 }) };
}

const weightsOf = ({ hidden, features }: Side): string[] =>
  [...hidden, 1].map((_, index) => `layers.${2 * index + (features ? 1 : 0)}.weight`);

/** The layer whose features' effective rank is measured: what the last dense layer sees. */
export const lastFeatures = ({ layers }: NetworkSpec): number => layers.length - 2;
