/** A sweep as tables: a row for each run, or for each group of runs with the spread over what is not grouped by. */
import { formatNumber } from '../../experiment/claims.js';
import type { Table } from '../../experiment/define.js';
import {
  checkMetrics,
  type EndedRun,
  endedRuns,
  groupRuns,
  lostRuns,
  metricNames,
  parameterOf,
  type Results,
  spreadOf,
  variedParameters,
} from '../plan/groups.js';

type Cell = number | string | null;

export const toCell = (value: unknown): Cell =>
  typeof value === 'number' || typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? null
      : JSON.stringify(value);

/**
 * A row for each run that has ended, in the order of the plan: what varies, the seed, the status (`completed`, `diverged`,
 * `failed`), every metric as it was measured, the seconds.
 */
export function runTable(all: Results): Table {
  const ended = endedRuns(all);
  const column = (of: (one: EndedRun) => unknown): Cell[] => ended.map((one) => toCell(of(one)));
  const columns = new Map<string, Cell[]>([['run', column(({ run }) => run.id)]]);
  for (const path of variedParameters(all))
    columns.set(
      path,
      column((one) => parameterOf(one, path)),
    );
  columns.set(
    'seed',
    column(({ run }) => run.seed),
  );
  columns.set(
    'status',
    column(({ result }) => result?.status ?? 'failed'),
  );
  for (const name of metricNames(all)) {
    const values = column(({ result }) =>
      result && Object.hasOwn(result.metrics, name) ? result.metrics[name] : undefined,
    );
    // A metric may have a parameter's name.
    columns.set(columns.has(name) ? `metric ${name}` : name, values);
  }
  columns.set(
    'seconds',
    column(({ result }) => result?.seconds),
  );
  return { id: 'runs', title: 'Runs', columns: Object.fromEntries(columns) };
}

/**
 * A row for each group: its values, how many runs, how many of them diverged or failed; of each metric median and quartiles
 * with lost runs counted as the worst (`null` where that makes them infinite), and how many runs have a value of their own.
 * `max` names metrics of which larger is better.
 */
export function groupTable(
  all: Results,
  by: readonly string[],
  metrics: readonly string[],
  max: readonly string[] = [],
): Table {
  checkMetrics(all, [...metrics, ...max]);
  const groups = groupRuns(all, by);
  const lost = groups.map(lostRuns);
  const columns = new Map<string, Cell[]>();
  for (const [i, path] of by.entries())
    columns.set(
      path,
      groups.map(({ key }) => toCell(key[i])),
    );
  columns.set(
    'runs',
    groups.map(({ runs }) => runs.length),
  );
  columns.set(
    'diverged',
    lost.map(({ diverged }) => diverged),
  );
  columns.set(
    'failed',
    lost.map(({ failed }) => failed),
  );
  for (const name of metrics) {
    const spreads = groups.map((group) => spreadOf(group, name, { max: max.includes(name) }));
    const finite = (v: number): number | null => (Number.isFinite(v) ? v : null);
    columns.set(
      `${name}, median`,
      spreads.map(({ median }) => finite(median)),
    );
    columns.set(
      `${name}, lower quartile`,
      spreads.map(({ lowerQuartile }) => finite(lowerQuartile)),
    );
    columns.set(
      `${name}, upper quartile`,
      spreads.map(({ upperQuartile }) => finite(upperQuartile)),
    );
    columns.set(
      `${name}, values`,
      spreads.map(({ values }) => values),
    );
  }
  const title = `Median and quartiles by ${by.join(', ') || 'nothing'}`;
  return { id: 'groups', title, columns: Object.fromEntries(columns) };
}

/**
 * {@link groupTable} to read: a header, then for each group its parameters, its runs, the share that diverged or failed
 * (where any did), and each metric in one cell: `3 (2 to 4)`, `3 (2 to infinite), 6 of 8` where two runs have no value.
 */
export function groupRows({ columns }: Table, by: readonly string[], metrics: readonly string[]): string[][] {
  const at = (name: string, i: number): number | null => {
    const cell = columns[name]?.[i];
    return typeof cell === 'number' ? cell : null;
  };
  const lost = ['diverged', 'failed'].filter((name) => columns[name]?.some((cell) => cell !== 0));
  const rows = (columns.runs ?? []).map((_, i) => {
    const runs = at('runs', i) ?? 0;
    const spreadIn = (metric: string): string => {
      const values = at(`${metric}, values`, i);
      if (values === null || values === 0) return '-';
      const [median = '', low = '', high = ''] = ['median', 'lower quartile', 'upper quartile'].map((of) => {
        const number = at(`${metric}, ${of}`, i);
        return number === null ? 'infinite' : formatNumber(number);
      });
      const middle = low === high ? median : `${median} (${low} to ${high})`;
      return values === runs ? middle : `${middle}, ${values} of ${runs}`;
    };
    const fixed = [...by, 'runs'].map((name) => {
      const cell = columns[name]?.[i];
      return typeof cell === 'number' ? formatNumber(cell) : (cell ?? '-');
    });
    return [...fixed, ...lost.map((name) => `${at(name, i) ?? 0} of ${runs}`), ...metrics.map(spreadIn)];
  });
  return [[...by, 'runs', ...lost, ...metrics], ...rows];
}

/** The table as Apache Parquet: numbers as DOUBLE, anything else as text, `null` where there is no value. */
export async function encodeParquet({ columns }: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('./parquet-writer.js');
  const columnData = Object.entries(columns).map(([name, cells]) => {
    const numbers = cells.every((cell) => cell === null || typeof cell === 'number');
    const data = numbers ? [...cells] : cells.map((cell) => (cell === null ? null : String(cell)));
    return { name, data, type: numbers ? ('DOUBLE' as const) : ('STRING' as const), nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
