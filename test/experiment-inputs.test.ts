/** What the functions for experiments do with lists, indices, claims and names that cannot be. */
import { describe, expect, it } from 'vitest';
import {
  amplitudes,
  atMost,
  bandwidth,
  column,
  curvePlayback,
  describeExpectation,
  describeMeasured,
  equalTo,
  experimentById,
  formatNumber,
  judge,
  nearestRecord,
  parametersSchema,
  passageStep,
  periodicGrid,
  probe,
  row,
  runExperiment,
  runToFolder,
  sample,
  spearman,
  spread,
  transpose,
  varianceShares,
} from '../src/index.js';

const text = { id: 'a', statement: 'It is so.', source: 'made up' };
const grid = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
const playback = {
  x: { data: new Float64Array(4), shape: [4, 1] },
  target: { data: new Float64Array(4), shape: [4, 1] },
  history: { steps: [0, 1], loss: [1, 0] },
  outputs: { data: new Float64Array(8), shape: [2, 4, 1] },
  frequencies: 2,
};
/** A value that the types rule out. */
const wrong = (value: unknown): never => value as never;

const refused: Record<string, [() => unknown, RegExp]> = {
  'a bound that is a text': [
    () => atMost(wrong('0.5'), { ...text, measured: 1 }),
    /expected\.value: expected a number/,
  ],
  'a symbol as a bound': [() => equalTo(wrong(Symbol('s')), 1, { ...text, measured: 1 }), /expected\.value.*Symbol/],
  'a measured text': [() => atMost(1, { ...text, measured: wrong(['0.5']) }), /measured\[0\]: expected a number/],
  'labels that are no list': [() => atMost(1, { ...text, measured: 1, labels: wrong('ab') }), /claim\.labels/],
  'a claim without a source': [() => atMost(1, wrong({ id: 'a', statement: 'b', measured: 1 })), /claim\.source/],
  'another comparison': [() => judge(wrong({ relation: 'at mots', value: 1 }), 1), /expected\.relation.*'at most'/],
  'a bound left out': [() => judge(wrong({ relation: 'between', low: 0 }), 1), /expected\.high/],
  'a comparison in words': [() => describeExpectation(wrong({ relation: 'constructor' })), /expected\.relation/],
  'a list in itself': [() => describeMeasured(wrong(circular())), /measured.*nested/],
  'a text to be formatted': [() => formatNumber(wrong('a')), /x: expected a number or null/],
  'a column that is not there': [() => column(grid, 3), /index: expected an integer from 0 to 2/],
  'a column of a cube': [() => column({ data: new Float64Array(8), shape: [2, 2, 2] }, 0), /array: expected \[n\]/],
  'half a row': [() => row(grid, 0.5), /index: expected an integer from 0 to 1/],
  'a row without a shape': [() => row(wrong({ data: grid.data }), 0), /array/],
  'a shape that does not fit': [() => transpose({ data: grid.data, shape: [2, 2] }), /array: shape/],
  'a record among none': [() => nearestRecord([], 1), /steps: expected at least one/],
  'a step that is no number': [() => nearestRecord([0, 1], wrong('1')), /step: expected a number/],
  'steps and values of two lengths': [() => passageStep([0, 1], [1], 0.5), /values: expected 2/],
  'a flag in words': [() => passageStep([0], [1], 0.5, { settled: wrong('true') }), /settled/],
  'a spread of texts': [() => spread(wrong(['1'])), /values\[0\]/],
  'ranks of a number': [() => spearman(wrong(3), [1]), /a: expected a list/],
  'a ragged table': [() => varianceShares([[[1], [2]], [[1]]]), /values\[1\]: expected 2/],
  'half a point': [() => periodicGrid(3.5), /n: expected an integer/],
  'a grid of 1e300 points': [() => periodicGrid(1e300), /n: expected an integer/],
  'a sample of no function': [() => sample(grid, wrong(1)), /f: expected a function/],
  'a function that gives texts': [() => sample(grid, wrong(String)), /f\(1\): expected a number/],
  'amplitudes of one axis': [() => amplitudes({ data: new Float64Array(4), shape: [4] }), /signals: expected shape/],
  'a share above 1': [() => bandwidth([0, 1], 1.5), /share/],
  'an option of a playback': [() => curvePlayback(wrong({ ...playback, xs: 1 })), /there is no "xs"/],
  'a playback of -3 frequencies': [() => curvePlayback({ ...playback, frequencies: -3 }), /frequencies/],
  'outputs of other records': [() => curvePlayback({ ...playback, history: { steps: [0], loss: [1] } }), /outputs/],
  'a probe by a name of Object': [
    () => probe(wrong({ probes: {} }), 'constructor', 'values'),
    /there is no "constructor"/,
  ],
  'parameters that are no schema': [() => parametersSchema(wrong(1)), /schema: expected a zod schema, got 1/],
  'an experiment called null': [() => experimentById(wrong(null)), /id: expected an experiment's id, got null/],
};

const rejected: Record<string, [() => Promise<unknown>, RegExp]> = {
  'no experiment': [() => runExperiment(wrong({ id: 'a' })), /experiment: expected what defineExperiment gives/],
  'no experiment to write': [
    () => runToFolder(wrong(null)),
    /experiment: expected what defineExperiment gives, got null/,
  ],
  'a signal in words': [
    () => runExperiment(experimentById('aliasing'), { signal: wrong('stop') }),
    /signal: expected an/,
  ],
  'a folder of a number': [() => runToFolder(experimentById('aliasing'), { out: wrong(1) }), /out: expected a folder/],
};

function circular(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe('the language of experiments', () => {
  it.each(Object.entries(refused))('refuses %s', (_, [call, message]) => {
    expect(call).toThrow(expect.objectContaining({ name: 'FprincipleError', message: expect.stringMatching(message) }));
  });

  it.each(Object.entries(rejected))('rejects %s', async (_, [call, message]) => {
    await expect(call()).rejects.toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });

  it('ranks a passage that never came behind all others', () => {
    // Ranks 1, 2, 3 against 1, 2, 3: the frequency that is never learnt is the last.
    expect(spearman([1, 2, 3], [10, 40, null])).toBe(1);
    expect(spearman([1, 2, 3], [null, 40, 10])).toBe(-1);
    // Two that never came share their rank: 1, 2.5, 2.5 against 1, 2, 3 is 1.5 / sqrt(1.5 * 2).
    expect(spearman([1, 2, 3], [10, null, null])).toBeCloseTo(1.5 / Math.sqrt(3), 14);
    expect(spearman([1, 2, 3], [1, Number.NaN, 2])).toBeNaN();
  });

  it('finds passages and records as before', () => {
    expect(passageStep([0, 1, 2, 3], [1, 0.4, 0.6, 0.3], 0.5)).toBe(1);
    expect(passageStep([0, 1, 2, 3], [1, 0.4, 0.6, 0.3], 0.5, { settled: true })).toBe(3);
    expect(passageStep([0, 1], [1, Number.NaN], 0.5, { settled: true })).toBeNull();
    expect(passageStep([0, 1], [0.2, 0.1], 0.5, { settled: true })).toBe(0);
    expect(nearestRecord([0, 2, 4], 3)).toBe(1);
    expect(column(grid, 1)).toEqual(Float64Array.of(2, 5));
    expect(row(grid, 1)).toEqual(Float64Array.of(4, 5, 6));
  });
});
