/**
 * Claims: what a source says happens, as a comparison that is computed from what was measured.
 *
 * A claim never carries its own verdict: {@link verdict} computes it from `expected`, `measured` and the controls, and the
 * run computes it again before it is written. A claim about several seeds or several networks measures an array, and
 * holds only when every entry holds; a value that is missing (`null`, for instance a level never reached) or not
 * finite never holds.
 *
 * A **control** measures the same where the claim should not hold: it differs from the claim in the one thing that the source
 * calls the cause. A claim that one of its controls meets too has not shown that cause, and does not pass.
 */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { requireObject, requireOptions } from '../core/options.js';
import { en } from '../words/index.js';
import { checkExpectation, checkMeasured, checkText, checkTexts } from './check.js';
import { contrastText, expectationText, measuredText, numberText } from './claim-words.js';
import type { Expectation, Measured } from './expectation.js';
import { entriesThatHold, judge } from './judge.js';

export type { Expectation, Measured } from './expectation.js';
export { judge } from './judge.js';

/** The claim measured where it should not hold. */
export interface ControlText {
  /** Short name, unique within the claim. */
  id?: string;
  /** What differs from the claim: the one thing that the source calls the cause. */
  statement: string;
  /** The same quantity as the claim's `measured`, with the same code, budget and number of networks. */
  measured: Measured;
}

/** Controls of a claim, or the reason why there can be none: an identity, a closed form. */
export type ClaimControl =
  | ControlText
  | readonly ControlText[]
  | {
      /** The reason, in a sentence. */
      none: string;
    };

/** A {@link ControlText} and how it compares with the claim's expectation. */
export interface Control extends ControlText {
  /** Whether every entry meets the claim's expectation: then the claim has shown nothing. */
  holds: boolean;
  /** Share of the entries (networks) that meet it, 0 to 1. */
  share: number;
}

/** The claim at another level of what counts as learnt (`orderClaim`). */
export interface ClaimLevel {
  /** Relative error that counts as learnt. */
  level: number;
  /** What was measured with that level. */
  measured: Measured;
  /** Whether every entry meets the claim's expectation at this level. */
  holds: boolean;
}

/** What happened to one statement of a source on one run. */
export interface Claim {
  /** Short name, unique within the experiment. */
  id: string;
  /** The statement, in a sentence that a reader can check against `expected` and `measured`. */
  statement: string;
  /** Who says so: document, figure, equation. */
  source: string;
  /** The comparison, with its numbers. */
  expected: Expectation;
  /** A number, a list with one entry a network, or a list of rows. */
  measured: Measured;
  /** What the entries of the innermost arrays of `measured` are, for instance `['k = 1', 'k = 3']`. */
  labels?: readonly string[];
  /** Unit of the measured numbers, for instance `'steps'`. */
  unit?: string;
  /** Share of the entries of `measured` (networks) that meet `expected`, 0 to 1. */
  share?: number;
  /** The same measured where it should not hold. */
  controls?: readonly Control[];
  /** Why there can be no control. */
  uncontrolled?: string;
  /** The same claim at other levels. */
  levels?: readonly ClaimLevel[];
  /** Whether every entry of what was measured is what was expected, and no control is. */
  pass: boolean;
}

/** All of a claim but its comparison. */
export interface ClaimText {
  /** Short name, unique within the experiment. */
  id: string;
  /** A sentence that a reader can check against the numbers. */
  statement: string;
  /** Who says so, by `cite`: document, figure, equation. */
  source: string;
  /** A number, a list with one entry a network, or a list of rows. */
  measured: Measured;
  /** What the entries of the innermost arrays of `measured` are, for instance `['k = 1', 'k = 3']`. */
  labels?: readonly string[];
  /** Unit of the measured numbers, for instance `'steps'`. */
  unit?: string;
  /** The same measured where it should not hold, once or several times; or `{ none: 'why there can be no control' }`. */
  control?: ClaimControl;
  /** The same claim at other levels, shown beside it; they do not enter the verdict. */
  levels?: readonly Omit<ClaimLevel, 'holds'>[];
}

const shareOf = (expected: Expectation, measured: Measured): number => {
  const { held, of } = entriesThatHold(expected, measured);
  return of === 0 ? 0 : held / of;
};

/** A claim as it stands before its verdict: what an experiment says of `pass`, shares and `holds` does not count. */
type Unjudged = Omit<Claim, 'pass' | 'controls' | 'levels' | 'share'> & {
  controls?: readonly ControlText[];
  levels?: readonly Omit<ClaimLevel, 'holds'>[];
};

/** The claim with its verdict and shares, and those of its controls and levels, computed from what was measured. */
export function verdict(claim: Unjudged): Claim {
  const { expected, measured, controls, levels } = claim;
  const compared = controls?.map((control) => ({
    ...control,
    holds: judge(expected, control.measured),
    share: shareOf(expected, control.measured),
  }));
  return {
    ...claim,
    share: shareOf(expected, measured),
    ...(compared && { controls: compared }),
    ...(levels && { levels: levels.map((one) => ({ ...one, holds: judge(expected, one.measured) })) }),
    pass: judge(expected, measured) && !compared?.some(({ holds }) => holds),
  } as Claim;
}

const claimText = ['id', 'statement', 'source', 'measured', 'labels', 'unit', 'control', 'levels'] as const;

function claim(expected: Expectation, text: ClaimText): Claim {
  const { id, statement, source, measured, labels, unit, control, levels } = requireOptions(text, claimText, 'claim');
  for (const [name, words] of Object.entries({ id, statement, source })) {
    if (words === undefined) throw invalidArgument(`claim.${name}: expected a text, got undefined`);
    checkText(words, `claim.${name}`);
  }
  checkText(unit, 'claim.unit');
  checkTexts(labels, 'claim.labels');
  return verdict({
    id,
    statement,
    source,
    expected,
    measured,
    ...(labels && { labels }),
    ...(unit && { unit }),
    ...(control !== undefined && readControl(control)),
    ...(levels !== undefined && { levels: readLevels(levels) }),
  });
}

function readControl(control: ClaimControl): Pick<Unjudged, 'controls' | 'uncontrolled'> {
  if (typeof control === 'object' && control !== null && 'none' in control) {
    const { none } = requireOptions(control, ['none'], 'claim.control');
    if (typeof none !== 'string' || none === '') {
      throw invalidArgument(`claim.control.none: expected the reason why there is no control, got ${describe(none)}`);
    }
    return { uncontrolled: none };
  }
  const list = Array.isArray(control) ? (control as readonly ControlText[]) : [control as ControlText];
  return {
    controls: list.map((one, i) => {
      const name = list.length > 1 ? `claim.control[${i}]` : 'claim.control';
      const { id, statement, measured } = requireOptions(one, ['id', 'statement', 'measured'], name);
      if (statement === undefined) throw invalidArgument(`${name}.statement: expected a text, got undefined`);
      checkText(statement, `${name}.statement`);
      checkText(id, `${name}.id`);
      return { ...(id !== undefined && { id }), statement, measured: checkMeasured(measured, `${name}.measured`) };
    }),
  };
}

function readLevels(levels: ClaimText['levels']): Omit<ClaimLevel, 'holds'>[] {
  if (!Array.isArray(levels)) throw invalidArgument(`claim.levels: expected a list, got ${describe(levels)}`);
  return levels.map(readLevel);
}

function readLevel(given: Omit<ClaimLevel, 'holds'>, i: number): Omit<ClaimLevel, 'holds'> {
  const { level, measured } = requireOptions(given, ['level', 'measured'], `claim.levels[${i}]`);
  if (typeof level !== 'number')
    throw invalidArgument(`claim.levels[${i}].level: expected a number, got ${describe(level)}`);
  return { level, measured: checkMeasured(measured, `claim.levels[${i}].measured`) };
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
  return expectationText(en.claims, expected, unit);
}

/**
 * The measured numbers in words: `0.97`, `k = 1: 56, k = 3: 230`, rows between semicolons.
 * @throws `INVALID_ARGUMENT` for what is no number, null or lists of them
 */
export function describeMeasured(measured: Measured, labels?: readonly string[], unit?: string): string {
  checkMeasured(measured, 'measured');
  checkTexts(labels, 'labels');
  checkText(unit, 'unit');
  return measuredText(en.claims, measured, labels, unit);
}

/**
 * How far a claim goes, in words: `holds in 5 of 5; in the control (amplitudes reversed) in 0 of 5; holds at 4 of 5 levels
 * (not at 0.05)`. Of a single entry with nothing beside it the verdict says it all: an empty text.
 */
export function describeContrast(
  claim: Pick<Claim, 'expected' | 'measured' | 'controls' | 'uncontrolled' | 'levels'>,
): string {
  const { controls = [], levels } = requireObject(claim, 'claim');
  for (const [name, list] of Object.entries({ controls, levels: levels ?? [] })) {
    if (!Array.isArray(list)) throw invalidArgument(`claim.${name}: expected a list, got ${describe(list)}`);
    for (const [i, entry] of list.entries()) requireObject(entry, `claim.${name}[${i}]`);
  }
  return contrastText(en.claims, claim);
}

/** A number to four significant digits; `none` where there is no value. @throws `INVALID_ARGUMENT` for what is no number */
export function formatNumber(x: number | null): string {
  if (x !== null && typeof x !== 'number') throw invalidArgument(`x: expected a number or null, got ${describe(x)}`);
  return numberText(en.claims, x);
}
