/**
 * What every kernel function takes beside its arrays.
 */
import { invalidArgument } from '../core/errors.js';
import type { Progress } from '../core/native.js';
import { type ArrayInput, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkThreads } from '../core/threads.js';
import { type KernelTaskOptions, TASK_OPTIONS } from '../linalg/options.js';

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

/** The names of {@link KernelOptions}. */
export const KERNEL_OPTIONS = [...TASK_OPTIONS, ...(['layers', 'memoryLimit', 'onProgress'] as const)];

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
  // `from`: of a list with holes, which `map` passes over, each is looked at.
  const names =
    layers &&
    Array.from(layers, (layer: unknown) => {
      if (typeof layer === 'string') return layer;
      if (typeof layer === 'number' && Number.isInteger(layer) && layer >= 0) return `layers.${layer}`;
      throw invalidArgument(`layers: expected layer numbers or names, got ${describe(layer)}`);
    });
  const count = checkThreads(threads);
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
