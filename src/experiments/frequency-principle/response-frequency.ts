/**
 * Response frequency depends on direction: high along the adversarial one (Xu, book, section 1.5.2, figure 1.9).
 *
 * The response frequency of a classifier is not that of the image: it says how fast the output changes as the input
 * moves. At each test image the probability of its class is looked at along a line, `p(x + t d)`, |d| = 1, t in
 * [-reach, reach]: once with d the sign of the loss's gradient (FGSM; Goodfellow, Shlens and Szegedy 2015), once with d of
 * random signs, which changes the image by as much in every pixel. The book says of the adversarial direction that it
 * "has strong high-frequency components": the amplitude spectrum along the line, with a Hann window, is compared from
 * frequency `cut` on (a few oscillations over the line). The bandwidth, which strength does not enter, is reported too.
 */
import { z } from 'zod';
import { alongLines, decisions, lossGradient } from '../../analysis/index.js';
import type { NdArray } from '../../core/ndarray.js';
import { above, atLeast, bandwidth, defineExperiment, refuseDiverged, spread } from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure, picturesFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { amplitudeSpectrum, gaussianNoise } from '../../spectrum/index.js';
import { rms, rowsOf } from '../support/arrays.js';
import { classifierLayers } from '../support/layers.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training images of MNIST'),
  probed: z.int().min(10).max(2000).default(500).describe('test images, of which those classified right are looked at'),
  hidden: z.array(z.int().min(1)).min(1).default([400, 200]).describe('widths of the hidden layers, ReLU'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(128).describe('images a step'),
  epochs: z.number().positive().default(10).describe('passes over the training images'),
  reach: z
    .number()
    .positive()
    .default(5.6)
    .describe('half the length of the line; 5.6 is 0.2 in each of the 784 pixels'),
  offsets: z.int().min(16).max(1024).default(128).describe('points on each line'),
  cut: z.number().positive().default(0.3).describe('least frequency of what counts as high, cycles per unit of length'),
  seeds: z.int().min(1).max(20).default(3).describe('classifiers'),
});

type Way = 'adversarial' | 'random';

interface Classifier {
  /** Images that it classifies right. */
  kept: number[];
  accuracy: number;
  gradient: NdArray;
  /** Probability of the class along each line, and its amplitude spectrum. */
  ways: Record<Way, Float64Array[]>;
  spectra: Record<Way, { rows: Float64Array[]; frequency: number[] }>;
}

export const responseFrequency = defineExperiment({
  id: 'response-frequency',
  title: 'Along the adversarial direction the response frequency is high',
  source: 'Xu, book (002), section 1.5.2, figure 1.9',
  statement:
    'A small change of an image, invisible in the frequencies of the image, turns the answer of a classifier: along that ' +
    'direction its output has strong high-frequency components, along a random direction of equal size it has not.',
  formula: 'Y(k) = (1/n) Σ_j h(x + t_j v) e^{−2πikt_j},  v = sign ∇_x L or random',
  parameters,
  presets: { quick: { samples: 3000, probed: 100, hidden: [128, 64], batchSize: 60, epochs: 6, seeds: 3 }, paper: {} },
  seconds: { quick: 3, paper: 60 },
  data: ['mnist'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.probed });
    const size = test.images.shape[1]!;
    const offsets = Array.from({ length: p.offsets }, (_, i) => p.reach * ((2 * i) / p.offsets - 1));
    const sampleRate = p.offsets / (2 * p.reach);
    const steps = Math.round((p.epochs * p.samples) / p.batchSize);
    const runs: Classifier[] = [];
    for (const [i, seed] of seeds(p.seeds).entries()) {
      const model = createModel({ input: size, layers: classifierLayers(p.hidden) }, { seed });
      const history = await model.train({
        x: set.images,
        y: set.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.samples),
        steps,
        record: { at: [] },
        signal,
        onProgress: training(`classifier ${i + 1} of ${p.seeds}`, steps),
      });
      refuseDiverged(history, 'MNIST');
      const gradient = await lossGradient(model, test.images, test.labels, { signal });
      const noise = gaussianNoise(gradient.data.length, { seed, stream: 'directions' });
      const right = decisions(await model.predict(test.images)).data;
      const kept = Array.from(right.keys()).filter((j) => right[j] === test.labels.data[j]);
      /** Probability of the image's class along each line, `[offsets]` for each image kept. */
      const along = async (way: NdArray): Promise<Float64Array[]> => {
        const points = alongLines(test.images, unitSigns(way, size), offsets);
        const logits = rowsOf(await model.predict(points, { signal }));
        return kept.map((j) =>
          Float64Array.from(offsets, (_, t) => probability(logits[j * p.offsets + t]!, test.labels.data[j]!)),
        );
      };
      const ways = {
        adversarial: await along(gradient),
        random: await along({ data: noise.data, shape: gradient.shape }),
      };
      const spectra = Object.fromEntries(
        Object.entries(ways).map(([name, lines]) => {
          const flat = Float64Array.from(lines.flatMap((line) => Array.from(line)));
          const found = amplitudeSpectrum(
            { data: flat, shape: [lines.length, p.offsets] },
            { sampleRate, window: 'hann' },
          );
          return [name, { rows: rowsOf(found.amplitude), frequency: Array.from(found.frequency.data) }];
        }),
      ) as Classifier['spectra'];
      runs.push({ kept, ways, spectra, gradient, accuracy: kept.length / p.probed });
    }

    const { frequency } = runs[0]!.spectra.adversarial;
    const high = frequency.map((f, k) => (f >= p.cut ? k : -1)).filter((k) => k >= 0);
    const strength = (rows: Float64Array[]): number[] => rows.map((row) => rms(high.map((k) => row[k]!)));
    const ratio = runs.map(({ spectra }) => {
      const [a, r] = [strength(spectra.adversarial.rows), strength(spectra.random.rows)];
      return { median: spread(a).median / spread(r).median, share: a.filter((v, j) => v > r[j]!).length / a.length };
    });
    const widths = (way: Way) =>
      runs.map(({ spectra }) => spread(spectra[way].rows.map((row) => bandwidth(row) * frequency[1]!)).median);
    const first = runs[0]!;
    const drawn = Math.min(6, first.kept.length);
    const typical = (way: Way): number[] =>
      frequency.map((_, k) => spread(first.spectra[way].rows.map((row) => row[k]!)).median);
    const one = first.kept[0]!;
    const image = test.images.data.subarray(one * size, (one + 1) * size);
    const way = unitSigns(first.gradient, size).data.subarray(one * size, (one + 1) * size);
    const turned = (reach: number): NdArray => ({
      data: Float64Array.from(image, (v, j) => v + reach * way[j]!),
      shape: [test.height, test.width],
    });
    // Where the class is no longer believed, on the side of growing loss.
    const turn = offsets.findIndex((t, j) => t > 0 && first.ways.adversarial[0]![j]! < 0.5);

    return {
      metrics: {
        accuracy: spread(runs.map((r) => r.accuracy)).median,
        strength_ratio: spread(ratio.map((r) => r.median)).median,
        bandwidth_adversarial: spread(widths('adversarial')).median,
        bandwidth_random: spread(widths('random')).median,
      },
      tables: [
        {
          id: 'strength',
          title: `Amplitude from ${p.cut} cycles per unit on, and bandwidth (95 % of the power), medians over the images`,
          columns: {
            classifier: runs.map((_, i) => i + 1),
            adversarial: runs.map((r) => spread(strength(r.spectra.adversarial.rows)).median),
            random: runs.map((r) => spread(strength(r.spectra.random.rows)).median),
            'bandwidth, adversarial': widths('adversarial'),
            'bandwidth, random': widths('random'),
          },
        },
      ],
      claims: [
        above(5, {
          id: 'stronger',
          statement: `Along the adversarial direction the high response frequencies (from ${p.cut} on) are more than 5 times as strong as along a random one (ratio of the medians over the images, each classifier).`,
          source: 'book, section 1.5.2',
          measured: ratio.map((r) => r.median),
        }),
        atLeast(0.9, {
          id: 'for-most-images',
          statement: 'They are stronger for at least 90 % of the images (share, each classifier).',
          source: 'book, section 1.5.2',
          measured: ratio.map((r) => r.share),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'lines',
          title: 'The answer along two directions',
          caption: `Probability of the own class at x + t d for ${drawn} test images, |d| = 1. Left: d is the sign of the gradient of the loss (FGSM). Right: random signs, as large in every pixel.`,
          panels: (['adversarial', 'random'] as const).map((name) => ({
            title: `${name} direction`,
            x: { title: 't (length)' },
            y: { title: 'probability of the class', domain: [0, 1.05] as const },
            lines: first.ways[name].slice(0, drawn).map((y, j) => ({ name: `image ${j + 1}`, x: offsets, y })),
          })),
        }),
        lineFigure({
          id: 'spectra',
          title: 'Response spectrum along two directions',
          caption:
            'Amplitude of the probability along the line, Hann window, median over the images (first classifier).',
          x: { title: 'frequency (cycles per unit of length)' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'adversarial', x: frequency, y: typical('adversarial'), color: colors.high },
            { name: 'random', x: frequency, y: typical('random'), color: colors.low, dash: [6, 3] },
          ],
        }),
        picturesFigure({
          id: 'adversarial-image',
          title: 'A digit, the direction, and the digit moved until its class is no longer believed',
          caption: `The change is ${turn < 0 ? p.reach : offsets[turn]!.toFixed(2)} long: ${((turn < 0 ? p.reach : offsets[turn]!) / Math.sqrt(size)).toFixed(3)} in every pixel. Compare figure 1.9 of the book.`,
          pictures: [
            { label: `the digit ${test.labels.data[one]}`, image: turned(0) },
            {
              label: 'sign of the gradient',
              image: { data: way.map((v) => 0.5 + 0.5 * Math.sign(v)), shape: [test.height, test.width] },
            },
            { label: 'moved', image: turned(turn < 0 ? p.reach : offsets[turn]!) },
          ],
        }),
      ],
    };
  },
});

/** The signs of each row of `[n, size]`, of length 1. */
function unitSigns({ data, shape }: NdArray, size: number): NdArray {
  return { data: data.map((v) => (v < 0 ? -1 : 1) / Math.sqrt(size)), shape: [shape[0]!, size] };
}

/** The softmax of a row at one class. */
function probability(logits: Float64Array, label: number): number {
  return 1 / logits.reduce((sum, v) => sum + Math.exp(v - logits[label]!), 0);
}
