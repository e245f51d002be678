import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIdx } from '../src/data/idx.js';
import { readTar } from '../src/data/tar.js';
import {
  cacheFolder,
  catalogue,
  createDataAccess,
  datasetFolder,
  encodePng,
  type FprincipleError,
  fetchDataset,
  findDataset,
  shrinkPicture,
} from '../src/index.js';

const env = { ...process.env };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-data-'));
});
afterAll(async () => {
  process.env = env;
  await rm(folder, { recursive: true, force: true });
});

/** Runs with a cache of its own and, if given, a shell script in place of npm. */
async function isolated<T>(name: string, npm: string | undefined, run: () => Promise<T>): Promise<T> {
  const cache = join(folder, name);
  process.env = { ...env, FPRINCIPLE_CACHE: cache };
  if (npm !== undefined) {
    const bin = join(folder, `${name}-bin`);
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'npm'), `#!/bin/sh\n${npm}\n`);
    await chmod(join(bin, 'npm'), 0o755);
    process.env.PATH = bin + delimiter + env.PATH;
  }
  try {
    return await run();
  } finally {
    process.env = env;
  }
}

const left = async (name: string): Promise<string[]> => readdir(join(folder, name, 'data')).catch(() => []);
const cameraman = () => createDataAccess().picture('cameraman');

describe.skipIf(process.platform === 'win32')('fetching', () => {
  it('that fails says which command fetches it, and leaves nothing', async () => {
    const error = await isolated('fails', 'echo "npm error network" >&2; exit 1', () =>
      cameraman().catch((e: FprincipleError) => e),
    );
    expect(error).toMatchObject({ code: 'DATA_UNAVAILABLE' });
    expect((error as Error).message).toMatch(/npm error network.*fprinciple data fetch cameraman/);
    expect(await left('fails')).toEqual([]);
  });

  it('of something else is refused by its digest, and leaves nothing', async () => {
    const error = await isolated('wrong', 'echo rubbish > cameraman-1.0.0.tgz', () =>
      cameraman().catch((e: FprincipleError) => e),
    );
    expect(error).toMatchObject({ code: 'DATA_UNAVAILABLE', message: expect.stringContaining('digest') });
    expect(await left('wrong')).toEqual([]);
  });

  it('that is stopped leaves nothing', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const fetching = isolated('stopped', 'exec sleep 30', () =>
      fetchDataset(findDataset('cameraman'), { signal: controller.signal }),
    );
    await expect(fetching).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await left('stopped')).toEqual([]);
  });

  it('into a folder that cannot be made is an IO error', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(isolated('file', undefined, cameraman)).rejects.toMatchObject({ code: 'IO' });
  });

  it('a damaged file in the cache is noticed', async () => {
    const damaged = isolated('damaged', 'exit 1', async () => {
      const dataset = findDataset('cameraman');
      const path = join(datasetFolder(dataset), dataset.files.image!.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'not the picture');
      return cameraman();
    });
    await expect(damaged).rejects.toMatchObject({
      code: 'DATA_UNAVAILABLE',
      message: expect.stringContaining('is damaged'),
    });
  });

  it('refuses unknown names', () => {
    expect(() => findDataset('mnits')).toThrow('mnist, cifar10, cameraman');
    expect(() => findDataset('toString')).toThrow('expected one of');
  });
});

describe('the cache folder', () => {
  it('is where the platform keeps caches, or where it is told to be', () => {
    expect(cacheFolder({ FPRINCIPLE_CACHE: '/a' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'fprinciple'));
    expect(cacheFolder({})).toMatch(/fprinciple$/);
  });
});

describe('real data', () => {
  /** The data set, or `undefined` with a plain message where it cannot be had (offline). */
  const available = async <T>(load: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await load();
    } catch (error) {
      if ((error as FprincipleError).code !== 'DATA_UNAVAILABLE') throw error;
      console.warn(`not tested: ${(error as Error).message}`);
      return undefined;
    }
  };

  it('MNIST: 60,000 + 10,000 digits, the first one a 5', async (context) => {
    const train = await available(() => createDataAccess().mnist());
    if (!train) return context.skip();
    expect(train.images.shape).toEqual([60000, 784]);
    expect([...train.labels.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    // Mean of all pixels as commonly quoted: 0.1307.
    let mean = 0;
    for (const v of train.images.data) mean += v / train.images.data.length;
    expect(mean).toBeCloseTo(0.1307, 4);
    const test = await createDataAccess().mnist({ split: 'test', count: 100 });
    expect(test.images.shape).toEqual([100, 784]);
    expect([...test.labels.data.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    await expect(createDataAccess().mnist({ count: 70000 })).rejects.toThrow('from 1 to 60000');
    await expect(createDataAccess().mnist({ count: 0.5 })).rejects.toThrow('count');
  });

  it('cameraman: 256 x 256 gray, upright', async (context) => {
    const picture = await available(cameraman);
    if (!picture) return context.skip();
    expect(picture.pixels.shape).toEqual([256, 256]);
    const at = (y: number, x: number) => picture.pixels.data[y * 256 + x]!;
    // Sky above, the dark coat in the middle left.
    expect(at(20, 20)).toBeGreaterThan(0.5);
    expect(at(150, 90)).toBeLessThan(0.2);
    const half = shrinkPicture(picture, 128);
    expect(half.pixels.shape).toEqual([128, 128]);
    expect(half.pixels.data[0]).toBeCloseTo((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4, 6);
  });

  it('every data set is named, sized and pinned', () => {
    for (const dataset of Object.values(catalogue)) {
      expect(dataset.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      for (const file of Object.values(dataset.files)) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('decoders', () => {
  it('shrinking keeps the shape and the mean', () => {
    const width = 7;
    const values = Float32Array.from({ length: 3 * width }, (_, i) => (i * 37) % 11);
    const picture = { pixels: { data: values, shape: [3, width] }, height: 3, width, channels: 1 as const };
    const small = shrinkPicture(picture, 5);
    expect(small.pixels.shape).toEqual([2, 5]);
    const mean = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0) / v.length;
    expect(mean(small.pixels.data)).toBeCloseTo(mean(values), 5);
    expect(shrinkPicture(picture, 9)).toBe(picture);
    expect(() => shrinkPicture(picture, 0)).toThrow('at least 1');
  });

  it("a file of one's own is read by its path", async () => {
    const path = join(folder, 'own.png');
    await writeFile(
      path,
      encodePng({ data: Float32Array.of(0.2, 1), shape: [1, 2] }, { colorMap: 'gray', range: [0, 1] }),
    );
    const { pixels } = await createDataAccess().picture(path);
    expect(pixels).toEqual({ data: Float32Array.of(0.2, 1), shape: [1, 2] });
  });

  it('IDX: shape and length are checked', () => {
    const file = Buffer.from([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9]);
    expect(readIdx(file, 'x')).toEqual({ shape: [1, 2], bytes: Buffer.from([7, 9]) });
    for (const bad of [
      file.subarray(0, 3),
      file.subarray(0, 9),
      file.subarray(0, 13),
      Buffer.from([0, 0, 9, 1, 0, 0, 0, 0]),
    ]) {
      expect(() => readIdx(bad, 'x')).toThrow(/^x: /);
    }
  });

  it('tar: regular files, cut short is refused', () => {
    const header = Buffer.alloc(512);
    header.write('package/a.txt', 0);
    header.write('00000000005\0', 124);
    header.write('0', 156);
    const body = Buffer.alloc(512);
    body.write('hello');
    expect(
      readTar(Buffer.concat([header, body, Buffer.alloc(1024)]))
        .get('package/a.txt')
        ?.toString(),
    ).toBe('hello');
    expect(() => readTar(Buffer.concat([header, body.subarray(0, 3)]))).toThrow('cut short');
  });
});
