/**
 * What "learnt" means, for every experiment: a quantity is learnt at the first record **from which on** its relative error
 * stays at or under 0.2 (a settled passage). A first passage, which an oscillating error makes before it has settled, is asked
 * for by name where a source means it.
 *
 * No order may depend on that number: {@link orderClaim} shows each claim at {@link learntLevels}, and says at how many it holds.
 */
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { describe, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkFlag, checkOptions, requireObject, requireOptions } from '../core/options.js';
import { column } from '../core/reading.js';
import { type Claim, type ClaimControl, increasing, type Measured } from './claims.js';
import { passageStep } from './seeds.js';

/** Relative error at or under which something counts as learnt, where nothing else is said. */
export const learntLevel = 0.2;

/** The levels at which an order is shown. */
export const learntLevels: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.5];

/** What of a training its order is read from; a whole history with its errors is one, whatever else it has. */
export interface ErrorHistory {
  /** The recorded steps. */
  steps: readonly number[];
  /** Relative errors `[records, k]`, the k in the order in which they are said to be learnt. */
  error: NdArray;
}

/** How a passage is read. */
export interface PassageOptions {
  /** Default {@link learntLevel}. */
  level?: number;
  /** Whether the error has to stay there (default), or only to touch the level, where the source means that. */
  settled?: boolean;
}

/**
 * The step at which each of the k is learnt, `null` where it never is.
 *
 * @example
 * passagesOf({ steps: [0, 10, 20], error: fromRows([[1, 1], [0.1, 0.5], [0.1, 0.1]]) }); // => [10, 20]
 */
export function passagesOf(history: ErrorHistory, options: PassageOptions = {}): (number | null)[] {
  const { steps, error } = requireObject(history, 'history');
  const { level = learntLevel, settled = true } = checkOptions(options, ['level', 'settled']);
  checkFlag(settled, 'settled');
  const { data, shape } = toNdArray(error, 'error', 2);
  return Array.from({ length: shape[1] ?? 0 }, (_, k) =>
    passageStep(steps, column({ data, shape }, k), level, { settled }),
  );
}

/** A control of an order: networks of which the same is read. */
export interface OrderControl {
  /** Short name, where there are several controls. */
  id?: string;
  /** What differs from the claim: the one thing that the source calls the cause. */
  statement: string;
  /** Their errors, one history a network. */
  networks: readonly ErrorHistory[];
}

/** What {@link orderClaim} takes. */
export interface OrderClaim {
  /** Short name, unique within the experiment. */
  id: string;
  /** A sentence that a reader can check against the steps. */
  statement: string;
  /** Who says so, by `cite`. */
  source: string;
  /** One a network. */
  networks: readonly ErrorHistory[];
  /** What the k are, for instance `['k = 1', 'k = 3']`. */
  labels?: readonly string[];
  /** Level of the claim itself. Default {@link learntLevel}. */
  level?: number;
  /** Levels shown beside it. Default {@link learntLevels}. */
  levels?: readonly number[];
  /** Whether the error has to stay there (default), or only to touch the level. */
  settled?: boolean;
  /** Default `'steps'`. */
  unit?: string;
  /** Networks whose order should be another, once or several times; or why there can be none. */
  control?:
    | OrderControl
    | readonly OrderControl[]
    | {
        /** The reason, in a sentence. */
        none: string;
      };
}

const orderNames = [
  ...(['id', 'statement', 'source', 'networks', 'labels', 'level', 'levels', 'settled', 'unit', 'control'] as const),
];

/**
 * Claims that in every network the k are learnt in the order given: the steps of passage rise from left to right.
 * The same is shown at other levels, which do not enter the verdict.
 */
export function orderClaim(options: OrderClaim): Claim {
  const {
    networks,
    level = learntLevel,
    levels = learntLevels,
    settled = true,
    unit = 'steps',
    control,
    ...text
  } = requireOptions(options, orderNames, 'orderClaim');
  const measured = (list: readonly ErrorHistory[], at: number): Measured => {
    if (!Array.isArray(list))
      throw invalidArgument(`networks: expected a list of error histories, got ${describe(list)}`);
    return list.map((one: ErrorHistory) => passagesOf(one, { level: at, settled }));
  };
  const compared = (one: OrderControl) => ({
    ...(one.id !== undefined && { id: one.id }),
    statement: requireOptions(one, ['id', 'statement', 'networks'], 'control').statement,
    measured: measured(one.networks, level),
  });
  let controls: ClaimControl | undefined;
  if (control !== undefined) {
    if (Array.isArray(control) && control.length === 0)
      throw invalidArgument('control: expected at least one, or { none: why }, got an empty list');
    if (!Array.isArray(control) && 'none' in requireObject(control, 'control'))
      controls = requireOptions(control as { none: string }, ['none'], 'control');
    else controls = Array.isArray(control) ? control.map(compared) : compared(control as OrderControl);
  }
  return increasing({
    ...text,
    measured: measured(networks, level),
    unit,
    levels: toList(levels, 'levels').map((at) => ({ level: at, measured: measured(networks, at) })),
    ...(controls !== undefined && { control: controls }),
  });
}

/**
 * What is left of component `left` (relative error) at the record at which component `learnt` is learnt; `null` if it never is.
 * @throws `INVALID_SHAPE` for a component that there is not
 */
export function leftWhenLearnt(
  history: ErrorHistory,
  options: PassageOptions & {
    /** Index of the component whose passage says when. */
    learnt: number;
    /** Index of the component whose error is read then. */
    left: number;
  },
): number | null {
  const { learnt, left, ...how } = requireOptions(options, ['learnt', 'left', 'level', 'settled'], 'leftWhenLearnt');
  const passages = passagesOf(history, how);
  for (const [name, component] of Object.entries({ learnt, left })) {
    if (!Number.isInteger(component) || !(component in passages))
      throw invalidShape(`${name}: expected one of ${passages.length} components, got ${describe(component)}`);
  }
  const step = passages[learnt] ?? null;
  if (step === null) return null;
  return column(history.error, left)[history.steps.indexOf(step)] ?? null;
}
