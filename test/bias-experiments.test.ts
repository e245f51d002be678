/** The experiments on spectral and low-rank bias, and on what the order of frequencies hangs on, at sizes of a second. */
import { describe, expect, it } from 'vitest';
import { activationRegularity } from '../src/experiments/frequency-principle/activation-regularity.js';
import { amplitudeAndFrequency } from '../src/experiments/frequency-principle/amplitude-and-frequency.js';
import { manySettings } from '../src/experiments/frequency-principle/many-settings.js';
import { optimizers } from '../src/experiments/frequency-principle/optimizers.js';
import { phaseDnn } from '../src/experiments/frequency-principle/phase-dnn.js';
import { sobolevLoss } from '../src/experiments/frequency-principle/sobolev-loss.js';
import { volumeRegression } from '../src/experiments/frequency-principle/volume-regression.js';
import { activationSpectra } from '../src/experiments/low-rank/activation-spectra.js';
import { bottleneckExperiment } from '../src/experiments/low-rank/bottleneck.js';
import { cnnAndTransformer } from '../src/experiments/low-rank/cnn-and-transformer.js';
import { cnnSpatialFrequency } from '../src/experiments/low-rank/cnn-spatial-frequency.js';
import { complexityMeasures } from '../src/experiments/low-rank/complexity-measures.js';
import { deepLinearLowRank } from '../src/experiments/low-rank/deep-linear-low-rank.js';
import { depthComposition } from '../src/experiments/low-rank/depth-composition.js';
import { effectiveRankExperiment } from '../src/experiments/low-rank/effective-rank.js';
import { frequencyAgainstRank } from '../src/experiments/low-rank/frequency-against-rank.js';
import { normGrowth } from '../src/experiments/low-rank/norm-growth.js';
import { pinn } from '../src/experiments/low-rank/pinn.js';
import { positionEncoding } from '../src/experiments/low-rank/position-encoding.js';
import { type Experiment, FprincipleError, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';
import { expectWellFormed } from './support/outcome.js';

/** The same, where networks are counted by that name. */
const short = { steps: 20, records: 10, networks: 1 };

const tiny: [Experiment, object][] = [
  [activationSpectra, { samples: 4001, powerBand: [5, 20] }],
  [normGrowth, { points: 32, frequencies: [1, 2, 3], hidden: [16], steps: 400, records: 20, networks: 1 }],
  [depthComposition, { points: 32, depths: [1, 2, 3], width: 32, networks: 3 }],
  [complexityMeasures, { points: 32, tones: [1, 2], hidden: [16], steps: 40, records: 8, networks: 1 }],
  [deepLinearLowRank, { size: 12, rank: 2, factorisationSteps: 400, steps: 60, depths: [1, 2], networks: 1 }],
  [
    effectiveRankExperiment,
    {
      ...{ samples: 200, measured: 50, widths: [12, 16, 24], steps: 20, networks: 1 },
      ...{ tokens: 16, encoderWidths: [8, 12, 16], encoderSteps: 20, records: 4 },
    },
  ],
  [
    cnnSpatialFrequency,
    { steps: 20, records: 10, networks: 1, side: 16, filters: 4, depth: 2, kernel: 3, noise: 2, snapshots: [5, 20] },
  ],
  [cnnAndTransformer, { ...short, side: 8, filters: 2, depth: 1, noise: 2, width: 4, heads: 1, blocks: 1 }],
  [bottleneckExperiment, { ...short, points: 16, width: 8 }],
  [manySettings, { ...short, points: 16, hidden: [8, 8], widths: [4, 12], depths: [1] }],
  [pinn, { steps: 20, records: 10, networks: 1, modes: [1, 2], points: 16, times: 4, hidden: [8] }],
  [positionEncoding, { ...short, tokens: 16, frequencies: [1, 2], width: 8, heads: 2, blocks: 1 }],
  [phaseDnn, { steps: 20 }],
  [
    amplitudeAndFrequency,
    { steps: 20, records: 10, networks: 1, frequencies: [2, 3], amplitudes: [0.5, 1, 2], points: 32, hidden: [12] },
  ],
  [activationRegularity, { ...short, scales: [0.1, 0.5, 2], frequencies: [1, 3], points: 32, width: 16 }],
  [sobolevLoss, { ...short, frequencies: [1, 2], points: 32, hidden: [12] }],
  [volumeRegression, { ...short, side: 8, hidden: [12], batchSize: 100, snapshots: [5, 20] }],
];

describe('experiments on bias', () => {
  for (const [experiment, parameters] of tiny) {
    it(`${experiment.id} runs from target to figures with small parameters`, async () => {
      const result = await runExperiment(experiment, { seed: 5, parameters, data: madeUpData });
      await expectWellFormed(result);
      for (const claim of result.claims) expect(claim.measured, claim.id).not.toEqual([]);
    });

    it(`${experiment.id} refuses a bad parameter by name`, async () => {
      const key = Object.keys(parameters)[0]!;
      const wrong = runExperiment(experiment, { parameters: { [key]: 'many' }, data: madeUpData });
      await expect(wrong).rejects.toThrow(FprincipleError);
      await expect(wrong).rejects.toThrow(new RegExp(key));
    });
  }
});

describe('optimizers', { timeout: 60_000 }, () => {
  it('finds the order under every method, the steps of which differ', async () => {
    const parameters = {
      gradient: { frequencies: [1, 3] },
      gd: { steps: 4000 },
      sgd: { steps: 8000 },
      momentum: { steps: 2000 },
      adam: { learningRate: 2e-3, steps: 1000 },
      lbfgs: { steps: 120 },
      bfgs: { steps: 100 },
      powell: { steps: 70 },
      swarm: { steps: 4000 },
      records: 60,
      networks: 1,
    };
    // One small network: on some seeds a minimiser of these few steps never reaches the higher frequency.
    const result = await runExperiment(optimizers, { seed: 2, parameters });
    await expectWellFormed(result);
    expect(result.claims.filter(({ id }) => id.startsWith('order-'))).toHaveLength(8);
    for (const claim of result.claims) expect(claim, claim.id).toMatchObject({ pass: true });
  });

  it('claims no order where nothing was learnt, and refuses a bad field by name', async () => {
    const few = { steps: 2 };
    const parameters = {
      gradient: { hidden: [4] },
      free: { hidden: [3] },
      gd: few,
      sgd: few,
      momentum: few,
      adam: few,
      lbfgs: few,
      bfgs: few,
      powell: { steps: 1 },
      swarm: { ...few, particles: 3 },
      networks: 1,
    };
    const { claims } = await runExperiment(optimizers, { parameters });
    for (const claim of claims) expect(claim, claim.id).toMatchObject({ pass: false });
    const wrong = runExperiment(optimizers, { parameters: { swarm: { particles: 1 } } });
    await expect(wrong).rejects.toThrow(/swarm\.particles/);
  });
});

describe('frequency-against-rank', { timeout: 60_000 }, () => {
  const parameters = {
    side: 24,
    high: 3,
    hidden: [48, 48],
    learningRate: 4e-3,
    steps: 600,
    factorRate: 2e-3,
    factorSteps: 600,
    records: 40,
    networks: 1,
    kernelPoints: [40, 80],
  };

  it('shows each bias without the other', async () => {
    const result = await runExperiment(frequencyAgainstRank, { seed: 3, parameters, data: madeUpData });
    await expectWellFormed(result);
    const claims = Object.fromEntries(result.claims.map((claim) => [claim.id, claim]));
    const [[low, high]] = claims['frequency-without-rank']!.measured as [[number, number | null]];
    expect(low).toBeLessThan(high ?? Number.POSITIVE_INFINITY);
    for (const id of [
      'rank-without-frequency',
      'factorisation-rank',
      'factorisation-needs-none',
      'apart-on-the-mixture',
      'rough-kernel',
      'rough-and-low-rank',
    ])
      expect(claims[id], id).toMatchObject({ pass: true });
  });

  it('refuses a picture that is no square, by name', async () => {
    const strip = {
      pixels: { data: new Float64Array(200), shape: [10, 20] },
      height: 10,
      width: 20,
      channels: 1 as const,
    };
    const run = runExperiment(frequencyAgainstRank, {
      parameters,
      data: { ...madeUpData, picture: async () => strip },
    });
    await expect(run).rejects.toThrow(/picture: expected a square of 24 pixels/);
    await expect(runExperiment(frequencyAgainstRank, { parameters: { side: 2 } })).rejects.toThrow(/side/);
  });
});

describe('bottleneck', () => {
  const parameters = { ...short, points: 32, width: 16, middle: 1 };

  it('bounds the rank of its own layer, and not that of the layer after it', async () => {
    const { claims } = await runExperiment(bottleneckExperiment, { seed: 4, parameters });
    expect(claims.find(({ id }) => id === 'raises')).toMatchObject({ pass: true, controls: [{ measured: [1] }] });
  });

  it('leaves at least the power of the tones that do not fit, whatever was trained', async () => {
    const { tables } = await runExperiment(bottleneckExperiment, {
      seed: 4,
      parameters: { ...parameters, steps: 200 },
    });
    const columns = tables[0]?.columns ?? {};
    const tones = [1, 3, 5, 7].map((k) => columns[`k = ${k}`] ?? []);
    for (const [i, r] of (columns.r ?? []).entries()) {
      if (typeof r !== 'number' || !String(columns.network?.[i]).endsWith('readout')) continue;
      // Eckart and Young: of four equal singular values r are kept at best.
      expect(tones.reduce((sum, errors) => sum + Number(errors[i]) ** 2, 0)).toBeGreaterThan(4 - r - 1e-5);
    }
  });
});

describe('many-settings', () => {
  it('has every setting once in a family, with the parameters that its network has', async () => {
    const parameters = { ...short, points: 16, hidden: [8, 8], widths: [4, 12], depths: [1] };
    const { tables } = await runExperiment(manySettings, { seed: 4, parameters });
    const { setting = [], family = [], parameters: sizes = [] } = tables[0]?.columns ?? {};
    const names = setting.map((name, i) => `${name}, ${family[i]}`);
    expect(new Set(names).size).toBe(names.length);
    // 1 to 4 to 4 to 1 units, and 1 to 8 to 1.
    expect(sizes[names.indexOf('4 units, usual')]).toBe(2 * 4 + 5 * 4 + 5);
    expect(sizes[names.indexOf('1 layer, usual')]).toBe(2 * 8 + 9);
  });
});
