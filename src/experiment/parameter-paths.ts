/** The dotted paths that parameters of a schema may have, in every branch of its unions. */
import type { z } from 'zod';
import { type JsonSchema, parametersSchema } from './parameters.js';

const branches = (node: JsonSchema): JsonSchema[] => [
  node,
  ...[...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])].flatMap(branches),
];

/** Whether some value of the schema has something at `path`; what the schema leaves open may have anything. */
export function hasPath(schema: z.ZodType, path: string): boolean {
  return leads(parametersSchema(schema), path.split('.'));
}

function leads(schema: JsonSchema, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  return branches(schema).some((node) => {
    const { properties = {}, additionalProperties: more, items } = node;
    if (Object.hasOwn(properties, name)) return leads(properties[name]!, rest);
    if (typeof more === 'object') return leads(more, rest);
    if (items && /^\d+$/.test(name)) return leads(items, rest);
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
    for (const { properties = {} } of branches(node)) {
      for (const [name, inside] of Object.entries(properties)) {
        found.add(prefix + name);
        enter(inside, `${prefix}${name}.`);
      }
    }
  };
  enter(parametersSchema(schema), '');
  return [...found];
}
