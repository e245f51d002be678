/** Points that are the cells of an evenly spaced grid, in any order. */
import type { NdArray } from '../core/ndarray.js';

/** An evenly spaced grid of d axes. */
export interface Grid {
  /** Cells along each axis of the points. */
  sizes: number[];
  /** For every cell, the last axis fastest, the row of its point. */
  rows: Uint32Array;
  /** For every axis the distance of two neighbours. */
  spacing: number[];
}

/** Of a spacing: what rounding (of f32 too) may have moved a point by. */
const tolerance = 1e-3;

/** The grid that points `[n, d]` are, or `undefined` where they are none. */
export function gridOf({ data, shape }: NdArray): Grid | undefined {
  const [n = 0, d = 1] = shape;
  if (n < 2) return undefined;
  const axes = Array.from({ length: d }, (_, axis) => axisOf(data, axis, d));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const found = axes as { low: number; step: number; count: number }[];
  if (found.reduce((size, { count }) => size * count, 1) !== n) return undefined;
  const rows = new Uint32Array(n);
  const seen = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let cell = 0;
    for (const [axis, { low, step, count }] of found.entries()) {
      const place = step > 0 ? (data[i * d + axis]! - low) / step : 0;
      if (Math.abs(place - Math.round(place)) > tolerance) return undefined;
      cell = cell * count + Math.round(place);
    }
    if (seen[cell] === 1) return undefined;
    seen[cell] = 1;
    rows[cell] = i;
  }
  return { sizes: found.map(({ count }) => count), rows, spacing: found.map(({ step }) => step) };
}

/** Where an axis begins, its spacing and its cells, by the values that occur along it. */
function axisOf(
  data: NdArray['data'],
  axis: number,
  d: number,
): { low: number; step: number; count: number } | undefined {
  const values = Float64Array.from({ length: data.length / d }, (_, i) => data[i * d + axis]!).sort();
  const [low, high] = [values[0]!, values.at(-1)!];
  if (high === low) return { low, step: 0, count: 1 };
  let count = 1;
  const least = (high - low) / values.length / 2;
  for (let i = 1; i < values.length; i++) if (values[i]! - values[i - 1]! > least) count++;
  return { low, step: (high - low) / (count - 1), count };
}
