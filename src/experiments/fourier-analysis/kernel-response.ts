/**
 * What a convolution kernel does to each spatial frequency (Fourier notes, document 000, "kernel frequency response").
 *
 * The source's sketch takes the middle row of an UNSHIFTED spectrum, whose vertical frequency is the highest there is, not
 * zero, and calls the index range above the threshold a bandwidth although it wraps around. Bandwidths here are in cycles
 * per pixel from frequency zero, by the length of the frequency vector and along each axis. A convolution layer's exact
 * singular values, frequency by frequency, are compared with the norm of its reshaped kernel, for a random layer and for the
 * first one of a small CNN trained on MNIST. Random kernels are white; what training adds to them lies at low frequencies,
 * where the digits have their energy: with every second sign of the pixels turned, which moves that energy to the highest
 * frequencies and changes nothing else, training adds it there.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { row } from '../../core/reading.js';
import {
  atMost,
  between,
  common,
  defineExperiment,
  equalTo,
  grid,
  increasing,
  trainAll,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure, picturesFigure } from '../../figures/index.js';
import {
  convSingularValues,
  fftfreq,
  fftshift,
  frequencyResponse,
  gaussianNoise,
  passband,
  rfftfreq,
} from '../../spectrum/index.js';
import { entry, mean } from '../support/arrays.js';

const parameters = z.object({
  size: z.int().min(8).max(512).default(32).describe('pixels of the input on each side'),
  threshold: z.number().positive().max(1).default(0.1).describe('share of the largest response that counts as passing'),
  sigma: z.number().positive().default(1).describe('of the Gaussian kernel, pixels'),
  gaussianSize: z.int().min(3).max(31).default(9).describe('pixels of the Gaussian kernel on each side, odd'),
  channels: z.int().min(1).max(64).default(16).describe('channels in and out of the random layer'),
  filters: z.int().min(1).max(64).default(8).describe("kernels of the CNN's first layer, 5 by 5"),
  samples: z.int().min(100).max(60_000).default(20_000).describe('training digits of the CNN'),
  epochs: z.number().positive().default(3).describe('passes over them'),
  learningRate: z.number().positive().default(2e-3).describe('of Adam, 50 digits a step'),
  lowBand: z
    .number()
    .positive()
    .max(0.5)
    .default(0.15)
    .describe('cycles per pixel up to which a frequency counts as low'),
  networks: common.networks(),
});

const squares = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v * v, 0);

const sobel = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];
const laplacian = [
  [0, 1, 0],
  [1, -4, 1],
  [0, 1, 0],
];

/**
 * Share of the power of responses, all together, at frequencies of length `edge` or less, cycles per pixel. (Each by itself has
 * none where training added nothing to a kernel, whose ReLU is dead.)
 */
function lowShare(responses: readonly NdArray[], edge: number): number {
  const powers = responses.map(({ data, shape: [h = 0, w = 0] }) => {
    const [vertical, horizontal] = [fftfreq(h).data, fftfreq(w).data];
    const along = (axis: ArrayLike<number>, i: number): number => axis[i] ?? Number.NaN;
    const low = data.filter((_, i) => Math.hypot(along(vertical, Math.floor(i / w)), along(horizontal, i % w)) <= edge);
    return { low: squares(low), all: squares(data) };
  });
  return mean(powers.map(({ low }) => low)) / mean(powers.map(({ all }) => all));
}

/** Values over their largest magnitude. */
function relative({ data, shape }: NdArray): NdArray {
  const most = Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return { data: data.map((v) => v / most), shape };
}

function gaussian(size: number, sigma: number): number[][] {
  const half = (size - 1) / 2;
  const line = Array.from({ length: size }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const sum = line.reduce((a, b) => a + b, 0);
  return line.map((a) => line.map((b) => (a * b) / sum ** 2));
}

export const kernelResponse = defineExperiment({
  id: 'kernel-response',
  title: 'Frequency responses of convolution kernels, and exact norms of a layer',
  source: [cite('notesFourier', 'section on the frequency response of convolution kernels'), cite('sedghi2019')].join(
    '; ',
  ),
  statement:
    'A Gaussian kernel passes low spatial frequencies, Sobel and Laplacian kernels high ones; their effective bandwidths ' +
    'say which. A convolution layer has one small matrix at each frequency, whose singular values are exactly those of ' +
    'the layer; the norm of the reshaped kernel is another number.',
  formula: 'H(u, v) = Σ_{mn} w_{mn} e^{−2πi(um + vn)},  singular values of a layer = those of its matrices H(u, v)',
  parameters,
  presets: { quick: { samples: 3000, epochs: 2 }, paper: { size: 64, channels: 32 } },
  seconds: { quick: 8, paper: 60 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, random, data, signal } = context;
    const n = p.size;
    const c = p.channels;
    const weight = {
      ...gaussianNoise(c * c * 9, { ...random('kernels'), std: 1 / Math.sqrt(9 * c) }),
      shape: [c, c, 3, 3],
    };
    const digits = await data.mnist({ count: p.samples });
    const { width } = digits;
    const shape = [p.samples, 1, digits.height, width];
    const images: NdArray = { data: digits.images.data, shape };
    // Spatial frequencies (u, v) become (u + 1/2, v + 1/2): every pixel keeps its size.
    const turned: NdArray = {
      data: images.data.map((v, i) => ((Math.floor(i / width) + i) % 2 === 0 ? v : -v)),
      shape,
    };
    const fits = await trainAll(context, {
      cells: grid({ turned: [false, true], seed: seeds(p.networks) }),
      run: (cell) => ({
        seed: cell.seed,
        x: cell.turned ? turned : images,
        probes: { kernels: { type: 'parameters', parameter: 'layers.0.weight' } as const },
      }),
      shared: {
        y: digits.labels,
        spec: {
          input: shape.slice(1),
          layers: [
            { type: 'conv2d', filters: p.filters, kernel: 5 },
            { type: 'activation', fn: 'relu' },
            { type: 'maxPool2d', size: 2 },
            { type: 'flatten' },
            { type: 'dense', units: digits.classes },
          ],
        },
        loss: 'crossEntropy',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: Math.max(1, Math.round((p.epochs * p.samples) / 50)),
        batchSize: 50,
        record: { log: 20 },
      },
      what: 'CNNs',
    });
    const cnns = fits.map(({ turned, steps, probes: { kernels } }) => ({
      turned,
      before: { data: row(kernels.values, 0), shape: [p.filters, 1, 5, 5] },
      after: { data: row(kernels.values, steps.length - 1), shape: [p.filters, 1, 5, 5] },
    }));
    const layers = [weight, ...cnns.flatMap((cnn) => (cnn.turned ? [] : [cnn.after]))];
    const norms = [];
    for (const layer of layers) {
      const { values, spectralNorm, reshapedNorm } = await convSingularValues(layer, [n, n], { signal });
      const [least = 0, kernel = 0] = [values.shape.at(-1), layer.shape.at(-1)];
      norms.push({
        spectralNorm,
        reshapedNorm,
        bound: kernel * reshapedNorm,
        // Sum of squares of all singular values over pixels times the sum of squares of the weights (Parseval).
        energy: squares(values.data) / (n * n * squares(layer.data)),
        largest: { data: values.data.filter((_, i) => i % least === 0), shape: [n, n] },
      });
    }
    return { cnns, norms };
  },

  present({ cnns, norms }, p) {
    const n = p.size;
    const kernels = { Gaussian: gaussian(p.gaussianSize, p.sigma), Sobel: sobel, Laplacian: laplacian };
    const frequency = rfftfreq(n).data;
    // Along x: Gaussian exp(-2 (pi sigma f)^2) up to sampling and cutting, drawn only.
    const exact: Record<string, (f: number) => number> = {
      Sobel: (f) => 8 * Math.abs(Math.sin(2 * Math.PI * f)),
      Laplacian: (f) => 2 - 2 * Math.cos(2 * Math.PI * f),
    };
    const filters = Object.entries(kernels).map(([name, kernel]) => {
      const { magnitude, phase } = frequencyResponse(kernel, [n, n], { center: true });
      const along = Array.from(magnitude.data.subarray(0, frequency.length));
      return { name, magnitude, phase, along, band: passband(kernel, [n, n], p.threshold) };
    });
    const [smooth, first, second] = [entry(filters, 0), entry(filters, 1), entry(filters, 2)];
    const edges = [first, second];
    const kernelsOf = (weight: NdArray): NdArray[] =>
      Array.from({ length: p.filters }, (_, i) => ({ data: weight.data.slice(25 * i, 25 * i + 25), shape: [5, 5] }));
    const straight = cnns.filter(({ turned }) => !turned);
    const [shown] = straight as [(typeof cnns)[number]];
    const layer = entry(norms, 0);
    const learnt = kernelsOf(shown.after);
    const learntResponses = learnt.map((kernel) => frequencyResponse(kernel, [n, n], { center: true }));
    const learntBands = learnt.map((kernel) => passband(kernel, [n, n], p.threshold));
    const low = (weight: NdArray): number =>
      lowShare(
        kernelsOf(weight).map((kernel) => frequencyResponse(kernel, [n, n]).magnitude),
        p.lowBand,
      );
    const lowShares = (list: typeof cnns): number[][] =>
      list.map(({ before, after }) => [low(before), low(after), low(difference(after, before))]);
    const centred = Array.from(fftshift(fftfreq(n)).data);
    const map = (id: string, title: string, values: NdArray, caption: string) =>
      heatmapFigure({
        id,
        title,
        caption,
        values,
        x: { title: 'horizontal frequency (cycles per pixel)', at: centred },
        y: { title: 'vertical frequency (cycles per pixel)', at: centred },
        color: { title: 'magnitude', range: [0, Array.from(values.data).reduce((a, b) => Math.max(a, b), 0)] },
        width: 280,
        height: 280,
      });
    // |H| falls to the threshold at f = sqrt(-ln(threshold) / 2) / (pi sigma); the grid resolves 1/n.
    const cutoff = Math.sqrt(-Math.log(p.threshold) / 2) / (Math.PI * p.sigma);
    const tableNames = [...filters.map(({ name }) => name), ...learnt.map((_, i) => `trained ${i + 1}`)];
    const tableBands = [...filters.map(({ band }) => band), ...learntBands];
    const layerNames = norms.map((_, i) => (i === 0 ? 'random layer' : `network ${i}`));
    return {
      metrics: {
        'spectral norm': layer.spectralNorm,
        'reshaped norm': layer.reshapedNorm,
        ratio: layer.spectralNorm / layer.reshapedNorm,
      },
      tables: [
        {
          id: 'bandwidths',
          title: `Frequencies at ${p.threshold} of the largest response or more (cycles per pixel)`,
          columns: {
            kernel: tableNames,
            'radial from': tableBands.map((b) => b.radial[0]),
            'radial to': tableBands.map((b) => b.radial[1]),
            'horizontal from': tableBands.map((b) => b.horizontal?.[0] ?? null),
            'horizontal to': tableBands.map((b) => b.horizontal?.[1] ?? null),
            'vertical from': tableBands.map((b) => b.vertical?.[0] ?? null),
            'vertical to': tableBands.map((b) => b.vertical?.[1] ?? null),
            'share of frequencies': tableBands.map((b) => b.fraction),
          },
        },
      ],
      figures: [
        lineFigure({
          id: 'responses',
          title: 'Responses along the horizontal axis',
          caption:
            'Magnitude against horizontal frequency, vertical frequency zero, each over its largest value on that axis.',
          x: { title: 'frequency (cycles per pixel)' },
          y: { title: 'magnitude, relative' },
          lines: filters.map(({ name, along }) => {
            const top = Math.max(...along);
            return { name, x: frequency, y: along.map((m) => m / top) };
          }),
          levels: [{ value: p.threshold, name: 'threshold' }],
        }),
        ...filters.map(({ name, magnitude }) =>
          map(
            `response-${name.toLowerCase()}`,
            `${name} kernel`,
            fftshift(magnitude),
            'Magnitude of the response, frequency zero in the middle.',
          ),
        ),
        ...filters.map(({ name, phase }) =>
          heatmapFigure({
            id: `phase-${name.toLowerCase()}`,
            title: `${name} kernel, phase`,
            caption:
              'Phase of the response in radians, the kernel centred on its middle pixel, frequency zero in the middle.',
            values: fftshift(unflipped(phase)),
            x: { title: 'horizontal frequency (cycles per pixel)', at: centred },
            y: { title: 'vertical frequency (cycles per pixel)', at: centred },
            color: { title: 'phase (rad)', range: [-Math.PI, Math.PI], map: 'diverging' },
            width: 280,
            height: 280,
          }),
        ),
        picturesFigure({
          id: 'trained-kernels',
          title: 'Kernels of a trained CNN and their responses',
          caption:
            'Kernels of the first layer, each over its largest entry; below them the magnitude of the response over its largest, and its phase from -pi to pi, frequency zero in the middle.',
          colorMap: 'diverging',
          range: [-1, 1],
          width: 90,
          columns: p.filters,
          pictures: [
            ...learnt.map((kernel, i) => ({ label: `kernel ${i + 1}`, image: relative(kernel) })),
            ...learntResponses.map(({ magnitude }) => ({ label: 'magnitude', image: relative(fftshift(magnitude)) })),
            ...learntResponses.map(({ phase }) => ({
              label: 'phase',
              image: { data: fftshift(unflipped(phase)).data.map((v) => v / Math.PI), shape: phase.shape },
            })),
          ],
        }),
        map(
          'layer',
          'Largest singular value of a random layer',
          fftshift(layer.largest),
          'At each frequency the largest singular value of the matrix between channels; its maximum is the norm of the layer.',
        ),
      ],
      claims: [
        atMost(1e-14, {
          id: 'closed-forms',
          statement: 'Sobel and Laplacian responses along x equal 8 |sin 2 pi f| and 2 - 2 cos 2 pi f.',
          source: cite('fprinciple', 'closed forms'),
          measured: edges.map(({ name, along }) =>
            Math.max(...along.map((m, k) => Math.abs(m - (exact[name]?.(frequency[k] ?? 0) ?? Number.NaN)) / 8)),
          ),
          labels: edges.map(({ name }) => name),
          control: { none: 'closed forms' },
        }),
        equalTo(cutoff, 1.5 / n, {
          id: 'gaussian-low',
          statement:
            'The Gaussian passes low frequencies, up to sqrt(-ln(threshold) / 2) / (pi sigma) within the grid.',
          source: cite('notesFourier', 'effective_bandwidth, done in cycles per pixel'),
          measured: smooth.band.horizontal?.[1] ?? null,
          unit: 'cycles per pixel',
          control: { statement: 'the Laplacian', measured: second.band.horizontal?.[1] ?? null },
        }),
        between(1 / n, 0.5, {
          id: 'edges-high',
          statement: 'Sobel and Laplacian do not pass frequency zero: their bands begin above it.',
          source: cite('notesFourier', 'frequency responses of edge kernels'),
          measured: edges.map(({ band }) => band.horizontal?.[0] ?? null),
          labels: edges.map(({ name }) => name),
          unit: 'cycles per pixel',
          control: { statement: 'the Gaussian', measured: smooth.band.horizontal?.[0] ?? null },
        }),
        equalTo(1, 1e-12, {
          id: 'parseval',
          statement:
            'The squares of all singular values add up to the pixels times the squares of the weights (ratio).',
          source: cite('sedghi2019'),
          measured: norms.map(({ energy }) => energy),
          labels: layerNames,
          control: { none: "an identity (Parseval's)" },
        }),
        atMost(1, {
          id: 'reshaped',
          statement: "A layer's norm is at most sqrt(kh kw) times the norm of its reshaped kernel (ratio of the two).",
          source: cite('fprinciple', 'triangle inequality over the kernel: a bound between the two norms'),
          measured: norms.map(({ spectralNorm, bound }) => spectralNorm / bound),
          labels: layerNames,
          control: { none: 'an inequality between two norms of the same weights' },
        }),
        increasing({
          id: 'trained-low',
          statement: `Training moves the CNN's first kernels to low frequencies, where digits have their energy: share of the power of their responses at ${p.lowBand} cycles per pixel or less, as drawn, trained, and of what training added, in every one of ${p.networks} networks.`,
          source: cite('notesFourier', 'what the response of a layer says of its sensitivity'),
          measured: lowShares(straight),
          labels: ['as drawn', 'trained', 'added'],
          control: {
            id: 'turned',
            statement: 'every second sign of the pixels turned, so that the energy is at the highest frequencies',
            measured: lowShares(cnns.filter(({ turned }) => turned)),
          },
        }),
      ],
    };
  },
});

const difference = (a: NdArray, b: NdArray): NdArray => ({
  data: Float64Array.from(a.data, (v, i) => v - (b.data[i] ?? Number.NaN)),
  shape: a.shape,
});

/** A real negative response has the phase pi or -pi as rounding decides: pi for the picture. */
const unflipped = ({ data, shape }: NdArray): NdArray => ({
  data: data.map((v) => (v < 1e-9 - Math.PI ? Math.PI : v)),
  shape,
});
