/**
 * Cross-entropy plus a penalty on the weights' high frequencies (unsigned notes on Fourier analysis, "frequency-regularised
 * training").
 *
 * The source's penalty compares mean magnitudes; here it is the share of the power, with true frequencies: of the
 * two-dimensional DFT of a weight `[out, in]` that at frequencies longer than `cutoff` of Nyquist, between 0 and 1 for each layer
 * whatever the weight's scale, so that shrinking weights does not lower it. The source's sketch slices the last axis at half of
 * the number of ALL elements: for more than one output that is beyond its end, the slice is empty, its mean NaN and the training
 * with it. (The other half, to which a shorter slice would have gone, are the conjugates.)
 *
 * Neighbouring units have no order, so a frequency along the outputs means what the penalty makes of it; along the inputs
 * of the first layer, neighbours are neighbouring pixels of a row. So the penalty sees frequencies along the rows of the
 * pictures that the first layer's weights are, and is blind to those down the columns, 28 inputs apart: with 10,000 digits
 * the share beyond half of Nyquist falls from 0.23 to 0.09 along rows and rises from 0.24 to 0.48 down columns. A claim
 * that the pictures as such become smooth, which the quick preset once seemed to bear out, is therefore wrong: columns are
 * the control of rows.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  below,
  common,
  decreasing,
  defineExperiment,
  equalTo,
  grid,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { panelsFigure, picturesFigure } from '../../figures/index.js';
import { bandEnergies, fftfreq } from '../../spectrum/index.js';
import { mean } from '../support/arrays.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training digits'),
  test: z.int().min(100).max(10_000).default(10_000).describe('test digits'),
  hidden: common.hidden([256, 128]),
  alpha: z.number().positive().default(0.1).describe('weight of the penalty'),
  weak: z.number().positive().default(0.01).describe("the source's weight of it"),
  strong: z.number().positive().default(10).describe('a weight of it that does harm'),
  cutoff: z.number().positive().max(0.99).default(0.5).describe('where high begins, of the Nyquist frequency'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(100).describe('digits a step'),
  epochs: z.number().positive().default(5).describe('passes over the training digits'),
  networks: common.networks(),
});

const kinds = ['none', 'weak', 'alpha', 'strong'] as const;
type Kind = (typeof kinds)[number];

export const frequencyRegularizedTraining = defineExperiment({
  id: 'frequency-regularized-training',
  title: "Training with a penalty on the weights' high frequencies",
  source: cite('notesFourier', 'frequency-regularised training'),
  statement:
    'A classifier of digits is trained with cross-entropy plus a penalty on the share of high frequencies in its weights. ' +
    'The share falls and the accuracy stays within one point.',
  formula: 'L = cross-entropy + α Σ_{k high} |ŵ(k)|^2 / Σ_k |ŵ(k)|^2',
  parameters,
  presets: { quick: { samples: 4000, test: 2000, hidden: [128, 64], epochs: 4 }, paper: {} },
  seconds: { quick: 12, paper: 1000 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data } = context;
    const train = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.test });
    const side = train.height;
    const size = side * side;
    const batchSize = Math.min(p.batchSize, p.samples);
    const steps = Math.max(1, Math.round((p.epochs * p.samples) / batchSize));
    const trained = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      run: ({ kind, seed }) => ({
        seed,
        // A weight of 1e-9 records the share and changes nothing.
        penalty: { type: 'weightSpectrum', alpha: kind === 'none' ? 1e-9 : p[kind], cutoff: p.cutoff },
      }),
      shared: {
        x: train.images,
        y: train.labels,
        spec: { input: size, layers: classifierLayers(p.hidden) },
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps,
        batchSize,
        record: { every: Math.max(1, Math.floor(steps / 30)) },
        probes: { accuracy: { type: 'accuracy', points: test.images, labels: test.labels } },
      },
      keep: 'parameters',
    });
    const layers = p.hidden.length + 1;
    const fits = trained.map(({ kind, seed, steps: at, loss, parts, probes, parameters: weights }) => {
      const weight = weights['layers.0.weight'] ?? { data: new Float32Array(), shape: [0, size] };
      const pictures = { data: weight.data, shape: [weight.shape[0] ?? 0, side, side] };
      return {
        kind,
        steps: at,
        loss,
        task: parts.task ?? [],
        penalty: parts.weightFrequency ?? [],
        /** Mean share of the layers. */
        share: (parts.weightFrequency ?? []).map((v) => v / layers),
        accuracy: Array.from(probes.accuracy.values.data),
        alongRows: highShare(pictures, p.cutoff),
        downColumns: highShare(turned(pictures), p.cutoff),
        units:
          seed === trained[0]?.seed
            ? rows(pictures)
                .slice(0, 4)
                .map((unit) => unitPicture(unit, side))
            : [],
      };
    });
    const dims = [size, ...p.hidden, 10];
    // Of independent entries every frequency has the same power: the share of the frequencies themselves.
    const white = mean(
      [...p.hidden, 10].map((out, l) => {
        const [v, h] = [fftfreq(out).data, fftfreq(dims[l] ?? 1).data];
        const high = Array.from(v, (a) => Array.from(h).filter((b) => Math.hypot(a, b) > p.cutoff / 2).length);
        return high.reduce((a, b) => a + b, 0) / (v.length * h.length);
      }),
    );
    return { size, white, fits };
  },

  present({ size, white, fits }, p) {
    type Fit = (typeof fits)[number];
    const of = (kind: Kind) => fits.filter((fit) => fit.kind === kind);
    const [plain, weak, penalised, strong] = [of('none'), of('weak'), of('alpha'), of('strong')];
    const last = (values: ArrayLike<number>) => values[values.length - 1] ?? Number.NaN;
    const begin = ({ share }: Fit) => share[0] ?? Number.NaN;
    const fall = (list: Fit[]) => list.map((fit) => last(fit.share) / begin(fit));
    const toPlain = (list: Fit[]) => list.map(({ share }, i) => last(share) / last(plain[i]?.share ?? []));
    /** Each network in the place of the one before it. */
    const nextOf = (list: Fit[]) => [...list.slice(1), ...list.slice(0, 1)];
    const byWeight = (read: 'alongRows' | 'downColumns') =>
      plain.map((fit, i) => [fit, weak[i], penalised[i]].map((one) => one?.[read] ?? Number.NaN));
    const costs = (list: Fit[]) => list.map(({ accuracy }, i) => last(plain[i]?.accuracy ?? []) - last(accuracy));
    const less = (of: 'alongRows' | 'downColumns') =>
      penalised.map((fit, i) => (plain[i]?.[of] ?? Number.NaN) - fit[of]);
    /** Largest part of the total that the terms do not account for, the penalty times a weight. */
    const unaccounted = (alpha: number) =>
      penalised.map(({ loss, task, penalty }) =>
        Math.max(
          ...loss.map((total, r) => {
            const sum = (task[r] ?? Number.NaN) + alpha * (penalty[r] ?? Number.NaN);
            return Math.abs(total - sum) / total;
          }),
        ),
      );
    /** Elements of a row of a weight `[rows, size]` that the sketch's slice magnitude[..., n:], n half of all elements, keeps. */
    const sliced = (rows: number) => Math.max(0, size - Math.floor((rows * size) / 2));
    const [shown] = penalised;
    const median = (list: Fit[], read: (fit: Fit) => number) => spread(list.map(read)).median;
    const each = `in every one of ${p.networks} networks`;
    const without = { id: 'without', statement: 'without the penalty' };
    const names: Record<Kind, string> = {
      none: 'without',
      weak: `α = ${p.weak}`,
      alpha: `α = ${p.alpha}`,
      strong: `α = ${p.strong}`,
    };
    const bands = (read: (fit: Fit) => number[]) =>
      kinds.map((kind) => medianBand(names[kind], shown?.steps ?? [], of(kind).map(read)));
    return {
      metrics: Object.fromEntries(
        (
          [
            ['Plain', plain],
            ['Penalised', penalised],
          ] as const
        ).flatMap(([name, list]) => [
          [`accuracy${name}`, median(list, ({ accuracy }) => last(accuracy))],
          [`share${name}`, median(list, ({ share }) => last(share))],
          [`alongRows${name}`, median(list, ({ alongRows }) => alongRows)],
          [`downColumns${name}`, median(list, ({ downColumns }) => downColumns)],
        ]),
      ),
      tables: [
        {
          id: 'networks',
          title: 'Share of high frequencies and accuracy at the end, and the shares of the first layer as pictures',
          columns: {
            penalty: fits.map(({ kind }) => names[kind]),
            network: fits.map((_, i) => (i % p.networks) + 1),
            share: fits.map(({ share }) => last(share)),
            accuracy: fits.map(({ accuracy }) => last(accuracy)),
            'along rows': fits.map(({ alongRows }) => alongRows),
            'down columns': fits.map(({ downColumns }) => downColumns),
          },
        },
        {
          id: 'training',
          title: 'Total, task and frequency term by step, first network with the penalty',
          columns: {
            step: shown?.steps ?? [],
            total: shown?.loss ?? [],
            task: shown?.task ?? [],
            freq: shown?.penalty ?? [],
            accuracy: shown?.accuracy ?? [],
          },
        },
      ],
      claims: [
        equalTo(0, 0.02, {
          id: 'drawn',
          statement: `Weights as drawn are white: their mean share is the share of frequencies in the high band (difference), ${each}.`,
          source: cite('fprinciple', 'independent entries have a flat spectrum'),
          measured: penalised.map((fit) => begin(fit) - white),
          control: {
            statement: 'the same weights after the training with the penalty, by which they are no longer independent',
            measured: penalised.map(({ share }) => last(share) - white),
          },
        }),
        atMost(0.8, {
          id: 'falls',
          statement: `With the penalty (α = ${p.alpha}) the share of high frequencies falls to 80 % of what it was or less (ratio of last to first), ${each}.`,
          source: cite('notesFourier', '_frequency_penalty'),
          measured: fall(penalised),
          control: { ...without, measured: fall(plain) },
        }),
        below(0.9, {
          id: 'less-than-without',
          statement: `It ends below 90 % of what the training without the penalty has (ratio), ${each}.`,
          source: cite('notesFourier', 'frequency-regularised training'),
          measured: toPlain(penalised),
          control: {
            id: 'next-network',
            statement: 'the training of the next network without the penalty, over that of this one',
            measured: toPlain(nextOf(plain)),
          },
        }),
        decreasing({
          id: 'by-weight',
          statement: `The source's weight of the penalty, ${p.weak}, lowers it too, by less: power of the first layer's rows at high frequencies (share) without, with ${p.weak} and with ${p.alpha}, ${each}.`,
          source: cite('notesFourier', 'frequency-regularised training'),
          measured: byWeight('alongRows'),
          labels: (['none', 'weak', 'alpha'] as const).map((kind) => names[kind]),
          control: {
            id: 'columns',
            statement: 'down the columns of the same pictures, which to the penalty are far apart',
            measured: byWeight('downColumns'),
          },
        }),
        below(0.01, {
          id: 'accuracy',
          statement: `The accuracy on new digits loses less than one point, ${each}.`,
          source: cite('notesFourier', 'frequency-regularised training'),
          measured: costs(penalised),
          control: { id: 'strong', statement: `a weight of the penalty of ${p.strong}`, measured: costs(strong) },
        }),
        atMost(1e-5, {
          id: 'sum',
          statement: `Total is task plus α times freq, at every record (largest difference over the total), ${each}.`,
          source: cite('notesFourier', 'training_step'),
          measured: unaccounted(p.alpha),
          control: { statement: `the sum with α = ${p.weak}`, measured: unaccounted(p.weak) },
        }),
        atLeast(0.01, {
          id: 'pictures',
          statement: `The first layer's weights as pictures have less of their power at high frequencies along their rows than without (difference of the shares), ${each}.`,
          source: cite('fprinciple', 'what the penalty means where neighbours are pixels of a row'),
          measured: less('alongRows'),
          control: { id: 'columns', statement: 'down their columns', measured: less('downColumns') },
        }),
        equalTo(0, 0, {
          id: 'sketch',
          statement: "The sketch's slice of high frequencies is empty (elements of a row).",
          source: cite('notesFourier', 'magnitude[..., n:] with n = magnitude.numel() // 2'),
          measured: sliced(p.hidden[0] ?? 1),
          control: { statement: 'a layer of one unit', measured: sliced(1) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'training',
          title: 'Terms of the loss, and accuracy',
          caption: `Left: total, task (cross-entropy) and freq (the sum of the shares of the layers) with the penalty, first network. Right: accuracy on new digits, median and band of ${p.networks} networks.`,
          panels: [
            {
              title: 'terms by step',
              x: { title: 'step' },
              y: { title: 'loss', log: true },
              lines: [
                { name: 'total', x: shown?.steps ?? [], y: shown?.loss ?? [] },
                { name: 'task', x: shown?.steps ?? [], y: shown?.task ?? [] },
                { name: 'freq', x: shown?.steps ?? [], y: shown?.penalty ?? [] },
              ],
            },
            {
              title: 'accuracy by step',
              x: { title: 'step' },
              y: { title: 'accuracy' },
              lines: bands(({ accuracy }) => accuracy),
            },
            {
              title: 'share by step',
              x: { title: 'step' },
              y: { title: `mean share beyond ${p.cutoff} of Nyquist`, domain: [0, 1] },
              lines: bands(({ share }) => share),
            },
          ],
          columns: 3,
        }),
        picturesFigure({
          id: 'weights',
          title: 'Weights of the first units',
          caption: `Above without, below with the penalty (α = ${p.alpha}), first network; each over its largest entry.`,
          colorMap: 'diverging',
          range: [-1, 1],
          width: 110,
          columns: 4,
          pictures: [plain[0], shown].flatMap((fit, k) =>
            (fit?.units ?? []).map((image, i) => ({ label: k === 0 ? `unit ${i + 1}` : 'penalised', image })),
          ),
        }),
      ],
    };
  },
});

/** The share of the power of pictures' rows beyond `cutoff` of Nyquist's frequency. */
function highShare(pictures: NdArray, cutoff: number): number {
  const { data } = bandEnergies(pictures, { edges: [cutoff] });
  const sum = (of: number): number => Array.from(data).reduce((all, v, i) => (i % 2 === of ? all + v : all), 0);
  return sum(1) / (sum(0) + sum(1));
}

/** Square pictures `[n, side, side]` with rows and columns exchanged. */
function turned({ data, shape }: NdArray): NdArray {
  const side = shape.at(-1) ?? 1;
  const place = (i: number): number => i - (i % side ** 2) + (i % side) * side + (Math.floor(i / side) % side);
  return { data: Float64Array.from(data, (_, i) => data[place(i)] ?? Number.NaN), shape };
}

/** A square picture over its largest entry. */
function unitPicture(picture: Float64Array, side: number): NdArray {
  const most = picture.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return { data: picture.map((v) => v / most), shape: [side, side] };
}
