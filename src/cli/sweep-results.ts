/** `fprinciple sweep table | best | figure | report | status | logs | cancel`: what comes after, and what goes on. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { encodeCsv } from '../core/csv.js';
import { invalidArgument } from '../core/errors.js';
import { formatNumber } from '../experiment/claims.js';
import { renderPdf, renderPng, renderSvg } from '../figures/render.js';
import { countAside } from '../sweeps/executors/aside.js';
import type { Costs } from '../sweeps/executors/conduct.js';
import { loadQueue } from '../sweeps/executors/load-queue.js';
import { cancelOnSlurm } from '../sweeps/executors/slurm.js';
import { type OpenSweep, openSweep, type Standing, standing } from '../sweeps/folder/open.js';
import { everything, notesOn, otherResults } from '../sweeps/folder/others.js';
import { Store } from '../sweeps/folder/store.js';
import { metricNames, type Results, variedParameters } from '../sweeps/plan/groups.js';
import { describePoint } from '../sweeps/plan/plan.js';
import { bestGroups } from '../sweeps/results/best.js';
import { compareSweeps } from '../sweeps/results/compare.js';
import { sweepHeatmap, sweepLines } from '../sweeps/results/figures.js';
import { sweepPage } from '../sweeps/results/page.js';
import { encodeParquet, groupRows, groupTable, runTable } from '../sweeps/results/table.js';
import { save } from './files.js';
import { columns, writeJson, writeLine } from './output.js';
import { type QueueFlags, queueFlags, whole } from './sweep-options.js';

const everyResult = 'every result of the folder, also those of other settings and of other states of the code';

export function addSweepResults(parent: Command): void {
  parent
    .command('table')
    .description('every run as CSV or Parquet, or on screen: median and quartiles over seeds')
    .argument('<dir>', "the sweep's folder")
    .option('--by <paths>', 'group by these parameters (default: all that vary)', list)
    .option('--metric, --metrics <names>', 'metrics to show (default: all)', list)
    .option('--max <names>', 'metrics of which larger is better: runs that are lost count as the smallest', list)
    .option('--csv [file]', 'write every run as CSV (default <dir>/table.csv)')
    .option('--parquet [file]', 'write every run as Parquet (default <dir>/table.parquet)')
    .option('--all', everyResult)
    .option('--json', 'as JSON')
    .action(table);
  parent
    .command('best')
    .description('the parameters whose median over seeds is smallest; runs that diverged or failed count as the worst')
    .argument('<dir>', "the sweep's folder")
    .option('--metrics, --metric <name>', 'what is compared (default: the first metric)')
    .option('--max', 'the largest, not the smallest')
    .option('--top <n>', 'how many', whole, 1)
    .option('--all', everyResult)
    .option('--json', 'as JSON')
    .action(best);
  parent
    .command('figure')
    .description('a metric over parameters: lines with the middle half of the runs, or a heat map')
    .argument('<dir>', "the sweep's folder")
    .requiredOption('--x <path>', 'the parameter on the horizontal axis')
    .requiredOption('--y <name>', 'a metric (lines), or with --color a parameter (heat map)')
    .option('--by <path>', 'lines: one for each value of this parameter')
    .option('--color <metric>', 'heat map: the metric that is the colour')
    .option('--max', 'larger is better: runs that are lost count as the smallest')
    .option('--all', everyResult)
    .action(figure);
  parent
    .command('report')
    .description('one page of the whole sweep')
    .argument('<dir>', "the sweep's folder")
    .option('--metric, --metrics <names>', 'metrics to show (default: the first three)', list)
    .option('--max <names>', 'metrics of which larger is better', list)
    .option('--with <dir>', 'another sweep, to compare with: what both have, side by side')
    .option('--out <file>', 'where to write it (default <dir>/report.html)')
    .option('--all', everyResult)
    .action(report);
  parent
    .command('status')
    .description('how many runs are done, missing, failed, damaged')
    .argument('<dir>', "the sweep's folder")
    .option('--json', 'as JSON')
    .action(status);
  parent
    .command('logs')
    .description("what the sweep's processes did, and the errors of runs")
    .argument('<dir>', "the sweep's folder")
    .action(logs);
  queueFlags(
    parent
      .command('cancel')
      .description('stop whatever works on the sweep, with --redis in its queue too; resume goes on')
      .argument('<dir>', "the sweep's folder"),
  ).action(async (dir: string, options: QueueFlags) => {
    const { store, subject } = await openSweep(dir);
    await store.requestCancel();
    await cancelOnSlurm(store);
    if (options.redis !== undefined || process.env.FPRINCIPLE_REDIS) {
      const { cancelOnQueue } = await loadQueue();
      await cancelOnQueue(await store.identity(), subject, options);
    }
    writeLine('asked to stop: what works on it ends within a second or two');
  });
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A sweep's folder as it is looked at. */
interface Look {
  opened: OpenSweep;
  found: Standing;
  all: Results;
  /** What the reader should know of the folder. */
  notes: string[];
}

async function look(dir: string, every = false): Promise<Look> {
  const opened = await openSweep(dir);
  const found = await standing(opened);
  if (every) return { opened, found, all: await everything(opened), notes: [] };
  const { results, failures } = found;
  return { opened, found, all: { runs: opened.runs, results, failures }, notes: await notesOn(opened) };
}

/** What the reader should know of the folder, a line each. */
export function writeNotes(notes: readonly string[]): void {
  for (const note of notes) writeLine(`note: ${note}`);
}

interface FigureOptions {
  x: string;
  y: string;
  by?: string;
  color?: string;
  max?: boolean;
  all?: boolean;
}

async function figure(dir: string, { x, y, by, color, max = false, all: every }: FigureOptions): Promise<void> {
  if (color !== undefined && by !== undefined) {
    throw invalidArgument('--by: a heat map (--color) has no lines; expected one of the two');
  }
  const { opened, all, notes } = await look(dir, every);
  const made =
    color === undefined
      ? sweepLines(all, { x, y, max, ...(by !== undefined && { by }) })
      : sweepHeatmap(all, { x, y, color, max });
  const svg = await renderSvg(made);
  const folder = join(opened.store.folder, 'figures');
  const files = { 'vl.json': JSON.stringify(made.spec), svg, png: renderPng(svg), pdf: renderPdf(svg) };
  for (const [ending, content] of Object.entries(files)) {
    const path = join(folder, `${made.id}.${ending}`);
    await save(path, content);
    writeLine(`written: ${relative(process.cwd(), path)}`);
  }
  writeLine(made.caption);
  writeNotes(notes);
}

interface ReportOptions {
  metrics?: string[];
  max?: string[];
  out?: string;
  with?: string;
  all?: boolean;
}

async function report(dir: string, { metrics, max, out, with: other, all: every }: ReportOptions): Promise<void> {
  const { opened, found, all, notes } = await look(dir, every);
  const path = resolve(out ?? join(dir, 'report.html'));
  const shown = { ...opened, runs: all.runs };
  const standing = { ...found, results: all.results };
  const costs = await opened.store.readJson<Costs>('cost.json');
  const rungs = opened.ladder?.state();
  const compared = other === undefined ? undefined : await comparison(other, all, metrics, max);
  const page = { notes, costs, rungs, compared, ...(metrics && { metrics }), ...(max && { max }) };
  await save(path, await sweepPage(shown, standing, page));
  writeLine(`written: ${relative(process.cwd(), path)}`);
  writeNotes(notes);
}

/** The metrics that are asked for, or the first that both have, of another sweep and of this one. */
async function comparison(dir: string, all: Results, metrics: string[] | undefined, max: string[] = []) {
  const other = await look(dir);
  const known = metricNames(other.all);
  const [common] = metricNames(all).filter((name) => known.includes(name));
  const names = metrics ?? (common === undefined ? [] : [common]);
  return { name: dir, tables: names.map((name) => compareSweeps(other.all, all, name, max.includes(name))) };
}

interface TableOptions {
  by?: string[];
  metrics?: string[];
  max?: string[];
  csv?: string | true;
  parquet?: string | true;
  all?: boolean;
  json?: boolean;
}

async function table(dir: string, options: TableOptions): Promise<void> {
  const { opened, found, all, notes } = await look(dir, options.all);
  const rows = runTable(all);
  const write = async (given: string | true | undefined, name: string, encode: () => Promise<string | Uint8Array>) => {
    if (given === undefined) return undefined;
    const path = resolve(given === true ? join(dir, name) : given);
    await save(path, await encode());
    return relative(process.cwd(), path);
  };
  const written = [
    await write(options.csv, 'table.csv', async () => encodeCsv(rows)),
    await write(options.parquet, 'table.parquet', () => encodeParquet(rows)),
  ].filter((path) => path !== undefined);
  const by = options.by ?? variedParameters(all);
  // How many runs diverged has a column of its own.
  const metrics = options.metrics ?? metricNames(all).filter((name) => options.json || name !== 'diverged');
  const groups = groupTable(all, by, metrics, options.max);
  const incomplete = opened.runs.length - found.results.size;
  if (options.json) return writeJson({ runs: rows.columns, groups: groups.columns, incomplete, written, notes });
  if (metrics.length > 0) {
    writeLine('median (lower to upper quartile); runs that diverged, failed or have no value count as the worst');
  }
  for (const line of columns(groupRows(groups, by, metrics))) writeLine(line);
  if (incomplete > 0)
    writeLine(`${incomplete} of ${opened.runs.length} runs have no result yet (fprinciple sweep status ${dir})`);
  for (const path of written) writeLine(`written: ${path}`);
  writeNotes(notes);
}

interface BestOptions {
  metric?: string;
  max?: boolean;
  top: number;
  all?: boolean;
  json?: boolean;
}

async function best(dir: string, options: BestOptions): Promise<void> {
  const { opened, found, all, notes } = await look(dir, options.all);
  const { metric, groups } = bestGroups(all, options);
  const { missing } = found;
  if (options.json) return writeJson({ metric, groups, notes });
  for (const { point, median, lowerQuartile, upperQuartile, runs, diverged, failed } of groups) {
    const lost = [diverged > 0 && `${diverged} diverged`, failed > 0 && `${failed} failed`].filter(Boolean);
    const [middle, low, high] = [median, lowerQuartile, upperQuartile].map(formatNumber);
    writeLine(describePoint(point));
    writeLine(`  ${metric}: median ${middle}, quartiles ${low} to ${high}, ${[`${runs} runs`, ...lost].join(', ')}`);
  }
  if (missing.length > 0) {
    writeLine(`${missing.length} of ${opened.runs.length} runs are not done yet (fprinciple sweep status ${dir})`);
  }
  writeNotes(notes);
}

async function status(dir: string, { json }: { json?: boolean }): Promise<void> {
  const { opened, found, notes } = await look(dir);
  const results = [...found.results.values()];
  const counts = {
    folder: opened.store.folder,
    experiment: opened.sweep.experiment,
    total: opened.runs.length,
    done: results.length,
    diverged: results.filter((result) => result.status === 'diverged').length,
    failed: found.failures.size,
    damaged: found.damaged.length,
    missing: found.missing.length - found.damaged.length,
    others: (await otherResults(opened)).length,
    aside: await countAside(opened.store.folder),
    cancelled: await opened.store.isCancelled(),
  };
  if (json) return writeJson({ ...counts, notes });
  const rows = Object.entries(counts).map(([name, value]) => [name, String(value)]);
  for (const line of columns(rows)) writeLine(line);
  if (counts.missing + counts.damaged > 0) writeLine(`go on: fprinciple sweep resume ${dir}`);
  writeNotes(notes);
}

async function logs(dir: string): Promise<void> {
  const { store } = await openSweep(dir);
  const folder = join(store.folder, 'logs');
  const lines: string[] = [];
  for (const file of await readdir(folder).catch(() => [])) {
    const text = await readFile(join(folder, file), 'utf8');
    const name = file.replace(/\.(log|out)$/, '');
    for (const line of text.split('\n')) if (line !== '') lines.push(`${line}  [${name}]`);
  }
  for (const line of lines.sort()) writeLine(line);
  for (const { id, code, message, attempts } of (await new Store(dir).failures()).values()) {
    writeLine(`failed after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${id}: ${code}: ${message}`);
  }
}
