/** Valid calls of the adviser, and of the other library that it may be compared with. */
import type { FitChoice } from '../../../src/index.js';
import type { Kit, Table } from '../entry.js';
import { array } from '../values.js';

const choice = (): FitChoice => ({
  name: 'ReLU',
  family: 'relu',
  spec: { input: 1, layers: [{ type: 'dense', units: 1 }] },
  seed: 0,
  inputs: { offset: [0], scale: [1] },
  outputs: { offset: [0], scale: [1] },
  training: { loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 2 },
  error: 1,
});

export const fit: Table = {
  adviseFeatures: {
    args: (kit: Kit) => [
      { x: array(kit, 10, 1), y: array(kit, 10, 1) },
      { budget: 1, hidden: [4], steps: 8, ...kit.some({ seed: 1, threads: 1, signal: kit.signal }) },
    ],
    cost: 8,
  },
  trainBaseline: {
    args: (kit: Kit) => [
      { input: 1, layers: [{ type: 'dense', units: 1 }] },
      {
        ...{ x: array(kit, 4, 1), y: array(kit, 4, 1), loss: 'mse', steps: 2 },
        optimizer: { type: 'adam', learningRate: 0.01 },
        signal: kit.signal,
      },
      { engine: 'tfjs', backend: 'cpu', ...kit.some({ seed: 1 }) },
    ],
    refused: ['DATA_UNAVAILABLE'],
    cost: 4,
  },
  emitFit: {
    args: (kit: Kit) => [choice(), kit.random.pick(['json', 'ts', 'pytorch', 'jax']), 'samples.npz'],
    result: 'any',
  },
};
