/**
 * What a formula costs beside the built-in that it equals: seconds a step of whole trainings, in pairs that take turns, the
 * median of the pairs' ratios with its quartiles. A formula is to cost at most 1.3 times the built-in, and at most 2 times where
 * it is written in another way.
 */
import { cpus } from 'node:os';
import { createModel, type LayerSpec, type LossSpec, type NetworkSpec, type TrainOptions } from '../src/index.js';

const PAIRS = 15;

interface Side {
  spec: NetworkSpec;
  training: Partial<TrainOptions> & { x: TrainOptions['x']; loss: LossSpec };
}

const noise = (length: number): Float32Array => {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
};
const network = (input: number, width: number, depth: number, activation: LayerSpec): NetworkSpec => ({
  input,
  layers: [
    ...Array.from({ length: depth }, () => [{ type: 'dense', units: width } as const, activation]).flat(),
    { type: 'dense', units: 1 },
  ],
});
const tanh: LayerSpec = { type: 'activation', fn: 'tanh' };
const formula = (f: string): LayerSpec => ({ type: 'activation', fn: 'expression', f });

const [samples, points] = [1000, 2000];
const values = { x: { data: noise(samples), shape: [samples, 1] }, y: { data: noise(samples), shape: [samples, 1] } };
const plane = { data: noise(2 * points), shape: [points, 2] };
const regression = (activation: LayerSpec, loss: LossSpec): Side => ({
  spec: network(1, 40, 3, activation),
  training: { ...values, loss },
});
const burgers: LossSpec = { type: 'residual', variables: ['x', 't'], equation: 'u_t + u * u_x - 0.01 * u_xx' };
const pinn = (activation: LayerSpec, loss: LossSpec): Side => ({
  spec: network(2, 50, 4, activation),
  training: { x: plane, loss },
});

const huber = 'min(abs(h - y), 1) * (abs(h - y) - min(abs(h - y), 1) / 2)';
const rows: [string, Side, Side, number][] = [
  ['tanh', regression(formula('tanh(x)'), 'mse'), regression(tanh, 'mse'), 1.3],
  ['tanh written otherwise', regression(formula('1 - 2 / (1 + exp(2 * x))'), 'mse'), regression(tanh, 'mse'), 2],
  ['silu', regression(formula('x * sigmoid(x)'), 'mse'), regression({ type: 'activation', fn: 'silu' }, 'mse'), 1.3],
  ['Huber', regression(tanh, { type: 'expression', loss: huber }), regression(tanh, 'huber'), 1.3],
  ['mse', regression(tanh, { type: 'expression', loss: '(h - y)^2' }), regression(tanh, 'mse'), 1.3],
  ["Burgers' equation with tanh as a formula", pinn(formula('tanh(x)'), burgers), pinn(tanh, burgers), 1.3],
];

async function seconds({ spec, training }: Side, steps: number): Promise<number> {
  const model = createModel(spec, { seed: 1 });
  const start = performance.now();
  await model.train({
    ...training,
    optimizer: { type: 'adam', learningRate: 1e-3 },
    steps,
    threads: 1,
    record: { at: [0] },
  });
  return (performance.now() - start) / 1000 / steps;
}

console.log(`${cpus()[0]?.model}, one thread; time of a step, formula by built-in, ${PAIRS} pairs`);
for (const [name, own, builtIn, limit] of rows) {
  const steps = Math.max(5, Math.ceil(0.2 / (await seconds(builtIn, 5))));
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // Who goes first alternates.
    const order = pair % 2 === 0 ? [own, builtIn] : [builtIn, own];
    const [first, second] = [await seconds(order[0]!, steps), await seconds(order[1]!, steps)];
    ratios.push(pair % 2 === 0 ? first / second : second / first);
  }
  ratios.sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.floor(share * (PAIRS - 1))]!.toFixed(2);
  console.log(`${name}: ${at(0.5)} (${at(0.25)} to ${at(0.75)}), at most ${limit}`);
}
