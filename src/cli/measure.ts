/** `fprinciple measure <file>`. */
import { relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatNumber } from '../experiment/claims.js';
import { measureExperiment } from '../measure/experiment.js';
import { type MeasureClaim, measureClaims } from '../measure/outcome.js';
import { runToFolder } from '../runs/write.js';
import { exitCodes } from './exit.js';
import { columns, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';
import { writeClaim, writeProblems } from './run.js';

interface Options {
  claim: MeasureClaim[];
  level?: number;
  frequencies?: (number | number[])[];
  deltas?: number[];
  out: string;
  json?: boolean;
}

export const measureCommand = (): Command =>
  new Command('measure')
    .description(
      'a training from anywhere: error by frequency and step, passages, filtered errors, as a run with its report',
    )
    .argument('<file>', 'a recording: .npz, .csv, a folder of .npy, or the folder that a recorder writes (run.record)')
    .addOption(
      new Option('--claim <name>', 'claim something of the training; repeat it for more')
        .argParser((name: string, before: MeasureClaim[]) => [...before, claim(name)])
        .default([], 'none'),
    )
    .option('--level <error>', 'relative error at which a frequency counts as learnt (default: 0.1)', positive)
    .option(
      '--frequencies <list>',
      'to be followed, in cycles per unit: 1,3,5, or [[1,0],[0,2]] (default: those of the file, or that carry the target)',
      frequencies,
    )
    .option('--deltas <list>', 'variances of the Gaussian filter (default: between the frequencies)', numbers)
    .option('--out <dir>', 'folder for the run folder', 'runs')
    .option('--json', 'print the result as JSON')
    .action(measure);

function claim(name: string): MeasureClaim {
  const found = measureClaims.find((one) => one === name);
  if (found) return found;
  throw new InvalidArgumentError(`expected ${measureClaims.join(' or ')}.`);
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

const numbers = (text: string): number[] => text.split(',').map(positive);

function frequencies(text: string): (number | number[])[] {
  try {
    const list: unknown = JSON.parse(text.trim().startsWith('[') ? text : `[${text}]`);
    const isNumber = (v: unknown): boolean => typeof v === 'number' && Number.isFinite(v);
    const isRow = (v: unknown): boolean => Array.isArray(v) && v.length > 0 && v.every(isNumber);
    if (Array.isArray(list) && list.length > 0 && (list.every(isNumber) || list.every(isRow))) return list as number[];
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('expected numbers such as 1,3,5 or rows of them such as [[1,0],[0,2]].');
}

async function measure(file: string, { claim: claims, out, json, ...rest }: Options): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  const display = progressDisplay('measure');
  try {
    const { folder, record } = await runToFolder(measureExperiment, {
      out,
      parameters: { file, claims, ...rest },
      signal: controller.signal,
      onProgress: display.update,
    });
    display.clear();
    const held = record.claims.filter(({ pass }) => pass).length;
    const failed = record.claims.length - held;
    if (json) writeJson({ runs: [{ folder, ...record }], held, failed, failures: [] });
    else {
      const { metrics } = record;
      const names = Object.keys(metrics).flatMap((name) => (name.startsWith('passage_') ? [name.slice(8)] : []));
      const rows = names.map((name) => {
        const [passage, error] = [metrics[`passage_${name}`], metrics[`error_${name}`]];
        return [name, passage == null ? 'never' : String(passage), formatNumber(error ?? null)];
      });
      for (const line of columns([['frequency', 'learnt at step', 'last error'], ...rows])) writeLine(line);
      for (const one of record.claims) writeClaim(one);
      writeProblems(record);
      writeLine();
      writeLine(`report: ${relative(process.cwd(), `${folder}/report.html`)}`);
    }
    if (record.problems) process.exitCode = exitCodes.incomplete;
    else if (failed > 0) process.exitCode = exitCodes.claims;
  } finally {
    display.clear();
    process.off('SIGINT', stop);
  }
}
