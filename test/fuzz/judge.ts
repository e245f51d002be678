/** Whether what a call gave, or how it was refused, is what the package promises. */
import { FprincipleError } from '../../src/index.js';

/** What is wrong with a call; undefined where nothing is. */
export type Verdict = { kind: string; detail: string } | undefined;

const codes = [
  'INVALID_ARGUMENT',
  'INVALID_SHAPE',
  'NON_FINITE',
  'ABORTED',
  'MODEL_BUSY',
  'CUDA_UNAVAILABLE',
  'OVER_MEMORY_LIMIT',
  'DATA_UNAVAILABLE',
  'IO',
];

/** Words of converters and parsers, which know no argument. */
const foreign =
  /Failed to convert|Missing field|`?JsValue|napi|(Array|Object|Number|String|Boolean|Function|Symbol)Expected\b|unknown (variant|field) `|invalid type: |at line \d+ column|is not a function|Cannot read prop|is not iterable|Cannot convert|of undefined|Invalid array length/;

export const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 220);

/** Of an error that refused a call. */
export function ofError(error: unknown): Verdict {
  if (!(error instanceof FprincipleError)) {
    const told =
      error instanceof Error
        ? `${error.name}: ${error.message} ${(error.stack ?? '').split('\n')[1]?.trim() ?? ''}`
        : String(error);
    return { kind: 'not an FprincipleError', detail: short(told) };
  }
  const { code, message } = error;
  if (message.length > 3000) return { kind: 'a message too long to read', detail: short(message) };
  if (!codes.includes(code)) return { kind: `code ${code}`, detail: short(message) };
  if (foreign.test(message)) return { kind: "a converter's words", detail: short(message) };
  if (code === 'ABORTED') return undefined;
  if (
    !/^[^:]{1,120}: \s*\S/s.test(message) &&
    !/\b(expected|needs|got|cannot|is not|has no|there is no|unknown)\b/.test(message)
  ) {
    return { kind: 'names no argument', detail: short(message) };
  }
  return undefined;
}

/** Of a result: every array has as many values as its shape says, all finite unless `any`; of what takes anything, nothing is asked. */
export function ofResult(result: unknown, any: boolean, takesAll = false): Verdict {
  if (takesAll) return undefined;
  if (result === undefined && !any) return { kind: 'nothing came back', detail: '' };
  return walk(result, 'result', any, 0);
}

function walk(value: unknown, place: string, any: boolean, depth: number): Verdict {
  if (typeof value === 'number')
    return Number.isFinite(value) || any ? undefined : { kind: 'not finite', detail: `${place} is ${value}` };
  if (typeof value !== 'object' || value === null || depth > 5) return undefined;
  if (ArrayBuffer.isView(value)) {
    if (any || !(value instanceof Float64Array || value instanceof Float32Array)) return undefined;
    const at = value.findIndex((v) => !Number.isFinite(v));
    return at < 0 ? undefined : { kind: 'not finite', detail: `${place}[${at}] is ${value[at]}` };
  }
  if (Array.isArray(value)) {
    for (const [i, entry] of value.slice(0, 50).entries()) {
      const found = walk(entry, `${place}[${i}]`, any, depth + 1);
      if (found) return found;
    }
    return undefined;
  }
  const shape: unknown = 'shape' in value ? value.shape : undefined;
  if (Array.isArray(shape) && shape.every((n) => typeof n === 'number')) {
    const size = shape.reduce((a, b) => a * b, 1);
    for (const name of ['data', 're', 'im']) {
      const part: unknown = Reflect.get(value, name);
      if (!ArrayBuffer.isView(part) || part instanceof DataView) continue;
      const { length } = part as Float64Array;
      if (length !== size)
        return {
          kind: 'shape and values differ',
          detail: `${place}.${name} has ${length}, shape [${shape.join(', ')}]`,
        };
    }
  }
  for (const [name, entry] of Object.entries(value)) {
    const found = walk(entry, `${place}.${name}`, any, depth + 1);
    if (found) return found;
  }
  return undefined;
}
