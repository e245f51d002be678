/** A model as a LayersModel: the functional `Model` of Keras that TensorFlow.js loads. Images there have their channels last. */
import { invalidArgument } from '../../core/errors.js';
import { type NdArray, sizeOf } from '../../core/ndarray.js';
import { packageVersion } from '../../core/version.js';
import type { ActivationLayer } from '../activation.js';
import type { LayerSpec, NetworkSpec } from '../spec.js';
import { permuted } from './reading.js';

/** The two files of a model: its description, and the numbers of its weights. */
export interface WrittenLayers {
  json: string;
  weights: Uint8Array;
}

/**
 * @param weightsFile the name under which the weights will lie beside the description
 * @throws `INVALID_ARGUMENT` naming a layer that TensorFlow.js has no counterpart of
 */
export function encodeLayersModel(
  spec: NetworkSpec,
  arrays: Record<string, NdArray>,
  weightsFile: string,
): WrittenLayers {
  const graph = new Graph(arrays);
  const sample = [spec.input].flat();
  const end = graph.layers(spec.layers, 'layers', { from: graph.input(sample), shape: sample });
  const weights = [...graph.weights];
  const json = {
    format: 'layers-model',
    generatedBy: `fprinciple ${packageVersion()}`,
    modelTopology: {
      class_name: 'Model',
      config: {
        name: 'network',
        layers: graph.nodes,
        input_layers: [['input', 0, 0]],
        output_layers: [[end.from, 0, 0]],
      },
    },
    weightsManifest: [
      {
        paths: [weightsFile],
        weights: weights.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  };
  const bytes = Buffer.alloc(4 * weights.reduce((sum, [, { data }]) => sum + data.length, 0));
  let at = 0;
  for (const [, { data }] of weights) for (const v of data) at = bytes.writeFloatLE(v, at);
  return { json: JSON.stringify(json), weights: bytes };
}

/** A value: the layer that gives it, and the shape of a sample in this package's order. */
interface Value {
  from: string;
  shape: readonly number[];
}

class Graph {
  readonly nodes: object[] = [];
  /** By their names, in TensorFlow's order of axes. */
  readonly weights = new Map<string, NdArray>();

  constructor(readonly arrays: Readonly<Record<string, NdArray>>) {}

  input(shape: readonly number[]): string {
    const [channels = 1, ...sides] = shape;
    const sample = shape.length === 3 ? [...sides, channels] : [...shape];
    return this.#node('InputLayer', 'input', { batch_input_shape: [null, ...sample], sparse: false }, []);
  }

  layers(list: readonly LayerSpec[], place: string, input: Value): Value {
    return list.reduce((value, layer, i) => this.#layer(layer, `${place}.${i}`, value), input);
  }

  #layer(layer: LayerSpec, place: string, input: Value): Value {
    const { from, shape } = input;
    switch (layer.type) {
      case 'dense': {
        const bias = this.#affine(layer, place, [1, 0]);
        const config = { units: layer.units, use_bias: bias, activation: 'linear' };
        return { from: this.#node('Dense', place, config, [from]), shape: [...shape.slice(0, -1), layer.units] };
      }
      case 'activation':
        return { from: this.#activation(layer, place, from), shape };
      case 'conv2d':
        return this.#convolution(layer, place, input);
      case 'maxPool2d':
      case 'avgPool2d': {
        const [size, strides] = [pair(layer.size), pair(layer.stride ?? layer.size)];
        const kind = layer.type === 'maxPool2d' ? 'MaxPooling2D' : 'AveragePooling2D';
        const config = { pool_size: size, strides, padding: 'valid', data_format: 'channels_last' };
        return { from: this.#node(kind, place, config, [from]), shape: windows(shape, size, strides, [0, 0]) };
      }
      case 'flatten': {
        // Channels first, as the layers behind it have them here.
        const turned =
          shape.length === 3 ? this.#node('Permute', `${place}.turned`, { dims: [3, 1, 2] }, [from]) : from;
        return { from: this.#node('Flatten', place, {}, [turned]), shape: [sizeOf(shape)] };
      }
      case 'scale':
        return { from: this.#scaled(layer.factor, place, input), shape };
      case 'residual':
        return {
          from: this.#node('Add', place, {}, [from, this.layers(layer.layers, `${place}.layers`, input).from]),
          shape,
        };
      case 'branches': {
        const ends = layer.branches.map((branch, b) => this.layers(branch, `${place}.branches.${b}`, input));
        const froms = ends.map((end) => end.from);
        const first = ends[0]?.shape ?? shape;
        // A merge of one value is that value.
        if (ends.length === 1) return { from: froms[0] ?? from, shape: first };
        if (layer.combine !== 'concat') return { from: this.#node('Add', place, {}, froms), shape: first };
        const along = first.length === 3 ? 0 : first.length - 1;
        const total = ends.reduce((sum, end) => sum + (end.shape[along] ?? 0), 0);
        return {
          from: this.#node('Concatenate', place, { axis: -1 }, froms),
          shape: first.map((n, axis) => (axis === along ? total : n)),
        };
      }
      case 'layerNorm': {
        const affine = this.#affineNorm(place);
        const config = { axis: -1, epsilon: layer.epsilon ?? 1e-5, center: affine, scale: affine };
        return { from: this.#node('LayerNormalization', place, config, [from]), shape };
      }
      case 'batchNorm': {
        const affine = this.#affineNorm(place);
        this.#weight(`${place}/moving_mean`, this.#array(`${place}.running_mean`));
        this.#weight(`${place}/moving_variance`, this.#array(`${place}.running_var`));
        // Here the share of a batch that replaces the running one, there the share that is kept.
        const momentum = 1 - (layer.momentum ?? 0.1);
        const config = { axis: -1, momentum, epsilon: layer.epsilon ?? 1e-5, center: affine, scale: affine };
        return { from: this.#node('BatchNormalization', place, config, [from]), shape };
      }
      default:
        throw invalidArgument(`${place}: TensorFlow.js has no layer of type ${layer.type}`);
    }
  }

  #convolution(layer: Extract<LayerSpec, { type: 'conv2d' }>, place: string, { from, shape }: Value): Value {
    const bias = this.#affine(layer, place, [2, 3, 1, 0]);
    const { filters, padding = 0 } = layer;
    const [kernel, strides] = [pair(layer.kernel), pair(layer.stride ?? 1)];
    const same = padding === 'same';
    const around = same ? ([0, 0] as const) : pair(padding);
    const padded = around.every((n) => n === 0)
      ? from
      : this.#node(
          'ZeroPadding2D',
          `${place}.padded`,
          { padding: around.map((n) => [n, n]), data_format: 'channels_last' },
          [from],
        );
    const config = {
      filters,
      kernel_size: kernel,
      strides,
      padding: same ? 'same' : 'valid',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      activation: 'linear',
      use_bias: bias,
    };
    const sides = same
      ? shape.slice(1).map((n, axis) => Math.ceil(n / (strides[axis] ?? 1)))
      : windows(shape, kernel, strides, around).slice(1);
    return { from: this.#node('Conv2D', place, config, [padded]), shape: [filters, ...sides] };
  }

  /** `factor x`: a layer of the identity times that, exact since products with zeros are. */
  #scaled(factor: number, place: string, { from, shape }: Value): string {
    const n = shape.length === 3 ? (shape[0] ?? 1) : (shape.at(-1) ?? 1);
    const data = new Float64Array(n * n);
    for (let i = 0; i < n; i++) data[i * (n + 1)] = factor;
    const common = { use_bias: false, activation: 'linear' };
    if (shape.length < 3) {
      this.#weight(`${place}/kernel`, { data, shape: [n, n] });
      return this.#node('Dense', place, { units: n, ...common }, [from]);
    }
    this.#weight(`${place}/kernel`, { data, shape: [1, 1, n, n] });
    const config = { filters: n, kernel_size: [1, 1], padding: 'valid', data_format: 'channels_last', ...common };
    return this.#node('Conv2D', place, config, [from]);
  }

  #activation(layer: ActivationLayer, place: string, from: string): string {
    const named = (activation: string): string => this.#node('Activation', place, { activation }, [from]);
    switch (layer.fn) {
      case 'relu':
      case 'tanh':
      case 'sigmoid':
      case 'softplus':
      case 'gelu':
        return named(layer.fn);
      case 'silu':
        return named('swish');
      case 'leakyRelu':
        return this.#node('LeakyReLU', place, { alpha: layer.slope ?? 0.01 }, [from]);
      case 'elu':
        if ((layer.alpha ?? 1) !== 1)
          throw invalidArgument(`${place}: TensorFlow.js has elu with alpha 1 only, not ${layer.alpha}`);
        return named('elu');
      case 'clippedRelu':
        return this.#node('ReLU', place, { max_value: layer.max ?? 6 }, [from]);
      default:
        throw invalidArgument(`${place}: TensorFlow.js has no layer for the activation ${layer.fn}`);
    }
  }

  /** The kernel, its axes in this order, and whether there is a bias; the factors of the `ntk` parameterisation are in them. */
  #affine(
    { parameterization, sigmaW = 1, sigmaB = 0, bias = true }: Extract<LayerSpec, { type: 'dense' | 'conv2d' }>,
    place: string,
    axes: readonly number[],
  ): boolean {
    const weight = this.#array(`${place}.weight`);
    const ntk = parameterization === 'ntk';
    const times = ({ data, shape }: NdArray, factor: number): NdArray =>
      ntk ? { data: Float64Array.from(data, (v) => factor * v), shape } : { data, shape };
    this.#weight(`${place}/kernel`, permuted(times(weight, sigmaW / Math.sqrt(sizeOf(weight.shape.slice(1)))), axes));
    if (bias) this.#weight(`${place}/bias`, times(this.#array(`${place}.bias`), sigmaB));
    return bias;
  }

  /** Whether a normalisation has weights of its own, which are kept. */
  #affineNorm(place: string): boolean {
    if (!Object.hasOwn(this.arrays, `${place}.weight`)) return false;
    this.#weight(`${place}/gamma`, this.#array(`${place}.weight`));
    this.#weight(`${place}/beta`, this.#array(`${place}.bias`));
    return true;
  }

  #array(name: string): NdArray {
    const array = this.arrays[name];
    if (!array) throw invalidArgument(`model: it has no array ${name}`);
    return array;
  }

  #weight(name: string, array: NdArray): void {
    this.weights.set(name, array);
  }

  /** Adds a layer, called by its place, on the outputs of others, and gives its name. */
  #node(kind: string, name: string, config: object, from: readonly string[]): string {
    const inbound = from.length === 0 ? [] : [from.map((one) => [one, 0, 0, {}])];
    this.nodes.push({
      class_name: kind,
      name,
      config: { name, trainable: true, dtype: 'float32', ...config },
      inbound_nodes: inbound,
    });
    return name;
  }
}

/** Of an image behind windows. */
function windows(
  [channels = 1, ...sides]: readonly number[],
  size: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
): number[] {
  const along = (n: number, axis: number): number =>
    Math.floor((n + 2 * (padding[axis] ?? 0) - (size[axis] ?? 1)) / (stride[axis] ?? 1)) + 1;
  return [channels, ...sides.map(along)];
}

const pair = (n: number | readonly [number, number]): [number, number] =>
  typeof n === 'number' ? [n, n] : [n[0], n[1]];
