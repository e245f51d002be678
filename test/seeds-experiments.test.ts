/** The rest of the seed documents' statements, smaller than their quick presets. */
import { describe, expect, it } from 'vitest';
import { reluThreshold } from '../src/experiments/fourier-analysis/relu-threshold.js';
import { classificationProjection } from '../src/experiments/frequency-principle/classification-projection.js';
import { curseOfDimensionality } from '../src/experiments/frequency-principle/curse-of-dimensionality.js';
import { depthAccelerates, widthOf } from '../src/experiments/frequency-principle/depth-accelerates.js';
import { imageFrequency } from '../src/experiments/frequency-principle/image-frequency.js';
import { phaseDnnDimensions } from '../src/experiments/frequency-principle/phase-dnn-dimensions.js';
import { referenceNetworks } from '../src/experiments/frequency-principle/reference-networks.js';
import { attentionRank } from '../src/experiments/low-rank/attention-rank.js';
import { meanField } from '../src/experiments/low-rank/mean-field.js';
import { pathNormExperiment } from '../src/experiments/low-rank/path-norm.js';
import { pathNotExpressivity } from '../src/experiments/low-rank/path-not-expressivity.js';
import { bandsOfAxis, centresOf, envelope, movedBack } from '../src/experiments/support/bands.js';
import { type Experiment, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';
import { expectWellFormed } from './support/outcome.js';

/** Runs on made-up data; which claims hold. */
async function claimsOf(experiment: Experiment, parameters: object): Promise<Record<string, boolean>> {
  const result = await runExperiment(experiment, { preset: 'quick', seed: 7, parameters, data: madeUpData });
  await expectWellFormed(result);
  return Object.fromEntries(result.claims.map(({ id, pass }) => [id, pass]));
}

describe('the rest of the seeds, small', { timeout: 120_000 }, () => {
  it('relu-threshold: closed forms, halves and shares', async () => {
    const claims = await claimsOf(reluThreshold, { samples: 65_536, draws: 2, bands: [1 / 16] });
    expect(claims).toEqual({ harmonics: true, half: true, noise: true, kernel: true, sketch: true });
  });

  it('curse-of-dimensionality: counted', async () => {
    const parameters = { images: 100, axes: [4, 8, 12], gridAxes: [10, 14, 18], lengths: [98, 392, 784], draws: 2 };
    // What is timed is not asked of a test: other processes share the machine.
    expect(await claimsOf(curseOfDimensionality, parameters)).toMatchObject({ count: true });
  });

  it('path-norm: both norms are least from small weights', async () => {
    const claims = await claimsOf(pathNormExperiment, { networks: 2, records: 10 });
    expect(claims).toEqual({ 'path-least': true, 'weights-least': true, 'come-apart': true });
  });

  it('path-not-expressivity: the start decides', async () => {
    const claims = await claimsOf(pathNotExpressivity, { networks: 1 });
    expect(claims).toEqual({ 'can-express': true, stays: true, gradients: true });
  });

  it('image-frequency: a digit has another spectrum than its perturbation', async () => {
    const claims = await claimsOf(imageFrequency, { samples: 200, probed: 12, hidden: [24], networks: 1 });
    expect(claims).toMatchObject({ 'not-low': true });
  });

  it('reference-networks: scattered errors explain less', async () => {
    const parameters = { samples: 300, tested: 300, hidden: [24, 24], epochs: 6, records: 12, networks: 1 };
    expect(Object.keys(await claimsOf(referenceNetworks, parameters))).toEqual(['ladder', 'explained']);
  });

  it('attention-rank: nearly uniform at the start, and of full numerical rank', async () => {
    const parameters = { tokens: 8, width: 8, head: 4, sequences: 64, steps: 20, stages: 3, tested: 2, networks: 1 };
    const result = await runExperiment(attentionRank, { preset: 'quick', seed: 7, parameters });
    await expectWellFormed(result);
    expect(result.claims.find(({ id }) => id === 'raises')).toMatchObject({ pass: true, measured: [8] });
    expect(result.claims.find(({ id }) => id === 'raises')?.controls?.[0]?.measured).toEqual([4]);
  });

  it('mean-field: its kernel moves at every width, that of the lazy one does not', async () => {
    const parameters = { points: 32, tones: [1, 2], widths: [64, 512], steps: 300, records: 12, networks: 1 };
    const claims = await claimsOf(meanField, parameters);
    expect(claims).toMatchObject({ moves: true, 'every-width': true });
  });

  it('classification-projection: colours are followed by bands and at the peaks of their spectrum', async () => {
    const few = { samples: 200, measured: 200, hidden: [12], batchSize: 50, steps: 30, records: 10, networks: 1 };
    const claims = await claimsOf(classificationProjection, { ...few, datasets: ['cifar10'] });
    expect(Object.keys(claims)).toEqual(['low-dominates', 'low-first-cifar10', 'peaks-cifar10']);
  });

  it('depth-accelerates: as many parameters, and a shuffled layer learns no sooner than the first', async () => {
    for (const depth of [1, 2, 5]) {
      const width = widthOf(depth, 2000);
      const count = 2 * width + (depth - 1) * (width ** 2 + width) + width + 1;
      expect(Math.abs(count / 2000 - 1), `${depth} layers`).toBeLessThan(0.05);
    }
    const learner = { width: 12, steps: 150 };
    const parameters = { points: 24, depths: [1, 3], parameters: 300, rates: [0.02], steps: 250, networks: 1, learner };
    expect(Object.keys(await claimsOf(depthAccelerates, parameters))).toEqual([
      'deeper-is-faster',
      'deeper-output-is-faster',
      'any-target',
    ]);
  });

  it('phase-dnn-dimensions: as many bands as counted', async () => {
    const parameters = { reaches: [2], sampling: 4, steps: 400, records: 10, networks: 1 };
    expect(await claimsOf(phaseDnnDimensions, parameters)).toMatchObject({ bands: true });
  });

  it.each([1, 2, 3])('bands of %i dimensions: as many as the formula says, and together they are the function', (d) => {
    const [reach, width, side] = [5, 4, 12];
    const centres = centresOf(reach, width, d);
    expect(bandsOfAxis(reach, width)).toBe(2);
    expect(centres).toHaveLength((3 ** d + 1) / 2);
    const n = side ** d;
    const data = Float64Array.from({ length: n * d }, (_, i) => {
      const axis = Math.floor(Math.floor(i / d) / side ** (d - 1 - (i % d))) % side;
      return -Math.PI + (2 * Math.PI * axis) / side;
    });
    const points = { data, shape: [n, d] };
    // Wave numbers 5, -3, 1 and a constant: in every kind of band.
    const waves = [5, -3, 1];
    const values = Float64Array.from({ length: n }, (_, i) =>
      waves
        .slice(0, d)
        .reduce((product, k, axis) => product * (1 + Math.cos(k * (data[i * d + axis] ?? 0) + axis + 1)), 0.5),
    );
    const parts = centres.map((centre) => {
      const own = envelope({ data: values, shape: Array<number>(d).fill(side) }, points, centre, width);
      return movedBack(own.data, points, centre);
    });
    const worst = values.map((v, i) => Math.abs(v - parts.reduce((sum, part) => sum + (part[i] ?? 0), 0)));
    expect(Math.max(...worst)).toBeLessThan(1e-12);
  });
});
