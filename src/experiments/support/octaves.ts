/** Relative errors by band of radial frequency, for pictures and volumes. */

import type { NdArray } from '../../core/ndarray.js';
import { slice } from '../../figures/index.js';
import { radialSpectrum } from '../../spectrum/index.js';

/** Power of each ring of radial frequency (0, 1, ... cycles per side), all its frequencies together. */
function ringPower(values: ArrayLike<number>, shape: number[]): Float64Array {
  const rings = radialSpectrum({ data: Float64Array.from(values), shape });
  return Float64Array.from(rings.power.data, (v, i) => v * rings.count.data[i]!);
}

/**
 * `|H - F| / |F|` over each band of radial frequency (`[low, high)`, cycles per side) at every record, `[r, bands]`.
 * @param frames `[r, ...shape]`, outputs
 * @param target `[...shape]`
 */
export function bandErrors(frames: NdArray, target: NdArray, bands: readonly (readonly [number, number])[]): NdArray {
  const goal = ringPower(target.data, target.shape);
  const total = (rings: Float64Array, [low, high]: readonly [number, number]): number =>
    rings.subarray(low, high).reduce((a, b) => a + b, 0);
  const [records = 0] = frames.shape;
  const error = Array.from({ length: records }, (_, r) => {
    const frame = slice(frames, r).data;
    const rings = ringPower(
      Array.from(frame, (v, i) => v - target.data[i]!),
      target.shape,
    );
    return bands.map((band) => Math.sqrt(total(rings, band) / total(goal, band)));
  });
  return { data: Float64Array.from(error.flat()), shape: [records, bands.length] };
}

/**
 * {@link bandErrors} by octave (1, 2 to 3, 4 to 7, ... cycles per side).
 * @returns the octaves' names and `error [r, octaves]`
 */
export function octaveErrors(frames: NdArray, target: NdArray): { names: string[]; error: NdArray } {
  const rings = ringPower(target.data, target.shape).length;
  const bands: [number, number][] = [];
  for (let low = 1; low < rings; low *= 2) bands.push([low, Math.min(2 * low, rings)]);
  return {
    names: bands.map(([low, high]) => (high - low === 1 ? String(low) : `${low} to ${high - 1}`)),
    error: bandErrors(frames, target, bands),
  };
}

/**
 * The power-weighted mean radial frequency of a picture `[h, w]`, in cycles per side, the mean left out. Of the picture
 * mirrored at its sides: without, the jump from one end to the other of a slope would count as high frequency.
 */
export function radialCentroid(picture: NdArray): number {
  const { data, shape } = mirrored(picture);
  const power = ringPower(data, shape).subarray(1);
  // A ring of the mirrored picture, twice as long, is half a cycle per side.
  return power.reduce((sum, v, i) => sum + (v * (i + 1)) / 2, 0) / power.reduce((sum, v) => sum + v, 0);
}

/** `[h, w] -> [2h, 2w]`, even at every side. */
function mirrored({ data, shape }: NdArray): NdArray {
  const [h = 0, w = 0] = shape;
  const back = (i: number, n: number): number => (i < n ? i : 2 * n - 1 - i);
  const out = Float64Array.from(
    { length: 4 * h * w },
    (_, i) => data[back(Math.floor(i / (2 * w)), h) * w + back(i % (2 * w), w)]!,
  );
  return { data: out, shape: [2 * h, 2 * w] };
}
