/** How far a spectrum reaches. */
import { toList } from '../core/lists.js';
import { checkNumber } from '../core/options.js';

/**
 * Bandwidth: the frequency up to which a spectrum `[k]` of amplitudes (k = 0, 1, ...) holds `share` of its power, the
 * mean (k = 0) left out; between two frequencies by linear interpolation of the cumulated power. 0 where there is no power,
 * NaN where an amplitude is not finite.
 *
 * @example
 * bandwidth([5, 1, 1], 0.5); // => 1
 */
export function bandwidth(amplitude: ArrayLike<number>, share = 0.95): number {
  const list = toList(amplitude, 'amplitude');
  checkNumber(share, 'share', { above: 0, most: 1 });
  let total = 0;
  for (let k = 1; k < list.length; k++) total += (list[k] ?? 0) ** 2;
  if (!Number.isFinite(total)) return Number.NaN;
  let below = 0;
  for (let k = 1; k < list.length; k++) {
    const power = (list[k] ?? 0) ** 2;
    if (power > 0 && below + power >= share * total) return k - 1 + (share * total - below) / power;
    below += power;
  }
  return 0;
}
