/**
 * Parameters of an experiment: defaults from its zod schema, a preset over them, the user's own over both.
 *
 * Every name is checked against the schema before zod sees the values, because a plain `z.object` drops what it does
 * not know: a misspelt parameter must be refused, with the nearest name, and never be ignored.
 */
import { z } from 'zod';
import { FprincipleError } from '../errors.js';
import { suggestion } from '../nearest.js';

/** A JSON Schema node, as far as it is read here. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  [key: string]: unknown;
}

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

const schemas = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema (draft 2020-12) of what a user may write: every default is optional. Made once for each schema. */
export function parametersSchema(schema: z.ZodType): JsonSchema {
  let known = schemas.get(schema);
  if (!known) {
    known = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    schemas.set(schema, known);
  }
  return known;
}

/**
 * Merges `over` into `base`: objects key by key, anything else replaced. Two objects that name different `type`s (two
 * optimisers, say) share no fields: the later one replaces the earlier.
 */
export function mergeParameters(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isPlain(base) || !isPlain(over)) return over;
  if (typeof over.type === 'string' && 'type' in base && base.type !== over.type) return over;
  const merged: Plain = { ...base };
  for (const key of Object.keys(over)) merged[key] = mergeParameters(merged[key], over[key]);
  return merged;
}

/**
 * Checks layered parameters (later layers win) against `schema` and fills in its defaults.
 *
 * @throws FprincipleError `INVALID_ARGUMENT`, naming the parameter, what was expected and what came; for an unknown
 *   name, the nearest one that exists.
 */
export function resolveParameters<S extends z.ZodType>(schema: S, ...layers: readonly unknown[]): z.output<S> {
  const json = parametersSchema(schema);
  for (const layer of layers) if (layer !== undefined) refuseUnknown(json, layer, '');
  const merged = layers.reduce((base, layer) => mergeParameters(base, layer), {});
  // Once more: only the whole may tell which branch of a union a field belongs to.
  refuseUnknown(json, merged, '');
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap(plainIssues).map((issue) => {
    const path = issue.path.map(String).join('.');
    return `${path === '' ? 'parameters' : path}: ${issue.message}, got ${show(at(merged, issue.path))}`;
  });
  throw new FprincipleError('INVALID_ARGUMENT', `invalid parameters: ${lines.join('; ')}`, { cause: parsed.error });
}

/** What is wrong in the branch of a union that was probably meant: the one with the fewest faults, none of kind first. */
function plainIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const faults = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.length + (issues.some(({ code }) => code === 'invalid_type') ? 0.5 : 0);
  const [nearest = []] = [...issue.errors].sort((a, b) => faults(a) - faults(b));
  return nearest.flatMap(plainIssues).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function refuseUnknown(schema: JsonSchema, value: unknown, path: string): void {
  if (path === '' && !isPlain(value)) {
    throw new FprincipleError('INVALID_ARGUMENT', `parameters: expected an object, got ${show(value)}`);
  }
  const node = branch(schema, value);
  if (Array.isArray(value) && node.items) {
    for (const [i, item] of value.entries()) refuseUnknown(node.items, item, `${path}.${i}`);
  }
  if (!isPlain(value) || !node.properties) return;
  for (const key of Object.keys(value)) {
    const inside = node.properties[key];
    const here = path === '' ? key : `${path}.${key}`;
    if (inside) refuseUnknown(inside, value[key], here);
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
    if (name in properties) return name;
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
  const sign = text.indexOf('=');
  const path = text.slice(0, Math.max(sign, 0)).trim();
  const names = path.split('.');
  if (sign < 1 || names.some((name) => name === '' || name === '__proto__')) {
    throw new FprincipleError('INVALID_ARGUMENT', `--set: expected path=value, got ${JSON.stringify(text)}`);
  }
  const raw = text.slice(sign + 1).trim();
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), parseValue(raw)) as Plain;
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
    (v, key) => (v === null || v === undefined ? undefined : (v as Plain)[String(key)]),
    value,
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
