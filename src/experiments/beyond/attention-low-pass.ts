/**
 * Attention as a low-pass filter, layer by layer (Park and Kim 2022; Wang, Zheng, Chen and Wang 2022).
 *
 * `softmax(QK^T)` replaces each token by a mean of tokens: its rows are positive and sum to 1. Applied again and again it leaves nothing but the
 * constant over the tokens (theorem of Wang et al.), and networks of attention alone do so in three or four blocks. What is claimed:
 *
 * 1. The share of power beside the constant after 12 blocks of attention alone is rounding; the same weights with residual connections keep 0.7 to 0.9
 *    of it, falling from block to block.
 * 2. The theorem, for the matrix of a drawn block and for that with its scores multiplied. Controls: the matrix less the means over its columns (the part that the
 *    source's AttnScale makes strong again), and a permutation. Scores multiplied by 10 are nearly one, and 300 applications leave up to 2e-6 (seed 0).
 * 3. Its rate. The source bounds the norm beside the constant; here it is the range of the values, for which the bound holds of every softmax: an application
 *    shrinks it by Dobrushin's coefficient at least, which is at most `1 - e^{-r}`, r the largest range of a token's scores.
 * 4. "Low-pass" means the constant and no more. Without positions the order of the tokens means nothing to attention, and a drawn block
 *    lets the same part of all other frequencies through. A filter in the sense of a blur takes locality: the control are scores that fall with the distance.
 * 5. It is not so of every trained network. After learning the mean of a sequence, attention lets little through but the constant (0.03 to
 *    0.32); after learning to shift it, most (0.66 to 0.76). Where a task needs a permutation the scores grow, and the rate of the theorem goes to 1. Park and Kim's
 *    vision transformers learn images, where neighbours are alike; here sequences are random numbers, to ask for either.
 *
 * Sizes are this package's; the sources' networks (ViT and DeiT on ImageNet) were not trained, and what is said of them not checked.
 */
import { z } from 'zod';
import { layerOutputs } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atMost, between, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { createModel, type LayerSpec, type Model } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { combine, entry, mean } from '../support/arrays.js';
import {
  attentionPatterns,
  dobrushin,
  energy,
  featuresOf,
  lessMean,
  mixed,
  type Tokens,
} from '../support/attention.js';
import { encoder } from '../support/encoder.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  tokens: z.int().min(8).max(512).default(64).describe('length of a sequence'),
  width: z.int().min(4).max(512).default(64).describe('features of a token'),
  heads: z.int().min(1).max(16).default(4).describe('heads, which divide the width'),
  blocks: z.int().min(2).max(100).default(12).describe('blocks of attention'),
  sequences: z.int().min(1).max(1000).default(16).describe('sequences of random tokens'),
  gains: z
    .array(z.number().positive())
    .min(1)
    .default([1, 4])
    .describe('factors of the scores of the matrices that are applied again and again'),
  applications: z.int().min(10).max(100_000).default(1000).describe('times that a matrix is applied'),
  learnt: z
    .object({
      tokens: z.int().min(4).max(128).describe('length of a trained sequence'),
      width: z.int().min(4).max(256).describe('features of a token'),
      shift: z.int().min(1).describe('places by which the target is moved'),
      sequences: z.int().min(8).describe('sequences to learn from'),
      steps: z.int().min(1).describe('training steps'),
      learningRate: z.number().positive().describe('Adam'),
      batchSize: z.int().min(1).describe('sequences a step'),
    })
    .default({ tokens: 32, width: 64, shift: 3, sequences: 2048, steps: 5000, learningRate: 2e-3, batchSize: 32 })
    .describe('encoders of one block that learn the mean of a sequence, or to shift it (Adam)'),
  networks: common.networks(),
});

const tasks = { mean: 'the mean of all numbers', shift: 'the number some places further' } as const;
type Task = keyof typeof tasks;
const taskNames = Object.keys(tasks) as Task[];
const chains = { alone: 'attention alone', residual: 'with residual connections' } as const;
type Chain = keyof typeof chains;
const chainNames = Object.keys(chains) as Chain[];
/** What is applied again and again. */
const operators = {
  attention: 'softmax',
  centred: 'softmax less its means over columns',
  permutation: 'permutation',
} as const;
type Operator = keyof typeof operators;

export const attentionLowPass = defineExperiment({
  id: 'attention-low-pass',
  title: 'Attention as a low-pass filter, layer by layer',
  source: [cite('wang2022fourier'), cite('park2022')].join('; '),
  statement:
    'Blocks of attention alone leave nothing of a sequence but its constant, since every softmax matrix does so when applied again and again; ' +
    'residual connections keep the rest. No other frequency is preferred, and training undoes it where the task needs it.',
  formula: '‖A^t x − mean‖ / ‖A^t x‖ → 0,  A = softmax(QKᵀ / √d)',
  parameters,
  presets: {
    quick: {
      tokens: 32,
      width: 32,
      sequences: 4,
      applications: 300,
      learnt: { tokens: 10, width: 16, shift: 3, sequences: 512, steps: 800, learningRate: 5e-3, batchSize: 16 },
    },
    paper: {},
  },
  seconds: { quick: 6, paper: 900 },

  async measure(context) {
    const { parameters: p, seeds, random } = context;
    const drawn = (count: number, stream: string, shape: number[]): NdArray => ({
      data: gaussianNoise(count, random(stream)).data,
      shape,
    });
    const x = drawn(p.sequences * p.tokens * p.width, 'tokens', [p.sequences, p.tokens, p.width]);
    const first = sequencesOf(x)[0] ?? [];
    const networks = [];
    for (const [i, seed] of seeds(p.networks).entries()) {
      const alone = createModel(chain('alone', p), { seed, dtype: 'f64' });
      const residual = createModel(chain('residual', p), { seed, dtype: 'f64' });
      const weights = alone.parameters();
      residual.setParameters(
        Object.fromEntries(
          Object.entries(weights).map(([name, array]) => [name.replace(/^(layers\.\d+)\./, '$1.layers.0.'), array]),
        ),
      );
      const shares: Record<Chain, number[]> = { alone: [shareBeside(x)], residual: [shareBeside(x)] };
      for (let block = 1; block <= p.blocks; block++) {
        shares.alone.push(shareBeside(await layerOutputs(alone, x, block)));
        shares.residual.push(shareBeside(await layerOutputs(residual, x, block)));
      }
      const projections = projectionsOf(weights, 'layers.0.');
      const signal = Float64Array.from(drawn(p.tokens, `signal ${i}`, [p.tokens]).data);
      const matrices = p.gains.map((gain) => {
        const [pattern = []] = attentionPatterns(first, projections, p.heads, gain);
        const columns = mixed(transposed(pattern), new Float64Array(p.tokens).fill(1 / p.tokens));
        const made: Record<Operator, Float64Array[]> = {
          attention: pattern,
          centred: pattern.map((row) => combine(row, columns, (a, m) => a - m)),
          permutation: pattern.map((row, r) => row.map((_, c) => (c === (r + 1) % p.tokens ? 1 : 0))),
        };
        const largest = Math.max(...pattern.map((row) => Math.log(Math.max(...row) / Math.min(...row))));
        return {
          gain,
          repeated: {
            attention: repeatedly(made.attention, signal, p.applications),
            centred: repeatedly(made.centred, signal, p.applications),
            permutation: repeatedly(made.permutation, signal, p.applications),
          },
          coefficient: dobrushin(pattern),
          scores: 1 - Math.exp(-largest),
          shrinks: range(mixed(pattern, signal)) / range(signal),
          passes: passes(pattern),
        };
      });
      networks.push({ shares, matrices, local: passes(localPattern(p.tokens)) });
    }

    const q = p.learnt;
    const spec = encoder({ tokens: q.tokens, width: q.width, heads: p.heads, blocks: 1, encoding: 'learned' });
    const numbers = drawn(q.sequences * q.tokens, 'numbers', [q.sequences, q.tokens, 1]);
    const test = drawn(20 * q.tokens, 'test numbers', [20, q.tokens, 1]);
    const trained = await trainAll(context, {
      cells: grid({ task: taskNames, seed: seeds(p.networks) }),
      run: ({ task, seed }) => ({ seed, y: wanted(task, numbers, q.shift) }),
      shared: {
        spec,
        x: numbers,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: q.learningRate },
        batchSize: Math.min(q.batchSize, q.sequences),
        steps: q.steps,
        record: { at: [0, q.steps] },
      },
      keep: 'parameters',
    });
    const learnt = [];
    for (const { task, seed, parameters: after, loss } of trained) {
      const model = createModel(spec, { seed });
      const before = await throughAttention(model, test, p.heads);
      model.setParameters(after);
      learnt.push({
        task,
        before,
        after: await throughAttention(model, test, p.heads),
        loss: loss.at(-1) ?? Number.NaN,
      });
    }
    return { networks, learnt };
  },

  present({ networks, learnt }, p) {
    const last = (name: Chain) => networks.map(({ shares }) => shares[name].at(-1) ?? Number.NaN);
    const end = (name: Operator) =>
      networks.map(({ matrices }) => matrices.map(({ repeated }) => repeated[name].at(-1) ?? Number.NaN));
    const labels = p.gains.map((gain) => `scores x ${gain}`);
    const ratio = (gains: readonly number[]) => {
      const half = Math.floor(gains.length / 2);
      return mean(gains.slice(half)) / mean(gains.slice(0, half));
    };
    const through = (task: Task, when: 'before' | 'after') =>
      learnt.filter((one) => one.task === task).map((one) => one[when]);
    const middle = (list: readonly number[]) => spread(list).median;
    const blocks = Array.from({ length: p.blocks + 1 }, (_, l) => l);
    const times = Array.from({ length: p.applications + 1 }, (_, t) => t);
    const frequencies = Array.from({ length: Math.floor(p.tokens / 2) }, (_, k) => k + 1);
    const floor = 1e-33;
    return {
      metrics: {
        ...Object.fromEntries(chainNames.map((name) => [`beside_${name}`, middle(last(name))])),
        ...Object.fromEntries(taskNames.map((task) => [`through_${task}`, middle(through(task, 'after'))])),
        ...Object.fromEntries(
          p.gains.map((gain, g) => [
            `coefficient_${gain}`,
            middle(networks.map(({ matrices }) => matrices[g]?.coefficient ?? Number.NaN)),
          ]),
        ),
      },
      tables: [
        {
          id: 'through',
          title:
            'What attention lets through beside the constant (norm after over norm before), and the loss at the end',
          columns: {
            task: learnt.map(({ task }) => tasks[task]),
            'before the training': learnt.map(({ before }) => before),
            after: learnt.map(({ after }) => after),
            loss: learnt.map(({ loss }) => loss),
          },
        },
      ],
      claims: [
        atMost(1e-6, {
          id: 'constant',
          statement: `After ${p.blocks} blocks of attention alone at most 1e-6 of the power is beside the constant, in every one of ${p.networks} networks.`,
          source: cite('wang2022fourier', 'attention as a low-pass filter'),
          measured: last('alone'),
          control: {
            id: 'residual',
            statement: 'the same weights with residual connections',
            measured: last('residual'),
          },
        }),
        atMost(1e-6, {
          id: 'theorem',
          statement: `So after ${p.applications} applications of the first block's matrix, with its scores multiplied by ${p.gains.join(' and ')}.`,
          source: cite('wang2022fourier', 'theorem on softmax matrices applied again and again'),
          measured: end('attention'),
          labels,
          control: (['centred', 'permutation'] as const).map((name) => ({
            id: name,
            statement:
              name === 'centred'
                ? 'the same matrices less the means over their columns'
                : 'a permutation of the tokens',
            measured: end(name),
          })),
        }),
        atMost(1 + 1e-12, {
          id: 'rate',
          statement:
            "Each application shrinks a signal's range by Dobrushin's coefficient or more, and that is at most 1 - exp(-r), r the largest range of the scores of a token (both ratios).",
          source: [cite('seneta1981', 'chapter 3'), cite('wang2022fourier', 'bound of the rate')].join('; '),
          measured: networks.map(({ matrices }) =>
            matrices.map(({ shrinks, coefficient, scores }) => Math.max(shrinks / coefficient, coefficient / scores)),
          ),
          labels,
          control: { none: 'a theorem on every matrix with rows that are distributions' },
        }),
        between(0.5, 2, {
          id: 'no-order',
          statement: `Beside the constant no frequency is preferred: a drawn block (scores x ${p.gains[0]}) lets as much through of the upper half of the frequencies as of the lower, to a factor of two (ratio of the means).`,
          source: cite('fprinciple', 'attention without positions commutes with every order of the tokens'),
          measured: networks.map(({ matrices }) => ratio(matrices[0]?.passes ?? [])),
          control: {
            id: 'local',
            statement: 'scores that fall with the squared distance of the tokens',
            measured: networks.map(({ local }) => ratio(local)),
          },
        }),
        atMost(0.5, {
          id: 'trained',
          statement:
            'After learning the mean of a sequence attention lets at most half through of what is beside the constant.',
          source: cite('park2022', 'attention as a low-pass filter, of trained networks'),
          measured: through('mean', 'after'),
          control: {
            id: 'shift',
            statement: 'the same networks after learning to shift the sequence',
            measured: through('shift', 'after'),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'layers',
          title: 'What is left beside the constant',
          caption: `Share of the power beside the mean over the tokens, median and extremes of ${p.networks} networks. What is under 1e-30 is rounding.`,
          panels: [
            {
              title: 'after each block',
              x: { title: 'block' },
              y: { title: 'share of the power', log: true, domain: [1e-32, 1] },
              lines: chainNames.map((name) =>
                medianBand(
                  chains[name],
                  blocks,
                  networks.map(({ shares }) => shares[name].map((v) => Math.max(v, floor))),
                ),
              ),
            },
            {
              title: "the first block's matrix, applied again and again",
              x: { title: 'applications' },
              y: { title: 'share of the power', log: true, domain: [1e-32, 1] },
              lines: [
                ...p.gains.map((gain, g) =>
                  medianBand(
                    `scores x ${gain}`,
                    times,
                    networks.map(({ matrices }) =>
                      (matrices[g]?.repeated.attention ?? []).map((v) => Math.max(v, floor)),
                    ),
                  ),
                ),
                medianBand(
                  operators.permutation,
                  times,
                  networks.map(({ matrices }) => matrices[0]?.repeated.permutation ?? []),
                ),
              ],
            },
          ],
        }),
        panelsFigure({
          id: 'frequencies',
          title: 'What one application lets through, by frequency',
          caption: `Norm beside the constant after over before, for a wave over the tokens. Median and extremes of ${p.networks} networks.`,
          panels: [
            {
              title: 'without positions, and with locality',
              x: { title: 'frequency (cycles a sequence)' },
              y: { title: 'let through', domain: [0, 1] },
              lines: [
                ...p.gains.map((gain, g) =>
                  medianBand(
                    `scores x ${gain}`,
                    frequencies,
                    networks.map(({ matrices }) => matrices[g]?.passes ?? []),
                  ),
                ),
                medianBand(
                  'scores that fall with the distance',
                  frequencies,
                  networks.map(({ local }) => local),
                ),
              ],
            },
          ],
        }),
      ],
    };
  },
});

/** Blocks of attention on tokens of a width. */
function chain(name: Chain, p: { tokens: number; width: number; heads: number; blocks: number }) {
  const attention: LayerSpec = { type: 'attention', heads: p.heads };
  const block: LayerSpec = name === 'alone' ? attention : { type: 'residual', layers: [attention] };
  return { input: [p.tokens, p.width], layers: Array.from({ length: p.blocks }, () => block) };
}

const projectionsOf = (weights: Readonly<Record<string, NdArray>>, before: string) => {
  const none = { data: new Float64Array(), shape: [0, 0] };
  return { weight: weights[`${before}in_proj_weight`] ?? none, bias: weights[`${before}in_proj_bias`] ?? none };
};

/** Arrays `[sequences, tokens, width]` as tokens. */
const sequencesOf = ({ data, shape: [count = 0, n = 0, width = 0] }: NdArray): Tokens[] =>
  rows({ data, shape: [count, n * width] }).map((row) => rows({ data: row, shape: [n, width] }));

/** The share of power beside the mean over the tokens, of `[sequences, tokens, width]`. */
function shareBeside(values: NdArray): number {
  const features = sequencesOf(values).flatMap(featuresOf);
  const sum = (read: (x: Float64Array) => number) => features.reduce((a, x) => a + read(x), 0);
  return sum((x) => energy(lessMean(x))) / sum(energy);
}

/** The share beside the constant after 0, 1, ... applications of a matrix. */
function repeatedly(pattern: readonly Float64Array[], signal: Float64Array, count: number): number[] {
  const shares = [];
  let x = signal;
  for (let t = 0; t <= count; t++) {
    shares.push(energy(lessMean(x)) / energy(x));
    const next = mixed(pattern, x);
    const size = Math.sqrt(energy(next));
    // Scaled, so that what shrinks does not vanish: the share stays.
    x = next.map((v) => v / size);
  }
  return shares;
}

/** What a matrix lets through beside the constant of a wave of each frequency 1, 2, ...: norm over norm, cosine and sine together. */
function passes(pattern: readonly Float64Array[]): number[] {
  const n = pattern.length;
  return Array.from({ length: Math.floor(n / 2) }, (_, index) => {
    const k = index + 1;
    const waves = [Math.cos, Math.sin].map((wave) =>
      Float64Array.from(pattern, (__, i) => wave((2 * Math.PI * k * i) / n)),
    );
    const sum = (read: (x: Float64Array) => number) => waves.reduce((a, x) => a + read(x), 0);
    return Math.sqrt(sum((x) => energy(lessMean(mixed(pattern, x)))) / sum(energy));
  });
}

/** Attention whose scores fall with the squared distance of the tokens, on a ring. */
function localPattern(n: number): Float64Array[] {
  const list = Array.from({ length: n }, (_, i) => i);
  return list.map((i) => {
    const weights = list.map((j) => Math.exp(-(Math.min(Math.abs(i - j), n - Math.abs(i - j)) ** 2) / 2));
    const all = weights.reduce((a, b) => a + b, 0);
    return Float64Array.from(weights, (w) => w / all);
  });
}

const transposed = (pattern: readonly Float64Array[]): Float64Array[] =>
  pattern.map((_, c) => Float64Array.from(pattern, (row) => entry(row, c)));

const range = (x: Float64Array): number => Math.max(...x) - Math.min(...x);

/** The answers of a task for sequences `[count, n, 1]`. */
function wanted(task: Task, x: NdArray, shift: number): NdArray {
  const n = x.shape[1] ?? 0;
  const data = rows({ data: x.data, shape: [x.shape[0] ?? 0, n] }).flatMap((row) =>
    Array.from(row, (_, i) => (task === 'mean' ? mean(row) : entry(row, (i + shift) % n))),
  );
  return { data: Float64Array.from(data), shape: x.shape };
}

/** Norm beside the constant after attention over that before, over the heads of an {@link encoder}'s first block, of what its normalised tokens are. */
async function throughAttention(model: Model, x: NdArray, heads: number): Promise<number> {
  const weights = model.parameters();
  const [scale, offset] = ['weight', 'bias'].map((name) => weights[`layers.2.layers.0.${name}`]?.data ?? []);
  const projections = projectionsOf(weights, 'layers.2.layers.1.');
  let [before, after] = [0, 0];
  for (const tokens of sequencesOf(await layerOutputs(model, x, 2))) {
    const normal = tokens.map((token) => {
      const centred = lessMean(token);
      const deviation = Math.sqrt(energy(centred) / token.length + 1e-5);
      return centred.map((v, i) => (v / deviation) * entry(scale ?? [], i) + entry(offset ?? [], i));
    });
    const patterns = attentionPatterns(normal, projections, heads);
    for (const feature of featuresOf(normal)) {
      for (const pattern of patterns) {
        before += energy(lessMean(feature));
        after += energy(lessMean(mixed(pattern, feature)));
      }
    }
  }
  return Math.sqrt(after / before);
}
