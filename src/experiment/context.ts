/** What a running experiment is given: its parameters, its seed, and the ways to be stopped and to say how far it is. */

import { FprincipleError } from '../core/errors.js';
import { type Draw, deriveSeeds } from '../core/random.js';
import type { DataAccess } from '../data/access.js';
import type { PresetName } from './presets.js';

/** How far a run is. */
export interface RunProgress {
  /** What is being done, for instance `training, seed 2 of 3`. */
  phase: string;
  /** Steps done and steps to do in this phase, where it counts any. */
  step?: number;
  /** Steps to do in this phase. */
  steps?: number;
  /** The present loss, of a training. */
  loss?: number;
}

/** What a training reports while it runs (`Progress` of the library), as far as it is passed on. */
export interface TrainingProgress {
  /** Steps done. */
  done: number;
  /** Steps of the whole work: of `trainMany` those of all its runs. Default: what was announced. */
  total?: number;
  /** The loss. */
  value?: number;
}

/** What the `run` of an experiment is given. */
export interface RunContext<P> {
  /** Parameters, checked, with every default filled in. */
  parameters: P;
  /** The preset they started from. */
  preset: PresetName;
  /** The run's seed. Whatever is random derives from it: no arithmetic with it, but {@link RunContext.seeds} and {@link RunContext.random}. */
  seed: number;
  /**
   * `count` seeds for several networks or repetitions, {@link deriveSeeds} of the run's: no two runs share one. Networks of
   * another kind have another `stream`, `'networks'` by default.
   */
  seeds(count: number, stream?: string): number[];
  /**
   * What a draw of that name needs: `gaussianNoise(n, random('labels'))`, `gaussianNoise(n, { ...random('labels'), std: 0.1 })`;
   * the one number `index` of several: `random('phases', 3)`. It never meets weights, batches or another name.
   */
  random(stream: string, index?: number): Draw;
  /** Aborted when the run is to stop. Pass it to whatever takes a signal. */
  signal: AbortSignal;
  /** Rejects the run with `ABORTED` if it is to stop; call it between pieces of work that take no signal. */
  throwIfAborted(): void;
  /** Real data sets, fetched on first use. */
  data: DataAccess;
  /** Says how far the run is. */
  progress(progress: RunProgress): void;
  /** Announces a phase of `steps` steps and returns the `onProgress` for its training. */
  training(phase: string, steps: number): (progress: TrainingProgress) => void;
}

/** The context of one run. */
export function createContext<P>(options: {
  parameters: P;
  preset: PresetName;
  seed: number;
  signal: AbortSignal;
  data: DataAccess;
  onProgress?: ((progress: RunProgress) => void) | undefined;
}): RunContext<P> {
  const { parameters, preset, seed, signal, data } = options;
  const progress = (p: RunProgress): void => options.onProgress?.(p);
  return {
    parameters,
    preset,
    seed,
    signal,
    data,
    progress,
    seeds: (count, stream) => deriveSeeds(seed, count, stream),
    random: (stream, index) => ({ seed, stream: index === undefined ? stream : `${stream} ${index}` }),
    throwIfAborted: () => {
      if (signal.aborted) throw new FprincipleError('ABORTED', 'the run was aborted', { cause: signal.reason });
    },
    training: (phase, steps) => {
      progress({ phase, step: 0, steps });
      return ({ done, total = steps, value }) =>
        progress({ phase, step: done, steps: total, ...(value !== undefined && { loss: value }) });
    },
  };
}
