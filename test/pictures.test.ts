/** Pictures of every kind against what Pillow reads in them (fixtures/pictures: how each was made lies beside it). */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRows } from '../src/data/picture.js';
import { createDataAccess, decodePicture, readPicture } from '../src/index.js';

interface Expected {
  shape: number[];
  bits: number;
  tolerance: number;
  values: number[];
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/pictures/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<string, Expected>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-pictures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readPicture', () => {
  it.each(Object.entries(expected))('%s', async (name, { shape, bits, tolerance, values }) => {
    const { pixels, height, width, channels } = await readPicture(fixture(name), shape.length === 3 ? 'rgb' : 'auto');
    expect(pixels.shape).toEqual(shape);
    expect([height, width, channels]).toEqual([shape[0], shape[1], shape[2] ?? 1]);
    const most = 2 ** bits - 1;
    const worst = values.reduce(
      (worst, v, i) => Math.max(worst, Math.abs((pixels.data[i] ?? Number.NaN) * most - v)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerance + 1e-3);
  });

  it('keeps the 16 bits of a PNG', async () => {
    const { pixels } = await readPicture(fixture('gray16.png'));
    expect(pixels.data[2]).toBeCloseTo(32768 / 65535, 7);
    expect(pixels.data[2]).not.toBe(0.5);
  });

  it('takes the colours of an RGB JPEG as they are', async () => {
    const { pixels } = await readPicture(fixture('rgb.jpg'));
    expect(Array.from(pixels.data.subarray(0, 3), (v) => Math.round(v * 255))).toEqual([203, 232, 255]);
  });

  it('refuses sizes before it decodes, and says which', async () => {
    await expect(readPicture(fixture('huge.png'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('at most 67108864 pixels, got 10 x 268435468'),
    });
  });

  it('names the mode that is none, for every source', async () => {
    const message = "mode: expected 'auto', 'gray' or 'rgb', got \"banana\"";
    const path = fixture('gray16.png');
    await expect(readPicture(path, 'banana' as never)).rejects.toThrow(message);
    await expect(createDataAccess().picture(path, 'banana' as never)).rejects.toThrow(message);
    expect(() => decodePicture(readFileSync(path), 'p', 'banana' as never)).toThrow(message);
    await expect(readPicture(path, null as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('says what is wrong with a file', async () => {
    const wrong = async (name: string, bytes: Uint8Array) => {
      await writeFile(join(folder, name), bytes);
      return readPicture(join(folder, name)).then(
        () => 'it was read',
        (error: Error) => error.message,
      );
    };
    const bytes = (name: string) => readFile(fixture(name));
    expect(await wrong('a.png', Buffer.of())).toMatch(/expected a PNG, JPEG, WebP or TIFF file, got an empty one/);
    expect(await wrong('a.gif', Buffer.from('GIF89a    '))).toMatch(/got Gif/);
    expect(await wrong('a.txt', Buffer.from('hello'))).toMatch(/expected a PNG, JPEG, WebP or TIFF file/);
    for (const [name, kind] of [
      ['gray16.png', 'PNG'],
      ['ycbcr.jpg', 'JPEG'],
      ['progressive.jpg', 'JPEG'],
      ['cmyk.jpg', 'JPEG'],
      ['lossless.webp', 'WebP'],
      ['lzw.tif', 'TIFF'],
    ] as const) {
      const whole = await bytes(name);
      expect(await wrong(name, whole.subarray(0, Math.floor(whole.length * 0.6))), name).toContain(kind);
    }
    const progressive = await bytes('progressive.jpg');
    expect(await wrong('b.jpg', progressive.subarray(0, -30))).toMatch(/the JPEG ends early/);
    expect(await wrong('c.jpg', await bytes('lossless.jpg'))).toMatch(/lossless JPEG is not supported/);
    await expect(readPicture(folder)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('is a folder'),
    });
    await expect(readPicture(join(folder, 'none'))).rejects.toThrow('no such file');
  });

  it('gives rows channel after channel, as CIFAR-10 is kept', async () => {
    const { shape, values } = expected['lzw.tif'] as Expected;
    const width = shape[1] ?? 0;
    const rows = await decodeRows(readFileSync(fixture('lzw.tif')), 'p', 2);
    expect(rows.shape).toEqual([2, 3 * width]);
    const planes = [0, 1].flatMap((y) =>
      [0, 1, 2].flatMap((c) => Array.from({ length: width }, (_, x) => values[3 * (y * width + x) + c])),
    );
    expect(Array.from(rows.data, (v) => Math.round(255 * v))).toEqual(planes);
  });

  it('answers damaged files with an error or a picture, whatever is changed in them', async () => {
    for (const name of ['gray16.png', 'palette.png', 'ycbcr.jpg', 'progressive.jpg', 'lossless.webp', 'lzw.tif']) {
      const whole = await readFile(fixture(name));
      for (let i = 0; i < 60; i++) {
        const bytes = Buffer.from(whole);
        const at = (i * 7919) % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (i % 8));
        try {
          const { pixels } = decodePicture(bytes, name);
          expect(pixels.data.every((v) => v >= 0 && v <= 1)).toBe(true);
        } catch (error) {
          expect(error, `${name} ${at}`).toMatchObject({ name: 'FprincipleError', code: 'INVALID_ARGUMENT' });
        }
      }
    }
  });
});
