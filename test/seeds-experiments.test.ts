/** The rest of the seed documents' statements, smaller than their quick presets. */
import { describe, expect, it } from 'vitest';
import { reluThreshold } from '../src/experiments/fourier-analysis/relu-threshold.js';
import { curseOfDimensionality } from '../src/experiments/frequency-principle/curse-of-dimensionality.js';
import { imageFrequency } from '../src/experiments/frequency-principle/image-frequency.js';
import { referenceNetworks } from '../src/experiments/frequency-principle/reference-networks.js';
import { attentionRank } from '../src/experiments/low-rank/attention-rank.js';
import { meanField } from '../src/experiments/low-rank/mean-field.js';
import { pathNormExperiment } from '../src/experiments/low-rank/path-norm.js';
import { pathNotExpressivity } from '../src/experiments/low-rank/path-not-expressivity.js';
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
});
