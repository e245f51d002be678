/** Two sweeps side by side: each configuration that both have, and the best of either. */
import type { Table } from '../../experiment/define.js';
import { checkMetrics, groupRuns, type Results, spreadOf, variedParameters } from '../plan/groups.js';
import { canonical } from '../plan/plan.js';
import { toCell } from './table.js';

/**
 * A row for each configuration that has ended in both: its parameters, the medians of `metric` there and here, and the ratio
 * of the second to the first. Configurations are told by the parameters that vary in both.
 * @throws `INVALID_ARGUMENT` for a metric that one of them has not
 */
export function compareSweeps(first: Results, second: Results, metric: string, max = false): Table {
  for (const all of [first, second]) checkMetrics(all, [metric]);
  const others = variedParameters(second);
  const by = variedParameters(first).filter((path) => others.includes(path));
  const medians = (all: Results): Map<string, { key: unknown[]; median: number }> =>
    new Map(
      groupRuns(all, by).map((group) => [
        canonical(group.key),
        { key: group.key, median: spreadOf(group, metric, { max }).median },
      ]),
    );
  const [a, b] = [medians(first), medians(second)];
  const both = [...a].filter(([name]) => b.has(name));
  const finite = (v: number): number | null => (Number.isFinite(v) ? v : null);
  return {
    id: 'comparison',
    title: `${metric} of two sweeps`,
    columns: Object.fromEntries([
      ...by.map((path, i): [string, (string | number | null)[]] => [path, both.map(([, { key }]) => toCell(key[i]))]),
      ['first', both.map(([, { median }]) => finite(median))],
      ['second', both.map(([name]) => finite(b.get(name)?.median ?? Number.NaN))],
      ['ratio', both.map(([name, { median }]) => finite((b.get(name)?.median ?? Number.NaN) / median))],
    ]),
  };
}
