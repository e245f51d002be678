/** Noisy views of images, and networks that learn by phases which two are of one image. */

import type { NdArray } from '../../core/ndarray.js';
import type { Draw } from '../../core/random.js';
import { refuseDiverged, type TrainingProgress } from '../../experiment/index.js';
import type { Model, TrainingState } from '../../nets/index.js';
import { fft, gaussianNoise } from '../../spectrum/index.js';
import { entry } from './arrays.js';
import { agreement, decisions } from './classification.js';

/** Images plus fresh noise. */
export function view(images: NdArray, draw: Draw, std: number): NdArray {
  const noise = gaussianNoise(images.data.length, { ...draw, std }).data;
  return { data: images.data.map((v, i) => v + entry(noise, i)), shape: images.shape };
}

/** Phases of embeddings `[n, d]`: a row of cosines and sines each, so that a scalar product over d is the similarity. */
function phases(embeddings: NdArray): number[][] {
  const { re, im, shape } = fft(embeddings);
  const [n = 0, d = 0] = shape;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: d }, (_, k) => {
      const [a, b] = [entry(re, i * d + k), entry(im, i * d + k)];
      const size = Math.hypot(a, b) || 1;
      return [a / size, b / size];
    }).flat(),
  );
}

/** Similarities of every first view with every second one, `[n, n]`. */
export function similarities(first: NdArray, second: NdArray): NdArray {
  const [a, b] = [phases(first), phases(second)];
  const [, d = 0] = first.shape;
  const data = a.flatMap((u) => b.map((v) => u.reduce((sum, x, k) => sum + x * entry(v, k), 0) / d));
  return { data: Float64Array.from(data), shape: [a.length, b.length] };
}

/** How well second views are found by first ones. */
export interface Found {
  /** Share of first views whose most similar second view is their own. */
  matched: number;
  /** Mean similarity of the pairs. */
  same: number;
  /** Mean similarity of all others. */
  other: number;
}

/** What a table of similarities `[n, n]` finds. */
export function foundBy({ data, shape }: NdArray): Found {
  const [n = 0] = shape;
  const own = Array.from({ length: n }, (_, i) => i);
  const same = own.reduce((sum, i) => sum + entry(data, i * n + i), 0);
  const all = Array.from(data).reduce((a, b) => a + b, 0);
  return {
    matched: agreement(decisions({ data, shape }), own),
    same: same / n,
    other: (all - same) / (n * (n - 1)),
  };
}

export interface ViewTraining {
  /** `[n, size]` */
  images: NdArray;
  /** Standard deviation of the noise of a view. */
  noise: number;
  /** Of the noise: two streams a block. */
  seed: number;
  temperature: number;
  /** Whether the views of a pair are of one image; if not, the second is of the next image. */
  paired: boolean;
  /** Pairs a step. */
  pairs: number;
  steps: number;
  signal: AbortSignal;
  onProgress: (progress: TrainingProgress) => void;
  /** What is trained, for an error. */
  what: string;
}

/** Batches that see one drawing of the noise: enough that drawing costs little, far too few to learn it by heart. */
const BATCHES = 16;

/**
 * Trains by the phase-contrastive loss, block after block of images, each time it comes with new noise on both views.
 * @returns the loss of the first batch of each block, by step
 */
export async function trainOnViews(model: Model, o: ViewTraining): Promise<{ steps: number[]; loss: number[] }> {
  const [n = 0, size = 0] = o.images.shape;
  const pairs = Math.min(o.pairs, n);
  // Whole batches: among fewer pairs the loss would be smaller.
  const block = Math.min(BATCHES, Math.floor(n / pairs)) * pairs;
  const curve: { steps: number[]; loss: number[] } = { steps: [], loss: [] };
  let resume: TrainingState | undefined;
  for (let done = 0, at = 0, drawing = 0; done < o.steps; drawing++) {
    const images = { data: o.images.data.subarray(at * size, (at + block) * size), shape: [block, size] };
    const steps = Math.min(o.steps - done, block / pairs);
    const from = done;
    const seen = (which: 'first' | 'second'): NdArray => {
      const from = o.paired || which === 'first' ? images : nextImages(images);
      return view(from, { seed: o.seed, stream: `${which} view ${drawing}` }, o.noise);
    };
    const history = await model.train({
      x: seen('first'),
      loss: {
        type: 'phaseContrastive',
        views: seen('second'),
        temperature: o.temperature,
      },
      optimizer: { type: 'adam', learningRate: 1e-3 },
      steps,
      batchSize: pairs,
      record: { every: steps },
      // Steps are so small that a second thread would mostly wait.
      threads: 1,
      signal: o.signal,
      onProgress: ({ done: within, value }) => o.onProgress({ done: from + within, total: o.steps, value }),
      ...(resume && { resume }),
    });
    refuseDiverged(history, o.what);
    curve.steps.push(from);
    curve.loss.push(entry(history.loss, 0));
    resume = history.state;
    done += steps;
    // On to the next block, the last one ending with the images.
    at = at === n - block ? 0 : Math.min(at + block, n - block);
  }
  return curve;
}

/** In the place of each image the next one, in that of the last the first. */
function nextImages({ data, shape: [n = 0, size = 0] }: NdArray): NdArray {
  const next = new Float64Array(n * size);
  next.set(data.subarray(size));
  next.set(data.subarray(0, size), (n - 1) * size);
  return { data: next, shape: [n, size] };
}
