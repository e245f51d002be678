/**
 * SGD learns functions of increasing complexity (Nakkiran et al. 2019; Xu, book, section 1.2).
 *
 * A deep network F is trained on a task of two classes (digits 0-4 against 5-9, as in the paper). At every record its
 * decisions on test images are compared with those of a linear classifier L and of a shallow network S, both trained to
 * the end. `I(F; Y)` is what F knows of the labels, `mu(F; L) = I(F; Y) - I(F; Y | L)` how much of that L explains, all
 * in bits, from counts. Early, F knows little that L does not; later, what it learns L does not explain, but S does.
 *
 * Any classifier that is right more often than F explains some of what F knows. The control of "L explains it" is therefore one
 * that errs as often as L in each class, on other images; that of "in the end F knows more", the same deep network without its
 * activations, whose decisions are linear.
 *
 * The bounds lie between: on the tuning seeds 1 and 2 the linear classifier explains 0.84 to 0.92 of the early knowledge, one with
 * errors elsewhere 0.32 to 0.44; the shallow network explains 1.8 to 1.9 times what the linear one does, one as often right 1.35
 * to 1.45 times.
 *
 * The plug-in estimate of `I(F; Y | L)` is too large by about 1/(n ln 2) bits: 3e-4 for 5,000 test images.
 */

import { z } from 'zod';
import { decisions, mutualInformation, performanceCorrelation } from '../../analysis/index.js';
import { cite } from '../../bibliography.js';
import { rows } from '../../core/reading.js';
import { above, atLeast, common, defineExperiment, grid, spread, trainAll } from '../../experiment/index.js';
import { colors, lineFigure } from '../../figures/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { classifierLayers } from '../support/layers.js';

const parameters = z.object({
  samples: z.int().min(200).max(60_000).default(60_000).describe('training images of MNIST'),
  tested: z.int().min(200).max(10_000).default(10_000).describe('test images on which decisions are compared'),
  deep: z
    .array(z.int().min(1))
    .min(2)
    .default([256, 256, 256, 256])
    .describe('hidden layers of the network that is followed, ReLU'),
  shallow: z.int().min(1).default(32).describe('hidden units of the shallow network, one layer, ReLU'),
  learningRate: common.learningRate(0.01, 'SGD for the deep network'),
  referenceRate: common.learningRate(0.05, 'SGD for the linear and the shallow one'),
  batchSize: z.int().min(1).default(32).describe('images a step'),
  epochs: z.number().positive().default(30).describe('passes over the training images'),
  records: common.records(60),
  networks: common.networks(),
});

const kinds = ['deep', 'deepLinear', 'linear', 'shallow'] as const;

export const functionComplexity = defineExperiment({
  id: 'function-complexity',
  title: 'A deep network first learns what a linear one knows',
  source: [cite('nakkiran2019'), cite('xuBook', 'section 1.2')].join('; '),
  statement:
    'Early in training what a deep network knows of the labels is explained by a linear classifier; later, what it has ' +
    'learnt besides is explained by a shallow network, and in the end not all of it.',
  formula: 'μ_Y(F; L) = I(F; Y) − I(F; Y | L)',
  parameters,
  presets: {
    quick: { samples: 4000, tested: 4000, deep: [128, 128, 128], epochs: 20, records: 45, learningRate: 0.02 },
    paper: {},
  },
  seconds: { quick: 9, paper: 1000 },
  data: ['mnist'],

  async measure(context) {
    const { parameters: p, seeds, data, random } = context;
    const set = await data.mnist({ count: p.samples });
    const test = await data.mnist({ split: 'test', count: p.tested });
    // Classes 0 and 1: digits under 5, and from 5 on.
    const halves = ({ labels }: typeof set) => ({ data: labels.data.map((c) => (c < 5 ? 0 : 1)), shape: labels.shape });
    const truth = halves(test);
    const deep = classifierLayers(p.deep, 2);
    const layers = {
      deep,
      deepLinear: deep.filter(({ type }) => type !== 'activation'),
      linear: classifierLayers([], 2),
      shallow: classifierLayers([p.shallow], 2),
    };
    const trained = await trainAll(context, {
      cells: grid({ seed: seeds(p.networks), kind: kinds }),
      run: ({ seed, kind }) => ({
        seed,
        spec: { input: set.images.shape[1] ?? 0, layers: layers[kind] },
        optimizer: {
          type: 'sgd',
          learningRate: kind === 'linear' || kind === 'shallow' ? p.referenceRate : p.learningRate,
        },
        record: kind === 'deep' ? { log: p.records } : { at: [] },
      }),
      shared: {
        x: set.images,
        y: halves(set),
        loss: 'crossEntropy',
        batchSize: Math.min(p.batchSize, p.samples),
        steps: Math.round((p.epochs * p.samples) / p.batchSize),
        probes: { output: { type: 'outputs', points: test.images } },
      },
    });
    return seeds(p.networks).map((seed, i) => {
      const of = (kind: (typeof kinds)[number]) => {
        const found = trained.find((fit) => fit.seed === seed && fit.kind === kind);
        return { steps: found?.steps ?? [], decided: found ? rows(decisions(found.probes.output.values)) : [] };
      };
      const last = ({ decided }: ReturnType<typeof of>) => decided.at(-1) ?? new Float64Array();
      const { steps, decided } = of('deep');
      const [l, s, flat] = [last(of('linear')), last(of('shallow')), last(of('deepLinear'))];
      const elsewhere = (f: Float64Array, name: string) => withErrorsElsewhere(f, truth.data, random(name, i));
      const explained = (by: Float64Array) => decided.map((f) => performanceCorrelation(f, truth, by));
      return {
        steps,
        known: decided.map((f) => mutualInformation(f, truth)),
        byLinear: explained(l),
        byShallow: explained(s),
        byOtherLinear: explained(elsewhere(l, 'errors of the linear one')),
        byOtherShallow: explained(elsewhere(s, 'errors of the shallow one')),
        linear: mutualInformation(l, truth),
        shallow: mutualInformation(s, truth),
        /** Of the deep network without activations: what it knows, and how much of that the linear one explains. */
        flat: { known: mutualInformation(flat, truth), byLinear: performanceCorrelation(flat, truth, l) },
      };
    });
  },

  present(runs, p) {
    type Run = (typeof runs)[number];
    // Early: F knows something, but not more than half of what the linear classifier knows.
    const early = (run: Run): number => {
      const past = run.known.findIndex((bits) => bits > run.linear / 2);
      return past < 0 ? run.known.length - 1 : past;
    };
    const share = (run: Run, part: readonly number[], r: number) =>
      (part.at(r) ?? Number.NaN) / (run.known.at(r) ?? Number.NaN);
    const last = (part: readonly number[]) => part.at(-1) ?? Number.NaN;
    const [first] = runs;
    const at = (first?.steps ?? []).map((step) => step + 1);
    const source = cite('nakkiran2019', 'figure 1');
    const explainedEarly = runs.map((run) => share(run, run.byLinear, early(run)));
    const median = (list: number[]) => spread(list).median;
    const each = `in every one of ${p.networks} networks`;
    const elsewhere = { id: 'errors-elsewhere', statement: 'one that errs as often in each class, on other images' };

    return {
      metrics: {
        explained_early_least: spread(explainedEarly).min,
        explained_early_most: spread(explainedEarly).max,
        linear_bits: median(runs.map((run) => run.linear)),
        shallow_bits: median(runs.map((run) => run.shallow)),
        deep_bits: median(runs.map((run) => last(run.known))),
      },
      tables: [
        {
          id: 'shares',
          title: 'Share of what the deep network knows that the others explain',
          columns: {
            network: runs.map((_, i) => i + 1),
            'early: by the linear one': explainedEarly,
            'early: by one with errors elsewhere': runs.map((run) => share(run, run.byOtherLinear, early(run))),
            'at the end: by the linear one': runs.map((run) => share(run, run.byLinear, -1)),
            'at the end: by the shallow one': runs.map((run) => share(run, run.byShallow, -1)),
            'at the end, without activations: by the linear one': runs.map(({ flat }) => flat.byLinear / flat.known),
          },
        },
      ],
      claims: [
        atLeast(0.7, {
          id: 'linear-first',
          statement: `When the deep network has learnt half of what the linear classifier knows, the linear classifier explains at least 70 % of what it knows, ${each}.`,
          source,
          measured: explainedEarly,
          control: { ...elsewhere, measured: runs.map((run) => share(run, run.byOtherLinear, early(run))) },
        }),
        above(1.2, {
          id: 'then-more',
          statement: `At the end it knows more than the linear classifier explains: what it knows over what is explained, ${each}.`,
          source,
          measured: runs.map((run) => 1 / share(run, run.byLinear, -1)),
          control: {
            id: 'without-activations',
            statement: 'the same network without its activations',
            measured: runs.map(({ flat }) => flat.known / flat.byLinear),
          },
        }),
        above(1.6, {
          id: 'shallow-explains-more',
          statement: `At the end the shallow network explains more of it than the linear one does, and more than its being right more often accounts for (ratio), ${each}.`,
          source,
          measured: runs.map((run) => last(run.byShallow) / last(run.byLinear)),
          control: { ...elsewhere, measured: runs.map((run) => last(run.byOtherShallow) / last(run.byLinear)) },
        }),
      ],
      figures: [
        lineFigure({
          id: 'information',
          title: 'What the deep network knows, and what explains it',
          caption:
            'Bits about the labels of the test images (first network). Levels: what the trained linear and shallow networks know. Early, the curves lie on each other; later the linear classifier explains no more. Gray: what a classifier explains that errs as often as the linear one, on other images.',
          x: { title: 'step', log: true },
          y: { title: 'information (bits)', domain: [0, 1] },
          lines: [
            { name: 'I(F; Y)', x: at, y: first?.known ?? [], color: colors.target },
            { name: 'explained by shallow', x: at, y: first?.byShallow ?? [], color: colors.low, dash: [6, 3] },
            { name: 'explained by linear', x: at, y: first?.byLinear ?? [], color: colors.high, dash: [2, 2] },
            { name: 'with errors elsewhere', x: at, y: first?.byOtherLinear ?? [], color: '#999999' },
          ],
          levels: [
            { value: first?.linear ?? 0, name: 'linear' },
            { value: first?.shallow ?? 0, name: 'shallow' },
          ],
        }),
        lineFigure({
          id: 'unexplained',
          title: 'What neither explains',
          caption:
            'I(F; Y | L) and I(F; Y | S), in bits: what the deep network knows beyond the other (first network). It grows with training, for the simpler reference first.',
          x: { title: 'step', log: true },
          y: { title: 'information (bits)' },
          lines: (['byLinear', 'byShallow'] as const).map((by) => ({
            name: by === 'byLinear' ? 'beyond linear' : 'beyond shallow',
            x: at,
            y: (first?.known ?? []).map((v, i) => v - (first?.[by][i] ?? Number.NaN)),
          })),
        }),
      ],
    };
  },
});

/** Decisions between two classes that err as often in each class as those given, on random images. */
function withErrorsElsewhere(
  decided: Float64Array,
  truth: ArrayLike<number>,
  draw: { seed: number; stream: string },
): Float64Array {
  const order = gaussianNoise(decided.length, draw).data;
  const out = Float64Array.from(truth);
  for (const c of [0, 1]) {
    const members = Array.from(out.keys()).filter((i) => truth[i] === c);
    const wrong = members.filter((i) => decided[i] !== c).length;
    const drawn = members.toSorted((i, j) => (order[i] ?? 0) - (order[j] ?? 0)).slice(0, wrong);
    for (const i of drawn) out[i] = 1 - c;
  }
  return out;
}
