/**
 * Critical samples during training (Arpit et al. 2017; Xu, book, section 1.2).
 *
 * A sample is critical when a point of another class, in the network's own eyes, lies within `radius` of it in every
 * coordinate. The share of such samples measures how many decision boundaries there are near the data, without labels.
 * It is looked at on test images, and compared from the end of the first epoch on: the logits of an untrained network are all
 * but tied, so that it has more critical samples than most trained ones (0.1 to 0.3 of CIFAR-10 and 0.8 of MNIST at the radii 0.003 and
 * 0.01), and a training that starts there is seen to lower them whatever it learns.
 *
 * The book says that critical samples become more and more with training. On CIFAR-10, the source's images, they do, and it is
 * fitting more than the first epoch found that does it: the same network which from then on learns its own decisions of that
 * moment, on the same images and in as many steps, moves its boundaries away from them (the share is halved).
 *
 * On MNIST the same training does the opposite. Digits are told apart after an epoch, and what follows takes boundaries out of
 * the data; with shuffled labels, which have to be memorised, their number rises. So it is no law of training: boundaries come
 * where there are exceptions to be fitted. (Shuffled labels of CIFAR-10 are no contrast here: 32 epochs hardly begin to
 * learn them, the loss is 2.1 of 2.3, and their shares move within those of the true ones.) The networks are counted together
 * there: at the smallest radius one has 3 to 9 critical samples in `quick`, and on seed 811 one of five went from 3 to 5.
 *
 * Several radii, since one may be chosen to suit: the claims are about all but the widest. At that one, 0.03, most images are
 * critical at any time, 0.7 to 1 on CIFAR-10, and the share of MNIST, 0.6 after one epoch, falls to 0.45 and comes back.
 *
 * The source trains convolutional networks; here they are dense, small enough for the search to take seconds.
 */
import { z } from 'zod';
import { criticalSamples, decisions } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import { above, atMost, common, defineExperiment, grid, spread } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { shuffled } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';
import { trainInStages } from '../support/stages.js';

const parameters = z.object({
  samples: z.int().min(100).max(50_000).default(5000).describe('training images of each set'),
  probed: z.int().min(50).max(10_000).default(1000).describe('test images whose neighbourhood is searched'),
  hidden: common.hidden([256, 256]),
  radii: z
    .array(z.number().positive())
    .min(2)
    .default([0.003, 0.01, 0.03])
    .describe('half the side of the box, in units of the gray scale, ascending; the claims are about all but the last'),
  iterations: z.int().min(1).default(20).describe('steps of the search'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z
    .array(z.number().positive())
    .min(2)
    .default([1, 2, 4, 8, 16, 32])
    .describe('when the share is measured, ascending; the first is what the others are compared with'),
  networks: common.networks(),
});

/** What is learnt, of which images. */
const kinds = {
  cifar10: { set: 'cifar10', labels: 'true', name: 'CIFAR-10, true labels' },
  own: { set: 'cifar10', labels: 'own', name: 'CIFAR-10, its own decisions' },
  mnist: { set: 'mnist', labels: 'true', name: 'MNIST, true labels' },
  shuffled: { set: 'mnist', labels: 'shuffled', name: 'MNIST, shuffled labels' },
} as const;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

export const criticalSamplesExperiment = defineExperiment({
  id: 'critical-samples',
  title: 'Critical samples become more where a network has exceptions to fit',
  source: [cite('xuBook', 'section 1.2'), cite('arpit2017', 'section 4: critical sample ratio')].join('; '),
  statement:
    'The share of samples with a point of another class in a small box around them grows as a network goes on fitting the ' +
    'labels of CIFAR-10, or shuffled labels of MNIST: the function becomes more complex. Where it has nothing more complex to ' +
    'learn, the true labels of MNIST or its own decisions, the boundaries move out of the data.',
  formula: 'CSR = #{x : class(x + d) ≠ class(x) for some d, max_i |d_i| ≤ r} / #{x}',
  parameters,
  presets: {
    quick: { samples: 2000, probed: 150, hidden: [128, 128], batchSize: 50, iterations: 10, epochs: [1, 32] },
    paper: {},
  },
  seconds: { quick: 25, paper: 2400 },
  data: ['mnist', 'cifar10'],

  async measure(context) {
    const { parameters: p, seeds, data, signal } = context;
    const sets = {
      mnist: {
        train: await data.mnist({ count: p.samples }),
        test: await data.mnist({ split: 'test', count: p.probed }),
      },
      cifar10: {
        train: await data.cifar10({ count: p.samples }),
        test: await data.cifar10({ split: 'test', count: p.probed }),
      },
    };
    const cells = grid({ kind: names, seed: seeds(p.networks) }).map(({ kind, seed }) => {
      const { set, labels } = kinds[kind];
      const { train, test } = sets[set];
      return { kind, seed, train, test, y: labels === 'shuffled' ? shuffled(train.labels, seed) : train.labels };
    });
    const seen = await trainInStages(context, {
      cells,
      run: ({ seed, train, y }) => ({
        seed,
        x: train.images,
        y,
        spec: { input: train.images.shape[1] ?? 0, layers: classifierLayers(p.hidden) },
      }),
      shared: {
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.samples),
      },
      at: p.epochs.map((epoch) => Math.max(1, Math.round((epoch * p.samples) / p.batchSize))),
      what: 'searching around test images',
      name: ({ kind }) => kinds[kind].name,
      async look(cell, model, stage, loss) {
        if (stage === 0 && kinds[cell.kind].labels === 'own')
          cell.y = decisions(await model.predict(cell.train.images, { signal }));
        // One thread each: the network is too small to share.
        const search = { iterations: p.iterations, seed: cell.seed, threads: 1, signal };
        const found = await Promise.all(
          p.radii.map((radius) => criticalSamples(model, cell.test.images, { ...search, radius })),
        );
        return { ratios: found.map(({ ratio }) => ratio), loss };
      },
    });
    return cells.map(({ kind }, i) => ({
      kind,
      ratios: seen[i]?.map(({ ratios }) => ratios) ?? [],
      loss: seen[i]?.map(({ loss }) => loss) ?? [],
    }));
  },

  present(runs, p) {
    const of = (kind: Kind) => runs.filter((run) => run.kind === kind);
    const last = p.epochs.length - 1;
    const small = p.radii.slice(0, -1);
    /** The share at the end over that at the first record, by radius. */
    const growth = (kind: Kind): number[][] =>
      of(kind).map(({ ratios }) =>
        small.map((_, i) => (ratios[last]?.[i] ?? Number.NaN) / (ratios[0]?.[i] ?? Number.NaN)),
      );
    const middle = (kind: Kind, e: number, i: number): number =>
      spread(of(kind).map(({ ratios }) => ratios[e]?.[i] ?? Number.NaN)).median;
    const together = (kind: Kind): number[] => {
      const sum = (e: number, i: number): number =>
        of(kind).reduce((all, { ratios }) => all + (ratios[e]?.[i] ?? Number.NaN), 0);
      return small.map((_, i) => sum(last, i) / sum(0, i));
    };
    const control = (kind: Kind, statement: string) => ({ id: kind, statement, measured: growth(kind) });
    const from = `from epoch ${p.epochs[0]} to epoch ${p.epochs[last]}`;
    const labels = small.map((radius) => `radius ${radius}`);
    return {
      metrics: Object.fromEntries(
        names.flatMap((kind) => [
          [`ratio_first_${kind}`, middle(kind, 0, small.length - 1)],
          [`ratio_last_${kind}`, middle(kind, last, small.length - 1)],
        ]),
      ),
      tables: [
        {
          id: 'critical-samples',
          title: `Share of ${p.probed} test images with another class within the radius in every coordinate, median of ${p.networks} networks`,
          columns: {
            radius: p.radii.flatMap((radius) => p.epochs.map(() => radius)),
            epoch: p.radii.flatMap(() => p.epochs),
            ...Object.fromEntries(
              names.map((kind) => [
                kinds[kind].name,
                p.radii.flatMap((_, i) => p.epochs.map((_, e) => middle(kind, e, i))),
              ]),
            ),
          },
        },
        {
          id: 'loss',
          title: 'Training loss of the last step, median',
          columns: {
            epoch: p.epochs,
            ...Object.fromEntries(
              names.map((kind) => [
                kinds[kind].name,
                p.epochs.map((_, e) => spread(of(kind).map(({ loss }) => loss[e] ?? Number.NaN)).median),
              ]),
            ),
          },
        },
      ],
      claims: [
        above(1, {
          id: 'cifar10-rises',
          statement: `On the true labels of CIFAR-10 the share of critical samples grows ${from}, in every one of ${p.networks} networks.`,
          source: [cite('xuBook', 'section 1.2'), cite('arpit2017', 'critical sample ratio throughout training')].join(
            '; ',
          ),
          measured: growth('cifar10'),
          labels,
          control: control(
            'own',
            'the same networks, which from the first of these epochs on learn their own decisions',
          ),
        }),
        above(1, {
          id: 'memorising-rises',
          statement: `With shuffled labels of MNIST it grows ${from}, in every one of ${p.networks} networks.`,
          source: cite('arpit2017', 'random labels'),
          measured: growth('shuffled'),
          labels,
          control: control('mnist', 'the true labels'),
        }),
        atMost(1, {
          id: 'true-labels-of-mnist-do-not',
          statement: `With the true labels of MNIST the critical samples of the ${p.networks} networks together are no more at epoch ${p.epochs[last]} than at epoch ${p.epochs[0]}.`,
          source: cite('fprinciple', 'against the book, section 1.2: it is no law of training'),
          measured: together('mnist'),
          labels,
          control: { id: 'shuffled', statement: 'shuffled labels', measured: together('shuffled') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'critical-samples',
          title: 'Critical sample ratio during training',
          caption: `Share of test images with a point of another class within the radius in every pixel; median and band of ${p.networks} networks.`,
          columns: p.radii.length,
          panels: (['cifar10', 'mnist'] as const).flatMap((set) =>
            p.radii.map((radius, i) => ({
              title: `${set === 'mnist' ? 'MNIST' : 'CIFAR-10'}, radius ${radius}`,
              x: { title: 'epoch', log: true },
              y: { title: 'share of critical samples', domain: [0, 1] as const },
              lines: names
                .filter((kind) => kinds[kind].set === set)
                .map((kind) => ({
                  ...medianBand(
                    { true: 'true labels', own: 'its own decisions', shuffled: 'shuffled labels' }[kinds[kind].labels],
                    p.epochs,
                    of(kind).map(({ ratios }) => ratios.map((found) => found[i] ?? Number.NaN)),
                  ),
                  mark: 'both' as const,
                })),
            })),
          ),
        }),
      ],
    };
  },
});
