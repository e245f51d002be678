/**
 * Functions of increasing complexity, against several reference networks (Nakkiran et al. 2019, section 4; Xu, book, section 1.2: first
 * the output correlates with a linear function, then with shallow networks trained to the end, then with deeper ones).
 *
 * A deep network F learns to tell two classes apart (digits 0-4 against 5-9, as in the paper). Beside it a ladder of references R is
 * trained to the end: a linear classifier, and networks of more and more units and layers, each of which knows more than the one before.
 * `mu(F; R) = I(F; Y) - I(F; Y | R)` is how much of what F knows of the labels R explains, in bits, from counts on test images. It
 * grows until F knows what R knows, and then stays: the step at which it has reached `saturation` of its last value is read for each rung.
 *
 * The rungs are a linear classifier, a shallow network of three units and a deeper one. Neighbours that know nearly the same may be reached together:
 * a rung of eight units between the last two was reached at the step of the one below it in one network of five (seed 903).
 */

import { z } from 'zod';
import { decisions, mutualInformation, performanceCorrelation } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { rows } from '../../core/reading.js';
import {
  atLeast,
  common,
  defineExperiment,
  increasing,
  passageStep,
  spread,
  trainAll,
} from '../../experiment/index.js';
import { lineFigure } from '../../figures/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { agreement } from '../support/classification.js';
import { classifierLayers } from '../support/layers.js';

const parameters = z.object({
  samples: z.int().min(200).max(60_000).default(60_000).describe('training images of MNIST'),
  tested: z.int().min(200).max(10_000).default(10_000).describe('test images on which decisions are compared'),
  hidden: common.hidden([256, 256, 256, 256]),
  references: z
    .array(z.array(z.int().min(1)))
    .min(2)
    .default([[], [3], [64, 64]])
    .describe('hidden layers of the references, each knowing more than the one before'),
  learningRate: common.learningRate(0.01, 'SGD for the network that is followed'),
  referenceRate: common.learningRate(0.05, 'SGD for the references'),
  batchSize: z.int().min(1).default(32).describe('images a step'),
  epochs: z.number().positive().default(30).describe('passes over the training images'),
  records: common.records(80),
  saturation: z
    .number()
    .positive()
    .lt(1)
    .default(0.9)
    .describe('share of its last value at which what a reference explains counts as reached'),
  networks: common.networks(),
});

const nameOf = (hidden: readonly number[]): string => (hidden.length === 0 ? 'linear' : hidden.join('-'));

export const referenceNetworks = defineExperiment({
  id: 'reference-networks',
  title: 'A network becomes like ever larger networks',
  source: [cite('nakkiran2019'), cite('xuBook', 'section 1.2')].join('; '),
  statement:
    'What a deep network knows of the labels is explained, to begin with, by a linear classifier, then by a shallow network and then by a ' +
    'deeper one: the more a reference knows, the later the network has learnt what the reference explains.',
  formula: 'μ(F; R) = I(F; Y) − I(F; Y | R)',
  parameters,
  presets: {
    quick: { samples: 3000, tested: 2000, hidden: [128, 128, 128], epochs: 15, records: 90, learningRate: 0.02 },
    paper: {},
  },
  seconds: { quick: 20, paper: 1200 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data } = context;
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.tested });
    // Classes 0 and 1: digits under 5, and from 5 on.
    const halves = ({ labels }: typeof set): NdArray => ({
      data: labels.data.map((c) => (c < 5 ? 0 : 1)),
      shape: labels.shape,
    });
    const truth = halves(test).data;
    const steps = Math.max(1, Math.round((p.epochs * p.samples) / p.batchSize));
    // The ladder, and for the control as many linear classifiers.
    const kinds = [
      { role: 'followed', rung: 0, hidden: p.hidden },
      ...p.references.map((hidden, rung) => ({ role: 'ladder', rung, hidden })),
      ...p.references.slice(1).map((_, i) => ({ role: 'level', rung: i + 1, hidden: [] as number[] })),
    ];
    const trained = await trainAll(context, {
      cells: seeds(p.networks).flatMap((groupSeed) =>
        kinds.map((kind, k) => ({ ...kind, groupSeed, seed: seeds(kinds.length, `${groupSeed}`)[k] ?? 0 })),
      ),
      name: ({ hidden }) => nameOf(hidden),
      run: ({ role, hidden, seed }) => ({
        seed,
        spec: { input: set.images.shape[1] ?? 0, layers: classifierLayers(hidden, 2) },
        optimizer: { type: 'sgd', learningRate: role === 'followed' ? p.learningRate : p.referenceRate },
        record: role === 'followed' ? { log: p.records } : { at: [] },
      }),
      shared: {
        x: set.images,
        y: halves(set),
        loss: 'crossEntropy',
        batchSize: Math.min(p.batchSize, p.samples),
        steps,
        probes: { output: { type: 'outputs', points: test.images } },
      },
    });
    const groups = seeds(p.networks).map((groupSeed) => {
      const of = (role: string) => trained.filter((one) => one.groupSeed === groupSeed && one.role === role);
      const decided = (one: (typeof trained)[number]) => rows(decisions(one.probes.output.values));
      const [followed] = of('followed') as [(typeof trained)[number]];
      const path = decided(followed);
      const explained = (reference: Float64Array) => path.map((f) => performanceCorrelation(f, truth, reference));
      const end = (one: (typeof trained)[number]) => decided(one).at(-1) ?? new Float64Array();
      const ladder = of('ladder').map(end);
      const linear = ladder.slice(0, 1);
      return {
        steps: followed.steps,
        known: path.map((f) => mutualInformation(f, truth)),
        ladder: ladder.map((r) => ({ bits: mutualInformation(r, truth), explained: explained(r) })),
        level: [...linear, ...of('level').map(end)].map((r) => ({
          bits: mutualInformation(r, truth),
          explained: explained(r),
        })),
        scattered: ladder.map((r) => explained(scattered(r, truth, groupSeed))),
      };
    });
    return { groups };
  },

  present({ groups }, p) {
    const names = p.references.map(nameOf);
    type Reference = { bits: number; explained: number[] };
    const reached = (steps: readonly number[], { explained }: Reference): number | null =>
      // The share that is still missing, which falls under the level.
      passageStep(
        steps,
        explained.map((bits) => 1 - bits / (explained.at(-1) ?? Number.NaN)),
        1 - p.saturation,
      );
    const passages = (which: 'ladder' | 'level') =>
      groups.map(({ steps, [which]: list }) => list.map((one) => reached(steps, one)));
    /** What each reference explains of what the network knows, when that is half of what the reference knows. */
    const early = (which: 'ladder' | 'scattered') =>
      groups.map((group) =>
        group.ladder.map(({ bits, explained }, i) => {
          const r = Math.max(
            0,
            group.known.findIndex((known) => known > bits / 2),
          );
          const of = which === 'ladder' ? explained : (group.scattered[i] ?? []);
          return (of[r] ?? Number.NaN) / (group.known[r] ?? Number.NaN);
        }),
      );
    const [first] = groups as [(typeof groups)[number]];
    const at = first.steps.map((step) => step + 1);
    const medians = (values: readonly (readonly (number | null)[])[]) =>
      names.map((_, i) => spread(values.map((row) => row[i] ?? Number.NaN)).median);
    return {
      metrics: Object.fromEntries(
        names.map((name, i) => [`bits_${name}`, spread(groups.map((g) => g.ladder[i]?.bits ?? Number.NaN)).median]),
      ),
      tables: [
        {
          id: 'references',
          title: `What the references know and explain, median of ${p.networks} networks`,
          columns: {
            reference: names,
            'knows (bits)': medians(groups.map(({ ladder }) => ladder.map(({ bits }) => bits))),
            'share explained early': medians(early('ladder')),
            'by scattered errors': medians(early('scattered')),
            'explains in the end (bits)': medians(
              groups.map(({ ladder }) => ladder.map(({ explained }) => explained.at(-1) ?? Number.NaN)),
            ),
            'reached at step': medians(passages('ladder')),
          },
        },
      ],
      claims: [
        increasing({
          id: 'ladder',
          statement: `What a reference explains is reached the later the more the reference knows (step at ${p.saturation} of its last value), in every one of ${p.networks} networks.`,
          source: [cite('nakkiran2019', 'figure 2'), cite('xuBook', 'section 1.2')].join('; '),
          measured: passages('ladder'),
          labels: names,
          unit: 'steps',
          control: {
            id: 'level',
            statement: 'as many linear classifiers from other weights',
            measured: passages('level'),
          },
        }),
        atLeast(0.7, {
          id: 'explained',
          statement:
            'When the network knows half of what a reference knows, the reference explains 70 % of it or more, every reference of the ladder.',
          source: cite('nakkiran2019', 'section 2 and 4'),
          measured: early('ladder'),
          labels: names,
          control: {
            id: 'scattered',
            statement: 'decisions as often right as those of each reference, wrong at random images',
            measured: early('scattered'),
          },
        }),
      ],
      figures: [
        lineFigure({
          id: 'explained',
          title: 'What the network knows, and what each reference explains of it',
          caption:
            'Bits about the labels of the test images (first network). Each curve leaves that of the network when its reference knows no more.',
          x: { title: 'step', log: true },
          y: { title: 'information (bits)', domain: [0, 1] },
          lines: [
            { name: 'known', x: at, y: first.known, color: '#000000' },
            ...first.ladder.map(({ explained }, i) => ({ name: `explained by ${names[i]}`, x: at, y: explained })),
          ],
        }),
        lineFigure({
          id: 'control',
          title: 'The control: references that are wrong at random images',
          caption:
            'As above, the decisions of each reference as often right, its errors at random places: it knows as much, and explains little.',
          x: { title: 'step', log: true },
          y: { title: 'information (bits)', domain: [0, 1] },
          lines: [
            { name: 'known', x: at, y: first.known, color: '#000000' },
            ...first.scattered.map((explained, i) => ({ name: `explained by ${names[i]}`, x: at, y: explained })),
          ],
        }),
      ],
    };
  },
});

/** Decisions between 0 and 1 that are wrong as often as those given, at images drawn at random. */
function scattered(decided: Float64Array, truth: ArrayLike<number>, seed: number): Float64Array {
  const wrong = Math.round((1 - agreement(decided, truth)) * decided.length);
  const key = gaussianNoise(decided.length, { seed, stream: 'images that are got wrong' }).data;
  const chosen = new Set(
    Array.from(key.keys())
      .sort((i, j) => (key[i] ?? 0) - (key[j] ?? 0))
      .slice(0, wrong),
  );
  return Float64Array.from(truth, (label, i) => (chosen.has(i) ? 1 - label : label));
}
