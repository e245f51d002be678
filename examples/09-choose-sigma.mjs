// Which encoding for this target? Kernels predict, short trainings verify; docs/choosing-sigma.md.
import { adviseFeatures, createModel } from 'fprinciple';

const x = Array.from({ length: 120 }, (_, i) => [i / 120]);
const y = x.map(([v]) => [Math.sin(2 * Math.PI * (3 * v + 9 * v * v))]);

const { choice, predictions, warnings } = await adviseFeatures({ x, y }, { budget: 5, hidden: [64, 64], steps: 500 });
for (const { name, error } of predictions.slice(0, 5)) console.log('predicted', name, error.toFixed(3));
for (const warning of warnings) console.log(warning);
console.log('chosen:', choice.name, 'at learning rate', choice.training.optimizer.learningRate);

// Its own training, on all samples: inputs and targets on the scales that it names.
const scaled = (rows, { offset, scale }) => rows.map((row) => row.map((v, c) => (v - offset[c]) / scale[c]));
const history = await createModel(choice.spec, { seed: choice.seed }).train({
  ...choice.training,
  x: scaled(x, choice.inputs),
  y: scaled(y, choice.outputs),
  record: { log: 10 },
});
console.log('loss', history.loss.at(-1));
