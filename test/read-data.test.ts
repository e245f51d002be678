/** Files of the user's own as samples: every kind against bytes made here by the format's own rules, or by Python's library. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSound, encodeNpy, encodeNpz, encodePng, readData, readPicture, readSound } from '../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const list = ({ data }: { data: ArrayLike<number> }) => Array.from(data);
const floats = (values: number[], shape: number[]) => ({ data: Float64Array.from(values), shape });

/** A WAV file of these sample bytes; `extensible` writes the longer header of 1999. */
function wav(kind: number, bits: number, channels: number, samples: Buffer, extensible = false): Buffer {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : kind, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(8000, 4);
  format.writeUInt32LE((8000 * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(kind, 24);
  }
  const part = (tag: string, content: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(tag, 'latin1');
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
  };
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    part('LIST', Buffer.from('odd')),
    part('fmt ', format),
    part('data', samples),
  ]);
  const head = Buffer.alloc(8);
  head.write('RIFF', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

describe('readSound', () => {
  it.each([
    ['8 bits', 1, 8, Buffer.from([0, 128, 192])],
    ['16 bits', 1, 16, Buffer.from([0, 0x80, 0, 0, 0, 0x40])],
    ['24 bits', 1, 24, Buffer.from([0, 0, 0x80, 0, 0, 0, 0, 0, 0x40])],
    ['32 bits', 1, 32, Buffer.from([0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40])],
    ['f32', 3, 32, Buffer.from(Float32Array.of(-1, 0, 0.5).buffer)],
    ['f64', 3, 64, Buffer.from(Float64Array.of(-1, 0, 0.5).buffer)],
  ])('%s: the lowest, the middle, half', (_, kind, bits, bytes) => {
    for (const extensible of [false, true]) {
      const { samples, sampleRate } = decodeSound(wav(kind, bits, 1, bytes, extensible), 'a.wav');
      expect(list(samples)).toEqual([-1, 0, 0.5]);
      expect([samples.shape, sampleRate]).toEqual([[3, 1], 8000]);
    }
  });

  it("reads what Python's wave module writes, two channels side by side", async () => {
    const path = join(folder, 'python.wav');
    const script = `import wave, struct\nw = wave.open(${JSON.stringify(path)}, 'wb')\nw.setnchannels(2)\nw.setsampwidth(2)\nw.setframerate(44100)\nw.writeframes(struct.pack('<6h', 1, -1, 16384, -16384, 32767, -32768))\nw.close()`;
    if (spawnSync('python3', ['-c', script]).status !== 0) return;
    const { x, y, kind, sampleRate } = await readData(path);
    expect([kind, sampleRate, x.shape, y.shape]).toEqual(['sound', 44100, [3, 1], [3, 2]]);
    expect(list(y)).toEqual([1, -1, 16384, -16384, 32767, -32768].map((v) => v / 32768));
    expect(list(x)).toEqual([0, 1 / 44100, 2 / 44100]);
  });

  it('says what is wrong with a file', async () => {
    const whole = wav(1, 16, 1, Buffer.alloc(10));
    expect(() => decodeSound(whole.subarray(0, -3), 'a.wav')).toThrow(
      /a\.wav: its part 'data' ends early: 10 bytes, 7/,
    );
    expect(() => decodeSound(Buffer.from('banana'), 'a.wav')).toThrow(/not a WAV file/);
    expect(() => decodeSound(wav(2, 4, 1, Buffer.alloc(4)), 'a.wav')).toThrow(/got format 2 of 4 bits/);
    const nan = Buffer.from(Float32Array.of(0, Number.NaN).buffer);
    expect(() => decodeSound(wav(3, 32, 1, nan), 'a.wav')).toThrow(/sample 1 is NaN/);
    await expect(readSound(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('readData', () => {
  it('tables: outputs by name, else the last column; one column is sampled at whole numbers', async () => {
    const named = await readData(await written('named.csv', 'target,x,z\n1,2,3\n# a comment\n4,5,6\n'));
    expect([list(named.x), list(named.y), named.x.shape]).toEqual([
      [2, 3, 5, 6],
      [1, 4],
      [2, 2],
    ]);
    const plain = await readData(await written('plain.tsv', '1\t2\n3\t4\n'));
    expect([list(plain.x), list(plain.y)]).toEqual([
      [1, 3],
      [2, 4],
    ]);
    const one = await readData(await written('one.csv', 'v\n5\n7\n'));
    expect([list(one.x), list(one.y)]).toEqual([
      [0, 1],
      [5, 7],
    ]);
  });

  it('arrays: npy and npz', async () => {
    const line = await readData(await written('a.npy', encodeNpy(floats([4, 5, 6], [3]))));
    expect([list(line.x), list(line.y)]).toEqual([
      [0, 1, 2],
      [4, 5, 6],
    ]);
    const table = await readData(await written('b.npy', encodeNpy(floats([1, 2, 3, 4, 5, 6], [2, 3]))));
    expect([list(table.x), list(table.y)]).toEqual([
      [1, 2, 4, 5],
      [3, 6],
    ]);
    const arrays = { points: floats([1, 2], [2]), target: floats([3, 4, 5, 6], [2, 2]) };
    const pair = await readData(await written('c.npz', encodeNpz(arrays)));
    expect([pair.x.shape, pair.y.shape, list(pair.y)]).toEqual([
      [2, 1],
      [2, 2],
      [3, 4, 5, 6],
    ]);
  });

  it('pictures: columns and rows over their number, values as readPicture has them', async () => {
    const png = await written('a.png', encodePng(floats([0, 0.2, 0.4, 0.6, 0.8, 1], [2, 3]), { colorMap: 'gray' }));
    const { x, y, size, kind } = await readData(png);
    expect([kind, size, x.shape, y.shape]).toEqual(['picture', [2, 3], [6, 2], [6, 1]]);
    expect(list(x)).toEqual([0, 0, 1 / 3, 0, 2 / 3, 0, 0, 0.5, 1 / 3, 0.5, 2 / 3, 0.5]);
    expect(list(y)).toEqual(list((await readPicture(png)).pixels));
    expect((await readData(png, { side: 1 })).size).toEqual([1, 1]);
  });

  it('says what is wrong, and where', async () => {
    const bad = async (name: string, content: string | Uint8Array) => readData(await written(name, content));
    await expect(bad('a.csv', 'x,y\n1,2\n3,four\n')).rejects.toThrow(
      /line 3, column "y": expected a number, got "four"/,
    );
    await expect(bad('b.csv', 'x,y\n1\n')).rejects.toThrow(/line 2: expected 2 cells, got 1/);
    await expect(bad('c.csv', '\n')).rejects.toThrow(/expected a table of numbers/);
    await expect(bad('d.csv', 'x,x\n1,2\n')).rejects.toThrow(/two columns are called "x"/);
    await expect(bad('e.npz', encodeNpz({ z: floats([1], [1]) }))).rejects.toThrow(/an array x or points, got z/);
    const uneven = encodeNpz({ x: floats([1], [1]), y: floats([1, 2], [2]) });
    await expect(bad('f.npz', uneven)).rejects.toThrow(/as many rows of y as of x, 1, got 2/);
    await expect(bad('g.npy', encodeNpy(floats([1, Number.NaN], [2])))).rejects.toMatchObject({ code: 'NON_FINITE' });
    await expect(bad('h.banana', '')).rejects.toThrow(/ends in one of \.csv/);
    await expect(readData(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'IO' });
    await expect(readData(3 as never)).rejects.toThrow(/path: expected a path, got 3/);
    await expect(readData('a.png', { side: 0 })).rejects.toThrow(/side: expected an integer/);
    await expect(readData('a.png', { mode: 'banana' as never })).rejects.toThrow(/mode: expected/);
    await expect(readData('a.png', { sidee: 3 } as never)).rejects.toThrow(/did you mean "side"/);
  });
});
