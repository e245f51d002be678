/**
 * The border between JavaScript and Rust: every export catches panics, reads numbers in one place, trusts no length once
 * JavaScript has run, and hears an abort.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { native } from '../src/core/native.js';
import * as f from '../src/index.js';
import { root } from './support/cli.js';

const folder = join(root, 'crates/addon/src');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.rs'))
  .map((file): [file: string, text: string] => [file, readFileSync(join(folder, file), 'utf8')]);

describe('the source of the addon', () => {
  it('has every export within a guard: a panic in a conversion is an error too', () => {
    const exported = /#\[napi(\([^\]]*\))?\]\s*(?:(?:#\[[^\]]*\]|\/\/[^\n]*)\s*)*pub (?:unsafe |async )?fn (\w+)/g;
    const found = sources.flatMap(([file, text]) => [...text.matchAll(exported)].map((m) => [file, m[2], m[1] ?? '']));
    // As many as there are in the declarations, methods and constructors included.
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(([, , attribute]) => !attribute?.includes('catch_unwind'))).toEqual([]);
  });

  it('reads numbers in one file: no integer that wraps comes in, none is cast', () => {
    const wraps = /\b(?:Option<|Vec<)?(?:u8|u16|u32|u64|i8|i16|i32|i64|usize)>{0,2},?$/;
    for (const [file, text] of sources.filter(([file]) => file !== 'number.rs')) {
      expect([file, text.match(/\bas (?:usize|u8|u16|u32|u64|i32|i64)\b/g)]).toEqual([file, null]);
      // Arguments of exports and fields of objects: `name: type` on a line of its own or in a list.
      const structs = [...text.matchAll(/#\[napi\(object[^\]]*\)\][^{]*\{([^}]*)\}/g)].map((m) => m[1] ?? '');
      const exports = [
        ...text.matchAll(/#\[napi\(catch_unwind[^\]]*\)\][^(]*?pub fn \w+(?:<[^>]*>)?\(([\s\S]*?)\) ->/g),
      ];
      const lines = [...structs, ...exports.map((m) => m[1] ?? '')].flatMap((list) => list.split(/\n|, (?=\w+:)/));
      expect([file, lines.filter((line) => wraps.test(line.trim()))]).toEqual([file, []]);
    }
  });
});

describe('numbers that do not fit', () => {
  const odd = [-1, 1.9, Number.NaN, 2 ** 32, 2 ** 32 + 2, 2 ** 53, Number.POSITIVE_INFINITY];
  const line = { data: Float64Array.of(1, 2, 3), shape: [3] };
  const square = { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] };
  const points = { data: Float64Array.of(0, 1), shape: [2, 1] };
  const addon = native();
  const control = () => new addon.Control(undefined);
  /** Each takes the number where a count or an index is asked for; `2 ** 32 + 2` would wrap to a right one. */
  const readers: Record<string, (n: number) => unknown> = {
    spectrumShift: (n) => addon.spectrumShift({ re: line.data, shape: [3] }, [n], false),
    spectrumPermute: (n) => addon.spectrumPermute({ re: square.data, shape: [2, 2] }, [n, 1]),
    kernelRates: (n) => addon.kernelRates(square, points, points, n),
    sineModes: (n) => addon.sineModes(line, n),
    jacobiSweeps: (n) => addon.jacobiSweeps(line, n, 0.5, 0.1),
    colorSamples: (n) => addon.colorSamples('viridis', n),
    meshVoxels: (n) =>
      addon.meshVoxels(
        { data: new Float64Array(9), shape: [3, 3] },
        { data: Float64Array.of(0, 1, 2), shape: [1, 3] },
        n,
      ),
    shape: (n) => addon.spectrumScale({ data: line.data, shape: [n] }, 1),
    topEigen: (n) => addon.topEigen(control(), square, n, 1e-9),
    eigh: (n) => addon.eigh(control(), square, n),
    spectrumFirstComponent: (n) => addon.spectrumFirstComponent(control(), square, n),
  };
  it.each(Object.entries(readers))('%s refuses them', async (name, call) => {
    // As many terms as 2^32 there may be.
    for (const n of odd.filter((n) => name !== 'kernelRates' || !(n > 2 ** 31 && n < 2 ** 53))) {
      const refused = await Promise.resolve()
        .then(() => call(n))
        .then(
          () => 'taken',
          (error: Error) => error.message,
        );
      expect([n, refused]).toEqual([n, expect.stringMatching(/^(INVALID_ARGUMENT|INVALID_SHAPE): /)]);
    }
  });

  it('memoryLimit', async () => {
    const model = f.createModel(f.mlp({ input: 1, hidden: [2], output: 1, activation: 'tanh' }), { seed: 0 });
    for (const memoryLimit of [-1, 0, Number.NaN]) {
      await expect(f.empiricalNtk(model, [[1]], undefined, { memoryLimit })).rejects.toThrow(/^memoryLimit/);
    }
    await f.empiricalNtk(model, [[1]], undefined, { memoryLimit: 2 ** 70 });
  });
});

describe('arrays that change while a call reads its arguments', () => {
  const addon = native();

  /** A shape whose first axis does something when it is read. */
  const acting = (shape: number[], act: () => void) => {
    const list = [...shape];
    Object.defineProperty(list, 0, {
      get() {
        act();
        return shape[0];
      },
    });
    return list;
  };

  it('a buffer that is detached by the getter of another shape has no numbers left', () => {
    const a = new Float64Array(1 << 16);
    const detach = () => structuredClone(a.buffer, { transfer: [a.buffer] });
    const b = { data: new Float64Array(1 << 16), shape: acting([1 << 16], () => a.length && detach()) };
    const call = () => addon.spectrumConvolve({ data: a, shape: [1 << 16] }, b, 'full', 'auto', false, 1);
    expect(call).toThrow(/^INVALID_SHAPE: a: shape \[65536\] does not match 0 values/);
    const psnr = () => addon.spectrumPsnr({ data: a, shape: [0] }, { data: b.data, shape: [1 << 16] }, 1);
    expect(psnr).toThrow(/INVALID_SHAPE/);
  });

  it('a buffer that shrinks has as many numbers as are left', () => {
    type Resizable = ArrayBuffer & { resize(bytes: number): void };
    const Buffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;
    const buffer = new Buffer(1 << 19, { maxByteLength: 1 << 19 });
    const a = { data: new Float64Array(buffer), shape: [1 << 16] };
    const b = { data: Float64Array.of(1), shape: acting([1], () => buffer.resize(16)) };
    expect(() => addon.spectrumConvolve(a, b, 'full', 'auto', false, 1)).toThrow(/does not match 2 values/);
  });

  it('shared memory is copied', () => {
    const shared = new Float64Array(new SharedArrayBuffer(24));
    shared.set([1, 2, 3]);
    const { data } = addon.spectrumScale({ data: shared, shape: [3] }, 2);
    expect([...data]).toEqual([2, 4, 6]);
    const single = new Float32Array(new SharedArrayBuffer(8));
    single.set([1, 2]);
    expect(addon.spectrumScale({ data: single, shape: [2] }, 2).data).toEqual(Float32Array.of(2, 4));
  });

  it('results are arrays of their own, small and large', () => {
    for (const n of [0, 1, 1000, 1 << 18]) {
      const { data } = addon.spectrumScale({ data: new Float64Array(n).fill(1), shape: [n] }, 3);
      expect([data.length, data.byteOffset, data.buffer.byteLength]).toEqual([n, 0, 8 * n]);
      expect(data.every((x) => x === 3)).toBe(true);
    }
  });
});

test('GradientFlow.at rejects at once', async () => {
  const n = 500;
  const kernel = { data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), shape: [n, n] };
  const y = { data: new Float64Array(n * 4000), shape: [n, 4000] };
  const flow = await f.gradientFlow({ kernel, y });
  const stop = new AbortController();
  const found = flow.at(1, { signal: stop.signal });
  queueMicrotask(() => stop.abort());
  await expect(found).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a figure that cannot be drawn is an error that names it, and nothing is left to reject alone', async () => {
  const end = await import('./support/script.js').then(({ runScript }) =>
    runScript(`import * as f from 'fprinciple';
      const figure = (id, more) => ({ id, title: '', caption: '', spec: { data: { values: [{ a: 1, u: 'https://x.y/' }] }, mark: 'point', encoding: { x: { field: 'a', type: 'quantitative' } }, ...more } });
      const failed = [];
      const attempt = async (call) => { try { await call(); failed.push('made'); } catch (error) { failed.push(error.code + ' ' + error.message.slice(0, 30)); } };
      await attempt(() => f.renderSvg(figure('link', { encoding: { href: { field: 'u', type: 'nominal' } } })));
      await attempt(() => f.renderSvg(figure('wide', { width: 1e9 })));
      await attempt(async () => f.renderPng(await f.renderSvg(figure('plain')), 1e9));
      await attempt(() => f.renderPng('<nonsense', 1, 'figure f'));
      await attempt(async () => { if (await f.isCached({ name: 'x', version: '1', files: { a: { path: 'nowhere' }, b: null } })) throw 0; });
      await new Promise((done) => setTimeout(done, 50));
      console.log(JSON.stringify(failed));`),
  );
  expect([end.code, end.signal], end.stderr).toEqual([0, null]);
  expect(JSON.parse(end.stdout)).toEqual([
    'INVALID_ARGUMENT figure "link": spec: not valid',
    'INVALID_ARGUMENT figure wide: width: expected a',
    'INVALID_ARGUMENT svg: expected at most 2^28 pix',
    'INVALID_ARGUMENT figure f: expected an SVG: SVG',
    'made',
  ]);
});

describe('an abort is heard within a step', () => {
  const n = 1200;
  const random = f.gaussianNoise(n * n, { seed: 1 }).data;
  const matrix = { data: random, shape: [n, n] };
  const positive = { data: random.map(Math.abs), shape: [n, n] };
  const symmetric = {
    data: Float64Array.from(random, (_, i) => 1 / (1 + Math.abs(Math.floor(i / n) - (i % n)))),
    shape: [n, n],
  };
  const wide = { data: new Float64Array(6000 * n).fill(1), shape: [n, 6000] };
  const column = { data: random.slice(0, n), shape: [n] };
  const spec = f.mlp({ input: 8, hidden: [1000, 1000], output: 2, activation: 'tanh' });
  const infinite = f.mlp({ input: 8, hidden: [4, 4], output: 1, activation: 'softplus', parameterization: 'ntk' });
  const model = f.createModel(spec, { seed: 0 });
  const points = (count: number) => ({ data: random.slice(0, 8 * count), shape: [count, 8] });
  const labels = (count: number) => ({ data: new Float64Array(count), shape: [count] });
  const grid = { data: random.slice(0, 511 * 511), shape: [511, 511] };

  const long: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    eigh: (signal) => f.eigh(symmetric, { signal }),
    svd: (signal) => f.svd(matrix, { signal }),
    leaveOneOut: (signal) => f.leaveOneOut({ kernel: symmetric, y: column, ridge: 1, signal }),
    gradientFlow: (signal) => f.gradientFlow({ kernel: symmetric, y: column, signal }),
    nadarayaWatson: (signal) => f.nadarayaWatson(positive, wide, { signal }),
    lossGradient: (signal) => f.lossGradient(model, points(60_000), labels(60_000), { loss: 'crossEntropy', signal }),
    criticalSamples: (signal) =>
      f.criticalSamples(model, points(5000), { radius: 1e-9, iterations: 1e6, seed: 1, signal }),
    analyticKernel: (signal) => f.analyticKernel(infinite, points(20_000), undefined, { kernel: 'ntk', signal }),
    analyticKernelError: (signal) => f.analyticKernelError(infinite, points(150_000), { signal }),
    sampledNngp: (signal) => f.sampledNngp(spec, points(200), { draws: 1e6, seed: 1, signal }),
    empiricalNtk: (signal) => f.empiricalNtk(model, points(20_000), undefined, { signal }),
    topEigen: (signal) => f.topEigen(symmetric, 400, { signal }),
    poissonRelax: (signal) => f.poissonRelax(grid, { sweeps: 1e9, method: 'jacobi', signal }),
    predict: (signal) => model.predict(points(150_000), { signal }),
    convSingularValues: (signal) =>
      f.convSingularValues({ data: random.slice(0, 64 * 64), shape: [64, 64, 1, 1] }, [256, 256], { signal }),
  };
  it.each(Object.entries(long))('%s', { timeout: 30_000 }, async (_, call) => {
    await expect(call(AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
