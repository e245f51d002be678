/**
 * A circulant layer is diagonal in frequency (Fourier notes, document 000, "frequency view of weight matrices").
 *
 * `W x = ifft(fft(w) fft(x))` holds for w the first COLUMN of W. The source's sketch builds W from w as its first row (each
 * row a shift of the one above), for which the spectrum of w must be conjugated: as written, its two results differ.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { above, atMost, below, defineExperiment } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import {
  circulant,
  circulantEigenvalues,
  circulantMultiply,
  convolve,
  fft,
  gaussianNoise,
  ifft,
} from '../../spectrum/index.js';

const parameters = z.object({
  size: z.int().min(4).max(2048).default(257).describe('size of the matrix that is compared'),
  sizes: z
    .array(z.int().min(16).max(16_384))
    .min(3)
    .default([256, 512, 1024, 2048, 4096])
    .describe('sizes that are timed, ascending'),
  repeats: z.int().min(1).max(1000).default(20).describe('timed repetitions, of which the fastest counts'),
});

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]!)), 0);

/** The plain product, n^2 multiplications. */
function product(matrix: NdArray, x: ArrayLike<number>): Float64Array {
  const n = matrix.shape[0]!;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix.data[i * n + j]! * x[j]!;
    return sum;
  });
}

/** `ifft(fft(w) fft(x))`, the first spectrum conjugated where asked. */
function inFrequency(w: NdArray, x: NdArray, conjugate: boolean): Float64Array {
  const [a, b] = [fft(w), fft(x)];
  const sign = conjugate ? -1 : 1;
  const re = Float64Array.from(a.re, (re, k) => re * b.re[k]! - sign * a.im[k]! * b.im[k]!);
  const im = Float64Array.from(a.re, (re, k) => re * b.im[k]! + sign * a.im[k]! * b.re[k]!);
  return Float64Array.from(ifft({ re, im, shape: w.shape }).re);
}

/** Seconds of the fastest of several calls. */
function fastest(repeats: number, run: () => unknown): number {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

/** Slope of log y over log x by least squares. */
function slope(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const mean = (a: number[]): number => a.reduce((s, b) => s + b, 0) / a.length;
  const [mu, mv] = [mean(u), mean(v)];
  return u.reduce((s, a, i) => s + (a - mu) * (v[i]! - mv), 0) / u.reduce((s, a) => s + (a - mu) ** 2, 0);
}

export const circulantLayer = defineExperiment({
  id: 'circulant-layer',
  title: 'A circulant layer multiplies spectra',
  source: 'Fourier analysis and neural networks (000), section on the spectral view of weight matrices',
  statement:
    'A circulant matrix times a vector is a product of spectra, W x = ifft(fft(w) fft(x)) with w the first column; the ' +
    'spectrum of w holds the eigenvalues; the product costs O(n log n) instead of O(n^2).',
  formula: 'W x = F^{−1}(F w · F x),  w the first column of W,  F w its eigenvalues',
  parameters,
  presets: { quick: {}, paper: { size: 1024, sizes: [256, 512, 1024, 2048, 4096, 8192, 16_384], repeats: 50 } },
  seconds: { quick: 1, paper: 2 },
  run: ({ parameters: p, random, throwIfAborted }) => {
    const [w, x] = [gaussianNoise(p.size, random('matrix')), gaussianNoise(p.size, random('vector'))];
    const [column, row] = [circulant(w), circulant(w, { from: 'row' })];
    const [byColumn, byRow] = [product(column, x.data), product(row, x.data)];
    const scale = Math.sqrt(p.size);
    const values = circulantEigenvalues(w);
    // C f = lambda f for the Fourier vectors f, checked for the first, a middle and the last one.
    const residuals = [0, 1, p.size >> 1, p.size - 1].map((k) => {
      const angle = (n: number): number => (2 * Math.PI * ((k * n) % p.size)) / p.size;
      const wave = (f: (t: number) => number): Float64Array =>
        Float64Array.from({ length: p.size }, (_, n) => f(angle(n)));
      const [re, im] = [wave(Math.cos), wave(Math.sin)];
      const [left, right] = [product(column, re), product(column, im)];
      const [a, b] = [values.re[k]!, values.im[k]!];
      return Math.max(
        largest(
          left,
          re.map((c, n) => a * c - b * im[n]!),
        ),
        largest(
          right,
          re.map((c, n) => a * im[n]! + b * c),
        ),
      );
    });
    const times = p.sizes.map((n) => {
      throwIfAborted();
      const [c, v] = [gaussianNoise(n, random('matrix')), gaussianNoise(n, random('vector'))];
      const plain = fastest(Math.min(p.repeats, 5), () => convolve(c, v, { mode: 'circular', method: 'direct' }));
      return [plain, fastest(p.repeats, () => circulantMultiply(c, v))] as const;
    });
    const [plain, fast] = [times.map(([a]) => a), times.map(([, b]) => b)];
    const last = p.sizes.length - 1;
    return {
      metrics: {
        'exponent of the plain product': slope(p.sizes, plain),
        'exponent of the product of spectra': slope(p.sizes, fast),
        'speed-up at the largest size': plain[last]! / fast[last]!,
      },
      tables: [
        {
          id: 'seconds',
          title: 'Seconds a product',
          columns: { n: p.sizes, 'plain sum': plain, 'product of spectra': fast },
        },
      ],
      figures: [
        lineFigure({
          id: 'time',
          title: 'Time of a product with a circulant matrix',
          caption:
            'Seconds against size, both logarithmic: the plain product rises with n^2, the product of spectra as n log n.',
          x: { title: 'n', log: true },
          y: { title: 'time (s)', log: true },
          lines: [
            { name: 'plain sum', x: p.sizes, y: plain, mark: 'both' },
            { name: 'product of spectra', x: p.sizes, y: fast, mark: 'both' },
          ],
        }),
      ],
      claims: [
        atMost(1e-13, {
          id: 'column',
          statement: 'With w the first column, W x and ifft(fft(w) fft(x)) agree to rounding, over sqrt(n).',
          source: '000, frequency_domain_linear',
          measured: largest(byColumn, inFrequency(w, x, false)) / scale,
        }),
        atMost(1e-13, {
          id: 'row',
          statement: 'With w the first row, they agree once the spectrum of w is conjugated, over sqrt(n).',
          source: "correction of 000's CirculantMatrix, which builds W from its first row",
          measured: largest(byRow, inFrequency(w, x, true)) / scale,
        }),
        above(0.1, {
          id: 'sketch',
          statement:
            'Without the conjugate, as the sketch has it, the two differ by the size of the values, over sqrt(n).',
          source: "000's sketch, as written",
          measured: largest(byRow, inFrequency(w, x, false)) / scale,
        }),
        atMost(1e-12, {
          id: 'eigenvalues',
          statement:
            'fft(w) holds the eigenvalues: C f - lambda f is zero to rounding for Fourier vectors f, over sqrt(n).',
          source: '000, CirculantMatrix',
          measured: residuals.map((r) => r / scale),
        }),
        below(1, {
          id: 'cost',
          statement:
            'At the largest size the product of spectra takes less time than the plain product (ratio of times).',
          source: '000, O(n log n) against O(n^2)',
          measured: fast[last]! / plain[last]!,
        }),
      ],
    };
  },
});
