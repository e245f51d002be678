/** Tables as CSV (RFC 4180, `\n` line ends), numbers at full precision, empty where there is no value. */
import { invalidArgument } from './errors.js';

type Cell = number | string | null;

/** Columns of equal length under their names. */
interface CsvTable {
  id: string;
  title?: string;
  columns: Record<string, readonly Cell[]>;
}

/** @throws FprincipleError `INVALID_ARGUMENT` when the columns differ in length. */
export function encodeCsv({ id, columns }: CsvTable): string {
  const names = Object.keys(columns);
  const length = names.length > 0 ? columns[names[0]!]!.length : 0;
  const odd = names.find((name) => columns[name]!.length !== length);
  if (odd !== undefined) {
    throw invalidArgument(
      `table ${id}: expected ${length} values in column ${JSON.stringify(odd)}, got ${columns[odd]!.length}`,
    );
  }
  const lines = [names.map(quote).join(',')];
  for (let i = 0; i < length; i++) lines.push(names.map((name) => cell(columns[name]![i] ?? null)).join(','));
  return `${lines.join('\n')}\n`;
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'string') return quote(value);
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

const quote = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The rows of a CSV text, the header first. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|\r?\n|$)/gy;
  for (let match = pattern.exec(text); match && pattern.lastIndex <= text.length; match = pattern.exec(text)) {
    row.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : (match[2] ?? ''));
    if (match[3] !== ',') {
      rows.push(row);
      row = [];
      if (pattern.lastIndex >= text.length) break;
    }
  }
  return rows;
}
