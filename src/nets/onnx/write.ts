/** A model as ONNX: what `onnxruntime` and others run. Operators of version 17 of the default set, names as in PyTorch. */
import { invalidArgument } from '../../core/errors.js';
import type { DType, NdArray } from '../../core/ndarray.js';
import { packageVersion } from '../../core/version.js';
import type { ActivationLayer } from '../activation.js';
import type { LayerSpec, NetworkSpec } from '../spec.js';
import {
  attributeTypes,
  DOUBLE,
  encodeModel,
  FLOAT,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from './format.js';

/** A network and its arrays by name. */
export interface Written {
  spec: NetworkSpec;
  arrays: Record<string, NdArray>;
  dtype: DType;
  /** Of one output sample. */
  outputShape: readonly number[];
}

/**
 * The bytes of an ONNX file: input `input [batch, ...]`, output `output [batch, ...]`, everything in the model's type.
 * @throws `INVALID_ARGUMENT` naming a layer that is not written (attention, positions)
 */
export function encodeOnnx({ spec, arrays, dtype, outputShape }: Written): Uint8Array {
  const graph = new Graph(arrays, dtype);
  const shape = [spec.input].flat();
  const last = graph.layers(spec.layers, 'layers', 'input', { rank: shape.length, features: shape.at(-1) ?? 1 });
  graph.node('Identity', [last], {}, 'output');
  const elemType = dtype === 'f32' ? FLOAT : DOUBLE;
  const value = (name: string, sample: readonly number[]) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: [{ dimParam: 'batch' }, ...sample.map((n) => ({ dimValue: n }))] },
      },
    },
  });
  return encodeModel({
    irVersion: 8,
    producerName: 'fprinciple',
    producerVersion: packageVersion(),
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'network',
      node: graph.nodes,
      initializer: graph.initializers,
      input: [value('input', shape)],
      output: [value('output', outputShape)],
    },
  });
}

/** What is known of the values that flow: axes beside the batch, and the numbers along the last. */
interface Flow {
  rank: number;
  features: number;
}

class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #names = new Map<string, number>();

  constructor(
    readonly arrays: Record<string, NdArray>,
    readonly dtype: DType,
  ) {}

  /** Adds a node and gives the name of its output. */
  node(
    opType: string,
    input: string[],
    attributes: Record<string, number | readonly number[] | string> = {},
    output = this.#name(opType),
  ): string {
    const attribute = Object.entries(attributes).map(([name, value]): OnnxAttribute => {
      if (typeof value === 'string') return { name, type: attributeTypes.s, s: Buffer.from(value) };
      if (typeof value !== 'number') return { name, type: attributeTypes.ints, ints: [...value] };
      // Whole numbers of these operators are counts; the others are real, whatever their value.
      return REAL.has(name) ? { name, type: attributeTypes.f, f: value } : { name, type: attributeTypes.i, i: value };
    });
    this.nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }

  /** A constant of the model's type. */
  constant(name: string, data: ArrayLike<number>, shape: readonly number[]): string {
    const own = this.#name(name);
    const bytes = Buffer.alloc(data.length * (this.dtype === 'f32' ? 4 : 8));
    for (let i = 0, at = 0; i < data.length; i++)
      at = this.dtype === 'f32' ? bytes.writeFloatLE(data[i]!, at) : bytes.writeDoubleLE(data[i]!, at);
    const dataType = this.dtype === 'f32' ? FLOAT : DOUBLE;
    this.initializers.push({ name: own, dataType, dims: [...shape], rawData: bytes });
    return own;
  }

  /** A scalar. */
  #number(value: number): string {
    return this.constant('number', [value], []);
  }

  #name(wish: string): string {
    const count = this.#names.get(wish) ?? 0;
    this.#names.set(wish, count + 1);
    return count === 0 ? wish : `${wish}_${count}`;
  }

  #array(name: string): NdArray {
    const array = this.arrays[name];
    if (!array) throw invalidArgument(`model: it has no array ${name}`);
    return array;
  }

  /** The array of that name, multiplied. */
  #parameter(name: string, factor = 1): string {
    const { data, shape } = this.#array(name);
    return this.constant(name, factor === 1 ? data : Float64Array.from(data, (v) => factor * v), shape);
  }

  layers(list: readonly LayerSpec[], place: string, input: string, flow: Flow): string {
    return list.reduce((from, layer, i) => this.#layer(layer, `${place}.${i}`, from, flow), input);
  }

  /** Changes `flow` to what leaves the layer. */
  #layer(layer: LayerSpec, place: string, input: string, flow: Flow): string {
    switch (layer.type) {
      case 'dense':
        return this.#dense(layer, place, input, flow);
      case 'activation':
        return this.#activation(layer, input);
      case 'conv2d': {
        const kernel = this.#array(`${place}.weight`).shape.slice(2);
        const [weight, bias] = this.#affine(layer, place, this.#array(`${place}.weight`).shape);
        const { padding = 0 } = layer;
        const [v, h] = padding === 'same' ? [0, 0] : pair(padding);
        const pads = padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads: [v, h, v, h] };
        return this.node('Conv', [input, weight, ...bias], {
          kernel_shape: kernel,
          strides: pair(layer.stride ?? 1),
          ...pads,
        });
      }
      case 'maxPool2d':
      case 'avgPool2d': {
        const shape = { kernel_shape: pair(layer.size), strides: pair(layer.stride ?? layer.size) };
        return this.node(layer.type === 'maxPool2d' ? 'MaxPool' : 'AveragePool', [input], shape);
      }
      case 'flatten':
        flow.rank = 1;
        return this.node('Flatten', [input], { axis: 1 });
      case 'scale':
        return this.node('Mul', [input, this.#number(layer.factor)]);
      case 'fourierFeatures': {
        const { data, shape } = this.#array(`${place}.frequencies`);
        const [k = 0, d = 0] = shape;
        const turned = Float64Array.from(
          { length: k * d },
          (_, i) => 2 * Math.PI * data[(i % k) * d + Math.floor(i / k)]!,
        );
        const phase = this.node('MatMul', [input, this.constant(`${place}.frequencies`, turned, [d, k])]);
        const plain = this.#array(`${place}.amplitudes`).data.every((v) => v === 1);
        const factors = plain ? [] : [this.#parameter(`${place}.amplitudes`)];
        const waves = ['Cos', 'Sin'].map((fn) => {
          const wave = this.node(fn, [phase]);
          return plain ? wave : this.node('Mul', [wave, ...factors]);
        });
        flow.features = 2 * k;
        return this.node('Concat', waves, { axis: -1 });
      }
      case 'modulate': {
        const frequency = layer.frequency.map((v) => 2 * Math.PI * v);
        const way = this.constant(`${place}.frequency`, frequency, [frequency.length, 1]);
        const wave = this.node(layer.fn === 'sin' ? 'Sin' : 'Cos', [this.node('MatMul', [input, way])]);
        return this.node('Mul', [this.layers(layer.layers, `${place}.layers`, input, flow), wave]);
      }
      case 'residual':
        return this.node('Add', [input, this.layers(layer.layers, `${place}.layers`, input, flow)]);
      case 'branches': {
        const flows = layer.branches.map(() => ({ ...flow }));
        const ends = layer.branches.map((branch, b) => this.layers(branch, `${place}.branches.${b}`, input, flows[b]!));
        const concat = layer.combine === 'concat';
        Object.assign(flow, flows[0]);
        if (concat) flow.features = flows.reduce((sum, { features }) => sum + features, 0);
        return concat ? this.node('Concat', ends, { axis: flow.rank === 3 ? 1 : -1 }) : this.node('Sum', ends);
      }
      case 'layerNorm': {
        const { features } = flow;
        const [weight, bias] =
          layer.affine === false
            ? [this.constant('ones', new Float64Array(features).fill(1), [features]), []]
            : [this.#parameter(`${place}.weight`), [this.#parameter(`${place}.bias`)]];
        return this.node('LayerNormalization', [input, weight, ...bias], { axis: -1, epsilon: layer.epsilon ?? 1e-5 });
      }
      case 'batchNorm': {
        const mean = this.#array(`${place}.running_mean`);
        const n = mean.data.length;
        const [weight, bias] =
          layer.affine === false
            ? [
                this.constant('ones', new Float64Array(n).fill(1), [n]),
                this.constant('zeros', new Float64Array(n), [n]),
              ]
            : [this.#parameter(`${place}.weight`), this.#parameter(`${place}.bias`)];
        const running = ['running_mean', 'running_var'].map((name) => this.#parameter(`${place}.${name}`));
        return this.node('BatchNormalization', [input, weight, bias, ...running], {
          epsilon: layer.epsilon ?? 1e-5,
          // Here the share that a batch replaces, there the one that is kept.
          momentum: 1 - (layer.momentum ?? 0.1),
        });
      }
      default:
        throw invalidArgument(`${place}: a layer of type ${layer.type} is not written to ONNX`);
    }
  }

  #dense(layer: Extract<LayerSpec, { type: 'dense' }>, place: string, input: string, flow: Flow): string {
    const { shape } = this.#array(`${place}.weight`);
    const flat = flow.rank === 1;
    flow.features = layer.units;
    if (flat) {
      const [weight, bias] = this.#affine(layer, place, shape);
      return this.node('Gemm', [input, weight, ...bias], { transB: 1 });
    }
    const [weight, bias] = this.#affine(layer, place, shape);
    const product = this.node('MatMul', [input, this.node('Transpose', [weight], { perm: [1, 0] })]);
    return bias.length > 0 ? this.node('Add', [product, ...bias]) : product;
  }

  /** Weight and bias with the factors of the `ntk` parameterisation in them. */
  #affine(
    { parameterization, sigmaW = 1, sigmaB = 0, bias = true }: Extract<LayerSpec, { type: 'dense' | 'conv2d' }>,
    place: string,
    shape: readonly number[],
  ): [weight: string, bias: string[]] {
    const ntk = parameterization === 'ntk';
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    const weight = this.#parameter(`${place}.weight`, ntk ? sigmaW / Math.sqrt(fanIn) : 1);
    return [weight, bias ? [this.#parameter(`${place}.bias`, ntk ? sigmaB : 1)] : []];
  }

  #activation(layer: ActivationLayer, x: string): string {
    const times = (a: string, factor: number): string => this.node('Mul', [a, this.#number(factor)]);
    switch (layer.fn) {
      case 'relu':
        return this.node('Relu', [x]);
      case 'tanh':
        return this.node('Tanh', [x]);
      case 'sigmoid':
        return this.node('Sigmoid', [x]);
      case 'softplus':
        return this.node('Softplus', [x]);
      case 'erf':
        return this.node('Erf', [x]);
      case 'leakyRelu':
        return this.node('LeakyRelu', [x], { alpha: layer.slope ?? 0.01 });
      case 'elu':
        return this.node('Elu', [x], { alpha: layer.alpha ?? 1 });
      case 'clippedRelu':
        return this.node('Clip', [x, this.#number(0), this.#number(layer.max ?? 6)]);
      case 'silu':
        return this.node('Mul', [x, this.node('Sigmoid', [x])]);
      case 'gelu': {
        const erf = this.node('Erf', [times(x, Math.SQRT1_2)]);
        return times(this.node('Mul', [x, this.node('Add', [erf, this.#number(1)])]), 0.5);
      }
      case 'sin':
      case 'cos': {
        const omega = layer.omega ?? 1;
        return this.node(layer.fn === 'sin' ? 'Sin' : 'Cos', [omega === 1 ? x : times(x, omega)]);
      }
      case 'gaussian':
      case 'ricker': {
        const square = this.node('Mul', [x, x]);
        const scale = (layer.a ?? 1) ** -2;
        const bell = this.node('Exp', [times(square, -scale / 2)]);
        if (layer.fn === 'gaussian') return bell;
        return this.node('Mul', [this.node('Sub', [this.#number(1), times(square, scale)]), bell]);
      }
      default:
        throw invalidArgument(`activation ${layer.fn}: is not written to ONNX`);
    }
  }
}

const REAL = new Set(['alpha', 'epsilon', 'momentum']);

const pair = (n: number | readonly [number, number]): [number, number] =>
  typeof n === 'number' ? [n, n] : [n[0], n[1]];
