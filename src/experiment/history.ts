/** Reading what a training recorded. */
import { DivergedError, invalidArgument, invalidShape } from '../core/errors.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { suggestion } from '../core/nearest.js';
import { requireObject } from '../core/options.js';
import type { TrainingHistory } from '../nets/index.js';

/** One field of a probe, `[records, ...]`. @throws FprincipleError `INVALID_ARGUMENT` when there is none of that name. */
export function probe(history: TrainingHistory, name: string, field: string): NdArray {
  const { probes } = requireObject(history, 'history');
  const fields: unknown = Object.hasOwn(requireObject(probes, 'history.probes'), name) ? probes[name] : undefined;
  if (typeof fields !== 'object' || fields === null) {
    throw invalidArgument(`probe: there is no ${describe(name)}; ${suggestion(String(name), Object.keys(probes))}`);
  }
  const arrays: Readonly<Record<string, unknown>> = { ...fields };
  if (Object.hasOwn(arrays, field)) return toNdArray(arrays[field] as NdArray, `probe ${name}.${field}`);
  throw invalidArgument(
    `probe ${name}: it has no field ${describe(field)}; ${suggestion(String(field), Object.keys(arrays))}`,
  );
}

/**
 * Column `index` of `[records, columns]`: one quantity through the training. `[records]` is a single column.
 * @throws `INVALID_SHAPE` for an array of other dimensions, `INVALID_ARGUMENT` for an index that it does not have
 */
export function column(array: NdArray, index: number): Float64Array {
  const { data, shape } = toNdArray(array, 'array');
  const [rows = 0, columns = 1] = shape;
  if (shape.length < 1 || data.length !== rows * columns) {
    throw invalidShape(`array: expected [records, columns], got shape [${shape.join(', ')}]`);
  }
  const at = entry(index, columns, 'columns');
  return Float64Array.from({ length: rows }, (_, r) => data[r * columns + at] ?? Number.NaN);
}

/**
 * Row `index` of `[records, ...]`: everything measured at one record.
 * @throws `INVALID_ARGUMENT` for an index that it does not have
 */
export function row(array: NdArray, index: number): Float64Array {
  const { data, shape } = toNdArray(array, 'array');
  const [rows = 1] = shape;
  const at = entry(index, rows, 'rows');
  const size = data.length / rows;
  return Float64Array.from(data.subarray(at * size, (at + 1) * size));
}

/** `[a, b] -> [b, a]`. @throws `INVALID_SHAPE` for an array of other dimensions */
export function transposed(array: NdArray): NdArray {
  const { data, shape } = toNdArray(array, 'array', 2);
  const [a = 0, b = 0] = shape;
  const out = new Float64Array(a * b);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = data[i * b + j] ?? Number.NaN;
  return { data: out, shape: [b, a] };
}

/** An index of one of `count` entries. */
function entry(index: unknown, count: number, of: string): number {
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count) return index;
  throw invalidArgument(
    `index: expected an integer from 0 to ${count - 1}, one of ${count} ${of}, got ${describe(index)}`,
  );
}

/**
 * Stops an experiment whose training diverged: nothing it would claim means anything. A sweep counts such a run as diverged,
 * not as failed.
 * @throws DivergedError `NON_FINITE`, naming `what` and the step
 */
export function refuseDiverged(history: TrainingHistory, what: string): void {
  if (history.stopReason !== 'diverged') return;
  const { step } = history.state;
  throw new DivergedError(`${what}: the training diverged at step ${step}: take a smaller learning rate`, step);
}
