/**
 * What every kernel function takes beside its arrays.
 */
import { invalidArgument, invalidShape } from '../core/errors.js';
import type { Progress } from '../core/native.js';
import { type ArrayInput, describe, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { checkNumber } from '../core/options.js';
import { checkThreads } from '../core/threads.js';

/** Abort and threads of work on kernels. */
export interface KernelTaskOptions {
  /** Aborting rejects with `ABORTED`: a tiled kernel stops within one tile, a decomposition ends in the background. */
  signal?: AbortSignal | undefined;
  /** Threads to use. Default: every core. */
  threads?: number | undefined;
}

/** Which parameters count, how much memory may be used, and who hears of the progress. */
export interface KernelOptions extends KernelTaskOptions {
  /**
   * Which parameters count as trained: entries of `layers` by their number, or by name (`layers.2`, `layers.2.weight`).
   * Default: all.
   */
  layers?: readonly (number | string)[] | undefined;
  /**
   * Bytes that the result and what is needed beside it may take. Above it, and above what this process can still have (the least
   * of what the machine has free, what control groups leave, and `ulimit -v`), the call rejects with `OVER_MEMORY_LIMIT`.
   */
  memoryLimit?: number | undefined;
  /** Called at most 20 times a second. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The names of {@link KernelTaskOptions}, and of {@link KernelOptions}. */
export const TASK_OPTIONS = ['signal', 'threads'] as const;
export const KERNEL_OPTIONS = [...TASK_OPTIONS, ...(['layers', 'memoryLimit', 'onProgress'] as const)];

/** A thread count for the addon, undefined standing for every core. */
export function threadCount(threads: number | undefined): number | undefined {
  return checkThreads(threads);
}

/** The options in the form that the addon takes. */
export function nativeOptions({ layers, threads, memoryLimit }: KernelOptions): {
  layers?: string[];
  threads?: number;
  memoryLimit?: number;
} {
  if (memoryLimit !== undefined && !(typeof memoryLimit === 'number' && memoryLimit > 0)) {
    throw invalidArgument(`memoryLimit: expected a positive number of bytes, got ${describe(memoryLimit)}`);
  }
  if (layers !== undefined && !Array.isArray(layers)) {
    throw invalidArgument(`layers: expected an array of layer numbers or names, got ${describe(layers)}`);
  }
  const names = layers?.map((layer: unknown) => {
    if (typeof layer === 'string') return layer;
    if (typeof layer === 'number' && Number.isInteger(layer) && layer >= 0) return `layers.${layer}`;
    throw invalidArgument(`layers: expected layer numbers or names, got ${describe(layer)}`);
  });
  const count = threadCount(threads);
  return {
    ...(count !== undefined && { threads: count }),
    ...(names && { layers: names }),
    ...(memoryLimit !== undefined && Number.isFinite(memoryLimit) && { memoryLimit: Math.floor(memoryLimit) }),
  };
}

/** Points as `[n, ...]`; a plain list of numbers is n points of one dimension. */
export function toPoints(input: ArrayInput, name: string): NdArray {
  const array = toNdArray(input, name);
  return array.shape.length === 1 ? { data: array.data, shape: [array.data.length, 1] } : array;
}

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
