/**
 * Classification seen along one direction: the projection method (Xu, book, section 1.5.4, figure 1.10).
 *
 * The response frequency of a classifier lives in the space of its inputs, 784 dimensions for MNIST, where no Fourier
 * transform can be taken whole. Along the first principal component p of the inputs it can: with v_i = p . x_i,
 * `y_k = (1/n) sum_i y_i exp(-2 pi i k v_i)` (eq. 1.6), y_i the one-hot label, the amplitude the Euclidean norm over
 * classes.
 *
 * The book takes the error at the peaks of the labels' spectrum. With one-hot labels and the norm over classes that spectrum
 * falls without a peak (measured on MNIST): the local maxima of a few thousand images lie in the noise of sampling, where
 * every frequency is fitted at the same pace. So the error is followed at evenly spaced frequencies, as far as the
 * spectrum stands twice above that noise.
 *
 * A frequency counts as learnt at a relative error of 0.1, as in `sine-mixture`. At 0.2 the order is real but not
 * resolved: in the first, fast phase of the training the frequencies from 0.2 to 0.5 fall together and pass 0.2 within
 * ten steps of one another, in an order that mini-batches decide (rank correlations of 0.79 to 0.88); they separate below
 * it, the lower ones ahead. With all 60,000 images (`paper`) the fast phase goes further down, and the level is 0.05. A
 * frequency has passed when it stays under the level: mini-batches make the error dip under it before.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import { atLeast, decreasing, defineExperiment, passageStep, probe, refuseDiverged } from '../../experiment/index.js';
import { spearman } from '../../experiment/seeds.js';
import { colors, lineFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { firstComponent, nudft } from '../../spectrum/index.js';
import {
  asInput,
  classifier,
  classifierName,
  datasetName,
  firstRows,
  loadImages,
  oneHot,
} from '../support/classification.js';
import { errorMapFigure } from '../support/error-map.js';

const parameters = z.object({
  dataset: datasetName.default('mnist').describe('images and classes'),
  network: classifierName.default('dense').describe('classifier'),
  hidden: z
    .array(z.int().min(1))
    .min(1)
    .default([400, 200])
    .describe('widths of the hidden layers of the dense network'),
  activation: z.enum(['tanh', 'relu']).default('tanh').describe('of the hidden layers'),
  vggFilters: z.int().min(1).default(64).describe('filters of the first convolution of VGG16'),
  samples: z.int().min(100).max(60_000).default(60_000).describe('training images'),
  measured: z.int().min(50).max(60_000).default(10_000).describe('of these, how many the spectrum is taken over'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(256).describe('images a step'),
  steps: z.int().min(1).default(4000).describe('training steps'),
  records: z.int().min(10).max(1000).default(80).describe('recorded steps, evenly spaced in their logarithm'),
  seeds: z.int().min(1).max(100).default(1).describe('networks'),
  followed: z.int().min(4).max(100).default(8).describe('frequencies at which the error is followed, evenly spaced'),
  maxFrequency: z.number().positive().default(1.5).describe('end of the spectrum, cycles per unit of the projection'),
  level: z.number().positive().max(1).default(0.1).describe('relative error that counts as learnt'),
});

export const classificationProjection = defineExperiment({
  id: 'classification-projection',
  title: 'Classifying digits: low response frequencies first, along the first principal component',
  source: 'Xu, book (002), section 1.5.4, eq. 1.4 to 1.6, figure 1.10; slides (001): projection method',
  statement:
    'Seen along the first principal component of the images, the labels are a function of one variable, and so are the ' +
    "outputs of the classifier. The labels' spectrum is largest at low frequencies, and the classifier converges at " +
    'its low frequencies before its high ones.',
  formula: 'Y(k) = (1/n) Σ_j y_j e^{−2πik p·x_j},  p the first principal component',
  parameters,
  presets: {
    quick: { samples: 4000, measured: 2000, hidden: [200, 100], batchSize: 100, steps: 1500, records: 60, seeds: 3 },
    paper: { seeds: 3, level: 0.05 },
  },
  seconds: { quick: 4, paper: 150 },
  data: ['mnist'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const images = await loadImages(data, p.dataset, p.samples);
    const y = oneHot(images.labels, images.classes);
    const n = Math.min(p.measured, p.samples);
    const points = firstRows(images.images, n);
    const target = firstRows(y, n);

    const spec = classifier(p.network, images, p);
    const { direction, projection, explained } = await firstComponent(points, { signal });
    const grid = Float64Array.from({ length: 301 }, (_, i) => (i * p.maxFrequency) / 300);
    const amplitude = norms(nudft(projection, target, grid));
    const peaks = places(amplitude, target, p.followed);
    const frequencies = Float64Array.from(peaks, (i) => grid[i]!);

    const runs = [];
    for (const [i, seed] of seeds(p.seeds).entries()) {
      const phase = `training, seed ${i + 1} of ${p.seeds}`;
      const model = createModel(spec, { seed });
      const history = await model.train({
        x: asInput(spec, images.images),
        y: images.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        batchSize: Math.min(p.batchSize, p.samples),
        record: { log: p.records },
        probes: {
          peaks: {
            type: 'projection',
            points: asInput(spec, points),
            target,
            frequencies,
            direction,
            output: 'softmax',
          },
          accuracy: { type: 'accuracy', points: asInput(spec, points), labels: firstRows(images.labels, n) },
        },
        signal,
        onProgress: training(phase, p.steps),
      });
      refuseDiverged(history, phase);
      const error = probe(history, 'peaks', 'relativeError');
      runs.push({
        history,
        error,
        passages: [...frequencies].map((_, k) =>
          passageStep(history.steps, column(error, k), p.level, { settled: true }),
        ),
      });
    }

    const { history, error } = runs[0]!;
    const accuracy = column(probe(history, 'accuracy', 'values'), 0);
    const half = Math.floor(peaks.length / 2);
    const mean = (values: Float64Array, from: number, to: number): number =>
      values.subarray(from, to).reduce((a, b) => a + b, 0) / (to - from);
    // Records at which the low frequencies are ahead, from the first epoch on.
    const epoch = Math.max(1, Math.floor(p.samples / Math.min(p.batchSize, p.samples)));
    const ahead = runs.map((run) => {
      const records = run.history.steps.map((_, r) => r).filter((r) => run.history.steps[r]! >= epoch);
      const won = records.filter((r) => {
        const at = run.error.data.subarray(r * peaks.length, (r + 1) * peaks.length) as Float64Array;
        return mean(at, 0, half) < mean(at, peaks.length - half, peaks.length);
      });
      return won.length / records.length;
    });
    return {
      metrics: { accuracy: accuracy[accuracy.length - 1]!, explainedVariance: explained, peaks: peaks.length },
      tables: [
        {
          id: 'frequencies',
          title: `Amplitude of the labels at the followed frequencies, and the step from which on its relative error stays at ${p.level} or less`,
          columns: {
            network: runs.flatMap((_, i) => peaks.map(() => i + 1)),
            frequency: runs.flatMap(() => [...frequencies]),
            amplitude: runs.flatMap(() => peaks.map((i) => amplitude[i]!)),
            step: runs.flatMap((run) => run.passages),
          },
        },
      ],
      claims: [
        decreasing({
          id: 'low-dominates',
          statement:
            "The labels' spectrum is largest at low frequency: its mean amplitude falls from the lowest third of the band to the highest.",
          source: 'book, figure 1.10 a',
          measured: [0, 1, 2].map((third) => mean(Float64Array.from(amplitude), third * 100 + 1, third * 100 + 101)),
          labels: ['low', 'middle', 'high'],
        }),
        atLeast(0.8, {
          id: 'rank',
          statement: `The step at which the relative error passes ${p.level} for good rises with the frequency (Spearman's rank correlation; a frequency that never passed comes last), for every network.`,
          source: 'book, figure 1.10 b',
          measured: runs.map((run) =>
            spearman(
              [...frequencies],
              run.passages.map((step) => step ?? p.steps + 1),
            ),
          ),
        }),
        atLeast(0.95, {
          id: 'low-ahead',
          statement:
            'After the first epoch the mean relative error of the lower half of the frequencies is under that of the upper half at 95 % of the records or more, for every network.',
          source: 'book, figure 1.10 b',
          measured: ahead,
        }),
      ],
      figures: [
        lineFigure({
          id: 'spectrum',
          title: 'Spectrum of the labels along the first principal component',
          caption: `Amplitude of the labels' NUDFT (norm over classes) by frequency, the followed frequencies marked. The component holds ${(100 * explained).toFixed(1)} % of the images' variance. Compare figure 1.10 a of the book.`,
          x: { title: 'frequency (cycles per unit of the projection)' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'labels', x: grid, y: amplitude, color: colors.target },
            {
              name: 'followed',
              x: frequencies,
              y: peaks.map((i) => amplitude[i]!),
              color: colors.output,
              mark: 'points',
            },
          ],
        }),
        errorMapFigure({
          id: 'error-by-frequency',
          title: 'Relative error by frequency',
          caption:
            'Relative error of the outputs at each followed frequency through the training, first network. Dark is learnt. Compare figure 1.10 b of the book.',
          error,
          steps: history.steps,
          labels: [...frequencies].map((f) => f.toFixed(2)),
          rows: 'frequency',
          range: [0.05, 1],
        }),
      ],
      arrays: { frequencies: { data: frequencies, shape: [peaks.length] }, relativeError: error },
      playback: {
        steps: history.steps,
        loss: Array.from(history.loss),
        panels: [
          {
            kind: 'curve',
            title: 'Spectrum',
            x: [...frequencies],
            xLabel: 'frequency (cycles per unit)',
            yLabel: 'amplitude',
            points: true,
            series: [
              { name: 'labels', y: peaks.map((i) => amplitude[i]!) },
              { name: 'network', y: probe(history, 'peaks', 'amplitude') },
            ],
          },
          {
            kind: 'curve',
            title: 'Relative error',
            x: [...frequencies],
            xLabel: 'frequency (cycles per unit)',
            yLabel: 'relative error',
            points: true,
            series: [{ name: 'network', y: error }],
          },
        ],
      },
    };
  },
});

/** Norm over classes of complex values `[k, c]`. */
function norms({ re, im, shape }: { re: ArrayLike<number>; im: ArrayLike<number>; shape: number[] }): number[] {
  const [k = 0, c = 1] = shape;
  return Array.from({ length: k }, (_, i) => {
    let sum = 0;
    for (let j = i * c; j < (i + 1) * c; j++) sum += re[j]! ** 2 + im[j]! ** 2;
    return Math.sqrt(sum);
  });
}

/**
 * `count` equally spaced places of the grid, from its first tenth to where the spectrum falls under twice the noise of
 * sampling, `sqrt((1 - sum_c p_c^2) / n)`: what the norm over classes would be for labels without any structure.
 */
function places(amplitude: readonly number[], target: NdArray, count: number): number[] {
  const [n = 0, classes = 0] = target.shape;
  const share = new Float64Array(classes);
  for (let i = 0; i < target.data.length; i++) share[i % classes]! += target.data[i]! / n;
  const noise = Math.sqrt((1 - share.reduce((sum, p) => sum + p * p, 0)) / n);
  const start = Math.floor(amplitude.length / 15);
  const end = amplitude.findIndex((a, i) => i > start && a < 2 * noise);
  const last = end < 0 ? amplitude.length - 1 : end - 1;
  const found = Array.from({ length: count }, (_, i) => Math.round(start + (i * (last - start)) / (count - 1)));
  return [...new Set(found)];
}
