/**
 * PhaseDNN: cut the spectrum in bands, shift each to low frequency, learn it there, shift it back, sum.
 *
 * Cai, Li and Liu (2020). On one period the target is `f(x) = c_0(x) + 2 Re sum_m e^(i w_m x) c_m(x)`, where c_m holds the frequencies
 * within half a band of w_m, moved to zero: complex, and slow whatever w_m is. A small network learns the real and imaginary part of
 * each, all at once. A plain network with as many parameters and steps has learnt only the lowest band by then.
 *
 * What this shows is speed, not reach: at 3,000 steps of the quick preset the plain network has got to the highest tone
 * too. So the preset stops at 1,200, where PhaseDNN is done with every band.
 *
 * The price: bands of width D up to wave number K are (2 K / D + 1)^d cells in d dimensions, half of them by symmetry for
 * real targets. The table counts them.
 */
import { z } from 'zod';
import { atLeast, atMost } from '../../experiment/claims.js';
import { defineExperiment } from '../../experiment/define.js';
import { spread } from '../../experiment/seeds.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { trainMany } from '../../nets/index.js';
import { fft, ifft, nudft } from '../../spectrum/index.js';
import { column, period, rms, rmsDifference, rowsOf, stacked } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

export const phaseDnn = defineExperiment({
  id: 'phase-dnn',
  title: 'PhaseDNN: high frequencies learnt as low ones',
  source: 'Slides (001), overcoming the spectral bias; Cai, Li and Liu 2020',
  statement:
    'Bands of the spectrum are shifted to low frequency, learnt by small networks and shifted back. The sum fits high frequencies where a plain network of the same size does not; the number of bands grows exponentially with the dimension.',
  formula: 'f(x) = c_0(x) + 2 Re Σ_m e^{iω_mx} c_m(x),  every c_m of low frequency',
  parameters: z.object({
    tones: z
      .array(z.int().min(1))
      .min(2)
      .default([1, 6, 11, 18, 26, 35])
      .describe('wave numbers of the target on [-pi, pi), amplitude 1 each'),
    bandWidth: z.int().min(2).multipleOf(2).default(8).describe('width of a band, in wave numbers (even)'),
    points: z.int().min(32).default(256).describe('training points, equispaced over the period'),
    width: z.int().min(1).default(40).describe("units of each of the two hidden layers of a band's network"),
    steps: z.int().min(1).default(1200).describe('training steps'),
    learningRate: z.number().positive().default(2e-3).describe('of Adam, full batch'),
    repeats: z.int().min(1).default(3).describe('networks, each from a seed of its own'),
  }),
  presets: {
    quick: {},
    // Up to wave numbers in the hundreds, for which PhaseDNN is made: after 20,000 steps a plain network has all tones up to 35.
    paper: { tones: [1, 3, 23, 137, 203], points: 1024, steps: 5000 },
  },
  seconds: { quick: 1, paper: 150 },
  async run(context) {
    const { tones, bandWidth, points, width, steps, learningRate, repeats } = context.parameters;
    const x = period(-Math.PI, Math.PI, points);
    const target = x.map((v) => tones.reduce((sum, k, i) => sum + Math.sin(k * v + i), 0));
    const count = Math.ceil((Math.max(...tones) + 1 + bandWidth / 2) / bandWidth);
    const centres = Array.from({ length: count }, (_, m) => m * bandWidth);
    const envelopes = centres.map((centre) => envelope(target, x, centre, bandWidth));
    const seeds = context.seeds(repeats);
    const bandSeeds = context.seeds(repeats * count, 'bands');

    const bandSpec = { input: 1, layers: denseLayers({ input: 1, widths: [width, width], outputs: 2 }) };
    const phase = await trainMany(
      bandSeeds.map((seed, i) => ({ spec: bandSpec, seed, y: envelopes[i % count]! })),
      {
        x: column(x),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate },
        steps,
        record: { log: 40 },
        probes: { fit: { type: 'outputs', points: column(x) } },
        signal: context.signal,
        onProgress: context.training(`${count} bands, ${repeats} seeds`, steps),
      },
    );
    // As many parameters as all bands' networks together.
    const total = count * (2 * width + (width + 1) * width + 2 * (width + 1));
    const plainWidth = Math.round(Math.sqrt(total) - 2);
    const plainSpec = { input: 1, layers: denseLayers({ input: 1, widths: [plainWidth, plainWidth] }) };
    const plain = await trainMany(
      seeds.map((seed) => ({ spec: plainSpec, seed })),
      {
        x: column(x),
        y: column(target),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate },
        steps,
        record: { log: 40 },
        probes: { fit: { type: 'outputs', points: column(x) } },
        signal: context.signal,
        onProgress: context.training('plain network', steps),
      },
    );

    const recordSteps = Array.from(plain[0]!.history.steps);
    const runs = seeds.map((_, s) => {
      const parts = centres.map((_, m) => rowsOf(phase[s * count + m]!.history.probes.fit.values));
      const sums = recordSteps.map((_, r) =>
        assemble(
          parts.map((p) => p[r]!),
          x,
          centres,
        ),
      );
      const plains = rowsOf(plain[s]!.history.probes.fit.values);
      return {
        sums,
        plains,
        phaseErrors: sums.map((h) => toneErrors(x, h, target, tones)),
        plainErrors: plains.map((h) => toneErrors(x, h, target, tones)),
      };
    });
    const first = runs[0]!;
    const high = tones.map((_, i) => i).filter((i) => tones[i]! > 1.5 * bandWidth);
    const labels = tones.map((k) => `k = ${k}`);
    const dimensions = [1, 2, 3, 4, 5, 6];
    const cells = dimensions.map((d) => ((2 * (count - 1) + 1) ** d + 1) / 2);
    const at = recordSteps.map((s) => s + 1);

    return {
      metrics: {
        bands: count,
        plainWidth,
        'error.phase': spread(runs.map((r) => rmsDifference(r.sums.at(-1)!, target) / rms(target))).median,
        'error.plain': spread(runs.map((r) => rmsDifference(r.plains.at(-1)!, target) / rms(target))).median,
      },
      claims: [
        atMost(0.1, {
          id: 'phase-fits',
          statement: 'PhaseDNN fits every tone to a relative error of 10 %',
          source: 'Cai, Li and Liu 2020',
          measured: runs.map((r) => r.phaseErrors.at(-1)!),
          labels,
        }),
        atLeast(0.5, {
          id: 'plain-does-not',
          statement: `A plain network with as many parameters and steps misses at least half of the highest tone (k = ${tones.at(-1)})`,
          source: 'Slides (001), overcoming the spectral bias',
          measured: runs.map((r) => r.plainErrors.at(-1)!.at(-1)!),
        }),
        atLeast(3, {
          id: 'better-on-every-high-tone',
          statement:
            "On every tone above the two lowest bands, which a plain network learns too, its error is at least 3 times PhaseDNN's",
          source: 'Slides (001), overcoming the spectral bias',
          measured: runs.map((r) => high.map((i) => r.plainErrors.at(-1)![i]! / r.phaseErrors.at(-1)![i]!)),
          labels: high.map((i) => labels[i]!),
        }),
      ],
      tables: [
        {
          id: 'bands-by-dimension',
          title: `Bands of width ${bandWidth} that cover the wave numbers up to ${Math.max(...tones)} in every direction`,
          columns: { dimension: dimensions, 'networks (half of the cells, real target)': cells },
        },
        {
          id: 'errors',
          title: 'Relative error by tone at the end (median over seeds)',
          columns: {
            'wave number': tones,
            PhaseDNN: tones.map((_, i) => spread(runs.map((r) => r.phaseErrors.at(-1)![i]!)).median),
            plain: tones.map((_, i) => spread(runs.map((r) => r.plainErrors.at(-1)![i]!)).median),
          },
        },
      ],
      figures: [
        panelsFigure({
          id: 'outputs',
          title: `Outputs after ${steps} steps`,
          caption: `A third of the period. Left: ${count} networks of width ${width}, one a band, shifted back and summed. Right: one network of width ${plainWidth}.`,
          panels: [
            { title: 'PhaseDNN', h: first.sums.at(-1)! },
            { title: 'plain', h: first.plains.at(-1)! },
          ].map(({ title, h }) => ({
            title,
            x: { title: 'x', domain: [-1, 1] as const },
            y: { title: 'output' },
            lines: [
              { name: 'target', x, y: target, color: colors.target },
              { name: 'output', x, y: h, color: colors.output, dash: [4, 2] },
            ],
          })),
        }),
        panelsFigure({
          id: 'errors',
          title: 'Relative error of each tone by step',
          caption:
            'Left: PhaseDNN learns all bands at one pace. Right: the plain network learns them from low to high.',
          panels: [
            { title: 'PhaseDNN', errors: first.phaseErrors },
            { title: 'plain', errors: first.plainErrors },
          ].map(({ title, errors }) => ({
            title,
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true },
            lines: tones.map((k, i) => ({ name: `k = ${k}`, x: at, y: errors.map((e) => e[i]!) })),
          })),
        }),
        lineFigure({
          id: 'bands-by-dimension',
          title: 'The price: networks by dimension',
          caption:
            'Number of bands, half of the cells by symmetry. It grows exponentially: PhaseDNN is for low dimensions.',
          x: { title: 'dimension', values: dimensions },
          y: { title: 'networks', log: true },
          lines: [{ name: 'bands', x: dimensions, y: cells, mark: 'both' }],
        }),
      ],
      playback: {
        steps: recordSteps,
        panels: [
          {
            kind: 'curve',
            title: 'Outputs',
            x,
            xLabel: 'x',
            yLabel: 'output',
            series: [
              { name: 'target', y: target },
              { name: 'PhaseDNN', y: stacked(first.sums) },
              { name: 'plain', y: stacked(first.plains) },
            ],
          },
        ],
      },
    };
  },
});

/** Real and imaginary part `[n, 2]` of the band around `centre`, shifted to zero: what a band's network learns. */
function envelope(
  target: number[],
  x: number[],
  centre: number,
  bandWidth: number,
): { data: Float64Array; shape: number[] } {
  const n = target.length;
  const { re, im } = fft(target);
  const inside = (k: number): boolean => k >= centre - bandWidth / 2 && k < centre + bandWidth / 2;
  const keep = Float64Array.from({ length: n }, (_, j) => {
    const k = j < n / 2 ? j : j - n;
    // The band around zero is real: it keeps both signs of a wave number or neither.
    return (centre === 0 ? Math.abs(k) < bandWidth / 2 : inside(k)) ? 1 : 0;
  });
  const band = ifft({ re: keep.map((w, j) => w * re[j]!), im: keep.map((w, j) => w * im[j]!), shape: [n] });
  const data = new Float64Array(2 * n);
  for (let j = 0; j < n; j++) {
    const [c, s] = [Math.cos(centre * x[j]!), Math.sin(centre * x[j]!)];
    data[2 * j] = band.re[j]! * c + band.im[j]! * s;
    data[2 * j + 1] = band.im[j]! * c - band.re[j]! * s;
  }
  return { data, shape: [n, 2] };
}

/** The bands' outputs `[n, 2]` shifted back and summed. */
function assemble(parts: ArrayLike<number>[], x: number[], centres: number[]): Float64Array {
  return Float64Array.from(x, (v, j) =>
    centres.reduce((sum, centre, m) => {
      const [re, im] = [parts[m]![2 * j]!, parts[m]![2 * j + 1]!];
      return sum + (centre === 0 ? re : 2 * (re * Math.cos(centre * v) - im * Math.sin(centre * v)));
    }, 0),
  );
}

/** Relative error `|h_k - f_k| / |f_k|` at each tone. */
function toneErrors(x: number[], h: ArrayLike<number>, target: number[], tones: number[]): number[] {
  const off = nudft(
    x,
    target.map((v, j) => h[j]! - v),
    tones,
    { angular: true },
  );
  const whole = nudft(x, target, tones, { angular: true });
  return tones.map((_, i) => Math.hypot(off.re[i]!, off.im[i]!) / Math.hypot(whole.re[i]!, whole.im[i]!));
}
