/** Cosine and sine transforms: against their defining sums, SciPy's numbers, and each other, for any length, norm and axis. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dct, dst, idct, idst, type NdArray, type Norm, type TrigonometricOptions } from '../src/index.js';

const { cos, sin, PI } = Math;
type Type = 1 | 2 | 3 | 4;
type Sum = (n: number, k: number, N: number) => number;

/** What x[n] is multiplied by in y[k], unscaled, as SciPy defines the eight. */
const kernels: Record<string, Record<Type, Sum>> = {
  dct: {
    1: (n, k, N) => (n === 0 || n === N - 1 ? 1 : 2) * cos((PI * n * k) / (N - 1)),
    2: (n, k, N) => 2 * cos((PI * k * (2 * n + 1)) / (2 * N)),
    3: (n, k, N) => (n === 0 ? 1 : 2) * cos((PI * n * (2 * k + 1)) / (2 * N)),
    4: (n, k, N) => 2 * cos((PI * (2 * n + 1) * (2 * k + 1)) / (4 * N)),
  },
  dst: {
    1: (n, k, N) => 2 * sin((PI * (n + 1) * (k + 1)) / (N + 1)),
    2: (n, k, N) => 2 * sin((PI * (2 * n + 1) * (k + 1)) / (2 * N)),
    3: (n, k, N) => (n === N - 1 ? 1 : 2) * sin((PI * (n + 1) * (2 * k + 1)) / (2 * N)),
    4: (n, k, N) => 2 * sin((PI * (2 * n + 1) * (2 * k + 1)) / (4 * N)),
  },
};

const signal = (n: number, seed = 0.37): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => sin(i * i * seed + 1));

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe.each([
  ['dct', dct, idct],
  ['dst', dst, idst],
] as const)('%s', (name, forward, inverse) => {
  test.each([1, 2, 3, 4] as const)('type %i is its defining sum, in f64 and f32', (type) => {
    for (const N of [2, 3, 5, 8, 30, 97, 128]) {
      const x = signal(N);
      const sum = (k: number) => x.reduce((total, v, n) => total + v * kernels[name]![type](n, k, N), 0);
      const expected = Array.from(x.keys(), sum);
      near(forward(x, { type }).data, expected, 1e-13 * N);
      const narrow = forward(Float32Array.from(x), { type }).data;
      expect(narrow).toBeInstanceOf(Float32Array);
      near(narrow, expected, 2e-6 * N);
      // The divisor of `forward` is what the inverse of `backward` divides by.
      const points = 2 * (type === 1 ? (name === 'dct' ? N - 1 : N + 1) : N);
      near(
        forward(x, { type, norm: 'forward' }).data,
        expected.map((y) => y / points),
        1e-13,
      );
    }
  });

  test('the inverse undoes it, and `ortho` keeps the energy, for any length', () => {
    const any = fc.record({
      N: fc.integer({ min: 2, max: 2000 }),
      type: fc.constantFrom<Type>(1, 2, 3, 4),
      norm: fc.constantFrom<Norm>('backward', 'ortho', 'forward'),
      seed: fc.double({ min: 0.1, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(any, ({ N, type, norm, seed }) => {
        const x = signal(N, seed);
        near(inverse(forward(x, { type, norm }), { type, norm }).data, x, 1e-12);
        near(forward(inverse(x, { type, norm }), { type, norm }).data, x, 1e-12);
        const energy = (v: ArrayLike<number>) => Array.from(v).reduce((sum, a) => sum + a * a, 0);
        const ratio = energy(forward(x, { type, norm: 'ortho' }).data) / energy(x);
        expect(Math.abs(ratio - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('over any axis, a batch, and to another length', () => {
    const data = signal(4 * 5 * 6);
    const x: NdArray = { data, shape: [4, 5, 6] };
    const lines = (axis: number, options: TrigonometricOptions) => {
      const step = [30, 6, 1][axis]!;
      const out = forward(x, { axis, ...options });
      const [N, M] = [x.shape[axis]!, out.shape[axis]!];
      // The line through [1, 2, 3], every one a batch of one.
      const start = [1, 2, 3].reduce((sum, i, a) => sum + (a === axis ? 0 : i * [30, 6, 1][a]!), 0);
      const line = Array.from({ length: N }, (_, i) => data[start + i * step]!);
      const [d0, d1, d2] = out.shape as [number, number, number];
      const index = [1, 2, 3];
      const got = Array.from({ length: M }, (_, i) => {
        const at = index.map((v, a) => (a === axis ? i : v));
        return out.data[(at[0]! * d1 + at[1]!) * d2 + at[2]!]!;
      });
      expect(out.data.length).toBe(d0 * d1 * d2);
      near(got, forward(line, options).data, 1e-13);
    };
    for (const axis of [0, 1, 2]) {
      lines(axis, {});
      lines(axis, { type: 3, n: 7, norm: 'ortho' });
      lines(axis, { type: 1, n: 2 });
    }
    near(forward(x, { axis: -2 }).data, forward(x, { axis: 1 }).data, 0);
    near(inverse(forward(x, { axis: 1 }), { axis: 1 }).data, data, 1e-13);
  });
});

test("SciPy's numbers", () => {
  // scipy.fft.dct([1, 2, 3, 4]), idct of it with norm='ortho', and dst([1, 2, 3, 4], type) for types 1 to 4.
  near(dct([1, 2, 3, 4]).data, [20, -6.308644059797899, 0, -0.4483415291679655], 1e-13);
  near(
    idct([1, 2, 3, 4], { norm: 'ortho' }).data,
    [4.38895516516877, -3.071929829606556, 1.0719298296065558, -0.38895516516877054],
    1e-13,
  );
  near(
    dst([1, 2, 3, 4], { type: 1 }).data,
    [15.388417685876266, -6.881909602355868, 3.6327126400268037, -1.624598481164532],
    1e-13,
  );
  near(dst([1, 2, 3, 4], { type: 2 }).data, [13.065629648763766, -5.65685424949238, 5.41196100146197, -4.0], 1e-13);
  near(
    dst([1, 2, 3, 4], { type: 3 }).data,
    [13.137071184544089, -1.6199144044217753, 0.723231346085845, -0.5197830649482906],
    1e-13,
  );
  near(
    dst([1, 2, 3, 4], { type: 4 }).data,
    [15.447561493151783, -0.4469333786714663, 1.0031506944070392, 0.4083909335848668],
    1e-13,
  );
  near(
    dst([1, 2, 3, 4], { type: 3, norm: 'ortho' }).data,
    [5.2304424973876635, -1.1585126677811075, 0.8414873322188929, -0.7695575026123375],
    1e-13,
  );
});
