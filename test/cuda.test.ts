/** `device: 'cuda'`: without a GPU an error that says what to do, with one the numbers of the CPU; plans need none. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cudaPlans } from '../src/cli/plan.js';
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
const status = cudaStatus();
const { available, message } = status;

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
    }
  });

  it('is told by the doctor with its reason', () => {
    expect(message.length).toBeGreaterThan(20);
    if (!isBuilt) expect(status.candle).toContain('npm run build:cuda');
    expect(status.looked.length).toBeGreaterThan(3);
    if (status.nvrtc === 'not here') expect(status.install).toContain('pip install nvidia-cuda-nvrtc');
    if (!available) expect(status.card).toContain("use 'cpu'");
  });

  it('is another error than a name that means nothing', async () => {
    for (const wrong of ['gpu', 'cuda:', 'cuda:x', 7]) {
      const error = await caught(() => createModel(spec, { seed: 1, device: wrong as never }));
      expect((error as FprincipleError).code).toBe('INVALID_ARGUMENT');
    }
  });
});

describe('a plan', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fprinciple-plan-'));
  const planned = (content: unknown) => {
    const path = join(folder, 'spec.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return cudaPlans(path);
  };

  it('says how a network is cut on three cards, with predicted times', async () => {
    const plans = await planned({ spec, samples: 201, runs: 1024 });
    expect(plans.length).toBeGreaterThanOrEqual(3);
    for (const lines of plans.slice(0, 3)) {
      expect(lines[0]).toContain('tier    A');
      expect(lines.at(-1)).toMatch(/^time {4}[\d.]+ microseconds a step, [\d.]+ a run \(predicted, not measured\)$/);
    }
    // A network alone is one training of 256 samples.
    expect((await planned(spec))[0]![1]).toContain('a batch of 256');
  });

  it('sends other layers to candle by their names', async () => {
    const other = { input: 2, layers: [{ type: 'dense', units: 2 }, { type: 'layerNorm' }] };
    expect((await planned(other))[0]).toEqual([
      'tier    candle',
      'because layers.1 (layerNorm): no kernel for this layer',
    ]);
  });

  it('refuses what does not fit and what is no plan', async () => {
    const code = async (content: unknown) => ((await caught(() => planned(content))) as FprincipleError).code;
    expect(await code({ spec, samples: 201, memoryLimit: 1000 })).toBe('OVER_MEMORY_LIMIT');
    for (const wrong of ['{', { spec, samples: 0 }, { spec, samples: 4, batchSize: 5 }, { spec, steps: 3 }]) {
      expect(await code(wrong)).toBe('INVALID_ARGUMENT');
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
