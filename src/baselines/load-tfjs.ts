/** TensorFlow.js, where it is installed: nothing here needs it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FprincipleError } from '../core/errors.js';

/** A tensor, as far as it is looked into here. */
export interface Tensor {
  shape: number[];
  dataSync(): Float32Array;
  dispose(): void;
}

/** The part of TensorFlow.js that is used here: its own types are there only where it is installed. */
export interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(work: () => T): T;
  tensor(values: Float32Array, shape: number[], dtype?: string): Tensor;
  tensor1d(values: Float32Array | number[], dtype?: string): Tensor;
  variable(initial: Tensor): Tensor;
  transpose(x: Tensor, axes?: number[]): Tensor;
  reshape(x: Tensor, shape: number[]): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  div(a: Tensor, b: Tensor | number): Tensor;
  concat(parts: Tensor[], axis: number): Tensor;
  mean(x: Tensor): Tensor;
  squaredDifference(a: Tensor, b: Tensor): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: number, padding: 'same' | 'valid'): Tensor;
  maxPool(x: Tensor, size: number, stride: number, padding: 'valid'): Tensor;
  avgPool(x: Tensor, size: number, stride: number, padding: 'valid'): Tensor;
  losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  train: {
    sgd(rate: number): TfjsOptimizer;
    momentum(rate: number, momentum: number): TfjsOptimizer;
    adam(rate: number, beta1: number, beta2: number, epsilon: number): TfjsOptimizer;
  };
  /** Functions of one tensor by name. */
  relu(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  sin(x: Tensor): Tensor;
  cos(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  leakyRelu(x: Tensor, slope: number): Tensor;
  elu(x: Tensor): Tensor;
}

/** What takes a step of the variables that its loss uses. */
export interface TfjsOptimizer {
  minimize(loss: () => Tensor, returnCost: true, variables: Tensor[]): Tensor;
  dispose(): void;
}

/** Where TensorFlow.js computes: its WebAssembly, plain JavaScript, or its native library. */
export type TfjsBackend = 'wasm' | 'cpu' | 'node';

const packages: Record<TfjsBackend, readonly string[]> = {
  wasm: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs'],
  node: ['@tensorflow/tfjs-node'],
};

/** Backends whose packages are installed: beside the program that runs, or beside this package. */
export const installedBackends = (): TfjsBackend[] =>
  (['wasm', 'cpu', 'node'] as const).filter((backend) => packages[backend].every((name) => placeOf(name)));

/**
 * TensorFlow.js on a backend.
 * @throws `DATA_UNAVAILABLE` with the command that installs it
 */
export async function loadTfjs(backend: TfjsBackend): Promise<Tfjs> {
  const places = packages[backend].map(placeOf);
  if (places.some((place) => place === undefined)) {
    throw new FprincipleError(
      'DATA_UNAVAILABLE',
      `engine: TensorFlow.js (${backend}) is not installed here; npm install ${packages[backend].join(' ')}`,
    );
  }
  const { warn } = console;
  // It advertises its Node build on loading and at the first operation.
  console.warn = () => undefined;
  try {
    const [tf] = places.map((place) => place?.require(place.name) as Tfjs);
    if (!(await tf!.setBackend(backend === 'node' ? 'tensorflow' : backend))) {
      throw new FprincipleError('DATA_UNAVAILABLE', `engine: TensorFlow.js has no backend ${backend} here`);
    }
    await tf!.ready();
    tf!.tidy(() => tf!.add(tf!.tensor(Float32Array.of(1), [1]), 1).dataSync());
    return tf!;
  } finally {
    console.warn = warn;
  }
}

function placeOf(name: string): { name: string; require: NodeJS.Require } | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const require = createRequire(from);
    try {
      require.resolve(name);
      return { name, require };
    } catch {
      // Not there: the next place.
    }
  }
  return undefined;
}
