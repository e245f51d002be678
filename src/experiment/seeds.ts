/** Small statistics over records and over seeds: when a level was reached, and how far several runs differ. */

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
 * Median, quartiles (by linear interpolation, NumPy's default) and extremes of `values`.
 * Values that are not finite make the numbers they touch not finite; an empty list gives NaN everywhere.
 */
export function spread(values: ArrayLike<number>): Spread {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const at = (q: number): number => {
    if (sorted.length === 0) return Number.NaN;
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
export function firstPassage(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
  { settled = false }: { settled?: boolean } = {},
): number | null {
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
