/**
 * No option is unheard: every option of every exported function refuses a value that makes no sense, by its name.
 * A function that is exported and not in this table fails the test, and so does an option that is not: a function tells its
 * options itself, in the error for one that does not exist.
 */
import { describe, expect, it } from 'vitest';
import * as fp from '../src/index.js';

/** A name and values that it must refuse. */
type Wrong = Record<string, readonly unknown[]>;

interface Entry {
  call: (options?: object) => unknown;
  /** Of the arguments before the options: a call with one of them replaced. */
  replaced: (name: string, value: unknown) => unknown;
  arguments: Wrong;
  options: Wrong;
}

/** What kinds of options refuse. */
const choice = ['banana', 'toString', '__proto__', 3];
const flag = ['yes', 1];
const number = ['two', Number.NaN, Infinity, 1n];
const positive = [...number, -1];
const count = ['two', Number.NaN, -1, 1.5, 2 ** 53, 1e300];
const array = ['banana', {}, [[1], [1, 2]], 3n];
const list = ['banana', {}, 3];
const fn = ['banana', {}];
const object = ['banana', 3];
const task = { signal: [{}, 'stop'], threads: [...count, 0, 1e9] };
const long = { ...task, onProgress: fn };
const limit = ['two', Number.NaN, -1, 0, 1n];
const kernelOptions = { ...long, layers: ['all', [-1], [1.5], [{}]], memoryLimit: limit };

/**
 * A function, its arguments (a valid value, then what each refuses), what its options refuse, and the options that it
 * needs in any case. The options come last.
 */
function takes<A extends unknown[]>(
  f: (...args: A) => unknown,
  given: Record<string, readonly [valid: unknown, wrong: readonly unknown[]]>,
  options: Wrong = {},
  needed: object = {},
): Entry {
  const entries = Object.entries(given);
  const valid = entries.map(([, [value]]) => value);
  const last = (extra: object) => (Object.keys(options).length > 0 ? [{ ...needed, ...extra }] : []);
  return {
    call: (extra = {}) => f(...([...valid, ...last(extra)] as A)),
    replaced: (name, value) =>
      f(...([...valid.map((v, i) => (entries[i]?.[0] === name ? value : v)), ...last({})] as A)),
    arguments: Object.fromEntries(entries.map(([name, [, wrong]]) => [name, wrong])),
    options,
  };
}

const without = (options: Wrong, ...names: string[]): Wrong =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));

const line = Float64Array.of(1, 2, 3, 4);
const samples = Float64Array.from({ length: 9 }, (_, i) => Math.sin(i));
const plane = [
  [1, 2],
  [3, 5],
];
const kernel = [
  [2, 1],
  [1, 2],
];
const unit = [
  [1, 0],
  [0, 1],
];
const weight = { data: Float64Array.of(1, 2, 3, 5), shape: [1, 1, 2, 2] };
const points = { data: Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [6, 2] };
const column = { data: Float64Array.from({ length: 6 }, (_, i) => Math.cos(i)), shape: [6, 1] };
const spec = fp.mlp({ input: 2, hidden: [4], output: 1, activation: 'tanh' });
const ntk = fp.mlp({ input: 2, hidden: [4], output: 1, activation: 'relu', parameterization: 'ntk' });
const model = fp.createModel(spec, { seed: 0 });
const classifier = fp.createModel(fp.mlp({ input: 2, hidden: [4], output: 2, activation: 'relu' }), { seed: 0 });
const flow = await fp.gradientFlow({ kernel, y: [1, 2] });
const comparison = await fp.compareWithNtk(
  fp.createModel(ntk, { seed: 0 }),
  { x: points, y: column },
  { learningRate: 0.01, steps: 2 },
);
const picture = { data: Float64Array.of(0, 1, 1, 0), shape: [2, 2] };
const tenth = Float64Array.from({ length: 10 }, (_, i) => Math.sin(i));

const transform = { axis: [5, 1.5, 'x'], n: [...count, 0], norm: choice, threads: task.threads, out: ['x', {}] };
const plain = {
  axes: [5, [9, 1], 'x'],
  size: [3, [0, 1], ['a', 'b']],
  norm: choice,
  threads: task.threads,
  out: ['x', {}],
};
const { threads } = task;
const x: [unknown, readonly unknown[]] = [line, array];
const frames = { length: [...count, 0], hop: [...count, 0], window: choice, sampleRate: [...positive, 0], threads };

const training = {
  ...long,
  x: [...array, null],
  y: [...array, null],
  loss: [...choice, {}, { type: 'banana' }, null],
  penalty: [...choice, { type: 'banana', alpha: 1 }],
  constraint: [...choice, { type: 'banana' }],
  optimizer: [...choice, {}, { type: 'SGD', learningRate: 1 }, null],
  steps: [...count, 0],
  batchSize: [...count, 0, 7],
  shuffle: flag,
  seed: count,
  record: [...choice, {}, { every: 0 }, { at: [-1] }, { log: 1.5 }, { every: 1, at: [1] }],
  probes: [...object, { p: 3 }, { p: { type: 'banana' } }],
  memoryLimit: [...positive, 0],
  resume: [...object, {}],
  finish: [
    3,
    {},
    { optimizer: { type: 'lbfgs' }, steps: 0 },
    { optimizer: { type: 'adam', learningRate: 0.01 }, steps: 1 },
    { optimizer: { type: 'lbfgs' }, steps: 1, rate: 1 },
  ],
};
const needed = { x: points, y: column, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 1 };

const axis = { title: 'x' };
const words = { id: 'a', title: 'A', caption: 'A' };
const drawn = { name: 'a', x: [1, 2], y: [1, 2] };
const size = { width: [...positive, 0, 1e9], height: [...positive, 0, 1e9] };
const text = { id: [3, ''], title: [3, 'a\u0000b'], caption: [3] };
const lines = {
  ...size,
  x: [...object, null],
  y: [...object, null],
  lines: [3, [], [3]],
  levels: [3, [3], [{ value: 'x', name: 'a' }]],
};

const table: Record<string, Entry | null> = {
  fft: takes(fp.fft, { x }, transform),
  ifft: takes(fp.ifft, { x }, transform),
  rfft: takes(fp.rfft, { x }, transform),
  irfft: takes(fp.irfft, { x, n: [6, [...count, 0]] }, without(transform, 'n')),
  fft2: takes(fp.fft2, { x: [plane, array] }, plain),
  ifft2: takes(fp.ifft2, { x: [plane, array] }, plain),
  rfft2: takes(fp.rfft2, { x: [plane, array] }, plain),
  irfft2: takes(
    fp.irfft2,
    {
      x: [plane, array],
      size: [
        [2, 2],
        [3, [0, 1]],
      ],
    },
    without(plain, 'size'),
  ),
  fftn: takes(fp.fftn, { x: [plane, array] }, plain),
  ifftn: takes(fp.ifftn, { x: [plane, array] }, plain),
  rfftn: takes(fp.rfftn, { x: [plane, array] }, plain),
  irfftn: takes(
    fp.irfftn,
    {
      x: [plane, array],
      size: [
        [2, 2],
        [3, [0, 1]],
      ],
    },
    without(plain, 'size'),
  ),
  fftfreq: takes(fp.fftfreq, { n: [4, [...count, 0]], d: [1, [...positive, 0, 5e-324]] }),
  rfftfreq: takes(fp.rfftfreq, { n: [4, [...count, 0]], d: [1, [...positive, 0, 5e-324]] }),
  fftshift: takes(fp.fftshift, { x }, { axes: [3, [2], [2 ** 32], [0.5], ['x']] }),
  ifftshift: takes(fp.ifftshift, { x }, { axes: [3, [2], [2 ** 32], [0.5], ['x']] }),
};
for (const name of ['dct', 'idct', 'dst', 'idst'] as const) {
  const { out: _, ...rest } = transform;
  table[name] = takes(fp[name], { x }, { ...rest, type: [0, 5, '2', 1.5] });
}
Object.assign(table, {
  amplitudeSpectrum: takes(
    fp.amplitudeSpectrum,
    { x },
    { sampleRate: [...positive, 0, 5e-324], window: choice, threads },
    { sampleRate: 1 },
  ),
  spectrumWindow: takes(fp.spectrumWindow, { window: ['hann', choice], n: [4, [...count, 0]] }, { symmetric: flag }),
  stft: takes(fp.stft, { x }, { ...frames, nfft: [...count, 0], boundary: choice }, { length: 2 }),
  istft: takes(
    fp.istft,
    { spectrum: [plane, array] },
    { ...frames, nfft: [...count, 0], boundary: choice, n: [...count, 0] },
    { length: 3 },
  ),
  welch: takes(fp.welch, { x }, { ...frames, nfft: [...count, 0], detrend: ['yes', 'banana', 1] }),
  crossSpectralDensity: takes(
    fp.crossSpectralDensity,
    { x, y: x },
    { ...frames, nfft: [...count, 0], detrend: ['yes', 'banana', 1] },
  ),
  coherence: takes(fp.coherence, { x, y: x }, { ...frames, nfft: [...count, 0], detrend: ['yes', 'banana', 1] }),
  fourierSeries: takes(fp.fourierSeries, { samples: x }, { count: [...count, 0], start: number }, { count: 1 }),
  fourierTransform: takes(
    fp.fourierTransform,
    { samples: [samples, array] },
    { start: number, spacing: [...positive, 0, 5e-324], frequencies: array },
    { start: 0, spacing: 1, frequencies: [0] },
  ),
  nudft: takes(
    fp.nudft,
    { points: x, values: x, frequencies: [[1], array] },
    { tolerance: [...number, 0], angular: flag, normalize: flag, threads },
  ),
  nufft1: takes(
    fp.nufft1,
    { points: x, values: x, modes: [[4], [...list, [0], [1.5]]] },
    { tolerance: [...number, 0], direction: choice, threads },
  ),
  nufft2: takes(fp.nufft2, { points: x, coefficients: x }, { tolerance: [...number, 0], direction: choice, threads }),
  nufft3: takes(
    fp.nufft3,
    { points: x, values: x, frequencies: [[1], array] },
    { tolerance: [...number, 0], direction: choice, threads },
  ),
  convolve: takes(fp.convolve, { a: x, b: x }, { mode: choice, method: choice, threads }),
  correlate: takes(fp.correlate, { a: x, b: x }, { mode: choice, method: choice, threads }),
  circulant: takes(fp.circulant, { c: x }, { from: choice, threads }),
  circulantMultiply: takes(fp.circulantMultiply, { c: x, x }, { from: choice, threads }),
  circulantSolve: takes(fp.circulantSolve, { c: [[1, 0, 0, 0], array], b: x }, { from: choice, threads }),
  circulantEigenvalues: takes(fp.circulantEigenvalues, { c: x }, { from: choice, threads }),
  frequencyResponse: takes(
    fp.frequencyResponse,
    {
      kernel: [plane, array],
      size: [
        [4, 4],
        [...list, [0, 4], [1.5, 4]],
      ],
    },
    { shift: flag, center: flag, threads },
  ),
  passband: takes(fp.passband, {
    kernel: [plane, array],
    size: [
      [4, 4],
      [...list, [0, 4]],
    ],
    threshold: [0.1, [...number, -1, 2]],
  }),
  bandEnergies: takes(fp.bandEnergies, { x }, { edges: [...list, [2], [0.5, 0.2]], axes: [...choice, 1.5, '1'] }),
  relativeSpectralError: takes(fp.relativeSpectralError, { h: x, f: x }, { compare: choice }),
  harmonics: takes(fp.harmonics, { values: [samples, array] }, { cycles: [...count, 0], count }, { count: 2 }),
  tone: takes(fp.tone, { n: [4, [...count, 0]] }, { cycles: number, amplitude: number, phase: number }),
  gaussianNoise: takes(
    fp.gaussianNoise,
    { n: [4, [...count, 0]] },
    { seed: count, stream: [3], std: positive },
    { seed: 0 },
  ),
  activate: takes(fp.activate, { activation: ['relu', [...choice, {}, { fn: 'Relu' }, { fn: 'relu', a: 1 }]], x }),
  toneResponse: takes(
    fp.toneResponse,
    { activation: ['relu', [...choice, {}]] },
    { amplitude: number, samples: [...count, 0], count },
  ),
  noiseResponse: takes(
    fp.noiseResponse,
    { activation: ['relu', [...choice, {}]] },
    { seed: count, stream: [3], std: positive, samples: [...count, 0] },
    { seed: 0 },
  ),
  harmonicDecay: takes(
    fp.harmonicDecay,
    { activation: ['relu', [...choice, {}]] },
    { law: choice, amplitude: number, samples: [...count, 0], highest: count, confidence: [...number, 0, 1] },
    { law: 'power' },
  ),
  psnr: takes(fp.psnr, { image: x, reference: x, peak: [1, [...positive, 0]] }),
  carryingFrequencies: takes(fp.carryingFrequencies, { points: [line, array], target: [line, array] }),
  radialSpectrum: takes(fp.radialSpectrum, { image: [plane, array] }),
  angularSpectrum: takes(fp.angularSpectrum, { image: [plane, array] }, { sectors: [...count, 0] }),
  convSingularValues: takes(
    fp.convSingularValues,
    {
      weight: [weight, array],
      size: [
        [2, 2],
        [...list, [0, 2]],
      ],
    },
    long,
  ),
  spectralNorm: takes(fp.spectralNorm, { weight: [plane, array] }, { tolerance: [...number, 0] }),
  powerIteration: takes(
    fp.powerIteration,
    { weight: [plane, array] },
    { start: array, iterations: count },
    { start: [1, 1], iterations: 2 },
  ),
  singularValues: takes(fp.singularValues, { weight: [plane, array] }),
  spectralNormalize: takes(
    fp.spectralNormalize,
    { weight: [plane, array] },
    { norm: [...positive, 0], tolerance: [...number, 0] },
  ),
  spectralNormalizeAll: takes(
    fp.spectralNormalizeAll,
    { parameters: [{ a: { data: line, shape: [2, 2] } }, [3, 'all', { a: 3 }]] },
    { norm: [...positive, 0], tolerance: [...number, 0] },
  ),
  frequencyMask: takes(
    fp.frequencyMask,
    { x: [plane, array] },
    {
      shape: choice,
      pass: choice,
      cutoff: ['x', -1, 2, Number.NaN, [0.1]],
      order: [...positive, 0],
      axes: [...choice, 1.5, '1'],
    },
    { cutoff: 0.2 },
  ),
  spectralDistance: takes(fp.spectralDistance, { a: x, b: x }),
  gaussianFilter: takes(
    fp.gaussianFilter,
    { points: [points, array], target: [column, array] },
    { ...long, deltas: [...list, [-1], ['x']], outputs: array, memoryLimit: [...positive, 0] },
    { deltas: [1] },
  ),
  firstComponent: takes(fp.firstComponent, { points: [points, array] }, long),

  mlp: takes(
    fp.mlp,
    {},
    {
      input: [...count, 0],
      hidden: [...list, [0], ['x']],
      output: [...count, 0],
      activation: [3, null, 'banana', 'toString', { fn: 'banana' }],
      init: [...choice, { type: 'banana' }],
      biasInit: ['banana', { type: 'banana' }],
      parameterization: choice,
      sigmaW: number,
      sigmaB: number,
      baseHidden: [...list, [0], ['x']],
      optimizer: choice,
    },
    { input: 1, hidden: [2], output: 1, activation: 'relu' },
  ),
  createModel: takes(
    fp.createModel,
    { spec: [spec, [3, null, {}, { input: 2, layers: [{ type: 'dens', units: 1 }] }]] },
    { seed: count, dtype: choice, device: [...choice, 'cuda:x'] },
    { seed: 0 },
  ),
  loadModel: takes((path: string) => fp.loadModel(path), { path: ['no', [3, null, '']] }),
  loadLayersModel: takes(
    (path: string, o: object) => fp.loadLayersModel(path, o),
    { path: ['no', [3, null, '']] },
    { dtype: choice },
  ),
  trainMany: takes(
    fp.trainMany,
    { runs: [[{}], [3, 'x', [3]]] },
    { ...training, spec: [3, {}], parameters: [...object, { no: [1] }], dtype: choice, device: [...choice, 'cuda:x'] },
    { ...needed, spec, seed: 0 },
  ),
  withCheckpoints: takes(
    (options: fp.CheckpointOptions) => fp.withCheckpoints(options, async () => 1),
    {},
    { folder: [3, ''], minutes: [...positive, 0] },
    { folder: '/tmp/none', minutes: 1 },
  ),

  empiricalNtk: takes(
    fp.empiricalNtk,
    { model: [model, [3, {}]], x1: [points, array], x2: [points, ['x', 3]] },
    { ...kernelOptions, outputs: choice, method: choice, out: [3, ''] },
  ),
  empiricalNtkByLayer: takes(
    fp.empiricalNtkByLayer,
    { model: [model, [3, {}]], x1: [points, array], x2: [points, ['x', 3]] },
    { ...long, memoryLimit: limit, outputs: choice, method: choice },
  ),
  analyticKernel: takes(
    fp.analyticKernel,
    { spec: [ntk, [3, {}]], x1: [points, array], x2: [points, ['x', 3]] },
    { ...kernelOptions, kernel: choice },
    { kernel: 'ntk' },
  ),
  analyticKernelError: takes(fp.analyticKernelError, { spec: [ntk, [3, {}]], x: [points, array] }, task),
  sampledNngp: takes(
    fp.sampledNngp,
    { spec: [ntk, [3, {}]], x1: [points, array] },
    { ...task, draws: [...count, 0, 1], seed: count, x2: array },
    { draws: 2, seed: 0 },
  ),
  ntkVectorProduct: takes(
    fp.ntkVectorProduct,
    { model: [model, [3, {}]], x1: [points, array], v: [column, array] },
    { ...kernelOptions, x2: array },
  ),
  residualNtk: takes(
    fp.residualNtk,
    { model: [model, [3, {}]] },
    {
      ...kernelOptions,
      x: array,
      collocation: array,
      equation: [3, null, '', 'u_', 'u +', 'u_z'],
      equations: [3, [], [3]],
      variables: [3, [3], ['y']],
      outputs: [3, [3], ['u', 'v']],
      parameters: [3, { u: 1 }, { a: 'x' }],
    },
    { x: points, collocation: points, equation: 'u' },
  ),
  topEigenNtk: takes(
    fp.topEigenNtk,
    { model: [model, [3, {}]], x: [points, array], k: [1, [...count, 0]] },
    { ...kernelOptions, tolerance: [...number, 0] },
  ),
  eigh: takes(fp.eigh, { a: [kernel, array] }, task),
  eigvalsh: takes(fp.eigvalsh, { a: [kernel, array] }, task),
  topEigen: takes(
    fp.topEigen,
    { a: [kernel, array], k: [1, [...count, 0]] },
    { signal: task.signal, tolerance: [...number, 0] },
  ),
  svd: takes(fp.svd, { a: [kernel, array] }, task),
  cholesky: takes(fp.cholesky, { a: [kernel, array] }, { ...task, ridge: positive }),
  solvePsd: takes(fp.solvePsd, { kernel: [kernel, array], y: [[1, 2], array] }, { ...task, ridge: positive }),
  kernelRegression: takes(
    fp.kernelRegression,
    {},
    { ...task, kernel: array, y: array, crossKernel: array, ridge: positive },
    { kernel, y: [1, 2] },
  ),
  leaveOneOut: takes(fp.leaveOneOut, {}, { ...task, kernel: array, y: array, ridge: positive }, { kernel, y: [1, 2] }),
  gaussianProcess: takes(
    fp.gaussianProcess,
    {},
    { ...task, kernel: array, y: array, crossKernel: array, testKernel: array, noise: positive },
    { kernel, y: [1, 2], crossKernel: kernel, testKernel: kernel },
  ),
  nadarayaWatson: takes(fp.nadarayaWatson, { weights: [kernel, array], y: [[1, 2], array] }, task),
  gradientFlow: takes(fp.gradientFlow, {}, { ...task, kernel: array, y: array, initial: array }, { kernel, y: [1, 2] }),
  'flow.at': takes(
    flow.at.bind(flow),
    { t: [1, ['x', Number.NaN, -1]] },
    { ...task, crossKernel: array, initialCross: array },
    { crossKernel: kernel },
  ),
  'flow.afterSteps': takes(
    flow.afterSteps.bind(flow),
    { steps: [1, count] },
    { ...task, crossKernel: array, initialCross: array, learningRate: positive, momentum: positive },
    { crossKernel: kernel, learningRate: 0.1 },
  ),
  'flow.residualAfterSteps': takes(
    flow.residualAfterSteps.bind(flow),
    { steps: [1, count] },
    { learningRate: positive, momentum: positive },
    { learningRate: 0.1 },
  ),
  'flow.residualComponents': takes(flow.residualComponents.bind(flow), { t: [1, ['x', Number.NaN, -1]] }),
  'flow.largestLearningRate': takes(flow.largestLearningRate.bind(flow), { momentum: [0, positive] }),
  'flow.ensemble': takes(
    flow.ensemble.bind(flow),
    { t: [1, ['x', Number.NaN, -1]] },
    { crossKernel: array, nngp: array, nngpCross: array, nngpTest: array },
    { crossKernel: kernel, nngp: kernel, nngpCross: kernel, nngpTest: kernel },
  ),
  crossEntropyFlow: takes(
    fp.crossEntropyFlow,
    {},
    {
      ...task,
      kernel: array,
      labels: array,
      times: [...list, ['x'], [1, 0], [Infinity]],
      initial: array,
      crossKernel: array,
      initialCross: array,
      tolerance: [...number, 0],
    },
    { kernel, labels: unit, times: [1], crossKernel: kernel },
  ),
  compareWithNtk: takes(
    fp.compareWithNtk,
    { model: [model, [3, {}]], data: [{ x: points, y: column }, [3, {}, { x: points, y: [1, 2] }]] },
    {
      ...task,
      learningRate: positive,
      momentum: positive,
      steps: [...count, 0],
      records: [...count, 0],
      byLayer: flag,
    },
    { learningRate: 0.01, steps: 1 },
  ),
  matchModes: takes(
    fp.matchModes,
    { vectors: [unit, array], geometry: ['circle', [...choice, { type: 'toString' }, { type: 'torus', grid: 3 }]] },
    task,
  ),
  fitDecay: takes(
    fp.fitDecay,
    { frequencies: [[1, 2, 3], array], values: [[3, 2, 1], array], law: ['power', choice] },
    { confidence: [...number, 0, 1] },
  ),
  spectrumMeasures: takes(fp.spectrumMeasures, { values: [[1, 2], array], ridge: [0, positive] }),
  labelAlignment: takes(fp.labelAlignment, { kernel: [kernel, array], y: [[1, 2], array] }),
  labelEnergy: takes(fp.labelEnergy, { vectors: [unit, array], y: [[1, 2], array] }),
  centredAlignment: takes(fp.centredAlignment, { a: [kernel, array], b: [kernel, array] }),
  kernelDrift: takes(fp.kernelDrift, { a: [kernel, array], b: [kernel, array] }),
  learningCurve: takes(
    fp.learningCurve,
    { values: [[2, 1], array], coefficients: [[1, 1], array] },
    { samples: [...list, [0], ['x']], ridge: positive, noise: positive },
    { samples: [1] },
  ),
  kernelRates: takes(fp.kernelRates, {
    kernel: [kernel, array],
    points: [[0, 0.5], array],
    frequencies: [[1], array],
    outputs: [1, [...count, 0, 2 ** 32]],
  }),
  measuredRates: takes(fp.measuredRates, {
    times: [[0, 1], array],
    errors: [plane, array],
    floor: [0.05, [...number, -1, 1]],
  }),
  kernelBandwidth: takes(fp.kernelBandwidth, {
    frequencies: [[0, 1], array],
    values: [[2, 1], array],
    share: [0.95, [...number, 0, 2]],
  }),

  effectiveRank: takes(fp.effectiveRank, { a: [plane, array] }, { of: choice }),
  stableRank: takes(fp.stableRank, { a: [plane, array] }),
  responseFrequency: takes(
    fp.responseFrequency,
    { model: [model, object], x: [points, array], directions: [points, array] },
    { reach: [...positive, 0], points: [...count, 3], window: ['banana', 3], ...task },
    { reach: 1 },
  ),
  adviseFeatures: takes(
    fp.adviseFeatures,
    { data: [{ x: tenth, y: tenth }, [3, {}, { x: tenth, y: [1, 2] }]] },
    { ...long, budget: [...positive, 0], seed: count, hidden: [...list, [0], ['a'], []], steps: [...count, 0] },
    { budget: 1, hidden: [4], steps: 8 },
  ),
  trainBaseline: takes(
    fp.trainBaseline,
    { spec: [spec, [3, {}]], training: [needed, [3, { banana: 1 }]] },
    { engine: choice, backend: choice, seed: count },
    { engine: 'tfjs', backend: 'cpu' },
  ),
  emitFit: takes(fp.emitFit, {
    choice: [{ spec, training: needed }, [3, {}, { spec }]],
    code: ['json', choice],
    data: ['a.npz', [3, {}]],
  }),

  lossGradient: takes(
    fp.lossGradient,
    { model: [model, [3, {}]], x: [points, array], y: [column, array] },
    { ...task, loss: choice },
    { loss: 'mse' },
  ),
  criticalSamples: takes(
    fp.criticalSamples,
    { model: [classifier, [3, {}]], x: [points, array] },
    {
      ...task,
      radius: [...positive, 0],
      step: [...positive, 0],
      noise: positive,
      iterations: [...count, 0],
      seed: count,
    },
    { radius: 0.1, seed: 0 },
  ),
  alongLines: takes(fp.alongLines, { x: [plane, array], directions: [plane, array], offsets: [[0, 1], array] }),
  mutualInformation: takes(fp.mutualInformation, { a: [[0, 1], array], b: [[0, 1], array] }, { given: array }),
  performanceCorrelation: takes(fp.performanceCorrelation, {
    predictions: [[0, 1], array],
    labels: [[0, 1], array],
    explainedBy: [[0, 1], array],
  }),
  decisions: takes(fp.decisions, { outputs: [plane, array] }),
  layerOutputs: takes(fp.layerOutputs, { model: [model, [3, {}]], x: [points, array], count: [1, [...count, 0, 9]] }),
  pathNorm: takes(fp.pathNorm, { model: [model, [3, {}]] }),
  poissonSolve: takes(fp.poissonSolve, { source: [[1, 2, 1], array] }, { length: [...positive, 0] }),
  poissonRelax: takes(
    fp.poissonRelax,
    { source: [[1, 2, 1], array] },
    {
      signal: task.signal,
      onProgress: fn,
      length: [...positive, 0],
      method: [
        ...choice,
        { type: 'banana' },
        { type: 'jacobi', wight: 1 },
        { type: 'jacobi', weight: 'x' },
        { type: 'multigrid', smoothing: -1 },
      ],
      sweeps: count,
      initial: array,
      tolerance: positive,
      record: [...list, [-1], [1.5], [2, 1]],
    },
    { method: 'jacobi', sweeps: 2 },
  ),
  sineModes: takes(fp.sineModes, { values: [[1, 2, 1], array] }, { axes: [...choice, 1.9, '1', 3] }),
  jacobiFactor: takes(fp.jacobiFactor, {
    modes: [[1], [...list, [], ['x'], [Number.NaN]]],
    intervals: [4, [...count, 0]],
    weight: [1, number],
  }),
  jacobiSweeps: takes(
    fp.jacobiSweeps,
    { errors: [[1, 2, 1], array] },
    { axes: [...choice, 1.9, '1', 3], weight: number, level: [...number, 0, -1] },
    { level: 0.1 },
  ),
  cubicSpline: takes(
    fp.cubicSpline,
    { x: [[0, 1, 2], array], y: [[0, 1, 0], array], at: [[0.5], array] },
    { ends: choice },
  ),

  encodePng: takes(
    fp.encodePng,
    { image: [picture, ['x', { data: line, shape: [4] }]] },
    { colorMap: choice, range: [3, [1], ['a', 'b'], [Number.NaN, 1], [1, 1]], rows: ['x', [0]], columns: ['x', [0]] },
  ),
  pngUrl: takes(
    fp.pngUrl,
    { image: [picture, ['x']] },
    { colorMap: choice, range: [3, [1], ['a', 'b'], [1, 1]], rows: ['x', [0]], columns: ['x', [0]] },
  ),
  colorSamples: takes(fp.colorSamples, { colorMap: ['viridis', choice], count: [2, [...count, 0]] }),
  slice: takes(fp.slice, { array: [picture, ['x']], index: [0, [...count, 2]] }),
  renderSvg: null,
  lineFigure: takes(fp.lineFigure, {}, { ...text, ...lines }, { ...words, x: axis, y: axis, lines: [drawn] }),
  panelsFigure: takes(
    fp.panelsFigure,
    {},
    { ...text, panels: [3, [], [3]], columns: [...count, 0] },
    { ...words, panels: [{ title: 'p', x: axis, y: axis, lines: [drawn] }] },
  ),
  comparisonFigure: takes(
    fp.comparisonFigure,
    {},
    { ...text, ...size, comparison: object, by: choice, count: [...count, 0], logSteps: flag },
    { comparison },
  ),
  picturesFigure: takes(
    fp.picturesFigure,
    {},
    {
      ...text,
      pictures: [3, [], [3]],
      range: [3, [1], [1, 1]],
      colorMap: choice,
      width: size.width,
      columns: [...count, 0],
    },
    { ...words, pictures: [{ label: 'a', image: picture }] },
  ),
  heatmapFigure: takes(
    fp.heatmapFigure,
    {},
    {
      ...text,
      ...size,
      values: ['x', { data: line, shape: [4, 1] }],
      x: [...object, null],
      y: [...object, null],
      color: [...object, null],
    },
    {
      ...words,
      values: picture,
      x: { ...axis, at: [1, 2] },
      y: { ...axis, at: [1, 2] },
      color: { title: 'c', range: [0, 1] },
    },
  ),
});

/** Objects inside options: what each of their fields refuses. */
const within: Record<string, [call: (extra: object) => unknown, wrong: Wrong]> = {
  'a line of a figure': [
    (extra) => fp.lineFigure({ ...words, x: axis, y: axis, lines: [{ ...drawn, ...extra }] }),
    {
      name: [3],
      x: [3, {}, ['a', 1], [1]],
      y: [3, {}, ['a', 1], [1]],
      band: [3, [[1, 2]], [[1, 2], [1]]],
      color: [3, 'ba nana'],
      mark: choice,
      dash: [3, ['a'], [-1]],
    },
  ],
  'an axis of a figure': [
    (extra) => fp.lineFigure({ ...words, x: { ...axis, ...extra }, y: axis, lines: [drawn] }),
    {
      title: [3],
      log: flag,
      domain: [3, [1], [1, 1], [Number.NaN, 1]],
      values: [3, ['a']],
      labels: [3, [1]],
    },
  ],
  'the colour of a heat map': [
    (extra) =>
      fp.heatmapFigure({
        ...{ ...words, values: picture, x: { ...axis, at: [1, 2] }, y: { ...axis, at: [1, 2] } },
        color: { title: 'c', range: [0.1, 1], ...extra },
      }),
    { title: [3], range: [3, [1], [1, 1], [Number.NaN, 1]], map: choice, log: flag },
  ],
  'a Kaiser window': [
    (extra) => fp.spectrumWindow({ type: 'kaiser', beta: 3, ...extra }, 8),
    { type: choice, beta: [...number, -1, 1e9] },
  ],
  'an optimizer': [
    (extra) => model.train({ ...needed, optimizer: { type: 'sgd', learningRate: 0.1, ...extra } } as never),
    {
      type: choice,
      learningRate: positive,
      momentum: positive,
      nesterov: flag,
      weightDecay: positive,
      schedule: [...choice, { type: 'cosin' }, { type: 'cosine', steps: 0 }, { type: 'step', every: 1 }],
      clip: [3, {}, { norm: 0 }, { value: -1 }, { norms: 1 }],
    },
  ],
  'a residual loss': [
    (extra) =>
      model.train({
        ...needed,
        y: undefined,
        loss: { type: 'residual', equation: 'u_xx + u_tt', variables: ['x', 't'], ...extra },
      } as never),
    {
      type: choice,
      equation: [3, {}, '', 'u_yy', 'u_xxxx', '2 u', 'v', 'sni(u)', 'a * u'],
      equations: [3, [], [3], ['u_xx']],
      variables: [3, [3], ['x']],
      outputs: [3, ['u', 'v']],
      parameters: [
        3,
        { x: 1 },
        { a: 'x' },
        { a: { value: 1, trainable: 'yes' } },
        { a: { value: 1, trainable: true } },
      ],
      data: [3, { s: [1] }],
      weight: positive,
      conditions: [
        3,
        [3],
        [{ points }],
        [{ points, equation: 'u', wight: 1 }],
        [{ points, equation: 'w' }],
        [{ points, equation: { periodic: 'y' } }],
        [{ points, equation: { periodic: 'x', period: 0 } }],
      ],
    },
  ],
};

/** Files, runs, experiments and sweeps: what they take is held by the tests of each. */
const elsewhere = [
  ...[
    'FprincipleError',
    'DivergedError',
    'GradientFlow',
    'Model',
    'TrainingAborted',
    'renderSvg',
    'renderPng',
    'renderPdf',
    'renderSized',
  ],
  ...['cacheFolder', 'createDataAccess', 'datasetFolder', 'decodePicture', 'fetchDataset', 'findDataset', 'isCached'],
  ...[
    'readPicture',
    'readData',
    'measure',
    'Recorder',
    'loadOnnx',
    'inspect',
    'readModel',
    'pythonRecorder',
    'readSound',
    'decodeSound',
    'shrinkPicture',
    'voxelize',
    'readNpy',
    'readNpz',
    'encodeNpy',
    'encodeNpz',
    'readRun',
    'runToFolder',
    'presentAgain',
    'sweep',
  ],
  ...[
    'above',
    'atLeast',
    'atMost',
    'below',
    'between',
    'decreasing',
    'equalTo',
    'increasing',
    'judge',
    'describeContrast',
  ],
  ...['describeExpectation', 'describeMeasured', 'formatNumber', 'curvePlayback', 'defineExperiment', 'isExperiment'],
  ...['experimentById', 'runExperiment', 'mergeParameters', 'parametersSchema', 'parseAssignment', 'resolveParameters'],
  ...[
    'amplitudes',
    'at',
    'bandwidth',
    'cite',
    'column',
    'columns',
    'fromRows',
    'grid',
    'leftWhenLearnt',
    'nearestRecord',
    'orderClaim',
    'passagesOf',
    'rows',
    'sumOfSines',
    'toNested',
    'trainAll',
    'passageStep',
    'periodicGrid',
    'probe',
    'refuseDiverged',
  ],
  ...['row', 'sample', 'spearman', 'spread', 'transpose', 'varianceShares', 'deriveSeeds'],
  ...['networkJsonSchema', 'sweepJsonSchema', 'trainingJsonSchema'],
];

it('every function that is exported is in the table', () => {
  const functions = Object.entries(fp).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(functions.filter((name) => !(name in table) && !elsewhere.includes(name))).toEqual([]);
});

async function failure(call: () => unknown): Promise<fp.FprincipleError> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => 'no error',
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(fp.FprincipleError);
  return error as fp.FprincipleError;
}

const CODES = /^(INVALID_ARGUMENT|INVALID_SHAPE|NON_FINITE|OVER_MEMORY_LIMIT)$/;

async function refuses(call: () => unknown, name: string): Promise<void> {
  const error = await failure(call);
  expect(error.code).toMatch(CODES);
  expect(error.message).toMatch(new RegExp(`\\b${name}\\b`));
}

const shown = (value: unknown): string =>
  typeof value === 'bigint'
    ? `${value}n`
    : Object.is(value, -0)
      ? '-0'
      : typeof value === 'number'
        ? String(value)
        : (JSON.stringify(value) ?? 'undefined');

const entries = Object.entries(table).filter((entry): entry is [string, Entry] => entry[1] !== null);

describe.each(entries)('%s', (_, { call, replaced, arguments: given, options }) => {
  const values = (all: Wrong) =>
    Object.entries(all).flatMap(([name, wrong]) => wrong.map((v) => [name, shown(v), v] as const));
  if (values(given).length > 0) {
    it.each(values(given))('refuses %s = %s', (name, _shown, value) => refuses(() => replaced(name, value), name));
  }
  if (Object.keys(options).length === 0) return;
  it.each(values(options))('refuses the option %s: %s', (name, _shown, value) =>
    refuses(() => call({ [name]: value }), name),
  );

  it('has no other option', async () => {
    const strange = '?'.repeat(60);
    const { message } = await failure(() => call({ [strange]: 1 }));
    expect(message).toContain(`there is no "${strange}"; there is: `);
    const told = message.split('there is: ')[1]?.split(', ') ?? [];
    expect(told.sort()).toEqual(Object.keys(options).sort());
  });
});

describe.each(Object.entries(within))('%s', (_, [call, wrong]) => {
  const values = Object.entries(wrong).flatMap(([name, all]) => all.map((v) => [name, shown(v), v] as const));
  it.each(values)('refuses %s: %s', (name, _shown, value) => refuses(() => call({ [name]: value }), name));
});
