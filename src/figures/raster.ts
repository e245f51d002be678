/** Arrays as pictures inside a figure: PNG bytes from Rust, carried as a data URL. */
import { types } from 'node:util';
import { invalidArgument, invalidShape } from '../core/errors.js';
import { call } from '../core/native.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkInteger, checkOptions, required } from '../core/options.js';
import { checkRange } from './check.js';

/** `viridis`, `cividis` and `gray` run from dark to bright; `diverging` from blue through white to vermillion. */
export type ColorMap = (typeof COLOR_MAPS)[number];
export const COLOR_MAPS = ['viridis', 'cividis', 'gray', 'diverging'] as const;

/** How an array becomes a picture. */
export interface RasterOptions {
  /** For an array `[h, w]`; default `viridis`. RGB arrays ignore it. */
  colorMap?: ColorMap;
  /** Values of the first and the last colour (for RGB: of black and full intensity). Default [0, 1]. */
  range?: readonly [number, number];
  /** For every row (column) of the picture the row (column) of the array it shows; default: as they are. */
  rows?: Uint32Array;
  /** For every column of the picture the column of the array it shows; default: as they are. */
  columns?: Uint32Array;
}

/** PNG bytes of an array `[h, w]` or `[h, w, 3]`, the first row on top. Values that are not finite are transparent. */
export function encodePng(image: NdArray, options: RasterOptions = {}): Uint8Array {
  const names = ['colorMap', 'range', 'rows', 'columns'] as const;
  const { colorMap = 'viridis', range = [0, 1], rows, columns } = checkOptions(options, names);
  const picture = toNdArray(image, 'image');
  checkChoice(colorMap, COLOR_MAPS, 'colorMap');
  const [low, high] = checkRange(range, 'range');
  if (picture.shape.length !== 2 && picture.shape.length !== 3) {
    throw invalidShape(`image: expected [h, w] or [h, w, 3], got shape [${picture.shape.join(', ')}]`);
  }
  checkShown(rows, picture.shape[0] ?? 0, 'rows');
  checkShown(columns, picture.shape[1] ?? 0, 'columns');
  return call((addon) => addon.encodePng(picture, colorMap, low, high, rows, columns));
}

/** Which lines of an array a picture shows. */
function checkShown(lines: Uint32Array | undefined, count: number, name: string): void {
  if (lines !== undefined && !types.isUint32Array(lines)) {
    throw invalidArgument(`${name}: expected a Uint32Array, got ${describe(lines)}`);
  }
  const beyond = lines?.find((line) => line >= count);
  if (beyond !== undefined) throw invalidArgument(`${name}: expected indices under ${count}, got ${beyond}`);
}

/** {@link encodePng} as a `data:` URL. */
export function pngUrl(image: NdArray, options?: RasterOptions): string {
  return `data:image/png;base64,${Buffer.from(encodePng(image, options)).toString('base64')}`;
}

/** `count` colours of a map, equally spaced, as `#rrggbb`: what a legend needs. */
export function colorSamples(colorMap: ColorMap, count = 24): string[] {
  checkChoice(required(colorMap, 'colorMap'), COLOR_MAPS, 'colorMap');
  checkInteger(count, 'count', 1, MOST_COLORS);
  return call((addon) => addon.colorSamples(colorMap, count));
}

/** As many as 16 bits tell apart. */
const MOST_COLORS = 65_536;

/** Most lines of an enlarged picture. */
const MOST_LINES = 1 << 16;

/** Refuses a picture of more lines than can be drawn. */
export function checkLines(size: number): void {
  if (!(Number.isFinite(size) && size <= MOST_LINES)) {
    throw invalidArgument(`width: expected a picture of at most ${MOST_LINES} lines, got ${size}`);
  }
}

/** The lines of an array that `size` picture lines show, each cell an equal share. */
export function stretched(length: number, size: number): Uint32Array {
  checkLines(size);
  return Uint32Array.from({ length: size }, (_, i) => Math.min(length - 1, Math.floor((i * length) / size)));
}

/** Row `index` of an array's first axis, as a view. */
export function slice(array: NdArray, index: number): NdArray {
  const { data, shape: all } = toNdArray(array, 'array');
  const [count = 0, ...shape] = all;
  checkInteger(required(index, 'index'), 'index', 0, count - 1);
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: data.subarray(index * size, (index + 1) * size), shape };
}
