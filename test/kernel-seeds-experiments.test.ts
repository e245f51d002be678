/** Experiments on statements of the seed documents that no other one shows, at sizes of a second. */
import { describe, expect, it } from 'vitest';
import { noiseByFrequency } from '../src/experiments/frequency-principle/noise-by-frequency.js';
import { hypercubeEigenvalues } from '../src/experiments/tangent-kernel/hypercube-eigenvalues.js';
import { integralOperator } from '../src/experiments/tangent-kernel/integral-operator.js';
import { sparseFeatures } from '../src/experiments/tangent-kernel/sparse-features.js';
import { zeroEigenvalues } from '../src/experiments/tangent-kernel/zero-eigenvalues.js';
import { type Experiment, FprincipleError, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';
import { expectWellFormed } from './support/outcome.js';

/** Small parameters, and the claims that hold with them: those that follow from theory, not from training long enough. */
const tiny: [Experiment, object, string[]][] = [
  [zeroEigenvalues, { points: 16, width: 16, steps: 20, records: 10, networks: 2 }, ['eigenvalue-zero', 'never-moves']],
  [
    hypercubeEigenvalues,
    { bits: 5, degrees: 2, depths: [1, 8], width: 16, steps: 20, records: 10, networks: 2 },
    ['by-degree', 'falls', 'deep-erf'],
  ],
  [noiseByFrequency, { samples: 60, tested: 20, hidden: [8], steps: 20, networks: 1 }, []],
  [
    integralOperator,
    { points: 64, band: [2, 8], width: 512, coarse: 32, networks: 2 },
    ['eigenvalues-fall', 'finite-rank'],
  ],
  [
    sparseFeatures,
    {
      ...{ dimensions: [1, 4], counts: [16, 64, 256], differences: 50, draws: 3, networks: 2 },
      ...{ side: 6, waves: 4, deviation: 1, sparse: [2, 4], enough: 4, hidden: [8], steps: 20 },
    },
    ['dense-in-one-dimension'],
  ],
];

describe('experiments of the seed documents', () => {
  for (const [experiment, parameters, holding] of tiny) {
    it(`${experiment.id} runs from target to figures with small parameters`, async () => {
      const result = await runExperiment(experiment, { preset: 'quick', seed: 5, parameters, data: madeUpData });
      await expectWellFormed(result);
      for (const claim of result.claims) expect(claim.measured, claim.id).not.toEqual([]);
      const held = result.claims.filter(({ pass }) => pass).map(({ id }) => id);
      expect(held).toEqual(expect.arrayContaining(holding));
    });

    it(`${experiment.id} refuses a bad parameter by name`, async () => {
      const key = Object.keys(parameters)[0] ?? '';
      const wrong = runExperiment(experiment, { parameters: { [key]: 'many' }, data: madeUpData });
      await expect(wrong).rejects.toThrow(FprincipleError);
      await expect(wrong).rejects.toThrow(new RegExp(key));
    });
  }
});
