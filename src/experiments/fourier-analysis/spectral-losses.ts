/**
 * Losses in the frequency domain (Fourier notes, document 000, "frequency-domain losses"), done right:
 *
 * - `frequency_smooth_loss`: mean squared error plus alpha times the share of the output's power at high frequencies. The
 *   sketch takes the upper half of the transform's indices for "high"; for a real signal these are the negative frequencies,
 *   the conjugates of the lower half, so that its share is one half for a slow tone, a fast tone and noise alike (a claim),
 *   and its gradient nothing. High is near Nyquist here.
 * - `spectral_contrastive_loss`: similarity of the phases of two embeddings. The sketch ignores its temperature and has no
 *   negatives: one constant embedding for everything is its perfect minimum (a claim). Here every other pair of a batch is a
 *   negative and the temperature divides the similarities (InfoNCE), and the constant costs ln m.
 *
 * Both gradients are checked against differences of the loss along random directions, in f64.
 *
 * How many second views are found is compared with guessing, 1 of 100. 90 had been expected first; what decides it (100 new
 * digits, seed 0, temperature 0.1, the quick preset's 300 steps on 1,000 digits unless said):
 *
 * - The noise of the training views. Drawn once, it is learnt by heart: all 100 of the trained pairs are found, but 42 under new
 *   noise and 44 of new digits; 2,000 steps make it worse (26). So it is drawn anew for every block of 16 batches: 61 to
 *   78 (seeds 0 and 101 to 105, both temperatures), and 81 after 2,000 steps.
 * - The embedding. 32 real outputs have but 15 free phases and two signs; with 128 outputs 62 instead of 44 (noise drawn once).
 *   The paper preset finds 148 of 200, with `--set embedding=128` 180.
 * - The temperature: 0.5 loses little in 300 steps and more in 2,000 (the paper preset: 133 of 200, against 148 with 0.1).
 * - What there is to be found: the phases of the noisy pictures themselves find 64 of 100 (111 of 200), the cosine of the
 *   pictures, amplitudes included, 88.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import {
  atLeast,
  atMost,
  below,
  between,
  decreasing,
  defineExperiment,
  periodicGrid,
  refuseDiverged,
  sample,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, type LossSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { bandEnergies, fft, gaussianNoise, tone } from '../../spectrum/index.js';
import { rmsDifference } from '../support/arrays.js';
import { foundBy, similarities, trainOnViews, view } from '../support/phase-views.js';
import { gradientError } from '../support/slope.js';

const parameters = z.object({
  points: z.int().min(16).max(10_000).default(128).describe('samples of the noisy curve, one period'),
  noise: z.number().min(0).default(0.3).describe('standard deviation of the noise'),
  alphas: z
    .array(z.number().min(0))
    .min(2)
    .default([0, 0.1, 1])
    .describe('weights of the high-frequency share, ascending'),
  cutoff: z.number().positive().max(0.99).default(0.25).describe('where high begins, of the Nyquist frequency'),
  hidden: z
    .array(z.int().min(1))
    .min(1)
    .default([100, 100])
    .describe('widths of the network of the curve (ReLU on Fourier features)'),
  learningRate: z.number().positive().default(2e-3).describe('of Adam'),
  steps: z.int().min(10).default(5000).describe('training steps on the curve'),
  digits: z.int().min(64).max(60_000).default(10_000).describe('digits of the contrastive training'),
  pairs: z.int().min(4).max(2000).default(64).describe('pairs of views a step'),
  viewNoise: z.number().min(0).default(0.4).describe('standard deviation of the noise of a view'),
  embedding: z.int().min(2).max(1024).default(32).describe('outputs of the contrastive network'),
  temperatures: z
    .array(z.number().positive())
    .min(1)
    .default([0.1, 0.5])
    .describe('temperatures of the contrastive loss'),
  contrastiveSteps: z.int().min(10).default(2000).describe('its training steps'),
  asked: z.int().min(10).max(1000).default(200).describe('new digits whose second view is looked for among all'),
});

/** The sketch's ratio: indices n/2 .. n-1 of the transform over 1 .. n-1. */
function sketchRatio(signal: NdArray): number {
  const { re, im } = fft({ data: signal.data, shape: [signal.data.length] });
  const power = Array.from(re, (a, k) => a * a + im[k]! ** 2);
  const high = power.slice(power.length >> 1).reduce((a, b) => a + b, 0);
  return high / power.slice(1).reduce((a, b) => a + b, 0);
}

export const spectralLosses = defineExperiment({
  id: 'spectral-losses',
  title: 'Losses in the frequency domain: smoothness, and phases as embeddings',
  source: 'Fourier analysis and neural networks (000), section on frequency-domain losses',
  statement:
    'A term for the share of power near the Nyquist frequency keeps a network from following noise. A contrastive loss on ' +
    'phases alone learns to tell digits apart under noise, with negatives and a temperature.',
  formula: 'L = mse + α Σ_{k high} |ĥ(k)|^2 / Σ_k |ĥ(k)|^2,  contrastive −ln(e^{s(i,i)/τ} / Σ_j e^{s(i,j)/τ})',
  parameters,
  presets: { quick: { steps: 1000, digits: 1000, contrastiveSteps: 300, asked: 100, alphas: [0, 0.1, 1] }, paper: {} },
  seconds: { quick: 7, paper: 30 },
  data: ['mnist'],
  async run({ parameters: p, seed, random, data, signal, training }) {
    // A curve under noise.
    const x = periodicGrid(p.points);
    const truth = sample(x, (v) => Math.sin(v) + 0.5 * Math.cos(3 * v));
    const noise = gaussianNoise(p.points, { ...random('labels'), std: p.noise }).data;
    const y = { data: truth.data.map((v, i) => v + noise[i]!), shape: truth.shape };
    const curve: NetworkSpec = {
      input: 1,
      layers: [
        // Features up to 20 cycles, so that nothing but the loss keeps the network from the noise.
        {
          type: 'fourierFeatures',
          frequencies: Array.from({ length: 20 }, (_, k) => [(k + 1) / (2 * Math.PI)]),
        },
        ...mlp({ input: 40, hidden: p.hidden, output: 1, activation: 'relu' }).layers,
      ],
    };
    const smoothness = (alpha: number): LossSpec => ({ type: 'smoothness', alpha, cutoff: p.cutoff });
    const share = (values: NdArray): number => {
      const signalOf = { data: values.data, shape: [p.points] };
      const { data: energy } = bandEnergies(signalOf, { edges: [p.cutoff] });
      const mean = Array.from(values.data).reduce((a, b) => a + b, 0) / p.points;
      return energy[1]! / (energy[0]! + energy[1]! - p.points * mean ** 2);
    };
    const fits = [];
    for (const alpha of p.alphas) {
      const model = createModel(curve, { seed });
      const history = await model.train({
        x,
        y,
        loss: smoothness(alpha),
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: 80 },
        // Steps are so small that a second thread would mostly wait.
        threads: 1,
        signal,
        onProgress: training(`curve, alpha = ${alpha}`, p.steps),
      });
      refuseDiverged(history, `curve, alpha = ${alpha}`);
      const fit = await model.predict(x, { signal });
      fits.push({ alpha, history, fit, share: share(fit), error: rmsDifference(fit.data, truth.data) });
    }

    // Digits under noise.
    const train = await data.mnist({ count: p.digits });
    const test = await data.mnist({ split: 'test', count: p.asked });
    const size = train.images.shape[1]!;
    const embed = mlp({ input: size, hidden: [128], output: p.embedding, activation: 'relu' });
    const asked = (which: string): NdArray => view(test.images, random(`${which} view asked`), p.viewNoise);
    const [first, second] = [asked('first'), asked('second')];
    const contrastive = [];
    for (const temperature of p.temperatures) {
      const model = createModel(embed, { seed });
      const found = async () =>
        foundBy(similarities(await model.predict(first, { signal }), await model.predict(second, { signal })));
      const before = await found();
      const what = `phases, temperature ${temperature}`;
      const curve = await trainOnViews(model, {
        images: train.images,
        noise: p.viewNoise,
        seed,
        temperature,
        pairs: Math.min(p.pairs, p.digits),
        steps: p.contrastiveSteps,
        signal,
        onProgress: training(what, p.contrastiveSteps),
        what,
      });
      contrastive.push({ temperature, curve, before: before.matched, after: await found() });
    }
    // What there is to be had without learning: the phases of the pictures themselves.
    const pixels = foundBy(similarities(first, second)).matched;

    // Embeddings ten times as large, and a constant one. The engine gives amplitudes below 1e-6 no phase; embeddings of
    // size 100 keep every frequency of every digit well above that.
    const pairs = Math.min(p.pairs, p.asked);
    const some = (v: NdArray): NdArray => ({ data: v.data.slice(0, pairs * size), shape: [pairs, size] });
    const phaseLoss: LossSpec = { type: 'phaseContrastive', views: some(second), temperature: p.temperatures[0]! };
    const lossOf = async (
      change: (name: string, array: NdArray) => NdArray,
    ): Promise<{ loss: number; sketch: number }> => {
      const model = createModel(embed, { seed, dtype: 'f64' });
      const present = model.parameters();
      model.setParameters(
        Object.fromEntries(Object.entries(present).map(([name, array]) => [name, change(name, array)])),
      );
      const history = await model.train({
        x: some(first),
        loss: phaseLoss,
        optimizer: { type: 'sgd', learningRate: 0 },
        steps: 1,
      });
      const table = similarities(await model.predict(some(first)), await model.predict(some(second)));
      return { loss: history.loss[0]!, sketch: -foundBy(table).same };
    };
    const scaled = (array: NdArray, factor: number): NdArray => ({
      data: array.data.map((v) => factor * v),
      shape: array.shape,
    });
    const last = (name: string): boolean => name.startsWith('layers.2.');
    const plain = await lossOf((name, array) => (last(name) ? scaled(array, 100) : array));
    const larger = await lossOf((name, array) => (last(name) ? scaled(array, 1000) : array));
    const constant = await lossOf((name, array) => (name === 'layers.2.weight' ? scaled(array, 0) : array));

    const slow = tone(128, { cycles: 2 });
    const fast = tone(128, { cycles: 50 });
    const white = gaussianNoise(4096, random('white'));
    const ours = (s: NdArray): number => {
      const { data: e } = bandEnergies(s, { edges: [0.5] });
      return e[1]! / (e[0]! + e[1]!);
    };
    const small = mlp({ input: 1, hidden: [12], output: 2, activation: 'tanh' });
    const grid = periodicGrid(32);
    const two = { data: Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * i)), shape: [32, 2] };
    const gradients = [
      await gradientError({ spec: small, x: grid, y: two, loss: { type: 'smoothness', alpha: 0.7 }, seed }),
      await gradientError({
        spec: mlp({ input: 1, hidden: [12], output: 8, activation: 'tanh' }),
        x: { data: grid.data.slice(0, 8), shape: [8, 1] },
        loss: { type: 'phaseContrastive', views: { data: grid.data.slice(1, 9), shape: [8, 1] }, temperature: 0.3 },
        seed,
      }),
    ];
    return {
      metrics: {
        shareWithout: fits[0]!.share,
        shareWith: fits.at(-1)!.share,
        errorWithout: fits[0]!.error,
        errorWith: fits.at(-1)!.error,
        matched: contrastive[0]!.after.matched,
        matchedByPixels: pixels,
      },
      tables: [
        {
          id: 'smoothness',
          title: 'The curve by weight of the high-frequency share',
          columns: {
            alpha: fits.map((f) => f.alpha),
            'share of power above the cutoff': fits.map((f) => f.share),
            'error against the truth (rms)': fits.map((f) => f.error),
            'mse on the noisy points': fits.map((f) => f.history.parts.mse?.at(-1) ?? null),
          },
        },
        {
          id: 'contrastive',
          title: 'Second views found among all, and similarities, on new digits',
          columns: {
            temperature: contrastive.map((c) => c.temperature),
            'found before': contrastive.map((c) => c.before),
            'found after': contrastive.map((c) => c.after.matched),
            'found by the phases of the pictures': contrastive.map(() => pixels),
            'similarity of pairs': contrastive.map((c) => c.after.same),
            'similarity of others': contrastive.map((c) => c.after.other),
          },
        },
      ],
      claims: [
        between(0.49, 0.51, {
          id: 'sketch-ratio',
          statement: "The sketch's high-frequency ratio is one half whatever the real signal.",
          source: '000, frequency_smooth_loss: pred_fft[n:]',
          measured: [slow, fast, white].map(sketchRatio),
          labels: ['2 cycles', '50 cycles', 'noise'],
        }),
        between(-1e-12, 1e-12, {
          id: 'ratio',
          statement:
            'With high near Nyquist (above half of it) it is 0 for 2 cycles in 128 samples and 1 for 50 (difference).',
          source: '000, frequency_smooth_loss, done right',
          measured: [ours(slow), ours(fast) - 1],
          labels: ['2 cycles', '50 cycles'],
        }),
        atMost(1e-6, {
          id: 'gradients',
          statement:
            'The gradients of both losses are the slopes of the losses along a random direction (relative difference, f64).',
          source: 'central differences',
          measured: gradients,
          labels: ['smoothness', 'phases'],
        }),
        decreasing({
          id: 'smoother',
          statement: `The larger alpha, the smaller the output's share of power above ${p.cutoff} of Nyquist.`,
          source: '000, frequency_smooth_loss: penalise high frequencies',
          measured: fits.map((f) => f.share),
          labels: fits.map((f) => `alpha = ${f.alpha}`),
        }),
        below(0.9, {
          id: 'closer',
          statement:
            'The curve with the largest alpha is closer to the truth under the noise than the one without (ratio of the rms errors).',
          source: '000, "promotes smooth predictions"',
          measured: fits.at(-1)!.error / fits[0]!.error,
        }),
        between(-1 - 1e-9, -1 + 1e-9, {
          id: 'collapse',
          statement: "A constant embedding is the perfect minimum, -1, of the sketch's loss without negatives.",
          source: '000, spectral_contrastive_loss',
          measured: constant.sketch,
        }),
        between(-1e-9, 1e-9, {
          id: 'negatives',
          statement: 'With every other pair as a negative it costs ln m, as guessing does (difference).',
          source: 'InfoNCE, van den Oord et al. 2018',
          measured: constant.loss - Math.log(pairs),
        }),
        between(-1e-6, 1e-6, {
          id: 'phases-only',
          statement: 'Amplitudes have no part in it: embeddings ten times as large have the same loss (difference).',
          source: '000, embeddings divided by their magnitudes',
          measured: larger.loss - plain.loss,
        }),
        atLeast(20, {
          id: 'found',
          statement: `After the training the most similar of all second views is the digit's own for at least 20 times as many of ${p.asked} new digits as by guessing.`,
          source: '000, spectral_contrastive_loss with negatives and temperature',
          measured: contrastive.map((c) => c.after.matched * p.asked),
          labels: contrastive.map((c) => `temperature ${c.temperature}`),
        }),
        atLeast(0.1, {
          id: 'learnt',
          statement: 'Pairs are more similar than others (difference of the mean similarities).',
          source: 'what a contrastive loss is for',
          measured: contrastive.map((c) => c.after.same - c.after.other),
          labels: contrastive.map((c) => `temperature ${c.temperature}`),
        }),
      ],
      figures: [
        lineFigure({
          id: 'curves',
          title: 'A noisy curve with and without the smoothness term',
          caption: 'Dots: what was trained on. Black: the truth under the noise. Lines: the networks at the end.',
          x: { title: 'x' },
          y: { title: 'f(x)' },
          lines: [
            { name: 'noisy points', x: x.data, y: y.data, mark: 'points' as const, color: '#888888' },
            { name: 'truth', x: x.data, y: truth.data, color: '#000000' },
            ...[fits[0]!, fits.at(-1)!].map((f) => ({ name: `alpha = ${f.alpha}`, x: x.data, y: f.fit.data })),
          ],
        }),
        lineFigure({
          id: 'shares',
          title: 'Share of power at high frequencies by step',
          caption: `Of the output's power beyond its mean, what lies above ${p.cutoff} of the Nyquist frequency.`,
          x: { title: 'step', log: true },
          y: { title: 'share', log: true },
          lines: fits.map((f) => ({
            name: `alpha = ${f.alpha}`,
            x: f.history.steps,
            y: f.history.parts.highFrequency ?? f.history.steps.map(() => null),
          })),
        }),
        lineFigure({
          id: 'contrastive',
          title: 'Contrastive loss on phases',
          caption:
            'Loss of the first batch under each drawing of the noise, for each temperature. The level is that of guessing, ln m.',
          x: { title: 'step' },
          y: { title: 'loss' },
          lines: contrastive.map((c) => ({
            name: `temperature ${c.temperature}`,
            x: c.curve.steps,
            y: c.curve.loss,
          })),
          levels: [{ value: Math.log(Math.min(p.pairs, p.digits)), name: 'guessing' }],
        }),
      ],
    };
  },
});
