/**
 * What a convolution kernel does to each spatial frequency (Fourier notes, document 000, "kernel frequency response").
 *
 * The source's sketch takes the middle row of an UNSHIFTED spectrum, whose vertical frequency is the highest there is, not
 * zero, and calls the index range above the threshold a bandwidth although it wraps around. Bandwidths here are in cycles
 * per pixel from frequency zero, by the length of the frequency vector and along each axis. A convolution layer's exact
 * singular values, frequency by frequency, are compared with the norm of its reshaped kernel.
 */
import { z } from 'zod';
import { atMost, between, defineExperiment, equalTo } from '../experiment/index.js';
import { heatmapFigure, lineFigure } from '../figures/index.js';
import type { NdArray } from '../ndarray.js';
import {
  convSingularValues,
  effectiveBandwidth,
  fftfreq,
  fftshift,
  frequencyResponse,
  gaussianNoise,
  rfftfreq,
} from '../spectrum/index.js';

const parameters = z.object({
  size: z.int().min(8).max(512).default(32).describe('pixels of the input on each side'),
  threshold: z.number().positive().max(1).default(0.1).describe('share of the largest response that counts as passing'),
  sigma: z.number().positive().default(1).describe('of the Gaussian kernel, pixels'),
  gaussianSize: z.int().min(3).max(31).default(9).describe('pixels of the Gaussian kernel on each side, odd'),
  channels: z.int().min(1).max(64).default(16).describe('channels in and out of the random layer'),
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
  parameters,
  presets: { quick: {}, paper: { size: 64, channels: 32 } },
  seconds: { quick: 3, paper: 20 },
  run: async ({ parameters: p, seed, signal }) => {
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
    const weight = { ...gaussianNoise(c * c * 9, { seed, std: 1 / Math.sqrt(9 * c) }), shape: [c, c, 3, 3] };
    const layer = await convSingularValues(weight, [n, n], { signal });
    const largest = { data: new Float64Array(n * n), shape: [n, n] };
    for (let i = 0; i < n * n; i++) largest.data[i] = layer.values.data[i * c]!;
    // Sum of squares of all singular values = pixels times the sum of squares of the weights (Parseval).
    const energy = squares(layer.values.data);
    const weights = squares(weight.data);
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
    const low = (i: number): number => bands[i]!.horizontal?.[0] ?? Number.NaN;
    // |H| falls to the threshold at f = sqrt(-ln(threshold) / 2) / (pi sigma); the grid resolves 1/n.
    const cutoff = Math.sqrt(-Math.log(p.threshold) / 2) / (Math.PI * p.sigma);
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
            kernel: names,
            'radial from': bands.map((b) => b.radial[0]),
            'radial to': bands.map((b) => b.radial[1]),
            'horizontal from': bands.map((b) => b.horizontal?.[0] ?? null),
            'horizontal to': bands.map((b) => b.horizontal?.[1] ?? null),
            'vertical from': bands.map((b) => b.vertical?.[0] ?? null),
            'vertical to': bands.map((b) => b.vertical?.[1] ?? null),
            'share of frequencies': bands.map((b) => b.fraction),
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
            values: fftshift(responses[i]!.phase),
            x: { title: 'horizontal frequency (cycles per pixel)', at: centred },
            y: { title: 'vertical frequency (cycles per pixel)', at: centred },
            color: { title: 'phase (rad)', range: [-Math.PI, Math.PI], map: 'diverging' },
            width: 280,
            height: 280,
          }),
        ),
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
          measured: [low(1), low(2)],
          labels: ['Sobel', 'Laplacian'],
          unit: 'cycles per pixel',
        }),
        equalTo(1, 1e-12, {
          id: 'parseval',
          statement:
            'The squares of all singular values add up to the pixels times the squares of the weights (ratio).',
          source: 'Sedghi, Gupta and Long 2019; Parseval',
          measured: energy / (n * n * weights),
        }),
        atMost(3, {
          id: 'reshaped',
          statement: "The layer's norm is at most sqrt(kh kw) = 3 times the norm of the reshaped kernel (ratio).",
          source: 'bound between the two norms',
          measured: layer.spectralNorm / layer.reshapedNorm,
        }),
      ],
    };
  },
});
