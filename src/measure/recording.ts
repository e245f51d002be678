/** What was recorded of a training, wherever it ran: outputs on fixed points, step by step, and what they should be. */
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { type ArrayInput, describe, type NdArray, sizeOf, toNdArray } from '../core/ndarray.js';
import { requireObject } from '../core/options.js';

/** A recorded training. */
export interface Recording {
  /** `[s]`, ascending: steps done when the outputs were taken. */
  steps: ArrayInput;
  /** `[n]` or `[n, d]`, in any unit. */
  points: ArrayInput;
  /** `[s, n]` or `[s, n, o]`. */
  outputs: ArrayInput;
  /** `[n]` or `[n, o]`: what the outputs should become. */
  target: ArrayInput;
  /** At each record, `[s]`. */
  loss?: ArrayInput;
  /** `[k]` or `[k, d]`, cycles per unit of the points. */
  frequencies?: ArrayInput;
  /** Matrices (weights, features) by name, `[s, rows, ...columns]`: their ranks are measured. */
  matrices?: Record<string, ArrayInput>;
}

/** A recording whose arrays fit together, every axis written out, in f64. */
export interface CheckedRecording {
  steps: number[];
  /** `[n, d]`. */
  points: NdArray;
  /** `[s, n, o]`. */
  outputs: NdArray;
  /** `[n, o]`. */
  target: NdArray;
  loss?: number[];
  /** `[k, d]`. */
  frequencies?: NdArray;
  /** `[s, rows, columns]` each. */
  matrices: Record<string, NdArray>;
  /** The step from which on the outputs are not finite: the records before it are kept. */
  divergedAt?: number;
}

/**
 * @param place before the names in messages, such as a file's name
 * @throws `INVALID_ARGUMENT` naming the array that is missing, `INVALID_SHAPE`, `NON_FINITE`
 */
export function checkRecording(recording: Recording, place = ''): CheckedRecording {
  const given = requireObject(recording, place || 'recording');
  const missing = (['steps', 'points', 'outputs', 'target'] as const).filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    const there = Object.keys(given).filter((name) => given[name as keyof Recording] !== undefined);
    const of = `${there.join(', ') || 'none'} ${there.length === 1 ? 'is' : 'are'} there`;
    throw invalidArgument(`${place && `${place}: `}${missing.join(', ')}: expected an array, got none (${of})`);
  }
  const named = (name: string): string => `${place && `${place}: `}${name}`;
  const wide = (input: ArrayInput, name: string): NdArray => {
    const { data, shape } = toNdArray(input, named(name));
    return { data: Float64Array.from(data), shape };
  };
  const steps = wide(given.steps, 'steps');
  const s = steps.data.length;
  if (steps.shape.length !== 1 || s === 0) throw wrongShape(named('steps'), '[s] with s > 0', steps);
  const order = Array.from(steps.data);
  const back = order.findIndex((step, i) => !Number.isFinite(step) || (i > 0 && step <= order[i - 1]!));
  if (back >= 0) throw invalidArgument(`${named('steps')}: expected ascending numbers, got ${order[back]} at ${back}`);
  const points = rows(wide(given.points, 'points'), named('points'));
  const [n = 0] = points.shape;
  const target = rows(wide(given.target, 'target'), named('target'));
  if (target.shape[0] !== n) throw wrongShape(named('target'), `[${n}] or [${n}, o] as points has rows`, target);
  finite(points, named('points'));
  finite(target, named('target'));
  const o = target.shape[1] ?? 1;
  const outputs = wide(given.outputs, 'outputs');
  const flat = outputs.shape.length === 2 && o === 1 && outputs.shape.join() === `${s},${n}`;
  if (!flat && outputs.shape.join() !== `${s},${n},${o}`) {
    const expected = o === 1 ? `[${s}, ${n}] or [${s}, ${n}, 1]` : `[${s}, ${n}, ${o}]`;
    throw wrongShape(named('outputs'), `${expected} (steps, points, outputs)`, outputs);
  }
  const kept = finiteRecords(outputs.data, s);
  if (kept === 0) throw new FprincipleError('NON_FINITE', `${named('outputs')}: the first record is not finite`);
  const loss = given.loss === undefined ? undefined : wide(given.loss, 'loss');
  if (loss && loss.shape.join() !== String(s)) throw wrongShape(named('loss'), `[${s}] as steps`, loss);
  const matrices = Object.entries(requireObject(given.matrices ?? {}, named('matrices'))).map(([name, input]) => {
    const { data, shape } = wide(input, name);
    if (shape[0] !== s || shape.length < 3 || data.length === 0) {
      throw wrongShape(named(name), `[${s}, rows, columns] with the steps first`, { data, shape });
    }
    const [, r = 0, ...c] = shape;
    const matrix = { data: data.subarray(0, kept * r * sizeOf(c)), shape: [kept, r, sizeOf(c)] };
    finite(matrix, named(name));
    return [name, matrix] as const;
  });
  const frequencies =
    given.frequencies === undefined ? undefined : rows(wide(given.frequencies, 'frequencies'), named('frequencies'));
  if (frequencies) finite(frequencies, named('frequencies'));
  return {
    steps: order.slice(0, kept),
    points,
    outputs: { data: outputs.data.subarray(0, kept * n * o), shape: [kept, n, o] },
    target,
    ...(loss && { loss: Array.from(loss.data).slice(0, kept) }),
    ...(frequencies && { frequencies }),
    matrices: Object.fromEntries(matrices),
    ...(kept < s && { divergedAt: order[kept]! }),
  };
}

/** How many records there are before the first that is not finite. */
function finiteRecords(outputs: NdArray['data'], records: number): number {
  const odd = outputs.findIndex((v) => !Number.isFinite(v));
  return odd < 0 ? records : Math.floor(odd / (outputs.length / records));
}

/** `[n]` or `[n, c]` as `[n, c]`. */
function rows(array: NdArray, name: string): NdArray {
  const [n = 0, c = 1] = array.shape;
  if (array.shape.length < 1 || array.shape.length > 2 || array.data.length === 0) {
    throw wrongShape(name, '[n] or [n, c], not empty', array);
  }
  return { data: array.data, shape: [n, c] };
}

function finite({ data }: NdArray, name: string): void {
  const odd = data.findIndex((v) => !Number.isFinite(v));
  if (odd >= 0) throw new FprincipleError('NON_FINITE', `${name}: expected finite numbers, got ${describe(data[odd])}`);
}

const wrongShape = (name: string, expected: string, { shape }: NdArray): FprincipleError =>
  invalidShape(`${name}: expected shape ${expected}, got [${shape.join(', ')}]`);
