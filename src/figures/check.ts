/** What every figure asks of its words, sizes and axes. */
import { invalidArgument } from '../core/errors.js';
import { describe, shapeText } from '../core/ndarray.js';
import { checkFlag, checkInteger, checkNumber, requireOptions } from '../core/options.js';
import type { Axis } from './lines.js';

export const FIGURE_OPTIONS = ['id', 'title', 'caption'] as const;
export const AXIS_OPTIONS = ['title', 'log', 'domain', 'values', 'labels'] as const;

/** Longest side of a figure, in units of its SVG. */
const LONGEST = 10_000;

/** Text that a figure can carry: XML, which an SVG is, has no form for most control characters. */
export function checkText(text: unknown, name: string): string {
  if (typeof text !== 'string') throw invalidArgument(`${name}: expected text, got ${describe(text)}`);
  const odd = Array.from(text).find(
    (c) => (c < ' ' && !'\t\n\r'.includes(c)) || /[\ud800-\udfff\ufffe\uffff]/u.test(c),
  );
  if (odd === undefined) return text;
  const code = odd.charCodeAt(0).toString(16).padStart(4, '0');
  throw invalidArgument(`${name}: expected text without control characters, got U+${code.toUpperCase()}`);
}

/** The words of a figure; its id is the name of a file. */
export function checkWords({ id, title, caption }: { id: string; title: string; caption: string }): void {
  if (checkText(id, 'id') === '') throw invalidArgument('id: expected the name of a file, got nothing');
  checkText(title, 'title');
  checkText(caption, 'caption');
}

/** Width and height in units of the SVG. */
export function checkSize(sizes: { width?: number; height?: number }): void {
  checkNumber(sizes.width, 'width', { above: 0, most: LONGEST });
  checkNumber(sizes.height, 'height', { above: 0, most: LONGEST });
}

/** How many charts stand in a row. */
export const checkColumns = (columns: number | undefined): number | undefined => checkInteger(columns, 'columns', 1);

/** Two finite numbers, the second the larger one. */
export function checkRange(range: unknown, name: string): readonly [number, number] {
  const [low, high]: unknown[] = Array.isArray(range) && range.length === 2 ? range : [];
  if (
    typeof low === 'number' &&
    typeof high === 'number' &&
    Number.isFinite(low) &&
    Number.isFinite(high) &&
    low < high
  )
    return [low, high];
  throw invalidArgument(`${name}: expected two finite numbers, the larger one last, got ${shapeText(range)}`);
}

/** An axis: its words, and a domain and ticks that its scale has. */
export function checkAxis(axis: Axis, name: string): Axis {
  const { title, log, domain, values, labels } = requireOptions(axis, AXIS_OPTIONS, name);
  checkText(title, `${name}.title`);
  checkFlag(log, `${name}.log`);
  if (domain !== undefined) checkDomain(domain, log ?? false, `${name}.domain`);
  if (values !== undefined && !(Array.isArray(values) && values.every((v) => Number.isFinite(v) && !(log && v <= 0)))) {
    const kind = log ? 'positive numbers, as the axis is logarithmic' : 'finite numbers';
    throw invalidArgument(`${name}.values: expected a list of ${kind}, got ${shapeText(values)}`);
  }
  if (labels !== undefined && !(Array.isArray(labels) && labels.every((label) => typeof label === 'string')))
    throw invalidArgument(`${name}.labels: expected a list of text, got ${shapeText(labels)}`);
  return axis;
}

/** Ends of an axis, in either order. */
function checkDomain(domain: readonly [number, number], log: boolean, name: string): void {
  const ends = Array.isArray(domain) ? [...domain].sort((a, b) => a - b) : domain;
  const [low] = checkRange(ends, name);
  if (log && low <= 0)
    throw invalidArgument(`${name}: expected positive numbers, as the axis is logarithmic, got ${shapeText(domain)}`);
}
