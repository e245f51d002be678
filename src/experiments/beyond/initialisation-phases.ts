/**
 * Lazy or condensed: the phase diagram of a two-layer ReLU network by the scale of its initial weights (Luo, Xu, Ma and Zhang 2021).
 *
 * `f(x) = sum_j a_j relu(w_j . (x, 1))`, `a ~ N(0, b1^2)`, `w ~ N(0, b2^2)`: gamma and gamma' say how they fall with the width m,
 * `b1 b2 = m^-gamma`, `b1 / b2 = m^-gamma'` (gamma = 1/2 is the scale of the tangent kernel, 1 the mean field). How far the input
 * weights travel, `|w - w_0| / |w_0|`, is a power of m; below the boundary, gamma = 1 or gamma = 1 + gamma', it falls, above it grows.
 * For gamma' = 0 this package expects the power gamma - 1 below 1 (both layers move by the same share, until `m b^2` times the time
 * is 1) and (gamma - 1) / 2 above it (weights end where their squares sum to about 1, and begin at `m b^2`). That is claimed of the median
 * network: with 64 units at the narrow end log |w - w_0| / |w_0| has a standard deviation of 0.19 between networks of gamma = 1/2, 0.1 at
 * 1024, which makes 0.075 in a slope over the two, and 2 of 100 networks (0.16 and 0.18 off) more than the tolerance of 0.15. At gamma = 1 and
 * above none was off by more than 0.09 in the two runs of these.
 *
 * In the condensed regime few directions of (w, b) carry the network: `exp(entropy)` of the amplitudes |a| |w| over 90 bins of four
 * degrees. The mean field is critical as to the weights' travel, but its directions have condensed as well (7 of them, against 4 at
 * 1.5 and 76 at 1/2).
 *
 * The tangent kernel of a condensed network after its training says what the network is between its samples, that before it does
 * not. For f is of degree two in its weights, `f = theta . grad f / 2`: it lies in the span of its own kernel. In the lazy network,
 * whose initial function is as large as the target, neither kernel is the better one. How far kernels move is in `mean-field`.
 *
 * The source fits a few samples in one dimension, too, with 1000 units and more; here are 64 to 1024, so that 180 networks take
 * seconds, and its factor 1 / alpha is part of b1 and b2, by which gradient descent comes to the same in another time.
 * The learning rate is divided by the kernel's size at the start where that is above 1. The paper preset has not been run. All claims held
 * on seeds 701 to 704 and 901 to 906, not tuned on.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { atLeast, atMost, common, defineExperiment, equalTo, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { kernelRegression } from '../../kernels/index.js';
import { asColumn, combine, entry, relativeError, slope } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { directionBins, directionsOf, effectiveDirections } from '../support/directions.js';

const parameters = z.object({
  points: common.points(8, 3).describe('samples of 0.4 sin 4x on [-1, 1], both ends included'),
  gammas: z
    .array(z.number().min(-2).max(4))
    .min(3)
    .default([0.5, 0.75, 1, 1.25, 1.5, 1.75])
    .describe('gamma, ascending: 0.5, 1, 1.25 and 1.5 (or the nearest) are in claims'),
  ratio: z.number().min(-2).max(2).default(0.5).describe("gamma' beside 0"),
  widths: z.array(z.int().min(8)).min(2).default([256, 1024, 4096, 16_384]).describe('units, ascending'),
  rate: z
    .number()
    .positive()
    .default(0.1)
    .describe('learning rate, descent, where the kernel at the start is at most 1'),
  steps: common.steps(10_000),
  networks: common.networks(),
});

/** Places from one sample to the next where networks are compared. */
const fine = 8;

export const initialisationPhases = defineExperiment({
  id: 'initialisation-phases',
  title: 'Lazy or condensed: the phase diagram by initialisation',
  source: [cite('luo2021'), cite('chizat2019')].join('; '),
  statement:
    'How the initial weights of a two-layer ReLU network fall with its width decides what it does: its input weights hardly move, the ' +
    'less the wider it is, or they go many times their length and end in a few directions.',
  formula: 'f(x) = Σ_j a_j σ(w_j·(x, 1)),  a ~ N(0, β_1^2),  w ~ N(0, β_2^2),  β_1β_2 = m^{−γ},  β_1/β_2 = m^{−γ′}',
  parameters,
  presets: { quick: { widths: [64, 256, 1024], steps: 3000 }, paper: {} },
  seconds: { quick: 5, paper: 900 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const count = fine * (p.points - 1) + 1;
    const dense = range(0, count - 1).map((i) => -1 + (2 * i) / (count - 1));
    const own = range(0, p.points - 1).map((i) => i * fine);
    const withOne = (list: readonly number[]) => ({
      data: Float64Array.from(list.flatMap((v) => [v, 1])),
      shape: [list.length, 2],
    });
    const samples = own.map((i) => entry(dense, i));
    const y = samples.map((v) => 0.4 * Math.sin(4 * v));
    const trained = await trainAll(context, {
      cells: grid({ ratio: [0, p.ratio], gamma: p.gammas, width: p.widths, seed: seeds(p.networks) }),
      run: ({ gamma, ratio, width, seed }) => {
        const [outer, inner] = [width ** (-(gamma + ratio) / 2), width ** (-(gamma - ratio) / 2)];
        return {
          seed,
          spec: {
            input: 2,
            layers: [
              { type: 'dense', units: width, bias: false, init: { type: 'normal', std: inner } },
              { type: 'activation', fn: 'relu' },
              { type: 'dense', units: 1, bias: false, init: { type: 'normal', std: outer } },
            ],
          },
          optimizer: { type: 'sgd', learningRate: p.rate / Math.max(1, (width * (outer ** 2 + inner ** 2)) / 2) },
        };
      },
      shared: {
        x: withOne(samples),
        y: asColumn(y),
        loss: 'mse',
        steps: p.steps,
        record: { at: [0] },
        probes: {
          inner: { type: 'parameters', parameter: 'layers.0.weight' },
          outer: { type: 'parameters', parameter: 'layers.2.weight' },
          output: { type: 'outputs', points: withOne(dense) },
          kernel: { type: 'ntk', points: withOne(dense) },
        },
      },
    });
    const widest = Math.max(...p.widths);
    const fits = [];
    for (const { gamma, ratio, width, loss, probes } of trained) {
      const ends = ({ data }: { data: ArrayLike<number> }) =>
        rows({ data: Float64Array.from(data), shape: [2, data.length / 2] });
      const [inner, outer] = [ends(probes.inner.values), ends(probes.outer.values)];
      const [first, last] = [0, 1].map((r) => directionsOf(entry(inner, r), entry(outer, r)));
      const [start, end] = ends(probes.output.values).map((values) => Float64Array.from(values));
      /** What a kernel makes of the trained values at the samples, from `base` on. */
      const between = async (kernel: ArrayLike<number>, base: Float64Array) => {
        const of = (list: readonly number[]) => ({
          data: Float64Array.from(list.flatMap((i) => own.map((j) => entry(kernel, i * count + j)))),
          shape: [list.length, p.points],
        });
        const left = own.map((i) => entry(end ?? [], i) - entry(base, i));
        const { data } = await kernelRegression({
          kernel: of(own),
          crossKernel: of(range(0, count - 1)),
          y: left,
          signal,
        });
        return combine(data, base, (a, b) => a + b);
      };
      const kernels = ends(probes.kernel.values);
      const compared = width === widest && ratio === 0;
      fits.push({
        gamma,
        ratio,
        width,
        loss: entry(loss, loss.length - 1) / entry(loss, 0),
        distance: relativeError(entry(inner, 1), entry(inner, 0)),
        directions: [first, last].map((neurons) => (neurons ? effectiveDirections(neurons) : Number.NaN)),
        neurons: compared ? [first, last] : null,
        output: end ?? new Float64Array(),
        interpolated: compared
          ? {
              before: await between(entry(kernels, 0), start ?? new Float64Array()),
              after: await between(entry(kernels, 1), new Float64Array(count)),
            }
          : null,
      });
    }
    return { dense, samples, y, fits };
  },

  present({ dense, samples, y, fits }, p) {
    const [narrowest, widest] = [Math.min(...p.widths), Math.max(...p.widths)];
    const of = (gamma: number, ratio = 0, width = widest) =>
      fits.filter((fit) => fit.gamma === gamma && fit.ratio === ratio && fit.width === width);
    const nearest = (gamma: number) =>
      p.gammas.reduce((best, v) => (Math.abs(v - gamma) < Math.abs(best - gamma) ? v : best));
    const [lazy, critical, beyond, condensed] = [nearest(0.5), nearest(1), nearest(1.25), nearest(1.5)];
    /** For every network the power of the width with which its input weights travel. */
    const slopes = (gamma: number, ratio = 0) =>
      range(0, p.networks - 1).map((i) =>
        slope(
          p.widths.map(Math.log),
          p.widths.map((width) => Math.log(entry(of(gamma, ratio, width), i).distance)),
        ),
      );
    const expected = (gamma: number) => (gamma < 1 ? gamma - 1 : (gamma - 1) / 2);
    const carrying = (gamma: number) => of(gamma).map(({ directions }) => entry(directions, 1));
    const errors = (gamma: number, which: 'before' | 'after') =>
      of(gamma).map(({ interpolated, output }) => relativeError(interpolated?.[which] ?? [], output));
    const better = (gamma: number) => [...combine(errors(gamma, 'before'), errors(gamma, 'after'), (a, b) => a / b)];
    const median = (values: readonly number[]) => spread([...values]).median;
    const off = (ratio: number) => p.gammas.map((gamma) => median(slopes(gamma, ratio)) - expected(gamma));
    const travel = cite('luo2021', 'relative change of the input weights by the width');
    const at = (gamma: number) => `gamma = ${gamma}`;
    const meanField = { id: 'mean-field', statement: `the mean field, ${at(critical)}` };
    const lazyText = { id: 'lazy', statement: `the same network started at ${at(lazy)}` };
    return {
      metrics: {
        slope_lazy: median(slopes(lazy)),
        slope_mean_field: median(slopes(critical)),
        slope_condensed: median(slopes(condensed)),
        directions_lazy: median(carrying(lazy)),
        directions_condensed: median(carrying(condensed)),
        kernel_after: median(errors(condensed, 'after')),
        kernel_before: median(errors(condensed, 'before')),
      },
      tables: [
        {
          id: 'phases',
          title: `Medians of ${p.networks} networks; all but the slope at ${widest} units`,
          columns: {
            "gamma'": [0, p.ratio].flatMap((ratio) => p.gammas.map(() => ratio)),
            gamma: [0, p.ratio].flatMap(() => p.gammas),
            ...Object.fromEntries(
              Object.entries({
                slope: (gamma: number, ratio: number) => median(slopes(gamma, ratio)),
                distance: (gamma: number, ratio: number) => median(of(gamma, ratio).map(({ distance }) => distance)),
                directions: (gamma: number, ratio: number) =>
                  median(of(gamma, ratio).map(({ directions }) => entry(directions, 1))),
                'loss, of that at the start': (gamma: number, ratio: number) =>
                  median(of(gamma, ratio).map(({ loss }) => loss)),
              }).map(([name, read]) => [
                name,
                [0, p.ratio].flatMap((ratio) => p.gammas.map((gamma) => read(gamma, ratio))),
              ]),
            ),
          },
        },
      ],
      claims: [
        atMost(-0.25, {
          id: 'lazy',
          statement: `At ${at(lazy)} the input weights travel the less the wider the network (slope of log |w - w_0| / |w_0| over log m), in every one of ${p.networks} networks.`,
          source: travel,
          measured: slopes(lazy),
          control: { ...meanField, measured: slopes(critical) },
        }),
        atLeast(0.12, {
          id: 'condensed',
          statement: `At ${at(condensed)} they travel the further the wider it is.`,
          source: travel,
          measured: slopes(condensed),
          control: { ...meanField, measured: slopes(critical) },
        }),
        atMost(-0.1, {
          id: 'boundary',
          statement: `With an output layer that is smaller by gamma' = ${p.ratio}, ${at(beyond)} is on the lazy side: gamma' is above gamma - 1.`,
          source: travel,
          measured: slopes(beyond, p.ratio),
          control: { id: 'equal', statement: "both layers at one scale, gamma' = 0", measured: slopes(beyond) },
        }),
        equalTo(0, 0.15, {
          id: 'powers',
          statement: `The slopes are gamma - 1 below 1 and (gamma - 1) / 2 above it, to 0.15 in the median of ${p.networks} networks (difference, by gamma).`,
          source: cite('fprinciple', 'closed form: scaling of the weights'),
          measured: off(0),
          labels: p.gammas.map(at),
          control: { id: 'unequal', statement: `the same with gamma' = ${p.ratio}`, measured: off(p.ratio) },
        }),
        atMost(10, {
          id: 'directions',
          statement: `At ${at(condensed)} the trained network stands on at most 10 of ${directionBins} directions (exp of the entropy of its amplitudes).`,
          source: cite('luo2021', 'condensation of the input weights'),
          measured: carrying(condensed),
          control: { ...lazyText, measured: carrying(lazy) },
        }),
        atLeast(4, {
          id: 'kernel-after',
          statement: `At ${at(condensed)} the tangent kernel after the training says four times as well as that before it what the network is between its samples (ratio of the relative errors of interpolation).`,
          source: cite('fprinciple', 'closed form: f = θ·∇f / 2'),
          measured: better(condensed),
          control: { ...lazyText, measured: better(lazy) },
        }),
      ],
      figures: [
        lineFigure({
          id: 'slopes',
          title: 'How far input weights travel, as a power of the width',
          caption: `Slope of log |w - w_0| / |w_0| over log m for m = ${narrowest} to ${widest}: median and extremes of ${p.networks} networks. Below zero lazy, above it condensed.`,
          x: { title: 'gamma' },
          y: { title: 'slope' },
          lines: [
            ...[0, p.ratio].map((ratio) => {
              const all = p.gammas.map((gamma) => spread(slopes(gamma, ratio)));
              return {
                name: `gamma' = ${ratio}`,
                x: p.gammas,
                y: all.map((s) => s.median),
                band: [all.map((s) => s.min), all.map((s) => s.max)] as const,
                mark: 'both' as const,
              };
            }),
            {
              name: "expected, gamma' = 0",
              x: p.gammas,
              y: p.gammas.map(expected),
              color: colors.target,
              dash: [4, 3],
            },
          ],
          levels: [{ value: 0, name: 'critical' }],
        }),
        panelsFigure({
          id: 'neurons',
          title: `Neurons of a network of ${widest} units`,
          caption: 'Direction of (w, b) and amplitude |a| |(w, b)|, of the largest, of each neuron (first network).',
          panels: [lazy, condensed].flatMap((gamma) =>
            ['before', 'after'].map((when, r) => {
              const { angles = [], amplitudes = [] } = of(gamma)[0]?.neurons?.[r] ?? {};
              return {
                title: `${at(gamma)}, ${when} the training`,
                x: { title: 'direction (degrees)', domain: [-180, 180] as const },
                y: { title: 'amplitude (of the largest)', domain: [0, 1] as const },
                lines: [
                  {
                    name: 'neurons',
                    x: angles,
                    y: amplitudes.map((v) => v / Math.max(...amplitudes)),
                    mark: 'points' as const,
                  },
                ],
              };
            }),
          ),
        }),
        panelsFigure({
          id: 'interpolation',
          title: 'What the kernels before and after the training make of the samples',
          caption: `The trained network of ${widest} units and the interpolation of its values at the samples by its tangent kernel before (from the initial function on) and after the training (first network).`,
          panels: [lazy, condensed].map((gamma) => {
            const fit = entry(of(gamma), 0);
            return {
              title: at(gamma),
              x: { title: 'x' },
              y: { title: 'f(x)' },
              lines: [
                { name: 'samples', x: samples, y, color: colors.target, mark: 'points' as const },
                { name: 'network', x: dense, y: fit.output },
                { name: 'kernel before', x: dense, y: fit.interpolated?.before ?? [] },
                { name: 'kernel after', x: dense, y: fit.interpolated?.after ?? [] },
              ],
            };
          }),
        }),
      ],
    };
  },
});
