// Train a small network and use it: loss, predictions, a file that can be loaded again.
import { createModel, loadModel, mlp } from 'fprinciple';

const x = Array.from({ length: 200 }, (_, i) => [-Math.PI + (2 * Math.PI * i) / 200]);
const y = x.map(([v]) => [Math.sin(v) + Math.sin(3 * v)]);

const model = createModel(mlp({ input: 1, hidden: [60, 60], output: 1, activation: 'tanh' }), { seed: 1 });
const history = await model.train({
  x,
  y,
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 5e-3 },
  steps: 1000,
  record: { log: 8 },
});
for (const [i, step] of history.steps.entries()) console.log('step', step, 'loss', history.loss[i]);

model.save('trained.safetensors');
const { data } = await loadModel('trained.safetensors').predict([[1.5]]);
console.log('at 1.5:', data[0], 'expected', Math.sin(1.5) + Math.sin(4.5));
