import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  above,
  atLeast,
  atMost,
  below,
  between,
  decreasing,
  defineExperiment,
  describeExpectation,
  describeMeasured,
  equalTo,
  increasing,
  judge,
  type Measured,
  nearestRecord,
  passageStep,
  runExperiment,
  spearman,
  spread,
} from '../src/experiment/index.js';

const text = (measured: Measured) => ({ id: 'c', statement: 's', source: 'here', measured });

describe('claims', () => {
  it('compare what was measured with what was expected', () => {
    expect(atMost(1, text(1)).pass).toBe(true);
    expect(atMost(1, text(1.0001)).pass).toBe(false);
    expect(atLeast(1, text([1, 2])).pass).toBe(true);
    expect(atLeast(1, text([1, 0.5])).pass).toBe(false);
    expect(below(1, text(1)).pass).toBe(false);
    expect(above(1, text(1)).pass).toBe(false);
    expect(between(0, 1, text([0, 1])).pass).toBe(true);
    expect(between(0, 1, text([0, 1.1])).pass).toBe(false);
    expect(equalTo(0.5, 0.01, text(0.509)).pass).toBe(true);
    expect(equalTo(0.5, 0.01, text(0.511)).pass).toBe(false);
    expect(increasing(text([1, 2, 3])).pass).toBe(true);
    expect(increasing(text([1, 2, 2])).pass).toBe(false);
    expect(
      increasing(
        text([
          [1, 2],
          [2, 1],
        ]),
      ).pass,
    ).toBe(false);
    expect(
      decreasing(
        text([
          [3, 2],
          [2, 1],
        ]),
      ).pass,
    ).toBe(true);
  });

  it('never hold where there is no value', () => {
    for (const measured of [null, Number.NaN, Infinity, [], [[]], [1, null], [[1, 2], []]] as Measured[]) {
      expect(judge({ relation: 'at most', value: 1e9 }, measured)).toBe(false);
      expect(judge({ relation: 'at least', value: -1e9 }, measured)).toBe(false);
      expect(judge({ relation: 'increasing' }, measured)).toBe(false);
    }
    expect(judge({ relation: 'increasing' }, 1)).toBe(false);
    expect(judge({ relation: 'increasing' }, [1])).toBe(false);
  });

  it('orders agree with sorting', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2 }), (row) => {
        const sorted = [...new Set(row)].sort((a, b) => a - b);
        const same = sorted.length === row.length && sorted.every((v, i) => v === row[i]);
        expect(judge({ relation: 'increasing' }, row)).toBe(same);
        expect(judge({ relation: 'decreasing' }, [...row].reverse())).toBe(same);
      }),
    );
  });

  it('are said in words', () => {
    expect(describeExpectation({ relation: 'at most', value: 1.05 })).toBe('at most 1.05');
    expect(describeExpectation({ relation: 'equal to', value: 0.5, tolerance: 0.01 }, 'Hz')).toBe('0.5 ± 0.01 Hz');
    expect(describeMeasured([[56, 230]], ['k = 1', 'k = 3'], 'steps')).toBe('k = 1: 56, k = 3: 230 steps');
    expect(describeMeasured([1, null])).toBe('1, none');
  });

  it('are judged again by the run: an experiment cannot pass itself', async () => {
    const cheat = defineExperiment({
      id: 'cheat',
      title: 't',
      source: 's',
      parameters: z.object({}),
      presets: { quick: {}, paper: {} },
      run: () => ({ claims: [{ ...atMost(1, text(2)), pass: true }] }),
    });
    expect((await runExperiment(cheat)).claims[0]!.pass).toBe(false);
  });
});

describe('statistics over records and seeds', () => {
  it('first passage, settled or not', () => {
    const steps = [0, 10, 20, 30];
    expect(passageStep(steps, [1, 0.05, 0.2, 0.05], 0.1)).toBe(10);
    expect(passageStep(steps, [1, 0.05, 0.2, 0.05], 0.1, { settled: true })).toBe(30);
    expect(passageStep(steps, [1, 1, 1, 1], 0.1)).toBeNull();
    expect(passageStep(steps, [1, 1, 1, Number.NaN], 0.1, { settled: true })).toBeNull();
  });

  it('median and quartiles as NumPy gives them', () => {
    // numpy.quantile([4, 1, 3, 2], [0.25, 0.5, 0.75]) = [1.75, 2.5, 3.25]
    expect(spread([4, 1, 3, 2])).toEqual({
      count: 4,
      median: 2.5,
      lowerQuartile: 1.75,
      upperQuartile: 3.25,
      min: 1,
      max: 4,
    });
    expect(spread([]).median).toBeNaN();
    expect(nearestRecord([0, 100, 1000], 400)).toBe(1);
  });

  it("Spearman's rank correlation, ties sharing their rank", () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 25, 1000])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
    // scipy.stats.spearmanr([1, 2, 3, 4], [1, 1, 2, 0]) = -0.3162277660168379
    expect(spearman([1, 2, 3, 4], [1, 1, 2, 0])).toBeCloseTo(-0.3162277660168379, 12);
    expect(spearman([1, 2], [3, 3])).toBeNaN();
    expect(spearman([1, 2], [3])).toBeNaN();
  });
});
