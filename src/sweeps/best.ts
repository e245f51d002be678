/** The parameters that do best: by the median over what does not vary with them, the seeds. */
import { invalidArgument } from '../errors.js';
import type { Point } from './combinations.js';
import { checkMetrics, groupRuns, metricNames, type Results, spreadOf, variedParameters } from './table.js';

export interface BestGroup {
  point: Point;
  /** Runs with a value; a group whose runs have none is left out. */
  runs: number;
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
}

/** The `top` groups by the median of `metric` (default: the first), the smallest first, or the largest with `max`. */
export function bestGroups(
  all: Results,
  { metric = metricNames(all)[0], max = false, top = 1 }: { metric?: string; max?: boolean; top?: number } = {},
): { metric: string; groups: BestGroup[] } {
  if (metric === undefined) throw invalidArgument('best: there is no result with a metric yet');
  checkMetrics(all, [metric]);
  const by = variedParameters(all);
  const groups = groupRuns(all, by)
    .map((group) => {
      const { count, median, lowerQuartile, upperQuartile } = spreadOf(group, metric);
      // What only some runs have (momentum, where others have no such thing) is left out of the others' points.
      const named = by.map((path, i) => [path, group.key[i]] as const).filter(([, value]) => value !== null);
      const point = Object.fromEntries(named);
      return { point, runs: count, median, lowerQuartile, upperQuartile };
    })
    .filter(({ runs }) => runs > 0)
    .sort((a, b) => (max ? b.median - a.median : a.median - b.median));
  return { metric, groups: groups.slice(0, top) };
}
