/** What is put in the place of a valid value. */
import type { Random } from './random.js';

/** The sort of a value: where one sort stands, another has nothing to look for. */
export type Sort = 'number' | 'string' | 'boolean' | 'function' | 'array' | 'object' | 'nothing' | 'other';

export function sortOf(value: unknown): Sort {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return typeof value as Sort;
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object') return 'other';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'array';
  try {
    if ('data' in value && 'shape' in value) return 'array';
    if ('re' in value && 'im' in value) return 'array';
  } catch {
    return 'other';
  }
  return 'object';
}

/** A name, for the report, and the value; `sort` where it is no valid value of any sort. */
export interface Stranger {
  name: string;
  value: unknown;
}

const numbers = [
  Number.NaN,
  Infinity,
  -Infinity,
  -1,
  0,
  -0,
  1.5,
  2,
  7,
  1e9,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 64,
  1e300,
  1e-310,
  -5e-324,
];
const names = [
  '',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'banana',
  '3',
  '\u0000',
  'a\nb',
  '../../x',
  '😀',
];

/** Buffers that do not hold still, and views of every kind. */
const views: readonly (readonly [string, () => unknown])[] = [
  ['an empty Float64Array', () => new Float64Array(0)],
  ['a Uint8Array', () => Uint8Array.of(1, 2, 3)],
  ['a BigInt64Array', () => BigInt64Array.of(1n, 2n)],
  ['a DataView', () => new DataView(new ArrayBuffer(16))],
  ['a detached Float64Array', () => detached(Float64Array.of(1, 2, 3, 4))],
  ['a shared Float64Array', () => new Float64Array(new SharedArrayBuffer(48)).fill(0.5)],
  ['a resizable Float64Array, shrunk', () => shrunk()],
];

function detached(view: Float64Array): Float64Array {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

function resizable(bytes: number): ArrayBuffer {
  // TypeScript's library of 2023 does not know the second argument.
  return Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: 4 * bytes }]) as ArrayBuffer;
}

function shrunk(): Float64Array {
  const buffer = resizable(64);
  const view = new Float64Array(buffer);
  (buffer as ArrayBuffer & { resize(bytes: number): void }).resize(8);
  return view;
}

/** An array that changes while it is read: its shape's first entry takes the buffer away when it is read the n-th time. */
function trap(random: Random, way: 'detach' | 'shrink'): unknown {
  const buffer = way === 'detach' ? new ArrayBuffer(48) : resizable(48);
  const data = new Float64Array(buffer).fill(0.5);
  let reads = random.int(1, 5);
  const spring = (): void => {
    if (way === 'detach') detached(data);
    else (buffer as ArrayBuffer & { resize(bytes: number): void }).resize(8);
  };
  const shape = Object.defineProperty([6], 0, {
    enumerable: true,
    get: () => {
      if (--reads === 0) spring();
      return 6;
    },
  });
  return { data, shape };
}

const oddities: readonly (readonly [string, (original: unknown, random: Random) => unknown])[] = [
  ['a symbol', () => Symbol('s')],
  ['a bigint', () => 10n],
  ['a function', () => () => 1],
  ['{}', () => ({})],
  ['[]', () => []],
  ['[[]]', () => [[]]],
  ['a ragged list', () => [[1, 2], [3]]],
  ['a list of text', () => ['1', '2']],
  ['[NaN]', () => [Number.NaN]],
  ['a sparse list', () => Object.assign([1, 2, 3], { length: 5 })],
  ['a long list', () => new Array(100_000).fill(1)],
  [
    'a list in itself',
    () => {
      const a: unknown[] = [];
      a.push(a);
      return a;
    },
  ],
  [
    'an object in itself',
    () => {
      const a: Record<string, unknown> = {};
      a.self = a;
      return a;
    },
  ],
  ['a Date', () => new Date(0)],
  ['a RegExp', () => /a/],
  ['a Map', () => new Map([['a', 1]])],
  ['a promise', () => Promise.resolve(1)],
  ['an object without prototype', () => Object.create(null)],
  ['a boxed number', () => Object(3)],
  ['a Proxy that throws', () => new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse })],
  [
    'a Proxy of it',
    (original) => (typeof original === 'object' && original !== null ? new Proxy(original, {}) : new Proxy({}, {})),
  ],
  ['a getter that throws', () => Object.defineProperty({}, 'type', { enumerable: true, get: refuse })],
  ['{ data, shape } of 2^31', () => ({ data: new Float64Array(4), shape: [2 ** 31] })],
  ['{ data, shape } of 2^32 by 2^32', () => ({ data: new Float64Array(0), shape: [2 ** 32, 2 ** 32] })],
  ['{ data, shape } with a shape of -1', () => ({ data: new Float64Array(4), shape: [-2, -2] })],
  ['{ data, shape } with nothing in it', () => ({ data: new Float64Array(0), shape: [0] })],
  ['{ data, shape } of no axes', () => ({ data: new Float64Array(1), shape: [] })],
  ['{ data, shape } of many axes', () => ({ data: new Float64Array(1), shape: new Array(40).fill(1) })],
  ['an array that is detached as it is read', (_, random) => trap(random, 'detach')],
  ['an array that shrinks as it is read', (_, random) => trap(random, 'shrink')],
];

function refuse(): never {
  throw new TypeError('a trap of the fuzzer');
}

/** Any value at all. */
export function stranger(original: unknown, random: Random): Stranger {
  const way = random.int(0, 9);
  if (way < 3) {
    const value = random.pick(numbers);
    return { name: Object.is(value, -0) ? '-0' : String(value), value };
  }
  if (way === 3) {
    const value = random.chance(0.1) ? 'x'.repeat(100_000) : random.pick(names);
    return { name: value.length > 20 ? 'a long text' : JSON.stringify(value), value };
  }
  if (way === 4) {
    const value = random.pick([undefined, null, true, false]);
    return { name: String(value), value };
  }
  if (way === 5) {
    const [name, make] = random.pick(views);
    return { name, value: make() };
  }
  const [name, make] = random.pick(oddities);
  return { name, value: make(original, random) };
}

/** Something near to the value itself: what a slip of the hand makes of it. */
export function slip(original: unknown, random: Random): Stranger {
  if (typeof original === 'number') {
    const value = random.pick<unknown>([
      -original,
      original + 0.5,
      original * 1e9,
      original * 1e-12,
      original + 1,
      String(original),
      [original],
    ]);
    return { name: `${original} made ${JSON.stringify(value)}`, value };
  }
  if (typeof original === 'string') {
    const value = random.pick([
      original.slice(1),
      `${original}s`,
      original.toUpperCase(),
      ` ${original}`,
      `${original}\u0000`,
    ]);
    return { name: `${JSON.stringify(original).slice(0, 60)} made ${JSON.stringify(value).slice(0, 60)}`, value };
  }
  if (typeof original === 'boolean') return { name: 'a text for a flag', value: String(original) };
  if (ArrayBuffer.isView(original)) {
    if (!(original instanceof Float64Array || original instanceof Float32Array) || original.length === 0) {
      return stranger(original, random);
    }
    const list = Array.from(original);
    const name = random.pick([
      'one more',
      'one less',
      'a NaN in it',
      '1e300 in it',
      '1e-310 in it',
      'an infinity in it',
      'as a list',
    ]);
    if (name === 'as a list') return { name, value: list };
    if (name === 'one more') list.push(0.5);
    else if (name === 'one less') list.pop();
    else if (list.length > 0)
      list[random.int(0, list.length - 1)] =
        name === 'a NaN in it'
          ? Number.NaN
          : name === '1e300 in it'
            ? 1e300
            : name === '1e-310 in it'
              ? 1e-310
              : Infinity;
    return { name, value: original instanceof Float32Array ? Float32Array.from(list) : Float64Array.from(list) };
  }
  if (Array.isArray(original)) {
    const list: unknown[] = [...(original as unknown[])];
    const name = random.pick(['one more', 'one less', 'a NaN in it', 'nested deeper', 'in reverse', 'twice']);
    if (name === 'one more') list.push(list.at(-1));
    else if (name === 'one less') list.pop();
    else if (name === 'a NaN in it' && list.length > 0) list[random.int(0, list.length - 1)] = Number.NaN;
    else if (name === 'nested deeper') return { name, value: [list] };
    else if (name === 'in reverse') list.reverse();
    else if (name === 'twice') list.push(...list);
    return { name, value: list };
  }
  return stranger(original, random);
}
