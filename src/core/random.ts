/**
 * Random numbers by name. Every draw is named by a seed **and** a stream: noise, weights and the order of batches of one seed
 * share no number, so that one seed can be given to all of them.
 */
import { invalidArgument } from './errors.js';
import { call } from './native.js';
import { describe } from './ndarray.js';

/** What a draw needs, for instance `gaussianNoise(100, { seed: 3, stream: 'labels' })`. */
export interface Draw {
  /** A whole number from 0 to 2^53 - 1. */
  seed: number;
  /** The name of what is drawn: of one seed, another name gives other numbers. */
  stream: string;
}

/**
 * `count` seeds made of a seed by hashing (seed, index, stream), for the networks of a run or whatever else there is several
 * of. No two of them, of any seed or stream, are the same but by chance (n of them: with probability n^2 / 2^54); more of
 * them keep the first ones.
 * @param seed a whole number from 0 to 2^53 - 1
 * @param count how many, at most 2^20
 * @param stream the name of what they are for; another name gives others
 * @returns whole numbers from 0 to 2^53 - 1, so that JSON keeps them
 * @throws `INVALID_ARGUMENT`
 * @example
 * const [first, second] = deriveSeeds(7, 2); // 1314599314294221, 5439809799305392
 */
export function deriveSeeds(seed: number, count: number, stream = 'networks'): number[] {
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw invalidArgument(`seed: expected a whole number from 0 to 2^53 - 1, got ${describe(seed)}`);
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= 2 ** 20))
    throw invalidArgument(`count: expected a whole number from 0 to 2^20, got ${describe(count)}`);
  return call((addon) => addon.deriveSeeds(seed, checkStream(stream), count));
}

/** The name of a stream. @throws `INVALID_ARGUMENT` */
export function checkStream(stream: unknown): string {
  if (typeof stream === 'string' && stream !== '') return stream;
  throw invalidArgument(`stream: expected a name, got ${describe(stream)}`);
}
