/**
 * The frequency principle over widths, depths, activations, initialisations and losses, in one table: where it holds and where it does
 * not (Xu, book: section 1.3 says that experiments of many kinds confirm it, the end of 1.5.5 that structure, activation and loss do not matter).
 *
 * A sum of three sines of equal amplitude, on one period, is learnt in some thirty settings. Each differs in one thing from three layers of
 * `hidden` tanh units under the mean squared error. What is measured is the lead of the lowest frequency: the decades of steps between its passage and that of
 * the highest (the end of the training where that is never learnt, so that the lead is at least what is said; none where the lowest is not). A
 * factor of two, 0.3 decades, counts as ahead.
 *
 * It does matter. Three families of settings are exceptions, and the controls of the rest, each of which changes one thing: weights and biases
 * `large` times the usual ones (networks of one layer keep 0.2 to 0.8 decades from there, sigmoids, whose slope of a quarter makes the usual
 * weights small ones, all of them, and those of four units learn next to nothing); Ricker's activation of small a, whose spectrum rises beyond the target's frequencies; and, in
 * degree, the target's gradient in the loss, which weighs a frequency by its square: 0 to 0.7 decades are left of 0.9 to 1.4. Activations without bounds are not among
 * the large: with these weights their outputs start some hundred times as large, and nothing is learnt in these steps.
 * On 3 of 20 fresh seeds a network or two of five of the widest had no lead of the lowest (the others 0.9 decades and more), and on two one ratio of
 * leads with the gradient was 0.80 or 0.83: both are claimed of the median network.
 * (With two layers and weights five times the usual ReLU kept the order, 0.3 to 0.9 decades.)
 *
 * The rate falls along a cosine, and Adam forgets squares sooner than usual (beta2 0.99): else late spikes lift the error of the lowest frequency
 * again, and its settled passage with it.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import {
  atLeast,
  atMost,
  common,
  defineExperiment,
  passagesOf,
  periodicGrid,
  sample,
  spread,
  sumOfSines,
  trainAll,
} from '../../experiment/index.js';
import { sinesName } from '../../experiment/signals.js';
import { categories, lineFigure } from '../../figures/index.js';
import { type ActivationSpec, createModel, type LossSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { keysOf } from '../support/arrays.js';
import { denseLayers } from '../support/layers.js';

const parameters = z.object({
  points: common.points(201, 16),
  frequencies: z
    .array(z.int().min(1).max(200))
    .min(2)
    .default([1, 3, 5])
    .describe('sines of the target, equal amplitudes'),
  hidden: common.hidden([128, 128, 128]),
  widths: z
    .array(z.int().min(1))
    .min(2)
    .default([4, 16, 64, 512])
    .describe('units of each hidden layer, ascending, beside those of `hidden`'),
  few: z
    .int()
    .min(1)
    .default(16)
    .describe('units of a network of one layer, with fewer parameters than there are samples'),
  depths: z.array(z.int().min(1).max(20)).min(1).default([1, 2, 4, 6]).describe('hidden layers, beside `hidden`'),
  scales: z.array(z.number().positive()).default([0.1, 0.3]).describe('of usual weights, beside 1 and the named rules'),
  large: z.number().gt(1).default(8).describe('by which large weights exceed the usual ones, 1/sqrt(fan_in)'),
  narrow: z.number().positive().default(0.2).describe('a of the Ricker activation whose spectrum rises, beside 1'),
  learningRate: common.learningRate(5e-4, 'Adam, full batch, falling to zero along a cosine'),
  steps: common.steps(20_000),
  records: common.records(120),
  networks: common.networks(),
  level: common.level(),
  ahead: z.number().positive().default(0.3).describe('decades of steps by which a frequency is ahead'),
});

/** What sets a family of settings apart, the usual ones first. */
const families = {
  usual: 'usual',
  large: 'large weights',
  wide: 'Ricker, a = 1',
  narrow: 'Ricker, small a',
  gradient: 'gradient in the loss',
} as const;
type Family = keyof typeof families;

const axes = ['base', 'width', 'depth', 'activation', 'loss', 'initialisation'] as const;
/** One network and loss, as far as it is data. */
interface Setting {
  /** Deep and wide enough for large weights to matter. */
  deep: boolean;
  axis: (typeof axes)[number];
  name: string;
  hidden: number[];
  activation: ActivationSpec;
  loss: LossSpec;
  /** Weights in units of 1/sqrt(fan_in), or a rule by its name. */
  init: number | 'glorot' | 'he' | 'lecun' | 'pytorch';
}

const bounded = ['sigmoid', 'erf', 'sin', 'gaussian', 'hat'] as const;
const unbounded = ['relu', 'elu', 'gelu', 'silu', 'softplus'] as const;
const losses: Record<string, LossSpec> = {
  'absolute error': 'mae',
  Huber: { type: 'huber', delta: 0.5 },
  'power 1.5': { type: 'expression', loss: 'abs(h - y)^1.5' },
  'power 4': { type: 'expression', loss: '(h - y)^4' },
  'ln cosh': { type: 'expression', loss: 'ln((exp(h - y) + exp(y - h)) / 2)' },
};

export const manySettings = defineExperiment({
  id: 'many-settings',
  title: 'Low frequencies first, in which settings and in which not',
  source: [cite('xuBook', 'section 1.3 and the end of 1.5.5'), cite('notesSlides', 'the phenomenon')].join('; '),
  statement:
    'For widths, depths, activations, initialisations and losses of many kinds, with fewer parameters than samples and with many more, the ' +
    'lowest frequency is learnt in half the steps of the highest or less. Not so from large weights, with an activation whose spectrum ' +
    'rises over the frequencies of the target, and less so with its gradient in the loss: against the source, these matter.',
  formula: 'lead = log10(steps to the highest frequency / steps to the lowest)',
  parameters,
  presets: {
    quick: {
      points: 64,
      hidden: [32, 32, 32],
      widths: [4, 16, 64],
      depths: [1, 2, 4],
      learningRate: 2.5e-3,
      steps: 2000,
      records: 80,
    },
    paper: {},
  },
  seconds: { quick: 11, paper: 2400 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const y = sumOfSines(x, p.frequencies);
    const slopes = sample(x, (v) => p.frequencies.reduce((sum, k) => sum + k * Math.cos(k * v), 0));
    const settings = settingsOf(p).map((one) => ({ ...one, ...networkOf(one) }));
    const trained = await trainAll(context, {
      // Other networks in every setting: with the same ones, an unusual first layer counts in each (of 20 networks one kept 0.7 decades).
      cells: settings.flatMap((setting) => seeds(p.networks, setting.name).map((seed) => ({ setting, seed }))),
      name: ({ setting }) => `${setting.name}, ${families[setting.family]}`,
      run: ({ setting, seed }) => ({
        seed,
        spec: setting.spec,
        loss: setting.family === 'gradient' ? { type: 'sobolev', gradients: slopes } : setting.loss,
      }),
      shared: {
        x,
        y,
        optimizer: {
          type: 'adam',
          learningRate: p.learningRate,
          beta2: 0.99,
          schedule: { type: 'cosine', steps: p.steps },
        },
        steps: p.steps,
        record: { log: p.records },
        probes: {
          error: { type: 'spectrum', points: x, target: y, frequencies: p.frequencies.map((k) => k / (2 * Math.PI)) },
        },
      },
    });
    return {
      fits: trained.map(({ setting: { axis, name, family, size, deep }, steps, probes }) => {
        const at = passagesOf({ steps, error: probes.error.relativeError }, { level: p.level });
        return { axis, name, family, size, deep, lowest: at[0] ?? null, highest: at.at(-1) ?? null };
      }),
    };
  },

  present({ fits }, p) {
    type Fit = (typeof fits)[number];
    const leadOf = ({ lowest, highest }: Fit): number | null =>
      lowest === null ? null : Math.log10(Math.max(1, highest ?? p.steps) / Math.max(1, lowest));
    /** For every setting of a family what it is and its networks. */
    const rowsOf = (family: Family, keep: (fit: Fit) => boolean = () => true) => {
      const own = fits.filter((fit) => fit.family === family);
      return Array.from({ length: own.length / p.networks }, (_, i) => own.slice(i * p.networks, (i + 1) * p.networks))
        .filter(([first]) => first && keep(first))
        .map((networks) => ({ networks, leads: networks.map(leadOf) }));
    };
    type Rows = ReturnType<typeof rowsOf>;
    const each = <T>(rows: Rows, read: (leads: (number | null)[]) => T): T[] =>
      Array.from({ length: p.networks }, (_, i) => read(rows.map(({ leads }) => leads[i] ?? null)));
    /** Of every network the share of settings in which the lowest frequency is ahead. */
    const share = (rows: Rows) => each(rows, (leads) => leads.filter((v) => (v ?? 0) >= p.ahead).length / leads.length);
    /** Of every network the median lead over settings; one that learns nothing has none, and counts as no lead. */
    const middle = (rows: Rows) => each(rows, (leads) => spread(leads.map((v) => v ?? 0)).median);
    const over = (a: number[], b: number[]) => a.map((v, i) => v / (b[i] ?? Number.NaN));
    const among = (family: Family) => {
      const names = new Set(rowsOf(family).map(({ networks }) => networks[0]?.name));
      return (fit: Fit) => names.has(fit.name);
    };
    const deep = (fit: Fit) => fit.deep;
    const usual = rowsOf('usual');
    const rows = keysOf(families).flatMap((family) => rowsOf(family));
    const order = [...new Set(fits.map(({ name }) => name))].reverse();
    const stepOf = (networks: Fit[], which: 'lowest' | 'highest'): number | null => {
      const { median } = spread(networks.map((fit) => fit[which] ?? Number.POSITIVE_INFINITY));
      return Number.isFinite(median) ? median : null;
    };
    const leadsOf = (list: Rows) => each(list, (leads) => leads);
    /** Of every setting that of its median network; one that learns nothing counts as no lead. */
    const typical = (list: Rows) => list.map(({ leads }) => spread(leads.map((v) => v ?? 0)).median);
    const every = `in every one of ${p.networks} networks`;
    const large = { id: 'large', statement: `the same settings from weights ${p.large} times as large` };
    const ends = (fit: Fit) => fit.name === `one layer of ${p.few}` || fit.name === `${p.widths.at(-1)} units`;
    const base = (fit: Fit) => fit.axis === 'base';
    const exception = (family: 'large' | 'narrow', id: string, statement: string, source: string, control: Family) => {
      const keep = family === 'large' ? deep : among(family);
      return atMost(0.5, {
        id,
        statement: `${statement}: the median lead over ${rowsOf(family, keep).length} settings is at most 0.5 decades, ${every}.`,
        source,
        measured: middle(rowsOf(family, keep)),
        unit: 'decades',
        control: {
          id: control,
          statement: `the same settings, ${families[control]}`,
          measured: middle(rowsOf(control, (fit) => keep(fit) && among(family)(fit))),
        },
      });
    };
    return {
      metrics: Object.fromEntries(
        keysOf(families).flatMap((family) => [
          [`share_${family}`, spread(share(rowsOf(family))).median],
          [`lead_${family}`, spread(middle(rowsOf(family))).median],
        ]),
      ),
      tables: [
        {
          id: 'settings',
          title: `Steps to the lowest and the highest frequency of ${sinesName(p.frequencies)} (median), lead in decades, and of how many networks it is ${p.ahead} or more`,
          columns: {
            'differs in': rows.map(({ networks }) => networks[0]?.axis ?? ''),
            setting: rows.map(({ networks }) => networks[0]?.name ?? ''),
            family: rows.map(({ networks }) => families[networks[0]?.family ?? 'usual']),
            parameters: rows.map(({ networks }) => networks[0]?.size ?? null),
            lowest: rows.map(({ networks }) => stepOf(networks, 'lowest')),
            highest: rows.map(({ networks }) => stepOf(networks, 'highest')),
            lead: rows.map(({ leads }) => (leads.includes(null) ? null : spread(leads).median)),
            ahead: rows.map(({ leads }) => leads.filter((v) => (v ?? 0) >= p.ahead).length),
          },
        },
      ],
      claims: [
        atLeast(0.9, {
          id: 'holds',
          statement: `In at least 0.9 of ${usual.length} settings the lowest frequency is learnt ${p.ahead} decades of steps before the highest, or more, ${every}.`,
          source: cite('xuBook', 'section 1.3 and the end of 1.5.5'),
          measured: share(usual),
          control: [
            {
              ...large,
              statement: `settings with weights ${p.large} times as large`,
              measured: share(rowsOf('large')),
            },
            {
              id: 'ricker',
              statement: `settings with Ricker's activation of a = ${p.narrow}`,
              measured: share(rowsOf('narrow')),
            },
          ],
        }),
        atLeast(p.ahead, {
          id: 'parameters',
          statement: `It is so in networks of one layer of ${p.few} units and of ${p.hidden.length} layers of ${p.widths.at(-1)} (${usual
            .filter(({ networks: [first] }) => first && ends(first))
            .map(({ networks }) => networks[0]?.size)
            .join(' and ')} parameters for ${p.points} samples); the median of ${p.networks} networks.`,
          source: cite('notesSlides', 'however over-parameterised'),
          measured: typical(rowsOf('usual', ends)),
          labels: [`one layer of ${p.few}`, `${p.widths.at(-1)} units`],
          unit: 'decades',
          control: { ...large, measured: typical(rowsOf('large', ends)) },
        }),
        atLeast(p.ahead, {
          id: 'initialisation',
          statement: `It is so with each of the usual rules of initialisation, and with small weights, ${every}.`,
          source: cite('xuBook', 'section 1.3: initialisations'),
          measured: leadsOf(rowsOf('usual', ({ axis }) => axis === 'initialisation')),
          unit: 'decades',
          control: {
            id: 'large',
            statement: `weights ${p.large} times the usual (median lead over the settings of the next claim)`,
            measured: middle(rowsOf('large', deep)),
          },
        }),
        exception(
          'large',
          'large',
          `Not from weights ${p.large} times as large, in networks of ${p.hidden.length} layers and ${Math.min(...p.hidden)} units or more, sigmoids apart`,
          cite('fprinciple', 'measured, where the source names initialisations among what does not matter'),
          'usual',
        ),
        exception(
          'narrow',
          'ricker',
          `Not with Ricker's activation of a = ${p.narrow}`,
          [
            cite('notesSlides', 'regularity of the activation'),
            cite('xuBook', 'the end of 1.5.5, which says otherwise'),
          ].join('; '),
          'wide',
        ),
        atMost(0.8, {
          id: 'gradient',
          statement: `With the target's gradient in the loss a fifth of the lead and more is lost (ratio of median leads over ${rowsOf('gradient').length} settings; the median of ${p.networks} networks).`,
          source: [
            cite('notesSlides', 'frequency weights of the loss'),
            cite('xuBook', 'the end of 1.5.5, which says otherwise'),
          ].join('; '),
          measured: spread(over(middle(rowsOf('gradient')), middle(rowsOf('usual', among('gradient'))))).median,
          control: {
            id: 'absolute',
            statement: 'the absolute error instead of its square, without a gradient',
            measured: spread(
              over(middle(rowsOf('usual', ({ name }) => name === 'absolute error')), middle(rowsOf('usual', base))),
            ).median,
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'leads',
          title: 'Lead of the lowest frequency, setting by setting',
          caption: `Decades of steps between the passages of the lowest and the highest frequency of ${sinesName(p.frequencies)}; a dot is a network. Right of ${p.ahead} the lowest is ahead. Networks that never learn the lowest have no dot; where the highest is never learnt the dot is a lower bound.`,
          height: 15 * order.length,
          width: 420,
          x: { title: 'lead (decades of steps)', domain: [-1.5, 3] },
          y: { title: '', values: order.map((_, i) => i), labels: order, domain: [-0.7, order.length - 0.3] },
          lines: keysOf(families).map((family, f) => {
            const own = fits.filter((fit) => fit.family === family && leadOf(fit) !== null);
            return {
              name: families[family],
              x: own.map((fit) => Math.min(3, Math.max(-1.5, leadOf(fit) ?? 0))),
              y: own.map((fit) => order.indexOf(fit.name) + 0.3 - 0.15 * f),
              mark: 'points' as const,
              color: categories[f] ?? '#000000',
            };
          }),
        }),
      ],
    };
  },
});

/** Every setting with its family: those that differ from the base in one thing, and of the exceptions a selection. */
function settingsOf(p: z.infer<typeof parameters>): (Setting & { family: Family })[] {
  const width = Math.max(...p.hidden);
  const base: Setting = {
    ...{ axis: 'base', name: `${p.hidden.length} layers of ${width} tanh`, hidden: p.hidden },
    ...{ activation: { fn: 'tanh' }, loss: 'mse', init: 1, deep: true },
  };
  const settings: Setting[] = [
    base,
    { ...base, axis: 'width', name: `one layer of ${p.few}`, hidden: [p.few] },
    ...p.widths.map((units) => ({
      ...base,
      axis: 'width' as const,
      name: `${units} units`,
      hidden: p.hidden.map(() => units),
    })),
    ...p.depths.map((depth) => ({
      ...base,
      axis: 'depth' as const,
      name: `${depth} ${depth === 1 ? 'layer' : 'layers'}`,
      hidden: Array.from({ length: depth }, () => width),
    })),
    ...[...bounded, ...unbounded].map((fn) => ({ ...base, axis: 'activation' as const, name: fn, activation: { fn } })),
    ...Object.entries(losses).map(([name, loss]) => ({ ...base, axis: 'loss' as const, name, loss })),
    ...(['glorot', 'he', 'lecun', 'pytorch'] as const).map((init) => ({
      ...base,
      axis: 'initialisation' as const,
      name: init,
      init,
    })),
    ...p.scales.map((init) => ({ ...base, axis: 'initialisation' as const, name: `${init} of usual`, init })),
  ];
  const group = (family: Family, keep: (one: Setting) => boolean, change: Partial<Setting>) =>
    settings.filter(keep).map((one) => ({ ...one, ...change, family }));
  const plain = ({ axis, hidden }: Setting) =>
    axis === 'base' || (axis === 'width' && Math.max(...hidden) > width) || (axis === 'depth' && hidden.length > 1);
  const isUnbounded = ({ activation: { fn } }: Setting) => (unbounded as readonly string[]).includes(fn);
  return [
    ...group('usual', () => true, {}),
    ...group('large', (one) => one.axis !== 'initialisation' && !isUnbounded(one), { init: p.large }),
    ...group('wide', plain, { activation: { fn: 'ricker', a: 1 } }),
    ...group('narrow', plain, { activation: { fn: 'ricker', a: p.narrow } }),
    ...group('gradient', plain, {}),
  ].map((one) => ({
    ...one,
    deep: one.hidden.length >= p.hidden.length && Math.min(...one.hidden) >= width && one.name !== 'sigmoid',
  }));
}

/** The network of a setting, and how many parameters it has. */
function networkOf({ hidden, activation, init }: Setting): { spec: NetworkSpec; size: number } {
  const spec =
    typeof init === 'number'
      ? { input: 1, layers: denseLayers({ input: 1, widths: hidden, activation, scale: init }) }
      : mlp({ input: 1, hidden, output: 1, activation, init });
  const arrays = Object.values(createModel(spec, { seed: 0 }).parameters());
  return { spec, size: arrays.reduce((sum, { data }) => sum + data.length, 0) };
}
