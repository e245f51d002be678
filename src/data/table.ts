/** Tables of numbers from CSV files. */
import { parseCsv } from '../core/csv.js';
import { FprincipleError } from '../core/errors.js';
import { readWhole } from '../core/files.js';

/** A table of numbers: named columns of equal length. */
export interface NumberTable {
  /** As the first line has them; `column 1`, `column 2`, ... where that is numbers already. */
  names: string[];
  columns: Float64Array[];
  /** Whether the file names its columns. */
  named: boolean;
}

/**
 * A CSV file of numbers, with or without a first line of names. `#` begins a comment line; semicolons and tabs separate as well
 * as commas do. An empty cell, `nan` and `inf` are refused: there is no place for them in samples.
 *
 * @throws `IO` naming the line and the column of what is no number, or of a row that is too short or too long
 */
export async function readTable(path: string): Promise<NumberTable> {
  return parseTable((await readWhole(path)).toString('utf8'), path);
}

/** {@link readTable} of a text; `name` is for messages. */
export function parseTable(text: string, name: string): NumberTable {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ line, at: i + 1 }))
    .filter(({ line }) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const broken = (reason: string) => new FprincipleError('IO', `${name}: ${reason}`);
  const [first] = lines;
  if (!first) throw broken('expected a table of numbers, got no line of any');
  const separator = [',', ';', '\t'].find((mark) => first.line.includes(mark)) ?? ',';
  const cells = (line: string): string[] =>
    (separator === ',' ? (parseCsv(line)[0] ?? []) : line.split(separator)).map((cell) => cell.trim());
  const head = cells(first.line);
  const named = head.some((cell) => !isNumber(cell));
  const names = named ? head : head.map((_, i) => `column ${i + 1}`);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw broken(`two columns are called ${JSON.stringify(twice)}`);
  const rows = named ? lines.slice(1) : lines;
  if (rows.length === 0) throw broken('expected rows of numbers below the names, got none');
  const columns = names.map(() => new Float64Array(rows.length));
  for (const [r, { line, at }] of rows.entries()) {
    const row = cells(line);
    if (row.length !== names.length) throw broken(`line ${at}: expected ${names.length} cells, got ${row.length}`);
    for (const [c, cell] of row.entries()) {
      if (!isNumber(cell)) {
        throw broken(`line ${at}, column ${JSON.stringify(names[c])}: expected a number, got ${JSON.stringify(cell)}`);
      }
      columns[c]![r] = Number(cell);
    }
  }
  return { names, columns, named };
}

const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell));
