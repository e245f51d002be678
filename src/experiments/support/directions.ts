/** Where the neurons of a two-layer network in one dimension point. */
import { entry } from './arrays.js';

/** Of each neuron `a relu(w x + b)`. */
export interface Neurons {
  /** Of (w, b), in degrees, -180 to 180. */
  angles: number[];
  /** `|a| |(w, b)|`. */
  amplitudes: number[];
}

/** @param inner `[m, 2]`, flat: (w, b) after (w, b); @param outer `[m]` */
export function directionsOf(inner: ArrayLike<number>, outer: ArrayLike<number>): Neurons {
  const neurons = Array.from(outer, (a, j) => ({ a, w: entry(inner, 2 * j), b: entry(inner, 2 * j + 1) }));
  return {
    angles: neurons.map(({ w, b }) => (Math.atan2(b, w) * 180) / Math.PI),
    amplitudes: neurons.map(({ a, w, b }) => Math.abs(a) * Math.hypot(w, b)),
  };
}

/** Equal parts of the circle. */
export const directionBins = 90;

/**
 * How many directions carry the amplitude: `exp(entropy)` of its shares in bins of four degrees. One direction gives 1 (2 where it
 * lies on an edge), equal amplitude everywhere 90.
 */
export function effectiveDirections({ angles, amplitudes }: Neurons): number {
  const sums = new Float64Array(directionBins);
  for (const [j, angle] of angles.entries()) {
    const bin = Math.min(Math.floor(((angle + 180) / 360) * directionBins), directionBins - 1);
    sums[bin] = entry(sums, bin) + entry(amplitudes, j);
  }
  const total = sums.reduce((sum, v) => sum + v, 0);
  const entropy = sums.reduce((sum, v) => (v > 0 ? sum - (v / total) * Math.log(v / total) : sum), 0);
  return Math.exp(entropy);
}
