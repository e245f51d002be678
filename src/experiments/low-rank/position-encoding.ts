/**
 * What an encoding of positions does to the low-frequency bias of a Transformer: high frequencies come ten times sooner and more,
 * and low ones are still the first.
 *
 * A small Transformer encoder reads the T samples of a signal's argument, one a token, and gives the signal's value at
 * each. Without an encoding a token knows its place by the number it holds, a smooth function of it, and the encoder
 * learns low frequencies first, as a dense network does. The sinusoidal encoding (Vaswani et al. 2017, section 3.5) holds
 * frequencies up to T / 2 pi cycles per sequence, the learnt one a free vector for every place.
 *
 * The notes ask whether an encoding breaks the bias. What is so: the highest frequency comes in a tenth of the steps or less (0.04
 * to 0.08 on three tuning seeds), and the order stays. Version 0.1.0 spoke of a bias that is broken, at a level of 0.5 and by first touches; 0.4 to 0.9
 * decades between the lowest and the highest remain.
 *
 * That the encoding holds high frequencies is what does it: tokens that hold as many sines and cosines, all of half a cycle a
 * sequence or less, are the control of it, and no faster than tokens that hold the place alone. (Sines and cosines of the
 * sinusoidal encoding's frequencies in the same place are as fast as the encoding.) The control of the order are
 * tokens that hold the target's own frequencies, the highest the strongest.
 *
 * The rate falls along a cosine: at a constant 3e-3 spikes lifted errors long after something was learnt, and networks without
 * an encoding lost the lowest frequency while they learnt the next. A frequency that is never learnt counts as the last step.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { column } from '../../core/reading.js';
import {
  above,
  atLeast,
  atMost,
  common,
  defineExperiment,
  grid,
  learntLevels,
  leftWhenLearnt,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { keysOf, period } from '../support/arrays.js';
import { encoder } from '../support/encoder.js';
import { errorMapFigure } from '../support/error-map.js';
import { bandErrors } from '../support/octaves.js';
import { medianBand, passageTable } from '../support/order.js';

/** How a token knows its place, and what figures call it. */
const names = {
  none: 'the place as a number',
  sinusoidal: 'sinusoidal encoding',
  learned: 'learnt encoding',
  slow: 'sines of low frequency',
  reversed: 'sines of the target, the highest the strongest',
} as const;
type Kind = keyof typeof names;
const kinds = keysOf(names);
const encodings = ['sinusoidal', 'learned'] as const;

const parameters = z.object({
  tokens: z.int().min(16).max(1024).default(128).describe('samples of the signal, one a token'),
  frequencies: z
    .array(z.int().min(1).max(500))
    .min(2)
    .default([1, 5, 10, 15])
    .describe('sines of the target, cycles per sequence'),
  width: z.int().min(4).max(512).default(64).describe('features of a token'),
  heads: z.int().min(1).max(16).default(4).describe('of the attention'),
  blocks: z.int().min(1).max(12).default(2).describe('encoder blocks'),
  learningRate: common.learningRate(1e-3, 'Adam, full batch, falling to zero along a cosine'),
  steps: common.steps(5000),
  records: common.records(200),
  networks: common.networks(),
  level: common.level(),
});

export const positionEncoding = defineExperiment({
  id: 'position-encoding',
  title: 'Positions in a Transformer: an encoding brings the high frequencies forward',
  source: [
    cite('notesRank', 'closing question: Transformers and position encoding'),
    cite('vaswani2017', 'section 3.5'),
    cite('tancik2020'),
  ].join('; '),
  statement:
    'Without an encoding of positions a Transformer encoder learns the low frequencies of a signal first. With a ' +
    'sinusoidal or a learnt encoding the high ones come far sooner, though still after the low ones.',
  formula: 'P(t, 2i) = sin(t / 10000^{2i/d}),  P(t, 2i+1) = cos(t / 10000^{2i/d})',
  parameters,
  presets: {
    quick: { tokens: 48, frequencies: [1, 3, 6], width: 24, heads: 2, blocks: 1, steps: 1500, records: 60 },
    paper: {},
  },
  seconds: { quick: 8, paper: 900 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const n = p.tokens;
    const frequencies = [...p.frequencies].sort((a, b) => a - b);
    const top = frequencies.at(-1) ?? 1;
    const places = period(-1, 1, n);
    const y = {
      data: Float64Array.from(places, (v) => frequencies.reduce((sum, k) => sum + Math.sin(Math.PI * k * v), 0)),
      shape: [1, n, 1],
    };
    /** A cosine and a sine of each frequency (cycles a sequence). */
    const waves =
      (frequencies: readonly number[], amplitude = (_: number) => 1) =>
      (v: number) =>
        frequencies.flatMap((k) => [Math.cos, Math.sin].map((wave) => amplitude(k) * wave(Math.PI * k * v)));
    // As many as the encoding has, and as far apart: from half a cycle a sequence down by powers of 10,000^(2 / width).
    const slow = Array.from({ length: Math.ceil(p.width / 2) }, (_, i) => 0.5 * 10_000 ** ((-2 * i) / p.width));
    const held: Record<Kind, (v: number) => number[]> = {
      none: (v) => [v],
      sinusoidal: (v) => [v],
      learned: (v) => [v],
      slow: (v) => [v, ...waves(slow)(v)],
      reversed: waves(frequencies, (k) => k / top),
    };
    const trained = await trainAll(context, {
      what: 'encoders',
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      run: ({ kind, seed }) => {
        const tokens = places.map(held[kind]);
        const inputs = tokens[0]?.length ?? 1;
        const x = { data: Float64Array.from(tokens.flat()), shape: [1, n, inputs] };
        const encoding = kind === 'sinusoidal' || kind === 'learned' ? kind : 'none';
        return {
          seed,
          x,
          spec: encoder({ ...p, inputs, encoding }),
          probes: { output: { type: 'outputs', points: x } },
        };
      },
      shared: {
        y,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.steps } },
        steps: p.steps,
        record: { log: p.records },
      },
    });
    const fits = trained.map(({ kind, steps, probes }) => {
      const outputs = { data: probes.output.values.data, shape: [steps.length, n, 1] };
      return {
        kind,
        steps,
        error: bandErrors(
          outputs,
          { data: y.data, shape: [n] },
          frequencies.map((k) => [k, k + 1]),
        ),
      };
    });
    return { frequencies, fits };
  },

  present({ frequencies, fits }, p) {
    const of = (kind: Kind) => fits.filter((fit) => fit.kind === kind);
    const top = frequencies.length - 1;
    const steps = (kind: Kind, which: number, level: number): number[] =>
      of(kind).map((fit) => Math.max(1, passagesOf(fit, { level })[which] ?? p.steps));
    const ratio = (a: readonly number[], b: readonly number[]) => a.map((v, i) => v / (b[i] ?? Number.NaN));
    /** Steps to the highest over steps to it without an encoding. */
    const sooner = (kind: Kind, level = p.level) => ratio(steps(kind, top, level), steps('none', top, level));
    /** Steps to the highest over steps to the lowest. */
    const later = (kind: Kind, level = p.level) => ratio(steps(kind, top, level), steps(kind, 0, level));
    const left = (kind: Kind) => of(kind).map((fit) => leftWhenLearnt(fit, { level: p.level, learnt: 0, left: top }));
    const labels = frequencies.map((k) => `k = ${k}`);
    const each = `in every one of ${p.networks} networks of each kind`;
    const reversed = "tokens that hold sines and cosines of the target's frequencies, the highest the strongest";
    return {
      metrics: Object.fromEntries(
        kinds.map((kind) => [`steps_to_highest_${kind}`, spread(steps(kind, top, p.level)).median]),
      ),
      tables: [
        passageTable(fits, {
          level: p.level,
          columns: { positions: ({ kind }) => names[kind], network: (_, i) => (i % p.networks) + 1 },
          component: ['frequency', () => frequencies],
        }),
      ],
      claims: [
        atLeast(0.5, {
          id: 'none-low-first',
          statement: `Without an encoding at least half of the highest frequency is missing when the lowest is learnt (relative errors; settled under ${p.level}), ${each}.`,
          source: cite('notesRank', 'closing question'),
          measured: left('none'),
          control: { id: 'reversed', statement: reversed, measured: left('reversed') },
        }),
        atMost(0.15, {
          id: 'high-sooner',
          statement: `With an encoding the highest frequency is learnt in at most 0.15 of the steps that it takes without (of all steps where it never is), ${each}; sinusoidal, then learnt.`,
          source: [cite('notesRank', 'closing question'), cite('vaswani2017', 'section 3.5')].join('; '),
          measured: encodings.map((kind) => sooner(kind)),
          levels: learntLevels.map((level) => ({ level, measured: encodings.map((kind) => sooner(kind, level)) })),
          control: {
            id: 'slow',
            statement: 'as many sines and cosines, all of half a cycle a sequence or less',
            measured: sooner('slow'),
          },
        }),
        above(1, {
          id: 'still-later',
          statement: `It is still learnt after the lowest (ratio of their steps), ${each}; sinusoidal, then learnt.`,
          source: cite('fprinciple', 'measured: the bias is weaker, not broken'),
          measured: encodings.map((kind) => later(kind)),
          levels: learntLevels.map((level) => ({ level, measured: encodings.map((kind) => later(kind, level)) })),
          control: { id: 'reversed', statement: reversed, measured: later('reversed') },
        }),
      ],
      figures: [
        ...(['none', ...encodings] as const).flatMap((kind) =>
          of(kind)
            .slice(0, 1)
            .map(({ error, steps }) =>
              errorMapFigure({
                id: `error-${kind}`,
                title: `Relative error by frequency: ${names[kind]}`,
                caption:
                  'Relative error at each frequency of the target through the training, first network. Dark is learnt.',
                error,
                steps,
                labels,
              }),
            ),
        ),
        lineFigure({
          id: 'highest',
          title: `Relative error at k = ${frequencies[top]}, by what a token knows of its place`,
          caption: `Median, smallest and largest of ${p.networks} networks.`,
          x: { title: 'step', log: true },
          y: { title: 'relative error', log: true, domain: [1e-3, 2] },
          lines: kinds.map((kind) =>
            medianBand(
              names[kind],
              of(kind)[0]?.steps ?? [],
              of(kind).map(({ error }) => column(error, top)),
            ),
          ),
          levels: [{ value: p.level, name: `level ${p.level}` }],
        }),
      ],
    };
  },
});
