/** Real and complex array arguments, as the addon takes them. */
import type { JsSignal } from '../../bindings/index.cjs';
import { toList } from './lists.js';
import { type ArrayInput, type ComplexArray, toComplexArray, toNdArray } from './ndarray.js';

/** What a function of complex signals takes: a {@link ComplexArray} or anything real. */
export type SignalInput = ComplexArray | ArrayInput;

/** A list of numbers that is no signal (sizes, edges, variances), as the addon takes it; what they may be is checked there. */
export const toNumbers = (list: ArrayLike<number>, name: string): number[] => toList(list, name);

/** A real or complex argument, checked. */
export function toSignal(x: SignalInput, name: string): JsSignal {
  const complex = toComplexArray(x, name);
  if (complex) return complex;
  const { data, shape } = toNdArray(x as ArrayInput, name);
  return { re: data, shape };
}
