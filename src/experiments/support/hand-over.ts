/**
 * Networks' solutions of Poisson's equation handed over to Jacobi: how many sweeps are left after so many steps, and
 * what steps and sweeps cost together.
 */

import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { grid, type RunContext, trainAll } from '../../experiment/index.js';
import { jacobiSweeps, poissonRelax, poissonSolve, sineModes } from '../../linalg/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { rms, stacked } from './arrays.js';
import { range } from './circle.js';
import { denseLayers } from './layers.js';
import { type Axes, boundaryPoints, innerPoints, midpoints, restricted, sourceOf } from './poisson-grid.js';

export interface HandOverOptions {
  axes: Axes;
  /** Modes of the solution, ascending. */
  modes: number[];
  /** Intervals an axis of the grid on which errors are followed, and of those on which costs are compared, ascending. */
  intervals: number;
  grids: number[];
  /** Training points an axis. */
  points: number;
  hidden: number[];
  firstLayer: number;
  steps: number;
  learningRate: number;
  /** Weight of the boundary. */
  penalty: number;
  /** Relative error to reach. */
  tolerance: number;
  records: number;
  /** One for each network. */
  seeds: number[];
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
  /** Sweeps after every hand-over. */
  sweeps: number[];
}

/** Relative error of each mode of the solution by record, `[records, modes]`. */
export interface ModeErrors {
  steps: number[];
  error: NdArray;
}

/** A network's hand-over at every record. */
export interface HandedOver extends ModeErrors {
  /** Relative error of the network at each record. */
  networkErrors: number[];
  /** Jacobi sweeps to the tolerance from the network at each record. */
  sweeps: number[];
  /** By grid, in counted operations. */
  work: Cost[];
}

export interface HandOver {
  intervals: number;
  modes: number[];
  sweepsFromZero: number;
  methods: { name: string; sweeps: number }[];
  networks: HandedOver[];
  /** The errors of networks that see the point through waves of which the highest is the strongest. */
  reversed: ModeErrors[];
  /** By grid, in measured seconds, of the first network. */
  time: Cost[];
}

type Context = Pick<RunContext<unknown>, 'signal' | 'training'>;

/** Trains the networks, then asks on every grid what each hand-over would cost. */
export async function handOver(context: Context, o: HandOverOptions): Promise<HandOver> {
  const { axes, modes, intervals, grids, tolerance } = o;
  const { signal } = context;
  const finest = grids.at(-1) ?? intervals;
  const trained = await train(context, o, innerPoints(finest, axes));
  const plain = trained.filter(({ reversed }) => !reversed);
  const steps = trained[0]?.steps ?? [];

  const problem = (n: number) => {
    const g = sourceOf(innerPoints(n, axes), modes, axes);
    const exact = poissonSolve(g);
    const size = norm(exact.data);
    const errors = ({ probes }: (typeof trained)[number]): NdArray => {
      const fine = { data: probes.output.values.data, shape: [steps.length, ...Array<number>(axes).fill(finest - 1)] };
      const fits = restricted(fine, finest / n, axes);
      const per = exact.data.length;
      return { data: fits.data.map((v, i) => v - (exact.data[i % per] ?? 0)), shape: fits.shape };
    };
    const count = (e: NdArray): number[] => Array.from(jacobiSweeps(e, { axes, level: tolerance * size }).data);
    const [fromZero = 0] = count({ data: exact.data, shape: [1, ...exact.shape] });
    return { g, exact, size, errors, count, fromZero };
  };
  const own = problem(intervals);
  const goal = sineModes(own.exact, { axes }).data;
  const place = (mode: number): number => (axes === 1 ? mode - 1 : (mode - 1) * (intervals - 1) + mode - 1);
  const modeErrors = (errors: NdArray): NdArray =>
    stacked(
      rows(sineModes(errors, { axes })).map((found) =>
        modes.map((mode) => Math.abs((found[place(mode)] ?? Number.NaN) / (goal[place(mode)] ?? Number.NaN))),
      ),
    );
  const networks = plain.map((network): HandedOver => {
    const errors = own.errors(network);
    return {
      steps,
      error: modeErrors(errors),
      networkErrors: rows(errors).map((e) => norm(e) / own.size),
      sweeps: own.count(errors),
      work: [],
    };
  });
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
  methods.push({ name: 'network, then Jacobi', sweeps: networks[0]?.sweeps.at(-1) ?? Number.NaN });

  const time: Cost[] = [];
  const step = await secondsAStep(o, signal);
  for (const n of grids) {
    const { g, errors, count, fromZero } = problem(n);
    const { sweeps: cycles } = await poissonRelax(g, { method: 'multigrid', sweeps: 100, tolerance, signal });
    for (const [i, network] of plain.entries()) {
      const counted = { steps, sweeps: count(errors(network)), fromZero, cycles, intervals: n };
      networks[i]?.work.push(cost(counted, operations(o, n)));
      if (i > 0) continue;
      const prices = {
        step,
        sweep: await secondsOf(g, 'jacobi', signal),
        cycle: await secondsOf(g, 'multigrid', signal),
      };
      time.push(cost(counted, prices));
    }
  }
  const reversed = trained
    .filter((one) => one.reversed)
    .map((network) => ({ steps, error: modeErrors(own.errors(network)) }));
  return { intervals, modes, sweepsFromZero: own.fromZero, methods, networks, reversed, time };
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
  const byStep = steps.map((s, r) => s * step + (sweeps[r] ?? Number.NaN) * sweep);
  // A hybrid has trained at least once: the untrained output is a start like any other.
  const hybrid = Math.min(...byStep.slice(1));
  const best = byStep.indexOf(hybrid, 1);
  return {
    intervals,
    alone: fromZero * sweep,
    hybrid,
    multigrid: cycles * cycle,
    step: steps[best] ?? 0,
    byStep,
    sweeps,
  };
}

/**
 * Floating-point operations. A step: 6 a weight and row of the products (2 forward, 4 backward), a point having a row for
 * its value and one for each first derivative. A sweep: the sum of the neighbours and the source, and one product. A
 * cycle: on every grid four sweeps, and about two more for the residual and the transfers.
 */
function operations({ axes, points, hidden }: HandOverOptions, n: number): Prices {
  const sizes = [axes, ...hidden, 1];
  const weights = range(1, hidden.length + 1).reduce((sum, l) => sum + (sizes[l] ?? 0) * (sizes[l - 1] ?? 0), 0);
  const rows = points ** axes * (1 + axes) + (boundaryPoints(points, axes).shape[0] ?? 0);
  const sweep = (n - 1) ** axes * (2 * axes + 1);
  return { step: 6 * weights * rows, sweep, cycle: (6 * sweep) / (1 - 0.5 ** axes) };
}

/** The deep Ritz energy with its boundary, and how it is minimised. */
function task({ axes, modes, points, penalty, steps, learningRate }: HandOverOptions) {
  const x = midpoints(points, axes);
  const names = axes === 1 ? ['x'] : ['x1', 'x2'];
  return {
    x,
    loss: {
      type: 'ritz' as const,
      energy: `(${names.map((name) => `u_${name}^2`).join(' + ')}) / 2 - source * u`,
      data: { source: sourceOf(x, modes, axes).data },
      conditions: [{ points: boundaryPoints(points, axes), equation: 'u', weight: penalty }],
    },
    optimizer: { type: 'adam' as const, learningRate, schedule: { type: 'cosine' as const, steps, last: 0.1 } },
    steps,
  };
}

/** A tanh network of the point, or of waves up to the highest mode of the solution, the highest the strongest. */
function networkOf({ axes, modes, hidden, firstLayer }: HandOverOptions, reversed: boolean): NetworkSpec {
  if (!reversed) return { input: axes, layers: denseLayers({ input: axes, widths: hidden, firstLayer }) };
  const top = modes.at(-1) ?? 1;
  const ks = range(1, top);
  // Products of sines are sums of the waves along (i, j) and (i, -j).
  const waves =
    axes === 1
      ? ks.map((k) => [k])
      : ks.flatMap((i) =>
          ks.flatMap((j) => [
            [i, j],
            [i, -j],
          ]),
        );
  const features: LayerSpec = {
    type: 'fourierFeatures',
    frequencies: waves.map((wave) => wave.map((k) => k / 2)),
    amplitudes: waves.map((wave) => Math.hypot(...wave) / (top * Math.sqrt(axes))),
  };
  return { input: axes, layers: [features, ...denseLayers({ input: 2 * waves.length, widths: hidden })] };
}

const train = (context: Context, o: HandOverOptions, measured: NdArray) =>
  trainAll(context, {
    cells: grid({ reversed: [false, true], seed: o.seeds }),
    what: `networks in ${o.axes}D`,
    run: ({ reversed, seed }) => ({
      seed,
      spec: networkOf(o, reversed),
      probes: { output: { type: 'outputs' as const, points: measured } },
    }),
    shared: { ...task(o), record: { log: o.records } },
  });

/** Seconds of a training step of one network that has the machine for itself. */
async function secondsAStep(o: HandOverOptions, signal: AbortSignal): Promise<number> {
  const model = createModel(networkOf(o, false), { seed: o.seeds[0] ?? 0 });
  const { x, loss, optimizer } = task(o);
  const steps = Math.min(o.steps, 200);
  const start = performance.now();
  await model.train({ x, loss, optimizer, steps, record: { at: [] }, signal });
  return (performance.now() - start) / 1000 / steps;
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
