/** What can be wrong with a queue: not there, refused, of another version, shared by two commands; and what must not be seen. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchJob, jobFormat, queueName, resultsKey } from '../src/sweeps/executors/queue.js';
import { connect, redisOptions } from '../src/sweeps/executors/redis.js';
import { ended, kill9, outcomes, plain, undisturbed, until } from './support/chaos.js';
import { fprinciple, startFprinciple } from './support/cli.js';
import { freePort, hasRedis, RedisServer } from './support/redis.js';

if (!hasRedis && process.env.FPRINCIPLE_TEST_CLUSTERS)
  throw new Error('redis-server is not installed, and CI must not skip these tests');
if (!hasRedis) console.warn('redis-server is not installed: queues are not tested');

const password = 'a-secret-of-this-test';
const onQueue = ['--executor', 'bullmq'];
const small = ['sweep', 'training', '--set', 'steps=20', '--seeds', '0..19'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-queue-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a queue that cannot be used', () => {
  it('is named without its password, by the command and by a worker', async () => {
    const redis = `redis://user:${password}@127.0.0.1:${await freePort()}`;
    const out = join(folder, 'unreachable');
    for (const args of [[...small, ...onQueue, '--out', out], ['worker'], ['sweep', 'resume', out, ...onQueue]]) {
      const { code, stdout, stderr } = await fprinciple([...args, '--redis', redis]);
      expect([code, stderr]).toEqual([
        4,
        expect.stringMatching(/redis:\/\/127.0.0.1:\d+ cannot be reached: .*REFUSED/),
      ]);
      expect(stdout + stderr).not.toContain(password);
    }
  });

  it('is refused where the address or the certificate makes no sense', async () => {
    const wrong = [
      [['--redis', `http://:${password}@host`], 2, /--redis: expected redis:/],
      [['--redis', `redis://:${password}@host:port`], 2, /--redis: expected redis:/],
      [['--redis', 'rediss://127.0.0.1', '--redis-ca', join(folder, 'none.pem')], 4, /--redis-ca: .*cannot be read/],
      [[], 2, /FPRINCIPLE_REDIS/],
    ] as const;
    for (const [options, exit, message] of wrong) {
      const { code, stderr } = await fprinciple(['worker', ...options]);
      expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
      expect(stderr).not.toContain(password);
    }
  });
});

describe.skipIf(!hasRedis)('a queue', () => {
  let server: RedisServer;
  const environment = () => ({ ...process.env, FPRINCIPLE_REDIS: server.url });
  beforeAll(async () => {
    server = new RedisServer(join(folder, 'redis'), await freePort(), password);
    await server.start();
  });
  afterAll(() => server?.stop());

  it('refuses a wrong password', async () => {
    const env = { FPRINCIPLE_REDIS: server.url.replace(password, 'guessed') };
    const { code, stderr } = await fprinciple(['worker'], { env });
    expect([code, stderr]).toEqual([4, expect.stringMatching(/cannot be reached: (WRONGPASS|NOAUTH)/)]);
    expect(stderr).not.toContain('guessed');
  });

  it('with jobs of other versions: they are refused or left alone, and the sweep is done', async () => {
    const env = environment();
    const connection = { host: '127.0.0.1', port: server.port, password };
    const mine = new Queue(queueName(), { connection });
    const other = new Queue('fprinciple-0.0.1-none', { connection });
    const client = await connect(redisOptions({ redis: server.url }));
    const job = {
      sweep: 'foreign',
      reference: 'training',
      preset: 'quick',
      runs: [{ id: 'abc', settings: {}, seed: 0 }],
    };
    await mine.add('batch', { ...job, format: 99 } as unknown as BatchJob, { removeOnComplete: true });
    await mine.add('batch', { ...job, format: jobFormat } as BatchJob, { removeOnComplete: true });
    await other.add('batch', { ...job, format: 0 });
    let said = '';
    const worker = startFprinciple(['worker', '--lanes', '1'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    worker.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    try {
      const { code, stderr } = await fprinciple([...small, ...onQueue, '--out', join(folder, 'versions')], { env });
      expect(code, stderr).toBe(0);
      const answers = await client.lrange(resultsKey('foreign'), 0, -1);
      expect(answers.map((text) => JSON.parse(text).outcome.error.message)).toEqual([
        expect.stringContaining('of format 99'),
        expect.stringContaining('was planned by another version'),
      ]);
      expect(await other.getWaitingCount()).toBe(1);
      expect(said).toContain('1 jobs wait on fprinciple-0.0.1-none: of another version or SIMD path');
    } finally {
      await kill9(worker);
      client.disconnect();
      await Promise.all([mine.close(), other.close()]);
    }
  });

  it('an experiment of a file that is changed while its worker lives: the new text is what runs', async () => {
    const env = environment();
    const file = join(folder, 'mine.ts');
    const text = (value: string) => `import { defineExperiment } from 'fprinciple';
      import { z } from 'zod';
      export default defineExperiment({ id: 'mine', title: 'Mine', source: 'test', parameters: z.object({}),
        presets: { quick: {}, paper: {} }, run: ({ seed }) => ({ metrics: { a: ${value} } }) });`;
    await writeFile(file, text('seed'));
    const worker = startFprinciple(['worker', file, '--lanes', '1'], { env });
    try {
      for (const [value, expected] of [
        ['seed', [0, 1]],
        ['seed + 10', [10, 11]],
      ] as const) {
        await writeFile(file, text(value));
        const out = join(folder, `mine-${expected[0]}`);
        const swept = await fprinciple(['sweep', file, '--seeds', '0..1', ...onQueue, '--out', out], { env });
        expect(swept.code, swept.stderr).toBe(0);
        const table = await fprinciple(['sweep', 'table', out, '--json']);
        expect(JSON.parse(table.stdout).runs.a).toEqual(expected);
      }
    } finally {
      await kill9(worker);
    }
  });

  it('without a worker: the command says so and waits', async () => {
    // Once: a second interruption ends the command without its last words.
    let interrupted = false;
    const stop = await fprinciple([...small, ...onQueue, '--out', join(folder, 'alone')], {
      env: environment(),
      during: (child, stderr) => {
        if (!interrupted && stderr.includes('no worker on queue')) interrupted = child.kill('SIGINT');
      },
    });
    expect([stop.code, stop.stderr]).toEqual([130, expect.stringContaining(`no worker on queue ${queueName()}`)]);
  });

  it('two commands at once, one of them interrupted: the other one ends with every result', async () => {
    const env = environment();
    const out = join(folder, 'twice');
    const expected = await undisturbed(folder);
    const worker = startFprinciple(['worker', '--lanes', '1'], { env });
    try {
      const first = startFprinciple([...plain.arguments, ...onQueue, '--batch', '10', '--out', out], { env });
      await until(out, 50, first);
      const second = fprinciple(['sweep', 'resume', out, ...onQueue, '--json'], { env });
      await until(out, 300, first);
      first.kill('SIGINT');
      await ended(first);
      const { code, stdout, stderr } = await second;
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ total: plain.total, done: plain.total, failed: 0 });
      expect(await outcomes(out)).toEqual(expected);
    } finally {
      await kill9(worker);
    }
  });
});

describe.skipIf(!hasRedis)('a queue behind TLS and a password', () => {
  it('works, and the password is nowhere to be seen', async () => {
    const ca = certificates(folder);
    const port = await freePort();
    const server = new RedisServer(join(folder, 'redis-tls'), port, password, [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', join(folder, 'server.crt'), '--tls-key-file', join(folder, 'server.key')],
      ...['--tls-ca-cert-file', ca],
    ]);
    await server.start();
    const redis = `rediss://:${password}@localhost:${port}`;
    const out = join(folder, 'tls');
    const options = ['--redis', redis, '--redis-ca', ca];
    const env = { ...process.env, FPRINCIPLE_REDIS: redis, FPRINCIPLE_REDIS_CA: ca };
    let said = '';
    const worker = startFprinciple(['worker', '--lanes', '1'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [worker.stdout!, worker.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    try {
      const stranger = await fprinciple([...small, ...onQueue, '--out', out, '--redis', redis]);
      expect([stranger.code, stranger.stderr]).toEqual([4, expect.stringMatching(/cannot be reached: .*certificate/)]);
      const plain = await fprinciple(['worker', '--redis', redis.replace('rediss', 'redis')]);
      expect([plain.code, plain.stderr]).toEqual([4, expect.stringContaining('cannot be reached')]);
      let lines = '';
      const swept = await fprinciple([...small, ...onQueue, '--out', out, ...options], {
        during: () => {
          lines += commandLines();
        },
      });
      expect(swept.code, swept.stderr).toBe(0);
      expect(JSON.parse((await fprinciple(['sweep', 'status', out, '--json'])).stdout)).toMatchObject({ done: 20 });
      expect(lines).toContain('worker');
      const status = await fprinciple(['sweep', 'status', out], { env });
      const logs = await fprinciple(['sweep', 'logs', out], { env });
      for (const { stdout, stderr } of [stranger, plain, swept, status, logs]) said += stdout + stderr;
      for (const file of await readdir(out, { recursive: true, withFileTypes: true })) {
        if (file.isFile()) said += await readFile(join(file.parentPath, file.name), 'utf8');
      }
      expect(said).toContain('localhost');
      expect(said + lines).not.toContain(password);
    } finally {
      await kill9(worker);
      await server.stop();
    }
  });
});

/** A certificate authority and a server's certificate for localhost, in `folder`. Gives the authority's file. */
function certificates(at: string): string {
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: at, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout'];
  openssl('req', '-x509', ...key, 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=An authority of this test');
  openssl(
    'req',
    ...key,
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.crt',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
  );
  return join(at, 'ca.crt');
}

/** What the list of processes shows of this package's. */
function commandLines(): string {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => /fprinciple|cli\/main/.test(line))
    .join('\n');
}
