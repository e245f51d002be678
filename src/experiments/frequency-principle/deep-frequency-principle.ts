/**
 * The deep frequency principle: deeper layers face lower frequencies (Xu and Zhou 2021; slides, same name).
 *
 * What layer l and those above it have to learn is the map from layer l's input, the output of layer l - 1, to the label:
 * its effective target. Its low-frequency ratio is the share of the labels' power (their mean taken off) that is left by
 * a Gaussian filter in the space of that input, eq. (1.10) of the book: `sum |y_low|^2 / sum |y|^2`.
 *
 * Layers differ in scale and width, so delta is given in units of each layer's own variance: `delta = share * total
 * variance of the layer's inputs`. For narrow filters that is not enough: in 784 dimensions fewer neighbours lie within it than among
 * 100 features whose points lie along a few directions, and what is alone in its neighbourhood is its own low part whatever the
 * labels. At a share of 0.1 the images' ratio, 0.75, is larger than that of the first hidden layer, 0.68, for that reason (at 0.03 it is
 * 1). So beside the ratio stands that over the ratio of the same inputs with the labels in random order: how much lower
 * than chance the effective target is, 1.7 times for the images and 15 for that layer. The ratio itself is claimed from a share of 0.3 on.
 * (Of wide filters little is left at any layer, 0.003 to 0.02 of the power at a share of 1, and over chance the last layers are alike.)
 *
 * The control is the same networks before training: random layers do not lower what the next one faces. That this is why deep networks
 * train faster is what the source concludes; it is not measured here.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, common, defineExperiment, increasing, spread } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { createModel, type Model, mlp } from '../../nets/index.js';
import { firstComponent, gaussianFilter } from '../../spectrum/index.js';
import { rms, stacked } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { classifierTraining, firstRows, lessMeans, oneHot, shuffled } from '../support/classification.js';
import { medianBand } from '../support/order.js';
import { trainInStages } from '../support/stages.js';

const parameters = z.object({
  samples: z.int().min(200).max(60_000).default(10_000).describe('training images of MNIST'),
  filtered: z.int().min(100).max(10_000).default(3000).describe('of these, how many are filtered'),
  width: z.int().min(2).default(200).describe('units of each hidden layer'),
  depth: z.int().min(2).default(5).describe('hidden layers'),
  activation: z.enum(['tanh', 'relu']).default('tanh').describe('of the hidden layers'),
  shares: z
    .array(z.number().positive())
    .min(1)
    .default([0.1, 0.3, 0.5, 1])
    .describe("variances of the filter, in units of the total variance of a layer's inputs"),
  learningRate: common.learningRate(3e-4, 'Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z
    .array(z.number().positive())
    .min(2)
    .default([0.5, 1, 2, 4, 8, 16])
    .describe('when the ratios are measured, ascending, beside the start'),
  networks: common.networks(),
});

/** Random orders of the labels: of one alone the ratio of a wide filter, some 1e-4, varies by a third. */
const shuffles = 4;

export const deepFrequencyPrinciple = defineExperiment({
  id: 'deep-frequency-principle',
  title: 'Deeper layers face lower frequencies',
  source: [cite('notesSlides', 'deep frequency principle'), cite('xu2021')].join('; '),
  statement:
    'Through training the effective target of a deeper hidden layer, the map from its input to the labels, comes to lie at ' +
    'lower frequencies than that of a shallower one, further below what labels in random order would give.',
  formula:
    'LFR_l = Σ_j |y_j^{low}|^2 / Σ_j |y_j|^2,  low-passed over the inputs of layer l, over that of shuffled labels',
  parameters,
  presets: {
    quick: {
      samples: 2000,
      filtered: 800,
      width: 100,
      depth: 4,
      epochs: [1, 2, 4, 8],
      batchSize: 50,
      learningRate: 5e-4,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 200 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal } = context;
    const set = await data.mnist({ count: p.samples });
    const size = set.images.shape[1] ?? 0;
    const n = Math.min(p.filtered, p.samples);
    const points = firstRows(set.images, n);
    const labels = firstRows(set.labels, n);
    const spec = mlp({
      input: size,
      hidden: Array<number>(p.depth).fill(p.width),
      output: set.classes,
      activation: p.activation,
    });
    const own = lessMeans(oneHot(labels, set.classes).data, n);
    const chance = seeds(shuffles, 'labels').map((seed) => oneHot(shuffled(labels, seed), set.classes).data);
    const targets = beside([own, ...chance.map((values) => lessMeans(values, n))], n);
    const columns = set.classes * (1 + shuffles);
    /** By layer and filter: the ratio of the effective target, and of the labels in random order. */
    const ratios = async (model: Model) => {
      const found: { ratio: number; chance: number }[][] = [];
      for (const layer of range(0, p.depth)) {
        const inputs = await inputsOf(model, layer, points);
        const { variance, explained } = await firstComponent(inputs, { signal });
        const deltas = p.shares.map((share) => (share * variance) / explained);
        const { low } = await gaussianFilter(inputs, targets, { deltas, signal });
        const share = (part: ArrayLike<number>): number => (rms(part) / rms(own)) ** 2;
        found.push(
          rows(low).map((part) => ({
            ratio: share(part.filter((_, i) => i % columns < set.classes)),
            chance: share(part.filter((_, i) => i % columns >= set.classes)),
          })),
        );
      }
      return found;
    };
    return trainInStages(context, {
      cells: seeds(p.networks).map((seed) => ({ seed })),
      run: ({ seed }) => ({ seed, spec }),
      shared: classifierTraining(set, p),
      at: [0, ...p.epochs.map((epoch) => Math.max(1, Math.round((epoch * p.samples) / p.batchSize)))],
      what: 'filtering',
      name: ({ seed }) => `seed ${seed}`,
      look: (_, model) => ratios(model),
    });
  },

  present(runs, p) {
    const layers = range(1, p.depth + 1);
    const names = layers.map((l) => `layer ${l}`);
    const epochs = [0, ...p.epochs];
    const last = epochs.length - 1;
    /** The ratio by layer, of a network at a record and for a filter; and over that of chance. */
    const ratio = (run: (typeof runs)[number], e: number, s: number): number[] =>
      layers.map((l) => run[e]?.[l - 1]?.[s]?.ratio ?? Number.NaN);
    const lower = (run: (typeof runs)[number], e: number, s: number): number[] =>
      ratio(run, e, s).map((own, l) => own / (run[e]?.[l]?.[s]?.chance ?? Number.NaN));
    const median = (e: number, l: number, s: number): number =>
      spread(runs.map((run) => lower(run, e, s)[l] ?? Number.NaN)).median;
    const plain = (e: number, l: number, s: number): number =>
      spread(runs.map((run) => ratio(run, e, s)[l] ?? Number.NaN)).median;
    const wide = p.shares.map((_, s) => s).filter((s) => (p.shares[s] ?? 0) >= 0.3);
    const every = (e: number): number[][] => runs.flatMap((run) => wide.map((s) => ratio(run, e, s)));
    const cells = epochs.flatMap((_, e) => layers.flatMap((l) => p.shares.map((_, s) => ({ e, l: l - 1, s }))));
    const untrained = 'the same networks before training';
    const growth = (e: number): number[][] =>
      runs.map((run) =>
        p.shares.map((_, s) => (lower(run, e, s).at(-1) ?? Number.NaN) / (lower(run, e, s)[0] ?? Number.NaN)),
      );
    const source = [cite('notesSlides', 'deep frequency principle'), cite('xu2021')].join('; ');
    return {
      metrics: Object.fromEntries(layers.map((l) => [`lower_layer_${l}`, median(last, l - 1, 0)])),
      tables: [
        {
          id: 'ratios',
          title:
            'Low-frequency ratio of the effective target, and over that of labels in random order (medians over the networks)',
          columns: {
            epoch: cells.map(({ e }) => epochs[e] ?? 0),
            layer: cells.map(({ l }) => l + 1),
            'filter variance (share of the total)': cells.map(({ s }) => p.shares[s] ?? 0),
            ratio: cells.map(({ e, l, s }) => plain(e, l, s)),
            'over chance': cells.map(({ e, l, s }) => median(e, l, s)),
          },
        },
      ],
      claims: [
        increasing({
          id: 'deeper-is-lower',
          statement: `After ${epochs[last]} epochs the low-frequency ratio of the effective target rises from layer to layer, for filters of a share of 0.3 or more (a row for each network and filter).`,
          source,
          measured: every(last),
          labels: names,
          control: { id: 'untrained', statement: untrained, measured: every(0) },
        }),
        atLeast(1.35, {
          id: 'lower-than-chance',
          statement: `Over that of labels in random order it is at least 1.35 times as large for the last layer as for the images themselves, for every filter, in every one of ${p.networks} networks.`,
          source,
          measured: growth(last),
          labels: p.shares.map((share) => `delta = ${share}`),
          control: { id: 'untrained', statement: untrained, measured: growth(0) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'ratio-by-layer',
          title: 'Low-frequency ratio of the effective target by layer, over that of labels in random order',
          caption:
            "Median over the networks, a line for each epoch; delta in units of the total variance of a layer's inputs. Layer 1 sees the images themselves, so its point stays.",
          columns: 2,
          panels: p.shares.map((share, s) => ({
            title: `delta = ${share}`,
            x: { title: 'layer', values: layers },
            y: { title: 'ratio over chance', log: true },
            lines: epochs.map((epoch, e) => ({
              name: `epoch ${epoch}`,
              x: layers,
              y: layers.map((_, l) => median(e, l, s)),
              mark: 'both' as const,
            })),
          })),
        }),
        panelsFigure({
          id: 'ratio-by-epoch',
          title: 'Through training',
          caption: `Low-frequency ratio over that of labels in random order: median and band of ${p.networks} networks.`,
          columns: 2,
          panels: p.shares.map((share, s) => ({
            title: `delta = ${share}`,
            x: { title: 'epoch' },
            y: { title: 'ratio over chance', log: true },
            lines: names.map((name, l) =>
              medianBand(
                name,
                epochs,
                runs.map((run) => epochs.map((_, e) => lower(run, e, s)[l] ?? Number.NaN)),
              ),
            ),
          })),
        }),
      ],
    };
  },
});

/** What hidden layer `layer` (0: the first) sees: the network cut before it, with the same weights. */
async function inputsOf(model: Model, layer: number, points: NdArray): Promise<NdArray> {
  if (layer === 0) return points;
  const cut = createModel({ input: model.spec.input, layers: model.spec.layers.slice(0, 2 * layer) }, { seed: 0 });
  const names = Object.keys(cut.parameters());
  cut.setParameters(Object.fromEntries(Object.entries(model.parameters()).filter(([name]) => names.includes(name))));
  return cut.predict(points);
}

/** Arrays of n rows beside each other, `[n, columns of all]`. */
function beside(arrays: readonly Float64Array[], n: number): NdArray {
  const rows = Array.from({ length: n }, (_, i) =>
    arrays.flatMap((values) => [...values.subarray((i * values.length) / n, ((i + 1) * values.length) / n)]),
  );
  return stacked(rows);
}
