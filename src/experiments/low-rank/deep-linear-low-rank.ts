/**
 * Depth alone prefers low rank: W = W_L ... W_1 under gradient descent.
 *
 * **Factorisation.** From a balanced and aligned start (`W_1 = R sqrt(a0) V^T`, `W_2 = U sqrt(a0) R^T`, target `U S V^T`)
 * the modes decouple, and under the flow of 1/2 |W - Y|^2 each singular value follows Saxe's sigmoid (Saxe, McClelland
 * and Ganguli 2014): `a(t) = s e^{2 s t} / (e^{2 s t} - 1 + s / a0)`. Here the loss is the mean over the n^2 entries,
 * so t = 2 eta step / n^2. The control is one layer from the same product, which learns all singular values at one pace.
 *
 * **Completion.** From a part of the entries of a low-rank matrix (Arora, Cohen, Hu and Luo 2019), each depth starts from
 * weights so scaled that the product has the same size; Adam trains, where the source has gradient descent, since deep products
 * leave small weights slowly. The effective rank is Roy and Vetterli's (2007). Depth prefers low rank from small weights only:
 * the control starts from a product as large as the matrix, and there three layers keep seven tenths of the rank of one. In the
 * factorisation any rotation gives the same numbers to rounding, as the closed form says.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { column, columns, fromRows, row, transpose } from '../../core/reading.js';
import {
  atMost,
  common,
  defineExperiment,
  grid,
  increasing,
  passageStep,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { spectrumMeasures } from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { gaussianNoise, singularValues } from '../../spectrum/index.js';
import { identity, multiply } from '../support/matrices.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  singularValues: z
    .array(z.number().positive())
    .min(2)
    .default([8, 5, 3, 2, 1])
    .describe('of the target that is factorised, falling'),
  start: z.number().positive().default(1e-3).describe('singular values of the product at the start'),
  factorisationRate: z.number().positive().default(2e-3).describe('learning rate of the factorisation, times 2 / n^2'),
  factorisationSteps: z.int().min(10).default(6000).describe('steps of the factorisation'),
  size: z.int().min(10).max(1000).default(100).describe('rows and columns of the matrix to complete'),
  rank: z.int().min(1).default(5).describe('its rank'),
  observed: z.number().min(0.01).max(1).default(0.3).describe('share of its entries that are seen'),
  depths: z.array(z.int().min(1).max(6)).min(2).default([1, 2, 3, 4]).describe('layers of the product'),
  productStd: z
    .number()
    .positive()
    .default(1e-2)
    .describe('standard deviation of the entries of the product at the start'),
  learningRate: common.learningRate(1e-3, 'Adam, completion'),
  steps: common.steps(20_000),
  largeStd: z.number().positive().default(1).describe("that of the control's: the matrix has 1"),
  networks: common.networks(),
});

const starts = ['small', 'large'] as const;

export const deepLinearLowRank = defineExperiment({
  id: 'deep-linear-low-rank',
  title: 'Products of matrices learn one singular value after the other',
  source: [cite('notesRank', 'section 2.2'), cite('saxe2014'), cite('arora2019')].join('; '),
  statement:
    'A product of matrices trained by gradient descent learns the singular values of its target one by one, the largest ' +
    'first, along a sigmoid known in closed form for two layers. When a low-rank matrix is to be completed from small ' +
    'weights, the effective rank of the solution falls with the number of layers, though any rank fits the entries that ' +
    'are seen.',
  formula: 'a(t) = s e^{2st} / (e^{2st} − 1 + s/a_0),  W = W_L ⋯ W_1',
  parameters,
  presets: {
    quick: { size: 60, rank: 3, observed: 0.35, learningRate: 4e-3, steps: 1500, depths: [1, 2, 3] },
    paper: {},
  },
  seconds: { quick: 8, paper: 200 },

  async measure(context) {
    const { parameters: p, seeds, progress } = context;
    const values = p.singularValues.toSorted((a, b) => b - a);
    const n = values.length;
    const root = diagonal(values.map(() => Math.sqrt(p.start)));
    const problems = new Map<number, { u: NdArray; v: NdArray; r: NdArray; target: NdArray }>();
    for (const seed of seeds(p.networks, 'factorisations')) {
      const u = await rotation(n, seed, 'left rotation');
      const v = await rotation(n, seed, 'right rotation');
      const r = await rotation(n, seed, 'middle rotation');
      problems.set(seed, { u, v, r, target: multiply(multiply(u, diagonal(values)), transpose(v)) });
    }
    const factored = await trainAll(context, {
      cells: grid({ layers: [2, 1], problem: [...problems.entries()] }),
      // The parameters are given: nothing is drawn.
      run: ({ layers, problem: [seed, { u, v, r, target }] }) => ({
        seed,
        spec: linear(n, Array<number>(layers).fill(n)),
        y: transpose(target),
        parameters:
          layers === 1
            ? { 'layers.0.weight': multiply(multiply(u, diagonal(values.map(() => p.start))), transpose(v)) }
            : {
                'layers.0.weight': multiply(multiply(r, root), transpose(v)),
                'layers.1.weight': multiply(multiply(u, root), transpose(r)),
              },
      }),
      shared: {
        x: identity(n),
        loss: 'mse',
        dtype: 'f64',
        optimizer: { type: 'sgd', learningRate: (p.factorisationRate * n * n) / 2 },
        steps: p.factorisationSteps,
        record: { every: Math.max(1, Math.floor(p.factorisationSteps / 200)) },
        probes: { product: { type: 'outputs', points: identity(n) } },
      },
      what: 'factorisations',
    });

    const matrices = new Map(
      seeds(p.networks).map((seed) => [seed, completion(p.size, p.rank, p.observed, seed)] as const),
    );
    const eye = identity(p.size);
    const completed = await trainAll(context, {
      cells: grid({ start: starts, depth: p.depths, problem: [...matrices.entries()] }),
      run: ({ start, depth, problem: [seed, { matrix, weights }] }) => {
        // Entries of a product of L matrices with independent entries of variance s^2 have variance s^{2L} size^{L-1}.
        const product = start === 'small' ? p.productStd : p.largeStd;
        const std = (product / p.size ** ((depth - 1) / 2)) ** (1 / depth);
        return {
          seed,
          spec: linear(p.size, Array<number>(depth).fill(p.size), std),
          y: transpose(matrix),
          loss: { type: 'weightedMse', weights: transpose(weights) },
        };
      },
      shared: {
        x: eye,
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { every: Math.max(1, Math.floor(p.steps / 12)) },
        probes: { product: { type: 'outputs', points: eye } },
      },
      what: 'completions',
    });
    progress({ phase: 'effective ranks' });
    return {
      factored: factored.map(({ layers, steps, probes, problem: [, { u, v }] }) => ({
        layers,
        steps,
        // Of each mode, u_k^T W v_k, [records, n].
        strength: fromRows(
          steps.map((_, r) => {
            const modes = multiply(multiply(transpose(u), matrixAt(probes.product.values, r)), v);
            return Float64Array.from({ length: n }, (_v, k) => modes.data[k * (n + 1)] ?? Number.NaN);
          }),
        ),
      })),
      completed: completed.map(({ start, depth, steps, probes, problem: [, { matrix, weights }] }) => ({
        start,
        depth,
        steps,
        rank: steps.map(
          (_, r) => spectrumMeasures(singularValues(matrixAt(probes.product.values, r)).values).effectiveRank,
        ),
        unseen: unseenError(matrixAt(probes.product.values, steps.length - 1), matrix, weights),
      })),
    };
  },

  present({ factored, completed }, p) {
    const values = p.singularValues.toSorted((a, b) => b - a);
    const of = (layers: number) => factored.filter((run) => run.layers === layers);
    type Factored = (typeof factored)[number];
    const timesOf = ({ steps }: Factored) => steps.map((step) => p.factorisationRate * step);
    const sigmoid = (s: number, t: number): number => s / (1 + (s / p.start - 1) * Math.exp(-2 * s * t));
    /** Of every singular value the largest distance from the sigmoid, over its final size. */
    const deviations = (layers: number) =>
      of(layers).map((run) =>
        columns(run.strength).map((course, k) => {
          const s = values[k] ?? Number.NaN;
          return Math.max(...timesOf(run).map((t, i) => Math.abs((course[i] ?? Number.NaN) - sigmoid(s, t)) / s));
        }),
      );
    const halfway = (layers: number) =>
      of(layers).map(({ steps, strength }) =>
        columns(strength).map((course, k) => {
          const s = values[k] ?? Number.NaN;
          return passageStep(
            steps,
            course.map((a) => s - a),
            s / 2,
          );
        }),
      );
    const at = (depth: number, start: (typeof starts)[number]) =>
      completed.filter((run) => run.depth === depth && run.start === start);
    const last = ({ rank }: (typeof completed)[number]): number => rank.at(-1) ?? Number.NaN;
    const [shallow = 1, deep = 1] = [Math.min(...p.depths), Math.max(...p.depths)];
    /** Of every matrix a number at the greatest depth over that at the smallest. */
    const byDepth = (start: (typeof starts)[number], read: (run: (typeof completed)[number]) => number) => {
      const few = at(shallow, start).map(read);
      return at(deep, start).map((run, i) => read(run) / (few[i] ?? Number.NaN));
    };
    const unseen = ({ unseen: error }: (typeof completed)[number]): number => error;
    const large = { id: 'large-start', statement: 'from weights whose product is as large as the matrix' };
    const oneLayer = { id: 'one-layer', statement: 'one layer from the same product' };
    const labels = values.map((s) => `s = ${s}`);
    return {
      metrics: Object.fromEntries(
        p.depths.map((depth) => [`effective_rank_depth_${depth}`, spread(at(depth, 'small').map(last)).median]),
      ),
      tables: [
        {
          id: 'completion',
          title: 'Effective rank at the end, and relative error on the entries that were not seen',
          columns: {
            start: completed.map(({ start }) => start),
            depth: completed.map(({ depth }) => depth),
            matrix: completed.map((_, i) => (i % p.networks) + 1),
            'effective rank': completed.map(last),
            'unseen error': completed.map(unseen),
          },
        },
      ],
      claims: [
        increasing({
          id: 'one-by-one',
          statement: `The singular values pass half of their final size one after the other, the largest first, in every one of ${p.networks} products of two layers.`,
          source: [cite('saxe2014'), cite('notesRank', 'section 2.2')].join('; '),
          measured: halfway(2),
          labels,
          unit: 'steps',
          control: { ...oneLayer, measured: halfway(1) },
        }),
        atMost(0.02, {
          id: 'sigmoid',
          statement: "Each singular value stays within 2 % (of its final size) of Saxe's sigmoid at every record.",
          source: cite('saxe2014', 'the learning curve of a two-layer network'),
          measured: deviations(2),
          labels,
          control: { ...oneLayer, measured: deviations(1) },
        }),
        atMost(0.5, {
          id: 'rank-by-depth',
          statement: `The effective rank of the completed matrix with ${deep} layers is at most half of that with ${shallow}, for each of ${p.networks} matrices of rank ${p.rank}.`,
          source: [cite('arora2019'), cite('notesRank', 'section 2.2')].join('; '),
          measured: byDepth('small', last),
          control: { ...large, measured: byDepth('large', last) },
        }),
        atMost(0.5, {
          id: 'completion-by-depth',
          statement: `With ${deep} layers the error on the entries that were not seen is at most half of that with ${shallow}, for each of ${p.networks} matrices.`,
          source: cite('arora2019'),
          measured: byDepth('small', unseen),
          control: { ...large, measured: byDepth('large', unseen) },
        }),
      ],
      figures: [
        ...of(2)
          .slice(0, 1)
          .map((run) => {
            const dotted = timesOf(run).filter((_, i) => i % 12 === 0);
            return lineFigure({
              id: 'singular-values',
              title: 'Singular values are learnt one by one',
              caption: "Strength of each mode of a two-layer product (lines) and Saxe's sigmoid (dots).",
              x: { title: 't = 2 eta step / n^2' },
              y: { title: 'singular value' },
              lines: [
                ...labels.map((name, k) => ({ name, x: timesOf(run), y: column(run.strength, k) })),
                {
                  name: "Saxe's sigmoid",
                  mark: 'points' as const,
                  color: '#000000',
                  x: values.flatMap(() => dotted),
                  y: values.flatMap((s) => dotted.map((t) => sigmoid(s, t))),
                },
              ],
            });
          }),
        panelsFigure({
          id: 'effective-rank',
          title: 'Effective rank while completing',
          caption: `Effective rank of the product by step: median and extremes of ${p.networks} matrices (rank ${p.rank}, dashed; ${Math.round(100 * p.observed)} % of the entries seen).`,
          panels: starts.map((start) => ({
            title: `from a ${start} product`,
            x: { title: 'step' },
            y: { title: 'effective rank', log: true },
            lines: p.depths.map((depth) =>
              medianBand(
                `depth ${depth}`,
                at(depth, start)[0]?.steps ?? [],
                at(depth, start).map(({ rank }) => rank),
              ),
            ),
            levels: [{ value: p.rank, name: `rank ${p.rank}` }],
          })),
        }),
      ],
    };
  },
});

/** Dense layers without bias or activation. */
function linear(input: number, widths: number[], std = 1): NetworkSpec {
  const init = { type: 'normal', std } as const;
  return { input, layers: widths.map((units): LayerSpec => ({ type: 'dense', units, bias: false, init })) };
}

const diagonal = (values: readonly number[]): NdArray => {
  const n = values.length;
  const data = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? (values[i / (n + 1)] ?? 0) : 0));
  return { data, shape: [n, n] };
};

/** A random rotation: the eigenvectors of a random symmetric matrix. */
async function rotation(n: number, seed: number, stream: string): Promise<NdArray> {
  const square = { data: gaussianNoise(n * n, { seed, stream }).data, shape: [n, n] };
  const across = transpose(square).data;
  const { vectors } = await eigh({ data: square.data.map((a, i) => a + (across[i] ?? 0)), shape: [n, n] });
  return vectors;
}

/** A matrix of this rank with entries of variance 1, and the weights of its entries: 1 / share where seen, else 0. */
function completion(size: number, rank: number, observed: number, seed: number): { matrix: NdArray; weights: NdArray } {
  const factor = (stream: string): NdArray => ({
    data: gaussianNoise(size * rank, { seed, stream, std: rank ** -0.25 }).data,
    shape: [size, rank],
  });
  const matrix = multiply(factor('left factor'), transpose(factor('right factor')));
  // An entry is seen where a normal number is among the lowest `observed`.
  const draws = gaussianNoise(size * size, { seed, stream: 'observed' }).data;
  const limit = draws.toSorted()[Math.floor(observed * draws.length) - 1] ?? 0;
  return { matrix, weights: { data: draws.map((d) => (d <= limit ? 1 / observed : 0)), shape: [size, size] } };
}

/** The product at one record: the outputs on the unit vectors are its columns. */
const matrixAt = (outputs: NdArray, record: number): NdArray =>
  transpose({ data: row(outputs, record), shape: outputs.shape.slice(1) });

/** Relative error (Frobenius) over the entries with weight 0. */
function unseenError(found: NdArray, matrix: NdArray, weights: NdArray): number {
  let [error, norm] = [0, 0];
  for (const [i, wanted] of matrix.data.entries()) {
    if (weights.data[i] !== 0) continue;
    error += ((found.data[i] ?? Number.NaN) - wanted) ** 2;
    norm += wanted ** 2;
  }
  return Math.sqrt(error / norm);
}
