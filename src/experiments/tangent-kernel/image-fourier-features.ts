/**
 * A photograph from its coordinates, with and without Fourier features (Tancik et al. 2020, section 6.1 and figure 1).
 *
 * A ReLU network with a sigmoid at the end learns by Adam the pixels of the even rows and columns and is tested on the odd ones.
 * The standard deviation of the Gaussian features is chosen on a third set, the pixels of even rows and odd columns: chosen on
 * the test pixels, the gain there would be flattered.
 * Coordinates v lie in [0, 1)^2, frequencies are in cycles per side. `none`: v itself; `basic`: cos 2 pi v, sin 2 pi v;
 * `positional`: frequencies 2^(s j / m) for j = 0 .. m - 1 along each axis, all below the Nyquist frequency of the training
 * grid; `Gaussian`: m frequencies from N(0, sigma^2). Learning rates are those of the paper: ten times larger for none and
 * basic.
 *
 * Features help on unseen pixels where these go on from their neighbours. In the control the same pixels stand in random places:
 * network, features, budget and the values' distribution are the same, and there is nothing to go on from. That features let
 * the training pixels be fitted is true of both pictures; there the control is as many features of low frequencies.
 *
 * Nobody has such a sweep at hand: `adviseFeatures` is given the training pixels alone, predicts by tangent kernels, validates
 * on some of them, and its choice is trained on all by as many networks. It is to be as good on the test pixels, within the
 * decibel that the spread between networks has, as the sigma that the sweep's third set chose; its control is to choose nothing.
 * `quick` has a picture of 80 pixels a side, five positional bands and eight records, so that the controls fit its time.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { at, column, row } from '../../core/reading.js';
import { shrinkPicture } from '../../data/index.js';
import { atLeast, common, defineExperiment, grid, increasing, spread, trainAll } from '../../experiment/index.js';
import { lineFigure, picturesFigure } from '../../figures/index.js';
import { adviseFeatures, type FitScaling } from '../../fit/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { rmsDifference } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { classifierLayers } from '../support/layers.js';

const source = cite('tancik2020', 'section 6.1, figures 1 and 4');

/** Pixels of one parity of rows and one of columns: their coordinates `[n, 2]`, values `[n, channels]`, and the size of their grid. */
interface Grid {
  points: NdArray;
  values: NdArray;
  size: [number, number];
}

export const imageFourierFeatures = defineExperiment({
  id: 'image-fourier-features',
  title: 'Fourier features let a network learn the details of a photograph',
  source,
  statement:
    'A coordinate network learns a photograph badly. Mapped through Fourier features, its coordinates give it the high ' +
    'frequencies: the signal-to-noise ratio on pixels it has not seen rises from none through basic to Gaussian ' +
    'features, whose standard deviation has a best value between blur and noise.',
  formula: 'γ(v) = [cos 2πb_j·v, sin 2πb_j·v]_j,  b_j ~ N(0, σ^2 I)',
  parameters: z.object({
    image: z.string().min(1).default('baboon').describe('cameraman, baboon, or the path of a PNG or JPEG file'),
    side: z
      .int()
      .min(16)
      .multipleOf(2)
      .max(4096)
      .default(512)
      .describe('pixels of a side: the picture is averaged to it'),
    hidden: common.hidden([256, 256, 256, 256]),
    features: z.int().min(1).default(256).describe('m, frequencies of the Gaussian features'),
    sigmas: z
      .array(z.number().positive())
      .min(3)
      .default([1, 3, 10, 30, 100])
      .describe('standard deviations of the Gaussian frequencies, ascending, cycles per side'),
    positional: z.int().min(1).default(8).describe('frequencies of the positional features along each axis'),
    plainRate: common.learningRate(1e-2, 'Adam for none and basic'),
    featureRate: common.learningRate(1e-3, 'Adam for positional and Gaussian features'),
    steps: common.steps(2000),
    records: z.int().min(5).default(40).describe('recorded steps, evenly spaced in their logarithm'),
    advice: z.number().positive().default(120).describe('budget of the adviser, in nominal seconds of work'),
    networks: common.networks(),
  }),
  presets: {
    quick: {
      image: 'cameraman',
      side: 80,
      hidden: [64, 64, 64],
      features: 64,
      sigmas: [0.25, 2, 8, 32],
      positional: 5,
      featureRate: 3e-3,
      steps: 200,
      records: 8,
      advice: 2,
    },
    paper: {},
  },
  seconds: { quick: 23, paper: 130_000 },
  data: ['cameraman', 'baboon'],

  async measure(context) {
    const { parameters: p, seeds, random, data, signal } = context;
    const { pixels, height, width, channels } = shrinkPicture(await data.picture(p.image), p.side);
    // The same pixels in random places, by the order of random numbers.
    const keys = gaussianNoise(height * width, random('places')).data;
    const places = range(0, height * width - 1).sort((a, b) => at(keys, a) - at(keys, b));
    const mixed = places.flatMap((i) => range(0, channels - 1).map((c) => at(pixels.data, i * channels + c)));
    const split = (picture: NdArray) => {
      const some = (from: [number, number]) => pixelGrid(picture, [height, width], channels, from, 2);
      return { train: some([0, 0]), validation: some([0, 1]), test: some([1, 1]) };
    };
    const pictures = {
      photograph: split(pixels),
      mixed: split({ data: Float64Array.from(mixed), shape: pixels.shape }),
    };
    const x = pictures.photograph.train.points;

    const reach = Math.log2(Math.min(...pictures.photograph.train.size) / 2);
    const axis = range(0, p.positional - 1).map((j) => 2 ** ((reach * j) / p.positional));
    const along = (frequencies: number[]) =>
      frequencies.flatMap((b) => [
        [b, 0],
        [0, b],
      ]);
    const encodings: { name: string; plain?: boolean; first: (seed: number) => LayerSpec[] }[] = [
      { name: 'none', plain: true, first: () => [] },
      { name: 'basic', plain: true, first: () => [{ type: 'fourierFeatures', frequencies: along([1]) }] },
      { name: 'positional', first: () => [{ type: 'fourierFeatures', frequencies: along(axis) }] },
      ...p.sigmas.map((scale) => ({
        name: `Gaussian, sigma ${scale}`,
        first: (seed: number): LayerSpec[] => [
          { type: 'fourierFeatures', frequencies: { count: p.features, distribution: 'normal', scale, seed } },
        ],
      })),
    ];
    const network = (first: LayerSpec[]): NetworkSpec => ({
      input: 2,
      layers: [...first, ...classifierLayers(p.hidden, channels), { type: 'activation', fn: 'sigmoid' }],
    });
    const fits = await trainAll(context, {
      cells: grid({ picture: ['photograph', 'mixed'], encoding: encodings, seed: seeds(p.networks) }),
      run: ({ picture, encoding, seed }) => {
        const { train, validation, test } = pictures[picture];
        const probeOf = ({ points, values, size }: Grid) => ({ type: 'image', points, target: values, size }) as const;
        return {
          seed,
          y: train.values,
          spec: network(encoding.first(seed)),
          optimizer: { type: 'adam', learningRate: encoding.plain ? p.plainRate : p.featureRate },
          probes: { train: probeOf(train), validation: probeOf(validation), test: probeOf(test) },
        };
      },
      shared: { x, loss: 'mse', steps: p.steps, record: { log: p.records } },
      name: ({ encoding }) => encoding.name,
      keep: 'parameters',
    });
    const { train, test } = pictures.photograph;
    const { choice } = await adviseFeatures(
      { x: train.points, y: train.values, size: train.size },
      { budget: p.advice, seed: random('advice').seed, hidden: p.hidden, steps: p.steps, signal },
    );
    const goal = onScale(test.values, choice.outputs);
    const advised = await trainAll(context, {
      cells: grid({ seed: seeds(p.networks) }),
      run: ({ seed }) => ({ seed }),
      shared: {
        ...choice.training,
        spec: choice.spec,
        x: onScale(train.points, choice.inputs),
        y: onScale(train.values, choice.outputs),
        record: { at: [p.steps] },
        probes: { test: { type: 'outputs', points: onScale(test.points, choice.inputs) } },
      },
      what: 'advised networks',
    });
    const advice = {
      name: choice.name,
      test: advised.map(
        ({ probes }) =>
          -20 * Math.log10(at(choice.outputs.scale, 0) * rmsDifference(lastOf(probes.test.values), goal.data)),
      ),
    };
    const everywhere = pixelGrid(pixels, [height, width], channels, [0, 0], 1).points;
    const shape = channels === 1 ? [height, width] : [height, width, 3];
    const runs = [];
    for (const [i, { picture, encoding, seed, steps, probes, parameters }] of fits.entries()) {
      // Of each encoding the first network's picture.
      let image: NdArray | null = null;
      if (picture === 'photograph' && i % p.networks === 0) {
        const model = createModel(network(encoding.first(seed)), { seed });
        model.setParameters(parameters);
        image = { data: (await model.predict(everywhere, { signal })).data, shape };
      }
      const [train, validation, test] = [probes.train, probes.validation, probes.test].map(({ psnr }) => [
        ...column(psnr, 0),
      ]);
      runs.push({
        picture,
        name: encoding.name,
        steps,
        train: train ?? [],
        validation: validation ?? [],
        test: test ?? [],
        image,
      });
    }
    return { runs, advice, pixels };
  },

  present({ runs, advice, pixels }, p) {
    type Set = 'train' | 'validation' | 'test';
    const names = [...new Set(runs.map(({ name }) => name))];
    const last = (values: readonly number[]) => at(values, values.length - 1);
    const of = (name: string, picture = 'photograph') =>
      runs.filter((run) => run.name === name && run.picture === picture);
    const psnr = (name: string, set: Set, picture?: string) => of(name, picture).map((run) => last(run[set]));
    const median = (name: string, set: Set, picture?: string) => spread(psnr(name, set, picture)).median;
    const sweep = names.slice(3);
    const chosen = (picture?: string) =>
      sweep.reduce((a, b) => (median(b, 'validation', picture) > median(a, 'validation', picture) ? b : a));
    const best = chosen();
    const sigma = at(p.sigmas, sweep.indexOf(best));
    const gain = (name: string, over: string, set: Set, picture?: string) =>
      psnr(name, set, picture).map((v, i) => v - at(psnr(over, set, picture), i));
    const order = (picture?: string) =>
      range(0, p.networks - 1).map((i) =>
        ['none', 'basic', chosen(picture)].map((name) => at(psnr(name, 'test', picture), i)),
      );
    const [smallest = '', largest = ''] = [sweep[0], sweep.at(-1)];
    const inner = (picture?: string) => {
      const [low, high] = [smallest, largest].map((name) => gain(chosen(picture), name, 'test', picture));
      return range(0, p.networks - 1).map((i) => [at(low ?? [], i), at(high ?? [], i)]);
    };
    const mixed = 'the same pixels in random places';
    const shown = ['none', 'basic', 'positional', best];
    const label = (name: string) => (name === best ? 'Gaussian' : name);
    const first = (name: string) => of(name).slice(0, 1);
    const unit = 'dB';
    return {
      metrics: {
        sigma,
        test_advised: spread(advice.test).median,
        ...Object.fromEntries(
          shown.flatMap((name) => [
            [`test_${label(name)}`, median(name, 'test')],
            [`train_${label(name)}`, median(name, 'train')],
          ]),
        ),
      },
      tables: [
        {
          id: 'psnr',
          title: `Peak signal-to-noise ratio (dB), median of ${p.networks} networks`,
          columns: {
            features: names,
            'training pixels': names.map((name) => median(name, 'train')),
            'validation pixels': names.map((name) => median(name, 'validation')),
            'test pixels': names.map((name) => median(name, 'test')),
            'test pixels, random places': names.map((name) => median(name, 'test', 'mixed')),
          },
        },
      ],
      claims: [
        increasing({
          id: 'order',
          statement: `On the test pixels: none < basic < Gaussian (sigma ${sigma}, chosen on the validation pixels), in every network.`,
          source: cite('tancik2020', 'table 1'),
          measured: order(),
          labels: ['none', 'basic', 'Gaussian'],
          unit,
          control: { statement: mixed, measured: order('mixed') },
        }),
        atLeast(2, {
          id: 'gain',
          statement: 'Gaussian features gain 2 dB or more over none on these pixels.',
          source,
          measured: gain(best, 'none', 'test'),
          unit,
          control: { statement: mixed, measured: gain(chosen('mixed'), 'none', 'test', 'mixed') },
        }),
        atLeast(5, {
          id: 'training',
          statement: 'On the training pixels positional and Gaussian features are far above none.',
          source,
          measured: gain(best, 'none', 'train').map((v, i) => [at(gain('positional', 'none', 'train'), i), v]),
          labels: ['positional', 'Gaussian'],
          unit,
          control: {
            statement: `as many features of low frequencies, sigma ${p.sigmas[0]}`,
            measured: gain(smallest, 'none', 'train'),
          },
        }),
        atLeast(0.5, {
          id: 'inner-optimum',
          statement:
            'The standard deviation chosen on the validation pixels is neither the smallest nor the largest: what it gains over either on the test pixels.',
          source: cite('tancik2020', 'figure 4: underfitting, overfitting'),
          measured: inner(),
          labels: [`sigma ${p.sigmas[0]}`, `sigma ${p.sigmas.at(-1)}`],
          unit,
          control: { statement: mixed, measured: inner('mixed') },
        }),
        atLeast(-1, {
          id: 'advised',
          statement: `What the adviser chose (${advice.name}), which has seen neither the third set nor the test pixels, is within 1 dB of the best sigma of the sweep, or better.`,
          source: cite('fprinciple', 'adviseFeatures'),
          measured: advice.test.map((v, i) => v - at(psnr(best, 'test'), i)),
          unit,
          control: { statement: 'nothing chosen: no features', measured: gain('none', best, 'test') },
        }),
      ],
      figures: [
        picturesFigure({
          id: 'pictures',
          title: 'What each network made of the photograph',
          caption:
            'Outputs on all pixels after the training on a quarter of them (even rows and columns), with the PSNR on the ' +
            'odd ones (first network); from left to right and down: too little bandwidth, enough, and too much.',
          pictures: [
            ...[...shown, largest].flatMap((name) =>
              first(name).flatMap(({ image, test }) =>
                image === null ? [] : [{ label: `${name}: ${last(test).toFixed(1)} dB`, image }],
              ),
            ),
            { label: 'photograph', image: pixels },
          ],
          columns: 3,
        }),
        lineFigure({
          id: 'sigma',
          title: 'Bandwidth of Gaussian features',
          caption:
            'PSNR by the standard deviation of the frequencies, median of the networks: the training pixels are fitted the ' +
            'better the wider, the others best in between. The one chosen is best on the validation pixels.',
          x: { title: 'standard deviation (cycles per side)', log: true },
          y: { title: 'PSNR (dB)' },
          lines: (['train', 'validation', 'test'] as const).map((set) => ({
            name: `${set === 'train' ? 'training' : set} pixels`,
            x: p.sigmas,
            y: sweep.map((name) => median(name, set)),
            mark: 'both',
          })),
          levels: [
            { value: median('none', 'test'), name: 'no features, test' },
            { value: spread(advice.test).median, name: 'as advised, test' },
          ],
        }),
        lineFigure({
          id: 'training',
          title: 'Signal-to-noise ratio on the test pixels through the training',
          caption: 'Peak signal-to-noise ratio on the odd pixels by step (first network).',
          x: { title: 'step', log: true },
          y: { title: 'PSNR (dB)' },
          lines: shown.flatMap((name) =>
            first(name).map(({ steps, test }) => ({ name: label(name), x: steps, y: test })),
          ),
        }),
      ],
    };
  },
});

/** Values on the scale that an advice has put its data on. */
const onScale = ({ data, shape }: NdArray, { offset, scale }: FitScaling): NdArray => ({
  data: Float64Array.from(data, (v, i) => (v - at(offset, i % offset.length)) / at(scale, i % scale.length)),
  shape,
});

/** What was measured at the last record. */
const lastOf = (measured: NdArray): Float64Array => row(measured, (measured.shape[0] ?? 0) - 1);

/** Every `step`-th pixel along both axes from `[top, left]` on, coordinates (x, y) in [0, 1)^2. */
function pixelGrid(
  pixels: NdArray,
  [h, w]: [number, number],
  channels: number,
  [top, left]: [number, number],
  step: number,
): Grid {
  const rows = range(0, Math.floor((h - 1 - top) / step)).map((i) => top + i * step);
  const columns = range(0, Math.floor((w - 1 - left) / step)).map((i) => left + i * step);
  const places = rows.flatMap((i) => columns.map((j) => [i, j] as const));
  return {
    points: { data: Float32Array.from(places.flatMap(([i, j]) => [j / w, i / h])), shape: [places.length, 2] },
    values: {
      data: Float32Array.from(
        places.flatMap(([i, j]) => range(0, channels - 1).map((c) => at(pixels.data, (i * w + j) * channels + c))),
      ),
      shape: [places.length, channels],
    },
    size: [rows.length, columns.length],
  };
}
