/**
 * Claims: what a source says happens, as a comparison that is computed from what was measured.
 *
 * A claim never carries its own verdict: `pass` is the value of {@link judge} on `expected` and `measured`, and the
 * run computes it again before it is written. A claim about several seeds or several networks measures an array, and
 * holds only when every entry holds; a value that is missing (`null`, for instance a level never reached) or not
 * finite never holds.
 */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { requireOptions } from '../core/options.js';
import { checkExpectation, checkMeasured, checkText, checkTexts } from './check.js';

/** A measured quantity: one number, or nested arrays of them. `null` says that there is no value. */
export type Measured = number | null | readonly Measured[];

/** The comparison a claim makes, with the numbers it compares against. */
export type Expectation =
  /** Every number is at most `value`. */
  | { relation: 'at most'; value: number }
  /** Every number is at least `value`. */
  | { relation: 'at least'; value: number }
  /** Every number is below `value`, strictly. */
  | { relation: 'below'; value: number }
  /** Every number is above `value`, strictly. */
  | { relation: 'above'; value: number }
  /** Every number lies in the closed interval from `low` to `high`. */
  | { relation: 'between'; low: number; high: number }
  /** Every number is within `tolerance` (absolute) of `value`. */
  | { relation: 'equal to'; value: number; tolerance: number }
  /** Each row (the innermost arrays) rises strictly from left to right. */
  | { relation: 'increasing' }
  /** Each row falls strictly from left to right. */
  | { relation: 'decreasing' };

/** What happened to one statement of a source on one run. */
export interface Claim {
  /** Short name, unique within the experiment. */
  id: string;
  /** The statement, in a sentence that a reader can check against `expected` and `measured`. */
  statement: string;
  /** Who says so: document, figure, equation. */
  source: string;
  expected: Expectation;
  measured: Measured;
  /** What the entries of the innermost arrays of `measured` are, for instance `['k = 1', 'k = 3']`. */
  labels?: readonly string[];
  /** Unit of the measured numbers, for instance `'steps'`. */
  unit?: string;
  /** Whether what was measured is what was expected. */
  pass: boolean;
}

/** All of a claim but its comparison. */
export interface ClaimText {
  id: string;
  statement: string;
  source: string;
  measured: Measured;
  labels?: readonly string[];
  unit?: string;
}

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

const claimText = ['id', 'statement', 'source', 'measured', 'labels', 'unit'] as const;

function claim(expected: Expectation, text: ClaimText): Claim {
  const { id, statement, source, measured, labels, unit } = requireOptions(text, claimText, 'claim');
  for (const [name, words] of Object.entries({ id, statement, source })) {
    if (words === undefined) throw invalidArgument(`claim.${name}: expected a text, got undefined`);
    checkText(words, `claim.${name}`);
  }
  checkText(unit, 'claim.unit');
  checkTexts(labels, 'claim.labels');
  const pass = judge(expected, measured);
  return { id, statement, source, expected, measured, ...(labels && { labels }), ...(unit && { unit }), pass };
}

/** Claims that every measured number is at most `bound`. */
export const atMost = (bound: number, text: ClaimText): Claim => claim({ relation: 'at most', value: bound }, text);
/** Claims that every measured number is at least `bound`. */
export const atLeast = (bound: number, text: ClaimText): Claim => claim({ relation: 'at least', value: bound }, text);
/** Claims that every measured number is strictly below `bound`. */
export const below = (bound: number, text: ClaimText): Claim => claim({ relation: 'below', value: bound }, text);
/** Claims that every measured number is strictly above `bound`. */
export const above = (bound: number, text: ClaimText): Claim => claim({ relation: 'above', value: bound }, text);
/** Claims that every measured number lies between `low` and `high`, both included. */
export const between = (low: number, high: number, text: ClaimText): Claim =>
  claim({ relation: 'between', low, high }, text);
/** Claims that every measured number is within `tolerance` (absolute) of `value`. */
export const equalTo = (value: number, tolerance: number, text: ClaimText): Claim =>
  claim({ relation: 'equal to', value, tolerance }, text);
/** Claims that the measured numbers rise strictly in the order given (row by row if `measured` holds rows). */
export const increasing = (text: ClaimText): Claim => claim({ relation: 'increasing' }, text);
/** Claims that the measured numbers fall strictly in the order given (row by row if `measured` holds rows). */
export const decreasing = (text: ClaimText): Claim => claim({ relation: 'decreasing' }, text);

/** The expectation in words: `at most 1.05`, `equal to 0.5 ± 0.01`. @throws `INVALID_ARGUMENT` for another comparison */
export function describeExpectation(expected: Expectation, unit?: string): string {
  checkExpectation(expected);
  checkText(unit, 'unit');
  const tail = unit ? ` ${unit}` : '';
  switch (expected.relation) {
    case 'between':
      return `between ${formatNumber(expected.low)} and ${formatNumber(expected.high)}${tail}`;
    case 'equal to':
      return `${formatNumber(expected.value)} ± ${formatNumber(expected.tolerance)}${tail}`;
    case 'increasing':
      return 'rising from left to right';
    case 'decreasing':
      return 'falling from left to right';
    default:
      return `${expected.relation} ${formatNumber(expected.value)}${tail}`;
  }
}

/**
 * The measured numbers in words: `0.97`, `k = 1: 56, k = 3: 230`, rows between semicolons.
 * @throws `INVALID_ARGUMENT` for what is no number, null or lists of them
 */
export function describeMeasured(measured: Measured, labels?: readonly string[], unit?: string): string {
  checkMeasured(measured, 'measured');
  checkTexts(labels, 'labels');
  checkText(unit, 'unit');
  const tail = unit ? ` ${unit}` : '';
  return words(measured, labels) + tail;
}

function words(measured: Measured, labels?: readonly string[]): string {
  if (!Array.isArray(measured)) return formatNumber(measured as number | null);
  const nested = measured.some((m: Measured) => Array.isArray(m));
  if (nested) return measured.map((m: Measured) => words(m, labels)).join('; ');
  return measured
    .map((m: Measured, i: number) => {
      const label = labels?.length === measured.length ? `${labels[i]}: ` : '';
      return label + formatNumber(m as number | null);
    })
    .join(', ');
}

/** A number to four significant digits; `none` where there is no value. @throws `INVALID_ARGUMENT` for what is no number */
export function formatNumber(x: number | null): string {
  if (x !== null && typeof x !== 'number') throw invalidArgument(`x: expected a number or null, got ${describe(x)}`);
  if (x === null || Number.isNaN(x)) return 'none';
  if (!Number.isFinite(x)) return x > 0 ? 'infinite' : '-infinite';
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  const magnitude = Math.abs(x);
  if (magnitude >= 1e6 || magnitude < 1e-3) return x.toExponential(2);
  return String(Number(x.toPrecision(4)));
}
