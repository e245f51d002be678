/** Line charts: one or more curves over a common x axis. */
import type { TopLevelSpec } from 'vega-lite';
import { invalidArgument } from '../errors.js';
import { requireOptions } from '../options.js';
import type { Figure } from './figure.js';
import { categories, dashes, okabeIto } from './style.js';

export type Numbers = ArrayLike<number | null>;

/** One curve of a line chart. */
export interface Line {
  name: string;
  x: Numbers;
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

/** An axis of a figure. */
export interface Axis {
  /** What is on it, with its unit. */
  title: string;
  /** Base-10 logarithm; values at or under zero are left out. */
  log?: boolean;
  domain?: readonly [number, number];
  /** Where ticks stand. */
  values?: readonly number[];
  /** What is written at each of `values`; default: the numbers. */
  labels?: readonly string[];
}

/** What `lineFigure` draws: curves over a common x axis. */
export interface LineFigure {
  id: string;
  title: string;
  caption: string;
  x: Axis;
  y: Axis;
  lines: readonly Line[];
  /** Horizontal lines with a name each, for levels a claim compares with. */
  levels?: readonly { value: number; name: string }[];
  width?: number;
  height?: number;
}

export const FIGURE_OPTIONS = ['id', 'title', 'caption'] as const;
export const LINES_OPTIONS = ['x', 'y', 'lines', 'levels', 'width', 'height'] as const;
const LINE_OPTIONS = ['name', 'x', 'y', 'band', 'color', 'mark', 'dash'] as const;
export const AXIS_OPTIONS = ['title', 'log', 'domain', 'values', 'labels'] as const;

/** A figure of lines. */
export function lineFigure(options: LineFigure): Figure {
  const { id, title, caption, ...rest } = requireOptions(options, [...FIGURE_OPTIONS, ...LINES_OPTIONS]);
  return { id, title, caption, spec: { ...lineSpec(rest), title } as TopLevelSpec };
}

/** The specification of a line chart without its words, to be placed beside others. */
export function lineSpec({
  x,
  y,
  lines,
  levels = [],
  width = 460,
  height = 280,
}: Omit<LineFigure, 'id' | 'title' | 'caption'>): { width: number; height: number; layer: object[] } {
  if (lines.length === 0) throw invalidArgument('lines: expected at least one');
  for (const line of lines) requireOptions(line, LINE_OPTIONS, `line ${JSON.stringify(line?.name)}`);
  for (const level of levels) requireOptions(level, ['value', 'name'], 'levels');
  let next = 0;
  const looks = lines.map((line) => {
    const color = line.color ?? categories[next % categories.length]!;
    // Dots alone have no dashes: a dotted sample stands for them in the legend, which shows strokes only.
    const dash =
      line.mark === 'points' ? [1.5, 3] : (line.dash ?? dashes[line.color === undefined ? dashAt(next) : 0]!);
    if (line.color === undefined) next++;
    return { name: line.name, color, dash: [...dash] };
  });
  const rows = (wanted: (line: Line) => boolean): Row[] => lines.filter(wanted).flatMap((line) => points(line, x, y));
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
  return { width, height, layer };
}

/** The dashes of the n-th line: where the colours begin again they move on by one, so that no two lines look alike. */
const dashAt = (n: number): number => (n + Math.floor(n / categories.length)) % dashes.length;

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
}

function points(line: Line, x: Axis, y: Axis): Row[] {
  if (line.x.length !== line.y.length) {
    throw invalidArgument(
      `line ${JSON.stringify(line.name)}: expected as many x as y, got ${line.x.length} and ${line.y.length}`,
    );
  }
  const rows: Row[] = [];
  for (let i = 0; i < line.x.length; i++) {
    const [px, py] = [line.x[i] ?? null, line.y[i] ?? null];
    if (!fits(px, x) || !fits(py, y)) continue;
    const band = line.band && { low: line.band[0][i], high: line.band[1][i] };
    rows.push({ series: line.name, i, x: px, y: py, ...band });
  }
  return rows;
}

const fits = (value: number | null, axis: Axis): value is number =>
  value !== null && Number.isFinite(value) && (!axis.log || value > 0);

const within = (value: number, { domain }: Axis): boolean =>
  domain === undefined || (value >= Math.min(...domain) && value <= Math.max(...domain));

/** Title, scale and ticks of an axis as Vega-Lite wants them. */
export function axis(given: Axis): object {
  const { title, log, domain, values, labels } = requireOptions(given, AXIS_OPTIONS, 'axis');
  const scale = log
    ? { type: 'log', nice: false, ...(domain && { domain }) }
    : { zero: false, nice: domain === undefined, ...(domain && { domain }) };
  const named =
    values && labels && values.map((v, i) => `datum.value === ${v} ? ${JSON.stringify(labels[i] ?? '')} : `);
  const ticks = {
    // With a precision of its own: else the scale takes that of its step, and 10, 20, ... are written 1e+1, 2e+1.
    format: '.6~g',
    tickCount: 6,
    ...(values && { values }),
    ...(named && { labelExpr: `${named.join('')}''` }),
  };
  return { title, scale, axis: ticks };
}
