/** One command's work on a sweep: what is left to do, what became of it, and how often it was tried. */
import { hostname } from 'node:os';
import type { Claims } from '../folder/claims.js';
import type { RunOutcome } from '../folder/outcome.js';
import type { Failure, Store, SweepResult } from '../folder/store.js';
import { describeRun, type PlannedRun } from '../plan/plan.js';
import type { Subject } from '../plan/subject.js';

/** How far a sweep is. */
export interface SweepProgress {
  /** Runs of the sweep. */
  total: number;
  /** Runs that have a result. */
  done: number;
  /** Runs that ended in an error. */
  failed: number;
  /** Runs that somebody is at. */
  running: number;
  /** Runs a second since this command began, those found done left out. */
  rate: number;
  /** Seconds to the end at that rate; `undefined` before there is one. */
  secondsLeft?: number;
  /** What the executor waits for, where it does. */
  note?: string;
}

export type SweepEvent = { run: PlannedRun; result: SweepResult } | { run: PlannedRun; failure: Failure };

export interface SessionOptions {
  store: Store;
  subject: Subject;
  preset: SweepResult['preset'];
  total: number;
  todo: readonly PlannedRun[];
  done: number;
  failed: number;
  retries: number;
  signal: AbortSignal;
  /** Who else works on the folder, where others do. */
  claims?: Claims | undefined;
  onEvent: (event: SweepEvent) => void;
  onProgress: (progress: SweepProgress) => void;
}

export class Session {
  readonly store: Store;
  readonly subject: Subject;
  readonly preset: SweepResult['preset'];
  readonly signal: AbortSignal;
  readonly claims: Claims | undefined;
  readonly #options: SessionOptions;
  /** Runs that are neither done nor given up, by id, in the order of the plan. */
  readonly open = new Map<string, PlannedRun>();
  readonly #attempts = new Map<string, number>();
  readonly #started = performance.now();
  #done: number;
  #failed: number;
  #new = 0;
  #running = 0;
  #note: string | undefined;
  #total: number;
  #added: PlannedRun[] = [];
  #wake: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    ({ store: this.store, subject: this.subject, preset: this.preset, signal: this.signal } = options);
    this.claims = options.claims;
    this.#done = options.done;
    this.#failed = options.failed;
    this.#total = options.total;
    for (const run of options.todo) this.open.set(run.id, run);
    this.#report();
  }

  /** More to do: what the results so far have decided. */
  add(runs: readonly PlannedRun[], total: number): void {
    for (const run of runs) this.open.set(run.id, run);
    this.#added.push(...runs);
    this.#total = total;
  }

  /** What was added since this was last asked. */
  added(): PlannedRun[] {
    return this.#added.splice(0);
  }

  /** Resolves when a run has ended, here or elsewhere; at the latest after so many milliseconds, or when all is stopped. */
  async news(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      const before = this.#wake;
      this.#wake = () => {
        before();
        done();
      };
      this.signal.addEventListener('abort', done, { once: true });
      if (this.signal.aborted) done();
    });
  }

  /** Keeps an outcome: commits a result, or counts an error. Gives `false` where the run is to be tried again. */
  async accept(outcome: RunOutcome): Promise<boolean> {
    const run = this.open.get(outcome.id);
    if (!run) return true; // A second delivery of what is done.
    if ('result' in outcome) {
      this.open.delete(run.id);
      try {
        await this.store.commit(outcome.result, outcome.npz, outcome.paused);
      } catch (error) {
        this.open.set(run.id, run);
        throw error;
      }
      this.#new++;
      this.#settle({ run, result: outcome.result });
      return true;
    }
    const attempts = (this.#attempts.get(run.id) ?? 0) + 1;
    this.#attempts.set(run.id, attempts);
    const { code, message } = outcome.error;
    await this.store.log(`run ${run.id} (${describeRun(run)}) failed: ${code}: ${message}`);
    if (attempts <= this.#options.retries) return false;
    this.open.delete(run.id);
    const failure = { id: run.id, code, message, attempts, host: hostname(), finished: new Date().toISOString() };
    await this.store.fail(failure);
    this.#new++;
    this.#settle({ run, failure });
    return true;
  }

  /** Takes over what others have committed to the folder in the meantime, results and failures. */
  async lookForOthers(): Promise<void> {
    const listed = await this.store.listed();
    for (const run of [...this.open.values()]) if (listed.has(run.id)) await this.takeOver(run);
    for (const [id, failure] of await this.store.failures()) {
      const run = this.open.get(id);
      if (!run) continue;
      this.open.delete(id);
      this.#settle({ run, failure });
    }
  }

  /** A run whose result is in the folder already is done; `false` where it is not there. */
  async takeOver(run: PlannedRun): Promise<boolean> {
    const result = await this.store.read(run.id);
    if (typeof result === 'string') return false;
    if (this.open.delete(run.id)) {
      this.#new++;
      this.#settle({ run, result });
    }
    return true;
  }

  running(count: number): void {
    this.#running = count;
    this.#report();
  }

  note(text: string | undefined): void {
    if (text !== undefined && text !== this.#note) void this.store.log(text);
    this.#note = text;
    this.#report();
  }

  #settle(event: SweepEvent): void {
    if ('result' in event) this.#done++;
    else this.#failed++;
    void this.claims?.release(event.run.id);
    this.#options.onEvent(event);
    this.#report();
    const wake = this.#wake;
    this.#wake = () => undefined;
    wake();
  }

  #report(): void {
    const rate = this.#new / Math.max((performance.now() - this.#started) / 1000, 1e-3);
    this.#options.onProgress({
      total: this.#total,
      done: this.#done,
      failed: this.#failed,
      running: this.#running,
      rate,
      ...(rate > 0 && { secondsLeft: this.open.size / rate }),
      ...(this.#note !== undefined && { note: this.#note }),
    });
  }
}
