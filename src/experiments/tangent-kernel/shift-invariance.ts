/**
 * Fourier features `gamma(v) = [a_j cos 2 pi b_j.v ..., a_j sin 2 pi b_j.v ...]` make a kernel see differences only:
 * `gamma(v) . gamma(w) = sum_j a_j^2 cos 2 pi b_j.(v - w)`. Infinite width keeps that, since its tangent kernel depends on
 * inner products alone and |gamma| is constant; a finite network has it up to its fluctuations, of order width^-1/2.
 *
 * With integer frequencies on a periodic grid the Gram matrix is then circulant: every row is the one above moved by one,
 * its eigenvectors are waves, and its eigenvalues the FFT of a row.
 *
 * The control of each is the same network without features, on the points themselves: its kernel changes when both points are
 * moved, its Gram matrix on the grid is no circulant, and its distance from the nearest one does not fall with the width.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { atMost, between, common, defineExperiment, spread } from '../../experiment/index.js';
import { lineFigure, picturesFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay, kernelDrift } from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { circulant, circulantEigenvalues, gaussianNoise } from '../../spectrum/index.js';
import { asColumn, largestDifference, period } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

const source = [cite('tancik2020', 'sections 4 and 5'), cite('notesEncoding', 'Fourier features')].join('; ');

const parameters = z.object({
  features: z.int().min(1).default(16).describe('frequencies of the features'),
  power: z.number().min(0).default(0.5).describe('amplitudes a_j = j^-power'),
  pairs: z.int().min(2).default(200).describe('random pairs of points, each moved by random shifts'),
  points: z.int().min(8).multipleOf(2).default(128).describe('points of the periodic grid'),
  depth: z.int().min(1).default(2).describe('hidden ReLU layers'),
  widths: z
    .array(z.int().min(1))
    .min(3)
    .default([32, 64, 128, 256, 512, 1024, 2048, 4096])
    .describe('of finite networks'),
  networks: common.networks(10),
});

export const shiftInvariance = defineExperiment({
  id: 'shift-invariance',
  title: 'Fourier features make the tangent kernel shift-invariant',
  source,
  statement:
    'The inner product of the Fourier features of two points, and the tangent kernel of an infinitely wide network on ' +
    'them, depend on the difference of the points only; that of a finite network up to width^-1/2. On a periodic grid ' +
    'the Gram matrix is circulant, and its eigenvalues are the FFT of one row.',
  formula: 'γ(v) · γ(w) = Σ_j a_j^2 cos 2πb_j·(v − w)',
  parameters,
  presets: {
    quick: { points: 32, depth: 1, widths: [32, 64, 128, 256, 512, 1024, 2048, 4096], networks: 10 },
    paper: {},
  },
  seconds: { quick: 2, paper: 40 },

  async measure({ parameters: p, random, seeds, signal, progress }) {
    const js = range(1, p.features);
    const amplitudes = js.map((j) => j ** -p.power);

    const network = (input: number, first: LayerSpec[], width: number) =>
      ntkNetwork({ input, first, depth: p.depth, width, activation: 'relu', sigmaB: 0.1 });

    progress({ phase: 'random points of the plane' });
    // Real frequencies in two dimensions: nothing here is periodic.
    const drawn = (name: string, count: number) => gaussianNoise(2 * count, random(name)).data;
    const b = drawn('frequencies', p.features);
    const frequencies = js.map((_, j) => [at(b, 2 * j), at(b, 2 * j + 1)]);
    const plane: LayerSpec[] = [{ type: 'fourierFeatures', frequencies, amplitudes }];
    const [v, w, moves] = [drawn('left', p.pairs), drawn('right', p.pairs), drawn('moves', p.pairs)];
    const shifted = (points: ArrayLike<number>) => Float64Array.from(moves, (s, i) => at(points, i) + s);
    const onPairs = async (spec: NetworkSpec, kernel: 'ntk' | 'nngp', a: ArrayLike<number>, c: ArrayLike<number>) => {
      const points = (values: ArrayLike<number>) => ({ data: Float64Array.from(values), shape: [p.pairs, 2] });
      const matrix = await analyticKernel(spec, points(a), points(c), { kernel, signal });
      return Float64Array.from({ length: p.pairs }, (_, i) => at(matrix.data, i * p.pairs + i));
    };
    // One linear output layer with sigmaW^2 = fan_in has the covariance gamma . gamma.
    const inner: NetworkSpec = {
      input: 2,
      layers: [
        ...plane,
        { type: 'dense', units: 1, bias: false, parameterization: 'ntk', sigmaW: Math.sqrt(2 * p.features) },
      ],
    };
    const products = await onPairs(inner, 'nngp', v, w);
    const closed = Float64Array.from({ length: p.pairs }, (_, i) =>
      frequencies.reduce((sum, [x = 0, y = 0], j) => {
        const phase = x * (at(v, 2 * i) - at(w, 2 * i)) + y * (at(v, 2 * i + 1) - at(w, 2 * i + 1));
        return sum + at(amplitudes, j) ** 2 * Math.cos(2 * Math.PI * phase);
      }, 0),
    );
    const size = amplitudes.reduce((sum, a) => sum + a * a, 0);
    const deep = network(2, plane, 1);
    const bare = network(2, [], 1);
    const moved = async (spec: NetworkSpec) => {
      const [before, after] = [await onPairs(spec, 'ntk', v, w), await onPairs(spec, 'ntk', shifted(v), shifted(w))];
      return largestDifference(before, after) / largest(before);
    };

    progress({ phase: 'the Gram matrix on a periodic grid' });
    const grid = asColumn(period(0, 1, p.points));
    const line: LayerSpec[] = [{ type: 'fourierFeatures', frequencies: js.map((j) => [j]), amplitudes }];
    /** The Gram matrix, how far it is from the circulant of its first row, and its eigenvalues from the FFT of that row. */
    const onGrid = async (first: LayerSpec[]) => {
      const gram = await analyticKernel(network(1, first, 1), grid, undefined, { kernel: 'ntk', signal });
      const firstRow = gram.data.slice(0, p.points);
      const { values } = await eigh(gram, { signal });
      const transformed = Float64Array.from(circulantEigenvalues(firstRow).re).sort();
      return {
        gram,
        eigenvalues: Array.from(values.data),
        transformed: Array.from(transformed),
        offCirculant: kernelDrift(gram, circulant(firstRow, { from: 'row' })),
        offTransform: largestDifference(values.data, transformed) / largest(values.data),
      };
    };

    progress({ phase: 'finite networks' });
    const widths = [];
    let narrowest: NdArray | undefined;
    for (const width of p.widths) {
      const cell = { width, with: [] as number[], without: [] as number[] };
      for (const seed of seeds(p.networks)) {
        for (const [kind, first] of [
          ['with', line],
          ['without', []],
        ] as const) {
          const model = createModel(network(1, [...first], width), { seed, dtype: 'f64' });
          const kernel = await empiricalNtk(model, grid, undefined, { signal });
          cell[kind].push(kernelDrift(kernel, circulant(meanByLag(kernel))));
          if (kind === 'with') narrowest ??= kernel;
        }
      }
      widths.push(cell);
    }
    return {
      offFormula: largestDifference(products, closed) / size,
      moved: { with: await moved(deep), without: await moved(bare) },
      grid: { with: await onGrid(line), without: await onGrid([]) },
      widths,
      narrowest,
    };
  },

  present({ offFormula, moved, grid, widths, narrowest }, p) {
    const spreads = {
      with: widths.map((cell) => spread(cell.with)),
      without: widths.map((cell) => spread(cell.without)),
    };
    const fitOf = (kind: 'with' | 'without') =>
      fitDecay(
        p.widths,
        spreads[kind].map((s) => s.median),
        'power',
      );
    const fit = fitOf('with');
    const firstRow = grid.with.gram.data.slice(0, p.points);
    const lags = range(0, p.points / 2);
    const without = { id: 'without-features', statement: 'the same without features' };
    const pictures = [
      { label: 'no features', image: grid.without.gram },
      { label: 'Fourier features', image: grid.with.gram },
      ...(narrowest ? [{ label: `features, width ${p.widths[0]}`, image: narrowest }] : []),
    ];
    return {
      metrics: { slope: -fit.exponent, movedWithFeatures: moved.with, movedWithout: moved.without },
      tables: [
        {
          id: 'widths',
          title: 'Distance of the empirical kernel from its mean over shifts (relative, Frobenius)',
          columns: {
            width: p.widths,
            median: spreads.with.map((s) => s.median),
            smallest: spreads.with.map((s) => s.min),
            largest: spreads.with.map((s) => s.max),
            'median without features': spreads.without.map((s) => s.median),
          },
        },
      ],
      claims: [
        atMost(1e-12, {
          id: 'features',
          statement:
            'gamma(v) . gamma(w) is sum a_j^2 cos 2 pi b_j.(v - w) (largest difference over random pairs, relative to |gamma|^2).',
          source,
          measured: offFormula,
          control: { none: 'an identity of cosines and sines' },
        }),
        atMost(1e-10, {
          id: 'analytic',
          statement: 'The analytic NTK on the features does not change when both points are moved (relative).',
          source,
          measured: moved.with,
          control: { ...without, measured: moved.without },
        }),
        atMost(1e-12, {
          id: 'circulant',
          statement:
            'For integer frequencies on a periodic grid the Gram matrix is circulant (relative distance to the circulant of its first row).',
          source,
          measured: grid.with.offCirculant,
          control: { ...without, measured: grid.without.offCirculant },
        }),
        atMost(1e-12, {
          id: 'fft',
          statement: 'Its eigenvalues are the FFT of one row (largest difference, relative to the largest eigenvalue).',
          source,
          measured: grid.with.offTransform,
          control: { ...without, measured: grid.without.offTransform },
        }),
        between(-0.6, -0.4, {
          id: 'finite-width',
          statement:
            'The kernel of a finite network is shift-invariant up to a distance that falls as width^-1/2 (slope).',
          source: cite('fprinciple', 'the central limit theorem over the units of a layer'),
          measured: -fit.exponent,
          control: { ...without, measured: -fitOf('without').exponent },
        }),
      ],
      figures: [
        picturesFigure({
          id: 'gram',
          title: 'Gram matrices on a periodic grid',
          caption:
            'Tangent kernels of a ReLU network on the points of a line: without features (left), with them (constant along ' +
            `every diagonal, circulant), and of a finite network of width ${p.widths[0]} with them.`,
          pictures: pictures.map(({ label, image }) => ({ label, image: scaled(image) })),
          colorMap: 'viridis',
          width: 190,
        }),
        lineFigure({
          id: 'eigenvalues',
          title: 'Eigenvalues of the Gram matrix, twice',
          caption: 'The eigenvalues in descending order (points) and the FFT of one row, sorted (line).',
          x: { title: 'place' },
          y: { title: 'eigenvalue', log: true },
          lines: [
            { name: 'FFT of one row', x: range(1, p.points), y: grid.with.transformed.toReversed() },
            {
              name: 'eigenvalues',
              x: range(1, p.points),
              y: grid.with.eigenvalues.toReversed(),
              mark: 'points',
            },
          ],
        }),
        lineFigure({
          id: 'profile',
          title: 'The kernel as a function of the difference',
          caption: 'One row of the Gram matrix: K(v, w) with v - w on the axis.',
          x: { title: 'v - w' },
          y: { title: 'K / K(0)' },
          lines: [
            {
              name: 'analytic NTK on Fourier features',
              x: lags.map((i) => i / p.points),
              y: lags.map((i) => at(firstRow, i) / at(firstRow, 0)),
            },
          ],
          height: 200,
        }),
        lineFigure({
          id: 'widths',
          title: 'Finite networks are shift-invariant up to their fluctuations',
          caption: `Relative distance of the empirical kernel to its mean over shifts: median and extremes of ${p.networks} networks. Fitted slope ${(-fit.exponent).toFixed(2)} (95 %: ${(-fit.high).toFixed(2)} to ${(-fit.low).toFixed(2)}).`,
          x: { title: 'width', log: true },
          y: {
            title: 'relative distance',
            log: true,
            domain: [
              Math.min(...spreads.with.map((s) => s.min)) / 1.5,
              Math.max(...spreads.without.map((s) => s.max)) * 1.5,
            ],
          },
          lines: [
            ...(['with', 'without'] as const).map((kind) => ({
              name: `${kind} features`,
              x: p.widths,
              y: spreads[kind].map((s) => s.median),
              band: [spreads[kind].map((s) => s.min), spreads[kind].map((s) => s.max)] as const,
              mark: 'both' as const,
            })),
            {
              name: 'fit',
              x: p.widths,
              y: p.widths.map((width) => fit.coefficient * width ** -fit.exponent),
              color: '#000000',
            },
          ],
          height: 220,
        }),
      ],
    };
  },
});

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

/** The first column of the circulant matrix nearest to a square one: the means along its wrapped diagonals. */
function meanByLag({ data, shape }: NdArray): Float64Array {
  const [n = 0] = shape;
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) means[(i - j + n) % n] = at(means, (i - j + n) % n) + at(data, i * n + j) / n;
  return means;
}

/** Divided by the largest entry. */
function scaled({ data, shape }: NdArray): NdArray {
  const most = largest(data);
  return { data: Float64Array.from(data, (value) => value / most), shape };
}
