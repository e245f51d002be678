/** Sweeps from TypeScript. */
import { complete } from '../core/complete.js';
import { invalidArgument } from '../core/errors.js';
import { checkPath } from '../core/files.js';
import { suggestion } from '../core/nearest.js';
import { checkFlag, requireObject } from '../core/options.js';
import { type Experiment, isExperiment } from '../experiment/define.js';
import { type ConductOptions, conduct } from './executors/conduct.js';
import type { SweepEvent } from './executors/session.js';
import { planSweep } from './folder/open.js';
import type { Failure, SweepResult } from './folder/store.js';
import type { Point } from './plan/combinations.js';
import { type SweepDescription, sweepSchema } from './plan/describe.js';
import type { TrainingDescription, TrainingParameters } from './plan/training.js';

interface Common
  extends Omit<SweepDescription, 'experiment' | 'parameters' | '$schema'>,
    Omit<ConductOptions, 'onEvent' | 'onEnded' | 'claims'> {
  /** The sweep's folder. Default `sweeps/<experiment>`. */
  out?: string;
}

/** A sweep over a training described as data. */
export interface TrainingSweepOptions extends Common {
  /** What every training has in common; its axes are paths such as `network.hidden`. */
  training: TrainingDescription;
}

/** A sweep over an experiment. */
export interface ExperimentSweepOptions extends Common {
  /** An id, a file, or an experiment that lives in this process. */
  experiment: string | Experiment;
  /** What every run has in common. */
  parameters?: Record<string, unknown>;
}

/** One run of a sweep: its result, or `status: 'failed'` with its error. */
export type SweepRun<P = Record<string, unknown>> =
  | (SweepResult<P> & {
      /** Values of the swept parameters. */
      point: Point;
    })
  | (Failure & {
      status: 'failed';
      /** Of the run that failed. */
      seed: number;
      /** Values of the swept parameters. */
      point: Point;
    });

/**
 * Does the runs of a sweep and gives each as it is done, those of an earlier sweep in the same folder first. Leaving the
 * loop stops the sweep; the same call again goes on with it.
 *
 * ```ts
 * for await (const run of sweep({ training: { steps: 500 }, grid: { 'network.hidden': [[20], [40, 40]] }, seeds: '0..4' })) {
 *   if (run.status !== 'failed') console.log(run.parameters.network, run.seed, run.metrics.loss);
 * }
 * ```
 * @throws FprincipleError `INVALID_ARGUMENT` before the first run where the description or a run's parameters are wrong;
 *   `IO` when results cannot be written; `ABORTED`
 */
export function sweep(options: TrainingSweepOptions): AsyncGenerator<SweepRun<TrainingParameters>, void, undefined>;
export function sweep<P = Record<string, unknown>>(
  options: ExperimentSweepOptions,
): AsyncGenerator<SweepRun<P>, void, undefined>;
export async function* sweep(
  options: TrainingSweepOptions | ExperimentSweepOptions,
): AsyncGenerator<SweepRun, void, undefined> {
  requireObject(options, 'options');
  const { signal, out, executor, lanes, memoryLimit, retries, retryFailed, track, onProgress, ...queued } = options;
  const { redis, redisCa, queue, shared, batch, tasks, sbatch, ...described } = queued;
  checkFlag(retryFailed, 'retryFailed');
  if (out !== undefined) checkPath(out, 'out');
  refuseOthers(described, Object.keys(options));
  const { description, experiment } = subjectOf(described);
  const opened = await planSweep(description, experiment, out);
  const leave = new AbortController();
  const waiting: SweepEvent[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  const given = Object.entries(options).filter(([name, value]) => workNames.includes(name) && value !== undefined);
  const work = conduct(opened, {
    ...(Object.fromEntries(given) as ConductOptions),
    signal: signal ? AbortSignal.any([signal, leave.signal]) : leave.signal,
    onEvent: (event) => {
      waiting.push(event);
      wake();
    },
  }).finally(() => {
    ended = true;
    wake();
  });
  // Its error is thrown below, once everything that came before it has been given.
  work.catch(() => undefined);
  try {
    for (;;) {
      for (const event of waiting.splice(0)) yield toRun(event);
      if (waiting.length > 0) continue;
      if (ended) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (ended || waiting.length > 0) resolve();
      });
    }
    await work;
  } finally {
    leave.abort();
    await work.catch(() => undefined);
  }
}

/** The options that say how runs are done, but for those that only executors give each other. */
const workNames: readonly string[] = complete<
  Exclude<keyof ConductOptions, 'signal' | 'claims' | 'onEvent' | 'onEnded'>
>()([
  'executor',
  'lanes',
  'memoryLimit',
  'retries',
  'retryFailed',
  'track',
  'onProgress',
  'redis',
  'redisCa',
  'queue',
  'shared',
  'batch',
  'tasks',
  'sbatch',
]);
/** Every option beside those of the description: what a misspelt one may have meant. */
const otherOptions = ['signal', 'out', 'training', ...workNames];

function refuseOthers(described: object, given: readonly string[]): void {
  const names = [...Object.keys(sweepSchema.shape), 'training'];
  const odd = given.find((name) => Object.hasOwn(described, name) && !names.includes(name));
  if (odd === undefined) return;
  throw invalidArgument(`unknown field ${JSON.stringify(odd)}: ${suggestion(odd, [...names, ...otherOptions])}`);
}

type Described = Omit<TrainingSweepOptions, keyof ConductOptions> | Omit<ExperimentSweepOptions, keyof ConductOptions>;

function subjectOf(options: Described): { description: unknown; experiment?: Experiment } {
  if ('training' in options) {
    if ('experiment' in options) throw invalidArgument('expected `training` or `experiment`, got both');
    const { training, ...rest } = options;
    return { description: { ...rest, experiment: 'training', parameters: training } };
  }
  const { experiment, ...rest } = options;
  if (typeof experiment === 'string') return { description: { ...rest, experiment } };
  if (!isExperiment(experiment)) throw invalidArgument('experiment: expected an id, a file or an experiment');
  return { description: { ...rest, experiment: experiment.id }, experiment };
}

function toRun(event: SweepEvent): SweepRun {
  const { point, seed } = event.run;
  return 'result' in event ? { ...event.result, point } : { ...event.failure, status: 'failed', seed, point };
}
