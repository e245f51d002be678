import { invalidArgument } from '../core/errors.js';
import { runTask } from '../core/native.js';
import { type ArrayInput, describe, type NdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { type KernelTaskOptions, TASK_OPTIONS } from '../linalg/options.js';
import { specText } from '../nets/json.js';
import type { NetworkSpec } from '../nets/spec.js';
import { KERNEL_OPTIONS, type KernelOptions, nativeOptions, toPoints } from './options.js';

/** Which kernel of an infinitely wide network is wanted. */
export interface AnalyticKernelOptions extends KernelOptions {
  /** The tangent kernel, or the covariance of the outputs at initialisation. */
  kernel: 'ntk' | 'nngp';
}

/**
 * The kernel of a network of infinite width (Neal 1996, Lee et al. 2018, Jacot et al. 2018).
 *
 * Dense and convolution layers must have `parameterization: 'ntk'`; their widths are ignored. Activations with a closed
 * form: relu, leakyRelu, erf, sin, gaussian, gelu; every other one by its Hermite series, with the error that
 * {@link analyticKernelError} bounds. Convolutions with `flatten` or `avgPool2d`, residual blocks, and Fourier features
 * on the input (given as numbers, or drawn with a seed of their own) are understood; what is not is refused by name.
 * Cost: O(n m) a layer for vectors, times positions for images, times positions squared with pooling.
 *
 * @example
 * const layer = { type: 'dense', units: 1, parameterization: 'ntk' } as const;
 * await analyticKernel({ input: 2, layers: [layer] }, [[1, 0], [0, 1]], { kernel: 'ntk' }); // => [[0.5, 0], [0, 0.5]]
 *
 * @param x1 `[n, d]` (or `[n, ...input]`); beside it may stand x2, `[m, d]`, default `x1`
 * @returns `[n, m]`, in the type of the inputs
 * @throws `INVALID_SHAPE`, `INVALID_ARGUMENT`, `NON_FINITE`, `OVER_MEMORY_LIMIT`, `ABORTED`
 */
export async function analyticKernel(
  spec: NetworkSpec,
  x1: ArrayInput,
  options: AnalyticKernelOptions,
): Promise<NdArray>;
export async function analyticKernel(
  spec: NetworkSpec,
  x1: ArrayInput,
  x2: ArrayInput | undefined,
  options: AnalyticKernelOptions,
): Promise<NdArray>;
export async function analyticKernel(
  spec: NetworkSpec,
  x1: ArrayInput,
  x2?: ArrayInput | AnalyticKernelOptions,
  options?: AnalyticKernelOptions,
): Promise<NdArray> {
  const [second, chosen] = secondPoints(x2, options, 'kernel');
  checkOptions(chosen, [...KERNEL_OPTIONS, 'kernel']);
  if (chosen?.kernel === undefined) throw invalidArgument("kernel: expected 'ntk' or 'nngp', got nothing");
  checkChoice(chosen.kernel, ['ntk', 'nngp'], 'kernel');
  const a = toPoints(x1, 'x1');
  const b = second && toPoints(second, 'x2');
  const native = nativeOptions(chosen);
  return runTask(
    (addon, control) => addon.analyticKernel(control, specText(spec), a, b, chosen.kernel === 'nngp', native),
    chosen,
  );
}

/**
 * How far {@link analyticKernel} may be off at these points for activations without a closed form: the largest bound on
 * the error of one expectation `E[f f]` or `E[f' f']`, relative to its value at equal inputs (what a Hermite series of
 * 160 terms leaves out, known by Parseval's identity, and rounding). The errors of successive layers add up.
 *
 * @param x `[n, d]`; the cost is that of n series, not of pairs
 * @returns 0 when every activation has a closed form; about 1e-13 for smooth ones, up to 1e-2 where f' jumps
 */
export async function analyticKernelError(
  spec: NetworkSpec,
  x: ArrayInput,
  options: KernelTaskOptions = {},
): Promise<number> {
  checkOptions(options, TASK_OPTIONS);
  const points = toPoints(x, 'x');
  const native = nativeOptions(options);
  return runTask((addon, control) => addon.analyticKernelError(control, specText(spec), points, native), options);
}

/** `x2` may be left out, its place then taken by the options (which `mark` tells from an array). */
export function secondPoints<O extends object>(
  x2: ArrayInput | O | null | undefined,
  options: O | undefined,
  mark: string,
): [ArrayInput | undefined, O | undefined] {
  if (typeof x2 !== 'object' || x2 === null) {
    if (x2 === undefined || x2 === null) return [undefined, options];
    throw invalidArgument(`x2: expected an array or options, got ${describe(x2)}`);
  }
  const isOptions = !Array.isArray(x2) && !ArrayBuffer.isView(x2) && (mark in x2 || !('data' in x2));
  return isOptions ? [undefined, x2 as O] : [x2 as ArrayInput, options];
}
