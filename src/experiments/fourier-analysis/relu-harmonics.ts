/**
 * ReLU makes harmonics (Fourier notes, document 000, "ReLU's effect on frequencies").
 *
 * A rectified unit tone has mean 1/pi, the tone with 1/2, even harmonics `2 / (pi (k^2 - 1))`, no odd ones above 1; of its
 * power without the constant (1/4 - 1/pi^2) the harmonics hold `1 - (1/8) / (1/4 - 1/pi^2)` = 15.93 %. The source's
 * sketch samples both ends of the period (leakage) and counts negative frequencies out by a mask over the shuffled DFT.
 */

import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { at } from '../../core/reading.js';
import { defineExperiment, equalTo } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { harmonics, tone } from '../../spectrum/index.js';
import { entry } from '../support/arrays.js';

const parameters = z.object({
  samples: z.int().min(1024).max(10_000_000).default(65_536).describe('samples of one second'),
  tones: z.array(z.int().min(1)).min(1).default([1, 5, 10, 20]).describe('frequencies of the tones, Hz'),
  harmonics: z.int().min(4).max(40).default(10).describe('highest harmonic shown'),
});

/** Amplitude of harmonic k of a rectified unit tone. */
const exact = (k: number): number => {
  if (k === 0) return 1 / Math.PI;
  if (k === 1) return 0.5;
  return k % 2 === 0 ? 2 / (Math.PI * (k * k - 1)) : 0;
};

export const reluHarmonics = defineExperiment({
  id: 'relu-harmonics',
  title: 'ReLU adds the even harmonics of a tone',
  source: cite('notesFourier', "section on ReLU's effect on frequencies"),
  statement:
    'A tone through ReLU keeps half its amplitude and gains a constant 1/pi and even harmonics: 2/(3 pi) at twice its ' +
    'frequency, 2/(15 pi) at four times. Odd harmonics from the third on are zero. Harmonics carry 15.93 % of the power ' +
    'that is not constant, whatever the frequency.',
  formula: 'max(0, sin t) = 1/π + (1/2) sin t − (2/π) Σ_{k=2,4,…} cos kt / (k^2 − 1)',
  parameters,
  presets: { quick: {}, paper: { samples: 1_048_576 } },
  seconds: { quick: 1, paper: 2 },

  measure({ parameters: p }) {
    const found = p.tones.map((cycles) => {
      const input = tone(p.samples, { cycles });
      const lines = (activation: (x: number) => number) => {
        const { amplitude, ratio } = harmonics(input.data.map(activation), { cycles, count: p.harmonics });
        return { amplitude, ratio };
      };
      return { relu: lines((x) => Math.max(0, x)), linear: lines((x) => x), odd: lines(Math.tanh) };
    });
    return { found };
  },

  present({ found }, p) {
    const index = Array.from({ length: p.harmonics + 1 }, (_, k) => k);
    const lowest = entry(found, 0);
    const share = 1 - 0.125 / (0.25 - 1 / Math.PI ** 2);
    const labels = p.tones.map((f) => `${f} Hz`);
    const claim = (id: string, k: number, statement: string) =>
      equalTo(exact(k), 1e-6, {
        id,
        statement,
        source: cite('fprinciple', 'closed form: Fourier series of a rectified sine'),
        measured: found.map((f) => at(f.relu.amplitude, k)),
        labels,
        control: {
          id: 'linear',
          statement: 'no activation: the tone itself',
          measured: found.map((f) => at(f.linear.amplitude, k)),
        },
      });
    const oddOnes = (amplitude: NdArray): number[] =>
      index.filter((k) => k > 1 && k % 2 === 1).map((k) => at(amplitude, k));
    return {
      metrics: { 'share of harmonics': lowest.relu.ratio },
      tables: [
        {
          id: 'harmonics',
          title: 'Amplitudes of a rectified unit tone',
          columns: {
            harmonic: index,
            exact: index.map(exact),
            ...Object.fromEntries(found.map((f, i) => [labels[i] ?? '', Array.from(f.relu.amplitude.data)])),
          },
        },
      ],
      figures: [
        lineFigure({
          id: 'harmonics',
          title: 'Lines of a rectified tone',
          caption:
            'Amplitude of the constant (0), the tone (1) and its harmonics. Dots: measured, for the lowest tone; line: ' +
            'closed form. Odd harmonics from the third on are zero (not drawn on the logarithmic axis).',
          x: { title: 'multiple of the frequency' },
          y: { title: 'amplitude', log: true },
          lines: [
            { name: 'closed form', x: index, y: index.map(exact), color: colors.target },
            {
              name: 'measured',
              x: index,
              y: index.map((k) => (exact(k) > 0 ? at(lowest.relu.amplitude, k) : null)),
              mark: 'points',
            },
          ],
        }),
      ],
      claims: [
        claim('mean', 0, 'The mean is 1/pi.'),
        claim('tone', 1, 'The tone keeps half its amplitude.'),
        claim('second', 2, 'The second harmonic has amplitude 2/(3 pi).'),
        claim('fourth', 4, 'The fourth harmonic has amplitude 2/(15 pi).'),
        equalTo(0, 1e-6, {
          id: 'odd',
          statement: 'Odd harmonics from the third on are zero.',
          source: cite('fprinciple', 'closed form: max(0, s) = s / 2 + |s| / 2, and |s| has half the period'),
          measured: found.map((f) => oddOnes(f.relu.amplitude)),
          control: {
            id: 'tanh',
            statement: 'tanh, an odd function',
            measured: found.map((f) => oddOnes(f.odd.amplitude)),
          },
        }),
        equalTo(share, 1e-6, {
          id: 'share',
          statement: 'Harmonics carry 15.93 % of the power that is not constant.',
          source: cite('notesFourier', 'spectral_decomposition_analysis, its ratio computed exactly'),
          measured: found.map((f) => f.relu.ratio),
          labels,
          control: {
            id: 'linear',
            statement: 'no activation: the tone itself',
            measured: found.map((f) => f.linear.ratio),
          },
        }),
      ],
    };
  },
});
