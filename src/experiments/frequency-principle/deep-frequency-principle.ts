/**
 * The deep frequency principle: deeper layers face lower frequencies (Xu and Zhou 2021; slides, same name).
 *
 * What layer l and those above it have to learn is the map from layer l's input, the output of layer l - 1, to the label:
 * its effective target. Its low-frequency ratio is the share of the labels' power (their mean taken off) that is left by
 * a Gaussian filter in the space of that input, eq. (1.10) of the book: `sum |y_low|^2 / sum |y|^2`.
 *
 * Layers differ in scale and width, so delta is given in units of each layer's own variance: `delta = share * total
 * variance of the layer's inputs`. A ratio that grows because features merely grow is thereby excluded. The filter must be
 * wide enough to see neighbours: at a share of 0.03 every image is alone in its 784 dimensions, the filter is the identity
 * and the ratio 1 whatever the labels (0.9998 for the images, measured), which is why the shares start at 0.3.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { atLeast, defineExperiment, increasing, refuseDiverged, spread } from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { createModel, type Model, mlp, type TrainingState } from '../../nets/index.js';
import { firstComponent, gaussianFilter } from '../../spectrum/index.js';
import { mean, rms, rowsOf } from '../support/arrays.js';
import { oneHot } from '../support/classification.js';

const parameters = z.object({
  samples: z.int().min(200).max(60_000).default(10_000).describe('training images of MNIST'),
  filtered: z.int().min(100).max(10_000).default(3000).describe('of these, how many are filtered'),
  width: z.int().min(2).default(200).describe('units of each hidden layer'),
  depth: z.int().min(2).default(5).describe('hidden layers'),
  activation: z.enum(['tanh', 'relu']).default('tanh').describe('of the hidden layers'),
  shares: z
    .array(z.number().positive())
    .min(1)
    .default([0.3, 0.5, 1])
    .describe("variances of the filter, in units of the total variance of a layer's inputs"),
  learningRate: z.number().positive().default(3e-4).describe('of Adam'),
  batchSize: z.int().min(1).default(100).describe('images a step'),
  epochs: z
    .array(z.number().min(0))
    .min(2)
    .default([0, 0.5, 1, 2, 4, 8, 16])
    .describe('when the ratios are measured, ascending'),
  seeds: z.int().min(1).max(20).default(3).describe('networks'),
});

export const deepFrequencyPrinciple = defineExperiment({
  id: 'deep-frequency-principle',
  title: 'Deeper layers face lower frequencies',
  source: 'Slides (001), deep frequency principle; Xu and Zhou 2021',
  statement:
    'During training the effective target of a deeper hidden layer, the map from its input to the labels, is biased ' +
    'towards lower frequencies than that of a shallower one, which explains why depth speeds up training.',
  formula: 'LFR_l = Σ_j |y_j^{low}|^2 / Σ_j |y_j|^2,  low-passed over the inputs of layer l',
  parameters,
  presets: {
    quick: {
      samples: 2000,
      filtered: 800,
      width: 100,
      depth: 4,
      epochs: [0, 1, 2, 4, 8],
      batchSize: 50,
      seeds: 2,
      learningRate: 5e-4,
    },
    paper: {},
  },
  seconds: { quick: 2, paper: 40 },
  data: ['mnist'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const set = await data.mnist({ count: p.samples });
    const size = set.images.shape[1]!;
    const n = Math.min(p.filtered, p.samples);
    const points = { data: set.images.data.subarray(0, n * size), shape: [n, size] };
    const labels = centred(oneHot({ data: set.labels.data.subarray(0, n), shape: [n] }, set.classes));
    const spec = mlp({
      input: size,
      hidden: Array(p.depth).fill(p.width),
      output: set.classes,
      activation: p.activation,
    });
    const at = p.epochs.map((epoch) => Math.round((epoch * p.samples) / p.batchSize));

    /** `[layers, shares]`: the ratio of the effective target of every layer that has inputs of its own. */
    const ratios = async (model: Model): Promise<number[][]> => {
      const found: number[][] = [];
      for (let layer = 0; layer <= p.depth; layer++) {
        const inputs = await inputsOf(model, layer, points);
        const { variance, explained } = await firstComponent(inputs, { signal });
        const { low } = await gaussianFilter(inputs, labels, {
          deltas: p.shares.map((share) => (share * variance) / explained),
          signal,
        });
        found.push(rowsOf(low).map((part) => (rms(part) / rms(labels.data)) ** 2));
      }
      return found;
    };
    const runs: number[][][][] = [];
    for (const [i, seed] of seeds(p.seeds).entries()) {
      const model = createModel(spec, { seed });
      const records: number[][][] = [];
      let resume: TrainingState | undefined;
      for (const step of at) {
        if (step > (resume?.step ?? 0)) {
          const history = await model.train({
            x: set.images,
            y: set.labels,
            loss: 'crossEntropy',
            optimizer: { type: 'adam', learningRate: p.learningRate },
            batchSize: Math.min(p.batchSize, p.samples),
            steps: step - (resume?.step ?? 0),
            record: { at: [] },
            ...(resume && { resume }),
            signal,
            onProgress: training(`network ${i + 1} of ${p.seeds}`, step),
          });
          refuseDiverged(history, 'MNIST');
          resume = history.state;
        }
        records.push(await ratios(model));
      }
      runs.push(records);
    }
    const layers = Array.from({ length: p.depth + 1 }, (_, l) => l + 1);
    const names = layers.map((l) => `layer ${l}`);
    const last = p.epochs.length - 1;
    const of = (run: number[][][], e: number, share: number): number[] => run[e]!.map((layer) => layer[share]!);
    const trainedAt = p.epochs.map((_, e) => e).filter((e) => p.epochs[e]! >= 1);
    const rises = (values: number[]): number =>
      values.filter((v, l) => l > 0 && v > values[l - 1]!).length / (values.length - 1);
    const median = (e: number, l: number, share: number): number => spread(runs.map((r) => r[e]![l]![share]!)).median;

    return {
      metrics: Object.fromEntries(names.map((name, l) => [`ratio_${name.replace(' ', '_')}`, median(last, l, 0)])),
      tables: [
        {
          id: 'ratios',
          title: 'Low-frequency ratio of the effective target (median over the networks)',
          columns: {
            epoch: p.epochs.flatMap((epoch) => layers.flatMap(() => p.shares.map(() => epoch))),
            layer: p.epochs.flatMap(() => layers.flatMap((l) => p.shares.map(() => l))),
            'filter variance (share of the total)': p.epochs.flatMap(() => layers.flatMap(() => p.shares)),
            ratio: p.epochs.flatMap((_, e) => layers.flatMap((_, l) => p.shares.map((_, s) => median(e, l, s)))),
          },
        },
      ],
      claims: [
        increasing({
          id: 'deeper-is-lower',
          statement: `After ${p.epochs[last]} epochs the low-frequency ratio of the effective target rises from layer to layer (a row for each network and filter).`,
          source: 'slides (001), deep frequency principle; Xu and Zhou 2021',
          measured: runs.flatMap((run) => p.shares.map((_, s) => of(run, last, s))),
          labels: names,
        }),
        atLeast(0.9, {
          id: 'during-training',
          statement:
            'Through training, from the first epoch on: share of the neighbouring layers of which the deeper has the higher ratio (each network, all records and filters).',
          source: 'slides (001), deep frequency principle',
          measured: runs.map((run) => mean(trainedAt.flatMap((e) => p.shares.map((_, s) => rises(of(run, e, s)))))),
        }),
        increasing({
          id: 'training-lowers',
          statement:
            "Training lowers the frequency of the last layer's effective target (ratio by epoch, narrowest filter, median over the networks).",
          source: 'Xu and Zhou 2021',
          measured: p.epochs.map((_, e) => median(e, p.depth, 0)),
          labels: p.epochs.map((epoch) => `epoch ${epoch}`),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'ratio-by-layer',
          title: 'Low-frequency ratio of the effective target by layer',
          caption:
            "Median over the networks, a line for each epoch; delta in units of the total variance of a layer's inputs. Layer 1 sees the images themselves, so its line's first point stays.",
          panels: p.shares.map((share, s) => ({
            title: `delta = ${share}`,
            x: { title: 'layer', values: layers },
            y: { title: 'low-frequency ratio' },
            lines: p.epochs.map((epoch, e) => ({
              name: `epoch ${epoch}`,
              x: layers,
              y: layers.map((_, l) => median(e, l, s)),
              mark: 'both' as const,
            })),
          })),
        }),
        lineFigure({
          id: 'ratio-by-epoch',
          title: 'Low-frequency ratio through training',
          caption: `Median over the networks, delta = ${p.shares[0]} of the total variance.`,
          x: { title: 'epoch' },
          y: { title: 'low-frequency ratio' },
          lines: names.map((name, l) => ({
            name,
            x: p.epochs,
            y: p.epochs.map((_, e) => median(e, l, 0)),
            mark: 'both' as const,
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

/** Each column less its mean. */
function centred({ data, shape }: NdArray): NdArray {
  const [n = 0, c = 0] = shape;
  const means = Array.from({ length: c }, (_, j) => mean(Array.from({ length: n }, (_, i) => data[i * c + j]!)));
  return { data: data.map((v, i) => v - means[i % c]!), shape };
}
