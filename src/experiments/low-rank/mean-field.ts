/**
 * A mean-field two-layer network beside the lazy one (notes on both biases, document 004, closing question; Mei, Montanari and Nguyen 2018; Chizat,
 * Oyallon and Bach 2019).
 *
 * The same ReLU units on the circle, summed with `1/sqrt(m)` (lazy, the scale of the tangent kernel) or with `1/m` (mean field). The learning rate of
 * the mean field is m times as large, so that both have the same tangent kernel in their own time, at the start. In the lazy network that
 * kernel hardly moves, the less the wider; in the mean field it moves by as much at every width, since every unit travels.
 *
 * The mean field learns low frequencies first, which is what the kernel at the start says; but it says no more of the mean field after that: the
 * kernel grows (to ten times itself and more), and the high tone comes in less than half the steps. The control of the order are Fourier features
 * of the angle whose amplitude grows with the frequency. That the order holds is said at the level 0.2; at 0.05 a tone that comes later
 * shakes those before it.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  common,
  defineExperiment,
  grid,
  orderClaim,
  passagesOf,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { analyticKernel, gradientFlow } from '../../kernels/index.js';
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';
import { asColumn, period, relativeError } from '../support/arrays.js';
import { errorCurves, medianBand, passageTable } from '../support/order.js';

const parameters = z.object({
  points: common.points(128, 32),
  tones: z
    .array(z.int().min(1))
    .min(2)
    .default([1, 3, 5, 7])
    .describe('frequencies of the target, amplitude 1 each, passes a turn'),
  widths: z.array(z.int().min(8)).min(2).default([128, 1024, 8192]).describe('units, ascending'),
  fraction: z
    .number()
    .positive()
    .max(1)
    .default(0.05)
    .describe('learning rate, as a share of the largest that is stable at the start'),
  steps: common.steps(20_000),
  records: common.records(60),
  networks: common.networks(),
});

const regimes = { field: 'mean field', lazy: 'lazy' } as const;
type Regime = keyof typeof regimes;
const regimeNames = Object.keys(regimes) as Regime[];

export const meanField = defineExperiment({
  id: 'mean-field',
  title: 'A mean-field network beside the lazy one',
  source: [cite('notesRank', 'closing question'), cite('mei2018'), cite('chizat2019')].join('; '),
  statement:
    'Two-layer networks of the same units and the same tangent kernel at the start: in the lazy one, summed with 1/sqrt(m), the kernel stays, the ' +
    'more so the wider it is; in the mean field, summed with 1/m, it moves at every width. It still learns low frequencies first, ' +
    'but has the highest tone far sooner.',
  formula: 'h(x) = m^{−1/2} Σ_j a_j σ(w_j·x + b_j)  or  m^{−1} Σ_j a_j σ(w_j·x + b_j)',
  parameters,
  presets: {
    quick: { points: 64, tones: [1, 2, 4], widths: [128, 1024], fraction: 0.1, steps: 2500, records: 50 },
    paper: {},
  },
  seconds: { quick: 12, paper: 1500 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const turn = period(0, 2 * Math.PI, p.points);
    const x = asColumn(turn);
    const y = asColumn(turn.map((t) => p.tones.reduce((sum, k) => sum + Math.sin(k * t), 0)));
    const widest = Math.max(...p.widths);
    const circle = network([1], [1]);
    const reversed = network(
      p.tones,
      p.tones.map((k) => k / Math.max(...p.tones)),
    );
    const stable = async (spec: (width: number, regime: Regime) => NetworkSpec): Promise<number> => {
      const kernel = await analyticKernel(spec(1, 'lazy'), x, undefined, { kernel: 'ntk', signal });
      return p.fraction * (await gradientFlow({ kernel, y, signal })).largestLearningRate();
    };
    const rates = { circle: await stable(circle), reversed: await stable(reversed) };
    const trained = await trainAll(context, {
      cells: [
        ...grid({ input: ['circle'] as const, regime: regimeNames, width: p.widths, seed: seeds(p.networks) }),
        ...grid({ input: ['reversed'] as const, regime: ['field'] as const, width: [widest], seed: seeds(p.networks) }),
      ],
      run: ({ input, regime, width, seed }) => ({
        seed,
        spec: (input === 'circle' ? circle : reversed)(width, regime),
        // The kernel of the mean field is m times as small.
        optimizer: { type: 'sgd', learningRate: rates[input] * (regime === 'field' ? width : 1) },
      }),
      shared: {
        x,
        y,
        loss: 'mse',
        steps: p.steps,
        record: { log: p.records },
        probes: {
          error: { type: 'spectrum', points: x, target: y, frequencies: p.tones.map((k) => k / (2 * Math.PI)) },
          kernel: { type: 'ntk', points: x },
        },
      },
    });
    return {
      fits: trained.map(({ input, regime, width, steps, probes }) => {
        const kernels = rows({ data: probes.kernel.values.data, shape: [steps.length, p.points ** 2] });
        const [start = new Float64Array()] = kernels;
        return {
          input,
          regime,
          width,
          steps,
          error: probes.error.relativeError,
          moved: kernels.map((k) => relativeError(k, start)),
        };
      }),
    };
  },

  present({ fits }, p) {
    const [narrowest, widest] = [Math.min(...p.widths), Math.max(...p.widths)];
    const of = (regime: Regime, width = widest, input: 'circle' | 'reversed' = 'circle') =>
      fits.filter((fit) => fit.regime === regime && fit.width === width && fit.input === input);
    const moved = (regime: Regime, width = widest) => of(regime, width).map((fit) => fit.moved.at(-1) ?? Number.NaN);
    const kept = (regime: Regime) => moved(regime).map((v, i) => v / (moved(regime, narrowest)[i] ?? Number.NaN));
    const last = p.tones.length - 1;
    /** Step at which the highest tone is learnt, over that of the widest lazy network from the same seed. */
    const sooner = (list: typeof fits) =>
      list.map((fit, i) => {
        const [own, other] = [fit, of('lazy')[i]].map((one) => (one ? passagesOf(one)[last] : null));
        // A tone that the lazy network never learns takes at least all its steps.
        return (own ?? Number.NaN) / (other ?? p.steps);
      });
    const labels = p.tones.map((k) => `k = ${k}`);
    return {
      metrics: {
        ...Object.fromEntries(regimeNames.map((regime) => [`moved_${regime}`, spread(moved(regime)).median])),
        sooner: spread(sooner(of('field'))).median,
      },
      tables: [
        {
          id: 'moved',
          title: `Movement of the tangent kernel, |K_t - K_0| / |K_0|, median of ${p.networks} networks`,
          columns: {
            width: p.widths,
            ...Object.fromEntries(
              regimeNames.map((regime) => [
                regimes[regime],
                p.widths.map((width) => spread(moved(regime, width)).median),
              ]),
            ),
          },
        },
        passageTable(
          fits.filter(({ input, width }) => input === 'circle' && width === widest),
          { columns: { network: ({ regime }) => regimes[regime] }, component: ['frequency', () => p.tones] },
        ),
      ],
      claims: [
        atLeast(0.5, {
          id: 'moves',
          statement: `In mean-field networks of ${widest} units the tangent kernel moves by half of itself or more (|K_t - K_0| / |K_0|), in every one of ${p.networks} networks.`,
          source: [cite('mei2018'), cite('chizat2019')].join('; '),
          measured: moved('field'),
          control: { id: 'lazy', statement: 'lazy networks of the same units', measured: moved('lazy') },
        }),
        atLeast(0.7, {
          id: 'every-width',
          statement: `It moves at ${widest} units by at least 0.7 times as much as at ${narrowest}.`,
          source: cite('mei2018', 'the limit of many units'),
          measured: kept('field'),
          control: { id: 'lazy', statement: 'lazy networks of the same units', measured: kept('lazy') },
        }),
        orderClaim({
          id: 'order',
          statement: 'The mean field learns the frequencies in their order, too.',
          source: cite('notesRank', 'section 1'),
          networks: of('field'),
          labels,
          control: {
            id: 'reversed',
            statement: 'on Fourier features whose amplitude grows with the frequency',
            networks: of('field', widest, 'reversed'),
          },
        }),
        atMost(0.5, {
          id: 'sooner',
          statement: `The highest tone is learnt in at most half the steps that lazy networks of ${widest} units take, which have the same kernel at the start.`,
          source: cite('chizat2019', 'what lazy training lacks'),
          measured: sooner(of('field')),
          control: {
            id: 'narrow',
            statement: `lazy networks of ${narrowest} units, whose kernel moves too`,
            measured: sooner(of('lazy', narrowest)),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'moved',
          title: 'How far the tangent kernel moves',
          caption: `|K_t - K_0| / |K_0| (Frobenius), median and extremes of ${p.networks} networks of each width.`,
          panels: regimeNames.map((regime) => ({
            title: regimes[regime],
            x: { title: 'step', log: true },
            y: { title: 'movement of the kernel', log: true },
            lines: p.widths.map((width) =>
              medianBand(
                `${width} units`,
                (of(regime, width)[0]?.steps ?? []).slice(1),
                of(regime, width).map((fit) => fit.moved.slice(1)),
              ),
            ),
          })),
        }),
        ...regimeNames.map((regime) =>
          errorCurves(of(regime), {
            id: `errors-${regime}`,
            title: `Relative error by frequency, ${regimes[regime]}, ${widest} units`,
            labels,
          }),
        ),
      ],
    };
  },
});

/** Two layers of ReLU units on Fourier features of an angle, in the `ntk` parameterisation, the second without a bias. */
const network =
  (tones: readonly number[], amplitudes: readonly number[]) =>
  (width: number, regime: Regime): NetworkSpec => {
    const features: LayerSpec = {
      type: 'fourierFeatures',
      frequencies: tones.map((k) => [k / (2 * Math.PI)]),
      amplitudes: [...amplitudes],
    };
    const sigmaW = regime === 'lazy' ? 1 : 1 / Math.sqrt(width);
    return {
      input: 1,
      layers: [
        features,
        { type: 'dense', units: width, parameterization: 'ntk', sigmaW: Math.SQRT2, sigmaB: 1 },
        { type: 'activation', fn: 'relu' },
        { type: 'dense', units: 1, parameterization: 'ntk', sigmaW, bias: false },
      ],
    };
  };
