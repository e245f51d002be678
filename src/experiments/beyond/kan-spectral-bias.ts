/**
 * Kolmogorov-Arnold networks (Liu et al. 2024): less spectral bias, and where it is left (Wang, Siegel, Liu and Hou 2024).
 *
 * A layer has a learnt function on every edge: a cubic spline on equal intervals of [-1, 1], and a silu beside it. Fixed B-splines
 * and a dense layer are such a layer; with one input and one output the whole network is one spline. Of one layer the source shows
 * that the condition of the least-squares problem does not depend on the grid, so that all tones are learnt at about the same
 * time. That is so where the grid has many intervals for a period. But the bias is not gone, it stands at the grid's own
 * frequency: the rate of a wave of k periods on G intervals is `sinc(k / G)^8` of that of a constant (the power spectrum of a cubic
 * B-spline), half at k = 0.23 G and about 1/37 at G / 2, the highest that the grid can have: the constant that the source's condition
 * leaves. On 32 intervals the tone of 12 periods takes three times the steps of that of 4, in one layer.
 *
 * The MLP beside them has 20 times the numbers of the deep network, and tanh, of tanh, silu and ReLU the one that learns the highest
 * tones. Errors are taken halfway between the samples. The grid is not moved to the range of the hidden values, as the
 * authors' program does; values outside of it are seen by the silu alone. All weights start from one distribution. The tones of the paper preset are the source's;
 * it has not been run. All claims held on seeds 701 to 704, not tuned on.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { row, rows } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  between,
  common,
  defineExperiment,
  grid,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { empiricalNtk, kernelRates } from '../../kernels/index.js';
import { createModel, type LayerSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { adamFit } from '../support/adam-fit.js';
import { asColumn, combine, entry, period } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { medianBand, passageTable } from '../support/order.js';
import { splineFormulas, splineLayer, splineRate } from '../support/splines.js';

const parameters = z.object({
  points: common.points(256, 32).describe('samples of [-1, 1); errors are taken halfway between'),
  tones: z
    .array(z.int().min(1))
    .min(3)
    .default([5, 10, 15, 20, 25, 30, 35, 40, 45, 50])
    .describe('periods over [-1, 1] of the sines of the target, ascending, amplitude 1 each'),
  fine: z.int().min(2).default(200).describe('intervals of the one layer'),
  middle: z.int().min(2).default(120).describe('intervals where the bias shows'),
  coarse: z.int().min(2).default(25).describe('intervals too few for the high tones'),
  pair: z.tuple([z.int(), z.int()]).default([15, 45]).describe('tones whose steps are compared there'),
  deep: z.int().min(2).default(50).describe('intervals of two layers'),
  deepCoarse: z.int().min(2).default(12).describe('intervals of two layers, too few'),
  width: z.int().min(1).default(5).describe('hidden values of two layers'),
  hidden: common.hidden([256, 256, 256]),
  std: common.std(0.3),
  learningRate: common.learningRate(5e-3),
  steps: common.steps(10_000),
  records: common.records(100),
  networks: common.networks(),
});

const names = {
  fine: 'one spline layer',
  middle: 'one layer, middle grid',
  coarse: 'one layer, coarse grid',
  deep: 'two spline layers',
  deepCoarse: 'two layers, coarse grid',
  mlp: 'MLP, tanh',
};
type Kind = keyof typeof names;
const kinds = Object.keys(names) as Kind[];

/** Steps of frequency of the kernels' spectra, in periods over [-1, 1]. */
const finely = 0.25;

export const kanSpectralBias = defineExperiment({
  id: 'kan-spectral-bias',
  title: 'Kolmogorov-Arnold networks learn all tones up to the frequency of their grid together',
  source: [cite('wang2024kan'), cite('liu2024kan')].join('; '),
  statement:
    'Networks of spline layers learn the tones of a signal at nearly the same time, where an MLP takes many times as long for the ' +
    'highest. The bias has moved to the frequency of the grid: the rate of a tone is halved at a quarter of a period for each interval.',
  formula: 'f(x) = w σ(x) + Σ_j c_j B_j(x),  λ(k) / λ(0) = sinc(k / G)^8',
  parameters,
  presets: {
    quick: {
      points: 128,
      tones: [1, 2, 4, 8, 12, 16],
      fine: 64,
      middle: 32,
      coarse: 8,
      pair: [4, 12],
      deep: 16,
      deepCoarse: 4,
      hidden: [64, 64],
      steps: 3000,
      records: 80,
    },
    paper: {},
  },
  seconds: { quick: 6, paper: 2500 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const all = period(-1, 1, 2 * p.points);
    const wave = (v: number) => p.tones.reduce((sum, k, i) => sum + Math.sin(Math.PI * k * v + i), 0);
    const half = (odd: number) => {
      const places = all.filter((_, i) => i % 2 === odd);
      return { x: asColumn(places), y: asColumn(places.map(wave)) };
    };
    const [samples, halfway] = [half(0), half(1)];
    const kan = (units: readonly number[], intervals: number): NetworkSpec => ({
      input: 1,
      layers: units.flatMap((count, l) =>
        splineLayer({ inputs: units[l - 1] ?? 1, units: count, intervals, std: p.std, first: l === 0 }),
      ),
    });
    const specs: Record<Kind, NetworkSpec> = {
      fine: kan([1], p.fine),
      middle: kan([1], p.middle),
      coarse: kan([1], p.coarse),
      deep: kan([p.width, 1], p.deep),
      deepCoarse: kan([p.width, 1], p.deepCoarse),
      mlp: mlp({ input: 1, hidden: [...p.hidden], output: 1, activation: 'tanh' }),
    };
    const trained = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      name: ({ kind }) => names[kind],
      run: ({ kind, seed }) => ({ seed, spec: specs[kind] }),
      shared: {
        ...samples,
        ...adamFit(p),
        probes: {
          error: {
            type: 'spectrum',
            points: halfway.x,
            target: halfway.y,
            frequencies: p.tones.map((k) => k / 2),
          },
          output: { type: 'outputs', points: halfway.x },
        },
      },
    });
    // The spectra of the tangent kernels: of splines alone, and of MLPs of one layer with as many numbers.
    const places = range(0, Math.round(Math.max(...p.tones) / finely)).map((i) => i * finely);
    const spectrum = ({ data, shape }: NdArray): number[] => {
      const [first = Number.NaN, ...rest] = kernelRates(
        { data, shape },
        samples.x,
        places.map((k) => k / 2),
      ).data;
      return [1, ...rest.map((rate) => rate / first)];
    };
    const kernels = [];
    for (const intervals of [p.coarse, p.middle, p.fine]) {
      const splines: LayerSpec = { type: 'transform', variables: ['x'], f: splineFormulas('x', intervals) };
      const bare = createModel({ input: 1, layers: [splines] }, { seed: 0, dtype: 'f64' });
      const others = [];
      for (const seed of seeds(p.networks)) {
        const spec = mlp({ input: 1, hidden: [Math.ceil((intervals + 3) / 3)], output: 1, activation: 'tanh' });
        others.push(spectrum(await empiricalNtk(createModel(spec, { seed }), samples.x, { signal })));
      }
      kernels.push({
        intervals,
        splines: spectrum(gram(await bare.predict(samples.x, { signal }))),
        mlp: others,
      });
    }
    return {
      x: halfway.x,
      y: halfway.y,
      places,
      kernels,
      fits: trained.map(({ kind, steps, probes }) => ({
        kind,
        steps,
        error: probes.error.relativeError,
        output: row(probes.output.values, steps.length - 1),
      })),
    };
  },

  present({ x, y, places, kernels, fits }, p) {
    const of = (kind: Kind) => fits.filter((fit) => fit.kind === kind);
    /** Steps to a tone over those to another, of every network; NaN where it is not learnt. */
    const ratio = (kind: Kind, high: number, low: number) =>
      of(kind).map((fit) => {
        const steps = passagesOf(fit);
        const at = (k: number) => steps[p.tones.indexOf(k)] ?? Number.NaN;
        return at(high) / at(low);
      });
    const [lowest, highest] = [Math.min(...p.tones), Math.max(...p.tones)];
    const whole = (kind: Kind) => ratio(kind, highest, lowest);
    const [low, high] = p.pair;
    /** Where a spectrum has fallen to a half, in periods for each interval. */
    const halved = (values: readonly number[], intervals: number) => {
      const i = values.findIndex((v) => v < 0.5);
      if (i < 1) return Number.NaN;
      const [before, after] = [entry(values, i - 1), entry(values, i)];
      return (entry(places, i) - (finely * (0.5 - after)) / (before - after)) / intervals;
    };
    const finite = (values: readonly number[]) => {
      const { median } = spread([...values]);
      return Number.isFinite(median) ? median : null;
    };
    const others = range(0, p.networks - 1).map((i) =>
      kernels.map(({ mlp, intervals }) => halved(entry(mlp, i), intervals)),
    );
    const grids = (kind: 'fine' | 'middle' | 'coarse' | 'deep' | 'deepCoarse') => `${p[kind]} intervals`;
    const mlpText = { id: 'mlp', statement: `an MLP, ${p.hidden.join(', ')} units, tanh` };
    const bias = cite('wang2024kan', 'spectral bias in one dimension');
    return {
      metrics: Object.fromEntries(kinds.map((kind) => [`ratio_${kind}`, finite(whole(kind))])),
      tables: [
        passageTable(fits, { columns: { network: ({ kind }) => names[kind] }, component: ['periods', () => p.tones] }),
      ],
      claims: [
        atMost(4, {
          id: 'one-layer',
          statement: `One spline layer of ${grids('fine')} learns the highest tone (k = ${highest}) in at most four times the steps of the lowest, in every one of ${p.networks} networks.`,
          source: cite('wang2024kan', 'one layer: a condition that does not depend on the grid'),
          measured: whole('fine'),
          control: [
            { ...mlpText, measured: whole('mlp') },
            { id: 'coarse', statement: `a grid of ${grids('coarse')}`, measured: whole('coarse') },
          ],
        }),
        atMost(8, {
          id: 'two-layers',
          statement: `Two spline layers of ${grids('deep')} learn it in at most eight times the steps of the lowest.`,
          source: bias,
          measured: whole('deep'),
          control: [
            { ...mlpText, measured: whole('mlp') },
            { id: 'coarse', statement: `a grid of ${grids('deepCoarse')}`, measured: whole('deepCoarse') },
          ],
        }),
        atLeast(2, {
          id: 'bias-of-the-grid',
          statement: `On ${grids('middle')} one spline layer takes at least twice as many steps for k = ${high} as for k = ${low}: it has a bias, too.`,
          source: cite('fprinciple', 'what the condition of a grid leaves open'),
          measured: ratio('middle', high, low),
          control: { id: 'fine', statement: `a grid of ${grids('fine')}`, measured: ratio('fine', high, low) },
        }),
        between(0.21, 0.26, {
          id: 'halved',
          statement:
            'The rate that the kernel of the splines gives to a tone is halved at k = 0.234 G, whatever the grid (k over G, by grid).',
          source: cite('fprinciple', 'closed form: sinc^8, the power spectrum of a cubic B-spline'),
          measured: kernels.map(({ splines, intervals }) => halved(splines, intervals)),
          labels: kernels.map(({ intervals }) => `G = ${intervals}`),
          control: { id: 'mlp', statement: 'tanh MLPs of one layer with as many numbers', measured: others },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'errors',
          title: 'Relative error of each tone by step',
          caption: `Median, smallest and largest of ${p.networks} networks each, halfway between the samples.`,
          panels: (['fine', 'deep', 'middle', 'mlp'] as const).map((kind) => ({
            title:
              kind === 'mlp' ? `${names.mlp}, ${p.hidden.join(', ')}` : `${names[kind].split(',')[0]}, ${grids(kind)}`,
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true, domain: [1e-3, 2] as const },
            lines: p.tones.map((k, i) =>
              medianBand(
                `k = ${k}`,
                (of(kind)[0]?.steps ?? []).map((step) => step + 1),
                of(kind).map(({ error }) => rows(error).map((values) => entry(values, i))),
              ),
            ),
            levels: [{ value: 0.2, name: 'learnt' }],
          })),
        }),
        lineFigure({
          id: 'kernels',
          title: 'What the tangent kernel gives to each tone',
          caption:
            'Rate of a wave of k periods over that of a constant: splines, their closed form without the ends of the interval (dashed), and an MLP of one tanh layer with as many numbers as the finest grid (first network).',
          x: { title: 'k (periods over [-1, 1])' },
          y: { title: 'rate', log: true, domain: [1e-3, 2] },
          lines: [
            ...kernels.flatMap(({ intervals, splines }, i) => {
              const color = ['#0072b2', '#d55e00', '#009e73'][i] ?? colors.output;
              return [
                { name: `G = ${intervals}`, x: places, y: splines, color, dash: [] },
                {
                  name: `sinc^8, G = ${intervals}`,
                  x: places,
                  y: places.map((k) => splineRate(k, intervals)),
                  color,
                  dash: [4, 3],
                },
              ];
            }),
            { name: 'MLP', x: places, y: kernels.at(-1)?.mlp[0] ?? [], color: '#888888', dash: [1, 2] },
          ],
        }),
        panelsFigure({
          id: 'outputs',
          title: `After ${p.steps} steps`,
          caption: 'The target and the first network of each kind, halfway between the samples.',
          panels: (['deep', 'mlp', 'fine', 'coarse'] as const).map((kind) => ({
            title: names[kind],
            x: { title: 'x' },
            y: { title: 'output' },
            lines: [
              { name: 'target', x: x.data, y: y.data, color: colors.target },
              { name: 'network', x: x.data, y: of(kind)[0]?.output ?? [], color: colors.output, dash: [4, 2] },
            ],
          })),
        }),
      ],
    };
  },
});

/** `B B^T` of features B `[n, k]`. */
function gram(features: NdArray): NdArray {
  const all = rows(features);
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    combine(a, b, (v, w) => v * w).reduce((s, v) => s + v, 0);
  return {
    data: Float64Array.from(all.flatMap((a) => all.map((b) => product(a, b)))),
    shape: [all.length, all.length],
  };
}
