// Many trainings on all cores; started again, it goes on where it was.
import { sweep } from 'fprinciple';

const losses = new Map();
for await (const run of sweep({
  training: { steps: 300, network: { input: 1, hidden: [40, 40], output: 1, activation: 'tanh' } },
  grid: { 'optimizer.learningRate': [1e-3, 5e-3] },
  seeds: '0..2',
  out: 'sweeps/example',
})) {
  if (run.status === 'failed') throw new Error(run.message);
  const rate = run.parameters.optimizer.learningRate;
  losses.set(rate, [...(losses.get(rate) ?? []), run.metrics.loss]);
}
for (const [rate, values] of losses) console.log('learning rate', rate, 'losses', values.join(' '));
