/**
 * Ranges of numbers as text.
 *
 * ```
 * 0:5               0, 1, 2, 3, 4                as Python's: the end is left out
 * 0:10:2            0, 2, 4, 6, 8
 * 1..5              1, 2, 3, 4, 5                as seeds: both ends are there
 * 1..5 linear 9     1, 1.5, 2, ..., 5            so many, evenly spaced
 * 1e-4..1e-1 log 7  1e-4, 3.16227766017e-4, ...  so many, evenly spaced in their logarithm
 * ```
 */
import { invalidArgument } from '../../core/errors.js';

const number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const stepped = new RegExp(`^\\s*(${number}):(${number})(?::(${number}))?\\s*$`, 'i');
const between = new RegExp(`^\\s*(${number})\\.\\.(${number})(?:\\s+([a-z]+)(?:\\s+(\\S+))?)?\\s*$`, 'i');

/** The most values of one range. */
const most = 1_000_000;

/**
 * The values of a range, `undefined` where the text is none.
 * @param name of what it is given for, in messages
 * @throws `INVALID_ARGUMENT` for a range that is empty, endless or has too many values
 */
export function parseRange(text: string, name: string): number[] | undefined {
  const refuse = (expected: string) =>
    invalidArgument(`${name}: expected ${expected}, got ${JSON.stringify(text.trim())}`);
  const steps = stepped.exec(text);
  if (steps) {
    const [first = 0, end = 0, step = 1] = steps
      .slice(1)
      .map((part) => (part === undefined ? undefined : Number(part)));
    if (step === 0) throw refuse('a step that is not 0');
    // What rounding leaves of a whole number of steps is no step more: 0:1:0.1 has ten values.
    const count = Math.ceil((end - first) / step - 1e-9);
    if (!(count > 0)) throw refuse(`a range that holds a value, first:end:step with the end left out`);
    if (count > most) throw refuse(`at most ${most} values`);
    return Array.from({ length: count }, (_, i) => tidy(first + i * step));
  }
  const [, low, high, spacing, count] = between.exec(text) ?? [];
  if (low === undefined || high === undefined) return undefined;
  const [a, b] = [Number(low), Number(high)];
  if (spacing === undefined) {
    if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b) || b < a) {
      throw refuse('whole numbers, the smaller first, or a spacing: 0..1 linear 5, 1e-4..1e-1 log 7');
    }
    if (b - a >= most) throw refuse(`at most ${most} values`);
    return Array.from({ length: b - a + 1 }, (_, i) => a + i);
  }
  if (spacing !== 'linear' && spacing !== 'log') throw refuse('`linear` or `log` and how many: 1e-4..1e-1 log 7');
  const n = Number(count);
  if (!(Number.isSafeInteger(n) && n >= 2 && n <= most)) throw refuse(`how many values, from 2 to ${most}`);
  if (spacing === 'log' && !(a > 0 && b > 0)) throw refuse('ends above 0 for `log`');
  return Array.from({ length: n }, (_, i) => {
    if (i === 0) return a;
    if (i === n - 1) return b;
    const t = i / (n - 1);
    return tidy(spacing === 'log' ? Math.exp(Math.log(a) * (1 - t) + Math.log(b) * t) : a * (1 - t) + b * t);
  });
}

/** Without what rounding adds in the last digits: 0.3, not 0.30000000000000004. */
const tidy = (value: number): number => Number(value.toPrecision(12));
