/**
 * PhaseDNN: cut the spectrum in bands, shift each to low frequency, learn it there, shift it back, sum.
 *
 * Cai, Li and Liu (2020). On one period the target is `f(x) = c_0(x) + 2 Re sum_m e^(i w_m x) c_m(x)`, where c_m holds the frequencies
 * within half a band of w_m, moved to zero: complex, and slow whatever w_m is. A small network learns the real and imaginary part of
 * each, all at once. Beside it train plain networks with as many parameters and steps: one as usually initialised, which has learnt
 * only the lowest band by then, and sin networks whose first layer is drawn from N(0, s^2).
 *
 * A sin network whose first layer reaches the target's frequencies learns every tone too, in as many steps: the bands are one way to
 * features of high frequency, the first layer's scale is another, and costs nothing in more dimensions. It is the scale and the
 * activation together: a tanh network with a first layer as wide, which is shown, still misses half of the highest tone.
 *
 * With the usual first layer this shows speed, not reach: at 3,000 steps of the quick preset the plain network has got to the
 * highest tone too. So the preset stops at 1,200, where PhaseDNN is done with every band.
 *
 * Errors are those at the points halfway between the samples: too wide a first layer passes through the samples and oscillates
 * between them.
 *
 * The price: bands of width D up to wave number K are (2 K / D + 1)^d cells in d dimensions, half of them by symmetry for
 * real targets. The table counts them; `phase-dnn-dimensions` measures them.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { ArrayInput } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atLeast, atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import type { NetworkSpec } from '../../nets/index.js';
import { nudft } from '../../spectrum/index.js';
import { asColumn, combine, entry, keysOf, magnitudes } from '../support/arrays.js';
import { centresOf, envelope, movedBack } from '../support/bands.js';
import { denseLayers } from '../support/layers.js';
import { byKind, tonesParameter, tonesTarget, toneViews } from '../support/tones.js';

const parameters = z.object({
  tones: tonesParameter,
  bandWidth: z.int().min(2).multipleOf(2).default(8).describe('width of a band, in wave numbers (even)'),
  firstLayer: z
    .number()
    .positive()
    .default(16)
    .describe('standard deviation of the first layer of the wide plain networks: about half the highest tone'),
  points: common.points(256, 32),
  width: z.int().min(1).default(40).describe("units of each of the two hidden layers of a band's network"),
  steps: common.steps(1200),
  learningRate: common.learningRate(2e-3),
  networks: common.networks(),
});

const kinds = {
  usual: 'plain, as usual',
  sin: 'plain sin, wide first layer',
  tanh: 'plain tanh, wide first layer',
} as const;
type Kind = keyof typeof kinds;

export const phaseDnn = defineExperiment({
  id: 'phase-dnn',
  title: 'PhaseDNN: high frequencies learnt as low ones',
  source: [cite('cai2020'), cite('notesSlides', 'overcoming the spectral bias')].join('; '),
  statement:
    'Bands of the spectrum are shifted to low frequency, learnt by small networks and shifted back. The sum fits high ' +
    'frequencies where a plain network of the same size, as usually initialised, does not. A sin network whose first layer is ' +
    "drawn wide enough to reach the target's frequencies fits them too, without bands, whose number grows exponentially with " +
    'the dimension.',
  formula: 'f(x) = c_0(x) + 2 Re Σ_m e^{iω_mx} c_m(x),  every c_m of low frequency',
  parameters,
  presets: {
    quick: {},
    // Up to wave numbers in the hundreds, for which PhaseDNN is made: after 20,000 steps a plain network has all tones up to 35.
    paper: { tones: [1, 3, 23, 137, 203], firstLayer: 64, points: 1024, steps: 5000 },
  },
  seconds: { quick: 4, paper: 210 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const { x, y: target, between, wanted } = tonesTarget(p.tones, p.points);
    const centres = centresOf(Math.max(...p.tones), p.bandWidth, 1);
    const shared = {
      x: asColumn(x),
      loss: 'mse' as const,
      optimizer: { type: 'adam' as const, learningRate: p.learningRate },
      steps: p.steps,
      record: { log: 40 },
      probes: { fit: { type: 'outputs' as const, points: asColumn(between) } },
    };
    const bands = await trainAll(context, {
      // Every band of every network has a seed of its own.
      cells: seeds(p.networks * centres.length, 'bands').map((seed, i) => ({ seed, band: i % centres.length })),
      what: `networks of ${centres.length} bands`,
      run: ({ seed, band }) => ({
        seed,
        spec: { input: 1, layers: denseLayers({ input: 1, widths: [p.width, p.width], outputs: 2 }) },
        y: envelope(
          { data: Float64Array.from(target), shape: [p.points] },
          asColumn(x),
          entry(centres, band),
          p.bandWidth,
        ),
      }),
      shared,
    });
    const plainWidth = sameSize(p.width, centres.length);
    const specs: Record<Kind, NetworkSpec> = {
      usual: plainNetwork(plainWidth, 'tanh'),
      sin: plainNetwork(plainWidth, 'sin', p.firstLayer),
      tanh: plainNetwork(plainWidth, 'tanh', p.firstLayer),
    };
    const plain = await trainAll(context, {
      cells: grid({ kind: keysOf(kinds), seed: seeds(p.networks) }),
      what: 'plain networks',
      run: ({ kind, seed }) => ({ seed, spec: specs[kind], y: asColumn(target) }),
      shared,
    });
    const fits = [
      ...seeds(p.networks).map((_, n) => {
        const own = bands.slice(n * centres.length, (n + 1) * centres.length);
        const parts = own.map(({ band, probes }) =>
          rows(probes.fit.values).map((row) => movedBack(row, asColumn(between), entry(centres, band))),
        );
        const sum = (_: number, r: number) =>
          Float64Array.from(between, (_, i) => parts.reduce((all, part) => all + entry(entry(part, r), i), 0));
        return { name: 'PhaseDNN', outputs: (own[0]?.steps ?? []).map(sum) };
      }),
      ...plain.map(({ kind, probes }) => ({ name: kinds[kind], outputs: rows(probes.fit.values) })),
    ];
    const networks = fits.map(({ name, outputs }) => ({
      name,
      steps: plain[0]?.steps ?? [],
      outputs,
      errors: outputs.map((output) => toneErrors(between, output, wanted, p.tones)),
    }));
    return { x: between, target: wanted, plainWidth, networks };
  },

  present({ x, target, plainWidth, networks }, p) {
    const centres = centresOf(Math.max(...p.tones), p.bandWidth, 1);
    const { names, of, ends, median, highest, worst } = byKind(networks, p.tones);
    const labels = p.tones.map((k) => `k = ${k}`);
    const views = toneViews({
      x,
      target,
      tones: p.tones,
      drawn: names.flatMap((name) => of(name).slice(0, 1)),
      steps: p.steps,
      captions: {
        outputs: `A third of the period. PhaseDNN: ${centres.length} networks of width ${p.width}, one a band, shifted back and summed. Plain: one network of width ${plainWidth}; a wide first layer is drawn from N(0, ${p.firstLayer}^2).`,
        errors:
          'PhaseDNN learns all bands at one pace, and so does the sin network with a wide first layer; the plain network as usually initialised learns them from low to high.',
      },
    });
    const usual = {
      id: 'usual',
      statement: 'a plain tanh network with as many parameters, as usually initialised',
      measured: ends(kinds.usual),
    };
    const dimensions = [1, 2, 3, 4, 5, 6];
    const cells = dimensions.map((d) => ((2 * (centres.length - 1) + 1) ** d + 1) / 2);

    return {
      metrics: {
        bands: centres.length,
        plainWidth,
        worst_phase: worst('PhaseDNN'),
        ...Object.fromEntries(Object.entries(kinds).map(([kind, name]) => [`worst_${kind}`, worst(name)])),
      },
      claims: [
        atMost(0.1, {
          id: 'phase-fits',
          statement: `PhaseDNN fits every tone to a relative error of 10 %, halfway between the samples, in ${p.steps} steps.`,
          source: cite('cai2020'),
          measured: ends('PhaseDNN'),
          labels,
          control: usual,
        }),
        atMost(0.1, {
          id: 'wide-first-layer-fits',
          statement: `So does a plain sin network with as many parameters whose first layer is drawn from N(0, ${p.firstLayer}^2).`,
          source: [cite('tancik2020', 'features of high frequency'), cite('fprinciple', 'the comparison')].join('; '),
          measured: ends(kinds.sin),
          labels,
          control: [
            usual,
            {
              id: 'tanh',
              statement: 'a plain tanh network with as wide a first layer',
              measured: ends(kinds.tanh),
            },
          ],
        }),
        atLeast(0.5, {
          id: 'usual-does-not',
          statement: `A plain network with as many parameters and steps, as usually initialised, misses at least half of the highest tone (k = ${p.tones.at(-1)}).`,
          source: cite('notesSlides', 'overcoming the spectral bias'),
          measured: highest(kinds.usual),
          control: {
            id: 'wide',
            statement: `a sin network, its first layer drawn from N(0, ${p.firstLayer}^2)`,
            measured: highest(kinds.sin),
          },
        }),
      ],
      tables: [
        {
          id: 'bands-by-dimension',
          title: `Bands of width ${p.bandWidth} that cover the wave numbers up to ${Math.max(...p.tones)} in every direction`,
          columns: { dimension: dimensions, 'networks (half of the cells, real target)': cells },
        },
        {
          id: 'errors',
          title: 'Relative error by tone at the end, halfway between the samples (median over the networks)',
          columns: { 'wave number': p.tones, ...Object.fromEntries(names.map((name) => [name, median(name)])) },
        },
      ],
      figures: [
        ...views.figures,
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
      playback: views.playback,
    };
  },
});

/** The width at which one network of two hidden layers has as many parameters as `count` of `width` with two outputs. */
const sameSize = (width: number, count: number): number =>
  Math.round(Math.sqrt(count * (2 * width + (width + 1) * width + 2 * (width + 1))) - 2);

const plainNetwork = (width: number, activation: 'sin' | 'tanh', firstLayer?: number): NetworkSpec => ({
  input: 1,
  layers: denseLayers({ input: 1, widths: [width, width], activation, ...(firstLayer && { firstLayer }) }),
});

/** Relative error `|h_k - f_k| / |f_k|` at each tone. */
function toneErrors(x: number[], h: ArrayLike<number>, target: number[], tones: number[]): number[] {
  const amplitudes = (values: ArrayInput): Float64Array => magnitudes(nudft(x, values, tones, { angular: true }));
  const off = amplitudes(combine(h, target, (v, wanted) => v - wanted));
  return Array.from(combine(off, amplitudes(target), (a, b) => a / b));
}
