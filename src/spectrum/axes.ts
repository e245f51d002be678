/** Which axes a transform is over, and their lengths. */

import type { JsSignal } from '../../bindings/index.cjs';
import { invalidArgument, invalidShape } from '../core/errors.js';
import { call } from '../core/native.js';
import { type ComplexArray, describe, type NdArray, shapeText } from '../core/ndarray.js';
import { checkInteger } from '../core/options.js';
import { toSignal } from '../core/signal.js';
import type { TransformOptions } from './options.js';

/** Options of transforms over one axis. */
export interface TransformOptions1 extends TransformOptions {
  /** Length of the transform: the axis is cropped or padded with zeros to it first, as NumPy's `n`. */
  n?: number;
  /** The axis transformed, counted from the end where negative; the last by default. */
  axis?: number;
}

/** The axis and the length of a transform over one axis, which names them `axis` and `n`. */
export function oneAxis(axis: number, n: number | undefined): Pick<Request, 'axes' | 'lengths'> {
  if (!Number.isSafeInteger(axis)) throw invalidArgument(`axis: expected an integer, got ${describe(axis)}`);
  checkInteger(n, 'n', 1);
  return { axes: [axis], lengths: n === undefined ? undefined : [n] };
}

/** What a transform is asked for: its axes, and their lengths where they are to change. */
export interface Request extends TransformOptions {
  axes: readonly number[];
  lengths?: readonly number[] | undefined;
}

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
  if (!Array.isArray(axes) || !axes.every(Number.isSafeInteger))
    throw invalidArgument(`axes: expected an array of integers, got ${shapeText(axes)}`);
  const rank = signal.shape.length;
  const shown = `[${signal.shape.join(', ')}]`;
  if (axes.length > rank)
    throw invalidShape(`x: expected an array of at least ${axes.length} axes, got shape ${shown}`);
  const last = axes.map((axis) => (typeof axis === 'number' && axis < 0 ? axis + rank : axis));
  if (last.length === 0 || !last.every((axis) => Number.isSafeInteger(axis) && axis >= 0 && axis < rank))
    throw invalidArgument(
      `${axes.length === 1 ? 'axis' : 'axes'}: expected axes of shape ${shown}, got ${axes.map(describe).join(', ') || 'none'}`,
    );
  const order = [...signal.shape.keys()].filter((axis) => !last.includes(axis)).concat(last);
  if (order.every((axis, i) => axis === i)) return work(signal);
  const result = work(toSignal(permuted(signal, order), 'x'));
  const back = order.map((_, axis) => order.indexOf(axis));
  return permuted(toSignal(result, 'x'), back) as R;
}

/** Whether an axis is named twice: then it is transformed twice, as by NumPy. */
export function repeats(axes: readonly number[], rank: number): boolean {
  if (!Array.isArray(axes) || !axes.every((axis) => Number.isInteger(axis))) return false;
  return new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis))).size < axes.length;
}

/** Refuses what is no list of lengths, one an axis. */
export function checkLengths(lengths: readonly number[], axes: readonly number[]): void {
  if (!Array.isArray(lengths)) throw invalidArgument(`size: expected an array of lengths, got ${describe(lengths)}`);
  if (lengths.length !== axes.length)
    throw invalidShape(`size: expected ${axes.length} lengths, got ${lengths.length}`);
  if (!lengths.every((n) => Number.isSafeInteger(n) && n >= 1))
    throw invalidArgument(`size: expected whole numbers of at least 1, got ${shapeText(lengths)}`);
}

/** A signal with its last axes cropped or padded to the lengths, where they are given. */
export function fitted(signal: JsSignal, { axes, lengths }: Request): JsSignal {
  if (lengths === undefined) return signal;
  checkLengths(lengths, axes);
  return toSignal(
    call((addon) => addon.spectrumResize(signal, [...lengths])),
    'x',
  );
}
