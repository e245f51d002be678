/** The experiments on kernels beyond the seeds at sizes that take seconds, and what they compute themselves. */
import { describe, expect, it } from 'vitest';
import { denoiserModes, dot, gainWeights } from '../src/experiments/beyond/denoiser-modes.js';
import { runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

it('the gain of a mode is the regression of outputs on inputs along its waves', () => {
  const inputs = [Float64Array.of(1, 2, 3), Float64Array.of(-1, 0, 2), Float64Array.of(0.5, -2, 1)];
  const waves = [
    [1, 0, 0],
    [0, 0.6, 0.8],
  ];
  // Along the waves outputs are 0.7 of the inputs; what is across them does not count.
  const across = [0, 0.8, -0.6];
  const outputs = inputs.flatMap((x, i) =>
    Array.from(x, (_, j) => {
      const along = waves.reduce((sum, wave) => sum + 0.7 * dot(wave, x) * (wave[j] ?? 0), 0);
      return along + (i + 1) * (across[j] ?? 0);
    }),
  );
  expect(dot(gainWeights(waves, inputs), outputs)).toBeCloseTo(0.7, 12);
});

describe('experiments on kernels beyond the seeds, small', () => {
  it.each([
    [
      denoiserModes,
      { points: 8, frequencies: [1, 2, 3], signals: 32, hidden: [8], steps: 30, records: 10, networks: 2 },
      ['law', 'order-linear', 'order-network'],
    ],
  ])('$id', async (experiment, parameters, claims) => {
    const result = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(claims);
  });
});
