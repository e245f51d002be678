/**
 * Models of TensorFlow.js: the `model.json` of a Keras-style LayersModel with its binary weights.
 *
 * There images are `[height, width, channels]`, here `[channels, height, width]`; dense kernels are `[in, out]` there, here
 * `[out, in]`; convolution kernels `[kh, kw, in, out]`, here `[out, in, kh, kw]`. The rows of a dense kernel behind a
 * flattened image are put into this order too.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FprincipleError } from '../errors.js';
import type { DType, NdArray } from '../ndarray.js';
import { checkOptions } from '../options.js';
import { createModel, type Model } from './model.js';
import type { ActivationSpec, Conv2dLayer, LayerSpec, PoolLayer } from './spec.js';

interface KerasLayer {
  class_name: string;
  config: Record<string, unknown> & { name: string };
}

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: unknown;
}

interface ModelJson {
  modelTopology?: { model_config?: Topology } & Topology;
  weightsManifest?: { paths: string[]; weights: WeightSpec[] }[];
}

interface Topology {
  class_name?: string;
  config?: { layers?: KerasLayer[] } | KerasLayer[];
}

/** What has been read so far: the shape of a sample here, and the image that was flattened into it, if any. */
interface Reading {
  layers: LayerSpec[];
  parameters: Record<string, NdArray>;
  shape: number[];
  flattened?: number[] | undefined;
}

/**
 * The model of a TensorFlow.js LayersModel, sequential, of dense layers, convolutions, pooling, batch normalisation,
 * flatten, dropout (which a prediction does not use) and activations. A softmax at the end is left off: outputs are
 * logits, as `crossEntropy` takes them. Images are given as `[n, channels, height, width]`, as everywhere in this package.
 * @param path of `model.json`; the weights lie beside it
 * @throws `IO` for files that cannot be read or are no such model; `INVALID_ARGUMENT` naming a layer that has no counterpart
 */
export function loadLayersModel(path: string, options: { dtype?: DType } = {}): Model {
  const { dtype = 'f32' } = checkOptions(options, ['dtype']);
  const { modelTopology, weightsManifest } = readJson(path);
  const topology = modelTopology?.model_config ?? modelTopology;
  const list = Array.isArray(topology?.config) ? topology.config : topology?.config?.layers;
  if (topology?.class_name !== 'Sequential' || !list?.length) {
    throw io(path, `expected a Sequential LayersModel, got ${topology?.class_name ?? 'no topology'}`);
  }
  const weights = readWeights(path, weightsManifest ?? []);
  const first = list[0]!.config;
  const batchShape = (first.batch_input_shape ?? first.batchInputShape) as (number | null)[] | undefined;
  const sample = batchShape?.slice(1);
  if (!sample?.every((n): n is number => typeof n === 'number')) {
    throw io(path, 'expected a first layer with a fixed batch_input_shape');
  }
  const input = sample.length === 3 ? [sample[2]!, sample[0]!, sample[1]!] : sample;
  const reading: Reading = { layers: [], parameters: {}, shape: input };
  list.forEach((layer, index) => {
    convert(layer, reading, weights, index === list.length - 1);
  });
  const model = createModel(
    { input: input.length === 1 ? input[0]! : input, layers: reading.layers },
    { seed: 0, dtype },
  );
  model.setParameters(reading.parameters);
  return model;
}

function convert(
  { class_name, config }: KerasLayer,
  reading: Reading,
  weights: Map<string, NdArray>,
  last: boolean,
): void {
  const weight = (name: string): NdArray => {
    const found = weights.get(`${config.name}/${name}`);
    if (!found) throw refused(config, `expected the weight ${config.name}/${name}, got none`);
    return found;
  };
  const own = (name: string) => `layers.${reading.layers.length}.${name}`;
  const bias = config.use_bias !== false;
  if (config.data_format === 'channels_first') throw refused(config, 'expected data_format channels_last');
  switch (class_name) {
    case 'InputLayer':
    case 'Dropout':
      return;
    case 'Dense': {
      if (reading.shape.length !== 1) throw refused(config, 'expected a flat input to a dense layer');
      const kernel = weight('kernel');
      reading.parameters[own('weight')] = permuted(inOurOrder(kernel, reading.flattened), [1, 0]);
      if (bias) reading.parameters[own('bias')] = weight('bias');
      reading.layers.push({ type: 'dense', units: kernel.shape[1]!, bias });
      reading.shape = [kernel.shape[1]!];
      reading.flattened = undefined;
      break;
    }
    case 'Conv2D': {
      const dilation = config.dilation_rate as number | number[] | undefined;
      if ([dilation ?? 1].flat().some((d) => d !== 1)) throw refused(config, 'expected dilation_rate 1');
      const kernel = weight('kernel');
      const [kh, kw, , filters] = kernel.shape as [number, number, number, number];
      reading.parameters[own('weight')] = permuted(kernel, [3, 2, 0, 1]);
      if (bias) reading.parameters[own('bias')] = weight('bias');
      const same = config.padding === 'same';
      const stride = pair(config.strides);
      const layer: Conv2dLayer = { type: 'conv2d', filters, kernel: [kh, kw], stride, bias };
      reading.layers.push(same ? { ...layer, padding: 'same' } : layer);
      reading.shape = [filters, ...windows(reading.shape, [kh, kw], stride, same)];
      break;
    }
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      if (config.padding === 'same') throw refused(config, "expected padding 'valid'");
      const [size, stride] = [pair(config.pool_size), pair(config.strides ?? config.pool_size)];
      const type: PoolLayer['type'] = class_name === 'MaxPooling2D' ? 'maxPool2d' : 'avgPool2d';
      reading.layers.push({ type, size, stride });
      reading.shape = [reading.shape[0]!, ...windows(reading.shape, size, stride, false)];
      break;
    }
    case 'BatchNormalization': {
      if (reading.flattened) throw refused(config, 'expected no batch normalisation between flatten and a dense layer');
      const channels = reading.shape[0]!;
      const all = (value: number): NdArray => ({ data: new Float32Array(channels).fill(value), shape: [channels] });
      reading.parameters[own('weight')] = config.scale === false ? all(1) : weight('gamma');
      reading.parameters[own('bias')] = config.center === false ? all(0) : weight('beta');
      reading.parameters[own('running_mean')] = weight('moving_mean');
      reading.parameters[own('running_var')] = weight('moving_variance');
      // Keras keeps this share of the running statistics, PyTorch and this package replace it.
      const momentum = 1 - ((config.momentum as number | undefined) ?? 0.99);
      reading.layers.push({ type: 'batchNorm', epsilon: (config.epsilon as number | undefined) ?? 1e-3, momentum });
      break;
    }
    case 'Flatten':
      if (reading.shape.length === 3) reading.flattened = reading.shape;
      reading.layers.push({ type: 'flatten' });
      reading.shape = [reading.shape.reduce((a, b) => a * b)];
      break;
    case 'Activation':
    case 'ReLU':
    case 'ELU':
      break;
    default:
      throw refused(config, `${class_name} has no counterpart in this package`);
  }
  const name = class_name === 'ReLU' ? 'relu' : class_name === 'ELU' ? 'elu' : (config.activation ?? 'linear');
  if (name === 'linear' || (name === 'softmax' && last)) return;
  const activation = ACTIVATIONS[name as string];
  if (!activation) throw refused(config, `the activation ${String(name)} has no counterpart in this package`);
  const alpha = name === 'elu' && typeof config.alpha === 'number' ? { alpha: config.alpha } : {};
  reading.layers.push({ type: 'activation', ...activation, ...alpha } as LayerSpec);
}

const ACTIVATIONS: Record<string, ActivationSpec> = {
  relu: { fn: 'relu' },
  elu: { fn: 'elu' },
  tanh: { fn: 'tanh' },
  sigmoid: { fn: 'sigmoid' },
  softplus: { fn: 'softplus' },
  swish: { fn: 'silu' },
  gelu: { fn: 'gelu' },
};

/** Rows of a dense kernel behind a flattened image, from height, width, channels to channels, height, width. */
function inOurOrder(kernel: NdArray, image: number[] | undefined): NdArray {
  if (!image) return kernel;
  const [channels, height, width] = image as [number, number, number];
  const outputs = kernel.shape[1]!;
  const rows = permuted({ data: kernel.data, shape: [height, width, channels, outputs] }, [2, 0, 1, 3]);
  return { data: rows.data, shape: kernel.shape };
}

/** The array with axis `i` taken from axis `axes[i]`. */
function permuted({ data, shape }: NdArray, axes: number[]): NdArray {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const to = axes.map((axis) => shape[axis]!);
  const out = data.slice();
  const index = axes.map(() => 0);
  for (let place = 0; place < out.length; place++) {
    out[place] = data[index.reduce((sum, i, axis) => sum + i * strides[axes[axis]!]!, 0)]!;
    for (let axis = to.length - 1; axis >= 0 && ++index[axis]! === to[axis]; axis--) index[axis] = 0;
  }
  return { data: out, shape: to };
}

function windows([, h, w]: number[], kernel: [number, number], stride: [number, number], same: boolean): number[] {
  return [h!, w!].map((n, axis) =>
    same ? Math.ceil(n / stride[axis]!) : Math.floor((n - kernel[axis]!) / stride[axis]!) + 1,
  );
}

function pair(value: unknown): [number, number] {
  const [a, b = a] = [value].flat() as number[];
  return [a!, b!];
}

function readJson(path: string): ModelJson {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ModelJson;
  } catch (cause) {
    throw io(path, (cause as Error).message, cause);
  }
}

/** All weights of a manifest by name: groups of files, each group's weights one after the other. */
function readWeights(path: string, manifest: NonNullable<ModelJson['weightsManifest']>): Map<string, NdArray> {
  const weights = new Map<string, NdArray>();
  for (const { paths, weights: specs } of manifest) {
    let bytes: Buffer;
    try {
      bytes = Buffer.concat(paths.map((file) => readFileSync(join(dirname(path), file))));
    } catch (cause) {
      throw io(path, (cause as Error).message, cause);
    }
    let offset = 0;
    for (const { name, shape, dtype, quantization } of specs) {
      if (dtype !== 'float32' || quantization) throw io(path, `${name}: expected plain float32 weights, got ${dtype}`);
      const count = shape.reduce((a, b) => a * b, 1);
      if (offset + 4 * count > bytes.length) throw io(path, `${name}: its numbers lie beyond the end of the weights`);
      const data = Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(offset + 4 * i));
      weights.set(name, { data, shape });
      offset += 4 * count;
    }
  }
  return weights;
}

const io = (path: string, reason: string, cause?: unknown) =>
  new FprincipleError('IO', `${path}: ${reason}`, cause === undefined ? {} : { cause });

const refused = ({ name }: { name: string }, reason: string) =>
  new FprincipleError('INVALID_ARGUMENT', `layer ${name}: ${reason}`);
