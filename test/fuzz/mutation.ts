/** Spoiling a valid call: one field of its arguments, or several, made wrong. */
import { types } from 'node:util';
import type { Random } from './random.js';
import { type Sort, slip, sortOf, stranger } from './strangers.js';

/** What was done to a call. */
export interface Change {
  /** From the index of the argument on. */
  path: readonly string[];
  /** In words. */
  what: string;
  /** Whether no valid call has this here: another sort of value, a name that no option has. */
  alien: boolean;
}

/** Lists and objects with names of their own. */
export const isPlain = (value: unknown): value is Record<string, unknown> | unknown[] => {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** A copy of plain objects and lists, everything else shared. */
export function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copied(entry)]));
}

/** Makes one field wrong, in place; by and large every argument as often as any other, and fields before depths. */
export function spoil(args: unknown[], random: Random): Change {
  if (args.length === 0) return { path: [], what: 'nothing to change', alien: false };
  const path = [String(random.int(0, args.length - 1))];
  let parent: Record<string, unknown> | unknown[] = args;
  let value = args[Number(path[0])];
  while (isPlain(value) && random.chance(0.75)) {
    const keys = Object.keys(value);
    const key = keys.length === 0 ? undefined : random.pick(keys);
    if (key === undefined) break;
    parent = value;
    path.push(key);
    value = (value as Record<string, unknown>)[key];
  }
  const key = path.at(-1) ?? '';
  if (isPlain(value) && !Array.isArray(value) && sortOf(value) === 'object' && random.chance(0.4))
    return unknownOption(value, path, random);
  if (path.length > 1 && !Array.isArray(parent) && random.chance(0.06)) {
    delete parent[key];
    return { path, what: 'left out', alien: false };
  }
  const { name, value: given } = random.chance(0.4) ? slip(value, random) : stranger(value, random);
  // Defined, not set: what stands there may be a getter of the fuzzer's own.
  Reflect.defineProperty(parent, key, { value: given, enumerable: true, configurable: true, writable: true });
  return {
    path,
    what: name,
    alien: isAlien(sortOf(value), given, name) && !isSameInput(key, value, given) && !isRecord(value, given),
  };
}

/** The input of a network: `n` and `[n]` are one. */
const isSameInput = (key: string, value: unknown, given: unknown): boolean =>
  key === 'input' && Array.isArray(given) && given.length === 1 && given[0] === value;

/** Where arrays stand by their names, one of them is such a record itself, of its data and its shape. */
const isRecord = (value: unknown, given: unknown): boolean =>
  sortOf(value) === 'object' &&
  Object.values(value as object).every((entry) => sortOf(entry) === 'array') &&
  isPlain(given) &&
  'shape' in given;

function isAlien(before: Sort, given: unknown, name: string): boolean {
  const after = sortOf(given);
  if (after === 'nothing' || before === 'nothing') return false;
  if (name === 'a Proxy of it' || name === 'an object without prototype') return false;
  return before !== after;
}

/** What is done where a name is put in that no option has. */
export const unknownName = 'an option that there is not';

const strangeNames = ['banana', 'constructor', 'toString', '__proto__', 'hasOwnProperty'];

/** A name that no option has, or one that is nearly that of an option. */
function unknownOption(object: Record<string, unknown>, path: string[], random: Random): Change {
  const known = Object.keys(object);
  const near = known.length > 0 && random.chance(0.5);
  const name = near ? `${random.pick(known)}s` : random.pick(strangeNames);
  if (name in object && Object.hasOwn(object, name)) return { path, what: 'nothing to change', alien: false };
  Object.defineProperty(object, name, { value: 1, enumerable: true, configurable: true, writable: true });
  return { path: [...path, name], what: unknownName, alien: true };
}

/** Bytes of a file with one thing done to them. */
export function spoilBytes(bytes: Buffer, random: Random): { bytes: Buffer; what: string } {
  const out = Buffer.from(bytes);
  const at = random.int(0, Math.max(0, out.length - 1));
  // Headers are short, and where most goes wrong.
  const early = random.int(0, Math.max(0, Math.min(out.length, 64) - 1));
  const place = random.chance(0.5) ? early : at;
  const way = random.int(0, 7);
  if (out.length === 0) return { bytes: out, what: 'nothing' };
  if (way === 0) {
    out[place] = (out[place] ?? 0) ^ (1 << random.int(0, 7));
    return { bytes: out, what: `bit flipped in byte ${place}` };
  }
  if (way === 1) {
    out[place] = random.int(0, 255);
    return { bytes: out, what: `byte ${place} replaced` };
  }
  if (way === 2) return { bytes: out.subarray(0, at), what: `cut at ${at}` };
  if (way === 3)
    return { bytes: out.subarray(Math.min(place, 64)), what: `without its first ${Math.min(place, 64)} bytes` };
  if (way === 4) {
    const size = random.pick([1, 4, 8, 64]);
    const made = Buffer.from(Array.from({ length: size }, () => random.int(0, 255)));
    return {
      bytes: Buffer.concat([out.subarray(0, place), made, out.subarray(place)]),
      what: `${size} bytes put in at ${place}`,
    };
  }
  if (way === 5) return { bytes: Buffer.concat([out, out.subarray(at)]), what: `its end from ${at} twice` };
  const value = random.pick([0, 1, 255, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]);
  if (way === 6 && place + 4 <= out.length) {
    if (random.chance(0.5)) out.writeUInt32LE(value, place);
    else out.writeUInt32BE(value, place);
    return { bytes: out, what: `32 bits at ${place} made ${value}` };
  }
  return { bytes: spoilDigits(out, random), what: 'a number in its text changed' };
}

/** Formats with a text in their head: one number of it becomes another. */
function spoilDigits(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1');
  const found = [...text.slice(0, 20_000).matchAll(/-?\d+(\.\d+)?/g)];
  if (found.length === 0) return bytes.subarray(1);
  const match = random.pick(found);
  const given = random.pick([
    '-1',
    '0',
    '1.5',
    '4294967296',
    '1e9',
    '1e300',
    '9007199254740993',
    'null',
    '"a"',
    '[]',
    '{}',
    'NaN',
  ]);
  return Buffer.from(text.slice(0, match.index) + given + text.slice(match.index + match[0].length), 'latin1');
}
