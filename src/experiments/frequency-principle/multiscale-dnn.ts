/**
 * MscaleDNN: sub-networks that see the input scaled by 1, 2, 4, ..., their outputs summed (Liu, Cai and Xu 2020).
 *
 * Scaled by a, frequency k of the target is frequency k / a for the sub-network, so that each learns as low frequency
 * what lies about its own scale, and none has to be told which: unlike PhaseDNN there is one network, one loss, and no
 * transform of the data, and a scale costs one sub-network in any dimension. A plain network with as many parameters
 * and steps is trained beside it. As with PhaseDNN what is shown is speed: after 1,000 steps of the quick preset the plain
 * network of some seeds has learnt three quarters of the highest tone too, so the preset stops at 400. With 20,000 steps it
 * had all tones up to 35, so the paper preset goes up to 203, where it has not begun on the highest after 5,000.
 *
 * The activation is sin, bounded and smooth; Liu, Cai and Xu take compactly supported ones
 * (sReLU, phi), later papers of the group sin for the same reason: a scaled input must not leave the activation's range.
 * The plain network gets the same activation, so that the scales are the only difference.
 */
import { z } from 'zod';
import { atLeast, atMost, defineExperiment, refuseDiverged, spread } from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { type LayerSpec, type NetworkSpec, trainMany } from '../../nets/index.js';
import { column, period, rms, rmsDifference, rowsOf, stacked } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

const parameters = z.object({
  tones: z
    .array(z.int().min(1))
    .min(2)
    .default([1, 6, 11, 18, 26, 35])
    .describe('wave numbers of the target on [-pi, pi), amplitude 1 each'),
  scales: z.array(z.number().positive()).min(2).default([1, 2, 4, 8, 16, 32]).describe('factors of the input'),
  points: z.int().min(32).default(256).describe('training points, equispaced over the period'),
  width: z.int().min(1).default(40).describe('units of each of the two hidden layers of a sub-network'),
  activation: z.enum(['sin', 'tanh']).default('sin').describe('of both networks'),
  steps: z.int().min(1).default(20_000).describe('training steps'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, full batch'),
  repeats: z.int().min(1).default(5).describe('networks of each kind'),
});

export const multiscaleDnn = defineExperiment({
  id: 'multiscale-dnn',
  title: 'MscaleDNN: one network, its input at many scales',
  source: 'Book (002), end of section 1.4 (multiscale networks); Liu, Cai and Xu 2020',
  statement:
    'A network whose sub-networks see the input scaled by several factors learns high frequencies that a plain network ' +
    'of the same size does not learn in the same steps.',
  formula: 'h(x) = Σ_a h_a(a x),  a = 1, 2, 4, …',
  parameters,
  presets: {
    quick: { points: 192, width: 24, steps: 400, learningRate: 2e-3, repeats: 3 },
    // Up to wave numbers in the hundreds, for which such networks are made; a plain one gets to all lower tones in as many steps.
    paper: {
      tones: [1, 3, 23, 137, 203],
      scales: [1, 2, 4, 8, 16, 32, 64, 128],
      points: 1024,
      steps: 5000,
      repeats: 3,
    },
  },
  seconds: { quick: 1, paper: 75 },
  async run({ parameters: p, seeds, signal, training }) {
    const x = period(-Math.PI, Math.PI, p.points);
    const target = x.map((v) => p.tones.reduce((sum, k, i) => sum + Math.sin(k * v + i), 0));
    const dense = (width: number): LayerSpec[] =>
      denseLayers({ input: 1, widths: [width, width], activation: p.activation });
    const scaled: NetworkSpec = {
      input: 1,
      layers: [
        {
          type: 'branches',
          combine: 'sum',
          branches: p.scales.map((factor): LayerSpec[] => [{ type: 'scale', factor }, ...dense(p.width)]),
        },
      ],
    };
    const size = (width: number): number => 2 * width + (width + 1) * width + width + 1;
    // As many parameters as all sub-networks together: w^2 + 4 w + 1 of them.
    const plainWidth = Math.round(Math.sqrt(p.scales.length * size(p.width) + 3) - 2);
    const kinds = [
      { name: 'MscaleDNN', spec: scaled },
      { name: 'plain', spec: { input: 1, layers: dense(plainWidth) } },
    ];
    const runs = await trainMany(
      kinds.flatMap(({ spec }) => seeds(p.repeats).map((seed) => ({ spec, seed }))),
      {
        x: column(x),
        y: column(target),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: 40 },
        probes: {
          fit: { type: 'outputs', points: column(x) },
          error: {
            type: 'spectrum',
            points: column(x),
            target: column(target),
            frequencies: p.tones.map((k) => k / (2 * Math.PI)),
          },
        },
        signal,
        onProgress: training(`both networks, ${p.repeats} seeds`, p.steps),
      },
    );
    for (const { history } of runs) refuseDiverged(history, 'multiscale');
    const [multi, plain] = kinds.map((_, k) =>
      runs.slice(k * p.repeats, (k + 1) * p.repeats).map(({ history }) => ({
        steps: history.steps,
        fits: rowsOf(history.probes.fit.values),
        errors: rowsOf(history.probes.error.relativeError),
      })),
    ) as [Kind[], Kind[]];
    const end = (run: Kind): Float64Array => run.errors.at(-1)!;
    const labels = p.tones.map((k) => `k = ${k}`);
    const top = p.tones.length - 1;
    const miss = (run: Kind): number => rmsDifference(run.fits.at(-1)!, target) / rms(target);
    const at = multi[0]!.steps.map((step) => step + 1);

    return {
      metrics: {
        plainWidth,
        error_multiscale: spread(multi.map(miss)).median,
        error_plain: spread(plain.map(miss)).median,
      },
      claims: [
        atMost(0.1, {
          id: 'multiscale-fits',
          statement: 'MscaleDNN fits every tone to a relative error of 10 %.',
          source: 'Liu, Cai and Xu 2020',
          measured: multi.map((run) => Array.from(end(run))),
          labels,
        }),
        atLeast(0.5, {
          id: 'plain-does-not',
          statement: `A plain network with as many parameters and steps misses at least half of the highest tone (k = ${p.tones[top]}).`,
          source: 'book, section 1.4: detail is what is missing',
          measured: plain.map((run) => end(run)[top]!),
        }),
      ],
      tables: [
        {
          id: 'errors',
          title: `Relative error by tone after ${p.steps} steps (median over the networks)`,
          columns: {
            'wave number': p.tones,
            MscaleDNN: p.tones.map((_, i) => spread(multi.map((run) => end(run)[i]!)).median),
            plain: p.tones.map((_, i) => spread(plain.map((run) => end(run)[i]!)).median),
          },
        },
      ],
      figures: [
        panelsFigure({
          id: 'outputs',
          title: `Outputs after ${p.steps} steps`,
          caption: `A third of the period. Left: ${p.scales.length} sub-networks of width ${p.width}, inputs scaled by ${p.scales.join(', ')}. Right: one network of width ${plainWidth}.`,
          panels: kinds.map(({ name }, k) => ({
            title: name,
            x: { title: 'x', domain: [-1, 1] as const },
            y: { title: 'output' },
            lines: [
              { name: 'target', x, y: target, color: colors.target },
              { name: 'output', x, y: [multi, plain][k]![0]!.fits.at(-1)!, color: colors.output, dash: [4, 2] },
            ],
          })),
        }),
        panelsFigure({
          id: 'errors',
          title: 'Relative error of each tone by step',
          caption: 'Left: MscaleDNN learns all tones at once. Right: the plain network learns them from low to high.',
          panels: kinds.map(({ name }, k) => ({
            title: name,
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true },
            lines: labels.map((label, i) => ({
              name: label,
              x: at,
              y: [multi, plain][k]![0]!.errors.map((e) => e[i]!),
            })),
          })),
        }),
        lineFigure({
          id: 'error-by-tone',
          title: 'Relative error by frequency at the end',
          caption: 'Median over the networks.',
          x: { title: 'wave number' },
          y: { title: 'relative error', log: true },
          lines: kinds.map(({ name }, k) => ({
            name,
            x: p.tones,
            y: p.tones.map((_, i) => spread([multi, plain][k]!.map((run) => end(run)[i]!)).median),
            mark: 'both' as const,
          })),
        }),
      ],
      playback: {
        steps: multi[0]!.steps,
        panels: [
          {
            kind: 'curve',
            title: 'Outputs',
            x,
            xLabel: 'x',
            yLabel: 'output',
            series: [
              { name: 'target', y: target },
              { name: 'MscaleDNN', y: stacked(multi[0]!.fits) },
              { name: 'plain', y: stacked(plain[0]!.fits) },
            ],
          },
        ],
      },
    };
  },
});

interface Kind {
  steps: number[];
  fits: Float64Array[];
  /** `[records, tones]`. */
  errors: Float64Array[];
}
