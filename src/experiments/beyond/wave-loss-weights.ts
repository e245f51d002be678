/**
 * The wave equation, its loss weighted by the tangent kernel (Wang, Yu and Perdikaris 2022).
 *
 * `u_tt = c^2 u_xx` on [0, 1]^2, zero at both ends, at rest at t = 0, `u = sin(pi x) cos(c pi t) + sin(m pi x) cos(m c pi t) / 2`. The loss
 * has four terms: the equation, what u and u_t are at t = 0, and the ends. Their tangent kernels are of very different
 * size, and with equal weights descent lowers the equation, which zero solves as well, and leaves the start; weights that make the
 * traces equal, found anew as the kernels grow, do not.
 *
 * Controls: all weights 1; the weights of the first step, kept; and the first factors turned round, the equation with that of
 * the start and the start with that of the equation, which says that it is not that weights differ but which way.
 *
 * The paper: c = 2, m = 4, three hidden layers of 500 tanh units, 300 points of each kind drawn every step, Adam at 1e-3, the rate
 * times 0.9 every 1,000 steps, 80,000 steps, weights every 100; the start and the ends have one factor in common. Here the rate
 * falls as a half cosine, points are a grid, the same in every step, and every term has its own factor. Layers of 200
 * and 20,000 steps are what twenty networks have an hour for; that preset has not been run. The quick one has a slower wave.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import type { NetworkSpec, ResidualLoss } from '../../nets/index.js';
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
  speed: z.number().positive().default(2).describe('c'),
  mode: z.int().min(2).max(50).default(4).describe('m, of the fast part'),
  hidden: common.hidden([200, 200, 200]),
  side: z.int().min(4).max(300).default(18).describe('points of the equation along a side'),
  edge: z.int().min(4).max(10_000).default(100).describe('points of the start and of each end'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(20_000),
  every: z.int().min(1).default(100).describe('steps from one weight to the next'),
  records: common.records(40),
  networks: common.networks(),
});

const names = {
  kernel: "by the kernels' traces",
  plain: 'all weights 1',
  once: 'by the first traces, kept',
  reversed: 'by the first traces, turned round',
};
type Kind = keyof typeof names;
const own = ['kernel', 'plain', 'once'] as const;

export const waveLossWeights = defineExperiment({
  id: 'wave-loss-weights',
  title: 'The wave equation, its loss weighted by the tangent kernel',
  source: cite('wang2022', 'the wave equation'),
  statement:
    'A physics-informed network with equal weights does not find the solution of a wave equation; with weights that keep the ' +
    'traces of the tangent kernels equal it does.',
  formula: 'λ_k = Σ_j tr K_j / tr K_k',
  parameters,
  presets: {
    quick: {
      speed: 1,
      mode: 2,
      hidden: [30, 30],
      side: 12,
      edge: 30,
      learningRate: 1e-2,
      steps: 2500,
      every: 50,
    },
    paper: {},
  },
  seconds: { quick: 10, paper: 3000 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const { speed: c, mode: m } = p;
    const plane = { first: span(0, 1, 41), second: span(0, 1, 41) };
    const points = pointsOf(plane);
    const wave = (k: number, x: number, t: number) => Math.sin(k * Math.PI * x) * Math.cos(k * c * Math.PI * t);
    const u = points.map(([x = 0, t = 0]) => wave(1, x, t) + wave(m, x, t) / 2);
    const line = span(0, 1, p.edge);
    const start = line.map((x) => [x, 0]);
    const base: ResidualLoss = {
      type: 'residual',
      variables: ['x', 't'],
      equation: 'u_tt - c^2 * u_xx',
      parameters: { c, m },
      conditions: [
        { points: start, equation: 'u - sin(pi * x) - sin(m * pi * x) / 2' },
        { points: start, equation: 'u_t' },
        {
          points: line.flatMap((t) => [
            [0, t],
            [1, t],
          ]),
          equation: 'u',
        },
      ],
    };
    const balanced = (every: number): ResidualLoss => ({ ...base, balance: { type: 'ntk', every } });
    const losses: Record<(typeof own)[number], ResidualLoss> = {
      kernel: balanced(p.every),
      plain: base,
      once: balanced(p.steps + 1),
    };
    const spec: NetworkSpec = { input: 2, layers: glorotLayers(p.hidden) };
    const shared = {
      spec,
      x: pointsOf({ first: span(0, 1, p.side), second: span(0, 1, p.side) }),
      optimizer: {
        type: 'adam',
        learningRate: p.learningRate,
        schedule: { type: 'cosine', steps: p.steps },
      } as const,
      steps: p.steps,
      record: { log: p.records },
      probes: { solution: { type: 'outputs', points } as const },
    };
    const fits = await trainAll(context, {
      cells: grid({ kind: own, seed: seeds(p.networks) }),
      name: ({ kind }) => names[kind],
      run: ({ kind, seed }) => ({ seed, loss: losses[kind] }),
      shared,
    });
    const reversed = await trainAll(context, {
      cells: fits
        .filter(({ kind }) => kind === 'once')
        .map(({ seed, weights }) => ({ kind: 'reversed' as const, seed, weights })),
      what: 'networks with the weights turned round',
      run: ({ seed, weights }) => {
        const asked = (term: string) => weights[term]?.[0] ?? Number.NaN;
        const [first, ...others] = base.conditions ?? [];
        const condition = { points: start, equation: 'u', ...first, weight: asked('equation') };
        return { seed, loss: { ...base, weight: asked('conditions.0'), conditions: [condition, ...others] } };
      },
      shared,
    });
    return { plane, u, networks: [...fits, ...reversed].map((fit) => solved<Kind>(fit, u)) };
  },

  present({ plane, u, networks }, p) {
    const shown = { plane, axes: ['x', 't'] as const, range: [-1.5, 1.5] as const };
    return {
      metrics: errorMetrics(networks, names),
      claims: [
        atMost(0.1, {
          id: 'kernel-weights',
          statement: `With weights by the traces of the tangent kernels, found anew every ${p.every} steps, the relative error of the solution is at most 10 % after ${p.steps} steps, in every network.`,
          source: cite('wang2022', 'the wave equation'),
          measured: lastErrors(networks, 'kernel'),
          control: (['plain', 'once', 'reversed'] as const).map((kind) => ({
            id: kind,
            statement: names[kind],
            measured: lastErrors(networks, kind),
          })),
        }),
      ],
      tables: [errorTable(networks, names)],
      figures: [
        errorFigure(networks, names),
        planeFigure({ ...shown, id: 'solution', title: 'The solution', caption: 'In closed form.', values: u }),
        ...(['kernel', 'plain'] as const).map((kind) =>
          planeFigure({
            ...shown,
            id: kind,
            title: `After ${p.steps} steps: ${names[kind]}`,
            caption: 'First network of its kind, on the scale of the solution.',
            values: ofKind(networks, kind)[0]?.last ?? [],
          }),
        ),
      ],
    };
  },
});
