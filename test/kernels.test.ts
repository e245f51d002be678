import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analyticKernel,
  analyticKernelError,
  createModel,
  crossEntropyFlow,
  eigh,
  empiricalNtk,
  type FourierFeaturesLayer,
  FprincipleError,
  gaussianProcess,
  gradientFlow,
  kernelRegression,
  leaveOneOut,
  type NdArray,
  type NetworkSpec,
  nadarayaWatson,
  type PlainActivation,
} from '../src/index.js';

interface Reference {
  shape: number[];
  data: number[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'));
const array = ({ shape, data }: Reference): NdArray => ({ shape, data: Float64Array.from(data) });

function largestError(got: NdArray, want: Reference): number {
  expect(got.shape).toEqual(want.shape);
  const size = Math.max(...want.data.map(Math.abs));
  return Math.max(...want.data.map((v, i) => Math.abs(got.data[i]! - v))) / size;
}

const rejection = async (promise: Promise<unknown>): Promise<FprincipleError> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FprincipleError);
  return error as FprincipleError;
};

describe('analyticKernel', () => {
  // Computed by neural-tangents 0.6.5 in f64. Its own arc cosines are exact to 1e-8 where points coincide.
  const { cases } = read('ntk-analytic.json');
  for (const [i, c] of cases.entries()) {
    it(`is neural-tangents', case ${i}`, async () => {
      const [x1, x2] = [array(c.x1), array(c.x2)];
      for (const kernel of ['ntk', 'nngp'] as const) {
        expect(largestError(await analyticKernel(c.spec, x1, undefined, { kernel }), c[`${kernel}11`])).toBeLessThan(
          1e-8,
        );
        expect(largestError(await analyticKernel(c.spec, x1, x2, { kernel }), c[`${kernel}12`])).toBeLessThan(1e-11);
      }
    });
  }

  const dense = { type: 'dense', units: 1, parameterization: 'ntk' } as const;
  const spec: NetworkSpec = { input: 2, layers: [dense, { type: 'activation', fn: 'relu' }, dense] };

  it('keeps f32, and takes plain numbers', async () => {
    const wide = await analyticKernel(spec, [[1, 1]], { kernel: 'ntk' });
    expect([...wide.data]).toEqual([1]);
    const narrow = await analyticKernel(spec, { data: new Float32Array([1, 1]), shape: [1, 2] }, { kernel: 'ntk' });
    expect(narrow.data).toBeInstanceOf(Float32Array);
  });

  it('sums over layers', async () => {
    const x = [
      [0.3, -0.2],
      [0.5, 0.9],
    ];
    const all = await analyticKernel(spec, x, undefined, { kernel: 'ntk' });
    const parts = await Promise.all(
      [0, 2].map((l) => analyticKernel(spec, x, undefined, { kernel: 'ntk', layers: [l] })),
    );
    for (const [i, v] of all.data.entries()) expect(parts[0]!.data[i]! + parts[1]!.data[i]!).toBeCloseTo(v, 14);
  });

  it('states the error of activations without a closed form', async () => {
    const x = [
      [0.3, -0.2],
      [0.5, 0.9],
    ];
    const of = (fn: PlainActivation): NetworkSpec => ({ input: 2, layers: [dense, { type: 'activation', fn }, dense] });
    expect(await analyticKernelError(of('erf'), x)).toBe(0);
    expect(await analyticKernelError(of('tanh'), x)).toBeLessThan(1e-10);
    // The hat's slope jumps: its series ends late.
    const rough = await analyticKernelError(of('hat'), x);
    expect(rough).toBeGreaterThan(1e-6);
    expect(rough).toBeLessThan(0.1);
  });

  it('takes Fourier features that draw with a seed of their own', async () => {
    const frequencies = { count: 4, distribution: 'normal', scale: 0.7, seed: 3 } as const;
    const features = (given: FourierFeaturesLayer['frequencies']): NetworkSpec => ({
      input: 2,
      layers: [{ type: 'fourierFeatures', frequencies: given }, ...spec.layers],
    });
    const x = [
      [0.3, -0.2],
      [0.5, 0.9],
    ];
    const drawn = createModel(features(frequencies), { seed: 8, dtype: 'f64' });
    const { data } = drawn.buffers()['layers.0.frequencies']!;
    const rows = Array.from({ length: 4 }, (_, k) => [data[2 * k]!, data[2 * k + 1]!]);
    const [a, b] = await Promise.all(
      [frequencies, rows].map((given) => analyticKernel(features(given), x, { kernel: 'ntk' })),
    );
    expect(a!.data).toEqual(b!.data);
    const { seed: _, ...unseeded } = frequencies;
    expect((await rejection(analyticKernel(features(unseeded), x, { kernel: 'ntk' }))).message).toMatch(/seed/);
  });

  it('names what is wrong', async () => {
    const standard: NetworkSpec = { input: 2, layers: [{ type: 'dense', units: 1 }] };
    expect((await rejection(analyticKernel(standard, [[1, 1]], { kernel: 'ntk' }))).message).toMatch(/layers\.0/);
    expect((await rejection(analyticKernel(spec, [[1, 1, 1]], { kernel: 'ntk' }))).code).toBe('INVALID_SHAPE');
    expect((await rejection(analyticKernel(spec, [[1, Number.NaN]], { kernel: 'ntk' }))).code).toBe('NON_FINITE');
    expect((await rejection(analyticKernel(spec, [], { kernel: 'ntk' }))).code).toBe('INVALID_SHAPE');
    expect((await rejection(analyticKernel(spec, [[1, 1]], { kernel: 'other' as 'ntk' }))).code).toBe(
      'INVALID_ARGUMENT',
    );
    expect((await rejection(analyticKernel(spec, [[1, 1]], { kernel: 'ntk', layers: [7] }))).code).toBe(
      'INVALID_ARGUMENT',
    );
    const over = analyticKernel(spec, new Float64Array(2000).fill(1), { kernel: 'ntk', memoryLimit: 8 });
    expect((await rejection(over)).code).toBe('INVALID_SHAPE');
    const big = { data: new Float64Array(2000).fill(1), shape: [1000, 2] };
    expect((await rejection(analyticKernel(spec, big, { kernel: 'ntk', memoryLimit: 8 }))).code).toBe(
      'OVER_MEMORY_LIMIT',
    );
    const signal = AbortSignal.abort();
    expect((await rejection(analyticKernel(spec, [[1, 1]], { kernel: 'ntk', signal }))).code).toBe('ABORTED');
  });
});

describe('empiricalNtk', () => {
  // Computed by torch.func in f64.
  const { cases } = read('ntk-empirical.json');
  const models = cases.map((c: { spec: object; parameters: Record<string, Reference> }) => ({
    spec: c.spec,
    parameters: () => Object.fromEntries(Object.entries(c.parameters).map(([name, value]) => [name, array(value)])),
  }));
  for (const [i, c] of cases.entries()) {
    it(`is the product of PyTorch's Jacobians, case ${i}`, async () => {
      const [x1, x2] = [array(c.x1), array(c.x2)];
      expect(largestError(await empiricalNtk(models[i], x1), c.trace11)).toBeLessThan(1e-11);
      expect(largestError(await empiricalNtk(models[i], x1, x2), c.trace12)).toBeLessThan(1e-11);
      expect(largestError(await empiricalNtk(models[i], x1, x2, { outputs: 'full' }), c.full12)).toBeLessThan(1e-11);
    });
  }

  it('streams to a .npy file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fprinciple-'));
    try {
      const out = join(folder, 'k.npy');
      const result = await empiricalNtk(models[1], array(cases[1].x1), undefined, { out });
      expect(result).toEqual({ path: out, shape: [11, 11] });
      const bytes = readFileSync(out);
      expect(bytes.toString('latin1', 1, 6)).toBe('NUMPY');
      const data = new Float64Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
      expect(largestError({ data, shape: [11, 11] }, cases[1].trace11)).toBeLessThan(1e-11);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names what is wrong', async () => {
    const [model] = models;
    expect((await rejection(empiricalNtk(model, [[1, 2]]))).code).toBe('INVALID_SHAPE');
    expect((await rejection(empiricalNtk(model, [[Number.NaN]]))).code).toBe('NON_FINITE');
    expect((await rejection(empiricalNtk(model, []))).code).toBe('INVALID_SHAPE');
    const none = { spec: model.spec, parameters: () => ({}) };
    expect((await rejection(empiricalNtk(none, [[1]]))).message).toMatch(/layers\.0\.weight/);
  });
});

describe('eigh', () => {
  it('puts matrices back together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer(), async (n, seed) => {
        const a = Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (_, j) => Math.sin(seed + i * j + i + j)),
        );
        const { values, vectors } = await eigh(a);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k < n; k++) sum += vectors.data[i * n + k]! * values.data[k]! * vectors.data[j * n + k]!;
            expect(sum).toBeCloseTo(a[i]![j]!, 10);
          }
        }
        expect([...values.data]).toEqual([...values.data].sort((p, q) => p - q));
      }),
      { numRuns: 25 },
    );
  });

  it('names what is wrong', async () => {
    expect((await rejection(eigh([[1, 2]]))).code).toBe('INVALID_SHAPE');
    expect(
      (
        await rejection(
          eigh([
            [1, 2],
            [3, 4],
          ]),
        )
      ).message,
    ).toMatch(/symmetric/);
    expect((await rejection(eigh([[Number.POSITIVE_INFINITY]]))).code).toBe('NON_FINITE');
    expect((await rejection(eigh([]))).code).toBe('INVALID_SHAPE');
  });

  it('rejects at once when aborted', async () => {
    const n = 1200;
    const data = Float64Array.from({ length: n * n }, (_, p) => Math.cos((p % n) - Math.floor(p / n)));
    const controller = new AbortController();
    const start = performance.now();
    const work = rejection(eigh({ data, shape: [n, n] }, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    expect((await work).code).toBe('ABORTED');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('regression and flow', () => {
  const kernel = [
    [2, 1, 0],
    [1, 3, 1],
    [0, 1, 2],
  ];
  const y = [1, -1, 2];
  const crossKernel = [[1, 1, 0.5]];

  it('solves by hand', async () => {
    // (K + I)^-1 y for K + I = [[3,1,0],[1,4,1],[0,1,3]], determinant 30.
    const alpha = [(11 * 1 - 3 * -1 + 1 * 2) / 30, (-3 * 1 + 9 * -1 - 3 * 2) / 30, (1 * 1 - 3 * -1 + 11 * 2) / 30];
    const got = await kernelRegression({ kernel, y, crossKernel, ridge: 1 });
    expect(got.shape).toEqual([1]);
    expect(got.data[0]).toBeCloseTo(alpha[0]! + alpha[1]! + 0.5 * alpha[2]!, 13);
    const fitted = await kernelRegression({ kernel, y });
    for (const [i, v] of y.entries()) expect(fitted.data[i]).toBeCloseTo(v, 12);
  });

  it('relates time to steps', async () => {
    const flow = await gradientFlow({ kernel, y });
    const rate = flow.largestLearningRate() / 1e4;
    const [time, steps] = [await flow.at(rate * 5000), await flow.afterSteps(5000, { learningRate: rate })];
    for (const [i, v] of time.data.entries()) expect(v).toBeCloseTo(steps.data[i]!, 3);
    // One output: residual components shrink by exp(-2 lambda t / n).
    const values = flow.eigenvalues().data;
    const [before, after] = [flow.residualComponents(0).data, flow.residualComponents(0.7).data];
    for (const [k, l] of values.entries()) expect(after[k]! / before[k]!).toBeCloseTo(Math.exp((-2 * l * 0.7) / 3), 12);
    const end = await flow.at(Infinity, { crossKernel });
    const regression = await kernelRegression({ kernel, y, crossKernel });
    expect(end.data[0]).toBeCloseTo(regression.data[0]!, 12);
    expect((await flow.at(0, { crossKernel, initialCross: [0.3] })).data[0]).toBeCloseTo(0.3, 15);
  });

  it('couples outputs with a full kernel', async () => {
    // K x identity: the same as the shared kernel.
    const full = new Float64Array(3 * 3 * 4);
    for (const [i, row] of kernel.entries()) {
      for (const [j, v] of row.entries()) {
        full[(i * 3 + j) * 4] = v;
        full[(i * 3 + j) * 4 + 3] = v;
      }
    }
    const targets = y.map((v) => [v, 2 * v]);
    const coupled = await gradientFlow({ kernel: { data: full, shape: [3, 3, 2, 2] }, y: targets });
    const shared = await gradientFlow({ kernel, y: targets });
    const [a, b] = [await coupled.at(0.4), await shared.at(0.4)];
    expect(a.shape).toEqual([3, 2]);
    for (const [i, v] of a.data.entries()) expect(v).toBeCloseTo(b.data[i]!, 12);
  });

  it('takes an f32 kernel, semidefinite only to its own rounding', async () => {
    // Rank 2 by construction; rounding to f32 makes small eigenvalues of either sign.
    const points = Array.from({ length: 40 }, (_, i) => i / 7);
    const exact = Float64Array.from(points.flatMap((a) => points.map((b) => Math.cos(a - b))));
    const shape = [40, 40];
    const targets = points.map((a) => Math.sin(a));
    const wide = await gradientFlow({ kernel: { data: exact, shape }, y: targets });
    const narrow = await gradientFlow({ kernel: { data: Float32Array.from(exact), shape }, y: targets });
    for (const t of [1, 30, Infinity]) {
      const [a, b] = [(await wide.at(t)).data, (await narrow.at(t)).data];
      for (const [i, v] of a.entries()) expect(b[i]).toBeCloseTo(v, 5);
    }
  });

  it('starts from the initial outputs and ends at the targets', async () => {
    const flow = await gradientFlow({ kernel, y, initial: [0.1, 0.2, 0.3] });
    for (const [i, v] of [0.1, 0.2, 0.3].entries()) expect((await flow.at(0)).data[i]).toBeCloseTo(v, 14);
    const end = await flow.at(Infinity);
    for (const [i, v] of y.entries()) expect(end.data[i]).toBeCloseTo(v, 12);
  });

  it('gives posterior and leave-one-out by definition', async () => {
    const gp = await gaussianProcess({ kernel: [[2]], y: [3], crossKernel: [[0.5]], testKernel: [[1.5]], noise: 0.5 });
    expect(gp.mean.data[0]).toBeCloseTo(0.6, 14);
    expect(gp.covariance.data[0]).toBeCloseTo(1.4, 14);
    const left = await leaveOneOut({ kernel, y, ridge: 0.5 });
    const rest = await kernelRegression({
      kernel: [
        [3, 1],
        [1, 2],
      ],
      y: [-1, 2],
      crossKernel: [[1, 0]],
      ridge: 0.5,
    });
    expect(left.data[0]).toBeCloseTo(rest.data[0]!, 12);
    expect([...(await nadarayaWatson([[1, 0, 1]], y)).data]).toEqual([1.5]);
  });

  it('integrates cross-entropy: two classes and one point are a logistic equation', async () => {
    const { train } = await crossEntropyFlow({ kernel: [[1]], labels: [[1, 0]], times: [0, 1, 3] });
    expect(train.shape).toEqual([3, 1, 2]);
    // d = h_0 - h_1 follows d' = 2 / (1 + e^d): d + e^d = 1 + 2 t from d(0) = 0.
    [0, 1, 3].forEach((t, i) => {
      const d = train.data[2 * i]! - train.data[2 * i + 1]!;
      expect(d + Math.exp(d)).toBeCloseTo(1 + 2 * t, 6);
    });
  });

  it('names what is wrong', async () => {
    expect((await rejection(kernelRegression({ kernel, y: [1, 2] }))).code).toBe('INVALID_SHAPE');
    expect((await rejection(kernelRegression({ kernel, y, ridge: -1 }))).code).toBe('INVALID_ARGUMENT');
    expect((await rejection(kernelRegression({ kernel, y, crossKernel: [[1, 2]] }))).code).toBe('INVALID_SHAPE');
    expect(
      (
        await rejection(
          gradientFlow({
            kernel: [
              [1, 2],
              [0, 1],
            ],
            y: [1, 1],
          }),
        )
      ).message,
    ).toMatch(/symmetric/);
    const flow = await gradientFlow({ kernel, y });
    expect((await rejection(flow.at(-1))).code).toBe('INVALID_ARGUMENT');
    expect((await rejection(flow.at(1, { crossKernel: [[1]] }))).code).toBe('INVALID_SHAPE');
  });
});
