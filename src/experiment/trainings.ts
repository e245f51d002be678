/**
 * Many trainings over axes (targets, settings, networks) at once: progress, abort and divergence handled in one place, and
 * of each what was recorded, as plain data.
 *
 * ```ts
 * const fits = await trainAll(context, {
 *   cells: grid({ k: [2, 3, 5], seed: context.seeds(5) }),
 *   run: ({ k, seed }) => ({ seed, y: targets[k], probes: { error: ... } }),
 *   shared: { x, spec, loss: 'mse', optimizer, steps, record: { log: 100 } },
 * });
 * fits[0].k, fits[0].steps, fits[0].probes.error.relativeError
 * ```
 */
import { invalidArgument } from '../core/errors.js';
import { describe, type NdArray } from '../core/ndarray.js';
import { checkInteger, requireObject, requireOptions } from '../core/options.js';
import type { TrainingHistory, TrainManyRun, TrainManyShared } from '../nets/index.js';
import { trainMany } from '../nets/index.js';
import type { Probes } from '../nets/training/probe.js';
import type { RunContext } from './context.js';
import { refuseDiverged } from './history.js';

/** One point of a grid: a value of each axis. */
export type Cell<A extends Readonly<Record<string, readonly unknown[]>>> = { [K in keyof A]: A[K][number] };

/**
 * Every combination of the axes' values, the last axis fastest.
 *
 * @example
 * grid({ k: [1, 2], seed: [7] }); // => [{ k: 1, seed: 7 }, { k: 2, seed: 7 }]
 */
export function grid<const A extends Readonly<Record<string, readonly unknown[]>>>(axes: A): Cell<A>[] {
  const named = Object.entries(requireObject(axes, 'axes'));
  for (const [name, values] of named) {
    if (!Array.isArray(values))
      throw invalidArgument(`axes.${name}: expected a list of values, got ${describe(values)}`);
  }
  return named.reduce<Record<string, unknown>[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  ) as Cell<A>[];
}

/** What a training recorded, without its optimiser's state: plain data that `measure` can give back. */
export interface Recorded<P extends Probes = Probes> {
  /** Recorded steps, counted from 0; last the state after the last update. */
  steps: number[];
  /** Loss at each of them, before its update. */
  loss: number[];
  /** What the loss was made of, by name: of losses and penalties that say so; else empty. */
  parts: Record<string, number[]>;
  /** Of a loss of equations; else empty. */
  terms: Record<string, number[]>;
  /** Factors of the terms, where they are found during the training, by name; else empty. */
  weights: Record<string, number[]>;
  /** Trained coefficients of the loss, by name; else empty. */
  coefficients: Record<string, number[]>;
  /** By name of the probe, then of its field: `probes.error.relativeError`. */
  probes: TrainingHistory<P>['probes'];
}

/** A cell and what its training recorded. */
export type TrainedCell<C, P extends Probes = Probes> = C & Recorded<P>;

/** What {@link trainAll} takes. */
export interface TrainAll<C, P extends Probes> {
  /** One training each; its fields are those of the result. */
  cells: readonly C[];
  /** What the training of a cell has of its own: seed, data, network, probes. */
  run(cell: C): TrainManyRun<P>;
  /** What all share; `steps` among it. */
  shared: TrainManyShared<P> & {
    /** Of every training. */
    steps: number;
  };
  /** What is trained, for the progress. Default `networks`. */
  what?: string;
  /** A name of the cell, for the message when its training diverges. Default: its numbers and texts. */
  name?(cell: C): string;
  /** Also the trained parameters. */
  keep?: 'parameters';
}

/**
 * Trains one network a cell, all at once on all cores; each gives the same bits as alone.
 * @throws DivergedError naming the cell; `ABORTED`; whatever `trainMany` refuses
 */
export async function trainAll<C extends object, P extends Probes>(
  context: Pick<RunContext<unknown>, 'signal' | 'training'>,
  options: TrainAll<C, P> & { keep: 'parameters' },
): Promise<
  (TrainedCell<C, P> & {
    /** The trained arrays by name, in the order of the layers. */
    parameters: Record<string, NdArray>;
  })[]
>;
export async function trainAll<C extends object, P extends Probes>(
  context: Pick<RunContext<unknown>, 'signal' | 'training'>,
  options: TrainAll<C, P>,
): Promise<TrainedCell<C, P>[]>;
export async function trainAll<C extends object, P extends Probes>(
  context: Pick<RunContext<unknown>, 'signal' | 'training'>,
  options: TrainAll<C, P>,
): Promise<TrainedCell<C, P>[]> {
  const { signal, training } = requireObject(context, 'context');
  const given = requireOptions(options, ['cells', 'run', 'shared', 'what', 'name', 'keep'], 'trainAll');
  const { cells, run, shared, what = 'networks', name = nameOf, keep } = given;
  if (!Array.isArray(cells)) throw invalidArgument(`cells: expected a list, got ${describe(cells)}`);
  for (const [i, cell] of cells.entries()) requireObject(cell, `cells[${i}]`);
  for (const [key, value] of Object.entries({ run, name, 'context.training': training })) {
    if (typeof value !== 'function') throw invalidArgument(`${key}: expected a function, got ${describe(value)}`);
  }
  requireObject(shared, 'shared');
  const runs = cells.map((cell: C) => run(cell));
  checkInteger(shared.steps, 'shared.steps', 1);
  const stepsOf = ({ steps = shared.steps, finish = shared.finish }: TrainManyRun<P>) => steps + (finish?.steps ?? 0);
  const total = runs.reduce((sum: number, one: TrainManyRun<P>) => sum + stepsOf(one), 0);
  const phase = `training ${cells.length} ${what}`;
  const trained = await trainMany<P>(runs, { ...shared, signal, onProgress: training(phase, total) });
  return cells.map((cell: C, i: number) => {
    const { history, parameters } = trained[i] as (typeof trained)[number];
    refuseDiverged(history as TrainingHistory, name(cell));
    const { steps, loss, parts, terms, weights, coefficients, probes } = history;
    const recorded = { steps, loss, parts, terms, weights, coefficients, probes };
    return { ...cell, ...recorded, ...(keep === 'parameters' && { parameters }) };
  });
}

const nameOf = (cell: object): string =>
  Object.entries(cell)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ') || 'a network';
