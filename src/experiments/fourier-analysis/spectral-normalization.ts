/**
 * Spectral normalisation: the largest singular value of each layer, and the Lipschitz bound that their product is (Fourier
 * notes, "spectral normalisation").
 *
 * - The source's sketch takes one half-step from a random vector, `|W^T u|`: an average of the singular values, far under the
 *   largest. (One step a training step is enough for Miyato et al. because the vector is kept from step to step.) The library
 *   iterates on `A^T A` until it has converged; both are compared with the decomposition.
 * - `normalize_layer` there divides the weights of every module it finds, and of no one layer. Here one layer is one layer.
 * - For ReLU, the network's outputs are Lipschitz with the product of the layers' norms. Dividing weights alone changes what
 *   the network says. Dividing each layer's bias by the product of the norms up to it as well divides the output by one
 *   number: the decisions stay, bit by bit but for rounding, and the bound is 1. So an unnormalised network is not worse than
 *   its normalised copy: the bound means something only against the scale of the outputs, or kept during the training.
 *
 * Layers held at a norm while they train are a projection after the step, as Gouk et al. do (who leave a smaller norm alone; here
 * every layer has the norm exactly); Miyato et al. divide inside the forward pass, through which their gradient goes. The source
 * divides by the norm, so holds at 1. Then the outputs of ten classes differ by the size of a digit at most, which
 * cross-entropy is not content with: in `quick` it costs 0.16 to 0.25 of the accuracy (five networks of tuning seed 1). Layers
 * held at 2 cost less than 0.01 there; that they cost little is claimed, with those at 1 beside them.
 *
 * A step of Adam moves a weight by up to its learning rate in every entry, so an [m, n] weight by up to `rate sqrt(m n)` in the
 * spectral norm: with 784 inputs and 256 units 0.45 at a rate of 1e-3, against a norm of 2. With 60,000 digits that cost 0.073 of
 * the accuracy, 3e-4 0.042 and 1e-4, the rate of the paper preset, 0.007; layers held at 4 lost nothing at 3e-4.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { atLeast, atMost, common, defineExperiment, equalTo, grid, spread, trainAll } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, type Model } from '../../nets/index.js';
import {
  gaussianNoise,
  singularValues,
  spectralNorm,
  spectralNormalize,
  spectralNormalizeAll,
} from '../../spectrum/index.js';
import { agreement, decisions } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training digits'),
  test: z.int().min(100).max(10_000).default(10_000).describe('test digits'),
  hidden: common.hidden([256, 128]),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(100).describe('digits a step'),
  epochs: z.number().positive().default(5).describe('passes over the training digits'),
  norm: z.number().positive().default(2).describe('norm at which layers are held while they train, beside 1'),
  every: z.int().min(1).default(5).describe('steps from one normalisation to the next in that training'),
  iterations: z.int().min(2).max(1000).default(60).describe('steps of plain power iteration shown'),
  derivatives: z.int().min(1).max(1000).default(50).describe('digits at which the derivative is measured'),
  networks: common.networks(),
});

/** The networks that are compared: as trained, copies of it that are divided, and those held at a norm. */
const kinds = [
  'trained',
  'one layer divided',
  'all weights divided',
  'weights and biases divided',
  'held at 1',
  'held at the norm',
] as const;
/** What is trained. */
const trainings = ['free', 'one', 'norm'] as const;

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

export const spectralNormalization = defineExperiment({
  id: 'spectral-normalization',
  title: 'Spectral norms, normalisation of one layer and of all, and Lipschitz bounds',
  source: [
    cite('notesFourier', 'section on spectral normalisation'),
    cite('miyato2018'),
    cite('gouk2021', 'the projection'),
  ].join('; '),
  statement:
    'The spectral norm of each layer of a classifier by an iteration that converges; one layer or all divided by it; the ' +
    'product of the norms as a bound of how fast the outputs change, before and after, against what is measured.',
  formula: '|W|_2 = max_v |Wv| / |v|,  v ← WᵀWv / |WᵀWv|,  Lip(h) ≤ Π_l |W_l|_2',
  parameters,
  presets: {
    quick: { samples: 3000, test: 1000, hidden: [128, 64], epochs: 4, derivatives: 20 },
    paper: { learningRate: 1e-4 },
  },
  seconds: { quick: 15, paper: 300 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seed, seeds, random, data, signal, progress } = context;
    const train = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.test });
    const size = train.height * train.width;
    const spec = { input: size, layers: classifierLayers(p.hidden) };
    const batchSize = Math.min(p.batchSize, p.samples);
    const steps = Math.max(1, Math.round((p.epochs * p.samples) / batchSize));
    const trained = await trainAll(context, {
      cells: grid({ training: trainings, seed: seeds(p.networks) }),
      run: ({ training, seed }) => ({
        seed,
        ...(training !== 'free' && {
          constraint: { type: 'spectralNorm', norm: training === 'one' ? 1 : p.norm, every: p.every },
        }),
      }),
      shared: {
        spec,
        x: train.images,
        y: train.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps,
        batchSize,
        record: { every: Math.max(1, Math.floor(steps / 20)) },
        probes: { accuracy: { type: 'accuracy', points: test.images, labels: test.labels } },
      },
      keep: 'parameters',
    });
    const curves = trained.map(({ training, steps, probes }) => ({
      training,
      steps,
      accuracy: Array.from(probes.accuracy.values.data),
    }));
    const ofTraining = (training: (typeof trainings)[number]) =>
      trained.filter((one) => one.training === training).map((one) => one.parameters);

    const few = Math.min(p.derivatives, p.test);
    const digits = { data: test.images.data.subarray(0, few * size), shape: [few, size] };
    /** Largest norm of the derivative of all outputs by the image, over the digits. */
    const steepest = async (model: Model): Promise<number> => {
      const { gradient } = await model.inputDerivatives(digits, { signal });
      const [n = 0, outputs = 0] = gradient.shape;
      const each = outputs * size;
      const at = (i: number) => ({ data: gradient.data.slice(i * each, (i + 1) * each), shape: [outputs, size] });
      return Math.max(...Array.from({ length: n }, (_, i) => spectralNorm(at(i), { tolerance: 1e-6 })));
    };
    const weightsOf = (record: Record<string, NdArray>) =>
      Object.entries(record).filter(([name]) => name.endsWith('weight'));
    const networks = [];
    for (const [i, free] of ofTraining('free').entries()) {
      progress({ phase: 'norms and derivatives', step: i, steps: p.networks });
      const weights = weightsOf(free);
      const [, second] = weights;
      const norms = weights.map(([, weight]) => spectralNorm(weight));
      // Biases divided by the product of the norms up to their layer: the output is divided by the product of all.
      const along = Object.fromEntries(
        weights.flatMap(([name, weight], l) => {
          const bias = name.replace('weight', 'bias');
          const { data, shape } = free[bias] ?? { data: new Float64Array(), shape: [0] };
          const before = product(norms.slice(0, l + 1));
          return [
            [name, spectralNormalize(weight)],
            [bias, { data: data.map((v) => v / before), shape }],
          ];
        }),
      );
      const copies = [
        free,
        { ...free, ...(second && { [second[0]]: spectralNormalize(second[1]) }) },
        spectralNormalizeAll(free),
        along,
        ofTraining('one')[i] ?? free,
        ofTraining('norm')[i] ?? free,
      ];
      const measured = [];
      for (const record of copies) {
        const model = createModel(spec, { seed });
        model.setParameters(record);
        const decided = decisions(await model.predict(test.images, { signal }));
        measured.push({
          decided,
          accuracy: agreement(decided, test.labels.data),
          norms: weightsOf(record).map(([, weight]) => spectralNorm(weight)),
          steepest: await steepest(model),
        });
      }
      const [trainedDecisions] = measured;
      const singular = (record: Record<string, NdArray>) =>
        weightsOf(record).map(([, weight]) => Array.from(singularValues(weight).values.data));
      const spectra = singular(free);
      networks.push({
        names: weights.map(([name]) => name),
        models: measured.map(({ decided, ...rest }) => ({
          ...rest,
          agreement: agreement(decided, trainedDecisions?.decided ?? []),
        })),
        singular: spectra,
        held: singular(ofTraining('norm')[i] ?? free),
        // What is missing of the norm after so many steps of the plain iteration, by layer.
        missing: weights.map(([name, weight], l) => {
          const start = gaussianNoise(weight.shape[1] ?? 0, random(`power iteration of ${name}`, i)).data;
          return powerIteration(weight, start, p.iterations).map((v) => 1 - v / (spectra[l]?.[0] ?? Number.NaN));
        }),
      });
    }
    return { networks, curves };
  },

  present({ networks, curves }, p) {
    const names = networks[0]?.names ?? [];
    const of = (kind: (typeof kinds)[number]) => networks.map(({ models }) => models[kinds.indexOf(kind)]);
    const normsOf = (kind: (typeof kinds)[number]) => of(kind).map((model) => model?.norms ?? []);
    const number = (kind: (typeof kinds)[number], read: 'accuracy' | 'steepest' | 'agreement') =>
      of(kind).map((model) => model?.[read] ?? Number.NaN);
    const bounds = (kind: (typeof kinds)[number]) => normsOf(kind).map(product);
    const minus = (a: number[], b: number[]) => a.map((v, i) => v - (b[i] ?? Number.NaN));
    /** Norms of the layers, those that were not divided over what they had. */
    const ratios = (kind: (typeof kinds)[number]) =>
      normsOf(kind).map((norms, i) =>
        norms.map((v, l) => (l === 1 ? v : v / (normsOf('trained')[i]?.[l] ?? Number.NaN))),
      );
    const withBound = (kind: (typeof kinds)[number]) => normsOf(kind).map((norms) => [...norms, product(norms)]);
    const missing = (step: number) =>
      networks.map((network) => network.missing.slice(0, -1).map((e) => e.at(step) ?? Number.NaN));
    const cost = (kind: (typeof kinds)[number]) => minus(number('trained', 'accuracy'), number(kind, 'accuracy'));
    const name = (kind: (typeof kinds)[number]) => (kind === 'held at the norm' ? `held at ${p.norm}` : kind);
    /** For every network a row of a number by kind. */
    const byKind = (read: (kind: (typeof kinds)[number]) => number[]) =>
      networks.map((_, i) => kinds.map((kind) => read(kind)[i] ?? Number.NaN));
    const each = `in every one of ${p.networks} networks`;
    const middle = (values: number[]) => spread(values).median;
    const trained = { id: 'trained', statement: 'the layers as trained' };
    const notes = (place: string) => cite('notesFourier', place);
    const places = kinds.map((_, i) => i + 1);
    return {
      metrics: {
        accuracy: middle(number('trained', 'accuracy')),
        boundBefore: middle(bounds('trained')),
        boundAfter: middle(bounds('all weights divided')),
        steepest: middle(number('trained', 'steepest')),
      },
      tables: [
        {
          id: 'networks',
          title: 'Norms, bounds and accuracy; median over the networks',
          columns: {
            network: kinds.map(name),
            ...Object.fromEntries(
              names.map((layer, l) => [
                layer,
                kinds.map((kind) => middle(normsOf(kind).map((norms) => norms[l] ?? Number.NaN))),
              ]),
            ),
            'product of norms': kinds.map((kind) => middle(bounds(kind))),
            'steepest derivative': kinds.map((kind) => middle(number(kind, 'steepest'))),
            accuracy: kinds.map((kind) => middle(number(kind, 'accuracy'))),
          },
        },
      ],
      claims: [
        atMost(1e-8, {
          id: 'converged',
          statement: `The iteration gives the largest singular value of the decomposition (relative error), ${each}.`,
          source: notes('compute_spectral_norm, iterated on A^T A until it has converged'),
          measured: normsOf('trained').map((norms, i) =>
            norms.map((v, l) => Math.abs(v / (networks[i]?.singular[l]?.[0] ?? Number.NaN) - 1)),
          ),
          labels: names,
          control: {
            id: 'one-step',
            statement: "the sketch's one step from a random vector",
            measured: networks.map((network) => network.missing.map((e) => e[0] ?? Number.NaN)),
          },
        }),
        atLeast(0.2, {
          id: 'one-step',
          statement: `The sketch's one step from a random vector misses at least 20 % of the norm of all layers but the last, ${each}.`,
          source: notes('power_iteration_steps = 1'),
          measured: missing(0),
          labels: names.slice(0, -1),
          control: { id: 'many-steps', statement: `${p.iterations} steps`, measured: missing(-1) },
        }),
        equalTo(1, 1e-5, {
          id: 'one-layer',
          statement: `One layer divided has norm 1, the others what they had (norm, and ratios to before), ${each}.`,
          source: notes('normalize_layer'),
          measured: ratios('one layer divided'),
          labels: names,
          control: { ...trained, measured: ratios('trained') },
        }),
        equalTo(1, 1e-5, {
          id: 'all',
          statement: `With all weights divided every norm is 1, and so is the bound, ${each}.`,
          source: notes('normalize_all'),
          measured: withBound('all weights divided'),
          labels: [...names, 'bound'],
          control: { ...trained, measured: withBound('trained') },
        }),
        atMost(1, {
          id: 'bound',
          statement: `The steepest derivative measured is under the product of the norms, for every kind of network and ${each} (ratio).`,
          source: cite('gouk2021', 'the Lipschitz constant of a composition'),
          measured: networks.map(({ models }) => models.map(({ steepest, norms }) => steepest / product(norms))),
          labels: kinds.map(name),
          control: { none: 'a theorem: the norm of a product is at most the product of the norms' },
        }),
        atLeast(0.999, {
          id: 'decisions',
          statement: `Weights and biases divided together: the decisions are the same, with a bound of 1 (share of new digits), ${each}.`,
          source: cite('fprinciple', 'ReLU is positively homogeneous'),
          measured: number('weights and biases divided', 'agreement'),
          control: {
            id: 'weights-alone',
            statement: 'weights divided, biases not',
            measured: number('all weights divided', 'agreement'),
          },
        }),
        equalTo(p.norm, 1e-5 * p.norm, {
          id: 'training',
          statement: `Normalised every ${p.every} steps, every layer ends with a norm of ${p.norm}, ${each}.`,
          source: cite('gouk2021', 'the projection'),
          measured: normsOf('held at the norm'),
          labels: names,
          control: { id: 'free', statement: 'the same training without', measured: normsOf('trained') },
        }),
        atMost(0.03, {
          id: 'training-accuracy',
          statement: `That training costs at most 0.03 of the accuracy on new digits, ${each}.`,
          source: notes('normalisation as control of the network'),
          measured: cost('held at the norm'),
          control: { id: 'norm-1', statement: "layers held at 1, the source's norm", measured: cost('held at 1') },
        }),
      ],
      figures: [
        lineFigure({
          id: 'power-iteration',
          title: 'Plain power iteration',
          caption:
            'What is missing of the norm after so many steps from a random vector: median and band of the networks. Step 1 is what the sketch computes. The speed is the gap between the two largest singular values.',
          x: { title: 'iteration', log: true },
          y: { title: 'relative error', log: true, domain: [1e-8, 1] },
          lines: names.map((layer, l) =>
            medianBand(
              layer,
              (networks[0]?.missing[l] ?? []).map((_, i) => i + 1),
              networks.map((network) => network.missing[l] ?? []),
            ),
          ),
        }),
        lineFigure({
          id: 'singular-values',
          title: 'Singular values of the layers',
          caption: `Descending, of the first network after the free training (lines) and after the one with layers held at ${p.norm} (dots).`,
          x: { title: 'rank', log: true },
          y: { title: 'singular value' },
          lines: names.flatMap((layer, l) =>
            [networks[0]?.singular[l] ?? [], networks[0]?.held[l] ?? []].map((values, i) => ({
              name: i === 0 ? layer : `${layer}, held`,
              x: values.map((_, j) => j + 1),
              y: values,
              mark: i === 0 ? ('line' as const) : ('points' as const),
            })),
          ),
        }),
        lineFigure({
          id: 'accuracy',
          title: 'Accuracy on new digits',
          caption: `With free layers and with layers held at a norm: median and band of ${p.networks} networks.`,
          x: { title: 'step' },
          y: { title: 'accuracy' },
          lines: trainings.map((training) => {
            const own = curves.filter((curve) => curve.training === training);
            return medianBand(
              training === 'free' ? 'free' : `held at ${training === 'one' ? 1 : p.norm}`,
              own[0]?.steps ?? [],
              own.map(({ accuracy }) => accuracy),
            );
          }),
        }),
        lineFigure({
          id: 'bounds',
          title: 'Bound and steepest derivative',
          caption: `The product of the norms, and the largest norm of the derivative over new digits; median and band: ${kinds.map((kind, i) => `${i + 1} ${name(kind)}`).join(', ')}.`,
          x: { title: 'network', values: places, domain: [0.5, kinds.length + 0.5] },
          y: { title: 'change of outputs over change of image', log: true },
          lines: [
            {
              ...medianBand('product of the norms', places, byKind(bounds)),
              mark: 'points' as const,
            },
            {
              ...medianBand(
                'steepest derivative',
                places,
                byKind((kind) => number(kind, 'steepest')),
              ),
              mark: 'points' as const,
            },
          ],
        }),
      ],
    };
  },
});

/**
 * The textbook's iteration, step by step, to be compared with what has converged: `|W v|`, v being `start` normalised and, from
 * one estimate to the next, multiplied by `W^T W` and normalised again. The first is what the sketch computes.
 */
function powerIteration({ data, shape }: NdArray, start: ArrayLike<number>, iterations: number): number[] {
  const [rows = 0, columns = 0] = shape;
  let v = Float64Array.from(start);
  return Array.from({ length: iterations }, () => {
    const size = Math.hypot(...v);
    const next = new Float64Array(columns);
    let square = 0;
    for (let i = 0; i < rows; i++) {
      let along = 0;
      for (let j = 0; j < columns; j++) along += ((data[i * columns + j] ?? 0) * (v[j] ?? 0)) / size;
      for (let j = 0; j < columns; j++) next[j] = (next[j] ?? 0) + along * (data[i * columns + j] ?? 0);
      square += along * along;
    }
    v = next;
    return Math.sqrt(square);
  });
}
