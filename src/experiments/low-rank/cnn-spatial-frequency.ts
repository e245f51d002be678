/**
 * A convolutional network fits the low spatial frequencies of a picture first (seed 004: "CNN, on spatial frequency").
 *
 * One fixed image of noise goes in, the photograph is to come out (the setting of the deep image prior, Ulyanov, Vedaldi
 * and Lempitsky 2018, without its bottleneck): nothing in the input tells coordinates, and every pixel of the output sees
 * a neighbourhood of the noise only. What order there is comes from the convolutions and gradient descent.
 *
 * Neighbouring octaves can come together: of the networks 101 to 109 one passed one cycle a side at step 62 and two to three
 * cycles at step 60. The claim is therefore about an octave and the next but one. (The quick preset had a learning rate of 3e-3,
 * with which network 106 learnt nothing.)
 */
import { z } from 'zod';
import { column } from '../../core/reading.js';
import { shrinkPicture } from '../../data/index.js';
import {
  above,
  defineExperiment,
  increasing,
  nearestRecord,
  passageStep,
  probe,
  refuseDiverged,
} from '../../experiment/index.js';
import { picturesFigure, slice } from '../../figures/index.js';
import { createModel, type LayerSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { errorMapFigure } from '../support/error-map.js';
import { octaveErrors } from '../support/octaves.js';
import { snapshotRecords, stepName, stepNames } from '../support/snapshots.js';

const parameters = z.object({
  image: z.string().min(1).default('cameraman').describe('cameraman, or the path of a PNG or JPEG file'),
  side: z.int().min(8).max(512).default(128).describe('pixels of the longer side'),
  filters: z.int().min(1).default(64).describe('of each convolution'),
  depth: z.int().min(1).max(20).default(5).describe('convolutions before the last'),
  kernel: z.int().min(1).max(15).default(5).describe('side of the kernels'),
  noise: z.int().min(1).max(64).default(16).describe('channels of the input noise'),
  learningRate: z.number().positive().default(1e-3).describe('of Adam'),
  steps: z.int().min(1).default(3000).describe('training steps'),
  records: z.int().min(10).max(500).default(60).describe('recorded steps, evenly spaced in their logarithm'),
  snapshots: z.array(z.int().min(0)).min(1).default([30, 300, 3000]).describe('steps of the pictures shown'),
  seeds: z.int().min(1).max(20).default(3).describe('networks, each with noise of its own'),
  level: z.number().positive().max(1).default(0.5).describe('relative error of an octave that counts as learnt'),
});

export const cnnSpatialFrequency = defineExperiment({
  id: 'cnn-spatial-frequency',
  title: 'A convolutional network fits low spatial frequencies first',
  source: 'Spectral bias and low-rank bias (004), section 1.1; Ulyanov et al. 2018, arXiv:1711.10925',
  statement:
    'A convolutional network that turns a fixed image of noise into a photograph fits the low spatial frequencies of ' +
    'the photograph before the high ones.',
  formula: 'E(octave)^2 = Σ_{|k|∈octave} |ĥ(k) − f̂(k)|^2 / Σ_{|k|∈octave} |f̂(k)|^2',
  parameters,
  presets: {
    quick: {
      side: 32,
      filters: 24,
      depth: 3,
      noise: 8,
      steps: 300,
      records: 120,
      snapshots: [10, 50, 300],
      seeds: 3,
    },
    paper: {},
  },
  seconds: { quick: 8, paper: 3000 },
  data: ['cameraman'],
  async run({ parameters: p, seeds, data, signal, training }) {
    const picture = shrinkPicture(await data.picture(p.image, 'gray'), p.side);
    const { height, width, pixels } = picture;
    const convolution = (filters: number): LayerSpec => ({
      type: 'conv2d',
      filters,
      kernel: p.kernel,
      padding: 'same',
      init: 'he',
    });
    const layers = Array.from({ length: p.depth }, (): LayerSpec[] => [
      convolution(p.filters),
      { type: 'activation', fn: 'relu' },
    ]).flat();
    const runs = [];
    for (const [i, seed] of seeds(p.seeds).entries()) {
      const x = {
        data: gaussianNoise(p.noise * height * width, { seed, stream: 'input' }).data,
        shape: [1, p.noise, height, width],
      };
      const phase = `training, seed ${i + 1} of ${p.seeds}`;
      const history = await createModel(
        { input: x.shape.slice(1), layers: [...layers, convolution(1)] },
        { seed },
      ).train({
        x,
        y: { data: pixels.data, shape: [1, 1, height, width] },
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: x } },
        signal,
        onProgress: training(phase, p.steps),
      });
      refuseDiverged(history, phase);
      const frames = { data: probe(history, 'output', 'values').data, shape: [history.steps.length, height, width] };
      const { names, error } = octaveErrors(frames, pixels);
      const passages = names.map((_, b) => passageStep(history.steps, column(error, b), p.level, { settled: true }));
      runs.push({ history, frames, names, error, passages });
    }

    const { history, frames, names, error } = runs[0]!;
    const shown = snapshotRecords(history.steps, p.snapshots);
    const learnt = (row: (number | null)[]): number => Math.max(2, row.filter((step) => step !== null).length);
    // When the lowest octave has passed, what is left of the highest over what is left of the lowest.
    const left = runs.map((run) => {
      const [step] = run.passages;
      if (step === null || step === undefined) return null;
      const r = nearestRecord(run.history.steps, step);
      return column(run.error, names.length - 1)[r]! / column(run.error, 0)[r]!;
    });
    return {
      metrics: Object.fromEntries(
        names.map((name, b) => [
          `last_error_${name.replaceAll(' ', '_')}`,
          column(error, b)[history.steps.length - 1]!,
        ]),
      ),
      tables: [
        {
          id: 'octaves',
          title: `Step from which on the relative error of an octave stays at ${p.level} or less`,
          columns: {
            network: runs.flatMap((_, i) => names.map(() => i + 1)),
            'cycles per side': runs.flatMap(() => names),
            step: runs.flatMap((run) => run.passages),
          },
        },
      ],
      claims: [
        increasing({
          id: 'low-first',
          statement: `An octave passes ${p.level} before the next but one (of those that were learnt, at least three), in every network.`,
          source: '004, section 1.1: CNN, on spatial frequency',
          measured: runs.flatMap(({ passages }) => {
            const steps = passages.slice(0, Math.max(3, learnt(passages)));
            return [0, 1].map((first) => steps.filter((_, octave) => octave % 2 === first)).filter((s) => s.length > 1);
          }),
          unit: 'steps',
        }),
        above(1.5, {
          id: 'high-left',
          statement:
            'When the lowest octave has passed, the relative error of the highest is more than 1.5 times as large, in every network.',
          source: '004, section 1.1',
          measured: left,
        }),
      ],
      figures: [
        picturesFigure({
          id: 'snapshots',
          title: 'From noise to a photograph',
          caption: `Output of the first network at ${stepNames(shown.map((r) => history.steps[r]!))}, and the picture it learns.`,
          pictures: [
            ...shown.map((r) => ({
              label: stepName(history.steps[r]!),
              image: slice(frames, r),
            })),
            { label: 'picture', image: pixels },
          ],
        }),
        errorMapFigure({
          id: 'octaves',
          title: 'Relative error by octave of spatial frequency',
          caption:
            'Relative error of the 2D spectrum in each octave (cycles per picture side) through the training, first network. Dark is learnt.',
          error,
          steps: history.steps,
          labels: names,
          rows: 'cycles per side',
          range: [0.05, 1],
        }),
      ],
      arrays: { relativeError: error },
      playback: {
        steps: history.steps,
        loss: Array.from(history.loss),
        panels: [{ kind: 'image', title: "The network's picture", frames, target: pixels }],
      },
    };
  },
});
