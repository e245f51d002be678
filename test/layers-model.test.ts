/** LayersModels of Keras 2 and 3, against TensorFlow.js (fixtures/tfjs: how they were made lies beside them), and damaged ones. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  FprincipleError,
  type LayerSpec,
  loadLayersModel,
  type NdArray,
  type NetworkSpec,
} from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}

interface Layer {
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
}

interface Manifest {
  paths: string[];
  weights: { name: string; shape: number[]; dtype: string; quantization?: object }[];
}

interface Json {
  modelTopology: { class_name: string; config: { layers: Layer[] } & Record<string, unknown> };
  weightsManifest: Manifest[];
}

interface Case {
  json: Json;
  weights: string;
  x: Flat;
  y: Flat;
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/tfjs/${name}`, import.meta.url));
const cases = JSON.parse(readFileSync(fixture('more.json'), 'utf8')) as Record<string, Case>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-layers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a model into a folder of its own; returns the path of its model.json. */
async function written(name: string, json: unknown, weights: Uint8Array): Promise<string> {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'weights.bin'), weights);
  await writeFile(join(own, 'model.json'), JSON.stringify(json));
  return join(own, 'model.json');
}

/** Images from channels last to channels first. */
function turned({ shape, data }: Flat): NdArray {
  if (shape.length !== 4) return { data: Float32Array.from(data), shape };
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const out = new Float32Array(data.length);
  data.forEach((value, i) => {
    const [image, pixel, channel] = [Math.floor(i / (h * w * c)), Math.floor(i / c) % (h * w), i % c];
    out[(image * c + channel) * h * w + pixel] = value;
  });
  return { data: out, shape: [n, c, h, w] };
}

async function close(path: string, x: NdArray, y: readonly number[], digits = 4): Promise<void> {
  const { data } = await loadLayersModel(path).predict(x);
  expect(data.length).toBe(y.length);
  y.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, digits);
  });
}

const f32 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const manifest = (...weights: [string, number[]][]): Manifest[] => [
  { paths: ['weights.bin'], weights: weights.map(([name, shape]) => ({ name, shape, dtype: 'float32' })) },
];
const layer = (class_name: string, config: Record<string, unknown> = {}): Layer => ({
  class_name,
  config: { name: class_name.toLowerCase(), ...config },
});
const sequential = (layers: Layer[], weightsManifest: Manifest[] = [], more: object = {}): Json => ({
  modelTopology: { class_name: 'Sequential', config: { name: 's', layers, ...more } },
  weightsManifest,
});

/** One unit of kernel 1 without a bias, then the layer; inputs and outputs are lists of numbers. */
const unit = (...after: Layer[]) =>
  sequential(
    [layer('Dense', { units: 1, use_bias: false, batch_input_shape: [null, 1] }), ...after],
    manifest(['dense/kernel', [1, 1]]),
  );
const inputs = { data: Float32Array.of(-2, 0.5, 1.5, 9), shape: [4, 1] };

describe('a LayersModel', () => {
  it.each(Object.keys(cases))('%s predicts what TensorFlow.js predicts', async (name) => {
    const { json, weights, x, y } = cases[name] as Case;
    await close(await written(name, json, Buffer.from(weights, 'base64')), turned(x), y.data);
  });

  it('of Keras 3: its shapes, its types, its names of layers and arguments', async () => {
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 3], dtype: 'float32', keras_history: [name, 0, 0] },
    });
    const called = (name: string) => [{ args: [tensor(name)], kwargs: { training: false, mask: null } }];
    const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
    const { json, weights, x, y } = cases.functional as Case;
    const layers = json.modelTopology.config.layers.map((entry, i, all): Layer & { build_config: object } => ({
      ...entry,
      build_config: { input_shape: [null, 3] },
      config: { ...entry.config, batch_input_shape: undefined, dtype, ...(i === 0 && { batch_shape: [null, 3] }) },
      inbound_nodes: i === 0 ? [] : called(String(all[i - 1]?.config.name)),
    }));
    const name = (i: number) => layers.at(i)?.config.name;
    const config = {
      ...json.modelTopology.config,
      layers,
      input_layers: [name(0), 0, 0],
      output_layers: [name(-1), 0, 0],
    };
    const model = { ...json, modelTopology: { model_config: { class_name: 'Functional', config } } };
    const named = model.weightsManifest.map((group) => ({
      ...group,
      weights: group.weights.map((w) => ({ ...w, name: `model/${w.name}` })),
    }));
    const path = await written('keras3', { ...model, weightsManifest: named }, Buffer.from(weights, 'base64'));
    await close(path, turned(x), y.data);
  });

  it('whose input shape is stated elsewhere, or follows from a kernel', async () => {
    const kernel = manifest(['dense/kernel', [2, 1]]);
    const dense = (config: object) => [layer('Dense', { units: 1, use_bias: false, ...config })];
    const x = { data: Float32Array.of(1, 2), shape: [1, 2] };
    const models = {
      none: sequential(dense({}), kernel),
      fixed: sequential(dense({ batch_input_shape: [32, 2] }), kernel),
      before: sequential([layer('InputLayer', { batch_shape: [null, 2] }), ...dense({})], kernel),
      built: sequential(dense({}), kernel, { build_input_shape: [null, 2] }),
    };
    for (const [name, json] of Object.entries(models)) await close(await written(name, json, f32(3, 4)), x, [11]);
    const image = sequential([layer('Flatten'), ...dense({})], kernel);
    expect(() => loadLayersModel(join(folder, 'image/model.json'))).toThrow(FprincipleError);
    const path = await written('image', image, f32(3, 4));
    expect(() => loadLayersModel(path)).toThrow(/layer flatten: expected the fixed shape of a sample/);
  });

  it('with activations as layers and by name', async () => {
    const relu = (x: number) => Math.max(x, 0);
    const of: [Layer, (x: number) => number][] = [
      [layer('ReLU', { max_value: null, negative_slope: 0, threshold: 0 }), relu],
      [layer('ReLU', { negative_slope: 0.5 }), (x) => (x > 0 ? x : x / 2)],
      [layer('ReLU', { max_value: 6 }), (x) => Math.min(relu(x), 6)],
      [layer('Activation', { activation: 'relu6' }), (x) => Math.min(relu(x), 6)],
      [layer('LeakyReLU', { alpha: 0.25 }), (x) => (x > 0 ? x : x / 4)],
      [layer('LeakyReLU', { negative_slope: 0.125 }), (x) => (x > 0 ? x : x / 8)],
      [layer('LeakyReLU'), (x) => (x > 0 ? x : 0.3 * x)],
      [layer('ELU', { alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x))],
      [layer('Activation', { activation: 'silu' }), (x) => x / (1 + Math.exp(-x))],
      [layer('Activation', { activation: 'swish' }), (x) => x / (1 + Math.exp(-x))],
      [layer('Activation', { activation: 'leaky_relu' }), (x) => (x > 0 ? x : 0.2 * x)],
      [layer('Activation', { activation: { module: 'builtins', class_name: 'function', config: 'tanh' } }), Math.tanh],
      // At the end of a model its softmax is left off.
      [layer('Softmax', { axis: -1 }), (x) => x],
      [layer('Dropout', { rate: 0.5, seed: 3 }), (x) => x],
      [layer('GaussianNoise', { stddev: 1, seed: null }), (x) => x],
    ];
    for (const [i, [after, f]] of of.entries()) {
      await close(await written(`activation${i}`, unit(after), f32(1)), inputs, Array.from(inputs.data, f));
    }
  });

  it('with quantised weights', async () => {
    const half = (x: number) => ({ 1: 0x3c00, [-2]: 0xc000 })[x] ?? 0;
    const x = { data: Float32Array.of(1, 10), shape: [1, 2] };
    const quantised = async (name: string, quantization: object, bytes: Buffer, y: number) => {
      const json = sequential([layer('Dense', { units: 1, use_bias: false })], manifest(['dense/kernel', [2, 1]]));
      const weights = json.weightsManifest[0]?.weights.map((w) => ({ ...w, quantization }));
      const path = await written(name, { ...json, weightsManifest: [{ paths: ['weights.bin'], weights }] }, bytes);
      await close(path, x, [y]);
    };
    await quantised('uint8', { dtype: 'uint8', scale: 0.5, min: -1 }, Buffer.of(0, 255), -1 + 10 * 126.5);
    await quantised('uint16', { dtype: 'uint16', scale: 0.001, min: 0 }, Buffer.of(0xe8, 3, 0xff, 0xff), 1 + 655.35);
    const halves = Buffer.from(Uint16Array.of(half(1), half(-2)).buffer);
    await quantised('float16', { dtype: 'float16', original_dtype: 'float32' }, halves, 1 - 20);
    await expect(quantised('scaleless', { dtype: 'uint8' }, Buffer.of(0, 255), 0)).rejects.toThrow(/scale and min/);
  });

  it('is refused for a field or a place that has no counterpart, by its name', async () => {
    const image = (after: Layer) =>
      sequential([{ ...after, config: { ...after.config, batch_input_shape: [null, 2, 3, 2] } }]);
    const kernel = (strides: number) => ({ filters: 1, kernel_size: 1, strides });
    const of: [Json, RegExp][] = [
      [unit(layer('ReLU', { max_value: 'x' })), /layer relu: max_value/],
      [unit(layer('ReLU', { max_value: 6, negative_slope: 0.1 })), /layer relu: max_value 6 with negative_slope 0.1/],
      [unit(layer('ReLU', { max_value: 0 })), /layer relu: max_value 0/],
      [unit(layer('ReLU', { threshold: 1 })), /layer relu: threshold: expected 0, got 1/],
      [unit(layer('ReLU', { surprise: 1 })), /layer relu: the field surprise \(1\) is not known here/],
      [unit(layer('Softmax', { axis: 0 })), /layer softmax: axis/],
      [unit(layer('Softmax'), layer('Activation', { activation: 'tanh' })), /layer softmax: .*at the end/],
      [unit(layer('Activation', { activation: 'hard_sigmoid' })), /hard_sigmoid/],
      [unit(layer('Activation', { activation: 'constructor' })), /constructor/],
      [unit(layer('LSTM')), /LSTM has no counterpart/],
      [unit(layer('BatchNormalization', { axis: 0 })), /axis/],
      [image(layer('BatchNormalization', { axis: 1 })), /axis: expected -1 or 3/],
      [image(layer('LayerNormalization', { axis: -1 })), /features or a sequence/],
      [image(layer('MaxPooling2D', { padding: 'same', pool_size: 2 })), /padding/],
      [image(layer('MaxPooling2D', { data_format: 'channels_first' })), /data_format/],
      [image(layer('MaxPooling2D', { pool_size: 5 })), /image of at least 5 x 5, got 2 x 3/],
      [image(layer('Conv2D', { ...kernel(1), dilation_rate: [2, 2] })), /dilation_rate/],
      [image(layer('Conv2D', { ...kernel(1), groups: 2 })), /groups/],
      [image(layer('Conv2D', kernel(0))), /strides/],
      [image(layer('Conv2D', { ...kernel(1), padding: 'causal' })), /padding/],
      [
        image(
          layer('ZeroPadding2D', {
            padding: [
              [1, 2],
              [0, 0],
            ],
          }),
        ),
        /both sides/,
      ],
      [image(layer('ZeroPadding2D', { padding: 1 })), /a convolution behind/],
      [image(layer('Dense', { units: 1 })), /flat input/],
    ];
    for (const [i, [json, message]] of of.entries()) {
      const path = await written(`refused${i}`, json, json.weightsManifest.length > 0 ? f32(1) : Buffer.of());
      expect(() => loadLayersModel(path), String(message)).toThrow(message);
    }
    const unused = unit();
    unused.weightsManifest = manifest(['dense/kernel', [1, 1]], ['dense/bias', [1]]);
    const path = await written('unused', unused, f32(1, 2));
    expect(() => loadLayersModel(path)).toThrow(/no layer uses dense\/bias/);
    const missing = await written(
      'missing',
      { ...unit(), weightsManifest: manifest(['other/kernel', [1, 1]]) },
      f32(1),
    );
    expect(() => loadLayersModel(missing)).toThrow(/expected a weight dense\/kernel of its own, got other\/kernel/);
    const nan = await written('nan', unit(), f32(Number.NaN));
    expect(() => loadLayersModel(nan)).toThrow(expect.objectContaining({ code: 'NON_FINITE' }));
  });

  it('is refused when it is no chain', async () => {
    const { json, weights } = cases.functional as Case;
    const changed = async (name: string, change: (config: Json['modelTopology']['config']) => void) => {
      const copy = structuredClone(json);
      change(copy.modelTopology.config);
      const path = await written(`chain-${name}`, copy, Buffer.from(weights, 'base64'));
      return () => loadLayersModel(path);
    };
    const last = (config: Json['modelTopology']['config']) => config.layers.at(-1) as Layer;
    const twice = await changed('twice', (config) => {
      last(config).inbound_nodes = [
        [
          ['dropout_Dropout1', 0, 0, {}],
          ['input1', 0, 0, {}],
        ],
      ];
    });
    expect(twice).toThrow(/expected a chain, layer dense_Dense2 has the inputs/);
    const loop = await changed('loop', (config) => {
      last(config).inbound_nodes = [[['dense_Dense2', 0, 0, {}]]];
    });
    expect(loop).toThrow(/dense_Dense2 comes twice/);
    const beside = await changed('beside', (config) => {
      last(config).inbound_nodes = [[['input1', 0, 0, {}]]];
    });
    expect(beside).toThrow(/dense_Dense1 is beside it|dropout_Dropout1 is beside it/);
    const training = await changed('training', (config) => {
      last(config).inbound_nodes = [[['dropout_Dropout1', 0, 0, { training: true }]]];
    });
    expect(training).toThrow(/layer dense_Dense2: the call's argument training/);
    const nested = (depth: number): Layer =>
      depth === 0 ? layer('Dense') : layer('Sequential', { layers: [nested(depth - 1)] });
    const deep = await written('deep', sequential([nested(40)]), Buffer.of());
    expect(() => loadLayersModel(deep)).toThrow(/at most 32 deep/);
    const lists = '['.repeat(50_000) + ']'.repeat(50_000);
    for (const text of [
      lists,
      `{"modelTopology":{"class_name":${lists}}}`,
      `{"modelTopology":{"class_name":"Model","config":${lists}}}`,
    ]) {
      await writeFile(deep, text);
      expect(() => loadLayersModel(deep)).toThrow(FprincipleError);
    }
  });

  it('reads no file outside its folder, and no more than it says', async () => {
    const outside = join(folder, 'outside.bin');
    await writeFile(outside, f32(1));
    const path = await written('paths', unit(), f32(1));
    symlinkSync(outside, join(folder, 'paths/link.bin'));
    await mkdir(join(folder, 'paths/sub'), { recursive: true });
    await writeFile(join(folder, 'paths/sub/w.bin'), f32(1));
    const reading = async (file: string) => {
      await written(
        'paths',
        { ...unit(), weightsManifest: [{ ...manifest(['dense/kernel', [1, 1]])[0], paths: [file] }] },
        f32(1),
      );
      return () => loadLayersModel(path);
    };
    for (const file of [
      '../outside.bin',
      outside,
      '/dev/zero',
      'link.bin',
      '..\\outside.bin',
      'C:\\x',
      'file:///etc/passwd',
      '',
    ]) {
      const work = await reading(file);
      expect(work, file).toThrow(
        expect.objectContaining({ code: 'IO', message: expect.stringContaining('within the model') }),
      );
    }
    expect(await reading('sub/w.bin')).not.toThrow();
    expect(await reading('none.bin')).toThrow(/none\.bin: no such file/);
    expect(await reading('sub')).toThrow(/is a folder/);
    const long = await written('long', unit(), f32(1, 2));
    expect(() => loadLayersModel(long)).toThrow(/expected 4 bytes of weights, got 8/);
    const huge = { ...unit(), weightsManifest: manifest(['dense/kernel', [2 ** 31, 2 ** 31]]) };
    const declared = await written('huge', huge, f32(1));
    expect(() => loadLayersModel(declared)).toThrow(/beyond the end/);
    const wide = unit();
    (wide.modelTopology.config.layers[0] as Layer).config.units = 2 ** 30;
    const units = await written('units', wide, f32(1));
    expect(() => loadLayersModel(units)).toThrow(/kernel: expected shape \[1, 1073741824\], got \[1, 1\]/);
    expect(() => loadLayersModel(folder)).toThrow(/is a folder/);
  });
});

/** Every place of a JSON value, with what replaces it there. */
function* places(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    yield* places((value as Record<string | number, unknown>)[key], [...path, key]);
  }
}

const absent = Symbol('absent');
const replacements = [absent, null, -1, 0, 1.5, 1e9, 'x', '', true, [], {}, [null], { class_name: 'Dense' }];

describe('mutated models', () => {
  it('give a model or an FprincipleError, never anything else', async () => {
    const base = JSON.parse(readFileSync(fixture('model.json'), 'utf8')) as Json;
    const bases: [unknown, Buffer][] = [
      [base, readFileSync(fixture('weights.bin'))],
      [cases.functional?.json, Buffer.from(cases.functional?.weights ?? '', 'base64')],
    ];
    let count = 0;
    for (const [json, weights] of bases) {
      const all = [...places(json)];
      for (const [i, path] of all.entries()) {
        // One of the replacements at each place, another at the next.
        const replacement = replacements[i % replacements.length];
        const copy = structuredClone(json) as Record<string | number, unknown>;
        let parent = copy;
        for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>;
        const last = path.at(-1) as string | number;
        if (replacement === absent) delete parent[last];
        else parent[last] = replacement;
        const file = await written('mutated', copy, weights);
        count++;
        try {
          loadLayersModel(file);
        } catch (error) {
          const said = `${path.join('.')} = ${String(replacement)}: ${String(error)}`;
          expect(error, said).toBeInstanceOf(FprincipleError);
          expect((error as FprincipleError).code, said).not.toBe('INTERNAL');
        }
      }
    }
    expect(count).toBeGreaterThan(400);
  }, 30_000);
});

describe('writing', () => {
  const dense = (units: number): LayerSpec => ({ type: 'dense', units });
  const fn = (name: 'relu' | 'silu' | 'gelu' | 'tanh' | 'softplus' | 'sigmoid'): LayerSpec => ({
    type: 'activation',
    fn: name,
  });
  const networks: Record<string, { spec: NetworkSpec; again: boolean }> = {
    chain: {
      spec: {
        input: 3,
        layers: [
          { type: 'dense', units: 5, parameterization: 'ntk', sigmaW: 1.5, sigmaB: 0.3 },
          ...(['tanh', 'relu', 'silu', 'gelu', 'softplus', 'sigmoid'] as const).flatMap((name) => [fn(name), dense(6)]),
          { type: 'layerNorm' },
          { type: 'activation', fn: 'leakyRelu', slope: 0.2 },
          { type: 'dense', units: 4, bias: false },
          { type: 'batchNorm', epsilon: 1e-4 },
          { type: 'activation', fn: 'elu' },
          { type: 'scale', factor: 2.5 },
          { type: 'activation', fn: 'clippedRelu', max: 0.5 },
          { type: 'layerNorm', affine: false, epsilon: 1e-3 },
          dense(2),
        ],
      },
      again: true,
    },
    images: {
      spec: {
        input: [2, 8, 9],
        layers: [
          { type: 'conv2d', filters: 3, kernel: 3, padding: 'same', stride: 2 },
          fn('relu'),
          { type: 'batchNorm' },
          { type: 'conv2d', filters: 4, kernel: [3, 2], padding: [1, 0] },
          { type: 'scale', factor: 0.5 },
          { type: 'maxPool2d', size: [2, 1], stride: 1 },
          { type: 'avgPool2d', size: 2 },
          { type: 'flatten' },
          { type: 'batchNorm', affine: false },
          dense(2),
        ],
      },
      again: true,
    },
    sequences: {
      spec: { input: [4, 3], layers: [dense(5), { type: 'layerNorm' }, fn('gelu'), { type: 'flatten' }, dense(2)] },
      again: true,
    },
    joined: {
      spec: {
        input: 3,
        layers: [
          { type: 'residual', layers: [dense(3), fn('tanh')] },
          { type: 'branches', combine: 'concat', branches: [[dense(2)], [dense(3), fn('relu')], []] },
          { type: 'branches', branches: [[dense(4)], [dense(4), fn('silu')]] },
          { type: 'branches', branches: [[dense(2)]] },
        ],
      },
      again: false,
    },
    whole: { spec: { input: [2, 4, 5], layers: [{ type: 'conv2d', filters: 3, kernel: 2 }, fn('tanh')] }, again: true },
  };
  /** A model whose running statistics are not those of the beginning, inputs, and what it gives for them. */
  async function saved(name: string, { spec }: { spec: NetworkSpec }) {
    const model = createModel(spec, { seed: 5 });
    const sample = [spec.input].flat();
    const of = (n: number, shape: number[]): NdArray => ({
      data: Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i)),
      shape,
    });
    const size = sample.reduce((a, b) => a * b, 1);
    const changed = Object.entries(model.buffers()).map(([key, array]) => {
      const up = key.endsWith('running_var') ? 1.5 : 0;
      return [key, { data: of(array.data.length, array.shape).data.map((v) => up + v), shape: array.shape }] as const;
    });
    model.setParameters(Object.fromEntries(changed));
    const path = join(folder, `${name}.json`);
    model.save(path);
    const x = of(4 * size, [4, ...sample]);
    return { path, x, y: await model.predict(x) };
  }
  const names = Object.keys(networks);

  it.each(names)('%s gives the same in TensorFlow.js', { timeout: 60_000 }, async (name) => {
    const { path, x, y } = await saved(name, networks[name] as (typeof networks)[string]);
    await tf.setBackend('cpu');
    const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path, 'utf8')) as Json;
    const [group] = weightsManifest;
    const weightData = new Uint8Array(readFileSync(join(folder, group?.paths[0] ?? ''))).buffer;
    const weightSpecs = group?.weights as tf.io.WeightsManifestEntry[];
    const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
    const rows = tf.tensor(Float32Array.from(x.data), x.shape);
    const last = model.predict(x.shape.length === 4 ? tf.transpose(rows, [0, 2, 3, 1]) : rows) as tf.Tensor;
    const out = last.shape.length === 4 ? tf.transpose(last, [0, 3, 1, 2]) : last;
    expect(out.shape).toEqual(y.shape);
    const got = out.dataSync();
    const size = Math.max(...y.data.map(Math.abs));
    expect(Math.max(...y.data.map((v, i) => Math.abs(v - (got[i] ?? Number.NaN)))) / size).toBeLessThan(1e-5);
  });

  it.each(names.filter((name) => networks[name]?.again))('%s is read again', async (name) => {
    const { path, x, y } = await saved(name, networks[name] as (typeof networks)[string]);
    const again = await loadLayersModel(path).predict(x);
    expect(again.shape).toEqual(y.shape);
    const size = Math.max(...y.data.map(Math.abs));
    expect(Math.max(...y.data.map((v, i) => Math.abs(v - (again.data[i] ?? Number.NaN)))) / size).toBeLessThan(1e-6);
  });

  it('refuses by name what TensorFlow.js has no layer for, and writes nothing', () => {
    const of: [LayerSpec, RegExp][] = [
      [{ type: 'activation', fn: 'sin' }, /layers\.1: TensorFlow\.js has no layer for the activation sin/],
      [{ type: 'activation', fn: 'elu', alpha: 2 }, /layers\.1: TensorFlow\.js has elu with alpha 1 only, not 2/],
      [
        { type: 'fourierFeatures', frequencies: [[1], [2]] },
        /layers\.1: TensorFlow\.js has no layer of type fourierFeatures/,
      ],
    ];
    for (const [layer, message] of of) {
      const model = createModel({ input: 1, layers: [dense(1), layer] }, { seed: 0 });
      expect(() => model.save(join(folder, 'refused.json'))).toThrow(message);
    }
    expect(existsSync(join(folder, 'refused.json')) || existsSync(join(folder, 'refused.weights.bin'))).toBe(false);
  });
});
