/** Small statistics over records and over seeds: when a level was reached, and how far several runs differ. */
import { checkOptions } from '../options.js';

/** Five numbers that tell where several runs lie. */
export interface Spread {
  count: number;
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  min: number;
  max: number;
}

/**
 * Median, quartiles (by linear interpolation, NumPy's default) and extremes of `values`. As in NumPy, one NaN makes every
 * number NaN, whatever the order of the list: nothing can be said of where the runs lie while one of them has no value.
 * Infinities are ordered as numbers are. An empty list gives NaN everywhere. `count` is the length of the list.
 */
export function spread(values: ArrayLike<number>): Spread {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const none = sorted.length === 0 || sorted.some((value) => typeof value !== 'number' || Number.isNaN(value));
  const at = (q: number): number => {
    if (none) return Number.NaN;
    const position = q * (sorted.length - 1);
    const low = Math.floor(position);
    const high = Math.ceil(position);
    const [a, b] = [sorted[low]!, sorted[high]!];
    return a === b ? a : a + (b - a) * (position - low);
  };
  return {
    count: sorted.length,
    median: at(0.5),
    lowerQuartile: at(0.25),
    upperQuartile: at(0.75),
    min: at(0),
    max: at(1),
  };
}

/**
 * First-passage step: the first of `steps` at which `values` is at or under `level`, `null` if it never is.
 * With `settled`, the first step from which on it stays there through the last record: an oscillating error touches a
 * level before it has settled under it.
 */
export function passageStep(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
  options: { settled?: boolean } = {},
): number | null {
  const { settled = false } = checkOptions(options, ['settled']);
  if (!settled) {
    for (let i = 0; i < values.length; i++) if (values[i]! <= level) return steps[i]!;
    return null;
  }
  let passed: number | null = null;
  for (let i = values.length - 1; i >= 0 && values[i]! <= level; i--) passed = steps[i]!;
  return passed;
}

/** The index of the record whose step is nearest to `step`. */
export function nearestRecord(steps: ArrayLike<number>, step: number): number {
  let best = 0;
  for (let i = 1; i < steps.length; i++) if (Math.abs(steps[i]! - step) < Math.abs(steps[best]! - step)) best = i;
  return best;
}

/**
 * Spearman's rank correlation of two lists (ties share their mean rank): 1 where both rise together, -1 where one falls
 * as the other rises, NaN where a list is constant or they differ in length.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - middle, y[i]! - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const out = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++;
    for (let i = start; i <= end; i++) out[order[i]!] = (start + end) / 2;
    start = end + 1;
  }
  return out;
}

/**
 * How much of the variance of `values[i][j]` (each a list of repetitions, the same number everywhere) goes with the first
 * index, and how much with the second: the sums of squares of the two main effects over the total (two-way analysis of
 * variance; the rest is interaction and repetition). NaN where nothing varies.
 */
export function varianceShares(values: readonly (readonly (readonly number[])[])[]): [first: number, second: number] {
  const mean = (a: readonly number[]): number => a.reduce((sum, v) => sum + v, 0) / a.length;
  const all = values.flat(2);
  const middle = mean(all);
  const squares = (a: readonly number[]): number => a.reduce((sum, v) => sum + (v - middle) ** 2, 0) / a.length;
  const rows = values.map((row) => mean(row.flat()));
  const columns = (values[0] ?? []).map((_, j) => mean(values.flatMap((row) => row[j]!)));
  return [squares(rows) / squares(all), squares(columns) / squares(all)];
}
