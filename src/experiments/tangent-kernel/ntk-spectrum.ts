/**
 * The Gram matrix of the neural tangent kernel, `K_ij = grad h(x_i) . grad h(x_j)`, of one network at initialisation and
 * through its training: a symmetric positive semidefinite matrix whose eigenvectors are waves, in the order of their
 * frequency, with eigenvalues that fall with it.
 *
 * The points are equispaced on the circle, where the kernel of a wide network depends on the angle between two points
 * only: its eigenvectors are then exactly cos kt and sin kt, and for ReLU its eigenvalues fall as k^-2 (see
 * `eigenvalue-decay`). A finite network is near that, and the training moves it: the eigenvalues of what is learnt grow.
 *
 * Waves follow from the circle alone; their order and the power follow from the network. The controls change the network: ReLU
 * layers behind Fourier features of the angle whose amplitude grows with the frequency, where the order is another; and erf
 * layers, whose eigenvalues fall faster than any power. All are trained on the same target by the same rule.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { column, row } from '../../core/reading.js';
import {
  atLeast,
  between,
  common,
  decreasing,
  defineExperiment,
  equalTo,
  grid,
  refuseDiverged,
  spearman,
  spread,
} from '../../experiment/index.js';
import { heatmapFigure, lineFigure, picturesFigure } from '../../figures/index.js';
import {
  analyticKernel,
  empiricalNtk,
  fitDecay,
  gradientFlow,
  kernelDrift,
  labelAlignment,
  matchModes,
} from '../../kernels/index.js';
import { eigh } from '../../linalg/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { asColumn, period } from '../support/arrays.js';
import { circlePoints, eigenvaluesByFrequency, range } from '../support/circle.js';
import { ntkNetwork } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  points: z.int().min(16).multipleOf(2).default(256).describe('training points, equispaced on the circle'),
  width: z.int().min(1).default(4096).describe('units of each hidden layer'),
  depth: z.int().min(1).default(2).describe('hidden ReLU layers'),
  tones: z.array(z.int().min(1)).min(1).default([1, 3, 5]).describe('frequencies of the target, passes a turn'),
  fraction: z.number().positive().max(1).default(0.25).describe('learning rate, as a share of the largest stable one'),
  records: z
    .array(z.int().min(1))
    .min(1)
    .default([10, 100, 1000])
    .describe('steps, ascending, after which the kernel is decomposed again'),
  leading: z.int().min(4).default(21).describe('leading eigenvectors whose order is compared'),
  band: z
    .tuple([z.int().min(1), z.int()])
    .default([4, 32])
    .describe('frequencies of the power-law fit'),
  networks: common.networks(),
});

/** What is looked at: the claims' network, and those of the controls. */
const kinds = ['relu', 'reversed', 'erf'] as const;
type Kind = (typeof kinds)[number];

export const ntkSpectrum = defineExperiment({
  id: 'ntk-spectrum',
  title: 'Eigenvectors of the tangent kernel are waves, ordered by frequency',
  source: [cite('jacot2018'), cite('basri2019'), cite('notesEncoding', 'the tangent kernel')].join('; '),
  statement:
    'The Gram matrix of the tangent kernel is symmetric and positive semidefinite. Its eigenvectors have one frequency ' +
    'each, low frequencies having the large eigenvalues, and the eigenvalues fall with frequency by a power law: at ' +
    'initialisation and through the training.',
  formula: 'K_{ij} = ∇_θh(x_i) · ∇_θh(x_j),  K v_k = λ_k v_k,  λ_k ∝ k^{−p}',
  parameters,
  presets: {
    quick: { points: 128, width: 1024, leading: 15, band: [4, 20], records: [20, 200], depth: 1 },
    paper: { points: 192, width: 2048, records: [10, 300] },
  },
  seconds: { quick: 8, paper: 3000 },

  async measure({ parameters: p, seeds, signal, progress }) {
    const n = p.points;
    const angles = period(0, 2 * Math.PI, n);
    const y = asColumn(angles.map((t) => p.tones.reduce((sum, k) => sum + Math.sin(k * t), 0)));
    const ks = range(1, p.band[1]);
    const spec = (kind: Kind, width = p.width): NetworkSpec => {
      const layers = { depth: p.depth, width, sigmaW: Math.SQRT2, sigmaB: 0.5 };
      if (kind !== 'reversed') return ntkNetwork({ input: 2, activation: kind, ...layers });
      return ntkNetwork({
        input: 1,
        first: [
          {
            type: 'fourierFeatures',
            frequencies: ks.map((k) => [k / (2 * Math.PI)]),
            amplitudes: ks.map((k) => k / p.band[1]),
          },
        ],
        activation: 'relu',
        ...layers,
      });
    };
    const inputs = { relu: circlePoints(n), erf: circlePoints(n), reversed: asColumn(angles) };

    const follow = async (kind: Kind, seed: number, name: string) => {
      const x = inputs[kind];
      const model = createModel(spec(kind), { seed, dtype: 'f64' });
      const look = async (step: number) => {
        const kernel = await empiricalNtk(model, x, undefined, { signal });
        const { values, vectors } = await eigh(kernel, { signal });
        const { frequency, shares } = await matchModes(vectors, 'circle', { signal });
        return { step, kernel, values, vectors, frequency, shares };
      };
      const looks = [await look(0)];
      const start = await gradientFlow({ kernel: looks[0]?.kernel ?? [], y, signal });
      const learningRate = p.fraction * start.largestLearningRate();
      for (const [i, step] of p.records.entries()) {
        progress({ phase: name, step, steps: p.records.at(-1) ?? step });
        const steps = step - (p.records[i - 1] ?? 0);
        const history = await model.train({
          x,
          y,
          loss: 'mse',
          optimizer: { type: 'sgd', learningRate },
          steps,
          record: { every: steps },
          signal,
        });
        refuseDiverged(history, name);
        looks.push(await look(step));
      }
      return looks;
    };

    const cells = grid({ kind: kinds, seed: seeds(p.networks) });
    const runs = [];
    const shown = [];
    for (const [i, { kind, seed }] of cells.entries()) {
      const looks = await follow(kind, seed, `network ${i + 1} of ${cells.length}`);
      const ends = [looks[0]?.kernel ?? [], looks.at(-1)?.kernel ?? []] as const;
      runs.push({
        kind,
        drift: kernelDrift(...ends),
        alignment: ends.map((kernel) => labelAlignment(kernel, y)),
        snapshots: looks.map(({ step, kernel, values, frequency }) => ({
          step,
          asymmetry: asymmetry(kernel),
          eigenvalues: Array.from(values.data).reverse(),
          /** The dominant frequency of each eigenvector, from the largest eigenvalue on. */
          frequency: Array.from(frequency.data).reverse(),
          byFrequency: eigenvaluesByFrequency(kernel, ks),
        })),
      });
      if (i === 0) shown.push(...looks);
    }
    const limit = await analyticKernel(spec('relu', 1), inputs.relu, undefined, { kernel: 'ntk', signal });
    return {
      runs,
      limit,
      distanceToLimit: kernelDrift(limit, shown[0]?.kernel ?? []),
      kernels: shown.map(({ step, kernel }) => ({ step, kernel })),
      // Of the first network at initialisation: the eigenvectors (ascending, in columns) and their power by frequency.
      first: shown.slice(0, 1).map(({ vectors, shares, frequency }) => ({ vectors, shares, frequency })),
      limitByFrequency: eigenvaluesByFrequency(limit, ks),
    };
  },

  present({ runs, limit, distanceToLimit, kernels, first, limitByFrequency }, p) {
    const n = p.points;
    const ks = range(1, p.band[1]);
    const inBand = range(...p.band);
    const of = (kind: Kind) => runs.filter((run) => run.kind === kind);
    type Snapshot = (typeof runs)[number]['snapshots'][number];
    const each = <T>(kind: Kind, read: (snapshot: Snapshot) => T): T[][] =>
      of(kind).map(({ snapshots }) => snapshots.map(read));
    const ordered = ({ frequency }: Snapshot): number => spearman(range(1, p.leading), frequency.slice(0, p.leading));
    const law = ({ byFrequency }: Snapshot) =>
      fitDecay(
        inBand,
        inBand.map((k) => byFrequency[k - 1] ?? Number.NaN),
        'power',
      );
    const exponent = (snapshot: Snapshot): number => law(snapshot).exponent;
    const atStart = (kind: Kind) => of(kind).map(({ snapshots }) => snapshots[0]?.byFrequency ?? []);
    // Of every frequency but the constant there are two eigenvectors.
    const most = Math.floor(p.leading / 2);
    const leading = (kind: Kind) => atStart(kind).map((values) => values.slice(0, most));
    const steps = kernels.map(({ step }) => step);
    const names = steps.map((step) => `step ${step}`);
    const fits = steps.map((_, i) => of('relu').flatMap(({ snapshots }) => snapshots.slice(i, i + 1).map(law)));
    const median = (values: readonly number[]): number => spread(values).median;
    const reversed = {
      id: 'reversed',
      statement: 'the same network behind Fourier features of the angle, the highest frequency the strongest',
    };
    const erf = { id: 'erf', statement: 'erf in place of ReLU' };
    const every = `in every one of ${p.networks} networks, before, during and after training`;
    return {
      metrics: {
        drift: median(of('relu').map(({ drift }) => drift)),
        distanceToLimit,
        alignmentBefore: median(of('relu').map(({ alignment }) => alignment[0] ?? Number.NaN)),
        alignmentAfter: median(of('relu').map(({ alignment }) => alignment[1] ?? Number.NaN)),
      },
      tables: [
        {
          id: 'spectrum',
          title: `Power laws of the eigenvalues by frequency, medians of ${p.networks} networks, with 95 % intervals`,
          columns: {
            step: steps,
            exponent: fits.map((list) => median(list.map((f) => f.exponent))),
            low: fits.map((list) => median(list.map((f) => f.low))),
            high: fits.map((list) => median(list.map((f) => f.high))),
          },
        },
      ],
      claims: [
        equalTo(0, 0, {
          id: 'symmetric',
          statement: `The Gram matrix is symmetric, exactly (largest difference across the diagonal), ${every}.`,
          source: cite('jacot2018'),
          measured: each('relu', ({ asymmetry: apart }) => apart),
          labels: names,
          control: { none: 'an identity of inner products' },
        }),
        atLeast(-1e-12, {
          id: 'semidefinite',
          statement: 'No eigenvalue is negative beyond rounding (the smallest one relative to the largest).',
          source: cite('jacot2018'),
          measured: each('relu', ({ eigenvalues }) => (eigenvalues.at(-1) ?? Number.NaN) / (eigenvalues[0] ?? 1)),
          labels: names,
          control: { none: 'an identity of Gram matrices' },
        }),
        atLeast(0.95, {
          id: 'ordered',
          statement: `The ${p.leading} leading eigenvectors are ordered by frequency (rank correlation of an eigenvector's place with its dominant frequency), ${every}.`,
          source: cite('basri2019'),
          measured: each('relu', ordered),
          labels: names,
          control: { ...reversed, measured: each('reversed', ordered) },
        }),
        decreasing({
          id: 'falls',
          statement: `The eigenvalue at initialisation falls from each frequency to the next up to ${most}, in every network.`,
          source: cite('basri2019'),
          measured: leading('relu'),
          labels: ks.slice(0, most).map((k) => `k = ${k}`),
          control: { ...reversed, measured: leading('reversed') },
        }),
        between(1.8, 2.2, {
          id: 'power-law',
          statement: `The eigenvalues fall by a power law with an exponent of about 2, ${every}.`,
          source: cite('basri2019', 'k^-2 for ReLU on the circle'),
          measured: each('relu', exponent),
          labels: names,
          control: [
            { ...erf, measured: each('erf', exponent) },
            { ...reversed, measured: each('reversed', exponent) },
          ],
        }),
      ],
      figures: [
        picturesFigure({
          id: 'gram',
          title: 'The Gram matrix of the tangent kernel',
          caption:
            'Entries K(x_i, x_j) for points around the circle, first network, at initialisation, after the training, and of ' +
            'infinite width: near the diagonal large, constant along it up to the fluctuations of a finite network.',
          pictures: [
            ...[kernels[0], kernels.at(-1)].flatMap((one) =>
              one ? [{ label: `step ${one.step}`, image: one.kernel }] : [],
            ),
            { label: 'infinite width', image: limit },
          ],
          range: [0, 1.1 * Math.max(...limit.data)],
          colorMap: 'viridis',
          width: 190,
        }),
        lineFigure({
          id: 'eigenvalues',
          title: 'Eigenvalues by frequency',
          caption: `The eigenvalue of the tangent kernel at each frequency, through the training: median and extremes of ${p.networks} networks; gray the controls at initialisation. The power law fitted to k = ${p.band[0]} to ${p.band[1]} has the exponent ${median(fits[0]?.map((f) => f.exponent) ?? []).toFixed(2)} at initialisation.`,
          x: { title: 'frequency k (passes a turn)', log: true },
          y: { title: 'eigenvalue', log: true },
          lines: [
            ...names.map((name, i) =>
              medianBand(
                name,
                ks,
                of('relu').map(({ snapshots }) => snapshots[i]?.byFrequency ?? []),
              ),
            ),
            { name: 'infinite width', x: ks, y: limitByFrequency, color: '#000000' },
            ...(['erf', 'reversed'] as const).map((kind, i) => ({
              ...medianBand(kind === 'erf' ? 'erf' : 'reversed features', ks, atStart(kind)),
              color: ['#bbbbbb', '#888888'][i] ?? '#888888',
            })),
          ],
        }),
        ...first.flatMap(({ vectors, shares, frequency }) => [
          heatmapFigure({
            id: 'modes',
            title: 'Which frequency each eigenvector has',
            caption:
              'Share of the power of each eigenvector at each frequency, first network at initialisation. Eigenvectors from ' +
              'the largest eigenvalue on: the constant, then two (cos and sin) for every frequency.',
            values: fromLast(shares, 2 * p.leading, p.leading),
            x: { title: 'frequency k', at: range(0, p.leading - 1) },
            y: { title: 'eigenvector', at: range(1, 2 * p.leading) },
            color: { title: 'share of power', range: [0, 1] },
            width: 320,
            height: 320,
          }),
          lineFigure({
            id: 'vectors',
            title: 'Leading eigenvectors at initialisation',
            caption: 'The eigenvectors with the largest eigenvalues around the circle: waves of one frequency each.',
            x: { title: 'angle (radians)' },
            y: { title: 'eigenvector' },
            lines: [1, 2, 4, 6].map((place) => ({
              name: `${place} (k = ${frequency.data[n - place]})`,
              x: period(0, 2 * Math.PI, n),
              y: column(vectors, n - place),
            })),
            height: 220,
          }),
        ]),
      ],
      arrays: Object.fromEntries(kernels.map(({ step, kernel }) => [`kernel_${step}`, kernel])),
    };
  },
});

/** Largest difference of two entries across the diagonal. */
function asymmetry({ data, shape }: NdArray): number {
  const [n = 0] = shape;
  const across = (i: number): number => (i % n) * n + Math.floor(i / n);
  return Array.from(data, (v, i) => Math.abs(v - (data[across(i)] ?? Number.NaN))).reduce((a, b) => Math.max(a, b), 0);
}

/** The last rows of a matrix, the last one first, and of them the first columns. */
function fromLast(matrix: NdArray, count: number, columns: number): NdArray {
  const [all = 0] = matrix.shape;
  const parts = range(1, count).flatMap((place) => Array.from(row(matrix, all - place).subarray(0, columns)));
  return { data: Float64Array.from(parts), shape: [count, columns] };
}
