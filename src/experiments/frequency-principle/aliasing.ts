/**
 * Samples under the Nyquist rate: the network learns the false low frequency (slides, aliasing).
 *
 * n equispaced samples of one period cannot tell frequency k from |k - m n|. Of all functions through the samples a
 * network starts with the low ones, so from n < 2 k it takes the alias, fits the samples to rounding, and is wrong
 * everywhere else. Its output is looked at on a grid fine enough for both frequencies. The experiment goes through
 * several n, the last of which is above the Nyquist rate: there the truth is learnt.
 *
 * Low enough matters: the alias must lie well below the samples' own Nyquist frequency n / 2. Near it the samples ask
 * for two points a period and nothing smooth fits them, which is why the aliases here have at least 2.8 samples a period and
 * the control seven.
 *
 * The control keeps an error of its own (0.05 to 0.2): a network is not periodic, and between its last sample and the end
 * of the period, and where it bends, nothing holds it.
 */
import { z } from 'zod';
import { row } from '../../core/reading.js';
import {
  amplitudes,
  atLeast,
  atMost,
  defineExperiment,
  equalTo,
  periodicGrid,
  probe,
  refuseDiverged,
  sample,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { trainMany } from '../../nets/index.js';
import { rms, rmsDifference, rowsOf } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

const parameters = z.object({
  frequency: z.int().min(2).max(500).default(9).describe('of the target sin(k x), cycles a period'),
  samples: z
    .array(z.int().min(4))
    .min(1)
    .default([10, 12, 14])
    .describe('numbers of samples under the Nyquist rate, equispaced over the period'),
  control: z.int().min(8).default(64).describe('a number of samples above it'),
  dense: z.int().min(64).default(512).describe('points of the grid on which the output is looked at'),
  widths: z.array(z.int().min(1)).min(1).default([100, 100, 100]).describe('widths of the hidden layers, tanh'),
  firstLayer: z.number().positive().default(5).describe("standard deviation of the first layer's weights and biases"),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, full batch, falling to zero along a cosine'),
  steps: z.int().min(1).default(20_000).describe('training steps'),
  seeds: z.int().min(1).max(100).default(5).describe('networks for each number of samples'),
});

export const aliasing = defineExperiment({
  id: 'aliasing',
  title: 'Under the Nyquist rate the false low frequency is learnt',
  source: 'Slides (001), reasons for the F-principle: aliasing',
  statement:
    'When a high frequency is sampled too coarsely it appears in the samples as a low one. A network fits that false low ' +
    'frequency and gives up the true high one, so that its test error is large although its training error is small.',
  formula: 'sin kx_j = sin (k − n)x_j  on the samples x_j = 2πj/n',
  parameters,
  presets: { quick: { widths: [60, 60], steps: 5000, learningRate: 3e-3, seeds: 3 }, paper: {} },
  seconds: { quick: 1, paper: 30 },
  async run({ parameters: p, seeds, signal, training }) {
    const wave = (v: number): number => Math.sin(p.frequency * v);
    const fine = periodicGrid(p.dense);
    const truth = sample(fine, wave).data;
    const counts = [...p.samples, p.control];
    const aliases = counts.map((n) => Math.abs(p.frequency - n * Math.round(p.frequency / n)));
    const layers = denseLayers({ input: 1, widths: p.widths, firstLayer: p.firstLayer });
    const runs = await trainMany(
      counts.flatMap((n) => {
        const x = periodicGrid(n);
        const y = sample(x, wave);
        return seeds(p.seeds).map((seed) => ({
          seed,
          x,
          y,
          probes: {
            output: { type: 'outputs' as const, points: fine },
            train: { type: 'outputs' as const, points: x },
          },
        }));
      }),
      {
        spec: { input: 1, layers },
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.steps } },
        steps: p.steps,
        record: { log: 40 },
        signal,
        onProgress: training(`${counts.length} numbers of samples, ${p.seeds} seeds`, p.steps),
      },
    );
    const found = runs.map(({ history }, i) => {
      refuseDiverged(history, 'aliasing');
      const n = counts[Math.floor(i / p.seeds)]!;
      const outputs = probe(history, 'output', 'values');
      const end = history.steps.length - 1;
      const h = row(outputs, end);
      const spectrum = Array.from(amplitudes({ data: h, shape: [1, p.dense] }).data, (a) => 2 * a);
      const seen = sample(periodicGrid(n), wave).data;
      return {
        h,
        spectrum,
        peak: spectrum.reduce((best, a, k) => (k > 0 && a > spectrum[best]! ? k : best), 1),
        trainError: rmsDifference(row(probe(history, 'train', 'values'), end), seen) / rms(seen),
        testErrors: rowsOf(outputs).map((r) => rmsDifference(r, truth) / rms(truth)),
        steps: history.steps,
      };
    });
    const of = (c: number) => found.slice(c * p.seeds, (c + 1) * p.seeds);
    const under = p.samples.map((_, c) => of(c));
    const control = of(p.samples.length);
    const labels = p.samples.map((n) => `n = ${n}`);
    const bySeed = <T>(f: (run: (typeof found)[number], c: number) => T): T[][] =>
      seeds(p.seeds).map((_, s) => under.map((runs, c) => f(runs[s]!, c)));
    const last = (values: number[]): number => values.at(-1)!;
    const source = 'slides (001), aliasing';
    const shown = Array.from({ length: Math.min(p.dense / 2, 2 * p.frequency) }, (_, k) => k);
    const position = Array.from(fine.data);

    return {
      metrics: Object.fromEntries(
        counts.map((n, c) => [`test_error_${n}`, spread(of(c).map((r) => last(r.testErrors))).median]),
      ),
      tables: [
        {
          id: 'aliases',
          title: `What the network learns from n samples of frequency ${p.frequency}`,
          columns: {
            n: counts,
            'alias expected': aliases,
            'largest line of the output (first network)': counts.map((_, c) => of(c)[0]!.peak),
            'amplitude at the alias': counts.map((_, c) => spread(of(c).map((r) => r.spectrum[aliases[c]!]!)).median),
            'amplitude at the truth': counts.map((_, c) => spread(of(c).map((r) => r.spectrum[p.frequency]!)).median),
            'training error': counts.map((_, c) => spread(of(c).map((r) => r.trainError)).median),
            'test error': counts.map((_, c) => spread(of(c).map((r) => last(r.testErrors))).median),
          },
        },
      ],
      claims: [
        equalTo(0, 0, {
          id: 'alias',
          statement: `Under the Nyquist rate the largest line of the output is the alias |k - n| of k = ${p.frequency} (difference, for each n and every network).`,
          source,
          measured: bySeed((r, c) => r.peak - aliases[c]!),
          labels,
        }),
        atMost(0.05, {
          id: 'fits-the-samples',
          statement: 'The samples are fitted all the same (relative training error).',
          source,
          measured: bySeed((r) => r.trainError),
          labels,
        }),
        atMost(0.25, {
          id: 'truth-missing',
          statement: 'The amplitude of the output at the true frequency is at most a quarter of the true one.',
          source,
          measured: bySeed((r) => r.spectrum[p.frequency]!),
          labels,
        }),
        atLeast(1, {
          id: 'test-error',
          statement: 'The test error is no smaller than that of the zero function (relative error of at least 1).',
          source,
          measured: bySeed((r) => last(r.testErrors)),
          labels,
        }),
        atMost(0.4, {
          id: 'control',
          statement: `From ${p.control} samples, above the Nyquist rate, the truth is learnt (relative test error).`,
          source: 'Shannon',
          measured: control.map((r) => last(r.testErrors)),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'outputs',
          title: `Outputs learnt from samples of sin(${p.frequency} x)`,
          caption:
            'Dots: the samples, a third of the period shown. Grey line: the truth. Between coarse samples the network draws the alias.',
          panels: counts.map((n, c) => ({
            title: n === p.control ? `${n} samples` : `${n} samples: alias ${aliases[c]!}`,
            x: { title: 'x', domain: [-1.05, 1.05] as const },
            y: { title: 'output', domain: [-1.6, 1.6] as const },
            lines: [
              { name: 'truth', x: position, y: truth, color: '#bbbbbb' },
              { name: 'output', x: position, y: of(c)[0]!.h, color: colors.output },
              {
                name: 'samples',
                x: periodicGrid(n).data,
                y: sample(periodicGrid(n), wave).data,
                color: colors.target,
                mark: 'points' as const,
              },
            ],
          })),
        }),
        panelsFigure({
          id: 'spectra',
          title: 'Spectra of the dense outputs',
          caption: `Amplitude of the output by frequency (first network). The truth is one line of height 1 at ${p.frequency}; under the Nyquist rate the line stands at the alias.`,
          panels: counts.map((n, c) => ({
            title: `${n} samples`,
            x: { title: 'frequency (cycles a period)' },
            y: { title: 'amplitude', domain: [0, 1.3] as const },
            lines: [
              {
                name: 'truth',
                x: shown,
                y: shown.map((k) => (k === p.frequency ? 1 : 0)),
                color: colors.target,
                dash: [4, 2],
              },
              {
                name: 'output',
                x: shown,
                y: shown.map((k) => of(c)[0]!.spectrum[k]!),
                color: colors.output,
                mark: 'both' as const,
              },
            ],
          })),
        }),
        lineFigure({
          id: 'test-error',
          title: 'Relative test error by step',
          caption: 'Median over the networks. Training on aliased samples makes the output worse than zero.',
          x: { title: 'step', log: true },
          y: { title: 'relative test error' },
          lines: counts.map((n, c) => ({
            name: `${n} samples`,
            x: of(c)[0]!.steps,
            y: of(c)[0]!.steps.map((_, r) => spread(of(c).map((run) => run.testErrors[r]!)).median),
          })),
        }),
      ],
    };
  },
});
