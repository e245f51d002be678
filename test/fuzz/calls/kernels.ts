/** Valid calls of the kernel functions and of the flows that they give. */
import { gradientFlow } from '../../../src/index.js';
import type { Kit, Table } from '../entry.js';
import { array, formed, input, kernel, positive } from '../values.js';
import { regressor, wide } from './models.js';

const task = (kit: Kit) => kit.some({ threads: kit.random.int(1, 2), signal: kit.signal });
const options = (kit: Kit) => ({ ...task(kit), ...kit.some({ memoryLimit: 1e8 }) });
const matrix = (kit: Kit) => formed(kit, kernel(kit, 4));
const flow = (kit: Kit) => gradientFlow({ kernel: kernel(kit, 4), y: array(kit, 4, 1) });
const orthonormal = { data: Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), shape: [4, 4] };
const geometry = (kit: Kit): unknown =>
  kit.random.pick<unknown>([
    'circle',
    'interval',
    { type: 'torus', grid: [2, 2] },
    {
      type: 'sphere',
      points: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [-1, 0, 0],
      ],
      degrees: 1,
    },
  ]);

/** A method of a flow over four samples; its first argument is the flow. */
const ofFlow = (rest: (kit: Kit) => unknown[]) => async (kit: Kit) => [await flow(kit), ...rest(kit)];

export const kernels: Table = {
  analyticKernel: {
    args: (kit) => {
      const chosen = { kernel: kit.random.pick(['ntk', 'nngp']), ...options(kit) };
      return kit.random.chance(0.5)
        ? [wide(kit), input(kit, 4, 2), chosen]
        : [wide(kit), input(kit, 4, 2), input(kit, 3, 2), chosen];
    },
  },
  analyticKernelError: { args: (kit) => [wide(kit), input(kit, 4, 2), task(kit)] },
  compareWithNtk: {
    args: (kit) => [
      regressor(kit),
      { x: input(kit, 5, 2), y: input(kit, 5, 1), ...kit.some({ frequencies: input(kit, 2, 2) }) },
      { learningRate: 0.05, steps: 4, ...kit.some({ momentum: 0.5, records: 2, byLayer: true }), ...task(kit) },
    ],
    cost: 2,
  },
  eigh: {
    args: (kit) => {
      const { data, shape } = kernel(kit, 4);
      const im = Float64Array.from(data, (_, at) => Math.sin((at % 4) - Math.floor(at / 4)));
      return [kit.random.chance(0.5) ? matrix(kit) : { re: data, im, shape }, task(kit)];
    },
  },
  eigvalsh: { args: (kit) => [matrix(kit), task(kit)] },
  topEigen: { args: (kit) => [matrix(kit), 2, kit.some({ tolerance: 1e-6, signal: kit.signal })] },
  topEigenNtk: {
    args: (kit) => [regressor(kit), input(kit, 5, 2), 2, { ...options(kit), ...kit.some({ tolerance: 1e-6 }) }],
  },
  svd: { args: (kit) => [input(kit, 4, 3), task(kit)] },
  cholesky: { args: (kit) => [matrix(kit), { ...task(kit), ...kit.some({ ridge: 0.1 }) }] },
  // The condition number of a singular kernel is infinite.
  solvePsd: {
    args: (kit) => [matrix(kit), input(kit, 4, 2), { ...task(kit), ...kit.some({ ridge: 0.1 }) }],
    result: 'any',
  },
  empiricalNtk: {
    args: (kit) => {
      const chosen = {
        ...options(kit),
        ...kit.some({ outputs: kit.random.pick(['trace', 'full']), method: 'jacobian' }),
      };
      return kit.random.pick<() => unknown[]>([
        () => [regressor(kit), input(kit, 5, 2), undefined, chosen],
        () => [regressor(kit), input(kit, 5, 2), input(kit, 3, 2), chosen],
        () => [regressor(kit), input(kit, 5, 2), undefined, { ...task(kit), out: `${kit.folder}/kernel.npy` }],
        () => [regressor(kit), input(kit, 5, 2), undefined, { ...task(kit), layers: [0] }],
      ])();
    },
    free: ['out'],
  },
  empiricalNtkByLayer: { args: (kit) => [regressor(kit), input(kit, 5, 2), input(kit, 3, 2), options(kit)] },
  GradientFlow: {
    args: (kit) => [{ kernel: matrix(kit), y: input(kit, 4, 1) }],
    call: ([given]) => gradientFlow(given as Parameters<typeof gradientFlow>[0]),
  },
  gradientFlow: {
    args: (kit) => [
      { kernel: matrix(kit), y: input(kit, 4, 1), ...kit.some({ initial: input(kit, 4, 1) }), ...task(kit) },
    ],
  },
  'GradientFlow.at': {
    args: ofFlow((kit) => [
      0.5,
      kit.random.chance(0.5)
        ? task(kit)
        : { crossKernel: input(kit, 3, 4), ...kit.some({ initialCross: input(kit, 3, 1) }), ...task(kit) },
    ]),
  },
  'GradientFlow.afterSteps': {
    args: ofFlow((kit) => [3, { learningRate: 0.1, ...kit.some({ momentum: 0.5 }), ...task(kit) }]),
  },
  'GradientFlow.residualComponents': { args: ofFlow(() => [0.5]) },
  'GradientFlow.residualAfterSteps': {
    args: ofFlow((kit) => [3, { learningRate: 0.1, ...kit.some({ momentum: 0.5 }) }]),
  },
  'GradientFlow.dispose': { args: ofFlow(() => []), result: 'any' },
  'GradientFlow.rates': { args: ofFlow(() => []) },
  'GradientFlow.eigenvalues': { args: ofFlow(() => []) },
  'GradientFlow.eigenvectors': { args: ofFlow(() => []) },
  'GradientFlow.largestLearningRate': { args: ofFlow(() => [0.5]) },
  'GradientFlow.ensemble': {
    args: ofFlow((kit) => {
      const all = kernel(kit, 6);
      const part = (rows: [number, number], columns: [number, number]) => ({
        data: Float64Array.from({ length: (rows[1] - rows[0]) * (columns[1] - columns[0]) }, (_, i) => {
          const width = columns[1] - columns[0];
          return all.data[(rows[0] + Math.floor(i / width)) * 6 + columns[0] + (i % width)] ?? 0;
        }),
        shape: [rows[1] - rows[0], columns[1] - columns[0]],
      });
      const given = { nngp: part([0, 4], [0, 4]), nngpCross: part([4, 6], [0, 4]), nngpTest: part([4, 6], [4, 6]) };
      return [0.5, { crossKernel: input(kit, 2, 4), ...given }];
    }),
  },
  crossEntropyFlow: {
    args: (kit) => [
      {
        kernel: matrix(kit),
        labels: [
          [1, 0],
          [0, 1],
          [1, 0],
          [0.5, 0.5],
        ],
        times: [0, 0.5, 1],
        ...kit.some({ initial: input(kit, 4, 2), tolerance: 1e-4 }),
        ...task(kit),
      },
    ],
  },
  ntkVectorProduct: {
    args: (kit) =>
      kit.random.chance(0.5)
        ? [regressor(kit), input(kit, 5, 2), input(kit, 5), options(kit)]
        : [regressor(kit), input(kit, 5, 2), input(kit, 3), { ...options(kit), x2: input(kit, 3, 2) }],
  },
  residualNtk: {
    args: (kit) => [
      regressor(kit),
      {
        x: input(kit, 4, 2),
        collocation: input(kit, 3, 2),
        equation: kit.random.pick(['u_x1x1 + u_x2x2', 'a * u + u * u_x1']),
        parameters: { a: 2 },
        ...task(kit),
      },
    ],
    // A formula's numbers have any name.
    open: ['parameters'],
    refused: ['INVALID_ARGUMENT'],
  },
  sampledNngp: {
    args: (kit) => [
      wide(kit),
      input(kit, 4, 2),
      { draws: 3, seed: 1, ...kit.some({ x2: input(kit, 3, 2) }), ...task(kit) },
    ],
  },
  // The centroid of a vector without shares, which is no unit vector, is NaN.
  matchModes: { args: (kit) => [orthonormal, geometry(kit), task(kit)], result: 'any' },
  spectrumMeasures: { args: (kit) => [positive(kit, 5), 0.1] },
  labelAlignment: { args: (kit) => [matrix(kit), input(kit, 4)] },
  labelEnergy: { args: (kit) => [orthonormal, input(kit, 4)] },
  centredAlignment: { args: (kit) => [matrix(kit), matrix(kit)] },
  kernelDrift: { args: (kit) => [matrix(kit), matrix(kit)] },
  learningCurve: {
    args: (kit) => [positive(kit, 5), input(kit, 5), { samples: [2, 4], ...kit.some({ ridge: 0.1, noise: 0.2 }) }],
    refused: ['INVALID_ARGUMENT'],
  },
  kernelRates: { args: (kit) => [matrix(kit), input(kit, 4, 1), input(kit, 2, 1), 1] },
  measuredRates: { args: (kit) => [[0, 1, 2, 3], positive(kit, 4, 2), 0.01], result: 'any' },
  kernelBandwidth: { args: (kit) => [[0, 1, 2, 3], positive(kit, 4), 0.9] },
  kernelRegression: {
    args: (kit) => [
      {
        kernel: matrix(kit),
        y: input(kit, 4, 2),
        ...kit.some({ crossKernel: input(kit, 3, 4), ridge: 0.1 }),
        ...task(kit),
      },
    ],
  },
  leaveOneOut: {
    args: (kit) => [{ kernel: matrix(kit), y: input(kit, 4, 2), ...kit.some({ ridge: 0.1 }), ...task(kit) }],
  },
  gaussianProcess: {
    args: (kit) => [
      {
        kernel: matrix(kit),
        crossKernel: input(kit, 2, 4),
        testKernel: formed(kit, kernel(kit, 2)),
        y: input(kit, 4),
        ...kit.some({ noise: 0.1 }),
        ...task(kit),
      },
    ],
  },
  nadarayaWatson: { args: (kit) => [positive(kit, 3, 4), input(kit, 4, 2), task(kit)] },
};
