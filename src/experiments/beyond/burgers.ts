/**
 * Burgers' equation solved by a network (Raissi, Perdikaris and Karniadakis 2019, the first half).
 *
 * `u_t + u u_x = nu u_xx` on [-1, 1] x [0, 1], u(x, 0) = -sin(pi x), zero at both ends: a wave that steepens to a shock at x = 0. The
 * reference is the closed form of Cole and Hopf.
 *
 * Controls: the same network on the same values at the start and the ends without the equation (a weight of 10^-9), which has
 * nothing to fill the inside with; and with the heat equation, `u_t = nu u_xx`, in its place, a solution of the same values. So
 * it is the equation that makes the solution, not the network's smoothness.
 *
 * The paper: nu = 0.01 / pi, eight layers of 20 tanh units, 100 values out of 456 at the start and the ends, 10,000 points of a Latin
 * hypercube, at most 50,000 steps of L-BFGS; its relative error is 6.7e-4. Here the values are on a line of 50 at the start and 25 at
 * each end, the points a grid, and 2,000 steps of Adam go before at most 10,000 of L-BFGS. The quick preset has nu = 0.05, three layers and fewer
 * points. The paper preset has not been run.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import type { NetworkSpec, ResidualLoss } from '../../nets/index.js';
import { burgersSolution } from '../support/burgers.js';
import { glorotLayers } from '../support/layers.js';
import {
  errorFigure,
  errorMetrics,
  errorTable,
  lastErrors,
  ofKind,
  planeFigure,
  pointsOf,
  solved,
  span,
} from '../support/solved.js';

const parameters = z.object({
  viscosity: z
    .number()
    .positive()
    .default(0.01 / Math.PI)
    .describe('nu'),
  side: z.int().min(4).max(300).default(100).describe('points of the equation along a side'),
  edge: z.int().min(4).max(10_000).default(50).describe('values at the start, twice those at each end'),
  hidden: common.hidden([20, 20, 20, 20, 20, 20, 20, 20]),
  level: z.number().positive().default(1e-3).describe('relative error at most'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(2_000),
  finish: z.int().min(1).default(10_000).describe('steps of L-BFGS after them, at most'),
  records: common.records(50),
  networks: common.networks(),
});

const names = { equation: "Burgers' equation", values: 'no equation', heat: 'the heat equation' };
type Kind = keyof typeof names;
const kinds = Object.keys(names) as Kind[];

export const burgers = defineExperiment({
  id: 'burgers',
  title: "Burgers' equation by a physics-informed network",
  source: cite('raissi2019', 'data-driven solutions'),
  statement:
    "From values at the start and the ends, and the equation inside, a network finds the solution of Burgers' equation, its shock " +
    'included; from the values alone, or with another equation, it does not.',
  formula: 'min over θ of mean |u_t + u u_x − ν u_xx|² + mean |u − values|²',
  parameters,
  presets: {
    quick: {
      viscosity: 0.05,
      side: 20,
      hidden: [20, 20, 20],
      level: 0.03,
      learningRate: 5e-3,
      steps: 500,
      finish: 500,
    },
    paper: {},
  },
  seconds: { quick: 10, paper: 3000 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const solution = await burgersSolution(p.viscosity);
    const plane = { first: span(-1, 1, 101), second: span(0, 1, 41) };
    const points = pointsOf(plane);
    const u = points.map(([x = 0, t = 0]) => solution(x, t));
    const times = span(0, 1, Math.ceil(p.edge / 2));
    const base: Pick<ResidualLoss, 'type' | 'variables' | 'conditions'> = {
      type: 'residual',
      variables: ['x', 't'],
      conditions: [
        { points: span(-1, 1, p.edge).map((x) => [x, 0]), equation: 'u + sin(pi * x)' },
        {
          points: times.flatMap((t) => [
            [-1, t],
            [1, t],
          ]),
          equation: 'u',
        },
      ],
    };
    const equation = 'u_t + u * u_x - nu * u_xx';
    const nu = { nu: p.viscosity };
    const losses: Record<Kind, ResidualLoss> = {
      equation: { ...base, equation, parameters: nu },
      values: { ...base, equation, parameters: nu, weight: 1e-9 },
      heat: { ...base, equation: 'u_t - nu * u_xx', parameters: nu },
    };
    const spec: NetworkSpec = { input: 2, layers: glorotLayers(p.hidden) };
    const fits = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      name: ({ kind }) => names[kind],
      run: ({ kind, seed }) => ({ seed, loss: losses[kind] }),
      shared: {
        spec,
        dtype: 'f64',
        x: pointsOf({ first: span(-1, 1, p.side), second: span(0, 1, p.side) }),
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        finish: { optimizer: { type: 'lbfgs' }, steps: p.finish },
        record: { log: p.records },
        probes: { solution: { type: 'outputs', points } },
      },
    });
    return { plane, u, networks: fits.map((fit) => solved(fit, u)) };
  },

  present({ plane, u, networks }, p) {
    const shown = { plane, axes: ['x', 't'] as const, range: [-1, 1] as const };
    const first = ofKind(networks, 'equation')[0]?.last ?? new Float64Array();
    const along = plane.second.length;
    const at = (values: ArrayLike<number>, t: number) => plane.first.map((_, i) => values[i * along + t] ?? Number.NaN);
    return {
      metrics: errorMetrics(networks, names),
      claims: [
        atMost(p.level, {
          id: 'solved',
          statement: `With the equation the relative error of the solution is at most ${p.level}, in every network.`,
          source: cite('raissi2019', 'data-driven solutions'),
          measured: lastErrors(networks, 'equation'),
          control: (['values', 'heat'] as const).map((kind) => ({
            id: kind,
            statement: kind === 'heat' ? 'the heat equation in its place' : 'the values alone, without an equation',
            measured: lastErrors(networks, kind),
          })),
        }),
      ],
      tables: [errorTable(networks, names)],
      figures: [
        errorFigure(networks, names),
        panelsFigure({
          id: 'times',
          title: 'Solution and network',
          caption: 'First network with the equation.',
          panels: [0.25, 0.5, 0.75].map((t) => {
            const row = Math.round(t * (along - 1));
            return {
              title: `t = ${t}`,
              x: { title: 'x' },
              y: { title: 'u(x, t)' },
              lines: [
                { name: 'solution', x: plane.first, y: at(u, row) },
                { name: 'network', x: plane.first, y: at(first, row), dash: [4, 2] },
              ],
            };
          }),
        }),
        planeFigure({
          ...shown,
          id: 'network',
          title: 'The network over space and time',
          caption: 'First network with the equation.',
          values: first,
        }),
      ],
    };
  },
});
