/** Milliseconds a step, here and in TensorFlow.js, on the same weights and data. */
import type { TaskOptions } from '../core/native.js';
import { type NdArray, sizeOf } from '../core/ndarray.js';
import { mlp } from '../nets/mlp.js';
import { createModel } from '../nets/model.js';
import type { LayerSpec, NetworkSpec } from '../nets/spec.js';
import { gaussianNoise } from '../spectrum/harmonics.js';
import { installedBackends, loadTfjs } from './load-tfjs.js';
import { type BaselineTraining, trainBaseline } from './train.js';

/** A training to be timed: full batches of so many samples, Adam. */
export interface BenchRow {
  name: string;
  spec: NetworkSpec;
  samples: number;
  loss: 'mse' | 'crossEntropy';
  /** Of one timed training here. */
  steps: number;
}

/** What one engine took for a row. */
export interface BenchTime {
  row: string;
  samples: number;
  /** `fprinciple`, `tfjs wasm`, ... */
  engine: string;
  millisecondsPerStep: number | null;
  /** Of the products of dense layers and convolutions, forward and backward: six operations a weight and use. */
  gigaflops: number | null;
  /** Its time over that of this package. */
  times: number | null;
  /** Largest difference of its losses before the first ten steps to those of this package, over the largest of them. */
  lossDifference: number | null;
  /** Why there is no time. */
  note?: string;
}

const conv = (filters: number): LayerSpec[] => [
  { type: 'conv2d', filters, kernel: 3, padding: 1 },
  { type: 'activation', fn: 'relu' },
  { type: 'maxPool2d', size: 2 },
];

/** The rows that `bench/README.md` keeps figures of, those that TensorFlow.js can do in seconds. */
export const standardRows = (): BenchRow[] => {
  const chain = (input: number, hidden: number[], activation: 'tanh' | 'relu'): NetworkSpec =>
    mlp({ input, hidden, output: 1, activation });
  const wide = [200, 200, 200];
  return [
    { name: '1-200x3-1 tanh', spec: chain(1, wide, 'tanh'), samples: 201, loss: 'mse', steps: 600 },
    { name: '1-200x3-1 relu', spec: chain(1, wide, 'relu'), samples: 201, loss: 'mse', steps: 600 },
    { name: '1-40x2-1 tanh', spec: chain(1, [40, 40], 'tanh'), samples: 201, loss: 'mse', steps: 5000 },
    { name: '512-256x3-1 relu', spec: chain(512, [256, 256, 256], 'relu'), samples: 16_384, loss: 'mse', steps: 10 },
    {
      name: 'CNN, CIFAR shapes',
      spec: {
        input: [3, 32, 32],
        layers: [
          ...conv(32),
          ...conv(64),
          { type: 'flatten' },
          { type: 'dense', units: 128 },
          { type: 'activation', fn: 'relu' },
          { type: 'dense', units: 10 },
        ],
      },
      samples: 128,
      loss: 'crossEntropy',
      steps: 20,
    },
  ];
};

/** Losses that are compared. */
const compared = 10;
/** Seconds that one engine is given for a row, about. */
const share = 4;

const adam = { type: 'adam', learningRate: 1e-3 } as const;

/**
 * The times of a row, this package's first, then those of every TensorFlow.js backend that is installed, where `against` asks for
 * it. Here the fastest of up to seven trainings counts, there the median step: whatever else the machine does can only slow one.
 * @throws `DATA_UNAVAILABLE` with what to install; `ABORTED`
 */
export async function benchRow(
  row: BenchRow,
  { against, signal }: Pick<TaskOptions, 'signal'> & { against?: 'tfjs' | undefined } = {},
): Promise<BenchTime[]> {
  const { spec, loss } = row;
  const task = signal ? { signal } : {};
  const { x, y, operations } = await workOf(row);
  const training = (steps: number): BaselineTraining => ({
    x,
    y,
    loss,
    optimizer: adam,
    steps,
    record: { at: Array.from({ length: Math.min(compared, steps) }, (_, i) => i) },
    ...task,
  });
  const times: number[] = [];
  let losses: number[] = [];
  for (let spent = 0; times.length < 7 && (times.length === 0 || spent < 1000 * share); ) {
    const model = createModel(spec, { seed: 1 });
    const start = performance.now();
    losses = (await model.train(training(row.steps))).loss.slice(0, compared);
    const took = performance.now() - start;
    spent += took;
    times.push(took / row.steps);
  }
  const own = Math.min(...times);
  const rate = (milliseconds: number): number => operations / milliseconds / 1e6;
  const all: BenchTime[] = [
    {
      row: row.name,
      samples: row.samples,
      engine: 'fprinciple',
      millisecondsPerStep: own,
      gigaflops: rate(own),
      times: 1,
      lossDifference: 0,
    },
  ];
  if (against === undefined) return all;
  const backends = installedBackends();
  if (backends.length === 0) await loadTfjs('wasm');
  for (const backend of backends) {
    const empty = { millisecondsPerStep: null, gigaflops: null, times: null, lossDifference: null };
    const named = { row: row.name, samples: row.samples, engine: `tfjs ${backend}` };
    try {
      const options = { engine: 'tfjs', backend, seed: 1 } as const;
      // How many steps fit, by the second of two: the first one prepares.
      const start = performance.now();
      await trainBaseline(spec, training(1), options);
      const steps = Math.max(compared, Math.min(row.steps, Math.floor((1000 * share) / (performance.now() - start))));
      const history = await trainBaseline(spec, training(steps), options);
      const milliseconds = history.millisecondsPerStep;
      const largest = Math.max(...losses.map(Math.abs));
      const gaps = losses.map((value, i) => Math.abs(value - (history.loss[i] ?? Number.NaN)) / largest);
      all.push({
        ...named,
        millisecondsPerStep: milliseconds,
        gigaflops: rate(milliseconds),
        times: milliseconds / own,
        lossDifference: Math.max(...gaps.slice(0, steps)),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      // A backend that lacks a layer says so in its own words.
      all.push({ ...named, ...empty, note: String(error instanceof Error ? error.message : error).split('\n')[0]! });
    }
  }
  return all;
}

/** Samples, targets, and the operations of a step. */
async function workOf({ spec, samples, loss }: BenchRow): Promise<{ x: NdArray; y: NdArray; operations: number }> {
  const input = [spec.input].flat();
  const size = sizeOf(input);
  const noise = gaussianNoise(samples * size, { seed: 0, stream: 'bench inputs' });
  const x = { data: Float32Array.from(noise.data), shape: [samples, ...input] };
  const model = createModel(spec, { seed: 1 });
  const one = await model.predict({ data: x.data.slice(0, size), shape: [1, ...input] });
  const outputs = sizeOf(one.shape.slice(1));
  const y =
    loss === 'crossEntropy'
      ? { data: Float64Array.from({ length: samples }, (_, i) => i % outputs), shape: [samples] }
      : gaussianNoise(samples * outputs, { seed: 0, stream: 'bench targets' });
  const shaped = loss === 'crossEntropy' ? y : { data: y.data, shape: [samples, ...one.shape.slice(1)] };
  return { x, y: shaped, operations: 6 * samples * multiplications(spec, model.parameters()) };
}

/** Weights of a network, each times the places that it is used at: those of a convolution at every pixel. */
function multiplications(spec: NetworkSpec, parameters: Record<string, NdArray>): number {
  let pixels = [spec.input]
    .flat()
    .slice(1)
    .reduce((a, b) => a * b, 1);
  return spec.layers.reduce((sum, layer, i) => {
    const weight = parameters[`layers.${i}.weight`]?.data.length ?? 0;
    if (layer.type === 'conv2d' && typeof layer.stride === 'number') pixels /= layer.stride ** 2;
    if (layer.type === 'maxPool2d' || layer.type === 'avgPool2d') pixels /= Number(layer.size) ** 2;
    return sum + weight * (layer.type === 'conv2d' ? pixels : 1);
  }, 0);
}
