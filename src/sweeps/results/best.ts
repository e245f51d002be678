/** The parameters that do best: by the median over what does not vary with them, the seeds; lost runs count against them. */
import { invalidArgument } from '../../core/errors.js';
import type { Point } from '../plan/combinations.js';
import {
  checkMetrics,
  endedRuns,
  groupRuns,
  lostRuns,
  metricNames,
  type Results,
  spreadOf,
  variedParameters,
} from '../plan/groups.js';

export interface BestGroup {
  point: Point;
  /** Runs that have ended. */
  runs: number;
  /** Runs that diverged, and that failed: each counts as the worst value. */
  diverged: number;
  failed: number;
  /** Infinite where half of the runs or more are lost (`null` in JSON). */
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
}

/**
 * The `top` groups by the median of `metric` (default: the first), the smallest first, or the largest with `max`; of
 * groups with equal medians the one with more runs that have a value. A run that diverged, failed or has no value counts as
 * the worst; a group none of whose runs has a value and none is lost has no such metric and is left out.
 */
export function bestGroups(
  results: Results,
  { metric = metricNames(results)[0], max = false, top = 1 }: { metric?: string; max?: boolean; top?: number } = {},
): { metric: string; groups: BestGroup[] } {
  const all = highestRung(results);
  if (metric === undefined) throw invalidArgument('best: there is no result with a metric yet');
  checkMetrics(all, [metric]);
  const by = variedParameters(results);
  const groups = groupRuns(all, by)
    .map((group) => {
      // What only some runs have (momentum, where others have no such thing) is left out of the others' points.
      const named = by.map((path, i) => [path, group.key[i]] as const).filter(([, value]) => value !== null);
      return { group, point: Object.fromEntries(named), spread: spreadOf(group, metric, { max }), ...lostRuns(group) };
    })
    .filter(({ spread, diverged, failed }) => spread.values + diverged + failed > 0)
    .sort((a, b) => order(a.spread.median, b.spread.median, max) || share(b) - share(a));
  return {
    metric,
    groups: groups.slice(0, top).map(({ group, point, spread, diverged, failed }) => {
      const { median, lowerQuartile, upperQuartile } = spread;
      return { point, runs: group.runs.length, diverged, failed, median, lowerQuartile, upperQuartile };
    }),
  };
}

/** With halving the runs of the largest budget that has ended: smaller ones compare with none of them. */
function highestRung(all: Results): Results {
  const rungs = endedRuns(all).map(({ run }) => run.rung ?? 0);
  const highest = rungs.reduce((most, rung) => Math.max(most, rung), 0);
  return highest === 0 ? all : { ...all, runs: all.runs.filter(({ rung = 0 }) => rung === highest) };
}

const order = (a: number, b: number, max: boolean): number => (a === b ? 0 : a < b === max ? 1 : -1);

const share = ({ spread, group }: { spread: { values: number }; group: { runs: readonly unknown[] } }): number =>
  spread.values / group.runs.length;
