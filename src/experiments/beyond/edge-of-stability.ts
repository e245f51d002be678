/**
 * Gradient descent at the edge of stability, and the frequencies that are unstable there (Cohen, Kaur, Li, Kolter and Talwalkar 2021).
 *
 * Under full-batch gradient descent of rate eta the sharpness, the largest eigenvalue of the loss's Hessian, rises until it is about
 * 2/eta, where a quadratic loss would begin to diverge, and stays there, while the loss still falls. The source's figures are of networks on
 * CIFAR-10; here a tanh network of two hidden layers learns a sum of sines on a turn of the circle, so that what is unstable has a
 * frequency. Measured is the Hessian itself, by Lanczos' method on central differences of gradients in f64; beside it stands its Gauss-Newton part,
 * `(2/n) lambda_max(K)`, K the tangent kernel, which differs from it by what the residuals bend.
 *
 * The control is the same network at a tenth of the rate for ten times as many steps. It does not stay under 2/eta of the large
 * rate: its sharpness passes it (1.7 to 3.4 times on seeds 0 to 2). So nothing in target or network holds the
 * sharpness there but the size of the step. The small rate has its own edge ten times as high, which it need not reach.
 *
 * What is unstable is of low frequency: the function's change along the Hessian's top eigenvector lies at one cycle a turn (0.87 to 0.99 of its power beside
 * the constant, which has up to a half of the whole), which is learnt first and to which the kernel is most sensitive. What is still to be learnt
 * has less than a thousandth of its power there: higher frequencies are learnt underneath. On features of which the highest tone is the strongest the
 * lowest has 0.16 to 0.36 of it (seed 0). So it is with the swing of the outputs from step to step, which is shown but not claimed: a network may come to
 * rest just below the edge, where nothing swings (one of fifteen, seeds 0 to 2).
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { above, between, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { createModel, type LayerSpec, type NetworkSpec } from '../../nets/index.js';
import { asColumn, combine, entry, mean, period, rms } from '../support/arrays.js';
import { reversedFeatures, reversedStatement } from '../support/curve.js';
import { namedParameters, topCurvatures } from '../support/hessian.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  points: common.points(32, 16),
  tones: z
    .array(z.int().min(1))
    .min(1)
    .default([1, 2, 3, 4])
    .describe('frequencies of the target, amplitude 1 each, passes a turn'),
  hidden: common.hidden([100, 100]),
  learningRate: common.learningRate(0.1, 'gradient descent, full batch'),
  slower: z
    .int()
    .min(2)
    .default(10)
    .describe('how many times smaller the rate of the control is, and more steps it takes'),
  steps: common.steps(10_000),
  stages: z.int().min(4).max(200).default(25).describe('times at which the Hessian is taken, evenly spaced'),
  products: z.int().min(4).max(200).default(30).describe('products with the Hessian, for its largest eigenvalue'),
  networks: common.networks(),
});

const kinds = ['edge', 'slow', 'reversed'] as const;
type Kind = (typeof kinds)[number];

export const edgeOfStability = defineExperiment({
  id: 'edge-of-stability',
  title: 'The edge of stability, and what is unstable there',
  source: cite('cohen2021'),
  statement:
    'Under gradient descent the sharpness rises to 2 over the learning rate and stays there; at a tenth of the rate the same network passes that value. ' +
    'What is unstable there are the lowest frequencies, long learnt, while higher ones are being learnt.',
  formula: 'λ_max(∇²L) ≈ 2/η',
  parameters,
  presets: { quick: { hidden: [40, 40], steps: 1500, stages: 9, products: 20 }, paper: {} },
  seconds: { quick: 8, paper: 600 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const turn = period(0, 2 * Math.PI, p.points);
    const x = asColumn(turn);
    const y = asColumn(turn.map((t) => p.tones.reduce((sum, k) => sum + Math.sin(k * t), 0)));
    const specs = { edge: network(p.hidden), slow: network(p.hidden), reversed: network(p.hidden, p.tones) };
    const times = Array.from({ length: p.stages }, (_, i) => Math.round((i * p.steps) / (p.stages - 1)));
    const trained = await trainAll(context, {
      cells: grid({ kind: kinds, seed: seeds(p.networks) }),
      run: ({ kind, seed }) => {
        const factor = kind === 'slow' ? p.slower : 1;
        return {
          seed,
          spec: specs[kind],
          optimizer: { type: 'sgd', learningRate: p.learningRate / factor },
          steps: p.steps * factor + 2,
          // Three steps in a row, to see what swings.
          record: { at: times.flatMap((t) => [0, 1, 2].map((more) => t * factor + more)) },
        };
      },
      shared: {
        x,
        y,
        loss: 'mse',
        dtype: 'f64',
        steps: p.steps,
        probes: {
          outputs: { type: 'outputs', points: x },
          parameters: { type: 'parameters' },
          kernel: { type: 'ntk', points: x },
        },
      },
    });
    const runs = [];
    for (const { kind, loss, probes } of trained) {
      progress({ phase: 'Hessians', step: runs.length, steps: trained.length });
      const spec = specs[kind];
      const [outputs, kernels] = [rows(probes.outputs.values), rows(probes.kernel.eigenvalues)];
      const states = rows(probes.parameters.values);
      const own = times.map((_, i) => entry(states, 3 * i));
      const curvatures = await topCurvatures({ spec, x, y, loss: 'mse' }, own, { products: p.products, signal });
      const along = [];
      for (const [i, { vector }] of curvatures.entries()) along.push(await change(spec, entry(own, i), vector, x));
      const three = times.map((_, i) => [0, 1, 2].map((more) => Float64Array.from(entry(outputs, 3 * i + more))));
      runs.push({
        kind,
        loss: times.map((_, i) => entry(loss, 3 * i)),
        sharpness: curvatures.map(({ value }) => value),
        gaussNewton: times.map((_, i) => (2 / p.points) * Math.max(...entry(kernels, 3 * i))),
        along: along.map(powers),
        // a, -a, a gives a; what moves evenly gives nothing.
        swing: three.map(([a = [], b = [], c = []]) =>
          combine(
            combine(a, c, (u, v) => u + v),
            b,
            (u, v) => (u - 2 * v) / 4,
          ),
        ),
        left: three.map(([a = [], b = [], c = []]) =>
          powers(
            combine(
              combine(
                combine(a, c, (u, v) => u + v),
                b,
                (u, v) => (u + 2 * v) / 4,
              ),
              y.data,
              (u, v) => u - v,
            ),
          ),
        ),
      });
    }
    return { times, runs };
  },

  present({ times, runs }, p) {
    const of = (kind: Kind) => runs.filter((run) => run.kind === kind);
    const edge = 2 / p.learningRate;
    const tone = Math.min(...p.tones);
    const lowest = (shares: Float64Array): number => (shares[tone] ?? Number.NaN) / (1 - (shares[0] ?? 0));
    const half = Math.floor(times.length / 2);
    const late = (kind: Kind) => of(kind).map(({ sharpness }) => mean(sharpness.slice(half)) / edge);
    const along = (kind: Kind) => of(kind).map((run) => mean(run.along.slice(half).map(lowest)));
    const left = of('edge').map((run) => mean(run.left.slice(half).map(lowest)));
    const toLearn = {
      id: 'left',
      statement: 'what the same networks still have to learn, at the same times',
      measured: left,
    };
    const turned = { id: 'reversed', statement: reversedStatement };
    const [shown] = of('edge');
    const frequencies = Array.from({ length: Math.min(17, p.points / 2 + 1) }, (_, k) => k);
    const middle = (list: readonly number[]) => spread(list).median;
    const names: Record<Kind, string> = {
      edge: `rate ${p.learningRate}`,
      slow: `rate ${p.learningRate / p.slower}, ${p.slower} times the steps`,
      reversed: `rate ${p.learningRate}, reversed features`,
    };
    return {
      metrics: {
        edge: middle(late('edge')),
        slow: middle(late('slow')),
        gauss_newton: middle(
          of('edge').map(
            ({ sharpness, gaussNewton }) => (gaussNewton.at(-1) ?? Number.NaN) / (sharpness.at(-1) ?? Number.NaN),
          ),
        ),
        loss: middle(of('edge').map(({ loss }) => loss.at(-1) ?? Number.NaN)),
      },
      tables: [
        {
          id: 'sharpness',
          title: `Sharpness over 2/eta of the rate ${p.learningRate}, by network`,
          columns: {
            rate: kinds.flatMap((kind) => of(kind).map(() => names[kind])),
            start: kinds.flatMap((kind) => of(kind).map(({ sharpness }) => (sharpness[0] ?? Number.NaN) / edge)),
            'second half, mean': kinds.flatMap(late),
            'loss at the end': kinds.flatMap((kind) => of(kind).map(({ loss }) => loss.at(-1) ?? null)),
          },
        },
      ],
      claims: [
        between(0.85, 1.15, {
          id: 'edge',
          statement: `Over the second half of the training the sharpness (largest eigenvalue of the Hessian, mean) is 2/eta to 15 %, in every one of ${p.networks} networks.`,
          source: cite('cohen2021', 'section 3'),
          measured: late('edge'),
          control: {
            id: 'slow',
            statement: `a ${p.slower}th of the learning rate and ${p.slower} times the steps, against the same 2/eta`,
            measured: late('slow'),
          },
        }),
        above(0.5, {
          id: 'unstable-low',
          statement: `Of the function's change along the Hessian's top eigenvector more than half of the power beside the constant lies at the lowest tone of the target, k = ${tone} (mean over that half).`,
          source: cite('fprinciple', 'the largest eigenvalue of the tangent kernel belongs to the lowest frequencies'),
          measured: along('edge'),
          control: [toLearn, { ...turned, measured: along('reversed') }],
        }),
      ],
      figures: [
        panelsFigure({
          id: 'sharpness',
          title: 'Sharpness and loss',
          caption: `Median, smallest and largest of ${p.networks} networks, over the step times the learning rate. Gauss-Newton: (2/n) times the largest eigenvalue of the tangent kernel.`,
          panels: [
            {
              title: 'sharpness over 2/eta of the large rate',
              x: { title: 'step x learning rate' },
              y: { title: 'sharpness x eta / 2' },
              lines: [
                ...kinds.map((kind) =>
                  medianBand(
                    names[kind],
                    times.map((t) => t * p.learningRate),
                    of(kind).map(({ sharpness }) => sharpness.map((v) => v / edge)),
                  ),
                ),
                medianBand(
                  `Gauss-Newton, rate ${p.learningRate}`,
                  times.map((t) => t * p.learningRate),
                  of('edge').map(({ gaussNewton }) => gaussNewton.map((v) => v / edge)),
                ),
              ],
              levels: [{ value: 1, name: '2/eta' }],
            },
            {
              title: 'loss',
              x: { title: 'step x learning rate' },
              y: { title: 'mean squared error', log: true },
              lines: kinds.map((kind) =>
                medianBand(
                  names[kind],
                  times.map((t) => t * p.learningRate),
                  of(kind).map(({ loss }) => loss),
                ),
              ),
            },
          ],
        }),
        panelsFigure({
          id: 'frequencies',
          title: 'What is unstable, and what is left to learn',
          caption: `Shares of power by frequency, mean over the second half of the training, median and extremes of ${p.networks} networks.`,
          panels: [
            {
              title: `rate ${p.learningRate}`,
              x: { title: 'frequency (cycles a turn)' },
              y: { title: 'share of the power', domain: [0, 1] },
              lines: (
                [
                  ['change along the top eigenvector', 'along'],
                  ['left to learn', 'left'],
                ] as const
              ).map(([name, field]) =>
                medianBand(
                  name,
                  frequencies,
                  of('edge').map((run) =>
                    frequencies.map((k) => mean(run[field].slice(half).map((one) => one[k] ?? Number.NaN))),
                  ),
                ),
              ),
            },
            {
              title: 'size, first network',
              x: { title: 'step x learning rate' },
              y: { title: 'root mean square', log: true },
              lines: [
                {
                  name: 'swing from step to step',
                  x: times.map((t) => t * p.learningRate),
                  y: (shown?.swing ?? []).map(rms),
                },
                {
                  name: 'error of the outputs',
                  x: times.map((t) => t * p.learningRate),
                  y: (shown?.loss ?? []).map(Math.sqrt),
                },
              ],
            },
          ],
        }),
      ],
    };
  },
});

/** Tanh layers on a point of the circle, or on features of these tones of which the highest is the strongest. */
function network(hidden: readonly number[], tones?: readonly number[]): NetworkSpec {
  const layers = hidden.flatMap((units): LayerSpec[] => [
    { type: 'dense', units },
    { type: 'activation', fn: 'tanh' },
  ]);
  const before = reversedFeatures(tones ?? [1]).layers;
  return { input: 1, layers: [...before, ...layers, { type: 'dense', units: 1 }] };
}

/** How the outputs at x change along a direction of the parameters. */
async function change(spec: NetworkSpec, at: Float64Array, along: Float64Array, x: ReturnType<typeof asColumn>) {
  const h = 1e-4;
  const model = createModel(spec, { seed: 0, dtype: 'f64' });
  const outputs = [];
  const moved = [h, -h].map((step) => combine(at, along, (p, v) => p + step * v));
  for (const named of namedParameters(spec, moved)) {
    model.setParameters(named);
    outputs.push((await model.predict(x)).data);
  }
  return combine(entry(outputs, 0), entry(outputs, 1), (a, b) => (a - b) / (2 * h));
}

/** Shares of the power of values over a turn by frequency: 0, 1, ... */
function powers(values: Float64Array): Float64Array {
  const n = values.length;
  const own = Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => {
    const part = (wave: (t: number) => number) =>
      values.reduce((sum, v, i) => sum + v * wave((2 * Math.PI * k * i) / n), 0);
    return (part(Math.cos) ** 2 + part(Math.sin) ** 2) * (k === 0 || 2 * k === n ? 1 : 2);
  });
  const all = own.reduce((a, b) => a + b, 0);
  return Float64Array.from(own, (v) => v / all);
}
