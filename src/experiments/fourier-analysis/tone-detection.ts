/**
 * Tones in noise, found with their amplitudes (Fourier notes, document 000, "DFT").
 *
 * The source's sketch samples `linspace(0, 1, 1000)`, both ends included: 5 Hz then makes 5 whole periods of 0.999 s over
 * 1,000 points, no frequency of the DFT is 5 Hz, and the tone leaks. Here the end is left out (what the sketch's grid
 * does is shown beside it), and a flat-top window gives a tone between two frequencies its amplitude too.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { invalidArgument } from '../../core/errors.js';
import { atMost, defineExperiment, equalTo } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { amplitudeSpectrum, gaussianNoise, tone } from '../../spectrum/index.js';

const parameters = z.object({
  samples: z.int().min(64).max(10_000_000).default(1000).describe('samples of one second'),
  frequencies: z.array(z.int().min(1)).min(1).default([5, 15]).describe('Hz, whole numbers below half the samples'),
  amplitudes: z
    .array(z.number().positive())
    .min(1)
    .default([1, 0.5])
    .describe('one a frequency; 1 where there are fewer'),
  noise: z.number().min(0).default(0.2).describe('standard deviation of the noise'),
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
  run: ({ parameters: p, random }) => {
    if (2.1 * Math.max(...p.frequencies) >= p.samples) {
      throw invalidArgument(`frequencies: expected tones well below half of ${p.samples} Hz, got ${p.frequencies}`);
    }
    const amplitudes = p.frequencies.map((_, i) => p.amplitudes[i] ?? 1);
    const noise = gaussianNoise(p.samples, { ...random('noise'), std: p.noise }).data;
    /** The tones over `periods` times their count of periods: 1 for a whole second, n/(n-1) with both ends included. */
    const signal = (periods: number): Float64Array => {
      const sum = Float64Array.from(noise);
      p.frequencies.forEach((f, i) => {
        const wave = tone(p.samples, { cycles: f * periods, amplitude: amplitudes[i]! }).data;
        wave.forEach((x, j) => {
          sum[j]! += x;
        });
      });
      return sum;
    };
    const options = { sampleRate: p.samples } as const;
    const whole = amplitudeSpectrum(signal(1), options);
    const ends = amplitudeSpectrum(signal(p.samples / (p.samples - 1)), options);
    const off = amplitudeSpectrum(signal(1.05), { ...options, window: 'flattop' });
    const amplitude = whole.amplitude.data;
    const largest = Array.from(amplitude.keys())
      .slice(1)
      .sort((a, b) => amplitude[b]! - amplitude[a]!)
      .slice(0, p.frequencies.length)
      .sort((a, b) => a - b);
    const expected = [...p.frequencies].sort((a, b) => a - b);
    const missed = largest.map((k, i) => Math.abs(whole.frequency.data[k]! - expected[i]!));
    // A noise bin has amplitude 2 |sum of N(0, s^2)| / N: standard deviation s sqrt(2/N) along the tone's phase.
    const error = p.frequencies.map((f, i) => Math.abs(amplitude[f]! - amplitudes[i]!));
    const bound = 5 * p.noise * Math.sqrt(2 / p.samples) + 1e-12;
    const between = p.frequencies.map((f, i) => {
      const near = Math.round(f * 1.05);
      const peak = Math.max(...off.amplitude.data.subarray(Math.max(0, near - 2), near + 3));
      return peak / amplitudes[i]!;
    });
    const shown = Math.min(amplitude.length, 4 * Math.max(...p.frequencies));
    const cut = (x: ArrayLike<number>): number[] => Array.from(x).slice(0, shown);
    const labels = p.frequencies.map((f) => `${f} Hz`);
    return {
      metrics: Object.fromEntries(p.frequencies.map((f) => [`amplitude at ${f} Hz`, amplitude[f] ?? null])),
      tables: [
        {
          id: 'tones',
          title: 'Amplitudes found',
          columns: {
            'frequency (Hz)': p.frequencies,
            true: amplitudes,
            'end left out': p.frequencies.map((f) => amplitude[f]!),
            'both ends in the grid (the sketch)': p.frequencies.map((f) => ends.amplitude.data[f]!),
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
            { name: 'end left out', x: cut(whole.frequency.data), y: cut(whole.amplitude.data) },
            { name: 'both ends in the grid', x: cut(ends.frequency.data), y: cut(ends.amplitude.data) },
          ],
        }),
      ],
      claims: [
        equalTo(0, 1e-9, {
          id: 'frequencies',
          statement: 'The largest lines of the spectrum lie at the tones (distance in Hz).',
          source: '000, fft_demo',
          measured: missed,
          unit: 'Hz',
        }),
        atMost(bound, {
          id: 'amplitudes',
          statement: 'Amplitudes are off by at most five standard deviations of the noise in one line.',
          source: '000, fft_demo',
          measured: error,
          labels,
        }),
        equalTo(1, (bound * Math.sqrt(FLAT_TOP_NOISE)) / Math.min(...amplitudes) + 0.002, {
          id: 'flat-top',
          statement:
            'Tones between two frequencies of the DFT, through a flat-top window, keep their amplitude (ratio to the true one, ' +
            'to five standard deviations of the noise).',
          source: 'Harris 1978 (windows)',
          measured: between,
          labels,
        }),
      ],
    };
  },
});
