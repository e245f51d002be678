/** From a description to its points: the values, by parameter path, in which runs differ. Counted, then made one by one. */
import { createHash } from 'node:crypto';
import { invalidArgument } from '../../core/errors.js';
import type { Condition, Draw, Sweep } from './describe.js';
import { sobol } from './sobol.js';

/** Values by path, for instance `{ width: 50, 'optimizer.type': 'adam' }`. */
export type Point = Record<string, unknown>;

type Axes = Record<string, readonly unknown[]>;

/** Reads a parameter of a point that does not vary it. */
export type Lookup = (point: Point, path: string) => unknown;

/** What a description multiplies: its lengths are known before anything is made. */
interface Factor {
  name: string;
  paths: readonly string[];
  count: number;
  points(): Iterable<Point>;
}

/** How many points a description has before its conditions (`when` adds some, `where` takes some away). */
export const countPoints = (sweep: Sweep): number => factorsOf(sweep).reduce((all, { count }) => all * count, 1);

/**
 * Every point, one by one, in the order of the grid (its last axis fastest). `lookup` resolves what conditions refer to.
 * @throws `INVALID_ARGUMENT` where two parts of the description give values of one path, or lists of `zip` differ in length
 */
export function* combinations(sweep: Sweep, lookup: Lookup): Generator<Point, void, undefined> {
  for (const point of cross(factorsOf(sweep))) {
    for (const whole of conditional(point, sweep.when, lookup)) {
      if (sweep.where.every((condition) => meets(condition, whole, lookup))) yield whole;
    }
  }
}

function factorsOf(sweep: Sweep): Factor[] {
  const factors = [
    ...gridFactors(sweep.grid, 'grid'),
    ...sweep.zip.map((axes, i) => zipFactor(axes, `zip.${i}`)),
    ...(sweep.random ? [randomFactor(sweep.random)] : []),
    ...(sweep.sobol ? [sobolFactor(sweep.sobol)] : []),
  ];
  const owners = new Map<string, string>();
  for (const { name, paths } of factors) {
    for (const path of paths) {
      const owner = owners.get(path);
      if (owner !== undefined)
        throw invalidArgument(`${path} has values in ${owner} and in ${name}: expected one of them`);
      owners.set(path, name);
    }
  }
  return factors;
}

const gridFactors = (axes: Axes, name: string): Factor[] =>
  Object.entries(axes).map(([path, list]) => ({
    name,
    paths: [path],
    count: list.length,
    points: () => list.map((value) => ({ [path]: value })),
  }));

function zipFactor(axes: Axes, name: string): Factor {
  const entries = Object.entries(axes);
  const count = entries[0]?.[1].length ?? 0;
  if (entries.some(([, list]) => list.length !== count)) {
    const lengths = entries.map(([path, list]) => `${path}: ${list.length}`);
    throw invalidArgument(`${name}: expected lists of equal length, got ${lengths.join(', ')}`);
  }
  const points = () =>
    Array.from({ length: count }, (_, i) => Object.fromEntries(entries.map(([path, list]) => [path, list[i]])));
  return { name, paths: Object.keys(axes), count, points };
}

/** Each number depends on the seed, its place and its parameter only: a larger count keeps the earlier draws. */
function randomFactor({ count, seed, parameters }: NonNullable<Sweep['random']>): Factor {
  const draws = Object.entries(parameters);
  const point = (i: number): Point =>
    Object.fromEntries(draws.map(([path, draw]) => [path, place(draw, unit(`${seed} ${i} ${path}`), path)]));
  return { name: 'random', paths: Object.keys(parameters), count, points: () => counted(count, point) };
}

function sobolFactor({ count, parameters }: NonNullable<Sweep['sobol']>): Factor {
  const draws = Object.entries(parameters);
  const points = function* (): Generator<Point> {
    for (const u of sobol(count, draws.length)) {
      yield Object.fromEntries(draws.map(([path, draw], d) => [path, place(draw, u[d] ?? 0, path)]));
    }
  };
  return { name: 'sobol', paths: Object.keys(parameters), count, points };
}

function* counted(count: number, point: (i: number) => Point): Generator<Point> {
  for (let i = 0; i < count; i++) yield point(i);
}

function* cross([first, ...rest]: readonly Factor[]): Generator<Point> {
  if (!first) {
    yield {};
    return;
  }
  for (const a of first.points()) for (const b of cross(rest)) yield { ...a, ...b };
}

function* conditional(
  point: Point,
  [first, ...rest]: Sweep['when'],
  lookup: Lookup,
): Generator<Point, void, undefined> {
  if (!first) {
    yield point;
    return;
  }
  if (!meets(first.if, point, lookup)) {
    yield* conditional(point, rest, lookup);
    return;
  }
  const twice = Object.keys(first.grid).find((path) => Object.hasOwn(point, path));
  if (twice !== undefined) {
    throw invalidArgument(
      `when: ${twice} has values already where ${first.if.parameter} ${first.if.is} ...: expected one place`,
    );
  }
  for (const more of cross(gridFactors(first.grid, 'when'))) yield* conditional({ ...point, ...more }, rest, lookup);
}

/** A number of [0, 1) from a text: the first 52 bits of its SHA-256. */
const unit = (text: string): number =>
  Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 13), 16) / 2 ** 52;

function place(draw: Draw, u: number, path: string): unknown {
  if ('choice' in draw) return draw.choice[Math.floor(u * draw.choice.length)];
  const [low, high] = 'uniform' in draw ? draw.uniform : 'integer' in draw ? draw.integer : draw.logUniform;
  if (low > high) throw invalidArgument(`${path}: expected the smaller end first, got [${low}, ${high}]`);
  if ('integer' in draw) return Math.min(high, low + Math.floor(u * (high - low + 1)));
  // Neither a difference nor a ratio of the ends: the largest numbers would overflow.
  if ('uniform' in draw) return low * (1 - u) + high * u;
  return Math.min(high, Math.max(low, Math.exp(Math.log(low) * (1 - u) + Math.log(high) * u)));
}

function meets({ parameter, is, value, than }: Condition, point: Point, lookup: Lookup): boolean {
  const left = lookup(point, parameter);
  const right = than === undefined ? value : lookup(point, than);
  if (is === '=' || is === '!=') return (JSON.stringify(left) === JSON.stringify(right)) === (is === '=');
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw invalidArgument(
      `${parameter} ${is}: expected numbers to compare, got ${JSON.stringify(left)} and ${JSON.stringify(right)}`,
    );
  }
  return is === '<' ? left < right : is === '<=' ? left <= right : is === '>' ? left > right : left >= right;
}
