/** Batch normalisation against PyTorch (fixtures/batch-norm.py): losses, parameters, running statistics, predictions. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModel, type LossSpec, loadModel, type NetworkSpec, type OptimizerSpec } from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}

interface Case {
  spec: NetworkSpec;
  x: Flat;
  y: Flat | number[];
  loss: LossSpec;
  optimizer: OptimizerSpec;
  batchSize: number;
  initial: Record<string, Flat>;
  losses: number[];
  final: Record<string, Flat>;
  predicted: Flat;
}

const { cases } = JSON.parse(readFileSync(new URL('fixtures/batch-norm.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const array = ({ data, shape }: Flat) => ({ data: Float64Array.from(data), shape });
const arrays = (record: Record<string, Flat>) =>
  Object.fromEntries(Object.entries(record).map(([name, flat]) => [name, array(flat)]));

/**
 * A shift in front of batch normalisation is taken off again: its gradient is rounding, which Adam makes a step of, and
 * the running means follow it. In f32 neither has digits to compare, nor have predictions, which read the running means;
 * the losses, which take each batch's own means, have.
 */
const undetermined = (name: string): boolean => /\.(bias|running_mean)$/.test(name);

describe.each([
  ['f64', 1e-9],
  ['f32', 1e-4],
] as const)('batch normalisation, %s', (dtype, tolerance) => {
  it.each(cases.map((reference, index) => [index, reference] as const))('case %i', async (_, reference) => {
    const { spec, x, y, loss, optimizer, batchSize, losses, final, predicted } = reference;
    const start = () => {
      const model = createModel(spec, { seed: 0, dtype });
      model.setParameters(arrays(reference.initial));
      return model;
    };
    const options = { x: array(x), y: Array.isArray(y) ? y : array(y), loss, optimizer, batchSize, shuffle: false };
    const model = start();
    const history = await model.train({ ...options, steps: losses.length });
    losses.forEach((expected, step) => {
      expect(Math.abs(history.loss[step]! - expected), `step ${step}`).toBeLessThan(tolerance * 10);
    });
    const trained = { ...model.parameters(), ...model.buffers() };
    expect(Object.keys(trained).sort()).toEqual(Object.keys(final).sort());
    for (const [name, { data, shape }] of Object.entries(final)) {
      expect(trained[name]!.shape).toEqual(shape);
      if (dtype === 'f32' && undetermined(name)) continue;
      data.forEach((expected, i) => {
        expect(Math.abs(trained[name]!.data[i]! - expected), name).toBeLessThan(tolerance * 10);
      });
    }
    const outputs = await model.predict(options.x);
    predicted.data.forEach((expected, i) => {
      if (dtype === 'f64') expect(Math.abs(outputs.data[i]! - expected)).toBeLessThan(tolerance * 10);
    });

    // The same bits for any number of threads, cut in two, and through a file.
    const cut = start();
    const { state } = await cut.train({ ...options, steps: 3, threads: 1 });
    await cut.train({ ...options, steps: losses.length - 3, resume: state, threads: 4 });
    expect({ ...cut.parameters(), ...cut.buffers() }).toEqual(trained);
    const path = join(tmpdir(), `fprinciple-batch-norm-${process.pid}.safetensors`);
    model.save(path);
    expect(await loadModel(path).predict(options.x)).toEqual(outputs);
  });

  it('is refused where a training makes no forward pass in training mode', async () => {
    const model = createModel(cases[2]!.spec, { seed: 0, dtype });
    const options = { x: array(cases[2]!.x), y: array(cases[2]!.y as Flat), loss: 'mse', steps: 1 } as const;
    await expect(model.train({ ...options, optimizer: { type: 'powell' } })).rejects.toThrow(/batchNorm/);
  });
});
