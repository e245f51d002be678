/** Running an experiment in memory: parameters resolved, outcome checked, claims judged. Writing it is `src/runs`. */

import type { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { suggestion } from '../core/nearest.js';
import { checkOptions, checkTask } from '../core/options.js';
import { createDataAccess, type DataAccess } from '../data/access.js';
import { verdict } from './claims.js';
import { createContext, type RunProgress } from './context.js';
import { encodeData } from './data.js';
import {
  type Experiment,
  type Outcome,
  type ParametersOf,
  type PresetName,
  presetNames,
  requireExperiment,
} from './define.js';
import { checkOutcome, type Problem } from './outcome.js';
import { resolveParameters } from './parameters.js';

/** Which preset, parameters and seed to run an experiment with. */
export interface RunOptions<S extends z.ZodObject = z.ZodObject> {
  /** Default `quick`. */
  preset?: PresetName;
  /** Changes to the preset's parameters, later layers winning: one object or several. */
  parameters?: ParametersOf<S> | readonly ParametersOf<S>[];
  /** Default 0. */
  seed?: number;
  /** Stops the run within a training step. */
  signal?: AbortSignal;
  /** Hears how far the run is. */
  onProgress?: (progress: RunProgress) => void;
  /** Where real data comes from; default: the cache, and npm on first use. */
  data?: DataAccess;
}

export const RUN_OPTIONS = ['preset', 'parameters', 'seed', 'signal', 'onProgress', 'data'] as const;

/** An {@link Outcome} with nothing missing, and what it came from. */
export interface ExperimentResult<P = Record<string, unknown>> extends Required<Omit<Outcome, 'playback'>> {
  /** Recorded states, where the experiment gives them. */
  playback?: NonNullable<Outcome['playback']>;
  /** What `measure` gave; missing for an experiment that has `run`. */
  data?: unknown;
  /** Of the experiment. */
  id: string;
  /** That the parameters began from. */
  preset: PresetName;
  /** From which every random number of the run came. */
  seed: number;
  /** Resolved parameters, every default filled in. */
  parameters: P;
  /** Wall time, from the first line of `measure` to the last of `present`. */
  seconds: number;
}

/**
 * Runs an experiment and gives what it measured.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` for an unknown preset, parameter or seed, and for an outcome of which a part
 *   is not what it should be; `ABORTED`; `DATA_UNAVAILABLE`; whatever the experiment itself rejects with.
 */
export async function runExperiment<E extends Experiment>(
  experiment: E,
  options: RunOptions<NoInfer<E>['parameters']> = {},
): Promise<ExperimentResult<z.output<E['parameters']>>> {
  const { result, problems } = await performExperiment(experiment, options as unknown as RunOptions);
  if (problems.length === 0) return result as ExperimentResult<z.output<E['parameters']>>;
  const messages = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new FprincipleError('INVALID_ARGUMENT', `${experiment.id}: ${messages}`);
}

/** {@link runExperiment}, keeping of a faulty outcome what is right. @throws the same, but for parts of the outcome */
export async function performExperiment(
  experiment: Experiment,
  options: RunOptions = {},
): Promise<{ result: ExperimentResult; problems: Problem[] }> {
  requireExperiment(experiment);
  const { preset = 'quick', seed = 0, onProgress } = checkOptions(options, RUN_OPTIONS);
  checkTask(options);
  if (!presetNames.includes(preset)) {
    throw new FprincipleError(
      'INVALID_ARGUMENT',
      `preset: unknown ${JSON.stringify(preset)}: ${suggestion(String(preset), presetNames)}`,
    );
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new FprincipleError('INVALID_ARGUMENT', `seed: expected an integer from 0 to 2^53 - 1, got ${String(seed)}`);
  }
  const layers = Array.isArray(options.parameters) ? (options.parameters as unknown[]) : [options.parameters];
  const parameters = resolveParameters(experiment.parameters, experiment.presets[preset], ...layers);
  const signal = options.signal ?? new AbortController().signal;
  const access = options.data ?? createDataAccess({ signal, ...(onProgress && { onProgress }) });
  const context = createContext({ parameters, preset, seed, signal, data: access, onProgress });
  context.throwIfAborted();
  const start = performance.now();
  const data = await unlessAborted(signal, async () => experiment.measure(context as never));
  // What cannot be saved is found out at once, before it is presented.
  if (experiment.present) encodeData(data);
  const given = experiment.present
    ? await unlessAborted(signal, async () => experiment.present?.(data as never, parameters as never))
    : data;
  const seconds = (performance.now() - start) / 1000;
  context.throwIfAborted();
  const { outcome, problems } = readOutcome(given);
  const from = { id: experiment.id, preset, seed, parameters, seconds };
  return { result: { ...from, ...outcome, ...(experiment.present && { data }) }, problems };
}

/** An outcome with nothing missing, its verdicts computed anew, and what of it is at fault. @throws as `checkOutcome` */
export function readOutcome(given: unknown): {
  outcome: Required<Omit<Outcome, 'playback'>> & Pick<Outcome, 'playback'>;
  problems: Problem[];
} {
  const { outcome, problems } = checkOutcome(given);
  const { metrics = {}, tables = [], figures = [], claims = [], arrays = {}, playback } = outcome;
  // What an experiment itself says of `pass` does not count.
  const judged = claims.map(verdict);
  return { outcome: { metrics, tables, figures, claims: judged, arrays, ...(playback && { playback }) }, problems };
}

/** What `work` gives, or `ABORTED` at once when the signal fires: an experiment that never looks at it is left behind. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new FprincipleError('ABORTED', 'the run was aborted', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
