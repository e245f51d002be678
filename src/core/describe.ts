/** Values in words, for messages: whatever they are, and without throwing. */
import { types } from 'node:util';

/** A short description of a value for error messages; never throws. */
export function describe(value: unknown): string {
  try {
    return described(value);
  } catch {
    return 'an object that cannot be read';
  }
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (ArrayBuffer.isView(value)) return `a ${types.isTypedArray(value) ? value[Symbol.toStringTag] : 'DataView'}`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'object') return `an object with keys ${Object.keys(value).slice(0, 5).join(', ') || '(none)'}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Something that may be a shape, for error messages. */
export const shapeText = (shape: unknown): string =>
  Array.isArray(shape) ? `[${shape.map((n: unknown) => describe(n)).join(', ')}]` : describe(shape);

/** A path for error messages, the middle of a very long one left out. */
export const pathText = (path: string): string =>
  path.length > 300 ? `${path.slice(0, 40)}…${path.slice(-40)}` : path;
