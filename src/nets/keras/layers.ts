/** Every Keras layer that has a counterpart in this package, with all its fields honoured or refused. */
import type { NdArray } from '../../core/ndarray.js';
import type { Conv2dLayer, PoolLayer } from '../spec.js';
import { eluLayer, leakyReluLayer, namedActivation, reluLayer, softmaxLayer } from './activations.js';
import { type Fields, isCount, text } from './fields.js';
import { fieldsOf, inOurOrder, permuted, type Reading } from './reading.js';
import type { KerasLayer } from './topology.js';

type Convert = (fields: Fields, reading: Reading, layer: KerasLayer) => void;

/** Adds a layer to what has been read. @throws `INVALID_ARGUMENT` naming the layer, and the field */
export function convert(layer: KerasLayer, reading: Reading): void {
  const fields = fieldsOf(layer);
  const known = LAYERS.get(layer.className);
  if (!known) throw fields.refused(`${layer.className} has no counterpart in this package`);
  known(fields, reading, layer);
  fields.done();
}

const dense: Convert = (fields, reading, layer) => {
  const inputs = reading.shape.at(-1) ?? 1;
  if (reading.shape.length > 2) throw fields.refused('expected a flat input to a dense layer');
  const [units, bias] = [fields.count('units'), fields.flag('use_bias', true)];
  fields.only('quantization_config');
  const kernel = inOurOrder(reading.weight(layer, 'kernel', [inputs, units]), reading.flattened);
  const parameters = {
    weight: permuted(kernel, [1, 0]),
    ...(bias && { bias: reading.weight(layer, 'bias', [units]) }),
  };
  reading.push({ type: 'dense', units, bias }, [...reading.shape.slice(0, -1), units], parameters);
  reading.flattened = undefined;
  namedActivation(fields, reading);
};

const convolution: Convert = (fields, reading, layer) => {
  const channels = imageChannels(fields, reading);
  const [filters, bias] = [fields.count('filters'), fields.flag('use_bias', true)];
  const [kernel, stride] = [fields.pair('kernel_size'), fields.pair('strides', [1, 1])];
  const same = fields.choice('padding', ['valid', 'same'], 'valid') === 'same';
  fields.only('dilation_rate', 1, [1, 1], [1]);
  fields.only('groups', 1);
  const weight = permuted(reading.weight(layer, 'kernel', [...kernel, channels, filters]), [3, 2, 0, 1]);
  const around = reading.padding?.sides;
  if (around && same) throw fields.refused("expected padding 'valid' behind zero padding");
  reading.padding = undefined;
  const spec: Conv2dLayer = { type: 'conv2d', filters, kernel, stride, bias };
  if (same) spec.padding = 'same';
  else if (around) spec.padding = around;
  const padded = reading.shape.map((n, axis) => n + 2 * (around?.[axis - 1] ?? 0));
  const parameters = { weight, ...(bias && { bias: reading.weight(layer, 'bias', [filters]) }) };
  reading.push(spec, [filters, ...windows(fields, padded, kernel, stride, same)], parameters);
  namedActivation(fields, reading);
};

/** The same number of zeros on both sides of an axis, which the convolution behind it takes over. */
const zeroPadding: Convert = (fields, reading) => {
  imageChannels(fields, reading);
  const value = fields.take('padding') ?? 1;
  const sides = (Array.isArray(value) ? value : [value, value]).map((side: unknown) => {
    const both: unknown[] = Array.isArray(side) ? side : [side, side];
    const [before, after] = both;
    if (both.length === 2 && before === after && (before === 0 || isCount(before))) return before;
    throw fields.refused(`padding: expected as many zeros on both sides of an axis, got ${text(value)}`);
  });
  const [vertical, horizontal] = sides;
  if (sides.length !== 2 || vertical === undefined || horizontal === undefined || reading.padding) {
    throw fields.refused(`padding: expected one padding of two axes, got ${text(value)}`);
  }
  reading.padding = { layer: fields.layer, sides: [vertical, horizontal] };
};

const pooling =
  (type: PoolLayer['type']): Convert =>
  (fields, reading) => {
    imageChannels(fields, reading);
    const size = fields.pair('pool_size', [2, 2]);
    const stride = fields.pair('strides', size);
    const same = fields.choice('padding', ['valid', 'same'], 'valid') === 'same';
    const [channels = 1, ...sides] = reading.shape;
    const tiled = sides.every((n, axis) => size[axis] === stride[axis] && n % (size[axis] ?? 1) === 0);
    if (same && !tiled) throw fields.refused("expected padding 'valid', or windows that fill the image");
    reading.push({ type, size, stride }, [channels, ...windows(fields, reading.shape, size, stride, false)]);
  };

const globalPooling =
  (type: PoolLayer['type']): Convert =>
  (fields, reading) => {
    const channels = imageChannels(fields, reading);
    fields.only('keepdims', false);
    const [, height = 1, width = 1] = reading.shape;
    reading.push({ type, size: [height, width] }, [channels, 1, 1]);
    reading.push({ type: 'flatten' }, [channels]);
  };

const batchNormalization: Convert = (fields, reading, layer) => {
  // Axes count the batch: the last one is that of the channels, or of the features.
  const last = reading.shape.length;
  fields.only('axis', -1, last, [-1], [last]);
  const channels = (last === 1 ? reading.shape[0] : imageChannels(fields, reading)) ?? 1;
  fields.only('renorm', false);
  fields.only('fused', true, false);
  fields.only('synchronized', false);
  const statistic = (name: string): NdArray => inOurOrder(reading.weight(layer, name, [channels]), reading.flattened);
  const spec = {
    type: 'batchNorm',
    epsilon: fields.number('epsilon', 1e-3),
    // Keras keeps this share of the running statistics, PyTorch and this package replace it.
    momentum: 1 - fields.number('momentum', 0.99),
  } as const;
  reading.push(spec, reading.shape, {
    ...scaleAndShift(fields, reading, layer, channels),
    running_mean: statistic('moving_mean'),
    running_var: statistic('moving_variance'),
  });
};

const layerNormalization: Convert = (fields, reading, layer) => {
  const last = reading.shape.length;
  if (last > 2) throw fields.refused('expected features or a sequence as the input of a layer normalisation');
  fields.only('axis', -1, last, [-1], [last]);
  fields.only('rms_scaling', false);
  const features = reading.shape[last - 1] ?? 1;
  const spec = { type: 'layerNorm', epsilon: fields.number('epsilon', 1e-3) } as const;
  reading.push(spec, reading.shape, scaleAndShift(fields, reading, layer, features));
};

/** `gamma` and `beta`, 1 and 0 where the layer has none. */
function scaleAndShift(fields: Fields, reading: Reading, layer: KerasLayer, n: number): Record<string, NdArray> {
  const all = (value: number): NdArray => ({ data: new Float32Array(n).fill(value), shape: [n] });
  const own = (name: string): NdArray => inOurOrder(reading.weight(layer, name, [n]), reading.flattened);
  return {
    weight: fields.flag('scale', true) ? own('gamma') : all(1),
    bias: fields.flag('center', true) ? own('beta') : all(0),
  };
}

const flatten: Convert = (fields, reading) => {
  fields.only('data_format', 'channels_last');
  const { shape, turned } = reading;
  reading.turned = undefined;
  reading.push({ type: 'flatten' }, [shape.reduce((a, b) => a * b, 1)]);
  if (shape.length === 3 && turned === undefined) reading.flattened = shape;
};

/** Channels of an image first, as they are here. */
const permute: Convert = (fields, reading) => {
  const dims = fields.take('dims');
  if (reading.shape.length !== 3 || text(dims) !== '[3,1,2]') {
    throw fields.refused(`dims: expected [3, 1, 2], the channels of an image first, got ${text(dims)}`);
  }
  reading.turned = fields.layer;
};

/** What a prediction passes over; its fields only matter to a training. */
const nothing =
  (...names: string[]): Convert =>
  (fields) => {
    for (const name of names) fields.take(name);
  };

const input: Convert = (fields) => {
  fields.only('sparse', false);
  fields.only('ragged', false);
  fields.only('optional', false);
};

const LAYERS: ReadonlyMap<string, Convert> = new Map([
  ['InputLayer', input],
  ['Dense', dense],
  ['Conv2D', convolution],
  ['ZeroPadding2D', zeroPadding],
  ['MaxPooling2D', pooling('maxPool2d')],
  ['AveragePooling2D', pooling('avgPool2d')],
  ['GlobalMaxPooling2D', globalPooling('maxPool2d')],
  ['GlobalAveragePooling2D', globalPooling('avgPool2d')],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['Flatten', flatten],
  ['Permute', permute],
  ['Dropout', nothing('rate', 'noise_shape', 'seed')],
  ['SpatialDropout2D', nothing('rate', 'noise_shape', 'seed', 'data_format')],
  ['GaussianDropout', nothing('rate', 'seed')],
  ['AlphaDropout', nothing('rate', 'noise_shape', 'seed')],
  ['GaussianNoise', nothing('stddev', 'seed')],
  ['ActivityRegularization', nothing('l1', 'l2')],
  ['Activation', namedActivation],
  ['ReLU', reluLayer],
  ['LeakyReLU', leakyReluLayer],
  ['ELU', eluLayer],
  ['Softmax', softmaxLayer],
]);

/** The channels of the image at hand. */
function imageChannels(fields: Fields, reading: Reading): number {
  if (reading.shape.length !== 3) throw fields.refused('expected an image as its input');
  fields.only('data_format', 'channels_last');
  return reading.shape[0] ?? 1;
}

/** Height and width behind windows of this size. */
function windows(
  fields: Fields,
  [, h = 0, w = 0]: number[],
  size: number[],
  stride: number[],
  same: boolean,
): number[] {
  return [h, w].map((n, axis) => {
    const [step = 1, span = 1] = [stride[axis], size[axis]];
    if (!same && n < span) throw fields.refused(`expected an image of at least ${size.join(' x ')}, got ${h} x ${w}`);
    return same ? Math.ceil(n / step) : Math.floor((n - span) / step) + 1;
  });
}
