/** Experiments on encodings and on initialisation at sizes that take seconds, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { initialisationPhases } from '../src/experiments/beyond/initialisation-phases.js';
import { directionsOf, effectiveDirections } from '../src/experiments/support/directions.js';
import { runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe('directions of neurons', () => {
  it('are the angle of (w, b), with the amplitude |a| |(w, b)|', () => {
    const { angles, amplitudes } = directionsOf([1, 0, 0, 2, -3, -3], [1, -2, 0.5]);
    expect(angles).toEqual([0, 90, -135]);
    for (const [i, v] of [1, 4, 0.5 * Math.sqrt(18)].entries()) expect(amplitudes[i]).toBeCloseTo(v, 12);
  });

  it('count those that carry the amplitude', () => {
    const four = (amplitudes: number[]) => effectiveDirections({ angles: [-170, -50, 70, 179], amplitudes });
    expect(four([1, 1, 1, 1])).toBeCloseTo(4, 12);
    expect(four([0, 0, 3, 0])).toBeCloseTo(1, 12);
    // Shares 3/4 and 1/4: exp(ln 4 - 3/4 ln 3).
    expect(four([3, 0, 0, 1])).toBeCloseTo(4 / 3 ** 0.75, 12);
    // Neighbours within four degrees are one, and 180 belongs to the last bin.
    expect(effectiveDirections({ angles: [177, 179, 180], amplitudes: [1, 2, 3] })).toBeCloseTo(1, 12);
  });
});

describe('experiments, small', () => {
  it('initialisation-phases', async () => {
    const parameters = { points: 4, gammas: [0.5, 1, 1.5], widths: [8, 32], steps: 20, networks: 2 };
    const result = await runExperiment(initialisationPhases, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual([
      'lazy',
      'condensed',
      'boundary',
      'powers',
      'directions',
      'kernel-after',
    ]);
  });
});
