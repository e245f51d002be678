/**
 * A network first, Jacobi after: Poisson's equation from both ends of the spectrum (slides, section on integral and
 * differential equations; Xu et al. 2019, section on the Jacobi method).
 *
 * A Jacobi sweep multiplies the error in sine mode k on n intervals by exactly cos(k pi / n) (checked here to rounding).
 * So of the lower half of the modes the higher go sooner and the lowest take n^2 sweeps; of the upper half the highest
 * are as slow and change sign every sweep. "Jacobi takes the high frequencies first" holds for the lower half; what
 * smooths is *damped* Jacobi, 1 - w (1 - cos(k pi / n)), whose factor is at most 1/3 in the upper half for w = 2/3. Both are
 * shown. Gauss-Seidel needs half of Jacobi's sweeps, multigrid a few cycles on any grid: what a numerical analyst takes.
 *
 * The network minimises the deep Ritz energy, the loss of Xu et al., with a penalty on the boundary, and knows nothing of
 * the grid. The solution's modes have amplitude 1/k, so that all have the same energy and the order in which they are
 * learnt is not one of size. Its output on the grid, after so many steps, is where Jacobi starts: the hand-over.
 *
 * Sweeps to the tolerance are counted from the modes of the error (for the grids where they can be done, a run checks the
 * count). Costs are these counts times the measured seconds of a step and of a sweep on this machine. A hand-over too
 * early leaves low modes to Jacobi, one too late spends steps on what Jacobi does sooner; on a small grid Jacobi alone is
 * cheapest, and from the reported size on the hybrid is. Multigrid beats both on every grid, which is reported too. The
 * claims about time are made in one dimension, where the grids go far enough; in two dimensions the grids of the quick
 * preset are too small for the network to pay, and its times are reported only.
 */
import { z } from 'zod';
import { jacobiFactor, jacobiSweeps, poissonRelax, poissonSolve, sineModes } from '../analysis/index.js';
import {
  above,
  atLeast,
  atMost,
  below,
  decreasing,
  defineExperiment,
  equalTo,
  increasing,
  passageStep,
  probe,
  refuseDiverged,
} from '../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../figures/index.js';
import type { NdArray } from '../ndarray.js';
import { createModel, type TrainingHistory } from '../nets/index.js';
import { gaussianNoise } from '../spectrum/index.js';
import { rms, rowsOf } from './support/arrays.js';
import { denseLayers } from './support/layers.js';

/** What differs between one dimension and two. */
const side = (d: {
  modes: number[];
  intervals: number;
  grids: number[];
  points: number;
  widths: number[];
  firstLayer: number;
  steps: number;
}) =>
  z
    .object({
      modes: z
        .array(z.int().min(1))
        .min(2)
        .default(d.modes)
        .describe('modes of the solution, amplitude 1/k (along both axes in 2D)'),
      intervals: z
        .int()
        .min(8)
        .default(d.intervals)
        .describe('intervals an axis of the grid on which errors are followed'),
      grids: z
        .array(z.int().min(8))
        .min(2)
        .default(d.grids)
        .describe(
          'grids on which costs are compared, ascending: intervals an axis, divisors of the last, as `intervals`',
        ),
      points: z.int().min(8).default(d.points).describe('training points an axis, midpoints of equal cells'),
      widths: z.array(z.int().min(1)).min(1).default(d.widths).describe('hidden layers of the network, tanh'),
      firstLayer: z
        .number()
        .positive()
        .default(d.firstLayer)
        .describe("standard deviation of the first layer's weights"),
      steps: z.int().min(10).default(d.steps).describe('training steps'),
      learningRate: z.number().positive().default(1e-3).describe('of Adam, falling to a tenth along a cosine'),
    })
    .prefault({});

const parameters = z.object({
  line: side({
    modes: [1, 4, 8],
    intervals: 64,
    grids: [64, 128, 256, 512, 1024, 2048],
    points: 400,
    widths: [200, 200, 200],
    firstLayer: 8,
    steps: 20_000,
  }).describe('one dimension'),
  square: side({
    modes: [1, 2],
    intervals: 32,
    grids: [32, 64, 128, 256],
    points: 48,
    widths: [100, 100, 100],
    firstLayer: 4,
    steps: 10_000,
  }).describe('two dimensions'),
  penalty: z.number().positive().default(2000).describe('weight of the mean squared error on the boundary'),
  tolerance: z
    .number()
    .positive()
    .default(1e-4)
    .describe('relative error to reach, against the exact solution of the difference equations'),
  records: z.int().min(5).default(50).describe('hand-over times, evenly spaced in their logarithm'),
  level: z.number().positive().max(1).default(0.3).describe('relative error at which a mode counts as learnt'),
});

type Side = z.output<ReturnType<typeof side>>;

export const hybridPoisson = defineExperiment({
  id: 'hybrid-poisson',
  title: "Poisson's equation: a network for the low modes, Jacobi for the rest",
  source: 'Slides (001), integral equations and the hybrid method; Xu et al. 2019',
  statement:
    'A network fits the low modes of the solution first, where Jacobi is slowest. Started from its output, Jacobi needs ' +
    'fewer sweeps than from zero and reaches errors that the network does not; handing over too early or too late loses.',
  formula:
    '−u″ = g:  a Jacobi sweep multiplies mode k of the error by cos(kπ/n), a damped one by 1 − w (1 − cos(kπ/n))',
  parameters,
  presets: {
    quick: {
      records: 30,
      line: { points: 200, widths: [60, 60], steps: 5000, learningRate: 3e-3 },
      square: { points: 24, widths: [50, 50], steps: 4000, learningRate: 5e-3, grids: [32, 64, 128] },
    },
    paper: {},
  },
  seconds: { quick: 15, paper: 900 },
  async run({ parameters: p, seed, signal, training }) {
    const factors = await measuredFactors(p.line.intervals, seed, signal);
    const cases: Case[] = [];
    for (const [axes, options] of [
      [1, p.line],
      [2, p.square],
    ] as const) {
      cases.push(
        await follow({ ...p, axes, options, seed, signal, onProgress: training(`network in ${axes}D`, options.steps) }),
      );
    }
    const [line, square] = cases as [Case, Case];
    const names = ['1D', '2D'];
    const n = p.line.intervals;
    const lower = [1, 2, 4, 8, 16, 32].filter((k) => k < n / 2);
    const source = 'slides (001), hybrid method';
    const k = Array.from({ length: n - 1 }, (_, i) => i + 1);

    return {
      metrics: Object.fromEntries(
        cases.flatMap((c, i) => [
          [`network_error_${names[i]}`, c.networkErrors.at(-1)!],
          [`sweeps_from_zero_${names[i]}`, c.sweepsFromZero],
          [`sweeps_after_network_${names[i]}`, c.sweeps.at(-1)!],
          [`pays_from_intervals_${names[i]}`, c.costs.find((cost) => cost.hybrid < cost.alone)?.intervals ?? null],
        ]),
      ),
      tables: cases.flatMap((c, i) => [
        {
          id: `methods-${names[i]!.toLowerCase()}`,
          title: `Sweeps (cycles for multigrid) to a relative error of ${p.tolerance}, ${names[i]}, ${c.intervals} intervals an axis`,
          columns: { method: c.methods.map((m) => m.name), sweeps: c.methods.map((m) => m.sweeps) },
        },
        {
          id: `costs-${names[i]!.toLowerCase()}`,
          title: `Seconds to a relative error of ${p.tolerance} by grid, ${names[i]} (measured on this machine)`,
          columns: {
            intervals: c.costs.map((cost) => cost.intervals),
            'Jacobi alone': c.costs.map((cost) => cost.alone),
            'network, then Jacobi (best hand-over)': c.costs.map((cost) => cost.hybrid),
            'hand-over step': c.costs.map((cost) => cost.step),
            multigrid: c.costs.map((cost) => cost.multigrid),
          },
        },
      ]),
      claims: [
        atMost(1e-12, {
          id: 'jacobi-factor',
          statement:
            'A Jacobi sweep multiplies the error in mode k by cos(k pi / n), a damped one by 1 - w (1 - cos(k pi / n)): largest difference over all modes after 20 sweeps, plain and damped.',
          source: 'Briggs, Henson and McCormick 2000, chapter 2',
          measured: factors.map((f) => f.difference),
          labels: ['w = 1', 'w = 2/3'],
        }),
        decreasing({
          id: 'higher-of-the-lower-half-sooner',
          statement: `In the lower half of the modes the higher go sooner: sweeps that divide mode k by ten.`,
          source,
          measured: lower.map((mode) => Math.log(0.1) / Math.log(Math.abs(jacobiFactor([mode], n)))),
          labels: lower.map((mode) => `k = ${mode}`),
          unit: 'sweeps',
        }),
        below(-0.99, {
          id: 'highest-oscillates',
          statement:
            'The highest mode is no faster than the lowest, and changes sign each sweep: its measured factor, plain Jacobi.',
          source: 'Briggs, Henson and McCormick 2000, chapter 2',
          measured: factors[0]!.measured.at(-1)!,
        }),
        atMost(1 / 3 + 1e-9, {
          id: 'damped-smooths',
          statement:
            'Damped by 2/3, a sweep divides every mode of the upper half by at least 3: largest measured factor.',
          source: 'Briggs, Henson and McCormick 2000, chapter 2',
          measured: Math.max(...factors[1]!.measured.slice(n / 2 - 1).map(Math.abs)),
        }),
        increasing({
          id: 'network-low-first',
          statement: `The network learns the low modes first: the step from which on the relative error of mode k stays at or under ${p.level}, in one dimension and in two.`,
          source,
          measured: [line.passages, square.passages],
          unit: 'steps',
        }),
        equalTo(0, 0, {
          id: 'count-is-exact',
          statement: 'The number of sweeps counted from the modes is what a run takes (difference, from zero).',
          source: 'this package',
          measured: cases.map((c) => c.sweepsFromZero - c.methods[0]!.sweeps),
          labels: names,
        }),
        atLeast(1.2, {
          id: 'fewer-sweeps',
          statement: 'From the trained network Jacobi needs fewer sweeps than from zero (ratio).',
          source,
          measured: cases.map((c) => c.sweepsFromZero / c.sweeps.at(-1)!),
          labels: names,
        }),
        above(10, {
          id: 'beyond-the-network',
          statement: `The hybrid reaches a relative error of ${p.tolerance}; the least error of the network alone is more than ten times as large (ratio).`,
          source,
          measured: cases.map((c) => Math.min(...c.networkErrors) / p.tolerance),
          labels: names,
        }),
        above(1, {
          id: 'too-early',
          statement: `Handing over at once costs more time than at the best step, on the largest grid of one dimension, ${p.line.grids.at(-1)} intervals (ratio of the costs).`,
          source,
          measured: line.early,
        }),
        above(1, {
          id: 'too-late',
          statement: `Handing over at the last step costs more time than at the best one, on the smallest grid of one dimension on which the hybrid pays, ${line.shown.intervals} intervals (ratio of the costs).`,
          source,
          measured: line.late,
        }),
      ],
      figures: [
        panelsFigure({
          id: 'jacobi-factors',
          title: 'What a Jacobi sweep does to each mode',
          caption: `Factor of the error in mode k on ${n} intervals, measured over 20 sweeps (dots) and by formula (line). Left: plain. Right: damped by 2/3, the smoother.`,
          panels: factors.map((f) => ({
            title: f.weight === 1 ? 'Jacobi' : 'damped Jacobi, w = 2/3',
            x: { title: 'mode k' },
            y: { title: 'factor a sweep', domain: [-1.05, 1.05] as const },
            lines: [
              { name: 'formula', x: k, y: k.map((mode) => jacobiFactor([mode], n, f.weight)), color: colors.target },
              { name: 'measured', x: k, y: f.measured, color: colors.output, mark: 'points' as const },
            ],
          })),
        }),
        panelsFigure({
          id: 'errors-by-mode',
          title: 'Relative error by mode',
          caption:
            'Left: the network learns the modes of the solution from low to high. Right: Jacobi from zero (damped by 2/3) removes them from high to low.',
          panels: cases.flatMap((c, i) => [
            {
              title: `network, ${names[i]}`,
              x: { title: 'step', log: true },
              y: { title: 'relative error of the mode', log: true },
              lines: c.modes.map((mode, m) => ({
                name: `k = ${mode}`,
                x: c.steps.map((s) => s + 1),
                y: c.modeErrors.map((e) => e[m]!),
              })),
            },
            {
              title: `Jacobi, ${names[i]}`,
              x: { title: 'sweep', log: true },
              y: { title: 'relative error of the mode', log: true, domain: [1e-4, 1.5] as const },
              lines: c.modes.map((mode) => {
                const at = Array.from({ length: 40 }, (_, j) => Math.round(c.sweepsFromZero ** (j / 39)));
                const factor = jacobiFactor(Array(i + 1).fill(mode) as number[], c.intervals, 2 / 3);
                return { name: `k = ${mode}`, x: at, y: at.map((s) => factor ** s) };
              }),
            },
          ]),
        }),
        panelsFigure({
          id: 'hand-over',
          title: 'Sweeps that Jacobi needs after the network',
          caption: `Sweeps to a relative error of ${p.tolerance} by the step at which the network hands over; level: from zero.`,
          panels: cases.map((c, i) => ({
            title: `${names[i]}, ${c.intervals} intervals an axis`,
            x: { title: 'step of the hand-over', log: true },
            y: { title: 'sweeps', log: true },
            lines: [{ name: 'after the network', x: c.steps.map((s) => s + 1), y: c.sweeps }],
            levels: [{ value: c.sweepsFromZero, name: 'from zero' }],
          })),
        }),
        panelsFigure({
          id: 'time',
          title: 'Time to the tolerance by grid',
          caption:
            'Seconds to a relative error of ' +
            p.tolerance +
            ' on this machine, best hand-over for each grid. On small grids Jacobi alone is sooner, on large ones the hybrid; multigrid is sooner than both.',
          panels: cases.map((c, i) => ({
            title: names[i]!,
            x: { title: 'intervals an axis', log: true, values: c.costs.map((cost) => cost.intervals) },
            y: { title: 'seconds', log: true },
            lines: (['alone', 'hybrid', 'multigrid'] as const).map((method) => ({
              name: { alone: 'Jacobi alone', hybrid: 'network, then Jacobi', multigrid: 'multigrid' }[method],
              x: c.costs.map((cost) => cost.intervals),
              y: c.costs.map((cost) => cost[method]),
              mark: 'both' as const,
            })),
          })),
        }),
        lineFigure({
          id: 'cost-by-hand-over',
          title: 'Cost by the time of the hand-over',
          caption:
            'Seconds of training and of sweeps together, by the step of the hand-over, on the smallest grid on which the hybrid pays (else the largest). Too early leaves low modes to Jacobi; too late pays for steps that save no sweeps.',
          x: { title: 'step of the hand-over', log: true },
          y: { title: 'seconds', log: true },
          lines: cases.map((c, i) => ({
            name: `${names[i]}, ${c.shown.intervals} intervals`,
            x: c.steps.map((s) => s + 1),
            y: c.shown.byStep,
          })),
        }),
      ],
    };
  },
});

/** Factors of the error in every mode, from 20 sweeps of an error that has all modes, and how far the formula is off. */
async function measuredFactors(n: number, seed: number, signal: AbortSignal) {
  const start = gaussianNoise(n - 1, { seed }).data;
  return Promise.all(
    [1, 2 / 3].map(async (weight) => {
      const method = { type: 'jacobi', weight } as const;
      const options = { method, initial: start, sweeps: 20, record: [0, 1, 20], signal };
      const { states } = await poissonRelax(new Float64Array(n - 1), options);
      const [before, once, after] = rowsOf(sineModes(states)) as [Float64Array, Float64Array, Float64Array];
      const expected = Array.from(before, (c, i) => c * jacobiFactor([i + 1], n, weight) ** 20);
      return {
        weight,
        measured: Array.from(once, (c, i) => c / before[i]!),
        difference: Math.max(...expected.map((c, i) => Math.abs(c - after[i]!))),
      };
    }),
  );
}

interface Cost {
  intervals: number;
  /** Seconds of Jacobi from zero, of the best hand-over, of multigrid. */
  alone: number;
  hybrid: number;
  multigrid: number;
  /** The best hand-over, and the seconds of every one. */
  step: number;
  byStep: number[];
}

interface Case {
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
  costs: Cost[];
  /** The cost of the first and the last hand-over over the best one. */
  early: number;
  late: number;
  shown: Cost;
}

/** One dimension count: train once, then ask on every grid what each hand-over would cost. */
async function follow(o: {
  axes: 1 | 2;
  options: Side;
  penalty: number;
  tolerance: number;
  records: number;
  level: number;
  seed: number;
  signal: AbortSignal;
  onProgress: (progress: { done: number; value?: number }) => void;
}): Promise<Case> {
  const { axes, options, tolerance, signal } = o;
  const { modes, intervals, grids } = options;
  const finest = grids.at(-1)!;
  const x = cells(options.points, axes);
  const { history, secondsAStep } = await train(o, x, inner(finest, axes));
  refuseDiverged(history, `network in ${axes}D`);
  const outputs = probe(history, 'output', 'values');
  const fine = { data: outputs.data, shape: [history.steps.length, ...Array<number>(axes).fill(finest - 1)] };

  const on = (n: number) => {
    const g = source(inner(n, axes), modes, axes);
    const exact = poissonSolve(g);
    const size = norm(exact.data);
    const fits = restricted(fine, finest / n, axes);
    const per = exact.data.length;
    const errors = { data: fits.data.map((v, i) => v - exact.data[i % per]!), shape: fits.shape };
    const count = (e: NdArray): number[] => Array.from(jacobiSweeps(e, { axes, level: tolerance * size }).data);
    return {
      g,
      exact,
      errors,
      size,
      sweeps: count(errors),
      fromZero: count({ data: exact.data, shape: [1, ...exact.shape] })[0]!,
    };
  };
  const own = on(intervals);
  const goal = sineModes(own.exact, { axes }).data;
  const found = sineModes(own.errors, { axes });
  const place = (mode: number): number => (axes === 1 ? mode - 1 : (mode - 1) * (intervals - 1) + mode - 1);
  const modeErrors = rowsOf(found).map((row) => modes.map((mode) => Math.abs(row[place(mode)]! / goal[place(mode)]!)));
  const methods: Case['methods'] = [];
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

  const costs: Cost[] = [];
  for (const n of grids) {
    const { g, sweeps, fromZero } = on(n);
    const [sweep, cycle] = [await secondsOf(g, 'jacobi', signal), await secondsOf(g, 'multigrid', signal)];
    const { sweeps: cycles } = await poissonRelax(g, { method: 'multigrid', sweeps: 100, tolerance, signal });
    const byStep = history.steps.map((step, r) => step * secondsAStep + sweeps[r]! * sweep);
    // A hybrid has trained at least once: the untrained output is a start like any other.
    const best = byStep.indexOf(Math.min(...byStep.slice(1)), 1);
    const step = history.steps[best]!;
    costs.push({
      intervals: n,
      alone: fromZero * sweep,
      hybrid: byStep[best]!,
      multigrid: cycles * cycle,
      step,
      byStep,
    });
  }
  const largest = costs.at(-1)!;
  const shown = costs.find((cost) => cost.hybrid < cost.alone) ?? largest;
  return {
    intervals,
    modes,
    steps: history.steps,
    networkErrors: rowsOf(own.errors).map((e) => norm(e) / own.size),
    modeErrors,
    passages: modes.map((_, m) =>
      passageStep(
        history.steps,
        modeErrors.map((e) => e[m]!),
        o.level,
        { settled: true },
      ),
    ),
    sweeps: own.sweeps,
    sweepsFromZero: own.fromZero,
    methods,
    costs,
    early: largest.byStep[0]! / largest.hybrid,
    late: shown.byStep.at(-1)! / shown.hybrid,
    shown,
  };
}

async function train(
  { axes, options, penalty, records, seed, signal, onProgress }: Parameters<typeof follow>[0],
  x: NdArray,
  points: NdArray,
): Promise<{ history: TrainingHistory; secondsAStep: number }> {
  const { widths, firstLayer, learningRate, steps, modes } = options;
  const model = createModel({ input: axes, layers: denseLayers({ input: axes, widths, firstLayer }) }, { seed });
  const edge = boundary(options.points, axes);
  const start = performance.now();
  const history = await model.train({
    x,
    loss: {
      type: 'ritz',
      source: source(x, modes, axes).data,
      conditions: [{ points: edge, values: new Float64Array(edge.shape[0]!), weight: penalty }],
    },
    optimizer: { type: 'adam', learningRate, schedule: { type: 'cosine', steps, last: 0.1 } },
    steps,
    record: { log: records },
    probes: { output: { type: 'outputs', points } },
    signal,
    onProgress,
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
  const count = method === 'jacobi' ? Math.max(20, Math.round(2e7 / g.data.length)) : 200;
  return Math.min(await timed(count), await timed(count), await timed(count)) / count;
}

/** The source of `u = sum_k sin(k pi x) / k` (in 2D `sin(k pi x) sin(k pi y) / k`) on the unit interval or square. */
function source({ data, shape }: NdArray, modes: number[], axes: 1 | 2): NdArray {
  const n = shape[0]!;
  const values = Float64Array.from({ length: n }, (_, i) =>
    modes.reduce((sum, k) => {
      const waves = Array.from({ length: axes }, (_, a) => Math.sin(k * Math.PI * data[i * axes + a]!));
      return sum + axes * k * Math.PI ** 2 * waves.reduce((product, w) => product * w, 1);
    }, 0),
  );
  const side = Math.round(n ** (1 / axes));
  return { data: values, shape: Array<number>(axes).fill(side) };
}

/** The inner points of a grid of n intervals an axis, `[(n - 1)^axes, axes]`, row-major. */
const inner = (n: number, axes: 1 | 2): NdArray =>
  product(
    Array.from({ length: n - 1 }, (_, i) => (i + 1) / n),
    axes,
  );

/** Midpoints of n equal cells an axis. */
const cells = (n: number, axes: 1 | 2): NdArray =>
  product(
    Array.from({ length: n }, (_, i) => (i + 0.5) / n),
    axes,
  );

function product(at: number[], axes: 1 | 2): NdArray {
  if (axes === 1) return { data: Float64Array.from(at), shape: [at.length, 1] };
  return { data: Float64Array.from(at.flatMap((y) => at.flatMap((x) => [y, x]))), shape: [at.length ** 2, 2] };
}

/** Both ends, or n points on each side of the square. */
function boundary(n: number, axes: 1 | 2): NdArray {
  if (axes === 1) return { data: Float64Array.of(0, 1), shape: [2, 1] };
  const at = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  const points = at.flatMap((t) => [t, 0, t, 1, 0, t, 1, t]);
  return { data: Float64Array.from(points), shape: [4 * n, 2] };
}

/** Every `factor`-th inner point of grid functions `[r, ...]`: those on the grid of `factor` times the spacing. */
function restricted({ data, shape }: NdArray, factor: number, axes: 1 | 2): NdArray {
  const [records = 0, side = 0] = shape;
  const coarse = (side + 1) / factor - 1;
  const per = side ** axes;
  const out = new Float64Array(records * coarse ** axes);
  for (let i = 0; i < out.length; i++) {
    const [r, at] = [Math.floor(i / coarse ** axes), i % coarse ** axes];
    const fine = (j: number): number => (j + 1) * factor - 1;
    out[i] = data[r * per + (axes === 1 ? fine(at) : fine(Math.floor(at / coarse)) * side + fine(at % coarse))]!;
  }
  return { data: out, shape: [records, ...Array<number>(axes).fill(coarse)] };
}

const norm = (values: ArrayLike<number>): number => rms(values) * Math.sqrt(values.length);
