/** Weights in and out: PyTorch's state_dict, NumPy's npz, TensorFlow.js' LayersModel (fixtures: how each was made lies beside it). */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../src/core/npz.js';
import { createModel, loadLayersModel, type NetworkSpec } from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const parsed = (name: string) => JSON.parse(readFileSync(fixture(name), 'utf8')) as { x: Flat; y: Flat };
const array = ({ data, shape }: Flat) => ({ data: Float32Array.from(data), shape });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const convolution: NetworkSpec = {
  input: [2, 4, 4],
  layers: [
    { type: 'conv2d', filters: 3, kernel: 3, padding: 1 },
    { type: 'batchNorm' },
    { type: 'activation', fn: 'relu' },
    { type: 'maxPool2d', size: 2 },
    { type: 'flatten' },
    { type: 'dense', units: 4 },
  ],
};

describe("PyTorch's state_dict", () => {
  it('of a Sequential gives the same predictions', async () => {
    const { x, y } = parsed('state-dict.json');
    for (const dtype of ['f32', 'f64'] as const) {
      const model = createModel(convolution, { seed: 0, dtype });
      model.loadParameters(fixture('state-dict.safetensors'));
      const outputs = await model.predict(array(x));
      y.data.forEach((expected, i) => {
        expect(outputs.data[i]).toBeCloseTo(expected, 5);
      });
    }
  });

  it('of another network is refused, and nothing is changed', () => {
    const layers = [...convolution.layers, { type: 'dense', units: 2 } as const];
    const model = createModel({ ...convolution, layers }, { seed: 0 });
    const before = model.parameters();
    expect(() => model.loadParameters(fixture('state-dict.safetensors'))).toThrow(/layers\.6\.weight is missing/);
    const wide = createModel({ input: [2, 4, 4], layers: [{ type: 'conv2d', filters: 5, kernel: 3 }] }, { seed: 0 });
    expect(() => wide.loadParameters(fixture('state-dict.safetensors'))).toThrow(
      /layers\.0\.(weight|bias) \(as 0\.(weight|bias)\): expected shape/,
    );
    expect(model.parameters()).toEqual(before);
  });
});

describe('npz', () => {
  it('holds parameters and buffers under their names', async () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const model = createModel(convolution, { seed: 5, dtype });
      const path = join(folder, `${dtype}.npz`);
      model.save(path);
      const files = unzipSync(await readFile(path));
      const arrays = { ...model.parameters(), ...model.buffers() };
      expect(Object.keys(files).sort()).toEqual(
        Object.keys(arrays)
          .map((name) => `${name}.npy`)
          .sort(),
      );
      for (const [name, values] of Object.entries(arrays)) {
        expect(Buffer.from(files[`${name}.npy`]!).equals(Buffer.from(encodeNpy(values)))).toBe(true);
      }
      expect(() => model.save(join(folder, 'no/such/folder.npz'))).toThrow(expect.objectContaining({ code: 'IO' }));
    }
  });
});

describe('a LayersModel of TensorFlow.js', () => {
  const path = fixture('tfjs/model.json');

  it('predicts what tfjs predicts, images turned, the last softmax left off', async () => {
    const { x, y } = parsed('tfjs/expected.json');
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const turned = new Float32Array(x.data.length);
    x.data.forEach((value, i) => {
      const [image, pixel, channel] = [Math.floor(i / (h * w * c)), Math.floor(i / c) % (h * w), i % c];
      turned[(image * c + channel) * h * w + pixel] = value;
    });
    for (const dtype of ['f32', 'f64'] as const) {
      const model = loadLayersModel(path, { dtype });
      expect(model.dtype).toBe(dtype);
      const logits = await model.predict({ data: turned, shape: [n, c, h, w] });
      expect(logits.shape).toEqual(y.shape);
      for (let image = 0; image < n; image++) {
        const exps = Array.from(logits.data.subarray(3 * image, 3 * image + 3), Math.exp);
        exps.forEach((e, k) => {
          expect(e / (exps[0]! + exps[1]! + exps[2]!)).toBeCloseTo(y.data[3 * image + k]!, 5);
        });
      }
    }
  });

  it('names what has no counterpart', async () => {
    const text = await readFile(path, 'utf8');
    const weights = await readFile(fixture('tfjs/weights.bin'));
    await writeFile(join(folder, 'weights.bin'), weights);
    const changed = async (from: string | RegExp, to: string) => {
      await writeFile(join(folder, 'model.json'), text.replace(from, to));
      return () => loadLayersModel(join(folder, 'model.json'));
    };
    expect(await changed('"class_name":"Flatten"', '"class_name":"LSTM"')).toThrow(/LSTM has no counterpart/);
    expect(await changed('"activation":"tanh"', '"activation":"selu"')).toThrow(/layer conv2d.*selu/);
    expect(await changed('"class_name":"Sequential"', '"class_name":"Model"')).toThrow(
      /input_layers: expected one layer/,
    );
    expect(await changed('"class_name":"Sequential"', '"class_name":"Graph"')).toThrow(
      /Sequential or functional.*Graph/,
    );
    expect(await changed(/"dtype":"float32"\}\]/, '"dtype":"int32"}]')).toThrow(/float32/);
    expect(await changed('{', '')).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(() => loadLayersModel(join(folder, 'none.json'))).toThrow(expect.objectContaining({ code: 'IO' }));
    await writeFile(join(folder, 'weights.bin'), weights.subarray(0, 100));
    expect(await changed('x', 'x')).toThrow(/beyond the end/);
  });
});
