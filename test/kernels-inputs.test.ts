/**
 * Kernels at the edges of their input: each is the right answer or a clear error.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  analyticKernel,
  createModel,
  eigh,
  empiricalNtk,
  FprincipleError,
  gradientFlow,
  kernelRegression,
  leaveOneOut,
  mlp,
  type NdArray,
  type NetworkSpec,
} from '../src/index.js';

const rejection = async (promise: Promise<unknown>): Promise<FprincipleError> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FprincipleError);
  return error as FprincipleError;
};

const dense = { type: 'dense', units: 3, parameterization: 'ntk' } as const;
const infinite = (sigmaB: number): NetworkSpec => ({
  input: 2,
  layers: [
    { ...dense, sigmaB },
    { type: 'activation', fn: 'relu' },
    { ...dense, sigmaB },
  ],
});
const spec = mlp({ input: 2, hidden: [8, 8], output: 2, activation: 'relu' });
const model = createModel(spec, { seed: 1, dtype: 'f64' });
const convolution = createModel(
  {
    input: [1, 3, 3],
    layers: [{ type: 'conv2d', filters: 2, kernel: 2 }, { type: 'flatten' }, { type: 'dense', units: 1 }],
  },
  { seed: 1, dtype: 'f64' },
);

/** Every way to a kernel, on points of two dimensions. */
const ways: [string, (x: number[][], x2?: number[][]) => Promise<NdArray>][] = [
  ['analytic', (x, x2) => analyticKernel(infinite(0.1), x, x2, { kernel: 'ntk' })],
  ['by layers', (x, x2) => empiricalNtk(model, x, x2, { method: 'layers' })],
  ['by Jacobians', (x, x2) => empiricalNtk(model, x, x2, { method: 'jacobian' })],
];

describe.each(ways)('points at the edge, %s', (_, kernel) => {
  it('refuses numbers that are not finite, naming the place', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = await rejection(
        kernel([
          [0, 1],
          [bad, 1],
        ]),
      );
      expect(error.code).toBe('NON_FINITE');
      expect(error.message).toMatch(/x1.*\[1, 0\]/);
      expect((await rejection(kernel([[0, 1]], [[bad, 1]]))).message).toMatch(/x2/);
    }
  });

  it('refuses no points and points of another size', async () => {
    expect((await rejection(kernel([]))).code).toBe('INVALID_SHAPE');
    const error = await rejection(kernel([[1, 2, 3]]));
    expect(error.code).toBe('INVALID_SHAPE');
    expect(error.message).toMatch(/x1.*2.*3/);
    expect((await rejection(kernel([[1, 2]], [[1]]))).message).toMatch(/x2/);
  });

  it('takes one point', async () => {
    const k = await kernel([[0.3, -0.4]]);
    expect(k.shape).toEqual([1, 1]);
    expect(k.data[0]).toBeGreaterThan(0);
    expect((await eigh(k)).vectors.data[0]).toBe(1);
  });

  it('takes zero vectors', async () => {
    const k = await kernel([
      [0, 0],
      [0.3, -0.4],
      [0, 0],
    ]);
    expect(k.data.every(Number.isFinite)).toBe(true);
    expect(k.data[0]).toBe(k.data[2]);
  });

  it('gives duplicates equal rows, and the singular kernel is used as the pseudo-inverse', async () => {
    const x = [
      [0.3, -0.4],
      [0.8, 0.1],
      [0.3, -0.4],
    ];
    const k = await kernel(x);
    for (let j = 0; j < 3; j++) expect(k.data[j]).toBeCloseTo(k.data[6 + j]!, 12);
    const { values } = await eigh(k);
    expect(Math.abs(values.data[0]!)).toBeLessThan(1e-12 * values.data[2]!);
    // Contradicting targets: their mean, the limit of a vanishing ridge.
    const fitted = await kernelRegression({ kernel: k, y: [1, 5, 2] });
    expect([...fitted.data].map((v) => Number(v.toFixed(9)))).toEqual([1.5, 5, 1.5]);
    const end = await (await gradientFlow({ kernel: k, y: [1, 5, 2] })).at(Number.POSITIVE_INFINITY);
    expect(end.data[0]).toBeCloseTo(1.5, 9);
    expect((await rejection(leaveOneOut({ kernel: k, y: [1, 5, 2] }))).message).toMatch(/ridge/);
  });
});

describe('zero vectors without bias', () => {
  it('have the kernel 0, and so no effect on regression', async () => {
    const x = [
      [0, 0],
      [0.3, -0.4],
    ];
    const k = await analyticKernel(infinite(0), x, { kernel: 'ntk' });
    expect([...k.data.slice(0, 3)]).toEqual([0, 0, 0]);
    const fitted = await kernelRegression({ kernel: k, y: [7, 2] });
    expect(fitted.data[0]).toBe(0);
    expect(fitted.data[1]).toBeCloseTo(2, 12);
  });
});

describe('models that do not match', () => {
  it('are refused by name', async () => {
    expect((await rejection(empiricalNtk(convolution, [[1, 2]]))).message).toMatch(/9 numbers.*got 2/);
    expect(
      (await rejection(empiricalNtk(convolution, [Array(9).fill(1)], undefined, { method: 'layers' }))).message,
    ).toMatch(/layers\.0/);
    const parameters = model.parameters();
    const short = { ...parameters, 'layers.0.weight': { data: new Float64Array(3), shape: [3] } };
    expect((await rejection(empiricalNtk({ spec, parameters: () => short }, [[1, 2]]))).code).toBe('INVALID_SHAPE');
    const broken = { ...parameters, 'layers.0.bias': { data: new Float64Array(8).fill(Number.NaN), shape: [8] } };
    expect((await rejection(empiricalNtk({ spec, parameters: () => broken }, [[1, 2]]))).code).toBe('NON_FINITE');
    const huge = { ...parameters, 'layers.4.weight': { data: new Float64Array(16).fill(1e200), shape: [2, 8] } };
    expect((await rejection(empiricalNtk({ spec, parameters: () => huge }, [[1, 2]]))).message).toMatch(/overflow/);
    expect((await rejection(empiricalNtk(model, [[1, 2]], undefined, { layers: [1] }))).message).toMatch(/layers\.1/);
  });
});

describe('limits and files', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fprinciple-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const points = (n: number) => Array.from({ length: n }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
  const read = (path: string) => {
    const bytes = readFileSync(path);
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
  };

  it('too small for the kernel: refused, with the way out; too small for one strip: refused', async () => {
    const x = points(400);
    for (const method of ['layers', 'jacobian'] as const) {
      const over = await rejection(empiricalNtk(model, x, undefined, { method, memoryLimit: 1_000_000 }));
      expect(over.code).toBe('OVER_MEMORY_LIMIT');
      expect(over.message).toMatch(/out/);
      const out = join(folder, `small-${method}.npy`);
      const strip = await rejection(empiricalNtk(model, x, undefined, { method, memoryLimit: 1000, out }));
      expect(strip.code).toBe('OVER_MEMORY_LIMIT');
      expect(strip.message).toMatch(/even streamed/);
    }
    const analytic = await rejection(analyticKernel(infinite(0), x, undefined, { kernel: 'ntk', memoryLimit: 1000 }));
    expect(analytic.code).toBe('OVER_MEMORY_LIMIT');
  });

  it.each(['layers', 'jacobian'] as const)('interrupted and resumed, %s: the same file', async (method) => {
    // By Jacobians a strip has 256 rows.
    const [x, n] = [points(600), 600];
    const out = join(folder, `${method}.npy`);
    const controller = new AbortController();
    const options = { method, outputs: 'trace', threads: 1 } as const;
    const stopped = empiricalNtk(model, x, undefined, {
      ...options,
      out,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const error = await stopped.then(
      () => undefined,
      (e: FprincipleError) => e,
    );
    const whole = await empiricalNtk(model, x, undefined, options);
    if (error) {
      // How far it came depends on when the abort arrived; some rows, counted from the last one, are there.
      expect(error.code).toBe('ABORTED');
      const rows = Number(readFileSync(`${out}.partial`, 'utf8').trim().split(' ')[1]);
      expect(rows).toBeGreaterThan(0);
      expect(rows).toBeLessThan(n);
      // What is not done yet is not looked at, what is done has to be what it was: a mark in it is noticed.
      const bytes = readFileSync(out);
      bytes.writeDoubleLE(-123, 128 + 8 * (n * n - 1));
      writeFileSync(out, bytes);
    }
    expect(await empiricalNtk(model, x, undefined, { ...options, out })).toEqual({ path: out, shape: [n, n] });
    expect(read(out)).toEqual(whole.data);
    expect(() => readFileSync(`${out}.partial`)).toThrow();
  });

  it('never mixes two networks, and notices a file that was cut short', async () => {
    const x = points(600);
    const out = join(folder, 'mixed.npy');
    const [relu, tanh] = (['relu', 'tanh'] as const).map((activation) =>
      createModel(mlp({ input: 2, hidden: [8], output: 1, activation }), { seed: 1, dtype: 'f64' }),
    );
    if (!relu || !tanh) throw new Error('two models');
    tanh.setParameters(relu.parameters());
    const aborted = async (kernel: typeof relu) => {
      const controller = new AbortController();
      const options = { out, threads: 1, method: 'jacobian', signal: controller.signal } as const;
      const work = empiricalNtk(kernel, x, undefined, { ...options, onProgress: () => controller.abort() });
      await work.catch((error: FprincipleError) => expect(error.code).toBe('ABORTED'));
    };
    const whole = await empiricalNtk(tanh, x, undefined, { method: 'jacobian' });
    await aborted(relu);
    await empiricalNtk(tanh, x, undefined, { out, method: 'jacobian' });
    expect(read(out)).toEqual(whole.data);
    await aborted(tanh);
    writeFileSync(out, readFileSync(out).subarray(0, 5000));
    await empiricalNtk(tanh, x, undefined, { out, method: 'jacobian' });
    expect(read(out)).toEqual(whole.data);
  });

  it('starts anew when the note beside the file is of another work', async () => {
    const x = points(100);
    const out = join(folder, 'anew.npy');
    await empiricalNtk(model, x, undefined, { out });
    const whole = readFileSync(out);
    writeFileSync(out, Buffer.alloc(whole.length));
    writeFileSync(`${out}.partial`, `${'0'.repeat(16)} 52\n`);
    await empiricalNtk(model, x, undefined, { out });
    expect(readFileSync(out)).toEqual(whole);
  });

  it('a folder that is not there is an error of the file system', async () => {
    const out = join(folder, 'nowhere', 'k.npy');
    expect((await rejection(empiricalNtk(model, [[1, 2]], undefined, { out }))).code).toBe('IO');
  });
});
