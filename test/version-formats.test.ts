import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../src/index.js';
import { reportPage } from '../src/report/page.js';
import { openSweep, standing } from '../src/sweeps/folder/open.js';
import { Store } from '../src/sweeps/folder/store.js';
import { groupTable, runTable } from '../src/sweeps/results/table.js';

/** A run and a sweep that 0.1.0 wrote (`run tone-detection --set samples=256`, `sweep training --grid width=4,8 --seeds 0..1`). */
const old = fileURLToPath(new URL('fixtures/version-0.1.0/', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-old-'));
  await cp(old, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Changes a JSON file. */
async function edit(path: string, change: (value: Record<string, unknown>) => void): Promise<void> {
  const value = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  change(value);
  await writeFile(path, JSON.stringify(value));
}

describe('a run of 0.1.0', () => {
  it('can be reported, with its number or without', async () => {
    const run = await readRun(join(folder, 'run'));
    expect(run.record).toMatchObject({ format: 1, id: 'tone-detection', versions: { fprinciple: '0.1.0' } });
    expect(reportPage([run])).toContain('Tones in noise');
    await edit(join(folder, 'run/result.json'), (record) => delete record.format);
    expect(reportPage([await readRun(join(folder, 'run'))])).toContain('Tones in noise');
  });

  it('is refused in a format that this version does not know', async () => {
    await edit(join(folder, 'run/result.json'), (record) => Object.assign(record, { format: 3 }));
    await expect(readRun(join(folder, 'run'))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/expected a result of format 2 or 1, got 3/),
    });
    await writeFile(join(folder, 'run/result.json'), '{}');
    await expect(readRun(join(folder, 'run'))).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('a sweep of 0.1.0', () => {
  it('can be tabled, with its number or without', async () => {
    for (const numbered of [true, false]) {
      if (!numbered) await edit(join(folder, 'sweep/sweep.json'), (record) => delete record.format);
      const opened = await openSweep(join(folder, 'sweep'));
      expect(opened.subject.experiment.id).toBe('training');
      const { results, missing, damaged } = await standing(opened);
      expect([results.size, missing, damaged]).toEqual([4, [], []]);
      const { columns } = runTable({ runs: opened.runs, results });
      expect(columns.width).toEqual([4, 4, 8, 8]);
      expect(columns.seed).toEqual([0, 1, 0, 1]);
      expect(columns.loss![0]).toBe(0.897835651097308);
      expect(groupTable({ runs: opened.runs, results }, ['width'], ['loss']).columns.runs).toEqual([2, 2]);
    }
  });

  it('is not gone on with, and the reason is given', async () => {
    await expect(openSweep(join(folder, 'sweep'), { toWork: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/begun by fprinciple 0\.1\.0, in which the same seeds drew other numbers/),
    });
  });

  it('is refused in a format that this version does not know', async () => {
    await edit(join(folder, 'sweep/sweep.json'), (record) => Object.assign(record, { format: 3 }));
    await expect(openSweep(join(folder, 'sweep'))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/a sweep of format 3/),
    });
    expect(await new Store(join(folder, 'sweep')).read('cfd17a8c08fde49ad59c205b')).toMatchObject({
      format: 1,
      seed: 0,
    });
  });
});
