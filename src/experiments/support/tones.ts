/** A target of several tones on one period, for networks that are to learn high ones. */
import { period } from './arrays.js';

/**
 * `sum_i sin(k_i x + i)` at so many samples of [-pi, pi) and, for what is measured, halfway between them: a network that is too
 * wide passes through the samples and oscillates between.
 */
export function tonesTarget(tones: readonly number[], points: number) {
  const at = (places: readonly number[]): number[] =>
    places.map((v) => tones.reduce((sum, k, i) => sum + Math.sin(k * v + i), 0));
  const x = period(-Math.PI, Math.PI, points);
  const between = x.map((v) => v + Math.PI / points);
  return { x, y: at(x), between, wanted: at(between) };
}
