/**
 * Image frequency is not response frequency (Xu, book, sections 1.5.1 and 1.5.2, figures 1.8 and 1.9).
 *
 * An image has frequencies in its pixels; a classifier has frequencies in how its answer changes when the image moves. The
 * book's example is an adversarial perturbation: it turns the answer, and "in image frequency hardly anything changes, it may be
 * regarded as low-frequency". Both halves are measured here, on MNIST.
 *
 * That the answer turns has to do with the response, not with the pixels' spectrum: a perturbation as long, with the very same image
 * spectrum and random phases, turns every eighth. That the perturbation were of low image frequency is not so: the centroid of its
 * spectrum is well above that of the digits (below that of white noise). And the two notions may run opposite: noise of
 * low image frequency moves the outputs of a trained network more, at high response frequencies too, than noise of high image
 * frequency of the same length, which training has made so.
 *
 * Perturbations have length `reach`. Centroids are power-weighted means of the radial frequency of the mirrored picture, as in
 * `octaves.ts`. The response at high frequencies is the amplitude of all outputs from `cut` cycles a line on, under a Hann window.
 */

import { z } from 'zod';
import { decisions, lossGradient, responseFrequency } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { lineFigure, picturesFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { fft2, gaussianNoise, ifft2, radialSpectrum } from '../../spectrum/index.js';
import { mean, rms } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { classifierLayers } from '../support/layers.js';
import { radialCentroid, radius } from '../support/octaves.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training images of MNIST'),
  probed: z.int().min(10).max(2000).default(500).describe('test images, of which those classified right are looked at'),
  hidden: common.hidden([400, 200]),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(128).describe('images a step'),
  epochs: z.number().positive().default(10).describe('passes over the training images'),
  reach: z
    .number()
    .positive()
    .default(4.2)
    .describe('length of the perturbations; 4.2 is 0.15 in each of the 784 pixels'),
  offsets: z.int().min(16).max(1024).default(64).describe('points on each line'),
  cut: z.int().min(1).default(4).describe('least response frequency that counts as high, cycles a line'),
  low: z
    .int()
    .min(2)
    .max(12)
    .default(5)
    .describe('image frequency (cycles a side) up to which noise is low; high noise is from 14 less it on'),
  networks: common.networks(),
});

const ways = {
  adversarial: 'adversarial: the sign of the gradient',
  phases: 'the same image spectrum, random phases',
  image: 'another image',
  low: 'noise of low image frequency',
  high: 'noise of high image frequency',
  white: 'white noise',
} as const;
type Way = keyof typeof ways;
const wayNames = Object.keys(ways) as Way[];

export const imageFrequency = defineExperiment({
  id: 'image-frequency',
  title: 'Image frequency is not response frequency',
  source: cite('xuBook', 'sections 1.5.1 and 1.5.2, figures 1.8 and 1.9'),
  statement:
    'An adversarial perturbation turns the answer of a classifier; one with the same image spectrum and other phases does not: it is ' +
    'the response that has the high frequency, not the picture. Nor is the perturbation of low image frequency, as the source says: its ' +
    'spectrum lies above that of the digits. Noise of low image frequency moves a trained network more than noise of high.',
  formula: 'image: X(k) = Σ_p x_p e^{−2πik·p/28};  response: Z(ν) = Σ_j z(x + t_j d) e^{−2πiνt_j}',
  parameters,
  presets: {
    quick: { samples: 2000, probed: 60, hidden: [128, 64], batchSize: 60, epochs: 6, offsets: 32 },
    paper: {},
  },
  seconds: { quick: 15, paper: 400 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.probed });
    const side = test.height;
    const spec = { input: side * side, layers: classifierLayers(p.hidden) };
    const trained = await trainAll(context, {
      cells: grid({ kind: ['network'] as const, seed: seeds(p.networks) }),
      run: ({ seed }) => ({ seed, spec }),
      shared: {
        x: set.images,
        y: set.labels,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.samples),
        steps: Math.max(1, Math.round((p.epochs * p.samples) / p.batchSize)),
        record: { at: [] },
      },
      keep: 'parameters',
    });
    const untrained = seeds(p.networks).map((seed) => ({ kind: 'untrained' as const, seed, parameters: undefined }));
    const images = rows(test.images);
    const runs = [];
    for (const { kind, seed, parameters: weights } of [...trained, ...untrained]) {
      progress({ phase: 'perturbed test images', step: runs.length, steps: 2 * p.networks });
      const model = createModel(spec, { seed });
      if (weights) model.setParameters(weights);
      const decided = decisions(await model.predict(test.images, { signal })).data;
      const kept = range(0, p.probed - 1).filter((j) => kind === 'untrained' || decided[j] === test.labels.data[j]);
      const noise = rows({
        data: gaussianNoise(p.probed * side * side, { seed, stream: 'noise' }).data,
        shape: [p.probed, side * side],
      });
      const gradient = rows(await lossGradient(model, test.images, test.labels, { signal }));
      const signs = gradient.map((values) => values.map((v) => (v < 0 ? -1 : 1)));
      const directions: Record<Way, Float64Array[]> = {
        adversarial: signs,
        phases: signs.map((values, j) => withPhasesOf(values, noise[j] ?? values, side)),
        image: images.map((_, j) => images[(j + 1) % images.length] ?? new Float64Array()),
        low: noise.map((values) => between(values, side, 0.5, p.low + 0.5)),
        high: noise.map((values) => between(values, side, 14.5 - p.low, Number.POSITIVE_INFINITY)),
        white: noise,
      };
      const measured = [];
      for (const way of wayNames) {
        const d = rowsAt(directions[way].map(unit), kept);
        const at = rowsAt(images, kept);
        const moved = { data: at.data.map((v, i) => v + p.reach * (d.data[i] ?? 0)), shape: at.shape };
        const after = decisions(await model.predict(moved, { signal })).data;
        const { amplitude } = await responseFrequency(model, at, d, { reach: p.reach, points: p.offsets, signal });
        const [, outputs = 1, lines = 0] = amplitude.shape;
        const flat = rows({ data: amplitude.data, shape: [kept.length * outputs, lines] });
        measured.push({
          way,
          turned: mean(kept.map((j, i): number => (after[i] === decided[j] ? 0 : 1))),
          response: rms(flat.flatMap((line) => Array.from(line.subarray(p.cut)))),
          centroid: spread(kept.map((j) => radialCentroid(square(directions[way][j], side)))).median,
          spectrum: meanSpectrum(
            kept.map((j) => unit(directions[way][j] ?? new Float64Array())),
            side,
          ),
        });
      }
      const [first = 0] = kept;
      runs.push({
        kind,
        measured,
        accuracy: kept.length / p.probed,
        image: {
          centroid: spread(kept.map((j) => radialCentroid(square(images[j], side)))).median,
          spectrum: meanSpectrum(
            kept.map((j) => unit(images[j] ?? new Float64Array())),
            side,
          ),
        },
        shown: [
          images[first],
          ...(['adversarial', 'phases'] as const).map((way) => unit(directions[way][first] ?? new Float64Array())),
        ],
      });
    }
    return { runs, side };
  },

  present({ runs, side }, p) {
    const of = (kind: 'network' | 'untrained') => runs.filter((run) => run.kind === kind);
    type Measure = 'turned' | 'response' | 'centroid';
    const read = (kind: 'network' | 'untrained', way: Way, measure: Measure) =>
      of(kind).map(({ measured }) => measured.find((one) => one.way === way)?.[measure] ?? Number.NaN);
    const over = (kind: 'network' | 'untrained', way: Way, other: Way, measure: Measure) => {
      const below = read(kind, other, measure);
      return read(kind, way, measure).map((v, i) => v / (below[i] ?? Number.NaN));
    };
    const overImage = (way: Way) =>
      read('network', way, 'centroid').map((v, i) => v / (of('network')[i]?.image.centroid ?? Number.NaN));
    const median = (way: Way, measure: Measure) => spread(read('network', way, measure)).median;
    const control = (way: Way, measured: number[]) => ({ id: way, statement: ways[way], measured });
    const [first] = of('network') as [(typeof runs)[number]];
    const [digit, adversarial, phases] = first.shown.map((values) => square(values, side));
    const centred = (picture: NdArray | undefined): NdArray => ({
      data: Float64Array.from(picture?.data ?? [], (v) => 0.5 + 6 * v),
      shape: [side, side],
    });
    const curves = (read: (run: (typeof runs)[number]) => readonly number[]) => of('network').map(read);
    return {
      metrics: {
        ...Object.fromEntries(wayNames.map((way) => [`turned_${way}`, median(way, 'turned')])),
        centroid_image: spread(of('network').map(({ image }) => image.centroid)).median,
        centroid_adversarial: median('adversarial', 'centroid'),
        accuracy: spread(of('network').map(({ accuracy }) => accuracy)).median,
      },
      tables: [
        {
          id: 'perturbations',
          title: `Perturbations of length ${p.reach}, median of ${p.networks} networks`,
          columns: {
            perturbation: wayNames.map((way) => ways[way]),
            'answers turned (share)': wayNames.map((way) => median(way, 'turned')),
            'image centroid (cycles a side)': wayNames.map((way) => median(way, 'centroid')),
            'response at high frequencies': wayNames.map((way) => median(way, 'response')),
            'the same, untrained': wayNames.map((way) => spread(read('untrained', way, 'response')).median),
          },
        },
      ],
      claims: [
        atLeast(0.7, {
          id: 'turned',
          statement: `An adversarial perturbation of length ${p.reach} turns the answer for at least 70 % of the test images, in every one of ${p.networks} networks.`,
          source: cite('xuBook', 'section 1.5.2, figure 1.9'),
          measured: read('network', 'adversarial', 'turned'),
          control: [
            control('phases', read('network', 'phases', 'turned')),
            control('high', read('network', 'high', 'turned')),
          ],
        }),
        atLeast(1.3, {
          id: 'not-low',
          statement:
            "The centroid of the perturbation's image spectrum is at least 1.3 times that of the digits: it is not of low image frequency.",
          source: cite('xuBook', 'figure 1.9, which says it may be regarded as low-frequency'),
          measured: overImage('adversarial'),
          control: [control('image', overImage('image')), control('low', overImage('low'))],
        }),
        atLeast(1.5, {
          id: 'opposite',
          statement:
            'Noise of low image frequency moves the outputs at high response frequencies at least 1.5 times as much as noise of high image frequency.',
          source: cite('xuBook', 'section 1.5.2: two notions of frequency'),
          measured: over('network', 'low', 'high', 'response'),
          control: {
            id: 'untrained',
            statement: 'the networks before training',
            measured: over('untrained', 'low', 'high', 'response'),
          },
        }),
      ],
      figures: [
        picturesFigure({
          id: 'perturbations',
          title: 'A digit, and two perturbations of one image spectrum',
          caption:
            'First network. The adversarial perturbation turns the answer, the one with its image spectrum and random phases need not. Around gray.',
          pictures: [
            { label: 'the digit', image: digit ?? square(undefined, side) },
            { label: 'adversarial', image: centred(adversarial) },
            { label: 'random phases', image: centred(phases) },
          ],
        }),
        lineFigure({
          id: 'spectra',
          title: 'Image spectra of the digits and of perturbations',
          caption: `Root mean power by radial frequency of pictures of length 1, their mean left out; median and extremes of ${p.networks} networks. Random phases have the spectrum of the adversarial perturbation.`,
          x: { title: 'image frequency (cycles a side)' },
          y: { title: 'amplitude', log: true },
          lines: [
            medianBand(
              'digits',
              range(1, side / 2),
              curves(({ image }) => image.spectrum),
            ),
            ...(['adversarial', 'white'] as const).map((way) =>
              medianBand(
                way === 'white' ? ways.white : 'adversarial perturbation',
                range(1, side / 2),
                curves(({ measured }) => measured.find((one) => one.way === way)?.spectrum ?? []),
              ),
            ),
          ],
        }),
      ],
    };
  },
});

const square = (values: ArrayLike<number> | undefined, side: number): NdArray => ({
  data: Float64Array.from(values ?? new Float64Array(side * side)),
  shape: [side, side],
});

const rowsAt = (list: readonly Float64Array[], places: readonly number[]): NdArray => ({
  data: Float64Array.from(places.flatMap((j) => Array.from(list[j] ?? []))),
  shape: [places.length, list[0]?.length ?? 0],
});

function unit(values: Float64Array): Float64Array {
  const length = Math.hypot(...values);
  return values.map((v) => v / length);
}

/** A picture with its own amplitudes at every frequency and the phases of another. */
function withPhasesOf(values: Float64Array, other: Float64Array, side: number): Float64Array {
  const [own, given] = [fft2(square(values, side)), fft2(square(other, side))];
  const scaled = (part: ArrayLike<number>): Float64Array =>
    Float64Array.from(part, (v, k) => {
      const size = Math.hypot(own.re[k] ?? 0, own.im[k] ?? 0);
      return (v * size) / Math.hypot(given.re[k] ?? 0, given.im[k] ?? 0);
    });
  return Float64Array.from(ifft2({ re: scaled(given.re), im: scaled(given.im), shape: own.shape }).re);
}

/** What of a picture lies between two radial frequencies, cycles a side. */
function between(values: Float64Array, side: number, from: number, to: number): Float64Array {
  const { re, im, shape } = fft2(square(values, side));
  const kept = (part: ArrayLike<number>): Float64Array =>
    Float64Array.from(part, (v, k) => {
      const r = radius(k, shape);
      return r >= from && r < to ? v : 0;
    });
  return Float64Array.from(ifft2({ re: kept(re), im: kept(im), shape }).re);
}

/** Root of the mean power at each radial frequency from 1 on. */
function meanSpectrum(pictures: readonly Float64Array[], side: number): number[] {
  const powers = pictures.map((values) => radialSpectrum(square(values, side)).power.data);
  return range(1, side / 2).map((r) => Math.sqrt(mean(powers.map((power) => power[r] ?? Number.NaN))));
}
