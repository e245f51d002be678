/** NumPy's formats: `.npy` and `.npz`, a zip of them, written and read. */

import { endianness } from 'node:os';
import { types } from 'node:util';
import { FprincipleError, invalidArgument } from './errors.js';
import { zipSync } from './fflate.js';
import { checkPath, readWholeSync } from './files.js';
import { call } from './native.js';
import { describe, isSteady, type NdArray, sizeOf, toNdArray } from './ndarray.js';
import { checkOptions, requireObject } from './options.js';
import { readZip } from './zip.js';

/**
 * The bytes of an `.npy` file (version 1.0, little-endian, C order, `<f4` or `<f8`).
 * @throws `INVALID_ARGUMENT`, `INVALID_SHAPE` for what is no array
 */
export function encodeNpy(array: NdArray): Uint8Array {
  return encoded(array, 'array');
}

function encoded(array: NdArray, name: string): Uint8Array {
  const { data, shape } = toNdArray(array, name);
  const type = data instanceof Float32Array ? '<f4' : '<f8';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Magic, version, length and dictionary together fill a multiple of 64 bytes, the last one a newline.
  const padding = (64 - ((10 + dict.length + 1) % 64)) % 64;
  const header = `${dict}${' '.repeat(padding)}\n`;
  const bytes = new Uint8Array(10 + header.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  const values = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  bytes.set(endianness() === 'LE' ? values : swapped(values, data.BYTES_PER_ELEMENT), 10 + header.length);
  return bytes;
}

/**
 * The bytes of an `.npz` file: each array under its name.
 *
 * @example
 * readNpz(encodeNpz({ error: [[1, 2]] })).error; // => [[1, 2]]
 *
 * @throws as {@link encodeNpy}, and `INVALID_ARGUMENT` for names that are no file's
 */
export function encodeNpz(arrays: Readonly<Record<string, NdArray>>): Uint8Array {
  const entries: Record<string, Uint8Array> = {};
  for (const [name, array] of Object.entries(requireObject(arrays, 'arrays'))) {
    if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
      throw invalidArgument(`arrays: expected names of letters, digits, "_", "-" and ".", got ${JSON.stringify(name)}`);
    }
    entries[`${name}.npy`] = encoded(array, `arrays.${name}`);
  }
  // A fixed date, so that the same arrays give the same bytes.
  return zipSync(entries, { level: 6, mtime: new Date(1980, 0, 1) });
}

/** What is read of an `.npz` file. */
export interface ReadNpzOptions {
  /** The most bytes that it may unpack to; default 2 GiB. */
  limit?: number;
}

/**
 * The array of an `.npy` file: versions 1.0 to 3.0, both byte orders, C and Fortran order (the result is row-major).
 *
 * `f4` and `f2` give f32, `f8` f64; integers `i1` to `i8` and `u1` to `u8` and truth values `b1` give f64, 1 for true. An
 * integer beyond 2^53, which f64 does not hold exactly, is refused. A scalar has the shape `[]`.
 *
 * @param source the path of the file, or its bytes
 * @throws `IO` for a file that cannot be read, is no `.npy` file, is cut short or has bytes left; `INVALID_ARGUMENT` naming a
 *   type that is not read (complex numbers, text, records, pickled objects)
 */
export function readNpy(source: string | Uint8Array): NdArray {
  const [name, bytes] = contents(source, 'npy');
  return decodeNpy(bytes, name);
}

/**
 * The arrays of an `.npz` file by name, as `numpy.savez` and `savez_compressed` write it; each as {@link readNpy} reads it.
 *
 * @param source the path of the file, or its bytes
 * @throws as {@link readNpy}, the array named; `IO` for a damaged archive (checksums are compared) or one that unpacks to
 *   more than `limit` bytes, which is found out before it is unpacked
 */
export function readNpz(source: string | Uint8Array, options: ReadNpzOptions = {}): Record<string, NdArray> {
  const { limit } = checkOptions(options, ['limit']);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw invalidArgument(`limit: expected a positive integer, got ${describe(limit)}`);
  }
  const [name, bytes] = contents(source, 'npz');
  let files: Record<string, Uint8Array>;
  try {
    files = readZip(bytes, limit);
  } catch (cause) {
    throw broken(name, `not an npz file: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const arrays = Object.entries(files).map(([file, npy]) => {
    if (!file.endsWith('.npy')) throw broken(name, `expected arrays (.npy), got ${describe(file)}`);
    const key = file.slice(0, -'.npy'.length);
    return [key, decodeNpy(npy, `${name}: ${key}`)] as const;
  });
  return Object.fromEntries(arrays);
}

/** A name for messages, and the bytes. */
function contents(source: string | Uint8Array, kind: string): [string, Uint8Array] {
  // Memory that others may change meanwhile is copied.
  if (types.isUint8Array(source)) return [kind, isSteady(source) ? source : Uint8Array.from(source)];
  if (typeof source === 'string') return [checkPath(source, 'source'), readWholeSync(source)];
  throw invalidArgument(`source: expected the path or the bytes of an .${kind} file, got ${describe(source)}`);
}

/** Of NumPy's type letters and sizes, what the engine calls them. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ...(['i', 'u'] as const).flatMap((letter) =>
    [1, 2, 4, 8].map((n) => [`${letter}${n}`, `${letter}${8 * n}`] as const),
  ),
  ...[2, 4, 8].map((n) => [`f${n}`, `f${8 * n}`] as const),
  ['b1', 'bool'],
]);

function decodeNpy(file: Uint8Array, name: string): NdArray {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw broken(name, 'not an npy file');
  const version = bytes.readUInt8(6);
  if (version < 1 || version > 3) throw broken(name, `expected an npy file of version 1 to 3, got ${version}`);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.length < 12 ? Infinity : bytes.readUInt32LE(8));
  if (end > bytes.length) throw broken(name, 'the header ends early');
  const header = bytes.toString(version === 3 ? 'utf8' : 'latin1', start, end);
  const descr = /'descr'\s*:\s*('[^']*'|\[)/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const tuple = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    throw broken(name, `expected a header with descr, fortran_order and shape, got ${describe(header.trim())}`);
  }
  const [, byteOrder, type = ''] = /^'([<>|=]?)(\w*)/.exec(descr) ?? [];
  const kind = KINDS.get(type);
  if (kind === undefined || (byteOrder === '|' && !type.endsWith('1'))) {
    const known = [...KINDS.keys()].join(', ');
    throw invalidArgument(`${name}: dtype: expected one of ${known}, got ${descr === '[' ? 'a record' : descr}`);
  }
  const shape = tuple
    .split(',')
    .map((n) => n.replace('L', '').trim())
    .filter((n) => n !== '')
    .map(Number);
  if (shape.length > 32 || !shape.every((n) => Number.isInteger(n) && n <= 2 ** 31)) {
    throw broken(name, `expected a shape, got (${tuple})`);
  }
  const [expected, got] = [sizeOf(shape) * Number(type.slice(1)), bytes.length - end];
  if (expected !== got) {
    throw broken(name, `shape [${shape.join(', ')}] of ${type} needs ${expected} bytes, the file has ${got}`);
  }
  const format = { kind, bigEndian: byteOrder === '>', columnMajor: order === 'True' };
  try {
    return call((addon) => addon.decodeNumbers(bytes.subarray(end), format, shape));
  } catch (cause) {
    if (!(cause instanceof FprincipleError)) throw cause;
    throw new FprincipleError(cause.code, `${name}: ${cause.message}`, { cause });
  }
}

const broken = (name: string, reason: string, cause?: unknown): FprincipleError =>
  new FprincipleError('IO', `${name}: ${reason}`, cause === undefined ? {} : { cause });

function swapped(values: Buffer, size: number): Buffer {
  const copy = Buffer.from(values);
  return size === 4 ? copy.swap32() : copy.swap64();
}
