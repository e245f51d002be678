/**
 * The lead of the low frequencies under Muon, SOAP and Gauss-Newton, beside Adam and gradient descent, all tuned alike.
 *
 * Muon (Jordan et al. 2024) makes the momentum of every hidden matrix orthogonal, so that all its singular directions move by the
 * same. In deep linear networks this ends the order in which gradient descent learns them (Dragutinović and Ranganath 2026), and
 * so one may expect it to end the order of frequencies too. It does not, here: frequencies are no singular directions of one
 * matrix. Under Muon the lead, the step of the highest frequency over that of the middle one, is three to four, as under
 * Adam and under Muon without its orthogonalisation (the same momentum divided by its norm); under gradient descent it is ten and
 * more. What ends it is Gauss-Newton, which inverts the tangent kernel (Zhang, Martens and Grosse 2019): along an eigenvector of eigenvalue
 * lambda the residual shrinks by rate lambda / (lambda + damping) a step, by the same for all frequencies where the damping is small.
 * With a damping as large as the mean eigenvalue, and nothing else
 * changed, as much of the highest is missing when the lowest is learnt as under gradient descent (0.9).
 *
 * SOAP (Vyas et al. 2024) is Adam in the eigenbasis of Shampoo's preconditioner (Gupta, Koren and Singer 2018). It learns all frequencies in
 * fewer steps than any other first-order method here (100 where Adam takes 270), and in the same order: its lead is about three, as without the rotation (Adam
 * with the same means). For a single gradient its direction is Muon's. Shampoo itself, which lacks Adam's second moment, is left out.
 *
 * The rate of each method is the one of its list at which all frequencies have been learnt soonest, by the median over networks that
 * are not reported; a rate at which one of them diverges is out. Gauss-Newton's are small: it is its flow that the sources speak of, and steps of a
 * twentieth of the way throw some networks of 30 neurons about. A passage is the first, since Adam shakes what is learnt. Muon trains the
 * matrix between the hidden layers, all else goes by AdamW, nothing decays; SOAP the same matrix, all else Adam. All claims held on
 * seeds 801 and 802.
 *
 * Single passages among oscillations are sharp: on the tuning seed 0 SOAP's lead with and without the rotation differed by more than a factor of
 * two in a network, so that medians are claimed; and of gradient descent, the control of Muon's claim, two networks of five are within it.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { column } from '../../core/reading.js';
import {
  atLeast,
  atMost,
  common,
  defineExperiment,
  type ErrorHistory,
  grid,
  leftWhenLearnt,
  orderClaim,
  passagesOf,
  periodicGrid,
  type RunContext,
  spread,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { mlp, type OptimizerSpec, trainMany } from '../../nets/index.js';
import { asColumn, entry, keysOf } from '../support/arrays.js';
import { reversedFeatures, reversedStatement } from '../support/curve.js';
import { gaussNewton } from '../support/gauss-newton.js';
import { medianPassage, passageTable } from '../support/order.js';
import { soap } from '../support/soap.js';

const method = (steps: number, rates: number[], what: string) =>
  z
    .object({
      steps: z.int().min(1).default(steps).describe('steps'),
      rates: z.array(z.number().positive()).min(1).default(rates).describe('learning rates to choose from, ascending'),
    })
    .prefault({})
    .describe(what);

const parameters = z.object({
  points: common.points(64, 16),
  frequencies: z.array(z.int().min(1).max(30)).length(3).default([1, 3, 5]).describe('sines of the target, ascending'),
  growth: z.number().min(1).default(2).describe('amplitude over that of the frequency before, where amplitudes rise'),
  hidden: common.hidden([30, 30]),
  gd: method(40_000, [0.01, 0.03, 0.1, 0.3], 'gradient descent'),
  adam: method(10_000, [1e-3, 2e-3, 5e-3, 1e-2, 2e-2], 'Adam'),
  muon: method(10_000, [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 4e-2], 'Muon'),
  divided: method(10_000, [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 4e-2], 'Muon without its orthogonalisation'),
  soap: method(1000, [5e-3, 1e-2, 2e-2, 4e-2, 8e-2, 0.16], 'SOAP'),
  unrotated: method(1000, [5e-3, 1e-2, 2e-2, 4e-2, 8e-2], 'SOAP without its rotation'),
  newton: method(400, [0.005, 0.01, 0.02], 'Gauss-Newton'),
  damping: z.number().positive().default(1e-4).describe("of Gauss-Newton, in units of the kernel's mean eigenvalue"),
  heavy: z.number().positive().default(1).describe('the same, of its control'),
  records: common.records(400),
  tuning: z.int().min(1).max(100).default(5).describe('networks that choose the rates, and are not reported'),
  networks: common.networks(),
  level: common.level(),
});
type Parameters = z.output<typeof parameters>;

const names = {
  gd: 'gradient descent',
  adam: 'Adam',
  muon: 'Muon',
  divided: 'Muon, only divided by the norm',
} as const;
type Name = keyof typeof names;
const nameList = Object.keys(names) as Name[];

const soapNames = { soap: 'SOAP', unrotated: 'SOAP, not rotated' } as const;

function optimizerOf(name: Name, learningRate: number, [rows = 1, columns = 1]: readonly number[]): OptimizerSpec {
  if (name === 'gd') return { type: 'sgd', learningRate };
  if (name === 'adam') return { type: 'adam', learningRate };
  const muon = { type: 'muon', learningRate, weightDecay: 0, adamw: { weightDecay: 0 } } as const;
  if (name === 'muon') return muon;
  // U / |U| times the norm that an orthogonal matrix has: as long a step, of the same direction as the momentum.
  const size = Math.sqrt(Math.min(rows, columns));
  return { ...muon, nsSteps: 1, nsCoefficients: [size, 0, 0] };
}

/** What a cell trains on: equal amplitudes or rising ones, x itself or reversed features. */
interface Cell {
  rising: boolean;
  turned: boolean;
  rate: number;
  seed: number;
}

function taskOf({ rising, turned }: Pick<Cell, 'rising' | 'turned'>, p: Parameters) {
  const x = periodicGrid(p.points);
  const y = asColumn(
    Array.from(x.data, (t) =>
      p.frequencies.reduce((sum, k, i) => sum + (rising ? p.growth ** i : 1) * Math.sin(k * t), 0),
    ),
  );
  const waves = reversedFeatures(p.frequencies);
  const plain = mlp({ input: turned ? waves.size : 1, hidden: p.hidden, output: 1, activation: 'tanh' });
  return { x, y, spec: turned ? { input: 1, layers: [...waves.layers, ...plain.layers] } : plain };
}

type Fit = Cell & ErrorHistory & { method: string; diverged: boolean };

/** Trainings by a first-order optimiser; a rate may be too large for one. */
async function train(context: RunContext<Parameters>, name: Name, cells: readonly Cell[]): Promise<Fit[]> {
  const { parameters: p, signal, training } = context;
  const { steps } = p[name];
  const runs = cells.map((cell) => {
    const { x, y, spec } = taskOf(cell, p);
    const frequencies = p.frequencies.map((k) => k / (2 * Math.PI));
    return {
      ...{ seed: cell.seed, x, y, spec, optimizer: optimizerOf(name, cell.rate, p.hidden) },
      probes: { error: { type: 'spectrum', points: x, target: y, frequencies } as const },
    };
  });
  const onProgress = training(`training ${cells.length} networks by ${names[name]}`, steps * cells.length);
  const trained = await trainMany(runs, { loss: 'mse', steps, record: { log: p.records }, signal, onProgress });
  return trained.map(({ history: { steps: at, probes, stopReason } }, i) => ({
    ...(cells[i] as Cell),
    ...{ method: name, steps: [...at], error: probes.error.relativeError, diverged: stopReason === 'diverged' },
  }));
}

/** The same by Gauss-Newton, which records every step. */
async function newton(context: RunContext<Parameters>, damping: number, cells: readonly Cell[]): Promise<Fit[]> {
  const { parameters: p, signal, training } = context;
  const total = p.newton.steps * cells.length;
  const onProgress = training(`training ${cells.length} networks by Gauss-Newton`, total);
  const fits: Fit[] = [];
  for (const cell of cells) {
    const { x, y, spec } = taskOf(cell, p);
    const { seed, rate } = cell;
    const outputs = await gaussNewton({ spec, seed, x, y, rate, damping, steps: p.newton.steps, signal });
    const data = outputs.flatMap((h) => p.frequencies.map((k) => missing(x.data, h, y.data, k)));
    const error = { data: Float64Array.from(data), shape: [outputs.length, p.frequencies.length] };
    const method = damping === p.heavy ? 'heavy' : 'newton';
    fits.push({ ...cell, method, steps: [...outputs.keys()], error, diverged: false });
    onProgress({ done: fits.length * p.newton.steps, total });
  }
  return fits;
}

/** The same by SOAP; recorded steps are evenly spaced in their logarithm. */
async function byEigenbasis(
  context: RunContext<Parameters>,
  name: 'soap' | 'unrotated',
  cells: readonly Cell[],
): Promise<Fit[]> {
  const { parameters: p, signal, training } = context;
  const { steps } = p[name];
  const total = steps * cells.length;
  const onProgress = training(`training ${cells.length} networks by ${soapNames[name]}`, total);
  const records = [
    ...new Set([0, ...Array.from({ length: p.records }, (_, i) => Math.round(steps ** (i / (p.records - 1))))]),
  ];
  const frequencies = p.frequencies.map((k) => k / (2 * Math.PI));
  const fits: Fit[] = [];
  for (const turned of [false, true]) {
    const own = cells.filter((cell) => cell.turned === turned);
    if (own.length === 0) continue;
    const task = taskOf({ rising: false, turned }, p);
    const onStep = (done: number) => onProgress({ done: fits.length * steps + done * own.length, total });
    const errors = await soap({
      ...task,
      networks: own,
      steps,
      records,
      frequencies,
      rotated: name === 'soap',
      signal,
      onStep,
    });
    fits.push(
      ...errors.map((error, i) => ({ ...entry(own, i), method: name, steps: records, error, diverged: false })),
    );
  }
  return fits;
}

/** The relative error of h against y at frequency k (cycles per 2 pi). */
function missing(x: ArrayLike<number>, h: ArrayLike<number>, y: ArrayLike<number>, k: number): number {
  const size = (value: (i: number) => number) => {
    const sum = (wave: (t: number) => number) =>
      Array.from(x, (t, i) => value(i) * wave(k * t)).reduce((a, b) => a + b, 0);
    return Math.hypot(sum(Math.cos), sum(Math.sin));
  };
  return size((i) => entry(h, i) - entry(y, i)) / size((i) => entry(y, i));
}

/** The rate at which all frequencies have been learnt soonest, by the median over the networks. */
function fastest(fits: readonly Fit[], p: Parameters): number {
  const soon = (rate: number) => {
    const own = fits.filter((fit) => fit.rate === rate);
    if (own.some(({ diverged }) => diverged)) return Number.POSITIVE_INFINITY;
    const last = own.map((fit) =>
      Math.max(...passagesOf(fit, { level: p.level, settled: false }).map((at) => at ?? Number.POSITIVE_INFINITY)),
    );
    return spread(last).median;
  };
  const rates = [...new Set(fits.map(({ rate }) => rate))];
  return rates.reduce((best, rate) => (soon(rate) < soon(best) ? rate : best));
}

const sources = [cite('jordan2024'), cite('dragutinovic2026')].join('; ');

export const matrixOptimizers = defineExperiment({
  id: 'matrix-optimizers',
  title: 'Muon and SOAP keep the low frequencies’ lead, Gauss-Newton takes it away',
  source: [sources, cite('gupta2018'), cite('vyas2024'), cite('zhang2019natural')].join('; '),
  statement:
    'With every method at the rate that suits it best, low frequencies come first under Muon and SOAP as they do under Adam and gradient ' +
    'descent. Their lead is shorter than gradient descent’s by as much as Adam’s is, and neither orthogonalisation nor the eigenbasis is the cause. Under Gauss-Newton with a small damping there is none.',
  formula: 'Δθ = −η Jᵀ (J Jᵀ + δ m I)⁻¹ (h − y)  beside  ΔW = −η p⁵(U/|U|),  p(σ) = aσ + bσ³ + cσ⁵',
  parameters,
  presets: {
    quick: {
      gd: { steps: 8000, rates: [0.03, 0.1, 0.3] },
      adam: { steps: 1500, rates: [5e-3, 1e-2, 2e-2] },
      muon: { steps: 1500, rates: [1e-2, 2e-2, 4e-2] },
      divided: { steps: 1500, rates: [1e-2, 2e-2, 4e-2] },
      soap: { steps: 300, rates: [2e-2, 4e-2, 8e-2] },
      unrotated: { steps: 300, rates: [1e-2, 2e-2, 4e-2] },
      newton: { steps: 120, rates: [0.01, 0.02] },
      records: 150,
      tuning: 3,
    },
    paper: {},
  },
  seconds: { quick: 18, paper: 600 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const tuning = seeds(p.tuning, 'tuning');
    const own = seeds(p.networks);
    const plain = { rising: [false], turned: [false] };
    const rates: Record<string, number> = {};
    const fits: Fit[] = [];
    for (const name of nameList) {
      const rate = fastest(await train(context, name, grid({ ...plain, rate: p[name].rates, seed: tuning })), p);
      rates[name] = rate;
      const rising = name === 'divided' ? [false] : [false, true];
      fits.push(...(await train(context, name, grid({ rising, turned: [false, true], rate: [rate], seed: own }))));
    }
    for (const name of keysOf(soapNames)) {
      const tuned = await byEigenbasis(context, name, grid({ ...plain, rate: p[name].rates, seed: tuning }));
      const rate = fastest(tuned, p);
      rates[name] = rate;
      const turned = name === 'soap' ? [false, true] : [false];
      fits.push(...(await byEigenbasis(context, name, grid({ rising: [false], turned, rate: [rate], seed: own }))));
    }
    const tried = await newton(context, p.damping, grid({ ...plain, rate: p.newton.rates, seed: tuning }));
    rates.newton = fastest(tried, p);
    for (const damping of [p.damping, p.heavy]) {
      fits.push(...(await newton(context, damping, grid({ ...plain, rate: [rates.newton], seed: own }))));
    }
    return {
      rates,
      fits: fits.map(({ method, rising, turned, steps, error }) => ({ method, rising, turned, steps, error })),
    };
  },

  present({ rates, fits }, p) {
    const passage = { level: p.level, settled: false };
    const labels = p.frequencies.map((k) => `k = ${k}`);
    const of = (name: string, { rising = false, turned = false } = {}) =>
      fits.filter((fit) => fit.method === name && fit.rising === rising && fit.turned === turned);
    const left = (list: typeof fits) => list.map((fit) => leftWhenLearnt(fit, { learnt: 0, left: 2, ...passage }));
    /** Step of the highest frequency over that of the middle one; a frequency that is never learnt takes all steps. */
    const lead = (name: string) =>
      of(name).map((fit) => {
        const last = fit.steps.at(-1) ?? Number.NaN;
        const [, middle, top] = passagesOf(fit, passage).map((at) => at ?? last);
        return (top ?? Number.NaN) / (middle ?? Number.NaN);
      });
    const apart = (name: string, from: string) =>
      lead(name).map((value, i) => Math.abs(Math.log2(value / entry(lead(from), i))));
    const mediansApart = (name: string, from: string) =>
      Math.abs(Math.log2(spread(lead(name)).median / spread(lead(from)).median));
    const each = `in every one of ${p.networks} networks`;
    const control = { id: 'reversed', statement: reversedStatement };
    const shown = [...nameList, ...keysOf(soapNames), 'newton', 'heavy'] as const;
    // What is damped learns neither of the two in its steps.
    const leading = shown.filter((name) => name !== 'heavy');
    const titles = { ...names, ...soapNames, newton: 'Gauss-Newton', heavy: `Gauss-Newton, damping ${p.heavy}` };
    const source = {
      gd: cite('xuBook', 'section 1.6'),
      adam: cite('xuBook', 'section 1.6'),
      muon: sources,
      soap: cite('vyas2024'),
    };
    const ordered = ['gd', 'adam', 'muon', 'soap'] as const;
    return {
      metrics: {
        ...Object.fromEntries(Object.entries(rates).map(([name, rate]) => [`rate_${name}`, rate])),
        ...Object.fromEntries(leading.map((name) => [`lead_${name}`, spread(lead(name)).median])),
        ...Object.fromEntries(
          shown.flatMap((name) =>
            p.frequencies.map((k, i) => [`passage_${name}_${k}`, medianPassage(of(name), i, passage)] as const),
          ),
        ),
      },
      tables: [
        passageTable(fits, {
          ...passage,
          columns: {
            method: ({ method }) => titles[method as keyof typeof titles],
            amplitudes: ({ rising }) => (rising ? 'rising' : 'equal'),
            input: ({ turned }) => (turned ? 'waves, the highest the strongest' : 'x'),
            network: (_, i) => (i % p.networks) + 1,
          },
          component: ['frequency', () => p.frequencies],
        }),
      ],
      claims: [
        ...ordered.flatMap((name) => [
          orderClaim({
            id: `order-${name}`,
            statement: `Under ${titles[name]} the relative error passes ${p.level} in the order of frequency, ${each}.`,
            source: source[name],
            networks: of(name),
            labels,
            ...passage,
            control: { ...control, networks: of(name, { turned: true }) },
          }),
          atLeast(0.7, {
            id: `missing-${name}`,
            statement: `Under ${titles[name]} 0.7 or more of the highest frequency is missing (relative error) when the lowest is learnt, ${each}.`,
            source: source[name],
            measured: left(of(name)),
            control: { ...control, measured: left(of(name, { turned: true })) },
          }),
        ]),
        orderClaim({
          id: 'not-amplitude',
          statement: `Under Muon the order is that of frequency, too, where each amplitude is ${p.growth} times that of the frequency before, ${each}.`,
          source: sources,
          networks: of('muon', { rising: true }),
          labels,
          ...passage,
          control: { ...control, networks: of('muon', { rising: true, turned: true }) },
        }),
        atMost(1, {
          id: 'not-orthogonalisation',
          statement: `Muon’s lead, the step of the highest frequency over that of the middle one, is within a factor of two of what it is where the momentum is divided by its norm and not made orthogonal, ${each}.`,
          source: sources,
          measured: apart('muon', 'divided'),
          unit: '|log2|',
          control: {
            id: 'descent',
            statement: 'the lead of gradient descent in the place of Muon’s',
            measured: apart('gd', 'divided'),
          },
        }),
        atMost(1, {
          id: 'not-rotation',
          statement: `SOAP’s lead is within a factor of two of what it is without the rotation into the eigenbasis (medians of ${p.networks} networks).`,
          source: cite('vyas2024'),
          measured: mediansApart('soap', 'unrotated'),
          unit: '|log2|',
          control: {
            id: 'descent',
            statement: 'the lead of gradient descent in the place of SOAP’s',
            measured: mediansApart('gd', 'unrotated'),
          },
        }),
        atMost(0.5, {
          id: 'newton-levels',
          statement: `Under Gauss-Newton with damping ${p.damping} half of the highest frequency or more is learnt when the lowest is, ${each}.`,
          source: cite('zhang2019natural'),
          measured: left(of('newton')),
          control: {
            id: 'damped',
            statement: `the same steps with damping ${p.heavy}`,
            measured: left(of('heavy')),
          },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'error-curves',
          title: 'Relative error by step, method by method',
          caption:
            'Relative error at each frequency of the target (first network of each method, equal amplitudes). Dashed: where a frequency counts as learnt.',
          panels: shown.map((name) => {
            const [fit] = of(name);
            return {
              title: titles[name],
              x: { title: 'step', log: true },
              y: { title: 'relative error', log: true, domain: [0.01, 2] as const },
              lines: labels.map((label, k) => ({
                name: label,
                x: fit?.steps ?? [],
                y: fit ? column(fit.error, k) : [],
              })),
              levels: [{ value: p.level, name: `level ${p.level}` }],
            };
          }),
        }),
      ],
    };
  },
});
