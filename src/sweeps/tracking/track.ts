/** Where the results of a sweep are shown beside its folder: TensorBoard's files, an MLflow server. */
import { join } from 'node:path';
import { invalidArgument } from '../../core/errors.js';
import type { SweepEvent } from '../executors/session.js';
import { mlflowTracker } from './mlflow.js';
import { tensorboardTracker } from './tensorboard.js';
import { type Tracker, trackedOf } from './tracked.js';

const forms = 'expected tensorboard, tensorboard=DIR or mlflow=URL';

/** @param text `tensorboard`, `tensorboard=DIR`, `mlflow=URL`. @throws `INVALID_ARGUMENT` */
export function trackerOf(text: string, folder: string): Tracker {
  const [, kind, where] = /^(\w+)(?:=(.+))?$/s.exec(text) ?? [];
  if (kind === 'tensorboard') return tensorboardTracker(where ?? join(folder, 'tensorboard'));
  if (
    kind === 'mlflow' &&
    where !== undefined &&
    /^https?:$/.test(URL.canParse(where) ? new URL(where).protocol : '')
  ) {
    return mlflowTracker(where);
  }
  throw invalidArgument(`track: ${forms}, got ${JSON.stringify(text)}`);
}

/** Results on their way to trackers, a few at a time: a tracker that cannot be reached keeps no run from being done. */
export class Tracking {
  readonly #trackers: Tracker[];
  readonly #waiting: SweepEvent[] = [];
  readonly #lanes = new Set<Promise<void>>();
  /** How many results could not be shown, and why the first could not. */
  missed = 0;
  why: string | undefined;

  /** @throws `INVALID_ARGUMENT` */
  constructor(texts: readonly string[], folder: string) {
    this.#trackers = texts.map((text) => trackerOf(text, folder));
  }

  take(event: SweepEvent): void {
    if (this.#trackers.length === 0 || !('result' in event)) return;
    this.#waiting.push(event);
    if (this.#lanes.size >= atOnce) return;
    const lane = this.#work().finally(() => this.#lanes.delete(lane));
    this.#lanes.add(lane);
  }

  /** Waits for what is on its way. */
  async end(): Promise<void> {
    while (this.#lanes.size > 0) await Promise.all(this.#lanes);
  }

  async #work(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      if (!('result' in event)) continue;
      try {
        const tracked = trackedOf(event.run, event.result);
        for (const tracker of this.#trackers) await tracker.track(tracked);
      } catch (error) {
        this.missed++;
        this.why ??= (error as Error).message;
      }
    }
  }
}

const atOnce = 4;
