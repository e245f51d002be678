/**
 * Critical samples during training (Arpit et al. 2017, section 4.3; Xu, book, section 1.2).
 *
 * A sample is critical when a point of another class, in the network's own eyes, lies within `radius` of it in every
 * coordinate. The share of such samples measures how many decision boundaries there are near the data, without labels.
 * It is looked at on images that the network was not trained on: after training on the true labels of MNIST and of
 * CIFAR-10, the data of Arpit et al., and on shuffled labels of MNIST.
 *
 * The book says that critical samples become more and more with training. So it is from the first pass on: with the true
 * labels of CIFAR-10 their share rises several times over, with shuffled labels of MNIST towards 1. It stays low where the
 * task asks for no more: on MNIST, whose classes a simple function tells apart, the share at this radius moves little
 * after the first pass (it rises at three times the radius: 0.34 to 0.52). Before the first pass the measure says
 * something else: the logits of an untrained network differ by so little that most boxes hold several classes (0.85 of
 * the images of CIFAR-10), and the first steps, in which the classes part, bring it down. So "rising" is from the first
 * pass on; the start is in the figure.
 */
import { z } from 'zod';
import { criticalSamples } from '../analysis/index.js';
import { above, defineExperiment, refuseDiverged, spread } from '../experiment/index.js';
import { lineFigure } from '../figures/index.js';
import { createModel, type TrainingState } from '../nets/index.js';
import { type ClassImages, firstRows, loadImages, rowsFrom, shuffled } from './support/classification.js';
import { classifierLayers } from './support/layers.js';

const parameters = z.object({
  samples: z.int().min(100).max(40_000).default(10_000).describe('training images of each data set'),
  probed: z.int().min(50).max(10_000).default(1000).describe('other images, whose neighbourhood is searched'),
  hidden: z.array(z.int().min(1)).min(1).default([512, 512]).describe('widths of the hidden layers, ReLU'),
  radius: z.number().positive().default(0.01).describe('half the side of the box, in units of the gray scale'),
  iterations: z.int().min(1).default(30).describe('steps of the search'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z
    .array(z.number().min(0))
    .min(3)
    .refine((values) => values.includes(1), 'expected 1 among them: where the rise is measured from')
    .default([0, 1, 2, 4, 8, 16, 32, 64])
    .describe('when the share is measured, ascending, 1 among them'),
  seeds: z.int().min(1).max(50).default(3).describe('networks for each kind of labels'),
});

const tasks = {
  cifar: { name: 'CIFAR-10, true labels', dataset: 'cifar10', shuffle: false },
  mnist: { name: 'MNIST, true labels', dataset: 'mnist', shuffle: false },
  random: { name: 'MNIST, shuffled labels', dataset: 'mnist', shuffle: true },
} as const;
type Task = keyof typeof tasks;
const taskNames = Object.keys(tasks) as Task[];

interface Share {
  ratio: number;
  /** Of the training; none before it. */
  loss: number | null;
}

export const criticalSamplesExperiment = defineExperiment({
  id: 'critical-samples',
  title: 'Critical samples become more with training',
  source: 'Xu, book (002), section 1.2; Arpit et al. 2017, section 4.3',
  statement:
    'The share of samples with a point of another class in a small box around them grows with training: the function ' +
    'becomes more complex, most where labels are memorised, and little where a simple function tells the classes apart.',
  formula: 'CSR = #{x : class(x + d) ≠ class(x) for some d, max_i |d_i| ≤ r} / #{x}',
  parameters,
  presets: {
    quick: {
      samples: 2000,
      probed: 300,
      hidden: [128, 128],
      iterations: 15,
      epochs: [0, 1, 2, 4, 8, 16, 32],
      seeds: 2,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 1200 },
  data: ['mnist', 'cifar10'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const at = p.epochs.map((epoch) => Math.round((epoch * p.samples) / p.batchSize));
    /** The share of critical samples at each of `at`, and the training loss. */
    const follow = async (
      { name, shuffle }: (typeof tasks)[Task],
      set: ClassImages,
      seed: number,
    ): Promise<Share[]> => {
      const images = firstRows(set.images, p.samples);
      const others = rowsFrom(set.images, p.samples);
      const trueLabels = firstRows(set.labels, p.samples);
      const labels = shuffle ? shuffled(trueLabels, seed) : trueLabels;
      const spec = { input: set.size, layers: classifierLayers(p.hidden) };
      const model = createModel(spec, { seed });
      const found: Share[] = [];
      let resume: TrainingState | undefined;
      let loss: number | null = null;
      for (const step of at) {
        if (step > (resume?.step ?? 0)) {
          const history = await model.train({
            x: images,
            y: labels,
            loss: 'crossEntropy',
            optimizer: { type: 'adam', learningRate: p.learningRate },
            batchSize: Math.min(p.batchSize, p.samples),
            steps: step - (resume?.step ?? 0),
            record: { at: [] },
            ...(resume && { resume }),
            signal,
            onProgress: training(`${name}, to epoch ${(step * p.batchSize) / p.samples}`, step),
          });
          refuseDiverged(history, name);
          resume = history.state;
          loss = history.loss.at(-1)!;
        }
        const { ratio } = await criticalSamples(model, others, { ...p, seed, signal });
        found.push({ ratio, loss });
      }
      return found;
    };
    const runs: Record<Task, Share[][]> = { cifar: [], mnist: [], random: [] };
    for (const task of taskNames) {
      const set = await loadImages(data, tasks[task].dataset, p.samples + p.probed);
      for (const seed of seeds(p.seeds)) runs[task].push(await follow(tasks[task], set, seed));
    }
    const ratios = (task: Task, e: number): number[] => runs[task].map((run) => run[e]!.ratio);
    const [first, end] = [p.epochs.indexOf(1), at.length - 1];
    /** The share at the end over that after the first pass, each network. */
    const rise = (task: Task): number[] => runs[task].map((run) => run[end]!.ratio / run[first]!.ratio);
    return {
      metrics: Object.fromEntries(
        taskNames.flatMap((task) => [
          [`ratio_first_${task}`, spread(ratios(task, first)).median],
          [`ratio_last_${task}`, spread(ratios(task, end)).median],
        ]),
      ),
      tables: [
        {
          id: 'critical-samples',
          title: `Share of ${p.probed} images with another class within ${p.radius} in every coordinate, and training loss (medians)`,
          columns: {
            epoch: p.epochs,
            ...Object.fromEntries(
              taskNames.flatMap((task) => [
                [tasks[task].name, p.epochs.map((_, e) => spread(ratios(task, e)).median)],
                [
                  `loss, ${tasks[task].name}`,
                  p.epochs.map((_, e) => spread(runs[task].map((run) => run[e]!.loss ?? Number.NaN)).median),
                ],
              ]),
            ),
          },
        },
      ],
      claims: [
        above(1.5, {
          id: 'true-labels-rise',
          statement:
            'With the true labels of CIFAR-10 the share of critical samples rises from the first pass to the end (ratio, each network).',
          source: 'book, section 1.2; Arpit et al. 2017, section 4.3',
          measured: rise('cifar'),
        }),
        above(1.5, {
          id: 'memorising-rises',
          statement: 'So it does with shuffled labels of MNIST.',
          source: 'book, section 1.2; Arpit et al. 2017, section 4.3',
          measured: rise('random'),
        }),
        above(2, {
          id: 'memorising-has-more',
          statement:
            'At the end a network that learnt shuffled labels has more than twice as many as one that learnt the true ones (MNIST, ratio of the shares).',
          source: 'Arpit et al. 2017, section 4.3',
          measured: runs.random.map((run, i) => run[end]!.ratio / runs.mnist[i]![end]!.ratio),
        }),
      ],
      figures: [
        lineFigure({
          id: 'critical-samples',
          title: 'Critical sample ratio during training',
          caption: `Share of images outside the training set with a point of another class within ${p.radius} in every pixel; median, least and greatest of ${p.seeds} networks.`,
          x: { title: 'epoch' },
          y: { title: 'share of critical samples', domain: [0, 1] },
          lines: taskNames.map((task) => {
            const of = p.epochs.map((_, e) => spread(ratios(task, e)));
            return {
              name: tasks[task].name,
              x: p.epochs,
              y: of.map((s) => s.median),
              band: [of.map((s) => s.min), of.map((s) => s.max)] as const,
              mark: 'both' as const,
            };
          }),
        }),
      ],
    };
  },
});
