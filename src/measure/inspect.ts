/** A network itself under the instruments: its weights, its features, its tangent kernel, what it does along lines. */
import { setImmediate } from 'node:timers/promises';
import { decisions, layerOutputs, lossGradient, pathNorm, responseFrequency } from '../analysis/index.js';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import type { TaskOptions } from '../core/native.js';
import { type ArrayInput, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { checkInteger, checkNumber, checkOptions, checkTask } from '../core/options.js';
import { empiricalNtk, spectrumMeasures } from '../kernels/index.js';
import { eigh } from '../linalg/index.js';
import { checkModel, type Model } from '../nets/model.js';
import { carryingFrequencies } from '../spectrum/carrying.js';
import { firstComponent } from '../spectrum/filter.js';
import { gaussianNoise } from '../spectrum/harmonics.js';
import { singularValues } from '../spectrum/layers.js';

/** What a network is looked at with. */
export interface InspectOptions extends Pick<TaskOptions, 'signal' | 'onProgress'> {
  /**
   * `[n, ...input]`: where it is looked at, a few hundred at most (others are left out, evenly). Default: 128 standard normal ones.
   */
  data?: ArrayInput;
  /** Most samples that are used. Default 200. */
  samples?: number;
  /** Half the length of the lines on which response frequencies are measured. Default: twice the spread of the data. */
  reach?: number;
  /** Of random directions and default data. Default 0. */
  seed?: number;
}

/** Singular values of a weight `[first axis, all others]` and what they say. */
export interface InspectedWeight {
  /** For instance `layers.0.weight`. */
  name: string;
  /** As the model has it. */
  shape: number[];
  /** Descending, `[r]`. */
  singularValues: NdArray;
  /** The largest of them. */
  spectralNorm: number;
  /** `exp(-sum p ln p)`, p = s / sum s. */
  effectiveRank: number;
  /** `sum s^2 / s_1^2`. */
  stableRank: number;
}

/** What a layer gives for the data, its mean taken off. */
export interface InspectedFeatures {
  /** Its index in `layers`. */
  layer: number;
  /** Of the layer. */
  type: string;
  /** `exp(-sum p ln p)`, p = s / sum s of the features' singular values. */
  effectiveRank: number;
  /** `sum s^2 / s_1^2`. */
  stableRank: number;
}

/** The outputs' spectrum along lines through the samples. */
export interface InspectedDirection {
  /** `axis 1`, ..., `principal`, `random` or `adversarial`. */
  name: string;
  /** `[k]`, cycles per unit of length. */
  frequency: NdArray;
  /** `[k]`: root of the mean square over samples and outputs, the lines' means taken off. */
  amplitude: NdArray;
  /** Mean over samples and outputs of the frequency up to which 95 % of the power lie. */
  bandwidth: number;
}

/** The empirical tangent kernel on the data. */
export interface InspectedKernel {
  /** `[n]`, descending. */
  eigenvalues: NdArray;
  /** `exp(-sum p ln p)`, p the eigenvalues' shares. */
  effectiveRank: number;
  /**
   * Of the first eigenvectors the length of the frequency that carries it (`carryingFrequencies`), in cycles per unit of the
   * data; null where there is none, or inputs have more than three numbers.
   */
  frequency: (number | null)[];
  /**
   * Of each eigenvalue the steps in which gradient descent on the mean-squared loss halves the residual along its eigenvector, at
   * the largest rate at which none oscillates (1 / 2 of that at which it diverges).
   */
  halfLife: NdArray;
}

/** What {@link inspect} finds. */
export interface Inspection {
  /** Numbers that are trained. */
  parameters: number;
  /** Every weight of two axes or more, in the order of the layers. */
  weights: InspectedWeight[];
  /** Of dense networks (Neyshabur, Tomioka and Srebro 2015); null for others. */
  pathNorm: number | null;
  /** Of every layer, for the data given. */
  features: InspectedFeatures[];
  /** How fast outputs change along lines through the data. */
  directions: InspectedDirection[];
  /** The tangent kernel, where the network has one and data were given. */
  kernel?: InspectedKernel;
  /** `|dh / dx|` (Frobenius norm) over the data. */
  sensitivity?: {
    /** Over the samples. */
    mean: number;
    /** Of all samples. */
    largest: number;
  };
  /** What could not be measured of this network, and why. */
  notes: string[];
}

const INSPECT_OPTIONS = ['data', 'samples', 'reach', 'seed', 'signal', 'onProgress'] as const;

/**
 * Looks at a network from all sides: weights (singular values, effective and stable ranks, spectral norms, path norm), features'
 * ranks, sensitivity, the spectrum of its outputs along axes, the principal, a random and the adversarial direction, and its
 * tangent kernel: eigenvalues, which frequencies the eigenvectors carry, and the decay that they predict.
 *
 * @example
 * ```ts
 * const model = loadOnnx('net.onnx');
 * const { weights, kernel, directions } = await inspect(model, { data: x });
 * ```
 *
 * @throws `INVALID_SHAPE` for data that does not fit, `NON_FINITE`, `INVALID_ARGUMENT`, `ABORTED`
 */
export async function inspect(model: Model, options?: InspectOptions): Promise<Inspection> {
  const { data, samples = 200, reach, seed = 0, signal, onProgress } = checkOptions(options, INSPECT_OPTIONS);
  checkModel(model);
  checkTask({ signal, onProgress });
  checkInteger(samples, 'samples', 2, 4000);
  checkNumber(reach, 'reach', { above: 0 });
  checkInteger(seed, 'seed');
  const x = samplesOf(model, data, samples, seed);
  const notes: string[] = [];
  const steps: ((found: Inspection) => Promise<void> | void)[] = [
    (found) => {
      found.weights = weightsOf(model);
    },
    async (found) => {
      found.pathNorm = await unless(notes, 'path norm', () => pathNorm(model), null);
    },
    async (found) => {
      found.features = await featuresOf(model, x);
    },
    async (found) => {
      const own = await unless(notes, 'sensitivity', () => sensitivityOf(model, x), undefined);
      if (own) found.sensitivity = own;
    },
    async (found) => {
      found.directions = await directionsOf(model, x, { reach, seed, notes, signal });
    },
    async (found) => {
      const own = await unless(notes, 'tangent kernel', () => kernelOf(model, x, signal), undefined);
      if (own) found.kernel = own;
    },
  ];
  const parameters = Object.values(model.parameters()).reduce((sum, { data: own }) => sum + own.length, 0);
  const found: Inspection = { parameters, weights: [], pathNorm: null, features: [], directions: [], notes };
  for (const [i, step] of steps.entries()) {
    onProgress?.({ done: i, total: steps.length, value: Number.NaN });
    await setImmediate();
    if (signal?.aborted) throw new FprincipleError('ABORTED', 'the inspection was aborted', { cause: signal.reason });
    await step(found);
  }
  return found;
}

/** What an instrument gives, or a note where this network is none for it. */
async function unless<T, E>(notes: string[], what: string, work: () => Promise<T>, otherwise: E): Promise<T | E> {
  try {
    return await work();
  } catch (error) {
    // The data fit the network: what is refused here, by its layers or the shape of its inputs, is the network.
    const refused = error instanceof FprincipleError && /^INVALID_(ARGUMENT|SHAPE)$/.test(error.code);
    if (!refused) throw error;
    notes.push(`No ${what}: ${error.message}.`);
    return otherwise;
  }
}

function samplesOf(model: Model, data: ArrayInput | undefined, most: number, seed: number): NdArray {
  const input = [model.spec.input].flat();
  const size = sizeOf(input);
  if (data === undefined) {
    const noise = gaussianNoise(128 * size, { seed, stream: 'samples' });
    return { data: Float64Array.from(noise.data), shape: [128, ...input] };
  }
  const given = toNdArray(data, 'data');
  const n = given.data.length / size;
  const fits = given.shape.slice(1).join() === input.join() || (size === 1 && given.shape.length === 1);
  if (!fits || !(n >= 2)) {
    throw invalidShape(`data: expected shape [n, ${input.join(', ')}] with n > 1, got [${given.shape.join(', ')}]`);
  }
  const odd = given.data.findIndex((v) => !Number.isFinite(v));
  if (odd >= 0) throw new FprincipleError('NON_FINITE', `data: expected finite numbers, got ${given.data[odd]}`);
  const count = Math.min(n, most);
  const out = new Float64Array(count * size);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * n) / count) * size;
    out.set(given.data.subarray(from, from + size), i * size);
  }
  return { data: out, shape: [count, ...input] };
}

/** Effective and stable rank of singular values, descending. */
function ranks(values: NdArray['data']): { effectiveRank: number; stableRank: number } {
  const [top = 0] = values;
  if (!(top > 0)) return { effectiveRank: 0, stableRank: 0 };
  let stable = 0;
  for (const s of values) stable += (s / top) ** 2;
  return { effectiveRank: spectrumMeasures(values).effectiveRank, stableRank: stable };
}

function weightsOf(model: Model): InspectedWeight[] {
  return Object.entries(model.parameters()).flatMap(([name, array]) => {
    if (array.shape.length < 2) return [];
    const { values } = singularValues(array);
    return [
      { name, shape: array.shape, singularValues: values, spectralNorm: values.data[0] ?? 0, ...ranks(values.data) },
    ];
  });
}

async function featuresOf(model: Model, x: NdArray): Promise<InspectedFeatures[]> {
  const { layers } = model.spec;
  const out: InspectedFeatures[] = [];
  for (const [layer, { type }] of layers.entries()) {
    const { data, shape } = await layerOutputs(model, x, layer + 1);
    const n = shape[0]!;
    const width = data.length / n;
    const centred = Float64Array.from(data);
    for (let j = 0; j < width; j++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += centred[i * width + j]! / n;
      for (let i = 0; i < n; i++) centred[i * width + j]! -= mean;
    }
    out.push({ layer, type, ...ranks(singularValues({ data: centred, shape: [n, width] }).values.data) });
  }
  return out;
}

async function sensitivityOf(model: Model, x: NdArray): Promise<{ mean: number; largest: number }> {
  const { gradient } = await model.inputDerivatives(x);
  const n = x.shape[0]!;
  const size = gradient.data.length / n;
  const norms = Array.from({ length: n }, (_, i) => Math.hypot(...gradient.data.subarray(i * size, (i + 1) * size)));
  return { mean: norms.reduce((sum, v) => sum + v, 0) / n, largest: Math.max(...norms) };
}

interface Lines {
  reach: number | undefined;
  seed: number;
  notes: string[];
  signal: AbortSignal | undefined;
}

async function directionsOf(
  model: Model,
  x: NdArray,
  { reach, seed, notes, signal }: Lines,
): Promise<InspectedDirection[]> {
  const [n = 0, ...input] = x.shape;
  const size = sizeOf(input);
  const same = (way: ArrayLike<number>): NdArray => ({
    data: Float64Array.from({ length: n * size }, (_, i) => way[i % size]!),
    shape: x.shape,
  });
  const ways: [name: string, directions: NdArray][] = [];
  if (size <= 3) {
    for (let axis = 0; axis < size; axis++) {
      ways.push([`axis ${axis + 1}`, same(Array.from({ length: size }, (_, i) => (i === axis ? 1 : 0)))]);
    }
  }
  const component = await firstComponent({ data: x.data, shape: [n, size] }, { signal });
  if (size > 1) {
    if (component.variance > 0) ways.push(['principal', same(component.direction.data)]);
    const random = gaussianNoise(n * size, { seed, stream: 'directions' });
    ways.push(['random', { data: Float64Array.from(random.data), shape: x.shape }]);
    const adversarial = await unless(notes, 'adversarial direction', () => adversarialOf(model, x, signal), undefined);
    if (adversarial) ways.push(['adversarial', adversarial]);
  }
  const half = reach ?? (component.variance > 0 ? 2 * Math.sqrt(component.variance) : 1);
  const out: InspectedDirection[] = [];
  for (const [name, directions] of ways) {
    const found = await responseFrequency(model, x, directions, { reach: half, signal });
    const k = found.frequency.data.length;
    const lines = found.amplitude.data.length / k;
    const power = new Float64Array(k);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < k; i++) power[i]! += found.amplitude.data[line * k + i]! ** 2 / lines;
    }
    out.push({
      name,
      frequency: found.frequency,
      amplitude: { data: power.map(Math.sqrt), shape: [k] },
      bandwidth: Array.from(found.bandwidth.data).reduce((sum, v) => sum + v, 0) / lines,
    });
  }
  return out;
}

/**
 * The sign of the gradient of each sample's own loss: of several outputs the cross-entropy of the class that is largest, of one
 * output the output itself.
 */
async function adversarialOf(model: Model, x: NdArray, signal: AbortSignal | undefined): Promise<NdArray> {
  const outputs = await model.predict(x, { signal });
  const one = outputs.data.length === x.shape[0];
  // The gradient of (h - y)^2 with y = h - 1 is twice that of h.
  const y = one ? { data: Float64Array.from(outputs.data, (v) => v - 1), shape: outputs.shape } : decisions(outputs);
  const gradient = await lossGradient(model, x, y, { loss: one ? 'mse' : 'crossEntropy', signal });
  if (gradient.data.every((v) => v === 0)) throw invalidArgument('the outputs do not change with the inputs');
  return { data: Float64Array.from(gradient.data, (v) => (v < 0 ? -1 : 1)), shape: x.shape };
}

const mostVectors = 16;

async function kernelOf(model: Model, x: NdArray, signal: AbortSignal | undefined): Promise<InspectedKernel> {
  const n = x.shape[0]!;
  const { values, vectors } = await eigh(await empiricalNtk(model, x, undefined, { signal }), { signal });
  const descending = Float64Array.from(values.data).reverse();
  const size = x.data.length / n;
  const frequency = Array.from({ length: Math.min(n, mostVectors) }, (_, k) => {
    if (size > 3) return null;
    const vector = Float64Array.from({ length: n }, (_, i) => vectors.data[i * n + (n - 1 - k)]!);
    const { data, shape } = carryingFrequencies({ data: x.data, shape: [n, size] }, { data: vector, shape: [n] });
    // The first is the shortest of several.
    return shape[0] === 0 ? null : Math.hypot(...data.subarray(0, size));
  });
  const [top = 0] = descending;
  const halfLife = descending.map((v) =>
    v > 0 && top > 0 ? Math.LN2 / -Math.log1p(-Math.min(v / top, 1 - 1e-12)) : Infinity,
  );
  const positive = descending.map((v) => Math.max(v, 0));
  return {
    eigenvalues: { data: descending, shape: [n] },
    effectiveRank: top > 0 ? spectrumMeasures(positive).effectiveRank : 0,
    frequency,
    halfLife: { data: halfLife, shape: [n] },
  };
}
