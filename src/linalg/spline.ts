import { call } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toFinite, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';

/** How a cubic spline ends. */
export interface SplineOptions {
  /**
   * `natural` (default): s'' = 0 at the ends, the interpolant of least bending. `notAKnot`: SciPy's default. `periodic`: value,
   * slope and curvature agree at both ends, as the first and the last of `y` have to.
   */
  ends?: 'natural' | 'notAKnot' | 'periodic';
}

/**
 * The cubic spline through `(x, y)` at other points; beyond the ends their pieces go on, or a periodic spline repeats. O(n + m log n).
 *
 * @example
 * cubicSpline([0, 1, 2, 3], [0, 1, 2, 3], [0.5]); // => [0.5]
 *
 * @param x `[n]`, ascending: at least 2 points, 3 for `periodic`, 4 for `notAKnot`
 * @param at `[m]`
 * @returns `[m]`, f64
 * @throws `INVALID_SHAPE` for too few points, `INVALID_ARGUMENT` for their order, for ends that do not agree, `NON_FINITE`
 */
export function cubicSpline(x: ArrayInput, y: ArrayInput, at: ArrayInput, options: SplineOptions = {}): NdArray {
  const { ends = 'natural' } = checkOptions(options, ['ends']);
  const [knots, values, points] = [toNdArray(x, 'x', 1), toNdArray(y, 'y', 1), toFinite(at, 'at', 1)];
  checkChoice(ends, ['natural', 'notAKnot', 'periodic'], 'ends');
  return finiteResult(
    call((addon) => addon.cubicSpline(knots, values, points, ends)),
    'at, y',
  );
}
