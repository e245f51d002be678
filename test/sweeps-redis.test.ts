import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueName, resultsKey, sweepKey } from '../src/sweeps/queue.js';
import { connect, queueConnection, redisOptions } from '../src/sweeps/redis.js';
import { Store } from '../src/sweeps/store.js';
import { kill9, undisturbed, until } from './support/chaos.js';
import { killCommand, killRedis, killWorker } from './support/chaos-redis.js';
import { fprinciple, startFprinciple } from './support/cli.js';
import { freePort, hasRedis, RedisServer } from './support/redis.js';

if (!hasRedis && process.env.FPRINCIPLE_TEST_CLUSTERS)
  throw new Error('redis-server is not installed, and CI must not skip these tests');
if (!hasRedis) console.warn('redis-server is not installed: sweeps on a queue are not tested');

const password = 'a-secret-of-this-test';
let folder: string;
let server: RedisServer;
let expected: Map<string, string>;

describe.skipIf(!hasRedis)('a sweep on a queue', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fprinciple-redis-'));
    server = new RedisServer(join(folder, 'redis'), await freePort(), password);
    await server.start();
    expected = await undisturbed(folder);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [name, accident] of Object.entries({ killWorker, killCommand, killRedis })) {
    it(`${name}, three times: exactly 1,000 results, each that of an undisturbed sweep`, {
      timeout: 600_000,
    }, async () => {
      for (let i = 0; i < 3; i++) await accident(join(folder, `${name}-${i}`), expected, server);
    });
  }

  it('comes back through a shared folder too; a run that fails keeps its error; the password is nowhere', async () => {
    const env = { ...process.env, FPRINCIPLE_REDIS: server.url };
    const log = join(folder, 'worker.log');
    const { openSync } = await import('node:fs');
    const worker = startFprinciple(['worker'], { env, stdio: ['ignore', 'ignore', openSync(log, 'w')] });
    try {
      const out = join(folder, 'shared');
      const args = ['sweep', 'training', '--set', 'steps=20', '--grid', 'loss=mse,nonsense', '--seeds', '0..4'];
      const ran = await fprinciple([...args, '--executor', 'bullmq', '--shared', '--retries', '1', '--out', out], {
        env,
      });
      expect(ran.stdout).toContain('5 of 10 runs done, 5 failed');
      const status = await fprinciple(['sweep', 'status', out], { env });
      const logs = await fprinciple(['sweep', 'logs', out], { env });
      expect(logs.stdout).toMatch(/failed after 2 attempts: .*nonsense/);
      const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
      for (const text of [...texts, ran.stdout, ran.stderr, status.stdout, logs.stdout, await readFile(log, 'utf8')]) {
        expect(text).not.toContain(password);
      }
      expect(await readFile(log, 'utf8')).toContain(`127.0.0.1:${server.port}`);
    } finally {
      await kill9(worker);
    }
  });

  it('says at once when the server is not there, and when the password is wrong', async () => {
    const args = ['sweep', 'training', '--executor', 'bullmq', '--out', join(folder, 'none')];
    const port = await freePort();
    const absent = await fprinciple([...args, '--redis', `redis://:${password}@127.0.0.1:${port}`]);
    expect([absent.code, absent.stderr]).toEqual([
      4,
      expect.stringContaining(`redis://127.0.0.1:${port} cannot be reached`),
    ]);
    const wrong = await fprinciple([...args, '--redis', `redis://:wrong-one@127.0.0.1:${server.port}`]);
    expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringContaining('WRONGPASS')]);
    expect(absent.stderr + wrong.stderr).not.toMatch(/wrong-one|a-secret/);
    const nowhere = await fprinciple(args, { env: { FPRINCIPLE_REDIS: '' } });
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('--redis')]);
  });

  it("another version's job is refused with a clear error, another version's queue never met", async () => {
    const env = { ...process.env, FPRINCIPLE_REDIS: server.url };
    const address = redisOptions({ redis: server.url });
    const queue = new Queue(queueName(), { connection: queueConnection(address) });
    const client = await connect(address);
    const worker = startFprinciple(['worker'], { env });
    try {
      const sweep = sweepKey(new Store(join(folder, 'other')));
      const run = { id: 'f'.repeat(24), settings: { steps: 5 }, seed: 0 };
      const job = { sweep, reference: 'training', preset: 'quick', runs: [run] };
      await queue.add('batch', { ...job, format: 99 });
      await queue.add('batch', { ...job, format: 1 });
      const errors: string[] = [];
      while (errors.length < 2) {
        const text = await client.lpop(resultsKey(sweep));
        if (text) errors.push(JSON.parse(text).outcome.error.message);
      }
      expect(errors.sort()[0]).toMatch(/planned by another version/);
      expect(errors.sort()[1]).toMatch(/format 99.*another version/);
    } finally {
      await kill9(worker);
      await queue.close();
      client.disconnect();
    }
  });

  it('TLS, with a password: the server is checked against its authority', async () => {
    const ssl = (...args: string[]) => expect(spawnSync('openssl', args, { cwd: folder }).status).toBe(0);
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    ssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '2',
      ...subject,
    );
    const port = await freePort();
    const files = ['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem', '--tls-ca-cert-file', 'cert.pem'].map(
      (v) => (v.endsWith('.pem') ? join(folder, v) : v),
    );
    const tls = new RedisServer(join(folder, 'tls'), port, password, [
      '--port',
      '0',
      '--tls-port',
      String(port),
      '--tls-auth-clients',
      'no',
      ...files,
    ]);
    await tls.start();
    const env = {
      ...process.env,
      FPRINCIPLE_REDIS: `rediss://:${password}@127.0.0.1:${port}`,
      FPRINCIPLE_REDIS_CA: join(folder, 'cert.pem'),
    };
    const worker = startFprinciple(['worker'], { env });
    try {
      const out = join(folder, 'over-tls');
      const args = ['sweep', 'training', '--set', 'steps=10', '--seeds', '0..9', '--executor', 'bullmq', '--out', out];
      const ran = await fprinciple(args, { env });
      expect(ran.stdout).toContain('10 of 10 runs done');
      const unchecked = await fprinciple([...args.slice(0, -1), join(folder, 'unchecked')], {
        env: { ...env, FPRINCIPLE_REDIS_CA: '' },
      });
      expect([unchecked.code, unchecked.stderr]).toEqual([4, expect.stringMatching(/self.signed certificate/i)]);
    } finally {
      await kill9(worker);
      await tls.stop();
    }
  });

  it('cancel takes back what waits, and the command stops', async () => {
    const env = { ...process.env, FPRINCIPLE_REDIS: server.url };
    const out = join(folder, 'cancelled');
    // Nobody works: every job waits.
    const command = startFprinciple(['sweep', 'training', '--seeds', '0..99', '--executor', 'bullmq', '--out', out], {
      env,
    });
    const queue = new Queue(queueName(), { connection: queueConnection(redisOptions({ redis: server.url })) });
    while ((await queue.getWaitingCount()) === 0) await until(out, 0, command);
    expect((await fprinciple(['sweep', 'cancel', out], { env })).code).toBe(0);
    expect(await new Promise((resolve) => command.once('exit', resolve))).toBe(130);
    expect(await queue.getWaitingCount()).toBe(0);
    await queue.close();
  });
});
