/** Run folders: written whole, read back. */

export { parseCsv } from '../core/csv.js';
export { encodeNpy, encodeNpz } from '../core/npz.js';
export { encodeCsv } from './csv.js';
export { type Machine, machine, simdPath, versions } from './machine.js';
export { readRun } from './read.js';
export type { RunRecord } from './record.js';
export { folderName, type RunToFolderOptions, runToFolder, type WrittenRun } from './write.js';
