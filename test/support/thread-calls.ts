/**
 * A call of everything that computes, by its name, of a size that is shared out to threads. What a call returns must be the
 * same bits for any number of threads. Names of methods come after the class's, variants after a blank.
 */

import type { NdArray } from '../../src/index.js';
import * as fp from '../../src/index.js';

/** Numbers without a pattern, the same everywhere: a linear congruential generator. */
function noise(...shape: number[]): NdArray {
  const data = new Float64Array(shape.reduce((product, side) => product * side, 1));
  let state = data.length;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state / 2 ** 31 - 1;
  }
  return { data, shape };
}

const complex = (...shape: number[]) => {
  const { data: re } = noise(...shape);
  return { re, im: re.toReversed(), shape };
};

/** `b b^T / m + d I`, positive definite. */
function gram(n: number, m = n, d = 0.1): NdArray {
  const { data } = noise(n, m);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? d : 0;
      for (let k = 0; k < m; k++) sum += ((data[i * m + k] ?? 0) * (data[j * m + k] ?? 0)) / m;
      out[i * n + j] = sum;
    }
  }
  return { data: out, shape: [n, n] };
}

const oneHot = (n: number, classes: number) =>
  Array.from({ length: n }, (_, i) => Array.from({ length: classes }, (_, k) => (i % classes === k ? 1 : 0)));

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const kernel = once(() => gram(300, 40));
const labels = once(() => noise(300, 2));
const values = once(() => noise(300));
const values3000 = once(() => noise(3000));
const line = (n: number) => ({ data: Float64Array.from({ length: n }, (_, i) => i / n), shape: [n] });

const spec = fp.mlp({ input: 2, hidden: [48, 48], output: 2, activation: 'tanh' });
const net = () => fp.createModel(spec, { seed: 1, dtype: 'f64' });
const scalar = () =>
  fp.createModel(fp.mlp({ input: 1, hidden: [40], output: 1, activation: 'tanh', parameterization: 'ntk' }), {
    seed: 2,
  });
const infinite = fp.mlp({ input: 2, hidden: [8, 8], output: 1, activation: 'relu', parameterization: 'ntk' });
const convolutional: fp.NetworkSpec = {
  input: [1, 12, 12],
  layers: [
    { type: 'conv2d', filters: 6, kernel: 3 },
    { type: 'activation', fn: 'relu' },
    { type: 'maxPool2d', size: 2 },
    { type: 'flatten' },
    { type: 'dense', units: 3 },
  ],
};
const points = once(() => noise(300, 2));
const training = (threads?: number) => ({
  x: points(),
  y: labels(),
  loss: 'mse' as const,
  optimizer: { type: 'adam', learningRate: 0.01 } as const,
  steps: 6,
  record: { every: 2 } as const,
  ...(threads !== undefined && { threads }),
});
const probes: Record<string, fp.ProbeSpec> = {
  outputs: { type: 'outputs', points: noise(100, 2) },
  spectrum: { type: 'spectrum', points: noise(300, 2), target: labels(), frequencies: noise(300, 2) },
  filter: { type: 'filter', points: noise(300, 2), target: labels(), deltas: [0.1, 0.5] },
};

/** Trains and gives everything that came of it. */
async function trained(network: fp.NetworkSpec, options: fp.TrainOptions<Record<string, fp.ProbeSpec>>) {
  const model = fp.createModel(network, { seed: 3 });
  return [await model.train(options), model.parameters()];
}

type Calls = Record<string, (options: { threads: number }) => unknown>;
/** Odd, prime (by chirps), split in two passes, and too long for anything else: the ways of a transform. */
const lengths = [3 ** 9, 32771, 2 ** 15, 2 ** 16, 2 ** 18];

const frames = { length: 512, window: 'hann' } as const;

const trigonometric = (transform: typeof fp.dct, o: { threads: number }) =>
  ([1, 2, 3, 4] as const).flatMap((type) => [2 ** 15, 32771].map((n) => transform(noise(n), { type, ...o })));

const spectrum: Calls = {
  fft: (o) => lengths.map((n) => [fp.fft(complex(n), o), fp.fft(complex(3, n >> 2), o)]),
  'fft of rows': (o) => [fp.fft(complex(2, 2 ** 15), o), fp.fft(complex(5, 2 ** 15), o)],
  ifft: (o) => lengths.map((n) => fp.ifft(complex(n), o)),
  rfft: (o) => [...lengths, 3 ** 10].map((n) => [fp.rfft(noise(n), o), fp.rfft(noise(5, n >> 2), o)]),
  irfft: (o) => [...lengths, 3 ** 10].map((n) => fp.irfft(complex((n >> 1) + 1), n, o)),
  'irfft of rows': (o) => [2 ** 15, 3 ** 9].map((n) => fp.irfft(complex(3, (n >> 1) + 1), n, o)),
  fft2: (o) => [fp.fft2(complex(200, 128), o), fp.fft2(complex(2, 2 ** 15), o)],
  ifft2: (o) => fp.ifft2(complex(200, 128), o),
  rfft2: (o) => [fp.rfft2(noise(200, 127), o), fp.rfft2(noise(2, 2 ** 15), o)],
  irfft2: (o) => [fp.irfft2(complex(200, 65), [200, 128], o), fp.irfft2(complex(2, 2 ** 14 + 1), [2, 2 ** 15], o)],
  fftn: (o) => fp.fftn(complex(32, 24, 40), o),
  ifftn: (o) => fp.ifftn(complex(32, 24, 40), o),
  rfftn: (o) => fp.rfftn(noise(32, 24, 40), o),
  irfftn: (o) => fp.irfftn(complex(32, 24, 21), [32, 24, 40], o),
  amplitudeSpectrum: (o) => fp.amplitudeSpectrum(noise(2 ** 16), { sampleRate: 1, ...o }),
  convolve: (o) => [fp.convolve(noise(2 ** 15), noise(999), o), fp.convolve(noise(300, 200), noise(40, 30), o)],
  correlate: (o) => fp.correlate(noise(2 ** 15), noise(2 ** 15), o),
  circulant: (o) => fp.circulant(noise(200), o),
  circulantMultiply: (o) => fp.circulantMultiply(noise(2 ** 15), noise(2 ** 15), o),
  circulantSolve: (o) => fp.circulantSolve(noise(2 ** 15), noise(2 ** 15), o),
  circulantEigenvalues: (o) => fp.circulantEigenvalues(noise(2 ** 15), o),
  nudft: (o) => [
    fp.nudft(noise(2000), noise(2000), noise(600), o),
    fp.nudft(noise(20_000, 2), noise(20_000), noise(9000, 2), o),
  ],
  nufft1: (o) => fp.nufft1(noise(20_000, 2), complex(20_000), [150, 130], o),
  nufft2: (o) => fp.nufft2(noise(20_000, 2), complex(150, 130), o),
  nufft3: (o) => fp.nufft3(noise(20_000, 2), complex(20_000), noise(9000, 2), o),
  frequencyResponse: (o) => fp.frequencyResponse(noise(5, 5), [256, 256], o),
  stft: (o) => fp.stft(noise(2 ** 16), { ...frames, ...o }),
  istft: (o) => {
    const { spectrum } = fp.stft(noise(2 ** 16), frames);
    return fp.istft(spectrum, { ...frames, ...o });
  },
  welch: (o) => fp.welch(noise(2 ** 16), { ...frames, ...o }),
  crossSpectralDensity: (o) => fp.crossSpectralDensity(noise(2 ** 15), noise(2 ** 15), { ...frames, ...o }),
  coherence: (o) => fp.coherence(noise(2 ** 15), noise(2 ** 15), { ...frames, ...o }),
  dct: (o) => trigonometric(fp.dct, o),
  idct: (o) => trigonometric(fp.idct, o),
  dst: (o) => trigonometric(fp.dst, o),
  idst: (o) => trigonometric(fp.idst, o),
  gaussianFilter: (o) => fp.gaussianFilter(noise(700, 2), noise(700, 2), { deltas: [0.1, 0.5], ...o }),
  firstComponent: (o) => fp.firstComponent(noise(5000, 8), o),
  convSingularValues: (o) => fp.convSingularValues(noise(6, 5, 3, 3), [32, 32], o),
};

const kernels: Calls = {
  analyticKernel: (o) => fp.analyticKernel(infinite, points(), { kernel: 'ntk', ...o }),
  analyticKernelError: (o) => fp.analyticKernelError(infinite, noise(40, 2), o),
  cholesky: (o) => fp.cholesky(kernel(), o),
  eigh: (o) => [fp.eigh(kernel(), o), fp.eigh(gram(513), o)],
  eigvalsh: (o) => fp.eigvalsh(gram(400), o),
  solvePsd: (o) => [fp.solvePsd(kernel(), labels(), o), fp.solvePsd(gram(300, 20, 0), labels(), o)],
  svd: (o) => [fp.svd(noise(320, 300), o), fp.svd(noise(600, 90), o)],
  topEigenNtk: (o) => fp.topEigenNtk(net(), noise(70, 2), 3, o),
  empiricalNtk: (o) => [
    fp.empiricalNtk(net(), points(), o),
    fp.empiricalNtk(net(), points(), noise(200, 2), { outputs: 'full', ...o }),
    fp.empiricalNtk(net(), noise(90, 2), { method: 'jacobian', ...o }),
    fp.empiricalNtk(fp.createModel(convolutional, { seed: 1 }), noise(40, 1, 12, 12), o),
  ],
  empiricalNtkByLayer: (o) => fp.empiricalNtkByLayer(net(), points(), undefined, o),
  crossEntropyFlow: (o) => {
    const input = { kernel: gram(80), labels: oneHot(80, 3), times: [0.1, 1] };
    return fp.crossEntropyFlow({ ...input, ...o });
  },
  gradientFlow: async (o) => {
    const flow = await fp.gradientFlow({ kernel: kernel(), y: labels(), ...o });
    const cross = { crossKernel: noise(300, 300), ...o };
    return [await flow.at(2), await flow.at(3, cross), await flow.afterSteps(5, { learningRate: 0.1, ...cross })];
  },
  ntkVectorProduct: (o) => [
    fp.ntkVectorProduct(net(), noise(101, 2), noise(101, 2), o),
    fp.ntkVectorProduct(net(), noise(30, 2), noise(50, 2), { x2: noise(50, 2), ...o }),
  ],
  residualNtk: (o) =>
    fp.residualNtk(scalar(), { x: noise(20, 1), collocation: noise(30, 1), equation: 'u_xx + u * u_x', ...o }),
  sampledNngp: (o) => fp.sampledNngp(spec, noise(50, 2), { draws: 20, seed: 1, ...o }),
  matchModes: (o) => fp.matchModes(noise(300, 300), 'circle', o),
  gaussianProcess: (o) => {
    const test = { crossKernel: noise(50, 300), testKernel: gram(50) };
    return fp.gaussianProcess({ kernel: kernel(), y: labels(), noise: 0.1, ...test, ...o });
  },
  kernelRegression: (o) =>
    fp.kernelRegression({ kernel: kernel(), y: labels(), crossKernel: noise(300, 300), ridge: 0.01, ...o }),
  leaveOneOut: (o) => fp.leaveOneOut({ kernel: kernel(), y: labels(), ridge: 0.1, ...o }),
  nadarayaWatson: (o) =>
    fp.nadarayaWatson({ ...noise(300, 300), data: noise(300, 300).data.map(Math.abs) }, labels(), o),
  compareWithNtk: (o) => {
    const data = { x: line(60), y: noise(60), frequencies: [1, 2, 3] };
    return fp.compareWithNtk(scalar(), data, { learningRate: 0.1, steps: 20, records: 4, ...o });
  },
};

const networks: Calls = {
  'Model.predict': (o) => net().predict(points(), o),
  'Model.inputDerivatives': (o) => net().inputDerivatives(points(), o),
  'Model.train': (o) => trained(spec, { ...training(o.threads), probes }),
  'Model.train by batches': (o) =>
    trained(convolutional, {
      ...training(o.threads),
      x: noise(60, 1, 12, 12),
      y: Array.from({ length: 60 }, (_, i) => i % 3),
      loss: 'crossEntropy',
      batchSize: 20,
    }),
  'Model.train of an equation whose weights and points change': (o) =>
    trained(fp.mlp({ input: 2, hidden: [24, 24], output: 1, activation: 'tanh' }), {
      ...{ x: noise(400, 2), steps: 6, record: { every: 1 }, threads: o.threads },
      loss: {
        ...{ type: 'residual', variables: ['x', 't'], equation: 'u_t + u * u_x - 0.1 * u_xx' },
        conditions: [{ points: noise(60, 2), equation: 'u - sin(x)' }],
        balance: { type: 'ntk', every: 2 },
        causal: { variable: 't', slices: 4, initial: 0 },
        curriculum: { variable: 't', steps: 4 },
        resample: { every: 3, method: 'residual' },
      },
      optimizer: { type: 'adam', learningRate: 0.01 },
      finish: { optimizer: { type: 'lbfgs' }, steps: 2 },
    }),
  'Model.train by lbfgs': (o) => trained(spec, { ...training(o.threads), optimizer: { type: 'lbfgs' } }),
  trainMany: (o) =>
    fp.trainMany(
      [1, 2, 3].map((seed) => ({ spec, seed })),
      training(o.threads),
    ),
  lossGradient: (o) => fp.lossGradient(net(), points(), labels(), { loss: 'mse', ...o }),
  criticalSamples: (o) => fp.criticalSamples(net(), points(), { radius: 0.1, seed: 1, ...o }),
};

/** Without an option `threads`: they take every processor, or one. */
const others: Calls = {
  activate: () => fp.activate('tanh', noise(2 ** 15)),
  toneResponse: () => fp.toneResponse('relu', { samples: 2 ** 15 }),
  noiseResponse: () => fp.noiseResponse('relu', { seed: 1, samples: 2 ** 15 }),
  harmonicDecay: () => fp.harmonicDecay('relu', { law: 'power', samples: 2 ** 15 }),
  bandEnergies: () => fp.bandEnergies(noise(2 ** 16)),
  relativeSpectralError: () => fp.relativeSpectralError(complex(2 ** 15), fp.fft(noise(2 ** 15))),
  fourierSeries: () => fp.fourierSeries(noise(2 ** 16), { count: 50 }),
  fourierTransform: () => fp.fourierTransform(noise(2 ** 15 + 1), { start: 0, spacing: 0.1, frequencies: noise(500) }),
  fftshift: () => fp.fftshift(noise(2 ** 15)),
  ifftshift: () => fp.ifftshift(noise(2 ** 15)),
  harmonics: () => fp.harmonics(noise(2 ** 16)),
  psnr: () => fp.psnr(noise(256, 256), complex(256, 256).im),
  radialSpectrum: () => fp.radialSpectrum(noise(256, 200)),
  angularSpectrum: () => fp.angularSpectrum(noise(256, 200)),
  spectralNorm: () => fp.spectralNorm(noise(300, 280)),
  powerIteration: () => fp.powerIteration(noise(300, 280), { start: noise(280), iterations: 5 }),
  singularValues: () => fp.singularValues(noise(300, 280)),
  spectralNormalize: () => fp.spectralNormalize(noise(300, 280)),
  spectralNormalizeAll: () => fp.spectralNormalizeAll({ a: noise(300, 280) }),
  frequencyMask: () => fp.frequencyMask(noise(2 ** 16), { cutoff: 0.1 }),
  spectralDistance: () => fp.spectralDistance(noise(256, 256), { ...noise(256, 256), data: complex(256, 256).im }),
  passband: () => fp.passband(noise(5, 5), [256, 256], 0.5),
  topEigen: () => fp.topEigen(kernel(), 3),
  centredAlignment: () => fp.centredAlignment(kernel(), gram(300)),
  kernelDrift: () => fp.kernelDrift(kernel(), gram(300)),
  kernelRates: () => fp.kernelRates(kernel(), line(300), [1, 2, 3], 1),
  labelAlignment: () => fp.labelAlignment(kernel(), values()),
  labelEnergy: () => fp.labelEnergy(noise(300, 300), values()),
  spectrumMeasures: () => fp.spectrumMeasures(line(300)),
  alongLines: () => fp.alongLines(points(), noise(300, 2), line(50)),
  layerOutputs: () => fp.layerOutputs(net(), points(), 2),
  pathNorm: () => fp.pathNorm(net()),
  effectiveRank: () => fp.effectiveRank(noise(300, 280)),
  stableRank: () => fp.stableRank(noise(300, 280)),
  responseFrequency: () => fp.responseFrequency(net(), points(), points(), { reach: 2, points: 64 }),
  carryingFrequencies: () => fp.carryingFrequencies(line(3000), values3000()),
  poissonSolve: () => fp.poissonSolve(noise(255, 255)),
  poissonRelax: () => fp.poissonRelax(noise(127, 127), { method: 'jacobi', sweeps: 20 }),
  sineModes: () => fp.sineModes(noise(255, 255), { axes: 2 }),
  jacobiSweeps: () => fp.jacobiSweeps(noise(50), { level: 0.1 }),
  cubicSpline: () => fp.cubicSpline(line(300), values(), line(1000)),
};

export const calls: Calls = { ...spectrum, ...kernels, ...networks, ...others };

/** Exports that compute no array, and those whose arithmetic is a handful of numbers. */
export const plain = [
  ...['fftfreq', 'rfftfreq', 'tone', 'gaussianNoise', 'spectrumWindow', 'fitDecay', 'kernelBandwidth'],
  ...['learningCurve', 'measuredRates', 'mutualInformation', 'performanceCorrelation', 'decisions', 'jacobiFactor'],
  ...['mlp', 'createModel', 'loadModel', 'loadLayersModel', 'loadOnnx', 'withCheckpoints'],
  ...['networkJsonSchema', 'trainingJsonSchema'],
];
