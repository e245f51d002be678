/**
 * Which function a wide network of two layers chooses between its samples: the one of least FP-norm (Zhang, Luo, Ma and Xu 2019; Luo et al.
 * 2022).
 *
 * In the limit of great width the error of a network `sum_j a_j ReLU(w_j x + b_j)` falls at frequency k at a rate proportional to
 * `gamma(k) = E|w|^3 / k^4 + E a^2 E|w| / k^2`: the first part is what training `a` does, the second what training `b` does. So of
 * all functions through the samples the network chooses that of least `sum_k |h_k|^2 / gamma(k)`. Where output weights are small
 * that is the cubic spline, where they are large the piecewise linear function, and between them one that is neither. The
 * problem is solved in Fourier space, with nothing of a network in it but these moments: of weights uniform on +-1,
 * `gamma = (1 / k^2 + 2 s^2) / 4 k^2`, s the deviation of the output weights.
 *
 * What the formula needs: kinks that are as dense everywhere among the samples, as uniform biases make them, and samples that lie near 0,
 * within half a unit: the training of `w` adds a term with `x x'` that is no function of the frequency alone (the source keeps
 * it in the dynamics and leaves it out of the norm). For a network of infinite width both are within 0.02 of the samples' size. Networks begin at zero: every
 * unit twice, with opposite output weights.
 *
 * Targets are a tenth in size: with targets of size 1 the kernel of 16,384 units moves so far that
 * networks lie 0.05 to 0.12 from the norm's interpolant, towards the spline, in place of 0.01 to 0.05.
 *
 * Controls: the interpolants that either part of `gamma` would choose alone, and networks with a few units, to which
 * the limit does not apply.
 *
 * Steps are L-BFGS's in place of the source's gradient descent. Where the network is linear in its parameters every method whose steps are sums of
 * gradients ends at the same function, and with rates that fall as `1/k^4` descent needs very many steps.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import { atMost, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, panelsFigure } from '../../figures/index.js';
import { cubicSpline } from '../../linalg/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { asColumn, entry, keysOf, rms, rmsDifference } from '../support/arrays.js';
import { fpInterpolant } from '../support/fp-norm.js';

const parameters = z.object({
  points: z
    .array(z.tuple([z.number().min(-1).max(1), z.number()]))
    .min(4)
    .default([
      [-0.5, -0.5],
      [-0.4, 0.5],
      [-0.1, 0.5],
      [0, -0.5],
      [0.3, -0.5],
      [0.4, 0.5],
      [0.5, 0.5],
    ])
    .describe('(x, y) of the samples, ascending in x'),
  width: z.int().min(4).default(65_536).describe('units of the wide networks'),
  narrow: z.int().min(4).default(64).describe('units of the narrow ones'),
  smooth: z
    .number()
    .positive()
    .default(0.01)
    .describe(
      'standard deviation of the output weights where the first part of the norm rules; weights are uniform on +-1',
    ),
  between: z.number().positive().default(0.06).describe('where both count'),
  broken: z.number().positive().default(1).describe('where the second part rules'),
  size: z
    .number()
    .positive()
    .default(0.1)
    .describe('size of the targets in training; networks are read in units of it'),
  steps: common.steps(2000).describe('steps of L-BFGS, at most'),
  grid: z.int().min(50).default(400).describe('intervals of the grid on which functions are compared'),
  networks: common.networks(),
});

/** Bound of the biases: kinks are as dense at every place up to it, since weights are at most 1. The samples lie within 0.5. */
const reach = 0.75;

const scales = ['smooth', 'between', 'broken'] as const;
type Scale = (typeof scales)[number];

export const linearFrequencyPrinciple = defineExperiment({
  id: 'linear-frequency-principle',
  title: 'Which interpolant a wide network chooses',
  source: [cite('zhang2019'), cite('luo2022')].join('; '),
  statement:
    'Of all functions through its samples a wide network of two layers chooses the one whose frequencies, weighted by the inverse ' +
    'of the rate at which they are learnt, have the least norm. By the scale of the output weights that goes from the cubic spline to ' +
    'the piecewise linear function.',
  formula: 'min Σ_k |ĥ(k)|^2 / γ(k)  with  h(x_i) = y_i,  γ(k) = E|w|^3 / k^4 + E a^2 E|w| / k^2',
  parameters,
  presets: {
    quick: { width: 16_384, steps: 100 },
    paper: {},
  },
  seconds: { quick: 9, paper: 600 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const [x, y] = [p.points.map(([v]) => v), p.points.map(([, v]) => v)];
    const [start, end] = [entry(x, 0), entry(x, x.length - 1)];
    const at = Array.from({ length: p.grid + 1 }, (_, i) => start + ((end - start) * i) / p.grid);
    const norm = { x, y, at, period: 40 * (end - start), frequencies: 4000 };
    const solved = {} as Record<Scale, Float64Array>;
    for (const scale of scales) solved[scale] = await fpInterpolant({ ...norm, quartic: 0.5, square: p[scale] ** 2 });
    const trained = await trainAll(context, {
      cells: [
        ...grid({ scale: scales, width: [p.width], seed: seeds(p.networks) }),
        ...grid({ scale: ['between'] as const, width: [p.narrow], seed: seeds(p.networks) }),
      ],
      run: ({ scale, width, seed }) => ({
        seed,
        spec: network(width, p[scale]),
        parameters: mirrored(network(width / 2, p[scale]), seed),
      }),
      shared: {
        x: asColumn(x),
        y: asColumn(y.map((v) => p.size * v)),
        loss: 'mse',
        dtype: 'f64',
        optimizer: { type: 'lbfgs' },
        steps: p.steps,
        record: { at: [0] },
        probes: { fit: { type: 'outputs', points: asColumn(at) }, samples: { type: 'outputs', points: asColumn(x) } },
      },
    });
    return {
      x,
      y,
      at,
      solved,
      ends: { spline: Float64Array.from(cubicSpline(x, y, at).data), lines: piecewiseLinear(x, y, at) },
      fits: trained.map(({ scale, width, probes }) => ({
        scale,
        width,
        values: Float64Array.from(rows(probes.fit.values).at(-1) ?? [], (v) => v / p.size),
        miss: rmsDifference(
          Float64Array.from(rows(probes.samples.values).at(-1) ?? [], (v) => v / p.size),
          y,
        ),
      })),
    };
  },

  present({ x, y, at, solved, ends, fits }, p) {
    const of = (scale: Scale, width = p.width) => fits.filter((fit) => fit.scale === scale && fit.width === width);
    const size = rms(y);
    const off = (scale: Scale, goal: Float64Array, width = p.width) =>
      of(scale, width).map(({ values }) => rmsDifference(values, goal) / size);
    const shown = {
      smooth: { title: `output weights of ${p.smooth}`, list: of('smooth'), norm: solved.smooth },
      between: { title: `output weights of ${p.between}`, list: of('between'), norm: solved.between },
      broken: { title: `output weights of ${p.broken}`, list: of('broken'), norm: solved.broken },
      narrow: {
        title: `output weights of ${p.between}, ${p.narrow} units`,
        list: of('between', p.narrow),
        norm: solved.between,
      },
    };
    const references = {
      'least FP-norm': (scale: Scale) => solved[scale],
      'cubic spline': () => ends.spline,
      'piecewise linear': () => ends.lines,
    };
    const median = (values: number[]) => spread(values).median;
    return {
      metrics: {
        ...Object.fromEntries(scales.map((scale) => [`off_${scale}`, median(off(scale, solved[scale]))])),
        miss: Math.max(...fits.filter(({ width }) => width === p.width).map(({ miss }) => miss)),
      },
      tables: [
        {
          id: 'distances',
          title: `Distance of networks from each interpolant, relative to the samples, median of ${p.networks}`,
          columns: {
            'output weights': scales.map((scale) => p[scale]),
            ...Object.fromEntries(
              keysOf(references).map((name) => [
                name,
                scales.map((scale) => median(off(scale, references[name](scale)))),
              ]),
            ),
          },
        },
      ],
      claims: [
        atMost(0.1, {
          id: 'chosen',
          statement: `Between the samples a wide network is the interpolant of least FP-norm (root mean square difference, relative to the samples), in every one of ${p.networks} networks with output weights of ${p.between}.`,
          source: [cite('zhang2019', 'the FP-norm'), cite('luo2022')].join('; '),
          measured: off('between', solved.between),
          control: [
            {
              id: 'spline',
              statement: 'the cubic spline: the first part of the norm alone',
              measured: off('between', ends.spline),
            },
            {
              id: 'lines',
              statement: 'the piecewise linear function: the second part alone',
              measured: off('between', ends.lines),
            },
            {
              id: 'narrow',
              statement: `networks of ${p.narrow} units`,
              measured: off('between', solved.between, p.narrow),
            },
          ],
        }),
        atMost(0.1, {
          id: 'smooth',
          statement: `With small output weights (${p.smooth}) it is the cubic spline.`,
          source: cite('zhang2019', 'the part 1 / k^4'),
          measured: off('smooth', ends.spline),
          control: { id: 'broken', statement: `output weights of ${p.broken}`, measured: off('broken', ends.spline) },
        }),
        atMost(0.1, {
          id: 'broken',
          statement: `With large ones (${p.broken}) it is the piecewise linear function.`,
          source: cite('zhang2019', 'the part 1 / k^2'),
          measured: off('broken', ends.lines),
          control: { id: 'smooth', statement: `output weights of ${p.smooth}`, measured: off('smooth', ends.lines) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'functions',
          title: 'Between the samples: networks and the interpolants',
          caption: `Dots: the samples. Black: the interpolant of least FP-norm. Three of ${p.networks} networks each, of ${p.width} units, below right of ${p.narrow}.`,
          columns: 2,
          panels: Object.values(shown).map(({ title, list, norm }) => ({
            title,
            x: { title: 'x' },
            y: { title: 'output', domain: [-1.3, 1.3] as const },
            lines: [
              { name: 'least FP-norm', x: at, y: norm, color: colors.target },
              { name: 'cubic spline', x: at, y: ends.spline, dash: [2, 2] },
              { name: 'piecewise linear', x: at, y: ends.lines, dash: [2, 2] },
              ...list.slice(0, 3).map(({ values }, i) => ({ name: `network ${i + 1}`, x: at, y: values })),
              { name: 'samples', x, y, color: colors.target, mark: 'points' as const },
            ],
          })),
        }),
      ],
    };
  },
});

const network = (units: number, output: number): NetworkSpec => ({
  input: 1,
  layers: [
    { type: 'dense', units, init: { type: 'uniform', bound: 1 }, biasInit: { type: 'uniform', bound: reach } },
    { type: 'activation', fn: 'relu' },
    { type: 'dense', units: 1, init: { type: 'normal', std: output }, bias: false },
  ],
});

/** Parameters of a network of twice as many units that is zero everywhere: every unit again, with the opposite output weight. */
function mirrored(half: NetworkSpec, seed: number): Record<string, NdArray> {
  const drawn = createModel(half, { seed, dtype: 'f64' }).parameters();
  return Object.fromEntries(
    Object.entries(drawn).map(([name, { data, shape }]) => {
      const sign = name.startsWith('layers.2') ? -1 : 1;
      const both = Float64Array.from([...data, ...Array.from(data, (v) => sign * v)]);
      return [name, { data: both, shape: shape.map((size) => (size === data.length ? both.length : size)) }];
    }),
  );
}

/** Straight lines from sample to sample. */
function piecewiseLinear(x: readonly number[], y: readonly number[], at: readonly number[]): Float64Array {
  return Float64Array.from(at, (v) => {
    const i = Math.min(
      Math.max(
        x.findLastIndex((left) => left <= v),
        0,
      ),
      x.length - 2,
    );
    const share = (v - entry(x, i)) / (entry(x, i + 1) - entry(x, i));
    return (1 - share) * entry(y, i) + share * entry(y, i + 1);
  });
}
