/** The experiments on kernels at sizes that take a second: what they measure is what the theory says. */
import { describe, expect, it } from 'vitest';
import { decayRateByFrequency } from '../src/experiments/low-rank/decay-rate-by-frequency.js';
import { featureDistribution } from '../src/experiments/tangent-kernel/feature-distribution.js';
import { fourierFeatureBandwidth } from '../src/experiments/tangent-kernel/fourier-feature-bandwidth.js';
import { infiniteWidthLimit } from '../src/experiments/tangent-kernel/infinite-width-limit.js';
import { ntkSpectrum } from '../src/experiments/tangent-kernel/ntk-spectrum.js';
import { shiftInvariance } from '../src/experiments/tangent-kernel/shift-invariance.js';
import { trainingIsKernelRegression } from '../src/experiments/tangent-kernel/training-is-kernel-regression.js';
import { type Experiment, runExperiment, varianceShares } from '../src/index.js';

/** Runs at small size and returns its metrics and which claims hold. */
async function small(experiment: Experiment, parameters: Record<string, unknown>) {
  const { metrics, claims } = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters });
  return { metrics, holds: claims.filter((claim) => claim.pass).map((claim) => claim.id) };
}

describe('experiments on kernels, small', () => {
  it('ntk-spectrum: symmetric, semidefinite, near the analytic kernel', async () => {
    const { metrics, holds } = await small(ntkSpectrum, { points: 32, width: 256, records: [5], band: [2, 6] });
    expect(holds).toEqual(expect.arrayContaining(['symmetric', 'semidefinite', 'falls']));
    expect(metrics.distanceToLimit).toBeLessThan(0.3);
    expect(metrics.drift).toBeLessThan(0.2);
  });

  it('infinite-width-limit: both distances fall with the width', async () => {
    const { metrics } = await small(infiniteWidthLimit, {
      samples: 8,
      widths: [16, 128, 1024],
      networks: 8,
      steps: 10,
    });
    expect(metrics.distanceExponent).toBeGreaterThan(0.3);
    expect(metrics.distanceExponent).toBeLessThan(0.7);
    expect(metrics.driftExponent).toBeGreaterThan(0.5);
    expect(metrics.driftExponent).toBeLessThan(1.5);
  });

  it('training-is-kernel-regression: a wide network follows its own kernel', async () => {
    const parameters = { widths: [16, 128, 1024], networks: 1, steps: 50, records: 10 };
    expect((await small(trainingIsKernelRegression, parameters)).holds).toContain('own-kernel');
  });

  it('shift-invariance: exact for features and the analytic kernel, circulant on a grid', async () => {
    const { holds } = await small(shiftInvariance, { points: 16, pairs: 20, widths: [16, 32, 64], networks: 2 });
    expect(holds).toEqual(expect.arrayContaining(['features', 'analytic', 'circulant', 'fft']));
  });

  it('fourier-feature-bandwidth: bandwidth follows frequencies and amplitudes', async () => {
    const { holds } = await small(fourierFeatureBandwidth, { width: 64, steps: 30, records: 10, networks: 1 });
    expect(holds).toEqual(expect.arrayContaining(['bandwidth-a', 'bandwidth-b']));
  });

  it('feature-distribution: a table for every standard deviation and family', async () => {
    const parameters = { features: 16, hidden: [16], steps: 20, networks: 2 };
    const { metrics } = await small(featureDistribution, parameters);
    expect(metrics.varianceByStd! + metrics.varianceByFamily!).toBeLessThanOrEqual(1);
    expect(metrics.leastError).toBeGreaterThan(0);
  });

  it('decay-rate-by-frequency: the rates of the kernel are those of the training', async () => {
    const { holds } = await small(decayRateByFrequency, {
      points: 32,
      width: 8192,
      networks: 1,
      steps: 60,
      frequencies: [1, 2, 3],
    });
    expect(holds).toEqual(expect.arrayContaining(['run-falls', 'kernel-falls', 'agree']));
  });

  it('varianceShares: an effect of one index only, and of both', () => {
    const of = (value: (i: number, j: number) => number) =>
      [0, 1, 2].map((i) => [0, 1].map((j) => [value(i, j), value(i, j)]));
    expect(varianceShares(of((i) => i))).toEqual([1, 0]);
    // Variances of i (2/3) and of j (1/4) add where there is no interaction.
    const [first, second] = varianceShares(of((i, j) => i + j));
    expect(first).toBeCloseTo(2 / 3 / (2 / 3 + 1 / 4), 12);
    expect(second).toBeCloseTo(1 / 4 / (2 / 3 + 1 / 4), 12);
  });
});
