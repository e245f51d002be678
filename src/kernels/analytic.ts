import { invalidArgument } from '../errors.js';
import { runTask } from '../native.js';
import { type ArrayInput, describe, type NdArray } from '../ndarray.js';
import { type KernelOptions, nativeOptions, toPoints } from './options.js';

export interface AnalyticKernelOptions extends KernelOptions {
  /** The tangent kernel, or the covariance of the outputs at initialisation. */
  kernel: 'ntk' | 'nngp';
}

/**
 * The kernel of a network of infinite width (Neal 1996, Lee et al. 2018, Jacot et al. 2018).
 *
 * Dense and convolution layers must have `parameterization: 'ntk'`; their widths are ignored. Activations with a closed
 * form: relu, leakyRelu, erf, sin, gaussian, gelu; every other one by its Hermite series. Convolutions with `flatten`
 * or `avgPool2d`, residual blocks, and Fourier features on the input are understood; what is not is refused by name.
 *
 * @param spec a `NetworkSpec`
 * @param x1 `[n, d]` (or `[n, ...input]`); @param x2 `[m, d]`, default `x1`
 * @returns `[n, m]`, in the type of the inputs
 * @throws `INVALID_SHAPE`, `INVALID_ARGUMENT`, `NON_FINITE`, `OVER_MEMORY_LIMIT`, `ABORTED`
 */
export async function analyticKernel(
  spec: object,
  x1: ArrayInput,
  x2?: ArrayInput | AnalyticKernelOptions,
  options?: AnalyticKernelOptions,
): Promise<NdArray> {
  const [second, chosen] = secondPoints(x2, options, 'kernel');
  if (chosen?.kernel !== 'ntk' && chosen?.kernel !== 'nngp') {
    throw invalidArgument(`options.kernel: expected 'ntk' or 'nngp', got ${describe(chosen?.kernel)}`);
  }
  const a = toPoints(x1, 'x1');
  const b = second && toPoints(second, 'x2');
  const native = nativeOptions(chosen);
  return runTask(
    (addon, control) => addon.analyticKernel(control, specText(spec), a, b, chosen.kernel === 'nngp', native),
    chosen,
  );
}

/** The JSON of a spec. */
export function specText(spec: unknown): string {
  if (typeof spec !== 'object' || spec === null) {
    throw invalidArgument(`spec: expected a NetworkSpec, got ${describe(spec)}`);
  }
  return JSON.stringify(spec);
}

/** `x2` may be left out, its place then taken by the options (which `mark` tells from an array). */
export function secondPoints<O extends object>(
  x2: ArrayInput | O | null | undefined,
  options: O | undefined,
  mark: string,
): [ArrayInput | undefined, O | undefined] {
  if (x2 === undefined || x2 === null) return [undefined, options];
  const isOptions = !Array.isArray(x2) && !ArrayBuffer.isView(x2) && (mark in x2 || !('data' in x2));
  return isOptions ? [undefined, x2 as O] : [x2 as ArrayInput, options];
}
