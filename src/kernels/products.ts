import { invalidArgument } from '../core/errors.js';
import { runTask } from '../core/native.js';
import { type ArrayInput, describe, finiteResult, type NdArray } from '../core/ndarray.js';
import { checkInteger, checkOptions, required, requireObject, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { type KernelTaskOptions, TASK_OPTIONS, toColumns } from '../linalg/options.js';
import { sayingDiverged } from '../nets/diverged.js';
import { specText, toJson } from '../nets/json.js';
import type { NetworkSpec } from '../nets/spec.js';
import { type TangentModel, tangent } from './empirical.js';
import { KERNEL_OPTIONS, type KernelOptions, nativeOptions, toPoints } from './options.js';

/**
 * `K v` without the matrix: K the full tangent kernel of `x1` with `x2` (default `x1`), as Jacobian products in f64.
 * Memory: one parameter vector a thread; cost: o passes backward a sample of `x1`, one of `x2`.
 *
 * @param x1 `[n, d]`; @param v `[m, o]`, or `[m]` for one output; `options.x2` `[m, d]`
 * @returns `[n, o]`, or `[n]`
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (attention has no tangent kernel), `ABORTED`
 */
export async function ntkVectorProduct(
  model: TangentModel,
  x1: ArrayInput,
  v: ArrayInput,
  options: KernelOptions & {
    /** Other points, `[m, d]`. Default: `x1`. */
    x2?: ArrayInput | undefined;
  } = {},
): Promise<NdArray> {
  checkOptions(options, [...KERNEL_OPTIONS, 'x2']);
  const { spec, parameters, buffers } = tangent(model);
  const { columns, restore } = toColumns(v, 'v');
  const a = toPoints(x1, 'x1');
  const b = options.x2 === undefined ? undefined : toPoints(options.x2, 'x2');
  const native = nativeOptions(options);
  const product = await sayingDiverged(model, () =>
    runTask(
      (addon, control) => addon.ntkVectorProduct(control, spec, parameters, buffers, a, b, columns, native),
      options,
    ),
  );
  return restore(finiteResult(product, 'x1, v'));
}

/** An equation of a network's outputs, as the `residual` loss takes it. */
export interface NtkEquation {
  /** A formula of a network with one output. */
  equation?: string | undefined;
  /** One formula for each output. */
  equations?: readonly string[] | undefined;
  /** Names of the inputs. Default: `x`, or `x1`, `x2` and so on. */
  variables?: readonly string[] | undefined;
  /** Names of the outputs. Default: `u`. */
  outputs?: readonly string[] | undefined;
  /** Numbers that the formulas name. */
  parameters?: Readonly<Record<string, number>> | undefined;
}

/**
 * The tangent kernels of a PDE's loss: `uu` of the outputs at the data points `x`, `rr` of the equation's residual at the
 * collocation points, and `ur` between them (Wang, Yu and Perdikaris 2022), of a nonlinear equation by its linearisation at the
 * network. Traces are means over outputs; f64.
 *
 * Derivatives by the input are carried through the layers exactly; one backward pass a point and formula. Layers are those
 * that carry them: dense, activation, Fourier features, scale, modulate, branches, residual. Activations should be smooth:
 * the second derivative of a ReLU is taken as 0.
 *
 * @param input `x` `[n, d]`, `collocation` `[m, d]`, and the equation, such as `'u_xx + u_yy'`
 * @returns `uu` `[n, n]`, `ur` `[n, m]`, `rr` `[m, m]`
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (a formula's place, or a layer that cannot, by name), `ABORTED`
 */
export async function residualNtk(
  model: TangentModel,
  input: {
    /** Data points, `[n, d]`. */
    x: ArrayInput;
    /** Points of the equation, `[m, d]`. */
    collocation: ArrayInput;
  } & NtkEquation &
    KernelOptions,
): Promise<{
  /** Of the outputs at `x`, `[n, n]`. */
  uu: NdArray;
  /** Between outputs and residuals, `[n, m]`. */
  ur: NdArray;
  /** Of the residuals, `[m, m]`. */
  rr: NdArray;
}> {
  const own = ['equation', 'equations', 'variables', 'outputs', 'parameters'] as const;
  requireOptions(input, [...KERNEL_OPTIONS, 'x', 'collocation', ...own], 'input');
  const { spec, parameters, buffers } = tangent(model);
  const [x, c] = [toPoints(input.x, 'x'), toPoints(input.collocation, 'collocation')];
  const { equation, equations, variables, outputs } = input;
  if ((equation === undefined) === (equations === undefined)) {
    throw invalidArgument(
      `equation: expected a formula, or one for each output as equations, got ${describe(equation)}`,
    );
  }
  if (equation !== undefined && typeof equation !== 'string') {
    throw invalidArgument(`equation: expected a formula, got ${describe(equation)}`);
  }
  if (input.parameters !== undefined) requireObject(input.parameters, 'parameters');
  const formulas = toJson(
    {
      equations: equation === undefined ? equations : [equation],
      variables,
      outputs,
      parameters: input.parameters,
    },
    'input',
  );
  const native = nativeOptions(input);
  const block = (p: NdArray, first: string | undefined, q: NdArray, last: string | undefined) =>
    sayingDiverged(model, () =>
      runTask(
        (addon, control) => addon.residualNtk(control, spec, parameters, buffers, p, first, q, last, native),
        input,
      ),
    );
  const uu = await block(x, undefined, x, undefined);
  const ur = await block(x, undefined, c, formulas);
  const rr = await block(c, formulas, c, formulas);
  return finiteResult({ uu, ur, rr }, 'x, collocation, parameters');
}

/**
 * The NNGP kernel of networks of the spec's own widths, sampled: the mean of `h(x1) h(x2)` over `draws` initialisations (and
 * over outputs) with its standard error, `[n, m]` each, in f64. Every draw has a seed of its own, made of `seed` and its
 * number by hashing, so that two seeds share no network; the error falls as
 * 1 / sqrt(draws).
 *
 * @param x1 `[n, d]`; `options.x2` `[m, d]`, default `x1`; `draws` at least 2
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT`, `ABORTED`
 */
export async function sampledNngp(
  spec: NetworkSpec,
  x1: ArrayInput,
  options: {
    /** Initialisations, at least 2. */
    draws: number;
    /** From which the draws' seeds are made. */
    seed: number;
    /** Other points, `[m, d]`. Default: `x1`. */
    x2?: ArrayInput | undefined;
  } & KernelTaskOptions,
): Promise<{
  /** Over the draws, `[n, m]`. */
  mean: NdArray;
  /** Of the mean, `[n, m]`. */
  standardError: NdArray;
}> {
  const { draws, seed, x2, signal, threads } = requireOptions(options, [...TASK_OPTIONS, 'draws', 'seed', 'x2']);
  checkInteger(required(draws, 'draws'), 'draws', 2, 2 ** 31);
  checkInteger(required(seed, 'seed'), 'seed');
  const [a, b] = [toPoints(x1, 'x1'), x2 === undefined ? undefined : toPoints(x2, 'x2')];
  const count = checkThreads(threads);
  const found = await runTask(
    (addon, control) => addon.sampledNngp(control, specText(spec), a, b, draws, seed, count),
    { signal },
  );
  return finiteResult(found, 'x1, x2');
}
