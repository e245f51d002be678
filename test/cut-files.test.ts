/** A file of any kind that ends early, wherever it does, is refused by its name in a sentence; nothing else is thrown. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  encodeNpy,
  encodeNpz,
  encodePng,
  FprincipleError,
  loadLayersModel,
  loadModel,
  loadOnnx,
  measure,
  readData,
  readModel,
  readNpy,
  readNpz,
} from '../src/index.js';
import { readRecording } from '../src/measure/read.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-cut-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const model = createModel(
  {
    input: 2,
    layers: [
      { type: 'dense', units: 3 },
      { type: 'activation', fn: 'tanh' },
      { type: 'dense', units: 1 },
    ],
  },
  { seed: 0 },
);
const saved = async (name: string): Promise<Uint8Array> => {
  model.save(join(folder, name));
  return readFile(join(folder, name));
};
const numbers = (n: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(i));
const run = {
  steps: { data: Float64Array.of(0, 1), shape: [2] },
  points: { data: numbers(8), shape: [8] },
  outputs: { data: numbers(16), shape: [2, 8] },
  target: { data: numbers(8), shape: [8] },
};

/** The bytes of a whole file of each kind, and what reads it. */
const kinds: Record<
  string,
  [name: string, whole: () => Uint8Array | Promise<Uint8Array>, read: (path: string) => unknown]
> = {
  ONNX: ['net.onnx', () => saved('whole.onnx'), (path) => loadOnnx(path)],
  'safetensors with its spec': ['net.safetensors', () => saved('whole.safetensors'), loadModel],
  'safetensors to be measured': ['net.safetensors', () => saved('whole.safetensors'), (path) => readModel(path)],
  'safetensors of parameters': [
    'net.safetensors',
    () => saved('whole.safetensors'),
    (path) => createModel(model.spec, { seed: 1 }).loadParameters(path),
  ],
  'model.json': ['net.json', () => saved('net.json'), (path) => loadLayersModel(path)],
  'weights of a model.json': [
    'net.weights.bin',
    () => saved('net.json').then(() => readFile(join(folder, 'net.weights.bin'))),
    () => loadLayersModel(join(folder, 'net.json')),
  ],
  npy: ['a.npy', () => encodeNpy({ data: numbers(12), shape: [6, 2] }), readNpy],
  npz: ['a.npz', () => encodeNpz({ x: run.points, y: run.target }), (path) => readNpz(path)],
  'a recording as npz': ['run.npz', () => encodeNpz(run), readRecording],
  'a picture': ['a.png', () => encodePng({ data: numbers(64), shape: [8, 8] }), (path) => readData(path)],
};

describe('a file that ends early', () => {
  it.each(Object.entries(kinds))('%s', async (_, [name, make, read]) => {
    const whole = await make();
    const path = join(folder, name);
    await writeFile(path, whole);
    await read(path);
    const step = Math.max(1, Math.floor(whole.length / 40));
    for (let length = 0; length < whole.length; length += step) {
      await writeFile(path, whole.subarray(0, length));
      const thrown: unknown = await Promise.resolve()
        .then(() => read(path))
        .then(() => undefined)
        .catch((error: unknown) => error);
      expect(thrown, `${length} of ${whole.length} bytes`).toBeInstanceOf(FprincipleError);
      expect((thrown as Error).message).toContain(name.split('.')[0]);
    }
  });

  it('a table whose last row is cut', async () => {
    const path = join(folder, 'cut.csv');
    await writeFile(path, 'x,y\n1,2\n3');
    await expect(readData(path)).rejects.toThrow(/cut\.csv/);
    await writeFile(path, 'step,x,output,target\n0,1,2,3\n0,2,2,3\n1,1,2');
    await expect((async () => readRecording(path))()).rejects.toThrow(/cut\.csv/);
  });

  it('arrays of shapes that do not go together', async () => {
    const wrong = async (arrays: Partial<typeof run>) => measure({ ...run, ...arrays });
    await expect(wrong({ outputs: { data: numbers(14), shape: [2, 7] } })).rejects.toMatchObject({
      code: 'INVALID_SHAPE',
    });
    await expect(wrong({ target: { data: numbers(7), shape: [7] } })).rejects.toMatchObject({ code: 'INVALID_SHAPE' });
    await expect(wrong({ steps: { data: numbers(3), shape: [3] } })).rejects.toBeInstanceOf(FprincipleError);
  });
});
