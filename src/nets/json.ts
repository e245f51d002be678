/** Descriptions as JSON, which is how the addon takes them. */
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { requireObject } from '../core/options.js';

/**
 * Plain JSON.
 * @param name of the whole, for messages
 * @throws `INVALID_ARGUMENT` for what JSON has no form for, with its path
 */
export function toJson(value: unknown, name: string): string {
  const paths = new Map<unknown, string>();
  const refuse = (path: string, expected: string, entry: unknown) =>
    invalidArgument(`${path}: expected ${expected}, got ${describe(entry)}`);
  function check(this: unknown, key: string, entry: unknown): unknown {
    const place = paths.get(this);
    const path = place === undefined ? name : `${place}.${key}`;
    if (typeof entry === 'number' && !Number.isFinite(entry)) throw refuse(path, 'a finite number', entry);
    if (typeof entry === 'function' || typeof entry === 'symbol' || typeof entry === 'bigint')
      throw refuse(path, 'plain JSON', entry);
    if (entry instanceof Number || entry instanceof String || entry instanceof Boolean)
      throw refuse(path, 'plain JSON (no boxed value)', entry);
    if (ArrayBuffer.isView(entry)) throw refuse(path, 'plain JSON (a list of numbers)', entry);
    if (typeof entry === 'object' && entry !== null) paths.set(entry, path);
    return entry;
  }
  try {
    return JSON.stringify(value, check);
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    throw invalidArgument(`${name}: expected plain JSON`, { cause });
  }
}

/** The JSON of a network's description. @throws as {@link toJson}; for what is no object */
export const specText = (spec: unknown, name = 'spec'): string => toJson(requireObject(spec, name), name);
