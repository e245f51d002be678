import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parameterList } from '../src/experiment/listing.js';
import {
  createModel,
  encodeNpy,
  encodeNpz,
  encodePng,
  mlp,
  type OptimizerSpec,
  spearman,
  sweep,
  type TrainingDescription,
} from '../src/index.js';
import { withFileData } from '../src/sweeps/plan/file-data.js';
import { training } from '../src/sweeps/plan/training.js';
import { samplesOf } from '../src/sweeps/plan/training-data.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-training-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const grid = (n: number, ends: number) =>
  Array.from({ length: n }, (_, j) => -Math.PI + (2 * Math.PI * j) / (n - ends));
const target = (v: number): number => Math.sin(v) + Math.sin(5 * v);

describe('the frequencies of a target given as values', () => {
  const found = (x: readonly number[], f: (v: number) => number | number[]) =>
    samplesOf({ type: 'values', x: x.map((v) => [v]), y: x.map((v) => [f(v)].flat()) }).frequencies;

  it('are those of its sines, with one end of the period, with both, and scattered', () => {
    expect(found(grid(201, 0), target)).toEqual([1, 5]);
    expect(found(grid(201, 1), target)).toEqual([1, 5]);
    expect(found([...grid(64, 0)].reverse(), target)).toEqual([1, 5]);
    expect(found(grid(64, 0), (v) => [Math.sin(v), Math.cos(7 * v)])).toEqual([1, 7]);
    expect(found(grid(64, 0), (v) => 3 + 0.5 * Math.cos(2 * v))).toEqual([2]);
    // On [0, 1) one period is 2 pi.
    const unit = Array.from({ length: 50 }, (_, j) => j / 50);
    expect(found(unit, (v) => Math.sin(2 * Math.PI * 3 * v))[0]).toBeCloseTo(6 * Math.PI, 9);
    // Neighbours, one of them weak.
    expect(found(grid(64, 0), (v) => Math.sin(v) + Math.sin(2 * v) + 0.1 * Math.cos(3 * v))).toEqual([1, 2, 3]);
    // A step has every odd one; the eight largest are taken.
    expect(found(grid(128, 0), (v) => (v < 0 ? -1 : 1))).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
  });

  it('are none where there is nothing to find', () => {
    expect(found(grid(32, 0), () => 2)).toEqual([]);
    expect(found([1, 1, 1, 1, 1], (v) => v)).toEqual([]);
    expect(found([0, 1, 2], (v) => v)).toEqual([]);
    const x = [1, 2, 3, 4].map((v) => [v, v, v, v]);
    expect(samplesOf({ type: 'values', x, y: [1, 2, 3, 4] }).frequencies).toEqual([]);
  });

  it('are rows where a point is of two numbers', () => {
    const side = Array.from({ length: 16 }, (_, i) => i / 16);
    const x = side.flatMap((v) => side.map((u) => [u, v]));
    const y = x.map(([u = 0, v = 0]) => Math.cos(2 * Math.PI * (u + 2 * v)) + Math.cos(2 * Math.PI * 3 * u));
    const { frequencies, names } = samplesOf({ type: 'values', x, y });
    expect(names).toEqual(['(6.2832, 12.566)', '(18.85, 0)']);
    expect(frequencies).toEqual([
      [expect.closeTo(2 * Math.PI, 9), expect.closeTo(4 * Math.PI, 9)],
      [expect.closeTo(6 * Math.PI, 9), expect.closeTo(0, 9)],
    ]);
  });

  it('give the columns and the numbers that sines give', async () => {
    const x = grid(64, 0);
    const shared = { width: 16, steps: 40, dtype: 'f64' as const };
    const datas: TrainingDescription['data'][] = [
      { type: 'sines', points: 64 },
      { type: 'values', x: x.map((v) => [v]), y: x.map((v) => [target(v)]) },
    ];
    const metrics: Record<string, number | null>[] = [];
    for (const [i, data] of datas.entries()) {
      for await (const run of sweep({
        training: { ...shared, data } as TrainingDescription,
        out: join(folder, `d${i}`),
      })) {
        if (run.status === 'failed') throw new Error(run.message);
        metrics.push(run.metrics);
      }
    }
    const [sines = {}, values = {}] = metrics;
    expect(Object.keys(values)).toEqual(Object.keys(sines));
    expect(Object.keys(sines)).toEqual(expect.arrayContaining(['error_1', 'passage_1', 'error_5', 'passage_5']));
    for (const [name, value] of Object.entries(sines)) {
      if (value === null) expect(values[name], name).toBeNull();
      else expect(values[name], name).toBeCloseTo(value, 9);
    }
  });
});

describe('samples of a file', () => {
  const t = grid(64, 0);
  const write = async (name: string, bytes: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  };
  const metricsOf = async (name: string, training: TrainingDescription) => {
    for await (const run of sweep({ training: { width: 8, steps: 10, ...training }, out: join(folder, name) })) {
      if (run.status === 'failed') throw new Error(run.message);
      return run.metrics;
    }
    throw new Error('no run');
  };

  it('give the frequency columns that sines give: a table and arrays', async () => {
    const rows = t.map((v) => [v, target(v)]);
    const flat = (c: number) => Float64Array.from(rows, (row) => row[c] ?? 0);
    const files = [
      await write('tones.csv', `x,y\n${rows.map((row) => row.join()).join('\n')}\n`),
      await write('tones.npy', encodeNpy({ data: Float64Array.from(rows.flat()), shape: [64, 2] })),
      await write('tones.npz', encodeNpz({ x: { data: flat(0), shape: [64] }, y: { data: flat(1), shape: [64] } })),
    ];
    const sines = await metricsOf('sines', { dtype: 'f64', data: { type: 'sines', points: 64 } });
    for (const [i, path] of files.entries()) {
      const found = await metricsOf(`file${i}`, { dtype: 'f64', data: { type: 'file', path } });
      expect(Object.keys(found)).toEqual(Object.keys(sines));
      for (const k of [1, 5]) expect(found[`error_${k}`]).toBeCloseTo(sines[`error_${k}`] ?? Number.NaN, 9);
    }
    // Its folder holds the numbers: the file may go.
    const { sweep: kept } = JSON.parse(await readFile(join(folder, 'file0/sweep.json'), 'utf8'));
    expect(kept.parameters.data).toMatchObject({ type: 'values', y: { length: 64 } });
  });

  it('a sound has those of its tone, a picture those of its waves', async () => {
    // Mono, 16 bit, 64 samples a second for a second: 3 Hz.
    const header = Buffer.alloc(44);
    header.write('RIFF', 0);
    header.writeUInt32LE(36 + 128, 4);
    header.write('WAVEfmt ', 8);
    for (const [at, value] of [
      [20, 1],
      [22, 1],
      [32, 2],
      [34, 16],
    ] as const)
      header.writeUInt16LE(value, at);
    for (const [at, value] of [
      [16, 16],
      [24, 64],
      [28, 128],
      [40, 128],
    ] as const)
      header.writeUInt32LE(value, at);
    header.write('data', 36);
    const samples = Int16Array.from({ length: 64 }, (_, i) => 20_000 * Math.sin((2 * Math.PI * 3 * i) / 64));
    const sound = await write('tone.wav', Buffer.concat([header, Buffer.from(samples.buffer)]));
    const heard = await metricsOf('sound', { data: { type: 'file', path: sound } });
    expect(Object.keys(heard)).toEqual(expect.arrayContaining(['error_18.85', 'passage_18.85']));

    // Two cycles across, none down.
    const values = Float64Array.from(
      { length: 256 },
      (_, i) => 0.5 + 0.4 * Math.cos((2 * Math.PI * 2 * (i % 16)) / 16),
    );
    const figure = await write('waves.png', encodePng({ data: values, shape: [16, 16] }));
    const network = { input: 2, output: 3 };
    const seen = await metricsOf('picture', { network, data: { type: 'file', path: figure } });
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['error_(12.566, 0)']));
  });

  it('are refused where the description is wrong or the file too large', async () => {
    const of: [object, RegExp][] = [
      [{ type: 'file' }, /data\.path: .*a file is \{ type: 'file', path, side\? \}/],
      [{ type: 'file', path: 'a.csv', size: 3 }, /size/],
      [{ type: 'file', path: join(folder, 'none.csv') }, /none\.csv/],
      [{ type: 'file', path: 'a.banana' }, /\.csv/],
    ];
    for (const [data, message] of of) await expect(withFileData({ data }), String(message)).rejects.toThrow(message);
    const path = await write('large.npy', encodeNpy({ data: new Float64Array(60_000), shape: [30_000, 2] }));
    await expect(withFileData({ data: { type: 'file', path } })).rejects.toThrow(/60000 numbers.*50000 at most/);
    expect(await withFileData({ steps: 3 })).toEqual({ steps: 3 });
  });
});

describe('the list of its parameters', () => {
  const list = parameterList(training);
  const of = (path: string) => list.find((parameter) => parameter.path === path);

  it('has every path with its type, unit and default', () => {
    expect(of('optimizer.learningRate')).toMatchObject({ type: 'number at least 0', default: 1e-3 });
    expect(of('network.activation')).toMatchObject({
      default: 'tanh',
      type: expect.stringContaining('"relu" | "silu"'),
    });
    expect(of('steps')).toMatchObject({ type: 'integer at least 1', unit: 'steps', default: 1000 });
    expect(of('optimizer.momentum')).toMatchObject({
      default: 0,
      of: ['sgd', 'muon'],
      defaults: { sgd: 0, muon: 0.95 },
    });
    expect(of('data.frequencies')).toMatchObject({
      type: 'list of numbers at least 0',
      default: [1, 5],
      of: ['sines'],
    });
    expect(of('network.hidden')).toMatchObject({ type: 'list of integers above 0', default: [40, 40] });
    expect(of('dtype')).toMatchObject({ type: '"f32" | "f64"', default: 'f32' });
    expect(new Set(list.map(({ path }) => path)).size).toBe(list.length);
    for (const { path, type } of list) expect(type, path).not.toBe('');
  });

  it('states the defaults of the engine: spelt out they give the same bits', async () => {
    const x = grid(12, 0).map((v) => [v]);
    const y = x.map(([v = 0]) => [target(v)]);
    const train = async (optimizer: OptimizerSpec) => {
      const model = createModel(mlp({ input: 1, hidden: [3, 3], output: 1, activation: 'tanh' }), { seed: 1 });
      return [...(await model.train({ x, y, loss: 'mse', optimizer, steps: 4, record: { every: 1 } })).loss];
    };
    for (const type of ['sgd', 'adam', 'adamw', 'rmsprop', 'muon', 'lbfgs', 'bfgs', 'powell', 'particleSwarm']) {
      const rate = ['sgd', 'adam', 'adamw', 'rmsprop', 'muon'].includes(type) ? { learningRate: 0.01 } : {};
      const fields = list.filter(
        ({ path, of = [type], default: value }) =>
          /^optimizer\.\w+$/.test(path) && of.includes(type) && value !== undefined && !/(type|Rate)$/.test(path),
      );
      const stated = fields.map(({ path, default: value, defaults }) => [
        path.split('.')[1],
        defaults?.[type] ?? value,
      ]);
      if (type !== 'adam') expect(stated.length, type).toBeGreaterThan(0);
      const plain = { type, ...rate } as OptimizerSpec;
      expect(await train({ ...plain, ...Object.fromEntries(stated) }), type).toEqual(await train(plain));
    }
  });
});

describe("Spearman's rank correlation", () => {
  it('takes null as never: after every number, tied', () => {
    expect(spearman([1, 2, 3], [10, 20, null])).toBe(1);
    expect(spearman([1, 2, 3, 4], [null, 5, 4, 3])).toBe(-1);
    // Ranks 0, 1, 2.5, 2.5 against 0, 1, 2, 3: covariance 4.5 over sqrt(4.5 * 5).
    expect(spearman([1, 2, null, null], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 15);
    expect(spearman([Infinity, 1, 2], [null, 1, 2])).toBe(1);
    expect(spearman([null, null], [1, 2])).toBeNaN();
    expect(spearman([1, Number.NaN], [1, 2])).toBeNaN();
  });
});
