/** Formulas as activations, losses and equations: against PyTorch's autograd (fixtures/expressions.py), and what is built in. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ActivationSpec,
  createModel,
  empiricalNtk,
  type LossSpec,
  loadModel,
  type NdArray,
  type NetworkSpec,
} from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}
interface Case {
  kind: 'activation' | 'loss' | 'residual';
  text: string;
  loss: number;
  gradient: number[];
  trained?: boolean;
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/expressions.json', import.meta.url), 'utf8')) as {
  points: number[];
  targets: number[];
  two: Flat[];
  one: Flat[];
  cases: Case[];
};
const x: NdArray = { data: Float64Array.from(fixture.points), shape: [5, 2] };
const y: NdArray = { data: Float64Array.from(fixture.targets), shape: [5, 2] };
const dense = (units: number) => ({ type: 'dense', units }) as const;
const activation = (spec: ActivationSpec) => ({ type: 'activation', ...spec }) as const;
const f64 = { seed: 0, dtype: 'f64' } as const;
const descent = { type: 'sgd', learningRate: 1 } as const;

/** The loss, and the gradient that a step of rate 1 takes off the parameters. */
async function differentiated(spec: NetworkSpec, given: Flat[], loss: LossSpec, target?: NdArray) {
  const model = createModel(spec, f64);
  const names = Object.keys(model.parameters());
  const arrays = given.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }));
  model.setParameters(Object.fromEntries(names.map((name, i) => [name, arrays[i]!])));
  const history = await model.train({ x, ...(target && { y: target }), loss, optimizer: descent, steps: 1 });
  const after = Object.values(model.parameters());
  const gradient = arrays.flatMap((array, i) => Array.from(array.data, (v, k) => v - after[i]!.data[k]!));
  return { loss: history.loss[0]!, gradient };
}

describe('random formulas are what autograd makes of them', () => {
  const network: Record<Case['kind'], (reference: Case) => Promise<{ loss: number; gradient: number[] }>> = {
    async activation({ text, trained, gradient: reference }) {
      const [w, b, v, c] = fixture.two as [Flat, Flat, Flat, Flat];
      const place = w.data.length + b.data.length;
      // What a formula does not depend on once it is simplified cannot be trained: its slope is 0.
      const idle = trained && reference[place] === 0;
      const parameters = { a: idle ? 0.7 : { value: 0.2, trainable: true } };
      const own = activation({ fn: 'expression', f: text, ...(trained && { parameters }) });
      const given = [w, b, ...(trained && !idle ? [{ shape: [1], data: [0.7] }] : []), v, c];
      const found = await differentiated({ input: 2, layers: [dense(3), own, dense(2)] }, given, 'mse', y);
      return { ...found, gradient: idle ? found.gradient.toSpliced(place, 0, 0) : found.gradient };
    },
    loss({ text }) {
      const spec = { input: 2, layers: [dense(3), activation({ fn: 'tanh' }), dense(2)] };
      return differentiated(spec, fixture.two, { type: 'expression', loss: text, parameters: { b: 0.6 } }, y);
    },
    residual({ text }) {
      const layers = [dense(3), activation({ fn: 'tanh' }), dense(3), activation({ fn: 'sin' }), dense(1)];
      const loss = { type: 'residual', variables: ['x', 't'], equation: text } as const;
      return differentiated({ input: 2, layers }, fixture.one, loss);
    },
  };
  it.each(['activation', 'loss', 'residual'] as const)('100 of kind %s', async (kind) => {
    const own = fixture.cases.filter((reference) => reference.kind === kind);
    expect(own).toHaveLength(100);
    for (const reference of own) {
      const { loss, gradient } = await network[kind](reference);
      expect(Math.abs(loss - reference.loss) / Math.max(1, Math.abs(reference.loss)), reference.text).toBeLessThan(
        1e-10,
      );
      const largest = Math.max(1, ...reference.gradient.map(Math.abs));
      expect(gradient).toHaveLength(reference.gradient.length);
      gradient.forEach((slope, k) => {
        expect(Math.abs(slope - reference.gradient[k]!) / largest, `${reference.text}: ${k}`).toBeLessThan(1e-10);
      });
    }
  });
});

describe('an activation that is a formula', () => {
  const swish = (a: number, trainable: boolean): NetworkSpec => ({
    input: 2,
    layers: [
      dense(4),
      activation({ fn: 'expression', f: 'x * sigmoid(a * x)', parameters: { a: { value: a, trainable } } }),
      dense(1),
    ],
  });

  it('is what is built in, where it equals it', async () => {
    for (const [f, fn] of [
      ['tanh(x)', 'tanh'],
      ['1 - 2 / (1 + exp(2 * x))', 'tanh'],
      ['x * sigmoid(x)', 'silu'],
      ['max(x, 0)', 'relu'],
    ] as const) {
      const [own, other] = [activation({ fn: 'expression', f }), activation({ fn })].map((layer) =>
        createModel({ input: 2, layers: [dense(6), layer, dense(2)] }, f64),
      );
      const training = { x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 0.01 }, steps: 5 } as const;
      const [a, b] = [await own!.train(training), await other!.train(training)];
      a.loss.forEach((loss, step) => {
        expect(loss, f).toBeCloseTo(b.loss[step]!, 12);
      });
      const [p, q] = [await own!.inputDerivatives(x), await other!.inputDerivatives(x)];
      p.laplacian.data.forEach((value, i) => {
        expect(value, f).toBeCloseTo(q.laplacian.data[i]!, 11);
      });
    }
  });

  it('has its coefficients among the parameters of the model: trained, saved, and in the tangent kernel', async () => {
    const model = createModel(swish(1.5, true), f64);
    expect(Object.keys(model.parameters())).toEqual([
      'layers.0.weight',
      'layers.0.bias',
      'layers.1.a',
      'layers.2.weight',
      'layers.2.bias',
    ]);
    expect([...model.parameters()['layers.1.a']!.data]).toEqual([1.5]);
    expect(Object.keys(createModel(swish(1.5, false), f64).parameters())).not.toContain('layers.1.a');
    await model.train({ x, y: [[1], [2], [0], [1], [0]], loss: 'mse', optimizer: descent, steps: 3 });
    const trained = model.parameters()['layers.1.a']!.data[0]!;
    expect(trained).not.toBe(1.5);
    const path = join(tmpdir(), `formula-${process.pid}.safetensors`);
    model.save(path);
    expect(loadModel(path).parameters()['layers.1.a']!.data[0]).toBe(trained);
    // K(x, x) = |dh/dp|^2 by differences, the coefficient among the p.
    const kernel = await empiricalNtk(model, [[0.3, -0.7]]);
    const at = async (name: string, k: number, shift: number) => {
      const moved = loadModel(path);
      const array = moved.parameters()[name]!;
      array.data[k]! += shift;
      moved.setParameters({ [name]: array });
      return (await moved.predict([[0.3, -0.7]])).data[0]!;
    };
    let sum = 0;
    for (const [name, { data }] of Object.entries(model.parameters())) {
      for (let k = 0; k < data.length; k++)
        sum += ((await at(name, k, 1e-5)) - (await at(name, k, -1e-5))) ** 2 / 4e-10;
    }
    expect(kernel.data[0]).toBeCloseTo(sum, 7);
  });

  it('is refused where it is wrong, with its place', async () => {
    const make = (spec: object) => () =>
      createModel({ input: 1, layers: [{ type: 'activation', ...spec } as never] }, f64);
    for (const [spec, message] of [
      [{ fn: 'expression', f: '2 x' }, /spec.layers.0.*side by side.*at character 2/s],
      [{ fn: 'expression', f: 'tnah(x)' }, /there is no tnah; did you mean tanh\?/],
      [{ fn: 'expression', f: 'x * y' }, /there is no y/],
      [{ fn: 'expression', f: 'x', parameters: { x: 1 } }, /x is the name of a variable/],
      [
        { fn: 'expression', f: 'x', parameters: { a: { value: 1, trainable: true } } },
        /a is trained, but f does not depend/,
      ],
      [{ fn: 'expression', f: 'a * x', parameters: { a: 'one' } }, /expected a number or \{ value, trainable \}/],
      [{ fn: 'expression', f: 'x', parameters: { sin: 1 } }, /no function or constant, got "sin"/],
      [{ fn: 'expression' }, /f: expected a value, got nothing/],
      [{ fn: 'expression', f: 'x / 0' }, /this divides by zero/],
    ] as const) {
      expect(make(spec), JSON.stringify(spec)).toThrow(message);
    }
    const log = createModel({ input: 1, layers: [activation({ fn: 'expression', f: 'ln(x)' })] }, f64);
    await expect(log.predict([[1], [-2]])).rejects.toThrow(
      /ln of -2 is not defined, in ln\(x\) at character 1.*at sample 1/,
    );
  });
});

describe('names in an equation', () => {
  it.each([
    { variables: ['x', 'u'] },
    { variables: ['x', 'exp'] },
    { outputs: ['x'], equations: ['x_x'] },
    { data: { u: [1, 2, 3, 4, 5] } },
  ])('are refused where two things, or a function, have the same: %o', async (extra) => {
    const model = createModel({ input: 2, layers: [dense(3), activation({ fn: 'tanh' }), dense(1)] }, f64);
    const formula = 'equations' in extra ? {} : { equation: 'u_xx' };
    const loss = { type: 'residual', variables: ['x', 't'], ...formula, ...extra } as LossSpec;
    await expect(model.train({ x, loss, optimizer: descent, steps: 1 })).rejects.toThrow(
      /loss: expected (different names, got "|names of letters and digits)/,
    );
  });
});

describe('a loss that is a formula', () => {
  const spec: NetworkSpec = { input: 2, layers: [dense(4), activation({ fn: 'tanh' }), dense(2)] };
  const first = async (loss: LossSpec, more: object = {}) =>
    (await createModel(spec, f64).train({ x, y, loss, optimizer: descent, steps: 3, ...more })).loss;

  it('is what is built in, where it equals it', async () => {
    const weights = [1, 2, 0, 3, 0.5];
    for (const [own, other] of [
      [{ type: 'expression', loss: '(h - y)^2' }, 'mse'],
      [{ type: 'expression', loss: 'abs(h - y)' }, 'mae'],
      [
        {
          type: 'expression',
          loss: 'd * (sqrt(max(h - y, y - h)^2) - d / 2) * step(abs(h - y) - d) + (h - y)^2 / 2 * (1 - step(abs(h - y) - d))',
          parameters: { d: 0.5 },
        },
        { type: 'huber', delta: 0.5 },
      ],
      [
        { type: 'expression', loss: '(h - y)^2', weights },
        { type: 'weightedMse', weights },
      ],
    ] as [LossSpec, LossSpec][]) {
      for (const more of [{}, { batchSize: 2 }]) {
        const [a, b] = [await first(own, more), await first(other, more)];
        a.forEach((value, step) => {
          expect(value).toBeCloseTo(b[step]!, 12);
        });
      }
    }
  });

  it('adds a penalty of the parameters', async () => {
    const model = createModel(spec, f64);
    const sum = Array.from(model.parameters()['layers.0.weight']!.data).reduce((all, w) => all + Math.abs(w), 0);
    const penalty = { type: 'expression', penalty: 'abs(w)', alpha: 0.1, parameters: ['layers.0.weight'] } as const;
    const { loss, parts } = await model.train({ x, y, loss: 'mse', penalty, optimizer: descent, steps: 1 });
    expect(parts.penalty![0]).toBeCloseTo(sum, 12);
    expect(loss[0]).toBeCloseTo(parts.task![0]! + 0.1 * sum, 12);
  });

  it('trains coefficients of its own, and goes on where it stopped', async () => {
    const loss: LossSpec = {
      type: 'expression',
      loss: '(h - b * y)^2',
      parameters: { b: { value: 2, trainable: true } },
    };
    const training = { x, y, loss, optimizer: { type: 'adam', learningRate: 0.05 } } as const;
    const whole = createModel(spec, f64);
    const history = await whole.train({ ...training, steps: 6 });
    expect(history.coefficients.b![0]).toBe(2);
    expect(history.coefficients.b).toHaveLength(7);
    const parts = createModel(spec, f64);
    const { state } = await parts.train({ ...training, steps: 2 });
    expect(state.coefficients).toEqual({ b: history.coefficients.b![2] });
    const rest = await parts.train({ ...training, steps: 4, resume: state });
    expect(rest.coefficients.b).toEqual(history.coefficients.b!.slice(2));
    expect(parts.parameters()).toEqual(whole.parameters());
  });

  it('is refused where it is wrong, with its place and sample', async () => {
    for (const [loss, message] of [
      [
        { type: 'expression', loss: 'ln(y)' },
        /loss.loss: ln of -?[\d.]+ is not defined, in ln\(y\) at character 1.*at sample \d/,
      ],
      [{ type: 'expression', loss: 'h * z' }, /there is no z/],
      [
        { type: 'expression', loss: 'h', variables: ['a'] },
        /loss.variables: expected 2 names, one for each input, got 1/,
      ],
      [{ type: 'expression', loss: 'h - x', variables: ['x', 'h'] }, /"h" twice/],
      [{ type: 'expression' }, /loss: expected a value, got nothing/],
      [{ type: 'expression', loss: 'h', weights: [1, 2] }, /loss.weights: expected shape/],
    ] as const) {
      await expect(first(loss as never), JSON.stringify(loss)).rejects.toThrow(message);
    }
  });
});
