/** Options and histories of a training as the addon has them. */
import type * as Bindings from '../../../bindings/index.cjs';
import { invalidArgument } from '../../core/errors.js';
import { type ArrayInput, type NdArray, toNdArray } from '../../core/ndarray.js';
import { requireObject, requireOptions } from '../../core/options.js';
import { savable } from '../recording.js';
import type { TrainingHistory, TrainingRecord } from './history.js';
import type { LossSpec } from './loss.js';
import type { TrainOptions } from './options.js';
import type { Probes } from './probe.js';

/** An array by all the names under which the addon asks for it. */
export type NamedArray = Bindings.JsNamed;

/** Collects arrays, each object once, whatever number of names it has. */
export class ArrayCollector {
  readonly #seen = new Map<unknown, NamedArray>();

  add(name: string, input: ArrayInput): void {
    const array = toNdArray(input, name);
    // The same numbers under another shape are another array.
    const key = typeof input === 'object' && input !== null && 'data' in input ? input.data : input;
    const known = this.#seen.get(key);
    if (known && String(array.shape) === String(known.array.shape)) {
      known.names.push(name);
      return;
    }
    this.#seen.set(known ? Symbol(name) : key, { names: [name], array });
  }

  get arrays(): NamedArray[] {
    return [...this.#seen.values()];
  }
}

const LOSS_ARRAYS = new Set(['weights', 'gradients', 'views']);
const CONDITION_ARRAYS = new Set(['points']);
const PROBE_ARRAYS = new Set(['points', 'target', 'frequencies', 'direction', 'labels']);

/** The options as the addon takes them: JSON for what is small, arrays by name for the rest. */
export function toNative(options: Partial<TrainOptions>, collector: ArrayCollector): Record<string, unknown> {
  const { x, y, loss, probes, resume, signal: _, onProgress: __, threads: ___, ...rest } = options;
  const config: Record<string, unknown> = { ...rest };
  if (x !== undefined) collector.add('x', x);
  if (y !== undefined) collector.add('y', y);
  if (loss !== undefined) config.loss = lossConfig(loss, collector);
  if (probes !== undefined) {
    const entries = Object.entries(record(probes, 'probes')).map(([name, probe]) => [
      name,
      split(record(probe, `probes.${name}`), `probes.${name}`, PROBE_ARRAYS, collector),
    ]);
    config.probes = Object.fromEntries(entries);
  }
  if (resume !== undefined) {
    const { step, moments, coefficients, weights, points } = requireOptions(
      record(resume, 'resume'),
      ['step', 'moments', 'coefficients', 'weights', 'points'],
      'resume',
    );
    if (!(typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 && Array.isArray(moments))) {
      throw invalidArgument('resume: expected the state of an earlier training, { step, moments }');
    }
    config.resumeStep = step;
    if (coefficients !== undefined && Object.keys(record(coefficients, 'resume.coefficients')).length > 0) {
      config.resumeCoefficients = coefficients;
    }
    if (weights !== undefined) config.resumeWeights = record(weights, 'resume.weights');
    if (points !== undefined) collector.add('resume.points', points as NdArray);
    moments.forEach((moment, index) => {
      collector.add(`resume.moments.${index}`, moment);
    });
  }
  return config;
}

function lossConfig(loss: LossSpec, collector: ArrayCollector): unknown {
  if (typeof loss !== 'object' || loss === null) return loss;
  const config = known(split(loss, 'loss', LOSS_ARRAYS, collector), 'loss', collector);
  if (Array.isArray(config.conditions)) {
    config.conditions = config.conditions.map((condition: unknown, index) => {
      const place = `loss.conditions.${index}`;
      return known(split(record(condition, place), place, CONDITION_ARRAYS, collector), place, collector);
    });
  }
  return config;
}

/** What is known at points, by name: the names stay, the arrays are collected. */
function known(config: Record<string, unknown>, place: string, collector: ArrayCollector): Record<string, unknown> {
  if (config.data === undefined) return config;
  const data = Object.entries(record(config.data, `${place}.data`));
  for (const [name, values] of data) collector.add(`${place}.data.${name}`, values as ArrayInput);
  return { ...config, data: data.map(([name]) => name) };
}

function split(object: object, place: string, arrays: Set<string>, collector: ArrayCollector): Record<string, unknown> {
  // A map, and not assignments: a key may be called __proto__.
  const plain = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    if (!arrays.has(key)) plain.set(key, value);
    else if (value !== undefined) collector.add(`${place}.${key}`, value as ArrayInput);
  }
  return Object.fromEntries(plain);
}

export const record = (value: unknown, name: string): Record<string, unknown> =>
  requireObject(value, name) as Record<string, unknown>;

const byName = (parts: Bindings.JsPart[]): Record<string, number[]> =>
  Object.fromEntries(parts.map(({ name, values }) => [name, values]));

/** The only value under each name. */
const lastByName = (parts: Bindings.JsPart[]): Record<string, number> =>
  Object.fromEntries(parts.map(({ name, values }) => [name, values.at(-1) ?? Number.NaN]));

/** The last record of a history, of a training that is `done` or goes on. */
export function lastRecord<P extends Probes>(history: Bindings.JsHistory, done: boolean): TrainingRecord<P> {
  const probe = ({ name, fields }: Bindings.JsSeries) => [
    name,
    Object.fromEntries(fields.map(({ name, array }) => [name, lastRow(array)])),
  ];
  return {
    step: history.steps.at(-1) ?? 0,
    loss: history.loss.at(-1) ?? Number.NaN,
    parts: lastByName(history.parts),
    terms: lastByName(history.terms),
    weights: lastByName(history.weights),
    coefficients: lastByName(history.coefficients),
    probes: Object.fromEntries(history.probes.map(probe)) as TrainingRecord<P>['probes'],
    done,
  };
}

const lastRow = ({ data, shape: [n = 1, ...rest] }: Bindings.JsArray): NdArray => ({
  data: data.slice(data.length - data.length / n),
  shape: [1, ...rest],
});

/** @param options of the training, which know what its outputs should be */
export function fromNative<P extends Probes>(
  history: Bindings.JsHistory,
  options: Partial<TrainOptions<P>>,
): TrainingHistory<P> {
  const fields = (series: Bindings.JsSeries) =>
    Object.fromEntries(series.fields.map(({ name, array }) => [name, array]));
  const data = {
    steps: history.steps,
    loss: history.loss,
    parts: byName(history.parts),
    terms: byName(history.terms),
    weights: byName(history.weights),
    coefficients: byName(history.coefficients),
    probes: Object.fromEntries(
      history.probes.map((series) => [series.name, fields(series)]),
    ) as TrainingHistory<P>['probes'],
    stopReason: history.stopReason as TrainingHistory['stopReason'],
    state: {
      step: history.step,
      moments: history.moments,
      ...(history.lastCoefficients.length > 0 && {
        coefficients: lastByName(history.lastCoefficients),
      }),
      ...(history.lastWeights.length > 0 && { weights: lastByName(history.lastWeights) }),
      ...(history.points && { points: history.points }),
    },
    simdPath: history.simdPath,
  };
  return savable(data, options as Partial<TrainOptions>) as TrainingHistory<P>;
}
