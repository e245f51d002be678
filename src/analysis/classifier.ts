/** What a network does around its samples. */
import { call, runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toFinite, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkInteger, checkNumber, checkOptions, required, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { checkModel, type Model } from '../nets/model.js';
import { checkSeed } from '../nets/training/options.js';

const ANALYSIS_OPTIONS = ['threads', 'signal'] as const;

interface AnalysisOptions extends Pick<TaskOptions, 'signal'> {
  /** Default: all cores. */
  threads?: number;
}

/**
 * The gradient of every sample's own loss by its input, `[n, ...input]`; its sign is the direction of FGSM (Goodfellow,
 * Shlens and Szegedy 2015).
 * @param y class indices `[n]` or probabilities for `crossEntropy` (default), values for `mse`
 */
export async function lossGradient(
  model: Model,
  x: ArrayInput,
  y: ArrayInput,
  options: AnalysisOptions & {
    /** `crossEntropy` of logits (default) or `mse`. */
    loss?: 'crossEntropy' | 'mse';
  } = {},
): Promise<NdArray> {
  const { loss = 'crossEntropy', threads, signal } = checkOptions(options, [...ANALYSIS_OPTIONS, 'loss']);
  const [samples, targets] = [toNdArray(x, 'x'), toNdArray(y, 'y')];
  const count = checkThreads(threads);
  checkChoice(loss, ['crossEntropy', 'mse'], 'loss');
  checkModel(model);
  return runTask((addon, control) => addon.lossGradient(control, model.native, samples, targets, loss, count), {
    signal,
  });
}

/** How `criticalSamples` looks for a point of another class in the box around a sample. */
export interface CriticalSearch extends AnalysisOptions {
  /** How far a coordinate may move: half the side of the box. */
  radius: number;
  /** Of a step along the gradient's sign, in each coordinate. Default: a tenth of the radius. */
  step?: number;
  /** Standard deviation of the noise of a step. Default: as `step`. */
  noise?: number;
  /** Steps before a sample is given up. Default 20. */
  iterations?: number;
  /** Of the noise. */
  seed: number;
}

/** What `criticalSamples` found. */
export interface CriticalSamples {
  /** Share of the samples that are critical: a lower bound, since a search that gives up proves nothing. */
  ratio: number;
  /** For each sample the step after which its class had changed, 0 where it never did. */
  found: NdArray;
}

/**
 * The critical sample ratio (Arpit et al. 2017): a sample is critical when within `radius` of it, in every coordinate,
 * lies a point that the classifier puts in another class. The search climbs the cross-entropy of the network's own
 * decision by Langevin steps.
 */
export async function criticalSamples(model: Model, x: ArrayInput, options: CriticalSearch): Promise<CriticalSamples> {
  const names = [...ANALYSIS_OPTIONS, 'radius', 'step', 'noise', 'iterations', 'seed'] as const;
  const { radius, iterations = 20, seed, threads, signal, ...search } = requireOptions(options, names);
  checkNumber(required(radius, 'radius'), 'radius', { above: 0 });
  const { step = radius / 10, noise = step } = search;
  const samples = toNdArray(x, 'x');
  checkModel(model);
  checkInteger(iterations, 'iterations', 1);
  checkNumber(step, 'step', { above: 0 });
  checkNumber(noise, 'noise', { least: 0 });
  const [count, from] = [checkThreads(threads), checkSeed(seed)];
  const found: NdArray = await runTask(
    (addon, control) =>
      addon.criticalSamples(control, model.native, samples, radius, step, noise, iterations, from, count),
    { signal },
  );
  return { ratio: found.data.filter((iteration) => iteration > 0).length / found.data.length, found };
}

/** The points `x_i + t_j d_i`, `[n * offsets, size]` in f32, row-major by sample, for samples and directions `[n, size]`. */
export function alongLines(x: ArrayInput, directions: ArrayInput, offsets: ArrayInput): NdArray {
  const [samples, ways, at] = [
    toFinite(x, 'x', 2),
    toFinite(directions, 'directions', 2),
    toFinite(offsets, 'offsets', 1),
  ];
  const points: NdArray = call((addon) => addon.alongLines(samples, ways, at));
  const { data, shape } = finiteResult(points, 'x, directions, offsets');
  return { data, shape: [shape[0]! * shape[1]!, shape[2]!] };
}
