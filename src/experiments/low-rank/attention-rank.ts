/**
 * The rank of `softmax(Q K^T)` through training, beside that of scores and feed-forward blocks (notes on both biases, document 004, section
 * 2.2: bottlenecks, the softmax of attention and the feed-forward blocks' inner features all bring about low effective rank).
 *
 * A Transformer encoder of one block learns one of two tasks on sequences of random numbers: each token is to give the mean of all
 * (attention that does it has rank 1), or the number some places further (a permutation: full rank). The pattern of attention is read
 * for test sequences, its effective rank (exp of the entropy of the energies; Roy and Vetterli 2007 of the squares) and its numerical rank.
 *
 * What comes out is not what the notes say of softmax. At the start the scores are small and the softmax nearly uniform, of effective rank 1
 * (Dong, Cordonnier and Loukas 2021): that is low, and due to small scores. Training on the shift raises it, to a third or a half of
 * full on the mean over the heads, which share the places among them (4.3, 5.2 and 7.3 of 12 on three seeds), on the mean it stays. And softmax raises rank: the scores `Q K^T` have the rank of a head at most, the low-rank bottleneck of Bhojanapalli et al.
 * (2020), their exponentials are of full rank. The inner features of the feed-forward block have few directions from the start (about two,
 * their mean included) and change little.
 */
import { z } from 'zod';
import { layerOutputs } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { fromRows, rows } from '../../core/reading.js';
import { above, atLeast, atMost, common, defineExperiment, grid, spread } from '../../experiment/index.js';
import { panelsFigure, picturesFigure } from '../../figures/index.js';
import { spectrumMeasures } from '../../kernels/index.js';
import { createModel, type LayerSpec, type Model, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise, singularValues } from '../../spectrum/index.js';
import { mean } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { softmax } from '../support/classification.js';
import { encoder } from '../support/encoder.js';
import { medianBand } from '../support/order.js';
import { trainInStages } from '../support/stages.js';

const parameters = z.object({
  tokens: z.int().min(6).max(128).default(32).describe('length of a sequence'),
  width: z.int().min(4).max(256).default(64).describe('features of a token'),
  head: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('size of a head, which divides the width and is smaller than the sequence'),
  shift: z.int().min(1).default(3).describe('places by which the sequence is shifted, around its end'),
  sequences: z.int().min(8).default(2048).describe('training sequences'),
  tested: z.int().min(1).max(1000).default(20).describe('test sequences whose attention is read'),
  learningRate: common.learningRate(2e-3, 'Adam'),
  batchSize: z.int().min(1).default(32).describe('sequences a step'),
  steps: common.steps(5000),
  stages: z.int().min(3).max(50).default(12).describe('times at which the ranks are read, evenly spaced'),
  networks: common.networks(),
});

const tasks = { shift: 'the number some places further', mean: 'the mean of all numbers' } as const;
type Task = keyof typeof tasks;

/** Ranks of one network at one time, means over test sequences and heads. */
interface Ranks {
  /** Effective and numerical rank of the attention's pattern. */
  attention: number;
  numerical: number;
  /** Numerical rank of the scores. */
  scores: number;
  /** Effective rank of the feed-forward block's inner features. */
  feedForward: number;
  /** Root of the mean squared error on the test sequences over the root mean square of what is wanted. */
  error: number;
  /** Pattern of the first head for the first sequence. */
  pattern: number[];
}

export const attentionRank = defineExperiment({
  id: 'attention-rank',
  title: 'The rank of attention is what the task needs; softmax raises it',
  source: [cite('notesRank', 'section 2.2'), cite('dong2021'), cite('bhojanapalli2020')].join('; '),
  statement:
    'At the start of a training softmax(QK^T) is nearly uniform, of effective rank 1. A task that needs a permutation raises it several times, ' +
    'one that needs a mean leaves it. The scores have the rank of a head at most; softmax, against the source, raises it.',
  formula: 'A = softmax(QKᵀ / √d_k),  rank(A) = e^{−Σ p_i ln p_i},  p_i = σ_i^2 / Σ_j σ_j^2',
  parameters,
  presets: {
    quick: {
      tokens: 12,
      width: 24,
      head: 4,
      sequences: 512,
      batchSize: 16,
      steps: 1000,
      stages: 6,
      learningRate: 5e-3,
      tested: 6,
    },
    paper: {},
  },
  seconds: { quick: 12, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds, random } = context;
    const n = p.tokens;
    const numbers = (count: number, stream: string): NdArray => ({
      data: gaussianNoise(count * n, random(stream)).data,
      shape: [count, n, 1],
    });
    const wanted = (task: Task, x: NdArray): NdArray => {
      const data = rows(x).flatMap((row) => {
        const middle = mean(row);
        return Array.from(row, (_, i) => (task === 'mean' ? middle : (row[(i + p.shift) % n] ?? Number.NaN)));
      });
      return { data: Float64Array.from(data), shape: x.shape };
    };
    const [x, test] = [numbers(p.sequences, 'training sequences'), numbers(p.tested, 'test sequences')];
    const heads = Math.max(1, Math.round(p.width / p.head));
    const spec = encoder({ tokens: n, width: p.width, heads, blocks: 1, encoding: 'learned' });
    const cells = grid({ task: Object.keys(tasks) as Task[], seed: seeds(p.networks) });
    const at = Array.from({ length: p.stages }, (_, i) => Math.round((i * p.steps) / (p.stages - 1)));
    const seen = await trainInStages<(typeof cells)[number], Ranks>(context, {
      cells,
      run: ({ task, seed }) => ({ seed, spec, y: wanted(task, x) }),
      shared: {
        x,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        batchSize: Math.min(p.batchSize, p.sequences),
      },
      at,
      what: 'ranks',
      name: ({ task }) => tasks[task],
      look: async ({ task }, model) => {
        const goal = wanted(task, test).data;
        const given = (await model.predict(test)).data;
        const square = (f: (i: number) => number) => Math.sqrt(mean(Array.from(goal, (_, i) => f(i) ** 2)));
        return {
          ...(await ranksOf(model, test, heads)),
          error: square((i) => (given[i] ?? Number.NaN) - (goal[i] ?? 0)) / square((i) => goal[i] ?? 0),
        };
      },
    });
    return { at, runs: cells.map(({ task }, i) => ({ task, seen: seen[i] ?? [] })) };
  },

  present({ at, runs }, p) {
    const of = (task: Task) => runs.filter((run) => run.task === task).map(({ seen }) => seen);
    type Measure = Exclude<keyof Ranks, 'pattern'>;
    const read = (task: Task, measure: Measure, stage: number) =>
      of(task).map((seen) => seen.at(stage)?.[measure] ?? Number.NaN);
    const middle = (task: Task, measure: Measure, stage: number) => spread(read(task, measure, stage)).median;
    const names = Object.keys(tasks) as Task[];
    const measures = ['attention', 'numerical', 'scores', 'feedForward', 'error'] as const;
    const titles: Record<(typeof measures)[number], string> = {
      attention: 'effective rank of softmax(QKᵀ)',
      numerical: 'numerical rank of softmax(QKᵀ)',
      scores: 'numerical rank of QKᵀ',
      feedForward: 'effective rank of the feed-forward features',
      error: 'relative error',
    };
    const shown = names.flatMap((task) =>
      of(task)
        .slice(0, 1)
        .flatMap((seen) => seen.slice(-1).map((last) => ({ task, last }))),
    );
    return {
      metrics: Object.fromEntries(
        names.flatMap((task) => measures.map((measure) => [`${measure}_${task}`, middle(task, measure, -1)])),
      ),
      tables: [
        {
          id: 'ranks',
          title: `Ranks at the start and at the end, median of ${p.networks} networks`,
          columns: {
            task: names.flatMap((task) => measures.map(() => tasks[task])),
            measure: names.flatMap(() => measures.map((measure) => titles[measure])),
            start: names.flatMap((task) => measures.map((measure) => middle(task, measure, 0))),
            end: names.flatMap((task) => measures.map((measure) => middle(task, measure, -1))),
          },
        },
      ],
      claims: [
        atMost(1.5, {
          id: 'uniform',
          statement: `Before the training the effective rank of softmax(QK^T) of ${p.tokens} tokens is at most 1.5, in every one of ${p.networks} networks.`,
          source: cite('dong2021'),
          measured: read('shift', 'attention', 0),
          control: {
            id: 'trained',
            statement: 'the same networks after learning the shift',
            measured: read('shift', 'attention', -1),
          },
        }),
        atLeast(p.tokens / 4, {
          id: 'task',
          statement:
            'After learning to shift the sequence it is at least a quarter of full rank (mean over heads and sequences).',
          source: cite('notesRank', 'section 2.2, which calls the structure of softmax low-rank'),
          measured: read('shift', 'attention', -1),
          control: {
            id: 'mean',
            statement: 'the same networks after learning the mean',
            measured: read('mean', 'attention', -1),
          },
        }),
        above(p.head, {
          id: 'raises',
          statement: `The numerical rank of softmax(QK^T) is larger than the size of a head, ${p.head}: softmax raises the rank.`,
          source: [cite('bhojanapalli2020', 'section 3'), cite('notesRank', 'section 2.2, which says otherwise')].join(
            '; ',
          ),
          measured: read('shift', 'numerical', -1),
          control: { id: 'scores', statement: 'the scores QK^T themselves', measured: read('shift', 'scores', -1) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'ranks',
          title: 'Ranks through the training',
          caption: `Effective ranks of the attention's pattern (at most ${p.tokens}) and of the feed-forward block's inner features, median and extremes of ${p.networks} networks.`,
          panels: (['attention', 'feedForward'] as const).map((measure) => ({
            title: titles[measure],
            x: { title: 'step' },
            y: { title: 'directions' },
            lines: names.map((task) =>
              medianBand(
                tasks[task],
                at,
                of(task).map((seen) => seen.map((ranks) => ranks[measure])),
              ),
            ),
          })),
        }),
        picturesFigure({
          id: 'patterns',
          title: 'Attention after the training',
          caption: 'softmax(QK^T) of the first head, first network and first test sequence; white is 1.',
          pictures: shown.map(({ task, last }) => ({
            label: tasks[task],
            image: { data: Float64Array.from(last.pattern), shape: [p.tokens, p.tokens] },
          })),
        }),
      ],
    };
  },
});

/** Singular values below this share of the largest do not count. */
const FLOOR = 1e-10;

/** Ranks of the first block of an {@link encoder} for sequences `[count, tokens, 1]`, means over sequences and heads. */
async function ranksOf(model: Model, x: NdArray, heads: number): Promise<Omit<Ranks, 'error'>> {
  const [tokens, between] = [await layerOutputs(model, x, 2), await layerOutputs(model, x, 3)];
  const [count = 0, n = 0, width = 0] = tokens.shape;
  const size = width / heads;
  const before: LayerSpec = { type: 'layerNorm' };
  const projected = part(
    model,
    2,
    { input: [n, width], layers: [before, { type: 'dense', units: 3 * width }] },
    'in_proj_',
  );
  const inner: LayerSpec[] = [before, { type: 'dense', units: 2 * width }, { type: 'activation', fn: 'gelu' }];
  const features = await part(model, 3, { input: [n, width], layers: inner }, 'dense').predict(between);
  const projections = rows({ data: (await projected.predict(tokens)).data, shape: [count * n, 3 * width] });
  const found = [];
  for (const { s, h } of grid({ s: range(0, count - 1), h: range(0, heads - 1) })) {
    const own = projections.slice(s * n, (s + 1) * n);
    const [queries, keys] = [own, own.map((row) => row.subarray(width))].map((list) =>
      list.map((row) => row.subarray(h * size, (h + 1) * size)),
    );
    const scores = (queries ?? []).map((q) =>
      Float64Array.from(keys ?? [], (k) => q.reduce((sum, v, i) => sum + v * (k[i] ?? 0), 0) / Math.sqrt(size)),
    );
    const shown = rows({
      data: softmax(
        scores.flatMap((row) => Array.from(row)),
        n,
      ),
      shape: [n, n],
    });
    found.push({ scores: valuesOf(scores), pattern: valuesOf(shown), shown });
  }
  return {
    attention: mean(found.map(({ pattern }) => effective(pattern))),
    numerical: mean(found.map(({ pattern }) => numerical(pattern))),
    scores: mean(found.map(({ scores }) => numerical(scores))),
    feedForward: effective(valuesOf(rows({ data: features.data, shape: [count * n, 2 * width] }))),
    pattern: found[0]?.shown.flatMap((row) => Array.from(row)) ?? [],
  };
}

/** The normalisation of a block's residual layer and what follows it, as a network of its own with the block's weights. */
function part(model: Model, block: number, spec: NetworkSpec, second: 'in_proj_' | 'dense'): Model {
  const weights = model.parameters();
  const own = createModel(spec, { seed: 0, dtype: 'f64' });
  const named = (name: string): string => {
    const there = name.replace('layers.', `layers.${block}.layers.`);
    return second === 'in_proj_' && name.startsWith('layers.1.')
      ? there.replace('layers.1.', 'layers.1.in_proj_')
      : there;
  };
  own.setParameters(
    Object.fromEntries(
      Object.keys(own.parameters()).map((name) => {
        const { data, shape } = weights[named(name)] ?? { data: [], shape: [0] };
        return [name, { data: Float64Array.from(data), shape }];
      }),
    ),
  );
  return own;
}

/** exp of the entropy of the energies. */
const effective = (values: Float64Array): number => spectrumMeasures(values.map((v) => v * v)).effectiveRank;

/** Singular values above {@link FLOOR}. */
const numerical = (values: Float64Array): number => values.filter((v) => v > FLOOR * (values[0] ?? 0)).length;

const valuesOf = (rows: readonly Float64Array[]): Float64Array =>
  Float64Array.from(singularValues(fromRows(rows)).values.data);
