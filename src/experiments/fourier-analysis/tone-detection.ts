/**
 * Tones in noise, found with their amplitudes (Fourier notes, document 000, "DFT").
 *
 * The source's sketch samples `linspace(0, 1, 1000)`, both ends included: 5 Hz then makes 5 whole periods of 0.999 s over
 * 1,000 points, no frequency of the DFT is 5 Hz, and the tone leaks. Here the end is left out (what the sketch's grid
 * does is shown beside it), and a flat-top window gives a tone half between two frequencies its amplitude too, of which the
 * plain spectrum shows 2/pi. (A twentieth above its frequency, where 0.1.0 put it, it shows 0.9: within the noise.)
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { invalidArgument } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import { at } from '../../core/reading.js';
import { atMost, defineExperiment, equalTo } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { amplitudeSpectrum, gaussianNoise, tone } from '../../spectrum/index.js';
import { entry } from '../support/arrays.js';

const parameters = z.object({
  samples: z.int().min(64).max(10_000_000).default(1000).describe('samples of one second'),
  frequencies: z.array(z.int().min(1)).min(1).default([5, 15]).describe('Hz, whole numbers below half the samples'),
  amplitudes: z
    .array(z.number().positive())
    .min(1)
    .default([1, 0.5])
    .describe('one a frequency; 1 where there are fewer'),
  noise: z.number().min(0).default(0.2).describe('standard deviation of the noise'),
  draws: z.int().min(1).max(100).default(5).describe('drawings of the noise'),
});

/** Noise bandwidth of the flat-top window, in lines: its noise has the square root of that times the deviation. */
const FLAT_TOP_NOISE = 3.77;

export const toneDetection = defineExperiment({
  id: 'tone-detection',
  title: 'Tones in noise are found at their frequency and amplitude',
  source: cite('notesFourier', 'section on the discrete Fourier transform'),
  statement:
    'Tones in white noise, such as 5 Hz and 15 Hz with amplitudes 1.0 and 0.5, appear in the single-sided spectrum as the ' +
    'largest lines, at their own frequencies and amplitudes.',
  formula: 'amplitude(k) = 2 |X(k)| / N,  X(k) = Σ_n x_n e^{−2πikn/N}',
  parameters,
  presets: { quick: {}, paper: { samples: 100_000 } },
  seconds: { quick: 1, paper: 1 },

  measure({ parameters: p, random }) {
    if (2.1 * Math.max(...p.frequencies) >= p.samples) {
      throw invalidArgument(`frequencies: expected tones well below half of ${p.samples} Hz, got ${p.frequencies}`);
    }
    const amplitudes = amplitudesOf(p);
    const options = { sampleRate: p.samples } as const;
    const draws = Array.from({ length: p.draws }, (_, i) => {
      const noise = gaussianNoise(p.samples, { ...random('noise', i), std: p.noise }).data;
      /** Noise and the tones, of as many cycles as `cyclesOf` says. */
      const signal = (cyclesOf: (f: number) => number): Float64Array =>
        p.frequencies.reduce((sum, f, t) => {
          const wave = tone(p.samples, { cycles: cyclesOf(f), amplitude: amplitudes[t] ?? 1 }).data;
          return sum.map((v, j) => v + (wave[j] ?? 0));
        }, Float64Array.from(noise));
      const spectrum = (values: Float64Array, window?: 'flattop') =>
        amplitudeSpectrum(values, { ...options, ...(window && { window }) }).amplitude;
      const half = signal((f) => f + 0.5);
      return {
        whole: spectrum(signal((f) => f)),
        // Both ends in the grid: n/(n-1) of the period.
        ends: spectrum(signal((f) => (f * p.samples) / (p.samples - 1))),
        noise: spectrum(Float64Array.from(noise)),
        flat: spectrum(half, 'flattop'),
        plain: spectrum(half),
      };
    });
    return { draws };
  },

  present({ draws }, p) {
    const amplitudes = amplitudesOf(p);
    const expected = [...p.frequencies].sort((a, b) => a - b);
    const { whole, ends } = entry(draws, 0);
    /** Distance of the largest lines from the tones, Hz: one second, so that line k is at k Hz. */
    const missed = ({ data }: NdArray): number[] =>
      Array.from(data.keys())
        .slice(1)
        .sort((a, b) => (data[b] ?? 0) - (data[a] ?? 0))
        .slice(0, expected.length)
        .sort((a, b) => a - b)
        .map((k, i) => Math.abs(k - (expected[i] ?? Number.NaN)));
    const errors = (spectrum: NdArray): number[] =>
      p.frequencies.map((f, i) => Math.abs(at(spectrum, f) - (amplitudes[i] ?? Number.NaN)));
    const peaks = ({ data }: NdArray): number[] =>
      p.frequencies.map((f, i) => Math.max(...data.subarray(f, f + 2)) / (amplitudes[i] ?? Number.NaN));
    // A noise bin has amplitude 2 |sum of N(0, s^2)| / N: standard deviation s sqrt(2/N) along the tone's phase.
    const bound = 5 * p.noise * Math.sqrt(2 / p.samples) + 1e-12;
    const shown = Math.min(whole.data.length, 4 * Math.max(...p.frequencies));
    const lines = Array.from({ length: shown }, (_, k) => k);
    const cut = ({ data }: NdArray): Float64Array => Float64Array.from(data.subarray(0, shown));
    const labels = p.frequencies.map((f) => `${f} Hz`);
    const silence = { id: 'noise', statement: 'the noise without the tones' };
    return {
      metrics: Object.fromEntries(p.frequencies.map((f) => [`amplitude at ${f} Hz`, at(whole, f)])),
      tables: [
        {
          id: 'tones',
          title: 'Amplitudes found',
          columns: {
            'frequency (Hz)': p.frequencies,
            true: amplitudes,
            'end left out': p.frequencies.map((f) => at(whole, f)),
            'both ends in the grid (the sketch)': p.frequencies.map((f) => at(ends, f)),
          },
        },
      ],
      figures: [
        lineFigure({
          id: 'spectrum',
          title: 'Single-sided amplitude spectrum',
          caption:
            'Amplitude against frequency (Hz). Dots: the tones that are there. With both ends in the grid, as in the ' +
            "source's sketch, every tone leaks into its neighbours.",
          x: { title: 'frequency (Hz)' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'tones', x: p.frequencies, y: amplitudes, mark: 'points', color: colors.target },
            { name: 'end left out', x: lines, y: cut(whole) },
            { name: 'both ends in the grid', x: lines, y: cut(ends) },
          ],
        }),
      ],
      claims: [
        equalTo(0, 1e-9, {
          id: 'frequencies',
          statement: `The largest lines of the spectrum lie at the tones (distance in Hz), in each of ${p.draws} drawings of the noise.`,
          source: cite('notesFourier', 'fft_demo'),
          measured: draws.map((draw) => missed(draw.whole)),
          unit: 'Hz',
          control: { ...silence, measured: draws.map((draw) => missed(draw.noise)) },
        }),
        atMost(bound, {
          id: 'amplitudes',
          statement: 'Amplitudes are off by at most five standard deviations of the noise in one line.',
          source: cite('notesFourier', 'fft_demo'),
          measured: draws.map((draw) => errors(draw.whole)),
          labels,
          control: { ...silence, measured: draws.map((draw) => errors(draw.noise)) },
        }),
        equalTo(1, (bound * Math.sqrt(FLAT_TOP_NOISE)) / Math.min(...amplitudes) + 0.002, {
          id: 'flat-top',
          statement:
            'Tones half between two frequencies of the DFT, through a flat-top window, keep their amplitude (ratio to the ' +
            'true one, to five standard deviations of the noise).',
          source: cite('harris1978'),
          measured: draws.map((draw) => peaks(draw.flat)),
          labels,
          control: { id: 'plain', statement: 'no window', measured: draws.map((draw) => peaks(draw.plain)) },
        }),
      ],
    };
  },
});

/** Amplitudes of the tones; 1 where none is given. */
const amplitudesOf = (p: z.output<typeof parameters>): number[] => p.frequencies.map((_, i) => p.amplitudes[i] ?? 1);
