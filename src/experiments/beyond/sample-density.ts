/**
 * The time to learn a wave grows with the square of its frequency and falls with the density of samples (Basri et al. 2019, 2020).
 *
 * Samples lie on the circle in three arcs of equal length, twice and four times as dense in the second and third as in the first,
 * and a wide ReLU network of one hidden layer learns one wave of k passes a turn. The error is followed in each arc by itself. On
 * the circle the tangent kernel of that network has eigenvalues that fall as `1/k^2` for large k, and where the samples are denser
 * every one of them is larger in proportion: an arc is learnt at a time proportional to `k^2 / density`. The gradient flow of the
 * analytic kernel gives the steps of every arc beforehand.
 *
 * The square is what large frequencies come to. From 4 to 8 passes the eigenvalues fall with the power 2.2, and networks of 2048
 * units, whose kernels scatter most where eigenvalues are small, take 2.0 to 2.7. Hence the range of that claim, whose control takes
 * more than 4. The power of the density lies between -0.7 and -1.1: the arcs are a few waves long, and at their ends one density
 * learns from the other.
 *
 * Controls: as many samples, evenly spread, and the same arcs, which then agree; erf units, whose kernel has no kink and eigenvalues
 * that fall faster than any power; and the flow on evenly spread samples as the prediction.
 *
 * Networks learn the wave on top of the function that they start from, and a small one, so that the kernel stays: with a start of size 1 and
 * a rate near the largest stable one the first steps are so large that they change the kernel, and networks took two to seven times as long
 * as the flow says. The source trains the first layer alone; here both are trained. Momentum shortens the wait, and the flow has it too.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  atMost,
  between,
  common,
  defineExperiment,
  grid,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { categories, lineFigure, panelsFigure } from '../../figures/index.js';
import { analyticKernel, gradientFlow } from '../../kernels/index.js';
import { createModel } from '../../nets/index.js';
import { asColumn, combine, entry, mean, period, rms, slope, stacked } from '../support/arrays.js';
import { ntkNetwork } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  sparsest: z.int().min(8).default(24).describe('samples of the first arc; the others have two and four times as many'),
  frequencies: z
    .array(z.int().min(1))
    .min(2)
    .default([4, 6, 8, 10, 12])
    .describe('passes a turn of the waves, one a network, ascending'),
  smooth: z.array(z.int().min(1)).min(2).default([3, 4, 6]).describe('those that erf units learn'),
  width: z.int().min(1).default(8000).describe('units of the hidden layer'),
  size: z
    .number()
    .positive()
    .default(0.05)
    .describe('amplitude of the waves in training, small so that the kernel stays; networks are read in units of it'),
  fraction: z.number().positive().max(1).default(0.25).describe('learning rate, as a share of the largest stable one'),
  momentum: z.number().min(0).max(0.999).default(0.9).describe('of gradient descent'),
  steps: common.steps(3000),
  records: common.records(200),
  level: common.level(),
  networks: common.networks(),
});

/** Density of each arc, that of the first 1. */
const densities = [1, 2, 4];
const spreads = { dense: 'samples of three densities', even: 'samples evenly spread' } as const;
type Spread = keyof typeof spreads;

export const sampleDensity = defineExperiment({
  id: 'sample-density',
  title: 'The time to learn grows with frequency squared and falls with the density of samples',
  source: [cite('basri2019'), cite('basri2020')].join('; '),
  statement:
    'Where samples are denser a wide ReLU network learns sooner, in inverse proportion to their density, and a wave of twice the ' +
    'frequency takes four times as long. The tangent kernel gives the steps beforehand. Where samples are evenly spread all arcs ' +
    'are learnt alike.',
  formula: 't(k, x) ∝ k^2 / p(x)',
  parameters,
  presets: {
    quick: { sparsest: 18, frequencies: [4, 6, 8], smooth: [3, 6], width: 2048, steps: 900, records: 120 },
    paper: {},
  },
  seconds: { quick: 10, paper: 600 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const angles = { dense: anglesOf(densities, p.sparsest), even: anglesOf([7 / 3, 7 / 3, 7 / 3], p.sparsest) };
    const places = {
      dense: onCircle(angles.dense),
      even: onCircle(angles.even),
    };
    const network = (activation: 'relu' | 'erf', width: number) =>
      ntkNetwork({ input: 2, depth: 1, width, activation, sigmaB: 1 });
    const target = (spread: Spread, k: number) => asColumn(angles[spread].map((t) => Math.sin(k * t)));
    const kernelOf = (spread: Spread, activation: 'relu' | 'erf') =>
      analyticKernel(network(activation, 1), places[spread], undefined, { kernel: 'ntk', signal });
    const kernels = { dense: await kernelOf('dense', 'relu'), even: await kernelOf('even', 'relu') };
    const rateOf = async (kernel: NdArray) =>
      p.fraction *
      (await gradientFlow({ kernel, y: new Float64Array(kernel.shape[0] ?? 0), signal })).largestLearningRate(
        p.momentum,
      );
    const rates = {
      relu: await rateOf(kernels.dense),
      erf: await rateOf(await kernelOf('dense', 'erf')),
    };
    const cells = [
      ...grid({
        activation: ['relu'] as const,
        spread: ['dense', 'even'] as const,
        k: p.frequencies,
        seed: seeds(p.networks),
      }),
      ...grid({ activation: ['erf'] as const, spread: ['dense'] as const, k: p.smooth, seed: seeds(p.networks) }),
    ];
    type Cell = (typeof cells)[number];
    // Networks learn the wave on top of what they are at the start, and are read without that.
    const starts = new Map<string, Float64Array>();
    const startOf = ({ activation, spread, seed }: Pick<Cell, 'activation' | 'spread' | 'seed'>) =>
      starts.get(`${activation} ${spread} ${seed}`) ?? new Float64Array();
    for (const { activation, spread, seed } of cells) {
      if (startOf({ activation, spread, seed }).length > 0) continue;
      const model = createModel(network(activation, p.width), { seed });
      const { data } = await model.predict(places[spread], { signal });
      starts.set(`${activation} ${spread} ${seed}`, Float64Array.from(data));
    }
    const trained = await trainAll(context, {
      cells,
      run: (cell) => ({
        seed: cell.seed,
        spec: network(cell.activation, p.width),
        x: places[cell.spread],
        y: asColumn(combine(target(cell.spread, cell.k).data, startOf(cell), (v, start) => p.size * v + start)),
        optimizer: { type: 'sgd', learningRate: rates[cell.activation], momentum: p.momentum },
        probes: { outputs: { type: 'outputs', points: places[cell.spread] } },
      }),
      shared: { loss: 'mse', steps: p.steps, record: { log: p.records } },
    });
    const fits = trained.map(({ activation, spread, k, seed, steps, probes }) => {
      const start = startOf({ activation, spread, seed });
      const outputs = rows(probes.outputs.values).map((one) => combine(one, start, (v, from) => (v - from) / p.size));
      return {
        activation,
        spread,
        k,
        steps,
        error: byArc(outputs, target(spread, k).data, arcsOf(spread, p.sparsest)),
      };
    });
    const steps = entry(fits, 0).steps;
    const flows = [];
    for (const { spread, k } of grid({ spread: ['dense', 'even'] as const, k: p.frequencies })) {
      progress({ phase: `flow of the kernel, ${k} passes a turn` });
      const flow = await gradientFlow({ kernel: kernels[spread], y: target(spread, k), signal });
      const at = [];
      for (const step of steps) {
        at.push((await flow.afterSteps(step, { learningRate: rates.relu, momentum: p.momentum, signal })).data);
      }
      flows.push({ spread, k, steps, error: byArc(at, target(spread, k).data, arcsOf(spread, p.sparsest)) });
    }
    return { fits, flows };
  },

  present({ fits, flows }, p) {
    type Fit = (typeof fits)[number];
    const of = (activation: 'relu' | 'erf', spread: Spread, k: number) =>
      fits.filter((fit) => fit.activation === activation && fit.spread === spread && fit.k === k);
    const { level } = p;
    const flowOf = (spread: Spread, k: number) =>
      flows
        .filter((one) => one.spread === spread && one.k === k)
        .map(({ steps, error }) => passages(steps, error))[0] ?? [];
    const passages = (steps: number[], error: NdArray) =>
      passagesOf({ steps, error }, { level }).map((step) => step ?? Number.NaN);
    const own = (fit: Fit) => passages(fit.steps, fit.error);
    const networks = Array.from({ length: p.networks }, (_, i) => i);
    /** Power of the frequency in the steps of each arc, by network. */
    const ofFrequency = (activation: 'relu' | 'erf', frequencies: readonly number[]) =>
      networks.map((i) =>
        densities.map((_, arc) =>
          slope(
            frequencies.map(Math.log),
            frequencies.map((k) => Math.log(entry(own(entry(of(activation, 'dense', k), i)), arc))),
          ),
        ),
      );
    /** Power of the density, by network and frequency. */
    const ofDensity = (spread: Spread) =>
      networks.map((i) =>
        p.frequencies.map((k) => slope(densities.map(Math.log), own(entry(of('relu', spread, k), i)).map(Math.log))),
      );
    /** Largest factor between predicted and measured steps, over the arcs. */
    const off = (spread: Spread) =>
      networks.map((i) =>
        p.frequencies.map((k) => {
          const predicted = flowOf(spread, k);
          const steps = own(entry(of('relu', 'dense', k), i));
          return Math.max(...steps.map((step, arc) => Math.exp(Math.abs(Math.log(step / entry(predicted, arc))))));
        }),
      );
    const waves = p.frequencies.map((k) => `k = ${k}`);
    const arcs = densities.map((d) => `density ${d}`);
    const [powers, slopes] = [ofFrequency('relu', p.frequencies), ofDensity('dense')];
    const listed = fits.flatMap((fit) =>
      densities.map((density, arc) => ({
        units: fit.activation,
        samples: spreads[fit.spread],
        frequency: fit.k,
        network: (networks.length > 0 ? fits.indexOf(fit) % p.networks : 0) + 1,
        arc: arc + 1,
        density: fit.spread === 'even' ? mean(densities) : density,
        step: own(fit)[arc] ?? null,
        predicted: fit.activation === 'relu' ? (flowOf(fit.spread, fit.k)[arc] ?? null) : null,
      })),
    );
    return {
      metrics: {
        power_frequency: numberOf(spread(powers.flat()).median),
        power_density: numberOf(spread(slopes.flat()).median),
      },
      tables: [
        {
          id: 'passages',
          title: `Step from which on the relative error of an arc stays at ${level} or less`,
          columns: Object.fromEntries(
            (['units', 'samples', 'frequency', 'network', 'arc', 'density', 'step', 'predicted'] as const).map(
              (name) => [name, listed.map((one) => (Number.isNaN(one[name]) ? null : one[name]))],
            ),
          ),
        },
      ],
      claims: [
        between(1.5, 3.2, {
          id: 'frequency',
          statement: `In each arc the steps to a wave grow with the square of its frequency (fitted power), in every one of ${p.networks} networks.`,
          source: [cite('basri2019'), cite('basri2020', 'two inputs, one hidden layer: k^2 / p')].join('; '),
          measured: powers,
          labels: arcs,
          control: {
            id: 'smooth',
            statement: `erf units, whose kernel has no kink (waves of ${p.smooth.join(', ')})`,
            measured: ofFrequency('erf', p.smooth),
          },
        }),
        between(-1.3, -0.65, {
          id: 'density',
          statement: 'The steps are inversely proportional to the density of the samples (fitted power over the arcs).',
          source: cite('basri2020', 'k^2 / p'),
          measured: slopes,
          labels: waves,
          control: {
            id: 'even',
            statement: 'as many samples, evenly spread, in the same arcs',
            measured: ofDensity('even'),
          },
        }),
        atMost(1.6, {
          id: 'predicted',
          statement: 'The flow of the analytic kernel gives the steps of every arc (largest factor between both).',
          source: cite('basri2020'),
          measured: off('dense'),
          labels: waves,
          control: {
            id: 'even',
            statement: 'the same flow on evenly spread samples',
            measured: off('even'),
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'steps',
          title: 'Steps to a wave, by its frequency and the density of samples',
          caption: `Step at which the relative error in an arc settles under ${level}. Points: median and extremes of ${p.networks} networks; lines: the flow of the analytic kernel.`,
          x: { title: 'frequency (passes a turn)', log: true, values: p.frequencies },
          y: { title: 'step', log: true },
          lines: densities.flatMap((density, arc) => [
            {
              name: `density ${density}, predicted`,
              color: entry(categories, arc),
              x: p.frequencies,
              y: p.frequencies.map((k) => flowOf('dense', k)[arc] ?? null),
            },
            {
              ...medianBand(
                `density ${density}, networks`,
                p.frequencies,
                networks.map((i) => p.frequencies.map((k) => entry(own(entry(of('relu', 'dense', k), i)), arc))),
              ),
              color: entry(categories, arc),
              mark: 'points' as const,
            },
          ]),
        }),
        panelsFigure({
          id: 'errors',
          title: `Relative error by arc, ${p.frequencies.at(-1)} passes a turn`,
          caption: `Median and extremes of ${p.networks} networks. Evenly spread, the arcs agree.`,
          panels: (['dense', 'even'] as const).map((where) => {
            const list = of('relu', where, p.frequencies.at(-1) ?? 0);
            return {
              title: spreads[where],
              x: { title: 'step', log: true },
              y: { title: 'relative error', log: true },
              lines: densities.map((density, arc) =>
                medianBand(
                  where === 'dense' ? `arc ${arc + 1}, density ${density}` : `arc ${arc + 1}`,
                  (list[0]?.steps ?? []).map((step) => step + 1),
                  list.map(({ error }) => rows(error).map((row) => row[arc] ?? Number.NaN)),
                ),
              ),
            };
          }),
        }),
      ],
    };
  },
});

/** `null` where an arc was never learnt. */
const numberOf = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Angles of samples in arcs of a third of the turn, so many times `count` in each. */
const anglesOf = (times: readonly number[], count: number): number[] =>
  times.flatMap((factor, arc) => {
    const third = (2 * Math.PI) / times.length;
    const n = Math.round(factor * count);
    // Midpoints of equal cells: no two samples meet at the ends of the arcs.
    return period(arc * third, (arc + 1) * third, n).map((t) => t + third / (2 * n));
  });

const onCircle = (angles: readonly number[]): NdArray => stacked(angles.map((t) => [Math.cos(t), Math.sin(t)]));

/** First and last sample of each arc. */
function arcsOf(spread: Spread, count: number): [number, number][] {
  const sizes = densities.map((d) => Math.round((spread === 'dense' ? d : 7 / 3) * count));
  return sizes.map((n, arc) => {
    const before = sizes.slice(0, arc).reduce((a, b) => a + b, 0);
    return [before, before + n];
  });
}

/** Relative error of outputs `[records][n]` in each arc, `[records, arcs]`. */
function byArc(
  outputs: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  arcs: readonly [number, number][],
): NdArray {
  return stacked(
    outputs.map((one) =>
      arcs.map(([from, to]) => {
        const within = (values: ArrayLike<number>) => Array.from(values).slice(from, to);
        const goal = within(y);
        return rms(within(one).map((v, i) => v - entry(goal, i))) / rms(goal);
      }),
    ),
  );
}
