/**
 * A network's solution of Poisson's equation handed over to Jacobi: how many sweeps are left after so many steps, and
 * what steps and sweeps cost together.
 */

import type { NdArray } from '../../core/ndarray.js';
import { passageStep, probe, refuseDiverged } from '../../experiment/index.js';
import { jacobiSweeps, poissonRelax, poissonSolve, sineModes } from '../../linalg/index.js';
import { createModel, type TrainingHistory, type TrainOptions } from '../../nets/index.js';
import { rms, rowsOf } from './arrays.js';
import { denseLayers } from './layers.js';
import { type Axes, boundaryPoints, innerPoints, midpoints, restricted, sourceOf } from './poisson-grid.js';

export interface HandOverOptions {
  axes: Axes;
  /** Modes of the solution. */
  modes: number[];
  /** Intervals an axis of the grid on which errors are followed, and of those on which costs are compared, ascending. */
  intervals: number;
  grids: number[];
  /** Training points an axis. */
  points: number;
  widths: number[];
  firstLayer: number;
  steps: number;
  learningRate: number;
  /** Weight of the boundary. */
  penalty: number;
  /** Relative error to reach. */
  tolerance: number;
  records: number;
  /** Relative error at which a mode counts as learnt. */
  level: number;
  seed: number;
  signal: AbortSignal;
  onProgress: NonNullable<TrainOptions['onProgress']>;
}

/** Of reaching the tolerance on one grid, in operations or in seconds. */
export interface Cost {
  intervals: number;
  /** Jacobi from zero, the best hand-over, multigrid. */
  alone: number;
  hybrid: number;
  multigrid: number;
  /** The step of the best hand-over, and the cost of every one. */
  step: number;
  byStep: number[];
}

export interface HandOver {
  intervals: number;
  modes: number[];
  steps: number[];
  /** Relative error of the network at each record; of each mode of the solution, `[records, modes]`. */
  networkErrors: number[];
  modeErrors: number[][];
  passages: (number | null)[];
  /** Jacobi sweeps to the tolerance from the network at each record, and from zero. */
  sweeps: number[];
  sweepsFromZero: number;
  methods: { name: string; sweeps: number }[];
  /** By grid: counted operations, measured seconds. */
  work: Cost[];
  time: Cost[];
}

/** Trains once, then asks on every grid what each hand-over would cost. */
export async function handOver(o: HandOverOptions): Promise<HandOver> {
  const { axes, modes, intervals, grids, tolerance, signal } = o;
  const finest = grids.at(-1)!;
  const { history, secondsAStep } = await train(o, innerPoints(finest, axes));
  refuseDiverged(history, `network in ${axes}D`);
  const { steps } = history;
  const outputs = probe(history, 'output', 'values');
  const fine = { data: outputs.data, shape: [steps.length, ...Array<number>(axes).fill(finest - 1)] };

  const on = (n: number) => {
    const g = sourceOf(innerPoints(n, axes), modes, axes);
    const exact = poissonSolve(g);
    const size = norm(exact.data);
    const fits = restricted(fine, finest / n, axes);
    const per = exact.data.length;
    const errors = { data: fits.data.map((v, i) => v - exact.data[i % per]!), shape: fits.shape };
    const count = (e: NdArray): number[] => Array.from(jacobiSweeps(e, { axes, level: tolerance * size }).data);
    const fromZero = count({ data: exact.data, shape: [1, ...exact.shape] })[0]!;
    return { g, exact, errors, size, sweeps: count(errors), fromZero };
  };
  const own = on(intervals);
  const goal = sineModes(own.exact, { axes }).data;
  const found = sineModes(own.errors, { axes });
  const place = (mode: number): number => (axes === 1 ? mode - 1 : (mode - 1) * (intervals - 1) + mode - 1);
  const modeErrors = rowsOf(found).map((row) => modes.map((mode) => Math.abs(row[place(mode)]! / goal[place(mode)]!)));
  const methods: HandOver['methods'] = [];
  for (const [name, method] of [
    ['Jacobi', 'jacobi'],
    ['damped Jacobi, w = 2/3', { type: 'jacobi', weight: 2 / 3 }],
    ['Gauss-Seidel', 'gaussSeidel'],
    ['multigrid', 'multigrid'],
  ] as const) {
    const run = await poissonRelax(own.g, { method, sweeps: 10_000_000, tolerance, signal });
    methods.push({ name, sweeps: run.sweeps });
  }
  methods.push({ name: 'network, then Jacobi', sweeps: own.sweeps.at(-1)! });

  const [work, time]: [Cost[], Cost[]] = [[], []];
  for (const n of grids) {
    const { g, sweeps, fromZero } = on(n);
    const { sweeps: cycles } = await poissonRelax(g, { method: 'multigrid', sweeps: 100, tolerance, signal });
    const counted = { steps, sweeps, fromZero, cycles, intervals: n };
    work.push(cost(counted, operations(o, n)));
    time.push(
      cost(counted, {
        step: secondsAStep,
        sweep: await secondsOf(g, 'jacobi', signal),
        cycle: await secondsOf(g, 'multigrid', signal),
      }),
    );
  }
  const passage = (m: number) =>
    passageStep(
      steps,
      modeErrors.map((e) => e[m]!),
      o.level,
      { settled: true },
    );
  return {
    intervals,
    modes,
    steps,
    networkErrors: rowsOf(own.errors).map((e) => norm(e) / own.size),
    modeErrors,
    passages: modes.map((_, m) => passage(m)),
    sweeps: own.sweeps,
    sweepsFromZero: own.fromZero,
    methods,
    work,
    time,
  };
}

interface Counted {
  steps: number[];
  sweeps: number[];
  fromZero: number;
  cycles: number;
  intervals: number;
}

/** What a training step, a Jacobi sweep and a cycle of multigrid cost. */
interface Prices {
  step: number;
  sweep: number;
  cycle: number;
}

function cost({ steps, sweeps, fromZero, cycles, intervals }: Counted, { step, sweep, cycle }: Prices): Cost {
  const byStep = steps.map((s, r) => s * step + sweeps[r]! * sweep);
  // A hybrid has trained at least once: the untrained output is a start like any other.
  const best = byStep.indexOf(Math.min(...byStep.slice(1)), 1);
  const multigrid = cycles * cycle;
  return { intervals, alone: fromZero * sweep, hybrid: byStep[best]!, multigrid, step: steps[best]!, byStep };
}

/**
 * Floating-point operations. A step: 6 a weight and row of the products (2 forward, 4 backward), a point having a row for
 * its value and one for each first derivative. A sweep: the sum of the neighbours and the source, and one product. A
 * cycle: on every grid four sweeps, and about two more for the residual and the transfers.
 */
function operations({ axes, points, widths }: HandOverOptions, n: number): Prices {
  const sizes = [axes, ...widths, 1];
  const weights = widths.reduce((sum, width, l) => sum + width * sizes[l]!, widths.at(-1)!);
  const rows = points ** axes * (1 + axes) + boundaryPoints(points, axes).shape[0]!;
  const sweep = (n - 1) ** axes * (2 * axes + 1);
  return { step: 6 * weights * rows, sweep, cycle: (6 * sweep) / (1 - 0.5 ** axes) };
}

async function train(
  { axes, modes, points, widths, firstLayer, penalty, steps, learningRate, records, ...o }: HandOverOptions,
  measured: NdArray,
): Promise<{ history: TrainingHistory; secondsAStep: number }> {
  const spec = { input: axes, layers: denseLayers({ input: axes, widths, firstLayer }) };
  const x = midpoints(points, axes);
  const edge = boundaryPoints(points, axes);
  const names = axes === 1 ? ['x'] : Array.from({ length: axes }, (_, i) => `x${i + 1}`);
  const start = performance.now();
  const history = await createModel(spec, { seed: o.seed }).train({
    x,
    loss: {
      type: 'ritz',
      energy: `(${names.map((name) => `u_${name}^2`).join(' + ')}) / 2 - source * u`,
      data: { source: sourceOf(x, modes, axes).data },
      conditions: [{ points: edge, equation: 'u', weight: penalty }],
    },
    optimizer: { type: 'adam', learningRate, schedule: { type: 'cosine', steps, last: 0.1 } },
    steps,
    record: { log: records },
    probes: { output: { type: 'outputs', points: measured } },
    signal: o.signal,
    onProgress: o.onProgress,
  });
  return { history, secondsAStep: (performance.now() - start) / 1000 / steps };
}

/** Seconds of a sweep (a cycle for multigrid), the least of three measurements. */
async function secondsOf(g: NdArray, method: 'jacobi' | 'multigrid', signal: AbortSignal): Promise<number> {
  const timed = async (sweeps: number): Promise<number> => {
    const start = performance.now();
    await poissonRelax(g, { method, sweeps, signal });
    return (performance.now() - start) / 1000;
  };
  const count = method === 'jacobi' ? Math.max(20, Math.round(5e6 / g.data.length)) : 50;
  return Math.min(await timed(count), await timed(count), await timed(count)) / count;
}

const norm = (values: ArrayLike<number>): number => rms(values) * Math.sqrt(values.length);
