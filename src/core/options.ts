/**
 * Options objects: names and values that do not exist are refused, since an option that is not heard is a wrong result.
 * Each check returns the value in its type.
 */
import { invalidArgument } from './errors.js';
import { describe } from './ndarray.js';
import { nearestName, suggestion } from './nearest.js';

/**
 * The value, when it is an object with names.
 * @throws `INVALID_ARGUMENT` for a list, an array of numbers, a Map, a Date: their names are not options
 */
export function requireObject<T>(value: T, what: string): T & object {
  if (typeof value !== 'object' || value === null || !isNamed(value)) {
    throw invalidArgument(`${what}: expected an object, got ${describe(value)}`);
  }
  return value;
}

function isNamed(value: object): boolean {
  try {
    return !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]';
  } catch {
    return false;
  }
}

/** The names of every member of a union. */
type NamesOf<T> = T extends unknown ? keyof T & string : never;

/** What the compiler asks of a list of names: that it holds all of `T`, where these are known. The error says which are left out. */
type Complete<T, N extends readonly string[]> =
  string extends NamesOf<T>
    ? unknown
    : [Exclude<NamesOf<T>, N[number]>] extends [never]
      ? unknown
      : { leftOut: Exclude<NamesOf<T>, N[number]> };

/**
 * The options as they came; `{}` for none.
 * @param names all names of `T`: the compiler refuses a list that lacks one or has another
 * @throws `INVALID_ARGUMENT` for something that is no object, and for a name that is not among `names`
 */
export function checkOptions<T extends object, const N extends readonly NamesOf<T>[]>(
  options: T | undefined,
  names: N & Complete<T, N>,
  what = 'options',
): T | Partial<T> {
  return options === undefined ? {} : checkNames(options, names, what);
}

/** {@link checkOptions} for options that have to be given. */
export function requireOptions<T extends object, const N extends readonly NamesOf<T>[]>(
  options: T,
  names: N & Complete<T, N>,
  what = 'options',
): T {
  return checkNames(options, names, what);
}

/** {@link requireOptions} for names that only the running program knows. */
export function checkNames<T extends object>(options: T, names: readonly string[], what: string): T {
  // A copy: what a getter answers is asked for once.
  const own = copied(requireObject(options, what), what);
  const unknown = Object.keys(own).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalidArgument(`${what}: there is no ${JSON.stringify(unknown)}; ${suggestion(unknown, names)}`);
  }
  return own;
}

/** Its own names and values; what a getter throws becomes an error that names the argument. */
function copied<T extends object>(value: T, what: string): T {
  try {
    return { ...value };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'an exception';
    throw invalidArgument(`${what}: reading it failed: ${reason}`, { cause });
  }
}

/**
 * One of a list of values, or left out.
 * @throws `INVALID_ARGUMENT` with the list, and the nearest where one is near
 */
export function checkChoice<T extends string | number, V extends T | undefined>(
  value: V,
  choices: readonly T[],
  name: string,
): V {
  if (value === undefined || choices.includes(value)) return value;
  const shown = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  const expected = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}` : shown[0];
  const names = choices.filter((choice) => typeof choice === 'string');
  const near = typeof value === 'string' ? nearestName(value, names) : undefined;
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  throw invalidArgument(`${name}: expected ${expected}, got ${describe(value)}${hint}`);
}

/** A yes or no, or left out. */
export function checkFlag<V extends boolean | undefined>(value: V, name: string): V {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidArgument(`${name}: expected true or false, got ${describe(value)}`);
  }
  return value;
}

/** A whole number from `least` to `most` (2^53 - 1 by default), or left out. */
export function checkInteger<V extends number | undefined>(
  value: V,
  name: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): V {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalidArgument(`${name}: expected an integer ${range}, got ${describe(value)}`);
}

/** The value, where it was given. @throws `INVALID_ARGUMENT` where it was left out */
export function required<V>(value: V | undefined, name: string): V {
  if (value === undefined) throw invalidArgument(`${name}: expected a value, got undefined`);
  return value;
}

/** A finite number, or left out; `least` and `above` bound it from below, `most` and `below` from above. */
export function checkNumber<V extends number | undefined>(
  value: V,
  name: string,
  { least, above, most, below }: { least?: number; above?: number; most?: number; below?: number } = {},
): V {
  if (value === undefined) return value;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    !(least !== undefined && value < least) &&
    !(above !== undefined && value <= above) &&
    !(most !== undefined && value > most) &&
    !(below !== undefined && value >= below);
  if (fits) return value;
  const bounds = [
    'a finite number',
    ...(least === undefined ? [] : [`of at least ${least}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(most === undefined ? [] : [`of at most ${most}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  throw invalidArgument(`${name}: expected ${bounds.join(' ')}, got ${describe(value)}`);
}

/** What tells work to stop and how far it is, or left out: both checked before anything begins. */
export function checkTask({ signal, onProgress }: { signal?: unknown; onProgress?: unknown }): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgument(`signal: expected an AbortSignal, got ${describe(signal)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument(`onProgress: expected a function, got ${describe(onProgress)}`);
  }
}
