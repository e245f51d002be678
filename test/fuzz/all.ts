/** All that is fuzzed: the package's exports, and the files that it reads. */
import type { Entry } from './entry.js';
import { files } from './files.js';
import { entries } from './table.js';

export const allEntries: ReadonlyMap<string, Entry> = new Map([...entries, ...Object.entries(files)]);
