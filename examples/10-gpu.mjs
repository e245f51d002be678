// On an NVIDIA GPU where there is one (npm run build:cuda); many seeds of one network take their steps together there.
import { mlp, trainMany } from 'fprinciple';

const x = Array.from({ length: 201 }, (_, i) => [-1 + i / 100]);
const y = x.map(([v]) => [Math.sin(6 * v)]);
const shared = {
  spec: mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' }),
  x,
  y,
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 2e-3 },
  steps: 100,
  record: { at: [0] },
};
const runs = Array.from({ length: 16 }, (_, seed) => ({ seed }));
for (const device of ['cpu', 'cuda']) {
  try {
    const start = performance.now();
    const trained = await trainMany(runs, { ...shared, device });
    const took = performance.now() - start;
    console.log(device, 'milliseconds', took.toFixed(0), 'first loss', trained[0].history.loss.at(-1));
  } catch (error) {
    if (error.code !== 'CUDA_UNAVAILABLE') throw error;
    console.log('no GPU here:', error.message);
  }
}
