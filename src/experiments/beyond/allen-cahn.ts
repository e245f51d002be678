/**
 * The Allen-Cahn equation by a physics-informed network whose loss is causal in time (Wang, Sankaran and Perdikaris 2022).
 *
 * `u_t = d u_xx + 5 (u - u^3)`, periodic on [-1, 1], u(x, 0) = x^2 cos(pi x). u = 0, 1 and -1 solve it everywhere, and a network whose
 * residual is lowered at all times at once settles on what solves it at late times before the start has come that far. Weights
 * `exp(-epsilon sum over earlier slices)` make a time wait for those before it. The reference is a spectral solution
 * (support/allen-cahn.ts).
 *
 * Controls: all times alike; and the same weights from the end back to the start (the equation written in 1 - t), which lower the
 * same residuals in the wrong order. Periodicity is exact in all of them, by sines and cosines of x, as in the source.
 *
 * The source's repository: d = 1e-4, a grid in time and space whose every time has a weight of its own, a weight of 100 for the start,
 * steps of Adam at 1e-3, the rate times 0.9 every 5,000, and time itself beside the waves of x. Here the rate falls as a half cosine, time
 * is seen through a quarter wave, and three layers of 64, 64 times by 64 points and 30,000 steps are what fifteen networks have
 * an hour for; that preset has not been run. The quick preset has a larger d (fronts are wider), a weight of 1,000 for the start, fewer
 * of everything, and counts the error up to t = 1/4: errors grow by exp(5 t), a constant residual's thirtyfold until t = 1, and in
 * such short trainings no network, causal or not, was nearer than 0.38 up to there.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import type { NetworkSpec, ResidualLoss } from '../../nets/index.js';
import { allenCahnSolution } from '../support/allen-cahn.js';
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
  diffusivity: z.number().positive().default(1e-4).describe('d'),
  modes: z.int().min(1).max(100).default(10).describe('sines and cosines of k pi x that the network sees, k up to it'),
  across: z.int().min(4).max(1000).default(64).describe('points of the equation along x'),
  times: z.int().min(4).max(1000).default(64).describe('times of the equation'),
  slices: z.int().min(2).max(1000).default(32).describe('slices of time that wait for each other'),
  epsilon: z.number().positive().default(1).describe('how long they wait'),
  start: z.number().positive().default(100).describe('weight of the values at t = 0'),
  until: z.number().positive().max(1).default(1).describe('time up to which the error counts; the equation goes to 1'),
  hidden: common.hidden([64, 64, 64]),
  level: z.number().positive().default(0.05).describe('relative error at most'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(30_000),
  records: common.records(40),
  networks: common.networks(),
});

const names = { causal: 'causal weights', plain: 'all times alike', backward: 'the same weights, from the end back' };
type Kind = keyof typeof names;
const kinds = Object.keys(names) as Kind[];
const REACTION = 5;

export const allenCahn = defineExperiment({
  id: 'allen-cahn',
  title: 'The Allen-Cahn equation, its loss causal in time',
  source: cite('wang2022causal', 'the Allen-Cahn equation'),
  statement:
    'A physics-informed network finds the solution of the Allen-Cahn equation when later times wait until earlier ones are learnt; ' +
    'when all are learnt alike, or the end first, it does not.',
  formula: 'w_i = exp(−ε Σ_{j<i} L_j)',
  parameters,
  presets: {
    quick: {
      diffusivity: 1e-3,
      modes: 4,
      across: 24,
      times: 24,
      slices: 24,
      epsilon: 1,
      start: 1000,
      until: 0.25,
      hidden: [30, 30],
      level: 0.15,
      learningRate: 1e-2,
      steps: 2000,
    },
    paper: {},
  },
  seconds: { quick: 15, paper: 3600 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const initial = (x: number) => x * x * Math.cos(Math.PI * x);
    const [columns, cells] = [128, 512];
    const plane = { first: span(-1, 1, columns + 1).slice(0, -1), second: span(0, p.until, 41) };
    const reference = allenCahnSolution({
      diffusivity: p.diffusivity,
      rate: REACTION,
      initial,
      times: plane.second,
      points: cells,
    });
    const u = plane.first.flatMap((_, i) => reference.map((row) => row[(i * cells) / columns] ?? Number.NaN));
    // Waves that are periodic on [-1, 1], and a quarter of one over the time.
    const frequencies = [...span(1, p.modes, p.modes).map((k) => [k / 2, 0]), [0, 0.25]];
    const spec: NetworkSpec = {
      input: 2,
      layers: [{ type: 'fourierFeatures', frequencies }, ...glorotLayers(p.hidden)],
    };
    const line = span(-1, 1, 2 * p.across + 1).slice(0, -1);
    /** In t, or in s = 1 - t. */
    const loss = (sign: '+' | '-', time: 0 | 1): ResidualLoss => ({
      type: 'residual',
      variables: ['x', 't'],
      equation: `${sign === '+' ? '' : '-'}u_t - d * u_xx - r * (u - u^3)`,
      parameters: { d: p.diffusivity, r: REACTION },
      conditions: [{ points: line.map((x) => [x, time]), equation: 'u - x^2 * cos(pi * x)', weight: p.start }],
    });
    const causal = { variable: 't', slices: p.slices, epsilon: p.epsilon };
    const losses: Record<Kind, ResidualLoss> = {
      causal: { ...loss('+', 0), causal },
      plain: loss('+', 0),
      backward: { ...loss('-', 1), causal },
    };
    const forward = pointsOf(plane);
    const fits = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      name: ({ kind }) => names[kind],
      run: ({ kind, seed }) => {
        const points = kind === 'backward' ? forward.map(([x = 0, t = 0]) => [x, 1 - t]) : forward;
        return { seed, loss: losses[kind], probes: { solution: { type: 'outputs', points } } } as const;
      },
      shared: {
        spec,
        x: pointsOf({ first: span(-1, 1, p.across + 1).slice(0, -1), second: span(0, 1, p.times) }),
        optimizer: {
          type: 'adam',
          learningRate: p.learningRate,
          schedule: { type: 'cosine', steps: p.steps },
        },
        steps: p.steps,
        record: { log: p.records },
      },
    });
    return { plane, u, networks: fits.map((fit) => solved(fit, u)) };
  },

  present({ plane, u, networks }, p) {
    const shown = { plane, axes: ['x', 't'] as const, range: [-1, 1] as const };
    const along = plane.second.length;
    const at = (values: ArrayLike<number>, t: number) => plane.first.map((_, i) => values[i * along + t] ?? Number.NaN);
    const first = (kind: Kind) => ofKind(networks, kind)[0]?.last ?? new Float64Array();
    return {
      metrics: errorMetrics(networks, names),
      claims: [
        atMost(p.level, {
          id: 'causal',
          statement: `With causal weights the relative error of the solution up to t = ${p.until} is at most ${p.level} after ${p.steps} steps, in every network.`,
          source: cite('wang2022causal', 'the Allen-Cahn equation'),
          measured: lastErrors(networks, 'causal'),
          control: (['plain', 'backward'] as const).map((kind) => ({
            id: kind,
            statement: names[kind],
            measured: lastErrors(networks, kind),
          })),
        }),
      ],
      tables: [errorTable(networks, names)],
      figures: [
        errorFigure(networks, names),
        panelsFigure({
          id: 'times',
          title: 'Solution and networks',
          caption: 'First network of each kind.',
          panels: [0.25, 0.5, 1].map((part) => {
            const row = Math.round(part * (along - 1));
            return {
              title: `t = ${part * p.until}`,
              x: { title: 'x' },
              y: { title: 'u(x, t)' },
              lines: [
                { name: 'solution', x: plane.first, y: at(u, row) },
                ...kinds.map((kind) => ({ name: names[kind], x: plane.first, y: at(first(kind), row), dash: [4, 2] })),
              ],
            };
          }),
        }),
        planeFigure({ ...shown, id: 'solution', title: 'The solution', caption: 'By its Fourier modes.', values: u }),
        planeFigure({
          ...shown,
          id: 'plain',
          title: 'The network without causal weights',
          caption: 'First network.',
          values: first('plain'),
        }),
      ],
    };
  },
});
