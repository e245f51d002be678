/** Claims in the words of a language. */
import type { Words } from '../words/index.js';
import type { Expectation, Measured } from './expectation.js';
import { entriesThatHold } from './judge.js';

type ClaimWords = Words['claims'];

/** A number to four significant digits. */
export function numberText(said: ClaimWords, x: number | null): string {
  if (x === null || Number.isNaN(x)) return said.noValue;
  if (!Number.isFinite(x)) return x > 0 ? said.infinite : said.minusInfinite;
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  const magnitude = Math.abs(x);
  if (magnitude >= 1e6 || magnitude < 1e-3) return x.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(x.toPrecision(4)));
}

export function expectationText(said: ClaimWords, expected: Expectation, unit?: string): string {
  const tail = unit ? ` ${unit}` : '';
  const number = (x: number) => numberText(said, x);
  switch (expected.relation) {
    case 'between':
      return said.between(number(expected.low), `${number(expected.high)}${tail}`);
    case 'equal to':
      return `${number(expected.value)} ± ${number(expected.tolerance)}${tail}`;
    case 'increasing':
      return said.increasing;
    case 'decreasing':
      return said.decreasing;
    default:
      return said.relations[expected.relation](`${number(expected.value)}${tail}`);
  }
}

export function measuredText(said: ClaimWords, measured: Measured, labels?: readonly string[], unit?: string): string {
  return inner(said, measured, labels) + (unit ? ` ${unit}` : '');
}

function inner(said: ClaimWords, measured: Measured, labels?: readonly string[]): string {
  if (!Array.isArray(measured)) return numberText(said, measured as number | null);
  const nested = measured.some((m: Measured) => Array.isArray(m));
  if (nested) return measured.map((m: Measured) => inner(said, m, labels)).join('; ');
  return measured
    .map((m: Measured, i: number) => {
      const label = labels?.length === measured.length ? `${labels[i]}: ` : '';
      return label + numberText(said, m as number | null);
    })
    .join(', ');
}

/** What of a claim says how far it goes. */
interface Compared {
  expected: Expectation;
  measured: Measured;
  controls?: readonly { statement: string; measured: Measured }[];
  uncontrolled?: string;
  levels?: readonly { level: number; holds: boolean }[];
}

/** How far a claim goes: over its entries, its controls and its levels. */
export function contrastText(
  said: ClaimWords,
  { expected, measured, controls = [], uncontrolled, levels }: Compared,
): string {
  const alone = controls.length === 0 && levels === undefined && entriesThatHold(expected, measured).of === 1;
  const all = entriesThatHold(expected, measured);
  const parts = alone ? [] : [said.holdsIn(all.held, all.of)];
  for (const control of controls) {
    const entries = entriesThatHold(expected, control.measured);
    parts.push(said.inControl(control.statement, entries.held, entries.of));
  }
  if (uncontrolled !== undefined) parts.push(said.uncontrolled(uncontrolled));
  if (levels && levels.length > 0) {
    const missing = levels.filter(({ holds }) => !holds).map(({ level }) => level);
    const except = missing.length > 0 && missing.length < levels.length ? missing.join(', ') : '';
    parts.push(said.atLevels(levels.length - missing.length, levels.length, except));
  }
  return parts.join('; ');
}
