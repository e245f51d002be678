/**
 * The frequencies that carry a target: the peaks of its amplitude spectrum `|Y(k)| = |(1/n) sum_j y_j exp(-2 pi i k . x_j)|`
 * at the multiples of one cycle per period, mean left out.
 *
 * Along each axis the period is n spacings; for one number x, n - 1 where the last sample repeats the first (both ends of a
 * period were given; the last is then left out). Where most of the spectrum is empty, every line of it counts. Else a line leaks
 * into its neighbours: along one axis what is at least half as high as those counts, on a lattice what is higher. Lines under a
 * fiftieth of the highest are none, and the eight highest are taken.
 * Of points that are no grid a spectrum has noise everywhere: lines under four times the median are none either.
 */
import { FprincipleError, invalidShape } from '../core/errors.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { gridOf } from './grid.js';
import { nudft } from './nudft.js';

const mostPeaks = 8;
const smallestPeak = 0.02;
const noise = 4;
/** Beyond these a spectrum costs more than what it is wanted for. */
const mostBins = 2048;
const mostCells = 8192;

/**
 * The frequencies of a target's largest peaks, `[k, d]` in cycles per unit of the points, the shortest first; none (k = 0) where
 * all its values are equal. O(n m) of m frequencies
 * tried, n / 2 in one dimension and n in more, no more than some thousands.
 *
 * @param points `[n]` or `[n, d]`, d up to 3
 * @param target `[n]` or `[n, o]`: peaks of the Euclidean norm over outputs
 * @returns the frequencies, `[k, d]`
 * @throws `INVALID_SHAPE`, `NON_FINITE`
 */
export function carryingFrequencies(points: ArrayInput, target: ArrayInput): NdArray {
  const [x, y] = [toNdArray(points, 'points'), toNdArray(target, 'target')];
  const [n = 0, d = 1] = x.shape;
  if (x.shape.length === 0 || x.shape.length > 2 || d > 3 || x.data.length === 0) {
    throw invalidShape(`points: expected shape [n] or [n, d] with d up to 3, got [${x.shape.join(', ')}]`);
  }
  if (y.shape[0] !== n) throw invalidShape(`target: expected ${n} rows as points has, got ${y.shape[0] ?? 1}`);
  for (const [name, { data }] of Object.entries({ points: x, target: y })) {
    const odd = data.find((v) => !Number.isFinite(v));
    if (odd !== undefined) throw new FprincipleError('NON_FINITE', `${name}: expected finite numbers, got ${odd}`);
  }
  const found = n < 4 ? [] : d === 1 ? alongLine(x, y) : onLattice(x, y, d);
  return { data: Float64Array.from(found.flat()), shape: [found.length, d] };
}

interface Peak {
  height: number;
  at: number[];
}

/** The largest, from the shortest frequency on; equal lengths in the order of their components. */
function largest(peaks: Peak[], floor: number): number[][] {
  const length = (k: number[]): number => Math.hypot(...k);
  const most = peaks.reduce((top, { height }) => Math.max(top, height), 0);
  return peaks
    .filter(({ height }) => height > 1e-12 && height >= smallestPeak * most && (height >= floor || height === most))
    .sort((a, b) => b.height - a.height)
    .slice(0, mostPeaks)
    .map(({ at }) => at)
    .sort((a, b) => length(a) - length(b) || a.findIndex((v, i) => v !== b[i]));
}

function alongLine(x: NdArray, y: NdArray): number[][] {
  const n = x.data.length;
  const { period, twice } = periodOf(x.data, y.data);
  if (!(period > 0)) return [];
  const outputs = y.data.length / n;
  const kept = (values: NdArray['data'], width: number): NdArray => {
    const data = Float64Array.from(values.filter((_, i) => Math.floor(i / width) !== twice));
    return { data, shape: [data.length / width, width] };
  };
  const bins = Math.min(Math.floor(n / 2), mostBins);
  const at = Float64Array.from({ length: bins + 1 }, (_, k) => k / period);
  const heights = norms(nudft(kept(x.data, 1), kept(y.data, outputs), { data: at, shape: [bins + 1, 1] }), outputs);
  const sparse = isSparse(heights);
  const peaks = heights.flatMap((height, k): Peak[] => {
    const beside = Math.max(k > 1 ? (heights[k - 1] ?? 0) : 0, heights[k + 1] ?? 0);
    return k > 0 && (sparse || 2 * height >= beside) ? [{ height, at: [tidy(k / period)] }] : [];
  });
  return largest(peaks, gridOf(x) ? 0 : noiseOf(heights));
}

/** On the lattice of whole cycles per period, of each pair k and -k one. */
function onLattice(x: NdArray, y: NdArray, d: number): number[][] {
  const [n = 0] = x.shape;
  const grid = gridOf(x);
  const side = n ** (1 / d);
  const axes = Array.from({ length: d }, (_, axis) => {
    const [low, high] = ends(x.data, axis, d);
    const count = grid?.sizes[axis] ?? Math.max(2, side);
    return { count, period: ((high - low) * count) / Math.max(1, count - 1) };
  });
  // An axis along which nothing varies has no frequency.
  const reach = Math.floor((mostCells ** (1 / d) - 1) / 2);
  const most = axes.map(({ count, period }) => (period > 0 ? Math.min(reach, Math.floor(count / 2)) : 0));
  const sizes = most.map((m) => 2 * m + 1);
  const cells = sizes.reduce((a, b) => a * b, 1);
  const modeOf = (cell: number): number[] => {
    const mode: number[] = [];
    for (let axis = d - 1, rest = cell; axis >= 0; axis--) {
      mode.unshift((rest % sizes[axis]!) - most[axis]!);
      rest = Math.floor(rest / sizes[axis]!);
    }
    return mode;
  };
  const modes = Array.from({ length: cells }, (_, cell) => modeOf(cell));
  const cycles = (mode: number[]): number[] => mode.map((m, axis) => (m === 0 ? 0 : m / axes[axis]!.period));
  const outputs = y.data.length / n;
  const asked = { data: Float64Array.from(modes.flatMap(cycles)), shape: [cells, d] };
  const heights = norms(nudft(x, { data: y.data, shape: [n, outputs] }, asked), outputs);
  const cellOf = (mode: number[]): number =>
    mode.some((m, axis) => Math.abs(m) > most[axis]!)
      ? -1
      : mode.reduce((cell, m, axis) => cell * sizes[axis]! + m + most[axis]!, 0);
  const middle = cellOf(modes[0]!.map(() => 0));
  const shifts = isSparse(heights) ? [] : modesAround(d);
  const peaks = modes.flatMap((mode, cell): Peak[] => {
    if (cell <= middle) return [];
    const height = heights[cell]!;
    const isPeak = shifts.every((shift) => {
      const other = cellOf(mode.map((m, axis) => m + shift[axis]!));
      return other < 0 || other === middle || heights[other]! <= height;
    });
    return isPeak ? [{ height, at: cycles(mode).map(tidy) }] : [];
  });
  return largest(peaks, grid ? 0 : noiseOf(heights));
}

/** Whether most of a spectrum is empty: what is left of it has no leakage, and each line of it stands for itself. */
const isSparse = (heights: readonly number[]): boolean => {
  const sorted = [...heights].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0) < 1e-4 * (sorted.at(-1) ?? 0);
};

/** The 3^d - 1 neighbours of a cell. */
const modesAround = (d: number): number[][] =>
  Array.from({ length: 3 ** d }, (_, i) =>
    Array.from({ length: d }, (_, axis) => (Math.floor(i / 3 ** axis) % 3) - 1),
  ).filter((shift) => shift.some((v) => v !== 0));

/** `|Y(k)|` over outputs. */
function norms({ re, im }: { re: NdArray['data']; im: NdArray['data'] }, outputs: number): number[] {
  return Array.from({ length: re.length / outputs }, (_, k) =>
    Math.hypot(...re.subarray(k * outputs, (k + 1) * outputs), ...im.subarray(k * outputs, (k + 1) * outputs)),
  );
}

/** Of heights of noise alone, 2^-16 are above this. */
function noiseOf(heights: readonly number[]): number {
  const sorted = [...heights].sort((a, b) => a - b);
  return noise * (sorted[Math.floor(sorted.length / 2)] ?? 0);
}

function ends(data: NdArray['data'], axis: number, d: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = axis; i < data.length; i += d) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return [low, high];
}

/** The period of samples of one number, and the sample that repeats the first at its other end, where one does. */
export function periodOf(x: ArrayLike<number>, y: ArrayLike<number>): { period: number; twice?: number } {
  const n = x.length;
  let [first, last] = [0, 0];
  for (let i = 1; i < n; i++) {
    if ((x[i] ?? 0) < (x[first] ?? 0)) first = i;
    if ((x[i] ?? 0) > (x[last] ?? 0)) last = i;
  }
  const range = (x[last] ?? 0) - (x[first] ?? 0);
  const outputs = y.length / n;
  let [apart, size] = [0, 0];
  for (let o = 0; o < outputs; o++)
    apart = Math.max(apart, Math.abs((y[first * outputs + o] ?? 0) - (y[last * outputs + o] ?? 0)));
  for (let i = 0; i < y.length; i++) size = Math.max(size, Math.abs(y[i] ?? 0));
  return apart <= 1e-6 * size ? { period: range, twice: last } : { period: (range * n) / (n - 1) };
}

/** A whole number of cycles, or of radians, where only rounding keeps it from being one. */
function tidy(k: number): number {
  const whole = (v: number): number => (Math.abs(v - Math.round(v)) < 1e-6 ? Math.round(v) : v);
  const angular = whole(2 * Math.PI * k);
  return Number.isInteger(angular) && angular !== 0 ? angular / (2 * Math.PI) : whole(k);
}
