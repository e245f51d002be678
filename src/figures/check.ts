/** What every figure asks of its words, sizes and axes. */
import { invalidArgument } from '../core/errors.js';
import { describe, shapeText } from '../core/ndarray.js';
import { checkInteger, checkNumber } from '../core/options.js';

export const FIGURE_OPTIONS = ['id', 'title', 'caption'] as const;

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
