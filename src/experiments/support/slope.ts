/** Gradients of a training against differences of its loss. */

import type { NdArray } from '../../core/ndarray.js';
import { required } from '../../core/options.js';
import { createModel, type LossSpec, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry } from './arrays.js';

export interface GradientCheck {
  spec: NetworkSpec;
  x: NdArray;
  y?: NdArray;
  loss: LossSpec;
  seed: number;
}

/** Length of the longer difference. */
const SIZE = 1e-5;

/** Relative difference between the slope of a loss along a random direction by its gradient and by central differences (Richardson's of two). */
export async function gradientError({ spec, x, y, loss, seed }: GradientCheck): Promise<number> {
  const model = createModel(spec, { seed, dtype: 'f64' });
  const start = model.parameters();
  const rate = 1e-3;
  const step = { x, ...(y && { y }), loss, steps: 1 } as const;
  const lossAt = async (): Promise<number> => {
    const history = await model.train({ ...step, optimizer: { type: 'sgd', learningRate: 0 } });
    return entry(history.loss, 0);
  };
  await model.train({ ...step, optimizer: { type: 'sgd', learningRate: rate } });
  const after = model.parameters();
  const arrays = Object.entries(start).map(([name, { data, shape }]) => ({
    name,
    data,
    shape,
    direction: gaussianNoise(data.length, { seed, stream: `direction of ${name}` }).data,
  }));
  let slope = 0;
  for (const { name, data, direction } of arrays) {
    const moved = required(after[name], name).data;
    for (const [i, v] of data.entries()) slope += ((v - entry(moved, i)) / rate) * entry(direction, i);
  }
  const centralDifference = async (size: number): Promise<number> => {
    const lossBeside = (shift: number): Promise<number> => {
      const shifted = arrays.map(({ name, data, shape, direction }) => [
        name,
        { data: data.map((v, i) => v + shift * entry(direction, i)), shape },
      ]);
      model.setParameters(Object.fromEntries(shifted));
      return lossAt();
    };
    const above = await lossBeside(size);
    return (above - (await lossBeside(-size))) / (2 * size);
  };
  // Two sizes, of which the error in size^2 cancels: near a small amplitude the loss of its phase bends sharply.
  const measured = (4 * (await centralDifference(SIZE / 2)) - (await centralDifference(SIZE))) / 3;
  return Math.abs(slope - measured) / Math.abs(measured);
}
