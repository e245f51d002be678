/** Runs that can be told from their results only: what the folder holds, whatever was planned. */
import { canonical, type PlannedRun } from '../plan/plan.js';
import type { SweepResult } from './store.js';

/** Runs as their results tell of them: the points hold every parameter, and the state of the code, that varies among them. */
export function runsOf(results: readonly SweepResult[]): PlannedRun[] {
  const flat = results.map(({ experiment, preset, version, simd, code, parameters }) => {
    const named = { experiment, preset, version, simd, code: code?.slice(0, 8) };
    return new Map<string, unknown>([...Object.entries(named), ...leaves(parameters, '')]);
  });
  const paths = new Set(flat.flatMap((values) => [...values.keys()]));
  const varied = [...paths].filter((path) => {
    const first = canonical(flat[0]?.get(path) ?? null);
    return flat.some((values) => canonical(values.get(path) ?? null) !== first);
  });
  const runs = results.map(({ id, seed }, i) => {
    const known = varied.filter((path) => flat[i]?.get(path) !== undefined);
    const point = Object.fromEntries(known.map((path) => [path, flat[i]?.get(path)]));
    return { id, seed, settings: {}, point };
  });
  // Their files are in the order of their ids, which says nothing.
  return runs.sort((a, b) => {
    for (const path of varied) {
      const order = compare(a.point[path], b.point[path]);
      if (order !== 0) return order;
    }
    return a.seed - b.seed;
  });
}

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [canonical(a ?? null), canonical(b ?? null)];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** Parameters by dotted path; lists are values. */
function leaves(value: object, before: string): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner, `${before}${name}.`)
      : [[`${before}${name}`, inner] as [string, unknown]],
  );
}
