/** The training of the book's section 1.3: a tanh network on one curve, full batch, by Adam. */

import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import { passageStep, probe, type RunContext, refuseDiverged } from '../../experiment/index.js';
import { createModel, mlp, type TrainingHistory } from '../../nets/index.js';

export interface CurveSettings {
  /** Widths of the hidden layers. */
  hidden: number[];
  /** Standard deviation of the initial weights and biases. */
  std: number;
  learningRate: number;
  steps: number;
  /** Recorded steps, evenly spaced in their logarithm. */
  records: number;
}

/** A training, `output` and `error` among its probes. */
export interface CurveFit {
  /** Probe `output`: values on the training points; probe `error`: relative spectral error at `frequencies`. */
  history: TrainingHistory;
  /** Relative error by record and frequency, `[r, k]`. */
  error: NdArray;
  /** The first recorded step at which the error at each frequency is at or under `level`. */
  passages(level: number): (number | null)[];
}

/**
 * Fits `y` over `x`, both `[n, 1]`; `frequencies` in cycles per 2 pi.
 * @throws FprincipleError `NON_FINITE` when the training diverges.
 */
export async function fitCurve(
  { signal, training }: Pick<RunContext<unknown>, 'signal' | 'training'>,
  options: { x: NdArray; y: NdArray; frequencies: readonly number[]; seed: number; phase: string } & CurveSettings,
): Promise<CurveFit> {
  const { x, y, frequencies, phase, steps } = options;
  const init = { type: 'normal', std: options.std } as const;
  const model = createModel(
    mlp({ input: 1, hidden: options.hidden, output: 1, activation: 'tanh', init, biasInit: init }),
    { seed: options.seed },
  );
  const history = await model.train({
    x,
    y,
    loss: 'mse',
    optimizer: { type: 'adam', learningRate: options.learningRate },
    steps,
    record: { log: options.records },
    probes: {
      output: { type: 'outputs', points: x },
      error: { type: 'spectrum', points: x, target: y, frequencies: frequencies.map((k) => k / (2 * Math.PI)) },
    },
    signal,
    onProgress: training(phase, steps),
  });
  refuseDiverged(history, phase);
  const error = probe(history, 'error', 'relativeError');
  return {
    history,
    error,
    passages: (level) => frequencies.map((_, k) => passageStep(history.steps, column(error, k), level)),
  };
}
