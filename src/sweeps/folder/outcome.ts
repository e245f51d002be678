/** Doing runs in this process, and what comes of them: a result or an error, never an exception. */
import { hostname } from 'node:os';
import { encodeCsv } from '../../core/csv.js';
import { DivergedError, FprincipleError } from '../../core/errors.js';
import { encodeNpz } from '../../core/npz.js';
import type { Outcome } from '../../experiment/define.js';
import { runExperiment } from '../../experiment/run.js';
import { decodePaused, encodePaused, type Paused } from '../plan/paused.js';
import { type RunRequest, resolveRun, thisEngine } from '../plan/plan.js';
import type { Subject } from '../plan/subject.js';
import { type TrainingParameters, trainDescribed, trainingBytes } from '../plan/training.js';
import { type SweepResult, sweepFormat } from './store.js';

/** Runs of one subject that are done together. */
export interface Batch {
  subject: Subject;
  preset: SweepResult['preset'];
  runs: readonly RunRequest[];
  /** The paused training of a run, where it is to be had: without it a run that would go on begins anew. */
  pausedOf?: ((id: string) => Promise<Uint8Array | undefined>) | undefined;
}

export interface RunError {
  code: string;
  message: string;
}

export type RunOutcome =
  | {
      id: string;
      result: SweepResult;
      /** Its arrays. */
      npz?: Uint8Array | undefined;
      /** Of a training with a budget: from here a run with a larger one goes on. */
      paused?: Uint8Array | undefined;
    }
  | { id: string; error: RunError };

export const runError = (error: unknown): RunError => ({
  code: error instanceof FprincipleError ? error.code : 'INTERNAL',
  message: error instanceof Error ? error.message : String(error),
});

/** One run of an experiment. @throws `ABORTED` only */
export async function performRun(
  { subject, preset }: Omit<Batch, 'runs'>,
  run: RunRequest,
  signal?: AbortSignal,
): Promise<RunOutcome> {
  const { id, settings, seed } = run;
  const start = performance.now();
  let base: ReturnType<typeof frame> | undefined;
  try {
    base = frame({ subject, preset }, run);
    const outcome = await runExperiment(subject.experiment, {
      preset,
      parameters: settings,
      seed,
      ...(signal && { signal }),
    });
    return finish(base, outcome, outcome.seconds);
  } catch (error) {
    if (signal?.aborted) throw error;
    // An experiment says so when its training diverged: that is what these parameters do, and no failure. Any other number
    // that is not finite (in the data, say) is one.
    if (base && error instanceof DivergedError) {
      return finish(base, {}, (performance.now() - start) / 1000, 'diverged');
    }
    return { id, error: runError(error) };
  }
}

/** A batch of trainings, its parameters resolved: what can be trained together, and what cannot be trained at all. */
export interface PreparedTrainings {
  /** Runs of one dtype each. */
  groups: Ready[][];
  refused: RunOutcome[];
  /** What all of it takes. */
  bytes: number;
}

interface Ready {
  parameters: TrainingParameters;
  base: ReturnType<typeof frame>;
  from: Paused | undefined;
}

export async function prepareTrainings(batch: Batch): Promise<PreparedTrainings> {
  const groups = new Map<string, Ready[]>();
  const prepared: PreparedTrainings = { groups: [], refused: [], bytes: 0 };
  for (const run of batch.runs) {
    try {
      const base = frame(batch, run);
      const parameters = base.parameters as unknown as TrainingParameters;
      const group = groups.get(parameters.dtype) ?? [];
      groups.set(parameters.dtype, [...group, { parameters, base, from: await pausedBefore(batch, run) }]);
      prepared.bytes += trainingBytes(parameters);
    } catch (error) {
      prepared.refused.push({ id: run.id, error: runError(error) });
    }
  }
  prepared.groups.push(...groups.values());
  return prepared;
}

/** Where a run goes on; where that is lost or damaged it begins anew, which changes no bit of it. */
async function pausedBefore({ pausedOf }: Batch, { from }: RunRequest): Promise<Paused | undefined> {
  if (from === undefined) return undefined;
  try {
    const bytes = await pausedOf?.(from);
    return bytes && decodePaused(bytes);
  } catch {
    return undefined;
  }
}

/** Trainings described as data, each group in one `trainMany`. @throws `ABORTED` only */
export async function performTrainings(
  { groups, refused }: PreparedTrainings,
  options: { threads: number; memoryLimit?: number | undefined; signal?: AbortSignal | undefined },
): Promise<RunOutcome[]> {
  const outcomes = [...refused];
  for (const group of groups) outcomes.push(...(await trainGroup(group, options)));
  return outcomes;
}

async function trainGroup(
  group: readonly Ready[],
  options: Parameters<typeof performTrainings>[1],
): Promise<RunOutcome[]> {
  const { signal, threads, memoryLimit } = options;
  const start = performance.now();
  try {
    const trained = await trainDescribed(
      group.map(({ parameters, base, from }) => ({ parameters, seed: base.seed, from })),
      { threads, ...(signal && { signal }), ...(memoryLimit !== undefined && { memoryLimit }) },
    );
    const seconds = (performance.now() - start) / 1000 / group.length;
    return trained.map(({ outcome, paused }, i) => {
      const status = outcome.metrics?.diverged === 1 ? 'diverged' : 'completed';
      const finished = finish(group[i]!.base, outcome, seconds, status);
      return paused ? { ...finished, paused: encodePaused(paused) } : finished;
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (group.length === 1) {
      const message = runError(error).message.replace(/^runs\[0\](: |\.)/, '');
      return [{ id: group[0]!.base.id, error: { ...runError(error), message } }];
    }
    // One of them cannot be trained: alone, each gets its own result or its own error.
    const outcomes: RunOutcome[] = [];
    for (const ready of group) outcomes.push(...(await trainGroup([ready], options)));
    return outcomes;
  }
}

/** What is known of a result before the run. @throws `INVALID_ARGUMENT` where this engine would do another run */
function frame({ subject, preset }: Omit<Batch, 'runs'>, { id, settings, seed }: RunRequest) {
  const { id: here, parameters } = resolveRun(subject, preset, settings, seed);
  const { version, simd } = thisEngine();
  if (here !== id) {
    throw new FprincipleError(
      'INVALID_ARGUMENT',
      `run ${id} was planned by another version or state of the code, on another SIMD path, or from another text of the ` +
        "experiment's file: " +
        `fprinciple ${version} on ${simd} would compute ${here} (FPRINCIPLE_SIMD pins the path)`,
    );
  }
  return {
    format: sweepFormat,
    id,
    experiment: subject.experiment.id,
    preset,
    parameters,
    seed,
    version,
    simd,
    ...(subject.code !== undefined && { code: subject.code }),
  };
}

function finish(
  base: ReturnType<typeof frame>,
  { metrics = {}, claims = [], tables = [], arrays = {} }: Omit<Outcome, 'playback'>,
  seconds: number,
  status: SweepResult['status'] = 'completed',
): RunOutcome {
  const finite = Object.entries(metrics).map(([name, v]) => [name, v !== null && Number.isFinite(v) ? v : null]);
  const result: SweepResult = {
    ...base,
    status,
    metrics: Object.fromEntries(finite) as SweepResult['metrics'],
    claims: [...claims],
    tables: Object.fromEntries(tables.map((table) => [table.id, encodeCsv(table)])),
    seconds,
    host: hostname(),
    finished: new Date().toISOString(),
  };
  return { id: base.id, result, npz: Object.keys(arrays).length > 0 ? encodeNpz(arrays) : undefined };
}
