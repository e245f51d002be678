/**
 * Denoisers learn the modes of their data in the order of the covariance: what varies most first (Wang and Pehlevan 2025).
 *
 * Signals are sums of waves on a circle, those of frequency k with variance `lambda_k`, seen in white noise of variance
 * `sigma^2`; a denoiser D is to give back the clean signal. Of a linear one, trained from zero by gradient descent, the gain of
 * a mode is known at every step: it goes to Wiener's `lambda / (lambda + sigma^2)` at the rate `2 (lambda + sigma^2) / d`. So the
 * steps that a mode takes are as `1 / (lambda + sigma^2)`, which is the source's law `1 / lambda` as long as the mode stands
 * above the noise. A ReLU network keeps the order.
 *
 * Natural signals have most of their variance at low frequencies, and there the law is a frequency principle. The controls say that
 * it is the data's: where the spectrum is turned round the highest frequency comes first, from the same networks, and where the
 * data are whitened all come at once.
 *
 * The gain of mode k is the regression of the output along it on the noisy input along it, over signals that were not trained.
 * The source goes on to the variances that a diffusion model generates, which takes denoisers at all levels of noise; here there is
 * one level, and what is followed is the gain. In place of its images and Gaussian data of many dimensions there are signals of 16
 * samples (32 in `paper`), and descent takes the place of its gradient flow and, for the network, of Adam.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  between,
  common,
  defineExperiment,
  type ErrorHistory,
  grid,
  orderClaim,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { categories, colors, lineFigure, panelsFigure } from '../../figures/index.js';
import type { NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry, keysOf, mean, period, slope, stacked } from '../support/arrays.js';
import { errorCurves, medianBand, passageTable } from '../support/order.js';

const parameters = z.object({
  points: z.int().min(8).default(32).describe('samples of a signal: inputs and outputs of a denoiser'),
  frequencies: z
    .array(z.int().min(1))
    .min(3)
    .default([1, 2, 3, 5, 8, 13])
    .describe('frequencies of the signals, passes a turn, ascending, below half of the points'),
  decay: z.number().positive().default(2).describe('power with which the variance falls with the frequency'),
  sigma: z
    .number()
    .positive()
    .default(0.1)
    .describe('standard deviation of the noise; that of the strongest mode is 1'),
  signals: z.int().min(16).default(4096).describe('noisy signals of the training, and as many to measure on'),
  hidden: common.hidden([256]),
  fraction: z
    .number()
    .positive()
    .max(1)
    .default(0.02)
    .describe('learning rate of the linear denoiser, as a share of the largest stable one'),
  slower: z.number().positive().default(0.25).describe('learning rate of the network, as a share of that'),
  steps: common.steps(10_000),
  records: common.records(150),
  networks: common.networks(),
});

const spectra = {
  falling: 'variance falls with the frequency',
  rising: 'variance rises with the frequency',
  white: 'whitened data',
} as const;
type Spectrum = keyof typeof spectra;
const denoisers = { linear: 'linear denoiser', network: 'ReLU network' } as const;
type Denoiser = keyof typeof denoisers;
/** Error of a gain at which a mode counts as learnt: of some hundred signals the best gain of a weak mode is off by a tenth. */
const level = 0.3;

export const denoiserModes = defineExperiment({
  id: 'denoiser-modes',
  title: 'Denoisers learn what varies most first',
  source: cite('wangPehlevan2025', 'the inverse-variance spectral law'),
  statement:
    'A denoiser learns the modes of its data in the order of their variance. Of a linear one the steps are inversely proportional to the variance ' +
    'with the noise; a ReLU network keeps the order. Where the variance rises with the frequency the high frequencies come first.',
  formula: 'g_k(t) = λ_k / (λ_k + σ^2) · (1 − e^{−2(λ_k + σ^2) t / d})',
  parameters,
  presets: {
    quick: {
      points: 16,
      frequencies: [1, 2, 3, 5],
      signals: 512,
      hidden: [48],
      fraction: 0.03,
      slower: 0.8,
      steps: 1000,
      records: 80,
    },
    paper: {},
  },
  seconds: { quick: 5, paper: 1200 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const { frequencies } = p;
    const variances = variancesOf(p);
    const top = 1 + p.sigma ** 2;
    const trained = await trainAll(context, {
      what: 'denoisers',
      cells: grid({ denoiser: keysOf(denoisers), spectrum: keysOf(spectra), seed: seeds(p.networks) }),
      run: ({ denoiser, spectrum, seed }) => {
        const learnt = signalsOf(p, variances[spectrum], seed, 'training');
        const learningRate = (p.fraction * p.points) / top;
        return {
          seed,
          spec: denoiser === 'linear' ? linear(p.points) : network(p.points, p.hidden),
          x: learnt.noisy,
          y: learnt.clean,
          optimizer: { type: 'sgd', learningRate: denoiser === 'linear' ? learningRate : p.slower * learningRate },
          probes: { outputs: { type: 'outputs', points: signalsOf(p, variances[spectrum], seed, 'measuring').noisy } },
        } as const;
      },
      shared: { loss: 'mse', steps: p.steps, record: { log: p.records } },
    });
    const waves = wavesOf(p);
    return {
      frequencies,
      fits: trained.map(({ denoiser, spectrum, seed, steps, probes }) => {
        const inputs = rows(signalsOf(p, variances[spectrum], seed, 'measuring').noisy);
        const weights = frequencies.map((_, k) => gainWeights(waves.slice(2 * k, 2 * k + 2), inputs));
        const gains = rows(probes.outputs.values).map((outputs) => weights.map((one) => dot(one, outputs)));
        return { denoiser, spectrum, steps, gains: stacked(gains) };
      }),
    };
  },

  present({ frequencies, fits: measured }, p) {
    const variances = variancesOf(p);
    const wiener = (spectrum: Spectrum) => variances[spectrum].map((v) => v / (v + p.sigma ** 2));
    const fits = measured.map((fit) => ({ ...fit, error: errorsOf(fit.gains, wiener(fit.spectrum)) }));
    type Fit = (typeof fits)[number];
    const of = (denoiser: Denoiser, spectrum: Spectrum) =>
      fits.filter((fit) => fit.denoiser === denoiser && fit.spectrum === spectrum);
    // Against the variances of the falling spectrum, whatever those of the data are.
    const powerOf = (fit: Fit) =>
      slope(
        variances.falling.map((v) => Math.log(v + p.sigma ** 2)),
        stepsTo(fit).map(Math.log),
      );
    const powers = (denoiser: Denoiser, spectrum: Spectrum) => of(denoiser, spectrum).map(powerOf);
    const labels = frequencies.map((k) => `k = ${k}`);
    const rate = (2 * p.fraction) / (1 + p.sigma ** 2);
    return {
      metrics: {
        power_linear: numberOf(spread(powers('linear', 'falling')).median),
        power_network: numberOf(spread(powers('network', 'falling')).median),
      },
      tables: [
        passageTable(fits, {
          level,
          columns: {
            denoiser: (fit) => denoisers[fit.denoiser],
            data: (fit) => spectra[fit.spectrum],
            network: (_, i) => (i % p.networks) + 1,
          },
          component: ['frequency', () => frequencies],
        }),
      ],
      claims: [
        between(-1.1, -0.9, {
          id: 'law',
          statement: `The steps of a linear denoiser to a mode are inversely proportional to its variance with the noise (power fitted to ${p.frequencies.length} modes), in every one of ${p.networks}.`,
          source: cite('wangPehlevan2025', 'the time of a mode is proportional to 1 / lambda'),
          measured: powers('linear', 'falling'),
          control: [
            {
              id: 'white',
              statement: 'whitened data, against the variances before',
              measured: powers('linear', 'white'),
            },
            { id: 'rising', statement: 'the same variances in reversed order', measured: powers('linear', 'rising') },
          ],
        }),
        ...keysOf(denoisers).map((denoiser) =>
          orderClaim({
            id: `order-${denoiser}`,
            statement: `${denoiser === 'linear' ? 'A linear denoiser' : 'A ReLU network that denoises'} learns the modes in the order of their variance, here from low to high frequency (error of the gain settled under ${level} of Wiener's).`,
            source: cite(
              'wangPehlevan2025',
              denoiser === 'linear' ? 'linear denoisers' : 'the law persists in dense networks',
            ),
            networks: of(denoiser, 'falling'),
            labels,
            level,
            control: (['rising', 'white'] as const).map((spectrum) => ({
              id: spectrum,
              statement: spectra[spectrum],
              networks: of(denoiser, spectrum),
            })),
          }),
        ),
      ],
      figures: [
        panelsFigure({
          id: 'passages',
          title: 'Steps to each mode, by its frequency',
          caption: `Step at which the error of the gain settles under ${level}: median and extremes of ${p.networks} denoisers on each kind of data. Black: what the falling variances say of a linear one, ln(1/${level}) over the rate.`,
          panels: keysOf(denoisers).map((denoiser) => ({
            title: denoisers[denoiser],
            x: { title: 'frequency (passes a turn)', log: true, values: frequencies },
            y: { title: 'step', log: true },
            lines: [
              ...keysOf(spectra).map((spectrum) => ({
                ...medianBand(
                  spectra[spectrum],
                  frequencies,
                  of(denoiser, spectrum).map((fit) => passagesOf(fit, { level }).map((v) => v ?? Number.NaN)),
                ),
                mark: 'both' as const,
              })),
              ...(denoiser === 'linear'
                ? [
                    {
                      name: 'closed form, where it falls',
                      x: frequencies,
                      y: variances.falling.map((v) => Math.log(level) / Math.log1p(-rate * (v + p.sigma ** 2))),
                      color: colors.target,
                      dash: [2, 2],
                    },
                  ]
                : []),
            ],
          })),
        }),
        lineFigure({
          id: 'gains',
          title: 'Gain of each mode of a linear denoiser',
          caption: `Dots: measured (first denoiser, variance falling with the frequency). Lines: the closed form. The gains go to those of Wiener's filter, the strongest mode's first.`,
          x: { title: 'step', log: true },
          y: { title: 'gain' },
          lines: frequencies.flatMap((k, i) => {
            const fit = entry(of('linear', 'falling'), 0);
            const steps = fit.steps.map((step) => step + 1);
            const v = entry(variances.falling, i);
            const color = entry(categories, i % categories.length);
            return [
              {
                name: `k = ${k}`,
                color,
                x: steps,
                y: fit.steps.map((step) => entry(wiener('falling'), i) * (1 - (1 - rate * (v + p.sigma ** 2)) ** step)),
              },
              {
                name: `k = ${k}, measured`,
                color,
                x: steps,
                y: rows(fit.gains).map((row) => row[i] ?? null),
                mark: 'points' as const,
              },
            ];
          }),
        }),
        errorCurves(of('network', 'falling'), {
          id: 'errors-network',
          title: 'Error of the gain of a ReLU network, by mode',
          labels,
          level,
        }),
        errorCurves(of('network', 'rising'), {
          id: 'errors-control',
          title: 'The control: variances that rise with the frequency',
          labels,
          level,
        }),
      ],
    };
  },
});

type Parameters = z.infer<typeof parameters>;

/** Variance of each mode, the largest 1; of the whitened data the mean of the others. */
function variancesOf({ frequencies, decay }: Pick<Parameters, 'frequencies' | 'decay'>): Record<Spectrum, number[]> {
  const falling = frequencies.map((k) => (k / entry(frequencies, 0)) ** -decay);
  return { falling, rising: falling.toReversed(), white: falling.map(() => mean(falling)) };
}

/** The waves of the modes, cosine and sine, unit vectors. */
function wavesOf({ points, frequencies }: Pick<Parameters, 'points' | 'frequencies'>): number[][] {
  const turn = period(0, 2 * Math.PI, points);
  const unit = Math.sqrt(2 / points);
  return frequencies.flatMap((k) => [Math.cos, Math.sin].map((f) => turn.map((t) => unit * f(k * t))));
}

/** Gaussian signals whose modes have these variances, clean and in white noise. */
function signalsOf(
  p: Parameters,
  variances: readonly number[],
  seed: number,
  stream: string,
): { clean: NdArray; noisy: NdArray } {
  const waves = wavesOf(p);
  const shape = [p.signals, p.points];
  const weights = gaussianNoise(p.signals * waves.length, { seed, stream: `${stream} signals` }).data;
  const noise = gaussianNoise(p.signals * p.points, { seed, stream: `${stream} noise`, std: p.sigma }).data;
  const stds = variances.map(Math.sqrt);
  const clean = new Float64Array(p.signals * p.points);
  for (let i = 0; i < p.signals; i++) {
    for (const [m, wave] of waves.entries()) {
      const weight = entry(weights, i * waves.length + m) * entry(stds, m >> 1);
      for (const [j, v] of wave.entries()) clean[i * p.points + j] = entry(clean, i * p.points + j) + weight * v;
    }
  }
  return { clean: { data: clean, shape }, noisy: { data: clean.map((v, i) => v + entry(noise, i)), shape } };
}

/**
 * Weights `[n * d]` with which outputs are summed to a gain: the regression of the outputs on the inputs along some waves,
 * `sum_i <w, x_i> <w, h_i> / sum_i <w, x_i>^2`.
 */
export function gainWeights(waves: readonly (readonly number[])[], inputs: readonly Float64Array[]): Float64Array {
  const along = waves.map((wave) => inputs.map((x) => dot(wave, x)));
  const total = along.flat().reduce((sum, v) => sum + v * v, 0);
  return Float64Array.from(
    inputs.flatMap((x, i) =>
      Array.from(x, (_, j) =>
        waves.reduce((sum, wave, m) => sum + (entry(entry(along, m), i) * entry(wave, j)) / total, 0),
      ),
    ),
  );
}

/** Scalar product. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Error of the gains relative to those that they should reach, `[records, modes]`. */
function errorsOf(gains: NdArray, goal: readonly number[]): NdArray {
  return stacked(rows(gains).map((row) => row.map((g, k) => Math.abs(g / entry(goal, k) - 1))));
}

/** Steps until the error is at the level, between records by its logarithm. */
function stepsTo({ steps, error }: ErrorHistory): number[] {
  return passagesOf({ steps, error }, { level }).map((step, k) => {
    const r = step === null ? -1 : steps.indexOf(step);
    if (r < 0) return Number.NaN;
    if (r === 0) return 1;
    const [before, after] = [r - 1, r].map((i) => Math.log(entry(rows(error)[i] ?? [], k) / level));
    const [from, to] = [entry(steps, r - 1), entry(steps, r)];
    return from + ((to - from) * (before ?? 0)) / ((before ?? 0) - (after ?? 0));
  });
}

/** `null` where a mode was never learnt. */
const numberOf = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** One matrix, from zero. */
const linear = (points: number): NetworkSpec => ({
  input: points,
  layers: [{ type: 'dense', units: points, init: 'zeros', bias: false }],
});

const network = (points: number, hidden: readonly number[]): NetworkSpec => ({
  input: points,
  layers: [
    ...hidden.flatMap((units) => [
      { type: 'dense', units, init: 'he' } as const,
      { type: 'activation', fn: 'relu' } as const,
    ]),
    { type: 'dense', units: points, init: { type: 'normal', std: 0.01 } },
  ],
});
