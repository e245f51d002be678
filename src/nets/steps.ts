/** A training record by record: what is changed between two of them counts from the next step on. */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { requireOptions } from '../core/options.js';
import type { TrainingHistory, TrainingRecord } from './training/history.js';
import type { TrainOptions } from './training/options.js';
import type { Probes } from './training/probe.js';

/** What may change between two records. An optimizer keeps its type, data their shapes; a loss, the names of its terms. */
export type TrainingChange = Partial<Pick<TrainOptions, 'x' | 'y' | 'loss' | 'penalty' | 'optimizer'>>;
const CHANGES = ['x', 'y', 'loss', 'penalty', 'optimizer'] as const;

/** One part of a training, up to its next record. */
export type Advance<P extends Probes> = (options: TrainOptions<P>) => Promise<{
  history: TrainingHistory<P>;
  last: TrainingRecord<P>;
}>;

/**
 * The records of a training as they are made; the model has the parameters of that step, and may be used. Leaving the loop ends the
 * training (`history.stopReason` is then `stopped`).
 *
 * @example
 * const training = model.steps({ x, y, loss: 'mse', optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 1000, record: { every: 50 } });
 * for await (const { step, loss } of training) {
 *   if (loss < 1e-4) break;
 *   if (step === 500) training.change({ optimizer: { type: 'sgd', learningRate: 0.01 } });
 * }
 */
export class TrainingSteps<P extends Probes = Probes> implements AsyncIterable<TrainingRecord<P>> {
  #options: TrainOptions<P>;
  readonly #advance: Advance<P>;
  #history: TrainingHistory<P> | undefined;
  #begun = false;

  /** @internal */
  constructor(options: TrainOptions<P>, advance: Advance<P>) {
    this.#options = options;
    this.#advance = advance;
  }

  /**
   * All that was recorded so far.
   * @throws `INVALID_ARGUMENT` before the first record
   */
  get history(): TrainingHistory<P> {
    if (this.#history) return this.#history;
    throw invalidArgument('history: there is none before the first record');
  }

  /**
   * Changes what is given from the update of this record on.
   * @throws `INVALID_ARGUMENT` for what cannot change; what does not fit is an error of the next record
   */
  change(change: TrainingChange): void {
    const given = requireOptions(change, CHANGES, 'change');
    const { type } = this.#options.optimizer;
    if (given.optimizer !== undefined && given.optimizer.type !== type) {
      throw invalidArgument(`change.optimizer: expected another ${type}, got ${describe(given.optimizer.type)}`);
    }
    this.#options = { ...this.#options, ...given };
  }

  /** The records, each when it is made. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TrainingRecord<P>, void, undefined> {
    if (this.#begun) throw invalidArgument('steps: this training has begun; call model.steps again for another one');
    this.#begun = true;
    for (;;) {
      const { history, last } = await this.#advance(this.#options);
      this.#history = history;
      let left = true;
      try {
        yield last;
        left = false;
      } finally {
        if (left && !last.done) this.#history = Object.assign(history, { stopReason: 'stopped' as const });
      }
      if (last.done) return;
    }
  }
}
