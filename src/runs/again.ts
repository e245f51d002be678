/**
 * Presenting a run again: claims, tables, figures and report anew from what it measured, without training.
 *
 * Seed, parameters, seconds, machine and versions stay those of the run; the record says by which version it was presented.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { versions } from '../core/machine.js';
import { describe } from '../core/ndarray.js';
import { checkOptions } from '../core/options.js';
import { type Experiment, requireExperiment } from '../experiment/define.js';
import { resolveParameters } from '../experiment/parameters.js';
import { readOutcome } from '../experiment/run.js';
import { codeOf, experimentById } from './find.js';
import { measuredFiles } from './measured.js';
import { readMeasured, readRecord } from './read.js';
import { replaceFolder, workingFolder } from './working.js';
import { fill, type WrittenRun } from './write.js';

/** How a run is presented again. */
export interface PresentAgainOptions {
  /** The experiment that measured it. Default: the package's of the run's id. */
  experiment?: Experiment;
  /** Stops the drawing of figures; the folder then stays as it was. */
  signal?: AbortSignal;
}

/**
 * Calls `present` of the experiment on what a run saved, and writes the run's folder anew.
 *
 * @throws FprincipleError `IO` for what is no run folder; `INVALID_ARGUMENT` for a run without saved data (of an experiment
 *   that has `run`, or of 0.1.0), of another experiment, or with parameters that the experiment no longer takes
 */
export async function presentAgain(folder: string, options: PresentAgainOptions = {}): Promise<WrittenRun> {
  const { experiment: given, signal } = checkOptions(options, ['experiment', 'signal']);
  if (typeof folder !== 'string')
    throw invalidArgument(`folder: expected a run folder's path, got ${describe(folder)}`);
  const there = resolve(folder);
  const { metrics: _, claims: __, figures: ___, tables: ____, problems: _____, ...base } = await readRecord(there);
  const experiment = given === undefined ? experimentById(base.id) : requireExperiment(given);
  if (experiment.id !== base.id) {
    throw invalidArgument(`experiment: expected ${base.id}, which measured ${folder}, got ${experiment.id}`);
  }
  const measured = await readMeasured(there);
  if (!experiment.present || !measured) {
    throw invalidArgument(`${folder}: it holds no measured data to present again; run ${base.id} anew`);
  }
  const parameters = resolveParameters(experiment.parameters, base.parameters);
  const { outcome, problems } = readOutcome(await experiment.present(measured.data as never, parameters as never));
  const presented = {
    version: versions().fprinciple ?? 'unknown',
    code: codeOf(experiment),
    at: new Date().toISOString(),
  };
  const { title, source, statement } = experiment;
  const work = await workingFolder(dirname(there), basename(there));
  try {
    for (const name of ['data', 'figures']) await mkdir(join(work.path, name));
    for (const file of Object.values(measuredFiles)) await copyFile(join(there, file), join(work.path, file));
    const record = await fill(work.path, {
      base: { ...base, title, source, statement, presented },
      outcome,
      problems,
      signal,
    });
    await replaceFolder(work.path, there);
    return { folder: there, record };
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) {
      throw new FprincipleError('IO', `${folder} cannot be written: ${cause.message}`, { cause });
    }
    throw cause;
  } finally {
    await work.release();
  }
}
