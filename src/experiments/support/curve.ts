/** The training of Xu's one-dimensional examples: tanh networks on curves, full batch, by Adam. */

import type { NdArray } from '../../core/ndarray.js';
import { type RunContext, trainAll } from '../../experiment/index.js';
import { type LayerSpec, type LossSpec, mlp, type NetworkSpec } from '../../nets/index.js';

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

/** A curve and how a network sees it. */
export interface CurveTask {
  /** `[n, 1]` */
  y: NdArray;
  /** Frequencies whose error is followed, in cycles per 2 pi. */
  frequencies: readonly number[];
  seed: number;
  /** Layers before the network, and how many numbers they make of x: `reversedFeatures`. Default: none, x itself. */
  before?: { layers: LayerSpec[]; size: number } | undefined;
  /** Default the mean squared error. */
  loss?: LossSpec | undefined;
}

/** A cell of trainings and what its training recorded. */
export type CurveFit<C> = C & {
  steps: number[];
  loss: number[];
  /** Relative error by record and frequency, `[r, k]`. */
  error: NdArray;
  /** Values on the training points, `[r, n, 1]`. */
  outputs: NdArray;
};

/**
 * Fits a curve over x `[n, 1]` for every cell, all at once.
 * @throws FprincipleError `NON_FINITE` when a training diverges.
 */
export async function fitCurves<C extends object>(
  context: Pick<RunContext<unknown>, 'signal' | 'training'>,
  x: NdArray,
  cells: readonly C[],
  task: (cell: C) => CurveTask,
  settings: CurveSettings,
): Promise<CurveFit<C>[]> {
  const trained = await trainAll(context, {
    cells,
    run: (cell) => {
      const { y, frequencies, seed, before, loss = 'mse' } = task(cell);
      return {
        seed,
        y,
        loss,
        spec: curveNetwork(settings, before),
        probes: {
          output: { type: 'outputs', points: x },
          error: { type: 'spectrum', points: x, target: y, frequencies: frequencies.map((k) => k / (2 * Math.PI)) },
        },
      } as const;
    },
    shared: {
      x,
      optimizer: { type: 'adam', learningRate: settings.learningRate },
      steps: settings.steps,
      record: { log: settings.records },
    },
  });
  return trained.map(({ probes, ...fit }) => ({
    ...(fit as unknown as C & { steps: number[]; loss: number[] }),
    error: probes.error.relativeError,
    outputs: probes.output.values,
  }));
}

/** A tanh network from x, or from what the layers before it make of x. */
function curveNetwork({ hidden, std }: CurveSettings, before: CurveTask['before']): NetworkSpec {
  const init = { type: 'normal', std } as const;
  const plain = mlp({ input: before?.size ?? 1, hidden, output: 1, activation: 'tanh', init, biasInit: init });
  return before ? { input: 1, layers: [...before.layers, ...plain.layers] } : plain;
}

/**
 * Fourier features of x whose amplitude grows with their frequency (cycles per 2 pi): to the layers after them every component
 * of the target is a linear function of the input, and the highest is the strongest. The control of "frequency is the cause":
 * target, network, training stay, what is low and high for the network is turned round.
 */
export function reversedFeatures(frequencies: readonly number[]): NonNullable<CurveTask['before']> {
  const top = Math.max(...frequencies);
  return {
    layers: [
      {
        type: 'fourierFeatures',
        frequencies: frequencies.map((k) => [k / (2 * Math.PI)]),
        amplitudes: frequencies.map((k) => k / top),
      },
    ],
    size: 2 * frequencies.length,
  };
}

/** What the reversed features are, in a claim. */
export const reversedStatement =
  'the same network on Fourier features of x, the highest frequency as its strongest input';
