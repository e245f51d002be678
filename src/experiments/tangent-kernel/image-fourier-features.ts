/**
 * A photograph from its coordinates, with and without Fourier features (Tancik et al. 2020, section 6.1 and figure 1).
 *
 * A ReLU network with a sigmoid at the end learns the pixels of the even rows and columns and is tested on the odd ones. The
 * standard deviation of the Gaussian features is chosen on a third set, the pixels of even rows and odd columns: chosen on the
 * test pixels, the gain there would be flattered.
 * Coordinates v lie in [0, 1)^2, frequencies are in cycles per side. `none`: v itself; `basic`: cos 2 pi v, sin 2 pi v;
 * `positional`: frequencies 2^(s j / m) for j = 0 .. m - 1 along each axis, all below the Nyquist frequency of the training
 * grid; `Gaussian`: m frequencies from N(0, sigma^2). Learning rates are those of the paper: ten times larger for none and
 * basic.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import { shrinkPicture } from '../../data/index.js';
import { atLeast, defineExperiment, increasing, refuseDiverged } from '../../experiment/index.js';
import { lineFigure, picturesFigure } from '../../figures/index.js';
import { createModel, type LayerSpec } from '../../nets/index.js';
import { range } from '../support/circle.js';

const source = 'Seed 003, Fourier features; Tancik et al. 2020, section 6.1, figures 1 and 4';

const parameters = z.object({
  image: z.string().min(1).default('baboon').describe('cameraman, baboon, or the path of a PNG or JPEG file'),
  side: z
    .int()
    .min(16)
    .multipleOf(2)
    .max(4096)
    .default(512)
    .describe('pixels of a side: the picture is averaged to it'),
  hidden: z.array(z.int().min(1)).min(1).default([256, 256, 256, 256]).describe('widths of the hidden ReLU layers'),
  features: z.int().min(1).default(256).describe('m, frequencies of the Gaussian features'),
  sigmas: z
    .array(z.number().positive())
    .min(3)
    .default([1, 3, 10, 30, 100])
    .describe('standard deviations of the Gaussian frequencies, ascending, cycles per side'),
  positional: z.int().min(1).default(8).describe('frequencies of the positional features along each axis'),
  plainRate: z.number().positive().default(1e-2).describe('learning rate of Adam for none and basic'),
  featureRate: z
    .number()
    .positive()
    .default(1e-3)
    .describe('learning rate of Adam for positional and Gaussian features'),
  steps: z.int().min(1).default(2000).describe('training steps, each over all training pixels'),
  records: z.int().min(5).default(40).describe('recorded steps, evenly spaced in their logarithm'),
});

/** Pixels of one parity of rows and one of columns: their coordinates `[n, 2]`, values `[n, channels]`, and the size of their grid. */
interface Grid {
  points: NdArray;
  values: NdArray;
  size: [number, number];
}

interface Fit {
  name: string;
  steps: number[];
  /** PSNR by record. */
  train: number[];
  validation: number[];
  test: number[];
  picture: NdArray;
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
  parameters,
  presets: {
    quick: {
      image: 'cameraman',
      side: 128,
      hidden: [64, 64, 64],
      features: 64,
      sigmas: [0.5, 2, 8, 32],
      positional: 6,
      featureRate: 3e-3,
      steps: 200,
      records: 12,
    },
    paper: {},
  },
  seconds: { quick: 9, paper: 14_000 },
  data: ['cameraman', 'baboon'],
  run: async ({ parameters: p, seed, data, signal, training }) => {
    const { pixels, height, width, channels } = shrinkPicture(await data.picture(p.image), p.side);
    const channelCount = channels;
    const all = grid(pixels, [height, width], channelCount, [0, 0], 1);
    const even = grid(pixels, [height, width], channelCount, [0, 0], 2);
    const between = grid(pixels, [height, width], channelCount, [0, 1], 2);
    const odd = grid(pixels, [height, width], channelCount, [1, 1], 2);

    const nyquist = Math.min(...even.size) / 2;
    const reach = Math.log2(nyquist);
    const axis = range(0, p.positional - 1).map((j) => 2 ** ((reach * j) / p.positional));
    const features = (frequencies: number[][]): LayerSpec[] => [{ type: 'fourierFeatures', frequencies }];
    const gaussian = (scale: number): LayerSpec[] => [
      { type: 'fourierFeatures', frequencies: { count: p.features, distribution: 'normal', scale, seed } },
    ];
    const identity = [
      [1, 0],
      [0, 1],
    ];
    const along = axis.flatMap((b) => identity.map((row) => row.map((v) => v * b)));

    const train = async (name: string, first: LayerSpec[], learningRate: number): Promise<Fit> => {
      const hidden = p.hidden.flatMap((units): LayerSpec[] => [
        { type: 'dense', units, init: 'he' },
        { type: 'activation', fn: 'relu' },
      ]);
      const layers: LayerSpec[] = [
        ...first,
        ...hidden,
        { type: 'dense', units: channelCount },
        { type: 'activation', fn: 'sigmoid' },
      ];
      const model = createModel({ input: 2, layers }, { seed });
      const history = await model.train({
        x: even.points,
        y: even.values,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate },
        steps: p.steps,
        record: { log: p.records },
        probes: {
          train: { type: 'image', points: even.points, target: even.values, size: even.size },
          validation: { type: 'image', points: between.points, target: between.values, size: between.size },
          test: { type: 'image', points: odd.points, target: odd.values, size: odd.size },
        },
        signal,
        onProgress: training(name, p.steps),
      });
      refuseDiverged(history, name);
      const shape = channelCount === 1 ? [height, width] : [height, width, 3];
      return {
        name,
        steps: history.steps,
        train: [...column(history.probes.train.psnr, 0)],
        validation: [...column(history.probes.validation.psnr, 0)],
        test: [...column(history.probes.test.psnr, 0)],
        picture: { data: (await model.predict(all.points, { signal })).data, shape },
      };
    };

    const none = await train('none', [], p.plainRate);
    const basic = await train('basic', features(identity), p.plainRate);
    const positional = await train('positional', features(along), p.featureRate);
    const sweep: Fit[] = [];
    for (const sigma of p.sigmas) sweep.push(await train(`Gaussian, sigma ${sigma}`, gaussian(sigma), p.featureRate));
    const last = (psnr: number[]) => psnr.at(-1)!;
    const chosen = sweep.reduce((a, fit, i) => (last(fit.validation) > last(sweep[a]!.validation) ? i : a), 0);
    const [best, sigma] = [sweep[chosen]!, p.sigmas[chosen]!];
    const fits = [none, basic, positional, best];
    const labels = ['none', 'basic', 'positional', 'Gaussian'];
    const ordered = [none, basic, best];
    return {
      metrics: {
        sigma,
        ...Object.fromEntries(
          fits.flatMap((fit, i) => [
            [`test_${labels[i]}`, last(fit.test)],
            [`train_${labels[i]}`, last(fit.train)],
          ]),
        ),
      },
      tables: [
        {
          id: 'psnr',
          title: 'Peak signal-to-noise ratio (dB)',
          columns: {
            features: [none, basic, positional, ...sweep].map((fit) => fit.name),
            'training pixels': [none, basic, positional, ...sweep].map((fit) => last(fit.train)),
            'validation pixels': [none, basic, positional, ...sweep].map((fit) => last(fit.validation)),
            'test pixels': [none, basic, positional, ...sweep].map((fit) => last(fit.test)),
          },
        },
      ],
      claims: [
        increasing({
          id: 'order',
          statement: `On the test pixels: none < basic < Gaussian (sigma ${sigma}, chosen on the validation pixels).`,
          source: 'Tancik et al. 2020, table 1',
          measured: ordered.map((fit) => last(fit.test)),
          labels: ['none', 'basic', 'Gaussian'],
          unit: 'dB',
        }),
        atLeast(2, {
          id: 'gain',
          statement: 'Gaussian features gain 2 dB or more over none on these pixels.',
          source,
          measured: last(best.test) - last(none.test),
          unit: 'dB',
        }),
        atLeast(5, {
          id: 'training',
          statement: 'On the training pixels positional and Gaussian features are far above none.',
          source,
          measured: [positional, best].map((fit) => last(fit.train) - last(none.train)),
          labels: ['positional', 'Gaussian'],
          unit: 'dB',
        }),
        atLeast(0.5, {
          id: 'inner-optimum',
          statement:
            'The standard deviation chosen on the validation pixels is neither the smallest nor the largest: what it gains over either on the test pixels.',
          source: 'Tancik et al. 2020, figure 4: underfitting, overfitting',
          measured: [sweep[0]!, sweep.at(-1)!].map((fit) => last(best.test) - last(fit.test)),
          labels: [`sigma ${p.sigmas[0]}`, `sigma ${p.sigmas.at(-1)}`],
          unit: 'dB',
        }),
      ],
      figures: [
        picturesFigure({
          id: 'pictures',
          title: 'What each network made of the photograph',
          caption:
            'Outputs on all pixels after the training on a quarter of them (even rows and columns), with the PSNR on the ' +
            'odd ones; from left to right and down: too little bandwidth, enough, and too much.',
          pictures: [
            ...fits.map((fit, i) => ({ label: `${labels[i]}: ${last(fit.test).toFixed(1)} dB`, image: fit.picture })),
            {
              label: `sigma ${p.sigmas.at(-1)}: ${last(sweep.at(-1)!.test).toFixed(1)} dB`,
              image: sweep.at(-1)!.picture,
            },
            { label: 'photograph', image: pixels },
          ],
          columns: 3,
        }),
        lineFigure({
          id: 'sigma',
          title: 'Bandwidth of Gaussian features',
          caption:
            'PSNR by the standard deviation of the frequencies: the training pixels are fitted the better the wider, the ' +
            'others best in between. The one chosen is best on the validation pixels.',
          x: { title: 'standard deviation (cycles per side)', log: true },
          y: { title: 'PSNR (dB)' },
          lines: [
            { name: 'training pixels', x: p.sigmas, y: sweep.map((fit) => last(fit.train)), mark: 'both' },
            { name: 'validation pixels', x: p.sigmas, y: sweep.map((fit) => last(fit.validation)), mark: 'both' },
            { name: 'test pixels', x: p.sigmas, y: sweep.map((fit) => last(fit.test)), mark: 'both' },
          ],
          levels: [{ value: last(none.test), name: 'no features, test' }],
        }),
        lineFigure({
          id: 'training',
          title: 'Signal-to-noise ratio on the test pixels through the training',
          caption: 'Peak signal-to-noise ratio on the odd pixels by step.',
          x: { title: 'step', log: true },
          y: { title: 'PSNR (dB)' },
          lines: fits.map((fit, i) => ({ name: labels[i]!, x: fit.steps, y: fit.test })),
        }),
      ],
      arrays: Object.fromEntries(fits.map((fit, i) => [labels[i]!, fit.picture])),
    };
  },
});

/** Every `step`-th pixel along both axes from `[top, left]` on, coordinates (x, y) in [0, 1)^2. */
function grid(
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
        places.flatMap(([i, j]) => range(0, channels - 1).map((c) => pixels.data[(i * w + j) * channels + c]!)),
      ),
      shape: [places.length, channels],
    },
    size: [rows.length, columns.length],
  };
}
