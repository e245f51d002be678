/** From a description to its points: the values, by parameter path, in which runs differ. */
import { createHash } from 'node:crypto';
import { invalidArgument } from '../errors.js';
import type { Condition, Draw, Sweep } from './describe.js';
import { sobol } from './sobol.js';

/** Values by path, for instance `{ width: 50, 'optimizer.type': 'adam' }`. */
export type Point = Record<string, unknown>;

type Axes = Record<string, readonly unknown[]>;

/** Reads a parameter of a point that does not vary it. */
export type Lookup = (point: Point, path: string) => unknown;

/** Every point, in the order of the grid (its last axis fastest). `lookup` resolves what conditions refer to. */
export function combinations(sweep: Sweep, lookup: Lookup): Point[] {
  let points: Point[] = product(sweep.grid);
  for (const [i, axes] of sweep.zip.entries()) points = cross(points, zipped(axes, `zip.${i}`));
  if (sweep.random) points = cross(points, randomPoints(sweep.random));
  if (sweep.sobol) points = cross(points, sobolPoints(sweep.sobol));
  for (const { if: condition, grid } of sweep.when) {
    points = points.flatMap((point) => (meets(condition, point, lookup) ? cross([point], product(grid)) : [point]));
  }
  return points.filter((point) => sweep.where.every((condition) => meets(condition, point, lookup)));
}

const cross = (a: readonly Point[], b: readonly Point[]): Point[] => a.flatMap((x) => b.map((y) => ({ ...x, ...y })));

const product = (axes: Axes): Point[] =>
  Object.entries(axes).reduce<Point[]>(
    (points, [path, list]) =>
      cross(
        points,
        list.map((value) => ({ [path]: value })),
      ),
    [{}],
  );

function zipped(axes: Axes, name: string): Point[] {
  const lengths = Object.entries(axes).map(([path, list]) => `${path}: ${list.length}`);
  const length = Object.values(axes)[0]?.length ?? 0;
  if (Object.values(axes).some((list) => list.length !== length)) {
    throw invalidArgument(`${name}: expected lists of equal length, got ${lengths.join(', ')}`);
  }
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(Object.entries(axes).map(([path, list]) => [path, list[i]])),
  );
}

/** Each number depends on the seed, its place and its parameter only: a larger count keeps the earlier draws. */
function randomPoints({ count, seed, parameters }: NonNullable<Sweep['random']>): Point[] {
  const paths = Object.entries(parameters);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(paths.map(([path, draw]) => [path, place(draw, unit(`${seed} ${i} ${path}`), path)])),
  );
}

function sobolPoints({ count, parameters }: NonNullable<Sweep['sobol']>): Point[] {
  const paths = Object.entries(parameters);
  return sobol(count, paths.length).map((u) =>
    Object.fromEntries(paths.map(([path, draw], d) => [path, place(draw, u[d]!, path)])),
  );
}

/** A number of [0, 1) from a text: the first 52 bits of its SHA-256. */
const unit = (text: string): number =>
  Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 13), 16) / 2 ** 52;

function place(draw: Draw, u: number, path: string): unknown {
  if ('choice' in draw) return draw.choice[Math.floor(u * draw.choice.length)];
  const [low, high] = 'uniform' in draw ? draw.uniform : 'integer' in draw ? draw.integer : draw.logUniform;
  if (low > high) throw invalidArgument(`${path}: expected the smaller end first, got [${low}, ${high}]`);
  if ('integer' in draw) return low + Math.floor(u * (high - low + 1));
  return 'uniform' in draw ? low + u * (high - low) : low * (high / low) ** u;
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
