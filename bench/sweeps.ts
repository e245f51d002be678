/**
 * What a sweep costs beside its work.
 *
 *   npx tsx bench/sweeps.ts throughput [runs]   1-40-40-1 tanh, 201 points, 1,000 Adam steps: sweep against trainMany alone
 *   npx tsx bench/sweeps.ts empty [runs]        milliseconds an empty run
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { resolveParameters } from '../src/experiment/index.js';
import { defineExperiment, sweep } from '../src/index.js';
import { type TrainingParameters, trainDescribed, training } from '../src/sweeps/training.js';

const [what = 'throughput', count = '1000'] = process.argv.slice(2);
const runs = Number(count);
const out = await mkdtemp(join(tmpdir(), 'fprinciple-bench-'));
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const all = async (list: AsyncIterable<{ status: string }>): Promise<void> => {
  for await (const run of list) if (run.status !== 'completed') throw new Error(`a run is ${run.status}`);
};
const seeds = `0..${runs - 1}`;

if (what === 'throughput') {
  const parameters = resolveParameters(training.parameters, training.presets.quick) as TrainingParameters;
  const list = Array.from({ length: runs }, (_, seed) => ({ parameters, seed }));
  await trainDescribed(list.slice(0, 8));
  const alone = await seconds(() => trainDescribed(list));
  const swept = await seconds(() => all(sweep({ training: {}, seeds, out })));
  console.log(
    `${runs} runs: trainMany ${alone.toFixed(2)} s, sweep ${swept.toFixed(2)} s: ${((100 * alone) / swept).toFixed(1)} %`,
  );
} else {
  const empty = defineExperiment({
    id: 'empty',
    title: 'Nothing',
    source: 'bench',
    parameters: z.object({}),
    presets: { quick: {}, paper: {} },
    run: () => ({ metrics: { nothing: 0 } }),
  });
  const here = await seconds(() => all(sweep({ experiment: empty, seeds, out: join(out, 'here') })));
  console.log(`${runs} empty runs in this process: ${((1000 * here) / runs).toFixed(2)} ms each`);
}
await rm(out, { recursive: true, force: true });
