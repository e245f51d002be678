/** Where in a user's own file an error comes from. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Makes traces name the files that modules were compiled from, in the whole process: for programs of this package, not for
 * a library in somebody else's.
 */
export const traceSources = (): void => process.setSourceMapsEnabled(true);

/** `mine.ts:12:5`, the innermost place of an error's trace that is in `file`; `undefined` where there is none. */
export function placeIn(error: unknown, file: string): string | undefined {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  for (const line of lines) {
    for (const name of [pathToFileURL(file).href, file]) {
      const at = line.indexOf(`${name}:`);
      const place = at < 0 ? null : /^:(\d+:\d+)/.exec(line.slice(at + name.length));
      if (place) return `${basename(file)}:${place[1]}`;
    }
  }
  return undefined;
}
