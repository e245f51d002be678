import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../src/index.js';
import { openSweep, planSweep, standing } from '../src/sweeps/folder/open.js';
import { everything, notesOn, otherResults } from '../src/sweeps/folder/others.js';
import { planRuns } from '../src/sweeps/plan/plan.js';
import { kill9, pause } from './support/chaos.js';
import { fprinciple, startFprinciple } from './support/cli.js';

let folder: string;
let out: string;
const training = { width: 4, data: { points: 8 } };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-folders-'));
  out = join(folder, 'two');
  for (const steps of [2, 3]) for await (const _ of sweep({ training: { ...training, steps }, seeds: '0..3', out }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the folder of a sweep', () => {
  it('that holds results of other settings says so, and shows them with --all', async () => {
    const opened = await openSweep(out);
    expect((await standing(opened)).results.size).toBe(4);
    expect((await otherResults(opened)).length).toBe(4);
    expect(await notesOn(opened)).toEqual([
      expect.stringMatching(/^4 results of other settings .*table .* --all shows them$/),
    ]);
    const all = await everything(opened);
    expect(all.results.size).toBe(8);
    expect(new Set(all.runs.map(({ point }) => JSON.stringify(point)))).toEqual(
      new Set(['{"steps":2}', '{"steps":3}']),
    );
    const shown = await fprinciple(['sweep', 'table', out, '--all', '--metric', 'loss', '--json']);
    expect(JSON.parse(shown.stdout).groups).toMatchObject({ steps: [2, 3], runs: [4, 4] });
    for (const command of ['status', 'table', 'report']) {
      const { stdout } = await fprinciple(['sweep', command, out]);
      expect(stdout, command).toMatch(/note: 4 results of other settings/);
    }
  });

  it('gives the same run another id where the code is another, and says that its results are of an earlier one', async () => {
    const { sweep: described, subject, runs } = await planSweep({ experiment: 'sine-mixture' }, undefined, out);
    const changed = planRuns(described, { ...subject, code: 'another' });
    expect(changed.map(({ id }) => id)).not.toEqual(runs.map(({ id }) => id));
    const stale = join(folder, 'stale');
    await cp(out, stale, { recursive: true });
    const record = JSON.parse(await readFile(join(stale, 'sweep.json'), 'utf8'));
    await writeFile(join(stale, 'sweep.json'), JSON.stringify({ ...record, code: 'another' }));
    expect(await notesOn(await openSweep(stale))).toContainEqual(expect.stringMatching(/the code has changed since/));
    await expect(openSweep(stale, { toWork: true })).rejects.toThrow(/code of fprinciple .* has changed since/);
  });

  it('of 0.1.0 can be read, and is not gone on with', async () => {
    const old = join(folder, 'old');
    await cp(out, old, { recursive: true });
    const record = JSON.parse(await readFile(join(old, 'sweep.json'), 'utf8'));
    const { code: _, ...before } = { ...record, format: 1, version: '0.1.0-old' };
    await writeFile(join(old, 'sweep.json'), JSON.stringify(before));
    for (const name of await readdir(join(old, 'runs'))) {
      const { sha256: _, code: __, ...result } = JSON.parse(await readFile(join(old, 'runs', name), 'utf8'));
      const older = { ...result, format: 1, version: '0.1.0-old' };
      const sha256 = createHash('sha256').update(JSON.stringify(older)).digest('hex');
      await writeFile(join(old, 'runs', name), JSON.stringify({ ...older, sha256 }));
    }
    const table = await fprinciple(['sweep', 'table', old, '--json']);
    expect([table.code, table.stderr]).toEqual([0, '']);
    const { groups, incomplete, notes } = JSON.parse(table.stdout);
    expect(groups).toMatchObject({ steps: [2, 3], runs: [4, 4] });
    expect(incomplete).toBe(0);
    expect(notes).toEqual([expect.stringContaining('these results are of fprinciple 0.1.0-old')]);
    expect((await fprinciple(['sweep', 'report', old])).code).toBe(0);
    const resumed = await fprinciple(['sweep', 'resume', old]);
    expect([resumed.code, resumed.stderr]).toEqual([
      2,
      expect.stringMatching(/begun by fprinciple 0\.1\.0-old.*the same seeds drew other numbers/),
    ]);
    // Without a number it is as old.
    const { format: _f, ...none } = before;
    await writeFile(join(old, 'sweep.json'), JSON.stringify(none));
    expect((await openSweep(old)).runs.length).toBe(8);
    await writeFile(join(old, 'sweep.json'), JSON.stringify({ ...none, format: 99 }));
    await expect(openSweep(old)).rejects.toThrow(/format 99/);
  });
});

describe('a worker on a folder', () => {
  it('that is not there yet waits for it; with --until-done there is nothing to wait for', async () => {
    const later = join(folder, 'later');
    const ended = await fprinciple(['worker', '--folder', later, '--until-done']);
    expect([ended.code, ended.stderr]).toEqual([4, expect.stringMatching(/later: there is no such folder/)]);
    const file = await fprinciple(['worker', '--folder', join(out, 'sweep.json')]);
    expect([file.code, file.stderr]).toEqual([4, expect.stringMatching(/sweep\.json is no folder/)]);
    const worker = startFprinciple(['worker', '--folder', later, '--lanes', '1']);
    try {
      await pause(1500);
      const runs = [];
      const shared = { training: { ...training, steps: 2 }, out: join(later, 'mine'), executor: 'folder' } as const;
      for await (const run of sweep(shared)) runs.push(run.status);
      expect(runs).toEqual(['completed']);
    } finally {
      await kill9(worker);
    }
  }, 60_000);
});
