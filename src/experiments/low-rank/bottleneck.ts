/**
 * A layer of width r in the middle of a network (notes on both biases, document 004, section 2.2: bottlenecks between layers bring about low
 * rank): which frequencies survive it, and does a network without one find such a rank by itself?
 *
 * Four sines of equal amplitude, one an output, on a turn of the circle: a target of rank four. A linear layer of r < 4 units just before the linear
 * readout bounds the rank of what the network gives. By the least squares every r of the tones are as good as any other (the singular values of
 * the target are equal), so what is kept is the training's choice: it is the r lowest, since they come first and then fill the
 * layer. The control are Fourier features of the angle whose amplitude grows with the frequency: there it is others.
 * That is claimed of the median network. In 2 of 100 the last of three units went to both tones that were left, 5 and 7, which came at
 * once (0.78 and 0.86 of the power of the lowest kept, the highest tone's error 0.58 and 0.75): the loss is the same for every mixture of
 * them, so that nothing undoes it. At r = 1 and 2 none of the 100 did.
 *
 * Where the amplitudes grow with the frequency (as its root) there is a best choice, the highest tones (Eckart and Young 1936). The low ones come first
 * all the same, and are given up: for what a bottleneck keeps in the end amplitude decides, frequency only where amplitude says nothing.
 * (With amplitudes as the frequency itself one of 35 networks never had the lowest, whose power is then a 49th of the highest's.)
 * Giving up takes several exchanges, one tone after the other: in the quick preset 2100 to 5050 steps (20 networks), hence its 8000. (After 4000
 * of them 2 of 100 networks had not come to the end of it.)
 *
 * What is kept of all equal tones together is at most the power of r of them, so that 0.9 of three lets at most 0.3 of the highest
 * in, a relative error of 0.84: the highest counts as lost from 0.8 on (0.99 is usual).
 *
 * In the middle, with a nonlinear layer after it, two units lose nothing: the features behind it have more directions than the layer has units, as
 * softmax raises the rank of scores (`attention-rank`). A bottleneck there bounds the dimension of the input that is seen, not the rank of what
 * is made of it. So the notes' sentence holds at the readout only.
 *
 * By itself a network finds the rank of its target from small weights: its last features end with one direction where the target has rank one. From
 * the usual weights they keep the two that the input, a point of the circle, gave them at the start (effective rank by energies). That is no
 * low rank that was found: it is there before the training.
 *
 * Training is gradient descent with momentum. Adam, which divides each entry by its own size, keeps mixtures of the tones: with r = 1
 * the errors of tones 1 to 6 were 0.75 to 1.0, all lost at least in part (three networks), where descent keeps the first to 0.01.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { above, atLeast, atMost, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { spectrumMeasures } from '../../kernels/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { asColumn, keysOf, period } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { errorCurves, medianBand } from '../support/order.js';

const parameters = z.object({
  points: common.points(128, 16),
  tones: z
    .array(z.int().min(1).max(100))
    .min(3)
    .default([1, 3, 5, 7])
    .describe('frequencies of the outputs, passes a turn, ascending'),
  width: z.int().min(4).default(256).describe('units of the hidden layers'),
  middle: z.int().min(1).default(2).describe('units of the bottleneck in the middle, and before the readout beside it'),
  small: z.number().positive().default(0.1).describe('standard deviation of small weights, times 1/sqrt(fan_in)'),
  learningRate: common.learningRate(0.01, 'gradient descent with momentum 0.9'),
  steps: common.steps(40_000),
  records: common.records(60),
  networks: common.networks(),
});

/** What is trained, and what figures call it. */
const kinds = {
  end: 'bottleneck before the readout',
  reversed: 'bottleneck before the readout, features of the target, the highest the strongest',
  growing: 'bottleneck before the readout, amplitudes as the root of the frequency',
  middle: 'bottleneck in the middle',
  none: 'no bottleneck',
  usual: 'no bottleneck, one tone',
  small: 'no bottleneck, one tone, small weights',
} as const;
type Kind = keyof typeof kinds;

/** Singular values above this share of the largest are directions. */
const FLOOR = 1e-3;

export const bottleneckExperiment = defineExperiment({
  id: 'bottleneck',
  title: 'A bottleneck keeps the low frequencies, where it bounds the rank',
  source: [cite('notesRank', 'section 2.2: bottlenecks'), cite('eckart1936'), cite('jacot2023')].join('; '),
  statement:
    'Before the readout a layer of r units keeps r of the target’s components: of equal ones those of the lowest frequencies, of unequal ones ' +
    'the largest in the end. In the middle of a network it bounds no rank: two units lose nothing. Without one a network ' +
    'from small weights finds the rank of its target by itself, from the usual weights it does not.',
  formula: 'h(t) = V B φ(t),  B of r rows:  rank [h(t_i)] ≤ r,  f_j(t) = √2 a_j sin(k_j t)',
  parameters,
  presets: {
    quick: { points: 64, width: 64, learningRate: 0.02, steps: 8000, records: 40 },
    paper: {},
  },
  seconds: { quick: 16, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const turn = period(0, 2 * Math.PI, p.points);
    const x = asColumn(turn);
    const m = p.tones.length;
    const networks = seeds(p.networks);
    const most = range(1, m - 1);
    const trained = await trainAll(context, {
      cells: [
        ...grid({ kind: ['end', 'reversed'] as const, r: most, seed: networks }),
        ...grid({ kind: ['growing', 'middle'] as const, r: [p.middle], seed: networks }),
        ...grid({ kind: ['none', 'usual', 'small'] as const, r: [0], seed: networks }),
      ],
      name: ({ kind, r }) => `${kinds[kind]}, r = ${r}`,
      run: ({ kind, r, seed }) => ({
        seed,
        spec: networkOf(kind, r, p),
        y: target(kind, turn, p.tones),
        probes: {
          output: { type: 'outputs', points: x },
          narrow: { type: 'rank', layer: 5, points: x },
          features: { type: 'rank', layer: kind === 'middle' ? 7 : 4, points: x },
        },
      }),
      shared: {
        x,
        loss: 'mse',
        optimizer: { type: 'sgd', learningRate: p.learningRate, momentum: 0.9 },
        steps: p.steps,
        record: { log: p.records },
      },
    });
    return {
      fits: trained.map(({ kind, r, steps, probes }) => {
        const values = (probe: { singularValues: NdArray }) => rows(probe.singularValues).map((row) => Array.from(row));
        return {
          ...{ kind, r, steps },
          error: toneErrors(probes.output.values, target(kind, turn, p.tones), m),
          narrow: values(probes.narrow).at(-1) ?? [],
          features: values(probes.features),
        };
      }),
    };
  },

  present({ fits }, p) {
    const m = p.tones.length;
    const most = range(1, m - 1);
    const of = (kind: Kind, r?: number) => fits.filter((fit) => fit.kind === kind && (r === undefined || fit.r === r));
    type Fit = (typeof fits)[number];
    const last = ({ error }: Fit) => Array.from(error.data.subarray(-m));
    const lowestOf = ({ error }: Fit) => rows(error).map((row) => row[0] ?? Number.NaN);
    /** The mean share of power that is kept of tones `from` to `to`. */
    const kept = (fit: Fit, from: number, to: number): number => {
      const errors = last(fit).slice(from, to);
      return errors.reduce((sum, e) => sum + 1 - e * e, 0) / errors.length;
    };
    /** For every network a row over r. */
    const byWidth = (kind: Kind, read: (fit: Fit, r: number) => number) =>
      Array.from({ length: p.networks }, (_, i) =>
        most.map((r) => {
          const fit = of(kind, r)[i];
          return fit ? read(fit, r) : Number.NaN;
        }),
      );
    /** Its median over the networks, at every r. */
    const typical = (kind: Kind, read: (fit: Fit, r: number) => number) =>
      most.map((r) => spread(of(kind, r).map((fit) => read(fit, r))).median);
    const highest = (fit: Fit) => last(fit).at(-1) ?? Number.NaN;
    const directions = (values: readonly number[]) => values.filter((v) => v > FLOOR * (values[0] ?? 0)).length;
    const effective = (values: readonly number[] = []) => spectrumMeasures(values.map((v) => v * v)).effectiveRank;
    const ranks = (kind: Kind) => of(kind).map(({ features }) => features.map(effective));
    const ends = (kind: Kind) => ranks(kind).map((list) => list.at(-1) ?? Number.NaN);
    const given = (kind: Kind, r: number) =>
      of(kind, r).map((fit) => (lowestOf(fit).at(-1) ?? Number.NaN) - Math.min(...lowestOf(fit)));
    const topShare = (kind: Kind) => of(kind, p.middle).map((fit) => kept(fit, m - p.middle, m));
    const labels = p.tones.map((k) => `k = ${k}`);
    const widths = most.map((r) => `r = ${r}`);
    const middle = (kind: Kind, r: number, tone: number) =>
      spread(of(kind, r).map((fit) => last(fit)[tone] ?? Number.NaN)).median;
    const ofMedian = `in the median of ${p.networks} networks`;
    const shown = keysOf(kinds).flatMap((kind) => [...new Set(of(kind).map(({ r }) => r))].map((r) => ({ kind, r })));
    const equal = { id: 'equal', statement: 'equal amplitudes' };
    return {
      metrics: {
        kept_lowest: spread(byWidth('end', (fit, r) => kept(fit, 0, r)).flat()).median,
        worst_in_the_middle: spread(of('middle').map((fit) => Math.max(...last(fit)))).median,
        rank_small: spread(ends('small')).median,
        rank_usual: spread(ends('usual')).median,
        rank_usual_at_start: spread(ranks('usual').map((list) => list[0] ?? Number.NaN)).median,
      },
      tables: [
        {
          id: 'errors',
          title: `Relative error of every tone at the end, median of ${p.networks} networks`,
          columns: {
            network: shown.map(({ kind }) => kinds[kind]),
            r: shown.map(({ kind, r }) => (kind === 'none' || kind === 'usual' || kind === 'small' ? null : r)),
            ...Object.fromEntries(
              labels.map((label, tone) => [
                label,
                shown.map(({ kind, r }) => (tone > 0 && isAlone(kind) ? null : middle(kind, r, tone))),
              ]),
            ),
          },
        },
      ],
      claims: [
        atLeast(0.9, {
          id: 'lowest-survive',
          statement: `Of ${m} tones of equal amplitude a bottleneck of r units before the readout keeps the r lowest: at least 0.9 of their power, ${ofMedian}.`,
          source: cite('fprinciple', 'frequencies decide where the singular values of the target do not'),
          measured: typical('end', (fit, r) => kept(fit, 0, r)),
          labels: widths,
          control: {
            id: 'reversed',
            statement: 'the same on Fourier features of the angle, the highest frequency as the strongest input',
            measured: typical('reversed', (fit, r) => kept(fit, 0, r)),
          },
        }),
        atLeast(0.8, {
          id: 'highest-lost',
          statement: `The highest tone is lost at every r (relative error at least 0.8), ${ofMedian}.`,
          source: cite('notesRank', 'section 2.2: bottlenecks'),
          measured: typical('end', highest),
          labels: widths,
          control: { id: 'none', statement: 'no bottleneck', measured: spread(of('none').map(highest)).median },
        }),
        atLeast(0.9, {
          id: 'largest-survive',
          statement: `Where the amplitudes are as the roots of the frequencies, ${p.middle} units keep at least 0.9 of the power of the ${p.middle} highest tones, the largest, in the end.`,
          source: cite('eckart1936'),
          measured: topShare('growing'),
          control: { ...equal, measured: topShare('end') },
        }),
        atLeast(0.5, {
          id: 'given-up',
          statement:
            'The lowest tone was there before and is given up: its relative error ends at least 0.5 above its least.',
          source: cite('fprinciple', 'measured: the order of learning is not what a bottleneck keeps'),
          measured: given('growing', p.middle),
          control: { ...equal, measured: given('end', p.middle) },
        }),
        atMost(0.2, {
          id: 'middle',
          statement: `In the middle, a nonlinear layer after it, ${p.middle} units lose none of the ${m} tones (largest relative error).`,
          source: cite('notesRank', 'section 2.2, which says that bottlenecks bring about low rank'),
          measured: of('middle').map((fit) => Math.max(...last(fit))),
          control: {
            id: 'end',
            statement: 'as many units before the readout',
            measured: of('end', p.middle).map((fit) => Math.max(...last(fit))),
          },
        }),
        above(p.middle, {
          id: 'raises',
          statement: `The features of the layer after it have more than ${p.middle} directions (singular values above ${FLOOR} of the largest).`,
          source: cite('notesRank', 'section 2.2, which says otherwise'),
          measured: of('middle').map(({ features }) => directions(features.at(-1) ?? [])),
          control: {
            id: 'itself',
            statement: 'the bottleneck itself',
            measured: of('middle').map(({ narrow }) => directions(narrow)),
          },
        }),
        atMost(1.2, {
          id: 'by-itself',
          statement:
            'Without a bottleneck, from small weights, the last features end with an effective rank of at most 1.2 where the target has rank 1.',
          source: [cite('notesRank', 'section 2.2: implicit low rank'), cite('jacot2023')].join('; '),
          measured: ends('small'),
          control: { id: 'usual', statement: 'the usual weights', measured: ends('usual') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'kept',
          title: 'Relative error of every tone at the end, by the width of the bottleneck',
          caption: `Median and extremes of ${p.networks} networks. Left and right differ in what the network sees of the angle.`,
          panels: (['end', 'reversed'] as const).map((kind) => ({
            title: kind === 'end' ? 'a point of the circle' : 'features, the highest the strongest',
            x: { title: 'units of the bottleneck before the readout', values: most, domain: [0.7, m - 0.7] },
            y: { title: 'relative error', domain: [0, 1.05] },
            lines: labels.map((label, tone) => ({
              ...medianBand(
                label,
                most.map((r) => r + 0.06 * (tone - (m - 1) / 2)),
                byWidth(kind, (fit) => last(fit)[tone] ?? Number.NaN),
              ),
              mark: 'points' as const,
            })),
          })),
        }),
        errorCurves(of('growing'), {
          id: 'given-up',
          title: `Amplitudes as the root of the frequency, ${p.middle} units before the readout`,
          caption: `Relative error by tone: median and extremes of ${p.networks} networks. The low tones come first and are given up for larger ones.`,
          labels,
        }),
        errorCurves(of('middle'), {
          id: 'middle',
          title: `${p.middle} units in the middle: every tone is learnt`,
          labels,
        }),
        lineFigure({
          id: 'ranks',
          title: 'Effective rank of the last features, without a bottleneck',
          caption: `Of ${p.width} units, on a target of rank 1, by energies: median and extremes of ${p.networks} networks. Dashed: the rank of the target.`,
          x: { title: 'step', log: true },
          y: { title: 'effective rank', domain: [0.8, 2.4] },
          lines: (['usual', 'small'] as const).map((kind) =>
            medianBand(
              kind === 'usual' ? 'usual weights' : 'small weights',
              (of(kind)[0]?.steps ?? []).map((step) => step + 1),
              ranks(kind),
            ),
          ),
          levels: [{ value: 1, name: 'rank of the target' }],
        }),
      ],
    };
  },
});

/** Whether the target is the lowest tone alone, the other outputs zero. */
const isAlone = (kind: Kind): boolean => kind === 'usual' || kind === 'small';

/** `[n, tones]`, one sine an output; the power is that of equal amplitudes. */
function target(kind: Kind, turn: readonly number[], tones: readonly number[]): NdArray {
  const shares = tones.map((k, i) => (kind === 'growing' ? Math.sqrt(k) : isAlone(kind) && i > 0 ? 0 : 1));
  const norm = isAlone(kind) ? 1 : Math.sqrt(shares.reduce((sum, a) => sum + a * a, 0) / tones.length);
  const values = turn.flatMap((t) => tones.map((k, i) => ((shares[i] ?? 0) / norm) * Math.SQRT2 * Math.sin(k * t)));
  return { data: Float64Array.from(values), shape: [turn.length, tones.length] };
}

/** Relative error of every output, `[r, outputs]`; of one that should be zero its size. */
function toneErrors(outputs: NdArray, wanted: NdArray, m: number): NdArray {
  const square = (f: (place: number) => number, tone: number) =>
    Math.sqrt(range(0, wanted.data.length / m - 1).reduce((sum, i) => sum + f(i * m + tone) ** 2, 0));
  const frames = rows(outputs);
  const errors = frames.flatMap((frame) =>
    range(0, m - 1).map((tone) => {
      const size = square((i) => wanted.data[i] ?? 0, tone);
      return square((i) => (frame[i] ?? Number.NaN) - (wanted.data[i] ?? 0), tone) / (size || 1);
    }),
  );
  return { data: Float64Array.from(errors), shape: [frames.length, m] };
}

/** Two tanh layers on the angle, and after them, by kind, a bottleneck and what follows it. Layer 4 gives the features of the second. */
function networkOf(
  kind: Kind,
  r: number,
  { tones, width, small }: Pick<z.infer<typeof parameters>, 'tones' | 'width' | 'small'>,
): NetworkSpec {
  const dense = (units: number, fanIn: number, bias = true): LayerSpec => ({
    ...{ type: 'dense', units, bias },
    init:
      kind === 'small'
        ? { type: 'normal', std: small / Math.sqrt(fanIn) }
        : kind === 'usual'
          ? { type: 'normal', std: 1 / Math.sqrt(fanIn) }
          : 'glorot',
  });
  const tanh: LayerSpec = { type: 'activation', fn: 'tanh' };
  const top = Math.max(...tones);
  const seen = kind === 'reversed' ? tones : [1];
  const angle: LayerSpec = {
    type: 'fourierFeatures',
    frequencies: seen.map((k) => [k / (2 * Math.PI)]),
    amplitudes: seen.map((k) => (kind === 'reversed' ? k / top : 1)),
  };
  const rest: LayerSpec[] =
    r === 0
      ? [dense(tones.length, width)]
      : kind === 'middle'
        ? [dense(r, width, false), dense(width, r), tanh, dense(tones.length, width)]
        : [dense(r, width, false), dense(tones.length, r, false)];
  return { input: 1, layers: [angle, dense(width, 2 * seen.length), tanh, dense(width, width), tanh, ...rest] };
}
