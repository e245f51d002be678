import { call } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import type { Model } from '../nets/index.js';
import { eigh } from './eigh.js';
import { empiricalNtk } from './empirical.js';
import { gradientFlow } from './flow.js';
import type { KernelTaskOptions } from './options.js';
import { toPoints } from './options.js';
import { kernelDrift } from './reading.js';

export interface NtkComparison {
  /** Records: steps done, 0 first. */
  steps: number[];
  /** Eigenvalues of the kernel at initialisation, ascending, and its eigenvectors in columns. */
  eigenvalues: NdArray;
  eigenvectors: NdArray;
  /** |u_k . (h - y)| by record and eigenvector, `[records, n]` (Euclidean over outputs): as the kernel says, and as it was. */
  predicted: NdArray;
  measured: NdArray;
  /** |h_predicted - h| / |h - y at the start|, by record. */
  distance: Float64Array;
  /** Of the kernel, over the whole training: relative change in the Frobenius norm. */
  drift: number;
  stopReason: string;
}

/**
 * Theory against measurement in one call: trains `model` by full-batch gradient descent on the mean-squared loss and lays
 * the prediction of its initial kernel over what happened, eigenvector by eigenvector.
 *
 * @param data `x` `[n, d]`, `y` `[n]` or `[n, o]`
 * @param training `learningRate`, `momentum` (default 0), `steps`, and how many `records` (default 20, evenly spaced)
 */
export async function compareWithNtk(
  model: Model,
  data: { x: ArrayInput; y: ArrayInput },
  training: { learningRate: number; momentum?: number; steps: number; records?: number } & KernelTaskOptions,
): Promise<NtkComparison> {
  const { learningRate, momentum = 0, steps, records = 20, signal } = training;
  const x = toPoints(data.x, 'x');
  const given = toNdArray(data.y, 'y');
  const n = given.shape[0] ?? 0;
  const outputs = n === 0 ? 0 : given.data.length / n;
  const y = { data: given.data, shape: [n, outputs] };
  const before = await empiricalNtk(model, x, undefined, { signal });
  const start = await model.predict(x);
  const { vectors, values } = await eigh(before, { signal });
  const flow = await gradientFlow({ kernel: before, y, initial: { data: start.data, shape: y.shape }, signal });
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
  });
  const recorded = Array.from(history.steps);
  const seen = history.probes.outputs.values;
  const size = n * outputs;
  const [predicted, measured] = [new Float64Array(recorded.length * n), new Float64Array(recorded.length * n)];
  const distance = new Float64Array(recorded.length);
  const norm = (row: ArrayLike<number>, minus: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < row.length; i++) sum += (row[i]! - minus[i]!) ** 2;
    return Math.sqrt(sum);
  };
  const scale = norm(start.data, y.data);
  for (const [r, step] of recorded.entries()) {
    const outputsNow = seen.data.subarray(r * size, (r + 1) * size);
    const expected = await flow.afterSteps(step, { learningRate, momentum, signal });
    distance[r] = norm(expected.data, outputsNow) / scale;
    fill(predicted, r, n, flow.residualAfterSteps(step, { learningRate, momentum }));
    const residual = { data: Float64Array.from(outputsNow, (h, i) => h - y.data[i]!), shape: y.shape };
    fill(
      measured,
      r,
      n,
      call((addon) => addon.project(vectors, residual)),
    );
  }
  const after = await empiricalNtk(model, x, undefined, { signal });
  const shape = [recorded.length, n];
  return {
    steps: recorded,
    eigenvalues: values,
    eigenvectors: vectors,
    predicted: { data: predicted, shape },
    measured: { data: measured, shape },
    distance,
    drift: kernelDrift(before, after),
    stopReason: history.stopReason,
  };
}

/** Row r of `to`: the Euclidean norms of the rows of `components`. */
function fill(to: Float64Array, r: number, n: number, { data }: NdArray): void {
  const outputs = data.length / n;
  for (let k = 0; k < n; k++) to[r * n + k] = Math.hypot(...data.subarray(k * outputs, (k + 1) * outputs));
}
