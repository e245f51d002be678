/**
 * No allocation ends the process: sizes that nothing could hold are refused by name, under `ulimit -v` on any machine; results
 * of synchronous calls do not pile up while the event loop is busy; what JavaScript does to an array while a call reads its
 * arguments is no crash.
 */
import { describe, expect, it, test } from 'vitest';
import * as f from '../src/index.js';
import { runScript } from './support/script.js';

/** Of a function that a script holds as text. */
const enormous = {
  'analyticKernel, 320 GB': `f.analyticKernel(wide, many, undefined, { kernel: 'ntk' })`,
  'analyticKernel of two sets': `f.analyticKernel(wide, many, many, { kernel: 'nngp' })`,
  'empiricalNtk, 160 GB': `f.empiricalNtk(model(), many)`,
  'empiricalNtk, every pair of outputs': `f.empiricalNtk(model(1000), line(500), undefined, { outputs: 'full' })`,
  sampledNngp: `f.sampledNngp(wide, many, { draws: 8, seed: 1 })`,
  'a training that records': `model().train({ ...training(20_000), steps: 1e6 })`,
  'trainings that record': `f.trainMany(Array.from({ length: 40 }, (_, seed) => ({ spec: wide, seed })), training(2000))`,
  bfgs: `f.createModel(net(60_000), { seed: 0 }).train({ ...training(2), probes: {}, optimizer: { type: 'bfgs' } })`,
  createModel: `f.createModel(f.mlp({ input: 1e5, hidden: [1e5], output: 1, activation: 'relu' }), { seed: 0 })`,
  eigh: `f.eigh({ data: new Float32Array(15_000 ** 2), shape: [15_000, 15_000] })`,
  'fft, n': `f.fft([1, 2], { n: 1e9 })`,
  'fft2, size': `f.fft2([[1, 2]], { size: [30_000, 30_000] })`,
  'irfft, n': `f.irfft(line(4), 1e9)`,
  dct: `f.dct([1, 2], { n: 1e9 })`,
  stft: `f.stft(many, { length: 100_000, hop: 1 })`,
  convSingularValues: `f.convSingularValues({ data: new Float64Array(16), shape: [4, 4, 1, 1] }, [6e6, 6])`,
  frequencyResponse: `f.frequencyResponse([[1]], [32_000, 32_000])`,
  angularSpectrum: `f.angularSpectrum([[1, 2]], { sectors: 1e9 })`,
  tone: `f.tone(1e9)`,
  fftfreq: `f.fftfreq(1e9)`,
  spectrumWindow: `f.spectrumWindow('hann', 1e9)`,
  gaussianNoise: `f.gaussianNoise(1e9, { seed: 1 })`,
  poissonSolve: `f.poissonSolve(many)`,
  compareWithNtk: `f.compareWithNtk(model(), { x: [[0], [1]], y: [0, 1] }, { learningRate: 0.1, steps: 1e12, records: 1e12 })`,
};

const setUp = `
import * as f from 'fprinciple';
const line = (n) => ({ data: new Float64Array(n), shape: [n] });
const many = line(200_000);
const net = (width, output = 1) =>
  f.mlp({ input: 1, hidden: [width], output, activation: 'tanh', parameterization: 'ntk' });
const wide = net(4);
const model = (output) => f.createModel(net(4, output), { seed: 0 });
const training = (n) => ({
  x: line(n), y: { ...line(n), shape: [n, 1] }, loss: 'mse', optimizer: { type: 'sgd', learningRate: 1e-3 }, steps: 1e5,
  record: { every: 1 }, probes: { all: { type: 'outputs', points: line(n) } },
});
`;

/** `ulimit -v`, 4 GiB above what the process has: from the start it would have to count what WebAssembly reserves for itself. */
const limitAddresses = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
f.tone(8);
const taken = Number(/VmSize:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (taken + 2 ** 32)]);
`;

test('what could never be held is refused, one call after the other in one process', { timeout: 60_000 }, async () => {
  const calls = Object.entries(enormous).map(([name, call]) => `[${JSON.stringify(name)}, () => ${call}]`);
  const end = await runScript(
    `${setUp} ${limitAddresses}
    const codes = {};
    for (const [name, call] of [${calls.join(',\n')}]) {
      try { await call(); codes[name] = 'made'; } catch (error) { codes[name] = error.code ?? String(error); }
    }
    console.log(JSON.stringify(codes));`,
  );
  expect([end.code, end.signal], end.stderr).toEqual([0, null]);
  const refused = Object.keys(enormous).map((name) => [name, 'OVER_MEMORY_LIMIT']);
  expect(JSON.parse(end.stdout)).toEqual(Object.fromEntries(refused));
});

test('what fits under a limit of data is made, what does not is refused', { timeout: 60_000 }, async () => {
  const script = `${setUp}
    const kernel = await f.analyticKernel(wide, line(2000), undefined, { kernel: 'ntk' });
    const refused = await f.analyticKernel(wide, line(25_000), undefined, { kernel: 'ntk' }).catch(({ code }) => code);
    console.log(refused, kernel.data.length, f.fft(line(1 << 20)).re.length, f.tone(1 << 20).data.length);`;
  const end = await runScript(script, { data: 4 });
  expect([end.code, end.signal, end.stdout.trim()], end.stderr).toEqual([
    0,
    null,
    'OVER_MEMORY_LIMIT 4000000 1048576 1048576',
  ]);
});

test('the limit of a training counts what it records', async () => {
  const x = { data: new Float64Array(20_000), shape: [20_000, 1] };
  const spec = f.mlp({ input: 1, hidden: [4], output: 1, activation: 'tanh' });
  const y = { data: new Float64Array(20_000), shape: [20_000, 1] };
  const common = { x, y, loss: 'mse', optimizer: { type: 'sgd', learningRate: 1e-3 } } as const;
  const probes = { all: { type: 'outputs', points: x } } as const;
  const limited = (steps: number) =>
    f.createModel(spec, { seed: 0 }).train({ ...common, steps, probes, record: { every: 1 }, memoryLimit: 1e8 });
  await expect(limited(1e4)).rejects.toMatchObject({
    code: 'OVER_MEMORY_LIMIT',
    message: expect.stringMatching(/^train/),
  });
  expect((await limited(2)).steps).toHaveLength(3);
});

describe('a loop that never awaits', () => {
  /** The megabytes that a process holds after the loop. */
  const resident = async (loop: string): Promise<number> => {
    const script = `${setUp} ${loop}
      console.log(process.memoryUsage.rss() / 1e6);`;
    const end = await runScript(script);
    expect(end.code, end.stderr).toBe(0);
    return Number(end.stdout);
  };

  it.each([
    ['dct', 300, `const x = line(4096); for (let i = 0; i < 60_000; i++) f.dct(x);`],
    ['convolve', 500, `const x = line(1 << 20); for (let i = 0; i < 60; i++) f.convolve(x, [1, 2, 1]);`],
    ['activate', 400, `const x = line(1 << 20); for (let i = 0; i < 150; i++) f.activate('relu', x);`],
    ['fftshift', 400, `const x = line(1 << 20); for (let i = 0; i < 200; i++) f.fftshift(x);`],
    [
      'encodePng',
      300,
      `const x = { ...line(1 << 20), shape: [1024, 1024] }; for (let i = 0; i < 30; i++) f.encodePng(x);`,
    ],
  ])('%s holds less than %i MB', { timeout: 60_000 }, async (_, most, loop) => {
    expect(await resident(loop)).toBeLessThan(most);
  });
});

test('a thousand kernels leave nothing behind', { timeout: 60_000 }, async () => {
  const end = await runScript(
    `${setUp} const x = line(60); const one = model();
    const round = async (n) => { for (let i = 0; i < n; i++) await f.empiricalNtk(one, x); gc(); return process.memoryUsage.rss() / 1e6; };
    const before = await round(200);
    console.log((await round(1000)) - before);`,
    { options: ['--expose-gc'] },
  );
  expect(end.code, end.stderr).toBe(0);
  // 1,000 results of 28.8 kB each are 29 MB.
  expect(Number(end.stdout)).toBeLessThan(20);
});
