/**
 * Measures of a network by its layers, against the sums that define them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createModel,
  type LayerSpec,
  layerOutputs,
  type Model,
  mlp,
  type NetworkSpec,
  pathNorm,
} from '../src/index.js';

type Dense = { weight: number[][]; bias: number[] };

/** The dense layers of a model as nested arrays, with the factors of the `ntk` parameterisation. */
function denseLayers(model: Model): Dense[] {
  const arrays = model.parameters();
  return model.spec.layers.flatMap((layer, i): Dense[] => {
    if (layer.type !== 'dense') return [];
    const { data, shape } = arrays[`layers.${i}.weight`]!;
    const [units, inputs] = shape as [number, number];
    const ntk = layer.parameterization === 'ntk';
    const factor = ntk ? (layer.sigmaW ?? 1) / Math.sqrt(inputs) : 1;
    const bias = arrays[`layers.${i}.bias`]?.data ?? new Float64Array(units);
    return [
      {
        weight: Array.from({ length: units }, (_, o) =>
          Array.from(data.subarray(o * inputs, (o + 1) * inputs), (w) => factor * w),
        ),
        bias: Array.from(bias, (b) => (ntk ? (layer.sigmaB ?? 0) : 1) * b),
      },
    ];
  });
}

/** The sum over all paths, one by one: down from an output, every unit either ends the path at its bias or hands it on. */
function everyPath(layers: Dense[]): number {
  const from = (l: number, unit: number): number => {
    if (l < 0) return 1;
    const { weight, bias } = layers[l]!;
    return weight[unit]!.reduce((sum, w, i) => sum + Math.abs(w) * from(l - 1, i), Math.abs(bias[unit]!));
  };
  const last = layers.length - 1;
  return layers[last]!.weight.reduce((sum, _, unit) => sum + from(last, unit), 0);
}

/** Dense layers of these widths with tanh between them, some of them in `ntk` parameterisation, some without a bias. */
function network(widths: number[], kinds: number[]): NetworkSpec {
  const layers = widths.slice(1).flatMap((units, i): LayerSpec[] => {
    const ntk = kinds[i]! % 2 === 1;
    const factors = ntk ? { parameterization: 'ntk' as const, sigmaW: 1.3, sigmaB: 0.4 } : {};
    return [
      { type: 'dense', units, bias: kinds[i]! < 2, ...factors },
      { type: 'activation', fn: 'tanh' },
    ];
  });
  return { input: widths[0]!, layers: layers.slice(0, -1) };
}

const networks = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 })
  .chain((widths) => fc.tuple(fc.constant(widths), fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }), fc.nat(999)));

describe('pathNorm', () => {
  it('is the sum of |weights| along every path, taken one by one', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async ([widths, kinds, seed]) => {
        const model = createModel(network(widths, kinds), { seed, dtype: 'f64' });
        expect(await pathNorm(model)).toBeCloseTo(everyPath(denseLayers(model)), 12);
      }),
      { numRuns: 40 },
    );
  });

  it('of two layers by hand: signs do not count, and biases are paths of their own', async () => {
    const model = createModel(mlp({ input: 2, hidden: [2], output: 1, activation: 'relu' }), { seed: 1, dtype: 'f64' });
    model.setParameters({
      'layers.0.weight': { data: Float64Array.of(1, -2, 3, 4), shape: [2, 2] },
      'layers.0.bias': { data: Float64Array.of(-5, 0.5), shape: [2] },
      'layers.2.weight': { data: Float64Array.of(-1, 2), shape: [1, 2] },
      'layers.2.bias': { data: Float64Array.of(7), shape: [1] },
    });
    expect(await pathNorm(model)).toBe(1 * (1 + 2 + 5) + 2 * (3 + 4 + 0.5) + 7);
  });

  it('is unchanged by moving a factor from one layer of a ReLU network to the next, as its function is', async () => {
    const model = createModel(mlp({ input: 3, hidden: [5], output: 2, activation: 'relu' }), { seed: 4, dtype: 'f64' });
    const before = await pathNorm(model);
    const scaled = Object.entries(model.parameters()).map(([name, { data, shape }]) => {
      const factor = name.startsWith('layers.0') ? 8 : name === 'layers.2.weight' ? 1 / 8 : 1;
      return [name, { data: Float64Array.from(data, (v) => factor * v), shape }] as const;
    });
    model.setParameters(Object.fromEntries(scaled));
    expect(await pathNorm(model)).toBeCloseTo(before, 12);
  });

  it('refuses what has no such paths', async () => {
    const model = createModel({ input: 2, layers: [{ type: 'layerNorm' }, { type: 'dense', units: 1 }] }, { seed: 1 });
    await expect(pathNorm(model)).rejects.toThrow(/layerNorm/);
  });
});

describe('layerOutputs', () => {
  it('are the sums and activations of the layers before', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async ([widths, kinds, seed]) => {
        const model = createModel(network(widths, kinds), { seed, dtype: 'f64' });
        const x = [0, 1, 2].map((i) =>
          widths.slice(0, 1).flatMap((d) => Array.from({ length: d }, (_, k) => Math.sin(seed + 3 * i + k))),
        );
        const layers = denseLayers(model);
        let values = x;
        for (let count = 1; count <= model.spec.layers.length; count++) {
          const dense = count % 2 === 1 ? layers[(count - 1) / 2] : undefined;
          values = values.map((h) =>
            dense
              ? dense.weight.map((row, o) => row.reduce((sum, w, i) => sum + w * h[i]!, dense.bias[o]!))
              : h.map(Math.tanh),
          );
          const got = await layerOutputs(model, x, count);
          expect(got.shape).toEqual([3, values[0]!.length]);
          for (const [i, v] of values.flat().entries()) expect(got.data[i]).toBeCloseTo(v, 12);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of an f32 model are those of its parameters, in f64; the last ones are its predictions', async () => {
    const model = createModel(mlp({ input: 1, hidden: [6], output: 2, activation: 'sin' }), { seed: 3 });
    const [all, predicted] = [await layerOutputs(model, [0.1, 0.7], 3), await model.predict([[0.1], [0.7]])];
    expect(all.data).toBeInstanceOf(Float64Array);
    for (const [i, v] of all.data.entries()) expect(v).toBeCloseTo(predicted.data[i]!, 5);
  });

  it('refuses a number of layers that there is not', async () => {
    const model = createModel(mlp({ input: 1, hidden: [3], output: 1, activation: 'relu' }), { seed: 1 });
    for (const count of [0, 4, 1.5, Number.NaN]) {
      await expect(layerOutputs(model, [0.1], count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});
