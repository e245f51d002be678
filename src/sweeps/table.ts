/** A sweep as tables: a row for each run, or for each group of runs with the spread over what is not grouped by. */
import { invalidArgument } from '../errors.js';
import { formatNumber } from '../experiment/claims.js';
import type { Table } from '../experiment/define.js';
import { type Spread, spread } from '../experiment/seeds.js';
import { suggestion } from '../nearest.js';
import { canonical, type PlannedRun, valueAt } from './plan.js';
import type { SweepResult } from './store.js';

type Cell = number | string | null;

/** What the tables and figures of a sweep are made of. */
export interface Results {
  runs: readonly PlannedRun[];
  results: ReadonlyMap<string, SweepResult>;
}

/** The parameters that take more than one value in the sweep, by path. */
export function variedParameters({ runs }: Pick<Results, 'runs'>): string[] {
  const values = new Map<string, Set<string>>();
  const paths = new Set(runs.flatMap(({ point }) => Object.keys(point)));
  for (const path of paths) values.set(path, new Set(runs.map(({ point }) => canonical(point[path] ?? null))));
  return [...paths].filter((path) => values.get(path)!.size > 1);
}

/** Names of the metrics that some result has. */
export function metricNames({ results }: Pick<Results, 'results'>): string[] {
  return [...new Set([...results.values()].flatMap((result) => Object.keys(result.metrics)))];
}

/** A parameter of a run, `seed` among them. */
export const parameterOf = (run: PlannedRun, result: SweepResult, path: string): unknown =>
  path === 'seed' ? result.seed : (run.point[path] ?? valueAt(result.parameters, path));

export const toCell = (value: unknown): Cell =>
  typeof value === 'number' || typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? null
      : JSON.stringify(value);

/** A row for each result, in the order of the plan: what varies, the seed, the status, every metric, the seconds. */
export function runTable(all: Results): Table {
  const done = pairs(all);
  const column = (of: (run: PlannedRun, result: SweepResult) => unknown): Cell[] =>
    done.map(([run, result]) => toCell(of(run, result)));
  const columns: Record<string, Cell[]> = { run: column((run) => run.id) };
  for (const path of variedParameters(all)) columns[path] = column((run, result) => parameterOf(run, result, path));
  columns.seed = column((run) => run.seed);
  columns.status = column((_, result) => result.status);
  // A metric may have a parameter's name.
  for (const name of metricNames(all))
    columns[name in columns ? `metric ${name}` : name] = column((_, result) => result.metrics[name]);
  columns.seconds = column((_, result) => result.seconds);
  return { id: 'runs', title: 'Runs', columns };
}

/** Runs that agree in the parameters grouped by. */
export interface Group {
  /** Their values, in the order of `by`. */
  key: unknown[];
  runs: [PlannedRun, SweepResult][];
}

/** Groups in the order of the plan. @throws `INVALID_ARGUMENT` for a name that is no parameter */
export function groupRuns(all: Results, by: readonly string[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [run, result] of pairs(all)) {
    const key = by.map((path) => {
      const value = parameterOf(run, result, path);
      if (value === undefined && !all.runs.some(({ point }) => path in point)) {
        throw invalidArgument(
          `unknown parameter ${JSON.stringify(path)}: ${suggestion(path, [...variedParameters(all), 'seed'])}`,
        );
      }
      return value ?? null;
    });
    const name = canonical(key);
    const group = groups.get(name) ?? { key, runs: [] };
    group.runs.push([run, result]);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** Five numbers of a metric over a group; runs without a value are left out, `count` tells. */
export const spreadOf = ({ runs }: Group, metric: string): Spread =>
  spread(runs.map(([, { metrics }]) => metrics[metric]).filter((v): v is number => v !== null && v !== undefined));

/** A row for each group: its values, how many runs; of each metric median and quartiles, and how many runs have it. */
export function groupTable(all: Results, by: readonly string[], metrics: readonly string[]): Table {
  checkMetrics(all, metrics);
  const groups = groupRuns(all, by);
  const columns: Record<string, Cell[]> = {};
  for (const [i, path] of by.entries()) columns[path] = groups.map(({ key }) => toCell(key[i]));
  columns.runs = groups.map(({ runs }) => runs.length);
  for (const name of metrics) {
    const spreads = groups.map((group) => spreadOf(group, name));
    const values = (field: keyof Spread) => spreads.map((s) => (s.count > 0 ? s[field] : null));
    columns[`${name}, median`] = values('median');
    columns[`${name}, lower quartile`] = values('lowerQuartile');
    columns[`${name}, upper quartile`] = values('upperQuartile');
    columns[`${name}, values`] = spreads.map((s) => s.count);
  }
  return { id: 'groups', title: `Median and quartiles by ${by.join(', ') || 'nothing'}`, columns };
}

/** {@link groupTable} to read: a header, then for each group its parameters, runs, and metrics in one cell each. */
export function groupRows({ columns }: Table, by: readonly string[], metrics: readonly string[]): string[][] {
  const rows = columns.runs!.map((runs, i) => {
    const number = (name: string): number | null => (columns[name]![i] ?? null) as number | null;
    const spreadIn = (metric: string): string => {
      const values = number(`${metric}, values`)!;
      if (values === 0) return '-';
      const [median, low, high] = ['median', 'lower quartile', 'upper quartile'].map((of) =>
        formatNumber(number(`${metric}, ${of}`)),
      );
      const middle = low === high ? median! : `${median} (${low} to ${high})`;
      return values === runs ? middle : `${middle}, ${values} of ${runs}`;
    };
    const fixed = [...by, 'runs'].map((name) => {
      const cell = columns[name]![i];
      return typeof cell === 'number' ? formatNumber(cell) : (cell ?? '-');
    });
    return [...fixed, ...metrics.map(spreadIn)];
  });
  return [[...by, 'runs', ...metrics], ...rows];
}

/** @throws `INVALID_ARGUMENT` for a metric that no result has */
export function checkMetrics(all: Results, metrics: readonly string[]): void {
  const known = metricNames(all);
  const odd = metrics.find((name) => !known.includes(name));
  if (odd !== undefined) throw invalidArgument(`unknown metric ${JSON.stringify(odd)}: ${suggestion(odd, known)}`);
}

const pairs = ({ runs, results }: Results): [PlannedRun, SweepResult][] =>
  runs.flatMap((run) => {
    const result = results.get(run.id);
    return result ? [[run, result] as [PlannedRun, SweepResult]] : [];
  });

/** The table as Apache Parquet: numbers as DOUBLE, anything else as text, `null` where there is no value. */
export async function encodeParquet({ columns }: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = Object.entries(columns).map(([name, cells]) => {
    const numbers = cells.every((cell) => cell === null || typeof cell === 'number');
    const data = numbers ? [...cells] : cells.map((cell) => (cell === null ? null : String(cell)));
    return { name, data, type: numbers ? ('DOUBLE' as const) : ('STRING' as const), nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
