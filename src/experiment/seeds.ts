/** Small statistics over records and over seeds: when a level was reached, and how far several runs differ. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList, toSparseList } from '../core/lists.js';
import { describe } from '../core/ndarray.js';
import { checkFlag, checkOptions } from '../core/options.js';

/** Five numbers that tell where several runs lie. */
export interface Spread {
  /** How many values there are. */
  count: number;
  /** The middle value, or the mean of the two. */
  median: number;
  /** A quarter of the values lies at or under it. */
  lowerQuartile: number;
  /** Three quarters of the values lie at or under it. */
  upperQuartile: number;
  /** The smallest value. */
  min: number;
  /** The largest value. */
  max: number;
}

/**
 * Median, quartiles (by linear interpolation, NumPy's default) and extremes of `values`. As in NumPy, one NaN makes every
 * number NaN, whatever the order of the list: nothing can be said of where the runs lie while one of them has no value.
 * `null`, for no value,
 * is as NaN. Infinities are ordered as numbers are. An empty list gives NaN everywhere. `count` is the length of the list.
 *
 * @example
 * spread([3, 1, 2]).median; // => 2
 */
export function spread(values: ArrayLike<number | null>): Spread {
  const sorted = toSparseList(values, 'values')
    .map((value) => value ?? Number.NaN)
    .sort((a, b) => a - b);
  const none = sorted.length === 0 || sorted.some(Number.isNaN);
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
 *
 * @example
 * passageStep([0, 10, 20], [1, 0.5, 0.1], 0.2); // => 20
 */
export function passageStep(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
  options: {
    /** Whether the values have to stay there. Default false: the first touch counts. */
    settled?: boolean;
  } = {},
): number | null {
  const { settled = false } = checkOptions(options, ['settled']);
  checkFlag(settled, 'settled');
  const [at, measured] = [toList(steps, 'steps'), toList(values, 'values')];
  if (at.length !== measured.length) {
    throw invalidShape(`values: expected ${at.length} as there are steps, got ${measured.length}`);
  }
  if (typeof level !== 'number') throw invalidArgument(`level: expected a number, got ${describe(level)}`);
  if (!settled) return at.find((_, i) => (measured[i] ?? Number.NaN) <= level) ?? null;
  const last = measured.findLastIndex((value) => !(value <= level));
  return at[last + 1] ?? null;
}

/**
 * The index of the record whose step is nearest to `step`; of two as near the earlier one.
 *
 * @example
 * nearestRecord([0, 10, 100], 12); // => 1
 *
 * @throws `INVALID_ARGUMENT` where there is no record, or what is no number
 */
export function nearestRecord(steps: ArrayLike<number>, step: number): number {
  const at = toList(steps, 'steps');
  if (at.length === 0) throw invalidArgument('steps: expected at least one record, got an empty list');
  if (typeof step !== 'number' || Number.isNaN(step)) {
    throw invalidArgument(`step: expected a number, got ${describe(step)}`);
  }
  let best = 0;
  for (const [i, value] of at.entries()) if (Math.abs(value - step) < Math.abs((at[best] ?? 0) - step)) best = i;
  return best;
}

/**
 * Spearman's rank correlation of two lists (ties share their mean rank): 1 where both rise together, -1 where one falls
 * as the other rises, NaN where a list is constant, holds NaN, or they differ in length. `null` is a passage that never
 * came, as {@link passageStep} gives it: later than every number.
 *
 * @example
 * spearman([1, 2, 3], [1, 4, 9]); // => 1
 */
export function spearman(a: ArrayLike<number | null>, b: ArrayLike<number | null>): number {
  const [first, second] = [passages(a, 'a'), passages(b, 'b')];
  if (first.length !== second.length || [...first, ...second].some(Number.isNaN)) return Number.NaN;
  const [x, y] = [ranks(first), ranks(second)];
  const middle = (first.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, rank] of x.entries()) {
    const [dx, dy] = [rank - middle, (y[i] ?? middle) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Numbers to be ranked, those that never came at the end. */
const passages = (values: unknown, name: string): number[] => toSparseList(values, name).map((v) => v ?? Infinity);

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((i, j) =>
    values[i]! < values[j]! ? -1 : values[i]! > values[j]! ? 1 : 0,
  );
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
  checkCells(values);
  const mean = (a: readonly number[]): number => a.reduce((sum, v) => sum + v, 0) / a.length;
  const all = values.flat(2);
  const middle = mean(all);
  const squares = (a: readonly number[]): number => a.reduce((sum, v) => sum + (v - middle) ** 2, 0) / a.length;
  const rows = values.map((row) => mean(row.flat()));
  const columns = (values[0] ?? []).map((_, j) => mean(values.flatMap((row) => row[j]!)));
  return [squares(rows) / squares(all), squares(columns) / squares(all)];
}

/** Refuses what is no table of lists, each of as many numbers. */
function checkCells(values: unknown): void {
  if (!Array.isArray(values) || values.length === 0) {
    throw invalidArgument(`values: expected a list of rows, got ${describe(values)}`);
  }
  let [columns, repetitions] = [-1, -1];
  for (const [i, row] of values.entries()) {
    if (!Array.isArray(row)) throw invalidArgument(`values[${i}]: expected a list of lists, got ${describe(row)}`);
    if (columns < 0) columns = row.length;
    if (row.length !== columns) throw invalidShape(`values[${i}]: expected ${columns} lists, got ${row.length}`);
    for (let j = 0; j < columns; j++) {
      const cell = toList(row[j], `values[${i}][${j}]`);
      if (repetitions < 0) repetitions = cell.length;
      if (cell.length !== repetitions) {
        throw invalidShape(`values[${i}][${j}]: expected ${repetitions} numbers, got ${cell.length}`);
      }
    }
  }
}
