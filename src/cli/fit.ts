/** `fprinciple fit <data>`. */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { encodeNpz } from '../core/npz.js';
import { readData } from '../data/read-data.js';
import type { FitAdvice } from '../fit/advise.js';
import { emitFit, type FitCode, fitCodes } from '../fit/emit.js';
import { fitExperiment } from '../fit/experiment.js';
import { runToFolder } from '../runs/write.js';
import { columns, duration, wrap, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';

interface Options {
  budget: number;
  seed: number;
  emit?: FitCode;
  hidden?: number[];
  steps?: number;
  side?: number;
  out: string;
  json?: boolean;
}

export const fitCommand = (): Command =>
  new Command('fit')
    .description(
      'which encoding, at which scale, learns a target best: plain coordinates, Fourier features by sigma, SIREN by omega_0 and others. ' +
        'Predicted by their kernels, the best verified by short trainings on samples that are kept back; the choice as code',
    )
    .argument(
      '<data>',
      'a picture (png, jpg, webp, tif), a sound (wav), a table (csv) or arrays (npy, npz with x and y)',
    )
    .addOption(new Option('--budget <time>', 'what it may take: 30s, 5min, 1h').argParser(seconds).default(30, '30s'))
    .option('--seed <n>', 'seed of everything random', whole, 0)
    .option('--emit <language>', `print the choice instead: ${fitCodes.join(', ')}`, language)
    .option('--hidden <widths>', 'widths of the hidden layers, such as 256,256,256,256', widths)
    .option('--steps <n>', 'steps of Adam in the training that is advised (2000)', whole)
    .option('--side <pixels>', 'average a picture to so many pixels of its longer side first', whole)
    .option('--out <dir>', 'folder for the run folder', 'runs')
    .option('--json', 'print what was found as JSON')
    .action(act);

async function act(file: string, { out, seed, emit, json, ...given }: Options): Promise<void> {
  const data = await readData(file, given.side === undefined ? {} : { side: given.side });
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const display = progressDisplay('fit');
  let advice: FitAdvice | undefined;
  const experiment = fitExperiment((found) => {
    advice = found;
  });
  const written = await runToFolder(experiment, {
    parameters: { file, ...given },
    seed,
    out,
    signal: controller.signal,
    onProgress: display.update,
  }).finally(() => display.clear());
  if (advice === undefined) return;
  const { choice, predictions, measurements, warnings } = advice as FitAdvice;
  // Samples and programs lie together, so that each program runs as it is from its folder.
  const samples = join(written.folder, 'samples.npz');
  await writeFile(samples, encodeNpz({ x: data.x, y: data.y }));
  const names = { json: 'choice.json', ts: 'train.mts', pytorch: 'train_pytorch.py', jax: 'train_jax.py' };
  for (const code of fitCodes) {
    await writeFile(join(written.folder, names[code]), emitFit(choice, code, 'samples.npz'));
  }
  for (const warning of warnings) for (const line of wrap(warning)) process.stderr.write(`${line}\n`);
  if (emit !== undefined) {
    process.stdout.write(emitFit(choice, emit, samples));
    return;
  }
  if (json) {
    const { outputs: _, samples: __, validation: ___, ...found } = advice as FitAdvice;
    writeJson({ folder: written.folder, ...found });
    return;
  }
  const decibels = (error: number): string =>
    Number.isFinite(error) ? (20 * Math.log10(error)).toFixed(1).padStart(6) : 'diverged';
  const table = predictions.map(({ name, error }) => {
    const tried = measurements.filter((one) => one.name === name);
    const round = Math.max(0, ...tried.map((one) => one.round));
    const best = tried.filter((one) => one.round === round).sort((a, b) => a.error - b.error)[0];
    const measured = best ? [decibels(best.error), `${best.steps} steps at ${best.learningRate}`] : ['', ''];
    return [`${name === choice.name ? '>' : ' '} ${name}`, decibels(error), ...measured];
  });
  const head = ['  held-out error, dB', 'predicted', 'measured', 'of'];
  for (const line of columns([head, ...table])) writeLine(line);
  writeLine();
  const { training } = choice;
  writeLine('> is the choice; errors after different numbers of steps are of different samples and do not compare');
  writeLine(`${choice.name}, Adam at ${training.optimizer.learningRate}, ${training.steps} steps`);
  const place = relative(process.cwd(), written.folder) || '.';
  writeLine(`${duration(advice.seconds)}, ${place} (report.html, train.mts, train_pytorch.py, train_jax.py)`);
}

function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|sec|min|m|h)?$/.exec(text.trim());
  const value = Number(match?.[1]) * (match?.[2]?.startsWith('m') ? 60 : match?.[2] === 'h' ? 3600 : 1);
  if (match && value > 0) return value;
  throw new InvalidArgumentError('expected a time such as 30s, 5min or 1h.');
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('expected an integer from 0 to 2^53 - 1.');
}

function widths(text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.every((width) => Number.isSafeInteger(width) && width > 0)) return list;
  throw new InvalidArgumentError('expected widths such as 64,64,64.');
}

function language(text: string): FitCode {
  const code = fitCodes.find((one) => one === text);
  if (code) return code;
  throw new InvalidArgumentError(`expected ${fitCodes.join(', ')}.`);
}
