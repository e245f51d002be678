/** A recording from what people have: `.npz`, a folder of `.npy` or `.csv`, one CSV, or the folder of a recorder. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import type { NdArray } from '../core/ndarray.js';
import { readNpy, readNpz } from '../core/npz.js';
import { readTable } from '../data/table.js';
import { isRecordFolder, readRecordFolder } from './record-folder.js';
import { type CheckedRecording, checkRecording, type Recording } from './recording.js';

/** A recording, and the arrays of the file that have no place in it. */
export interface ReadRecording {
  recording: CheckedRecording;
  ignored: string[];
}

const required = ['steps', 'points', 'outputs', 'target'] as const;
const known: readonly string[] = [...required, 'loss', 'frequencies'];

/**
 * Reads a recorded training.
 *
 * - `.npz`: `steps [s]`, `points [n] | [n, d]`, `outputs [s, n] | [s, n, o]`, `target [n] | [n, o]`, maybe `loss [s]`,
 *   `frequencies [k] | [k, d]`; any other array `[s, rows, columns]` is a matrix whose ranks are measured.
 * - a folder with these as `.npy` or `.csv` (`outputs.csv`: a row a step).
 * - a folder `*.record` that a recorder writes or wrote.
 * - `.csv`: a row for each step and point, with the columns `step`, `x` (or `x1`, `x2`, ...), `output` (or `output1`, ...), `target`
 *   (or `target1`, ...), maybe `loss`; or a row for each point, `x`, `target`, and the outputs of each step in a column called after
 *   it, such as `step 100`.
 *
 * @throws `IO` for what cannot be read; `INVALID_ARGUMENT` for what is missing, naming what is there; `INVALID_SHAPE`
 */
export async function readRecording(path: string): Promise<ReadRecording> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new FprincipleError('IO', `${path}: there is no such file or folder`);
  const { recording, ignored } = found.isDirectory() ? await fromFolder(path) : await fromFile(path);
  return { recording: checkRecording(recording, path), ignored };
}

interface Read {
  recording: Recording;
  ignored: string[];
}

async function fromFolder(folder: string): Promise<Read> {
  if (isRecordFolder(folder)) return { recording: readRecordFolder(folder), ignored: [] };
  const names = (await readdir(folder)).filter((name) => /\.(npy|csv)$/i.test(name)).sort();
  const arrays: Record<string, NdArray> = {};
  for (const name of names) {
    const [key, file] = [name.slice(0, -4), join(folder, name)];
    if (extname(name).toLowerCase() === '.npy') arrays[key] = readNpy(file);
    else if (known.includes(key)) arrays[key] = await matrixOf(file);
  }
  return fromArrays(arrays, folder);
}

async function fromFile(path: string): Promise<Read> {
  const ending = extname(path).toLowerCase();
  if (ending === '.npz') return fromArrays(readNpz(path), path);
  if (ending === '.csv' || ending === '.tsv') return { recording: await fromTable(path), ignored: [] };
  throw invalidArgument(
    `${path}: expected a recording (.npz, .csv, a folder of .npy, or a recorder's folder); a model is read from ` +
      ".onnx, .safetensors or TensorFlow.js's model.json (docs/measure-your-training.md)",
  );
}

/** @throws `INVALID_ARGUMENT` naming the arrays that are missing and those that are there */
function fromArrays(arrays: Record<string, NdArray>, path: string): Read {
  const missing = required.filter((name) => !Object.hasOwn(arrays, name));
  if (missing.length > 0) {
    const there = Object.entries(arrays).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    throw invalidArgument(
      `${path}: ${missing.join(', ')}: expected an array of that name; there is: ${there.join(', ') || 'none'}`,
    );
  }
  const { steps, points, outputs, target, loss, frequencies, ...others } = arrays;
  const records = steps?.shape[0];
  const isMatrix = ({ shape }: NdArray): boolean => shape.length >= 3 && shape[0] === records;
  const entries = Object.entries(others);
  return {
    recording: {
      steps: steps!,
      points: points!,
      outputs: outputs!,
      target: target!,
      ...(loss && { loss }),
      ...(frequencies && { frequencies }),
      matrices: Object.fromEntries(entries.filter(([, array]) => isMatrix(array))),
    },
    ignored: entries.filter(([, array]) => !isMatrix(array)).map(([name]) => name),
  };
}

/** A table as `[rows, columns]`; a single row or column as a list. */
async function matrixOf(file: string): Promise<NdArray> {
  const { columns } = await readTable(file);
  return joined(columns);
}

function joined(columns: readonly Float64Array[]): NdArray {
  const [rows, width] = [columns[0]?.length ?? 0, columns.length];
  const data = new Float64Array(rows * width);
  for (const [c, column] of columns.entries()) for (let i = 0; i < rows; i++) data[i * width + c] = column[i]!;
  return { data, shape: width === 1 ? [rows] : [rows, width] };
}

async function fromTable(path: string): Promise<Recording> {
  const { names, columns, named } = await readTable(path);
  const of = (pattern: RegExp): Float64Array[] => columns.filter((_, i) => named && pattern.test(names[i]!));
  const there = `there is: ${names.join(', ')}`;
  const [points, target] = [of(/^(x|points?)[\d_ .]*$/i), of(/^targets?[\d_ .]*$/i)];
  if (points.length === 0) throw invalidArgument(`${path}: expected columns x (or x1, x2, ...); ${there}`);
  if (target.length === 0) throw invalidArgument(`${path}: expected columns target (or target1, ...); ${there}`);
  const [step] = of(/^steps?$/i);
  if (!step) return byStepColumns(path, names, columns, points, target);
  const outputs = of(/^outputs?[\d_ .]*$/i);
  if (outputs.length !== target.length) {
    throw invalidArgument(`${path}: expected ${target.length} columns output as there are of target; ${there}`);
  }
  const loss = of(/^loss$/i)[0];
  const first = Array.from(step).filter((v, i) => i === 0 || v !== step[i - 1]);
  const n = step.length / first.length;
  if (new Set(first).size !== first.length || !Number.isInteger(n) || first.some((v, r) => step[r * n] !== v)) {
    throw invalidArgument(`${path}: expected as many rows for each step, the steps one after the other`);
  }
  const head = (list: readonly Float64Array[]): Float64Array[] => list.map((column) => column.subarray(0, n));
  for (const column of [...points, ...target]) {
    const odd = column.findIndex((v, i) => v !== column[i % n]);
    if (odd >= 0) throw invalidArgument(`${path}: row ${odd + 1}: expected the points and targets of the first step`);
  }
  const { data } = joined(outputs);
  return {
    steps: first,
    points: joined(head(points)),
    outputs: { data, shape: [first.length, n, outputs.length] },
    target: joined(head(target)),
    ...(loss && { loss: first.map((_, r) => loss[r * n]!) }),
  };
}

/** A row for each point: one output, a column for each step. */
function byStepColumns(
  path: string,
  names: readonly string[],
  columns: readonly Float64Array[],
  points: readonly Float64Array[],
  target: readonly Float64Array[],
): Recording {
  const at = names.map((name) => Number(/^(?:steps?|outputs?)[ _.]*(\d+(?:\.\d+)?)$/i.exec(name)?.[1] ?? Number.NaN));
  const records = columns.filter((_, i) => !Number.isNaN(at[i]));
  if (records.length === 0 || target.length !== 1) {
    throw invalidArgument(
      `${path}: expected a column step, or columns such as "step 100" and one target; there is: ${names.join(', ')}`,
    );
  }
  const data = Float64Array.from(records.flatMap((column) => Array.from(column)));
  return {
    steps: at.filter((step) => !Number.isNaN(step)),
    points: joined(points),
    outputs: { data, shape: [records.length, target[0]!.length] },
    target: joined(target),
  };
}

/** Whether a path names a recording and no model: a folder, `.npz` or `.csv`. */
export const isRecording = (path: string): boolean => /\.(npz|csv|tsv|record)[\\/]?$/i.test(path) || isFolder(path);

const isFolder = (path: string): boolean => existsSync(join(path, '.'));
