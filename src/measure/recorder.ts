/** Recording a training of any library for `measure`: the counterpart of `fprinciple_recorder.py`, and that file's text. */
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { checkPath, readWholeSync, writeWholeSync } from '../core/files.js';
import { type ArrayInput, describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { encodeNpy, encodeNpz } from '../core/npz.js';
import { checkFlag, checkNumber, checkOptions, requireObject } from '../core/options.js';
import { type RecordField, readRecordFolder, recordFolderFormat } from './record-folder.js';

/** A tensor of another library, TensorFlow.js's for instance. */
export interface TensorLike {
  /** Lengths of the axes. */
  readonly shape: readonly number[];
  /** The numbers, row by row. */
  dataSync(): ArrayLike<number>;
}

/** What a recorder takes as an array. */
export type RecordedArray = ArrayInput | TensorLike;

/** What a recorder may be told beside points and target. */
export interface RecorderOptions {
  /** `[k]` or `[k, d]`, cycles per unit of the points: where the error is to be followed. Default: those that carry the target. */
  frequencies?: RecordedArray;
  /** Replace a recording that is there, which is an error otherwise. Default false. */
  overwrite?: boolean;
}

/** What may be recorded beside the outputs. */
export interface RecordExtras {
  /** At that step. */
  loss?: number;
  /** Weights or features by name, the same names and shapes at every record: their ranks are measured. */
  matrices?: Record<string, RecordedArray>;
}

/**
 * Appends what a network gives on fixed points to a folder, which `fprinciple measure` reads at any time.
 *
 * @example
 * ```ts
 * const recorder = new Recorder('run.record', points, target, { overwrite: true });
 * for (let step = 0; step <= 1000; step++) {
 *   if (step % 10 === 0) recorder.record(step, network.predict(points)); // a tfjs tensor, an array, nested lists
 *   await trainOneStep();
 * }
 * console.log(recorder.close()); // run.npz
 * ```
 */
export class Recorder {
  /** The folder. */
  readonly path: string;
  readonly #target: number[];
  #fields: RecordField[] | undefined;
  #last = -Infinity;
  #closed = false;

  /**
   * @param path of the folder, by custom `*.record`
   * @param points `[n]` or `[n, d]`
   * @param target `[n]` or `[n, o]`
   * @throws `INVALID_ARGUMENT`, `INVALID_SHAPE`, `IO` where the folder is there already or cannot be made
   */
  constructor(path: string, points: RecordedArray, target: RecordedArray, options?: RecorderOptions) {
    const { frequencies, overwrite = false } = checkOptions(options, ['frequencies', 'overwrite']);
    checkPath(path);
    checkFlag(overwrite, 'overwrite');
    const at = array(points, 'points');
    const goal = array(target, 'target');
    if (at.shape.length < 1 || at.shape.length > 2 || at.data.length === 0) {
      throw invalidShape(`points: expected shape [n] or [n, d], got [${at.shape.join(', ')}]`);
    }
    if (goal.shape.length < 1 || goal.shape.length > 2 || goal.shape[0] !== at.shape[0]) {
      throw invalidShape(`target: expected ${at.shape[0]} rows as points has, got shape [${goal.shape.join(', ')}]`);
    }
    const followed = frequencies === undefined ? undefined : array(frequencies, 'frequencies');
    this.path = path;
    this.#target = goal.shape;
    written(path, () => {
      if (existsSync(path)) {
        if (!overwrite) throw new FprincipleError('IO', `${path} is there already: { overwrite: true } replaces it`);
        rmSync(path, { recursive: true });
      }
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'points.npy'), encodeNpy(at));
      writeFileSync(join(path, 'target.npy'), encodeNpy(goal));
      if (followed) writeFileSync(join(path, 'frequencies.npy'), encodeNpy(followed));
      writeFileSync(join(path, 'records.bin'), '');
    });
  }

  /**
   * Appends what the network gives now.
   * @param step steps done, more than at the record before
   * @param outputs of the target's shape
   * @throws `INVALID_ARGUMENT`, `INVALID_SHAPE`, `IO`
   */
  record(step: number, outputs: RecordedArray, extras?: RecordExtras): void {
    const { loss, matrices = {} } = checkOptions(extras, ['loss', 'matrices']);
    if (this.#closed) throw invalidArgument('record: the recorder is closed');
    checkNumber(step, 'step');
    if (!(step > this.#last)) throw invalidArgument(`step: expected more than ${this.#last}, got ${describe(step)}`);
    if (loss !== undefined && typeof loss !== 'number') {
      throw invalidArgument(`loss: expected a number, got ${describe(loss)}`);
    }
    const values = array(outputs, 'outputs');
    if (plain(values.shape).join() !== plain(this.#target).join()) {
      const expected = `[${this.#target.join(', ')}] as target has`;
      throw invalidShape(`outputs: expected shape ${expected}, got [${values.shape.join(', ')}]`);
    }
    const named = Object.entries(requireObject(matrices, 'matrices')).map(([name, input]) => {
      const matrix = array(input, `matrices.${name}`);
      if (matrix.shape.length < 2 || !/^[\w-][\w.-]*$/.test(name)) {
        throw invalidArgument(`matrices: expected matrices by names of letters, digits, '_', '-' and '.', got ${name}`);
      }
      return [name, matrix] as const;
    });
    const fields: RecordField[] = [
      ['step', []],
      ['loss', []],
      ['outputs', this.#target],
      ...named.map(([name, { shape }]): RecordField => [`matrix.${name}`, shape]),
    ];
    if (this.#fields && JSON.stringify(this.#fields) !== JSON.stringify(fields)) {
      throw invalidShape('matrices: expected the names and shapes of the first record');
    }
    const numbers = [Float64Array.of(step, loss ?? Number.NaN), values.data, ...named.map(([, { data }]) => data)];
    const bytes = Buffer.alloc(8 * numbers.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const list of numbers) for (const v of list) at = bytes.writeDoubleLE(v, at);
    written(this.path, () => {
      if (!this.#fields) {
        // Whole or not there: who reads meanwhile sees no half of it.
        const part = join(this.path, 'header.json.part');
        writeFileSync(part, JSON.stringify({ format: recordFolderFormat, fields }));
        renameSync(part, join(this.path, 'header.json'));
      }
      appendFileSync(join(this.path, 'records.bin'), bytes);
    });
    this.#fields = fields;
    this.#last = step;
  }

  /** Makes `run.npz` beside `run.record/`; its path, or `undefined` where nothing was recorded. @throws `IO` */
  close(): string | undefined {
    this.#closed = true;
    if (!this.#fields) return undefined;
    const { matrices = {}, ...arrays } = readRecordFolder(this.path);
    const path = `${this.path.replace(/[\\/]+$/, '').replace(/\.record$/, '')}.npz`;
    writeWholeSync(path, encodeNpz({ ...arrays, ...matrices } as Record<string, NdArray>));
    return path;
  }
}

/** A shape without the ones at its end: a column is as good as a list. */
const plain = (shape: readonly number[]): readonly number[] =>
  shape.length > 1 && shape.at(-1) === 1 ? plain(shape.slice(0, -1)) : shape;

function array(input: RecordedArray, name: string): NdArray {
  if (typeof input === 'object' && input !== null && 'dataSync' in input && typeof input.dataSync === 'function') {
    return toNdArray({ data: Float64Array.from(input.dataSync()), shape: [...input.shape] }, name);
  }
  return toNdArray(input as ArrayInput, name);
}

function written(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    throw new FprincipleError('IO', `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const python = new URL('../../python/fprinciple_recorder.py', import.meta.url);

/** The recorder for Python: one file for the standard library, to be laid beside a script (`fprinciple recorder`). */
export const pythonRecorder = (): string => readWholeSync(fileURLToPath(python)).toString('utf8');
