/** Arrays as pictures inside a figure: PNG bytes from Rust, carried as a data URL. */
import { invalidArgument, invalidShape } from '../errors.js';
import { call } from '../native.js';
import type { NdArray } from '../ndarray.js';
import { checkOptions } from '../options.js';

/** `viridis`, `cividis` and `gray` run from dark to bright; `diverging` from blue through white to vermillion. */
export type ColorMap = 'viridis' | 'cividis' | 'gray' | 'diverging';

/** How an array becomes a picture. */
export interface RasterOptions {
  /** For an array `[h, w]`; default `viridis`. RGB arrays ignore it. */
  colorMap?: ColorMap;
  /** Values of the first and the last colour (for RGB: of black and full intensity). Default [0, 1]. */
  range?: readonly [number, number];
  /** For every row (column) of the picture the row (column) of the array it shows; default: as they are. */
  rows?: Uint32Array;
  columns?: Uint32Array;
}

/** PNG bytes of an array `[h, w]` or `[h, w, 3]`, the first row on top. Values that are not finite are transparent. */
export function encodePng(array: NdArray, options: RasterOptions = {}): Uint8Array {
  const names = ['colorMap', 'range', 'rows', 'columns'] as const;
  const { colorMap = 'viridis', range = [0, 1], rows, columns } = checkOptions(options, names);
  return call((addon) => addon.encodePng(array, colorMap, range[0], range[1], rows, columns));
}

/** {@link encodePng} as a `data:` URL. */
export function pngUrl(array: NdArray, options?: RasterOptions): string {
  return `data:image/png;base64,${Buffer.from(encodePng(array, options)).toString('base64')}`;
}

/** `count` colours of a map, equally spaced, as `#rrggbb`: what a legend needs. */
export const colorSamples = (colorMap: ColorMap, count = 24): string[] =>
  call((addon) => addon.colorSamples(colorMap, count));

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
  const [count = 0, ...shape] = array.shape;
  if (index < 0 || index >= count) throw invalidShape(`slice: expected an index under ${count}, got ${index}`);
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: array.data.subarray(index * size, (index + 1) * size), shape };
}
