/**
 * kill -9 at random moments of a sweep of 1,000 runs: what is left after `resume`.
 *
 *   npm run chaos                      every accident 20 times, the outcome into bench/chaos.json
 *   npx tsx bench/chaos.ts killRedis 5     one of them, 5 times, written nowhere
 *
 * Needs redis-server; for killNode also slurm-wlm and munge, as root.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisEngine } from '../src/sweeps/plan.js';
import { undisturbed } from '../test/support/chaos.js';
import { killCommand, killRedis, killWorker } from '../test/support/chaos-redis.js';
import { killNode } from '../test/support/chaos-slurm.js';
import { freePort, RedisServer } from '../test/support/redis.js';
import { SlurmCluster } from '../test/support/slurm.js';

const [only, count = '20'] = process.argv.slice(2);
const times = Number(count);
const folder = await mkdtemp(join(tmpdir(), 'fprinciple-chaos-'));
const expected = await undisturbed(folder);
const outcome: Record<string, { times: number; whole: number; failures: string[] }> = {};

async function repeat(name: string, accident: (out: string) => Promise<string>): Promise<void> {
  const found = { times, whole: 0, failures: [] as string[] };
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    try {
      const what = await accident(join(folder, `${name}-${i}`));
      found.whole++;
      console.log(`${name} ${i + 1}: ${what}, whole after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      found.failures.push((error as Error).message);
      console.log(`${name} ${i + 1}: FAILED: ${(error as Error).message}`);
    }
  }
  outcome[name] = found;
}

const onQueue = { killWorker, killCommand, killRedis };
if (only === undefined || only in onQueue) {
  const server = new RedisServer(join(folder, 'redis'), await freePort(), 'chaos');
  await server.start();
  for (const [name, accident] of Object.entries(onQueue)) {
    if (only === undefined || only === name) await repeat(name, (out) => accident(out, expected, server));
  }
  await server.stop();
}
if (only === undefined || only === 'killNode') {
  const cluster = new SlurmCluster(join(folder, 'cluster'));
  await cluster.start();
  await repeat('killNode', (out) => killNode(out, expected, cluster));
  await cluster.stop();
}
await rm(folder, { recursive: true, force: true });
if (only === undefined) {
  const record = { date: new Date().toISOString().slice(0, 10), processor: cpus()[0]?.model, ...thisEngine(), outcome };
  await writeFile(new URL('chaos.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
}
