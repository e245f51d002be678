/**
 * A network that has seen two tones: what it answers to others (unsigned notes on Fourier analysis, "empirical observations").
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
 * cosines, whatever these are. At every other frequency the layer stays as it was drawn, which is why the answers there have
 * nothing to do with the frequency. The controls are networks trained on 20 and 50 instead (what is known is what was trained,
 * high or low), and Adam, which divides each entry by its own size and leaves the span. (It stays among the odd frequencies:
 * half a period on, signals of 1 and 5 cycles are their own negatives, and so are Adam's steps. At 10, 20 and 50 cycles it
 * changes as little as gradient descent.)
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  amplitudes,
  atLeast,
  atMost,
  between,
  common,
  defineExperiment,
  grid,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { createModel, mlp } from '../../nets/index.js';
import { amplitudeSpectrum, singularValues, tone } from '../../spectrum/index.js';
import { asColumn, largestDifference, mean, rms, stacked } from '../support/arrays.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  trained: z.array(z.int().min(1)).min(1).default([1, 5]).describe('tones of the training, cycles'),
  control: z.array(z.int().min(1)).min(1).default([20, 50]).describe('tones of the control networks'),
  tested: z.array(z.int().min(1)).min(2).default([1, 5, 10, 20, 50]).describe('tones that are asked for, cycles'),
  points: z.int().min(16).max(4096).default(256).describe('samples of a signal, more than twice the highest tone'),
  phases: z.int().min(4).max(10_000).default(500).describe('training signals of each tone, phases evenly spread'),
  hidden: common.hidden([256, 256]),
  learningRate: common.learningRate(0.003, 'plain gradient descent'),
  adamRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(50).describe('signals a step'),
  steps: common.steps(5000),
  networks: common.networks(),
});

/** Signals `[tones * phases, points]` of unit amplitude, and their frequencies. */
function signals(tones: readonly number[], points: number, phases: number, offset: number) {
  const all = tones.flatMap((cycles) =>
    Array.from({ length: phases }, (_, i) => ({ cycles, turn: (i + offset) / phases })),
  );
  return {
    x: stacked(all.map(({ cycles, turn }) => tone(points, { cycles, phase: 2 * Math.PI * turn }).data)),
    cycles: all.map(({ cycles }) => cycles),
  };
}

/** Root mean square over the rows of a matrix of the amplitude at each frequency: how strongly a layer reads it. */
function readings(weight: NdArray): Float64Array {
  const spectra = rows(amplitudes(weight));
  return Float64Array.from(spectra[0] ?? [], (_, k) => rms(spectra.map((one) => one[k] ?? Number.NaN)));
}

/** The share of a change's energy at some frequencies; all but zero and Nyquist stand for two. */
function shareAt(change: Float64Array, tones: readonly number[]): number {
  const energy = Array.from(change, (a, k) => (k === 0 || k === change.length - 1 ? 1 : 2) * a * a);
  return tones.reduce((sum, k) => sum + (energy[k] ?? 0), 0) / energy.reduce((a, b) => a + b, 0);
}

const difference = (a: NdArray, b: NdArray): NdArray => ({
  data: Float64Array.from(a.data, (v, i) => v - (b.data[i] ?? Number.NaN)),
  shape: a.shape,
});

export const frequencyBias = defineExperiment({
  id: 'frequency-bias',
  title: 'A network trained on a few tones, asked for others',
  source: cite('notesFourier', 'the frequency bias of networks'),
  statement:
    'A dense network learns to name the frequency of a few tones. Its first layer changes only at those ' +
    'frequencies, under gradient descent, and its answers to other tones have nothing to do with their frequency.',
  formula: 'ΔW_1 = −η Σ_t δ_t x_tᵀ:  every row lies in the span of the trained tones',
  parameters,
  presets: { quick: { phases: 100, hidden: [96, 96], steps: 1200 }, paper: {} },
  seconds: { quick: 4, paper: 100 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const spec = mlp({ input: p.points, hidden: p.hidden, output: 1, activation: 'relu' });
    const sets = { trained: p.trained, control: p.control };
    // Outputs of the size of 1: the loss's curvature grows with the square of the answers' size.
    const scaleOf = (set: keyof typeof sets) => Math.max(...sets[set]);
    const trained = await trainAll(context, {
      cells: grid({ set: ['trained', 'control'], optimizer: ['descent', 'Adam'], seed: seeds(p.networks) }),
      run: ({ set, optimizer, seed }) => {
        const { x, cycles } = signals(sets[set], p.points, p.phases, 0);
        return {
          seed,
          x,
          y: asColumn(cycles.map((v) => v / scaleOf(set))),
          batchSize: Math.min(p.batchSize, cycles.length),
          optimizer:
            optimizer === 'descent'
              ? { type: 'sgd', learningRate: p.learningRate }
              : { type: 'adam', learningRate: p.adamRate },
        };
      },
      shared: { spec, loss: 'mse', steps: p.steps, record: { log: 60 } },
      keep: 'parameters',
    });
    const first = 'layers.0.weight';
    const asked = signals(p.tested, p.points, p.phases, 0.5).x;
    const fits = [];
    for (const { set, optimizer, seed, steps, loss, parameters: after } of trained) {
      const model = createModel(spec, { seed });
      const before = model.parameters()[first] ?? asked;
      const last = after[first] ?? asked;
      model.setParameters(after);
      const answers = rows({ ...(await model.predict(asked, { signal })), shape: [p.tested.length, p.phases] });
      const change = difference(last, before);
      const changed = readings(change);
      fits.push({
        set,
        optimizer,
        steps,
        loss,
        share: shareAt(changed, sets[set]),
        readings: { before: readings(before), after: readings(last), change: changed },
        values: {
          before: singularValues(before).values.data,
          after: singularValues(last).values.data,
          change: singularValues(change).values.data,
        },
        answers: answers.map((list) => list.map((v) => v * scaleOf(set))),
      });
    }
    return fits;
  },

  present(fits, p) {
    const of = (set: 'trained' | 'control', optimizer: 'descent' | 'Adam' = 'descent') =>
      fits.filter((fit) => fit.set === set && fit.optimizer === optimizer);
    type Fit = (typeof fits)[number];
    const [shown, other, adam] = [of('trained'), of('control'), of('trained', 'Adam')];
    const kinds = [
      { name: `descent on ${p.trained.join(', ')}`, networks: shown },
      { name: `descent on ${p.control.join(', ')}`, networks: other },
      { name: `Adam on ${p.trained.join(', ')}`, networks: adam },
    ];
    const known = p.tested.filter((k) => p.trained.includes(k));
    const unknown = p.tested.filter((k) => !p.trained.includes(k));
    const cycles = (tones: readonly number[]) => tones.map((k) => `${k} cycles`);
    const errors = (list: readonly Fit[], tones: readonly number[]) =>
      list.map(({ answers }) =>
        tones.map((k) => rms(Array.from(answers[p.tested.indexOf(k)] ?? [], (v) => v - k)) / k),
      );
    const changes = (list: readonly Fit[], tones: readonly number[]) =>
      list.map(({ readings: { before, change } }) =>
        tones.map((k) => (change[k] ?? Number.NaN) / (before[k] ?? Number.NaN)),
      );
    // The singular value after those that the span of the tones accounts for.
    const beyond = (list: readonly Fit[]) =>
      list.map(({ values: { change } }) => (change[2 * p.trained.length] ?? 0) / (change[0] ?? Number.NaN));
    const shares = (optimizer: 'descent' | 'Adam') =>
      of('trained', optimizer).map(({ share }, i) => [share, of('control', optimizer)[i]?.share ?? Number.NaN]);
    const condition = (values: ArrayLike<number>) => (values[0] ?? 0) / (values[values.length - 1] ?? Number.NaN);
    const [one] = shown;
    const empty = new Float64Array();

    // The sketch's grid, 100 points with both ends, and one that leaves the end out.
    const sine = (k: number, points: number) =>
      Array.from({ length: 100 }, (_, j) => Math.sin((2 * Math.PI * k * j) / points));
    const aliased = (points: number) => largestDifference(sine(50, points), sine(-49, points));
    const top = Math.max(...p.tested);
    const dense = amplitudeSpectrum(tone(p.points, { cycles: top }), { sampleRate: p.points }).amplitude.data;
    const answerTicks = [0, 10, 20, 30, 40, 50].filter((v) => v <= Math.max(top, ...p.control));
    const each = `in every one of ${p.networks} networks`;
    const underAdam = { id: 'adam', statement: 'Adam, which scales each entry by itself' };
    const onOthers = { id: 'other-tones', statement: `networks trained on ${p.control.join(' and ')} cycles` };
    const onThese = { ...onOthers, statement: `${onOthers.statement}, asked for these` };
    const alsoTrained = unknown.filter((k) => p.control.includes(k));

    return {
      metrics: {
        shareInSpan: one?.share ?? null,
        shareInSpanAdam: adam[0]?.share ?? null,
        condition: condition(one?.values.after ?? empty),
        conditionBefore: condition(one?.values.before ?? empty),
      },
      tables: [
        {
          id: 'answers',
          title: 'Mean and standard deviation of the answers over phases',
          columns: {
            training: kinds.flatMap(({ name, networks }) => networks.flatMap(() => p.tested.map(() => name))),
            network: kinds.flatMap(({ networks }) => networks.flatMap((_, i) => p.tested.map(() => i + 1))),
            frequency: kinds.flatMap(({ networks }) => networks.flatMap(() => p.tested)),
            mean: kinds.flatMap(({ networks }) => networks.flatMap(({ answers }) => answers.map((list) => mean(list)))),
            deviation: kinds.flatMap(({ networks }) => networks.flatMap(({ answers }) => answers.map(deviation))),
          },
        },
        {
          id: 'singular-values',
          title: "Singular values of the first layer's weights, first network",
          columns: {
            when: ['before', 'after'],
            ...Object.fromEntries(
              Object.entries({
                largest: (v: Float64Array | Float32Array) => v[0] ?? null,
                smallest: (v: Float64Array | Float32Array) => v.at(-1) ?? null,
                mean,
                condition,
              }).map(([name, read]) => [name, [one?.values.before ?? empty, one?.values.after ?? empty].map(read)]),
            ),
          },
        },
      ],
      claims: [
        atMost(0.1, {
          id: 'learnt',
          statement: `At the trained tones the answer is right at phases that were not trained (relative error, root mean square), ${each}.`,
          source: cite('notesFourier', 'training on 1 and 5'),
          measured: errors(shown, known),
          labels: cycles(known),
          control: { ...onOthers, measured: errors(other, known) },
        }),
        atLeast(0.5, {
          id: 'not-extrapolated',
          statement: `At the other tones it is wrong by at least half of the frequency (relative error, root mean square), ${each}.`,
          source: cite('notesFourier', 'responses to frequencies that were not trained'),
          measured: errors(shown, unknown),
          labels: cycles(unknown),
          control: { ...onThese, measured: errors(other, alsoTrained) },
        }),
        atLeast(0.999, {
          id: 'span',
          statement: `Under gradient descent at least 99.9 % of the energy of the first layer's change lies in the span of the trained tones, low or high, ${each}.`,
          source: cite('fprinciple', "every row of the first layer's gradient is a sum of training signals"),
          measured: shares('descent'),
          labels: [p.trained, p.control].map((tones) => tones.join(', ')),
          control: { ...underAdam, measured: shares('Adam') },
        }),
        atMost(1e-3, {
          id: 'unchanged-elsewhere',
          statement: `What the first layer reads at the other tones is what was drawn (change of its amplitude over the amplitude before), ${each}.`,
          source: cite('fprinciple', 'a consequence of the span'),
          measured: changes(shown, unknown),
          labels: cycles(unknown),
          control: { ...onThese, measured: changes(other, alsoTrained) },
        }),
        atLeast(0.1, {
          id: 'changed-at-tones',
          statement: `At the trained tones it is another (change of its amplitude over the amplitude before), ${each}.`,
          source: cite('notesFourier', 'what the network learns of each frequency'),
          measured: changes(shown, known),
          labels: cycles(known),
          control: { ...onOthers, measured: changes(other, known) },
        }),
        atMost(1e-4, {
          id: 'rank',
          statement: `The change has rank ${2 * p.trained.length}, a sine and a cosine of each trained tone: the next singular value over the largest, ${each}.`,
          source: [
            cite('fprinciple', 'a consequence of the span'),
            cite('notesFourier', 'singular values of a layer'),
          ].join('; '),
          measured: beyond(shown),
          control: { ...underAdam, measured: beyond(adam) },
        }),
        atMost(1e-11, {
          id: 'aliased-sketch',
          statement:
            "On the sketch's 100 points, both ends among them, 50 cycles are the samples of -49 cycles (largest difference).",
          source: cite('notesFourier', 't = np.linspace(0, 1, 100)'),
          measured: aliased(99),
          control: { statement: 'the same 100 points a unit, the end left out', measured: aliased(100) },
        }),
        between(1 - 1e-12, 1 + 1e-12, {
          id: 'not-aliased',
          statement: `Here ${top} cycles show their own amplitude at ${top}.`,
          source: cite('shannon1949', 'the sampling theorem'),
          measured: dense[top] ?? Number.NaN,
          control: { none: 'an identity where the points are more than twice the cycles' },
        }),
      ],
      figures: [
        lineFigure({
          id: 'answers',
          title: 'Answers by frequency',
          caption: `Mean answer over phases that were not trained, with its standard deviation, first network of each training. A network that had understood frequency would follow the black points.`,
          x: { title: 'frequency of the signal (cycles)', log: true, values: p.tested },
          y: { title: 'answer (cycles)', values: answerTicks, labels: answerTicks.map(String) },
          lines: [
            { name: 'the frequency', x: p.tested, y: p.tested, color: '#000000', mark: 'points' as const },
            ...kinds.map(({ name, networks }) => {
              const answers = networks[0]?.answers ?? [];
              const middle = answers.map((list) => mean(list));
              const [below, above] = [-1, 1].map((sign) => answers.map((list) => mean(list) + sign * deviation(list)));
              return {
                name,
                x: p.tested,
                y: middle,
                band: [below ?? middle, above ?? middle] as const,
                mark: 'both' as const,
              };
            }),
          ],
        }),
        lineFigure({
          id: 'readings',
          title: 'What the first layer reads',
          caption:
            'Root mean square over units of the amplitude of the weights at each frequency, before and after the training (first network).',
          x: { title: 'frequency (cycles)' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'before', x: [...(one?.readings.before ?? empty).keys()], y: one?.readings.before ?? empty },
            ...kinds.map(({ name, networks }) => ({
              name,
              x: [...(networks[0]?.readings.after ?? empty).keys()],
              y: networks[0]?.readings.after ?? empty,
            })),
          ],
        }),
        lineFigure({
          id: 'singular-values',
          title: 'Singular values of the first layer',
          caption:
            'Before and after the training, and those of the change: as many as the trained tones have sines and cosines (first network).',
          x: { title: 'rank', log: true },
          y: { title: 'singular value', log: true, domain: [1e-6, 10] },
          lines: [
            { name: 'before', ...ranked(one?.values.before ?? empty) },
            { name: 'after', ...ranked(one?.values.after ?? empty) },
            ...kinds.map(({ name, networks }) => ({
              name: `change, ${name}`,
              ...ranked(networks[0]?.values.change ?? empty),
            })),
          ],
        }),
        lineFigure({
          id: 'loss',
          title: 'Loss by step',
          caption: `Loss of the batch of each recorded step, targets divided by the highest trained frequency; median and band of ${p.networks} networks.`,
          x: { title: 'step', log: true },
          y: { title: 'mean squared error', log: true },
          lines: kinds.map(({ name, networks }) =>
            medianBand(
              name,
              networks[0]?.steps ?? [],
              networks.map(({ loss }) => loss),
            ),
          ),
        }),
      ],
    };
  },
});

/** Standard deviation of answers. */
function deviation(list: ArrayLike<number>): number {
  const middle = mean(list);
  return rms(Array.from(list, (v) => v - middle));
}

/** Values over their rank, from 1. */
const ranked = (y: Float64Array | Float32Array) => ({ x: Array.from(y, (_, i) => i + 1), y });
