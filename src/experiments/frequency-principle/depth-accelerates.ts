/**
 * Depth accelerates training, and what of it the deep frequency principle explains (slides; Xu and Zhou 2021, figure 1).
 *
 * Networks of one to several hidden layers learn cos 3x + cos 5x. The source adds layers of one size, so that its deeper networks are larger
 * ones; here all have as many parameters. Each depth has, of several learning rates, the one at which its slowest network is soonest: one for all
 * would favour one depth. Deeper is faster still, 3.5 to 10 times from one layer to four (to one percent of the mean square). The control is the
 * same target seen through a magnifier, a slope of it over the same samples: of low frequency as it stands, so that nothing is left for layers to
 * lower, and four layers need 0.75 of the steps of one in the median (0.2 to 3.5, 50 networks).
 *
 * The quick preset's 1500 steps end before one network of five with one layer is there in 3 of 20 runs (it takes 1510 to 1650). Such a network, or
 * one that learns from a first layer, counts as all the steps it had: the share shown is then more than the true one.
 *
 * The source's explanation: what the upper layers have to learn from the output of the lower ones is of lower frequency the more lower ones there
 * are. So the deepest networks are cut after each hidden layer, and a fresh network of one hidden layer, the learning component, learns the
 * target from what comes out there. From the last layer it takes 0.02 to 0.14 of the steps that it takes from the first. Controls are the last
 * layer's outputs paired with the samples at random, and the networks before training. The shuffle leaves all else as it was: the outputs as a set,
 * and with them scale, rank and the tangent kernel of the learning component, its initial weights, the values to be learnt, rate and budget. Outputs
 * have mean 0 and mean square 1 at every layer.
 *
 * It is not the frequency of the target alone, which the source does not say: shuffled outputs are learnt sooner from deeper layers as well, 2.3 to 15
 * times, 6 in the median (to half of the mean square), before the networks are trained 1.6 in the median. Trained layers spread the samples apart, which
 * helps any target. (The low-frequency ratio sees it: that of shuffled outputs rises from layer to layer, too, since what lies apart is alone within
 * the filter.)
 *
 * Width, rate and initialisation of the source's figure are not stated; the paper preset is as large as those of other targets of one variable here.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import {
  atMost,
  common,
  defineExperiment,
  grid,
  passageStep,
  periodicGrid,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure, panelsFigure } from '../../figures/index.js';
import { createModel, type NetworkSpec } from '../../nets/index.js';
import { gaussianFilter } from '../../spectrum/index.js';
import { asColumn, entry, keysOf, mean, rms } from '../support/arrays.js';
import { range } from '../support/circle.js';
import { inAnotherOrder, lessMeans } from '../support/classification.js';
import { denseLayers } from '../support/layers.js';
import { medianBand } from '../support/order.js';

const parameters = z.object({
  tones: z.array(z.int().min(1)).min(1).default([3, 5]).describe('frequencies of the cosines of the target'),
  stretch: z.number().min(1).default(10).describe('how many times the target of low frequency is stretched'),
  points: common.points(201),
  depths: z.array(z.int().min(1)).min(2).default([1, 2, 3, 4, 5, 6]).describe('hidden layers, ascending'),
  parameters: z.int().min(50).default(20_000).describe('weights and biases of every network, about'),
  rates: z
    .array(z.number().positive())
    .min(1)
    .default([1e-3, 2e-3, 4e-3, 8e-3, 16e-3])
    .describe('learning rates of Adam, full batch; each depth has its best'),
  steps: common.steps(5000),
  networks: common.networks(),
  level: common.level(0.01).describe('of the mean square of the target, what is left when it counts as learnt'),
  learner: z
    .object({
      width: z.int().min(1).default(32).describe('units of its hidden layer'),
      learningRate: common.learningRate(8e-3),
      steps: common.steps(3000),
      level: common.level(0.1).describe('as `level`; shuffled inputs are not learnt so far'),
      shuffledLevel: common.level(0.5).describe('as `level`, where shuffled inputs are compared with each other'),
    })
    .prefault({})
    .describe('what learns the target from the output of a layer'),
  share: z
    .number()
    .positive()
    .default(0.1)
    .describe("variance of the filter, in units of the total variance of a layer's outputs"),
});
type Parameters = z.infer<typeof parameters>;

const targets = { own: 'as it is', low: 'stretched' } as const;
type Target = keyof typeof targets;
const states = { trained: 'trained', untrained: 'before training' } as const;
type State = keyof typeof states;
const pairings = { own: 'as they are', shuffled: 'shuffled' } as const;
type Pairing = keyof typeof pairings;

export const depthAccelerates = defineExperiment({
  id: 'depth-accelerates',
  title: 'Deeper networks train faster, where there is a frequency to be lowered',
  source: [cite('notesSlides', 'deep frequency principle'), cite('xu2021', 'figure 1')].join('; '),
  statement:
    'With as many parameters, deeper networks learn cos 3x + cos 5x in fewer steps, but not a target that is of low frequency already. ' +
    'From the output of a deeper trained layer a network learns the rest faster, as long as outputs and target belong ' +
    'together. But trained layers also spread the samples apart, which speeds up any target.',
  formula: 'f = g_l ∘ h_l,  h_l the first l hidden layers;  steps until |g(h_l(x)) − y|² ≤ level · |y|², by l',
  parameters,
  presets: {
    quick: {
      points: 64,
      depths: [1, 2, 3, 4],
      parameters: 2000,
      rates: [4e-3, 8e-3, 16e-3, 32e-3],
      steps: 1500,
      learner: { steps: 2000 },
    },
    paper: {},
  },
  seconds: { quick: 6, paper: 1800 },

  async measure(context) {
    const { parameters: p, seeds, signal } = context;
    const x = asColumn(periodicGrid(p.points).data);
    const y = { own: cosines(x, p.tones), low: cosines(x, p.tones, p.stretch, 0.3) };
    const trained = await trainAll(context, {
      cells: grid({ target: keysOf(targets), depth: p.depths, rate: p.rates, seed: seeds(p.networks) }),
      run: ({ target, depth, rate, seed }) => ({
        seed,
        y: y[target],
        spec: network(depth, p),
        optimizer: { type: 'adam', learningRate: rate },
      }),
      shared: { x, loss: 'mse', steps: p.steps, record: { every: 2 } },
      keep: 'parameters',
    });
    const runs = trained.map(({ target, depth, rate, steps, loss }) => ({
      target,
      depth,
      rate,
      step: passageStep(steps, loss, p.level, { settled: false }),
    }));
    const deepest = p.depths.at(-1) ?? 1;
    const { rate } = bestRate(runs, 'own', deepest, p);
    const inputs = [];
    for (const fit of trained.filter((fit) => fit.target === 'own' && fit.depth === deepest && fit.rate === rate)) {
      for (const { state, layer } of grid({ state: keysOf(states), layer: range(1, deepest) })) {
        const cut = createModel(
          { input: 1, layers: network(deepest, p).layers.slice(0, 2 * layer) },
          { seed: fit.seed },
        );
        const names = Object.keys(cut.parameters());
        const kept = Object.entries(fit.parameters).filter(([name]) => names.includes(name));
        if (state === 'trained') cut.setParameters(Object.fromEntries(kept));
        inputs.push({ state, layer, seed: fit.seed, values: standardised(await cut.predict(x)) });
      }
    }
    const cells = grid({ input: inputs, pairing: keysOf(pairings) }).map(({ input, pairing }) => ({
      ...input,
      pairing,
      values: pairing === 'own' ? input.values : inAnotherOrder(input.values, input.seed),
    }));
    const learnt = await trainAll(context, {
      cells,
      what: 'learning components',
      run: ({ values, seed }) => ({ x: values, seed }),
      shared: {
        y: y.own,
        spec: {
          input: widthOf(deepest, p.parameters),
          layers: denseLayers({ input: widthOf(deepest, p.parameters), widths: [p.learner.width] }),
        },
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learner.learningRate },
        steps: p.learner.steps,
        record: { every: 1 },
      },
    });
    const learners = [];
    for (const { state, layer, pairing, values, steps, loss } of learnt) {
      const { low } = await gaussianFilter(values, y.own, { deltas: [p.share * (values.shape[1] ?? 1)], signal });
      const [step, shuffledStep] = [p.learner.level, p.learner.shuffledLevel].map((level) =>
        passageStep(steps, loss, level),
      );
      learners.push({
        state,
        layer,
        pairing,
        step: step ?? null,
        shuffledStep: shuffledStep ?? null,
        ratio: (rms(low.data) / rms(y.own.data)) ** 2,
      });
    }
    return { runs, learners };
  },

  present({ runs, learners }, p) {
    const [shallow, deep] = [p.depths[0] ?? 1, p.depths.at(-1) ?? 1];
    const best = (target: Target, depth: number) => bestRate(runs, target, depth, p);
    const layers = range(1, deep);
    const of = (state: State, pairing: Pairing, layer: number) =>
      learners.filter((one) => one.state === state && one.pairing === pairing && one.layer === layer);
    const steps = (state: State, pairing: Pairing, layer: number) => of(state, pairing, layer).map(({ step }) => step);
    const shuffledSteps = (state: State, layer: number) =>
      of(state, 'shuffled', layer).map(({ shuffledStep }) => shuffledStep);
    const whole = keysOf(targets).map((target) =>
      share(best(target, deep).steps, best(target, shallow).steps, p.steps),
    );
    const [own = [], low = []] = whole;
    const learnerShare = (a: readonly (number | null)[], b: readonly (number | null)[]) => share(a, b, p.learner.steps);
    const groups = grid({ state: keysOf(states), pairing: keysOf(pairings) }).map((group) => ({
      ...group,
      name: `${states[group.state]}, ${pairings[group.pairing]}`,
    }));
    const source = [cite('notesSlides', 'deep frequency principle'), cite('xu2021')].join('; ');
    const first = { trained: steps('trained', 'own', 1), untrained: steps('untrained', 'own', 1) };
    return {
      metrics: Object.fromEntries([
        ...p.depths.map((depth) => [`steps_depth_${depth}`, middle(best('own', depth).steps, p.steps)]),
        ...layers.map((layer) => [`steps_layer_${layer}`, middle(steps('trained', 'own', layer), p.learner.steps)]),
      ]),
      tables: [
        {
          id: 'depths',
          title: `Steps until ${p.level} of the mean square is left, each depth at its best rate (median of ${p.networks} networks; ${p.steps} where most never get there)`,
          columns: {
            'hidden layers': p.depths,
            width: p.depths.map((depth) => widthOf(depth, p.parameters)),
            parameters: p.depths.map((depth) => parametersOf(network(depth, p))),
            ...Object.fromEntries(
              keysOf(targets).flatMap((target) => [
                [`rate, ${targets[target]}`, p.depths.map((depth) => best(target, depth).rate)],
                [`steps, ${targets[target]}`, p.depths.map((depth) => middle(best(target, depth).steps, p.steps))],
              ]),
            ),
          },
        },
        {
          id: 'layers',
          title: `Learning component on the output of a layer of ${deep}: steps until ${p.learner.level} and ${p.learner.shuffledLevel} of the mean square are left, and low-frequency ratio (medians)`,
          columns: {
            network: groups.flatMap(({ state }) => layers.map(() => states[state])),
            inputs: groups.flatMap(({ pairing }) => layers.map(() => pairings[pairing])),
            layer: groups.flatMap(() => layers),
            [`steps to ${p.learner.level}`]: groups.flatMap(({ state, pairing }) =>
              layers.map((layer) => middle(steps(state, pairing, layer), p.learner.steps)),
            ),
            [`steps to ${p.learner.shuffledLevel}`]: groups.flatMap(({ state, pairing }) =>
              layers.map((layer) =>
                middle(
                  of(state, pairing, layer).map(({ shuffledStep }) => shuffledStep),
                  p.learner.steps,
                ),
              ),
            ),
            'low-frequency ratio': groups.flatMap(({ state, pairing }) =>
              layers.map((layer) => spread(of(state, pairing, layer).map(({ ratio }) => ratio)).median),
            ),
          },
        },
      ],
      claims: [
        atMost(0.5, {
          id: 'deeper-is-faster',
          statement: `With as many parameters, networks of ${deep} hidden layers need at most half the steps of those of ${shallow} until ${p.level} of the mean square is left, each depth at its best rate, in every one of ${p.networks}.`,
          source: [cite('notesSlides', 'deep frequency principle'), cite('xu2021', 'figure 1 a')].join('; '),
          measured: own,
          control: {
            id: 'low',
            statement: `the same target stretched ${p.stretch} times: of low frequency as it stands`,
            measured: low,
          },
        }),
        atMost(0.3, {
          id: 'deeper-output-is-faster',
          statement: `From the output of the last of ${deep} trained layers a fresh network of one hidden layer learns the target in at most 0.3 of the steps it needs from that of the first, in every one of ${p.networks} networks.`,
          source,
          measured: learnerShare(steps('trained', 'own', deep), first.trained),
          control: [
            {
              id: 'shuffled',
              statement:
                'equal depth, the outputs of the last layer in another order: steps over those from the first layer as it is',
              measured: learnerShare(steps('trained', 'shuffled', deep), first.trained),
            },
            {
              id: 'untrained',
              statement: 'the same networks before training',
              measured: learnerShare(steps('untrained', 'own', deep), first.untrained),
            },
          ],
        }),
        atMost(0.5, {
          id: 'any-target',
          statement: `That is not the frequency of the target alone: shuffled outputs, too, are learnt from the last layer in at most half the steps that they take from the first (until ${p.learner.shuffledLevel} of the mean square is left), in every one of ${p.networks} networks.`,
          source: cite('fprinciple', 'beside the source: trained layers spread the samples apart'),
          measured: learnerShare(shuffledSteps('trained', deep), shuffledSteps('trained', 1)),
          control: {
            id: 'untrained',
            statement: 'the same networks before training',
            measured: learnerShare(shuffledSteps('untrained', deep), shuffledSteps('untrained', 1)),
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'steps-by-depth',
          title: 'Steps to learn, with as many parameters',
          caption: `Until ${p.level} of the mean square is left; median, smallest and largest of ${p.networks} networks, each depth at its best rate (${p.steps} where it is never reached). Compare figure 1 of the source.`,
          x: { title: 'hidden layers', values: p.depths },
          y: { title: 'steps', log: true },
          lines: keysOf(targets).map((target) => {
            const steps = p.depths.map((depth) => best(target, depth).steps);
            return {
              ...medianBand(`the target ${targets[target]}`, p.depths, columnsOf(steps, p.steps)),
              mark: 'both',
            };
          }),
        }),
        panelsFigure({
          id: 'steps-by-layer',
          title: 'What is left to learn after a layer',
          caption: `Left: steps of a fresh network of one hidden layer on the output of each layer of the deepest networks until ${p.learner.level} of the mean square is left (${p.learner.steps} where it is never reached); median, smallest and largest of ${p.networks} networks. Right: the low-frequency ratio of the target over those outputs, filter variance ${p.share} of the total.`,
          panels: [
            {
              title: 'steps',
              x: { title: 'layer', values: layers },
              y: { title: 'steps', log: true },
              lines: groups.map(({ state, pairing, name }) => ({
                ...medianBand(
                  name,
                  layers,
                  columnsOf(
                    layers.map((layer) => steps(state, pairing, layer)),
                    p.learner.steps,
                  ),
                ),
                mark: 'both' as const,
              })),
            },
            {
              title: 'low-frequency ratio',
              x: { title: 'layer', values: layers },
              y: { title: 'share of the power' },
              lines: groups.map(({ state, pairing, name }) => ({
                ...medianBand(
                  name,
                  layers,
                  columnsOf(
                    layers.map((layer) => of(state, pairing, layer).map(({ ratio }) => ratio)),
                    0,
                  ),
                ),
                mark: 'both' as const,
              })),
            },
          ],
        }),
      ],
    };
  },
});

/** The sum of cosines of `x / stretch + from`, of mean 0 and mean square 1. */
function cosines(x: NdArray, tones: readonly number[], stretch = 1, from = 0): NdArray {
  const at = Array.from(x.data, (v) => v / stretch + from);
  return standardised(asColumn(at.map((v) => tones.reduce((sum, k) => sum + Math.cos(k * v), 0))));
}

/** Every column less its mean, all over one number: the mean square is 1. */
function standardised({ data, shape }: NdArray): NdArray {
  const values = lessMeans(data, shape[0] ?? 1);
  const size = rms(values);
  return { data: values.map((v) => v / size), shape };
}

/** Width of `depth` equal hidden layers between one input and one output, at which a network has about that many parameters. */
export function widthOf(depth: number, count: number): number {
  // count = (depth - 1) (w^2 + w) + 2 w + w + 1
  const [a, b] = [depth - 1, depth + 2];
  return Math.round(a === 0 ? (count - 1) / b : (Math.sqrt(b * b + 4 * a * (count - 1)) - b) / (2 * a));
}

const network = (depth: number, p: Parameters): NetworkSpec => ({
  input: 1,
  layers: denseLayers({ input: 1, widths: Array<number>(depth).fill(widthOf(depth, p.parameters)) }),
});

const parametersOf = (spec: NetworkSpec): number =>
  Object.values(createModel(spec, { seed: 0 }).parameters()).reduce((sum, { data }) => sum + data.length, 0);

/**
 * Of a depth the rate at which its slowest network is soonest, and the steps of all there. Where at every rate some never get
 * there in `most` steps, the one of the least mean, these counted as `most`.
 */
function bestRate(
  runs: readonly { target: Target; depth: number; rate: number; step: number | null }[],
  target: Target,
  depth: number,
  { rates, steps: most }: Pick<Parameters, 'rates' | 'steps'>,
): { rate: number; steps: (number | null)[] } {
  const of = rates.map((rate) => ({
    rate,
    steps: runs
      .filter((run) => run.target === target && run.depth === depth && run.rate === rate)
      .map(({ step }) => step),
  }));
  const worst = (steps: readonly (number | null)[]): number =>
    Math.max(...steps.map((step) => step ?? Number.POSITIVE_INFINITY));
  const every = of.filter(({ steps }) => Number.isFinite(worst(steps)));
  return every.length > 0
    ? entry(
        every.sort((a, b) => worst(a.steps) - worst(b.steps)),
        0,
      )
    : entry(
        of.sort((a, b) => mean(a.steps.map((step) => step ?? most)) - mean(b.steps.map((step) => step ?? most))),
        0,
      );
}

/**
 * Steps over steps, network by network. Where `a` never comes there is no share; where `b` has not come in `most` steps it takes
 * more of them, so that the share is at most the one given.
 */
const share = (a: readonly (number | null)[], b: readonly (number | null)[], most: number): (number | null)[] =>
  a.map((step, i) => (step === null ? null : step / (b[i] ?? most)));

/** The median, where `most` stands for a step that never came. */
const middle = (steps: readonly (number | null)[], most: number): number =>
  spread(steps.map((step) => step ?? most)).median;

/** Lists by place as lists by network. */
const columnsOf = (lists: readonly (readonly (number | null)[])[], most: number): number[][] =>
  (lists[0] ?? []).map((_, i) => lists.map((list) => list[i] ?? most));
