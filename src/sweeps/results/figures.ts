/**
 * Figures over a sweep's parameters: a metric's median with its quartiles as lines, or its median as a heat map. Runs
 * that are lost count as the worst (see `groups`): where that makes a median infinite, a line goes to the frame's edge.
 */
import { invalidArgument } from '../../core/errors.js';
import { formatNumber } from '../../experiment/claims.js';
import type { Figure } from '../../figures/figure.js';
import { heatmapFigure } from '../../figures/heatmap.js';
import { lineFigure } from '../../figures/lines.js';
import { checkMetrics, type Group, groupRuns, lostRuns, type Results, spreadOf } from '../plan/groups.js';
import { toCell } from './table.js';

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

/** What `sweepLines` draws. */
export interface SweepLines {
  /** A parameter. */
  x: string;
  /** A metric. */
  y: string;
  /** A parameter each of whose values has a line. */
  by?: string;
  /** Whether a larger metric is better: lost runs count as the worst. Default false. */
  max?: boolean;
}

/**
 * The metric `y` over the parameter `x`: the median over the runs that agree in it, with its quartiles as a band, or as bars
 * where `x` has no order; a line for each value of `by`, where that is given.
 */
export function sweepLines(all: Results, { x, y: metric, by, max = false }: SweepLines): Figure {
  checkMetrics(all, [metric]);
  const groups = groupRuns(all, by === undefined ? [x] : [x, by])
    .map((group) => ({ group, spread: spreadOf(group, metric, { max }) }))
    .filter(({ spread }) => spread.count > 0);
  const medians = groups.map(({ spread }) => spread.median).filter(Number.isFinite);
  if (medians.length === 0) throw noMedian(metric, groups.length);
  const scale = scaleOf(
    x,
    groups.map(({ group }) => group.key[0]),
  );
  const edges = groups.flatMap(({ spread: s }) => [s.lowerQuartile, s.median, s.upperQuartile]);
  const log = spansDecades(medians) && edges.every((v) => v > 0);
  const domain = edges.every(Number.isFinite) ? undefined : around(edges.filter(Number.isFinite), log);
  // What is infinite stands on the edge of the frame.
  const shown = (v: number): number => (domain ? Math.min(domain[1], Math.max(domain[0], v)) : v);
  const nameOf = (group: Group): string => (by === undefined ? metric : `${by} = ${toCell(group.key[1])}`);
  const names = [...new Set(groups.map(({ group }) => nameOf(group)))];
  const lines = names.map((name, place) => {
    // Bars of several lines stand beside each other.
    const aside = scale.numeric ? 0 : (place - (names.length - 1) / 2) * Math.min(0.12, 0.6 / names.length);
    const points = groups
      .filter(({ group }) => nameOf(group) === name)
      .map(({ group, spread }) => ({ x: scale.at.get(key(group.key[0])) ?? 0, s: spread }))
      .sort((a, b) => a.x - b.x);
    return {
      name,
      x: points.map((p) => p.x + aside),
      y: points.map((p) => shown(p.s.median)),
      band: [points.map((p) => shown(p.s.lowerQuartile)), points.map((p) => shown(p.s.upperQuartile))] as const,
      mark: scale.numeric && points.length > 1 ? ('both' as const) : ('points' as const),
    };
  });
  const lost = describeLost(
    groups.map(({ group }) => group),
    by === undefined ? [x] : [x, by],
  );
  const edge = `at the ${max ? 'lower' : 'upper'} edge half of the runs or more are lost`;
  const figure = lineFigure({
    id: slug(`${metric}-over-${x}${by === undefined ? '' : `-by-${by}`}`),
    title: `${metric} over ${x}`,
    caption: `Median of ${metric} over the runs that agree in ${x}${by === undefined ? '' : ` and ${by}`}; the ${scale.numeric ? 'band' : 'bar'} holds the middle half of them.${lost}`,
    x: { ...scale.axis, ...(scale.domain && { domain: scale.domain }) },
    y: { title: metric, ...(log && { log }), ...(domain && { domain }) },
    lines,
  });
  return medians.length < groups.length ? subtitled(figure, edge) : figure;
}

/** What `sweepHeatmap` draws. */
export interface SweepHeatmap {
  /** Two parameters. */
  x: string;
  y: string;
  /** A metric. */
  color: string;
  /** Whether a larger metric is better: lost runs count as the worst. Default false. */
  max?: boolean;
}

/** The median of `color` for every pair of `x` and `y`; a pair of which half of the runs or more are lost is left white. */
export function sweepHeatmap(all: Results, { x, y, color, max = false }: SweepHeatmap): Figure {
  checkMetrics(all, [color]);
  const groups = groupRuns(all, [x, y]);
  const columns = scaleOf(
    x,
    groups.map((group) => group.key[0]),
  );
  const rows = scaleOf(
    y,
    groups.map((group) => group.key[1]),
  );
  const [xs, ys] = [positions(columns), positions(rows)];
  const data = new Float64Array(xs.length * ys.length).fill(Number.NaN);
  for (const group of groups) {
    const [i, j] = [columns.at.get(key(group.key[0])) ?? 0, rows.at.get(key(group.key[1])) ?? 0];
    const { median } = spreadOf(group, color, { max });
    if (Number.isFinite(median)) data[ys.indexOf(j) * xs.length + xs.indexOf(i)] = median;
  }
  const seen = [...data].filter(Number.isFinite);
  if (seen.length === 0) throw noMedian(color, groups.length);
  const log = spansDecades(seen);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const figure = heatmapFigure({
    id: slug(`${color}-over-${x}-and-${y}`),
    title: `${color} over ${x} and ${y}`,
    caption: `Median of ${color} over the runs that agree in ${x} and ${y}.${describeLost(groups, [x, y])}`,
    values: { data, shape: [ys.length, xs.length] },
    x: { ...columns.axis, at: xs },
    y: { ...rows.axis, at: ys },
    color: { title: color, range: low < high ? [low, high] : [low, low + Math.abs(low || 1)], ...(log && { log }) },
  });
  const white = groups.some((group) => spreadOf(group, color, { max }).count > 0 && !medianOf(group, color, max));
  return white ? subtitled(figure, 'white: half of the runs or more are lost') : figure;
}

const medianOf = (group: Group, metric: string, max: boolean): boolean =>
  Number.isFinite(spreadOf(group, metric, { max }).median);

const positions = (scale: Scale): number[] => [...scale.at.values()].sort((a, b) => a - b);

const noMedian = (metric: string, groups: number) =>
  invalidArgument(
    groups === 0
      ? `${metric}: no run has a value`
      : `${metric}: there is no median to draw: of every setting half of the runs or more diverged, failed or have no value`,
  );

/** ` Lost: 7 of 8 runs at width = 5 (7 diverged), ...` for a caption, the settings with the most first. */
function describeLost(groups: readonly Group[], by: readonly string[]): string {
  const entries = groups
    .map((group) => ({ group, ...lostRuns(group) }))
    .filter(({ diverged, failed }) => diverged + failed > 0)
    .sort((a, b) => share(b) - share(a))
    .map(({ group, diverged, failed }) => {
      const point = by.map((path, i) => `${path} = ${toCell(group.key[i])}`).join(', ');
      const kinds = [diverged > 0 && `${diverged} diverged`, failed > 0 && `${failed} failed`].filter(Boolean);
      return `${kinds.join(' and ')} of ${group.runs.length} at ${point}`;
    });
  if (entries.length === 0) return '';
  const more = entries.length > 8 ? `; and at ${entries.length - 8} more settings` : '';
  return ` Lost runs count as the worst: ${entries.slice(0, 8).join('; ')}${more}.`;
}

const share = ({ group, diverged, failed }: { group: Group; diverged: number; failed: number }): number =>
  (diverged + failed) / group.runs.length;

/** The figure with a line below its title. */
function subtitled(figure: Figure, subtitle: string): Figure {
  return { ...figure, spec: { ...figure.spec, title: { text: figure.title, subtitle } } };
}

/** The ends of an axis with a tenth of room on both sides. */
function around(values: readonly number[], log: boolean): [number, number] {
  const [to, from] = log ? [Math.log, Math.exp] : [(v: number) => v, (v: number) => v];
  const [low, high] = [Math.min(...values.map(to)), Math.max(...values.map(to))];
  const room = 0.1 * (high > low ? high - low : Math.abs(high) || 1);
  return [from(low - room), from(high + room)];
}

const spansDecades = (values: readonly number[]): boolean =>
  values.length > 1 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 30;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
