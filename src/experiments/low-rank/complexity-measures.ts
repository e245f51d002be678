/**
 * Several measures of complexity through one training: gradient descent starts with simple functions, and what "simple"
 * means can be read in frequency, in weights, in rank and in the kernel (seed 004, section 3).
 *
 * The training starts from small weights, on one turn of the circle, where the target is periodic and so is the network.
 * (From PyTorch's initial weights the path norm first falls by a third, in the steps in which the output is aligned; on an
 * interval the random output's jump between the ends counts as high frequency.) Records are evenly spaced in the step.
 *
 * Measured are the path norm of the network, the frequency centroid of its output on one period (power-weighted mean
 * frequency, the mean left out), the effective rank (exp of the entropy of the singular values) of the last hidden
 * layer's outputs, and the norm of the output in the space of the tangent kernel at initialisation, `h^T (K + r)^-1 h`,
 * r = 1e-6 of K's mean diagonal so that frequencies below rounding do not count.
 */
import { z } from 'zod';
import { layerOutputs, pathNorm } from '../../analysis/index.js';
import type { NdArray } from '../../core/ndarray.js';
import { amplitudes, atLeast, defineExperiment, refuseDiverged, spearman, spread } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { empiricalNtk, kernelRegression, spectrumMeasures } from '../../kernels/index.js';
import { createModel, mlp, type TrainingState } from '../../nets/index.js';
import { singularValues } from '../../spectrum/index.js';
import { period, column as points } from '../support/arrays.js';
import { circlePoints, range } from '../support/circle.js';

const source = 'Seed 004, section 3: implicit minimisation of complexity; Neyshabur et al. 2015, Roy and Vetterli 2007';

const parameters = z.object({
  points: z.int().min(16).default(200).describe('points on the circle'),
  tones: z.array(z.int().min(1)).min(2).default([1, 3, 5, 7]).describe('frequencies of the target, amplitude 1 each'),
  hidden: z.array(z.int().min(1)).min(1).default([200, 200, 200]).describe('widths of the hidden tanh layers'),
  std: z.number().positive().default(0.03).describe('standard deviation of the initial weights: small'),
  learningRate: z.number().positive().default(5e-4).describe('of Adam'),
  steps: z
    .int()
    .min(10)
    .default(4000)
    .describe('training steps: until the target is fitted, after which nothing rises'),
  records: z.int().min(8).default(40).describe('steps that are looked at, evenly spaced'),
  networks: z.int().min(1).default(5).describe('networks, with seeds of their own'),
});

const measures = ['centroid', 'pathNorm', 'effectiveRank', 'ntkNorm'] as const;
const titles = {
  centroid: 'frequency centroid',
  pathNorm: 'path norm',
  effectiveRank: 'effective rank of the features',
  ntkNorm: 'NTK norm of the output',
};
type Measures = Record<(typeof measures)[number], number[]>;

export const complexityMeasures = defineExperiment({
  id: 'complexity-measures',
  title: 'Several measures of complexity rise through a training',
  source,
  statement:
    'Path norm, frequency centroid, effective rank and the norm in the kernel’s space are different measures of the ' +
    'complexity of what a network is; through a training by gradient descent centroid and path norm rise from small to ' +
    'large.',
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
      records: 14,
      networks: 3,
    },
    // The first network has fitted the target after 1,600 steps; over 4,000 the centroid rests for longer than it rises.
    paper: { steps: 1500 },
  },
  seconds: { quick: 2, paper: 60 },
  run: async ({ parameters: p, seeds, signal, progress }) => {
    const x = circlePoints(p.points);
    const wave = (t: number) => p.tones.reduce((sum, k) => sum + Math.sin(k * t), 0);
    const y = points(period(0, 2 * Math.PI, p.points).map(wave));
    const at = range(1, p.records).map((i) => Math.round((p.steps * i) / p.records));

    const follow = async (seed: number, name: string): Promise<Measures> => {
      const spec = mlp({
        input: 2,
        hidden: p.hidden,
        output: 1,
        activation: 'tanh',
        init: { type: 'normal', std: p.std },
      });
      const model = createModel(spec, { seed, dtype: 'f64' });
      const kernel = await empiricalNtk(model, x, undefined, { signal });
      const measured: Measures = { centroid: [], pathNorm: [], effectiveRank: [], ntkNorm: [] };
      let state: TrainingState | undefined;
      for (const [i, step] of at.entries()) {
        progress({ phase: name, step, steps: p.steps });
        const steps = step - (at[i - 1] ?? 0);
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
      return measured;
    };
    const runs: Measures[] = [];
    for (const [i, seed] of seeds(p.networks).entries()) {
      runs.push(await follow(seed, `network ${i + 1} of ${p.networks}`));
    }

    const order = (measure: (typeof measures)[number]) => runs.map((run) => spearman(at, run[measure]));
    const over = (measure: (typeof measures)[number]) => at.map((_, r) => spread(runs.map((run) => run[measure][r]!)));
    return {
      metrics: Object.fromEntries(measures.map((measure) => [`rank_${measure}`, spread(order(measure)).median])),
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
        atLeast(0.9, {
          id: 'centroid',
          statement:
            'The frequency centroid of the output rises through the training (rank correlation with the step, every network).',
          source,
          measured: order('centroid'),
        }),
        atLeast(0.9, {
          id: 'path-norm',
          statement: 'The path norm rises through the training (rank correlation with the step, every network).',
          source,
          measured: order('pathNorm'),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'measures',
          title: 'Four measures of complexity through the training',
          caption: `Median and extremes of ${p.networks} networks that learn ${p.tones.map((k) => `sin ${k}x`).join(' + ')}.`,
          panels: measures.map((measure) => {
            const values = over(measure);
            return {
              title: titles[measure],
              x: { title: 'step' },
              y: { title: titles[measure], log: measure === 'ntkNorm' || measure === 'pathNorm' },
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
  const n = shape[0]!;
  const ridge = (1e-6 * range(0, n - 1).reduce((sum, i) => sum + data[i * n + i]!, 0)) / n;
  // h - K (K + r)^-1 h = r (K + r)^-1 h.
  const h = Float64Array.from(output.data);
  const fitted = await kernelRegression({ kernel: { data: Float64Array.from(data), shape }, y: h, ridge, signal });
  return h.reduce((sum, v, i) => sum + (v * (v - fitted.data[i]!)) / ridge, 0);
}
