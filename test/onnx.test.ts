/** ONNX models: those of PyTorch read (fixtures/onnx, where onnxruntime agreed), ours written, run by onnxruntime where it is. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  FprincipleError,
  type LayerSpec,
  loadOnnx,
  type NdArray,
  type NetworkSpec,
} from '../src/index.js';
import { decodeModel, encodeModel, type OnnxModel, type OnnxNode } from '../src/nets/onnx/format.js';

interface Flat {
  shape: number[];
  data: number[];
}
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/onnx/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<
  string,
  { x: Flat; y: Flat; dtype: 'f32' | 'f64' }
>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const array = ({ data, shape }: Flat): NdArray => ({ data: Float64Array.from(data), shape });
const relative = (got: NdArray, wanted: Flat) => {
  expect(got.shape).toEqual(wanted.shape);
  const size = Math.max(...wanted.data.map(Math.abs));
  return Math.max(...wanted.data.map((v, i) => Math.abs(v - got.data[i]!))) / size;
};

describe('reading', () => {
  it.each(Object.entries(expected))('%s, as PyTorch predicts', async (name, { x, y, dtype }) => {
    const model = loadOnnx(fixture(`${name}.onnx`));
    expect(model.dtype).toBe(dtype);
    expect(relative(await model.predict(array(x)), y)).toBeLessThan(dtype === 'f32' ? 1e-5 : 1e-10);
  });

  it('the layers are those of the module', () => {
    const types = (name: string) =>
      loadOnnx(fixture(`${name}.onnx`)).spec.layers.map((l) => ('fn' in l ? l.fn : l.type));
    expect(types('mlp')).toEqual(['dense', 'tanh', 'dense', 'relu', 'dense']);
    expect(types('siren')).toEqual(['dense', 'scale', 'sin', 'dense', 'scale', 'sin', 'dense']);
    expect(types('matmul')).toEqual(['dense', 'tanh', 'dense']);
    expect(types('activations').filter((t) => t !== 'dense')).toEqual([
      ...['gelu', 'silu', 'elu', 'leakyRelu', 'softplus', 'layerNorm', 'clippedRelu'],
    ]);
  });

  /** The model of a fixture, changed. */
  async function changed(name: string, change: (model: OnnxModel) => unknown): Promise<string> {
    const model = decodeModel(readFileSync(fixture(`${name}.onnx`)));
    change(model);
    const path = join(folder, 'changed.onnx');
    await writeFile(path, encodeModel(model));
    return path;
  }

  it('says which node it cannot read, and why', async () => {
    const refuses = async (name: string, change: (model: OnnxModel) => unknown, message: RegExp) => {
      const path = await changed(name, change);
      expect(() => loadOnnx(path)).toThrow(message);
    };
    const node = (model: OnnxModel, opType: string) => model.graph!.node!.find((one) => one.opType === opType)!;
    await refuses(
      'mlp',
      (m) => Object.assign(node(m, 'Tanh'), { opType: 'LSTM' }),
      /\(LSTM\): this operator has no counterpart/,
    );
    await refuses(
      'mlp',
      (m) => Object.assign(node(m, 'Tanh'), { domain: 'com.microsoft' }),
      /\(Tanh\): the domain com\.microsoft is not read/,
    );
    await refuses(
      'cnn',
      (m) => Object.assign(node(m, 'Conv').attribute!.find(({ name }) => name === 'group')!, { i: 2 }),
      /\(Conv\): group: expected 1, got 2/,
    );
    await refuses(
      'mlp',
      (m) => node(m, 'Relu').attribute!.push({ name: 'banana', type: 2, i: 1 }),
      /\(Relu\): banana: is not read/,
    );
    await refuses('mlp', (m) => m.graph!.initializer!.pop(), /no node before it gives/);
    await refuses(
      'mlp',
      (m) => Object.assign(m.graph!.initializer![0]!, { rawData: new Uint8Array(3) }),
      /shape \[8, 3\] needs 96 bytes, got 3/,
    );
    await refuses('mlp', (m) => Object.assign(m.graph!, { node: [] }), /not an ONNX model/);
    const cut = join(folder, 'cut.onnx');
    await writeFile(cut, readFileSync(fixture('mlp.onnx')).subarray(0, 200));
    expect(() => loadOnnx(cut)).toThrow(/not an ONNX model, or cut short/);
    expect(() => loadOnnx(join(folder, 'none.onnx'))).toThrow(/no such file/);
    expect(() => loadOnnx(3 as never)).toThrow(/path: expected a path/);
    expect(() => loadOnnx('a.onnx', { dtype: 'f16' as never })).toThrow(/dtype: expected/);
  });

  it('a file that ends early anywhere is refused, and so are arrays of other shapes', async () => {
    const whole = readFileSync(fixture('mlp.onnx'));
    const cut = join(folder, 'shorter.onnx');
    for (let length = 0; length < whole.length; length += 97) {
      await writeFile(cut, whole.subarray(0, length));
      expect(() => loadOnnx(cut), `${length} bytes`).toThrow(FprincipleError);
    }
    const path = await changed('mlp', (m) => Object.assign(m.graph!.initializer![2]!, { dims: [4, 16] }));
    expect(() => loadOnnx(path)).toThrow(/\(Gemm\): C: expected 4 biases, got shape \[8\]/);
    const external = await changed('mlp', (m) => Object.assign(m.graph!.initializer![0]!, outside('../secret')));
    expect(() => loadOnnx(external)).toThrow(/expected its numbers in a file beside the model, got "..\/secret"/);
  });
  const outside = (value: string) => ({
    rawData: undefined,
    dataLocation: 1,
    externalData: [{ key: 'location', value }],
  });
});

/** A model of f64 nodes on `x [batch, 2]`; `dense(n)` is a constant weight `[2, n]`. */
function graph(nodes: OnnxNode[], output: string, weights: Record<string, number[][]> = {}): OnnxModel {
  const value = (name: string, features: number[]) => ({
    name,
    type: {
      tensorType: { elemType: 11, shape: { dim: [{ dimParam: 'n' }, ...features.map((dimValue) => ({ dimValue }))] } },
    },
  });
  const initializer = Object.entries(weights).map(([name, rows]) => ({
    name,
    dataType: 11,
    dims: [rows.length, rows[0]!.length],
    doubleData: rows.flat(),
  }));
  return { graph: { name: 'g', node: nodes, initializer, input: [value('x', [2])], output: [value(output, [])] } };
}

describe("public models of PyPI's onnx, exported by PyTorch years ago", () => {
  const models = JSON.parse(readFileSync(fixture('public/expected.json'), 'utf8')) as Record<
    string,
    { x: Flat; y: Flat }
  >;
  const refused: Record<string, RegExp> = {
    Conv2d_depthwise: /\(Conv\): group: expected 1, got 4/,
    Conv2d_dilated: /\(Conv\): dilations: expected 1, 1, got 2, 2/,
    ConvTranspose2d: /\(ConvTranspose\): this operator has no counterpart/,
    Embedding: /\(Gather\): this operator has no counterpart/,
    GLU: /\(Split\): only the first of its outputs is read/,
    MaxPool2d: /\(MaxPool\): pads: expected none/,
    PReLU_2d: /\(PRelu\): this operator has no counterpart/,
  };
  it.each(Object.entries(models).filter(([name]) => !refused[name]))(
    '%s gives what it gave there',
    async (name, { x, y }) => {
      expect(relative(await loadOnnx(fixture(`public/${name}.onnx`)).predict(array(x)), y)).toBeLessThan(1e-5);
    },
  );
  it.each(Object.entries(refused))('%s is refused by its node', (name, message) => {
    expect(Object.keys(models)).toContain(name);
    expect(() => loadOnnx(fixture(`public/${name}.onnx`))).toThrow(message);
  });
});

describe('branches', () => {
  const node = (opType: string, input: string, output: string, attribute: OnnxNode['attribute'] = []): OnnxNode => ({
    opType,
    name: `/${output}`,
    input: input.split(' '),
    output: [output],
    attribute,
  });
  const axis = (i: number) => [{ name: 'axis', type: 2, i }];
  const weights = { A: [[1, 2], [3, 4]], B: [[0.5, -1, 2], [1, 0, 1]] }; // biome-ignore format: matrices
  const x = [[0.3, -0.7], [1, 2]]; // biome-ignore format: matrices
  const times = (rows: number[][], w: number[][]) =>
    rows.map((row) => w[0]!.map((_, j) => row.reduce((s, v, i) => s + v * w[i]![j]!, 0)));
  const read = async (name: string, nodes: OnnxNode[], output: string) => {
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, encodeModel(graph(nodes, output, weights)));
    return loadOnnx(path);
  };
  const predicts = async (model: ReturnType<typeof loadOnnx>, wanted: number[][]) => {
    const { data } = await model.predict(x);
    for (const [i, v] of wanted.flat().entries()) expect(data[i]).toBeCloseTo(v, 12);
  };
  const xA = times(x, weights.A);

  it('x + f(x) is a residual, of which one may hold another', async () => {
    const nodes = [node('MatMul', 'x A', 'a'), node('Tanh', 'a', 't'), node('Add', 't x', 'r')];
    const model = await read('residual', nodes, 'r');
    expect(model.spec.layers.map(({ type }) => type)).toEqual(['residual']);
    const r = x.map((row, i) => row.map((v, j) => v + Math.tanh(xA[i]![j]!)));
    await predicts(model, r);
    // y + (y + tanh(y A)) of y = r.
    const outer = [
      ...nodes,
      node('MatMul', 'r A', 'a2'),
      node('Tanh', 'a2', 't2'),
      node('Add', 'r t2', 'r2'),
      node('Sum', 'r r2', 'r3'),
    ];
    const rA = times(r, weights.A);
    await predicts(
      await read('nested', outer, 'r3'),
      r.map((row, i) => row.map((v, j) => 2 * v + Math.tanh(rA[i]![j]!))),
    );
  });

  it('sums and concatenations of branches, as Fourier features are exported', async () => {
    const waves = [
      node('MatMul', 'x B', 'p'),
      node('Sin', 'p', 's'),
      node('Cos', 'p', 'c'),
      node('Concat', 's c x', 'f', axis(-1)),
    ];
    const xB = times(x, weights.B);
    const model = await read('waves', waves, 'f');
    expect(model.spec.layers.map(({ type }) => type)).toEqual(['branches']);
    await predicts(
      model,
      x.map((row, i) => [...xB[i]!.map(Math.sin), ...xB[i]!.map(Math.cos), ...row]),
    );
    const sum = [node('MatMul', 'x A', 'a'), node('Sin', 'a', 's'), node('Cos', 'x', 'c'), node('Add', 's c', 'o')];
    await predicts(
      await read('sum', sum, 'o'),
      xA.map((row, i) => row.map((v, j) => Math.sin(v) + Math.cos(x[i]![j]!))),
    );
  });

  it('what joins them otherwise is refused by its node', async () => {
    const a = node('MatMul', 'x A', 'a');
    const of: [OnnxNode[], RegExp][] = [
      [[a, node('Mul', 'a x', 'o')], /node "\/o" \(Mul\): several of its inputs depend on the input/],
      [[a, node('MatMul', 'x a', 'o')], /\(MatMul\): several of its inputs/],
      [[a, node('Sum', 'a x A', 'o')], /\(Sum\): several of its inputs/],
      [[node('MatMul', 'x B', 'b'), node('Add', 'b x', 'o')], /expected values of one shape, got \[3\], \[2\]/],
      [[a, node('Concat', 'a x', 'o', axis(0))], /axis: expected 1, got 0/],
      [[a, node('Softmax', 'a', 's'), node('Add', 's x', 'o')], /expected nothing behind a softmax/],
      [[node('Add', 'x nothing', 'o')], /\(Add\): no node before it gives nothing/],
      [[node('Relu', 'A', 'o')], /does not depend on the input/],
      [
        [a, node('Add', 'a x', 'b'), node('Tanh', 'a', 't'), node('Concat', 't b a', 'o', axis(1))],
        /\(MatMul\): several branches go through it/,
      ],
    ];
    for (const [nodes, message] of of) {
      await expect(read('refused', nodes, nodes.at(-1)!.output![0]!), String(message)).rejects.toThrow(message);
    }
    await expect(read('elsewhere', [a], 'b')).rejects.toThrow(/expected one output, which depends on the input, got b/);
  });
});

const dense = (units: number): LayerSpec => ({ type: 'dense', units });
const written: Record<string, { spec: NetworkSpec; dtype: 'f32' | 'f64'; again: boolean }> = {
  ntk: {
    spec: {
      input: 3,
      layers: [
        { type: 'dense', units: 5, parameterization: 'ntk', sigmaW: 1.5, sigmaB: 0.3 },
        { type: 'activation', fn: 'tanh' },
        dense(2),
      ],
    },
    dtype: 'f64',
    again: true,
  },
  everything: {
    spec: {
      input: 3,
      layers: [
        { type: 'fourierFeatures', frequencies: { count: 4, scale: 0.5 }, amplitudes: [1, 2, 3, 4] },
        dense(6),
        { type: 'activation', fn: 'gelu' },
        { type: 'layerNorm' },
        { type: 'residual', layers: [dense(6), { type: 'activation', fn: 'elu', alpha: 0.7 }] },
        {
          type: 'branches',
          combine: 'concat',
          branches: [
            [dense(3), { type: 'activation', fn: 'sin', omega: 2 }],
            [{ type: 'scale', factor: 2 }, dense(3), { type: 'activation', fn: 'ricker', a: 0.7 }],
          ],
        },
        { type: 'batchNorm' },
        { type: 'modulate', frequency: [1, 2, 3, 0.1, 0.2, 0.3], layers: [dense(4)] },
        { type: 'activation', fn: 'clippedRelu', max: 0.3 },
        dense(2),
        { type: 'activation', fn: 'softplus' },
      ],
    },
    dtype: 'f32',
    again: false,
  },
  joined: {
    spec: {
      input: 3,
      layers: [
        { type: 'fourierFeatures', frequencies: { count: 4, scale: 0.5 } },
        { type: 'residual', layers: [dense(8), { type: 'activation', fn: 'silu' }, dense(8)] },
        {
          type: 'branches',
          combine: 'concat',
          branches: [
            [dense(3), { type: 'activation', fn: 'cos' }],
            [{ type: 'scale', factor: 2 }, dense(2)],
          ],
        },
        { type: 'branches', branches: [[dense(2)], [dense(2), { type: 'activation', fn: 'tanh' }]] },
      ],
    },
    dtype: 'f64',
    again: true,
  },
  waves: {
    spec: {
      input: 3,
      layers: [
        { type: 'fourierFeatures', frequencies: { count: 4, scale: 0.5 } },
        dense(6),
        { type: 'activation', fn: 'sin', omega: 3 },
        dense(6),
        { type: 'activation', fn: 'gaussian', a: 0.4 },
        dense(2),
        { type: 'activation', fn: 'sigmoid' },
      ],
    },
    dtype: 'f64',
    again: false,
  },
  images: {
    spec: {
      input: [2, 8, 9],
      layers: [
        { type: 'conv2d', filters: 3, kernel: 3, padding: 'same', stride: 2 },
        { type: 'activation', fn: 'relu' },
        { type: 'conv2d', filters: 4, kernel: [3, 2], padding: [1, 0] },
        { type: 'batchNorm' },
        { type: 'avgPool2d', size: 2 },
        { type: 'flatten' },
        dense(2),
      ],
    },
    dtype: 'f32',
    again: true,
  },
  sequences: {
    spec: {
      input: [4, 3],
      layers: [dense(5), { type: 'layerNorm' }, { type: 'activation', fn: 'cos' }, { type: 'flatten' }, dense(2)],
    },
    dtype: 'f32',
    again: true,
  },
};

/** Inputs of a network and what it gives for them, its model saved. */
async function saved(name: string) {
  const { spec, dtype } = written[name]!;
  const model = createModel(spec, { seed: 5, dtype });
  const shape = [4, ...[spec.input].flat()];
  const x = {
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i)),
    shape,
  };
  const path = join(folder, `${name}.onnx`);
  model.save(path);
  return { path, x, y: await model.predict(x), dtype };
}

describe('writing', () => {
  it.each(Object.entries(written).filter(([, { again }]) => again))('%s is read again', async (name) => {
    const { path, x, y, dtype } = await saved(name);
    const model = loadOnnx(path);
    expect(model.dtype).toBe(dtype);
    const tolerance = dtype === 'f32' ? 1e-5 : 1e-10;
    expect(relative(await model.predict(x), { shape: y.shape, data: Array.from(y.data) })).toBeLessThan(tolerance);
  });

  it('refuses by name what ONNX is not written of', () => {
    const model = createModel({ input: [4, 4], layers: [{ type: 'attention', heads: 2 }] }, { seed: 0 });
    expect(() => model.save(join(folder, 'a.onnx'))).toThrow(
      /layers\.0: a layer of type attention is not written to ONNX/,
    );
  });

  const python = process.env.FPRINCIPLE_TEST_PYTHON ?? process.env.FPRINCIPLE_PYTHON ?? 'python3';
  const runtime = spawnSync(python, ['-c', 'import onnx, onnxruntime']).status === 0;
  it.skipIf(!runtime)('onnxruntime gives the same', { timeout: 120_000 }, async () => {
    const cases = await Promise.all(Object.keys(written).map(async (name) => ({ name, ...(await saved(name)) })));
    const script = `
import json, sys, numpy as np, onnx, onnxruntime
for case in json.load(sys.stdin):
    onnx.checker.check_model(case["path"], full_check=True)
    x = np.array(case["x"], dtype=case["dtype"]).reshape(case["shape"])
    print(json.dumps(onnxruntime.InferenceSession(case["path"]).run(None, {"input": x})[0].flatten().tolist()))
`;
    const input = cases.map(({ path, x, dtype }) => ({
      path,
      x: Array.from(x.data),
      shape: x.shape,
      dtype: dtype === 'f32' ? 'float32' : 'float64',
    }));
    const ran = spawnSync(python, ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' });
    expect(ran.status, ran.stderr).toBe(0);
    for (const [i, line] of ran.stdout.trim().split('\n').entries()) {
      const { name, y, dtype } = cases[i]!;
      const got = { data: Float64Array.from(JSON.parse(line) as number[]), shape: y.shape };
      const tolerance = dtype === 'f32' ? 1e-5 : 1e-10;
      expect(relative(got, { shape: y.shape, data: Array.from(y.data) }), name).toBeLessThan(tolerance);
    }
  });
});
