/**
 * The samples of a training described as data, and the frequencies whose errors it measures.
 *
 * For sines these are given. For values of one number x they are read off the target: the peaks of
 * `|Y(k)| = |(1/n) sum_j y_j exp(-i k x_j)|` at the multiples `k` of `2 pi / period` up to the n/2-th, mean left out. The
 * period is n spacings, or n - 1 where the last sample repeats the first (both ends of a period were given; the last is then
 * left out). Peaks under a
 * fiftieth of the largest are none, and the eight largest are taken.
 */

import { type ArrayInput, type NdArray, toNdArray } from '../../core/ndarray.js';
import { periodicGrid, sample } from '../../experiment/signals.js';
import { nudft } from '../../spectrum/index.js';
import type { TrainingParameters } from './training-parameters.js';

export interface TrainingData {
  x: ArrayInput;
  y: ArrayInput;
  /** Angular, in radians per unit of x, ascending: of `sin kx` k. */
  frequencies: readonly number[];
  /** Each as the names of metrics have it: as it was given, or found, to five digits. */
  names: readonly string[];
}

const made = new Map<string, TrainingData>();

/** Samples of equal data are one pair of arrays, so that many runs share them. */
export function samplesOf(data: TrainingParameters['data']): TrainingData {
  const key = JSON.stringify(data);
  let known = made.get(key);
  if (!known) {
    known = data.type === 'values' ? given(data) : sines(data);
    if (made.size >= 16) made.clear();
    made.set(key, known);
  }
  return known;
}

type Data<T> = Extract<TrainingParameters['data'], { type: T }>;

function sines({ points, frequencies, amplitudes = [] }: Data<'sines'>): TrainingData {
  const x = periodicGrid(points);
  const y = sample(x, (v) => frequencies.reduce((s, k, i) => s + (amplitudes[i] ?? 1) * Math.sin(k * v), 0));
  return { x, y, frequencies, names: frequencies.map(String) };
}

function given({ x, y }: Data<'values'>): TrainingData {
  // A single number is no list of samples: the training says so.
  const [points, values] = [x as ArrayInput, y as ArrayInput];
  const frequencies = Array.isArray(x) && Array.isArray(y) ? peaks(toNdArray(x, 'x'), toNdArray(y, 'y')) : [];
  return { x: points, y: values, frequencies, names: frequencies.map((k) => String(Number(k.toPrecision(5)))) };
}

const mostPeaks = 8;
const smallestPeak = 0.02;
/** Beyond these a spectrum costs more than the training. */
const mostBins = 2048;

/** The frequencies of the target's largest peaks; none where x is no single number, or all are equal. */
export function peaks(x: NdArray, y: NdArray): number[] {
  const n = x.shape[0] ?? 0;
  if (x.data.length !== n || y.shape[0] !== n || n < 4) return [];
  const { period, twice } = periodOf(x.data, y.data);
  if (!(period > 0)) return [];
  const outputs = y.data.length / n;
  const kept = (values: Float64Array | Float32Array, width: number): NdArray => {
    const data = Float64Array.from(values.filter((_, i) => Math.floor(i / width) !== twice));
    return { data, shape: [data.length / width, width] };
  };
  const bins = Math.min(Math.floor(n / 2), mostBins);
  const at = Float64Array.from({ length: bins + 1 }, (_, k) => k / period);
  const { re, im } = nudft(kept(x.data, 1), kept(y.data, outputs), { data: at, shape: [bins + 1, 1] });
  const amplitude = Array.from(at, (_, k) =>
    Math.hypot(...re.subarray(k * outputs, (k + 1) * outputs), ...im.subarray(k * outputs, (k + 1) * outputs)),
  );
  const largest = Math.max(...amplitude.slice(1));
  return amplitude
    .map((height, k) => ({ height, k }))
    .filter(({ height, k }) => {
      const [before, after] = [k > 1 ? (amplitude[k - 1] ?? 0) : 0, amplitude[k + 1] ?? 0];
      // Of the smallest numbers rounding makes peaks: those of a constant are none.
      return k > 0 && height > 1e-12 && height >= smallestPeak * largest && height >= before && height > after;
    })
    .sort((a, b) => b.height - a.height)
    .slice(0, mostPeaks)
    .map(({ k }) => tidy((2 * Math.PI * k) / period))
    .sort((a, b) => a - b);
}

/** The period, and the sample that repeats the first at its other end, where one does. */
function periodOf(x: ArrayLike<number>, y: ArrayLike<number>): { period: number; twice?: number } {
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

/** A whole number where only rounding keeps it from being one. */
const tidy = (k: number): number => (Math.abs(k - Math.round(k)) < 1e-6 ? Math.round(k) : k);
