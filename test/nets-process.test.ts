/** What a training does to its process: it can be ended at any time, stays responsive, shares with threads, leaks nothing. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createModel, mlp } from '../src/index.js';
import { runScript, withScript } from './support/script.js';

const setUp = `
import { createModel, mlp, trainMany } from 'fprinciple';
const spec = mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' });
const x = Array.from({ length: 201 }, (_, i) => [i / 100 - 1]);
const y = x.map(([v]) => [Math.sin(5 * v)]);
const common = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 1e-3 }, record: { log: 4 } };
`;
const endless = 'steps: 1e9';
const saying = `onProgress: () => { if (!globalThis.said) { globalThis.said = true; console.log('training'); } }`;
const trainings = {
  train: `createModel(spec, { seed: 1 }).train({ ...common, ${endless}, threads: 2, ${saying} })`,
  trainMany: `trainMany([0, 1, 2].map((seed) => ({ spec, seed })), { ...common, ${endless}, ${saying} })`,
};

describe('a process that ends while it trains', () => {
  for (const [name, training] of Object.entries(trainings)) {
    it(`${name}: process.exit in the middle gives its exit code, no crash`, { timeout: 60_000 }, async () => {
      const script = `${setUp} ${training}; setInterval(() => globalThis.said && process.exit(7), 20);`;
      const { code, signal, stderr, seconds } = await runScript(script);
      expect([code, signal, stderr]).toEqual([7, null, '']);
      expect(seconds).toBeLessThan(20);
    });

    it(`${name}: SIGTERM ends it at once, and a handler of the program's own too`, { timeout: 60_000 }, async () => {
      const kill = { onWord: (child: { kill(signal: 'SIGTERM'): void }) => child.kill('SIGTERM') };
      const killed = await runScript(`${setUp} ${training};`, kill);
      expect([killed.signal, killed.stderr]).toEqual(['SIGTERM', '']);
      const handler = `process.once('SIGTERM', () => process.exit(5));`;
      const handled = await runScript(`${setUp} ${handler} ${training};`, kill);
      expect([handled.code, handled.signal, handled.stderr]).toEqual([5, null, '']);
      expect(killed.seconds + handled.seconds).toBeLessThan(40);
    });
  }
});

const x = Array.from({ length: 201 }, (_, i) => [i / 100 - 1]);
const y = x.map(([v]) => [Math.sin(5 * v!)]);
const spec = mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' });
const common = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 1e-3 }, record: { log: 4 } } as const;

describe('a process that trains', () => {
  it('keeps its event loop: a timer of 10 ms goes on firing, an abort ends the training', async () => {
    const ticks = [performance.now()];
    const timer = setInterval(() => ticks.push(performance.now()), 10);
    const training = createModel(spec, { seed: 1 }).train({ ...common, steps: 1e9, signal: AbortSignal.timeout(1500) });
    await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
    clearInterval(timer);
    const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
    // 150 fit, none where the training keeps the event loop; a machine that is busy with other things lets some of them through.
    expect(gaps.length).toBeGreaterThan(20);
  });

  it('in two threads at once gives each the bits of a training alone', { timeout: 60_000 }, async () => {
    const model = createModel(spec, { seed: 3 });
    const { loss } = await model.train({ ...common, steps: 400 });
    // A thread does not inherit the loader of TypeScript.
    const script = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
      import { parentPort } from 'node:worker_threads';
      register();
      ${setUp.replace(/import (.*) from ('fprinciple');/, 'const $1 = await import($2);')}
      const { loss } = await createModel(spec, { seed: 3 }).train({ ...common, steps: 400 });
      parentPort.postMessage(loss);`;
    await withScript(script, async (path) => {
      const one = () =>
        new Promise((resolve, reject) => {
          new Worker(path).once('message', resolve).once('error', reject);
        });
      expect(await Promise.all([one(), one()])).toEqual([loss, loss]);
    });
  });

  it('1,000 times does not grow: trained, aborted and refused', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await runScript(
      `${setUp}
      const wide = mlp({ input: 1, hidden: [64, 64], output: 1, activation: 'tanh' });
      const megabytes = [];
      for (let i = 1; i <= 1000; i++) {
        const model = createModel(wide, { seed: i });
        await model.train({ ...common, steps: 3, threads: i % 10 === 0 ? 2 : 1 });
        await model.train({ ...common, steps: 3, signal: AbortSignal.abort() }).catch(() => undefined);
        await model.train({ ...common, y: [[1]], steps: 3 }).catch(() => undefined);
        await model.predict(x);
        if (i % 100 === 0) {
          gc();
          megabytes.push(process.memoryUsage.rss() / 1e6);
        }
      }
      console.log(JSON.stringify(megabytes));`,
      { options: ['--expose-gc'] },
    );
    expect([code, stderr]).toEqual([0, '']);
    const megabytes = JSON.parse(stdout) as number[];
    // One model with its optimiser, 4,353 parameters and 201 samples, takes about a megabyte while it trains: a leak of
    // a tenth of one each time would make 80 between the second hundred and the last.
    expect(megabytes.at(-1)! - megabytes[1]!).toBeLessThan(60);
  });
});
