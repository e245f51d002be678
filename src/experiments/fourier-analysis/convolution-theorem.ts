/**
 * Convolution in time is multiplication in frequency (Fourier notes, document 000, "convolution theorem").
 *
 * The source's sketch compares `np.convolve(x, h, 'same')` with `ifft(fft(x) fft(h, n))`: the one is linear and centred,
 * the other circular and causal, so they differ by a shift of half the kernel and at the ends, and the "error" it prints is
 * of the signal's size. Each is compared here with its own direct sum; what the sketch measures is shown as a metric.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { atMost, defineExperiment } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { convolve, fft, gaussianNoise, ifft } from '../../spectrum/index.js';

const parameters = z.object({
  samples: z.int().min(16).max(100_000).default(1000).describe('samples of the signal, white noise'),
  kernel: z.array(z.number()).min(2).default([0.1, 0.2, 0.4, 0.2, 0.1]).describe('smoothing filter'),
  lengths: z.array(z.int().min(8).max(10_000)).default([97, 256, 1000, 1999]).describe('lengths of random pairs'),
});

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]!)), 0);

/** `ifft(fft(a) fft(b))` at a's length. */
function byTransform(a: NdArray, b: ArrayLike<number>): Float64Array {
  const n = a.data.length;
  const padded = new Float64Array(n);
  padded.set(Array.from(b));
  const [x, h] = [fft(a), fft(padded)];
  const product = {
    re: Float64Array.from(x.re, (re, k) => re * h.re[k]! - x.im[k]! * h.im[k]!),
    im: Float64Array.from(x.re, (re, k) => re * h.im[k]! + x.im[k]! * h.re[k]!),
    shape: [n],
  };
  return Float64Array.from(ifft(product).re);
}

export const convolutionTheorem = defineExperiment({
  id: 'convolution-theorem',
  title: 'Convolution is multiplication of spectra, exactly',
  source: 'Fourier analysis and neural networks (000), section on the convolution theorem',
  statement:
    'A circular convolution equals the inverse transform of the product of the transforms, and a linear one does after ' +
    'padding with zeros: both to rounding.',
  formula: 'F(a ∗ b) = F a · F b',
  parameters,
  presets: { quick: {}, paper: { lengths: [97, 256, 1000, 1999, 4096, 9973] } },
  seconds: { quick: 1, paper: 2 },
  run: ({ parameters: p, random }) => {
    const x = gaussianNoise(p.samples, random('signal'));
    const circular = convolve(x, p.kernel, { mode: 'circular', method: 'direct' }).data;
    const theorem = byTransform(x, p.kernel);
    const same = convolve(x, p.kernel, { mode: 'same', method: 'direct' }).data;
    const pairs = p.lengths.map((n, i) => {
      const [a, b] = [gaussianNoise(n, random('first of pair', i)), gaussianNoise(n, random('second of pair', i))];
      // The size of a sum of n products of unit variance.
      const scale = Math.sqrt(n);
      const round = convolve(a, b, { mode: 'circular', method: 'direct' }).data;
      const full = convolve(a, b, { mode: 'full', method: 'direct' }).data;
      const padded = { data: new Float64Array(2 * n - 1), shape: [2 * n - 1] };
      padded.data.set(a.data);
      return [largest(round, byTransform(a, b.data)) / scale, largest(full, byTransform(padded, b.data)) / scale];
    });
    const half = Math.floor((p.kernel.length - 1) / 2);
    const inner = p.samples - p.kernel.length;
    const shifted = largest(same.slice(half, half + inner), circular.slice(2 * half, 2 * half + inner));
    const shown = Math.min(60, p.samples);
    const at = Array.from({ length: shown }, (_, i) => i);
    return {
      metrics: {
        'circular, largest difference': largest(circular, theorem),
        "'same' against circular, as the sketch compares": largest(same, circular),
        "'same' against circular, half a kernel later": shifted,
      },
      tables: [
        {
          id: 'lengths',
          title: 'Largest difference over sqrt(n), random pairs',
          columns: { n: p.lengths, circular: pairs.map(([c]) => c!), linear: pairs.map(([, l]) => l!) },
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
            { name: 'noise', x: at, y: Array.from(x.data).slice(0, shown), color: colors.target },
            { name: "linear, centred ('same')", x: at, y: Array.from(same).slice(0, shown) },
            { name: 'circular, by the theorem', x: at, y: Array.from(theorem).slice(0, shown) },
          ],
        }),
      ],
      claims: [
        atMost(1e-13, {
          id: 'filter',
          statement: 'The filtered signal by direct circular sums and by the product of spectra agree to rounding.',
          source: '000, convolution_frequency',
          measured: largest(circular, theorem),
        }),
        atMost(1e-13, {
          id: 'circular',
          statement: 'Circular convolutions of random pairs agree to rounding, over sqrt(n).',
          source: '000, convolution theorem',
          measured: pairs.map(([c]) => c!),
          labels: p.lengths.map((n) => `n = ${n}`),
        }),
        atMost(1e-13, {
          id: 'linear',
          statement: 'Linear convolutions agree to rounding once padded with zeros, over sqrt(n).',
          source: '000, convolution theorem',
          measured: pairs.map(([, l]) => l!),
          labels: p.lengths.map((n) => `n = ${n}`),
        }),
        atMost(1e-13, {
          id: 'shift',
          statement: "'same' is the circular result half a kernel earlier, away from the ends.",
          source: "correction of 000's sketch, which compares the two without the shift",
          measured: shifted,
        }),
      ],
    };
  },
});
