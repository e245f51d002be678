/**
 * Reading arrays: rows, columns, entries and lists of what functions return, so that nobody counts in `data`. What comes out is
 * a copy, rows and columns in double precision.
 *
 * ```ts
 * const error = history.probes.error.relativeError; // [records, frequencies]
 * const [low, high] = columns(error); // one frequency through the training each
 * ```
 */
import { invalidArgument, invalidShape } from './errors.js';
import { type ArrayInput, describe, type NdArray, type NestedNumbers, sizeOf, toNdArray } from './ndarray.js';

/**
 * The rows of `[n, ...]`: what lies under each index of the first axis, flat.
 *
 * @example
 * rows([[1, 2], [3, 4]]); // => [[1, 2], [3, 4]]
 *
 * @throws `INVALID_SHAPE` for a single number
 */
export function rows(array: ArrayInput): Float64Array[] {
  const { data, count, size } = split(array);
  return Array.from({ length: count }, (_, r) => Float64Array.from(data.subarray(r * size, (r + 1) * size)));
}

/**
 * Row `index` of `[n, ...]`, flat: of measurements all that was measured at one record.
 *
 * @example
 * row([[1, 2], [3, 4]], 1); // => [3, 4]
 *
 * @throws `INVALID_SHAPE` for a single number, `INVALID_ARGUMENT` for an index that it does not have
 */
export function row(array: ArrayInput, index: number): Float64Array {
  const { data, count, size } = split(array);
  const at = entry(index, count, 'index', 'rows');
  return Float64Array.from(data.subarray(at * size, (at + 1) * size));
}

/**
 * The columns of `[n, k]`; `[n]` is a single one.
 * @throws `INVALID_SHAPE` for an array of other dimensions
 */
export function columns(array: ArrayInput): Float64Array[] {
  const matrix = tall(array);
  return Array.from({ length: matrix.shape[1] ?? 0 }, (_, c) => columnOf(matrix, c));
}

/**
 * Column `index` of `[n, k]`: of measurements one quantity through the training. `[n]` is a single column.
 *
 * @example
 * column([[1, 2], [3, 4]], 1); // => [2, 4]
 *
 * @throws `INVALID_SHAPE` for an array of other dimensions, `INVALID_ARGUMENT` for an index that it does not have
 */
export function column(array: ArrayInput, index: number): Float64Array {
  const matrix = tall(array);
  return columnOf(matrix, entry(index, matrix.shape[1] ?? 0, 'index', 'columns'));
}

/**
 * One number of an array, by an index for each axis.
 *
 * @example
 * at([[1, 2], [3, 4]], 1, 0); // => 3
 *
 * @throws `INVALID_SHAPE` for another count of indices, `INVALID_ARGUMENT` for an index that it does not have
 */
export function at(array: ArrayInput, ...indices: number[]): number {
  const { data, shape } = toNdArray(array, 'array');
  if (indices.length !== shape.length)
    throw invalidShape(`indices: expected ${shape.length} for shape [${shape.join(', ')}], got ${indices.length}`);
  const place = indices.reduce(
    (sum, index, axis) => sum * (shape[axis] ?? 0) + entry(index, shape[axis] ?? 0, `indices[${axis}]`, 'entries'),
    0,
  );
  return data[place] ?? Number.NaN;
}

/**
 * An array `[n, k]` of n lists or typed arrays of k numbers; f32 where all of them are.
 *
 * @example
 * fromRows([[1, 2], [3, 4]]).shape; // => [2, 2]
 *
 * @throws `INVALID_SHAPE` for rows of several lengths, `INVALID_ARGUMENT` for what is no list of numbers
 */
export function fromRows(lists: readonly ArrayInput[]): NdArray {
  if (!Array.isArray(lists)) throw invalidArgument(`rows: expected a list of rows, got ${describe(lists)}`);
  const parts = Array.from(lists, (list: ArrayInput, r) => toNdArray(list, `rows[${r}]`, 1).data);
  const width = parts[0]?.length ?? 0;
  const odd = parts.findIndex((part) => part.length !== width);
  if (odd >= 0) throw invalidShape(`rows[${odd}]: expected ${width} numbers, as in rows[0], got ${parts[odd]?.length}`);
  const single = parts.length > 0 && parts.every((part) => part instanceof Float32Array);
  const data = new (single ? Float32Array : Float64Array)(parts.length * width);
  for (const [r, part] of parts.entries()) data.set(part, r * width);
  return { data, shape: [parts.length, width] };
}

/**
 * The numbers in nested lists, as JSON has them: `[2, 3]` gives two lists of three; a single number stays one.
 *
 * @example
 * toNested({ data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }); // => [[1, 2], [3, 4]]
 */
export function toNested(array: ArrayInput): NestedNumbers {
  const { data, shape } = toNdArray(array, 'array');
  const nest = (axis: number, start: number): NestedNumbers => {
    const length = shape[axis];
    if (length === undefined) return data[start] ?? Number.NaN;
    const size = sizeOf(shape.slice(axis + 1));
    return Array.from({ length }, (_, i) => nest(axis + 1, start + i * size));
  };
  return nest(0, 0);
}

/**
 * `[a, b] -> [b, a]`, in the array's type.
 *
 * @example
 * transpose([[1, 2], [3, 4]]); // => [[1, 3], [2, 4]]
 *
 * @throws `INVALID_SHAPE` for an array of other dimensions
 */
export function transpose(array: ArrayInput): NdArray {
  const { data, shape } = toNdArray(array, 'array', 2);
  const [a = 0, b = 0] = shape;
  const out = data.slice();
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = data[i * b + j] ?? Number.NaN;
  return { data: out, shape: [b, a] };
}

function split(array: ArrayInput): { data: Float64Array | Float32Array; count: number; size: number } {
  const { data, shape } = toNdArray(array, 'array');
  const [count] = shape;
  if (count === undefined) throw invalidShape('array: expected at least one dimension, got shape []');
  return { data, count, size: sizeOf(shape.slice(1)) };
}

/** An array of one or two dimensions as `[n, k]`. */
function tall(array: ArrayInput): NdArray {
  const { data, shape } = toNdArray(array, 'array');
  const [count = 0, width = 1] = shape;
  if (shape.length > 0 && shape.slice(2).every((n) => n === 1)) return { data, shape: [count, width] };
  throw invalidShape(`array: expected [n] or [n, k], got shape [${shape.join(', ')}]`);
}

function columnOf({ data, shape }: NdArray, index: number): Float64Array {
  const [count = 0, width = 0] = shape;
  return Float64Array.from({ length: count }, (_, r) => data[r * width + index] ?? Number.NaN);
}

/** An index of one of `count` entries. */
function entry(index: unknown, count: number, name: string, of: string): number {
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count) return index;
  throw invalidArgument(
    `${name}: expected an integer from 0 to ${count - 1}, one of ${count} ${of}, got ${describe(index)}`,
  );
}
