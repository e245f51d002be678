import { describe, expect, it } from 'vitest';
import { createModel, empiricalNtk, type FprincipleError, gradientFlow, mlp } from '../src/index.js';

const spec = mlp({ input: 1, hidden: [512, 512], output: 1, activation: 'tanh' });
const x = [[0], [1]];

const refused = async (use: () => unknown): Promise<string> => {
  try {
    await use();
  } catch (error) {
    return `${(error as FprincipleError).code}: ${(error as Error).message}`;
  }
  return 'nothing was refused';
};

describe('what holds memory lets go of it by dispose', () => {
  it('a model: nothing can be asked of its numbers afterwards, its description stays', async () => {
    const model = createModel(spec, { seed: 1 }) satisfies Disposable;
    model[Symbol.dispose]();
    model.dispose();
    for (const use of [
      () => model.predict(x),
      () => model.parameters(),
      () => model.setParameters({}),
      () => model.save('gone.safetensors'),
      () => model.train({ x, y: x, loss: 'mse', optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 1 }),
      () => empiricalNtk(model, x),
    ])
      expect(await refused(use)).toMatch(/^INVALID_ARGUMENT: model: .*disposed of/);
    expect(model.spec.layers).toHaveLength(5);
    expect([model.seed, model.dtype]).toEqual([1, 'f32']);
  });

  it('a model that trains is refused, and work that has begun ends as it would have', async () => {
    const model = createModel(spec, { seed: 1 });
    const other = createModel(spec, { seed: 1 });
    const outputs = model.predict(x);
    model.dispose();
    expect((await outputs).data).toEqual((await other.predict(x)).data);
    const training = other.train({
      ...{ x, y: x, loss: 'mse', optimizer: { type: 'sgd', learningRate: 1e-3 }, steps: 20 },
    });
    expect(await refused(() => other.dispose())).toMatch(/^MODEL_BUSY/);
    expect((await training).stopReason).toBe('completed');
    other.dispose();
  });

  it('models that are disposed of leave no memory behind, without waiting for the collector', () => {
    // 24 models of 17 MB each (2,048 squared in f32), of which one is there at a time.
    const wide = mlp({ input: 1, hidden: [2048, 2048], output: 1, activation: 'relu' });
    const before = process.memoryUsage.rss();
    for (let seed = 0; seed < 24; seed++) createModel(wide, { seed }).dispose();
    expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  });

  it('a flow: its decomposition', async () => {
    const kernel = [
      [2, 1],
      [1, 2],
    ];
    const flow = (await gradientFlow({ kernel, y: [1, -1] })) satisfies Disposable;
    expect(flow.eigenvalues().data).toHaveLength(2);
    flow[Symbol.dispose]();
    flow.dispose();
    for (const use of [
      () => flow.at(1),
      () => flow.rates(),
      () => flow.eigenvectors(),
      () => flow.residualComponents(0),
    ])
      expect(await refused(use)).toMatch(/^INVALID_ARGUMENT: flow: .*disposed of/);
  });
});
