/**
 * A sum of sines of equal amplitude: the low frequency is learnt first (Xu, book, section 1.3, figures 1.3 and 1.6).
 *
 * The target is `f(x) = sum_k sin(k x)` on one period, the error at frequency k is `|h_k - f_k| / |f_k|` on complex
 * NUDFT values over the training points (eq. 1.4). The equal amplitudes are the point: in a target whose amplitude falls
 * with frequency, "large first" would explain what is seen just as well.
 *
 * The points leave out the period's end, so that integer frequencies are orthogonal on them.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { column, row } from '../../core/reading.js';
import {
  atLeast,
  curvePlayback,
  defineExperiment,
  increasing,
  nearestRecord,
  periodicGrid,
  probe,
  sample,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { type CurveFit, fitCurve } from '../support/curve.js';
import { errorMapFigure } from '../support/error-map.js';
import { snapshotRecords, stepName, stepNames } from '../support/snapshots.js';

const parameters = z.object({
  targets: z
    .array(z.array(z.int().min(1).max(500)).min(2))
    .min(1)
    .default([
      [1, 3, 5],
      [1, 5],
    ])
    .describe('frequencies of the sines of each target; the first target is run for every seed'),
  points: z.int().min(8).max(100_000).default(201).describe('samples of one period'),
  hidden: z.array(z.int().min(1)).min(1).default([200, 200, 200, 100]).describe('widths of the hidden layers'),
  std: z
    .number()
    .positive()
    .default(200 ** -0.5)
    .describe('standard deviation of the initial weights and biases'),
  learningRate: z.number().positive().default(2e-4).describe('of Adam, full batch'),
  steps: z.int().min(1).default(17_000).describe('training steps'),
  seeds: z.int().min(1).max(100).default(3).describe('networks trained on the first target'),
  records: z.int().min(10).max(2000).default(120).describe('recorded steps, evenly spaced in their logarithm'),
  level: z.number().positive().max(1).default(0.1).describe('relative error that counts as learnt'),
  snapshot: z.int().min(1).default(2000).describe('step of the middle snapshot'),
});

interface Training extends CurveFit {
  frequencies: number[];
  y: NdArray;
}

export const sineMixture = defineExperiment({
  id: 'sine-mixture',
  title: 'A mixture of sines is learnt from low to high frequency',
  source: 'Xu, book (002), section 1.3, figures 1.3 and 1.6; slides (001), research methods',
  statement:
    'A tanh network is fitted to sums of sines such as f(x) = sin x + sin 3x + sin 5x, all components of equal ' +
    'amplitude. The relative error of the lowest frequency becomes small first and that of the highest last, so the ' +
    'order is due to frequency and not to amplitude.',
  formula: 'E(k) = |ĥ(k) − f̂(k)| / |f̂(k)|,  ĥ(k) = (1/n) Σ_j h(x_j) e^{−ikx_j},  f(x) = sin x + sin 3x + sin 5x',
  parameters,
  presets: {
    quick: {
      points: 101,
      hidden: [100, 100, 100],
      std: 0.1,
      learningRate: 1e-3,
      steps: 3000,
      records: 90,
      snapshot: 300,
    },
    paper: { seeds: 5 },
  },
  seconds: { quick: 8, paper: 120 },
  async run(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const train = async (frequencies: number[], seed: number, phase: string): Promise<Training> => {
      const y = sample(x, (v) => frequencies.reduce((sum, k) => sum + Math.sin(k * v), 0));
      return { frequencies, y, ...(await fitCurve(context, { x, y, frequencies, seed, phase, ...p })) };
    };

    const [first, ...others] = p.targets.map((target) => [...target].sort((a, b) => a - b));
    const many: Training[] = [];
    for (const [i, seed] of seeds(p.seeds).entries())
      many.push(await train(first!, seed, `training, seed ${i + 1} of ${p.seeds}`));
    const rest: Training[] = [];
    for (const target of others) rest.push(await train(target, seeds(1)[0]!, `training on ${nameOf(target)}`));

    const shown = many[0]!;
    const labels = first!.map((k) => `k = ${k}`);
    const { error } = shown;
    const top = first!.length - 1;
    // What is left of the highest frequency when the lowest counts as learnt.
    const leftOver = many.map((t) => {
      const [passage] = t.passages(p.level);
      return passage === null ? null : row(t.error, nearestRecord(t.history.steps, passage!))[top]!;
    });
    const claims = [
      increasing({
        id: 'order',
        statement: `For ${nameOf(first!)} the relative error passes ${p.level} in the order of frequency, in every one of ${p.seeds} networks.`,
        source: 'book, figure 1.6',
        measured: many.map((t) => t.passages(p.level)),
        labels,
        unit: 'steps',
      }),
      atLeast(0.5, {
        id: 'high-left',
        statement: `When the lowest frequency has passed ${p.level}, at least half of the highest is still missing (relative error).`,
        source: 'book, figure 1.3: the outline at step 2000, without the oscillation',
        measured: leftOver,
      }),
      ...rest.map((t) =>
        increasing({
          id: `order-${t.frequencies.join('-')}`,
          statement: `For ${nameOf(t.frequencies)} the relative error passes ${p.level} in the order of frequency.`,
          source: 'book, figure 1.3; slides: sin x first, sin 5x later or never',
          measured: t.passages(p.level),
          labels: t.frequencies.map((k) => `k = ${k}`),
          unit: 'steps',
        }),
      ),
    ];

    // A frequency that most networks never learn has no median passage.
    const passageOf = (i: number): number | null => {
      const { median } = spread(many.map((t) => t.passages(p.level)[i] ?? Number.POSITIVE_INFINITY));
      return Number.isFinite(median) ? median : null;
    };
    return {
      metrics: Object.fromEntries(first!.map((k, i) => [`passage_${k}`, passageOf(i)])),
      tables: [
        {
          id: 'first-passage',
          title: `First step at which the relative error is ${p.level} or less`,
          columns: {
            target: [...many, ...rest].flatMap((t) => t.frequencies.map(() => nameOf(t.frequencies))),
            network: [...many.keys(), ...rest.map(() => 0)].flatMap((n, i) =>
              [...many, ...rest][i]!.frequencies.map(() => n),
            ),
            frequency: [...many, ...rest].flatMap((t) => t.frequencies),
            step: [...many, ...rest].flatMap((t) => t.passages(p.level)),
          },
        },
      ],
      claims,
      figures: [
        ...[...rest, shown].map((t) => snapshots(t, x, p.snapshot)),
        errorMapFigure({
          id: 'error-by-frequency',
          title: `Relative error by frequency, ${nameOf(first!)}`,
          caption:
            'Relative error |h - f| / |f| of the network at each frequency of the target, through the training (first ' +
            'network). Dark is learnt. Compare figure 1.6 of the book.',
          error,
          steps: shown.history.steps,
          labels,
        }),
        lineFigure({
          id: 'error-curves',
          title: 'Relative error by step, median over the networks',
          caption: `Median, smallest and largest relative error of ${p.seeds} networks at each frequency. The dashed level is where a frequency counts as learnt.`,
          x: { title: 'step', log: true },
          y: { title: 'relative error', log: true },
          lines: first!.map((_, i) => {
            const curves = many.map((t) => column(t.error, i));
            const at = shown.history.steps.map((_, r) => spread(curves.map((c) => c[r] ?? Number.NaN)));
            return {
              name: labels[i]!,
              x: shown.history.steps,
              y: at.map((s) => s.median),
              band: [at.map((s) => s.min), at.map((s) => s.max)] as const,
            };
          }),
          levels: [{ value: p.level, name: `level ${p.level}` }],
        }),
      ],
      arrays: { x, y: shown.y, outputs: probe(shown.history, 'output', 'values'), relativeError: error },
      playback: curvePlayback({
        x,
        target: shown.y,
        history: shown.history,
        outputs: probe(shown.history, 'output', 'values'),
        frequencies: 2 * Math.max(...first!),
      }),
    };
  },
});

const nameOf = (frequencies: number[]): string => frequencies.map((k) => (k === 1 ? 'sin x' : `sin ${k}x`)).join(' + ');

function snapshots({ frequencies, y, history }: Training, x: NdArray, middle: number) {
  const outputs = probe(history, 'output', 'values');
  const last = history.steps.length - 1;
  const shown = snapshotRecords(history.steps, [0, middle, history.steps[last]!]);
  const lines = shown.map((r) => ({
    name: stepName(history.steps[r]!),
    x: x.data,
    y: row(outputs, r),
  }));
  return lineFigure({
    id: `outputs-${frequencies.join('-')}`,
    title: `Outputs while learning ${nameOf(frequencies)}`,
    caption: `Dots: the training points. Lines: the network at ${stepNames(shown.map((r) => history.steps[r]!))}. The outline comes first, the oscillation last. Compare figure 1.3 of the book.`,
    x: { title: 'x' },
    y: { title: 'f(x)' },
    lines: [{ name: 'target', x: x.data, y: y.data, color: colors.target, mark: 'points' }, ...lines],
  });
}
