/**
 * A training that ran anywhere, measured by what its network gave on fixed points: error by frequency and step, when each
 * frequency was learnt, filtered errors, bands, radial spectra, ranks of recorded matrices.
 */
import { setImmediate } from 'node:timers/promises';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import type { TaskOptions } from '../core/native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkNumber, checkTask, requireOptions } from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { passagesOf } from '../experiment/levels.js';
import { spectrumMeasures } from '../kernels/reading.js';
import { bandEnergies } from '../spectrum/bands.js';
import { carryingFrequencies } from '../spectrum/carrying.js';
import { firstComponent, gaussianFilter } from '../spectrum/filter.js';
import { type Grid, gridOf } from '../spectrum/grid.js';
import { psnr, radialSpectrum } from '../spectrum/image.js';
import { singularValues } from '../spectrum/layers.js';
import { nudft } from '../spectrum/nudft.js';
import { type CheckedRecording, checkRecording, type Recording } from './recording.js';

/** A recording, and how it is measured. */
export interface MeasureOptions extends Recording, Pick<TaskOptions, 'signal' | 'onProgress'> {
  /** Relative error at which a frequency counts as learnt. Default 0.1. */
  level?: number;
  /**
   * Variances of the Gaussian filter, in squared units of the points. Default: such that its cut-off `1 / (2 pi sqrt delta)` lies
   * between frequencies that carry the target, three of them at most. `[]`: no filter.
   */
  deltas?: readonly number[];
  /**
   * `[d]`: the direction that points of more than three dimensions are projected on. Default: their first principal component.
   */
  direction?: ArrayInput;
}

/** Errors of the low and the high part of the outputs (Xu, "Understanding deep learning", eq. 1.12 and 1.13). */
export interface FilteredErrors {
  /** Variances of the filter, `[q]`, in squared units of the points. */
  deltas: number[];
  /** `[s, q]`, relative. */
  low: NdArray;
  /** Of the high part, `[s, q]`, relative. */
  high: NdArray;
}

/** Errors by band of frequency, on a grid. */
export interface BandErrors {
  /** Fractions of the Nyquist frequency at which a band ends and the next begins. */
  edges: number[];
  /** `[s, bands]`: root of the error's energy in a band over the target's in all of them. */
  error: NdArray;
}

/** Spectra by length of the frequency, of images and volumes on a grid; over outputs, the root of the mean square. */
export interface RadialErrors {
  /** `[rings]`, cycles per spacing of the grid. */
  frequency: NdArray;
  /** `[s, rings]`. */
  amplitude: NdArray;
  /** Amplitudes of the target, `[rings]`. */
  target: NdArray;
  /** `[s, rings]`: amplitude of the error over that of the target. */
  error: NdArray;
  /** `[s]`, decibels, the peak being the target's range. */
  psnr: NdArray;
}

/** Ranks of a recorded matrix, each `[s]`, and its singular values `[s, r]`. */
export interface RecordedRanks {
  /** `exp(-sum p ln p)`, p = s / sum s (Roy and Vetterli 2007). */
  effectiveRank: NdArray;
  /** `sum s^2 / s_1^2`. */
  stableRank: NdArray;
  /** Descending, `[s, r]`. */
  singularValues: NdArray;
}

/** What a recorded training shows. */
export interface Measurement {
  /** Records that were measured. */
  steps: number[];
  /** At those records, as it was recorded. */
  loss?: number[];
  /** `[k]` for points of one number and along a projection, else `[k, d]`: cycles per unit. */
  frequencies: NdArray;
  /** `[s, k]`: `|h_k - f_k| / |f_k|`, norms over outputs. */
  relativeError: NdArray;
  /** `|h_k|` of the outputs' transform, `[s, k]`, norms over outputs. */
  amplitude: NdArray;
  /** `|f_k|` of the target's transform, `[k]`. */
  targetAmplitude: NdArray;
  /** Relative error that counts as learnt. */
  level: number;
  /** Of each frequency the first step at which its error was at most `level`; null: never. */
  passages: (number | null)[];
  /** The first step from which on it stayed so. */
  settled: (number | null)[];
  /** Points of more than three dimensions were projected on this direction; `explained`: its share of their variance. */
  projection?: {
    /** A unit vector, `[d]`. */
    direction: NdArray;
    /** Of the variance of the points, 0 to 1; missing for a direction that was given. */
    explained?: number;
  };
  /** Errors of the low and the high part, where the points allow the filter. */
  filtered?: FilteredErrors;
  /** Errors by band, of points on a grid of one or two axes. */
  bands?: BandErrors;
  /** Errors by radius, of points on a grid of two axes or more. */
  radial?: RadialErrors;
  /** Of the recorded matrices, by name. */
  ranks: Record<string, RecordedRanks>;
  /** The step from which on the outputs were not finite: the records before it were measured. */
  divergedAt?: number;
  /** What could not be measured, and why. */
  notes: string[];
}

export const MEASURE_OPTIONS = [
  ...(['steps', 'points', 'outputs', 'target', 'loss', 'frequencies', 'matrices'] as const),
  ...(['level', 'deltas', 'direction', 'signal', 'onProgress'] as const),
];

/**
 * Measures a recorded training: error by frequency and step, first passages, filtered errors, bands and radial spectra where the
 * points are a grid, ranks of recorded matrices. Scattered points go by the NUDFT (`nudft`); where they have more than three
 * dimensions, along a projection (eq. 1.5 and 1.6), unless `frequencies` `[k, d]` are given.
 *
 * Without `frequencies` the error is followed at those that carry the target: the eight largest peaks of its spectrum.
 *
 * @example
 * ```ts
 * const x = Array.from({ length: 64 }, (_, i) => i / 64);
 * const target = x.map((v) => Math.sin(2 * Math.PI * v) + Math.sin(10 * Math.PI * v));
 * // Outputs after 0, 10 and 20 steps of a training that learns the slow wave first.
 * const outputs = [0, 1, 2].map((r) => x.map((v, i) => (r === 2 ? target[i]! : r * Math.sin(2 * Math.PI * v))));
 * const { frequencies, passages } = await measure({ steps: [0, 10, 20], points: x, outputs, target });
 * console.log(Array.from(frequencies.data), passages); // [1, 5] [10, 20]
 * ```
 *
 * @throws `INVALID_ARGUMENT` naming an array that is missing, `INVALID_SHAPE`, `NON_FINITE` where the first record is not finite,
 *   `ABORTED`
 */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const given = requireOptions(options, MEASURE_OPTIONS, 'measure');
  const { level = 0.1, deltas, direction, signal, onProgress, ...recording } = given;
  checkTask({ signal, onProgress });
  checkNumber(level, 'level', { above: 0 });
  const wanted = deltas === undefined ? undefined : toNumbers(deltas, 'deltas');
  for (const delta of wanted ?? []) checkNumber(delta, 'deltas', { above: 0 });
  return measured(checkRecording(recording), { level, deltas: wanted, direction, signal, onProgress });
}

interface How extends Pick<TaskOptions, 'signal' | 'onProgress'> {
  level: number;
  deltas: number[] | undefined;
  direction: ArrayInput | undefined;
}

/** {@link measure} of a recording that is checked already. */
export async function measured(recording: CheckedRecording, how: How): Promise<Measurement> {
  const { steps, target, outputs, loss, divergedAt } = recording;
  const notes: string[] = [];
  const { points, projection } = await placed(recording, how);
  const frequencies = recording.frequencies ?? carryingFrequencies(points, target);
  const [k = 0, d = 1] = frequencies.shape;
  if (k === 0) throw invalidArgument('frequencies: the target has none that stands out; give those to be followed');
  if (d !== points.shape[1]) {
    const expected = points.shape[1] === 1 ? '[k]' : `[k, ${points.shape[1]}] as points has columns`;
    throw invalidShape(`frequencies: expected shape ${expected}, got [${frequencies.shape.join(', ')}]`);
  }
  const transform = (values: NdArray) => nudft(points, values, frequencies, { tolerance: DIRECT });
  const [relativeError, amplitude] = [new Float64Array(steps.length * k), new Float64Array(steps.length * k)];
  const goal = transform(target);
  const targetAmplitude = norms(goal, k);
  const total = 2 * steps.length;
  for (const [r] of steps.entries()) {
    await breath(how, r, total);
    const got = transform(record(outputs, r));
    const apart = { re: minus(got.re, goal.re), im: minus(got.im, goal.im) };
    relativeError.set(
      norms(apart, k).map((v, i) => v / targetAmplitude[i]!),
      r * k,
    );
    amplitude.set(norms(got, k), r * k);
  }
  const table = { data: relativeError, shape: [steps.length, k] };
  const passages = (settled: boolean) => passagesOf({ steps, error: table }, { level: how.level, settled });
  const found: Measurement = {
    steps,
    ...(loss && { loss }),
    frequencies: { data: frequencies.data, shape: d === 1 ? [k] : [k, d] },
    relativeError: table,
    amplitude: { data: amplitude, shape: [steps.length, k] },
    targetAmplitude: { data: targetAmplitude, shape: [k] },
    level: how.level,
    passages: passages(false),
    settled: passages(true),
    ...(projection && { projection }),
    ranks: ranksOf(recording.matrices),
    ...(divergedAt !== undefined && { divergedAt }),
    notes,
  };
  if (divergedAt !== undefined) notes.push(`From step ${divergedAt} on the outputs are not finite.`);
  const filtered = await filteredErrors(recording, frequencies, projection !== undefined, how, notes);
  if (filtered) found.filtered = filtered;
  const grid = gridOf(recording.points);
  if (grid && grid.sizes.length <= 2) found.bands = bandErrors(recording, grid);
  if (grid && grid.sizes.length >= 2 && grid.sizes.every((size) => size > 1))
    found.radial = radialErrors(recording, grid);
  await breath(how, total, total);
  return found;
}

/** Below what the NUFFT reaches: direct sums, as the probe `spectrum` of a training takes them. */
const DIRECT = 1e-14;

/** The points, or what they are along a direction. */
async function placed(
  { points, frequencies }: CheckedRecording,
  { direction, signal }: How,
): Promise<{ points: NdArray; projection?: Measurement['projection'] }> {
  const [n = 0, d = 1] = points.shape;
  if (d <= 3 || (frequencies && frequencies.shape[1] === d)) {
    if (direction !== undefined && d <= 3)
      throw invalidArgument('direction: expected points of more than 3 dimensions');
    return { points };
  }
  if (direction === undefined) {
    const component = await firstComponent(points, { signal });
    const { projection, explained } = component;
    return {
      points: { data: projection.data, shape: [n, 1] },
      projection: { direction: component.direction, explained },
    };
  }
  const way = toNdArray(direction, 'direction', 1);
  if (way.data.length !== d) throw invalidShape(`direction: expected [${d}], got [${way.shape.join(', ')}]`);
  const along = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += way.data[j]! * points.data[i * d + j]!;
    return sum;
  });
  return { points: { data: along, shape: [n, 1] }, projection: { direction: way } };
}

/** Kernel evaluations of all filters together that are done without being asked for: some ten seconds of them. */
const mostPairs = 3e9;

async function filteredErrors(
  { points, outputs, target, steps }: CheckedRecording,
  frequencies: NdArray,
  projected: boolean,
  { deltas: asked, signal, onProgress }: How,
  notes: string[],
): Promise<FilteredErrors | undefined> {
  const deltas = asked ?? (projected ? byDistance(points) : betweenFrequencies(frequencies));
  const n = target.shape[0]!;
  if (deltas.length === 0) return undefined;
  if (asked === undefined && n * n * deltas.length * steps.length > mostPairs) {
    notes.push(`Filtered errors of ${n} points and ${steps.length} records take long: ask for them (deltas).`);
    return undefined;
  }
  const shape = [steps.length, deltas.length];
  const [low, high] = [new Float64Array(steps.length * deltas.length), new Float64Array(steps.length * deltas.length)];
  for (const [r] of steps.entries()) {
    await breath({ signal, onProgress }, steps.length + r, 2 * steps.length);
    const of = { deltas, outputs: record(outputs, r), ...(signal && { signal }) };
    const { errorLow, errorHigh } = await gaussianFilter(points, target, of);
    low.set(errorLow!.data, r * deltas.length);
    high.set(errorHigh!.data, r * deltas.length);
  }
  return { deltas, low: { data: low, shape }, high: { data: high, shape } };
}

/** Cut-offs at the geometric means of neighbouring lengths, three at most; of a single frequency at its double. */
function betweenFrequencies({ data, shape }: NdArray): number[] {
  const [k = 0, d = 1] = shape;
  const lengths = Array.from({ length: k }, (_, i) => Math.hypot(...data.subarray(i * d, (i + 1) * d)));
  const distinct = [...new Set(lengths.map((v) => Number(v.toPrecision(9))))]
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  const [first] = distinct;
  if (first === undefined) return [];
  const cuts = distinct.length === 1 ? [2 * first] : distinct.slice(1).map((v, i) => Math.sqrt(v * distinct[i]!));
  const kept = cuts.length <= 3 ? cuts : [0, 0.5, 1].map((at) => cuts[Math.round(at * (cuts.length - 1))]!);
  return kept.map((cut) => (2 * Math.PI * cut) ** -2);
}

/** Of points of many dimensions: a tenth, a quarter and half of the median distance of (at most 200) points as widths. */
function byDistance({ data, shape }: NdArray): number[] {
  const [n = 0, d = 1] = shape;
  const some = Array.from({ length: Math.min(n, 200) }, (_, i) => Math.floor((i * n) / Math.min(n, 200)));
  const distances = some.flatMap((i, at) =>
    some.slice(at + 1).map((j) => {
      const apart = minus(data.subarray(i * d, (i + 1) * d), data.subarray(j * d, (j + 1) * d));
      return Math.sqrt(apart.reduce((sum, v) => sum + v * v, 0));
    }),
  );
  const middle = distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  return middle > 0 ? [0.1, 0.25, 0.5].map((share) => (share * middle) ** 2) : [];
}

const edges = [0.2, 0.5];

function bandErrors({ outputs, target }: CheckedRecording, grid: Grid): BandErrors {
  const axes = grid.sizes.length as 1 | 2;
  const energies = (values: NdArray): number[] => {
    const planes = arranged(values, grid);
    const by = bandEnergies(planes, { edges, axes });
    const bands = edges.length + 1;
    return Array.from({ length: bands }, (_, b) =>
      Array.from({ length: planes.shape[0]! }, (_, o) => by.data[o * bands + b]!).reduce((sum, v) => sum + v, 0),
    );
  };
  const goal = energies(target).reduce((sum, energy) => sum + energy, 0);
  const [s = 0] = outputs.shape;
  const error = Array.from({ length: s }, (_, r) => energies(difference(record(outputs, r), target))).flatMap((row) =>
    row.map((energy) => Math.sqrt(energy / goal)),
  );
  return { edges, error: { data: Float64Array.from(error), shape: [s, edges.length + 1] } };
}

function radialErrors({ outputs, target }: CheckedRecording, grid: Grid): RadialErrors {
  const profile = (values: NdArray) => {
    const planes = arranged(values, grid);
    const each = Array.from({ length: planes.shape[0]! }, (_, o) => radialSpectrum(record(planes, o)));
    const power = each[0]!.power.data.map((_, ring) =>
      Math.sqrt(each.reduce((sum, p) => sum + p.power.data[ring]!, 0) / each.length),
    );
    return { frequency: each[0]!.position, amplitude: power };
  };
  const { frequency, amplitude: goal } = profile(target);
  const [s = 0] = outputs.shape;
  const rings = goal.length;
  const [amplitude, error] = [new Float64Array(s * rings), new Float64Array(s * rings)];
  let [low, high] = [Infinity, -Infinity];
  for (const v of target.data) [low, high] = [Math.min(low, v), Math.max(high, v)];
  const quality = new Float64Array(s);
  for (let r = 0; r < s; r++) {
    const own = record(outputs, r);
    amplitude.set(profile(own).amplitude, r * rings);
    error.set(
      profile(difference(own, target)).amplitude.map((v, ring) => v / goal[ring]!),
      r * rings,
    );
    quality[r] = high > low ? psnr(own, target, high - low) : Number.NaN;
  }
  const shape = [s, rings];
  return {
    frequency,
    amplitude: { data: amplitude, shape },
    target: { data: Float64Array.from(goal), shape: [rings] },
    error: { data: error, shape },
    psnr: { data: quality, shape: [s] },
  };
}

function ranksOf(matrices: Record<string, NdArray>): Measurement['ranks'] {
  const entries = Object.entries(matrices).map(([name, { data, shape }]) => {
    const [s = 0, rows = 0, columns = 0] = shape;
    const each = Array.from({ length: s }, (_, r) => {
      const matrix = { data: data.subarray(r * rows * columns, (r + 1) * rows * columns), shape: [rows, columns] };
      return Float64Array.from(singularValues(matrix).values.data);
    });
    const most = Math.min(rows, columns);
    const stable = each.map((values) => {
      const [top = 0] = values;
      return top > 0 ? values.reduce((sum, v) => sum + (v / top) ** 2, 0) : 0;
    });
    const effective = each.map((values) => ((values[0] ?? 0) > 0 ? spectrumMeasures(values).effectiveRank : 0));
    const ranks: RecordedRanks = {
      effectiveRank: { data: Float64Array.from(effective), shape: [s] },
      stableRank: { data: Float64Array.from(stable), shape: [s] },
      singularValues: { data: Float64Array.from(each.flatMap((values) => Array.from(values))), shape: [s, most] },
    };
    return [name, ranks] as const;
  });
  return Object.fromEntries(entries);
}

/** Values `[n, o]` of a grid's points as `[o, ...sizes]`. */
export function arranged({ data, shape }: NdArray, { rows, sizes }: Grid): NdArray {
  const [n = 0, o = 1] = shape;
  const out = new Float64Array(n * o);
  for (let c = 0; c < o; c++) for (let cell = 0; cell < n; cell++) out[c * n + cell] = data[rows[cell]! * o + c]!;
  return { data: out, shape: [o, ...sizes] };
}

/** Entry r of the first axis. */
function record({ data, shape }: NdArray, r: number): NdArray {
  const rest = shape.slice(1);
  const size = data.length / shape[0]!;
  return { data: data.subarray(r * size, (r + 1) * size), shape: rest };
}

/** Euclidean norms over outputs, one a frequency. */
function norms({ re, im }: { re: NdArray['data']; im: NdArray['data'] }, k: number): Float64Array {
  const o = re.length / k;
  return Float64Array.from({ length: k }, (_, i) => {
    let sum = 0;
    for (let at = i * o; at < (i + 1) * o; at++) sum += re[at]! ** 2 + im[at]! ** 2;
    return Math.sqrt(sum);
  });
}

const minus = (a: NdArray['data'], b: NdArray['data']): Float64Array => Float64Array.from(a, (v, i) => v - b[i]!);

const difference = (a: NdArray, b: NdArray): NdArray => ({ data: minus(a.data, b.data), shape: b.shape });

/** Lets the event loop turn, says how far it is, and stops when that is asked. */
async function breath({ signal, onProgress }: Pick<How, 'signal' | 'onProgress'>, done: number, total: number) {
  onProgress?.({ done, total, value: Number.NaN });
  await setImmediate();
  if (signal?.aborted) throw new FprincipleError('ABORTED', 'the measurement was aborted', { cause: signal.reason });
}
