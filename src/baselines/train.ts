/** A training by another library, from the same weights, as a history of this package. */
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { type ArrayInput, describe, type NdArray, sizeOf, toFinite } from '../core/ndarray.js';
import { checkChoice, checkNumber, checkTask, required, requireObject, requireOptions } from '../core/options.js';
import { createModel, type Model } from '../nets/model.js';
import { savable } from '../nets/recording.js';
import type { NetworkSpec } from '../nets/spec.js';
import { noRecords, TrainingAborted, type TrainingHistory } from '../nets/training/history.js';
import type { OptimizerSpec } from '../nets/training/optimizer.js';
import { checkTraining, type RecordSpec, type TrainOptions } from '../nets/training/options.js';
import type { Probes } from '../nets/training/probe.js';
import {
  installedBackends,
  loadTfjs,
  type Tensor,
  type Tfjs,
  type TfjsBackend,
  type TfjsOptimizer,
} from './load-tfjs.js';
import { forward, toArray, toInput, toTensor } from './tfjs-network.js';

/** What is trained by another library: full batches on `mse` or `crossEntropy`, by `sgd` or `adam`. */
export type BaselineTraining<P extends Probes = Probes> = Pick<
  TrainOptions<P>,
  'x' | 'y' | 'loss' | 'optimizer' | 'steps' | 'record' | 'probes' | 'signal' | 'onProgress'
>;

/** Which library, and the weights that it begins with. */
export interface BaselineOptions {
  engine: 'tfjs';
  /** Default: `wasm` where it is installed, else `cpu`. */
  backend?: TfjsBackend;
  /** The network begins as `createModel(spec, { seed })` does. Default 0. */
  seed?: number;
}

/** A history like any other, with what only a comparison asks. */
export interface BaselineHistory<P extends Probes = Probes> extends TrainingHistory<P> {
  /** At the end, by this package's names. */
  parameters: Record<string, NdArray>;
  /** Median over the steps. */
  millisecondsPerStep: number;
}

const TRAINING = ['x', 'y', 'loss', 'optimizer', 'steps', 'record', 'probes', 'signal', 'onProgress'] as const;

/**
 * Trains a network in TensorFlow.js from this package's initial weights for that seed, in single precision, and gives the
 * history that `model.train` gives: losses before each recorded update, and every probe, measured by this package's
 * engine on the parameters that TensorFlow.js had at the record. `simdPath` is `tfjs-wasm`, `tfjs-cpu` or `tfjs-node`.
 *
 * Dense layers, convolutions with square strides, poolings, `flatten`, `scale`, Fourier features and the common activations;
 * `sgd` (with momentum) and `adam` without schedule, clipping and weight decay.
 *
 * @throws `DATA_UNAVAILABLE` with the command that installs TensorFlow.js; `INVALID_ARGUMENT` naming what is not compared; `ABORTED`
 */
export async function trainBaseline<P extends Probes = Probes>(
  spec: NetworkSpec,
  training: BaselineTraining<P>,
  options: BaselineOptions,
): Promise<BaselineHistory<P>> {
  const { engine, backend: wanted, seed = 0 } = requireOptions(options, ['engine', 'backend', 'seed']);
  checkChoice(required(engine, 'engine'), ['tfjs'], 'engine');
  checkChoice(wanted, ['wasm', 'cpu', 'node'], 'backend');
  const given = requireOptions(training, TRAINING, 'training');
  checkTraining(given);
  checkTask(given);
  const { loss, optimizer, steps, record, probes, signal, onProgress } = given;
  const x = toFinite(required(given.x, 'x'), 'x');
  const model = createModel(spec, { seed });
  const y = toFinite(required(given.y, 'y'), 'y');
  for (const [name, { data }] of Object.entries({ x, y })) {
    const beyond = data.findIndex((v) => !Number.isFinite(Math.fround(v)));
    if (beyond >= 0)
      throw new FprincipleError('NON_FINITE', `${name}: entry ${beyond} is ${data[beyond]}, beyond single precision`);
  }
  checkShapes(model, x, y, loss);
  const at = await recordedSteps(record, required(steps, 'steps'), signal);
  const changes = Object.entries(probes ?? {}).find(([, probe]) => 'change' in probe && probe.change);
  if (changes) throw invalidArgument(`probes.${changes[0]}: a change since the start is not compared`);
  const backend = wanted ?? installedBackends()[0] ?? 'wasm';
  const tf = await loadTfjs(backend);

  const variables = new Map(
    Object.entries(model.parameters()).map(([name, a]) => [name, tf.variable(toTensor(tf, a))]),
  );
  const fixed = new Map(Object.entries(model.buffers()).map(([name, a]) => [name, toTensor(tf, a)]));
  const tensors = new Map([...variables, ...fixed]);
  const inputs = ours('training.x', () => toInput(tf, x));
  const targets = ours('training.y', () => targetsOf(tf, y, loss));
  const cost = (): Tensor => {
    const outputs = forward(tf, model.spec, tensors, inputs);
    return loss === 'mse' || typeof loss === 'object'
      ? tf.mean(tf.squaredDifference(outputs, targets))
      : tf.losses.softmaxCrossEntropy(targets, outputs);
  };
  const rule = ruleOf(tf, optimizer);
  const history: Omit<TrainingHistory<P>, 'save'> = {
    ...noRecords(),
    probes: {} as TrainingHistory<P>['probes'],
    stopReason: 'completed',
    state: { step: 0, moments: [] },
    simdPath: `tfjs-${backend}`,
  };
  const parameters = (): Record<string, NdArray> =>
    tf.tidy(() => Object.fromEntries([...variables].map(([name, tensor]) => [name, toArray(tf, tensor)])));
  const measured: TrainingHistory<P>['probes'][] = [];
  const measure = async (step: number): Promise<void> => {
    history.steps.push(step);
    if (probes) measured.push(await probesOf(model, parameters(), { x, y, loss, probes }));
  };
  const times: number[] = [];
  let rest = performance.now();
  try {
    for (let step = 0; step < steps; step++) {
      if (signal?.aborted)
        throw new TrainingAborted(savable({ ...history, stopReason: 'aborted' }, given), { cause: signal.reason });
      const recorded = at.has(step);
      if (recorded) await measure(step);
      const start = performance.now();
      const value = ours('training', () => rule.minimize(cost, true, [...variables.values()]));
      const [before = Number.NaN] = value.dataSync();
      times.push(performance.now() - start);
      value.dispose();
      history.state.step = step + 1;
      if (recorded) history.loss.push(before);
      if (!Number.isFinite(before)) {
        history.stopReason = 'diverged';
        if (!recorded) {
          history.steps.push(step);
          history.loss.push(before);
        }
        break;
      }
      // Its steps block the event loop: it has its turn now and then.
      if (performance.now() - rest > 50) {
        await new Promise(setImmediate);
        rest = performance.now();
        onProgress?.({ done: step + 1, total: steps, value: before });
      }
    }
    if (history.stopReason === 'completed') {
      await measure(steps);
      const [last = Number.NaN] = tf.tidy(cost).dataSync();
      history.loss.push(last);
    }
    history.probes = joined(measured);
    return Object.assign(savable(history, given), {
      parameters: parameters(),
      millisecondsPerStep: median(times),
    });
  } finally {
    for (const tensor of [...tensors.values(), inputs, targets]) tensor.dispose();
    rule.dispose();
  }
}

/** TensorFlow.js broadcasts where this package refuses. */
function checkShapes(model: Model, x: NdArray, y: NdArray, loss: TrainOptions['loss']): void {
  const [n = 0] = x.shape;
  const { input } = model.spec;
  const sample = [input].flat();
  if (x.shape.length < 2 && sizeOf(sample) !== 1)
    throw invalidShape(`training.x: expected a row for each sample, got shape [${x.shape.join(', ')}]`);
  if (n === 0 || x.data.length !== n * sizeOf(sample))
    throw invalidShape(`training.x: expected [n, ${sample.join(', ')}], got [${x.shape.join(', ')}]`);
  const classes = loss === 'crossEntropy' && y.shape.length === 1;
  if (y.shape[0] !== n || (!classes && y.shape.length !== 2))
    throw invalidShape(`training.y: expected a row for each of ${n} samples, got shape [${y.shape.join(', ')}]`);
}

/** What TensorFlow.js throws becomes an error that names the argument. */
function ours<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidArgument(`${name}: TensorFlow.js refuses it: ${why}`, { cause });
  }
}

const median = (times: number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

function targetsOf(tf: Tfjs, y: NdArray, loss: TrainOptions['loss']): Tensor {
  const kind = typeof loss === 'object' && loss !== null ? loss.type : loss;
  if (kind === 'mse') return tf.tensor(Float32Array.from(y.data), y.shape);
  if (kind === 'crossEntropy' && y.shape.length === 2) return tf.tensor(Float32Array.from(y.data), y.shape);
  if (kind === 'crossEntropy') {
    const classes = Math.max(...y.data) + 1;
    return tf.oneHot(tf.tensor1d(Float32Array.from(y.data), 'int32'), classes);
  }
  throw invalidArgument(`loss: expected 'mse' or 'crossEntropy' to be compared, got ${JSON.stringify(kind)}`);
}

function ruleOf(tf: Tfjs, optimizer: OptimizerSpec): TfjsOptimizer {
  const { type, ...options } = requireObject(required(optimizer, 'optimizer'), 'optimizer');
  const known = type === 'adam' ? ['learningRate', 'beta1', 'beta2', 'epsilon'] : ['learningRate', 'momentum'];
  const odd = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if ((type !== 'sgd' && type !== 'adam') || odd) {
    throw invalidArgument(
      `optimizer: expected sgd or adam to be compared, got ${describe(type)}${odd ? ` with ${odd[0]}` : ''}`,
    );
  }
  const { learningRate } = optimizer as { learningRate: number };
  checkNumber(required(learningRate, 'optimizer.learningRate'), 'optimizer.learningRate', { above: 0 });
  if (optimizer.type === 'adam') {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimizer;
    return tf.train.adam(learningRate, beta1, beta2, epsilon);
  }
  const momentum = optimizer.type === 'sgd' ? (optimizer.momentum ?? 0) : 0;
  return momentum > 0 ? tf.train.momentum(learningRate, momentum) : tf.train.sgd(learningRate);
}

/** The steps that a training of this package records: it is asked, by one of a single weight. */
async function recordedSteps(
  record: RecordSpec | undefined,
  steps: number,
  signal: AbortSignal | undefined,
): Promise<Set<number>> {
  const model = createModel({ input: 1, layers: [{ type: 'dense', units: 1, bias: false }] }, { seed: 0 });
  const optimizer = { type: 'sgd', learningRate: 1e-30 } as const;
  const asked = {
    x: [[1]],
    y: [[1]],
    loss: 'mse',
    optimizer,
    steps,
    ...(record && { record }),
    ...(signal && { signal }),
  } as const;
  return new Set((await model.train(asked)).steps);
}

/** Every probe on these parameters: what a training of one step measures before its update. */
async function probesOf<P extends Probes>(
  model: Model,
  parameters: Record<string, NdArray>,
  { x, y, loss, probes }: { x: ArrayInput; y: ArrayInput; loss: TrainOptions['loss']; probes: P },
): Promise<TrainingHistory<P>['probes']> {
  const copy = createModel(model.spec, { seed: 0 });
  copy.setParameters({ ...model.buffers(), ...parameters });
  const optimizer = { type: 'sgd', learningRate: 1e-30 } as const;
  const { probes: both } = await copy.train({ x, y, loss, optimizer, steps: 1, record: { at: [0] }, probes });
  return mapFields(both, (field) => first(field)) as TrainingHistory<P>['probes'];
}

const mapFields = (probes: object, change: (array: NdArray, probe: string, field: string) => NdArray): object =>
  Object.fromEntries(
    Object.entries(probes as Record<string, Record<string, NdArray>>).map(([name, fields]) => [
      name,
      Object.fromEntries(Object.entries(fields).map(([field, array]) => [field, change(array, name, field)])),
    ]),
  );

/** The first record alone, `[1, ...]`. */
const first = ({ data, shape: [, ...rest] }: NdArray): NdArray => ({
  data: data.slice(0, sizeOf(rest)),
  shape: [1, ...rest],
});

/** Records one after the other. */
function joined<P extends Probes>(records: TrainingHistory<P>['probes'][]): TrainingHistory<P>['probes'] {
  const [start] = records;
  if (!start) return {} as TrainingHistory<P>['probes'];
  return mapFields(start, ({ shape: [, ...rest] }, probe, field) => {
    const parts = records.map((one) => (one as Record<string, Record<string, NdArray>>)[probe]?.[field]);
    const size = sizeOf(rest);
    const data = new Float64Array(size * records.length);
    for (const [i, part] of parts.entries()) if (part) data.set(part.data, i * size);
    return { data, shape: [records.length, ...rest] };
  }) as TrainingHistory<P>['probes'];
}
