/** What whoever reaches the server of a queue can do, and cannot: jobs and results that nobody of this package has written. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDelivery, readJob } from '../src/sweeps/executors/delivery.js';
import { jobFormat, queueName, resultsKey } from '../src/sweeps/executors/queue.js';
import { connect, redisOptions } from '../src/sweeps/executors/redis.js';
import { words } from '../src/sweeps/executors/slurm.js';
import { planSweep } from '../src/sweeps/folder/open.js';
import { Store } from '../src/sweeps/folder/store.js';
import { kill9, pause } from './support/chaos.js';
import { fprinciple, startFprinciple } from './support/cli.js';
import { freePort, hasRedis, RedisServer } from './support/redis.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-trust-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a password with a bare % is refused in a sentence, without the password', () => {
  for (const redis of ['redis://:pa%ss@127.0.0.1', 'redis://us%er:x@127.0.0.1', 'redis://:100%@127.0.0.1']) {
    expect(() => redisOptions({ redis })).toThrow(/holds a % that begins no code: a percent sign is written %25/);
    expect(() => redisOptions({ redis })).not.toThrow(/pa%ss|us%er|100%@/);
  }
  expect(redisOptions({ redis: 'redis://:pa%25ss@127.0.0.1' }).password).toBe('pa%ss');
  expect(() => redisOptions({ redis: 'redis://127.0.0.1?password=x' })).toThrow('--redis: expected redis:');
});

it('options for sbatch are split as a shell does it', () => {
  const options = `--partition=long  --comment='two words' --constraint="a&b" --chdir=/a\\ b`;
  expect(words(options)).toEqual(['--partition=long', '--comment=two words', '--constraint=a&b', '--chdir=/a b']);
  expect(words('')).toEqual([]);
  expect(words(`a'b'"c \\" \\n"d ''`)).toEqual(['abc " \\nd', '']);
  for (const open of ["--comment='open", '--comment="open', 'a\\'])
    expect(() => words(open)).toThrow(/--sbatch: .*every quote closed/);
});

it.skipIf(!existsSync('/proc/self'))('a folder that holds no folders is refused at once', async () => {
  await expect(new Store('/proc/self/sweep').open()).rejects.toThrow(/cannot be written: .*ENOENT/);
});

describe('jobs as they are read', () => {
  const run = { id: 'a'.repeat(24), settings: {}, seed: 0 };
  const job = { format: jobFormat, sweep: 'b'.repeat(16), reference: 'training', preset: 'quick', runs: [run] };

  it('of this version, of another one, and none at all', () => {
    expect(readJob(job)).toEqual({ job });
    expect(readJob({ ...job, format: 99 })).toMatchObject({ other: { format: 99 } });
    for (const odd of [
      ...[null, 7, 'job', [], {}, { ...job, sweep: '../x' }, { ...job, preset: 'fast' }, { ...job, reference: 3 }],
      ...[
        { ...job, runs: [] },
        { ...job, runs: [{ ...run, id: '../../x' }] },
        { ...job, runs: [{ ...run, seed: -1 }] },
      ],
      ...[
        { ...job, runs: [{ ...run, settings: [] }] },
        { ...job, folder: 3 },
        { ...job, format: 99, sweep: 'a/b' },
      ],
    ])
      expect(readJob(odd), JSON.stringify(odd)).toEqual({ refused: expect.any(String) });
  });
});

describe('results as they are read', () => {
  it('are those of the run that was asked for, or are refused by the field that is not', async () => {
    const { subject, sweep, runs } = await planSweep({ parameters: { steps: 3 }, seeds: '0..1' });
    const [asked, other] = runs;
    if (!asked || !other) throw new Error('two runs were planned');
    const { performRun } = await import('../src/sweeps/folder/outcome.js');
    const preset = sweep.preset;
    const right = JSON.parse(JSON.stringify(await performRun({ subject, preset }, asked)));
    const open = new Map(runs.map((one) => [one.id, one]));
    const read = (outcome: unknown, more = {}) =>
      readDelivery(JSON.stringify({ outcome, ...more }), { subject, preset, open });
    expect(read(right)).toMatchObject({ outcome: { id: asked.id, result: { seed: 0 } } });
    const forged = (change: object) => ({ ...right, result: { ...right.result, ...change } });
    for (const [outcome, why] of [
      [forged({ id: '../../x' }), /./],
      [forged({ id: other.id }), /its result is of .*, not of/],
      [forged({ seed: 1 }), /its seed is not that/],
      [forged({ preset: 'paper' }), /its preset/],
      [forged({ experiment: 'sine-mixture' }), /its experiment/],
      [forged({ version: '9.9.9' }), /its version/],
      [forged({ parameters: { ...right.result.parameters, steps: 4 } }), /its parameters/],
      [forged({ metrics: { loss: 'small' } }), /./],
      [forged({ tables: { '../x': '' } }), /./],
      [forged({ status: 'fine' }), /./],
      [forged({ arrays: 'abc' }), /./],
      [{ ...right, id: '../../x' }, /./],
      [{ id: asked.id, error: 'none' }, /./],
    ] as const)
      expect(read(outcome), JSON.stringify(outcome).slice(0, 100)).toEqual({ refused: expect.stringMatching(why) });
    expect(read(right, { npz: 'not base64!' })).toEqual({ refused: expect.any(String) });
    for (const text of ['{', '', '7', 'null', '"x"', '[]', '{"committed":"../x"}'])
      expect(readDelivery(text, { subject, preset, open }), text).toEqual({ refused: expect.any(String) });
    const loud = read({ id: asked.id, error: { code: 'X', message: 'a\u001b[2Jb' } });
    expect(loud).toEqual({ outcome: { id: asked.id, error: { code: 'X', message: 'a[2Jb' } } });
  });
});

describe.skipIf(!hasRedis)('with a server that anybody reaches', { timeout: 240_000 }, () => {
  let server: RedisServer;
  let client: Redis;
  let worker: ChildProcess;
  let said = '';
  const env = () => ({ ...process.env, FPRINCIPLE_REDIS: server.url });
  const queues: Queue[] = [];
  const queueCalled = (name: string): Queue => {
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port: server.port, password: server.password } });
    queues.push(queue);
    return queue;
  };
  const heard = async (text: string | RegExp): Promise<void> => {
    for (let i = 0; i < 600 && said.search(text) < 0; i++) await pause(50);
    expect(said).toMatch(text);
  };
  const marker = () => join(folder, 'executed');
  const file = (name: string, run: string) => `import { defineExperiment } from 'fprinciple';
    import { writeFileSync } from 'node:fs';
    import { z } from 'zod';
    ${name === 'evil' ? `writeFileSync(${JSON.stringify(marker())}, '');` : ''}
    export default defineExperiment({ id: '${name}', title: 'Mine', source: 'test', parameters: z.object({}),
      presets: { quick: {}, paper: {} }, run: ({ seed }) => ${run} });`;

  beforeAll(async () => {
    server = new RedisServer(join(folder, 'redis'), await freePort(), 'a-secret-of-this-test');
    await server.start();
    client = await connect(redisOptions({ redis: server.url }));
    await writeFile(join(folder, 'mine.ts'), file('mine', '({ metrics: { seed } })'));
    await writeFile(join(folder, 'fails.ts'), file('fails', `{ throw new Error('it fails') }`));
    await writeFile(join(folder, 'evil.ts'), file('evil', '({})'));
    worker = startFprinciple(['worker', join(folder, 'mine.ts'), join(folder, 'fails.ts'), '--lanes', '2'], {
      env: env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    worker.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await heard(/2 lanes on queue \S+, \S+-mine, \S+-fails of/);
  });
  afterAll(async () => {
    if (worker) await kill9(worker);
    await Promise.all(queues.map((queue) => queue.close()));
    client?.disconnect();
    await server?.stop();
  });

  const answers = async (sweep: string): Promise<{ outcome: { error: { message: string } } }[]> => {
    for (let i = 0; i < 400 && (await client.llen(resultsKey(sweep))) === 0; i++) await pause(50);
    return (await client.lrange(resultsKey(sweep), 0, -1)).map((text) => JSON.parse(text));
  };

  it('no job makes a worker load a file that it was not given', async () => {
    const evil = join(folder, 'evil.ts');
    const { runs } = await planSweep({ experiment: 'circulant-layer' });
    const { id, settings, seed } = runs[0]!;
    for (const [i, [queue, reference]] of [
      [queueName(), evil],
      [queueName(undefined, 'mine'), evil],
      [queueName(), `${folder}/../${folder}/evil.ts`],
      [queueName(), './evil.ts'],
    ].entries()) {
      const sweep = `evil-${i}`;
      const job = { format: jobFormat, sweep, reference, preset: 'quick', runs: [{ id, settings, seed }] };
      await queueCalled(queue!).add('batch', job, { removeOnComplete: true });
      const [answer] = await answers(sweep);
      expect(answer?.outcome.error.message).toMatch(/this worker runs .*mine.ts/);
    }
    expect(existsSync(marker())).toBe(false);
  });

  it('no job has results written into a folder that is not its sweep’s', async () => {
    const { runs } = await planSweep({ parameters: { steps: 3 } });
    const { id, settings, seed } = runs[0]!;
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'identity'), 'another\n');
    const job = { format: jobFormat, sweep: 'folder', reference: 'training', preset: 'quick', folder: elsewhere };
    await queueCalled(queueName()).add('batch', { ...job, runs: [{ id, settings, seed }] }, { removeOnComplete: true });
    expect(await answers('folder')).toMatchObject([{ outcome: { id, result: { seed: 0 } } }]);
    expect(await readdir(elsewhere)).toEqual(['identity']);
  });

  it('what cannot be read is set aside, and the next command works; status counts it', async () => {
    const queue = queueCalled(queueName());
    for (const data of [
      null,
      7,
      [],
      { format: jobFormat, sweep: 's', reference: 'training', preset: 'quick', runs: [{ id: '../../x' }] },
    ])
      await queue.add('batch', data, { removeOnComplete: true });
    const broken = await queue.add('batch', {});
    await client.hset(`bull:${queue.name}:${broken.id}`, 'data', '{"format":');
    await queue.add('batch', {});
    const out = join(folder, 'aside');
    const store = new Store(out);
    await store.open();
    const sweep = await store.identity();
    const planned = await planSweep({ parameters: { steps: 3 }, seeds: '0..9' });
    const id = planned.runs[0]!.id;
    await client.rpush(resultsKey(sweep), '{', '[]', JSON.stringify({ outcome: { id, result: { id: '../../x' } } }));
    const args = ['sweep', 'training', '--set', 'steps=3', '--seeds', '0..9', '--executor', 'bullmq', '--out', out];
    const first = await fprinciple([...args, '--json'], { env: env() });
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ done: 10, failed: 0 });
    const status = JSON.parse((await fprinciple(['sweep', 'status', out, '--json'])).stdout);
    expect(status).toMatchObject({ done: 10, aside: expect.toSatisfy((n: number) => n >= 3) });
    const kept = await Promise.all(
      (await readdir(join(out, 'aside'))).map((name) => readFile(join(out, 'aside', name), 'utf8')),
    );
    expect(kept.map((text) => JSON.parse(text).what)).toContain('result');
    await heard(/is set aside/);
    // Nothing is left in the way: neither in the queue nor outside the folder.
    for (let i = 0; i < 200 && (await queue.getActiveCount()) + (await queue.getWaitingCount()) > 0; i++)
      await pause(50);
    expect([await queue.getActiveCount(), await queue.getWaitingCount()]).toEqual([0, 0]);
    expect((await readdir(folder)).filter((name) => /^x/.test(name))).toEqual([]);
  });

  it('a list of results that is no list is set aside', async () => {
    const out = join(folder, 'type');
    const store = new Store(out);
    await store.open();
    await client.set(resultsKey(await store.identity()), 'a text');
    const args = ['sweep', 'training', '--set', 'steps=3', '--seeds', '0..3', '--executor', 'bullmq', '--out', out];
    const { code, stdout, stderr } = await fprinciple([...args, '--json'], { env: env() });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ done: 4 });
  });

  it('a worker runs its own file, and every retry adds one job', async () => {
    const swept = await fprinciple(
      [
        'sweep',
        join(folder, 'mine.ts'),
        '--seeds',
        '0..3',
        '--executor',
        'bullmq',
        '--out',
        join(folder, 'own'),
        '--json',
      ],
      { env: env() },
    );
    expect(JSON.parse(swept.stdout)).toMatchObject({ done: 4, failed: 0 });
    const failing = await fprinciple(
      [
        ...[
          'sweep',
          join(folder, 'fails.ts'),
          '--seeds',
          '0..11',
          '--executor',
          'bullmq',
          '--batch',
          '1',
          '--retries',
          '1',
        ],
        ...['--out', join(folder, 'fails'), '--json'],
      ],
      { env: env() },
    );
    expect(JSON.parse(failing.stdout)).toMatchObject({ done: 0, failed: 12 });
    const events = await client.xrange(`bull:${queueName(undefined, 'fails')}:events`, '-', '+');
    const of = (name: string) => events.filter(([, fields]) => fields[fields.indexOf('event') + 1] === name).length;
    expect([of('added'), of('duplicated')]).toEqual([24, 0]);
  });
});
