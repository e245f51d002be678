/** Figures over a sweep's parameters: a metric's median with its quartiles as lines, or its median as a heat map. */
import { invalidArgument } from '../errors.js';
import { formatNumber } from '../experiment/claims.js';
import type { Figure } from '../figures/figure.js';
import { heatmapFigure } from '../figures/heatmap.js';
import { lineFigure } from '../figures/lines.js';
import { checkMetrics, groupRuns, type Results, spreadOf, toCell } from './table.js';

/** Values on an axis: numbers where they stand, anything else at 1, 2, ... under its name. */
interface Scale {
  at: Map<string, number>;
  numeric: boolean;
  /** With room on both sides, so that no point stands on the frame. */
  domain?: [number, number];
  axis: { title: string; log?: boolean; values?: number[]; labels?: string[] };
}

const key = (value: unknown): string => JSON.stringify(value ?? null);

function scaleOf(title: string, values: readonly unknown[]): Scale {
  const different = [...new Map(values.map((value) => [key(value), value])).values()];
  if (different.every((value): value is number => typeof value === 'number')) {
    const sorted = [...different].sort((a, b) => a - b);
    const [low = 1, high = 1] = [sorted[0], sorted.at(-1)];
    const log = low > 0 && high / low >= 10;
    // Few values are marked themselves; many as the axis sees fit.
    const marks = sorted.length <= 12 && { values: sorted, labels: sorted.map((value) => formatNumber(value)) };
    const room = 0.03 * (log ? Math.log(high / low) : high - low);
    const domain: [number, number] = log ? [low / Math.exp(room), high * Math.exp(room)] : [low - room, high + room];
    return {
      at: new Map(sorted.map((value) => [key(value), value])),
      numeric: true,
      ...(low < high && { domain }),
      axis: { title, ...(log && { log }), ...marks },
    };
  }
  const places = different.map((_, i) => i + 1);
  return {
    at: new Map(different.map((value, i) => [key(value), i + 1])),
    numeric: false,
    domain: [0.5, different.length + 0.5],
    axis: { title, values: places, labels: different.map((value) => String(toCell(value) ?? 'none')) },
  };
}

/**
 * `metric` over the parameter `x`: the median over the runs that agree in it, with its quartiles as a band, or as bars
 * where `x` has no order; a line for each value of `by`, where that is given.
 */
export function sweepLines(all: Results, { x, y: metric, by }: { x: string; y: string; by?: string }): Figure {
  checkMetrics(all, [metric]);
  const groups = groupRuns(all, by === undefined ? [x] : [x, by]).filter((group) => spreadOf(group, metric).count > 0);
  if (groups.length === 0) throw invalidArgument(`${metric}: no run has a value`);
  const scale = scaleOf(
    x,
    groups.map((group) => group.key[0]),
  );
  const names = [...new Set(groups.map((group) => (by === undefined ? metric : `${by} = ${toCell(group.key[1])}`)))];
  const lines = names.map((name, place) => {
    // Bars of several lines stand beside each other.
    const aside = scale.numeric ? 0 : (place - (names.length - 1) / 2) * Math.min(0.12, 0.6 / names.length);
    const points = groups
      .filter((group) => by === undefined || `${by} = ${toCell(group.key[1])}` === name)
      .map((group) => ({ x: scale.at.get(key(group.key[0]))!, s: spreadOf(group, metric) }))
      .sort((a, b) => a.x - b.x);
    return {
      name,
      x: points.map((p) => p.x + aside),
      y: points.map((p) => p.s.median),
      band: [points.map((p) => p.s.lowerQuartile), points.map((p) => p.s.upperQuartile)] as const,
      mark: scale.numeric && points.length > 1 ? ('both' as const) : ('points' as const),
    };
  });
  return lineFigure({
    id: slug(`${metric}-over-${x}${by === undefined ? '' : `-by-${by}`}`),
    title: `${metric} over ${x}`,
    caption: `Median of ${metric} over the runs that agree in ${x}${by === undefined ? '' : ` and ${by}`}; the ${scale.numeric ? 'band' : 'bar'} holds the middle half of them.`,
    x: { ...scale.axis, ...(scale.domain && { domain: scale.domain }) },
    y: { title: metric, ...(spansDecades(lines.flatMap((line) => line.y)) && { log: true }) },
    lines,
  });
}

/** The median of `color` for every pair of `x` and `y`. */
export function sweepHeatmap(all: Results, { x, y, color }: { x: string; y: string; color: string }): Figure {
  checkMetrics(all, [color]);
  const groups = groupRuns(all, [x, y]);
  const [columns, rows] = [0, 1].map((i) =>
    scaleOf(
      [x, y][i]!,
      groups.map((group) => group.key[i]),
    ),
  ) as [Scale, Scale];
  const [xs, ys] = [columns, rows].map((scale) => [...scale.at.values()].sort((a, b) => a - b)) as [number[], number[]];
  const data = new Float64Array(xs.length * ys.length).fill(Number.NaN);
  for (const group of groups) {
    const [i, j] = [columns, rows].map((scale, d) => scale.at.get(key(group.key[d]))!) as [number, number];
    const { count, median } = spreadOf(group, color);
    if (count > 0) data[ys.indexOf(j) * xs.length + xs.indexOf(i)] = median;
  }
  const seen = [...data].filter(Number.isFinite);
  if (seen.length === 0) throw invalidArgument(`${color}: no run has a value`);
  const log = spansDecades(seen);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  return heatmapFigure({
    id: slug(`${color}-over-${x}-and-${y}`),
    title: `${color} over ${x} and ${y}`,
    caption: `Median of ${color} over the runs that agree in ${x} and ${y}.`,
    values: { data, shape: [ys.length, xs.length] },
    x: { ...columns.axis, at: xs },
    y: { ...rows.axis, at: ys },
    color: { title: color, range: low < high ? [low, high] : [low, low + Math.abs(low || 1)], ...(log && { log }) },
  });
}

const spansDecades = (values: readonly number[]): boolean =>
  values.length > 1 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 30;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
