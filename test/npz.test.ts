/** NumPy's files, written by NumPy (fixtures/npy: how lies beside them) and by this package. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy, encodeNpz, FprincipleError, readNpy, readNpz } from '../src/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/npy/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<
  string,
  { shape: number[]; data: number[] }
>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-npz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const failure = (work: () => unknown): FprincipleError => {
  try {
    work();
  } catch (error) {
    if (error instanceof FprincipleError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('readNpz', () => {
  it.each(['plain.npz', 'packed.npz'])('%s: every type, order and shape of NumPy', (name) => {
    const arrays = readNpz(fixture(name));
    expect(Object.keys(arrays).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, { shape, data }] of Object.entries(expected)) {
      expect(arrays[key]?.shape, key).toEqual(shape);
      expect(Array.from(arrays[key]?.data ?? []), key).toEqual(data);
      const single = key.startsWith('f4') || key.startsWith('f2');
      expect(arrays[key]?.data, key).toBeInstanceOf(single ? Float32Array : Float64Array);
    }
  });

  it('gives back what was written', () => {
    const arrays = {
      a: { data: Float64Array.of(1, -0, Number.NaN, Infinity), shape: [2, 2] },
      'b.c': { data: Float32Array.of(0.1), shape: [] },
    };
    expect(readNpz(encodeNpz(arrays))).toEqual(arrays);
    expect(readNpy(encodeNpy(arrays.a))).toEqual(arrays.a);
  });

  it('names the array and the type that is not read', () => {
    const files = unzipSync(readFileSync(fixture('refused.npz')));
    const types = { complex: '<c16', text: '<U1', record: 'a record', object: '|O', date: '<M8[D]' };
    for (const [name, type] of Object.entries(types)) {
      const error = failure(() => readNpz(zipSync({ [`${name}.npy`]: files[`${name}.npy`] ?? new Uint8Array() })));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain(`${name}: dtype: expected one of i1,`);
      expect(error.message).toContain(type);
    }
    expect(failure(() => readNpy(files['large.npy'] ?? '')).message).toContain('9007199254740993');
  });

  it('refuses what unpacks to too much before it unpacks, and what is damaged', () => {
    const bomb = readFileSync(fixture('bomb.npz'));
    expect(readNpz(bomb).zeros?.shape).toEqual([2 ** 19]);
    expect(failure(() => readNpz(bomb, { limit: 10_000 }))).toMatchObject({
      code: 'IO',
      message: expect.stringContaining('more than 10000 bytes'),
    });
    expect(failure(() => readNpz(bomb, { limit: 0 })).message).toContain('limit: expected a positive integer');
    // A bit of a number: the sizes still fit, the checksum does not.
    const plain = Buffer.from(encodeNpz({ a: { data: Float64Array.from({ length: 9 }, Math.sin), shape: [9] } }));
    for (const at of plain.keys()) {
      const bytes = Buffer.from(plain);
      bytes[at] = (bytes[at] ?? 0) ^ 16;
      let read: unknown;
      try {
        read = readNpz(bytes);
      } catch (error) {
        expect(error, String(at)).toMatchObject({ name: 'FprincipleError' });
        continue;
      }
      // Dates and versions may differ, names may; numbers may not.
      const [array] = Object.values(read as Record<string, unknown>);
      expect(array, String(at)).toEqual(readNpz(plain).a);
    }
  });
});

describe('readNpy', () => {
  it.each([1, 2, 3])('version %i', (version) => {
    const { shape, data } = readNpy(fixture(`version${version}.npy`));
    expect({ shape, data: Array.from(data) }).toEqual(expected.f8);
  });

  it('says what is wrong with a file', async () => {
    const whole = Buffer.from(encodeNpy({ data: Float64Array.of(1, 2, 3), shape: [3] }));
    for (let end = 0; end < whole.length; end++) {
      const error = failure(() => readNpy(whole.subarray(0, end)));
      expect(error.code, `${end}: ${error.message}`).toBe('IO');
    }
    expect(failure(() => readNpy(Buffer.concat([whole, Buffer.of(0)]))).message).toContain(
      'needs 24 bytes, the file has 25',
    );
    const header = (text: string) =>
      failure(() =>
        readNpy(
          Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), Buffer.of(text.length, 0), Buffer.from(text)]),
        ),
      );
    const shaped = (shape: string) => header(`{'descr': '<f8', 'fortran_order': False, 'shape': (${shape})}`);
    expect(shaped('99999999999999999999,')).toMatchObject({ code: 'IO' });
    expect(shaped('4294967296, 4294967296')).toMatchObject({ code: 'IO' });
    expect(shaped(`${'2, '.repeat(40)}`)).toMatchObject({ code: 'IO' });
    expect(header('{}').message).toContain('descr, fortran_order and shape');
    await writeFile(join(folder, 'hello.npy'), 'hello');
    expect(failure(() => readNpy(join(folder, 'hello.npy')))).toMatchObject({
      code: 'IO',
      message: expect.stringContaining('hello.npy: not an npy file'),
    });
    expect(failure(() => readNpy(folder)).message).toContain('is a folder');
    expect(failure(() => readNpz(join(folder, 'none.npz'))).message).toContain('no such file');
    expect(failure(() => readNpz(Buffer.from('PK\x03\x04')))).toMatchObject({ code: 'IO' });
    expect(failure(() => readNpy(3 as never)).message).toContain(
      'expected the path or the bytes of an .npy file, got 3',
    );
  });
});
