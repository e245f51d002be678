/** The parameters of an experiment as a reader wants them: one a line, with its type, unit and value in each preset. */
import { type Experiment, type PresetName, presetNames } from './define.js';
import { parametersSchema, resolveParameters } from './parameters.js';
import { branches, isList, type JsonSchema } from './schema-nodes.js';

export interface ListedParameter {
  /** Dotted path, as `--set` takes it. */
  path: string;
  /** What may stand there in words: `integer, at least 1`, `"adam" | "sgd"`, `list of numbers`. */
  type: string;
  /** Of its number, where the schema names one. */
  unit?: string;
  /** What it is where nobody says anything: in the quick preset, else by the schema; missing where it is then nothing. */
  default?: unknown;
  /** The default by `type` of the union, where they differ: `{ sgd: 0, muon: 0.95 }`. */
  defaults?: Record<string, unknown>;
  description: string;
  /** The `type`s of a union (of optimisers, say) that have it; missing where all do. */
  of?: string[];
  /** What it is in each preset; `undefined` where the preset has none. */
  values: Record<PresetName, unknown>;
}

/** The resolved parameters of every preset. */
export function presetParameters(experiment: Experiment): Record<PresetName, Record<string, unknown>> {
  const entries = presetNames.map((name) => [
    name,
    resolveParameters(experiment.parameters, experiment.presets[name]) as Record<string, unknown>,
  ]);
  return Object.fromEntries(entries) as Record<PresetName, Record<string, unknown>>;
}

/** Every parameter that is not only an object of parameters, in every branch of a union. */
export function parameterList(experiment: Experiment): ListedParameter[] {
  const presets = presetParameters(experiment);
  const root = parametersSchema(experiment.parameters);
  return [...leaves(root, root, '')].map(([path, { nodes, of, all, defaults }]) => {
    const values = Object.fromEntries(presetNames.map((name) => [name, at(presets[name], path)])) as Record<
      PresetName,
      unknown
    >;
    const open = nodes.flatMap((node) => branches(node, root));
    const told = <T>(read: (node: JsonSchema) => T | undefined): T | undefined =>
      open.map(read).find((value) => value !== undefined);
    const unit = told(({ unit }) => (typeof unit === 'string' ? unit : undefined));
    const standard = values.quick ?? told((node) => node.default);
    return {
      path,
      type: typeOf(nodes, root),
      ...(unit !== undefined && { unit }),
      ...(standard !== undefined && { default: standard }),
      ...(new Set(Object.values(defaults).map((value) => JSON.stringify(value))).size > 1 && { defaults }),
      description: told(({ description }) => description) ?? '',
      ...(of.length > 0 && of.length < all && { of }),
      values,
    };
  });
}

interface Leaf {
  nodes: JsonSchema[];
  /** Kinds that have it, and how many kinds there are. */
  of: string[];
  all: number;
  /** What it is in each kind where nobody says anything. */
  defaults: Record<string, unknown>;
}

function leaves(node: JsonSchema, root: JsonSchema, before: string): Map<string, Leaf> {
  const found = new Map<string, Leaf>();
  const add = (path: string, { nodes, of, all, defaults }: Leaf): void => {
    const known = found.get(path);
    if (known) {
      known.nodes.push(...nodes);
      known.of = [...new Set([...known.of, ...of])];
      Object.assign(known.defaults, defaults);
    } else found.set(path, { nodes: [...nodes], of: [...new Set(of)], all, defaults: { ...defaults } });
  };
  const objects = branches(node, root).filter(({ properties }) => properties !== undefined);
  const kinds = new Set(objects.flatMap(kindsOf));
  for (const object of objects) {
    const kind = kindsOf(object);
    for (const [name, inside] of Object.entries(object.properties ?? {})) {
      // What may never be there is no parameter.
      if (inside.not !== undefined) continue;
      const path = before === '' ? name : `${before}.${name}`;
      const inner = branches(inside, root);
      const isObject = ({ properties }: JsonSchema): boolean => properties !== undefined;
      // A value beside objects (a name, or one with its options) is a parameter itself.
      if (!inner.some(isObject) || inner.some((one) => isValue(one))) {
        const own = inner.find((one) => one.default !== undefined)?.default ?? inside.default;
        const defaults = own === undefined ? {} : Object.fromEntries(kind.map((name) => [name, own]));
        add(path, { nodes: [inside], of: kind, all: kinds.size, defaults });
      }
      for (const [deeper, leaf] of leaves(inside, root, path)) {
        add(deeper, leaf.of.length > 0 ? leaf : { ...leaf, of: kind, all: kinds.size });
      }
    }
  }
  return found;
}

const kindsOf = ({ properties = {} }: JsonSchema): string[] => {
  const kind = Object.hasOwn(properties, 'type') ? properties.type : undefined;
  return [...(kind?.const === undefined ? [] : [kind.const]), ...(kind?.enum ?? [])].map(String);
};

const isValue = ({ type, enum: names, const: only }: JsonSchema): boolean =>
  names !== undefined || only !== undefined || (type !== undefined && type !== 'object');

const mostNames = 12;

/** What may stand there, in words. */
function typeOf(nodes: readonly JsonSchema[], root: JsonSchema, depth = 0): string {
  const open = nodes.flatMap((node) => branches(node, root));
  const names = [
    ...new Set(open.flatMap((node) => [...(node.enum ?? []), ...(node.const === undefined ? [] : [node.const])])),
  ];
  const shown = names.slice(0, mostNames).map((name) => JSON.stringify(name));
  const rest = open.filter((node) => node.enum === undefined && node.const === undefined);
  const words = [
    ...(shown.length > 0 ? [shown.join(' | ') + (names.length > mostNames ? ' | ...' : '')] : []),
    ...rest.flatMap((node) => wordsFor(node, root, depth)),
  ];
  return [...new Set(words)].join(', or ') || 'any';
}

function wordsFor(node: JsonSchema, root: JsonSchema, depth: number): string[] {
  if (node.properties !== undefined) return ['object'];
  if (isList(node)) {
    const entry = node.items ?? node.prefixItems?.[0];
    // Lists of lists may have no end.
    return [entry && depth < 2 ? `list of ${plural(typeOf([entry], root, depth + 1))}` : 'list'];
  }
  if (node.type === 'number' || node.type === 'integer') return [`${node.type}${range(node)}`];
  return typeof node.type === 'string' ? [node.type] : [];
}

const plural = (type: string): string => type.replace(/^(number|integer|string|object|boolean|list)\b/, '$1s');

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const bound = (value: unknown): value is number =>
    typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const parts = [
    bound(minimum) && `at least ${minimum}`,
    bound(exclusiveMinimum) && `above ${exclusiveMinimum}`,
    bound(maximum) && `at most ${maximum}`,
    bound(exclusiveMaximum) && `below ${exclusiveMaximum}`,
  ].filter(Boolean);
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (v, name) => (typeof v === 'object' && v !== null && Object.hasOwn(v, name) ? Reflect.get(v, name) : undefined),
      value,
    );
}
