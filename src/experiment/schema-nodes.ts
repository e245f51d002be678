/** Reading a JSON Schema: the nodes that may describe what stands at a path, in every branch of its unions. */

/** A JSON Schema node, as far as it is read. */
export interface JsonSchema {
  /** One of JSON's types, or several. */
  type?: string | string[];
  /** Schemas of an object's fields. */
  properties?: Record<string, JsonSchema>;
  /** Whether other fields may be there, or their schema. */
  additionalProperties?: boolean | JsonSchema;
  /** Schema of a list's entries, or of those after `prefixItems`. */
  items?: JsonSchema;
  /** Schemas of a tuple's entries, in their order. */
  prefixItems?: JsonSchema[];
  /** Path of another node, `#/$defs/...`. */
  $ref?: string;
  /** Nodes that are referred to by name. */
  $defs?: Record<string, JsonSchema>;
  /** At least one of these fits. */
  anyOf?: JsonSchema[];
  /** Exactly one of these fits. */
  oneOf?: JsonSchema[];
  /** All of these fit. */
  allOf?: JsonSchema[];
  /** The only value. */
  const?: unknown;
  /** The values there are. */
  enum?: unknown[];
  /** The value where it is left out. */
  default?: unknown;
  /** What it is, for people. */
  description?: string;
  [key: string]: unknown;
}

/** The node and all branches of its unions; references within `root` are followed. */
export function branches(node: JsonSchema, root: JsonSchema, within: readonly JsonSchema[] = []): JsonSchema[] {
  const name = node.$ref === undefined ? undefined : /^#\/\$defs\/(.*)$/.exec(node.$ref)?.[1];
  const meant = name === undefined ? undefined : root.$defs?.[name];
  const inner = [...(meant ? [meant] : []), ...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])];
  // A union that holds itself adds nothing the second time.
  const open = inner.filter((one) => !within.includes(one));
  return [node, ...open.flatMap((one) => branches(one, root, [...within, ...open]))];
}

/** The nodes of what stands at `path` within a value of `root`; none where nothing of that name is known. */
export const nodesAt = (root: JsonSchema, path: readonly string[]): JsonSchema[] =>
  path.reduce<JsonSchema[]>((nodes, key) => nodes.flatMap((node) => childrenOf(node, key, root)), branches(root, root));

function childrenOf(
  { properties, additionalProperties, items, prefixItems }: JsonSchema,
  key: string,
  root: JsonSchema,
) {
  const place = /^\d+$/.test(key) ? Number(key) : undefined;
  const child =
    properties && Object.hasOwn(properties, key)
      ? properties[key]
      : place !== undefined && (prefixItems ?? items)
        ? (prefixItems?.[place] ?? items)
        : typeof additionalProperties === 'object'
          ? additionalProperties
          : undefined;
  return child ? branches(child, root) : [];
}

export const isList = ({ type, items, prefixItems }: JsonSchema): boolean =>
  type === 'array' || items !== undefined || prefixItems !== undefined;

/** The names that an object at `path` may have; of a union by `type` (or `fn`), those of the branch that `given` names. */
export function namesAt(root: JsonSchema, path: readonly string[], given: unknown): string[] {
  const nodes = nodesAt(root, path).filter(({ properties }) => properties !== undefined);
  const named = nodes.filter(({ properties = {} }) =>
    ['type', 'fn'].some((key) => {
      const value =
        typeof given === 'object' && given !== null && Object.hasOwn(given, key) ? Reflect.get(given, key) : undefined;
      const kind = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return value !== undefined && kind !== undefined && (kind.const === value || kind.enum?.includes(value) === true);
    }),
  );
  return [...new Set((named.length > 0 ? named : nodes).flatMap(({ properties = {} }) => Object.keys(properties)))];
}
