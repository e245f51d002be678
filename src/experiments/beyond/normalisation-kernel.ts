/**
 * What normalisation and residual connections do to the spectrum of the tangent kernel, and to how fast frequencies are learnt (Jacot, Gabriel, Ged and
 * Hongler 2019; Karakida, Akaho and Amari 2019; Tirer, Bruna and Giryes 2022).
 *
 * Deep ReLU networks on a turn of the circle, alike but for one kind of layer. In the plain one the kernel is nearly constant ("order": 0.4 to 0.6 of its trace is
 * the constant), batch normalisation after the activations takes the constant away, layer normalisation makes the kernel flatter (high frequencies weigh
 * more against low ones), and residual connections make it steeper, that is smoother. Each is the control of another.
 *
 * Batch normalisation ties the samples of a batch together, and the library's empirical kernel is that of prediction, by fixed statistics: of a drawn network it
 * is another kernel, 3 to 17 times as far from this one as this one is large. Here the kernel is that of the training itself: gradients of full batches with unit
 * targets, each from one step of training. Without batch normalisation both kernels agree to rounding (a test holds that).
 *
 * The condition number is shown and not claimed: its median falls from 900 to 2,700 in the plain network to about 200 with either normalisation, and is 1,700 to 3,500 with residual
 * connections (seeds 0 to 2). Against Karakida et al., who find layer normalisation of no use against the largest eigenvalue in wide networks, it takes three quarters of
 * the constant away here, after ReLU and in all layers.
 *
 * Measured learning: each network learns what it gave at the start and one tone, by gradient descent at a tenth of the largest stable rate; its loss
 * is that of the batch, in training. The prediction is linear, from the kernel at the start. How much longer the high tone takes, measured over predicted, was 0.9
 * to 1.1 with residual connections, 0.8 to 1.5 with layer and 0.55 to 1.7 with batch normalisation, each 1.0 in the median (36 single networks of 48 units
 * each, seeds 0 to 2). Of the plain network the prediction is too short, by 1.15 in the median, and every fifth takes 1.5 times as long or longer: in 2 of 20 runs
 * the median of five was 1.50 and 1.64. That is the width: of 192 units 16 plain networks were at 0.98 to 1.26. So the claim is of the
 * networks that have something the plain one has not, whose kernel in place of theirs is the control.
 *
 * The sources' results are of infinite width, and two of spheres in many dimensions; here networks are narrow.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { columns } from '../../core/reading.js';
import {
  above,
  atMost,
  below,
  between,
  common,
  defineExperiment,
  grid,
  passageStep,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { kernelRates } from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { asColumn, entry, period } from '../support/arrays.js';
import { flatParameters, trainingKernel } from '../support/hessian.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  points: common.points(64, 16),
  width: z.int().min(4).max(4096).default(256).describe('units of each hidden layer'),
  depth: z.int().min(1).max(64).default(8).describe('hidden layers, or residual blocks after the first layer'),
  low: z.int().min(1).default(1).describe('the low tone, passes a turn'),
  high: z.int().min(2).default(4).describe('the high tone, passes a turn'),
  fraction: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe('learning rate, as a share of the largest that is stable at the start'),
  steps: common.steps(2000),
  networks: common.networks(),
});

const kinds = {
  plain: 'plain',
  layer: 'layer normalisation',
  batch: 'batch normalisation',
  residual: 'residual connections',
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];
const tones = ['low', 'high'] as const;
/** Of the error: its square is the loss. */
const HALF = 0.5;

export const normalisationKernel = defineExperiment({
  id: 'normalisation-kernel',
  title: 'Normalisation, residual connections and the tangent kernel',
  source: [cite('jacot2019'), cite('karakida2019'), cite('tirer2022')].join('; '),
  statement:
    'The tangent kernel of a deep ReLU network is nearly constant. Batch normalisation takes the constant away, layer normalisation makes high frequencies weigh ' +
    'more, residual connections less; so much sooner or later are high frequencies learnt.',
  formula: 'K = J Jᵀ,  dλ(k)/dk:  e_kᵀ K e_k / tr K',
  parameters,
  presets: { quick: { points: 32, width: 48, depth: 6, steps: 1000 }, paper: {} },
  seconds: { quick: 8, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const turn = period(0, 2 * Math.PI, p.points);
    const x = asColumn(turn);
    const frequencies = Array.from({ length: p.points / 2 - 1 }, (_, k) => k + 1);
    const cells = grid({ kind: kindNames, seed: seeds(p.networks) });
    const networks = [];
    for (const { kind, seed } of cells) {
      progress({ phase: 'tangent kernels', step: networks.length, steps: cells.length });
      const spec = network(kind, p);
      const at = flatParameters(createModel(spec, { seed, dtype: 'f64' }).parameters());
      const { kernel, outputs } = await trainingKernel(spec, x, at, signal);
      const { values, vectors } = await eigh(kernel);
      const [all, constant] = [total(values.data), total(kernel.data) / p.points];
      const rates = kernelRates(kernel, asColumn(turn), asColumn(frequencies.map((k) => k / (2 * Math.PI)))).data;
      networks.push({
        kind,
        seed,
        spec,
        outputs,
        values: Float64Array.from(values.data).reverse(),
        constant: constant / all,
        shares: Array.from(rates, (rate) => (rate * p.points) / 2 / all),
        rate: (p.fraction * p.points) / (values.data.at(-1) ?? Number.NaN),
        predicted: tones.map((tone) => steps(values, vectors, turn, p[tone], p.fraction)),
      });
    }
    const trained = await trainAll(context, {
      cells: grid({ own: networks, tone: tones }),
      name: ({ own, tone }) => `${kinds[own.kind]}, ${tone}`,
      run: ({ own, tone }) => ({
        seed: own.seed,
        spec: own.spec,
        y: asColumn(turn.map((t, i) => entry(own.outputs, i) + Math.sin(p[tone] * t))),
        optimizer: { type: 'sgd', learningRate: own.rate },
      }),
      shared: { x, loss: 'mse', steps: p.steps, record: { every: 1 } },
    });
    const learnt = trained.map((run) => {
      // Without the state after the last step, which is seen by fixed statistics, not in training.
      const error = run.loss.slice(0, p.steps).map((v) => Math.sqrt(v / entry(run.loss, 0)));
      return {
        kind: run.own.kind,
        tone: run.tone,
        error,
        passage: passageStep(run.steps.slice(0, p.steps), error, HALF),
      };
    });
    return {
      frequencies,
      learnt,
      networks: networks.map(({ kind, values, constant, shares, predicted }) => ({
        kind,
        values,
        constant,
        shares,
        predicted,
      })),
    };
  },

  present({ frequencies, networks, learnt }, p) {
    const of = (kind: Kind) => networks.filter((one) => one.kind === kind);
    const weight = ({ shares }: (typeof networks)[number]) => total(shares.slice(p.high - 1)) / total(shares);
    /** Share of the trace beside the constant at the high tone and above, over that in the plain network of the same number. */
    const against = (kind: Kind) => of(kind).map((one, i) => weight(one) / weight(entry(of('plain'), i)));
    const condition = (values: Float64Array, from = 0) => (values[from] ?? Number.NaN) / (values.at(-1) ?? Number.NaN);
    const passages = (kind: Kind) => {
      const [low, high] = tones.map((tone) => learnt.filter((run) => run.kind === kind && run.tone === tone));
      // A tone that is not learnt takes at least all steps.
      return (high ?? []).map((run, i) => (run.passage ?? p.steps) / Math.max(1, low?.[i]?.passage ?? p.steps));
    };
    const expected = (kind: Kind) => of(kind).map(({ predicted: [low = 1, high = 1] }) => high / low);
    const surprise = (kind: Kind, by: Kind) => passages(kind).map((longer, i) => longer / entry(expected(by), i));
    const changed = kindNames.filter((kind) => kind !== 'plain');
    const middle = (list: readonly number[]) => spread(list).median;
    const each = `in every one of ${p.networks} networks`;
    return {
      metrics: Object.fromEntries(
        kindNames.flatMap((kind) => [
          [`constant_${kind}`, middle(of(kind).map(({ constant }) => constant))],
          [`condition_${kind}`, middle(of(kind).map(({ values }) => condition(values)))],
          [`longer_${kind}`, middle(passages(kind))],
          [`longer_predicted_${kind}`, middle(expected(kind))],
        ]),
      ),
      tables: [
        {
          id: 'kernels',
          title: `Tangent kernels at the start, and how much longer k = ${p.high} takes than k = ${p.low}; medians of ${p.networks} networks`,
          columns: {
            network: kindNames.map((kind) => kinds[kind]),
            "constant's share of the trace": kindNames.map((kind) => middle(of(kind).map(({ constant }) => constant))),
            'condition number': kindNames.map((kind) => middle(of(kind).map(({ values }) => condition(values)))),
            'longer, measured': kindNames.map((kind) => middle(passages(kind))),
            'longer, predicted': kindNames.map((kind) => middle(expected(kind))),
          },
        },
      ],
      claims: [
        atMost(0.05, {
          id: 'batch-constant',
          statement: `With batch normalisation after the activations the constant has at most a twentieth of the kernel's trace, ${each}.`,
          source: [cite('jacot2019', 'batch normalisation'), cite('karakida2019')].join('; '),
          measured: of('batch').map(({ constant }) => constant),
          control: { id: 'plain', statement: 'without it', measured: of('plain').map(({ constant }) => constant) },
        }),
        above(1, {
          id: 'layer-flatter',
          statement: `With layer normalisation the frequencies from k = ${p.high} on have a larger share of the kernel's trace beside the constant than in the plain network of the same number (ratio).`,
          source: cite('jacot2019', 'layer normalisation and chaos'),
          measured: against('layer'),
          control: { id: 'residual', statement: 'residual connections in its place', measured: against('residual') },
        }),
        below(1, {
          id: 'residual-steeper',
          statement: 'With residual connections they have a smaller share than there (ratio).',
          source: cite('tirer2022', 'residual networks interpolate more smoothly'),
          measured: against('residual'),
          control: { id: 'layer', statement: 'layer normalisation in their place', measured: against('layer') },
        }),
        atMost(3, {
          id: 'batch-sooner',
          statement: `In training with batch normalisation half of k = ${p.high} takes at most three times as many steps as half of k = ${p.low}.`,
          source: cite('fprinciple', "a consequence of the kernel's spectrum"),
          measured: passages('batch'),
          control: { id: 'plain', statement: 'without it', measured: passages('plain') },
        }),
        between(1 / 1.5, 1.5, {
          id: 'predicted',
          statement: `With a normalisation or residual connections how much longer it takes is what the kernel at the start says, to a factor of 1.5 (measured over predicted, median of ${p.networks} networks of each kind).`,
          source: cite('fprinciple', "linear prediction from the training's own kernel"),
          measured: changed.map((kind) => middle(surprise(kind, kind))),
          labels: changed.map((kind) => kinds[kind]),
          control: {
            id: 'plain',
            statement: "the plain network's kernel in place of each one's own",
            measured: changed.map((kind) => middle(surprise(kind, 'plain'))),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'spectra',
          title: 'The tangent kernel at the start',
          caption: `Median, smallest and largest of ${p.networks} networks. On the left 0 is the constant.`,
          panels: [
            {
              title: 'share of the trace by frequency',
              x: { title: 'frequency (cycles a turn)' },
              y: { title: 'share of the trace', log: true },
              lines: kindNames.map((kind) =>
                medianBand(
                  kinds[kind],
                  [0, ...frequencies],
                  of(kind).map(({ constant, shares }) => [constant, ...shares]),
                ),
              ),
            },
            {
              title: 'eigenvalues over the largest',
              x: { title: 'rank', log: true },
              y: { title: 'eigenvalue', log: true },
              lines: kindNames.map((kind) =>
                medianBand(
                  kinds[kind],
                  Array.from({ length: p.points }, (_, i) => i + 1),
                  of(kind).map(({ values }) => values.map((v) => v / entry(values, 0))),
                ),
              ),
            },
          ],
        }),
        panelsFigure({
          id: 'learning',
          title: 'How fast a low and a high tone are learnt',
          caption: `Relative error in training, median, smallest and largest of ${p.networks} networks; rates are a share ${p.fraction} of the largest stable one of each network.`,
          panels: tones.map((tone) => ({
            title: `k = ${p[tone]}`,
            x: { title: 'step' },
            y: { title: 'relative error', log: true },
            lines: kindNames.map((kind) =>
              medianBand(
                kinds[kind],
                Array.from({ length: p.steps }, (_, i) => i),
                learnt.filter((run) => run.kind === kind && run.tone === tone).map(({ error }) => error),
              ),
            ),
          })),
        }),
      ],
    };
  },
});

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** ReLU layers on a point of the circle, with one kind of layer more. */
function network(kind: Kind, { width, depth }: { width: number; depth: number }): NetworkSpec {
  const dense: LayerSpec = { type: 'dense', units: width, init: 'he' };
  const relu: LayerSpec = { type: 'activation', fn: 'relu' };
  const blocks: Record<Kind, LayerSpec[]> = {
    plain: [dense, relu],
    layer: [dense, relu, { type: 'layerNorm' }],
    batch: [dense, relu, { type: 'batchNorm' }],
    residual: [{ type: 'residual', layers: [relu, dense] }],
  };
  const circle: LayerSpec = { type: 'fourierFeatures', frequencies: [[1 / (2 * Math.PI)]] };
  const inner = Array.from({ length: depth }, () => blocks[kind]).flat();
  return {
    input: 1,
    layers: [circle, ...(kind === 'residual' ? [dense] : []), ...inner, { type: 'dense', units: 1, init: 'he' }],
  };
}

/** Steps after which half of `sin(k t)` is left by the kernel, the top direction falling by `2 fraction` a step; not whole. */
function steps(values: NdArray, vectors: NdArray, turn: readonly number[], k: number, fraction: number): number {
  const top = entry(values.data, values.data.length - 1);
  const parts = columns(vectors).map((v) => turn.reduce((sum, t, i) => sum + Math.sin(k * t) * entry(v, i), 0) ** 2);
  const all = parts.reduce((a, b) => a + b, 0);
  const left = (t: number) =>
    parts.reduce(
      (sum, part, i) => sum + part * Math.abs(1 - (2 * fraction * entry(values.data, i)) / top) ** (2 * t),
      0,
    );
  let [from, to] = [0, 1e9];
  for (let i = 0; i < 100; i++) {
    const t = (from + to) / 2;
    if (left(t) > HALF ** 2 * all) from = t;
    else to = t;
  }
  return to;
}
