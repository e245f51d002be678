/**
 * Spectra known in closed form or by quadrature: the circle and the sphere, analytic and empirical.
 */
import { describe, expect, it } from 'vitest';
import {
  analyticKernel,
  createModel,
  eigh,
  eigvalsh,
  empiricalNtk,
  matchModes,
  type NetworkSpec,
} from '../src/index.js';

const relu = { type: 'activation', fn: 'relu' } as const;
const layer = (units: number, bias = false) => ({ type: 'dense', units, bias, parameterization: 'ntk' }) as const;
const circle = (n: number) =>
  Array.from({ length: n }, (_, i) => [Math.cos((2 * Math.PI * i) / n), Math.sin((2 * Math.PI * i) / n)]);

describe('one hidden ReLU layer on the circle, only that layer trained', () => {
  // K = cos t (pi - |t|) / (2 pi), halved by the mean over 2 coordinates.
  const coefficient = (k: number) =>
    k % 2 === 1 ? (k === 1 ? 1 / 8 : 0) : (k * k + 1) / (Math.PI ** 2 * (k * k - 1) ** 2);
  const n = 64;
  const eigenvalue = (k: number) => {
    let sum = 0;
    for (let m = -100_000; m <= 100_000; m++) sum += coefficient(Math.abs(k + m * n));
    return (n * sum) / 2;
  };

  it('an empirical kernel of width 2^15 has these eigenvalues within 5 %, and nearly none at odd frequencies', async () => {
    const spec: NetworkSpec = { input: 2, layers: [layer(2 ** 15), relu, layer(1)] };
    const model = createModel(spec, { seed: 3, dtype: 'f64' });
    const { values, vectors } = await eigh(await empiricalNtk(model, circle(n), { outputs: 'trace', layers: [0] }));
    const { frequency } = await matchModes(vectors, 'circle');
    const top = Array.from({ length: 5 }, (_, r) => n - 1 - r);
    expect(top.map((k) => frequency.data[k]).sort()).toEqual([0, 1, 1, 2, 2]);
    for (const k of top) expect(Math.abs(values.data[k]! / eigenvalue(frequency.data[k]!) - 1)).toBeLessThan(0.05);
    const odd = [...values.data].filter((_, k) => [3, 5].includes(frequency.data[k]!));
    for (const value of odd) expect(value).toBeLessThan(0.01 * eigenvalue(1));
  });
});

describe('a ReLU network on the sphere', () => {
  // On sums, with weights of variance 2: S = T = u, each layer T <- T k0(S) + k1(S), S <- k1(S) (Bietti and Mairal 2019).
  const depth = 2;
  const recursion = (u: number) => {
    let [s, t] = [u, u];
    for (let l = 0; l < depth; l++) {
      const angle = Math.acos(Math.min(1, Math.max(-1, s)));
      const k0 = (Math.PI - angle) / Math.PI;
      const k1 = (s * (Math.PI - angle) + Math.sqrt(Math.max(0, 1 - s * s))) / Math.PI;
      [s, t] = [k1, t * k0 + k1];
    }
    return t;
  };
  const sigmaW = Math.SQRT2;
  const hidden = { ...layer(4), sigmaW };
  // The inputs enter as they are (sigmaW = 1), and their mean over 3 coordinates is a third of the sum.
  const spec = { input: 3, layers: [layer(4), relu, hidden, relu, hidden] };

  const legendre = (k: number, u: number) => {
    let [before, now] = [1, u];
    if (k === 0) return 1;
    for (let j = 2; j <= k; j++) [before, now] = [now, ((2 * j - 1) * u * now - (j - 1) * before) / j];
    return now;
  };
  /** lambda_k = (1/2) int K(u) P_k(u) du by the midpoint rule in u = cos(angle). */
  const nodes = Array.from({ length: 4000 }, (_, i) => (Math.PI * (i + 0.5)) / 4000);
  const eigenvalue = (kernel: ArrayLike<number>, k: number) =>
    nodes.reduce((sum, a, i) => sum + kernel[i]! * legendre(k, Math.cos(a)) * Math.sin(a), 0) * (Math.PI / 8000);

  it('has the eigenvalues of the arc-cosine recursion by quadrature', async () => {
    const pole = [[0, 0, 1]];
    const around = nodes.map((a) => [Math.sin(a), 0, Math.cos(a)]);
    const ours = await analyticKernel(spec, pole, around, { kernel: 'ntk' });
    const theirs = nodes.map((a) => recursion(Math.cos(a)));
    for (let k = 0; k <= 8; k++) {
      expect(eigenvalue(ours.data, k) / (eigenvalue(theirs, k) / 3)).toBeCloseTo(1, 6);
    }
  });

  it('and its Gram matrix on uniform points has them with multiplicity 2 k + 1', async () => {
    const n = 800;
    const points = Array.from({ length: n }, (_, i) => {
      const z = 1 - (2 * i + 1) / n;
      const angle = i * Math.PI * (3 - Math.sqrt(5));
      const r = Math.sqrt(1 - z * z);
      return [r * Math.cos(angle), r * Math.sin(angle), z];
    });
    const { data } = await eigvalsh(await analyticKernel(spec, points, { kernel: 'ntk' }));
    const theirs = nodes.map((a) => recursion(Math.cos(a)) / 3);
    const want = [0, 1, 1, 1, 2, 2, 2, 2, 2].map((k) => eigenvalue(theirs, k)).sort((a, b) => b - a);
    // A Fibonacci sphere of 800 points integrates to about 1e-3.
    for (const [r, value] of want.entries()) expect(data[n - 1 - r]! / n / value).toBeCloseTo(1, 1);
  });
});
