import { invalidArgument } from '../core/errors.js';
import { call, runTask } from '../core/native.js';
import { type ArrayInput, finiteResult, type NdArray, toFinite, toNdArray } from '../core/ndarray.js';
import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
  required,
  requireObject,
  requireOptions,
} from '../core/options.js';
import { toNumbers } from '../core/signal.js';
import { checkThreads } from '../core/threads.js';
import { checkRidge, type KernelTaskOptions, TASK_OPTIONS } from '../linalg/options.js';

/**
 * Where the n samples of a kernel lie, in their order: n equispaced points of a period (`circle`), n midpoints of equal
 * cells of an interval (`interval`), a periodic row-major grid (`torus`, images radially), or unit vectors `[n, 3]`.
 */
export type Geometry =
  | 'circle'
  | 'interval'
  | {
      type: 'torus';
      /** Rows and columns. */
      grid: [number, number];
    }
  | {
      type: 'sphere';
      /** Unit vectors, `[n, 3]`. */
      points: ArrayInput;
      /** Highest harmonic degree that is looked for. */
      degrees: number;
    };

/** Per eigenvector k. */
export interface Modes {
  /** The frequency with the largest share: passes a period, passes over the interval, radius, or harmonic degree. */
  frequency: NdArray;
  /** That share of the eigenvector's unit power. */
  share: NdArray;
  /** Mean frequency, weighted by share; NaN for a vector of zeros. */
  centroid: NdArray;
  /** The frequencies there are, and the share of each: `[k, groups]`. */
  groups: NdArray;
  /** The share of each of them, `[k, groups]`. */
  shares: NdArray;
}

/**
 * Matches eigenvectors to the frequencies of the domain that was sampled: the share of frequency g in a unit vector u is
 * `sum (b_m . u)^2` over the orthonormal harmonics b_m of that frequency. O(n^2 k); on the sphere O(n k degrees^2).
 *
 * @param vectors `[n, k]`, orthonormal, in columns, as `eigh` gives them
 * @returns `frequency`, `share`, `centroid` `[k]`, `groups` `[g]`, `shares` `[k, g]`; on grids shares sum to 1
 * @throws `INVALID_SHAPE` (a grid or points that do not have n entries), `INVALID_ARGUMENT`, `NON_FINITE`, `ABORTED`
 */
export async function matchModes(
  vectors: ArrayInput,
  geometry: Geometry,
  options: KernelTaskOptions = {},
): Promise<Modes> {
  const { signal, threads } = checkOptions(options, TASK_OPTIONS);
  const v = toNdArray(vectors, 'vectors', 2);
  const count = checkThreads(threads);
  if (geometry === undefined || geometry === null) throw invalidArgument('geometry: expected a name or an object');
  const kind = checkChoice(
    typeof geometry === 'object' ? required(requireObject(geometry, 'geometry').type, 'geometry.type') : geometry,
    ['circle', 'interval', 'torus', 'sphere'],
    'geometry',
  );
  const shape = typeof geometry === 'object' ? geometry : undefined;
  if (shape?.type === 'torus') requireOptions(shape, ['type', 'grid'], 'geometry');
  const grid = shape?.type === 'torus' ? toNumbers(shape.grid, 'geometry.grid') : [];
  grid.forEach((n) => {
    checkInteger(n, 'geometry.grid', 1, 2 ** 31);
  });
  const sphere =
    shape?.type === 'sphere' ? requireOptions(shape, ['type', 'points', 'degrees'], 'geometry') : undefined;
  checkInteger(sphere?.degrees, 'geometry.degrees', 0, 2 ** 31);
  const points = sphere && toNdArray(sphere.points, 'geometry.points', 2);
  const modes = await runTask(
    (addon, control) => addon.matchModes(control, v, kind, grid, points, sphere?.degrees ?? 0, count),
    { signal },
  );
  // Only the centroid may be none: that of a vector of zeros is NaN.
  finiteResult(modes.shares, 'vectors');
  return modes;
}

/**
 * Of a spectrum: effective rank exp(entropy) (Roy and Vetterli 2007), participation ratio (sum)^2 / sum of squares, and
 * degrees of freedom `sum lambda / (lambda + ridge)` (ridge 0: the rank). Negative eigenvalues count as 0.
 *
 * @param values `[n]`, in any order
 */
export function spectrumMeasures(
  values: ArrayInput,
  ridge = 0,
): {
  /** `exp(-sum p ln p)`, p the shares of the sum. */
  effectiveRank: number;
  /** `(sum)^2 / sum of squares`. */
  participationRatio: number;
  /** `sum lambda / (lambda + ridge)`. */
  degreesOfFreedom: number;
} {
  const v = toNdArray(values, 'values', 1);
  checkRidge(ridge);
  return call((addon) => addon.spectrumMeasures(v, ridge));
}

/** Kernel-target alignment `<K, y y^T> / (|K| |y y^T|)`, K `[n, n]`, y `[n]` or `[n, o]` (Cristianini et al. 2001). */
export function labelAlignment(kernel: ArrayInput, y: ArrayInput): number {
  const [k, labels] = [toNdArray(kernel, 'kernel', 2), toNdArray(y, 'y')];
  return call((addon) => addon.labelAlignment(k, labels));
}

/** Share of `|y|^2` (y `[n]` or `[n, o]`) in the span of the 1, 2, ..., n leading eigenvectors (`vectors` as `eigh` gives them): `[n]`. */
export function labelEnergy(vectors: ArrayInput, y: ArrayInput): NdArray {
  const [v, labels] = [toNdArray(vectors, 'vectors', 2), toNdArray(y, 'y')];
  return call((addon) => addon.labelEnergy(v, labels));
}

/**
 * Centred kernel alignment `<H A H, H B H> / (|H A H| |H B H|)` of two kernels `[n, n]` on the same points, in [0, 1]
 * (Cortes et al. 2012). A constant kernel has none: `INVALID_ARGUMENT`.
 *
 * @example
 * centredAlignment([[2, 1], [1, 2]], [[4, 2], [2, 4]]); // => 1
 */
export function centredAlignment(a: ArrayInput, b: ArrayInput): number {
  const [first, second] = [toNdArray(a, 'a', 2), toNdArray(b, 'b', 2)];
  return call((addon) => addon.centredAlignment(first, second));
}

/** `|a - b| / |a|` in the Frobenius norm, `[n, m]` both: how far a kernel went. `INVALID_ARGUMENT` for a zero `a`. */
export function kernelDrift(a: ArrayInput, b: ArrayInput): number {
  const [first, second] = [toNdArray(a, 'a', 2), toNdArray(b, 'b', 2)];
  return call((addon) => addon.kernelDrift(first, second));
}

/** One entry for each number of samples. */
export interface LearningCurve {
  /** The implicit regularisation: `sum lambda / (lambda + kappa) + ridge / kappa = samples`. */
  kappa: NdArray;
  /** How much the noise is amplified, at least 1. */
  overfitting: NdArray;
  /** Mean squared error at new points, noise included. */
  testError: NdArray;
  /** Mean squared error at the samples. */
  trainError: NdArray;
  /** `lambda / (lambda + kappa)`, `[samples, modes]`. */
  learnability: NdArray;
}

/**
 * Test error by number of samples, predicted from the spectrum (the eigenlearning equations, Simon et al. 2023).
 *
 * @param values eigenvalues of the kernel's operator; @param coefficients the target's, in the same order
 * @param options `samples`: below the rank when `ridge` is 0; `noise`: variance of the labels' noise
 */
export function learningCurve(
  values: ArrayInput,
  coefficients: ArrayInput,
  options: {
    /** Numbers of samples; below the rank when `ridge` is 0. */
    samples: readonly number[];
    /** As that of the regression, not scaled by the samples. Default 0. */
    ridge?: number;
    /** Variance of the labels' noise. Default 0. */
    noise?: number;
  },
): LearningCurve {
  const { samples, ridge = 0, noise = 0 } = requireOptions(options, ['samples', 'ridge', 'noise']);
  const [l, v] = [toNdArray(values, 'values', 1), toNdArray(coefficients, 'coefficients', 1)];
  checkRidge(ridge);
  checkRidge(noise, 'noise');
  const counts = toNumbers(samples, 'samples');
  return finiteResult(
    call((addon) => addon.learningCurve(l, v, counts, ridge, noise)),
    'values, coefficients, samples',
  );
}

/**
 * The decay rate lambda(w) of each frequency under the mean-squared loss, from the kernel:
 * `(2 / (n o)) e_w^T K e_w` for unit waves e_w over the points, the mean over cosine and sine. O(n^2 k). Exact where waves
 * are eigenvectors (a shift-invariant kernel on a periodic grid).
 *
 * @param points `[n]` or `[n, d]`; @param frequencies `[k]` or `[k, d]`, cycles per unit
 * @returns `[k]`: with learning rate eta, the error falls by `1 - eta lambda(w)` a step
 */
export function kernelRates(kernel: ArrayInput, points: ArrayInput, frequencies: ArrayInput, outputs = 1): NdArray {
  const k = toNdArray(kernel, 'kernel', 2);
  checkInteger(outputs, 'outputs', 1, 2 ** 20);
  const [x, w] = [toNdArray(points, 'points'), toNdArray(frequencies, 'frequencies')];
  return call((addon) => addon.kernelRates(k, x, w, k.shape[0]! * outputs));
}

/**
 * Decay rates of recorded errors `[records, k]` at `times`: minus the slope of their logarithms, over the records from the
 * first until an error falls below `floor` times its start. NaN where fewer than three remain.
 */
export function measuredRates(times: ArrayInput, errors: ArrayInput, floor = 0.05): NdArray {
  const [t, e] = [toNdArray(times, 'times', 1), toNdArray(errors, 'errors', 2)];
  checkNumber(floor, 'floor', { least: 0, below: 1 });
  return call((addon) => addon.measuredRates(t, e, floor));
}

/**
 * The smallest frequency at or below which `share` of the eigenvalues' sum lies: the kernel's bandwidth.
 *
 * @param frequencies `[n]` (their magnitudes count); @param values `[n]`, each frequency with all its multiplicity
 */
export function kernelBandwidth(frequencies: ArrayInput, values: ArrayInput, share = 0.95): number {
  const [k, v] = [toFinite(frequencies, 'frequencies', 1), toFinite(values, 'values', 1)];
  checkNumber(share, 'share', { above: 0, most: 1 });
  return call((addon) => addon.kernelBandwidth(k, v, share));
}
