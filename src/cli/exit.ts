/** Exit codes, and how an error is said. */
import { FprincipleError } from '../core/errors.js';
import { writeJson } from './output.js';

export const exitCodes = {
  done: 0,
  error: 1,
  usage: 2,
  claims: 3,
  unavailable: 4,
  /** Done, but a part of an outcome could not be used. */
  incomplete: 5,
  interrupted: 130,
} as const;

/** Says what went wrong, on stderr (and as JSON on stdout if that was asked for), and gives the exit code. */
export function fail(error: unknown, json: boolean): number {
  const code = error instanceof FprincipleError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  if (json) writeJson({ error: { code, message } });
  process.stderr.write(`${code === 'ABORTED' ? 'stopped' : 'error'}: ${message}\n`);
  // A defect of this program, not of its use: the trace helps whoever mends it.
  if (code === 'INTERNAL' && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  switch (code) {
    case 'INVALID_ARGUMENT':
    case 'INVALID_SHAPE':
    case 'NON_FINITE':
      return exitCodes.usage;
    case 'DATA_UNAVAILABLE':
    case 'IO':
    case 'CUDA_UNAVAILABLE':
      return exitCodes.unavailable;
    case 'ABORTED':
      return exitCodes.interrupted;
    default:
      return exitCodes.error;
  }
}
