/** The operators that are read, each as the layer that it is here. */
import type { FprincipleError } from '../../core/errors.js';
import { type NdArray, sizeOf } from '../../core/ndarray.js';
import { transpose } from '../../core/reading.js';
import type { LayerSpec } from '../spec.js';
import type { Attributes } from './attributes.js';
import type { Chain } from './chain.js';

export interface Step {
  chain: Chain;
  fields: Attributes;
  constant(index: number): NdArray | undefined;
  /** Whether the value that flows is the first input. */
  first: boolean;
  refused(reason: string): FprincipleError;
}

const scaled = ({ data, shape }: NdArray, factor: number): NdArray =>
  factor === 1 ? { data, shape } : { data: data.map((v) => factor * v), shape };

/** `weight [out, in]`. */
function dense({ chain, refused }: Step, weight: NdArray, bias?: NdArray): void {
  const [units = 0, features = 0] = weight.shape;
  chain.settle(features);
  const before = chain.shape;
  if (before.length > 2 || before.at(-1) !== features) {
    throw refused(`expected ${features} features as its weight has, got values of shape [${before.join(', ')}]`);
  }
  chain.push({ type: 'dense', units, bias: bias !== undefined }, [...before.slice(0, -1), units], {
    weight,
    ...(bias && { bias }),
  });
}

function gemm(step: Step): void {
  const { fields, refused, first } = step;
  const [alpha, beta] = [fields.float('alpha', 1), fields.float('beta', 1)];
  fields.only('transA', 0);
  fields.only('broadcast', 0, 1);
  const transposed = fields.int('transB', 0) === 1;
  const [weight, c] = [step.constant(1), step.constant(2)];
  if (!first || !weight) throw refused('expected a constant weight as its second input');
  if (weight.shape.length !== 2) throw refused(`expected a matrix as its weight, got [${weight.shape.join(', ')}]`);
  const [rows = 0, columns = 0] = weight.shape;
  const units = transposed ? rows : columns;
  if (c && c.data.length !== units && c.data.length !== 1) {
    throw refused(`C: expected ${units} biases, got shape [${c.shape.join(', ')}]`);
  }
  const bias = c && {
    data: c.data.length === units ? c.data : Float64Array.from({ length: units }, () => c.data[0]!),
    shape: [units],
  };
  dense(step, scaled(transposed ? weight : transpose(weight), alpha), bias && scaled(bias, beta));
}

function matMul(step: Step): void {
  const weight = step.constant(1);
  if (!step.first || !weight) throw step.refused('expected a constant weight as its second input');
  if (weight.shape.length !== 2) throw step.refused(`expected a matrix, got [${weight.shape.join(', ')}]`);
  dense(step, transpose(weight));
}

function add({ chain, fields, constant, first, refused }: Step): void {
  fields.only('broadcast', 0, 1);
  const bias = constant(first ? 1 : 0);
  if (!bias || !chain.addBias(bias)) throw refused('expected the bias of a layer before it, one number for each unit');
}

function multiply(by: 'Mul' | 'Div') {
  return ({ chain, constant, first, refused }: Step): void => {
    const value = constant(first ? 1 : 0);
    if (value?.data.length !== 1 || (by === 'Div' && !first)) throw refused('expected one constant number');
    const factor = by === 'Mul' ? value.data[0]! : 1 / value.data[0]!;
    chain.push({ type: 'scale', factor }, chain.shape);
  };
}

/** Height and width behind windows. */
function windows(
  { chain, refused }: Step,
  size: number[],
  stride: number[],
  padding: readonly number[] | 'same',
): number[] {
  return chain.shape.slice(1).map((n, axis) => {
    const [span, step] = [size[axis]!, stride[axis]!];
    if (padding === 'same') return Math.ceil(n / step);
    const all = n + 2 * padding[axis]!;
    if (all < span) throw refused(`expected an image of at least ${size.join(' x ')}, got ${chain.shape.join(' x ')}`);
    return Math.floor((all - span) / step) + 1;
  });
}

function image({ chain, refused }: Step): number[] {
  if (chain.shape.length !== 3 || chain.shape.some((n) => !(n > 0))) {
    const got = chain.shape.map((n) => n || '?').join(', ');
    throw refused(`expected an image [channels, height, width] of known size, got [${got}]`);
  }
  return chain.shape;
}

function padding({ fields, refused }: Step): [number, number] | 'same' {
  const auto = fields.text('auto_pad') ?? 'NOTSET';
  const pads = fields.ints('pads') ?? [0, 0, 0, 0];
  if (auto === 'SAME_UPPER') return 'same';
  if (auto !== 'NOTSET' && auto !== 'VALID') throw refused(`auto_pad: ${auto} is not read`);
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  if (pads.length !== 4 || top !== bottom || left !== right) {
    throw refused(`pads: expected as many zeros on both sides of two axes, got ${pads.join(', ')}`);
  }
  return [top, left];
}

function convolution(step: Step): void {
  const { chain, fields, refused } = step;
  const [channels] = image(step);
  const [weight, bias] = [step.constant(1), step.constant(2)];
  if (!step.first || weight?.shape.length !== 4) throw refused('expected a constant weight [out, in, kh, kw]');
  fields.only('group', 1);
  const dilations = fields.ints('dilations') ?? [1, 1];
  if (dilations.some((n) => n !== 1)) throw refused(`dilations: expected 1, 1, got ${dilations.join(', ')}`);
  const [filters = 0, inputs = 0, kh = 0, kw = 0] = weight.shape;
  if (inputs !== channels) throw refused(`expected ${inputs} channels as its weight has, got ${channels}`);
  fields.ints('kernel_shape');
  const [sv = 1, sh = 1] = fields.ints('strides') ?? [1, 1];
  const around = padding(step);
  const sides = windows(step, [kh, kw], [sv, sh], around);
  const spec: LayerSpec = {
    type: 'conv2d',
    filters,
    kernel: [kh, kw],
    stride: [sv, sh],
    padding: around,
    bias: bias !== undefined,
  };
  chain.push(spec, [filters, ...sides], { weight, ...(bias && { bias }) });
}

const pooling =
  (type: 'maxPool2d' | 'avgPool2d') =>
  (step: Step): void => {
    const { chain, fields, refused } = step;
    const [channels = 0] = image(step);
    const [kh = 0, kw = 0] = fields.ints('kernel_shape') ?? [];
    const [sv = 1, sh = 1] = fields.ints('strides') ?? [1, 1];
    fields.only('ceil_mode', 0);
    fields.only('storage_order', 0);
    fields.only('count_include_pad', 0, 1);
    const dilations = fields.ints('dilations') ?? [1, 1];
    if (dilations.some((n) => n !== 1)) throw refused(`dilations: expected 1, 1, got ${dilations.join(', ')}`);
    const around = padding(step);
    if (around === 'same' || around.some((n) => n !== 0)) throw refused('pads: expected none');
    const sides = windows(step, [kh, kw], [sv, sh], around);
    chain.push({ type, size: [kh, kw], stride: [sv, sh] }, [channels, ...sides]);
  };

const globalPooling =
  (type: 'maxPool2d' | 'avgPool2d') =>
  (step: Step): void => {
    const [channels = 0, h = 1, w = 1] = image(step);
    step.chain.push({ type, size: [h, w] }, [channels, 1, 1]);
  };

function batchNormalization({ chain, fields, constant, refused }: Step): void {
  fields.only('training_mode', 0);
  fields.only('is_test', 1);
  fields.only('spatial', 1);
  const [epsilon, momentum] = [fields.float('epsilon', 1e-5), fields.float('momentum', 0.9)];
  const [weight, bias, mean, variance] = [1, 2, 3, 4].map(constant);
  if (!weight || !bias || !mean || !variance) throw refused('expected constant scale, B, mean and var');
  const spec = { type: 'batchNorm', epsilon, momentum: Number((1 - momentum).toPrecision(7)) } as const;
  chain.settle(weight.data.length);
  chain.push(spec, chain.shape, { weight, bias, running_mean: mean, running_var: variance });
}

function layerNormalization({ chain, fields, constant, refused }: Step): void {
  const rank = chain.shape.length;
  const axis = fields.int('axis', -1);
  fields.only('stash_type', 1);
  const epsilon = fields.float('epsilon', 1e-5);
  const [weight, bias] = [constant(1), constant(2)];
  if (!weight || rank > 2 || (axis !== -1 && axis !== rank))
    throw refused('expected to normalise the last axis of features');
  const zeros = { data: new Float64Array(weight.data.length), shape: weight.shape };
  chain.settle(weight.data.length);
  chain.push({ type: 'layerNorm', epsilon }, chain.shape, { weight, bias: bias ?? zeros });
}

function flatten({ chain, fields, refused }: Step): void {
  const axis = fields.int('axis', 1);
  if (axis !== 1) throw refused(`axis: expected 1, got ${axis}`);
  if (chain.shape.length > 1) chain.push({ type: 'flatten' }, [sizeOf(chain.shape)]);
}

function reshape({ chain, fields, constant, refused }: Step): void {
  fields.only('allowzero', 0);
  const wanted = constant(1);
  const size = sizeOf(chain.shape);
  const [, ...rest] = Array.from(wanted?.data ?? []);
  const known = rest.map((n, axis) => (n === 0 ? (chain.shape[axis] ?? 0) : n));
  const product = known.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
  const shape = known.map((n) => (n === -1 ? size / product : n));
  if (shape.join() === chain.shape.join()) return;
  if (!wanted || shape.length !== 1 || shape[0] !== size) {
    throw refused(
      `expected a shape that flattens [${chain.shape.join(', ')}], got [${Array.from(wanted?.data ?? []).join(', ')}]`,
    );
  }
  chain.push({ type: 'flatten' }, [size]);
}

const activation =
  (make: (fields: Attributes, step: Step) => LayerSpec) =>
  (step: Step): void =>
    step.chain.push(make(step.fields, step), step.chain.shape);
const plain = (fn: 'relu' | 'tanh' | 'sigmoid' | 'erf' | 'softplus' | 'silu' | 'gelu' | 'sin' | 'cos') =>
  activation(() => ({ type: 'activation', fn }));

function clip({ fields, constant, refused }: Step): LayerSpec {
  const [low, high] = [
    constant(1)?.data[0] ?? fields.float('min', -Infinity),
    constant(2)?.data[0] ?? fields.float('max', Infinity),
  ];
  if (low !== 0) throw refused(`min: expected 0, got ${low}`);
  return high === Infinity ? { type: 'activation', fn: 'relu' } : { type: 'activation', fn: 'clippedRelu', max: high };
}

const nothing = (): void => undefined;

export const OPERATORS: ReadonlyMap<string, (step: Step) => void> = new Map<string, (step: Step) => void>([
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Add', add],
  ['Mul', multiply('Mul')],
  ['Div', multiply('Div')],
  ['Conv', convolution],
  ['MaxPool', pooling('maxPool2d')],
  ['AveragePool', pooling('avgPool2d')],
  ['GlobalMaxPool', globalPooling('maxPool2d')],
  ['GlobalAveragePool', globalPooling('avgPool2d')],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Relu', plain('relu')],
  ['Tanh', plain('tanh')],
  ['Sigmoid', plain('sigmoid')],
  ['Erf', plain('erf')],
  ['Softplus', plain('softplus')],
  ['Sin', plain('sin')],
  ['Cos', plain('cos')],
  ['Silu', plain('silu')],
  ['ErfGelu', plain('gelu')],
  [
    'Gelu',
    activation((fields, { refused }) => {
      const kind = fields.text('approximate') ?? 'none';
      if (kind !== 'none') throw refused(`approximate: expected none, got ${kind}`);
      return { type: 'activation', fn: 'gelu' };
    }),
  ],
  ['LeakyRelu', activation((fields) => ({ type: 'activation', fn: 'leakyRelu', slope: fields.float('alpha', 0.01) }))],
  ['Elu', activation((fields) => ({ type: 'activation', fn: 'elu', alpha: fields.float('alpha', 1) }))],
  ['Clip', activation((_, step) => clip(step))],
  ['Identity', nothing],
  [
    'Dropout',
    ({ fields }) => {
      fields.float('ratio', 0.5);
      fields.int('seed', 0);
    },
  ],
  [
    'Softmax',
    ({ chain, fields, refused }) => {
      const axis = fields.int('axis', -1);
      if (axis !== -1 && axis !== chain.shape.length) throw refused(`axis: expected the last one, got ${axis}`);
      chain.end();
    },
  ],
]);
