/**
 * Noise in the inputs of a classifier, by its frequency: which is it robust to?
 *
 * Notes on Fourier features say that spectral bias makes a network robust to noise of low frequency and sensitive to that of high
 * frequency, and so are the convolutional classifiers of Yin et al. 2019. Here noise of one octave of radial frequency, of the same
 * power in every octave, is added to test images, and counted is how many decisions it turns. For dense networks on MNIST and
 * CIFAR-10 it is the other way round: noise of the lowest octave turns ten times as many decisions as that of the highest (first
 * seed; the highest may turn none, so that the claim is on the difference). The notes argue from the response to the input, whose frequency is another one than that of the image: what a network
 * has learnt to answer to is where the images differ, at low image frequencies. Convolutional networks were not measured here
 * (`classifier=cnn`).
 *
 * The control adds the same values to the same images, the pixels of the noise in random order: its frequency is then none in
 * particular, and what the octave was makes no difference.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { above, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { panelsFigure, picturesFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { mean, rms } from '../support/arrays.js';
import {
  agreement,
  asInput,
  classifier,
  classifierName,
  classifierTraining,
  datasetName,
  decisions,
  loadImages,
  shuffled,
} from '../support/classification.js';
import { bandNoise } from '../support/image-waves.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  datasets: z.array(datasetName).min(1).default(['mnist', 'cifar10']).describe('sets of images with classes'),
  classifier: classifierName.default('dense').describe('kind of network'),
  hidden: common.hidden([400, 200]),
  activation: z.enum(['tanh', 'relu']).default('relu').describe('of the hidden layers'),
  vggFilters: z.int().min(1).default(64).describe('filters of the first convolution of VGG16'),
  samples: z.int().min(50).max(50_000).default(20_000).describe('training images'),
  tested: z.int().min(20).max(10_000).default(1000).describe('test images'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(128).describe('images a step'),
  steps: common.steps(3000),
  size: z
    .number()
    .positive()
    .default(0.6)
    .describe('of the noise: root mean square over that of the images about their mean'),
  networks: common.networks(),
});

/** Octaves of radial frequency, cycles a side, each its least one. */
const octaves = [1, 2, 4, 8];
const pixelOrders = ['own', 'shuffled'] as const;
type PixelOrder = (typeof pixelOrders)[number];
const titles = { mnist: 'MNIST', cifar10: 'CIFAR-10' };

export const noiseByFrequency = defineExperiment({
  id: 'noise-by-frequency',
  title: 'Noise in the images, by its frequency',
  source: [cite('notesEncoding', 'spectral bias'), cite('yin2019')].join('; '),
  statement:
    'Notes say that networks are robust to noise of low frequency and sensitive to that of high frequency. Of noise in images it is ' +
    'the opposite for dense classifiers: of equal power, that of low image frequency turns by far the most decisions.',
  formula: 'x + n,  n̂(k) = 0 outside an octave of |k|,  ‖n‖ the same for every octave',
  parameters,
  presets: {
    quick: { samples: 1000, tested: 200, hidden: [100, 50], batchSize: 64, steps: 300 },
    paper: {},
  },
  seconds: { quick: 12, paper: 900 },
  data: ['mnist', 'cifar10'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const sets = [];
    for (const name of p.datasets) {
      const images = await loadImages(data, name, p.samples);
      const load = {
        mnist: () => data.mnist({ split: 'test', count: p.tested }),
        cifar10: () => data.cifar10({ split: 'test', count: p.tested }),
      };
      const test = await load[name]();
      const middle = mean(test.images.data);
      const std = p.size * rms(test.images.data.map((v) => v - middle));
      sets.push({ name, images, test, std, spec: classifier(p.classifier, images, p) });
    }
    const trained = await trainAll(context, {
      cells: grid({ set: sets, seed: seeds(p.networks) }),
      name: ({ set }) => set.name,
      run: ({ set: { images, spec }, seed }) => {
        const { x, ...training } = classifierTraining(images, p);
        return { seed, spec, ...training, x: asInput(spec, x) };
      },
      shared: { steps: p.steps, record: { at: [] } },
      keep: 'parameters',
    });
    const runs = [];
    for (const { set, seed, parameters: weights } of trained) {
      progress({ phase: 'noisy images', step: runs.length, steps: trained.length });
      const { test, std, spec, images } = set;
      const model = createModel(spec, { seed });
      model.setParameters(weights);
      const decide = async (values: ArrayLike<number>) =>
        decisions(
          await model.predict(asInput(spec, { data: Float64Array.from(values), shape: test.images.shape }), { signal }),
        );
      const clean = await decide(test.images.data);
      const turned: Record<PixelOrder, number[]> = { own: [], shuffled: [] };
      for (const from of octaves) {
        const noise = bandNoise({ n: test.images.shape[0] ?? 0, ...images, from, to: 2 * from, seed, std });
        for (const order of pixelOrders) {
          const added = order === 'own' ? noise : inPixelOrder(noise, images.size, seed);
          const noisy = await decide(test.images.data.map((v, i) => v + (added[i] ?? 0)));
          turned[order].push(1 - agreement(noisy, clean));
        }
      }
      runs.push({ set: set.name, accuracy: agreement(clean, Array.from(test.labels.data)), ...turned });
    }
    const shown = sets.map(({ name, images, test, std }) => {
      const first = Array.from(test.images.data.slice(0, images.size));
      const plane = images.height * images.width;
      const picture = (values: readonly number[]) => ({
        data: Float64Array.from(values.slice(0, plane)),
        shape: [images.height, images.width],
      });
      const noisy = octaves.map((from) => {
        const noise = bandNoise({ n: 1, ...images, from, to: 2 * from, seed: context.seed, std });
        return picture(first.map((v, i) => v + (noise[i] ?? 0)));
      });
      return { name, clean: picture(first), noisy };
    });
    return { runs, shown };
  },

  present({ runs, shown }, p) {
    const of = (set: string) => runs.filter((run) => run.set === set);
    const labels = octaves.map((from) => `${from} to ${2 * from}`);
    /** Of each network the share of decisions turned by the lowest octave less that by the highest. */
    const more = (set: string, order: PixelOrder) =>
      of(set).map((run) => (run[order][0] ?? Number.NaN) - (run[order].at(-1) ?? Number.NaN));
    return {
      metrics: Object.fromEntries(
        p.datasets.flatMap((set) => [
          [`accuracy_${set}`, spread(of(set).map(({ accuracy }) => accuracy)).median],
          [`low_less_high_${set}`, spread(more(set, 'own')).median],
        ]),
      ),
      claims: p.datasets.map((set) =>
        above(0.1, {
          id: `low-turns-more-${set}`,
          statement: `${titles[set]}: noise of ${labels[0]} cycles a side turns a tenth of all decisions more than noise of ${labels.at(-1)} (difference of the shares), in every one of ${p.networks} networks.`,
          source: cite('fprinciple', 'against the notes on Fourier features: robust to noise of low frequency'),
          measured: more(set, 'own'),
          control: {
            id: 'shuffled',
            statement: 'the pixels of the noise in random order',
            measured: more(set, 'shuffled'),
          },
        }),
      ),
      tables: [
        {
          id: 'turned',
          title: 'Share of decisions that noise turns, median over the networks',
          columns: {
            images: p.datasets.flatMap((set) => octaves.map(() => titles[set])),
            'cycles a side': p.datasets.flatMap(() => labels),
            turned: p.datasets.flatMap((set) =>
              octaves.map((_, b) => spread(of(set).map(({ own }) => own[b] ?? Number.NaN)).median),
            ),
            'pixels shuffled': p.datasets.flatMap((set) =>
              octaves.map((_, b) => spread(of(set).map((run) => run.shuffled[b] ?? Number.NaN)).median),
            ),
          },
        },
      ],
      figures: [
        panelsFigure({
          id: 'turned',
          title: 'Decisions that noise turns, by its frequency',
          caption: `Median, smallest and largest share over ${p.networks} networks.`,
          panels: p.datasets.map((set) => ({
            title: titles[set],
            x: { title: 'frequency from (cycles a side)', log: true },
            y: { title: 'share turned' },
            lines: pixelOrders.map((order) =>
              medianBand(
                order === 'own' ? 'noise of an octave' : 'its pixels in random order',
                octaves,
                of(set).map((run) => run[order]),
              ),
            ),
          })),
        }),
        ...shown.map(({ name, clean, noisy }) =>
          picturesFigure({
            id: `images-${name}`,
            title: `A test image of ${titles[name]} with noise of each octave`,
            caption: 'All noise has the same power.',
            pictures: [
              { label: 'image', image: clean },
              ...noisy.map((image, b) => ({ label: labels[b] ?? '', image })),
            ],
          }),
        ),
      ],
    };
  },
});

/** Images `[n, size]` with the pixels of each in one random order. */
function inPixelOrder(values: Float64Array, size: number, seed: number): Float64Array {
  const order = shuffled({ data: Float64Array.from({ length: size }, (_, i) => i), shape: [size] }, seed).data;
  return values.map((_, i) => values[i - (i % size) + (order[i % size] ?? 0)] ?? Number.NaN);
}
