/**
 * How many directions the change of a weight matrix has, `W_t - W_0`, against the width: few, and hardly more in wider layers, so
 * that its rank is low in wide layers and not in narrow ones.
 *
 * Two networks of several widths each: a dense classifier of digits with two hidden layers, and a Transformer encoder on a signal.
 * The readout is left out: it has as many directions as classes. Two definitions stand side by side, since they disagree: the
 * exponential of the entropy of the energies (shares of the squared singular values; Alter, Brown and Botstein 2000), and of the
 * singular values themselves (Roy and Vetterli 2007), which counts the tail of small directions. The notes' tenth of full rank
 * holds of the energies: in the classifier of width 256 they give 5 % for the first layer and 3 for the second, Roy and Vetterli's
 * measure 20 for the first. By it, too, the directions grow more slowly than the width (as its power 0.55, where energies have 0.1
 * to 0.5 and the weights themselves 1.1), so that the share falls; but in layers of a few hundred units it is no tenth. Version 0.1.0 claimed
 * the tenth at one width, by energies.
 *
 * Two controls. Labels in random order: what has nothing in common to be learnt takes two to three times as many directions. And
 * the weights `W_t` themselves, whose random start has directions as the width.
 *
 * The features of the last hidden layer (of digits, their mean taken off) lose directions, by energies to 0.15 of what they had.
 * With labels in random order they lose some too (0.38 to 0.46 is left), so that the claim is of a quarter.
 *
 * Training is by gradient descent with momentum. Under Adam, which divides each entry by its own size, the change of the same
 * classifiers has 1.2 to 1.6 times as many directions by energies and 1.4 to 2.2 times by Roy and Vetterli (one network a width).
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atMost, common, defineExperiment, grid, spread, type TrainedCell, trainAll } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { fitDecay, spectrumMeasures } from '../../kernels/index.js';
import type { RankProbe } from '../../nets/index.js';
import { asInput, classifier, firstRows, loadImages, shuffled } from '../support/classification.js';
import { encoder } from '../support/encoder.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(20_000).describe('training images'),
  measured: z.int().min(10).max(5000).default(1000).describe('of these, how many the features are taken over'),
  widths: z
    .array(z.int().min(11).max(784))
    .min(3)
    .default([64, 128, 256, 512])
    .describe('of the two hidden layers of the classifier, ascending'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  learningRate: common.learningRate(0.02, 'gradient descent with momentum 0.9'),
  steps: common.steps(3000),
  tokens: z.int().min(16).max(512).default(64).describe('length of the signal'),
  encoderWidths: z
    .array(z.int().min(8).max(256))
    .min(3)
    .default([32, 64, 128])
    .describe('features of a token, ascending'),
  encoderRate: z.number().positive().default(0.01).describe('learning rate of the encoder'),
  encoderSteps: z.int().min(10).default(3000).describe('training steps of the encoder'),
  records: z.int().min(4).max(100).default(12).describe('recorded steps, evenly spaced in their logarithm'),
  networks: common.networks(),
  share: z.number().positive().max(1).default(0.1).describe('share of the full rank that the change may have'),
});

/** The matrices that are looked at; the smaller side of each is the width. */
const matrices = {
  classifier: { 'layers.0.weight': 'first layer', 'layers.2.weight': 'second layer' },
  encoder: {
    'layers.2.layers.1.in_proj_weight': 'attention, in',
    'layers.2.layers.1.out_proj.weight': 'attention, out',
    'layers.3.layers.1.weight': 'feed-forward, in',
    'layers.3.layers.3.weight': 'feed-forward, out',
  },
} as const;
type Network = keyof typeof matrices;
const networkNames = ['classifier', 'encoder'] as const;
/** Index of the activation after the second hidden layer. */
const lastHidden = 3;

/** A number of directions that grows at most as this power of the width is a falling share of full rank. */
const power = 0.8;

/** The two definitions: shares of the squared singular values, and of the values. */
const definitions = { energies: 'energies', values: 'Roy and Vetterli' } as const;
type Directions = Record<keyof typeof definitions, number[]>;

export const effectiveRankExperiment = defineExperiment({
  id: 'effective-rank',
  title: 'What training adds to the weights has few directions, however wide the layer',
  source: [cite('notesRank', 'section 2.2'), cite('roy2007'), cite('alter2000')].join('; '),
  statement:
    'Training changes the weights of hidden layers, in a dense classifier and in the attention and feed-forward blocks of a ' +
    'Transformer encoder, along a number of directions that grows more slowly than the width. In wide layers the change ' +
    'therefore has a low effective rank: a tenth of full or less where directions count by their energy, more where every ' +
    'small direction counts. The features of the last hidden layer become fewer-dimensional.',
  formula: 'rank(A) = e^{−Σ p_i ln p_i},  p_i = σ_i^2 / Σ_j σ_j^2  or  σ_i / Σ_j σ_j,  A = W_t − W_0',
  parameters,
  presets: {
    quick: {
      samples: 2000,
      measured: 300,
      widths: [64, 128, 256],
      steps: 300,
      tokens: 48,
      encoderSteps: 400,
      records: 4,
    },
    paper: {},
  },
  seconds: { quick: 12, paper: 900 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seed, seeds, data } = context;
    const images = await loadImages(data, 'mnist', p.samples);
    const mixed = shuffled(images.labels, seed);
    const descent = (learningRate: number) => ({ type: 'sgd', learningRate, momentum: 0.9 }) as const;
    const dense = (width: number) => classifier('dense', images, { hidden: [width, width], activation: 'relu' });
    const widest = Math.max(...p.widths);
    const digits = await trainAll(context, {
      cells: [
        ...grid({ width: p.widths, labels: ['true'], seed: seeds(p.networks) }),
        ...grid({ width: [widest], labels: ['shuffled'], seed: seeds(p.networks) }),
      ],
      run: ({ width, labels, seed: own }) => ({
        seed: own,
        spec: dense(width),
        y: labels === 'true' ? images.labels : mixed,
        probes: rankProbes('classifier', firstRows(images.images, p.measured)),
      }),
      shared: {
        x: asInput(dense(widest), images.images),
        loss: 'crossEntropy',
        optimizer: descent(p.learningRate),
        batchSize: Math.min(p.batchSize, p.samples),
        steps: p.steps,
        record: { log: p.records },
      },
      what: 'classifiers',
    });

    const place = Float64Array.from({ length: p.tokens }, (_, i) => (2 * i) / p.tokens - 1);
    const target = place.map((v) => Math.sin(Math.PI * v) + Math.sin(3 * Math.PI * v));
    const signals = await trainAll(context, {
      cells: grid({ width: p.encoderWidths, labels: ['true'], seed: seeds(p.networks, 'encoders') }),
      run: ({ width, seed: own }) => ({
        seed: own,
        spec: encoder({ tokens: p.tokens, width, heads: 4, blocks: 1, encoding: 'sinusoidal' }),
        probes: rankProbes('encoder'),
      }),
      shared: {
        x: { data: place, shape: [1, p.tokens, 1] },
        y: { data: target, shape: [1, p.tokens, 1] },
        loss: 'mse',
        optimizer: descent(p.encoderRate),
        steps: p.encoderSteps,
        record: { log: p.records },
      },
      what: 'encoders',
    });
    return {
      runs: [...digits.map((one) => ranksOf('classifier', one)), ...signals.map((one) => ranksOf('encoder', one))],
    };
  },

  present({ runs }, p) {
    const widths = { classifier: p.widths, encoder: p.encoderWidths };
    const of = (network: Network, width = Math.max(...widths[network]), labels = 'true') =>
      runs.filter((run) => run.network === network && run.width === width && run.labels === labels);
    const last = (values: readonly number[]): number => values.at(-1) ?? Number.NaN;
    const share = (list: typeof runs, what: 'change' | 'weights', how: keyof Directions) =>
      list.map((run) => run.matrices.map((matrix) => last(matrix[what][how]) / run.width));
    /** Of every network the power of the width with which directions grow, in the matrix of either kind where it is largest. */
    const growth = (what: 'change' | 'weights', how: keyof Directions) =>
      of('classifier').map((_, i) => {
        const powers = networkNames.flatMap((network) =>
          names(network).map((_name, m) => {
            const counts = widths[network].map((width) => last(of(network, width)[i]?.matrices[m]?.[what][how] ?? []));
            return -fitDecay(widths[network], counts, 'power').exponent;
          }),
        );
        return Math.max(...powers);
      });
    const names = (network: Network) => Object.values(matrices[network]);
    const start = { id: 'weights', statement: 'the weights themselves, their random start included' };
    const middle = (list: number[][], m: number): number => spread(list.map((row) => row[m] ?? Number.NaN)).median;
    const featureRatio = (labels: string) =>
      of('classifier', undefined, labels).map(({ features: f }) => last(f.energies) / (f.energies[0] ?? Number.NaN));
    const places = networkNames.flatMap((network) =>
      widths[network].flatMap((width) => names(network).map((name, m) => ({ network, width, name, m }))),
    );
    const at = ({ network, width, m }: (typeof places)[number], what: 'change' | 'weights', how: keyof Directions) =>
      width * middle(share(of(network, width), what, how), m);
    return {
      metrics: {
        features_before: spread(of('classifier').map(({ features: f }) => f.energies[0] ?? Number.NaN)).median,
        features_after: spread(of('classifier').map(({ features: f }) => last(f.energies))).median,
        share_energies: middle(share(of('classifier'), 'change', 'energies'), 0),
        share_values: middle(share(of('classifier'), 'change', 'values'), 0),
      },
      tables: [
        {
          id: 'directions',
          title: `Directions at the end of the training, median of ${p.networks} networks`,
          columns: {
            network: places.map(({ network }) => network),
            width: places.map(({ width }) => width),
            matrix: places.map(({ name }) => name),
            'change, energies': places.map((one) => at(one, 'change', 'energies')),
            'change, Roy and Vetterli': places.map((one) => at(one, 'change', 'values')),
            'weights, energies': places.map((one) => at(one, 'weights', 'energies')),
            'weights, Roy and Vetterli': places.map((one) => at(one, 'weights', 'values')),
          },
        },
      ],
      claims: [
        ...networkNames.map((network) =>
          atMost(p.share, {
            id: `change-${network}`,
            statement: `In the ${network} of width ${Math.max(...widths[network])} the change of every hidden matrix has at most ${100 * p.share} % of the directions of full rank, by energies, in every one of ${p.networks} networks.`,
            source: cite('notesRank', 'section 2.2'),
            measured: share(of(network), 'change', 'energies'),
            labels: names(network),
            control: [
              { ...start, measured: share(of(network), 'weights', 'energies') },
              ...(network === 'encoder'
                ? []
                : [
                    {
                      id: 'shuffled',
                      statement: 'the labels in random order',
                      measured: share(of(network, undefined, 'shuffled'), 'change', 'energies'),
                    },
                  ]),
            ],
          }),
        ),
        ...(['energies', 'values'] as const).map((how) =>
          atMost(power, {
            id: `directions-${how}`,
            statement: `The number of directions of the change (${definitions[how]}) grows at most as the width to the power ${power}, in every one of ${p.networks} networks of either kind (fitted, the matrix where it is largest).`,
            source: cite('notesRank', 'section 2.2: low rank of the updates'),
            measured: growth('change', how),
            control: { ...start, measured: growth('weights', how) },
          }),
        ),
        atMost(0.25, {
          id: 'features',
          statement: `Training leaves at most a quarter of the directions of the last hidden layer's features (after over before, energies, width ${Math.max(...p.widths)}), in every network.`,
          source: cite('notesRank', 'section 2.2: effective low-rank representations'),
          measured: featureRatio('true'),
          control: { id: 'shuffled', statement: 'the labels in random order', measured: featureRatio('shuffled') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'directions',
          title: 'Directions of the change against the width',
          caption: `The matrix with the most directions: median and extremes of ${p.networks} networks. A tenth of full rank is the grey line: what lies under it is of low rank.`,
          panels: networkNames.map((network) => {
            const most = (what: 'change' | 'weights', how: keyof Directions) =>
              of(network).map((_, i) =>
                widths[network].map(
                  (width) => width * Math.max(...(share(of(network, width), what, how)[i] ?? [Number.NaN])),
                ),
              );
            const line = (name: string, what: 'change' | 'weights', how: keyof Directions) => ({
              ...medianBand(name, widths[network], most(what, how)),
              mark: 'both' as const,
            });
            return {
              title: network,
              x: { title: 'width', log: true },
              y: { title: 'directions', log: true },
              lines: [
                line('change, energies', 'change', 'energies'),
                line('change, Roy and Vetterli', 'change', 'values'),
                line('weights, energies', 'weights', 'energies'),
                {
                  name: `${100 * p.share} % of full`,
                  x: widths[network],
                  y: widths[network].map((width) => p.share * width),
                  color: '#999999',
                },
              ],
            };
          }),
        }),
        panelsFigure({
          id: 'change',
          title: 'Directions of the change through the training',
          caption: `Energies, the widest networks: median and extremes of ${p.networks}.`,
          panels: networkNames.map((network) => ({
            title: `${network}, width ${Math.max(...widths[network])}`,
            x: { title: 'step', log: true },
            y: { title: 'directions' },
            lines: names(network).map((name, m) =>
              medianBand(
                name,
                (of(network)[0]?.steps ?? []).slice(1),
                of(network).map((run) => run.matrices[m]?.change.energies.slice(1) ?? []),
              ),
            ),
          })),
        }),
      ],
    };
  },
});

/** Of every matrix the singular values of it and of its change; of the features over `points` too. */
const rankProbes = (network: Network, points?: NdArray): Record<string, RankProbe> => ({
  ...Object.fromEntries(
    Object.keys(matrices[network]).flatMap((parameter) => [
      [`change of ${parameter}`, { type: 'rank', parameter, change: true }],
      [parameter, { type: 'rank', parameter }],
    ]),
  ),
  ...(points && { features: { type: 'rank', layer: lastHidden, points } }),
});

/** Directions at each record, of every matrix and of the features (none of an encoder's). */
function ranksOf<C extends { width: number; labels: string }>(
  network: Network,
  { width, labels, steps, probes }: TrainedCell<C, Record<string, RankProbe>>,
) {
  const directions = (name: string): Directions => {
    const each = rows(probes[name]?.singularValues ?? []);
    const count = (values: Float64Array): number =>
      values.every((v) => v === 0) ? 0 : spectrumMeasures(values).effectiveRank;
    return { energies: each.map((s) => count(s.map((v) => v * v))), values: each.map(count) };
  };
  return {
    network,
    width,
    labels,
    steps,
    matrices: Object.keys(matrices[network]).map((name) => ({
      change: directions(`change of ${name}`),
      weights: directions(name),
    })),
    features: directions('features'),
  };
}
