/**
 * Critical samples during training (Arpit et al. 2017, section 4.3; Xu, book, section 1.2).
 *
 * A sample is critical when a point of another class, in the network's own eyes, lies within `radius` of it in every
 * coordinate. The share of such samples measures how many decision boundaries there are near the data, without labels.
 * It is looked at on test images that the network was not trained on, once after training on the true labels and once on
 * shuffled ones.
 *
 * The book says that critical samples become more and more with training. On MNIST that is true of memorising: with
 * shuffled labels their share went from 0.59 at the start to 0.97 (radius 0.01). With the true labels it went the other
 * way, to 0.26 after one epoch and 0.15 after sixteen, and stayed there to epoch 64 with a training loss of 1e-3:
 * training moves the boundaries out of the data, between the classes. (At radius 0.1 nearly every image is critical at
 * any time, at 0.03 the curve falls as at 0.01.) So what is claimed is: it rises where the function has to become
 * complex, ends far above that of the true labels, and with the true labels it falls.
 *
 * The rise is not monotone: in the first epochs the share has a bump, the logits of all classes tie while the output is
 * still near a constant. So start and end are compared.
 */
import { z } from 'zod';
import { criticalSamples } from '../../analysis/index.js';
import { above, below, defineExperiment, refuseDiverged, spread } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, type TrainingState } from '../../nets/index.js';
import { shuffled } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(10_000).describe('training images of MNIST'),
  probed: z.int().min(50).max(10_000).default(1000).describe('test images whose neighbourhood is searched'),
  hidden: z.array(z.int().min(1)).min(1).default([512, 512]).describe('widths of the hidden layers, ReLU'),
  radius: z.number().positive().default(0.01).describe('half the side of the box, in units of the gray scale'),
  iterations: z.int().min(1).default(30).describe('steps of the search'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z
    .array(z.number().min(0))
    .min(3)
    .default([0, 2, 4, 8, 16, 32, 64])
    .describe('when the share is measured, ascending'),
  seeds: z.int().min(1).max(50).default(3).describe('networks for each kind of labels'),
});

export const criticalSamplesExperiment = defineExperiment({
  id: 'critical-samples',
  title: 'Critical samples become more where labels are memorised',
  source: 'Xu, book (002), section 1.2; Arpit et al. 2017, section 4.3',
  statement:
    'The share of samples with a point of another class in a small box around them grows as a network memorises labels: ' +
    'the function becomes more complex. Where the labels are the true ones of MNIST it falls, since the boundaries move ' +
    'out of the data.',
  formula: 'CSR = #{x : class(x + d) ≠ class(x) for some d, max_i |d_i| ≤ r} / #{x}',
  parameters,
  presets: {
    quick: { samples: 2000, probed: 300, hidden: [128, 128], iterations: 15, epochs: [0, 2, 4, 8, 16, 32], seeds: 2 },
    paper: {},
  },
  seconds: { quick: 8, paper: 300 },
  data: ['mnist'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.probed });
    const spec = { input: set.images.shape[1]!, layers: classifierLayers(p.hidden) };
    const at = p.epochs.map((epoch) => Math.round((epoch * p.samples) / p.batchSize));
    /** The share of critical samples at each of `at`, and the training loss. */
    const follow = async (seed: number, labels: typeof set.labels, kind: string) => {
      const model = createModel(spec, { seed });
      const found: { ratio: number; loss: number | null }[] = [];
      let resume: TrainingState | undefined;
      let loss: number | null = null;
      for (const step of at) {
        if (step > (resume?.step ?? 0)) {
          const history = await model.train({
            x: set.images,
            y: labels,
            loss: 'crossEntropy',
            optimizer: { type: 'adam', learningRate: p.learningRate },
            batchSize: Math.min(p.batchSize, p.samples),
            steps: step - (resume?.step ?? 0),
            record: { at: [] },
            ...(resume && { resume }),
            signal,
            onProgress: training(`${kind}, to epoch ${(step * p.batchSize) / p.samples}`, step),
          });
          refuseDiverged(history, kind);
          resume = history.state;
          loss = history.loss.at(-1)!;
        }
        const { ratio } = await criticalSamples(model, test.images, {
          radius: p.radius,
          iterations: p.iterations,
          seed,
          signal,
        });
        found.push({ ratio, loss });
      }
      return found;
    };
    const runs: { real: Awaited<ReturnType<typeof follow>>; random: Awaited<ReturnType<typeof follow>> }[] = [];
    for (const seed of seeds(p.seeds)) {
      runs.push({
        real: await follow(seed, set.labels, 'true labels'),
        random: await follow(seed, shuffled(set.labels, seed), 'shuffled labels'),
      });
    }
    const ratios = (kind: 'real' | 'random', e: number): number[] => runs.map((run) => run[kind][e]!.ratio);
    const end = at.length - 1;
    return {
      metrics: {
        ratio_first: spread(ratios('real', 0)).median,
        ratio_last: spread(ratios('real', end)).median,
        ratio_last_shuffled: spread(ratios('random', end)).median,
      },
      tables: [
        {
          id: 'critical-samples',
          title: `Share of ${p.probed} test images with another class within ${p.radius} in every coordinate`,
          columns: {
            epoch: p.epochs,
            'true labels (median)': p.epochs.map((_, e) => spread(ratios('real', e)).median),
            'training loss': p.epochs.map((_, e) => spread(runs.map((run) => run.real[e]!.loss ?? Number.NaN)).median),
            'shuffled labels (median)': p.epochs.map((_, e) => spread(ratios('random', e)).median),
            'training loss, shuffled': p.epochs.map(
              (_, e) => spread(runs.map((run) => run.random[e]!.loss ?? Number.NaN)).median,
            ),
          },
        },
      ],
      claims: [
        above(1.1, {
          id: 'memorising-rises',
          statement:
            'With shuffled labels the share of critical samples is larger at the end than at the start (ratio, each network).',
          source: 'book, section 1.2; Arpit et al. 2017',
          measured: runs.map((run) => run.random[end]!.ratio / run.random[0]!.ratio),
        }),
        above(2, {
          id: 'memorising-has-more',
          statement:
            'At the end a network that learnt shuffled labels has more than twice as many as one that learnt the true ones (ratio of the shares).',
          source: 'Arpit et al. 2017, section 4.3',
          measured: runs.map((run) => run.random[end]!.ratio / run.real[end]!.ratio),
        }),
        below(1, {
          id: 'true-labels-fall',
          statement: 'With the true labels of MNIST the share falls (at the end, over that at the start).',
          source: 'measured here, against the book, section 1.2',
          measured: runs.map((run) => run.real[end]!.ratio / run.real[0]!.ratio),
        }),
      ],
      figures: [
        lineFigure({
          id: 'critical-samples',
          title: 'Critical sample ratio during training',
          caption: `Share of test images with a point of another class within ${p.radius} in every pixel; median, least and greatest of ${p.seeds} networks.`,
          x: { title: 'epoch' },
          y: { title: 'share of critical samples', domain: [0, 1] },
          lines: (['real', 'random'] as const).map((kind) => {
            const of = p.epochs.map((_, e) => spread(ratios(kind, e)));
            return {
              name: kind === 'real' ? 'true labels' : 'shuffled labels',
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
