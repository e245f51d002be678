/** PhaseDNN's bands: the spectrum cut in cells of equal width, each moved to zero, and the cells moved back and summed. */
import type { NdArray } from '../../core/ndarray.js';
import { fftn, ifftn } from '../../spectrum/index.js';
import { entry } from './arrays.js';

/** Which band of an axis holds a wave number: the band around m widths those at most half a width away, the same for k and -k. */
const bandOf = (k: number, width: number): number => Math.sign(k) * Math.floor((Math.abs(k) + width / 2) / width);

/** Bands on the half axis, zero's among it, that reach the wave number `reach`. */
export const bandsOfAxis = (reach: number, width: number): number => bandOf(reach, width) + 1;

/**
 * The centres of the cells of `dimensions` axes that reach the wave number `reach` on each, zero first. Of two opposite cells one:
 * those of a real function are conjugate. With M bands on the half axis they are `((2 M - 1)^d + 1) / 2`.
 */
export function centresOf(reach: number, width: number, dimensions: number): number[][] {
  const most = bandsOfAxis(reach, width) - 1;
  const axis = Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
  const all = Array.from({ length: dimensions }).reduce<number[][]>(
    (cells) => cells.flatMap((cell) => axis.map((m) => [...cell, m])),
    [[]],
  );
  const half = all.filter((cell) => (cell.find((m) => m !== 0) ?? 0) >= 0);
  const far = (cell: readonly number[]): number => Math.max(...cell.map(Math.abs));
  return half.sort((a, b) => far(a) - far(b)).map((cell) => cell.map((m) => m * width));
}

/**
 * Real and imaginary part `[n, 2]` of the cell around `centre`, moved to zero: what a band's network learns. `values` are on a grid of
 * one period, `[N, ..., N]`, `points` the places of its samples, `[n, d]`.
 */
export function envelope(values: NdArray, points: NdArray, centre: readonly number[], width: number): NdArray {
  const { shape } = values;
  const [d, n] = [shape.length, values.data.length];
  const cell = centre.map((c) => Math.round(c / width));
  const { re, im } = fftn(values);
  for (let i = 0; i < n; i++) {
    let rest = i;
    let inside = true;
    for (let axis = d - 1; axis >= 0; axis--) {
      const size = entry(shape, axis);
      const j = rest % size;
      rest = (rest - j) / size;
      inside &&= bandOf(j < size / 2 ? j : j - size, width) === cell[axis];
    }
    if (!inside) re[i] = im[i] = 0;
  }
  const band = ifftn({ re, im, shape });
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [c, s] = turn(points, i, centre);
    out[2 * i] = entry(band.re, i) * c + entry(band.im, i) * s;
    out[2 * i + 1] = entry(band.im, i) * c - entry(band.re, i) * s;
  }
  return { data: out, shape: [n, 2] };
}

/** What a cell's outputs `[n, 2]` add to the function at `points`: moved back, with the opposite cell. */
export function movedBack(outputs: ArrayLike<number>, points: NdArray, centre: readonly number[]): Float64Array {
  const factor = centre.every((c) => c === 0) ? 1 : 2;
  return Float64Array.from({ length: points.shape[0] ?? 0 }, (_, i) => {
    const [c, s] = turn(points, i, centre);
    return factor * (entry(outputs, 2 * i) * c - entry(outputs, 2 * i + 1) * s);
  });
}

/** Cosine and sine of `centre . x` at point i. */
function turn({ data, shape }: NdArray, i: number, centre: readonly number[]): [number, number] {
  const d = shape[1] ?? 1;
  const phase = centre.reduce((sum, c, axis) => sum + c * entry(data, i * d + axis), 0);
  return [Math.cos(phase), Math.sin(phase)];
}
