/**
 * Doing batches of runs on this machine's cores, one batch a lane.
 *
 * Trainings described as data are packed into `trainMany` on the addon's own threads. Experiments are done in child
 * processes, one a lane and one thread each, so that nothing they do blocks this process' event loop. An experiment that
 * lives in this process only is done here, one at a time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { FprincipleError } from '../../core/errors.js';
import { checkInteger } from '../../core/options.js';
import { type Batch, performRun, performTrainings, prepareTrainings, type RunOutcome } from '../folder/outcome.js';
import { processBytes } from '../plan/cost.js';
import { referTo, type Subject } from '../plan/subject.js';
import { training } from '../plan/training.js';
import type { FromChild, ToChild } from './child.js';
import { defaultMemoryLimit, MemoryGate } from './memory.js';
import { entryPoint } from './process.js';

/** How a run ended on this machine. */
export interface EndedHere {
  experiment: string;
  status: 'completed' | 'diverged' | 'failed';
  seconds?: number;
}

/** More lanes than any machine has processors are a mistake. */
export const mostLanes = 1024;

export interface CrewOptions {
  /** Batches done at once. */
  lanes: number;
  /** Hears of every run that ends here, a repeated one too. */
  onEnded?: ((run: EndedHere) => void) | undefined;
  /** Bytes that all of them may take. Default: four fifths of what is free. */
  memoryLimit?: number | undefined;
}

export class Crew {
  readonly lanes: number;
  readonly #gate: MemoryGate;
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Set<ChildProcess>();
  /** What each child was told to do last. */
  readonly #subjects = new WeakMap<ChildProcess, Subject>();
  #largest = processBytes;
  #inline: Promise<unknown> = Promise.resolve();

  readonly #onEnded: CrewOptions['onEnded'];

  constructor({ lanes, memoryLimit = defaultMemoryLimit(), onEnded }: CrewOptions) {
    this.lanes = checkInteger(lanes, 'lanes', 1, mostLanes);
    this.#onEnded = onEnded;
    this.#gate = new MemoryGate(memoryLimit);
  }

  /** Does the runs of a batch on one thread, each outcome given as it comes. @throws `ABORTED` only */
  async perform(batch: Batch, take: (outcome: RunOutcome) => void, signal?: AbortSignal): Promise<void> {
    const { subject, runs } = batch;
    const experiment = subject.experiment.id;
    const onOutcome = (outcome: RunOutcome): void => {
      take(outcome);
      if ('error' in outcome) this.#onEnded?.({ experiment, status: 'failed' });
      else this.#onEnded?.({ experiment, status: outcome.result.status, seconds: outcome.result.seconds });
    };
    if (runs.length === 0) return;
    const trainings = subject.experiment === training ? await prepareTrainings(batch) : undefined;
    const leave = await this.#gate.enter(trainings?.bytes ?? this.#largest);
    try {
      if (signal?.aborted) throw aborted(signal);
      if (trainings) {
        const outcomes = await performTrainings(trainings, { threads: 1, memoryLimit: this.#gate.limit, signal });
        for (const outcome of outcomes) onOutcome(outcome);
      } else if (subject.reference === undefined) {
        await this.#alone(async () => {
          for (const run of runs) onOutcome(await performRun(batch, run, signal));
        });
      } else {
        await this.#inChild(batch, onOutcome, signal);
      }
    } catch (error) {
      // Whatever of the work noticed it first.
      throw signal?.aborted ? aborted(signal) : error;
    } finally {
      leave();
    }
  }

  /** Ends the child processes. */
  close(): void {
    for (const child of [...this.#idle, ...this.#busy]) child.kill('SIGKILL');
    this.#idle.length = 0;
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#inline.then(work);
    this.#inline = done.catch(() => undefined);
    return done;
  }

  async #inChild(
    { subject, preset, runs }: Batch,
    onOutcome: (outcome: RunOutcome) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    let left = [...runs];
    while (left.length > 0) {
      const child = this.#idle.pop() ?? this.#start();
      this.#busy.add(child);
      const before = left.length;
      const news = this.#subjects.get(child) !== subject;
      this.#subjects.set(child, subject);
      const ended = await this.#converse(
        child,
        { preset, runs: left, ...(news && { subject: referTo(subject) }) },
        (outcome) => {
          left = left.filter(({ id }) => id !== outcome.id);
          onOutcome(outcome);
        },
        signal,
      );
      this.#busy.delete(child);
      if (ended === undefined) {
        this.#idle.push(child);
        return;
      }
      if (signal?.aborted) throw aborted(signal);
      // Whatever ended the process was the run that it was at; the others go on in a new one.
      const [guilty] = left;
      if (guilty) {
        const message = `the process of the run ended (${ended})${before === left.length ? '' : ', after others'}`;
        left = left.slice(1);
        onOutcome({ id: guilty.id, error: { code: 'INTERNAL', message } });
      }
    }
  }

  #start(): ChildProcess {
    const { path, options } = entryPoint('sweeps/executors/child');
    // An experiment needs no queue: its process does not get to know the password.
    const { FPRINCIPLE_REDIS: _, ...environment } = process.env;
    return fork(path, {
      execArgv: options,
      serialization: 'advanced',
      env: { ...environment, FPRINCIPLE_THREADS: '1' },
      // What an experiment prints is no result.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** Sends a task and gives its outcomes on; resolves with how the child ended, `undefined` when it lives. */
  #converse(
    child: ChildProcess,
    task: ToChild,
    onOutcome: (outcome: RunOutcome) => void,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    return new Promise((resolve) => {
      const onAbort = (): void => void child.kill('SIGKILL');
      const finish = (how: string | undefined): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        signal?.removeEventListener('abort', onAbort);
        resolve(how);
      };
      const onMessage = (raw: unknown): void => {
        const message = raw as FromChild;
        if ('done' in message) {
          finish(undefined);
          return;
        }
        this.#largest = Math.max(this.#largest, message.bytes);
        onOutcome(message.outcome);
      };
      const onExit = (code: number | null, killed: NodeJS.Signals | null): void =>
        finish(killed ?? `exit code ${code}`);
      const onError = (error: Error): void => finish(error.message);
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      else child.send(task, (error) => error && finish(error.message));
    });
  }
}

const aborted = (signal: AbortSignal): FprincipleError =>
  new FprincipleError('ABORTED', 'the sweep was stopped', { cause: signal.reason });
