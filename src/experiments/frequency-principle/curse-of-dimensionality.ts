/**
 * What a Fourier transform in the space of images would cost (Xu, book, section 1.5.3), and what one direction costs (1.5.4).
 *
 * Images of d pixels are points of a space of d axes. Two frequencies on each axis make 2^d of them, and a sum over the n images for
 * each: that is timed for the first few axes, and grows as it is counted, twice for every axis. MNIST has 784. The book writes
 * "2^784, about 10^200"; it is 10^236 (1.02e236).
 *
 * A fast transform does not help: on a grid of two points an axis it takes d 2^d operations in place of 4^d, and doubles with every
 * axis as well. (It would need the labels on all corners of the cube, which nobody has: the n images are all that is known, so
 * that of the 2^d sums n at most are independent of each other.) Along one direction there are as many frequencies as one wishes to see,
 * whatever the number of axes; the product with the direction costs n d.
 *
 * Seconds are those of the fastest of several calls. Both slopes are a little over 1 (1.0 to 1.4 doublings an axis): the phase k . x has d
 * terms, the fast transform d passes, and large grids leave the processor's caches. The claim is of the least that the count gives.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, defineExperiment, equalTo, spread } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { fftn, gaussianNoise, nudft } from '../../spectrum/index.js';
import { slope } from '../support/arrays.js';
import { oneHot } from '../support/classification.js';
import { medianBand } from '../support/order.js';
import { fastest } from '../support/timing.js';

const axesOf = (least: number, most: number, values: readonly number[]) =>
  z
    .array(z.int().min(least).max(most))
    .min(3)
    .default([...values]);

const parameters = z.object({
  images: z.int().min(50).max(60_000).default(4000).describe('images of MNIST that a sum is taken over'),
  axes: axesOf(4, 18, [7, 8, 9, 10, 11, 12, 13]).describe('pixels of which two frequencies each are taken, ascending'),
  gridAxes: axesOf(4, 24, [14, 15, 16, 17, 18, 19, 20, 21]).describe(
    'axes of the grid of the fast transform, ascending',
  ),
  lengths: axesOf(1, 784, [98, 196, 294, 392, 490, 588, 686, 784]).describe(
    'pixels of which one direction is taken, ascending',
  ),
  frequencies: z.int().min(2).max(10_000).default(40).describe('frequencies along the direction'),
  repeats: z.int().min(1).max(100).default(5).describe('timed calls, of which the fastest counts'),
  draws: z.int().min(1).max(100).default(5).describe('choices of pixels and of the direction'),
});

/** Ways to a spectrum, and how it is called. */
const ways = {
  sums: 'sums, two frequencies an axis',
  fast: 'fast transform of a grid',
  direction: 'one direction',
} as const;
type Way = keyof typeof ways;

const SECONDS_A_YEAR = 365.25 * 86_400;

export const curseOfDimensionality = defineExperiment({
  id: 'curse-of-dimensionality',
  title: 'A Fourier transform in the space of images costs 2^784 sums, one direction costs none to speak of',
  source: cite('xuBook', 'section 1.5.3 and 1.5.4, eq. 1.4 and 1.5'),
  statement:
    'With two frequencies on each axis the cost of a Fourier transform doubles with every axis, fast or not: for the 784 pixels of ' +
    "MNIST 10^236 sums (not 10^200, as the source has it). Along one direction it does not grow with the axes but by the direction's product.",
  formula: 'Y(k) = (1/n) Σ_j y_j e^{−2πi k·x_j},  k ∈ {0, 1}^d: 2^d sums;  k = κp: as many as there are κ',
  parameters,
  presets: {
    quick: { images: 1000, axes: [6, 7, 8, 9, 10, 11, 12], gridAxes: [12, 13, 14, 15, 16, 17, 18] },
    paper: { axes: [8, 9, 10, 11, 12, 13, 14, 15], gridAxes: [16, 17, 18, 19, 20, 21, 22], repeats: 10 },
  },
  seconds: { quick: 6, paper: 300 },
  data: ['mnist'],

  async measure({ parameters: p, data, random, throwIfAborted }) {
    const set = await data.mnist({ count: p.images });
    const values = oneHot(set.labels, set.classes);
    const pixels = rows(set.images);
    const draws = [];
    for (let draw = 0; draw < p.draws; draw++) {
      // Pixels in a random order, so that every choice has edges and middle.
      const size = set.images.shape[1] ?? 0;
      const key = gaussianNoise(size, random('order of the pixels', draw)).data;
      const order = Array.from(key.keys()).sort((i, j) => (key[i] ?? 0) - (key[j] ?? 0));
      const chosen = (count: number): NdArray => ({
        data: Float64Array.from(pixels.flatMap((image) => order.slice(0, count).map((j) => image[j] ?? 0))),
        shape: [p.images, count],
      });
      const sums = p.axes.map((d) => {
        throwIfAborted();
        const [points, frequencies] = [chosen(d), corners(d)];
        return fastest(p.repeats, () => nudft(points, values, frequencies, { threads: 1 }));
      });
      const fast = p.gridAxes.map((d) => {
        throwIfAborted();
        const grid = {
          data: gaussianNoise(2 ** d, random('values on a grid', draw)).data,
          shape: Array<number>(d).fill(2),
        };
        return fastest(p.repeats, () => fftn(grid, { threads: 1 }));
      });
      const along = gaussianNoise(size, random('direction', draw)).data;
      const wanted = Float64Array.from({ length: p.frequencies }, (_, k) => k * 0.05);
      const direction = p.lengths.map((d) => {
        throwIfAborted();
        const points = rows(chosen(d));
        const unit = Float64Array.from(along.subarray(0, d), (v) => v / Math.sqrt(d));
        return fastest(p.repeats, () => {
          const projected = Float64Array.from(points, (image) =>
            image.reduce((sum, v, j) => sum + v * (unit[j] ?? 0), 0),
          );
          return nudft(projected, values, wanted, { threads: 1 });
        });
      });
      draws.push({ sums, fast, direction });
    }
    return { draws, pixels: set.images.shape[1] ?? 0 };
  },

  present({ draws, pixels }, p) {
    const at: Record<Way, readonly number[]> = { sums: p.axes, fast: p.gridAxes, direction: p.lengths };
    const slopes = (way: Way): number[] => draws.map((draw) => slope(at[way], draw[way].map(Math.log2)));
    const seconds = (way: Way): number[] =>
      at[way].map((_, i) => spread(draws.map((draw) => draw[way][i] ?? Number.NaN)).median);
    const last = (way: Way): number => seconds(way).at(-1) ?? Number.NaN;
    // As counted: twice for every axis that is missing.
    const years = Math.log10(last('sums') / SECONDS_A_YEAR) + (pixels - (p.axes.at(-1) ?? 0)) * Math.log10(2);
    const control = { id: 'direction', statement: 'one direction of as many axes', measured: slopes('direction') };
    return {
      metrics: {
        'seconds of one direction, all pixels': last('direction'),
        'power of ten of the years of all sums': years,
        'doublings an axis, sums': spread(slopes('sums')).median,
        'doublings an axis, fast transform': spread(slopes('fast')).median,
      },
      tables: (Object.keys(ways) as Way[]).map((way) => ({
        id: way,
        title: `Seconds: ${ways[way]}`,
        columns: {
          axes: [...at[way]],
          'sums or points': at[way].map((d) => (way === 'direction' ? p.frequencies : 2 ** d)),
          seconds: seconds(way),
        },
      })),
      claims: [
        equalTo(236, 0.5, {
          id: 'count',
          statement: `Two frequencies on each of ${pixels} axes are about 10^236 frequencies (power of ten).`,
          source: cite('fprinciple', 'counted, where the source has 10^200'),
          // A power of ten below the number of its digits.
          measured: (2n ** BigInt(pixels)).toString().length - 1,
          control: { id: 'book', statement: 'the power of ten in the book', measured: 200 },
        }),
        atLeast(0.9, {
          id: 'sums-double',
          statement: `The time of the sums over ${p.images} images doubles with every axis, or more (doublings an axis, at least 0.9), for each of ${p.draws} choices of pixels.`,
          source: cite('xuBook', 'section 1.5.3'),
          measured: slopes('sums'),
          control,
        }),
        atLeast(0.9, {
          id: 'fast-doubles',
          statement: 'That of a fast transform on a grid of two points an axis does too.',
          source: cite('fprinciple', 'd 2^d operations'),
          measured: slopes('fast'),
          control,
        }),
      ],
      figures: [
        lineFigure({
          id: 'seconds',
          title: 'Seconds of a spectrum by the number of axes',
          caption: `Median, smallest and largest of ${p.draws} choices, one thread, ${p.images} images. For all ${pixels} pixels the sums would take 10^${years.toFixed(0)} years.`,
          x: { title: 'axes (pixels)', log: true },
          y: { title: 'time (s)', log: true },
          lines: (Object.keys(ways) as Way[]).map((way) => ({
            ...medianBand(
              ways[way],
              at[way],
              draws.map((draw) => draw[way]),
            ),
            mark: 'both' as const,
          })),
        }),
      ],
    };
  },
});

/** The frequencies 0 and 1 on each of d axes, `[2^d, d]`. */
const corners = (d: number): NdArray => ({
  data: Float64Array.from({ length: d * 2 ** d }, (_, i) => (Math.floor(i / d) >> (i % d)) & 1),
  shape: [2 ** d, d],
});
