/**
 * What infinite width means: the tangent kernel of a network tends to a fixed one as the width grows, and stays there
 * during training.
 *
 * At initialisation the kernel is a mean over units, so its distance to the analytic kernel falls as width^-1/2 (central
 * limit). Its change over a training to a fixed time falls faster: Lee et al. 2019 bound it by width^-1/2, the diagrams
 * of Dyer and Gur-Ari 2020 say width^-1. Distances are relative, in the Frobenius norm; slopes are fitted to medians.
 *
 * Two controls. The distance to the analytic kernel of a network of another activation does not fall. And the kernel stays
 * because of the output layer's scale, not because of the width alone: the same networks with outputs smaller by another
 * width^-1/2 (mean-field scaling; Mei, Montanari and Nguyen 2018), trained for the same time, move at every width.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import {
  above,
  below,
  between,
  common,
  defineExperiment,
  refuseDiverged,
  type Spread,
  spread,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay, gradientFlow, kernelDrift } from '../../kernels/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { asColumn, period } from '../support/arrays.js';
import { circlePoints } from '../support/circle.js';

const parameters = z.object({
  samples: z.int().min(2).default(32).describe('training points, equispaced on the circle'),
  depth: z.int().min(1).default(2).describe('hidden layers'),
  activation: z.enum(['erf', 'relu', 'tanh']).default('erf').describe('of the hidden layers'),
  widths: z
    .array(z.int().min(1))
    .min(3)
    .default([16, 32, 64, 128, 256, 512, 1024, 2048, 4096])
    .describe('units of each hidden layer, ascending'),
  networks: common.networks(),
  time: z.number().positive().default(2).describe('training time in units of 1 / (rate of the largest eigenvalue)'),
  steps: z.int().min(1).default(100).describe('steps of gradient descent that take this time'),
});

/** What is measured, and what else the same could be of. */
const kinds = ['tangent', 'mean-field'] as const;

export const infiniteWidthLimit = defineExperiment({
  id: 'infinite-width-limit',
  title: 'The tangent kernel tends to a fixed one as the width grows',
  source: [cite('jacot2018'), cite('lee2019'), cite('dyer2020'), cite('mei2018')].join('; '),
  statement:
    'The distance of a random network’s tangent kernel to the analytic one falls as width^-1/2, and the change of the ' +
    'kernel over a training falls as a power between width^-1/2 and width^-1.',
  formula: '|K_m − K_∞| / |K_∞| ∝ m^{−1/2},  |K_m(t) − K_m(0)| / |K_m(0)| ∝ m^{−s},  1/2 ≤ s ≤ 1',
  parameters,
  presets: { quick: { samples: 16, depth: 1, networks: 20, steps: 20 }, paper: {} },
  seconds: { quick: 4, paper: 130 },

  async measure({ parameters: p, seeds, signal, progress }) {
    const x = circlePoints(p.samples);
    const y = asColumn(period(0, 2 * Math.PI, p.samples).map((t) => Math.sin(t) + Math.cos(3 * t)));
    const network = (width: number, scale = 1, activation = p.activation): NetworkSpec => {
      const affine = { type: 'dense', parameterization: 'ntk', sigmaW: 1.5, sigmaB: 0.3 } as const;
      const hidden = Array.from({ length: p.depth }, (): LayerSpec[] => [
        { ...affine, units: width },
        { type: 'activation', fn: activation },
      ]);
      return {
        input: 2,
        layers: [...hidden.flat(), { ...affine, units: 1, sigmaW: 1.5 * scale, sigmaB: 0.3 * scale }],
      };
    };
    const limit = await analyticKernel(network(1), x, undefined, { kernel: 'ntk', signal });
    const strange = network(1, 1, p.activation === 'relu' ? 'erf' : 'relu');
    const other = await analyticKernel(strange, x, undefined, { kernel: 'ntk', signal });
    const flow = await gradientFlow({ kernel: limit, y, signal });
    const learningRate = p.time / Math.max(...flow.rates().data) / p.steps;

    const cells = [];
    for (const width of p.widths) {
      for (const kind of kinds) {
        progress({ phase: `width ${width}, ${kind} scaling` });
        const cell = { width, kind, distance: [] as number[], toOther: [] as number[], drift: [] as number[] };
        // An output smaller by a factor has a kernel smaller by its square: the rate makes up for it.
        const scale = kind === 'tangent' ? 1 : width ** -0.5;
        for (const seed of seeds(p.networks)) {
          const model = createModel(network(width, scale), { seed });
          const before = await empiricalNtk(model, x, undefined, { signal });
          const history = await model.train({
            x,
            y,
            loss: 'mse',
            optimizer: { type: 'sgd', learningRate: learningRate / scale ** 2 },
            steps: p.steps,
            record: { every: p.steps },
            signal,
          });
          refuseDiverged(history, `width ${width}, ${kind} scaling`);
          const after = await empiricalNtk(model, x, undefined, { signal });
          cell.distance.push(kernelDrift(limit, before));
          cell.toOther.push(kernelDrift(other, before));
          cell.drift.push(kernelDrift(before, after));
        }
        cells.push(cell);
      }
    }
    return { cells, learningRate };
  },

  present({ cells, learningRate }, p) {
    const by = (kind: (typeof kinds)[number], read: (cell: (typeof cells)[number]) => number[]) =>
      cells.filter((cell) => cell.kind === kind).map((cell) => spread(read(cell)));
    const distance = by('tangent', (cell) => cell.distance);
    const toOther = by('tangent', (cell) => cell.toOther);
    const drift = by('tangent', (cell) => cell.drift);
    const meanField = by('mean-field', (cell) => cell.drift);
    const slope = (spreads: Spread[]) =>
      fitDecay(
        p.widths,
        spreads.map((s) => s.median),
        'power',
      );
    const [initial, trained] = [slope(distance), slope(drift)];
    const last = (spreads: Spread[]): number => spreads.at(-1)?.median ?? Number.NaN;
    const otherKernel = {
      id: 'other-kernel',
      statement: 'the distance to the analytic kernel of a network of another activation',
    };
    const scaledOutputs = { id: 'mean-field', statement: 'the same networks in mean-field scaling, for the same time' };
    const lines = (spreads: Spread[], fit: typeof initial, power: number) => [
      { ...band('networks (median, extremes)', spreads), mark: 'both' as const },
      { name: 'fit', x: p.widths, y: p.widths.map((w) => fit.coefficient * w ** -fit.exponent), color: '#000000' },
      {
        name: `width^-${power}`,
        x: p.widths,
        y: p.widths.map((w) => (spreads[0]?.median ?? Number.NaN) * (w / (p.widths[0] ?? 1)) ** -power),
        color: '#999999',
        dash: [2, 3],
      },
    ];
    const band = (name: string, spreads: Spread[]) => ({
      name,
      x: p.widths,
      y: spreads.map((s) => s.median),
      band: [spreads.map((s) => s.min), spreads.map((s) => s.max)] as const,
    });
    const interval = (fit: typeof initial) =>
      `${(-fit.exponent).toFixed(2)} (95 %: ${(-fit.high).toFixed(2)} to ${(-fit.low).toFixed(2)})`;
    return {
      metrics: { distanceExponent: initial.exponent, driftExponent: trained.exponent, learningRate },
      tables: [
        {
          id: 'widths',
          title: 'Relative distances in the Frobenius norm, median over the networks of each width',
          columns: {
            width: p.widths,
            'to the analytic kernel': distance.map((s) => s.median),
            'to that of another activation': toOther.map((s) => s.median),
            'over the training': drift.map((s) => s.median),
            'over the training, mean-field': meanField.map((s) => s.median),
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
          source: [cite('jacot2018'), cite('fprinciple', 'the central limit theorem')].join('; '),
          measured: -initial.exponent,
          control: { ...otherKernel, measured: -slope(toOther).exponent },
        }),
        between(-1.1, -0.5, {
          id: 'drift',
          statement:
            'The drift over a training of fixed time falls with a slope between -1/2 and -1 (fitted, a tenth beyond -1 ' +
            'allowed for the higher orders at small width).',
          source: [cite('lee2019', 'theorem 2.1: a bound'), cite('dyer2020')].join('; '),
          measured: -trained.exponent,
          control: { ...scaledOutputs, measured: -slope(meanField).exponent },
        }),
        below(0.05, {
          id: 'widest-distance',
          statement: `At width ${p.widths.at(-1)} the distance to the analytic kernel is below 5 % (median of ${p.networks} networks).`,
          source: cite('jacot2018'),
          measured: last(distance),
          control: { ...otherKernel, measured: last(toOther) },
        }),
        below(0.05, {
          id: 'widest-drift',
          statement: 'So is the change over the training.',
          source: cite('lee2019'),
          measured: last(drift),
          control: { ...scaledOutputs, measured: last(meanField) },
        }),
        above(1, {
          id: 'faster',
          statement: 'The drift falls faster than the distance (ratio of the slopes).',
          source: cite('dyer2020'),
          measured: trained.exponent / initial.exponent,
          control: { ...scaledOutputs, measured: slope(meanField).exponent / initial.exponent },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'widths',
          title: 'Tangent kernels by width',
          caption: `Median and extremes of ${p.networks} networks. Left: distance of the kernel at initialisation to the analytic one, fitted slope ${interval(initial)}, and to that of another activation. Right: its change over the training, slope ${interval(trained)}, and in mean-field scaling.`,
          panels: [
            {
              title: 'At initialisation',
              x: { title: 'width', log: true },
              y: { title: '|K - K analytic| / |K analytic|', log: true, domain: around([...distance, ...toOther]) },
              lines: [...lines(distance, initial, 0.5), band('to another kernel', toOther)],
            },
            {
              title: 'Over the training',
              x: { title: 'width', log: true },
              y: { title: '|K after - K before| / |K before|', log: true, domain: around([...drift, ...meanField]) },
              lines: [...lines(drift, trained, 1), band('mean-field scaling', meanField)],
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
