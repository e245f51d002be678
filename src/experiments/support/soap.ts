/**
 * SOAP (Vyas et al. 2024): Adam in the eigenbasis of Shampoo's preconditioner (Gupta, Koren and Singer 2018). For the gradient G `[m, n]` of a
 * matrix W,
 *
 *   L <- b L + (1 - b) G G^T,   R <- b R + (1 - b) G^T G,   L = P diag P^T,   R = Q diag Q^T,
 *   V <- b V + (1 - b) (P^T G Q)^2,   M <- b M + (1 - b) G,   W <- W - rate P ((P^T M Q) / (sqrt(V) + epsilon)) Q^T,
 *
 * M and V divided by 1 - b^t as in Adam. With P = Q = I it is Adam. Here matrices between the first layer and the last are trained so, all else by
 * Adam with the same b; and eigenvectors are exact, where the source takes one step of a power iteration.
 */
import type { NdArray } from '../../core/ndarray.js';
import { eigh } from '../../linalg/index.js';
import { createModel, type NetworkSpec, trainMany } from '../../nets/index.js';
import { combine, entry } from './arrays.js';
import { multiply, transpose } from './matrices.js';

export interface SoapTask {
  spec: NetworkSpec;
  x: NdArray;
  /** `[n, 1]` */
  y: NdArray;
  networks: readonly { seed: number; rate: number }[];
  steps: number;
  /** Steps (of 0 to `steps`) before which errors are measured. */
  records: readonly number[];
  /** At which relative errors are measured, cycles per unit. */
  frequencies: readonly number[];
  /** Without it P = Q = I. */
  rotated: boolean;
  signal: AbortSignal;
  /** Told after every step how many are done. */
  onStep?: (done: number) => void;
}

/** The source's b, of all moving means. */
const BETA = 0.95;
const EPSILON = 1e-8;
/** Steps from one eigenbasis to the next, as in the source. */
const EVERY = 10;

/** What is kept of one matrix. */
interface Kept {
  /** Both moments, the second in the basis. */
  first: Float64Array;
  second: Float64Array;
  /** L and R; none without rotation. */
  sides?: readonly [left: NdArray, right: NdArray];
  /** Their eigenvectors, in columns. */
  bases?: readonly [left: NdArray, right: NdArray];
}

/** Nothing kept yet, of a matrix `[rows, columns]` that is rotated or not. */
export function kept([rows = 1, columns = 1]: readonly number[], rotated: boolean): Kept {
  const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((a, b) => a * b)), shape });
  return {
    ...{ first: zeros(rows, columns).data, second: zeros(rows, columns).data },
    ...(rotated && { sides: [zeros(rows, rows), zeros(columns, columns)] as const }),
  };
}

/** Relative errors `[records, frequencies]` of each network. */
export async function soap(task: SoapTask): Promise<NdArray[]> {
  const { spec, x, y, networks, steps, records, frequencies, rotated, signal, onStep } = task;
  const states = networks.map(({ seed }) => {
    const model = createModel(spec, { seed, dtype: 'f64' });
    const parameters = model.parameters();
    model.dispose();
    const between = Object.keys(parameters)
      .filter((name) => name.endsWith('.weight'))
      .slice(1, -1);
    return Object.entries(parameters).map(([name, array]) => ({
      ...{ name, array, moments: kept(array.shape, rotated && between.includes(name)) },
    }));
  });
  const errors: number[][] = networks.map(() => []);
  for (let step = 0; step <= steps; step++) {
    // With the learning rate 1 a step of descent goes by the gradient.
    const trained = await trainMany(
      states.map((arrays) => ({
        parameters: Object.fromEntries(arrays.map(({ name, array }) => [name, array])),
      })),
      {
        ...{ spec, x, y, seed: 0, dtype: 'f64', loss: 'mse', steps: 1, signal },
        optimizer: { type: 'sgd', learningRate: 1 },
        record: { at: [0] },
        probes: { error: { type: 'spectrum', points: x, target: y, frequencies: [...frequencies] } },
      },
    );
    for (const [i, { parameters: after, history }] of trained.entries()) {
      const { rate } = entry(networks, i);
      const found = history.probes.error.relativeError.data;
      if (records.includes(step)) errors[i]?.push(...frequencies.map((_, k) => entry(found, k)));
      if (step === steps) continue;
      for (const state of entry(states, i)) {
        const { data, shape } = state.array;
        const gradient = { data: combine(data, after[state.name]?.data ?? [], (v, w) => v - w), shape };
        const change = await direction(state.moments, gradient, step);
        state.array = { data: combine(data, change.data, (v, w) => v - rate * w), shape };
      }
    }
    onStep?.(step);
  }
  return errors.map((list) => ({ data: Float64Array.from(list), shape: [records.length, frequencies.length] }));
}

/** What step t (from 0) with the rate 1 takes off a matrix with this gradient; what is kept of it goes on. */
export async function direction(kept: Kept, gradient: NdArray, step: number): Promise<NdArray> {
  if (kept.sides) {
    const [left, right] = kept.sides;
    average(left.data, multiply(gradient, transpose(gradient)).data);
    average(right.data, multiply(transpose(gradient), gradient).data);
    if (step % EVERY === 0) kept.bases = [(await eigh(left)).vectors, (await eigh(right)).vectors];
  }
  const { first, second, bases } = kept;
  const { shape } = gradient;
  const into = (m: NdArray) => (bases ? multiply(multiply(transpose(bases[0]), m), bases[1]) : m);
  average(first, gradient.data);
  average(
    second,
    Float64Array.from(into(gradient).data, (v) => v * v),
  );
  const correction = 1 - BETA ** (step + 1);
  const data = combine(
    into({ data: first, shape }).data,
    second,
    (m, v) => m / correction / (Math.sqrt(v / correction) + EPSILON),
  );
  const scaled = { data, shape };
  return bases ? multiply(multiply(bases[0], scaled), transpose(bases[1])) : scaled;
}

/** The moving mean, in place. */
function average(of: NdArray['data'], next: ArrayLike<number>): void {
  for (let j = 0; j < of.length; j++) of[j] = BETA * entry(of, j) + (1 - BETA) * entry(next, j);
}
