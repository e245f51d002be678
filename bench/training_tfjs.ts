/** The rows of training.ts in tfjs, where `npm install --prefix bench` was run. */
import { createRequire } from 'node:module';
import type { Model } from '../src/index.js';
import { COMPARED, LEARNING_RATE, type Peer, type Work } from './training_work.js';

/** The part of tfjs's API that is used here: tfjs is installed on demand, and its types with it. */
interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
  shape: number[];
  [method: string]: unknown;
}
// biome-ignore lint/suspicious/noExplicitAny: tfjs's own types are there only where it is installed.
type Tfjs = any;

/** What each backend is given at most, in steps, so that the slow ones end. */
const BUDGET = 4000;

function load(): Tfjs | undefined {
  const require = createRequire(import.meta.url);
  const { warn } = console;
  // It advertises its Node build on loading.
  console.warn = () => {};
  try {
    const tf = require('@tensorflow/tfjs');
    require('@tensorflow/tfjs-backend-wasm');
    return tf;
  } catch {
    return undefined;
  } finally {
    console.warn = warn;
  }
}

/** The network's outputs for `x` (images as tfjs wants them: channels last), by the layers of the row. */
function forward(tf: Tfjs, work: Work, variables: Map<string, Tfjs>, x: Tfjs): Tfjs {
  let h = x;
  work.spec.layers.forEach((layer, i) => {
    const weight = variables.get(`layers.${i}.weight`);
    const bias = variables.get(`layers.${i}.bias`);
    if (layer.type === 'dense') h = tf.add(tf.matMul(h, weight, false, true), bias);
    else if (layer.type === 'activation') h = layer.fn === 'tanh' ? tf.tanh(h) : tf.relu(h);
    else if (layer.type === 'conv2d') h = tf.add(tf.conv2d(h, weight, 1, 'same'), bias);
    else if (layer.type === 'maxPool2d') h = tf.maxPool(h, 2, 2, 'valid');
    else h = tf.reshape(tf.transpose(h, [0, 3, 1, 2]), [h.shape[0], -1]);
  });
  return h;
}

/** The Laplacian of a tanh network with two inputs: value, first derivatives and their sum of seconds carried along. */
function laplacian(tf: Tfjs, work: Work, variables: Map<string, Tfjs>, x: Tfjs): Tfjs {
  const n = x.shape[0];
  const unit = (j: number) => tf.tile(tf.tensor2d([j === 0 ? 1 : 0, j === 0 ? 0 : 1], [1, 2]), [n, 1]);
  let [h, hx, hy, l] = [x, unit(0), unit(1), tf.zeros([n, 2])];
  work.spec.layers.forEach((layer, i) => {
    if (layer.type === 'dense') {
      const weight = variables.get(`layers.${i}.weight`);
      const linear = (t: Tfjs) => tf.matMul(t, weight, false, true);
      [h, hx, hy, l] = [tf.add(linear(h), variables.get(`layers.${i}.bias`)), linear(hx), linear(hy), linear(l)];
    } else {
      h = tf.tanh(h);
      const first = tf.sub(1, tf.square(h));
      const second = tf.mul(tf.mul(-2, h), first);
      l = tf.add(tf.mul(first, l), tf.mul(second, tf.add(tf.square(hx), tf.square(hy))));
      [hx, hy] = [tf.mul(first, hx), tf.mul(first, hy)];
    }
  });
  return l;
}

async function run(tf: Tfjs, backend: string, work: Work, model: Model, data: Data): Promise<Peer> {
  await tf.setBackend(backend);
  await tf.ready();
  const variables = new Map<string, Tfjs>();
  for (const [name, { data, shape }] of Object.entries(model.parameters())) {
    const tensor = tf.tensor(Float32Array.from(data), shape);
    // Filters: [out, in, height, width] here, [height, width, in, out] there.
    variables.set(name, tf.variable(shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor));
  }
  const raw: Tfjs = tf.tensor(data.x, data.shape);
  const x = data.shape.length === 4 ? tf.transpose(raw, [0, 2, 3, 1]) : raw;
  const y =
    work.loss === 'crossEntropy'
      ? tf.oneHot(tf.tensor1d(data.y, 'int32'), 10)
      : tf.tensor2d(data.y, [data.y.length, 1]);
  const loss = () => {
    if (work.loss === 'poisson') return tf.mean(tf.square(tf.add(laplacian(tf, work, variables, x), y)));
    const h = forward(tf, work, variables, x);
    return work.loss === 'mse' ? tf.mean(tf.squaredDifference(h, y)) : tf.losses.softmaxCrossEntropy(y, h);
  };
  const optimizer = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8);
  const step = (): number => {
    const value: Tensor = optimizer.minimize(loss, true);
    const number = value.dataSync()[0]!;
    value.dispose();
    return number;
  };
  const losses: number[] = [];
  const times: number[] = [];
  let spent = 0;
  while (times.length < 200 && (spent < BUDGET || times.length < 1)) {
    const start = performance.now();
    const value = step();
    times.push(performance.now() - start);
    if (losses.length < COMPARED) losses.push(value);
    spent += times.at(-1)!;
  }
  tf.disposeVariables();
  const taught = work.loss === 'poisson';
  return { name: `tfjs ${backend}`, taught, losses, milliseconds: times.sort((a, b) => a - b)[times.length >> 1]! };
}

interface Data {
  x: Float32Array;
  shape: number[];
  y: Float32Array;
}

/** Both backends; a note for what one cannot do. Nothing where tfjs is not installed, and for many runs at once. */
export async function inTfjs(work: Work, model: Model, data: Data): Promise<{ peers: Peer[]; notes: string[] }> {
  const tf = work.replicas ? undefined : load();
  const peers: Peer[] = [];
  const notes: string[] = [];
  for (const backend of tf ? ['wasm', 'cpu'] : []) {
    if (backend === 'cpu' && work.name.startsWith('VGG')) {
      notes.push('tfjs cpu: left out, a step takes many minutes');
      continue;
    }
    try {
      peers.push(await run(tf, backend, work, model, data));
    } catch (error) {
      notes.push(`tfjs ${backend}: throws: ${String(error).split('\n')[0]}`);
    }
  }
  return { peers, notes };
}
