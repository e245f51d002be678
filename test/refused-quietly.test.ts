/** What was taken in silence, or refused in a converter's words: each is an error that names its argument. */

import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as fp from '../src/index.js';

const picture = (): fp.Picture => ({
  pixels: { data: new Float64Array(6).fill(0.5), shape: [2, 3] },
  height: 2,
  width: 3,
  channels: 1,
});
const mesh = (): fp.Mesh => ({
  positions: { data: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [4, 3] },
  cells: { data: Float64Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3), shape: [4, 3] },
});
const model = (): fp.Model =>
  fp.createModel(fp.mlp({ input: 1, hidden: [2], output: 1, activation: 'tanh' }), { seed: 0 });
const wrong = <T>(value: unknown): T => value as T;

const cases: Record<string, readonly [() => unknown, RegExp]> = {
  'a picture without pixels': [
    () => fp.shrinkPicture(wrong({ ...picture(), pixels: undefined }), 2),
    /^picture\.pixels/,
  ],
  'a picture of another height': [
    () => fp.shrinkPicture({ ...picture(), height: 3 }, 2),
    /^picture\.height: expected 2/,
  ],
  'a picture of two channels': [() => fp.shrinkPicture(wrong({ ...picture(), channels: 2 }), 2), /^picture\.channels/],
  'a picture with NaN': [
    () => fp.shrinkPicture({ ...picture(), pixels: { data: new Float64Array(6).fill(Number.NaN), shape: [2, 3] } }, 2),
    /^picture\.pixels: expected finite/,
  ],
  'a mesh without cells': [() => fp.voxelize(wrong({ positions: mesh().positions }), 4), /^mesh\.cells/],
  'a mesh with more names': [() => fp.voxelize(wrong({ ...mesh(), cellss: 1 }), 4), /^mesh: there is no "cellss"/],
  'a side of no number': [() => fp.voxelize(mesh(), wrong({})), /^side: expected an integer from 1 to 512/],
  'a data set that is a symbol': [() => fp.datasetFolder(wrong(Symbol('s'))), /^dataset: expected a data set/],
  'the name of a data set that is a list': [() => fp.findDataset(wrong([[]])), /^data set: expected one of/],
  'access with a signal that is a number': [
    () => fp.createDataAccess({ signal: wrong(-1) }),
    /^signal: expected an Abort/,
  ],
  'access with a list for progress': [
    () => fp.createDataAccess({ onProgress: wrong([]) }),
    /^onProgress: expected a f/,
  ],
  'modes that are missing': [() => fp.jacobiFactor(wrong(undefined), 8), /^modes/],
  'intervals that are missing': [() => fp.jacobiFactor([1], wrong(undefined)), /^intervals/],
  'a weight of shape -1': [
    () => fp.spectralNormalizeAll({ a: { data: new Float64Array(4), shape: [-2, -2] } }),
    /^parameters\.a\.shape/,
  ],
  'a comparison without values': [
    () => fp.comparisonFigure({ comparison: wrong({ steps: [0, 1], predicted: {}, measured: {} }) }),
    /^comparison\.predicted/,
  ],
  'a Map of options': [() => fp.welch([1, 2, 3], wrong(new Map())), /^options: expected an object/],
  'a size that has a gap': [() => fp.frequencyResponse([[1]], wrong([4, undefined])), /^size\[1\]: expected a number/],
  'an axis that is an object': [() => fp.fftn([[1, 2]], { axes: wrong([{}]) }), /^axis: expected axes|^axes: expected/],
  'a length whose square overflows': [() => fp.poissonSolve([1, 2], { length: 1e300 }), /^length: expected a finite/],
  'parameters in themselves': [
    () => {
      const circle: Record<string, unknown> = {};
      circle.slope = circle;
      return fp.resolveParameters(z.object({ slope: z.number() }), wrong<object>(circle));
    },
    /^parameters\.slope: expected plain values/,
  ],
  'a number that is NaN, said once': [
    () => fp.resolveParameters(z.object({ slope: z.number() }), { slope: Number.NaN }),
    /^invalid parameters: slope: expected number, got NaN$/,
  ],
  'a preset with a name that is no parameter': [
    () =>
      fp.defineExperiment({
        id: 'a',
        title: 'A',
        source: 'made up',
        parameters: z.object({ slope: z.number().default(1) }),
        presets: { quick: wrong<object>({ slpoe: 2 }), paper: {} },
        run: () => ({}),
      }),
    /presets\.quick: there is no "slpoe"; did you mean "slope"/,
  ],
};

/** Runs a line against the package in a process of its own, which is ended after a minute. */
function inProcess(line: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: string; status: number | null }> {
  const index = new URL('../src/index.ts', import.meta.url).href;
  return new Promise((resolve) => {
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e'];
    const child = execFile(
      process.execPath,
      [...args, `import * as fp from ${JSON.stringify(index)}; ${line}`],
      { timeout: 60_000, env: { ...process.env, ...env } },
      (_, stdout) => resolve({ code: stdout.trim(), status: child.exitCode }),
    );
  });
}

describe('refused by name', () => {
  it.each(Object.entries(cases))('%s', (_, [call, message]) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(fp.FprincipleError);
    expect((thrown as Error).message).toMatch(message);
  });

  it('a signal of the wrong kind for a fetch, a proxy of a model, a state of more than it has', async () => {
    const fetched = fp.fetchDataset(fp.findDataset('cameraman'), { signal: wrong({}) });
    await expect(fetched).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: /^signal/ });
    const proxy = new Proxy(model(), {});
    await expect(fp.lossGradient(proxy, [[1]], [[1]], { loss: 'mse' })).rejects.toThrow(/^model: expected a model/);
    const training = {
      x: [[1]],
      y: [[1]],
      loss: 'mse',
      optimizer: { type: 'sgd', learningRate: 0.1 },
      steps: 1,
    } as const;
    const resume = wrong<fp.TrainingState>({ step: 0, moments: [], steps: 3 });
    await expect(model().train({ ...training, resume })).rejects.toThrow(/^resume: there is no "steps"/);
    await expect(
      model().train({ ...training, probes: wrong<Record<string, never>>(new DataView(new ArrayBuffer(8))) }),
    ).rejects.toThrow(/^probes/);
  });

  it.runIf(process.platform === 'linux')(
    'a folder below /proc, which Node itself would try to make for ever',
    async () => {
      const { code, status } = await inProcess(
        `fp.withCheckpoints({ folder: '/proc/none/below' }, async () => 1).then(() => 'made', (e) => e.code).then(console.log)`,
      );
      expect([code, status]).toEqual(['IO', 0]);
      const cached = await inProcess(
        `fp.fetchDataset(fp.findDataset('cameraman')).then(() => 'made', (e) => e.code).then(console.log)`,
        { FPRINCIPLE_CACHE: '/proc/none/below' },
      );
      expect([cached.code, cached.status]).toEqual(['IO', 0]);
    },
  );

  it('threads of the environment that are no number', async () => {
    const line = `fp.svd([[1, 2]]).then(() => 'done', (e) => e.message).then(console.log)`;
    for (const [threads, said] of [
      ['two', 'FPRINCIPLE_THREADS: expected an integer from 1 to 1024, got "two"'],
      ['0', 'FPRINCIPLE_THREADS: expected an integer from 1 to 1024, got "0"'],
      ['2', 'done'],
    ]) {
      expect((await inProcess(line, { FPRINCIPLE_THREADS: threads })).code).toBe(said);
    }
  });

  it('a message that a whole file stands in is cut in its middle', () => {
    const long = 'x'.repeat(100_000);
    expect(() => fp.findDataset(long)).toThrow(/^data set: expected one of/);
    expect(new fp.FprincipleError('IO', long).message.length).toBeLessThan(2000);
  });
});

describe('what is not finite', () => {
  it('is moved by fftshift like the rest, and gives NaN for spread and bandwidth', () => {
    expect(fp.fftshift([1, Infinity, Number.NaN]).data).toEqual(Float64Array.of(Number.NaN, 1, Infinity));
    expect(fp.ifftshift(fp.fftshift([1, Infinity, 3])).data).toEqual(Float64Array.of(1, Infinity, 3));
    const { count, ...numbers } = fp.spread([1, Number.NaN, 3]);
    expect(count).toBe(3);
    expect(Object.values(numbers)).toEqual(new Array(5).fill(Number.NaN));
    expect(fp.bandwidth([1, Number.NaN, 0.5])).toBeNaN();
    expect(fp.bandwidth([1, Infinity, 0.5])).toBeNaN();
  });
});

describe('a cosine schedule with a warm-up', () => {
  it('reaches its last factor after warmup + steps steps, as it says', async () => {
    // One sample, y = w x with loss (w x - y)^2 and sgd: the change of a step is the factor times a known gradient.
    const net = fp.createModel({ input: 1, layers: [{ type: 'dense', units: 1 }] }, { seed: 1, dtype: 'f64' });
    net.setParameters({ 'layers.0.weight': [[0]], 'layers.0.bias': [0] });
    const steps = 12;
    const history = await net.train({
      x: [[0]],
      y: [[1]],
      loss: 'mae',
      optimizer: { type: 'sgd', learningRate: 1e-3, schedule: { type: 'cosine', steps: 6, warmup: 4, last: 0.1 } },
      steps,
      record: { every: 1 },
      probes: { bias: { type: 'parameters', parameter: 'layers.0.bias' } },
    });
    const bias = Array.from(fp.probe(history, 'bias', 'values').data);
    // The gradient of |b - 1| by b is -1: steps are factors.
    const factors = bias.slice(1).map((b, i) => (b - bias[i]!) / 1e-3);
    expect(factors.slice(0, 4).map((f) => Math.round(4 * f) / 4)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(factors[9]).toBeGreaterThan(0.1);
    expect(factors[10]).toBeCloseTo(0.1, 9);
    expect(factors[11]).toBeCloseTo(0.1, 9);
  });
});
