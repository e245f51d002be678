import { describe, expect, it } from 'vitest';
import type { SweepResult } from '../src/sweeps/folder/store.js';
import type { Results } from '../src/sweeps/plan/groups.js';
import type { PlannedRun } from '../src/sweeps/plan/plan.js';
import { compareSweeps } from '../src/sweeps/results/compare.js';
import { importance } from '../src/sweeps/results/importance.js';
import { parallelFigure } from '../src/sweeps/results/parallel.js';

/** A full grid over a and b, `seeds` runs each, with the loss that `f` gives; `null` diverged. */
function grid(f: (a: number, b: number, seed: number) => number | null, seeds = 1): Results {
  const runs: PlannedRun[] = [];
  const results = new Map<string, SweepResult>();
  for (const a of [0, 1, 2]) {
    for (const b of [0, 1, 2]) {
      for (let seed = 0; seed < seeds; seed++) {
        const id = `${a}-${b}-${seed}`;
        const loss = f(a, b, seed);
        runs.push({ id, settings: {}, seed, point: { a, b } });
        const status = loss === null ? 'diverged' : 'completed';
        results.set(id, { id, status, metrics: { loss }, parameters: { a, b } } as unknown as SweepResult);
      }
    }
  }
  return { runs, results };
}

const shares = (found: ReturnType<typeof importance>) =>
  Object.fromEntries(found?.parameters.map(({ path, share }) => [path, share]) ?? []);

describe('importance', () => {
  it('in closed form: ranks of 3 a + b are themselves', () => {
    // Of 0..8 the variance is 60 / 9; that of 3 a is 9 * 2 / 3, that of b is 2 / 3.
    const found = importance(
      grid((a, b) => 3 * a + b),
      'loss',
    );
    expect(shares(found).a).toBeCloseTo(0.9, 12);
    expect(shares(found).b).toBeCloseTo(0.1, 12);
    expect(found?.interactions).toBeCloseTo(0, 12);
    expect(found?.seeds).toBeCloseTo(0, 12);
    // Ranks know no scale.
    expect(
      shares(
        importance(
          grid((a, b) => 10 ** (3 * a + b)),
          'loss',
        ),
      ),
    ).toEqual(shares(found));
  });

  it('what only both together decide is an interaction; what the seed decides is the seed', () => {
    const both = importance(
      grid((a, b) => (a + b) % 3),
      'loss',
    );
    expect(both?.interactions).toBeCloseTo(1, 12);
    const noise = importance(
      grid((_, __, seed) => seed, 2),
      'loss',
    );
    expect(noise?.seeds).toBeCloseTo(1, 12);
  });

  it('runs that diverged stand last', () => {
    const found = importance(
      grid((a, b) => (a === 2 ? null : b)),
      'loss',
    );
    expect(shares(found).a).toBeGreaterThan(0.5);
  });

  it('is not said of what is no full grid, or does not vary', () => {
    const all = grid((a, b) => a + b);
    expect(importance({ ...all, runs: all.runs.slice(1) }, 'loss')).toBeUndefined();
    expect(
      importance(
        grid(() => 1),
        'loss',
      ),
    ).toBeUndefined();
    expect(() => importance(all, 'los')).toThrow(/did you mean "loss"/);
  });
});

describe('parallel coordinates', () => {
  it('have an axis a parameter and one for the metric, and a line a configuration', () => {
    const { spec } = parallelFigure(
      grid((a, b) => 3 * a + b),
      'loss',
    ) ?? { spec: {} };
    const [lines] = (spec as unknown as { layer: { data: { values: { axis: string; line: number }[] } }[] }).layer;
    expect(lines?.data.values).toHaveLength(27);
    expect([...new Set(lines?.data.values.map(({ axis }) => axis))]).toEqual(['a', 'b', 'loss']);
    expect(
      parallelFigure(
        grid(() => null),
        'loss',
      ),
    ).toBeUndefined();
  });
});

describe('two sweeps', () => {
  it('are compared where both have a configuration', () => {
    const second = grid((a, b) => 2 * (1 + a + b));
    const few = { ...second, runs: second.runs.filter(({ point }) => Number(point.a) < 2) };
    const { columns } = compareSweeps(
      grid((a, b) => 1 + a + b),
      few,
      'loss',
    );
    expect(columns.a).toHaveLength(6);
    expect(new Set(columns.ratio)).toEqual(new Set([2]));
  });
});
