/** Valid calls of the functions that look at networks and functions: Poisson, splines, adversaries, information. */
import type { Table } from '../entry.js';
import { array, ascending, input, labels } from '../values.js';
import { classifier, regressor } from './models.js';

export const analysis: Table = {
  lossGradient: {
    args: (kit) => [
      classifier(kit),
      input(kit, 5, 2),
      labels(kit, 5),
      kit.some({ loss: 'crossEntropy', threads: 1, signal: kit.signal }),
    ],
  },
  criticalSamples: {
    args: (kit) => [
      classifier(kit),
      input(kit, 5, 2),
      { radius: 0.3, seed: 2, iterations: 3, ...kit.some({ step: 0.05, noise: 0.01, threads: 1, signal: kit.signal }) },
    ],
  },
  alongLines: { args: (kit) => [input(kit, 3, 2), input(kit, 3, 2), input(kit, 4)] },
  mutualInformation: { args: (kit) => [labels(kit, 8), labels(kit, 8, 3), kit.some({ given: labels(kit, 8, 4) })] },
  performanceCorrelation: { args: (kit) => [labels(kit, 8), labels(kit, 8, 3), labels(kit, 8, 4)] },
  decisions: { args: (kit) => [input(kit, 4, 3)] },
  layerOutputs: { args: (kit) => [regressor(kit), input(kit, 5, 2), 2] },
  effectiveRank: { args: (kit) => [input(kit, 4, 3), kit.some({ of: kit.random.pick(['values', 'squares']) })] },
  stableRank: { args: (kit) => [input(kit, 4, 3)] },
  responseFrequency: {
    args: (kit) => [
      regressor(kit),
      input(kit, 3, 2),
      input(kit, 3, 2),
      { reach: 2, ...kit.some({ points: 16, window: 'hann', threads: 1, signal: kit.signal }) },
    ],
  },
  pathNorm: { args: (kit) => [regressor(kit)] },
  poissonSolve: { args: (kit) => [kit.random.chance(0.5) ? input(kit, 7) : input(kit, 7, 7), kit.some({ length: 2 })] },
  poissonRelax: {
    args: (kit) => [
      input(kit, 7),
      {
        method: kit.random.pick<unknown>([
          'jacobi',
          'gaussSeidel',
          { type: 'multigrid', smoothing: 1 },
          { type: 'jacobi', weight: 0.6 },
        ]),
        sweeps: 5,
        ...kit.some({ initial: input(kit, 7), tolerance: 1e-3, record: [0, 2], length: 2, signal: kit.signal }),
      },
    ],
  },
  sineModes: { args: (kit) => [input(kit, 7, 7), kit.some({ axes: kit.random.int(1, 2) })] },
  jacobiFactor: { args: () => [[1, 2], 8, 0.7] },
  jacobiSweeps: {
    args: (kit) => [input(kit, 7, 7), { level: 0.01, ...kit.some({ axes: kit.random.int(1, 2), weight: 0.7 }) }],
  },
  cubicSpline: {
    args: (kit) => [
      ascending(kit, 6),
      array(kit, 6).data,
      input(kit, 4),
      kit.some({ ends: kit.random.pick(['natural', 'notAKnot']) }),
    ],
  },
};
