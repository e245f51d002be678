/**
 * A training that was paused, as bytes: what it needs to go on, and what it has recorded. Where it is cut changes no bit of
 * the whole, so that one which is lost costs time only.
 */
import { FprincipleError } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import { encodeNpz, readNpz } from '../../core/npz.js';
import type { TrainingState } from '../../nets/training/history.js';

interface Records {
  steps: number[];
  loss: number[];
  /** Measurements of the probe `error`, by field. */
  error: Record<string, NdArray>;
}

/** Why a training ended of itself, whatever its budget. */
const ends = ['completed', 'converged', 'diverged', 'aborted', 'stopped'] as const;

/** A training at a step. */
export interface Paused extends Records {
  /** Trained parameters and what else belongs to the network, by name. */
  parameters: Record<string, NdArray>;
  state: TrainingState;
  /** What was recorded at this step, which only a training that ends here reports. */
  last: Records;
  /** Missing where there are steps left to take. */
  ended?: (typeof ends)[number];
  /** Of the stopping rules: the smallest loss that was looked at, at which step, and seconds of computing. */
  best: { loss: number; step: number };
  seconds: number;
}

const list = (values: readonly number[]): NdArray => ({ data: Float64Array.from(values), shape: [values.length] });

const prefixed = (prefix: string, arrays: Record<string, NdArray>): [string, NdArray][] =>
  Object.entries(arrays).map(([name, array]) => [`${prefix}.${name}`, array]);

export function encodePaused(paused: Paused): Uint8Array {
  const { parameters, state, last, best, seconds, ended } = paused;
  const records = ({ steps, loss, error }: Records, name: string): [string, NdArray][] => [
    [`${name}.steps`, list(steps)],
    [`${name}.loss`, list(loss)],
    ...prefixed(`${name}.error`, error),
  ];
  const at = [state.step, best.loss, best.step, seconds, ended === undefined ? -1 : ends.indexOf(ended)];
  return encodeNpz(
    Object.fromEntries([
      ['at', list(at)],
      ...records(paused, 'recorded'),
      ...records(last, 'last'),
      ...prefixed('parameters', parameters),
      ...state.moments.map((moment, i): [string, NdArray] => [`moments.${i}`, moment]),
      ...Object.entries(state.coefficients ?? {}).map(([name, value]): [string, NdArray] => [
        `coefficients.${name}`,
        list([value]),
      ]),
    ]),
  );
}

/** The most that one is believed to take. */
const limit = 2 ** 31;

/** @throws FprincipleError `IO` for bytes that are none */
export function decodePaused(bytes: Uint8Array): Paused {
  const arrays = readNpz(bytes, { limit });
  const array = (name: string): NdArray => {
    const found = arrays[name];
    if (!found) throw new FprincipleError('IO', `a paused training: ${name} is missing`);
    return found;
  };
  const under = (prefix: string): Record<string, NdArray> =>
    Object.fromEntries(
      Object.entries(arrays).flatMap(([name, value]) =>
        name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), value]] : [],
      ),
    );
  const records = (name: string): Records => ({
    steps: [...array(`${name}.steps`).data],
    loss: [...array(`${name}.loss`).data],
    error: under(`${name}.error`),
  });
  const [step = 0, loss = 0, at = 0, seconds = 0, end = -1] = array('at').data;
  const ended = ends[end];
  const moments = Object.keys(under('moments')).map((_, i) => array(`moments.${i}`));
  const coefficients = Object.entries(under('coefficients')).map(
    ([
      name,
      {
        data: [value = 0],
      },
    ]) => [name, value],
  );
  return {
    parameters: under('parameters'),
    state: { step, moments, ...(coefficients.length > 0 && { coefficients: Object.fromEntries(coefficients) }) },
    ...records('recorded'),
    last: records('last'),
    ...(ended !== undefined && { ended }),
    best: { loss, step: at },
    seconds,
  };
}
