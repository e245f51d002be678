/** The adviser: what it sees in a target, what it chooses, that a budget means the same work everywhere, and its programs. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitCandidates } from '../src/fit/candidates.js';
import {
  adviseFeatures,
  createModel,
  emitFit,
  encodeNpz,
  type FitAdvice,
  type FitChoice,
  loadModel,
} from '../src/index.js';
import { fprinciple, root } from './support/cli.js';

/** sin 9x at n equispaced points of one period. */
const tone = (n: number) => {
  const x = Float64Array.from({ length: n }, (_, i) => -Math.PI + (2 * Math.PI * i) / n);
  return { x, y: x.map((v) => Math.sin(9 * v)) };
};
const small = { budget: 4, hidden: [32, 32], steps: 300, seed: 3 };
const scaled = ({ data, shape }: { data: Float64Array; shape: number[] }, { offset, scale }: FitChoice['inputs']) => ({
  data: data.map((v, i) => (v - offset[i % offset.length]!) / scale[i % scale.length]!),
  shape,
});
const column = (data: Float64Array) => ({ data, shape: [data.length, 1] });

let folder: string;
let advice: FitAdvice;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-fit-'));
  advice = await adviseFeatures(tone(60), small);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains what an advice says and gives the model. */
async function trained({ spec, seed, inputs, outputs, training }: FitChoice, { x, y }: ReturnType<typeof tone>) {
  const model = createModel(spec, { seed });
  await model.train({ ...training, x: scaled(column(x), inputs), y: scaled(column(y), outputs), record: { at: [] } });
  return model;
}

describe('adviseFeatures', () => {
  it('sees where the power lies: sin 9x has 9 cycles in its period, which is 2 units of the scaled inputs', () => {
    const { frequency, power } = advice.spectrum;
    const top = frequency[power.indexOf(Math.max(...power))]!;
    // 60 points reach from -1 to 1, so that the period is 2 * 60 / 59 long.
    expect(Math.abs(top - (9 / 2) * (59 / 60))).toBeLessThan(0.5);
    expect(power.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it('chooses a network that learns between the samples what ReLU on plain coordinates does not', async () => {
    const dense = tone(240);
    const rootMeanSquare = async (choice: FitChoice) => {
      const guess = await (await trained(choice, tone(60))).predict(scaled(column(dense.x), choice.inputs));
      const { offset, scale } = choice.outputs;
      const squares = dense.y.map((v, i) => (guess.data[i]! * scale[0]! + offset[0]! - v) ** 2);
      // The last points lie beyond the last sample.
      return Math.sqrt(squares.slice(0, 236).reduce((a, b) => a + b) / 236);
    };
    const relu = { ...advice.choice, spec: { ...advice.choice.spec, layers: reluLayers } };
    expect(advice.complete).toBe(true);
    expect(await rootMeanSquare(advice.choice)).toBeLessThan((await rootMeanSquare(relu)) / 3);
  });
  const reluLayers: FitChoice['spec']['layers'] = [
    { type: 'dense', units: 32, init: 'he' },
    { type: 'activation', fn: 'relu' },
    { type: 'dense', units: 32, init: 'he' },
    { type: 'activation', fn: 'relu' },
    { type: 'dense', units: 1 },
  ];

  it('tells by kernels alone that the alias-free scales are better than the widest and the plain ones', () => {
    const error = (name: string) => advice.predictions.find((one) => one.name === name)!.error;
    expect(error('SIREN, omega_0 20')).toBeLessThan(error('SIREN, omega_0 160'));
    expect(error('SIREN, omega_0 20')).toBeLessThan(error('ReLU'));
    const errors = advice.predictions.map((one) => one.error);
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
  });

  it('gives the same advice again, for any number of threads', async () => {
    const { seconds: _, ...again } = await adviseFeatures(tone(60), { ...small, threads: 1 });
    const { seconds: __, ...first } = advice;
    expect(again).toEqual(first);
  });

  it('never trains on what it validates with', () => {
    expect(advice.validation.length).toBe(12);
    expect(advice.samples.length).toBe(60);
    expect(new Set(advice.validation).size).toBe(12);
  });

  it('warns of aliasing where power lies right below Nyquist, and not where samples are dense', async () => {
    expect(advice.warnings).toEqual([]);
    const { warnings } = await adviseFeatures(tone(20), { ...small, steps: 60 });
    expect(warnings[0]).toMatch(/^aliasing: \d+ % of the power/);
  });

  it('says so where a machine is too slow for its plan, and still has an answer', { timeout: 60_000 }, async () => {
    // A step so wide that the fewest steps of the smallest plan take longer than five seconds here.
    const { complete, warnings, choice, predictions } = await adviseFeatures(tone(400), {
      ...small,
      hidden: [1024, 1024, 1024],
      steps: 2000,
      budget: 0.01,
    });
    expect(complete).toBe(false);
    expect(warnings.at(-1)).toMatch(/^cut short/);
    expect(predictions.map((one) => one.name)).toContain(choice.name);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => phase.startsWith('round') && controller.abort();
    const work = adviseFeatures(tone(60), { ...small, signal: controller.signal, onProgress });
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    [{ x: [1, 2, 3], y: [1, 2, 3] }, 'INVALID_SHAPE', /data.x: expected at least 8/],
    [{ x: tone(9).x, y: tone(8).y }, 'INVALID_SHAPE', /data.y: expected a row for each of 9/],
    [{ x: tone(9).x, y: tone(9).x.map(() => 2) }, 'INVALID_ARGUMENT', /data.y: .*constant/],
    [{ x: tone(9).x.map(() => 2), y: tone(9).y }, 'INVALID_ARGUMENT', /data.x: .*axis 0/],
    [{ x: tone(9).x, y: tone(9).y.map(() => Number.NaN) }, 'NON_FINITE', /data.y/],
    [{ x: tone(9).x, y: tone(9).y, size: [2, 4] }, 'INVALID_SHAPE', /data.size/],
    [{ x: tone(9).x }, 'INVALID_ARGUMENT', /data.y/],
    [{ x: tone(9).x, y: tone(9).y, target: 1 }, 'INVALID_ARGUMENT', /there is no "target"/],
    [undefined, 'INVALID_ARGUMENT', /data/],
  ])('refuses data that are none: %#', async (data, code, message) => {
    await expect(adviseFeatures(data as never)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('emitFit', () => {
  /** The first network of each kind, with few steps. */
  const families = new Map(
    fitCandidates({ input: 1, output: 1, hidden: [16, 16], seed: 0, nyquist: 15 })
      .reverse()
      .map(({ family, spec }) => [family, spec] as const),
  );

  it.each([...families])(
    'writes TypeScript that trains the choice to the same bits: %s',
    async (family, spec) => {
      const { x, y } = tone(60);
      const own = join(folder, `ts-${family}`);
      await mkdir(own);
      await writeFile(join(own, 'samples.npz'), encodeNpz({ x: column(x), y: column(y) }));
      const choice = { ...advice.choice, spec, training: { ...advice.choice.training, steps: 40 } };
      const code = emitFit(choice, 'ts', 'samples.npz');
      await writeFile(join(own, 'train.mts'), code.replace("'fprinciple'", JSON.stringify(join(root, 'src/index.ts'))));
      const tsx = ['--import', import.meta.resolve('tsx'), 'train.mts'];
      const { status, stdout, stderr } = spawnSync(process.execPath, tsx, { encoding: 'utf8', cwd: own });
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^loss [\de.-]+ completed\n$/)]);
      expect(stderr).toMatch(/step 40 of 40/);
      const expected = (await trained(choice, tone(60))).parameters();
      expect(loadModel(join(own, 'fitted.safetensors')).parameters()).toEqual(expected);
    },
    120_000,
  );

  it('writes the choice as JSON, and refuses what is no choice or no language', () => {
    expect(JSON.parse(emitFit(advice.choice, 'json'))).toEqual(advice.choice);
    expect(() => emitFit({} as never, 'ts')).toThrow(/choice/);
    expect(() => emitFit(advice.choice, 'keras' as never)).toThrow(/code: expected 'json', 'ts', 'pytorch' or 'jax'/);
  });

  const python = process.env.FPRINCIPLE_PYTHON;
  const has = (module: string) => python && spawnSync(python, ['-c', `import ${module}`]).status === 0;
  it.runIf(has('torch'))(
    'writes PyTorch that runs and learns, for every kind of network',
    async () => {
      const { x, y } = tone(60);
      await writeFile(join(folder, 'samples.npz'), encodeNpz({ x: column(x), y: column(y) }));
      for (const [family, spec] of families) {
        await writeFile(join(folder, 'train.py'), emitFit({ ...advice.choice, spec }, 'pytorch', 'samples.npz'));
        const { status, stdout, stderr } = spawnSync(python!, ['train.py'], { encoding: 'utf8', cwd: folder });
        expect([family, status, stderr.includes('Error')]).toEqual([family, 0, false]);
        expect(Number(/^loss (\S+)/.exec(stdout)?.[1])).toBeLessThan(1.05);
      }
    },
    600_000,
  );
});

describe('fprinciple fit', () => {
  it('writes a run folder with spectrum, predictions, programs and a page, and prints the choice', async () => {
    const { x, y } = tone(40);
    const rows = Array.from(x, (v, i) => `${v},${y[i]}`);
    await writeFile(join(folder, 'tone.csv'), `x,y\n${rows.join('\n')}\n`);
    const args = ['fit', 'tone.csv', '--budget', '2s', '--hidden', '16,16', '--steps', '80', '--json'];
    const { code, stdout, stderr } = await fprinciple(args, { cwd: folder });
    expect([code, stderr]).toEqual([0, expect.stringContaining('round 3 of 3')]);
    const found = JSON.parse(stdout) as FitAdvice & { folder: string };
    expect(found.predictions.length).toBeGreaterThan(15);
    const choice = JSON.parse(await readFile(join(found.folder, 'choice.json'), 'utf8'));
    expect(choice).toEqual(found.choice);
    const page = await readFile(join(found.folder, 'report.html'), 'utf8');
    for (const title of ['Spectrum of the target', 'Predicted by the kernel, and measured', 'Side by side'])
      expect(page).toContain(title);
    expect(await readFile(join(found.folder, 'train_pytorch.py'), 'utf8')).toContain('torch.optim.Adam');
  }, 240_000);

  it.each([
    [['fit', 'none.csv'], 4, /none.csv/],
    [['fit', 'tone.csv', '--budget', 'soon'], 2, /expected a time/],
    [['fit', 'tone.csv', '--emit', 'keras'], 2, /expected json, ts, pytorch, jax/],
    [['fit', 'tone.xyz'], 2, /\.csv/],
  ])('refuses %j', async (args, code, message) => {
    const ended = await fprinciple(args, { cwd: folder });
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });
});
