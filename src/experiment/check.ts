/** Checks of what the functions for experiments take: lists of numbers, texts, claims. Each returns the value in its type. */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkNames, requireObject } from '../core/options.js';
import type { Expectation, Measured } from './expectation.js';

/** A text, or left out. */
export function checkText<V extends string | undefined>(value: V, name: string): V {
  if (value === undefined || typeof value === 'string') return value;
  throw invalidArgument(`${name}: expected a text, got ${describe(value)}`);
}

/** A list of texts, or left out. */
export function checkTexts<V extends readonly string[] | undefined>(value: V, name: string): V {
  if (value === undefined) return value;
  if (!Array.isArray(value)) throw invalidArgument(`${name}: expected a list of texts, got ${describe(value)}`);
  for (const [i, text] of value.entries()) checkText(text, `${name}[${i}]`);
  return value;
}

/** Nested deeper than this a list is taken to hold itself. */
const deepest = 16;

/** A number, `null`, or lists of them. */
export function checkMeasured(value: Measured, name: string, depth = 0): Measured {
  if (value === null || typeof value === 'number') return value;
  if (!Array.isArray(value)) {
    throw invalidArgument(`${name}: expected a number, null or lists of them, got ${describe(value)}`);
  }
  if (depth >= deepest) throw invalidArgument(`${name}: expected lists nested at most ${deepest} deep`);
  // Holes count as entries: they are no numbers.
  for (let i = 0; i < value.length; i++) checkMeasured(value[i], `${name}[${i}]`, depth + 1);
  return value;
}

const bounds = {
  'at most': ['value'],
  'at least': ['value'],
  below: ['value'],
  above: ['value'],
  between: ['low', 'high'],
  'equal to': ['value', 'tolerance'],
  increasing: [],
  decreasing: [],
} as const satisfies Record<Expectation['relation'], readonly string[]>;

/** A comparison with the numbers that it compares with; one with NaN is met by nothing. */
export function checkExpectation(expected: Expectation): Expectation {
  const { relation } = requireObject(expected, 'expected');
  if (relation === undefined) throw invalidArgument('expected.relation: expected a comparison, got undefined');
  checkChoice(relation, Object.keys(bounds) as Expectation['relation'][], 'expected.relation');
  const given: Readonly<Record<string, unknown>> = checkNames(
    { ...expected },
    ['relation', ...bounds[relation]],
    'expected',
  );
  for (const name of bounds[relation]) {
    const value = given[name];
    if (typeof value !== 'number') throw invalidArgument(`expected.${name}: expected a number, got ${describe(value)}`);
  }
  return expected;
}
