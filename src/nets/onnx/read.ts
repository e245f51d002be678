/**
 * ONNX models whose graph is made of layers that this package has, as PyTorch, Keras and others export them: a chain, whose steps may be
 * branches that are added or concatenated.
 *
 * A layer is a node that takes one value which depends on the input; its other inputs have to be constant. Where a node takes
 * several, the branches begin at the last value that all paths to it go through. What has no counterpart is refused with its
 * operator, its name and the field.
 */
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { readWholeSync } from '../../core/files.js';
import type { DType, NdArray } from '../../core/ndarray.js';
import type { NetworkSpec } from '../spec.js';
import { Flows } from './flows.js';
import { DOUBLE, decodeModel, type OnnxTensor } from './format.js';
import { fused } from './fused.js';
import { numbers } from './tensors.js';

/** What a file describes. */
export interface ReadOnnx {
  spec: NetworkSpec;
  arrays: Record<string, NdArray>;
  /** The wider of the types of its arrays. */
  dtype: DType;
}

/** @throws `IO` for a file that cannot be read or is no ONNX model; `INVALID_ARGUMENT` naming the node that is not read */
export function readOnnx(path: string): ReadOnnx {
  const bytes = readWholeSync(path);
  let model: ReturnType<typeof decodeModel>;
  try {
    model = decodeModel(bytes);
  } catch (cause) {
    throw new FprincipleError('IO', `${path}: not an ONNX model, or cut short`, { cause });
  }
  const { graph } = model;
  if (!graph?.node || graph.node.length === 0) throw new FprincipleError('IO', `${path}: not an ONNX model`);
  const constants = new Map<string, NdArray>();
  let wide = false;
  const keep = (name: string, tensor: OnnxTensor): void => {
    wide ||= tensor.dataType === DOUBLE;
    constants.set(name, numbers(tensor, name, path));
  };
  for (const tensor of graph.initializer ?? []) keep(tensor.name ?? '', tensor);
  const inputs = (graph.input ?? []).filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (!input || inputs.length !== 1) {
    throw invalidArgument(`${path}: expected a model of one input, got ${inputs.map(({ name }) => name).join(', ')}`);
  }
  const dims = (input.type?.tensorType?.shape?.dim ?? []).slice(1).map(({ dimValue }) => dimValue ?? 0);
  wide ||= input.type?.tensorType?.elemType === DOUBLE;
  for (const { opType, output, attribute } of graph.node) {
    const value = opType === 'Constant' ? attribute?.find(({ name }) => name === 'value')?.t : undefined;
    if (value) keep(output?.[0] ?? '', value);
  }
  const others = graph.node.filter(({ output }) => !constants.has(output?.[0] ?? ''));
  const flows = new Flows(path, constants, input.name, fused(others, constants));
  const output = graph.output?.[0]?.name ?? '';
  if ((graph.output ?? []).length !== 1 || !flows.has(output)) {
    throw invalidArgument(`${path}: expected one output, which depends on the input, got ${output || 'none'}`);
  }
  const { layers, arrays: own } = flows.between(input.name, output, dims);
  if (layers.length === 0) throw invalidArgument(`${path}: expected layers, got none`);
  // The first layer has filled in what the file leaves open.
  const spec = { input: dims.length === 1 ? (dims[0] ?? 1) : dims, layers };
  const arrays = Object.fromEntries(Object.entries(own).map(([name, array]) => [`layers.${name}`, array]));
  return { spec, arrays, dtype: wide ? 'f64' : 'f32' };
}
