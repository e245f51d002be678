/** Reading what a training recorded. */
import { DivergedError, invalidArgument } from '../core/errors.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { suggestion } from '../core/nearest.js';
import { requireObject } from '../core/options.js';
import type { TrainingHistory } from '../nets/index.js';

/** One field of a probe, `[records, ...]`. @throws FprincipleError `INVALID_ARGUMENT` when there is none of that name. */
export function probe(history: TrainingHistory, name: string, field: string): NdArray {
  const { probes } = requireObject(history, 'history');
  for (const [what, value] of Object.entries({ name, field })) {
    if (typeof value !== 'string') throw invalidArgument(`${what}: expected a text, got ${describe(value)}`);
  }
  const fields: unknown = Object.hasOwn(requireObject(probes, 'history.probes'), name) ? probes[name] : undefined;
  if (typeof fields !== 'object' || fields === null) {
    throw invalidArgument(`probe: there is no ${describe(name)}; ${suggestion(name, Object.keys(probes))}`);
  }
  const arrays: Readonly<Record<string, unknown>> = { ...fields };
  if (Object.hasOwn(arrays, field)) return toNdArray(arrays[field] as NdArray, `probe ${name}.${field}`);
  throw invalidArgument(`probe ${name}: it has no field ${describe(field)}; ${suggestion(field, Object.keys(arrays))}`);
}

/**
 * Stops an experiment whose training diverged: nothing it would claim means anything. A sweep counts such a run as diverged,
 * not as failed.
 * @throws DivergedError `NON_FINITE`, naming `what` and the step
 */
export function refuseDiverged(history: TrainingHistory, what: string): void {
  if (requireObject(history, 'history').stopReason !== 'diverged') return;
  const { step } = history.state;
  throw new DivergedError(`${what}: the training diverged at step ${step}: take a smaller learning rate`, step);
}
