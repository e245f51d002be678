/**
 * Classification seen through a filter: low and high response frequencies apart (Xu, book, section 1.5.5, figure 1.12).
 *
 * The labels and the outputs, functions on the training images, are each split by a Gaussian in the space of inputs,
 * `y_low(x_i) = sum_j y_j G(x_i - x_j) / sum_j G(x_i - x_j)`, `G(d) = exp(-|d|^2 / (2 delta))` (eq. 1.10, 1.11), and what
 * is left is the high part. `e_low` and `e_high` are the relative errors of the two (eq. 1.12, 1.13). delta is a variance:
 * the low part keeps angular frequencies up to about 1/sqrt(delta) (the book's "1/delta" is a slip). Outputs are compared
 * as softmax with one-hot labels.
 */
import { z } from 'zod';
import { column } from '../../core/reading.js';
import { atLeast, defineExperiment, probe, refuseDiverged } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import { createModel, type TrainingHistory } from '../../nets/index.js';
import {
  asInput,
  classifier,
  classifierName,
  datasetName,
  firstRows,
  loadImages,
  oneHot,
} from '../support/classification.js';

const parameters = z.object({
  datasets: z.array(datasetName).min(1).default(['mnist', 'cifar10']).describe('sets of images with classes'),
  networks: z.array(classifierName).min(1).default(['dense', 'cnn', 'vgg16']).describe('classifiers'),
  hidden: z
    .array(z.int().min(1))
    .min(1)
    .default([400, 200])
    .describe('widths of the hidden layers of the dense network'),
  activation: z.enum(['tanh', 'relu']).default('relu').describe('of the hidden layers'),
  vggFilters: z.int().min(1).default(64).describe('filters of the first convolution of VGG16'),
  samples: z.int().min(100).max(60_000).default(60_000).describe('training images'),
  filtered: z.int().min(50).max(20_000).default(10_000).describe('of these, how many are filtered'),
  convolutional: z
    .object({
      samples: z.int().min(100).max(60_000).describe('training images'),
      filtered: z.int().min(50).max(20_000).describe('of these, how many are filtered'),
      epochs: z.number().positive().describe('passes over them'),
    })
    .partial()
    .default({})
    .describe('what differs for networks with convolutions'),
  deltas: z
    .array(z.number().positive())
    .min(1)
    .default([3, 7, 15])
    .describe("variances of the Gaussian, in squared units of the images' values"),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(256).describe('images a step'),
  epochs: z.number().positive().default(20).describe('passes over the training images'),
  records: z.int().min(10).max(1000).default(100).describe('recorded steps, evenly spaced'),
});

interface Training {
  dataset: string;
  network: string;
  history: TrainingHistory;
  stepsAnEpoch: number;
}

export const classificationFiltering = defineExperiment({
  id: 'classification-filtering',
  title: 'Classifying images: the low-pass part of the labels is learnt before the rest',
  source: 'Xu, book (002), section 1.5.5, eq. 1.10 to 1.13, figures 1.11 and 1.12; slides (001): filtering method',
  statement:
    'A classifier trained with cross-entropy fits the low-frequency part of the labels, as a function on the space of ' +
    'images, sooner than the high-frequency part, for every network and for every width of the filter.',
  formula:
    'y^{low}(x_i) = Σ_j y_j G(x_i − x_j) / Σ_j G(x_i − x_j),  G(d) = e^{−|d|^2/2δ},  e_{low} = |y^{low} − h^{low}| / |y^{low}|',
  parameters,
  presets: {
    quick: {
      samples: 3000,
      filtered: 1000,
      hidden: [200, 100],
      batchSize: 100,
      epochs: 8,
      records: 20,
      vggFilters: 8,
      convolutional: { samples: 1000, filtered: 300, epochs: 6 },
    },
    paper: {},
  },
  seconds: { quick: 25, paper: 32_000 },
  data: ['mnist', 'cifar10'],
  async run({ parameters: p, seed, data, signal, training }) {
    const runs: Training[] = [];
    for (const dataset of p.datasets) {
      for (const network of p.networks) {
        const own = network === 'dense' ? {} : p.convolutional;
        const { samples = p.samples, filtered = p.filtered, epochs = p.epochs } = own;
        const images = await loadImages(data, dataset, samples);
        const target = oneHot(images.labels, images.classes);
        const spec = classifier(network, images, p);
        const x = asInput(spec, images.images);
        // What is filtered: the first images of the training set.
        const n = Math.min(filtered, samples);
        const points = firstRows(x, n);
        const batchSize = Math.min(p.batchSize, samples);
        const stepsAnEpoch = Math.max(1, Math.floor(samples / batchSize));
        const steps = Math.max(1, Math.round(epochs * stepsAnEpoch));
        const history = await createModel(spec, { seed }).train({
          x,
          y: images.labels,
          loss: 'crossEntropy',
          optimizer: { type: 'adam', learningRate: p.learningRate },
          steps,
          batchSize,
          record: { every: Math.max(1, Math.floor(steps / p.records)) },
          probes: {
            filter: { type: 'filter', points, target: firstRows(target, n), deltas: p.deltas, output: 'softmax' },
            accuracy: { type: 'accuracy', points, labels: firstRows(images.labels, n) },
          },
          signal,
          onProgress: training(`training ${network} on ${dataset}`, steps),
        });
        refuseDiverged(history, `${network} on ${dataset}`);
        runs.push({ dataset, network, history, stepsAnEpoch });
      }
    }

    const name = ({ dataset, network }: Training): string => `${network} on ${dataset}`;
    const last = (values: Float64Array): number => values[values.length - 1]!;
    const errors = ({ history }: Training, d: number) => ({
      low: column(probe(history, 'filter', 'low'), d),
      high: column(probe(history, 'filter', 'high'), d),
    });
    const share = runs.map((run) =>
      p.deltas.map((_, d) => {
        const { low, high } = errors(run, d);
        const after = run.history.steps.map((_, r) => r).filter((r) => run.history.steps[r]! >= run.stepsAnEpoch);
        return after.filter((r) => low[r]! < high[r]!).length / after.length;
      }),
    );
    const epochs = (run: Training): number[] => run.history.steps.map((step) => step / run.stepsAnEpoch);
    const first = runs[0]!;
    return {
      metrics: Object.fromEntries(
        runs.map((run) => [
          `accuracy_${run.dataset}_${run.network}`,
          last(column(probe(run.history, 'accuracy', 'values'), 0)),
        ]),
      ),
      tables: [
        {
          id: 'errors',
          title: 'Relative errors of the low and the high part',
          columns: {
            network: runs.flatMap((run) => p.deltas.flatMap(() => run.history.steps.map(() => name(run)))),
            delta: runs.flatMap((run) => p.deltas.flatMap((delta) => run.history.steps.map(() => delta))),
            step: runs.flatMap((run) => p.deltas.flatMap(() => run.history.steps)),
            e_low: runs.flatMap((run) => p.deltas.flatMap((_, d) => [...errors(run, d).low])),
            e_high: runs.flatMap((run) => p.deltas.flatMap((_, d) => [...errors(run, d).high])),
          },
        },
      ],
      claims: runs.map((run, i) =>
        atLeast(0.95, {
          id: `low-first-${run.dataset}-${run.network}`,
          statement: `${name(run)}: after the first epoch e_low is under e_high at 95 % of the records or more, for every delta (share of the records).`,
          source: 'book, figure 1.12',
          measured: share[i]!,
          labels: p.deltas.map((delta) => `delta = ${delta}`),
        }),
      ),
      figures: [
        panelsFigure({
          id: 'errors',
          title: 'Errors of the low and the high part of the labels',
          caption:
            'Relative errors of the low-pass part and of the rest (eq. 1.12 and 1.13), by epoch, for each width of the filter. Compare figure 1.12 of the book.',
          columns: p.deltas.length,
          panels: runs.flatMap((run) =>
            p.deltas.map((delta, d) => {
              const { low, high } = errors(run, d);
              return {
                title: `${name(run)}, delta = ${delta}`,
                x: { title: 'epoch' },
                y: { title: 'relative error' },
                lines: [
                  { name: 'e_low', x: epochs(run), y: low, color: colors.low },
                  { name: 'e_high', x: epochs(run), y: high, color: colors.high, dash: [6, 3] },
                ],
              };
            }),
          ),
        }),
      ],
      arrays: { low: probe(first.history, 'filter', 'low'), high: probe(first.history, 'filter', 'high') },
      playback: {
        steps: first.history.steps,
        loss: Array.from(first.history.loss),
        panels: [
          {
            kind: 'curve',
            title: `Errors of the two parts, ${name(first)}`,
            x: p.deltas,
            xLabel: 'delta (variance of the filter)',
            yLabel: 'relative error',
            logX: true,
            points: true,
            series: [
              { name: 'e_low', y: probe(first.history, 'filter', 'low') },
              { name: 'e_high', y: probe(first.history, 'filter', 'high') },
            ],
          },
        ],
      },
    };
  },
});
