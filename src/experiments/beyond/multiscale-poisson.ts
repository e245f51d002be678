/**
 * A Poisson equation whose solution has two scales, by Fourier features of two scales (Wang, Wang and Perdikaris 2021).
 *
 * `u'' = f` on [0, 1], zero at both ends, `u = sin(2 pi x) + 0.1 sin(50 pi x)`. The network sees x through Fourier features whose
 * frequencies are drawn from two normal distributions, a narrow and a wide one. The control is the same network, with as many
 * features, all of them from the narrow one; another is a network that sees x itself.
 *
 * Differences from the source: there the features of a scale have hidden layers in common with those of the other, and are joined
 * before the output; here all features are one list, joined at once. Its scales (1 and 10) are angular and of x divided by its
 * standard deviation: 0.55 and 5.5 cycles per unit of x, where the fast part has 25. A step has all points, a grid, where
 * the source draws 128 points a step (a grid of 128 would have five points a period of the fast part), and the rate falls as a half cosine, there
 * by 0.9 every 1,000 steps. There the
 * ends are terms of the loss, 10^6 times smaller than the residual of the fast part: with features the equation was learnt first and
 * the ends hardly in 2,000 steps. Here every network is zero at both ends by construction (`transform`), so that the
 * features alone make the difference. The quick preset has a fast part of 20 half waves, and scales to it: that of 50 was not learnt in
 * 20 seconds. The paper preset has not been run.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import type { LayerSpec, NetworkSpec, ResidualLoss } from '../../nets/index.js';
import { asColumn, period } from '../support/arrays.js';
import { glorotLayers } from '../support/layers.js';
import { errorFigure, errorMetrics, errorTable, ofKind, solved, span } from '../support/solved.js';

const parameters = z.object({
  slow: z.int().min(1).default(2).describe('a of sin(a pi x)'),
  fast: z.int().min(1).default(50).describe('b of 0.1 sin(b pi x)'),
  scales: z
    .array(z.number().positive())
    .length(2)
    .default([0.55, 5.5])
    .describe('standard deviations of the frequencies, cycles per unit of x'),
  features: z.int().min(1).max(1000).default(50).describe('frequencies of each scale'),
  hidden: common.hidden([100, 100]),
  points: z.int().min(8).max(100_000).default(512).describe('points of the equation on [0, 1]'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(40_000),
  records: common.records(40),
  networks: common.networks(),
  level: common.level(),
});

const names = {
  both: 'features of both scales',
  narrow: 'as many features, all of the small scale',
  plain: 'no features',
};
type Kind = keyof typeof names;
const kinds = Object.keys(names) as Kind[];

export const multiscalePoisson = defineExperiment({
  id: 'multiscale-poisson',
  title: 'A Poisson equation of two scales, by Fourier features',
  source: cite('wang2021', 'section on the multi-scale Poisson equation'),
  statement:
    'A physics-informed network finds a solution with a slow and a small fast part where Fourier features of both scales stand ' +
    'before it; with as many features of the small scale alone, or none, it does not.',
  formula: 'u″ = f,  u = sin 2πx + 0.1 sin 50πx',
  parameters,
  presets: {
    quick: {
      fast: 20,
      scales: [0.1, 2.5],
      features: 25,
      hidden: [50, 50],
      points: 200,
      steps: 500,
      learningRate: 1e-2,
    },
    paper: {},
  },
  seconds: { quick: 5, paper: 1000 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const fine = period(0, 1, 1000);
    const u = fine.map((x) => Math.sin(p.slow * Math.PI * x) + 0.1 * Math.sin(p.fast * Math.PI * x));
    const [narrow = 1, wide = 1] = p.scales;
    const features = (...scales: number[]): LayerSpec[] => [
      {
        type: 'branches',
        combine: 'concat',
        branches: scales.map((scale) => [{ type: 'fourierFeatures', frequencies: { count: p.features, scale } }]),
      },
    ];
    const before: Record<Kind, LayerSpec[]> = {
      both: features(narrow, wide),
      narrow: features(narrow, narrow),
      plain: [],
    };
    const ends: LayerSpec = { type: 'transform', variables: ['x'], f: 'x * (1 - x) * u' };
    const loss: ResidualLoss = {
      type: 'residual',
      equation: 'u_xx + (a * pi)^2 * sin(a * pi * x) + 0.1 * (b * pi)^2 * sin(b * pi * x)',
      parameters: { a: p.slow, b: p.fast },
    };
    const fits = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      name: ({ kind }) => names[kind],
      run: ({ kind, seed }) => {
        const spec: NetworkSpec = { input: 1, layers: [...before[kind], ...glorotLayers(p.hidden), ends] };
        return { seed, spec };
      },
      shared: {
        x: asColumn(span(0, 1, p.points)),
        loss,
        optimizer: {
          type: 'adam',
          learningRate: p.learningRate,
          schedule: { type: 'cosine', steps: p.steps },
        },
        steps: p.steps,
        record: { log: p.records },
        probes: {
          solution: { type: 'outputs', points: asColumn(fine) },
          tones: {
            type: 'spectrum',
            points: asColumn(fine),
            target: asColumn(u),
            frequencies: [p.slow / 2, p.fast / 2],
          },
        },
      },
    });
    const networks = fits.map((fit) => {
      const [slow = Number.NaN, fast = Number.NaN] = fit.probes.tones.relativeError.data.slice(-2);
      return { ...solved(fit, u), slow, fast };
    });
    return { fine, u, networks };
  },

  present({ fine, u, networks }, p) {
    const worse = (kind: Kind) => ofKind(networks, kind).map(({ slow, fast }) => Math.max(slow, fast));
    return {
      metrics: errorMetrics(networks, names),
      claims: [
        atMost(p.level, {
          id: 'both-scales',
          statement: `With features of both scales the slow and the fast part are both learnt after ${p.steps} steps: the relative error of each amplitude is at most ${p.level}, in every network.`,
          source: cite('wang2021', 'section on the multi-scale Poisson equation'),
          measured: worse('both'),
          control: (['narrow', 'plain'] as const).map((kind) => ({
            id: kind,
            statement: names[kind],
            measured: worse(kind),
          })),
        }),
      ],
      tables: [
        errorTable(networks, names),
        {
          id: 'tones',
          title: 'Relative error of the amplitude of each part at the end',
          columns: {
            network: networks.map(({ kind }) => names[kind]),
            slow: networks.map(({ slow }) => slow),
            fast: networks.map(({ fast }) => fast),
          },
        },
      ],
      figures: [
        errorFigure(networks, names),
        panelsFigure({
          id: 'solutions',
          title: `Solutions after ${p.steps} steps`,
          caption: 'First network of each kind.',
          panels: kinds.map((kind) => ({
            title: names[kind],
            x: { title: 'x' },
            y: { title: 'u(x)' },
            lines: [
              { name: 'solution', x: fine, y: u, color: colors.target },
              {
                name: 'network',
                x: fine,
                y: ofKind(networks, kind)[0]?.last ?? new Float64Array(),
                color: colors.output,
                dash: [4, 2],
              },
            ],
          })),
        }),
      ],
    };
  },
});
