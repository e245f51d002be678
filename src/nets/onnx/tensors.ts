/** The numbers of an ONNX model, in it or in a file beside it. */
import { dirname, join } from 'node:path';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { readWholeSync } from '../../core/files.js';
import { call } from '../../core/native.js';
import { type NdArray, sizeOf } from '../../core/ndarray.js';
import { DOUBLE, FLOAT, FLOAT16, INT32, INT64, type OnnxTensor } from './format.js';

const KINDS: ReadonlyMap<number, readonly [kind: string, size: number]> = new Map([
  [FLOAT, ['f32', 4]],
  [INT32, ['i32', 4]],
  [INT64, ['i64', 8]],
  [FLOAT16, ['f16', 2]],
  [DOUBLE, ['f64', 8]],
]);

export function numbers(tensor: OnnxTensor, name: string, path: string): NdArray {
  const shape = tensor.dims ?? [];
  const known = KINDS.get(tensor.dataType);
  if (!known) throw invalidArgument(`${path}: ${name}: expected numbers, got a tensor of type ${tensor.dataType}`);
  const broken = (reason: string) => new FprincipleError('IO', `${path}: ${name}: ${reason}`);
  const [kind, size] = known;
  const bytes = tensor.dataLocation === 1 ? external(tensor, path, broken) : tensor.rawData;
  if (bytes && bytes.length > 0) {
    if (bytes.length !== size * sizeOf(shape)) {
      throw broken(`shape [${shape.join(', ')}] needs ${size * sizeOf(shape)} bytes, got ${bytes.length}`);
    }
    return call((addon) => addon.decodeNumbers(bytes, { kind, bigEndian: false, columnMajor: false }, shape));
  }
  const lists: Record<number, number[] | undefined> = {
    [FLOAT]: tensor.floatData,
    [DOUBLE]: tensor.doubleData,
    [INT64]: tensor.int64Data,
    [INT32]: tensor.int32Data,
  };
  const data = Float64Array.from(lists[tensor.dataType] ?? []);
  if (data.length !== sizeOf(shape)) {
    throw broken(`shape [${shape.join(', ')}] needs ${sizeOf(shape)} numbers, got ${data.length}`);
  }
  return { data, shape };
}

/** Numbers that lie in a file beside the model's. */
function external(tensor: OnnxTensor, path: string, broken: (reason: string) => Error): Uint8Array {
  const entry = (key: string): string | undefined => tensor.externalData?.find((one) => one.key === key)?.value;
  const location = entry('location') ?? '';
  if (location === '' || /[\\/]|^\.\.?$/.test(location)) {
    throw broken(`expected its numbers in a file beside the model, got ${JSON.stringify(location)}`);
  }
  const bytes = readWholeSync(join(dirname(path), location));
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw broken(`${location} ends early`);
  return bytes.subarray(offset, offset + length);
}
