/** Which functions of the addon were reached, and how often they accepted and refused. */
import { createRequire } from 'node:module';

type Native = Record<string, unknown>;
const counts: Record<string, [accepted: number, refused: number]> = {};

/** Counts every call of the addon from now on. Must be called before the package first calls it. */
export function count(): void {
  const addon = createRequire(import.meta.url)('../../bindings/index.cjs') as Native;
  for (const [name, value] of Object.entries(addon)) {
    if (typeof value !== 'function') continue;
    const methods = Object.getOwnPropertyNames((value.prototype as object | undefined) ?? {}).filter(
      (m) => m !== 'constructor',
    );
    if (methods.length === 0) {
      addon[name] = watched(name, value as (...args: unknown[]) => unknown);
      continue;
    }
    for (const method of methods) {
      const found = Object.getOwnPropertyDescriptor(value.prototype as object, method);
      if (typeof found?.value !== 'function') continue;
      Object.defineProperty(value.prototype as object, method, {
        ...found,
        value: watched(`${name}.${method}`, found.value as (...args: unknown[]) => unknown),
      });
    }
  }
}

function watched(name: string, f: (...args: unknown[]) => unknown): unknown {
  const tally: [number, number] = [0, 0];
  counts[name] = tally;
  return function (this: unknown, ...args: unknown[]): unknown {
    try {
      const result = f.apply(this, args);
      if (result instanceof Promise) {
        result.then(
          () => tally[0]++,
          () => tally[1]++,
        );
      } else tally[0]++;
      return result;
    } catch (error) {
      tally[1]++;
      throw error;
    }
  };
}

/** What was counted since this was last asked for. */
export function counted(): Record<string, [accepted: number, refused: number]> {
  const since: Record<string, [number, number]> = {};
  for (const [name, tally] of Object.entries(counts)) since[name] = tally.splice(0, 2, 0, 0) as [number, number];
  return since;
}
