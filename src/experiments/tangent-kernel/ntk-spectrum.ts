/**
 * The Gram matrix of the neural tangent kernel, `K_ij = grad h(x_i) . grad h(x_j)`, of one network at initialisation and
 * through its training: a symmetric positive semidefinite matrix whose eigenvectors are waves, in the order of their
 * frequency, with eigenvalues that fall with it.
 *
 * The points are equispaced on the circle, where the kernel of a wide network depends on the angle between two points
 * only: its eigenvectors are then exactly cos kt and sin kt, and for ReLU its eigenvalues fall as k^-2 (see
 * `eigenvalue-decay`). A finite network is near that, and the training moves it: the eigenvalues of what is learnt grow.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import {
  atLeast,
  atMost,
  between,
  decreasing,
  defineExperiment,
  equalTo,
  refuseDiverged,
  spearman,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure, picturesFigure } from '../../figures/index.js';
import {
  analyticKernel,
  empiricalNtk,
  fitDecay,
  gradientFlow,
  kernelDrift,
  labelAlignment,
  matchModes,
} from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import { createModel, mlp } from '../../nets/index.js';
import { column, period } from '../support/arrays.js';
import { circlePoints, eigenvaluesByFrequency, range } from '../support/circle.js';

const source = 'Seed 003, neural tangent kernel and its spectrum; Jacot et al. 2018';

const parameters = z.object({
  points: z.int().min(16).multipleOf(2).default(256).describe('training points, equispaced on the circle'),
  width: z.int().min(1).default(4096).describe('units of each hidden layer'),
  depth: z.int().min(1).default(2).describe('hidden ReLU layers'),
  tones: z.array(z.int().min(1)).min(1).default([1, 3, 5]).describe('frequencies of the target, passes a turn'),
  fraction: z.number().positive().max(1).default(0.25).describe('learning rate, as a share of the largest stable one'),
  records: z
    .array(z.int().min(1))
    .min(1)
    .default([10, 100, 1000])
    .describe('steps, ascending, after which the kernel is decomposed again'),
  leading: z.int().min(4).default(21).describe('leading eigenvectors whose order is compared'),
  band: z
    .tuple([z.int().min(1), z.int()])
    .default([4, 32])
    .describe('frequencies of the power-law fit'),
});

/** The kernel after some steps, and what its decomposition says; eigenvectors from the largest eigenvalue on. */
interface Snapshot {
  step: number;
  kernel: NdArray;
  eigenvalues: number[];
  /** `[rank][point]`. */
  vectors: number[][];
  /** The dominant frequency of each eigenvector, and its power at every frequency, `[n, frequencies]`. */
  frequency: number[];
  shares: NdArray;
  /** The eigenvalue by frequency, k = 1 .. band's end. */
  byFrequency: number[];
}

export const ntkSpectrum = defineExperiment({
  id: 'ntk-spectrum',
  title: 'Eigenvectors of the tangent kernel are waves, ordered by frequency',
  source,
  statement:
    'The Gram matrix of the tangent kernel is symmetric and positive semidefinite. Its eigenvectors have one frequency ' +
    'each, low frequencies having the large eigenvalues, and the eigenvalues fall with frequency by a power law: at ' +
    'initialisation and through the training.',
  formula: 'K_{ij} = ∇_θh(x_i) · ∇_θh(x_j),  K v_k = λ_k v_k,  λ_k ∝ k^{−p}',
  parameters,
  presets: { quick: { points: 128, width: 512, leading: 15, band: [4, 20], records: [10, 50, 250] }, paper: {} },
  seconds: { quick: 2, paper: 1500 },
  run: async ({ parameters: p, seed, signal, progress, training }) => {
    const n = p.points;
    const x = circlePoints(n);
    const y = column(period(0, 2 * Math.PI, n).map((t) => p.tones.reduce((sum, k) => sum + Math.sin(k * t), 0)));
    const hidden = new Array<number>(p.depth).fill(p.width);
    const spec = mlp({
      input: 2,
      hidden,
      output: 1,
      activation: 'relu',
      parameterization: 'ntk',
      sigmaW: Math.SQRT2,
      sigmaB: 0.5,
    });
    const model = createModel(spec, { seed, dtype: 'f64' });
    const ks = range(1, p.band[1]);

    const look = async (step: number): Promise<Snapshot> => {
      progress({ phase: `kernel after ${step} steps` });
      const kernel = await empiricalNtk(model, x, undefined, { signal });
      const { values, vectors } = await eigh(kernel, { signal });
      const modes = await matchModes(vectors, 'circle', { signal });
      const groups = modes.groups.data.length;
      const order = range(0, n - 1).reverse();
      return {
        step,
        kernel,
        eigenvalues: order.map((k) => values.data[k]!),
        vectors: order.map((k) => Array.from({ length: n }, (_, i) => vectors.data[i * n + k]!)),
        frequency: order.map((k) => modes.frequency.data[k]!),
        shares: {
          data: Float64Array.from(order.flatMap((k) => [...modes.shares.data.subarray(k * groups, (k + 1) * groups)])),
          shape: [n, groups],
        },
        byFrequency: eigenvaluesByFrequency(kernel, ks),
      };
    };

    const snapshots = [await look(0)];
    const first = snapshots[0]!;
    const learningRate = p.fraction * (await gradientFlow({ kernel: first.kernel, y, signal })).largestLearningRate();
    for (const [i, step] of p.records.entries()) {
      const steps = step - (p.records[i - 1] ?? 0);
      const history = await model.train({
        x,
        y,
        loss: 'mse',
        optimizer: { type: 'sgd', learningRate },
        steps,
        record: { every: steps },
        signal,
        onProgress: training(`training to step ${step}`, steps),
      });
      refuseDiverged(history, 'training');
      snapshots.push(await look(step));
    }

    const limit = await analyticKernel(spec, x, undefined, { kernel: 'ntk', signal });
    const inBand = range(...p.band);
    const fits = snapshots.map(({ byFrequency }) =>
      fitDecay(
        inBand,
        inBand.map((k) => byFrequency[k - 1]!),
        'power',
      ),
    );
    const names = snapshots.map(({ step }) => `step ${step}`);
    const rank = range(1, p.leading);
    return {
      metrics: {
        learningRate,
        drift: kernelDrift(first.kernel, snapshots.at(-1)!.kernel),
        distanceToLimit: kernelDrift(limit, first.kernel),
        alignmentBefore: labelAlignment(first.kernel, y),
        alignmentAfter: labelAlignment(snapshots.at(-1)!.kernel, y),
      },
      tables: [
        {
          id: 'spectrum',
          title: 'Power laws of the eigenvalues by frequency, with 95 % intervals',
          columns: {
            step: snapshots.map(({ step }) => step),
            exponent: fits.map((f) => f.exponent),
            low: fits.map((f) => f.low),
            high: fits.map((f) => f.high),
            'largest eigenvalue': snapshots.map(({ eigenvalues }) => eigenvalues[0]!),
            'smallest eigenvalue': snapshots.map(({ eigenvalues }) => eigenvalues[n - 1]!),
          },
        },
      ],
      claims: [
        equalTo(0, 0, {
          id: 'symmetric',
          statement: 'The Gram matrix is symmetric, exactly (largest difference across the diagonal).',
          source,
          measured: snapshots.map(({ kernel }) => asymmetry(kernel)),
          labels: names,
        }),
        atLeast(-1e-12, {
          id: 'semidefinite',
          statement: 'No eigenvalue is negative beyond rounding (the smallest one relative to the largest).',
          source,
          measured: snapshots.map(({ eigenvalues }) => eigenvalues[n - 1]! / eigenvalues[0]!),
          labels: names,
        }),
        atLeast(0.95, {
          id: 'ordered',
          statement: `The ${p.leading} leading eigenvectors are ordered by frequency (rank correlation of an eigenvector's place with its dominant frequency).`,
          source,
          measured: snapshots.map(({ frequency }) => spearman(rank, frequency.slice(0, p.leading))),
          labels: names,
        }),
        decreasing({
          id: 'falls',
          statement: 'The eigenvalue at initialisation falls from each frequency to the next.',
          source,
          measured: first.byFrequency,
          labels: ks.map((k) => `k = ${k}`),
        }),
        between(1.8, 2.2, {
          id: 'power-law',
          statement:
            'The eigenvalues fall by a power law with an exponent of about 2, before, during and after training.',
          source: 'Basri et al. 2019: k^-2 for ReLU on the circle',
          measured: fits.map((f) => f.exponent),
          labels: names,
        }),
        atMost(0.1, {
          id: 'interval',
          statement: 'The power law is tight: half the width of the 95 % interval of its exponent.',
          source,
          measured: fits.map((f) => (f.high - f.low) / 2),
          labels: names,
        }),
      ],
      figures: [
        picturesFigure({
          id: 'gram',
          title: 'The Gram matrix of the tangent kernel',
          caption:
            'Entries K(x_i, x_j) for points around the circle, at initialisation, after the training, and of infinite ' +
            'width: near the diagonal large, constant along it up to the fluctuations of a finite network.',
          pictures: [
            { label: 'step 0', image: first.kernel },
            { label: names.at(-1)!, image: snapshots.at(-1)!.kernel },
            { label: 'infinite width', image: limit },
          ],
          range: [0, 1.1 * Math.max(...limit.data)],
          colorMap: 'viridis',
          width: 190,
        }),
        lineFigure({
          id: 'eigenvalues',
          title: 'Eigenvalues by frequency',
          caption: `The eigenvalue of the tangent kernel at each frequency, through the training. The power law fitted to k = ${p.band[0]} to ${p.band[1]} at initialisation has the exponent ${fits[0]!.exponent.toFixed(2)} (95 %: ${fits[0]!.low.toFixed(2)} to ${fits[0]!.high.toFixed(2)}).`,
          x: { title: 'frequency k (passes a turn)', log: true },
          y: { title: 'eigenvalue', log: true },
          lines: [
            ...snapshots.map(({ byFrequency }, i) => ({
              name: names[i]!,
              x: ks,
              y: byFrequency,
              mark: 'both' as const,
            })),
            { name: 'infinite width', x: ks, y: eigenvaluesByFrequency(limit, ks), color: '#000000' },
          ],
        }),
        heatmapFigure({
          id: 'modes',
          title: 'Which frequency each eigenvector has',
          caption:
            'Share of the power of each eigenvector at each frequency, at initialisation. Eigenvectors from the largest ' +
            'eigenvalue on: the constant, then two (cos and sin) for every frequency.',
          values: block(first.shares, 2 * p.leading, p.leading),
          x: { title: 'frequency k', at: range(0, p.leading - 1) },
          y: { title: 'eigenvector', at: range(1, 2 * p.leading) },
          color: { title: 'share of power', range: [0, 1] },
          width: 320,
          height: 320,
        }),
        lineFigure({
          id: 'vectors',
          title: 'Leading eigenvectors at initialisation',
          caption: 'The eigenvectors with the largest eigenvalues around the circle: waves of one frequency each.',
          x: { title: 'angle (radians)' },
          y: { title: 'eigenvector' },
          lines: [0, 1, 3, 5].map((r) => ({
            name: `${r + 1} (k = ${first.frequency[r]})`,
            x: period(0, 2 * Math.PI, n),
            y: first.vectors[r]!,
          })),
          height: 220,
        }),
      ],
      arrays: Object.fromEntries(snapshots.map(({ step, kernel }) => [`kernel_${step}`, kernel])),
    };
  },
});

/** Largest difference of two entries across the diagonal. */
function asymmetry({ data, shape }: NdArray): number {
  const n = shape[0]!;
  let most = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) most = Math.max(most, Math.abs(data[i * n + j]! - data[j * n + i]!));
  return most;
}

/** The first rows and columns of a matrix. */
function block({ data, shape }: NdArray, rows: number, columns: number): NdArray {
  const width = shape[1]!;
  const parts = range(0, rows - 1).flatMap((r) => [...data.subarray(r * width, r * width + columns)]);
  return { data: Float64Array.from(parts), shape: [rows, columns] };
}
