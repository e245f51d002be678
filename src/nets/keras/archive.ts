/** The files of a TensorFlow.js LayersModel: `model.json`, and the binary weights that its manifest names beside it. */
import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import { z } from 'zod';
import { FprincipleError } from '../../core/errors.js';
import { failure, readWholeSync } from '../../core/files.js';
import { call } from '../../core/native.js';
import { type NdArray, sizeOf } from '../../core/ndarray.js';

const quantization = z.looseObject({
  dtype: z.enum(['uint8', 'uint16', 'float16']),
  scale: z.number().optional(),
  min: z.number().optional(),
});
const weight = z.looseObject({
  name: z.string().min(1),
  shape: z
    .array(
      z
        .int()
        .nonnegative()
        .max(2 ** 31),
    )
    .max(8),
  dtype: z.string(),
  quantization: quantization.nullish(),
});
const manifest = z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weight) }));
const modelJson = z.looseObject({
  format: z.string().nullish(),
  modelTopology: z.looseObject({}),
  weightsManifest: manifest.nullish(),
});

type WeightSpec = z.infer<typeof weight>;
/** What a `model.json` says. */
export type ModelJson = z.infer<typeof modelJson>;

/** The most bytes of a `model.json`: a description, no weights. */
const mostText = 2 ** 26;

/** @throws `IO` for a file that cannot be read or is no LayersModel */
export function readModelJson(path: string): ModelJson {
  const text = readWholeSync(path, { limit: mostText }).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failure(path, undefined, cause);
  }
  const read = modelJson.safeParse(value);
  if (!read.success) {
    const { path: place, message } = read.error.issues[0] ?? { path: [], message: 'it is no model' };
    throw broken(path, `not a LayersModel: ${place.join('.') || 'model'}: ${message}`);
  }
  const { format } = read.data;
  if (format !== undefined && format !== null && format !== 'layers-model') {
    throw broken(path, `expected the format layers-model, got ${format}`);
  }
  return read.data;
}

/** The weights of a model by name; each is to be taken once. */
export class Weights {
  readonly #taken = new Set<string>();

  constructor(readonly arrays: ReadonlyMap<string, NdArray>) {}

  /** The name of a layer's weight: under the names of the models it is in, or its own alone, as it is written. */
  find(path: readonly string[], name: string): string | undefined {
    const own = `${path.at(-1)}/${name}`;
    const exact = [[...path, name].join('/'), own].find((known) => this.arrays.has(known));
    if (exact !== undefined) return exact;
    const ending = [...this.arrays.keys()].filter((known) => known.endsWith(`/${own}`));
    return ending.length === 1 ? ending[0] : undefined;
  }

  /** The array of that name, for one layer alone. */
  take(name: string): NdArray | undefined {
    if (this.#taken.has(name)) return undefined;
    this.#taken.add(name);
    return this.arrays.get(name);
  }

  /** A weight that no layer has taken. */
  left(): string | undefined {
    return [...this.arrays.keys()].find((name) => !this.#taken.has(name));
  }
}

/**
 * All weights of a manifest: groups of files, each group's weights one after the other. Sizes are checked before a file is
 * read, and no path leads out of the model's folder.
 * @throws `IO`
 */
export function readWeights(path: string, groups: ModelJson['weightsManifest']): Weights {
  const arrays = new Map<string, NdArray>();
  for (const { paths, weights } of groups ?? []) {
    const files = paths.map((file) => inside(path, file));
    const sizes = files.map((file) => regular(file));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let end = 0;
    for (const spec of weights) {
      if (spec.dtype !== 'float32') {
        throw broken(path, `${spec.name}: expected weights of float32 (quantised or not), got ${spec.dtype}`);
      }
      end += byteLength(spec);
      if (!(end <= total)) throw broken(path, `${spec.name}: its numbers lie beyond the end of the weights`);
      if (arrays.has(spec.name)) throw broken(path, `${spec.name}: two weights have this name`);
      arrays.set(spec.name, { data: new Float32Array(0), shape: [0] });
    }
    if (end !== total) throw broken(path, `${paths.join(', ')}: expected ${end} bytes of weights, got ${total}`);
    const bytes = Buffer.concat(files.map((file, i) => readWholeSync(file, { limit: sizes[i] ?? 0 })));
    if (bytes.length !== total)
      throw broken(path, `${paths.join(', ')}: the weights were changed while they were read`);
    let offset = 0;
    for (const spec of weights) {
      const length = byteLength(spec);
      arrays.set(spec.name, numbers(path, spec, bytes.subarray(offset, offset + length)));
      offset += length;
    }
  }
  return new Weights(arrays);
}

/** What a weight is in the file, and its bytes. */
const KINDS = {
  float32: ['f32', 4],
  uint8: ['u8', 1],
  uint16: ['u16', 2],
  float16: ['f16', 2],
} as const;

const kindOf = ({ quantization }: WeightSpec): (typeof KINDS)[keyof typeof KINDS] =>
  KINDS[quantization?.dtype ?? 'float32'];
const byteLength = (spec: WeightSpec): number => sizeOf(spec.shape) * kindOf(spec)[1];

function numbers(path: string, spec: WeightSpec, bytes: Uint8Array): NdArray {
  const { name, shape, quantization: q } = spec;
  const [kind] = kindOf(spec);
  if (!q || q.dtype === 'float16') return call((addon) => addon.decodeNumbers(bytes, { kind }, shape));
  const { scale, min } = q;
  if (scale === undefined || min === undefined) {
    throw broken(path, `${name}: expected the scale and min of its quantisation`);
  }
  return call((addon) => addon.decodeNumbers(bytes, { kind, scale, min }, shape));
}

/** A file of the manifest, which has to lie in the folder of `model.json` (or deeper), links followed. */
function inside(path: string, file: string): string {
  const outside = (): FprincipleError => broken(path, `${file}: expected a path within the model's folder`);
  const parts = file.split(/[\\/]/);
  if (file === '' || isAbsolute(file) || win32.isAbsolute(file) || /^\w+:/.test(file) || parts.includes('..')) {
    throw outside();
  }
  try {
    const folder = realpathSync(dirname(path));
    const real = realpathSync(join(folder, file));
    const from = relative(folder, real);
    if (from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from)) throw outside();
    return real;
  } catch (cause) {
    throw failure(join(dirname(path), file), undefined, cause);
  }
}

/** The size of a regular file. */
function regular(file: string): number {
  const found = statSync(file);
  if (!found.isFile()) throw broken(file, found.isDirectory() ? 'is a folder' : 'is not a regular file');
  return found.size;
}

const broken = (path: string, reason: string): FprincipleError => new FprincipleError('IO', `${path}: ${reason}`);
