import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../src/sweeps/folder/store.js';
import { killLocal, outcomes, plain, undisturbed } from './support/chaos.js';
import { fprinciple } from './support/cli.js';
import { noSmallDisk, SmallDisk } from './support/small-disk.js';

if (noSmallDisk !== undefined) console.warn(`sweeps on a full disk and a read-only one are not tested: ${noSmallDisk}`);

let folder: string;
let expected: Map<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-faults-'));
  expected = await undisturbed(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a sweep on this machine, disturbed', () => {
  it('a command that is killed, three times: exactly 1,000 results, each that of an undisturbed sweep', async () => {
    for (let i = 0; i < 3; i++) await killLocal(join(folder, `killed-${i}`), expected);
  });

  it('two commands that resume at once: both end well, with the right results', async () => {
    const out = join(folder, 'twice');
    await fprinciple([...plain.arguments, '--out', out], {
      during: (child) => child.kill('SIGKILL'),
    });
    const resume = ['sweep', 'resume', out, '--json'];
    const both = await Promise.all([fprinciple(resume), fprinciple(resume)]);
    for (const { code, stdout, stderr } of both) {
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ total: plain.total, done: plain.total, failed: 0 });
    }
    expect(await outcomes(out)).toEqual(expected);
  });

  it('damaged results are counted, and done again', async () => {
    const out = join(folder, 'killed-0');
    const [first, second] = [...(await new Store(out).listed())].map((id) => join(out, 'runs', `${id}.json`));
    await writeFile(first!, (await readFile(first!, 'utf8')).replace(/"loss":[^,]/, '"loss":9'));
    await writeFile(second!, (await readFile(second!)).subarray(0, 200));
    const status = await fprinciple(['sweep', 'status', out, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      total: plain.total,
      done: plain.total - 2,
      damaged: 2,
      missing: 0,
    });
    const resumed = await fprinciple(['sweep', 'resume', out]);
    expect(resumed.stdout).toContain('2 damaged results were done again');
    expect(await outcomes(out)).toEqual(expected);
  });
});

describe.skipIf(noSmallDisk !== undefined)('a sweep on a disk', () => {
  it('that is full: says so and keeps what is written; goes on when there is room', async () => {
    const disk = new SmallDisk('300k');
    try {
      const out = join(disk.folder, 'sweep');
      const full = await fprinciple([...plain.arguments, '--out', out]);
      expect(full.code).toBe(4);
      expect(full.stderr).toMatch(/error: .*cannot be written: the disk is full/);
      const status = await fprinciple(['sweep', 'status', out, '--json']);
      const { done, damaged } = JSON.parse(status.stdout) as { done: number; damaged: number };
      expect(damaged).toBe(0);
      expect(done).toBeGreaterThan(0);
      expect((await new Store(out).listed()).size).toBe(done);
      disk.remount('size=64m');
      expect((await fprinciple(['sweep', 'resume', out])).code).toBe(0);
      expect(await outcomes(out)).toEqual(expected);
    } finally {
      disk.remove();
    }
  });

  it('that is read-only: it can be read; what would write says why not', async () => {
    const disk = new SmallDisk('4m');
    try {
      const out = join(disk.folder, 'sweep');
      const begin = ['sweep', 'training', '--set', 'steps=5', '--out', out, '--seeds'];
      await fprinciple([...begin, '0..2']);
      disk.remount('ro');
      const table = await fprinciple(['sweep', 'table', out, '--json']);
      expect(JSON.parse(table.stdout)).toMatchObject({ incomplete: 0, groups: { runs: [3] } });
      for (const args of [
        [...begin, '0..3'],
        ['sweep', 'table', out, '--csv'],
        ['sweep', 'report', out],
      ]) {
        const { code, stderr } = await fprinciple(args);
        expect([code, stderr]).toEqual([4, expect.stringMatching(/error: .*cannot be written: .*read-only/)]);
      }
    } finally {
      disk.remove();
    }
  });
});
