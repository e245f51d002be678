import { describe, expect, it } from 'vitest';
import {
  analyticKernel,
  centredAlignment,
  compareWithNtk,
  createModel,
  eigh,
  empiricalNtk,
  empiricalNtkByLayer,
  fitDecay,
  kernelBandwidth,
  kernelDrift,
  kernelRates,
  labelAlignment,
  labelEnergy,
  learningCurve,
  matchModes,
  measuredRates,
  mlp,
  type NetworkSpec,
  ntkVectorProduct,
  residualNtk,
  sampledNngp,
  spectrumMeasures,
} from '../src/index.js';

const dense = { type: 'dense', units: 1, parameterization: 'ntk' } as const;
const circle = (n: number) =>
  Array.from({ length: n }, (_, i) => [Math.cos((2 * Math.PI * i) / n), Math.sin((2 * Math.PI * i) / n)]);

describe('reading a kernel', () => {
  it('finds the circle: frequencies, closed-form eigenvalues, decay', async () => {
    // Only the hidden layer trained, no bias: K = cos t (pi - |t|) / (2 pi), halved by the mean over 2 coordinates.
    const n = 128;
    const spec: NetworkSpec = { input: 2, layers: [dense, { type: 'activation', fn: 'relu' }, dense] };
    const kernel = await analyticKernel(spec, circle(n), undefined, { kernel: 'ntk', layers: [0] });
    const { values, vectors } = await eigh(kernel);
    const { frequency, share } = await matchModes(vectors, 'circle');
    const top = Array.from({ length: 9 }, (_, r) => n - 1 - r);
    expect(top.map((k) => frequency.data[k])).toEqual([1, 1, 0, 2, 2, 4, 4, 6, 6]);
    for (const k of top) expect(share.data[k]).toBeGreaterThan(1 - 1e-9);
    const c = (k: number) => {
      if (k % 2 === 1) return k === 1 ? 1 / 8 : 0;
      return (k * k + 1) / (Math.PI ** 2 * (k * k - 1) ** 2);
    };
    const folded = (k: number) => {
      let sum = 0;
      for (let m = -200_000; m <= 200_000; m++) sum += c(Math.abs(k + m * n));
      return (n * sum) / 2;
    };
    expect(values.data[n - 1]! / folded(1)).toBeCloseTo(1, 6);
    expect(values.data[n - 3]! / folded(0)).toBeCloseTo(1, 6);
    expect(values.data[n - 4]! / folded(2)).toBeCloseTo(1, 6);
    const even = Array.from({ length: 10 }, (_, r) => 2 * (r + 1));
    const fit = fitDecay(Float64Array.from(even), Float64Array.from(even, folded), 'power');
    expect(fit.exponent).toBeGreaterThan(1.9);
    expect(fit.exponent).toBeLessThan(2.3);
    const rates = kernelRates(
      kernel,
      Float64Array.from({ length: n }, (_, i) => i / n),
      Float64Array.from([1, 2, 3]),
    );
    expect(rates.data[0]).toBeCloseTo((2 * folded(1)) / n, 7);
    expect(Math.abs(rates.data[2]!)).toBeLessThan(1e-10);
  });

  it('measures spectra and pairs of kernels', () => {
    const measures = spectrumMeasures([1, 1, 0], 1);
    expect(measures.effectiveRank).toBeCloseTo(2, 12);
    expect(measures.participationRatio).toBeCloseTo(2, 12);
    expect(measures.degreesOfFreedom).toBeCloseTo(1, 12);
    const [k, l] = [
      [
        [2, 0.5],
        [0.5, 1],
      ],
      [
        [4, 1],
        [1, 2],
      ],
    ];
    expect(centredAlignment(k!, l!)).toBeCloseTo(1, 12);
    expect(kernelDrift(k!, l!)).toBeCloseTo(1, 12);
    const outer = [
      [1, -2],
      [-2, 4],
    ];
    expect(labelAlignment(outer, [1, -2])).toBeCloseTo(1, 12);
    expect([
      ...labelEnergy(
        [
          [1, 0],
          [0, 1],
        ],
        [3, 4],
      ).data,
    ]).toEqual([0.64, 1]);
    expect(kernelBandwidth([0, 1, 2], [0.5, 0.45, 0.05])).toBe(1);
    const errors = Array.from({ length: 20 }, (_, t) => [Math.exp(-0.3 * t)]);
    const times = Float64Array.from({ length: 20 }, (_, t) => t);
    expect(measuredRates(times, errors).data[0]).toBeCloseTo(0.3, 10);
  });

  it('predicts a learning curve that falls with samples', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i + 1) ** -2);
    const { testError, learnability } = learningCurve(values, values, { samples: [5, 20, 80] });
    expect(testError.data[0]! > testError.data[1]! && testError.data[1]! > testError.data[2]!).toBe(true);
    expect(learnability.shape).toEqual([3, 100]);
    // Ridge 0: learnabilities sum to the number of samples.
    expect(Array.from(learnability.data.slice(0, 100)).reduce((a, b) => a + b)).toBeCloseTo(5, 9);
  });
});

describe('tangent kernels of models', () => {
  const spec = mlp({ input: 2, hidden: [6, 5], output: 2, activation: 'tanh' });
  const x = [
    [0.1, 0.4],
    [-0.3, 0.8],
    [0.9, -0.5],
  ];

  it('is the same by layers, by Jacobians and by products', async () => {
    const model = createModel(spec, { seed: 1, dtype: 'f64' });
    const [a, b] = await Promise.all(
      (['layers', 'jacobian'] as const).map((method) => empiricalNtk(model, x, undefined, { outputs: 'full', method })),
    );
    for (const [i, v] of a!.data.entries()) expect(v).toBeCloseTo(b!.data[i]!, 11);
    const v = [
      [1, 0],
      [0, 2],
      [-1, 1],
    ];
    const product = await ntkVectorProduct(model, x, v);
    for (let i = 0; i < 3; i++) {
      for (let o = 0; o < 2; o++) {
        let want = 0;
        for (let j = 0; j < 3; j++)
          for (let p = 0; p < 2; p++) want += a!.data[((i * 3 + j) * 2 + o) * 2 + p]! * v[j]![p]!;
        expect(product.data[i * 2 + o]).toBeCloseTo(want, 11);
      }
    }
  });

  it('takes convolutional and normalised networks by Jacobians', async () => {
    const model = createModel(
      {
        input: [1, 4, 4],
        layers: [
          { type: 'conv2d', filters: 2, kernel: 3, padding: 'same' },
          { type: 'activation', fn: 'relu' },
          { type: 'avgPool2d', size: 2 },
          { type: 'flatten' },
          { type: 'layerNorm' },
          { type: 'dense', units: 2 },
        ],
      },
      { seed: 2, dtype: 'f64' },
    );
    const data = Float64Array.from({ length: 48 }, (_, i) => Math.sin(i * i));
    const kernel = await empiricalNtk(model, { data, shape: [3, 1, 4, 4] });
    const { values } = await eigh(kernel);
    expect(values.data[0]).toBeGreaterThan(-1e-10);
    await expect(empiricalNtk(model, { data, shape: [3, 1, 4, 4] }, undefined, { method: 'layers' })).rejects.toThrow(
      /layers\.0/,
    );
  });

  it('is the sum of its layers', async () => {
    const model = createModel(spec, { seed: 6, dtype: 'f64' });
    const [whole, parts] = await Promise.all([empiricalNtk(model, x), empiricalNtkByLayer(model, x)]);
    expect(Object.keys(parts)).toEqual(['layers.0', 'layers.2', 'layers.4']);
    for (const [i, v] of whole.data.entries()) {
      expect(Object.values(parts).reduce((sum, part) => sum + part.data[i]!, 0)).toBeCloseTo(v, 12);
    }
    // Without an active unit there is no kernel, and none that drifts.
    const dead = createModel(
      {
        input: 1,
        layers: [
          { type: 'dense', units: 2, biasInit: { type: 'constant', value: -100 } },
          { type: 'activation', fn: 'relu' },
          { type: 'dense', units: 1, bias: false },
        ],
      },
      { seed: 1 },
    );
    const still = await compareWithNtk(dead, { x: [0, 1, 2], y: [1, 2, 3] }, { learningRate: 0.1, steps: 1 });
    expect(still.drift).toBe(0);
    // Options stand in the third place only.
    await expect(empiricalNtkByLayer(model, x, {} as never)).rejects.toThrow(/^x2/);
  });

  it('carries a Laplacian exactly: u = sum c sin(w x) has known derivatives', async () => {
    const [w, c] = [[1, 1.4, -0.6] as const, [0.7, -0.3, 1.1] as const];
    const sines: NetworkSpec = {
      input: 1,
      layers: [
        { type: 'dense', units: 3, bias: false },
        { type: 'activation', fn: 'sin' },
        { type: 'dense', units: 1, bias: false },
      ],
    };
    const parameters = () => ({
      'layers.0.weight': { data: Float64Array.from(w), shape: [3, 1] },
      'layers.2.weight': { data: Float64Array.from(c), shape: [1, 3] },
    });
    const points = [-0.4, 0.3, 0.9];
    const { rr } = await residualNtk({ spec: sines, parameters }, { x: points, collocation: points, equation: 'u_xx' });
    const row = (t: number) =>
      w.flatMap((w, k) => [c[k]! * (-2 * w * Math.sin(w * t) - w * w * t * Math.cos(w * t)), -w * w * Math.sin(w * t)]);
    for (const [i, s] of points.entries()) {
      for (const [j, t] of points.entries()) {
        const want = row(s).reduce((sum, v, e) => sum + v * row(t)[e]!, 0);
        expect(rr.data[3 * i + j]).toBeCloseTo(want, 12);
      }
    }
  });

  it('gives the blocks of a residual loss: r = 2 u has the kernel 4 K', async () => {
    const model = createModel(spec, { seed: 3, dtype: 'f64' });
    const formulas = { outputs: ['u', 'v'], equations: ['2 * u', '2 * v'] };
    const { uu, ur, rr } = await residualNtk(model, { x, collocation: x, ...formulas });
    for (const [i, v] of uu.data.entries()) {
      expect(ur.data[i]).toBeCloseTo(2 * v, 11);
      expect(rr.data[i]).toBeCloseTo(4 * v, 11);
    }
  });

  it('samples what the analytic NNGP is', async () => {
    const wide = mlp({ input: 2, hidden: [64], output: 4, activation: 'erf', parameterization: 'ntk', sigmaW: 1.3 });
    const want = await analyticKernel(wide, x, undefined, { kernel: 'nngp' });
    const { mean, standardError } = await sampledNngp(wide, x, { draws: 400, seed: 1 });
    for (const [i, v] of want.data.entries()) {
      expect(Math.abs(mean.data[i]! - v)).toBeLessThan(5 * standardError.data[i]!);
    }
  });
});

describe('compareWithNtk', () => {
  it('predicts the training of a wide network, eigenvector by eigenvector', async () => {
    const wide = mlp({
      input: 1,
      hidden: [1024],
      output: 1,
      activation: 'erf',
      parameterization: 'ntk',
      sigmaW: 1.5,
      sigmaB: 0.5,
    });
    const model = createModel(wide, { seed: 4, dtype: 'f64' });
    const x = Float64Array.from({ length: 12 }, (_, i) => -1 + (2 * i) / 11);
    const y = Float64Array.from(x, (v) => Math.sin(3 * v));
    const result = await compareWithNtk(model, { x, y }, { learningRate: 0.2, steps: 60, records: 6 });
    expect(result.stopReason).toBe('completed');
    expect(result.steps).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(result.distance[0]).toBeLessThan(1e-12);
    expect(result.distance[6]).toBeLessThan(0.05);
    expect(result.drift).toBeLessThan(0.1);
    const [last, lead] = [6 * 12, 11];
    expect(Math.abs(result.measured.data[last + lead]! - result.predicted.data[last + lead]!)).toBeLessThan(0.05);
    expect(result.byFrequency).toBeUndefined();
    expect(result.driftByLayer).toBeUndefined();
  });

  it('predicts it frequency by frequency, and says which layer moved', async () => {
    const spec = mlp({
      input: 1,
      hidden: [512],
      output: 2,
      activation: 'tanh',
      parameterization: 'ntk',
      sigmaW: 1.5,
      sigmaB: 0.5,
    });
    const model = createModel(spec, { seed: 5, dtype: 'f64' });
    const x = Float64Array.from({ length: 16 }, (_, i) => i / 16);
    const y = Array.from(x, (v) => [Math.sin(2 * Math.PI * v), Math.cos(4 * Math.PI * v)]);
    const start = (await model.predict({ data: x, shape: [16, 1] })).data;
    const { byFrequency, driftByLayer, drift } = await compareWithNtk(
      model,
      { x, y, frequencies: [1, 2] },
      { learningRate: 0.3, steps: 40, records: 4, byLayer: true },
    );
    expect(byFrequency!.predicted.shape).toEqual([5, 2]);
    // sin 2 pi x has the coefficient -i/2 at frequency 1 and none at 2, cos 4 pi x 1/2 at 2.
    for (const amplitude of byFrequency!.target.data) expect(amplitude).toBeCloseTo(0.5, 12);
    // At the start, the sum written out.
    let [re, im] = [0, 0];
    const squares = [0, 1].map((o) => {
      [re, im] = [0, 0];
      for (const [i, v] of x.entries()) {
        re += (start[2 * i + o]! - y[i]![o]!) * Math.cos(2 * Math.PI * v);
        im += (start[2 * i + o]! - y[i]![o]!) * Math.sin(2 * Math.PI * v);
      }
      return (re / 16) ** 2 + (im / 16) ** 2;
    });
    expect(byFrequency!.measured.data[0]).toBeCloseTo(Math.sqrt(squares[0]! + squares[1]!), 12);
    for (const [i, v] of byFrequency!.predicted.data.entries()) {
      expect(Math.abs(byFrequency!.measured.data[i]! - v)).toBeLessThan(0.03);
    }
    expect(Object.keys(driftByLayer!)).toEqual(['layers.0', 'layers.2']);
    for (const part of Object.values(driftByLayer!)) expect(part).toBeGreaterThan(0);
    expect(drift).toBeLessThan(0.1);
  });

  it('names what does not fit', async () => {
    const model = createModel(mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' }), { seed: 1, dtype: 'f64' });
    const training = { learningRate: 0.1, steps: 2 };
    await expect(compareWithNtk(model, { x: [1, 2], y: [1] }, training)).rejects.toMatchObject({
      code: 'INVALID_SHAPE',
    });
    const data = { x: [1, 2], y: [1, 2], frequencies: [[1, 2]] };
    await expect(compareWithNtk(model, data, training)).rejects.toThrow(/frequencies/);
  });
});

describe('compareWithNtk of an f32 model', () => {
  it('of a smooth network, whose smallest eigenvalues are below the rounding of f32', async () => {
    const x = Array.from({ length: 32 }, (_, i) => i / 32);
    const y = x.map((v) => Math.sin(2 * Math.PI * v));
    const ntk = { parameterization: 'ntk', sigmaW: 4, sigmaB: 1 } as const;
    // So wide that the kernel stays: at 512 units the training is off by up to 7 %, in f64 as well.
    const model = createModel(mlp({ input: 1, hidden: [2048], output: 1, activation: 'tanh', ...ntk }), { seed: 1 });
    const found = await compareWithNtk(
      model,
      { x, y, frequencies: [1] },
      { learningRate: 0.01, steps: 100, records: 1 },
    );
    const { predicted, measured } = found.byFrequency!;
    expect(Math.abs(measured.data[1]! / predicted.data[1]! - 1)).toBeLessThan(0.02);
  });
});
