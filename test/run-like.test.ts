/** A run made again: the same bits, or what differs, by name. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fprinciple } from './support/cli.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-like-'));
  const args = ['run', 'relu-harmonics', '--seed', '5', '--json'];
  const { stdout } = await fprinciple(args, { cwd: folder });
  run = JSON.parse(stdout).runs[0].folder;
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('fprinciple run --like', { timeout: 240_000 }, () => {
  it('makes the run again beside it, to the same bits', async () => {
    const { code, stdout } = await fprinciple(['run', '--like', run], { cwd: folder });
    expect([code, stdout]).toEqual([0, expect.stringContaining('same bits: metrics and every file in data/')]);
    const [before, after] = await Promise.all(
      [run, join(folder, 'runs/again/relu-harmonics-quick-seed5')].map(async (path) =>
        JSON.parse(await readFile(join(path, 'result.json'), 'utf8')),
      ),
    );
    expect(after.metrics).toEqual(before.metrics);
    expect([after.seed, after.code]).toEqual([5, before.code]);
  });

  it('names what differs: files, metrics, version, code, SIMD path', async () => {
    const other = join(folder, 'other');
    await cp(run, other, { recursive: true });
    const record = JSON.parse(await readFile(join(other, 'result.json'), 'utf8'));
    const [name] = Object.keys(record.metrics);
    record.metrics[name!] += 1;
    Object.assign(record, { code: 'abc', simd: 'portable', versions: { ...record.versions, fprinciple: '0.1.9' } });
    await writeFile(join(other, 'result.json'), JSON.stringify(record));
    await writeFile(join(other, 'data', 'extra.csv'), 'a\n1\n');
    const { code, stdout } = await fprinciple(['run', '--like', other, '--json'], { cwd: folder });
    expect(code).toBe(3);
    const { like } = JSON.parse(stdout);
    expect(like.same).toBe(false);
    expect(like.files).toEqual(['extra.csv']);
    expect(like.metrics.map((metric: { name: string }) => metric.name)).toEqual([name]);
    expect(like.circumstances.map(({ what }: { what: string }) => what)).toEqual([
      'version of fprinciple',
      'code',
      'SIMD path',
    ]);
  });

  it.each([
    [['--like', 'nowhere'], 4, /not a whole run folder/],
    [['--like', 'other', '--seed', '3'], 2, /expected no --seed beside it/],
    [['sine-mixture', '--like', 'other'], 2, /a run of relu-harmonics, which is not in sine-mixture/],
  ])('refuses %j', async (args, code, message) => {
    const ended = await fprinciple(['run', ...args], { cwd: folder });
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });
});
