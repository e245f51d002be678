/** The experiments on equations at sizes that take seconds, and the solutions that they compare with. */
import { describe, expect, it } from 'vitest';
import { burgersInverse } from '../src/experiments/beyond/burgers-inverse.js';
import { pinnLossWeights } from '../src/experiments/beyond/pinn-loss-weights.js';
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
});
