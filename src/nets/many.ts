import type * as Bindings from '../../bindings/index.cjs';
import { invalidArgument } from '../core/errors.js';
import { call, type Progress, runTask, type TaskOptions } from '../core/native.js';
import { type ArrayInput, type DType, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, checkOptions, requireOptions } from '../core/options.js';
import { checkThreads } from '../core/threads.js';
import { type Asked, flat, later, nextSlot, rest, type Saved, type Slot, stepsOf } from './checkpoint.js';
import { specText, toJson } from './json.js';
import { addonFor, type ModelOptions, toRecord } from './model.js';
import type { NetworkSpec } from './spec.js';
import { TrainingAborted, type TrainingHistory } from './training/history.js';
import { ArrayCollector, fromNative, record, toNative } from './training/native.js';
import { checkSeed, checkTraining, TRAIN_OPTIONS, type TrainOptions } from './training/options.js';
import type { Probes } from './training/probe.js';

/** What may differ from run to run. */
export interface TrainManyRun<P extends Probes = Probes>
  extends Partial<Omit<TrainOptions<P>, 'signal' | 'onProgress' | 'threads' | 'seed'>> {
  /** The network. Default: that of the shared options. */
  spec?: NetworkSpec;
  /** Of the parameters and of the batches' order. */
  seed?: number;
  /** Initial parameters that replace the drawn ones. */
  parameters?: Record<string, ArrayInput>;
}

/** A run has its own of everything but what belongs to the call. */
const RUN_OPTIONS = [
  ...TRAIN_OPTIONS.filter((name) => name !== 'signal' && name !== 'onProgress' && name !== 'threads'),
  ...(['spec', 'parameters'] as const),
];
const SHARED_OPTIONS = [...TRAIN_OPTIONS, ...(['spec', 'parameters', 'dtype', 'device'] as const)];

/** What all runs share. */
export interface TrainManyShared<P extends Probes = Probes>
  extends TrainManyRun<P>,
    Pick<TrainOptions<P>, 'signal' | 'onProgress' | 'threads'>,
    Pick<ModelOptions, 'device'> {
  /** Default `'f32'`. */
  dtype?: DType;
}

/** A trained network of `trainMany`: its history and its parameters. */
export interface Trained<P extends Probes = Probes> {
  /** What the training recorded. */
  history: TrainingHistory<P>;
  /** The trained arrays by name, in the order of the layers. */
  parameters: Record<string, NdArray>;
  /** What belongs to the network but is not trained: running means. */
  buffers?: Record<string, NdArray>;
}

/**
 * Trains many networks at once, each on one thread; the bits are those of each training alone. On a GPU, runs that
 * differ only in their seed, data, records and probes are stacked and take their steps together.
 *
 * @example
 * const optimizer = { type: 'adam', learningRate: 0.01 } as const;
 * const trained = await trainMany([{ seed: 1 }, { seed: 2 }], { spec, x, y, loss: 'mse', optimizer, steps: 10 });
 * trained.map(({ history }) => history.stopReason); // => ['completed', 'completed']
 *
 * @param runs what each run has of its own; the rest comes from `shared`
 * @throws as {@link Model.train}, the run named `runs[i]`; `ABORTED` with the first run's history
 */
export async function trainMany<P extends Probes = Probes>(
  runs: TrainManyRun<P>[],
  shared: TrainManyShared<P> = {},
): Promise<Trained<P>[]> {
  if (!Array.isArray(runs)) throw invalidArgument(`runs: expected an array, got ${describe(runs)}`);
  checkOptions(shared, SHARED_OPTIONS, 'shared');
  runs.forEach((run, index) => {
    checkTraining(requireOptions(run, RUN_OPTIONS, `runs[${index}]`), `runs[${index}].`);
  });
  const { signal, onProgress, threads, dtype = 'f32', device = 'cpu', ...common } = shared;
  checkChoice(dtype, ['f32', 'f64'], 'dtype');
  checkTraining(shared);
  const addon = addonFor(device);
  const { spec: sharedSpec, seed: sharedSeed, parameters: sharedParameters, ...sharedTraining } = common;
  const collector = new ArrayCollector();
  const base = toNative(sharedTraining, collector);
  const prepared = runs.map(
    ({ spec = sharedSpec, seed = sharedSeed, parameters = sharedParameters, ...own }, index) => {
      const name = `runs[${index}]`;
      if (spec === undefined) throw invalidArgument(`${name}.spec: expected a network, got undefined`);
      const arrays = new ArrayCollector();
      const config = { ...base, ...toNative(own, arrays) };
      const initial = Object.entries(record(parameters ?? {}, `${name}.parameters`)).map(([key, input]) => ({
        names: [`parameters.${key}`],
        array: toNdArray(input as ArrayInput, `${name}.parameters.${key}`),
      }));
      return {
        spec: specText(spec, `${name}.spec`),
        seed: checkSeed(seed, `${name}.seed`),
        config,
        arrays: [...arrays.arrays, ...initial],
      };
    },
  );
  const count = checkThreads(threads);
  const run = (runs: Run[], options: TaskOptions, slot?: Slot): Promise<Bindings.JsTrained[]> => {
    const asked = runs.map(({ config, ...own }, index) => ({ ...own, config: toJson(config, `runs[${index}]`) }));
    let stop: (() => void) | undefined;
    const training = runTask(
      (_, control) => {
        stop = slot?.clock(control);
        return addon.trainMany(control, asked, collector.arrays, String(dtype), count, device);
      },
      { ...options, addon, untilStopped: true },
    );
    return training.finally(() => stop?.());
  };
  const slot = nextSlot(() => ({ prepared, shared: collector.arrays, dtype, device }));
  const trained = slot
    ? await saved(slot, prepared, dtype, run, { signal, onProgress })
    : await run(prepared, { signal, onProgress });
  const results = trained.map(({ history, parameters, buffers }, index) => ({
    history: fromNative<P>(history, { ...sharedTraining, ...runs[index] }),
    parameters: toRecord(parameters),
    ...(buffers.length > 0 && { buffers: toRecord(buffers) }),
  }));
  const aborted = results.find(({ history }) => history.stopReason === 'aborted');
  if (aborted) throw new TrainingAborted(aborted.history, { cause: signal?.reason });
  return results;
}

/** A run as the addon takes it, its options not yet JSON. */
interface Run extends Asked {
  spec: string;
  seed: number;
}

/** Part after part, each saved; from where an earlier process saved it. */
async function saved(
  slot: Slot,
  runs: Run[],
  dtype: DType,
  run: (runs: Run[], options: TaskOptions, slot: Slot) => Promise<Bindings.JsTrained[]>,
  { signal, onProgress }: TaskOptions,
): Promise<Bindings.JsTrained[]> {
  const all: (Saved | undefined)[] = slot.read() ?? runs.map(() => undefined);
  const total = runs.reduce((sum, { config }) => sum + stepsOf(config), 0);
  for (;;) {
    const open = [...runs.keys()].filter((index) => !all[index]?.done);
    if (open.length === 0 || signal?.aborted) break;
    const parts = open.map((index) => {
      const before = all[index];
      if (!before) return runs[index]!;
      const part = rest(runs[index]!, before);
      const own = part.arrays.filter(({ names }) => !names[0]!.startsWith('parameters.'));
      const present = [...before.parameters, ...before.buffers].map(({ name, array }) => ({
        names: [`parameters.${name}`],
        array,
      }));
      return { ...runs[index]!, config: part.config, arrays: [...own, ...present] };
    });
    const offset = total - parts.reduce((sum, { config }) => sum + stepsOf(config), 0);
    const shifted = onProgress && ((p: Progress) => onProgress({ ...p, done: p.done + offset, total }));
    const trained = await run(parts, { signal, onProgress: shifted }, slot);
    trained.forEach((result, i) => {
      const index = open[i]!;
      all[index] = later(all[index], result, all[index]?.began ?? start(runs[index]!, dtype));
    });
    slot.write(all as Saved[]);
  }
  return all as Saved[];
}

/** The parameters that a run begins with. */
const start = ({ spec, seed, arrays }: Run, dtype: DType): Float64Array =>
  call((addon) => {
    const model = new addon.NativeModel(spec, seed, dtype);
    const initial = arrays.filter(({ names }) => names[0]!.startsWith('parameters.'));
    model.setParameters(initial.map(({ names, array }) => ({ names: [names[0]!.slice('parameters.'.length)], array })));
    return flat(model.parameters());
  });
