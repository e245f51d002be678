/**
 * From a description to runs, each with its id.
 *
 * The id is the hash of all that the numbers depend on: experiment (with the text of a user's own file), preset,
 * resolved parameters, seed, engine version and SIMD path. The same run has the same id in every sweep and on every
 * machine, so it is never done twice, and a machine that would compute something else finds out.
 */
import { createHash } from 'node:crypto';
import { FprincipleError, invalidArgument } from '../errors.js';
import type { PresetName } from '../experiment/define.js';
import { allPaths, hasPath } from '../experiment/parameter-paths.js';
import { mergeParameters, resolveParameters } from '../experiment/parameters.js';
import { nearestName } from '../nearest.js';
import { simdPath, versions } from '../runs/machine.js';
import { combinations, type Point } from './combinations.js';
import { type Sweep, seedList } from './describe.js';
import type { Subject } from './subject.js';

/** What a process needs to do a run. */
export interface RunRequest {
  id: string;
  /** What changes in the preset, before defaults are filled in. */
  settings: Record<string, unknown>;
  seed: number;
}

export interface PlannedRun extends RunRequest {
  /** The values, by path, in which runs of the sweep differ. */
  point: Point;
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
  { experiment, source }: Subject,
  preset: PresetName,
  settings: unknown,
  seed: number,
  engine: Engine = thisEngine(),
): { id: string; parameters: Record<string, unknown> } {
  const parameters = resolveParameters(experiment.parameters, experiment.presets[preset], settings);
  return { id: identifier({ experiment, source }, preset, parameters, engine)(seed), parameters };
}

/** Ids of runs that differ in their seed only: the text that is hashed is made once. */
function identifier(
  { experiment, source }: { experiment: Subject['experiment']; source?: string | undefined },
  preset: PresetName,
  parameters: unknown,
  { version, simd }: Engine,
): (seed: number) => string {
  // The keys in the order of the alphabet, as `canonical` has them.
  const before = canonical({ experiment: experiment.id, parameters, preset }).slice(0, -1);
  const after = canonical({ simd, source, version }).slice(1);
  return (seed) => createHash('sha256').update(`${before},"seed":${seed},${after}`).digest('hex').slice(0, 24);
}

/** Every run of the sweep once: points in the order of the grid, and for each its seeds. */
export function planRuns(sweep: Sweep, subject: Subject, engine: Engine = thisEngine()): PlannedRun[] {
  const { experiment } = subject;
  const settingsOf = (point: Point) =>
    Object.entries(point).reduce<unknown>(
      (all, [path, value]) => mergeParameters(all, nest(path, value)),
      sweep.parameters,
    ) as Record<string, unknown>;
  const defaults = new Map<string, unknown>();
  const lookup = (point: Point, path: string): unknown => {
    if (path in point) return point[path];
    const key = JSON.stringify(point);
    if (!defaults.has(key))
      defaults.set(key, resolveParameters(experiment.parameters, experiment.presets[sweep.preset], settingsOf(point)));
    const value = valueAt(defaults.get(key), path);
    if (value === undefined && !hasParameter(experiment, path)) {
      const near = nearestName(path, allPaths(experiment.parameters));
      const hint = near === undefined ? 'its description lists them' : `did you mean ${JSON.stringify(near)}?`;
      throw invalidArgument(`a condition: ${experiment.id} has no parameter ${JSON.stringify(path)}: ${hint}`);
    }
    return value ?? null;
  };
  const points = combinations(sweep, lookup);
  const seeds = seedList(sweep.seeds);
  if (points.length * seeds.length > 5_000_000) {
    throw invalidArgument(`the sweep has ${points.length * seeds.length} runs; expected at most five millions`);
  }
  const runs = new Map<string, PlannedRun>();
  for (const point of points) {
    const settings = settingsOf(point);
    let idOf: (seed: number) => string;
    try {
      const parameters = resolveParameters(experiment.parameters, experiment.presets[sweep.preset], settings);
      idOf = identifier(subject, sweep.preset, parameters, engine);
    } catch (cause) {
      if (!(cause instanceof FprincipleError)) throw cause;
      throw new FprincipleError(cause.code, `${describePoint(point)}: ${cause.message}`, { cause });
    }
    for (const seed of seeds) {
      const id = idOf(seed);
      if (!runs.has(id)) runs.set(id, { id, settings, seed, point });
    }
  }
  if (runs.size === 0) throw invalidArgument('the sweep has no run: no point of it meets every condition');
  return [...runs.values()];
}

/** Whether the schema knows a parameter of that path, one without a default too. */
export const hasParameter = ({ parameters }: Subject['experiment'], path: string): boolean => hasPath(parameters, path);

/** `width = 50, optimizer.type = "adam"`. */
export const describePoint = (point: Point): string =>
  Object.entries(point)
    .map(([path, value]) => `${path} = ${JSON.stringify(value)}`)
    .join(', ') || 'the sweep';

/** `width = 50, seed 3`. */
export const describeRun = ({ point, seed }: Pick<PlannedRun, 'point' | 'seed'>): string =>
  Object.keys(point).length > 0 ? `${describePoint(point)}, seed ${seed}` : `seed ${seed}`;

/** The parameter at a dotted path, `undefined` where there is none. */
export const valueAt = (parameters: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Point)[name] : undefined),
      parameters,
    );

function nest(path: string, value: unknown): Point {
  const names = path.split('.');
  if (names.some((name) => name === '' || name === '__proto__')) {
    throw invalidArgument(`expected a parameter's path such as optimizer.type, got ${JSON.stringify(path)}`);
  }
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Point;
}

/** JSON with the keys of every object sorted: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
