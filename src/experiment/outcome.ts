/**
 * What the `run` of an experiment gives back, looked at piece by piece.
 *
 * A run may have taken hours: what is wrong in its outcome is named as a {@link Problem}, and everything else is kept.
 */
import { z } from 'zod';
import { invalidArgument } from '../core/errors.js';
import { describe, type NdArray, sizeOf } from '../core/ndarray.js';
import { suggestion } from '../core/nearest.js';
import type { Claim, Measured } from './claims.js';
import type { Outcome, Table } from './define.js';

/** A part of an outcome that could not be used, and why. The other parts are kept. */
export interface Problem {
  /** Where it is, for instance `figures.loss` or `metrics.accuracy`. */
  field: string;
  /** Why it could not be used, in a sentence. */
  message: string;
}

/** What of an outcome is right, and what is not. */
export interface CheckedOutcome {
  outcome: Outcome;
  problems: Problem[];
}

/** Ids that name a file, of figures and of tables. */
export const fileId = /^[a-z0-9][a-z0-9-]*$/;
/** Ids of claims; safe in a file's name too. */
export const claimId = /^[A-Za-z0-9][\w.-]*$/;
/** Names of arrays, which are files inside `data/arrays.npz`. */
const arrayName = /^[\w-][\w.-]*$/;

const number = z.number();
const value = { value: number };
const relation = <R extends string, S extends z.ZodRawShape>(name: R, shape: S) =>
  z.strictObject({ relation: z.literal(name), ...shape });

const expectation = z.discriminatedUnion('relation', [
  relation('at most', value),
  relation('at least', value),
  relation('below', value),
  relation('above', value),
  relation('between', { low: number, high: number }),
  relation('equal to', { value: number, tolerance: number }),
  relation('increasing', {}),
  relation('decreasing', {}),
]);

/** Numbers (also such that are not finite, which never hold), `null`, and lists of them. */
const measured: z.ZodType<Measured> = z.lazy(() =>
  z.union(
    [z.custom<number>((v) => typeof v === 'number', 'expected a number'), z.null(), z.array(measured).readonly()],
    {
      error: 'expected a number, null, or a list of them',
    },
  ),
);

/** The fields of a {@link Claim} and what each may be. */
export const claimSchema = z.strictObject({
  id: z.string().regex(claimId, 'expected letters, digits, "_", "-" and "."'),
  statement: z.string().min(1, 'expected a sentence'),
  source: z.string(),
  expected: expectation,
  measured,
  labels: z.array(z.string()).readonly().exactOptional(),
  unit: z.string().exactOptional(),
  share: z.number().exactOptional(),
  controls: z
    .array(
      z.strictObject({
        id: z.string().exactOptional(),
        statement: z.string().min(1, 'expected a sentence'),
        measured,
        holds: z.boolean(),
        share: z.number(),
      }),
    )
    .readonly()
    .exactOptional(),
  uncontrolled: z.string().min(1, 'expected a reason').exactOptional(),
  levels: z
    .array(z.strictObject({ level: z.number(), measured, holds: z.boolean() }))
    .readonly()
    .exactOptional(),
  pass: z.boolean(),
});

const fields = ['metrics', 'tables', 'figures', 'claims', 'arrays', 'playback'] as const;

/** The outcome's parts, each checked. @throws `INVALID_ARGUMENT` where it is no object at all */
export function checkOutcome(given: unknown): CheckedOutcome {
  const refuse = (field: string, message: string): void => void problems.push({ field, message });
  const problems: Problem[] = [];
  if (!isRecord(given)) throw invalidArgument(`run: expected it to give back an object, got ${describe(given)}`);
  for (const name of Object.keys(given)) {
    if (!fields.some((field) => field === name)) {
      refuse(name, `there is no ${JSON.stringify(name)} in what run gives back; ${suggestion(name, fields)}`);
    }
  }
  const list = (name: 'tables' | 'figures' | 'claims'): [unknown, string][] => {
    const items = given[name];
    if (items === undefined) return [];
    if (Array.isArray(items)) {
      const ids = items.map((item: unknown) => (isRecord(item) && typeof item.id === 'string' ? item.id : undefined));
      return items.map((item: unknown, i) => {
        const id = ids[i];
        return [item, id !== undefined && ids.indexOf(id) === i ? `${name}.${id}` : `${name}[${i}]`];
      });
    }
    refuse(name, `expected a list, got ${describe(items)}`);
    return [];
  };
  const record = (name: 'metrics' | 'arrays'): [string, unknown][] => {
    const entries = given[name];
    if (entries === undefined) return [];
    if (isRecord(entries)) return Object.entries(entries);
    refuse(name, `expected an object, got ${describe(entries)}`);
    return [];
  };
  /** Those without a fault, each id once. */
  const sound = <T extends { id: string }>(
    name: 'tables' | 'figures' | 'claims',
    read: (item: unknown) => T | string,
  ): T[] => {
    const kept = new Map<string, T>();
    for (const [item, field] of list(name)) {
      const one = read(item);
      if (typeof one === 'string') refuse(field, one);
      else if (kept.has(one.id)) refuse(field, `two are called ${JSON.stringify(one.id)}`);
      else kept.set(one.id, one);
    }
    return [...kept.values()];
  };

  const metrics: Record<string, number | null> = {};
  for (const [name, metric] of record('metrics')) {
    if (metric === null || typeof metric === 'number') metrics[name] = metric;
    else refuse(`metrics.${name}`, `expected a number or null, got ${describe(metric)}`);
  }
  const arrays: Record<string, NdArray> = {};
  for (const [name, array] of record('arrays')) {
    const fault = arrayName.test(name)
      ? arrayFault(array)
      : `expected a name of letters, digits, "_", "-" and ".", got ${JSON.stringify(name)}`;
    if (fault === undefined) arrays[name] = array as NdArray;
    else refuse(`arrays.${name}`, fault);
  }
  const outcome: Outcome = {
    metrics,
    arrays,
    claims: sound('claims', readClaim),
    tables: sound('tables', readTable),
    figures: sound('figures', readFigure),
  };
  if (given.playback !== undefined) {
    if (isRecord(given.playback)) outcome.playback = given.playback as unknown as NonNullable<Outcome['playback']>;
    else refuse('playback', `expected an object, got ${describe(given.playback)}`);
  }
  return { outcome, problems };
}

function readClaim(item: unknown): Claim | string {
  const read = claimSchema.safeParse(item);
  if (read.success) return read.data;
  return read.error.issues
    .map((issue) => {
      const place = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
      if (issue.code !== 'unrecognized_keys') return place + issue.message;
      const [key = ''] = issue.keys;
      return `${place}there is no ${JSON.stringify(key)}; ${suggestion(key, Object.keys(claimSchema.shape))}`;
    })
    .join('; ');
}

function readTable(item: unknown): Table | string {
  const fault = named(item, ['id', 'title', 'columns']);
  if (typeof fault === 'string') return fault;
  const { columns } = fault;
  if (!isRecord(columns)) return `columns: expected an object, got ${describe(columns)}`;
  let length: number | undefined;
  for (const [name, column] of Object.entries(columns)) {
    if (!Array.isArray(column) && !ArrayBuffer.isView(column)) {
      return `column ${JSON.stringify(name)}: expected a list, got ${describe(column)}`;
    }
    const cells = Array.from(column as ArrayLike<unknown>);
    length ??= cells.length;
    if (cells.length !== length) {
      return `expected ${length} values in column ${JSON.stringify(name)}, got ${cells.length}`;
    }
    const odd = cells.find((cell) => cell !== null && typeof cell !== 'number' && typeof cell !== 'string');
    if (odd !== undefined) {
      return `column ${JSON.stringify(name)}: expected numbers, texts or null, got ${describe(odd)}`;
    }
  }
  return item as Table;
}

function readFigure(item: unknown): NonNullable<Outcome['figures']>[number] | string {
  const fault = named(item, ['id', 'title', 'caption', 'spec']);
  if (typeof fault === 'string') return fault;
  if (typeof fault.caption !== 'string') return `caption: expected a text, got ${describe(fault.caption)}`;
  if (!isRecord(fault.spec)) return `spec: expected a Vega-Lite specification, got ${describe(fault.spec)}`;
  return item as NonNullable<Outcome['figures']>[number];
}

/** What tables and figures have in common: an object with an id that names a file, a title, and no other fields. */
function named(item: unknown, names: readonly string[]): Record<string, unknown> | string {
  if (!isRecord(item)) return `expected an object, got ${describe(item)}`;
  const odd = Object.keys(item).find((name) => !names.includes(name));
  if (odd !== undefined) return `there is no ${JSON.stringify(odd)}; ${suggestion(odd, names)}`;
  const { id, title } = item;
  if (typeof id !== 'string' || !fileId.test(id)) {
    return `expected an id of lower-case letters, digits and hyphens, got ${describe(id)}`;
  }
  if (typeof title !== 'string') return `title: expected a text, got ${describe(title)}`;
  return item;
}

function arrayFault(array: unknown): string | undefined {
  if (!isRecord(array)) return `expected { data, shape }, got ${describe(array)}`;
  const { data, shape } = array;
  if (!(data instanceof Float64Array || data instanceof Float32Array)) {
    return `data: expected a Float64Array or a Float32Array, got ${describe(data)}`;
  }
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    return `shape: expected a list of whole numbers, got ${describe(shape)}`;
  }
  const size = sizeOf(shape as number[]);
  return size === data.length ? undefined : `shape [${shape.join(', ')}] needs ${size} values, data has ${data.length}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
