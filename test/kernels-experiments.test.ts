import { describe, expect, it } from 'vitest';
import { convergenceByEigenvector } from '../src/experiments/tangent-kernel/convergence-by-eigenvector.js';
import { eigenvalueDecay } from '../src/experiments/tangent-kernel/eigenvalue-decay.js';
import { nadarayaWatsonExperiment } from '../src/experiments/tangent-kernel/nadaraya-watson.js';
import { runExperiment } from '../src/index.js';

describe('experiments on kernels', () => {
  for (const experiment of [convergenceByEigenvector, eigenvalueDecay, nadarayaWatsonExperiment]) {
    it(`${experiment.id}: every claim holds in the quick preset`, { timeout: 120_000 }, async () => {
      const { claims } = await runExperiment(experiment, { preset: 'quick', seed: 3 });
      expect(claims.length).toBeGreaterThan(0);
      for (const claim of claims) expect(claim, claim.id).toMatchObject({ pass: true });
    });
  }
});
