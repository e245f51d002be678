import { describe, expect, it } from 'vitest';
import {
  alongLines,
  createModel,
  criticalSamples,
  cubicSpline,
  decisions,
  gaussianNoise,
  jacobiFactor,
  lossGradient,
  mutualInformation,
  performanceCorrelation,
  poissonRelax,
  poissonSolve,
  sineModes,
} from '../src/index.js';

/** `sin(k pi i / n)` on the inner points. */
const mode = (k: number, n: number): Float64Array =>
  Float64Array.from({ length: n - 1 }, (_, i) => Math.sin((k * Math.PI * (i + 1)) / n));

describe('Poisson on a grid', () => {
  it('solves -u" = 2 exactly: u = x (L - x)', () => {
    const u = poissonSolve([2, 2, 2, 2], { length: 2.5 }).data;
    [0.5, 1, 1.5, 2].forEach((x, i) => {
      expect(u[i]).toBeCloseTo(x * (2.5 - x), 13);
    });
  });

  it('shrinks every mode of the error by its factor, in one dimension and in two', async () => {
    for (const weight of [1, 2 / 3]) {
      const n = 24;
      const found = await poissonRelax(new Float64Array(n - 1), {
        method: { type: 'jacobi', weight },
        sweeps: 9,
        initial: mode(1, n).map((v, i) => v + mode(7, n)[i]! + mode(23, n)[i]!),
        record: [0, 9],
      });
      const [before, after] = [0, 1].map((r) => sineModes(found.states).data.subarray(r * (n - 1), (r + 1) * (n - 1)));
      for (const k of [1, 7, 23]) {
        expect(before![k - 1]).toBeCloseTo(1, 12);
        expect(after![k - 1]).toBeCloseTo(jacobiFactor([k], n, weight) ** 9, 12);
      }
    }
    const [n, k, l] = [8, 3, 6];
    const wave = Float64Array.from({ length: 49 }, (_, i) => mode(k, n)[Math.floor(i / 7)]! * mode(l, n)[i % 7]!);
    const zero = { data: new Float64Array(49), shape: [7, 7] };
    const { solution } = await poissonRelax(zero, {
      method: 'jacobi',
      sweeps: 4,
      initial: { data: wave, shape: [7, 7] },
    });
    const coefficient = sineModes(solution, { axes: 2 }).data[(k - 1) * 7 + l - 1];
    expect(coefficient).toBeCloseTo(jacobiFactor([k, l], n) ** 4, 13);
  });

  it('needs a few cycles of multigrid on any grid, where Gauss-Seidel needs half of the sweeps of Jacobi', async () => {
    const source = gaussianNoise(63, { seed: 3 });
    const sweeps = async (method: 'jacobi' | 'gaussSeidel' | 'multigrid') => {
      const found = await poissonRelax(source, { method, sweeps: 100_000, tolerance: 1e-6 });
      expect(found.converged).toBe(true);
      return found.sweeps;
    };
    const [jacobi, seidel, multigrid] = [
      await sweeps('jacobi'),
      await sweeps('gaussSeidel'),
      await sweeps('multigrid'),
    ];
    expect(jacobi / seidel).toBeCloseTo(2, 1);
    expect(multigrid).toBeLessThanOrEqual(10);
  });

  it('refuses what it cannot do by name', async () => {
    expect(() => poissonSolve([[1, 2]])).toThrow(/source/);
    expect(() => poissonSolve([])).toThrow(/intervals/);
    const relax = (options: object) => poissonRelax([1, 1], { method: 'jacobi', sweeps: 1, ...options } as never);
    await expect(relax({ method: 'sor' })).rejects.toThrow(/method/);
    await expect(relax({ method: { type: 'jacobi', weight: 0 } })).rejects.toThrow(/weight/);
    await expect(relax({ method: { type: 'multigrid', smoothing: 0 } })).rejects.toThrow(/smoothing/);
    await expect(relax({ sweeps: -1 })).rejects.toThrow(/sweeps/);
    await expect(relax({ initial: [1, 2, 3] })).rejects.toMatchObject({ code: 'INVALID_SHAPE' });
    await expect(relax({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('cubic splines', () => {
  it('not-a-knot reproduces a cubic, natural has the hand-made values', () => {
    const x = [-1, 0, 0.5, 2];
    const cubic = (t: number) => 1 - 2 * t + t ** 3;
    const at = [-1, -0.3, 0.2, 1.7, 2.5];
    const s = cubicSpline(x, x.map(cubic), at, { ends: 'notAKnot' }).data;
    at.forEach((t, i) => {
      expect(s[i]).toBeCloseTo(cubic(t), 12);
    });
    // s'' = -3 at the middle knot.
    expect(cubicSpline([0, 1, 2], [0, 1, 0], [0.5]).data[0]).toBeCloseTo(0.6875, 14);
    expect(() => cubicSpline([0, 0], [1, 2], [0])).toThrow(/ascending/);
  });
});

describe('classifiers', () => {
  const linear = () => {
    const model = createModel(
      { input: 2, layers: [{ type: 'dense', units: 2, bias: false }] },
      { seed: 1, dtype: 'f64' },
    );
    model.setParameters({
      'layers.0.weight': [
        [1, 1],
        [-1, -1],
      ],
    });
    return model;
  };

  it('gives the gradient of the cross-entropy by the input: W^T (p - y)', async () => {
    const { data } = await lossGradient(linear(), [[0.2, 0.1]], [0]);
    // Logits 0.3 and -0.3: p_1 = 1 / (1 + e^0.6), gradient -2 p_1 in both coordinates.
    for (const slope of data) expect(slope).toBeCloseTo(-2 / (1 + Math.exp(0.6)), 14);
    await expect(lossGradient(linear(), [[0, 0]], [2])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('finds the samples whose box reaches over the boundary', async () => {
    const search = { radius: 0.1, step: 0.03, noise: 0, iterations: 20, seed: 1 };
    const { ratio, found } = await criticalSamples(
      linear(),
      [
        [0.1, 0.05],
        [0.1, 0.25],
        [-0.15, 0],
        [5, 5],
      ],
      search,
    );
    expect(ratio).toBe(0.5);
    expect([...found.data]).toEqual([3, 0, 3, 0]);
    await expect(criticalSamples(linear(), [[0, 0]], { ...search, radius: -1 })).rejects.toThrow(/radius/);
  });

  it('measures information in bits', () => {
    const [a, b, xor] = [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
      [0, 1, 1, 0],
    ];
    expect(mutualInformation(a, a)).toBe(1);
    expect(mutualInformation(a, xor)).toBe(0);
    expect(mutualInformation(a, xor, { given: b })).toBe(1);
    // A classifier that is the other explains all that it knows.
    expect(performanceCorrelation(a, a, a)).toBe(1);
    expect(() => mutualInformation([0.5], [1])).toThrow(/whole number from 0/);
  });

  it('decides by the largest output and walks along lines', () => {
    expect(
      decisions([
        [
          [0, 1],
          [3, 2],
        ],
      ]),
    ).toEqual({ data: new Float64Array([1, 0]), shape: [1, 2] });
    const points = alongLines([[1, 2]], [[0, 1]], [-1, 2]);
    expect(points).toEqual({ data: new Float32Array([1, 1, 1, 4]), shape: [2, 2] });
  });
});
