/**
 * Which norm does gradient descent keep small, among solutions of equal error? (Notes on both biases, document 004, section 3: not
 * the norm of the parameters, but a complexity of the function, such as the path norm.)
 *
 * Two-layer ReLU networks `sum_j a_j max(0, w_j x + b_j) + c` pass through a few points. Two norms can be compared on one scale:
 * the path norm `sum |a_j w_j|` and half the squared norm of the weights `sum (a_j^2 + w_j^2) / 2`, which is at least as large, unit by unit, and
 * equal where `|a_j| = |w_j|`. The least that either can be is known: that of the straight lines from point to point, the total
 * variation of their slope (Savarese et al. 2019; biases are not counted).
 *
 * Starts: small weights; the same functions with first layers `factor` times as large and second layers as much smaller (`unbalanced`: the path
 * norm is the same, the norm of the weights is not); large weights; and small weights trained on random labels before (Liu,
 * Papailiopoulos and Achlioptas 2020). All end at the same training error, far below a thousandth.
 *
 * What comes out is not what the notes say. From small weights both norms end at the least, within a few hundredths: gradient descent keeps
 * `a_j^2 - w_j^2 - b_j^2` of every unit, so that small weights stay balanced, and balanced layers have one norm, not two. Where the layers are
 * unbalanced, that difference stays, half the squared weights end at four to six times the least, and the path norm at 1.1 to 1.5 times: it
 * is near its least and not there. So it is small weights that make either norm small, and the path norm is the better description only
 * since it does not see how a function is shared between the layers. Descent as such minimises neither: the other starts end with path
 * norms 1.3 to 7 times the least.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, atMost, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { asColumn, relativeError } from '../support/arrays.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  points: z.int().min(5).max(100).default(7).describe('points, equispaced on [-1, 1]'),
  periods: z.number().positive().default(1).describe('periods of the sine on the points'),
  width: z.int().min(4).default(400).describe('hidden ReLU units'),
  small: z.number().positive().default(0.05).describe('standard deviation of small weights'),
  large: z.number().positive().default(1).describe('of large ones'),
  factor: z.number().gt(1).default(20).describe('by which the layers of unbalanced networks differ from balanced ones'),
  learningRate: common.learningRate(1e-3, 'gradient descent, full batch'),
  before: z.int().min(1).default(200_000).describe('steps on random labels, before'),
  steps: common.steps(400_000),
  records: common.records(60),
  networks: common.networks(),
});

const starts = {
  small: 'small weights',
  unbalanced: 'small functions, layers unbalanced',
  large: 'large weights',
  misled: 'random labels before',
} as const;
type Start = keyof typeof starts;
const kinds = Object.keys(starts) as Start[];

export const pathNormExperiment = defineExperiment({
  id: 'path-norm',
  title: 'Path norm and parameter norm over solutions of equal error',
  source: [
    cite('notesRank', 'section 3'),
    cite('neyshabur2015'),
    cite('savarese2019'),
    cite('liuPapailiopoulos2020'),
  ].join('; '),
  statement:
    'From small weights gradient descent ends at the least path norm that a solution can have, and, against the source, at the least ' +
    'norm of the weights as well: they are the same there. Where the layers start unbalanced they come apart, and the path norm is ' +
    'the one that stays near its least. From large weights, or weights that learnt random labels before, neither is small.',
  formula: 'Σ_j |a_j w_j| ≤ Σ_j (a_j^2 + w_j^2) / 2,  least: Σ_i |s_{i+1} − s_i|, s the slopes from point to point',
  parameters,
  presets: {
    quick: { width: 100, learningRate: 5e-3, before: 20_000, steps: 50_000, records: 40 },
    paper: {},
  },
  seconds: { quick: 12, paper: 900 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const at = Array.from({ length: p.points }, (_, i) => (2 * i) / (p.points - 1) - 1);
    const values = at.map((v) => Math.sin(p.periods * Math.PI * v));
    const fine = Array.from({ length: 401 }, (_, i) => i / 200 - 1);
    const shared = {
      loss: 'mse',
      optimizer: { type: 'sgd', learningRate: p.learningRate },
      dtype: 'f64',
    } as const;
    // Places between the points, twice as many, with labels that say nothing.
    const between = Array.from({ length: 2 * p.points }, (_, i) => (2 * i + 1) / (2 * p.points) - 1);
    const misled = await trainAll(context, {
      cells: grid({ seed: seeds(p.networks) }),
      what: 'networks on random labels',
      run: ({ seed }) => ({
        seed,
        y: asColumn(gaussianNoise(between.length, { seed, stream: 'labels', std: 2 }).data),
      }),
      shared: { ...shared, spec: network(p.width, p.small), x: asColumn(between), steps: p.before, record: { at: [] } },
      keep: 'parameters',
    });
    const weightsOf = (start: Start, seed: number): Record<string, NdArray> | undefined => {
      if (start === 'misled') return misled.find((one) => one.seed === seed)?.parameters;
      if (start !== 'unbalanced') return undefined;
      const own = createModel(network(p.width, p.small), { seed, dtype: 'f64' }).parameters();
      return Object.fromEntries(
        Object.entries(own).map(([name, { data, shape }]) => [
          name,
          { data: Float64Array.from(data, (v) => (name.startsWith('layers.0') ? v * p.factor : v / p.factor)), shape },
        ]),
      );
    };
    const trained = await trainAll(context, {
      cells: grid({ start: kinds, seed: seeds(p.networks) }),
      name: ({ start }) => starts[start],
      run: ({ start, seed }) => {
        const weights = weightsOf(start, seed);
        return {
          seed,
          spec: network(p.width, start === 'large' ? p.large : p.small),
          ...(weights && { parameters: weights }),
        };
      },
      shared: {
        ...shared,
        x: asColumn(at),
        y: asColumn(values),
        steps: p.steps,
        record: { log: p.records },
        probes: {
          fit: { type: 'outputs', points: asColumn(at) },
          curve: { type: 'outputs', points: asColumn(fine) },
          first: { type: 'parameters', parameter: 'layers.0.weight' },
          second: { type: 'parameters', parameter: 'layers.2.weight' },
        },
      },
    });
    const slopes = values.slice(1).map((v, i) => ((v - (values[i] ?? 0)) * (p.points - 1)) / 2);
    const least = slopes.slice(1).reduce((sum, s, i) => sum + Math.abs(s - (slopes[i] ?? 0)), 0);
    const fits = trained.map(({ start, steps, probes }) => {
      const [w, a] = [rows(probes.first.values), rows(probes.second.values)];
      return {
        start,
        steps,
        error: rows(probes.fit.values).map((h) => relativeError(h, values)),
        path: w.map((row, r) => row.reduce((sum, v, j) => sum + Math.abs(v * (a[r]?.[j] ?? Number.NaN)), 0) / least),
        weights: w.map(
          (row, r) => row.reduce((sum, v, j) => sum + v * v + (a[r]?.[j] ?? Number.NaN) ** 2, 0) / 2 / least,
        ),
        curve: rows(probes.curve.values).at(-1) ?? new Float64Array(),
      };
    });
    return { at, values, fine, least, fits };
  },

  present({ at, values, fine, least, fits }, p) {
    const of = (start: Start) => fits.filter((fit) => fit.start === start);
    type Measure = 'path' | 'weights' | 'error';
    const ends = (start: Start, measure: Measure) => of(start).map((fit) => fit[measure].at(-1) ?? Number.NaN);
    const control = (start: Start, measured: number[]) => ({ id: start, statement: starts[start], measured });
    const over = (start: Start) => {
      const path = ends(start, 'path');
      return ends(start, 'weights').map((v, i) => v / (path[i] ?? Number.NaN));
    };
    return {
      metrics: Object.fromEntries(
        kinds.flatMap((start) =>
          (['path', 'weights', 'error'] as const).map((measure) => [
            `${measure}_${start}`,
            spread(ends(start, measure)).median,
          ]),
        ),
      ),
      tables: [
        {
          id: 'norms',
          title: `Norms over the least that they can be (${least.toFixed(1)}), and relative training error`,
          columns: {
            start: fits.map(({ start }) => starts[start]),
            'path norm': fits.map(({ path }) => path.at(-1) ?? Number.NaN),
            'half the squared weights': fits.map(({ weights }) => weights.at(-1) ?? Number.NaN),
            error: fits.map(({ error }) => error.at(-1) ?? Number.NaN),
          },
        },
      ],
      claims: [
        atMost(1.1, {
          id: 'path-least',
          statement: `From small weights the solution's path norm is at most 1.1 times the least that any solution has, in every one of ${p.networks} networks.`,
          source: [cite('notesRank', 'section 3'), cite('savarese2019', 'theorem 3.1, the least')].join('; '),
          measured: ends('small', 'path'),
          control: [control('large', ends('large', 'path')), control('misled', ends('misled', 'path'))],
        }),
        atMost(1.1, {
          id: 'weights-least',
          statement:
            'From small weights half the squared norm of the weights is at most 1.1 times that least too, against the source, which says that it is not minimised.',
          source: [cite('notesRank', 'section 3, which says otherwise'), cite('savarese2019')].join('; '),
          measured: ends('small', 'weights'),
          control: [
            control('unbalanced', ends('unbalanced', 'weights')),
            control('large', ends('large', 'weights')),
            control('misled', ends('misled', 'weights')),
          ],
        }),
        atLeast(2, {
          id: 'come-apart',
          statement:
            'Where the layers are unbalanced half the squared norm of the weights ends at twice the path norm and more.',
          source: cite('notesRank', 'section 3: not the norm of the parameters'),
          measured: over('unbalanced'),
          control: control('small', over('small')),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'norms',
          title: 'Both norms through the training, over the least that they can be',
          caption: `Median, smallest and largest of ${p.networks} networks of each start.`,
          panels: (['path', 'weights'] as const).map((measure) => ({
            title: measure === 'path' ? 'path norm' : 'half the squared weights',
            x: { title: 'step', log: true },
            y: { title: 'over the least', log: true },
            lines: kinds.map((start) =>
              medianBand(
                starts[start],
                (of(start)[0]?.steps ?? []).map((step) => step + 1),
                of(start).map((fit) => fit[measure]),
              ),
            ),
            levels: [{ value: 1, name: 'least' }],
          })),
        }),
        lineFigure({
          id: 'solutions',
          title: 'Solutions of equal error',
          caption: 'First network of each start. Dots: the points.',
          x: { title: 'x' },
          y: { title: 'h(x)' },
          lines: [
            ...kinds.flatMap((start) =>
              of(start)
                .slice(0, 1)
                .map(({ curve }) => ({ name: starts[start], x: fine, y: curve })),
            ),
            { name: 'points', x: at, y: values, mark: 'points' as const, color: '#000000' },
          ],
        }),
      ],
    };
  },
});

/** One hidden ReLU layer; all its weights and biases of one standard deviation. */
function network(width: number, std: number): NetworkSpec {
  const init = { type: 'normal', std } as const;
  return {
    input: 1,
    layers: [
      { type: 'dense', units: width, init, biasInit: init },
      { type: 'activation', fn: 'relu' },
      { type: 'dense', units: 1, init },
    ],
  };
}
