/** Heat maps: a value for every pair of x and y, drawn as one picture however many cells there are. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkFlag, requireObject, requireOptions } from '../core/options.js';
import { type Axis, axis, checkAxis } from './axis.js';
import { checkRange, checkSize, checkText, checkWords, FIGURE_OPTIONS } from './check.js';
import type { Figure } from './figure.js';
import { COLOR_MAPS, type ColorMap, checkLines, colorSamples, pngUrl } from './raster.js';
import { logTicks } from './ticks.js';

/** What `heatmapFigure` draws: values over two axes, as colours. */
export interface HeatmapFigure {
  /** File name without extension. */
  id: string;
  /** Stands above it. */
  title: string;
  /** What is shown and how to read it: axes, units, colours. */
  caption: string;
  /** `[y, x]`: a row for every entry of `y.at`. */
  values: NdArray;
  /** Positions of the columns, ascending; on a logarithmic axis positive. */
  x: Axis & {
    /** Ascending, one for every column of `values`. */
    at: ArrayLike<number>;
  };
  /** Positions of the rows, ascending; the first is drawn at the bottom. */
  y: Axis & {
    /** Ascending, one for every row of `values`. */
    at: ArrayLike<number>;
  };
  /** What the colour means. `log` colours by the base-10 logarithm. */
  color: {
    /** What the colour is, with its unit. */
    title: string;
    /** Values of the first and the last colour. */
    range: readonly [number, number];
    /** The scale of colours. Default `viridis`. */
    map?: ColorMap;
    /** Colours by the base-10 logarithm. Default false. */
    log?: boolean;
  };
  /** Of the plot, in pixels. Default 460. */
  width?: number;
  /** Of the plot, in pixels. Default 260. */
  height?: number;
}

/** A heat map with axes and a colour bar. */
export function heatmapFigure(options: HeatmapFigure): Figure {
  const names = [...FIGURE_OPTIONS, 'values', 'x', 'y', 'color', 'width', 'height'] as const;
  const { id, title, caption, values: given, x, y, color, width = 460, height = 260 } = requireOptions(options, names);
  checkWords({ id, title, caption });
  checkSize({ width, height });
  const values = toNdArray(given, 'values');
  checkPositions(x, 'x');
  checkPositions(y, 'y');
  const [rows, columns] = values.shape;
  if (values.shape.length !== 2 || rows !== y.at.length || columns !== x.at.length) {
    const expected = `[${y.at.length}, ${x.at.length}]`;
    throw invalidShape(
      `heat map ${id}: values: expected an array of shape ${expected}, got [${values.shape.join(', ')}]`,
    );
  }
  const { map = 'viridis', range, log = false } = requireOptions(color, ['title', 'range', 'map', 'log'], 'color');
  checkText(color.title, 'color.title');
  checkChoice(map, COLOR_MAPS, 'color.map');
  checkFlag(log, 'color.log');
  const [lowest] = checkRange(range, 'color.range');
  if (log && lowest <= 0)
    throw invalidArgument(`heat map ${id}: color.range: a logarithmic colour needs a positive range`);
  const shown = log ? { data: values.data.map((v) => Math.log10(v)), shape: values.shape } : values;
  const ends = log ? ([Math.log10(range[0]), Math.log10(range[1])] as const) : range;
  const [columnMap, xDomain] = spanOf(x, width * 2);
  const [rowMap, yDomain] = spanOf(y, height * 2);
  const url = pngUrl(shown, { colorMap: map, range: ends, columns: columnMap, rows: rowMap.reverse() });
  const corners = [0, 1].map((i) => ({ x: xDomain[i], y: yDomain[i], c: range[i] }));
  const scale = {
    type: log ? 'log' : 'linear',
    domain: range,
    range: colorSamples(map),
    interpolate: 'rgb',
    clamp: true,
  };
  const spec = {
    title,
    width,
    height,
    layer: [
      {
        data: { values: [{ url }] },
        // Without `aria: false` the picture's whole data URL would be written once more, as its label.
        mark: { type: 'image', width, height, aspect: false, align: 'left', baseline: 'top', aria: false },
        encoding: { url: { field: 'url', type: 'nominal' }, x: { value: 0 }, y: { value: 0 } },
      },
      {
        // The axes and the colour bar belong to points that are not seen: the picture itself has no scale.
        data: { values: corners },
        mark: { type: 'point', opacity: 0 },
        encoding: {
          x: { field: 'x', type: 'quantitative', ...along(x, xDomain) },
          y: { field: 'y', type: 'quantitative', ...along(y, yDomain) },
          color: {
            field: 'c',
            type: 'quantitative',
            scale,
            legend: {
              title: color.title,
              type: 'gradient',
              gradientLength: Math.min(200, height),
              ...(log && { format: '.6~g' }),
            },
          },
        },
      },
    ],
  };
  return { id, title, caption, spec };
}

/** An axis and the positions along it. */
function checkPositions(line: HeatmapFigure['x'], name: string): void {
  const { at, ...rest } = requireObject(line, name);
  checkAxis(rest, name);
  const isList = Array.isArray(at) || (ArrayBuffer.isView(at) && 'length' in at);
  if (!isList) throw invalidArgument(`${name}.at: expected a list of numbers, got ${describe(at)}`);
}

/** The axis of a heat map that reaches from the first cell's edge to the last one's. */
function along({ at: _, ...rest }: HeatmapFigure['x'], domain: readonly [number, number]): object {
  const values = rest.values ?? (rest.log ? logTicks(domain[0], domain[1]) : undefined);
  return axis({ ...rest, ...(values && { values }), domain });
}

/**
 * For each of `size` picture lines the cell it shows, and the axis' ends: cells reach half-way to their neighbours (in
 * the logarithm on a logarithmic axis).
 */
function spanOf(line: Axis & { at: ArrayLike<number> }, size: number): [Uint32Array, [number, number]] {
  checkLines(size);
  const to = line.log ? Math.log : (v: number): number => v;
  const from = line.log ? Math.exp : (v: number): number => v;
  const at = Array.from(line.at, to);
  const n = at.length;
  if (n === 0 || at.some((v, i) => !Number.isFinite(v) || (i > 0 && v <= at[i - 1]!))) {
    throw invalidArgument(`heat map: ${line.title}: expected ascending positions${line.log ? ' above zero' : ''}`);
  }
  const half = n > 1 ? [(at[1]! - at[0]!) / 2, (at[n - 1]! - at[n - 2]!) / 2] : [0.5, 0.5];
  const [start, end] = [at[0]! - half[0]!, at[n - 1]! + half[1]!];
  const map = new Uint32Array(size);
  let cell = 0;
  for (let i = 0; i < size; i++) {
    const position = start + ((i + 0.5) / size) * (end - start);
    while (cell + 1 < n && position > (at[cell]! + at[cell + 1]!) / 2) cell++;
    map[i] = cell;
  }
  return [map, [from(start), from(end)]];
}
