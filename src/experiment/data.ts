/**
 * What an experiment measured, as a file: JSON, whose arrays are references into an `.npz` beside it.
 *
 * Data is plain: numbers (NaN and infinities too), texts, truth values, null, lists, objects, typed arrays and arrays
 * `{ data, shape }`. What is read back equals what was written, to the bit and the type:
 *
 * | in memory                                      | in JSON                                            |
 * | ---------------------------------------------- | -------------------------------------------------- |
 * | NaN, Infinity, -Infinity, -0                   | `{ "$number": "NaN" }`                             |
 * | `{ data: Float64Array or Float32Array, shape }` | `{ "$array": "networks.0.error" }`, a name in the npz |
 * | any other typed array                          | `{ "$list": "labels", "type": "Uint8Array" }`      |
 * | an object with a name that begins with `$`     | `{ "$entries": [[name, value], ...] }`             |
 */
import { types } from 'node:util';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { describe, type NdArray, sizeOf } from '../core/ndarray.js';

/** Data as text and the arrays that it refers to. */
export interface EncodedData {
  json: string;
  arrays: Record<string, NdArray>;
}

const listTypes = {
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
} as const;
type ListType = keyof typeof listTypes;
const isListType = (name: unknown): name is ListType => typeof name === 'string' && Object.hasOwn(listTypes, name);

/** Nested deeper than this data is taken to hold itself. */
const deepest = 64;

/** @throws FprincipleError `INVALID_ARGUMENT` naming the place of what is no plain data */
export function encodeData(data: unknown): EncodedData {
  const arrays: Record<string, NdArray> = {};
  const known = new Map<object, string>();
  /** Enters an array under its path in the data, which is how a reader of the `.npz` finds it. */
  const enter = (key: object, array: NdArray, path: readonly string[]): string => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const plain = path.map((part) => part.replace(/[^\w-]/g, '_') || '_').join('.') || 'data';
    let name = plain;
    for (let i = 2; Object.hasOwn(arrays, name) || name === '__proto__'; i++) name = `${plain}-${i}`;
    arrays[name] = array;
    known.set(key, name);
    return name;
  };
  const encode = (value: unknown, path: readonly string[]): unknown => {
    const refuse = (): never => {
      const place = ['data', ...path].join('.');
      throw invalidArgument(
        `${place}: expected plain data (numbers, texts, null, lists, objects, arrays), got ${describe(value)}`,
      );
    };
    if (path.length > deepest) throw invalidArgument(`data: expected it nested at most ${deepest} deep`);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (typeof value !== 'object') return refuse();
    if (types.isTypedArray(value)) {
      const type = value[Symbol.toStringTag];
      if (!isListType(type)) return refuse();
      const list = value as Exclude<
        typeof value,
        BigInt64Array | BigUint64Array | { readonly [Symbol.toStringTag]: 'Float16Array' }
      >;
      const numbers = type === 'Float32Array' ? Float32Array.from(list) : Float64Array.from(list);
      return { $list: enter(list, { data: numbers, shape: [list.length] }, path), type };
    }
    // Lists are read by index: a hole is no plain data.
    if (Array.isArray(value)) return Array.from(value, (item: unknown, i) => encode(item, [...path, String(i)]));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return refuse();
    if (isArray(value)) return { $array: enter(value, value, path) };
    const entries = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, encode(inner, [...path, name])] as const);
    const odd = entries.some(([name]) => name.startsWith('$') || name === '__proto__');
    return odd ? { $entries: entries } : Object.fromEntries(entries);
  };
  return { json: JSON.stringify(encode(data, [])), arrays };
}

function isArray(value: object): value is NdArray {
  const { data, shape } = value as Partial<NdArray>;
  return (
    Object.keys(value).length === 2 &&
    (types.isFloat64Array(data) || types.isFloat32Array(data)) &&
    Array.isArray(shape) &&
    shape.every((n) => Number.isSafeInteger(n) && n >= 0) &&
    sizeOf(shape) === data.length
  );
}

/** @throws FprincipleError `IO` for what {@link encodeData} did not write */
export function decodeData(json: string, arrays: Readonly<Record<string, NdArray>>): unknown {
  const broken = (why: string): FprincipleError => new FprincipleError('IO', `measured data is damaged: ${why}`);
  const array = (name: unknown): NdArray => {
    const found = typeof name === 'string' && Object.hasOwn(arrays, name) ? arrays[name] : undefined;
    if (!found) throw broken(`there is no array ${describe(name)}`);
    return found;
  };
  const decode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== 'object' || value === null) return value;
    if ('$number' in value) return Number(value.$number);
    if ('$array' in value) return array(value.$array);
    if ('$list' in value) {
      const { data } = array(value.$list);
      const type: unknown = 'type' in value ? value.type : undefined;
      if (!isListType(type)) throw broken(`expected the type of a list, got ${describe(type)}`);
      return listTypes[type].from(data);
    }
    const entries: unknown = '$entries' in value ? value.$entries : Object.entries(value);
    if (!Array.isArray(entries)) throw broken('expected a list of entries');
    // By a map: a name may be __proto__.
    return Object.fromEntries(entries.map(([name, inner]: [string, unknown]) => [name, decode(inner)]));
  };
  try {
    return decode(JSON.parse(json));
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    throw new FprincipleError('IO', `measured data is damaged: ${(cause as Error).message}`, { cause });
  }
}
