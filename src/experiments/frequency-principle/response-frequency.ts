/**
 * Response frequency depends on direction (Xu, book, section 1.5.2, figure 1.9).
 *
 * The response frequency of a classifier is not that of the image: it says how fast the output changes as the input
 * moves. At each test image the logit of its class, less the mean of all logits, is looked at along a line, `z(x + t d)`,
 * |d| = 1, t in [-reach, reach]: once with d the sign of the loss's gradient (FGSM; Goodfellow, Shlens and Szegedy 2015), once with
 * d of random signs, which changes the image by as much in every pixel. (Logits, and not probabilities: these are flat
 * where the classifier is sure, so that their spectrum along a random line is that of the window.)
 *
 * The book says of the adversarial direction that it "has strong high-frequency components". Two things are measured, with a Hann
 * window over the line. The **bandwidth**, the frequency under which 95 % of the power lie when the mean is taken off, in cycles a
 * line: it does not know how large the response is. And the **strength** of what lies from `cut` cycles on, the straight line
 * through the response taken off, since the gradient's direction is by its definition the steepest and a steep line has high
 * frequencies too.
 *
 * Both are larger along the adversarial direction, by a fifth and by ten times. A linear classifier has an adversarial
 * direction as well, in which its answer turns as readily; it has no frequencies, and fails both. That the bandwidth is larger is
 * learnt: in the same networks before training it is not (0.96 of that along a random line). The strength is not learnt: before
 * training it is larger by as much. Nor does it take the image's own direction: along that of another image both are about as
 * large (bandwidth 1.47 against 1.42, strength 0.7 of it). So there are steep directions, in which a trained network bends sharply,
 * and the adversarial one is one of them. On shorter lines
 * there is less to see (of 2.8: 1.05 to 1.15), on lines of 20, far outside the images, the bandwidths are the same: the claim is about 5.6.
 */

import { z } from 'zod';
import { alongLines, decisions, lossGradient } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, bandwidth, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure, picturesFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { amplitudeSpectrum, gaussianNoise } from '../../spectrum/index.js';
import { mean, rms } from '../support/arrays.js';
import { classifierTraining } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training images of MNIST'),
  probed: z.int().min(10).max(2000).default(500).describe('test images, of which those classified right are looked at'),
  hidden: common.hidden([400, 200]),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(128).describe('images a step'),
  epochs: z.number().positive().default(10).describe('passes over the training images'),
  reaches: z
    .array(z.number().positive())
    .min(1)
    .default([2.8, 5.6])
    .describe('half the length of the lines; 5.6 is 0.2 in each of the 784 pixels'),
  offsets: z.int().min(16).max(1024).default(128).describe('points on each line'),
  cut: z.int().min(1).default(4).describe('least frequency of what counts as high, cycles a line'),
  networks: common.networks(),
});

const ways = ['adversarial', 'random'] as const;
const kinds = ['network', 'untrained', 'linear'] as const;
type Kind = (typeof kinds)[number];
type Measure = 'bandwidth' | 'strength';

export const responseFrequency = defineExperiment({
  id: 'response-frequency',
  title: 'Along the adversarial direction the response frequency is high',
  source: cite('xuBook', 'section 1.5.2, figure 1.9'),
  statement:
    'A small change of an image, invisible in the frequencies of the image, turns the answer of a classifier: along that ' +
    'direction its output has stronger high-frequency components and a larger bandwidth than along a random direction of ' +
    'equal size. A linear classifier, which has such a direction too, has neither.',
  formula: 'Y(k) = (1/n) Σ_j z(x + t_j v) e^{−2πikj/n},  v = sign ∇_x L or random,  z the logit of the class',
  parameters,
  presets: {
    quick: { samples: 3000, probed: 100, hidden: [128, 64], batchSize: 60, epochs: 6, offsets: 64 },
    paper: {},
  },
  seconds: { quick: 5, paper: 200 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.probed });
    const size = set.images.shape[1] ?? 0;
    const specOf = (kind: Kind) => ({ input: size, layers: classifierLayers(kind === 'linear' ? [] : p.hidden) });
    const steps = Math.max(1, Math.round((p.epochs * p.samples) / p.batchSize));
    const trained = await trainAll(context, {
      cells: grid({ kind: ['network', 'linear'] as const, seed: seeds(p.networks) }),
      run: ({ kind, seed }) => ({ seed, spec: specOf(kind) }),
      shared: { ...classifierTraining(set, p), steps, record: { at: [] } },
      keep: 'parameters',
    });
    const untrained = seeds(p.networks).map((seed) => ({ kind: 'untrained' as const, seed, parameters: undefined }));
    const runs = [];
    for (const { kind, seed, parameters: weights } of [...trained, ...untrained]) {
      progress({ phase: 'lines through the test images', step: runs.length, steps: kinds.length * p.networks });
      const model = createModel(specOf(kind), { seed });
      if (weights) model.setParameters(weights);
      const gradient = await lossGradient(model, test.images, test.labels, { signal });
      const noise = gaussianNoise(gradient.data.length, { seed, stream: 'directions' });
      const right = decisions(await model.predict(test.images, { signal })).data;
      const kept = Array.from(right.keys()).filter((j) => kind === 'untrained' || right[j] === test.labels.data[j]);
      const directions = { adversarial: gradient, random: { data: noise.data, shape: gradient.shape } };
      const lines = [];
      for (const { way, reach } of grid({ way: ways, reach: p.reaches })) {
        const points = alongLines(test.images, unitSigns(directions[way], size), offsets(p.offsets, reach));
        const logits = rows(await model.predict(points, { signal }));
        const responses = kept.map((j) => {
          const own = test.labels.data[j] ?? 0;
          return logits.slice(j * p.offsets, (j + 1) * p.offsets).map((z) => (z[own] ?? Number.NaN) - mean(z));
        });
        const spectra = spectraOf(responses.map((line) => line.map((v) => v - mean(line))));
        const bent = spectraOf(responses.map(withoutLine));
        lines.push({
          way,
          reach,
          bandwidth: median(spectra.map((amplitudes) => bandwidth(amplitudes))),
          strength: median(bent.map((amplitudes) => rms(amplitudes.subarray(p.cut)))),
          /** The shape of the spectrum: of each image's amplitudes those of power 1 in all, the median over the images. */
          spectrum: Array.from({ length: p.offsets / 2 }, (_, k) =>
            median(spectra.map((a) => (a[k] ?? 0) / Math.hypot(...a))),
          ),
          drawn: responses.slice(0, 6),
        });
      }
      const [first] = kept;
      const at = <A extends NdArray>({ data }: A): number[] =>
        first === undefined ? [] : Array.from(data.subarray(first * size, (first + 1) * size));
      runs.push({
        kind,
        accuracy: kept.length / p.probed,
        lines,
        image: at(test.images),
        way: at(unitSigns(gradient, size)),
      });
    }
    return { runs, shape: [test.height, test.width] };
  },

  present({ runs, shape }, p) {
    const of = (kind: Kind) => runs.filter((run) => run.kind === kind);
    const lineOf = (run: (typeof runs)[number], way: (typeof ways)[number], reach: number) =>
      run.lines.find((line) => line.way === way && line.reach === reach);
    const ratios = (kind: Kind, measure: Measure): number[][] =>
      of(kind).map((run) =>
        p.reaches.map((reach) => {
          const [adversarial, random] = ways.map((way) => lineOf(run, way, reach)?.[measure] ?? Number.NaN);
          return (adversarial ?? Number.NaN) / (random ?? Number.NaN);
        }),
      );
    const control = (kind: Kind, measure: Measure) => ({
      id: kind,
      statement: { network: '', untrained: 'the same networks before training', linear: 'a linear classifier' }[kind],
      measured: ratios(kind, measure),
    });
    const widest = p.reaches.at(-1) ?? 0;
    const onWidest = (list: number[][]): number[] => list.map((byReach) => byReach.at(-1) ?? Number.NaN);
    const labels = p.reaches.map((reach) => `reach ${reach}`);
    const [first] = of('network');
    const places = offsets(p.offsets, widest);
    const drawn = (way: (typeof ways)[number]) => (first && lineOf(first, way, widest)?.drawn) ?? [];
    // Where the class is no longer the mean of all, on the side of growing loss.
    const turn = places.findIndex((t, j) => t > 0 && (drawn('adversarial')[0]?.[j] ?? 0) < 0);
    const length = turn < 0 ? widest : (places[turn] ?? widest);
    const picture = (value: (v: number, j: number) => number) => ({
      data: Float64Array.from(first?.image ?? [], value),
      shape,
    });
    const cells = grid({ kind: kinds, way: ways, reach: p.reaches });
    const medianOf = (measure: Measure) =>
      cells.map(({ kind, way, reach }) =>
        median(of(kind).map((run) => lineOf(run, way, reach)?.[measure] ?? Number.NaN)),
      );
    return {
      metrics: {
        accuracy: median(of('network').map((run) => run.accuracy)),
        bandwidth_ratio: median(onWidest(ratios('network', 'bandwidth'))),
        strength_ratio: median(onWidest(ratios('network', 'strength'))),
      },
      tables: [
        {
          id: 'response',
          title: `Bandwidth (95 % of the power, cycles a line) and amplitude from ${p.cut} cycles on, medians over images and networks`,
          columns: {
            classifier: cells.map(({ kind }) => kind),
            direction: cells.map(({ way }) => way),
            reach: cells.map(({ reach }) => reach),
            bandwidth: medianOf('bandwidth'),
            strength: medianOf('strength'),
          },
        },
      ],
      claims: [
        atLeast(1.08, {
          id: 'wider',
          statement: `The bandwidth of the response is larger along the adversarial direction than along a random one, at least 1.08 times as large, on lines of ${widest} to each side (ratio of the medians over the images), in every one of ${p.networks} networks.`,
          source: cite('xuBook', 'section 1.5.2'),
          measured: onWidest(ratios('network', 'bandwidth')),
          control: (['linear', 'untrained'] as const).map((kind) => {
            const one = control(kind, 'bandwidth');
            return { ...one, measured: onWidest(one.measured) };
          }),
        }),
        atLeast(5, {
          id: 'stronger',
          statement: `The high response frequencies (from ${p.cut} cycles a line on) are at least 5 times as strong (ratio of the medians over the images).`,
          source: cite('xuBook', 'section 1.5.2'),
          measured: ratios('network', 'strength'),
          labels,
          control: control('linear', 'strength'),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'lines',
          title: 'The answer along two directions',
          caption: `Logit of the own class, less the mean of all, at x + t d for ${drawn('random').length} test images, |d| = 1. Left: d is the sign of the gradient of the loss (FGSM). Right: random signs, as large in every pixel.`,
          panels: ways.map((way) => ({
            title: `${way} direction`,
            x: { title: 't (length)' },
            y: { title: 'logit of the class' },
            lines: drawn(way).map((y, j) => ({ name: `image ${j + 1}`, x: places, y })),
          })),
        }),
        lineFigure({
          id: 'spectra',
          title: 'Response spectrum along two directions',
          caption: `Amplitude of the logit along lines of ${widest} to each side, Hann window, of power 1 for every image; median over the images, and median and band of ${p.networks} networks.`,
          x: { title: 'frequency (cycles a line)' },
          y: { title: 'amplitude (share)', log: true },
          lines: ways.map((way) => ({
            ...medianBand(
              way,
              Array.from({ length: p.offsets / 2 - 1 }, (_, k) => k + 1),
              of('network').map((run) => lineOf(run, way, widest)?.spectrum.slice(1) ?? []),
            ),
            color: way === 'random' ? colors.low : colors.high,
          })),
        }),
        picturesFigure({
          id: 'adversarial-image',
          title: 'A digit, the direction, and the digit moved until its class is no more likely than the mean',
          caption: `The change is ${length.toFixed(2)} long: ${(length / Math.sqrt(shape.reduce((a, b) => a * b, 1))).toFixed(3)} in every pixel. Compare figure 1.9 of the book.`,
          pictures: [
            { label: 'the digit', image: picture((v) => v) },
            { label: 'sign of the gradient', image: picture((_, j) => 0.5 + 0.5 * Math.sign(first?.way[j] ?? 0)) },
            { label: 'moved', image: picture((v, j) => v + length * (first?.way[j] ?? 0)) },
          ],
        }),
      ],
    };
  },
});

const median = (values: ArrayLike<number>): number => spread(values).median;

const offsets = (count: number, reach: number): number[] =>
  Array.from({ length: count }, (_, i) => reach * ((2 * i) / count - 1));

/** The signs of each row of `[n, size]`, of length 1. */
const unitSigns = ({ data, shape }: NdArray, size: number): NdArray => ({
  data: data.map((v) => (v < 0 ? -1 : 1) / Math.sqrt(size)),
  shape,
});

/** The amplitudes of each response under a Hann window. */
function spectraOf(responses: readonly number[][]): Float64Array[] {
  const data = Float64Array.from(responses.flat());
  const shape = [responses.length, responses[0]?.length ?? 0];
  return rows(amplitudeSpectrum({ data, shape }, { sampleRate: 1, window: 'hann' }).amplitude);
}

/** What the straight line of least squares leaves of a response. */
function withoutLine(values: readonly number[]): number[] {
  const [middle, level] = [(values.length - 1) / 2, mean(values)];
  const along = values.reduce((sum, v, i) => sum + (v - level) * (i - middle), 0);
  const slope = along / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return values.map((v, i) => v - level - slope * (i - middle));
}
