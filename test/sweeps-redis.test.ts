import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { halved, undisturbed } from './support/chaos.js';
import { killCommand, killRedis, killWorker } from './support/chaos-redis.js';
import { freePort, hasRedis, RedisServer } from './support/redis.js';

if (!hasRedis && process.env.FPRINCIPLE_TEST_CLUSTERS)
  throw new Error('redis-server is not installed, and CI must not skip these tests');
if (!hasRedis) console.warn('redis-server is not installed: sweeps on a queue are not tested');

const password = 'a-secret-of-this-test';
let folder: string;
let server: RedisServer;
let expected: Map<string, string>;
let halvedExpected: Map<string, string> | undefined;

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

    it(`${name} of a halving: the same decisions, each result that of an undisturbed sweep`, {
      timeout: 300_000,
    }, async () => {
      halvedExpected ??= await undisturbed(folder, halved);
      await accident(join(folder, `halving-${name}`), halvedExpected, server, halved);
    });
  }
});
