/** How far a sweep is: done, running, failed, rate, time left. One live line on a terminal, a plain one now and then elsewhere. */
import type { SweepProgress } from '../sweeps/executors/session.js';
import { duration } from './output.js';

interface Stream {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): boolean;
}

export function sweepDisplay(label: string, stream: Stream = process.stderr, now: () => number = Date.now) {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  let shown = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write('\r\x1b[2K');
    drawn = false;
  };
  return {
    clear,
    update(progress: SweepProgress): void {
      if (now() - shown < (live ? 100 : 5000)) return;
      shown = now();
      const text = describeProgress(label, progress);
      stream.write(live ? `\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`);
      drawn = live;
    },
    /** A line of its own. */
    say(line: string): void {
      clear();
      stream.write(`${line}\n`);
    },
  };
}

export function describeProgress(label: string, p: SweepProgress): string {
  const parts = [label, `${p.done} of ${p.total} done`, `${p.running} running`, `${p.failed} failed`];
  if (p.rate > 0) parts.push(`${p.rate >= 10 ? Math.round(p.rate) : p.rate.toPrecision(2)} runs/s`);
  if (p.secondsLeft !== undefined && p.secondsLeft > 0) parts.push(`${duration(p.secondsLeft)} left`);
  if (p.note !== undefined) parts.push(p.note);
  return parts.join(', ');
}
