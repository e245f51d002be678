/** Waves and noise of given frequencies in images, and what they turn of a classifier's decisions. */

import type { NdArray } from '../../core/ndarray.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { fft2, gaussianNoise, ifft2 } from '../../spectrum/index.js';
import { entry, mean, rms } from './arrays.js';
import { agreement, asInput, type ClassImages, decisions } from './classification.js';

/** A stack of images: how many, and of what size. */
interface Stack {
  n: number;
  channels: number;
  height: number;
  width: number;
}

/**
 * Noise whose radial frequency, in cycles a side, is at least `from` and less than `to`: `[n, channels, height, width]`, flat, of the
 * root mean square `std`.
 */
export function bandNoise(o: Stack & { from: number; to: number; seed: number; std: number }): Float64Array {
  const { n, channels, height, width, from, to, seed, std } = o;
  const shape = [n, channels, height, width];
  const white = gaussianNoise(n * channels * height * width, { seed, stream: `noise from ${from}` });
  const { re, im } = fft2({ data: white.data, shape });
  const wave = (i: number, size: number): number => (i <= size / 2 ? i : i - size);
  const inside = (i: number): boolean => {
    const radius = Math.hypot(wave(i % width, width), wave(Math.floor(i / width) % height, height));
    return radius >= from && radius < to;
  };
  const keep = (values: ArrayLike<number>) => Float64Array.from(values, (v, i) => (inside(i) ? v : 0));
  const noise = ifft2({ re: keep(re), im: keep(im), shape }).re;
  const size = rms(noise);
  return Float64Array.from(noise, (v) => (v * std) / size);
}

/** The same images in gray, each pixel the mean over `factor` by `factor` pixels and all channels; what is left over at the ends is cut. */
export function smaller(
  set: Pick<ClassImages, 'images' | 'labels' | 'height' | 'width' | 'channels' | 'classes'>,
  factor: number,
): ClassImages {
  const { channels, classes, labels } = set;
  const [height, width] = [set.height, set.width].map((size) => Math.floor(size / factor)) as [number, number];
  const size = height * width;
  const count = labels.data.length;
  const data = new Float64Array(count * size);
  const each = 1 / (channels * factor ** 2);
  for (let plane = 0; plane < count * channels; plane++) {
    const to = Math.floor(plane / channels) * size;
    for (let y = 0; y < height * factor; y++) {
      for (let x = 0; x < width * factor; x++) {
        const pixel = to + Math.floor(y / factor) * width + Math.floor(x / factor);
        data[pixel] = (data[pixel] ?? 0) + each * (set.images.data[(plane * set.height + y) * set.width + x] ?? 0);
      }
    }
  }
  return { images: { data, shape: [count, size] }, labels, height, width, channels: 1, size, classes };
}

/** A real wave on an image: cycles a side along x and y, their root of squares, and the pixels, of root mean square 1. */
export interface Wave {
  along: readonly [x: number, y: number];
  radius: number;
  values: Float64Array;
}

/** One wave for every pair of frequencies k and -k of an image (its constant left out): as many cosines as sines, as in a Hartley transform. */
export function wavesOf(height: number, width: number): Wave[] {
  const [top, right] = [Math.floor(height / 2), Math.floor(width / 2)];
  const waves: Wave[] = [];
  for (let kx = 0; kx <= right; kx++) {
    for (let ky = top - height + 1; ky <= top; ky++) {
      // Where kx is its own opposite (0, or half the samples) k and -k have it both.
      if ((kx === 0 && ky <= 0) || (2 * kx === width && ky < 0)) continue;
      const values = Float64Array.from({ length: height * width }, (_, i) => {
        const phase = 2 * Math.PI * ((kx * (i % width)) / width + (ky * Math.floor(i / width)) / height);
        return Math.cos(phase) + Math.sin(phase);
      });
      const size = rms(values);
      waves.push({ along: [kx, ky], radius: Math.hypot(kx, ky), values: values.map((v) => v / size) });
    }
  }
  return waves;
}

/**
 * A Fourier heat map (Yin et al. 2019): for every wave the share of test images whose decision it turns, and of those that are then
 * wrong. Each image takes the wave with a random sign.
 */
export async function heatMap(o: {
  spec: NetworkSpec;
  parameters: Record<string, NdArray>;
  seed: number;
  test: ClassImages;
  waves: readonly Wave[];
  /** Root mean square of what is added. */
  size: number;
  signal: AbortSignal;
}): Promise<{ accuracy: number; turned: number[]; wrong: number[] }> {
  const { spec, parameters, seed, test, waves, size, signal } = o;
  const model = createModel(spec, { seed });
  model.setParameters(parameters);
  const decide = async (data: Float64Array) =>
    decisions(await model.predict(asInput(spec, { data, shape: test.images.shape }), { signal }));
  const images = Float64Array.from(test.images.data);
  const clean = await decide(images);
  const right = Array.from(test.labels.data);
  const map = { accuracy: agreement(clean, right), turned: [] as number[], wrong: [] as number[] };
  for (const { along, values } of waves) {
    const signs = gaussianNoise(right.length, { seed, stream: `signs of wave ${along.join(' ')}` }).data;
    const noisy = new Float64Array(images.length);
    for (const [n, sign] of signs.entries()) {
      const v = sign < 0 ? -size : size;
      const from = n * test.size;
      for (let i = 0; i < test.size; i++) noisy[from + i] = (images[from + i] ?? 0) + v * (values[i] ?? 0);
    }
    const decided = await decide(noisy);
    map.turned.push(1 - agreement(decided, clean));
    map.wrong.push(1 - agreement(decided, right));
  }
  model.dispose();
  return map;
}

/** The mean over the waves whose radial frequency is at least `from` and less than `to`, of one number each. */
export const overBand = (
  waves: readonly Wave[],
  numbers: readonly number[],
  [from, to]: readonly [number, number],
): number => mean(numbers.filter((_, i) => entry(waves, i).radius >= from && entry(waves, i).radius < to));

/** Numbers of waves as a picture `[height, width]`, the constant (0) in its middle, k and -k alike. */
export function asMap(waves: readonly Wave[], numbers: readonly number[], height: number, width: number): NdArray {
  const data = new Float64Array(height * width);
  const place = (k: number, size: number) => (k + Math.floor(size / 2) + size) % size;
  for (const [i, { along }] of waves.entries()) {
    for (const sign of [1, -1]) {
      data[place(sign * along[1], height) * width + place(sign * along[0], width)] = entry(numbers, i);
    }
  }
  return { data, shape: [height, width] };
}
