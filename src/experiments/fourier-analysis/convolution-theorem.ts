/**
 * Convolution in time is multiplication in frequency (Fourier notes, document 000, "convolution theorem").
 *
 * The source's sketch compares `np.convolve(x, h, 'same')` with `ifft(fft(x) fft(h, n))`: the one is linear and centred,
 * the other circular and causal, so they differ by a shift of half the kernel and at the ends, and the "error" it prints is
 * of the signal's size. Each is compared here with its own direct sum; what the sketch measures is shown as a metric.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, defineExperiment } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { convolve, gaussianNoise } from '../../spectrum/index.js';
import { largestDifference } from '../support/arrays.js';
import { padded, productOfSpectra } from '../support/spectra.js';

const parameters = z.object({
  samples: z.int().min(16).max(100_000).default(1000).describe('samples of the signal, white noise'),
  kernel: z.array(z.number()).min(2).default([0.1, 0.2, 0.4, 0.2, 0.1]).describe('smoothing filter'),
  lengths: z.array(z.int().min(8).max(10_000)).default([97, 256, 1000, 1999]).describe('lengths of random pairs'),
});

export const convolutionTheorem = defineExperiment({
  id: 'convolution-theorem',
  title: 'Convolution is multiplication of spectra, exactly',
  source: cite('notesFourier', 'section on the convolution theorem'),
  statement:
    'A circular convolution equals the inverse transform of the product of the transforms, and a linear one does after ' +
    'padding with zeros: both to rounding.',
  formula: 'F(a ∗ b) = F a · F b',
  parameters,
  presets: { quick: {}, paper: { lengths: [97, 256, 1000, 1999, 4096, 9973] } },
  seconds: { quick: 1, paper: 2 },

  measure({ parameters: p, random }) {
    const x = gaussianNoise(p.samples, random('signal'));
    const circular = convolve(x, p.kernel, { mode: 'circular', method: 'direct' }).data;
    const same = convolve(x, p.kernel, { mode: 'same', method: 'direct' }).data;
    const pairs = p.lengths.map((n, i) => {
      const [a, b] = [gaussianNoise(n, random('first of pair', i)), gaussianNoise(n, random('second of pair', i))];
      const sums = (mode: 'circular' | 'full') => convolve(a, b, { mode, method: 'direct' }).data;
      const long = 2 * n - 1;
      const atLength = productOfSpectra(a, b);
      const withZeros = productOfSpectra(padded(a.data, long), padded(b.data, long));
      // Over the size of a sum of n products of unit variance.
      const gap = (u: ArrayLike<number>, v: ArrayLike<number>): number => largestDifference(u, v) / Math.sqrt(n);
      return {
        circular: gap(sums('circular'), atLength),
        linear: gap(sums('full'), withZeros),
        // Without the zeros the end of the linear result is folded onto its beginning.
        folded: gap(sums('full').slice(0, n), atLength),
      };
    });
    return { x: x.data, circular, same, theorem: productOfSpectra(x, padded(p.kernel, p.samples)), pairs };
  },

  present({ x, circular, same, theorem, pairs }, p) {
    const half = Math.floor((p.kernel.length - 1) / 2);
    const inner = p.samples - p.kernel.length;
    const middle = same.slice(half, half + inner);
    const shifted = largestDifference(middle, circular.slice(2 * half, 2 * half + inner));
    const unshifted = largestDifference(middle, circular.slice(half, half + inner));
    const shown = Math.min(60, p.samples);
    const at = Array.from({ length: shown }, (_, i) => i);
    return {
      metrics: {
        'circular, largest difference': largestDifference(circular, theorem),
        "'same' against circular, as the sketch compares": largestDifference(same, circular),
        "'same' against circular, half a kernel later": shifted,
      },
      tables: [
        {
          id: 'lengths',
          title: 'Largest difference over sqrt(n), random pairs',
          columns: {
            n: p.lengths,
            circular: pairs.map((pair) => pair.circular),
            linear: pairs.map((pair) => pair.linear),
          },
        },
      ],
      figures: [
        lineFigure({
          id: 'smoothing',
          title: 'One filter, linear and circular',
          caption:
            'The first samples of noise, filtered. The circular result (through the theorem) is the centred one half a ' +
            "kernel later, apart from the ends: comparing them index by index, as the source's sketch does, measures that shift.",
          x: { title: 'sample' },
          y: { title: 'value' },
          lines: [
            { name: 'noise', x: at, y: Array.from(x).slice(0, shown), color: colors.target },
            { name: "linear, centred ('same')", x: at, y: Array.from(same).slice(0, shown) },
            { name: 'circular, by the theorem', x: at, y: Array.from(theorem).slice(0, shown) },
          ],
        }),
      ],
      claims: [
        atMost(1e-13, {
          id: 'filter',
          statement: 'The filtered signal by direct circular sums and by the product of spectra agree to rounding.',
          source: cite('notesFourier', 'convolution_frequency'),
          measured: largestDifference(circular, theorem),
          control: { none: 'an identity' },
        }),
        atMost(1e-13, {
          id: 'circular',
          statement: 'Circular convolutions of random pairs agree to rounding, over sqrt(n).',
          source: cite('notesFourier', 'convolution theorem'),
          measured: pairs.map((pair) => pair.circular),
          labels: p.lengths.map((n) => `n = ${n}`),
          control: { none: 'an identity' },
        }),
        atMost(1e-13, {
          id: 'linear',
          statement: 'Linear convolutions agree to rounding once padded with zeros, over sqrt(n).',
          source: cite('notesFourier', 'convolution theorem'),
          measured: pairs.map((pair) => pair.linear),
          labels: p.lengths.map((n) => `n = ${n}`),
          control: {
            id: 'unpadded',
            statement: 'without the zeros: the end is folded onto the beginning (first n values)',
            measured: pairs.map((pair) => pair.folded),
          },
        }),
        atMost(1e-13, {
          id: 'shift',
          statement: "'same' is the circular result half a kernel earlier, away from the ends.",
          source: cite('fprinciple', 'correction of the sketch of the notes, which compares the two without the shift'),
          measured: shifted,
          control: { id: 'sketch', statement: 'without the shift, as the sketch compares them', measured: unshifted },
        }),
      ],
    };
  },
});
