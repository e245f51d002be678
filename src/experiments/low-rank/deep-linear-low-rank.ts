/**
 * Depth alone prefers low rank: W = W_L ... W_1 under gradient descent (seed 004, section 2.2).
 *
 * **Factorisation.** From a balanced and aligned start (`W_1 = R sqrt(a0) V^T`, `W_2 = U sqrt(a0) R^T`, target `U S V^T`)
 * the modes decouple, and under the flow of 1/2 |W - Y|^2 each singular value follows Saxe's sigmoid (Saxe, McClelland
 * and Ganguli 2014, eq. 6): `a(t) = s e^{2 s t} / (e^{2 s t} - 1 + s / a0)`. Here the loss is the mean over the n^2 entries,
 * so t = 2 eta step / n^2.
 *
 * **Completion.** From a part of the entries of a low-rank matrix (Arora, Cohen, Hu and Luo 2019), each depth starts from
 * weights so scaled that the product has the same size. The effective rank (Roy and Vetterli 2007) is the exponential of
 * the entropy of the normalised singular values.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import type { Draw } from '../../core/random.js';
import { column } from '../../core/reading.js';
import {
  atMost,
  decreasing,
  defineExperiment,
  increasing,
  passageStep,
  probe,
  refuseDiverged,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { spectrumMeasures } from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import { type LayerSpec, type NetworkSpec, trainMany } from '../../nets/index.js';
import { gaussianNoise, singularValues } from '../../spectrum/index.js';
import { identity, multiply, transpose } from '../support/matrices.js';

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
  learningRate: z.number().positive().default(1e-3).describe('of Adam, completion'),
  steps: z.int().min(10).default(20_000).describe('steps of the completion'),
  seeds: z.int().min(1).max(20).default(3).describe('matrices to complete'),
});

export const deepLinearLowRank = defineExperiment({
  id: 'deep-linear-low-rank',
  title: 'Products of matrices learn one singular value after the other',
  source:
    'Spectral bias and low-rank bias (004), section 2.2; Saxe et al. 2014, arXiv:1312.6120; Arora et al. 2019, arXiv:1905.13655',
  statement:
    'A product of matrices trained by gradient descent learns the singular values of its target one by one, the largest ' +
    'first, along a sigmoid known in closed form for two layers. When a low-rank matrix is to be completed, the effective ' +
    'rank of the solution falls with the number of layers, though any rank fits the entries that are seen.',
  formula: 'a(t) = s e^{2st} / (e^{2st} − 1 + s/a_0),  W = W_L ⋯ W_1',
  parameters,
  presets: {
    quick: { size: 60, rank: 3, observed: 0.35, learningRate: 4e-3, steps: 1500, depths: [1, 2, 3], seeds: 2 },
    paper: {},
  },
  seconds: { quick: 1, paper: 45 },
  async run({ parameters: p, random, seeds, signal, training }) {
    // Factorisation.
    const values = [...p.singularValues].sort((a, b) => b - a);
    const n = values.length;
    const [u, v, r] = await Promise.all(
      ['left', 'right', 'middle'].map((name) => rotation(n, random(`${name} rotation`))),
    );
    const diagonal = (d: number[]): NdArray => ({
      data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? d[i / (n + 1)]! : 0)),
      shape: [n, n],
    });
    const target = multiply(multiply(u!, diagonal(values)), transpose(v!));
    const root = diagonal(values.map(() => Math.sqrt(p.start)));
    const rate = (p.factorisationRate * n * n) / 2;
    const [factored] = await trainMany(
      [
        {
          spec: linear(n, [n, n]),
          // Its parameters are given: nothing is drawn.
          seed: 0,
          parameters: {
            'layers.0.weight': multiply(multiply(r!, root), transpose(v!)),
            'layers.1.weight': multiply(multiply(u!, root), transpose(r!)),
          },
        },
      ],
      {
        x: identity(n),
        y: transpose(target),
        loss: 'mse',
        dtype: 'f64',
        optimizer: { type: 'sgd', learningRate: rate },
        steps: p.factorisationSteps,
        record: { every: Math.max(1, Math.floor(p.factorisationSteps / 200)) },
        probes: { product: { type: 'outputs', points: identity(n) } },
        signal,
        onProgress: training('factorising', p.factorisationSteps),
      },
    );
    const { history } = factored!;
    refuseDiverged(history, 'factorisation');
    const products = probe(history, 'product', 'values');
    // The strength of each mode, u_k^T W v_k.
    const strength = { data: new Float64Array(history.steps.length * n), shape: [history.steps.length, n] };
    for (let record = 0; record < history.steps.length; record++) {
      const w = transpose({ data: products.data.subarray(record * n * n, (record + 1) * n * n), shape: [n, n] });
      const modes = multiply(multiply(transpose(u!), w), v!);
      for (let k = 0; k < n; k++) strength.data[record * n + k] = modes.data[k * (n + 1)]!;
    }
    const times = history.steps.map((step) => p.factorisationRate * step);
    const sigmoid = (s: number, t: number): number => s / (1 + (s / p.start - 1) * Math.exp(-2 * s * t));
    const deviation = values.map((s, k) =>
      Math.max(...times.map((t, i) => Math.abs(column(strength, k)[i]! - sigmoid(s, t)) / s)),
    );
    const halfway = values.map((s, k) =>
      passageStep(
        history.steps,
        column(strength, k).map((a) => s - a),
        s / 2,
      ),
    );

    // Completion.
    const cells = p.depths.flatMap((depth) => seeds(p.seeds).map((seed) => ({ depth, seed })));
    const problems = new Map(seeds(p.seeds).map((seed) => [seed, completion(p.size, p.rank, p.observed, seed)]));
    const eye = identity(p.size);
    const completed = await trainMany(
      cells.map(({ depth, seed }) => {
        // Entries of a product of L matrices with independent entries of variance s^2 have variance s^{2L} size^{L-1}.
        const std = (p.productStd / p.size ** ((depth - 1) / 2)) ** (1 / depth);
        const { matrix, weights } = problems.get(seed)!;
        return {
          seed,
          spec: linear(
            p.size,
            Array.from({ length: depth }, () => p.size),
            std,
          ),
          y: transpose(matrix),
          loss: { type: 'weightedMse' as const, weights: transpose(weights) },
        };
      }),
      {
        x: eye,
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { every: Math.max(1, Math.floor(p.steps / 25)) },
        probes: { product: { type: 'outputs', points: eye } },
        signal,
        onProgress: training(`completing ${cells.length} matrices`, cells.length * p.steps),
      },
    );
    const ranks = completed.map(({ history: h }, i) => {
      refuseDiverged(h, `depth ${cells[i]!.depth}`);
      const outputs = probe(h, 'product', 'values');
      return h.steps.map(
        (_, record) => spectrumMeasures(singularValues(matrixAt(outputs, record)).values).effectiveRank,
      );
    });
    const unseen = completed.map(({ history: h }, i) => {
      const { matrix, weights } = problems.get(cells[i]!.seed)!;
      return unseenError(matrixAt(probe(h, 'product', 'values'), h.steps.length - 1), matrix, weights);
    });
    const lastRank = ranks.map((row) => row[row.length - 1]!);
    const bySeed = (list: number[]): number[][] =>
      seeds(p.seeds).map((seed) =>
        p.depths.map((depth) => list[cells.findIndex((c) => c.depth === depth && c.seed === seed)]!),
      );
    const labels = p.depths.map((depth) => `depth ${depth}`);
    return {
      metrics: Object.fromEntries(
        p.depths.map((depth, i) => [`effective_rank_depth_${depth}`, bySeed(lastRank)[0]![i]!]),
      ),
      tables: [
        {
          id: 'completion',
          title: 'Effective rank at the end, and relative error on the entries that were not seen',
          columns: {
            depth: cells.map((c) => c.depth),
            seed: cells.map((c) => c.seed),
            'effective rank': lastRank,
            'unseen error': unseen,
          },
        },
      ],
      claims: [
        increasing({
          id: 'one-by-one',
          statement: 'The singular values pass half of their final size one after the other, the largest first.',
          source: '004, section 2.2; Saxe et al. 2014',
          measured: halfway,
          labels: values.map((s) => `s = ${s}`),
          unit: 'steps',
        }),
        atMost(0.02, {
          id: 'sigmoid',
          statement: "Each singular value stays within 2 % (of its final size) of Saxe's sigmoid at every record.",
          source: 'Saxe et al. 2014, eq. 6',
          measured: deviation,
          labels: values.map((s) => `s = ${s}`),
        }),
        decreasing({
          id: 'rank-by-depth',
          statement: `The effective rank of the completed matrix falls with depth, for each of ${p.seeds} matrices of rank ${p.rank}.`,
          source: 'Arora et al. 2019; 004, section 2.2',
          measured: bySeed(lastRank),
          labels,
        }),
        decreasing({
          id: 'completion-by-depth',
          statement: `So does the error on the entries that were not seen, from depth ${p.depths[0]} to ${p.depths[1]} and to ${p.depths.at(-1)}.`,
          source: 'Arora et al. 2019',
          measured: bySeed(unseen).flatMap((row) => [
            [row[0]!, row[1]!],
            [row[0]!, row[row.length - 1]!],
          ]),
          labels: [`depth ${p.depths[0]}`, 'deeper'],
        }),
      ],
      figures: [
        lineFigure({
          id: 'singular-values',
          title: 'Singular values are learnt one by one',
          caption: "Strength of each mode of a two-layer product (lines) and Saxe's sigmoid (dots).",
          x: { title: 't = 2 eta step / n^2' },
          y: { title: 'singular value' },
          lines: [
            ...values.map((s, k) => ({ name: `s = ${s}`, x: times, y: column(strength, k) })),
            {
              name: "Saxe's sigmoid",
              mark: 'points' as const,
              color: '#000000',
              x: values.flatMap(() => times.filter((_, i) => i % 12 === 0)),
              y: values.flatMap((s) => times.filter((_, i) => i % 12 === 0).map((t) => sigmoid(s, t))),
            },
          ],
        }),
        lineFigure({
          id: 'effective-rank',
          title: 'Effective rank while completing',
          caption: `Effective rank of the product by step, first matrix (rank ${p.rank}, ${Math.round(100 * p.observed)} % of the entries seen).`,
          x: { title: 'step' },
          y: { title: 'effective rank', log: true },
          lines: p.depths.map((depth, i) => {
            const at = cells.findIndex((c) => c.depth === depth);
            return { name: labels[i]!, x: completed[at]!.history.steps, y: ranks[at]! };
          }),
          levels: [{ value: p.rank, name: `rank ${p.rank}` }],
        }),
      ],
      arrays: { strength },
    };
  },
});

/** Dense layers without bias or activation. */
function linear(input: number, widths: number[], std = 1): NetworkSpec {
  const init = { type: 'normal', std } as const;
  return { input, layers: widths.map((units): LayerSpec => ({ type: 'dense', units, bias: false, init })) };
}

/** A random rotation: the eigenvectors of a random symmetric matrix. */
async function rotation(n: number, draw: Draw): Promise<NdArray> {
  const { data } = gaussianNoise(n * n, draw);
  const { vectors } = await eigh({
    data: data.map((a, i) => a + data[(i % n) * n + Math.floor(i / n)]!),
    shape: [n, n],
  });
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
  const limit = [...draws].sort((a, b) => a - b)[Math.floor(observed * draws.length) - 1]!;
  return { matrix, weights: { data: draws.map((d) => (d <= limit ? 1 / observed : 0)), shape: [size, size] } };
}

/** The product at one record: the outputs on the unit vectors are its columns. */
function matrixAt({ data, shape }: NdArray, record: number): NdArray {
  const [, n = 0, o = 0] = shape;
  return transpose({ data: Float64Array.from(data.subarray(record * n * o, (record + 1) * n * o)), shape: [n, o] });
}

/** Relative error (Frobenius) over the entries with weight 0. */
function unseenError(found: NdArray, matrix: NdArray, weights: NdArray): number {
  let [error, norm] = [0, 0];
  weights.data.forEach((w, i) => {
    if (w !== 0) return;
    error += (found.data[i]! - matrix.data[i]!) ** 2;
    norm += matrix.data[i]! ** 2;
  });
  return Math.sqrt(error / norm);
}
