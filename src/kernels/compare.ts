import { invalidShape } from '../core/errors.js';
import { checkMemory } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkFlag, checkInteger, checkNumber, requireOptions } from '../core/options.js';
import { type KernelTaskOptions, TASK_OPTIONS, toColumns } from '../linalg/options.js';
import { checkModel, type Model } from '../nets/model.js';
import { empiricalNtk, empiricalNtkByLayer, type TangentModel, tangent } from './empirical.js';
import { gradientFlow } from './flow.js';
import { toPoints } from './options.js';
import { kernelDrift } from './reading.js';

/** What a kernel said about a training and what happened; one row a record, norms Euclidean over outputs. */
export interface NtkComparison {
  /** Records: steps done, 0 first. */
  steps: number[];
  /** Eigenvalues of the kernel at initialisation, ascending, and its eigenvectors in columns. */
  eigenvalues: NdArray;
  /** Eigenvectors of that kernel, `[n, n]`, in columns. */
  eigenvectors: NdArray;
  /** `|u_k . (h - y)|` by record and eigenvector, `[records, n]`: as the kernel says, and as it was. */
  predicted: NdArray;
  /** The same of the training, `[records, n]`. */
  measured: NdArray;
  /** With `data.frequencies`: the same by frequency. */
  byFrequency?: {
    /** `|F[h - y](w)|`, `[records, k]`, F the mean over samples of `exp(-2 pi i w . x)` times the residual. */
    predicted: NdArray;
    /** The same of the training, `[records, k]`. */
    measured: NdArray;
    /** `|F[y](w)|`, `[k]`: divide by it for relative errors. */
    target: NdArray;
    /** As they were given, `[k, d]`. */
    frequencies: NdArray;
  };
  /** `|h_predicted - h| / |h - y at the start|`, `[records]`. */
  distance: Float64Array;
  /** Of the kernel, over the whole training: relative change in the Frobenius norm. */
  drift: number;
  /** With `training.byLayer`: the same of each layer's part of it, by the layer's name. */
  driftByLayer?: Record<string, number>;
  /** Why the training ended: `completed`, or `diverged`. */
  stopReason: string;
}

/** The points, targets and frequencies of a comparison. */
export interface ComparisonData {
  /** `[n]` or `[n, d]`. */
  x: ArrayInput;
  /** `[n]` or `[n, o]`. */
  y: ArrayInput;
  /** `[k]` or `[k, d]`, in cycles per unit: compare by frequency as well. */
  frequencies?: ArrayInput | undefined;
}

/** The training whose outputs are compared with what the kernel predicts. */
export interface ComparisonTraining extends KernelTaskOptions {
  /** Of full-batch gradient descent. */
  learningRate: number;
  /** PyTorch's SGD momentum. Default 0. */
  momentum?: number | undefined;
  /** Of the training. */
  steps: number;
  /** Evenly spaced records, beside that of the start. Default 20. */
  records?: number | undefined;
  /** Measure the drift of each layer's part of the kernel, too. Default false. */
  byLayer?: boolean | undefined;
}

/**
 * Theory against measurement in one call: trains `model` by full-batch gradient descent on the mean-squared loss and lays
 * the prediction of its initial kernel (the mean over outputs) over what happened, eigenvector by eigenvector and, where
 * `data.frequencies` are given, frequency by frequency.
 *
 * Cost: a training, two kernels of n points (and two for each layer with `byLayer`), one eigendecomposition.
 *
 * @example
 * ```ts
 * const x = Array.from({ length: 64 }, (_, i) => i / 64);
 * const y = x.map((v) => Math.sin(2 * Math.PI * v) + Math.sin(6 * Math.PI * v));
 * const ntk = { parameterization: 'ntk', sigmaW: 4, sigmaB: 1 } as const;
 * const spec = mlp({ input: 1, hidden: [1024], output: 1, activation: 'tanh', ...ntk });
 * const model = createModel(spec, { seed: 1 });
 * const found = await compareWithNtk(model, { x, y, frequencies: [1, 3] }, { learningRate: 0.01, steps: 1000 });
 * // The last record: what is left of frequency 3, as the kernel says and as it was, and how far the kernel went.
 * const last = 2 * found.steps.length - 1;
 * console.log(found.byFrequency?.predicted.data[last], found.byFrequency?.measured.data[last], found.drift);
 * ```
 *
 * @throws as `empiricalNtk`, `gradientFlow` and `model.train`
 */
export async function compareWithNtk(
  model: Model,
  data: ComparisonData,
  training: ComparisonTraining,
): Promise<NtkComparison> {
  requireOptions(data, ['x', 'y', 'frequencies'], 'data');
  checkModel(model);
  tangent(model);
  const names = [...TASK_OPTIONS, 'learningRate', 'momentum', 'steps', 'records', 'byLayer'] as const;
  const chosen = requireOptions(training, names, 'training');
  const { learningRate, momentum = 0, steps, records: asked = 20, byLayer = false, signal, threads } = chosen;
  checkNumber(learningRate, 'learningRate', { least: 0 });
  checkNumber(momentum, 'momentum', { least: 0, below: 1 });
  checkInteger(steps, 'steps', 1);
  checkInteger(asked, 'records', 1);
  checkFlag(byLayer, 'byLayer');
  const task = { signal, threads };
  const x = toPoints(data.x, 'data.x');
  const { columns: y } = toColumns(data.y, 'data.y');
  const frequencies = data.frequencies && toPoints(data.frequencies, 'data.frequencies');
  if (x.shape[0] !== y.shape[0]) {
    throw invalidShape(`data.y: expected ${x.shape[0]} rows as x has, got ${y.shape[0]}`);
  }
  const kernels = async () => ({
    whole: await empiricalNtk(inDouble(model), x, undefined, task),
    layers: byLayer ? await empiricalNtkByLayer(inDouble(model), x, undefined, task) : {},
  });
  const before = await kernels();
  const start = await model.predict(x);
  const initial = { data: start.data, shape: y.shape };
  const flow = await gradientFlow({ kernel: before.whole, y, initial, ...task });
  // More records than steps are one a step.
  const records = Math.min(asked, Math.max(1, steps));
  checkMemory('records', 8 * (records + 1) * (3 * y.data.length + 2 * x.shape[0]!));
  const at = [...new Set(Array.from({ length: records + 1 }, (_, r) => Math.round((r * steps) / records)))];
  const history = await model.train({
    x,
    y,
    loss: 'mse',
    optimizer: { type: 'sgd', learningRate, momentum },
    steps,
    record: { at: at.filter((step) => step < steps) },
    probes: { outputs: { type: 'outputs', points: x } },
    ...(signal && { signal }),
    ...(threads !== undefined && { threads }),
  });
  const recorded = Array.from(history.steps);
  const outputs = toNdArray(history.probes.outputs.values, 'outputs');
  const points = { data: x.data, shape: [y.shape[0]!, x.data.length / y.shape[0]!] };
  const waves = frequencies && { points, frequencies };
  const when = recorded.map((step) => ({ steps: step, learningRate, momentum }));
  const found = await flow.compare(when, outputs, waves, task);
  const after = await kernels();
  const drifts = Object.entries(before.layers).map(([layer, k]) => [layer, driftOf(k, after.layers[layer]!)]);
  return {
    steps: recorded,
    eigenvalues: flow.eigenvalues(),
    eigenvectors: flow.eigenvectors(),
    predicted: found.predicted,
    measured: found.measured,
    ...(frequencies && {
      byFrequency: {
        predicted: found.predictedWaves,
        measured: found.measuredWaves,
        target: found.targetWaves,
        frequencies,
      },
    }),
    distance: Float64Array.from(found.distance.data),
    drift: driftOf(before.whole, after.whole),
    ...(byLayer && { driftByLayer: Object.fromEntries(drifts) as Record<string, number> }),
    stopReason: history.stopReason,
  };
}

/** {@link kernelDrift}; 0 where there was no kernel and is none, as of a layer whose units are all inactive. */
function driftOf(before: NdArray, after: NdArray): number {
  const isZero = ({ data }: NdArray): boolean => data.every((v) => v === 0);
  return isZero(before) && isZero(after) ? 0 : kernelDrift(before, after);
}

/** A model whose kernel is computed in f64: that of smooth networks has eigenvalues below the rounding of f32. */
function inDouble(model: Model): TangentModel {
  const wide = (arrays: Record<string, NdArray>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { data, shape }]) => [name, { data: Float64Array.from(data), shape }]),
    );
  return {
    spec: model.spec,
    parameters: () => wide(model.parameters()),
    buffers: () => wide(model.buffers()),
    divergedAt: model.divergedAt,
  };
}
