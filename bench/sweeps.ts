/**
 * What a sweep costs beside its work, in the compiled package (`npm run build:ts` first).
 *
 *   npx tsx bench/sweeps.ts throughput [runs] [turns]   1-40-40-1 tanh, 201 points, 1,000 Adam steps: sweep against trainMany
 *   npx tsx bench/sweeps.ts empty [runs]                milliseconds an empty run: in this process, in others, on a queue
 *
 * Results go to a folder of the system's temporary one (`TMPDIR` names another): how long its disk takes to make a file is
 * part of what is measured. The queue needs redis-server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kill9 } from '../test/support/chaos.js';
import { startFprinciple } from '../test/support/cli.js';
import { freePort, hasRedis, RedisServer } from '../test/support/redis.js';
import empty from './empty.js';

const built = new URL('../dist/', import.meta.url).href;
const { sweep } = (await import(`${built}index.js`)) as typeof import('../src/index.js');
const { resolveParameters } = (await import(
  `${built}experiment/parameters.js`
)) as typeof import('../src/experiment/parameters.js');
const { trainDescribed, training } = (await import(
  `${built}sweeps/training.js`
)) as typeof import('../src/sweeps/plan/training.js');

const [what = 'throughput', first, second] = process.argv.slice(2);
const out = await mkdtemp(join(tmpdir(), 'fprinciple-bench-'));

/** Seconds of the whole sweep, its start and end included, and until its first result. */
async function timed(list: ReturnType<typeof sweep>): Promise<{ all: number; start: number }> {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  let start = 0;
  for await (const run of list) {
    if (run.status !== 'completed') throw new Error(`a run is ${run.status}`);
    start ||= seconds();
  }
  return { all: seconds(), start };
}

/** In turns, each in the other order than the one before, so that a machine whose speed drifts is fair to both. */
async function throughput(runs: number, turns: number): Promise<void> {
  const parameters = resolveParameters(training.parameters, training.presets.quick) as Parameters<
    typeof trainDescribed
  >[0][number]['parameters'];
  await trainDescribed([{ parameters, seed: 0 }]);
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const from = turn * runs;
    const alone = async (): Promise<number> => {
      const begun = performance.now();
      await trainDescribed(Array.from({ length: runs }, (_, i) => ({ parameters, seed: from + i })));
      return (performance.now() - begun) / 1000;
    };
    const swept = async (): Promise<number> => {
      const seeds = `${from}..${from + runs - 1}`;
      return (await timed(sweep({ training: {}, seeds, out: join(out, String(turn)) }))).all;
    };
    const [a, b] = turn % 2 === 0 ? [await alone(), await swept()] : [await swept(), await alone()].reverse();
    ratios.push(a! / b!);
    const percent = ((100 * a!) / b!).toFixed(1);
    console.log(`${runs} runs: trainMany ${a!.toFixed(2)} s, sweep ${b!.toFixed(2)} s: ${percent} %`);
  }
  ratios.sort((p, q) => p - q);
  const middle = (ratios[Math.floor((turns - 1) / 2)]! + ratios[Math.ceil((turns - 1) / 2)]!) / 2;
  console.log(`median ${(100 * middle).toFixed(1)} %`);
}

async function overhead(runs: number): Promise<void> {
  const seeds = `0..${runs - 1}`;
  const file = fileURLToPath(new URL('empty.ts', import.meta.url));
  let folders = 0;
  const say = async (where: string, options: object): Promise<void> => {
    const given = { seeds, out: join(out, String(folders++)), ...options };
    const { all, start } = await timed(sweep(given as Parameters<typeof sweep>[0]));
    const [each, after] = [all / runs, (all - start) / (runs - 1)].map((s) => (1000 * s).toFixed(2));
    console.log(`${where}: ${each} ms a run in all; ${start.toFixed(2)} s to the first, ${after} ms a run after it`);
  };
  console.log(`${runs} empty runs`);
  await say('in this process', { experiment: empty });
  await say('in other processes', { experiment: file });
  const nothing = { steps: 1, network: { hidden: [1] }, data: { type: 'sines', points: 2 } };
  await say('trainings of one step', { training: nothing });
  if (!hasRedis) return;
  const server = new RedisServer(join(out, 'redis'), await freePort(), 'bench');
  await server.start();
  const worker = startFprinciple(['worker'], { env: { ...process.env, FPRINCIPLE_REDIS: server.url } });
  try {
    const queued = { executor: 'bullmq', redis: server.url };
    await timed(sweep({ experiment: file, seeds: '0..39', out: join(out, 'first'), ...queued } as never));
    await say('on a queue, its worker at work already', { experiment: file, ...queued });
    await say('on a queue, trainings of one step', { training: nothing, ...queued });
  } finally {
    await kill9(worker);
    await server.stop();
  }
}

if (what === 'throughput') await throughput(Number(first ?? 250), Number(second ?? 4));
else await overhead(Number(first ?? 1000));
await rm(out, { recursive: true, force: true });
