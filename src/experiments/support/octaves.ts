/** Relative errors by octave of radial frequency, for pictures and volumes. */
import { slice } from '../../figures/index.js';
import type { NdArray } from '../../ndarray.js';
import { radialSpectrum } from '../../spectrum/index.js';

/**
 * `|H - F| / |F|` over each octave of radial frequency (1, 2 to 3, 4 to 7, ... cycles per side) at every record.
 * @param frames `[r, ...shape]`, outputs
 * @param target `[...shape]`
 * @returns the octaves' names and `error [r, octaves]`
 */
export function octaveErrors(frames: NdArray, target: NdArray): { names: string[]; error: NdArray } {
  const power = (values: ArrayLike<number>): Float64Array => {
    const rings = radialSpectrum({ data: Float64Array.from(values), shape: target.shape });
    return Float64Array.from(rings.power.data, (v, i) => v * rings.count.data[i]!);
  };
  const goal = power(target.data);
  const bands: [number, number][] = [];
  for (let low = 1; low < goal.length; low *= 2) bands.push([low, Math.min(2 * low, goal.length)]);
  const total = (rings: Float64Array, [low, high]: [number, number]): number =>
    rings.subarray(low, high).reduce((a, b) => a + b, 0);
  const [records = 0] = frames.shape;
  const error = Array.from({ length: records }, (_, r) => {
    const frame = slice(frames, r).data;
    const rings = power(Array.from(frame, (v, i) => v - target.data[i]!));
    return bands.map((band) => Math.sqrt(total(rings, band) / total(goal, band)));
  });
  return {
    names: bands.map(([low, high]) => (high - low === 1 ? String(low) : `${low} to ${high - 1}`)),
    error: { data: Float64Array.from(error.flat()), shape: [records, bands.length] },
  };
}
