// Seed 000's experiments that train, smaller than their quick presets.
import { describe, expect, it } from 'vitest';
import { bandGeneralization } from '../src/experiments/fourier-analysis/band-generalization.js';
import { frequencyBias } from '../src/experiments/fourier-analysis/frequency-bias.js';
import { frequencyMasks } from '../src/experiments/fourier-analysis/frequency-masks.js';
import { frequencyRegularizedTraining } from '../src/experiments/fourier-analysis/frequency-regularized-training.js';
import { kernelResponse } from '../src/experiments/fourier-analysis/kernel-response.js';
import { spectralLosses } from '../src/experiments/fourier-analysis/spectral-losses.js';
import { spectralNormalization } from '../src/experiments/fourier-analysis/spectral-normalization.js';
import { type Experiment, FprincipleError, runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

/** Runs small; where a data set cannot be had (offline) it says so and tests nothing. */
async function claimsOf(experiment: Experiment, parameters: object): Promise<Record<string, boolean> | undefined> {
  try {
    const result = await runExperiment(experiment, { parameters, seed: 3 });
    await expectWellFormed(result);
    return Object.fromEntries(result.claims.map(({ id, pass }) => [id, pass]));
  } catch (error) {
    if (!(error instanceof FprincipleError) || error.code !== 'DATA_UNAVAILABLE') throw error;
    console.warn(`not tested: ${error.message}`);
    return undefined;
  }
}

const allHold = (claims: Record<string, boolean> | undefined): void => {
  for (const [id, pass] of Object.entries(claims ?? {})) expect(pass, id).toBe(true);
};

describe('experiments of the Fourier notes', { timeout: 120_000 }, () => {
  it('frequency-bias: the first layer changes in the span of the tones only', async () => {
    allHold(await claimsOf(frequencyBias, { phases: 60, hidden: [64, 64], steps: 1000, networks: 2 }));
  });

  it('frequency-bias: a network that has learnt nothing is not said to know the tones', async () => {
    const claims = await claimsOf(frequencyBias, { phases: 20, hidden: [16], steps: 2, networks: 1 });
    expect(claims).toMatchObject({ learnt: false, 'aliased-sketch': true });
  });

  it('frequency-masks: masks on weights are masks on images', async () => {
    const claims = await claimsOf(frequencyMasks, {
      samples: 2000,
      test: 500,
      hidden: [48],
      epochs: 3,
      derivatives: 5,
      networks: 2,
      cutoffs: [0.03, 0.12, 0.3],
    });
    allHold(claims);
  });

  it('band-generalization: the gap is largest in the high band', async () => {
    allHold(
      await claimsOf(bandGeneralization, { train: 200, test: 200, width: 96, steps: 600, records: 10, networks: 1 }),
    );
  });

  it('spectral-normalization: norms, bounds and decisions', async () => {
    allHold(
      await claimsOf(spectralNormalization, {
        samples: 2000,
        test: 500,
        hidden: [64, 32],
        epochs: 4,
        derivatives: 10,
        networks: 1,
      }),
    );
  });

  it('spectral-losses: shares near Nyquist, phases with negatives, gradients', async () => {
    const claims = await claimsOf(spectralLosses, {
      steps: 600,
      networks: 2,
      digits: 600,
      pairs: 32,
      embedding: 32,
      contrastiveSteps: 60,
      asked: 60,
      alphas: [0, 1],
    });
    // So short a training finds fewer views than the pictures' own phases do.
    if (claims)
      expect(claims).toMatchObject({ gradients: true, smoother: true, closer: true, collapse: true, learnt: true });
  });

  it('frequency-regularized-training: terms of the loss, and a sketch that slices nothing', async () => {
    const claims = await claimsOf(frequencyRegularizedTraining, {
      samples: 1500,
      test: 500,
      hidden: [64],
      epochs: 4,
      networks: 1,
    });
    // So small a network says nothing of the accuracy and of its weights as pictures.
    if (claims)
      expect(claims).toMatchObject({ drawn: true, falls: true, 'less-than-without': true, sum: true, sketch: true });
  });

  it('kernel-response: closed forms, exact norms and a trained CNN', async () => {
    allHold(await claimsOf(kernelResponse, { samples: 2000, epochs: 2, channels: 8 }));
  });
});
