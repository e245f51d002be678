/** Trainings against PyTorch's, step by step (test/fixtures: float64, PyTorch). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createModel, type LossSpec, type NetworkSpec, type OptimizerSpec, trainMany } from '../src/index.js';

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
  initial: Record<string, Flat>;
  logits?: Flat;
  losses: number[];
  final: Record<string, Flat>;
}

const cases = (file: string): Case[] =>
  JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')).cases;

const array = ({ data, shape }: Flat) => ({ data: Float64Array.from(data), shape });
const arrays = (record: Record<string, Flat>) =>
  Object.fromEntries(Object.entries(record).map(([name, flat]) => [name, array(flat)]));

const difference = (got: ArrayLike<number>, expected: number[]) =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);

/** Relative distance in the Frobenius norm. */
const distance = (got: ArrayLike<number>, expected: number[]) => {
  const squares = expected.reduce((sum, value, i) => sum + (got[i]! - value) ** 2, 0);
  return Math.sqrt(squares / expected.reduce((sum, value) => sum + value ** 2, 0));
};

for (const file of ['training.json', 'convolution.json', 'muon.json']) {
  describe(file, () => {
    cases(file).forEach((reference, index) => {
      const { spec, x, y, loss, optimizer, initial, losses, final } = reference;
      const options = {
        x: array(x),
        y: Array.isArray(y) ? y : array(y),
        loss,
        optimizer,
        steps: losses.length,
        record: { every: 1 },
      } as const;
      const name = `case ${index}: ${typeof loss === 'string' ? loss : loss.type}, ${JSON.stringify(optimizer)}`;

      it(`${name}, f64`, async () => {
        const model = createModel(spec, { seed: 0, dtype: 'f64' });
        model.setParameters(arrays(initial));
        if (reference.logits) {
          const logits = await model.predict(options.x);
          expect(logits.shape).toEqual(reference.logits.shape);
          expect(difference(logits.data, reference.logits.data)).toBeLessThan(1e-9);
        }
        const history = await model.train(options);
        expect(history.steps).toEqual([...losses.keys(), losses.length]);
        expect(difference(history.loss, losses)).toBeLessThan(1e-9);
        const trained = model.parameters();
        expect(Object.keys(trained)).toEqual(Object.keys(final));
        for (const [key, expected] of Object.entries(final)) {
          expect(trained[key]!.shape).toEqual(expected.shape);
          expect(difference(trained[key]!.data, expected.data), key).toBeLessThan(1e-9);
        }
      });

      it(`${name}, f32 and in a sweep`, async () => {
        const model = createModel(spec, { seed: 0 });
        model.setParameters(arrays(initial));
        const history = await model.train(options);
        history.loss.slice(0, -1).forEach((got, step) => {
          expect(Math.abs(got - losses[step]!) / losses[step]!, `step ${step}`).toBeLessThan(1e-4);
        });
        const trained = model.parameters();
        for (const [key, expected] of Object.entries(final)) {
          expect(distance(trained[key]!.data, expected.data), key).toBeLessThan(1e-3);
        }
        const runs = await trainMany([{ seed: 1 }, { seed: 2 }], { ...options, spec, parameters: arrays(initial) });
        for (const run of runs) {
          expect(run.history.loss).toEqual(history.loss);
          expect(run.parameters).toEqual(trained);
        }
      });
    });
  });
}
