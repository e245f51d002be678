/** Transforms over other axes than the last ones. */
import type { JsSignal } from '../../bindings/index.cjs';
import { invalidArgument, invalidShape } from '../errors.js';
import { call } from '../native.js';
import type { ComplexArray, NdArray } from '../ndarray.js';
import { toSignal } from './signal.js';

const permuted = (x: JsSignal, axes: number[]): NdArray | ComplexArray =>
  call((addon) => addon.spectrumPermute(x, axes));

/**
 * The result of `work` on `signal` with `axes` brought to the end in their order, its axes brought back. Where they are the
 * last ones, as by default everywhere, nothing is moved or copied.
 */
export function onLastAxes<R extends NdArray | ComplexArray>(
  signal: JsSignal,
  axes: readonly number[],
  work: (signal: JsSignal) => R,
): R {
  const rank = signal.shape.length;
  const shown = `[${signal.shape.join(', ')}]`;
  if (axes.length > rank)
    throw invalidShape(`x: expected an array of at least ${axes.length} axes, got shape ${shown}`);
  const last = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (last.length === 0 || new Set(last).size < last.length || !last.every((axis) => axis in signal.shape))
    throw invalidArgument(`axes: expected different axes of shape ${shown}, got ${axes.join(', ') || 'none'}`);
  const order = [...signal.shape.keys()].filter((axis) => !last.includes(axis)).concat(last);
  if (order.every((axis, i) => axis === i)) return work(signal);
  const result = work(toSignal(permuted(signal, order), 'x'));
  const back = order.map((_, axis) => order.indexOf(axis));
  return permuted(toSignal(result, 'x'), back) as R;
}
