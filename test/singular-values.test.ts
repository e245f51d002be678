/** Singular values at which QR iterations give up: those of a complex matrix written in real numbers come in pairs. */
import { expect, it } from 'vitest';
import { convSingularValues, gaussianNoise } from '../src/index.js';

it('a layer whose matrix at one frequency did not converge (kernel-response, seed 405) keeps the sum of squares', async () => {
  const channels = 16;
  const kernels = gaussianNoise(channels * channels * 9, {
    seed: 405,
    stream: 'kernels',
    std: 1 / Math.sqrt(9 * channels),
  });
  const weight = { data: kernels.data, shape: [channels, channels, 3, 3] };
  const { values } = await convSingularValues(weight, [32, 32]);
  // Parseval: the squares of all singular values add up to the pixels times the squares of the weights.
  const squares = (data: ArrayLike<number>) => Array.from(data).reduce((sum, v) => sum + v * v, 0);
  expect(squares(values.data) / (32 * 32 * squares(weight.data))).toBeCloseTo(1, 12);
});
