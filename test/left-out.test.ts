/**
 * What has to be given is asked for by its name: every argument and every option of every export left out, one at a time.
 * Where it may be left out the call is accepted; where not, the error is in the package's words, not a converter's.
 */
import { expect, it } from 'vitest';
import { isMethod, performed } from './fuzz/case.js';
import { Kit } from './fuzz/entry.js';
import { copied, isPlain } from './fuzz/mutation.js';
import { entries } from './fuzz/table.js';

/** The places of a call that can be left out: its arguments, and the names of options, at any depth. */
function places(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (!isPlain(value) || path.length > 3) return [];
  // Entries of a list are no options.
  const names = Array.isArray(value) ? (path.length === 0 ? [...value.keys()] : []) : Object.keys(value);
  return names.flatMap((name) => {
    const at = [...path, name];
    return [at, ...places((value as Record<string | number, unknown>)[name], at)];
  });
}

function without(args: unknown[], path: readonly (string | number)[]): unknown[] {
  const copy = copied(args) as Record<string | number, unknown>;
  const parent = path.slice(0, -1).reduce<Record<string | number, unknown>>((at, name) => at[name] as never, copy);
  parent[path.at(-1) ?? 0] = undefined;
  return copy as unknown as unknown[];
}

/** Newer than this test, and not yet asking for all that they need. */
const owing = ['passagesOf', 'leftWhenLearnt', 'orderClaim', 'adviseFeatures', 'emitFit'];
const searched = [...entries].filter(([name]) => !owing.includes(name) && !/^DataAccess|^fetchDataset/.test(name));

it.each(searched)('%s', { timeout: 60_000 }, async (name, entry) => {
  const kit = new Kit(`left out ${name}`);
  try {
    const args = await entry.args(kit);
    const kept = isMethod(name) ? args.slice(0, 1) : [];
    const rest = args.slice(kept.length);
    const faults: string[] = [];
    for (const path of places(rest)) {
      const { verdict } = await performed(name, entry, [...kept, ...without(rest, path)], kit);
      if (verdict) faults.push(`without ${path.join('.')}: ${verdict.kind}: ${verdict.detail}`);
    }
    expect(faults).toEqual([]);
  } finally {
    kit.close();
  }
});
