import { describe, expect, it } from 'vitest';
import { aliasing } from '../src/experiments/frequency-principle/aliasing.js';
import { criticalSamplesExperiment } from '../src/experiments/frequency-principle/critical-samples.js';
import { deepFrequencyPrinciple } from '../src/experiments/frequency-principle/deep-frequency-principle.js';
import { earlyStopping } from '../src/experiments/frequency-principle/early-stopping.js';
import { easyHardSamples } from '../src/experiments/frequency-principle/easy-hard-samples.js';
import { fewPointsFlat } from '../src/experiments/frequency-principle/few-points-flat.js';
import { functionComplexity } from '../src/experiments/frequency-principle/function-complexity.js';
import { hybridPoisson } from '../src/experiments/frequency-principle/hybrid-poisson.js';
import { multiscaleDnn } from '../src/experiments/frequency-principle/multiscale-dnn.js';
import { responseFrequency } from '../src/experiments/frequency-principle/response-frequency.js';
import { type Experiment, FprincipleError, runExperiment } from '../src/index.js';
import { madeUpData } from './support/made-up-data.js';

const tiny: [Experiment, object][] = [
  [fewPointsFlat, { hidden: [10], steps: 20, networks: 2, grid: 60 }],
  [aliasing, { hidden: [10], steps: 20, networks: 2, dense: 128, above: [48] }],
  [multiscaleDnn, { width: 4, points: 96, steps: 20, networks: 2 }],
  [earlyStopping, { hidden: [10], points: 64, steps: 30, toneSteps: 20, records: 20, networks: 2, draws: 2 }],
  [
    hybridPoisson,
    {
      records: 10,
      networks: 1,
      line: { hidden: [8], steps: 20, points: 32, intervals: 16, modes: [1, 2], grids: [16, 32] },
      square: { hidden: [8], steps: 20, points: 8, intervals: 8, modes: [1, 2], grids: [8, 16] },
    },
  ],
  [
    criticalSamplesExperiment,
    { samples: 200, probed: 50, hidden: [12], iterations: 3, epochs: [0.5, 1, 2], networks: 1 },
  ],
  [responseFrequency, { samples: 200, probed: 20, hidden: [16], epochs: 4, offsets: 32, networks: 1 }],
  [functionComplexity, { samples: 200, tested: 200, deep: [16, 16], epochs: 3, records: 10, networks: 1 }],
  [deepFrequencyPrinciple, { samples: 200, filtered: 100, width: 12, depth: 2, epochs: [1, 2], networks: 1 }],
  [
    easyHardSamples,
    { points: 32, curveHidden: [10], curveSteps: 20, networks: 1, samples: 200, epochs: 2, records: 10 },
  ],
];

describe('experiments of the book and the slides', () => {
  for (const [experiment, parameters] of tiny) {
    it(`${experiment.id} runs from target to figures with small parameters`, async () => {
      const result = await runExperiment(experiment, { seed: 5, parameters, data: madeUpData });
      expect(result.claims.length).toBeGreaterThanOrEqual(2);
      expect(result.figures.length).toBeGreaterThanOrEqual(1);
      // Whether the claims hold is for the presets; that each was measured is for here.
      for (const claim of result.claims) expect(claim.measured, claim.id).not.toEqual([]);
      for (const value of Object.values(result.metrics)) expect(value === null || Number.isFinite(value)).toBe(true);
    });

    it(`${experiment.id} refuses a bad parameter by name`, async () => {
      const key = Object.keys(parameters)[0]!;
      const wrong = runExperiment(experiment, { parameters: { [key]: 'many' }, data: madeUpData });
      await expect(wrong).rejects.toThrow(FprincipleError);
      await expect(wrong).rejects.toThrow(new RegExp(key));
    });
  }
});
