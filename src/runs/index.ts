/** Run folders: written whole, read back. */

export { encodeCsv, parseCsv } from '../core/csv.js';
export { type Machine, machine, simdPath, versions } from '../core/machine.js';
export { encodeNpy, encodeNpz } from '../core/npz.js';
export type { Presented, RunRecord } from '../experiment/record.js';
export { type PresentAgainOptions, presentAgain } from './again.js';
export { readRun } from './read.js';
export { folderName, type RunToFolderOptions, runToFolder, type WrittenRun } from './write.js';
