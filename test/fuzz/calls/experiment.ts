/** Valid calls of the language of experiments, of runs and of sweeps. */
import { join } from 'node:path';
import { z } from 'zod';
import {
  above,
  defineExperiment,
  type Experiment,
  experiments,
  lineFigure,
  mlp,
  runToFolder,
} from '../../../src/index.js';
import { constant, type Entry, type Kit, type Table } from '../entry.js';
import { array, positive } from '../values.js';

/** The fields of a small experiment. */
const definition = (kit: Kit) => ({
  id: 'tiny',
  title: 'A line',
  source: 'made up',
  statement: 'It rises.',
  parameters: z.object({ slope: z.number().default(2), points: z.int().min(2).max(50).default(4) }),
  presets: { quick: {}, paper: { points: 8 } },
  seconds: { quick: 1 },
  data: [],
  run: ({ parameters: { slope, points }, seed }: { parameters: { slope: number; points: number }; seed: number }) => {
    const x = Array.from({ length: points }, (_, i) => i);
    const y = x.map((v) => slope * v + seed);
    return {
      metrics: { last: y.at(-1) ?? null },
      tables: [{ id: 'line', title: 'The line', columns: { x, y } }],
      figures: kit.random.chance(0.2)
        ? [
            lineFigure({
              id: 'line',
              title: 'Line',
              caption: 'c',
              x: { title: 'x' },
              y: { title: 'y' },
              lines: [{ name: 'line', x, y }],
            }),
          ]
        : [],
      arrays: { y: { data: Float64Array.from(y), shape: [points] } },
    };
  },
});
/** One whose data is saved. */
const measuring = (): Experiment =>
  defineExperiment({
    id: 'measuring',
    title: 'A number',
    source: 'made up',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    measure: () => ({ values: Float64Array.of(1, 2) }),
    present: ({ values }) => ({ metrics: { last: values.at(-1) ?? null } }),
  });
const claim = { id: 'claim', statement: 'It is so.', source: 'made up' };
/** Relative errors of two components at four records. */
const history = (kit: Kit) => ({ steps: [0, 1, 2, 3], error: positive(kit, 4, 2) as never });
const tiny = (kit: Kit): Experiment => defineExperiment(definition(kit));

const text = (measured: unknown) => ({
  id: 'claim',
  statement: 'It is so.',
  source: 'made up',
  measured,
  labels: ['a', 'b'],
  unit: 'steps',
});
const one =
  (kit: Kit): Entry['args'] =>
  () => [0.5, text([kit.random.unit(), 0.2])];
const bound: Entry = {
  args: (kit) => one(kit)(kit),
  free: ['id', 'statement', 'source', 'unit', 'measured'],
  result: 'any',
};
const order: Entry = {
  args: () => [text([1, 2])],
  free: ['id', 'statement', 'source', 'unit', 'measured'],
  result: 'any',
};
const expectation = (kit: Kit): unknown =>
  kit.random.pick<unknown>([
    { relation: 'at most', value: 1 },
    { relation: 'between', low: 0, high: 1 },
    { relation: 'equal to', value: 1, tolerance: 0.1 },
    { relation: 'increasing' },
  ]);

/** A sweep, read to its end. */
async function swept(api: Readonly<Record<string, unknown>>, options: unknown, kit: Kit): Promise<unknown[]> {
  const sweep = api.sweep as (options: unknown) => AsyncGenerator<unknown>;
  const own = typeof options === 'object' && options !== null && !('signal' in options);
  const runs: unknown[] = [];
  const given = own
    ? Object.defineProperty(options, 'signal', { value: kit.signal, enumerable: true, configurable: true })
    : options;
  for await (const run of sweep(given)) runs.push(run);
  return runs;
}

export const experiment: Table = {
  // What was measured may be lists at any depth.
  judge: { args: (kit) => [expectation(kit), [1, 2]], result: 'any', free: ['1'] },
  atMost: bound,
  atLeast: bound,
  below: bound,
  above: bound,
  between: {
    args: () => [0, 1, text([0.2, 0.4])],
    free: ['id', 'statement', 'source', 'unit', 'measured'],
    result: 'any',
  },
  equalTo: {
    args: () => [0.5, 0.1, text([0.45, 0.55])],
    free: ['id', 'statement', 'source', 'unit', 'measured'],
    result: 'any',
  },
  increasing: order,
  decreasing: order,
  describeExpectation: { args: (kit) => [expectation(kit), 'steps'], free: ['1'] },
  describeMeasured: { args: () => [[1, null, 0.5], ['a', 'b', 'c'], 'steps'], free: ['0', '2'] },
  formatNumber: { args: (kit) => [kit.random.signed()] },
  curvePlayback: {
    args: (kit) => [
      {
        x: array(kit, 8, 1),
        target: array(kit, 8, 1),
        history: { steps: [0, 4], loss: [1, 0.5] },
        outputs: array(kit, 2, 8, 1),
        frequencies: 3,
      },
    ],
    open: ['history'],
    // The loss of a training that diverged ends in what is no number.
    result: 'any',
  },
  defineExperiment: {
    args: (kit) => [definition(kit)],
    free: ['title', 'source', 'statement'],
    result: 'any',
  },
  isExperiment: { args: (kit) => [tiny(kit)], free: ['*'] },
  presetNames: constant,
  equations: constant,
  // Reading an array looks at no value: what is not finite comes out as it went in.
  at: { args: (kit) => [array(kit, 3, 4), 2, 1], result: 'any' },
  column: { args: (kit) => [array(kit, 3, 4), 2], result: 'any' },
  columns: { args: (kit) => [array(kit, 3, 4)], result: 'any' },
  fromRows: { args: (kit) => [[array(kit, 3), array(kit, 3)]], result: 'any' },
  rows: { args: (kit) => [array(kit, 3, 4)], result: 'any' },
  toNested: { args: (kit) => [array(kit, 3, 4)], result: 'any' },
  row: { args: (kit) => [array(kit, 3, 4), 2], result: 'any' },
  transpose: { args: (kit) => [array(kit, 3, 4)], result: 'any' },
  mergeParameters: { args: () => [{ a: 1, b: { c: 2 } }, { b: { d: 3 } }], free: ['*'], result: 'any' },
  parametersSchema: { args: (kit) => [tiny(kit).parameters], result: 'any' },
  parseAssignment: { args: () => ['optimizer.learningRate=1e-3'], free: ['0'], result: 'any' },
  resolveParameters: { args: (kit) => [tiny(kit).parameters, { slope: 3 }, { points: 5 }] },
  runExperiment: {
    args: (kit) => [tiny(kit), kit.some({ preset: 'paper', parameters: { slope: 3 }, seed: 4, signal: kit.signal })],
    result: 'any',
  },
  bibliography: constant,
  common: constant,
  learntLevel: constant,
  learntLevels: constant,
  cite: { args: (kit) => [kit.random.pick(['tancik2020', 'xuBook']), 'figure 4'], free: ['1'] },
  describeContrast: {
    args: () => [above(1, { ...claim, measured: [2, 3], control: { statement: 'turned', measured: [0, 1] } })],
    free: ['*'],
  },
  // A history of a training may stand there as a whole, with all else that it has.
  passagesOf: {
    args: (kit) => [history(kit), kit.some({ level: 0.5, settled: false })],
    open: ['0'],
    result: 'any',
  },
  leftWhenLearnt: {
    args: (kit) => [history(kit), { learnt: 0, left: 1, level: 0.5 }],
    open: ['0'],
    result: 'any',
  },
  orderClaim: {
    args: (kit) => [{ ...claim, networks: [history(kit)], control: { statement: 'turned', networks: [history(kit)] } }],
    free: ['id', 'statement', 'source', 'labels', 'unit'],
    open: ['networks'],
    result: 'any',
  },
  sumOfSines: { args: (kit) => [array(kit, 5, 1), [1, 3], 2] },
  grid: { args: () => [{ k: [1, 2], seed: [3, 4, 5] }], free: ['*'], result: 'any' },
  trainAll: {
    args: (kit) => [
      { signal: kit.signal ?? new AbortController().signal, training: () => () => {} },
      {
        cells: [{ seed: 1 }, { seed: 2 }],
        run: ({ seed }: { seed: number }) => ({ seed }),
        shared: {
          spec: mlp({ input: 1, hidden: [3], output: 1, activation: 'tanh' }),
          x: [[0], [1]],
          y: [[0], [1]],
          loss: 'mse',
          optimizer: { type: 'sgd', learningRate: 0.1 },
          steps: 2,
        },
      },
    ],
    free: ['*'],
    result: 'any',
    cost: 2,
  },
  presentAgain: {
    args: async (kit) => [(await runToFolder(measuring(), { out: kit.folder })).folder, { experiment: measuring() }],
    free: ['*'],
    result: 'any',
    cost: 4,
  },
  nearestRecord: { args: () => [[0, 2, 8], 3] },
  // Steps and errors of a training may hold anything that is a number.
  passageStep: { args: (kit) => [[0, 1, 2], [1, 0.5, 0.2], 0.4, kit.some({ settled: true })], result: 'any' },
  deriveSeeds: { args: (kit) => [kit.random.int(0, 9), kit.random.int(0, 9), 'networks'] },
  spread: { args: (kit) => [Array.from(array(kit, 5).data)], result: 'any' },
  spearman: { args: (kit) => [Array.from(array(kit, 5).data), Array.from(array(kit, 5).data)], result: 'any' },
  varianceShares: {
    args: (kit) => [[0, 1].map(() => [0, 1, 2].map(() => Array.from(array(kit, 2).data)))],
    result: 'any',
  },
  amplitudes: { args: (kit) => [array(kit, 2, 8)] },
  // NaN for amplitudes that are not finite, as documented.
  bandwidth: { args: () => [[1, 2, 3, 0.5], 0.9], result: 'any' },
  periodicGrid: { args: (kit) => [kit.random.int(2, 9)] },
  sample: { args: (kit) => [array(kit, 5, 1), Math.sin], result: 'any' },
  experiments: constant,
  experimentById: { args: (kit) => [kit.random.pick(experiments.map(({ id }) => id))] },
  readRun: {
    args: async (kit) => [(await runToFolder(tiny(kit), { out: kit.folder })).folder],
    result: 'any',
    cost: 4,
  },
  runToFolder: {
    args: (kit) => [
      tiny(kit),
      {
        out: kit.folder,
        ...kit.some({ preset: 'paper', parameters: { slope: 3 }, seed: 4, checkpoint: 1, signal: kit.signal }),
      },
    ],
    free: ['out'],
    result: 'any',
    cost: 4,
  },
  sweep: {
    args: (kit) => [
      {
        training: { network: { hidden: [3] }, data: { points: 8 }, steps: 2, records: 2 },
        grid: { 'network.hidden': [[2], [3]] },
        seeds: [0, 1],
        out: join(kit.folder, 'sweep'),
        ...kit.some({
          lanes: 1,
          memoryLimit: 1e9,
          retries: 0,
          executor: 'local',
          retryFailed: true,
          where: [{ parameter: 'steps', is: '<', value: 5 }],
        }),
        ...kit.some({ zip: [{ steps: [2, 3], records: [2, 2] }] }),
      },
    ],
    call: async ([options], kit) => swept(await import('../../../src/index.js'), options, kit),
    free: ['out', 'queue', 'shared'],
    refused: ['INVALID_ARGUMENT'],
    result: 'any',
    cost: 8,
  },
  sweepJsonSchema: { args: () => [] },
};
