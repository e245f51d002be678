/**
 * The training of a wide network is kernel regression in the making: its outputs follow the gradient flow of a fixed
 * kernel, `h_t(x) = h_0(x) - K(x, X) K^-1 (1 - exp(-2 K t / N)) (h_0(X) - y)`, on the training points and on others.
 *
 * Two kernels predict: the network's own at initialisation, and the analytic one of infinite width; both start from the
 * network's own outputs. Steps of gradient descent are taken exactly (`1 - 2 eta lambda / N` a step), so what is left is
 * what finite width does. The labels carry noise, which sets in late: the test error has a minimum, and the kernels say
 * when to stop.
 */
import { z } from 'zod';
import { row } from '../../core/reading.js';
import { atMost, below, decreasing, defineExperiment, refuseDiverged, spread } from '../../experiment/index.js';
import { categories, colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { analyticKernel, empiricalNtk, fitDecay, gradientFlow } from '../../kernels/index.js';
import { createModel } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { column, rmsDifference } from '../support/arrays.js';
import { ntkNetwork } from '../support/layers.js';

const source = 'Seed 003, infinite width: training is kernel regression; Jacot et al. 2018, Lee et al. 2019';

const parameters = z.object({
  samples: z.int().min(4).default(24).describe('noisy training points on [-1, 1]'),
  points: z.int().min(10).default(101).describe('test points on [-1, 1], without noise'),
  noise: z.number().min(0).default(0.5).describe('standard deviation of the noise in the labels'),
  depth: z.int().min(1).default(2).describe('hidden layers'),
  activation: z.enum(['erf', 'relu', 'tanh']).default('erf').describe('of the hidden layers'),
  widths: z.array(z.int().min(1)).min(3).default([32, 128, 512, 2048, 8192]).describe('units of each hidden layer'),
  networks: z.int().min(1).default(5).describe('networks of each width'),
  fraction: z.number().positive().max(1).default(0.5).describe('learning rate, as a share of the largest stable one'),
  steps: z.int().min(10).default(4000).describe('steps of gradient descent'),
  records: z.int().min(10).default(120).describe('recorded steps, evenly spaced in their logarithm'),
});

/** One kernel's prediction of one training, `[record]`. */
interface Prediction {
  /** Relative distance of the predicted to the measured outputs, the largest over the records. */
  train: number;
  test: number;
  /** Test error by record. */
  errors: number[];
  /** Outputs on the test points by record. */
  outputs: ArrayLike<number>[];
}

interface Run {
  width: number;
  steps: number[];
  /** Measured test error by record, and the outputs on the test points. */
  errors: number[];
  outputs: ArrayLike<number>[];
  own: Prediction;
  analytic: Prediction;
}

export const trainingIsKernelRegression = defineExperiment({
  id: 'training-is-kernel-regression',
  title: 'The training of a wide network is kernel regression',
  source,
  statement:
    'A wide network trained by gradient descent predicts at every time what gradient flow with its tangent kernel ' +
    'predicts, on training and on test points, and the agreement is better the wider it is. The kernel also tells ' +
    'when to stop.',
  formula: 'h_t(x) = h_0(x) + K(x, X) K(X, X)^{−1} (1 − e^{−2K(X, X)t/N}) (y − h_0(X))',
  parameters,
  presets: {
    quick: { samples: 16, points: 41, depth: 1, widths: [32, 256, 4096], networks: 3, steps: 500, records: 40 },
    paper: {},
  },
  seconds: { quick: 8, paper: 6000 },
  run: async ({ parameters: p, random, seeds, signal, progress }) => {
    const grid = (n: number) => Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
    const target = (v: number) => Math.sin(Math.PI * v);
    const [x, dense] = [column(grid(p.samples)), column(grid(p.points))];
    const noise = gaussianNoise(p.samples, { ...random('labels'), std: p.noise }).data;
    const y = column(Array.from(x.data, (v, i) => target(v) + noise[i]!));
    const truth = Array.from(dense.data, target);
    const network = (width: number) =>
      ntkNetwork({
        input: 1,
        depth: p.depth,
        width,
        activation: p.activation,
        sigmaW: 4,
        sigmaB: 1,
      });
    const kernel = await analyticKernel(network(1), x, undefined, { kernel: 'ntk', signal });
    const crossKernel = await analyticKernel(network(1), dense, x, { kernel: 'ntk', signal });
    const learningRate = p.fraction * (await gradientFlow({ kernel, y, signal })).largestLearningRate();

    const train = async (width: number, seed: number): Promise<Run> => {
      const model = createModel(network(width), { seed });
      const own = {
        kernel: await empiricalNtk(model, x, undefined, { signal }),
        crossKernel: await empiricalNtk(model, dense, x, { signal }),
      };
      const history = await model.train({
        x,
        y,
        loss: 'mse',
        optimizer: { type: 'sgd', learningRate },
        steps: p.steps,
        record: { log: p.records },
        probes: { train: { type: 'outputs', points: x }, test: { type: 'outputs', points: dense } },
        signal,
      });
      refuseDiverged(history, `width ${width}`);
      const steps = history.steps;
      const onTrain = steps.map((_, r) => row(history.probes.train.values, r));
      const onTest = steps.map((_, r) => row(history.probes.test.values, r));
      const [initial, initialCross] = [column(onTrain[0]!), column(onTest[0]!)];
      const predict = async (kernels: typeof own): Promise<Prediction> => {
        const flow = await gradientFlow({ kernel: kernels.kernel, y, initial, signal });
        const prediction: Prediction = { train: 0, test: 0, errors: [], outputs: [] };
        for (const [r, step] of steps.entries()) {
          const trained = await flow.afterSteps(step, { learningRate, signal });
          const cross = { crossKernel: kernels.crossKernel, initialCross };
          const tested = await flow.afterSteps(step, { learningRate, ...cross, signal });
          prediction.train = Math.max(prediction.train, rmsDifference(trained.data, onTrain[r]!) / scale);
          prediction.test = Math.max(prediction.test, rmsDifference(tested.data, onTest[r]!) / scale);
          prediction.errors.push(rmsDifference(tested.data, truth));
          prediction.outputs.push(tested.data);
        }
        return prediction;
      };
      return {
        width,
        steps,
        errors: onTest.map((outputs) => rmsDifference(outputs, truth)),
        outputs: onTest,
        own: await predict(own),
        analytic: await predict({ kernel, crossKernel }),
      };
    };
    const scale = rmsDifference(truth, new Float64Array(p.points));

    const runs: Run[][] = [];
    for (const width of p.widths) {
      progress({ phase: `width ${width}` });
      const row: Run[] = [];
      for (const seed of seeds(p.networks)) row.push(await train(width, seed));
      runs.push(row);
    }

    const median = (of: (run: Run) => number) => runs.map((row) => spread(row.map(of)).median);
    const distances = {
      'own, training': median((run) => run.own.train),
      'own, test': median((run) => run.own.test),
      'analytic, training': median((run) => run.analytic.train),
      'analytic, test': median((run) => run.analytic.test),
    };
    const names = Object.keys(distances);
    const fits = Object.values(distances).map((values) => fitDecay(p.widths, values, 'power'));
    const widest = runs.at(-1)!;
    const shown = widest[0]!;
    const stop = (errors: readonly number[]) => shown.steps[errors.indexOf(Math.min(...errors))]!;
    const off = (prediction: 'own' | 'analytic') => (run: Run) =>
      Math.abs(Math.log(stop(run[prediction].errors) / stop(run.errors)));
    const best = shown.steps.indexOf(stop(shown.errors));
    const last = shown.steps.length - 1;
    const labels = p.widths.map((w) => `width ${w}`);
    return {
      metrics: { learningRate, stopMeasured: stop(shown.errors), stopPredicted: stop(shown.own.errors) },
      tables: [
        {
          id: 'distances',
          title: 'Largest relative distance of prediction and measurement over the training, median of the networks',
          columns: { width: p.widths, ...distances },
        },
        {
          id: 'slopes',
          title: 'Fitted powers of the width, with 95 % intervals',
          columns: {
            quantity: names,
            exponent: fits.map((f) => -f.exponent),
            low: fits.map((f) => -f.high),
            high: fits.map((f) => -f.low),
          },
        },
      ],
      claims: [
        atMost(0.05, {
          id: 'own-kernel',
          statement: `At width ${p.widths.at(-1)} the flow of the network's own kernel gives its outputs at every recorded step (largest relative distance, every network).`,
          source,
          measured: widest.map((run) => [run.own.train, run.own.test]),
          labels: ['training points', 'test points'],
        }),
        decreasing({
          id: 'own-wider-better',
          statement: 'The wider the network, the better its own kernel predicts it (median distance).',
          source,
          measured: [distances[names[0] as keyof typeof distances], distances[names[1] as keyof typeof distances]],
          labels,
        }),
        decreasing({
          id: 'analytic-wider-better',
          statement: 'The wider the network, the better the analytic kernel predicts it (median distance).',
          source,
          measured: [distances[names[2] as keyof typeof distances], distances[names[3] as keyof typeof distances]],
          labels,
        }),
        below(1, {
          id: 'early-stopping',
          statement:
            'Noise is fitted late: at the best time to stop the test error is below that at the end (ratio, median of the networks of the largest width).',
          source,
          measured: spread(widest.map((run) => Math.min(...run.errors) / run.errors.at(-1)!)).median,
        }),
        atMost(0.2, {
          id: 'stopping-time',
          statement: `At width ${p.widths.at(-1)} the best time to stop is the one its own kernel predicts (difference of the logarithms, median of the networks).`,
          source,
          measured: spread(widest.map(off('own'))).median,
        }),
      ],
      figures: [
        panelsFigure({
          id: 'outputs',
          title: 'Outputs of a wide network and of the flow of its kernel',
          caption: `Width ${shown.width}. Left: when the test error is least; right: at the end, the noise fitted.`,
          panels: [best, last].map((r) => ({
            title: `step ${shown.steps[r]}`,
            x: { title: 'x' },
            y: { title: 'output' },
            lines: [
              { name: 'target', x: dense.data, y: truth, color: colors.target },
              { name: 'noisy samples', x: x.data, y: y.data, mark: 'points' as const, color: '#888888' },
              { name: 'network', x: dense.data, y: shown.outputs[r]! },
              { name: 'own kernel', x: dense.data, y: shown.own.outputs[r]! },
              { name: 'analytic kernel', x: dense.data, y: shown.analytic.outputs[r]! },
            ],
          })),
        }),
        lineFigure({
          id: 'test-error',
          title: 'Test error through the training, measured and predicted',
          caption: `Width ${shown.width}: the error against the target without noise has its minimum at step ${stop(shown.errors)}, and the kernels know it beforehand.`,
          x: { title: 'step', log: true },
          y: { title: 'test error (root mean square)' },
          lines: [
            { name: 'network', x: shown.steps, y: shown.errors },
            { name: 'own kernel', x: shown.steps, y: shown.own.errors },
            { name: 'analytic kernel', x: shown.steps, y: shown.analytic.errors },
          ],
        }),
        lineFigure({
          id: 'distances',
          title: 'Distance of prediction and measurement by width',
          caption:
            'Largest relative distance of the outputs that the own and the analytic kernel predict, on training and test points, median of the networks. Fitted slopes: ' +
            `${names.map((name, i) => `${name} ${(-fits[i]!.exponent).toFixed(2)}`).join(', ')}.`,
          x: { title: 'width', log: true },
          y: { title: 'relative distance', log: true },
          lines: Object.entries(distances).map(([name, y], i) => ({
            name,
            x: p.widths,
            y,
            mark: 'both' as const,
            color: categories[i]!,
          })),
        }),
      ],
    };
  },
});
