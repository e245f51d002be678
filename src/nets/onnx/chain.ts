/** What has been read of an ONNX graph so far. */
import type { NdArray } from '../../core/ndarray.js';
import type { LayerSpec } from '../spec.js';

/** Layers one after the other, and their arrays: `<i>.weight`. */
export class Chain {
  readonly layers: LayerSpec[] = [];
  readonly arrays: Record<string, NdArray> = {};
  #shape: number[];
  #ended = false;

  /** @param shape of a sample; numbers that the file leaves open are filled in by the first layer */
  constructor(shape: number[]) {
    this.#shape = shape;
  }

  get shape(): number[] {
    return this.#shape;
  }

  /** Whether a softmax was left off. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Where the file leaves the input's features open, the first weight says them. */
  settle(features: number): void {
    if (this.#shape.length === 0) this.#shape.push(features);
    else if (this.#shape.length === 1 && this.#shape[0] === 0) this.#shape[0] = features;
  }

  push(layer: LayerSpec, shape: number[], arrays: Record<string, NdArray> = {}): void {
    for (const [name, array] of Object.entries(arrays)) this.arrays[`${this.layers.length}.${name}`] = array;
    this.layers.push(layer);
    this.#shape = shape;
  }

  /** The last layer, if it is affine and has no bias yet, gets this one. */
  addBias(bias: NdArray): boolean {
    const last = this.layers.at(-1);
    if ((last?.type !== 'dense' && last?.type !== 'conv2d') || last.bias !== false) return false;
    const n = last.type === 'dense' ? last.units : last.filters;
    const { data, shape } = bias;
    const along = last.type === 'dense' ? shape.at(-1) : shape.length >= 3 ? shape.at(-3) : undefined;
    if (data.length !== n || (along !== n && n !== 1)) return false;
    last.bias = true;
    this.arrays[`${this.layers.length - 1}.bias`] = { data, shape: [n] };
    return true;
  }

  /** A softmax at the end is left off: outputs are logits, as `crossEntropy` takes them. */
  end(): void {
    this.#ended = true;
  }
}
