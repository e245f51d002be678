/** A network of this package in TensorFlow.js: the same layers on the same parameters. Images have their channels last there. */
import { invalidArgument } from '../core/errors.js';
import type { NdArray } from '../core/ndarray.js';
import type { ActivationLayer } from '../nets/activation.js';
import type { LayerSpec, NetworkSpec } from '../nets/spec.js';
import type { Tensor, Tfjs } from './load-tfjs.js';

/** Tensors by the names of parameters and buffers. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** An array of this package as a tensor: filters `[out, in, h, w]` become `[h, w, in, out]`. */
export function toTensor(tf: Tfjs, { data, shape }: NdArray): Tensor {
  const tensor = tf.tensor(Float32Array.from(data), shape);
  return shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor;
}

/** And back. */
export function toArray(tf: Tfjs, tensor: Tensor): NdArray {
  const back = tensor.shape.length === 4 ? tf.transpose(tensor, [3, 2, 0, 1]) : tensor;
  return { data: Float32Array.from(back.dataSync()), shape: [...back.shape] };
}

/** Samples: images `[n, channels, h, w]` become `[n, h, w, channels]`. */
export function toInput(tf: Tfjs, { data, shape }: NdArray): Tensor {
  const tensor = tf.tensor(Float32Array.from(data), shape);
  return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
}

/** The outputs for `x`. @throws `INVALID_ARGUMENT` naming a layer that is not built here */
export function forward(tf: Tfjs, spec: NetworkSpec, tensors: Tensors, x: Tensor): Tensor {
  return spec.layers.reduce((h, layer, i) => apply(tf, layer, i, tensors, h), x);
}

function apply(tf: Tfjs, layer: LayerSpec, i: number, tensors: Tensors, h: Tensor): Tensor {
  const refuse = (what: string): never => {
    throw invalidArgument(`layers[${i}]: ${what} is not compared with TensorFlow.js`);
  };
  const array = (name: string): Tensor =>
    tensors.get(`layers.${i}.${name}`) ?? refuse(`a ${layer.type} without ${name}`);
  switch (layer.type) {
    case 'dense': {
      const ntk = layer.parameterization === 'ntk';
      const product = tf.matMul(h, array('weight'), false, true);
      const scaled = ntk ? tf.mul(product, (layer.sigmaW ?? 1) / Math.sqrt(h.shape.at(-1) ?? 1)) : product;
      const bias = tensors.get(`layers.${i}.bias`);
      if (!bias) return scaled;
      return tf.add(scaled, ntk ? tf.mul(bias, layer.sigmaB ?? 0) : bias);
    }
    case 'activation':
      return activation(tf, layer, h) ?? refuse(`the activation ${layer.fn}`);
    case 'conv2d': {
      const { kernel, stride = 1, padding = 0 } = layer;
      const same = padding === 'same' || (typeof kernel === 'number' && padding === (kernel - 1) / 2);
      if (
        typeof stride !== 'number' ||
        !(same || padding === 0) ||
        (same && stride !== 1) ||
        layer.parameterization === 'ntk'
      ) {
        return refuse('a convolution with this stride, padding or parameterisation');
      }
      const out = tf.conv2d(h, array('weight'), stride, same ? 'same' : 'valid');
      const bias = tensors.get(`layers.${i}.bias`);
      return bias ? tf.add(out, bias) : out;
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      const { size, stride = size } = layer;
      if (typeof size !== 'number' || typeof stride !== 'number') return refuse('a pooling that is not square');
      return layer.type === 'maxPool2d' ? tf.maxPool(h, size, stride, 'valid') : tf.avgPool(h, size, stride, 'valid');
    }
    case 'flatten':
      return tf.reshape(h.shape.length === 4 ? tf.transpose(h, [0, 3, 1, 2]) : h, [h.shape[0] ?? 0, -1]);
    case 'scale':
      return tf.mul(h, layer.factor);
    case 'fourierFeatures': {
      if (layer.trainable || layer.amplitudes) return refuse('Fourier features with amplitudes or trained ones');
      const phase = tf.mul(tf.matMul(h, array('frequencies'), false, true), 2 * Math.PI);
      return tf.concat([tf.cos(phase), tf.sin(phase)], 1);
    }
    default:
      return refuse(`a layer of type ${layer.type}`);
  }
}

function activation(tf: Tfjs, layer: ActivationLayer, h: Tensor): Tensor | undefined {
  switch (layer.fn) {
    case 'relu':
    case 'tanh':
    case 'sigmoid':
    case 'softplus':
    case 'erf':
      return tf[layer.fn](h);
    case 'silu':
      return tf.mul(h, tf.sigmoid(h));
    case 'gelu':
      return tf.mul(tf.mul(h, 0.5), tf.add(tf.erf(tf.mul(h, Math.SQRT1_2)), 1));
    case 'sin':
    case 'cos':
      return tf[layer.fn](tf.mul(h, layer.omega ?? 1));
    case 'gaussian':
      return tf.exp(tf.mul(tf.square(h), -0.5 / (layer.a ?? 1) ** 2));
    case 'leakyRelu':
      return tf.leakyRelu(h, layer.slope ?? 0.01);
    case 'elu':
      return (layer.alpha ?? 1) === 1 ? tf.elu(h) : undefined;
    default:
      return undefined;
  }
}
