/** `fprinciple paper <run dir...>`: figures at a size on paper, claims and tables for LaTeX and Markdown. */
import { basename, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FprincipleError } from '../core/errors.js';
import { readWhole } from '../core/files.js';
import type { Figure } from '../figures/figure.js';
import { pgfPlot } from '../figures/pgfplots.js';
import { renderPdf, renderPng } from '../figures/render.js';
import { renderSized } from '../figures/sized.js';
import { claimsForPaper, tableForPaper } from '../report/paper.js';
import { readRun } from '../runs/read.js';
import { save } from './files.js';
import { writeLine } from './output.js';
import { atWork } from './progress.js';

interface Options {
  out: string;
  figureWidth: number;
  fontSize: number;
  title?: boolean;
  only?: string[];
}

/** Dots to the inch of the PNG, as journals ask for pictures; an SVG has 96 units to the inch. */
const DOTS = 300 / 96;

const PER_UNIT: Record<string, number> = { mm: 1, cm: 10, in: 25.4, pt: 25.4 / 72 };

/** `84mm`, `3.3in`, `8cm` or `239pt` as millimetres. */
function length(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)\s*(mm|cm|in|pt)$/.exec(text) ?? [];
  const millimetres = Number(number) * (PER_UNIT[unit] ?? Number.NaN);
  if (!(millimetres > 0)) throw new InvalidArgumentError('expected a length such as 84mm, 8.4cm, 3.3in or 239pt');
  return millimetres;
}

function points(text: string): number {
  const size = Number(text.replace(/pt$/, ''));
  if (!(size > 0)) throw new InvalidArgumentError('expected points, such as 8');
  return size;
}

export const paperCommand = (): Command =>
  new Command('paper')
    .description(
      'what a paper needs of runs: figures at a size (PDF, SVG, PNG, pgfplots), claims and tables as LaTeX and Markdown',
    )
    .argument('<folders...>', 'run folders')
    .option('--figure-width <length>', 'from edge to edge: mm, cm, in or pt', length, 84)
    .option('--font-size <points>', 'of the labels of axes', points, 8)
    .option('--title', 'figures bear their titles (default: the caption of the paper has them)')
    .option('--only <figures...>', 'these figures, by their id')
    .option('--out <dir>', 'where to write', 'paper')
    .action(async (folders: string[], options: Options) => {
      const written = await atWork('paper', async () => {
        const files: string[] = [];
        for (const folder of folders) files.push(...(await writePaper(folder, options)));
        return files;
      });
      for (const file of written) writeLine(`written: ${relative(process.cwd(), file)}`);
    });

/** One run's part, in a folder of its own. @returns the files */
async function writePaper(folder: string, options: Options): Promise<string[]> {
  const { out, figureWidth: width, fontSize, title = false, only } = options;
  const { record, tables } = await readRun(folder);
  const target = resolve(out, basename(resolve(folder)));
  const files: string[] = [];
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    await save(join(target, name), content);
    files.push(join(target, name));
  };
  const odd = only?.find((id) => !record.figures.some((figure) => figure.id === id));
  if (odd !== undefined) {
    const ids = record.figures.map(({ id }) => id).join(', ');
    throw new FprincipleError('INVALID_ARGUMENT', `--only: ${folder} has no figure ${odd}: expected ${ids}`);
  }
  for (const words of record.figures) {
    if (only && !only.includes(words.id)) continue;
    const spec = JSON.parse((await readWhole(join(folder, 'figures', `${words.id}.vl.json`))).toString('utf8'));
    const figure: Figure = { ...words, spec };
    const name = `figure ${words.id}`;
    const svg = await renderSized(figure, { width, fontSize, title });
    await write(`${words.id}.pdf`, renderPdf(svg, name));
    await write(`${words.id}.svg`, svg);
    await write(`${words.id}.png`, renderPng(svg, DOTS, name));
    const plot = pgfPlot(figure, `${words.id}.csv`, width);
    if (plot) {
      await write(`${words.id}.csv`, plot.csv);
      await write(`${words.id}.tex`, plot.tex);
    }
  }
  const written = [
    ['claims', claimsForPaper(record)] as const,
    ...record.tables.map(({ id, title }) => [`table-${id}`, tableForPaper(title, tables[id] ?? '')] as const),
  ];
  for (const [name, { latex, markdown }] of written) {
    await write(`${name}.tex`, latex);
    await write(`${name}.md`, markdown);
  }
  return files;
}
