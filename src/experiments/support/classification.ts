/** What the classification experiments share: images with classes, and the networks that tell them apart. */

import { z } from 'zod';
import type { NdArray } from '../../core/ndarray.js';
import type { DataAccess } from '../../data/index.js';
import { type LayerSpec, mlp, type NetworkSpec } from '../../nets/index.js';
import { gaussianNoise } from '../../spectrum/index.js';
import { entry } from './arrays.js';

/** Images flattened to rows, `[n, size]`, with class indices `[n]`. */
export interface ClassImages {
  images: NdArray;
  labels: NdArray;
  height: number;
  width: number;
  channels: number;
  size: number;
  classes: number;
}

/** Data sets that {@link loadImages} knows. */
export const datasetName = z.enum(['mnist', 'cifar10']);

/** Networks that {@link classifier} builds. */
export const classifierName = z.enum(['dense', 'cnn', 'vgg16']);

/** The first `count` training images of a data set. */
export async function loadImages(
  data: DataAccess,
  name: z.infer<typeof datasetName>,
  count: number,
): Promise<ClassImages> {
  const load = { mnist: () => data.mnist({ count }), cifar10: () => data.cifar10({ count }) }[name];
  const set = await load();
  return { ...set, size: set.height * set.width * set.channels };
}

export interface ClassifierOptions {
  /** Widths of the dense network. */
  hidden: number[];
  activation: 'tanh' | 'relu';
  /** Filters of the first block of VGG16 (64 in the original; the later blocks have 2, 4, 8, 8 times as many). */
  vggFilters?: number;
}

/**
 * A classifier's description for images of this size; its outputs are logits.
 *
 * - `dense`: hidden layers of the widths given.
 * - `cnn`: two 3 x 3 convolutions of 32 and 64 filters, each with ReLU and 2 x 2 max pooling, and a dense layer of 128.
 * - `vgg16`: the thirteen convolutions of Simonyan and Zisserman (2014), configuration D, for 32 x 32 images: no batch
 *   normalisation, one dense layer behind them. Smaller images are padded to 32 by the first convolution.
 *
 * Convolutions start from He's initialisation: with PyTorch's default thirteen of them pass no signal on.
 */
export function classifier(
  name: z.infer<typeof classifierName>,
  images: ClassImages,
  options: ClassifierOptions,
): NetworkSpec {
  const { channels, height, width, size, classes } = images;
  const head: LayerSpec[] = [{ type: 'dense', units: classes, init: 'he' }];
  const pool: LayerSpec = { type: 'maxPool2d', size: 2 };
  const input = [channels, height, width];
  switch (name) {
    case 'dense':
      return mlp({ input: size, output: classes, hidden: options.hidden, activation: options.activation });
    case 'cnn': {
      const dense: LayerSpec[] = [
        { type: 'flatten' },
        { type: 'dense', units: 128, init: 'he' },
        { type: 'activation', fn: 'relu' },
      ];
      return { input, layers: [...convolution(32), pool, ...convolution(64), pool, ...dense, ...head] };
    }
    case 'vgg16': {
      const first = options.vggFilters ?? 64;
      const blocks = [1, 1, 'pool', 2, 2, 'pool', 4, 4, 4, 'pool', 8, 8, 8, 'pool', 8, 8, 8, 'pool'] as const;
      const layers = blocks.flatMap((factor, i): LayerSpec[] => {
        if (factor === 'pool') return [pool];
        return convolution(first * factor, i === 0 ? 1 + Math.max(0, 32 - height) / 2 : 1);
      });
      return { input, layers: [...layers, { type: 'flatten' }, ...head] };
    }
  }
}

/** A 3 x 3 convolution that keeps the size (with the padding 1), and ReLU. */
const convolution = (filters: number, padding = 1): LayerSpec[] => [
  { type: 'conv2d', filters, kernel: 3, padding, init: 'he' },
  { type: 'activation', fn: 'relu' },
];

/** How a classifier of images is trained: cross-entropy by Adam, in batches. */
export const classifierTraining = (
  set: Pick<ClassImages, 'images' | 'labels'>,
  p: { learningRate: number; batchSize: number; samples: number },
) =>
  ({
    x: set.images,
    y: set.labels,
    loss: 'crossEntropy',
    optimizer: { type: 'adam', learningRate: p.learningRate },
    batchSize: Math.min(p.batchSize, p.samples),
  }) as const;

/** Images `[n, size]` in the shape that a network takes. */
export const asInput = (spec: NetworkSpec, { data, shape }: NdArray): NdArray => ({
  data,
  shape: [shape[0] ?? 0, ...[spec.input].flat()],
});

/** The first `count` rows of an array. */
export function firstRows({ data, shape }: NdArray, count: number): NdArray {
  const size = data.length / (shape[0] ?? 1);
  return { data: data.subarray(0, count * size), shape: [count, ...shape.slice(1)] };
}

/** Class indices `[n]` as rows of 0 and 1, `[n, classes]`. */
export function oneHot(labels: NdArray, classes: number): NdArray {
  const n = labels.data.length;
  const data = new Float64Array(n * classes);
  for (const [i, label] of labels.data.entries()) data[i * classes + label] = 1;
  return { data, shape: [n, classes] };
}

/** Values `[n, classes]` less the mean over the n of each class. */
export function lessMeans(values: ArrayLike<number>, n: number): Float64Array {
  const classes = values.length / n;
  const means = new Float64Array(classes);
  for (let i = 0; i < values.length; i++) means[i % classes] = (means[i % classes] ?? 0) + (values[i] ?? 0) / n;
  return Float64Array.from(values, (v, i) => v - (means[i % classes] ?? 0));
}

/** Probabilities of logits `[n, classes]`. */
export function softmax(logits: ArrayLike<number>, classes: number): Float64Array {
  const out = Float64Array.from(logits);
  for (let from = 0; from < out.length; from += classes) {
    const row = out.subarray(from, from + classes);
    const top = Math.max(...row);
    row.forEach((v, j) => {
      row[j] = Math.exp(v - top);
    });
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((v, j) => {
      row[j] = v / sum;
    });
  }
  return out;
}

/** The same labels in a random order: each class as often as before, at other samples. */
export function shuffled(labels: NdArray, seed: number, stream = 'label order'): NdArray {
  const order = gaussianNoise(labels.data.length, { seed, stream }).data;
  const inOrder = Array.from(labels.data, (label, i) => ({ label, key: entry(order, i) })).sort(
    (a, b) => a.key - b.key,
  );
  return { data: Float32Array.from(inOrder, ({ label }) => label), shape: labels.shape };
}

/** The same rows `[n, size]` in a random order. */
export function inAnotherOrder({ data, shape }: NdArray, seed: number): NdArray {
  const [n = 0, size = 0] = shape;
  const order = shuffled({ data: Float64Array.from({ length: n }, (_, i) => i), shape: [n] }, seed).data;
  const place = (i: number): number => (order[Math.floor(i / size)] ?? 0) * size + (i % size);
  return { data: Float64Array.from({ length: n * size }, (_, i) => data[place(i)] ?? 0), shape };
}

/** The class that each row of logits `[n, classes]` decides for. */
export function decisions({ data, shape }: NdArray): number[] {
  const [n = 0, classes = 0] = shape;
  return Array.from({ length: n }, (_, i) => {
    const row = Array.from(data.subarray(i * classes, (i + 1) * classes));
    return row.indexOf(Math.max(...row));
  });
}

/** The share of entries in which two lists agree: the accuracy of decisions against labels. */
export const agreement = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (v, i): number => (v === b[i] ? 1 : 0)).reduce((sum, v) => sum + v, 0) / a.length;
