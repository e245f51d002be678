/**
 * A circulant layer is diagonal in frequency (Fourier notes, document 000, "frequency view of weight matrices").
 *
 * `W x = ifft(fft(w) fft(x))` holds for w the first COLUMN of W. The source's sketch builds W from w as its first row (each
 * row a shift of the one above), for which the spectrum of w must be conjugated: as written, its two results differ.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { atMost, below, defineExperiment } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { circulant, circulantEigenvalues, circulantMultiply, convolve, gaussianNoise } from '../../spectrum/index.js';
import { largestDifference, slope } from '../support/arrays.js';
import { productOfSpectra } from '../support/spectra.js';
import { fastest } from '../support/timing.js';

const parameters = z.object({
  size: z.int().min(4).max(2048).default(257).describe('size of the matrix that is compared'),
  sizes: z
    .array(z.int().min(16).max(16_384))
    .min(3)
    .default([256, 512, 1024, 2048, 4096])
    .describe('sizes that are timed, ascending'),
  repeats: z.int().min(1).max(1000).default(20).describe('timed repetitions, of which the fastest counts'),
});

/** The plain product, n^2 multiplications. */
const product = (matrix: readonly Float64Array[], x: Float64Array): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((sum, v, j) => sum + v * (x[j] ?? 0), 0));

export const circulantLayer = defineExperiment({
  id: 'circulant-layer',
  title: 'A circulant layer multiplies spectra',
  source: cite('notesFourier', 'section on the spectral view of weight matrices'),
  statement:
    'A circulant matrix times a vector is a product of spectra, W x = ifft(fft(w) fft(x)) with w the first column; the ' +
    'spectrum of w holds the eigenvalues; the product costs O(n log n) instead of O(n^2).',
  formula: 'W x = F^{−1}(F w · F x),  w the first column of W,  F w its eigenvalues',
  parameters,
  presets: { quick: {}, paper: { size: 1024, sizes: [256, 512, 1024, 2048, 4096, 8192, 16_384], repeats: 50 } },
  seconds: { quick: 1, paper: 2 },

  measure({ parameters: p, random, throwIfAborted }) {
    const [w, x] = [gaussianNoise(p.size, random('matrix')), gaussianNoise(p.size, random('vector'))];
    const [column, row] = [rows(circulant(w)), rows(circulant(w, { from: 'row' }))];
    const [byColumn, byRow] = [product(column, Float64Array.from(x.data)), product(row, Float64Array.from(x.data))];
    // Everything over the size of a sum of n products of unit variance.
    const gap = (a: Float64Array, conjugate: boolean): number =>
      largestDifference(a, productOfSpectra(w, x, { conjugate })) / Math.sqrt(p.size);
    const values = circulantEigenvalues(w);
    const ks = [1, p.size >> 1, p.size - 1];
    // C f = lambda f, real and imaginary part of the Fourier vectors f.
    const residuals = (matrix: Float64Array[]): number[] =>
      ks.map((k) => {
        const wave = (f: (t: number) => number): Float64Array =>
          Float64Array.from({ length: p.size }, (_, n) => f((2 * Math.PI * ((k * n) % p.size)) / p.size));
        const [re, im] = [wave(Math.cos), wave(Math.sin)];
        const [a, b] = [values.re[k] ?? 0, values.im[k] ?? 0];
        const expected = [re.map((c, n) => a * c - b * (im[n] ?? 0)), re.map((c, n) => a * (im[n] ?? 0) + b * c)];
        const gaps = [re, im].map((f, i) => largestDifference(product(matrix, f), expected[i] ?? []));
        return Math.max(...gaps) / Math.sqrt(p.size);
      });
    const times = p.sizes.map((n) => {
      throwIfAborted();
      const [c, v] = [gaussianNoise(n, random('matrix')), gaussianNoise(n, random('vector'))];
      const plain = fastest(Math.min(p.repeats, 5), () => convolve(c, v, { mode: 'circular', method: 'direct' }));
      return [plain, fastest(p.repeats, () => circulantMultiply(c, v))] as const;
    });
    return {
      column: { plain: gap(byColumn, false), conjugate: gap(byColumn, true) },
      row: { plain: gap(byRow, false), conjugate: gap(byRow, true) },
      eigenvalues: { ks, column: residuals(column), row: residuals(row) },
      plain: times.map(([seconds]) => seconds),
      fast: times.map(([, seconds]) => seconds),
    };
  },

  present({ column, row, eigenvalues, plain, fast }, p) {
    const exponent = (seconds: readonly number[]) => slope(p.sizes.map(Math.log), seconds.map(Math.log));
    const ratio = (fast.at(-1) ?? Number.NaN) / (plain.at(-1) ?? Number.NaN);
    return {
      metrics: {
        'exponent of the plain product': exponent(plain),
        'exponent of the product of spectra': exponent(fast),
        'speed-up at the largest size': 1 / ratio,
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
          source: cite('notesFourier', 'frequency_domain_linear'),
          measured: column.plain,
          control: {
            id: 'sketch',
            statement: 'w as the first row, as the sketch of the source builds W',
            measured: row.plain,
          },
        }),
        atMost(1e-13, {
          id: 'row',
          statement: 'With w the first row, they agree once the spectrum of w is conjugated, over sqrt(n).',
          source: cite(
            'fprinciple',
            'correction of the CirculantMatrix of the notes, which builds W from its first row',
          ),
          measured: row.conjugate,
          control: { id: 'column', statement: 'w as the first column', measured: column.conjugate },
        }),
        atMost(1e-12, {
          id: 'eigenvalues',
          statement:
            'fft(w) holds the eigenvalues: C f - lambda f is zero to rounding for Fourier vectors f, over sqrt(n).',
          source: cite('notesFourier', 'CirculantMatrix'),
          measured: eigenvalues.column,
          labels: eigenvalues.ks.map((k) => `k = ${k}`),
          control: {
            id: 'row',
            statement: 'w as the first row, whose eigenvalues are the conjugates',
            measured: eigenvalues.row,
          },
        }),
        below(1, {
          id: 'cost',
          statement:
            'At the largest size the product of spectra takes less time than the plain product (ratio of times).',
          source: cite('notesFourier', 'O(n log n) against O(n^2)'),
          measured: ratio,
          control: { none: 'two algorithms for the same product: the plain one is what it is compared with' },
        }),
      ],
    };
  },
});
