/**
 * The maximal update parametrisation of dense layers (Yang and Hu 2020, Yang et al. 2021), in layers of the `ntk` kind.
 *
 * Let m be the width of a layer over its width in a base network (1 for inputs and outputs, which do not grow). A layer from m_in to m_out
 * computes `A W x + B b`, with N(0, s^2) for the entries of W, and one learning rate for all arrays:
 *
 * | trained by | A                  | B             | A s, of the output layer        | A s, of all others           |
 * | ---------- | ------------------ | ------------- | ------------------------------- | ---------------------------- |
 * | descent    | sqrt(m_out / m_in) | sqrt(m_out)   | sigmaW / sqrt(fan_in) / sqrt(m_in) | sigmaW / sqrt(fan_in)     |
 * | Adam       | 1 / m_in           | 1             | the same                        | the same                     |
 *
 * A step of descent on W changes `A W` by A^2 times the gradient of `A W`, one of Adam by A, whatever the gradient's size: these are the
 * rates by layer of table 3 of Yang et al. (m_out for inputs and biases, 1 for hidden layers, 1 / m_in for outputs; under Adam 1, 1 / m_in, 1 / m_in).
 * At the base's widths A = B = 1, and the network is the one in the standard parameterisation with `init: 'lecun'` times sigmaW.
 */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkInteger, checkNumber, required } from '../core/options.js';
import type { DenseLayer } from './spec.js';

/**
 * The dense layers of such a network, in their order.
 * @throws `INVALID_ARGUMENT` for a base of another depth than hidden's, and for what is no width, number or optimiser
 */
export function mupLayers(o: {
  input: number;
  hidden: readonly number[];
  output: number;
  baseHidden: readonly number[] | undefined;
  optimizer: 'sgd' | 'adam' | undefined;
  sigmaW: number | undefined;
  sigmaB: number | undefined;
}): DenseLayer[] {
  const { input, hidden, output, sigmaW = 1, sigmaB = 0, optimizer = 'adam' } = o;
  const base = required(o.baseHidden, 'baseHidden');
  if (!Array.isArray(base) || base.length !== hidden.length) {
    throw invalidArgument(`baseHidden: expected ${hidden.length} widths, as many as hidden has, got ${describe(base)}`);
  }
  base.forEach((units, index) => {
    checkInteger(units, `baseHidden[${index}]`, 1);
  });
  checkChoice(optimizer, ['sgd', 'adam'], 'optimizer');
  checkNumber(sigmaW, 'sigmaW', { above: 0 });
  checkNumber(sigmaB, 'sigmaB', { least: 0 });
  const wider = [1, ...hidden.map((units, l) => units / (base[l] ?? 1)), 1];
  const widths = [input, ...hidden, output];
  return widths.slice(1).map((units, l) => {
    const [fanIn = 1, grownIn = 1, grownOut = 1] = [widths[l], wider[l], wider[l + 1]];
    const weight = optimizer === 'sgd' ? Math.sqrt(grownOut / grownIn) : 1 / grownIn;
    const bias = optimizer === 'sgd' ? Math.sqrt(grownOut) : 1;
    const last = l === hidden.length;
    const std = sigmaW / Math.sqrt(fanIn) / (last ? Math.sqrt(grownIn) : 1);
    return {
      type: 'dense',
      units,
      parameterization: 'ntk',
      sigmaW: weight * Math.sqrt(fanIn),
      sigmaB: bias,
      init: { type: 'normal', std: std / weight },
      biasInit: sigmaB === 0 ? 'zeros' : { type: 'normal', std: sigmaB / bias },
    };
  });
}
