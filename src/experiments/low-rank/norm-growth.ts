/**
 * High frequencies need large weights: the same network learns sin kx for several k, and the size of its weights is read when it
 * has learnt it (relative error settled under a level).
 *
 * Measured are the Euclidean norm of all weight matrices at that step, and the Lipschitz bound that the weights give the
 * network, the product of their Frobenius norms: a function that oscillates k times must be able to rise k times as steeply.
 *
 * Weights also grow with training time, and high frequencies take longer. So the first control is the same network after as many
 * steps on the lowest of the sines; it grows too, but much less. The second sees x through Fourier features of the k, the highest
 * the strongest: to it no k needs steepness, and its weights do not grow with k.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  common,
  defineExperiment,
  grid,
  passagesOf,
  periodicGrid,
  spread,
  sumOfSines,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { fitDecay } from '../../kernels/index.js';
import { createModel, mlp } from '../../nets/index.js';
import { adamFit } from '../support/adam-fit.js';
import { reversedFeatures, reversedStatement } from '../support/curve.js';

const parameters = z.object({
  points: common.points(201, 16),
  frequencies: z
    .array(z.int().min(1))
    .min(3)
    .default([1, 2, 4, 6, 8, 10, 12])
    .describe('k of the targets sin kx, ascending'),
  hidden: common.hidden([128, 128, 128]),
  activation: z.enum(['tanh', 'relu']).default('tanh').describe('of the hidden layers'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(20_000),
  records: common.records(200),
  level: common.level(),
  networks: common.networks(),
});

export const normGrowth = defineExperiment({
  id: 'norm-growth',
  title: 'The higher the frequency, the larger the weights that fit it',
  source: [cite('notesRank', 'section 2'), cite('rahaman2019')].join('; '),
  statement:
    'To express a high frequency a network needs larger weights. The same network, from the same weights, fits sin kx ' +
    'with a weight norm, and a Lipschitz bound from its weights, that rise with k.',
  formula: '|W|^2 = Σ_l |W_l|_F^2,  Lip(h) ≤ Π_l |W_l|_F,  h = sin kx',
  parameters,
  presets: {
    quick: {
      points: 101,
      frequencies: [1, 2, 3, 4, 6],
      hidden: [64, 64],
      learningRate: 5e-3,
      steps: 2000,
      records: 80,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 1400 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const shape = { hidden: p.hidden, output: 1, activation: p.activation } as const;
    const before = reversedFeatures(p.frequencies);
    const behind = mlp({ input: before.size, ...shape });
    const specs = {
      plain: mlp({ input: 1, ...shape }),
      reversed: { input: 1, layers: [...before.layers, ...behind.layers] },
    };
    const trained = await trainAll(context, {
      cells: grid({ reversed: [false, true], k: p.frequencies, seed: seeds(p.networks) }),
      run: ({ reversed, k, seed }) => {
        const y = sumOfSines(x, [k]);
        return {
          seed,
          spec: reversed ? specs.reversed : specs.plain,
          y,
          probes: {
            norms: { type: 'norms' },
            error: { type: 'spectrum', points: x, target: y, frequencies: [k / (2 * Math.PI)] },
          } as const,
        };
      },
      shared: {
        x,
        ...adamFit(p),
      },
    });
    /** Places of the weight matrices among the parameters. */
    const matrices = (spec: typeof specs.plain): number[] =>
      Object.keys(createModel(spec, { seed: 0 }).parameters()).flatMap((name, i) =>
        name.endsWith('.weight') ? [i] : [],
      );
    const places = { plain: matrices(specs.plain), reversed: matrices(specs.reversed) };
    return {
      runs: trained.map(({ reversed, k, steps, probes }) => {
        const chosen = reversed ? places.reversed : places.plain;
        const norms = rows(probes.norms.values).map((all) => chosen.map((i) => all[i] ?? Number.NaN));
        return {
          reversed,
          k,
          steps,
          error: probes.error.relativeError,
          norm: norms.map((of) => Math.hypot(...of)),
          bound: norms.map((of) => of.reduce((product, v) => product * v, 1)),
        };
      }),
    };
  },

  present({ runs }, p) {
    type Run = (typeof runs)[number];
    const of = (k: number, reversed = false) => runs.filter((run) => run.k === k && run.reversed === reversed);
    const [lowest = 1, highest = 1] = [p.frequencies[0], p.frequencies.at(-1)];
    /** The record at which a network has learnt its target. */
    const learnt = (run: Run): number | null => {
      const [step = null] = passagesOf(run, { level: p.level });
      return step === null ? null : run.steps.indexOf(step);
    };
    type Size = 'norm' | 'bound';
    const sizeAt = (run: Run | undefined, size: Size, record: number | null): number | null =>
      run === undefined || record === null ? null : (run[size][record] ?? null);
    const when = (run: Run, size: Size) => sizeAt(run, size, learnt(run));
    const ratio = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);
    /** Of every network: the size when the highest frequency is learnt over that when the lowest is. */
    const growth = (size: Size, reversed = false) => {
      const low = of(lowest, reversed);
      return of(highest, reversed).map((run, i) => {
        const first = low[i];
        return ratio(when(run, size), first === undefined ? null : when(first, size));
      });
    };
    /** The same of a network that goes on learning the lowest, at the step at which the highest is learnt. */
    const growthInTime = (size: Size) => {
      const low = of(lowest);
      return of(highest).map((run, i) => {
        const first = low[i];
        return first === undefined ? null : ratio(sizeAt(first, size, learnt(run)), when(first, size));
      });
    };
    const fitted = (size: Size, reversed = false) =>
      p.frequencies.map((k) => {
        const sizes = of(k, reversed).flatMap((run) => when(run, size) ?? []);
        return { k, ...spread(sizes) };
      });
    const reached = fitted('bound').filter(({ count }) => count > 0);
    // Two points are on a line of any slope.
    const exponent =
      reached.length < 3
        ? null
        : -fitDecay(
            reached.map(({ k }) => k),
            reached.map(({ median }) => median),
            'power',
          ).exponent;
    const curve = (name: string, size: Size, reversed: boolean) => {
      const seen = fitted(size, reversed).filter(({ count }) => count > 0);
      return {
        name,
        x: seen.map(({ k }) => k),
        y: seen.map(({ median }) => median),
        band: [seen.map(({ min }) => min), seen.map(({ max }) => max)] as const,
        mark: 'both' as const,
      };
    };
    const both = (size: Size) => [curve('x itself', size, false), curve('reversed features', size, true)];
    const control = (size: Size) => [
      {
        id: 'same-steps',
        statement: `the same network after as many steps on sin ${lowest}x`,
        measured: growthInTime(size),
      },
      { id: 'reversed', statement: reversedStatement, measured: growth(size, true) },
    ];
    const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return {
      metrics: { boundExponent: exponent },
      tables: [
        {
          id: 'norms',
          title: `Weights when sin kx is learnt (relative error settled under ${p.level}), median of ${p.networks} networks`,
          columns: {
            frequency: p.frequencies,
            networks: p.frequencies.map((k) => of(k).filter((run) => learnt(run) !== null).length),
            'weight norm': fitted('norm').map(({ median }) => orNull(median)),
            'Lipschitz bound': fitted('bound').map(({ median }) => orNull(median)),
            'bound, reversed features': fitted('bound', true).map(({ median }) => orNull(median)),
          },
        },
      ],
      claims: [
        atLeast(1.5, {
          id: 'norm',
          statement: `The norm of the weights is at least 1.5 times as large when sin ${highest}x is learnt as when sin ${lowest}x is, in every one of ${p.networks} networks.`,
          source: cite('notesRank', 'section 2: high frequencies need larger weights'),
          measured: growth('norm'),
          control: control('norm'),
        }),
        atLeast(5, {
          id: 'bound',
          statement:
            'The product of the norms of the layers, which bounds how steep the network can be, is at least five times as large.',
          source: cite('rahaman2019', 'theorem 1'),
          measured: growth('bound'),
          control: control('bound'),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'norms',
          title: 'Weights that fit sin kx',
          caption: `When the relative error has settled under ${p.level}: median and extremes of ${p.networks} networks.${exponent === null ? '' : ` The Lipschitz bound grows as k^${exponent.toFixed(2)}.`}`,
          panels: [
            {
              title: 'Norm of the weights',
              x: { title: 'k' },
              y: { title: 'Euclidean norm' },
              lines: both('norm'),
            },
            {
              title: 'Lipschitz bound',
              x: { title: 'k', log: true },
              y: { title: 'product of Frobenius norms', log: true },
              lines: both('bound'),
            },
          ],
        }),
        lineFigure({
          id: 'growth',
          title: 'Norm of the weights through the training',
          caption: 'The first network of every frequency, up to the step at which its target is learnt.',
          x: { title: 'step', log: true },
          y: { title: 'Euclidean norm of the weights' },
          lines: p.frequencies.flatMap((k) =>
            of(k)
              .slice(0, 1)
              .map((run) => {
                const end = (learnt(run) ?? run.steps.length - 1) + 1;
                return { name: `k = ${k}`, x: run.steps.slice(0, end), y: run.norm.slice(0, end) };
              }),
          ),
        }),
      ],
    };
  },
});
