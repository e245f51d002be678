/**
 * Arrays as arguments. What a caller hands over is read once, since a getter or a proxy may answer differently the second
 * time: shapes are copied, and so are numbers in memory that may change size or is shared with other threads.
 */
import { types } from 'node:util';
import { describe, shapeText } from './describe.js';
import { FprincipleError, invalidArgument, invalidShape } from './errors.js';

export { describe, shapeText } from './describe.js';

/** A dense row-major array of real numbers: `data.length` is the product of `shape`. */
export interface NdArray {
  /** The numbers, row by row, in the type that was computed in. */
  data: Float64Array | Float32Array;
  /** Lengths of the axes, the first outermost; `[]` for a single number. */
  shape: number[];
}

/** A dense row-major array of complex numbers; `re` and `im` have the same length and type. */
export interface ComplexArray {
  /** Real parts, row by row. */
  re: Float64Array | Float32Array;
  /** Imaginary parts, as many and of the same type. */
  im: Float64Array | Float32Array;
  /** Lengths of the axes, the first outermost. */
  shape: number[];
}

/** Numbers in lists of equal length, at any depth. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** Typed arrays of integers, such as class labels; they count as numbers (f64). */
export type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** What every function takes as an array: an {@link NdArray}, a typed array (one dimension) or nested number arrays. */
export type ArrayInput = NdArray | Float64Array | Float32Array | IntegerArray | readonly NestedNumbers[];

/** Single or double precision. */
export type DType = 'f32' | 'f64';

export const dtypeOf = (data: Float64Array | Float32Array): DType => (data instanceof Float32Array ? 'f32' : 'f64');

/** The product of the dimensions (1 for a scalar's empty shape). */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

const isIntegerArray = (value: unknown): value is IntegerArray =>
  types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value);

/**
 * Reads an array argument.
 * @param name the argument's name, for the message
 * @param rank the number of dimensions it must have; any when left out
 * @throws `INVALID_ARGUMENT` for something that is no array of numbers, `INVALID_SHAPE` for ragged nesting, a shape
 * that does not match the data, or another rank
 */
export function toNdArray(input: ArrayInput, name: string, rank?: number): NdArray {
  const array = guarded(name, () => readArray(input, name));
  if (rank !== undefined && array.shape.length !== rank) {
    throw invalidShape(`${name}: expected ${rank} dimension(s), got shape [${array.shape.join(', ')}]`);
  }
  return array;
}

/**
 * {@link toNdArray} where every number has to be finite.
 * @throws `NON_FINITE` with the first entry that is not
 */
export function toFinite(input: ArrayInput, name: string, rank?: number): NdArray {
  const array = toNdArray(input, name, rank);
  const at = array.data.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return array;
  const place: number[] = [];
  for (let rest = at, axis = array.shape.length - 1; axis >= 0; axis--) {
    const size = array.shape[axis] ?? 1;
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const entry = `[${place.join(', ')}]`;
  throw new FprincipleError('NON_FINITE', `${name}: expected finite numbers, but ${entry} is ${array.data[at]}`);
}

/**
 * What was computed of finite arguments.
 * @param name the argument, or the several, whose size is to blame
 * @throws `NON_FINITE` where a number of it is beyond the range of its type
 */
export function finiteResult<T>(result: T, name: string): T {
  if (isFiniteThroughout(result)) return result;
  throw new FprincipleError('NON_FINITE', `${name}: the result is not finite: the values are too large`);
}

function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (types.isFloat64Array(value) || types.isFloat32Array(value)) return value.every(Number.isFinite);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFiniteThroughout);
}

/** A {@link ComplexArray} argument, or `undefined` for anything that is not meant to be one. @throws as {@link toNdArray} */
export function toComplexArray(input: unknown, name: string): ComplexArray | undefined {
  return guarded(name, () => {
    if (typeof input !== 'object' || input === null || !('re' in input && 'im' in input)) return undefined;
    const parts = [floats(input.re, `${name}.re`), floats(input.im, `${name}.im`)];
    const [re, im] = parts;
    if (!re || !im || re instanceof Float32Array !== im instanceof Float32Array) {
      throw invalidArgument(`${name}: expected re and im to be two Float64Arrays or two Float32Arrays`);
    }
    const shape = toShape('shape' in input ? input.shape : undefined, name);
    const size = sizeOf(shape);
    if (re.length !== size || im.length !== size) {
      const got = `re has ${re.length} and im has ${im.length}`;
      throw invalidShape(`${name}: shape [${shape.join(', ')}] needs ${size} values, ${got}`);
    }
    return { re, im, shape };
  });
}

/** What a caller's getter or proxy throws becomes an error of ours that names the argument. */
function guarded<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    throw invalidArgument(`${name}: reading it failed: ${cause instanceof Error ? cause.message : 'an exception'}`, {
      cause,
    });
  }
}

function readArray(input: unknown, name: string): NdArray {
  const list = floats(input, name) ?? integers(input, name);
  if (list) return { data: list, shape: [list.length] };
  if (Array.isArray(input)) return fromNested(input, name);
  if (typeof input === 'object' && input !== null && 'data' in input && 'shape' in input) {
    const given = input.data;
    const data = floats(given, `${name}.data`);
    if (!data) {
      throw invalidArgument(`${name}.data: expected a Float64Array or a Float32Array, got ${describe(given)}`);
    }
    const shape = toShape(input.shape, name);
    if (sizeOf(shape) !== data.length) {
      throw invalidShape(`${name}: shape [${shape.join(', ')}] needs ${sizeOf(shape)} values, data has ${data.length}`);
    }
    return { data, shape };
  }
  throw invalidArgument(
    `${name}: expected an array ({ data, shape }, a float array or nested numbers), got ${describe(input)}`,
  );
}

/** A copy of a shape, each entry read once. */
function toShape(shape: unknown, name: string): number[] {
  const rank = Array.isArray(shape) ? shape.length : -1;
  if (rank > MOST_AXES) throw invalidShape(`${name}.shape: expected at most ${MOST_AXES} dimensions, got ${rank}`);
  // Adding 0 makes -0 a plain zero.
  const copy = Array.from({ length: Math.max(rank, 0) }, (_, axis): unknown => (shape as unknown[])[axis]);
  const sizes = copy.map((n) => (typeof n === 'number' ? n + 0 : Number.NaN));
  if (rank < 0 || !sizes.every((n) => Number.isInteger(n) && n >= 0 && n <= MOST_ENTRIES)) {
    const got = rank < 0 ? describe(shape) : shapeText(copy);
    throw invalidShape(`${name}.shape: expected an array of non-negative integers, got ${got}`);
  }
  return sizes;
}

/**
 * A float array as the addon may read it: one whose `length` is that of its memory, which neither changes size nor is
 * shared; anything else is copied. `undefined` for what is no float array.
 */
function floats(value: unknown, name: string): Float64Array | Float32Array | undefined {
  if (!types.isFloat64Array(value) && !types.isFloat32Array(value)) return undefined;
  const length = lengthOf(value, name);
  const plain = types.isFloat64Array(value) ? Float64Array.prototype : Float32Array.prototype;
  if (isSteady(value) && Object.getPrototypeOf(value) === plain && !Object.hasOwn(value, 'length')) return value;
  const copy = types.isFloat64Array(value) ? new Float64Array(value) : new Float32Array(value);
  if (copy.length !== length) throw invalidArgument(`${name}: its memory changed while it was read`);
  return copy;
}

/** Whether an array's memory keeps its size and is this thread's alone. */
export const isSteady = ({ buffer }: ArrayBufferView): boolean =>
  buffer instanceof ArrayBuffer && !(buffer as { resizable?: boolean }).resizable;

/** Integers as numbers. */
function integers(value: unknown, name: string): Float64Array | undefined {
  if (!isIntegerArray(value)) return undefined;
  lengthOf(value, name);
  return new Float64Array(value);
}

/** The length of a typed array by its memory, whatever its own property says. */
function lengthOf(array: ArrayLike<number> & ArrayBufferView, name: string): number {
  const length = Number(typedLength?.call(array));
  if (length === 0 && isDetached(array.buffer)) {
    throw invalidArgument(`${name}: expected an array with memory, got one whose buffer was transferred (detached)`);
  }
  return length;
}

const typedLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float64Array.prototype), 'length')?.get;

function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function fromNested(input: readonly unknown[], name: string): NdArray {
  const shape: number[] = [];
  for (let level: unknown = input; Array.isArray(level); level = level[0]) {
    const { length } = level;
    // Before memory is taken for it: a list of 2^32 holes is no array of so many numbers.
    if (length > 0 && !(length - 1 in level)) throw invalidArgument(`${name}: expected a list without holes`);
    shape.push(length);
    if (shape.length > MOST_AXES) throw invalidShape(`${name}: expected at most ${MOST_AXES} dimensions`);
  }
  const data = allocate(sizeOf(shape), name);
  let next = 0;
  const visit = (value: unknown, depth: number): void => {
    const length = shape[depth];
    if (length === undefined) {
      if (typeof value !== 'number') throw invalidArgument(`${name}: expected numbers, got ${describe(value)}`);
      data[next++] = value;
      return;
    }
    if (!Array.isArray(value) || value.length !== length) {
      throw invalidShape(`${name}: rows differ in length (expected ${length} entries at depth ${depth})`);
    }
    for (let i = 0; i < length; i++) visit(value[i], depth + 1);
  };
  visit(input, 0);
  return { data, shape };
}

/** Entries along one axis: what the addon counts in 32 bits. */
const MOST_ENTRIES = 2 ** 32 - 1;

/** Nested deeper than this an array is taken to hold itself. */
const MOST_AXES = 32;

function allocate(size: number, name: string): Float64Array {
  try {
    return new Float64Array(size);
  } catch (cause) {
    throw new FprincipleError('OVER_MEMORY_LIMIT', `${name}: there is no memory for ${size} numbers`, { cause });
  }
}
