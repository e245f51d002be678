/**
 * Experiments as values: one system, from target to claims.
 *
 * An experiment's file reads as the experiment: what it approximates, with which network, trained how, what is
 * measured, and what its source says should be seen. Everything else (parameters, presets, progress, the run folder,
 * the report) is done here, for the package's own experiments and for a user's alike.
 */
import { z } from 'zod';
import { FprincipleError } from '../core/errors.js';
import { describe, type NdArray, shapeText } from '../core/ndarray.js';
import { checkNames, checkNumber, checkOptions, requireOptions } from '../core/options.js';
import type { Figure } from '../figures/figure.js';
import type { Claim } from './claims.js';
import type { RunContext } from './context.js';
import type { Playback } from './playback.js';
import { type PresetName, presetNames } from './presets.js';

export { type PresetName, presetNames } from './presets.js';

/** A table of results: columns of equal length, written as CSV and shown in the report. */
export interface Table {
  /** File name without extension. */
  id: string;
  /** Stands above the table in the report. */
  title: string;
  /** Column name (with its unit) to values, in the order shown. */
  columns: Record<string, readonly (number | string | null)[]>;
}

/** What a run of an experiment gives. Everything is optional. */
export interface Outcome {
  /** Named numbers, for sweeps and comparisons. `null` where there is no value. */
  metrics?: Record<string, number | null>;
  /** Written as CSV and shown in the report, in this order. */
  tables?: readonly Table[];
  /** Drawn and shown in the report, in this order. */
  figures?: readonly Figure[];
  /** What the sources say, as measured here. */
  claims?: readonly Claim[];
  /** Arrays worth keeping, written to `data/arrays.npz` under their names. */
  arrays?: Record<string, NdArray>;
  /** Recorded states that the report's slider moves through. */
  playback?: Playback;
}

/**
 * A `run` or `present` that gives back an {@link Outcome} and nothing beside it: a misspelt field would be lost with all that
 * is in it. (`then`: without it any promise would pass for an outcome whose parts are all missing.)
 */
export interface ExactOutcome<O> {
  run?(context: never): Promise<NoOthers<O>> | (NoOthers<O> & { then?: never });
  present?(data: never, parameters: never): Promise<NoOthers<O>> | (NoOthers<O> & { then?: never });
}

type NoOthers<O> = NoInfer<O> & Others<NoInfer<O>>;
type Others<O> = O extends unknown ? { [Name in Exclude<keyof O, keyof Outcome>]?: never } : never;

/** A partial object, at every depth; lists are given whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What {@link defineExperiment} takes. */
export interface ExperimentDefinition<S extends z.ZodObject, O extends Outcome = Outcome, D = unknown> {
  /** Lower-case words joined by hyphens; also the name of the run folder. */
  id: string;
  /** A line for lists. */
  title: string;
  /** Document, section, figures or equations it comes from. */
  source: string;
  /** What the source says happens, in a paragraph for a reader who has not seen it. */
  statement?: string;
  /**
   * What is computed, in one line of Unicode, for instance `'E(k) = |ĥ(k) − f̂(k)| / |f̂(k)|'`. `_` and `^` lower and raise
   * the next character, or all that stands in the braces after them.
   */
  formula?: string;
  /** Every parameter with its default, bounds and a `.describe(...)`. */
  parameters: S;
  /** What each preset changes in the defaults. */
  presets: Record<PresetName, DeepPartial<z.input<S>>>;
  /** Estimated seconds of each preset on two cores, data downloads aside. */
  seconds?: Partial<Record<PresetName, number>>;
  /** Names of the data sets it needs (`fprinciple data list`), so that they can be fetched beforehand. */
  data?: readonly string[];
  /**
   * Does the experiment (trains, measures) and gives the plain data that {@link ExperimentDefinition.present} needs: numbers,
   * texts, null, lists, objects, typed arrays and arrays `{ data, shape }`. It is saved in the run folder.
   */
  measure?(context: RunContext<z.output<S>>): Promise<D> | D;
  /**
   * Makes claims, tables and figures of what was measured, and nothing else: `fprinciple report --again` calls it on the saved
   * data, years later. Written after `measure`, whose type of data it takes.
   */
  present?(data: NoInfer<D>, parameters: z.output<S>): Promise<O> | O;
  /** `measure` and `present` in one, for a short experiment of your own: its data is not saved, and not presented again. */
  run?(context: RunContext<z.output<S>>): Promise<O> | O;
}

/**
 * An experiment, checked and ready to run. Pass it to `runExperiment`, or export it from a file for the command line. `S` is
 * the schema of its parameters, by which `runExperiment` completes and checks them.
 */
export interface Experiment<S extends z.ZodObject = z.ZodObject> {
  /** Short name, unique: file name, argument of the command line. */
  readonly id: string;
  /** A line for lists and headings. */
  readonly title: string;
  /** Who described it, by `cite`. */
  readonly source: string;
  /** What is shown, in a few sentences. */
  readonly statement: string;
  /** The target or the law, as text. */
  readonly formula?: string;
  /** Schema of the parameters, with their bounds, defaults and descriptions. */
  readonly parameters: S;
  /** Changes to the defaults, by name: `quick` for a first look, `paper` for the sources' settings. */
  readonly presets: Readonly<Record<PresetName, unknown>>;
  /** About how long a preset takes. */
  readonly seconds: Readonly<Partial<Record<PresetName, number>>>;
  /** Names of the data sets that it needs. */
  readonly data: readonly string[];
  /** Does the experiment; called by `runExperiment`. Of one that has `run` it gives the outcome itself. */
  readonly measure: (context: RunContext<never>) => unknown;
  /** Makes the outcome of what was measured; missing in an experiment that has `run`. */
  readonly present?: (data: never, parameters: never) => Promise<Outcome> | Outcome;
}

/** What a user may change of an experiment's parameters; anything where the experiment's schema is not known. */
export type ParametersOf<S extends z.ZodObject> = z.ZodObject extends S ? unknown : DeepPartial<z.input<S>>;

const marker = Symbol.for('fprinciple.experiment');

const fields = [
  ...([
    'id',
    'title',
    'source',
    'statement',
    'formula',
    'parameters',
    'presets',
    'seconds',
    'data',
    'measure',
    'present',
    'run',
  ] as const),
];

/**
 * Makes an experiment. See `docs/own-experiment.md` for a worked one.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` when a field is missing, the id is not made of lower-case words, the
 *   parameters are no zod object, or there is neither `measure` with `present` nor `run`.
 */
export function defineExperiment<S extends z.ZodObject, O extends Outcome, D>(
  definition: ExperimentDefinition<S, O, D> & ExactOutcome<O>,
): Experiment<S> {
  const { id, title, source, parameters, presets, measure, present, run } = requireOptions(
    definition,
    fields,
    'defineExperiment',
  );
  const refuse = (message: string): never => {
    throw new FprincipleError('INVALID_ARGUMENT', `defineExperiment: ${message}`);
  };
  if (typeof id !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    refuse(`id: expected lower-case words joined by hyphens, got ${describe(id)}`);
  }
  if (typeof title !== 'string' || title === '') refuse(`${id}: title: expected a line of text`);
  if (typeof source !== 'string' || source === '') refuse(`${id}: source: expected a line of text`);
  for (const name of ['statement', 'formula'] as const) {
    const text = definition[name];
    if (text !== undefined && typeof text !== 'string') refuse(`${id}: ${name}: expected text, got ${describe(text)}`);
  }
  if (!(parameters instanceof z.ZodObject)) refuse(`${id}: parameters: expected a zod object`);
  if (measure === undefined && present === undefined) {
    if (typeof run !== 'function') refuse(`${id}: expected the functions measure and present, or run`);
  } else {
    if (run !== undefined) refuse(`${id}: run: expected it alone, or measure and present`);
    if (typeof measure !== 'function') refuse(`${id}: measure: expected a function`);
    if (typeof present !== 'function') refuse(`${id}: present: expected a function`);
  }
  const known = Object.keys(parameters.shape);
  const own = requireOptions(presets, presetNames, `defineExperiment: ${id}: presets`);
  for (const name of presetNames) checkNames<object>(own[name], known, `defineExperiment: ${id}: presets.${name}`);
  // Objects may hold a part of theirs; they are checked as a run completes them.
  for (const name of presetNames) {
    for (const [key, value] of Object.entries(own[name])) {
      const issues = value === undefined ? [] : (parameters.shape[key]?.safeParse(value).error?.issues ?? []);
      const isNone = issues.some(({ code, path }: z.core.$ZodIssue) => code === 'invalid_type' && path.length === 0);
      if (isNone || (issues.length > 0 && !isPlainObject(value)))
        refuse(`${id}: presets.${name}.${key}: expected a value that the parameter has, got ${describe(value)}`);
    }
  }
  const { data = [] } = definition;
  if (!Array.isArray(data) || !data.every((one) => typeof one === 'string'))
    refuse(`${id}: data: expected a list of names of data sets, got ${shapeText(data)}`);
  const seconds = checkOptions(definition.seconds, presetNames, `defineExperiment: ${id}: seconds`);
  for (const name of presetNames) checkNumber(seconds[name], `defineExperiment: ${id}: seconds.${name}`, { least: 0 });
  const experiment = {
    id,
    title,
    source,
    statement: definition.statement ?? title,
    ...(definition.formula !== undefined && { formula: definition.formula }),
    parameters,
    presets,
    seconds,
    data,
    measure: (measure ?? run) as Experiment['measure'],
    ...(present !== undefined && { present: present as NonNullable<Experiment['present']> }),
    [marker]: true,
  };
  return Object.freeze(experiment);
}

const isPlainObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Whether `value` was made by {@link defineExperiment} (also by another copy of this package). */
export function isExperiment(value: unknown): value is Experiment {
  return typeof value === 'object' && value !== null && marker in value;
}

/** The experiment. @throws `INVALID_ARGUMENT` for what {@link defineExperiment} did not make */
export function requireExperiment(value: unknown): Experiment {
  if (isExperiment(value)) return value;
  throw new FprincipleError(
    'INVALID_ARGUMENT',
    `experiment: expected what defineExperiment gives, got ${describe(value)}`,
  );
}
