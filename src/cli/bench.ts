/** `fprinciple bench`. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { type BenchRow, type BenchTime, benchRow, standardRows } from '../baselines/bench.js';
import { installedBackends, loadTfjs } from '../baselines/load-tfjs.js';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { machine, simdPath, versions } from '../core/machine.js';
import { networkSpecSchema } from '../nets/spec.js';
import { columns, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';

interface Options {
  against?: 'tfjs';
  spec?: string;
  samples: number;
  loss: BenchRow['loss'];
  rows?: string;
  json?: boolean;
}

export const benchCommand = (): Command =>
  new Command('bench')
    .description('how fast this machine trains: milliseconds a step of standard networks, or of yours')
    .option('--against <library>', 'tfjs: beside TensorFlow.js, from the same weights, where it is installed', library)
    .option('--spec <file>', 'a network of your own, as JSON (schema/network.json), in place of the standard ones')
    .option('--samples <n>', 'samples of a step of --spec', whole, 1000)
    .option('--loss <name>', 'of --spec: mse or crossEntropy', loss, 'mse')
    .option('--rows <text>', 'only standard networks whose name contains this')
    .option('--json', 'as JSON')
    .action(act);

async function act({ against, spec, samples, loss: kind, rows: part, json }: Options): Promise<void> {
  const rows = spec === undefined ? standardRows() : [await ownRow(spec, samples, kind)];
  const chosen = rows.filter(({ name }) => part === undefined || name.includes(part));
  if (chosen.length === 0) {
    throw invalidArgument(`--rows: expected a part of ${rows.map(({ name }) => name).join(', ')}, got ${part}`);
  }
  // What is missing is said before the first minute is spent.
  if (against !== undefined && installedBackends().length === 0) await loadTfjs('wasm');
  const controller = new AbortController();
  for (const event of ['SIGINT', 'SIGTERM'] as const) process.once(event, () => controller.abort());
  const display = progressDisplay('bench');
  const found: BenchTime[] = [];
  try {
    for (const [i, row] of chosen.entries()) {
      display.update({ phase: row.name, step: i, steps: chosen.length });
      found.push(...(await benchRow(row, { against, signal: controller.signal })));
    }
  } finally {
    display.clear();
  }
  const { processor, cores } = machine();
  const about = { processor, cores, simd: simdPath(), versions: versions() };
  if (json) {
    writeJson({ ...about, times: found });
    return;
  }
  writeLine(`${processor}, ${cores} cores, ${about.simd}, f32, Adam, full batches`);
  writeLine();
  const digits = (value: number | null, unit = ''): string =>
    value === null ? '-' : `${Number(value.toPrecision(3))}${unit}`;
  const table = found.map(
    ({ row, samples: n, engine, millisecondsPerStep, gigaflops, times, lossDifference, note }) => [
      engine === 'fprinciple' ? row : '',
      engine === 'fprinciple' ? String(n) : '',
      engine,
      digits(millisecondsPerStep),
      digits(gigaflops),
      digits(times),
      note ?? (engine === 'fprinciple' ? '' : (lossDifference?.toExponential(1) ?? '-')),
    ],
  );
  const head = ['network', 'samples', 'engine', 'ms a step', 'GFLOP/s', 'times ours', 'losses differ by'];
  for (const line of columns([head, ...table])) writeLine(line);
}

async function ownRow(path: string, samples: number, kind: BenchRow['loss']): Promise<BenchRow> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FprincipleError('IO', `--spec: ${path} cannot be read`, { cause });
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw invalidArgument(`--spec: ${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const read = networkSpecSchema.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw invalidArgument(`--spec: ${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  return { name: path, spec: read.data, samples, loss: kind, steps: 50 };
}

function library(text: string): 'tfjs' {
  if (text === 'tfjs') return text;
  throw new InvalidArgumentError('expected tfjs.');
}

function loss(text: string): BenchRow['loss'] {
  if (text === 'mse' || text === 'crossEntropy') return text;
  throw new InvalidArgumentError('expected mse or crossEntropy.');
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('expected an integer above 0.');
}
