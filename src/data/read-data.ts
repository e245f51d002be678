/** Samples from a file of the user's own, whatever its kind: a table, arrays, a sound, a picture. */
import { extname } from 'node:path';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { checkPath } from '../core/files.js';
import { describe, type NdArray } from '../core/ndarray.js';
import { readNpy, readNpz } from '../core/npz.js';
import { checkOptions } from '../core/options.js';
import { checkMode, type PictureMode, readPicture, shrinkPicture } from './picture.js';
import { readSound } from './sound.js';
import { type NumberTable, readTable } from './table.js';

/** Samples of a function: where, and what it is there. */
export interface UserData {
  /** What kind of file it was. */
  kind: 'table' | 'sound' | 'picture';
  /** `[n, d]`, f64. */
  x: NdArray;
  /** `[n, o]`, f64. */
  y: NdArray;
  /** Of a picture: `[height, width]`. */
  size?: [number, number];
  /** Of a sound: samples a second. */
  sampleRate?: number;
}

/** How a file is read. */
export interface ReadDataOptions {
  /** Pixels that the longer side of a picture is averaged to. Default: as it is. */
  side?: number;
  /** Channels of a picture. Default `'auto'`: as stored. */
  mode?: PictureMode;
}

const tables = ['.csv', '.tsv', '.txt'];
const pictures = ['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff'];
const known = [...tables, '.npy', '.npz', '.wav', ...pictures];

/**
 * The samples in a file, told by the ending of its name:
 *
 * - `.csv`, `.tsv`, `.txt`: columns called `y`, `y1`, `y_...`, `target...` or `output...` are the outputs and the others the inputs;
 *   without such names the last column is the output. A single column is sampled at 0, 1, 2, ...
 * - `.npy`: `[n]`, sampled at 0, 1, 2, ..., or `[n, d + 1]`, the last column the output.
 * - `.npz`: arrays `x` and `y`, or `points` and `target`: `[n]` or `[n, d]`, `[n]` or `[n, o]`.
 * - `.wav`: x in seconds from 0, y the channels between -1 and 1 (`readSound`).
 * - `.png`, `.jpg`, `.webp`, `.tif`: x the pixel's column and row, each over the width and the height, in [0, 1); y its gray or RGB
 *   values between 0 and 1 (`readPicture`); row by row from the top.
 *
 * @throws `IO` for a file that cannot be read or is damaged; `INVALID_ARGUMENT` for an ending that is not among these, and for an
 *   archive without the arrays, naming those that it has; `INVALID_SHAPE`; `NON_FINITE`
 */
export async function readData(path: string, options?: ReadDataOptions): Promise<UserData> {
  const { side, mode = 'auto' } = checkOptions(options, ['side', 'mode']);
  checkPath(path);
  if (side !== undefined && !(Number.isSafeInteger(side) && side >= 1)) {
    throw invalidArgument(`side: expected an integer of at least 1, got ${describe(side)}`);
  }
  checkMode(mode);
  const ending = extname(path).toLowerCase();
  if (tables.includes(ending)) return finite(fromTable(await readTable(path)), path);
  if (ending === '.npy') return finite(fromArray(readNpy(path), path), path);
  if (ending === '.npz') return finite(fromArrays(readNpz(path), path), path);
  if (ending === '.wav') return fromSound(path);
  if (pictures.includes(ending)) return fromPicture(path, mode, side);
  throw invalidArgument(`path: expected a file whose name ends in one of ${known.join(', ')}, got ${describe(path)}`);
}

const outputName = /^(y|target|output)s?([\d_ .[].*)?$/i;

function fromTable({ names, columns, named }: NumberTable): UserData {
  const rows = columns[0]?.length ?? 0;
  if (columns.length === 1) return { kind: 'table', x: counting(rows), y: matrix(columns) };
  const output = names.map((name) => named && outputName.test(name));
  const told = output.some((is) => is) && output.some((is) => !is);
  const isOutput = (i: number): boolean => (told ? output[i] === true : i === columns.length - 1);
  return {
    kind: 'table',
    x: matrix(columns.filter((_, i) => !isOutput(i))),
    y: matrix(columns.filter((_, i) => isOutput(i))),
  };
}

function fromArray(array: NdArray, path: string): UserData {
  const [n = 0, width = 1] = array.shape;
  if (array.shape.length > 2 || n === 0 || width === 0) {
    throw invalidShape(`${path}: expected shape [n] or [n, d + 1], got [${array.shape.join(', ')}]`);
  }
  const column = (c: number): Float64Array => Float64Array.from({ length: n }, (_, i) => array.data[i * width + c]!);
  const columns = Array.from({ length: width }, (_, c) => column(c));
  return fromTable({ names: columns.map((_, c) => `column ${c + 1}`), columns, named: false });
}

function fromArrays(arrays: Record<string, NdArray>, path: string): UserData {
  const pick = (...names: string[]): NdArray => {
    const name = names.find((one) => Object.hasOwn(arrays, one));
    if (name !== undefined) return arrays[name]!;
    const there = Object.keys(arrays).join(', ') || 'none';
    throw invalidArgument(`${path}: expected an array ${names.join(' or ')}, got ${there}`);
  };
  const [x, y] = [rows(pick('x', 'points'), `${path}: x`), rows(pick('y', 'target'), `${path}: y`)];
  if (x.shape[0] !== y.shape[0]) {
    throw invalidShape(`${path}: expected as many rows of y as of x, ${x.shape[0]}, got ${y.shape[0]}`);
  }
  return { kind: 'table', x, y };
}

/** `[n]` or `[n, c]` as `[n, c]` in f64. */
function rows({ data, shape }: NdArray, name: string): NdArray {
  const [n = 0, c = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || data.length === 0) {
    throw invalidShape(`${name}: expected shape [n] or [n, c], got [${shape.join(', ')}]`);
  }
  return { data: Float64Array.from(data), shape: [n, c] };
}

async function fromSound(path: string): Promise<UserData> {
  const { samples, sampleRate } = await readSound(path);
  const [n = 0] = samples.shape;
  const x = { data: Float64Array.from({ length: n }, (_, i) => i / sampleRate), shape: [n, 1] };
  return { kind: 'sound', x, y: samples, sampleRate };
}

async function fromPicture(path: string, mode: PictureMode, side?: number): Promise<UserData> {
  const read = await readPicture(path, mode);
  const { pixels, height, width, channels } = side === undefined ? read : shrinkPicture(read, side);
  const x = new Float64Array(2 * height * width);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) x.set([j / width, i / height], 2 * (i * width + j));
  }
  return {
    kind: 'picture',
    x: { data: x, shape: [height * width, 2] },
    y: { data: Float64Array.from(pixels.data), shape: [height * width, channels] },
    size: [height, width],
  };
}

const counting = (n: number): NdArray => ({ data: Float64Array.from({ length: n }, (_, i) => i), shape: [n, 1] });

function matrix(columns: readonly Float64Array[]): NdArray {
  const [n, width] = [columns[0]?.length ?? 0, columns.length];
  const data = new Float64Array(n * width);
  for (const [c, column] of columns.entries()) for (let i = 0; i < n; i++) data[i * width + c] = column[i]!;
  return { data, shape: [n, width] };
}

function finite(data: UserData, path: string): UserData {
  for (const name of ['x', 'y'] as const) {
    const odd = data[name].data.findIndex((v) => !Number.isFinite(v));
    if (odd < 0) continue;
    const width = data[name].shape[1] ?? 1;
    const place = `${name}[${Math.floor(odd / width)}, ${odd % width}]`;
    throw new FprincipleError('NON_FINITE', `${path}: ${place} is ${data[name].data[odd]}`);
  }
  return data;
}
