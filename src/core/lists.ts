/** Lists of numbers as arguments. */
import { types } from 'node:util';
import { invalidArgument } from './errors.js';
import { describe, toNdArray } from './ndarray.js';

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) ||
  (types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value));

/**
 * A list of numbers (NaN and infinities too), copied.
 * @throws `INVALID_ARGUMENT` naming the entry that is no number
 */
export function toList(values: unknown, name: string): number[] {
  if (!isList(values)) throw invalidArgument(`${name}: expected a list of numbers, got ${describe(values)}`);
  if (types.isTypedArray(values)) return Array.from(toNdArray(values as Float64Array, name, 1).data);
  return Array.from(values, (value, i) => {
    if (typeof value !== 'number') throw invalidArgument(`${name}[${i}]: expected a number, got ${describe(value)}`);
    return value;
  });
}

/** {@link toList} where `null` says that there is no value. */
export function toSparseList(values: unknown, name: string): (number | null)[] {
  if (!isList(values)) throw invalidArgument(`${name}: expected a list of numbers, got ${describe(values)}`);
  if (types.isTypedArray(values)) return Array.from(toNdArray(values as Float64Array, name, 1).data);
  return Array.from(values, (value, i) => {
    if (value === null || typeof value === 'number') return value;
    throw invalidArgument(`${name}[${i}]: expected a number or null, got ${describe(value)}`);
  });
}
