import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paperDigest, parametersDigest, readPaperRuns, recordPaperRuns } from '../src/gallery/paper-runs.js';
import { experiments, runToFolder } from '../src/index.js';
import { filling } from './support/experiment.js';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-gallery-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('recorded paper runs', () => {
  it('keep time, machine and claims of each id and seed, the last one of each, in order', async () => {
    const file = join(out, 'paper-runs.json');
    expect(await readPaperRuns(file)).toEqual([]);
    const two = await runToFolder(filling, { out, preset: 'paper', seed: 2 });
    const zero = await runToFolder(filling, { out, preset: 'paper' });
    await recordPaperRuns(file, [two.folder]);
    const [added] = await recordPaperRuns(file, [zero.folder]);
    expect(added).toMatchObject({
      id: 'filling',
      seed: 0,
      parameters: parametersDigest(zero.record.parameters),
      version: zero.record.versions.fprinciple,
      claims: [
        { id: 'order', pass: true, unit: 'steps' },
        { id: 'failing', measured: 1, pass: false },
      ],
    });
    expect(added!.parameters).toBe(paperDigest(filling));
    expect(added!.machine).toMatch(/, \d+ cores$/);
    await recordPaperRuns(file, [two.folder, zero.folder]);
    expect((await readPaperRuns(file)).map(({ seed }) => seed)).toEqual([0, 2]);
    expect(await readPaperRuns(file)).toContainEqual(added);
  });

  it('are of paper presets and whole folders only', async () => {
    const file = join(out, 'refused.json');
    const quick = await runToFolder(filling, { out });
    await expect(recordPaperRuns(file, [quick.folder])).rejects.toThrow(
      'expected a run of the paper preset, got "quick"',
    );
    await expect(recordPaperRuns(file, [join(out, 'nowhere')])).rejects.toMatchObject({ code: 'IO' });
    await writeFile(file, '{');
    await expect(readPaperRuns(file)).rejects.toThrow('is not JSON');
  });

  it('that are committed belong to experiments there are', async () => {
    const runs = await readPaperRuns(new URL('../docs/paper-runs.json', import.meta.url).pathname);
    const ids = new Set(experiments.map(({ id }) => id));
    expect(runs.filter(({ id }) => !ids.has(id))).toEqual([]);
    for (const run of runs)
      expect(run).toMatchObject({ parameters: expect.stringMatching(/^[0-9a-f]{8}$/), claims: expect.any(Array) });
  });
});
