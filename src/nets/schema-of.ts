/**
 * Schemas that the compiler holds to the types they check. The types are written out and not inferred from the schemas: a page of
 * the reference and an editor show a written type's members with their docstrings, of an inferred one its schema's name.
 */
import type { z } from 'zod';
import type { ArrayInput, NestedNumbers } from '../core/ndarray.js';

/** A type as JSON has it: every array is nested numbers, nothing is read-only. */
type Plain<T> = [ArrayInput] extends [T]
  ? NestedNumbers[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T;

/** {@link Plain} with every field there, so that one which only one side has is seen. */
type Whole<T> = [ArrayInput] extends [T]
  ? NestedNumbers[]
  : T extends object
    ? T extends readonly NestedNumbers[]
      ? T
      : { -readonly [K in keyof T]-?: Whole<T[K]> }
    : T;

type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** What the compiler asks of a schema: that it takes what `T` has, field by field, no more and no less. */
type Agrees<T, S extends z.ZodType> =
  Both<Plain<T>, z.output<S>> extends true
    ? Both<Whole<T>, Whole<z.output<S>>> extends true
      ? unknown
      : { fieldsDiffer: T }
    : { typesDiffer: T };

/** `schemaOf<T>()(schema)`: the schema as that of `T`. It does not compile where a field, a choice or what is optional differs. */
export const schemaOf =
  <T>() =>
  <S extends z.ZodType>(schema: S & Agrees<T, S>): z.ZodType<T> =>
    schema as z.ZodType as z.ZodType<T>;
