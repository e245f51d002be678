/**
 * Spectral bias of physics-informed networks (seed 004, section 1.1; slides (001): the loss can change the order).
 *
 * **Poisson.** `-u'' = f` on [0, 1], u = 0 at both ends, with `u = sum_k sin(k pi x)`: the residual's mean square weighs the
 * error at mode k by `(k pi)^4`. So the differential operator works against the bias of the network: by residual the high
 * modes come first and the lowest, which the residual hardly sees and the boundary alone holds, comes late.
 * With the same network and the values of u themselves (a regression) the low modes come first.
 *
 * **Heat.** `u_t = kappa u_xx`, u(x, 0) = the same sines, u = 0 at the ends; solution `sum_k exp(-kappa (k pi)^2 t) sin(k pi x)`.
 *
 * **Fourier features** of the input, up to the highest mode of the target, take the bias of the network away, and reach a
 * smaller error in the same number of steps: where the plain network has not got there by then. With the modes 1, 2, 5 and
 * 10,000 steps it has: both kinds of five networks ended between 1e-5 and 8e-3, as Adam's last steps had it, features ahead in
 * two of them. So the paper preset has the modes 1, 4, 10.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import {
  below,
  decreasing,
  defineExperiment,
  increasing,
  passageStep,
  probe,
  refuseDiverged,
  spread,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure } from '../../figures/index.js';
import { equations, type LayerSpec, type LossSpec, type NetworkSpec, trainMany } from '../../nets/index.js';
import { errorMapFigure } from '../support/error-map.js';

const parameters = z.object({
  modes: z.array(z.int().min(1).max(50)).min(2).default([1, 2, 5]).describe('k of the sines of the solution'),
  points: z.int().min(16).max(100_000).default(200).describe('points inside the interval'),
  times: z.int().min(4).max(1000).default(40).describe('points in time, heat equation'),
  kappa: z.number().positive().default(0.01).describe('diffusivity, heat equation'),
  hidden: z.array(z.int().min(1)).min(1).default([50, 50, 50, 50]).describe('widths of the hidden layers'),
  features: z.int().min(1).max(100).default(6).describe('Fourier features cos and sin of pi j x, j = 1 to this number'),
  boundary: z.number().positive().default(1000).describe('weight of the boundary conditions, Poisson equation'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  steps: z.int().min(1).default(10_000).describe('training steps'),
  records: z.int().min(10).max(500).default(80).describe('recorded steps, evenly spaced in their logarithm'),
  seeds: z.int().min(1).max(20).default(5).describe('networks of each kind'),
  level: z.number().positive().max(1).default(0.2).describe('relative error of a mode that counts as learnt'),
});

export const pinn = defineExperiment({
  id: 'pinn',
  title: 'Physics-informed networks: the equation in the loss changes the order',
  source:
    'Spectral bias and low-rank bias (004), section 1.1; slides (001), frequency weights of the loss; Wang, Wang and Perdikaris 2021, arXiv:2012.10047',
  statement:
    'Fitted to the values of the solution, a network learns its low modes first. Fitted to the residual of the Poisson ' +
    'equation, which weighs mode k by k^4, the order is no longer that one. Fourier features make the solution of the ' +
    'Poisson and of the heat equation more accurate in the same number of steps.',
  formula: 'L = mean |u″ + f|^2 + |u(0)|^2 + |u(1)|^2,  in which mode k weighs (kπ)^4',
  parameters,
  presets: {
    quick: { points: 64, times: 16, hidden: [32, 32, 32], learningRate: 3e-3, steps: 1200, records: 90, seeds: 2 },
    paper: { modes: [1, 4, 10], features: 10 },
  },
  seconds: { quick: 3, paper: 1200 },
  async run({ parameters: p, seeds, signal, training }) {
    const pi = Math.PI;
    const modes = [...p.modes].sort((a, b) => a - b);
    const x = grid(p.points);
    const solution = {
      data: x.data.map((v) => modes.reduce((sum, k) => sum + Math.sin(k * pi * v), 0)),
      shape: x.shape,
    };
    const source = modes.map((k) => `(${k} * pi)^2 * sin(${k} * pi * x)`).join(' + ');
    const residual: LossSpec = {
      type: 'residual',
      equation: equations.poisson(['x'], source),
      conditions: [{ points: [[0], [1]], equation: 'u', weight: p.boundary }],
    };
    const kinds: { name: string; spec: NetworkSpec; loss: LossSpec; y?: NdArray }[] = [
      { name: 'values', spec: network(1, p.hidden), loss: 'mse', y: solution },
      { name: 'residual', spec: network(1, p.hidden), loss: residual },
      { name: 'residual, Fourier features', spec: network(1, p.hidden, p.features), loss: residual },
    ];
    const cells = kinds.flatMap((kind) => seeds(p.seeds).map((seed) => ({ ...kind, seed })));
    const poisson = await trainMany(
      cells.map(({ spec, loss, y, seed }) => ({ spec, loss, seed, ...(y && { y }) })),
      {
        x,
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: x } },
        signal,
        onProgress: training(`Poisson equation, ${cells.length} networks`, cells.length * p.steps),
      },
    );
    const sines = modes.map((k) => x.data.map((v) => Math.sin(k * pi * v)));
    const runs = poisson.map(({ history }, i) => {
      refuseDiverged(history, cells[i]!.name);
      const outputs = probe(history, 'output', 'values');
      // The coefficient of each sine; 1 is right. On this grid they are orthogonal: sum_i sin^2 = (n + 1) / 2.
      const error = Float64Array.from(
        history.steps.flatMap((_, r) =>
          sines.map((sine) =>
            Math.abs(
              (2 / (p.points + 1)) * sine.reduce((sum, v, j) => sum + v * outputs.data[r * p.points + j]!, 0) - 1,
            ),
          ),
        ),
      );
      const modeError = { data: error, shape: [history.steps.length, modes.length] };
      return {
        history,
        modeError,
        passages: modes.map((_, k) => passageStep(history.steps, column(modeError, k), p.level, { settled: true })),
        final: relativeError(outputs.data.subarray((history.steps.length - 1) * p.points), solution.data),
      };
    });
    const of = (kind: number) => runs.slice(kind * p.seeds, (kind + 1) * p.seeds);

    // The heat equation, points (x, t).
    const heat = heatProblem(p.points, p.times, p.kappa, modes);
    const heatKinds = [undefined, p.features];
    const heatCells = heatKinds.flatMap((features) => seeds(p.seeds).map((seed) => ({ features, seed })));
    const heated = await trainMany(
      heatCells.map(({ features, seed }) => ({ seed, spec: network(2, p.hidden, features) })),
      {
        x: heat.inside,
        loss: {
          type: 'residual',
          variables: ['x', 't'],
          equation: equations.heat(['x', 't'], p.kappa),
          conditions: heat.conditions,
        },
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: Math.ceil(p.steps / 2),
        record: { log: Math.ceil(p.records / 2) },
        probes: { output: { type: 'outputs', points: heat.inside } },
        signal,
        onProgress: training(`heat equation, ${heatCells.length} networks`, heatCells.length * Math.ceil(p.steps / 2)),
      },
    );
    const heatErrors = heated.map(({ history }, i) => {
      refuseDiverged(history, `heat equation, network ${i + 1}`);
      const { data } = probe(history, 'output', 'values');
      return relativeError(data.subarray(data.length - heat.solution.length), heat.solution);
    });

    const labels = modes.map((k) => `k = ${k}`);
    // Lead of the lowest mode over the highest in decades of steps; what never passed counts as the end.
    const lead = (row: (number | null)[]): number => Math.log10((row[row.length - 1] ?? p.steps) / (row[0] ?? p.steps));
    const { steps } = runs[0]!.history;
    return {
      metrics: {
        residual_error: spread(of(1).map((r) => r.final)).median,
        residual_error_features: spread(of(2).map((r) => r.final)).median,
        heat_error: spread(heatErrors.slice(0, p.seeds)).median,
        heat_error_features: spread(heatErrors.slice(p.seeds)).median,
      },
      tables: [
        {
          id: 'first-passage',
          title: `Poisson equation: step from which on the relative error of a mode stays at ${p.level} or less`,
          columns: {
            loss: cells.flatMap(({ name }) => modes.map(() => name)),
            seed: cells.flatMap(({ seed }) => modes.map(() => seed)),
            mode: cells.flatMap(() => modes),
            step: runs.flatMap((run) => run.passages),
          },
        },
        {
          id: 'heat',
          title: 'Heat equation: relative error of the solution at the end',
          columns: {
            network: heatCells.map(({ features }) => (features === undefined ? 'plain' : 'Fourier features')),
            seed: heatCells.map(({ seed }) => seed),
            error: heatErrors,
          },
        },
      ],
      claims: [
        increasing({
          id: 'values-low-first',
          statement: `Fitted to the values, the modes pass ${p.level} in the order of frequency, in every network.`,
          source: '004, section 1.1',
          measured: of(0).map((run) =>
            run.passages.map((step, k) => step ?? (k === modes.length - 1 ? p.steps + 1 : null)),
          ),
          labels,
          unit: 'steps',
        }),
        below(0, {
          id: 'residual-changes-order',
          statement:
            'Fitted to the residual, the lead of the lowest mode over the highest (in decades of steps) is smaller than when fitted to the values, in every network (difference).',
          source: 'slides (001): in a PINN the bias need not hold',
          measured: of(1).map((run, i) => lead(run.passages) - lead(of(0)[i]!.passages)),
        }),
        decreasing({
          id: 'features-poisson',
          statement: 'Poisson equation: the final relative error is smaller with Fourier features, in every network.',
          source: 'Wang, Wang and Perdikaris 2021',
          measured: of(1).map((run, i) => [run.final, of(2)[i]!.final]),
          labels: ['plain', 'Fourier features'],
        }),
        decreasing({
          id: 'features-heat',
          statement: 'Heat equation: the final relative error is smaller with Fourier features, in every network.',
          source: 'Wang, Wang and Perdikaris 2021',
          measured: seeds(p.seeds).map((_, i) => [heatErrors[i]!, heatErrors[p.seeds + i]!]),
          labels: ['plain', 'Fourier features'],
        }),
      ],
      figures: [
        ...kinds.map(({ name }, i) =>
          errorMapFigure({
            id: `modes-${['values', 'residual', 'features'][i]}`,
            title: `Poisson equation, ${name}: relative error by mode`,
            caption: 'Relative error of each sine of the solution through the training, first network. Dark is learnt.',
            error: of(i)[0]!.modeError,
            steps,
            labels,
            rows: 'mode',
          }),
        ),
        lineFigure({
          id: 'solutions',
          title: 'Poisson equation: the solutions at the end',
          caption: 'First network of each kind, and the solution.',
          x: { title: 'x' },
          y: { title: 'u(x)' },
          lines: [
            { name: 'solution', x: x.data, y: solution.data, color: '#000000' },
            ...kinds.map(({ name }, i) => {
              const { history } = of(i)[0]!;
              const { data } = probe(history, 'output', 'values');
              return { name, x: x.data, y: data.subarray((history.steps.length - 1) * p.points) };
            }),
          ],
        }),
        ...[0, 1].map((kind) => {
          const { data } = probe(heated[kind * p.seeds]!.history, 'output', 'values');
          const last = data.subarray(data.length - heat.solution.length);
          return heatmapFigure({
            id: `heat-${kind === 0 ? 'plain' : 'features'}`,
            title: `Heat equation, ${kind === 0 ? 'plain network' : 'Fourier features'}: error of the solution`,
            caption: 'Absolute error over space and time at the end, first network.',
            values: {
              data: Float64Array.from(last, (v, i) => Math.abs(v - heat.solution[i]!)),
              shape: [p.times, p.points],
            },
            x: { title: 'x', at: x.data },
            y: { title: 't', at: heat.t },
            color: { title: 'absolute error', range: [0, 0.5] },
          });
        }),
      ],
    };
  },
});

/** The `n` inner points of [0, 1], equally spaced: `[n, 1]`. */
const grid = (n: number): { data: Float64Array; shape: number[] } => ({
  data: Float64Array.from({ length: n }, (_, i) => (i + 1) / (n + 1)),
  shape: [n, 1],
});

/** Tanh layers, behind Fourier features `cos, sin(pi j x)` of the first input (and the other inputs as they are). */
function network(input: number, hidden: number[], features?: number): NetworkSpec {
  const dense = hidden.flatMap((units): LayerSpec[] => [
    { type: 'dense', units, init: 'glorot', biasInit: 'zeros' },
    { type: 'activation', fn: 'tanh' },
  ]);
  const frequencies = Array.from({ length: features ?? 0 }, (_, j) => [
    (j + 1) / 2,
    ...Array.from({ length: input - 1 }, () => 0),
  ]);
  const encode: LayerSpec[] =
    features === undefined
      ? []
      : [
          {
            type: 'branches',
            combine: 'concat',
            branches: [[{ type: 'fourierFeatures', frequencies }], [{ type: 'scale', factor: 1 }]],
          },
        ];
  return { input, layers: [...encode, ...dense, { type: 'dense', units: 1, init: 'glorot', biasInit: 'zeros' }] };
}

/** Points (x, t) of the heat equation on [0, 1] x (0, 1], its solution there, and its initial and boundary conditions. */
function heatProblem(n: number, times: number, kappa: number, modes: number[]) {
  const at = (x: number, t: number): number =>
    modes.reduce((sum, k) => sum + Math.exp(-kappa * (k * Math.PI) ** 2 * t) * Math.sin(k * Math.PI * x), 0);
  const x = [...grid(n).data];
  const t = Array.from({ length: times }, (_, j) => (j + 1) / times);
  const rows = t.flatMap((time) => x.map((v) => [v, time]));
  return {
    t,
    inside: { data: Float64Array.from(rows.flat()), shape: [rows.length, 2] },
    solution: rows.map(([v, time]) => at(v!, time!)),
    conditions: [
      {
        points: x.map((v) => [v, 0]),
        equation: `u - (${modes.map((k) => `sin(${k} * pi * x)`).join(' + ')})`,
        weight: 10,
      },
      {
        points: t.flatMap((time) => [
          [0, time],
          [1, time],
        ]),
        equation: 'u',
        weight: 10,
      },
    ],
  };
}

/** `|a - b| / |b|`, Euclidean. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [error, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(error / norm);
}
