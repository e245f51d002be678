// A training that ran anywhere, measured from its outputs at fixed points: here one of this package, saved and read back.
import { createModel, measure, mlp, readNpz } from 'fprinciple';

const x = Array.from({ length: 128 }, (_, i) => [i / 128]);
const y = x.map(([v]) => [Math.sin(2 * Math.PI * v) + Math.sin(6 * Math.PI * v)]);
const model = createModel(mlp({ input: 1, hidden: [60, 60], output: 1, activation: 'tanh' }), { seed: 1 });
const history = await model.train({
  x,
  y,
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 3e-3 },
  steps: 3000,
  record: { log: 60 },
  probes: { outputs: { type: 'outputs', points: x } },
});
history.save('run.npz');

// The same file as `fprinciple measure run.npz` takes; PyTorch, Keras and JAX write it too (fprinciple recorder).
const { steps, points, outputs, target } = readNpz('run.npz');
const { frequencies, passages } = await measure({ steps, points, outputs, target, level: 0.5 });
for (const [k, frequency] of frequencies.data.entries())
  console.log('frequency', frequency, 'learnt after', passages[k]);
