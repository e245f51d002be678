/** Arrays that the addon writes results to: new ones, or the caller's. */
import type { JsSignal } from '../../bindings/index.cjs';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { checkMemory } from '../core/native.js';
import { type ComplexArray, type DType, describe, isSteady, type NdArray } from '../core/ndarray.js';
import { requireObject } from '../core/options.js';

type FloatArray = Float64Array | Float32Array;

/** Where a complex result may be written. */
export interface ComplexOut {
  /**
   * Arrays to write the result to, of its type and number of elements: an earlier result of the same call, say. In a loop over
   * large arrays this saves up to a quarter of the time. Only for the last axes in their order; after an error what they hold is of
   * no account.
   */
  out?: Pick<ComplexArray, 're' | 'im'> | undefined;
}

/** Where a real result may be written. */
export interface RealOut {
  /** Array to write the result to, as in {@link ComplexOut}, or an earlier result. */
  out?: NdArray | NdArray['data'] | undefined;
}

/** Either of them, not checked yet. */
export interface Out {
  out?: unknown;
}

/** Most elements of one array of a result, as in the crates. */
const MOST = 2 ** 30;

/**
 * An array of `size` elements, contents unspecified. JavaScript's own memory: it is collected within a loop that never
 * awaits, and reused warm, where memory of the addon's would wait for the event loop and be faulted in page by page (for a
 * transform of a million points that took longer than the transform).
 */
function resultArray(type: DType, size: number): FloatArray {
  if (!(size <= MOST))
    throw new FprincipleError('OVER_MEMORY_LIMIT', `the result: expected at most 2^30 elements, got ${size}`);
  const [Type, bytes] = type === 'f32' ? ([Float32Array, 4] as const) : ([Float64Array, 8] as const);
  checkMemory('the result', bytes * size);
  try {
    return new Type(Buffer.allocUnsafeSlow(bytes * size).buffer);
  } catch (cause) {
    throw new FprincipleError('OVER_MEMORY_LIMIT', `the result: there is no memory for ${size} numbers`, { cause });
  }
}

/**
 * The caller's array `out`, which may hold the result: of its type and size, and none of the memory of `others`, which are read
 * while it is written.
 * @throws `INVALID_ARGUMENT` for another type and for shared memory, `INVALID_SHAPE` for another size
 */
function checkResultArray(out: unknown, type: DType, size: number, name: string, others: readonly FloatArray[]) {
  const Type = type === 'f32' ? Float32Array : Float64Array;
  if (!(out instanceof Type)) throw invalidArgument(`${name}: expected a ${Type.name}, got ${describe(out)}`);
  if (!isSteady(out)) throw invalidArgument(`${name}: expected memory that is neither shared nor resizable`);
  if (out.length !== size) throw invalidShape(`${name}: expected ${size} elements, got ${out.length}`);
  const end = (x: FloatArray) => x.byteOffset + x.byteLength;
  const shares = (x: FloatArray) => x.buffer === out.buffer && x.byteOffset < end(out) && out.byteOffset < end(x);
  if (others.some(shares)) throw invalidArgument(`${name}: expected memory of its own, which no other array shares`);
  return out;
}

/** The arrays that are read while a result is written to the caller's. */
function partsOf(x: JsSignal, moved: JsSignal): FloatArray[] {
  if (moved !== x) throw invalidArgument('out: expected a transform over the last axes in their order');
  return x.im ? [x.re, x.im] : [x.re];
}

/** The arrays of `out`, checked, or new ones, for a result from `x`, whose axes were moved in `moved`. */
export function complexResult(out: unknown, type: DType, size: number, x: JsSignal, moved: JsSignal) {
  if (out === undefined) return { re: resultArray(type, size), im: resultArray(type, size) };
  const inputs = partsOf(x, moved);
  const parts = requireObject(out as Partial<ComplexArray>, 'out');
  const re = checkResultArray(parts.re, type, size, 'out.re', inputs);
  return { re, im: checkResultArray(parts.im, type, size, 'out.im', [...inputs, re]) };
}

/** The same of a real result. */
export function realResult(out: unknown, type: DType, size: number, x: JsSignal, moved: JsSignal) {
  if (out === undefined) return resultArray(type, size);
  const data = ArrayBuffer.isView(out) ? out : requireObject(out as Partial<NdArray>, 'out').data;
  return checkResultArray(data, type, size, 'out', partsOf(x, moved));
}
