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
import { cite } from '../../bibliography.js';
import { above, defineExperiment, equalTo, increasing } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { type ActivationSpec, createModel } from '../../nets/index.js';
import { type DecayFit, fitDecay, fourierTransform } from '../../spectrum/index.js';
import { asColumn, combine, entry, magnitudes } from '../support/arrays.js';
import { range } from '../support/circle.js';

const closedForm = cite('fprinciple', 'closed form: jumps of a derivative and poles of the Fourier integrand');

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
  power: DecayFit;
  /** The exponential in the band of the power law. */
  wide: DecayFit;
  exponential: DecayFit;
  /** The power law in the band of the exponential. */
  low: DecayFit;
}

export const activationSpectra = defineExperiment({
  id: 'activation-spectra',
  title: 'Spectra of activation functions: power laws, exponentials, and faster',
  source: [cite('notesRank', 'section 3: the spectra of activations'), cite('rahaman2019'), cite('xuBook')].join('; '),
  statement:
    'The spectrum of ReLU falls as a power of the frequency, that of tanh exponentially; of the other activations those ' +
    'with a kink fall as powers, those with poles exponentially, and entire ones faster still.',
  formula: 'jump of the n-th derivative: |σ̂(ω)| ~ ω^{−(n+1)},  pole at distance d from the axis: |σ̂(ω)| ~ e^{−dω}',
  parameters,
  presets: { quick: {}, paper: { samples: 400_001, powerBand: [10, 400] } },
  seconds: { quick: 2, paper: 10 },
  async measure({ parameters: p, signal }) {
    const spacing = (2 * p.extent) / (p.samples - 1);
    const x = asColumn(range(0, p.samples - 1).map((i) => -p.extent + i * spacing));
    const look = range(0, 239).map((i) => 0.5 * (p.powerBand[1] / 0.5) ** (i / 239));
    const within = ([low, high]: readonly [number, number], count: number) =>
      range(0, count - 1).map((i) => low + ((high - low) * i) / (count - 1));
    const [powers, exponentials] = [within(p.powerBand, 60), within(p.exponentialBand, 40)];

    const transform = (samples: Float64Array, omegas: number[]): number[] => {
      const frequencies = omegas.map((omega) => omega / (2 * Math.PI));
      return Array.from(magnitudes(fourierTransform(samples, { start: -p.extent, spacing, frequencies }).values));
    };
    const spectrum = async (fn: string): Promise<Spectrum> => {
      const activation = { type: 'activation', ...({ fn } as ActivationSpec) } as const;
      const values = await createModel({ input: 1, layers: [activation] }, { seed: 0, dtype: 'f64' }).predict(x, {
        signal,
      });
      const seen = combine(values.data, x.data, (v, at) => v * Math.exp(-((at / p.window) ** 2) / 2));
      return {
        fn,
        amplitude: transform(seen, look),
        power: fitDecay(powers, floored(transform(seen, powers)), 'power'),
        wide: fitDecay(powers, floored(transform(seen, powers)), 'exponential'),
        exponential: fitDecay(exponentials, floored(transform(seen, exponentials)), 'exponential'),
        low: fitDecay(exponentials, floored(transform(seen, exponentials)), 'power'),
      };
    };
    const spectra = [];
    for (const fn of [...Object.keys(kinked), 'hat', ...Object.keys(poles), ...entire, 'sin'])
      spectra.push(await spectrum(fn));
    return { look, spectra };
  },

  present({ look, spectra }, p) {
    const of = (fn: string): Spectrum =>
      entry(
        spectra.filter((one) => one.fn === fn),
        0,
      );
    // Where a function is still above rounding: its local rate -d ln|s^| / d omega in quarters of that range.
    const rates = (names: readonly string[]) =>
      names.map((fn) => {
        const { amplitude } = of(fn);
        const at = (i: number): number => amplitude[i] ?? Number.NaN;
        const most = Math.max(...amplitude);
        const end = amplitude.findIndex((a) => a < 1e-11 * most);
        const last = look.at(end < 0 ? -1 : end) ?? 0;
        const places = [0.25, 0.5, 0.75, 0.98].map((share) => nearest(look, share * last));
        return places.slice(1).map((to, i) => {
          const from = places[i] ?? 0;
          return Math.log(at(from) / at(to)) / ((look[to] ?? 0) - (look[from] ?? 0));
        });
      });
    const curves = (names: readonly string[]) =>
      names.map((fn) => ({
        name: fn,
        x: look,
        y: of(fn).amplitude.map((a) => (a > 1e-14 * Math.max(...of(fn).amplitude) ? a : null)),
      }));
    return {
      metrics: {
        ...Object.fromEntries(Object.keys(kinked).map((fn) => [`power_${fn}`, of(fn).power.exponent])),
        ...Object.fromEntries(Object.keys(poles).map((fn) => [`rate_${fn}`, of(fn).exponential.exponent])),
      },
      claims: [
        ...Object.entries(kinked).map(([fn, power]) => {
          const other = fn === 'elu' ? 'relu' : 'elu';
          return equalTo(power, 0.05 * power, {
            id: `power-${fn}`,
            statement: `The spectrum of ${fn} falls as omega^-${power} (fitted exponent).`,
            source: closedForm,
            measured: of(fn).power.exponent,
            control: {
              id: other,
              statement: `${other}, which jumps in another derivative`,
              measured: of(other).power.exponent,
            },
          });
        }),
        ...Object.entries(poles).map(([fn, distance]) => {
          const other = fn === 'tanh' ? 'sigmoid' : 'tanh';
          return equalTo(distance, 0.1 * distance, {
            id: `exponential-${fn}`,
            statement: `The spectrum of ${fn} falls as exp(-d omega), d the distance of its nearest singularity from the real axis (fitted rate).`,
            source: closedForm,
            measured: of(fn).exponential.exponent,
            control: {
              id: other,
              statement: `${other}, whose pole is at another distance`,
              measured: of(other).exponential.exponent,
            },
          });
        }),
        increasing({
          id: 'entire',
          statement: 'Entire activations fall faster than any exponential: the local rate grows with frequency.',
          source: closedForm,
          measured: rates(entire),
          labels: ['second', 'third', 'fourth quarter'],
          control: {
            id: 'kinked',
            statement: `activations with a kink: ${Object.keys(kinked).join(', ')}`,
            measured: rates(Object.keys(kinked)),
          },
        }),
        above(0, {
          id: 'relu-is-power',
          statement:
            'ReLU is better described by a power law than by an exponential (difference of explained variance).',
          source: cite('rahaman2019'),
          measured: of('relu').power.rSquared - of('relu').wide.rSquared,
          control: {
            id: 'tanh',
            statement: 'tanh, where it is above rounding',
            measured: of('tanh').low.rSquared - of('tanh').exponential.rSquared,
          },
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
            activation: spectra.map(({ fn }) => fn),
            'power (high band)': spectra.map(({ power }) => power.exponent),
            'exponential rate (low band)': spectra.map(({ exponential }) => exponential.exponent),
          },
        },
      ],
    };
  },
});

/** Amplitudes that are zero have no logarithm: rounding, in place of nothing. */
const floored = (values: number[]): number[] => values.map((v) => Math.max(v, 1e-300));

const nearest = (values: readonly number[], value: number): number =>
  values.reduce((best, v, i) => (Math.abs(v - value) < Math.abs((values[best] ?? 0) - value) ? i : best), 0);
