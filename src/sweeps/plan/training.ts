/**
 * A training described as data: network, samples, loss, optimiser. As an experiment it runs anywhere an experiment
 * does; in a sweep its runs are packed into `trainMany`.
 */

import type { NdArray } from '../../core/ndarray.js';
import { column } from '../../core/reading.js';
import { defineExperiment, type Outcome } from '../../experiment/define.js';
import { passageStep } from '../../experiment/seeds.js';
import { type Trained, type TrainManyRun, type TrainManyShared, trainMany } from '../../nets/many.js';
import { type MlpOptions, mlp } from '../../nets/mlp.js';
import type { NetworkSpec } from '../../nets/spec.js';
import type { ProbeSpec } from '../../nets/training/probe.js';
import type { Paused } from './paused.js';
import { samplesOf, type TrainingData } from './training-data.js';
import { type TrainingParameters, trainingParameters } from './training-parameters.js';

export type { FileData, TrainingDescription, TrainingParameters } from './training-parameters.js';

const isSpec = (n: TrainingParameters['network']): n is NetworkSpec => 'layers' in n;

const specOf = (n: TrainingParameters['network']): NetworkSpec => (isSpec(n) ? n : mlp(n as unknown as MlpOptions));

function toRun(p: TrainingParameters, seed: number): TrainManyRun<Measured> {
  const { x, y, frequencies } = samplesOf(p.data);
  const error: Measured =
    frequencies.length > 0
      ? { error: { type: 'spectrum', points: x, target: y, frequencies: cycles(frequencies) } }
      : {};
  return {
    spec: specOf(p.network),
    seed,
    x,
    y,
    loss: p.loss,
    ...(p.penalty && { penalty: p.penalty }),
    optimizer: p.optimizer,
    probes: error,
    ...(p.batchSize !== undefined && { batchSize: p.batchSize }),
  };
}

/** From radians to cycles per unit. */
function cycles(frequencies: TrainingData['frequencies']): number[] | number[][] {
  const rows = frequencies.map((k) => [k].flat().map((v) => v / 2 / Math.PI));
  return rows.every(({ length }) => length === 1) ? rows.flat() : rows;
}

type Measured = { error?: ProbeSpec };

/** What a described training recorded, and why it ended; `budget`: it is paused, and its steps are not all taken. */
interface Recorded extends Pick<Paused, 'steps' | 'loss' | 'error'> {
  step: number;
  stopReason: NonNullable<Paused['ended']> | 'budget';
}

/** Final and smallest loss, steps taken, and of each frequency of the target the final relative error and when it was learnt. */
function outcomeOf(p: TrainingParameters, { steps, loss, error, step, stopReason }: Recorded): Outcome {
  const finite = (v: number | undefined): number | null => (v !== undefined && Number.isFinite(v) ? v : null);
  const metrics: Record<string, number | null> = {
    loss: stopReason === 'diverged' ? null : finite(loss.at(-1)),
    smallestLoss: finite(Math.min(...loss.filter(Number.isFinite))),
    steps: step,
    diverged: stopReason === 'diverged' ? 1 : 0,
    ...(p.stop && { stopped: stopReason === 'stopped' ? 1 : 0 }),
  };
  const columns: Record<string, readonly (number | null)[]> = { step: steps, loss };
  for (const [i, name] of samplesOf(p.data).names.entries()) {
    const values = error.relativeError ? Array.from(column(error.relativeError, i)) : [];
    metrics[`error_${name}`] = finite(values.at(-1));
    metrics[`passage_${name}`] = passageStep(steps, values, p.level);
    columns[`error_${name}`] = values;
  }
  return { metrics, tables: [{ id: 'history', title: 'Loss and errors by step', columns }] };
}

/** Step 0 and so many steps that are evenly spaced in their logarithm: `record: { log }` of a training of all `steps`. */
function recordedSteps({ steps, records }: TrainingParameters): number[] {
  const spread = (i: number): number => Math.round(Math.exp((Math.log(steps) * i) / (records - 1)));
  return [0, ...Array.from({ length: records }, (_, i) => spread(i))];
}

/** One training on its way. */
class Described {
  readonly #p: TrainingParameters;
  readonly #run: TrainManyRun<Measured>;
  /** Steps after which it ends in any case. */
  readonly end: number;
  readonly #every: number;
  readonly #due: ReadonlySet<number>;
  #at: Paused;
  /** What its end has recorded beside that: belongs to this result, not to a training that goes on. */
  #last: Paused['last'] = { steps: [], loss: [], error: {} };
  stopReason: Recorded['stopReason'] | undefined;

  constructor(p: TrainingParameters, seed: number, from?: Paused) {
    this.#p = p;
    this.#run = toRun(p, seed);
    this.#due = new Set(recordedSteps(p));
    this.end = p.budget ?? p.steps;
    this.#every = p.stop ? (p.stop.every ?? Math.max(1, Math.floor(p.steps / 50))) : Number.POSITIVE_INFINITY;
    // One that is further than this one goes is of no use to it.
    const usable = from && (from.ended ? from.state.step <= this.end : from.state.step < this.end) ? from : undefined;
    this.#at = usable ?? {
      parameters: {},
      state: { step: 0, moments: [] },
      steps: [],
      loss: [],
      error: {},
      best: { loss: Number.POSITIVE_INFINITY, step: 0 },
      seconds: 0,
      last: this.#last,
    };
    if (usable?.ended) [this.stopReason, this.#last] = [usable.ended, usable.last];
  }

  get step(): number {
    return this.#at.state.step;
  }

  /** To the next step at which a rule is looked at, or to its end. */
  part(): TrainManyRun<Measured> {
    const { state, parameters } = this.#at;
    const to = Math.min(this.end, (Math.floor(state.step / this.#every) + 1) * this.#every);
    return {
      ...this.#run,
      steps: to - state.step,
      record: { at: [...this.#due].filter((step) => step >= state.step && step < to) },
      ...(state.step > 0 && { resume: state, parameters }),
    };
  }

  /** Takes what the part has given. */
  take({ history, parameters, buffers }: Trained<Measured>, seconds: number): void {
    const { steps, loss, stopReason, state } = history;
    const error = (history.probes.error ?? {}) as Record<string, NdArray>;
    // The state after the last step is recorded as well, though only its own end asks for that.
    const kept = steps.filter((step) => step < state.step && this.#due.has(step)).length;
    const before = this.#at;
    this.#at = {
      parameters: { ...parameters, ...buffers },
      state,
      steps: [...before.steps, ...steps.slice(0, kept)],
      loss: [...before.loss, ...loss.slice(0, kept)],
      error: stacked(before.error, error, 0, kept),
      best: before.best,
      seconds: before.seconds + seconds,
      last: before.last,
    };
    this.#last = {
      steps: steps.slice(kept),
      loss: loss.slice(kept),
      error: stacked({}, error, kept, steps.length),
    };
    const now = loss.at(-1) ?? Number.NaN;
    const { stop } = this.#p;
    if (stopReason !== 'completed') this.stopReason = stopReason;
    // At the end of a budget the rules are not looked at: where a training is cut must not change it.
    else if (stop && state.step % this.#every === 0 && this.#isDone(stop, now)) this.stopReason = 'stopped';
    else if (state.step >= this.end) this.stopReason = this.end < this.#p.steps ? 'budget' : 'completed';
  }

  #isDone({ lossBelow, seconds, patience, tolerance }: NonNullable<TrainingParameters['stop']>, loss: number): boolean {
    const { best, state } = this.#at;
    if (loss < best.loss * (1 - tolerance)) this.#at.best = { loss, step: state.step };
    return (
      (lossBelow !== undefined && loss < lossBelow) ||
      (seconds !== undefined && this.#at.seconds >= seconds) ||
      (patience !== undefined && state.step - this.#at.best.step >= patience)
    );
  }

  /** What came of it; its beginning, where it can go on. */
  ended(): DescribedOutcome {
    const { steps, loss, error, state } = this.#at;
    const recorded = {
      steps: [...steps, ...this.#last.steps],
      loss: [...loss, ...this.#last.loss],
      error: stacked(error, this.#last.error, 0, this.#last.steps.length),
      step: state.step,
      stopReason: this.stopReason ?? 'completed',
    };
    const ended = this.stopReason === 'budget' ? undefined : this.stopReason;
    return {
      outcome: outcomeOf(this.#p, recorded),
      ...(this.#p.budget !== undefined && { paused: { ...this.#at, last: this.#last, ...(ended && { ended }) } }),
    };
  }
}

export interface DescribedOutcome {
  outcome: Outcome;
  /** Of a training with a budget: from here a larger one goes on. */
  paused?: Paused;
}

/** The records of `first`, and those of `second` from `from` to `to`. */
function stacked(
  first: Record<string, NdArray>,
  second: Record<string, NdArray>,
  from: number,
  to: number,
): Record<string, NdArray> {
  return Object.fromEntries(
    Object.entries(second).map(([name, { data, shape }]) => {
      const size = data.length / Math.max(shape[0] ?? 1, 1);
      const part = Array.from(data.subarray(from * size, to * size));
      const all = [...(first[name]?.data ?? []), ...part];
      return [
        name,
        { data: Float64Array.from(all), shape: [(first[name]?.shape[0] ?? 0) + to - from, ...shape.slice(1)] },
      ];
    }),
  );
}

/**
 * Trains all of `runs` at once on `threads` threads, each from where it was paused. All must have the same `dtype`. What a
 * run gives does not depend on where it was paused, nor on the others.
 */
export async function trainDescribed(
  runs: readonly { parameters: TrainingParameters; seed: number; from?: Paused | undefined }[],
  { onProgress, ...options }: Pick<TrainManyShared, 'signal' | 'onProgress' | 'threads' | 'memoryLimit'> = {},
): Promise<DescribedOutcome[]> {
  const all = runs.map(({ parameters, seed, from }) => new Described(parameters, seed, from));
  const total = all.reduce((sum, { end }) => sum + end, 0);
  const dtype = runs[0]?.parameters.dtype ?? 'f32';
  for (;;) {
    const open = all.filter(({ stopReason }) => stopReason === undefined);
    if (open.length === 0) return all.map((one) => one.ended());
    const parts = open.map((one) => one.part());
    const before = total - open.reduce((sum, { end, step }) => sum + end - step, 0);
    const start = performance.now();
    const trained = await trainMany(parts, {
      ...options,
      dtype,
      ...(onProgress && { onProgress: (p) => onProgress({ ...p, done: before + p.done, total }) }),
    });
    const seconds = (performance.now() - start) / 1000 / open.length;
    open.forEach((one, i) => {
      const result = trained[i];
      if (result) one.take(result, seconds);
    });
  }
}

/** Widths from input to output, of dense layers; weights between them, biases included; samples. */
function sizes({ network: n, data: d }: TrainingParameters): { widths: number[]; weights: number; points: number } {
  const widths = isSpec(n)
    ? [[n.input].flat().reduce((a, b) => a * b, 1), ...n.layers.flatMap((l) => (l.type === 'dense' ? [l.units] : []))]
    : [n.input, ...n.hidden, n.output];
  const weights = widths.slice(1).reduce((sum, w, i) => sum + w * (widths[i]! + 1), 0);
  return { widths, weights, points: d.type === 'sines' ? d.points : Array.isArray(d.x) ? d.x.length : 1 };
}

/** Bytes that one such training takes, roughly: parameters with their moments, panels and gradients, and samples. */
export function trainingBytes(p: TrainingParameters): number {
  const { widths, weights, points } = sizes(p);
  return 8 * (6 * weights + 3 * points * (widths[0]! + widths.at(-1)!) + 256 * Math.max(...widths) * widths.length);
}

/** Units of a layer that the engine computes at once: a narrower one takes as long. */
const panel = 16;
/** What an activation and its derivative take, in operations. */
const activationFlops = 30;

/**
 * Floating-point operations of the whole training, roughly: two a weight and sample forward, four backward, and the
 * activations; twice as many in double precision, of which a vector holds half.
 */
export function trainingFlops(p: TrainingParameters): number {
  const { widths, points } = sizes(p);
  const padded = widths.map((width) => Math.ceil(width / panel) * panel);
  const weights = widths.slice(1).reduce((sum, _, i) => sum + (padded[i + 1] ?? 0) * ((widths[i] ?? 0) + 1), 0);
  const hidden = padded.slice(1, -1).reduce((sum, width) => sum + width, 0);
  const aSample = 6 * weights + activationFlops * hidden;
  return (p.dtype === 'f64' ? 2 : 1) * aSample * Math.min(points, p.batchSize ?? points) * (p.budget ?? p.steps);
}

const defaults = { data: { type: 'sines' }, optimizer: { type: 'adam' } } as const;

export const training = defineExperiment({
  id: 'training',
  title: 'A training described as data',
  source: 'your own',
  parameters: trainingParameters,
  // Types named here, so that `data.points` or `optimizer.learningRate` alone changes the default's.
  presets: { quick: defaults, paper: defaults },
  run: async ({ parameters: p, seed, signal, training: announce }) => {
    const [trained] = await trainDescribed([{ parameters: p, seed }], {
      signal,
      onProgress: announce('training', p.budget ?? p.steps),
    });
    return trained?.outcome ?? {};
  },
});
