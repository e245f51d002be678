/**
 * A handful of points and a network with thousands of parameters: what is learnt is flat (Xu, book, section 1.2).
 *
 * Any function through the points has the same training loss, so what the network picks is its bias. It is compared
 * with the natural cubic spline, the interpolant that bends least. Bandwidth: the function less the chord between its
 * ends, in sine modes `sin(k pi (x - a) / (b - a))` over the interval of the points; the k up to which 95 % of the power
 * lies. (A Fourier series would see the jump between the ends of the interval.)
 *
 * The initial scale is the weights' standard deviation in units of 1/sqrt(fan_in). A large one starts the network as a
 * function that oscillates already, and training bends it through the points without taking the oscillation away. The
 * growth is claimed from the second scale on (2): between 1 and 2 the bandwidth is that of the spline and has nothing left
 * to fall. Below that it rises again: at 0.5 it was 1.2 to 1.9 times the spline's, since a network that starts so small
 * has its neurons align in a few directions, each of which bends the function in one place, sharply.
 */
import { z } from 'zod';
import {
  atMost,
  bandwidth,
  defineExperiment,
  increasing,
  probe,
  refuseDiverged,
  spread,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { cubicSpline, sineModes } from '../../linalg/index.js';
import { trainMany } from '../../nets/index.js';
import { column, rmsDifference, rowsOf } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

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
  widths: z.array(z.int().min(1)).min(1).default([200, 200]).describe('widths of the hidden layers, tanh'),
  scales: z
    .array(z.number().positive())
    .min(3)
    .default([1, 2, 4, 8])
    .describe('initial standard deviations in units of 1/sqrt(fan_in), ascending'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, full batch'),
  steps: z.int().min(1).default(10_000).describe('training steps'),
  seeds: z.int().min(1).max(100).default(10).describe('networks at each scale'),
  grid: z.int().min(50).default(400).describe('intervals of the grid on which outputs are looked at'),
});

export const fewPointsFlat = defineExperiment({
  id: 'few-points-flat',
  title: 'A handful of points is joined by a flat function',
  source: 'Xu, book (002), section 1.2: overparameterised networks on few points',
  statement:
    'A network with many times more parameters than samples fits the samples by a flat function, not by an oscillating ' +
    'one, when it starts small; the larger its initial weights, the more it oscillates between the samples.',
  formula: 'B(h) = min{K : Σ_{k≤K} |ĥ(k)|^2 ≥ 0.95 Σ_k |ĥ(k)|^2}',
  parameters,
  presets: { quick: { widths: [60, 60], steps: 2500, learningRate: 2e-3, seeds: 5 }, paper: {} },
  seconds: { quick: 1, paper: 25 },
  async run({ parameters: p, seeds, signal, training }) {
    const [x, y] = [0, 1].map((i) => p.points.map((point) => point[i]!)) as [number[], number[]];
    const [start, end] = [x[0]!, x.at(-1)!];
    const at = Array.from({ length: p.grid + 1 }, (_, i) => start + ((end - start) * i) / p.grid);
    const runs = await trainMany(
      p.scales.flatMap((scale) =>
        seeds(p.seeds).map((seed) => ({
          seed,
          spec: { input: 1, layers: denseLayers({ input: 1, widths: p.widths, scale }) },
        })),
      ),
      {
        x: column(x),
        y: column(y),
        loss: 'mse',
        // At a constant rate Adam's last spike can leave one network of forty off the samples.
        optimizer: { type: 'adam', learningRate: p.learningRate, schedule: { type: 'cosine', steps: p.steps } },
        steps: p.steps,
        record: { at: [] },
        probes: {
          fit: { type: 'outputs', points: column(at) },
          samples: { type: 'outputs', points: column(x) },
        },
        signal,
        onProgress: training(`${p.scales.length} scales, ${p.seeds} seeds`, p.steps),
      },
    );
    for (const { history } of runs) refuseDiverged(history, 'few points');
    const last = (name: string): Float64Array[] =>
      runs.map(({ history }) => rowsOf(probe(history, name, 'values')).at(-1)!);
    const fits = last('fit');
    const misses = last('samples').map((h) => rmsDifference(h, y));
    const spline = cubicSpline(x, y, at).data;
    const spectra = fits.map(modesOf);
    const reference = modesOf(spline);
    const widest = bandwidth(reference);
    const ofScale = <T>(values: T[], s: number): T[] => values.slice(s * p.seeds, (s + 1) * p.seeds);
    const ratios = p.scales.map((_, s) => ofScale(spectra, s).map((modes) => bandwidth(modes) / widest));
    const labels = p.scales.map((scale) => `scale ${scale}`);
    const drawn = Math.min(3, p.seeds);
    const parametersIn = Object.values(runs[0]!.parameters).reduce((sum, { data }) => sum + data.length, 0);
    const shown = Array.from({ length: Math.min(40, p.grid - 1) }, (_, k) => k + 1);

    return {
      metrics: {
        parameters: parametersIn,
        samples: x.length,
        bandwidth_spline: widest,
        ...Object.fromEntries(p.scales.map((scale, s) => [`bandwidth_ratio_${scale}`, spread(ratios[s]!).median])),
      },
      tables: [
        {
          id: 'bandwidth',
          title: "Bandwidth in units of the spline's, and root mean square error on the samples",
          columns: {
            scale: p.scales.flatMap((scale) => seeds(p.seeds).map(() => scale)),
            network: p.scales.flatMap(() => seeds(p.seeds).map((_, i) => i + 1)),
            'bandwidth ratio': ratios.flat(),
            'error on the samples': misses,
          },
        },
      ],
      claims: [
        atMost(0.02, {
          id: 'fits',
          statement: `Every network passes through the ${x.length} samples (root mean square error), with ${parametersIn} parameters.`,
          source: 'book, section 1.2',
          measured: misses,
        }),
        atMost(1.5, {
          id: 'flat',
          statement: `From the smallest initial scale (${p.scales[0]}) the bandwidth of the output is at most 1.5 times that of the natural cubic spline.`,
          source: 'book, section 1.2: a flat function, not a strongly oscillating one',
          measured: ratios[0]!,
        }),
        increasing({
          id: 'grows-with-scale',
          statement:
            'The bandwidth (in units of that of the spline, median over the networks) grows with the initial scale from the second one on.',
          source: 'book, section 1.2',
          measured: ratios.slice(1).map((r) => spread(r).median),
          labels: labels.slice(1),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'fits',
          title: 'What is learnt between the samples, by initial scale',
          caption: `Dots: the samples. Black: the natural cubic spline. Coloured: ${drawn} of ${p.seeds} networks of ${parametersIn} parameters for each scale.`,
          panels: p.scales.map((scale, s) => ({
            title: `initial scale ${scale}`,
            x: { title: 'x' },
            y: { title: 'output', domain: [-2, 2] as const },
            lines: [
              { name: 'spline', x: at, y: spline, color: colors.target, dash: [4, 2] },
              ...ofScale(fits, s)
                .slice(0, drawn)
                .map((h, i) => ({ name: `network ${i + 1}`, x: at, y: h })),
              { name: 'samples', x, y, color: colors.target, mark: 'points' as const },
            ],
          })),
        }),
        lineFigure({
          id: 'spectra',
          title: 'Spectrum of the output by initial scale',
          caption:
            'Amplitude of the sine modes over the interval, median over the networks. Small scales follow the spline, large ones carry high frequencies that no sample asks for.',
          x: { title: 'mode k (half periods over the interval)', log: true },
          y: { title: 'amplitude', log: true, domain: [1e-5, 2] },
          lines: [
            { name: 'spline', x: shown, y: shown.map((k) => reference[k]!), color: colors.target },
            ...p.scales.map((scale, s) => ({
              name: `scale ${scale}`,
              x: shown,
              y: shown.map((k) => spread(ofScale(spectra, s).map((modes) => modes[k]!)).median),
            })),
          ],
        }),
      ],
    };
  },
});

/** Amplitudes of the sine modes of values on an equispaced grid, less the chord between the ends; index 0 is empty. */
function modesOf(values: ArrayLike<number>): number[] {
  const n = values.length - 1;
  const inner = Array.from({ length: n - 1 }, (_, i) => {
    const t = (i + 1) / n;
    return values[i + 1]! - (1 - t) * values[0]! - t * values[n]!;
  });
  return [0, ...Array.from(sineModes(inner).data, Math.abs)];
}
