/**
 * Trainings that survive the end of their process.
 *
 * Within {@link withCheckpoints}, every training is saved each so many minutes, and when it is done. A program that is run
 * again with the same folder and makes the same trainings in the same order takes up each where it was saved: with the same
 * bits, since a training that is cut in two gives those of one. A save carries a digest of all that decides those bits and a
 * checksum of itself: one that is of something else, or damaged, counts as none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type * as Bindings from '../../bindings/index.cjs';
import { invalidArgument } from '../core/errors.js';
import { makeFolderSync, readWholeSync, writeWholeSync } from '../core/files.js';
import { call } from '../core/native.js';
import { describe } from '../core/ndarray.js';
import { checkNumber, requireOptions } from '../core/options.js';
import { packageVersion } from '../core/version.js';

/** Where trainings are saved, and how often. */
export interface CheckpointOptions {
  /** Made where it is not there; the caller removes it when all is done. */
  folder: string;
  /** Between two saves of a running training. */
  minutes: number;
}

/** What is saved of one training, or of each run of a sweep. */
export interface Saved {
  done: boolean;
  history: Bindings.JsHistory;
  parameters: Bindings.JsField[];
  buffers: Bindings.JsField[];
  /** The parameters it began with, flat. */
  began: Float64Array;
}

/** Where the trainings of a program are saved, in the order in which they are made. */
class Checkpoints {
  readonly milliseconds: number;
  #next = 0;

  constructor(
    readonly folder: string,
    minutes: number,
  ) {
    this.milliseconds = minutes * 60_000;
    makeFolderSync(folder);
  }

  /** The slot of the next training; `asked` is everything that decides its result. */
  slot(asked: unknown): Slot {
    return new Slot(join(this.folder, `training-${this.#next++}.bin`), digest(asked), this.milliseconds);
  }
}

/** Bytes of {@link checksum}, with which a file begins. */
const CHECKSUM = 32;
const checksum = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();

/** The place of one training. */
export class Slot {
  constructor(
    readonly path: string,
    readonly digest: string,
    readonly milliseconds: number,
  ) {}

  /** What was saved, if it was of the same training and is whole. */
  read(): Saved[] | undefined {
    try {
      const file = readWholeSync(this.path);
      const content = file.subarray(CHECKSUM);
      if (!checksum(content).equals(file.subarray(0, CHECKSUM))) return undefined;
      const { digest: found, saved } = deserialize(content) as { digest: string; saved: Saved[] };
      return found === this.digest ? saved : undefined;
    } catch {
      // Not there, or not written by this version: the training begins anew.
      return undefined;
    }
  }

  /** Whole or not at all: a process that is killed leaves the earlier save. */
  write(saved: Saved[]): void {
    const content = serialize({ digest: this.digest, saved });
    // Another process with this folder may have come to its end and removed it.
    makeFolderSync(dirname(this.path));
    writeWholeSync(this.path, Buffer.concat([checksum(content), content]), 'checkpoint');
  }

  /** Pauses the training of `control` when it is time to save; returns what stops the clock. */
  clock(control: Bindings.Control): () => void {
    const timer = setTimeout(() => control.pause(), this.milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  }
}

const storage = new AsyncLocalStorage<Checkpoints>();

/**
 * Runs `work` with all its trainings saved in `folder`, and taken up from there where an earlier process was ended.
 * @throws `INVALID_ARGUMENT`, `IO`, and what `work` rejects with
 */
export async function withCheckpoints<T>(options: CheckpointOptions, work: () => Promise<T>): Promise<T> {
  const { folder, minutes } = requireOptions(options, ['folder', 'minutes']);
  if (typeof folder !== 'string' || folder === '') {
    throw invalidArgument(`folder: expected the path of a folder, got ${describe(folder)}`);
  }
  checkNumber(minutes, 'minutes', { above: 0 });
  if (typeof work !== 'function') throw invalidArgument(`work: expected a function, got ${describe(work)}`);
  return storage.run(new Checkpoints(folder, minutes), work);
}

/** The slot for a training, where there is one; `asked` gives everything that decides its result. */
export const nextSlot = (asked: () => unknown): Slot | undefined => storage.getStore()?.slot(asked());

/** Two parts of one history. */
export function joined(first: Bindings.JsHistory, second: Bindings.JsHistory): Bindings.JsHistory {
  const both = <T>(a: T[], b: T[]): T[] => [...a, ...b];
  const joinedParts = (before: Bindings.JsPart[], after: Bindings.JsPart[]): Bindings.JsPart[] =>
    (after.length > 0 ? after : before).map(({ name }, i) => ({
      name,
      values: both(before[i]?.values ?? [], after[i]?.values ?? []),
    }));
  return {
    ...second,
    steps: both(first.steps, second.steps),
    loss: both(first.loss, second.loss),
    parts: joinedParts(first.parts, second.parts),
    terms: joinedParts(first.terms, second.terms),
    weights: joinedParts(first.weights, second.weights),
    coefficients: joinedParts(first.coefficients, second.coefficients),
    probes: second.probes.map(({ name, fields }, i) => ({
      name,
      fields: fields.map((field, j) => ({
        name: field.name,
        array: stacked(first.probes[i]!.fields[j]!.array, field.array),
      })),
    })),
  };
}

function stacked(first: Bindings.JsArray, second: Bindings.JsArray): Bindings.JsArray {
  const data = new (second.data.constructor as Float64ArrayConstructor)(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, shape: [first.shape[0]! + second.shape[0]!, ...second.shape.slice(1)] };
}

/** A digest of plain data and typed arrays, with the version and the instructions that their results depend on. */
function digest(asked: unknown): string {
  const engine = { version: packageVersion(), simd: call((addon) => addon.simdPath()) };
  return createHash('sha256')
    .update(serialize({ ...engine, asked }))
    .digest('hex');
}

/** What the addon is asked for: a training's options as JSON will have them, and its arrays. */
export interface Asked {
  config: Record<string, unknown>;
  arrays: Bindings.JsNamed[];
}

/** What the options say of the length of a training, as the addon takes them. */
interface Length {
  steps?: number;
  finish?: { optimizer: unknown; steps: number };
  optimizer?: unknown;
}

/** Steps that a training takes in all. */
export const stepsOf = (config: Record<string, unknown>): number => {
  const { steps = 0, finish } = config as Length;
  return steps + (finish?.steps ?? 0);
};

/** What is left of a training that began at step `first`, at step `step`: of its optimizer, or of what follows it. */
function left(config: Record<string, unknown>, first: number, step: number): Length {
  const { steps = 0, finish, optimizer } = config as Length;
  const rest = first + steps - step;
  if (!finish || rest > 0) return { optimizer, steps: rest, ...(finish && { finish }) };
  return { optimizer: finish.optimizer, steps: rest + finish.steps };
}

/** The rest of a training after what was saved of it. */
export function rest({ config: { finish, ...config }, arrays }: Asked, { history, began }: Saved): Asked {
  const first = (config.resumeStep as number | undefined) ?? 0;
  const length = left({ ...config, finish }, first, history.step);
  const state = (name: string): boolean => name.startsWith('resume.moments.') || name === 'resume.points';
  const own = arrays.filter(({ names }) => !state(names[0]!));
  const points = history.points ? [{ names: ['resume.points'], array: history.points }] : [];
  const weights = history.lastWeights.map(({ name, values }) => [name, values[0]!] as const);
  const moments = history.moments.map((array, i) => ({ names: [`resume.moments.${i}`], array }));
  // What is itself the rest of a training says where that began.
  const whole = config.began === undefined;
  const start = whole ? [{ names: ['began.parameters'], array: { data: began, shape: [began.length] } }] : [];
  const coefficients = history.lastCoefficients.map(({ name, values }) => [name, values[0]!] as const);
  return {
    config: {
      ...config,
      ...length,
      resumeStep: history.step,
      began: whole ? first : config.began,
      ...(coefficients.length > 0 && { resumeCoefficients: Object.fromEntries(coefficients) }),
      ...(weights.length > 0 && { resumeWeights: Object.fromEntries(weights) }),
    },
    arrays: [...own, ...moments, ...points, ...start],
  };
}

/** One save later. An aborted training is saved like a paused one: it can go on. */
export function later(
  before: Saved | undefined,
  { history, parameters, buffers }: Omit<Saved, 'done' | 'began'>,
  began: Float64Array,
): Saved {
  const done = history.stopReason !== 'paused' && history.stopReason !== 'aborted';
  return { done, history: before ? joined(before.history, history) : history, parameters, buffers, began };
}

/** All numbers of named arrays in one list. */
export function flat(arrays: Bindings.JsField[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { array }) => sum + array.data.length, 0));
  let offset = 0;
  for (const { array } of arrays) {
    all.set(array.data, offset);
    offset += array.data.length;
  }
  return all;
}
