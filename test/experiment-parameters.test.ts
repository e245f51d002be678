import { describe, expect, it } from 'vitest';
import {
  type Experiment,
  experiments,
  type FprincipleError,
  type JsonSchema,
  parametersSchema,
  presetNames,
  resolveParameters,
} from '../src/index.js';

/** A parameter of a schema, by the names that lead to it. */
interface Leaf {
  path: string[];
  schema: JsonSchema;
}

const leaves = (schema: JsonSchema, path: string[] = []): Leaf[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, inside]) =>
    inside.properties ? leaves(inside, [...path, name]) : [{ path: [...path, name], schema: inside }],
  );

const nest = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);

/** What is refused, in words; fails when nothing is. */
function refusal(experiment: Experiment, value: unknown): string {
  try {
    resolveParameters(experiment.parameters, experiment.presets.quick, value);
  } catch (error) {
    expect((error as FprincipleError).code).toBe('INVALID_ARGUMENT');
    return (error as Error).message;
  }
  throw new Error(`${experiment.id} takes ${JSON.stringify(value)}`);
}

/** Values of another type than the schema's; none for one that takes anything. */
function wrongTypes({ type, enum: values, anyOf, oneOf }: JsonSchema): unknown[] {
  if (values) return ['no such choice', 7];
  if (anyOf ?? oneOf) return [{ nobody: 'asked' }, true];
  if (type === 'number' || type === 'integer') return ['many', true, null, [1], Number.NaN, Infinity];
  if (type === 'boolean') return ['perhaps', 1];
  if (type === 'string') return [7, ['x']];
  if (type === 'array') return [7, 'one', { '0': 1 }];
  return [];
}

/** A number, or a list of them. */
const isNumeric = ({ type, items }: JsonSchema): boolean =>
  type === 'number' || type === 'integer' || (items !== undefined && isNumeric(items));

/** Values just outside the bounds that the schema states. */
function outOfRange(schema: JsonSchema): unknown[] {
  const bound = (name: string): number | undefined => schema[name] as number | undefined;
  const values: unknown[] = [];
  const low = bound('minimum');
  const high = bound('maximum');
  // zod states the range of safe integers for every integer; beyond it no float is an integer's neighbour.
  if (low !== undefined && low > Number.MIN_SAFE_INTEGER) values.push(low - 1);
  if (high !== undefined && high < Number.MAX_SAFE_INTEGER) values.push(high + 1);
  if (bound('exclusiveMinimum') !== undefined) values.push(bound('exclusiveMinimum'));
  if (bound('exclusiveMaximum') !== undefined) values.push(bound('exclusiveMaximum'));
  if ((bound('minItems') ?? 0) > 0) values.push([]);
  if (schema.type === 'array' && schema.items) {
    for (const item of outOfRange(schema.items)) values.push([item]);
  }
  return values;
}

describe.each(experiments.map((experiment) => [experiment.id, experiment] as const))('%s', (_, experiment) => {
  const schema = parametersSchema(experiment.parameters);
  const list = leaves(schema);

  it('describes every parameter, and both presets fit', () => {
    expect(list.length).toBeGreaterThan(0);
    for (const { path, schema } of list) expect(schema.description, path.join('.')).toMatch(/\S/);
    for (const name of presetNames) resolveParameters(experiment.parameters, experiment.presets[name]);
  });

  it('refuses a wrong type of each by its name', () => {
    for (const { path, schema } of list) {
      const values = wrongTypes(schema);
      expect(values.length, path.join('.')).toBeGreaterThan(0);
      for (const value of values) expect(refusal(experiment, nest(path, value))).toContain(path.join('.'));
    }
  });

  it('refuses what is out of range of each by its name, and every number has a range', () => {
    for (const { path, schema } of list) {
      const values = outOfRange(schema);
      if (isNumeric(schema)) expect(values.length, `${path.join('.')} has no bounds`).toBeGreaterThan(0);
      for (const value of values) expect(refusal(experiment, nest(path, value))).toContain(path.join('.'));
    }
  });

  it('refuses a misspelt name and says which was meant', () => {
    for (const { path } of list) {
      const name = path.at(-1)!;
      const misspelt = [...path.slice(0, -1), `${name}x`];
      const message = refusal(experiment, nest(misspelt, 1));
      expect(message).toContain(`unknown parameter "${misspelt.join('.')}"`);
      expect(message).toContain(`"${name}"`);
    }
  });
});
