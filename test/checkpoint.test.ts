/** A run that is killed goes on to the same bits; a model's trainings in a folder of checkpoints. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, mlp, withCheckpoints } from '../src/index.js';
import { fprinciple, root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const long = join(root, 'test/support/long.ts');

describe('fprinciple run --checkpoint', () => {
  it('survives kill -9 twice, in a training and in a sweep, and gives the bits of an undisturbed run', async () => {
    const run = (out: string, ...more: string[]) => ['run', long, '--seed', '3', '--out', join(folder, out), ...more];
    expect((await fprinciple(run('undisturbed'))).code).toBe(0);
    const saved = join(folder, 'killed', '.long-quick-seed3.checkpoint');
    // 0.12 seconds between two saves.
    for (const training of [0, 2]) {
      const path = join(saved, `training-${training}.bin`);
      let timer: NodeJS.Timeout | undefined;
      const ended = await fprinciple(run('killed', '--checkpoint', '0.002'), {
        during: (child) => {
          timer ??= setInterval(() => existsSync(path) && child.kill('SIGKILL'), 5);
        },
      });
      clearInterval(timer);
      expect(ended.code).toBe(null);
      expect(existsSync(path)).toBe(true);
    }
    expect((await fprinciple(run('killed', '--checkpoint', '0.002'))).code).toBe(0);
    expect(existsSync(saved)).toBe(false);
    const arrays = (out: string) => readFile(join(folder, out, 'long-quick-seed3/data/arrays.npz'));
    expect((await arrays('killed')).equals(await arrays('undisturbed'))).toBe(true);
  }, 120_000);

  it('refuses a time that is none', async () => {
    const { code, stderr } = await fprinciple(['run', long, '--checkpoint', 'often']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('expected minutes above 0');
  });
});

describe('withCheckpoints', () => {
  const x = Array.from({ length: 20 }, (_, i) => [i / 10]);
  const spec = mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' });
  const train = async (steps: number, where: string, batchNorm = false) => {
    const layers = batchNorm ? [{ type: 'batchNorm' } as const, ...spec.layers] : spec.layers;
    const model = createModel({ ...spec, layers }, { seed: 1 });
    const optimizer = { type: 'adam', learningRate: 0.01 } as const;
    const work = () => model.train({ x, y: x, loss: 'mse', optimizer, steps });
    const history = await withCheckpoints({ folder: join(folder, where), minutes: 1 }, work);
    return { history, arrays: { ...model.parameters(), ...model.buffers() } };
  };

  it('does not repeat a training that is done, and begins anew for another one', async () => {
    const first = await train(50, 'a', true);
    const [file] = await readdir(join(folder, 'a'));
    const bytes = await readFile(join(folder, 'a', file!));
    expect(await train(50, 'a', true)).toEqual(first);
    expect((await readFile(join(folder, 'a', file!))).equals(bytes)).toBe(true);
    expect((await train(60, 'a', true)).history.steps).toHaveLength(61);
    // A file that is broken is no checkpoint.
    await writeFile(join(folder, 'a', file!), 'broken');
    expect(await train(50, 'a', true)).toEqual(first);
  });

  it('is a save of one seed, one version and one type alone', async () => {
    const arrays = createModel(spec, { seed: 1 }).parameters();
    const shuffled = async (seed: number) => {
      const model = createModel(spec, { seed });
      model.setParameters(arrays);
      const optimizer = { type: 'sgd', learningRate: 0.1 } as const;
      const work = () => model.train({ x, y: x, loss: 'mse', optimizer, steps: 5, batchSize: 4 });
      await withCheckpoints({ folder: join(folder, 'seeds'), minutes: 1 }, work);
      return model.parameters();
    };
    const [one, two] = [await shuffled(1), await shuffled(2)];
    // The seed orders the batches: the same start gives another end.
    expect(two).not.toEqual(one);
  });

  it('gives the same result whatever is changed in a save', async () => {
    const first = await train(6, 'mutated');
    const path = join(folder, 'mutated', (await readdir(join(folder, 'mutated')))[0] ?? '');
    const whole = await readFile(path);
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(whole);
      const at = (i * 7919) % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (i % 8));
      await writeFile(path, i % 5 === 4 ? bytes.subarray(0, at) : bytes);
      expect(await train(6, 'mutated')).toEqual(first);
    }
  });

  it('goes on when another process removes the folder, or writes into it', async () => {
    const [a, b] = await Promise.all([train(200, 'shared'), train(200, 'shared')]);
    expect(a).toEqual(b);
    const model = createModel(spec, { seed: 1 });
    const optimizer = { type: 'adam', learningRate: 0.01 } as const;
    const where = join(folder, 'removed');
    await withCheckpoints({ folder: where, minutes: 1 }, async () => {
      await rm(where, { recursive: true });
      await model.train({ x, y: x, loss: 'mse', optimizer, steps: 3 });
    });
    expect(await readdir(where)).toEqual(['training-0.bin']);
  });

  it('names what cannot be', async () => {
    await expect(withCheckpoints({ folder, minutes: 0 }, async () => 1)).rejects.toThrow(
      /minutes: expected a finite number above 0/,
    );
    await writeFile(join(folder, 'file'), '');
    const inFile = withCheckpoints({ folder: join(folder, 'file/x'), minutes: 1 }, async () => 1);
    await expect(inFile).rejects.toMatchObject({ code: 'IO' });
  });
});
