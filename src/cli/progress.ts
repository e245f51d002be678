/** How far a run is: one live bar on a terminal, a plain line now and then elsewhere. Always on stderr. */
import { formatNumber } from '../experiment/claims.js';
import type { RunProgress } from '../experiment/context.js';
import { duration, megabytes } from './output.js';

export interface ProgressDisplay {
  update(progress: RunProgress): void;
  /** Takes the bar away, so that something else can be printed. */
  clear(): void;
}

interface Stream {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): boolean;
}

/** Milliseconds between plain lines of one phase, and between redraws of the bar. */
const plainEvery = 5000;
const drawEvery = 80;
/** Milliseconds of silence after which it is said that something is being done all the same. */
const quiet = 2000;

/** Does what says nothing of how far it is: from two seconds on a line shows that it is at work. */
export async function atWork<T>(label: string, work: () => Promise<T>): Promise<T> {
  const display = progressDisplay(label);
  try {
    return await work();
  } finally {
    display.clear();
  }
}

export function progressDisplay(
  label: string,
  stream: Stream = process.stderr,
  now: () => number = Date.now,
): ProgressDisplay {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  let phase = '';
  let started = 0;
  let shown = 0;
  let drawn = false;
  let ended = false;
  const erase = (): void => {
    if (drawn) stream.write('\r\x1b[2K');
    drawn = false;
  };
  const line = (text: string): void => {
    if (!live) {
      stream.write(`${text}\n`);
      return;
    }
    const width = (stream.columns ?? 80) - 1;
    stream.write(`\r\x1b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    drawn = true;
  };
  // Whoever says nothing for long is shown to be at work, on a terminal every second, elsewhere at longer and longer pauses.
  const began = now();
  let pause = quiet;
  const beat = setInterval(() => {
    if (now() - Math.max(shown, began) < pause) return;
    if (!live) {
      shown = now();
      pause = Math.min(2 * pause, 60_000);
    }
    line(`${label}  ${phase || 'at work'}  ${duration((now() - began) / 1000)}`);
  }, 1000);
  beat.unref();
  return {
    clear: () => {
      clearInterval(beat);
      ended = true;
      erase();
    },
    update(progress) {
      if (ended) return;
      const fresh = progress.phase !== phase;
      if (fresh) [phase, started] = [progress.phase, now()];
      const { step, steps } = progress;
      const last = step !== undefined && step === steps;
      if (!fresh && !last && now() - shown < (live ? drawEvery : plainEvery)) return;
      // A phase's last step is worth a line only where lines came before it.
      if (!live && last && !fresh && now() - started < plainEvery) return;
      shown = now();
      const text = describe(label, progress, (now() - started) / 1000, live ? 22 : 0);
      line(text);
    },
  };
}

/** The line: label, bar, step, loss, phase, time left. */
export function describe(label: string, progress: RunProgress, elapsed: number, barWidth: number): string {
  const { phase, step, steps, loss } = progress;
  const parts = [label];
  if (step !== undefined && steps !== undefined && steps > 0) {
    const share = Math.min(1, step / steps);
    if (barWidth > 0) parts.push(bar(share, barWidth));
    parts.push(
      phase.endsWith('(bytes)')
        ? `${megabytes(step)} of ${megabytes(steps)}`
        : `step ${step.toLocaleString('en-US')} of ${steps.toLocaleString('en-US')}`,
    );
    if (loss !== undefined && Number.isFinite(loss)) parts.push(`loss ${formatNumber(loss)}`);
    if (share > 0 && share < 1 && elapsed > 0.3) parts.push(`${duration((elapsed * (1 - share)) / share)} left`);
  }
  parts.push(phase.replace(' (bytes)', ''));
  return parts.join('  ');
}

/** A bar in eighths of a character. */
function bar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = eighths % 8;
  const partial = rest === 0 ? '' : String.fromCharCode(0x2590 - rest);
  return `▕${('█'.repeat(full) + partial).padEnd(width, ' ')}▏`;
}
