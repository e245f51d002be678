/**
 * One network of the page, trained by the public API in parts: from one kept step to the next, or to wherever the clock stops it.
 * The bits do not depend on the parts, so neither playing, pausing nor looking changes a result.
 */
import type { NdArray } from '../core/ndarray.js';
import { empiricalNtk } from '../kernels/empirical.js';
import { type GradientFlow, gradientFlow } from '../kernels/flow.js';
import { createModel, type Model } from '../nets/model.js';
import type { TrainingHistory, TrainingState } from '../nets/training/history.js';
import type { LossSpec } from '../nets/training/loss.js';
import type { OptimizerSpec } from '../nets/training/optimizer.js';
import type { TrainOptions } from '../nets/training/options.js';
import type { ProbeSpec } from '../nets/training/probe.js';
import { nudft } from '../spectrum/nudft.js';
import { dataOf, type StudioData, targetAmplitude } from './data.js';
import { inputsOf, lastFeatures, networkOf, optimizerOf } from './network.js';
import type { Side, StudioState } from './state.js';

/** More samples than this have no kernel here: its decomposition would stop the training for seconds. */
const MOST_KERNEL = 400;
/** Points of the grid at which the effective rank of the features is measured. */
const RANK_POINTS = 64;

/** What is measured at one step. */
export interface Measured {
  step: number;
  loss: number;
  /** Root mean square of the difference to the target without noise, over the grid. */
  error: number;
  /** `[m]`, on the grid. */
  outputs: NdArray;
  /** `|h_k - f_k| / |f_k|` and `|h_k|`, `[k]`. */
  relativeError: NdArray;
  amplitude: NdArray;
  /** At kept steps: Euclidean norm of all parameters, effective rank of the last hidden layer's features. */
  norm?: number;
  rank?: number;
  /** What the kernel at the start predicts for `relativeError`, where it predicts something. */
  predicted?: NdArray;
  diverged?: boolean;
}

/** The tangent kernel at the start. */
export interface KernelSeen {
  /** Descending, `[n]`. */
  eigenvalues: NdArray;
  /** Of each eigenvector, the frequency with most of its power, in cycles over the interval; 0 is the mean. */
  frequency: NdArray;
  /** Whether the optimiser is one whose course the kernel predicts. */
  predicts: boolean;
}

export class SideTraining {
  readonly data: StudioData;
  readonly #model: Model;
  readonly #optimizer: OptimizerSpec;
  readonly #loss: LossSpec;
  readonly #side: Side;
  readonly #probes: { outputs: ProbeSpec; spectrum: ProbeSpec };
  readonly #kept: Record<string, ProbeSpec>;
  #resume: TrainingState | undefined;
  #flow: { flow: GradientFlow; cross: NdArray; initial: NdArray; target: ArrayLike<number> } | undefined;
  step = 0;
  stopped = false;

  constructor(state: StudioState, side: Side) {
    this.data = dataOf(state);
    this.#side = side;
    const spec = networkOf(side, inputsOf(state));
    this.#model = createModel(spec, { seed: state.seed, dtype: state.dtype });
    this.#optimizer = optimizerOf(side);
    const { source, grid, clean, frequencies } = this.data;
    const ends = { points: [[-1], [1]], equation: 'u', weight: 10 };
    this.#loss = source
      ? { type: 'residual', variables: ['x'], equation: '-u_xx - f', data: { f: source }, conditions: [ends] }
      : 'mse';
    this.#probes = {
      outputs: { type: 'outputs', points: grid },
      spectrum: { type: 'spectrum', points: grid, target: clean, frequencies },
    };
    const few = { data: grid.data.filter((_, i) => i % stride(grid) < grid.shape[1]!), shape: [0, grid.shape[1]!] };
    few.shape[0] = few.data.length / few.shape[1]!;
    this.#kept = {
      ...this.#probes,
      norms: { type: 'norms' },
      ...(side.hidden.length > 0 && { rank: { type: 'rank', layer: lastFeatures(spec), points: few } }),
    };
  }

  /** What is there before the first step. */
  async start(): Promise<Measured> {
    // A network of its own takes one step, so that what was before it is recorded.
    const model = createModel(this.#model.spec, { seed: this.#model.seed, dtype: this.#model.dtype });
    const history = await model.train({ ...this.#options(true), steps: 1, record: { at: [0] } });
    return this.#measured(history, 0, 0);
  }

  /** Trains up to `step`, and measures there; `kept` says whether everything is measured. */
  async advance(step: number, kept: boolean): Promise<Measured> {
    const history = await this.#model.train({
      ...this.#options(kept),
      steps: step - this.step,
      // The state after the last step is always recorded: nothing before it is asked for.
      record: { at: [] },
      ...(this.#resume && { resume: this.#resume }),
    });
    this.#resume = history.state;
    this.step = history.state.step;
    this.stopped = history.stopReason === 'diverged' || history.stopReason === 'converged';
    const measured = this.#measured(history, history.loss.length - 1, this.step);
    if (history.stopReason === 'diverged') return { ...measured, diverged: true };
    const predicted = kept ? await this.#predict() : undefined;
    return { ...measured, ...(predicted && { predicted }) };
  }

  #options(kept: boolean): Omit<TrainOptions, 'steps'> {
    const { x, y, source } = this.data;
    const { batchSize } = this.#side;
    return {
      x,
      ...(!source && { y }),
      loss: this.#loss,
      optimizer: this.#optimizer,
      probes: kept ? this.#kept : this.#probes,
      threads: 1,
      ...(batchSize > 0 && batchSize < x.shape[0]! && { batchSize }),
    };
  }

  #measured({ loss, probes }: TrainingHistory, record: number, step: number): Measured {
    const probe = (name: string, field: string) => at((probes as Probed)[name]?.[field], record);
    const outputs = probe('outputs', 'values')!;
    const norms = probe('norms', 'values');
    const rank = probe('rank', 'effectiveRank');
    return {
      step,
      loss: loss[record] ?? Number.NaN,
      error: rootMeanSquare(outputs.data, this.data.clean.data),
      outputs: single(outputs),
      relativeError: single(probe('spectrum', 'relativeError')!),
      amplitude: single(probe('spectrum', 'amplitude')!),
      ...(norms && { norm: Math.hypot(...norms.data) }),
      ...(rank && { rank: rank.data[0]! }),
    };
  }

  /** The kernel at this moment; at the start it is what later predictions are made from. */
  async kernel(): Promise<KernelSeen | undefined> {
    const { x, y, grid, cycles, source, frequencies } = this.data;
    if (x.shape[0]! > MOST_KERNEL || source) return undefined;
    const model = inDouble(this.#model);
    const kernel = await empiricalNtk(model, x, { threads: 1 });
    const start = await this.#model.predict(x, { threads: 1 });
    const flow = await gradientFlow({ kernel, y, initial: wide(start), threads: 1 });
    const vectors = flow.eigenvectors();
    const asked = {
      data: Float64Array.of(...zeros(grid.shape[1]!), ...frequencies.data),
      shape: [cycles.length + 1, grid.shape[1]!],
    };
    const { re, im } = nudft(x, vectors, asked, { threads: 1 });
    const n = x.shape[0]!;
    // The eigenvalues come ascending.
    const order = Array.from({ length: n }, (_, i) => n - 1 - i);
    const frequency = order.map((j) => {
      let best = 0;
      const power = (k: number) => re[k * n + j]! ** 2 + im[k * n + j]! ** 2;
      for (let k = 1; k <= cycles.length; k++) if (power(k) > power(best)) best = k;
      return best === 0 ? 0 : cycles[best - 1]!;
    });
    const values = flow.eigenvalues().data;
    const predicts = this.#optimizer.type === 'sgd' && this.#side.batchSize === 0;
    if (predicts && this.step === 0) {
      const cross = await empiricalNtk(model, grid, x, { threads: 1 });
      const target = targetAmplitude(this.data).data;
      this.#flow = { flow, cross, initial: wide(await this.#model.predict(grid, { threads: 1 })), target };
    }
    return {
      eigenvalues: { data: Float32Array.from(order, (j) => values[j]!), shape: [n] },
      frequency: { data: Float32Array.from(frequency), shape: [n] },
      predicts,
    };
  }

  async #predict(): Promise<NdArray | undefined> {
    if (!this.#flow || this.#optimizer.type !== 'sgd') return undefined;
    const { flow, cross, initial, target } = this.#flow;
    const { learningRate, momentum = 0 } = this.#optimizer;
    const course = { learningRate, momentum, crossKernel: cross, initialCross: initial, threads: 1 };
    const outputs = await flow.afterSteps(this.step, course);
    const { grid, clean, frequencies } = this.data;
    const residual = { data: outputs.data.map((value, i) => value - clean.data[i]!), shape: outputs.shape };
    const left = magnitudes(nudft(grid, residual, frequencies, { threads: 1 }));
    return { data: Float32Array.from(left, (value, k) => value / target[k]!), shape: [left.length] };
  }

  /** For the tests of the page's promises: the numbers that the training has come to. */
  parameters(): Record<string, NdArray> {
    return this.#model.parameters();
  }
}

type Probed = Record<string, Record<string, NdArray> | undefined>;

const stride = ({ shape }: NdArray) => Math.max(1, Math.floor(shape[0]! / RANK_POINTS)) * shape[1]!;
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const wide = ({ data, shape }: NdArray): NdArray => ({ data: Float64Array.from(data), shape });
const single = ({ data, shape }: NdArray): NdArray => ({
  data: Float32Array.from(data),
  shape: [shape.reduce((a, b) => a * b, 1)],
});
const magnitudes = ({ re, im }: { re: ArrayLike<number>; im: ArrayLike<number> }): Float64Array =>
  Float64Array.from(re, (value, i) => Math.hypot(value, im[i]!));

/** One record of an array whose first axis they are. */
function at(array: NdArray | undefined, record: number): NdArray | undefined {
  if (!array) return undefined;
  const shape = array.shape.slice(1);
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: array.data.slice(record * size, (record + 1) * size), shape };
}

function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / a.length);
}

/** Smooth networks' kernels have eigenvalues below the rounding of f32. */
const inDouble = (model: Model) => {
  const all = (arrays: Record<string, NdArray>) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, wide(array)]));
  return { spec: model.spec, parameters: () => all(model.parameters()), buffers: () => all(model.buffers()) };
};
