// Look at a training while it runs: in parts, each going on where the last one ended, to the bits of one long training.
import { createModel, mlp } from 'fprinciple';

const x = Array.from({ length: 100 }, (_, i) => [-1 + i / 50]);
const y = x.map(([v]) => [Math.sin(6 * v)]);
const spec = mlp({ input: 1, hidden: [40, 40], output: 1, activation: 'tanh' });
const training = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 5e-3 }, record: { every: 100 } };

async function* records(model, steps, part) {
  let resume;
  for (let done = 0; done < steps; done += part) {
    const history = await model.train({ ...training, steps: part, ...(resume && { resume }) });
    resume = history.state;
    // The last record of a part is the first of the next one.
    for (const [i, step] of history.steps.slice(0, -1).entries()) yield { step, loss: history.loss[i] };
  }
}

const model = createModel(spec, { seed: 2 });
for await (const { step, loss } of records(model, 600, 200)) console.log('step', step, 'loss', loss);

const whole = createModel(spec, { seed: 2 });
await whole.train({ ...training, steps: 600 });
const same = Buffer.from(model.parameters()['layers.0.weight'].data.buffer).equals(
  Buffer.from(whole.parameters()['layers.0.weight'].data.buffer),
);
console.log('same bits as one training:', same);
