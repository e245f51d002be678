import { call } from '../native.js';
import { type ArrayInput, type NdArray, toNdArray } from '../ndarray.js';
import { checkOptions } from '../options.js';

/** How a cubic spline ends. */
export interface SplineOptions {
  /** `natural` (default): s'' = 0 at the ends, the interpolant of least bending. `notAKnot`: SciPy's default. */
  ends?: 'natural' | 'notAKnot';
}

/** The cubic spline through `(x, y)`, x `[n]` ascending, at the points `at` `[m]`; beyond the ends their pieces go on. */
export function cubicSpline(x: ArrayInput, y: ArrayInput, at: ArrayInput, options: SplineOptions = {}): NdArray {
  const { ends = 'natural' } = checkOptions(options, ['ends']);
  const [knots, values, points] = [toNdArray(x, 'x', 1), toNdArray(y, 'y', 1), toNdArray(at, 'at', 1)];
  return call((addon) => addon.cubicSpline(knots, values, points, ends === 'natural'));
}
