/** A result of a sweep as other tools show it. */
import { parseCsv } from '../../core/csv.js';
import type { SweepResult } from '../folder/store.js';
import { describePoint, type PlannedRun, valueAt } from '../plan/plan.js';

/** A result as others show it. */
export interface Tracked {
  id: string;
  /** What a reader knows it by: `width = 50, seed 3`. */
  name: string;
  /** Its group: the sweep's experiment. */
  experiment: string;
  status: SweepResult['status'];
  /** Parameters by dotted path, those in which runs differ first. */
  parameters: [name: string, value: string][];
  /** Numbers by step, of the result's tables that have steps, and the final ones at the last step. */
  series: { name: string; steps: number[]; values: number[] }[];
  /** Milliseconds since 1970. */
  begun: number;
  ended: number;
}

/** Takes results; a result that it has already stays as it is. */
export interface Tracker {
  /** @throws what keeps it from being shown, which is no failure of the run */
  track(result: Tracked): Promise<void>;
}

/** A result of a sweep in the form that trackers take. */
export function trackedOf({ point, seed }: PlannedRun, result: SweepResult): Tracked {
  const ended = Date.parse(result.finished);
  const varied = Object.keys(point);
  const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
  const others = leaves(result.parameters, '').filter(([path]) => !varied.includes(path));
  const series = Object.values(result.tables).flatMap(seriesOf);
  const last = Math.max(0, ...series.flatMap(({ steps }) => steps.at(-1) ?? 0));
  const names = new Set(series.map(({ name }) => name));
  return {
    id: result.id,
    name: varied.length > 0 ? `${describePoint(point)}, seed ${seed}` : `seed ${seed}`,
    experiment: result.experiment,
    status: result.status,
    parameters: [
      ...varied.map((path): [string, string] => [path, shown(point[path] ?? valueAt(result.parameters, path))]),
      ['seed', String(seed)],
      ...others.map(([path, value]): [string, string] => [path, shown(value)]),
    ],
    series: [
      ...series,
      ...Object.entries(result.metrics).flatMap(([name, value]) =>
        value === null ? [] : [{ name: names.has(name) ? `final ${name}` : name, steps: [last], values: [value] }],
      ),
    ],
    begun: ended - Math.round(result.seconds * 1000),
    ended,
  };
}

/** The columns of a table in CSV whose first is `step`. */
function seriesOf(csv: string): Tracked['series'] {
  const [names = [], ...rows] = parseCsv(csv);
  if (names[0] !== 'step') return [];
  return names.slice(1).map((name, i) => {
    const kept = rows.filter((row) => row[i + 1] !== '' && Number.isFinite(Number(row[i + 1])));
    return { name, steps: kept.map(([step]) => Number(step)), values: kept.map((row) => Number(row[i + 1])) };
  });
}

function leaves(value: object, before: string): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner, `${before}${name}.`)
      : [[`${before}${name}`, inner] as [string, unknown]],
  );
}
