/**
 * Line charts for pgfplots: the numbers as CSV, and the axis that draws them, in the letters of the paper itself. What else a
 * figure has (bands, dots, heat maps, pictures) is in its PDF.
 */
import { encodeCsv } from '../core/csv.js';
import type { Figure } from './figure.js';
import { latexText } from './latex.js';

export interface PgfPlot {
  /** `line,x,y`: points of all lines, which `line` numbers from 0. */
  csv: string;
  /** A `tikzpicture` that reads the CSV beside it. */
  tex: string;
}

/**
 * The pair of a figure that `lineFigure` made; `undefined` for any other.
 * @param csvName how the TeX names the CSV
 * @param width millimetres
 */
export function pgfPlot({ spec }: Figure, csvName: string, width: number): PgfPlot | undefined {
  const layer = (Array.isArray(spec.layer) ? spec.layer : []).find((one) => at(one, 'mark', 'type') === 'line');
  const rows = at(layer, 'data', 'values');
  const names = at(layer, 'encoding', 'color', 'scale', 'domain');
  if (!Array.isArray(rows) || !Array.isArray(names)) return undefined;
  const dashes = at(layer, 'encoding', 'strokeDash', 'scale', 'range');
  const colors = at(layer, 'encoding', 'color', 'scale', 'range');
  const numbers = (field: string) => rows.map((row) => Number(at(row, field)));
  const drawn = names.flatMap((name, i) => (rows.some((row) => at(row, 'series') === name) ? [i] : []));
  const columns = { line: rows.map((row) => names.indexOf(at(row, 'series'))), x: numbers('x'), y: numbers('y') };
  const axes = ['x', 'y'].flatMap((name) => {
    const encoding = at(layer, 'encoding', name);
    const domain = at(encoding, 'scale', 'domain');
    return [
      `${name}label={${latexText(String(at(encoding, 'axis', 'title') ?? at(encoding, 'title') ?? ''))}}`,
      ...(at(encoding, 'scale', 'type') === 'log' ? [`${name}mode=log`] : []),
      ...(Array.isArray(domain) ? [`${name}min=${domain[0]}`, `${name}max=${domain[1]}`] : []),
    ];
  });
  const tex = [
    '% Needs \\usepackage{pgfplots}.',
    '\\begin{tikzpicture}',
    `  \\begin{axis}[width=${width}mm, ${axes.join(', ')}, legend pos=outer north east, legend cell align=left]`,
    ...drawn.flatMap((i) => {
      const color = String(at(colors, String(i)) ?? '#000000').slice(1);
      const dash = at(dashes, String(i));
      return [
        `    \\definecolor{line${i}}{HTML}{${color.toUpperCase()}}`,
        `    \\addplot[line${i}, thick${Array.isArray(dash) ? dashed(dash) : ''}]`,
        `      table [col sep=comma, x=x, y=y, restrict expr to domain={\\thisrow{line}}{${i}:${i}}] {${csvName}};`,
        ...(names.length > 1 ? [`    \\addlegendentry{${latexText(String(names[i]))}}`] : []),
      ];
    }),
    '  \\end{axis}',
    '\\end{tikzpicture}',
  ];
  return { csv: encodeCsv({ id: csvName, columns }), tex: `${tex.join('\n')}\n` };
}

/** A pattern of dashes; without one where the line is whole. */
function dashed(pattern: readonly unknown[]): string {
  if (pattern[1] === 0) return '';
  return `, dash pattern=${pattern.map((length, i) => `${i % 2 === 0 ? 'on' : 'off'} ${length}pt`).join(' ')}`;
}

/** What lies at a path in JSON. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found: unknown = value;
  for (const key of path) found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  return found;
}
