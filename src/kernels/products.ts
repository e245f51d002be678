import { invalidArgument } from '../errors.js';
import { runTask } from '../native.js';
import { type ArrayInput, describe, type NdArray } from '../ndarray.js';
import { specText } from './analytic.js';
import { type TangentModel, tangent } from './empirical.js';
import {
  type KernelOptions,
  type KernelTaskOptions,
  nativeOptions,
  threadCount,
  toColumns,
  toPoints,
} from './options.js';

/**
 * `K v` without the matrix: K the full tangent kernel of `x1` with `x2` (default `x1`), as Jacobian products in f64.
 *
 * @param v `[m, o]`, or `[m]` for one output
 * @returns `[n, o]`, or `[n]`
 */
export async function ntkVectorProduct(
  model: TangentModel,
  x1: ArrayInput,
  v: ArrayInput,
  options: KernelOptions & { x2?: ArrayInput | undefined } = {},
): Promise<NdArray> {
  const { spec, parameters, buffers } = tangent(model);
  const { columns, restore } = toColumns(v, 'v');
  const a = toPoints(x1, 'x1');
  const b = options.x2 === undefined ? undefined : toPoints(options.x2, 'x2');
  const native = nativeOptions(options);
  const product = await runTask(
    (addon, control) => addon.ntkVectorProduct(control, spec, parameters, buffers, a, b, columns, native),
    options,
  );
  return restore(product);
}

/** `value u + sum_i gradient_i du/dx_i + sum_i second_i d2u/dx_i^2`. */
export interface DifferentialOperator {
  value?: number | undefined;
  /** One number for each input. */
  gradient?: readonly number[] | undefined;
  second?: readonly number[] | undefined;
  /** Step of the sixth-order central differences. Default 0.02: take it well below the scale on which u varies. */
  step?: number | undefined;
}

/**
 * The tangent kernels of a PDE's loss: `uu` of the outputs at the data points `x`, `rr` of the residual `L u` at the
 * collocation points, and `ur` between them (Wang, Yu and Perdikaris 2022). Traces are means over outputs; f64.
 *
 * Derivatives by the input are central differences of order 6, so activations must be smooth.
 */
export async function residualNtk(
  model: TangentModel,
  input: { x: ArrayInput; collocation: ArrayInput; operator: DifferentialOperator } & KernelOptions,
): Promise<{ uu: NdArray; ur: NdArray; rr: NdArray }> {
  const { spec, parameters, buffers } = tangent(model);
  const [x, c] = [toPoints(input.x, 'x'), toPoints(input.collocation, 'collocation')];
  const { value = 0, gradient = [], second = [], step = 0.02 } = input.operator ?? {};
  const identity = { value: 1, gradient: [], second: [], step: 0.02 };
  const operator = { value, gradient: [...gradient], second: [...second], step };
  const native = nativeOptions(input);
  const block = (p: NdArray, first: typeof operator, q: NdArray, last: typeof operator) =>
    runTask(
      (addon, control) => addon.residualNtk(control, spec, parameters, buffers, p, first, q, last, native),
      input,
    );
  const uu = await block(x, identity, x, identity);
  const ur = await block(x, identity, c, operator);
  return { uu, ur, rr: await block(c, operator, c, operator) };
}

/**
 * The NNGP kernel of networks of the spec's own widths, sampled: the mean of `h(x1) h(x2)` over `draws` initialisations (and
 * over outputs) with its standard error. Draw i has the seed `seed + i`.
 */
export async function sampledNngp(
  spec: object,
  x1: ArrayInput,
  options: { draws: number; seed: number; x2?: ArrayInput | undefined } & KernelTaskOptions,
): Promise<{ mean: NdArray; standardError: NdArray }> {
  const { draws, seed, x2, signal, threads } = options;
  for (const [name, n] of Object.entries({ draws, seed })) {
    if (!Number.isSafeInteger(n) || n < 0 || (name === 'draws' && n > 2 ** 31)) {
      throw invalidArgument(`options.${name}: expected an integer of at least 0, got ${describe(n)}`);
    }
  }
  const [a, b] = [toPoints(x1, 'x1'), x2 === undefined ? undefined : toPoints(x2, 'x2')];
  const count = threadCount(threads);
  return runTask((addon, control) => addon.sampledNngp(control, specText(spec), a, b, draws, seed, count), { signal });
}
