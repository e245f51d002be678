/** Options objects: names that do not exist are refused, since an option that is not heard is a wrong result. */
import { invalidArgument } from './errors.js';
import { describe } from './ndarray.js';
import { suggestion } from './nearest.js';

/** The value, when it is an object with names. @throws `INVALID_ARGUMENT` for a list, an array of numbers, anything else */
export function requireObject<T>(value: T, what: string): T & object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalidArgument(`${what}: expected an object, got ${describe(value)}`);
  }
  return value;
}

/**
 * The options as they came; `{}` for none.
 * @param names all names of `T`
 * @throws `INVALID_ARGUMENT` for something that is no object, and for a name that is not among `names`
 */
export function checkOptions<T extends object>(
  options: T | undefined,
  names: readonly (keyof T & string)[],
  what = 'options',
): T | Partial<T> {
  if (options === undefined) return {};
  requireObject(options, what);
  const unknown = Object.keys(options).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw invalidArgument(`${what}: there is no ${JSON.stringify(unknown)}; ${suggestion(unknown, names)}`);
  }
  return options;
}

/** {@link checkOptions} for options that have to be given. */
export function requireOptions<T extends object>(
  options: T,
  names: readonly (keyof T & string)[],
  what = 'options',
): T {
  return checkOptions(requireObject(options, what), names, what) as T;
}

/** A yes or no, or left out. */
export function checkFlag(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidArgument(`${name}: expected true or false, got ${describe(value)}`);
  }
}
