/** Relative errors by band of radial frequency, for curves, pictures and volumes, and the same pictures with other amplitudes. */

import type { NdArray } from '../../core/ndarray.js';
import { slice } from '../../figures/index.js';
import type { LayerSpec } from '../../nets/index.js';
import { fftn, ifftn, radialSpectrum } from '../../spectrum/index.js';
import { combine, entry, keysOf, magnitudes } from './arrays.js';

/** The planes of interleaved channels, `[..., channels]`. */
const planesOf = (values: ArrayLike<number>, channels: number): Float64Array[] => {
  const all = Float64Array.from(values);
  return Array.from({ length: channels }, (_, c) => all.filter((_, i) => i % channels === c));
};

/** Power of each ring of radial frequency (0, 1, ... cycles per side), all its frequencies and channels together. */
function ringPower(values: ArrayLike<number>, shape: number[], channels = 1): Float64Array {
  const planes = planesOf(values, channels).map((data) => radialSpectrum({ data, shape }));
  const { count } = entry(planes, 0);
  return Float64Array.from(count.data, (n, i) => n * planes.reduce((sum, { power }) => sum + entry(power.data, i), 0));
}

/**
 * `|H - F| / |F|` over each band of radial frequency (`[low, high)`, cycles per side) at every record, `[r, bands]`.
 * @param frames `[r, ...shape]`, outputs
 * @param target `[...shape]`, its last axis the channels where there are several
 */
export function bandErrors(
  frames: NdArray,
  target: NdArray,
  bands: readonly (readonly [number, number])[],
  channels = 1,
): NdArray {
  const shape = channels > 1 ? target.shape.slice(0, -1) : target.shape;
  const goal = ringPower(target.data, shape, channels);
  const total = (rings: Float64Array, [low, high]: readonly [number, number]): number =>
    rings.subarray(low, high).reduce((a, b) => a + b, 0);
  const [records = 0] = frames.shape;
  const error = Array.from({ length: records }, (_, r) => {
    const off = combine(slice(frames, r).data, target.data, (v, wanted) => v - wanted);
    const rings = ringPower(off, shape, channels);
    return bands.map((band) => Math.sqrt(total(rings, band) / total(goal, band)));
  });
  return { data: Float64Array.from(error.flat()), shape: [records, bands.length] };
}

/**
 * {@link bandErrors} by octave (1, 2 to 3, 4 to 7, ... cycles per side).
 * @returns the octaves' names and `error [r, octaves]`
 */
export function octaveErrors(frames: NdArray, target: NdArray, channels = 1): { names: string[]; error: NdArray } {
  const shortest = Math.min(...(channels > 1 ? target.shape.slice(0, -1) : target.shape));
  const rings = Math.floor(shortest / 2) + 1;
  const bands: [number, number][] = [];
  for (let low = 1; low < rings; low *= 2) bands.push([low, Math.min(2 * low, rings)]);
  return {
    names: bands.map(([low, high]) => (high - low === 1 ? String(low) : `${low} to ${high - 1}`)),
    error: bandErrors(frames, target, bands, channels),
  };
}

/** Amplitudes of a target by frequency, and what figures and controls call them. */
export const amplitudeNames = {
  own: 'its own amplitudes, which fall with the frequency',
  equal: 'equal amplitudes',
  growing: 'amplitudes that grow with the frequency',
} as const;
export type Amplitudes = keyof typeof amplitudeNames;
export const amplitudeKinds = keysOf(amplitudeNames);

/**
 * The target with the phases it has and, but for `own`, amplitudes that are the same at every frequency or grow with it: what is
 * learnt first of it is not so for being larger. Mean and power are those of the target.
 * @param target `[...shape]`, its last axis the channels where there are several
 */
export function withAmplitudes(target: NdArray, amplitudes: Amplitudes, channels = 1): NdArray {
  if (amplitudes === 'own') return target;
  const exponent = amplitudes === 'equal' ? 0 : 1;
  const shape = channels > 1 ? target.shape.slice(0, -1) : target.shape;
  const planes = planesOf(target.data, channels).map((data) => {
    const { re, im } = fftn({ data, shape });
    const amplitude = magnitudes({ re, im });
    const wanted = amplitude.map((_, i) => (i === 0 ? 0 : radius(i, shape) ** exponent));
    const factor = Math.hypot(...amplitude.subarray(1)) / Math.hypot(...wanted);
    const scaled = (part: ArrayLike<number>) =>
      Float64Array.from(part, (v, i) =>
        i === 0 || amplitude[i] === 0 ? v : (v * factor * entry(wanted, i)) / entry(amplitude, i),
      );
    return ifftn({ re: scaled(re), im: scaled(im), shape }).re;
  });
  const data = Float32Array.from({ length: target.data.length }, (_, i) =>
    entry(entry(planes, i % channels), (i / channels) | 0),
  );
  return { data, shape: target.shape };
}

/** Length of the frequency (cycles per side) at a place of an unshifted spectrum. */
export function radius(place: number, shape: readonly number[]): number {
  let [rest, sum] = [place, 0];
  for (const n of shape.toReversed()) {
    const k = rest % n;
    sum += Math.min(k, n - k) ** 2;
    rest = (rest - k) / n;
  }
  return Math.sqrt(sum);
}

/**
 * Fourier features of coordinates in [-1, 1]: every wave of up to `top` cycles per side, its amplitude growing as its
 * frequency. To the network after them the highest frequency is the strongest input: the control of "low frequencies are first
 * for being low".
 */
export function reversedWaves(axes: number, top: number): { layer: LayerSpec; size: number } {
  const each = Array.from({ length: 2 * top + 1 }, (_, i) => i - top);
  let waves: number[][] = [[]];
  for (let axis = 0; axis < axes; axis++) waves = waves.flatMap((wave) => each.map((k) => [...wave, k]));
  // Of k and -k, which are one wave, that whose first number other than 0 is positive.
  const kept = waves.filter((k) => Math.hypot(...k) < top + 0.5 && (k.find((v) => v !== 0) ?? -1) > 0);
  return {
    layer: {
      type: 'fourierFeatures',
      frequencies: kept.map((k) => k.map((v) => v / 2)),
      amplitudes: kept.map((k) => Math.hypot(...k) / top),
    },
    size: 2 * kept.length,
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
  const out = Float64Array.from({ length: 4 * h * w }, (_, i) =>
    entry(data, back(Math.floor(i / (2 * w)), h) * w + back(i % (2 * w), w)),
  );
  return { data: out, shape: [2 * h, 2 * w] };
}
