/** Activations of Keras: by their name in a layer's `activation`, and as layers of their own. */
import type { ActivationSpec } from '../activation.js';
import { type Fields, isRecord, text } from './fields.js';
import type { Reading } from './reading.js';

/** Those that need no parameter; Keras' `leaky_relu` has slope 0.2 as a name and 0.3 as a layer. */
const NAMED: ReadonlyMap<string, ActivationSpec> = new Map([
  ['relu', { fn: 'relu' }],
  ['relu6', { fn: 'clippedRelu', max: 6 }],
  ['leaky_relu', { fn: 'leakyRelu', slope: 0.2 }],
  ['elu', { fn: 'elu' }],
  ['tanh', { fn: 'tanh' }],
  ['sigmoid', { fn: 'sigmoid' }],
  ['softplus', { fn: 'softplus' }],
  ['swish', { fn: 'silu' }],
  ['silu', { fn: 'silu' }],
  ['gelu', { fn: 'gelu' }],
]);

/** The field `activation`: a name, or a function that Keras 3 wrote out. */
export function namedActivation(fields: Fields, reading: Reading): void {
  const value = fields.take('activation') ?? 'linear';
  const name = isRecord(value) && value.class_name === 'function' ? value.config : value;
  if (name === 'linear') return;
  if (name === 'softmax') {
    leaveOff(fields, reading);
    return;
  }
  const spec = typeof name === 'string' ? NAMED.get(name) : undefined;
  if (!spec) throw fields.refused(`the activation ${text(name)} has no counterpart in this package`);
  reading.activation(spec);
}

/** `max_value`, `negative_slope` and `threshold` of a ReLU layer. */
export function reluLayer(fields: Fields, reading: Reading): void {
  const slope = fields.number('negative_slope', 0);
  fields.only('threshold', 0);
  const clipped = fields.take('max_value') !== undefined;
  const max = clipped ? fields.number('max_value', 0) : 0;
  if (clipped && (slope !== 0 || max <= 0)) {
    throw fields.refused(`max_value ${max} with negative_slope ${slope} has no counterpart in this package`);
  }
  if (clipped) reading.activation({ fn: 'clippedRelu', max });
  else reading.activation(slope === 0 ? { fn: 'relu' } : { fn: 'leakyRelu', slope });
}

/** Keras 2 calls the slope `alpha`, Keras 3 `negative_slope`. */
export function leakyReluLayer(fields: Fields, reading: Reading): void {
  reading.activation({ fn: 'leakyRelu', slope: fields.number('negative_slope', fields.number('alpha', 0.3)) });
}

export function eluLayer(fields: Fields, reading: Reading): void {
  reading.activation({ fn: 'elu', alpha: fields.number('alpha', 1) });
}

/** A softmax over the last axis, which is left off at the end of a model. */
export function softmaxLayer(fields: Fields, reading: Reading): void {
  fields.only('axis', -1, reading.shape.length);
  leaveOff(fields, reading);
}

function leaveOff(fields: Fields, reading: Reading): void {
  if (reading.softmax !== undefined) throw fields.refused('expected one softmax, at the end of a model');
  reading.softmax = fields.layer;
}
