/**
 * Where the ticks of a logarithmic axis stand: at powers of ten where there are many of them, else at 1, 2 and 5 times them,
 * and over less than that at round numbers. Vega's own leave out some of one kind where labels would touch.
 */

/** Powers of ten at most. */
const MOST = 8;

/** Ticks within `low` to `high`, both positive. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.log10(low), Math.log10(high)];
  if (last - first >= 3) {
    const every = Math.ceil((last - first) / MOST);
    const powers = whole(first, last).filter((power) => power % every === 0);
    return powers.map((power) => Number(`1e${power}`));
  }
  for (const steps of [
    [1, 2, 5],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]) {
    const all = whole(first - 1, last).flatMap((power) => steps.map((step) => Number(`${step}e${power}`)));
    const inside = all.filter((tick) => tick >= low * (1 - 1e-12) && tick <= high * (1 + 1e-12));
    if (inside.length >= 3) return inside;
  }
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const round = [1, 2, 5].map((factor) => factor * step).findLast((size) => (high - low) / size >= 2) ?? step;
  const count = Math.floor(high / round) - Math.ceil(low / round) + 1;
  return Array.from({ length: count }, (_, i) => Number(((Math.ceil(low / round) + i) * round).toPrecision(12)));
}

/** The integers of an interval. */
function whole(first: number, last: number): number[] {
  const [from, to] = [Math.ceil(first - 1e-9), Math.floor(last + 1e-9)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
