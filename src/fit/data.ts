/** What the adviser is given: samples of a function, put on one scale, and the parts of them that it works on. */
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { type ArrayInput, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { required, requireOptions } from '../core/options.js';
import { deriveSeeds } from '../core/random.js';

/** Samples of the function to be learnt: what `readData` gives, or arrays of one's own. */
export interface FitData {
  /** Coordinates, `[n]` or `[n, d]`, in any unit. */
  x: ArrayInput;
  /** Values there, `[n]` or `[n, o]`. */
  y: ArrayInput;
  /** Of a picture: rows and columns. `x` then has a row for each pixel, row by row. */
  size?: readonly [number, number] | undefined;
}

/** What a file says beside its samples is passed over. */
const names: readonly string[] = ['x', 'y', 'size', 'kind', 'sampleRate'];

/** How values were put on a scale: `(value - offset) / scale`, by column. */
export interface FitScaling {
  /** Taken off, one a column. */
  offset: number[];
  /** Divided by, one a column. */
  scale: number[];
}

/** {@link FitData}, checked and scaled: inputs to [-1, 1] along every axis, targets to mean 0 and a mean variance of 1. */
export interface ScaledData {
  /** `[n, d]` and `[n, o]`, f64. */
  x: NdArray;
  y: NdArray;
  inputs: FitScaling;
  outputs: FitScaling;
  size?: readonly [number, number];
}

/** Fewer samples say nothing of any network. */
const fewest = 8;

/** @throws `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NON_FINITE`, naming what of `data` it is */
export function scaleData(data: FitData): ScaledData {
  const { x: points, y: target, size } = requireOptions(data, names as readonly (keyof FitData)[], 'data');
  const x = matrix(required(points, 'data.x'), 'data.x');
  const y = matrix(required(target, 'data.y'), 'data.y');
  const [n = 0, d = 0] = x.shape;
  if (y.shape[0] !== n) {
    throw invalidShape(`data.y: expected a row for each of ${n} points, got ${y.shape[0]}`);
  }
  if (n < fewest) throw invalidShape(`data.x: expected at least ${fewest} points, got ${n}`);
  if (size !== undefined && !(Array.isArray(size) && size.length === 2 && size[0] * size[1] === n)) {
    throw invalidShape(`data.size: expected [rows, columns] of ${n} pixels, got ${JSON.stringify(size)}`);
  }
  const ranges = Array.from({ length: d }, (_, axis) => extent(x, axis));
  const flat = ranges.findIndex(([low, high]) => !(high > low));
  if (flat >= 0) throw invalidArgument(`data.x: expected different values along axis ${flat}, got one`);
  // Pixels become square: the longer side of a picture is that from -1 to 1.
  const sides = size && d === 2 ? [size[1], size[0]] : ranges.map(() => 1);
  const inputs = {
    offset: ranges.map(([low, high]) => (low + high) / 2),
    scale: ranges.map(([low, high], axis) => (((high - low) / 2) * Math.max(...sides)) / (sides[axis] ?? 1)),
  };
  const columns = y.shape[1] ?? 0;
  const offset = Array.from({ length: columns }, (_, c) => mean(y, c));
  const centred = scaled(y, { offset, scale: offset.map(() => 1) });
  const largest = finiteResult(
    Float64Array.from(centred.data).reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    'data.y',
  );
  if (!(largest > 0)) throw invalidArgument('data.y: expected values that differ, got a constant');
  // Near 1 their squares are numbers; a power of two as the unit rounds nothing.
  const unit = 2 ** Math.floor(Math.log2(largest));
  const deviation =
    unit * Math.sqrt(meanSquare(scaled(centred, { offset: offset.map(() => 0), scale: offset.map(() => unit) })));
  const outputs = { offset, scale: offset.map(() => deviation) };
  finiteResult(inputs, 'data.x');
  finiteResult(outputs, 'data.y');
  return { x: scaled(x, inputs), y: scaled(y, outputs), inputs, outputs, ...(size && { size }) };
}

function matrix(input: ArrayInput, name: string): NdArray {
  const { data, shape } = toNdArray(input, name);
  if (shape.length !== 1 && shape.length !== 2) {
    throw invalidShape(`${name}: expected one or two dimensions, got shape [${shape.join(', ')}]`);
  }
  const odd = data.findIndex((v) => !Number.isFinite(v));
  if (odd >= 0) throw new FprincipleError('NON_FINITE', `${name}: expected finite numbers, got ${data[odd]} at ${odd}`);
  return { data: Float64Array.from(data), shape: [shape[0] ?? 0, shape[1] ?? 1] };
}

const columnOf = ({ data, shape: [, width = 1] }: NdArray, c: number): Float64Array =>
  Float64Array.from(data).filter((_, i) => i % width === c);

function extent(a: NdArray, c: number): [number, number] {
  return columnOf(a, c).reduce<[number, number]>(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

const mean = (a: NdArray, c: number): number => columnOf(a, c).reduce((sum, v) => sum + v, 0) / (a.shape[0] ?? 1);

/** Mean of the squares of all values. */
export const meanSquare = ({ data }: NdArray): number =>
  Float64Array.from(data).reduce((sum, v) => sum + v * v, 0) / data.length;

function scaled({ data, shape }: NdArray, { offset, scale }: FitScaling): NdArray {
  const width = offset.length;
  return { data: data.map((v, i) => (v - (offset[i % width] ?? 0)) / (scale[i % width] ?? 1)), shape };
}

/** Values on the scale that they came in. */
export function unscaled({ data, shape }: NdArray, { offset, scale }: FitScaling): NdArray {
  const width = offset.length;
  return { data: Float64Array.from(data, (v, i) => v * (scale[i % width] ?? 1) + (offset[i % width] ?? 0)), shape };
}

/** Rows of an array by their indices. */
export function rowsAt({ data, shape: [, width = 1] }: NdArray, indices: readonly number[]): NdArray {
  const rows = new Float64Array(indices.length * width);
  for (const [i, from] of indices.entries()) rows.set(data.subarray(from * width, (from + 1) * width), i * width);
  return { data: rows, shape: [indices.length, width] };
}

/** 0 .. n - 1 in a random order that the seed and the stream fix. */
export function shuffled(n: number, seed: number, stream: string): number[] {
  const keys = deriveSeeds(seed, n, stream);
  return [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

/**
 * At most `count` of the points in up to four neighbourhoods (by the largest difference of a coordinate), so that they lie as
 * densely as all of them do: a thinned sample would have another Nyquist frequency, and another best encoding. All points
 * where there are no more. Ascending indices.
 */
export function neighbourhoods(x: NdArray, count: number, seed: number): number[] {
  const [n = 0, d = 1] = x.shape;
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  const parts = Math.min(4, Math.max(1, Math.floor(count / 64)));
  const taken = new Set<number>();
  for (const centre of shuffled(n, seed, 'fit neighbourhoods')) {
    if (taken.has(centre)) continue;
    const distance = Float64Array.from({ length: n }, (_, i) => {
      let most = 0;
      for (let c = 0; c < d; c++) {
        most = Math.max(most, Math.abs((x.data[i * d + c] ?? 0) - (x.data[centre * d + c] ?? 0)));
      }
      return most;
    });
    const near = [...distance.keys()].filter((i) => !taken.has(i));
    near.sort((a, b) => (distance[a] ?? 0) - (distance[b] ?? 0) || a - b);
    for (const i of near.slice(0, Math.floor(count / parts))) taken.add(i);
    if (taken.size >= Math.floor(count / parts) * parts) break;
  }
  return [...taken].sort((a, b) => a - b);
}
