/// <reference lib="esnext.disposable" preserve="true" />
import { invalidArgument, invalidShape } from '../core/errors.js';
import { call, type Native, runTask } from '../core/native.js';
import { type ArrayInput, describe, finiteResult, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, requireOptions } from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { type KernelTaskOptions, TASK_OPTIONS, toColumns } from '../linalg/options.js';

/** Kernel and targets of a gradient flow on the mean squared error. */
export interface GradientFlowInput extends KernelTaskOptions {
  /**
   * `[n, n]`, shared by all outputs; or `[n, n, o, o]`, coupling the o outputs (as `empiricalNtk` with
   * `outputs: 'full'` gives it). Symmetric positive semidefinite.
   */
  kernel: ArrayInput;
  /** `[n]` or `[n, o]`. */
  y: ArrayInput;
  /** Outputs on the training points at time 0, in the shape of `y`. Default: zeros. */
  initial?: ArrayInput | undefined;
}

/** Other points to predict on. */
export interface FlowOptions extends KernelTaskOptions {
  /** `[m, n]` (or `[m, n, o, o]`): predict on other points, from their kernel with the training points. */
  crossKernel?: ArrayInput | undefined;
  /** Outputs on those points at time 0. Default: zeros. */
  initialCross?: ArrayInput | undefined;
}

/** Gradient descent on the same loss: exact after any number of steps. */
export interface DescentOptions extends FlowOptions {
  /** Of the descent; above {@link GradientFlow.largestLearningRate} it diverges. */
  learningRate: number;
  /** PyTorch's SGD momentum. Default 0. */
  momentum?: number | undefined;
}

const FLOW_OPTIONS = [...TASK_OPTIONS, 'crossKernel', 'initialCross'] as const;

type NativeFlow = InstanceType<Native['NativeFlow']>;
type When = Parameters<NativeFlow['at']>[1];

/** The dynamics of one kernel and its targets, decomposed once. */
export class GradientFlow {
  /** @internal */
  constructor(
    private readonly flow: NativeFlow,
    private readonly outputs: number,
    private readonly coupled: boolean,
    private readonly restore: (rows: NdArray) => NdArray,
  ) {}

  /**
   * Outputs at time `t = learningRate * steps` (0 to `Infinity`): `[n]` or `[n, o]`, or those of the m other points.
   *
   * @throws `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NON_FINITE`, `ABORTED`
   */
  async at(t: number, options?: FlowOptions): Promise<NdArray> {
    checkOptions(options, FLOW_OPTIONS);
    return this.predict({ time: time(t) }, options ?? {});
  }

  /** Outputs after `steps` steps of full-batch gradient descent with `learningRate` and `momentum`. */
  async afterSteps(steps: number, options: DescentOptions): Promise<NdArray> {
    requireOptions(options, [...FLOW_OPTIONS, 'learningRate', 'momentum']);
    return this.predict(descent(steps, options), options);
  }

  /** Residuals `u_k . (h - y)` in the eigenbasis at time t, `[n, o]` (`[n o, 1]` for a coupled kernel). */
  residualComponents(t: number): NdArray {
    return call(() => this.flow.residual({ time: time(t) }));
  }

  /** The same after steps of gradient descent. */
  residualAfterSteps(steps: number, options: Omit<DescentOptions, keyof FlowOptions>): NdArray {
    requireOptions(options, ['learningRate', 'momentum']);
    const when = descent(steps, options);
    return finiteResult(
      call(() => this.flow.residual(when)),
      'learningRate, steps',
    );
  }

  /** `2 lambda_k / (n o)`: the rate at which the k-th residual component relaxes; 0 for those that never move. */
  rates(): NdArray {
    return call(() => this.flow.rates());
  }

  /** The kernel's eigenvalues, ascending. */
  eigenvalues(): NdArray {
    return call(() => this.flow.eigenvalues());
  }

  /** Its eigenvectors, in columns in the order of the eigenvalues. */
  eigenvectors(): NdArray {
    return call(() => this.flow.eigenvectors());
  }

  /** Gradient descent diverges above it: `(1 + momentum) n o / lambda_max`. */
  largestLearningRate(momentum = 0): number {
    return call(() => this.flow.largestLearningRate(checkNumber(momentum, 'momentum', { least: 0, below: 1 })));
  }

  /**
   * Mean `[m, o]` and covariance `[m, m]` of the outputs on other points over random initialisations, whose outputs are
   * a Gaussian process with these `nngp` covariances (Lee et al. 2019, equations 14 to 16). The flow must start at zero.
   */
  ensemble(
    t: number,
    input: {
      /** NTK of the other points with the training points, `[m, n]`. */
      crossKernel: ArrayInput;
      /** NNGP kernel of the training points, `[n, n]`. */
      nngp: ArrayInput;
      /** NNGP kernel of the other points with the training points, `[m, n]`. */
      nngpCross: ArrayInput;
      /** NNGP kernel of the other points, `[m, m]`. */
      nngpTest: ArrayInput;
    },
  ): {
    /** `[m, o]`, in the shape of `y`. */
    mean: NdArray;
    /** `[m, m]`, the same for every output. */
    covariance: NdArray;
  } {
    requireOptions(input, ['crossKernel', 'nngp', 'nngpCross', 'nngpTest'], 'input');
    const read = (name: keyof typeof input) => toNdArray(input[name], name, 2);
    const [cross, nngp, nngpCross, test] = [read('crossKernel'), read('nngp'), read('nngpCross'), read('nngpTest')];
    const [mean, covariance] = call(() => this.flow.ensemble({ time: time(t) }, cross, nngp, nngpCross, test)) as [
      NdArray,
      NdArray,
    ];
    return finiteResult({ mean: this.restore(mean), covariance }, 'crossKernel, nngp, nngpCross, nngpTest');
  }

  /**
   * Lets go of the decomposition (16 n^2 bytes and more) at once, where the collector would do so some day. Work that has begun
   * ends as it would have; whatever is asked of it afterwards is `INVALID_ARGUMENT`. Twice is as once.
   */
  dispose(): void {
    this.flow.dispose();
  }

  /** As {@link dispose}, at the end of the block of a `using` declaration. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The residuals of this flow beside those of recorded outputs `[records, n, o]`: see `compareWithNtk`. */
  compare(
    when: readonly { steps: number; learningRate: number; momentum: number }[],
    outputs: NdArray,
    waves: { points: NdArray; frequencies: NdArray } | undefined,
    options: KernelTaskOptions,
  ): ReturnType<NativeFlow['compare']> {
    const evolutions = when.map(({ steps, ...rest }) => descent(steps, rest));
    return runTask(
      (_, control) => this.flow.compare(control, evolutions, outputs, waves?.points, waves?.frequencies),
      options,
    );
  }

  private async predict(when: When, { crossKernel, initialCross, signal, threads }: FlowOptions): Promise<NdArray> {
    checkThreads(threads);
    if (crossKernel === undefined && initialCross !== undefined) {
      throw invalidArgument('initialCross: it needs crossKernel, which was left out');
    }
    const cross = crossKernel === undefined ? undefined : toNdArray(crossKernel, 'crossKernel');
    const start = initialCross === undefined ? undefined : toColumns(initialCross, 'initialCross').columns;
    if (cross && cross.shape.length !== (this.coupled ? 4 : 2)) {
      throw invalidShape(
        `crossKernel: expected ${this.coupled ? '[m, n, o, o]' : '[m, n]'}, got [${cross.shape.join(', ')}]`,
      );
    }
    const flat = cross && (this.coupled ? uncouple(cross) : cross);
    const first = start && (this.coupled ? { data: start.data, shape: [start.data.length, 1] } : start);
    const rows = await runTask((_, control) => this.flow.at(control, when, flat, first), { signal });
    const { data } = rows;
    const shaped = this.coupled ? { data, shape: [data.length / this.outputs, this.outputs] } : rows;
    return finiteResult(this.restore(shaped), 'time, learningRate, crossKernel');
  }
}

/**
 * Gradient flow on the mean-squared loss `(1 / (n o)) sum (h - y)^2` with a fixed kernel, in closed form:
 * residuals shrink by `exp(-2 lambda_k t / (n o))` along eigenvector k, where `t = learningRate * steps` (Jacot et al.
 * 2018, Lee et al. 2019). One eigendecomposition, O(n^3) (O((n o)^3) for a coupled kernel); every time after that O(n^2).
 *
 * @example
 * const flow = await gradientFlow({ kernel: [[1, 0], [0, 1]], y: [1, 2] });
 * await flow.at(0); // => [0, 0]
 *
 * @returns the flow: `at(t)` for any t from 0 to `Infinity`, also on other points; zero eigenvalues, up to n epsilon lambda_max with the epsilon of
 *   the kernel's own type, never move
 * @throws `INVALID_SHAPE`, `NON_FINITE`, `INVALID_ARGUMENT` (kernel not symmetric or not semidefinite), `ABORTED`
 */
export async function gradientFlow(input: GradientFlowInput): Promise<GradientFlow> {
  requireOptions(input, [...TASK_OPTIONS, 'kernel', 'y', 'initial'], 'input');
  const { columns: y, restore } = toColumns(input.y, 'y');
  const kernel = toNdArray(input.kernel, 'kernel');
  const start = input.initial === undefined ? undefined : toColumns(input.initial, 'initial').columns;
  const [n, outputs] = [y.shape[0]!, y.shape[1]!];
  const coupled = kernel.shape.length === 4;
  if (!coupled && kernel.shape.length !== 2) {
    throw invalidShape(`kernel: expected [n, n] or [n, n, o, o], got [${kernel.shape.join(', ')}]`);
  }
  if (coupled && (kernel.shape[2] !== outputs || kernel.shape[3] !== outputs)) {
    throw invalidShape(
      `kernel: expected [${n}, ${n}, ${outputs}, ${outputs}] as y has ${outputs} outputs, got [${kernel.shape.join(', ')}]`,
    );
  }
  const single = (a: NdArray): NdArray => (coupled ? { data: a.data, shape: [a.data.length, 1] } : a);
  const count = checkThreads(input.threads);
  const flow = await runTask(
    (addon, control) =>
      addon.gradientFlow(
        control,
        coupled ? uncouple(kernel) : kernel,
        single(y),
        start && single(start),
        n * outputs,
        count,
      ),
    { signal: input.signal },
  );
  return new GradientFlow(flow as NativeFlow, outputs, coupled, restore);
}

/** `[n, m, o, o]` as the matrix `[n o, m o]` whose rows are (sample, output). */
function uncouple({ data, shape }: NdArray): NdArray {
  const [n, m, o, p] = shape as [number, number, number, number];
  if (o !== p)
    throw invalidShape(`kernel: expected as many outputs along both of the last axes, got [${shape.join(', ')}]`);
  const out = data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      for (let a = 0; a < o; a++) {
        const from = ((i * m + j) * o + a) * o;
        out.set(data.subarray(from, from + o), ((i * o + a) * m + j) * o);
      }
    }
  }
  return { data: out, shape: [n * o, m * o] };
}

/** A time of the flow: 0 to Infinity, where it has ended. */
function time(t: number): number {
  if (typeof t === 'number' && t >= 0) return t;
  throw invalidArgument(`t: expected a number of at least 0, got ${describe(t)}`);
}

function descent(
  steps: number,
  { learningRate, momentum = 0 }: { learningRate: number; momentum?: number | undefined },
): When {
  return {
    time: 0,
    learningRate: checkNumber(learningRate, 'learningRate', { least: 0 }),
    momentum: checkNumber(momentum, 'momentum', { least: 0, below: 1 }),
    steps: checkInteger(steps, 'steps'),
  };
}

/** Kernel, labels and times of a gradient flow on cross-entropy. */
export interface CrossEntropyFlowInput extends KernelTaskOptions {
  /** `[n, n]`, shared by the c classes. */
  kernel: ArrayInput;
  /** `[n, c]` rows of probabilities. */
  labels: ArrayInput;
  /** Ascending, finite; `t = learningRate * steps`. */
  times: readonly number[];
  /** Logits at time 0, `[n, c]`. Default: zeros. */
  initial?: ArrayInput | undefined;
  /** `[m, n]`, for predictions on other points, which start at `initialCross` `[m, c]` (default zeros). */
  crossKernel?: ArrayInput | undefined;
  /** Logits on those points at time 0, `[m, c]`. Default: zeros. */
  initialCross?: ArrayInput | undefined;
  /** Bound on the error of one integration step, in logits. Default 1e-8. */
  tolerance?: number | undefined;
}

/**
 * Gradient flow on the mean cross-entropy with a fixed kernel, `dh/dt = (1/n) K (labels - softmax(h))`, integrated by the
 * Dormand-Prince method: six products with the kernel a step, O(n^2 c) each.
 *
 * @returns logits `train` `[times, n, c]`, and `test` `[times, m, c]` when there is a `crossKernel`
 */
export async function crossEntropyFlow(input: CrossEntropyFlowInput): Promise<{
  /** Logits on the training points, `[times, n, c]`. */
  train: NdArray;
  /** Logits on the other points, `[times, m, c]`. */
  test?: NdArray;
}> {
  const names = ['kernel', 'labels', 'times', 'initial', 'crossKernel', 'initialCross', 'tolerance'] as const;
  const { threads } = requireOptions(input, [...TASK_OPTIONS, ...names], 'input');
  checkThreads(threads);
  const read = (name: 'kernel' | 'labels') => toNdArray(input[name], name, 2);
  const optional = (name: 'initial' | 'crossKernel' | 'initialCross') => {
    const value = input[name];
    return value === undefined ? undefined : toNdArray(value, name, 2);
  };
  const tolerance = checkNumber(input.tolerance ?? 1e-8, 'tolerance', { above: 0 });
  const [kernel, labels] = [read('kernel'), read('labels')];
  const [initial, cross, start] = [optional('initial'), optional('crossKernel'), optional('initialCross')];
  const times = toNumbers(input.times, 'times');
  const { train, test } = await runTask(
    (addon, control) => addon.crossEntropyFlow(control, kernel, labels, times, initial, cross, start, tolerance),
    input,
  );
  return test ? { train, test } : { train };
}
