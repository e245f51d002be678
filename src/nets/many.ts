import { invalidArgument } from '../errors.js';
import { runTask } from '../native.js';
import { type ArrayInput, type DType, describe, type NdArray, toNdArray } from '../ndarray.js';
import { addonFor, type ModelOptions } from './model.js';
import type { NetworkSpec } from './spec.js';
import {
  ArrayCollector,
  checkSeed,
  checkThreads,
  fromNative,
  type Probes,
  TrainingAborted,
  type TrainingHistory,
  type TrainOptions,
  toJson,
  toNative,
} from './train.js';

/** What may differ from run to run. */
export interface TrainManyRun<P extends Probes = Probes>
  extends Partial<Omit<TrainOptions<P>, 'signal' | 'onProgress' | 'threads' | 'seed'>> {
  spec?: NetworkSpec;
  /** Of the parameters and of the batches' order. */
  seed?: number;
  /** Initial parameters that replace the drawn ones. */
  parameters?: Record<string, ArrayInput>;
}

/** What all runs share. */
export interface TrainManyShared<P extends Probes = Probes>
  extends TrainManyRun<P>,
    Pick<TrainOptions<P>, 'signal' | 'onProgress' | 'threads'>,
    Pick<ModelOptions, 'device'> {
  /** Default `'f32'`. */
  dtype?: DType;
}

export interface Trained<P extends Probes = Probes> {
  history: TrainingHistory<P>;
  parameters: Record<string, NdArray>;
}

/**
 * Trains many networks at once, each on one thread; the bits are those of each training alone. On a GPU, runs that
 * differ only in their seed, data, records and probes are stacked and take their steps together.
 * @param runs what each run has of its own; the rest comes from `shared`
 * @throws as {@link Model.train}, the run named `runs[i]`; `ABORTED` with the first run's history
 */
export async function trainMany<P extends Probes = Probes>(
  runs: TrainManyRun<P>[],
  shared: TrainManyShared<P> = {},
): Promise<Trained<P>[]> {
  if (!Array.isArray(runs)) throw invalidArgument(`runs: expected an array, got ${describe(runs)}`);
  const { signal, onProgress, threads, dtype = 'f32', device = 'cpu', ...common } = shared;
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
      const initial = Object.entries(parameters ?? {}).map(([key, input]) => ({
        names: [`parameters.${key}`],
        array: toNdArray(input, `${name}.parameters.${key}`),
      }));
      return {
        spec: toJson(spec, `${name}.spec`),
        seed: checkSeed(seed, `${name}.seed`),
        config: toJson(config, name),
        arrays: [...arrays.arrays, ...initial],
      };
    },
  );
  const count = checkThreads(threads);
  const trained = await runTask(
    (_, control) => addon.trainMany(control, prepared, collector.arrays, String(dtype), count, device),
    { signal, onProgress, addon },
  );
  const results = trained.map(({ history, parameters }) => ({
    history: fromNative<P>(history),
    parameters: Object.fromEntries(parameters.map(({ name, array }) => [name, array])),
  }));
  const aborted = results.find(({ history }) => history.stopReason === 'aborted');
  if (aborted) throw new TrainingAborted(aborted.history, { cause: signal?.reason });
  return results;
}
