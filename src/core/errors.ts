import { describe } from './describe.js';

/** The stable codes of {@link FprincipleError}. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'INVALID_SHAPE'
  | 'NON_FINITE'
  | 'ABORTED'
  | 'MODEL_BUSY'
  | 'CUDA_UNAVAILABLE'
  | 'OVER_MEMORY_LIMIT'
  | 'DATA_UNAVAILABLE'
  | 'IO'
  | 'INTERNAL';

/**
 * Every error of this package. `code` is stable and for programs; `message` names the argument, what was expected
 * and what came; `cause` is the error underneath, where there is one.
 */
export class FprincipleError extends Error {
  /** Always `FprincipleError`, as the class is called. */
  override readonly name: string = 'FprincipleError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(readable(typeof message === 'string' ? message : describe(message)), options);
  }
}

/** Most characters of a message: what was given in place of a name may be a whole file. */
const LONGEST = 2000;

/** The message, its middle left out where it is too long to read. */
const readable = (message: string): string =>
  message.length > LONGEST ? `${message.slice(0, LONGEST / 2)} … ${message.slice(-LONGEST / 4)}` : message;

/**
 * The `NON_FINITE` of a training that diverged, or of what was asked of its parameters afterwards: what these settings do,
 * where any other `NON_FINITE` is a fault of what was given. Sweeps count it as a result.
 */
export class DivergedError extends FprincipleError {
  constructor(
    message: string,
    /** The step at which the loss was no longer finite. */
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super('NON_FINITE', message, options);
  }
}

/** An `INVALID_ARGUMENT` error. */
export const invalidArgument = (message: string, options?: ErrorOptions): FprincipleError =>
  new FprincipleError('INVALID_ARGUMENT', message, options);

/** An `INVALID_SHAPE` error. */
export const invalidShape = (message: string): FprincipleError => new FprincipleError('INVALID_SHAPE', message);

const NATIVE_MESSAGE = /^([A-Z_]+): ([\s\S]*)$/;

/**
 * Turns what the addon throws into a {@link FprincipleError}. The addon writes `CODE: message`; anything else it
 * throws is a failed conversion of an argument.
 */
export function fromNative(error: unknown): FprincipleError {
  if (error instanceof FprincipleError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const match = NATIVE_MESSAGE.exec(text);
  if (match) return new FprincipleError(match[1] as ErrorCode, match[2]!, { cause: error });
  return invalidArgument(text, { cause: error });
}
