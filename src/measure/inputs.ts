/** What a network is looked at on, from a file. */
import { extname } from 'node:path';
import { invalidShape } from '../core/errors.js';
import type { NdArray } from '../core/ndarray.js';
import { readNpy, readNpz } from '../core/npz.js';
import { readData } from '../data/index.js';

/**
 * The inputs `[n, ...input]` in a file: a NumPy array of them, in their shape or flat, or the inputs of samples (`readData`).
 * @throws `INVALID_SHAPE` for another count of numbers, or another order of axes, than the network takes; what the readers throw
 */
export async function inputsIn(path: string, input: readonly number[]): Promise<NdArray> {
  const size = input.reduce((a, b) => a * b, 1);
  const array = arrayIn(path);
  // Of a table of samples the last column is the output: it has one more than the network takes.
  const whole = array && (array.shape.length > 2 || (array.shape[1] ?? 1) === size);
  const { data, shape } = whole ? array : (await readData(path)).x;
  const [n = 0, ...each] = shape;
  const flat = each.length < 2 && data.length === n * size;
  if (!flat && each.join() !== input.join()) {
    const rows = input.length > 1 ? ` (channels before rows and columns) or [n, ${size}]` : '';
    throw invalidShape(`${path}: expected inputs [n, ${input.join(', ')}]${rows}, got [${shape.join(', ')}]`);
  }
  return { data, shape: [n, ...input] };
}

/** The array of inputs of a NumPy file, where it is one. */
function arrayIn(path: string): NdArray | undefined {
  const ending = extname(path).toLowerCase();
  if (ending === '.npy') return readNpy(path);
  return ending === '.npz' ? readNpz(path).x : undefined;
}
