/**
 * Low first under eight optimisers (Xu, book, section 1.6; Ma, Xu and Zhang 2021).
 *
 * Sums of sines of equal amplitude, as in `sine-mixture`, fitted by eight methods. Four follow the gradient (gradient
 * descent, mini-batches, momentum, Adam), two build a model of the curvature and search along lines (L-BFGS, BFGS), two
 * never see a derivative (Powell's direction set, a particle swarm). So the order does not come from gradient descent: it
 * is one of the landscape, in which functions of low frequency lie near the start.
 *
 * The methods without derivatives evaluate the loss some twenty times a parameter and sweep, or once a particle and
 * generation, so they have a network and a target of their own: one hidden layer of 20 neurons, 61 parameters, and
 * sin x + sin 3x.
 *
 * Steps of different methods are not to be compared: one is an update of the weights, one a line search, one a sweep over
 * all directions, one a generation. A frequency counts as learnt at the first record with a relative error at or under the
 * level. First, not for good: at the rates at which plain gradient descent reaches the highest frequency in thousands of
 * steps, learning a higher one disturbs the lower ones for a while.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { column } from '../../core/reading.js';
import {
  atLeast,
  common,
  defineExperiment,
  grid,
  leftWhenLearnt,
  orderClaim,
  periodicGrid,
  sumOfSines,
  trainAll,
} from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { mlp, type OptimizerSpec } from '../../nets/index.js';
import { reversedFeatures, reversedStatement } from '../support/curve.js';
import { errorMapFigure } from '../support/error-map.js';
import { medianPassage, passageTable } from '../support/order.js';

/** What a method fits, and with which network. */
const task = (frequencies: number[], hidden: number[]) =>
  z
    .object({
      frequencies: z
        .array(z.int().min(1).max(200))
        .min(2)
        .default(frequencies)
        .describe('sines of the target, equal amplitudes'),
      hidden: z.array(z.int().min(1)).min(1).default(hidden).describe('widths of the hidden tanh layers'),
    })
    .prefault({});

const steps = (count: number) => z.int().min(1).default(count).describe('steps');
const rate = (value: number) => z.number().positive().default(value).describe('learning rate');

const parameters = z.object({
  points: z.int().min(16).max(10_000).default(64).describe('samples of one period'),
  gradient: task([1, 3, 5], [30, 30]).describe('for the methods that take derivatives'),
  free: task([1, 3], [20]).describe('for the methods that take none: some tens of parameters'),
  gd: z
    .object({ learningRate: rate(0.1), steps: steps(40_000) })
    .prefault({})
    .describe('gradient descent'),
  sgd: z
    .object({
      learningRate: rate(0.05),
      steps: steps(40_000),
      batchSize: z.int().min(1).default(16).describe('samples a step'),
    })
    .prefault({})
    .describe('gradient descent on mini-batches'),
  momentum: z
    .object({ learningRate: rate(0.02), steps: steps(20_000) })
    .prefault({})
    .describe('gradient descent with momentum 0.9'),
  adam: z
    .object({ learningRate: rate(1e-3), steps: steps(10_000) })
    .prefault({})
    .describe('Adam'),
  lbfgs: z
    .object({ steps: steps(1000) })
    .prefault({})
    .describe('L-BFGS, line searches'),
  bfgs: z
    .object({ steps: steps(500) })
    .prefault({})
    .describe('BFGS, line searches'),
  powell: z
    .object({ steps: steps(300) })
    .prefault({})
    .describe("Powell's method, sweeps over all directions"),
  swarm: z
    .object({
      steps: steps(6000),
      particles: z.int().min(2).default(40).describe('in the swarm'),
      spread: z.number().positive().default(1).describe('standard deviation of their first positions'),
    })
    .prefault({})
    .describe('particle swarm, generations'),
  records: common.records(120),
  networks: common.networks(),
  level: common.level(),
});

type Parameters = z.output<typeof parameters>;

interface Method {
  id: string;
  name: string;
  /** What a step is. */
  unit: string;
  task: Parameters['gradient'];
  optimizer: OptimizerSpec;
  steps: number;
  batchSize?: number;
}

const methodsOf = (p: Parameters): Method[] => {
  const update = { unit: 'update', task: p.gradient };
  const search = { unit: 'line search', task: p.gradient };
  return [
    { id: 'gd', name: 'gradient descent', ...update, steps: p.gd.steps, optimizer: descent(p.gd) },
    {
      id: 'sgd',
      name: 'SGD',
      ...update,
      steps: p.sgd.steps,
      batchSize: Math.min(p.points, p.sgd.batchSize),
      optimizer: descent(p.sgd),
    },
    { id: 'momentum', name: 'momentum', ...update, steps: p.momentum.steps, optimizer: descent(p.momentum, 0.9) },
    {
      id: 'adam',
      name: 'Adam',
      ...update,
      steps: p.adam.steps,
      optimizer: { type: 'adam', learningRate: p.adam.learningRate },
    },
    { id: 'lbfgs', name: 'L-BFGS', ...search, steps: p.lbfgs.steps, optimizer: { type: 'lbfgs' } },
    { id: 'bfgs', name: 'BFGS', ...search, steps: p.bfgs.steps, optimizer: { type: 'bfgs' } },
    { id: 'powell', name: 'Powell', unit: 'sweep', task: p.free, steps: p.powell.steps, optimizer: { type: 'powell' } },
    {
      id: 'swarm',
      name: 'particle swarm',
      unit: 'generation',
      task: p.free,
      steps: p.swarm.steps,
      optimizer: { type: 'particleSwarm', particles: p.swarm.particles, spread: p.swarm.spread },
    },
  ];
};

const descent = ({ learningRate }: { learningRate: number }, momentum = 0): OptimizerSpec => ({
  type: 'sgd',
  learningRate,
  momentum,
});

export const optimizers = defineExperiment({
  id: 'optimizers',
  title: 'Low frequencies first, under eight optimisers',
  source: [cite('xuBook', 'section 1.6'), cite('ma2021')].join('; '),
  statement:
    'The order from low to high frequency is no property of gradient descent: it is also seen under momentum and Adam, ' +
    'under the quasi-Newton methods BFGS and L-BFGS, and under methods that use no gradient at all, Powell’s and a ' +
    'particle swarm.',
  formula: 'E(k) = |ĥ(k) − f̂(k)| / |f̂(k)|,  f(x) = sin x + sin 3x + sin 5x',
  parameters,
  presets: {
    quick: {
      gd: { steps: 15_000 },
      sgd: { steps: 20_000 },
      momentum: { steps: 12_000 },
      adam: { learningRate: 2e-3, steps: 2000 },
      lbfgs: { steps: 600 },
      bfgs: { steps: 300 },
      powell: { steps: 100 },
      swarm: { steps: 4000 },
      records: 80,
    },
    paper: {},
  },
  seconds: { quick: 10, paper: 150 },

  async measure(context) {
    const { parameters: p, seeds } = context;
    const x = periodicGrid(p.points);
    const fits = await trainAll(context, {
      cells: grid({ method: methodsOf(p), turned: [false, true], seed: seeds(p.networks) }),
      run: ({ method: { task: t, optimizer, steps: count, batchSize }, turned, seed }) => {
        const frequencies = ascending(t.frequencies);
        const y = sumOfSines(x, frequencies);
        const waves = reversedFeatures(frequencies);
        const network = mlp({ input: turned ? waves.size : 1, hidden: t.hidden, output: 1, activation: 'tanh' });
        return {
          seed,
          y,
          optimizer,
          steps: count,
          ...(batchSize !== undefined && { batchSize }),
          spec: turned ? { input: 1, layers: [...waves.layers, ...network.layers] } : network,
          probes: {
            error: { type: 'spectrum', points: x, target: y, frequencies: frequencies.map((k) => k / (2 * Math.PI)) },
          },
        };
      },
      // Steps are each method's own.
      shared: { x, loss: 'mse', steps: 1, record: { log: p.records } },
      name: ({ method }) => method.name,
    });
    return fits.map(({ method: { id }, turned, steps: at, probes }) => ({
      method: id,
      turned,
      steps: at,
      error: probes.error.relativeError,
    }));
  },

  present(fits, p) {
    const passage = { level: p.level, settled: false };
    const methods = methodsOf(p).map((method) => {
      const frequencies = ascending(method.task.frequencies);
      const own = fits.filter((fit) => fit.method === method.id);
      return {
        ...method,
        frequencies,
        labels: frequencies.map((k) => `k = ${k}`),
        fits: own.filter(({ turned }) => !turned),
        turned: own.filter(({ turned }) => turned),
      };
    });
    const each = `in every one of ${p.networks} networks`;
    const left = (method: (typeof methods)[number], which: 'fits' | 'turned') =>
      method[which].map((fit) => leftWhenLearnt(fit, { learnt: 0, left: method.frequencies.length - 1, ...passage }));
    const source = [cite('xuBook', 'section 1.6'), cite('ma2021')].join('; ');
    const nameOf = (id: string) => methods.find((method) => method.id === id);
    return {
      metrics: Object.fromEntries(
        methods.flatMap(({ id, fits: networks, frequencies }) =>
          frequencies.map((k, i) => [`passage_${id}_${k}`, medianPassage(networks, i, passage)] as const),
        ),
      ),
      tables: [
        passageTable(fits, {
          id: 'first-passage',
          ...passage,
          columns: {
            method: ({ method }) => nameOf(method)?.name ?? '',
            'a step is': ({ method }) => `one ${nameOf(method)?.unit}`,
            input: ({ turned }) => (turned ? 'waves, the highest the strongest' : 'x'),
            network: (_, i) => (i % p.networks) + 1,
          },
          component: ['frequency', ({ method }) => nameOf(method)?.frequencies ?? []],
        }),
      ],
      claims: methods.flatMap((method) => {
        const { id, name, unit, labels } = method;
        const control = { id: 'reversed', statement: reversedStatement };
        return [
          orderClaim({
            id: `order-${id}`,
            statement: `Under ${name} the relative error passes ${p.level} in the order of frequency, ${each}.`,
            source,
            networks: method.fits,
            labels,
            ...passage,
            unit: `(${unit})`,
            control: { ...control, networks: method.turned },
          }),
          atLeast(0.4, {
            id: `missing-${id}`,
            statement: `Under ${name} 0.4 or more of the highest frequency is missing (relative error) when the lowest is learnt, ${each}.`,
            source,
            measured: left(method, 'fits'),
            control: { ...control, measured: left(method, 'turned') },
          }),
        ];
      }),
      figures: [
        ...methods.map(({ id, name, unit, labels, fits: networks }) =>
          errorMapFigure({
            id: `error-${id}`,
            title: `Relative error by frequency: ${name}`,
            caption: `Relative error |h - f| / |f| at each frequency of the target (first network). A step is one ${unit}. Dark is learnt.`,
            error: networks[0]?.error ?? { data: new Float64Array(), shape: [0, 0] },
            steps: networks[0]?.steps ?? [],
            labels,
          }),
        ),
        panelsFigure({
          id: 'error-curves',
          title: 'Relative error by step, method by method',
          caption: `Relative error at each frequency of the target (first network of each method). Dashed: where a frequency counts as learnt.`,
          panels: methods.map(({ name: title, unit, labels, fits: networks }) => ({
            title,
            x: { title: `step (${unit})`, log: true },
            y: { title: 'relative error', log: true, domain: [0.01, 2] as const },
            // Minimisers that find nothing lower end early, so that networks have no steps in common.
            lines: labels.map((name, k) => ({
              name,
              x: networks[0]?.steps ?? [],
              y: networks[0] ? column(networks[0].error, k) : [],
            })),
            levels: [{ value: p.level, name: `level ${p.level}` }],
          })),
        }),
      ],
    };
  },
});

const ascending = (frequencies: readonly number[]) => frequencies.toSorted((a, b) => a - b);
