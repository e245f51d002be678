/** `fprinciple sweep <id | file.json | ./mine.ts>`: begins a sweep, or goes on with it. */
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { Command } from 'commander';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { requireObject } from '../core/options.js';
import { mergeParameters, parseAssignment } from '../experiment/parameters.js';
import { conduct, type Summary } from '../sweeps/executors/conduct.js';
import { type OpenSweep, openSweep, planSweep, standing } from '../sweeps/folder/open.js';
import { notesOn } from '../sweeps/folder/others.js';
import { predictedCost } from '../sweeps/plan/cost.js';
import { parseCondition } from '../sweeps/plan/describe.js';
import { estimate } from '../sweeps/plan/estimate.js';
import { describeRun, hasParameter, resolveRun, valueAt } from '../sweeps/plan/plan.js';
import { findSubject } from '../sweeps/plan/subject.js';
import { exitCodes } from './exit.js';
import { duration, writeJson, writeLine } from './output.js';
import { atWork } from './progress.js';
import { openStudioBeside } from './studio.js';
import { joinAxes, parseAxis, parseZip } from './sweep-axes.js';
import { conductOptions, type WorkOptions, whole, workOptions } from './sweep-options.js';
import { sweepDisplay } from './sweep-progress.js';
import { addSweepResults, writeNotes } from './sweep-results.js';

export { parseAxis };

interface BeginOptions extends WorkOptions {
  grid: Record<string, unknown[]>[];
  zip: object[];
  set: object[];
  where: string[];
  seeds?: string;
  preset?: 'quick' | 'paper';
  halving?: string | true;
  rungs?: number;
  factor?: number;
  over?: string;
  max?: boolean;
  out?: string;
  live?: boolean;
  dryRun?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .enablePositionalOptions()
    .description('many runs: an experiment, or a training described as data, times a grid')
    .argument('<what>', 'an id, ./mine.ts, `training`, or a description (sweep.json)')
    .option(
      '--grid <path=values>',
      'values of one parameter: --grid width=50,100,200; repeat it for every combination (one path twice: its values together)',
      collect(parseAxis),
      [],
    )
    .option(
      '--zip <path=values;path=values>',
      'lists that advance together: --zip "width=50,100;steps=2000,1000"',
      collect(parseZip),
      [],
    )
    .option('--set <path=value>', 'what every run has in common', collect(parseAssignment), [])
    .option('--where <condition>', 'keep runs that meet it: width<=100', collect(String), [])
    .option('--seeds <list>', '0..9, or 0,3,7 (default 0)')
    .option('--preset <name>', 'quick or paper')
    .option(
      '--halving [metric]',
      'give up early what does worst by this metric (of training: loss), in place of the whole grid',
    )
    .option(
      '--rungs <n>',
      'halving: budgets, the last of them the whole (default 4 where the factor is 2, else 3)',
      whole,
    )
    .option(
      '--factor <n>',
      'halving: each rung has so many times fewer configurations and more steps (default 2 for `training`, else 3)',
      whole,
    )
    .option(
      '--over <path>',
      'halving: the parameter that a rung has less of (default: the budget of a training, or steps)',
    )
    .option('--max', 'halving: larger is better')
    .option('--out <dir>', "the sweep's folder (default sweeps/<experiment>)")
    .option('--live', 'open the studio beside it, which shows the sweep while it goes on')
    .option('--dry-run', 'how many runs, and what they will cost; writes nothing');
  workOptions(command).action(begin);
  command.addCommand(
    workOptions(new Command('resume').description('do what is missing').argument('<dir>')).action(
      (dir: string, options: WorkOptions) => goOn(dir, options, false),
    ),
  );
  command.addCommand(
    workOptions(new Command('retry').description('do what is missing and what failed').argument('<dir>')).action(
      (dir: string, options: WorkOptions) => goOn(dir, options, true),
    ),
  );
  addSweepResults(command);
  return command;
}

async function begin(what: string, options: BeginOptions): Promise<void> {
  const description = await describe(what, options);
  const opened = await planSweep(description, undefined, options.out);
  if (!options.dryRun) {
    if (options.live) await openStudioBeside(dirname(opened.store.folder), 'sweeps');
    return work(opened, options, false);
  }
  const predicted = predictedCost(opened);
  if (!options.json) {
    const { results } = await standing(opened);
    // Before the first run is timed, which may take as long as a run takes.
    const runs = opened.ladder ? `${opened.ladder.total} runs at most` : `${opened.runs.length} runs`;
    writeLine(`${runs}, ${results.size} of them done already`);
    const memory = `${Math.ceil(predicted.bytes / 1e6)} MB a run`;
    writeLine(`predicted without running any: ${duration(predicted.seconds)} on one lane, ${memory}`);
    writeNotes(await notesOn(opened));
  }
  const cost = await atWork('a run is timed', () => estimate(opened, options.lanes));
  if (options.json) return writeJson({ ...cost, predicted, notes: await notesOn(opened) });
  if (cost.runs === cost.done) return writeLine('nothing is left to do');
  const { secondsPerRun, timed, seconds, lanes } = cost;
  const each = `a run takes ${secondsPerRun.toPrecision(3)} s (timed on ${timed})`;
  writeLine(`${each}: about ${duration(seconds)} for what is left, on ${lanes} lanes`);
}

async function goOn(dir: string, options: WorkOptions, retryFailed: boolean): Promise<void> {
  await work(await openSweep(dir, { toWork: true }), options, retryFailed);
}

async function work(opened: OpenSweep, options: WorkOptions, retryFailed: boolean): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const display = sweepDisplay(opened.subject.experiment.id);
  let summary: Summary;
  try {
    summary = await conduct(opened, {
      ...conductOptions(options),
      retryFailed,
      signal: controller.signal,
      onProgress: display.update,
      onEvent: (event) => {
        if (!('failure' in event)) return;
        display.say(`failed: ${describeRun(event.run)}: ${event.failure.message}`);
      },
    });
  } finally {
    display.clear();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  const folder = relative(process.cwd(), summary.folder) || '.';
  const notes = await notesOn(opened);
  if (options.json) writeJson({ ...summary, notes });
  else {
    writeLine(`${summary.done} of ${summary.total} runs done, ${summary.failed} failed: ${folder}`);
    const { untracked } = summary;
    if (untracked)
      writeLine(`note: ${untracked.count} results are not tracked (resume with --track does them): ${untracked.why}`);
    if (summary.damaged > 0) writeLine(`${summary.damaged} damaged results were done again`);
    writeLine(`look at them: fprinciple sweep table ${folder}, fprinciple sweep report ${folder}`);
    if (summary.failed > 0)
      writeLine(`why runs failed: fprinciple sweep logs ${folder}; try again: fprinciple sweep retry ${folder}`);
    writeNotes(notes);
  }
  if (summary.failed > 0) process.exitCode = exitCodes.error;
}

/** The file's description, or that of the options, which come over the file's. */
async function describe(what: string, options: BeginOptions): Promise<unknown> {
  const base = what.endsWith('.json') ? await readDescription(what) : { experiment: what };
  const given = joinAxes(options.grid);
  // What the file has wrong is left as it is, for the check of the whole to name it.
  const grid = isObject(base.grid ?? {}) ? { ...(base.grid as object), ...given } : base.grid;
  const parameters = options.set.reduce<unknown>((all, one) => mergeParameters(all, one), base.parameters ?? {});
  const where: object[] = [];
  if (options.where.length > 0) {
    const subject = await findSubject(String(base.experiment ?? 'training'));
    const defaults = resolveRun(subject, options.preset ?? 'quick', parameters, 0).parameters;
    const known = (path: string): boolean =>
      valueAt(defaults, path) !== undefined ||
      (isObject(grid) && Object.hasOwn(grid, path)) ||
      hasParameter(subject.experiment, path);
    where.push(...options.where.map((text) => parseCondition(text, known)));
  }
  return {
    ...base,
    grid,
    zip: joined(base.zip, options.zip),
    parameters,
    where: joined(base.where, where),
    ...(options.seeds !== undefined && { seeds: parseSeeds(options.seeds) }),
    ...(options.preset !== undefined && { preset: options.preset }),
    ...halvingOf(base.halving, options),
  };
}

/** The file's halving, or none, with what the options say over it. */
function halvingOf(base: unknown, { halving, rungs, factor, over, max }: BeginOptions): { halving?: unknown } {
  const own = {
    ...(typeof halving === 'string' && { metric: halving }),
    ...(rungs !== undefined && { rungs }),
    ...(factor !== undefined && { factor }),
    ...(over !== undefined && { over }),
    ...(max !== undefined && { max }),
  };
  const asked = halving !== undefined || base !== undefined;
  if (!asked && Object.keys(own).length > 0) {
    throw invalidArgument(`--${Object.keys(own)[0]}: it belongs to --halving, which is missing`);
  }
  return asked ? { halving: isObject(base ?? {}) ? { ...(base as object), ...own } : base } : {};
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file's list with the options' entries after it. */
const joined = (list: unknown = [], more: readonly object[] = []): unknown =>
  Array.isArray(list) ? [...list, ...more] : list;

/** `0..9` as it stands, `0,3,7` as a list. */
function parseSeeds(text: string): string | number[] {
  if (!text.includes(',')) return text;
  return text.split(',').map((part) => {
    const seed = Number(part);
    if (/^\s*\d+\s*$/.test(part) && Number.isSafeInteger(seed)) return seed;
    throw invalidArgument(`--seeds: expected 0..9 or 0,3,7, got ${JSON.stringify(text)}`);
  });
}

async function readDescription(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new FprincipleError('IO', `${file}: it cannot be read: ${(cause as Error).message}`, { cause });
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw invalidArgument(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return { ...requireObject(read, `${file}, the description of a sweep`) };
}

const collect =
  <T>(read: (text: string) => T) =>
  (text: string, before: T[]): T[] => [...before, read(text)];
