/** Functions of an angle and their waves. */
import { nudft } from '../../spectrum/index.js';

/** Relative error `|h_k - f_k| / |f_k|` of an output at each of `frequencies` (waves a turn), on samples at `angles`. */
export function waveErrors(
  angles: readonly number[],
  output: ArrayLike<number>,
  target: ArrayLike<number>,
  frequencies: readonly number[],
): number[] {
  const transform = (values: readonly number[]) => nudft([...angles], [...values], [...frequencies], { angular: true });
  const missing = transform(angles.map((_, i) => (output[i] ?? Number.NaN) - (target[i] ?? Number.NaN)));
  const whole = transform(Array.from(target));
  return frequencies.map(
    (_, k) =>
      Math.hypot(missing.re[k] ?? Number.NaN, missing.im[k] ?? Number.NaN) /
      Math.hypot(whole.re[k] ?? Number.NaN, whole.im[k] ?? Number.NaN),
  );
}
