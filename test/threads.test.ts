/** Threads change no bit: everything that computes, in processes that take themselves to have as many processors. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as analysis from '../src/analysis/index.js';
import { native } from '../src/core/native.js';
import * as kernels from '../src/kernels/index.js';
import * as linalg from '../src/linalg/index.js';
import * as nets from '../src/nets/index.js';
import * as spectrum from '../src/spectrum/index.js';
import { runScript } from './support/script.js';
import { calls, plain } from './support/thread-calls.js';

const script = fileURLToPath(new URL('support/thread-digests.ts', import.meta.url));

async function digests(threads: number, pinned = {}): Promise<Record<string, string>> {
  const env = { ...process.env, FPRINCIPLE_PROCESSORS: `${threads}`, ...pinned };
  const child = spawn(process.execPath, ['--import', 'tsx', script, `${threads}`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout));
}

describe('the number of threads', () => {
  it('is tried with everything that computes', () => {
    const exported = Object.entries({ ...analysis, ...kernels, ...linalg, ...nets, ...spectrum })
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
      .map(([name]) => name);
    const tried = new Set([...Object.keys(calls).map((name) => name.replace(/ .*/, '')), ...plain]);
    expect(exported.filter((name) => !tried.has(name))).toEqual([]);
    expect([...tried].filter((name) => !name.startsWith('Model.') && !exported.includes(name))).toEqual([]);
  });

  it('changes no bit of any of it', { timeout: 120_000 }, async () => {
    const one = await digests(1);
    expect(Object.entries(one).filter(([, digest]) => !/^[0-9a-f]{64}$/.test(digest))).toEqual([]);
    for (const threads of [2, 3, 5, 8]) {
      const many = await digests(threads);
      expect(Object.keys(calls).filter((name) => many[name] !== one[name])).toEqual([]);
    }
  });
});

describe('a thread that the system refuses', () => {
  it('is done without, or an error where there is no other', { timeout: 60_000 }, async () => {
    // No system has so large a stack for a thread of Rust's.
    const env = { ...process.env, RUST_MIN_STACK: `${2 ** 60}` };
    const { stdout, stderr, code } = await runScript(
      `
      import { eigh, rfft } from 'fprinciple';
      const x = Float64Array.from({ length: 2 ** 18 }, (_, i) => Math.sin(i));
      const alone = rfft(x, { threads: 1 });
      const same = rfft(x, { threads: 4 }).re.every((value, k) => value === alone.re[k]);
      const refused = await eigh([[1]]).catch((error) => error);
      console.log(JSON.stringify([same, refused.name, refused.code, refused.message]));
      `,
      { env },
    );
    expect([stderr, code]).toEqual(['', 0]);
    const [same, ...error] = JSON.parse(stdout);
    expect(same).toBe(true);
    expect(error).toEqual(['FprincipleError', 'IO', expect.stringMatching(/^no thread could be started/)]);
  });
});

describe('FPRINCIPLE_SIMD', () => {
  const asked = (name: string) =>
    runScript(
      `
      import { createModel, fft, mlp } from 'fprinciple';
      const model = () => createModel(mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' }), { seed: 1 });
      const found = [];
      for (const call of [() => fft([1, 2]), model]) {
        try { call(); found.push('done'); } catch (error) { found.push(error.code + ' ' + error.message); }
      }
      const train = { x: [[1]], y: [[1]], loss: 'mse', optimizer: { type: 'sgd', learningRate: 0.1 }, steps: 1 };
      if (found[1] === 'done') found.push((await model().train(train)).simdPath);
      console.log(JSON.stringify(found));
      `,
      { env: { ...process.env, FPRINCIPLE_SIMD: name } },
    );

  it('is refused where it names no path of this machine, by every call', { timeout: 60_000 }, async () => {
    const { stdout, stderr } = await asked('bogus');
    const message = expect.stringMatching(
      /^INVALID_ARGUMENT FPRINCIPLE_SIMD: expected one of .*(portable|neon).* on this machine, got "bogus"$/,
    );
    expect([JSON.parse(stdout), stderr]).toEqual([[message, message], '']);
  });

  it('changes no bit from registers of 64 bytes to those of 32', { timeout: 120_000 }, async () => {
    const paths = native().simdPaths();
    // Without AVX-512 there is one path of this name.
    const narrow = paths.find((name) => name === 'avx2-narrow') ?? paths[0];
    const [wide, other] = [await digests(2), await digests(2, { FPRINCIPLE_SIMD: narrow })];
    expect(Object.keys(calls).filter((name) => wide[name] !== other[name])).toEqual([]);
  });

  it('pins the path that a training records', { timeout: 60_000 }, async () => {
    const name = process.arch === 'arm64' ? 'neon' : 'portable';
    expect(JSON.parse((await asked(name)).stdout)).toEqual(['done', 'done', name]);
    expect(JSON.parse((await asked('')).stdout)[2]).toMatch(/^(avx2|neon|portable)$/);
  });
});
