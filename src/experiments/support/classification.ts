/** What the classification experiments share: images with classes, and the networks that tell them apart. */
import { z } from 'zod';
import type { DataAccess } from '../../data/index.js';
import type { NdArray } from '../../ndarray.js';
import { mlp, type NetworkSpec } from '../../nets/index.js';

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
export const datasetName = z.enum(['mnist']);

/** Networks that {@link classifier} builds. */
export const classifierName = z.enum(['dense']);

/** The first `count` training images of a data set. */
export async function loadImages(
  data: DataAccess,
  name: z.infer<typeof datasetName>,
  count: number,
): Promise<ClassImages> {
  const load = { mnist: () => data.mnist({ count }) }[name];
  const set = await load();
  return { ...set, size: set.height * set.width * set.channels };
}

export interface ClassifierOptions {
  hidden: number[];
  activation: 'tanh' | 'relu';
}

/** A classifier's description for images of this size; its outputs are logits. */
export function classifier(
  name: z.infer<typeof classifierName>,
  images: ClassImages,
  options: ClassifierOptions,
): NetworkSpec {
  const build = { dense: () => mlp({ input: images.size, output: images.classes, ...options }) }[name];
  return build();
}

/** Class indices `[n]` as rows of 0 and 1, `[n, classes]`. */
export function oneHot(labels: NdArray, classes: number): NdArray {
  const n = labels.data.length;
  const data = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) data[i * classes + labels.data[i]!] = 1;
  return { data, shape: [n, classes] };
}
