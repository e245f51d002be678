/**
 * kill -9 at random moments of sweeps: what is left after `resume`.
 *
 *   npm run chaos                  every accident 20 times, on a fresh bench/chaos.json
 *   npm run chaos -- redis 5       one of them 5 times more, added to what bench/chaos.json holds
 *
 * Accidents: `local` (the command, runs on its own machine), `folder` (one of two workers on a folder), `worker`, `command` and
 * `redis` (runs on a queue), `node` (runs on Slurm); and `halving-...` of each: a sweep of 430 runs whose results decide which
 * are done. Needs redis-server; for `node` also slurm-wlm and munge, as root.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisEngine } from '../src/sweeps/plan/plan.js';
import { halved, killFolderWorker, killLocal, plain, undisturbed } from '../test/support/chaos.js';
import { killCommand, killRedis, killWorker } from '../test/support/chaos-redis.js';
import { killNode } from '../test/support/chaos-slurm.js';
import { freePort, RedisServer } from '../test/support/redis.js';
import { SlurmCluster } from '../test/support/slurm.js';

interface Outcome {
  times: number;
  /** How often the sweep was whole afterwards: every result once, each that of an undisturbed sweep. */
  whole: number;
  failures: string[];
  /** Results that were there when something was killed. */
  killedAt: string;
}

const onQueue = { worker: killWorker, command: killCommand, redis: killRedis };
const here = { local: killLocal, folder: killFolderWorker };
const single = [...Object.keys(here), ...Object.keys(onQueue), 'node'];
const kinds = [...single, ...single.map((kind) => `halving-${kind}`)];
const [only, count = '20'] = process.argv.slice(2);
const times = Number(count);
if ((only !== undefined && !kinds.includes(only)) || !(times >= 1)) {
  throw new Error(`expected one of ${kinds.join(', ')} and a number of times, got ${process.argv.slice(2).join(' ')}`);
}

const record = new URL('chaos.json', import.meta.url);
const outcomes: Record<string, Outcome> = only === undefined ? {} : await earlier();
const folder = await mkdtemp(join(tmpdir(), 'fprinciple-chaos-'));
const sweeps = [
  { before: '', chaos: plain, expected: await undisturbed(folder) },
  { before: 'halving-', chaos: halved, expected: await undisturbed(folder, halved) },
];

async function earlier(): Promise<Record<string, Outcome>> {
  const text = await readFile(record, 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { outcomes?: Record<string, Outcome> }).outcomes ?? {};
}

async function repeat(kind: string, accident: (out: string) => Promise<number>): Promise<void> {
  outcomes[kind] ??= { times: 0, whole: 0, failures: [], killedAt: '' };
  const outcome = outcomes[kind];
  for (let i = 0; i < times; i++) {
    const out = join(folder, `${kind}-${i}`);
    const start = performance.now();
    outcome.times++;
    try {
      const at = await accident(out);
      outcome.whole++;
      outcome.killedAt = `${outcome.killedAt} ${at}`.trim();
      console.log(
        `${kind} ${i + 1}: killed at ${at}, whole after ${((performance.now() - start) / 1000).toFixed(1)} s`,
      );
    } catch (error) {
      outcome.failures.push((error as Error).message);
      console.log(`${kind} ${i + 1}: FAILED: ${(error as Error).message}`);
    }
    await rm(out, { recursive: true, force: true });
    // After every one: whatever ends this process, what was done is known.
    const machine = { processor: cpus()[0]?.model, cores: cpus().length };
    const entry = { date: new Date().toISOString().slice(0, 10), ...machine, ...thisEngine(), outcomes };
    await writeFile(record, `${JSON.stringify(entry, null, 2)}\n`);
  }
}

const wanted = (kind: string): boolean => only === undefined || only === kind;

for (const { before, chaos, expected } of sweeps) {
  const every = <T>(accidents: Record<string, T>) =>
    Object.entries(accidents)
      .map(([kind, accident]) => [before + kind, accident] as const)
      .filter(([kind]) => wanted(kind));
  for (const [kind, accident] of every(here)) await repeat(kind, (out) => accident(out, expected, chaos));
  if (every(onQueue).length > 0) {
    const server = new RedisServer(join(folder, `${before}redis`), await freePort(), 'chaos');
    await server.start();
    for (const [kind, accident] of every(onQueue)) await repeat(kind, (out) => accident(out, expected, server, chaos));
    await server.stop();
  }
  if (wanted(`${before}node`)) {
    const cluster = new SlurmCluster(join(folder, `${before}cluster`));
    await cluster.start();
    await repeat(`${before}node`, (out) => killNode(out, expected, cluster, chaos));
    await cluster.stop();
  }
}
await rm(folder, { recursive: true, force: true });
if (Object.values(outcomes).some(({ failures }) => failures.length > 0)) process.exitCode = 1;
