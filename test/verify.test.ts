/** `verify`: fresh seeds, all rounds kept, gone on with after an interruption. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { atLeast, defineExperiment, runExperiment } from '../src/index.js';
import {
  changedClaims,
  readVerified,
  verificationSeeds,
  verifiedClaims,
  verifyExperiment,
  wilsonInterval,
} from '../src/runs/verify.js';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-verify-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

let runs = 0;
/** A claim that holds where the seed is even; it throws for every third seed. */
const chance = defineExperiment({
  id: 'chance',
  title: 'Chance',
  source: 'none',
  parameters: z.object({}),
  presets: { quick: {}, paper: {} },
  measure({ seed }) {
    runs++;
    if (seed % 3 === 1) throw new Error('no luck');
    return { even: seed % 2 === 0 ? 1 : 0 };
  },
  present: ({ even }) => ({
    claims: [
      atLeast(1, { id: 'even', statement: 's', source: 'here', measured: even }),
      atLeast(0, { id: 'always', statement: 's', source: 'here', measured: even }),
    ],
  }),
});

describe('verify', () => {
  it('counts the seeds on which each claim held, and goes on where it was', async () => {
    const file = join(out, 'verified.json');
    const controller = new AbortController();
    const first = verifyExperiment(chance, {
      file,
      seeds: 12,
      signal: controller.signal,
      onRun: (_, done) => {
        if (done === 5) controller.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await readVerified(file))[0]?.runs).toHaveLength(5);
    const round = await verifyExperiment(chance, { file, seeds: 12 });
    // And once on seed 0, by whose numbers rounds are told.
    expect(runs).toBe(13);
    const seeds = round.runs.map(({ seed }) => seed);
    expect(seeds).toEqual(verificationSeeds('chance', round.version, 1, 12));
    const thrown = seeds.filter((seed) => seed % 3 === 1).length;
    const even = seeds.filter((seed) => seed % 2 === 0 && seed % 3 !== 1).length;
    expect(verifiedClaims(round)).toMatchObject([
      { id: 'even', held: even, of: 12 },
      { id: 'always', held: 12 - thrown, of: 12 },
    ]);
    // Another round is another one, and both are kept.
    const second = await verifyExperiment(chance, { file, seeds: 2, round: 2 });
    expect(second.runs.map(({ seed }) => seed).filter((seed) => seeds.includes(seed))).toEqual([]);
    expect((await readVerified(file)).map((one) => [one.round, one.runs.length])).toEqual([
      [1, 12],
      [2, 2],
    ]);
    expect((await readFile(file, 'utf8')).split('\n').length).toBeGreaterThan(14);
  });

  it('goes on with a round of other code where the numbers are the same, and begins anew where they are not', async () => {
    const file = join(out, 'numbers.json');
    const { numbers } = await verifyExperiment(chance, { file, seeds: 2 });
    expect(Object.keys(numbers ?? {})).toEqual(['even', 'always']);
    const rewrite = async (change: (text: string) => string) => writeFile(file, change(await readFile(file, 'utf8')));
    await rewrite((text) => text.replace(/"code":"\w+"/, '"code":"another"'));
    const before = runs;
    const same = await verifyExperiment(chance, { file, seeds: 3 });
    expect([runs - before, same.code, same.runs.length]).toEqual([2, 'another', 3]);
    expect(await readVerified(file)).toHaveLength(1);
    await rewrite((text) => text.replace(numbers?.even ?? '', '0'));
    const { claims } = await runExperiment(chance);
    expect(changedClaims((await readVerified(file))[0] ?? {}, claims)).toEqual(['even']);
    expect(changedClaims({}, claims)).toEqual(['even', 'always']);
    await verifyExperiment(chance, { file, seeds: 1 });
    expect((await readVerified(file)).map((one) => one.runs.length).sort()).toEqual([1, 3]);
  });

  it('refuses a damaged file, and options that mean nothing', async () => {
    const file = join(out, 'damaged.json');
    await writeFile(file, '[{"id": 3}]');
    await expect(verifyExperiment(chance, { file })).rejects.toMatchObject({ code: 'IO' });
    await expect(verifyExperiment(chance, { file, seeds: 0 })).rejects.toThrow('seeds');
    await expect(verifyExperiment(chance, {} as never)).rejects.toThrow('file');
  });

  it("Wilson's interval", () => {
    // All of n: from n / (n + z^2) on. 8 of 10: the formula by hand.
    expect(wilsonInterval(20, 20)).toEqual([expect.closeTo(0.8389, 4), 1]);
    expect(wilsonInterval(8, 10)).toEqual([expect.closeTo(0.4902, 4), expect.closeTo(0.9433, 4)]);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});
