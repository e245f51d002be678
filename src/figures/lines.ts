/** Line charts: one or more curves over a common x axis. */
import { invalidArgument } from '../core/errors.js';
import { describe, shapeText } from '../core/ndarray.js';
import { checkChoice, requireOptions } from '../core/options.js';
import { type Axis, axis, checkAxis } from './axis.js';
import { checkSize, checkText, checkWords, FIGURE_OPTIONS } from './check.js';
import type { Figure } from './figure.js';
import { lookAt, okabeIto } from './style.js';
import { logTicks } from './ticks.js';

export type Numbers = ArrayLike<number | null>;

/** One curve of a line chart. */
export interface Line {
  /** Stands in the legend. */
  name: string;
  /** Positions along the x axis. */
  x: Numbers;
  /** Heights, one for each of `x`; what is not finite leaves a gap. */
  y: Numbers;
  /** Lower and upper edge of a band around the line (a spread over seeds); where it is points, a bar at each. */
  band?: readonly [Numbers, Numbers];
  /** Default: the next colour of the palette; `target` is black. */
  color?: string;
  /** `line` (default), `points`, or both. */
  mark?: 'line' | 'points' | 'both';
  /** Default: by position, so that lines differ by more than their colour. */
  dash?: readonly number[];
}

/** What `lineFigure` draws: curves over a common x axis. */
export interface LineFigure {
  /** File name without extension. */
  id: string;
  /** Stands above it. */
  title: string;
  /** What is shown and how to read it: axes, units, colours. */
  caption: string;
  /** The axis that all lines share. */
  x: Axis;
  /** The axis of their heights. */
  y: Axis;
  /** The curves, in the order of the legend. */
  lines: readonly Line[];
  /** Horizontal lines with a name each, for levels a claim compares with. */
  levels?: readonly {
    /** Its height, in units of the y axis. */
    value: number;
    /** Written beside it. */
    name: string;
  }[];
  /** Of the plot, in pixels. Default 460. */
  width?: number;
  /** Of the plot, in pixels. Default 280. */
  height?: number;
}

export const LINES_OPTIONS = ['x', 'y', 'lines', 'levels', 'width', 'height'] as const;
const LINE_OPTIONS = ['name', 'x', 'y', 'band', 'color', 'mark', 'dash'] as const;

/**
 * A figure of lines. What an axis cannot show (numbers that are not finite, on a logarithmic axis those that are not positive)
 * is left out, and the caption says how much that is; `null` is a gap and is not counted.
 *
 * @example
 * const figure = lineFigure({
 *   id: 'line',
 *   title: 'A line',
 *   caption: 'It rises.',
 *   x: { title: 'x' },
 *   y: { title: 'y' },
 *   lines: [{ name: 'y', x: [0, 1], y: [0, 1] }],
 * });
 * (await renderSvg(figure)).startsWith('<svg'); // => true
 *
 * @throws `INVALID_ARGUMENT` naming the option that is not as it should be
 */
export function lineFigure(options: LineFigure): Figure {
  const { id, title, caption, ...rest } = requireOptions(options, [...FIGURE_OPTIONS, ...LINES_OPTIONS]);
  checkWords({ id, title, caption });
  const { notes, ...spec } = lineSpec(rest);
  return { id, title, caption: withNotes(caption, notes), spec: { ...spec, title } };
}

/** A caption, and what its figure had to leave out. */
export const withNotes = (caption: string, notes: readonly string[]): string => [caption, ...notes].join(' ').trim();

/** A line chart without its words, and what it had to leave out. */
export interface LineSpec {
  width: number;
  height: number;
  layer: object[];
  notes: string[];
}

/** The specification of a line chart without its words, to be placed beside others. */
export function lineSpec(chart: Omit<LineFigure, 'id' | 'title' | 'caption'>): LineSpec {
  const { lines, levels: given = [], width = 460, height = 280 } = chart;
  checkSize({ width, height });
  if (!Array.isArray(lines) || lines.length === 0) throw invalidArgument('lines: expected at least one');
  for (const line of lines) checkLine(line);
  if (!Array.isArray(given)) throw invalidArgument(`levels: expected a list, got ${describe(given)}`);
  for (const level of given) {
    const { value, name } = requireOptions(level, ['value', 'name'], 'levels');
    checkText(name, 'levels.name');
    if (typeof value !== 'number') throw invalidArgument(`levels.value: expected a number, got ${describe(value)}`);
  }
  const [xAxis, yAxis] = [checkAxis(chart.x, 'x'), checkAxis(chart.y, 'y')];
  const kept = new Map(lines.map((line) => [line, points(line, xAxis, yAxis)]));
  const levels = given.filter((level) => fits(level.value, yAxis));
  const all = [...kept.values()].flatMap(({ rows }) => rows);
  const x = settled(
    xAxis,
    all.map((row) => row.x),
  );
  const heights = all.flatMap((row) => [row.y, row.low, row.high].filter((v) => typeof v === 'number'));
  const y = settled(yAxis, [...heights, ...levels.map(({ value }) => value)]);
  const bottom = y.domain === undefined ? Math.min(...heights) : Math.min(...y.domain);
  for (const row of all) if (row.low === null) row.low = Math.min(bottom, row.y);
  let next = 0;
  const looks = lines.map((line) => {
    const look = lookAt(next);
    const color = line.color ?? look.color;
    // Dots alone have no dashes: a dotted sample stands for them in the legend, which shows strokes only.
    const dash = line.mark === 'points' ? [1.5, 3] : (line.dash ?? (line.color === undefined ? look.dash : [1, 0]));
    if (line.color === undefined) next++;
    return { name: line.name, color, dash: [...dash] };
  });
  const rows = (wanted: (line: Line) => boolean): Row[] =>
    lines.filter(wanted).flatMap((line) => kept.get(line)?.rows ?? []);
  const scale = {
    domain: looks.map((l) => l.name),
    range: looks.map((l) => l.color),
  };
  const drawn = (line: Line): boolean => line.mark !== 'points';
  const symbolType = lines.some(drawn) ? 'stroke' : 'circle';
  const legend =
    lines.length > 1
      ? { title: null, orient: 'bottom', columns: legendColumns(lines, width), symbolType, symbolOpacity: 1 }
      : null;
  const color = { field: 'series', type: 'nominal', scale, legend };
  const encoding = {
    x: { field: 'x', type: 'quantitative', ...axis(x) },
    y: { field: 'y', type: 'quantitative', ...axis(y) },
    color,
  };
  const dotted = (line: Line): boolean => line.mark === 'points' || line.mark === 'both';
  const layer: object[] = [];
  const between = { ...encoding, y: { ...encoding.y, field: 'low' }, y2: { field: 'high' } };
  const marks = [
    { mark: { type: 'area', fillOpacity: 0.2, clip: true }, of: drawn },
    { mark: { type: 'rule', strokeWidth: 1.5, clip: true }, of: (line: Line) => !drawn(line) },
  ];
  for (const { mark, of } of marks) {
    const banded = (line: Line): boolean => line.band !== undefined && of(line);
    if (lines.some(banded)) layer.push({ data: { values: rows(banded) }, mark, encoding: between });
  }
  if (lines.some(drawn)) {
    const dash = { domain: scale.domain, range: looks.map((l) => l.dash) };
    layer.push({
      data: { values: rows(drawn) },
      mark: { type: 'line', clip: true },
      encoding: {
        ...encoding,
        strokeDash: { field: 'series', type: 'nominal', scale: dash, legend },
        order: { field: 'i' },
      },
    });
  }
  if (lines.some(dotted)) {
    // A dot on the edge is drawn whole; one beyond it, which a line leads to, is not drawn.
    const values = rows(dotted).filter((row) => within(row.x, x) && within(row.y, y));
    layer.push({ data: { values }, mark: { type: 'point', size: 22 }, encoding });
  }
  for (const level of levels) {
    layer.push(
      {
        data: { values: [{ y: level.value }] },
        mark: { type: 'rule', color: okabeIto[0], strokeDash: [3, 3] },
        encoding: { y: { field: 'y', type: 'quantitative' } },
      },
      {
        data: { values: [{ y: level.value, text: level.name }] },
        mark: { type: 'text', align: 'right', baseline: 'bottom', dx: -4, dy: -3, fontSize: 11, color: '#333333' },
        encoding: { x: { value: width }, y: { field: 'y', type: 'quantitative' }, text: { field: 'text' } },
      },
    );
  }
  if (all.length === 0) {
    layer.push({
      data: { values: [{}] },
      mark: { type: 'text', text: 'nothing that these axes can show', fontSize: 12, color: '#666666' },
      encoding: { x: { value: width / 2 }, y: { value: height / 2 } },
    });
  }
  return { width, height, layer, notes: notesOf([...kept.values()], given.length - levels.length) };
}

/** What is said of what was left out. */
function notesOf(kept: readonly Kept[], levels: number): string[] {
  const sum = (of: (line: Kept) => number): number => kept.reduce((total, line) => total + of(line), 0);
  const [dropped, total, cut] = [sum((k) => k.dropped), sum((k) => k.total), sum((k) => k.cut)];
  const why = 'not finite, or not positive on a logarithmic axis';
  return [
    ...(dropped > 0 ? [`Points not drawn: ${dropped} of ${total} (${why}).`] : []),
    ...(cut > 0
      ? [`Bands that reach zero or below (at ${cut} of ${total} points) end at the edge of the logarithmic axis.`]
      : []),
    ...(levels > 0 ? [`Levels not drawn: ${levels} (${why}).`] : []),
  ];
}

/** An axis whose ends are given where numbers alone would not make a scale: none of them, or all the same on a logarithm. */
function settled(axis: Axis, numbers: readonly number[]): Axis {
  if (axis.domain !== undefined) return ticked(axis, ...axis.domain);
  const low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) return axis.log ? ticked({ ...axis, domain: [0.1, 10] }, 0.1, 10) : { ...axis, domain: [0, 1] };
  if (axis.log && high / low < 1.001) return ticked({ ...axis, domain: [low / 2, high * 2] }, low / 2, high * 2);
  return ticked(axis, low, high);
}

const ticked = (axis: Axis, a: number, b: number): Axis =>
  axis.log && axis.values === undefined ? { ...axis, values: logTicks(Math.min(a, b), Math.max(a, b)) } : axis;

/** One line of a chart, every part of it as it should be. */
function checkLine(line: Line): void {
  const { name, x, y, band, color, mark, dash } = requireOptions(
    line,
    LINE_OPTIONS,
    typeof line?.name === 'string' ? `line ${JSON.stringify(line.name)}` : 'lines',
  );
  checkText(name, 'line.name');
  checkNumbers(x, `line ${JSON.stringify(name)}: x`);
  checkNumbers(y, `line ${JSON.stringify(name)}: y`);
  if (band !== undefined) {
    if (!Array.isArray(band) || band.length !== 2) {
      throw invalidArgument(`line ${JSON.stringify(name)}: band: expected two lists, got ${describe(band)}`);
    }
    for (const edge of band) {
      checkNumbers(edge, `line ${JSON.stringify(name)}: band`);
      if (edge.length !== y.length) {
        const got = `${y.length} and ${edge.length}`;
        throw invalidArgument(`line ${JSON.stringify(name)}: band: expected as many numbers as y has, got ${got}`);
      }
    }
  }
  if (color !== undefined && !/^(#[0-9a-f]{3,8}|[a-z]+|(rgb|hsl)a?\([^()]*\))$/i.test(checkText(color, 'line.color')))
    throw invalidArgument(`line ${JSON.stringify(name)}: color: expected a colour, got ${describe(color)}`);
  checkChoice(mark, ['line', 'points', 'both'], `line ${JSON.stringify(name)}: mark`);
  if (dash !== undefined && !(Array.isArray(dash) && dash.every((length) => Number.isFinite(length) && length >= 0)))
    throw invalidArgument(`line ${JSON.stringify(name)}: dash: expected lengths of at least 0, got ${shapeText(dash)}`);
}

function checkNumbers(list: Numbers, name: string): void {
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && 'length' in list);
  if (!isList) throw invalidArgument(`${name}: expected a list of numbers, got ${describe(list)}`);
  const odd = Array.from(list).find((v) => v !== null && typeof v !== 'number');
  if (odd !== undefined) throw invalidArgument(`${name}: expected numbers or null, got ${describe(odd)}`);
}

/** Entries of the legend in a row: as many as the width holds at about 7 units a character. */
function legendColumns(lines: readonly Line[], width: number): number {
  const longest = Math.max(...lines.map((l) => l.name.length));
  return Math.max(1, Math.min(lines.length, Math.floor(width / (longest * 7 + 46))));
}

interface Row {
  series: string;
  i: number;
  x: number;
  y: number;
  /** `null`: below what the axis can show. */
  low?: number | null;
  high?: number;
}

/** The points of a line that are drawn, and how many are not. */
interface Kept {
  rows: Row[];
  dropped: number;
  total: number;
  /** Bands whose lower edge a logarithmic axis has no place for. */
  cut: number;
}

function points(line: Line, x: Axis, y: Axis): Kept {
  if (line.x.length !== line.y.length) {
    throw invalidArgument(
      `line ${JSON.stringify(line.name)}: expected as many x as y, got ${line.x.length} and ${line.y.length}`,
    );
  }
  const kept: Kept = { rows: [], dropped: 0, total: 0, cut: 0 };
  for (let i = 0; i < line.x.length; i++) {
    const [px, py] = [line.x[i] ?? null, line.y[i] ?? null];
    if (px === null || py === null) continue;
    kept.total++;
    if (!fits(px, x) || !fits(py, y)) {
      kept.dropped++;
      continue;
    }
    const row: Row = { series: line.name, i, x: px, y: py };
    const [low, high] = [line.band?.[0][i] ?? null, line.band?.[1][i] ?? null];
    if (low !== null && fits(high, y) && Number.isFinite(low)) {
      row.high = high;
      row.low = fits(low, y) ? low : null;
      if (row.low === null) kept.cut++;
    }
    kept.rows.push(row);
  }
  return kept;
}

const fits = (value: number | null, axis: Axis): value is number =>
  value !== null && Number.isFinite(value) && (!axis.log || value > 0);

const within = (value: number, { domain }: Axis): boolean =>
  domain === undefined || (value >= Math.min(...domain) && value <= Math.max(...domain));
