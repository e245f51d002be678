/** The most threads that anything takes, as in the addon. */
export const MOST_THREADS = 1024;

/**
 * Threads of a training or a kernel that names none: `FPRINCIPLE_THREADS`, else every core. A process that does one of
 * several runs at once sets it, so that they do not crowd each other. The bits of a training do not depend on it.
 */
export function defaultThreads(): number | undefined {
  const threads = Number(process.env.FPRINCIPLE_THREADS);
  return Number.isInteger(threads) && threads > 0 ? Math.min(threads, MOST_THREADS) : undefined;
}
