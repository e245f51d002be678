// Watch a training by frequency: when does the error at each fall below a half?
import { createModel, mlp, passageStep } from 'fprinciple';

const x = Array.from({ length: 200 }, (_, i) => [-Math.PI + (2 * Math.PI * i) / 200]);
const y = x.map(([v]) => [Math.sin(v) + Math.sin(3 * v) + Math.sin(5 * v)]);
const angular = [1, 3, 5];

const model = createModel(mlp({ input: 1, hidden: [60, 60], output: 1, activation: 'tanh' }), { seed: 1 });
const history = await model.train({
  x,
  y,
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 2e-3 },
  steps: 3000,
  record: { log: 60 },
  probes: {
    spectrum: { type: 'spectrum', points: x, target: y, frequencies: angular.map((k) => k / (2 * Math.PI)) },
  },
});

// [records, frequencies], one row a record.
const { data } = history.probes.spectrum.relativeError;
for (const [j, k] of angular.entries()) {
  const error = history.steps.map((_, r) => data[r * angular.length + j]);
  console.log(`sin ${k}x is learnt after`, passageStep(history.steps, error, 0.5), 'steps');
}
