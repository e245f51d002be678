/**
 * What amplitude does to the order of frequencies (Xu, section 1.3, the question after figure 1.6).
 *
 * The target is `sin x + a sin kx`, scaled to a mean square of 1 for every a: otherwise a large amplitude would also be
 * a large target, which Adam, whose steps have a bounded size, reaches later for that reason alone. A frequency counts as
 * learnt at the first record from which on its relative error stays under the level: in the first steps both
 * components cross any level by chance, a weak one most often. Between the two ends the lead need not fall steadily: with
 * a = 2 the whole target is learnt sooner than with a = 1, the low frequency most of all.
 *
 * In 0.1.0 a claim said that the order is reversed only by an amplitude above 1. A lead that never crossed zero counted as the
 * largest amplitude there, so that it also passed where the order was always reversed; what it meant is said by
 * `equal-amplitude`, in which every network leads at a = 1.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { fromRows } from '../../core/reading.js';
import {
  above,
  below,
  common,
  decreasing,
  defineExperiment,
  grid,
  passagesOf,
  periodicGrid,
  spread,
  sumOfSines,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure } from '../../figures/index.js';
import { entry } from '../support/arrays.js';
import { fitCurves, reversedFeatures, reversedStatement } from '../support/curve.js';
import { medianBand, passageTable } from '../support/order.js';

const parameters = z.object({
  frequencies: z.array(z.int().min(2).max(200)).min(1).default([2, 3, 5, 8]).describe('k of the second component'),
  amplitudes: z
    .array(z.number().positive())
    .min(3)
    .default([0.25, 0.5, 1, 2, 4, 8, 16])
    .refine((values) => values.includes(1), 'expected 1 among them: equal amplitudes')
    .describe('a of the second component, 1 among them'),
  points: common.points(128, 16),
  hidden: common.hidden([100, 100, 100]),
  std: common.std(0.1),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(10_000),
  records: common.records(120),
  networks: common.networks(),
  level: common.level(),
});

export const amplitudeAndFrequency = defineExperiment({
  id: 'amplitude-and-frequency',
  title: 'Amplitude against frequency: who is learnt first',
  source: cite('xuBook', 'section 1.3, after figure 1.6'),
  statement:
    'At equal amplitude the low frequency is learnt first. A larger amplitude brings the high frequency forward: it ' +
    'must be several times the amplitude of the low one before the order is reversed.',
  formula: 'f(x) = sin x + a sin kx',
  parameters,
  presets: {
    quick: {
      frequencies: [2, 3, 5],
      amplitudes: [0.5, 1, 2, 4, 8, 16],
      points: 64,
      hidden: [48, 48, 48],
      std: 0.12,
      steps: 3000,
      records: 70,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 400 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const networks = seeds(p.networks);
    const cells = [
      ...grid({ set: ['claim'], k: p.frequencies, a: p.amplitudes, seed: networks }),
      // The controls at equal amplitude: other networks, and the same ones with high and low turned round.
      ...grid({ set: ['others'], k: p.frequencies, a: [1], seed: seeds(p.networks, 'other networks') }),
      ...grid({ set: ['reversed'], k: p.frequencies, a: [1], seed: networks }),
    ];
    const fits = await fitCurves(
      context,
      x,
      cells,
      ({ set, k, a, seed }) => {
        const scale = Math.sqrt(2 / (1 + a * a));
        return {
          y: sumOfSines(x, [1, k], [scale, scale * a]),
          frequencies: [1, k],
          seed,
          before: set === 'reversed' ? reversedFeatures([1, k]) : undefined,
        };
      },
      p,
    );
    return fits.map(({ outputs: _, ...fit }) => fit);
  },

  present(fits, p) {
    const amplitudes = [...p.amplitudes].sort((a, b) => a - b);
    const largest = Math.max(...amplitudes);
    const [nearest] = p.frequencies;
    // Decades by which the low frequency is ahead; what never passed is counted at the end of the training.
    const leads = (k: number, a: number, set = 'claim'): number[] =>
      fits
        .filter((fit) => fit.set === set && fit.k === k && fit.a === a)
        .map((fit) => {
          const [low, high] = passagesOf(fit, { level: p.level });
          return Math.log10(Math.max(1, high ?? p.steps) / Math.max(1, low ?? p.steps));
        });
    const median = (list: readonly number[]): number => spread(list).median;
    const medians = p.frequencies.map((k) => amplitudes.map((a) => median(leads(k, a))));
    const reversal = medians.map((row) => crossing(amplitudes, row));
    const labels = p.frequencies.map((k) => `k = ${k}`);
    const source = cite('xuBook', 'section 1.3: the part that amplitude plays in convergence');
    const places = p.frequencies.map((_, i) => i);
    const atEqual = (set: string) => p.frequencies.map((k) => leads(k, 1, set));
    return {
      metrics: Object.fromEntries(p.frequencies.map((k, i) => [`reversal_amplitude_${k}`, reversal[i] ?? null])),
      tables: [
        passageTable(
          fits.filter(({ set }) => set === 'claim'),
          {
            level: p.level,
            columns: { k: ({ k }) => k, a: ({ a }) => a, seed: ({ seed }) => seed },
            component: ['frequency', ({ k }) => [1, k]],
          },
        ),
      ],
      claims: [
        above(0, {
          id: 'equal-amplitude',
          statement:
            'At equal amplitude (a = 1) the low frequency is learnt first, for every k and every network (lead in decades of steps).',
          source: cite('xuBook', 'figure 1.6'),
          measured: atEqual('claim'),
          control: { id: 'reversed', statement: reversedStatement, measured: atEqual('reversed') },
        }),
        decreasing({
          id: 'amplitude-brings-forward',
          statement: `The lead of the low frequency is smaller at a = ${largest} than at a = 1, in every network and for each k.`,
          source,
          measured: p.frequencies.flatMap((k) => pairs(leads(k, 1), leads(k, largest))),
          labels: ['a = 1', `a = ${largest}`],
          control: {
            id: 'others',
            statement: 'other networks at the same amplitude, a = 1',
            measured: p.frequencies.flatMap((k) => pairs(leads(k, 1), leads(k, 1, 'others'))),
          },
        }),
        below(0, {
          id: 'reversed',
          statement: `At a = ${largest} the nearest frequency, k = ${nearest}, is learnt before 1, in every network (lead in decades).`,
          source,
          measured: nearest === undefined ? [] : leads(nearest, largest),
          control: {
            id: 'equal',
            statement: 'a = 1',
            measured: nearest === undefined ? [] : leads(nearest, 1),
          },
        }),
      ],
      figures: [
        heatmapFigure({
          id: 'lead',
          title: 'By how much the low frequency is ahead',
          caption:
            'Decades of steps between the passage of sin kx and that of sin x (median over networks), by frequency and amplitude of the second component. Above zero the low frequency is first.',
          values: fromRows(medians),
          x: { title: 'amplitude a', log: true, at: amplitudes, values: amplitudes },
          y: { title: 'frequency k', at: places, values: places, labels: p.frequencies.map(String) },
          color: { title: 'lead of sin x (decades)', range: [-1.5, 1.5] },
          height: 60 * p.frequencies.length,
        }),
        lineFigure({
          id: 'lead-by-amplitude',
          title: 'Lead of the low frequency by amplitude',
          caption:
            'Median, smallest and largest lead over the networks. Where a curve crosses zero the order is reversed.',
          x: { title: 'amplitude a of sin kx', log: true },
          y: { title: 'lead of sin x (decades of steps)' },
          lines: p.frequencies.map((k, i) =>
            medianBand(labels[i] ?? '', amplitudes, fromNetworks(amplitudes.map((a) => leads(k, a)))),
          ),
          levels: [{ value: 0, name: 'both at once' }],
        }),
      ],
    };
  },
});

/** Of the same networks, what was found of each in two settings. */
const pairs = (first: readonly number[], second: readonly number[]): [number, number | null][] =>
  first.map((value, i) => [value, second[i] ?? null]);

/** Lists by amplitude as curves by network. */
const fromNetworks = (lists: readonly (readonly number[])[]): number[][] =>
  (lists[0] ?? []).map((_, n) => lists.map((list) => list[n] ?? Number.NaN));

/** The amplitude at which the lead first falls to zero, interpolated in log a; `null` if it never does, or never was above. */
function crossing(amplitudes: readonly number[], leads: readonly number[]): number | null {
  for (let i = 1; i < leads.length; i++) {
    const [before, after] = [entry(leads, i - 1), entry(leads, i)];
    if (before > 0 && after <= 0) {
      const share = before / (before - after);
      const [low, high] = [entry(amplitudes, i - 1), entry(amplitudes, i)];
      return low * (high / low) ** share;
    }
  }
  return null;
}
