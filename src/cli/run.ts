/** `fprinciple run <id...> | ./mine.ts | --all`. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { writeWhole } from '../core/files.js';
import { type Claim, describeContrast, describeExpectation, describeMeasured } from '../experiment/claims.js';
import { type Experiment, type PresetName, presetNames } from '../experiment/define.js';
import { mergeParameters, parseAssignment, resolveParameters } from '../experiment/parameters.js';
import { experiments } from '../experiments/index.js';
import { fitExperiment } from '../fit/experiment.js';
import { reportPage } from '../report/page.js';
import { experimentById, findExperiments, isPath } from '../runs/find.js';
import { compareRuns, type RunComparison } from '../runs/like.js';
import { readRecord, readRun } from '../runs/read.js';
import { placeIn } from '../runs/trace.js';
import { runToFolder, type WrittenRun } from '../runs/write.js';
import { ProgressLog } from '../studio/progress-log.js';
import { withFileData } from '../sweeps/plan/file-data.js';
import { training } from '../sweeps/plan/training.js';
import { type Language, languages } from '../words/index.js';
import { exitCodes, fail } from './exit.js';
import { languageOption } from './language.js';
import { duration, wrap, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';
import { openStudioBeside } from './studio.js';
import { isSupervised, supervise, underSupervision } from './supervise.js';

interface Options {
  all?: boolean;
  set: object[];
  config?: string;
  preset: PresetName;
  seed: number;
  out: string;
  checkpoint?: number;
  like?: string;
  live?: boolean;
  logProgress?: boolean;
  lang: Language;
  json?: boolean;
}

export const runCommand = (): Command =>
  new Command('run')
    .description(
      'run experiments; each writes a folder with its results, data, figures and a report. One experiment prints ' +
        'every claim; several print a line each and the claims that failed, and one report of all',
    )
    .argument('[ids...]', 'ids of `fprinciple list`, or files of your own (./mine.ts)')
    .option('--all', 'every experiment of the package')
    .option('--preset <name>', 'quick (seconds, real data) or paper (the settings of the source)', preset, 'quick')
    .option(
      '--set <path=value>',
      'change one parameter, for instance --set optimizer.learningRate=1e-3; repeat it for more',
      assignment,
      [],
    )
    .option(
      '--config <file>',
      'parameters from a JSON file; its "$schema" may name schema/experiments/<id>.json for your editor',
    )
    .option('--seed <n>', 'seed of everything random', seed, 0)
    .option('--out <dir>', 'folder for the run folders', 'runs')
    .option(
      '--checkpoint <minutes>',
      'save every training each so many minutes: the same command goes on from there after a crash, to the same bits',
      minutes,
    )
    .option(
      '--like <folder>',
      'make a run again, with its preset, seed and parameters, into <out>/again, and say whether every number is the same; ' +
        'of an experiment of your own, name its file too',
    )
    .option('--live', 'open the studio beside it, which shows the run while it goes on')
    .addOption(new Option('--log-progress', 'write the progress where the studio reads it').hideHelp())
    .addOption(languageOption('the report'))
    .option('--json', 'print the results as JSON')
    .action((ids: string[], options: Options, command: Command) => {
      const own = ['preset', 'seed', 'set', 'config', 'all'].filter(
        (name) => command.getOptionValueSource(name) === 'cli',
      );
      if (options.like === undefined || own.length === 0) return run(ids, options);
      throw invalidArgument(`--like: expected no --${own[0]} beside it, since the folder says it`);
    });

function preset(name: string): PresetName {
  if ((presetNames as readonly string[]).includes(name)) return name as PresetName;
  throw new InvalidArgumentError(`expected ${presetNames.join(' or ')}.`);
}

function seed(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('expected an integer from 0 to 2^53 - 1.');
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected minutes above 0.');
}

const assignment = (text: string, before: object[]): object[] => [...before, parseAssignment(text)];

async function run(ids: string[], asked: Options): Promise<void> {
  if (!isSupervised()) {
    if (asked.live) await openStudioBeside(dirname(resolve(asked.out)), 'runs');
    return supervise(asked.out, asked.checkpoint !== undefined);
  }
  const again = asked.like === undefined ? undefined : await readRecord(asked.like);
  const options = again ? { ...asked, preset: again.preset, seed: again.seed, out: join(asked.out, 'again') } : asked;
  const controller = new AbortController();
  const { kept } = underSupervision(() => controller.abort(new Error('interrupted')));
  const found = options.all ? [...experiments] : [];
  const files = new Map<Experiment, string>();
  for (const id of ids) {
    const named = id === training.id ? [training] : await findExperiments(id);
    if (isPath(id)) for (const experiment of named) files.set(experiment, resolve(id));
    found.push(...named);
  }
  if (again && ids.length === 0) found.push(await experimentOf(again.id));
  const chosen = [...new Set(found)].filter(({ id }) => again === undefined || id === again.id);
  if (again && chosen.length === 0) {
    throw invalidArgument(`--like: ${asked.like} is a run of ${again.id}, which is not in ${ids.join(', ')}`);
  }
  const several = chosen.length > 1;
  if (chosen.length === 0)
    throw invalidArgument('run: expected an id, a file or --all (fprinciple list shows the ids)');
  const given = again ? again.parameters : await layers(options);
  const parameters = chosen.includes(training) ? await withFileData(given) : given;
  // Wrong parameters are found for every experiment before the first one runs.
  for (const experiment of chosen) resolveFor(experiment, options.preset, parameters);

  const done: WrittenRun[] = [];
  const failures: { id: string; code: string; message: string }[] = [];
  let exit: number = exitCodes.done;
  const width = Math.max(...chosen.map(({ id }) => id.length));
  for (const experiment of chosen) {
    try {
      const written = await runOne(experiment, options, parameters, controller.signal);
      done.push(written);
      kept(written.folder);
      if (!options.json) (several ? announceBriefly : announce)(written, width);
    } catch (cause) {
      const error = placed(cause, files.get(experiment));
      if (controller.signal.aborted || !several) throw error;
      // One experiment's failure does not take the others' results away.
      if (!options.json) writeLine(`${experiment.id.padEnd(width)}  DID NOT FINISH`);
      process.stderr.write(`${experiment.id}: `);
      exit = fail(error, false);
      const code = error instanceof FprincipleError ? error.code : 'INTERNAL';
      failures.push({ id: experiment.id, code, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const compared = asked.like !== undefined && done[0] ? await compareRuns(asked.like, done[0].folder) : undefined;
  const report = several && done.length > 0 ? await writeReport(done, options) : undefined;
  const claims = done.flatMap(({ record }) => record.claims);
  const held = claims.filter((claim) => claim.pass).length;
  const failed = claims.length - held;
  const incomplete = done.some(({ record }) => record.problems !== undefined);
  if (options.json) {
    writeJson({
      runs: done.map(({ folder, record }) => ({ folder, ...record })),
      held,
      failed,
      failures,
      ...(report && { report }),
      ...(compared && { like: compared }),
    });
  } else {
    if (compared) writeComparison(compared);
    writeLine();
    writeLine(`${counted(held)} held, ${failed} failed`);
    if (failures.length > 0) writeLine(`did not finish: ${failures.map(({ id }) => id).join(', ')}`);
    if (done.length > 0)
      writeLine(`report: ${relative(process.cwd(), report ?? join(done[0]!.folder, 'report.html'))}`);
  }
  const whole = incomplete
    ? exitCodes.incomplete
    : failed > 0 || compared?.same === false
      ? exitCodes.claims
      : exitCodes.done;
  process.exitCode = exit !== exitCodes.done ? exit : whole;
}

/** The experiment of that id, of the package's own and those that commands run. */
const experimentOf = async (id: string): Promise<Experiment> => {
  const command = [training, fitExperiment()].find((experiment) => experiment.id === id);
  return command ?? experimentById(id);
};

/** Whether a run made again has the same numbers, and what differs where it has not. */
function writeComparison({ same, files, metrics, circumstances }: RunComparison): void {
  writeLine(same ? '  same bits: metrics and every file in data/' : '  OTHER NUMBERS than in the run that it is like:');
  const shown = metrics.slice(0, 5).map(({ name, before, after }) => `${name}: ${before}, now ${after}`);
  const more = metrics.length > 5 ? [`and ${metrics.length - 5} metrics more`] : [];
  for (const text of [...files.map((file) => `data/${file}`), ...shown, ...more]) writeLine(`    ${text}`);
  if (!same && circumstances.length === 0) writeLine('    nothing is known that would explain it');
  for (const { what, before, after } of circumstances) writeLine(`  other ${what}: ${before}, now ${after}`);
}

/** An error of this package with the place in the user's file that it comes from; of other errors the trace is shown. */
function placed(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof FprincipleError) || error.code === 'INTERNAL' || error.code === 'ABORTED') return error;
  const place = file === undefined ? undefined : placeIn(error, file);
  if (place === undefined) return error;
  return new FprincipleError(error.code, `${error.message} (at ${place})`, { cause: error });
}

/** Parameters of the config file, then those of --set, as one layer. */
async function layers({ config, set }: Options): Promise<unknown> {
  let merged: unknown = {};
  if (config !== undefined) {
    let text: string;
    try {
      text = await readFile(config, 'utf8');
    } catch (cause) {
      throw new FprincipleError('IO', `--config: ${config} cannot be read`, { cause });
    }
    try {
      merged = JSON.parse(text);
    } catch (cause) {
      throw invalidArgument(`--config: ${config} is not JSON: ${(cause as Error).message}`, { cause });
    }
    if (typeof merged === 'object' && merged !== null && '$schema' in merged) delete merged.$schema;
  }
  return set.reduce<unknown>((all, one) => mergeParameters(all, one), merged);
}

function resolveFor(experiment: Experiment, name: PresetName, parameters: unknown): void {
  try {
    resolveParameters(experiment.parameters, experiment.presets[name], parameters);
  } catch (error) {
    if (error instanceof FprincipleError)
      throw new FprincipleError(error.code, `${experiment.id}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function runOne(
  experiment: Experiment,
  options: Options,
  parameters: unknown,
  signal: AbortSignal,
): Promise<WrittenRun> {
  const display = progressDisplay(experiment.id);
  const { preset: name, seed: start, out, checkpoint, lang } = options;
  const estimate = experiment.seconds[name];
  const time = estimate === undefined ? '' : `, about ${duration(estimate)}`;
  process.stderr.write(`${experiment.id}: ${experiment.title} (${name}${time})\n`);
  const { id, title } = experiment;
  const logs = options.live || options.logProgress;
  const log = logs ? new ProgressLog(resolve(out), { id, title, preset: name, seed: start }) : undefined;
  try {
    const written = await runToFolder(experiment, {
      preset: name,
      seed: start,
      out,
      parameters,
      signal,
      lang,
      onProgress: (progress) => {
        display.update(progress);
        log?.update(progress);
      },
      ...(checkpoint !== undefined && { checkpoint }),
    });
    const { claims } = written.record;
    const held = claims.filter(({ pass }) => pass).length;
    log?.end({ folder: basename(written.folder), held, failed: claims.length - held });
    return written;
  } catch (error) {
    log?.end({ error: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    display.clear();
  }
}

const counted = (claims: number): string => `${claims} ${claims === 1 ? 'claim' : 'claims'}`;

/** One experiment: every claim, what was expected and what was measured. */
function announce({ folder, record }: WrittenRun): void {
  for (const claim of record.claims) writeClaim(claim);
  writeProblems(record);
  writeLine(`  ${duration(record.seconds)}, ${relative(process.cwd(), folder) || '.'}`);
}

/** One of several: a line, and below it the claims that failed. */
function announceBriefly({ record }: WrittenRun, width: number): void {
  const { id, claims, seconds } = record;
  const failed = claims.filter((claim) => !claim.pass);
  const verdict =
    failed.length === 0 ? `${counted(claims.length)} held` : `${failed.length} of ${claims.length} FAILED`;
  writeLine(`${id.padEnd(width)}  ${verdict.padEnd(16)}  ${seconds.toFixed(1).padStart(6)} s`);
  for (const claim of failed) writeClaim(claim);
  writeProblems(record);
}

/** What of the outcome could not be used. */
export function writeProblems({ problems = [] }: WrittenRun['record']): void {
  for (const { field, message } of problems) {
    const [first = '', ...rest] = wrap(`${field}: ${message}`, indent);
    writeLine(`  MISSING ${first.trimStart()}`);
    for (const line of rest) writeLine(line);
  }
}

export function writeClaim(claim: Claim): void {
  const { id, statement, expected, measured, labels, unit, controls = [], pass } = claim;
  const [first, ...rest] = wrap(`${id}: ${statement}`, indent);
  writeLine(`  ${pass ? 'holds ' : 'FAILED'}  ${first!.trimStart()}`);
  const line = `expected ${describeExpectation(expected, unit)}; measured ${describeMeasured(measured, labels, unit)}`;
  for (const part of [...rest, ...wrap(line, indent)]) writeLine(part);
  for (const control of controls) {
    const text = `control (${control.statement}): ${describeMeasured(control.measured, labels, unit)}`;
    for (const part of wrap(text, indent)) writeLine(part);
  }
  for (const part of wrap(describeContrast(claim), indent)) writeLine(part);
}

const indent = ' '.repeat(10);

async function writeReport(done: readonly WrittenRun[], { out, lang }: Options): Promise<string> {
  const path = join(resolve(out), 'report.html');
  await writeWhole(path, reportPage(await Promise.all(done.map(({ folder }) => readRun(folder))), languages[lang]));
  return path;
}
