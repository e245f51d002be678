/** A sweep and its folder: planned anew, or as it was begun. */
import { join } from 'node:path';
import { z } from 'zod';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { defineExperiment, type Experiment } from '../../experiment/define.js';
import { checkSweep, type Sweep } from '../plan/describe.js';
import { withFileData } from '../plan/file-data.js';
import { completeHalving, Ladder, type Step } from '../plan/halving.js';
import { type Engine, type PlannedRun, planRuns, thisEngine } from '../plan/plan.js';
import { findSubject, type Subject, subjectHere } from '../plan/subject.js';
import { training } from '../plan/training.js';
import { type Failure, isReadableSweep, Store, type SweepResult, sweepFormat } from './store.js';
import { runsOf } from './told.js';

/** `sweep.json`. */
export interface SweepRecord extends Engine {
  /** {@link sweepFormat} of the version that began the sweep; missing or 1: 0.1.0. */
  format?: number;
  /** The description; an experiment's file by its absolute path. */
  sweep: Sweep;
  /** Digest of the package's code that the runs depend on. */
  code?: string;
  /** Hash of the experiment's file and what it imports, where it is one. */
  source?: string;
  /** Every run, where the experiment lives in the program that began the sweep only: nobody else can plan them. */
  runs?: Pick<PlannedRun, 'id' | 'seed' | 'point'>[];
}

export interface OpenSweep {
  sweep: Sweep;
  subject: Subject;
  store: Store;
  /** With halving those that are known to be done; what has ended adds to them, see {@link standing}. */
  runs: PlannedRun[];
  /** Where it decides by itself which runs are done. */
  ladder?: Ladder;
  /** What its folder says of a sweep that was begun before. */
  record?: SweepRecord;
}

/**
 * Plans a description. Nothing is written yet.
 * @param experiment in place of the one that the description names: one that lives in this process
 * @param out the folder; default `sweeps/<experiment>`
 */
export async function planSweep(description: unknown, experiment?: Experiment, out?: string): Promise<OpenSweep> {
  const sweep = checkSweep(description);
  const subject = experiment ? subjectHere(experiment) : await findSubject(sweep.experiment);
  const isTraining = subject.experiment === training;
  const parameters = isTraining ? await withFileData(sweep.parameters) : sweep.parameters;
  // Recorded with the defaults of today.
  const halving = sweep.halving && completeHalving(sweep.halving, subject);
  const reference = subject.reference ?? subject.experiment.id;
  const named = { ...sweep, parameters, experiment: reference, ...(halving && { halving }) };
  const store = new Store(out ?? join('sweeps', subject.experiment.id));
  return { sweep: named, subject, store, ...climbing(planRuns(named, subject), named, subject) };
}

/** The runs that a sweep begins with. */
function climbing(
  runs: PlannedRun[],
  sweep: Sweep,
  subject: Subject,
  engine?: Engine,
): Pick<OpenSweep, 'runs' | 'ladder'> {
  if (!sweep.halving) return { runs };
  const ladder = new Ladder(runs, sweep, completeHalving(sweep.halving, subject), subject, engine);
  return { runs: ladder.first, ladder };
}

/**
 * The sweep of a folder, as it was begun. To be read only, a sweep whose runs cannot be planned any more (of an experiment
 * that is no longer there, or has other parameters by now) has those runs that have a result.
 * @param toWork whether runs are to be done, which only the same engine may
 * @throws `IO` where the folder is none of a sweep; `INVALID_ARGUMENT` where this engine would do other runs
 */
export async function openSweep(folder: string, { toWork = false } = {}): Promise<OpenSweep> {
  const store = new Store(folder);
  const record = await store.readJson<SweepRecord>('sweep.json');
  if (!record?.sweep || !isReadableSweep(record.format)) {
    const what = record ? `a sweep of format ${String(record.format)}` : 'no sweep.json in it';
    throw new FprincipleError('IO', `${store.folder} is no sweep of this version: there is ${what}`);
  }
  const sweep = checkSweep(record.sweep);
  const old = (record.format ?? 1) < sweepFormat;
  if (old && toWork) {
    throw invalidArgument(
      `${folder} was begun by fprinciple ${record.version}, in which the same seeds drew other numbers: its runs can be ` +
        'reported and tabled, but not gone on with; `fprinciple sweep` does them anew, best in another folder',
    );
  }
  if (record.runs) {
    if (toWork) {
      throw invalidArgument(`${folder}: ${sweep.experiment} lives in the program that began the sweep: run that again`);
    }
    const runs = record.runs.map((run) => ({ ...run, settings: {} }));
    return { sweep, subject: { experiment: absent(sweep.experiment) }, store, runs, record };
  }
  let subject: Subject;
  let planned: Pick<OpenSweep, 'runs' | 'ladder'>;
  try {
    subject = await findSubject(sweep.experiment);
    if (toWork) refuseOther(folder, record, subject, sweep.experiment);
    const { source: _, ...begun } = subject;
    subject = { ...begun, code: record.code, ...(record.source !== undefined && { source: record.source }) };
    planned = climbing(planRuns(sweep, subject, record), sweep, subject, record);
    if (old && !(await holdsSome(store, planned.runs)))
      throw invalidArgument('its parameters have other defaults by now');
  } catch (cause) {
    if (toWork || !(cause instanceof FprincipleError)) throw cause;
    const found = [...(await store.readAll()).values()];
    const experiment = found[0]?.experiment ?? 'sweep';
    return { sweep, subject: { experiment: absent(experiment) }, store, runs: runsOf(found), record };
  }
  return { sweep, subject, store, ...planned, record };
}

async function holdsSome(store: Store, runs: readonly PlannedRun[]): Promise<boolean> {
  const listed = await store.listed();
  return listed.size === 0 || runs.some(({ id }) => listed.has(id));
}

/** @throws `INVALID_ARGUMENT` where what is here would do other runs than what began the sweep */
function refuseOther(folder: string, record: SweepRecord, subject: Subject, name: string): void {
  const here = thisEngine();
  if (here.version !== record.version || here.simd !== record.simd) {
    throw invalidArgument(
      `${folder} was begun by fprinciple ${record.version} on ${record.simd}, this is ${here.version} on ${here.simd}: ` +
        `FPRINCIPLE_SIMD=${record.simd} pins the path; \`fprinciple sweep\` does every run anew with what is here`,
    );
  }
  if (record.source !== subject.source) {
    throw invalidArgument(`${folder}: ${name} has changed since; run \`fprinciple sweep\` on it again`);
  }
  if (record.code !== subject.code) {
    throw invalidArgument(
      `${folder}: the code of fprinciple ${here.version} has changed since, and with it what its runs give; ` +
        'run `fprinciple sweep` on it again',
    );
  }
}

/** In place of an experiment that cannot be had here: its results can be read. */
const absent = (id: string): Experiment =>
  defineExperiment({
    id,
    title: id,
    source: 'a program of your own',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    run: () => ({}),
  });

/** Writes `sweep.json`: from now on the folder can be resumed. */
export async function recordSweep({ sweep, subject, store, runs }: OpenSweep): Promise<void> {
  const { version, simd } = thisEngine();
  const record: SweepRecord = {
    format: sweepFormat,
    version,
    simd,
    ...(subject.code !== undefined && { code: subject.code }),
    sweep,
    ...(subject.source !== undefined && { source: subject.source }),
    ...(subject.reference === undefined && { runs: runs.map(({ id, seed, point }) => ({ id, seed, point })) }),
  };
  await store.writeJson('sweep.json', record);
}

/** Where every run stands. */
export interface Standing {
  results: Map<string, SweepResult>;
  failures: Map<string, Failure>;
  /** Ids of results whose file does not match its checksum. */
  damaged: string[];
  /** Runs without a whole result and without a failure. */
  missing: PlannedRun[];
}

/** Reads and checks every result of the sweep; with halving, rung after rung, as far as what is there decides. */
export async function standing({ store, runs, ladder }: OpenSweep): Promise<Standing> {
  const listed = await store.listed();
  const failed = await store.failures();
  const found: Standing = { results: new Map(), failures: new Map(), damaged: [], missing: [] };
  const check = async (run: PlannedRun): Promise<void> => {
    const result = listed.has(run.id) ? await store.read(run.id) : 'missing';
    if (typeof result !== 'string') {
      found.results.set(run.id, result);
      return;
    }
    if (result === 'damaged') found.damaged.push(run.id);
    const failure = failed.get(run.id);
    if (failure && result === 'missing') found.failures.set(run.id, failure);
    else found.missing.push(run);
  };
  // Some files at a time: thousands at once would exhaust the process' file handles.
  for (let from = 0; from < runs.length; ) {
    const part = runs.slice(from, from + 64);
    from += part.length;
    await Promise.all(part.map(check));
    for (const run of part) runs.push(...(settled(run, found, ladder)?.begin ?? []));
  }
  // In the order of the plan, whichever file was read first.
  const order = new Map(runs.map((run, i) => [run.id, i]));
  const inOrder = (a: string, b: string): number => order.get(a)! - order.get(b)!;
  found.missing.sort((a, b) => inOrder(a.id, b.id));
  found.results = new Map([...found.results].sort(([a], [b]) => inOrder(a, b)));
  return found;
}

function settled(run: PlannedRun, { results, failures }: Standing, ladder?: Ladder): Step | undefined {
  const [result, failure] = [results.get(run.id), failures.get(run.id)];
  return result ? ladder?.settle(run, { result }) : failure && ladder?.settle(run, { failure });
}
