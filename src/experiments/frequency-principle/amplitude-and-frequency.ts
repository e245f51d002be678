/**
 * What amplitude does to the order of frequencies (Xu, book, section 1.3, the question after figure 1.6).
 *
 * The target is `sin x + a sin kx`, scaled to a mean square of 1 for every a: otherwise a large amplitude would also be
 * a large target, which Adam, whose steps have a bounded size, reaches later for that reason alone. A frequency counts as
 * learnt at the first record from which on its relative error stays under the level: in the first steps both
 * components cross any level by chance, a weak one most often. Between the two ends the lead need not fall steadily: with
 * a = 2 the whole target is learnt sooner than with a = 1, the low frequency most of all.
 */
import { z } from 'zod';
import { column } from '../../core/reading.js';
import {
  above,
  below,
  decreasing,
  defineExperiment,
  passageStep,
  periodicGrid,
  probe,
  refuseDiverged,
  sample,
  spread,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure } from '../../figures/index.js';
import { mlp, trainMany } from '../../nets/index.js';

const parameters = z.object({
  frequencies: z.array(z.int().min(2).max(200)).min(1).default([2, 3, 5, 8]).describe('k of the second component'),
  amplitudes: z
    .array(z.number().positive())
    .min(3)
    .default([0.25, 0.5, 1, 2, 4, 8, 16])
    .refine((values) => values.includes(1), 'expected 1 among them: equal amplitudes')
    .describe('a of the second component, 1 among them'),
  points: z.int().min(16).max(10_000).default(128).describe('samples of one period'),
  hidden: z.array(z.int().min(1)).min(1).default([100, 100, 100]).describe('widths of the hidden layers'),
  std: z.number().positive().default(0.1).describe('standard deviation of the initial weights and biases'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, full batch'),
  steps: z.int().min(1).default(10_000).describe('training steps'),
  records: z.int().min(10).max(2000).default(120).describe('recorded steps, evenly spaced in their logarithm'),
  seeds: z.int().min(1).max(100).default(5).describe('networks for every pair of k and a'),
  level: z.number().positive().max(1).default(0.2).describe('relative error that counts as learnt'),
});

export const amplitudeAndFrequency = defineExperiment({
  id: 'amplitude-and-frequency',
  title: 'Amplitude against frequency: who is learnt first',
  source: 'Xu, book (002), section 1.3, after figure 1.6',
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
      seeds: 3,
    },
    paper: {},
  },
  seconds: { quick: 2, paper: 300 },
  async run({ parameters: p, seeds, signal, training }) {
    const x = periodicGrid(p.points);
    const amplitudes = [...p.amplitudes].sort((a, b) => a - b);
    const init = { type: 'normal', std: p.std } as const;
    const cells = p.frequencies.flatMap((k) =>
      amplitudes.flatMap((a) => seeds(p.seeds).map((seed) => ({ k, a, seed }))),
    );
    const trained = await trainMany(
      cells.map(({ k, a, seed }) => {
        const scale = Math.sqrt(2 / (1 + a * a));
        const y = sample(x, (v) => scale * (Math.sin(v) + a * Math.sin(k * v)));
        const frequencies = [1, k].map((f) => f / (2 * Math.PI));
        return { seed, y, probes: { error: { type: 'spectrum', points: x, target: y, frequencies } as const } };
      }),
      {
        x,
        spec: mlp({ input: 1, hidden: p.hidden, output: 1, activation: 'tanh', init, biasInit: init }),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
        signal,
        onProgress: training(`training ${cells.length} networks`, cells.length * p.steps),
      },
    );
    const passages = trained.map(({ history }, i) => {
      refuseDiverged(history, `k = ${cells[i]!.k}, a = ${cells[i]!.a}`);
      const error = probe(history, 'error', 'relativeError');
      return [0, 1].map((j) => passageStep(history.steps, column(error, j), p.level, { settled: true }));
    });

    // Decades by which the low frequency is ahead; what never passed is counted at the end of the training.
    const leads = passages.map(([low, high]) => Math.log10((high ?? p.steps) / (low ?? p.steps)));
    const leadsOf = (k: number, a: number): number[] => leads.filter((_, i) => cells[i]!.k === k && cells[i]!.a === a);
    const medians = p.frequencies.map((k) => amplitudes.map((a) => spread(leadsOf(k, a)).median));
    const reversal = medians.map((row) => crossing(amplitudes, row));
    const largest = amplitudes[amplitudes.length - 1]!;
    const labels = p.frequencies.map((k) => `k = ${k}`);
    return {
      metrics: Object.fromEntries(p.frequencies.map((k, i) => [`reversal_amplitude_${k}`, reversal[i]!])),
      tables: [
        {
          id: 'first-passage',
          title: `Step from which on the relative error stays at ${p.level} or less`,
          columns: {
            k: cells.map((c) => c.k),
            a: cells.map((c) => c.a),
            seed: cells.map((c) => c.seed),
            'low step': passages.map((s) => s[0]!),
            'high step': passages.map((s) => s[1]!),
          },
        },
      ],
      claims: [
        above(0, {
          id: 'equal-amplitude',
          statement:
            'At equal amplitude (a = 1) the low frequency is learnt first, for every k and every network (lead in decades of steps).',
          source: 'book, figure 1.6',
          measured: p.frequencies.map((k) => leadsOf(k, 1)),
        }),
        decreasing({
          id: 'amplitude-brings-forward',
          statement: `The median lead of the low frequency is smaller at a = ${largest} than at a = 1, for each k.`,
          source: 'book, section 1.3: the part that amplitude plays in convergence',
          measured: medians.map((row) => [row[amplitudes.indexOf(1)]!, row[amplitudes.length - 1]!]),
          labels: ['a = 1', `a = ${largest}`],
        }),
        above(1, {
          id: 'reversal-needs-more',
          statement: `The order is reversed only by an amplitude of more than 1 (where the median lead is zero; ${largest} where it never is).`,
          source: 'book, section 1.3',
          measured: reversal.map((a) => a ?? largest),
          labels,
        }),
        below(0, {
          id: 'reversed',
          statement: `At a = ${largest} the nearest frequency, k = ${p.frequencies[0]!}, is learnt before 1 (median lead in decades).`,
          source: 'book, section 1.3',
          measured: medians[0]![amplitudes.length - 1]!,
        }),
      ],
      figures: [
        heatmapFigure({
          id: 'lead',
          title: 'By how much the low frequency is ahead',
          caption:
            'Decades of steps between the passage of sin kx and that of sin x (median over networks), by frequency and amplitude of the second component. Above zero the low frequency is first.',
          values: { data: Float64Array.from(medians.flat()), shape: [p.frequencies.length, amplitudes.length] },
          x: { title: 'amplitude a', log: true, at: amplitudes, values: amplitudes },
          y: {
            title: 'frequency k',
            at: p.frequencies.map((_, i) => i),
            values: p.frequencies.map((_, i) => i),
            labels: p.frequencies.map(String),
          },
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
          lines: p.frequencies.map((k, i) => {
            const at = amplitudes.map((a) => spread(leadsOf(k, a)));
            return {
              name: labels[i]!,
              x: amplitudes,
              y: at.map((s) => s.median),
              band: [at.map((s) => s.min), at.map((s) => s.max)] as const,
            };
          }),
          levels: [{ value: 0, name: 'both at once' }],
        }),
      ],
      arrays: { lead: { data: Float64Array.from(medians.flat()), shape: [p.frequencies.length, amplitudes.length] } },
    };
  },
});

/** The amplitude at which the lead first falls to zero, interpolated in log a; `null` if it never does. */
function crossing(amplitudes: readonly number[], leads: readonly number[]): number | null {
  for (let i = 1; i < leads.length; i++) {
    const [before, after] = [leads[i - 1]!, leads[i]!];
    if (before > 0 && after <= 0) {
      const share = before / (before - after);
      return amplitudes[i - 1]! * (amplitudes[i]! / amplitudes[i - 1]!) ** share;
    }
  }
  return null;
}
