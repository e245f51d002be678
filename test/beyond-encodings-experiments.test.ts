/** Experiments on encodings and on initialisation at sizes that take seconds, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { coordinateEncodings } from '../src/experiments/beyond/coordinate-encodings.js';
import { initialisationPhases } from '../src/experiments/beyond/initialisation-phases.js';
import { kanSpectralBias } from '../src/experiments/beyond/kan-spectral-bias.js';
import { directionsOf, effectiveDirections } from '../src/experiments/support/directions.js';
import {
  type Encoding,
  encodingNetwork,
  encodings,
  gridHats,
  trainedNumbers,
} from '../src/experiments/support/encodings.js';
import { splineFormulas, splineLayer, splineRate } from '../src/experiments/support/splines.js';
import { createModel, rows, runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

describe('directions of neurons', () => {
  it('are the angle of (w, b), with the amplitude |a| |(w, b)|', () => {
    const { angles, amplitudes } = directionsOf([1, 0, 0, 2, -3, -3], [1, -2, 0.5]);
    expect(angles).toEqual([0, 90, -135]);
    for (const [i, v] of [1, 4, 0.5 * Math.sqrt(18)].entries()) expect(amplitudes[i]).toBeCloseTo(v, 12);
  });

  it('count those that carry the amplitude', () => {
    const four = (amplitudes: number[]) => effectiveDirections({ angles: [-170, -50, 70, 179], amplitudes });
    expect(four([1, 1, 1, 1])).toBeCloseTo(4, 12);
    expect(four([0, 0, 3, 0])).toBeCloseTo(1, 12);
    // Shares 3/4 and 1/4: exp(ln 4 - 3/4 ln 3).
    expect(four([3, 0, 0, 1])).toBeCloseTo(4 / 3 ** 0.75, 12);
    // Neighbours within four degrees are one, and 180 belongs to the last bin.
    expect(effectiveDirections({ angles: [177, 179, 180], amplitudes: [1, 2, 3] })).toBeCloseTo(1, 12);
  });
});

describe('spline layers', () => {
  /** The recursion of Cox and de Boor: the B-spline of degree d that begins at knot j of the knots 0, 1, 2, ... */
  const recursion = (t: number, j: number, d: number): number =>
    d === 0
      ? Number(t >= j && t < j + 1)
      : ((t - j) / d) * recursion(t, j, d - 1) + ((j + d + 1 - t) / d) * recursion(t, j + 1, d - 1);
  const x = Array.from({ length: 40 }, (_, i) => -1 + i / 20 + 0.011);

  it('are the B-splines of the recursion, of sum 1 on the grid', async () => {
    const f = splineFormulas('x', 5);
    const model = createModel(
      { input: 1, layers: [{ type: 'transform', variables: ['x'], f }] },
      { seed: 0, dtype: 'f64' },
    );
    for (const [i, values] of rows(await model.predict(x.map((v) => [v]))).entries()) {
      const t = (5 / 2) * ((x[i] ?? 0) + 1);
      for (const [j, value] of values.entries()) expect(value).toBeCloseTo(recursion(t, j - 3, 3), 12);
      if (t < 5) expect(values.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 12);
    }
  });

  it('make a learnt function on every edge', async () => {
    const layers = [
      ...splineLayer({ inputs: 1, units: 2, intervals: 4, std: 0.5, first: true }),
      ...splineLayer({ inputs: 2, units: 1, intervals: 3, std: 0.5 }),
    ];
    const model = createModel({ input: 1, layers }, { seed: 3, dtype: 'f64' });
    const weights = model.parameters();
    const edge = (v: number, w: ArrayLike<number>, from: number, intervals: number) => {
      const t = (intervals / 2) * (v + 1);
      let sum = (w[from] ?? 0) * (v / (1 + Math.exp(-v)));
      for (let j = 0; j < intervals + 3; j++) sum += (w[from + 1 + j] ?? 0) * recursion(t, j - 3, 3);
      return sum;
    };
    const [first, second] = [weights['layers.1.weight']?.data ?? [], weights['layers.3.weight']?.data ?? []];
    const { data } = await model.predict(x.map((v) => [v]));
    for (const [i, v] of x.entries()) {
      const hidden = [0, 1].map((q) => edge(v, first, 8 * q, 4));
      const out = hidden.reduce((sum, u, q) => sum + edge(u, second, 7 * q, 3), 0);
      expect(data[i]).toBeCloseTo(out, 10);
    }
  });

  it('give a wave the power of the transform of the spline', () => {
    // By quadrature: the transform of the cubic B-spline around 2 at k periods on G intervals.
    const [k, intervals, n] = [5, 16, 4000];
    const sum = Array.from({ length: n }, (_, i) => (4 * (i + 0.5)) / n).reduce(
      (total, t) => total + recursion(t, 0, 3) * Math.cos((2 * Math.PI * k * (t - 2)) / intervals) * (4 / n),
      0,
    );
    expect(splineRate(k, intervals)).toBeCloseTo(sum ** 2, 6);
    expect(splineRate(0, 8)).toBe(1);
  });
});

describe('encodings', () => {
  it.each(Object.keys(encodings) as Encoding[])(
    '%s: a network has the numbers that are counted, near the budget',
    (name) => {
      for (const scale of [1, 0.1]) {
        const spec = encodingNetwork(name, scale, 900);
        const arrays = Object.values(createModel(spec, { seed: 0 }).parameters());
        const numbers = arrays.reduce((sum, { data }) => sum + data.length, 0);
        expect(trainedNumbers(spec)).toBe(numbers);
        expect(numbers).toBeLessThanOrEqual(900);
        expect(numbers).toBeGreaterThan(700);
      }
    },
  );

  it('hats interpolate: of each grid they sum to 1, and their centres give the coordinate back', async () => {
    const model = createModel({ input: 1, layers: [gridHats(8)] }, { seed: 0, dtype: 'f64' });
    const x = [-1, -0.83, -0.2, 0.31, 0.99];
    for (const [i, values] of rows(await model.predict(x.map((v) => [v]))).entries()) {
      let from = 0;
      for (const count of [2, 4, 8]) {
        const own = values.slice(from, from + count + 1);
        expect(own.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 12);
        expect(own.reduce((sum, v, j) => sum + v * ((2 * j) / count - 1), 0)).toBeCloseTo(x[i] ?? 0, 12);
        from += count + 1;
      }
      expect(values.length).toBe(from);
    }
  });

  it('finer: its sine gets faster away from 0', async () => {
    const wave = encodingNetwork('finer', 0.5, 100).layers[1];
    if (wave === undefined) throw new Error('it has an activation');
    const model = createModel({ input: 1, layers: [wave] }, { seed: 0, dtype: 'f64' });
    const { data } = await model.predict([[0.3], [-0.7]]);
    expect(data[0]).toBeCloseTo(Math.sin(15 * 1.3 * 0.3), 12);
    expect(data[1]).toBeCloseTo(Math.sin(-15 * 1.7 * 0.7), 12);
  });
});

describe('experiments, small', () => {
  it('initialisation-phases', async () => {
    const parameters = { points: 4, gammas: [0.5, 1, 1.5], widths: [8, 32], steps: 20, networks: 2 };
    const result = await runExperiment(initialisationPhases, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual([
      'lazy',
      'condensed',
      'boundary',
      'powers',
      'directions',
      'kernel-after',
    ]);
  });

  it('kan-spectral-bias', async () => {
    const parameters = {
      points: 32,
      tones: [1, 2, 4],
      pair: [1, 2] as [number, number],
      ...{ fine: 8, middle: 6, coarse: 4, deep: 4, deepCoarse: 3, width: 2 },
      ...{ hidden: [6], steps: 20, records: 10, networks: 2 },
    };
    const result = await runExperiment(kanSpectralBias, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual(['one-layer', 'two-layers', 'bias-of-the-grid', 'halved']);
  });

  it('coordinate-encodings', async () => {
    const parameters = { points: 32, tones: [1, 2, 5], numbers: 100, steps: 10, records: 10, networks: 2 };
    const result = await runExperiment(coordinateEncodings, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.map(({ id }) => id)).toEqual([
      ...['hat', 'gaussian', 'siren', 'wire', 'fourier', 'grids'].map((name) => `carries-${name}`),
      ...['variable-period', 'gain', 'kernel-predicts'],
    ]);
  });
});
