/** Outputs as formulas of inputs and outputs: what the rules of differentiation make of them by hand. */
import { describe, expect, it } from 'vitest';
import { createModel, empiricalNtk, type LayerSpec, mlp, type NetworkSpec } from '../src/index.js';

const plain = mlp({ input: 2, hidden: [6, 5], output: 1, activation: 'tanh' });
const variables = ['x', 't'];
const constrained = (f: string): NetworkSpec => ({
  ...plain,
  layers: [...plain.layers, { type: 'transform', variables, f, parameters: { k: 2 } }],
});
const x = Array.from({ length: 9 }, (_, i) => [Math.sin(i), Math.cos(2 * i) / 2]);
const f = 't + x^2 * u * k';
const options = { seed: 3, dtype: 'f64' } as const;

/** The loss and the parameters after a step, of a network with an equation. */
async function step(spec: NetworkSpec, equation: string) {
  const model = createModel(spec, options);
  const optimizer = { type: 'sgd', learningRate: 0.01 } as const;
  const { loss } = await model.train({ x, loss: { type: 'residual', variables, equation }, optimizer, steps: 1 });
  return [...loss, ...Object.values(model.parameters()).flatMap(({ data }) => [...data])];
}

describe('a transform of the outputs', () => {
  it.each([
    ['u', 't + 2 * x^2 * u'],
    ['u_x', '2 * (2 * x * u + x^2 * u_x)'],
    ['u_t', '1 + 2 * x^2 * u_t'],
    ['u_xx', '2 * (2 * u + 4 * x * u_x + x^2 * u_xx)'],
    ['u_xt', '2 * (2 * x * u_t + x^2 * u_xt)'],
    ['u_xxx', '2 * (6 * u_x + 6 * x * u_xx + x^2 * u_xxx)'],
    ['u_xxt', '2 * (2 * u_t + 4 * x * u_xt + x^2 * u_xxt)'],
    ['0.5 * u_xx + 3 * u_tt', '2 * u + 4 * x * u_x + x^2 * u_xx + 6 * x^2 * u_tt'],
  ])('carries %s', async (own, byHand) => {
    const [found, wanted] = [await step(constrained(f), own), await step(plain, byHand)];
    expect(found).toHaveLength(wanted.length);
    found.forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThan(1e-10 * (1 + Math.abs(value)));
    });
  });

  it('of a nonlinear formula of two features gives the derivatives of its outputs', async () => {
    const layers: LayerSpec[] = [
      ...mlp({ input: 2, hidden: [6], output: 2, activation: 'tanh' }).layers,
      { type: 'transform', variables, outputs: ['u', 'v'], f: ['sin(u * v) + x', 'exp(-u^2) * t'] },
    ];
    const model = createModel({ input: 2, layers }, options);
    const { value, gradient, laplacian } = await model.inputDerivatives(x);
    const h = 1e-3;
    const at = async (i: number, j: number, shift: number) =>
      (await model.predict(x.map((row) => row.map((v, k) => (k === j ? v + shift : v))))).data.slice(2 * i, 2 * i + 2);
    for (const i of [0, 4]) {
      const sums = [0, 0];
      for (const j of [0, 1]) {
        const [a, b, c, d] = [await at(i, j, h), await at(i, j, -h), await at(i, j, 2 * h), await at(i, j, -2 * h)];
        for (const o of [0, 1]) {
          const [p = 0, m = 0, pp = 0, mm = 0, own = 0] = [a[o], b[o], c[o], d[o], value.data[2 * i + o]];
          expect(gradient.data[(2 * i + o) * 2 + j]).toBeCloseTo((8 * (p - m) - (pp - mm)) / (12 * h), 8);
          sums[o] = (sums[o] ?? 0) + (16 * (p + m) - (pp + mm) - 30 * own) / (12 * h * h);
        }
      }
      for (const o of [0, 1]) expect(laplacian.data[2 * i + o]).toBeCloseTo(sums[o] ?? 0, 6);
    }
  });

  it('has a tangent kernel: that of the plain network times the slope by u at both points', async () => {
    const [own, other] = [constrained(f), plain].map((spec) => createModel(spec, options));
    if (!own || !other) throw new Error('two models');
    const [kernel, wanted] = [await empiricalNtk(own, x), await empiricalNtk(other, x)];
    const slope = (i: number) => 2 * (x[i]?.[0] ?? 0) ** 2;
    kernel.data.forEach((value, k) => {
      expect(value).toBeCloseTo((wanted.data[k] ?? 0) * slope(Math.floor(k / 9)) * slope(k % 9), 10);
    });
  });

  it.each([
    [{ f: 'y * u' }, /there is no y/],
    [{ f: 'u', variables: ['x'] }, /variables: expected 2 names, one for each input of the network, got 1/],
    [{ f: 'u', outputs: ['u', 'v'] }, /outputs: expected 1 names?, one for each feature, got 2/],
    [{ f: 'a * u', parameters: { a: { value: 1, trainable: true } } }, /a is trained/],
    [{ f: [] }, /at least one formula/],
    [{ f: 'u', outputs: ['x'] }, /"x" twice/],
  ])('refuses %o', (wrong, message) => {
    const layer = { type: 'transform', variables, ...wrong } as never;
    expect(() => createModel({ ...plain, layers: [...plain.layers, layer] }, options)).toThrow(message);
  });

  it('stands in the own list of layers of the network', () => {
    const inner = {
      type: 'residual',
      layers: [{ type: 'transform', variables, outputs: ['u', 'v'], f: ['u', 'v'] }],
    } as const;
    expect(() =>
      createModel({ input: 2, layers: [{ ...inner, layers: [...inner.layers] } as never] }, options),
    ).toThrow(/its own list of layers/);
  });
});
