/**
 * muP, the maximal update parametrisation: the best learning rate of a narrow network is that of wide ones (Yang et al. 2022).
 *
 * In the standard parameterisation a step of a given rate changes what a layer gives the more the wider it is, so that the best rate falls: by 2^6
 * from 32 to 256 units under Adam and by 4 under gradient descent here. muP scales weights, biases and what they start from by powers of the
 * width, and one rate suits all widths (`parameterization: 'mup'` of `mlp`). At the narrowest width the two are the same network.
 *
 * Why, is the coordinate check: the change of a layer's output by one step is a power of the width. Expected are, for Adam and the standard
 * parameterisation, 0 in the first layer, 1 in those behind it, and 1 or more of the output; for gradient descent -1/2, 1/2 and 1; in the NTK
 * parameterisation (Yang and Hu 2021) -1/2 in every hidden layer and 0 of the output under descent; 0 everywhere with muP. Measured were
 * 0.0, 1.0, 0.8 and 1.3; -0.4, 0.5, 0.5 and 1.0; -0.4, -0.4, -0.5 and 0.0; and at most 0.09 in magnitude (tuning seed). The source compares widths after
 * a few steps from the same target. Here it is one step, and what is missing is the same at every width: initial outputs shrink with the width in muP,
 * and a step that goes against them has that in it, too.
 *
 * The rate moves a little with muP as well: networks of 32 units bear half the rate of wider ones. "Wider is always better" holds of descent
 * at that rate (the loss falls from width to width), of Adam it does not in every step of the width. What falls with the width of a muP network under
 * Adam are its gradients, so that Adam's epsilon is far below them here. Rates fall along a cosine: with a constant one the loss under Adam
 * jumps from rate to rate. The source trains Transformers and image classifiers; here it is sines. Tuned on seeds 0 to 2; all claims held on
 * seeds 801 to 804. The paper preset has not been run.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import { atMost, common, defineExperiment, grid, periodicGrid, type RunContext } from '../../experiment/index.js';
import { panelsFigure } from '../../figures/index.js';
import { createModel, mlp, type NetworkSpec, type OptimizerSpec, trainMany } from '../../nets/index.js';
import { asColumn, combine, entry, keysOf, mean, rms, rmsDifference, slope } from '../support/arrays.js';
import { medianBand } from '../support/order.js';

const powers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => 2 ** (from + i));

const method = (steps: number, rates: number[], what: string) =>
  z
    .object({
      steps: z.int().min(1).default(steps).describe('steps'),
      rates: z.array(z.number().positive()).min(2).default(rates).describe('learning rates, ascending'),
    })
    .prefault({})
    .describe(what);

const parameters = z.object({
  points: common.points(64),
  frequencies: z.array(z.int().min(1)).min(1).default([1, 2, 3]).describe('sines of the target'),
  depth: z.int().min(1).max(10).default(3).describe('hidden layers'),
  widths: z
    .array(z.int().min(2))
    .min(2)
    .default([32, 64, 128, 256, 512, 1024])
    .describe('of every hidden layer, ascending; the first is the base'),
  sigmaW: z.number().positive().default(1.5).describe('of the initial weights, times the root of the inputs'),
  adam: method(100, powers(-14, -3), 'Adam'),
  sgd: method(200, powers(-11, -3), 'gradient descent with momentum 0.9'),
  checkRate: z
    .number()
    .positive()
    .default(2 ** -8)
    .describe('learning rate of the one step after which features are compared'),
  networks: common.networks(),
  checked: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('networks of each kind and width whose first step is looked at'),
});
type Parameters = z.output<typeof parameters>;

const optimizers = { adam: 'Adam', sgd: 'gradient descent' } as const;
type Name = keyof typeof optimizers;
const kinds = { standard: 'standard', mup: 'muP', ntk: 'NTK' } as const;
type Kind = keyof typeof kinds;

function networkOf(kind: Kind, name: Name, width: number, p: Parameters): NetworkSpec {
  const hidden = Array.from({ length: p.depth }, () => width);
  const shared = { input: 1, hidden, output: 1, activation: 'tanh', sigmaW: p.sigmaW } as const;
  if (kind === 'ntk') return mlp({ ...shared, parameterization: 'ntk', sigmaB: 1, biasInit: 'zeros' });
  // At its base's widths the network is the standard one.
  const baseHidden = kind === 'standard' ? hidden : hidden.map(() => entry(p.widths, 0));
  return mlp({ ...shared, parameterization: 'mup', optimizer: name, baseHidden });
}

/** Adam's epsilon is far below the gradients, which fall with the width. */
const optimizerOf = (name: Name, learningRate: number, steps: number): OptimizerSpec => {
  const schedule = { type: 'cosine', steps } as const;
  return name === 'adam'
    ? { type: 'adam', learningRate, epsilon: 1e-12, schedule }
    : { type: 'sgd', learningRate, momentum: 0.9, schedule };
};

function taskOf(p: Parameters) {
  const x = periodicGrid(p.points);
  const y = Array.from(x.data, (t) => p.frequencies.reduce((sum, k) => sum + Math.sin(k * t), 0));
  return { x, y: asColumn(y) };
}

/** The last loss of every training; one that diverges keeps the loss of a network that is zero. */
async function losses(context: RunContext<Parameters>, kind: Kind, name: Name) {
  const { parameters: p, seeds, signal, training } = context;
  const { steps, rates } = p[name];
  const task = taskOf(p);
  const cells = grid({ width: p.widths, rate: rates, seed: seeds(p.networks) });
  const onProgress = training(
    `training ${cells.length} networks, ${kinds[kind]}, ${optimizers[name]}`,
    steps * cells.length,
  );
  const runs = cells.map(({ width, rate, seed }) => ({
    seed,
    spec: networkOf(kind, name, width, p),
    optimizer: optimizerOf(name, rate, steps),
  }));
  const trained = await trainMany(runs, { ...task, loss: 'mse', steps, record: { at: [] }, signal, onProgress });
  const zero = mean(task.y.data.map((v) => v ** 2));
  return trained.map(({ history: { loss, stopReason } }, i) => {
    const { width, rate } = entry(cells, i);
    const last = loss.at(-1) ?? Number.NaN;
    const diverged = stopReason === 'diverged';
    return { kind, name, width, rate, diverged, loss: diverged ? zero : Math.min(last, zero) };
  });
}

/**
 * By how much one step changes what every hidden layer gives, and the output, which is last: root mean squares. What is missing of the target is the
 * target itself, whatever the network starts from: the initial outputs, which are smaller the wider a muP network is, would be in the step.
 */
async function changes(kind: Kind, name: Name, width: number, seed: number, p: Parameters, signal: AbortSignal) {
  const { x, y } = taskOf(p);
  const spec = networkOf(kind, name, width, p);
  const model = createModel(spec, { seed, dtype: 'f64' });
  // Up to each activation, and all.
  const cuts = [...Array.from({ length: p.depth }, (_, l) => 2 * (l + 1)), spec.layers.length];
  const parts = cuts.map((cut) => createModel({ input: 1, layers: spec.layers.slice(0, cut) }, { seed, dtype: 'f64' }));
  const features = () => Promise.all(parts.map(async (part) => (await part.predict(x, { signal })).data));
  const before = await features();
  await model.train({
    x,
    y: asColumn(combine(y.data, entry(before, p.depth), (target, output) => target + output)),
    ...{ loss: 'mse', optimizer: optimizerOf(name, p.checkRate, 1), steps: 1, record: { at: [] }, signal },
  });
  const trained = model.parameters();
  model.dispose();
  for (const part of parts) {
    part.setParameters(Object.fromEntries(keysOf(part.parameters()).map((key) => [key, trained[key] ?? []])));
  }
  const after = await features();
  for (const part of parts) part.dispose();
  return after.map((values, l) => rmsDifference(values, entry(before, l)));
}

export const mupTransfer = defineExperiment({
  id: 'mup-transfer',
  title: 'muP: the best learning rate of a narrow network is that of wide ones',
  source: [cite('yang2022mup'), cite('yang2021')].join('; '),
  statement:
    'In the standard parameterisation the best learning rate falls with the width. In the maximal update parametrisation it stays, ' +
    'because a step changes what every layer gives by as much at every width.',
  formula: 'h_l = A_l W_l h_{l−1} + B_l b_l,  A, B and the scale of W by the width over that of a base network',
  parameters,
  presets: {
    quick: {
      widths: [32, 64, 128, 256],
      adam: { steps: 100, rates: powers(-12, -3) },
      sgd: { steps: 200, rates: powers(-10, -3) },
    },
    paper: {},
  },
  seconds: { quick: 15, paper: 1800 },

  async measure(context) {
    const { parameters: p, seeds, signal, progress } = context;
    const runs = [];
    for (const name of keysOf(optimizers)) {
      for (const kind of ['standard', 'mup'] as const) runs.push(...(await losses(context, kind, name)));
    }
    const cells = grid({
      kind: keysOf(kinds),
      name: keysOf(optimizers),
      width: p.widths,
      seed: seeds(p.checked, 'first step'),
    });
    const steps = [];
    for (const [step, { kind, name, width, seed }] of cells.entries()) {
      progress({ phase: 'one step', step, steps: cells.length });
      steps.push({ kind, name, width, changes: await changes(kind, name, width, seed, p, signal) });
    }
    return { runs, steps };
  },

  present({ runs, steps }, p) {
    const [narrowest, widest] = [entry(p.widths, 0), entry(p.widths, p.widths.length - 1)];
    const logLosses = (kind: Kind, name: Name, width: number, rate: number) =>
      runs
        .filter((run) => run.kind === kind && run.name === name && run.width === width && run.rate === rate)
        .map(({ loss }) => Math.log2(loss));
    const level = (kind: Kind, name: Name, width: number, rate: number) => mean(logLosses(kind, name, width, rate));
    const best = (kind: Kind, name: Name, width: number) =>
      p[name].rates.reduce((a, b) => (level(kind, name, width, b) < level(kind, name, width, a) ? b : a));
    const moved = (kind: Kind, name: Name) => Math.log2(best(kind, name, widest) / best(kind, name, narrowest));
    /** log2 of the loss of the widest networks at the best rate of the narrowest over that at their own best rate. */
    const cost = (kind: Kind, name: Name) =>
      level(kind, name, widest, best(kind, name, narrowest)) - level(kind, name, widest, best(kind, name, widest));
    const changesOf = (kind: Kind, name: Name, width: number, l: number) =>
      steps
        .filter((one) => one.kind === kind && one.name === name && one.width === width)
        .map((one) => entry(one.changes, l));
    /** Of each layer, the power of the width with which its change grows (root mean square over the networks). */
    const slopes = (kind: Kind, name: Name) =>
      Array.from({ length: p.depth + 1 }, (_, l) =>
        slope(
          p.widths.map(Math.log),
          p.widths.map((width) => Math.log(rms(changesOf(kind, name, width, l)))),
        ),
      );
    const steepest = (kind: Kind) => keysOf(optimizers).map((name) => Math.max(...slopes(kind, name).map(Math.abs)));
    const layers = Array.from({ length: p.depth + 1 }, (_, l) => (l < p.depth ? `layer ${l + 1}` : 'output'));
    const names = keysOf(optimizers).map((name) => optimizers[name]);
    const transfer = cite('yang2022mup', 'figure 1 and section 6: transfer over widths');
    const shown = ['standard', 'mup'] as const;
    const control = { id: 'standard', statement: 'the standard parameterisation, the same at the base' };
    return {
      metrics: Object.fromEntries(
        keysOf(optimizers).flatMap((name) =>
          shown.flatMap((kind) => [
            [`moved_${name}_${kind}`, moved(kind, name)],
            [`cost_${name}_${kind}`, cost(kind, name)],
            [`best_loss_${name}_${kind}`, 2 ** level(kind, name, widest, best(kind, name, widest))],
          ]),
        ),
      ),
      tables: [
        {
          id: 'best',
          title: `Best learning rate by width, and the loss there (geometric mean of ${p.networks} networks)`,
          columns: (() => {
            const rows = grid({ name: keysOf(optimizers), kind: shown, width: p.widths });
            return {
              optimiser: rows.map(({ name }) => optimizers[name]),
              parameterisation: rows.map(({ kind }) => kinds[kind]),
              width: rows.map(({ width }) => width),
              'best rate': rows.map(({ name, kind, width }) => best(kind, name, width)),
              'loss there': rows.map(({ name, kind, width }) => 2 ** level(kind, name, width, best(kind, name, width))),
              [`loss at the best rate of ${narrowest}`]: rows.map(
                ({ name, kind, width }) => 2 ** level(kind, name, width, best(kind, name, narrowest)),
              ),
            };
          })(),
        },
        {
          id: 'changes',
          title: 'Power of the width with which one step changes what a layer gives',
          columns: (() => {
            const rows = grid({ name: keysOf(optimizers), kind: keysOf(kinds), layer: layers.map((_, l) => l) });
            return {
              optimiser: rows.map(({ name }) => optimizers[name]),
              parameterisation: rows.map(({ kind }) => kinds[kind]),
              layer: rows.map(({ layer }) => entry(layers, layer)),
              power: rows.map(({ name, kind, layer }) => entry(slopes(kind, name), layer)),
            };
          })(),
        },
      ],
      claims: [
        atMost(1, {
          id: 'rate-stays',
          statement: `From ${narrowest} to ${widest} units the best rate moves by at most a factor of two with muP (|log2|; by the geometric mean of the loss over ${p.networks} networks).`,
          source: transfer,
          measured: keysOf(optimizers).map((name) => Math.abs(moved('mup', name))),
          labels: names,
          unit: '|log2|',
          control: { ...control, measured: keysOf(optimizers).map((name) => Math.abs(moved('standard', name))) },
        }),
        atMost(1, {
          id: 'transfers',
          statement: `With muP networks of ${widest} units have at the best rate of ${narrowest} at most twice the loss that they have at their own best rate (geometric means).`,
          source: transfer,
          measured: keysOf(optimizers).map((name) => cost('mup', name)),
          labels: names,
          unit: 'log2',
          control: { ...control, measured: keysOf(optimizers).map((name) => cost('standard', name)) },
        }),
        atMost(0.25, {
          id: 'coordinates',
          statement: `With muP the first step changes what each hidden layer gives, and the output, by as much at every width (largest |slope| of log change over log width; root mean square over ${p.checked} networks).`,
          source: cite('yang2022mup', 'appendix D.1: coordinate check'),
          measured: steepest('mup'),
          labels: names,
          control: { ...control, measured: steepest('standard') },
        }),
        atMost(-0.25, {
          id: 'ntk-is-lazy',
          statement:
            'In the NTK parameterisation descent changes every hidden layer the less the wider it is (slope, by layer).',
          source: cite('yang2021', 'features of the NTK parametrisation do not learn'),
          measured: slopes('ntk', 'sgd').slice(0, -1),
          labels: layers.slice(0, -1),
          control: { id: 'mup', statement: 'muP', measured: slopes('mup', 'sgd').slice(0, -1) },
        }),
      ],
      figures: [
        panelsFigure({
          id: 'loss-by-rate',
          title: 'Loss after the training, by learning rate and width',
          caption: `Geometric mean over ${p.networks} networks; what diverges counts as the loss of a network that is zero.`,
          panels: keysOf(optimizers).flatMap((name) =>
            shown.map((kind) => ({
              title: `${optimizers[name]}, ${kinds[kind]}`,
              x: { title: 'learning rate', log: true },
              y: { title: 'loss', log: true, domain: [0.01, 2] as const },
              lines: p.widths.map((width) => ({
                name: `${width} units`,
                x: p[name].rates,
                y: p[name].rates.map((rate) => 2 ** level(kind, name, width, rate)),
                mark: 'both' as const,
              })),
            })),
          ),
        }),
        panelsFigure({
          id: 'changes',
          title: 'How far the first step changes what layers give, by width',
          caption: `Root mean square of the change: median, smallest and largest of ${p.checked} networks.`,
          columns: 3,
          panels: keysOf(optimizers).flatMap((name) =>
            keysOf(kinds).map((kind) => ({
              title: `${optimizers[name]}, ${kinds[kind]}`,
              x: { title: 'width', log: true },
              y: { title: 'change', log: true, domain: [1e-4, 30] as const },
              lines: layers.map((layer, l) => {
                const of = (i: number) => p.widths.map((width) => entry(changesOf(kind, name, width, l), i));
                return medianBand(
                  layer,
                  p.widths,
                  Array.from({ length: p.checked }, (_, i) => of(i)),
                );
              }),
            })),
          ),
        }),
      ],
    };
  },
});
