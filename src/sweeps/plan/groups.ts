/**
 * Runs that agree in their parameters, and where a metric of theirs lies.
 *
 * A run that is lost counts against its parameters: one that diverged or failed has the worst value of every metric
 * (but of `diverged`, which says so itself), and so has a run that measured none (`null`: a level that was never
 * reached). The worst is +Infinity where smaller is better, -Infinity where larger is. Else parameters of which seven
 * runs of eight diverge would be judged by the eighth. Runs that are not done yet, and metrics that a run's experiment
 * does not have, count nowhere.
 */
import { invalidArgument } from '../../core/errors.js';
import { suggestion } from '../../core/nearest.js';
import { type Spread, spread } from '../../experiment/seeds.js';
import type { Failure, SweepResult } from '../folder/store.js';
import { canonical, type PlannedRun, valueAt } from './plan.js';

/** What the tables and figures of a sweep are made of. */
export interface Results {
  runs: readonly PlannedRun[];
  results: ReadonlyMap<string, SweepResult>;
  /** Runs that ended in an error, by id. Default: none. */
  failures?: ReadonlyMap<string, Failure>;
}

/** A run that has ended; without a result it failed. */
export interface EndedRun {
  run: PlannedRun;
  result?: SweepResult;
}

/** Runs that agree in the parameters grouped by. */
export interface Group {
  /** Their values, in the order of `by`; `null` where they have no such parameter. */
  key: unknown[];
  runs: EndedRun[];
}

/** Where a metric lies over a group. The median is infinite where half of the runs or more are lost. */
export interface MetricSpread extends Spread {
  /** Runs with a value of their own; `count` has those that count as the worst too. */
  values: number;
}

/** The runs that have ended, in the order of the plan. */
export const endedRuns = ({ runs, results, failures }: Results): EndedRun[] =>
  runs.flatMap((run) => {
    const result = results.get(run.id);
    if (result) return [{ run, result }];
    return failures?.has(run.id) ? [{ run }] : [];
  });

/** The parameters that take more than one value in the sweep, by path. */
export function variedParameters({ runs }: Pick<Results, 'runs'>): string[] {
  const paths = new Set(runs.flatMap(({ point }) => Object.keys(point)));
  return [...paths].filter((path) => new Set(runs.map(({ point }) => canonical(ownValue(point, path)))).size > 1);
}

/** Names of the metrics that some result has. */
export function metricNames({ results }: Pick<Results, 'results'>): string[] {
  return [...new Set([...results.values()].flatMap((result) => Object.keys(result.metrics)))];
}

/** @throws `INVALID_ARGUMENT` for a metric that no result has */
export function checkMetrics(all: Results, metrics: readonly string[]): void {
  const known = metricNames(all);
  const odd = metrics.find((name) => !known.includes(name));
  if (odd !== undefined) throw invalidArgument(`unknown metric ${JSON.stringify(odd)}: ${suggestion(odd, known)}`);
}

/** A parameter of a run, `seed` among them; of a run that failed, what was asked for. */
export function parameterOf({ run, result }: EndedRun, path: string): unknown {
  if (path === 'seed') return run.seed;
  return ownValue(run.point, path) ?? valueAt(result?.parameters ?? run.settings, path);
}

/** Groups in the order of the plan. @throws `INVALID_ARGUMENT` for a name that is no parameter */
export function groupRuns(all: Results, by: readonly string[]): Group[] {
  const ended = endedRuns(all);
  const common = by.map((path) => commonValue(all, ended, path));
  const groups = new Map<string, Group>();
  for (const one of ended) {
    const key = by.map((path, i) => parameterOf(one, path) ?? common[i] ?? null);
    const name = canonical(key);
    const group = groups.get(name) ?? { key, runs: [] };
    group.runs.push(one);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** What every result has at a path along which nothing varies: a run that failed would have had it too. */
function commonValue(all: Results, ended: readonly EndedRun[], path: string): unknown {
  if (path === 'seed' || all.runs.some(({ point }) => Object.hasOwn(point, path))) return undefined;
  const values = ended.map((one) => parameterOf(one, path)).filter((value) => value !== undefined);
  if (ended.length > 0 && values.length === 0) {
    throw invalidArgument(
      `unknown parameter ${JSON.stringify(path)}: ${suggestion(path, [...variedParameters(all), 'seed'])}`,
    );
  }
  return new Set(values.map(canonical)).size === 1 ? values[0] : undefined;
}

/** How many runs of a group diverged, and how many failed. */
export function lostRuns({ runs }: Group): { diverged: number; failed: number } {
  return {
    diverged: runs.filter(({ result }) => result?.status === 'diverged').length,
    failed: runs.filter(({ result }) => result === undefined).length,
  };
}

/** Median, quartiles and extremes of a metric over a group, lost runs counted as the worst (the largest, or with `max` the smallest). */
export function spreadOf({ runs }: Group, metric: string, { max = false } = {}): MetricSpread {
  const values = runs.flatMap(({ result }) => {
    const lost = result === undefined || result.status === 'diverged';
    if (lost && metric !== 'diverged') return [Number.POSITIVE_INFINITY];
    const value = result && Object.hasOwn(result.metrics, metric) ? result.metrics[metric] : undefined;
    if (value === undefined) return [];
    return [value === null ? Number.POSITIVE_INFINITY : max ? -value : value];
  });
  const own = values.filter(Number.isFinite).length;
  const { count, median, lowerQuartile, upperQuartile, min, max: largest } = spread(values);
  if (!max) return { count, median, lowerQuartile, upperQuartile, min, max: largest, values: own };
  return {
    count,
    median: -median,
    lowerQuartile: -upperQuartile,
    upperQuartile: -lowerQuartile,
    min: -largest,
    max: -min,
    values: own,
  };
}

const ownValue = (point: Record<string, unknown>, path: string): unknown =>
  Object.hasOwn(point, path) ? (point[path] ?? null) : undefined;
