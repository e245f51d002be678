/**
 * Samples from a file of the user's own in a training described as data: `{ type: 'file', path, side? }` becomes `values` before
 * anything is planned, so that a run's id depends on the numbers, and a sweep's folder holds all that its runs need, wherever
 * their workers are.
 */
import { invalidArgument } from '../../core/errors.js';
import type { NdArray } from '../../core/ndarray.js';
import { readData } from '../../data/read-data.js';
import { fileDataSchema } from './training-parameters.js';

/** Every run's description holds them as text. */
const mostNumbers = 50_000;

/**
 * Parameters of a training whose `data` may be a file; others are given back as they are.
 * @throws `INVALID_ARGUMENT` for a file of more than 50,000 numbers; what `readData` throws
 */
export async function withFileData<T>(parameters: T): Promise<T> {
  if (typeof parameters !== 'object' || parameters === null || !('data' in parameters)) return parameters;
  const { data } = parameters;
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'file') return parameters;
  const parsed = fileDataSchema.safeParse(data);
  if (!parsed.success) {
    const { path = [], message = '' } = parsed.error.issues[0] ?? {};
    throw invalidArgument(`${['data', ...path].join('.')}: ${message}; a file is { type: 'file', path, side? }`);
  }
  const { path, side } = parsed.data;
  const { x, y } = await readData(path, side === undefined ? {} : { side });
  const numbers = x.data.length + y.data.length;
  if (numbers > mostNumbers) {
    throw invalidArgument(
      `data.path: ${path} has ${numbers} numbers, and a described training holds ${mostNumbers} at most: ` +
        'average a picture (data.side), or take a part of the samples',
    );
  }
  return { ...parameters, data: { type: 'values', x: rows(x), y: rows(y) } };
}

const rows = ({ data, shape: [n = 0, width = 1] }: NdArray): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
