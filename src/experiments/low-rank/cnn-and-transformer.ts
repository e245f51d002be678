/**
 * A convolutional network and a Transformer on one picture, side by side (notes on both biases, document 004: section 1.1 names both among the
 * networks that fit low frequencies first, and its end asks how they differ).
 *
 * Both turn the same numbers, pixel by pixel, into the same photograph, with about as many parameters, for as many steps at the same rate: three
 * convolutions and a readout, or an encoder block whose tokens are the pixels. The numbers are noise (the setting of
 * `cnn-spatial-frequency`), or the place of the pixel (for convolutions: Liu et al. 2018). To either network a token or pixel is what it holds.
 *
 * Which of both it is matters less than what goes in. From noise both learn the photograph from low to high, and with the photograph's phases and one
 * amplitude for all frequencies neither has an order: what is low in space is not low to them, large is first. From places both have the low
 * octaves first with equal amplitudes too. So the bias that the notes give to architectures is one of inputs of which the picture is a smooth or a
 * rough function.
 *
 * They do differ: of the photograph, from places, the Transformer is left with most of the highest octave when the convolutional network has
 * all of it. Its layers see a pixel's neighbours, and zeros past the borders; a token sees its own place and means over all others.
 * That is our reading; what is measured is the error.
 *
 * On the tuning seed what was left of the highest octave when the lowest was learnt was 1.1 and more of the photograph (it starts above 1: the networks'
 * first outputs are rougher than the photograph), 0.3 to 0.7 with equal amplitudes from noise, 0.8 and more with equal amplitudes from places. In steps the
 * highest took 0.6 to 1.6 times those of the lowest with equal amplitudes from noise. It is noise, and the lowest octave is four waves: of 20 other
 * Transformers one took 4.3 times as many, and from places one of 15 had learnt all but 0.58 of the highest, so that medians over the networks are
 * claimed. What is never learnt counts as the last step.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import { shrinkPicture } from '../../data/index.js';
import {
  atLeast,
  atMost,
  common,
  defineExperiment,
  grid,
  leftWhenLearnt,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { panelsFigure, picturesFigure, slice } from '../../figures/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { keysOf } from '../support/arrays.js';
import { encoder } from '../support/encoder.js';
import { amplitudeNames, octaveErrors, withAmplitudes } from '../support/octaves.js';
import { medianBand, passageTable } from '../support/order.js';

const parameters = z.object({
  image: z.string().min(1).default('cameraman').describe('cameraman, or the path of a PNG or JPEG file'),
  side: z.int().min(8).max(64).default(24).describe('pixels of the longer side'),
  noise: z.int().min(1).max(64).default(8).describe('numbers of noise a pixel'),
  filters: z.int().min(1).default(32).describe('of each convolution'),
  depth: z.int().min(1).max(20).default(4).describe('convolutions before the last'),
  kernel: z.int().min(1).max(15).default(3).describe('side of the kernels'),
  width: z.int().min(4).max(256).default(48).describe('features of a token'),
  heads: z.int().min(1).max(16).default(2).describe('of the attention'),
  blocks: z.int().min(1).max(12).default(2).describe('encoder blocks'),
  learningRate: common.learningRate(1e-3, 'Adam, of both'),
  steps: common.steps(3000),
  records: common.records(100),
  networks: common.networks(),
  level: common.level(0.5),
});

const networks = { cnn: 'convolutions', transformer: 'Transformer' } as const;
const inputs = { noise: 'noise', places: 'places' } as const;
const pictures = ['own', 'equal'] as const;
type Kind = keyof typeof networks;
type Input = keyof typeof inputs;
const kinds = keysOf(networks);

export const cnnAndTransformer = defineExperiment({
  id: 'cnn-and-transformer',
  title: 'A convolutional network and a Transformer on one picture',
  source: [
    cite('notesRank', 'section 1.1 and the questions at its end'),
    cite('ulyanov2018'),
    cite('liu2018'),
    cite('vaswani2017'),
  ].join('; '),
  statement:
    'From noise both fit a photograph from low to high spatial frequency, and both lose the order where all amplitudes are equal: large is ' +
    'first. From the places of the pixels both have low frequencies first with equal amplitudes too, the ' +
    'Transformer more so. What goes in decides more than which of both it is.',
  formula: 'E(octave)^2 = Σ_{|k|∈octave} |ĥ(k) − f̂(k)|^2 / Σ_{|k|∈octave} |f̂(k)|^2',
  parameters,
  presets: {
    quick: {
      ...{ side: 12, filters: 16, depth: 3, width: 24, heads: 1, blocks: 1 },
      ...{ learningRate: 2.5e-3, steps: 700, records: 60 },
    },
    paper: {},
  },
  seconds: { quick: 14, paper: 3000 },
  data: ['cameraman'],

  async measure(context) {
    const { parameters: p, seeds, data } = context;
    const { height, width, pixels } = shrinkPicture(await data.picture(p.image, 'gray'), p.side);
    const n = height * width;
    const along = (i: number, length: number) => (2 * i) / (length - 1) - 1;
    const places = Array.from({ length: n }, (_, i) => [along(Math.floor(i / width), height), along(i % width, width)]);
    const trained = await trainAll(context, {
      cells: grid({ kind: kinds, input: keysOf(inputs), amplitudes: pictures, seed: seeds(p.networks) }),
      run: ({ kind, input, amplitudes, seed }) => {
        const held = input === 'places' ? places.flat() : gaussianNoise(p.noise * n, { seed, stream: 'input' }).data;
        const channels = held.length / n;
        const x = kind === 'cnn' ? asImage(held, channels, height, width) : asTokens(held, channels);
        const y = withAmplitudes(pixels, amplitudes).data;
        return {
          seed,
          spec:
            kind === 'cnn'
              ? convolutions([channels, height, width], p)
              : encoder({ ...p, tokens: n, inputs: channels, encoding: 'none' }),
          x,
          y: { data: y, shape: kind === 'cnn' ? [1, 1, height, width] : [1, n, 1] },
          probes: { output: { type: 'outputs', points: x } },
        };
      },
      shared: {
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
      },
    });
    const fits = trained.map(({ kind, input, amplitudes, steps, probes }, i) => {
      const frames = { data: probes.output.values.data, shape: [steps.length, height, width] };
      const { names: octaves, error } = octaveErrors(frames, withAmplitudes(pixels, amplitudes));
      // The figure shows the first network of each kind.
      return {
        kind,
        input,
        amplitudes,
        steps,
        octaves,
        error,
        last: i % p.networks === 0 ? slice(frames, steps.length - 1) : null,
      };
    });
    return { picture: pixels, fits };
  },

  present({ picture, fits }, p) {
    type Fit = (typeof fits)[number];
    const of = (kind: Kind, input: Input, amplitudes: Fit['amplitudes']) =>
      fits.filter((fit) => fit.kind === kind && fit.input === input && fit.amplitudes === amplitudes);
    /** Of every network of a kind the steps to the highest octave over those to the lowest, first convolutions, then Transformers. */
    const ratios = (input: Input, amplitudes: Fit['amplitudes']) =>
      kinds.map((kind) =>
        of(kind, input, amplitudes).map((fit) => {
          const steps = passagesOf(fit, { level: p.level });
          const [lowest = null, highest = null] = [steps[0], steps.at(-1)];
          return lowest === null ? null : Math.max(1, highest ?? p.steps) / Math.max(1, lowest);
        }),
      );
    /** What is left of the highest octave when the lowest is learnt. */
    const leftThen = (input: Input, amplitudes: Fit['amplitudes']) =>
      kinds.map((kind) =>
        of(kind, input, amplitudes).map((fit) =>
          leftWhenLearnt(fit, { level: p.level, learnt: 0, left: fit.octaves.length - 1 }),
        ),
      );
    const left = (kind: Kind) =>
      of(kind, 'places', 'own').map(({ error, octaves }) => column(error, octaves.length - 1).at(-1) ?? Number.NaN);
    /** Of the networks that learn the lowest octave, where they are the most: others say nothing of the order. */
    const median = (list: readonly (number | null)[]) => {
      const learnt = list.filter((value) => value !== null);
      return 2 * learnt.length > list.length ? spread(learnt).median : null;
    };
    const medians = (lists: readonly (number | null)[][]) => lists.map(median);
    const each = `in every one of ${p.networks} networks of both kinds`;
    return {
      metrics: Object.fromEntries(
        keysOf(inputs).flatMap((input) =>
          pictures.flatMap((amplitudes) =>
            kinds.map((kind, k) => [
              `high_over_low_${kind}_${input}_${amplitudes}`,
              median(ratios(input, amplitudes)[k] ?? []),
            ]),
          ),
        ),
      ),
      tables: [
        passageTable(fits, {
          id: 'octaves',
          level: p.level,
          columns: {
            network: ({ kind }) => networks[kind],
            input: ({ input }) => inputs[input],
            amplitudes: ({ amplitudes }) => amplitudes,
            number: (_, i) => (i % p.networks) + 1,
          },
          component: ['cycles per side', (fit) => fit.octaves],
        }),
      ],
      claims: [
        atLeast(0.9, {
          id: 'photograph',
          statement: `From noise, when the lowest octave of the photograph is learnt (settled under ${p.level}), the highest is not: a relative error of 0.9 or more, ${each}; convolutions, then Transformers.`,
          source: cite('notesRank', 'section 1.1'),
          measured: leftThen('noise', 'own'),
          control: { id: 'equal', statement: amplitudeNames.equal, measured: leftThen('noise', 'equal') },
        }),
        atMost(1.6, {
          id: 'large-first',
          statement: `With equal amplitudes the highest octave takes at most 1.6 times the steps of the lowest (median of ${p.networks} networks), of both kinds: from noise the low frequencies came first for being large.`,
          source: cite('fprinciple', 'the rival explanation, amplitude, measured in both'),
          measured: medians(ratios('noise', 'equal')),
          labels: kinds.map((kind) => networks[kind]),
          control: {
            id: 'places',
            statement: 'the same networks and picture, from places',
            measured: medians(ratios('places', 'equal')),
          },
        }),
        atLeast(0.7, {
          id: 'low-first',
          statement: `From places, with equal amplitudes too, at least 0.7 of the highest is missing when the lowest is learnt (median of ${p.networks} networks), of both kinds: low frequencies come first for being low.`,
          source: cite('notesRank', 'section 1.1'),
          measured: medians(leftThen('places', 'equal')),
          labels: kinds.map((kind) => networks[kind]),
          control: {
            id: 'noise',
            statement: 'the same networks and picture, from noise',
            measured: medians(leftThen('noise', 'equal')),
          },
        }),
        atLeast(0.3, {
          id: 'differ',
          statement: `From places a Transformer still lacks at least 0.3 of the photograph's highest octave after ${p.steps} steps (relative error), in every one of ${p.networks} networks.`,
          source: cite('notesRank', 'the questions at its end: how both differ'),
          measured: left('transformer'),
          control: {
            id: 'cnn',
            statement: 'convolutions, as many parameters, steps and the same rate',
            measured: left('cnn'),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'equal',
          title: 'Relative error by octave, all frequencies of one amplitude',
          caption: `Median and extremes of ${p.networks} networks. Dashed: where an octave counts as learnt.`,
          panels: kinds.flatMap((kind) =>
            keysOf(inputs).map((input) => ({
              title: `${networks[kind]}, from ${inputs[input]}`,
              x: { title: 'step', log: true },
              y: { title: 'relative error', log: true, domain: [1e-2, 2] as const },
              lines: (fits[0]?.octaves ?? []).map((name, b) => {
                const list = of(kind, input, 'equal');
                return medianBand(
                  name === '1' ? '1 cycle per side' : `${name} cycles`,
                  (list[0]?.steps ?? []).map((step) => step + 1),
                  list.map(({ error }) => column(error, b)),
                );
              }),
              levels: [{ value: p.level, name: `level ${p.level}` }],
            })),
          ),
        }),
        picturesFigure({
          id: 'pictures',
          title: 'The photograph, after the training',
          caption: `Output of the first network of each kind after ${p.steps} steps.`,
          columns: 5,
          pictures: [
            ...fits.flatMap(({ kind, input, amplitudes, last }) =>
              last && amplitudes === 'own' ? [{ label: `${networks[kind]}, ${inputs[input]}`, image: last }] : [],
            ),
            { label: 'photograph', image: picture },
          ],
        }),
      ],
    };
  },
});

/** Numbers held by pixels, one pixel after the other, as tokens. */
const asTokens = (held: ArrayLike<number>, channels: number): NdArray => ({
  data: Float64Array.from(held),
  shape: [1, held.length / channels, channels],
});

/** The same numbers as an image, one channel after the other. */
function asImage(held: ArrayLike<number>, channels: number, height: number, width: number): NdArray {
  const n = height * width;
  const data = Float64Array.from(held, (_, i) => held[(i % n) * channels + Math.floor(i / n)] ?? Number.NaN);
  return { data, shape: [1, channels, height, width] };
}

/** Convolutions with ReLU after each but the last, which gives the picture. */
function convolutions(
  input: number[],
  { filters, depth, kernel }: Pick<z.infer<typeof parameters>, 'filters' | 'depth' | 'kernel'>,
): NetworkSpec {
  const layer = (count: number): LayerSpec => ({ type: 'conv2d', filters: count, kernel, padding: 'same', init: 'he' });
  const hidden = Array.from({ length: depth }, (): LayerSpec[] => [layer(filters), { type: 'activation', fn: 'relu' }]);
  return { input, layers: [...hidden.flat(), layer(1)] };
}
