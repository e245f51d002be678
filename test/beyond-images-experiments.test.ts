/** Fourier heat maps at sizes of a second, and the mathematics of their own. */
import { describe, expect, it } from 'vitest';
import { fourierHeatMaps } from '../src/experiments/beyond/fourier-heat-maps.js';
import { asMap, bandNoise, heatMap, overBand, smaller, wavesOf } from '../src/experiments/support/image-waves.js';
import { fft2, type NetworkSpec, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';
import { expectWellFormed } from './support/outcome.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (v, i) => v * (b[i] ?? Number.NaN)).reduce((sum, v) => sum + v, 0);

describe('waves of an image', () => {
  it.each([
    [4, 6],
    [5, 4],
  ])('one for each pair of frequencies, of root mean square 1 and orthogonal (%i by %i)', (height, width) => {
    const waves = wavesOf(height, width);
    // Of all frequencies but the constant those that are their own opposite stand alone, all others in pairs.
    const alone = (height % 2 === 0 ? 2 : 1) * (width % 2 === 0 ? 2 : 1) - 1;
    expect(waves.length).toBe((height * width - 1 - alone) / 2 + alone);
    for (const [i, a] of waves.entries()) {
      for (const [j, b] of waves.entries()) {
        expect(dot(a.values, b.values) / (height * width)).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
    const map = asMap(
      waves,
      waves.map((_, i) => i + 1),
      height,
      width,
    );
    expect(Array.from(map.data).filter((v) => v === 0).length).toBe(1);
  });

  it('turn the decisions of a network that sees one of them, and those waves alone', async () => {
    const [side, n] = [4, 40];
    const waves = wavesOf(side, side);
    const seen = waves[3]?.values ?? new Float64Array();
    // Class 1 where the image goes along the wave by more than 0.
    const spec: NetworkSpec = { input: side * side, layers: [{ type: 'dense', units: 2, bias: false }] };
    const weight = { data: Float64Array.from([...seen.map(() => 0), ...seen]), shape: [2, side * side] };
    const data = Float64Array.from({ length: n * side * side }, (_, i) => {
      const image = Math.floor(i / side ** 2);
      return (image % 2 === 0 ? 0.1 : -0.1) * (seen[i % side ** 2] ?? 0);
    });
    const labels = { data: Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : 0)), shape: [n] };
    const images = { data, shape: [n, side ** 2] };
    const test = { images, labels, height: side, width: side, channels: 1, size: side ** 2, classes: 2 };
    const { signal } = new AbortController();
    const map = await heatMap({
      spec,
      parameters: { 'layers.0.weight': weight },
      seed: 1,
      test,
      waves,
      size: 0.2,
      signal,
    });
    expect(map.accuracy).toBe(1);
    // The sign is random: those that it turns are the images on the other side, about half.
    map.turned.forEach((share, i) => {
      if (i === 3) expect(Math.abs(share - 0.5)).toBeLessThan(0.3);
      else expect(share).toBe(0);
    });
    expect(map.wrong).toEqual(map.turned);
    const radius = waves[3]?.radius ?? Number.NaN;
    expect(overBand(waves, map.turned, [radius, radius + 1e-9])).toBeGreaterThan(0);
  });

  it('noise of a band has no other frequencies, and the size that is asked for', () => {
    const [n, height, width] = [3, 8, 8];
    const noise = bandNoise({ n, channels: 1, height, width, from: 2, to: 4, seed: 5, std: 0.3 });
    expect(Math.sqrt(dot(noise, noise) / noise.length)).toBeCloseTo(0.3, 12);
    const { re, im } = fft2({ data: noise, shape: [n, height, width] });
    const wave = (k: number) => (k <= 4 ? k : k - 8);
    Array.from(re).forEach((v, i) => {
      const radius = Math.hypot(wave(i % 8), wave(Math.floor(i / 8) % 8));
      if (radius < 2 || radius >= 4) expect(Math.hypot(v, im[i] ?? 0)).toBeLessThan(1e-9);
    });
  });

  it('smaller images are means over blocks and channels', () => {
    const [height, width, channels] = [2, 5, 2];
    const images = { data: Float64Array.from({ length: 20 }, (_, i) => i), shape: [1, 20] };
    const set = { images, labels: { data: Float64Array.of(3), shape: [1] }, height, width, channels, classes: 4 };
    const made = smaller(set, 2);
    expect(made).toMatchObject({ height: 1, width: 2, channels: 1, size: 2, classes: 4 });
    // Rows 0..4 and 5..9 of one channel, 10 more in the other; the last column is cut.
    expect(Array.from(made.images.data)).toEqual([(0 + 1 + 5 + 6) / 4 + 5, (2 + 3 + 7 + 8) / 4 + 5]);
  });
});

it('fourier-heat-maps, small', async () => {
  const parameters = {
    ...{ shrink: 4, samples: 60, tested: 20, copies: 2, filters: 2, hidden: [6], steps: 5 },
    ...{ digits: 60, shares: [0.5], digitSteps: 5, networks: 2 },
  };
  const result = await runExperiment(fourierHeatMaps, { preset: 'quick', seed: 7, parameters, data: madeUpData });
  await expectWellFormed(result);
  expect(result.claims.map(({ id }) => id)).toEqual([
    ...['high-turns-cnn', 'low-turns-dense', 'noise-protects', 'labels-raise-high', 'labels-move-high'],
  ]);
});
