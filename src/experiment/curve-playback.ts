/** The playback of a one-dimensional fit: the curve and its spectrum, record by record. */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { type NdArray, toFinite, toNdArray } from '../core/ndarray.js';
import { checkInteger, requireObject, requireOptions } from '../core/options.js';
import { row } from '../core/reading.js';
import type { Playback } from './playback.js';
import { amplitudes } from './signals.js';

/** A one-dimensional fit, record by record. */
export interface CurvePlayback {
  /** Points of one period, `[n, 1]` (see `periodicGrid`). */
  x: NdArray;
  /** What the fit should become there, `[n, 1]`. */
  target: NdArray;
  /** Of the training that the outputs are of. */
  history: {
    /** Recorded steps, ascending. */
    steps: readonly number[];
    /** Loss at each of them. */
    loss: ArrayLike<number>;
  };
  /** `[records, n, 1]`, one for every step of the history. */
  outputs: NdArray;
  /** Greatest frequency shown, in cycles per period. */
  frequencies: number;
}

/** The two panels of such a fit, output and spectrum, for the slider of the report. */
export function curvePlayback(options: CurvePlayback): Playback {
  const names = ['x', 'target', 'history', 'outputs', 'frequencies'] as const;
  const { history, frequencies, ...arrays } = requireOptions(options, names, 'curvePlayback');
  const [x, target, outputs] = [
    toFinite(arrays.x, 'x'),
    toFinite(arrays.target, 'target'),
    toNdArray(arrays.outputs, 'outputs'),
  ];
  // A whole history of a training is one, whatever else it has.
  const steps = toList(requireObject(history, 'history').steps, 'history.steps').map((step) =>
    checkInteger(step, 'history.steps'),
  );
  const loss = toList(history.loss, 'history.loss');
  if (frequencies === undefined) throw invalidArgument('frequencies: expected a number of frequencies, got undefined');
  checkInteger(frequencies, 'frequencies', 0);
  const n = x.data.length;
  const records = steps.length;
  if (target.data.length !== n) throw invalidShape(`target: expected ${n} values as x has, got ${target.data.length}`);
  if (outputs.shape[0] !== records || outputs.data.length !== records * n) {
    throw invalidShape(`outputs: expected shape [${records}, ${n}, 1], got [${outputs.shape.join(', ')}]`);
  }
  const count = Math.min(frequencies, Math.floor(n / 2)) + 1;
  const spectrum = amplitudes(outputs);
  const shown = new Float64Array(records * count);
  for (let r = 0; r < records; r++) shown.set(row(spectrum, r).subarray(0, count), r * count);
  const goal = amplitudes({ data: target.data, shape: [1, n] });
  return {
    steps,
    loss,
    panels: [
      {
        kind: 'curve',
        title: 'Output',
        x: Array.from(x.data),
        xLabel: 'x',
        yLabel: 'f(x)',
        series: [
          { name: 'target', y: Array.from(target.data) },
          { name: 'network', y: { data: outputs.data, shape: [records, n] } },
        ],
      },
      {
        kind: 'curve',
        title: 'Spectrum',
        x: Array.from({ length: count }, (_, k) => k),
        xLabel: 'frequency k (cycles per period)',
        yLabel: 'amplitude',
        points: true,
        series: [
          { name: 'target', y: Array.from(goal.data.subarray(0, count)) },
          { name: 'network', y: { data: shown, shape: [records, count] } },
        ],
      },
    ],
  };
}
