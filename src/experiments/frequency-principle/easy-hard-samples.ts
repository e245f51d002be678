/**
 * Easy samples are learnt early by every network, hard ones late (Xu, book, section 1.2).
 *
 * In one dimension one sees which they are: fitting sin x + sin 5x, the samples near the outline sin x are right as soon
 * as the outline is learnt, those far from it only when sin 5x is. That is so because the outline comes first: in the control
 * the network sees waves, the higher one stronger, learns sin 5x first, and the same samples are no earlier than the others.
 *
 * On MNIST the samples are images; networks of different depth, width and activation, started from different seeds and fed in
 * different orders, agree on which digits come early, as the rank correlation of the first-learnt step says. (Chance would give 0,
 * with a standard deviation of 1/sqrt(samples): 0.03 in the quick preset.) What they agree on is the sample, an image with its
 * label: in the control each network has the labels in a random order of its own. It is no property of true labels: networks that
 * share one random order of the labels agree as much (0.4 to 0.7 on the first seed), since there too some samples come early.
 *
 * Which samples these are has to do with frequency. The low part of the labels, a Gaussian mean over the images around (eq. 1.10 of
 * the book), says of each image how far its surroundings have its label: those where it is high come early. In the control the mean
 * is over other images.
 *
 * First learnt: the first recorded step from which on the sample stays right through the last record. A sample that never
 * does so is put after the last step: the hardest share the last rank.
 */
import { z } from 'zod';
import { decisions } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { columns, row } from '../../core/reading.js';
import {
  atLeast,
  below,
  common,
  defineExperiment,
  grid,
  passageStep,
  periodicGrid,
  spearman,
  spread,
  sumOfSines,
  trainAll,
} from '../../experiment/index.js';
import { colors, lineFigure, picturesFigure } from '../../figures/index.js';
import { mlp } from '../../nets/index.js';
import { gaussianFilter } from '../../spectrum/index.js';
import { mean } from '../support/arrays.js';
import { inAnotherOrder, oneHot, shuffled } from '../support/classification.js';
import { fitCurves, reversedFeatures, reversedStatement } from '../support/curve.js';

const classifier = z.object({
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
  networks: common.networks().describe('networks of each kind in one dimension'),
  samples: z.int().min(200).max(60_000).default(10_000).describe('training images of MNIST'),
  classifiers: z
    .array(classifier)
    .min(2)
    .default([
      { hidden: [100], activation: 'relu' },
      { hidden: [400, 200], activation: 'relu' },
      { hidden: [100, 100, 100, 100], activation: 'relu' },
      { hidden: [200, 100], activation: 'tanh' },
      { hidden: [50, 50], activation: 'tanh' },
    ])
    .describe('dense networks on MNIST'),
  delta: z.number().positive().default(7).describe("variance of the Gaussian, in squared units of the images' values"),
  learningRate: common.learningRate(5e-4, 'Adam on MNIST'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z.number().positive().default(40).describe('passes over the training images'),
  records: common.records(80),
});

const frequencies = [1, 5];

/** What labels a network learns: the true ones, one random order of them for all networks, or one for each. */
const truths = ['own', 'common', 'each'] as const;
type Truth = (typeof truths)[number];

export const easyHardSamples = defineExperiment({
  id: 'easy-hard-samples',
  title: 'Easy samples are learnt early by every network',
  source: cite('xuBook', 'section 1.2, figure 1.3'),
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
  seconds: { quick: 9, paper: 900 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal } = context;
    const x = periodicGrid(p.points);
    const y = sumOfSines(x, frequencies);
    const curves = await fitCurves(
      context,
      x,
      grid({ turned: [false, true], seed: seeds(p.networks) }),
      ({ turned, seed }) => ({ y, frequencies, seed, before: turned ? reversedFeatures(frequencies) : undefined }),
      { hidden: p.curveHidden, std: 0.1, learningRate: p.curveRate, steps: p.curveSteps, records: p.records },
    );

    const set = await data.mnist({ count: p.samples });
    const [size = 0] = set.images.shape.slice(1);
    const classifierSeeds = seeds(p.classifiers.length);
    const [ofAll = 0] = seeds(1, 'labels of all');
    const labelsOf = (truth: Truth, network: number) => {
      if (truth === 'own') return set.labels;
      return shuffled(set.labels, truth === 'common' ? ofAll : (classifierSeeds[network] ?? 0));
    };
    const trained = await trainAll(context, {
      cells: grid({ truth: truths, network: [...p.classifiers.keys()] }),
      run: ({ truth, network }) => {
        const { hidden, activation } = p.classifiers[network] ?? { hidden: [], activation: 'relu' };
        return {
          seed: classifierSeeds[network] ?? 0,
          spec: mlp({ input: size, hidden, output: set.classes, activation }),
          y: labelsOf(truth, network),
        };
      },
      shared: {
        x: set.images,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.samples),
        steps: Math.round((p.epochs * p.samples) / p.batchSize),
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: set.images } },
      },
    });
    const digits = trained.map(({ truth, network, steps, probes }) => {
      const { data: found, shape } = decisions(probes.output.values);
      const { data: right } = labelsOf(truth, network);
      const wrong = Float64Array.from(found, (c, j) => (c === right[j % p.samples] ? 0 : 1));
      return { truth, network, learnt: firstLearnt(steps, { data: wrong, shape }, 0) };
    });
    const around = async (images: NdArray): Promise<number[]> => {
      const { low } = await gaussianFilter(images, oneHot(set.labels, set.classes), { deltas: [p.delta], signal });
      return Array.from(set.labels.data, (c, i) => low.data[i * set.classes + c] ?? Number.NaN);
    };
    const [other = 0] = seeds(1, 'other images');
    return {
      distance: Array.from(x.data, (v) => Math.abs(Math.sin(5 * v))),
      curves: curves.map(({ turned, steps, outputs: { data: h, shape } }) => {
        const errors = Float64Array.from(h, (v, i) => Math.abs(v - (y.data[i % p.points] ?? Number.NaN)));
        return { turned, learnt: firstLearnt(steps, { data: errors, shape: shape.slice(0, 2) }, p.tolerance) };
      }),
      digits,
      labels: Array.from(set.labels.data),
      around: { own: await around(set.images), elsewhere: await around(inAnotherOrder(set.images, other)) },
      images: set.images,
      height: set.height,
      width: set.width,
    };
  },

  present({ distance, curves, digits, labels, around, images, height, width }, p) {
    const names = p.classifiers.map(({ hidden, activation }) => `${hidden.join('-')} ${activation}`);
    const learntBy = (truth: Truth) => digits.filter((one) => one.truth === truth).map(({ learnt }) => learnt);
    const learnt = learntBy('own');
    const pairs = names.flatMap((_, i) => names.slice(i + 1).map((_, j) => [i, i + 1 + j] as const));
    const pairNames = pairs.map(([i, j]) => `${names[i]} and ${names[j]}`);
    const correlations = (truth: Truth) => {
      const lists = learntBy(truth);
      return pairs.map(([i, j]) => spearman(lists[i] ?? [], lists[j] ?? []));
    };
    /** Rank correlation of how early each image comes with how far its surroundings have its label. */
    const withSurroundings = (where: keyof typeof around) =>
      learnt.map((steps) =>
        spearman(
          around[where],
          steps.map((step) => -step),
        ),
      );
    const agreement = correlations('own');
    const [onOutline, offOutline] = [true, false].map((wanted) =>
      [...distance.keys()].filter((i) => (distance[i] ?? 0) <= p.outline === wanted),
    );
    const median = (steps: readonly number[], places: readonly number[] = []) =>
      spread(places.map((i) => steps[i] ?? Number.NaN)).median;
    const ratios = (turned: boolean) =>
      curves
        .filter((fit) => fit.turned === turned)
        .map(({ learnt: steps }) => median(steps, onOutline) / median(steps, offOutline));
    const rank = labels.map((_, i) => mean(learnt.map((steps) => Math.log(1 + (steps[i] ?? Number.NaN)))));
    const order = [...rank.keys()].sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0));
    const picture = (i: number) => ({
      label: String(labels[i]),
      image: { data: row(images, i), shape: [height, width] },
    });
    const share = labels.map((_, i) => (i + 1) / p.samples);
    const plain = curves.filter(({ turned }) => !turned);

    return {
      metrics: {
        correlation_least: Math.min(...agreement),
        correlation_median: spread(agreement).median,
      },
      tables: [
        {
          id: 'agreement',
          title: 'Rank correlation of the first-learnt step of the training images',
          columns: {
            'one network': pairs.map(([i]) => names[i] ?? ''),
            'another network': pairs.map(([, j]) => names[j] ?? ''),
            'rank correlation': agreement,
            'one random order of the labels': correlations('common'),
            'a random order each': correlations('each'),
          },
        },
        {
          id: 'samples',
          title: 'First-learnt step by image',
          columns: {
            image: [...rank.keys()],
            label: labels,
            ...Object.fromEntries(names.map((name, i) => [name, learnt[i] ?? []])),
          },
        },
      ],
      claims: [
        below(0.5, {
          id: 'outline-first',
          statement: `In one dimension the samples on the outline (|sin 5x| at most ${p.outline}) are learnt in less than half the steps of the others (ratio of the medians), in every one of ${p.networks} networks.`,
          source: cite('xuBook', 'figure 1.3'),
          measured: ratios(false),
          control: { id: 'reversed', statement: reversedStatement, measured: ratios(true) },
        }),
        atLeast(0.3, {
          id: 'same-samples',
          statement:
            'Every two networks agree on which images are learnt early: rank correlation of the first-learnt steps.',
          source: cite('xuBook', 'section 1.2'),
          measured: agreement,
          labels: pairNames,
          control: {
            id: 'other-samples',
            statement: 'the labels in a random order, another for each network',
            measured: correlations('each'),
          },
        }),
        atLeast(0.3, {
          id: 'surroundings',
          statement: `Early come the images whose surroundings have their label: rank correlation with the low part of the labels (delta = ${p.delta}), in every network.`,
          source: [
            cite('xuBook', 'section 1.2, and eq. 1.10 for the low part'),
            cite('fprinciple', 'what makes a sample easy, measured'),
          ].join('; '),
          measured: withSurroundings('own'),
          labels: names,
          control: {
            id: 'elsewhere',
            statement: 'the mean over the surroundings of other images',
            measured: withSurroundings('elsewhere'),
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'one-dimension',
          title: 'First-learnt step of each sample of sin x + sin 5x',
          caption: `The step from which on the error stays at or under ${p.tolerance}, median over ${p.networks} networks. Samples near the outline sin x (where sin 5x is small) come first.`,
          x: { title: '|sin 5x|: distance from the outline' },
          y: { title: 'step', log: true },
          lines: [onOutline ?? [], offOutline ?? []].map((places, i) => ({
            name: i === 0 ? 'on the outline' : 'the rest',
            x: places.map((place) => distance[place] ?? 0),
            y: places.map((place) => spread(plain.map(({ learnt: steps }) => (steps[place] ?? 0) + 1)).median),
            mark: 'points' as const,
            color: i === 0 ? colors.low : colors.high,
          })),
        }),
        lineFigure({
          id: 'first-learnt',
          title: 'First-learnt step of the training images',
          caption:
            'The images of each network in the order in which it learns them. Most are easy; a few take many times as long.',
          x: { title: 'share of the images' },
          y: { title: 'step', log: true },
          lines: names.map((name, i) => ({
            name,
            x: share,
            y: (learnt[i] ?? []).toSorted((a, b) => a - b).map((step) => step + 1),
          })),
        }),
        lineFigure({
          id: 'agreement',
          title: `First-learnt steps in two networks`,
          caption: `Each dot is an image (the first 1,000): its first-learnt step in ${names[0]} and in ${names[1]}. Rank correlation ${agreement[0]?.toFixed(2)}.`,
          x: { title: `step, ${names[0]}`, log: true },
          y: { title: `step, ${names[1]}`, log: true },
          lines: [
            {
              name: 'image',
              // Steps are few; a small spread shows how many images share a place.
              x: (learnt[0] ?? []).slice(0, 1000).map((step, i) => (step + 1) * 1.03 ** ((i % 7) - 3)),
              y: (learnt[1] ?? []).slice(0, 1000).map((step, i) => (step + 1) * 1.03 ** ((i % 5) - 2)),
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
const firstLearnt = (steps: number[], values: NdArray, level: number): number[] =>
  columns(values).map((own) => passageStep(steps, own, level, { settled: true }) ?? 2 * (steps.at(-1) ?? 0));
