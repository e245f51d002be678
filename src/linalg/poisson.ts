/** Poisson's equation on a grid by relaxation, with the error known mode by mode. */
import { invalidArgument } from '../core/errors.js';
import { call, runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, shapeText, toNdArray } from '../core/ndarray.js';
import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
  required,
  requireObject,
  requireOptions,
} from '../core/options.js';
import { toNumbers } from '../core/signal.js';

/**
 * `jacobi`: damped by `weight` (default 1: plain). `gaussSeidel`: unknowns in their order. `multigrid`: one sweep is a
 * V-cycle with `smoothing` (default 2) damped Jacobi sweeps before and after each coarse correction.
 */
export type RelaxationMethod =
  | 'jacobi'
  | 'gaussSeidel'
  | 'multigrid'
  | {
      type: 'jacobi';
      /** Of a sweep's change. Default 1. */
      weight?: number;
    }
  | { type: 'gaussSeidel' }
  | {
      type: 'multigrid';
      /** Damped Jacobi sweeps before and after each coarse correction. Default 2. */
      smoothing?: number;
    };

/** The interval or square of a Poisson problem. */
export interface PoissonOptions {
  /** Of the interval, or of a side of the square. Default 1. */
  length?: number;
}

/** How `poissonRelax` solves: method, sweeps, start, when to stop. */
export interface RelaxationOptions extends PoissonOptions, Pick<TaskOptions, 'signal' | 'onProgress'> {
  /** What a sweep does. */
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
  /** The last iterate, in the shape of the right side. */
  solution: NdArray;
  /** The recorded sweeps that were reached, their iterates `[r, ...grid]` and relative errors. */
  recorded: number[];
  /** Their iterates, `[r, ...grid]`. */
  states: NdArray;
  /** Their relative errors `|u - u*| / |u*|`. */
  errors: number[];
}

/**
 * The exact solution of the difference equations of `-Laplace u = source` with u = 0 on the boundary.
 * @param source at the inner points, `[n - 1]` or `[n - 1, n - 1]` for n intervals an axis
 */
export function poissonSolve(source: ArrayInput, options: PoissonOptions = {}): NdArray {
  const { length = 1 } = checkOptions(options, ['length']);
  checkLength(length);
  const g = toNdArray(source, 'source');
  return finiteResult(
    call((addon) => addon.poissonSolve(g, length)),
    'source',
  );
}

/** Iterates towards {@link poissonSolve}'s solution. */
export async function poissonRelax(source: ArrayInput, options: RelaxationOptions): Promise<Relaxation> {
  const names = ['method', 'sweeps', 'initial', 'tolerance', 'record', 'length', 'signal', 'onProgress'] as const;
  const { method, sweeps, tolerance = 0, record = [], length = 1, signal, onProgress } = requireOptions(options, names);
  const g = toNdArray(source, 'source');
  const initial = options.initial === undefined ? undefined : toNdArray(options.initial, 'initial');
  const spec = typeof method === 'string' ? { type: method } : requireObject(required(method, 'method'), 'method');
  const parameter = methodParameter(spec);
  checkInteger(required(sweeps, 'sweeps'), 'sweeps');
  checkNumber(tolerance, 'tolerance', { least: 0 });
  checkLength(length);
  const at = toNumbers(record, 'record').map((sweep) => checkInteger(sweep, 'record'));
  if (at.some((sweep, i) => i > 0 && sweep <= (at[i - 1] ?? 0))) {
    throw invalidArgument(`record: expected ascending sweeps, got ${shapeText(at)}`);
  }
  const found = await runTask(
    (addon, control) => addon.poissonRelax(control, g, initial, length, spec.type, parameter, sweeps, tolerance, at),
    { signal, onProgress },
  );
  return finiteResult(found, 'source, initial');
}

/** The equations have its square in them, which must be a number, too. */
const checkLength = (length: number): number => checkNumber(length, 'length', { least: 1e-150, most: 1e150 });

/** Jacobi's weight, or multigrid's smoothing sweeps; 0 where there is none. */
function methodParameter(method: Exclude<RelaxationMethod, string>): number {
  checkChoice(required(method.type, 'method.type'), ['jacobi', 'gaussSeidel', 'multigrid'], 'method');
  if (method.type === 'jacobi') {
    const { weight = 1 } = requireOptions(method, ['type', 'weight'], 'method');
    return checkNumber(weight, 'method.weight');
  }
  if (method.type === 'multigrid') {
    const { smoothing = 2 } = requireOptions(method, ['type', 'smoothing'], 'method');
    return checkInteger(smoothing, 'method.smoothing', 0, 2 ** 31);
  }
  requireOptions(method, ['type'], 'method');
  return 0;
}

/** Coefficients of `sin(k pi x / L)` (products in 2D), k from 1, of grid functions along the last `axes` dimensions. */
export function sineModes(
  values: ArrayInput,
  options: {
    /** Dimensions of the grid, the last ones. Default 1. */
    axes?: 1 | 2;
  } = {},
): NdArray {
  const { axes = 1 } = checkOptions(options, ['axes']);
  checkChoice(axes, [1, 2], 'axes');
  const u = toNdArray(values, 'values');
  return call((addon) => addon.sineModes(u, axes));
}

/**
 * What one Jacobi sweep of weight `weight` multiplies the error in a mode by, on n intervals: with one number k an axis,
 * `1 - weight + weight mean cos(k pi / n)`.
 */
export function jacobiFactor(modes: readonly number[], intervals: number, weight = 1): number {
  checkInteger(required(intervals, 'intervals'), 'intervals', 1);
  checkNumber(weight, 'weight');
  const numbers = toNumbers(modes, 'modes').map((k) => checkNumber(k, 'modes'));
  if (numbers.length === 0) throw invalidArgument('modes: expected at least one number, got none');
  const mean = numbers.reduce((sum, k) => sum + Math.cos((k * Math.PI) / intervals), 0) / numbers.length;
  return 1 - weight + weight * mean;
}

/**
 * How many Jacobi sweeps take each error `u - u*` to a Euclidean norm of `level` or less, by the modes' factors, without
 * doing one: `[..., n - 1]` (or `[..., n - 1, n - 1]` with two axes) -> `[...]`; -1 where no number of sweeps does.
 */
export function jacobiSweeps(
  errors: ArrayInput,
  options: {
    /** Dimensions of the grid, the last ones. Default 1. */
    axes?: 1 | 2;
    /** Of the damped method. Default 1. */
    weight?: number;
    /** Euclidean norm that is to be reached. */
    level: number;
  },
): NdArray {
  const { axes = 1, weight = 1, level } = requireOptions(options, ['axes', 'weight', 'level']);
  checkChoice(axes, [1, 2], 'axes');
  checkNumber(weight, 'weight');
  checkNumber(required(level, 'level'), 'level', { above: 0 });
  const e = toNdArray(errors, 'errors');
  return call((addon) => addon.jacobiSweeps(e, axes, weight, level));
}
