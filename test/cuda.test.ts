/** `device: 'cuda'`: without its addon or a GPU an error that says what to do; with both, the numbers of the CPU. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cudaStatus } from '../src/core/cuda.js';
import { createModel, type DeviceName, FprincipleError, mlp, trainMany } from '../src/index.js';

const spec = mlp({ input: 1, hidden: [20, 20], output: 1, activation: 'tanh' });
const x = Array.from({ length: 41 }, (_, i) => [-1 + i / 20]);
const training = {
  x,
  y: x.map(([v]) => [Math.sin(3 * v!)]),
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 0.01 },
  steps: 20,
} as const;

const caught = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
};

const isBuilt = existsSync(new URL('../bindings/cuda/index.cjs', import.meta.url));
const { available, message } = cudaStatus();

describe('a GPU that cannot be used', () => {
  // No machine has a thousand of them, whatever was built.
  const device: DeviceName = available ? 'cuda:999' : 'cuda';

  it('is CUDA_UNAVAILABLE for a model and for a sweep', async () => {
    for (const work of [
      () => createModel(spec, { seed: 1, device }),
      () => trainMany([{ seed: 1 }], { spec, device, ...training }),
    ]) {
      const error = await caught(work);
      expect(error).toBeInstanceOf(FprincipleError);
      expect((error as FprincipleError).code).toBe('CUDA_UNAVAILABLE');
      expect((error as FprincipleError).message).toContain(`device: '${device}'`);
      expect((error as FprincipleError).message).toContain("use 'cpu'");
      if (!isBuilt) expect((error as FprincipleError).message).toContain('npm run build:cuda');
    }
  });

  it('is told by the doctor with its reason', () => {
    expect(message.length).toBeGreaterThan(20);
    if (!isBuilt) expect(message).toContain('npm run build:cuda');
  });

  it('is another error than a name that means nothing', async () => {
    for (const wrong of ['gpu', 'cuda:', 'cuda:x', 7]) {
      const error = await caught(() => createModel(spec, { seed: 1, device: wrong as never }));
      expect((error as FprincipleError).code).toBe('INVALID_ARGUMENT');
    }
  });
});

describe.runIf(available)('a GPU', () => {
  it('trains to what the CPU trains to', async () => {
    for (const [dtype, tolerance] of [
      ['f64', 1e-9],
      ['f32', 1e-4],
    ] as const) {
      const [cpu, gpu] = (['cpu', 'cuda'] as const).map((device) => createModel(spec, { seed: 1, dtype, device }));
      const expected = await cpu!.train(training);
      const history = await gpu!.train(training);
      history.loss.forEach((loss, i) => {
        expect(Math.abs(loss - expected.loss[i]!)).toBeLessThan(tolerance * expected.loss[i]!);
      });
      const [a, b] = [await cpu!.predict(x), await gpu!.predict(x)];
      b.data.forEach((value, i) => {
        expect(Math.abs(value - a.data[i]!)).toBeLessThan(10 * tolerance);
      });
      const runs = await trainMany([{ seed: 1 }, { seed: 2 }], { spec, dtype, device: 'cuda', ...training });
      expect(Math.abs(runs[0]!.history.loss.at(-1)! - history.loss.at(-1)!)).toBeLessThan(tolerance);
    }
  });
});
