import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exported } from '../src/studio/exports.js';
import { lessons } from '../src/studio/lessons.js';
import { decodeMessage, encodeMessage, type Message } from '../src/studio/message.js';
import { type LiveRun, ProgressLog, readLive } from '../src/studio/progress-log.js';
import { schedule } from '../src/studio/schedule.js';
import { startStudio } from '../src/studio/server/server.js';
import { type Heard, Session } from '../src/studio/session.js';
import { checkState, decodeState, defaultState, encodeState, type StudioState } from '../src/studio/state.js';
import { SideTraining } from '../src/studio/training.js';
import { root } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-studio-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A drawn target: a sine of one and one of three cycles. */
const values = Array.from({ length: 64 }, (_, i) => {
  const x = -Math.PI + (2 * Math.PI * i) / 64;
  // JSON has no -0.
  return Number((Math.sin(x) + Math.sin(3 * x)).toFixed(4)) + 0;
});
const small: StudioState = {
  ...defaultState,
  target: { kind: 'drawn', values },
  samples: { count: 40, noise: 0.1, spacing: 'random' },
  steps: 120,
  a: { ...defaultState.a, hidden: [16] },
};

const immediate = () => new Promise<void>((done) => setImmediate(done));

/** A session, and what it posted. */
function listening() {
  const heard: Message<Heard>[] = [];
  const session = new Session((message) => heard.push(message), immediate);
  const done = async () => {
    for (let i = 0; i < 20_000; i++) {
      const last = heard.map(({ body }) => body).findLast((body) => body.type === 'status' || body.type === 'failed');
      if (last?.type === 'failed') throw new Error(last.message);
      if (last?.type === 'status' && last.done) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('the training has not ended');
  };
  return { session, heard, done };
}

const keptLosses = (heard: Message<Heard>[]): Record<number, number> =>
  Object.fromEntries(
    heard.flatMap(({ body }) => (body.type === 'record' && body.kept ? [[body.step, body.loss]] : [])),
  );

describe("the studio's state", () => {
  it('comes back from its link as it went, every lesson among them', () => {
    for (const state of [defaultState, small, ...lessons.map((lesson) => lesson.state)]) {
      expect(decodeState(encodeState(state))).toEqual(state);
    }
  });

  it('says which field is wrong', () => {
    expect(() => checkState({ ...defaultState, steps: 0 })).toThrow(/^steps: /);
    expect(() => checkState({ ...defaultState, a: { ...defaultState.a, hidden: [0] } })).toThrow(/^a\.hidden\.0: /);
    expect(() => checkState({ ...defaultState, odd: 1 })).toThrow('odd');
    expect(() => decodeState('%%%')).toThrow('holds no state');
    expect(() => decodeState(btoa('[1'))).toThrow('holds no state');
  });

  it.each([1, 7, 1000, 123_456, 1_000_000])(
    'keeps steps in order, the first and the last of %i among them',
    (steps) => {
      const kept = schedule(steps);
      expect(kept[0]).toBe(0);
      expect(kept.at(-1)).toBe(steps);
      expect(kept.every((step, i) => i === 0 || step > kept[i - 1]!)).toBe(true);
      expect(kept.length).toBeLessThan(600);
    },
  );
});

describe('messages', () => {
  it('come back as they went, with arrays of both types', () => {
    const arrays = {
      a: { data: Float32Array.of(1, -2, 0.5), shape: [3] },
      b: { data: Float64Array.of(1e-300, Math.PI), shape: [1, 2] },
    };
    expect(decodeMessage(encodeMessage({ body: { type: 'x', n: 0.1 }, arrays }))).toEqual({
      body: { type: 'x', n: 0.1 },
      arrays,
    });
  });
});

describe('a session', () => {
  it('plays what is opened while another opening is under way', async () => {
    const { session, heard, done } = listening();
    // Neither is waited for: a page sends its commands when its buttons are pressed.
    void session.command({ do: 'open', state: { ...small, steps: 5000 }, play: true });
    await session.command({ do: 'open', state: small, play: true });
    await done();
    const last = heard.map(({ body }) => body).findLast((body) => body.type === 'status');
    expect(last).toMatchObject({ opening: 2, step: small.steps, done: true, playing: false });
  });

  it('is paused by a pause that comes while it opens', async () => {
    const { session, heard } = listening();
    void session.command({ do: 'open', state: { ...small, steps: 100_000 }, play: true });
    await session.command({ do: 'pause' });
    const after = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard.slice(after).filter(({ body }) => body.type === 'record')).toEqual([]);
    session.close();
  });

  it('gives the same bits however it is played, paused and stepped', async () => {
    const played = listening();
    await played.session.command({ do: 'open', state: small, play: true });
    await played.done();
    const stepped = listening();
    await stepped.session.command({ do: 'open', state: small });
    for (let i = 0; i < 7; i++) await stepped.session.command({ do: 'step' });
    await stepped.session.command({ do: 'step', kept: true });
    await stepped.session.command({ do: 'play' });
    await stepped.session.command({ do: 'pause' });
    await stepped.session.command({ do: 'play' });
    await stepped.done();
    const [a, b] = [keptLosses(played.heard), keptLosses(stepped.heard)];
    expect(Object.keys(a).map(Number)).toEqual(schedule(small.steps));
    expect(b).toEqual(a);
    // As one training without anybody who looks.
    const alone = new SideTraining(small, small.a);
    expect((await alone.advance(small.steps, true)).loss).toBe(a[small.steps]);
  });

  it('posts what is wrong in a sentence, and goes on', async () => {
    const { session, heard, done } = listening();
    await session.command({ do: 'open', state: { ...small, dtype: 'f16' } });
    expect(heard.at(-1)!.body).toMatchObject({ type: 'failed', message: expect.stringContaining('dtype') });
    heard.length = 0;
    await session.command({ do: 'open', state: small, play: true });
    await done();
  });

  it('takes two sides by one clock', async () => {
    const { session, heard, done } = listening();
    await session.command({ do: 'open', state: { ...small, b: { ...small.a, activation: 'relu' } }, play: true });
    await done();
    const steps = (side: string) =>
      heard.flatMap(({ body }) => (body.type === 'record' && body.side === side && body.kept ? [body.step] : []));
    expect(steps('a')).toEqual(schedule(small.steps));
    expect(steps('b')).toEqual(steps('a'));
  });

  it('predicts by the kernel what a wide network then does', async () => {
    const state: StudioState = {
      ...small,
      target: { kind: 'drawn', values },
      samples: { count: 48, noise: 0, spacing: 'even' },
      steps: 300,
      dtype: 'f64',
      a: { ...small.a, hidden: [2048], parameterization: 'ntk', scale: 3, optimizer: 'sgd', learningRate: 0.02 },
    };
    const { session, heard, done } = listening();
    await session.command({ do: 'open', state, play: true });
    await done();
    const kernel = heard.find(({ body }) => body.type === 'kernel')!;
    const { data } = kernel.arrays.eigenvalues!;
    expect([...data]).toEqual([...data].sort((a, b) => b - a));
    const last = heard.findLast(({ body }) => body.type === 'record' && body.kept)!;
    for (const k of [0, 2]) {
      expect(last.arrays.predicted!.data[k]).toBeCloseTo(last.arrays.relativeError!.data[k]!, 1);
    }
  }, 60_000);
});

describe('exports', () => {
  /** Loss of the page at the step, and what the program prints there. */
  async function both(state: StudioState, step: number) {
    const { session, heard, done } = listening();
    await session.command({ do: 'open', state, play: true });
    await done();
    const { x, y, source } = heard.find(({ body }) => body.type === 'begun')!.arrays;
    const samples = { x: x!.data, y: y!.data, ...(source && { source: source.data }) };
    return { loss: keptLosses(heard)[step]!, samples };
  }
  const here = (text: string) => text.replaceAll("'fprinciple'", JSON.stringify(join(root, 'src/index.ts')));
  const node = (file: string) =>
    spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), file], { encoding: 'utf8', cwd: root });

  it('TypeScript runs and gives the losses of the page, to the bit', async () => {
    const { loss, samples } = await both(small, 120);
    const file = join(folder, 'training.mjs');
    await writeFile(file, here(exported('typescript', small, samples)));
    const { stdout, stderr } = node(file);
    expect(stderr).toBe('');
    expect(stdout).toContain(`step 120: loss ${loss}\n`);
  }, 60_000);

  it('the experiment file runs and gives the loss of the page', async () => {
    const { loss, samples } = await both(small, 120);
    const file = join(folder, 'experiment.mts');
    const use = "import { runExperiment } from 'fprinciple';\nimport mine from './experiment.mts';\n";
    await writeFile(
      file,
      here(exported('experiment', small, samples)).replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
    );
    await writeFile(
      join(folder, 'use.mts'),
      here(`${use}const run = await runExperiment(mine);\nconsole.log(run.metrics.loss);`),
    );
    const { stdout, stderr } = node(join(folder, 'use.mts'));
    expect(stderr).toBe('');
    expect(Number(stdout)).toBe(loss);
  }, 60_000);

  it('PyTorch is a program that Python reads', async () => {
    const state: StudioState = {
      ...small,
      a: { ...small.a, features: { count: 8, sigma: 2 }, activation: 'sin', parameter: 5, parameterization: 'ntk' },
    };
    const { samples } = await both(small, 120);
    const file = join(folder, 'training.py');
    await writeFile(file, exported('pytorch', state, samples));
    const python = spawnSync('python3', ['-m', 'py_compile', file], { encoding: 'utf8' });
    if (python.error) return;
    expect(python.stderr).toBe('');
    const muon = exported('pytorch', { ...small, a: { ...small.a, hidden: [20, 20], optimizer: 'muon' } }, samples);
    expect(muon).toContain(
      'matrices = [layer.weight for layer in net.layers[1:-1]]\noptimizer = torch.optim.Muon(matrices, ',
    );
    await writeFile(file, muon);
    expect(spawnSync('python3', ['-m', 'py_compile', file], { encoding: 'utf8' }).stderr).toBe('');
  });

  it.each([{ hidden: [] }, { hidden: [20] }, { hidden: [20, 20] }])(
    'trains by Muon with $hidden',
    async ({ hidden }) => {
      const state: StudioState = { ...small, a: { ...small.a, hidden, optimizer: 'muon', learningRate: 0.01 } };
      expect((await both(state, 20)).loss).toBeLessThan((await both(state, 0)).loss);
    },
  );

  it('sweep.json is a sweep', async () => {
    const { samples } = await both(small, 120);
    const { checkSweep } = await import('../src/sweeps/plan/describe.js');
    expect(() => checkSweep(JSON.parse(exported('sweep', small, samples)))).not.toThrow();
  });
});

describe('the server', () => {
  const status = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ code: number; headers: Record<string, unknown> }>((done, fail) => {
      const asked = request(url, { headers, method }, (response) => {
        response.resume();
        done({ code: response.statusCode!, headers: response.headers });
      });
      asked.on('error', fail);
      asked.end();
    });

  it('answers its own page with the token, and nobody else', async () => {
    const studio = await startStudio({ port: 0, folder });
    try {
      const base = `http://127.0.0.1:${studio.port}`;
      const token = new URL(studio.url).searchParams.get('token')!;
      const good = await status(studio.url);
      expect(good.code).toBe(200);
      expect(good.headers['content-security-policy']).toContain("default-src 'none'");
      expect((await status(base)).code).toBe(403);
      expect((await status(`${base}/?token=${token.slice(1)}x`)).code).toBe(403);
      expect((await status(studio.url, { host: 'evil.example' })).code).toBe(403);
      expect((await status(studio.url, { origin: 'http://evil.example' })).code).toBe(403);
      expect((await status(studio.url, { host: `localhost:${studio.port}` })).code).toBe(200);
      // Behind an SSH tunnel the port is another.
      expect((await status(studio.url, { host: 'localhost:9999' })).code).toBe(200);
      expect((await status(`${base}/desk/runs`)).code).toBe(403);
      expect((await status(`${base}/desk/runs?token=${token}`)).code).toBe(200);
      for (const name of ['..', '../..', '/etc', 'no%2f..%2f..']) {
        expect((await status(`${base}/desk/report?token=${token}&folder=${name}`)).code).toBe(400);
      }
      expect((await status(`${base}/desk/start?token=${token}`, {}, 'POST')).code).toBe(415);
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
      const socket = { ...upgrade, 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
      expect((await status(`${base}/session?token=${token}`, socket)).code).toBe(403);
      expect((await status(`${base}/session?token=${token}`, { ...socket, origin: 'http://evil.example' })).code).toBe(
        403,
      );
    } finally {
      await studio.close();
    }
  });

  it('refuses a port that is taken, by name', async () => {
    const studio = await startStudio({ port: 0 });
    try {
      await expect(startStudio({ port: studio.port })).rejects.toThrow(`--port: ${studio.port}`);
    } finally {
      await studio.close();
    }
  });
});

describe('progress logs', () => {
  it('tell of a run that goes on, and of its end', async () => {
    const log = new ProgressLog(folder, { id: 'one', title: 'One', preset: 'quick', seed: 3 });
    log.update({ phase: 'training', step: 10, steps: 100, loss: 0.5 });
    const [run] = (await readLive(folder)) as [LiveRun];
    expect(run).toMatchObject({ id: 'one', seed: 3, phase: 'training', step: 10, steps: 100, losses: [[10, 0.5]] });
    expect(run.ended).toBeUndefined();
    log.end({ folder: 'one-quick-seed3', held: 2, failed: 0 });
    expect((await readLive(folder))[0]!.ended).toEqual({ folder: 'one-quick-seed3', held: 2, failed: 0 });
    expect(await readLive(join(folder, 'nowhere'))).toEqual([]);
  });
});
