/** Real and complex array arguments, as the addon takes them. */
import type { JsSignal } from '../../bindings/index.cjs';
import { invalidArgument } from './errors.js';
import { type ArrayInput, type ComplexArray, describe, toComplexArray, toNdArray } from './ndarray.js';

/** What a function of complex signals takes: a {@link ComplexArray} or anything real. */
export type SignalInput = ComplexArray | ArrayInput;

/** A list of numbers that is no signal (sizes, edges, variances), as the addon takes it; what they may be is checked there. */
export function toNumbers(list: ArrayLike<number>, name: string): number[] {
  if (!(Array.isArray(list) || (ArrayBuffer.isView(list) && 'length' in list)))
    throw invalidArgument(`${name}: expected an array of numbers, got ${describe(list)}`);
  const numbers = Array.from(list as ArrayLike<number>);
  const stranger = numbers.findIndex((x) => typeof x !== 'number');
  if (stranger >= 0)
    throw invalidArgument(`${name}[${stranger}]: expected a number, got ${describe(numbers[stranger])}`);
  return numbers;
}

/** A real or complex argument, checked. */
export function toSignal(x: SignalInput, name: string): JsSignal {
  const complex = toComplexArray(x, name);
  if (complex) return complex;
  const { data, shape } = toNdArray(x as ArrayInput, name);
  return { re: data, shape };
}
