/**
 * Training steps side by side: this package through its JavaScript API, tfjs (wasm and cpu backends) where
 * `npm install --prefix bench` was run, and PyTorch and JAX where `FPRINCIPLE_PYTHON` names a Python that has them.
 *
 *   npx tsx bench/training.ts [part of a row's name] [f64]
 *
 * All start from the same weights and data, and their first losses are compared: a row whose curves differ is an error.
 * A figure is milliseconds a step of a training of many steps, of the fastest of several trainings: whatever else runs on
 * the machine can only make one slower, ours and the peers' alike.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createModel,
  type DType,
  equations,
  type Model,
  type NetworkSpec,
  type TrainOptions,
  trainMany,
} from '../src/index.js';
import { inTfjs } from './training_tfjs.js';
import { COMPARED, LEARNING_RATE, type Peer, type Work } from './training_work.js';

const dense = (units: number) => ({ type: 'dense', units });
const act = (fn: string) => ({ type: 'activation', fn });
const chain = (input: number, hidden: number[], fn: string) => ({
  input,
  layers: [...hidden.flatMap((units) => [dense(units), act(fn)]), dense(1)],
});
const images = (blocks: number[][], tail: Record<string, unknown>[]) => ({
  input: [3, 32, 32],
  layers: [
    ...blocks.flatMap((filters) => [
      ...filters.flatMap((n) => [{ type: 'conv2d', filters: n, kernel: 3, padding: 1 }, act('relu')]),
      { type: 'maxPool2d', size: 2 },
    ]),
    { type: 'flatten' },
    ...tail,
    dense(10),
  ],
});
const vgg16 = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

const table: Work[] = [
  { name: '1-200x3-1 tanh', spec: chain(1, [200, 200, 200], 'tanh'), samples: 201, loss: 'mse', steps: 600, wanted: 2 },
  { name: '1-200x3-1 relu', spec: chain(1, [200, 200, 200], 'relu'), samples: 201, loss: 'mse', steps: 600, wanted: 2 },
  { name: '1-40x2-1 tanh', spec: chain(1, [40, 40], 'tanh'), samples: 201, loss: 'mse', steps: 5000, wanted: 2 },
  {
    name: '1-40x2-1 tanh, 64 runs',
    spec: chain(1, [40, 40], 'tanh'),
    samples: 201,
    loss: 'mse',
    steps: 1000,
    replicas: 64,
    wanted: 3.5,
  },
  {
    name: '512-256x3-1 relu',
    spec: chain(512, [256, 256, 256], 'relu'),
    samples: 16384,
    loss: 'mse',
    steps: 30,
    wanted: 1.25,
  },
  {
    name: 'CNN, CIFAR shapes',
    spec: images([[32], [64]], [dense(128), act('relu')]),
    samples: 128,
    loss: 'crossEntropy',
    steps: 20,
    wanted: 1.5,
  },
  { name: 'VGG16, CIFAR shapes', spec: images(vgg16, []), samples: 64, loss: 'crossEntropy', steps: 10, wanted: 1 },
  {
    name: '2-50x4-1 tanh, Poisson residual',
    spec: chain(2, [50, 50, 50, 50], 'tanh'),
    samples: 2000,
    loss: 'poisson',
    steps: 60,
    wanted: 4,
  },
  {
    name: "2-50x4-1 tanh, Burgers' residual",
    spec: chain(2, [50, 50, 50, 50], 'tanh'),
    samples: 2000,
    loss: 'burgers',
    steps: 60,
    wanted: 4,
  },
];

/** Reproducible numbers in (-1, 1). */
function stream(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** Inputs, and targets: sin 3 x_0, a class by index, or the source of Poisson's equation. */
function dataOf({ spec, samples, loss }: Work): { x: Float32Array; shape: number[]; y: Float32Array } {
  const input = [spec.input].flat();
  const size = input.reduce((a, b) => a * b, 1);
  const x = stream(samples * size, 1);
  const y = Float32Array.from({ length: samples }, (_, i) =>
    loss === 'crossEntropy' ? i % 10 : Math.sin(3 * x[i * size]!),
  );
  return { x, shape: [samples, ...input], y };
}

function optionsOf(work: Work, steps: number): TrainOptions {
  const { x, shape, y } = dataOf(work);
  const common = {
    x: { data: x, shape },
    optimizer: { type: 'adam', learningRate: LEARNING_RATE },
    steps,
    record: { at: Array.from({ length: Math.min(COMPARED, steps) }, (_, i) => i) },
    shuffle: false,
  } satisfies Partial<TrainOptions>;
  if (work.loss === 'crossEntropy') return { ...common, y, loss: work.loss };
  if (work.loss === 'mse') return { ...common, y: { data: y, shape: [y.length, 1] }, loss: work.loss };
  if (work.loss === 'burgers') {
    return {
      ...common,
      loss: { type: 'residual', variables: ['x', 't'], equation: 'u_t + u * u_x - 0.01 / pi * u_xx' },
    };
  }
  const size = x.length / y.length;
  const names = size === 1 ? ['x'] : Array.from({ length: size }, (_, i) => `x${i + 1}`);
  return { ...common, loss: { type: 'residual', equation: equations.poisson(names, 'source'), data: { source: y } } };
}

/** The parameters before training, and our losses and time. */
async function ours(work: Work, dtype: DType): Promise<{ model: Model; peer: Peer }> {
  const spec = work.spec as NetworkSpec;
  const model = createModel(spec, { seed: 1, dtype });
  const fresh = () => {
    const copy = createModel(spec, { seed: 1, dtype });
    copy.setParameters(model.parameters());
    return copy;
  };
  const { loss: losses } = await fresh().train(optionsOf(work, work.steps));
  const options = optionsOf(work, work.steps);
  const times: number[] = [];
  // Seven, fewer where they would take more than ten seconds together.
  for (let spent = 0; times.length < 7 && spent < 10_000; ) {
    const copy = fresh();
    const start = performance.now();
    if (work.replicas) {
      const { x, y, ...rest } = options;
      const runs = Array.from({ length: work.replicas }, (_, seed) => ({ spec, seed: seed + 1 }));
      await trainMany(runs, { x, y: y!, ...rest, dtype });
    } else await copy.train(options);
    const took = performance.now() - start;
    spent += took;
    times.push(took / work.steps / (work.replicas ?? 1));
  }
  return { model, peer: { name: 'fprinciple', losses: losses.slice(0, COMPARED), milliseconds: Math.min(...times) } };
}

/** Runs every framework of the Python on the row; `[]` without one. */
function inPython(work: Work, model: Model, dtype: DType): Peer[] {
  const python = process.env.FPRINCIPLE_PYTHON;
  if (!python) return [];
  const folder = mkdtempSync(join(tmpdir(), 'fprinciple-bench-'));
  try {
    const { x, shape, y } = dataOf(work);
    const arrays = { x: { data: x, shape }, y: { data: y, shape: [y.length] }, ...model.parameters() };
    const shapes: Record<string, number[]> = {};
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      shapes[name] = shape;
      writeFileSync(join(folder, name), Float64Array.from(data));
    }
    const job = { ...work, dtype, shapes, compared: COMPARED, learningRate: LEARNING_RATE };
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
    const script = fileURLToPath(new URL('./training_peers.py', import.meta.url));
    const text = execFileSync(python, [script, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return JSON.parse(text.trim().split('\n').at(-1)!) as Peer[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The largest relative difference of two loss curves. */
function difference(a: number[], b: number[]): number {
  const worst = Math.max(...a.map(Math.abs));
  return Math.max(...b.slice(0, a.length).map((value, i) => Math.abs(value - a[i]!) / worst));
}

const known = ['f32', 'f64'];
const dtype: DType = process.argv.includes('f64') ? 'f64' : 'f32';
const filter = process.argv.slice(2).find((word) => !known.includes(word)) ?? '';
// The same operations in another order: f32 curves part by rounding, more so where many layers amplify it.
const tolerance = dtype === 'f64' ? 1e-9 : 1e-3;
let apart = false;
for (const work of table.filter(({ name }) => name.includes(filter))) {
  const { model, peer } = await ours(work, dtype);
  // Burgers' residual is not written in tfjs: Poisson's takes it 190 times as long.
  const asked = dtype === 'f32' && work.loss !== 'burgers';
  const tfjs = asked ? await inTfjs(work, model, dataOf(work)) : { peers: [], notes: [] };
  const peers = [...tfjs.peers, ...inPython(work, model, dtype)];
  console.log(`${work.name}, ${work.samples} samples, ${dtype}: ${peer.milliseconds.toPrecision(3)} ms a step`);
  for (const { name, losses, milliseconds } of peers) {
    const gap = difference(peer.losses, losses);
    apart ||= !(gap < tolerance);
    const ratio = (milliseconds / peer.milliseconds).toFixed(2);
    console.log(
      `  ${name.padEnd(12)} ${milliseconds.toPrecision(3)} ms, ${ratio} times ours; losses differ by ${gap.toExponential(1)}`,
    );
  }
  for (const note of tfjs.notes) console.log(`  ${note}`);
  const best = Math.min(...peers.filter(({ taught }) => !taught).map(({ milliseconds }) => milliseconds));
  if (peers.length > 0) {
    console.log(`  best peer / ours: ${(best / peer.milliseconds).toFixed(2)} (wanted ${work.wanted})`);
  }
}
if (apart) throw new Error('a peer computed another loss curve: the times above do not compare the same work');
