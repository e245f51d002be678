/**
 * A periodic step function: the outline before the steps (Xu, book, section 1.3, figures 1.4 and 1.5).
 *
 * The target `round((sin x + 2 sin 3x + 3 sin 5x) / 4)` takes the values -1, 0, 1, like classes, and is sampled densely,
 * so that only training is studied. Its outline is what frequencies up to 5 hold, its steps are the rest of the
 * spectrum. The bandwidth is the frequency up to which 95 % of the output's power lies, the mean left out.
 *
 * A band counts as learnt at a relative error of 0.5, not 0.2 as for single peaks: the jumps' spectrum falls only as
 * 1/k, so a fifth of the steps' power lies far above the frequencies that a short training reaches, and at 0.2 the
 * steps had not passed after 4,000 steps of the quick preset in any network. At 0.5 the order held in five fresh networks
 * of 0.1.0, whose seeds drew other numbers. With equal power some networks have not learnt the steps when the quick preset ends
 * (2 of 5 on the seeds 404 and 405): there the claim is how much of them is missing when the outline is learnt.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { column, row, rows } from '../../core/reading.js';
import {
  amplitudes,
  atLeast,
  atMost,
  bandwidth,
  common,
  curvePlayback,
  defineExperiment,
  grid,
  learntLevel,
  leftWhenLearnt,
  orderClaim,
  passagesOf,
  periodicGrid,
  sample,
} from '../../experiment/index.js';
import { colors, lineFigure, panelsFigure } from '../../figures/index.js';
import { irfft, rfft } from '../../spectrum/index.js';
import { entry } from '../support/arrays.js';
import { fitCurves, reversedFeatures, reversedStatement } from '../support/curve.js';
import { errorMapFigure } from '../support/error-map.js';
import { bandErrors } from '../support/octaves.js';
import { errorCurves } from '../support/order.js';
import { stepName, stepNames } from '../support/snapshots.js';

const parameters = z.object({
  points: common.points(1024, 32),
  hidden: common.hidden([200, 200, 200, 100]),
  std: common.std(200 ** -0.5),
  learningRate: common.learningRate(2e-4),
  steps: common.steps(30_000),
  networks: common.networks(),
  records: common.records(120),
  outline: z.int().min(1).default(5).describe('greatest frequency of the outline, in cycles per period'),
  level: common.level(0.5),
});

export const stepTarget = defineExperiment({
  id: 'step-target',
  title: 'A step function: first the outline, then the steps',
  source: [cite('xuBook', 'section 1.3, figures 1.4 and 1.5'), cite('xu2019')].join('; '),
  statement:
    'A tanh network is fitted to a periodic function that takes three values. Its output first resembles a sum of low ' +
    'sines and then grows the steps; in the spectrum, low frequencies converge first. From there on the output holds no ' +
    'higher frequencies than the data: its bandwidth stays within that of the target.',
  formula: 'f(x) = round((sin x + 2 sin 3x + 3 sin 5x) / 4)',
  parameters,
  presets: {
    quick: { points: 200, hidden: [100, 100, 100], std: 0.1, learningRate: 2e-3, steps: 5000, records: 80 },
    paper: {},
  },
  seconds: { quick: 8, paper: 1000 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const steps = sample(x, (v) => Math.round((Math.sin(v) + 2 * Math.sin(3 * v) + 3 * Math.sin(5 * v)) / 4) + 0);
    const half = Math.floor(p.points / 2);
    const targets = { steps, whitened: equalBands(steps, p.outline, half) };
    const every = Array.from({ length: half }, (_, i) => i + 1);
    const before = reversedFeatures(every);
    const cells = [
      ...grid({ target: ['steps', 'whitened'], reversed: [false], seed: seeds(p.networks) }),
      ...grid({ target: ['steps'], reversed: [true], seed: seeds(p.networks) }),
    ];
    const trained = await fitCurves(
      context,
      x,
      cells,
      ({ target, reversed, seed }) => {
        const y = target === 'steps' ? targets.steps : targets.whitened;
        return { y, frequencies: peaksOf(spectrumOf(steps)), seed, before: reversed ? before : undefined };
      },
      p,
    );
    const fits = trained.map(({ error: peaks, ...fit }) => ({
      ...fit,
      peaks,
      error: bandErrors(fit.outputs, { data: targets[fit.target].data, shape: [p.points] }, [
        [1, p.outline + 1],
        [p.outline + 1, half + 1],
      ]),
    }));
    return { x, y: steps, fits };
  },

  present({ x, y, fits }, p) {
    const goal = spectrumOf(y);
    const half = goal.length - 1;
    const peaks = peaksOf(goal);
    const of = (target: string, reversed: boolean) =>
      fits.filter((f) => f.target === target && f.reversed === reversed);
    const [plain, whitened, turned] = [of('steps', false), of('whitened', false), of('steps', true)];
    const shown = entry(plain, 0);
    const spectra = amplitudes(shown.outputs);
    const targetBandwidth = bandwidth(goal);
    const bandwidths = plain.map(({ outputs }) => rows(amplitudes(outputs)).map((spectrum) => bandwidth(spectrum)));
    // Before the outline there is little but a slope, whose ends do not meet: the DFT sees a jump there, which falls as 1/k
    // and is no feature of the fit. One network of five had 1.17 times the target's bandwidth from it, at one record (step 512
    // of 30,000; its outline passed at 558).
    const widest = plain.map((fit, i) => {
      const outline = passagesOf(fit, { level: p.level })[0] ?? 0;
      return Math.max(...(bandwidths[i] ?? []).filter((_, r) => (fit.steps[r] ?? 0) >= outline)) / targetBandwidth;
    });
    const { steps } = shown;
    const moments = momentsOf(steps, column(shown.error, 0));
    const names = moments.map((r) => stepName(steps[r] ?? 0));
    const labels = ['outline', 'steps'];
    const left = (list: typeof plain) => list.map((fit) => leftWhenLearnt(fit, { learnt: 0, left: 1, level: p.level }));
    const statement = (of: string) =>
      `The relative error of the outline (frequencies 1 to ${p.outline}) settles under ${p.level} before that of ${of} (the frequencies above), in every one of ${p.networks} networks.`;
    const control = { id: 'reversed', statement: reversedStatement, networks: turned };
    return {
      metrics: {
        targetBandwidth,
        widestBandwidth: Math.max(...widest) * targetBandwidth,
        finalLoss: shown.loss.at(-1) ?? null,
      },
      tables: [
        {
          id: 'peaks',
          title: `Peaks of the target spectrum: amplitude, and step from which on the relative error stays at ${learntLevel} or less`,
          columns: {
            frequency: peaks,
            amplitude: peaks.map((k) => goal[k] ?? null),
            step: passagesOf({ steps, error: shown.peaks }),
          },
        },
      ],
      claims: [
        orderClaim({
          id: 'outline-first',
          statement: statement('the steps'),
          source: cite('xuBook', 'figures 1.4 and 1.5'),
          networks: plain,
          labels,
          level: p.level,
          control,
        }),
        atLeast(0.6, {
          id: 'outline-first-equal-power',
          statement: `Frequency and not amplitude: where outline and steps have equal power, 0.6 or more of the steps (relative error) is missing when the outline is learnt, in every one of ${p.networks} networks.`,
          source: cite('fprinciple', 'the rival explanation: the outline has the larger amplitudes'),
          measured: left(whitened),
          control: { id: 'reversed', statement: reversedStatement, measured: left(turned) },
        }),
        atMost(1.05, {
          id: 'bandwidth',
          statement: `From the step on at which the outline is learnt, the output's 95 % bandwidth stays within 1.05 of the target's (${targetBandwidth.toFixed(2)} cycles per period).`,
          source: cite('xuBook', 'section 1.3: the fit brings no frequency above the highest of the data'),
          measured: widest,
          control: {
            id: 'reversed',
            statement: reversedStatement,
            measured: turned.map(
              (fit) => Math.max(...rows(amplitudes(fit.outputs)).map((one) => bandwidth(one))) / targetBandwidth,
            ),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'outputs',
          title: 'From the outline to the steps',
          caption: `Target (black) and network at ${stepNames(moments.map((r) => steps[r] ?? 0))}. Compare figure 1.4 of the source.`,
          panels: moments.map((r, i) => ({
            title: names[i] ?? '',
            x: { title: 'x' },
            y: { title: 'f(x)', domain: [-1.6, 1.6] },
            lines: [
              { name: 'target', x: x.data, y: y.data, color: colors.target },
              { name: 'network', x: x.data, y: row(shown.outputs, r), color: colors.output, dash: [6, 3] },
            ],
          })),
        }),
        panelsFigure({
          id: 'spectra',
          title: 'The spectrum fills from low to high',
          caption:
            'Amplitude of the DFT of the target (black) and of the network at the same steps. Compare figure 1.5 of the source.',
          panels: moments.map((r, i) => {
            const k = Array.from({ length: Math.min(40, half) + 1 }, (_, j) => j);
            const cut = (spectrum: Float64Array) => spectrum.subarray(0, k.length);
            return {
              title: names[i] ?? '',
              x: { title: 'frequency k (cycles per period)' },
              y: { title: 'amplitude' },
              lines: [
                { name: 'target', x: k, y: cut(goal), color: colors.target },
                { name: 'network', x: k, y: cut(row(spectra, r)), color: colors.output, dash: [6, 3] },
              ],
            };
          }),
        }),
        errorMapFigure({
          id: 'error-by-peak',
          title: 'Relative error at the peaks of the target spectrum',
          caption:
            'Relative error at each peak of the target spectrum (frequency at the left) through the training, first network. Dark is learnt.',
          error: shown.peaks,
          steps,
          labels: peaks.map(String),
          rows: 'peak at k',
        }),
        errorCurves(plain, { labels, level: p.level }),
        lineFigure({
          id: 'bandwidth',
          title: 'Bandwidth of the output',
          caption:
            'Frequency up to which 95 % of the power lies, by step, for every network; the dashed line is 1.05 times the bandwidth of the target, which holds from the outline on.',
          x: { title: 'step', log: true },
          y: { title: '95 % bandwidth (cycles per period)' },
          lines: bandwidths.map((list, i) => ({ name: `network ${i + 1}`, x: steps, y: list })),
          levels: [{ value: 1.05 * targetBandwidth, name: '1.05 x target' }],
        }),
      ],
      playback: curvePlayback({ x, target: y, history: shown, outputs: shown.outputs, frequencies: 40 }),
    };
  },
});

/** Amplitudes of a target `[n, 1]`. */
const spectrumOf = ({ data }: NdArray): Float64Array => row(amplitudes({ data, shape: [1, data.length] }), 0);

/** The target with its outline (frequencies 1 to `low`) scaled so that it has the power of the frequencies above. */
function equalBands({ data, shape }: NdArray, low: number, high: number): NdArray {
  const { re, im } = rfft({ data, shape: [data.length] });
  const power = (from: number, to: number): number =>
    Math.hypot(...re.subarray(from, to + 1), ...im.subarray(from, to + 1)) ** 2;
  const factor = Math.sqrt(power(low + 1, high) / power(1, low));
  const scaled = (part: Float64Array | Float32Array) => part.map((v, k) => (k >= 1 && k <= low ? factor * v : v));
  return { data: irfft({ re: scaled(re), im: scaled(im), shape: [re.length] }, data.length).data, shape };
}

/** Frequencies where the amplitude is above its neighbours' and above 3 % of the largest, the ten lowest. */
function peaksOf(amplitude: ArrayLike<number>): number[] {
  const floor = 0.03 * Math.max(...Array.from(amplitude));
  const found: number[] = [];
  for (let k = 1; k + 1 < amplitude.length && found.length < 10; k++) {
    const a = entry(amplitude, k);
    if (a > floor && a > entry(amplitude, k - 1) && a > entry(amplitude, k + 1)) found.push(k);
  }
  return found;
}

/** Up to four records: the start, the outline half there, the outline there, the end. */
function momentsOf(steps: readonly number[], outline: Float64Array): number[] {
  const reached = (level: number): number =>
    Math.max(
      1,
      outline.findIndex((e) => e <= level),
    );
  return [...new Set([0, reached(0.5), reached(0.15), steps.length - 1])];
}
