import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../src/index.js';
import { crc32c } from '../src/sweeps/tracking/tensorboard.js';
import { trackerOf } from '../src/sweeps/tracking/track.js';
import { pause } from './support/chaos.js';
import { startFprinciple } from './support/cli.js';
import { freePort } from './support/redis.js';

/** A Python that has these, `undefined` where there is none. */
const python = process.env.FPRINCIPLE_TEST_PYTHON ?? 'python3';
const has = (module: string): boolean => spawnSync(python, ['-c', `import ${module}`]).status === 0;
const hasTensorboard = has('tensorboard');
const hasMlflow = has('mlflow.server');
if (!hasTensorboard) console.warn(`${python} has no tensorboard: event files are read by this test's own reader only`);
if (!hasMlflow) console.warn(`${python} has no mlflow: its REST is tested against a stand-in only`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-tracking-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const training = { network: { hidden: [4] }, data: { type: 'sines' as const, points: 16 }, steps: 40, records: 5 };
const grid = { width: [3, 5] };

/** Every result of the sweep, tracked. */
async function tracked(out: string, track: string[]) {
  const runs = [];
  for await (const run of sweep({ training, grid, out: join(folder, out), track })) {
    if (run.status === 'failed') throw new Error(run.message);
    runs.push(run);
  }
  return runs;
}

/** The scalars of an event file, read without a word of what wrote it: TFRecord, then protocol buffers, field by field. */
function readEvents(bytes: Buffer) {
  const checked = (part: Buffer, sum: number): void => {
    const crc = crc32c(part);
    expect((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0).toBe(sum);
  };
  const fields = (message: Buffer): [number, number | Buffer][] => {
    const found: [number, number | Buffer][] = [];
    let at = 0;
    const varint = (): number => {
      let [value, shift] = [0, 0];
      for (;;) {
        const byte = message[at++] ?? 0;
        value += (byte & 127) * 2 ** shift;
        shift += 7;
        if (byte < 128) return value;
      }
    };
    while (at < message.length) {
      const key = varint();
      const number = key >> 3;
      if ((key & 7) === 0) found.push([number, varint()]);
      else if ((key & 7) === 1) {
        found.push([number, message.readDoubleLE(at)]);
        at += 8;
      } else if ((key & 7) === 5) {
        found.push([number, message.readFloatLE(at)]);
        at += 4;
      } else {
        const length = varint();
        found.push([number, message.subarray(at, at + length)]);
        at += length;
      }
    }
    return found;
  };
  const of = (message: Buffer, number: number) => fields(message).find(([n]) => n === number)?.[1];
  const events: { tag: string; step: number; value: number }[] = [];
  let version = '';
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    checked(bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8));
    const event = bytes.subarray(at + 12, at + 12 + length);
    checked(event, bytes.readUInt32LE(at + 12 + length));
    at += 16 + length;
    const summary = of(event, 5);
    if (!Buffer.isBuffer(summary)) {
      version = String(of(event, 3));
      continue;
    }
    const value = of(summary, 1) as Buffer;
    events.push({ tag: String(of(value, 1)), step: Number(of(event, 2)), value: Number(of(value, 2)) });
  }
  return { version, events };
}

describe('event files', () => {
  it("CRC-32C is that of RFC 3720's examples", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('hold the series of every run, once, whatever reads them', async () => {
    const runs = await tracked('events', ['tensorboard']);
    await tracked('events', ['tensorboard']);
    const root = join(folder, 'events/tensorboard/training');
    const names = (await readdir(root)).sort();
    expect(names).toEqual(runs.map(({ id, point }) => `width = ${point.width}, seed 0 ${id.slice(0, 8)}`).sort());
    for (const run of runs) {
      const at = join(root, `width = ${run.point.width}, seed 0 ${run.id.slice(0, 8)}`);
      const [file = '', ...more] = await readdir(at);
      expect([file, more]).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d+\./), []]);
      const { version, events } = readEvents(await readFile(join(at, file)));
      expect(version).toBe('brain.Event:2');
      const [head = '', ...rows] = (run.tables.history ?? '').trim().split(/\r?\n/);
      const place = head.split(',').indexOf('loss');
      const expected = rows.map((row) => [Number(row.split(',')[0]), Math.fround(Number(row.split(',')[place]))]);
      expect(events.filter(({ tag }) => tag === 'loss').map(({ step, value }) => [step, value])).toEqual(expected);
      expect(events.filter(({ tag }) => tag === 'final loss')).toEqual([
        { tag: 'final loss', step: 40, value: Math.fround(run.metrics.loss ?? Number.NaN) },
      ]);
      if (!hasTensorboard) continue;
      const script =
        'import sys, json\nfrom tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n' +
        'a = EventAccumulator(sys.argv[1]); a.Reload()\n' +
        "print(json.dumps({t: [[e.step, e.value] for e in a.Scalars(t)] for t in a.Tags()['scalars']}))";
      const { stdout, stderr } = spawnSync(python, ['-c', script, at], { encoding: 'utf8' });
      expect(JSON.parse(stdout || JSON.stringify(stderr)).loss).toEqual(expected);
    }
  });
});

/** What a server of MLflow's has been told. */
interface Logged {
  name: string;
  status: string;
  tags: Record<string, string>;
  params: Record<string, string>;
  metrics: Record<string, [number, number][]>;
}

/** A stand-in that keeps what MLflow's documentation says such a server keeps, and refuses what it says is refused. */
function standIn() {
  const experiments: string[] = [];
  const runs = new Map<string, Logged>();
  const requests: string[] = [];
  let down = false;
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://x');
      const path = url.pathname.replace('/api/2.0/mlflow/', '');
      requests.push(`${path} ${request.headers.authorization ?? ''}`);
      const body = text === '' ? {} : JSON.parse(text);
      const answer = (value: object, status = 200): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      };
      if (down) return answer({ error_code: 'TEMPORARILY_UNAVAILABLE' }, 503);
      if (path === 'experiments/get-by-name') {
        const id = experiments.indexOf(url.searchParams.get('experiment_name') ?? '');
        if (id < 0) return answer({ error_code: 'RESOURCE_DOES_NOT_EXIST' }, 404);
        return answer({ experiment: { experiment_id: String(id) } });
      }
      if (path === 'experiments/create') {
        experiments.push(body.name);
        return answer({ experiment_id: String(experiments.length - 1) });
      }
      if (path === 'runs/search') {
        const id = /= '(\w+)'$/.exec(body.filter)?.[1];
        const found = [...runs].filter(([, run]) => run.tags['fprinciple.run'] === id);
        return answer(
          found.length > 0 ? { runs: found.map(([run_id, { status }]) => ({ info: { run_id, status } })) } : {},
        );
      }
      if (path === 'runs/create') {
        const run_id = `r${requests.length}`;
        const tags = Object.fromEntries(
          body.tags.map(({ key, value }: { key: string; value: string }) => [key, value]),
        );
        runs.set(run_id, { name: body.run_name, status: 'RUNNING', tags, params: {}, metrics: {} });
        return answer({ run: { info: { run_id } } });
      }
      const run = runs.get(body.run_id);
      if (!run) return answer({ error_code: 'RESOURCE_DOES_NOT_EXIST' }, 404);
      if (path === 'runs/delete') runs.delete(body.run_id);
      else if (path === 'runs/update') run.status = body.status;
      else if (path === 'runs/log-batch') {
        const { params = [], metrics = [] } = body;
        if (params.length > 100 || metrics.length > 1000) return answer({ error_code: 'INVALID_PARAMETER_VALUE' }, 400);
        for (const { key, value } of params) run.params[key] = value;
        for (const { key, step, value } of metrics) run.metrics[key] = [...(run.metrics[key] ?? []), [step, value]];
      } else return answer({ error_code: 'ENDPOINT_NOT_FOUND' }, 404);
      answer({});
    });
  });
  return {
    server,
    runs,
    requests,
    experiments,
    setDown: (value: boolean) => {
      down = value;
    },
  };
}

describe('MLflow', () => {
  it('gets every run once, with parameters and series; what it did not get a resumed sweep gives', async () => {
    const { server, runs, experiments, requests, setDown } = standIn();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    try {
      setDown(true);
      await tracked('mlflow', [`mlflow=http://127.0.0.1:${port}`]);
      expect(runs.size).toBe(0);
      setDown(false);
      const done = await tracked('mlflow', [`mlflow=http://me:se%3Acret@127.0.0.1:${port}/`]);
      expect(requests.at(-1)).toBe(`runs/update Basic ${Buffer.from('me:se:cret').toString('base64')}`);
      await tracked('mlflow', [`mlflow=http://127.0.0.1:${port}`]);
      expect(experiments).toEqual(['fprinciple/training']);
      expect(runs.size).toBe(2);
      for (const run of done) {
        const found = [...runs.values()].find(({ tags }) => tags['fprinciple.run'] === run.id);
        expect(found).toMatchObject({
          name: `width = ${run.point.width}, seed 0`,
          status: 'FINISHED',
          params: { width: String(run.point.width), seed: '0', 'optimizer.learningRate': '0.001', steps: '40' },
        });
        expect(found?.metrics['final loss']).toEqual([[40, run.metrics.loss]]);
        expect(found?.metrics.loss?.length).toBeGreaterThan(3);
      }
      // A command that was killed in the middle leaves a run that is not finished: it is made anew.
      const [[half, broken] = []] = [...runs];
      if (broken) broken.status = 'RUNNING';
      await tracked('mlflow', [`mlflow=http://127.0.0.1:${port}`]);
      expect(runs.size).toBe(2);
      expect(runs.has(String(half))).toBe(false);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it.skipIf(!hasMlflow)('its own server shows what was sent', { timeout: 180_000 }, async () => {
    const port = await freePort();
    const store = `sqlite:///${join(folder, 'mlflow.db')}`;
    const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
    const server = spawn(python, [...args, '--backend-store-uri', store], {
      stdio: 'ignore',
      cwd: folder,
      detached: true,
    });
    const url = `http://127.0.0.1:${port}`;
    try {
      for (let i = 0; ; i++) {
        if (
          await fetch(`${url}/health`).then(
            ({ ok }) => ok,
            () => false,
          )
        )
          break;
        if (i === 300) throw new Error('mlflow does not answer');
        await pause(500);
      }
      const done = await tracked('real', [`mlflow=${url}`]);
      await tracked('real', [`mlflow=${url}`]);
      const script =
        'import sys, json, mlflow\nfrom mlflow.tracking import MlflowClient\nc = MlflowClient(sys.argv[1])\n' +
        "e = c.get_experiment_by_name('fprinciple/training')\n" +
        'print(json.dumps([[r.data.tags["fprinciple.run"], r.info.status, r.data.params["width"], ' +
        '[[m.step, m.value] for m in c.get_metric_history(r.info.run_id, "loss")]] for r in c.search_runs([e.experiment_id])]))';
      const { stdout, stderr } = spawnSync(python, ['-c', script, url], { encoding: 'utf8' });
      const found = JSON.parse(stdout.trim().split('\n').at(-1) || JSON.stringify(stderr));
      expect(found).toHaveLength(2);
      for (const run of done) {
        const rows = (run.tables.history ?? '').trim().split(/\r?\n/).slice(1);
        const expected = rows.map((row) => row.split(',').slice(0, 2).map(Number));
        expect(found).toContainEqual([run.id, 'FINISHED', String(run.point.width), expected]);
      }
    } finally {
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
    }
  });
});

describe('what is asked for wrongly', () => {
  it('is refused before anything is done', async () => {
    for (const text of ['', 'banana', 'mlflow', 'mlflow=banana', 'mlflow=file:///x', 'tensorboard='])
      expect(() => trackerOf(text, folder), text).toThrow(/track: expected tensorboard, tensorboard=DIR or mlflow=URL/);
    await expect(tracked('wrong', ['wandb'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe("a worker's metrics", () => {
  it('are text that Prometheus reads, and count its runs', async () => {
    const port = await freePort();
    const out = join(folder, 'metrics');
    const worker = startFprinciple(['worker', '--folder', folder, '--lanes', '1', '--metrics-port', String(port)]);
    try {
      for await (const run of sweep({ training, grid, seeds: '0..2', out, executor: 'folder' })) void run;
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await answer.text();
      expect(text).toContain('fprinciple_runs_total{experiment="training",status="completed"} 6\n');
      expect(text).toContain('fprinciple_run_seconds_count{experiment="training"} 6\n');
      expect(text).toMatch(/# TYPE fprinciple_runs_total counter\n/);
      // Every line is a comment or a sample.
      for (const line of text.trim().split('\n'))
        expect(line).toMatch(/^(#.*|[a-z_:][\w:]*(\{[^}]*\})? (-?[\d.]+(e[+-]?\d+)?|\+Inf|Nan)|)$/i);
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    } finally {
      worker.kill('SIGKILL');
    }
  }, 60_000);
});
