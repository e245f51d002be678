/** A model from a file of any of the kinds that are read. */
import { extname } from 'node:path';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { checkPath, readWholeSync } from '../core/files.js';
import { call } from '../core/native.js';
import { type NdArray, sizeOf } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { createModel, loadLayersModel, loadModel, loadOnnx, type Model, type NetworkSpec } from '../nets/index.js';
import { type ActivationName, activationNames, type LayerSpec } from '../nets/spec.js';

/** What a file may leave out. */
export interface ReadModelOptions {
  /** Of a safetensors file that has none in its metadata. */
  spec?: NetworkSpec;
  /** Between the dense layers of a safetensors file without a description, which is then drafted from names and shapes. */
  activation?: ActivationName;
}

const endings = ['.onnx', '.safetensors', '.json'];

/** Whether a path names a model by its ending. */
export const isModelPath = (path: string): boolean => endings.includes(extname(path).toLowerCase());

/**
 * The model of an `.onnx`, `.safetensors` or TensorFlow.js `model.json` file.
 * @throws `INVALID_ARGUMENT` where a description is missing, with a draft of it; what the readers throw
 */
export function readModel(path: string, options: ReadModelOptions = {}): Model {
  checkPath(path);
  const { spec, activation } = checkOptions(options, ['spec', 'activation']);
  checkChoice(activation, activationNames, 'activation');
  const ending = extname(path).toLowerCase();
  if (ending === '.onnx') return loadOnnx(path);
  if (ending === '.json') return loadLayersModel(path);
  if (ending !== '.safetensors') throw invalidArgument(`${path}: expected a model (${endings.join(', ')})`);
  const { metadata, arrays } = headerOf(path);
  const dtype = Object.values(arrays).some(({ dtype: type }) => type === 'F64') ? 'f64' : 'f32';
  if (spec) {
    const model = createModel(spec, { seed: 0, dtype });
    model.loadParameters(path);
    return model;
  }
  if ('spec' in metadata) return loadModel(path);
  const { draft, parameters } = drafted(path, arrays, activation ?? 'relu');
  if (activation === undefined && draft.layers.length > 1) {
    throw invalidArgument(
      `${path}: it does not say how its layers are joined. From names and shapes: ${JSON.stringify(draft)}; ` +
        'say the activation between the dense layers (--activation tanh), or write that into a file (--spec net.json)',
    );
  }
  const model = createModel(draft, { seed: 0, dtype });
  model.setParameters(parameters());
  return model;
}

interface Stored {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

function headerOf(path: string): { metadata: Record<string, unknown>; arrays: Record<string, Stored> } {
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
function drafted(path: string, arrays: Record<string, Stored>, fn: ActivationName) {
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

const KINDS: Readonly<Record<string, readonly [kind: string, size: number]>> = {
  F16: ['f16', 2],
  F32: ['f32', 4],
  F64: ['f64', 8],
};

function numbersOf(path: string, name: string, { dtype, shape, bytes }: Stored): NdArray {
  const [kind, size] = KINDS[dtype] ?? [];
  if (kind === undefined || bytes.length !== size! * sizeOf(shape)) {
    throw invalidArgument(`${path}: ${name}: expected F16, F32 or F64 numbers of its shape, got ${dtype}`);
  }
  return call((addon) => addon.decodeNumbers(bytes, { kind, bigEndian: false, columnMajor: false }, shape));
}
