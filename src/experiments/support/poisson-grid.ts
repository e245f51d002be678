/** Grids of n equal intervals an axis on the unit interval or square, and what Poisson's equation puts on them. */

import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { entry } from './arrays.js';

export type Axes = 1 | 2;

/** The source of `u = sum_k sin(k pi x) / k` (in 2D `sin(k pi x) sin(k pi y) / k`) at points `[n, axes]`, on their grid. */
export function sourceOf(points: NdArray, modes: readonly number[], axes: Axes): NdArray {
  const values = rows(points).map((point) =>
    modes.reduce((sum, k) => {
      const waves = point.map((v) => Math.sin(k * Math.PI * v));
      return sum + axes * k * Math.PI ** 2 * waves.reduce((product, w) => product * w, 1);
    }, 0),
  );
  const side = Math.round(values.length ** (1 / axes));
  return { data: Float64Array.from(values), shape: Array<number>(axes).fill(side) };
}

/** The inner points of a grid of n intervals an axis, `[(n - 1)^axes, axes]`, row-major. */
export const innerPoints = (n: number, axes: Axes): NdArray =>
  product(
    Array.from({ length: n - 1 }, (_, i) => (i + 1) / n),
    axes,
  );

/** Midpoints of n equal cells an axis. */
export const midpoints = (n: number, axes: Axes): NdArray =>
  product(
    Array.from({ length: n }, (_, i) => (i + 0.5) / n),
    axes,
  );

function product(at: number[], axes: Axes): NdArray {
  if (axes === 1) return { data: Float64Array.from(at), shape: [at.length, 1] };
  return { data: Float64Array.from(at.flatMap((y) => at.flatMap((x) => [y, x]))), shape: [at.length ** 2, 2] };
}

/** Both ends, or n points on each side of the square. */
export function boundaryPoints(n: number, axes: Axes): NdArray {
  if (axes === 1) return { data: Float64Array.of(0, 1), shape: [2, 1] };
  const at = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  const points = at.flatMap((t) => [t, 0, t, 1, 0, t, 1, t]);
  return { data: Float64Array.from(points), shape: [4 * n, 2] };
}

/** Every `factor`-th inner point of grid functions `[r, ...]`: those on the grid of `factor` times the spacing. */
export function restricted({ data, shape }: NdArray, factor: number, axes: Axes): NdArray {
  const [records = 0, side = 0] = shape;
  const coarse = (side + 1) / factor - 1;
  const per = side ** axes;
  const out = new Float64Array(records * coarse ** axes);
  for (let i = 0; i < out.length; i++) {
    const [r, at] = [Math.floor(i / coarse ** axes), i % coarse ** axes];
    const fine = (j: number): number => (j + 1) * factor - 1;
    const place = axes === 1 ? fine(at) : fine(Math.floor(at / coarse)) * side + fine(at % coarse);
    out[i] = entry(data, r * per + place);
  }
  return { data: out, shape: [records, ...Array<number>(axes).fill(coarse)] };
}
