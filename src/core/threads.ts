import { invalidArgument } from './errors.js';
import { describe } from './ndarray.js';

/** The most threads that may be asked for; `compute::MOST_THREADS` is the same. */
const MOST_THREADS = 1024;

/** Threads that a caller asks for, or {@link defaultThreads}; undefined: every core. */
export function checkThreads(threads: number | undefined = defaultThreads()): number | undefined {
  if (threads === undefined || isCount(threads)) return threads;
  throw invalidArgument(`threads: expected an integer from 1 to ${MOST_THREADS}, got ${describe(threads)}`);
}

function isCount(threads: number): boolean {
  return Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS;
}

/**
 * Threads of a training or a kernel that names none: `FPRINCIPLE_THREADS`, else every core. A process that does one of
 * several runs at once sets it, so that they do not crowd each other. The bits of a training do not depend on it.
 */
export function defaultThreads(): number | undefined {
  const text = process.env.FPRINCIPLE_THREADS;
  if (text === undefined || text === '') return undefined;
  const threads = Number(text);
  if (isCount(threads)) return threads;
  throw invalidArgument(`FPRINCIPLE_THREADS: expected an integer from 1 to ${MOST_THREADS}, got ${describe(text)}`);
}
