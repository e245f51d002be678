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

/** A network of dense layers with an activation after each but the last. */
export function mlp({ input, hidden, output, activation, ...affine }: MlpOptions): NetworkSpec {
  const given = Object.fromEntries(Object.entries(affine).filter(([, value]) => value !== undefined));
  const dense = (units: number): LayerSpec => ({ type: 'dense', units, ...given });
  const spec = typeof activation === 'string' ? { fn: activation } : activation;
  const between: LayerSpec = { type: 'activation', ...spec };
  return { input, layers: [...hidden.flatMap((units) => [dense(units), between]), dense(output)] };
}
