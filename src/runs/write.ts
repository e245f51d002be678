/**
 * Writing a run folder, whole or not at all: everything goes into a hidden folder beside it, which is renamed last.
 *
 * ```
 * <out>/<id>-<preset>-seed<seed>[-<hash of changed parameters>]/
 *   result.json   data/measured.{json,npz}   data/<table>.csv   data/arrays.npz   data/playback.json
 *   figures/<figure>.{vl.json,svg,png}   report.html
 * ```
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { encodeCsv } from '../core/csv.js';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { machine, simdPath, versions } from '../core/machine.js';
import { describe } from '../core/ndarray.js';
import { encodeNpz } from '../core/npz.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { encodeData } from '../experiment/data.js';
import { type Experiment, type Outcome, requireExperiment } from '../experiment/define.js';
import type { Problem } from '../experiment/outcome.js';
import { resolveParameters } from '../experiment/parameters.js';
import { type RunRecord, recordFormat } from '../experiment/record.js';
import { type ExperimentResult, performExperiment, RUN_OPTIONS, type RunOptions } from '../experiment/run.js';
import type { Figure } from '../figures/figure.js';
import { renderPng, renderSvg } from '../figures/render.js';
import { withCheckpoints } from '../nets/checkpoint.js';
import { reportPage } from '../report/page.js';
import { encodePlayback, type PlaybackData } from '../report/playback.js';
import { type Language, languageNames, languages } from '../words/index.js';
import { codeOf } from './find.js';
import { writeMeasured } from './measured.js';
import { refusedIn } from './svg.js';
import { checkpointFolder, replaceFolder, workingFolder } from './working.js';

/** What to run, and where its folder is made. */
export interface RunToFolderOptions<S extends z.ZodObject = z.ZodObject> extends RunOptions<S> {
  /** Folder the run folder is made in; default `runs`. */
  out?: string;
  /**
   * Save every training each so many minutes, in a hidden folder beside the run's: the same run, started again after its
   * process was ended, goes on from there to the same bits. The folder goes when the run is written.
   */
  checkpoint?: number;
  /** The language of its report: what experiments say stays as it is. Default `en`. */
  lang?: Language;
}

/** A run folder and its record. */
export interface WrittenRun {
  /** Absolute path of the run folder. */
  folder: string;
  /** What its `result.json` holds. */
  record: RunRecord;
}

/**
 * Runs an experiment and writes its folder. A run of the same experiment, preset, seed and parameters replaces the
 * folder of an earlier one; several may do so at once. What of the outcome cannot be written (a figure that is no valid
 * Vega-Lite, a table of unequal columns, a field that there is not) is named in `record.problems`; the rest is written.
 *
 * @throws FprincipleError what `runExperiment` throws but for parts of the outcome, and `IO` when `out` cannot be written
 *   (found out before the run).
 */
export async function runToFolder<E extends Experiment>(
  typed: E,
  options: RunToFolderOptions<NoInfer<E>['parameters']> = {},
): Promise<WrittenRun> {
  const {
    out: given = 'runs',
    checkpoint: minutes,
    lang,
    ...asRun
  } = checkOptions(options as unknown as RunToFolderOptions, [...RUN_OPTIONS, 'out', 'checkpoint', 'lang']);
  const experiment: Experiment = requireExperiment(typed);
  checkChoice(lang, languageNames, 'lang');
  if (typeof given !== 'string') throw invalidArgument(`out: expected a folder's path, got ${describe(given)}`);
  const out = resolve(given);
  const work = await workingFolder(out, experiment.id);
  try {
    await mkdir(join(work.path, 'data'));
    await mkdir(join(work.path, 'figures'));
    const started = new Date().toISOString();
    const run = () => performExperiment(experiment, asRun);
    if (minutes === undefined) return await written(await run());
    const saved = await checkpointFolder(out, plannedName(experiment, asRun));
    let done = false;
    try {
      const made = await written(await withCheckpoints({ folder: saved.path, minutes }, run));
      done = true;
      return made;
    } finally {
      await saved.release(done);
    }

    async function written({ result, problems }: Awaited<ReturnType<typeof performExperiment>>): Promise<WrittenRun> {
      options.onProgress?.({ phase: 'writing figures and data' });
      if (experiment.present) await writeMeasured(work.path, encodeData(result.data));
      const base = baseOf(experiment, result, started);
      const record = await fill(work.path, { base, outcome: result, problems, signal: options.signal, lang });
      const folder = join(out, folderName(experiment, result));
      await replaceFolder(work.path, folder);
      return { folder, record };
    }
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) {
      throw new FprincipleError('IO', `the run cannot be written to ${out}: ${cause.message}`, { cause });
    }
    throw cause;
  } finally {
    await work.release();
  }
}

/** What a record says of its run, apart from the outcome. */
export type RecordBase = Omit<RunRecord, 'metrics' | 'claims' | 'figures' | 'tables' | 'problems'>;

interface ToWrite {
  base: RecordBase;
  outcome: Omit<Required<Outcome>, 'playback'> & Pick<Outcome, 'playback'>;
  problems: readonly Problem[];
  signal: AbortSignal | undefined;
  /** Default `en`. */
  lang?: Language | undefined;
}

/**
 * Writes everything of an outcome into `work`, whose folders `data` and `figures` are there, its record last. What cannot be
 * written becomes one of the record's problems.
 */
export async function fill(
  work: string,
  { base, outcome: result, problems, signal, lang = 'en' }: ToWrite,
): Promise<RunRecord> {
  const write = (path: string, content: string | Uint8Array): Promise<void> => writeFile(join(work, path), content);
  const all = [...problems];
  /** What `make` gives; `undefined` where that part of the outcome is at fault. */
  const unlessFaulty = async <T>(field: string, make: () => T | Promise<T>): Promise<T | undefined> => {
    if (signal?.aborted) throw new FprincipleError('ABORTED', 'the run was aborted', { cause: signal.reason });
    try {
      return await make();
    } catch (cause) {
      all.push({ field, message: cause instanceof Error ? cause.message : String(cause) });
      return undefined;
    }
  };
  const tables: Record<string, string> = {};
  for (const table of result.tables) {
    const csv = await unlessFaulty(`tables.${table.id}`, () => encodeCsv(table));
    if (csv === undefined) continue;
    tables[table.id] = csv;
    await write(`data/${table.id}.csv`, csv);
  }
  if (Object.keys(result.arrays).length > 0) {
    const npz = await unlessFaulty('arrays', () => encodeNpz(result.arrays));
    if (npz) await write('data/arrays.npz', npz);
  }
  let playback: PlaybackData | undefined;
  if (result.playback) {
    const given = result.playback;
    playback = await unlessFaulty('playback', () => encodePlayback(given));
    if (playback) await write('data/playback.json', JSON.stringify(playback));
  }
  const figures: Record<string, string> = {};
  for (const figure of result.figures) {
    const drawn = await unlessFaulty(`figures.${figure.id}`, () => draw(figure));
    if (drawn === undefined) continue;
    figures[figure.id] = drawn.svg;
    await write(`figures/${figure.id}.vl.json`, drawn.spec);
    await write(`figures/${figure.id}.svg`, drawn.svg);
    await write(`figures/${figure.id}.png`, drawn.png);
  }
  const kept = {
    ...result,
    tables: result.tables.filter(({ id }) => id in tables),
    figures: result.figures.filter(({ id }) => id in figures),
  };
  const record = recordOf(base, kept, all);
  await write('report.html', reportPage([{ record, figures, tables, ...(playback && { playback }) }], languages[lang]));
  await write('result.json', `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** A figure in its three forms. @throws `INVALID_ARGUMENT` where it cannot be drawn */
async function draw(figure: Figure): Promise<{ spec: string; svg: string; png: Uint8Array }> {
  const svg = await renderSvg(figure);
  const refused = refusedIn(svg);
  if (refused !== undefined) throw invalidArgument(`figure ${figure.id}: ${refused}`);
  return { spec: `${JSON.stringify(figure.spec)}\n`, svg, png: renderPng(svg, undefined, `figure ${figure.id}`) };
}

/** What is known of a run that ended just now, on this machine. */
function baseOf(experiment: Experiment, result: ExperimentResult, started: string): RecordBase {
  const { id, title, source, statement } = experiment;
  const { preset, parameters, seed, seconds } = result;
  return {
    format: recordFormat,
    id,
    title,
    source,
    statement,
    preset,
    parameters,
    seed,
    versions: versions(),
    simd: simdPath(),
    code: codeOf(experiment),
    machine: machine(),
    started,
    seconds,
  };
}

function recordOf(base: RecordBase, outcome: ToWrite['outcome'], problems: readonly Problem[]): RunRecord {
  const metrics = Object.entries(outcome.metrics).map(([name, v]) => [
    name,
    v !== null && Number.isFinite(v) ? v : null,
  ]);
  return {
    ...base,
    metrics: Object.fromEntries(metrics) as RunRecord['metrics'],
    claims: [...outcome.claims],
    figures: outcome.figures.map((f) => ({ id: f.id, title: f.title, caption: f.caption })),
    tables: outcome.tables.map((t) => ({ id: t.id, title: t.title })),
    ...(problems.length > 0 && { problems: [...problems] }),
  };
}

/** The folder's name: what was run, and a short digest of the parameters where they are not the preset's. */
export function folderName(
  experiment: Experiment,
  { preset, seed, parameters }: Pick<ExperimentResult, 'preset' | 'seed' | 'parameters'>,
): string {
  const text = JSON.stringify(parameters);
  const name = `${experiment.id}-${preset}-seed${seed}`;
  if (text === JSON.stringify(resolveParameters(experiment.parameters, experiment.presets[preset]))) return name;
  return `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** The name of the folder that a run with these options will have. */
function plannedName(experiment: Experiment, { preset = 'quick', seed = 0, parameters }: RunOptions): string {
  const layers = Array.isArray(parameters) ? (parameters as unknown[]) : [parameters];
  const resolved = resolveParameters(experiment.parameters, experiment.presets[preset], ...layers);
  return folderName(experiment, { preset, seed, parameters: resolved });
}
