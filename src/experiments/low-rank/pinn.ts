/**
 * Spectral bias of physics-informed networks (notes on spectral and low-rank bias; slides: the loss can change the order).
 *
 * **Poisson.** `-u'' = f` on [0, 1], u = 0 at both ends, with `u = sum_k sin(k pi x)`: the residual's mean square weighs the
 * error at mode k by `(k pi)^4`. So the differential operator works against the bias of the network: by residual the high
 * modes come first and the lowest, which the residual hardly sees and the boundary alone holds, comes late.
 * With the same network and the values of u themselves (a regression) the low modes come first. Each is the control of the other.
 *
 * **Heat.** `u_t = kappa u_xx`, u(x, 0) = the same sines, u = 0 at the ends; solution `sum_k exp(-kappa (k pi)^2 t) sin(k pi x)`.
 * The error of a mode is that of its coefficient over all times, `|c_k(t) - exact| / |exact|`.
 *
 * **Fourier features** of the input, up to the highest mode of the target, take the bias of the network away, and reach a
 * smaller error in the same number of steps: where the plain network has not got there by then. As many copies of the inputs are the
 * control: they gain or lose as it happens (factors of 0.2 to 11), whence the bounds of 5 and 2. It is not the high frequencies alone: as many features of low frequency, none above the lowest mode, help too (in the
 * quick preset by 22 to 1,100 times with Poisson's equation, where high ones do by 9 to 16,000, and by 2 to 6 against 3 to 27 with the heat equation).
 *
 * With the modes 1, 2, 5 and 10,000 steps the plain network has got there: both kinds of five networks ended between 1e-5 and
 * 8e-3, as Adam's last steps had it, features ahead in two of them. So the paper preset has the modes 1, 4, 10.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  common,
  defineExperiment,
  grid,
  learntLevels,
  leftWhenLearnt,
  orderClaim,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure } from '../../figures/index.js';
import { equations, type LayerSpec, type LossSpec, type NetworkSpec } from '../../nets/index.js';
import { keysOf, rms, rmsDifference, stacked } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { errorMapFigure } from '../support/error-map.js';
import { errorCurves, passageTable } from '../support/order.js';

const parameters = z.object({
  modes: z.array(z.int().min(1).max(50)).min(2).default([1, 2, 5]).describe('k of the sines of the solution'),
  points: z.int().min(16).max(100_000).default(200).describe('points inside the interval'),
  times: z.int().min(4).max(1000).default(40).describe('points in time, heat equation'),
  kappa: z.number().positive().default(0.01).describe('diffusivity, heat equation'),
  hidden: common.hidden([50, 50, 50, 50]),
  features: z.int().min(1).max(100).default(6).describe('Fourier features cos and sin of pi j x, j = 1 to this number'),
  boundary: z.number().positive().default(1000).describe('weight of the boundary conditions, Poisson equation'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  steps: common.steps(10_000),
  records: common.records(80),
  networks: common.networks(),
  level: common.level(),
});

/** What is trained for the Poisson equation, and which of it for the heat equation. */
const kinds = {
  values: 'values',
  residual: 'residual',
  features: 'residual, Fourier features',
  low: 'residual, features of low frequency',
  copies: 'residual, copies of the inputs',
} as const;
type Kind = keyof typeof kinds;
const heatKinds = ['residual', 'features', 'low', 'copies'] as const;

export const pinn = defineExperiment({
  id: 'pinn',
  title: 'Physics-informed networks: the equation in the loss changes the order',
  source: [
    cite('notesRank', 'section 1.1'),
    cite('notesSlides', 'frequency weights of the loss'),
    cite('wang2021'),
  ].join('; '),
  statement:
    'Fitted to the values of the solution, a network learns its low modes first. Fitted to the residual of the Poisson ' +
    'equation, which weighs mode k by k^4, the order is turned round. Fourier features make the solution of the ' +
    'Poisson and of the heat equation more accurate in the same number of steps.',
  formula: 'L = mean |u″ + f|^2 + |u(0)|^2 + |u(1)|^2,  in which mode k weighs (kπ)^4',
  parameters,
  presets: {
    quick: { points: 64, times: 16, hidden: [32, 32, 32], learningRate: 3e-3, steps: 1200, records: 60 },
    paper: { modes: [1, 4, 10], features: 10, steps: 5000 },
  },
  seconds: { quick: 12, paper: 3600 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const pi = Math.PI;
    const modes = [...p.modes].sort((a, b) => a - b);
    const x = line(p.points);
    const solution = Float64Array.from(x.data, (v) => modes.reduce((sum, k) => sum + Math.sin(k * pi * v), 0));
    const source = modes.map((k) => `(${k} * pi)^2 * sin(${k} * pi * x)`).join(' + ');
    const residual: LossSpec = {
      type: 'residual',
      equation: equations.poisson(['x'], source),
      conditions: [{ points: [[0], [1]], equation: 'u', weight: p.boundary }],
    };
    const optimizer = { type: 'adam', learningRate: p.learningRate } as const;
    const own = seeds(p.networks);
    const poisson = await trainAll(context, {
      cells: grid({ kind: keysOf(kinds), seed: own }),
      what: 'networks, Poisson equation',
      name: ({ kind }) => kinds[kind],
      run: ({ kind, seed }) => ({
        seed,
        spec: network(1, p, kind),
        ...(kind === 'values' ? { loss: 'mse', y: { data: solution, shape: x.shape } } : { loss: residual }),
      }),
      shared: {
        x,
        optimizer,
        steps: p.steps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: x } },
      },
    });
    // The heat equation, points (x, t).
    const heat = heatProblem(p.points, p.times, p.kappa, modes);
    const steps = Math.ceil(p.steps / 2);
    const heated = await trainAll(context, {
      cells: grid({ kind: heatKinds, seed: own }),
      what: 'networks, heat equation',
      name: ({ kind }) => `heat equation, ${kinds[kind]}`,
      run: ({ kind, seed }) => ({ seed, spec: network(2, p, kind) }),
      shared: {
        x: heat.inside,
        loss: {
          type: 'residual',
          variables: ['x', 't'],
          equation: equations.heat(['x', 't'], p.kappa),
          conditions: heat.conditions,
        },
        optimizer,
        steps,
        record: { log: Math.ceil(p.records / 2) },
        probes: { output: { type: 'outputs', points: heat.inside } },
      },
    });
    const sines = modes.map((k) => x.data.map((v) => Math.sin(k * pi * v)));
    /** The coefficient of each sine at every time. On this grid they are orthogonal: sum_i sin^2 = (n + 1) / 2. */
    const coefficients = (values: Float64Array): number[][] =>
      sines.map((sine) =>
        range(0, values.length / p.points - 1).map(
          (t) => (2 / (p.points + 1)) * sine.reduce((sum, v, j) => sum + v * (values[t * p.points + j] ?? 0), 0),
        ),
      );
    const measured = <F extends { kind: Kind; steps: number[]; probes: { output: { values: NdArray } } }>(
      { kind, steps: at, probes }: F,
      exact: ArrayLike<number>,
    ) => {
      const outputs = rows(probes.output.values);
      const right = coefficients(Float64Array.from(exact));
      const errors = outputs.map((output) =>
        coefficients(output).map((c, k) => rmsDifference(c, right[k] ?? []) / rms(right[k] ?? [])),
      );
      const last = outputs.at(-1) ?? new Float64Array();
      return { kind, steps: at, error: stacked(errors), last, final: rmsDifference(last, exact) / rms(exact) };
    };
    return {
      x,
      solution,
      heat: { t: heat.t, solution: heat.solution },
      poisson: poisson.map((fit) => measured(fit, solution)),
      heated: heated.map((fit) => measured(fit, heat.solution)),
    };
  },

  present({ x, solution, heat, poisson, heated }, p) {
    const modes = [...p.modes].sort((a, b) => a - b);
    const labels = modes.map((k) => `k = ${k}`);
    const of = <F extends { kind: Kind }>(list: readonly F[], kind: Kind) => list.filter((fit) => fit.kind === kind);
    /** The error of the lowest mode, over the level, when the highest is learnt. */
    const lowLeft = (kind: Kind, level: number): (number | null)[] =>
      of(poisson, kind).map((fit) => {
        const left = leftWhenLearnt(fit, { learnt: modes.length - 1, left: 0, level });
        return left === null ? null : left / level;
      });
    const median = (list: readonly { final: number }[]): number => spread(list.map(({ final }) => final)).median;
    /** The final error of the plain network over that of the kind with the same seed. */
    const gains = (list: readonly { kind: Kind; final: number }[], kind: Kind): number[] =>
      of(list, kind).map(({ final }, i) => (of(list, 'residual')[i]?.final ?? Number.NaN) / final);
    const gain = (id: string, name: string, list: typeof poisson, least: number) =>
      atLeast(least, {
        id,
        statement: `${name}: the final relative error is at least ${least} times smaller with Fourier features up to the highest mode (ratio), in every one of ${p.networks} networks.`,
        source: cite('wang2021'),
        measured: gains(list, 'features'),
        control: {
          id: 'copies',
          statement: 'as many inputs, all of them copies of the plain ones',
          measured: gains(list, 'copies'),
        },
      });
    const names = keysOf(kinds);
    return {
      metrics: {
        residual_error: median(of(poisson, 'residual')),
        residual_error_features: median(of(poisson, 'features')),
        heat_error: median(of(heated, 'residual')),
        heat_error_features: median(of(heated, 'features')),
      },
      tables: [
        ...[
          { id: 'passages', list: poisson },
          { id: 'passages-heat', list: heated },
        ].map(({ id, list }) =>
          passageTable(list, {
            id,
            level: p.level,
            columns: { network: ({ kind }) => kinds[kind], number: (_, i) => (i % p.networks) + 1 },
            component: ['mode', () => modes],
          }),
        ),
        {
          id: 'final',
          title: 'Relative error of the solution at the end',
          columns: {
            equation: [...poisson.map(() => 'Poisson'), ...heated.map(() => 'heat')],
            network: [...poisson, ...heated].map(({ kind }) => kinds[kind]),
            error: [...poisson, ...heated].map(({ final }) => final),
          },
        },
      ],
      claims: [
        orderClaim({
          id: 'values-low-first',
          statement: `Fitted to the values, the modes are learnt in the order of frequency (relative error settled under ${p.level}), in every one of ${p.networks} networks.`,
          source: cite('notesRank', 'section 1.1'),
          networks: of(poisson, 'values'),
          labels,
          level: p.level,
          control: {
            id: 'residual',
            statement: 'the same networks fitted to the residual',
            networks: of(poisson, 'residual'),
          },
        }),
        atLeast(1.5, {
          id: 'residual-turns-order',
          statement: `Fitted to the residual, the highest mode is learnt while the error of the lowest is at least 1.5 times the level, in every one of ${p.networks} networks.`,
          source: cite('notesSlides', 'in a PINN the bias need not hold'),
          measured: lowLeft('residual', p.level),
          levels: learntLevels.map((level) => ({ level, measured: lowLeft('residual', level) })),
          control: {
            id: 'values',
            statement: 'the same networks fitted to the values',
            measured: lowLeft('values', p.level),
          },
        }),
        gain('features-poisson', 'Poisson equation', poisson, 5),
        gain('features-heat', 'Heat equation', heated, 2),
      ],
      figures: [
        ...names.flatMap((kind) => {
          const [first] = of(poisson, kind);
          return first
            ? [
                errorMapFigure({
                  id: `modes-${kind}`,
                  title: `Poisson equation, ${kinds[kind]}: relative error by mode`,
                  caption:
                    'Relative error of each sine of the solution through the training, first network. Dark is learnt.',
                  error: first.error,
                  steps: first.steps,
                  labels,
                  rows: 'mode',
                }),
              ]
            : [];
        }),
        ...(['values', 'residual'] as const).map((kind) =>
          errorCurves(of(poisson, kind), {
            id: `curves-${kind}`,
            title: `Poisson equation, ${kinds[kind]}: relative error by step`,
            labels,
            level: p.level,
          }),
        ),
        errorCurves(of(heated, 'residual'), {
          id: 'curves-heat',
          title: 'Heat equation, residual: relative error of each mode over all times',
          labels,
          level: p.level,
        }),
        lineFigure({
          id: 'solutions',
          title: 'Poisson equation: the solutions at the end',
          caption: 'First network of each kind, and the solution.',
          x: { title: 'x' },
          y: { title: 'u(x)' },
          lines: [
            { name: 'solution', x: x.data, y: solution, color: '#000000' },
            ...names.map((kind) => ({ name: kinds[kind], x: x.data, y: of(poisson, kind)[0]?.last ?? [] })),
          ],
        }),
        ...(['residual', 'features'] as const).map((kind) =>
          heatmapFigure({
            id: `heat-${kind === 'residual' ? 'plain' : 'features'}`,
            title: `Heat equation, ${kind === 'residual' ? 'plain network' : 'Fourier features'}: error of the solution`,
            caption: 'Absolute error over space and time at the end, first network.',
            values: {
              data: Float64Array.from(of(heated, kind)[0]?.last ?? [], (v, i) =>
                Math.abs(v - (heat.solution[i] ?? Number.NaN)),
              ),
              shape: [p.times, p.points],
            },
            x: { title: 'x', at: x.data },
            y: { title: 't', at: heat.t },
            color: { title: 'absolute error', range: [0, 0.5] },
          }),
        ),
      ],
    };
  },
});

/** The `n` inner points of [0, 1], equally spaced: `[n, 1]`. */
const line = (n: number): { data: Float64Array; shape: number[] } => ({
  data: Float64Array.from({ length: n }, (_, i) => (i + 1) / (n + 1)),
  shape: [n, 1],
});

/**
 * Tanh layers, behind what the kind makes of the first input (the others as they are): Fourier features `cos, sin(pi j x)`; as many
 * of low frequency, between 0 and the lowest mode; or as many copies of the inputs.
 */
function network(
  input: number,
  { hidden, features, modes }: { hidden: number[]; features: number; modes: number[] },
  kind: Kind,
): NetworkSpec {
  const dense = hidden.flatMap((units): LayerSpec[] => [
    { type: 'dense', units, init: 'glorot', biasInit: 'zeros' },
    { type: 'activation', fn: 'tanh' },
  ]);
  const highest = kind === 'low' ? Math.min(...modes) : features;
  const others = Array.from({ length: input - 1 }, () => 0);
  const frequencies = range(1, features).map((j) => [(highest * j) / features / 2, ...others]);
  const own: LayerSpec = { type: 'scale', factor: 1 };
  const made: LayerSpec[] =
    kind === 'copies' ? range(1, (2 * features) / input).map(() => own) : [{ type: 'fourierFeatures', frequencies }];
  const encode: LayerSpec = { type: 'branches', combine: 'concat', branches: [...made, own].map((layer) => [layer]) };
  const before = kind === 'values' || kind === 'residual' ? [] : [encode];
  return { input, layers: [...before, ...dense, { type: 'dense', units: 1, init: 'glorot', biasInit: 'zeros' }] };
}

/** Points (x, t) of the heat equation on [0, 1] x (0, 1], its solution there, and its initial and boundary conditions. */
function heatProblem(n: number, times: number, kappa: number, modes: number[]) {
  const at = (x: number, t: number): number =>
    modes.reduce((sum, k) => sum + Math.exp(-kappa * (k * Math.PI) ** 2 * t) * Math.sin(k * Math.PI * x), 0);
  const x = [...line(n).data];
  const t = Array.from({ length: times }, (_, j) => (j + 1) / times);
  const rows = t.flatMap((time) => x.map((v) => [v, time]));
  return {
    t,
    inside: { data: Float64Array.from(rows.flat()), shape: [rows.length, 2] },
    solution: rows.map(([v = 0, time = 0]) => at(v, time)),
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
