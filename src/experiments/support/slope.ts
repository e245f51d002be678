/** Gradients of a training against differences of its loss. */
import type { NdArray } from '../../core/ndarray.js';
import { createModel, type LossSpec, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';

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
    return history.loss[0]!;
  };
  await model.train({ ...step, optimizer: { type: 'sgd', learningRate: rate } });
  const after = model.parameters();
  let slope = 0;
  const direction = Object.fromEntries(
    Object.entries(start).map(([name, { data }]) => {
      return [name, gaussianNoise(data.length, { seed, stream: `direction of ${name}` }).data];
    }),
  );
  for (const [name, { data }] of Object.entries(start))
    data.forEach((v, i) => {
      slope += ((v - after[name]!.data[i]!) / rate) * direction[name]![i]!;
    });
  const centralDifference = async (size: number): Promise<number> => {
    const losses: number[] = [];
    for (const sign of [1, -1]) {
      model.setParameters(
        Object.fromEntries(
          Object.entries(start).map(([name, { data, shape }]) => [
            name,
            { data: data.map((v, i) => v + sign * size * direction[name]![i]!), shape },
          ]),
        ),
      );
      losses.push(await lossAt());
    }
    return (losses[0]! - losses[1]!) / (2 * size);
  };
  // Two sizes, of which the error in size^2 cancels: near a small amplitude the loss of its phase bends sharply.
  const measured = (4 * (await centralDifference(SIZE / 2)) - (await centralDifference(SIZE))) / 3;
  return Math.abs(slope - measured) / Math.abs(measured);
}
