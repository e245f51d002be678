/** Files that are written whole, and read within limits. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWhole, readWholeSync, writeWhole, writeWholeSync } from '../src/core/files.js';
import { createModel, FprincipleError, loadModel, mlp } from '../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-whole-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('whole files', () => {
  it('are never a mixture of two writers, and nothing is left beside them', async () => {
    const own = join(folder, 'writers');
    await mkdir(own);
    const path = join(own, 'a');
    const contents = [1, 2, 3, 4].map((byte) => Buffer.alloc(200_000, byte));
    writeWholeSync(path, contents[0] ?? Buffer.alloc(0));
    const writers = contents.flatMap((content) => [0, 1, 2].map(() => writeWhole(path, content)));
    for (let i = 0; i < 30; i++) {
      const bytes = await readFile(path);
      expect(contents.some((content) => content.equals(bytes))).toBe(true);
    }
    await Promise.all(writers);
    expect(await readdir(own)).toEqual(['a']);
  });

  it('of models and arrays can be read while others write them', async () => {
    const own = join(folder, 'models');
    await mkdir(own);
    const model = createModel(mlp({ input: 2, hidden: [50], output: 1, activation: 'tanh' }), { seed: 1 });
    const path = join(own, 'm.safetensors');
    model.save(path);
    // Another thread that writes the same path all the time, in one go and with the names that two processes would take.
    const script = `
      const { parentPort } = require('node:worker_threads');
      const addon = require(${JSON.stringify(join(import.meta.dirname, '../bindings/index.cjs'))});
      const model = new addon.NativeModel(${JSON.stringify(JSON.stringify(model.spec))}, 2, 'f32', 'cpu');
      for (let i = 0; i < 60; i++) model.save(${JSON.stringify(path)});
      parentPort.postMessage('done');`;
    const worker = new Worker(script, { eval: true });
    const done = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    for (let i = 0; i < 60; i++) {
      model.save(path);
      expect([1, 2]).toContain(loadModel(path).seed);
    }
    await done;
    expect(await readdir(own)).toEqual(['m.safetensors']);
  });

  it('are refused by what they are', async () => {
    const path = join(folder, 'ten');
    await writeFile(path, '0123456789');
    expect(readWholeSync(path, { limit: 10 }).length).toBe(10);
    expect(() => readWholeSync(path, { limit: 9, what: 'x' })).toThrow(`x: ${path}: has 10 bytes, expected at most 9`);
    await expect(readWhole(path, { limit: 9 })).rejects.toThrow('expected at most 9');
    for (const [bad, reason] of [
      [folder, 'is a folder'],
      [join(folder, 'none'), 'no such file'],
      [join(path, 'x'), 'ENOTDIR'],
    ] as const) {
      expect(() => readWholeSync(bad)).toThrow(expect.objectContaining({ code: 'IO' }));
      await expect(readWhole(bad)).rejects.toThrow(reason);
    }
    if (process.platform !== 'win32') await expect(readWhole('/dev/zero')).rejects.toThrow('is not a regular file');
    expect(() => writeWholeSync(join(folder, 'no/such'), Buffer.alloc(1))).toThrow(FprincipleError);
    await expect(writeWhole(join(folder, 'no/such'), Buffer.alloc(1))).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('safetensors', () => {
  const file = (header: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    return Buffer.concat([length, Buffer.from(header), data]);
  };
  const dense = { input: 2, layers: [{ type: 'dense', units: 1 } as const] };
  const arrays = (names: string[], extra = '') =>
    `{${names.map((name, i) => `"${name}":{"dtype":"F32","shape":${i === 0 ? '[1,2]' : '[1]'},"data_offsets":${i === 0 ? '[0,8]' : '[8,12]'}}`).join(',')}${extra}}`;
  const data = Buffer.from(Float32Array.of(1, 2, 3).buffer);
  const load = async (name: string, bytes: Buffer) => {
    const path = join(folder, `${name}.safetensors`);
    await writeFile(path, bytes);
    const model = createModel(dense, { seed: 0 });
    model.loadParameters(path);
    return Object.values(model.parameters()).flatMap(({ data }) => Array.from(data));
  };

  it('with any one prefix are read', async () => {
    for (const prefix of ['', 'layers.', 'net.', 'module.', 'model.net.']) {
      const names = [`${prefix}0.weight`, `${prefix}0.bias`];
      expect(await load('prefix', file(arrays(names), data)), prefix).toEqual([1, 2, 3]);
    }
  });

  it('say what is there when something is missing, and name what has no place', async () => {
    await expect(load('missing', file(arrays(['net.0.weight', 'net.1.bias']), data))).rejects.toThrow(
      'net.0.bias is missing; the file has net.0.weight, net.1.bias',
    );
    const mask = ',"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[12,14]}';
    const more = file(arrays(['0.weight', '0.bias'], mask), Buffer.concat([data, Buffer.of(0, 1)]));
    await expect(load('mask', more)).rejects.toThrow('mask has no place in this network');
  });

  it('that are broken are refused', async () => {
    const names = ['0.weight', '0.bias'];
    const whole = file(arrays(names), data);
    for (const [name, bytes] of Object.entries({
      trailing: Buffer.concat([whole, Buffer.of(0)]),
      short: whole.subarray(0, -1),
      overlapping: file(arrays(names).replace('[8,12]', '[4,8]'), data.subarray(0, 8)),
      header: Buffer.from('ffffffffffffff7f', 'hex'),
      empty: Buffer.alloc(0),
      text: Buffer.from('hello, world'),
    })) {
      await expect(load(name, bytes), name).rejects.toMatchObject({ code: 'IO' });
    }
    await expect(
      load('nan', file(arrays(names), Buffer.from(Float32Array.of(1, Number.NaN, 3).buffer))),
    ).rejects.toThrow(expect.objectContaining({ code: 'NON_FINITE' }));
  });

  it('that declare a huge network are refused before memory is taken', async () => {
    const spec = JSON.stringify({ input: 40_000, layers: [{ type: 'dense', units: 20_000 }] });
    const path = join(folder, 'huge.safetensors');
    await writeFile(path, file(JSON.stringify({ __metadata__: { spec } }), Buffer.alloc(0)));
    const before = process.memoryUsage.rss();
    expect(() => loadModel(path)).toThrow('layers.0.weight is missing; the file has no arrays');
    expect(process.memoryUsage.rss() - before).toBeLessThan(500e6);
  });
});
