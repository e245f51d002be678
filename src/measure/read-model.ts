/** A model from a file of any of the kinds that are read. */
import { extname } from 'node:path';
import { invalidArgument } from '../core/errors.js';
import { checkPath } from '../core/files.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkOptions, requireObject } from '../core/options.js';
import { type ActivationName, activationNames } from '../nets/activation.js';
import { createModel, loadLayersModel, loadModel, loadOnnx, type Model, type NetworkSpec } from '../nets/index.js';
import { drafted, placed, readSafetensors, within } from './safetensors.js';

/** What a file may leave out. */
export interface ReadModelOptions {
  /** Of a safetensors file that has none in its metadata. */
  spec?: NetworkSpec;
  /** Between the dense layers of a safetensors file without a description, which is then drafted from names and shapes. */
  activation?: ActivationName;
  /** Of the arrays of a safetensors file those are read whose names begin so, by what is left of the names: `'encoder.'`. */
  prefix?: string;
  /**
   * What layers, or single arrays, of `spec` are called in a safetensors file (behind `prefix`): `{ 'layers.0': 'fc_in' }` reads
   * `fc_in.weight` as `layers.0.weight`. What is not named is looked for under its own name. Arrays of other layers in the
   * file are left alone.
   */
  names?: Readonly<Record<string, string>>;
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
  const { spec, activation, prefix, names } = checkOptions(options, ['spec', 'activation', 'prefix', 'names']);
  checkChoice(activation, activationNames, 'activation');
  const ending = extname(path).toLowerCase();
  if (!endings.includes(ending)) throw invalidArgument(`${path}: expected a model (${endings.join(', ')})`);
  const safetensors = ending === '.safetensors';
  for (const [name, value] of Object.entries({ prefix, names })) {
    if (value !== undefined && !safetensors)
      throw invalidArgument(`${name}: is said of a safetensors file, not of ${path}`);
  }
  if (ending === '.onnx') return loadOnnx(path);
  if (ending === '.json') return loadLayersModel(path);
  const { metadata, arrays: all } = readSafetensors(path);
  const arrays = prefix === undefined ? all : within(path, all, checkText(prefix, 'prefix'));
  const dtype = Object.values(arrays).some(({ dtype: type }) => type === 'F64') ? 'f64' : 'f32';
  if (names !== undefined) {
    for (const [own, stored] of Object.entries(requireObject(names, 'names'))) checkText(stored, `names.${own}`);
    if (!spec) throw invalidArgument('names: expected a spec, whose layers they name');
  }
  if (spec) {
    const model = createModel(spec, { seed: 0, dtype });
    if (names === undefined && prefix === undefined) model.loadParameters(path);
    else model.setParameters(placed(path, arrays, { ...model.parameters(), ...model.buffers() }, names ?? {}));
    return model;
  }
  if ('spec' in metadata && prefix === undefined) return loadModel(path);
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

function checkText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '')
    throw invalidArgument(`${name}: expected a text, got ${describe(value)}`);
  return value;
}
