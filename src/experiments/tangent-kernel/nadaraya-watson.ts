/**
 * Two ways to predict with a kernel: the Nadaraya-Watson smoother is a weighted mean of the targets, tangent-kernel
 * regression a solution of linear equations. The mean cannot leave the range of the data; the solution passes through it.
 *
 * Both are identities; the controls show what they rest on. The Gaussian weights of the smoother leave the range once equations
 * are solved with them instead of a mean being taken (the tangent kernel's solution is so nearly piecewise linear that on
 * this target it does not), and the mean passes by the points.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { at } from '../../core/reading.js';
import { atMost, defineExperiment } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { analyticKernel, kernelRegression, nadarayaWatson } from '../../kernels/index.js';
import { asColumn, rms } from '../support/arrays.js';
import { ntkNetwork } from '../support/layers.js';

export const nadarayaWatsonExperiment = defineExperiment({
  id: 'nadaraya-watson',
  title: 'A kernel smoother beside tangent-kernel regression',
  source: [cite('nadaraya1964'), cite('watson1964'), cite('jacot2018'), cite('notesFourier')].join('; '),
  statement:
    'Nadaraya-Watson smoothing averages the targets with kernel weights: it stays inside their range and does not ' +
    'interpolate. Regression with the NTK, which is where the training of a wide network ends, interpolates.',
  formula: 'smoother Σ_j K(x, x_j) y_j / Σ_j K(x, x_j),  regression K(x, X) K(X, X)^{−1} y',
  parameters: z.object({
    samples: z.int().min(4).default(16).describe('training points on [-1, 1]'),
    points: z.int().min(10).default(400).describe('points of the curves'),
    bandwidth: z.number().positive().default(0.12).describe('standard deviation of the smoother'),
    frequency: z.number().positive().default(1.5).describe('passes of the target over [-1, 1]'),
    depth: z.int().min(1).default(3).describe('hidden layers of the network'),
  }),
  presets: { quick: {}, paper: { samples: 40, points: 2000, bandwidth: 0.05, frequency: 3 } },
  seconds: { quick: 1, paper: 2 },

  async measure({ parameters: p, signal }) {
    const grid = (n: number) => Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
    const [x, dense] = [grid(p.samples), grid(p.points)];
    const f = (v: number) => Math.sin(Math.PI * p.frequency * v);
    const y = x.map(f);
    const weights = (points: number[]) =>
      points.map((a) => x.map((b) => Math.exp(-((a - b) ** 2) / (2 * p.bandwidth ** 2))));
    const smoothed = async (points: number[]) =>
      Array.from((await nadarayaWatson(weights(points), y, { signal })).data);
    const gaussian = await kernelRegression({ kernel: weights(x), y, crossKernel: weights(dense), signal });
    const spec = ntkNetwork({ input: 1, depth: p.depth, width: 1, activation: 'relu', sigmaB: 0.3 });
    const kernel = await analyticKernel(spec, asColumn(x), undefined, { kernel: 'ntk', signal });
    const solved = async (points: number[]) => {
      const crossKernel = await analyticKernel(spec, asColumn(points), asColumn(x), { kernel: 'ntk', signal });
      return Array.from((await kernelRegression({ kernel, y, crossKernel, signal })).data);
    };
    return {
      x,
      y,
      dense,
      target: dense.map(f),
      smoother: { samples: await smoothed(x), dense: await smoothed(dense) },
      gaussian: Array.from(gaussian.data),
      regression: { samples: await solved(x), dense: await solved(dense) },
    };
  },

  present({ x, y, dense, target, smoother, gaussian, regression }) {
    const [low, high] = [Math.min(...y), Math.max(...y)];
    const outside = (h: number[]) => Math.max(...h.map((v) => Math.max(low - v, v - high)));
    const miss = (h: number[]) => Math.max(...y.map((v, i) => Math.abs(at(h, i) - v)));
    const error = (h: number[]) => rms(target.map((v, i) => at(h, i) - v));
    return {
      metrics: {
        smootherError: error(smoother.dense),
        regressionError: error(regression.dense),
        outside: outside(smoother.dense),
        interpolation: miss(regression.samples),
      },
      claims: [
        atMost(1e-12, {
          id: 'inside',
          statement: 'The smoother stays inside the range of the targets (how far it leaves it).',
          source: [cite('nadaraya1964'), cite('watson1964')].join('; '),
          measured: outside(smoother.dense),
          control: {
            id: 'equations',
            statement: 'the same weights, used as the kernel of a regression',
            measured: outside(gaussian),
          },
        }),
        atMost(1e-6, {
          id: 'interpolates',
          statement: 'Tangent-kernel regression passes through every target (largest distance).',
          source: cite('jacot2018'),
          measured: miss(regression.samples),
          control: { id: 'smoother', statement: 'the smoother', measured: miss(smoother.samples) },
        }),
      ],
      figures: [
        lineFigure({
          id: 'curves',
          title: 'Nadaraya-Watson smoothing and NTK regression',
          caption:
            'The smoother flattens every extremum; regression with the tangent kernel passes through the points.',
          x: { title: 'x' },
          y: { title: 'prediction' },
          lines: [
            { name: 'target', x: dense, y: target, color: '#000000' },
            { name: 'Nadaraya-Watson', x: dense, y: smoother.dense },
            { name: 'NTK regression', x: dense, y: regression.dense },
            { name: 'samples', x, y, mark: 'points' },
          ],
        }),
      ],
    };
  },
});
