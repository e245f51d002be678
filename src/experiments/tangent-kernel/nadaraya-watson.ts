/**
 * Two ways to predict with a kernel: the Nadaraya-Watson smoother is a weighted mean of the targets, tangent-kernel
 * regression a solution of linear equations. The mean cannot leave the range of the data; the solution passes through it.
 *
 * In 0.1.0, whose seeds drew other numbers, every claim of `quick` held on the fresh seeds 101 to 105.
 */
import { z } from 'zod';
import { atMost, defineExperiment } from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { analyticKernel, kernelRegression, nadarayaWatson } from '../../kernels/index.js';
import type { NetworkSpec } from '../../nets/index.js';

const source = 'Seed 003; Nadaraya 1964, Watson 1964; Jacot et al. 2018';

export const nadarayaWatsonExperiment = defineExperiment({
  id: 'nadaraya-watson',
  title: 'A kernel smoother beside tangent-kernel regression',
  source,
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
  run: async ({ parameters, signal }) => {
    const { samples, points, bandwidth, frequency, depth } = parameters;
    const grid = (n: number) => Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
    const [x, dense] = [grid(samples), grid(points)];
    const f = (v: number) => Math.sin(Math.PI * frequency * v);
    const y = x.map(f);
    const weights = dense.map((a) => x.map((b) => Math.exp(-((a - b) ** 2) / (2 * bandwidth ** 2))));
    const smooth = (await nadarayaWatson(weights, y, { signal })).data;

    const layer = { type: 'dense', units: 1, parameterization: 'ntk', sigmaW: Math.SQRT2, sigmaB: 0.3 } as const;
    const hidden = Array.from({ length: depth }, () => [layer, { type: 'activation', fn: 'relu' } as const]).flat();
    const spec: NetworkSpec = { input: 1, layers: [...hidden, layer] };
    const column = (v: number[]) => v.map((a) => [a]);
    const kernel = await analyticKernel(spec, column(x), undefined, { kernel: 'ntk', signal });
    const crossKernel = await analyticKernel(spec, column(dense), column(x), { kernel: 'ntk', signal });
    const fitted = (await kernelRegression({ kernel, y, signal })).data;
    const curve = (await kernelRegression({ kernel, y, crossKernel, signal })).data;

    const [low, high] = [Math.min(...y), Math.max(...y)];
    const outside = Math.max(...Array.from(smooth, (v) => Math.max(low - v, v - high)));
    const miss = Math.max(...y.map((v, i) => Math.abs(fitted[i]! - v)));
    const target = dense.map(f);
    const error = (h: ArrayLike<number>) => Math.sqrt(target.reduce((s, v, i) => s + (h[i]! - v) ** 2, 0) / points);
    return {
      metrics: { smootherError: error(smooth), regressionError: error(curve), outside, interpolation: miss },
      claims: [
        atMost(1e-12, {
          id: 'inside',
          statement: 'The smoother stays inside the range of the targets (how far it leaves it).',
          source,
          measured: outside,
        }),
        atMost(1e-6, {
          id: 'interpolates',
          statement: 'Tangent-kernel regression passes through every target (largest distance).',
          source,
          measured: miss,
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
            { name: 'Nadaraya-Watson', x: dense, y: Array.from(smooth) },
            { name: 'NTK regression', x: dense, y: Array.from(curve) },
            { name: 'samples', x, y, mark: 'points' },
          ],
        }),
      ],
    };
  },
});
