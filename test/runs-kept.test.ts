/** Runs are not lost: to a part of their outcome that is wrong, to another run at the same time, to a process that was killed. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeFolder, writeWhole } from '../src/core/files.js';
import { createModel, defineExperiment, mlp, type Outcome, runExperiment, runToFolder } from '../src/index.js';
import { readRun } from '../src/runs/read.js';
import { fprinciple, root } from './support/cli.js';
import { filling } from './support/experiment.js';
import faulty from './support/faulty.js';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-kept-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

const named = (run: (context: { seed: number; signal: AbortSignal }) => unknown) =>
  defineExperiment({
    id: 'named',
    title: 'Named',
    source: 'none',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    run: run as () => Outcome,
  });

describe('an outcome of which parts are wrong', () => {
  const expected = [
    ['claimz', /did you mean "claims"/],
    ['metrics.text', /expected a number or null, got "one"/],
    ['arrays.a/b', /expected a name of letters/],
    ['arrays.short', /needs 2 values, data has 1/],
    ['claims.../claim', /id: expected letters/],
    ['claims[2]', /two are called "right"/],
    ['claims.odd', /did you mean "measured"/],
    ['tables.uneven', /expected 2 values in column "b", got 1/],
    ['figures.../outside', /expected an id of lower-case letters/],
    ['figures[5]', /two are called "right"/],
  ] as const;
  const unwritten = [
    ['playback', /expected at least one step/],
    ['figures.mark', /not valid Vega-Lite/],
    ['figures.control', /non-XML character/],
    ['figures.break', /not valid Vega-Lite/],
  ] as const;
  const matching = (list: readonly (readonly [string, RegExp])[]) =>
    list.map(([field, message]) => ({ field, message: expect.stringMatching(message) }));

  it('is written but for those, which are named', async () => {
    const { folder, record } = await runToFolder(faulty, { out });
    expect(record.problems).toEqual(matching([...expected, ...unwritten]));
    const run = await readRun(folder);
    expect(run.record).toEqual(record);
    expect(run.record).toMatchObject({ metrics: { right: 1, never: null }, claims: [{ id: 'right', pass: true }] });
    expect([Object.keys(run.figures), Object.keys(run.tables)]).toEqual([['right'], ['right']]);
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    for (const { field } of record.problems ?? []) expect(page).toContain(`>${field}</span>`);
  });

  it('is refused in memory, naming all of them', async () => {
    const error = await runExperiment(faulty).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const [field, message] of expected) {
      expect((error as Error).message).toContain(`${field}: `);
      expect((error as Error).message).toMatch(message);
    }
  });

  it('is an exit code of its own, said as text and as JSON', async () => {
    const file = join(root, 'test/support/faulty.ts');
    const text = await fprinciple(['run', file, '--out', join(out, 'cli')]);
    expect(text.code, text.stderr).toBe(5);
    expect(text.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'MISSING claimz: there is no "claimz" in what run gives back; did you mean "claims"?',
    );
    const json = JSON.parse((await fprinciple(['run', file, '--out', join(out, 'cli'), '--json'])).stdout);
    expect(json.runs[0].problems).toHaveLength(expected.length + unwritten.length);
  });

  it('that is no object at all is refused', async () => {
    for (const [nothing, what] of [
      [undefined, 'undefined'],
      [7, '7'],
      [[1], 'an array of length 1'],
    ] as const) {
      const run = runToFolder(
        named(() => nothing),
        { out },
      );
      await expect(run).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`got ${what}`),
      });
    }
  });

  it.each([
    ['claims', {}, 'claims: expected a list'],
    ['metrics', [1], 'metrics: expected an object'],
    ['metrics', { a: true }, 'metrics.a: expected a number or null, got true'],
    ['figures', [null], 'figures[0]: expected an object, got null'],
    ['figures', [{ id: 'a', title: 'A', caption: '', spec: {}, width: 3 }], 'figures.a: there is no "width"'],
    ['tables', [{ id: 'a', title: 'A', colums: {} }], 'tables.a: there is no "colums"; did you mean "columns"'],
    [
      'tables',
      [{ id: 'a', title: 'A', columns: { n: [true] } }],
      'column "n": expected numbers, texts or null, got true',
    ],
    ['arrays', { a: [1, 2] }, 'arrays.a: expected { data, shape }'],
    [
      'claims',
      [{ id: 'a', statement: '', source: '', expected: { relation: 'at most', value: 1 }, measured: 1, pass: true }],
      'statement: expected a sentence',
    ],
    [
      'claims',
      [
        {
          id: 'a',
          statement: 's',
          source: '',
          expected: { relation: 'at most', value: Number.NaN },
          measured: 1,
          pass: true,
        },
      ],
      'claims.a: expected.value',
    ],
    [
      'claims',
      [{ id: 'a', statement: 's', source: '', expected: { relation: 'increasing' }, measured: ['1'], pass: true }],
      'measured: expected a number, null, or a list',
    ],
    ['playback', 3, 'playback: expected an object, got 3'],
  ])('%s: %j', async (field, value, message) => {
    await expect(runExperiment(named(() => ({ [field]: value })))).rejects.toThrow(message);
  });
});

describe('several at once', () => {
  it('runs of one experiment into one folder: each is whole, one stays', async () => {
    const at = join(out, 'at-once');
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => runToFolder(filling, { out: at, parameters: { records: 3 } })),
    );
    expect(new Set(runs.map(({ folder }) => folder)).size).toBe(1);
    expect((await readRun(runs[0]!.folder)).record.figures).toHaveLength(3);
    expect(await readdir(at)).toHaveLength(1);
  });

  it('files written at once are each of one writer', async () => {
    const path = join(out, 'file');
    const texts = Array.from({ length: 20 }, (_, i) => String(i % 10).repeat(200_000 + i));
    await Promise.all(texts.map((text) => writeWhole(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect((await readdir(out)).filter((name) => name.includes('.partial'))).toEqual([]);
  });

  it('with checkpoints: each saves in a folder of its own, and both have the bits of a run alone', async () => {
    const x = Array.from({ length: 20 }, (_, i) => [i / 10]);
    const long = named(async ({ seed, signal }) => {
      const model = createModel(mlp({ input: 1, hidden: [16], output: 1, activation: 'tanh' }), { seed });
      const optimizer = { type: 'adam', learningRate: 0.01 } as const;
      const { loss } = await model.train({ x, y: x, loss: 'mse', optimizer, steps: 4000, signal });
      return { metrics: { loss: loss.at(-1)! } };
    });
    const alone = (await runToFolder(long, { out: join(out, 'alone') })).record.metrics;
    const at = join(out, 'checkpoints');
    const runs = await Promise.all([0, 1, 2].map(() => runToFolder(long, { out: at, checkpoint: 0.0005 })));
    for (const { record } of runs) expect(record.metrics).toEqual(alone);
    expect(await readdir(at)).toEqual(['named-quick-seed0']);
  });
});

describe('what killed processes leave', () => {
  const tag = (pid: number, start = 0) =>
    `${createHash('sha256').update(hostname()).digest('hex').slice(0, 8)}-${pid}-${start}-00000000`;

  it('goes with the next run; what a living process or another machine writes stays', async () => {
    const at = join(out, 'left');
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const gone = child.pid!;
    const other = `00000000-${gone}-0-00000000`;
    const stays = [`.a.${tag(process.ppid)}.partial`, `.a.${other}.partial`, '.notes.partial', 'named'];
    // Also a number that somebody else has got since.
    const goes = [`.a.${tag(gone)}.partial`, `.a.${tag(gone)}.partial.old`, `.a.${tag(gone)}.checkpoint`];
    if (process.platform === 'linux') goes.push(`.a.${tag(process.ppid, 1)}.partial`);
    for (const name of [...stays, ...goes]) await mkdir(join(at, name), { recursive: true });
    await runToFolder(
      named(() => ({})),
      { out: at },
    );
    expect((await readdir(at)).sort()).toEqual([...stays, 'named-quick-seed0'].sort());
  });
});

describe('--out that cannot be a folder', () => {
  it('is said at once', async () => {
    const file = join(out, 'a-file');
    await writeFile(file, 'x');
    for (const [path, message] of [
      [file, /a-file is a file; expected a folder/],
      [join(file, 'deeper', 'still'), /a-file is a file; expected a folder/],
      ...(existsSync('/proc/self') ? [['/proc/self/runs', /cannot be made: ENOENT/] as const] : []),
    ] as const) {
      await expect(runToFolder(filling, { out: path })).rejects.toMatchObject({
        code: 'IO',
        message: expect.stringMatching(message),
      });
      await expect(makeFolder(path)).rejects.toMatchObject({ code: 'IO' });
    }
    expect(await readFile(file, 'utf8')).toBe('x');
  });
});
