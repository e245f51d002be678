/** What is asked of a training. */
import { invalidArgument } from '../../core/errors.js';
import type { TaskOptions } from '../../core/native.js';
import { type ArrayInput, describe } from '../../core/ndarray.js';
import { checkFlag, checkInteger, requireOptions } from '../../core/options.js';
import type { ExpressionPenalty } from './formula.js';
import type { TrainingState } from './history.js';
import type { LossSpec } from './loss.js';
import type { MinimizerSpec, OptimizerSpec } from './optimizer.js';
import type { SpectralNormConstraint, WeightSpectrumPenalty } from './penalty.js';
import type { Probes } from './probe.js';

/** At which steps something is recorded. */
export type RecordSpec =
  | {
      /** Steps from one record to the next. */
      every: number;
    }
  | {
      /** The steps that are recorded, ascending. */
      at: number[];
    }
  | {
      /** How many records, evenly spaced in the steps' logarithm. */
      log: number;
    };

/** Data, loss, optimiser and length of a training, and what it records. */
export interface TrainOptions<P extends Probes = Probes> extends Pick<TaskOptions, 'signal' | 'onProgress'> {
  /** `[n, ...input]`. */
  x: ArrayInput;
  /** `[n, ...output]`; for `crossEntropy` also class indices `[n]`; left out with a `residual`, `ritz` or `phaseContrastive` loss. */
  y?: ArrayInput;
  /** What is lowered: its name, or its description. */
  loss: LossSpec;
  /** Added to the loss. */
  penalty?: WeightSpectrumPenalty | ExpressionPenalty;
  /** Kept by projection between steps; with first-order optimisers, on the CPU. */
  constraint?: SpectralNormConstraint;
  /** How it is lowered, with the learning rate. */
  optimizer: OptimizerSpec;
  /** Updates of the parameters, beyond those of `resume`. */
  steps: number;
  /** What follows after `steps` steps: `lbfgs` or `bfgs` on all samples, so many steps at most (no `batchSize`). */
  finish?: {
    /** The minimiser, with its own options. */
    optimizer: Extract<MinimizerSpec, { type: 'lbfgs' | 'bfgs' }>;
    /** Of the minimiser, at most. */
    steps: number;
  };
  /** Default: all samples. */
  batchSize?: number;
  /** Whether mini-batches come in a random order. Default true. */
  shuffle?: boolean;
  /** Of the batches' order. Default: the model's. */
  seed?: number;
  /** Default: every step. */
  record?: RecordSpec;
  /** What is measured at every record, by names of your own. */
  probes?: P;
  /** Default: all cores. The bits do not depend on it. */
  threads?: number;
  /** Bytes that the run may take, else `OVER_MEMORY_LIMIT`. Default: what the machine has free. */
  memoryLimit?: number;
  /** The `state` of an earlier training: same bits as one longer training. */
  resume?: TrainingState;
}

/** The names of {@link TrainOptions}, all of them by this type. */
const NAMES: Record<keyof TrainOptions, true> = {
  x: true,
  y: true,
  loss: true,
  penalty: true,
  constraint: true,
  optimizer: true,
  steps: true,
  finish: true,
  batchSize: true,
  shuffle: true,
  seed: true,
  record: true,
  probes: true,
  threads: true,
  memoryLimit: true,
  resume: true,
  signal: true,
  onProgress: true,
};
export const TRAIN_OPTIONS = Object.keys(NAMES) as (keyof TrainOptions)[];

/**
 * Checks what the engine would count differently: its integers are as JSON has them. What is missing, the engine says.
 * @param place before the names in a message, such as `runs[2].`
 */
export function checkTraining<T extends Partial<TrainOptions>>(options: T, place = ''): T {
  const { steps, finish, batchSize, shuffle, seed, memoryLimit } = options;
  checkInteger(steps, `${place}steps`, 1);
  if (finish !== undefined) {
    const { steps: more } = requireOptions(finish, ['optimizer', 'steps'], `${place}finish`);
    checkInteger(more, `${place}finish.steps`, 1);
  }
  checkInteger(batchSize, `${place}batchSize`, 1);
  checkFlag(shuffle, `${place}shuffle`);
  checkInteger(seed, `${place}seed`);
  checkInteger(memoryLimit, `${place}memoryLimit`, 1);
  return options;
}

export function checkSeed(seed: unknown, name = 'seed'): number {
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return seed as number;
  throw invalidArgument(`${name}: expected a non-negative integer, got ${describe(seed)}`);
}
