/**
 * The samples of a training described as data, and the frequencies whose errors it measures.
 *
 * For sines these are given. For values at points of up to three numbers they are those that carry the target
 * (`carryingFrequencies`).
 */

import { type ArrayInput, type NdArray, toNdArray } from '../../core/ndarray.js';
import { periodicGrid, sample } from '../../experiment/signals.js';
import { carryingFrequencies } from '../../spectrum/carrying.js';
import type { TrainingParameters } from './training-parameters.js';

export interface TrainingData {
  x: ArrayInput;
  y: ArrayInput;
  /** Angular, in radians per unit of x, the shortest first: of `sin kx` k; of points of several numbers a row for each. */
  frequencies: readonly (number | readonly number[])[];
  /** Each as the names of metrics have it: as it was given, or found, to five digits; a row in brackets. */
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
  const frequencies = Array.isArray(x) && Array.isArray(y) ? carrying(toNdArray(x, 'x'), toNdArray(y, 'y')) : [];
  const short = (k: number): string => String(Number(k.toPrecision(5)));
  const names = frequencies.map((k) => (typeof k === 'number' ? short(k) : `(${k.map(short).join(', ')})`));
  return { x: points, y: values, frequencies, names };
}

/** Those that carry the target, where x is a point of few numbers. */
function carrying(x: NdArray, y: NdArray): (number | number[])[] {
  const [n = 0, d = 1] = x.shape;
  if (x.shape.length > 2 || d > 3 || x.data.length === 0 || y.shape[0] !== n || y.data.length === 0) return [];
  const rows = { data: y.data, shape: [n, y.data.length / n] };
  const { data, shape } = carryingFrequencies({ data: x.data, shape: d === 1 ? [n] : [n, d] }, rows);
  const angular = Array.from(data, (f) => tidy(2 * Math.PI * f));
  if (d === 1) return angular;
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => angular.slice(i * d, (i + 1) * d));
}

/** A whole number where only rounding keeps it from being one. */
const tidy = (k: number): number => (Math.abs(k - Math.round(k)) < 1e-6 ? Math.round(k) : k);
