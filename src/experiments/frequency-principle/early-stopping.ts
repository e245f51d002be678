/**
 * Noise is learnt last: stopping early leaves it out (slides, using the F-principle).
 *
 * The target has two low tones, the labels white noise on top. A white noise has most of its power where the target has
 * none, in the band above it, and a network gets there last: the error on clean test points is least before that band of
 * the noisy labels is fitted. Spectra are those of the training points, an equispaced period: `|h_k - y_k|` summed over
 * a band, over `|y_k|` summed, y the noisy labels.
 *
 * Two perturbations by frequency, on equal footing at every frequency:
 * - labels: a second network is trained on the clean labels from the same start. `|h_noisy - h_clean|_k` over the
 *   noise's own amplitude says how much of the noise at k goes through: near 1 at low frequency, near 0 in the noise's
 *   band at the time of the best test error. Early stopping is a low-pass filter; noise inside the target's band it keeps.
 * - weights: a network that has learnt tones of equal amplitude has its parameters shaken by a fixed fraction of each
 *   tensor's root mean square. What is left of a tone's amplitude, `|h_k| / |f_k|`, falls with frequency: that is the
 *   measure and the statement of Rahaman et al. 2019, section 4. High tones are lost, low ones stay. Stay, not stay right:
 *   the shaking itself adds a function of low frequency, so that low tones come out larger than they were, and their
 *   relative error `|h_k - f_k| / |f_k|` is no smaller than that of the high ones (measured).
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import { row } from '../../core/reading.js';
import {
  above,
  amplitudes,
  atLeast,
  atMost,
  below,
  defineExperiment,
  periodicGrid,
  probe,
  refuseDiverged,
  sample,
  spearman,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { createModel, type NetworkSpec, trainMany } from '../../nets/index.js';
import { gaussianNoise, nudft } from '../../spectrum/index.js';
import { mean, rms, rmsDifference, rowsOf } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

const parameters = z.object({
  points: z.int().min(32).default(64).describe('noisy samples, equispaced over the period'),
  noise: z.number().positive().default(0.4).describe('standard deviation of the noise on the labels'),
  noiseBand: z.int().min(4).default(8).describe('least frequency of what counts as the band of the noise'),
  widths: z.array(z.int().min(1)).min(1).default([200, 200, 200]).describe('widths of the hidden layers, tanh'),
  firstLayer: z.number().positive().default(7).describe("standard deviation of the first layer's weights and biases"),
  learningRate: z.number().positive().default(5e-4).describe('of Adam, full batch'),
  steps: z.int().min(1).default(60_000).describe('training steps'),
  seeds: z.int().min(1).max(100).default(5).describe('networks, each with its own noise'),
  records: z.int().min(20).default(120).describe('recorded steps, evenly spaced in their logarithm'),
  tones: z.array(z.int().min(1)).min(2).default([1, 3, 5, 7, 9]).describe('of the network whose weights are shaken'),
  toneSteps: z.int().min(1).default(20_000).describe('steps of its training'),
  shakes: z.array(z.number().positive()).min(1).default([0.1, 0.2]).describe("in units of a tensor's root mean square"),
  draws: z.int().min(1).default(20).describe('perturbations of each size'),
});

/** The target: nothing above frequency 3. */
const clean = (v: number): number => Math.sin(v) + 0.6 * Math.sin(3 * v + 1);

export const earlyStopping = defineExperiment({
  id: 'early-stopping',
  title: 'Early stopping leaves out the noise, which is high frequency',
  source: 'Slides (001), using the F-principle; Rahaman et al. 2019, section 4',
  statement:
    'Trained on noisy labels, a network first fits the low frequencies, which the target holds, and later the high ones, ' +
    'which are noise. The test error is least in between, so stopping there generalises best. Low frequencies are also ' +
    'those that survive a perturbation of the weights.',
  formula: 'y = f + noise,  t* = argmin_t mean |h_t − f|^2,  E(band) = Σ_{k∈band} |ĥ(k) − ŷ(k)| / Σ_{k∈band} |ŷ(k)|',
  parameters,
  presets: {
    quick: { widths: [80, 80, 80], learningRate: 2e-3, steps: 6000, seeds: 3, records: 70, toneSteps: 3000, draws: 20 },
    paper: {},
  },
  seconds: { quick: 3, paper: 300 },
  async run({ parameters: p, seeds, signal, training }) {
    const x = periodicGrid(p.points);
    const dense = periodicGrid(4 * p.points + 1);
    const truth = sample(dense, clean);
    const y = sample(x, clean);
    const labels = seeds(p.seeds).map((seed) => {
      const noise = gaussianNoise(p.points, { seed, stream: 'labels', std: p.noise }).data;
      return { data: y.data.map((v, i) => v + noise[i]!), shape: y.shape };
    });
    const spec = { input: 1, layers: denseLayers({ input: 1, widths: p.widths, firstLayer: p.firstLayer }) };
    const outputs = {
      train: { type: 'outputs' as const, points: x },
      test: { type: 'outputs' as const, points: dense },
    };
    const trained = await trainMany(
      seeds(p.seeds).flatMap((seed, s) => [labels[s]!, y].map((target) => ({ seed, y: target }))),
      {
        spec,
        x,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
        probes: outputs,
        signal,
        onProgress: training(`noisy and clean labels, ${p.seeds} seeds`, p.steps),
      },
    );
    const tonesAt = sample(x, (v) => p.tones.reduce((sum, k) => sum + Math.sin(k * v + k), 0));
    const toned = await trainMany(
      seeds(p.seeds).map((seed) => ({ seed })),
      {
        spec,
        x,
        y: tonesAt,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.toneSteps } },
        steps: p.toneSteps,
        record: { at: [] },
        signal,
        onProgress: training('tones of equal amplitude', p.toneSteps),
      },
    );

    const top = Math.floor(p.points / 2);
    const low = range(1, 3);
    const high = range(p.noiseBand, top - 1);
    const runs = seeds(p.seeds).map((_, s) => {
      const [noisy, control] = [trained[2 * s]!.history, trained[2 * s + 1]!.history];
      for (const history of [noisy, control]) refuseDiverged(history, 'early stopping');
      const fits = rowsOf(probe(noisy, 'train', 'values'));
      const label = labels[s]!.data;
      const test = rowsOf(probe(noisy, 'test', 'values')).map((h) => rmsDifference(h, truth.data));
      const goal = spectrumOf(label);
      const missing = fits.map((h) => spectrumOf(h.map((v, i) => v - label[i]!)));
      const band = (ks: number[]): number[] => missing.map((off) => power(off, ks) / power(goal, ks));
      const best = test.indexOf(Math.min(...test));
      const through = spectrumOf(fits[best]!.map((v, i) => v - row(probe(control, 'train', 'values'), best)[i]!));
      const given = spectrumOf(label.map((v, i) => v - y.data[i]!));
      return {
        steps: noisy.steps,
        train: fits.map((h) => rmsDifference(h, label)),
        test,
        low: band(low),
        high: band(high),
        best,
        gain: (ks: number[]): number => power(through, ks) / power(given, ks),
        fit: rowsOf(probe(noisy, 'test', 'values')),
      };
    });
    const left = await Promise.all(
      toned.map(({ parameters: weights }, s) =>
        shake({ spec, weights, x, target: tonesAt, seed: seeds(p.seeds)[s]!, ...p }),
      ),
    );

    const first = runs[0]!;
    const at = first.steps.map((step) => step + 1);
    const bands = bandsOf(top);
    const gains = bands.map(({ ks }) => spread(runs.map((run) => run.gain(ks))).median);
    const source = 'slides (001), using the F-principle';
    return {
      metrics: {
        test_best: spread(runs.map((run) => run.test[run.best]!)).median,
        test_last: spread(runs.map((run) => run.test.at(-1)!)).median,
        step_best: spread(runs.map((run) => run.steps[run.best]!)).median,
      },
      tables: [
        {
          id: 'gain',
          title: "How much of the labels' noise the output takes up at the step of the least test error (median)",
          columns: { 'frequencies from': bands.map((b) => b.ks[0]!), to: bands.map((b) => b.ks.at(-1)!), gain: gains },
        },
        {
          id: 'shaken',
          title: 'What is left of the amplitude of each tone after the weights were shaken (median over the networks)',
          columns: {
            tone: p.shakes.flatMap(() => p.tones),
            shake: p.shakes.flatMap((size) => p.tones.map(() => size)),
            'share of the amplitude': p.shakes.flatMap((_, i) =>
              p.tones.map((_, t) => spread(left.map((e) => e[i]![t]!)).median),
            ),
          },
        },
      ],
      claims: [
        above(0.5, {
          id: 'before-the-noise',
          statement: `At the step of the least test error more than half of the noise's band (frequencies from ${p.noiseBand}) of the labels is not yet fitted (relative error of the band).`,
          source,
          measured: runs.map((run) => run.high[run.best]!),
        }),
        below(0.5, {
          id: 'noise-is-fitted-later',
          statement: 'Later it is fitted: the relative error of the band at the end.',
          source,
          measured: runs.map((run) => run.high.at(-1)!),
        }),
        above(1.3, {
          id: 'stopping-pays',
          statement: 'Training to the end makes the test error at least 1.3 times the least one.',
          source,
          measured: runs.map((run) => run.test.at(-1)! / run.test[run.best]!),
        }),
        below(0.5, {
          id: 'low-pass',
          statement: `Of label noise in the band from ${p.noiseBand} less than half as much is taken up at that step as of label noise at frequencies 1 to 3 (ratio of the gains).`,
          source,
          measured: runs.map((run) => run.gain(high) / run.gain(low)),
        }),
        atMost(-0.8, {
          id: 'high-is-lost',
          statement: `Shaken weights take the high frequencies away: rank correlation of what is left of a tone's amplitude with its frequency (${p.tones.join(', ')}), for each network and size of shake, mean over ${p.draws} draws.`,
          source: 'Rahaman et al. 2019, section 4',
          measured: left.map((byShake) => byShake.map((byTone) => spearman(p.tones, byTone))),
          labels: p.shakes.map((size) => `shake ${size}`),
        }),
        atLeast(0.8, {
          id: 'low-stays',
          statement: 'The amplitude of the lowest tone stays: what is left of it.',
          source: 'Rahaman et al. 2019, section 4',
          measured: left.map((byShake) => byShake.map((byTone) => byTone[0]!)),
          labels: p.shakes.map((size) => `shake ${size}`),
        }),
      ],
      figures: [
        lineFigure({
          id: 'curves',
          title: 'Errors on noisy training points and clean test points',
          caption:
            'Root mean square errors of the first network, and the relative error of the two bands of its noisy labels. The test error is least when the low band is fitted and the band of the noise is not.',
          x: { title: 'step', log: true },
          y: { title: 'error', log: true },
          lines: [
            { name: 'training error', x: at, y: first.train, color: colors.train },
            { name: 'test error', x: at, y: first.test, color: colors.test },
            { name: 'band 1 to 3', x: at, y: first.low, color: colors.target, dash: [2, 2] },
            { name: `band from ${p.noiseBand}`, x: at, y: first.high, color: colors.target, dash: [6, 3] },
          ],
        }),
        panelsFigure({
          id: 'outputs',
          title: 'Stopped early, and trained to the end',
          caption:
            'The first network at the step of its least test error and at the end. Dots: noisy samples. Black: the truth.',
          panels: [
            { title: `step ${first.steps[first.best]}`, h: first.fit[first.best]! },
            { title: `step ${first.steps.at(-1)}`, h: first.fit.at(-1)! },
          ].map(({ title, h }) => ({
            title,
            x: { title: 'x' },
            y: { title: 'output' },
            lines: [
              { name: 'samples', x: x.data, y: labels[0]!.data, color: '#999999', mark: 'points' as const },
              { name: 'output', x: dense.data, y: h, color: colors.output },
              { name: 'truth', x: dense.data, y: truth.data, color: colors.target },
            ],
          })),
        }),
        panelsFigure({
          id: 'perturbations',
          title: 'Perturbations by frequency',
          caption:
            "Left: how much of the labels' noise is in the output at the step of the least test error. Right: what is left of the amplitude of each tone after the weights were shaken. Medians over the networks.",
          panels: [
            {
              title: 'label noise',
              x: { title: 'frequency (cycles a period)', log: true },
              y: { title: 'share taken up' },
              lines: [{ name: 'gain', x: bands.map((b) => mean(b.ks)), y: gains, mark: 'both' as const }],
            },
            {
              title: 'shaken weights',
              x: { title: 'frequency (cycles a period)' },
              y: { title: 'share of the amplitude left', log: true },
              lines: p.shakes.map((size, i) => ({
                name: `shake ${size}`,
                x: p.tones,
                y: p.tones.map((_, t) => spread(left.map((e) => e[i]![t]!)).median),
                mark: 'both' as const,
              })),
            },
          ],
        }),
      ],
    };
  },
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Bands of doubling width: 1, 2-3, 4-7, ... */
function bandsOf(top: number): { ks: number[] }[] {
  const bands: { ks: number[] }[] = [];
  for (let from = 1; 2 * from <= top; from *= 2) bands.push({ ks: range(from, 2 * from - 1) });
  return bands;
}

const spectrumOf = (values: NdArray['data']): NdArray['data'] =>
  amplitudes({ data: values, shape: [1, values.length] }).data;

const power = (spectrum: ArrayLike<number>, ks: number[]): number => rms(ks.map((k) => spectrum[k]!));

/** `|h_k| / |f_k|` of each tone, mean over the draws, for each size of perturbation. */
async function shake(options: {
  spec: NetworkSpec;
  weights: Record<string, NdArray>;
  x: NdArray;
  target: NdArray;
  tones: number[];
  shakes: number[];
  draws: number;
  seed: number;
}): Promise<number[][]> {
  const { spec, weights, x, target, tones, shakes, draws, seed } = options;
  const model = createModel(spec, { seed });
  const at = (values: ArrayLike<number>) => nudft(x.data, Float64Array.from(values), tones, { angular: true });
  const goal = at(target.data);
  const sums = shakes.map(() => tones.map(() => 0));
  for (const [i, size] of shakes.entries()) {
    for (let draw = 0; draw < draws; draw++) {
      const moved = Object.entries(weights).map(([name, { data, shape }], index) => {
        // The same directions for every size.
        const stream = `shake ${draw} of array ${index}`;
        const noise = gaussianNoise(data.length, { seed, stream, std: size * rms(data) }).data;
        return [name, { data: data.map((v, j) => v + noise[j]!), shape }];
      });
      model.setParameters(Object.fromEntries(moved));
      const found = at((await model.predict(x)).data);
      for (const t of tones.keys()) {
        sums[i]![t]! += Math.hypot(found.re[t]!, found.im[t]!) / Math.hypot(goal.re[t]!, goal.im[t]!);
      }
    }
  }
  return sums.map((byTone) => byTone.map((sum) => sum / draws));
}
