/** What every function of the public surface does with names and values that do not exist. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as fp from '../src/index.js';

const points = { data: Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [6, 2] };
const y = { data: Float64Array.from({ length: 6 }, (_, i) => Math.cos(i)), shape: [6, 1] };
const spec = fp.mlp({ input: 2, hidden: [4], output: 1, activation: 'tanh' });
const wide = fp.mlp({ input: 2, hidden: [4], output: 1, activation: 'relu', parameterization: 'ntk' });
const model = () => fp.createModel(spec, { seed: 0 });
const training = { x: points, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 2 } as const;
const kernel = [
  [2, 1],
  [1, 2],
];

/** A call with `extra` among its options. */
type Call = (extra: object) => unknown;

const calls: Record<string, Call> = {
  fft: (extra) => fp.fft([1, 2], extra),
  ifft: (extra) => fp.ifft([1, 2], extra),
  rfft: (extra) => fp.rfft([1, 2], extra),
  irfft: (extra) => fp.irfft([1, 2], 2, extra),
  fft2: (extra) => fp.fft2(kernel, extra),
  rfft2: (extra) => fp.rfft2(kernel, extra),
  irfft2: (extra) => fp.irfft2(kernel, [2, 2], extra),
  fftshift: (extra) => fp.fftshift([1, 2], extra),
  amplitudeSpectrum: (extra) => fp.amplitudeSpectrum([1, 2], { sampleRate: 1, ...extra }),
  nudft: (extra) => fp.nudft([0], [1], [1], extra),
  convolve: (extra) => fp.convolve([1], [1], { mode: 'full', ...extra }),
  circulant: (extra) => fp.circulant([1], extra),
  circulantMultiply: (extra) => fp.circulantMultiply([1], [1], extra),
  circulantEigenvalues: (extra) => fp.circulantEigenvalues([1], extra),
  frequencyResponse: (extra) => fp.frequencyResponse(kernel, [4, 4], extra),
  mlp: (extra) => fp.mlp({ input: 1, hidden: [], output: 1, activation: 'relu', ...extra }),
  createModel: (extra) => fp.createModel(spec, { seed: 0, ...extra }),
  spec: (extra) => fp.createModel({ ...spec, ...extra }, { seed: 0 }),
  predict: (extra) => model().predict(points, extra),
  inputDerivatives: (extra) => model().inputDerivatives(points, extra),
  train: (extra) => model().train({ ...training, ...extra }),
  optimizer: (extra) => model().train({ ...training, optimizer: { ...training.optimizer, ...extra } }),
  trainMany: (extra) => fp.trainMany([{ spec, seed: 0 }], { ...training, ...extra }),
  'a run of trainMany': (extra) => fp.trainMany([{ spec, seed: 0, ...extra }], training),
  empiricalNtk: (extra) => fp.empiricalNtk(model(), points, undefined, extra),
  analyticKernel: (extra) => fp.analyticKernel(wide, points, undefined, { kernel: 'ntk', ...extra }),
  eigh: (extra) => fp.eigh(kernel, extra),
  kernelRegression: (extra) => fp.kernelRegression({ kernel, y: [1, 2], ...extra }),
  gradientFlow: (extra) => fp.gradientFlow({ kernel, y: [1, 2], ...extra }),
  'flow.at': async (extra) => (await fp.gradientFlow({ kernel, y: [1, 2] })).at(1, extra),
  'flow.afterSteps': async (extra) => (await flow()).afterSteps(1, { learningRate: 0.1, ...extra }),
  'flow.residualAfterSteps': async (extra) => (await flow()).residualAfterSteps(1, { learningRate: 0.1, ...extra }),
  'flow.ensemble': async (extra) =>
    (await flow()).ensemble(1, { crossKernel: kernel, nngp: kernel, nngpCross: kernel, nngpTest: kernel, ...extra }),
  empiricalNtkByLayer: (extra) => fp.empiricalNtkByLayer(model(), points, undefined, extra),
  ntkVectorProduct: (extra) => fp.ntkVectorProduct(model(), points, y, extra),
  residualNtk: (extra) => fp.residualNtk(model(), { x: points, collocation: points, equation: 'u', ...extra }),
  sampledNngp: (extra) => fp.sampledNngp(wide, points, { draws: 2, seed: 0, ...extra }),
  analyticKernelError: (extra) => fp.analyticKernelError(wide, points, extra),
  eigvalsh: (extra) => fp.eigvalsh(kernel, extra),
  svd: (extra) => fp.svd(kernel, extra),
  topEigen: (extra) => fp.topEigen(kernel, 1, extra),
  topEigenNtk: (extra) => fp.topEigenNtk(model(), points, 1, extra),
  cholesky: (extra) => fp.cholesky(kernel, extra),
  solvePsd: (extra) => fp.solvePsd(kernel, [1, 2], extra),
  matchModes: (extra) => fp.matchModes(unit, 'circle', extra),
  learningCurve: (extra) => fp.learningCurve([2, 1], [1, 1], { samples: [1], ...extra }),
  'data of compareWithNtk': (extra) =>
    fp.compareWithNtk(model(), { x: points, y, ...extra }, { learningRate: 0.01, steps: 2 }),
  'training of compareWithNtk': (extra) =>
    fp.compareWithNtk(model(), { x: points, y }, { learningRate: 0.01, steps: 2, ...extra }),
  lossGradient: (extra) => fp.lossGradient(model(), points, y, { loss: 'mse', ...extra }),
  criticalSamples: (extra) => fp.criticalSamples(classifier(), points, { radius: 0.1, seed: 0, ...extra }),
  mutualInformation: (extra) => fp.mutualInformation([0, 1], [0, 1], extra),
  poissonSolve: (extra) => fp.poissonSolve([1, 2, 1], extra),
  poissonRelax: (extra) => fp.poissonRelax([1, 2, 1], { method: 'jacobi', sweeps: 2, ...extra }),
  sineModes: (extra) => fp.sineModes([1, 2, 1], extra),
  jacobiSweeps: (extra) => fp.jacobiSweeps([1, 2, 1], { level: 0.1, ...extra }),
  cubicSpline: (extra) => fp.cubicSpline([0, 1, 2], [0, 1, 0], [0.5], extra),
  createDataAccess: (extra) => fp.createDataAccess(extra),
  passageStep: (extra) => fp.passageStep([1, 2], [1, 0], 0.5, extra),
  'a claim': (extra) => fp.atMost(1, { id: 'a', statement: 's', source: 's', measured: 0, ...extra }),
  defineExperiment: (extra) => defined(extra),
  runExperiment: (extra) => fp.runExperiment(defined(), extra),
  encodePng: (extra) => fp.encodePng(picture, extra),
  pngUrl: (extra) => fp.pngUrl(picture, extra),
  lineFigure: (extra) => fp.lineFigure({ ...words, x: axis, y: axis, lines: [line], ...extra }),
  'a line of a figure': (extra) => fp.lineFigure({ ...words, x: axis, y: axis, lines: [{ ...line, ...extra }] }),
  'an axis of a figure': (extra) => fp.lineFigure({ ...words, x: { ...axis, ...extra }, y: axis, lines: [line] }),
  panelsFigure: (extra) =>
    fp.panelsFigure({ ...words, panels: [{ title: 'p', x: axis, y: axis, lines: [line] }], ...extra }),
  'a panel of a figure': (extra) =>
    fp.panelsFigure({ ...words, panels: [{ title: 'p', x: axis, y: axis, lines: [line], ...extra }] }),
  picturesFigure: (extra) => fp.picturesFigure({ ...words, pictures: [{ label: 'a', image: picture }], ...extra }),
  heatmapFigure: (extra) => heatmap({}, {}, extra),
  'an axis of a heat map': (extra) => heatmap(extra, {}, {}),
  'the colour of a heat map': (extra) => heatmap({}, extra, {}),
};

const flow = () => fp.gradientFlow({ kernel, y: [1, 2] });
const unit = [
  [1, 0],
  [0, 1],
];
const classifier = () => fp.createModel(fp.mlp({ input: 2, hidden: [4], output: 2, activation: 'relu' }), { seed: 0 });
const defined = (extra: object = {}) =>
  fp.defineExperiment({
    ...{ id: 'a', title: 'A', source: 's', parameters: z.object({}), presets: { quick: {}, paper: {} } },
    run: () => ({}),
    ...extra,
  });
const picture = { data: Float64Array.of(0, 1, 1, 0), shape: [2, 2] };
const words = { id: 'a', title: 'A', caption: 'A' };
const axis = { title: 'x' };
const line = { name: 'a', x: [1, 2], y: [1, 2] };
const heatmap = (x: object, color: object, extra: object) =>
  fp.heatmapFigure({
    ...{ ...words, values: picture, x: { ...axis, at: [1, 2], ...x }, y: { ...axis, at: [1, 2] } },
    color: { title: 'c', range: [0, 1], ...color },
    ...extra,
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

describe('an option that does not exist', () => {
  it.each(Object.entries(calls))('%s', async (_, call) => {
    await call({});
    const error = await failure(() => call({ treads: 1 }));
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('treads')]);
  });

  it('is told with the nearest name', async () => {
    const error = await failure(() => model().train({ ...training, batchsize: 3 } as never));
    expect(error.message).toBe('train: there is no "batchsize"; did you mean "batchSize"?');
  });
});

describe('values of no sense', () => {
  const self: unknown[] = [];
  self.push(self);
  const table: [string, () => unknown, fp.ErrorCode, RegExp][] = [
    ['an array that holds itself', () => fp.fft(self as never), 'INVALID_SHAPE', /^x: .*32 dimensions/],
    [
      'a shape beyond all memory',
      () => fp.fft2({ data: new Float64Array(3), shape: [1e9, 1e9] }),
      'INVALID_SHAPE',
      /^x: .*1000000000000000000/,
    ],
    ['a shape of bigints', () => fp.fft({ data: new Float64Array(1), shape: [1n] as never }), 'INVALID_SHAPE', /^x/],
    ['a null x', () => model().train({ ...training, x: null as never }), 'INVALID_ARGUMENT', /^x: .*null/],
    [
      'a null target of a probe',
      () =>
        model().train({
          ...training,
          probes: { s: { type: 'spectrum', points, target: null as never, frequencies: [[1, 0]] } },
        }),
      'INVALID_ARGUMENT',
      /probes\.s\.target: .*null/,
    ],
    [
      'a function in a spec',
      () =>
        fp.createModel({ input: 1, layers: [{ type: 'dense', units: 1, sigmaW: (() => 1) as never }] }, { seed: 0 }),
      'INVALID_ARGUMENT',
      /sigmaW: expected plain JSON, got a function/,
    ],
    ['a signal of another kind', () => fp.eigh(kernel, { signal: {} as never }), 'INVALID_ARGUMENT', /^signal/],
    [
      'a progress of another kind',
      () => model().train({ ...training, onProgress: 1 as never }),
      'INVALID_ARGUMENT',
      /^onProgress/,
    ],
    ['a path of another kind', () => fp.loadModel(null as never), 'INVALID_ARGUMENT', /^path/],
    [
      'a width of half',
      () => fp.mlp({ input: 1, hidden: [2.5], output: 1, activation: 'relu' }),
      'INVALID_ARGUMENT',
      /^hidden\[0\]/,
    ],
    [
      'parameters of another kind',
      () => fp.trainMany([{ spec, seed: 0, parameters: 'all' as never }], training),
      'INVALID_ARGUMENT',
      /^runs\[0\]\.parameters/,
    ],
    ['more steps than can be counted', () => model().train({ ...training, steps: 1e18 }), 'INVALID_ARGUMENT', /^steps/],
  ];
  it.each(table)('%s', async (_, call, code, message) => {
    const error = await failure(call);
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });
});

it('steps beyond any list run until they are aborted', async () => {
  const controller = new AbortController();
  const trained = model().train({
    ...training,
    steps: Number.MAX_SAFE_INTEGER,
    record: { every: 1e6 },
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  const error = await failure(() => trained);
  expect(error).toMatchObject({ code: 'ABORTED', history: { steps: expect.arrayContaining([0]) } });
});

it('integers count as numbers: class labels in their own type', async () => {
  const classifier = fp.mlp({ input: 2, hidden: [4], output: 3, activation: 'relu' });
  const train = (labels: fp.ArrayInput) =>
    fp.createModel(classifier, { seed: 0 }).train({ ...training, y: labels, loss: 'crossEntropy' });
  const [bytes, numbers] = [await train(Uint8Array.of(0, 1, 2, 0, 1, 2)), await train([0, 1, 2, 0, 1, 2])];
  expect(bytes.loss).toEqual(numbers.loss);
  expect(fp.fft(Int32Array.of(1, -1)).re).toEqual(Float64Array.of(0, 2));
});

describe('what is no value of its kind', () => {
  const detached = (): Float64Array => {
    const view = Float64Array.of(1, 2);
    structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
    return view;
  };
  const circular: unknown[] = [];
  circular.push(circular);
  const bare: unknown = Object.create(null);
  const history = { steps: [0, 1], error: { data: Float64Array.of(1, 0), shape: [2, 1] } };
  const training = (x: object) => ({
    x,
    y: [[1]],
    loss: 'mse',
    optimizer: { type: 'sgd', learningRate: 0.1 },
    steps: 1,
  });
  const baseline = (input: number, x: object) =>
    fp.trainBaseline({ input, layers: [{ type: 'dense', units: 1 }] }, training(x) as never, {
      engine: 'tfjs',
      backend: 'cpu',
    });

  it.each<[RegExp, () => unknown]>([
    [/^key: /, () => fp.cite(Symbol('s') as never)],
    [/^key: /, () => fp.cite(circular as never)],
    [/^key: /, () => fp.cite(10n as never)],
    [/^place: /, () => fp.cite('xu2019', detached() as never)],
    [/^name: /, () => fp.probe({ probes: {} } as never, bare as never, 'x')],
    [/^folder: /, () => fp.readRun(bare as never)],
    [/^y: /, () => fp.trainBaseline(spec, { ...training(points), y: [Number.NaN] } as never, { engine: 'tfjs' })],
    [
      /^loss: expected 'mse' or 'crossEntropy'/,
      () => fp.trainBaseline(spec, { ...training([[1, 2]]), loss: null } as never, { engine: 'tfjs' }),
    ],
    [
      /^y: entry 0 is 1e\+300/,
      () => fp.trainBaseline(spec, { ...training([[1, 2]] as never), y: [[1e300]] } as never, { engine: 'tfjs' }),
    ],
    [/^data set: package: /, () => fp.fetchDataset({ ...fp.findDataset('baboon'), package: bare as never })],
    [/^out: /, () => fp.sweep({ training: {}, out: [] as never }).next()],
    [/in itself/, () => fp.sweep({ training: {}, seeds: circular as never }).next()],
    [/^size: /, () => fp.convSingularValues({ data: new Float64Array(1), shape: [1, 1, 1, 1] }, detached() as never)],
    [/^model: /, () => fp.compareWithNtk(new Proxy(model(), {}), { x: points, y }, { learningRate: 0.1, steps: 1 })],
    [
      /^claim.controls: /,
      () => fp.describeContrast({ expected: { relation: 'above', value: 1 }, measured: 2, controls: 3 } as never),
    ],
    [/^control: /, () => fp.orderClaim({ id: 'a', statement: 'b', source: 'c', networks: [history], control: [] })],
    [/^training\.x: /, () => baseline(2, [[1]])],
    [/^training\.x: /, () => baseline(1, [[1], [2]].slice(0, 0))],
    [/^size: |axes/, () => fp.irfft2({ re: new Float64Array(2), im: new Float64Array(2), shape: [1, 2] }, 0 as never)],
  ])('%s', async (named, call) => {
    const error: unknown = await Promise.resolve()
      .then(call)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(fp.FprincipleError);
    expect((error as Error).message).toMatch(named);
  });

  it.each<[string, (path: string) => unknown]>([
    ['path', (path) => model().save(path)],
    ['path', (path) => model().loadParameters(path)],
    ['path', (path) => fp.loadModel(path)],
    ['path', (path) => fp.readSound(path)],
    ['source', (path) => fp.readNpz(path)],
    ['source', (path) => fp.readNpy(path)],
  ])('a path that no file system takes is shortened: %s', async (name, call) => {
    const error: unknown = await Promise.resolve('x'.repeat(5000))
      .then(call)
      .catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(
      new RegExp(`^${name}: expected a path of 1 to 4095 bytes.*, got "x{40}…"$`),
    );
  });

  it('an error has its message whatever it is given', () => {
    expect(new fp.FprincipleError('IO', detached() as never).message).toBe('a Float64Array');
    expect(new fp.FprincipleError('IO', bare as never).message).toBe('an object with keys (none)');
  });

  const choice: fp.FitChoice = {
    name: 'ReLU',
    family: 'relu',
    spec,
    seed: 0,
    inputs: { offset: [0, 0], scale: [1, 1] },
    outputs: { offset: [0], scale: [1] },
    training: { loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 10 },
    error: 0.5,
  };
  it.each<[string, object]>([
    ['choice: there is no "specs"', { specs: 1 }],
    ['choice.seed', { seed: 'a' }],
    ['choice.inputs.scale', { inputs: { offset: [0], scale: ['constructor'] } }],
    [
      'choice.training.optimizer: there is no "learningRates"',
      { training: { ...choice.training, optimizer: { ...choice.training.optimizer, learningRates: 1 } } },
    ],
    ['choice.training.steps', { training: { ...choice.training, steps: '2' } }],
    ['choice.name', { name: 3 }],
  ])('no program is written of a wrong choice: %s', (named, wrong) => {
    expect(fp.emitFit(choice, 'pytorch')).toContain('import torch');
    expect(() => fp.emitFit({ ...choice, ...wrong }, 'ts')).toThrow(named);
  });

  it('options of readings are heard or refused', () => {
    expect(() => fp.passagesOf(history, { levels: 1 } as never)).toThrow(
      'options: there is no "levels"; did you mean "level"?',
    );
    expect(() => fp.leftWhenLearnt(history, { learnt: '0' as never, left: 0 })).toThrow('learnt: expected one of 1');
    expect(() => fp.readModel('a.safetensors', { banana: 1 } as never)).toThrow('there is no "banana"');
    expect(() => fp.readModel('a.safetensors', null as never)).toThrow('options: expected an object, got null');
  });

  it('a preset has to be one of its experiment', () => {
    const define = (more: object) =>
      fp.defineExperiment({
        id: 'a',
        title: 'b',
        source: 'c',
        parameters: z.object({ points: z.number().default(1) }),
        presets: { quick: {}, paper: {} },
        run: () => ({}),
        ...more,
      });
    expect(() => define({ presets: { quick: {}, paper: { points: false } } })).toThrow(
      'presets.paper.points: expected a value that the parameter has, got false',
    );
    expect(() => define({ data: 1.5 })).toThrow('data: expected a list of names');
    expect(() => define({ presets: { quick: {}, paper: { points: { data: [1], shape: [1] } } } })).toThrow(
      'presets.paper.points: expected a value that the parameter has, got an object',
    );
    expect(() => define({ statement: { text: 'x' } })).toThrow('a: statement: expected text, got an object');
  });

  it('what would take for ever, or is of no kind that there is, is refused by its name', async () => {
    expect(() => fp.powerIteration(kernel, { start: [1, 1], iterations: 1e9 })).toThrow(
      'iterations: expected an integer from 1 to 1000000, got 1000000000',
    );
    const large = [[1e300, 1e300]];
    const flowed = await fp.gradientFlow({ kernel, y: [1, 2] });
    expect(() => flowed.ensemble(1, { crossKernel: large, nngp: kernel, nngpCross: large, nngpTest: [[1]] })).toThrow(
      /^crossKernel, nngp, nngpCross, nngpTest: the result is not finite/,
    );
    await expect(
      fp.sweep({ training: { network: true }, grid: { 'network.hidden': [[2]] } } as never).next(),
    ).rejects.toThrow(/network/);
    await expect(fp.sweep({ training: {}, executor: 1n } as never).next()).rejects.toThrow(/^executor: expected local/);
    const grid = { 'network.hidden': [[2], [3n]] };
    await expect(fp.sweep({ training: {}, grid } as never).next()).rejects.toThrow(/^network.hidden = \["3n"\]: /);
    await expect(
      fp.gradientFlow({ kernel, y: [1, 2] }).then((f) => f.afterSteps(3, { learningRate: 1e300 })),
    ).rejects.toThrow(/^time, learningRate, crossKernel: the result is not finite/);
    const holes = new Array(2);
    await expect(fp.empiricalNtk(model(), points, null, { layers: holes } as never)).rejects.toThrow(/^layers: /);
    const beyond = Buffer.from(fp.encodeNpy({ data: Float64Array.of(2 ** 62), shape: [1] }));
    // The same eight bytes as an integer that f64 does not hold.
    const integers = Buffer.from(beyond.toString('latin1').replace('<f8', '<i8'), 'latin1');
    integers.writeBigInt64LE(2n ** 60n + 1n, integers.length - 8);
    expect(() => fp.readNpy(integers)).toThrow(/^npy: .* that f64 does not hold exactly/);
  });

  it('a figure that Vega-Lite cannot read is told in our words', async () => {
    const figure = { id: 'a', title: '', caption: '', spec: { mark: 'line', width: 10n } } as never;
    await expect(fp.renderSvg(figure)).rejects.toThrow(
      /^figure "a": spec: not valid Vega-Lite: a mark, an encoding, a size/,
    );
  });
});
