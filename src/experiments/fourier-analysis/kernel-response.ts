/**
 * What a convolution kernel does to each spatial frequency (Fourier notes, document 000, "kernel frequency response").
 *
 * The source's sketch takes the middle row of an UNSHIFTED spectrum, whose vertical frequency is the highest there is, not
 * zero, and calls the index range above the threshold a bandwidth although it wraps around. Bandwidths here are in cycles
 * per pixel from frequency zero, by the length of the frequency vector and along each axis. A convolution layer's exact
 * singular values, frequency by frequency, are compared with the norm of its reshaped kernel, for a random layer and for the
 * first one of a small CNN trained on MNIST. Random kernels are white; what training adds to them lies at low frequencies,
 * where the digits have their energy.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { atMost, between, defineExperiment, equalTo, increasing, refuseDiverged } from '../../experiment/index.js';
import { heatmapFigure, lineFigure, picturesFigure } from '../../figures/index.js';
import { createModel } from '../../nets/index.js';
import {
  convSingularValues,
  effectiveBandwidth,
  fftfreq,
  fftshift,
  frequencyResponse,
  gaussianNoise,
  rfftfreq,
} from '../../spectrum/index.js';
import { mean } from '../support/arrays.js';

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

/** Share of a response's power at frequencies of length `edge` or less, cycles per pixel. */
function lowShare({ data, shape }: NdArray, edge: number): number {
  const [h = 0, w = 0] = shape;
  const [vertical, horizontal] = [fftfreq(h).data, fftfreq(w).data];
  const low = data.map((m, i) => (Math.hypot(vertical[Math.floor(i / w)]!, horizontal[i % w]!) <= edge ? m : 0));
  return squares(low) / squares(data);
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
  source: 'Fourier analysis and neural networks (000), section on the frequency response of convolution kernels',
  statement:
    'A Gaussian kernel passes low spatial frequencies, Sobel and Laplacian kernels high ones; their effective bandwidths ' +
    'say which. A convolution layer has one small matrix at each frequency, whose singular values are exactly those of ' +
    'the layer; the norm of the reshaped kernel is another number.',
  formula: 'H(u, v) = Σ_{mn} w_{mn} e^{−2πi(um + vn)},  singular values of a layer = those of its matrices H(u, v)',
  parameters,
  presets: { quick: { samples: 3000, epochs: 2 }, paper: { size: 64, channels: 32 } },
  seconds: { quick: 2, paper: 8 },
  data: ['mnist'],
  run: async ({ parameters: p, seed, random, data, signal, training }) => {
    const n = p.size;
    const kernels = { Gaussian: gaussian(p.gaussianSize, p.sigma), Sobel: sobel, Laplacian: laplacian };
    const names = Object.keys(kernels) as (keyof typeof kernels)[];
    const responses = names.map((name) => frequencyResponse(kernels[name], [n, n], { center: true }));
    const bands = names.map((name) => effectiveBandwidth(kernels[name], [n, n], p.threshold));
    const frequency = rfftfreq(n).data;
    const along = (response: NdArray): number[] => Array.from(response.data.subarray(0, frequency.length));
    // Closed forms along x: Gaussian exp(-2 (pi sigma f)^2) (up to sampling and cutting), |Sobel| = 8 |sin 2 pi f|,
    // |Laplacian| = 2 - 2 cos 2 pi f.
    const exact = [
      (f: number) => Math.exp(-2 * (Math.PI * p.sigma * f) ** 2),
      (f: number) => 8 * Math.abs(Math.sin(2 * Math.PI * f)),
      (f: number) => 2 - 2 * Math.cos(2 * Math.PI * f),
    ];
    const gaps = responses.map(({ magnitude }, i) =>
      Math.max(...along(magnitude).map((m, k) => Math.abs(m - exact[i]!(frequency[k]!)))),
    );
    const c = p.channels;
    const weight = {
      ...gaussianNoise(c * c * 9, { ...random('kernels'), std: 1 / Math.sqrt(9 * c) }),
      shape: [c, c, 3, 3],
    };
    const layer = await convSingularValues(weight, [n, n], { signal });
    const largest = { data: new Float64Array(n * n), shape: [n, n] };
    for (let i = 0; i < n * n; i++) largest.data[i] = layer.values.data[i * c]!;
    // Sum of squares of all singular values = pixels times the sum of squares of the weights (Parseval).
    const energy = squares(layer.values.data);
    const weights = squares(weight.data);
    const digits = await data.mnist({ count: p.samples });
    const cnn = createModel(
      {
        input: [1, digits.height, digits.width],
        layers: [
          { type: 'conv2d', filters: p.filters, kernel: 5 },
          { type: 'activation', fn: 'relu' },
          { type: 'maxPool2d', size: 2 },
          { type: 'flatten' },
          { type: 'dense', units: digits.classes },
        ],
      },
      { seed },
    );
    const before = cnn.parameters()['layers.0.weight']!;
    const steps = Math.max(1, Math.round((p.epochs * p.samples) / 50));
    const history = await cnn.train({
      x: { data: digits.images.data, shape: [p.samples, 1, digits.height, digits.width] },
      y: digits.labels,
      loss: 'crossEntropy',
      optimizer: { type: 'adam', learningRate: p.learningRate },
      steps,
      batchSize: 50,
      record: { log: 20 },
      signal,
      onProgress: training('training a CNN', steps),
    });
    refuseDiverged(history, 'training a CNN');
    const after = cnn.parameters()['layers.0.weight']!;
    const kernelsOf = (weight: NdArray): NdArray[] =>
      Array.from({ length: p.filters }, (_, i) => ({ data: weight.data.slice(25 * i, 25 * i + 25), shape: [5, 5] }));
    const learnt = kernelsOf(after);
    const learntResponses = learnt.map((kernel) => frequencyResponse(kernel, [n, n], { center: true }));
    const learntBands = learnt.map((kernel) => effectiveBandwidth(kernel, [n, n], p.threshold));
    const change = { data: after.data.map((v, i) => v - before.data[i]!), shape: after.shape };
    const low = (weight: NdArray): number =>
      mean(kernelsOf(weight).map((kernel) => lowShare(frequencyResponse(kernel, [n, n]).magnitude, p.lowBand)));
    const trainedLayer = await convSingularValues(after, [n, n], { signal });
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
    const high = (i: number): number => bands[i]!.horizontal?.[1] ?? Number.NaN;
    const lowest = (i: number): number => bands[i]!.horizontal?.[0] ?? Number.NaN;
    // |H| falls to the threshold at f = sqrt(-ln(threshold) / 2) / (pi sigma); the grid resolves 1/n.
    const cutoff = Math.sqrt(-Math.log(p.threshold) / 2) / (Math.PI * p.sigma);
    const tableNames = [...names, ...learnt.map((_, i) => `trained ${i + 1}`)];
    const tableBands = [...bands, ...learntBands];
    const lowShares = [low(before), low(after), low(change)];
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
          lines: names.map((name, i) => {
            const line = along(responses[i]!.magnitude);
            const top = Math.max(...line);
            return { name, x: frequency, y: line.map((m) => m / top) };
          }),
          levels: [{ value: p.threshold, name: 'threshold' }],
        }),
        ...names.map((name, i) =>
          map(
            `response-${name.toLowerCase()}`,
            `${name} kernel`,
            fftshift(responses[i]!.magnitude),
            'Magnitude of the response, frequency zero in the middle.',
          ),
        ),
        ...names.map((name, i) =>
          heatmapFigure({
            id: `phase-${name.toLowerCase()}`,
            title: `${name} kernel, phase`,
            caption:
              'Phase of the response in radians, the kernel centred on its middle pixel, frequency zero in the middle.',
            values: fftshift(unflipped(responses[i]!.phase)),
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
          fftshift(largest),
          'At each frequency the largest singular value of the matrix between channels; its maximum is the norm of the layer.',
        ),
      ],
      claims: [
        atMost(1e-14, {
          id: 'closed-forms',
          statement: 'Sobel and Laplacian responses along x equal 8 |sin 2 pi f| and 2 - 2 cos 2 pi f.',
          source: 'closed forms',
          measured: gaps.slice(1).map((gap) => gap / 8),
          labels: ['Sobel', 'Laplacian'],
        }),
        equalTo(cutoff, 1.5 / n, {
          id: 'gaussian-low',
          statement:
            'The Gaussian passes low frequencies, up to sqrt(-ln(threshold) / 2) / (pi sigma) within the grid.',
          source: '000, effective_bandwidth, done in cycles per pixel',
          measured: high(0),
          unit: 'cycles per pixel',
        }),
        between(1 / n, 0.5, {
          id: 'edges-high',
          statement: 'Sobel and Laplacian do not pass frequency zero: their bands begin above it.',
          source: '000, frequency responses of edge kernels',
          measured: [lowest(1), lowest(2)],
          labels: ['Sobel', 'Laplacian'],
          unit: 'cycles per pixel',
        }),
        equalTo(1, 1e-12, {
          id: 'parseval',
          statement:
            'The squares of all singular values add up to the pixels times the squares of the weights (ratio).',
          source: 'Sedghi, Gupta and Long 2019; Parseval',
          measured: [energy / (n * n * weights), squares(trainedLayer.values.data) / (n * n * squares(after.data))],
          labels: ['random layer', 'trained layer'],
        }),
        atMost(1, {
          id: 'reshaped',
          statement: "A layer's norm is at most sqrt(kh kw) times the norm of its reshaped kernel (ratio of the two).",
          source: 'bound between the two norms',
          measured: [
            layer.spectralNorm / (3 * layer.reshapedNorm),
            trainedLayer.spectralNorm / (5 * trainedLayer.reshapedNorm),
          ],
          labels: ['random layer', 'trained layer'],
        }),
        increasing({
          id: 'trained-low',
          statement: `Training moves the CNN's first kernels to low frequencies: share of the response's power at ${p.lowBand} cycles per pixel or less, as drawn, trained, and of what training added.`,
          source: '000, what the response of a layer says of its sensitivity; digits have their energy there',
          measured: lowShares,
          labels: ['as drawn', 'trained', 'added'],
        }),
      ],
    };
  },
});

/** A real negative response has the phase pi or -pi as rounding decides: pi for the picture. */
const unflipped = ({ data, shape }: NdArray): NdArray => ({
  data: data.map((v) => (v < 1e-9 - Math.PI ? Math.PI : v)),
  shape,
});
