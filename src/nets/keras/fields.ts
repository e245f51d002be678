/**
 * The configuration of one Keras layer, read field by field: a field that nobody reads is refused by its name, since one
 * that is passed over is a wrong prediction. What only a training would use (initialisers, regularisers, constraints) is
 * known and left alone.
 */
import { type FprincipleError, invalidArgument } from '../../core/errors.js';
import { describe } from '../../core/ndarray.js';

/** Fields of any layer that say nothing about a prediction, or are read elsewhere (shapes: see `topology.ts`). */
const OTHERWISE = new Set([
  'name',
  'trainable',
  'batch_input_shape',
  'batchInputShape',
  'batch_shape',
  'input_shape',
  'input_dim',
  'input_length',
  'batch_size',
]);
const TRAINING = /(_initializer|_regularizer|_constraint)$/;
/** Types of computation; the model here computes in its own. */
const FLOATS = ['float16', 'bfloat16', 'float32', 'float64', 'mixed_float16', 'mixed_bfloat16'];

/** The fields of one layer. */
export class Fields {
  readonly #read = new Set<string>();

  constructor(
    /** The layer's name, for messages. */
    readonly layer: string,
    readonly values: Readonly<Record<string, unknown>>,
  ) {}

  /** An error that names the layer. */
  refused(reason: string): FprincipleError {
    return invalidArgument(`layer ${this.layer}: ${reason}`);
  }

  /** The value of a field, `undefined` where it is null or not there. */
  take(name: string): unknown {
    this.#read.add(name);
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    return value === null ? undefined : value;
  }

  flag(name: string, byDefault: boolean): boolean {
    const value = this.take(name) ?? byDefault;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false', value);
    return value;
  }

  number(name: string, byDefault: number): number {
    const value = this.take(name) ?? byDefault;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(name, 'a finite number', value);
    return value;
  }

  /** A positive integer. */
  count(name: string): number {
    const value = this.take(name);
    if (!isCount(value)) throw this.#wrong(name, 'a positive integer', value);
    return value;
  }

  /** One positive integer for both axes, or two. */
  pair(name: string, byDefault?: [number, number]): [number, number] {
    const value = this.take(name) ?? byDefault;
    const both = Array.isArray(value) ? value : [value, value];
    const [a, b]: unknown[] = both;
    if (both.length !== 2 || !isCount(a) || !isCount(b)) throw this.#wrong(name, 'one or two positive integers', value);
    return [a, b];
  }

  /** One of the names. */
  choice<T extends string>(name: string, names: readonly T[], byDefault: T): T {
    const value = this.take(name) ?? byDefault;
    const found = names.find((known) => known === value);
    if (found === undefined) throw this.#wrong(name, names.map((known) => `'${known}'`).join(' or '), value);
    return found;
  }

  /** A field that has only one meaning here: what it says when it is there. */
  only(name: string, ...values: unknown[]): void {
    const value = this.take(name);
    const given = json(value);
    if (value !== undefined && !values.some((known) => json(known) === given)) {
      throw this.#wrong(name, values.map((known) => JSON.stringify(known)).join(' or '), value);
    }
  }

  /** @throws `INVALID_ARGUMENT` naming a field that was not read and says something */
  done(): void {
    const type = this.take('dtype');
    const policy = isRecord(type) && isRecord(type.config) ? type.config.name : type;
    if (policy !== undefined && !FLOATS.some((name) => name === policy)) {
      throw this.#wrong('dtype', 'a floating-point type', policy);
    }
    const unknown = Object.keys(this.values).find(
      (name) =>
        !this.#read.has(name) && !OTHERWISE.has(name) && !TRAINING.test(name) && (this.values[name] ?? null) !== null,
    );
    if (unknown !== undefined)
      throw this.refused(`the field ${unknown} (${text(this.values[unknown])}) is not known here`);
  }

  #wrong(name: string, expected: string, got: unknown): FprincipleError {
    return this.refused(`${name}: expected ${expected}, got ${text(got)}`);
  }
}

/** A positive integer that can be a size. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2 ** 31;

/** A JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON value for a message. */
export function text(value: unknown): string {
  const written = json(value);
  return written === undefined || written.length > 60 ? describe(value) : written;
}

/** A value as JSON, where it is not too deep for that. */
function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
