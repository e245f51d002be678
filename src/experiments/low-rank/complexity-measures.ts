/**
 * Several measures of complexity through one training: a training from small weights starts with simple functions, and
 * what "simple" means can be read in frequency, in weights, in rank and in the kernel.
 *
 * The training starts from small weights, on one turn of the circle, where the target is periodic and so is the network.
 * (On an interval the random output's jump between the ends counts as high frequency.) Records are evenly spaced in the step.
 *
 * What the measures rise for is the target's frequencies, not training as such: networks of the same weights that learn the
 * lowest tone alone are the control. Version 0.1.0 claimed a rank correlation of 0.9 with the step, which says nothing of that:
 * the path norm of the control rises all the time too, from 1.7 to 2.5, where that of the whole target goes from 1.5 to 190; and
 * it is as often below 0.9 as above, since the norm falls a little while the output is aligned and while a tone is waited for.
 * From PyTorch's weights, which are shown, the path norm begins ten times as large and ends at six tenths of it (115 and 200).
 *
 * Measured are the path norm of the network, the frequency centroid of its output on one period (power-weighted mean
 * frequency, the mean left out), the effective rank (exp of the entropy of the singular values) of the last hidden
 * layer's outputs, and the norm of the output in the space of the tangent kernel at initialisation, `h^T (K + r)^-1 h`,
 * r = 1e-6 of K's mean diagonal so that frequencies below rounding do not count. Adam trains.
 */
import { z } from 'zod';
import { layerOutputs, pathNorm } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { amplitudes, atLeast, common, defineExperiment, grid, refuseDiverged, spread } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { empiricalNtk, kernelRegression, spectrumMeasures } from '../../kernels/index.js';
import { createModel, mlp, type TrainingState } from '../../nets/index.js';
import { singularValues } from '../../spectrum/index.js';
import { combine, period, asColumn as points } from '../support/arrays.js';
import { circlePoints, range } from '../support/circle.js';

const parameters = z.object({
  points: common.points(200, 16),
  tones: z.array(z.int().min(1)).min(2).default([1, 3, 5, 7]).describe('frequencies of the target, amplitude 1 each'),
  hidden: common.hidden([200, 200, 200]),
  std: z.number().positive().default(0.03).describe('standard deviation of the initial weights: small'),
  learningRate: common.learningRate(5e-4),
  steps: common.steps(1500),
  records: z.int().min(8).default(40).describe('steps that are looked at, evenly spaced'),
  networks: common.networks(),
});

const measures = ['centroid', 'pathNorm', 'effectiveRank', 'ntkNorm'] as const;
const titles = {
  centroid: 'frequency centroid',
  pathNorm: 'path norm',
  effectiveRank: 'effective rank of the features',
  ntkNorm: 'NTK norm of the output',
};
/** What the axis says where the measure has a unit. */
const units: Partial<Record<keyof typeof titles, string>> = { centroid: 'cycles a turn', effectiveRank: 'directions' };
type Measures = Record<(typeof measures)[number], number[]>;

/** What is trained: from small weights; from PyTorch's; from small weights on the lowest tone alone. */
const kinds = ['small', 'usual', 'lowest'] as const;

export const complexityMeasures = defineExperiment({
  id: 'complexity-measures',
  title: 'Several measures of complexity rise through a training',
  source: [cite('notesRank', 'section 3'), cite('neyshabur2015'), cite('roy2007')].join('; '),
  statement:
    'Path norm, frequency centroid, effective rank and the norm in the kernel’s space are different measures of the ' +
    'complexity of what a network is. Through a training from small weights centroid and path norm rise from small to large, ' +
    'because of the high frequencies of the target: on its lowest tone alone they stay small.',
  formula:
    'path norm Σ_{paths} Π |w|,  centroid Σ_k k |ĥ(k)|^2 / Σ_k |ĥ(k)|^2,  rank e^{−Σ p ln p},  kernel norm hᵀ (K + r)^{−1} h',
  parameters,
  presets: {
    quick: {
      points: 100,
      tones: [1, 3, 5],
      hidden: [64, 64],
      std: 0.06,
      learningRate: 1.5e-3,
      steps: 1000,
      records: 20,
    },
    paper: {},
  },
  seconds: { quick: 5, paper: 200 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const x = circlePoints(p.points);
    const at = range(1, p.records).map((i) => Math.round((p.steps * i) / p.records));
    const target = (tones: readonly number[]) =>
      points(period(0, 2 * Math.PI, p.points).map((t) => tones.reduce((sum, k) => sum + Math.sin(k * t), 0)));

    const runs = [];
    const cells = grid({ kind: kinds, seed: seeds(p.networks) });
    for (const [i, { kind, seed }] of cells.entries()) {
      const name = `network ${i + 1} of ${cells.length}`;
      const y = target(kind === 'lowest' ? p.tones.slice(0, 1) : p.tones);
      const spec = mlp({
        input: 2,
        hidden: p.hidden,
        output: 1,
        activation: 'tanh',
        ...(kind !== 'usual' && { init: { type: 'normal', std: p.std } }),
      });
      const model = createModel(spec, { seed, dtype: 'f64' });
      const kernel = await empiricalNtk(model, x, undefined, { signal });
      const measured: Measures = { centroid: [], pathNorm: [], effectiveRank: [], ntkNorm: [] };
      let state: TrainingState | undefined;
      for (const [r, step] of at.entries()) {
        progress({ phase: name, step, steps: p.steps });
        const steps = step - (at[r - 1] ?? 0);
        const history = await model.train({
          x,
          y,
          loss: 'mse',
          optimizer: { type: 'adam', learningRate: p.learningRate },
          steps,
          record: { every: steps },
          ...(state && { resume: state }),
          signal,
          threads: 1,
        });
        refuseDiverged(history, name);
        state = history.state;
        const output = await model.predict(x, { signal });
        const features = await layerOutputs(model, x, spec.layers.length - 1);
        measured.centroid.push(centroid(output));
        measured.pathNorm.push(await pathNorm(model));
        measured.effectiveRank.push(spectrumMeasures(singularValues(features).values).effectiveRank);
        measured.ntkNorm.push(await kernelNorm(kernel, output, signal));
      }
      runs.push({ kind, measured });
    }
    return { at, runs };
  },

  present({ at, runs }, p) {
    const of = (kind: (typeof kinds)[number]) => runs.filter((run) => run.kind === kind);
    /** The measure at the end over that at the first record. */
    const growth = (kind: (typeof kinds)[number], measure: (typeof measures)[number]) =>
      of(kind).map(({ measured }) => (measured[measure].at(-1) ?? Number.NaN) / (measured[measure][0] ?? Number.NaN));
    const lowest = `networks that learn sin ${p.tones[0]}x alone, from the same weights`;
    const over = (measure: (typeof measures)[number]) =>
      at.map((_, r) => spread(of('small').map(({ measured }) => measured[measure][r] ?? Number.NaN)));
    return {
      metrics: Object.fromEntries(
        measures.map((measure) => [`growth_${measure}`, spread(growth('small', measure)).median]),
      ),
      tables: [
        {
          id: 'measures',
          title: `Complexity by step, median of ${p.networks} networks`,
          columns: {
            step: at,
            ...Object.fromEntries(measures.map((measure) => [titles[measure], over(measure).map((s) => s.median)])),
          },
        },
      ],
      claims: [
        atLeast(2, {
          id: 'centroid',
          statement: `Through the training the frequency centroid of the output doubles or more, in every one of ${p.networks} networks.`,
          source: cite('notesRank', 'section 3: implicit minimisation of complexity'),
          measured: growth('small', 'centroid'),
          control: { id: 'lowest', statement: lowest, measured: growth('lowest', 'centroid') },
        }),
        atLeast(10, {
          id: 'path-norm',
          statement: `The path norm becomes ten times as large or more, in every one of ${p.networks} networks.`,
          source: [cite('notesRank', 'section 3'), cite('neyshabur2015', 'the norm')].join('; '),
          measured: growth('small', 'pathNorm'),
          control: { id: 'lowest', statement: lowest, measured: growth('lowest', 'pathNorm') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'measures',
          title: 'Four measures of complexity through the training',
          caption: `Median and extremes of ${p.networks} networks from small weights that learn ${p.tones.map((k) => `sin ${k}x`).join(' + ')}.`,
          panels: measures.map((measure) => {
            const values = over(measure);
            return {
              title: titles[measure],
              x: { title: 'step' },
              y: { title: units[measure] ?? titles[measure], log: measure === 'ntkNorm' || measure === 'pathNorm' },
              lines: [
                {
                  name: titles[measure],
                  x: at,
                  y: values.map((s) => s.median),
                  band: [values.map((s) => s.min), values.map((s) => s.max)] as const,
                },
              ],
            };
          }),
        }),
        panelsFigure({
          id: 'path-norm-by-start',
          title: 'The path norm, from small and from the usual weights',
          caption: 'Each line a network.',
          panels: (['small', 'usual'] as const).map((kind) => ({
            title: kind === 'small' ? 'small weights' : "PyTorch's",
            x: { title: 'step' },
            y: { title: 'path norm', log: true },
            lines: of(kind).map(({ measured }, i) => ({ name: `network ${i + 1}`, x: at, y: measured.pathNorm })),
          })),
        }),
      ],
    };
  },
});

/** Power-weighted mean frequency of one period, cycles a period; the mean left out. */
function centroid(output: NdArray): number {
  const { data } = amplitudes({ data: output.data, shape: [1, output.data.length] });
  const power = Array.from(data.subarray(1), (a) => a * a);
  return power.reduce((sum, v, i) => sum + v * (i + 1), 0) / power.reduce((sum, v) => sum + v, 0);
}

/** `h^T (K + r)^-1 h`. */
async function kernelNorm({ data, shape }: NdArray, output: NdArray, signal: AbortSignal): Promise<number> {
  const [n = 0] = shape;
  const trace = Array.from(data)
    .filter((_, i) => i % (n + 1) === 0)
    .reduce((sum, v) => sum + v, 0);
  const ridge = (1e-6 * trace) / n;
  // h - K (K + r)^-1 h = r (K + r)^-1 h.
  const h = Float64Array.from(output.data);
  const fitted = await kernelRegression({ kernel: { data: Float64Array.from(data), shape }, y: h, ridge, signal });
  return combine(h, fitted.data, (v, w) => (v * (v - w)) / ridge).reduce((sum, v) => sum + v, 0);
}
