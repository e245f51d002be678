/**
 * Decompositions and solutions, by putting the matrix back together: generic, degenerate, singular, 1 x 1, clustered.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cholesky,
  createModel,
  eigh,
  eigvalsh,
  empiricalNtk,
  mlp,
  type NdArray,
  solvePsd,
  svd,
  topEigen,
  topEigenNtk,
} from '../src/index.js';

const matrix = (n: number, m: number, at: (i: number, j: number) => number): NdArray => ({
  data: Float64Array.from({ length: n * m }, (_, p) => at(Math.floor(p / m), p % m)),
  shape: [n, m],
});
const product = (a: NdArray, b: NdArray): NdArray =>
  matrix(a.shape[0]!, b.shape[1]!, (i, j) => {
    let sum = 0;
    for (let k = 0; k < b.shape[0]!; k++) sum += a.data[i * b.shape[0]! + k]! * b.data[k * b.shape[1]! + j]!;
    return sum;
  });
const transpose = (a: NdArray) => matrix(a.shape[1]!, a.shape[0]!, (i, j) => a.data[j * a.shape[1]! + i]!);
const diagonal = (v: ArrayLike<number>) => matrix(v.length, v.length, (i, j) => (i === j ? v[i]! : 0));
const close = (a: NdArray, b: NdArray, tolerance: number) => {
  expect(a.shape).toEqual(b.shape);
  for (const [i, v] of a.data.entries()) expect(Math.abs(v - b.data[i]!)).toBeLessThanOrEqual(tolerance);
};

/** Orthogonal: a Householder reflection. */
const reflection = (n: number) => {
  const v = Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  const norm = v.reduce((s, x) => s + x * x, 0);
  return matrix(n, n, (i, j) => (i === j ? 1 : 0) - (2 * v[i]! * v[j]!) / norm);
};
const withSpectrum = (values: number[]) => {
  const q = reflection(values.length);
  return product(product(q, diagonal(values)), transpose(q));
};
const spectra: [string, number[]][] = [
  ['generic', [5, 3, 2, 1, 0.1]],
  ['degenerate', [4, 4, 4, 1, 1]],
  ['singular', [3, 2, 0, 0, 0]],
  ['1 x 1', [2]],
  ['clustered', [1, 1 - 1e-12, 1 - 2e-12, 1e-13, 0]],
];

describe.each(spectra)('%s matrices', (_, values) => {
  const a = withSpectrum(values);
  const n = values.length;

  it('eigh, eigvalsh', async () => {
    const e = await eigh(a);
    close(product(product(e.vectors, diagonal(e.values.data)), transpose(e.vectors)), a, 1e-13);
    close(product(transpose(e.vectors), e.vectors), diagonal(new Float64Array(n).fill(1)), 1e-13);
    close(await eigvalsh(a), e.values, 1e-13);
  });

  it('svd', async () => {
    const { u, values: s, v } = await svd(a);
    close(product(product(u, diagonal(s.data)), transpose(v)), a, 1e-13);
    for (const [k, value] of [...values].sort((p, q) => q - p).entries()) expect(s.data[k]).toBeCloseTo(value, 12);
  });

  it('topEigen, repeated values included', async () => {
    const k = Math.min(3, n);
    const top = await topEigen(a, k);
    expect(top.converged).toBe(true);
    for (const [i, value] of [...values]
      .sort((p, q) => q - p)
      .slice(0, k)
      .entries()) {
      expect(top.values.data[i]).toBeCloseTo(value, 9);
      expect(top.residuals.data[i]).toBeLessThan(1e-9 * values[0]!);
    }
  });

  it('solvePsd: the pseudo-inverse, its rank, the condition number', async () => {
    const y = Float64Array.from({ length: n }, (_, i) => Math.cos(3 * i));
    const { x, rank, conditionNumber } = await solvePsd(a, { data: y, shape: [n] });
    const kept = values.filter((v) => v > n * 2.3e-16 * values[0]!);
    expect(rank).toBe(kept.length);
    expect(x.shape).toEqual([n]);
    // K x is y without what lies in the null space.
    const q = reflection(n);
    const projector = product(product(q, diagonal(values.map((v) => (kept.includes(v) ? 1 : 0)))), transpose(q));
    const [fitted, wanted] = [
      { data: x.data, shape: [n, 1] },
      { data: y, shape: [n, 1] },
    ];
    close(product(a, fitted), product(projector, wanted), 1e-2 / (1 + 1e12 * Math.min(...kept)) + 1e-12);
    if (kept.length < n) expect(conditionNumber).toBe(Number.POSITIVE_INFINITY);
    else expect(conditionNumber / (values[0]! / values[n - 1]!)).toBeCloseTo(1, 10);
    const ridge = await solvePsd(a, y, { ridge: 1 });
    expect(ridge.conditionNumber).toBeCloseTo((values[0]! + 1) / (values[n - 1]! + 1), 10);
  });

  it('cholesky, with the ridge that makes it definite', async () => {
    const l = await cholesky(a, { ridge: 0.5 });
    const shifted = matrix(n, n, (i, j) => a.data[i * n + j]! + (i === j ? 0.5 : 0));
    close(product(l, transpose(l)), shifted, 1e-13);
    if (values[n - 1] === 0) await expect(cholesky(a)).rejects.toThrow(/positive definite/);
  });
});

describe('any matrix', () => {
  it('is put back together by its singular values', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(99),
        async (n, m, seed) => {
          const a = matrix(n, m, (i, j) => Math.sin(seed + 3 * i * j + i - j));
          const { u, values, v } = await svd(a);
          close(product(product(u, diagonal(values.data)), transpose(v)), a, 1e-13 * (1 + n * m));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of a kernel that is never formed: the same leading eigenvalues', async () => {
    const model = createModel(mlp({ input: 1, hidden: [9], output: 2, activation: 'tanh' }), { seed: 2, dtype: 'f64' });
    const x = [-1, -0.6, 0.1, 0.4, 0.9];
    const full = await empiricalNtk(model, x, undefined, { outputs: 'full' });
    const square = matrix(10, 10, (i, j) => full.data[((i >> 1) * 5 + (j >> 1)) * 4 + (i & 1) * 2 + (j & 1)]!);
    const { values } = await eigh(square);
    const top = await topEigenNtk(model, x, 3);
    for (let k = 0; k < 3; k++) expect(top.values.data[k]).toBeCloseTo(values.data[9 - k]!, 9);
  });

  it('names what is wrong', async () => {
    const a = withSpectrum([2, 1]);
    await expect(topEigen(a, 3)).rejects.toThrow(/k: expected 1 to 2/);
    await expect(topEigen(a, 0)).rejects.toThrow(/k: /);
    await expect(svd([[Number.NaN]])).rejects.toMatchObject({ code: 'NON_FINITE' });
    await expect(cholesky(a, { ridge: -1 })).rejects.toThrow(/ridge/);
    await expect(solvePsd(a, [1, 2, 3])).rejects.toMatchObject({ code: 'INVALID_SHAPE' });
    await expect(solvePsd(withSpectrum([1, -1]), [1, 2])).rejects.toThrow(/semidefinite/);
  });
});
