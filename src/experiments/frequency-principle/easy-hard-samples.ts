/**
 * Easy samples are learnt early by every network, hard ones late (Xu, book, section 1.2).
 *
 * In one dimension one sees which they are: fitting sin x + sin 5x, the samples near the outline sin x are right as soon
 * as the outline is learnt, those far from it only when sin 5x is. On MNIST the samples are images, and nobody knows
 * their frequency; but networks of different depth, width and activation, started from different seeds and fed in
 * different orders, agree on which digits come early, as the rank correlation of the first-learnt step says. (Chance
 * would give 0, with a standard deviation of 1/sqrt(samples): 0.03 in the quick preset.)
 *
 * First learnt: the first recorded step from which on the sample stays right through the last record. A sample that never
 * does so is put after the last step: the hardest share the last rank.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import { decisions } from '../../analysis/index.js';
import type { NdArray } from '../../core/ndarray.js';
import { transpose } from '../../core/reading.js';
import {
  atLeast,
  below,
  defineExperiment,
  passageStep,
  periodicGrid,
  probe,
  refuseDiverged,
  sample,
  spearman,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure, picturesFigure } from '../../figures/index.js';
import { createModel, mlp, trainMany } from '../../nets/index.js';
import { mean } from '../support/arrays.js';

const network = z.object({
  hidden: z.array(z.int().min(1)).min(1),
  activation: z.enum(['relu', 'tanh']),
});

const parameters = z.object({
  points: z.int().min(16).default(201).describe('samples of sin x + sin 5x over the period'),
  curveHidden: z
    .array(z.int().min(1))
    .min(1)
    .default([200, 200, 200, 100])
    .describe('hidden layers of the tanh network that fits them'),
  curveSteps: z.int().min(1).default(17_000).describe('its training steps'),
  curveRate: z.number().positive().default(2e-4).describe('its learning rate (Adam, full batch)'),
  outline: z
    .number()
    .positive()
    .max(1)
    .default(0.3)
    .describe('a sample lies on the outline when |sin 5x| is at most this'),
  tolerance: z.number().positive().default(0.4).describe('error at which a sample counts as learnt'),
  curveNetworks: z.int().min(1).default(3).describe('networks in one dimension'),
  samples: z.int().min(200).max(60_000).default(10_000).describe('training images of MNIST'),
  networks: z
    .array(network)
    .min(2)
    .default([
      { hidden: [100], activation: 'relu' },
      { hidden: [400, 200], activation: 'relu' },
      { hidden: [100, 100, 100, 100], activation: 'relu' },
      { hidden: [200, 100], activation: 'tanh' },
    ])
    .describe('dense networks on MNIST'),
  learningRate: z.number().positive().default(5e-4).describe('of Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z.number().positive().default(40).describe('passes over the training images'),
  records: z.int().min(10).default(80).describe('recorded steps, evenly spaced in their logarithm'),
});

export const easyHardSamples = defineExperiment({
  id: 'easy-hard-samples',
  title: 'Easy samples are learnt early by every network',
  source: 'Xu, book (002), section 1.2, figure 1.3',
  statement:
    'Networks of different size agree on which samples are learnt early and which late. In one dimension the easy ones ' +
    'are those on the low-frequency outline of the target.',
  formula: 'ρ = corr(rank T_a, rank T_b),  T_a(i) = the step from which network a has sample i right',
  parameters,
  presets: {
    quick: {
      points: 101,
      curveHidden: [100, 100, 100],
      curveSteps: 2500,
      curveRate: 1e-3,
      samples: 1200,
      epochs: 15,
      batchSize: 50,
      records: 40,
    },
    paper: {},
  },
  seconds: { quick: 2, paper: 120 },
  data: ['mnist'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const x = periodicGrid(p.points);
    const y = sample(x, (v) => Math.sin(v) + Math.sin(5 * v));
    const curves = await trainMany(
      seeds(p.curveNetworks).map((seed) => ({ seed })),
      {
        spec: mlp({
          input: 1,
          hidden: p.curveHidden,
          output: 1,
          activation: 'tanh',
          init: { type: 'normal', std: 0.1 },
        }),
        x,
        y,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.curveRate },
        steps: p.curveSteps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: x } },
        signal,
        onProgress: training('one dimension', p.curveSteps),
      },
    );
    const onOutline = Array.from(x.data, (v) => Math.abs(Math.sin(5 * v)) <= p.outline);
    const curveSteps = curves.map(({ history }) => {
      refuseDiverged(history, 'one dimension');
      const { data: h, shape } = probe(history, 'output', 'values');
      const [records = 0, n = 0] = shape;
      const errors = { data: h.map((v, i) => Math.abs(v - y.data[i % n]!)), shape: [records, n] };
      return firstLearnt(history.steps, errors, p.tolerance);
    });
    const mid = (steps: number[], wanted: boolean): number =>
      spread(steps.filter((_, i) => onOutline[i] === wanted)).median;

    const set = await data.mnist({ count: p.samples });
    const steps = Math.round((p.epochs * p.samples) / p.batchSize);
    const learnt: number[][] = [];
    for (const [i, { hidden, activation }] of p.networks.entries()) {
      const spec = mlp({ input: set.images.shape[1]!, hidden, output: set.classes, activation });
      const model = createModel(spec, { seed: seeds(p.networks.length)[i]! });
      const history = await model.train({
        x: set.images,
        y: set.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.samples),
        steps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: set.images } },
        signal,
        onProgress: training(`MNIST, network ${i + 1} of ${p.networks.length}`, steps),
      });
      refuseDiverged(history, 'MNIST');
      const found = decisions(probe(history, 'output', 'values'));
      const wrong = {
        data: found.data.map((c, j) => (c === set.labels.data[j % p.samples] ? 0 : 1)),
        shape: found.shape,
      };
      learnt.push(firstLearnt(history.steps, wrong, 0));
    }
    const names = p.networks.map(({ hidden, activation }) => `${hidden.join('-')} ${activation}`);
    const pairs = p.networks.flatMap((_, i) => p.networks.slice(i + 1).map((_, j) => [i, i + 1 + j] as const));
    const correlations = pairs.map(([i, j]) => spearman(learnt[i]!, learnt[j]!));
    const rank = Array.from({ length: p.samples }, (_, i) => mean(learnt.map((l) => Math.log(1 + l[i]!))));
    const order = Array.from(rank.keys()).sort((a, b) => rank[a]! - rank[b]!);
    const digit = (i: number): NdArray => ({
      data: set.images.data.subarray(i * 784, (i + 1) * 784),
      shape: [set.height, set.width],
    });
    const picture = (i: number) => ({ label: String(set.labels.data[i]), image: digit(i) });
    const sorted = (l: number[]): number[] => [...l].sort((a, b) => a - b);
    const share = Array.from({ length: p.samples }, (_, i) => (i + 1) / p.samples);

    return {
      metrics: {
        correlation_least: Math.min(...correlations),
        correlation_median: spread(correlations).median,
      },
      tables: [
        {
          id: 'agreement',
          title: 'Rank correlation of the first-learnt step of the training images',
          columns: {
            'one network': pairs.map(([i]) => names[i]!),
            'another network': pairs.map(([, j]) => names[j]!),
            'rank correlation': correlations,
          },
        },
        {
          id: 'samples',
          title: 'First-learnt step by image',
          columns: {
            image: Array.from(rank.keys()),
            label: Array.from(set.labels.data),
            ...Object.fromEntries(names.map((name, i) => [name, learnt[i]!])),
          },
        },
      ],
      claims: [
        below(0.5, {
          id: 'outline-first',
          statement: `In one dimension the samples on the outline (|sin 5x| at most ${p.outline}) are learnt in less than half the steps of the others (ratio of the medians, each network).`,
          source: 'book, figure 1.3',
          measured: curveSteps.map((s) => mid(s, true) / mid(s, false)),
        }),
        atLeast(0.4, {
          id: 'same-samples',
          statement:
            'Every two networks agree on which images are learnt early: rank correlation of the first-learnt steps.',
          source: 'book, section 1.2',
          measured: correlations,
          labels: pairs.map(([i, j]) => `${names[i]} and ${names[j]}`),
        }),
      ],
      figures: [
        lineFigure({
          id: 'one-dimension',
          title: 'First-learnt step of each sample of sin x + sin 5x',
          caption: `The step from which on the error stays at or under ${p.tolerance}, median over ${p.curveNetworks} networks. Samples near the outline sin x (where sin 5x is small) come first.`,
          x: { title: '|sin 5x|: distance from the outline' },
          y: { title: 'step', log: true },
          lines: [true, false].map((on) => {
            const at = Array.from(x.data.keys()).filter((i) => onOutline[i] === on);
            return {
              name: on ? 'on the outline' : 'the rest',
              x: at.map((i) => Math.abs(Math.sin(5 * x.data[i]!))),
              y: at.map((i) => spread(curveSteps.map((s) => s[i]! + 1)).median),
              mark: 'points' as const,
              color: on ? colors.low : colors.high,
            };
          }),
        }),
        lineFigure({
          id: 'first-learnt',
          title: 'First-learnt step of the training images',
          caption:
            'The images of each network in the order in which it learns them. Most are easy; a few take many times as long.',
          x: { title: 'share of the images' },
          y: { title: 'step', log: true },
          lines: names.map((name, i) => ({ name, x: share, y: sorted(learnt[i]!).map((s) => s + 1) })),
        }),
        lineFigure({
          id: 'agreement',
          title: `First-learnt steps in two networks`,
          caption: `Each dot is an image (the first 1,000): its first-learnt step in ${names[0]} and in ${names[1]}. Rank correlation ${correlations[0]!.toFixed(2)}.`,
          x: { title: `step, ${names[0]}`, log: true },
          y: { title: `step, ${names[1]}`, log: true },
          lines: [
            {
              name: 'image',
              // Steps are few; a small spread shows how many images share a place.
              x: learnt[0]!.slice(0, 1000).map((s, i) => (s + 1) * 1.03 ** ((i % 7) - 3)),
              y: learnt[1]!.slice(0, 1000).map((s, i) => (s + 1) * 1.03 ** ((i % 5) - 2)),
              mark: 'points',
            },
          ],
        }),
        picturesFigure({
          id: 'easiest',
          title: 'The easiest digits',
          caption: 'The images that the networks learnt first (mean of the logarithm of the step), with their labels.',
          pictures: order.slice(0, 16).map(picture),
          width: 64,
          columns: 8,
        }),
        picturesFigure({
          id: 'hardest',
          title: 'The hardest digits',
          caption: 'The images that the networks learnt last, with their labels.',
          pictures: order.slice(-16).map(picture),
          width: 64,
          columns: 8,
        }),
      ],
    };
  },
});

/** For each column of `values` `[records, n]` the step from which on it stays at or under `level`; past the end if none. */
function firstLearnt(steps: number[], values: NdArray, level: number): number[] {
  const [, n = 0] = values.shape;
  const bySample = transpose(values);
  const records = steps.length;
  return Array.from({ length: n }, (_, i) => {
    const own = bySample.data.subarray(i * records, (i + 1) * records);
    return passageStep(steps, own, level, { settled: true }) ?? 2 * steps.at(-1)!;
  });
}
