/**
 * The samples of a training described as data, and the frequencies whose errors it measures.
 *
 * For sines these are given. For values of one number x they are those that carry the target (`carryingFrequencies`).
 */

import { type ArrayInput, type NdArray, toNdArray } from '../../core/ndarray.js';
import { periodicGrid, sample } from '../../experiment/signals.js';
import { carryingFrequencies } from '../../spectrum/carrying.js';
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
  const frequencies = Array.isArray(x) && Array.isArray(y) ? ofOneNumber(toNdArray(x, 'x'), toNdArray(y, 'y')) : [];
  return { x: points, y: values, frequencies, names: frequencies.map((k) => String(Number(k.toPrecision(5)))) };
}

/** Those that carry the target, where x is a single number. */
function ofOneNumber(x: NdArray, y: NdArray): number[] {
  const n = x.shape[0] ?? 0;
  if (x.data.length !== n || y.shape[0] !== n) return [];
  const found = carryingFrequencies({ data: x.data, shape: [n] }, y);
  return Array.from(found.data, (f) => tidy(2 * Math.PI * f));
}

/** A whole number where only rounding keeps it from being one. */
const tidy = (k: number): number => (Math.abs(k - Math.round(k)) < 1e-6 ? Math.round(k) : k);
