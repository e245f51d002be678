/** TensorFlow.js beside this package: the same weights, the same losses, the same history. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, lineFigure, mlp, type NetworkSpec, type ProbeSpec, trainBaseline } from '../src/index.js';
import { fprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-baselines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const x = { data: Float64Array.from({ length: 40 }, (_, i) => -1 + i / 20), shape: [40, 1] };
const y = { data: x.data.map((v) => Math.sin(5 * v)), shape: [40, 1] };
const tanh = mlp({ input: 1, hidden: [16, 16], output: 1, activation: 'tanh' });
const features: NetworkSpec = {
  input: 1,
  layers: [
    { type: 'fourierFeatures', frequencies: { count: 8, scale: 1, seed: 4 } },
    { type: 'dense', units: 16, parameterization: 'ntk', sigmaW: 1.4, sigmaB: 0.3 },
    { type: 'activation', fn: 'gelu' },
    { type: 'dense', units: 1 },
  ],
};
const probes = {
  spectrum: { type: 'spectrum', points: x, target: y, frequencies: [0.8, 2] },
  norms: { type: 'norms' },
} satisfies Record<string, ProbeSpec>;
const common = { x, y, loss: 'mse', steps: 60, record: { log: 6 }, probes } as const;

/** The largest relative difference of two lists. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!) / Math.max(...Array.from(a, Math.abs))));

describe('trainBaseline', { timeout: 120_000 }, () => {
  it.each([
    ['adam, tanh', tanh, { type: 'adam', learningRate: 3e-3 }],
    ['momentum, Fourier features, ntk', features, { type: 'sgd', learningRate: 0.02, momentum: 0.9 }],
  ] as const)('gives the history of this package to rounding: %s', async (_, spec, optimizer) => {
    const theirs = await trainBaseline(spec, { ...common, optimizer }, { engine: 'tfjs', backend: 'cpu', seed: 3 });
    const ours = await createModel(spec, { seed: 3 }).train({ ...common, optimizer });
    expect(theirs.steps).toEqual(ours.steps);
    expect(apart(ours.loss, theirs.loss)).toBeLessThan(1e-3);
    expect(theirs.probes.spectrum.relativeError.shape).toEqual(ours.probes.spectrum.relativeError.shape);
    expect(apart(ours.probes.spectrum.relativeError.data, theirs.probes.spectrum.relativeError.data)).toBeLessThan(
      1e-3,
    );
    expect(apart(ours.probes.norms.values.data, theirs.probes.norms.values.data)).toBeLessThan(1e-3);
    expect([theirs.simdPath, theirs.stopReason, theirs.state.step]).toEqual(['tfjs-cpu', 'completed', 60]);
    // The histories are drawn by the same figure.
    const lines = [ours, theirs].map(({ steps, loss }, i) => ({ name: `${i}`, x: steps, y: loss }));
    expect(
      lineFigure({ id: 'a', title: 'a', caption: 'a', x: { title: 'step' }, y: { title: 'loss' }, lines }).id,
    ).toBe('a');
  });

  it('trains images with channels last there and first here', async () => {
    const spec: NetworkSpec = {
      input: [2, 6, 6],
      layers: [
        { type: 'conv2d', filters: 3, kernel: 3, padding: 1 },
        { type: 'activation', fn: 'relu' },
        { type: 'maxPool2d', size: 2 },
        { type: 'flatten' },
        { type: 'dense', units: 3 },
      ],
    };
    const pictures = { data: Float64Array.from({ length: 8 * 72 }, (_, i) => Math.sin(i * i)), shape: [8, 2, 6, 6] };
    const labels = Float64Array.from({ length: 8 }, (_, i) => i % 3);
    const training = {
      x: pictures,
      y: labels,
      loss: 'crossEntropy',
      steps: 20,
      optimizer: { type: 'adam', learningRate: 0.01 },
    } as const;
    const theirs = await trainBaseline(spec, training, { engine: 'tfjs', backend: 'cpu', seed: 1 });
    const model = createModel(spec, { seed: 1 });
    const ours = await model.train(training);
    expect(apart(ours.loss, theirs.loss)).toBeLessThan(1e-3);
    const [name] = Object.keys(model.parameters());
    expect(theirs.parameters[name!]!.shape).toEqual([3, 2, 3, 3]);
  });

  it.each([
    [{ type: 'adamw', learningRate: 1 }, /optimizer: expected sgd or adam .* got "adamw"/],
    [{ type: 'adam', learningRate: 1, clip: { norm: 1 } }, /got "adam" with clip/],
  ])('refuses what it does not compare: %j', async (optimizer, message) => {
    const training = { ...common, optimizer } as never;
    await expect(trainBaseline(tanh, training, { engine: 'tfjs', backend: 'cpu' })).rejects.toThrow(message);
  });

  it('refuses layers that are not built there, and stops when told to', async () => {
    const optimizer = { type: 'adam', learningRate: 1e-3 } as const;
    const odd: NetworkSpec = {
      input: 1,
      layers: [{ type: 'dense', units: 2 }, { type: 'layerNorm' }, { type: 'dense', units: 1 }],
    };
    await expect(trainBaseline(odd, { ...common, optimizer }, { engine: 'tfjs', backend: 'cpu' })).rejects.toThrow(
      /layers\[1\]: a layer of type layerNorm/,
    );
    const signal = AbortSignal.timeout(300);
    const long = { ...common, optimizer, steps: 100_000, signal };
    await expect(trainBaseline(tanh, long, { engine: 'tfjs', backend: 'cpu' })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('says which command installs what is missing', async () => {
    const missing = trainBaseline(
      tanh,
      { ...common, optimizer: { type: 'adam', learningRate: 1e-3 } },
      { engine: 'tfjs', backend: 'node' },
    );
    await expect(missing).rejects.toMatchObject({
      code: 'DATA_UNAVAILABLE',
      message: expect.stringContaining('npm install @tensorflow/tfjs-node'),
    });
  });
});

describe('fprinciple bench', { timeout: 240_000 }, () => {
  it("times the user's network beside TensorFlow.js, from the same weights", async () => {
    writeFileSync(join(folder, 'net.json'), JSON.stringify(tanh));
    const args = ['bench', '--against', 'tfjs', '--spec', 'net.json', '--samples', '50', '--json'];
    const { code, stdout } = await fprinciple(args, { cwd: folder });
    expect(code).toBe(0);
    const { processor, times } = JSON.parse(stdout);
    expect(processor).not.toBe('');
    expect(times.map(({ engine }: { engine: string }) => engine)).toEqual(['fprinciple', 'tfjs wasm', 'tfjs cpu']);
    for (const { millisecondsPerStep, lossDifference } of times) {
      expect(millisecondsPerStep).toBeGreaterThan(0);
      expect(lossDifference).toBeLessThan(1e-3);
    }
  });

  it.each([
    [['--against', 'torch'], 2, /expected tfjs/],
    [['--spec', 'none.json'], 4, /none.json cannot be read/],
    [['--rows', 'banana'], 2, /expected a part of 1-200x3-1 tanh/],
  ])('refuses %j', async (args, code, message) => {
    const ended = await fprinciple(['bench', ...args], { cwd: folder });
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });
});
