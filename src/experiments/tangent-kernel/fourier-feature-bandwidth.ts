/**
 * The bandwidth of the tangent kernel follows the Fourier features: `b_j = j` says how far it reaches, `a_j = j^-p` how
 * fast it falls (Tancik et al. 2020, section 5 and figure 3).
 *
 * Networks on features with several p learn the same noisy signal by gradient descent, each at the same share of its
 * largest stable learning rate, so that rates a step are rates relative to the largest eigenvalue. A flat spectrum (p = 0)
 * learns a high frequency fastest and fits the noise as well; a steep one hardly gets to it.
 *
 * Every network counts at its best time, the least test error of its records. At one step for all, "too wide" and "too
 * narrow" are matters of that step: until 0.1.0 it was 120, where both held; at 800 the narrow kernel had caught up, at 10,000
 * all had fitted the noise. At its best time the widest kernel still pays for the noise between the tones, which it learns as
 * fast as them (twice the least error). The narrowest is hardly worse than the best for a signal of three tones: that
 * it underfits is true of a signal that fills the band (more than twice the least error, and longer training does not help). So
 * either is a matter of the kernel's bandwidth against the signal's, and the signal of the one is the control of the other.
 * ("Too wide" is said of the median: of the 15 networks of seeds 621 to 623, not tuned on, one had 1.07.)
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { at, column, row } from '../../core/reading.js';
import {
  above,
  below,
  common,
  decreasing,
  defineExperiment,
  grid,
  increasing,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, gradientFlow, kernelBandwidth, measuredRates } from '../../kernels/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { circulantEigenvalues, gaussianNoise } from '../../spectrum/index.js';
import { asColumn, period, rms, rmsDifference } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';

const source = cite('tancik2020', 'section 5 and figure 3');

/** Points on which the kernel's spectrum is computed: its frequencies beyond half of them are negligible. */
const fine = 1024;

/** A signal of few tones, and one that fills the band. */
const kinds = ['signal', 'wide'] as const;
const count = { signal: 'tones', wide: 'wide' } as const;

export const fourierFeatureBandwidth = defineExperiment({
  id: 'fourier-feature-bandwidth',
  title: 'Fourier features set the bandwidth of the tangent kernel',
  source,
  statement:
    'With features of frequencies b_j = j and amplitudes a_j = j^-p the bandwidth of the NTK grows with the number of ' +
    'features and falls with p. High frequencies are learnt faster by a wide kernel, but one that is wider than the signal ' +
    'overfits, and one that is narrower underfits, even at the best time to stop.',
  formula: 'γ(v) = [a_j cos 2πb_jv, a_j sin 2πb_jv]_j,  b_j = j,  a_j = j^{−p}',
  parameters: z.object({
    samples: z.int().min(8).multipleOf(2).default(64).describe('noisy training points, equispaced on [0, 1)'),
    features: z.int().min(2).default(32).describe('frequencies b_j = 1 .. features'),
    powers: z
      .array(z.number().min(0))
      .min(3)
      .default([0, 0.5, 1, 1.5, 2, 3])
      .describe('p of the amplitudes a_j = j^-p, ascending'),
    counts: z.array(z.int().min(1)).min(2).default([2, 4, 8, 16]).describe('numbers of features compared at p = 0'),
    noise: z.number().min(0).default(0.3).describe('of the labels, relative to the signal'),
    tones: z.int().min(2).default(4).describe('frequencies 1 .. tones of the signal'),
    wide: z.int().min(2).default(31).describe('frequencies 1 .. wide of the signal that fills the band'),
    width: z.int().min(1).default(2048).describe('units of each hidden layer'),
    depth: z.int().min(1).default(2).describe('hidden ReLU layers'),
    fraction: z.number().positive().max(1).default(0.5).describe('learning rate, as a share of the largest stable one'),
    steps: common.steps(10_000),
    records: common.records(100),
    networks: common.networks(),
  }),
  presets: {
    quick: {
      samples: 32,
      features: 16,
      width: 512,
      depth: 1,
      tones: 3,
      wide: 15,
      powers: [0, 0.5, 1, 1.5, 2, 4],
      steps: 1500,
      records: 40,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 12_000 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const network = (frequencies: number[], power: number, width: number): NetworkSpec =>
      ntkNetwork({
        input: 1,
        first: [
          {
            type: 'fourierFeatures',
            frequencies: frequencies.map((j) => [j]),
            amplitudes: frequencies.map((j) => j ** -power),
          },
        ],
        depth: p.depth,
        width,
        activation: 'relu',
        sigmaB: 0.1,
        output: 0.3,
      });
    const turn = asColumn(period(0, 1, fine));
    const spectrumOf = async (frequencies: number[], power: number): Promise<number[]> => {
      const line = await analyticKernel(network(frequencies, power, 1), [[0]], turn, { kernel: 'ntk', signal });
      const eigenvalues = circulantEigenvalues({ data: line.data, shape: [fine] }).re;
      return range(1, fine / 2).map((k) => Math.max(0, at(eigenvalues, k) / fine));
    };
    const all = range(1, p.features);
    const [spectra, rising, lowest, highest]: [number[][], number[][], number[][], number[][]] = [[], [], [], []];
    for (const power of p.powers) {
      spectra.push(await spectrumOf(all, power));
      rising.push(await spectrumOf(all, -power));
    }
    for (const many of p.counts) {
      lowest.push(await spectrumOf(range(1, many), 0));
      highest.push(await spectrumOf(range(p.features - many + 1, p.features), 0));
    }

    const x = asColumn(period(0, 1, p.samples));
    const dense = asColumn(period(0, 1, 8 * p.samples));
    const cells = [];
    for (const { seed, power } of grid({ seed: seeds(p.networks), power: p.powers })) {
      const kernel = await empiricalNtk(createModel(network(all, power, p.width), { seed }), x, undefined, { signal });
      const flow = await gradientFlow({ kernel, y: x, signal });
      const learningRate = p.fraction * flow.largestLearningRate();
      for (const kind of kinds) {
        const phases = gaussianNoise(p.wide, { seed, stream: 'phases' }).data;
        const f = (v: number) =>
          range(1, p[count[kind]]).reduce((sum, k) => sum + Math.cos(2 * Math.PI * k * v + 10 * at(phases, k - 1)), 0);
        const truth = Array.from(dense.data, f);
        const noise = gaussianNoise(p.samples, { seed, stream: 'labels', std: p.noise * rms(truth) }).data;
        cells.push({ kind, seed, power, learningRate, truth, y: Array.from(x.data, (v, i) => f(v) + at(noise, i)) });
      }
    }
    const fits = await trainAll(context, {
      cells,
      run: ({ seed, power, learningRate, y }) => ({
        seed,
        y: asColumn(y),
        spec: network(all, power, p.width),
        optimizer: { type: 'sgd', learningRate },
        probes: {
          output: { type: 'outputs', points: dense },
          tones: { type: 'spectrum', points: x, target: asColumn(y), frequencies: [1, p.tones] },
        },
      }),
      shared: { x, loss: 'mse', steps: p.steps, record: { log: p.records } },
    });
    const runs = fits.map(({ probes, kind, power, truth, y, steps }) => {
      const errors = steps.map((_, r) => rmsDifference(row(probes.output.values, r), truth) / rms(truth));
      const best = errors.indexOf(Math.min(...errors));
      const last = row(probes.output.values, steps.length - 1);
      const onTrain = y.map((_, j) => at(last, 8 * j));
      // Rates a step, of the lowest and of the highest tone.
      const [low, high] = [0, 1].map((k) =>
        at(measuredRates(steps, asColumn(column(probes.tones.relativeError, k))).data, 0),
      );
      return {
        kind,
        power,
        truth,
        y,
        steps,
        errors,
        stop: at(steps, best),
        outputs: Array.from(row(probes.output.values, best)),
        // As a share of the noise.
        residual: rmsDifference(onTrain, y) / rms(truth) / p.noise,
        low: low ?? null,
        high: high ?? null,
      };
    });
    return { spectra, rising, lowest, highest, runs };
  },

  present({ spectra, rising, lowest, highest, runs }, p) {
    const frequencies = range(1, fine / 2);
    const reach = (values: number[][]) => values.map((one) => kernelBandwidth(frequencies, one));
    const bandwidths = reach(spectra);
    type Run = (typeof runs)[number];
    const of = (kind: Run['kind'], power: number) => runs.filter((run) => run.kind === kind && run.power === power);
    const least = (run: Run) => Math.min(...run.errors);
    const median = (list: Run[], read: (run: Run) => number) => spread(list.map(read)).median;
    const by = (kind: Run['kind'], read: (run: Run) => number) =>
      p.powers.map((power) => median(of(kind, power), read));
    const test = { signal: by('signal', least), wide: by('wide', least) };
    const best = (kind: Run['kind']) => test[kind].indexOf(Math.min(...test[kind]));
    const right = at(p.powers, best('signal'));
    const [widest, narrowest] = [at(p.powers, 0), at(p.powers, p.powers.length - 1)];
    // Of every network, against itself with the power that is best for the signal.
    const against = (kind: Run['kind'], power: number) => {
      const good = of(kind, at(p.powers, best(kind))).map(least);
      return of(kind, power).map((run, i) => least(run) / at(good, i));
    };
    const rates = (tone: 'low' | 'high') =>
      Array.from({ length: p.networks }, (_, i) => p.powers.map((power) => of('signal', power)[i]?.[tone] ?? null));
    const residual = (power: number) => of('signal', power).map((run) => run.residual);
    const labels = p.powers.map((power) => `p = ${power}`);
    const unit = 'cycles per unit';
    return {
      metrics: {
        bestPower: right,
        bestBandwidth: at(bandwidths, best('signal')),
        leastTestError: Math.min(...test.signal),
      },
      tables: [
        {
          id: 'powers',
          title: `By the power p of the amplitudes, median of ${p.networks} networks`,
          columns: {
            p: p.powers,
            'bandwidth (95 %)': bandwidths,
            [`rate a step at k = ${p.tones}`]: by('signal', (run) => run.high ?? Number.NaN),
            'best step': by('signal', (run) => run.stop),
            'test error there': test.signal,
            'of the signal that fills the band': test.wide,
          },
        },
        {
          id: 'counts',
          title: 'Bandwidth by the number of features, p = 0',
          columns: { features: p.counts, 'bandwidth (95 %)': reach(lowest) },
        },
      ],
      claims: [
        decreasing({
          id: 'bandwidth-a',
          statement: 'The bandwidth of the NTK (95 % of its eigenvalues’ sum) falls as the amplitudes fall faster.',
          source,
          measured: bandwidths,
          labels,
          unit,
          control: { statement: 'amplitudes that rise, a_j = j^p', measured: reach(rising) },
        }),
        increasing({
          id: 'bandwidth-b',
          statement: 'It grows with the frequencies of the features, 1 .. their number.',
          source,
          measured: reach(lowest),
          labels: p.counts.map((count) => `${count} features`),
          unit,
          control: {
            statement: `as many features, taken from frequency ${p.features} down`,
            measured: reach(highest),
          },
        }),
        decreasing({
          id: 'speed',
          statement: `The highest tone (k = ${p.tones}) is learnt the faster the wider the kernel (rate a step, every network).`,
          source,
          measured: rates('high'),
          labels,
          control: { statement: 'the lowest tone, k = 1, of the same networks', measured: rates('low') },
        }),
        above(1.2, {
          id: 'too-wide',
          statement: `The widest kernel overfits: stopped at its best time its test error is above that of p = ${right}, the best (ratio, median of the networks).`,
          source,
          measured: spread(against('signal', widest)).median,
          control: {
            statement: `a signal that fills the band, tones 1 to ${p.wide}`,
            measured: spread(against('wide', widest)).median,
          },
        }),
        above(1.5, {
          id: 'too-narrow',
          statement: `For a signal that fills the band, tones 1 to ${p.wide}, the narrowest kernel underfits: stopped at its best time its test error is above the best p's (ratio, every network).`,
          source,
          measured: against('wide', narrowest),
          control: { statement: `the signal of tones 1 to ${p.tones}`, measured: against('signal', narrowest) },
        }),
        below(0.5, {
          id: 'fits-noise',
          statement: 'The widest kernel fits the noisy samples: its last error on them, as a share of the noise.',
          source,
          measured: residual(widest),
          control: { statement: `the narrowest kernel, p = ${narrowest}`, measured: residual(narrowest) },
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
            name: labels[i] ?? '',
            x: frequencies.slice(0, 4 * p.features),
            y: values.slice(0, 4 * p.features).map((v) => v / Math.max(...values)),
          })),
        }),
        panelsFigure({
          id: 'fits',
          title: 'Too wide, right, too narrow',
          caption: 'Outputs at the best time to stop, the noisy samples and the signal, for the first network.',
          columns: 3,
          panels: [widest, right, narrowest].flatMap((power) =>
            of('signal', power)
              .slice(0, 1)
              .map((run) => ({
                title: `p = ${power}, step ${run.stop}`,
                x: { title: 'v' },
                y: { title: 'output' },
                width: 250,
                lines: [
                  { name: 'signal', x: period(0, 1, run.truth.length), y: run.truth, color: colors.target },
                  {
                    name: 'samples',
                    x: period(0, 1, run.y.length),
                    y: run.y,
                    mark: 'points' as const,
                    color: '#888888',
                  },
                  { name: 'network', x: period(0, 1, run.truth.length), y: run.outputs },
                ],
              })),
          ),
        }),
        lineFigure({
          id: 'errors',
          title: 'Test error at the best time to stop, by bandwidth',
          caption: `Median of ${p.networks} networks against the bandwidth of the NTK, p = ${p.powers.join(', ')} from right to left: a signal of few tones and one that fills the band.`,
          x: { title: 'bandwidth of the NTK (cycles per unit)' },
          y: { title: 'relative error', log: true },
          lines: [
            { name: `tones 1 to ${p.tones}`, x: bandwidths, y: test.signal, mark: 'both' },
            { name: `tones 1 to ${p.wide}`, x: bandwidths, y: test.wide, mark: 'both' },
          ],
        }),
        lineFigure({
          id: 'stopping',
          title: 'Test error through the training',
          caption:
            'Median of the networks on the signal: the best time to stop differs with p, so no one step can be chosen.',
          x: { title: 'step', log: true },
          y: { title: 'relative error' },
          lines: p.powers.map((power, i) => ({
            name: labels[i] ?? '',
            x: runs[0]?.steps ?? [],
            y: (runs[0]?.steps ?? []).map((_, r) => median(of('signal', power), (run) => at(run.errors, r))),
          })),
        }),
      ],
    };
  },
});
