/**
 * Parameters of an experiment: defaults from its zod schema, a preset over them, the user's own over both.
 *
 * Every name is checked against the schema before zod sees the values, because a plain `z.object` drops what it does
 * not know: a misspelt parameter must be refused, with the nearest name, and never be ignored.
 */
import { z } from 'zod';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { suggestion } from '../core/nearest.js';
import { isList, type JsonSchema, namesAt, nodesAt } from './schema-nodes.js';

export type { JsonSchema } from './schema-nodes.js';

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

const schemas = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema (draft 2020-12) of what a user may write: every default is optional. Made once for each schema. */
export function parametersSchema(schema: z.ZodType): JsonSchema {
  if (!(schema instanceof z.ZodType)) throw invalidArgument(`schema: expected a zod schema, got ${describe(schema)}`);
  let known = schemas.get(schema);
  if (!known) {
    known = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    schemas.set(schema, known);
  }
  return known;
}

/** Whether an object's names are places in a list: `{ '[0]': ... }`, as {@link layerAt} makes it of `layers.0`. */
const isIndexed = (value: unknown): value is Plain =>
  isPlain(value) && Object.keys(value).length > 0 && Object.keys(value).every((key) => placeIn(key) !== undefined);

const placeIn = (key: string): number | undefined => {
  const digits = /^\[(\d+)\]$/.exec(key)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** The name without brackets: of what turns out to be no list. */
const bare = (key: string): string => key.replace(/^\[(\d+)\]$/, '$1');

/**
 * A layer of parameters with one value, at a dotted path: `optimizer.type` is `{ optimizer: { type } }`. A number in the path
 * is a place in a list (or a name that is a number): `layers.0.units` is `{ layers: { '[0]': { units } } }`, which
 * {@link mergeParameters} enters into the list.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` for a path with an empty name
 */
export function layerAt(path: string, value: unknown): Plain {
  const names = path.split('.');
  if (names.some((name) => name === '' || name === '__proto__')) {
    throw new FprincipleError(
      'INVALID_ARGUMENT',
      `expected a parameter's path such as optimizer.type, got ${JSON.stringify(path)}`,
    );
  }
  return names.reduceRight<unknown>(
    (inner, name) => ({ [/^(0|[1-9]\d*)$/.test(name) ? `[${name}]` : name]: inner }),
    value,
  ) as Plain;
}

/**
 * Merges `over` into `base`: objects key by key, anything else replaced. Two objects that name different `type`s (two
 * optimisers, say) share no fields: the later one replaces the earlier. Places of a list (`{ '[0]': ... }`, made of
 * `layers.0`) change those entries.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` for a place that the list does not have
 */
export function mergeParameters(base: unknown, over: unknown): unknown {
  refuseCircles(base, 'base');
  refuseCircles(over, 'over');
  return merge(base, over, '');
}

/** @throws FprincipleError `INVALID_ARGUMENT` for an object or a list that stands in itself, which no file could hold */
export function refuseCircles(value: unknown, name: string, around: ReadonlySet<unknown> = new Set()): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (around.has(value)) throw invalidArgument(`${name}: expected plain values, got an object in itself`);
  const inside = new Set([...around, value]);
  for (const [key, entry] of Object.entries(value)) refuseCircles(entry, `${name}.${key}`, inside);
}

function merge(base: unknown, over: unknown, path: string): unknown {
  if (over === undefined) return base;
  const inside = (key: string): string => (path === '' ? bare(key) : `${path}.${bare(key)}`);
  if (Array.isArray(base) && isIndexed(over)) {
    const list: unknown[] = [...base];
    for (const [key, value] of Object.entries(over)) {
      const place = placeIn(key) ?? 0;
      if (place >= list.length) {
        const entries = list.length === 0 ? 'no entries' : `${list.length} entries, 0 to ${list.length - 1}`;
        throw new FprincipleError(
          'INVALID_ARGUMENT',
          `unknown parameter ${JSON.stringify(inside(key))}: ${path || 'the list'} has ${entries}`,
        );
      }
      list[place] = merge(list[place], value, inside(key));
    }
    return list;
  }
  if (!isPlain(base) || !isPlain(over)) return over;
  if (typeof over.type === 'string' && Object.hasOwn(base, 'type') && base.type !== over.type) return over;
  // A map, and not assignments: a key may be called __proto__.
  const merged = new Map(Object.entries(base));
  // Beside names that are no places a place is a name too.
  const named = Object.keys(base).length > 0 && !isIndexed(base) ? bare : (key: string): string => key;
  for (const [key, value] of Object.entries(over)) {
    const name = named(key);
    merged.set(name, merge(merged.get(name), value, inside(key)));
  }
  return Object.fromEntries(merged);
}

/**
 * Checks layered parameters (later layers win) against `schema` and fills in its defaults.
 *
 * @throws FprincipleError `INVALID_ARGUMENT`, naming the parameter, what was expected and what came; for an unknown
 *   name, the nearest one that exists.
 */
export function resolveParameters<S extends z.ZodType>(schema: S, ...layers: readonly unknown[]): z.output<S> {
  const json = parametersSchema(schema);
  for (const layer of layers) refuseCircles(layer, 'parameters');
  for (const layer of layers) if (layer !== undefined) refuseUnknown(json, layer, '');
  const merged = withLists(
    schema,
    layers.reduce((base, layer) => merge(base, layer, ''), {}),
  );
  // Once more: only the whole may tell which branch of a union a field belongs to.
  refuseUnknown(json, merged, '');
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap(plainIssues).map((issue) => {
    const path = issue.path.map(String).join('.');
    const given = at(merged, issue.path);
    if (issue.code === 'unrecognized_keys') return unknownNames(json, issue.path.map(String), given, issue.keys);
    // What came is shown in our own words: zod says "received NaN" of it.
    const expected = issue.message.replace(/^Invalid input: /, '').replace(/, received [\w ]+$/, '');
    return `${path === '' ? 'parameters' : path}: ${expected}, got ${show(given)}`;
  });
  throw new FprincipleError('INVALID_ARGUMENT', `invalid parameters: ${lines.join('; ')}`, { cause: parsed.error });
}

/** `unknown parameter "network.layers.0.unit": did you mean "units"?` for each of `keys`, which an object of `schema` does not know. */
export const unknownNames = (
  schema: JsonSchema,
  path: readonly string[],
  given: unknown,
  keys: readonly string[],
  noun = 'parameter',
): string =>
  keys
    .map((key) => {
      const hint = suggestion(key, namesAt(schema, path, given));
      return `unknown ${noun} ${JSON.stringify([...path, key].join('.'))}: ${hint}`;
    })
    .join('; ');

/**
 * Entries of lists that nobody has given whole (`hidden.1 = 20`): the list is then that of the schema's defaults, with the
 * entries changed.
 */
function withLists(schema: z.ZodType, given: unknown): unknown {
  if (!hasPlaces(given)) return given;
  const places = indexedLists(parametersSchema(schema), given, []);
  if (places.length === 0) return withNames(given);
  const rest = places.reduce((value, path) => replaced(value, path, undefined), given);
  const parsed = schema.safeParse(rest);
  const whole = places.reduce((value, path) => {
    const list = parsed.success ? at(parsed.data, path) : undefined;
    const name = path.join('.');
    if (!Array.isArray(list)) {
      const [entry = ''] = Object.keys(Object(at(given, path))).map(bare);
      throw new FprincipleError(
        'INVALID_ARGUMENT',
        `unknown parameter ${JSON.stringify(`${name}.${entry}`)}: there is no list at ${name} whose entry could be changed`,
      );
    }
    return replaced(value, path, merge(list, at(given, path), name));
  }, given);
  return withNames(whole);
}

const hasPlaces = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(hasPlaces)
    : isIndexed(value) || (isPlain(value) && Object.values(value).some(hasPlaces));

/** What is left of places belongs to no list: they are names that are numbers. */
function withNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNames);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [bare(key), withNames(inner)]));
}

/** Paths of objects with places for names where the schema has a list. */
function indexedLists(schema: JsonSchema, value: unknown, path: readonly string[]): string[][] {
  if (!isPlain(value)) return [];
  if (isIndexed(value)) {
    const nodes = nodesAt(schema, path);
    if (nodes.some(isList) && !nodes.some((node) => isPlain(node.additionalProperties))) return [[...path]];
  }
  return Object.entries(value).flatMap(([key, inner]) => indexedLists(schema, inner, [...path, key]));
}

/** The value with what is at `path` replaced, or left out where that is `undefined`. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (!isPlain(value)) return value;
  const entries = new Map(Object.entries(value));
  const inner = replaced(entries.get(key), rest, by);
  if (inner === undefined) entries.delete(key);
  else entries.set(key, inner);
  return Object.fromEntries(entries);
}

/** What is wrong in the branch of a union that was probably meant: the one with the fewest faults, none of kind first. */
function plainIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  // A name that the branch does not know, or another kind, says more against it than a wrong value further in.
  const weight = (one: z.core.$ZodIssue): number => {
    if (one.code === 'unrecognized_keys' && one.path.length === 0) return 1 + one.keys.length;
    return one.path.length === 1 && (one.path[0] === 'type' || one.path[0] === 'fn') ? 3 : 1;
  };
  const faults = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.reduce((sum, one) => sum + weight(one), 0) + (issues.some(({ code }) => code === 'invalid_type') ? 0.5 : 0);
  const [nearest = []] = [...issue.errors].sort((a, b) => faults(a) - faults(b));
  return nearest.flatMap(plainIssues).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function refuseUnknown(schema: JsonSchema, value: unknown, path: string): void {
  if (path === '' && !isPlain(value)) {
    throw new FprincipleError('INVALID_ARGUMENT', `parameters: expected an object, got ${show(value)}`);
  }
  const node = branch(schema, value);
  if (node.items && (Array.isArray(value) || isIndexed(value))) {
    for (const [i, item] of Object.entries(value)) refuseUnknown(node.items, item, `${path}.${bare(i)}`);
  }
  if (!isPlain(value) || !node.properties) return;
  for (const [given, inner] of Object.entries(value)) {
    const key = bare(given);
    const inside = Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
    const here = path === '' ? key : `${path}.${key}`;
    if (inside) refuseUnknown(inside, inner, here);
    else if (!isPlain(node.additionalProperties)) {
      // A name that stands elsewhere was meant to: `learningRate` is `optimizer.learningRate`.
      const elsewhere = path === '' && pathTo(key, node);
      const hint = elsewhere
        ? `did you mean ${JSON.stringify(elsewhere)}?`
        : suggestion(key, Object.keys(node.properties));
      throw new FprincipleError('INVALID_ARGUMENT', `unknown parameter ${JSON.stringify(here)}: ${hint}`);
    }
  }
}

/** The dotted path to the first field of that name inside `schema`, whatever the branch. */
function pathTo(name: string, schema: JsonSchema): string | undefined {
  const branches = [schema, ...(schema.oneOf ?? schema.anyOf ?? [])];
  for (const { properties = {} } of branches) {
    if (Object.hasOwn(properties, name)) return name;
    for (const [key, inside] of Object.entries(properties)) {
      const rest = pathTo(name, inside);
      if (rest !== undefined) return `${key}.${rest}`;
    }
  }
  return undefined;
}

/** The branch of a union that `value` belongs to: the one whose `type` constant it names, else the first object. */
function branch(schema: JsonSchema, value: unknown): JsonSchema {
  const branches = schema.oneOf ?? schema.anyOf;
  if (!branches) return schema;
  if (Array.isArray(value)) return branches.find((b) => b.items !== undefined) ?? {};
  if (!isPlain(value)) return {};
  const objects = branches.filter((b) => b.properties !== undefined);
  if (objects.length === 1) return objects[0]!;
  return objects.find((b) => value.type !== undefined && names(b.properties?.type, value.type)) ?? {};
}

const names = (type: JsonSchema | undefined, value: unknown): boolean =>
  type !== undefined && (type.const === value || type.enum?.includes(value) === true);

/**
 * One `path=value` of the command line as a layer of parameters: `optimizer.learningRate=1e-3`. The value is read as
 * JSON where it is JSON (numbers, true, false, null, "text", [lists], {objects}) and as plain text where it is not.
 */
export function parseAssignment(text: string): Plain {
  if (typeof text !== 'string') {
    throw new FprincipleError('INVALID_ARGUMENT', `text: expected path=value as a string, got ${describe(text)}`);
  }
  const sign = text.indexOf('=');
  const path = text.slice(0, Math.max(sign, 0)).trim();
  if (sign < 1 || path.split('.').some((name) => name === '' || name === '__proto__')) {
    throw new FprincipleError('INVALID_ARGUMENT', `--set: expected path=value, got ${JSON.stringify(text)}`);
  }
  return layerAt(path, parseValue(text.slice(sign + 1).trim()));
}

/** A value of the command line: JSON where it is JSON, a number as people write it, else text. */
export function parseValue(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    // Numbers that people write but JSON does not: .5, 1., +3, 1_000 stays text.
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw)) return Number(raw);
    return raw;
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (v, key) => (typeof v === 'object' && v !== null && Object.hasOwn(v, key) ? (v as Plain)[String(key)] : undefined),
    value,
  );
}

/** As JSON; `undefined` for what has no form in it. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = jsonOf(value) ?? describe(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
