import { FprincipleError, invalidArgument, invalidShape } from './errors.js';

/** A dense row-major array of real numbers: `data.length` is the product of `shape`. */
export interface NdArray {
  data: Float64Array | Float32Array;
  shape: number[];
}

/** A dense row-major array of complex numbers; `re` and `im` have the same length and type. */
export interface ComplexArray {
  re: Float64Array | Float32Array;
  im: Float64Array | Float32Array;
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
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array);

const isFloatArray = (value: unknown): value is Float64Array | Float32Array =>
  value instanceof Float64Array || value instanceof Float32Array;

/**
 * Reads an array argument.
 * @param name the argument's name, for the message
 * @param rank the number of dimensions it must have; any when left out
 * @throws `INVALID_ARGUMENT` for something that is no array of numbers, `INVALID_SHAPE` for ragged nesting, a shape
 * that does not match the data, or another rank
 */
export function toNdArray(input: ArrayInput, name: string, rank?: number): NdArray {
  const array = readArray(input, name);
  if (rank !== undefined && array.shape.length !== rank) {
    throw invalidShape(`${name}: expected ${rank} dimension(s), got shape [${array.shape.join(', ')}]`);
  }
  return array;
}

function readArray(input: unknown, name: string): NdArray {
  if (isFloatArray(input)) return { data: input, shape: [input.length] };
  if (isIntegerArray(input)) return { data: Float64Array.from(input), shape: [input.length] };
  if (Array.isArray(input)) return fromNested(input, name);
  if (typeof input === 'object' && input !== null && 'data' in input && 'shape' in input) {
    const { data, shape } = input;
    if (!isFloatArray(data)) {
      throw invalidArgument(`${name}.data: expected a Float64Array or a Float32Array, got ${describe(data)}`);
    }
    if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw invalidShape(`${name}.shape: expected an array of non-negative integers, got ${shapeText(shape)}`);
    }
    if (sizeOf(shape) !== data.length) {
      throw invalidShape(`${name}: shape [${shape.join(', ')}] needs ${sizeOf(shape)} values, data has ${data.length}`);
    }
    return { data, shape };
  }
  throw invalidArgument(
    `${name}: expected an array ({ data, shape }, a float array or nested numbers), got ${describe(input)}`,
  );
}

function fromNested(input: readonly unknown[], name: string): NdArray {
  const shape: number[] = [];
  for (let level: unknown = input; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MOST_AXES) throw invalidShape(`${name}: expected at most ${MOST_AXES} dimensions`);
  }
  const data = allocate(sizeOf(shape), name);
  let next = 0;
  const visit = (value: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof value !== 'number') throw invalidArgument(`${name}: expected numbers, got ${describe(value)}`);
      data[next++] = value;
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[depth]) {
      throw invalidShape(`${name}: rows differ in length (expected ${shape[depth]} entries at depth ${depth})`);
    }
    for (const entry of value) visit(entry, depth + 1);
  };
  visit(input, 0);
  return { data, shape };
}

/** Nested deeper than this an array is taken to hold itself. */
const MOST_AXES = 32;

function allocate(size: number, name: string): Float64Array {
  try {
    return new Float64Array(size);
  } catch (cause) {
    throw new FprincipleError('OVER_MEMORY_LIMIT', `${name}: there is no memory for ${size} numbers`, { cause });
  }
}

/** Something that may be a shape, for error messages. */
export const shapeText = (shape: unknown): string =>
  Array.isArray(shape) ? `[${shape.map((n: unknown) => describe(n)).join(', ')}]` : describe(shape);

/** A short description of a value for error messages. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'object') return `an object with keys ${Object.keys(value).slice(0, 5).join(', ') || '(none)'}`;
  if (typeof value === 'function') return 'a function';
  return String(value);
}
