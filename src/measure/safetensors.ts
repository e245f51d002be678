/** The arrays of a safetensors file, and which of a network's they are. */
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { readWholeSync } from '../core/files.js';
import { call } from '../core/native.js';
import { type NdArray, sizeOf } from '../core/ndarray.js';
import type { ActivationName } from '../nets/activation.js';
import type { NetworkSpec } from '../nets/index.js';
import type { LayerSpec } from '../nets/spec.js';

/** An array as it lies in the file. */
export interface Stored {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** @throws `IO` for a file that cannot be read, is of another kind or is cut short */
export function readSafetensors(path: string): { metadata: Record<string, unknown>; arrays: Record<string, Stored> } {
  const file = readWholeSync(path);
  const broken = (cause?: unknown) =>
    new FprincipleError('IO', `${path}: not a safetensors file, or cut short`, { cause });
  const length = file.length >= 8 ? Number(file.readBigUInt64LE(0)) : Infinity;
  if (8 + length > file.length) throw broken();
  try {
    const { __metadata__: metadata = {}, ...entries } = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    const arrays = Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (!Array.isArray(shape) || 8 + length + to > file.length) throw new Error(`${name} is not whole`);
        return [name, { dtype, shape, bytes: file.subarray(8 + length + from, 8 + length + to) }] as const;
      },
    );
    return { metadata: metadata as Record<string, unknown>, arrays: Object.fromEntries(arrays) };
  } catch (cause) {
    throw broken(cause);
  }
}

/** Numbers inside names in their order: `layer.10` after `layer.2`. */
const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** A chain of dense layers by the weights `[out, in]` in the order of their names, each as wide as the next one's input. */
export function drafted(path: string, arrays: Record<string, Stored>, fn: ActivationName) {
  const weights = Object.keys(arrays)
    .filter((name) => arrays[name]!.shape.length === 2)
    .sort(inOrder);
  const layers: LayerSpec[] = [];
  const names: [own: string, stored: string][] = [];
  const used = new Set<string>();
  for (const [i, name] of weights.entries()) {
    const [units = 0, features = 0] = arrays[name]!.shape;
    const before = i > 0 ? arrays[weights[i - 1]!]!.shape[0] : features;
    const bias = name.replace(/weight$/, 'bias');
    const hasBias = bias !== name && arrays[bias]?.shape.join() === String(units);
    if (before !== features) break;
    if (i > 0) layers.push({ type: 'activation', fn } as LayerSpec);
    names.push([`layers.${layers.length}.weight`, name]);
    if (hasBias) names.push([`layers.${layers.length}.bias`, bias]);
    for (const one of [name, ...(hasBias ? [bias] : [])]) used.add(one);
    layers.push({ type: 'dense', units, bias: hasBias });
  }
  const left = Object.keys(arrays).filter((name) => !used.has(name));
  if (left.length > 0 || layers.length === 0) {
    const shown = Object.entries(arrays).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    throw invalidArgument(
      `${path}: expected its description (--spec net.json): only chains of dense layers can be drafted; it has ${shown.join(', ')}`,
    );
  }
  const draft: NetworkSpec = { input: arrays[weights[0]!]!.shape[1]!, layers };
  const parameters = (): Record<string, NdArray> =>
    Object.fromEntries(names.map(([own, stored]) => [own, numbersOf(path, stored, arrays[stored]!)]));
  return { draft, parameters };
}

/** Bytes of a number of each type. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, U16: 2, I16: 2, U32: 4, I32: 4, U64: 8, I64: 8 },
  ...{ F16: 2, BF16: 2, F32: 4, F64: 8 },
};

function numbersOf(path: string, name: string, { dtype, shape, bytes }: Stored): NdArray {
  const size = SIZES[dtype];
  if (size === undefined || bytes.length !== size * sizeOf(shape)) {
    throw new FprincipleError(
      'IO',
      `${path}: ${name}: expected numbers of its shape [${shape.join(', ')}], got ${bytes.length} bytes of ${dtype}`,
    );
  }
  return call((addon) =>
    addon.decodeNumbers(bytes, { kind: dtype.toLowerCase(), bigEndian: false, columnMajor: false }, shape),
  );
}

/** The arrays whose names begin with `prefix`, by the rest of their names. */
export function within(path: string, arrays: Record<string, Stored>, prefix: string): Record<string, Stored> {
  const found = Object.entries(arrays).filter(([name]) => name.startsWith(prefix) && name !== prefix);
  if (found.length === 0) {
    throw invalidArgument(
      `prefix: ${path} has no array whose name begins with ${prefix}, but ${shown(Object.keys(arrays))}`,
    );
  }
  return Object.fromEntries(found.map(([name, array]) => [name.slice(prefix.length), array]));
}

/**
 * The numbers for each array of a model, by its own name. A layer that is read has to use all that the file has of it.
 * @param own the arrays of the model @param names what of them is called otherwise in the file: whole names, or their beginnings
 */
export function placed(
  path: string,
  arrays: Record<string, Stored>,
  own: Record<string, NdArray>,
  names: Readonly<Record<string, string>>,
): Record<string, NdArray> {
  const keys = Object.keys(names).sort((a, b) => b.length - a.length);
  const covers = (key: string, name: string): boolean => name === key || name.startsWith(`${key}.`);
  const idle = keys.find((key) => !Object.keys(own).some((name) => covers(key, name)));
  if (idle !== undefined) throw invalidArgument(`names: the network has no ${idle}, but ${shown(Object.keys(own))}`);
  const places = Object.keys(own).map((name) => {
    const key = keys.find((one) => covers(one, name));
    return [name, key === undefined ? name : `${names[key]}${name.slice(key.length)}`] as const;
  });
  const numbers = places.map(([name, stored]) => {
    const found = arrays[stored];
    if (!found) throw invalidArgument(`${path}: it has no ${stored} for ${name}, but ${shown(Object.keys(arrays))}`);
    const { shape } = own[name] ?? found;
    if (found.shape.join() !== shape.join()) {
      throw invalidShape(
        `${path}: ${stored}: expected shape [${shape.join(', ')}] as ${name} has, got [${found.shape.join(', ')}]`,
      );
    }
    return [name, numbersOf(path, stored, found)] as const;
  });
  const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));
  const read = new Set(places.map(([, stored]) => stored));
  const layers = new Set(places.map(([, stored]) => layerOf(stored)));
  const left = Object.keys(arrays).find(
    (name) => !read.has(name) && layers.has(layerOf(name)) && !name.endsWith('num_batches_tracked'),
  );
  if (left !== undefined) throw invalidArgument(`${path}: ${left} has no place in the network, though its layer has`);
  return Object.fromEntries(numbers);
}

/** Some names for a message. */
const shown = (names: readonly string[]): string =>
  names.length > 24 ? `${names.slice(0, 24).join(', ')} and ${names.length - 24} more` : names.join(', ');
