/**
 * The bandwidth of the tangent kernel follows the Fourier features: `b_j = j` says how far it reaches, `a_j = j^-p` how
 * fast it falls (Tancik et al. 2020, section 5 and figure 3).
 *
 * Networks on features with several p learn the same noisy signal by gradient descent, each at the same share of its
 * largest stable learning rate, so that rates a step are rates relative to the largest eigenvalue. A flat spectrum (p = 0)
 * learns a high frequency fastest and fits the noise as well; a steep one never gets to it: the test error has its minimum
 * in between.
 */
import { z } from 'zod';
import { row } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  decreasing,
  defineExperiment,
  increasing,
  refuseDiverged,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import {
  analyticKernel,
  empiricalNtk,
  gradientFlow,
  kernelBandwidth,
  kernelRates,
  measuredRates,
} from '../../kernels/index.js';
import { createModel, type LayerSpec } from '../../nets/index.js';
import { circulantEigenvalues, gaussianNoise } from '../../spectrum/index.js';
import { column, period, rms, rmsDifference } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

const source = 'Seed 003, adjusting the bandwidth; Tancik et al. 2020, section 5, figure 3';

const parameters = z.object({
  samples: z.int().min(8).multipleOf(2).default(64).describe('noisy training points, equispaced on [0, 1)'),
  features: z.int().min(2).default(32).describe('frequencies b_j = 1 .. features'),
  powers: z
    .array(z.number().min(0))
    .min(3)
    .default([0, 0.5, 1, 1.5, 2, 3])
    .describe('p of the amplitudes a_j = j^-p, ascending'),
  counts: z.array(z.int().min(1)).min(2).default([2, 4, 8, 16]).describe('numbers of features compared at p = 0'),
  noise: z.number().min(0).default(0.4).describe('of the labels, relative to the signal'),
  tones: z.int().min(2).default(4).describe('frequencies 1 .. tones of the signal'),
  width: z.int().min(1).default(2048).describe('units of each hidden layer'),
  depth: z.int().min(1).default(2).describe('hidden ReLU layers'),
  fraction: z.number().positive().max(1).default(0.5).describe('learning rate, as a share of the largest stable one'),
  steps: z.int().min(10).default(10_000).describe('steps of gradient descent'),
  records: z.int().min(10).default(100).describe('recorded steps, evenly spaced in their logarithm'),
  signals: z.int().min(1).default(5).describe('random signals, each with a network of its own for every p'),
});

/** Points on which the kernel's spectrum is computed: its frequencies beyond half of them are negligible. */
const fine = 1024;

export const fourierFeatureBandwidth = defineExperiment({
  id: 'fourier-feature-bandwidth',
  title: 'Fourier features set the bandwidth of the tangent kernel',
  source,
  statement:
    'With features of frequencies b_j = j and amplitudes a_j = j^-p the bandwidth of the NTK grows with the number of ' +
    'features and falls with p. High frequencies are learnt faster by a wide kernel, but too wide a one overfits: the ' +
    'test error is least in between.',
  formula: 'γ(v) = [a_j cos 2πb_jv, a_j sin 2πb_jv]_j,  b_j = j,  a_j = j^{−p}',
  parameters,
  presets: {
    quick: {
      samples: 32,
      features: 16,
      width: 512,
      depth: 1,
      tones: 3,
      powers: [0, 0.5, 1, 1.5, 2, 4],
      steps: 120,
      records: 30,
      signals: 5,
    },
    paper: {},
  },
  seconds: { quick: 3, paper: 6000 },
  run: async ({ parameters: p, seeds, signal, training }) => {
    const network = (count: number, power: number, width: number) => {
      const js = range(1, count);
      const first: LayerSpec[] = [
        { type: 'fourierFeatures', frequencies: js.map((j) => [j]), amplitudes: js.map((j) => j ** -power) },
      ];
      return ntkNetwork({ input: 1, first, depth: p.depth, width, activation: 'relu', sigmaB: 0.1, output: 0.3 });
    };
    const grid = column(period(0, 1, fine));
    const frequencies = range(1, fine / 2);
    const spectrumOf = async (count: number, power: number): Promise<number[]> => {
      const line = await analyticKernel(network(count, power, 1), [[0]], grid, { kernel: 'ntk', signal });
      const eigenvalues = circulantEigenvalues({ data: line.data, shape: [fine] }).re;
      return frequencies.map((k) => Math.max(0, eigenvalues[k]! / fine));
    };
    const spectra: number[][] = [];
    for (const power of p.powers) spectra.push(await spectrumOf(p.features, power));
    const bandwidths = spectra.map((values) => kernelBandwidth(frequencies, values));
    const widening: number[] = [];
    for (const count of p.counts) widening.push(kernelBandwidth(frequencies, await spectrumOf(count, 0)));

    const x = column(period(0, 1, p.samples));
    const dense = column(period(0, 1, 8 * p.samples));
    const runs = await trainAll();

    async function trainAll() {
      const all = [];
      for (const [s, seed] of seeds(p.signals).entries()) {
        const phases = gaussianNoise(p.tones, { seed, stream: 'phases' }).data;
        const f = (v: number) =>
          range(1, p.tones).reduce((sum, k) => sum + Math.cos(2 * Math.PI * k * v + 10 * phases[k - 1]!), 0);
        const truth = Array.from(dense.data, f);
        const size = rms(truth);
        const noise = gaussianNoise(p.samples, { seed, stream: 'labels', std: p.noise * size }).data;
        const y = column(Array.from(x.data, (v, i) => f(v) + noise[i]!));
        for (const [i, power] of p.powers.entries()) {
          const model = createModel(network(p.features, power, p.width), { seed });
          const kernel = await empiricalNtk(model, x, undefined, { signal });
          const learningRate = p.fraction * (await gradientFlow({ kernel, y, signal })).largestLearningRate();
          const history = await model.train({
            x,
            y,
            loss: 'mse',
            optimizer: { type: 'sgd', learningRate },
            steps: p.steps,
            record: { log: p.records },
            probes: {
              output: { type: 'outputs', points: dense },
              top: { type: 'spectrum', points: x, target: y, frequencies: [p.tones] },
            },
            signal,
            onProgress: training(`signal ${s + 1} of ${p.signals}, p = ${power}`, p.steps),
          });
          refuseDiverged(history, `p = ${power}`);
          const outputs = row(history.probes.output.values, history.steps.length - 1);
          const onTrain = Array.from(y.data, (_, j) => outputs[8 * j]!);
          all.push({
            power: i,
            y,
            truth,
            outputs,
            test: rmsDifference(outputs, truth) / size,
            train: rmsDifference(onTrain, y.data) / size,
            // Rates a step, of the highest tone: measured, and as the kernel says.
            measured: measuredRates(history.steps, history.probes.top.relativeError).data[0]!,
            predicted: -Math.log1p(-learningRate * kernelRates(kernel, x, [p.tones]).data[0]!),
          });
        }
      }
      return all;
    }

    const median = (of: (run: (typeof runs)[number]) => number) =>
      p.powers.map((_, i) => spread(runs.filter((run) => run.power === i).map(of)).median);
    const [test, train] = [median((run) => run.test), median((run) => run.train)];
    const [measured, predicted] = [median((run) => run.measured), median((run) => run.predicted)];
    const best = test.indexOf(Math.min(...test));
    const labels = p.powers.map((power) => `p = ${power}`);
    const shown = [0, best, p.powers.length - 1].map((i) => runs[i]!);
    return {
      metrics: { bestPower: p.powers[best]!, bestBandwidth: bandwidths[best]!, leastTestError: test[best]! },
      tables: [
        {
          id: 'powers',
          title: `By the power p of the amplitudes, median of ${p.signals} signals`,
          columns: {
            p: p.powers,
            'bandwidth (95 %)': bandwidths,
            [`rate a step at k = ${p.tones}`]: measured,
            'from the kernel': predicted,
            'training error': train,
            'test error': test,
          },
        },
        {
          id: 'counts',
          title: 'Bandwidth by the number of features, p = 0',
          columns: { features: p.counts, 'bandwidth (95 %)': widening },
        },
      ],
      claims: [
        decreasing({
          id: 'bandwidth-a',
          statement: 'The bandwidth of the NTK (95 % of its eigenvalues’ sum) falls as the amplitudes fall faster.',
          source,
          measured: bandwidths,
          labels,
          unit: 'cycles per unit',
        }),
        increasing({
          id: 'bandwidth-b',
          statement: 'It grows with the frequencies of the features.',
          source,
          measured: widening,
          labels: p.counts.map((count) => `${count} features`),
          unit: 'cycles per unit',
        }),
        decreasing({
          id: 'speed',
          statement: `The highest tone (k = ${p.tones}) is learnt the faster the wider the kernel (rate a step, median of the signals).`,
          source,
          measured,
          labels,
        }),
        atLeast(1.2, {
          id: 'too-wide',
          statement: 'The widest kernel overfits: its test error against the least (ratio) ...',
          source,
          measured: test[0]! / test[best]!,
        }),
        atMost(0.5, {
          id: 'overfits',
          statement: '... while it fits the noisy samples: its training error as a share of the noise.',
          source,
          measured: train[0]! / p.noise,
        }),
        atLeast(1.2, {
          id: 'too-narrow',
          statement: 'The narrowest kernel underfits: its test error against the least (ratio).',
          source,
          measured: test.at(-1)! / test[best]!,
        }),
      ],
      figures: [
        lineFigure({
          id: 'spectra',
          title: 'Spectrum of the tangent kernel by the amplitudes of the features',
          caption: `Eigenvalues of the analytic NTK on ${p.features} features with a_j = j^-p, relative to the largest.`,
          x: { title: 'frequency (cycles per unit)', log: true, domain: [1, 4 * p.features] },
          y: { title: 'eigenvalue', log: true, domain: [1e-5, 1.2] },
          lines: spectra.map((values, i) => ({
            name: labels[i]!,
            x: frequencies.slice(0, 4 * p.features),
            y: values.slice(0, 4 * p.features).map((v) => v / Math.max(...values)),
          })),
        }),
        panelsFigure({
          id: 'fits',
          title: 'Too wide, right, too narrow',
          caption: 'Outputs of the trained networks, the noisy samples and the signal, for the first signal.',
          columns: 3,
          panels: shown.map((run) => ({
            title: labels[run.power]!,
            x: { title: 'v' },
            y: { title: 'output' },
            width: 250,
            lines: [
              { name: 'signal', x: dense.data, y: run.truth, color: colors.target },
              { name: 'samples', x: x.data, y: run.y.data, mark: 'points' as const, color: '#888888' },
              { name: 'network', x: dense.data, y: run.outputs },
            ],
          })),
        }),
        panelsFigure({
          id: 'errors',
          title: 'Error and speed by bandwidth',
          caption: `Against the bandwidth of the NTK, p = ${p.powers.join(', ')} from right to left: errors after ${p.steps} steps, and the rate at which the highest tone is learnt (a finite network that starts near zero leaves its first kernel, so the two rates agree in order, not in value).`,
          panels: [
            {
              title: 'Relative errors',
              x: { title: 'bandwidth of the NTK (cycles per unit)' },
              y: { title: 'relative error', domain: [0, Math.max(...test, ...train)] },
              lines: [
                { name: 'training', x: bandwidths, y: train, mark: 'both' as const },
                { name: 'test', x: bandwidths, y: test, mark: 'both' as const },
              ],
            },
            {
              title: `Rate a step at k = ${p.tones}`,
              x: { title: 'bandwidth of the NTK (cycles per unit)' },
              y: { title: 'rate a step', log: true },
              lines: [
                { name: 'training', x: bandwidths, y: measured, mark: 'both' as const },
                { name: 'tangent kernel', x: bandwidths, y: predicted, mark: 'both' as const },
              ],
            },
          ],
        }),
      ],
    };
  },
});
