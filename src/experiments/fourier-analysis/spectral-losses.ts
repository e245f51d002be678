/**
 * Losses in the frequency domain (Fourier notes, "frequency-domain losses"), done right:
 *
 * - `frequency_smooth_loss`: mean squared error plus alpha times the share of the output's power at high frequencies. The
 *   sketch takes the upper half of the transform's indices for "high"; for a real signal these are the negative frequencies,
 *   the conjugates of the lower half, so that its share is one half for a slow tone, a fast tone and noise alike,
 *   and its gradient nothing. High is near Nyquist here. The term helps where the truth is smooth; where the truth itself
 *   has a tone above the cutoff, the control, it takes that tone away.
 * - `spectral_contrastive_loss`: similarity of the phases of two embeddings. The sketch ignores its temperature and has no
 *   negatives: one constant embedding for everything is its perfect minimum. Here every other pair of a batch is a
 *   negative and the temperature divides the similarities (InfoNCE), and the constant costs ln m.
 *
 * What the phases of an embedding find is compared with what is there without learning: the phases of the noisy pictures
 * themselves, which find 55 to 60 of 100 second views. An embedding of 32 numbers, which has but 15 free phases and two signs,
 * finds 60 to 76 (the bound of 0.1.0, twenty times guessing, said nothing of that), one of 64 between 1.05 and 1.37 times as
 * many as the pictures, the 96 of `quick` 1.04 to 1.39 (20 networks). Controls are the
 * untrained network, and one whose pairs are views of two different digits: same loss, noise and negatives, but nothing in common.
 * The noise of the training views is drawn anew for every block of 16 batches: drawn once, it is learnt by heart. The cosine of
 * the pictures, amplitudes included, finds 88 (0.1.0, 100 digits): phases alone are not the best that can be had.
 *
 * Both gradients are checked against differences of the loss along random directions, in f64, extrapolated from two sizes:
 * one of 1e-5 was off by 4e-6 where an amplitude was small (seed 711), its own error and not the gradient's.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  above,
  atLeast,
  atMost,
  below,
  between,
  common,
  decreasing,
  defineExperiment,
  grid,
  periodicGrid,
  sample,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, type LayerSpec, type LossSpec, mlp } from '../../nets/index.js';
import { bandEnergies, fft, gaussianNoise, tone } from '../../spectrum/index.js';
import { asColumn, mean, rmsDifference } from '../support/arrays.js';
import { firstRows } from '../support/classification.js';
import { medianBand } from '../support/order.js';
import { foundBy, similarities, trainOnViews, view } from '../support/phase-views.js';
import { gradientError } from '../support/slope.js';

const parameters = z.object({
  points: common.points(128, 64),
  noise: z.number().min(0).default(0.3).describe('standard deviation of the noise'),
  alphas: z
    .array(z.number().min(0))
    .min(2)
    .default([0, 0.1, 1])
    .describe('weights of the high-frequency share, ascending'),
  cutoff: z.number().positive().max(0.99).default(0.25).describe('where high begins, of the Nyquist frequency'),
  hidden: common.hidden([100, 100]),
  learningRate: common.learningRate(2e-3),
  steps: common.steps(5000),
  networks: common.networks(),
  digits: z.int().min(64).max(60_000).default(10_000).describe('digits of the contrastive training'),
  pairs: z.int().min(4).max(2000).default(64).describe('pairs of views a step'),
  viewNoise: z.number().min(0).default(0.4).describe('standard deviation of the noise of a view'),
  embedding: z.int().min(2).max(1024).default(128).describe('outputs of the contrastive network'),
  temperature: z.number().positive().default(0.1).describe('of the contrastive loss'),
  contrastiveSteps: z.int().min(10).default(2000).describe('its training steps'),
  asked: z.int().min(10).max(1000).default(200).describe('new digits whose second view is looked for among all'),
});

/** Cycles up to which the network of the curve has features: nothing but the loss keeps it from the noise. */
const FEATURES = 20;
/** The second tone of the truth: below every cutoff that keeps anything, or above the usual one. */
const truths = {
  smooth: (v: number): number => Math.sin(v) + 0.5 * Math.cos(3 * v),
  rough: (v: number): number => Math.sin(v) + 0.5 * Math.cos(18 * v),
};
const truthNames = ['smooth', 'rough'] as const;

export const spectralLosses = defineExperiment({
  id: 'spectral-losses',
  title: 'Losses in the frequency domain: smoothness, and phases as embeddings',
  source: [cite('notesFourier', 'section on frequency-domain losses'), cite('oord2018')].join('; '),
  statement:
    'A term for the share of power near the Nyquist frequency keeps a network from following noise. A contrastive loss on ' +
    'phases alone learns to tell digits apart under noise, with negatives and a temperature, better than the phases of the ' +
    'pictures do.',
  formula: 'L = mse + α Σ_{k high} |ĥ(k)|^2 / Σ_k |ĥ(k)|^2,  contrastive −ln(e^{s(i,i)/τ} / Σ_j e^{s(i,j)/τ})',
  parameters,
  presets: { quick: { steps: 1000, digits: 1000, pairs: 32, contrastiveSteps: 400, embedding: 96 }, paper: {} },
  seconds: { quick: 25, paper: 900 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seed, seeds, random, data, signal, training } = context;
    // A curve under noise.
    const x = periodicGrid(p.points);
    const features: LayerSpec = {
      type: 'fourierFeatures',
      frequencies: Array.from({ length: FEATURES }, (_, k) => [(k + 1) / (2 * Math.PI)]),
    };
    const noises = Array.from({ length: p.networks }, (_, i) =>
      gaussianNoise(p.points, { ...random('labels', i), std: p.noise }),
    );
    const noisy = (truth: (typeof truthNames)[number], i: number) =>
      asColumn(sample(x, truths[truth]).data.map((v, j) => v + (noises[i]?.data[j] ?? 0)));
    const networks = seeds(p.networks).map((seed, i) => ({ seed, i }));
    const trained = await trainAll(context, {
      cells: grid({ truth: truthNames, alpha: p.alphas, network: networks }),
      run: ({ truth, alpha, network: { seed, i } }) => ({
        seed,
        y: noisy(truth, i),
        loss: { type: 'smoothness', alpha, cutoff: p.cutoff },
      }),
      shared: {
        x,
        spec: {
          input: 1,
          layers: [features, ...mlp({ input: 2 * FEATURES, hidden: p.hidden, output: 1, activation: 'relu' }).layers],
        },
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: 60 },
        probes: { output: { type: 'outputs', points: x } },
      },
    });
    const fits = trained.map(({ truth, alpha, network, steps, probes }) => {
      const outputs = rows(probes.output.values);
      const fit = outputs.at(-1) ?? new Float64Array();
      return {
        truth,
        alpha,
        steps,
        fit,
        shares: outputs.map((output) => shareAbove(output, p.cutoff)),
        error: rmsDifference(fit, sample(x, truths[truth]).data),
        miss: rmsDifference(fit, noisy(truth, network.i).data),
      };
    });

    // Digits under noise.
    const train = await data.mnist({ count: p.digits });
    const test = await data.mnist({ split: 'test', count: p.asked });
    const size = train.images.shape[1] ?? 0;
    const embed = mlp({ input: size, hidden: [128], output: p.embedding, activation: 'relu' });
    const pairs = Math.min(p.pairs, p.digits);
    const askedView = (which: 'first' | 'second', i: number): NdArray =>
      view(test.images, random(`${which} view asked`, i), p.viewNoise);
    const asked = (i: number) => [askedView('first', i), askedView('second', i)] as const;
    const contrastive = await Promise.all(
      grid({ paired: [true, false], network: networks }).map(async ({ paired, network: { seed, i } }) => {
        const [first, second] = asked(i);
        const model = createModel(embed, { seed });
        const found = async () =>
          foundBy(similarities(await model.predict(first, { signal }), await model.predict(second, { signal })));
        const before = await found();
        const what = `phases, network ${i + 1}${paired ? '' : ', pairs of different digits'}`;
        const curve = await trainOnViews(model, {
          images: train.images,
          noise: p.viewNoise,
          seed,
          temperature: p.temperature,
          paired,
          pairs,
          steps: p.contrastiveSteps,
          signal,
          onProgress: training(what, p.contrastiveSteps),
          what,
        });
        return { paired, curve, before, after: await found() };
      }),
    );
    // What there is to be had without learning: the phases of the pictures themselves.
    const pixels = networks.map(({ i }) => foundBy(similarities(...asked(i))).matched);

    // Embeddings ten times as large, and a constant one. The engine gives amplitudes below 1e-6 no phase; embeddings of
    // size 100 keep every frequency of every digit well above that.
    const few = Math.min(p.pairs, p.asked);
    const [first, second] = [firstRows(askedView('first', 0), few), firstRows(askedView('second', 0), few)];
    const loss: LossSpec = { type: 'phaseContrastive', views: second, temperature: p.temperature };
    const lossOf = async (factor: (name: string) => number): Promise<{ loss: number; sketch: number }> => {
      const model = createModel(embed, { seed, dtype: 'f64' });
      const scaled = Object.entries(model.parameters()).map(([name, { data, shape }]) => {
        return [name, { data: data.map((v) => factor(name) * v), shape }];
      });
      model.setParameters(Object.fromEntries(scaled));
      const history = await model.train({ x: first, loss, optimizer: { type: 'sgd', learningRate: 0 }, steps: 1 });
      const table = similarities(await model.predict(first), await model.predict(second));
      return { loss: history.loss[0] ?? Number.NaN, sketch: -foundBy(table).same };
    };
    const last = (name: string): boolean => name.startsWith('layers.2.');
    const embeddings = {
      pairs: few,
      plain: await lossOf((name) => (last(name) ? 100 : 1)),
      larger: await lossOf((name) => (last(name) ? 1000 : 1)),
      constant: await lossOf((name) => (name === 'layers.2.weight' ? 0 : 1)),
    };

    const small = periodicGrid(32);
    const two = { data: Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * i)), shape: [32, 2] };
    const network = (output: number) => mlp({ input: 1, hidden: [12], output, activation: 'tanh' });
    const views = asColumn(small.data.slice(1, 9));
    const gradients = [
      await gradientError({ spec: network(2), x: small, y: two, loss: { type: 'smoothness', alpha: 0.7 }, seed }),
      await gradientError({
        spec: network(8),
        x: asColumn(small.data.slice(0, 8)),
        loss: { type: 'phaseContrastive', views, temperature: 0.3 },
        seed,
      }),
    ];
    const signals = [tone(128, { cycles: 2 }), tone(128, { cycles: 50 }), gaussianNoise(4096, random('white'))];
    const ratios = { sketch: signals.map(sketchRatio), ours: signals.map((s) => shareAbove(s.data, 0.5)) };
    const shown = { x, truth: sample(x, truths.smooth).data, y: noisy('smooth', 0).data };
    return { shown, fits, contrastive, pixels, embeddings, gradients, ratios };
  },

  present({ shown, fits, contrastive, pixels, embeddings, gradients, ratios }, p) {
    const of = (truth: (typeof truthNames)[number], alpha: number) =>
      fits.filter((fit) => fit.truth === truth && fit.alpha === alpha);
    const [none, most] = [p.alphas[0] ?? 0, p.alphas.at(-1) ?? 0];
    const share = (alpha: number) => of('smooth', alpha).map(({ shares }) => shares.at(-1) ?? Number.NaN);
    /** For every network a row of what it has by alpha. */
    const rows = (list: number[][]) =>
      Array.from({ length: p.networks }, (_, i) => list.map((v) => v[i] ?? Number.NaN));
    const errorRatio = (truth: (typeof truthNames)[number]) =>
      of(truth, most).map(({ error }, i) => error / (of(truth, none)[i]?.error ?? Number.NaN));
    const paired = contrastive.filter((run) => run.paired);
    const mispaired = contrastive.filter((run) => !run.paired);
    const over = (values: number[]) => values.map((v, i) => v / (pixels[i] ?? Number.NaN));
    const gap = (list: typeof contrastive) => list.map(({ after }) => after.same - after.other);
    const median = (values: number[]) => spread(values).median;
    const smooth = cite('notesFourier', 'frequency_smooth_loss');
    const contrast = cite('notesFourier', 'spectral_contrastive_loss');
    const signals = ['2 cycles', '50 cycles', 'noise'];
    const each = `in every one of ${p.networks} networks`;
    const different = 'networks trained on pairs of two different digits';
    return {
      metrics: {
        shareWithout: median(share(none)),
        shareWith: median(share(most)),
        errorWithout: median(of('smooth', none).map(({ error }) => error)),
        errorWith: median(of('smooth', most).map(({ error }) => error)),
        matched: median(paired.map(({ after }) => after.matched)),
        matchedByPixels: median(pixels),
      },
      tables: [
        {
          id: 'smoothness',
          title: 'The curve by weight of the high-frequency share; median over the networks',
          columns: {
            truth: truthNames.flatMap((truth) => p.alphas.map(() => truth)),
            alpha: truthNames.flatMap(() => p.alphas),
            'share of power above the cutoff': truthNames.flatMap((truth) =>
              p.alphas.map((alpha) => median(of(truth, alpha).map(({ shares }) => shares.at(-1) ?? Number.NaN))),
            ),
            'error against the truth (rms)': truthNames.flatMap((truth) =>
              p.alphas.map((alpha) => median(of(truth, alpha).map(({ error }) => error))),
            ),
            'error on the noisy points (rms)': truthNames.flatMap((truth) =>
              p.alphas.map((alpha) => median(of(truth, alpha).map(({ miss }) => miss))),
            ),
          },
        },
        {
          id: 'contrastive',
          title: 'Second views found among all, and similarities, on new digits',
          columns: {
            pairs: contrastive.map((run) => (run.paired ? 'of one digit' : 'of two digits')),
            network: contrastive.map((_, i) => (i % p.networks) + 1),
            'found before': contrastive.map(({ before }) => before.matched),
            'found after': contrastive.map(({ after }) => after.matched),
            'found by the phases of the pictures': contrastive.map((_, i) => pixels[i % p.networks] ?? null),
            'similarity of pairs': contrastive.map(({ after }) => after.same),
            'similarity of others': contrastive.map(({ after }) => after.other),
          },
        },
      ],
      claims: [
        between(0.49, 0.51, {
          id: 'sketch-ratio',
          statement: "The sketch's high-frequency ratio is one half whatever the real signal.",
          source: cite('notesFourier', 'frequency_smooth_loss: pred_fft[n:]'),
          measured: ratios.sketch,
          labels: signals,
          control: { id: 'near-nyquist', statement: 'the share above half of Nyquist', measured: ratios.ours },
        }),
        between(-1e-12, 1e-12, {
          id: 'ratio',
          statement:
            'With high near Nyquist (above half of it) it is 0 for 2 cycles in 128 samples and 1 for 50 (difference).',
          source: smooth,
          measured: [ratios.ours[0] ?? null, (ratios.ours[1] ?? Number.NaN) - 1],
          labels: signals.slice(0, 2),
          control: {
            id: 'sketch',
            statement: "the sketch's ratio",
            measured: [ratios.sketch[0] ?? null, (ratios.sketch[1] ?? Number.NaN) - 1],
          },
        }),
        atMost(1e-6, {
          id: 'gradients',
          statement:
            'The gradients of both losses are the slopes of the losses along a random direction (relative difference, f64).',
          source: cite('fprinciple', 'central differences'),
          measured: gradients,
          labels: ['smoothness', 'phases'],
          control: { none: 'a gradient and a difference of one function: an identity' },
        }),
        decreasing({
          id: 'smoother',
          statement: `The larger alpha, the smaller the output's share of power above ${p.cutoff} of Nyquist, ${each}.`,
          source: smooth,
          measured: rows(p.alphas.map(share)),
          labels: p.alphas.map((alpha) => `alpha = ${alpha}`),
          control: {
            id: 'other-networks',
            statement: `other networks instead of other weights, all with alpha = ${none}`,
            measured: rows(p.alphas.map((_, s) => [...share(none).slice(s), ...share(none).slice(0, s)])),
          },
        }),
        below(0.9, {
          id: 'closer',
          statement: `With the largest alpha the curve is closer to the smooth truth under the noise than without (ratio of the rms errors), ${each}.`,
          source: smooth,
          measured: errorRatio('smooth'),
          control: { id: 'rough', statement: 'a truth with a tone above the cutoff', measured: errorRatio('rough') },
        }),
        between(-1 - 1e-9, -1 + 1e-9, {
          id: 'collapse',
          statement: "A constant embedding is the perfect minimum, -1, of the sketch's loss without negatives.",
          source: contrast,
          measured: embeddings.constant.sketch,
          control: { id: 'drawn', statement: 'the embedding as drawn', measured: embeddings.plain.sketch },
        }),
        between(-1e-9, 1e-9, {
          id: 'negatives',
          statement: 'With every other pair as a negative it costs ln m, as guessing does (difference).',
          source: cite('oord2018', 'InfoNCE'),
          measured: embeddings.constant.loss - Math.log(embeddings.pairs),
          control: {
            id: 'drawn',
            statement: 'the embedding as drawn',
            measured: embeddings.plain.loss - Math.log(embeddings.pairs),
          },
        }),
        between(-1e-6, 1e-6, {
          id: 'phases-only',
          statement: 'Amplitudes have no part in it: embeddings ten times as large have the same loss (difference).',
          source: contrast,
          measured: embeddings.larger.loss - embeddings.plain.loss,
          control: { none: 'the loss divides by the magnitudes: an identity' },
        }),
        above(1, {
          id: 'beats-pixels',
          statement: `After the training second views of ${p.asked} new digits are found more often than by the phases of the pictures themselves (ratio), ${each}.`,
          source: contrast,
          measured: over(paired.map(({ after }) => after.matched)),
          control: [
            { id: 'untrained', statement: 'before', measured: over(paired.map(({ before }) => before.matched)) },
            {
              id: 'different-digits',
              statement: different,
              measured: over(mispaired.map(({ after }) => after.matched)),
            },
          ],
        }),
        atLeast(0.1, {
          id: 'learnt',
          statement: `Pairs are more similar than others (difference of the mean similarities), ${each}.`,
          source: contrast,
          measured: gap(paired),
          control: { id: 'different-digits', statement: different, measured: gap(mispaired) },
        }),
      ],
      figures: [
        lineFigure({
          id: 'curves',
          title: 'A noisy curve with and without the smoothness term',
          caption: 'Dots: what was trained on. Black: the truth under the noise. Lines: the first network at the end.',
          x: { title: 'x' },
          y: { title: 'f(x)' },
          lines: [
            { name: 'noisy points', x: shown.x.data, y: shown.y, mark: 'points' as const, color: '#888888' },
            { name: 'truth', x: shown.x.data, y: shown.truth, color: '#000000' },
            ...[none, most].flatMap((alpha) =>
              of('smooth', alpha)
                .slice(0, 1)
                .map(({ fit }) => ({ name: `alpha = ${alpha}`, x: shown.x.data, y: fit })),
            ),
          ],
        }),
        lineFigure({
          id: 'shares',
          title: 'Share of power at high frequencies by step',
          caption: `Of the output's power beyond its mean, what lies above ${p.cutoff} of the Nyquist frequency: median and band of ${p.networks} networks, smooth truth.`,
          x: { title: 'step', log: true },
          y: { title: 'share', log: true },
          lines: p.alphas.map((alpha) =>
            medianBand(
              `alpha = ${alpha}`,
              of('smooth', alpha)[0]?.steps ?? [],
              of('smooth', alpha).map(({ shares }) => shares),
            ),
          ),
        }),
        lineFigure({
          id: 'contrastive',
          title: 'Contrastive loss on phases',
          caption: `Loss of the first batch under each drawing of the noise: median and band of ${p.networks} networks. The level is that of guessing, ln m.`,
          x: { title: 'step' },
          y: { title: 'loss' },
          lines: ([paired, mispaired] as const).map((list, i) =>
            medianBand(
              i === 0 ? 'pairs of one digit' : 'pairs of two digits',
              list[0]?.curve.steps ?? [],
              list.map(({ curve }) => curve.loss),
            ),
          ),
          levels: [{ value: Math.log(Math.min(p.pairs, p.digits)), name: 'guessing' }],
        }),
      ],
    };
  },
});

/** The share of a signal's power beyond its mean that lies above `cutoff` of Nyquist's frequency. */
function shareAbove(values: ArrayLike<number>, cutoff: number): number {
  const middle = mean(values);
  const centred = Float64Array.from(values, (v) => v - middle);
  const { data } = bandEnergies({ data: centred, shape: [centred.length] }, { edges: [cutoff] });
  const [low = 0, high = 0] = data;
  return high / (low + high);
}

/** The sketch's ratio: indices n/2 .. n-1 of the transform over 1 .. n-1. */
function sketchRatio(signal: NdArray): number {
  const { re, im } = fft({ data: signal.data, shape: [signal.data.length] });
  const power = Array.from(re, (a, k) => a * a + (im[k] ?? 0) ** 2);
  const high = power.slice(power.length >> 1).reduce((a, b) => a + b, 0);
  return high / power.slice(1).reduce((a, b) => a + b, 0);
}
