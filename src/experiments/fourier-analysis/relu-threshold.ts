/**
 * ReLU with a threshold, `max(x, c)`, on tones and on any signal (Fourier notes, document 000, `frequency_response`).
 *
 * The source's sketch takes the ratio `|DFT of max(x, c)| / (|DFT of x| + 1e-10)` for the response of ReLU to a frequency. There is
 * no such response: the ratio depends on the signal, and where the signal has nothing it is the size of the output over 1e-10,
 * so that ReLU, which is homogeneous, seems to answer a weak signal otherwise than a strong one. What can be said:
 *
 * - of a tone: `max(cos t, cos p)` keeps `(p - sin p cos p) / pi` of it and has every harmonic, `2 (sin kp cos p - k cos kp sin p) /
 *   (pi k (k^2 - 1))`. That the odd ones vanish is so of the threshold 0 (`p = pi/2`) alone.
 * - of any signal of odd frequencies, `x(t + T/2) = -x(t)`: at the threshold 0 each of them keeps exactly half its amplitude, and its phase,
 *   since `max(x, 0) = x/2 + |x|/2` and |x| has half the period.
 * - of Gaussian noise, whatever its spectrum: every frequency keeps the same share `P(x > c)` (Bussgang 1952), and the output's
 *   spectrum is the transform of the arc-cosine kernel of its autocorrelation (Cho and Saul 2009), the kernel of a wide ReLU layer.
 *
 * Shares of the noise are means over a finite stretch: 0.03 is about five of their standard deviations at the quick preset's length.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { ComplexArray } from '../../core/ndarray.js';
import { atLeast, atMost, defineExperiment, spread } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { fft, gaussianNoise, harmonics, ifft, tone } from '../../spectrum/index.js';
import { mean, rms } from '../support/arrays.js';
import { range } from '../support/circle.js';

const parameters = z.object({
  samples: z.int().min(4096).max(4_194_304).multipleOf(64).default(262_144).describe('samples of one period'),
  thresholds: z
    .array(z.number().gt(-1).lt(1))
    .min(1)
    .default([-0.6, -0.3, 0.3, 0.6, 0.9])
    .describe('of a tone, over its amplitude; not 0, which is the control'),
  noiseThresholds: z
    .array(z.number().min(-3).max(3))
    .min(1)
    .default([0.5, 1])
    .describe('of noise, over its standard deviation'),
  harmonics: z.int().min(3).max(40).default(10).describe('highest harmonic of a tone that is read'),
  tones: z.int().min(2).max(50).default(8).describe('tones of a signal'),
  bands: z
    .array(z.number().positive().max(0.2))
    .min(1)
    .default([1 / 64, 1 / 32, 1 / 16])
    .describe('upper ends of the spectra of noise, over half the sampling rate'),
  draws: z.int().min(1).max(100).default(5).describe('signals of each kind'),
});

/** Parts of a band whose shares are compared. */
const PARTS = 4;

const relu =
  (threshold: number) =>
  (x: number): number =>
    Math.max(x, threshold);

/** Amplitude of harmonic k of `max(sin t, c)`, its mean with the sign. */
function exact(k: number, c: number): number {
  const p = Math.acos(c);
  if (k === 0) return c + (Math.sin(p) - p * c) / Math.PI;
  if (k === 1) return (p - Math.sin(p) * c) / Math.PI;
  return Math.abs(2 * (Math.sin(k * p) * c - k * Math.cos(k * p) * Math.sin(p))) / (Math.PI * k * (k * k - 1));
}

/** Covariance of `max(x, 0)` and `max(y, 0)` for unit normals of correlation r, their means not taken off. */
const arcCosine = (r: number): number => {
  const s = Math.max(-1, Math.min(1, r));
  return (Math.sqrt(1 - s * s) + s * (Math.PI - Math.acos(s))) / (2 * Math.PI);
};

/** `P(x > c)` of a unit normal, by the integral of its density (Simpson). */
function above(c: number): number {
  const [n, density] = [400, (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)];
  const weight = (i: number): number => (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2);
  return 0.5 - (range(0, n).reduce((sum, i) => sum + weight(i) * density((c * i) / n), 0) * c) / (3 * n);
}

const power = ({ re, im }: ComplexArray): Float64Array => Float64Array.from(re, (v, k) => v * v + (im[k] ?? 0) ** 2);

/** Share of the power beside the constant that lies above frequency `end`. */
function shareAbove(spectrum: Float64Array, end: number): number {
  const half = spectrum.subarray(1, spectrum.length / 2);
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  return sum(half.subarray(end)) / sum(half);
}

export const reluThreshold = defineExperiment({
  id: 'relu-threshold',
  title: 'ReLU with a threshold, and what it does to any signal',
  source: [
    cite('notesFourier', "section on ReLU's effect on frequencies, frequency_response"),
    cite('bussgang1952'),
    cite('cho2009'),
  ].join('; '),
  statement:
    'A threshold decides which harmonics ReLU makes: odd ones vanish at 0 alone. ReLU has no response by frequency: the ratio of ' +
    'output to input depends on the signal. It is one half for every signal of odd frequencies, and for Gaussian noise the same ' +
    'share at every frequency, that of the time spent above the threshold.',
  formula: 'max(cos t, cos p): a_k = 2 (sin kp cos p − k cos kp sin p) / (π k (k^2 − 1))',
  parameters,
  presets: { quick: {}, paper: { samples: 4_194_304 } },
  seconds: { quick: 3, paper: 60 },

  measure({ parameters: p, random, throwIfAborted }) {
    const n = p.samples;
    const lines = (threshold: number): Float64Array =>
      Float64Array.from(harmonics(tone(n).data.map(relu(threshold)), { count: p.harmonics }).amplitude.data);
    const tones = p.thresholds.map((threshold) => ({
      lines: lines(threshold),
      exact: range(0, p.harmonics).map((k) => exact(k, threshold)),
    }));

    /** Largest distance of output over input from one half, at the frequencies of a signal. */
    const offHalf = (i: number, odd: boolean, threshold: number): number => {
      const [sizes, phases] = ['size', 'phase'].map(
        (name) => gaussianNoise(p.tones, random(`${name} of tones`, i)).data,
      );
      const frequencies = range(1, p.tones).map((j) => (odd ? 2 * j - 1 : j));
      const x = frequencies.reduce((sum, cycles, j) => {
        // At least a half each, so that no ratio is of rounding.
        const amplitude = 0.5 + Math.abs(sizes?.[j] ?? 0);
        const { data } = tone(n, { cycles, amplitude, phase: 2 * Math.PI * (phases?.[j] ?? 0) });
        return sum.map((v, t) => v + (data[t] ?? 0));
      }, new Float64Array(n));
      const [before, after] = [fft(x), fft(x.map(relu(threshold * rms(x))))];
      return Math.max(
        ...frequencies.map((k) => {
          const [a, b, c, d] = [before.re[k] ?? 0, before.im[k] ?? 0, after.re[k] ?? 0, after.im[k] ?? 0];
          return Math.hypot(c - a / 2, d - b / 2) / Math.hypot(a, b);
        }),
      );
    };
    const signals = range(0, p.draws - 1).map((i) => {
      throwIfAborted();
      return { odd: offHalf(i, true, 0), any: offHalf(i, false, 0), threshold: offHalf(i, true, 0.5) };
    });

    const noises = p.bands.flatMap((band) =>
      range(0, p.draws - 1).map((i) => {
        throwIfAborted();
        const end = Math.round((band * n) / 2);
        const x = noiseUpTo(end, gaussianNoise(n, random(`noise up to ${band}`, i)).data);
        const before = fft(x);
        /** Regression of the output on the input in each part of the band. */
        const shares = (input: ComplexArray, output: ComplexArray, edges: readonly number[]): number[] =>
          edges.slice(1).map((to, part) => {
            let [both, own] = [0, 0];
            for (let k = (edges[part] ?? 0) + 1; k <= to; k++) {
              const [a, b] = [input.re[k] ?? 0, input.im[k] ?? 0];
              both += a * (output.re[k] ?? 0) + b * (output.im[k] ?? 0);
              own += a * a + b * b;
            }
            return both / own;
          });
        const parts = range(0, PARTS).map((j) => Math.round((j * end) / PARTS));
        // One tone of the same power.
        const one = tone(n, { cycles: end, amplitude: Math.SQRT2 }).data;
        const single = fft(one);
        const outputs = [0, 1].map((threshold) => power(fft(x.map(relu(threshold)))));
        const [rectified = new Float64Array(), clipped = new Float64Array()] = outputs;
        /** The sketch's ratio, median over the frequencies of the band and over as many beyond it. */
        const sketch = (size: number) => {
          const [input, output] = [x, x.map(relu(0))].map((signal) => power(fft(signal.map((v) => size * v))));
          const ratio = (k: number): number => Math.sqrt(output?.[k] ?? 0) / (Math.sqrt(input?.[k] ?? 0) + 1e-10);
          return {
            own: spread(range(1, end).map(ratio)).median,
            beyond: spread(range(end + 1, 2 * end).map(ratio)).median,
          };
        };
        const [strong, weak] = [sketch(1), sketch(1e-3)];
        return {
          band,
          noise: p.noiseThresholds.map((c) => shares(before, fft(x.map(relu(c))), parts)),
          tone: p.noiseThresholds.map((c) => shares(single, fft(one.map(relu(c))), [end - 1, end])),
          beyond: shareAbove(rectified, end),
          beyondClipped: shareAbove(clipped, end),
          sketch: { own: strong.own / weak.own, beyond: strong.beyond / weak.beyond },
          ...(i === 0 && { spectrum: binned(rectified, end), expected: binned(expectedSpectrum(n, end), end) }),
        };
      }),
    );
    const expected = p.bands.map((band) => {
      const end = Math.round((band * n) / 2);
      return shareAbove(expectedSpectrum(n, end), end);
    });
    return { tones, zero: lines(0), signals, noises, expected };
  },

  present({ tones, zero, signals, noises, expected }, p) {
    const labels = p.thresholds.map((c) => `c = ${c}`);
    const off = (found: Float64Array, wanted: readonly number[]): number =>
      Math.max(...wanted.map((v, k) => Math.abs((found[k] ?? Number.NaN) - v)));
    const wanted = p.noiseThresholds.map(above);
    const far = (shares: readonly (readonly number[])[]): number =>
      Math.max(...shares.flatMap((parts, c) => parts.map((share) => Math.abs(share - (wanted[c] ?? Number.NaN)))));
    const of = (band: number) => noises.filter((noise) => noise.band === band);
    const index = range(0, p.harmonics);
    const shown = [p.thresholds.at(0), p.thresholds.at(-1)].flatMap((c) =>
      tones.filter((_, i) => p.thresholds[i] === c),
    );
    const widest = noises.findLast(({ spectrum }) => spectrum !== undefined);
    return {
      metrics: {
        'share of noise kept, threshold 0': above(0),
        ...Object.fromEntries(
          p.noiseThresholds.map((c, i) => [`share of noise kept, threshold ${c}`, wanted[i] ?? null]),
        ),
        'new frequencies of rectified noise': mean(expected),
      },
      tables: [
        {
          id: 'shares',
          title: 'What is kept: of a tone and of noise of the same power, threshold over the standard deviation',
          columns: {
            threshold: p.noiseThresholds,
            'tone, closed form': p.noiseThresholds.map((c) => (c < Math.SQRT2 ? exact(1, c / Math.SQRT2) : 0)),
            'tone, measured': p.noiseThresholds.map(
              (_, c) => spread(noises.map((noise) => noise.tone[c]?.[0] ?? Number.NaN)).median,
            ),
            'noise, P(x > c)': wanted,
            'noise, measured': p.noiseThresholds.map(
              (_, c) => spread(noises.map((noise) => mean(noise.noise[c] ?? []))).median,
            ),
          },
        },
      ],
      claims: [
        atMost(1e-6, {
          id: 'harmonics',
          statement: `Mean, tone and harmonics up to ${p.harmonics} of max(sin t, c) are those of the closed form (largest distance), odd ones among them.`,
          source: cite('fprinciple', 'closed form: Fourier series of a clipped cosine'),
          measured: tones.map((one) => off(one.lines, one.exact)),
          labels,
          control: {
            id: 'zero',
            statement: 'no threshold: max(sin t, 0)',
            measured: tones.map((one) => off(zero, one.exact)),
          },
        }),
        atMost(1e-9, {
          id: 'half',
          statement: `Of a signal of odd frequencies every one keeps half its amplitude and its phase (largest distance of output over input from 1/2), in ${p.draws} signals of ${p.tones} tones.`,
          source: cite('fprinciple', 'closed form: max(x, 0) = x/2 + |x|/2, and |x| has half the period'),
          measured: signals.map(({ odd }) => odd),
          control: [
            {
              id: 'even-too',
              statement: 'tones of even frequencies among them',
              measured: signals.map(({ any }) => any),
            },
            {
              id: 'threshold',
              statement: 'a threshold of half the standard deviation',
              measured: signals.map(({ threshold }) => threshold),
            },
          ],
        }),
        atMost(0.03, {
          id: 'noise',
          statement: `Of Gaussian noise every quarter of its band keeps the share P(x > c) (largest distance), at ${p.noiseThresholds.join(' and ')} standard deviations, whatever the band.`,
          source: cite('bussgang1952'),
          measured: noises.map(({ noise }) => far(noise)),
          control: {
            id: 'tone',
            statement: 'a tone of the same power',
            measured: noises.map((noise) => far(noise.tone)),
          },
        }),
        atMost(0.01, {
          id: 'kernel',
          statement:
            'The share of the power (without the constant) that rectified noise has beyond its band is that of the arc-cosine kernel of its autocorrelation (distance).',
          source: cite('cho2009', 'kernel of degree 1'),
          measured: p.bands.map((band, b) =>
            of(band).map(({ beyond }) => Math.abs(beyond - (expected[b] ?? Number.NaN))),
          ),
          control: {
            id: 'threshold',
            statement: 'a threshold of one standard deviation',
            measured: p.bands.map((band, b) =>
              of(band).map(({ beyondClipped }) => Math.abs(beyondClipped - (expected[b] ?? Number.NaN))),
            ),
          },
        }),
        atLeast(100, {
          id: 'sketch',
          statement:
            "Where noise has nothing, the sketch's ratio of output over input changes with the size of the signal, by a hundred and more for a thousand times: it is no response.",
          source: cite('notesFourier', 'frequency_response'),
          measured: noises.map(({ sketch }) => sketch.beyond),
          control: {
            id: 'own',
            statement: 'the ratio at the frequencies of the noise itself',
            measured: noises.map(({ sketch }) => sketch.own),
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'harmonics',
          title: 'Lines of a tone above a threshold',
          caption:
            'Amplitude of the constant (0), the tone (1) and its harmonics of max(sin t, c). Dots: measured; lines: closed form.',
          x: { title: 'multiple of the frequency' },
          y: { title: 'amplitude', log: true },
          lines: shown.flatMap((one, i) => {
            const [name, color] = [labels[i === 0 ? 0 : labels.length - 1] ?? '', i === 0 ? colors.low : colors.high];
            const positive = (values: ArrayLike<number>) =>
              index.map((k) => (Math.abs(values[k] ?? 0) > 1e-12 ? Math.abs(values[k] ?? 0) : null));
            return [
              { name: `${name}, closed form`, x: index, y: positive(one.exact), color },
              { name, x: index, y: positive(one.lines), color, mark: 'points' as const },
            ];
          }),
        }),
        lineFigure({
          id: 'noise',
          title: 'Power spectrum of rectified noise',
          caption:
            'Noise of a flat spectrum up to 1, through ReLU: what lies above is new. Line: transform of the arc-cosine kernel. (Means over a twentieth of the band, of a density that is 1 for the noise itself.)',
          x: { title: 'frequency (over the end of the band)' },
          y: { title: 'power density', log: true },
          lines: [
            { name: 'arc-cosine kernel', x: binCentres, y: widest?.expected ?? [], color: colors.target },
            { name: 'measured', x: binCentres, y: widest?.spectrum ?? [], mark: 'points' },
          ],
        }),
      ],
    };
  },
});

/** Noise of unit power whose spectrum ends at frequency `end`, of white noise. */
function noiseUpTo(end: number, white: ArrayLike<number>): Float64Array {
  const { re, im, shape } = fft(Float64Array.from(white));
  const n = re.length;
  const kept = (part: ArrayLike<number>): Float64Array =>
    Float64Array.from(part, (v, k) => (k !== 0 && Math.min(k, n - k) <= end ? v : 0));
  const x = Float64Array.from(ifft({ re: kept(re), im: kept(im), shape }).re);
  const size = rms(x);
  return x.map((v) => v / size);
}

/** Power spectrum (unscaled, as {@link power}) expected of rectified noise of unit power whose flat spectrum ends at `end`. */
function expectedSpectrum(n: number, end: number): Float64Array {
  const flat = Float64Array.from({ length: n }, (_, k) => (k !== 0 && Math.min(k, n - k) <= end ? n / (2 * end) : 0));
  const correlation = ifft({ re: flat, im: new Float64Array(n), shape: [n] }).re;
  return Float64Array.from(fft(Float64Array.from(correlation, arcCosine)).re, (v) => v * n);
}

const BINS = 20;
const binCentres = range(0, 4 * BINS - 1).map((i) => (i + 0.5) / BINS);

/** Means of a power spectrum over twentieths of the band, up to four times its end; 1 is the density of the noise itself. */
function binned(spectrum: Float64Array, end: number): number[] {
  const scale = (2 * end) / spectrum.length ** 2;
  return binCentres.map((_, i) => {
    const edge = (j: number): number => 1 + Math.round((j * end) / BINS);
    return mean(spectrum.subarray(edge(i), Math.max(edge(i) + 1, edge(i + 1)))) * scale;
  });
}
