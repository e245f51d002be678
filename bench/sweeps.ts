/**
 * What a sweep costs beside its work.
 *
 *   npx tsx bench/sweeps.ts throughput [runs]   1-40-40-1 tanh, 201 points, 1,000 Adam steps: sweep against trainMany alone
 *   npx tsx bench/sweeps.ts empty [runs]        milliseconds an empty run: in this process, in others, on a queue (redis-server)
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveParameters } from '../src/experiment/index.js';
import { type SweepRun, sweep } from '../src/index.js';
import { type TrainingParameters, trainDescribed, training } from '../src/sweeps/training.js';
import { kill9 } from '../test/support/chaos.js';
import { startFprinciple } from '../test/support/cli.js';
import { freePort, hasRedis, RedisServer } from '../test/support/redis.js';
import empty from './empty.js';

const [what = 'throughput', count = '1000'] = process.argv.slice(2);
const runs = Number(count);
const out = await mkdtemp(join(tmpdir(), 'fprinciple-bench-'));
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const all = async (list: AsyncIterable<SweepRun<unknown>>): Promise<void> => {
  for await (const run of list) if (run.status !== 'completed') throw new Error(`a run is ${run.status}`);
};

/** In turns, so that a machine whose speed drifts is fair to both. Every turn is a whole sweep, its start and end included. */
async function throughput(): Promise<void> {
  const turns = 4;
  const each = Math.ceil(runs / turns);
  const parameters = resolveParameters(training.parameters, training.presets.quick) as TrainingParameters;
  await trainDescribed([{ parameters, seed: 0 }]);
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const first = turn * each;
    const list = Array.from({ length: each }, (_, i) => ({ parameters, seed: first + i }));
    const alone = await seconds(() => trainDescribed(list));
    const seeds = `${first}..${first + each - 1}`;
    const swept = await seconds(() => all(sweep({ training: {}, seeds, out: join(out, String(turn)) })));
    ratios.push(alone / swept);
    const percent = ((100 * alone) / swept).toFixed(1);
    console.log(`${each} runs: trainMany ${alone.toFixed(2)} s, sweep ${swept.toFixed(2)} s: ${percent} %`);
  }
  const [a = 0, b = 0] = ratios.sort((p, q) => p - q).slice(turns / 2 - 1);
  console.log(`median ${(50 * (a + b)).toFixed(1)} %`);
}

async function overhead(): Promise<void> {
  const seeds = `0..${runs - 1}`;
  const file = fileURLToPath(new URL('empty.ts', import.meta.url));
  const say = (where: string, took: number): void =>
    console.log(`${runs} empty runs ${where}: ${((1000 * took) / runs).toFixed(2)} ms each`);
  say('in this process', await seconds(() => all(sweep({ experiment: empty, seeds, out: join(out, 'here') }))));
  say('in other processes', await seconds(() => all(sweep({ experiment: file, seeds, out: join(out, 'others') }))));
  const nothing = { steps: 1, network: { hidden: [1] }, data: { type: 'sines', points: 2 } } as const;
  say(
    'as trainings of one step',
    await seconds(() => all(sweep({ training: nothing, seeds, out: join(out, 'steps') }))),
  );
  if (!hasRedis) return;
  const server = new RedisServer(join(out, 'redis'), await freePort(), 'bench');
  await server.start();
  const worker = startFprinciple(['worker'], { env: { ...process.env, FPRINCIPLE_REDIS: server.url } });
  try {
    const queued = { executor: 'bullmq', redis: server.url } as const;
    await all(sweep({ experiment: file, seeds: '0..39', out: join(out, 'first'), ...queued }));
    const swept = sweep({ experiment: file, seeds, out: join(out, 'queue'), ...queued });
    say('on a queue, its worker at work already', await seconds(() => all(swept)));
    const trained = sweep({ training: nothing, seeds, out: join(out, 'queued-steps'), ...queued });
    say('on a queue, as trainings of one step', await seconds(() => all(trained)));
  } finally {
    await kill9(worker);
    await server.stop();
  }
}

await (what === 'throughput' ? throughput() : overhead());
await rm(out, { recursive: true, force: true });
