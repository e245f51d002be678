import { describe, expect, it } from 'vitest';
import { octaveErrors, reversedWaves, withAmplitudes } from '../src/experiments/support/octaves.js';
import { fftn, gaussianNoise } from '../src/index.js';

const [height, width] = [12, 10];
const picture = { data: gaussianNoise(height * width, { seed: 3, stream: 'picture' }).data, shape: [height, width] };

/** Length in cycles per side, amplitude and phase of every frequency but the mean's. */
function frequencies(data: ArrayLike<number>) {
  const { re, im } = fftn({ data: Float64Array.from(data), shape: [height, width] });
  return Array.from(re, (a, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const length = Math.hypot(Math.min(row, height - row), Math.min(column, width - column));
    return { length, amplitude: Math.hypot(a, im[i]!), phase: Math.atan2(im[i]!, a) };
  }).slice(1);
}
const power = (data: ArrayLike<number>) => frequencies(data).reduce((sum, { amplitude }) => sum + amplitude ** 2, 0);
const mean = (data: ArrayLike<number>) => Array.from(data).reduce((sum, v) => sum + v, 0) / data.length;

describe('a picture with other amplitudes', () => {
  it.each([['equal', 0] as const, ['growing', 1] as const])(
    '%s: phases, mean and power stay',
    (amplitudes, exponent) => {
      const { data, shape } = withAmplitudes(picture, amplitudes);
      expect(shape).toEqual(picture.shape);
      const [before, after] = [frequencies(picture.data), frequencies(data)];
      const unit = after[0]!.amplitude / after[0]!.length ** exponent;
      for (const [i, { length, amplitude, phase }] of after.entries()) {
        // The result is in single precision.
        expect(amplitude / (unit * length ** exponent)).toBeCloseTo(1, 4);
        expect(Math.cos(phase - before[i]!.phase)).toBeCloseTo(1, 6);
      }
      expect(power(data) / power(picture.data)).toBeCloseTo(1, 5);
      expect(mean(data)).toBeCloseTo(mean(picture.data), 6);
    },
  );

  it('of several channels is that of each alone', () => {
    const other = picture.data.toReversed();
    const both = Float64Array.from({ length: 2 * height * width }, (_, i) => (i % 2 ? other : picture.data)[i >> 1]!);
    const { data } = withAmplitudes({ data: both, shape: [height, width, 2] }, 'equal', 2);
    const alone = withAmplitudes({ data: other, shape: [height, width] }, 'equal').data;
    expect(data.filter((_, i) => i % 2 === 1)).toEqual(alone);
  });
});

it('an error of one octave is in that octave alone', () => {
  const wave = Float64Array.from(picture.data, (_, i) => 0.1 * Math.cos((2 * Math.PI * 2 * (i % width)) / width));
  const frames = { data: Float64Array.from(picture.data, (v, i) => v + wave[i]!), shape: [1, height, width] };
  const { names, error } = octaveErrors(frames, picture);
  expect(names).toEqual(['1', '2 to 3', '4 to 5']);
  expect([...error.data].map((e) => e > 1e-10)).toEqual([false, true, false]);
});

describe('waves with the highest as the strongest', () => {
  it.each([1, 2, 3])('every wave once, in %i dimensions', (axes) => {
    const { layer, size } = reversedWaves(axes, 3);
    const { frequencies: found, amplitudes } = layer as unknown as { frequencies: number[][]; amplitudes: number[] };
    // Coordinates run from -1 to 1: half a cycle per unit is one per side.
    const cycles = found.map((k) => k.map((v) => 2 * v));
    const lattice = Array.from({ length: 7 ** axes }, (_, i) =>
      Array.from({ length: axes }, (_, axis) => (Math.floor(i / 7 ** axis) % 7) - 3),
    );
    const inside = lattice.filter((k) => Math.hypot(...k) < 3.5 && k.some((v) => v !== 0));
    const both = cycles.flatMap((k) => [k, k.map((v) => 0 - v)]).map((k) => k.map((v) => v + 0).join());
    expect(both.toSorted()).toEqual(inside.map((k) => k.join()).toSorted());
    expect(size).toBe(2 * found.length);
    cycles.forEach((k, i) => void expect(amplitudes[i]).toBeCloseTo(Math.hypot(...k) / 3, 12));
  });
});
