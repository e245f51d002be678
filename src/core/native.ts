/**
 * The one door to the Rust addon: loading it, calling it, and running long work with abort and progress.
 */
import { createRequire } from 'node:module';
import type * as Bindings from '../../bindings/index.cjs';
import { FprincipleError, fromNative } from './errors.js';
import { checkTask } from './options.js';
import { howToGetTheEngine, platformName } from './platform.js';

export type Native = typeof Bindings;

let loaded: Native | undefined;

/** The addon, loaded at the first call. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  try {
    return createRequire(import.meta.url)('../../bindings/index.cjs') as Native;
  } catch (cause) {
    throw new FprincipleError('IO', `the engine for ${platformName()} could not be loaded: ${howToGetTheEngine()}`, {
      cause,
    });
  }
}

/** Calls a synchronous function of the addon, its errors made {@link FprincipleError}s. */
export function call<T>(run: (addon: Native) => T): T {
  const addon = native();
  try {
    return run(addon);
  } catch (error) {
    throw fromNative(error);
  }
}

/**
 * Refuses what would take more memory than this process can have, before it is made.
 *
 * @throws `OVER_MEMORY_LIMIT` naming `what`
 */
export const checkMemory = (what: string, bytes: number): void => call((addon) => addon.checkMemory(what, bytes));

/** How far work off the event loop is. */
export interface Progress {
  /** Units done: steps of a training, tiles of a kernel. */
  done: number;
  /** Units in all. */
  total: number;
  /** The loss, for a training; NaN elsewhere. */
  value: number;
}

/** Abort and progress of work that runs off the event loop. */
export interface TaskOptions {
  /** Aborting rejects with `ABORTED`: at once, a training within one step. */
  signal?: AbortSignal | undefined;
  /** Called at most 20 times a second; does not keep the process alive. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What the package itself asks of a task beside that. */
export interface OwnTaskOptions extends TaskOptions {
  /**
   * Reject an abort only once the work has stopped, for work that leaves something to be used then: a model's parameters, a
   * file. Everything else rejects at once and ends in the background, within a tile or a step.
   */
  untilStopped?: boolean;
  /**
   * Default: that of {@link native}. Another one for a model that belongs to it.
   */
  addon?: Native;
}

/** Runs long work of the addon on its own threads. */
export async function runTask<T>(
  start: (addon: Native, control: Bindings.Control) => Promise<T>,
  { signal, onProgress, untilStopped = false, addon = native() }: OwnTaskOptions = {},
): Promise<T> {
  checkTask({ signal, onProgress });
  if (signal?.aborted) throw aborted(signal);
  const control = new addon.Control(onProgress && ((done, total, value) => onProgress({ done, total, value })));
  let onAbort: (() => void) | undefined;
  try {
    const work = start(addon, control);
    if (!signal) return await work;
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => {
        control.abort();
        if (!untilStopped) reject(aborted(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject);
    });
  } catch (error) {
    throw fromNative(error);
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

function aborted(signal: AbortSignal): FprincipleError {
  return new FprincipleError('ABORTED', 'the operation was aborted', { cause: signal.reason });
}
