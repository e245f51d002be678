/**
 * Classification seen along one direction: the projection method (Xu, book, section 1.5.4, figure 1.10).
 *
 * The response frequency of a classifier lives in the space of its inputs, 784 dimensions for MNIST, where no Fourier
 * transform can be taken whole. Along the first principal component p of the inputs it can: with v_i = p . x_i,
 * `y_k = (1/n) sum_i y_i exp(-2 pi i k v_i)` (eq. 1.6), y_i the one-hot label, the amplitude the Euclidean norm over
 * classes. Outputs are compared as softmax.
 *
 * Two things differ from the source. The projections are in units of their own standard deviation, so that one range of
 * frequencies serves every set of images: that of MNIST is 2.3, that of CIFAR-10 7.4. Each class's mean is taken off labels and
 * outputs, as in `classification-filtering`: what is the same for all images has the spectrum of the projections' density, which is low, and a constant
 * knows it.
 *
 * The source follows several peaks of the labels' spectrum, and so does this, up to two cycles a standard deviation. But over all images there is one
 * alone, for either set, at 0.2 cycles: from there on the spectrum of the 60,000 images of MNIST falls without a rise as far as three cycles, and
 * that of the 50,000 of CIFAR-10, 19 times the noise of sampling, `sqrt((1 - sum_c p_c^2) / n)`, at the peak, is within twice the noise from 0.6
 * on. The higher peaks of a few thousand images are those of the sample: to be learnt all the same, by heart. So the spectrum is followed in another way,
 * too: as far as it stands twice above the noise (MNIST to 1.8 cycles, CIFAR-10, whose classes brightness tells little of, to 0.4), in three bands.
 *
 * In the fast phase of a training all bands fall together, in steps whose order mini-batches decide, so that passages of one level
 * say little (with MNIST's they tie, on CIFAR-10 most networks of the quick preset end above 0.2): the errors themselves are
 * compared, from the end of the first epoch on as in the source. The passages are in a table.
 *
 * Controls. The same labels and outputs over the same projections, paired at random: what is called low then is no lower than the rest, the spectrum is
 * flat, and all is learnt together. And, of the peaks, networks that learn the labels in random order: their lowest peak leads the others by a third at most,
 * where that of the true labels leads by 1.5 to 3.3 times. (The quick preset stops long before random labels are learnt, and CIFAR-10's errors are all near
 * 1. Where MNIST's were learnt to the end, in 4,000 steps, the lowest quarter of the frequencies led the highest by 1.1 to 1.2.) So it is no law of training along this direction whatever the labels; it takes
 * labels that vary with it slowly, whose low frequencies are the larger ones, too (`sine-mixture` has equal amplitudes).
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import { firstComponent, nudft } from '../../spectrum/index.js';
import { entry, mean, rms, stacked } from '../support/arrays.js';
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

/** What a spectrum is taken of: true labels over their projections, over permuted ones, and labels that were shuffled before the training. */
const kinds = ['own', 'random', 'shuffled'] as const;
type Kind = (typeof kinds)[number];
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
    quick: {
      samples: 2000,
      measured: 2000,
      hidden: [64, 32],
      batchSize: 100,
      steps: 500,
      records: 16,
      learningRate: 2e-3,
    },
    paper: {},
  },
  seconds: { quick: 19, paper: 3000 },
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
      const target = (labels: NdArray) => lessMeans(firstRows(oneHot(labels, images.classes), n).data, n);
      // Of labels without any structure the amplitude of every frequency would be this.
      const noise = rms(target(images.labels)) * Math.sqrt(images.classes / n);
      sets.push({ name, images, n, points, at, explained, target, noise, spec: classifier(p.classifier, images, p) });
    }
    const trained = await trainAll(context, {
      cells: grid({ set: sets, labels: ['true', 'shuffled'], seed: seeds(p.networks) }).map((cell) => ({
        ...cell,
        y: cell.labels === 'true' ? cell.set.images.labels : shuffled(cell.set.images.labels, cell.seed),
      })),
      name: ({ set, labels }) => `${set.name}, ${labels} labels`,
      run: ({ set: { images, points, spec }, seed, y }) => ({
        seed,
        spec,
        x: asInput(spec, images.images),
        y,
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
    const fits = trained.flatMap(({ set, labels, seed, y, steps, loss, probes }) => {
      const { n, at, noise, images } = set;
      const target = set.target(y);
      const missing = missingOf(probes.output.values, target, images.classes);
      const [own = []] = amplitudesOf(at, set.target(images.labels), images.classes, frequencies);
      const end = own.findIndex((amplitude, k) => k > 2 && amplitude < 2 * noise);
      const followed = end < 0 ? own.length : end;
      const edges = [0, 1, 2, 3].map((third) => Math.round((third * followed) / 3));
      return kinds
        .filter((kind) => (kind === 'shuffled') === (labels === 'shuffled'))
        .map((kind) => {
          const places = kind === 'random' ? shuffled({ data: at, shape: [n] }, seed).data : at;
          const [goal = []] = amplitudesOf(places, target, images.classes, frequencies);
          const left = amplitudesOf(places, missing, images.classes, frequencies);
          const bands = left.map((values) =>
            bandNames.map(
              (_, b) => rms(values.slice(edges[b], edges[b + 1])) / rms(goal.slice(edges[b], edges[b + 1])),
            ),
          );
          const peaks = peaksOf(goal);
          const atPeaks = left.map((values) => peaks.map((k) => entry(values, k) / entry(goal, k)));
          return {
            ...{ set: set.name, kind, steps, loss, goal, followed, peaks },
            error: stacked(bands),
            peakError: stacked(atPeaks),
          };
        });
    });
    return { frequencies, fits, sets: sets.map(({ name, explained, noise }) => ({ name, explained, noise })) };
  },

  present({ frequencies, fits, sets }, p) {
    const of = (set: string, kind: Kind) => fits.filter((fit) => fit.set === set && fit.kind === kind);
    const random = {
      id: 'random',
      statement: 'the same labels and outputs over the same projections, paired at random',
    };
    const memorised = { id: 'shuffled', statement: 'networks that learn the same labels in random order' };
    const epoch = Math.floor(p.samples / Math.min(p.batchSize, p.samples));
    /** The median over the records from the first epoch on of what `read` makes of the errors of a record. */
    const through = (steps: readonly number[], error: NdArray, read: (errors: Float64Array) => number): number =>
      spread(
        rows(error)
          .map(read)
          .filter((_, r) => (steps[r] ?? 0) >= epoch),
      ).median;
    /** The error of the high band over that of the low one. */
    const ahead = (set: string, kind: Kind): number[] =>
      of(set, kind).map(({ steps, error }) =>
        through(steps, error, ([low = Number.NaN, , high = Number.NaN]) => high / low),
      );
    /** The error at every peak. */
    const peakErrors = ({ steps, peaks, peakError }: (typeof fits)[number]): number[] =>
      peaks.map((_, i) => through(steps, peakError, (errors) => entry(errors, i)));
    /** The smallest error at a higher peak over that at the lowest. */
    const aheadOfPeaks = (set: string, kind: Kind): (number | null)[] =>
      of(set, kind).map(({ steps, peaks, peakError }) =>
        peaks.length < 2
          ? null
          : through(steps, peakError, ([lowest = Number.NaN, ...higher]) => Math.min(...higher) / lowest),
      );
    /** Mean amplitude in the lowest third of all frequencies over that in the highest. */
    const fall = (kind: Kind): number[] =>
      sets.map(({ name }) => {
        const goal = of(name, kind)[0]?.goal ?? [];
        const third = Math.floor(goal.length / 3);
        return mean(goal.slice(0, third)) / mean(goal.slice(-third));
      });
    const own = sets.flatMap(({ name }) => of(name, 'own'));
    const shown = sets.map((set) => ({ ...set, title: titles[set.name], fit: of(set.name, 'own')[0] }));
    const peaks = shown.flatMap(({ name, title, noise, fit }) => {
      const errors = of(name, 'own').map(peakErrors);
      return (fit?.peaks ?? []).map((k, i) => ({
        ...{ title, k, over: (fit?.goal[k] ?? Number.NaN) / noise },
        error: spread(errors.map((one) => entry(one, i))).median,
      }));
    });
    return {
      metrics: Object.fromEntries(
        shown.flatMap(({ name, explained, fit }) => [
          [`explained_${name}`, explained],
          [`followed_to_${name}`, (fit?.followed ?? 0) * p.spacing],
          [`ahead_${name}`, spread(ahead(name, 'own')).median],
          [`ahead_peaks_${name}`, spread(aheadOfPeaks(name, 'own').map((v) => v ?? Number.NaN)).median],
        ]),
      ),
      tables: [
        passageTable(own, {
          level: p.level,
          columns: { images: ({ set }) => set, network: (_, i) => (i % p.networks) + 1 },
          component: ['band', () => bandNames],
        }),
        {
          id: 'peaks',
          title:
            "Peaks of the labels' spectrum, and the relative error there (median over the records from the first epoch on, then over the networks)",
          columns: {
            images: peaks.map(({ title }) => title),
            'cycles per standard deviation': peaks.map(({ k }) => entry(frequencies, k)),
            'amplitude over the noise': peaks.map(({ over }) => over),
            'relative error': peaks.map(({ error }) => error),
          },
        },
      ],
      claims: [
        atLeast(2, {
          id: 'low-dominates',
          statement:
            "The labels' spectrum is largest at low frequency: its mean amplitude in the lowest third of the range is at least twice that in the highest.",
          source: cite('xuBook', 'figure 1.10 a, c'),
          measured: fall('own'),
          labels: sets.map(({ name }) => titles[name]),
          control: { ...random, measured: fall('random') },
        }),
        ...sets.map(({ name }) =>
          atLeast(1.25, {
            id: `low-first-${name}`,
            statement: `${titles[name]}: from the first epoch on the relative error of the high third of the followed frequencies is at least 1.25 times that of the low third (median over the records), in every one of ${p.networks} networks.`,
            source: cite('xuBook', name === 'mnist' ? 'figure 1.10 b' : 'figure 1.10 d'),
            measured: ahead(name, 'own'),
            control: { ...random, measured: ahead(name, 'random') },
          }),
        ),
        ...sets.map(({ name }) =>
          atLeast(1.5, {
            id: `peaks-${name}`,
            statement: `${titles[name]}: at every higher peak of the labels' spectrum, up to ${(p.frequencies * p.spacing).toFixed(1)} cycles per standard deviation, the relative error is at least 1.5 times that at the lowest (median over the records from the first epoch on), in every one of ${p.networks} networks.`,
            source: cite('xuBook', name === 'mnist' ? 'figure 1.10 b' : 'figure 1.10 d'),
            measured: aheadOfPeaks(name, 'own'),
            control: [
              { ...memorised, measured: aheadOfPeaks(name, 'shuffled') },
              { ...random, measured: aheadOfPeaks(name, 'random') },
            ],
          }),
        ),
      ],
      figures: [
        panelsFigure({
          id: 'spectrum',
          title: 'Spectrum of the labels along the first principal component',
          caption: `Amplitude of the labels' NUDFT (norm over classes, means taken off) by frequency. Dots: its peaks. Dashed: twice the noise of sampling, down to which it is followed by bands; a peak below it is one of these images alone. The component holds ${shown.map(({ explained, title }) => `${(100 * explained).toFixed(1)} % of the variance of ${title}`).join(', ')}. Compare figure 1.10 a of the book.`,
          panels: shown.map(({ title, fit, noise }) => ({
            title,
            x: { title: 'cycles per standard deviation' },
            y: { title: 'amplitude', log: true },
            lines: [
              { name: 'labels', x: frequencies, y: fit?.goal ?? [], color: colors.target },
              {
                name: 'peaks',
                x: (fit?.peaks ?? []).map((k) => entry(frequencies, k)),
                y: (fit?.peaks ?? []).map((k) => fit?.goal[k] ?? Number.NaN),
                mark: 'points' as const,
              },
            ],
            levels: [{ value: 2 * noise, name: '2×' }],
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
                  id: `error-by-peak-${name}`,
                  title: `${title}: relative error at the peaks of the labels' spectrum`,
                  caption:
                    'Relative error of the outputs at each peak, in cycles per standard deviation of the projections, through the training, first network. Dark is learnt. Compare figure 1.10 b and d of the book.',
                  error: fit.peakError,
                  steps: fit.steps,
                  labels: fit.peaks.map((k) => entry(frequencies, k).toFixed(2)),
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

/** Where a spectrum has its local maxima. */
const peaksOf = (amplitudes: readonly number[]): number[] =>
  range(1, amplitudes.length - 2).filter(
    (k) => entry(amplitudes, k) > entry(amplitudes, k - 1) && entry(amplitudes, k) >= entry(amplitudes, k + 1),
  );

/** Probabilities less the target `[n, classes]`, means of the classes taken off, of all records beside each other: `[n, records * classes]`. */
function missingOf({ data, shape }: NdArray, target: ArrayLike<number>, classes: number): Float64Array {
  const [records = 0, n = 0] = shape;
  const output = softmax(data, classes);
  const beside = new Float64Array(output.length);
  for (let r = 0; r < records; r++) {
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < classes; c++) {
        beside[(i * records + r) * classes + c] =
          entry(output, (r * n + i) * classes + c) - entry(target, i * classes + c);
      }
    }
  }
  return lessMeans(beside, n);
}

/** Of values `[n, records * classes]` over n places the norm over the classes of their transform, by record and frequency. */
function amplitudesOf(
  places: ArrayLike<number>,
  values: Float64Array,
  classes: number,
  frequencies: readonly number[],
): number[][] {
  const n = places.length;
  const columns = values.length / n;
  const { re, im } = nudft(Float64Array.from(places), { data: values, shape: [n, columns] }, [...frequencies]);
  return range(0, columns / classes - 1).map((r) =>
    frequencies.map((_, k) => {
      const from = k * columns + r * classes;
      return Math.hypot(...re.slice(from, from + classes), ...im.slice(from, from + classes));
    }),
  );
}
