/** Models and descriptions of networks, small. */
import { createModel, type Model, mlp, type NetworkSpec } from '../../../src/index.js';
import type { Kit } from '../entry.js';

/** A dense network from 2 inputs to `output`, as `mlp` takes it. */
export const dense = (kit: Kit, output = 1) => ({
  input: 2,
  hidden: [kit.random.int(2, 5), 3],
  output,
  activation: kit.random.pick(['tanh', 'relu', 'gelu', 'silu'] as const),
});

const network = (kit: Kit, output = 1): NetworkSpec => mlp(dense(kit, output));

/** A network of infinite width: every layer in the parameterisation of the tangent kernel. */
export const wide = (kit: Kit): NetworkSpec =>
  mlp({
    ...dense(kit),
    activation: kit.random.pick(['relu', 'erf', 'gelu'] as const),
    parameterization: 'ntk',
    sigmaW: 1.4,
    sigmaB: 0.1,
  });

/** A description with a layer of every kind somewhere among many calls, on 2 inputs or on an image of 6 x 6. */
export function anySpec(kit: Kit): NetworkSpec {
  const last = { type: 'dense', units: 1 } as const;
  const tanh = { type: 'activation', fn: 'tanh' } as const;
  return kit.random.pick<() => NetworkSpec>([
    () => network(kit),
    () => ({
      input: 2,
      layers: [
        {
          type: 'fourierFeatures',
          frequencies: { count: 4, distribution: 'normal', scale: 1, seed: 1 },
          trainable: true,
        },
        tanh,
        last,
      ],
    }),
    () => ({
      input: 2,
      layers: [
        {
          type: 'fourierFeatures',
          frequencies: [
            [1, 2],
            [0.5, 1],
          ],
          amplitudes: [1, 0.5],
        },
        last,
      ],
    }),
    () => ({
      input: 2,
      layers: [
        { type: 'scale', factor: 2 },
        { type: 'dense', units: 4, init: { type: 'normal', std: 0.3 }, biasInit: 0.1 },
        { type: 'layerNorm', epsilon: 1e-5 },
        last,
      ],
    }),
    () => ({
      input: 2,
      layers: [
        {
          type: 'branches',
          combine: 'concat',
          branches: [
            [{ type: 'dense', units: 3 }, tanh],
            [
              { type: 'scale', factor: 3 },
              { type: 'dense', units: 3 },
            ],
          ],
        },
        last,
      ],
    }),
    () => ({
      input: 2,
      layers: [
        { type: 'dense', units: 4 },
        { type: 'residual', layers: [{ type: 'dense', units: 4 }, tanh] },
        { type: 'batchNorm', momentum: 0.1 },
        last,
      ],
    }),
    () => ({
      input: [1, 6, 6],
      layers: [
        { type: 'conv2d', filters: 2, kernel: 3, padding: 'same', stride: 1 },
        { type: 'activation', fn: 'relu' },
        { type: 'maxPool2d', size: 2 },
        { type: 'flatten' },
        last,
      ],
    }),
    () => ({
      input: [4, 3],
      layers: [
        { type: 'positions', encoding: 'sinusoidal' },
        { type: 'attention', heads: 1 },
        { type: 'flatten' },
        last,
      ],
    }),
    () => ({
      input: 2,
      layers: [{ type: 'modulate', frequency: [1, 2], fn: 'cos', layers: [{ type: 'dense', units: 4 }, tanh, last] }],
    }),
  ])();
}

const dtype = (kit: Kit) => kit.random.pick(['f32', 'f64'] as const);

/** A model from 2 inputs to one output. */
export const regressor = (kit: Kit): Model =>
  createModel(network(kit), { seed: kit.random.int(0, 9), dtype: dtype(kit) });

/** A model from 2 inputs to two classes. */
export const classifier = (kit: Kit): Model =>
  createModel(network(kit, 2), { seed: kit.random.int(0, 9), dtype: dtype(kit) });
