/** Real data as arrays, for experiments and for anyone: fetched on first use, from the cache afterwards. */
import { FprincipleError } from '../errors.js';
import type { NdArray } from '../ndarray.js';
import { type FetchProgress, fetchDataset, findDataset, readDatasetFile } from './cache.js';
import { readIdx } from './idx.js';
import { decodePicture, type Picture, type PictureMode, readPicture } from './picture.js';

/** Images with their classes. */
export interface LabelledImages {
  /** `[n, height * width * channels]`, between 0 and 1, f32. */
  images: NdArray;
  /** `[n]`, class indices from 0. */
  labels: NdArray;
  height: number;
  width: number;
  channels: number;
  classes: number;
}

export interface DataAccess {
  /** The first `count` (default: all) MNIST digits of a split, in the data set's own order. */
  mnist(options?: { split?: 'train' | 'test'; count?: number }): Promise<LabelledImages>;
  /** A picture: `cameraman`, `baboon`, or the path of a PNG or JPEG file of the user's own. */
  picture(nameOrPath: string, mode?: PictureMode): Promise<Picture>;
}

export interface DataAccessOptions {
  signal?: AbortSignal;
  /** Told while a data set is being fetched. */
  onProgress?: (progress: { phase: string; step: number; steps: number }) => void;
}

/** Pictures of the catalogue, by name. */
const pictures = ['cameraman', 'baboon'];

/** Access to real data by way of the cache. */
export function createDataAccess(options: DataAccessOptions = {}): DataAccess {
  const fetching = {
    signal: options.signal,
    onProgress: ({ dataset, bytes, total }: FetchProgress): void =>
      options.onProgress?.({ phase: `fetching ${dataset} (bytes)`, step: bytes, steps: total }),
  };
  return {
    async mnist({ split = 'train', count } = {}) {
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
    async picture(nameOrPath, mode = 'auto') {
      if (!pictures.includes(nameOrPath)) return readPicture(nameOrPath, mode);
      const dataset = findDataset(nameOrPath);
      return decodePicture(await readDatasetFile(dataset, dataset.files.image!, fetching), nameOrPath, mode);
    },
  };
}

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
