/** A network's inspection as an experiment, so that it is a run like any other: one page. */
import { z } from 'zod';
import type { NdArray } from '../core/ndarray.js';
import { defineExperiment, type Outcome } from '../experiment/define.js';
import { type Figure, lineFigure } from '../figures/index.js';
import { activationNames } from '../nets/activation.js';
import { networkSpecSchema } from '../nets/spec.js';
import { inputsIn } from './inputs.js';
import { type Inspection, inspect } from './inspect.js';
import { readModel } from './read-model.js';

const parameters = z.object({
  file: z
    .string()
    .default('model.safetensors')
    .describe('the model: .onnx, .safetensors, or a TensorFlow.js model.json'),
  spec: networkSpecSchema.exactOptional().describe('of a safetensors file without one'),
  activation: z
    .enum(activationNames)
    .exactOptional()
    .describe('between the dense layers of a file without a description'),
  prefix: z.string().min(1).exactOptional().describe('of a safetensors file: the arrays whose names begin so'),
  names: z
    .record(z.string(), z.string().min(1))
    .exactOptional()
    .describe('of a safetensors file: what layers or arrays of spec are called there'),
  data: z
    .string()
    .exactOptional()
    .describe('where it is looked at: .csv, .npy, .npz, .png, .wav; default: normal samples'),
  samples: z.int().min(2).max(4000).default(200).describe('of the data at most'),
  reach: z
    .number()
    .positive()
    .exactOptional()
    .describe('half the length of the lines; default: twice the spread of the data'),
});

/** Inspects a model: what `fprinciple measure model.onnx` runs. */
export const inspectExperiment = defineExperiment({
  id: 'inspect',
  title: 'A network from anywhere, inspected',
  source: 'your own',
  statement:
    'Weights, features, tangent kernel and response frequencies of a network: which frequencies it can follow fast, how many ' +
    'directions its layers use, and how far a small change of its input moves its output.',
  parameters,
  presets: { quick: {}, paper: {} },
  async run({ parameters: p, seed, signal, progress }) {
    progress({ phase: `reading ${p.file}` });
    const model = readModel(p.file, {
      ...(p.spec && { spec: p.spec }),
      ...(p.activation && { activation: p.activation }),
      ...(p.prefix !== undefined && { prefix: p.prefix }),
      ...(p.names && { names: p.names }),
    });
    const found = await inspect(model, {
      ...(p.data !== undefined && { data: await inputsIn(p.data, [model.spec.input].flat()) }),
      samples: p.samples,
      ...(p.reach !== undefined && { reach: p.reach }),
      seed,
      signal,
      onProgress: ({ done, total }) => progress({ phase: 'inspecting', step: done, steps: total }),
    });
    return inspectionOutcome(found);
  },
});

/** Figures, tables and arrays of an inspection. */
export function inspectionOutcome({
  parameters: count,
  weights,
  pathNorm,
  features,
  directions,
  kernel,
  sensitivity,
  notes,
}: Inspection): Outcome {
  const arrays: Record<string, NdArray> = {};
  for (const { name, singularValues } of weights) arrays[`${name}.singularValues`] = singularValues;
  for (const { name, frequency, amplitude } of directions) {
    const key = name.replaceAll(' ', '_');
    arrays[`${key}.frequency`] = frequency;
    arrays[`${key}.amplitude`] = amplitude;
  }
  if (kernel) Object.assign(arrays, { eigenvalues: kernel.eigenvalues, halfLife: kernel.halfLife });
  const said = notes.length > 0 ? ` ${notes.join(' ')}` : '';
  const figures: Figure[] = [
    lineFigure({
      id: 'weights',
      title: 'Singular values of the weights',
      caption: `Of each weight as a matrix, over its largest.${said}`,
      x: { title: 'index' },
      y: { title: 's / s_1', log: true },
      lines: weights.slice(0, 10).map(({ name, singularValues: { data }, spectralNorm }) => ({
        name,
        x: Array.from(data, (_, i) => i + 1),
        y: Array.from(data, (s) => s / spectralNorm),
        mark: 'both' as const,
      })),
    }),
  ];
  if (directions.length > 0) {
    figures.push(
      lineFigure({
        id: 'response',
        title: 'Response frequency',
        caption:
          'Amplitude spectrum of the outputs along lines through the samples (Hann window, means off), root mean square.',
        x: { title: 'frequency (cycles per unit of length)' },
        y: { title: 'amplitude', log: true },
        lines: directions.map(({ name, frequency, amplitude }) => ({
          name,
          x: frequency.data.subarray(1),
          y: amplitude.data.subarray(1),
        })),
      }),
    );
  }
  if (kernel) {
    const { data } = kernel.eigenvalues;
    figures.push(
      lineFigure({
        id: 'kernel',
        title: 'Eigenvalues of the tangent kernel',
        caption:
          'On the data, with the present parameters. Residuals along an eigenvector decay at a rate proportional to its eigenvalue.',
        x: { title: 'index', log: true },
        y: { title: 'eigenvalue', log: true },
        lines: [{ name: 'eigenvalue', x: Array.from(data, (_, i) => i + 1), y: data }],
      }),
    );
  }
  return {
    metrics: {
      parameters: count,
      pathNorm,
      sensitivity: sensitivity?.mean ?? null,
      largestSensitivity: sensitivity?.largest ?? null,
      kernelRank: kernel?.effectiveRank ?? null,
      ...Object.fromEntries(
        directions.map(({ name, bandwidth }) => [`bandwidth_${name.replaceAll(' ', '_')}`, bandwidth]),
      ),
    },
    arrays,
    figures: weights.length > 0 ? figures : figures.slice(1),
    tables: [
      {
        id: 'weights',
        title: 'Weights',
        columns: {
          name: weights.map(({ name }) => name),
          shape: weights.map(({ shape }) => shape.join(' x ')),
          'spectral norm': weights.map(({ spectralNorm }) => spectralNorm),
          'effective rank': weights.map(({ effectiveRank }) => effectiveRank),
          'stable rank': weights.map(({ stableRank }) => stableRank),
        },
      },
      {
        id: 'features',
        title: 'Features of each layer on the data, means off',
        columns: {
          layer: features.map(({ layer }) => layer),
          type: features.map(({ type }) => type),
          'effective rank': features.map(({ effectiveRank }) => effectiveRank),
          'stable rank': features.map(({ stableRank }) => stableRank),
        },
      },
      ...(kernel
        ? [
            {
              id: 'kernel',
              title: 'Tangent kernel: what its first eigenvectors carry, and how fast it is learnt',
              columns: {
                eigenvalue: Array.from(kernel.eigenvalues.data.subarray(0, kernel.frequency.length)),
                'frequency (cycles per unit)': kernel.frequency,
                'steps to half': Array.from(kernel.halfLife.data.subarray(0, kernel.frequency.length)),
              },
            },
          ]
        : []),
    ],
  };
}
