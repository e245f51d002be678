/** Whether what was measured is what was expected. */
import { checkExpectation, checkMeasured } from './check.js';
import type { Expectation, Measured } from './expectation.js';

/**
 * Whether `measured` meets `expected`. Nothing measured (an empty array) does not.
 * @throws `INVALID_ARGUMENT` for another comparison, and for what is no number, null or lists of them
 */
export function judge(expected: Expectation, measured: Measured): boolean {
  checkExpectation(expected);
  checkMeasured(measured, 'measured');
  if (expected.relation === 'increasing') return everyRow(measured, (a, b) => a < b);
  if (expected.relation === 'decreasing') return everyRow(measured, (a, b) => a > b);
  return everyNumber(measured, (x) => holds(expected, x));
}

function holds(expected: Exclude<Expectation, { relation: 'increasing' | 'decreasing' }>, x: number): boolean {
  switch (expected.relation) {
    case 'at most':
      return x <= expected.value;
    case 'at least':
      return x >= expected.value;
    case 'below':
      return x < expected.value;
    case 'above':
      return x > expected.value;
    case 'between':
      return x >= expected.low && x <= expected.high;
    case 'equal to':
      return Math.abs(x - expected.value) <= expected.tolerance;
  }
}

function everyNumber(measured: Measured, test: (x: number) => boolean): boolean {
  if (Array.isArray(measured)) return measured.length > 0 && measured.every((m: Measured) => everyNumber(m, test));
  return typeof measured === 'number' && Number.isFinite(measured) && test(measured);
}

function everyRow(measured: Measured, ordered: (a: number, b: number) => boolean): boolean {
  if (!Array.isArray(measured) || measured.length === 0) return false;
  if (measured.some((m: Measured) => Array.isArray(m))) return measured.every((m: Measured) => everyRow(m, ordered));
  const row = measured as readonly (number | null)[];
  // A single number is in no order: there is nothing to compare it with.
  if (row.length < 2) return false;
  return row.every((x, i) => {
    if (typeof x !== 'number' || !Number.isFinite(x)) return false;
    return i === 0 || ordered(row[i - 1] as number, x);
  });
}

/** Of the entries of `measured` (networks; a row of numbers that is to rise or fall is one) how many meet `expected`. */
export function entriesThatHold(expected: Expectation, measured: Measured): { held: number; of: number } {
  checkExpectation(expected);
  checkMeasured(measured, 'measured');
  const ordered = expected.relation === 'increasing' || expected.relation === 'decreasing';
  const several = Array.isArray(measured) && (!ordered || measured.some((m: Measured) => Array.isArray(m)));
  const entries: readonly Measured[] = several ? (measured as readonly Measured[]) : [measured];
  return { held: entries.filter((entry) => judge(expected, entry)).length, of: entries.length };
}
