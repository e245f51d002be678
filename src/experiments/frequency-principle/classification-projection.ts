/**
 * Classification seen along one direction: the projection method (Xu, book, section 1.5.4, figure 1.10).
 *
 * The response frequency of a classifier lives in the space of its inputs, 784 dimensions for MNIST, where no Fourier
 * transform can be taken whole. Along the first principal component p of the inputs it can: with v_i = p . x_i,
 * `y_k = (1/n) sum_i y_i exp(-2 pi i k v_i)` (eq. 1.6), y_i the one-hot label, the amplitude the Euclidean norm over
 * classes. Outputs are compared as softmax.
 *
 * Three things differ from the source. The projections are in units of their own standard deviation, so that one range of
 * frequencies serves every set of images: that of MNIST is 2.3, that of CIFAR-10 7.4. Each class's mean is taken off labels and
 * outputs, as in `classification-filtering`: what is the same for all images has the spectrum of the projections' density, which is low, and a constant
 * knows it. And no peaks are followed: with the norm over classes the spectrum falls from 0.2 cycles on, and the local
 * maxima of a few thousand images lie in the noise of sampling, `sqrt((1 - sum_c p_c^2) / n)`. It is followed as far as it stands
 * twice above that noise (MNIST to 1.8 cycles, CIFAR-10, whose classes brightness tells little of, to 0.4), in three bands.
 *
 * In the fast phase of a training all bands fall together, in steps whose order mini-batches decide, so that passages of one level
 * say little (with MNIST's they tie, on CIFAR-10 most networks of the quick preset end above 0.2): the errors themselves are
 * compared, from the end of the first epoch on as in the source. The passages are in a table.
 *
 * The control takes the same labels and outputs over the same projections, paired at random: what it calls low is no lower
 * than the rest, its spectrum is flat, and its bands are learnt together. That low frequencies are here the larger ones too is
 * so of any such labels; `sine-mixture` has equal amplitudes.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { atLeast, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import { firstComponent, nudft } from '../../spectrum/index.js';
import { mean, rms, stacked } from '../support/arrays.js';
import { range } from '../support/circle.js';
import {
  asInput,
  classifier,
  classifierName,
  datasetName,
  firstRows,
  lessMeans,
  loadImages,
  oneHot,
  shuffled,
  softmax,
} from '../support/classification.js';
import { errorMapFigure } from '../support/error-map.js';
import { errorCurves, passageTable } from '../support/order.js';

const parameters = z.object({
  datasets: z.array(datasetName).min(1).default(['mnist', 'cifar10']).describe('sets of images with classes'),
  classifier: classifierName.default('dense').describe('kind of network'),
  hidden: common.hidden([400, 200]),
  activation: z.enum(['tanh', 'relu']).default('relu').describe('of the hidden layers'),
  vggFilters: z.int().min(1).default(64).describe('filters of the first convolution of VGG16'),
  samples: z.int().min(100).max(60_000).default(10_000).describe('training images'),
  measured: z.int().min(50).max(60_000).default(10_000).describe('of these, how many the spectrum is taken over'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(256).describe('images a step'),
  steps: common.steps(4000),
  records: common.records(60),
  networks: common.networks(),
  spacing: z
    .number()
    .positive()
    .default(0.05)
    .describe('of the frequencies, cycles per standard deviation of the projections'),
  frequencies: z.int().min(6).max(1000).default(40).describe('how many of them'),
  level: common.level(),
});

const pairings = ['own', 'random'] as const;
type Pairing = (typeof pairings)[number];
const bandNames = ['low', 'middle', 'high'];

export const classificationProjection = defineExperiment({
  id: 'classification-projection',
  title: 'Classifying images: low response frequencies first, along the first principal component',
  source: [cite('xuBook', 'section 1.5.4, eq. 1.4 to 1.6, figure 1.10'), cite('notesSlides', 'projection method')].join(
    '; ',
  ),
  statement:
    'Seen along the first principal component of the images, the labels are a function of one variable, and so are the ' +
    "outputs of the classifier. The labels' spectrum is largest at low frequencies, and the classifier converges at " +
    'its low frequencies before its high ones.',
  formula: 'Y(k) = (1/n) Σ_j y_j e^{−2πik p·x_j},  p the first principal component',
  parameters,
  presets: {
    quick: { samples: 2000, measured: 2000, hidden: [100, 50], batchSize: 64, steps: 2000, records: 40 },
    paper: {},
  },
  seconds: { quick: 20, paper: 1500 },
  data: ['mnist', 'cifar10'],

  async measure(context) {
    const { parameters: p, seeds, data, signal } = context;
    const sets = [];
    for (const name of p.datasets) {
      const images = await loadImages(data, name, p.samples);
      const n = Math.min(p.measured, p.samples);
      const points = firstRows(images.images, n);
      const { projection, explained } = await firstComponent(points, { signal });
      const [middle, deviation] = [mean(projection.data), rms(lessMeans(projection.data, n))];
      const at = Float64Array.from(projection.data, (v) => (v - middle) / deviation);
      const target = lessMeans(firstRows(oneHot(images.labels, images.classes), n).data, n);
      // Of labels without any structure the amplitude of every frequency would be this.
      const noise = rms(target) * Math.sqrt(images.classes / n);
      sets.push({ name, images, n, points, at, explained, target, noise, spec: classifier(p.classifier, images, p) });
    }
    const trained = await trainAll(context, {
      cells: grid({ set: sets, seed: seeds(p.networks) }),
      name: ({ set }) => set.name,
      run: ({ set: { images, points, spec }, seed }) => ({
        seed,
        spec,
        x: asInput(spec, images.images),
        y: images.labels,
        probes: { output: { type: 'outputs', points: asInput(spec, points) } },
      }),
      shared: {
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        batchSize: Math.min(p.batchSize, p.samples),
        record: { log: p.records },
      },
    });
    const frequencies = range(1, p.frequencies).map((i) => i * p.spacing);
    const fits = trained.flatMap(({ set, seed, steps, loss, probes }) => {
      const { n, at, target, noise, images } = set;
      const size = n * images.classes;
      const missing = steps.map((_, r) => {
        const output = softmax(probes.output.values.data.subarray(r * size, (r + 1) * size), images.classes);
        return lessMeans(output, n).map((v, i) => v - (target[i] ?? 0));
      });
      const own = amplitudesOf(at, target, frequencies);
      const end = own.findIndex((amplitude, k) => k > 2 && amplitude < 2 * noise);
      const followed = end < 0 ? own.length : end;
      const edges = [0, 1, 2, 3].map((third) => Math.round((third * followed) / 3));
      return pairings.map((pairing) => {
        const places = pairing === 'own' ? at : shuffled({ data: at, shape: [n] }, seed).data;
        const goal = amplitudesOf(places, target, frequencies);
        const errors = missing.map((values) => {
          const left = amplitudesOf(places, values, frequencies);
          return bandNames.map(
            (_, b) => rms(left.slice(edges[b], edges[b + 1])) / rms(goal.slice(edges[b], edges[b + 1])),
          );
        });
        return { set: set.name, pairing, steps, loss, goal, followed, error: stacked(errors) };
      });
    });
    return { frequencies, fits, sets: sets.map(({ name, explained, noise }) => ({ name, explained, noise })) };
  },

  present({ frequencies, fits, sets }, p) {
    const of = (set: string, pairing: Pairing) => fits.filter((fit) => fit.set === set && fit.pairing === pairing);
    const control = {
      id: 'random',
      statement: 'the same labels and outputs over the same projections, paired at random',
    };
    const epoch = Math.floor(p.samples / Math.min(p.batchSize, p.samples));
    /** The error of the high band over that of the low one: the median over the records from the first epoch on. */
    const ahead = (set: string, pairing: Pairing): number[] =>
      of(set, pairing).map(({ steps, error }) => {
        const ratios = rows(error).map(([low = Number.NaN, , high = Number.NaN]) => high / low);
        return spread(ratios.filter((_, r) => (steps[r] ?? 0) >= epoch)).median;
      });
    /** Mean amplitude in the lowest third of all frequencies over that in the highest. */
    const fall = (pairing: Pairing): number[] =>
      sets.map(({ name }) => {
        const goal = of(name, pairing)[0]?.goal ?? [];
        const third = Math.floor(goal.length / 3);
        return mean(goal.slice(0, third)) / mean(goal.slice(-third));
      });
    const own = sets.flatMap(({ name }) => of(name, 'own'));
    const shown = sets.map((set) => ({ ...set, title: titles[set.name], fit: of(set.name, 'own')[0] }));
    return {
      metrics: Object.fromEntries(
        shown.flatMap(({ name, explained, fit }) => [
          [`explained_${name}`, explained],
          [`followed_to_${name}`, (fit?.followed ?? 0) * p.spacing],
          [`ahead_${name}`, spread(ahead(name, 'own')).median],
        ]),
      ),
      tables: [
        passageTable(own, {
          level: p.level,
          columns: { images: ({ set }) => set, network: (_, i) => (i % p.networks) + 1 },
          component: ['band', () => bandNames],
        }),
      ],
      claims: [
        atLeast(2, {
          id: 'low-dominates',
          statement:
            "The labels' spectrum is largest at low frequency: its mean amplitude in the lowest third of the range is at least twice that in the highest.",
          source: cite('xuBook', 'figure 1.10 a'),
          measured: fall('own'),
          labels: sets.map(({ name }) => titles[name]),
          control: { ...control, measured: fall('random') },
        }),
        ...sets.map(({ name }) =>
          atLeast(1.25, {
            id: `low-first-${name}`,
            statement: `${titles[name]}: from the first epoch on the relative error of the high third of the followed frequencies is at least 1.25 times that of the low third (median over the records), in every one of ${p.networks} networks.`,
            source: cite('xuBook', 'figure 1.10 b'),
            measured: ahead(name, 'own'),
            control: { ...control, measured: ahead(name, 'random') },
          }),
        ),
      ],
      figures: [
        panelsFigure({
          id: 'spectrum',
          title: 'Spectrum of the labels along the first principal component',
          caption: `Amplitude of the labels' NUDFT (norm over classes, means taken off) by frequency. Dashed: twice the noise of sampling, down to which it is followed. The component holds ${shown.map(({ explained, title }) => `${(100 * explained).toFixed(1)} % of the variance of ${title}`).join(', ')}. Compare figure 1.10 a of the book.`,
          panels: shown.map(({ title, fit, noise }) => ({
            title,
            x: { title: 'cycles per standard deviation' },
            y: { title: 'amplitude', log: true },
            lines: [{ name: 'labels', x: frequencies, y: fit?.goal ?? [], color: colors.target }],
            levels: [{ value: 2 * noise, name: 'twice the noise' }],
          })),
        }),
        ...shown.flatMap(({ name, title, fit }) => [
          errorCurves(of(name, 'own'), {
            id: `curves-${name}`,
            title: `${title}: relative error by band of frequencies`,
            labels: bandNames,
            level: p.level,
          }),
          ...(fit
            ? [
                errorMapFigure({
                  id: `error-by-band-${name}`,
                  title: `${title}: relative error by band of frequencies`,
                  caption:
                    'Relative error of the outputs in each third of the followed frequencies through the training, first network. Dark is learnt. Compare figure 1.10 b of the book.',
                  error: fit.error,
                  steps: fit.steps,
                  labels: bandNames,
                  rows: 'frequencies',
                  range: [0.05, 1],
                }),
              ]
            : []),
        ]),
      ],
      ...(shown[0]?.fit && {
        playback: {
          steps: shown[0].fit.steps,
          loss: shown[0].fit.loss,
          panels: [
            {
              kind: 'curve' as const,
              title: `Relative error by band, ${shown[0].title}`,
              x: [1, 2, 3],
              xLabel: 'third of the followed frequencies',
              yLabel: 'relative error',
              points: true,
              series: [{ name: 'network', y: shown[0].fit.error }],
            },
          ],
        },
      }),
    };
  },
});

const titles = { mnist: 'MNIST', cifar10: 'CIFAR-10' };

/** Norm over the classes of the transform of `[n, classes]` values over n places, for each frequency. */
function amplitudesOf(places: ArrayLike<number>, values: Float64Array, frequencies: readonly number[]): number[] {
  const n = places.length;
  const classes = values.length / n;
  const { re, im } = nudft(Float64Array.from(places), { data: values, shape: [n, classes] }, [...frequencies]);
  return frequencies.map((_, k) =>
    Math.hypot(...re.slice(k * classes, (k + 1) * classes), ...im.slice(k * classes, (k + 1) * classes)),
  );
}
