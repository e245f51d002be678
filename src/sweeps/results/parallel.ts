/** Parallel coordinates: an axis for each parameter and one for the metric, a line for each configuration. */
import { formatNumber } from '../../experiment/claims.js';
import type { Figure } from '../../figures/figure.js';
import { checkMetrics, groupRuns, type Results, spreadOf, variedParameters } from '../plan/groups.js';
import { toCell } from './table.js';

/** More lines than this are a surface; the best of them are shown. */
const mostLines = 400;

/** `undefined` where there are not two parameters or no median is finite. @throws `INVALID_ARGUMENT` for an unknown metric */
export function parallelFigure(all: Results, metric: string, max = false): Figure | undefined {
  checkMetrics(all, [metric]);
  const paths = variedParameters(all);
  const groups = groupRuns(all, paths)
    .map((group) => ({ key: group.key, median: spreadOf(group, metric, { max }).median }))
    .filter(({ median }) => Number.isFinite(median))
    .sort((a, b) => (max ? a.median - b.median : b.median - a.median))
    .slice(-mostLines);
  if (paths.length < 2 || groups.length < 2) return undefined;
  const axes = [...paths, metric];
  const columns = axes.map((_, i) => groups.map(({ key, median }) => (i < paths.length ? (key[i] ?? null) : median)));
  const places = columns.map(placesOf);
  // The best are drawn last, above the others.
  const lines = groups.flatMap((_, line) =>
    axes.map((axis, i) => ({ axis, line, at: places[i]?.at[line] ?? 0, rank: line / Math.max(groups.length - 1, 1) })),
  );
  const marks = axes.flatMap((axis, i) => (places[i]?.marks ?? []).map(({ at, text }) => ({ axis, at, text })));
  const x = {
    field: 'axis',
    type: 'nominal',
    sort: axes,
    title: null,
    axis: { labelAngle: 0, orient: 'top' },
  } as const;
  const y = { field: 'at', type: 'quantitative', axis: null, scale: { domain: [-0.02, 1.02] as number[] } } as const;
  return {
    id: `parallel-${metric.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    title: `${metric} by its parameters`,
    caption:
      `Each line is a configuration, from its parameters to the median of ${metric}; dark blue is worst, yellow best. ` +
      'Numbers over a decade or more stand on logarithmic axes.',
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      title: `${metric} by its parameters`,
      width: Math.max(420, 130 * axes.length),
      height: 300,
      layer: [
        {
          data: { values: lines },
          mark: { type: 'line', opacity: 0.6, strokeWidth: 1.5 },
          encoding: {
            x,
            y,
            detail: { field: 'line', type: 'nominal' },
            color: { field: 'rank', type: 'quantitative', legend: null, scale: { scheme: 'viridis' } },
          },
        },
        { data: { values: marks }, mark: { type: 'rule', color: '#888' }, encoding: { x } },
        {
          data: { values: marks },
          mark: { type: 'text', align: 'left', dx: 5, fontSize: 10, color: '#222', stroke: null },
          encoding: { x, y, text: { field: 'text' } },
        },
      ],
    },
  };
}

/** Where values stand on an axis from 0 to 1, and what is written there. */
function placesOf(values: readonly unknown[]): { at: number[]; marks: { at: number; text: string }[] } {
  const numbers = values.filter((value): value is number => typeof value === 'number');
  if (numbers.length < values.length) {
    const different = [...new Set(values.map((value) => String(toCell(value) ?? 'none')))];
    const place = (text: string): number => different.indexOf(text) / Math.max(different.length - 1, 1);
    return {
      at: values.map((value) => place(String(toCell(value) ?? 'none'))),
      marks: different.map((text) => ({ at: place(text), text })),
    };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const of = low > 0 && high / low >= 10 ? Math.log : (v: number): number => v;
  const span = of(high) - of(low) || 1;
  const place = (value: number): number => (of(value) - of(low)) / span;
  const different = [...new Set(numbers)].sort((a, b) => a - b);
  const shown = different.length <= 8 ? different : [low, different[Math.floor(different.length / 2)] ?? low, high];
  return { at: numbers.map(place), marks: shown.map((value) => ({ at: place(value), text: formatNumber(value) })) };
}
