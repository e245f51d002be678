/**
 * Low-pass and high-pass filters on the weights of a trained classifier (unsigned notes on Fourier analysis, "low-pass and
 * high-pass networks").
 *
 * Each row of the first layer's weights is an image; the mask is over its spatial frequencies, centred on frequency zero.
 * The source's sketch centres its mask in the middle of an UNSHIFTED transform, where the highest frequency is: what it calls
 * a low pass keeps the neighbourhood of Nyquist and removes the mean. (It also transforms the matrix `[out, in]` as if
 * neighbouring units were neighbouring pixels.) Its mask is the control: it keeps as many frequencies, and other ones.
 *
 * What masks mean for the network follows from one identity: an ideal or Gaussian mask is symmetric, so filtering the
 * weights and filtering the images give the same outputs. A filter that is not, a shift by one pixel, does not do so. The
 * output's own spectrum is read off its derivative by the image, a picture for every class: the frequencies that the answer
 * depends on.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { row } from '../../core/reading.js';
import {
  above,
  atLeast,
  atMost,
  below,
  common,
  defineExperiment,
  increasing,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure, picturesFigure, slice } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import { frequencyMask, radialSpectrum } from '../../spectrum/index.js';
import { relativeError } from '../support/arrays.js';
import { agreement, decisions, firstRows } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  samples: z.int().min(100).max(60_000).default(60_000).describe('training digits'),
  test: z.int().min(100).max(10_000).default(10_000).describe('test digits'),
  hidden: common.hidden([256, 128]),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(100).describe('digits a step'),
  epochs: z.number().positive().default(5).describe('passes over the training digits'),
  cutoffs: z
    .array(z.number().positive().max(0.5))
    .min(3)
    .default([0.03, 0.06, 0.09, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5])
    .describe('cycles per pixel, ascending'),
  shown: z.number().positive().max(0.5).default(0.12).describe('cutoff of the figures and of the identities'),
  derivatives: z.int().min(1).max(1000).default(50).describe('digits whose derivatives are averaged'),
  networks: common.networks(),
});

const shapes = ['ideal', 'gaussian'] as const;
const passes = ['low', 'high'] as const;
type Mask = { shape: (typeof shapes)[number]; pass: (typeof passes)[number] };
const masks: Mask[] = shapes.flatMap((shape) => passes.map((pass) => ({ shape, pass })));
/** Where a mask is centred: on frequency zero, or where the sketch has it. */
const centres = ['zero', 'Nyquist'] as const;
type Centre = (typeof centres)[number];

export const frequencyMasks = defineExperiment({
  id: 'frequency-masks',
  title: 'Frequency masks on the weights of a classifier',
  source: cite('notesFourier', 'low-pass and high-pass networks'),
  statement:
    'Ideal and Gaussian masks are put on the first layer of a trained MNIST classifier. A low pass keeps the accuracy ' +
    'down to a small cutoff, a high pass of the same cutoff loses it, and the output no longer depends on the frequencies ' +
    'that were removed.',
  formula: 'W_1 ← F^{−1}(M · F W_1),  M an ideal or Gaussian mask',
  parameters,
  presets: {
    quick: {
      samples: 5000,
      test: 1000,
      hidden: [128, 64],
      epochs: 4,
      cutoffs: [0.03, 0.06, 0.09, 0.12, 0.2, 0.3, 0.5],
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 100 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const train = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.test });
    const side = train.height;
    const size = side * side;
    const spec = { input: size, layers: classifierLayers(p.hidden) };
    const batchSize = Math.min(p.batchSize, p.samples);
    const networks = await trainAll(context, {
      cells: seeds(p.networks).map((seed) => ({ seed })),
      run: ({ seed }) => ({ seed }),
      shared: {
        x: train.images,
        y: train.labels,
        spec,
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: Math.max(1, Math.round((p.epochs * p.samples) / batchSize)),
        batchSize,
        record: { at: [] },
      },
      keep: 'parameters',
    });
    const few = Math.min(p.derivatives, p.test);
    const digits = firstRows(test.images, few);
    const asPictures = { data: digits.data, shape: [few, side, side] };
    const name = 'layers.0.weight';
    const fits = [];
    for (const [i, { seed, parameters: trained }] of networks.entries()) {
      progress({ phase: `masks on network ${i + 1} of ${p.networks}`, step: i, steps: p.networks });
      const model = createModel(spec, { seed });
      model.setParameters(trained);
      const shape = trained[name]?.shape ?? [];
      const pictures = { data: trained[name]?.data ?? new Float32Array(), shape: [shape[0] ?? 0, side, side] };
      const put = (weight: NdArray): void => model.setParameters({ [name]: { data: weight.data, shape } });
      const masked = (of: NdArray, mask: Mask & { cutoff: number }, centre: Centre = 'zero'): NdArray =>
        centre === 'zero' ? frequencyMask(of, mask) : checkered(frequencyMask(checkered(of), mask));
      /** Accuracy on new digits with these weights in the first layer. */
      const accuracy = async (weight: NdArray): Promise<number> => {
        put(weight);
        return agreement(decisions(await model.predict(test.images, { signal })), test.labels.data);
      };
      const curves = [];
      for (const centre of centres)
        for (const mask of masks) {
          const values: number[] = [];
          for (const cutoff of p.cutoffs) values.push(await accuracy(masked(pictures, { ...mask, cutoff }, centre)));
          curves.push({ ...mask, centre, values });
        }
      /** How far the outputs differ when the weights and when the images are filtered. */
      const mismatch = async (filter: (of: NdArray) => NdArray): Promise<number> => {
        put(filter(pictures));
        const onWeights = await model.predict(digits, { signal });
        put(pictures);
        const onImages = await model.predict({ ...filter(asPictures), shape: digits.shape }, { signal });
        return relativeError(onImages.data, onWeights.data);
      };
      const identity: number[] = [];
      const derivatives = [];
      for (const mask of [undefined, ...masks.map((one) => ({ ...one, cutoff: p.shown }))]) {
        if (mask) identity.push(await mismatch((of) => masked(of, mask)));
        put(mask ? masked(pictures, mask) : pictures);
        const { gradient } = await model.inputDerivatives(digits, { signal });
        derivatives.push({ shape: mask?.shape ?? 'no', pass: mask?.pass ?? 'all', ...spectrumOf(gradient.data, side) });
      }
      const shift = await mismatch(shiftedByOne);
      put(pictures);
      const full = agreement(decisions(await model.predict(test.images, { signal })), test.labels.data);
      // Of the first network the weights of one unit, which a figure shows.
      const shown = i === 0 ? [pictures, ...masks.map((m) => masked(pictures, { ...m, cutoff: p.shown }))] : [];
      const units = shown.map((weight) => ({ data: row(weight, 0), shape: [side, side] }));
      fits.push({ full, curves, identity, shift, derivatives, units });
    }
    return { side, fits };
  },

  present({ side, fits }, p) {
    const label = ({ shape, pass }: { shape: string; pass: string }) =>
      shape === 'no' ? 'no mask' : `${shape} ${pass} pass`;
    type Fit = (typeof fits)[number];
    const curve = ({ curves }: Fit, { shape, pass }: Mask, centre: Centre = 'zero') =>
      curves.find((c) => c.shape === shape && c.pass === pass && c.centre === centre)?.values ?? [];
    const accuracyAt = (cutoff: number, mask: Mask, centre?: Centre) =>
      fits.map((fit) => curve(fit, mask, centre)[cutoff] ?? Number.NaN);
    const near = p.cutoffs.reduce(
      (best, c, i) => (Math.abs(c - p.shown) < Math.abs((p.cutoffs[best] ?? 0) - p.shown) ? i : best),
      0,
    );
    const enough = p.cutoffs.findIndex((c) => c >= 0.3);
    const at = (i: number) => p.cutoffs[i] ?? Number.NaN;
    /** What a low pass keeps more of than a high pass. */
    const ahead = (shape: Mask['shape'], centre?: Centre) => {
      const high = accuracyAt(near, { shape, pass: 'high' }, centre);
      return accuracyAt(near, { shape, pass: 'low' }, centre).map((low, i) => low - (high[i] ?? Number.NaN));
    };
    const lost = (centre?: Centre) =>
      fits.map((fit) => shapes.map((shape) => fit.full - (curve(fit, { shape, pass: 'low' }, centre)[enough] ?? 0)));
    const byCutoff = (pass: Mask['pass']) =>
      fits.map((fit) => [0, near].map((i) => curve(fit, { shape: 'ideal', pass })[i] ?? Number.NaN));
    const kept = (centre: Centre) =>
      accuracyAt(near, { shape: 'ideal', pass: 'low' }, centre).map((v, i) => v / (fits[i]?.full ?? Number.NaN));
    // Rings are half a bin wide on each side: those that the cutoff crosses belong to neither.
    const outside = (shape: string) =>
      fits.map(({ derivatives }) =>
        passes.map((pass) => {
          const found = derivatives.find((d) => d.shape === shape && (d.pass === pass || d.pass === 'all'));
          if (!found) return Number.NaN;
          const stopped = (f: number) => (pass === 'low' ? f > p.shown + 1 / side : f < p.shown - 1 / side);
          const of = (within: (f: number) => boolean) =>
            found.power.reduce((sum, v, r) => sum + (within(found.position[r] ?? 0) ? v : 0), 0);
          return of(stopped) / of(() => true);
        }),
      );
    const each = `in every one of ${p.networks} networks`;
    const sketch = { id: 'sketch', statement: "the sketch's mask, centred on the highest frequency" };
    const [first] = fits;
    const unit = (image: NdArray): NdArray => {
      const most = Float64Array.from(image.data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      return { data: Float64Array.from(image.data, (v) => v / most), shape: image.shape };
    };
    const band = (name: string, mask: Mask, centre?: Centre) =>
      medianBand(
        name,
        p.cutoffs,
        fits.map((fit) => curve(fit, mask, centre)),
      );
    const median = (list: number[]) => spread(list).median;
    return {
      metrics: {
        accuracy: median(fits.map(({ full }) => full)),
        lowPass: median(accuracyAt(near, { shape: 'ideal', pass: 'low' })),
        highPass: median(accuracyAt(near, { shape: 'ideal', pass: 'high' })),
      },
      tables: [
        {
          id: 'accuracy',
          title: 'Accuracy on new digits by mask and cutoff',
          columns: {
            network: fits.flatMap((_, i) => p.cutoffs.map(() => i + 1)),
            cutoff: fits.flatMap(() => p.cutoffs),
            ...Object.fromEntries(masks.map((mask) => [label(mask), fits.flatMap((fit) => curve(fit, mask))])),
            'mask of the sketch': fits.flatMap((fit) => curve(fit, { shape: 'ideal', pass: 'low' }, 'Nyquist')),
          },
        },
      ],
      claims: [
        atMost(1e-5, {
          id: 'identity',
          statement: `Masking the weights and masking the images give the same outputs (relative root mean square difference, f32), ${each}.`,
          source: cite('fprinciple', 'a real symmetric mask is its own adjoint'),
          measured: fits.map(({ identity }) => identity),
          labels: masks.map(label),
          control: {
            statement: 'a filter that is not symmetric, the shift by one pixel',
            measured: fits.map(({ shift }) => shift),
          },
        }),
        atMost(1e-6, {
          id: 'removed',
          statement: `Behind an ideal mask at ${p.shown} the output does not depend on the frequencies removed (share of the power of its derivative), ${each}.`,
          source: cite('notesFourier', 'apply_frequency_mask, effect on the output'),
          measured: outside('ideal'),
          labels: passes,
          control: { statement: 'the same frequencies without a mask', measured: outside('no') },
        }),
        atLeast(0.2, {
          id: 'low-over-high',
          statement: `At the cutoff ${at(near)} an ideal low pass keeps at least 0.2 more of the accuracy than an ideal high pass (difference), ${each}.`,
          source: cite('notesFourier', 'low-pass and high-pass networks'),
          measured: ahead('ideal'),
          control: { ...sketch, measured: ahead('ideal', 'Nyquist') },
        }),
        above(0, {
          id: 'low-over-high-gaussian',
          statement: `So does a Gaussian one, by less: its high pass lets through part of what lies below the cutoff (difference), ${each}.`,
          source: cite('notesFourier', 'gaussian_low'),
          measured: ahead('gaussian'),
          control: { ...sketch, measured: ahead('gaussian', 'Nyquist') },
        }),
        atMost(0.02, {
          id: 'low-enough',
          statement: `A low pass at ${at(enough)} costs at most 0.02 of the accuracy, ${each}.`,
          source: cite('notesFourier', 'low-pass networks'),
          measured: lost(),
          labels: shapes,
          control: { ...sketch, measured: lost('Nyquist') },
        }),
        increasing({
          id: 'low-by-cutoff',
          statement: `The accuracy behind an ideal low pass rises with its cutoff, from ${at(0)} to ${at(near)} (beyond, nothing is left to gain: the claim before), ${each}.`,
          source: cite('notesFourier', 'cutoff_frequency'),
          measured: byCutoff('low'),
          labels: [at(0), at(near)].map((cutoff) => `cutoff ${cutoff}`),
          control: { statement: 'a high pass of the same cutoffs', measured: byCutoff('high') },
        }),
        below(0.5, {
          id: 'sketch',
          statement: `The sketch's mask, centred on the highest frequency, is no low pass: at ${at(near)} it leaves less than half of the accuracy (ratio), ${each}.`,
          source: cite('notesFourier', '_ideal_lowpass_mask on an unshifted transform'),
          measured: kept('Nyquist'),
          control: { statement: 'a mask of the same size, centred on zero', measured: kept('zero') },
        }),
      ],
      figures: [
        lineFigure({
          id: 'accuracy',
          title: 'Accuracy behind a mask on the first layer',
          caption: `On new digits, by cutoff; median and band of ${p.networks} networks. The sketch's mask is centred on the highest frequency instead of zero.`,
          x: { title: 'cutoff (cycles per pixel)' },
          y: { title: 'accuracy', domain: [0, 1] },
          lines: [
            ...masks.map((mask) => band(label(mask), mask)),
            band('mask of the sketch', { shape: 'ideal', pass: 'low' }, 'Nyquist'),
          ],
          levels: [{ value: median(fits.map(({ full }) => full)), name: 'no mask' }],
        }),
        panelsFigure({
          id: 'output-spectrum',
          title: 'What the outputs depend on',
          caption: `Root mean square amplitude of the derivative of the outputs by the image, over digits and classes, by spatial frequency; masks at ${p.shown} cycles per pixel, first network.`,
          panels: shapes.map((shape) => ({
            title: `${shape} masks`,
            x: { title: 'frequency (cycles per pixel)' },
            y: { title: 'amplitude', log: true, domain: [1e-6, 1] as const },
            lines: (first?.derivatives ?? [])
              .filter((d) => d.shape === shape || d.shape === 'no')
              .map((d) => ({ name: label(d), x: d.position, y: d.amplitude })),
          })),
        }),
        picturesFigure({
          id: 'weights',
          title: 'Weights of the first unit',
          caption: `As trained, and behind masks at ${p.shown} cycles per pixel (first network).`,
          colorMap: 'diverging',
          range: [-1, 1],
          columns: 3,
          pictures: (first?.units ?? []).map((image, i) => ({
            label: ['trained', ...masks.map(label)][i] ?? '',
            image: unit(image),
          })),
        }),
      ],
    };
  },
});

/** Pictures with every second sign turned, by which the highest frequency and zero change places. */
function checkered({ data, shape }: NdArray): NdArray {
  const side = shape.at(-1) ?? 1;
  return { data: data.map((v, i) => ((Math.floor(i / side) + i) % 2 === 0 ? v : -v)), shape };
}

/** Pictures moved to the right by a pixel, the last column first. */
function shiftedByOne({ data, shape }: NdArray): NdArray {
  const side = shape.at(-1) ?? 1;
  return { data: data.map((_, i) => data[i - (i % side) + ((i + side - 1) % side)] ?? Number.NaN), shape };
}

/** Mean over pictures, one behind the other, of the power and of the amplitude at each ring of spatial frequency. */
function spectrumOf(pictures: Float64Array | Float32Array, side: number) {
  const n = pictures.length / side ** 2;
  const stack = { data: pictures, shape: [n, side, side] };
  const spectra = Array.from({ length: n }, (_, i) => radialSpectrum(slice(stack, i)));
  const { position, count } = spectra[0] ?? { position: { data: [] }, count: { data: [] } };
  const power = Float64Array.from(
    position.data,
    (_, r) => spectra.reduce((sum, s) => sum + (s.power.data[r] ?? 0), 0) / n,
  );
  return {
    position: Float64Array.from(position.data),
    power: power.map((v, r) => v * (count.data[r] ?? 0)),
    amplitude: power.map((v) => Math.sqrt(v)),
  };
}
