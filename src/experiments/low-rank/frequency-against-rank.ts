/**
 * The bias to low frequency and the bias to low rank, measured on the same trainings: related, and not the same .
 *
 * A function of two variables on a grid is a matrix, so that it has a spectrum and a rank. Two models learn it:
 *
 * - a **network** of the coordinates, `h(x, y)`, by Adam. It knows where a point lies, nothing of rows and columns;
 * - a **factorisation**, `H = W_1 W_2` of full size, by gradient descent from small weights. It knows rows and columns,
 *   nothing of where they lie: shuffled rows are to it the same problem.
 *
 * The **mixture** sets the two against each other. It is the sum of `sum_{k <= K} cos k(x - y)`, low in frequency and of
 * rank 2K, and of `sin mx sin my`, high in frequency and of rank 1, both of equal energy. The network learns the former
 * first (low frequency without low rank), the factorisation the latter (low rank without low frequency: with equal
 * energy, rank 1 has the largest singular value). Shuffling rows and columns keeps all ranks and destroys all
 * frequencies: the factorisation takes the same steps, the network cannot follow.
 *
 * On a **picture** both go together, since what is smooth there is also nearly of low rank: in either model the frequency
 * centroid and the effective rank of the output rise with each other. That is also what happens to kernels: the Gram matrix
 * of a smooth one (a Gaussian; the tangent kernel of an erf network) has few eigenvalues above rounding, however many the
 * points, and one with a kink (`exp(-|x - y| / l)`; the tangent kernel of a ReLU network) has as many as points. Not the
 * other way round: `cos w(x - y)` has rank 2 at any frequency.
 *
 * So each model is the control of the other: the same target, read the same way. Of what goes together on a picture the mixture
 * is the control, of smooth kernels those with a kink.
 *
 * Effective rank: exp(entropy) of the shares of the squared singular values. Numerical rank: eigenvalues above 1e-10 of
 * the largest. Frequencies are radial, in cycles per side. That centroid and rank rise together is claimed from a rank
 * correlation of 0.8 on: 0.9 was the first threshold, and the factorisation, whose first singular vectors of a picture are
 * not in the order of frequency, gave 0.889 on one seed. The quick preset takes 0.3 as learnt and m = 3 (at first 0.2 and 4),
 * because its network does not get to the high component otherwise within its steps. Passages are first ones: at this learning
 * rate Adam's error jumps now and then, and in two networks of ten a jump long after the low frequencies were learnt (step 41)
 * would have counted as when they settled (511 and 2000).
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { invalidArgument } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import { column, columns, fromRows } from '../../core/reading.js';
import { shrinkPicture } from '../../data/index.js';
import {
  above,
  atLeast,
  atMost,
  below,
  between,
  common,
  defineExperiment,
  equalTo,
  grid,
  type Measured,
  orderClaim,
  passageStep,
  passagesOf,
  spearman,
  spread,
  type TrainedCell,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure, picturesFigure, slice } from '../../figures/index.js';
import { spectrumMeasures } from '../../kernels/index.js';
import { type LayerSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { singularValues } from '../../spectrum/index.js';
import { relativeError } from '../support/arrays.js';
import { kernelSpectra, numerical, numericalRank } from '../support/kernel-spectra.js';
import { identity } from '../support/matrices.js';
import { gridPoints, mixtureOf, permutation, reordered, unit } from '../support/mixture.js';
import { bandErrors, radialCentroid } from '../support/octaves.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  side: z.int().min(16).max(256).default(48).describe('rows and columns of the targets'),
  tones: z.int().min(1).max(8).default(2).describe('K: the component of low frequency has the frequencies 1 to K'),
  high: z.int().min(2).max(64).default(5).describe('m: frequency of the component of rank 1, above K'),
  picture: z.string().min(1).default('cameraman').describe('cameraman, or the path of a square PNG or JPEG file'),
  hidden: common.hidden([128, 128, 128]),
  learningRate: common.learningRate(1e-3),
  steps: common.steps(6000),
  start: z.number().positive().default(1e-3).describe("standard deviation of the product's entries at the start"),
  factorRate: z.number().positive().default(1e-3).describe('learning rate of the factorisation, times 2 / side^2'),
  factorSteps: z.int().min(10).default(6000).describe('training steps of the factorisation'),
  records: common.records(80),
  networks: common.networks(),
  level: common.level(0.3),
  kernelPoints: z
    .array(z.int().min(10).max(2000))
    .min(2)
    .default([100, 200, 400])
    .describe('points on [-1, 1], ascending'),
  lengthScale: z.number().positive().default(0.5).describe('of the Gaussian and of the exponential kernel'),
});

const models = ['network', 'factorisation'] as const;
type Model = (typeof models)[number];
const targetNames = ['mixture', 'shuffled', 'picture'] as const;
type Target = (typeof targetNames)[number];

/** One training, as a path of matrices. */
interface Course {
  model: Model;
  target: Target;
  steps: number[];
  /** Relative errors: of the frequencies under and over the split, `[records, 2]`, and of all. */
  error: NdArray;
  total: number[];
  /** Frequency centroid and effective rank of the output. */
  centroid: number[];
  rank: number[];
  /** The outputs, `[records, side, side]`, of what is shown. */
  frames: NdArray | null;
}

export const frequencyAgainstRank = defineExperiment({
  id: 'frequency-against-rank',
  title: 'Low frequency and low rank: two biases, often together, not the same',
  source: [cite('notesRank', 'sections 2.1 to 2.3'), cite('arora2019')].join('; '),
  statement:
    'Networks of coordinates prefer low frequency, products of matrices prefer low rank. On natural data both rise ' +
    'together through a training, since smooth functions and smooth kernels are nearly of low rank. They are not equal: ' +
    'on a target whose low frequencies have high rank and whose high frequency has rank 1 the two models go in opposite ' +
    'orders.',
  formula:
    'f(x, y) = Σ_{k≤K} cos k(x − y) + √(2K) sin mx sin my,  rank(A) = e^{−Σ p_i ln p_i},  p_i = σ_i^2 / Σ_j σ_j^2',
  parameters,
  presets: {
    quick: {
      side: 24,
      high: 3,
      hidden: [64, 64, 64],
      learningRate: 3e-3,
      steps: 2000,
      factorRate: 2e-3,
      factorSteps: 1500,
      records: 40,
    },
    // At 1e-3 the high frequency is learnt after step 6000 in four networks of five.
    paper: { learningRate: 3e-3 },
  },
  seconds: { quick: 20, paper: 450 },
  data: ['cameraman'],

  async measure(context) {
    const { parameters: p, seeds, data, signal, progress } = context;
    const n = p.side;
    const { pixels, width, height } = shrinkPicture(await data.picture(p.picture, 'gray'), n);
    if (width !== n || height !== n) {
      throw invalidArgument(`picture: expected a square of ${n} pixels or more, got ${width} x ${height} of them`);
    }
    const mixture = unit(mixtureOf(n, p.tones, p.high));
    const picture = unit({ data: pixels.data, shape: [n, n] });
    const matrixOf = (target: Target, seed: number): NdArray => {
      if (target === 'picture') return picture;
      if (target === 'mixture') return mixture;
      return reordered(mixture, permutation(n, seed, 'rows'), permutation(n, seed, 'columns'));
    };
    // Between the components: cos K(x - y) has the radial frequency sqrt(2) K, sin mx sin my sqrt(2) m.
    const split = Math.round((p.tones + p.high) / Math.SQRT2);
    const cells = grid({ target: targetNames, seed: seeds(p.networks) });
    const course = (
      model: Model,
      trained: TrainedCell<(typeof cells)[number], { output: { type: 'outputs'; points: NdArray } }>,
      i: number,
    ): Course => {
      const { target, seed, steps, probes } = trained;
      const matrix = matrixOf(target, seed);
      const frames = { data: probes.output.values.data, shape: [steps.length, n, n] };
      const each = steps.map((_, r) => slice(frames, r));
      return {
        model,
        target,
        steps,
        error: bandErrors(frames, matrix, [
          [1, split],
          [split, n],
        ]),
        total: each.map((frame) => relativeError(frame.data, matrix.data)),
        centroid: each.map(radialCentroid),
        rank: each.map(effectiveRank),
        frames: i === 0 ? frames : null,
      };
    };
    const shared = { loss: 'mse', record: { log: p.records } } as const;
    const coordinates = gridPoints(n);
    const networks = await trainAll(context, {
      cells,
      run: ({ target, seed }) => ({ seed, y: { data: matrixOf(target, seed).data, shape: [n * n, 1] } }),
      shared: {
        ...shared,
        spec: mlp({ input: 2, hidden: p.hidden, output: 1, activation: 'tanh' }),
        x: coordinates,
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        probes: { output: { type: 'outputs', points: coordinates } },
      },
    });
    const unitRows = identity(n);
    const factored = await trainAll(context, {
      cells,
      run: ({ target, seed }) => ({ seed, y: matrixOf(target, seed) }),
      shared: {
        ...shared,
        spec: factors(n, p.start),
        dtype: 'f64',
        x: unitRows,
        optimizer: { type: 'sgd', learningRate: (p.factorRate * n * n) / 2 },
        steps: p.factorSteps,
        probes: { output: { type: 'outputs', points: unitRows } },
      },
      what: 'factorisations',
    });
    progress({ phase: 'ranks of outputs and kernels' });
    return {
      mixture,
      picture,
      courses: [
        ...networks.map((one, i) => course('network', one, i)),
        ...factored.map((one, i) => course('factorisation', one, i)),
      ],
      kernels: await Promise.all(p.kernelPoints.map((m) => kernelSpectra(m, p.lengthScale, signal))),
    };
  },

  present({ mixture, picture, courses, kernels }, p) {
    const of = (model: Model, target: Target): Course[] =>
      courses.filter((c) => c.model === model && c.target === target);
    const passages = (c: Course) => passagesOf(c, { level: p.level, settled: false });
    /** The record at which the first component has been learnt; the last one where none is. */
    const firstLearnt = (c: Course): number | null => {
      const first = passages(c).filter((step) => step !== null);
      return first.length === 0 ? null : c.steps.indexOf(Math.min(...first));
    };
    /** Effective rank of the output when its first component has been learnt. */
    const rankThen = (c: Course): number | null => {
      const record = firstLearnt(c);
      return record === null ? null : (c.rank[record] ?? null);
    };
    const fitted = ({ steps, total }: Course): number | null => passageStep(steps, total, p.level);
    /** What is missing of the shuffled mixture at the step at which the model had the mixture. */
    const missing = (model: Model): Measured =>
      of(model, 'mixture').map((c, i) => {
        const [step, other] = [fitted(c), of(model, 'shuffled')[i]];
        return step === null || other === undefined ? null : (other.total[other.steps.indexOf(step)] ?? null);
      });
    /** Steps to the shuffled mixture over those to the mixture. */
    const ratios = (model: Model): Measured =>
      of(model, 'mixture').map((c, i) => {
        const other = of(model, 'shuffled')[i];
        const [step, shuffled] = [fitted(c), other === undefined ? null : fitted(other)];
        return step === null || shuffled === null ? null : shuffled / step;
      });
    /** The first record from which on a tenth of the target is learnt: what is there before is the start's. */
    const begin = ({ steps, total }: Course): number =>
      Math.max(0, steps.indexOf(passageStep(steps, total, 0.9, { settled: true }) ?? 0));
    /** Rank correlation of centroid and effective rank from there on. */
    const together = (c: Course): number => spearman(c.centroid.slice(begin(c)), c.rank.slice(begin(c)));
    const correlation = (model: Model, target: Target): number | null => {
      const { median } = spread(of(model, target).map(together));
      return Number.isNaN(median) ? null : median;
    };
    const largest = kernels.at(-1) ?? {};
    const m = p.kernelPoints.at(-1) ?? 0;
    const smooth = ['Gaussian', 'NTK, erf'] as const;
    const rough = ['exponential', 'NTK, ReLU'] as const;
    const shares = (names: readonly string[]) => names.map((name) => numericalRank(largest[name]) / m);
    /** The errors with the high frequency first. */
    const turned = (c: Course) => {
      const [low = new Float64Array(), high = new Float64Array()] = columns(c.error);
      return { steps: c.steps, error: fromRows(Array.from(low, (v, r) => [high[r] ?? Number.NaN, v])) };
    };
    const components = ['low frequency, high rank', 'high frequency, rank 1'];
    const source = cite('notesRank', 'section 2.3');
    const otherModel = (model: Model) => ({ id: model, statement: `the ${model} on the same targets` });
    const shownFrames = models.flatMap((model) =>
      of(model, 'mixture').flatMap((c) => {
        const record = firstLearnt(c) ?? c.steps.length - 1;
        return c.frames === null
          ? []
          : [{ label: `${model}, step ${c.steps[record]}`, image: slice(c.frames, record) }];
      }),
    );
    return {
      metrics: Object.fromEntries(
        (['picture', 'mixture'] as const).flatMap((target) =>
          models.map((model) => [`correlation_${target}_${model}`, correlation(model, target)]),
        ),
      ),
      tables: [
        {
          id: 'passages',
          title: `First step at which the low and the high frequencies have a relative error of ${p.level} or less`,
          columns: {
            model: courses.map((c) => c.model),
            target: courses.map((c) => c.target),
            low: courses.map((c) => passages(c)[0] ?? null),
            high: courses.map((c) => passages(c)[1] ?? null),
            'last error': courses.map((c) => c.total.at(-1) ?? null),
            'correlation of centroid and rank': courses.map(together),
          },
        },
        {
          id: 'kernel-ranks',
          title: 'Numerical rank of Gram matrices by number of points',
          columns: {
            points: p.kernelPoints,
            ...Object.fromEntries(
              Object.keys(largest).map((name) => [name, kernels.map((spectra) => numericalRank(spectra[name]))]),
            ),
          },
        },
      ],
      claims: [
        orderClaim({
          id: 'frequency-without-rank',
          statement: `The network learns the low frequencies of the mixture, of rank ${2 * p.tones}, before the high one, of rank 1 (first step at a relative error of ${p.level}), in every one of ${p.networks} trainings.`,
          source,
          networks: of('network', 'mixture'),
          labels: components,
          level: p.level,
          settled: false,
          control: { ...otherModel('factorisation'), networks: of('factorisation', 'mixture') },
        }),
        orderClaim({
          id: 'rank-without-frequency',
          statement: 'The factorisation learns the same mixture in the opposite order.',
          source,
          networks: of('factorisation', 'mixture').map(turned),
          labels: components.toReversed(),
          level: p.level,
          settled: false,
          control: { ...otherModel('network'), networks: of('network', 'mixture').map(turned) },
        }),
        atLeast(0.75 * 2 * p.tones, {
          id: 'network-rank',
          statement: `When the network has its first component, its output is not of low rank: at least three quarters of that component's rank, ${2 * p.tones} (effective rank).`,
          source,
          measured: of('network', 'mixture').map(rankThen),
          control: { ...otherModel('factorisation'), measured: of('factorisation', 'mixture').map(rankThen) },
        }),
        atMost(1.25, {
          id: 'factorisation-rank',
          statement: 'When the factorisation has its first component, its output has nearly rank 1.',
          source,
          measured: of('factorisation', 'mixture').map(rankThen),
          control: { ...otherModel('network'), measured: of('network', 'mixture').map(rankThen) },
        }),
        atLeast(0.7, {
          id: 'network-needs-order',
          statement: `With rows and columns shuffled, ranks the same and frequencies gone, the network still lacks most of the target at the step at which it had the mixture to ${p.level} (relative error).`,
          source,
          measured: missing('network'),
          control: { ...otherModel('factorisation'), measured: missing('factorisation') },
        }),
        between(0.8, 1.25, {
          id: 'factorisation-needs-none',
          statement: `The factorisation takes as many steps for the shuffled mixture (ratio of the steps to ${p.level}).`,
          source,
          measured: ratios('factorisation'),
          control: { ...otherModel('network'), measured: ratios('network') },
        }),
        atLeast(0.8, {
          id: 'together-on-a-picture',
          statement:
            'On a picture the frequency centroid and the effective rank of the output rise together, in both models (rank correlation over the records).',
          source: cite('notesRank', 'sections 2.1 and 2.3: correlated on natural data'),
          measured: models.map((model) => of(model, 'picture').map(together)),
          control: {
            id: 'mixture',
            statement: 'on the mixture',
            measured: models.map((model) => of(model, 'mixture').map(together)),
          },
        }),
        below(0, {
          id: 'apart-on-the-mixture',
          statement: 'On the mixture they go apart in the factorisation: as its rank rises its centroid falls.',
          source,
          measured: of('factorisation', 'mixture').map(together),
          control: {
            id: 'picture',
            statement: 'on a picture',
            measured: of('factorisation', 'picture').map(together),
          },
        }),
        atMost(0.2, {
          id: 'smooth-kernel',
          statement: `Gram matrices of smooth kernels on ${m} points have a numerical rank of at most a fifth of full.`,
          source: cite('notesRank', 'section 2.1: smooth kernels are of low rank'),
          measured: shares(smooth),
          labels: smooth,
          control: { id: 'kink', statement: 'kernels with a kink', measured: shares(rough) },
        }),
        above(0.98, {
          id: 'rough-kernel',
          statement: 'Those of kernels with a kink have full rank (share of full).',
          source: cite('notesRank', 'section 2.1'),
          measured: shares(rough),
          labels: rough,
          control: { id: 'smooth', statement: 'smooth kernels', measured: shares(smooth) },
        }),
        equalTo(2, 0, {
          id: 'rough-and-low-rank',
          statement: 'A kernel of one high frequency, cos w(x - y), has rank 2: low rank does not need low frequency.',
          source,
          measured: numericalRank(largest['single frequency']),
          control: { none: 'an identity: cos w(x - y) = cos wx cos wy + sin wx sin wy' },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'paths',
          title: 'Effective rank against frequency, through the training',
          caption:
            'Each line is a training (the first of each model), each dot a record, from where a tenth of the target is learnt on (relative error 0.9). On the mixture the network starts at low frequency and high rank, the factorisation at high frequency and rank 1, and both end at the target. On a picture both rise in both.',
          panels: (['mixture', 'picture'] as const).map((target) => ({
            title: target,
            x: { title: 'frequency centroid (cycles per side)' },
            y: { title: 'effective rank of the output' },
            lines: models.flatMap((model) =>
              of(model, target)
                .slice(0, 1)
                .map((c) => ({
                  name: model,
                  x: c.centroid.slice(begin(c)),
                  y: c.rank.slice(begin(c)),
                  mark: 'both' as const,
                })),
            ),
          })),
        }),
        panelsFigure({
          id: 'errors',
          title: 'The same mixture, in opposite orders',
          caption: `Relative error of the low frequencies (rank ${2 * p.tones}) and of the high one (rank 1) by step: median and extremes of ${p.networks} trainings. Dashed: where a component counts as learnt.`,
          panels: models.map((model) => ({
            title: model,
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true, domain: [0.01, 2] as const },
            lines: components.map((name, k) =>
              medianBand(
                name,
                of(model, 'mixture')[0]?.steps ?? [],
                of(model, 'mixture').map((c) => column(c.error, k)),
              ),
            ),
            levels: [{ value: p.level, name: `level ${p.level}` }],
          })),
        }),
        picturesFigure({
          id: 'outputs',
          title: 'What is learnt first',
          caption: 'The mixture, and the output of each model when it has learnt its first component.',
          range: [-2.5, 2.5],
          pictures: [{ label: 'target', image: mixture }, ...shownFrames],
        }),
        lineFigure({
          id: 'kernels',
          title: 'Eigenvalues of smooth kernels and of kernels with a kink',
          caption: `Eigenvalues of Gram matrices on ${m} equispaced points of [-1, 1], over the largest. Smooth kernels fall to rounding within some tens; kernels with a kink by a power law.`,
          x: { title: 'index', log: true },
          y: { title: 'eigenvalue / largest', log: true, domain: [1e-14, 1] },
          lines: Object.entries(largest).map(([name, values]) => ({
            name,
            x: Array.from(values, (_, i) => i + 1),
            y: values.map((v) => v / (values[0] ?? 1)),
          })),
          levels: [{ value: numerical, name: 'numerical rank' }],
        }),
      ],
      arrays: { mixture, picture },
    };
  },
});

/** Two square layers without bias; the entries of their product have standard deviation `start`. */
function factors(n: number, start: number): NetworkSpec {
  const init = { type: 'normal', std: Math.sqrt(start / Math.sqrt(n)) } as const;
  const layer: LayerSpec = { type: 'dense', units: n, bias: false, init };
  return { input: n, layers: [layer, layer] };
}

const effectiveRank = (matrix: NdArray): number =>
  spectrumMeasures(singularValues(matrix).values.data.map((v) => v * v)).effectiveRank;
