/** Reading what a training recorded. */
import { DivergedError, FprincipleError } from '../errors.js';
import type { NdArray } from '../ndarray.js';
import type { TrainingHistory } from '../nets/index.js';

/** One field of a probe, `[records, ...]`. @throws FprincipleError `INVALID_ARGUMENT` when there is none of that name. */
export function probe(history: TrainingHistory, name: string, field: string): NdArray {
  const fields = history.probes[name] as Record<string, NdArray | undefined> | undefined;
  const array = fields?.[field];
  if (array) return array;
  throw new FprincipleError('INVALID_ARGUMENT', `probe ${name}: it has no field ${JSON.stringify(field)}`);
}

/** Column `index` of `[records, columns]`: one quantity through the training. */
export function column({ data, shape }: NdArray, index: number): Float64Array {
  const [rows = 0, columns = 1] = shape;
  return Float64Array.from({ length: rows }, (_, r) => data[r * columns + index]!);
}

/** Row `index` of `[records, ...]`: everything measured at one record. */
export function row({ data, shape }: NdArray, index: number): Float64Array {
  const size = data.length / (shape[0] ?? 1);
  return Float64Array.from(data.subarray(index * size, (index + 1) * size));
}

/** `[a, b] -> [b, a]`. */
export function transposed({ data, shape }: NdArray): NdArray {
  const [a = 0, b = 0] = shape;
  const out = new Float64Array(a * b);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = data[i * b + j]!;
  return { data: out, shape: [b, a] };
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
