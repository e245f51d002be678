/** Poisson's equation on a grid by relaxation, with the error known mode by mode. */
import { invalidArgument } from '../errors.js';
import { call, runTask, type TaskOptions } from '../native.js';
import { type ArrayInput, describe, type NdArray, toNdArray } from '../ndarray.js';
import { checkOptions, requireOptions } from '../options.js';

/**
 * `jacobi`: damped by `weight` (default 1: plain). `gaussSeidel`: unknowns in their order. `multigrid`: one sweep is a
 * V-cycle with `smoothing` (default 2) damped Jacobi sweeps before and after each coarse correction.
 */
export type RelaxationMethod =
  | 'jacobi'
  | 'gaussSeidel'
  | 'multigrid'
  | { type: 'jacobi'; weight?: number }
  | { type: 'gaussSeidel' }
  | { type: 'multigrid'; smoothing?: number };

/** The interval or square of a Poisson problem. */
export interface PoissonOptions {
  /** Of the interval, or of a side of the square. Default 1. */
  length?: number;
}

/** How `poissonRelax` solves: method, sweeps, start, when to stop. */
export interface RelaxationOptions extends PoissonOptions, Pick<TaskOptions, 'signal' | 'onProgress'> {
  method: RelaxationMethod;
  /** At most so many. */
  sweeps: number;
  /** Where to start. Default: zero. */
  initial?: ArrayInput;
  /** Stop once |u - u*| / |u*| (Euclidean, u* the exact discrete solution) is at or under it. Default: never. */
  tolerance?: number;
  /** Sweeps after which the iterate is kept, ascending; 0 is the start. Default: none. */
  record?: readonly number[];
}

/** What a relaxation reached, and its recorded iterates. */
export interface Relaxation {
  /** Sweeps done. */
  sweeps: number;
  /** Whether `tolerance` was reached. */
  converged: boolean;
  solution: NdArray;
  /** The recorded sweeps that were reached, their iterates `[r, ...grid]` and relative errors. */
  recorded: number[];
  states: NdArray;
  errors: number[];
}

/**
 * The exact solution of the difference equations of `-Laplace u = source` with u = 0 on the boundary.
 * @param source at the inner points, `[n - 1]` or `[n - 1, n - 1]` for n intervals an axis
 */
export function poissonSolve(source: ArrayInput, options: PoissonOptions = {}): NdArray {
  const { length = 1 } = checkOptions(options, ['length']);
  const g = toNdArray(source, 'source');
  return call((addon) => addon.poissonSolve(g, length));
}

/** Iterates towards {@link poissonSolve}'s solution. */
export async function poissonRelax(source: ArrayInput, options: RelaxationOptions): Promise<Relaxation> {
  const names = ['method', 'sweeps', 'initial', 'tolerance', 'record', 'length', 'signal', 'onProgress'] as const;
  const { method, sweeps, tolerance = 0, record = [], length = 1, signal, onProgress } = requireOptions(options, names);
  const g = toNdArray(source, 'source');
  const initial = options.initial === undefined ? undefined : toNdArray(options.initial, 'initial');
  const spec = typeof method === 'string' ? { type: method } : method;
  if (typeof spec !== 'object' || spec === null) {
    throw invalidArgument(`method: expected 'jacobi', 'gaussSeidel' or 'multigrid', got ${describe(method)}`);
  }
  const count = (n: number, name: string): number => {
    if (Number.isSafeInteger(n) && n >= 0) return n;
    throw invalidArgument(`${name}: expected a non-negative integer, got ${describe(n)}`);
  };
  const parameter = {
    jacobi: () => ('weight' in spec ? (spec.weight ?? 1) : 1),
    gaussSeidel: () => 0,
    multigrid: () => ('smoothing' in spec ? count(spec.smoothing ?? 2, 'method.smoothing') : 2),
  }[spec.type];
  if (!parameter) throw invalidArgument(`method: expected 'jacobi', 'gaussSeidel' or 'multigrid', got ${spec.type}`);
  const at = [...record].map((sweep) => count(sweep, 'record'));
  return runTask(
    (addon, control) =>
      addon.poissonRelax(control, g, initial, length, spec.type, parameter(), count(sweeps, 'sweeps'), tolerance, at),
    { signal, onProgress },
  );
}

/** Coefficients of `sin(k pi x / L)` (products in 2D), k from 1, of grid functions along the last `axes` dimensions. */
export function sineModes(values: ArrayInput, options: { axes?: 1 | 2 } = {}): NdArray {
  const { axes = 1 } = checkOptions(options, ['axes']);
  const u = toNdArray(values, 'values');
  return call((addon) => addon.sineModes(u, axes));
}

/**
 * What one Jacobi sweep of weight `weight` multiplies the error in a mode by, on n intervals: with one number k an axis,
 * `1 - weight + weight mean cos(k pi / n)`.
 */
export function jacobiFactor(modes: readonly number[], intervals: number, weight = 1): number {
  const mean = modes.reduce((sum, k) => sum + Math.cos((k * Math.PI) / intervals), 0) / modes.length;
  return 1 - weight + weight * mean;
}

/**
 * How many Jacobi sweeps take each error `u - u*` to a Euclidean norm of `level` or less, by the modes' factors, without
 * doing one: `[..., n - 1]` (or `[..., n - 1, n - 1]` with two axes) -> `[...]`; -1 where no number of sweeps does.
 */
export function jacobiSweeps(errors: ArrayInput, options: { axes?: 1 | 2; weight?: number; level: number }): NdArray {
  const { axes = 1, weight = 1, level } = requireOptions(options, ['axes', 'weight', 'level']);
  const e = toNdArray(errors, 'errors');
  return call((addon) => addon.jacobiSweeps(e, axes, weight, level));
}
