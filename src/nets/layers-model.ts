/**
 * Models of TensorFlow.js: the `model.json` of a Keras-style LayersModel with its binary weights.
 *
 * There images are `[height, width, channels]`, here `[channels, height, width]`; dense kernels are `[in, out]` there, here
 * `[out, in]`; convolution kernels `[kh, kw, in, out]`, here `[out, in, kh, kw]`. What belongs to the features of a
 * flattened image (rows of a dense kernel, a normalisation) is put into this order too.
 */
import { invalidArgument } from '../core/errors.js';
import { checkPath } from '../core/files.js';
import type { DType } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { readModelJson, readWeights } from './keras/archive.js';
import { convert } from './keras/layers.js';
import { Reading } from './keras/reading.js';
import { chainOf, sampleShape } from './keras/topology.js';
import { createModel, type Model } from './model.js';

/**
 * The model of a TensorFlow.js LayersModel (Keras 2 or 3): a `Sequential`, or a functional model whose layers are a chain,
 * with models of these kinds as layers where there are some.
 *
 * Read are `Dense`, `Conv2D` (behind a `ZeroPadding2D` too), `MaxPooling2D`, `AveragePooling2D` and their global kinds,
 * `BatchNormalization`, `LayerNormalization`, `Flatten` (behind a `Permute` that puts
 * channels first too), `Activation`, `ReLU`, `LeakyReLU`, `ELU` and `Softmax`, images with
 * their channels last. Every field of a layer is honoured or refused by its name. Dropout and noise, which a prediction does
 * not use, are left out: a training here goes on without them. So are initialisers, regularisers and constraints. A softmax
 * at the end is left off: outputs are logits, as `crossEntropy` takes them. Weights may be quantised (`uint8`, `uint16`,
 * `float16`). Images are given as `[n, channels, height, width]`, as everywhere in this package.
 *
 * @param path of `model.json`; the weights lie beside it, or in folders beside it: no path leads out of there
 * @param options `dtype`: that of the model, default `'f32'`
 * @throws `IO` for files that cannot be read or are no such model; `INVALID_ARGUMENT` naming a layer, and its field, that has
 *   no counterpart; `NON_FINITE` for weights that are not finite
 */
export function loadLayersModel(
  path: string,
  options: {
    /** Of the model. Default `f32`. */
    dtype?: DType;
  } = {},
): Model {
  const { dtype = 'f32' } = checkOptions(options, ['dtype']);
  checkChoice(dtype, ['f32', 'f64'], 'dtype');
  checkPath(path);
  const { modelTopology, weightsManifest } = readModelJson(path);
  const { layers, inputShape } = chainOf(modelTopology.model_config ?? modelTopology);
  const weights = readWeights(path, weightsManifest);
  const [first] = layers;
  const kernel = first?.className === 'Dense' ? weights.find(first.path, 'kernel') : undefined;
  const sample = sampleShape(
    layers,
    inputShape,
    kernel === undefined ? undefined : weights.arrays.get(kernel)?.shape[0],
  );
  const [height = 1, width = 1, channels = 1] = sample;
  const reading = new Reading(sample.length === 3 ? [channels, height, width] : sample, weights);
  const input = reading.shape.length === 1 ? (reading.shape[0] ?? 1) : reading.shape;
  for (const layer of layers) convert(layer, reading);
  if (reading.padding)
    throw invalidArgument(`layer ${reading.padding.layer}: expected a convolution behind zero padding`);
  if (reading.turned !== undefined) throw invalidArgument(`layer ${reading.turned}: expected a Flatten behind Permute`);
  const left = weights.left();
  if (left !== undefined) throw invalidArgument(`weights: no layer uses ${left}`);
  const model = createModel({ input, layers: reading.layers }, { seed: 0, dtype });
  model.setParameters(reading.parameters);
  return model;
}
