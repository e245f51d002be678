/** Every format that the package reads: the bytes of a valid file, and what reads them. Mutated bytes must be refused or read. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseCsv } from '../../src/core/csv.js';
import { readIdx } from '../../src/data/idx.js';
import { readMesh } from '../../src/data/mesh.js';
import {
  createModel,
  decodePicture,
  decodeSound,
  defineExperiment,
  empiricalNtk,
  encodeNpy,
  encodeNpz,
  encodePng,
  FprincipleError,
  lineFigure,
  loadLayersModel,
  loadModel,
  type Model,
  mlp,
  type NdArray,
  readNpy,
  readNpz,
  readRun,
  runToFolder,
  sweep,
  withCheckpoints,
} from '../../src/index.js';
import { reportPage } from '../../src/report/page.js';
import { openSweep, standing } from '../../src/sweeps/folder/open.js';
import { checkSweep } from '../../src/sweeps/plan/describe.js';
import type { Entry, Kit } from './entry.js';
import { array } from './values.js';

const JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk8BDg4OExETJhUVJk81LTVPT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT//AABEIAAgAEAMBEQACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/ANcAY9vQcD864oxhy6bdlou2snve/TR9jzI5F5Ccbeen5Cl7rhd7fdHb73tt62N45D5H/9k=';

const model = (seed = 1): Model =>
  createModel(mlp({ input: 2, hidden: [4], output: 1, activation: 'tanh' }), { seed, dtype: 'f64' });

/** What is costly to make is made once a process. */
const once = <T>(make: (kit: Kit) => T): ((kit: Kit) => T) => {
  let made: { value: T } | undefined;
  return (kit) => {
    made ??= { value: make(kit) };
    return made.value;
  };
};

/** A path of the call's folder with these bytes in it. */
const written = (kit: Kit, name: string, bytes: unknown): string => {
  const path = join(kit.folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes as Buffer);
  return path;
};

const file = (
  bytes: (kit: Kit) => Buffer | Promise<Buffer>,
  read: (bytes: unknown, kit: Kit) => unknown,
  more: Partial<Entry> = {},
): Entry => ({
  args: async (kit) => [Buffer.from(await bytes(kit))],
  call: ([given], kit) => read(given, kit),
  file: true,
  result: 'any',
  ...more,
});

const safetensors = once((kit) => {
  const path = join(kit.folder, 'a.safetensors');
  model().save(path);
  return readFileSync(path);
});

const gray = once((kit) => Buffer.from(encodePng(array(kit, 6, 7), { range: [-1, 1] })));
const pictures = new URL('../fixtures/pictures/', import.meta.url);
const tfjs = new URL('../fixtures/tfjs/', import.meta.url);
const tfjsFile = (name: string): Buffer => readFileSync(new URL(name, tfjs));

function idx(): Buffer {
  const head = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
  return Buffer.concat([head, Buffer.alloc(24, 7)]);
}

const mesh = (): Buffer =>
  Buffer.from('exports.positions=[[0,0,0],[1,0,0],[0,1,0],[0,0,1]]\nexports.cells=[[0,2,1],[0,1,3],[0,3,2],[1,2,3]]\n');

/** A damaged file of state may begin the work anew; it may not change what comes of it. */
function same(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  const far = Array.from(want).findIndex(
    (v, i) => !(Math.abs((got[i] ?? Number.NaN) - v) <= tolerance * Math.max(1, Math.abs(v))),
  );
  if (got.length !== want.length || far >= 0) throw new Error('another result than without the damage');
}

const x = { data: Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [6, 2] };
const y = { data: Float64Array.from({ length: 6 }, (_, i) => Math.cos(i)), shape: [6, 1] };

/** A training of two parts, saved after the first. */
async function checkpointed(folder: string): Promise<ArrayLike<number>> {
  const trained = model();
  await withCheckpoints({ folder, minutes: 1 }, () =>
    trained.train({ x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 5 }),
  );
  return Object.values(trained.parameters()).flatMap(({ data }) => Array.from(data));
}
const checkpoint = once(async (kit) => {
  const want = await checkpointed(kit.folder);
  return { want, bytes: readFileSync(join(kit.folder, 'training-0.bin')) };
});

/** A kernel of 200 points, given up after its first strip. */
const points = { data: Float64Array.from({ length: 400 }, (_, i) => Math.sin(i)), shape: [200, 2] };
const streamed = once(async (kit) => {
  const controller = new AbortController();
  const out = join(kit.folder, 'kernel.npy');
  const started = empiricalNtk(model(), points, undefined, {
    out,
    threads: 1,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await started.catch(() => undefined);
  const want = (await empiricalNtk(model(), points)).data;
  let partial: Buffer;
  try {
    partial = readFileSync(`${out}.partial`);
  } catch {
    // It was done before the abort was heard: a file as it would be after half of the rows.
    partial = Buffer.from('');
  }
  return { want, npy: readFileSync(out), partial };
});
async function resumed(kit: Kit, npy: Buffer, partial: Buffer): Promise<void> {
  const out = written(kit, 'kernel.npy', npy);
  written(kit, 'kernel.npy.partial', partial);
  await empiricalNtk(model(), points, undefined, { out, threads: 1 });
  const bytes = readFileSync(out);
  const { want } = await streamed(kit);
  const start = bytes.length - 8 * want.length;
  const got = Array.from(want, (_, i) => (start >= 0 ? bytes.readDoubleLE(start + 8 * i) : Number.NaN));
  same(got, want, 1e-9);
}

const small = defineExperiment({
  id: 'small',
  title: 'Small',
  source: 'made up',
  parameters: z.object({ slope: z.number().default(1) }),
  presets: { quick: {}, paper: {} },
  run: ({ parameters: { slope } }) => ({
    metrics: { slope },
    tables: [{ id: 'line', title: 'Line', columns: { x: [0, 1], y: [0, slope] } }],
    figures: [
      lineFigure({
        id: 'line',
        title: 'Line',
        caption: 'c',
        x: { title: 'x' },
        y: { title: 'y' },
        lines: [{ name: 'line', x: [0, 1], y: [0, slope] }],
      }),
    ],
    playback: {
      steps: [0, 1],
      loss: [1, 0],
      panels: [{ kind: 'curve', title: 't', x: [0, 1], xLabel: 'x', yLabel: 'y', series: [{ name: 's', y: [0, 1] }] }],
    },
  }),
});

/** The files of a run folder by their path in it. */
const runFiles = ['result.json', 'data/line.csv', 'data/playback.json', 'figures/line.svg'] as const;
const run = once(async (kit) => {
  const { folder } = await runToFolder(small, { out: kit.folder });
  return Object.fromEntries(runFiles.map((name) => [name, readFileSync(join(folder, name))]));
});
const ofRun = (name: (typeof runFiles)[number]): Entry =>
  file(
    async (kit) => (await run(kit))[name] ?? Buffer.alloc(0),
    async (bytes, kit) => {
      const whole = await run(kit);
      for (const other of runFiles) written(kit, `run/${other}`, other === name ? bytes : whole[other]);
      const page = reportPage([await readRun(join(kit.folder, 'run'))]);
      if (typeof page !== 'string' || page.length < 100) throw new Error('no page');
      return page.length;
    },
  );

const described = { training: { network: { hidden: [3] }, data: { points: 8 }, steps: 2, records: 2 }, seeds: [0, 1] };
const swept = once(async (kit) => {
  const out = join(kit.folder, 'sweep');
  const ids: string[] = [];
  for await (const one of sweep({ ...described, out })) ids.push(one.id);
  return { ids, record: readFileSync(join(out, 'sweep.json')), result: readFileSync(join(out, `runs/${ids[0]}.json`)) };
});

const config = {
  experiment: 'training',
  grid: { steps: [2, 3] },
  seeds: '0..3',
  random: { count: 2, parameters: { 'optimizer.learningRate': { logUniform: [1e-3, 1] } } },
};

const loaded = (bytes: unknown, kit: Kit): NdArray[] =>
  Object.values(loadModel(written(kit, 'a.safetensors', bytes)).parameters());

/** `file` and the format: entries beside those of the exports. */
export const files: Readonly<Record<string, Entry>> = {
  'file safetensors, model': file(safetensors, loaded),
  'file safetensors, parameters': file(safetensors, (bytes, kit) => {
    const other = model(2);
    other.loadParameters(written(kit, 'a.safetensors', bytes));
    return other.parameters();
  }),
  'file model.json': file(
    () => tfjsFile('model.json'),
    (bytes, kit) => {
      written(kit, 'weights.bin', tfjsFile('weights.bin'));
      return loadLayersModel(written(kit, 'model.json', bytes)).spec;
    },
  ),
  'file weights.bin': file(
    () => tfjsFile('weights.bin'),
    (bytes, kit) => {
      written(kit, 'weights.bin', bytes);
      return loadLayersModel(written(kit, 'model.json', tfjsFile('model.json'))).spec;
    },
  ),
  'file png': file(gray, (bytes) => decodePicture(bytes as Buffer, 'a.png')),
  'file jpeg': file(
    () => Buffer.from(JPEG, 'base64'),
    (bytes) => decodePicture(bytes as Buffer, 'a.jpg'),
  ),
  ...Object.fromEntries(
    ['cmyk.jpg', 'progressive.jpg', 'gray16.png', 'lossless.webp', 'lzw.tif'].map((name) => [
      `file ${name}`,
      file(
        () => readFileSync(new URL(name, pictures)),
        (bytes) => decodePicture(bytes as Buffer, name),
      ),
    ]),
  ),
  'file npy': file(
    (kit) => Buffer.from(encodeNpy(array(kit, 3, 4))),
    (bytes) => readNpy(bytes as Buffer),
  ),
  'file npz': file(
    (kit) => Buffer.from(encodeNpz({ a: array(kit, 3, 4), b: array(kit, 5) })),
    (bytes) => readNpz(bytes as Buffer),
  ),
  'file wav': file(
    () =>
      Buffer.from(
        '524946462600000057415645666d74201000000001000100401f0000401f000001000800646174610200000080c0',
        'hex',
      ),
    (bytes) => decodeSound(bytes as Buffer, 'a.wav'),
  ),
  'file idx': file(idx, (bytes) => readIdx(bytes as Buffer, 'a.idx')),
  'file mesh': file(mesh, (bytes) => readMesh(String(bytes), 'a.js')),
  'file checkpoint': file(
    async (kit) => (await checkpoint(kit)).bytes,
    async (bytes, kit) => {
      const { want } = await checkpoint(kit);
      written(kit, 'saved/training-0.bin', bytes);
      same(await checkpointed(join(kit.folder, 'saved')), want, 0);
    },
  ),
  'file kernel.npy': file(
    async (kit) => (await streamed(kit)).npy,
    async (bytes, kit) => resumed(kit, bytes as Buffer, (await streamed(kit)).partial),
    { cost: 2 },
  ),
  'file kernel.npy.partial': file(
    async (kit) => (await streamed(kit)).partial,
    async (bytes, kit) => resumed(kit, (await streamed(kit)).npy, bytes as Buffer),
    { cost: 2 },
  ),
  'file result.json': ofRun('result.json'),
  'file table.csv': ofRun('data/line.csv'),
  'file playback.json': ofRun('data/playback.json'),
  'file figure.svg': ofRun('figures/line.svg'),
  'file csv': file(
    () => Buffer.from('a,b\n1,"x ""y"""\n2,\n'),
    (bytes) => parseCsv(String(bytes)),
  ),
  'file sweep.json': file(
    async (kit) => (await swept(kit)).record,
    async (bytes, kit) => {
      written(kit, 'sweep/sweep.json', bytes);
      const opened = await openSweep(join(kit.folder, 'sweep'));
      return (await standing(opened)).missing.length;
    },
  ),
  'file sweep result': file(
    async (kit) => (await swept(kit)).result,
    async (bytes, kit) => {
      const { ids, record } = await swept(kit);
      written(kit, 'sweep/sweep.json', record);
      written(kit, `sweep/runs/${ids[0]}.json`, bytes);
      const { results } = await standing(await openSweep(join(kit.folder, 'sweep')));
      for (const [id, result] of results) if (result.id !== id) throw new Error('the result of another run');
      return results.size;
    },
  ),
  'file description': file(
    () => Buffer.from(JSON.stringify(config)),
    (bytes) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(String(bytes));
      } catch (cause) {
        throw new FprincipleError('IO', 'description: is no JSON', { cause });
      }
      return checkSweep(parsed).seeds;
    },
  ),
};
