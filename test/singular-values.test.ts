/** Singular values at which QR iterations give up: those of a complex matrix written in real numbers come in pairs. */
import { describe, expect, it } from 'vitest';
import { convSingularValues, fft2, gaussianNoise, svd } from '../src/index.js';

describe('a layer whose matrix at one frequency did not converge (kernel-response, seed 405)', () => {
  const [channels, size] = [16, 32];
  const kernels = gaussianNoise(channels * channels * 9, {
    seed: 405,
    stream: 'kernels',
    std: 1 / Math.sqrt(9 * channels),
  });
  const weight = { data: kernels.data, shape: [channels, channels, 3, 3] };
  const squares = (data: ArrayLike<number>) => Array.from(data).reduce((sum, v) => sum + v * v, 0);

  it('keeps the sum of squares', async () => {
    const { values } = await convSingularValues(weight, [size, size]);
    // Parseval: the squares of all singular values add up to the pixels times the squares of the weights.
    expect(squares(values.data) / (size * size * squares(weight.data))).toBeCloseTo(1, 12);
  });

  it('is decomposed at every frequency, vectors and all', async () => {
    // The response of each pair of channels; [[A, -B], [B, A]] is A + iB in real numbers.
    const responses = Array.from({ length: channels * channels }, (_, pair) => {
      const padded = new Float64Array(size * size);
      for (let i = 0; i < 9; i++) padded[Math.floor(i / 3) * size + (i % 3)] = kernels.data[9 * pair + i]!;
      return fft2({ data: padded, shape: [size, size] });
    });
    const order = 2 * channels;
    for (let frequency = 0; frequency < size * (size / 2 + 1); frequency++) {
      const place = Math.floor(frequency / (size / 2 + 1)) * size + (frequency % (size / 2 + 1));
      const a = Float64Array.from({ length: order * order }, (_, at) => {
        const [i, j] = [Math.floor(at / order), at % order];
        const { re, im } = responses[(i % channels) * channels + (j % channels)]!;
        if (i < channels === j < channels) return re[place]!;
        return i < channels ? -im[place]! : im[place]!;
      });
      const { u, values, v } = await svd({ data: a, shape: [order, order] });
      let worst = 0;
      for (const [at, value] of a.entries()) {
        const [i, j] = [Math.floor(at / order), at % order];
        let sum = 0;
        for (let k = 0; k < order; k++) sum += u.data[i * order + k]! * values.data[k]! * v.data[j * order + k]!;
        worst = Math.max(worst, Math.abs(sum - value));
      }
      expect(worst).toBeLessThan(1e-12);
    }
  });
});
