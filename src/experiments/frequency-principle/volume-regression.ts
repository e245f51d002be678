/**
 * A solid learnt as a function of its coordinates (Xu, book, section 1.4: reconstruction of three-dimensional objects).
 *
 * The Stanford bunny as occupancy, 1 inside and 0 outside, on a cubic grid. As for pictures (`image-regression`), low radial
 * frequencies are filled first; what is left is the detail, which the book names as the weakness of such reconstructions.
 * The low frequencies of a solid are its large ones, too: the same is shown where every frequency has the same amplitude and only the phases
 * are the bunny's. The control turns round what is low for the network.
 *
 * An octave counts as learnt at 0.5, as in `image-regression`. Claimed is how much of the next is missing when the lowest is learnt:
 * that the lowest comes first is so in the control too, where both are there within some steps, for being the largest. All
 * points make a step in `quick`: of mini-batches the noise of the high frequencies, which equal amplitudes make the largest part, keeps
 * the low ones from being learnt (relative errors of 0.4 to 1.4 at the end). A rise of the signal-to-noise ratio, which 0.1.0 claimed, any
 * training shows.
 */
import { z } from 'zod';
import { cite } from '../../bibliography.js';
import type { NdArray } from '../../core/ndarray.js';
import { voxelize } from '../../data/index.js';
import { atLeast, common, defineExperiment, grid, leftWhenLearnt, spread, trainAll } from '../../experiment/index.js';
import { lineFigure, picturesFigure, slice } from '../../figures/index.js';
import { mlp, type NetworkSpec } from '../../nets/index.js';
import { psnr } from '../../spectrum/index.js';
import { mean } from '../support/arrays.js';
import { errorMapFigure } from '../support/error-map.js';
import { octaveErrors, reversedWaves, withAmplitudes } from '../support/octaves.js';
import { errorCurves, medianBand, passageTable } from '../support/order.js';
import { snapshotRecords, stepName, stepNames } from '../support/snapshots.js';

const parameters = z.object({
  side: z.int().min(8).max(128).default(64).describe('cubes along each axis'),
  hidden: common.hidden([256, 256, 256, 256]),
  activation: z.enum(['tanh', 'relu', 'sin', 'gelu', 'silu', 'elu']).default('relu').describe('of the hidden layers'),
  learningRate: common.learningRate(1e-3, 'Adam'),
  batchSize: z.int().min(1).default(4096).describe('points a step'),
  steps: common.steps(4000),
  networks: common.networks(),
  records: common.records(30),
  waves: z.int().min(1).default(4).describe('highest frequency, cycles per side, of the waves that the control sees'),
  snapshots: z.array(z.int().min(0)).min(1).default([100, 1000, 4000]).describe('steps of the slices shown'),
  level: common.level(0.5),
});

const kinds = ['own', 'equal'] as const;

export const volumeRegression = defineExperiment({
  id: 'volume-regression',
  title: 'A solid is learnt from a blob to its details',
  source: cite('xuBook', 'section 1.4: three-dimensional objects'),
  statement:
    'A dense network learns a three-dimensional object as a function from coordinates to intensity. Low radial ' +
    'frequencies come first: the rough shape is there early, the details are missing longest.',
  formula: 'E(octave)^2 = Σ_{|k|∈octave} |ĥ(k) − f̂(k)|^2 / Σ_{|k|∈octave} |f̂(k)|^2',
  parameters,
  presets: {
    quick: {
      side: 12,
      hidden: [64, 64, 64],
      learningRate: 3e-3,
      steps: 600,
      waves: 2,
      snapshots: [20, 100, 600],
    },
    paper: { networks: 3 },
  },
  seconds: { quick: 12, paper: 3600 },
  data: ['bunny'],

  async measure(context) {
    const { parameters: p, seeds, data } = context;
    const n = p.side;
    const solid = voxelize(await data.mesh('bunny'), n);
    const x = centres(n);
    const waves = reversedWaves(3, p.waves);
    const networkOf = (turned: boolean): NetworkSpec => {
      const { hidden, activation } = p;
      const plain = mlp({ input: turned ? waves.size : 3, hidden, output: 1, activation, init: 'he' });
      return turned ? { input: 3, layers: [waves.layer, ...plain.layers] } : plain;
    };
    const targets = { own: solid, equal: withAmplitudes(solid, 'equal') };
    const trained = await trainAll(context, {
      cells: grid({ amplitudes: kinds, turned: [false, true], seed: seeds(p.networks) }),
      run: ({ amplitudes, turned, seed }) => ({
        seed,
        spec: networkOf(turned),
        y: { data: targets[amplitudes].data, shape: [n ** 3, 1] },
      }),
      shared: {
        x,
        loss: 'mse',
        optimizer: { type: 'adam', learningRate: p.learningRate },
        steps: p.steps,
        batchSize: Math.min(p.batchSize, n ** 3),
        record: { log: p.records },
        probes: { output: { type: 'outputs', points: x } },
      },
    });
    const middle = Math.floor(n / 2);
    const fits = trained.map(({ probes, ...fit }, i) => {
      const frames = { data: probes.output.values.data, shape: [fit.steps.length, n, n, n] };
      const goal = targets[fit.amplitudes];
      return {
        ...fit,
        ...octaveErrors(frames, goal),
        psnr: fit.steps.map((_, r) => psnr(slice(frames, r).data, goal.data)),
        // The middle slices of the first network, which the figures show.
        slices: i === 0 ? fit.steps.map((_, r) => upright(slice(frames, r), middle)) : null,
      };
    });
    return { occupied: mean(solid.data), slice: upright(solid, middle), fits };
  },

  present({ occupied, slice: goal, fits }, p) {
    const of = (amplitudes: (typeof kinds)[number], turned = false) =>
      fits.filter((fit) => fit.amplitudes === amplitudes && fit.turned === turned);
    const [plain, equal] = [of('own'), of('equal')];
    const [first] = plain;
    const names = first?.names ?? [];
    const left = (list: typeof fits) => list.map((fit) => leftWhenLearnt(fit, { learnt: 0, left: 1, level: p.level }));
    const control = {
      id: 'reversed',
      statement: 'the network sees waves, the highest frequency as its strongest input',
    };
    const steps = first?.steps ?? [];
    const shown = snapshotRecords(steps, p.snapshots);
    const slices = first?.slices ?? [];
    return {
      metrics: { psnr: spread(plain.map((fit) => fit.psnr.at(-1) ?? Number.NaN)).median, occupied },
      tables: [
        passageTable(fits, {
          id: 'octaves',
          level: p.level,
          columns: {
            amplitudes: (fit) => fit.amplitudes,
            input: (fit) => (fit.turned ? 'waves, high ones strong' : 'coordinates'),
            network: (_, i) => (i % p.networks) + 1,
          },
          component: ['cycles per side', (fit) => fit.names],
        }),
      ],
      claims: [
        atLeast(0.75, {
          id: 'details-missing',
          statement: `When the lowest octave is learnt (relative error settled under ${p.level}), three quarters or more of the next is missing (relative error), in every one of ${p.networks} networks.`,
          source: cite('xuBook', 'section 1.4: detail is hard to reconstruct'),
          measured: left(plain),
          control: { ...control, measured: left(of('own', true)) },
        }),
        atLeast(0.75, {
          id: 'equal-amplitudes',
          statement: `Frequency and not amplitude: the same where every frequency has the same amplitude, in every one of ${p.networks} networks.`,
          source: cite('fprinciple', 'the rival explanation: the low frequencies of a solid are its large ones'),
          measured: left(equal),
          control: { ...control, measured: left(of('equal', true)) },
        }),
      ],
      figures: [
        picturesFigure({
          id: 'slices',
          title: 'Slices through the solid',
          caption: `The middle slice from the front at ${stepNames(shown.map((r) => steps[r] ?? 0))}, first network, and of the solid itself.`,
          pictures: [
            ...shown.map((r) => ({ label: stepName(steps[r] ?? 0), image: slices[r] ?? goal })),
            { label: 'solid', image: goal },
          ],
        }),
        ...(first
          ? [
              errorMapFigure({
                id: 'octaves',
                title: 'Relative error by octave of radial frequency',
                caption:
                  'Relative error of the 3D spectrum in each octave (cycles per side of the cube) through the training, first network. Dark is learnt.',
                error: first.error,
                steps,
                labels: names,
                rows: 'cycles per side',
                range: [0.05, 1],
              }),
            ]
          : []),
        errorCurves(plain, { labels: names, level: p.level }),
        errorCurves(equal, {
          id: 'error-curves-equal',
          title: 'With equal amplitudes: relative error by step',
          labels: names,
          level: p.level,
        }),
        lineFigure({
          id: 'psnr',
          title: 'Signal-to-noise ratio by step',
          caption: `Peak signal-to-noise ratio against the solid (peak 1), median and band of ${p.networks} networks.`,
          x: { title: 'step', log: true },
          y: { title: 'PSNR (dB)' },
          lines: [
            medianBand(
              'network',
              steps.slice(1),
              plain.map((fit) => fit.psnr.slice(1)),
            ),
          ],
          height: 200,
        }),
      ],
      ...(first?.slices && {
        playback: {
          steps,
          loss: first.loss,
          panels: [
            {
              kind: 'image' as const,
              title: 'Middle slice',
              frames: {
                data: Float32Array.from(slices.flatMap(({ data }) => [...data])),
                shape: [slices.length, ...goal.shape],
              },
              target: goal,
            },
          ],
        },
      }),
    };
  },
});

/** Centres of the cubes, `[n^3, 3]` as (x, y, z) in [-1, 1], x fastest. */
function centres(n: number): NdArray {
  const data = new Float32Array(3 * n ** 3);
  const at = (i: number): number => (2 * i + 1) / n - 1;
  for (let i = 0; i < n ** 3; i++) data.set([at(i % n), at(Math.floor(i / n) % n), at(Math.floor(i / n ** 2))], 3 * i);
  return { data, shape: [n ** 3, 3] };
}

/** The slice of a volume `[z, y, x]` at one z, with y upwards. */
function upright(volume: NdArray, z: number): NdArray {
  const plane = slice(volume, z);
  const [h = 0, w = 0] = plane.shape;
  return {
    data: Float32Array.from(plane.data, (_, i) => plane.data[(h - 1 - Math.floor(i / w)) * w + (i % w)] ?? 0),
    shape: [h, w],
  };
}
