/**
 * The spectra of the activation functions: a kink gives a power law, smoothness an exponential or faster decay.
 *
 * Activations do not vanish far out, so each is seen through a Gaussian window, `s(x) exp(-x^2 / 2 w^2)`, whose own spectrum
 * has fallen to nothing at the frequencies that are fitted. What is left there comes from the least smooth place: a jump of
 * the n-th derivative gives omega^-(n+1) (n = 1 for ReLU, 2 for ELU), a pole of the complex function at distance d from the
 * axis exp(-d omega) (d = pi / 2 for tanh, pi for sigmoid, softplus and SiLU), and an entire function (erf, GELU, the
 * Gaussian) falls faster than any exponential. Frequencies are angular.
 */
import { z } from 'zod';
import { above, defineExperiment, equalTo, increasing } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { type ActivationSpec, createModel } from '../../nets/index.js';
import { type DecayLawFit, fitDecayLaw, fourierTransform } from '../../spectrum/index.js';
import { column } from '../support/arrays.js';
import { range } from '../support/circle.js';

const source = 'Seed 004, section 3: the spectra of activations; Rahaman et al. 2019; Xu, book (002)';

const kinked = { relu: 2, leakyRelu: 2, elu: 3 } as const;
const poles = { tanh: Math.PI / 2, sigmoid: Math.PI, softplus: Math.PI, silu: Math.PI } as const;
const entire = ['erf', 'gelu', 'gaussian', 'ricker'] as const;

const parameters = z.object({
  window: z.number().positive().default(3).describe('standard deviation w of the Gaussian window'),
  extent: z.number().positive().default(30).describe('samples lie in -extent .. extent'),
  samples: z.int().min(1001).default(40_001).describe('odd number of samples'),
  powerBand: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([10, 100])
    .describe('angular frequencies of the power laws'),
  exponentialBand: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([3, 8])
    .describe('angular frequencies of the exponential laws'),
});

interface Spectrum {
  fn: string;
  amplitude: number[];
  power: DecayLawFit;
  /** The exponential in the band of the power law. */
  wide: DecayLawFit;
  exponential: DecayLawFit;
}

export const activationSpectra = defineExperiment({
  id: 'activation-spectra',
  title: 'Spectra of activation functions: power laws, exponentials, and faster',
  source,
  statement:
    'The spectrum of ReLU falls as a power of the frequency, that of tanh exponentially; of the other activations those ' +
    'with a kink fall as powers, those with poles exponentially, and entire ones faster still.',
  formula: 'jump of the n-th derivative: |σ̂(ω)| ~ ω^{−(n+1)},  pole at distance d from the axis: |σ̂(ω)| ~ e^{−dω}',
  parameters,
  presets: { quick: {}, paper: { samples: 400_001, powerBand: [10, 400] } },
  seconds: { quick: 2, paper: 10 },
  run: async ({ parameters: p, signal }) => {
    const spacing = (2 * p.extent) / (p.samples - 1);
    const x = column(range(0, p.samples - 1).map((i) => -p.extent + i * spacing));
    const look = range(0, 239).map((i) => 0.5 * (p.powerBand[1] / 0.5) ** (i / 239));
    const within = ([low, high]: readonly [number, number], count: number) =>
      range(0, count - 1).map((i) => low + ((high - low) * i) / (count - 1));
    const [powers, exponentials] = [within(p.powerBand, 60), within(p.exponentialBand, 40)];

    const transform = (samples: Float64Array, omegas: number[]): number[] => {
      const frequencies = omegas.map((omega) => omega / (2 * Math.PI));
      const { re, im } = fourierTransform(samples, { start: -p.extent, spacing, frequencies }).values;
      return Array.from(re, (a, i) => Math.hypot(a, im[i]!));
    };
    const spectrum = async (fn: string): Promise<Spectrum> => {
      const activation = { type: 'activation', ...({ fn } as ActivationSpec) } as const;
      const values = await createModel({ input: 1, layers: [activation] }, { seed: 0, dtype: 'f64' }).predict(x, {
        signal,
      });
      const seen = Float64Array.from(values.data, (v, i) => v * Math.exp(-((x.data[i]! / p.window) ** 2) / 2));
      return {
        fn,
        amplitude: transform(seen, look),
        power: fitDecayLaw(powers, floored(transform(seen, powers)), { law: 'power' }),
        wide: fitDecayLaw(powers, floored(transform(seen, powers)), { law: 'exponential' }),
        exponential: fitDecayLaw(exponentials, floored(transform(seen, exponentials)), { law: 'exponential' }),
      };
    };
    const all: Record<string, Spectrum> = {};
    for (const fn of [...Object.keys(kinked), 'hat', ...Object.keys(poles), ...entire, 'sin'])
      all[fn] = await spectrum(fn);

    // Where an entire function is still above rounding: its local rate -d ln|s^| / d omega in thirds of that range.
    const rates = entire.map((fn) => {
      const { amplitude } = all[fn]!;
      const most = Math.max(...amplitude);
      const end = look.findIndex((_, i) => amplitude[i]! < 1e-11 * most);
      const places = [0.25, 0.5, 0.75, 0.98].map((share) => nearest(look, share * look[end]!));
      return places.slice(1).map((at, i) => {
        const from = places[i]!;
        return Math.log(amplitude[from]! / amplitude[at]!) / (look[at]! - look[from]!);
      });
    });
    const better = (fn: string) => all[fn]!.power.rSquared - all[fn]!.wide.rSquared;
    const curves = (names: readonly string[]) =>
      names.map((fn) => ({
        name: fn,
        x: look,
        y: all[fn]!.amplitude.map((a) => (a > 1e-14 * Math.max(...all[fn]!.amplitude) ? a : null)),
      }));
    return {
      metrics: {
        ...Object.fromEntries(Object.keys(kinked).map((fn) => [`power_${fn}`, all[fn]!.power.rate])),
        ...Object.fromEntries(Object.keys(poles).map((fn) => [`rate_${fn}`, all[fn]!.exponential.rate])),
      },
      claims: [
        ...Object.entries(kinked).map(([fn, power]) =>
          equalTo(power, 0.05 * power, {
            id: `power-${fn}`,
            statement: `The spectrum of ${fn} falls as omega^-${power} (fitted exponent).`,
            source,
            measured: all[fn]!.power.rate,
          }),
        ),
        ...Object.entries(poles).map(([fn, distance]) =>
          equalTo(distance, 0.1 * distance, {
            id: `exponential-${fn}`,
            statement: `The spectrum of ${fn} falls as exp(-d omega), d the distance of its nearest singularity from the real axis (fitted rate).`,
            source,
            measured: all[fn]!.exponential.rate,
          }),
        ),
        increasing({
          id: 'entire',
          statement: 'Entire activations fall faster than any exponential: the local rate grows with frequency.',
          source,
          measured: rates,
          labels: ['second', 'third', 'fourth quarter'],
        }),
        above(0, {
          id: 'relu-is-power',
          statement:
            'ReLU is better described by a power law than by an exponential (difference of explained variance).',
          source,
          measured: better('relu'),
        }),
      ],
      figures: [
        panelsFigure({
          id: 'spectra',
          title: 'Spectra of activation functions through a Gaussian window',
          caption: `Amplitude by angular frequency; the window has a standard deviation of ${p.window}. Left, both axes logarithmic: kinks give straight lines (three kinks, those of hat, with gaps). Middle and right, only the amplitude: poles give straight lines, entire functions bend down; sin is its one frequency, as wide as the window makes it.`,
          columns: 3,
          panels: [
            {
              title: 'Kinks: power laws',
              x: { title: 'omega', log: true },
              y: { title: 'amplitude', log: true },
              lines: curves([...Object.keys(kinked), 'hat']),
            },
            {
              title: 'Poles: exponentials',
              x: { title: 'omega', domain: [0, 14] },
              y: { title: 'amplitude', log: true, domain: [1e-12, 10] },
              lines: curves(Object.keys(poles)),
            },
            {
              title: 'Entire: faster',
              x: { title: 'omega', domain: [0, 14] },
              y: { title: 'amplitude', log: true, domain: [1e-12, 10] },
              lines: curves([...entire, 'sin']),
            },
          ],
        }),
      ],
      tables: [
        {
          id: 'fits',
          title: 'Fitted laws',
          columns: {
            activation: Object.keys(all),
            'power (high band)': Object.values(all).map((s) => s.power.rate),
            'exponential rate (low band)': Object.values(all).map((s) => s.exponential.rate),
          },
        },
      ],
    };
  },
});

/** Amplitudes that are zero have no logarithm: rounding, in place of nothing. */
const floored = (values: number[]): number[] => values.map((v) => Math.max(v, 1e-300));

const nearest = (values: readonly number[], value: number): number =>
  values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(values[best]! - value) ? i : best), 0);
