/** Short-time spectra, back from them, and power densities: round trips, least squares, and SciPy's numbers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { istft, type NdArray, rfft, spectrumWindow, stft, tone, welch } from '../src/index.js';

const signal = (n: number, seed = 0.37): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sin(i * i * seed + 1) + 0.3);

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

test('a tone in time and its power', () => {
  const x = tone(2000, { cycles: 100, amplitude: 0.8 });
  const { time, frequency, spectrum } = stft(x, { length: 200, hop: 50, sampleRate: 1000 });
  expect(spectrum.shape).toEqual([37, 101]);
  near([time.data[1]!, frequency.data[10]!], [0.15, 50], 1e-12);
  near([Math.hypot(spectrum.re[10]!, spectrum.im[10]!)], [0.4], 1e-12);
  const density = welch(x, { length: 200, sampleRate: 1000 });
  const power = Array.from(density.density.data).reduce((sum, p) => sum + p, 0) * density.frequency.data[1]!;
  near([power], [0.32], 1e-12);
});

test('a frame is the transform of windowed samples, with zeros around the signal and without', () => {
  const x = signal(50);
  for (const length of [9, 10]) {
    const window = spectrumWindow('hamming', length);
    const sum = window.coherentGain * length;
    for (const boundary of ['none', 'zeros'] as const) {
      const { time, spectrum } = stft(x, { length, hop: 4, window: 'hamming', boundary });
      const before = boundary === 'zeros' ? Math.floor(length / 2) : 0;
      const frames =
        boundary === 'zeros' ? Math.ceil((50 + 2 * before - length) / 4) + 1 : Math.floor((50 - length) / 4) + 1;
      expect(spectrum.shape).toEqual([frames, 1 + Math.floor(length / 2)]);
      for (const m of [0, 1, frames - 1]) {
        const frame = Array.from(window.values.data, (w, i) => ((x[m * 4 + i - before] ?? 0) * w) / sum);
        const expected = rfft(frame);
        const bins = expected.re.length;
        near(spectrum.re.slice(m * bins, (m + 1) * bins), expected.re, 1e-14);
        near(spectrum.im.slice(m * bins, (m + 1) * bins), expected.im, 1e-14);
        near([time.data[m]!], [m * 4 + length / 2 - before], 1e-14);
      }
    }
  }
});

test('istft undoes stft, whatever the frames, the window and the signal', () => {
  const any = fc
    .record({
      n: fc.integer({ min: 2, max: 600 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      overlap: fc.double({ min: 0, max: 1, noNaN: true }),
      window: fc.constantFrom('hann', 'hamming', 'blackman', 'rectangular', 'kaiser'),
      boundary: fc.constantFrom('none', 'zeros'),
      seed: fc.double({ min: 0.1, max: 3, noNaN: true }),
    })
    .map(({ n, share, overlap, ...rest }) => {
      const length = 1 + Math.floor(share * (n - 1));
      // At least half a frame of overlap: no window leaves a sample out then.
      const hop = 1 + Math.floor((overlap * Math.max(0, length - 1)) / 2);
      return { n, length, hop, ...rest };
    });
  fc.assert(
    fc.property(any, ({ n, seed, ...options }) => {
      const x = signal(n, seed);
      const { spectrum } = stft(x, options);
      const y = istft(spectrum, options.boundary === 'zeros' ? { ...options, n } : options);
      const known = y.data.length;
      expect(known).toBeLessThanOrEqual(n);
      if (options.boundary === 'zeros') {
        expect(known).toBe(n);
        near(y.data, x, 1e-11);
        return;
      }
      // At the ends the window may hide samples: away from them all are there.
      expect(known).toBe(Math.floor((n - options.length) / options.hop) * options.hop + options.length);
      const inside = (v: ArrayLike<number>) => Array.from(v).slice(options.length, known - options.length);
      near(inside(y.data), inside(x), 1e-11);
    }),
    { numRuns: 150 },
  );
});

test('a batch is its rows, f32 stays f32, and a spectrum that no signal has gives the nearest one', () => {
  const data = signal(3 * 64);
  const x: NdArray = { data: Float32Array.from(data), shape: [3, 64] };
  const frames = { length: 16, hop: 4, boundary: 'zeros' } as const;
  const { spectrum } = stft(x, frames);
  expect(spectrum.shape).toEqual([3, 17, 9]);
  expect(spectrum.re).toBeInstanceOf(Float32Array);
  const back = istft(spectrum, { ...frames, n: 64 });
  expect(back.shape).toEqual([3, 64]);
  near(back.data, x.data, 1e-5);
  near(stft(data.slice(64, 128), frames).spectrum.re, spectrum.re.slice(17 * 9, 2 * 17 * 9), 1e-6);
  near(
    welch({ data, shape: [3, 64] }, { length: 32 }).density.data.slice(17, 34),
    welch(data.slice(64, 128), { length: 32 }).density.data,
    1e-15,
  );
  // Griffin and Lim: going back and forth once more changes nothing, and takes nothing nearer.
  const wild = { re: signal(17 * 9, 0.9), im: signal(17 * 9, 0.7), shape: [17, 9] };
  const nearest = istft(wild, frames);
  near(istft(stft(nearest, frames).spectrum, frames).data, nearest.data, 1e-12);
  const away = (y: NdArray) => {
    // In the norm of frames, both signs of frequency: 8 of 9 bins that are not 0 and 8 count twice.
    const { re, im } = stft(y, frames).spectrum;
    const twice = (i: number) => (i % 9 === 0 || i % 9 === 8 ? 1 : 2);
    const part = (i: number) => (i % 9 === 0 || i % 9 === 8 ? 0 : (im[i]! - wild.im[i]!) ** 2);
    return Array.from(re).reduce((sum, a, i) => sum + twice(i) * ((a - wild.re[i]!) ** 2 + part(i)), 0);
  };
  const best = away(nearest);
  for (const at of [0, 5, 40, nearest.data.length - 1])
    for (const change of [1e-3, -1e-3]) {
      const other = nearest.data.slice();
      other[at]! += change;
      expect(away({ data: other, shape: nearest.shape })).toBeGreaterThan(best);
    }
});

test("SciPy's numbers", () => {
  const x = Array.from({ length: 12 }, (_, i) => i * i - 3 * i);
  // scipy.signal.stft(x, nperseg=6, noverlap=4): its third column.
  const frames = { length: 6, hop: 2, boundary: 'zeros' } as const;
  const { time, spectrum } = stft(x, frames);
  near(time.data, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0], 1e-14);
  near(
    spectrum.re.slice(8, 12),
    [5.166666666666669, -1.9166666666666656, -0.5833333333333345, -0.1666666666666684],
    1e-13,
  );
  near(spectrum.im.slice(8, 12), [0.0, 3.608439182435162, -0.7216878364870308, 0.0], 1e-13);
  // scipy.signal.istft of it with the upper two frequencies set to zero.
  const low = {
    re: spectrum.re.map((v, i) => (i % 4 < 2 ? v : 0)),
    im: spectrum.im.map((v, i) => (i % 4 < 2 ? v : 0)),
  };
  near(
    istft({ ...low, shape: spectrum.shape }, frames).data,
    [
      -0.588235294117647, -1.6666666666666663, -1.8333333333333326, 0.055555555555555684, 4.055555555555555,
      10.055555555555552, 18.055555555555554, 28.05555555555555, 40.05555555555556, 57.05555555555554,
      73.66666666666664, 62.33333333333331,
    ],
    1e-12,
  );
  // scipy.signal.welch(x, fs=2, nperseg=5).
  near(
    welch(x, { length: 5, sampleRate: 2 }).density.data,
    [20.861197378333745, 115.35629456916574, 3.6238498150169605],
    1e-12,
  );
});
