/** Real data as arrays, for experiments and for anyone: fetched on first use, from the cache afterwards. */
import { FprincipleError } from '../core/errors.js';
import type { NdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions, checkTask } from '../core/options.js';
import { type FetchProgress, fetchDataset, findDataset, readDatasetFile } from './cache.js';
import { readIdx } from './idx.js';
import { type Mesh, readMesh } from './mesh.js';
import { checkMode, decodePictureAsync, decodeRows, type Picture, type PictureMode, readPicture } from './picture.js';

/** Images with their classes. */
export interface LabelledImages {
  /** `[n, channels * height * width]`, between 0 and 1, f32: channel after channel, as convolutions take them. */
  images: NdArray;
  /** `[n]`, class indices from 0. */
  labels: NdArray;
  /** Rows of an image, in pixels. */
  height: number;
  /** Columns of an image, in pixels. */
  width: number;
  /** 1 for gray, 3 for RGB. */
  channels: number;
  /** How many classes there are: labels are below it. */
  classes: number;
}

export interface DataAccess {
  /** The first `count` (default: all) MNIST digits of a split, in the data set's own order. */
  mnist(options?: {
    /** Default `train`. */
    split?: 'train' | 'test';
    /** How many images, at most. Default: all. */
    count?: number;
  }): Promise<LabelledImages>;
  /** The first `count` (default: all) CIFAR-10 photographs of a split, in the data set's own order. */
  cifar10(options?: {
    /** Default `train`. */
    split?: 'train' | 'test';
    /** How many images, at most. Default: all. */
    count?: number;
  }): Promise<LabelledImages>;
  /** A triangle mesh: `bunny`. */
  mesh(name: 'bunny'): Promise<Mesh>;
  /** A picture: `cameraman`, `baboon`, or the path of a file of the user's own (see `readPicture`). */
  picture(nameOrPath: string, mode?: PictureMode): Promise<Picture>;
}

export interface DataAccessOptions {
  /** Stops a fetch. */
  signal?: AbortSignal;
  /** Told while a data set is being fetched. */
  onProgress?: (progress: {
    /** What is being fetched, and in which unit. */
    phase: string;
    /** Bytes so far. */
    step: number;
    /** Bytes in all. */
    steps: number;
  }) => void;
}

/** Pictures of the catalogue, by name. */
const pictures = ['cameraman', 'baboon'];

/** Access to real data by way of the cache. */
export function createDataAccess(options: DataAccessOptions = {}): DataAccess {
  checkTask(checkOptions(options, ['signal', 'onProgress']));
  const fetching = {
    signal: options.signal,
    onProgress: ({ dataset, bytes, total }: FetchProgress): void =>
      options.onProgress?.({ phase: `fetching ${dataset} (bytes)`, step: bytes, steps: total }),
  };
  return {
    async mnist(chosen = {}) {
      const { split = 'train', count } = checkOptions(chosen, ['split', 'count'], 'mnist');
      checkChoice(split, ['train', 'test'], 'split');
      const dataset = findDataset('mnist');
      await fetchDataset(dataset, fetching);
      const { trainImages, trainLabels, testImages, testLabels } = dataset.files;
      const [imageFile, labelFile] = split === 'train' ? [trainImages!, trainLabels!] : [testImages!, testLabels!];
      const images = readIdx(await readDatasetFile(dataset, imageFile, fetching), imageFile.path);
      const labels = readIdx(await readDatasetFile(dataset, labelFile, fetching), labelFile.path);
      const [total = 0, height = 0, width = 0] = images.shape;
      const n = checkCount(count, total);
      const size = height * width;
      return {
        images: { data: unit(images.bytes.subarray(0, n * size)), shape: [n, size] },
        labels: { data: Float32Array.from(labels.bytes.subarray(0, n)), shape: [n] },
        height,
        width,
        channels: 1,
        classes: 10,
      };
    },
    async cifar10(chosen = {}) {
      const { split = 'train', count } = checkOptions(chosen, ['split', 'count'], 'cifar10');
      checkChoice(split, ['train', 'test'], 'split');
      const dataset = findDataset('cifar10');
      await fetchDataset(dataset, fetching);
      const { batch1, batch2, batch3, batch4, batch5, testBatch, trainLabels, testLabels } = dataset.files;
      const [batches, labelFile] =
        split === 'train' ? [[batch1!, batch2!, batch3!, batch4!, batch5!], trainLabels!] : [[testBatch!], testLabels!];
      const n = checkCount(count, batches.length * cifarBatch);
      const images = new Float32Array(n * cifarSize);
      // Only the batches that hold wanted images are read: each takes half a second to decode.
      for (const [b, file] of batches.slice(0, Math.ceil(n / cifarBatch)).entries()) {
        const bytes = await readDatasetFile(dataset, file, fetching);
        const rows = await decodeRows(bytes, file.path, Math.min(cifarBatch, n - b * cifarBatch));
        images.set(rows.data, b * cifarBatch * cifarSize);
      }
      const labels = JSON.parse((await readDatasetFile(dataset, labelFile, fetching)).toString()) as number[];
      return {
        images: { data: images, shape: [n, cifarSize] },
        labels: { data: Float32Array.from(labels.slice(0, n)), shape: [n] },
        height: 32,
        width: 32,
        channels: 3,
        classes: 10,
      };
    },
    async mesh(name) {
      const dataset = findDataset(name);
      const text = (await readDatasetFile(dataset, dataset.files.mesh!, fetching)).toString();
      return readMesh(text, name);
    },
    async picture(nameOrPath, mode = 'auto') {
      checkMode(mode);
      if (!pictures.includes(nameOrPath)) return readPicture(nameOrPath, mode);
      const dataset = findDataset(nameOrPath);
      return decodePictureAsync(await readDatasetFile(dataset, dataset.files.image!, fetching), nameOrPath, mode);
    },
  };
}

/** Images in a CIFAR-10 batch, and values in an image. */
const cifarBatch = 10_000;
const cifarSize = 3 * 32 * 32;

/** Bytes as numbers between 0 and 1. (A plain loop: `Float32Array.from` with a function is 50 times slower.) */
function unit(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i]! / 255;
  return values;
}

function checkCount(count: number | undefined, total: number): number {
  if (count === undefined) return total;
  if (Number.isInteger(count) && count >= 1 && count <= total) return count;
  throw new FprincipleError('INVALID_ARGUMENT', `count: expected an integer from 1 to ${total}, got ${String(count)}`);
}
