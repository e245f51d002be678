/**
 * A handful of points and a network with thousands of parameters: what is learnt is flat (Xu, book, section 1.2).
 *
 * Any function through the points has the same training loss, so what the network picks is its bias. It is compared
 * with the natural cubic spline, the interpolant that bends least. Bandwidth: the function less the chord between its
 * ends, in sine modes `sin(k pi (x - a) / (b - a))` over the interval of the points; the k up to which 95 % of the power
 * lies. (A Fourier series would see the jump between the ends of the interval.)
 *
 * The initial scale is the weights' standard deviation in units of 1/sqrt(fan_in); 1 is the usual one. A large one starts the
 * network as a function that oscillates already, and training bends it through the points without taking the oscillation
 * away. The source says only that it must be small; smaller is not flatter still: at 0.1, which is shown, neurons align in a
 * few directions, each of which bends the function in one place, sharply. The growth is claimed from 2 on: between 1 and 2
 * the bandwidth is that of the spline and has nothing left to fall.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import {
  atMost,
  bandwidth,
  common,
  defineExperiment,
  grid,
  increasing,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { cubicSpline, sineModes } from '../../linalg/index.js';
import { asColumn, entry, rmsDifference } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

const usual = 1;

const parameters = z.object({
  points: z
    .array(z.tuple([z.number(), z.number()]))
    .min(3)
    .default([
      [-1, 0.2],
      [-0.6, 0.9],
      [-0.1, -0.5],
      [0.35, -0.1],
      [0.7, 0.8],
      [1, -0.3],
    ])
    .describe('(x, y) of the samples, ascending in x'),
  hidden: common.hidden([200, 200]),
  scales: z
    .array(z.number().positive())
    .min(2)
    .default([2, 4, 8])
    .describe(`initial standard deviations in units of 1/sqrt(fan_in), ascending, beside the usual ${usual}`),
  small: z.number().positive().default(0.1).describe('a scale far below the usual one'),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(10_000),
  networks: common.networks(10),
  grid: z.int().min(50).default(400).describe('intervals of the grid on which outputs are looked at'),
});

export const fewPointsFlat = defineExperiment({
  id: 'few-points-flat',
  title: 'A handful of points is joined by a flat function',
  source: cite('xuBook', 'section 1.2: overparameterised networks on few points'),
  statement:
    'A network with many times more parameters than samples fits the samples by a flat function, not by an oscillating ' +
    'one, when its initial weights have the usual scale; the larger they are, the more it oscillates between the samples. ' +
    'Much smaller weights do not make it flatter still.',
  formula: 'B(h) = min{K : Σ_{k≤K} |ĥ(k)|^2 ≥ 0.95 Σ_k |ĥ(k)|^2}',
  parameters,
  presets: { quick: { hidden: [60, 60], steps: 2500, learningRate: 2e-3, networks: 5 }, paper: {} },
  seconds: { quick: 1, paper: 25 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const [x, y] = [p.points.map(([at]) => at), p.points.map(([, value]) => value)];
    const [start, end] = [x[0] ?? 0, x.at(-1) ?? 1];
    const at = Array.from({ length: p.grid + 1 }, (_, i) => start + ((end - start) * i) / p.grid);
    const fits = await trainAll(context, {
      cells: grid({ scale: [p.small, usual, ...p.scales], seed: seeds(p.networks) }),
      run: ({ scale, seed }) => ({
        seed,
        spec: { input: 1, layers: denseLayers({ input: 1, widths: p.hidden, scale }) },
      }),
      shared: {
        x: asColumn(x),
        y: asColumn(y),
        loss: 'mse',
        // At a constant rate Adam's last spike can leave one network of forty off the samples.
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.steps } },
        steps: p.steps,
        record: { at: [0] },
        probes: { fit: { type: 'outputs', points: asColumn(at) }, samples: { type: 'outputs', points: asColumn(x) } },
      },
      keep: 'parameters',
    });
    const networks = fits.map(({ scale, probes }) => {
      const [first, last] = [0, -1].map((r) => rmsDifference(rows(probes.samples.values).at(r) ?? [], y));
      return { scale, values: rows(probes.fit.values).at(-1) ?? new Float64Array(), missAtStart: first, miss: last };
    });
    const count = Object.values(fits[0]?.parameters ?? {}).reduce((sum, { data }) => sum + data.length, 0);
    return { x, y, at, spline: cubicSpline(x, y, at).data, networks, count };
  },

  present({ x, y, at, spline, networks, count }, p) {
    const reference = modesOf(spline);
    const widest = bandwidth(reference);
    const fits = networks.map((fit) => {
      const modes = modesOf(fit.values);
      return { ...fit, modes, ratio: bandwidth(modes) / widest };
    });
    const scales = [p.small, usual, ...p.scales];
    const ofScale = (scale: number) => fits.filter((fit) => fit.scale === scale);
    const ratios = (scale: number): number[] => ofScale(scale).map(({ ratio }) => ratio);
    /** For every network its ratio at each scale. */
    const rows = (list: number[][]): number[][] =>
      Array.from({ length: p.networks }, (_, i) => list.map((column) => column[i] ?? Number.NaN));
    const largest = Math.max(...p.scales);
    const drawn = Math.min(3, p.networks);
    const shown = Array.from({ length: Math.min(40, p.grid - 1) }, (_, k) => k + 1);
    const plain = fits.filter(({ scale }) => scale !== p.small);

    return {
      metrics: {
        parameters: count,
        samples: x.length,
        bandwidth_spline: widest,
        ...Object.fromEntries(scales.map((scale) => [`bandwidth_ratio_${scale}`, spread(ratios(scale)).median])),
      },
      tables: [
        {
          id: 'bandwidth',
          title: "Bandwidth in units of the spline's, and root mean square error on the samples",
          columns: {
            scale: fits.map(({ scale }) => scale),
            network: fits.map((_, i) => (i % p.networks) + 1),
            'bandwidth ratio': fits.map(({ ratio }) => ratio),
            'error on the samples': fits.map(({ miss }) => miss ?? null),
          },
        },
      ],
      claims: [
        atMost(0.02, {
          id: 'fits',
          statement: `Every network of the usual scale and above passes through the ${x.length} samples (root mean square error), with ${count} parameters.`,
          source: cite('xuBook', 'section 1.2'),
          measured: plain.map(({ miss }) => miss ?? null),
          control: {
            id: 'untrained',
            statement: 'the same networks before training',
            measured: plain.map(({ missAtStart }) => missAtStart ?? null),
          },
        }),
        atMost(1.5, {
          id: 'flat',
          statement: `From the usual initial scale (${usual}) the bandwidth of the output is at most 1.5 times that of the natural cubic spline.`,
          source: cite('xuBook', 'section 1.2: a flat function, not a strongly oscillating one'),
          measured: ratios(usual),
          control: [
            { id: 'large', statement: `initial scale ${largest}`, measured: ratios(largest) },
            {
              id: 'small',
              statement: `initial scale ${p.small}: smaller is not flatter still`,
              measured: ratios(p.small),
            },
          ],
        }),
        increasing({
          id: 'grows-with-scale',
          statement: `In every network the bandwidth (in units of that of the spline) grows with the initial scale: ${p.scales.join(', ')}.`,
          source: cite('xuBook', 'section 1.2'),
          measured: rows(p.scales.map(ratios)),
          labels: p.scales.map((scale) => `scale ${scale}`),
          control: {
            id: 'other-seeds',
            statement: `other networks instead of other scales, all of scale ${largest}`,
            measured: rows(p.scales.map((_, s) => rotated(ratios(largest), s))),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'fits',
          title: 'What is learnt between the samples, by initial scale',
          caption: `Dots: the samples. Black: the natural cubic spline. Coloured: ${drawn} of ${p.networks} networks of ${count} parameters for each scale.`,
          panels: scales.map((scale) => ({
            title: `initial scale ${scale}`,
            x: { title: 'x' },
            y: { title: 'output', domain: [-2, 2] as const },
            lines: [
              { name: 'spline', x: at, y: spline, color: colors.target, dash: [4, 2] },
              ...ofScale(scale)
                .slice(0, drawn)
                .map(({ values }, i) => ({ name: `network ${i + 1}`, x: at, y: values })),
              { name: 'samples', x, y, color: colors.target, mark: 'points' as const },
            ],
          })),
        }),
        lineFigure({
          id: 'spectra',
          title: 'Spectrum of the output by initial scale',
          caption:
            'Amplitude of the sine modes over the interval, median over the networks. The usual scale follows the spline, large ones carry high frequencies that no sample asks for.',
          x: { title: 'mode k (half periods over the interval)', log: true },
          y: { title: 'amplitude', log: true, domain: [1e-5, 2] },
          lines: [
            { name: 'spline', x: shown, y: shown.map((k) => reference[k] ?? 0), color: colors.target },
            ...scales.map((scale) => ({
              name: `scale ${scale}`,
              x: shown,
              y: shown.map((k) => spread(ofScale(scale).map(({ modes }) => modes[k] ?? 0)).median),
            })),
          ],
        }),
      ],
    };
  },
});

/** A list that begins `by` places later. */
const rotated = (list: number[], by: number): number[] =>
  list.map((_, i) => list[(i + by) % list.length] ?? Number.NaN);

/** Amplitudes of the sine modes of values on an equispaced grid, less the chord between the ends; index 0 is empty. */
function modesOf(values: ArrayLike<number>): number[] {
  const n = values.length - 1;
  const [first, last] = [entry(values, 0), entry(values, n)];
  const inner = Array.from(values, (v, i) => v - (1 - i / n) * first - (i / n) * last).slice(1, n);
  return [0, ...Array.from(sineModes(inner).data, Math.abs)];
}
