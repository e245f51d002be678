/** Claims and tables of a run as LaTeX and Markdown, to be pasted into a paper or a note. */
import { parseCsv } from '../core/csv.js';
import { describeExpectation, describeMeasured, formatNumber } from '../experiment/claims.js';
import type { RunRecord } from '../experiment/record.js';
import { latexText } from '../figures/latex.js';

/** A table of texts, its head first. */
type Cells = readonly (readonly string[])[];

/** A table in both languages: LaTeX's has a caption and needs no package. */
export interface WrittenTable {
  latex: string;
  markdown: string;
}

/** What was claimed, expected and measured, and whether it held, controls below their claim. */
export function claimsForPaper({ id, claims }: Pick<RunRecord, 'id' | 'claims'>): WrittenTable {
  const rows = claims.flatMap(({ statement, expected, measured, labels, unit, controls = [], pass }) => [
    [statement, describeExpectation(expected, unit), describeMeasured(measured, labels, unit), pass ? 'yes' : 'no'],
    ...controls.map((control) => [
      `control: ${control.statement}`,
      '',
      describeMeasured(control.measured, labels, unit),
      control.holds ? 'yes' : 'no',
    ]),
  ]);
  const caption = `What ${id} claims, and what was measured.`;
  return written([['Claim', 'Expected', 'Measured', 'Holds'], ...rows], caption, 'p{0.42\\linewidth}llc');
}

/** A table of a run (CSV), its numbers to four digits; `rows` of it at the most. */
export function tableForPaper(title: string, csv: string, rows = 60): WrittenTable {
  const [head = [], ...all] = parseCsv(csv);
  const left = all.length - rows;
  const caption = left > 0 ? `${title} (the first ${rows} of ${all.length} rows)` : title;
  const short = (cell: string): string =>
    cell !== '' && Number.isFinite(Number(cell)) ? formatNumber(Number(cell)) : cell;
  const shown = all.slice(0, rows).map((row) => row.map(short));
  return written([head, ...shown], caption, head.map((_, i) => (i === 0 ? 'l' : 'r')).join(''));
}

function written([head = [], ...rows]: Cells, caption: string, columns: string): WrittenTable {
  const line = (cells: readonly string[]): string => `    ${cells.map(latexText).join(' & ')} \\\\`;
  const latex = [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText(caption)}}`,
    `  \\begin{tabular}{${columns}}`,
    '    \\hline',
    line(head),
    '    \\hline',
    ...rows.map(line),
    '    \\hline',
    '  \\end{tabular}',
    '\\end{table}',
  ];
  const row = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  const markdown = [
    `${markdownText(caption)}`,
    '',
    row(head),
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map(row),
  ];
  return { latex: `${latex.join('\n')}\n`, markdown: `${markdown.join('\n')}\n` };
}

const markdownText = (text: string): string => text.replace(/[\\|*_`<>[\]]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
