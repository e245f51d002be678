/** How long something takes. */

/** Seconds of the fastest of several calls, after one that does not count. */
export function fastest(repeats: number, run: () => unknown): number {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}
