/**
 * MscaleDNN: sub-networks that see the input scaled by 1, 2, 4, ..., their outputs summed (Liu, Cai and Xu 2020).
 *
 * Scaled by a, frequency k of the target is frequency k / a for the sub-network, so that each learns as low frequency
 * what lies about its own scale. There is one network, one loss, and no transform of the data, and a scale costs one
 * sub-network in any dimension. Beside it train plain networks with as many parameters and steps: one as usually initialised,
 * which is what the source compares with, and others whose first layer is drawn from N(0, s^2) with a larger s.
 *
 * These take the rest of the claim away: a first layer whose weights reach the target's frequencies learns every tone as well
 * as the sub-networks do, or better. What high frequencies need is features of high frequency, wherever these come from
 * (Tancik et al. 2020); that the input is scaled in sub-networks adds nothing to that here. Too small an s is the usual network
 * again, one beyond the target's frequencies fits the samples and nothing between them: the table shows the range in which s may
 * lie, which MscaleDNN has not to be told.
 *
 * With the usual first layer it is a matter of speed: after 1,000 steps of the quick preset the plain network of some seeds has
 * learnt three quarters of the highest tone too, so the preset stops at 400. The paper preset goes up to wave number 203.
 *
 * Errors are those at the points halfway between the samples. On the samples themselves the widest first layer has the smallest
 * error of all, 1e-8, and half of every tone is missing between them. With 192 samples (3 for a period of the sub-network of scale
 * 32 at 2 standard deviations) one MscaleDNN in twenty missed a tenth of a tone there; with 256 all are below 0.01.
 *
 * The activation is sin, bounded and smooth; Liu, Cai and Xu take compactly supported ones (sReLU, phi), later papers of the
 * group sin for the same reason: a scaled input must not leave the activation's range. All networks have the same one.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { atLeast, atMost, common, defineExperiment, grid, trainAll } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { asColumn } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';
import { byKind, tonesParameter, tonesTarget, toneViews } from '../support/tones.js';

const parameters = z.object({
  tones: tonesParameter,
  scales: z.array(z.number().positive()).min(2).default([1, 2, 4, 8, 16, 32]).describe('factors of the input'),
  firstLayer: z
    .number()
    .positive()
    .default(16)
    .describe(
      'standard deviation of the first layer of the plain network that is claimed to do as well: about half the highest tone',
    ),
  firstLayers: z
    .array(z.number().positive())
    .min(1)
    .default([4, 8, 32, 64])
    .describe('others that are shown, the largest of them too wide; the usual one is 1'),
  points: common.points(256, 32),
  width: z.int().min(1).default(40).describe('units of each of the two hidden layers of a sub-network'),
  activation: z.enum(['sin', 'tanh']).default('sin').describe('of all networks'),
  steps: common.steps(20_000),
  learningRate: common.learningRate(1e-3),
  networks: common.networks(),
});

/** What a plain network's first layer has as its standard deviation; `undefined` for MscaleDNN. */
interface Kind {
  name: string;
  firstLayer?: number;
}

export const multiscaleDnn = defineExperiment({
  id: 'multiscale-dnn',
  title: 'MscaleDNN: one network, its input at many scales',
  source: [cite('liu2020'), cite('xuBook', 'end of section 1.4, multiscale networks')].join('; '),
  statement:
    'A network whose sub-networks see the input scaled by several factors learns high frequencies that a plain network ' +
    'of the same size, as usually initialised, does not learn in the same steps. So does a plain network whose first layer is ' +
    "drawn wide enough to reach the target's frequencies: what is needed are features of high frequency, not sub-networks.",
  formula: 'h(x) = Σ_a h_a(a x),  a = 1, 2, 4, …',
  parameters,
  presets: {
    quick: { width: 24, steps: 400, learningRate: 2e-3 },
    // Up to wave numbers in the hundreds, for which such networks are made; a plain one gets to all lower tones in as many steps.
    paper: {
      tones: [1, 3, 23, 137, 203],
      scales: [1, 2, 4, 8, 16, 32, 64, 128],
      firstLayer: 64,
      firstLayers: [16, 32, 128, 256],
      points: 1024,
      steps: 5000,
    },
  },
  seconds: { quick: 2, paper: 140 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const { x, y: target, between, wanted } = tonesTarget(p.tones, p.points);
    const kinds: Kind[] = [
      { name: 'MscaleDNN' },
      ...[1, p.firstLayer, ...p.firstLayers].map((s) => ({ name: plainName(s), firstLayer: s })),
    ];
    const plainWidth = sameSize(p.width, p.scales.length);
    const networkOf = ({ firstLayer }: Kind): NetworkSpec => {
      const dense = (width: number): LayerSpec[] =>
        denseLayers({ input: 1, widths: [width, width], activation: p.activation, ...(firstLayer && { firstLayer }) });
      if (firstLayer !== undefined) return { input: 1, layers: dense(plainWidth) };
      const branches = p.scales.map((factor): LayerSpec[] => [{ type: 'scale', factor }, ...dense(p.width)]);
      return { input: 1, layers: [{ type: 'branches', combine: 'sum', branches }] };
    };
    const fits = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      name: ({ kind }) => kind.name,
      run: ({ kind, seed }) => ({ seed, spec: networkOf(kind) }),
      shared: {
        x: asColumn(x),
        y: asColumn(target),
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: 40 },
        probes: {
          fit: { type: 'outputs', points: asColumn(x) },
          error: {
            type: 'spectrum',
            points: asColumn(between),
            target: asColumn(wanted),
            frequencies: p.tones.map((k) => k / (2 * Math.PI)),
          },
        },
      },
    });
    const networks = fits.map(({ kind, steps, probes }) => ({
      name: kind.name,
      steps,
      outputs: rows(probes.fit.values),
      errors: rows(probes.error.relativeError),
    }));
    return { x, target, plainWidth, networks };
  },

  present({ x, target, plainWidth, networks }, p) {
    const { names, of, ends, median, highest, worst } = byKind(networks, p.tones);
    const labels = p.tones.map((k) => `k = ${k}`);
    const [multi, usual, wide] = ['MscaleDNN', plainName(1), plainName(p.firstLayer)] as const;
    const widest = Math.max(...p.firstLayers);
    const views = toneViews({
      x,
      target,
      tones: p.tones,
      drawn: [multi, usual, wide].flatMap((name) => of(name).slice(0, 1)),
      steps: p.steps,
      captions: {
        outputs: `A third of the period. MscaleDNN: ${p.scales.length} sub-networks of width ${p.width}, inputs scaled by ${p.scales.join(', ')}. Plain: one network of width ${plainWidth}.`,
        errors:
          'The plain network as usually initialised learns the tones from low to high; MscaleDNN and the plain network with a wide first layer learn all at once.',
      },
    });
    const asUsual = { id: 'usual', statement: `a plain network as usually initialised (first layer N(0, 1))` };

    return {
      metrics: {
        plainWidth,
        worst_multiscale: worst(multi),
        worst_usual: worst(usual),
        worst_wide: worst(wide),
      },
      claims: [
        atMost(0.1, {
          id: 'multiscale-fits',
          statement: `MscaleDNN fits every tone to a relative error of 10 %, halfway between the samples, in ${p.steps} steps.`,
          source: cite('liu2020'),
          measured: ends(multi),
          labels,
          control: { ...asUsual, measured: ends(usual) },
        }),
        atMost(0.1, {
          id: 'wide-first-layer-fits',
          statement: `So does a plain network with as many parameters whose first layer is drawn from N(0, ${p.firstLayer}^2).`,
          source: [cite('tancik2020', 'features of high frequency'), cite('fprinciple', 'the comparison')].join('; '),
          measured: ends(wide),
          labels,
          control: [
            { ...asUsual, measured: ends(usual) },
            {
              id: 'too-wide',
              statement: `its first layer drawn from N(0, ${widest}^2), beyond the target's frequencies`,
              measured: ends(plainName(widest)),
            },
          ],
        }),
        atLeast(0.5, {
          id: 'usual-does-not',
          statement: `A plain network with as many parameters and steps, as usually initialised, misses at least half of the highest tone (k = ${p.tones.at(-1)}).`,
          source: cite('xuBook', 'section 1.4: detail is what is missing'),
          measured: highest(usual),
          control: {
            id: 'wide',
            statement: `the same network, its first layer drawn from N(0, ${p.firstLayer}^2)`,
            measured: highest(wide),
          },
        }),
      ],
      tables: [
        {
          id: 'errors',
          title: `Relative error by tone after ${p.steps} steps, halfway between the samples (median over the networks)`,
          columns: { 'wave number': p.tones, ...Object.fromEntries(names.map((name) => [name, median(name)])) },
        },
      ],
      figures: [
        ...views.figures,
        lineFigure({
          id: 'error-by-tone',
          title: 'Relative error by frequency at the end',
          caption: `Halfway between the samples; median over ${p.networks} networks of each kind.`,
          x: { title: 'wave number' },
          y: { title: 'relative error', log: true },
          lines: names.map((name) => ({ name, x: p.tones, y: median(name), mark: 'both' as const })),
        }),
      ],
      playback: views.playback,
    };
  },
});

const plainName = (firstLayer: number): string =>
  firstLayer === 1 ? 'plain, as usual' : `plain, first layer ${firstLayer}`;

/** The width at which one network of two hidden layers has as many parameters (w^2 + 4 w + 1) as `count` of `width`. */
const sameSize = (width: number, count: number): number =>
  Math.round(Math.sqrt(count * (width ** 2 + 4 * width + 1) + 3) - 2);
