/**
 * It is the path of the training, not what the network could express (notes on both biases, document 004, section 1: "not that the
 * model cannot express high frequencies, but that the path of the optimisation prefers low ones").
 *
 * A network learns `sin t + sin kt` on a turn of the circle from three starts: fresh weights; the weights that it has once it has learnt the
 * high tone alone; those that it has after the low tone alone, for as many steps (a trained start, to which the high tone is still
 * new). Network, target, steps and learning rate are the same. From the solution of the high tone the network stays there, and the low
 * tone is what comes second. So the network can express what it did not learn, and it is where it starts that decides.
 *
 * The source's reason is that gradients at high frequencies are small: for a unit error at frequency w the squared gradient is `e_w^T K e_w`,
 * K the tangent kernel. In fresh networks that of the low tone is many times that of the high one (1 to 5 at k = 5: 220,000 to 500,000 times), in
 * those that have learnt the high tone it is 28 to 40 times, after the low tone alone 100,000 and more. Still larger, but the kernel is
 * made by the path and no constant of the architecture.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { row, rows } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  common,
  defineExperiment,
  grid,
  orderClaim,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { kernelRates } from '../../kernels/index.js';
import { type LayerSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { asColumn, period } from '../support/arrays.js';
import { medianBand, passageTable } from '../support/order.js';

const parameters = z.object({
  points: common.points(64, 32),
  high: z.int().min(2).default(7).describe('frequency of the high tone, passes a turn; the low one makes one'),
  hidden: common.hidden([128, 128]),
  narrow: z
    .int()
    .min(1)
    .default(2)
    .describe('units of each hidden layer of networks that cannot express the high tone'),
  learningRate: common.learningRate(2e-3),
  firstSteps: z.int().min(1).default(10_000).describe('steps on one tone, before'),
  steps: common.steps(10_000),
  records: common.records(40),
  networks: common.networks(),
});

const starts = {
  fresh: 'fresh weights',
  high: 'the solution of the high tone',
  low: 'the solution of the low tone',
} as const;
type Start = keyof typeof starts;
const kinds = Object.keys(starts) as Start[];

export const pathNotExpressivity = defineExperiment({
  id: 'path-not-expressivity',
  title: 'The path decides, not what a network can express',
  source: [cite('notesRank', 'section 1'), cite('rahaman2019')].join('; '),
  statement:
    'A network that learns the low tone first can express the high one as well: started at the solution of the high tone, the same ' +
    'network stays there and learns the low tone after it. At fresh weights the gradient is far larger at the low frequency; at that ' +
    'solution the difference is ten thousand times smaller.',
  formula: '|∂⟨h, e_ω⟩ / ∂θ|^2 = e_ωᵀ K e_ω',
  parameters,
  presets: {
    quick: { points: 32, high: 5, hidden: [48, 48], learningRate: 3e-3, firstSteps: 2000, steps: 2000, records: 30 },
    paper: {},
  },
  seconds: { quick: 4, paper: 300 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const turn = period(0, 2 * Math.PI, p.points);
    const x = asColumn(turn);
    const tones = { low: [1], high: [p.high], both: [1, p.high] };
    const target = (wanted: keyof typeof tones) =>
      asColumn(turn.map((t) => tones[wanted].reduce((sum, k) => sum + Math.sin(k * t), 0)));
    const spectrum = (wanted: keyof typeof tones) =>
      ({
        type: 'spectrum',
        points: x,
        target: target(wanted),
        frequencies: tones[wanted].map((k) => k / (2 * Math.PI)),
      }) as const;
    const shared = { x, loss: 'mse', optimizer: { type: 'adam', learningRate: p.learningRate } } as const;
    const wide = onCircle(p.hidden);

    const first = await trainAll(context, {
      cells: grid({ tone: ['high', 'low', 'narrow'] as const, seed: seeds(p.networks) }),
      what: 'networks on one tone',
      run: ({ tone, seed }) => {
        const wanted = tone === 'low' ? 'low' : 'high';
        return {
          seed,
          spec: tone === 'narrow' ? onCircle(p.hidden.map(() => p.narrow)) : wide,
          y: target(wanted),
          probes: { error: spectrum(wanted) },
        };
      },
      shared: { ...shared, steps: p.firstSteps, record: { at: [] } },
      keep: 'parameters',
    });
    const solved = first.map(({ tone, probes }) => ({
      tone,
      error: probes.error.relativeError.data.at(-1) ?? Number.NaN,
    }));
    const after = (start: Start, seed: number) =>
      first.find(({ tone, seed: own }) => tone === start && own === seed)?.parameters;

    const trained = await trainAll(context, {
      cells: grid({ start: kinds, seed: seeds(p.networks) }),
      what: 'networks on both tones',
      run: ({ start, seed }) => {
        const weights = after(start, seed);
        return { seed, ...(weights && { parameters: weights }) };
      },
      shared: {
        ...shared,
        spec: wide,
        y: target('both'),
        steps: p.steps,
        record: { log: p.records },
        probes: { error: spectrum('both'), kernel: { type: 'ntk', points: x }, output: { type: 'outputs', points: x } },
      },
    });
    const places = asColumn(period(0, 1, p.points));
    const fits = trained.map(({ start, steps, probes }) => ({
      start,
      steps,
      error: probes.error.relativeError,
      /** Squared gradient at the low frequency over that at the high one, by record. */
      ratio: rows(probes.kernel.values).map((data) => {
        const { data: rates } = kernelRates({ data, shape: [p.points, p.points] }, places, [1, p.high]);
        return (rates[0] ?? Number.NaN) / (rates[1] ?? Number.NaN);
      }),
      output: probes.output.values,
    }));
    return { turn, y: target('both').data, solved, fits };
  },

  present({ turn, y, solved, fits }, p) {
    const of = (start: Start) => fits.filter((fit) => fit.start === start);
    const errors = (tone: string) => solved.filter((network) => network.tone === tone).map(({ error }) => error);
    const highFirst = (start: Start) =>
      of(start).map(({ steps, error }) => ({
        steps,
        error: { data: Float64Array.from(error.data, (_, i) => error.data[i ^ 1] ?? Number.NaN), shape: error.shape },
      }));
    const atStart = (start: Start) => of(start).map(({ ratio }) => ratio[0] ?? Number.NaN);
    return {
      metrics: {
        ...Object.fromEntries(kinds.map((start) => [`gradient_ratio_${start}`, spread(atStart(start)).median])),
        error_alone: spread(errors('high')).median,
      },
      tables: [
        passageTable(fits, {
          columns: { start: ({ start }) => starts[start] },
          component: ['tone', () => ['low', 'high']],
        }),
      ],
      claims: [
        atMost(0.05, {
          id: 'can-express',
          statement: `After ${p.firstSteps} steps on the high tone alone its relative error is at most 0.05, in every one of ${p.networks} networks.`,
          source: cite('notesRank', 'section 1 and 4: no limit of what can be expressed'),
          measured: errors('high'),
          control: {
            id: 'narrow',
            statement: `networks of ${p.narrow} units a layer, which cannot express it`,
            measured: errors('narrow'),
          },
        }),
        orderClaim({
          id: 'stays',
          statement:
            'Started at the solution of the high tone, the network stays there: of both tones the high one is settled first and the low one later.',
          source: cite('notesRank', 'section 1: the path of the optimisation'),
          networks: highFirst('high'),
          labels: ['high', 'low'],
          control: [
            { id: 'fresh', statement: 'the same networks from fresh weights', networks: highFirst('fresh') },
            {
              id: 'low',
              statement: 'the same networks from the solution of the low tone',
              networks: highFirst('low'),
            },
          ],
        }),
        atLeast(1000, {
          id: 'gradients',
          statement:
            'At fresh weights the squared gradient for a unit error at the low frequency is at least a thousand times that at the high one.',
          source: cite('notesRank', 'section 1: at low frequencies gradients are large'),
          measured: atStart('fresh'),
          control: { id: 'solution', statement: 'at the solution of the high tone', measured: atStart('high') },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'errors',
          title: `Relative error of both tones of sin t + sin ${p.high}t, from three starts`,
          caption: `Median, smallest and largest of ${p.networks} networks each.`,
          columns: 3,
          panels: kinds.map((start) => ({
            title: starts[start],
            x: { title: 'step', log: true },
            y: { title: 'relative error', log: true, domain: [1e-4, 3] },
            width: 240,
            lines: ['low', 'high'].map((name, k) =>
              medianBand(
                name,
                (of(start)[0]?.steps ?? []).map((step) => step + 1),
                of(start).map(({ error }) => rows(error).map((values) => values[k] ?? Number.NaN)),
              ),
            ),
          })),
        }),
        lineFigure({
          id: 'gradients',
          title: 'Gradient at the low over that at the high frequency',
          caption: `Ratio of e^T K e for unit waves of 1 and ${p.high} passes a turn, K the tangent kernel; median and extremes of ${p.networks} networks.`,
          x: { title: 'step', log: true },
          y: { title: 'ratio of squared gradients', log: true },
          lines: kinds.map((start) =>
            medianBand(
              starts[start],
              (of(start)[0]?.steps ?? []).map((step) => step + 1),
              of(start).map(({ ratio }) => ratio),
            ),
          ),
          levels: [{ value: 1, name: 'equal' }],
        }),
        lineFigure({
          id: 'outputs',
          title: 'What the networks are at the start, and the target',
          caption: 'First network of each start.',
          x: { title: 't' },
          y: { title: 'h(t)' },
          lines: [
            { name: 'target', x: turn, y },
            ...kinds.flatMap((start) =>
              of(start)
                .slice(0, 1)
                .map(({ output }) => ({ name: starts[start], x: turn, y: row(output, 0) })),
            ),
          ],
        }),
      ],
    };
  },
});

/** A tanh network of an angle, which it sees as a point of the circle. */
function onCircle(hidden: readonly number[]): NetworkSpec {
  const { layers } = mlp({ input: 2, hidden: [...hidden], output: 1, activation: 'tanh' });
  const circle: LayerSpec = { type: 'fourierFeatures', frequencies: [[1 / (2 * Math.PI)]], amplitudes: [1] };
  return { input: 1, layers: [circle, ...layers] };
}
