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
 * learnt is not one of size. It is claimed of the lowest and the highest mode, since neighbours come within a record of each other in some
 * networks, and as what is left of the highest, which not every network learns in the steps of `quick`. In its control the network sees the point through waves of which the highest is the strongest, and the order turns
 * round. Its output on the grid, after so many steps, is where Jacobi starts: the hand-over.
 *
 * Sweeps to the tolerance are counted from the modes of the error (for the grids where they can be done, a run checks
 * the count). Costs are given twice: as floating-point operations, counted, and as seconds on this machine, measured. A
 * hand-over too early leaves low modes to Jacobi, one too late spends steps on what Jacobi does sooner; on a small grid
 * Jacobi alone is cheapest, and from the reported size on the hybrid saves a fifth of its cost or more. The claims are
 * about operations, which are the same everywhere: seconds hang on what else the machine does, and an operation of a
 * training step, a matrix product, takes less time than one of a sweep, so that in seconds the hybrid pays on smaller
 * grids. How late is too late is a matter of the grid: in the quick preset the last of
 * the 5,000 steps costs 8 to 32 times as much as the best on 1,024 intervals, which is among the first ten, and 1 to 2.3 times on
 * 4,096, where the best is anywhere from the first to the last (seven networks of five seeds). Multigrid beats both on every grid, which is reported too. The claims about cost are made in one dimension,
 * where the grids go far enough; in two dimensions the grids of the quick preset are too small for the network to pay.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { Draw } from '../../core/random.js';
import { rows } from '../../core/reading.js';
import {
  above,
  atLeast,
  atMost,
  below,
  common,
  decreasing,
  defineExperiment,
  equalTo,
  learntLevels,
  leftWhenLearnt,
  spread,
  type Table,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { jacobiFactor, poissonRelax, sineModes } from '../../linalg/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { type Cost, type HandOverOptions, handOver, type ModeErrors } from '../support/hand-over.js';
import { medianBand } from '../support/order.js';

/** What differs between one dimension and two. */
const side = (
  d: Pick<HandOverOptions, 'modes' | 'intervals' | 'grids' | 'points' | 'hidden' | 'firstLayer' | 'steps'>,
) =>
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
      hidden: common.hidden(d.hidden),
      firstLayer: z
        .number()
        .positive()
        .default(d.firstLayer)
        .describe("standard deviation of the first layer's weights"),
      steps: common.steps(d.steps),
      learningRate: z.number().positive().default(1e-3).describe('of Adam, falling to a tenth along a cosine'),
    })
    .prefault({});

const parameters = z.object({
  line: side({
    modes: [1, 4, 8],
    intervals: 64,
    grids: [64, 128, 256, 512, 1024, 2048, 4096, 8192],
    points: 200,
    hidden: [100, 100],
    firstLayer: 8,
    steps: 20_000,
  }).describe('one dimension'),
  square: side({
    modes: [1, 2],
    intervals: 32,
    grids: [32, 64, 128, 256],
    points: 48,
    hidden: [100, 100, 100],
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
  level: common.level(),
  networks: common.networks(),
});

export const hybridPoisson = defineExperiment({
  id: 'hybrid-poisson',
  title: "Poisson's equation: a network for the low modes, Jacobi for the rest",
  source: [
    cite('notesSlides', 'integral equations and the hybrid method'),
    cite('xu2020', 'section on the Jacobi method'),
  ].join('; '),
  statement:
    'A network fits the low modes of the solution first, where Jacobi is slowest. Started from its output, Jacobi needs ' +
    'fewer sweeps than from zero and reaches errors that the network does not; handing over too early or too late loses.',
  formula:
    '−u″ = g:  a Jacobi sweep multiplies mode k of the error by cos(kπ/n), a damped one by 1 − w (1 − cos(kπ/n))',
  parameters,
  presets: {
    quick: {
      records: 20,
      line: { hidden: [60, 60], steps: 5000, learningRate: 3e-3, grids: [64, 256, 1024, 4096] },
      square: { points: 16, hidden: [50, 50], steps: 4000, learningRate: 5e-3, grids: [32, 64, 128] },
    },
    paper: {},
  },
  seconds: { quick: 20, paper: 1800 },
  async measure(context) {
    const { parameters, seeds, random, signal } = context;
    const { line, square, level: _, networks, ...shared } = parameters;
    const factors = await measuredFactors(line.intervals, random('error'), signal);
    const own = seeds(networks);
    return {
      factors,
      line: await handOver(context, { ...shared, ...line, axes: 1, seeds: own }),
      square: await handOver(context, { ...shared, ...square, axes: 2, seeds: own }),
    };
  },

  present({ factors, line, square }, p) {
    const cases = [line, square];
    const names = ['1D', '2D'];
    const median = (values: readonly number[]): number => spread(values).median;
    const n = p.line.intervals;
    const lower = [1, 2, 4, 8, 16, 32].filter((k) => k < n / 2);
    const slides = cite('notesSlides', 'the hybrid method');
    const briggs = cite('briggs2000', 'chapter 2');
    const closed = { none: 'a closed form, measured' };
    const k = Array.from({ length: n - 1 }, (_, i) => i + 1);
    const [plain, damped] = factors;
    const last = <T>(list: readonly T[]): T | undefined => list.at(-1);
    /** Of every network the costs on a grid: 0 is the smallest, -1 the largest. */
    const costs = (grid: number, read: (cost: Cost) => number): number[] =>
      line.networks.map(({ work }) => {
        const cost = work.at(grid);
        return cost ? read(cost) : Number.NaN;
      });
    const [smallest, finer, largest] = [p.line.grids[0], p.line.grids.at(-2), p.line.grids.at(-1)];
    const late = ({ byStep, hybrid }: Cost) => (last(byStep) ?? Number.NaN) / hybrid;
    const small = (read: (cost: Cost) => number) => ({
      id: 'smallest-grid',
      statement: `on ${smallest} intervals, where sweeps are few and cheap`,
      measured: costs(0, read),
    });
    const shown = cases.flatMap((c, i) =>
      (c.networks[0]?.work ?? [])
        .slice(i === 0 ? -2 : -1)
        .map((cost) => ({ cost, name: names[i], steps: c.networks[0]?.steps ?? [] })),
    );
    /** The error of the highest mode, over the level, when the lowest is learnt. */
    const highLeft = (list: readonly ModeErrors[], level: number): (number | null)[] =>
      list.map((one) => {
        const left = leftWhenLearnt(one, { learnt: 0, left: (one.error.shape[1] ?? 1) - 1, level });
        return left === null ? null : left / level;
      });

    return {
      metrics: Object.fromEntries(
        cases.flatMap(({ networks, sweepsFromZero, time }, i) => [
          [`network_error_${names[i]}`, median(networks.map((one) => last(one.networkErrors) ?? Number.NaN))],
          [`sweeps_from_zero_${names[i]}`, sweepsFromZero],
          [`sweeps_after_network_${names[i]}`, median(networks.map(({ sweeps }) => last(sweeps) ?? Number.NaN))],
          [`pays_from_intervals_${names[i]}`, paying(networks[0]?.work ?? [])?.intervals ?? null],
          [`pays_from_intervals_in_seconds_${names[i]}`, paying(time)?.intervals ?? null],
        ]),
      ),
      tables: cases.flatMap((c, i) => [
        {
          id: `methods-${names[i]?.toLowerCase()}`,
          title: `Sweeps (cycles for multigrid) to a relative error of ${p.tolerance}, ${names[i]}, ${c.intervals} intervals an axis`,
          columns: { method: c.methods.map((m) => m.name), sweeps: c.methods.map((m) => m.sweeps) },
        },
        costTable(
          `work-${names[i]?.toLowerCase()}`,
          `Operations to a relative error of ${p.tolerance}, ${names[i]}`,
          c.networks[0]?.work ?? [],
        ),
        costTable(
          `time-${names[i]?.toLowerCase()}`,
          `Seconds to a relative error of ${p.tolerance}, ${names[i]}, as measured on this machine`,
          c.time,
        ),
      ]),
      claims: [
        atMost(1e-12, {
          id: 'jacobi-factor',
          statement:
            'A Jacobi sweep multiplies the error in mode k by cos(k pi / n), a damped one by 1 - w (1 - cos(k pi / n)): largest difference over all modes after 20 sweeps, plain and damped.',
          source: briggs,
          measured: factors.map((f) => f.difference),
          labels: ['w = 1', 'w = 2/3'],
          control: closed,
        }),
        decreasing({
          id: 'higher-of-the-lower-half-sooner',
          statement: `In the lower half of the modes the higher go sooner: sweeps that divide mode k by ten.`,
          source: slides,
          measured: lower.map((mode) => Math.log(0.1) / Math.log(Math.abs(jacobiFactor([mode], n)))),
          labels: lower.map((mode) => `k = ${mode}`),
          unit: 'sweeps',
          control: closed,
        }),
        below(-0.99, {
          id: 'highest-oscillates',
          statement:
            'The highest mode is no faster than the lowest, and changes sign each sweep: its measured factor, plain Jacobi.',
          source: briggs,
          measured: last(plain?.measured ?? []) ?? null,
          control: { id: 'damped', statement: 'damped by 2/3', measured: last(damped?.measured ?? []) ?? null },
        }),
        atMost(1 / 3 + 1e-9, {
          id: 'damped-smooths',
          statement:
            'Damped by 2/3, a sweep divides every mode of the upper half by at least 3: largest measured factor.',
          source: briggs,
          measured: largestOfUpperHalf(damped, n),
          control: { id: 'plain', statement: 'plain Jacobi', measured: largestOfUpperHalf(plain, n) },
        }),
        ...cases.map((c, i) =>
          above(1, {
            id: `network-low-first-${names[i]?.toLowerCase()}`,
            statement: `${names[i]}: when the network has learnt the lowest mode (relative error settled under ${p.level}), the highest is not learnt yet (its error over that level), in every one of ${p.networks} networks.`,
            source: slides,
            measured: highLeft(c.networks, p.level),
            levels: learntLevels.map((level) => ({ level, measured: highLeft(c.networks, level) })),
            control: {
              id: 'reversed',
              statement: 'the same network on waves of x, the highest mode as its strongest input',
              measured: highLeft(c.reversed, p.level),
            },
          }),
        ),
        equalTo(0, 0, {
          id: 'count-is-exact',
          statement: 'The number of sweeps counted from the modes is what a run takes (difference, from zero).',
          source: cite('fprinciple', 'sweeps counted from the modes'),
          measured: cases.map((c) => c.sweepsFromZero - (c.methods[0]?.sweeps ?? Number.NaN)),
          labels: names,
          control: { none: 'an identity' },
        }),
        ...cases.map((c, i) =>
          atLeast(1.2, {
            id: `fewer-sweeps-${names[i]?.toLowerCase()}`,
            statement: `From the trained network Jacobi needs fewer sweeps than from zero (ratio), ${names[i]}, in every one of ${p.networks} networks.`,
            source: slides,
            measured: c.networks.map(({ sweeps }) => c.sweepsFromZero / (last(sweeps) ?? Number.NaN)),
            control: {
              id: 'untrained',
              statement: 'from the same networks before training',
              measured: c.networks.map(({ sweeps }) => c.sweepsFromZero / (sweeps[0] ?? Number.NaN)),
            },
          }),
        ),
        above(10, {
          id: 'beyond-the-network',
          statement: `The hybrid reaches a relative error of ${p.tolerance}; the least error of the network alone is more than ten times as large (ratio).`,
          source: slides,
          measured: cases.map((c) => c.networks.map(({ networkErrors }) => Math.min(...networkErrors) / p.tolerance)),
          control: { none: 'that of the hybrid is the tolerance: it sweeps until it is reached' },
        }),
        above(1.1, {
          id: 'pays',
          statement: `On the largest grid of one dimension, ${largest} intervals, Jacobi alone costs at least a tenth more than the network and Jacobi together (ratio of the operations).`,
          source: slides,
          measured: costs(-1, ({ alone, hybrid }) => alone / hybrid),
          control: small(({ alone, hybrid }) => alone / hybrid),
        }),
        above(1.1, {
          id: 'too-early',
          statement:
            'There handing over at once costs at least a tenth more than at the best step (ratio of the operations).',
          source: slides,
          measured: costs(-1, ({ byStep, hybrid }) => (byStep[0] ?? Number.NaN) / hybrid),
          control: small(({ byStep, hybrid }) => (byStep[0] ?? Number.NaN) / hybrid),
        }),
        atLeast(4, {
          id: 'too-late',
          statement: `How late is too late is a matter of the grid: on ${finer} intervals handing over at the last step costs four times as much as at the best step or more (ratio of the operations).`,
          source: [
            slides,
            cite('fprinciple', 'by grid: on finer ones sweeps cost more, and a longer training pays'),
          ].join('; '),
          measured: costs(-2, late),
          control: {
            id: 'largest-grid',
            statement: `on ${largest} intervals, where a long training pays`,
            measured: costs(-1, late),
          },
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
                x: (c.networks[0]?.steps ?? []).map((s) => s + 1),
                y: rows(c.networks[0]?.error ?? none).map((e) => e[m] ?? Number.NaN),
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
          caption: `Sweeps to a relative error of ${p.tolerance} by the step at which the network hands over, median and band of ${p.networks} networks; level: from zero.`,
          panels: cases.map((c, i) => ({
            title: `${names[i]}, ${c.intervals} intervals an axis`,
            x: { title: 'step of the hand-over', log: true },
            y: { title: 'sweeps', log: true },
            lines: [
              medianBand(
                'after the network',
                (c.networks[0]?.steps ?? []).map((s) => s + 1),
                c.networks.map(({ sweeps }) => sweeps),
              ),
            ],
            levels: [{ value: c.sweepsFromZero, name: 'from zero' }],
          })),
        }),
        panelsFigure({
          id: 'cost',
          title: 'Cost of the tolerance by grid',
          caption: `Operations (counted) and seconds (on this machine) to a relative error of ${p.tolerance}, best hand-over of the first network for each grid. On small grids Jacobi alone is cheapest, on large ones the hybrid; multigrid is cheaper than both.`,
          panels: cases.flatMap((c, i) =>
            [
              { costs: c.networks[0]?.work ?? [], name: 'operations', unit: 'billions of operations', scale: 1e9 },
              { costs: c.time, name: 'seconds', unit: 'seconds', scale: 1 },
            ].map(({ costs: list, name, unit, scale }) => ({
              title: `${names[i]}, ${name}`,
              x: { title: 'intervals an axis', log: true, values: list.map((cost) => cost.intervals) },
              y: { title: unit, log: true },
              lines: (['alone', 'hybrid', 'multigrid'] as const).map((method) => ({
                name: { alone: 'Jacobi alone', hybrid: 'network, then Jacobi', multigrid: 'multigrid' }[method],
                x: list.map((cost) => cost.intervals),
                y: list.map((cost) => cost[method] / scale),
                mark: 'both' as const,
              })),
            })),
          ),
        }),
        lineFigure({
          id: 'cost-by-hand-over',
          title: 'Cost by the time of the hand-over',
          caption:
            'Operations of training and of sweeps together, by the step of the hand-over, first network. Too early leaves low modes to Jacobi; too late pays for steps that save no sweeps. On a finer grid, where sweeps cost more, the best time is later.',
          x: { title: 'step of the hand-over', log: true },
          y: { title: 'billions of operations', log: true },
          lines: shown.map(({ cost, name, steps }) => ({
            name: `${name}, ${cost.intervals} intervals`,
            x: steps.map((s) => s + 1),
            y: cost.byStep.map((operations) => operations / 1e9),
          })),
        }),
      ],
    };
  },
});

/** Factors of the error in every mode, from 20 sweeps of an error that has all modes, and how far the formula is off. */
async function measuredFactors(n: number, draw: Draw, signal: AbortSignal) {
  const start = gaussianNoise(n - 1, draw).data;
  return Promise.all(
    [1, 2 / 3].map(async (weight) => {
      const method = { type: 'jacobi', weight } as const;
      const options = { method, initial: start, sweeps: 20, record: [0, 1, 20], signal };
      const { states } = await poissonRelax(new Float64Array(n - 1), options);
      const [before, once, after] = rows(sineModes(states)) as [Float64Array, Float64Array, Float64Array];
      const expected = Array.from(before, (c, i) => c * jacobiFactor([i + 1], n, weight) ** 20);
      return {
        weight,
        measured: Array.from(once, (c, i) => c / (before[i] ?? Number.NaN)),
        difference: Math.max(...expected.map((c, i) => Math.abs(c - (after[i] ?? Number.NaN)))),
      };
    }),
  );
}

/** The largest of the factors in the upper half of the modes. */
const largestOfUpperHalf = (factors: { measured: number[] } | undefined, n: number): number =>
  Math.max(...(factors?.measured ?? []).slice(n / 2 - 1).map(Math.abs));

const none = { data: new Float64Array(), shape: [0, 0] };

/** The smallest grid on which the hybrid pays: it saves a fifth or more of what Jacobi alone costs. */
const paying = (costs: readonly Cost[]): Cost | undefined => costs.find(({ hybrid, alone }) => hybrid <= 0.8 * alone);

const costTable = (id: string, title: string, costs: readonly Cost[]): Table => ({
  id,
  title,
  columns: {
    intervals: costs.map((cost) => cost.intervals),
    'Jacobi alone': costs.map((cost) => cost.alone),
    'network, then Jacobi (best hand-over)': costs.map((cost) => cost.hybrid),
    'hand-over step': costs.map((cost) => cost.step),
    multigrid: costs.map((cost) => cost.multigrid),
  },
});
