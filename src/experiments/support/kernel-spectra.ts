/** Eigenvalues of smooth kernels and of kernels with a kink. */
import type { NdArray } from '../../core/ndarray.js';
import { analyticKernel } from '../../kernels/index.js';
import { mlp } from '../../nets/index.js';
import { singularValues } from '../../spectrum/index.js';
import { asColumn } from './arrays.js';

/** Eigenvalues (descending) of the kernels' Gram matrices on m equispaced points of [-1, 1]. */
export async function kernelSpectra(
  m: number,
  length: number,
  signal: AbortSignal,
): Promise<Record<string, Float64Array>> {
  const x = asColumn(Array.from({ length: m }, (_, i) => (2 * i) / (m - 1) - 1));
  const gram = (k: (distance: number) => number): NdArray => ({
    data: Float64Array.from([...x.data].flatMap((a) => Array.from(x.data, (b) => k(a - b)))),
    shape: [m, m],
  });
  const tangent = (activation: 'erf' | 'relu'): Promise<NdArray> => {
    const affine = { parameterization: 'ntk', sigmaW: Math.SQRT2, sigmaB: 1 } as const;
    const spec = mlp({ input: 1, hidden: [1, 1], output: 1, activation, ...affine });
    return analyticKernel(spec, x, { kernel: 'ntk', signal });
  };
  const matrices = {
    Gaussian: gram((d) => Math.exp(-((d / length) ** 2) / 2)),
    'NTK, erf': await tangent('erf'),
    exponential: gram((d) => Math.exp(-Math.abs(d) / length)),
    'NTK, ReLU': await tangent('relu'),
    'single frequency': gram((d) => Math.cos((Math.PI * m * d) / 8)),
  };
  const values = Object.entries(matrices).map(([name, matrix]) => [
    name,
    Float64Array.from(singularValues(matrix).values.data),
  ]);
  return Object.fromEntries(values);
}

/** Share of the largest eigenvalue above which one counts. */
export const numerical = 1e-10;

export const numericalRank = (values: Float64Array = new Float64Array()): number =>
  values.filter((v) => v > numerical * (values[0] ?? 0)).length;
