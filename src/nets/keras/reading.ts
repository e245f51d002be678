/** What has been read of a Keras model so far, and how its arrays are turned into this package's order. */
import { type FprincipleError, invalidArgument } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import type { ActivationSpec } from '../activation.js';
import type { LayerSpec } from '../spec.js';
import type { Weights } from './archive.js';
import { Fields } from './fields.js';
import type { KerasLayer } from './topology.js';

/** The model as far as it is read: its layers, parameters and buffers, and the shape of a sample there. */
export class Reading {
  readonly layers: LayerSpec[] = [];
  readonly parameters: Record<string, NdArray> = {};
  /** The image that was flattened into the features at hand, `[channels, height, width]`. */
  flattened: number[] | undefined;
  /** Zeros that the next convolution has to put around its input. */
  padding: { layer: string; sides: [number, number] } | undefined;
  /** The layer that puts channels first, which a flattening behind it takes over. */
  turned: string | undefined;
  /** The layer whose softmax is left off, which has to be the last. */
  softmax: string | undefined;

  constructor(
    /** Of a sample, in this package's order. */
    public shape: number[],
    readonly weights: Weights,
  ) {}

  /** The weight of a layer, of this shape in Keras' order. */
  weight({ path }: KerasLayer, name: string, shape: readonly number[]): NdArray {
    const refused = (reason: string): FprincipleError => invalidArgument(`layer ${path.join('/')}: ${reason}`);
    const found = this.weights.find(path, name);
    const array = found === undefined ? undefined : this.weights.take(found);
    if (array === undefined) {
      const there = [...this.weights.arrays.keys()].slice(0, 24).join(', ') || 'no weights';
      throw refused(`expected a weight ${path.at(-1)}/${name} of its own, got ${there}`);
    }
    if (array.shape.length !== shape.length || array.shape.some((n, axis) => n !== shape[axis])) {
      throw refused(`${name}: expected shape [${shape.join(', ')}], got [${array.shape.join(', ')}]`);
    }
    return array;
  }

  /** Adds a layer with its parameters and buffers; it gives samples of `shape`. */
  push(layer: LayerSpec, shape: number[], parameters: Record<string, NdArray> = {}): void {
    if (this.softmax !== undefined) {
      throw invalidArgument(`layer ${this.softmax}: the activation softmax is read at the end of a model only`);
    }
    if (this.padding !== undefined) {
      throw invalidArgument(`layer ${this.padding.layer}: zero padding is read before a convolution only`);
    }
    if (this.turned !== undefined) {
      throw invalidArgument(`layer ${this.turned}: Permute is read before a Flatten only`);
    }
    for (const [name, array] of Object.entries(parameters)) {
      this.parameters[`layers.${this.layers.length}.${name}`] = array;
    }
    this.layers.push(layer);
    this.shape = shape;
  }

  activation(spec: ActivationSpec): void {
    this.push({ type: 'activation', ...spec }, this.shape);
  }
}

/** The fields of a layer. */
export const fieldsOf = ({ path, config }: KerasLayer): Fields => new Fields(path.join('/'), config);

/** Values along the features at hand: of a flattened image from height, width, channels to channels, height, width. */
export function inOurOrder(array: NdArray, image: readonly number[] | undefined): NdArray {
  if (!image) return array;
  const [channels = 1, height = 1, width = 1] = image;
  const rest = array.shape.slice(1);
  const axes = [2, 0, 1, ...rest.map((_, i) => 3 + i)];
  return {
    data: permuted({ data: array.data, shape: [height, width, channels, ...rest] }, axes).data,
    shape: array.shape,
  };
}

/** The array with axis `i` taken from axis `axes[i]`. */
export function permuted({ data, shape }: NdArray, axes: readonly number[]): NdArray {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const to = axes.map((axis) => shape[axis] ?? 1);
  const steps = axes.map((axis) => strides[axis] ?? 1);
  const out = data.slice();
  const index = axes.map(() => 0);
  for (let place = 0; place < out.length; place++) {
    out[place] = data[index.reduce((sum, i, axis) => sum + i * (steps[axis] ?? 0), 0)] ?? 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next === to[axis] ? 0 : next;
      if (next !== to[axis]) break;
    }
  }
  return { data: out, shape: to };
}
