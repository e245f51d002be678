/**
 * Gauss-Newton for least squares with fewer samples than parameters (Levenberg 1944, Marquardt 1963): for outputs h on n samples with
 * the Jacobian J and the tangent kernel K = J J^T,
 *
 *   theta <- theta - rate J^T (K + damping m I)^-1 (h - y),   m the mean eigenvalue of K.
 *
 * So along an eigenvector of K with eigenvalue lambda the residual shrinks by 1 - rate lambda / (lambda + damping m), to first order:
 * by the same for all as the damping vanishes, and in proportion to lambda, as under gradient descent, where it is large.
 */
import type { NdArray } from '../../core/ndarray.js';
import { at } from '../../core/reading.js';
import { empiricalNtk } from '../../kernels/index.js';
import { solvePsd } from '../../linalg/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { entry, mean } from './arrays.js';

export interface GaussNewtonTask {
  spec: NetworkSpec;
  seed: number;
  x: NdArray;
  /** `[n, 1]` */
  y: NdArray;
  rate: number;
  /** In units of the kernel's mean eigenvalue. */
  damping: number;
  steps: number;
  signal: AbortSignal;
}

/**
 * Outputs on x before the first step and after each, `[n]` each. The step is one of gradient descent on `mean(v h)` with
 * v = (K + damping m I)^-1 (h - y), whose gradient is J^T v / n.
 */
export async function gaussNewton(task: GaussNewtonTask): Promise<Float64Array[]> {
  const { spec, seed, x, y, rate, damping, steps, signal } = task;
  const model = createModel(spec, { seed, dtype: 'f64' });
  const samples = y.data.length;
  const outputs = async () => Float64Array.from((await model.predict(x, { signal })).data);
  const found = [await outputs()];
  for (let step = 0; step < steps; step++) {
    const h = found.at(-1) ?? new Float64Array();
    const kernel = await empiricalNtk(model, x, undefined, { signal });
    const middle = mean(Array.from({ length: samples }, (_, i) => at(kernel, i, i)));
    const residual = h.map((value, i) => value - entry(y.data, i));
    const { x: v } = await solvePsd(kernel, residual, { ridge: damping * middle, signal });
    await model.train({
      x,
      y: { data: Float64Array.from(v.data), shape: [samples, 1] },
      loss: { type: 'expression', loss: 'y * h' },
      optimizer: { type: 'sgd', learningRate: rate * samples },
      steps: 1,
      record: { at: [] },
      signal,
    });
    found.push(await outputs());
  }
  model.dispose();
  return found;
}
