/** Derivatives by the input, and the losses made of them (test/fixtures/input-derivatives.json: float64, PyTorch). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createModel, equations, FprincipleError, mlp, type NetworkSpec, type OptimizerSpec } from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}

interface Case {
  spec: NetworkSpec;
  initial: Record<string, Flat>;
  x: Flat;
  y: Flat;
  gradients: Flat;
  optimizer: OptimizerSpec;
  losses: number[];
  output: Flat;
  inputGradient: Flat;
  laplacian: Flat;
}

const { cases } = JSON.parse(readFileSync(new URL('fixtures/input-derivatives.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const array = ({ data, shape }: Flat) => ({ data: Float64Array.from(data), shape });

const distance = (got: ArrayLike<number>, expected: number[]) =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);

describe('input-derivatives.json', () => {
  cases.forEach((reference, index) => {
    for (const [dtype, tolerance] of [
      ['f64', 1e-9],
      // Second derivatives of order 1 in f32.
      ['f32', 1e-4],
    ] as const) {
      it(`case ${index}, ${dtype}`, async () => {
        const model = createModel(reference.spec, { seed: 0, dtype });
        model.setParameters(
          Object.fromEntries(Object.entries(reference.initial).map(([name, flat]) => [name, array(flat)])),
        );
        const x = array(reference.x);
        const [n, d] = reference.x.shape as [number, number];
        const found = await model.inputDerivatives(x);
        expect([found.value.shape, found.gradient.shape, found.laplacian.shape]).toEqual([
          [n, 1],
          [n, 1, d],
          [n, 1],
        ]);
        expect(distance(found.value.data, reference.output.data)).toBeLessThan(tolerance);
        expect(distance(found.gradient.data, reference.inputGradient.data)).toBeLessThan(tolerance);
        expect(distance(found.laplacian.data, reference.laplacian.data)).toBeLessThan(tolerance);
        const history = await model.train({
          x,
          y: array(reference.y),
          loss: { type: 'sobolev', gradients: array(reference.gradients) },
          optimizer: reference.optimizer,
          steps: reference.losses.length,
        });
        expect(distance(history.loss, reference.losses)).toBeLessThan(tolerance);
      });
    }
  });
});

it('a Sobolev loss sums the slopes of all outputs', async () => {
  // h = W x has the gradient W everywhere: mean (W x - y)^2 over samples and outputs + weight |W - G|^2.
  const [w, g, targets] = [
    [1, 2, -1, 0.5, 0, 3],
    [0, 1, 1, 0, 2, 1],
    [1, -1, 0.5, 2],
  ];
  const model = createModel(
    { input: 3, layers: [{ type: 'dense', units: 2, bias: false }] },
    { seed: 0, dtype: 'f64' },
  );
  model.setParameters({ 'layers.0.weight': { data: Float64Array.from(w), shape: [2, 3] } });
  const x = [
    [1, 0, 0],
    [0, 1, 0],
  ];
  const gradients = { data: Float64Array.from([...g, ...g]), shape: [2, 2, 3] };
  const { loss } = await model.train({
    x,
    y: { data: Float64Array.from(targets), shape: [2, 2] },
    loss: { type: 'sobolev', gradients, weight: 0.25 },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    steps: 1,
  });
  const outputs = [w[0]!, w[3]!, w[1]!, w[4]!];
  const errors = outputs.reduce((sum, h, i) => sum + (h - targets[i]!) ** 2, 0) / 4;
  const slopes = w.reduce((sum, v, i) => sum + (v - g[i]!) ** 2, 0);
  expect(loss[0]).toBeCloseTo(errors + 0.25 * slopes, 13);
  // For an entry that no sample of x sees, one step is that of the slopes alone: 2 weight (W - G).
  expect(model.parameters()['layers.0.weight']!.data[2]).toBeCloseTo(-1 - 0.1 * 0.5 * (-1 - 1), 13);
});

describe('residual losses', () => {
  const side = Array.from({ length: 41 }, (_, i) => -1 + i / 20);
  const adam = { type: 'adam', learningRate: 3e-3 } as const;

  it('solve a Poisson equation, the loss being what its derivatives say', async () => {
    const model = createModel(mlp({ input: 1, hidden: [30, 30], output: 1, activation: 'tanh' }), {
      seed: 1,
      dtype: 'f64',
    });
    const x = side.map((v) => [v]);
    const source = side.map((v) => Math.PI ** 2 * Math.sin(Math.PI * v));
    const before = await model.inputDerivatives(x);
    const ends = await model.predict([[-1], [1]]);
    const history = await model.train({
      x,
      loss: {
        type: 'residual',
        equation: '-u_xx - pi^2 * sin(pi * x)',
        weight: 0.1,
        conditions: [{ points: [[-1], [1]], equation: 'u', weight: 10 }],
      },
      optimizer: adam,
      steps: 1500,
      record: { at: [0] },
    });
    const residuals = source.map((s, i) => (-before.laplacian.data[i]! - s) ** 2);
    const expected = (0.1 * residuals.reduce((a, b) => a + b)) / 41 + 5 * (ends.data[0]! ** 2 + ends.data[1]! ** 2);
    expect(history.loss[0]).toBeCloseTo(expected, 9);
    const solved = await model.predict(x);
    expect(
      distance(
        solved.data,
        side.map((v) => Math.sin(Math.PI * v)),
      ),
    ).toBeLessThan(0.05);
  });

  it('minimise the Ritz energy of a Poisson equation', async () => {
    // u = w x: the energy is w^2 / 2 - 2 w mean x, and 3 (w - 1)^2 for u(1) = 1.
    const linear = createModel(
      { input: 1, layers: [{ type: 'dense', units: 1, bias: false }] },
      { seed: 3, dtype: 'f64' },
    );
    linear.setParameters({ 'layers.0.weight': [[0.5]] });
    const one = await linear.train({
      x: [[0.1], [0.2], [0.6]],
      loss: {
        type: 'ritz',
        energy: 'u_x^2 / 2 - 2 * u',
        conditions: [{ points: [[1]], equation: 'u - 1', weight: 3 }],
      },
      optimizer: { type: 'sgd', learningRate: 0.1 },
      steps: 1,
    });
    expect(one.loss[0]).toBeCloseTo(0.125 - 0.3 + 0.75, 14);
    // dw = w - 2 mean x + 6 (w - 1) = 0.5 - 0.6 - 3.
    expect(linear.parameters()['layers.0.weight']!.data[0]).toBeCloseTo(0.5 + 0.31, 14);

    const model = createModel(mlp({ input: 1, hidden: [30, 30], output: 1, activation: 'tanh' }), { seed: 1 });
    const x = Float64Array.from({ length: 200 }, (_, i) => (i + 0.5) / 100 - 1);
    await model.train({
      x,
      loss: {
        type: 'ritz',
        energy: 'u_x^2 / 2 - pi^2 * sin(pi * x) * u',
        conditions: [{ points: [[-1], [1]], equation: 'u', weight: 100 }],
      },
      optimizer: adam,
      steps: 2000,
    });
    const solved = await model.predict(x);
    expect(
      distance(
        solved.data,
        Array.from(x, (v) => Math.sin(Math.PI * v)),
      ),
    ).toBeLessThan(0.05);
  });

  it('know the heat, Helmholtz and advection equations', async () => {
    const points = side.flatMap((x) => [0, 0.3, 0.7].map((t) => [x, t]));
    const model = createModel(mlp({ input: 2, hidden: [20], output: 1, activation: 'sin' }), { seed: 2, dtype: 'f64' });
    const { value, gradient, laplacian } = await model.inputDerivatives(points);
    // u_xx alone: the Laplacian along x of a network whose second input is fixed, by central differences.
    const h = 1e-4;
    const moved = (shift: number) => model.predict(points.map(([x, t]) => [x! + shift, t!]));
    const [up, down] = [await moved(h), await moved(-h)];
    const residual = {
      helmholtz: (i: number) => laplacian.data[i]! + 4 * value.data[i]!,
      heat: (i: number) =>
        gradient.data[2 * i + 1]! - (0.5 * (up.data[i]! + down.data[i]! - 2 * value.data[i]!)) / (h * h),
      advection: (i: number) => gradient.data[2 * i + 1]! + 1.5 * gradient.data[2 * i]!,
    };
    const variables = ['x', 't'];
    for (const [name, equation] of [
      ['helmholtz', equations.helmholtz(variables, 2)],
      ['heat', equations.heat(variables, 0.5)],
      ['advection', equations.advection(variables, [1.5])],
    ] as const) {
      const fresh = createModel(model.spec, { seed: 2, dtype: 'f64' });
      const loss = { type: 'residual', variables, equation } as const;
      const history = await fresh.train({ x: points, loss, optimizer: adam, steps: 1 });
      const expected = points.reduce((sum, _, i) => sum + residual[name](i) ** 2, 0) / points.length;
      expect(history.loss[0]!, name).toBeCloseTo(expected, 6);
    }
  });

  it('refuse what they cannot do, by name', async () => {
    const model = createModel(mlp({ input: 1, hidden: [3], output: 1, activation: 'tanh' }), { seed: 0 });
    const train = (loss: object) =>
      model.train({ x: [[0], [1]], y: [[0], [1]], loss: loss as never, optimizer: adam, steps: 1 });
    const table: [object, RegExp][] = [
      [{ type: 'residual' }, /equation/],
      [{ type: 'residual', equation: { type: 'wave' } }, /loss.equation: expected a string/],
      [{ type: 'residual', equation: 'u_t - u_xx' }, /u_t is no derivative of u by x, at character 1/],
      [{ type: 'residual', equation: 'u - s', data: { s: [1] } }, /loss.data.s: .*\[2\].*got \[1\]/],
      [{ type: 'residual', equation: 'u', conditions: [{ equation: 'u' }] }, /loss.conditions.0.points/],
      [{ type: 'sobolev', gradients: [[1]] }, /loss.gradients: .*got \[1, 1\]/],
      [{ type: 'sobolev' }, /loss.gradients/],
    ];
    for (const [loss, message] of table) {
      const error = await train(loss).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(FprincipleError);
      expect((error as Error).message).toMatch(message);
    }
    for (const type of ['layerNorm', 'batchNorm'] as const) {
      const layers = [{ type: 'dense', units: 3 }, { type }, { type: 'dense', units: 1 }] as const;
      const normed = createModel({ input: 1, layers: [...layers] }, { seed: 0 });
      await expect(normed.inputDerivatives([[0]])).rejects.toThrow(`layers.1 (${type})`);
      for (const loss of [
        { type: 'sobolev', gradients: [[0], [0]] },
        { type: 'residual', equation: 'u_xx' },
        { type: 'ritz', energy: 'u_x^2' },
      ] as const) {
        const training = normed.train({ x: [[0], [1]], y: [[0], [1]], loss, optimizer: adam, steps: 1 });
        await expect(training).rejects.toThrow(`layers.1 (${type})`);
      }
    }
    const sequence = createModel({ input: [2, 2], layers: [{ type: 'attention', heads: 1 }] }, { seed: 0 });
    await expect(sequence.inputDerivatives({ data: new Float64Array(4), shape: [1, 2, 2] })).rejects.toThrow(
      /\[2, 2\]/,
    );
    const conv = createModel({ input: [1, 4, 4], layers: [{ type: 'conv2d', filters: 1, kernel: 2 }] }, { seed: 0 });
    await expect(conv.inputDerivatives({ data: new Float64Array(16), shape: [1, 1, 4, 4] })).rejects.toThrow(/input/);
  });
});
