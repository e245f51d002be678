/**
 * Fourier heat maps of classifiers (Yin et al. 2019), and what noise in images and in labels does to them.
 *
 * A wave of one frequency, as strong for each, is added to test images with a random sign; counted is how many decisions it turns. The source finds that
 * a network trained on CIFAR-10 as it is bears waves of the lowest frequencies alone, and one trained with Gaussian noise those of high frequency
 * too. Here small convolutional networks do so, on the same photographs in gray and half their size: waves of four cycles a side or
 * more turn 0.35 of their decisions, those of the lowest octave 0.18, and 0.21 and 0.21 after training with white noise (medians of the tuning seed, as
 * all numbers here). Noise of the lowest octave, as strong, does not do it.
 *
 * Three things are not as in the source:
 * - It is no law of networks. Of dense ones, trained on the same photographs for as many steps, the lowest octave turns the most (0.26) and high
 *   frequencies next to nothing (0.04), as `noise-by-frequency` finds, with noise in training or without. Where a dense network looks is where
 *   photographs differ, at low frequencies.
 * - The source counts errors, not turned decisions. So counted, noise in training does not pay here: the network errs more without waves as well
 *   (0.63 against 0.56 of all test images, in so few steps), and under high frequencies as often (0.62 against 0.61).
 * - Its price at low frequencies, which the source reports, is there in errors (0.64 against 0.56 in the lowest octave), and hardly in
 *   turned decisions (0.21 against 0.18): no claim is made of it.
 *
 * Under label noise a dense network that fits its digits, wrong labels and all, is turned by waves of every frequency. With clean labels high
 * frequencies turn 0.35 of what those under four cycles do, and 0.38 where waves are four times as strong, so that as many decisions turn as with half the
 * labels shuffled; with a quarter of them shuffled it is 0.76, with all of them 0.88. Wrong labels tell neighbours apart, and that takes high
 * frequencies: this is our reading, the share is what is measured.
 *
 * The source has Wide ResNets and fresh noise at every step; here each image has a few noisy copies. Noise in images is the same for all networks, the
 * order of the labels another for each. The paper preset, in full resolution but in gray and with small networks too, has not been run.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { above, atLeast, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { panelsFigure, picturesFigure } from '../../figures/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry, keysOf, mean } from '../support/arrays.js';
import { asInput, type ClassImages, classifierTraining, shuffled } from '../support/classification.js';
import { asMap, bandNoise, heatMap, overBand, smaller, wavesOf } from '../support/image-waves.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  shrink: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe('pixels of the photographs, each way, that one pixel here is the mean of'),
  samples: z.int().min(50).max(50_000).default(20_000).describe('training images of CIFAR-10'),
  tested: z.int().min(20).max(10_000).default(500).describe('test images of either set'),
  size: z.number().positive().default(0.0625).describe('of a wave: its root mean square, images being within [0, 1]'),
  noise: z.number().positive().default(0.1).describe('standard deviation of the noise of the augmentation'),
  copies: z.int().min(1).max(20).default(4).describe('noisy copies of each training image'),
  filters: z.int().min(1).default(16).describe('of the first convolution; the second has twice as many'),
  hidden: common.hidden([100, 50]),
  learningRate: common.learningRate(4e-3, 'Adam'),
  batchSize: z.int().min(1).default(32).describe('images a step'),
  steps: common.steps(6000),
  digits: z
    .int()
    .min(50)
    .max(60_000)
    .default(1000)
    .describe('training images of MNIST, in half its resolution, for the label noise'),
  shares: z
    .array(z.number().positive().max(1))
    .min(1)
    .default([0.25, 0.5, 1])
    .describe('of the labels that are shuffled, beside none, ascending'),
  digitSteps: z.int().min(1).default(2000).describe('training steps under label noise'),
  stronger: z.number().min(1).default(4).describe('times the size: waves that turn as much without label noise'),
  networks: common.networks(),
});

const kinds = { cnn: 'convolutional', dense: 'dense' } as const;
/** A share as text. */
const percent = (share: number) => `${Math.round(100 * share)} %`;

type Kind = keyof typeof kinds;
const augmentations = {
  none: 'plain',
  white: 'white noise',
  low: 'low noise',
} as const;
type Augmentation = keyof typeof augmentations;

/** Cycles a side: the lowest octave, the two lowest, and what lies above them. */
const bands = { low: [1, 2], lower: [1, 4], high: [4, Number.POSITIVE_INFINITY] } as const;
type Band = keyof typeof bands;
const bandNames = { low: '1 to 2 cycles a side', lower: '1 to 4 cycles a side', high: '4 cycles a side or more' };

export const fourierHeatMaps = defineExperiment({
  id: 'fourier-heat-maps',
  title: 'Fourier heat maps: which waves turn a classifier, and what noise in images and labels does to that',
  source: [cite('yin2019'), cite('zhang2017')].join('; '),
  statement:
    'Waves of high frequency turn more decisions of a convolutional classifier than those of the lowest, and noise in its training images ends this. ' +
    'Of a dense classifier the lowest turn the most. Wrong labels move what turns it to high frequencies.',
  formula: 'x ± v U_k,  U_k a wave of norm 1:  the share of decisions that it turns, by k',
  parameters,
  presets: {
    quick: { shrink: 2, samples: 5000, tested: 100, copies: 2, filters: 12, steps: 600 },
    paper: {},
  },
  seconds: { quick: 20, paper: 1200 },
  data: ['cifar10', 'mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const sets = {
      photographs: [
        smaller(await data.cifar10({ count: p.samples }), p.shrink),
        smaller(await data.cifar10({ split: 'test', count: p.tested }), p.shrink),
      ],
      digits: [
        smaller(await data.mnist({ count: p.digits }), 2),
        smaller(await data.mnist({ split: 'test', count: p.tested }), 2),
      ],
    } as const;
    const [photographs] = sets.photographs;
    const [digits] = sets.digits;
    const augmented = Object.fromEntries(
      keysOf(augmentations).map((name) => [name, withNoise(photographs, name, p, context.seed)]),
    );
    const training = ({ spec, set, seed }: { spec: NetworkSpec; set: ClassImages; seed: number }) => {
      const { x, ...rest } = classifierTraining(set, { ...p, samples: set.labels.data.length });
      return { seed, spec, ...rest, x: asInput(spec, x) };
    };
    const ofPhotographs = await trainAll(context, {
      cells: grid({ kind: keysOf(kinds), augmentation: keysOf(augmentations), seed: seeds(p.networks) }),
      run: ({ kind, augmentation, seed }) =>
        training({
          spec: network(kind, photographs, p),
          set: entry([augmented[augmentation] ?? photographs], 0),
          seed,
        }),
      shared: { steps: p.steps, record: { at: [] } },
      keep: 'parameters',
      name: ({ kind }) => kinds[kind],
    });
    const ofDigits = await trainAll(context, {
      cells: grid({ kind: ['dense'] as const, share: [0, ...p.shares], seed: seeds(p.networks) }),
      run: ({ kind, share, seed }) => {
        const set = { ...digits, labels: partShuffled(digits.labels, share, seed) };
        return training({ spec: network(kind, digits, p), set, seed });
      },
      shared: { steps: p.digitSteps, record: { at: [] } },
      keep: 'parameters',
      name: ({ kind }) => kinds[kind],
    });
    const total = ofPhotographs.length + ofDigits.length;
    let step = 0;
    const mapOf = (
      which: keyof typeof sets,
      { kind, seed, parameters: weights, loss }: (typeof ofPhotographs)[number] | (typeof ofDigits)[number],
      size: number,
    ) => {
      progress({ phase: 'heat maps', step: Math.min(step++, total), steps: total });
      const [train, test] = sets[which];
      const waves = wavesOf(train.height, train.width);
      const rest = { seed, test, waves, size, signal, parameters: weights, spec: network(kind, train, p) };
      return heatMap(rest).then((map) => ({ ...map, loss: loss.at(-1) ?? Number.NaN }));
    };
    const photographed = [];
    for (const run of ofPhotographs) {
      const { kind, augmentation } = run;
      photographed.push({ kind, augmentation, ...(await mapOf('photographs', run, p.size)) });
    }
    const labelled = [];
    for (const run of ofDigits) {
      const { share } = run;
      labelled.push({ share, stronger: false, ...(await mapOf('digits', run, p.size)) });
      if (share === 0) {
        labelled.push({ share, stronger: true, ...(await mapOf('digits', run, p.stronger * p.size)) });
      }
    }
    const sides = ({ height, width }: ClassImages) => ({ height, width });
    return { photographed, labelled, sides: { photographs: sides(photographs), digits: sides(digits) } };
  },

  present({ photographed, labelled, sides }, p) {
    const waves = {
      photographs: wavesOf(sides.photographs.height, sides.photographs.width),
      digits: wavesOf(sides.digits.height, sides.digits.width),
    };
    const of = (kind: Kind, augmentation: Augmentation) =>
      photographed.filter((run) => run.kind === kind && run.augmentation === augmentation);
    const noisy = (share: number, stronger = false) =>
      labelled.filter((run) => run.share === share && run.stronger === stronger);
    const band = (runs: readonly { turned: number[] }[], which: Band, set: keyof typeof waves) =>
      runs.map(({ turned }) => overBand(waves[set], turned, bands[which]));
    const photo = (kind: Kind, augmentation: Augmentation, which: Band) =>
      band(of(kind, augmentation), which, 'photographs');
    const minus = (a: readonly number[], b: readonly number[]) => a.map((v, i) => v - entry(b, i));
    /** Of each network, by how much the high frequencies turn more than the lowest. */
    const tilt = (kind: Kind, augmentation: Augmentation) =>
      minus(photo(kind, augmentation, 'high'), photo(kind, augmentation, 'low'));
    const median = (values: readonly number[]) => spread([...values]).median;
    const ratio = (runs: readonly { turned: number[] }[]) => {
      const low = band(runs, 'lower', 'digits');
      return band(runs, 'high', 'digits').map((v, i) => v / entry(low, i));
    };
    const wrongLabels = p.shares.flatMap((share) => noisy(share));
    const each = `in every one of ${p.networks} networks`;
    const heat = cite('yin2019', 'figures 3 and 4: heat maps on CIFAR-10');
    const lists = {
      ...Object.fromEntries(
        keysOf(kinds).flatMap((kind) =>
          keysOf(augmentations).map((name) => [`${kinds[kind]}, ${augmentations[name]}`, of(kind, name)] as const),
        ),
      ),
    };
    const digitLists = Object.fromEntries([
      ...[0, ...p.shares].map((share) => [`${percent(share)} of the labels shuffled`, noisy(share)] as const),
      [`labels as they are, waves × ${p.stronger}`, noisy(0, true)] as const,
    ]);
    const rowsOf = [
      ...Object.entries(lists).map(([name, runs]) => ({ name, runs, set: 'photographs' as const })),
      ...Object.entries(digitLists).map(([name, runs]) => ({ name, runs, set: 'digits' as const })),
    ];
    const average = (runs: readonly { turned: number[] }[]) =>
      (runs[0]?.turned ?? []).map((_, i) => mean(runs.map(({ turned }) => entry(turned, i))));
    return {
      metrics: {
        ...Object.fromEntries(
          keysOf(kinds).flatMap((kind) =>
            keysOf(augmentations).flatMap((name) =>
              keysOf(bands).map((which) => [`${kind}_${name}_${which}`, median(photo(kind, name, which))] as const),
            ),
          ),
        ),
        ...Object.fromEntries(
          [0, ...p.shares].map((share) => [`ratio_shuffled_${share}`, median(ratio(noisy(share)))]),
        ),
        low_after_noise: median(minus(photo('cnn', 'white', 'low'), photo('cnn', 'none', 'low'))),
      },
      tables: [
        {
          id: 'bands',
          title: `Medians of ${p.networks} networks: decisions turned by waves, and decisions that are wrong with and without them`,
          columns: {
            images: rowsOf.map(({ set }) => set),
            network: rowsOf.map(({ name }) => name),
            ...Object.fromEntries(
              (['turned', 'wrong'] as const).flatMap((what) =>
                keysOf(bands).map((which) => [
                  `${what}, ${bandNames[which]}`,
                  rowsOf.map(({ runs, set }) =>
                    median(runs.map((run) => overBand(waves[set], run[what], bands[which]))),
                  ),
                ]),
              ),
            ),
            'wrong without waves': rowsOf.map(({ runs }) => median(runs.map(({ accuracy }) => 1 - accuracy))),
            'loss of training': rowsOf.map(({ runs }) => median(runs.map(({ loss }) => loss))),
          },
        },
      ],
      claims: [
        above(0, {
          id: 'high-turns-cnn',
          statement: `Waves of ${bandNames.high} turn more of a convolutional network's decisions than those of ${bandNames.low} (difference of the shares), ${each}.`,
          source: heat,
          measured: tilt('cnn', 'none'),
          control: {
            id: 'dense',
            statement: 'dense networks, trained on the same photographs',
            measured: tilt('dense', 'none'),
          },
        }),
        atLeast(0.1, {
          id: 'low-turns-dense',
          statement: `Of a dense network's decisions those of ${bandNames.low} turn at least 0.1 more, ${each}.`,
          source: cite('fprinciple', 'against the generality of the pattern'),
          measured: tilt('dense', 'none').map((v) => -v),
          control: {
            id: 'cnn',
            statement: 'convolutional networks, trained on the same photographs',
            measured: tilt('cnn', 'none').map((v) => -v),
          },
        }),
        atLeast(0.05, {
          id: 'noise-protects',
          statement: `White noise in the training images takes at least 0.05 off that difference, ${each}.`,
          source: heat,
          measured: minus(tilt('cnn', 'none'), tilt('cnn', 'white')),
          control: {
            id: 'low-noise',
            statement: `as strong noise of ${bandNames.low} alone`,
            measured: minus(tilt('cnn', 'none'), tilt('cnn', 'low')),
          },
        }),
        atLeast(0.1, {
          id: 'labels-raise-high',
          statement: `With ${p.shares.map(percent).join(', ')} of the labels shuffled, waves of ${bandNames.high} turn at least 0.1 of a dense network's decisions on digits, ${each} of each share.`,
          source: cite('zhang2017', 'networks fit wrong labels'),
          measured: band(wrongLabels, 'high', 'digits'),
          control: {
            id: 'clean',
            statement: 'the labels as they are, for as many steps',
            measured: band(noisy(0), 'high', 'digits'),
          },
        }),
        atLeast(0.5, {
          id: 'labels-move-high',
          statement: `That is at least half of what waves of ${bandNames.lower} turn: what turns the network is no longer of low frequency.`,
          source: cite('fprinciple', 'frequency under label noise'),
          measured: ratio(wrongLabels),
          control: {
            id: 'stronger',
            statement: `the labels as they are, and waves ${p.stronger} times as strong`,
            measured: ratio(noisy(0, true)),
          },
        }),
      ],
      figures: [
        picturesFigure({
          id: 'heat-maps',
          title: 'Fourier heat maps, photographs',
          caption: `Share of decisions that each wave turns (mean over ${p.networks} networks), the constant in the middle. Bright: many, at most 0.6. White noise, low noise (1 to 2 cycles a side): in the training images.`,
          range: [0, 0.6],
          colorMap: 'viridis',
          columns: 3,
          pictures: Object.entries(lists).map(([label, runs]) => ({
            label,
            image: asMap(waves.photographs, average(runs), sides.photographs.height, sides.photographs.width),
          })),
        }),
        picturesFigure({
          id: 'heat-maps-labels',
          title: 'Fourier heat maps of dense networks under label noise, digits',
          caption: `As above, at most 0.8.`,
          range: [0, 0.8],
          colorMap: 'viridis',
          columns: 3,
          pictures: Object.entries(digitLists).map(([label, runs]) => ({
            label,
            image: asMap(waves.digits, average(runs), sides.digits.height, sides.digits.width),
          })),
        }),
        panelsFigure({
          id: 'by-frequency',
          title: 'Decisions that waves turn, by their radial frequency',
          caption: `Means over rings: median, smallest and largest of ${p.networks} networks.`,
          panels: [
            ...keysOf(kinds).map((kind) => ({
              title: `photographs, ${kinds[kind]}`,
              set: 'photographs' as const,
              runs: keysOf(augmentations).map((name) => [augmentations[name], of(kind, name)] as const),
            })),
            {
              title: 'digits, dense',
              set: 'digits' as const,
              runs: [0, ...p.shares].map(
                (share) => [`${percent(share)} of the labels shuffled`, noisy(share)] as const,
              ),
            },
          ].map(({ title, set, runs }) => {
            const rings = Array.from({ length: Math.floor(sides[set].width / 2) }, (_, i) => i + 1);
            return {
              title,
              x: { title: 'frequency (cycles a side)' },
              y: { title: 'share turned', domain: [0, 0.8] as const },
              lines: runs.map(([name, list]) =>
                medianBand(
                  name,
                  rings,
                  list.map(({ turned }) => rings.map((r) => overBand(waves[set], turned, [r - 0.5, r + 0.5]))),
                ),
              ),
            };
          }),
        }),
      ],
    };
  },
});

/** The images as they are, or `copies` of each with noise of its own. */
function withNoise(set: ClassImages, kind: Augmentation, p: z.output<typeof parameters>, seed: number): ClassImages {
  if (kind === 'none') return set;
  const n = set.labels.data.length * p.copies;
  const [from, to] = bands.low;
  const stack = { n, channels: 1, height: set.height, width: set.width };
  const noise =
    kind === 'low'
      ? bandNoise({ ...stack, from, to, seed, std: p.noise })
      : gaussianNoise(n * set.size, { seed, stream: 'noise', std: p.noise }).data;
  const images = Float64Array.from(noise, (v, i) => v + (set.images.data[i % set.images.data.length] ?? 0));
  const labels = Float64Array.from({ length: n }, (_, i) => entry(set.labels.data, i % set.labels.data.length));
  return { ...set, images: { data: images, shape: [n, set.size] }, labels: { data: labels, shape: [n] } };
}

/** The first `share` of the labels in another order. */
function partShuffled({ data }: NdArray, share: number, seed: number): NdArray {
  const count = Math.round(share * data.length);
  if (count === 0) return { data, shape: [data.length] };
  const part = shuffled({ data: data.slice(0, count), shape: [count] }, seed).data;
  return { data: Float64Array.from(data, (label, i) => part[i] ?? label), shape: [data.length] };
}

/** Two convolutions, each with ReLU and 2 x 2 max pooling, and a dense layer; or dense layers alone. */
function network(
  kind: Kind,
  { height, width, size }: ClassImages,
  { filters, hidden }: Pick<z.output<typeof parameters>, 'filters' | 'hidden'>,
): NetworkSpec {
  if (kind === 'dense') return { input: size, layers: classifierLayers(hidden) };
  const block = (count: number): LayerSpec[] => [
    { type: 'conv2d', filters: count, kernel: 3, padding: 'same', init: 'he' },
    { type: 'activation', fn: 'relu' },
    { type: 'maxPool2d', size: 2 },
  ];
  const head: LayerSpec[] = [{ type: 'flatten' }, { type: 'dense', units: 10, init: 'he' }];
  return { input: [1, height, width], layers: [...block(filters), ...block(2 * filters), ...head] };
}
