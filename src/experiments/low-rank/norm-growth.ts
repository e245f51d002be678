/**
 * High frequencies need large weights (seed 004, section 2): the same network learns sin kx for several k, and the norm
 * of its weights is read when the relative error passes a level.
 *
 * Measured are the Euclidean norm of all weight matrices at that step, and the Lipschitz bound that the weights give the
 * network, the product of their Frobenius norms: a function that oscillates k times must be able to rise k times as steeply.
 */
import { z } from 'zod';
import { column } from '../../core/reading.js';
import {
  atLeast,
  defineExperiment,
  increasing,
  passageStep,
  periodicGrid,
  refuseDiverged,
  sample,
  spread,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { fitDecay } from '../../kernels/index.js';
import { createModel, mlp, trainMany } from '../../nets/index.js';

const source = 'Seed 004, section 2: high frequencies need larger weight norms; Rahaman et al. 2019';

const parameters = z.object({
  points: z.int().min(16).default(201).describe('points of one period'),
  frequencies: z
    .array(z.int().min(1))
    .min(3)
    .default([1, 2, 4, 6, 8, 10, 12])
    .describe('k of the targets sin kx, ascending'),
  hidden: z.array(z.int().min(1)).min(1).default([128, 128, 128]).describe('widths of the hidden layers'),
  activation: z.enum(['tanh', 'relu']).default('tanh').describe('of the hidden layers'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  steps: z.int().min(10).default(20_000).describe('training steps at most'),
  records: z.int().min(20).default(200).describe('recorded steps, evenly spaced in their logarithm'),
  level: z.number().positive().max(1).default(0.1).describe('relative error at which a target counts as fitted'),
  networks: z.int().min(1).default(5).describe('networks for each frequency'),
});

export const normGrowth = defineExperiment({
  id: 'norm-growth',
  title: 'The higher the frequency, the larger the weights that fit it',
  source,
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
      networks: 3,
    },
    paper: {},
  },
  seconds: { quick: 3, paper: 430 },
  run: async ({ parameters: p, seeds, signal, training }) => {
    const x = periodicGrid(p.points);
    const spec = mlp({ input: 1, hidden: p.hidden, output: 1, activation: p.activation });
    const names = Object.keys(createModel(spec, { seed: 0 }).parameters());
    const weights = names.flatMap((name, i) => (name.endsWith('.weight') ? [i] : []));
    const plan = p.frequencies.flatMap((k) => seeds(p.networks).map((seed) => ({ k, seed })));
    const trained = await trainMany(
      plan.map(({ k, seed }) => {
        const y = sample(x, (v) => Math.sin(k * v));
        return {
          seed,
          y,
          probes: {
            norms: { type: 'norms' },
            error: { type: 'spectrum', points: x, target: y, frequencies: [k / (2 * Math.PI)] },
          } as const,
        };
      }),
      {
        spec,
        x,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
        signal,
        onProgress: training(`${plan.length} networks`, p.steps * plan.length),
      },
    );
    const runs = trained.map(({ history }, i) => {
      const { k } = plan[i]!;
      refuseDiverged(history, `sin ${k}x`);
      const { norms, error } = history.probes;
      const step = passageStep(history.steps, column(error!.relativeError, 0), p.level);
      const count = norms!.values.shape[1]!;
      const at = history.steps.map((_, r) => weights.map((w) => norms!.values.data[r * count + w]!));
      const norm = at.map((of) => Math.hypot(...of));
      const bound = at.map((of) => of.reduce((product, v) => product * v, 1));
      const record = step === null ? null : history.steps.indexOf(step);
      return { k, steps: history.steps, step, norm, bound, record };
    });
    const fitted = (of: (run: (typeof runs)[number]) => number[]) =>
      p.frequencies.map((k) => {
        const values = runs.filter((run) => run.k === k && run.record !== null).map((run) => of(run)[run.record!]!);
        return spread(values);
      });
    const [norm, bound] = [fitted((run) => run.norm), fitted((run) => run.bound)];
    const reached = p.frequencies.map((_, i) => i).filter((i) => bound[i]!.count > 0);
    // Two points are on a line of any slope.
    const exponent =
      reached.length < 3
        ? null
        : -fitDecay(
            reached.map((i) => p.frequencies[i]!),
            reached.map((i) => bound[i]!.median),
            'power',
          ).exponent;
    const labels = p.frequencies.map((k) => `k = ${k}`);
    const curve = (name: string, spreads: typeof norm) => ({
      name,
      x: p.frequencies,
      y: spreads.map((s) => s.median),
      band: [spreads.map((s) => s.min), spreads.map((s) => s.max)] as const,
      mark: 'both' as const,
    });
    return {
      metrics: { boundExponent: exponent },
      tables: [
        {
          id: 'norms',
          title: `Weights when sin kx is fitted to ${p.level}, median of ${p.networks} networks`,
          columns: {
            frequency: p.frequencies,
            step: p.frequencies.map(
              (k) => spread(runs.flatMap((r) => (r.k === k && r.step !== null ? [r.step] : []))).median,
            ),
            'weight norm': norm.map((s) => s.median),
            'Lipschitz bound': bound.map((s) => s.median),
          },
        },
      ],
      claims: [
        atLeast(1, {
          id: 'fitted',
          statement: `Every target was fitted to ${p.level} (share of the networks).`,
          source,
          measured: runs.filter((run) => run.step !== null).length / runs.length,
        }),
        increasing({
          id: 'norm',
          statement:
            'The norm of the weights when the target is fitted rises with its frequency (median of the networks).',
          source,
          measured: norm.map((s) => s.median),
          labels,
        }),
        increasing({
          id: 'bound',
          statement:
            'So does the product of the norms of the layers, which bounds how steep the network can be (median).',
          source: 'Rahaman et al. 2019, theorem 1',
          measured: bound.map((s) => s.median),
          labels,
        }),
      ],
      figures: [
        panelsFigure({
          id: 'norms',
          title: 'Weights that fit sin kx',
          caption: `When the relative error passes ${p.level}: median and extremes of ${p.networks} networks. ${exponent === null ? '' : `The Lipschitz bound grows as k^${exponent.toFixed(2)}.`}`,
          panels: [
            {
              title: 'Norm of the weights',
              x: { title: 'k' },
              y: { title: 'Euclidean norm' },
              lines: [curve('norm', norm)],
            },
            {
              title: 'Lipschitz bound',
              x: { title: 'k', log: true },
              y: { title: 'product of Frobenius norms', log: true },
              lines: [curve('bound', bound)],
            },
          ],
        }),
        lineFigure({
          id: 'growth',
          title: 'Norm of the weights through the training',
          caption: 'The first network of every frequency, up to the step at which its target is fitted.',
          x: { title: 'step', log: true },
          y: { title: 'Euclidean norm of the weights' },
          lines: p.frequencies.map((k, i) => {
            const run = runs[i * p.networks]!;
            const end = (run.record ?? run.steps.length - 1) + 1;
            return { name: `k = ${k}`, x: run.steps.slice(0, end), y: run.norm.slice(0, end) };
          }),
        }),
      ],
    };
  },
});
