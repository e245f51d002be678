/** Valid calls of what measures trainings and models of any library. */
import { join } from 'node:path';
import { createModel, type LayerSpec, type RecordedArray, Recorder } from '../../../src/index.js';
import type { Kit, Table } from '../entry.js';
import { array } from '../values.js';

const points = (n: number) => ({ data: Float64Array.from({ length: n }, (_, i) => i / n), shape: [n] });
const recorder = (kit: Kit) => [join(kit.folder, 'a.record'), points(8), array(kit, 8), kit.some({ overwrite: true })];

const layers: LayerSpec[] = [
  { type: 'dense', units: 3 },
  { type: 'activation', fn: 'tanh' },
  { type: 'dense', units: 1 },
];
const network = () => createModel({ input: 2, layers }, { seed: 1 });

export const measure: Table = {
  measure: {
    args: (kit) => [
      {
        steps: [0, 1, 2],
        points: points(8),
        outputs: array(kit, 3, 8),
        target: array(kit, 8),
        frequencies: [1, 2],
        ...kit.some({ loss: [3, 2, 1], matrices: { w: array(kit, 3, 2, 2) }, level: 0.5, deltas: [0.1] }),
      },
    ],
    result: 'any',
  },
  carryingFrequencies: { args: (kit) => [points(8), array(kit, 8)] },
  inspect: {
    args: (kit) => [network(), { data: array(kit, 6, 2), ...kit.some({ samples: 4, reach: 2, seed: 3 }) }],
    result: 'any',
    cost: 2,
  },
  readModel: {
    args: (kit) => {
      const path = join(kit.folder, 'a.safetensors');
      network().save(path);
      return [path, {}];
    },
    result: 'any',
  },
  loadOnnx: {
    args: (kit) => {
      const path = join(kit.folder, 'a.onnx');
      network().save(path);
      return [path, kit.some({ dtype: 'f64' })];
    },
    result: 'any',
  },
  pythonRecorder: { args: () => [], result: 'any' },
  Recorder: {
    args: recorder,
    call: (given) => {
      const made = new Recorder(...(given as [string, RecordedArray, RecordedArray]));
      made.record(1, made.path === '' ? [] : Float64Array.from({ length: 8 }, (_, i) => i));
      return made.close();
    },
    result: 'any',
    refused: ['IO', 'INVALID_SHAPE'],
  },
};
