/**
 * Grokking (Power et al. 2022): a network that learns a + b mod p from part of the table knows that part by heart long before it is right on the rest;
 * and the waves by which it then adds (Nanda et al. 2023).
 *
 * A hidden layer with ReLU (Gromov 2023; the other two have Transformers), trained on all its pairs at once by AdamW. For p = 31, and 0.6 of the pairs, 0.99 of
 * the trained sums are right after 55 steps and none of the others: fewer than by chance. Half of the others are after 484 to 580, if weights decay; without
 * decay none is by the end. With 0.9 of the pairs the delay is a factor of 2.5 to 3 in the place of 9 to 11.
 *
 * In between, each hidden unit becomes one wave of a: of the power of its weights 0.84 is at one frequency in the end, 0.31 when the trained sums are
 * known, 0.22 at the start. It rises before accuracy does (0.65 when a tenth of the other sums is right): the rise is smooth, as the source says
 * of its measures, the accuracy is what is sudden. With the same results in a random table, fitted under the same decay, nothing of it: 0.24.
 *
 * The source finds few key frequencies in a network. Here there are none: units share out all frequencies about evenly (claim
 * `all-frequencies`). Nor is there an order from low to high: to take k for 1 puts the same numbers in another order, and the task does not change.
 *
 * Numbers are those of the tuning seed, 0; all claims held on seeds 801 and 802. The paper preset, p = 59, has not been run.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, atMost, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import type { NetworkSpec } from '../../nets/index.js';
import { rfft } from '../../spectrum/index.js';
import { entry, keysOf } from '../support/arrays.js';
import { shuffled } from '../support/classification.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  modulus: z.int().min(5).max(113).default(59).describe('p of a + b mod p'),
  share: z.number().gt(0).lt(1).default(0.6).describe('of all pairs, to train on'),
  large: z.number().gt(0).lt(1).default(0.9).describe('of all pairs, where the test follows the training'),
  width: z.int().min(2).default(128).describe('hidden units'),
  learningRate: common.learningRate(0.01, 'AdamW, all pairs a step'),
  decay: z.number().positive().default(1).describe('weight decay'),
  steps: common.steps(3000),
  records: common.records(60),
  networks: common.networks(),
});
type Parameters = z.output<typeof parameters>;

const kinds = {
  decay: 'weight decay',
  none: 'no weight decay',
  random: 'weight decay, random table',
  large: 'weight decay, more pairs',
} as const;
type Kind = keyof typeof kinds;

/** Pairs (a, b) as two units of p each, with (a + b) mod p, or the same results in random order; the first share of them in random order is for training. */
function pairs(kind: Kind, seed: number, p: Parameters) {
  const count = p.modulus ** 2;
  const all = { data: Float64Array.from({ length: count }, (_, i) => i), shape: [count] };
  const order = shuffled(all, seed).data;
  const sums = {
    data: Float64Array.from({ length: count }, (_, i) => ((i % p.modulus) + Math.floor(i / p.modulus)) % p.modulus),
    shape: [count],
  };
  const table = kind === 'random' ? shuffled(sums, seed, 'random table').data : sums.data;
  const training = Math.round(count * (kind === 'large' ? p.large : p.share));
  const part = (list: readonly number[]) => {
    const data = new Float64Array(list.length * 2 * p.modulus);
    for (const [i, pair] of list.entries()) {
      data[i * 2 * p.modulus + (pair % p.modulus)] = 1;
      data[(i * 2 + 1) * p.modulus + Math.floor(pair / p.modulus)] = 1;
    }
    const y = { data: Float64Array.from(list, (pair) => entry(table, pair)), shape: [list.length] };
    return { x: { data, shape: [list.length, 2 * p.modulus] }, y };
  };
  const list = Array.from(order);
  return { training: part(list.slice(0, training)), test: part(list.slice(training)) };
}

function networkOf({ modulus, width }: Parameters): NetworkSpec {
  const layer = (units: number) => ({ type: 'dense', units, bias: false, init: 'lecun' }) as const;
  return { input: 2 * modulus, layers: [layer(width), { type: 'activation', fn: 'relu' }, layer(modulus)] };
}

/**
 * How much of the hidden units' weights for a is one wave each: of all power by the frequency of a (the constant left out), the share that lies at
 * the strongest frequency of its unit. And the power by frequency, of all units together, of sum 1.
 * @param weight `[units, 2 p]`
 */
export function waves(weight: NdArray, modulus: number): { share: number; power: number[] } {
  let [strongest, total] = [0, 0];
  const power = Array.from({ length: Math.floor(modulus / 2) }, () => 0);
  for (const row of rows(weight)) {
    const { re, im } = rfft(row.slice(0, modulus));
    const own = power.map((_, k) => entry(re, k + 1) ** 2 + entry(im, k + 1) ** 2);
    strongest += Math.max(...own);
    for (const [k, v] of own.entries()) {
      total += v;
      power[k] = (power[k] ?? 0) + v;
    }
  }
  return { share: strongest / total, power: power.map((v) => v / total) };
}

export const grokkingFourier = defineExperiment({
  id: 'grokking-fourier',
  title: 'Grokking: a network that knows its sums by heart finds waves',
  source: [cite('power2022'), cite('nanda2023'), cite('gromov2023')].join('; '),
  statement:
    'A network that learns a + b mod p from part of the table is right on all of that part long before it is right on the rest. In between, under weight decay, each hidden ' +
    'unit becomes one wave of a.',
  formula: 'a + b mod p from waves:  cos ω(a + b − c) = cos ωa cos ωb cos ωc − …,  ω = 2πk/p',
  parameters,
  presets: { quick: { modulus: 31, steps: 1200, records: 40 }, paper: {} },
  seconds: { quick: 30, paper: 900 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const fits = await trainAll(context, {
      cells: grid({ kind: keysOf(kinds), seed: seeds(p.networks) }),
      name: ({ kind }) => kinds[kind],
      run: ({ kind, seed }) => {
        const { training, test } = pairs(kind, seed, p);
        const weightDecay = kind === 'none' ? 0 : p.decay;
        return {
          ...{ seed, ...training },
          optimizer: { type: 'adamw', learningRate: p.learningRate, beta2: 0.98, weightDecay },
          probes: {
            training: { type: 'accuracy', points: training.x, labels: training.y },
            test: { type: 'accuracy', points: test.x, labels: test.y },
            weight: { type: 'parameters', parameter: 'layers.0.weight' },
          },
        };
      },
      shared: { spec: networkOf(p), loss: 'crossEntropy', steps: p.steps, record: { log: p.records } },
    });
    return fits.map(({ kind, steps, probes }) => {
      const size = p.width * 2 * p.modulus;
      const found = steps.map((_, r) =>
        waves(
          { data: probes.weight.values.data.slice(r * size, (r + 1) * size), shape: [p.width, 2 * p.modulus] },
          p.modulus,
        ),
      );
      return {
        ...{ kind, steps, training: [...probes.training.values.data], test: [...probes.test.values.data] },
        share: found.map(({ share }) => share),
        power: found.at(-1)?.power ?? [],
      };
    });
  },

  present(fits, p) {
    const of = (kind: Kind) => fits.filter((fit) => fit.kind === kind);
    const last = (kind: Kind, what: 'test' | 'share') => of(kind).map((fit) => fit[what].at(-1) ?? Number.NaN);
    /** The first record with at least this accuracy, or the last one. */
    const first = (list: readonly number[], accuracy: number) => {
      const i = list.findIndex((v) => v >= accuracy);
      return i < 0 ? list.length - 1 : i;
    };
    const knownByHeart = (kind: Kind, what: 'test' | 'share') =>
      of(kind).map((fit) => entry(fit[what], first(fit.training, 0.99)));
    const stepOf = (kind: Kind, what: 'training' | 'test', accuracy: number) =>
      spread(of(kind).map((fit) => entry(fit.steps, first(fit[what], accuracy)))).median;
    /** Of each network, steps until half of the other sums are right over those until 0.99 of the trained ones are. */
    const delay = (kind: Kind) =>
      of(kind).map(({ steps, training, test }) => entry(steps, first(test, 0.5)) / entry(steps, first(training, 0.99)));
    const median = (values: readonly number[]) => spread([...values]).median;
    const each = `in every one of ${p.networks} networks`;
    const shown = keysOf(kinds);
    return {
      metrics: {
        step_training: stepOf('decay', 'training', 0.99),
        step_test: stepOf('decay', 'test', 0.9),
        waves_first_right: median(of('decay').map((fit) => entry(fit.share, first(fit.test, 0.1)))),
        waves_by_heart: median(knownByHeart('decay', 'share')),
        ...Object.fromEntries(
          shown.flatMap((kind) => [
            [`test_${kind}`, median(last(kind, 'test'))],
            [`waves_${kind}`, median(last(kind, 'share'))],
          ]),
        ),
      },
      tables: [
        {
          id: 'kinds',
          title: `Medians of ${p.networks} networks`,
          columns: {
            network: shown.map((kind) => kinds[kind]),
            'step of 0.99 in training': shown.map((kind) => stepOf(kind, 'training', 0.99)),
            'test accuracy then': shown.map((kind) => median(knownByHeart(kind, 'test'))),
            'share of one wave then': shown.map((kind) => median(knownByHeart(kind, 'share'))),
            'test accuracy at the end': shown.map((kind) => median(last(kind, 'test'))),
            'share of one wave at the end': shown.map((kind) => median(last(kind, 'share'))),
          },
        },
      ],
      claims: [
        atLeast(0.8, {
          id: 'groks',
          statement: `After ${p.steps} steps at least 0.8 of the sums that were not trained are right, ${each}.`,
          source: cite('power2022', 'section 3.3: weight decay'),
          measured: last('decay', 'test'),
          control: {
            id: 'none',
            statement: 'no weight decay, which fits the training as well',
            measured: last('none', 'test'),
          },
        }),
        atLeast(5, {
          id: 'later',
          statement: `Half of the others are right after at least five times as many steps as 0.99 of the trained sums, ${each}.`,
          source: cite('power2022', 'figure 1'),
          measured: delay('decay'),
          control: { id: 'large', statement: `${p.large} of all pairs to train on`, measured: delay('large') },
        }),
        atLeast(0.5, {
          id: 'waves',
          statement: `Then half or more of the power of the hidden units' weights is at one frequency for each unit, ${each}.`,
          source: cite('nanda2023', 'section 4: sparse in the Fourier basis'),
          measured: last('decay', 'share'),
          control: {
            id: 'random',
            statement: 'the same sums in a random table, learnt by heart under the same weight decay',
            measured: last('random', 'share'),
          },
        }),
        atLeast(2, {
          id: 'waves-later',
          statement: `That is at least twice what it is when the trained sums are known, ${each}.`,
          source: cite('nanda2023', 'section 5: phases of the training'),
          measured: last('decay', 'share').map((v, i) => v / entry(knownByHeart('decay', 'share'), i)),
          control: {
            id: 'none',
            statement: 'no weight decay',
            measured: last('none', 'share').map((v, i) => v / entry(knownByHeart('none', 'share'), i)),
          },
        }),
        atMost(0.2, {
          id: 'all-frequencies',
          statement: `No frequency has more than 0.2 of the power of all units together: other than in the source's networks there are no few key frequencies, ${each}.`,
          source: cite('fprinciple', 'against a sparse set of key frequencies'),
          measured: of('decay').map(({ power }) => Math.max(...power)),
          control: {
            id: 'unit',
            statement: 'the strongest frequency of each unit alone',
            measured: last('decay', 'share'),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'accuracy',
          title: 'Accuracy on trained sums and on others, and the share of one wave',
          caption: `Median, smallest and largest of ${p.networks} networks. One wave: of the power of the hidden units' weights for a, the share at the strongest frequency of its unit.`,
          panels: shown.map((kind) => {
            const [one] = of(kind);
            const x = (one?.steps ?? []).map((step) => step + 1);
            return {
              title: kinds[kind],
              x: { title: 'step', log: true },
              y: { title: 'share', domain: [0, 1] as const },
              lines: [
                {
                  ...medianBand(
                    'trained sums',
                    x,
                    of(kind).map(({ training }) => training),
                  ),
                  color: colors.target,
                },
                medianBand(
                  'other sums',
                  x,
                  of(kind).map(({ test }) => test),
                ),
                medianBand(
                  'one wave',
                  x,
                  of(kind).map(({ share }) => share),
                ),
              ],
            };
          }),
        }),
        panelsFigure({
          id: 'power',
          title: 'Power of the hidden weights by frequency of a, after the training',
          caption:
            'All units of the first network of each kind, of sum 1. What is low or high makes no difference: to take k for 1 puts the same numbers in another order.',
          panels: shown.map((kind) => ({
            title: kinds[kind],
            x: { title: 'frequency k' },
            y: { title: 'share of the power', domain: [0, 0.2] as const },
            lines: [
              {
                name: 'power',
                x: (of(kind)[0]?.power ?? []).map((_, k) => k + 1),
                y: of(kind)[0]?.power ?? [],
                mark: 'both' as const,
              },
            ],
          })),
        }),
      ],
    };
  },
});
