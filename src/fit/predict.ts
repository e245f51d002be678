/**
 * The held-out error of a network that has not been trained, by its tangent kernel at the start.
 *
 * Gradient flow on mse shrinks the residual along eigenvector k of the kernel by `exp(-2 lambda_k t / N)`; what it has learnt
 * after a time t is, mode for mode, close to kernel ridge regression with `ridge = N / (2 t)` (early stopping as
 * regularisation: Yao, Rosasco and Caponnetto 2007; Ali, Kolter and Tibshirani 2019). With that ridge, leave-one-out is
 * the error of a training of that length, where the interpolant's would charge a noisy target with noise that no
 * training of finite length fits. Adam is no gradient flow: its time is taken to be inverse to the kernel's mean
 * diagonal, so that `ridge = strength * mean diagonal * N / steps`, with one strength for every network.
 */
import type { TaskOptions } from '../core/native.js';
import type { NdArray } from '../core/ndarray.js';
import { empiricalNtk } from '../kernels/empirical.js';
import { leaveOneOut } from '../kernels/regression.js';
import { createModel } from '../nets/model.js';
import type { FitCandidate } from './candidates.js';
import { meanSquare } from './data.js';

/**
 * Chosen once, on a tone in noise, a chirp and two windows of a photograph with seed 100: 20 networks each, 64 x 3, three rates.
 * Ten times as much or as little changes the order of the candidates little.
 */
const strength = 0.01;

/** Which training is predicted. */
export interface PredictedTraining extends Pick<TaskOptions, 'signal'> {
  /** Samples and steps of the whole training, of which `x` may be a part. */
  samples: number;
  steps: number;
  seed: number;
  threads?: number | undefined;
}

/**
 * The root mean square error at held-out points, in units of the target's standard deviation.
 * @param x `[n, d]`; @param y `[n, o]`: neighbouring samples, as dense as all are
 */
export async function predictedError(
  { spec }: FitCandidate,
  x: NdArray,
  y: NdArray,
  { samples, steps, seed, threads, signal }: PredictedTraining,
): Promise<number> {
  const task = { ...(threads !== undefined && { threads }), ...(signal && { signal }) };
  // In f64: the eigenvalues of smooth networks fall below what f32 leaves positive.
  const model = createModel(spec, { seed, dtype: 'f64' });
  const kernel = await empiricalNtk(model, x, task);
  const start = await model.predict(x, task);
  // What the network is before its training stays where no sample speaks against it.
  const residual = difference(y, start);
  const [n = 1] = x.shape;
  let diagonal = 0;
  for (let i = 0; i < n; i++) diagonal += (kernel.data[i * (n + 1)] ?? 0) / n;
  const ridge = (strength * diagonal * samples) / steps;
  const guess = await leaveOneOut({ kernel, y: residual, ridge, ...task });
  return Math.sqrt(meanSquare(difference(residual, guess)));
}

/** a - b, entry by entry. */
export const difference = (a: NdArray, b: NdArray): NdArray => ({
  data: Float64Array.from(a.data, (v, i) => v - (b.data[i] ?? 0)),
  shape: a.shape,
});
