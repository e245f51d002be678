/** `fprinciple sweep table | best | figure | report | status | logs | cancel`: what comes after, and what goes on. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { FprincipleError } from '../errors.js';
import { formatNumber } from '../experiment/claims.js';
import { renderPng, renderSvg } from '../figures/render.js';
import { encodeCsv } from '../runs/csv.js';
import { bestGroups } from '../sweeps/best.js';
import { sweepHeatmap, sweepLines } from '../sweeps/figures.js';
import { openSweep, standing } from '../sweeps/open.js';
import { sweepPage } from '../sweeps/page.js';
import { describePoint } from '../sweeps/plan.js';
import { cancelOnSlurm } from '../sweeps/slurm.js';
import { Store } from '../sweeps/store.js';
import { encodeParquet, groupRows, groupTable, metricNames, runTable, variedParameters } from '../sweeps/table.js';
import { columns, writeJson, writeLine } from './output.js';
import { type QueueFlags, queueFlags, whole } from './sweep-options.js';

export function addSweepResults(parent: Command): void {
  parent
    .command('table')
    .description('every run as CSV or Parquet, or on screen: median and quartiles over seeds')
    .argument('<dir>', "the sweep's folder")
    .option('--by <paths>', 'group by these parameters (default: all that vary)', list)
    .option('--metrics <names>', 'metrics to show (default: all)', list)
    .option('--csv [file]', 'write every run as CSV (default <dir>/table.csv)')
    .option('--parquet [file]', 'write every run as Parquet (default <dir>/table.parquet)')
    .option('--json', 'as JSON')
    .action(table);
  parent
    .command('best')
    .description('the parameters whose median over seeds is smallest')
    .argument('<dir>', "the sweep's folder")
    .option('--metric <name>', 'what is compared (default: the first metric)')
    .option('--max', 'the largest, not the smallest')
    .option('--top <n>', 'how many', whole, 1)
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
    .action(figure);
  parent
    .command('report')
    .description('one page of the whole sweep')
    .argument('<dir>', "the sweep's folder")
    .option('--metrics <names>', 'metrics to show (default: the first three)', list)
    .option('--out <file>', 'where to write it (default <dir>/report.html)')
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
    const { store } = await openSweep(dir);
    await store.requestCancel();
    await cancelOnSlurm(store);
    if (options.redis !== undefined || process.env.FPRINCIPLE_REDIS) {
      const { cancelOnQueue } = await import('../sweeps/bullmq.js');
      await cancelOnQueue(await store.identity(), options);
    }
    writeLine('asked to stop: what works on it ends within a second or two');
  });
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

async function figure(dir: string, options: { x: string; y: string; by?: string; color?: string }): Promise<void> {
  const opened = await openSweep(dir);
  const all = { runs: opened.runs, results: (await standing(opened)).results };
  const { x, y, by, color } = options;
  const made =
    color === undefined
      ? sweepLines(all, { x, y, ...(by !== undefined && { by }) })
      : sweepHeatmap(all, { x, y, color });
  const svg = await renderSvg(made);
  const folder = join(opened.store.folder, 'figures');
  const files = { 'vl.json': JSON.stringify(made.spec), svg, png: renderPng(svg) };
  for (const [ending, content] of Object.entries(files)) {
    const path = join(folder, `${made.id}.${ending}`);
    await save(path, content);
    writeLine(`written: ${relative(process.cwd(), path)}`);
  }
}

async function report(dir: string, { metrics, out }: { metrics?: string[]; out?: string }): Promise<void> {
  const opened = await openSweep(dir);
  const path = resolve(out ?? join(dir, 'report.html'));
  await save(path, await sweepPage(opened, await standing(opened), metrics));
  writeLine(`written: ${relative(process.cwd(), path)}`);
}

/** Writes a file, its folder with it. @throws `IO` */
async function save(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (cause) {
    throw new FprincipleError('IO', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

interface TableOptions {
  by?: string[];
  metrics?: string[];
  csv?: string | true;
  parquet?: string | true;
  json?: boolean;
}

async function table(dir: string, options: TableOptions): Promise<void> {
  const opened = await openSweep(dir);
  const found = await standing(opened);
  const all = { runs: opened.runs, results: found.results };
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
  const metrics = options.metrics ?? metricNames(all);
  const groups = groupTable(all, by, metrics);
  const incomplete = opened.runs.length - found.results.size;
  if (options.json) return writeJson({ runs: rows.columns, groups: groups.columns, incomplete, written });
  if (metrics.length > 0) writeLine('median (lower to upper quartile)');
  for (const line of columns(groupRows(groups, by, metrics))) writeLine(line);
  if (incomplete > 0)
    writeLine(`${incomplete} of ${opened.runs.length} runs have no result yet (fprinciple sweep status ${dir})`);
  for (const path of written) writeLine(`written: ${path}`);
}

async function best(
  dir: string,
  options: { metric?: string; max?: boolean; top: number; json?: boolean },
): Promise<void> {
  const opened = await openSweep(dir);
  const { results } = await standing(opened);
  const found = bestGroups({ runs: opened.runs, results }, options);
  if (options.json) return writeJson(found);
  for (const { point, median, lowerQuartile, upperQuartile, runs } of found.groups) {
    writeLine(describePoint(point));
    writeLine(
      `  ${found.metric}: median ${formatNumber(median)}, quartiles ${formatNumber(lowerQuartile)} to ${formatNumber(upperQuartile)}, ${runs} runs`,
    );
  }
}

async function status(dir: string, { json }: { json?: boolean }): Promise<void> {
  const opened = await openSweep(dir);
  const found = await standing(opened);
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
    cancelled: await opened.store.isCancelled(),
  };
  if (json) return writeJson(counts);
  const rows = Object.entries(counts).map(([name, value]) => [name, String(value)]);
  for (const line of columns(rows)) writeLine(line);
  if (counts.missing + counts.damaged > 0) writeLine(`go on: fprinciple sweep resume ${dir}`);
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
