/// <reference lib="esnext.disposable" preserve="true" />
import { basename } from 'node:path';
import type * as Bindings from '../../bindings/index.cjs';
import { cudaAddon } from '../core/cuda.js';
import { invalidArgument } from '../core/errors.js';
import { checkPath, writeWholeSync } from '../core/files.js';
import { call, type Native, native, type Progress, runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, type DType, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { encodeNpz } from '../core/npz.js';
import { checkChoice, checkOptions, requireObject, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { type Asked, flat, later, nextSlot, rest, type Saved, type Slot, stepsOf } from './checkpoint.js';
import { sayingDiverged } from './diverged.js';
import { specText, toJson } from './json.js';
import { encodeLayersModel } from './keras/write.js';
import { encodeOnnx } from './onnx/write.js';
import { savable } from './recording.js';
import type { NetworkSpec } from './spec.js';
import { TrainingSteps } from './steps.js';
import { noRecords, TrainingAborted, type TrainingHistory } from './training/history.js';
import { ArrayCollector, fromNative, lastRecord, toNative } from './training/native.js';
import { checkSeed, checkTraining, TRAIN_OPTIONS, type TrainOptions } from './training/options.js';
import type { Probes } from './training/probe.js';

/** Seed, precision and device of a model. */
export interface ModelOptions {
  /**
   * Every random number of the model comes from it: initial parameters, drawn frequencies, and the order of mini-batches
   * where a training names no seed of its own. Each has a stream of its own, and the noise of that seed (`gaussianNoise`)
   * another: they share no number. The same seed gives the same network in every program.
   */
  seed: number;
  /** Default `'f32'`. */
  dtype?: DType;
  /** Default `'cpu'`. */
  device?: DeviceName;
}

/**
 * Where a model is trained and evaluated: the CPU engine, or an NVIDIA GPU by the addon with CUDA
 * (`npm run build:cuda`), first-order optimisers only. The engines agree to rounding, not to the bit.
 */
export type DeviceName = 'cpu' | 'cuda' | `cuda:${number}`;

/** Abort and threads of a forward pass. */
export interface ForwardOptions extends Pick<TaskOptions, 'signal'> {
  /** Default: all cores. */
  threads?: number;
}

/** Outputs `[n, o]` of a network, their gradients `[n, o, d]` and Laplacians `[n, o]` by the inputs. */
export interface InputDerivatives {
  /** Outputs, `[n, o]`. */
  value: NdArray;
  /** First derivatives by the d inputs, `[n, o, d]`. */
  gradient: NdArray;
  /** Sum of the second derivatives, `[n, o]`. */
  laplacian: NdArray;
}

/** A network with its parameters. Made by {@link createModel} or {@link loadModel}. */
export class Model {
  /**
   * For the package's own functions.
   *
   * @internal
   */
  readonly native: Bindings.NativeModel;
  /** The addon that it belongs to. */
  readonly #addon: Native;
  readonly #device: DeviceName;

  /** @internal */
  constructor(addon: Native, native: Bindings.NativeModel, device: DeviceName) {
    this.#addon = addon;
    this.native = native;
    this.#device = device;
  }

  /**
   * Whether it was made here: a proxy of a model has none of its inner parts.
   *
   * @internal
   */
  static isOwn(value: object): boolean {
    return #addon in value;
  }

  /** The description, every default written out. */
  get spec(): NetworkSpec {
    return JSON.parse(this.native.spec) as NetworkSpec;
  }

  /** In which it computes and keeps its parameters. */
  get dtype(): DType {
    return this.native.dtype as DType;
  }

  /** From which its parameters were drawn. */
  get seed(): number {
    return this.native.seed;
  }

  /** The step at which the last training diverged; `undefined` where it did not, and after parameters have been set. */
  get divergedAt(): number | undefined {
    return this.#divergedAt;
  }

  #divergedAt: number | undefined;

  /** Copies of the trained arrays by name, in the order of the layers. `MODEL_BUSY` during a training. */
  parameters(): Record<string, NdArray> {
    return call(() => toRecord(this.native.parameters()));
  }

  /** Copies of what belongs to the model but is not trained: fixed frequencies, running means. */
  buffers(): Record<string, NdArray> {
    return call(() => toRecord(this.native.buffers()));
  }

  /**
   * Replaces the named parameters (and buffers); the others stay.
   * @throws `INVALID_ARGUMENT` for an unknown name, `INVALID_SHAPE`, `NON_FINITE`: nothing is changed then
   */
  setParameters(record: Record<string, ArrayInput>): void {
    const named = Object.entries(requireObject(record, 'parameters')).map(([name, input]) => ({
      names: [name],
      array: toNdArray(input, `parameters.${name}`),
    }));
    call(() => this.native.setParameters(named));
    this.#divergedAt = undefined;
  }

  /** The outputs `[n, ...output]` for inputs `[n, ...input]`, in the model's type. */
  async predict(x: ArrayInput, options?: ForwardOptions): Promise<NdArray> {
    const { threads, signal } = checkOptions(options, ['threads', 'signal']);
    const array = toNdArray(x, 'x');
    const count = checkThreads(threads);
    const task = { signal, addon: this.#addon };
    return sayingDiverged(this, () => runTask((_, control) => this.native.predict(control, array, count), task));
  }

  /**
   * Outputs `value [n, o]` with their `gradient [n, o, d]` and `laplacian [n, o]` by the d inputs.
   * @throws `INVALID_ARGUMENT` naming a layer that derivatives cannot pass (convolutions, attention, ...)
   */
  async inputDerivatives(x: ArrayInput, options?: ForwardOptions): Promise<InputDerivatives> {
    const { threads, signal } = checkOptions(options, ['threads', 'signal']);
    const array = toNdArray(x, 'x');
    const count = checkThreads(threads);
    const task = { signal, addon: this.#addon };
    return sayingDiverged(this, () =>
      runTask((_, control) => this.native.inputDerivatives(control, array, count), task),
    );
  }

  /**
   * Trains the parameters in place.
   *
   * A loss that is no longer finite ends it with `stopReason: 'diverged'`. An abort rejects with `ABORTED`,
   * `error.history` holding what was recorded; the parameters are those of the last whole step.
   */
  async train<P extends Probes = Probes>(options: TrainOptions<P>): Promise<TrainingHistory<P>> {
    const { signal, threads } = checkTraining(requireOptions(options, TRAIN_OPTIONS, 'train'));
    const collector = new ArrayCollector();
    const asked = { config: toNative(options, collector), arrays: collector.arrays };
    checkThreads(threads);
    if (signal?.aborted) throw new TrainingAborted(emptyHistory(options), { cause: signal.reason });
    const native = await this.#part(asked, options);
    const history = fromNative<P>(native, options);
    this.#divergedAt = history.stopReason === 'diverged' ? history.state.step : undefined;
    if (history.stopReason === 'aborted') throw new TrainingAborted(history, { cause: signal?.reason });
    return history;
  }

  /**
   * Trains as {@link Model.train} does, and stops at each record, before its update: for loops that look, change the optimizer's
   * constants, the loss or the data, or end it. What nobody changes has the bits of `train`. On the CPU.
   *
   * @example
   * const training = model.steps({ x, y, loss: 'mse', optimizer: { type: 'adam', learningRate: 1e-3 }, steps: 500, record: { every: 100 } });
   * for await (const { step, loss } of training) console.log(step, loss);
   * console.log(training.history.loss);
   */
  steps<P extends Probes = Probes>(options: TrainOptions<P>): TrainingSteps<P> {
    const asked = checkTraining(requireOptions(options, TRAIN_OPTIONS, 'steps'));
    const first = asked.resume?.step ?? 0;
    let saved: Saved | undefined;
    const advance = async (now: TrainOptions<P>) => {
      const began = saved?.began ?? flat(call(() => this.native.parameters()));
      const collector = new ArrayCollector();
      const config = { ...toNative(now, collector), hold: true };
      const given = { config, arrays: collector.arrays };
      const part = saved ? rest({ ...given, config: { ...config, recorded: saved.history.step } }, saved) : given;
      const taken = (saved?.history.step ?? first) - first;
      const total = stepsOf(config);
      const { signal, onProgress, threads } = now;
      const shifted = onProgress && ((p: Progress) => onProgress({ ...p, done: p.done + taken, total }));
      const native = await this.#part(part, { signal, onProgress: shifted, ...(threads !== undefined && { threads }) });
      const [parameters, buffers] = call(() => [this.native.parameters(), this.native.buffers()]);
      saved = later(saved, { history: native, parameters: parameters ?? [], buffers: buffers ?? [] }, began);
      const held = native.stopReason === 'held';
      const history = fromNative<P>({ ...saved.history, stopReason: held ? 'stopped' : native.stopReason }, now);
      this.#divergedAt = history.stopReason === 'diverged' ? history.state.step : undefined;
      if (history.stopReason === 'aborted') throw new TrainingAborted(history, { cause: signal?.reason });
      return { history, last: lastRecord<P>(saved.history, !held) };
    };
    return new TrainingSteps(asked, advance);
  }

  /** A training whose options are those of the addon, saved where trainings are. */
  async #part(
    asked: Asked,
    options: Pick<TrainOptions, 'signal' | 'onProgress' | 'threads'>,
  ): Promise<Bindings.JsHistory> {
    const { spec, dtype, seed } = this.native;
    const slot = nextSlot(() => ({ spec, dtype, seed, device: this.#device, start: this.#fields(), ...asked }));
    return slot
      ? await this.#saved(slot, asked, options)
      : await this.#run(asked, checkThreads(options.threads), options);
  }

  #run({ config, arrays }: Asked, threads: number | undefined, options: TaskOptions, slot?: Slot) {
    const json = toJson(config, 'train');
    let stop: (() => void) | undefined;
    const training = runTask(
      (_, control) => {
        stop = slot?.clock(control);
        return this.native.train(control, json, arrays, threads);
      },
      { ...options, addon: this.#addon, untilStopped: true },
    );
    return training.finally(() => stop?.());
  }

  /** Part after part, each saved; from where an earlier process saved it. */
  async #saved(
    slot: Slot,
    asked: Asked,
    { signal, onProgress, threads }: Pick<TrainOptions, 'signal' | 'onProgress' | 'threads'>,
  ): Promise<Bindings.JsHistory> {
    const [steps, first] = [stepsOf(asked.config), (asked.config.resumeStep as number | undefined) ?? 0];
    let saved = slot.read()?.[0];
    const began = saved?.began ?? flat(call(() => this.native.parameters()));
    if (saved) this.#restore([...saved.parameters, ...saved.buffers]);
    while (!saved?.done) {
      const before: Saved | undefined = saved;
      const offset = before ? before.history.step - first : 0;
      const shifted = onProgress && ((p: Progress) => onProgress({ ...p, done: p.done + offset, total: steps }));
      const part = before ? rest(asked, before) : asked;
      const history = await this.#run(part, checkThreads(threads), { signal, onProgress: shifted }, slot);
      const [parameters, buffers] = call(() => [this.native.parameters(), this.native.buffers()]);
      saved = later(before, { history, parameters: parameters!, buffers: buffers! }, began);
      slot.write([saved]);
      if (history.stopReason === 'aborted') break;
    }
    return saved.history;
  }

  /** Parameters and buffers. */
  #fields(): Bindings.JsField[] {
    return call(() => [...this.native.parameters(), ...this.native.buffers()]);
  }

  #restore(fields: Bindings.JsField[]): void {
    call(() => this.native.setParameters(fields.map(({ name, array }) => ({ names: [name], array }))));
  }

  /**
   * Writes parameters and buffers under their names: a safetensors file, the spec in its metadata, which
   * {@link loadModel} reads; for a path that ends with `.npz`, NumPy's arrays, without the spec; with `.onnx`, an ONNX model of the
   * same outputs, in the model's type, which `onnxruntime` runs (in f64 it
   * lacks erf, gelu, elu and softplus) and `loadOnnx` reads where it has the layers. With `.json`, a
   * LayersModel of TensorFlow.js in f32, its weights in a file beside it (`net.json`, `net.weights.bin`): `tf.loadLayersModel` and
   * `loadLayersModel` here read it; there images have their channels last, as inputs and as outputs. A file is whole or not
   * there, however many write it at a time. Numbers that are not finite (after a divergence) are written as they are; the
   * readers refuse them by name.
   * @throws `IO`, `MODEL_BUSY`; `INVALID_ARGUMENT` naming a layer that ONNX is not written of (attention, positions), or that
   *   TensorFlow.js has no counterpart of (those, Fourier features, modulation; sines, bells and formulas as activations)
   */
  save(path: string): void {
    checkPath(path);
    if (path.endsWith('.npz')) writeWholeSync(path, encodeNpz(toRecord(this.#fields())));
    else if (path.endsWith('.onnx')) {
      const { spec, dtype } = this;
      const { outputShape } = this.native;
      writeWholeSync(path, encodeOnnx({ spec, arrays: toRecord(this.#fields()), dtype, outputShape }));
    } else if (path.endsWith('.json')) {
      const beside = `${path.slice(0, -'.json'.length)}.weights.bin`;
      const { json, weights } = encodeLayersModel(this.spec, toRecord(this.#fields()), basename(beside));
      writeWholeSync(beside, weights);
      writeWholeSync(path, Buffer.from(json));
    } else call(() => this.native.save(path));
  }

  /**
   * Replaces parameters and buffers by those of a safetensors file, as PyTorch writes a `state_dict`. What stands before the
   * number of a layer may be anything that is the same for all: `0.weight` of a `Sequential`, `net.0.weight`,
   * `module.net.0.weight` are `layers.0.weight` here. Every array has to have its place; `num_batches_tracked` is passed
   * over. F64, F32, F16, BF16, integers and BOOL are converted to the model's type.
   * @throws `IO` for a file that cannot be read, lacks an array or has one without a place, naming those that are there;
   *   `INVALID_SHAPE` for what does not fit; `NON_FINITE` for numbers that are not finite: nothing is changed then
   */
  loadParameters(path: string): void {
    checkPath(path);
    call(() => this.native.loadParameters(path));
    this.#divergedAt = undefined;
  }

  /**
   * Lets go of its numbers at once, where the collector would do so some day: for programs that make thousands of models. Work
   * that has begun ends as it would have; whatever is asked of it afterwards is `INVALID_ARGUMENT`, but for its description.
   * Twice is as once.
   * @throws `MODEL_BUSY` during a training
   *
   * @example
   * {
   *   using model = createModel(spec, { seed: 1 });
   *   await model.train(options);
   * } // disposed of here
   */
  dispose(): void {
    call(() => this.native.dispose());
  }

  /** As {@link dispose}, at the end of the block of a `using` declaration. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws `INVALID_ARGUMENT` for what is no {@link Model} */
export function checkModel(model: unknown): void {
  if (!(model instanceof Model && Model.isOwn(model))) {
    throw invalidArgument(`model: expected a model, got ${describe(model)}`);
  }
}

/**
 * A model with parameters drawn from `seed`.
 *
 * @example
 * const network = createModel(mlp({ input: 1, hidden: [8], output: 1, activation: 'tanh' }), { seed: 1 });
 * (await network.predict([[0], [0.5]])).shape; // => [2, 1]
 *
 * @throws `INVALID_ARGUMENT` or `INVALID_SHAPE` naming the layer, `CUDA_UNAVAILABLE`
 */
export function createModel(spec: NetworkSpec, options: ModelOptions): Model {
  const { seed, dtype = 'f32', device = 'cpu' } = requireOptions(options, ['seed', 'dtype', 'device']);
  const addon = addonFor(device);
  checkChoice(dtype, ['f32', 'f64'], 'dtype');
  const json = specText(spec);
  return call(() => new Model(addon, new addon.NativeModel(json, checkSeed(seed), String(dtype), device), device));
}

/**
 * The model of a file that {@link Model.save} wrote.
 * @throws `IO` for a file that cannot be read, is of another kind or lacks an array; `INVALID_ARGUMENT` or `INVALID_SHAPE` for
 *   a network that cannot be or arrays of other shapes; `NON_FINITE`
 */
export function loadModel(path: string): Model {
  checkPath(path);
  return call((addon) => new Model(addon, addon.NativeModel.load(path), 'cpu'));
}

/**
 * The addon that computes on `device`.
 * @throws `CUDA_UNAVAILABLE` with what to do, `INVALID_ARGUMENT` for another name
 */
export function addonFor(device: unknown): Native {
  if (device === 'cpu') return native();
  if (typeof device === 'string' && /^cuda(:\d+)?$/.test(device)) return cudaAddon(device);
  throw invalidArgument(`device: expected 'cpu', 'cuda' or 'cuda:N', got ${describe(device)}`);
}

export const toRecord = (fields: Bindings.JsField[]): Record<string, NdArray> =>
  Object.fromEntries(fields.map(({ name, array }) => [name, array]));

const emptyHistory = (options: TrainOptions): TrainingHistory =>
  savable(
    {
      ...noRecords(),
      probes: {},
      stopReason: 'aborted',
      state: options.resume ?? { step: 0, moments: [] },
      simdPath: '',
    },
    options,
  );
