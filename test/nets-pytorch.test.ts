/** Every layer, activation, loss, optimiser and schedule against PyTorch (fixtures/engine.py), in float64. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createModel,
  type LossSpec,
  type NetworkSpec,
  type OptimizerSpec,
  type WeightSpectrumPenalty,
} from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}

interface Case {
  name: string;
  spec: NetworkSpec;
  x: Flat;
  y?: Flat | number[] | number[][];
  loss: LossSpec;
  penalty?: WeightSpectrumPenalty;
  optimizer: OptimizerSpec;
  initial: Record<string, Flat>;
  output: Flat;
  /** `[n, o, d]` and `[n, o]`, of networks whose layers all carry derivatives. */
  gradient?: Flat;
  laplacian?: Flat;
  losses: number[];
  final: Record<string, Flat>;
}

const { cases } = JSON.parse(readFileSync(new URL('fixtures/engine.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

/** Largest difference, relative where values are larger than 1. */
const difference = (got: ArrayLike<number>, expected: number[]) => {
  expect(got.length).toBe(expected.length);
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(got[i]! - value) / Math.max(1, Math.abs(value))),
    0,
  );
};

const array = ({ data, shape }: Flat) => ({ data: Float64Array.from(data), shape });

/** A description with its arrays as the package takes them. */
const withArrays = <T>(value: unknown): T => {
  if (typeof value !== 'object' || value === null) return value as T;
  if ('shape' in value && 'data' in value) return array(value as never) as never;
  if (Array.isArray(value)) return value.map(withArrays) as never;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withArrays(inner)])) as never;
};

describe('as PyTorch', () => {
  it.each(cases.map((reference, index) => [`${index} ${reference.name}`, reference] as const))(
    '%s',
    async (_, reference) => {
      const { spec, x, y, loss, penalty, optimizer, initial, losses, final } = reference;
      const model = createModel(spec, { seed: 0, dtype: 'f64' });
      expect(Object.keys(model.parameters())).toEqual(Object.keys(initial));
      model.setParameters(withArrays(initial));
      const outputs = await model.predict(array(x));
      expect(outputs.shape).toEqual(reference.output.shape);
      expect(difference(outputs.data, reference.output.data), 'outputs').toBeLessThan(1e-9);
      if (reference.gradient && reference.laplacian) {
        const found = await model.inputDerivatives(array(x));
        expect([found.gradient.shape, found.laplacian.shape]).toEqual([
          reference.gradient.shape,
          reference.laplacian.shape,
        ]);
        expect(difference(found.value.data, reference.output.data), 'values').toBeLessThan(1e-9);
        expect(difference(found.gradient.data, reference.gradient.data), 'gradients').toBeLessThan(1e-9);
        expect(difference(found.laplacian.data, reference.laplacian.data), 'Laplacians').toBeLessThan(1e-9);
      }
      const history = await model.train({
        x: array(x),
        ...(y && { y: Array.isArray(y) ? y : array(y) }),
        loss: withArrays(loss),
        ...(penalty && { penalty }),
        optimizer,
        steps: losses.length,
      });
      expect(difference(history.loss.slice(0, -1), losses), 'losses').toBeLessThan(1e-9);
      const trained = model.parameters();
      for (const [name, { data }] of Object.entries(final)) {
        expect(difference(trained[name]!.data, data), name).toBeLessThan(1e-9);
      }
    },
  );
});
