// The tangent kernel of a network at its start, and what it says of the training that follows.
import { compareWithNtk, createModel, eigh, empiricalNtk, mlp } from 'fprinciple';

const x = Array.from({ length: 32 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 32;
  return [Math.cos(angle), Math.sin(angle)];
});
const y = x.map(([c, s]) => [c + 2 * c * s]);
const spec = mlp({ input: 2, hidden: [512, 512], output: 1, activation: 'relu', parameterization: 'ntk' });

const { values } = await eigh(await empiricalNtk(createModel(spec, { seed: 0 }), x));
console.log(
  'largest eigenvalues',
  [...values.data.slice(-5)]
    .reverse()
    .map((v) => v.toPrecision(3))
    .join(' '),
);

const { steps, predicted, measured } = await compareWithNtk(
  createModel(spec, { seed: 0 }),
  { x, y },
  { learningRate: 0.5, steps: 100, records: 5 },
);
const top = predicted.shape[1] - 1;
for (const [r, step] of steps.entries()) {
  const at = r * predicted.shape[1] + top;
  console.log('step', step, 'first mode predicted', predicted.data[at], 'measured', measured.data[at]);
}
