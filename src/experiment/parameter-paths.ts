/** The dotted paths that parameters of a schema may have, in every branch of its unions. */
import type { z } from 'zod';
import { parametersSchema } from './parameters.js';
import { branches, type JsonSchema } from './schema-nodes.js';

/** Whether some value of the schema has something at `path`; what the schema leaves open may have anything. */
export function hasPath(schema: z.ZodType, path: string): boolean {
  return leads(parametersSchema(schema), path.split('.'));
}

function leads(schema: JsonSchema, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  // References are not followed: what they lead to may nest without end.
  return branches(schema, {}).some((node) => {
    const { properties = {}, additionalProperties: more, items, prefixItems } = node;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known) return leads(known, rest);
    if (typeof more === 'object') return leads(more, rest);
    const entry = /^\d+$/.test(name) ? (prefixItems?.[Number(name)] ?? items) : undefined;
    if (entry) return leads(entry, rest);
    // `{}`, what is unknown, and references, which only recursive schemas have.
    return more === true || node.$ref !== undefined || Object.keys(node).every((key) => annotations.has(key));
  });
}

/** What a schema may hold without saying anything of its values. */
const annotations = new Set(['default', 'description', '$schema']);

/** Every path with a name at its end, those of objects among them; lists are not entered. */
export function allPaths(schema: z.ZodType): string[] {
  const found = new Set<string>();
  const enter = (node: JsonSchema, prefix: string): void => {
    for (const { properties = {} } of branches(node, {})) {
      for (const [name, inside] of Object.entries(properties)) {
        found.add(prefix + name);
        enter(inside, `${prefix}${name}.`);
      }
    }
  };
  enter(parametersSchema(schema), '');
  return [...found];
}
