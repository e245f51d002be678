// The same training in TensorFlow.js, from the same weights: npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm
import { createModel, mlp, trainBaseline } from 'fprinciple';

const x = Array.from({ length: 100 }, (_, i) => [-1 + i / 50]);
const y = x.map(([v]) => [Math.sin(6 * v)]);
const spec = mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' });
const training = {
  x,
  y,
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 2e-3 },
  steps: 200,
  record: { every: 50 },
  probes: { spectrum: { type: 'spectrum', points: x, target: y, frequencies: [6 / (2 * Math.PI)] } },
};

const ours = await createModel(spec, { seed: 3 }).train(training);
try {
  const theirs = await trainBaseline(spec, training, { engine: 'tfjs', seed: 3 });
  for (const [i, step] of ours.steps.entries()) {
    console.log('step', step, 'loss here', ours.loss[i], 'in TensorFlow.js', theirs.loss[i]);
  }
  console.log('milliseconds a step in TensorFlow.js:', theirs.millisecondsPerStep);
} catch (error) {
  if (error.code !== 'DATA_UNAVAILABLE') throw error;
  console.log(error.message);
}
