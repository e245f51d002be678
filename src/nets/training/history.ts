/** What a training gives. */
import { type ErrorCode, FprincipleError } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import type { SaveHistoryOptions } from '../recording.js';
import type { ProbeFields, Probes } from './probe.js';

/** What a training needs to go on where another ended: give it as `resume`. */
export interface TrainingState {
  /** Steps taken. */
  step: number;
  /** The optimiser's arrays: flat lists in the order of the parameters `[p]`, or several of them `[k, p]`. */
  moments: NdArray[];
  /** The trained coefficients of the loss. */
  coefficients?: Record<string, number>;
  /** The factors of the terms, where `balance` finds them. */
  weights?: Record<string, number>;
  /** The points, where `resample` has drawn others. */
  points?: NdArray;
}

/** What a training recorded, and why it stopped. */
export interface TrainingHistory<P extends Probes = Probes> {
  /** The recorded steps, counted from 0; last the state after the last update. */
  steps: number[];
  /** Before the update of each recorded step, over its batch; the last over all data. */
  loss: number[];
  /**
   * What the loss was made of, by name, at each record: of the losses and penalties that say so (on the CPU a `residual` loss
   * `equation` and `conditions`, `ritz` `energy` and `conditions`, weights included); else empty.
   */
  parts: Record<string, number[]>;
  /**
   * The terms of a loss of equations at each record, weights included: `equation` (`equations.0`, `energy`), `conditions.0` and
   * so on. They add up to the loss. Empty for a loss of one term.
   */
  terms: Record<string, number[]>;
  /**
   * What `balance` multiplied the weight of each term by, and as `causal` the smallest causal weight, at each record; empty where
   * the loss has neither.
   */
  weights: Record<string, number[]>;
  /** The trained coefficients of the loss at each record, by name. */
  coefficients: Record<string, number[]>;
  /** Measurements by the names of the probes, then by field; the first axis is the records. */
  probes: { [K in keyof P]: ProbeFields<P[K]> };
  /**
   * `converged`: a {@link MinimizerSpec} finds nothing lower. `aborted` only within the `history` of an `ABORTED` error. `stopped`:
   * the loop over `model.steps` was left.
   */
  stopReason: 'completed' | 'converged' | 'diverged' | 'aborted' | 'stopped';
  /** From which another training goes on. */
  state: TrainingState;
  /** The SIMD path that computed it; `candle-cuda` on a GPU. */
  simdPath: string;
  /**
   * Writes steps, points, outputs, target and loss to an `.npz` file that `fprinciple measure` reads, and the frequencies of a
   * spectrum probe at the same points. Needs an `outputs` probe.
   * @throws `INVALID_ARGUMENT` without such a probe, or a target at its points; `IO`
   */
  save(path: string, options?: SaveHistoryOptions): void;
}

/** Of a history that holds no record yet. */
export const noRecords = (): Pick<
  TrainingHistory,
  'steps' | 'loss' | 'parts' | 'terms' | 'weights' | 'coefficients'
> => ({
  steps: [],
  loss: [],
  parts: {},
  terms: {},
  weights: {},
  coefficients: {},
});

/** What was recorded at one step, before its update; `done`: after the last one. */
export interface TrainingRecord<P extends Probes = Probes> {
  /** Counted from 0, as in {@link TrainingHistory.steps}. */
  step: number;
  /** Before the update of that step, over its batch. */
  loss: number;
  /** As {@link TrainingHistory} has them, at this record. */
  parts: Record<string, number>;
  /** Terms of a loss of equations, by name; else empty. */
  terms: Record<string, number>;
  /** Factors of the terms, where they are found during the training, by name; else empty. */
  weights: Record<string, number>;
  /** Trained coefficients of the loss, by name; else empty. */
  coefficients: Record<string, number>;
  /** The probes' measurements, the first axis of length 1. */
  probes: { [K in keyof P]: ProbeFields<P[K]> };
  /** Whether it is the last one, of the state after the last update. */
  done: boolean;
}

/** `ABORTED`, with what was recorded up to then. */
export class TrainingAborted extends FprincipleError {
  constructor(
    readonly history: TrainingHistory,
    options?: ErrorOptions,
  ) {
    super('ABORTED' satisfies ErrorCode, 'the training was aborted; error.history holds what was recorded', options);
  }
}
