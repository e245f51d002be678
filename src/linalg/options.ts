/** What every function of matrices takes beside its arrays. */
import { invalidShape } from '../core/errors.js';
import { type ArrayInput, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { checkNumber } from '../core/options.js';

/** Abort and threads of work on matrices and kernels. */
export interface KernelTaskOptions {
  /** Aborting rejects with `ABORTED`: a tiled kernel stops within one tile, a decomposition ends in the background. */
  signal?: AbortSignal | undefined;
  /** Threads to use. Default: every core. */
  threads?: number | undefined;
}

/** The names of {@link KernelTaskOptions}. */
export const TASK_OPTIONS = ['signal', 'threads'] as const;

/** An array as n rows, and how to give a result of m rows the rank of the input back (`[n]` stays `[m]`). */
export function toColumns(input: ArrayInput, name: string): { columns: NdArray; restore: (rows: NdArray) => NdArray } {
  const array = toNdArray(input, name);
  if (array.shape.length === 0) throw invalidShape(`${name}: expected at least one dimension, got shape []`);
  const rest = array.shape.slice(1);
  const columns = { data: array.data, shape: [array.shape[0]!, sizeOf(rest)] };
  return { columns, restore: ({ data, shape }) => ({ data, shape: [shape[0]!, ...rest] }) };
}

/** A ridge or a variance. */
export const checkRidge = (ridge: number, name = 'ridge'): number => checkNumber(ridge, name, { least: 0 });

/** Every array f64 unless all of them are f32. */
export function sameType(arrays: (NdArray | undefined)[]): (NdArray | undefined)[] {
  if (arrays.every((a) => a === undefined || a.data instanceof Float32Array)) return arrays;
  return arrays.map((a) => a && { data: Float64Array.from(a.data), shape: a.shape });
}
