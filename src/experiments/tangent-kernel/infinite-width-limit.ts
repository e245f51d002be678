/**
 * What infinite width means: the tangent kernel of a network tends to a fixed one as the width grows, and stays there
 * during training.
 *
 * At initialisation the kernel is a mean over units, so its distance to the analytic kernel falls as width^-1/2 (central
 * limit). Its change over a training to a fixed time falls faster: Lee et al. 2019 bound it by width^-1/2, the diagrams
 * of Dyer and Gur-Ari 2020 say width^-1. Distances are relative, in the Frobenius norm.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import {
  above,
  atMost,
  below,
  between,
  defineExperiment,
  refuseDiverged,
  type Spread,
  spread,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay, gradientFlow, kernelDrift } from '../../kernels/index.js';
import { createModel, mlp } from '../../nets/index.js';
import { column, period } from '../support/arrays.js';
import { circlePoints } from '../support/circle.js';

const source = 'Seed 003, infinite width; Jacot et al. 2018, Lee et al. 2019, Dyer and Gur-Ari 2020';

const parameters = z.object({
  samples: z.int().min(2).default(32).describe('training points, equispaced on the circle'),
  depth: z.int().min(1).default(2).describe('hidden layers'),
  activation: z.enum(['erf', 'relu', 'tanh']).default('erf').describe('of the hidden layers'),
  widths: z
    .array(z.int().min(1))
    .min(3)
    .default([16, 32, 64, 128, 256, 512, 1024, 2048, 4096])
    .describe('units of each hidden layer'),
  networks: z.int().min(1).default(5).describe('networks of each width'),
  time: z.number().positive().default(2).describe('training time in units of 1 / (rate of the largest eigenvalue)'),
  steps: z.int().min(1).default(100).describe('steps of gradient descent that take this time'),
});

export const infiniteWidthLimit = defineExperiment({
  id: 'infinite-width-limit',
  title: 'The tangent kernel tends to a fixed one as the width grows',
  source,
  statement:
    'The distance of a random network’s tangent kernel to the analytic one falls as width^-1/2, and the change of the ' +
    'kernel over a training falls as a power between width^-1/2 and width^-1.',
  formula: '|K_m − K_∞| / |K_∞| ∝ m^{−1/2},  |K_m(t) − K_m(0)| / |K_m(0)| ∝ m^{−s},  1/2 ≤ s ≤ 1',
  parameters,
  presets: { quick: { samples: 16, depth: 1, networks: 20, steps: 20 }, paper: {} },
  seconds: { quick: 2, paper: 65 },
  run: async ({ parameters: p, seeds, signal, progress }) => {
    const x = circlePoints(p.samples);
    const y = column(period(0, 2 * Math.PI, p.samples).map((t) => Math.sin(t) + Math.cos(3 * t)));
    const network = (width: number) =>
      mlp({
        input: 2,
        hidden: new Array<number>(p.depth).fill(width),
        output: 1,
        activation: p.activation,
        parameterization: 'ntk',
        sigmaW: 1.5,
        sigmaB: 0.3,
      });
    const limit = await analyticKernel(network(1), x, undefined, { kernel: 'ntk', signal });
    const flow = await gradientFlow({ kernel: limit, y, signal });
    const learningRate = p.time / Math.max(...flow.rates().data) / p.steps;

    const distances: number[][] = [];
    const drifts: number[][] = [];
    for (const width of p.widths) {
      progress({ phase: `width ${width}` });
      const [distance, drift]: [number[], number[]] = [[], []];
      for (const seed of seeds(p.networks)) {
        const model = createModel(network(width), { seed });
        const before = await empiricalNtk(model, x, undefined, { signal });
        const history = await model.train({
          x,
          y,
          loss: 'mse',
          optimizer: { type: 'sgd', learningRate },
          steps: p.steps,
          record: { every: p.steps },
          signal,
        });
        refuseDiverged(history, `width ${width}`);
        const after = await empiricalNtk(model, x, undefined, { signal });
        distance.push(kernelDrift(limit, before));
        drift.push(kernelDrift(before, after));
      }
      distances.push(distance);
      drifts.push(drift);
    }
    const [distance, drift] = [distances.map(spread), drifts.map(spread)];
    const slope = (spreads: Spread[]) =>
      fitDecay(
        p.widths,
        spreads.map((s) => s.median),
        'power',
      );
    const [initial, trained] = [slope(distance), slope(drift)];
    const lines = (spreads: Spread[], fit: typeof initial, power: number) => [
      {
        name: 'networks (median, extremes)',
        x: p.widths,
        y: spreads.map((s) => s.median),
        band: [spreads.map((s) => s.min), spreads.map((s) => s.max)] as const,
        mark: 'both' as const,
      },
      { name: 'fit', x: p.widths, y: p.widths.map((w) => fit.coefficient * w ** -fit.exponent), color: '#000000' },
      {
        name: `width^-${power}`,
        x: p.widths,
        y: p.widths.map((w) => spreads[0]!.median * (w / p.widths[0]!) ** -power),
        color: '#999999',
        dash: [2, 3],
      },
    ];
    return {
      metrics: { distanceExponent: initial.exponent, driftExponent: trained.exponent, learningRate },
      tables: [
        {
          id: 'widths',
          title: 'Relative distances in the Frobenius norm, median over the networks of each width',
          columns: {
            width: p.widths,
            'to the analytic kernel': distance.map((s) => s.median),
            'over the training': drift.map((s) => s.median),
          },
        },
        {
          id: 'slopes',
          title: 'Fitted powers of the width, with 95 % intervals',
          columns: {
            quantity: ['distance at initialisation', 'drift'],
            exponent: [-initial.exponent, -trained.exponent],
            low: [-initial.high, -trained.high],
            high: [-initial.low, -trained.low],
          },
        },
      ],
      claims: [
        between(-0.6, -0.4, {
          id: 'distance',
          statement: 'At initialisation the distance to the analytic kernel falls as width^-1/2 (fitted slope).',
          source: 'Jacot et al. 2018; the central limit theorem',
          measured: -initial.exponent,
        }),
        between(-1.1, -0.5, {
          id: 'drift',
          statement:
            'The drift over a training of fixed time falls with a slope between -1/2 and -1 (fitted, a tenth beyond -1 ' +
            'allowed for the higher orders at small width).',
          source: 'Lee et al. 2019 (bound), Dyer and Gur-Ari 2020',
          measured: -trained.exponent,
        }),
        atMost(0.15, {
          id: 'intervals',
          statement: 'Both slopes are resolved: half the widths of their 95 % intervals.',
          source,
          measured: [initial, trained].map((fit) => (fit.high - fit.low) / 2),
          labels: ['distance', 'drift'],
        }),
        below(0.05, {
          id: 'widest',
          statement: `At width ${p.widths.at(-1)} both distances are below 5 %.`,
          source,
          measured: [distance.at(-1)!.median, drift.at(-1)!.median],
          labels: ['distance', 'drift'],
        }),
        above(1, {
          id: 'faster',
          statement: 'The drift falls faster than the distance (ratio of the slopes).',
          source: 'Dyer and Gur-Ari 2020',
          measured: trained.exponent / initial.exponent,
        }),
      ],
      figures: [
        panelsFigure({
          id: 'widths',
          title: 'Tangent kernels by width',
          caption: `Left: distance of the kernel at initialisation to the analytic one, fitted slope ${(-initial.exponent).toFixed(2)} (95 %: ${(-initial.high).toFixed(2)} to ${(-initial.low).toFixed(2)}). Right: its change over the training, slope ${(-trained.exponent).toFixed(2)} (${(-trained.high).toFixed(2)} to ${(-trained.low).toFixed(2)}).`,
          panels: [
            {
              title: 'At initialisation',
              x: { title: 'width', log: true },
              y: { title: '|K - K analytic| / |K analytic|', log: true, domain: around(distance) },
              lines: lines(distance, initial, 0.5),
            },
            {
              title: 'Over the training',
              x: { title: 'width', log: true },
              y: { title: '|K after - K before| / |K before|', log: true, domain: around(drift) },
              lines: lines(drift, trained, 1),
            },
          ],
        }),
      ],
    };
  },
});

/** A domain that holds every network, with some space around. */
const around = (spreads: Spread[]): [number, number] => [
  Math.min(...spreads.map((s) => s.min)) / 1.5,
  Math.max(...spreads.map((s) => s.max)) * 1.5,
];
