/**
 * From a description to runs, each with its id.
 *
 * The id is the hash of all that the numbers depend on: experiment (with the text of a user's own file), preset,
 * resolved parameters, seed, the package's version and code (`runs/code`) and SIMD path. The same run has the same id in
 * every sweep and on every machine, so it is never done twice, and a machine that would compute something else finds out.
 */
import { createHash } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import { FprincipleError, invalidArgument } from '../../core/errors.js';
import { simdPath, versions } from '../../core/machine.js';
import { nearestName } from '../../core/nearest.js';
import type { PresetName } from '../../experiment/define.js';
import { allPaths, hasPath } from '../../experiment/parameter-paths.js';
import { layerAt, mergeParameters, resolveParameters } from '../../experiment/parameters.js';
import { combinations, countPoints, type Point } from './combinations.js';
import { type Sweep, seedList } from './describe.js';
import type { Subject } from './subject.js';

/** What a process needs to do a run. */
export interface RunRequest {
  id: string;
  /** What changes in the preset, before defaults are filled in. */
  settings: Record<string, unknown>;
  seed: number;
  /** The run whose training this one goes on with, where it is there. */
  from?: string;
}

export interface PlannedRun extends RunRequest {
  /** The values, by path, in which runs of the sweep differ. */
  point: Point;
  /** With halving: from 0, the smallest budget. */
  rung?: number;
}

/** What the bits of a run depend on beside its parameters. */
export interface Engine {
  version: string;
  simd: string;
}

let here: Engine | undefined;

/** What computes here: the package's version and the SIMD path. */
export function thisEngine(): Engine {
  here ??= { version: versions().fprinciple!, simd: simdPath() };
  return here;
}

/** The run's parameters with every default, and its id. @throws `INVALID_ARGUMENT` as the experiment's schema says. */
export function resolveRun(
  subject: Subject,
  preset: PresetName,
  settings: unknown,
  seed: number,
  engine: Engine = thisEngine(),
): { id: string; parameters: Record<string, unknown> } {
  const { experiment } = subject;
  const parameters = resolveParameters(experiment.parameters, experiment.presets[preset], settings);
  return { id: identifier(subject, preset, parameters, engine)(seed), parameters };
}

/** Ids of runs that differ in their seed only: the text that is hashed is made once. */
function identifier(
  { experiment, code, source }: Subject,
  preset: PresetName,
  parameters: unknown,
  { version, simd }: Engine,
): (seed: number) => string {
  // The keys in the order of the alphabet, as `canonical` has them.
  const before = canonical({ code, experiment: experiment.id, parameters, preset }).slice(0, -1);
  const after = canonical({ simd, source, version }).slice(1);
  return (seed) => createHash('sha256').update(`${before},"seed":${seed},${after}`).digest('hex').slice(0, 24);
}

/** The most runs of a sweep, and the most points before their conditions are looked at. */
const mostRuns = 5_000_000;
const mostPoints = 50_000_000;

/** Bytes that a run of the plan takes, and those of a point that is shared by its seeds, roughly. */
const runBytes = 250;
const pointBytes = 800;

/**
 * Every run of the sweep once: points in the order of the grid, and for each its seeds.
 *
 * @throws `INVALID_ARGUMENT` where a point's parameters are wrong or there are too many, `OVER_MEMORY_LIMIT` where the
 *   list alone would not fit into memory: both before anything is made where the description tells
 */
export function planRuns(sweep: Sweep, subject: Subject, engine: Engine = thisEngine()): PlannedRun[] {
  const { experiment } = subject;
  const base = experiment.presets[sweep.preset];
  const settingsOf = (point: Point) =>
    Object.entries(point)
      // `optimizer` before `optimizer.learningRate`, whichever was named first: the finer path changes the coarser one's.
      .sort(([a], [b]) => a.split('.').length - b.split('.').length)
      .reduce<unknown>((all, [path, value]) => mergeParameters(all, layerAt(path, value)), sweep.parameters) as Point;
  let last: { point: Point; parameters: unknown } | undefined;
  const lookup = (point: Point, path: string): unknown => {
    if (Object.hasOwn(point, path)) return point[path];
    if (last?.point !== point) {
      last = { point, parameters: resolveParameters(experiment.parameters, base, settingsOf(point)) };
    }
    const value = valueAt(last.parameters, path);
    if (value === undefined && !hasParameter(experiment, path)) {
      const near = nearestName(path, allPaths(experiment.parameters));
      const hint = near === undefined ? 'its description lists them' : `did you mean ${JSON.stringify(near)}?`;
      throw invalidArgument(`a condition: ${experiment.id} has no parameter ${JSON.stringify(path)}: ${hint}`);
    }
    return value ?? null;
  };
  const seeds = seedList(sweep.seeds);
  const count = countPoints(sweep);
  if (count > mostPoints) {
    throw invalidArgument(`the sweep has ${count} points before its conditions; expected at most ${mostPoints}`);
  }
  // What `when` adds and `where` takes away is not known before.
  if (sweep.where.length === 0) checkSize(count, seeds.length);
  const runs = new Map<string, PlannedRun>();
  let points = 0;
  const replaced = new Replaced(sweep.parameters, (settings) => {
    resolveParameters(experiment.parameters, base, settings);
  });
  for (const point of combinations(sweep, lookup)) {
    checkSize(++points, seeds.length);
    const settings = settingsOf(point);
    let idOf: (seed: number) => string;
    try {
      const parameters = resolveParameters(experiment.parameters, base, settings);
      idOf = identifier(subject, sweep.preset, parameters, engine);
    } catch (cause) {
      if (!(cause instanceof FprincipleError)) throw cause;
      throw new FprincipleError(cause.code, `${describePoint(point)}: ${cause.message}`, { cause });
    }
    replaced.look(point, settings);
    for (const seed of seeds) {
      const id = idOf(seed);
      if (!runs.has(id)) runs.set(id, { id, settings, seed, point });
    }
  }
  if (runs.size === 0) throw invalidArgument('the sweep has no run: no point of it meets every condition');
  replaced.end();
  return [...runs.values()];
}

/**
 * Common values that an axis replaces in every run: no run would tell that they are wrong. Each is put back into the first
 * points, and refused where it goes with none of them.
 */
class Replaced {
  readonly #common: unknown;
  readonly #check: (settings: unknown) => void;
  readonly #errors = new Map<string, FprincipleError>();
  readonly #right = new Set<string>();
  #points = 0;

  constructor(common: unknown, check: (settings: unknown) => void) {
    [this.#common, this.#check] = [common, check];
  }

  look(point: Point, settings: unknown): void {
    if (this.#points++ >= 8) return;
    for (const path of Object.keys(point)) {
      if (this.#right.has(path)) continue;
      const replaced = this.#replacedBy(path);
      if (!replaced) continue;
      try {
        this.#check(mergeParameters(settings, layerAt(...replaced)));
        this.#right.add(path);
      } catch (error) {
        if (!(error instanceof FprincipleError)) throw error;
        this.#errors.set(path, error);
      }
    }
  }

  /** The common value that an axis takes the place of, with its path: that of `a.b` may be an `a` which has no `b`. */
  #replacedBy(path: string): [string, unknown] | undefined {
    const names = path.split('.');
    for (let count = names.length; count > 0; count--) {
      const above = names.slice(0, count).join('.');
      const value = valueAt(this.#common, above);
      if (value === undefined) continue;
      const isWhole = count === names.length || typeof value !== 'object' || value === null;
      return isWhole ? [above, value] : undefined;
    }
    return undefined;
  }

  /** @throws the error of a value that no point took */
  end(): void {
    for (const [path, error] of this.#errors) {
      if (!this.#right.has(path)) throw error;
    }
  }
}

function checkSize(points: number, seeds: number): void {
  const runs = points * seeds;
  if (runs > mostRuns) {
    throw invalidArgument(
      `the sweep has ${runs} runs (${points} points, ${seeds} seeds); expected at most ${mostRuns}`,
    );
  }
  const bytes = runs * runBytes + points * pointBytes;
  const limit = heapLimit() * 0.8;
  if (bytes > limit) {
    throw new FprincipleError(
      'OVER_MEMORY_LIMIT',
      `the list of ${runs} runs would take about ${megabytes(bytes)}, and this process may take ${megabytes(limit)}: ` +
        `sweep less at once, or give node more (NODE_OPTIONS=--max-old-space-size=<MB>)`,
    );
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

let heap: number | undefined;

function heapLimit(): number {
  heap ??= getHeapStatistics().heap_size_limit;
  return heap;
}

/** Whether the schema knows a parameter of that path, one without a default too. */
export const hasParameter = ({ parameters }: Subject['experiment'], path: string): boolean => hasPath(parameters, path);

/** `width = 50, optimizer.type = "adam"`. */
export const describePoint = (point: Point): string =>
  Object.entries(point)
    .map(
      ([path, value]) =>
        `${path} = ${JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? `${entry}n` : entry))}`,
    )
    .join(', ') || 'the sweep';

/** `width = 50, seed 3`. */
export const describeRun = ({ point, seed }: Pick<PlannedRun, 'point' | 'seed'>): string =>
  Object.keys(point).length > 0 ? `${describePoint(point)}, seed ${seed}` : `seed ${seed}`;

/** The parameter at a dotted path, `undefined` where there is none. */
export const valueAt = (parameters: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>(
    (value, name) =>
      // Enumerable ones only: a list's length is none of its entries.
      typeof value === 'object' && value !== null && Object.prototype.propertyIsEnumerable.call(value, name)
        ? (value as Point)[name]
        : undefined,
    parameters,
  );

/** JSON with the keys of every object sorted: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
