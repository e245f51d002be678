// Trainings in worker threads: the addon loads in each, and the bits do not depend on where they run.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createModel, mlp } from 'fprinciple';

async function lastLoss(seed) {
  const x = Array.from({ length: 100 }, (_, i) => [-1 + i / 50]);
  const y = x.map(([v]) => [Math.sin(6 * v)]);
  const model = createModel(mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' }), { seed });
  const optimizer = { type: 'adam', learningRate: 5e-3 };
  return (await model.train({ x, y, loss: 'mse', optimizer, steps: 300, threads: 1 })).loss.at(-1);
}

if (isMainThread) {
  const inWorker = (seed) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: seed });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  const losses = await Promise.all([0, 1].map(inWorker));
  for (const [seed, loss] of losses.entries()) {
    console.log('seed', seed, 'loss', loss, 'the same here:', loss === (await lastLoss(seed)));
  }
} else parentPort.postMessage(await lastLoss(workerData));
