/** The spectral losses through the public API, against their definitions by this package's own transforms. */
import { describe, expect, it } from 'vitest';
import { createModel, fft2, mlp, rfft } from '../src/index.js';

const n = 64;
const x = Array.from({ length: n }, (_, i) => [i / n]);
const y = x.map(([t]) => [Math.sin(2 * Math.PI * t!) + 0.3 * Math.sin(2 * Math.PI * 25 * t!)]);
const network = mlp({ input: 1, hidden: [24], output: 1, activation: 'tanh', init: { type: 'normal', std: 3 } });
const optimizer = { type: 'adam', learningRate: 0.01 } as const;

for (const dtype of ['f32', 'f64'] as const) {
  describe(`spectral losses, ${dtype}`, () => {
    const digits = dtype === 'f64' ? 12 : 5;

    it('smoothness adds the share of the outputs near Nyquist', async () => {
      const model = createModel(network, { seed: 4, dtype });
      const { re, im } = rfft(Float64Array.from((await model.predict(x)).data));
      const power = Array.from(re, (value, k) => (value ** 2 + im[k]! ** 2) * (k === n / 2 ? 1 : 2)).slice(1);
      const total = power.reduce((a, b) => a + b);
      // Bins above a quarter of 32.
      const share = power.slice(8).reduce((a, b) => a + b) / total;
      const loss = { type: 'smoothness', alpha: 2, cutoff: 0.25 } as const;
      const history = await model.train({ x, y, loss, optimizer, steps: 200 });
      const { mse, highFrequency } = history.parts;
      expect(highFrequency![0]).toBeCloseTo(share, digits);
      expect(history.loss[0]).toBeCloseTo(mse![0]! + 2 * share, digits);
      // The target itself holds a tone near Nyquist: only a large weight keeps it out.
      const smooth = createModel(network, { seed: 4, dtype });
      const { parts } = await smooth.train({ x, y, loss: { ...loss, alpha: 100 }, optimizer, steps: 200 });
      expect(parts.highFrequency!.at(-1)).toBeLessThan(0.5 * share);
    });

    it('weightSpectrum adds the share of the weights, and training lowers it', async () => {
      const model = createModel(mlp({ input: 8, hidden: [16], output: 3, activation: 'relu' }), { seed: 1, dtype });
      const weight = model.parameters()['layers.0.weight']!;
      const spectrum = fft2(weight);
      const distance = (k: number, size: number) => Math.min(k, size - k) / size;
      const shares = [0, 0];
      for (let i = 0; i < 16 * 8; i++) {
        const power = spectrum.re[i]! ** 2 + spectrum.im[i]! ** 2;
        shares[1]! += power;
        if (Math.hypot(distance(Math.floor(i / 8), 16), distance(i % 8, 8)) > 0.3) shares[0]! += power;
      }
      const points = Array.from({ length: 12 }, (_, i) => Array.from({ length: 8 }, (_, j) => Math.sin(i * j + i)));
      const labels = points.map((_, i) => i % 3);
      const penalty = { type: 'weightSpectrum', alpha: 0.5, cutoff: 0.6, parameters: ['layers.0.weight'] } as const;
      const history = await model.train({
        x: points,
        y: labels,
        loss: 'crossEntropy',
        penalty: { ...penalty, parameters: [...penalty.parameters] },
        optimizer,
        steps: 100,
        batchSize: 5,
      });
      const { task, weightFrequency } = history.parts;
      expect(weightFrequency![0]).toBeCloseTo(shares[0]! / shares[1]!, digits);
      history.loss.forEach((total, i) => {
        expect(total).toBeCloseTo(task![i]! + 0.5 * weightFrequency![i]!, 12);
      });
      expect(weightFrequency!.at(-1)).toBeLessThan(0.7 * weightFrequency![0]!);
    });

    it('phaseContrastive tells pairs apart', async () => {
      const points = Array.from({ length: 10 }, (_, i) => [Math.cos(i), Math.sin(i)]);
      const views = points.map(([a, b]) => [a! + 0.02, b! - 0.01]);
      const model = createModel(mlp({ input: 2, hidden: [32], output: 8, activation: 'tanh' }), { seed: 2, dtype });
      const loss = { type: 'phaseContrastive', views, temperature: 0.2 } as const;
      const history = await model.train({ x: points, loss, optimizer, steps: 300, record: { every: 100 } });
      expect(history.loss[0]).toBeGreaterThan(0.5);
      expect(history.loss.at(-1)).toBeLessThan(0.5 * history.loss[0]!);
      expect(history.parts).toEqual({});
      const wrong = { ...loss, views: views.slice(1) };
      await expect(model.train({ x: points, loss: wrong, optimizer, steps: 1 })).rejects.toThrow(/loss\.views/);
    });
  });
}
