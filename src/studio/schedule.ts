/** Which steps of a training the studio keeps: close together at first, since that is when the low frequencies are learnt. */

const PER_DECADE = 40;
const LINEAR = 200;

/**
 * Steps from 0 to `steps`, both among them: each a fortieth of a decade after the one before, and no further apart than a
 * two-hundredth of the whole.
 */
export function schedule(steps: number): number[] {
  const kept = [0];
  const most = Math.max(1, Math.ceil(steps / LINEAR));
  for (let last = 0; last < steps; last = kept.at(-1)!) {
    const gap = Math.min(most, Math.max(1, Math.round(last * (10 ** (1 / PER_DECADE) - 1))));
    kept.push(Math.min(steps, last + gap));
  }
  return kept;
}
