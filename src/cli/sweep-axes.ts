/** Axes of a sweep as the command line writes them: `width=50,100`, ranges, lists and objects in JSON. */
import { invalidArgument } from '../core/errors.js';
import { parseValue } from '../experiment/parameters.js';
import { parseRange } from '../sweeps/plan/ranges.js';

type Axes = Record<string, unknown[]>;

/**
 * One `--grid`: `width=50,100`, `depth=1:5`, `learningRate=1e-4..1e-1 log 7` (see `plan/ranges`) or
 * `network.hidden=[20],[40,40]`. Commas inside brackets, braces and quotes do not separate; what is quoted is no range.
 * @throws `INVALID_ARGUMENT` for a path or a value that is missing, and for a bracket or quote that nothing closes
 */
export function parseAxis(text: string): Axes {
  const sign = text.indexOf('=');
  if (sign < 1) throw invalidArgument(`--grid: expected path=value,value,..., got ${JSON.stringify(text)}`);
  const path = text.slice(0, sign).trim();
  const parts = split(text.slice(sign + 1), ',', path);
  const empty = parts.indexOf('');
  if (empty >= 0) {
    const place = parts.length === 1 ? 'there is none' : `value ${empty + 1} of ${parts.length} is empty`;
    throw invalidArgument(`--grid ${path}: expected values between commas, but ${place} ("" is an empty text)`);
  }
  return { [path]: distinct(parts.flatMap((part) => values(part, path))) };
}

/** One `--zip`: axes as of {@link parseAxis} with semicolons between them; values may repeat. */
export function parseZip(text: string): Axes {
  const axes = split(text, ';', '--zip').map((part) => {
    const sign = part.indexOf('=');
    if (sign < 1) throw invalidArgument(`--zip: expected path=values;path=values, got ${JSON.stringify(text)}`);
    const path = part.slice(0, sign).trim();
    return [path, split(part.slice(sign + 1), ',', path).flatMap((one) => values(one, path))] as const;
  });
  const twice = axes.find(([path], i) => axes.findIndex(([other]) => other === path) < i);
  if (twice) throw invalidArgument(`--zip: ${twice[0]} is named twice in ${JSON.stringify(text)}`);
  return Object.fromEntries(axes);
}

/** Axes of several `--grid`: the values of one path together, each once. */
export function joinAxes(all: readonly Axes[]): Axes {
  const joined = new Map<string, unknown[]>();
  for (const [path, list] of all.flatMap((axes) => Object.entries(axes))) {
    joined.set(path, distinct([...(joined.get(path) ?? []), ...list]));
  }
  return Object.fromEntries(joined);
}

const distinct = (values: readonly unknown[]): unknown[] => [
  ...new Map(values.map((one) => [JSON.stringify(one), one])).values(),
];

const values = (text: string, path: string): unknown[] => parseRange(text, `--grid ${path}`) ?? [value(text, path)];

/** A value; what begins like a list, an object or a quoted text has to be one. */
function value(text: string, path: string): unknown {
  if (!/^[[{"]/.test(text)) return parseValue(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidArgument(`--grid ${path}: ${text} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

const closing = new Map([
  ['[', ']'],
  ['{', '}'],
]);

/** The parts between separators that stand outside of brackets, braces and double quotes. */
function split(text: string, separator: string, path: string): string[] {
  const parts: string[] = [];
  const open: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? '';
    if (quoted) {
      if (letter === '\\') i++;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (closing.has(letter)) open.push(closing.get(letter) ?? '');
    else if (letter === ']' || letter === '}') {
      const expected = open.pop();
      if (expected !== letter) {
        throw invalidArgument(`${path}: ${JSON.stringify(letter)} closes nothing in ${JSON.stringify(text)}`);
      }
    } else if (letter === separator && open.length === 0) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const missing = quoted ? '"' : open.at(-1);
  if (missing !== undefined) throw invalidArgument(`${path}: ${missing} is missing in ${JSON.stringify(text)}`);
  parts.push(text.slice(from).trim());
  return parts;
}
