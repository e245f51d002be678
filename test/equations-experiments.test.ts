/** The experiments on equations at sizes that take seconds, and the solutions that they compare with. */
import { describe, expect, it } from 'vitest';
import { allenCahn } from '../src/experiments/beyond/allen-cahn.js';
import { burgers } from '../src/experiments/beyond/burgers.js';
import { burgersInverse } from '../src/experiments/beyond/burgers-inverse.js';
import { helmholtzFeatures } from '../src/experiments/beyond/helmholtz-features.js';
import { multiscalePoisson } from '../src/experiments/beyond/multiscale-poisson.js';
import { pinnLossWeights } from '../src/experiments/beyond/pinn-loss-weights.js';
import { waveLossWeights } from '../src/experiments/beyond/wave-loss-weights.js';
import { allenCahnSolution } from '../src/experiments/support/allen-cahn.js';
import { burgersSolution } from '../src/experiments/support/burgers.js';
import { runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe("the closed form of Burgers' equation", () => {
  it.each([0.2, 0.05, 0.01 / Math.PI])('solves it, nu = %f', async (nu) => {
    const u = await burgersSolution(nu);
    for (const x of [-0.9, -0.3, 0.02, 0.6]) expect(u(x, 0)).toBeCloseTo(-Math.sin(Math.PI * x), 12);
    // Away from the shock, which narrow differences do not resolve.
    const points = nu < 0.01 ? [-0.8, -0.4, 0.5] : [-0.8, -0.4, 0.05, 0.5];
    for (const x of points) {
      for (const t of [0.2, 0.5, 0.9]) {
        const h = 1e-3;
        const slope = (f: (s: number) => number) => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
        const second = (f: (s: number) => number) =>
          (16 * (f(h) + f(-h)) - (f(2 * h) + f(-2 * h)) - 30 * f(0)) / (12 * h * h);
        const [along, over] = [(s: number) => u(x + s, t), (s: number) => u(x, t + s)];
        expect(slope(over) + u(x, t) * slope(along) - nu * second(along)).toBeCloseTo(0, 6);
        expect(u(-x, t)).toBeCloseTo(-u(x, t), 10);
      }
    }
  });

  it('has the slope of the literature at the shock', async () => {
    // Basdevant et al. 1986: the largest slope at x = 0 is 152.00516 at pi t = 1.6037, for nu = 0.01 / pi.
    const u = await burgersSolution(0.01 / Math.PI);
    const [t, h] = [1.6037 / Math.PI, 1e-4];
    const slope = (8 * (u(h, t) - u(-h, t)) - (u(2 * h, t) - u(-2 * h, t))) / (12 * h);
    expect(Math.abs(slope)).toBeCloseTo(152.00516, 2);
  });
});

describe('the spectral solution of the Allen-Cahn equation', () => {
  const initial = (x: number) => x * x * Math.cos(Math.PI * x);

  it('grows a small wave as the linear equation does, and keeps what is at rest', () => {
    const [diffusivity, rate] = [0.02, 5];
    const times = [0, 0.25, 0.5];
    const wave = (x: number) => 1e-5 * Math.cos(2 * Math.PI * x);
    const rows = allenCahnSolution({ diffusivity, rate, initial: wave, times, points: 32, steps: 50 });
    for (const [row, values] of rows.entries()) {
      const growth = Math.exp((rate - diffusivity * (2 * Math.PI) ** 2) * (times[row] ?? 0));
      // The cube is 1e-10 of it, each of the 100 steps is off by (rate dt)^5 / 120, 8e-11 of it.
      for (const [i, value] of values.entries()) expect(value * 1e5).toBeCloseTo(growth * wave(-1 + i / 16) * 1e5, 6);
    }
    for (const rest of [0, 1, -1]) {
      const still = allenCahnSolution({ diffusivity, rate, initial: () => rest, times, points: 16 });
      for (const value of still.flatMap((row) => [...row])) expect(value).toBeCloseTo(rest, 12);
    }
  });

  it('solves the equation: its differences in time and space', () => {
    const [diffusivity, rate, points] = [1e-3, 5, 512];
    const h = 1 / 400;
    const times = Array.from({ length: 401 }, (_, i) => i * h);
    const rows = allenCahnSolution({ diffusivity, rate, initial, times, points, steps: 1 });
    const at = (row: number, i: number) => rows[row]?.[(i + points) % points] ?? Number.NaN;
    const dx = 2 / points;
    for (const row of [40, 200, 360]) {
      for (let i = 0; i < points; i += 7) {
        const slope = (8 * (at(row + 1, i) - at(row - 1, i)) - (at(row + 2, i) - at(row - 2, i))) / (12 * h);
        const bend = (j: number) => at(row, i + j) + at(row, i - j) - 2 * at(row, i);
        // Differences of sixth order, by 1, 2 and 3 cells.
        const second = (1.5 * bend(1) - 0.15 * bend(2) + bend(3) / 90) / dx ** 2;
        const u = at(row, i);
        expect(slope - diffusivity * second - rate * (u - u ** 3)).toBeCloseTo(0, 3);
      }
    }
  });

  it('comes to the same on a finer grid with shorter steps', () => {
    const problem = { diffusivity: 1e-3, rate: 5, initial, times: [0, 0.5, 1] };
    const [coarse = []] = allenCahnSolution({ ...problem, points: 512, steps: 200 }).slice(-1);
    const [fine = []] = allenCahnSolution({ ...problem, points: 1024, steps: 400 }).slice(-1);
    for (let i = 0; i < 512; i++) expect(coarse[i]).toBeCloseTo(fine[2 * i] ?? Number.NaN, 6);
  });
});

describe('experiments on equations, small', () => {
  it('pinn-loss-weights', async () => {
    const parameters = { hidden: [16], points: 20, steps: 30, records: 10, networks: 2, every: 10 };
    const result = await runExperiment(pinnLossWeights, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(['kernel-weights', 'kernels-part']);
  });

  it('burgers-inverse', async () => {
    const parameters = { hidden: [8], points: 40, steps: 20, finish: 10, records: 10, networks: 2 };
    await expectWellFormed(await runExperiment(burgersInverse, { preset: 'quick', seed: 7, parameters }));
  });

  const few = { steps: 12, records: 10, networks: 2 };
  it.each([
    [burgers, { ...few, hidden: [8], side: 6, edge: 8, finish: 5 }, ['solved']],
    [waveLossWeights, { ...few, hidden: [8, 8], side: 6, edge: 8, every: 5 }, ['kernel-weights']],
    [multiscalePoisson, { ...few, hidden: [8], points: 20, features: 4 }, ['both-scales']],
    [helmholtzFeatures, { ...few, hidden: [8], side: 6, features: 4 }, ['features']],
    [allenCahn, { ...few, hidden: [8], across: 8, times: 8, slices: 4 }, ['causal']],
  ])('$id', async (experiment, parameters, claims) => {
    const result = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(claims);
  });
});
