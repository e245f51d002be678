/** The samples and the grid of a page: what is learnt, and where it is looked at. */
import { call } from '../core/native.js';
import type { NdArray } from '../core/ndarray.js';
import { deriveSeeds } from '../core/random.js';
import { gaussianNoise } from '../spectrum/harmonics.js';
import { nudft } from '../spectrum/nudft.js';
import { inputsOf } from './network.js';
import type { StudioState, Target } from './state.js';

/** Points over the interval at which a function is drawn and its spectrum measured. */
export const GRID = 256;
/** The highest frequency that is measured, in cycles over the interval. */
export const HIGHEST = 24;

/** Samples `x [n, d]`, `y [n, 1]`, and the grid `[m, d]` with the target on it `[m, 1]`; coordinates in [-1, 1). */
export interface StudioData {
  x: NdArray;
  y: NdArray;
  grid: NdArray;
  clean: NdArray;
  /** `[k, d]`, in cycles a unit of the coordinates: k / 2 for k cycles over the interval. */
  frequencies: NdArray;
  /** Cycles over the interval, `[k]`. */
  cycles: number[];
  /** Of a Poisson problem: the right side at `x`. */
  source?: NdArray;
  /** Of a picture. */
  size?: [height: number, width: number];
}

const asColumn = (values: ArrayLike<number>): NdArray => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});
const even = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => -1 + (2 * i) / count);

/** @throws `FprincipleError` where the formula cannot be read or has no value somewhere */
export function dataOf(state: StudioState): StudioData {
  const data = inputsOf(state) === 2 ? pictureData(state) : functionData(state);
  const { noise } = state.samples;
  if (noise > 0) {
    const drawn = gaussianNoise(data.y.data.length, { seed: state.seed, stream: 'studio noise', std: noise });
    data.y = { data: data.y.data.map((value, i) => value + drawn.data[i]!), shape: data.y.shape };
  }
  return data;
}

/** `|f_k|` of the target, `[k]`. */
export function targetAmplitude({ grid, clean, frequencies }: StudioData): NdArray {
  const { re, im } = nudft(grid, clean, frequencies, { threads: 1 });
  return { data: Float64Array.from(re, (value, k) => Math.hypot(value, im[k]!)), shape: [re.length] };
}

function functionData(state: StudioState): StudioData {
  const { count, spacing } = state.samples;
  const x =
    spacing === 'even'
      ? even(count)
      : Float64Array.from(deriveSeeds(state.seed, count, 'studio samples'), (n) => (2 * n) / 2 ** 53 - 1).sort();
  const grid = even(GRID);
  const cycles = Array.from({ length: HIGHEST }, (_, k) => k + 1);
  const at = (points: Float64Array) => asColumn(valuesOf(state.target, points));
  const data = { x: asColumn(x), y: at(x), grid: asColumn(grid), clean: at(grid), cycles };
  const frequencies = asColumn(cycles.map((k) => k / 2));
  if (state.task === 'fit') return { ...data, frequencies };
  return { ...data, frequencies, source: sourceOf(state.target, x) };
}

/** Step of the second difference: of the fourth root of the rounding's size, which balances both errors. */
const DIFFERENCE = 2e-4;

/** The right side of -u'' = f for a target u, by central differences of its formula. */
function sourceOf(target: Target, x: Float64Array): NdArray {
  const shifted = (by: number) =>
    valuesOf(
      target,
      x.map((t) => t + by),
    );
  const [before, here, after] = [shifted(-DIFFERENCE), shifted(0), shifted(DIFFERENCE)];
  return {
    data: x.map((_, i) => (2 * here[i]! - before[i]! - after[i]!) / DIFFERENCE ** 2),
    shape: [x.length],
  };
}

/** A target's values at places t in [-1, 1), which a formula reads as x = pi t. */
function valuesOf(target: Target, t: Float64Array): Float64Array {
  if (target.kind === 'formula') {
    const points = { data: t.map((value) => Math.PI * value), shape: [t.length, 1] };
    return Float64Array.from(call((addon) => addon.evaluateFormula(target.text, ['x'], points)).data);
  }
  const { values } = target;
  // The period ends where it begins.
  return t.map((value) => {
    const place = ((value + 1) / 2) * values.length;
    const left = Math.floor(place);
    const at = (i: number) => values[((i % values.length) + values.length) % values.length]!;
    return at(left) + (place - left) * (at(left + 1) - at(left));
  });
}

function pictureData(state: StudioState): StudioData {
  const { target } = state;
  if (target.kind !== 'picture') throw new Error('expected a picture');
  const { width, values } = target;
  const height = values.length / width;
  if (!Number.isInteger(height)) throw new Error(`target.values: expected rows of ${width} numbers`);
  const places = values.flatMap((_, i) => [-1 + (2 * (i % width)) / width, -1 + (2 * Math.floor(i / width)) / height]);
  const grid: NdArray = { data: Float64Array.from(places), shape: [values.length, 2] };
  const clean = asColumn(values);
  // Along the rows: what the eye takes for detail.
  const cycles = Array.from({ length: Math.min(HIGHEST, width / 2 - 1) }, (_, k) => k + 1);
  const frequencies = { data: Float64Array.from(cycles.flatMap((k) => [k / 2, 0])), shape: [cycles.length, 2] };
  return { x: grid, y: clean, grid, clean, frequencies, cycles, size: [height, width] };
}
