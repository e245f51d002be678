// The five experiments of the main job, smaller than their quick presets, which `npm start` runs.
import { describe, expect, it } from 'vitest';
import { classificationFiltering } from '../src/experiments/frequency-principle/classification-filtering.js';
import { classificationProjection } from '../src/experiments/frequency-principle/classification-projection.js';
import { imageRegression } from '../src/experiments/frequency-principle/image-regression.js';
import { sineMixture } from '../src/experiments/frequency-principle/sine-mixture.js';
import { stepTarget } from '../src/experiments/frequency-principle/step-target.js';
import { type Experiment, type ExperimentResult, FprincipleError, runExperiment } from '../src/index.js';
import { expectWellFormed } from './support/outcome.js';

const run = (experiment: Experiment, parameters: object): Promise<ExperimentResult> =>
  runExperiment(experiment, { parameters, seed: 3 });

const passed = ({ claims }: ExperimentResult): Record<string, boolean> =>
  Object.fromEntries(claims.map(({ id, pass }) => [id, pass]));

/** The result, or `undefined` where a data set cannot be had (offline). */
async function withData(work: () => Promise<ExperimentResult>): Promise<ExperimentResult | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FprincipleError) || error.code !== 'DATA_UNAVAILABLE') throw error;
    console.warn(`not tested: ${error.message}`);
    return undefined;
  }
}

describe('sine-mixture', { timeout: 60_000 }, () => {
  it('learns 1, 3, 5 in this order', async () => {
    const result = await run(sineMixture, { networks: 2, hidden: [60, 60, 60], std: 0.13, records: 60 });
    await expectWellFormed(result);
    expect(passed(result)).toEqual({ order: true, 'high-left': true, 'order-1-5': true });
  });

  it('claims nothing after a training too short to learn', async () => {
    const result = await run(sineMixture, { networks: 1, hidden: [20], steps: 20, records: 10 });
    await expectWellFormed(result);
    expect(passed(result)).toMatchObject({ order: false, 'high-left': false });
  });

  it('says that a training diverged', async () => {
    await expect(run(sineMixture, { networks: 1, hidden: [20], learningRate: 1e30, steps: 50 })).rejects.toMatchObject({
      code: 'NON_FINITE',
    });
  });
});

it('step-target: the outline before the steps, and no more bandwidth than the target', {
  timeout: 60_000,
}, async () => {
  const result = await run(stepTarget, { networks: 1 });
  await expectWellFormed(result);
  expect(passed(result)).toEqual({ 'outline-first': true, 'outline-first-equal-power': true, bandwidth: true });
});

it('image-regression: a small photograph from low to high', { timeout: 60_000 }, async (context) => {
  const result = await withData(() =>
    run(imageRegression, {
      images: ['cameraman'],
      steps: 600,
      networks: 1,
      snapshots: [50, 600],
    }),
  );
  if (!result) return context.skip();
  await expectWellFormed(result);
  expect(passed(result)).toEqual({
    'low-first': true,
    'details-missing': true,
    'equal-amplitudes': true,
    'amplitude-counts': true,
  });
});

describe('classification', { timeout: 60_000 }, () => {
  const small = { samples: 600, hidden: [40], batchSize: 50 };

  it('projection: the low half of the frequencies is ahead', async (context) => {
    const result = await withData(() =>
      run(classificationProjection, {
        ...small,
        datasets: ['mnist'],
        measured: 600,
        steps: 200,
        records: 20,
        networks: 1,
      }),
    );
    if (!result) return context.skip();
    await expectWellFormed(result);
    expect(passed(result)).toMatchObject({ 'low-dominates': true });
  });

  it('filtering: the low-pass error is under the high-pass error', async (context) => {
    const result = await withData(() =>
      run(classificationFiltering, {
        ...small,
        datasets: ['mnist'],
        classifiers: ['dense'],
        networks: 2,
        filtered: 300,
        epochs: 6,
        records: 12,
      }),
    );
    if (!result) return context.skip();
    await expectWellFormed(result);
    expect(Object.values(passed(result)).every(Boolean)).toBe(true);
  });
});
