import { expect, test } from 'vitest';
import {
  bandEnergies,
  convSingularValues,
  fitDecay,
  fourierSeries,
  fourierTransform,
  frequencyMask,
  harmonics,
  relativeSpectralError,
  rfft,
  singularValues,
  spectralDistance,
  spectralNorm,
  spectralNormalize,
  spectralNormalizeAll,
  tone,
} from '../src/index.js';

const close = (actual: number, expected: number, tolerance = 1e-12) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);

test('continuous transforms state their error', () => {
  const gaussian = Float64Array.from({ length: 241 }, (_, i) => Math.exp(-Math.PI * (-6 + i * 0.05) ** 2));
  const out = fourierTransform(gaussian, { start: -6, spacing: 0.05, frequencies: [0, 1.2] });
  close(out.values.re[1]!, Math.exp(-Math.PI * 1.44), out.error.data[1]! + 1e-14);
  const series = fourierSeries(tone(64, { cycles: 3 }), { count: 5 });
  close(series.values.im[3]!, -0.5);
});

test('ReLU of a tone', () => {
  const input = tone(4096);
  const out = harmonics(
    input.data.map((x) => Math.max(0, x)),
    { count: 4 },
  );
  const exact = [1 / Math.PI, 0.5, 2 / (3 * Math.PI), 0, 2 / (15 * Math.PI)];
  for (const [k, a] of exact.entries()) close(out.amplitude.data[k]!, a, 1e-6);
  close(out.ratio, 0.1593, 1e-4);
  expect(() => harmonics([1, 2, 3], { count: 8 })).toThrow(/samples/);
});

test('decay laws', () => {
  const f = Float64Array.from({ length: 20 }, (_, i) => i + 1);
  const fit = fitDecay(
    f,
    f.map((x) => 3 / x ** 2),
    'power',
  );
  close(fit.exponent, 2);
  expect(fit.low).toBeLessThanOrEqual(fit.exponent);
  expect(() => fitDecay([1, 2, 3], [1, 0, 1], 'power')).toThrow(/above 0/);
});

test('bands and errors', () => {
  const energies = bandEnergies(tone(60, { cycles: 14 })).data;
  close(energies[1]!, 30);
  close(energies[0]! + energies[2]!, 0);
  const error = relativeSpectralError(rfft([1, 0, 0]), rfft([2, 0, 0]));
  close(error.data[0]!, 0.5);
});

test('layers', async () => {
  // One channel: singular values are the response's magnitudes.
  const weight = { data: Float64Array.of(0.25, 0.5, 0.25), shape: [1, 1, 1, 3] };
  const layer = await convSingularValues(weight, [2, 8]);
  expect(layer.values.shape).toEqual([2, 8, 1]);
  for (const k of [0, 1, 5]) close(layer.values.data[k]!, Math.cos((Math.PI * k) / 8) ** 2);
  close(layer.spectralNorm, 1);
  close(layer.reshapedNorm, Math.sqrt(0.375), 1e-12);
  await expect(convSingularValues([[1]], [2, 2])).rejects.toMatchObject({ code: 'INVALID_SHAPE' });

  const dense = [
    [3 * 0.8, -3 * 0.6],
    [0.5 * 0.6, 0.5 * 0.8],
  ];
  close(spectralNorm(dense), 3, 1e-12);
  close(singularValues(dense).condition, 6);
  close(spectralNorm(spectralNormalize(dense)), 1, 1e-12);
  const all = spectralNormalizeAll({
    'layers.0.weight': { data: Float32Array.of(2), shape: [1, 1] },
    'layers.0.bias': { data: Float32Array.of(5), shape: [1] },
  });
  expect(all['layers.0.weight']!.data).toEqual(Float32Array.of(1));
  expect(all['layers.0.bias']!.data).toEqual(Float32Array.of(5));
  close(spectralDistance(dense, dense).mean, 0);
  expect(() => spectralNorm([[Number.NaN]])).toThrow(/NaN/);
});

test('masks', () => {
  const [low, high] = [tone(64, { cycles: 4 }), tone(64, { cycles: 20 })];
  const sum = low.data.map((x, i) => x + high.data[i]!);
  const kept = frequencyMask(sum, { cutoff: 0.1 }).data;
  const passed = frequencyMask(sum, { pass: 'high', cutoff: 0.1 }).data;
  for (const i of [3, 40]) {
    close(kept[i]!, low.data[i]!);
    close(passed[i]!, high.data[i]!);
  }
  expect(() => frequencyMask(sum, { pass: 'band', cutoff: 0.1 })).toThrow(/cutoff: expected two frequencies/);
  expect(() => frequencyMask(sum, { cutoff: -1 })).toThrow(/cutoff/);
});
