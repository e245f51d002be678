import { invalidArgument } from '../core/errors.js';
import { call, runTask } from '../core/native.js';
import { type ArrayInput, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions } from '../core/options.js';
import { TASK_OPTIONS } from '../linalg/options.js';
import { sayingDiverged } from '../nets/diverged.js';
import { specText } from '../nets/json.js';
import type { NetworkSpec } from '../nets/spec.js';
import { secondPoints } from './analytic.js';
import { KERNEL_OPTIONS, type KernelOptions, nativeOptions, toPoints } from './options.js';

/** What of a model its tangent kernel is made of. */
export interface TangentModel {
  /** The network's description. */
  readonly spec: NetworkSpec;
  /** Every named array: the parameters and, where there are some, fixed buffers. */
  parameters(): Record<string, NdArray>;
  /** Arrays that are not trained (fixed Fourier frequencies), where the model keeps them apart. */
  buffers?(): Record<string, NdArray>;
  /** The step at which its last training diverged, where it did: errors then say so. */
  readonly divergedAt?: number | undefined;
}

/** Which part of a network's tangent kernel is wanted, and how it is computed. */
export interface EmpiricalNtkOptions extends KernelOptions {
  /** `trace`: the mean over outputs; `full`: every pair of outputs. Default `trace`. */
  outputs?: 'trace' | 'full' | undefined;
  /**
   * `layers`: the layer formula (chains of dense layers); `jacobian`: explicit Jacobians in f64, for anything but
   * attention. Default: the first that can.
   */
  method?: 'layers' | 'jacobian' | undefined;
}

interface ToFile {
  /** Path of the `.npy` file that the kernel is written to. */
  out: string;
}

/** A kernel that was written to a `.npy` file. */
export interface StreamedKernel {
  /** Of the `.npy` file. */
  path: string;
  /** Of the kernel in it, `[n, m]` or `[n, m, o, o]`. */
  shape: number[];
}

/**
 * The neural tangent kernel of a model with its present parameters,
 * `K[i, j, a, b] = sum over parameters p of (dh_a(x1_i) / dp) (dh_b(x2_j) / dp)`, never scaled by n.
 *
 * Dense chains go by the layer formula `sum_l (H H^T + 1) o (D D^T)`, without Jacobians, in tiles of one triangle: O(n m
 * width) a layer. Units that are zero (ReLU) in all 64 samples of a block cost nothing, and neighbours are put into one
 * block: points of few dimensions take about half the time. No bit of an entry depends on which other points there are.
 * Other networks go by Jacobians in strips, in f64: O(n m parameters). Batch normalisation is that of prediction; attention
 * is refused.
 *
 * @example
 * const linear = createModel({ input: 2, layers: [{ type: 'dense', units: 1 }] }, { seed: 0 });
 * await empiricalNtk(linear, [[1, 0], [0, 1]]); // => [[2, 1], [1, 2]]
 *
 * @param x1 `[n, d]`; @param x2 `[m, d]`, default `x1` (the result is then exactly symmetric)
 * @returns `[n, m]` (trace) or `[n, m, o, o]` (full), in the model's type. With `out`, the kernel goes to that `.npy`
 * file instead, strip by strip, and an interrupted file is resumed: call again with the same model, points and options.
 * `<out>.partial` beside it says how far it got, from what (network, numbers, type, points, options, version, SIMD path) and
 * with which checksum: another work, or a file that was changed or cut short meanwhile, starts anew. Two writers of one
 * file at a time: the second is refused (`IO`). A file is written in the order of the points: the nearer neighbours come
 * together, the faster.
 * @throws `INVALID_SHAPE`, `INVALID_ARGUMENT`, `NON_FINITE`, `OVER_MEMORY_LIMIT`, `IO`, `ABORTED`
 */
export async function empiricalNtk(
  model: TangentModel,
  x1: ArrayInput,
  x2: ArrayInput | null | undefined,
  options: EmpiricalNtkOptions & ToFile,
): Promise<StreamedKernel>;
export async function empiricalNtk(
  model: TangentModel,
  x1: ArrayInput,
  options: EmpiricalNtkOptions & ToFile,
): Promise<StreamedKernel>;
export async function empiricalNtk(
  model: TangentModel,
  x1: ArrayInput,
  options?: EmpiricalNtkOptions,
): Promise<NdArray>;
export async function empiricalNtk(
  model: TangentModel,
  x1: ArrayInput,
  x2: ArrayInput | null | undefined,
  options?: EmpiricalNtkOptions,
): Promise<NdArray>;
export async function empiricalNtk(
  model: TangentModel,
  x1: ArrayInput,
  x2?: ArrayInput | EmpiricalNtkOptions | null,
  options?: EmpiricalNtkOptions & Partial<ToFile>,
): Promise<NdArray | StreamedKernel> {
  const [second, given] = secondPoints<EmpiricalNtkOptions & Partial<ToFile>>(x2, options, 'outputs');
  const chosen = checkOptions(given, [...KERNEL_OPTIONS, 'outputs', 'method', 'out']);
  const { outputs = 'trace', method, out } = chosen;
  checkChoice(outputs, ['trace', 'full'], 'outputs');
  checkChoice(method, ['layers', 'jacobian'], 'method');
  if (out !== undefined && (typeof out !== 'string' || out === '')) {
    throw invalidArgument(`options.out: expected the path of a .npy file, got ${describe(out)}`);
  }
  const { spec, parameters, buffers } = tangent(model);
  const a = toPoints(x1, 'x1');
  const b = second === undefined ? undefined : toPoints(second, 'x2');
  const native = { ...nativeOptions(chosen), ...(method && { method }) };
  const kernel = await sayingDiverged(model, () =>
    runTask(
      (addon, control) => addon.empiricalNtk(control, spec, parameters, buffers, a, b, outputs === 'full', out, native),
      // A file that was begun is whole up to its last strip, and is taken up there.
      { ...chosen, untilStopped: out !== undefined },
    ),
  );
  return out === undefined ? kernel : { path: out, shape: kernel.shape };
}

/**
 * The tangent kernel layer by layer: of every layer that has parameters (by name, `layers.2`) the part of
 * {@link empiricalNtk} that training it alone gives. The parts sum to the whole. One kernel's cost for each layer.
 *
 * @param x1 `[n, d]`; @param x2 `[m, d]`, default `x1`
 * @throws as {@link empiricalNtk}
 */
export async function empiricalNtkByLayer(
  model: TangentModel,
  x1: ArrayInput,
  x2?: ArrayInput | null,
  options: Omit<EmpiricalNtkOptions, 'layers'> = {},
): Promise<Record<string, NdArray>> {
  checkOptions(options, [...TASK_OPTIONS, 'memoryLimit', 'onProgress', 'outputs', 'method']);
  const { spec } = tangent(model);
  const { layers } = call((addon) => addon.networkArrays(spec));
  const [a, b] = [toPoints(x1, 'x1'), x2 == null ? null : toPoints(x2, 'x2')];
  const parts: Record<string, NdArray> = {};
  for (const layer of layers) parts[layer] = await empiricalNtk(model, a, b, { ...options, layers: [layer] });
  return parts;
}

/** A model as the addon takes it: its spec, and its arrays in the order of the network's lists. */
export function tangent(model: TangentModel): {
  spec: string;
  parameters: NdArray[];
  buffers: NdArray[];
  outputs: number;
} {
  if (typeof model?.parameters !== 'function') {
    throw invalidArgument(`model: expected a model, got ${describe(model)}`);
  }
  const spec = specText(model.spec);
  const { parameters, buffers, outputs } = call((addon) => addon.networkArrays(spec));
  const all = { ...model.buffers?.(), ...model.parameters() };
  const arrays = (names: readonly string[]) =>
    names.map((name) => {
      const array = all[name];
      if (array === undefined) throw invalidArgument(`model: it has no array ${name}`);
      return toNdArray(array, name);
    });
  return { spec, parameters: arrays(parameters), buffers: arrays(buffers), outputs };
}
