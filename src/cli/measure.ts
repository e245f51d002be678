/** `fprinciple measure <file>`. */
import { relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { invalidArgument } from '../core/errors.js';
import { readWhole } from '../core/files.js';
import { formatNumber } from '../experiment/claims.js';
import { measureExperiment } from '../measure/experiment.js';
import { inspectExperiment } from '../measure/inspect-experiment.js';
import { type MeasureClaim, measureClaims } from '../measure/outcome.js';
import { isModelPath } from '../measure/read-model.js';
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
  spec?: string;
  activation?: string;
  prefix?: string;
  names?: string;
  data?: string;
  out: string;
  json?: boolean;
}

export const measureCommand = (): Command =>
  new Command('measure')
    .description(
      'a training from anywhere: error by frequency and step, passages, filtered errors; or a model from anywhere: weights, features, tangent kernel, response frequency. Each is a run with its report',
    )
    .argument(
      '<file>',
      'a recording (.npz, .csv, a folder of .npy, the folder that a recorder writes, run.record) or a model (.onnx, .safetensors, model.json)',
    )
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
    .option('--spec <file>', 'of a model: its description (NetworkSpec, JSON), where a safetensors file has none')
    .option('--activation <name>', 'of a model: between the dense layers of a file without a description')
    .option('--prefix <text>', 'of a safetensors file: the arrays whose names begin so, such as encoder.')
    .option(
      '--names <file>',
      'of a safetensors file: JSON that says what layers of the spec are called there, {"layers.0": "fc_in"}',
    )
    .option(
      '--data <file>',
      'of a model: where it is looked at (.csv, .npy, .npz, .png, .wav; default: normal samples)',
    )
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

/** What is run, and with which parameters. */
async function planned(
  file: string,
  { claim: claims, spec, activation, prefix, names, data, level, frequencies, deltas }: Options,
) {
  const recording = { claims: claims.length > 0 ? claims : undefined, level, frequencies, deltas };
  const model = { spec, activation, prefix, names, data };
  const isModel = isModelPath(file);
  const [wanted, other] = isModel ? [model, recording] : [recording, model];
  const odd = Object.entries(other).find(([, value]) => value !== undefined)?.[0];
  if (odd !== undefined) {
    const [of, is] = isModel ? ['recording', 'model'] : ['model', 'recording'];
    throw invalidArgument(`--${odd === 'claims' ? 'claim' : odd}: is an option of a ${of}, and ${file} is a ${is}`);
  }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  for (const [option, path] of Object.entries({ spec, names })) {
    if (path === undefined) continue;
    const text = (await readWhole(path, { what: `--${option}` })).toString('utf8');
    try {
      Object.assign(given, { [option]: JSON.parse(text) as unknown });
    } catch (cause) {
      throw invalidArgument(`--${option}: ${path} is not JSON: ${(cause as Error).message}`, { cause });
    }
  }
  return { experiment: isModel ? inspectExperiment : measureExperiment, parameters: { file, ...given } };
}

async function measure(file: string, options: Options): Promise<void> {
  const { out, json } = options;
  const { experiment, parameters } = await planned(file, options);
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  const display = progressDisplay('measure');
  try {
    const { folder, record } = await runToFolder(experiment, {
      out,
      parameters,
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
      const numbers = Object.entries(metrics).map(([name, value]) => [name, formatNumber(value)]);
      const rows = names.map((name) => {
        const [passage, error] = [metrics[`passage_${name}`], metrics[`error_${name}`]];
        return [name, passage == null ? 'never' : String(passage), formatNumber(error ?? null)];
      });
      const table = rows.length > 0 ? [['cycles per unit', 'learnt at step', 'last error'], ...rows] : numbers;
      for (const line of columns(table)) writeLine(line);
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
