/**
 * A network that has seen two tones: what it answers to others (Fourier notes, document 000, "empirical observations").
 *
 * The task is the source's: a signal of one tone in, its frequency out, trained on 1 and 5, tested on 1, 5, 10, 20 and 50
 * cycles. Done right here:
 * - The sketch samples the interval at 100 points with both ends, 99 a unit: its 50 cycles are above half of that and are,
 *   up to sign, the samples of 49 cycles. Here the points are 256, the end left out.
 * - Its training signals have phase zero, which makes a thousand samples two distinct ones. Here phases are spread evenly,
 *   and the test's lie between those of the training.
 *
 * What is found is a bias of the DATA. A gradient of the first layer's weights is a sum of outer products with training
 * signals, so under plain gradient descent the change of every row lies in the span of the trained tones, sines and
 * cosines, whatever these are: the same holds of a network trained on 20 and 50. At every other frequency the layer stays as
 * it was drawn, which is why the answers there have nothing to do with the frequency. Adam divides each entry by its own
 * size and leaves the span.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import {
  amplitudes,
  atLeast,
  atMost,
  below,
  between,
  defineExperiment,
  refuseDiverged,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, mlp, type OptimizerSpec } from '../../nets/index.js';
import { amplitudeSpectrum, singularValues, tone } from '../../spectrum/index.js';
import { mean, rms, rowsOf, stacked } from '../support/arrays.js';

const parameters = z.object({
  trained: z.array(z.int().min(1)).min(1).default([1, 5]).describe('tones of the training, cycles'),
  control: z.array(z.int().min(1)).min(1).default([20, 50]).describe('tones of a second network, for comparison'),
  tested: z.array(z.int().min(1)).min(2).default([1, 5, 10, 20, 50]).describe('tones that are asked for, cycles'),
  points: z.int().min(16).max(4096).default(256).describe('samples of a signal, more than twice the highest tone'),
  phases: z.int().min(4).max(10_000).default(500).describe('training signals of each tone, phases evenly spread'),
  hidden: z.array(z.int().min(1)).min(1).default([256, 256]).describe('widths of the hidden layers (ReLU)'),
  learningRate: z.number().positive().default(0.003).describe('of plain gradient descent'),
  adamRate: z.number().positive().default(1e-3).describe('of Adam'),
  batchSize: z.int().min(1).default(50).describe('signals a step'),
  steps: z.int().min(1).default(5000).describe('training steps'),
});

/** Signals `[tones * phases, points]` of unit amplitude, and their frequencies `[tones * phases, 1]`. */
function signals(tones: readonly number[], points: number, phases: number, offset: number): { x: NdArray; y: NdArray } {
  const all = tones.flatMap((cycles) =>
    Array.from({ length: phases }, (_, i) => ({ cycles, turn: (i + offset) / phases })),
  );
  return {
    x: stacked(all.map(({ cycles, turn }) => tone(points, { cycles, phase: 2 * Math.PI * turn }).data)),
    y: { data: Float64Array.from(all, ({ cycles }) => cycles), shape: [all.length, 1] },
  };
}

/** Root mean square over the rows of a matrix of the amplitude at each frequency: how strongly a layer reads it. */
function readings(weight: NdArray): Float64Array {
  const rows = rowsOf(amplitudes(weight));
  return Float64Array.from(rows[0]!, (_, k) => rms(rows.map((row) => row[k]!)));
}

/** The share of a change's energy at some frequencies; all but zero and Nyquist stand for two. */
function shareAt(change: Float64Array, tones: readonly number[]): number {
  const energy = Array.from(change, (a, k) => (k === 0 || k === change.length - 1 ? 1 : 2) * a * a);
  return tones.reduce((sum, k) => sum + energy[k]!, 0) / energy.reduce((a, b) => a + b, 0);
}

const difference = (a: NdArray, b: NdArray): NdArray => ({
  data: Float64Array.from(a.data, (v, i) => v - b.data[i]!),
  shape: a.shape,
});

export const frequencyBias = defineExperiment({
  id: 'frequency-bias',
  title: 'A network trained on a few tones, asked for others',
  source: 'Fourier analysis and neural networks (000), section on the frequency bias of networks',
  statement:
    'A dense network learns to name the frequency of a few tones. Its first layer changes only at those ' +
    'frequencies, under gradient descent, and its answers to other tones have nothing to do with their frequency.',
  formula: 'ΔW_1 = −η Σ_t δ_t x_tᵀ:  every row lies in the span of the trained tones',
  parameters,
  presets: { quick: { phases: 100, hidden: [96, 96], steps: 1200 }, paper: {} },
  seconds: { quick: 1, paper: 10 },
  async run({ parameters: p, seed, signal, training }) {
    const first = 'layers.0.weight';
    const train = async (name: string, tones: readonly number[], optimizer: OptimizerSpec) => {
      const model = createModel(mlp({ input: p.points, hidden: p.hidden, output: 1, activation: 'relu' }), { seed });
      const before = model.parameters()[first]!;
      const { x, y } = signals(tones, p.points, p.phases, 0);
      // Outputs of the size of 1: the loss's curvature grows with the square of the answers' size.
      const scale = Math.max(...tones);
      const history = await model.train({
        x,
        y: { data: y.data.map((v) => v / scale), shape: y.shape },
        loss: 'mse',
        optimizer,
        steps: p.steps,
        batchSize: Math.min(p.batchSize, tones.length * p.phases),
        record: { log: 60 },
        // A step is so small that a second thread would mostly wait.
        threads: 1,
        signal,
        onProgress: training(name, p.steps),
      });
      refuseDiverged(history, name);
      const after = model.parameters()[first]!;
      const asked = signals(p.tested, p.points, p.phases, 0.5);
      const answers = rowsOf({ ...(await model.predict(asked.x, { signal })), shape: [p.tested.length, p.phases] });
      const change = difference(after, before);
      return {
        name,
        tones,
        history,
        before,
        after,
        share: shareAt(readings(change), tones),
        change: singularValues(change).values.data,
        answers: answers.map((row) => row.map((v) => v * scale)),
      };
    };
    const sgd = { type: 'sgd', learningRate: p.learningRate } as const;
    const shown = await train(`descent on ${p.trained.join(', ')}`, p.trained, sgd);
    const control = await train(`descent on ${p.control.join(', ')}`, p.control, sgd);
    const adam = await train(`Adam on ${p.trained.join(', ')}`, p.trained, {
      type: 'adam',
      learningRate: p.adamRate,
    });
    const runs = [shown, control, adam];

    const known = p.tested.flatMap((k, i) => (p.trained.includes(k) ? [i] : []));
    const unknown = p.tested.flatMap((k, i) => (p.trained.includes(k) ? [] : [i]));
    const errors = (i: number): number => rms(Array.from(shown.answers[i]!, (v) => v - p.tested[i]!)) / p.tested[i]!;
    const readBefore = readings(shown.before);
    const changed = readings(difference(shown.after, shown.before));
    const relativeChange = (k: number): number => changed[k]! / readBefore[k]!;
    const [start, end] = [singularValues(shown.before), singularValues(shown.after)];

    // The sketch's grid: 100 points with both ends.
    const coarse = (k: number) => Array.from({ length: 100 }, (_, j) => Math.sin((2 * Math.PI * k * j) / 99));
    const [high, alias] = [coarse(50), coarse(49)];
    const top = Math.max(...p.tested);
    const dense = amplitudeSpectrum(tone(p.points, { cycles: top }), { sampleRate: p.points }).amplitude.data;
    const answerTicks = [0, 10, 20, 30, 40, 50].filter((v) => v <= Math.max(top, ...p.control));
    const ranks = Array.from(shown.change, (_, i) => i + 1);

    return {
      metrics: {
        shareInSpan: shown.share,
        shareInSpanAdam: adam.share,
        condition: end.condition,
        conditionBefore: start.condition,
      },
      tables: [
        {
          id: 'answers',
          title: 'Mean and standard deviation of the answers over phases',
          columns: {
            network: runs.flatMap((run) => p.tested.map(() => run.name)),
            frequency: runs.flatMap(() => p.tested),
            mean: runs.flatMap((run) => run.answers.map((row) => mean(row))),
            deviation: runs.flatMap((run) => run.answers.map((row) => rms(row.map((v) => v - mean(row))))),
          },
        },
        {
          id: 'singular-values',
          title: "Singular values of the first layer's weights",
          columns: {
            when: ['before', 'after'],
            largest: [start, end].map((s) => s.values.data[0]!),
            smallest: [start, end].map((s) => s.values.data.at(-1)!),
            mean: [start, end].map((s) => mean(s.values.data)),
            condition: [start, end].map((s) => s.condition),
          },
        },
      ],
      claims: [
        atMost(0.1, {
          id: 'learnt',
          statement:
            'At the trained tones the answer is right at phases that were not trained (relative error, root mean square).',
          source: '000, training on 1 and 5',
          measured: known.map(errors),
          labels: known.map((i) => `${p.tested[i]} cycles`),
        }),
        atLeast(0.5, {
          id: 'not-extrapolated',
          statement:
            'At the other tones it is wrong by at least half of the frequency (relative error, root mean square).',
          source: '000, responses to frequencies that were not trained',
          measured: unknown.map(errors),
          labels: unknown.map((i) => `${p.tested[i]} cycles`),
        }),
        atLeast(0.999, {
          id: 'span',
          statement:
            "Under gradient descent at least 99.9 % of the energy of the first layer's change lies in the span of the trained tones, low or high.",
          source: "every row of the first layer's gradient is a sum of training signals",
          measured: [shown.share, control.share],
          labels: [shown.name, control.name],
        }),
        below(0.999, {
          id: 'adam',
          statement: 'Under Adam, which scales each entry by itself, less of it does.',
          source: 'control of the claim before',
          measured: adam.share,
        }),
        atMost(1e-3, {
          id: 'unchanged-elsewhere',
          statement:
            'What the first layer reads at the other tones is what was drawn (change of its amplitude over the amplitude before).',
          source: 'consequence of the span',
          measured: unknown.map((i) => relativeChange(p.tested[i]!)),
          labels: unknown.map((i) => `${p.tested[i]} cycles`),
        }),
        atLeast(0.1, {
          id: 'changed-at-tones',
          statement: 'At the trained tones it is another (change of its amplitude over the amplitude before).',
          source: '000, what the network learns of each frequency',
          measured: known.map((i) => relativeChange(p.tested[i]!)),
          labels: known.map((i) => `${p.tested[i]} cycles`),
        }),
        atMost(1e-4, {
          id: 'rank',
          statement: `The change has rank ${2 * p.trained.length}, a sine and a cosine of each trained tone: the next singular value over the largest.`,
          source: 'consequence of the span; 000, singular values of a layer',
          measured: shown.change[2 * p.trained.length]! / shown.change[0]!,
        }),
        atMost(1e-11, {
          id: 'aliased-sketch',
          statement: "On the sketch's 100 points 50 cycles are the samples of -49 cycles (largest difference).",
          source: '000, t = np.linspace(0, 1, 100)',
          measured: Math.max(...high.map((v, j) => Math.abs(v + alias[j]!))),
        }),
        between(1 - 1e-12, 1 + 1e-12, {
          id: 'not-aliased',
          statement: `Here ${top} cycles show their own amplitude at ${top}.`,
          source: 'sampling theorem',
          measured: dense[top]!,
        }),
      ],
      figures: [
        lineFigure({
          id: 'answers',
          title: 'Answers by frequency',
          caption: `Mean answer of each network over phases that were not trained, with its standard deviation. A network that had understood frequency would follow the black points.`,
          x: { title: 'frequency of the signal (cycles)', log: true, values: p.tested },
          y: { title: 'answer (cycles)', values: answerTicks, labels: answerTicks.map(String) },
          lines: [
            { name: 'the frequency', x: p.tested, y: p.tested, color: '#000000', mark: 'points' as const },
            ...runs.map(({ name, answers }) => {
              const middle = answers.map((row) => mean(row));
              const deviation = answers.map((row, i) => rms(row.map((v) => v - middle[i]!)));
              return {
                name,
                x: p.tested,
                y: middle,
                band: [middle.map((m, i) => m - deviation[i]!), middle.map((m, i) => m + deviation[i]!)] as const,
                mark: 'both' as const,
              };
            }),
          ],
        }),
        lineFigure({
          id: 'readings',
          title: 'What the first layer reads',
          caption:
            'Root mean square over units of the amplitude of the weights at each frequency, before and after the training.',
          x: { title: 'frequency (cycles)' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'before', x: [...readBefore.keys()], y: readBefore },
            ...runs.map((run) => ({ name: run.name, x: [...readBefore.keys()], y: readings(run.after) })),
          ],
        }),
        lineFigure({
          id: 'singular-values',
          title: 'Singular values of the first layer',
          caption:
            'Before and after the training, and those of the change: as many as the trained tones have sines and cosines.',
          x: { title: 'rank', log: true },
          y: { title: 'singular value', log: true, domain: [1e-6, 10] },
          lines: [
            { name: 'before', x: ranks, y: start.values.data },
            { name: 'after', x: ranks, y: end.values.data },
            ...runs.map((run) => ({ name: `change, ${run.name}`, x: ranks, y: run.change })),
          ],
        }),
        lineFigure({
          id: 'loss',
          title: 'Loss by step',
          caption: 'Loss of the batch of each recorded step, targets divided by the highest trained frequency.',
          x: { title: 'step', log: true },
          y: { title: 'mean squared error', log: true },
          lines: runs.map(({ name, history }) => ({ name, x: history.steps, y: history.loss })),
        }),
      ],
    };
  },
});
