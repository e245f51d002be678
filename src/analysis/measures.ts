/** Measures of a network that need its layers: what they give out, and how much passes along its paths. */
import { invalidArgument } from '../core/errors.js';
import type { ArrayInput, NdArray } from '../core/ndarray.js';
import { checkInteger } from '../core/options.js';
import type { LayerSpec, NetworkSpec } from '../nets/index.js';
import { checkModel, createModel, type Model } from '../nets/model.js';

/**
 * The outputs of the first `count` entries of a model's `layers` for inputs `[n, ...input]`, in f64.
 *
 * @throws `INVALID_ARGUMENT` when the model has fewer entries, `INVALID_SHAPE` when x does not fit
 */
export async function layerOutputs(model: Model, x: ArrayInput, count: number): Promise<NdArray> {
  checkModel(model);
  const { input, layers } = model.spec;
  checkInteger(count, 'count', 1, layers.length);
  return copy(model, { input, layers: layers.slice(0, count) }, (v) => v).predict(x);
}

/**
 * The path norm of a dense network: over all paths from an input (or a bias) to an output, the sum of the products of the
 * absolute weights along it (Neyshabur, Tomioka and Srebro 2015, for p = 1). With `ntk` parameterisation the factors count.
 *
 * It is the output for inputs of 1 of the network with absolute weights and no activations.
 *
 * @throws `INVALID_ARGUMENT` for a network with other layers than dense ones and activations
 */
export async function pathNorm(model: Model): Promise<number> {
  checkModel(model);
  const { input, layers } = model.spec;
  if (typeof input !== 'number') throw invalidArgument('model: expected a network on vectors');
  const linear = layers.map((layer): LayerSpec => {
    if (layer.type === 'activation') return { type: 'scale', factor: 1 };
    if (layer.type === 'dense') return layer;
    throw invalidArgument(`model: expected dense layers and activations, got ${layer.type}`);
  });
  const ones = { data: new Float64Array(input).fill(1), shape: [1, input] };
  const { data } = await copy(model, { input, layers: linear }, Math.abs).predict(ones);
  return Array.from(data).reduce((sum, v) => sum + v, 0);
}

/** A network of another description with the arrays of `model` that it has, each number mapped by `f`. */
function copy(model: Model, spec: NetworkSpec, f: (value: number) => number): Model {
  const to = createModel(spec, { seed: 0, dtype: 'f64' });
  const from = { ...model.parameters(), ...model.buffers() };
  const names = Object.keys({ ...to.parameters(), ...to.buffers() });
  to.setParameters(
    Object.fromEntries(
      names.map((name) => {
        const { data, shape } = from[name]!;
        return [name, { data: Float64Array.from(data, f), shape }];
      }),
    ),
  );
  return to;
}
