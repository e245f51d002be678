import { describe, expect, it } from 'vitest';
import {
  amplitudeSpectrum,
  circulant,
  convolve,
  convSingularValues,
  createModel,
  eigh,
  empiricalNtk,
  fft,
  gaussianFilter,
  ifft,
  type LayerSpec,
  mlp,
  type NdArray,
  nudft,
  singularValues,
} from '../src/index.js';

// docs/conventions.md, row by row: what the page says is what the functions do.

const list = ({ data }: NdArray): number[] => Array.from(data);
/** A network that is the function x -> w x + b, to ask losses and layers with. */
const line = (w: number, b: number) => {
  const model = createModel({ input: 1, layers: [{ type: 'dense', units: 1 }] }, { seed: 1, dtype: 'f64' });
  model.setParameters({
    'layers.0.weight': { data: Float64Array.of(w), shape: [1, 1] },
    'layers.0.bias': { data: Float64Array.of(b), shape: [1] },
  });
  return model;
};
const sgd = (learningRate: number) => ({ type: 'sgd', learningRate }) as const;

describe('conventions', () => {
  it('DFT: unscaled forward, 1/N backward', () => {
    expect(list({ data: fft([1, 1, 1, 1]).re, shape: [4] })).toEqual([4, 0, 0, 0]);
    expect(list({ data: ifft(fft([1, 2, 3, 4])).re, shape: [4] })).toEqual([1, 2, 3, 4]);
  });

  it('NUDFT: 1/n, cycles per unit; angular drops the 2 pi', () => {
    const x = Array.from({ length: 32 }, (_, j) => -Math.PI + (2 * Math.PI * j) / 32);
    const y = x.map((v) => Math.sin(3 * v));
    // sin 3x = (e^{3ix} - e^{-3ix}) / 2i: its coefficient at 3 is -i/2.
    expect(nudft(x, y, [3 / (2 * Math.PI)]).im[0]).toBeCloseTo(-0.5, 10);
    expect(nudft(x, y, [3], { angular: true }).im[0]).toBeCloseTo(-0.5, 10);
    expect(nudft(x, y, [3], { angular: true, normalize: false }).im[0]).toBeCloseTo(-16, 8);
  });

  it('the relative error is of complex values: a shifted output is not learnt', async () => {
    const n = 32;
    const x = Array.from({ length: n }, (_, j) => [(2 * Math.PI * j) / n]);
    const spec = (compare: 'complex' | 'magnitude') =>
      ({
        type: 'spectrum',
        points: x,
        target: x.map(([v]) => [Math.cos(v!)]),
        frequencies: [1 / (2 * Math.PI)],
        compare,
      }) as const;
    const sine: LayerSpec[] = [
      { type: 'dense', units: 1 },
      { type: 'activation', fn: 'sin' },
    ];
    const model = createModel({ input: 1, layers: sine }, { seed: 1, dtype: 'f64' });
    model.setParameters({
      'layers.0.weight': { data: Float64Array.of(1), shape: [1, 1] },
      'layers.0.bias': { data: Float64Array.of(0), shape: [1] },
    });
    const { probes } = await model.train({
      x,
      y: x,
      loss: 'mse',
      optimizer: sgd(0),
      steps: 1,
      probes: { complex: spec('complex'), magnitude: spec('magnitude') },
    });
    // The network is sin x, the target cos x: as large, a quarter of a period late.
    expect(probes.complex.relativeError.data[0]).toBeCloseTo(Math.SQRT2, 6);
    expect(probes.magnitude.relativeError.data[0]).toBeCloseTo(0, 6);
  });

  it('Gaussian filter: delta is a variance', async () => {
    const { low } = await gaussianFilter([[0], [1]], [[1], [0]], { deltas: [0.5] });
    const g = Math.exp(-1 / (2 * 0.5));
    expect(low.data[0]).toBeCloseTo(1 / (1 + g), 12);
  });

  it('mse without the 1/2, over samples and outputs; gradient descent on it shrinks a residual by 1 - 2 eta lambda / N', async () => {
    const model = line(0, 0);
    const x = [[1], [2]];
    const y = [[3], [-1]];
    const k = await empiricalNtk(model, x);
    const { values, vectors } = await eigh(k);
    const along = (r: number[], j: number) => r[0]! * vectors.data[j]! + r[1]! * vectors.data[2 + j]!;
    const eta = 0.05;
    const history = await model.train({ x, y, loss: 'mse', optimizer: sgd(eta), steps: 1 });
    expect(history.loss[0]).toBeCloseTo((9 + 1) / 2, 12);
    const after = await model.predict(x);
    for (const j of [0, 1]) {
      const before = along([-3, 1], j);
      const left = along([after.data[0]! - 3, after.data[1]! + 1], j);
      expect(left / before).toBeCloseTo(1 - (2 * eta * values.data[j]!) / 2, 10);
    }
  });

  it('cross-entropy takes logits', async () => {
    const model = createModel(
      { input: 1, layers: [{ type: 'dense', units: 2, init: 'zeros' }] },
      { seed: 1, dtype: 'f64' },
    );
    const spec = { x: [[1]], loss: 'crossEntropy', optimizer: sgd(0), steps: 1 } as const;
    model.setParameters({ 'layers.0.bias': { data: Float64Array.of(2, 0), shape: [2] } });
    const wanted = Math.log(1 + Math.exp(-2));
    expect((await model.train({ ...spec, y: [0] })).loss[0]).toBeCloseTo(wanted, 12);
    expect((await model.train({ ...spec, y: [[1, 0]] })).loss[0]).toBeCloseTo(wanted, 12);
  });

  it('ntk parameterisation: sigmaW / sqrt(fan_in), weights of variance one', () => {
    const spec = mlp({ input: 400, hidden: [], output: 50, activation: 'relu', parameterization: 'ntk', sigmaW: 3 });
    const weights = list(createModel(spec, { seed: 1 }).parameters()['layers.0.weight']!);
    expect(weights.reduce((s, w) => s + w * w, 0) / weights.length).toBeCloseTo(1, 1);
  });

  it("ReLU's derivative at zero is zero", async () => {
    const layers: LayerSpec[] = [
      { type: 'dense', units: 1 },
      { type: 'activation', fn: 'relu' },
    ];
    const model = createModel({ input: 1, layers }, { seed: 1, dtype: 'f64' });
    model.setParameters({
      'layers.0.weight': { data: Float64Array.of(1), shape: [1, 1] },
      'layers.0.bias': { data: Float64Array.of(0), shape: [1] },
    });
    expect((await model.inputDerivatives([[0]])).gradient.data[0]).toBe(0);
  });

  it('convolve flips the kernel, a convolution layer does not', async () => {
    const kernel = [1, 2, 3];
    expect(list(convolve([0, 0, 1, 0, 0], kernel, { mode: 'same' }))).toEqual([0, 1, 2, 3, 0]);
    const layer: LayerSpec = { type: 'conv2d', filters: 1, kernel: [1, 3], padding: [0, 1], bias: false };
    const model = createModel({ input: [1, 1, 5], layers: [layer] }, { seed: 1, dtype: 'f64' });
    model.setParameters({ 'layers.0.weight': { data: Float64Array.from(kernel), shape: [1, 1, 1, 3] } });
    expect(list(await model.predict([[[[0, 0, 1, 0, 0]]]]))).toEqual([0, 3, 2, 1, 0]);
  });

  it('the exact norm of a convolution is not that of its reshaped kernel', async () => {
    const box = { data: new Float64Array(9).fill(1), shape: [1, 1, 3, 3] };
    const { spectralNorm, reshapedNorm } = await convSingularValues(box, [8, 8]);
    expect(spectralNorm).toBeCloseTo(9, 10);
    expect(reshapedNorm).toBeCloseTo(3, 10);
    expect(singularValues({ data: box.data, shape: [1, 9] }).values.data[0]).toBeCloseTo(3, 10);
  });

  it('circulant from the first column', () => {
    expect(list(circulant([1, 2, 3]))).toEqual([1, 3, 2, 2, 1, 3, 3, 2, 1]);
  });

  it('a windowed tone shows its own amplitude', () => {
    const tone = Array.from({ length: 64 }, (_, n) => 0.7 * Math.cos((2 * Math.PI * 8 * n) / 64));
    const { amplitude } = amplitudeSpectrum(tone, { sampleRate: 64, window: 'hann' });
    expect(amplitude.data[8]).toBeCloseTo(0.7, 10);
  });
});
