import { describe, expect, it } from 'vitest';
import { fewPointsFlat } from '../src/experiments/frequency-principle/few-points-flat.js';
import { imageRegression } from '../src/experiments/frequency-principle/image-regression.js';
import { sineMixture } from '../src/experiments/frequency-principle/sine-mixture.js';
import { stepTarget } from '../src/experiments/frequency-principle/step-target.js';
import { volumeRegression } from '../src/experiments/frequency-principle/volume-regression.js';
import { cnnSpatialFrequency } from '../src/experiments/low-rank/cnn-spatial-frequency.js';
import { deepLinearLowRank } from '../src/experiments/low-rank/deep-linear-low-rank.js';
import { imageFourierFeatures } from '../src/experiments/tangent-kernel/image-fourier-features.js';
import { type Experiment, type ExperimentResult, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';

// What a run says of its steps, counts and settings is of this run, not of the preset.

const run = (experiment: Experiment, parameters: object): Promise<ExperimentResult> =>
  runExperiment(experiment, { parameters, data: madeUpData });

/** Every text that a reader sees. */
const texts = ({ claims, figures, tables }: ExperimentResult): string =>
  [
    ...claims.flatMap(({ statement, labels = [] }) => [statement, ...labels]),
    ...figures.flatMap(({ title, caption, spec }) => [title, caption, JSON.stringify(spec)]),
    ...tables.flatMap(({ title, columns }) => [title, ...Object.keys(columns)]),
  ].join('\n');

/** The steps that a text names. */
const stepsIn = (text: string): number[] =>
  [...text.matchAll(/\bsteps? ((?:[\d,]+(?:, | and )?)+)/g)].flatMap(([, list]) =>
    list!
      .split(/, | and /)
      .filter((number) => /\d/.test(number))
      .map((number) => Number(number.replaceAll(',', ''))),
  );

describe('steps that are named were taken', () => {
  const steps = 60;
  it.each([
    ['image-regression', imageRegression, { images: ['cameraman'], side: 12, hidden: [8], records: 12, networks: 1 }],
    [
      'cnn-spatial-frequency',
      cnnSpatialFrequency,
      { side: 12, filters: 2, depth: 1, noise: 2, records: 12, networks: 1 },
    ],
    ['volume-regression', volumeRegression, { side: 8, hidden: [8], records: 12, networks: 1 }],
    ['step-target', stepTarget, { points: 64, hidden: [8], records: 12, networks: 1 }],
    ['sine-mixture', sineMixture, { points: 40, hidden: [8], records: 12, networks: 1 }],
  ] as const)('%s', async (_, experiment, parameters) => {
    const result = await run(experiment, { ...parameters, steps });
    const named = stepsIn(texts(result));
    expect(named.length).toBeGreaterThan(1);
    expect(Math.max(...named)).toBe(steps);
  });
});

describe('counts that are named are those of the run', () => {
  it('few-points-flat: as many networks as were trained', async () => {
    const result = await run(fewPointsFlat, {
      hidden: [8],
      steps: 20,
      networks: 1,
      scales: [2, 4],
      small: 0.5,
      grid: 64,
    });
    expect(texts(result)).toContain('1 of 1 networks');
    expect(texts(result)).not.toMatch(/three seeds/);
    expect(result.tables[0]!.columns.network).toEqual([1, 1, 1, 1]);
  });

  it('deep-linear-low-rank: the depths that were compared', async () => {
    const result = await run(deepLinearLowRank, {
      size: 10,
      rank: 1,
      depths: [2, 4],
      networks: 1,
      steps: 20,
      factorisationSteps: 50,
    });
    const claim = result.claims.find(({ id }) => id === 'completion-by-depth')!;
    expect(claim.statement).toContain('With 4 layers');
    expect(claim.statement).toContain('that with 2, for each of 1 matrices');
  });
});

it('image-fourier-features chooses sigma on pixels that it neither trains nor tests on, and says which', async () => {
  const sigmas = [0.5, 4, 32];
  const result = await run(imageFourierFeatures, {
    side: 24,
    hidden: [16],
    features: 16,
    sigmas,
    steps: 60,
    records: 6,
  });
  const { features, ...columns } = result.tables[0]!.columns;
  const rows = sigmas.map((sigma) => features!.indexOf(`Gaussian, sigma ${sigma}`));
  const psnr = (set: string): number[] => rows.map((row) => Number(columns[`${set} pixels`]![row]));
  const best = psnr('validation').indexOf(Math.max(...psnr('validation')));
  expect(result.metrics.sigma).toBe(sigmas[best]);
  expect(result.metrics.test_Gaussian).toBe(psnr('test')[best]);
  expect(psnr('validation')).not.toEqual(psnr('test'));
  expect(result.claims[0]!.statement).toContain(`sigma ${sigmas[best]}`);
});
