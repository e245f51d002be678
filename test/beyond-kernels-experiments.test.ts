/** The experiments on kernels beyond the seeds at sizes that take seconds, and what they compute themselves. */
import { describe, expect, it } from 'vitest';
import { denoiserModes, dot, gainWeights } from '../src/experiments/beyond/denoiser-modes.js';
import { learningCurves } from '../src/experiments/beyond/learning-curves.js';
import { linearFrequencyPrinciple } from '../src/experiments/beyond/linear-frequency-principle.js';
import { sampleDensity } from '../src/experiments/beyond/sample-density.js';
import { fpInterpolant } from '../src/experiments/support/fp-norm.js';
import { cubicSpline, runExperiment, solvePsd } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe('the interpolant of least FP-norm', () => {
  const x = [-0.5, -0.37, -0.28, -0.08, 0.05, 0.2, 0.33, 0.5];
  const y = [0.1, 0.8, 0.75, -0.6, -0.2, 0.7, -0.7, 0.2];
  const at = Array.from({ length: 101 }, (_, i) => -0.5 + i / 100);
  const series = { x, y, at, period: 40, frequencies: 4000 };
  const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.max(...Array.from(a, (v, i) => Math.abs(v - (b[i] ?? Number.NaN))));

  it('is the natural cubic spline for 1 / k^4 alone', async () => {
    const h = await fpInterpolant({ ...series, quartic: 1, square: 0 });
    expect(apart(h, cubicSpline(x, y, at).data)).toBeLessThan(0.02);
  });

  it('is piecewise linear for 1 / k^2 alone', async () => {
    const h = await fpInterpolant({ ...series, quartic: 0, square: 1, period: 10, frequencies: 5000 });
    for (const [i, v] of at.entries()) {
      const l = Math.min(
        x.findLastIndex((left) => left <= v + 1e-12),
        x.length - 2,
      );
      const [a, b] = [x[l] ?? 0, x[l + 1] ?? 0];
      const expected = (y[l] ?? 0) + (((y[l + 1] ?? 0) - (y[l] ?? 0)) * (v - a)) / (b - a);
      expect(Math.abs((h[i] ?? Number.NaN) - expected)).toBeLessThan(0.02);
    }
  });

  it('is the sum of cubes and magnitudes of distances that solves the problem on the whole line', async () => {
    // gamma(k) is the transform of quartic |r|^3 / 12 - square |r| / 2, up to a line, which costs nothing.
    const [quartic, square] = [2, 0.01];
    const green = (r: number) => (quartic * Math.abs(r) ** 3) / 12 - (square * Math.abs(r)) / 2;
    const n = x.length;
    // [G P; P^T 0] [a; c] = [y; 0], solved as a least-squares problem: M^T M z = M^T (y, 0).
    const M = [...x.map((v) => [...x.map((w) => green(v - w)), 1, v]), [...x.map(() => 1), 0, 0], [...x, 0, 0]];
    const goal = [...y, 0, 0];
    const gram = M.map((_, i) => M.map((__, j) => M.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)));
    const right = M.map((_, i) => M.reduce((sum, row, r) => sum + (row[i] ?? 0) * (goal[r] ?? 0), 0));
    const z = (await solvePsd(gram, right)).x.data;
    const expected = at.map((v) =>
      x.reduce((sum, w, i) => sum + (z[i] ?? 0) * green(v - w), (z[n] ?? 0) + (z[n + 1] ?? 0) * v),
    );
    expect(apart(await fpInterpolant({ ...series, quartic, square }), expected)).toBeLessThan(0.02);
  });
});

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
    [
      sampleDensity,
      { sparsest: 8, frequencies: [2, 3], smooth: [1, 2], width: 16, steps: 30, records: 10, networks: 2 },
      ['frequency', 'density', 'predicted'],
    ],
    [
      learningCurves,
      {
        bits: 4,
        degrees: [1, 2],
        samples: [4, 8],
        trained: [4],
        draws: 2,
        moving: 1,
        width: 64,
        steps: 20,
        networks: 2,
      },
      ['regression', 'networks', 'same-samples', 'conserved'],
    ],
    [
      linearFrequencyPrinciple,
      { width: 32, narrow: 8, steps: 5, grid: 50, networks: 2 },
      ['chosen', 'smooth', 'broken'],
    ],
  ])('$id', async (experiment, parameters, claims) => {
    const result = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(claims);
  });
});
