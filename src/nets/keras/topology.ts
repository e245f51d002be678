/**
 * The layers of a Keras model in the order in which a sample goes through them: a `Sequential`, a chain of a functional
 * `Model`, and models of these kinds as layers of one.
 */
import { type FprincipleError, invalidArgument } from '../../core/errors.js';
import { isCount, isRecord, text } from './fields.js';

/** One layer of a chain. */
export interface KerasLayer {
  className: string;
  config: Record<string, unknown>;
  /** Names of the models it is in, and its own. */
  path: string[];
  /** What Keras 3 writes beside the configuration: the shape that came in. */
  built?: unknown;
}

/** Models in models, no deeper than this. */
const DEEPEST = 32;

/**
 * The layers of a model's topology.
 * @throws `INVALID_ARGUMENT` for what is no chain, or no model
 */
export function chainOf(topology: unknown): { layers: KerasLayer[]; inputShape: unknown } {
  const layers = chain(topology, [], 0);
  const config = isRecord(topology) ? topology.config : undefined;
  return { layers, inputShape: isRecord(config) ? config.build_input_shape : undefined };
}

const MODELS = ['Sequential', 'Functional', 'Model'];

function chain(model: unknown, path: string[], depth: number): KerasLayer[] {
  const where = path.length > 0 ? `layer ${path.join('/')}` : 'model';
  if (depth > DEEPEST) throw invalidArgument(`${where}: expected models at most ${DEEPEST} deep in each other`);
  if (!isRecord(model) || typeof model.class_name !== 'string') {
    throw invalidArgument(`${where}: expected a Sequential or functional LayersModel, got ${text(model)}`);
  }
  const { class_name: kind, config } = model;
  if (!MODELS.includes(kind)) {
    throw invalidArgument(`${where}: expected a Sequential or functional LayersModel, got ${kind}`);
  }
  const list = isRecord(config) ? config.layers : config;
  if (!Array.isArray(list) || list.length === 0) throw invalidArgument(`${where}: expected layers, got ${text(list)}`);
  const entries = list.map((entry: unknown, index) => entryOf(entry, index, where));
  const ordered = kind === 'Sequential' ? entries : followed(entries, isRecord(config) ? config : {}, where);
  return ordered.flatMap(({ name, value }) => {
    const own = [...path, name];
    if (typeof value.class_name === 'string' && MODELS.includes(value.class_name)) return chain(value, own, depth + 1);
    if (typeof value.class_name !== 'string' || !isRecord(value.config)) {
      throw invalidArgument(`layer ${own.join('/')}: expected a class_name and a config, got ${text(value)}`);
    }
    const built = isRecord(value.build_config) ? value.build_config.input_shape : undefined;
    return [{ className: value.class_name, config: value.config, path: own, built }];
  });
}

interface Entry {
  name: string;
  value: Record<string, unknown>;
}

function entryOf(entry: unknown, index: number, where: string): Entry {
  if (!isRecord(entry)) throw invalidArgument(`${where}: layers[${index}]: expected a layer, got ${text(entry)}`);
  const config = isRecord(entry.config) ? entry.config : {};
  const name = config.name ?? entry.name ?? `#${index}`;
  if (typeof name !== 'string') throw invalidArgument(`${where}: layers[${index}]: expected a name, got ${text(name)}`);
  return { name, value: entry };
}

/** The layers of a functional model from its one input to its one output. */
function followed(entries: Entry[], config: Record<string, unknown>, where: string): Entry[] {
  const names = new Map(entries.map((entry) => [entry.name, entry]));
  if (names.size < entries.length) throw invalidArgument(`${where}: expected layers of different names`);
  const [input, output] = [endOf(config, 'input_layers', where), endOf(config, 'output_layers', where)];
  const order: Entry[] = [];
  for (let name: string | undefined = output; name !== undefined; ) {
    const entry = names.get(name);
    if (!entry) throw invalidArgument(`${where}: expected a layer ${name}, got ${[...names.keys()].join(', ')}`);
    if (order.includes(entry)) throw invalidArgument(`${where}: expected a chain, layer ${name} comes twice`);
    order.unshift(entry);
    name = name === input ? undefined : sourceOf(entry, where);
  }
  const left = entries.find((entry) => !order.includes(entry));
  if (left) throw invalidArgument(`${where}: expected a chain of layers, ${left.name} is beside it`);
  return order;
}

/** `[["name", 0, 0]]`, or `["name", 0, 0]`. */
function endOf(config: Record<string, unknown>, field: string, where: string): string {
  const value = config[field];
  const list: unknown[] = Array.isArray(value) ? (typeof value[0] === 'string' ? [value] : value) : [];
  const name: unknown = Array.isArray(list[0]) ? list[0][0] : undefined;
  if (list.length !== 1 || typeof name !== 'string') {
    throw invalidArgument(`${where}: ${field}: expected one layer, got ${text(value)}`);
  }
  return name;
}

/** The layer that this one takes its input from: it is called once, on one output of one layer. */
function sourceOf({ name, value }: Entry, where: string): string {
  const refused = (): FprincipleError =>
    invalidArgument(`${where}: expected a chain, layer ${name} has the inputs ${text(value.inbound_nodes)}`);
  const calls = value.inbound_nodes;
  if (!Array.isArray(calls) || calls.length !== 1) throw refused();
  const call: unknown = calls[0];
  // Keras 2: a list of [layer, call, output, arguments]; Keras 3: { args, kwargs }.
  const inputs: unknown = isRecord(call) ? call.args : call;
  if (!Array.isArray(inputs) || inputs.length !== 1) throw refused();
  const first: unknown = inputs[0];
  const history: unknown = isRecord(first) && isRecord(first.config) ? first.config.keras_history : first;
  if (!Array.isArray(history)) throw refused();
  const [source, , place, options] = history as unknown[];
  if (typeof source !== 'string' || (place ?? 0) !== 0) throw refused();
  const given = isRecord(call) ? call.kwargs : options;
  const told = Object.entries(isRecord(given) ? given : {}).find(([, v]) => v !== null && v !== false);
  if (told) throw invalidArgument(`layer ${name}: the call's argument ${told[0]} (${text(told[1])}) is not known here`);
  return source;
}

/**
 * The shape of one sample in Keras' order, from the first layers that state it.
 * @throws `INVALID_ARGUMENT` where it is not stated or not fixed
 */
export function sampleShape(layers: KerasLayer[], inputShape: unknown, inferred: number | undefined): number[] {
  const first = layers[0];
  const config = first?.config ?? {};
  const stated = [config.batch_input_shape, config.batchInputShape, config.batch_shape, inputShape, first?.built];
  const batch = stated.find((shape) => shape !== undefined && shape !== null);
  const dim = config.input_dim ?? inferred;
  const sample: unknown = Array.isArray(batch) ? batch.slice(1) : (config.input_shape ?? (dim && [dim]));
  if (!Array.isArray(sample) || sample.length === 0 || !sample.every(isCount)) {
    const name = first?.path.join('/') ?? '';
    throw invalidArgument(
      `layer ${name}: expected the fixed shape of a sample (batch_input_shape, batch_shape), got ${text(batch ?? sample)}`,
    );
  }
  return sample;
}
