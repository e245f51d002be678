import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPicture, runToFolder } from '../src/index.js';
import { encodeCsv, encodeNpy, encodeNpz, parseCsv, readRun } from '../src/runs/index.js';
import { filling, hostile } from './support/experiment.js';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'fprinciple-runs-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('a run folder', () => {
  it('holds the record, the data, the figures and the report', async () => {
    const { folder, record } = await runToFolder(filling, { out, seed: 3 });
    expect(folder).toBe(join(out, 'filling-quick-seed3'));
    const files = (await readdir(folder, { recursive: true })).map((f) => f.replaceAll('\\', '/')).sort();
    const figures = ['amplitudes', 'frames', 'sum'].flatMap((id) =>
      ['png', 'svg', 'vl.json'].map((e) => `figures/${id}.${e}`),
    );
    expect(files).toEqual(
      [
        'data',
        'data/arrays.npz',
        'data/playback.json',
        'data/steps.csv',
        'figures',
        ...figures,
        'report.html',
        'result.json',
      ].sort(),
    );

    const saved = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
    expect(saved).toEqual(JSON.parse(JSON.stringify(record)));
    expect(saved).toMatchObject({ id: 'filling', preset: 'quick', seed: 3, parameters: { records: 8, note: hostile } });
    expect(saved.machine.cores).toBeGreaterThan(0);
    expect(saved.simd).toMatch(/avx|neon|portable/);
    expect(saved.metrics.nothing).toBeNull();
    expect(saved.claims.map((c: { pass: boolean }) => c.pass)).toEqual([true, false]);

    const { pixels, width } = await readPicture(join(folder, 'figures/sum.png'));
    expect(width).toBeGreaterThan(600);
    expect(new Set(pixels.data).size).toBeGreaterThan(20);
    const spec = JSON.parse(await readFile(join(folder, 'figures/sum.vl.json'), 'utf8'));
    expect(spec.layer.length).toBeGreaterThan(0);
  });

  it('reads back what was written', async () => {
    const { folder, record } = await runToFolder(filling, { out });
    const run = await readRun(folder);
    expect(run.record).toEqual(JSON.parse(JSON.stringify(record)));
    expect(Object.keys(run.figures).sort()).toEqual(['amplitudes', 'frames', 'sum']);
    expect(parseCsv(run.tables.steps!)[1]![1]).toBe(hostile);
    expect(run.playback?.steps).toHaveLength(8);
  });

  it('is replaced by the same run and kept apart from another', async () => {
    const first = await runToFolder(filling, { out });
    const again = await runToFolder(filling, { out });
    const other = await runToFolder(filling, { out, parameters: { records: 4 } });
    expect(again.folder).toBe(first.folder);
    expect(other.folder).not.toBe(first.folder);
    expect(JSON.parse(await readFile(join(other.folder, 'result.json'), 'utf8')).parameters.records).toBe(4);
  });

  it('is not there when the run fails or is stopped, and nothing else is left', async () => {
    const empty = join(out, 'empty');
    await expect(runToFolder(filling, { out: empty, parameters: { fail: true } })).rejects.toThrow(
      'the experiment failed',
    );
    for (const after of [0, 1, 30, 90]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), after);
      const run = runToFolder(filling, { out: empty, parameters: { pause: 50 }, signal: controller.signal });
      await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    }
    expect(await readdir(empty)).toEqual([]);
  });

  it('cannot be written: said before the run starts', async () => {
    const blocked = join(out, 'a-file');
    await writeFile(blocked, '');
    const run = runToFolder(filling, { out: blocked, onProgress: () => expect.unreachable('the run started') });
    await expect(run).rejects.toMatchObject({ code: 'IO' });
  });

  it('that is not whole is refused', async () => {
    const broken = join(out, 'broken');
    await mkdir(broken);
    await expect(readRun(broken)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('result.json'),
    });
    await writeFile(join(broken, 'result.json'), '{');
    await expect(readRun(broken)).rejects.toThrow('damaged');
    await writeFile(join(broken, 'result.json'), '{"format": 99}');
    await expect(readRun(broken)).rejects.toThrow('format 2 or 1, got 99');
  });
});

describe('formats', () => {
  it('npy: header and values as NumPy 1.0 writes them', () => {
    const bytes = encodeNpy({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    expect(Buffer.from(bytes.subarray(0, 8)).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    const length = bytes[8]! + 256 * bytes[9]!;
    expect((10 + length) % 64).toBe(0);
    expect(Buffer.from(bytes.subarray(10, 10 + length)).toString()).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/,
    );
    expect([...new Float32Array(bytes.slice(10 + length).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Buffer.from(encodeNpy({ data: Float64Array.of(1), shape: [1] })).toString('latin1')).toContain(
      "'shape': (1,)",
    );
    expect(Buffer.from(encodeNpy({ data: Float64Array.of(1), shape: [] })).toString('latin1')).toContain("'shape': ()");
    expect(() => encodeNpy({ data: new Float64Array(3), shape: [2] })).toThrow('needs 2 values');
  });

  it('npz: one npy for each array, no odd names', () => {
    const files = unzipSync(
      encodeNpz({ a: { data: Float64Array.of(1, 2), shape: [2] }, 'b.c': { data: Float32Array.of(3), shape: [1] } }),
    );
    expect(Object.keys(files)).toEqual(['a.npy', 'b.c.npy']);
    expect(() => encodeNpz({ '../x': { data: Float64Array.of(1), shape: [1] } })).toThrow('../x');
  });

  it('csv: what is written is read', () => {
    const cell = fc.oneof(fc.string(), fc.constant('a,"b"\r\nc'));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
        const [head, ...rows] = parseCsv(
          encodeCsv({ id: 't', title: 't', columns: { 'a, "b"': cells, n: cells.map((_, i) => i / 3) } }),
        );
        expect(head).toEqual(['a, "b"', 'n']);
        expect(rows.map((row) => row[0])).toEqual(cells);
        expect(rows.map((row) => Number(row[1]))).toEqual(cells.map((_, i) => i / 3));
      }),
    );
    expect(encodeCsv({ id: 't', title: 't', columns: { v: [1, null, Number.NaN, -Infinity] } })).toBe(
      'v\n1\n\nnan\n-inf\n',
    );
    expect(() => encodeCsv({ id: 't', title: 't', columns: { a: [1], b: [1, 2] } })).toThrow(
      'expected 1 values in column "b"',
    );
  });
});
