/** A sweep as it stands: how far it is, its runs, and what its parameters do to a metric. */
import { spearman, spread } from '../../experiment/seeds.js';
import { openSweep, standing } from '../../sweeps/folder/open.js';
import { metricNames, type Results, variedParameters } from '../../sweeps/plan/groups.js';
import { runTable } from '../../sweeps/results/table.js';

/** Rows that a page draws. */
const MOST_ROWS = 2000;

export interface SweepSeen {
  title: string;
  total: number;
  done: number;
  failed: number;
  /** Runs a second over the last ones, and the seconds that are left at this rate. */
  rate?: number;
  left?: number;
  parameters: string[];
  metrics: string[];
  metric?: string;
  columns: Record<string, readonly unknown[]>;
  /** By parameter: median and quartiles of the metric at each of its values. */
  medians: Record<string, { value: unknown; count: number; median: number; low: number; high: number }[]>;
  /** By parameter: `|Spearman's rho|` with the metric for numbers, the share of its variance between values for others. */
  importance: Record<string, number>;
}

/** @throws `IO` where the folder is no sweep */
export async function sweepAt(folder: string, asked: string | null): Promise<SweepSeen> {
  const opened = await openSweep(folder);
  const found = await standing(opened);
  const all: Results = { runs: opened.runs, results: found.results, failures: found.failures };
  const parameters = variedParameters(all);
  const metrics = metricNames(all);
  const metric = asked !== null && metrics.includes(asked) ? asked : metrics[0];
  const { columns } = runTable(all);
  const seen: SweepSeen = {
    title: opened.subject.experiment.title,
    total: opened.runs.length,
    done: found.results.size,
    failed: found.failures.size,
    ...rateOf(
      [...found.results.values()].map(({ finished }) => Date.parse(finished)),
      found.missing.length,
    ),
    parameters,
    metrics,
    ...(metric !== undefined && { metric }),
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, list]) => [name, Array.from(list).slice(0, MOST_ROWS)]),
    ),
    medians: {},
    importance: {},
  };
  const values = metric === undefined ? [] : Array.from(columns[metric] ?? []);
  for (const path of parameters) {
    const rows = Array.from(columns[path] ?? [])
      .map((value, i) => ({ value, measured: values[i] }))
      .filter((row): row is { value: typeof row.value; measured: number } => typeof row.measured === 'number');
    const groups = byValue(rows);
    seen.medians[path] = [...groups].map(([key, list]) => {
      const { median, lowerQuartile: low, upperQuartile: high } = spread(list.map(({ measured }) => measured));
      return { value: JSON.parse(key), count: list.length, median, low, high };
    });
    if (groups.size > 1) seen.importance[path] = importance(rows);
  }
  return seen;
}

function rateOf(ends: number[], missing: number): { rate?: number; left?: number } {
  // Of the last minutes: what was done before a pause says nothing of now.
  const sorted = ends.sort((a, b) => a - b).slice(-50);
  if (sorted.length < 3 || missing === 0) return {};
  const rate = (sorted.length - 1) / Math.max(0.001, (sorted.at(-1)! - sorted[0]!) / 1000);
  return { rate, left: missing / rate };
}

function importance(rows: { value: unknown; measured: number }[]): number {
  const measured = rows.map((row) => row.measured);
  const numbers = rows.map(({ value }) => value).filter((value) => typeof value === 'number');
  if (numbers.length === rows.length) return Math.abs(spearman(numbers, measured));
  const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const middle = mean(measured);
  const squares = (list: number[]) => list.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const groups = byValue(rows);
  const between = [...groups.values()].reduce(
    (sum, list) => sum + list.length * (mean(list.map((row) => row.measured)) - middle) ** 2,
    0,
  );
  return between / squares(measured);
}

function byValue<R extends { value: unknown }>(rows: R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.value);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
