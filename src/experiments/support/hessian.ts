/**
 * Gradients and Hessians of a loss by the parameters, read from trainings of one step: with the learning rate 1 gradient descent takes
 * the parameters to `theta - g`. All that a training can do has them, batch normalisation in training and attention too.
 */
import type { NdArray } from '../../core/ndarray.js';
import { columns, fromRows } from '../../core/reading.js';
import { eigh } from '../../linalg/index.js';
import { createModel, type NetworkSpec, type TrainOptions, trainMany } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { asColumn, combine, entry } from './arrays.js';

/** A loss: of a network, on data. */
export type LossOf = { spec: NetworkSpec } & Pick<TrainOptions, 'x' | 'y' | 'loss'>;

/** The parameters of a network as one list, in the order of its layers. */
export function flatParameters(parameters: Readonly<Record<string, NdArray>>): Float64Array {
  const arrays = Object.values(parameters);
  const flat = new Float64Array(arrays.reduce((sum, { data }) => sum + data.length, 0));
  let from = 0;
  for (const { data } of arrays) {
    flat.set(data, from);
    from += data.length;
  }
  return flat;
}

/** The arrays of networks of one description, by name, each of one list. */
export function namedParameters(spec: NetworkSpec, lists: readonly Float64Array[]): Record<string, NdArray>[] {
  const arrays = Object.entries(createModel(spec, { seed: 0 }).parameters());
  return lists.map((flat) => {
    let from = 0;
    const named = arrays.map(([name, { data, shape }]) => {
      const values = flat.slice(from, from + data.length);
      from += data.length;
      return [name, { data: values, shape }] as const;
    });
    return Object.fromEntries(named);
  });
}

/** Gradients of losses at parameters (flat), all at once, in f64. Each may have targets of its own. */
export async function gradients(
  loss: LossOf,
  at: readonly { parameters: Float64Array; y?: NdArray }[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const named = namedParameters(
    loss.spec,
    at.map(({ parameters }) => parameters),
  );
  const runs = at.map(({ y }, i) => ({ parameters: entry(named, i), ...(y && { y }) }));
  const trained = await trainMany(runs, {
    ...loss,
    seed: 0,
    dtype: 'f64',
    optimizer: { type: 'sgd', learningRate: 1 },
    steps: 1,
    record: { at: [] },
    ...(signal && { signal }),
  });
  return trained.map(({ parameters }, i) => {
    const gradient = entry(at, i).parameters.slice();
    subtract(gradient, flatParameters(parameters), 1);
    return gradient;
  });
}

/** Largest eigenvalue of a Hessian and its eigenvector. */
export interface TopCurvature {
  value: number;
  vector: Float64Array;
}

/** Step of the central differences of gradients: their error is of its square, their rounding of its inverse. */
const STEP = 1e-4;

/**
 * The largest eigenvalue of the Hessian of a loss at each of some parameters, by Lanczos' method with full reorthogonalisation; products with the Hessian
 * are central differences of {@link gradients}. From below, as `products` is small.
 */
export async function topCurvatures(
  loss: LossOf,
  states: readonly Float64Array[],
  { products = 20, seed = 0, signal }: { products?: number; seed?: number; signal?: AbortSignal } = {},
): Promise<TopCurvature[]> {
  const size = states[0]?.length ?? 0;
  const count = Math.min(products, size);
  const start = unit(Float64Array.from(gaussianNoise(size, { seed, stream: 'curvature' }).data));
  const bases = states.map(() => [start]);
  const bands = states.map(() => ({ diagonal: [] as number[], beside: [] as number[] }));
  for (let step = 0; step < count; step++) {
    const moved = states.flatMap((state, i) =>
      [STEP, -STEP].map((h) => {
        const parameters = state.slice();
        subtract(parameters, entry(entry(bases, i), step), -h);
        return { parameters };
      }),
    );
    const found = await gradients(loss, moved, signal);
    for (const [i, basis] of bases.entries()) {
      const next = combine(entry(found, 2 * i), entry(found, 2 * i + 1), (a, b) => (a - b) / (2 * STEP));
      entry(bands, i).diagonal.push(dot(next, entry(basis, step)));
      // Twice is enough (Kahan).
      for (const v of [...basis, ...basis]) subtract(next, v, dot(next, v));
      entry(bands, i).beside.push(Math.sqrt(dot(next, next)));
      basis.push(unit(next));
    }
  }
  return Promise.all(
    bands.map(async ({ diagonal, beside }, i) => {
      const rows = diagonal.map((d, r) =>
        Float64Array.from(diagonal, (_, c) =>
          r === c ? d : Math.abs(r - c) === 1 ? entry(beside, Math.min(r, c)) : 0,
        ),
      );
      const { values, vectors } = await eigh(fromRows(rows));
      const weights = entry(columns(vectors), count - 1);
      const vector = new Float64Array(size);
      for (const [k, w] of weights.entries()) subtract(vector, entry(entry(bases, i), k), -w);
      return { value: entry(values.data, count - 1), vector };
    }),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Takes `factor` times v off. */
function subtract(from: Float64Array, v: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] = (from[i] as number) - factor * (v[i] as number);
}

/** Of length 1; zeros stay. */
function unit(v: Float64Array): Float64Array {
  const length = Math.sqrt(dot(v, v));
  return length > 0 ? v.map((x) => x / length) : v;
}

/**
 * The tangent kernel `J J^T` `[n, n]` of a network of one output as it is in training, on the whole batch x: batch normalisation by the batch's own statistics. With
 * the outputs that the training starts from.
 */
export async function trainingKernel(
  spec: NetworkSpec,
  x: NdArray,
  at: Float64Array,
  signal?: AbortSignal,
): Promise<{ kernel: NdArray; outputs: Float64Array }> {
  const n = x.shape[0] ?? 0;
  const target = (which: number) => asColumn(Array.from({ length: n }, (_, i) => (i === which ? 1 : 0)));
  const [parameters] = namedParameters(spec, [at]);
  const trained = await trainMany(
    Array.from({ length: n + 1 }, (_, i) => ({ y: target(i - 1) })),
    {
      spec,
      x,
      loss: 'mse',
      seed: 0,
      dtype: 'f64',
      ...(parameters && { parameters }),
      optimizer: { type: 'sgd', learningRate: 1 },
      steps: 1,
      ...(signal && { signal }),
    },
  );
  // The gradient for the target y is (2/n) J^T (h - y), its loss |h - y|^2 / n.
  const [none, ...own] = trained.map((run) => ({
    after: flatParameters(run.parameters),
    loss: run.history.loss[0] ?? 0,
  }));
  const base = none ?? { after: at, loss: 0 };
  const jacobian = own.map(({ after }) => combine(after, base.after, (a, b) => ((a - b) * n) / 2));
  return {
    kernel: { data: Float64Array.from(jacobian.flatMap((a) => jacobian.map((b) => dot(a, b)))), shape: [n, n] },
    outputs: Float64Array.from(own, ({ loss }) => ((base.loss + 1 / n - loss) * n) / 2),
  };
}
